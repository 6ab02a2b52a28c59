//! How fast is it, beside what else there is?
//!
//! Every target is loaded in turn, three rounds interleaved, and the medians stand in one table: figures move with
//! the machine, ratios within one run are what counts.

use crate::run::{self, cargo, output, root, target};
use anyhow::{Context, Result, bail};
use std::net::{TcpListener, TcpStream};
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

const ROUNDS: usize = 3;
const CONNECTIONS: &str = "-c16";

/// A server under load.
struct Target {
    name: String,
    command: Vec<String>,
    path: &'static str,
}

/// What one round measured.
#[derive(Clone, Default)]
struct Sample {
    rate: f64,
    p50: f64,
    p99: f64,
    cpu: f64,
    rss: f64,
}

/// Measures all targets.
pub fn run(args: &[String]) -> Result<()> {
    let (peers, seconds) = parse(args)?;
    wrk()?;
    run::run(&mut cargo(&["build", "--quiet", "--release", "--package", "windlass-cli"]))?;
    run::run(&mut cargo(&[
        "build",
        "--quiet",
        "--release",
        "--package",
        "windlass-server",
        "--example",
        "bare",
    ]))?;
    let wasm = root().join("examples/hello/.windlass/build/hello.greet.wasm");
    let targets = targets(&peers, &wasm)?;
    let mut samples: Vec<Vec<Sample>> = targets.iter().map(|_| Vec::new()).collect();
    for round in 1..=ROUNDS {
        for (target, list) in targets.iter().zip(&mut samples) {
            eprintln!("round {round} of {ROUNDS}: {}", target.name);
            list.push(measure(target, seconds).with_context(|| format!("target {}", target.name))?);
        }
    }
    print(&targets, &samples.iter().map(|list| median(list)).collect::<Vec<_>>());
    Ok(())
}

fn parse(args: &[String]) -> Result<(Vec<(String, String)>, u32)> {
    let (mut peers, mut seconds) = (Vec::new(), 5);
    let mut rest = args.iter();
    while let Some(flag) = rest.next() {
        let value = rest.next().with_context(|| format!("{flag} needs a value"))?;
        match flag.as_str() {
            "--peer" => {
                let (name, command) = value.split_once('=').context("--peer NAME=COMMAND")?;
                peers.push((name.to_owned(), command.to_owned()));
            }
            "--seconds" => seconds = value.parse().context("--seconds N")?,
            other => bail!("there is no flag {other}"),
        }
    }
    Ok((peers, seconds))
}

fn targets(peers: &[(String, String)], wasm: &Path) -> Result<Vec<Target>> {
    let project = target().join("bench");
    std::fs::create_dir_all(&project)?;
    let function = |name: &str, route: &str, more: &str| {
        format!(
            "[services.bench.functions.{name}]\nwasm = {wasm:?}\nroutes = [\"{route}\"]\n\
             stubs = [\"wasi:cli\", \"wasi:filesystem\"]\n{more}\n"
        )
    };
    let manifest = format!(
        "[project]\nname = \"bench\"\n{}{}",
        function("fresh", "/", ""),
        function("reuse", "/reuse", "instances = { reuse = 1000 }")
    );
    std::fs::write(project.join("windlass.toml"), manifest)?;
    let words = |parts: &[&str]| parts.iter().map(|part| (*part).to_owned()).collect::<Vec<_>>();
    let windlass = target().join("release/windlass").display().to_string();
    let folder = project.display().to_string();
    let serve = [
        &windlass,
        "serve",
        &folder,
        "--listen",
        "127.0.0.1:{port}",
        "--admin",
        "127.0.0.1:0",
        "--log-level",
        "error",
    ];
    let bare = target().join("release/examples/bare").display().to_string();
    let mut targets = vec![
        Target { name: "bare hyper".into(), command: words(&[&bare, "{port}"]), path: "/" },
        Target { name: "windlass fresh".into(), command: words(&serve), path: "/" },
        Target { name: "windlass reuse".into(), command: words(&serve), path: "/reuse" },
    ];
    for (name, command) in peers {
        let mut command: Vec<String> =
            command.split_whitespace().map(|word| word.replace("…", "127.0.0.1:{port}")).collect();
        if !command.iter().any(|word| word.contains("{port}")) {
            bail!("the command of peer {name} has no {{port}}: write the address as 127.0.0.1:{{port}}");
        }
        if !command.iter().any(|word| word.contains("{wasm}")) {
            command.push("{wasm}".into());
        }
        let command =
            command.iter().map(|word| word.replace("{wasm}", &wasm.display().to_string())).collect();
        targets.push(Target { name: name.clone(), command, path: "/" });
    }
    Ok(targets)
}

fn measure(target: &Target, seconds: u32) -> Result<Sample> {
    let port = TcpListener::bind("127.0.0.1:0")?.local_addr()?.port();
    let words: Vec<String> =
        target.command.iter().map(|word| word.replace("{port}", &port.to_string())).collect();
    let (program, args) = words.split_first().context("an empty command")?;
    let child = Command::new(program)
        .args(args)
        .stdin(Stdio::null())
        .stdout(Stdio::null())
        .stderr(Stdio::null())
        .spawn();
    let mut server = Server(child.with_context(|| format!("cannot start {program}"))?);
    server.wait_for(port)?;
    let url = format!("http://127.0.0.1:{port}{}", target.path);
    let load = |time: u32| {
        output(Command::new("wrk").args(["-t1", CONNECTIONS, "--latency", &format!("-d{time}s"), &url]))
    };
    load(1)?;
    let before = server.cpu_seconds()?;
    let told = load(seconds)?;
    let cpu = server.cpu_seconds()? - before;
    if told.contains("Non-2xx") {
        bail!("the server answered errors:\n{told}");
    }
    let rate =
        field(&told, "Requests/sec:").and_then(|text| text.parse().ok()).context("wrk printed no rate")?;
    let latency = |label: &str| field(&told, label).and_then(|text| microseconds(&text)).unwrap_or(0.0);
    let requests = rate * f64::from(seconds);
    Ok(Sample {
        rate,
        p50: latency("50%"),
        p99: latency("99%"),
        cpu: cpu * 1e6 / requests,
        rss: server.rss()?,
    })
}

/// A server process, ended when dropped.
struct Server(Child);

impl Server {
    fn wait_for(&mut self, port: u16) -> Result<()> {
        let start = Instant::now();
        while TcpStream::connect(("127.0.0.1", port)).is_err() {
            if let Some(status) = self.0.try_wait()? {
                bail!("it ended at once ({status})");
            }
            if start.elapsed() > Duration::from_secs(60) {
                bail!("it does not listen after a minute");
            }
            std::thread::sleep(Duration::from_millis(20));
        }
        Ok(())
    }

    /// User and system time so far, by the kernel's clock ticks of 10 ms.
    fn cpu_seconds(&self) -> Result<f64> {
        let stat = std::fs::read_to_string(format!("/proc/{}/stat", self.0.id()))
            .context("no /proc: bench needs Linux")?;
        let after_name = stat.rsplit(')').next().unwrap_or_default();
        let ticks: f64 = after_name
            .split_whitespace()
            .skip(11)
            .take(2)
            .filter_map(|field| field.parse::<f64>().ok())
            .sum();
        Ok(ticks / 100.0)
    }

    /// Resident memory in MiB.
    fn rss(&self) -> Result<f64> {
        let status = std::fs::read_to_string(format!("/proc/{}/status", self.0.id()))?;
        Ok(field(&status, "VmRSS:").and_then(|text| text.parse::<f64>().ok()).unwrap_or(0.0) / 1024.0)
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}

/// The word after a label.
fn field(text: &str, label: &str) -> Option<String> {
    let line = text.lines().find(|line| line.trim_start().starts_with(label))?;
    line.trim_start().strip_prefix(label)?.split_whitespace().next().map(str::to_owned)
}

fn microseconds(text: &str) -> Option<f64> {
    let split = text.find(|c: char| c.is_alphabetic())?;
    let (number, unit) = text.split_at(split);
    let scale = match unit {
        "us" => 1.0,
        "ms" => 1e3,
        "s" => 1e6,
        _ => return None,
    };
    number.parse::<f64>().ok().map(|number| number * scale)
}

fn median(samples: &[Sample]) -> Sample {
    let middle = |read: fn(&Sample) -> f64| {
        let mut values: Vec<f64> = samples.iter().map(read).collect();
        values.sort_by(f64::total_cmp);
        values.get(values.len() / 2).copied().unwrap_or(0.0)
    };
    Sample {
        rate: middle(|s| s.rate),
        p50: middle(|s| s.p50),
        p99: middle(|s| s.p99),
        cpu: middle(|s| s.cpu),
        rss: middle(|s| s.rss),
    }
}

fn print(targets: &[Target], medians: &[Sample]) {
    let fresh = targets
        .iter()
        .zip(medians)
        .find(|(target, _)| target.name == "windlass fresh")
        .map_or(0.0, |(_, s)| s.rate);
    println!(
        "{:<22} {:>10} {:>9} {:>9} {:>11} {:>9} {:>14}",
        "target", "req/s", "p50 µs", "p99 µs", "CPU µs/req", "RSS MiB", "fresh ÷ this"
    );
    for (target, sample) in targets.iter().zip(medians) {
        println!(
            "{:<22} {:>10.0} {:>9.0} {:>9.0} {:>11.1} {:>9.0} {:>14.2}",
            target.name,
            sample.rate,
            sample.p50,
            sample.p99,
            sample.cpu,
            sample.rss,
            fresh / sample.rate
        );
    }
}

/// `wrk`, installed from Debian's package when it is missing.
fn wrk() -> Result<()> {
    if output(Command::new("sh").args(["-c", "command -v wrk"])).is_ok() {
        return Ok(());
    }
    let script = "apt-get update -qq && apt-get install -y -qq wrk >/dev/null";
    run::run(Command::new("sh").args(["-c", script])).context("wrk cannot be installed")
}
