//! On which sockets does the server listen? All are bound before anything runs.

use std::io::ErrorKind;
use std::net::SocketAddr;
use std::path::Path;
use tokio::net::{TcpListener, UnixListener};
use windlass_app::{Listen, ServerConfig};

/// Bound sockets.
pub struct Listeners {
    pub(crate) public: Vec<Socket>,
    pub(crate) admin: Socket,
}

/// One bound socket.
pub enum Socket {
    /// TCP, with its real address.
    Tcp(TcpListener, SocketAddr),
    /// Unix, with the path that is removed at the end.
    Unix(UnixListener, std::path::PathBuf),
}

/// A socket cannot be bound.
#[derive(Debug, thiserror::Error)]
pub enum BindError {
    /// Another program has the address.
    #[error("{0} is in use; stop what listens there, or choose another address with {1}")]
    InUse(String, &'static str),
    /// Anything else.
    #[error("cannot listen on {0}: {1}")]
    Other(String, std::io::Error),
}

impl Listeners {
    /// The URLs of the public listeners.
    pub fn public_urls(&self) -> Vec<String> {
        self.public.iter().map(Socket::url).collect()
    }

    /// The URL of the admin listener.
    pub fn admin_url(&self) -> String {
        self.admin.url()
    }
}

impl Socket {
    fn url(&self) -> String {
        match self {
            Socket::Tcp(_, address) => Listen::Tcp(*address).to_string(),
            Socket::Unix(_, path) => Listen::Unix(path.clone()).to_string(),
        }
    }

    /// Whether only this machine reaches it.
    pub(crate) fn is_local(&self) -> bool {
        match self {
            Socket::Tcp(_, address) => address.ip().is_loopback(),
            Socket::Unix(..) => true,
        }
    }
}

/// Binds every socket of a configuration. A default port that is in use gives way to a free one, logged; a
/// chosen one is an error.
///
/// # Errors
/// The first socket that cannot be bound.
pub async fn bind(config: &ServerConfig) -> Result<Listeners, BindError> {
    let mut public = Vec::new();
    for listen in &config.listen {
        public.push(bind_one(listen, config.listen_chosen, "--listen").await?);
    }
    let admin = bind_one(&config.admin, config.admin_chosen, "--admin").await?;
    Ok(Listeners { public, admin })
}

async fn bind_one(listen: &Listen, chosen: bool, flag: &'static str) -> Result<Socket, BindError> {
    let failed = |error: std::io::Error| match error.kind() {
        ErrorKind::AddrInUse => BindError::InUse(listen.to_string(), flag),
        _ => BindError::Other(listen.to_string(), error),
    };
    match listen {
        Listen::Unix(path) => bind_unix(path).await.map_err(failed),
        Listen::Tcp(address) => match bind_tcp(*address).await {
            Err(error) if error.kind() == ErrorKind::AddrInUse && !chosen => {
                let socket = bind_tcp(SocketAddr::new(address.ip(), 0)).await.map_err(failed)?;
                tracing::warn!(wanted = %listen, taken = socket.url(), "the default port is in use; another is taken");
                Ok(socket)
            }
            result => result.map_err(failed),
        },
    }
}

async fn bind_tcp(address: SocketAddr) -> std::io::Result<Socket> {
    let listener = TcpListener::bind(address).await?;
    let address = listener.local_addr()?;
    Ok(Socket::Tcp(listener, address))
}

/// A socket file that nobody listens on is left over from a crash and is replaced.
async fn bind_unix(path: &Path) -> std::io::Result<Socket> {
    if path.exists() {
        if tokio::net::UnixStream::connect(path).await.is_ok() {
            return Err(ErrorKind::AddrInUse.into());
        }
        use std::os::unix::fs::FileTypeExt;
        if !std::fs::symlink_metadata(path)?.file_type().is_socket() {
            return Err(std::io::Error::other("the path exists and is not a socket"));
        }
        std::fs::remove_file(path)?;
    }
    Ok(Socket::Unix(UnixListener::bind(path)?, path.to_owned()))
}

impl Drop for Socket {
    fn drop(&mut self) {
        if let Socket::Unix(_, path) = self {
            let _ = std::fs::remove_file(path);
        }
    }
}
