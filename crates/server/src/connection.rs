//! How is HTTP spoken on one connection?

use crate::body::AnswerBody;
use http::{Request, Response};
use hyper::body::Incoming;
use hyper::server::conn::http1::{Builder, Connection};
use hyper::service::Service;
use hyper_util::rt::{TokioIo, TokioTimer};
use std::convert::Infallible;
use std::future::poll_fn;
use std::time::Duration;
use tokio::io::{AsyncRead, AsyncReadExt, AsyncWrite, AsyncWriteExt};
use tokio::sync::watch;
use windlass_app::ServerLimits;

/// How long and for how many bytes a closed connection is still read.
const LINGER: Duration = Duration::from_secs(1);
const MAX_LINGER: u64 = 1 << 20;

const TIMEOUT: &[u8] = b"HTTP/1.1 408 Request Timeout\r\ncontent-type: text/plain; charset=utf-8\r\n\
    content-length: 43\r\nconnection: close\r\n";
const TIMEOUT_TEXT: &[u8] = b"the request's head took too long to arrive\n";

/// Serves one connection until it ends, or until the current request is answered once `stop` is set.
pub async fn serve<IO, S>(
    io: IO,
    limits: ServerLimits,
    service: S,
    mut stop: watch::Receiver<bool>,
    next_id: impl Fn() -> String,
) where
    IO: AsyncRead + AsyncWrite + Unpin,
    S: Service<Request<Incoming>, Response = Response<AnswerBody>, Error = Infallible> + Unpin,
    S::Future: Unpin,
{
    let mut builder = Builder::new();
    builder.timer(TokioTimer::new());
    builder.header_read_timeout(limits.header_time);
    // Twice the limit, so that a head somewhat over it still becomes a request, which gets a proper answer.
    let buffer = usize::try_from(limits.header_size.0).unwrap_or(usize::MAX);
    builder.max_buf_size(buffer.saturating_mul(2).max(16 << 10));
    let mut connection = builder.serve_connection(TokioIo::new(io), service);
    let ended = tokio::select! {
        ended = run(&mut connection) => ended,
        () = stopped(&mut stop) => {
            std::pin::Pin::new(&mut connection).graceful_shutdown();
            run(&mut connection).await
        }
    };
    let parts = connection.into_parts();
    let mut io = parts.io.into_inner();
    match ended {
        Ok(()) => {}
        Err(error) if error.is_timeout() && !parts.read_buf.is_empty() => {
            let id = format!("x-request-id: {}\r\n\r\n", next_id());
            let answer = [TIMEOUT, id.as_bytes(), TIMEOUT_TEXT].concat();
            let _ = io.write_all(&answer).await;
        }
        Err(error) => tracing::debug!(%error, "connection ended"),
    }
    linger(io).await;
}

/// Closes so that the client gets to read the last answer: a socket that is closed with unread bytes in it is
/// reset, and a reset may overtake the answer.
async fn linger<IO: AsyncRead + AsyncWrite + Unpin>(mut io: IO) {
    let _ = io.shutdown().await;
    let mut rest = io.take(MAX_LINGER);
    let _ = tokio::time::timeout(LINGER, tokio::io::copy(&mut rest, &mut tokio::io::sink())).await;
}

/// Resolves when the server is told to stop, or is gone.
pub async fn stopped(stop: &mut watch::Receiver<bool>) {
    let _ = stop.wait_for(|stop| *stop).await;
}

async fn run<IO, S>(connection: &mut Connection<TokioIo<IO>, S>) -> hyper::Result<()>
where
    IO: AsyncRead + AsyncWrite + Unpin,
    S: Service<Request<Incoming>, Response = Response<AnswerBody>, Error = Infallible> + Unpin,
    S::Future: Unpin,
{
    poll_fn(|context| connection.poll_without_shutdown(context)).await
}
