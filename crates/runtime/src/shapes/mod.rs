//! How is each shape invoked?

mod body;
mod command;
mod http;
mod idle;
mod method;

pub use crate::params::Arguments;
pub use body::GuestBody;
pub(crate) use idle::Idle;
pub(crate) use method::Method;
