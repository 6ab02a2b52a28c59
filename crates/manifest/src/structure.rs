//! Does the file have the structure that the schema describes?
//!
//! A walk over the parsed file beside the schema. What does not fit is reported and taken out of the file, so
//! that the steps after this one can report what they find in the rest.

use crate::problem::{Problem, Problems};
use crate::{future, raw::Raw, suggest};
use serde_json::Value;
use std::ops::Range;
use toml::Spanned;
use toml::de::{DeArray, DeTable, DeValue};

/// The JSON Schema of the project file.
pub fn schema() -> Value {
    let settings = schemars::generate::SchemaSettings::draft07();
    settings.into_generator().into_root_schema_for::<Raw>().to_value()
}

/// Reports unknown keys and wrong types, and removes them. Returns whether a known key was removed, so that
/// nobody then reports it as missing.
pub fn check(table: &mut DeTable<'_>, problems: &mut Problems) -> bool {
    let schema = schema();
    let mut walk = Walk { root: &schema, problems, pruned: false };
    walk.table(table, &schema);
    walk.pruned
}

struct Walk<'a> {
    root: &'a Value,
    problems: &'a mut Problems,
    pruned: bool,
}

impl<'a> Walk<'a> {
    fn table(&mut self, table: &mut DeTable<'_>, schema: &'a Value) {
        let properties = schema.get("properties").and_then(Value::as_object);
        let open = schema.get("additionalProperties").filter(|more| more.is_object());
        let title = schema.get("title").and_then(Value::as_str).unwrap_or_default();
        let known: Vec<&str> = properties.into_iter().flatten().map(|(key, _)| key.as_str()).collect();
        for (key, mut value) in std::mem::take(table) {
            match properties.and_then(|known| known.get(key.get_ref().as_ref())).or(open) {
                Some(inner) if self.keep(&mut value, self.alternatives(inner)) => {
                    drop(table.insert(key, value))
                }
                Some(_) => {}
                None => self.problems.add(unknown(title, key.get_ref(), key.span(), &known)),
            }
        }
    }

    /// Whether the value fits one of the alternatives, after a look inside it.
    fn keep(&mut self, value: &mut Spanned<DeValue<'_>>, alternatives: Vec<&'a Value>) -> bool {
        let found = value.get_ref().type_str();
        let Some(schema) = alternatives.iter().find(|schema| fits(schema, found)).copied() else {
            let expected: Vec<&str> = alternatives.iter().map(|schema| describe(schema)).collect();
            let message = format!("expected {}, found {}", expected.join(" or "), article(found));
            self.problems.add(Problem::new(value.span(), message));
            self.pruned = true;
            return false;
        };
        let span = value.span();
        match value.get_mut() {
            DeValue::Table(table) => self.table(table, schema),
            DeValue::Array(array) => {
                let Some(items) = schema.get("items") else {
                    return true;
                };
                let inner = self.alternatives(items);
                for mut item in std::mem::replace(array, DeArray::new()) {
                    if self.keep(&mut item, inner.clone()) {
                        array.push(item);
                    }
                }
            }
            DeValue::Integer(number) => return self.integer(number.as_str(), span, schema),
            _ => {}
        }
        true
    }

    fn integer(&mut self, digits: &str, span: Range<usize>, schema: &Value) -> bool {
        let negative = digits.starts_with('-');
        let small = matches!(schema.get("format").and_then(Value::as_str), Some("uint32"));
        if small && (negative || digits.parse::<u32>().is_err() && digits.bytes().all(|b| b.is_ascii_digit()))
        {
            let message = format!("expected a number from 0 to {}, found {digits}", u32::MAX);
            self.problems.add(Problem::new(span, message));
            self.pruned = true;
            return false;
        }
        true
    }

    /// The schemas that a value may fit: `anyOf` spread out, `$ref` followed, `null` left out.
    fn alternatives(&self, schema: &'a Value) -> Vec<&'a Value> {
        let list = ["anyOf", "allOf"].iter().find_map(|key| schema.get(key)).and_then(Value::as_array);
        if let Some(list) = list {
            return list.iter().flat_map(|inner| self.alternatives(inner)).collect();
        }
        let target = schema.get("$ref").and_then(Value::as_str).and_then(|name| name.strip_prefix('#'));
        let schema = target.and_then(|pointer| self.root.pointer(pointer)).unwrap_or(schema);
        if schema.get("anyOf").is_some() { self.alternatives(schema) } else { vec![schema] }
    }
}

fn types(schema: &Value) -> impl Iterator<Item = &str> {
    let names = match schema.get("type") {
        Some(Value::Array(names)) => names.iter().collect(),
        Some(name) => vec![name],
        None => Vec::new(),
    };
    names.into_iter().filter_map(Value::as_str).filter(|name| *name != "null")
}

/// TOML's type names against the schema's.
fn fits(schema: &Value, found: &str) -> bool {
    types(schema).any(|name| match name {
        "object" => found == "table",
        other => found == other,
    })
}

fn describe(schema: &Value) -> &'static str {
    match types(schema).next() {
        Some("string") => "a string",
        Some("integer") => "an integer",
        Some("boolean") => "true or false",
        Some("array") => "a list",
        _ => "a table",
    }
}

fn article(found: &str) -> &'static str {
    match found {
        "string" => "a string",
        "integer" => "an integer",
        "float" => "a float",
        "boolean" => "true or false",
        "datetime" => "a date",
        "array" => "a list",
        _ => "a table",
    }
}

fn unknown(title: &str, key: &str, span: Range<usize>, known: &[&str]) -> Problem {
    if future::is_planned(title, key) {
        let message = format!("{key:?} is planned, but this version of Windlass does not have it");
        return Problem::new(span, message).help("remove the key; the changelog says when it arrives");
    }
    Problem::new(span, format!("unknown key {key:?}")).help(suggest::help(key, known))
}
