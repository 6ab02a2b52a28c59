//! Project files that are wrong: each error has file, line, column and caret, and all are shown at once.

use crate::golden;
use crate::project::{Project, windlass};

#[test]
fn every_problem_of_a_file_is_shown_at_once() {
    let project = Project::raw(
        r#"[project]
name = "My Shop"
windlass = ">=99.0"

[server]
listn = "127.0.0.1:8080"
listen = ["127.0.0.1"]
grace = "30 sec"
limits = { body = "10 megs", connections = 0, requests = "many" }
trusted-proxies = ["10.0.0/8"]
pages = { health = "health" }
cache = { capacity = "64MiB" }

[services.catalog.functions.list]
wasm = "list.wasm"
wat = "list.wat"
route = ["GET /items"]
routes = ["GET items", "get /x", "/a/{b}/{b}", "/{all...}/x"]
imports = ["wasi:clock", "wasi:sockets", "wasi:cli/environment", "wasi:random"]
stubs = ["wasi:random"]
shape = "htp"
hash = "sha256:abc"
env = { A = 5, B = { host = "WINDLASS_TEST_ABSENT", required = true }, "C=D" = "x" }
cwd = "data"
mounts = [{ host = "nowhere", guest = "/data" }, { host = ".", guest = "data" }, { host = "." }]
limits = { time = "0s", memory = "8GiB", cpu = -1 }
instances = { max = 0, warm = 3, queue-time = "5" }
stdin = "all"
seed = "fixed"

[services.catalog.functions.none]

[services.catalog.functions.Upper]
wasm = "x.wasm"

[services.catalog.functions.built]
source = "missing"

[services.catalog.functions.commanded]
wasm = "x.wasm"
build = "make"

[services.catalog.iomods]
"windlass.std.kv" = "0.1"

[deploy]
provider = "aws-lambda"
"#,
    );
    golden::check("problems.txt", &project.told(&["check"]));
    let json = project.run(&["check", "--format", "json"]);
    assert_eq!(json.status.code(), Some(1));
    let json: serde_json::Value = serde_json::from_slice(&json.stdout).unwrap();
    assert!(json["errors"].as_array().unwrap().len() > 25);
    assert_eq!(
        (json["errors"][0]["line"].as_u64(), json["errors"][0]["column"].as_u64()),
        (Some(2), Some(8))
    );
}

#[test]
fn syntax_errors_and_duplicates_are_placed() {
    for (name, text) in [
        ("syntax.txt", "[project\nname = \"x\"\n"),
        (
            "duplicate.txt",
            "[project]\nname = \"x\"\n[services.a.functions.f]\nwasm = \"a.wasm\"\n[services.a.functions.f]\nwasm = \"b.wasm\"\n",
        ),
        ("empty.txt", ""),
        (
            "ties.txt",
            "[project]\nname = \"x\"\n[services.a.functions.f]\nwasm = \"a.wasm\"\nroutes = [\"/a/{x}\"]\n[services.a.functions.g]\nwasm = \"b.wasm\"\nroutes = [\"/b\", \"/a/{y}\"]\n",
        ),
    ] {
        golden::check(name, &Project::raw(text).told(&["check"]));
    }
}

#[test]
fn paths_that_lead_nowhere_are_named() {
    let empty = tempfile::tempdir().unwrap();
    let told = |path: &str| {
        let output = windlass().args(["check", path]).current_dir(empty.path()).output().unwrap();
        crate::project::told(&output, empty.path())
    };
    assert_eq!(told("."), ". has no windlass.toml\n  help: name a project folder, a windlass.toml, or a .wasm or .wat file\nexit 1\n".replacen(". has", "error: . has", 1));
    assert_eq!(told("nowhere"), "error: nowhere does not exist\nexit 1\n");
}
