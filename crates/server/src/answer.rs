//! Which status does each failure become, and what may the client learn of it?

use crate::body::AnswerBody;
use http::header::{ALLOW, CONNECTION, CONTENT_TYPE, RETRY_AFTER};
use http::{HeaderName, HeaderValue, Method, Response, StatusCode};
use windlass_runtime::{BodyError, Fault, RequestId};

/// The header that names a request.
pub const REQUEST_ID: HeaderName = HeaderName::from_static("x-request-id");

/// Why a request has no answer of a function.
#[derive(Debug)]
pub enum Failure {
    /// No route.
    NotFound,
    /// A route, but not for this method.
    WrongMethod(Vec<Method>),
    /// As many requests run as may.
    Overloaded,
    /// The request's head is larger than allowed.
    HeadTooLarge,
    /// The request's body.
    Body(BodyError),
    /// The body took too long to arrive.
    BodyTime,
    /// The request itself is malformed; the text says how.
    BadRequest(String),
    /// A WebSocket or a tunnel; the text says which.
    Upgrade(&'static str),
    /// The invocation failed.
    Function(Fault),
}

impl From<Fault> for Failure {
    fn from(fault: Fault) -> Self {
        Failure::Function(fault)
    }
}

impl From<BodyError> for Failure {
    fn from(error: BodyError) -> Self {
        Failure::Body(error)
    }
}

/// The answer for a failure: status, short text in the form that the client accepts, request id.
pub fn failure(failure: Failure, id: RequestId, accept: Option<&HeaderValue>) -> Response<AnswerBody> {
    let (status, code, message) = told(&failure);
    let rejected = match &failure {
        Failure::Function(Fault::Rejected(value)) => Some(value.to_string()),
        _ => None,
    };
    let json = rejected.is_some() || accepts_json(accept);
    let text = match rejected {
        Some(value) => value,
        None if json => {
            let id = id.to_string();
            serde_json::json!({ "error": code, "message": message, "request-id": id }).to_string()
        }
        None => format!("{message}\n"),
    };
    let kind = if json { "application/json" } else { "text/plain; charset=utf-8" };
    let mut response = Response::new(AnswerBody::of(text));
    *response.status_mut() = status;
    let head = response.headers_mut();
    head.insert(CONTENT_TYPE, HeaderValue::from_static(kind));
    if let Ok(value) = HeaderValue::try_from(id.to_string()) {
        head.insert(REQUEST_ID, value);
    }
    match &failure {
        Failure::WrongMethod(allowed) => drop(head.insert(ALLOW, allow(allowed))),
        Failure::Overloaded | Failure::Function(Fault::Busy(_)) => {
            head.insert(RETRY_AFTER, HeaderValue::from_static("1"));
        }
        // What is left of the body is not read, so the connection cannot go on.
        Failure::Body(_) | Failure::BodyTime | Failure::Function(Fault::ClientGone) => {
            drop(head.insert(CONNECTION, HeaderValue::from_static("close")))
        }
        Failure::NotFound
        | Failure::HeadTooLarge
        | Failure::BadRequest(_)
        | Failure::Upgrade(_)
        | Failure::Function(_) => {}
    }
    response
}

/// The status alone, for counting.
pub fn status(failure: &Failure) -> StatusCode {
    told(failure).0
}

/// `Allow` for these methods.
pub fn allow(methods: &[Method]) -> HeaderValue {
    let names: Vec<&str> = methods.iter().map(Method::as_str).collect();
    HeaderValue::try_from(names.join(", ")).unwrap_or(HeaderValue::from_static(""))
}

/// Status, code for programs, text for people.
fn told(failure: &Failure) -> (StatusCode, &'static str, String) {
    let (status, code, message) = match failure {
        Failure::NotFound => (StatusCode::NOT_FOUND, "not-found", "not found"),
        Failure::WrongMethod(_) => {
            (StatusCode::METHOD_NOT_ALLOWED, "method-not-allowed", "method not allowed")
        }
        Failure::Overloaded => (StatusCode::SERVICE_UNAVAILABLE, "busy", "busy, try again"),
        Failure::HeadTooLarge => {
            (StatusCode::REQUEST_HEADER_FIELDS_TOO_LARGE, "head-too-large", "the request's head is too large")
        }
        Failure::Body(BodyError::TooLarge) => {
            (StatusCode::PAYLOAD_TOO_LARGE, "body-too-large", "the request body is too large")
        }
        Failure::Body(BodyError::Broken(_)) => {
            (StatusCode::BAD_REQUEST, "bad-body", "the request body is malformed or cut short")
        }
        Failure::BodyTime => {
            (StatusCode::REQUEST_TIMEOUT, "body-timeout", "the request body took too long to arrive")
        }
        Failure::BadRequest(why) => return (StatusCode::BAD_REQUEST, "bad-request", why.clone()),
        Failure::Upgrade(what) => (StatusCode::NOT_IMPLEMENTED, "upgrade-not-supported", *what),
        Failure::Function(fault) => match fault {
            Fault::Busy(_) => (StatusCode::SERVICE_UNAVAILABLE, "busy", "busy, try again"),
            Fault::TimeLimit | Fault::CpuLimit => {
                (StatusCode::GATEWAY_TIMEOUT, "timeout", "the function took too long")
            }
            Fault::Arguments(why) => return (StatusCode::BAD_REQUEST, "bad-arguments", why.clone()),
            Fault::Rejected(_) => (StatusCode::UNPROCESSABLE_ENTITY, "rejected", "rejected"),
            Fault::MemoryLimit(_)
            | Fault::OutputLimit
            | Fault::Trap(_)
            | Fault::Exit(_)
            | Fault::NoAnswer
            | Fault::ErrorCode(_)
            | Fault::ClientGone
            | Fault::Host(_) => (StatusCode::INTERNAL_SERVER_ERROR, "function-failed", "the function failed"),
        },
    };
    (status, code, message.to_owned())
}

/// Whether the client names JSON and does not put text before it.
fn accepts_json(accept: Option<&HeaderValue>) -> bool {
    let accept = accept.and_then(|value| value.to_str().ok()).unwrap_or_default();
    let place = |kind: &str| accept.find(kind);
    match (place("application/json").or_else(|| place("+json")), place("text/")) {
        (Some(json), Some(text)) => json < text,
        (json, _) => json.is_some(),
    }
}
