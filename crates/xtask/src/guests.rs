//! How are the fixture functions and the examples built from source?

use crate::run::{cargo, root, run, target};
use crate::toolchain::Toolchain;
use anyhow::{Context, Result};
use std::path::Path;
use std::process::Command;

/// The example projects.
const EXAMPLES: [&str; 3] = ["hello", "instruments", "orders"];

/// Builds everything: fixtures into `target/guests`, examples into copies below `.built-examples`, so that the
/// prebuilt binaries in the repository stay as they are.
pub fn build() -> Result<()> {
    let tools = Toolchain::ready()?;
    let out = target().join("guests");
    std::fs::create_dir_all(&out)?;
    fixtures(&tools, &out)?;
    examples(&tools)
}

fn fixtures(tools: &Toolchain, out: &Path) -> Result<()> {
    let guests = root().join("guests");
    let built = target().join("guest-build");
    for (wasi, packages, suffix) in
        [("wasm32-wasip2", &["http", "command", "method"][..], "p2"), ("wasm32-wasip1", &["command"], "p1")]
    {
        let mut build = clean(Command::new(&tools.cargo));
        build.args(["build", "--quiet", "--release", "--locked", "--target", wasi]).current_dir(&guests);
        for package in packages {
            build.args(["--package", package]);
        }
        run(build.env("CARGO_TARGET_DIR", &built))?;
        for package in packages {
            let from = built.join(wasi).join("release").join(format!("{package}.wasm"));
            copy(&from, &out.join(format!("{package}.{suffix}.wasm")))?;
        }
    }
    let c = out.join("c.wasm");
    run(Command::new(&tools.cc)
        .args(["--target=wasm32-wasip1", "-O2", "-o"])
        .arg(&c)
        .arg(guests.join("c/echo.c")))?;
    python(tools, &guests.join("python"), &out.join("python.wasm"))?;
    let mut go = Command::new(&tools.go);
    go.args(["build", "-trimpath", "-ldflags=-s -w", "-o"]).arg(out.join("go.wasm")).arg(".");
    run(go.env("GOOS", "wasip1").env("GOARCH", "wasm").current_dir(guests.join("go")))
}

/// The Python guest takes its time, so it is made again only after a change.
fn python(tools: &Toolchain, sources: &Path, out: &Path) -> Result<()> {
    let made = out.with_extension("sources");
    let text = ["app.py", "wit/world.wit"]
        .map(|file| std::fs::read_to_string(sources.join(file)).unwrap_or_default())
        .concat();
    if out.is_file() && std::fs::read_to_string(&made).is_ok_and(|kept| kept == text) {
        return Ok(());
    }
    let mut build = Command::new(&tools.python);
    build.args(["-d", "wit", "-w", "service", "componentize", "app", "-o"]).arg(out);
    run(build.current_dir(sources).stdout(std::process::Stdio::null()))?;
    std::fs::write(made, text).map_err(Into::into)
}

fn examples(tools: &Toolchain) -> Result<()> {
    run(&mut cargo(&["build", "--quiet", "--package", "windlass-cli"]))?;
    let windlass = target().join("debug/windlass");
    for example in EXAMPLES {
        // Beside `examples`, so that relative paths to the guest crate hold.
        let copied = root().join(".built-examples").join(example);
        if copied.exists() {
            std::fs::remove_dir_all(&copied)?;
        }
        copy_folder(&root().join("examples").join(example), &copied)?;
        let mut build = clean(Command::new(&windlass));
        build.args(["build", "--force", "--log-level", "warn"]).arg(&copied);
        run(build.env("WINDLASS_CARGO", &tools.cargo).env("WINDLASS_GO", &tools.go).env("CC", &tools.cc))?;
    }
    Ok(())
}

/// A command without what cargo sets for the programs that it runs.
fn clean(mut command: Command) -> Command {
    for name in
        ["CARGO", "RUSTC", "RUSTFLAGS", "CARGO_ENCODED_RUSTFLAGS", "RUSTUP_TOOLCHAIN", "CARGO_MANIFEST_DIR"]
    {
        command.env_remove(name);
    }
    command
}

fn copy(from: &Path, to: &Path) -> Result<()> {
    std::fs::copy(from, to)
        .map(drop)
        .with_context(|| format!("cannot copy {} to {}", from.display(), to.display()))
}

fn copy_folder(from: &Path, to: &Path) -> Result<()> {
    std::fs::create_dir_all(to)?;
    for entry in std::fs::read_dir(from)? {
        let entry = entry?;
        let name = entry.file_name();
        if name == "target" || name == ".windlass" {
            continue;
        }
        if entry.file_type()?.is_dir() {
            copy_folder(&entry.path(), &to.join(name))?;
        } else {
            copy(&entry.path(), &to.join(name))?;
        }
    }
    Ok(())
}
