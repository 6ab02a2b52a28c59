//! Which files are watched, and when does a change count?

use crate::exit::Exit;
use crate::project::Place;
use crate::reload::Reloader;
use notify::{Event, EventKind, RecommendedWatcher, RecursiveMode, Watcher};
use std::collections::BTreeSet;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;
use tokio::sync::mpsc;
use windlass_app::Code;

/// How long it has to be quiet after a change: editors and compilers write in several steps.
const QUIET: Duration = Duration::from_millis(150);

/// What matters: these files, and everything below these folders.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
struct Watched {
    files: BTreeSet<PathBuf>,
    folders: BTreeSet<PathBuf>,
}

/// Watches the project file, its binaries and its sources, and reloads after a change. The watch ends when the
/// value that is returned is dropped.
pub fn start(reloader: &Arc<Reloader>) -> Result<tokio::task::JoinHandle<()>, Exit> {
    let (sender, mut changes) = mpsc::unbounded_channel::<PathBuf>();
    let mut watcher = notify::recommended_watcher(move |event: notify::Result<Event>| {
        let event = event.ok().filter(|event| !matches!(event.kind, EventKind::Access(_)));
        for path in event.into_iter().flat_map(|event| event.paths) {
            // The receiver is gone only when the server stops.
            let _ = sender.send(path);
        }
    })
    .map_err(Exit::ours)?;
    let mut watched = of(reloader);
    cover(&mut watcher, &Watched::default(), &watched);
    let reloader = reloader.clone();
    Ok(tokio::spawn(async move {
        while let Some(path) = changes.recv().await {
            if !watched.matters(&path) {
                continue;
            }
            while tokio::time::timeout(QUIET, changes.recv()).await.is_ok_and(|more| more.is_some()) {}
            reloader.clone().reload("change").await;
            let now = of(&reloader);
            cover(&mut watcher, &watched, &now);
            watched = now;
        }
    }))
}

fn of(reloader: &Reloader) -> Watched {
    let mut watched = Watched::default();
    let (Place::Manifest(path) | Place::Single(path)) = reloader.place();
    watched.files.insert(real(path));
    watched.files.insert(real(&path.with_file_name(".env")));
    for function in reloader.site().app.functions() {
        match &function.code {
            Code::File(path) => drop(watched.files.insert(real(path))),
            Code::Source { folder, .. } => drop(watched.folders.insert(real(folder))),
            Code::Text(_) => {}
        }
    }
    watched
}

/// Watches the folders of the files, because editors replace files instead of writing into them.
fn cover(watcher: &mut RecommendedWatcher, before: &Watched, now: &Watched) {
    let parents = |watched: &Watched| -> BTreeSet<PathBuf> {
        watched.files.iter().filter_map(|file| file.parent().map(Path::to_owned)).collect()
    };
    let known = parents(before);
    let new_parents = parents(now).into_iter().filter(|folder| !known.contains(folder));
    let jobs = new_parents.map(|folder| (folder, RecursiveMode::NonRecursive));
    let sources =
        now.folders.difference(&before.folders).cloned().map(|folder| (folder, RecursiveMode::Recursive));
    for (folder, mode) in jobs.chain(sources) {
        if let Err(error) = watcher.watch(&folder, mode) {
            tracing::warn!(folder = %folder.display(), %error, "this folder is not watched");
        }
    }
}

impl Watched {
    fn matters(&self, path: &Path) -> bool {
        let path = real(path);
        let below = |folder: &PathBuf| {
            let inside = path.strip_prefix(folder).ok();
            inside
                .is_some_and(|rest| !rest.components().any(|part| crate::build::is_output(part.as_os_str())))
        };
        self.files.contains(&path) || self.folders.iter().any(below)
    }
}

/// The path with its folder resolved, so that the watcher's paths and ours compare; the file may be gone.
fn real(path: &Path) -> PathBuf {
    let parent = path.parent().filter(|parent| !parent.as_os_str().is_empty()).unwrap_or(Path::new("."));
    match (path.canonicalize(), parent.canonicalize(), path.file_name()) {
        (_, Ok(parent), Some(name)) => parent.join(name),
        (Ok(path), _, None) => path,
        _ => path.to_owned(),
    }
}
