//! Windlass as a user meets it: a project file, a request, an expected answer.
//!
//! The guests come from `cargo xtask guests`; `BLESS=1` rewrites the golden files.

#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, clippy::indexing_slicing, missing_docs)]

mod admin;
mod bad_binaries;
mod bad_manifests;
mod cli;
mod client;
mod commands;
mod examples;
mod golden;
mod grants;
mod http;
mod limits;
mod methods;
mod mounts;
mod project;
mod reload;
mod routing;
