//! Which rules of ARCHITECTURE.md does no compiler check?

use crate::ci::tracked;
use crate::run::{cargo, output, root};
use anyhow::{Result, bail};
use serde_json::Value;

/// Each foreign thing and the one crate that may name it.
const OWNERS: &[(&str, &[&str])] = &[
    (
        "windlass-runtime",
        &["wasmtime", "wasmtime-wasi", "wasmtime-wasi-http", "wit-component", "wit-parser", "wat"],
    ),
    ("windlass-manifest", &["toml", "toml_edit", "schemars", "annotate-snippets"]),
    ("windlass-server", &["hyper", "hyper-util", "prometheus-client"]),
    ("windlass-cli", &["clap", "indicatif", "notify", "dotenvy", "tracing-subscriber"]),
    ("windlass-guest", &["wasip2", "wit-bindgen"]),
];

/// Crates that may not depend on these, directly or by a crate of ours: the arrows of the map.
const NEVER: &[(&str, &[&str])] = &[
    ("windlass-app", &["tokio", "windlass-manifest", "windlass-runtime", "windlass-server"]),
    ("windlass-manifest", &["tokio", "windlass-runtime", "windlass-server"]),
    ("windlass-runtime", &["windlass-manifest", "windlass-server"]),
    ("windlass-server", &["windlass-manifest"]),
    ("windlass-guest", &["windlass-app", "windlass-runtime", "windlass-server", "windlass-manifest"]),
];

/// Words that only Linux has. They stand in files called `linux.rs` alone, which are behind `cfg`.
const LINUX: &[&str] =
    &["std::os::linux", "target_os = \"linux\"", "\"/proc/", "libc::", "rustix::system", " nix::"];

/// Lines of a file at which tidy fails.
const MAX_LINES: usize = 600;

/// Checks all rules and names everything that breaks one.
pub fn run() -> Result<()> {
    let mut broken = Vec::new();
    dependencies(&mut broken)?;
    files(&mut broken)?;
    if broken.is_empty() {
        return Ok(());
    }
    bail!("{} broken:\n  {}", broken.len(), broken.join("\n  "))
}

/// One crate, one foreign thing. Tests may use a client.
fn dependencies(broken: &mut Vec<String>) -> Result<()> {
    let text = output(&mut cargo(&["metadata", "--format-version=1", "--no-deps", "--locked"]))?;
    let metadata: Value = serde_json::from_str(&text)?;
    for package in list(&metadata, "packages") {
        let name = package["name"].as_str().unwrap_or_default();
        let normal =
            list(package, "dependencies").into_iter().filter(|dependency| dependency["kind"].is_null());
        for dependency in normal {
            let wanted = dependency["name"].as_str().unwrap_or_default();
            let owner = OWNERS.iter().find(|(_, things)| things.contains(&wanted)).map(|(owner, _)| *owner);
            if let Some(owner) = owner.filter(|owner| *owner != name) {
                broken.push(format!("{name} depends on {wanted}, which belongs to {owner}"));
            }
            if NEVER.iter().any(|(from, to)| *from == name && to.contains(&wanted)) {
                broken.push(format!("{name} may not depend on {wanted}"));
            }
        }
    }
    Ok(())
}

fn list<'a>(value: &'a Value, key: &str) -> Vec<&'a Value> {
    value[key].as_array().map(|items| items.iter().collect()).unwrap_or_default()
}

fn files(broken: &mut Vec<String>) -> Result<()> {
    for file in tracked()?.iter().filter(|file| file.ends_with(".rs")) {
        let text = std::fs::read_to_string(root().join(file))?;
        let lines = text.lines().count();
        if lines > MAX_LINES {
            broken.push(format!(
                "{file} has {lines} lines; a file of more than {MAX_LINES} answers more than one question"
            ));
        }
        if file.starts_with("crates/") && !text.starts_with("//!") {
            broken.push(format!("{file} does not say in its first line (//!) which question it answers"));
        }
        if file.starts_with("crates/") && !file.ends_with("/linux.rs") && !file.contains("/xtask/") {
            let found = LINUX.iter().filter(|word| text.contains(**word));
            broken.extend(found.map(|word| {
                format!("{file} names {word}, which only Linux has: move it to a linux.rs behind cfg")
            }));
        }
        if text.contains("allow(unsafe_code)")
            && file != "crates/runtime/src/compiled.rs"
            && !file.contains("/xtask/")
        {
            broken.push(format!("{file} allows unsafe code; only crates/runtime/src/compiled.rs may"));
        }
        let mut ours = file.split('/').skip(1);
        let named = ours.next().unwrap_or_default();
        if file.starts_with("crates/")
            && named != "runtime"
            && named != "xtask"
            && text.contains("wasmtime::")
        {
            broken.push(format!("{file} names wasmtime; only crates/runtime may"));
        }
    }
    Ok(())
}
