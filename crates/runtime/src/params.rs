//! How do texts from the path and the query, and the JSON body, become a method's arguments?

use crate::types::describe;
use crate::values::{self, Mismatch};
use serde_json::Value;
use wasmtime::component::{Type, Val};

/// Where the arguments of a method call come from. A path parameter wins over the body, the body over the
/// query.
#[derive(Debug, Default, Clone)]
pub struct Arguments {
    /// The JSON body: an array by position, or an object by parameter name.
    pub body: Option<Value>,
    /// Path parameters by name.
    pub path: Vec<(String, String)>,
    /// Query parameters by name; those that no parameter has are passed over.
    pub query: Vec<(String, String)>,
}

/// The values for these parameters, or a message for the caller.
pub fn bind(arguments: &Arguments, params: &[(String, Type)]) -> Result<Vec<Val>, String> {
    check_body(arguments, params)?;
    let bind_one = |(index, (name, ty)): (usize, &(String, Type))| {
        let tell = |mismatch: Mismatch| {
            let place = mismatch.inside(name);
            format!("argument {}: {}", place.path, place.message)
        };
        let text = |list: &[(String, String)]| {
            list.iter().find(|(key, _)| key == name).map(|(_, text)| text.clone())
        };
        if let Some(text) = text(&arguments.path) {
            return convert(&text, ty).map_err(tell);
        }
        let given = match &arguments.body {
            Some(Value::Array(items)) => items.get(index),
            Some(Value::Object(object)) => object.get(name),
            _ => None,
        };
        match (given, text(&arguments.query), ty) {
            (Some(json), _, _) => values::to_val(json, ty).map_err(tell),
            (None, Some(text), _) => convert(&text, ty).map_err(tell),
            (None, None, Type::Option(_)) => Ok(Val::Option(None)),
            (None, None, _) => Err(format!("argument {name}: missing; expected {}", describe(ty))),
        }
    };
    params.iter().enumerate().map(bind_one).collect()
}

fn check_body(arguments: &Arguments, params: &[(String, Type)]) -> Result<(), String> {
    let names = || params.iter().map(|(name, _)| name.as_str()).collect::<Vec<_>>().join(", ");
    match &arguments.body {
        Some(Value::Array(items)) if items.len() > params.len() => {
            Err(format!("{} arguments for {} parameters ({})", items.len(), params.len(), names()))
        }
        Some(Value::Object(object)) => {
            match object.keys().find(|key| !params.iter().any(|(name, _)| name == *key)) {
                Some(unknown) => {
                    Err(format!("there is no parameter {unknown:?}; the parameters are: {}", names()))
                }
                None => Ok(()),
            }
        }
        None | Some(Value::Array(_)) => Ok(()),
        Some(_) => Err("the arguments are a JSON array by position or an object by parameter name".into()),
    }
}

/// A text by the type of its parameter: strings as they are, numbers and flags of truth by their spelling,
/// anything else as JSON.
fn convert(text: &str, ty: &Type) -> Result<Val, Mismatch> {
    let plain = match ty {
        Type::Option(option) => {
            return convert(text, &option.ty()).map(|val| Val::Option(Some(Box::new(val))));
        }
        Type::String | Type::Char | Type::Enum(_) => Value::String(text.to_owned()),
        Type::Variant(_) if !text.starts_with(['{', '"']) => Value::String(text.to_owned()),
        Type::Float32 | Type::Float64 if matches!(text, "NaN" | "Infinity" | "-Infinity") => {
            Value::String(text.to_owned())
        }
        _ => serde_json::from_str(text).unwrap_or_else(|_| Value::String(text.to_owned())),
    };
    values::to_val(&plain, ty)
}
