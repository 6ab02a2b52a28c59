//! What is a project made of, and what is a function?

use crate::{Digest, FunctionId, Grants, Instances, Limits, Name, RoutePattern, ServerConfig};
use std::fmt;
use std::path::PathBuf;
use std::str::FromStr;

/// A resolved project, immutable.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct App {
    /// The project's name.
    pub name: Name,
    /// The folder that relative paths start from.
    pub root: PathBuf,
    /// How it is served.
    pub server: ServerConfig,
    /// Its services, sorted by name.
    pub services: Vec<Service>,
}

impl App {
    /// All functions of all services, sorted by address.
    pub fn functions(&self) -> impl Iterator<Item = &Function> {
        self.services.iter().flat_map(|service| &service.functions)
    }

    /// The function with this address, `service.function`.
    pub fn function(&self, address: &str) -> Option<&Function> {
        self.functions().find(|function| function.id.to_string() == address)
    }
}

/// A group of functions.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Service {
    /// Its name.
    pub name: Name,
    /// Its functions, sorted by name.
    pub functions: Vec<Function>,
}

/// One function with all that the project file says of it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Function {
    /// Its address.
    pub id: FunctionId,
    /// One line for people.
    pub description: Option<String>,
    /// Where its binary is.
    pub code: Code,
    /// What the binary's digest has to be.
    pub hash: Option<Digest>,
    /// How it takes requests, where the project file says so.
    pub shape: Option<Shape>,
    /// The routes that lead to it; none makes it private.
    pub routes: Vec<RoutePattern>,
    /// The export that the method shape calls: `name` or `interface#name`.
    pub method: Option<String>,
    /// WIT signatures for a core module's exports.
    pub wit: Option<String>,
    /// What the command shape reads on stdin.
    pub stdin: StdinForm,
    /// How the command shape's stdout becomes an answer.
    pub stdout: StdoutForm,
    /// The command shape's `seed`; random for every request when absent.
    pub seed: Option<i64>,
    /// What it may touch.
    pub grants: Grants,
    /// What one invocation may use.
    pub limits: Limits,
    /// How instances are made and queued for.
    pub instances: Instances,
}

/// Where a function's binary is. `.wat` text is told apart by its content.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Code {
    /// A file, `.wasm` or `.wat`.
    File(PathBuf),
    /// WebAssembly text in the project file.
    Text(String),
    /// Sources that `windlass build` turns into `output`.
    Source {
        /// The folder with the sources.
        folder: PathBuf,
        /// How they are built.
        build: Build,
        /// Where the binary is put: `.windlass/build/<service>.<function>.wasm`.
        output: PathBuf,
    },
}

impl Code {
    /// The file to read, or the text itself.
    pub fn location(&self) -> Result<&PathBuf, &str> {
        match self {
            Code::File(path) | Code::Source { output: path, .. } => Ok(path),
            Code::Text(text) => Err(text),
        }
    }
}

/// How sources become a binary.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Build {
    /// By what the folder holds: `Cargo.toml` or `go.mod`.
    Detect,
    /// By this shell command, run in the folder; it writes to `$WINDLASS_OUTPUT`.
    Command(String),
}

/// How a binary takes a request.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Shape {
    /// A component that exports `wasi:http/incoming-handler`.
    Http,
    /// A program: stdin in, stdout out.
    Command,
    /// A typed export: JSON arguments in, JSON value out.
    Method,
}

impl Shape {
    /// The word in the project file.
    pub fn as_str(self) -> &'static str {
        match self {
            Shape::Http => "http",
            Shape::Command => "command",
            Shape::Method => "method",
        }
    }
}

impl fmt::Display for Shape {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.as_str())
    }
}

impl FromStr for Shape {
    type Err = ();

    fn from_str(text: &str) -> Result<Self, ()> {
        [Shape::Http, Shape::Command, Shape::Method].into_iter().find(|s| s.as_str() == text).ok_or(())
    }
}

/// What a command reads on stdin.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum StdinForm {
    /// `{"params":{…},"seed":…}`.
    #[default]
    Params,
    /// The same with method, path, headers, body and more.
    Request,
}

/// How a command's stdout becomes an answer.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum StdoutForm {
    /// All of it is the body; the type is sniffed.
    #[default]
    Body,
    /// CGI headers may come first.
    Cgi,
}
