//! What does the admin listener answer?

use crate::body::AnswerBody;
use crate::describe::describe;
use crate::metrics;
use crate::server::Server;
use http::header::{ALLOW, CONTENT_TYPE};
use http::{HeaderValue, Method, Request, Response, StatusCode};
use serde_json::json;

const TEXT: &str = "text/plain; charset=utf-8";
const METRICS: &str = "application/openmetrics-text; version=1.0.0; charset=utf-8";

/// Answers one request of the admin listener. `only_health` holds where the listener is not on loopback.
pub fn answer<B>(server: &Server, request: &Request<B>, only_health: bool) -> Response<AnswerBody> {
    if !matches!(*request.method(), Method::GET | Method::HEAD) {
        let mut response = respond(StatusCode::METHOD_NOT_ALLOWED, TEXT, "method not allowed\n".into());
        response.headers_mut().insert(ALLOW, HeaderValue::from_static("GET, HEAD"));
        return response;
    }
    match (request.uri().path(), only_health) {
        ("/health/live", _) => respond(StatusCode::OK, TEXT, "live\n".into()),
        ("/health/ready", _) if server.is_ready() => respond(StatusCode::OK, TEXT, "ready\n".into()),
        ("/health/ready", _) => respond(StatusCode::SERVICE_UNAVAILABLE, TEXT, "not ready\n".into()),
        ("/metrics", false) => respond(StatusCode::OK, METRICS, metrics::render(server.site())),
        ("/api/functions", false) => respond(StatusCode::OK, "application/json", functions(server)),
        ("/metrics" | "/api/functions", true) => {
            let text = "only /health is served here: this listener is not on loopback\n";
            respond(StatusCode::FORBIDDEN, TEXT, text.into())
        }
        _ => respond(StatusCode::NOT_FOUND, TEXT, "not found\n".into()),
    }
}

fn functions(server: &Server) -> String {
    let site = server.site();
    let list: Vec<_> = site.loaded.iter().map(|prepared| describe(prepared)).collect();
    json!({ "project": site.app.name.as_str(), "functions": list }).to_string()
}

fn respond(status: StatusCode, kind: &'static str, text: String) -> Response<AnswerBody> {
    let mut response = Response::new(AnswerBody::of(text));
    *response.status_mut() = status;
    response.headers_mut().insert(CONTENT_TYPE, HeaderValue::from_static(kind));
    response
}
