//! What of a request do functions get to know, apart from the request itself?

use http::request::Parts;
use std::net::IpAddr;

/// A request's context on its way to a function.
#[derive(Debug, Clone, Default)]
pub struct Meta {
    /// The route's parameters with their values.
    pub route: Vec<(String, String)>,
    /// The client's address.
    pub client: Option<IpAddr>,
}

/// All values of the query, decoded, in their order. A part whose escapes are not UTF-8 keeps replacement
/// characters; an empty query has no values.
pub fn query(parts: &Parts) -> Vec<(String, String)> {
    let query = parts.uri.query().unwrap_or_default();
    form_urlencoded::parse(query.as_bytes())
        .map(|(key, value)| (key.into_owned(), value.into_owned()))
        .collect()
}

/// The same by WASIO's rules: a part with `;` or a bad escape is dropped.
pub fn query_strict(parts: &Parts) -> Vec<(String, String)> {
    let query = parts.uri.query().unwrap_or_default();
    let good =
        query.split('&').filter(|part| !part.is_empty() && !part.contains(';') && escapes_are_good(part));
    good.flat_map(|part| form_urlencoded::parse(part.as_bytes()))
        .map(|(key, value)| (key.into_owned(), value.into_owned()))
        .collect()
}

fn escapes_are_good(part: &str) -> bool {
    part.split('%')
        .skip(1)
        .all(|rest| rest.len() >= 2 && rest.bytes().take(2).all(|byte| byte.is_ascii_hexdigit()))
}
