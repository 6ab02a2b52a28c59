//! Which instances wait for their next request, where the project file allows reuse?

use crate::ctx::Ctx;
use crate::meter::Meter;
use std::sync::{Arc, Mutex, PoisonError};
use wasmtime::Store;

/// An instance that answered a request well and may answer another. `I` is what its shape calls.
pub struct Warm<I> {
    /// The instance's store.
    pub store: Store<Ctx>,
    /// What is called.
    pub instance: I,
    /// How many requests it has answered.
    pub served: u32,
}

impl<I> Warm<I> {
    /// Readies the instance for the next request.
    pub fn renew(mut self, meter: Arc<Meter>) -> Self {
        let ctx = self.store.data_mut();
        ctx.meter = meter;
        ctx.limiter.forget_refusal();
        self.store.set_epoch_deadline(1);
        self
    }
}

/// What each shape calls on an instance that is kept.
pub enum Kept {
    /// An http handler.
    Http(Warm<wasmtime_wasi_http::p2::bindings::Proxy>),
    /// A method's export.
    Method(Warm<wasmtime::component::Func>),
}

/// The idle instances of one function; there are never more than ran at once.
#[derive(Default)]
pub struct Idle(Mutex<Vec<Kept>>);

impl Idle {
    /// An instance that waits, if there is one.
    pub fn take(&self) -> Option<Kept> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).pop()
    }

    /// Keeps an instance for the next request.
    pub fn put(&self, kept: Kept) {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).push(kept);
    }
}
