//! In which ways can an invocation fail, and what kind is each?

use crate::counters::FaultKind;
use crate::output::OutputOverflow;
use serde_json::Value;
use wasmtime::{PoolConcurrencyLimitError, Trap};
use wasmtime_wasi::I32Exit;

/// Why a request's body cannot be read on.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum BodyError {
    /// It is larger than the server takes.
    #[error("the request body is larger than allowed")]
    TooLarge,
    /// It is malformed or was cut short.
    #[error("the request body cannot be read: {0}")]
    Broken(String),
}

impl From<BodyError> for wasmtime_wasi_http::Error {
    fn from(error: BodyError) -> Self {
        match error {
            BodyError::TooLarge => wasmtime_wasi_http::Error::HttpRequestBodySize(None),
            BodyError::Broken(why) => wasmtime_wasi_http::Error::InternalError(Some(why)),
        }
    }
}

/// Why an invocation gave no answer. The text is for the log and for the person who owns the function; what a
/// client may learn is decided by the server.
#[derive(Debug, Clone, PartialEq, thiserror::Error)]
pub enum Fault {
    /// Every instance is in use and the queue is full, or the wait was too long.
    #[error("{0}")]
    Busy(crate::admission::Refusal),
    /// The wall time was used up.
    #[error("the function ran longer than limits.time")]
    TimeLimit,
    /// The processor time was used up.
    #[error("the function used more processor time than limits.cpu")]
    CpuLimit,
    /// The guest failed after it was refused memory.
    #[error("the function needs more memory than limits.memory: {0}")]
    MemoryLimit(String),
    /// The guest wrote more than its answer may have.
    #[error("the function's answer is larger than limits.output")]
    OutputLimit,
    /// The guest trapped.
    #[error("the function trapped: {0}")]
    Trap(String),
    /// A command ended with this code.
    #[error("the function exited with code {0}")]
    Exit(i32),
    /// An http guest ended without an answer.
    #[error("the function ended without an answer")]
    NoAnswer,
    /// An http guest answered with an error code instead of a response.
    #[error("the function answered with the error {0}")]
    ErrorCode(String),
    /// The client went away, so the guest was ended.
    #[error("the client went away")]
    ClientGone,
    /// The arguments do not fit the method's parameters.
    #[error("{0}")]
    Arguments(String),
    /// The method answered with the error arm of its result.
    #[error("the function answered with an error: {0}")]
    Rejected(Value),
    /// The host itself failed.
    #[error("the host failed: {0}")]
    Host(String),
}

/// The guest used its processor time up. Travels out of the guest as the error of the engine's clock.
#[derive(Debug, thiserror::Error)]
#[error("the processor time is used up")]
pub(crate) struct CpuExceeded;

impl Fault {
    /// What Wasmtime's error means. `refused_memory` tells whether the guest was denied memory before.
    pub(crate) fn of(error: &wasmtime::Error, refused_memory: bool) -> Self {
        if error.downcast_ref::<PoolConcurrencyLimitError>().is_some() {
            return Fault::Busy(crate::admission::Refusal::PoolFull);
        }
        if error.downcast_ref::<CpuExceeded>().is_some() {
            return Fault::CpuLimit;
        }
        if error.downcast_ref::<OutputOverflow>().is_some() {
            return Fault::OutputLimit;
        }
        let told = format!("{error:#}");
        if refused_memory {
            return Fault::MemoryLimit(told);
        }
        if let Some(I32Exit(code)) = error.downcast_ref() {
            return Fault::Exit(*code);
        }
        match error.downcast_ref::<Trap>() {
            Some(trap) => Fault::Trap(format!("{trap}{}", backtrace(error))),
            None => Fault::Trap(told),
        }
    }

    /// The kind under which it is counted.
    pub fn kind(&self) -> FaultKind {
        match self {
            Fault::Busy(_) => FaultKind::Busy,
            Fault::TimeLimit => FaultKind::TimeLimit,
            Fault::CpuLimit => FaultKind::CpuLimit,
            Fault::MemoryLimit(_) => FaultKind::MemoryLimit,
            Fault::OutputLimit => FaultKind::OutputLimit,
            Fault::Trap(_) => FaultKind::Trap,
            Fault::Exit(_) => FaultKind::Exit,
            Fault::NoAnswer | Fault::ErrorCode(_) => FaultKind::NoAnswer,
            Fault::ClientGone => FaultKind::ClientGone,
            Fault::Arguments(_) | Fault::Rejected(_) => FaultKind::Rejected,
            Fault::Host(_) => FaultKind::Host,
        }
    }
}

fn backtrace(error: &wasmtime::Error) -> String {
    let frames = error.downcast_ref::<wasmtime::WasmBacktrace>();
    frames.map(|frames| format!("\n{frames}")).unwrap_or_default()
}
