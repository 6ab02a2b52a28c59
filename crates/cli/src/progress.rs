//! How does somebody who watches see that a compilation is going on?

use indicatif::{ProgressBar, ProgressStyle};
use std::io::IsTerminal;
use windlass_runtime::Progress;

/// A bar on stderr while binaries compile; nothing where no terminal watches.
pub struct Bar(ProgressBar);

impl Bar {
    /// A bar that shows itself with the first step.
    pub fn new() -> Self {
        let bar = if std::io::stderr().is_terminal() { ProgressBar::new(0) } else { ProgressBar::hidden() };
        if let Ok(style) = ProgressStyle::with_template("compiling {bar:30} {pos}/{len}") {
            bar.set_style(style);
        }
        Bar(bar)
    }

    /// Shows how far it is.
    pub fn show(&self, progress: Progress) {
        self.0.set_length(progress.total as u64);
        self.0.set_position(progress.done as u64);
    }
}

impl Drop for Bar {
    fn drop(&mut self) {
        self.0.finish_and_clear();
    }
}
