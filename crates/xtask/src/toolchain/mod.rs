//! Which compilers make wasm on this machine, and where do they come from when it has none?
//!
//! What is installed is used. Otherwise a private toolchain is made from Debian and PyPI packages in the user's
//! cache folder; nothing is installed into the system.

use crate::run::{cache, output, run};
use anyhow::{Context, Result, bail};
use std::path::{Path, PathBuf};
use std::process::Command;

/// The compilers for guests.
pub struct Toolchain {
    /// A cargo whose compiler knows the WASI targets.
    pub cargo: PathBuf,
    /// A C compiler for `--target=wasm32-wasip1`.
    pub cc: PathBuf,
    /// A Go compiler.
    pub go: PathBuf,
    /// componentize-py, which makes components of Python programs.
    pub python: PathBuf,
}

const RUST: &str = include_str!("rust.sh");
const CLANG: &str = include_str!("clang.sh");
const GO: &str = include_str!("go.sh");
const PYTHON: &str = include_str!("python.sh");

impl Toolchain {
    /// Finds or makes all compilers.
    pub fn ready() -> Result<Self> {
        Ok(Toolchain { cargo: rust()?, cc: cc()?, go: go()?, python: python()? })
    }
}

fn rust() -> Result<PathBuf> {
    let has = |target: &str| {
        let libdir = output(Command::new("rustc").args(["--print", "target-libdir", "--target", target]));
        libdir.is_ok_and(|dir| Path::new(dir.trim()).is_dir())
    };
    if has("wasm32-wasip1") && has("wasm32-wasip2") {
        return Ok("cargo".into());
    }
    let folder = made("rust-1", RUST)
        .context("no Rust toolchain for wasm; with rustup: rustup target add wasm32-wasip1 wasm32-wasip2")?;
    Ok(folder.join("bin/cargo"))
}

fn cc() -> Result<PathBuf> {
    if let Some(sdk) = std::env::var_os("WASI_SDK_PATH") {
        return Ok(PathBuf::from(sdk).join("bin/clang"));
    }
    Ok(made("clang-1", CLANG)
        .context("no C compiler for wasm; with wasi-sdk: set WASI_SDK_PATH")?
        .join("bin/clang"))
}

fn go() -> Result<PathBuf> {
    if output(Command::new("go").arg("version")).is_ok() {
        return Ok("go".into());
    }
    Ok(made("go-1", GO).context("no Go; install it from https://go.dev/dl")?.join("bin/go"))
}

fn python() -> Result<PathBuf> {
    if output(Command::new("componentize-py").arg("--version")).is_ok() {
        return Ok("componentize-py".into());
    }
    let folder =
        made("python-1", PYTHON).context("no componentize-py; install it: pip install componentize-py")?;
    Ok(folder.join("venv/bin/componentize-py"))
}

/// A toolchain that a script makes, once. The script gets the folder as its argument.
fn made(name: &str, script: &str) -> Result<PathBuf> {
    let folder = cache().join("toolchains").join(name);
    let done = folder.join("done");
    if done.is_file() {
        return Ok(folder);
    }
    if script.contains("apt-get") && !Path::new("/usr/bin/apt-get").exists() {
        bail!("the private toolchain is made from Debian packages, and this is not Debian");
    }
    eprintln!("making a private toolchain in {} (once)", folder.display());
    if folder.exists() {
        std::fs::remove_dir_all(&folder)?;
    }
    std::fs::create_dir_all(&folder)?;
    run(Command::new("bash").args(["-euo", "pipefail", "-c", script, "bash"]).arg(&folder))?;
    std::fs::write(done, "")?;
    Ok(folder)
}
