//! Where and how is logged? To stderr, because stdout belongs to answers.

use crate::args::{Log, LogForm};
use std::io::IsTerminal;
use tracing_subscriber::EnvFilter;

/// Sets the log up for the whole process. `default` is the level where none was asked for.
pub fn init(log: &Log, default: &str) {
    let level = log.level.as_deref().unwrap_or(default);
    let filter = EnvFilter::try_new(level);
    let wrong = filter.is_err();
    let filter = filter.unwrap_or_else(|_| EnvFilter::new(default));
    let builder =
        tracing_subscriber::fmt().with_env_filter(filter).with_writer(std::io::stderr).with_target(false);
    match log.form {
        LogForm::Pretty => builder.with_ansi(std::io::stderr().is_terminal()).compact().init(),
        LogForm::Json => builder.json().flatten_event(true).with_target(true).init(),
    }
    if wrong {
        tracing::warn!(level = log.level, "this log level is not understood; \"info\" is used");
    }
}
