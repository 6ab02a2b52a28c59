//! Which project is meant, and what is in it?

use crate::args::{Cache, Single};
use crate::exit::Exit;
use crate::progress::Bar;
use std::collections::HashMap;
use std::io::IsTerminal;
use std::path::{Path, PathBuf};
use windlass_app::{
    App, Code, EnvOrigin, EnvVar, Function, FunctionId, Grants, Instances, Limits, Mount, Name, RoutePattern,
    ServerConfig, Service,
};
use windlass_manifest::Problems;
use windlass_runtime::{LoadError, Runtime, Settings};

/// Where a project comes from.
#[derive(Debug, Clone)]
pub enum Place {
    /// A project file.
    Manifest(PathBuf),
    /// A single binary, with what the command line gives it.
    Single(PathBuf),
}

/// Finds the project that a path means.
pub fn find(path: &Path) -> Result<Place, Exit> {
    let extension = path.extension().and_then(|extension| extension.to_str()).unwrap_or_default();
    if path.is_dir() {
        let manifest = path.join("windlass.toml");
        return match manifest.is_file() {
            true => Ok(Place::Manifest(manifest)),
            false => Err(Exit::user(format!(
                "{} has no windlass.toml\n  help: name a project folder, a windlass.toml, or a .wasm or .wat file",
                path.display()
            ))),
        };
    }
    if !path.exists() {
        return Err(Exit::user(format!("{} does not exist", path.display())));
    }
    match extension {
        "wasm" | "wat" => Ok(Place::Single(path.to_owned())),
        _ => Ok(Place::Manifest(path.to_owned())),
    }
}

/// Reads a project. Problems in its file are returned as they are, for whoever shows them.
pub fn open(place: &Place, single: &Single) -> Result<Result<App, Problems>, Exit> {
    match place {
        Place::Single(path) => single_file(path, single).map(Ok),
        Place::Manifest(_) if !single.env.is_empty() || !single.mount.is_empty() => Err(Exit::user(
            "--env and --mount are for a single file; in a project they stand in windlass.toml",
        )),
        Place::Manifest(path) => {
            if !std::fs::metadata(path).is_ok_and(|metadata| metadata.is_file()) {
                return Err(Exit::user(format!("{} is not a regular file", path.display())));
            }
            let text = std::fs::read_to_string(path)
                .map_err(|error| Exit::user(format!("{} cannot be read: {error}", path.display())))?;
            let extra = dotenv(path)?;
            let host = |name: &str| std::env::var(name).ok().or_else(|| extra.get(name).cloned());
            Ok(windlass_manifest::parse(&text, path, &host))
        }
    }
}

/// The same, with the problems as the error.
pub fn open_good(place: &Place, single: &Single) -> Result<App, Exit> {
    open(place, single)?.map_err(|problems| Exit::User(problems.render(std::io::stderr().is_terminal())))
}

/// The runtime that runs a project's functions.
pub fn runtime(app: &App, cache: &Cache) -> Result<Runtime, Exit> {
    let folder = cache.folder.clone().or_else(default_cache);
    let memory = app.functions().map(|function| function.limits.memory.0).max().unwrap_or(0);
    let memory = memory.max(Limits::default().memory.0);
    let settings = Settings { cache: folder, instances: app.server.limits.requests.clamp(16, 4_000), memory };
    Runtime::new(settings).map_err(Exit::ours)
}

/// Loads every function, with a progress bar.
pub fn load(
    runtime: &Runtime,
    app: &App,
    before: &windlass_runtime::Loaded,
) -> Result<windlass_runtime::Loaded, Exit> {
    let bar = Bar::new();
    let loaded = runtime.load(app, before, &|progress| bar.show(progress));
    drop(bar);
    loaded.map_err(|errors| Exit::User(list(&errors)))
}

/// Errors of binaries, one below the other.
pub fn list(errors: &[LoadError]) -> String {
    errors.iter().map(ToString::to_string).collect::<Vec<_>>().join("\n")
}

/// `$XDG_CACHE_HOME/windlass/compiled`, or the same below `~/.cache`.
fn default_cache() -> Option<PathBuf> {
    let absolute = |name: &str| std::env::var_os(name).map(PathBuf::from).filter(|path| path.is_absolute());
    let base = absolute("XDG_CACHE_HOME").or_else(|| absolute("HOME").map(|home| home.join(".cache")));
    base.map(|base| base.join("windlass/compiled"))
}

/// Variables of the `.env` file beside the project file; those of the environment win.
fn dotenv(manifest: &Path) -> Result<HashMap<String, String>, Exit> {
    let path = manifest.with_file_name(".env");
    if !path.exists() {
        return Ok(HashMap::new());
    }
    if !path.is_file() {
        return Err(Exit::user(format!("{} is not a regular file", path.display())));
    }
    let wrong = |error: dotenvy::Error| {
        let told = match &error {
            dotenvy::Error::LineParse(line, _) => {
                format!("the line {line:?} is not NAME=value; quote a value with spaces")
            }
            other => other.to_string(),
        };
        Exit::user(format!("{}: {told}", path.display()))
    };
    dotenvy::from_path_iter(&path).map_err(wrong)?.map(|pair| pair.map_err(wrong)).collect()
}

/// A project of one function that answers every request.
fn single_file(path: &Path, single: &Single) -> Result<App, Exit> {
    let stem = path.file_stem().map(|stem| stem.to_string_lossy().to_lowercase()).unwrap_or_default();
    let kebab: String = stem.chars().map(|c| if c.is_ascii_alphanumeric() { c } else { '-' }).collect();
    let name = |text: &str| text.trim_matches('-').parse::<Name>().ok();
    let fallback: Name = "function".parse().map_err(|_| Exit::user("no name for the function"))?;
    let service: Name = "local".parse().map_err(|_| Exit::user("no name for the service"))?;
    let id = FunctionId { service: service.clone(), function: name(&kebab).unwrap_or(fallback) };
    let mut grants = Grants::for_single_file();
    for text in &single.env {
        let (name, value) = text
            .split_once('=')
            .filter(|(name, _)| !name.is_empty())
            .ok_or_else(|| Exit::user(format!("--env {text:?} is not K=V")))?;
        grants.env.push(EnvVar { name: name.into(), value: value.into(), origin: EnvOrigin::Literal });
    }
    for text in &single.mount {
        grants.mounts.push(mount(text)?);
    }
    let function = Function {
        id,
        description: None,
        code: Code::File(path.to_owned()),
        hash: None,
        shape: None,
        routes: vec![RoutePattern::everything()],
        method: None,
        wit: None,
        stdin: Default::default(),
        stdout: Default::default(),
        seed: None,
        grants,
        limits: Limits::default(),
        instances: Instances::default(),
    };
    let root = path.parent().map(Path::to_owned).unwrap_or_default();
    let services = vec![Service { name: service.clone(), functions: vec![function] }];
    Ok(App { name: service, root, server: ServerConfig::default(), services })
}

fn mount(text: &str) -> Result<Mount, Exit> {
    let parts: Vec<&str> = text.split(':').collect();
    let (host, guest, read_only) = match parts.as_slice() {
        [host, guest] => (host, guest, false),
        [host, guest, "ro"] => (host, guest, true),
        _ => {
            return Err(Exit::user(format!("--mount {text:?} is not HOST:GUEST or HOST:GUEST:ro")));
        }
    };
    if !Path::new(host).is_dir() {
        return Err(Exit::user(format!("--mount {text:?}: the folder {host} does not exist")));
    }
    if !guest.starts_with('/') || guest.split('/').any(|part| part == "..") {
        return Err(Exit::user(format!(
            "--mount {text:?}: the guest path {guest:?} is not absolute and without \"..\""
        )));
    }
    Ok(Mount { host: host.into(), guest: (*guest).into(), read_only })
}
