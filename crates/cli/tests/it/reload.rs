//! A changed project takes the place of the served one, or leaves it.

use crate::project::{METHOD, Project, function};
use std::sync::atomic::{AtomicBool, Ordering};

fn answer(number: u32) -> String {
    format!(
        "(component (core module $m (func (export \"f\") (result i32) i32.const {number})) (core instance $i (instantiate $m)) (func (export \"f\") (result u32) (canon lift (core func $i \"f\"))))"
    )
}

fn project() -> Project {
    let project = Project::new("[services.t.functions.f]\nwasm = \"f.wat\"\nroutes = [\"/\"]\n");
    project.file("f.wat", answer(1));
    project
}

/// Ends the load also where an assertion fails.
struct Ends<'a>(&'a AtomicBool);

impl Drop for Ends<'_> {
    fn drop(&mut self) {
        self.0.store(true, Ordering::Relaxed);
    }
}

#[test]
fn a_change_under_load_fails_no_request() {
    let project = project();
    let server = project.serve_with(&["--watch"]);
    let done = AtomicBool::new(false);
    std::thread::scope(|scope| {
        let load = scope.spawn(|| {
            let mut answers = Vec::new();
            while !done.load(Ordering::Relaxed) {
                answers.push(server.get("/").told());
            }
            answers
        });
        let ends = Ends(&done);
        for number in 2..5 {
            project.file("f.wat", answer(number));
            server.wait_until("the new answer", || server.get("/").text() == number.to_string());
        }
        drop(ends);
        let answers = load.join().unwrap();
        assert!(answers.len() > 3 && answers.iter().all(|(status, _)| *status == 200));
    });
}

#[test]
fn a_project_that_does_not_load_leaves_the_old_one() {
    let project = project();
    let server = project.serve_with(&["--watch"]);
    project.file("f.wat", "(component (oops");
    server.wait_for("the WebAssembly text does not parse");
    assert_eq!(server.get("/").told(), (200, "1".into()));
    let manifest = project.read("windlass.toml");
    project.file("f.wat", answer(2)).file("windlass.toml", manifest.replace("routes", "rutes"));
    server.wait_for("unknown key \"rutes\"");
    assert_eq!(server.get("/").told(), (200, "1".into()));
    project.file("windlass.toml", manifest.replace("[\"/\"]", "[\"/new\"]"));
    server.wait_until("the new route", || server.get("/new").text() == "2");
    assert_eq!(server.get("/").status, 404);
}

#[test]
fn a_hangup_reloads_without_a_watch() {
    let project = project();
    let server = project.serve();
    project.file("f.wat", answer(2));
    server.signal("-HUP");
    server.wait_for("reloaded");
    assert_eq!(server.get("/").text(), "2");
    assert!(server.get_admin("/metrics").text().contains("windlass_calls_total{function=\"t.f\"} 1"));
}

#[test]
fn sources_are_built_when_they_change() {
    let project = Project::new(
        "[services.t.functions.f]\nsource = \"src\"\nbuild = \"cp f.wat $WINDLASS_OUTPUT\"\nroutes = [\"/\"]\n",
    );
    project.file("src/f.wat", answer(1));
    let server = project.serve_with(&["--watch"]);
    assert_eq!(server.get("/").text(), "1");
    project.file("src/f.wat", answer(2));
    server.wait_until("the new answer", || server.get("/").text() == "2");
    project.file("src/f.wat", "(component (oops");
    server.wait_for("does not parse");
    assert_eq!(server.get("/").text(), "2");
}

/// A request that began on the old project ends there.
#[test]
fn requests_in_flight_finish_on_the_old_project() {
    let http = format!("routes = [\"/{{path...}}\"]\n{}", crate::project::HTTP);
    let project = Project::new(&function("f", "http.p2.wasm", &http));
    let server = project.serve();
    std::thread::scope(|scope| {
        let slow = scope.spawn(|| server.get("/sleep?1000").told());
        server.wait_until("a running guest", || {
            server.get_admin("/metrics").text().contains("windlass_running{function=\"t.f\"} 1")
        });
        let typed =
            function("f", "method.p2.wasm", &format!("method = \"greet\"\nroutes = [\"/\"]\n{METHOD}"));
        project.file("windlass.toml", format!("[project]\nname = \"test\"\n{typed}"));
        server.signal("-HUP");
        server.wait_for("reloaded");
        assert_eq!(server.get("/?name=new").text(), "\"Hello, new!\"");
        assert_eq!(slow.join().unwrap(), (200, "slept\n".into()));
    });
}
