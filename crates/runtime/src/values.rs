//! How do JSON and WIT values map onto each other? The one mapping, documented in `docs/values.md`.
//!
//! | WIT | JSON |
//! |---|---|
//! | bool, string | the same |
//! | integers | exact number; a 64-bit one is also taken as a string |
//! | floats | number; `"NaN"`, `"Infinity"`, `"-Infinity"` |
//! | char | string of one character |
//! | list, tuple | array |
//! | record | object by field name; a missing field of an option type is none |
//! | option | `null` or the value; where the value itself may be null, `{"some": value}` |
//! | result | `{"ok": value}` or `{"err": value}` |
//! | variant | `{"case": value}`, without payload `"case"` |
//! | enum | `"case"` |
//! | flags | array of names |

use crate::types::describe;
use serde_json::{Map, Number, Value};
use wasmtime::component::{Type, Val};

/// A JSON value that does not fit its WIT type.
#[derive(Debug, PartialEq, Eq)]
pub struct Mismatch {
    /// Where in the value, such as `items[0].qty`.
    pub path: String,
    /// What was expected and what was found.
    pub message: String,
}

/// Deepest nesting that is followed; WIT types are finite, so this bounds nothing legal in practice.
const MAX_DEPTH: usize = 64;

/// The WIT value of this type that a JSON value stands for.
pub fn to_val(json: &Value, ty: &Type) -> Result<Val, Mismatch> {
    read(json, ty, 0)
}

/// The JSON value for a WIT value of this type.
pub fn to_json(val: &Val, ty: &Type) -> Value {
    write(val, Some(ty))
}

fn read(json: &Value, ty: &Type, depth: usize) -> Result<Val, Mismatch> {
    if depth > MAX_DEPTH {
        return Err(wrong("values nested at most 64 deep", json));
    }
    let expected = || wrong(&describe(ty), json);
    Ok(match ty {
        Type::Bool => Val::Bool(json.as_bool().ok_or_else(expected)?),
        Type::S8 => Val::S8(integer(json).ok_or_else(expected)?),
        Type::U8 => Val::U8(integer(json).ok_or_else(expected)?),
        Type::S16 => Val::S16(integer(json).ok_or_else(expected)?),
        Type::U16 => Val::U16(integer(json).ok_or_else(expected)?),
        Type::S32 => Val::S32(integer(json).ok_or_else(expected)?),
        Type::U32 => Val::U32(integer(json).ok_or_else(expected)?),
        Type::S64 => Val::S64(wide(json).ok_or_else(expected)?),
        Type::U64 => Val::U64(wide(json).ok_or_else(expected)?),
        Type::Float32 => Val::Float32(single(json).ok_or_else(expected)?),
        Type::Float64 => Val::Float64(float(json).ok_or_else(expected)?),
        Type::Char => Val::Char(one_char(json).ok_or_else(expected)?),
        Type::String => Val::String(json.as_str().ok_or_else(expected)?.to_owned()),
        Type::List(list) => {
            let items = json.as_array().ok_or_else(expected)?;
            Val::List(elements(items, std::iter::repeat(list.ty()), depth)?)
        }
        Type::Tuple(tuple) => {
            let items =
                json.as_array().filter(|items| items.len() == tuple.types().len()).ok_or_else(expected)?;
            Val::Tuple(elements(items, tuple.types(), depth)?)
        }
        Type::Record(record) => {
            let fields: Vec<(&str, Type)> = record.fields().map(|field| (field.name, field.ty)).collect();
            Val::Record(read_record(json.as_object().ok_or_else(expected)?, &fields, depth)?)
        }
        Type::Variant(variant) => {
            let (name, payload) = case(json).ok_or_else(expected)?;
            let case = variant.cases().find(|case| case.name == name).ok_or_else(expected)?;
            Val::Variant(name.to_owned(), optional(payload, case.ty.as_ref(), name, depth)?)
        }
        Type::Enum(cases) => {
            let name = json.as_str().filter(|name| cases.names().any(|case| case == *name));
            Val::Enum(name.ok_or_else(expected)?.to_owned())
        }
        Type::Option(option) => Val::Option(read_option(json, &option.ty(), depth)?),
        Type::Result(result) => {
            let (name, payload) = case(json).ok_or_else(expected)?;
            Val::Result(match name {
                "ok" => Ok(optional(payload, result.ok().as_ref(), name, depth)?),
                "err" => Err(optional(payload, result.err().as_ref(), name, depth)?),
                _ => return Err(expected()),
            })
        }
        Type::Flags(flags) => {
            let names: Option<Vec<&str>> =
                json.as_array().and_then(|list| list.iter().map(Value::as_str).collect());
            let names =
                names.filter(|names| names.iter().all(|name| flags.names().any(|flag| flag == *name)));
            Val::Flags(names.ok_or_else(expected)?.into_iter().map(str::to_owned).collect())
        }
        Type::Own(_)
        | Type::Borrow(_)
        | Type::Future(_)
        | Type::Stream(_)
        | Type::ErrorContext
        | Type::Map(_)
        | Type::FixedLengthList(_) => return Err(expected()),
    })
}

fn elements(items: &[Value], types: impl Iterator<Item = Type>, depth: usize) -> Result<Vec<Val>, Mismatch> {
    let read_at = |(index, (item, ty)): (usize, (&Value, Type))| {
        read(item, &ty, depth + 1).map_err(|mismatch| mismatch.inside(&format!("[{index}]")))
    };
    items.iter().zip(types).enumerate().map(read_at).collect()
}

fn read_record(
    object: &Map<String, Value>,
    fields: &[(&str, Type)],
    depth: usize,
) -> Result<Vec<(String, Val)>, Mismatch> {
    if let Some(unknown) = object.keys().find(|key| !fields.iter().any(|(name, _)| name == key)) {
        let known: Vec<&str> = fields.iter().map(|(name, _)| *name).collect();
        let message = format!("there is no such field; the fields are {}", known.join(", "));
        return Err(Mismatch { path: unknown.clone(), message });
    }
    let mut values = Vec::with_capacity(fields.len());
    for (name, ty) in fields {
        let value = match (object.get(*name), ty) {
            (Some(json), _) => read(json, ty, depth + 1).map_err(|mismatch| mismatch.inside(name))?,
            (None, Type::Option(_)) => Val::Option(None),
            (None, _) => {
                let message = format!("the field is missing; expected {}", describe(ty));
                return Err(Mismatch { path: (*name).to_owned(), message });
            }
        };
        values.push(((*name).to_owned(), value));
    }
    Ok(values)
}

fn read_option(json: &Value, inner: &Type, depth: usize) -> Result<Option<Box<Val>>, Mismatch> {
    if json.is_null() {
        return Ok(None);
    }
    let wrapped = json.as_object().filter(|object| nullable(inner) && object.len() == 1);
    let value = match wrapped.and_then(|object| object.get("some")) {
        Some(some) => read(some, inner, depth + 1).map_err(|mismatch| mismatch.inside("some"))?,
        None if nullable(inner) => return Err(wrong("null or {\"some\": …}", json)),
        None => read(json, inner, depth + 1)?,
    };
    Ok(Some(Box::new(value)))
}

/// The payload of a case: required where the case has a type, absent or null where it has none.
fn optional(
    payload: Option<&Value>,
    ty: Option<&Type>,
    case: &str,
    depth: usize,
) -> Result<Option<Box<Val>>, Mismatch> {
    match (payload, ty) {
        (Some(json), Some(ty)) => {
            read(json, ty, depth + 1).map(|val| Some(Box::new(val))).map_err(|mismatch| mismatch.inside(case))
        }
        (None, Some(ty)) => read(&Value::Null, ty, depth + 1).map(|val| Some(Box::new(val))),
        (None | Some(Value::Null), None) => Ok(None),
        (Some(json), None) => Err(wrong("no value", json).inside(case)),
    }
}

/// `"case"` or `{"case": payload}`.
fn case(json: &Value) -> Option<(&str, Option<&Value>)> {
    match json {
        Value::String(name) => Some((name, None)),
        Value::Object(object) if object.len() == 1 => {
            object.iter().next().map(|(name, payload)| (name.as_str(), Some(payload)))
        }
        _ => None,
    }
}

fn nullable(ty: &Type) -> bool {
    matches!(ty, Type::Option(_))
}

fn integer<T: TryFrom<i64>>(json: &Value) -> Option<T> {
    whole(json).and_then(|number| i64::try_from(number).ok()).and_then(|number| T::try_from(number).ok())
}

fn wide<T: TryFrom<i128>>(json: &Value) -> Option<T> {
    let number = json.as_str().map_or_else(|| whole(json), |text| text.parse().ok());
    number.and_then(|number| T::try_from(number).ok())
}

/// A JSON number without a fraction; `3.0` counts, as it does in JavaScript.
#[expect(clippy::cast_possible_truncation, reason = "checked to be whole and in range")]
fn whole(json: &Value) -> Option<i128> {
    let number = json.as_number()?;
    let exact = number.as_i64().map(i128::from).or_else(|| number.as_u64().map(i128::from));
    exact.or_else(|| {
        let float = number.as_f64()?;
        (float.fract() == 0.0 && float.abs() <= 9_007_199_254_740_992.0).then_some(float as i128)
    })
}

fn float(json: &Value) -> Option<f64> {
    match json.as_str() {
        Some("NaN") => Some(f64::NAN),
        Some("Infinity") => Some(f64::INFINITY),
        Some("-Infinity") => Some(f64::NEG_INFINITY),
        Some(_) => None,
        None => json.as_f64(),
    }
}

/// The nearest f32; a finite number that has none is refused.
#[expect(clippy::cast_possible_truncation, reason = "f32 takes the nearest value")]
fn single(json: &Value) -> Option<f32> {
    let wide = float(json)?;
    let narrow = wide as f32;
    (narrow.is_finite() || !wide.is_finite()).then_some(narrow)
}

fn one_char(json: &Value) -> Option<char> {
    let mut chars = json.as_str()?.chars();
    chars.next().filter(|_| chars.next().is_none())
}

fn write(val: &Val, ty: Option<&Type>) -> Value {
    match val {
        Val::Bool(value) => Value::Bool(*value),
        Val::S8(value) => (*value).into(),
        Val::U8(value) => (*value).into(),
        Val::S16(value) => (*value).into(),
        Val::U16(value) => (*value).into(),
        Val::S32(value) => (*value).into(),
        Val::U32(value) => (*value).into(),
        Val::S64(value) => (*value).into(),
        Val::U64(value) => (*value).into(),
        Val::Float32(value) => write_float(f64::from(*value), &value.to_string()),
        Val::Float64(value) => write_float(*value, ""),
        Val::Char(value) => value.to_string().into(),
        Val::String(value) => value.clone().into(),
        Val::Enum(name) => name.clone().into(),
        Val::Flags(names) => names.iter().cloned().collect(),
        compound => write_compound(compound, ty),
    }
}

/// What holds other values.
fn write_compound(val: &Val, ty: Option<&Type>) -> Value {
    match val {
        Val::List(items) | Val::FixedLengthList(items) => {
            let inner = match ty {
                Some(Type::List(list)) => Some(list.ty()),
                _ => None,
            };
            items.iter().map(|item| write(item, inner.as_ref())).collect()
        }
        Val::Tuple(items) => {
            let types: Vec<Type> = match ty {
                Some(Type::Tuple(tuple)) => tuple.types().collect(),
                _ => Vec::new(),
            };
            items.iter().enumerate().map(|(index, item)| write(item, types.get(index))).collect()
        }
        Val::Record(fields) => {
            let types: Vec<Type> = match ty {
                Some(Type::Record(record)) => record.fields().map(|field| field.ty).collect(),
                _ => Vec::new(),
            };
            let write_field = |(index, (name, value)): (usize, &(String, Val))| {
                (name.clone(), write(value, types.get(index)))
            };
            Value::Object(fields.iter().enumerate().map(write_field).collect())
        }
        Val::Variant(name, payload) => {
            let inner = match ty {
                Some(Type::Variant(variant)) => {
                    variant.cases().find(|case| case.name == name).and_then(|case| case.ty)
                }
                _ => None,
            };
            match payload {
                Some(payload) => tagged(name, write(payload, inner.as_ref())),
                None => name.clone().into(),
            }
        }
        Val::Option(value) => {
            let inner = match ty {
                Some(Type::Option(option)) => Some(option.ty()),
                _ => None,
            };
            match value {
                None => Value::Null,
                Some(value) if inner.as_ref().is_some_and(nullable) => {
                    tagged("some", write(value, inner.as_ref()))
                }
                Some(value) => write(value, inner.as_ref()),
            }
        }
        Val::Result(result) => {
            let (ok, err) = match ty {
                Some(Type::Result(result)) => (result.ok(), result.err()),
                _ => (None, None),
            };
            let arm = |value: &Option<Box<Val>>, ty: Option<Type>| {
                value.as_ref().map_or(Value::Null, |value| write(value, ty.as_ref()))
            };
            match result {
                Ok(value) => tagged("ok", arm(value, ok)),
                Err(value) => tagged("err", arm(value, err)),
            }
        }
        // What cannot cross is refused when the function is loaded (see `types`).
        _ => Value::Null,
    }
}

/// A float as a number, or by name where JSON has none. `short` is the shortest text of an f32, so that 0.1
/// does not leave as 0.10000000149011612.
fn write_float(value: f64, short: &str) -> Value {
    if value.is_nan() {
        return "NaN".into();
    }
    if value.is_infinite() {
        return if value > 0.0 { "Infinity".into() } else { "-Infinity".into() };
    }
    Number::from_f64(short.parse().unwrap_or(value)).map_or(Value::Null, Value::Number)
}

fn tagged(name: &str, value: Value) -> Value {
    Value::Object(Map::from_iter([(name.to_owned(), value)]))
}

fn wrong(expected: &str, json: &Value) -> Mismatch {
    let found = match json {
        Value::Null => "null".to_owned(),
        Value::Array(items) => format!("an array of {}", items.len()),
        Value::Object(_) => "an object".into(),
        scalar => {
            let text = scalar.to_string();
            if text.chars().count() > 40 {
                format!("{}…", text.chars().take(40).collect::<String>())
            } else {
                text
            }
        }
    };
    Mismatch { path: String::new(), message: format!("expected {expected}, found {found}") }
}

impl Mismatch {
    /// The same, seen from one level further out.
    pub fn inside(mut self, step: &str) -> Self {
        let join = if self.path.is_empty() || self.path.starts_with('[') { "" } else { "." };
        self.path = format!("{step}{join}{}", self.path);
        self
    }
}
