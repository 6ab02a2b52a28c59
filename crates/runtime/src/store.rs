//! How is a store made so that nothing in it is unbounded?

use crate::ctx::{Ctx, Stdio};
use crate::engine::TICK;
use crate::fault::{CpuExceeded, Fault};
use crate::meter::Meter;
use std::sync::Arc;
use std::time::Duration;
use tokio::time::Instant;
use wasmtime::component::Val;
use wasmtime::{Engine, Store, UpdateDeadline};
use windlass_app::Function;

/// The most component handles (resources and the like) that one instance has open.
const MAX_HANDLES: usize = 4_096;
/// Bytes that one host call may copy out of a guest, besides a typed answer.
const HOSTCALL_BYTES: usize = 8 << 20;
/// JSON spends at least two bytes on each element of a list, and a value in memory spends this many.
const VALUE_BYTES: usize = size_of::<Val>() / 2;

/// A store for one instance of this function.
pub fn new(
    engine: &Engine,
    function: &Function,
    stdio: Stdio,
    meter: Arc<Meter>,
) -> wasmtime::Result<Store<Ctx>> {
    let mut store = Store::new(engine, Ctx::new(function, stdio, meter)?);
    store.limiter(|ctx| &mut ctx.limiter);
    store.set_max_component_handles(MAX_HANDLES);
    let output = usize::try_from(function.limits.output.0).unwrap_or(usize::MAX);
    store.set_hostcall_fuel(HOSTCALL_BYTES.max(output.saturating_mul(VALUE_BYTES)));
    store.set_epoch_deadline(1);
    store.epoch_deadline_callback(|ctx| {
        if ctx.data().meter.exceeded() {
            return Err(CpuExceeded.into());
        }
        Ok(UpdateDeadline::YieldCustom(1, Box::pin(tokio::task::yield_now())))
    });
    Ok(store)
}

/// When an invocation that begins now has to be over.
pub fn deadline(time: Duration) -> Instant {
    Instant::now() + time + TICK / 2
}

/// Runs a guest's call until it ends or the deadline has come.
pub async fn until<T>(
    deadline: Instant,
    call: impl Future<Output = wasmtime::Result<T>>,
) -> Result<wasmtime::Result<T>, Fault> {
    tokio::time::timeout_at(deadline, call).await.map_err(|_| Fault::TimeLimit)
}
