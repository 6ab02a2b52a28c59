//! How are connections taken, so that nothing a client does ends the server?

use crate::connection;
use crate::listen::Socket;
use crate::server::Server;
use crate::wire::Wire;
use crate::{admin, dispatch};
use hyper::service::service_fn;
use std::convert::Infallible;
use std::net::IpAddr;
use std::sync::Arc;
use std::time::Duration;
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
            Ok((wire, peer)) => spawn(&server, wire, peer, door, seat, stop.clone()),
            Err(error) => {
                tracing::warn!(%error, "a connection could not be taken");
                tokio::time::sleep(REST).await;
            }
        }
    }
}

async fn take(socket: &Socket) -> std::io::Result<(Wire, Option<IpAddr>)> {
    match socket {
        Socket::Tcp(listener, _) => {
            let (stream, address) = listener.accept().await?;
            stream.set_nodelay(true)?;
            Ok((stream.into(), Some(address.ip())))
        }
        Socket::Unix(listener, _) => Ok((listener.accept().await?.0.into(), None)),
    }
}

fn spawn(
    server: &Arc<Server>,
    wire: Wire,
    peer: Option<IpAddr>,
    door: Door,
    seat: OwnedSemaphorePermit,
    stop: watch::Receiver<bool>,
) {
    let server = server.clone();
    tokio::spawn(async move {
        let limits = server.site().app.server.limits;
        let ids = || server.ids.next().to_string();
        let watched = wire.clone();
        match door {
            Door::Public => {
                let service = service_fn(|request| {
                    Box::pin(async {
                        Ok::<_, Infallible>(dispatch::dispatch(&server, &watched, peer, request).await)
                    })
                });
                connection::serve(wire, limits, service, stop, ids).await;
            }
            Door::Admin { only_health } => {
                let service = service_fn(|request| {
                    let answer = admin::answer(&server, &request, only_health);
                    std::future::ready(Ok::<_, Infallible>(answer))
                });
                connection::serve(wire, limits, service, stop, ids).await;
            }
        }
        drop(seat);
    });
}
