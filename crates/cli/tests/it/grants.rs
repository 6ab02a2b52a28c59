//! Every group granted, and its denied twin.

use crate::golden;
use crate::project::{COMMAND, HTTP, METHOD, Project, function};

fn http(lines: &str) -> Project {
    Project::new(&function("f", "http.p2.wasm", &format!("routes = [\"/{{path...}}\"]\n{lines}")))
}

#[test]
fn what_is_not_granted_is_refused_with_the_line_to_add() {
    golden::check("no-grants-http.txt", &short(&http("").told(&["check"])));
    let command = Project::new(&function("f", "command.p1.wasm", ""));
    golden::check("no-grants-preview1.txt", &short(&command.told(&["check"])));
    let method = Project::new(&function("f", "method.p2.wasm", "method = \"greet\""));
    golden::check("no-grants-method.txt", &short(&method.told(&["check"])));
}

/// Guests lie in a folder of this clone.
fn short(text: &str) -> String {
    text.replace(
        &format!("{}/", std::path::Path::new(&crate::project::guest("c.wasm")).parent().unwrap().display()),
        "",
    )
}

/// One group left out at a time: the others do not stand in for it.
#[test]
fn each_group_is_needed_by_itself() {
    let groups = ["wasi:cli", "wasi:clocks", "wasi:random", "wasi:filesystem", "wasi:sockets", "wasi:http"];
    for left_out in groups {
        let rest: Vec<String> = groups.iter().filter(|g| **g != left_out).map(|g| format!("{g:?}")).collect();
        let told = http(&format!("stubs = [{}]", rest.join(", "))).told(&["check"]);
        assert!(told.contains(&format!("and {left_out} is not granted")), "{told}");
        assert!(told.ends_with("exit 1\n"), "{told}");
    }
    let all: Vec<String> = groups.iter().map(|g| format!("{g:?}")).collect();
    let told = http(&format!("stubs = [{}]", all.join(", "))).told(&["check"]);
    assert!(told.ends_with("exit 0\n"), "{told}");
}

#[test]
fn preview_1_is_held_to_the_same_groups() {
    let needs = |function: &str, import: &str| {
        let wat = format!(
            r#"(module (import "wasi_snapshot_preview1" "{function}" {import}) (memory (export "memory") 1) (func (export "_start")))"#
        );
        move |grants: &str| {
            let project = Project::new(&format!("[services.t.functions.f]\nwat = '''{wat}'''\n{grants}"));
            project.told(&["check"])
        }
    };
    for (function, ty, group) in [
        ("random_get", "(func (param i32 i32) (result i32))", "wasi:random"),
        ("clock_time_get", "(func (param i32 i64 i32) (result i32))", "wasi:clocks"),
        ("poll_oneoff", "(func (param i32 i32 i32 i32) (result i32))", "wasi:clocks"),
        ("environ_get", "(func (param i32 i32) (result i32))", "wasi:cli"),
        ("fd_write", "(func (param i32 i32 i32 i32) (result i32))", "wasi:cli"),
        ("fd_readdir", "(func (param i32 i32 i32 i64 i32) (result i32))", "wasi:filesystem"),
        ("path_open", "(func (param i32 i32 i32 i32 i32 i64 i64 i32 i32) (result i32))", "wasi:filesystem"),
        ("sock_shutdown", "(func (param i32 i32) (result i32))", "wasi:sockets"),
    ] {
        let check = needs(function, ty);
        let denied = check("");
        assert!(
            denied.contains(&format!(
                "it imports wasi_snapshot_preview1.{function}, and {group} is not granted"
            )),
            "{denied}"
        );
        let key = if group == "wasi:sockets" { "stubs" } else { "imports" };
        let granted = check(&format!("{key} = [\"{group}\"]"));
        assert!(granted.ends_with("exit 0\n"), "{granted}");
    }
    let either = needs("fd_write", "(func (param i32 i32 i32 i32) (result i32))");
    assert!(either("imports = [\"wasi:filesystem\"]").ends_with("exit 0\n"));
    let free = needs("fd_prestat_get", "(func (param i32 i32) (result i32))");
    assert!(free("").ends_with("exit 0\n"));
    let unknown = needs("fd_teleport", "(func)")("imports = [\"wasi:cli\"]");
    assert!(
        unknown.contains("it imports wasi_snapshot_preview1.fd_teleport, and preview 1 has no such function"),
        "{unknown}"
    );
}

#[test]
fn unknown_host_interfaces_are_refused_by_name() {
    let project = Project::new(
        r#"
        [services.t.functions.core]
        wat = '(module (import "env" "abort" (func)) (func (export "_start")))'
        [services.t.functions.comp]
        wat = '(component (import "acme:db/store@1.0.0" (instance (export "get" (func)))) (core module $m (func (export "f"))) (core instance $i (instantiate $m)) (func (export "f") (canon lift (core func $i "f"))))'
        [services.t.functions.late]
        wat = '(component (import "wasi:clocks/monotonic-clock@0.3.0" (instance (export "now" (func (result u64))))) (core module $m (func (export "f"))) (core instance $i (instantiate $m)) (func (export "f") (canon lift (core func $i "f"))))'
        "#,
    );
    golden::check("unknown-interfaces.txt", &project.told(&["check"]));
}

/// A guest of an older 0.2 links against the host's newer one.
#[test]
fn versions_match_by_semver() {
    for version in ["0.2.0", "0.2.3", "0.2.6"] {
        let project = Project::new(&format!(
            r#"
            [services.t.functions.f]
            imports = ["wasi:clocks"]
            wat = '''(component
                (import "wasi:clocks/monotonic-clock@{version}" (instance $c (export "now" (func (result u64)))))
                (core func $now (canon lower (func $c "now")))
                (core module $m (import "" "now" (func $now (result i64))) (func (export "f") (result i64) call $now))
                (core instance $i (instantiate $m (with "" (instance (export "now" (func $now))))))
                (func (export "now") (result u64) (canon lift (core func $i "f"))))'''
            "#
        ));
        let told = project.told(&["call", "t.f"]);
        assert!(told.ends_with("exit 0\n"), "{version}: {told}");
    }
}

#[test]
fn granted_groups_work_and_stubs_answer_neutrally() {
    let granted = http(HTTP).serve();
    assert_ne!(granted.get("/random").text(), granted.get("/random").text());
    assert_ne!(granted.get("/clock").text(), "0 0");
    assert_eq!(granted.get("/fetch").text(), "ErrorCode::HttpRequestDenied");
    let socket = granted.get("/socket").text();
    assert!(
        socket.contains("\"access-denied\"") && socket.contains("\"permanent-resolver-failure\""),
        "{socket}"
    );
    let all = "stubs = [\"wasi:cli\", \"wasi:clocks\", \"wasi:random\", \"wasi:filesystem\", \"wasi:sockets\", \"wasi:http\"]";
    let stubbed = http(all).serve();
    let random = stubbed.get("/random").text();
    assert_eq!(random, stubbed.get("/random").text());
    assert_eq!(stubbed.get("/clock").text(), "0 0");
    assert_eq!(stubbed.get("/env").text(), "[]");
    assert_eq!(stubbed.get("/args").text(), "[]");
    let check = http(all).told(&["check"]);
    assert!(check.contains("stub (NOT RANDOM)"), "{check}");
}

#[test]
fn variables_arguments_and_folder_are_what_the_file_says() {
    let lines = "env = { A = \"1\", B = { host = \"WINDLASS_TEST_B\" }, C = { host = \"WINDLASS_TEST_C\" } }\nargs = [\"--x\"]\nroutes = [\"/\"]";
    let project = Project::new(&function("cmd", "command.p2.wasm", &format!("{COMMAND}\n{lines}")));
    project.file(".env", "WINDLASS_TEST_B=\"from file\"\n");
    let server = project.serve();
    assert_eq!(
        server.get("/?do=env").text(),
        "[(\"A\", \"1\"), (\"B\", \"from file\")] [\"cmd\", \"--x\"]\n"
    );
    let check = project.told(&["check"]);
    assert!(check.contains("env     A, B (host WINDLASS_TEST_B)") && !check.contains("from file"), "{check}");
    let bare =
        Project::new(&function("cmd", "command.p2.wasm", &format!("{COMMAND}\nroutes = [\"/\"]"))).serve();
    assert_eq!(bare.get("/?do=env").text(), "[] [\"cmd\"]\n");
}

#[test]
fn check_shows_what_each_function_may_touch() {
    let manifest = [
        function(
            "cmd",
            "command.p1.wasm",
            &format!(
                "{COMMAND}\nenv = {{ A = \"1\" }}\nmounts = [{{ host = \"data\", guest = \"/data\", read-only = true }}]"
            ),
        ),
        function("web", "http.p2.wasm", &format!("{HTTP}\nroutes = [\"GET /a\", \"/b/{{x}}\"]")),
        function("typed", "method.p2.wasm", &format!("{METHOD}\nmethod = \"greet\"")),
    ];
    let project = Project::new(&manifest.join("\n"));
    project.file("data/x", "");
    golden::check("check.txt", &project.told(&["check"]));
    let json: serde_json::Value =
        serde_json::from_slice(&project.run(&["check", "--format", "json"]).stdout).unwrap();
    assert_eq!(json["errors"], serde_json::json!([]));
    assert_eq!(json["functions"][0]["groups"]["wasi:filesystem"], "granted");
    assert_eq!(json["functions"][2]["groups"]["wasi:http"], "stubbed");
}

#[test]
fn grants_that_cannot_work_are_refused() {
    let lines = "stubs = [\"wasi:cli\", \"wasi:filesystem\", \"wasi:clocks\", \"wasi:random\"]\nenv = { A = \"1\" }\nmounts = [{ host = \".\", guest = \"/x\" }]";
    let project = Project::new(&function("f", "command.p1.wasm", lines));
    let told = short(&project.told(&["check"]));
    golden::check("useless-grants.txt", &told);
    let written = project.told(&["check", "--write"]);
    assert!(!written.contains("exit 0"), "the author decides about a group that is stubbed:\n{written}");
    let open = Project::new(&function(
        "f",
        "command.p1.wasm",
        "env = { A = \"1\" }\nmounts = [{ host = \".\", guest = \"/x\" }]",
    ));
    let told = open.told(&["check", "--write"]);
    assert!(told.ends_with("exit 0\n"), "{told}");
    assert!(
        open.read("windlass.toml").contains("imports = [\"wasi:cli\", \"wasi:clocks\", \"wasi:filesystem\"]"),
        "{}",
        open.read("windlass.toml")
    );
}

#[test]
fn check_write_keeps_what_the_author_wrote() {
    let project = http("imports = [ \"wasi:random\", # for ids\n]");
    let dos = project.read("windlass.toml").replace('\n', "\r\n");
    project.file("real.toml", dos);
    std::fs::remove_file(project.path().join("windlass.toml")).unwrap();
    std::os::unix::fs::symlink("real.toml", project.path().join("windlass.toml")).unwrap();
    assert!(project.told(&["check", "--write"]).ends_with("exit 0\n"));
    let written = project.read("real.toml");
    assert!(written.contains("# for ids") && written.contains("\"wasi:cli\""), "{written}");
    assert_eq!(written.matches('\n').count(), written.matches("\r\n").count());
}

#[test]
fn check_write_grants_what_holds_no_authority_and_stubs_the_rest() {
    let project = http("# a comment of the author");
    golden::check("check-write.txt", &short(&project.told(&["check", "--write"])));
    let written = project.read("windlass.toml");
    assert!(written.contains("# a comment of the author"), "{written}");
    assert!(
        written.contains("imports = [\"wasi:cli\", \"wasi:io\", \"wasi:clocks\", \"wasi:random\"]")
            || written.contains("imports = [\"wasi:cli\", \"wasi:clocks\", \"wasi:random\"]"),
        "{written}"
    );
    assert!(written.contains("stubs = [\"wasi:filesystem\", \"wasi:sockets\", \"wasi:http\"]"), "{written}");
    assert_eq!(project.serve().get("/method").status, 200);
    let again = project.told(&["check", "--write"]);
    assert!(again.starts_with("Nothing to write"), "{again}");
}
