//! The `windlass` command: which verb was asked for, and with which exit code does it end?

mod args;
mod build;
mod call;
mod check;
mod exit;
mod logging;
mod progress;
mod project;
mod reload;
mod serve;
mod table;
mod watch;

use args::{Args, Command};
use clap::Parser;
use exit::Exit;
use std::process::ExitCode;

#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

fn main() -> ExitCode {
    let args = match Args::try_parse() {
        Ok(args) => args,
        Err(error) => {
            let wrong = error.use_stderr();
            // Nothing is left to do when even the usage text cannot be printed.
            let _ = error.print();
            return ExitCode::from(u8::from(wrong));
        }
    };
    let level = if matches!(args.command, Command::Serve(_) | Command::Build(_)) { "info" } else { "warn" };
    logging::init(&args.log, level);
    let result = match args.command {
        Command::Serve(serve) => serve::run(serve),
        Command::Check(check) => check::run(check),
        Command::Call(call) => call::run(call),
        Command::Build(build) => build::run(&build),
        Command::Schema => schema(),
    };
    match result {
        Ok(code) => code,
        Err(exit) => exit.report(),
    }
}

fn schema() -> Result<ExitCode, Exit> {
    let text = serde_json::to_string_pretty(&windlass_manifest::schema()).map_err(Exit::ours)?;
    exit::print(&format!("{text}\n"))?;
    Ok(ExitCode::SUCCESS)
}
