//! How does a binary take a request?

use crate::compiled::Compiled;
use wasmtime::Engine;
use wasmtime::component::types::ComponentItem;
use windlass_app::{Function, Shape};

/// Why the shape is not known: the message, and what to do.
pub type Unclear = (String, Option<String>);

/// What a binary exports that Windlass can call.
#[derive(Debug, Default)]
struct Exports {
    http: bool,
    command: bool,
    /// `name` or `interface#name`.
    methods: Vec<String>,
    reactor: bool,
}

/// The shape of a function and, for the method shape, its export.
pub fn of(
    engine: &Engine,
    compiled: &Compiled,
    function: &Function,
) -> Result<(Shape, Option<String>), Unclear> {
    let exports = exports(engine, compiled);
    let chosen = function.shape.or(function.method.as_ref().map(|_| Shape::Method));
    let shape = match chosen {
        Some(shape) => shape,
        None => infer(&exports)?,
    };
    let has = match shape {
        Shape::Http => exports.http,
        Shape::Command => exports.command,
        Shape::Method => !exports.methods.is_empty(),
    };
    if !has {
        let wanted = match shape {
            Shape::Http => "wasi:http/incoming-handler",
            Shape::Command => "_start or wasi:cli/run",
            Shape::Method => "a function",
        };
        return Err((
            format!("the shape is {shape}, but the binary does not export {wanted}"),
            Some(told(&exports)),
        ));
    }
    match shape {
        Shape::Method => method(&exports, function.method.as_deref()).map(|method| (shape, Some(method))),
        Shape::Http | Shape::Command => Ok((shape, None)),
    }
}

fn infer(exports: &Exports) -> Result<Shape, Unclear> {
    match (exports.http, exports.command, exports.methods.as_slice()) {
        (true, false, _) => Ok(Shape::Http),
        (false, true, _) => Ok(Shape::Command),
        (true, true, _) => Err((
            "the binary is both an http handler and a command".into(),
            Some("write shape = \"http\" or shape = \"command\"".into()),
        )),
        (false, false, [_, ..]) => Ok(Shape::Method),
        (false, false, []) if exports.reactor => Err((
            "the binary is a reactor: a core module with no _start".into(),
            Some("to call its exports, describe them: wit = \"answer: func(a: s32) -> s32;\"".into()),
        )),
        (false, false, []) => {
            Err(("the binary exports nothing that Windlass can call".into(), Some(told(exports))))
        }
    }
}

fn method(exports: &Exports, wanted: Option<&str>) -> Result<String, Unclear> {
    let known = || format!("it exports {}", exports.methods.join(", "));
    match (wanted, exports.methods.as_slice()) {
        (Some(wanted), all) => match all.iter().find(|name| unversioned(name) == unversioned(wanted)) {
            Some(name) => Ok(name.clone()),
            None => Err((format!("the binary does not export {wanted:?}"), Some(known()))),
        },
        (None, [only]) => Ok(only.clone()),
        (None, several) => {
            let first = several.first().map_or("name", String::as_str);
            Err((format!("which method is meant? {}", known()), Some(format!("write method = \"{first}\""))))
        }
    }
}

/// `a:b/c@1.2.3#d` is also found as `a:b/c#d`.
fn unversioned(name: &str) -> String {
    match (name.split_once('@'), name.split_once('#')) {
        (Some((interface, _)), Some((_, function))) => format!("{interface}#{function}"),
        _ => name.to_owned(),
    }
}

fn told(exports: &Exports) -> String {
    if exports.methods.is_empty() {
        return "a function exports wasi:http/incoming-handler, wasi:cli/run, _start, or a typed function"
            .into();
    }
    format!("it exports {}", exports.methods.join(", "))
}

fn exports(engine: &Engine, compiled: &Compiled) -> Exports {
    let mut found = Exports::default();
    match compiled {
        Compiled::Module(module) => {
            let functions = || module.exports().filter(|export| export.ty().func().is_some());
            found.command = functions().any(|export| export.name() == "_start");
            found.reactor = !found.command && functions().next().is_some();
        }
        Compiled::Component(component) => {
            for (name, item) in component.component_type().exports(engine) {
                let interface = name.split('@').next().unwrap_or(name);
                match item.ty {
                    ComponentItem::ComponentFunc(_) => found.methods.push(name.to_owned()),
                    // componentize-py's own, called before the snapshot was taken.
                    ComponentItem::ComponentInstance(_) if interface == "exports" => {}
                    ComponentItem::ComponentInstance(_) if interface == "wasi:http/incoming-handler" => {
                        found.http = true
                    }
                    ComponentItem::ComponentInstance(_) if interface == "wasi:cli/run" => {
                        found.command = true
                    }
                    ComponentItem::ComponentInstance(instance) => {
                        for (function, item) in instance.exports(engine) {
                            if matches!(item.ty, ComponentItem::ComponentFunc(_)) {
                                found.methods.push(format!("{name}#{function}"));
                            }
                        }
                    }
                    _ => {}
                }
            }
        }
    }
    found
}
