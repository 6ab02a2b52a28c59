//! What is told of an invocation when it ends?

use crate::fault::Fault;
use crate::output::Capture;
use crate::prepare::Prepared;
use std::fmt;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

/// How much of a guest's log output one line carries, in bytes.
const LOG_BOUND: usize = 16 << 10;

/// Names one request in answers and logs.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct RequestId(pub u64);

impl fmt::Display for RequestId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:016x}", self.0)
    }
}

/// One invocation from admission to its end. Dropped unfinished, it reports why: the client went away, or the answer
/// grew too large.
pub struct Invocation {
    prepared: Arc<Prepared>,
    request: RequestId,
    /// What the guest writes for the log.
    pub log: Capture,
    /// The most memory it held, in bytes.
    pub peak_memory: usize,
    /// Set by whoever drops it because its answer is too large.
    pub overflow: Arc<AtomicBool>,
    finished: bool,
}

impl Invocation {
    /// Begins to count.
    pub fn begin(prepared: Arc<Prepared>, request: RequestId) -> Self {
        prepared.counters.begin();
        Invocation {
            prepared,
            request,
            log: Capture::log(LOG_BOUND),
            peak_memory: 0,
            overflow: Arc::default(),
            finished: false,
        }
    }

    /// Ends it with its outcome: counted, and logged where there is something to say.
    pub fn finish(&mut self, fault: Option<&Fault>) {
        self.finished = true;
        self.prepared.counters.end(self.peak_memory);
        let (output, dropped) = self.log.take();
        let output = printable(&String::from_utf8_lossy(&output));
        let (function, request) = (&self.prepared.function.id, self.request);
        match fault {
            Some(fault @ (Fault::Rejected(_) | Fault::Arguments(_) | Fault::ClientGone)) => {
                self.prepared.counters.fault(fault.kind());
                tracing::info!(%function, %request, kind = fault.kind().as_str(), %output, dropped, "{}", printable(&fault.to_string()));
            }
            Some(fault) => {
                self.prepared.counters.fault(fault.kind());
                tracing::error!(%function, %request, kind = fault.kind().as_str(), %output, dropped, "{}", printable(&fault.to_string()));
            }
            None if !output.is_empty() => {
                tracing::info!(%function, %request, %output, dropped, "guest output")
            }
            None => tracing::debug!(%function, %request, "done"),
        }
    }
}

/// A guest's text for the log: control characters are escaped, and a line after the first is indented, so that a
/// guest can neither drive the terminal nor forge a line of ours.
fn printable(text: &str) -> String {
    let mut clean = String::with_capacity(text.len());
    for c in text.trim_end().chars() {
        match c {
            '\n' => clean.push_str("\n    | "),
            '\t' => clean.push(c),
            c if c.is_control() => clean.extend(c.escape_default()),
            c => clean.push(c),
        }
    }
    clean
}

impl Drop for Invocation {
    fn drop(&mut self) {
        if !self.finished {
            let overflow = self.overflow.load(Ordering::Relaxed);
            self.finish(Some(if overflow { &Fault::OutputLimit } else { &Fault::ClientGone }));
        }
    }
}

/// Tells of a fault that was found after the guest had ended well.
pub fn late(prepared: &Prepared, request: RequestId, fault: &Fault) {
    prepared.counters.fault(fault.kind());
    let function = &prepared.function.id;
    tracing::error!(%function, %request, kind = fault.kind().as_str(), "{}", printable(&fault.to_string()));
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn guests_cannot_forge_log_lines() {
        assert_eq!(printable("a\x1b[31m\nERROR b\r\tc\n"), "a\\u{1b}[31m\n    | ERROR b\\r\tc");
    }
}
