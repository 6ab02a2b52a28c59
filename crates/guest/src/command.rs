//! How does a command read its request?

use serde::Deserialize;
use std::collections::BTreeMap;
use std::io;

/// What a command finds on stdin: always `params` and `seed`, and the rest with `stdin = "request"`.
#[derive(Debug, Clone, Default, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "kebab-case", default)]
pub struct Input {
    /// The first value of each query parameter.
    pub params: BTreeMap<String, String>,
    /// A number for what should differ from request to request; the project file can fix it.
    pub seed: i64,
    /// The request's method.
    pub method: Option<String>,
    /// Its path.
    pub path: Option<String>,
    /// The parameters of the route.
    pub route: BTreeMap<String, String>,
    /// All values of each query parameter.
    pub query: BTreeMap<String, Vec<String>>,
    /// All values of each header.
    pub headers: BTreeMap<String, Vec<String>>,
    /// The client's address.
    pub client: Option<String>,
    /// The name of this request in the server's log.
    pub request_id: Option<String>,
    /// The body: as it is when it is UTF-8, else in base64.
    pub body: String,
    /// `utf-8` or `base64`.
    pub body_encoding: Option<String>,
}

impl Input {
    /// Reads the request from stdin.
    ///
    /// # Errors
    /// When stdin cannot be read or is not the JSON object that Windlass sends.
    pub fn read() -> io::Result<Self> {
        Ok(serde_json::from_reader(io::stdin().lock())?)
    }

    /// A query parameter's first value.
    pub fn param(&self, name: &str) -> Option<&str> {
        self.params.get(name).map(String::as_str)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn both_forms_are_understood() {
        let short: Input = serde_json::from_str(r#"{"params":{"a":"1"},"seed":-7}"#).unwrap();
        assert_eq!((short.param("a"), short.seed, &short.method), (Some("1"), -7, &None));
        let long = r#"{"params":{},"seed":0,"method":"PUT","path":"/x","route":{"id":"7"},"query":{"q":["1","2"]},
            "headers":{"a":["b"]},"client":null,"request-id":"00","body":"hi","body-encoding":"utf-8"}"#;
        let long: Input = serde_json::from_str(long).unwrap();
        assert_eq!(
            (long.method.as_deref(), long.route["id"].as_str(), long.body.as_str()),
            (Some("PUT"), "7", "hi")
        );
    }
}
