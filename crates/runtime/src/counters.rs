//! What is counted of each function?

use std::sync::atomic::{AtomicI64, AtomicU64, Ordering};

/// The kinds of failure that are counted apart.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum FaultKind {
    /// No instance free in time.
    Busy,
    /// `limits.time`.
    TimeLimit,
    /// `limits.cpu`.
    CpuLimit,
    /// `limits.memory`.
    MemoryLimit,
    /// `limits.output`.
    OutputLimit,
    /// A trap of the guest.
    Trap,
    /// An exit code other than 0.
    Exit,
    /// No answer, or an error in its place.
    NoAnswer,
    /// The client went away.
    ClientGone,
    /// Arguments that do not fit, or the error arm of a result.
    Rejected,
    /// A failure of the host.
    Host,
}

impl FaultKind {
    /// Every kind, in the order of the counters.
    pub const ALL: [FaultKind; 11] = [
        FaultKind::Busy,
        FaultKind::TimeLimit,
        FaultKind::CpuLimit,
        FaultKind::MemoryLimit,
        FaultKind::OutputLimit,
        FaultKind::Trap,
        FaultKind::Exit,
        FaultKind::NoAnswer,
        FaultKind::ClientGone,
        FaultKind::Rejected,
        FaultKind::Host,
    ];

    /// The kind as a metric label and in logs.
    pub fn as_str(self) -> &'static str {
        match self {
            FaultKind::Busy => "busy",
            FaultKind::TimeLimit => "time-limit",
            FaultKind::CpuLimit => "cpu-limit",
            FaultKind::MemoryLimit => "memory-limit",
            FaultKind::OutputLimit => "output-limit",
            FaultKind::Trap => "trap",
            FaultKind::Exit => "exit",
            FaultKind::NoAnswer => "no-answer",
            FaultKind::ClientGone => "client-gone",
            FaultKind::Rejected => "rejected",
            FaultKind::Host => "host",
        }
    }
}

/// What happened to one function since it was first loaded; kept over reloads.
#[derive(Debug, Default)]
pub struct Counters {
    calls: AtomicU64,
    running: AtomicI64,
    peak_memory: AtomicU64,
    faults: [AtomicU64; FaultKind::ALL.len()],
}

impl Counters {
    /// Invocations that began.
    pub fn calls(&self) -> u64 {
        self.calls.load(Ordering::Relaxed)
    }

    /// Invocations that run now.
    pub fn running(&self) -> i64 {
        self.running.load(Ordering::Relaxed)
    }

    /// The most bytes that one instance held.
    pub fn peak_memory(&self) -> u64 {
        self.peak_memory.load(Ordering::Relaxed)
    }

    /// Failures of each kind.
    pub fn faults(&self) -> impl Iterator<Item = (FaultKind, u64)> {
        FaultKind::ALL.into_iter().zip(self.faults.iter().map(|count| count.load(Ordering::Relaxed)))
    }

    pub(crate) fn begin(&self) {
        self.calls.fetch_add(1, Ordering::Relaxed);
        self.running.fetch_add(1, Ordering::Relaxed);
    }

    pub(crate) fn end(&self, peak_memory: usize) {
        self.running.fetch_sub(1, Ordering::Relaxed);
        self.peak_memory.fetch_max(peak_memory as u64, Ordering::Relaxed);
    }

    pub(crate) fn fault(&self, kind: FaultKind) {
        if let Some((_, count)) = FaultKind::ALL.iter().zip(&self.faults).find(|(known, _)| **known == kind) {
            count.fetch_add(1, Ordering::Relaxed);
        }
    }
}
