//! A project in a folder of its own, and a server of it.

use crate::client::{Answer, exchange};
use std::io::{BufRead, BufReader, Read};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Output, Stdio};
use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};

/// Everything the http fixture imports, granted where it holds no authority.
pub const HTTP: &str = "imports = [\"wasi:cli\", \"wasi:clocks\", \"wasi:random\"]\nstubs = [\"wasi:filesystem\", \"wasi:sockets\", \"wasi:http\"]";
/// The same for the command fixture, which needs files.
pub const COMMAND: &str = "imports = [\"wasi:cli\", \"wasi:clocks\", \"wasi:random\", \"wasi:filesystem\"]";
/// The same for the method fixture.
pub const METHOD: &str = "imports = [\"wasi:cli\"]\nstubs = [\"wasi:filesystem\"]";

pub struct Project {
    folder: tempfile::TempDir,
}

pub fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).ancestors().nth(2).unwrap().to_owned()
}

/// A guest that `cargo xtask guests` built.
pub fn guest(name: &str) -> String {
    let target = std::env::var_os("CARGO_TARGET_DIR").map_or_else(|| root().join("target"), PathBuf::from);
    let path = target.join("guests").join(name);
    assert!(path.is_file(), "{} is missing: run `cargo xtask guests`", path.display());
    path.display().to_string()
}

pub fn windlass() -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_windlass"));
    let cache = root().join("target/test-cache");
    command.env("WINDLASS_COMPILE_CACHE", cache).stdin(Stdio::null());
    command
}

/// The line `[services.t.functions.NAME]` with a guest.
pub fn function(name: &str, wasm: &str, rest: &str) -> String {
    format!("[services.t.functions.{name}]\nwasm = {:?}\n{rest}\n", guest(wasm))
}

impl Project {
    /// A project file with `[project]` put before it.
    pub fn new(manifest: &str) -> Self {
        Project::raw(&format!("[project]\nname = \"test\"\n{manifest}"))
    }

    pub fn raw(manifest: &str) -> Self {
        let project = Project { folder: tempfile::tempdir().unwrap() };
        project.file("windlass.toml", manifest);
        project
    }

    pub fn path(&self) -> &Path {
        self.folder.path()
    }

    pub fn file(&self, name: &str, content: impl AsRef<[u8]>) -> &Self {
        let path = self.path().join(name);
        std::fs::create_dir_all(path.parent().unwrap()).unwrap();
        std::fs::write(path, content).unwrap();
        self
    }

    pub fn read(&self, name: &str) -> String {
        std::fs::read_to_string(self.path().join(name)).unwrap()
    }

    pub fn run(&self, args: &[&str]) -> Output {
        windlass().args(args).current_dir(self.path()).output().unwrap()
    }

    /// What a run prints on both streams, with the folder's name taken out, and its exit code.
    pub fn told(&self, args: &[&str]) -> String {
        told(&self.run(args), self.path())
    }

    pub fn serve(&self) -> Server {
        self.serve_with(&[])
    }

    pub fn serve_with(&self, args: &[&str]) -> Server {
        let mut command = windlass();
        command.args(["serve", "--listen", "127.0.0.1:0", "--admin", "127.0.0.1:0"]).args(args);
        Server::start(command.current_dir(self.path()))
    }
}

pub fn told(output: &Output, folder: &Path) -> String {
    let text = format!(
        "{}{}exit {}\n",
        String::from_utf8_lossy(&output.stdout),
        String::from_utf8_lossy(&output.stderr),
        output.status.code().map_or("by signal".into(), |code| code.to_string())
    );
    let folder = folder.display().to_string();
    text.replace(&format!("{folder}/"), "").replace(&folder, ".").replace("./", "")
}

pub struct Server {
    child: Child,
    pub address: String,
    pub admin: String,
    log: Arc<Mutex<String>>,
}

impl Server {
    pub fn start(command: &mut Command) -> Self {
        let mut child = command.stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap();
        let log = Arc::new(Mutex::new(String::new()));
        let (sink, mut stderr) = (log.clone(), child.stderr.take().unwrap());
        std::thread::spawn(move || {
            let mut block = [0; 4096];
            while let Ok(size @ 1..) = stderr.read(&mut block) {
                sink.lock().unwrap().push_str(&String::from_utf8_lossy(&block[..size]));
            }
        });
        let mut stdout = BufReader::new(child.stdout.take().unwrap());
        let mut line = String::new();
        stdout.read_line(&mut line).unwrap();
        std::thread::spawn(move || std::io::copy(&mut stdout, &mut std::io::sink()));
        let url = |mark: &str| {
            let after = line.split_once(mark).unwrap_or_else(|| panic!("{line}{}", log.lock().unwrap())).1;
            after.split(['\n', ',', ')', ' ']).next().unwrap().trim_start_matches("http://").to_owned()
        };
        Server { address: url(" on "), admin: url("(admin "), log: log.clone(), child }
    }

    pub fn get(&self, path: &str) -> Answer {
        self.send("GET", path, "", b"")
    }

    pub fn post(&self, path: &str, body: impl AsRef<[u8]>) -> Answer {
        self.send("POST", path, "", body.as_ref())
    }

    /// A request with more header lines, each ended by CRLF.
    pub fn send(&self, method: &str, path: &str, headers: &str, body: &[u8]) -> Answer {
        let length =
            if body.is_empty() { String::new() } else { format!("content-length: {}\r\n", body.len()) };
        let head = format!(
            "{method} {path} HTTP/1.1\r\nhost: localhost\r\n{length}{headers}connection: close\r\n\r\n"
        );
        self.raw(&[head.as_bytes(), body].concat())
    }

    pub fn raw(&self, request: &[u8]) -> Answer {
        exchange(&self.address, request)
    }

    pub fn get_admin(&self, path: &str) -> Answer {
        let head = format!("GET {path} HTTP/1.1\r\nhost: localhost\r\nconnection: close\r\n\r\n");
        exchange(&self.admin, head.as_bytes())
    }

    pub fn log(&self) -> String {
        self.log.lock().unwrap().clone()
    }

    /// Waits until the log has this text.
    pub fn wait_for(&self, text: &str) {
        self.wait_until(&format!("{text:?} in the log"), || self.log().contains(text));
    }

    /// Waits until something holds; the bound is for a test that would never end, not for speed.
    pub fn wait_until(&self, what: &str, holds: impl Fn() -> bool) {
        let start = Instant::now();
        while !holds() {
            assert!(start.elapsed() < Duration::from_secs(60), "no {what}; the log:\n{}", self.log());
            std::thread::sleep(Duration::from_millis(10));
        }
    }

    pub fn signal(&self, signal: &str) {
        let id = self.child.id().to_string();
        assert!(Command::new("kill").args([signal, &id]).status().unwrap().success());
    }

    /// Resident memory in KiB.
    pub fn rss(&self) -> u64 {
        let output =
            Command::new("ps").args(["-o", "rss=", "-p", &self.child.id().to_string()]).output().unwrap();
        String::from_utf8_lossy(&output.stdout).trim().parse().unwrap_or(0)
    }

    /// Waits for the end after a signal and gives the exit code.
    pub fn wait(mut self) -> Option<i32> {
        self.child.wait().unwrap().code()
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}
