//! The http shape: bodies streamed both ways, trailers, methods, headers, work after the answer.

use crate::client::{connect, read};
use crate::project::{HTTP, Project, Server, function};
use std::io::{BufReader, Read, Write};

fn serve(server: &str, more: &str) -> Server {
    let rest = format!("routes = [\"/{{path...}}\"]\n{HTTP}\n{more}");
    Project::new(&format!("{server}\n{}", function("http", "http.p2.wasm", &rest))).serve()
}

#[test]
fn bodies_of_every_size_come_back_whole() {
    let server = serve("", "");
    for size in [0, 1, 8191, 8192, 8193, 1 << 20] {
        let body: Vec<u8> = (0..size).map(|index| (index * 7 % 251) as u8).collect();
        let answer = server.post("/echo", &body);
        assert_eq!((answer.status, answer.body == body, answer.cut), (200, true, false), "{size}");
    }
}

#[test]
fn a_chunked_body_comes_back_whole() {
    let server = serve("", "");
    let request = b"POST /echo HTTP/1.1\r\nhost: x\r\ntransfer-encoding: chunked\r\nconnection: close\r\n\r\n3\r\nabc\r\n4\r\ndefg\r\n0\r\n\r\n";
    assert_eq!(server.raw(request).told(), (200, "abcdefg".into()));
}

/// One GiB up, hashed in the guest: the host holds a small part of it at a time.
#[test]
fn a_gibibyte_passes_in_flat_memory() {
    let server =
        serve("[server]\nlimits = { body = \"2GiB\" }", "limits = { time = \"10m\", cpu = \"10m\" }");
    server.get("/method");
    let before = server.rss();
    let mut stream = connect(&server.address);
    let size: u64 = 1 << 30;
    write!(stream, "POST /hash HTTP/1.1\r\nhost: x\r\ncontent-length: {size}\r\nconnection: close\r\n\r\n")
        .unwrap();
    let block: Vec<u8> = (0..1 << 20).map(|index| (index % 253) as u8).collect();
    for _ in 0..size / block.len() as u64 {
        stream.write_all(&block).unwrap();
    }
    let answer = read(&mut BufReader::new(stream), false);
    let mut hash = 0xcbf2_9ce4_8422_2325_u64;
    for _ in 0..size / block.len() as u64 {
        hash = block.iter().fold(hash, |hash, byte| (hash ^ u64::from(*byte)).wrapping_mul(0x100_0000_01b3));
    }
    assert_eq!(answer.told(), (200, format!("{size} {hash:016x}")));
    let grown = server.rss().saturating_sub(before);
    assert!(grown < 64 << 10, "grew by {grown} KiB");
}

#[test]
fn a_large_answer_is_streamed() {
    let server = serve("", "limits = { output = \"100MiB\" }");
    let answer = server.get("/write?50000000");
    assert_eq!((answer.status, answer.body.len(), answer.cut), (200, 50_000_000, false));
    assert_eq!(answer.header("transfer-encoding"), "chunked");
    assert!(answer.body.iter().all(|byte| *byte == b'x'));
}

#[test]
fn trailers_pass_both_ways() {
    let server = serve("", "");
    let request = b"POST /trailers HTTP/1.1\r\nhost: x\r\nte: trailers\r\ntrailer: x-sum\r\ntransfer-encoding: chunked\r\nconnection: close\r\n\r\n2\r\nhi\r\n0\r\nx-sum: 42\r\n\r\n";
    let answer = server.raw(request);
    assert_eq!(answer.told(), (200, "body\n".into()));
    assert_eq!(answer.trailers, [("x-got".to_owned(), b"42".to_vec())]);
}

#[test]
fn every_method_arrives() {
    let server = serve("", "");
    for (method, told) in [
        ("GET", "Method::Get"),
        ("DELETE", "Method::Delete"),
        ("PATCH", "Method::Patch"),
        ("PROPFIND", "other PROPFIND"),
    ] {
        assert_eq!(server.send(method, "/method", "", b"").told(), (200, told.into()));
    }
    let head = server.send("HEAD", "/method", "", b"");
    assert_eq!((head.status, head.body.len()), (200, 0));
}

#[test]
fn headers_repeat_and_hold_any_byte() {
    let server = serve("", "");
    let request =
        b"GET /headers HTTP/1.1\r\nhost: x\r\nx-a: 1\r\nx-b: \xff\xfe\r\nx-a: 2\r\nconnection: close\r\n\r\n";
    let answer = server.raw(request);
    let kept: Vec<_> = answer.headers.iter().filter(|(name, _)| name.starts_with("x-")).cloned().collect();
    let field = |name: &str, value: &[u8]| (name.to_owned(), value.to_vec());
    // Values of one name keep their order; names among each other have none.
    let of = |wanted: &str| kept.iter().filter(|(name, _)| name == wanted).cloned().collect::<Vec<_>>();
    assert_eq!(of("x-a"), [field("x-a", b"1"), field("x-a", b"2")]);
    assert_eq!(of("x-b"), [field("x-b", b"\xff\xfe")]);
}

#[test]
fn the_target_arrives_as_it_was_sent() {
    let server = serve("", "");
    assert_eq!(server.get("/target?a=%20b&c").text(), "/target?a=%20b&c");
    assert_eq!(server.get("/status?418").status, 418);
}

#[test]
fn work_after_the_answer_is_let_finish() {
    let server = serve("", "");
    assert_eq!(server.get("/after?200").told(), (200, "answered\n".into()));
    server.wait_for("worked on after the answer");
}

#[test]
fn work_after_the_answer_ends_with_its_time() {
    let server = serve("", "limits = { time = \"300ms\" }");
    assert_eq!(server.get("/after?600000").told(), (200, "answered\n".into()));
    server.wait_for("time-limit");
}

#[test]
fn a_trap_after_the_answer_is_logged_and_the_answer_stands() {
    let server = serve("", "");
    let answer = server.get("/trap-after");
    assert_eq!((answer.told(), answer.cut), ((200, "answered\n".into()), false));
    server.wait_for("after the answer");
}

#[test]
fn a_client_that_goes_away_ends_its_guest() {
    let server = serve("", "");
    let mut stream = connect(&server.address);
    stream.write_all(b"GET /forever HTTP/1.1\r\nhost: x\r\n\r\n").unwrap();
    stream.read_exact(&mut [0; 200]).unwrap();
    drop(stream);
    server.wait_for("client-gone");
    assert!(server.get_admin("/metrics").text().contains("windlass_running{function=\"t.http\"} 0"));
}

#[test]
fn a_client_that_goes_away_in_mid_body_ends_its_guest() {
    let server = serve("", "");
    let mut stream = connect(&server.address);
    stream.write_all(b"POST /hash HTTP/1.1\r\nhost: x\r\ncontent-length: 1000\r\n\r\nonly this").unwrap();
    drop(stream);
    server.wait_until("end of the guest", || {
        let metrics = server.get_admin("/metrics").text();
        metrics.contains("windlass_calls_total{function=\"t.http\"} 1")
            && metrics.contains("windlass_running{function=\"t.http\"} 0")
    });
    assert_eq!(server.get("/method").status, 200);
}

/// Bytes that nobody has read yet do not hide that the client is gone.
#[test]
fn a_client_that_leaves_bytes_behind_is_missed_too() {
    let server = serve("", "");
    for request in [
        "POST /sleep?60000 HTTP/1.1\r\nhost: x\r\ncontent-length: 9\r\n\r\nx",
        "GET /loop HTTP/1.1\r\nhost: x\r\n\r\nGET /loop HTTP/1.1\r\nhost: x\r\n\r\n",
    ] {
        let mut stream = connect(&server.address);
        stream.write_all(request.as_bytes()).unwrap();
        let running = |count: u32| {
            server
                .get_admin("/metrics")
                .text()
                .contains(&format!("windlass_running{{function=\"t.http\"}} {count}"))
        };
        server.wait_until("a running guest", || running(1));
        drop(stream);
        server.wait_until("the end of the guest", || running(0));
    }
    // The limits would have said so in another way.
    assert!(!server.log().contains("limits."), "{}", server.log());
}

#[test]
fn a_trap_in_mid_answer_cuts_the_connection() {
    let server = serve("", "");
    let answer = server.get("/cut");
    assert_eq!((answer.told(), answer.cut), ((200, "a part".into()), true));
    server.wait_for("in mid-answer");
}

#[test]
fn guests_that_fail_get_a_500_with_nothing_of_the_inside() {
    let server = serve("", "");
    for (path, logged) in [
        ("/panic?xyzzy", "about to panic with xyzzy"),
        ("/never", "ended without an answer"),
        ("/error", "InternalError"),
        ("/recurse", "call stack exhausted"),
    ] {
        let answer = server.get(path);
        assert_eq!(answer.told(), (500, "the function failed\n".into()), "{path}");
        let id = answer.header("x-request-id");
        assert_eq!(id.len(), 16, "{path}");
        server.wait_for(logged);
        assert!(server.log().lines().any(|line| line.contains(&id)), "{path}");
    }
    let json = server.send("GET", "/never", "accept: application/json\r\n", b"");
    let id = json.header("x-request-id");
    assert_eq!(
        json.text(),
        format!(
            "{{\"error\":\"function-failed\",\"message\":\"the function failed\",\"request-id\":\"{id}\"}}"
        )
    );
    assert_eq!(json.header("content-type"), "application/json");
}

/// A second answer needs a handle that the host has taken back: the guest traps. Where the first was out by then, the
/// client has it; where it was not, the trap is the answer.
#[test]
fn an_answer_is_given_once() {
    let server = serve("", "");
    let answer = server.get("/twice");
    let first = (200, "once\n".to_owned());
    assert!(answer.told() == first || answer.told() == (500, "the function failed\n".into()), "{answer:?}");
    server.wait_for("trap");
    assert_eq!(server.get("/method").status, 200);
}

#[test]
fn a_status_that_is_not_final_is_no_answer() {
    let server = serve("", "");
    for status in [100, 101, 103, 199] {
        let answer = server.get(&format!("/status?{status}"));
        assert_eq!(answer.told(), (500, "the function failed\n".into()));
        assert_eq!(answer.header("x-request-id").len(), 16);
    }
    server.wait_for("which is not final");
}

#[test]
fn headers_for_this_hop_do_not_reach_the_guest() {
    let server = serve("", "");
    let seen = server.send("GET", "/headers", "x-hop: 1\r\nx-kept: 2\r\nconnection: x-hop\r\n", b"").text();
    assert!(seen.contains("x-kept") && !seen.contains("x-hop"), "{seen}");
    assert_eq!(server.raw(b"CONNECT /method HTTP/1.1\r\nhost: x\r\n\r\n").status, 501);
}

#[test]
fn every_request_has_a_fresh_instance_unless_reuse_says_otherwise() {
    let fresh = serve("", "");
    let counts = |server: &Server| (0..4).map(|_| server.get("/count").text()).collect::<Vec<_>>();
    assert_eq!(counts(&fresh), ["1", "1", "1", "1"]);
    let reused = serve("", "instances = { reuse = 3 }");
    assert_eq!(counts(&reused), ["1", "2", "3", "1"]);
}

#[test]
fn an_instance_that_trapped_is_not_used_again() {
    let server = serve("", "instances = { reuse = 10, max = 1 }");
    assert_eq!(server.get("/count").text(), "1");
    assert_eq!(server.get("/panic").status, 500);
    assert_eq!(server.get("/count").text(), "1");
}
