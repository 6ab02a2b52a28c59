//! How does a command's stdout become an answer when it may start with CGI headers?
//!
//! RFC 3875 §6: header lines, an empty line, the body. `Status: 404 Not Found` sets the status, `Location`
//! without a status redirects. Output that does not start with header lines is the body as it is.

use http::{HeaderMap, HeaderName, HeaderValue, StatusCode};

/// What stdout says.
#[derive(Debug, PartialEq, Eq)]
pub struct Output {
    /// The status, 200 unless set.
    pub status: StatusCode,
    /// The headers set.
    pub headers: HeaderMap,
    /// Where in stdout the body begins.
    pub body_at: usize,
}

/// Most bytes of a head; a longer one is body.
const MAX_HEAD: usize = 32 << 10;

/// Headers that are the server's own.
const RESERVED: [&str; 7] =
    ["connection", "content-length", "keep-alive", "transfer-encoding", "upgrade", "te", "date"];

/// Reads the head of a CGI output.
///
/// # Errors
/// The text of a `Status` line that is not a final status.
pub fn parse(stdout: &[u8]) -> Result<Output, String> {
    let Some((head, body_at)) = head(stdout) else {
        return Ok(all_body());
    };
    let mut output = Output { body_at, ..all_body() };
    let mut status = None;
    for line in head.split(|byte| *byte == b'\n').map(trim) {
        let Some(colon) = line.iter().position(|byte| *byte == b':') else {
            return Ok(all_body());
        };
        let (name, value) = line.split_at(colon);
        let value = trim(value.get(1..).unwrap_or_default());
        let (Ok(name), Ok(value)) = (HeaderName::from_bytes(name), HeaderValue::from_bytes(value)) else {
            return Ok(all_body());
        };
        if name == "status" {
            let digits = value.as_bytes().get(..3).unwrap_or_default();
            let code = StatusCode::from_bytes(digits).ok().filter(|code| code.as_u16() >= 200);
            status = Some(code.ok_or_else(|| String::from_utf8_lossy(value.as_bytes()).into_owned())?);
        } else if !RESERVED.contains(&name.as_str()) {
            output.headers.append(name, value);
        }
    }
    let redirect = output.headers.contains_key("location").then_some(StatusCode::FOUND);
    output.status = status.or(redirect).unwrap_or(StatusCode::OK);
    Ok(output)
}

/// Output without a head.
fn all_body() -> Output {
    Output { status: StatusCode::OK, headers: HeaderMap::new(), body_at: 0 }
}

/// The header lines without the last line break, and where the body begins.
fn head(stdout: &[u8]) -> Option<(&[u8], usize)> {
    let window = stdout.get(..MAX_HEAD).unwrap_or(stdout);
    let mut line_start = 0;
    for (index, byte) in window.iter().enumerate() {
        if *byte != b'\n' {
            continue;
        }
        let line = trim(window.get(line_start..index)?);
        if line.is_empty() {
            return Some((trim(window.get(..line_start)?), index + 1)).filter(|(head, _)| !head.is_empty());
        }
        line_start = index + 1;
    }
    None
}

fn trim(line: &[u8]) -> &[u8] {
    line.trim_ascii()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn ask(stdout: &str) -> (u16, String, String) {
        let output = parse(stdout.as_bytes()).unwrap();
        let headers: Vec<_> =
            output.headers.iter().map(|(k, v)| format!("{k}={}", v.to_str().unwrap())).collect();
        (output.status.as_u16(), headers.join(" "), stdout[output.body_at..].to_owned())
    }

    #[test]
    fn a_status_that_is_none_is_told() {
        for status in ["7", "abc", "100 Continue", "101"] {
            let told = parse(format!("Status: {status}\n\nx").as_bytes());
            assert_eq!(told, Err(status.to_owned()));
        }
    }

    #[test]
    fn headers_are_read_and_bodies_left_alone() {
        for (stdout, status, headers, body) in [
            ("Content-Type: text/css\n\nbody", 200, "content-type=text/css", "body"),
            ("Status: 404 Not Found\r\nX-A: 1\r\nX-A: 2\r\n\r\n", 404, "x-a=1 x-a=2", ""),
            ("Location: /there\n\n", 302, "location=/there", ""),
            ("Content-Length: 99\nTransfer-Encoding: chunked\n\nx", 200, "", "x"),
            ("no headers\n\nhere", 200, "", "no headers\n\nhere"),
            ("\n\nbody", 200, "", "\n\nbody"),
            ("", 200, "", ""),
        ] {
            assert_eq!(ask(stdout), (status, headers.into(), body.into()), "{stdout:?}");
        }
    }
}
