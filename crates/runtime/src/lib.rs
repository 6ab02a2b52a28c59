//! How does a binary become a running function, and what can it touch?
//!
//! [`Runtime::load`] reads, compiles and links every function of a project; a [`Prepared`] function is then
//! invoked by its shape. Nothing outside this crate names Wasmtime.

mod admission;
mod binary;
mod compiled;
mod componentize;
mod counters;
mod ctx;
mod engine;
mod fault;
mod hooks;
mod imports;
mod limiter;
mod link;
mod load;
mod meter;
mod output;
mod params;
mod prepare;
mod preview1;
mod report;
mod shape;
mod shapes;
mod store;
mod stubs;
mod types;
mod values;

pub use admission::{Permit, Refusal};
pub use counters::{Counters, FaultKind};
pub use engine::{Allocation, Runtime, Settings, SetupError};
pub use fault::{BodyError, Fault};
pub use imports::Import;
pub use load::{LoadError, Loaded, Progress};
pub use prepare::Prepared;
pub use report::RequestId;
pub use shapes::{Arguments, GuestBody};
