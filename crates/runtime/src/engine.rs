//! Which engine runs everything, and how does it get memory?

use std::path::PathBuf;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;
use wasmtime::{
    Config, Enabled, Engine, InstanceAllocationStrategy, PoolingAllocationConfig, Strategy,
    WasmBacktraceDetails,
};

/// How often a running guest is looked at: it yields to others, and its processor time is compared with its
/// limit.
pub(crate) const TICK: Duration = Duration::from_millis(5);

/// How a runtime is set up.
#[derive(Debug, Clone)]
pub struct Settings {
    /// Where compiled code is kept; nowhere when absent.
    pub cache: Option<PathBuf>,
    /// How many instances may live at once; sizes the pool.
    pub instances: u32,
    /// The most memory that a function may have, in bytes; sizes the memories of a narrow pool.
    pub memory: u64,
}

/// The runtime could not be set up.
#[derive(Debug, thiserror::Error)]
#[error("cannot set up the WebAssembly engine: {0}")]
pub struct SetupError(String);

/// How instances get their memory, best first.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Allocation {
    /// A pool whose memories each reserve 4 GiB of addresses, so that bounds need no checks.
    PoolWide,
    /// A pool whose memories reserve what the project's functions may have, and check bounds: for small address
    /// spaces.
    PoolNarrow,
    /// Memory by `mmap` for each instance: about ten times slower to start one.
    OnDemand,
}

/// Compiles, links and runs functions. One for the whole process; projects come and go on it.
#[derive(Debug)]
pub struct Runtime {
    pub(crate) engine: Engine,
    pub(crate) cache: Option<PathBuf>,
    allocation: Allocation,
    running: Arc<AtomicBool>,
}

impl Runtime {
    /// Sets the engine up and starts its clock thread. Falls back from one allocation to the next, each step
    /// logged.
    ///
    /// # Errors
    /// When no allocation works on this machine.
    pub fn new(settings: Settings) -> Result<Self, SetupError> {
        let mut failure = String::new();
        for allocation in [Allocation::PoolWide, Allocation::PoolNarrow, Allocation::OnDemand] {
            match Engine::new(&config(allocation, &settings)) {
                Ok(engine) => {
                    tracing::debug!(?allocation, pagemap_scan = pagemap_scan(), "engine ready");
                    let running = tick(&engine);
                    return Ok(Runtime { engine, cache: settings.cache, allocation, running });
                }
                Err(error) => {
                    tracing::warn!(?allocation, %error, "not enough address space for this allocation; trying the next");
                    failure = format!("{error:#}");
                }
            }
        }
        Err(SetupError(failure))
    }

    /// How instances get their memory on this machine.
    pub fn allocation(&self) -> Allocation {
        self.allocation
    }
}

impl Drop for Runtime {
    fn drop(&mut self) {
        self.running.store(false, Ordering::Relaxed);
    }
}

/// Addresses behind each memory of an engine that checks bounds.
const SMALL_GUARD: u64 = 64 << 10;
/// Addresses that a memory reserves when it is made on demand; it moves when it outgrows them.
const SMALL_RESERVATION: u64 = 16 << 20;

fn config(allocation: Allocation, settings: &Settings) -> Config {
    let mut config = Config::new();
    config.strategy(Strategy::Cranelift);
    config.epoch_interruption(true);
    config.wasm_memory64(false);
    config.wasm_multi_memory(false);
    config.wasm_relaxed_simd(false);
    config.wasm_backtrace_details(WasmBacktraceDetails::Enable);
    config.concurrency_support(false);
    config.async_stack_size(2 << 20);
    config.max_wasm_stack(512 << 10);
    let mut pool = pool(settings.instances);
    match allocation {
        Allocation::PoolWide => {}
        Allocation::PoolNarrow => {
            let memory = settings.memory.next_multiple_of(64 << 10);
            config.memory_reservation(memory).memory_guard_size(SMALL_GUARD).memory_may_move(false);
            pool.max_memory_size(usize::try_from(memory).unwrap_or(usize::MAX));
        }
        Allocation::OnDemand => {
            config.memory_reservation(SMALL_RESERVATION).memory_reservation_for_growth(SMALL_RESERVATION);
            config.memory_guard_size(SMALL_GUARD);
        }
    }
    config.allocation_strategy(match allocation {
        Allocation::OnDemand => InstanceAllocationStrategy::OnDemand,
        Allocation::PoolWide | Allocation::PoolNarrow => InstanceAllocationStrategy::Pooling(pool),
    });
    config
}

/// Keeping pages resident is cheap where the kernel tells which ones a guest dirtied, and costs a memset of
/// all of them where it does not.
fn pool(instances: u32) -> PoolingAllocationConfig {
    let (memory, table) = if pagemap_scan() { (2 << 20, 256 << 10) } else { (64 << 10, 16 << 10) };
    let mut pool = PoolingAllocationConfig::new();
    pool.total_component_instances(instances);
    pool.total_core_instances(instances.saturating_mul(4));
    pool.total_memories(instances.saturating_mul(2));
    pool.total_tables(instances.saturating_mul(2));
    pool.total_stacks(instances);
    pool.max_core_instances_per_component(64);
    pool.max_memories_per_component(16);
    pool.max_tables_per_component(16);
    pool.max_component_instance_size(4 << 20);
    pool.max_core_instance_size(4 << 20);
    pool.table_elements(100_000);
    pool.max_unused_warm_slots(100);
    pool.linear_memory_keep_resident(memory);
    pool.table_keep_resident(table);
    pool.pagemap_scan(Enabled::Auto);
    pool
}

fn pagemap_scan() -> bool {
    PoolingAllocationConfig::is_pagemap_scan_available()
}

/// The clock thread: one tick for all guests, until the runtime is gone.
fn tick(engine: &Engine) -> Arc<AtomicBool> {
    let running = Arc::new(AtomicBool::new(true));
    let (weak, go) = (engine.weak(), running.clone());
    let spawned = std::thread::Builder::new().name("windlass-clock".into()).spawn(move || {
        while go.load(Ordering::Relaxed) {
            std::thread::sleep(TICK);
            match weak.upgrade() {
                Some(engine) => engine.increment_epoch(),
                None => return,
            }
        }
    });
    if let Err(error) = spawned {
        tracing::error!(%error, "no clock thread: guests that never wait cannot be stopped");
    }
    running
}
