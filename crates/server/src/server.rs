//! What is the server, from its first connection to its last?

use crate::accept::{Door, accept};
use crate::id::Ids;
use crate::listen::Listeners;
use crate::site::Site;
use arc_swap::ArcSwap;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use tokio::sync::{Semaphore, watch};

/// Connections that the admin listener has at once.
const ADMIN_CONNECTIONS: u32 = 64;

/// Serves a site, and the next one when it is swapped in.
pub struct Server {
    pub(crate) ids: Ids,
    pub(crate) requests: Arc<Semaphore>,
    site: ArcSwap<Site>,
    public_seats: Arc<Semaphore>,
    admin_seats: Arc<Semaphore>,
    connections: u32,
    draining: AtomicBool,
}

impl Server {
    /// A server of this site. Bounds on connections and requests are those of this first site.
    pub fn new(site: Site) -> Arc<Self> {
        let limits = site.app.server.limits;
        let connections = limits.connections.min(1 << 20);
        Arc::new(Server {
            ids: Ids::default(),
            requests: Arc::new(Semaphore::new(limits.requests.min(1 << 20) as usize)),
            site: ArcSwap::from_pointee(site),
            public_seats: Arc::new(Semaphore::new(connections as usize)),
            admin_seats: Arc::new(Semaphore::new(ADMIN_CONNECTIONS as usize)),
            connections,
            draining: AtomicBool::new(false),
        })
    }

    /// What is served now.
    pub fn site(&self) -> Arc<Site> {
        self.site.load_full()
    }

    /// Swaps a new site in. Requests in flight finish on the old one.
    pub fn swap(&self, site: Site) {
        self.site.store(Arc::new(site));
    }

    /// Whether it takes requests: it does from its start until it is told to stop.
    pub fn is_ready(&self) -> bool {
        !self.draining.load(Ordering::Relaxed)
    }

    pub(crate) fn seats(&self, door: Door) -> Arc<Semaphore> {
        match door {
            Door::Public => self.public_seats.clone(),
            Door::Admin { .. } => self.admin_seats.clone(),
        }
    }

    /// Serves until `stop` resolves, then lets requests in flight finish for at most the project's grace.
    pub async fn serve(self: Arc<Self>, listeners: Listeners, stop: impl Future<Output = ()>) {
        let (sender, receiver) = watch::channel(false);
        for socket in listeners.public {
            tokio::spawn(accept(self.clone(), socket, Door::Public, receiver.clone()));
        }
        let door = Door::Admin { only_health: !listeners.admin.is_local() };
        tokio::spawn(accept(self.clone(), listeners.admin, door, receiver));
        stop.await;
        self.draining.store(true, Ordering::Relaxed);
        let grace = self.site().app.server.grace;
        // The receivers are gone only when every listener and connection is; nothing is left to tell then.
        let _ = sender.send(true);
        let drained = self.public_seats.acquire_many(self.connections);
        if tokio::time::timeout(grace, drained).await.is_err() {
            let left = self.connections as usize - self.public_seats.available_permits();
            tracing::warn!(connections = left, "the grace is over; what is left is cut");
        }
    }
}
