//! What does a command read on stdin?

use crate::request::{Meta, query, query_strict};
use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use bytes::Bytes;
use http::request::Parts;
use serde_json::{Map, Value, json};
use std::collections::BTreeMap;
use windlass_app::{Function, StdinForm};
use windlass_runtime::RequestId;

/// The JSON object for one request. `body` is only told in the request form.
pub fn compose(function: &Function, parts: &Parts, meta: &Meta, id: RequestId, body: &[u8]) -> Bytes {
    let seed = function.seed.unwrap_or_else(rand::random::<i64>);
    let mut params: BTreeMap<String, String> = BTreeMap::new();
    for (key, value) in query_strict(parts) {
        params.entry(key).or_insert(value);
    }
    let object = match function.stdin {
        StdinForm::Params => json!({ "params": params, "seed": seed }),
        StdinForm::Request => request(parts, meta, id, body, &params, seed),
    };
    Bytes::from(escape_html(&object.to_string()))
}

fn request(
    parts: &Parts,
    meta: &Meta,
    id: RequestId,
    body: &[u8],
    params: &BTreeMap<String, String>,
    seed: i64,
) -> Value {
    let (text, encoding) = match std::str::from_utf8(body) {
        Ok(text) => (text.to_owned(), "utf-8"),
        Err(_) => (STANDARD.encode(body), "base64"),
    };
    let route: BTreeMap<&String, &String> = meta.route.iter().map(|(key, value)| (key, value)).collect();
    json!({
        "params": params,
        "seed": seed,
        "method": parts.method.as_str(),
        "path": parts.uri.path(),
        "route": route,
        "query": all(query(parts)),
        "headers": all(parts.headers.iter().map(|(name, value)| {
            (name.to_string(), String::from_utf8_lossy(value.as_bytes()).into_owned())
        })),
        "client": meta.client.map(|address| address.to_string()),
        "request-id": id.to_string(),
        "body": text,
        "body-encoding": encoding,
    })
}

/// Every value of every key.
fn all(pairs: impl IntoIterator<Item = (String, String)>) -> Value {
    let mut lists = Map::new();
    for (key, value) in pairs {
        if let Value::Array(list) = lists.entry(key).or_insert_with(|| Value::Array(Vec::new())) {
            list.push(value.into());
        }
    }
    Value::Object(lists)
}

/// Escapes what Go's encoder escapes, so that a program sees the same bytes from either server.
fn escape_html(json: &str) -> String {
    let mut escaped = String::with_capacity(json.len());
    for c in json.chars() {
        match c {
            '<' => escaped.push_str("\\u003c"),
            '>' => escaped.push_str("\\u003e"),
            '&' => escaped.push_str("\\u0026"),
            '\u{2028}' => escaped.push_str("\\u2028"),
            '\u{2029}' => escaped.push_str("\\u2029"),
            c => escaped.push(c),
        }
    }
    escaped
}
