//! How are connections taken, so that nothing a client does ends the server?

use crate::connection;
use crate::listen::Socket;
use crate::server::Server;
use crate::{admin, dispatch};
use hyper::service::service_fn;
use std::convert::Infallible;
use std::net::IpAddr;
use std::sync::Arc;
use std::time::Duration;
use tokio::io::{AsyncRead, AsyncWrite};
use tokio::sync::{OwnedSemaphorePermit, watch};

/// How long the loop rests when the process has no descriptor or memory left for another connection.
const REST: Duration = Duration::from_millis(50);

/// Which listener a connection came to.
#[derive(Clone, Copy)]
pub enum Door {
    /// The functions' own.
    Public,
    /// The admin listener; `only_health` where others than this machine reach it.
    Admin {
        /// Whether everything but health is refused.
        only_health: bool,
    },
}

/// Takes connections until `stop` is set.
pub async fn accept(server: Arc<Server>, socket: Socket, door: Door, mut stop: watch::Receiver<bool>) {
    let seats = server.seats(door);
    loop {
        let Ok(seat) = seats.clone().acquire_owned().await else {
            return;
        };
        let taken = tokio::select! {
            taken = take(&socket) => taken,
            () = connection::stopped(&mut stop) => return,
        };
        match taken {
            Ok((Stream::Tcp(stream), peer)) => spawn(&server, stream, peer, door, seat, stop.clone()),
            Ok((Stream::Unix(stream), peer)) => spawn(&server, stream, peer, door, seat, stop.clone()),
            Err(error) => {
                tracing::warn!(%error, "a connection could not be taken");
                tokio::time::sleep(REST).await;
            }
        }
    }
}

enum Stream {
    Tcp(tokio::net::TcpStream),
    Unix(tokio::net::UnixStream),
}

async fn take(socket: &Socket) -> std::io::Result<(Stream, Option<IpAddr>)> {
    match socket {
        Socket::Tcp(listener, _) => {
            let (stream, address) = listener.accept().await?;
            stream.set_nodelay(true)?;
            Ok((Stream::Tcp(stream), Some(address.ip())))
        }
        Socket::Unix(listener, _) => Ok((Stream::Unix(listener.accept().await?.0), None)),
    }
}

fn spawn<IO>(
    server: &Arc<Server>,
    io: IO,
    peer: Option<IpAddr>,
    door: Door,
    seat: OwnedSemaphorePermit,
    stop: watch::Receiver<bool>,
) where
    IO: AsyncRead + AsyncWrite + Unpin + Send + 'static,
{
    let server = server.clone();
    tokio::spawn(async move {
        let limits = server.site().app.server.limits;
        let ids = || server.ids.next().to_string();
        match door {
            Door::Public => {
                let service = service_fn(|request| {
                    Box::pin(async { Ok::<_, Infallible>(dispatch::dispatch(&server, peer, request).await) })
                });
                connection::serve(io, limits, service, stop, ids).await;
            }
            Door::Admin { only_health } => {
                let service = service_fn(|request| {
                    let answer = admin::answer(&server, &request, only_health);
                    std::future::ready(Ok::<_, Infallible>(answer))
                });
                connection::serve(io, limits, service, stop, ids).await;
            }
        }
        drop(seat);
    });
}
