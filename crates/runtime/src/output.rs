//! Where does what a guest writes to stdout and stderr go?

use bytes::{Bytes, BytesMut};
use std::io;
use std::pin::Pin;
use std::sync::{Arc, Mutex, PoisonError};
use std::task::{Context, Poll};
use tokio::io::AsyncWrite;
use wasmtime_wasi::cli::{IsTerminal, StdoutStream};
use wasmtime_wasi::p2::{OutputStream, Pollable, StreamError, StreamResult};

/// A guest wrote more than its answer may have. Travels out of the guest as the error of a host call.
#[derive(Debug, thiserror::Error)]
#[error("the output is larger than {0} bytes")]
pub struct OutputOverflow(pub usize);

/// What happens beyond the bound.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Beyond {
    /// The guest is ended: a cut answer is no answer.
    End,
    /// The rest is counted and dropped: a log may be cut.
    Drop,
}

/// Collects what is written, up to a bound. Clones share one buffer.
#[derive(Debug, Clone)]
pub struct Capture {
    shared: Arc<Mutex<Shared>>,
    bound: usize,
    beyond: Beyond,
}

#[derive(Debug, Default)]
struct Shared {
    bytes: BytesMut,
    dropped: usize,
}

impl Capture {
    /// Collects an answer; the guest ends when it writes more.
    pub fn answer(bound: u64) -> Self {
        Capture::new(usize::try_from(bound).unwrap_or(usize::MAX), Beyond::End)
    }

    /// Collects log output; the rest is dropped.
    pub fn log(bound: usize) -> Self {
        Capture::new(bound, Beyond::Drop)
    }

    fn new(bound: usize, beyond: Beyond) -> Self {
        Capture { shared: Arc::default(), bound, beyond }
    }

    /// Takes what was collected, and how many bytes were dropped.
    pub fn take(&self) -> (Bytes, usize) {
        let mut shared = self.shared.lock().unwrap_or_else(PoisonError::into_inner);
        (shared.bytes.split().freeze(), std::mem::take(&mut shared.dropped))
    }

    fn push(&self, bytes: &[u8]) -> Result<(), OutputOverflow> {
        let mut shared = self.shared.lock().unwrap_or_else(PoisonError::into_inner);
        let room = self.bound.saturating_sub(shared.bytes.len());
        let kept = bytes.get(..room).unwrap_or(bytes);
        shared.bytes.extend_from_slice(kept);
        let over = bytes.len() - kept.len();
        shared.dropped += over;
        if over > 0 && self.beyond == Beyond::End { Err(OutputOverflow(self.bound)) } else { Ok(()) }
    }
}

impl IsTerminal for Capture {
    fn is_terminal(&self) -> bool {
        false
    }
}

impl StdoutStream for Capture {
    fn p2_stream(&self) -> Box<dyn OutputStream> {
        Box::new(self.clone())
    }

    fn async_stream(&self) -> Box<dyn AsyncWrite + Send + Sync> {
        Box::new(self.clone())
    }
}

impl OutputStream for Capture {
    fn write(&mut self, bytes: Bytes) -> StreamResult<()> {
        self.push(&bytes).map_err(|overflow| StreamError::Trap(overflow.into()))
    }

    fn flush(&mut self) -> StreamResult<()> {
        Ok(())
    }

    fn check_write(&mut self) -> StreamResult<usize> {
        Ok(64 << 10)
    }
}

#[wasmtime_wasi::async_trait]
impl Pollable for Capture {
    async fn ready(&mut self) {}
}

impl AsyncWrite for Capture {
    fn poll_write(self: Pin<&mut Self>, _: &mut Context<'_>, bytes: &[u8]) -> Poll<io::Result<usize>> {
        Poll::Ready(self.push(bytes).map(|()| bytes.len()).map_err(io::Error::other))
    }

    fn poll_flush(self: Pin<&mut Self>, _: &mut Context<'_>) -> Poll<io::Result<()>> {
        Poll::Ready(Ok(()))
    }

    fn poll_shutdown(self: Pin<&mut Self>, _: &mut Context<'_>) -> Poll<io::Result<()>> {
        Poll::Ready(Ok(()))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_answer_ends_at_its_bound_and_a_log_is_cut() {
        let answer = Capture::answer(4);
        assert!(answer.push(b"abcd").is_ok());
        assert!(answer.push(b"e").is_err());
        let log = Capture::log(4);
        assert!(log.push(b"abcdef").is_ok());
        assert_eq!(log.take(), (Bytes::from_static(b"abcd"), 2));
        assert_eq!(log.take(), (Bytes::new(), 0));
    }
}
