//! Which tools build a function, and what is said when one is missing?

use serde_json::Value;
use std::io::ErrorKind;
use std::path::{Path, PathBuf};
use std::process::{Command, Output, Stdio};

const TARGET: &str = "wasm32-wasip2";
const NO_RUST_TARGET: &str =
    "the Rust target wasm32-wasip2 is not installed\n  help: rustup target add wasm32-wasip2";

/// Builds a Cargo package for WASI 0.2 and copies its binary. `WINDLASS_CARGO` names another cargo.
pub fn cargo(folder: &Path, target: &Path, output: &Path) -> Result<(), String> {
    let chosen = std::env::var_os("WINDLASS_CARGO");
    if chosen.is_none() && !has_target(folder) {
        return Err(NO_RUST_TARGET.into());
    }
    let target = std::path::absolute(target).unwrap_or_else(|_| target.to_owned());
    let mut command = Command::new(chosen.unwrap_or_else(|| "cargo".into()));
    command.args([
        "build",
        "--release",
        "--target",
        TARGET,
        "--message-format=json-render-diagnostics",
        "--quiet",
    ]);
    // What cargo sets for a program that it runs is not meant for the build that the program starts.
    for name in
        ["CARGO", "RUSTC", "RUSTFLAGS", "CARGO_MANIFEST_DIR", "CARGO_ENCODED_RUSTFLAGS", "RUSTUP_TOOLCHAIN"]
    {
        command.env_remove(name);
    }
    command.current_dir(folder).env("CARGO_TARGET_DIR", target);
    let messages = run(command, "cargo", "install Rust: https://rustup.rs")?.stdout;
    let artifact = artifact(&messages).ok_or(
        "cargo made no .wasm binary: the package needs a bin target, or a lib with crate-type = [\"cdylib\"]",
    )?;
    std::fs::copy(&artifact, output)
        .map(drop)
        .map_err(|error| format!("{} cannot be copied: {error}", artifact.display()))
}

/// Builds a Go package for preview 1. `WINDLASS_GO` names another go.
pub fn go(folder: &Path, output: &Path) -> Result<(), String> {
    let output = std::path::absolute(output).unwrap_or_else(|_| output.to_owned());
    let mut command = Command::new(std::env::var_os("WINDLASS_GO").unwrap_or_else(|| "go".into()));
    command.args(["build", "-trimpath", "-ldflags=-s -w", "-o"]).arg(output).arg(".");
    command.env("GOOS", "wasip1").env("GOARCH", "wasm").current_dir(folder);
    run(command, "go", "install Go: https://go.dev/dl").map(drop)
}

/// Runs the author's own build command.
pub fn command(text: &str, folder: &Path, output: &Path) -> Result<(), String> {
    let output = std::path::absolute(output).unwrap_or_else(|_| output.to_owned());
    let mut command = Command::new("sh");
    command.args(["-c", text]).current_dir(folder).env("WINDLASS_OUTPUT", output);
    run(command, "sh", "the build command runs in a shell").map(drop)
}

/// Whether this cargo's compiler has the standard library for the target.
fn has_target(folder: &Path) -> bool {
    let mut rustc = Command::new("rustc");
    rustc.args(["--print", "target-libdir", "--target", TARGET]).current_dir(folder).env_remove("RUSTC");
    let Ok(output) = rustc.output() else { return false };
    Path::new(String::from_utf8_lossy(&output.stdout).trim()).is_dir()
}

fn run(mut command: Command, tool: &str, install: &str) -> Result<Output, String> {
    let output = command.stdin(Stdio::null()).stderr(Stdio::piped()).stdout(Stdio::piped()).output();
    match output {
        Ok(output) if output.status.success() => Ok(output),
        Ok(output) => {
            let told = String::from_utf8_lossy(&output.stderr);
            Err(format!("the build failed ({})\n{}", output.status, told.trim_end()))
        }
        Err(error) if error.kind() == ErrorKind::NotFound => Err(format!(
            "{tool} is not installed, and the binary is not there or not of these sources\n  help: {install}"
        )),
        Err(error) => Err(format!("{tool} cannot be started: {error}")),
    }
}

/// The last .wasm file that cargo tells of: dependencies come before the package itself.
fn artifact(messages: &[u8]) -> Option<PathBuf> {
    let lines = String::from_utf8_lossy(messages);
    let mut files =
        lines.lines().filter_map(|line| serde_json::from_str::<Value>(line).ok()).flat_map(|message| {
            let names = message.get("filenames").and_then(Value::as_array).cloned().unwrap_or_default();
            names.into_iter().filter_map(|name| name.as_str().map(PathBuf::from))
        });
    files.rfind(|file| file.extension().is_some_and(|extension| extension == "wasm"))
}
