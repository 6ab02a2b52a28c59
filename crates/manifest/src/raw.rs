//! What does `windlass.toml` look like, before anything in it means something?
//!
//! The serde mirror and, through its doc comments, the published JSON Schema. Unknown keys are reported
//! against that schema (see `structure`), so serde itself passes over them here.

use crate::at::At;
use schemars::JsonSchema;
use serde::Deserialize;
use std::collections::BTreeMap;

/// A Windlass project.
#[derive(Debug, Default, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case", default)]
#[schemars(deny_unknown_fields, title = "Project file")]
pub struct Raw {
    /// The project itself.
    pub project: RawProject,
    /// How it is served. Every key has a default; a command-line flag or `WINDLASS_…` variable wins.
    pub server: RawServer,
    /// Its services by name.
    pub services: BTreeMap<At<String>, RawService>,
}

/// The project itself.
#[derive(Debug, Default, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case", default)]
#[schemars(deny_unknown_fields, title = "Project")]
pub struct RawProject {
    /// The project's name: a-z, 0-9 and '-', starting with a letter.
    pub name: Option<At<String>>,
    /// The least version of Windlass that understands this file, such as ">=0.1".
    pub windlass: Option<At<String>>,
}

/// How the project is served.
#[derive(Debug, Default, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case", default)]
#[schemars(deny_unknown_fields, title = "Server")]
pub struct RawServer {
    /// Where functions are served: "IP:PORT" or "unix:/path", or a list. Default "127.0.0.1:8080".
    pub listen: Option<At<OneOrMany>>,
    /// Where health, metrics and the API are served. Default "127.0.0.1:8081".
    pub admin: Option<At<String>>,
    /// Bounds on connections and requests.
    pub limits: RawServerLimits,
    /// Built-in pages on the public listener; none unless named here.
    pub pages: RawPages,
    /// Networks whose Forwarded and X-Forwarded-For headers count.
    pub trusted_proxies: Vec<At<String>>,
    /// How long a stop waits for requests in flight. Default "30s".
    pub grace: Option<At<String>>,
}

/// A text or a list of texts.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(untagged)]
#[schemars(inline)]
pub enum OneOrMany {
    /// One.
    One(String),
    /// Several.
    Many(Vec<String>),
}

/// Bounds on what clients may ask of the server.
#[derive(Debug, Default, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case", default)]
#[schemars(deny_unknown_fields, title = "Server limits")]
pub struct RawServerLimits {
    /// Bytes of a request's body. Default "10MiB".
    pub body: Option<At<String>>,
    /// Bytes of a request's head. Default "32KiB".
    pub header_size: Option<At<String>>,
    /// Time for a request's head to arrive. Default "10s".
    pub header_time: Option<At<String>>,
    /// Connections at once. Default 10000.
    pub connections: Option<At<u32>>,
    /// Requests at once, over all functions. Default 1000.
    pub requests: Option<At<u32>>,
}

/// Built-in pages on the public listener.
#[derive(Debug, Default, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case", default)]
#[schemars(deny_unknown_fields, title = "Pages")]
pub struct RawPages {
    /// The path that answers 200 while the server is ready.
    pub health: Option<At<String>>,
}

/// A group of functions.
#[derive(Debug, Default, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case", default)]
#[schemars(deny_unknown_fields, title = "Service")]
pub struct RawService {
    /// Its functions by name.
    pub functions: BTreeMap<At<String>, At<RawFunction>>,
}

/// One function.
#[derive(Debug, Default, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case", default)]
#[schemars(deny_unknown_fields, title = "Function")]
pub struct RawFunction {
    /// One line for people.
    pub description: Option<String>,
    /// The folder with its sources, built by `windlass build`.
    pub source: Option<At<String>>,
    /// The shell command that builds `source`; it writes the binary to $WINDLASS_OUTPUT. By default Cargo or Go, by what the folder holds.
    pub build: Option<At<String>>,
    /// A prebuilt binary, .wasm or .wat.
    pub wasm: Option<At<String>>,
    /// WebAssembly text: a .wat file, or the text itself.
    pub wat: Option<At<String>>,
    /// "sha256:…" of the binary; another binary is refused.
    pub hash: Option<At<String>>,
    /// "http", "command" or "method", where the binary leaves it open.
    pub shape: Option<At<String>>,
    /// Routes such as "GET /items/{id}"; none makes the function private.
    pub routes: Vec<At<String>>,
    /// The export that the method shape calls: "name" or "interface#name".
    pub method: Option<At<String>>,
    /// WIT signatures of a core module's exports.
    pub wit: Option<At<String>>,
    /// What a command reads: "params" (default) or "request".
    pub stdin: Option<At<String>>,
    /// How a command's output becomes the answer: "body" (default) or "cgi".
    pub stdout: Option<At<String>>,
    /// A command's seed: "random" (default) or a number.
    pub seed: Option<At<RawSeed>>,
    /// The groups of host interfaces that it is granted.
    pub imports: Vec<At<String>>,
    /// Groups that are linked but refuse: for what a toolchain imports and the code never uses.
    pub stubs: Vec<At<String>>,
    /// Environment variables.
    pub env: BTreeMap<At<String>, At<RawEnv>>,
    /// Arguments after the program's name.
    pub args: Vec<String>,
    /// The initial working directory, absolute.
    pub cwd: Option<At<String>>,
    /// Host directories that it sees.
    pub mounts: Vec<At<RawMount>>,
    /// Bounds on one invocation.
    pub limits: RawLimits,
    /// How instances are made and queued for.
    pub instances: RawInstances,
}

/// A command's seed.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(untagged)]
#[schemars(inline)]
pub enum RawSeed {
    /// The same for every request.
    Fixed(i64),
    /// "random".
    Word(String),
}

/// The value of an environment variable.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(untagged)]
#[schemars(inline)]
pub enum RawEnv {
    /// The value itself.
    Literal(String),
    /// A variable of the host.
    Host(RawHostVariable),
}

/// A variable of the host.
#[derive(Debug, Default, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case", default)]
#[schemars(deny_unknown_fields, title = "Variable")]
pub struct RawHostVariable {
    /// Its name on the host.
    pub host: Option<String>,
    /// Whether its absence is an error; else it is left out. Default false.
    pub required: bool,
}

/// A host directory that a function sees.
#[derive(Debug, Default, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case", default)]
#[schemars(deny_unknown_fields, title = "Mount")]
pub struct RawMount {
    /// The directory on the host, relative to the project file.
    pub host: Option<String>,
    /// Its absolute path in the guest.
    pub guest: Option<String>,
    /// Whether every change is refused. Default false.
    pub read_only: bool,
}

/// Bounds on one invocation.
#[derive(Debug, Default, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case", default)]
#[schemars(deny_unknown_fields, title = "Limits")]
pub struct RawLimits {
    /// Wall time. Default "30s".
    pub time: Option<At<String>>,
    /// Time in which the guest occupies a processor. Default "10s".
    pub cpu: Option<At<String>>,
    /// Bytes of all memories and tables of an instance. Default "128MiB".
    pub memory: Option<At<String>>,
    /// Bytes of the answer's body. Default "10MiB".
    pub output: Option<At<String>>,
}

/// How instances are made and queued for.
#[derive(Debug, Default, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case", default)]
#[schemars(deny_unknown_fields, title = "Instances")]
pub struct RawInstances {
    /// How many requests one instance answers. Default 1: a fresh one each time.
    pub reuse: Option<At<u32>>,
    /// How many run at once. Default 64.
    pub max: Option<At<u32>>,
    /// How many requests may wait for one. Default 256.
    pub queue: Option<At<u32>>,
    /// How long a request waits for one. Default "1s".
    pub queue_time: Option<At<String>>,
}
