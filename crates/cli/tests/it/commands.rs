//! The command shape: both stdin forms, both stdout forms, exit codes, toolchains.

use crate::project::{COMMAND, Project, Server, function};

const BOTH: [&str; 2] = ["command.p1.wasm", "command.p2.wasm"];

fn serve(wasm: &str, more: &str) -> Server {
    let rest = format!("routes = [\"/x/{{id}}\", \"/\"]\n{COMMAND}\n{more}");
    Project::new(&function("cmd", wasm, &rest)).serve()
}

#[test]
fn params_come_as_sorted_first_values_with_a_seed() {
    for wasm in BOTH {
        let server = serve(wasm, "seed = -7");
        let told = server.get("/?do=stdin&b=2&a=1&a=9&empty&c=%3C%26+x&bad=%zz&semi;x=1").text();
        let expected =
            r#"{"params":{"a":"1","b":"2","c":"\u003c\u0026 x","do":"stdin","empty":""},"seed":-7}"#;
        assert_eq!(told, expected, "{wasm}");
        let server = serve(wasm, "");
        assert_ne!(server.get("/?do=stdin").text(), server.get("/?do=stdin").text(), "{wasm}");
    }
}

#[test]
fn the_request_form_tells_everything() {
    let server = serve("command.p2.wasm", "stdin = \"request\"\nseed = 1");
    let answer = server.send("PUT", "/x/a%20b?do=stdin&q=1&q=2", "x-h: v1\r\nx-h: v2\r\n", b"h\xc3\xa9");
    let json: serde_json::Value = serde_json::from_slice(&answer.body).unwrap();
    assert_eq!(json["params"]["q"], "1");
    assert_eq!(json["method"], "PUT");
    assert_eq!(json["path"], "/x/a%20b");
    assert_eq!(json["route"]["id"], "a b");
    assert_eq!(json["query"]["q"], serde_json::json!(["1", "2"]));
    assert_eq!(json["headers"]["x-h"], serde_json::json!(["v1", "v2"]));
    assert_eq!(json["client"], "127.0.0.1");
    assert_eq!((json["body"].as_str(), json["body-encoding"].as_str()), (Some("hé"), Some("utf-8")));
    assert_eq!(json["request-id"].as_str().map(str::len), Some(16));
    let binary = server.send("POST", "/?do=stdin", "", b"\xff\x00");
    let json: serde_json::Value = serde_json::from_slice(&binary.body).unwrap();
    assert_eq!((json["body"].as_str(), json["body-encoding"].as_str()), (Some("/wA="), Some("base64")));
}

#[test]
fn the_body_is_stdout_with_a_sniffed_type() {
    for wasm in BOTH {
        let server = serve(wasm, "");
        let raw = server.get("/?do=raw");
        assert_eq!(raw.body, (0..=255).collect::<Vec<u8>>(), "{wasm}");
        assert_eq!(raw.header("content-type"), "application/octet-stream");
        assert_eq!(server.get("/?do=stdin").header("content-type"), "text/plain; charset=utf-8");
        let empty = server.get("/?do=write");
        assert_eq!((empty.status, empty.body.len(), empty.header("content-type").as_str()), (200, 0, ""));
    }
}

#[test]
fn cgi_headers_are_taken_only_where_they_are_asked_for() {
    let cgi = serve("command.p1.wasm", "stdout = \"cgi\"").get("/?do=cgi");
    assert_eq!(cgi.told(), (201, "body {}".into()));
    assert_eq!(cgi.header("content-type"), "text/css");
    assert_eq!(cgi.headers.iter().filter(|(name, _)| name == "x-two").count(), 2);
    let body = serve("command.p1.wasm", "").get("/?do=cgi");
    assert!(body.status == 200 && body.text().starts_with("Status: 201"));
}

#[test]
fn an_exit_code_is_a_500_and_its_story_is_in_the_log() {
    for wasm in BOTH {
        let server = serve(wasm, "");
        assert_eq!(server.get("/?do=exit&n=3").told(), (500, "the function failed\n".into()), "{wasm}");
        server.wait_for("leaving with 3");
        let code = if wasm == BOTH[0] { "exited with code 3" } else { "exited with code 1" };
        server.wait_for(code);
        assert_eq!(server.get("/?do=exit&n=0").told(), (200, "partial\n".into()), "{wasm}");
        assert_eq!(server.get("/?do=panic").status, 500);
    }
}

#[test]
fn every_exit_code_is_told() {
    let server = serve(BOTH[0], "");
    assert_eq!(server.get("/?do=exit&n=200").status, 500);
    server.wait_for("exited with code 200");
}

#[test]
fn programs_of_other_toolchains_run() {
    let all = "imports = [\"wasi:cli\", \"wasi:clocks\", \"wasi:random\", \"wasi:filesystem\"]\nstubs = [\"wasi:sockets\"]\nseed = 0";
    let manifest = [
        function("c", "c.wasm", &format!("routes = [\"/c\"]\n{all}")),
        function("go", "go.wasm", &format!("routes = [\"/go\"]\n{all}")),
    ];
    let server = Project::new(&manifest.join("\n")).serve();
    assert_eq!(server.get("/c?a=1").told(), (200, r#"{"params":{"a":"1"},"seed":0}"#.into()));
    assert_eq!(server.get("/go").told(), (200, r#"22 {"params":{},"seed":0}"#.into()));
}

/// Two modules that carry the same name, at once, beside a reactor.
#[test]
fn modules_of_the_same_name_do_not_clash() {
    let wat = |text: &str| {
        format!(
            r#"(module $same (import "wasi_snapshot_preview1" "fd_write" (func $w (param i32 i32 i32 i32) (result i32)))
            (memory (export "memory") 1) (data (i32.const 8) "{text}")
            (func (export "_start") (i32.store (i32.const 0) (i32.const 8)) (i32.store (i32.const 4) (i32.const 1))
            (drop (call $w (i32.const 1) (i32.const 0) (i32.const 1) (i32.const 100)))))"#
        )
    };
    let reactor = r#"(module $same (global $n (mut i32) (i32.const 0)) (func (export "_initialize") (global.set $n (i32.const 41)))
        (func (export "answer") (param i32) (result i32) (i32.add (global.get $n) (local.get 0))))"#;
    let manifest = format!(
        "[services.t.functions.a]\nwat = '''{}'''\nroutes = [\"/a\"]\nimports = [\"wasi:cli\"]\n\
         [services.t.functions.b]\nwat = '''{}'''\nroutes = [\"/b\"]\nimports = [\"wasi:cli\"]\n\
         [services.t.functions.c]\nwat = '''{reactor}'''\nwit = \"answer: func(a: s32) -> s32;\"\nroutes = [\"/c/{{a}}\"]\n",
        wat("a"),
        wat("b")
    );
    let server = Project::new(&manifest).serve();
    std::thread::scope(|scope| {
        for _ in 0..4 {
            scope.spawn(|| {
                for _ in 0..10 {
                    assert_eq!(server.get("/a").text(), "a");
                    assert_eq!(server.get("/b").text(), "b");
                    assert_eq!(server.get("/c/1").text(), "42");
                }
            });
        }
    });
}
