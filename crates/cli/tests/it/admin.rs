//! The admin listener.

use crate::project::{HTTP, Project, Server, function, windlass};

fn project() -> Project {
    Project::new(&function(
        "f",
        "http.p2.wasm",
        &format!("routes = [\"GET /method\"]\ndescription = \"d\"\n{HTTP}"),
    ))
}

#[test]
fn health_metrics_and_functions_are_served_apart_from_the_public() {
    let server = project().serve();
    server.get("/method");
    assert_eq!(server.get_admin("/health/live").told(), (200, "live\n".into()));
    assert_eq!(server.get_admin("/health/ready").told(), (200, "ready\n".into()));
    let metrics = server.get_admin("/metrics");
    assert!(metrics.header("content-type").starts_with("application/openmetrics-text"));
    for line in [
        "windlass_answers_total{function=\"t.f\",status=\"2xx\"} 1",
        "windlass_calls_total{function=\"t.f\"} 1",
        "# EOF",
    ] {
        assert!(metrics.text().contains(line), "{line}");
    }
    let functions: serde_json::Value =
        serde_json::from_slice(&server.get_admin("/api/functions").body).unwrap();
    assert_eq!(functions["project"], "test");
    let first = &functions["functions"][0];
    assert_eq!((first["function"].as_str(), first["shape"].as_str()), (Some("t.f"), Some("http")));
    assert_eq!(first["routes"], serde_json::json!(["GET /method"]));
    assert_eq!(server.get_admin("/nothing").status, 404);
    for path in ["/health/live", "/metrics", "/api/functions", "/"] {
        assert_eq!(server.get(path).status, 404, "{path}");
    }
}

#[test]
fn off_loopback_it_serves_health_only() {
    let project = project();
    let mut command = windlass();
    command.args(["serve", "--listen", "127.0.0.1:0", "--admin", "0.0.0.0:0"]).current_dir(project.path());
    let mut server = Server::start(&mut command);
    server.admin = server.admin.replace("0.0.0.0", "127.0.0.1");
    assert_eq!(server.get_admin("/health/ready").status, 200);
    for path in ["/metrics", "/api/functions"] {
        let told = "only /health is served here: this listener is not on loopback\n";
        assert_eq!(server.get_admin(path).told(), (403, told.into()));
    }
}

#[test]
fn a_health_page_is_public_where_the_project_says_so() {
    let manifest =
        format!("[server]\npages = {{ health = \"/healthz\" }}\n{}", function("f", "http.p2.wasm", HTTP));
    assert_eq!(Project::new(&manifest).serve().get("/healthz").told(), (200, "OK".into()));
}

#[test]
fn a_stop_lets_requests_in_flight_finish() {
    let project =
        Project::new(&function("f", "http.p2.wasm", &format!("routes = [\"/{{path...}}\"]\n{HTTP}")));
    let server = project.serve();
    std::thread::scope(|scope| {
        let slow = scope.spawn(|| server.get("/sleep?700").told());
        server.wait_until("a running guest", || {
            server.get_admin("/metrics").text().contains("windlass_running{function=\"t.f\"} 1")
        });
        server.signal("-TERM");
        assert_eq!(slow.join().unwrap(), (200, "slept\n".into()));
    });
    assert_eq!(server.wait(), Some(0));
}

#[test]
fn a_stop_ends_within_its_grace() {
    let manifest = format!(
        "[server]\ngrace = \"100ms\"\n{}",
        function("f", "http.p2.wasm", &format!("routes = [\"/{{path...}}\"]\n{HTTP}"))
    );
    let server = Project::new(&manifest).serve();
    let address = server.address.clone();
    let client = std::thread::spawn(move || {
        crate::client::exchange(&address, b"GET /sleep?60000 HTTP/1.1\r\nhost: x\r\n\r\n").cut
    });
    server.wait_until("a running guest", || {
        server.get_admin("/metrics").text().contains("windlass_running{function=\"t.f\"} 1")
    });
    server.signal("-INT");
    assert_eq!(server.wait(), Some(0));
    assert!(client.join().unwrap());
}
