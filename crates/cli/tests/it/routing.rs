//! Which function answers which request?

use crate::project::{HTTP, Project, function};

fn project(routes: &[(&str, &str)]) -> Project {
    let answer = |name: &str| {
        format!(
            r#"wat = '''(component (core module $m (memory (export "m") 1) (data (i32.const 16) "{name}")
              (func (export "f") (result i32) (i32.store (i32.const 0) (i32.const 16)) (i32.store (i32.const 4) (i32.const {})) (i32.const 0)))
              (core instance $i (instantiate $m)) (func (export "f") (result string) (canon lift (core func $i "f") (memory (core memory $i "m")))))'''"#,
            name.len()
        )
    };
    let one = |(name, route): &(&str, &str)| {
        format!("[services.t.functions.{name}]\nroutes = [{route:?}]\n{}\n", answer(name))
    };
    Project::new(&routes.iter().map(one).collect::<String>())
}

#[test]
fn the_most_specific_route_answers() {
    let routes = [
        ("list", "GET /items"),
        ("show", "GET /items/{id}"),
        ("new", "/items/new"),
        ("files", "/files/{path...}"),
        ("host", "GET api.example.com/items"),
    ];
    let server = project(&routes).serve();
    for (request, told) in [
        ("GET /items", "\"list\""),
        ("GET /items/7", "\"show\""),
        ("GET /items/new", "\"new\""),
        ("DELETE /items/new", "\"new\""),
        ("GET /files/a/b", "\"files\""),
        ("GET /items?x=1", "\"list\""),
        ("GET /%69tems", "\"list\""),
    ] {
        let (method, path) = request.split_once(' ').unwrap();
        assert_eq!(server.send(method, path, "", b"").told(), (200, told.into()), "{request}");
    }
    let host = b"GET /items HTTP/1.1\r\nhost: API.example.com:80\r\nconnection: close\r\n\r\n";
    assert_eq!(server.raw(host).text(), "\"host\"");
    let absolute =
        b"GET http://api.example.com/items HTTP/1.1\r\nhost: api.example.com\r\nconnection: close\r\n\r\n";
    assert_eq!(server.raw(absolute).text(), "\"host\"");
}

#[test]
fn what_no_route_answers() {
    let server = project(&[("show", "GET /items/{id}"), ("add", "POST /items/{id}")]).serve();
    assert_eq!(server.get("/").told(), (404, "not found\n".into()));
    assert_eq!(server.get("/items/").status, 404);
    let wrong = server.send("PUT", "/items/1", "", b"");
    assert_eq!(
        (wrong.told(), wrong.header("allow")),
        ((405, "method not allowed\n".into()), "GET, HEAD, POST".into())
    );
    let options = server.send("OPTIONS", "/items/1", "", b"");
    assert_eq!((options.status, options.header("allow")), (204, "GET, HEAD, POST, OPTIONS".into()));
    assert_eq!(server.send("OPTIONS", "*", "", b"").status, 204);
    let head = server.send("HEAD", "/items/1", "", b"");
    assert_eq!((head.status, head.body.len(), head.header("content-length")), (200, 0, "6".into()));
    let json = server.send("GET", "/", "accept: application/json\r\n", b"");
    assert!(json.text().starts_with("{\"error\":\"not-found\""), "{}", json.text());
}

#[test]
fn the_client_is_who_the_trusted_proxies_say() {
    let seen = |server: &str| {
        let rest = format!("routes = [\"/headers\"]\n{HTTP}");
        let server = Project::new(&format!("{server}\n{}", function("f", "http.p2.wasm", &rest))).serve();
        server.send("GET", "/headers", "x-forwarded-for: 9.9.9.9\r\n", b"").text().contains("x-forwarded-for")
    };
    assert!(seen("[server]\ntrusted-proxies = [\"127.0.0.0/8\"]"));
    assert!(!seen(""));
}
