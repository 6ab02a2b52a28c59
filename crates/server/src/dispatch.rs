//! What is the answer to this request? Always one: this function cannot fail.

use crate::answer::{Failure, allow, failure};
use crate::body::{AnswerBody, RequestBody};
use crate::client;
use crate::invoke::{Incoming, respond};
use crate::server::Server;
use crate::site::Target;
use crate::wire::Wire;
use http::header::{ALLOW, CONNECTION, CONTENT_LENGTH, CONTENT_TYPE, HOST, UPGRADE};
use http::{HeaderMap, HeaderValue, Method, Request, Response, StatusCode, Version};
use std::net::IpAddr;
use windlass_app::{Found, Lookup};
use windlass_runtime::Fault;

/// Answers one request of the public listener.
pub async fn dispatch(
    server: &Server,
    wire: &Wire,
    peer: Option<IpAddr>,
    request: Request<hyper::body::Incoming>,
) -> Response<AnswerBody> {
    let id = server.ids.next();
    let accept = request.headers().get(http::header::ACCEPT).cloned();
    match route(server, wire, peer, id, request).await {
        Ok(response) => response,
        Err(error) => failure(error, id, accept.as_ref()),
    }
}

async fn route(
    server: &Server,
    wire: &Wire,
    peer: Option<IpAddr>,
    id: windlass_runtime::RequestId,
    mut request: Request<hyper::body::Incoming>,
) -> Result<Response<AnswerBody>, Failure> {
    let site = server.site();
    if site.app.server.pages.health.as_deref() == Some(request.uri().path()) {
        return Ok(health(server.is_ready()));
    }
    let Ok(place) = server.requests.clone().try_acquire_owned() else {
        return Err(Failure::Overloaded);
    };
    complete_host(&mut request)?;
    if request.method() == Method::CONNECT {
        return Err(Failure::Upgrade("tunnels (CONNECT) are not supported"));
    }
    if is_websocket(&request) {
        return Err(Failure::Upgrade("WebSocket upgrades are not supported"));
    }
    if head_size(&request) > site.app.server.limits.header_size.0 {
        return Err(Failure::HeadTooLarge);
    }
    let host = host_name(&request);
    let found = match site.routes.find(request.method(), host, request.uri().path()) {
        Lookup::Found(found) => found,
        Lookup::WrongMethod(allowed) if request.method() == Method::OPTIONS => return Ok(options(allowed)),
        Lookup::WrongMethod(allowed) => return Err(Failure::WrongMethod(allowed)),
        Lookup::NotFound if request.uri().path() == "*" => return Ok(options(Vec::new())),
        Lookup::NotFound => return Err(Failure::NotFound),
    };
    let limit = site.app.server.limits.body.0;
    if declared_length(request.headers()).is_some_and(|length| length > limit) {
        return Err(Failure::Body(windlass_runtime::BodyError::TooLarge));
    }
    remove_named_hops(request.headers_mut());
    let client = client::address(peer, request.headers_mut(), &site.app.server.trusted_proxies);
    let Found { target, pattern, params } = found;
    let names = pattern.params().map(str::to_owned);
    let route = names.zip(params).collect();
    let request = request.map(|body| RequestBody::new(body, limit));
    let watch = request.body().watch();
    let incoming = Incoming { id, request, route, client, watch };
    let answered = tokio::select! {
        biased;
        answered = respond(&target.prepared, incoming) => answered,
        // Nobody reads this answer; the guest ends with the future that is dropped here.
        () = wire.gone() => Err(Failure::Function(Fault::ClientGone)),
    };
    count(target, &answered);
    answered.map(|response| response.map(|body| body.hold(place)))
}

fn count(target: &Target, answered: &Result<Response<AnswerBody>, Failure>) {
    let status = match answered {
        Ok(response) => response.status(),
        Err(error) => crate::answer::status(error),
    };
    target.traffic.count(status);
}

fn health(ready: bool) -> Response<AnswerBody> {
    let (status, text) =
        if ready { (StatusCode::OK, "OK") } else { (StatusCode::SERVICE_UNAVAILABLE, "not ready") };
    let mut response = Response::new(AnswerBody::of(text));
    *response.status_mut() = status;
    response.headers_mut().insert(CONTENT_TYPE, HeaderValue::from_static("text/plain; charset=utf-8"));
    response
}

fn options(mut allowed: Vec<Method>) -> Response<AnswerBody> {
    allowed.push(Method::OPTIONS);
    let mut response = Response::new(AnswerBody::Whole(None));
    *response.status_mut() = StatusCode::NO_CONTENT;
    response.headers_mut().insert(ALLOW, allow(&allowed));
    response
}

/// HTTP/1.1 demands exactly one Host (RFC 9112 §3.2); older requests get an empty name's stand-in, because
/// guests expect an authority.
fn complete_host<B>(request: &mut Request<B>) -> Result<(), Failure> {
    let hosts = request.headers().get_all(HOST).iter().count();
    let bad = |why: &str| Err(Failure::BadRequest(why.to_owned()));
    match (hosts, request.version()) {
        (1, _) => match request.headers().get(HOST).map(|host| is_host(host.as_bytes())) {
            Some(true) => Ok(()),
            _ => bad("the Host header is malformed"),
        },
        (0, Version::HTTP_09 | Version::HTTP_10) => {
            request.headers_mut().insert(HOST, HeaderValue::from_static("localhost"));
            Ok(())
        }
        (0, _) if request.uri().authority().is_some() => Ok(()),
        (0, _) => bad("the Host header is missing"),
        _ => bad("there is more than one Host header"),
    }
}

/// Whether a Host value has only bytes that a host and a port may have (RFC 3986 §3.2).
fn is_host(value: &[u8]) -> bool {
    value.iter().all(|byte| byte.is_ascii_graphic() && !b"/?#@\\\"<>^`{|}".contains(byte))
}

fn host_name<B>(request: &Request<B>) -> &str {
    let header = || request.headers().get(HOST).and_then(|host| host.to_str().ok()).unwrap_or_default();
    let authority = request.uri().authority().map_or_else(header, |authority| authority.as_str());
    let bare = authority.rsplit_once('@').map_or(authority, |(_, host)| host);
    match bare.strip_prefix('[') {
        Some(v6) => v6.split(']').next().unwrap_or_default(),
        None => bare.split(':').next().unwrap_or_default(),
    }
}

/// Bytes of the request line and the headers. The HTTP layer only bounds its buffer, which it may overshoot.
fn head_size<B>(request: &Request<B>) -> u64 {
    let line = request.uri().path_and_query().map_or(1, |path| path.as_str().len()) + 16;
    let fields = request.headers().iter().map(|(name, value)| name.as_str().len() + value.len() + 4);
    (line + fields.sum::<usize>()) as u64
}

/// Takes out the headers that `Connection` names: they are for this hop alone (RFC 9110 §7.6.1).
fn remove_named_hops(headers: &mut HeaderMap) {
    let Some(connection) = headers.get(CONNECTION).and_then(|value| value.to_str().ok()) else { return };
    let names: Vec<String> = connection.split(',').map(|name| name.trim().to_ascii_lowercase()).collect();
    for name in names.iter().filter(|name| !matches!(name.as_str(), "close" | "keep-alive" | "te" | "host")) {
        headers.remove(name.as_str());
    }
}

fn is_websocket<B>(request: &Request<B>) -> bool {
    let upgrade = request.headers().get(UPGRADE).and_then(|value| value.to_str().ok());
    upgrade.is_some_and(|value| value.to_ascii_lowercase().contains("websocket"))
}

fn declared_length(headers: &HeaderMap) -> Option<u64> {
    headers.get(CONTENT_LENGTH)?.to_str().ok()?.parse().ok()
}
