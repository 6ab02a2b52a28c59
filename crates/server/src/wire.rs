//! How is one socket both driven by the HTTP layer and watched for a client that goes away?
//!
//! The HTTP layer notices the end of a connection when it reads it, and it does not read while bytes that it has no
//! use for yet (a body that nobody asks for, a request sent ahead) stand before that end. The kernel knows earlier.

use std::io::{self, IoSlice};
use std::pin::{Pin, pin};
use std::sync::Arc;
use std::task::{Context, Poll, Waker, ready};
use std::time::Duration;
use tokio::io::{AsyncRead, AsyncWrite, Interest, ReadBuf};
use tokio::net::{TcpStream, UnixStream};

/// How often a request that takes its time has its client looked after.
const LOOK: Duration = Duration::from_millis(500);

/// A connected socket. Clones are the same socket.
#[derive(Clone)]
pub struct Wire(Arc<Socket>);

enum Socket {
    Tcp(TcpStream),
    Unix(UnixStream),
}

/// The same call on either kind of socket.
macro_rules! either {
    ($wire:expr, $socket:ident => $call:expr) => {
        match &*$wire.0 {
            Socket::Tcp($socket) => $call,
            Socket::Unix($socket) => $call,
        }
    };
}

impl From<TcpStream> for Wire {
    fn from(stream: TcpStream) -> Self {
        Wire(Arc::new(Socket::Tcp(stream)))
    }
}

impl From<UnixStream> for Wire {
    fn from(stream: UnixStream) -> Self {
        Wire(Arc::new(Socket::Unix(stream)))
    }
}

impl Wire {
    /// Resolves when the client has closed its side.
    pub async fn gone(&self) {
        loop {
            tokio::time::sleep(LOOK).await;
            if self.is_closed() {
                return;
            }
        }
    }

    fn is_closed(&self) -> bool {
        let mut context = Context::from_waker(Waker::noop());
        let now = either!(self, socket => pin!(socket.ready(Interest::READABLE)).poll(&mut context));
        matches!(now, Poll::Ready(Ok(ready)) if ready.is_read_closed())
    }
}

impl AsyncRead for Wire {
    fn poll_read(
        self: Pin<&mut Self>,
        context: &mut Context<'_>,
        buffer: &mut ReadBuf<'_>,
    ) -> Poll<io::Result<()>> {
        loop {
            ready!(either!(self, socket => socket.poll_read_ready(context)))?;
            match either!(self, socket => socket.try_read_buf(buffer)) {
                Err(error) if error.kind() == io::ErrorKind::WouldBlock => {}
                result => return Poll::Ready(result.map(drop)),
            }
        }
    }
}

impl Wire {
    fn poll_send(
        &self,
        context: &mut Context<'_>,
        send: impl Fn(&Socket) -> io::Result<usize>,
    ) -> Poll<io::Result<usize>> {
        loop {
            ready!(either!(self, socket => socket.poll_write_ready(context)))?;
            match send(&self.0) {
                Err(error) if error.kind() == io::ErrorKind::WouldBlock => {}
                result => return Poll::Ready(result),
            }
        }
    }
}

impl AsyncWrite for Wire {
    fn poll_write(self: Pin<&mut Self>, context: &mut Context<'_>, bytes: &[u8]) -> Poll<io::Result<usize>> {
        self.poll_send(context, |socket| match socket {
            Socket::Tcp(socket) => socket.try_write(bytes),
            Socket::Unix(socket) => socket.try_write(bytes),
        })
    }

    fn poll_write_vectored(
        self: Pin<&mut Self>,
        context: &mut Context<'_>,
        parts: &[IoSlice<'_>],
    ) -> Poll<io::Result<usize>> {
        self.poll_send(context, |socket| match socket {
            Socket::Tcp(socket) => socket.try_write_vectored(parts),
            Socket::Unix(socket) => socket.try_write_vectored(parts),
        })
    }

    fn is_write_vectored(&self) -> bool {
        true
    }

    fn poll_flush(self: Pin<&mut Self>, _: &mut Context<'_>) -> Poll<io::Result<()>> {
        Poll::Ready(Ok(()))
    }

    fn poll_shutdown(self: Pin<&mut Self>, _: &mut Context<'_>) -> Poll<io::Result<()>> {
        let closed = either!(self, socket => rustix::net::shutdown(socket, rustix::net::Shutdown::Write));
        Poll::Ready(closed.map_err(io::Error::from))
    }
}
