//! The commands, and how they end.

use crate::golden;
use crate::project::{COMMAND, HTTP, METHOD, Project, Server, function, guest, told, windlass};
use std::process::Stdio;

fn project() -> Project {
    Project::new(
        &[
            function("web", "http.p2.wasm", HTTP),
            function("cmd", "command.p2.wasm", &format!("{COMMAND}\nseed = 1")),
            function("typed", "method.p2.wasm", &format!("{METHOD}\nmethod = \"fixture:values/all#fail\"")),
        ]
        .concat(),
    )
}

#[test]
fn call_runs_one_function_of_each_shape() {
    let project = project();
    project.file("in.json", "[\"dot\"]");
    for (args, out) in [
        (&["call", "t.typed", "[\"dot\"]"][..], "\"fine\"\nexit 0\n"),
        (&["call", "t.typed", "@in.json"], "\"fine\"\nexit 0\n"),
        (
            &["call", "t.cmd", r#"{"do":"stdin","n":5}"#],
            "{\"params\":{\"do\":\"stdin\",\"n\":\"5\"},\"seed\":1}\nexit 0\n",
        ),
        (&["call", "t.web", "--path", "/method", "--method", "PUT"], "Method::Putexit 0\n"),
        (&["call", "t.web", "body", "--path", "/echo"], "bodyexit 0\n"),
        (
            &["call", "t.web", "--path", "/status?404"],
            "status\nerror: t.web answered 404 Not Found\nexit 1\n",
        ),
        (
            &["call", "t.typed", r#"[{"circle": 2}]"#],
            "{\"circle\":2.0}\nerror: t.typed answered with the error arm of its result\nexit 1\n",
        ),
        (
            &["call", "t.typed", "[]"],
            "error: t.typed: argument kind: missing; expected one of the cases dot, circle, polygon\nexit 1\n",
        ),
        (
            &["call", "t.cmd", "[1]"],
            "error: the input of a command is a JSON object: its parameters\nexit 1\n",
        ),
        (
            &["call", "t.cmd", "{\"a\":"],
            "error: the input of a command is a JSON object: EOF while parsing a value at line 1 column 5\nexit 1\n",
        ),
        (
            &["call", "t.gone"],
            "error: there is no function \"t.gone\"\n  help: functions here: t.cmd, t.typed, t.web\nexit 1\n",
        ),
        (
            &["call", "t.typed", "@gone.json"],
            "error: gone.json cannot be read: No such file or directory (os error 2)\nexit 1\n",
        ),
        (
            &["call", "t.web", "--header", "nocolon"],
            "error: --header \"nocolon\" is not \"NAME: VALUE\"\nexit 1\n",
        ),
    ] {
        assert_eq!(project.told(args), out, "{args:?}");
    }
    let header =
        project.told(&["call", "t.web", "--path", "/headers", "--header", "x-a: 1", "--header", "x-b: 2"]);
    assert!(header.contains("x-a: [49]") && header.contains("x-b: [50]"), "{header}");
    let mut piped = windlass()
        .args(["call", "t.web", "-", "--path", "/echo"])
        .current_dir(project.path())
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .spawn()
        .unwrap();
    std::io::Write::write_all(&mut piped.stdin.take().unwrap(), b"piped").unwrap();
    assert_eq!(piped.wait_with_output().unwrap().stdout, b"piped");
}

#[test]
fn a_call_that_fails_tells_the_story() {
    let told = project().told(&["call", "t.web", "--path", "/panic?why"]);
    assert!(
        told.contains("about to panic with why") && told.contains("error: t.web: the function trapped"),
        "{told}"
    );
    assert!(told.ends_with("exit 1\n"), "{told}");
}

#[test]
fn a_single_file_is_served_without_a_project() {
    let folder = tempfile::tempdir().unwrap();
    std::fs::create_dir(folder.path().join("data")).unwrap();
    std::fs::write(folder.path().join("data/x"), "mounted").unwrap();
    let serve = |wasm: &str, more: &[&str]| {
        let mut command = windlass();
        command
            .args(["serve", "--listen", "127.0.0.1:0", "--admin", "127.0.0.1:0"])
            .args(more)
            .arg(guest(wasm));
        Server::start(command.current_dir(folder.path()))
    };
    let http = serve("http.p2.wasm", &["--env", "A=1"]);
    assert_eq!(http.send("PUT", "/method", "", b"").text(), "Method::Put");
    assert_eq!(http.get("/env").text(), "[(\"A\", \"1\")]");
    assert_eq!(http.get("/fetch").text(), "ErrorCode::HttpRequestDenied");
    assert!(serve("go.wasm", &[]).get("/any/path").text().contains("{\"params\":{},"));
    assert!(serve("c.wasm", &[]).get("/?a=1").text().starts_with("{\"params\":{\"a\":\"1\"}"));
    let mounted = serve("command.p1.wasm", &["--mount", "data:/data:ro"]);
    assert_eq!(mounted.get("/?do=read&path=/data/x").text(), "mounted\n");
    assert!(mounted.get("/?do=write-file&path=/data/y").text().starts_with("error"));
    let wat = folder.path().join("hello.wat");
    std::fs::write(&wat, "(component (core module $m (func (export \"f\") (result i32) i32.const 7)) (core instance $i (instantiate $m)) (func (export \"f\") (result u32) (canon lift (core func $i \"f\"))))").unwrap();
    let mut command = windlass();
    command.args(["serve", "--listen", "127.0.0.1:0", "--admin", "127.0.0.1:0"]).arg(&wat);
    assert_eq!(Server::start(&mut command).get("/").text(), "7");
}

#[test]
fn flags_that_do_not_fit_are_told_of() {
    let project = project();
    for (args, out) in [
        (
            &["serve", "--env", "A=1"][..],
            "error: --env and --mount are for a single file; in a project they stand in windlass.toml\nexit 1\n",
        ),
        (
            &["check", "--write", "x.wat"],
            "error: --write needs a project file; a single file has none\nexit 1\n",
        ),
        (&["serve", "x.wat", "--env", "A"], "error: --env \"A\" is not K=V\nexit 1\n"),
        (
            &["serve", "x.wat", "--mount", "nowhere:/x"],
            "error: --mount \"nowhere:/x\": the folder nowhere does not exist\nexit 1\n",
        ),
        (
            &["serve", "x.wat", "--mount", "x"],
            "error: --mount \"x\" is not HOST:GUEST or HOST:GUEST:ro\nexit 1\n",
        ),
    ] {
        project.file("x.wat", "(module (func (export \"_start\")))");
        assert_eq!(project.told(args), out, "{args:?}");
    }
    assert_eq!(project.run(&["serv"]).status.code(), Some(1));
    assert_eq!(project.run(&["--help"]).status.code(), Some(0));
}

#[test]
fn a_dotenv_file_that_cannot_be_read_is_told_of() {
    let project = project();
    project.file(".env", "GOOD=1\nBAD=a b\n");
    assert_eq!(
        project.told(&["check"]),
        "error: .env: the line \"a b\" is not NAME=value; quote a value with spaces\nexit 1\n"
    );
    std::fs::remove_file(project.path().join(".env")).unwrap();
    std::fs::create_dir(project.path().join(".env")).unwrap();
    assert_eq!(project.told(&["check"]), "error: .env is not a regular file\nexit 1\n");
}

#[test]
fn a_port_that_is_taken_is_an_error_where_it_was_chosen() {
    let taken = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    let address = taken.local_addr().unwrap().to_string();
    let told = project().told(&["serve", "--listen", &address, "--admin", "127.0.0.1:0"]);
    assert_eq!(
        told,
        format!(
            "error: http://{address} is in use; stop what listens there, or choose another address with --listen\nexit 1\n"
        )
    );
}

#[test]
fn variables_stand_for_flags() {
    let project = project();
    let mut command = windlass();
    command
        .arg("serve")
        .env("WINDLASS_LISTEN", "127.0.0.1:0")
        .env("WINDLASS_ADMIN", "127.0.0.1:0")
        .env("WINDLASS_LOG", "json");
    let server = Server::start(command.current_dir(project.path()));
    assert_eq!(server.get_admin("/health/live").status, 200);
    server.signal("-HUP");
    server.wait_for("\"message\":\"reloaded\"");
}

#[test]
fn a_unix_socket_is_listened_on_and_removed() {
    let project = project();
    let path = project.path().join("s.sock");
    let mut command = windlass();
    command.args(["serve", "--listen", &format!("unix:{}", path.display()), "--admin", "127.0.0.1:0"]);
    let server = Server::start(command.current_dir(project.path()));
    assert!(path.exists());
    use std::io::{Read, Write};
    let mut stream = std::os::unix::net::UnixStream::connect(&path).unwrap();
    stream.write_all(b"GET /x HTTP/1.1\r\nhost: x\r\nconnection: close\r\n\r\n").unwrap();
    let mut answer = String::new();
    stream.read_to_string(&mut answer).unwrap();
    assert!(answer.starts_with("HTTP/1.1 404"), "{answer}");
    server.signal("-TERM");
    server.wait();
    assert!(!path.exists());
}

#[test]
fn schema_is_json_and_knows_every_key() {
    let schema: serde_json::Value = serde_json::from_slice(&project().run(&["schema"]).stdout).unwrap();
    let function = &schema["definitions"]["RawFunction"]["properties"];
    for key in ["source", "routes", "imports", "stubs", "mounts", "limits", "instances", "wit", "hash"] {
        assert!(function[key].is_object(), "{key}");
    }
}

/// Stale is what the digest says, whatever the times of the files.
#[test]
fn builds_follow_digests() {
    let project = Project::new(
        "[services.t.functions.f]\nsource = \"src\"\nbuild = \"echo ran >> ../runs; cp answer.wat $WINDLASS_OUTPUT\"\n",
    );
    let wat = |number: u32| {
        format!(
            "(component (core module $m (func (export \"f\") (result i32) i32.const {number})) (core instance $i (instantiate $m)) (func (export \"f\") (result u32) (canon lift (core func $i \"f\"))))"
        )
    };
    project.file("src/answer.wat", wat(1));
    assert_eq!(project.told(&["--log-level", "error", "build"]), "1 built, 0 up to date\nexit 0\n");
    assert_eq!(project.told(&["--log-level", "error", "build"]), "0 built, 1 up to date\nexit 0\n");
    project.file("src/answer.wat", wat(1));
    assert_eq!(project.told(&["call", "t.f"]), "1\nexit 0\n");
    assert_eq!(project.read("runs").lines().count(), 1);
    project.file("src/answer.wat", wat(2));
    assert_eq!(project.told(&["call", "t.f"]), "2\nexit 0\n");
    assert_eq!(project.read("runs").lines().count(), 2);
    std::fs::write(project.path().join(".windlass/build/t.f.wasm"), "(tampered").unwrap();
    assert_eq!(project.told(&["call", "t.f"]), "2\nexit 0\n");
    assert_eq!(
        project.told(&["--log-level", "error", "build", "--force"]),
        "1 built, 0 up to date\nexit 0\n"
    );
}

/// What changes while a build runs was perhaps not built, so it is built again.
#[test]
fn an_edit_during_a_build_is_not_lost() {
    let project = Project::new(
        "[services.t.functions.f]\nsource = \"src\"\nbuild = \"cp f.wat $WINDLASS_OUTPUT; [ -f ../edited ] || { cp ../late.wat f.wat; touch ../edited; }\"\n",
    );
    let wat = |number: u32| {
        format!(
            "(component (core module $m (func (export \"f\") (result i32) i32.const {number})) (core instance $i (instantiate $m)) (func (export \"f\") (result u32) (canon lift (core func $i \"f\"))))"
        )
    };
    project.file("src/f.wat", wat(1)).file("late.wat", wat(2));
    assert_eq!(project.told(&["--log-level", "error", "build"]), "1 built, 0 up to date\nexit 0\n");
    assert_eq!(project.told(&["--log-level", "error", "build"]), "1 built, 0 up to date\nexit 0\n");
    assert_eq!(project.told(&["call", "t.f"]), "2\nexit 0\n");
}

#[test]
fn builds_that_fail_say_how() {
    let project = Project::new(
        "[services.t.functions.a]\nsource = \"a\"\nbuild = \"echo broken >&2; exit 4\"\n[services.t.functions.b]\nsource = \"b\"\n[services.t.functions.c]\nsource = \"c\"\nbuild = \"true\"\n[services.t.functions.d]\nsource = \"d\"\n",
    );
    project.file("a/x", "").file("b/x", "").file("c/x", "").file("d/go.mod", "module d\n");
    let output = windlass()
        .args(["--log-level", "error", "build"])
        .env("WINDLASS_GO", "no-such-go")
        .current_dir(project.path())
        .output()
        .unwrap();
    golden::check("builds.txt", &told(&output, project.path()));
}

#[test]
fn compiled_code_is_kept_in_a_private_folder_only() {
    use std::os::unix::fs::PermissionsExt;
    let project = project();
    let cache = project.path().join("cache");
    let call = || {
        windlass()
            .args(["call", "t.cmd", r#"{"do":"stdin"}"#, "--compile-cache"])
            .arg(&cache)
            .current_dir(project.path())
            .output()
            .unwrap()
    };
    assert!(call().status.success());
    assert_eq!(std::fs::metadata(&cache).unwrap().permissions().mode() & 0o777, 0o700);
    let kept: Vec<_> = std::fs::read_dir(&cache).unwrap().flatten().map(|entry| entry.path()).collect();
    assert_eq!(kept.len(), 2);
    let code = kept.iter().find(|path| path.extension().is_some_and(|e| e == "cwasm")).unwrap();
    for damaged in
        [b"not code".to_vec(), std::fs::read(code).unwrap().iter().map(|byte| byte ^ 0xff).collect()]
    {
        std::fs::write(code, damaged).unwrap();
        let output = call();
        assert!(output.status.success());
        assert!(String::from_utf8_lossy(&output.stderr).contains("compiled code is damaged and made anew"));
    }
    assert!(call().status.success());
    std::fs::set_permissions(&cache, std::fs::Permissions::from_mode(0o755)).unwrap();
    let open = call();
    assert!(open.status.success());
    assert!(
        String::from_utf8_lossy(&open.stderr).contains("the folder is not this user's alone (mode 0700)")
    );
}

/// Where addresses are few, memory is found in another way, and the log says so.
#[test]
fn a_small_address_space_is_made_do_with() {
    let project = project();
    let call = |kibibytes: u64| {
        let program = env!("CARGO_BIN_EXE_windlass");
        let script = format!(
            "ulimit -v {kibibytes}; exec {program} --log-level debug call t.cmd '{{\"do\":\"raw\"}}'"
        );
        let output = std::process::Command::new("bash")
            .args(["-c", &script])
            .current_dir(project.path())
            .output()
            .unwrap();
        let log = String::from_utf8_lossy(&output.stderr).into_owned();
        assert_eq!(output.stdout.len(), 256, "{log}");
        log
    };
    assert!(call(600_000_000).contains("engine ready allocation=PoolNarrow"));
    assert!(call(8_000_000).contains("engine ready allocation=OnDemand"));
    assert!(call(8_000_000).contains("not enough address space for this allocation; trying the next"));
}

#[test]
fn the_same_binary_in_five_functions_compiles_once() {
    let names = ["a", "b", "c", "d", "e"];
    let project = Project::new(&names.map(|name| function(name, "command.p1.wasm", COMMAND)).concat());
    let cache = project.path().join("cache");
    assert!(
        windlass()
            .args(["check", "--compile-cache"])
            .arg(&cache)
            .current_dir(project.path())
            .output()
            .unwrap()
            .status
            .success()
    );
    // Its code and the digest of its code.
    assert_eq!(std::fs::read_dir(&cache).unwrap().count(), 2);
}
