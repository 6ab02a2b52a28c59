//! A mounted folder cannot be left, and one that is read-only cannot be changed.

use crate::project::{COMMAND, Project, Server, function};
use std::os::unix::fs::symlink;

fn project(read_only: bool) -> Project {
    let mount = format!(
        "mounts = [{{ host = \"data\", guest = \"/data\", read-only = {read_only} }}]\nroutes = [\"/\"]"
    );
    let functions = [
        function("p1", "command.p1.wasm", &format!("{COMMAND}\n{}", mount.replace("\"/\"]", "\"/p1\"]"))),
        function("p2", "command.p2.wasm", &format!("{COMMAND}\n{}", mount.replace("\"/\"]", "\"/p2\"]"))),
    ];
    let project = Project::new(&functions.join("\n"));
    project
        .file("secret.txt", "secret")
        .file("data/file.txt", "content")
        .file("data/sub/x", "")
        .file("data/gone.txt", "");
    std::fs::create_dir(project.path().join("data/empty")).unwrap();
    symlink("../secret.txt", project.path().join("data/outside.txt")).unwrap();
    symlink("..", project.path().join("data/outside")).unwrap();
    project
}

fn ask(server: &Server, abi: &str, what: &str, path: &str) -> String {
    server.get(&format!("/{abi}?do={what}&path={path}")).text()
}

#[test]
fn files_are_read_and_written_where_granted() {
    for abi in ["p1", "p2"] {
        let project = project(false);
        let server = project.serve();
        assert_eq!(ask(&server, abi, "read", "/data/file.txt"), "content\n");
        assert_eq!(ask(&server, abi, "write-file", "/data/new.txt"), "ok\n");
        assert_eq!(project.read("data/new.txt"), "written");
        assert_eq!(ask(&server, abi, "list", "/data/sub"), "x\n");
    }
}

#[test]
fn a_read_only_mount_refuses_every_change() {
    for abi in ["p1", "p2"] {
        let project = project(true);
        let server = project.serve();
        assert_eq!(ask(&server, abi, "read", "/data/file.txt"), "content\n");
        let refused = "create refused\nappend refused\ntruncate refused\nremove refused\nrename refused\nmkdir refused\nrmdir refused\nlink refused\n";
        assert_eq!(ask(&server, abi, "change", "/data"), refused, "{abi}");
        assert_eq!(project.read("data/file.txt"), "content");
        assert!(project.path().join("data/gone.txt").exists() && !project.path().join("data/dir").exists());
    }
}

#[test]
fn a_writable_mount_takes_every_change() {
    for abi in ["p1", "p2"] {
        let project = project(false);
        let server = project.serve();
        let done = "create done\nappend done\ntruncate done\nremove done\nrename done\nmkdir done\nrmdir done\nlink refused\n";
        // The file was renamed away before the link is made.
        assert_eq!(ask(&server, abi, "change", "/data"), done, "{abi} {}", server.log());
    }
}

#[test]
fn no_way_leads_out_of_a_mount() {
    for abi in ["p1", "p2"] {
        let project = project(false);
        let server = project.serve();
        let told = ask(&server, abi, "escape", "/data");
        assert!(!told.contains("ESCAPED") && told.lines().count() >= 10, "{abi}\n{told}");
        assert!(told.contains("dots refused") && told.contains("host link refused"), "{abi}\n{told}");
        assert!(told.contains("rename out true") && told.contains("hard link in true"), "{abi}\n{told}");
        assert!(!project.path().join("file.txt").exists(), "{abi}");
    }
}

/// The denied twin: the same guest without the mount, and with the group stubbed, sees no file.
#[test]
fn without_a_mount_there_is_no_file() {
    let grants =
        "routes = [\"/\"]\nimports = [\"wasi:cli\", \"wasi:clocks\", \"wasi:random\", \"wasi:filesystem\"]";
    let stubs = "routes = [\"/\"]\nimports = [\"wasi:cli\", \"wasi:clocks\", \"wasi:random\"]\nstubs = [\"wasi:filesystem\"]";
    for rest in [grants, stubs] {
        for wasm in ["command.p1.wasm", "command.p2.wasm"] {
            let project = Project::new(&function("f", wasm, rest));
            project.file("data/file.txt", "content");
            let server = project.serve();
            let told = server.get("/?do=read&path=/data/file.txt").text();
            assert!(told.starts_with("error"), "{wasm} {told}");
        }
    }
}
