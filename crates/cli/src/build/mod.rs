//! How do sources become binaries, and when are they stale?
//!
//! Stale is decided by a digest of the sources that is kept beside the binary, never by file times: a fresh
//! clone has fresh times and the same sources.

mod digest;
mod toolchain;

pub use digest::is_output;

use crate::args::{Build as BuildArgs, Single};
use crate::exit::{Exit, print};
use crate::project;
use std::path::Path;
use std::process::ExitCode;
use windlass_app::{App, Build, Code, Digest, Function};

/// `windlass build`.
pub fn run(args: &BuildArgs) -> Result<ExitCode, Exit> {
    let place = project::find(&args.path)?;
    let app = project::open_good(&place, &Single::default())?;
    let built = ensure(&app, args.force)?;
    let fresh =
        app.functions().filter(|function| matches!(function.code, Code::Source { .. })).count() - built;
    print(&format!("{built} built, {fresh} up to date\n"))?;
    Ok(ExitCode::SUCCESS)
}

/// Builds what is stale, or everything that has sources; tells how many were built. All failures are shown at
/// once.
pub fn ensure(app: &App, force: bool) -> Result<usize, Exit> {
    let mut failures = Vec::new();
    let mut built = 0;
    for function in app.functions() {
        match ensure_one(app, function, force) {
            Ok(was_built) => built += usize::from(was_built),
            Err(Exit::User(text)) => failures.push(text),
            Err(ours) => return Err(ours),
        }
    }
    if failures.is_empty() { Ok(built) } else { Err(Exit::User(failures.join("\n"))) }
}

fn ensure_one(app: &App, function: &Function, force: bool) -> Result<bool, Exit> {
    let Code::Source { folder, build, output } = &function.code else {
        return Ok(false);
    };
    let fail = |why: String| Exit::User(format!("error: {} ({}): {why}", function.id, folder.display()));
    let sources =
        || digest::of(folder, build).map_err(|error| fail(format!("the sources cannot be read: {error}")));
    let stamp = output.with_extension("wasm.digest");
    let before = sources()?;
    if !force && is_fresh(output, &stamp, &before.all) {
        return Ok(false);
    }
    tracing::info!(function = %function.id, "building {}", folder.display());
    let parent = output.parent().unwrap_or(Path::new("."));
    std::fs::create_dir_all(parent)
        .map_err(|error| fail(format!("{} cannot be made: {error}", parent.display())))?;
    let target = app.root.join(".windlass/target");
    match build {
        Build::Command(command) => toolchain::command(command, folder, output),
        Build::Detect if folder.join("Cargo.toml").is_file() => toolchain::cargo(folder, &target, output),
        Build::Detect if folder.join("go.mod").is_file() => toolchain::go(folder, output),
        Build::Detect => Err("the folder has no Cargo.toml and no go.mod\n  help: say how it is built: build = \"COMMAND that writes $WINDLASS_OUTPUT\"".into()),
    }
    .map_err(fail)?;
    let binary =
        std::fs::read(output).map_err(|_| fail("the build wrote no binary to $WINDLASS_OUTPUT".into()))?;
    // The first build of a package writes its lock file beside the sources, which makes nothing stale. Anything
    // else that changed meanwhile was perhaps not built: then the stamp is of what was there before.
    let after = sources()?;
    let built = if after.but_locks == before.but_locks { after.all } else { before.all };
    std::fs::write(&stamp, stamp_text(&built, &Digest::of(&binary)))
        .map_err(|error| fail(format!("{} cannot be written: {error}", stamp.display())))?;
    Ok(true)
}

/// Whether the binary is there, is the one that was built, and was built from these sources.
fn is_fresh(output: &Path, stamp: &Path, sources: &Digest) -> bool {
    match (std::fs::read(output), std::fs::read_to_string(stamp)) {
        (Ok(binary), Ok(kept)) => kept == stamp_text(sources, &Digest::of(&binary)),
        _ => false,
    }
}

fn stamp_text(sources: &Digest, binary: &Digest) -> String {
    format!("sources {sources}\nbinary {binary}\n")
}
