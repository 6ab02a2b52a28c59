//! How is a project served?

use crate::quantity::ByteSize;
use ipnet::IpNet;
use std::fmt;
use std::net::SocketAddr;
use std::path::PathBuf;
use std::str::FromStr;
use std::time::Duration;

/// `[server]`, with every default filled in.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ServerConfig {
    /// Where functions are served.
    pub listen: Vec<Listen>,
    /// Whether `listen` was written, so that a port in use is an error and not a reason to take another.
    pub listen_chosen: bool,
    /// Where the admin API is served.
    pub admin: Listen,
    /// Whether `admin` was written.
    pub admin_chosen: bool,
    /// Bounds on connections and requests.
    pub limits: ServerLimits,
    /// Built-in pages on the public listener.
    pub pages: Pages,
    /// Networks whose `Forwarded` and `X-Forwarded-For` headers count.
    pub trusted_proxies: Vec<IpNet>,
    /// How long a stop waits for requests in flight.
    pub grace: Duration,
}

impl Default for ServerConfig {
    fn default() -> Self {
        ServerConfig {
            listen: vec![Listen::Tcp(SocketAddr::from(([127, 0, 0, 1], 8080)))],
            listen_chosen: false,
            admin: Listen::Tcp(SocketAddr::from(([127, 0, 0, 1], 8081))),
            admin_chosen: false,
            limits: ServerLimits::default(),
            pages: Pages::default(),
            trusted_proxies: Vec::new(),
            grace: Duration::from_secs(30),
        }
    }
}

/// Bounds on what clients may ask of the server.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct ServerLimits {
    /// Bytes of a request's body.
    pub body: ByteSize,
    /// Bytes of a request's head.
    pub header_size: ByteSize,
    /// Time for a request's head to arrive.
    pub header_time: Duration,
    /// Connections at once.
    pub connections: u32,
    /// Requests at once, over all functions.
    pub requests: u32,
}

impl Default for ServerLimits {
    fn default() -> Self {
        ServerLimits {
            body: ByteSize(10 << 20),
            header_size: ByteSize(32 << 10),
            header_time: Duration::from_secs(10),
            connections: 10_000,
            requests: 1_000,
        }
    }
}

/// Built-in pages on the public listener, by path; absent means none.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Pages {
    /// Answers `200 OK` while the server is ready.
    pub health: Option<String>,
}

/// An address to listen on.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Listen {
    /// `host:port`, an IP address; port 0 takes a free one.
    Tcp(SocketAddr),
    /// `unix:/path`.
    Unix(PathBuf),
}

/// The text is neither `IP:PORT` nor `unix:/path`.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error(
    "{0:?} is not an address to listen on; write \"127.0.0.1:8080\", \"[::1]:8080\" or \"unix:/run/shop.sock\""
)]
pub struct ListenError(String);

impl FromStr for Listen {
    type Err = ListenError;

    fn from_str(text: &str) -> Result<Self, ListenError> {
        match text.strip_prefix("unix:") {
            Some(path) if !path.is_empty() => Ok(Listen::Unix(path.into())),
            Some(_) => Err(ListenError(text.into())),
            None => {
                let spelled = text.strip_prefix("localhost:").map(|port| format!("127.0.0.1:{port}"));
                let address = spelled.as_deref().unwrap_or(text).parse().map(Listen::Tcp);
                address.map_err(|_| ListenError(text.into()))
            }
        }
    }
}

impl fmt::Display for Listen {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Listen::Tcp(address) => write!(f, "http://{address}"),
            Listen::Unix(path) => write!(f, "unix:{}", path.display()),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn addresses_are_ip_and_port_or_a_socket_path() {
        assert_eq!("127.0.0.1:80".parse::<Listen>().unwrap().to_string(), "http://127.0.0.1:80");
        assert_eq!("localhost:80".parse::<Listen>().unwrap().to_string(), "http://127.0.0.1:80");
        assert_eq!("unix:/run/x".parse::<Listen>().unwrap().to_string(), "unix:/run/x");
        for bad in ["", "8080", "127.0.0.1", "unix:", "example.com:80", "127.0.0.1:99999"] {
            assert!(bad.parse::<Listen>().is_err(), "{bad}");
        }
    }
}
