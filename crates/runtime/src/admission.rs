//! May another instance of a function start now?

use std::sync::Arc;
use std::sync::atomic::{AtomicU32, Ordering};
use tokio::sync::{OwnedSemaphorePermit, Semaphore};
use windlass_app::Instances;

/// The right to run one instance; given back when dropped.
#[derive(Debug)]
pub struct Permit(#[expect(dead_code, reason = "held for its drop")] OwnedSemaphorePermit);

/// Why no instance may start.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum Refusal {
    /// As many wait as may.
    #[error("every instance is in use and the queue is full")]
    QueueFull,
    /// The wait was longer than `instances.queue-time`.
    #[error("no instance became free within instances.queue-time")]
    QueueTime,
    /// The pool of the whole server is used up.
    #[error("the server's pool of instances is used up")]
    PoolFull,
}

/// Counts the instances of one function and those that wait for one.
#[derive(Debug)]
pub struct Admission {
    free: Arc<Semaphore>,
    waiting: AtomicU32,
    settings: Instances,
}

impl Admission {
    /// Admits by these settings.
    pub fn new(settings: Instances) -> Self {
        let free = Arc::new(Semaphore::new(settings.max.min(1 << 20) as usize));
        Admission { free, waiting: AtomicU32::new(0), settings }
    }

    /// A permit at once if one is free, else after a bounded wait in a bounded queue.
    pub async fn admit(&self) -> Result<Permit, Refusal> {
        if let Ok(permit) = self.free.clone().try_acquire_owned() {
            return Ok(Permit(permit));
        }
        let _place = Place::take(&self.waiting, self.settings.queue).ok_or(Refusal::QueueFull)?;
        let wait = tokio::time::timeout(self.settings.queue_time, self.free.clone().acquire_owned());
        match wait.await {
            Ok(Ok(permit)) => Ok(Permit(permit)),
            _ => Err(Refusal::QueueTime),
        }
    }

    /// How many wait now.
    pub fn waiting(&self) -> u32 {
        self.waiting.load(Ordering::Relaxed)
    }
}

/// A place in the queue, given back when dropped.
struct Place<'a>(&'a AtomicU32);

impl<'a> Place<'a> {
    fn take(waiting: &'a AtomicU32, most: u32) -> Option<Self> {
        let next = |now: u32| (now < most).then_some(now + 1);
        waiting.fetch_update(Ordering::Relaxed, Ordering::Relaxed, next).ok().map(|_| Place(waiting))
    }
}

impl Drop for Place<'_> {
    fn drop(&mut self) {
        self.0.fetch_sub(1, Ordering::Relaxed);
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::time::Duration;

    #[tokio::test]
    async fn queue_and_wait_are_bounded() {
        let settings = Instances { reuse: 1, max: 1, queue: 1, queue_time: Duration::from_millis(20) };
        let admission = Admission::new(settings);
        let first = admission.admit().await.unwrap();
        let (second, third) = tokio::join!(admission.admit(), admission.admit());
        assert_eq!(second.unwrap_err(), Refusal::QueueTime);
        assert_eq!(third.unwrap_err(), Refusal::QueueFull);
        assert_eq!(admission.waiting(), 0);
        drop(first);
        assert!(admission.admit().await.is_ok());
    }
}
