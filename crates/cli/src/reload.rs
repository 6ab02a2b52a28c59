//! How does a changed project take the place of the one that is served?
//!
//! It is prepared aside and swapped in whole; requests in flight finish on the old one. A project that does not
//! load leaves the old one serving and says why.

use crate::args::Serve;
use crate::exit::Exit;
use crate::project::Place;
use crate::{build, project, serve};
use std::sync::Arc;
use tokio::sync::Mutex;
use windlass_app::ServerConfig;
use windlass_runtime::Runtime;
use windlass_server::{Server, Site};

/// Loads the project again when asked.
pub struct Reloader {
    /// How the server was started.
    pub args: Serve,
    place: Place,
    runtime: Arc<Runtime>,
    server: Arc<Server>,
    /// The settings that the sockets and bounds were made with.
    started: ServerConfig,
    one_at_a_time: Mutex<()>,
}

impl Reloader {
    /// A reloader for this server.
    pub fn new(place: Place, args: Serve, runtime: Arc<Runtime>, server: Arc<Server>) -> Arc<Self> {
        let started = server.site().app.server.clone();
        Arc::new(Reloader { args, place, runtime, server, started, one_at_a_time: Mutex::new(()) })
    }

    /// What is served now.
    pub fn site(&self) -> Arc<Site> {
        self.server.site()
    }

    /// The project's file or binary.
    pub fn place(&self) -> &Place {
        &self.place
    }

    /// Loads the project and swaps it in, or logs why not.
    pub async fn reload(self: Arc<Self>, reason: &str) {
        let _turn = self.one_at_a_time.lock().await;
        let this = self.clone();
        let prepared = tokio::task::spawn_blocking(move || this.prepare()).await;
        match prepared {
            Ok(Ok(site)) => {
                self.warn_of_what_stays(&site);
                self.server.swap(site);
                tracing::info!(reason, "reloaded");
            }
            Ok(Err(Exit::User(text))) => {
                tracing::error!(reason, "the project does not load, so the old one goes on\n{text}");
            }
            Ok(Err(Exit::Ours(error))) => {
                tracing::error!(reason, error = %format!("{error:#}"), "reload failed")
            }
            Err(error) => tracing::error!(reason, %error, "reload failed"),
        }
    }

    fn prepare(&self) -> Result<Site, Exit> {
        let mut app = project::open_good(&self.place, &self.args.single)?;
        serve::apply_flags(&mut app, &self.args);
        build::ensure(&app, false)?;
        let before = self.server.site();
        let loaded = self.runtime.load(&app, &before.loaded, &|_| {});
        let loaded = loaded.map_err(|errors| Exit::User(project::list(&errors)))?;
        Site::new(app, loaded, Some(&before))
            .map_err(|ties| Exit::user(ties.iter().map(ToString::to_string).collect::<Vec<_>>().join("\n")))
    }

    fn warn_of_what_stays(&self, site: &Site) {
        let (new, old) = (&site.app.server, &self.started);
        if new.listen != old.listen || new.admin != old.admin {
            tracing::warn!("listen and admin addresses change with the next start only");
        }
        if new.limits.connections != old.limits.connections || new.limits.requests != old.limits.requests {
            tracing::warn!("limits.connections and limits.requests change with the next start only");
        }
    }
}
