//! What does a function written in Rust need of Windlass? Very little: plain programs and plain WASI components
//! run as they are. This crate saves the handling of WASI's request and response resources.
//!
//! An HTTP handler, built as a `cdylib` for `wasm32-wasip2`:
//!
//! ```
//! use windlass_guest::http::{Request, Response};
//!
//! fn handle(request: Request) -> Response {
//!     Response::text(format!("you asked for {}\n", request.path()))
//! }
//!
//! windlass_guest::http!(handle);
//! # fn main() {}
//! ```
//!
//! A command, built as a binary:
//!
//! ```no_run
//! use windlass_guest::command::Input;
//!
//! fn main() {
//!     let input = Input::read().unwrap_or_default();
//!     println!("Hello, {}!", input.param("name").unwrap_or("world"));
//! }
//! ```

pub mod command;
pub mod http;

/// The bindings of WASI 0.2 that this crate is built on, for what it does not cover: streaming bodies, trailers,
/// clocks and the rest.
pub use wasip2 as wasi;
