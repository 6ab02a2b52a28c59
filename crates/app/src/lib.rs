//! What is a Windlass project, once everything in it has been resolved?
//!
//! Values only: nothing here opens a file, reads a clock or looks at the environment. The manifest crate
//! makes an [`App`]; the runtime and the server read it.

mod digest;
mod function;
mod grants;
mod limits;
mod name;
mod quantity;
mod route;
mod routes;
mod server;

pub use digest::{Digest, DigestError};
pub use function::{App, Build, Code, Function, Service, Shape, StdinForm, StdoutForm};
pub use grants::{EnvOrigin, EnvVar, Grants, Group, Mount, Treatment};
pub use limits::{Instances, Limits};
pub use name::{FunctionId, Name, NameError};
pub use quantity::{ByteSize, QuantityError, parse_duration};
pub use route::{HostPattern, MethodPattern, RouteError, RoutePattern, Segment};
pub use routes::{Found, Lookup, RouteTable, Tie};
pub use server::{Listen, ListenError, Pages, ServerConfig, ServerLimits};
