//! Every limit, and a request that exceeds it.

use crate::client::{connect, read};
use crate::project::{COMMAND, HTTP, METHOD, Project, Server, function};
use std::io::{BufReader, Write};

fn http(more: &str) -> Server {
    Project::new(&function("f", "http.p2.wasm", &format!("routes = [\"/{{path...}}\"]\n{HTTP}\n{more}")))
        .serve()
}

fn metric(server: &Server, line: &str) -> bool {
    server.get_admin("/metrics").text().contains(line)
}

const TIMEOUT: (u16, &str) = (504, "the function took too long\n");
const FAILED: (u16, &str) = (500, "the function failed\n");

fn assert_told(answer: crate::client::Answer, (status, text): (u16, &str)) {
    assert_eq!(answer.told(), (status, text.to_owned()));
    assert_eq!(answer.header("x-request-id").len(), 16);
}

#[test]
fn wall_time_ends_waiting_and_looping_guests() {
    let server = http("limits = { time = \"200ms\" }");
    assert_told(server.get("/sleep?60000"), TIMEOUT);
    assert_told(server.get("/loop"), TIMEOUT);
    assert_eq!(server.get("/sleep?1").status, 200);
    assert!(metric(&server, "windlass_faults_total{function=\"t.f\",kind=\"time-limit\"} 2"));
    server.wait_for("limits.time");
}

#[test]
fn cpu_time_ends_loops_and_not_waits() {
    let server = http("limits = { cpu = \"100ms\" }");
    assert_told(server.get("/loop"), TIMEOUT);
    assert_eq!(server.get("/sleep?300").status, 200);
    assert!(metric(&server, "kind=\"cpu-limit\"} 1"));
    server.wait_for("limits.cpu");
}

#[test]
fn commands_and_methods_are_ended_too() {
    let method = format!(
        "method = \"fixture:values/all#spin\"\nroutes = [\"/m\"]\nlimits = {{ time = \"200ms\" }}\n{METHOD}"
    );
    let command = format!("routes = [\"/c\"]\nlimits = {{ time = \"200ms\" }}\n{COMMAND}");
    let functions = [function("m", "method.p2.wasm", &method), function("c", "command.p1.wasm", &command)];
    let server = Project::new(&functions.join("\n")).serve();
    assert_told(server.get("/m"), TIMEOUT);
    assert_told(server.get("/c?do=loop"), TIMEOUT);
    assert_told(server.get("/c?do=sleep&n=60000"), TIMEOUT);
}

#[test]
fn memory_is_bounded_and_named_in_the_log() {
    let server = http("limits = { memory = \"16MiB\" }");
    assert_eq!(server.get("/allocate?8").told(), (200, "8 MiB\n".into()));
    assert_told(server.get("/allocate?4096"), FAILED);
    server.wait_for("limits.memory");
    assert!(metric(&server, "kind=\"memory-limit\"} 1"));
}

/// Two core modules in one component, each growing to 0.6 of the limit: the sum counts.
#[test]
fn memories_of_one_component_count_together() {
    let grow = |pages: u32| {
        format!(
            r#"
            [services.t.functions.f{pages}]
            routes = ["/{pages}"]
            limits = {{ memory = "1MiB" }}
            wat = '''(component
                (core module $m (memory 1)
                    (func (export "grow") (param i32) (result i32) (memory.grow (local.get 0))))
                (core instance $a (instantiate $m))
                (core instance $b (instantiate $m))
                (core module $both
                    (import "a" "grow" (func $a (param i32) (result i32)))
                    (import "b" "grow" (func $b (param i32) (result i32)))
                    (func (export "f") (result i32)
                        (if (i32.lt_s (call $a (i32.const {pages})) (i32.const 0)) (then unreachable))
                        (if (i32.lt_s (call $b (i32.const {pages})) (i32.const 0)) (then unreachable))
                        (i32.const 1)))
                (core instance $i (instantiate $both (with "a" (instance $a)) (with "b" (instance $b))))
                (func (export "f") (result u32) (canon lift (core func $i "f"))))'''
            "#
        )
    };
    // 16 pages are 1 MiB; 9 more each is 0.6 of it.
    let server = Project::new(&(grow(5) + &grow(9))).serve();
    assert_eq!(server.get("/5").told(), (200, "1".into()));
    assert_told(server.get("/9"), FAILED);
    server.wait_for("limits.memory");
}

#[test]
fn a_request_body_over_the_limit_is_a_413() {
    let manifest = |wasm: &str, rest: &str| {
        Project::new(&format!(
            "[server]\nlimits = {{ body = \"1KiB\" }}\n{}",
            function("f", wasm, &format!("routes = [\"/{{path...}}\"]\n{rest}"))
        ))
        .serve()
    };
    let request = (413, "the request body is too large\n");
    let chunked = |size: usize| {
        let head = "POST /echo?do=stdin HTTP/1.1\r\nhost: x\r\ntransfer-encoding: chunked\r\nconnection: close\r\n\r\n";
        format!("{head}{size:x}\r\n{}\r\n0\r\n\r\n", "x".repeat(size)).into_bytes()
    };
    for (wasm, rest) in [
        ("http.p2.wasm", HTTP.to_owned()),
        ("command.p2.wasm", format!("stdin = \"request\"\n{COMMAND}")),
        ("method.p2.wasm", format!("method = \"greet\"\n{METHOD}")),
    ] {
        let server = manifest(wasm, &rest);
        assert_told(server.post("/echo", vec![b'x'; 1025]), request);
        assert_told(server.raw(&chunked(1025)), request);
        assert_ne!(server.post("/echo?name=x", b"[\"y\"]").status, 413, "{wasm}");
    }
}

#[test]
fn output_over_the_limit_is_a_500_before_the_head_and_a_cut_after_it() {
    let server = http("limits = { output = \"100KiB\" }");
    assert_eq!(server.get("/write?100000").status, 200);
    let cut = server.get("/write?10000000");
    assert_eq!((cut.status, cut.cut), (200, true));
    assert!(cut.body.len() <= 100 << 10);
    server.wait_for("limits.output");
    let command = format!("routes = [\"/\"]\nlimits = {{ output = \"100KiB\" }}\n{COMMAND}");
    for wasm in ["command.p1.wasm", "command.p2.wasm"] {
        let server = Project::new(&function("c", wasm, &command)).serve();
        assert_eq!(server.get("/?do=write&n=65536").body.len(), 65536);
        assert_told(server.get("/?do=write&n=1000000000"), FAILED);
        server.wait_for("limits.output");
    }
}

#[test]
fn a_large_head_is_a_431() {
    let server = http("");
    let answer = server.send("GET", "/method", &format!("x-big: {}\r\n", "x".repeat(40 << 10)), b"");
    assert_told(answer, (431, "the request's head is too large\n"));
    assert_eq!(
        server.send("GET", "/method", &format!("x-big: {}\r\n", "x".repeat(90 << 10)), b"").status,
        431
    );
    assert_eq!(
        server.send("GET", "/method", &format!("x-big: {}\r\n", "x".repeat(20 << 10)), b"").status,
        200
    );
}

#[test]
fn a_slow_head_is_a_408() {
    let project = Project::new(&format!(
        "[server]\nlimits = {{ header-time = \"200ms\" }}\n{}",
        function("f", "http.p2.wasm", &format!("routes = [\"/{{path...}}\"]\n{HTTP}"))
    ));
    let server = project.serve();
    let mut stream = connect(&server.address);
    stream.write_all(b"GET /method HTTP/1.1\r\nhost:").unwrap();
    let answer = read(&mut BufReader::new(stream), false);
    assert_eq!(answer.told(), (408, "the request's head took too long to arrive\n".into()));
    assert_eq!(answer.header("x-request-id").len(), 16);
    assert_eq!(server.get("/method").status, 200);
}

#[test]
fn instances_and_their_queue_are_bounded() {
    let server = http("instances = { max = 1, queue = 1, queue-time = \"30s\" }");
    let mut first = connect(&server.address);
    first.write_all(b"GET /sleep?1500 HTTP/1.1\r\nhost: x\r\n\r\n").unwrap();
    server.wait_until("a running guest", || metric(&server, "windlass_running{function=\"t.f\"} 1"));
    let mut second = connect(&server.address);
    second.write_all(b"GET /method HTTP/1.1\r\nhost: x\r\n\r\n").unwrap();
    server.wait_until("a waiting request", || metric(&server, "windlass_waiting{function=\"t.f\"} 1"));
    let third = server.get("/method");
    assert_eq!(third.header("retry-after"), "1");
    assert_told(third, (503, "busy, try again\n"));
    assert_eq!(read(&mut BufReader::new(first), false).status, 200);
    assert_eq!(read(&mut BufReader::new(second), false).status, 200);
}

#[test]
fn the_wait_for_an_instance_is_bounded() {
    let server = http("instances = { max = 1, queue = 9, queue-time = \"50ms\" }");
    let mut first = connect(&server.address);
    first.write_all(b"GET /sleep?60000 HTTP/1.1\r\nhost: x\r\n\r\n").unwrap();
    server.wait_until("a running guest", || metric(&server, "windlass_running{function=\"t.f\"} 1"));
    assert_told(server.get("/method"), (503, "busy, try again\n"));
}

#[test]
fn requests_in_all_are_bounded() {
    let functions = function("f", "http.p2.wasm", &format!("routes = [\"/{{path...}}\"]\n{HTTP}"));
    let server = Project::new(&format!("[server]\nlimits = {{ requests = 1 }}\n{functions}")).serve();
    let mut first = connect(&server.address);
    first.write_all(b"GET /sleep?60000 HTTP/1.1\r\nhost: x\r\n\r\n").unwrap();
    server.wait_until("a running guest", || metric(&server, "windlass_running{function=\"t.f\"} 1"));
    let refused = server.get("/method");
    assert_eq!(refused.header("retry-after"), "1");
    assert_told(refused, (503, "busy, try again\n"));
    drop(first);
    server.wait_until("a place", || server.get("/method").status == 200);
}

/// A connection over the bound waits until another ends.
#[test]
fn connections_are_bounded() {
    let functions = function("f", "http.p2.wasm", &format!("routes = [\"/{{path...}}\"]\n{HTTP}"));
    let server = Project::new(&format!("[server]\nlimits = {{ connections = 1 }}\n{functions}")).serve();
    let mut first = connect(&server.address);
    first.write_all(b"GET /sleep?60000 HTTP/1.1\r\nhost: x\r\n\r\n").unwrap();
    server.wait_until("a running guest", || metric(&server, "windlass_running{function=\"t.f\"} 1"));
    let mut second = connect(&server.address);
    second.write_all(b"GET /method HTTP/1.1\r\nhost: x\r\nconnection: close\r\n\r\n").unwrap();
    assert!(metric(&server, "windlass_calls_total{function=\"t.f\"} 1"));
    drop(first);
    assert_eq!(read(&mut BufReader::new(second), false).told(), (200, "Method::Get".into()));
    assert!(metric(&server, "windlass_calls_total{function=\"t.f\"} 2"));
}

/// The request is held while its answer streams, not only until its head is out.
#[test]
fn a_streaming_answer_holds_its_place() {
    let functions = function("f", "http.p2.wasm", &format!("routes = [\"/{{path...}}\"]\n{HTTP}"));
    let server = Project::new(&format!("[server]\nlimits = {{ requests = 1 }}\n{functions}")).serve();
    let mut first = connect(&server.address);
    first.write_all(b"GET /forever HTTP/1.1\r\nhost: x\r\n\r\n").unwrap();
    let mut head = [0; 15];
    std::io::Read::read_exact(&mut first, &mut head).unwrap();
    assert_eq!(&head, b"HTTP/1.1 200 OK");
    assert_eq!(server.get("/method").status, 503);
}

/// A looping function, a 4 GB allocator and a healthy one behind one server.
#[test]
fn a_healthy_function_answers_beside_broken_ones() {
    let functions = [
        function(
            "looping",
            "http.p2.wasm",
            &format!("routes = [\"/loop\"]\nlimits = {{ time = \"2s\" }}\n{HTTP}"),
        ),
        function("greedy", "http.p2.wasm", &format!("routes = [\"/allocate\"]\n{HTTP}")),
        function("healthy", "http.p2.wasm", &format!("routes = [\"/method\"]\n{HTTP}")),
    ];
    let server = Project::new(&functions.join("\n")).serve();
    std::thread::scope(|scope| {
        let looping: Vec<_> = (0..4).map(|_| scope.spawn(|| server.get("/loop").status)).collect();
        let greedy = scope.spawn(|| server.get("/allocate?4096").status);
        server.wait_until("running loops", || metric(&server, "windlass_running{function=\"t.looping\"} 4"));
        for _ in 0..50 {
            assert_eq!(server.get("/method").status, 200);
        }
        assert_eq!(greedy.join().unwrap(), 500);
        assert!(looping.into_iter().all(|guest| guest.join().unwrap() == 504));
    });
}

#[test]
fn bad_requests_meet_clear_errors_and_harm_nobody() {
    let server = http("");
    let broken = (400, "the request body is malformed or cut short\n");
    assert_told(
        server.raw(b"POST /echo HTTP/1.1\r\nhost: x\r\ntransfer-encoding: chunked\r\n\r\nzz\r\nabc\r\n"),
        broken,
    );
    assert_eq!(server.raw(b"NONSENSE\r\n\r\n").status, 400);
    assert_told(
        server.raw(b"GET /method HTTP/1.1\r\nconnection: close\r\n\r\n"),
        (400, "the Host header is missing\n"),
    );
    let odd = b"GET /method HTTP/1.1\r\nhost: a b/@#\r\nconnection: close\r\n\r\n";
    assert_told(server.raw(odd), (400, "the Host header is malformed\n"));
    let two = b"GET /method HTTP/1.1\r\nhost: a\r\nhost: b\r\nconnection: close\r\n\r\n";
    assert_told(server.raw(two), (400, "there is more than one Host header\n"));
    let upgrade = "upgrade: websocket\r\n";
    assert_told(server.send("GET", "/method", upgrade, b""), (501, "WebSocket upgrades are not supported\n"));
    assert_eq!(server.raw(b"GET /method HTTP/1.0\r\n\r\n").told(), (200, "Method::Get".into()));
    assert_eq!(server.get("/method").status, 200);
}
