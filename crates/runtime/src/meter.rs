//! How long has a guest occupied a processor?
//!
//! The time inside `poll` is counted: host calls that wait cost nothing, loops cost all they take.

use std::pin::Pin;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::task::{Context, Poll};
use std::time::{Duration, Instant};

/// Processor time of one invocation, read by the engine's clock while the guest runs.
#[derive(Debug)]
pub struct Meter {
    base: Instant,
    used: AtomicU64,
    entered: AtomicU64,
    limit: u64,
}

impl Meter {
    /// A meter at zero with this limit.
    pub fn new(limit: Duration) -> Arc<Self> {
        let limit = u64::try_from(limit.as_nanos()).unwrap_or(u64::MAX);
        Arc::new(Meter { base: Instant::now(), used: AtomicU64::new(0), entered: AtomicU64::new(0), limit })
    }

    /// Whether the guest, running now, has used its time up.
    pub fn exceeded(&self) -> bool {
        let now = self.now().saturating_sub(self.entered.load(Ordering::Relaxed));
        self.used.load(Ordering::Relaxed).saturating_add(now) > self.limit
    }

    fn now(&self) -> u64 {
        u64::try_from(self.base.elapsed().as_nanos()).unwrap_or(u64::MAX)
    }

    fn enter(&self) {
        self.entered.store(self.now(), Ordering::Relaxed);
    }

    fn leave(&self) {
        let spent = self.now().saturating_sub(self.entered.load(Ordering::Relaxed));
        self.used.fetch_add(spent, Ordering::Relaxed);
    }
}

/// A future whose polls are counted on a meter.
pub struct Metered<F> {
    meter: Arc<Meter>,
    inner: F,
}

impl<F: Future + Unpin> Metered<F> {
    /// Counts `inner` on `meter`.
    pub fn new(meter: Arc<Meter>, inner: F) -> Self {
        Metered { meter, inner }
    }
}

impl<F: Future + Unpin> Future for Metered<F> {
    type Output = F::Output;

    fn poll(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<F::Output> {
        self.meter.enter();
        let result = Pin::new(&mut self.inner).poll(context);
        self.meter.leave();
        result
    }
}
