//! How does HTTP come in, and how do a function's answers and failures go out?
//!
//! `accept` takes connections, `connection` speaks HTTP on one, `dispatch` turns a request into an answer and
//! never fails, `answer` is the one place where errors become statuses, and `admin` serves the other listener.

mod accept;
mod admin;
mod answer;
mod body;
mod cgi;
mod client;
mod connection;
mod describe;
mod dispatch;
mod id;
mod invoke;
mod listen;
mod metrics;
mod request;
mod server;
mod site;
mod sniff;
mod stdin;
mod wire;

pub use body::AnswerBody;
pub use describe::describe;
pub use invoke::{Incoming, invoke};
pub use listen::{BindError, Listeners, bind};
pub use server::Server;
pub use site::Site;
