//! What can `cargo xtask` do?

mod bench;
mod ci;
mod guests;
mod run;
mod tidy;
mod toolchain;

use anyhow::{Result, bail};
use std::process::ExitCode;

const USAGE: &str = "cargo xtask ci                         everything that has to pass: format, lints, docs, guests, tests
cargo xtask guests                     build the fixture functions and the examples from source
cargo xtask tidy                       check the rules of ARCHITECTURE.md that no compiler checks
cargo xtask bench [--peer NAME=COMMAND] [--seconds N]
                                       requests a second side by side; {port} and {wasm} in COMMAND are filled in";

fn main() -> ExitCode {
    let args: Vec<String> = std::env::args().skip(1).collect();
    match task(&args) {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            // One line for each step that led here; a trace of our own frames would tell nothing more.
            eprintln!("error: {error:#}");
            ExitCode::FAILURE
        }
    }
}

fn task(args: &[String]) -> Result<()> {
    match args.first().map(String::as_str) {
        Some("ci") => ci::run(),
        Some("guests") => guests::build(),
        Some("tidy") => tidy::run(),
        Some("bench") => bench::run(args.get(1..).unwrap_or_default()),
        Some("--help" | "-h") | None => {
            println!("{USAGE}");
            Ok(())
        }
        Some(other) => bail!("there is no task {other:?}\n{USAGE}"),
    }
}
