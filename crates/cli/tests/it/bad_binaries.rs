//! Binaries that cannot be served: each error names function, file and what to do.

use crate::golden;
use crate::project::{METHOD, Project, guest};

#[test]
fn every_bad_binary_is_told_of_at_once() {
    let names = [
        "missing",
        "empty",
        "truncated",
        "garbage",
        "text",
        "folder",
        "nothing",
        "reactor",
        "header",
        "huge",
        "invalid",
        "pipe",
    ];
    let functions: String =
        names.iter().map(|name| format!("[services.t.functions.{name}]\nwasm = \"{name}.wasm\"\n")).collect();
    let project = Project::new(&functions);
    let whole = std::fs::read(guest("method.p2.wasm")).unwrap();
    project
        .file("empty.wasm", "")
        .file("truncated.wasm", &whole[..whole.len() / 2])
        .file("garbage.wasm", b"\x7fELF\0\0\0");
    project.file("text.wasm", "(module (func (export \"_start\") (oops)))").file("folder.wasm/x", "");
    project
        .file("nothing.wasm", "(component)")
        .file("reactor.wasm", "(module (func (export \"_initialize\")))");
    project.file("header.wasm", b"\0asm\x63\0\0\0").file("invalid.wasm", b"\0asm\x01\0\0\0\xff\xff");
    let huge = std::fs::File::create(project.path().join("huge.wasm")).unwrap();
    huge.set_len(200_000_000).unwrap();
    let pipe = project.path().join("pipe.wasm");
    assert!(std::process::Command::new("mkfifo").arg(pipe).status().unwrap().success());
    golden::check("bad-binaries.txt", &project.told(&["check"]));
    let serve = project.run(&["serve"]);
    assert_eq!((serve.status.code(), serve.stdout.len()), (Some(1), 0));
}

#[test]
fn a_binary_that_is_not_the_pinned_one_is_refused() {
    let wat = "(module (func (export \"_start\")))";
    let right = "sha256:91eb5446ab3c5d1a5b4fa1a1f4cbfd2f6b93e6fe0c4fbb4d5ce2f8f7c5b3b1a0";
    let project = Project::new(&format!("[services.t.functions.f]\nwat = '{wat}'\nhash = \"{right}\"\n"));
    let told = project.told(&["check"]);
    golden::check("wrong-hash.txt", &told);
    let real = told.split("the binary is ").nth(1).unwrap().split(',').next().unwrap();
    let project = Project::new(&format!("[services.t.functions.f]\nwat = '{wat}'\nhash = \"{real}\"\n"));
    assert!(project.told(&["check"]).ends_with("exit 0\n"));
}

#[test]
fn shapes_and_methods_that_the_binary_does_not_have_are_refused() {
    let typed = guest("method.p2.wasm");
    let function = |name: &str, rest: &str| {
        format!("[services.t.functions.{name}]\nwasm = {typed:?}\n{METHOD}\n{rest}\n")
    };
    let http = guest("http.p2.wasm");
    let project = Project::new(&[
        function("no-method", ""),
        function("wrong-method", "method = \"fixture:values/all#gone\""),
        function("wrong-shape", "shape = \"http\""),
        function("component-with-wit", "wit = \"f: func();\""),
        "[services.t.functions.command-reuse]\nwat = '(module (func (export \"_start\")))'\ninstances = { reuse = 2 }\n".into(),
        format!("[services.t.functions.not-typed]\nwasm = {http:?}\nshape = \"command\"\n"),
        "[services.t.functions.bad-wit]\nwat = '(module (func (export \"f\")))'\nwit = \"f: func(a: nosuch);\"\n".into(),
        "[services.t.functions.wit-mismatch]\nwat = '(module (func (export \"g\")))'\nwit = \"f: func(a: s32);\"\n".into(),
        "[services.t.functions.resource]\nwat = '(component (type $r (resource (rep i32))) (export $e \"r\" (type $r)) (core module $m (func (export \"f\") (result i32) i32.const 0)) (core instance $i (instantiate $m)) (func (export \"f\") (result (own $e)) (canon lift (core func $i \"f\"))))'\n".into(),
    ].concat());
    let folder = std::path::Path::new(&typed).parent().unwrap().display().to_string();
    golden::check("shapes.txt", &project.told(&["check"]).replace(&format!("{folder}/"), ""));
}
