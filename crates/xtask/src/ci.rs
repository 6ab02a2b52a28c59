//! What has to pass before anything lands?

use crate::run::{self, cargo, output, root};
use crate::{guests, tidy};
use anyhow::{Context, Result, bail};
use std::io::{BufRead, BufReader};
use std::process::Stdio;

/// Format, lints, tidy, docs, guests, tests; the last line counts the tests.
pub fn run() -> Result<()> {
    step("format", || run_cargo(&["fmt", "--all", "--check"]))?;
    step("tidy", tidy::run)?;
    step("lints", || {
        run_cargo(&["clippy", "--quiet", "--workspace", "--all-targets", "--locked", "--", "-D", "warnings"])
    })?;
    step("docs", || {
        let mut doc = cargo(&["doc", "--quiet", "--workspace", "--no-deps", "--locked"]);
        run::run(doc.env("RUSTDOCFLAGS", "-D warnings"))
    })?;
    step("guests", guests::build)?;
    step("tests", tests)
}

fn step(name: &str, work: impl FnOnce() -> Result<()>) -> Result<()> {
    eprintln!("== {name}");
    work().with_context(|| format!("{name} failed"))
}

fn run_cargo(args: &[&str]) -> Result<()> {
    run::run(&mut cargo(args))
}

/// Runs every test and ends with one line for all test binaries together.
fn tests() -> Result<()> {
    let mut command = cargo(&["test", "--workspace", "--locked", "--no-fail-fast"]);
    let mut child = command.stdout(Stdio::piped()).spawn().context("cannot start cargo test")?;
    let (mut passed, mut failed, mut skipped) = (0, 0, 0);
    let lines = child.stdout.take().map(BufReader::new).into_iter().flat_map(BufRead::lines);
    for line in lines {
        let line = line?;
        println!("{line}");
        if let Some(counts) = line.strip_prefix("test result: ") {
            passed += count(counts, "passed");
            failed += count(counts, "failed");
            skipped += count(counts, "ignored");
        }
    }
    let status = child.wait()?;
    println!("{passed} passed, {failed} failed, {skipped} skipped");
    if !status.success() || passed == 0 {
        bail!("the tests failed");
    }
    Ok(())
}

/// The number before a word in `ok. 3 passed; 0 failed; …`.
fn count(text: &str, word: &str) -> u64 {
    let words: Vec<&str> = text.split([' ', ';']).filter(|part| !part.is_empty()).collect();
    let number = words.windows(2).find(|pair| pair.last() == Some(&word)).and_then(|pair| pair.first());
    number.and_then(|number| number.parse().ok()).unwrap_or(0)
}

/// The files that git knows, for checks that look at text.
pub fn tracked() -> Result<Vec<String>> {
    let mut git = std::process::Command::new("git");
    git.args(["ls-files", "--cached", "--others", "--exclude-standard"]).current_dir(root());
    Ok(output(&mut git)?.lines().map(str::to_owned).filter(|file| root().join(file).is_file()).collect())
}
