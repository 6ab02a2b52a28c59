//! How is a route written: `[METHOD ][host]/path/{param}/{rest...}`?

use http::Method;
use std::fmt;
use std::str::FromStr;

/// One route of a function, parsed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RoutePattern {
    /// The methods it answers.
    pub method: MethodPattern,
    /// The host it answers for; any when absent.
    pub host: Option<HostPattern>,
    /// Its path, split at every `/`; `/` alone is one empty literal.
    pub segments: Vec<Segment>,
}

/// Which methods a route answers.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum MethodPattern {
    /// Every method.
    Any,
    /// This method; `GET` answers `HEAD` too where no other route does.
    Exactly(Method),
}

/// Which hosts a route answers for. Hosts are compared without port and without case.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum HostPattern {
    /// This host.
    Exactly(String),
    /// Every host that ends with this text, which starts with a dot.
    Suffix(String),
}

/// One part of a route's path.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Segment {
    /// Matches itself after percent-decoding.
    Literal(String),
    /// `{name}`: one segment that is not empty.
    Param(String),
    /// `{name...}`: all that is left, empty or not; only at the end.
    Rest(String),
}

/// Why a text is not a route.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum RouteError {
    /// There is no path in it.
    #[error(
        "a route is a path such as \"/items/{{id}}\", with a method before it if only one is meant: \"GET /items/{{id}}\""
    )]
    NoPath,
    /// The method is not a token.
    #[error("{0:?} is not a method")]
    Method(String),
    /// The host has characters that hosts do not have.
    #[error("{0:?} is not a host name")]
    Host(String),
    /// A `{…}` that is not `{name}` or `{name...}` over a whole segment.
    #[error("{0:?} is not a parameter; write a whole segment as {{name}} or, at the end, {{name...}}")]
    Param(String),
    /// Two parameters have the same name.
    #[error("the parameter {0:?} stands twice in this route")]
    Twice(String),
    /// `{name...}` with something behind it.
    #[error("{{{0}...}} takes all that is left of the path, so it can only stand at the end")]
    RestNotLast(String),
    /// Query, fragment, space or control character in the path.
    #[error("{0:?} cannot stand in a route's path")]
    Character(char),
    /// A percent escape that does not decode to text.
    #[error("{0:?} has a percent escape that does not decode to UTF-8")]
    Escape(String),
}

impl FromStr for RoutePattern {
    type Err = RouteError;

    fn from_str(text: &str) -> Result<Self, RouteError> {
        let (method, rest) = match text.split_once(' ') {
            Some((method, rest)) => (parse_method(method)?, rest.trim_start()),
            None => (MethodPattern::Any, text),
        };
        let slash = rest.find('/').ok_or(RouteError::NoPath)?;
        let (host, path) = rest.split_at(slash);
        let host = if host.is_empty() { None } else { Some(parse_host(host)?) };
        Ok(RoutePattern { method, host, segments: parse_path(path)? })
    }
}

impl RoutePattern {
    /// The route that answers every method and path.
    pub fn everything() -> Self {
        RoutePattern { method: MethodPattern::Any, host: None, segments: vec![Segment::Rest("path".into())] }
    }

    /// The names of its parameters, in path order.
    pub fn params(&self) -> impl Iterator<Item = &str> {
        self.segments.iter().filter_map(|segment| match segment {
            Segment::Literal(_) => None,
            Segment::Param(name) | Segment::Rest(name) => Some(name.as_str()),
        })
    }
}

impl fmt::Display for RoutePattern {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if let MethodPattern::Exactly(method) = &self.method {
            write!(f, "{method} ")?;
        }
        match &self.host {
            Some(HostPattern::Exactly(host)) => f.write_str(host)?,
            Some(HostPattern::Suffix(suffix)) => write!(f, "*{suffix}")?,
            None => {}
        }
        for segment in &self.segments {
            match segment {
                Segment::Literal(text) => write!(f, "/{text}")?,
                Segment::Param(name) => write!(f, "/{{{name}}}")?,
                Segment::Rest(name) => write!(f, "/{{{name}...}}")?,
            }
        }
        Ok(())
    }
}

/// Decodes percent escapes once; `None` when the result is not UTF-8. `+` stays as it is: this is a path.
pub(crate) fn decode(segment: &str) -> Option<String> {
    let mut bytes = Vec::with_capacity(segment.len());
    let mut rest = segment.bytes();
    while let Some(byte) = rest.next() {
        if byte != b'%' {
            bytes.push(byte);
            continue;
        }
        let high = char::from(rest.next()?).to_digit(16)?;
        let low = char::from(rest.next()?).to_digit(16)?;
        bytes.push(u8::try_from(high * 16 + low).ok()?);
    }
    String::from_utf8(bytes).ok()
}

fn parse_method(text: &str) -> Result<MethodPattern, RouteError> {
    if text == "*" {
        return Ok(MethodPattern::Any);
    }
    let lower = text.bytes().any(|b| b.is_ascii_lowercase());
    match Method::from_bytes(text.as_bytes()) {
        Ok(method) if !lower => Ok(MethodPattern::Exactly(method)),
        _ => Err(RouteError::Method(text.into())),
    }
}

fn parse_host(text: &str) -> Result<HostPattern, RouteError> {
    let name = text.strip_prefix('*').unwrap_or(text);
    let dotted = name.strip_prefix('.').unwrap_or(name);
    let good = dotted.split('.').all(|label| {
        !label.is_empty() && label.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'-' || b == b'_')
    });
    let lower = name.to_ascii_lowercase();
    match (good, text.starts_with('*'), name.starts_with('.')) {
        (true, false, false) => Ok(HostPattern::Exactly(lower)),
        (true, true, true) => Ok(HostPattern::Suffix(lower)),
        _ => Err(RouteError::Host(text.into())),
    }
}

fn parse_path(path: &str) -> Result<Vec<Segment>, RouteError> {
    if let Some(odd) = path.chars().find(|c| matches!(c, '?' | '#' | ' ') || c.is_control()) {
        return Err(RouteError::Character(odd));
    }
    let mut segments = Vec::new();
    let mut names: Vec<String> = Vec::new();
    for part in path.split('/').skip(1) {
        if let Some(Segment::Rest(name)) = segments.last() {
            return Err(RouteError::RestNotLast(name.clone()));
        }
        let segment = parse_segment(part)?;
        if let Segment::Param(name) | Segment::Rest(name) = &segment {
            if names.contains(name) {
                return Err(RouteError::Twice(name.clone()));
            }
            names.push(name.clone());
        }
        segments.push(segment);
    }
    Ok(segments)
}

fn parse_segment(part: &str) -> Result<Segment, RouteError> {
    if !part.contains(['{', '}']) {
        return decode(part).map(Segment::Literal).ok_or_else(|| RouteError::Escape(part.into()));
    }
    let wrong = || RouteError::Param(part.into());
    let inner = part.strip_prefix('{').and_then(|p| p.strip_suffix('}')).ok_or_else(wrong)?;
    let (name, rest) = match inner.strip_suffix("...") {
        Some(name) => (name, true),
        None => (inner, false),
    };
    let good = name.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'-' || b == b'_');
    if name.is_empty() || !good {
        return Err(wrong());
    }
    Ok(if rest { Segment::Rest(name.into()) } else { Segment::Param(name.into()) })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn routes_print_as_they_are_written() {
        for text in
            ["/", "GET /items/{id}", "/files/{path...}", "POST api.example.com/x", "*.example.com/{a}/b/"]
        {
            assert_eq!(text.parse::<RoutePattern>().map(|r| r.to_string()), Ok(text.into()));
        }
    }

    #[test]
    fn bad_routes_say_why() {
        let bad = [
            ("items", RouteError::NoPath),
            ("", RouteError::NoPath),
            ("get /x", RouteError::Method("get".into())),
            ("GE(T /x", RouteError::Method("GE(T".into())),
            ("GET ex ample/x", RouteError::Host("ex ample".into())),
            ("*example.com/x", RouteError::Host("*example.com".into())),
            ("/a{b}", RouteError::Param("a{b}".into())),
            ("/{}", RouteError::Param("{}".into())),
            ("/{a}/{a}", RouteError::Twice("a".into())),
            ("/{a...}/b", RouteError::RestNotLast("a".into())),
            ("/a?b", RouteError::Character('?')),
            ("/%ff", RouteError::Escape("%ff".into())),
            ("/%4", RouteError::Escape("%4".into())),
        ];
        for (text, error) in bad {
            assert_eq!(text.parse::<RoutePattern>(), Err(error), "{text}");
        }
    }
}
