//! How does `windlass.toml` become an [`App`], and what does it say when it cannot?
//!
//! Four steps, each reporting all it finds: TOML syntax ([`parse`]), structure against the published schema
//! (unknown keys, wrong types), the serde mirror (`raw`), and meaning (`resolve`).

mod at;
mod edit;
mod future;
mod problem;
mod raw;
mod resolve;
mod structure;
mod suggest;

pub use edit::{EditError, Needs, write_needs};
pub use problem::{Problem, Problems};
pub use windlass_app::App;

use serde::Deserialize;
use std::path::Path;
use toml::de::{DeTable, Deserializer};

/// The version of Windlass that `[project] windlass` is compared with.
pub const VERSION: &str = env!("CARGO_PKG_VERSION");

/// Turns the text of a project file into a project.
///
/// `path` names the file in errors, and its folder is where relative paths start. `host` looks up a variable
/// of the host's environment.
///
/// # Errors
/// All problems found, each with its place in the text.
pub fn parse(text: &str, path: &Path, host: &dyn Fn(&str) -> Option<String>) -> Result<App, Problems> {
    let mut problems = Problems::new(path, text);
    let (mut document, errors) = DeTable::parse_recoverable(text);
    for error in errors {
        problems.add(Problem::new(error.span().unwrap_or(0..0), sentence(error.message())));
    }
    if !problems.is_empty() {
        return Err(problems);
    }
    let pruned = structure::check(document.get_mut(), &mut problems);
    match raw::Raw::deserialize(Deserializer::from(document)) {
        Ok(raw) => resolve::resolve(raw, path, host, pruned, problems),
        Err(error) => {
            problems.add(Problem::new(error.span().unwrap_or(0..0), sentence(error.message())));
            Err(problems)
        }
    }
}

/// The JSON Schema of the project file, for editors.
pub fn schema() -> serde_json::Value {
    structure::schema()
}

fn sentence(message: &str) -> String {
    message.lines().next().unwrap_or("cannot be read").to_owned()
}
