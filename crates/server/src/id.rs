//! What is each request called?

use std::sync::atomic::{AtomicU64, Ordering};
use windlass_runtime::RequestId;

/// Numbers requests from a random start, so that the ids of two runs do not meet.
#[derive(Debug)]
pub struct Ids(AtomicU64);

impl Default for Ids {
    fn default() -> Self {
        Ids(AtomicU64::new(rand::random()))
    }
}

impl Ids {
    /// The next id.
    pub fn next(&self) -> RequestId {
        RequestId(self.0.fetch_add(1, Ordering::Relaxed))
    }
}
