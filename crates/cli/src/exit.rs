//! Whose fault is it, and what is the exit code? 1: the user's mistake, 2: ours.

use std::fmt::Display;
use std::io::{ErrorKind, Write};
use std::process::ExitCode;

/// Why a command did not do what was asked.
#[derive(Debug)]
pub enum Exit {
    /// Something the user can put right; the text is complete.
    User(String),
    /// Something that should not happen.
    Ours(anyhow::Error),
}

impl Exit {
    /// A mistake of the user's; `error: ` is put before the text.
    pub fn user(text: impl Display) -> Self {
        Exit::User(format!("error: {text}"))
    }

    /// A failure of ours.
    pub fn ours(error: impl Into<anyhow::Error>) -> Self {
        Exit::Ours(error.into())
    }

    /// Prints it and gives the exit code.
    pub fn report(self) -> ExitCode {
        let (text, code) = match self {
            Exit::User(text) => (text, 1),
            Exit::Ours(error) => {
                (format!("error: {error:#}\nThis is a fault of Windlass; please report it."), 2)
            }
        };
        let _ = writeln!(std::io::stderr(), "{text}");
        ExitCode::from(code)
    }
}

/// Prints to stdout. A reader that went away ends the command quietly.
pub fn print(text: &str) -> Result<(), Exit> {
    print_bytes(text.as_bytes())
}

/// The same for bytes that are not text.
pub fn print_bytes(bytes: &[u8]) -> Result<(), Exit> {
    let mut out = std::io::stdout().lock();
    match out.write_all(bytes).and_then(|()| out.flush()) {
        Err(error) if error.kind() != ErrorKind::BrokenPipe => Err(Exit::ours(error)),
        _ => Ok(()),
    }
}
