//! The example projects, built from source by `cargo xtask guests` and as they are committed.

use crate::project::{Server, root, windlass};

fn serve(folder: &str) -> Server {
    let mut command = windlass();
    command.args(["serve", "--listen", "127.0.0.1:0", "--admin", "127.0.0.1:0"]).arg(root().join(folder));
    // A build would be a mistake: the binaries are there, of these sources.
    Server::start(command.env("WINDLASS_CARGO", "false").env("WINDLASS_GO", "false").env("CC", "false"))
}

#[test]
fn hello_greets() {
    for folder in [".built-examples/hello", "examples/hello"] {
        let server = serve(folder);
        assert_eq!(server.get("/").told(), (200, "Hello, world!\n".into()));
        assert_eq!(server.get("/hello/Windlass").told(), (200, "Hello, Windlass!\n".into()));
        assert_eq!(server.get("/hello/Windlass").header("content-type"), "text/plain; charset=utf-8");
    }
}

#[test]
fn instruments_of_three_languages_play() {
    for folder in [".built-examples/instruments", "examples/instruments"] {
        let server = serve(folder);
        let rolls = server.get("/roll?dice=3").text();
        assert_eq!(rolls.split_whitespace().count(), 3, "{rolls}");
        assert_eq!(server.get("/count?text=one+two%20three").told(), (200, "3 words\n".into()));
        assert!(server.get("/notes?name=welcome.txt").text().starts_with("Welcome."));
        assert_eq!(server.get("/notes?name=../windlass.toml").text(), "there is no note ../windlass.toml\n");
    }
}

#[test]
fn orders_are_totalled() {
    for folder in [".built-examples/orders", "examples/orders"] {
        let server = serve(folder);
        let answer = server.post("/total", r#"{"items":[{"sku":"a","qty":10,"price":1250}]}"#);
        assert_eq!(
            answer.told(),
            (200, r#"{"items":10,"cents":11875,"currency":"EUR","discount":{"bulk":625}}"#.into())
        );
        assert_eq!(server.post("/total", r#"{"items":[]}"#).told(), (422, "\"empty\"".into()));
    }
}
