//! What can be asked for on the command line?

use clap::{Parser, Subcommand, ValueEnum};
use std::path::PathBuf;
use windlass_app::Listen;

/// Runs WebAssembly functions as services, each with exactly what the project file grants.
#[derive(Debug, Parser)]
#[command(name = "windlass", version, disable_help_subcommand = true)]
pub struct Args {
    /// How to log.
    #[command(flatten)]
    pub log: Log,
    /// What to do.
    #[command(subcommand)]
    pub command: Command,
}

/// How to log; the log goes to stderr.
#[derive(Debug, clap::Args)]
pub struct Log {
    /// Form of the log lines
    #[arg(long = "log", global = true, env = "WINDLASS_LOG", default_value = "pretty", value_name = "FORM")]
    pub form: LogForm,
    /// Least level that is logged, or a filter such as "info,windlass_runtime=debug" [default: info, or warn for check and call]
    #[arg(long = "log-level", global = true, env = "WINDLASS_LOG_LEVEL", value_name = "LEVEL")]
    pub level: Option<String>,
}

/// Forms of log lines.
#[derive(Debug, Clone, Copy, ValueEnum)]
pub enum LogForm {
    /// For people.
    Pretty,
    /// One JSON object a line.
    Json,
}

/// The verbs.
#[derive(Debug, Subcommand)]
pub enum Command {
    /// Serve a project, or a single .wasm or .wat file
    Serve(Serve),
    /// Validate everything without serving, and show what each function may touch
    Check(Check),
    /// Run one function once and print its answer
    Call(Call),
    /// Build what has sources
    Build(Build),
    /// Print the JSON Schema of windlass.toml
    Schema,
}

/// `windlass serve`.
#[derive(Debug, clap::Args)]
pub struct Serve {
    /// A project folder, a windlass.toml, or a .wasm or .wat file
    #[arg(default_value = ".", env = "WINDLASS_PROJECT")]
    pub path: PathBuf,
    /// Address to serve on: IP:PORT or unix:/path; may be given more than once
    #[arg(long, env = "WINDLASS_LISTEN", value_delimiter = ',')]
    pub listen: Vec<Listen>,
    /// Address of health, metrics and API
    #[arg(long, env = "WINDLASS_ADMIN")]
    pub admin: Option<Listen>,
    /// Serve a changed project as soon as it loads
    #[arg(long, env = "WINDLASS_WATCH", value_parser = clap::builder::BoolishValueParser::new())]
    pub watch: bool,
    /// Single file only.
    #[command(flatten)]
    pub single: Single,
    /// Where compiled code is kept.
    #[command(flatten)]
    pub cache: Cache,
}

/// What a single file without a project gets.
#[derive(Debug, Default, clap::Args)]
pub struct Single {
    /// Single file: an environment variable; may be given more than once
    #[arg(long = "env", value_name = "K=V", env = "WINDLASS_ENV", value_delimiter = ',')]
    pub env: Vec<String>,
    /// Single file: a folder that it sees; may be given more than once
    #[arg(long = "mount", value_name = "HOST:GUEST[:ro]", env = "WINDLASS_MOUNT", value_delimiter = ',')]
    pub mount: Vec<String>,
}

/// Where compiled code is kept.
#[derive(Debug, Default, clap::Args)]
pub struct Cache {
    /// Folder for compiled code [default: windlass in the user's cache folder]
    #[arg(long = "compile-cache", value_name = "FOLDER", env = "WINDLASS_COMPILE_CACHE")]
    pub folder: Option<PathBuf>,
}

/// `windlass check`.
#[derive(Debug, clap::Args)]
pub struct Check {
    /// A project folder, a windlass.toml, or a .wasm or .wat file
    #[arg(default_value = ".", env = "WINDLASS_PROJECT")]
    pub path: PathBuf,
    /// Form of the result
    #[arg(long, default_value = "text", env = "WINDLASS_FORMAT")]
    pub format: Format,
    /// Put the imports and stubs that the binaries need into the project file
    #[arg(long, env = "WINDLASS_WRITE", value_parser = clap::builder::BoolishValueParser::new())]
    pub write: bool,
    /// Where compiled code is kept.
    #[command(flatten)]
    pub cache: Cache,
}

/// Forms of a result.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub enum Format {
    /// For people.
    Text,
    /// For programs.
    Json,
}

/// `windlass call`.
#[derive(Debug, clap::Args)]
pub struct Call {
    /// The function, SERVICE.FUNCTION
    pub function: String,
    /// Its input: JSON, @FILE, or - for stdin
    pub input: Option<String>,
    /// A project folder or a windlass.toml
    #[arg(long, default_value = ".", env = "WINDLASS_PROJECT")]
    pub project: PathBuf,
    /// Method of the request [default: GET, or POST with input]
    #[arg(long, env = "WINDLASS_METHOD")]
    pub method: Option<http::Method>,
    /// Path and query of the request
    #[arg(long, default_value = "/", env = "WINDLASS_PATH")]
    pub path: String,
    /// A header of the request, "NAME: VALUE"; may be given more than once
    #[arg(long = "header", value_name = "HEADER", env = "WINDLASS_HEADER", value_delimiter = '\n')]
    pub headers: Vec<String>,
    /// Where compiled code is kept.
    #[command(flatten)]
    pub cache: Cache,
}

/// `windlass build`.
#[derive(Debug, clap::Args)]
pub struct Build {
    /// A project folder or a windlass.toml
    #[arg(default_value = ".", env = "WINDLASS_PROJECT")]
    pub path: PathBuf,
    /// Build again what is not stale
    #[arg(long, env = "WINDLASS_FORCE", value_parser = clap::builder::BoolishValueParser::new())]
    pub force: bool,
}
