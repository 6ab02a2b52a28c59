//! The method shape: JSON in, typed values through a guest, JSON out.

use crate::project::{METHOD, Project, Server, function};
use serde_json::{Value, json};

fn serve(methods: &[&str]) -> Server {
    let functions: Vec<String> = methods
        .iter()
        .map(|name| {
            let method = if *name == "greet" { "greet".into() } else { format!("fixture:values/all#{name}") };
            let rest = format!("routes = [\"/{name}\", \"/{name}/{{a}}\"]\nmethod = \"{method}\"\n{METHOD}");
            function(name, "method.p2.wasm", &rest)
        })
        .collect();
    Project::new(&functions.join("\n")).serve()
}

fn call(server: &Server, name: &str, arguments: Value) -> (u16, Value) {
    let answer = server.post(&format!("/{name}"), arguments.to_string());
    (answer.status, serde_json::from_slice(&answer.body).unwrap_or_else(|_| answer.text().into()))
}

fn everything() -> Value {
    json!({
        "flag": true, "s-a": -128, "u-a": 255, "s-b": -32768, "u-b": 65535, "s-c": -2147483648_i64, "u-c": 4294967295_u64,
        "s-d": i64::MIN, "u-d": u64::MAX, "f-a": 0.1, "f-b": 1e300, "c": "é", "s": "text",
        "l": [0, 255], "t": [7, "seven"], "p": {"x": 1, "y": -1, "label": null}, "v": {"circle": 2.5},
        "e": "green", "r": ["read", "execute"], "o": 5, "oo": {"some": null},
        "ok": {"ok": 1}, "unit": {"err": null},
    })
}

#[test]
fn every_type_round_trips() {
    let server = serve(&["echo", "nested", "float"]);
    let value = everything();
    assert_eq!(call(&server, "echo", json!([value])), (200, value.clone()));
    for (key, other) in [
        ("v", json!("dot")),
        ("v", json!({"polygon": [{"x": 1, "y": 2, "label": "l"}]})),
        ("r", json!([])),
        ("o", json!(null)),
        ("oo", json!(null)),
        ("oo", json!({"some": 3})),
        ("ok", json!({"err": "no"})),
        ("unit", json!({"ok": null})),
        ("f-b", json!("NaN")),
        ("f-a", json!("-Infinity")),
    ] {
        let mut changed = value.clone();
        changed[key] = other;
        assert_eq!(call(&server, "echo", json!({"value": changed})), (200, changed), "{key}");
    }
    for deep in
        [json!({"ok": {"ok": 1}}), json!({"ok": {"err": {"circle": 1.5}}}), json!({"err": [null, "blue"]})]
    {
        assert_eq!(call(&server, "nested", json!([deep])), (200, json!([deep])));
    }
    assert_eq!(call(&server, "float", json!(["Infinity"])), (200, json!("Infinity")));
}

#[test]
fn wide_integers_come_as_numbers_or_strings_and_leave_exact() {
    let server = serve(&["add"]);
    assert_eq!(server.post("/add", "[18446744073709551614]").text(), "18446744073709551615");
    assert_eq!(server.post("/add", r#"["18446744073709551614"]"#).text(), "18446744073709551615");
    assert_eq!(call(&server, "add", json!([1.0, 2])), (200, json!(3)));
}

#[test]
fn arguments_come_from_path_body_and_query() {
    let server = serve(&["add", "greet"]);
    assert_eq!(server.get("/add?a=5").text(), "6");
    assert_eq!(server.get("/add/5?b=7&other=1").text(), "12");
    assert_eq!(server.post("/add/5?b=1", r#"{"b":100}"#).text(), "105");
    assert_eq!(server.get("/greet?name=%C3%A9%2042").text(), r#""Hello, é 42!""#);
}

#[test]
fn arguments_that_do_not_fit_are_a_400_that_says_where() {
    let server = serve(&["add", "echo", "greet"]);
    let mut value = everything();
    value["p"]["x"] = json!("one");
    for (name, arguments, told) in [
        ("add", json!([]), "argument a: missing; expected an integer from 0 to 18446744073709551615"),
        ("add", json!([-1]), "argument a: expected an integer from 0 to 18446744073709551615, found -1"),
        ("add", json!([1.5]), "argument a: expected an integer from 0 to 18446744073709551615, found 1.5"),
        ("add", json!([1, 2, 3]), "3 arguments for 2 parameters (a, b)"),
        ("add", json!({"c": 1}), "there is no parameter \"c\"; the parameters are: a, b"),
        ("add", json!(5), "the arguments are a JSON array by position or an object by parameter name"),
        ("greet", json!([7]), "argument name: expected a string, found 7"),
        (
            "echo",
            json!([value]),
            "argument value.p.x: expected an integer from -2147483648 to 2147483647, found \"one\"",
        ),
    ] {
        assert_eq!(call(&server, name, arguments), (400, json!(format!("{told}\n"))));
    }
    assert_eq!(
        server.get("/add?a=x").text(),
        "argument a: expected an integer from 0 to 18446744073709551615, found \"x\"\n"
    );
    let broken = server.post("/add", "{not json");
    assert_eq!(
        broken.told(),
        (400, "the body is not JSON: key must be a string at line 1 column 2\n".into())
    );
}

#[test]
fn the_error_arm_is_a_422_with_its_value() {
    let server = serve(&["fail", "nothing", "trap"]);
    assert_eq!(call(&server, "fail", json!(["dot"])), (200, json!("fine")));
    assert_eq!(call(&server, "fail", json!([{"circle": 1.0}])), (422, json!({"circle": 1.0})));
    assert_eq!(server.post("/nothing", "").told(), (204, String::new()));
    assert_eq!(server.post("/trap", "").told(), (500, "the function failed\n".into()));
    server.wait_for("about to trap");
}

/// The default limits hold the largest runtime that people bring.
#[test]
fn a_python_component_runs_on_the_defaults() {
    let project = Project::new(&function("py", "python.wasm", "routes = [\"/{name}\"]"));
    let told = project.told(&["check", "--write"]);
    assert!(told.ends_with("exit 0\n"), "{told}");
    assert_eq!(project.serve().get("/you").told(), (200, "\"Hello from Python, you!\"".into()));
}

#[test]
fn core_modules_are_typed_by_wit() {
    let project = Project::new(
        r#"
        [services.t.functions.add]
        wat = '''(module (func (export "add") (param i32 i32) (result i32) (i32.add (local.get 0) (local.get 1))))'''
        wit = "add: func(a: s32, b: s32) -> s32;"
        routes = ["/add/{a}/{b}"]

        [services.t.functions.half]
        wat = '''(module (func (export "half") (param f64) (result f64) (f64.div (local.get 0) (f64.const 2))))'''
        wit = """
        // Two exports could stand here.
        half: func(a: f64) -> f64;
        """
        routes = ["/half/{a}"]
        "#,
    );
    let server = project.serve();
    assert_eq!(server.get("/add/2/-5").told(), (200, "-3".into()));
    assert_eq!(server.get("/half/3").told(), (200, "1.5".into()));
}

#[test]
fn components_of_text_work_too() {
    let project = Project::new(
        r#"
        [services.t.functions.answer]
        wat = '''(component
            (core module $m (func (export "f") (result i32) i32.const 42))
            (core instance $i (instantiate $m))
            (func (export "answer") (result u32) (canon lift (core func $i "f"))))'''
        routes = ["/"]
        "#,
    );
    assert_eq!(project.serve().get("/").told(), (200, "42".into()));
}

#[test]
fn an_answer_over_the_limit_is_a_500() {
    let rest = format!(
        "routes = [\"/bytes\"]\nmethod = \"fixture:values/all#bytes\"\nlimits = {{ output = \"1KiB\" }}\n{METHOD}"
    );
    let server = Project::new(&function("bytes", "method.p2.wasm", &rest)).serve();
    assert_eq!(server.get("/bytes?n=100").status, 200);
    assert_eq!(server.get("/bytes?n=1000").told(), (500, "the function failed\n".into()));
    assert_eq!(server.get("/bytes?n=100000000").status, 500);
}

#[test]
fn instances_are_reused_only_on_request() {
    let rest = format!("routes = [\"/count\"]\nmethod = \"fixture:values/all#count\"\n{METHOD}");
    let fresh = Project::new(&function("count", "method.p2.wasm", &rest)).serve();
    assert_eq!([fresh.get("/count").text(), fresh.get("/count").text()], ["1", "1"]);
    let rest = format!("{rest}\ninstances = {{ reuse = 2 }}");
    let reused = Project::new(&function("count", "method.p2.wasm", &rest)).serve();
    assert_eq!([0, 1, 2].map(|_| reused.get("/count").text()), ["1", "2", "1"]);
}
