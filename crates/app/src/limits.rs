//! What may one invocation use, and how many run at once?

use crate::quantity::ByteSize;
use std::time::Duration;

/// Bounds on one invocation of a function.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Limits {
    /// Wall time from admission to the guest's end.
    pub time: Duration,
    /// Time in which the guest occupies a processor.
    pub cpu: Duration,
    /// Bytes of all linear memories and tables of one instance together.
    pub memory: ByteSize,
    /// Bytes of the answer's body.
    pub output: ByteSize,
}

impl Default for Limits {
    fn default() -> Self {
        Limits {
            time: Duration::from_secs(30),
            cpu: Duration::from_secs(10),
            memory: ByteSize(128 << 20),
            output: ByteSize(10 << 20),
        }
    }
}

/// How instances of a function are made and queued for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Instances {
    /// How many requests one instance answers before it is thrown away; 1 is a fresh one each time.
    pub reuse: u32,
    /// How many run at once.
    pub max: u32,
    /// How many requests may wait for one.
    pub queue: u32,
    /// How long a request waits for one.
    pub queue_time: Duration,
}

impl Default for Instances {
    fn default() -> Self {
        Instances { reuse: 1, max: 64, queue: 256, queue_time: Duration::from_secs(1) }
    }
}
