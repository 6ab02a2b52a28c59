//! How does a request reach a function of each shape, and its result become a response?

use crate::answer::Failure;
use crate::body::{AnswerBody, BodyWatch};
use crate::request::{Meta, query};
use crate::{cgi, sniff, stdin};
use bytes::Bytes;
use http::header::CONTENT_TYPE;
use http::request::Parts;
use http::{HeaderValue, Request, Response, StatusCode};
use http_body_util::BodyExt;
use serde_json::Value;
use std::net::IpAddr;
use std::sync::Arc;
use windlass_app::{Shape, StdinForm, StdoutForm};
use windlass_runtime::{Arguments, BodyError, Fault, Permit, Prepared, RequestId};

/// A request on its way to a function.
pub struct Incoming<B> {
    /// Its id.
    pub id: RequestId,
    /// The request.
    pub request: Request<B>,
    /// The route's parameters with their values.
    pub route: Vec<(String, String)>,
    /// The client's address.
    pub client: Option<IpAddr>,
    pub(crate) watch: BodyWatch,
}

impl<B> Incoming<B> {
    /// A request that came over no route.
    pub fn direct(id: RequestId, request: Request<B>) -> Self {
        Incoming { id, request, route: Vec::new(), client: None, watch: BodyWatch::default() }
    }
}

/// Hands a request to a function and makes its result a response.
///
/// # Errors
/// The fault of the invocation; a body that cannot be read is one of the arguments.
pub async fn invoke<B>(prepared: &Arc<Prepared>, incoming: Incoming<B>) -> Result<Response<AnswerBody>, Fault>
where
    B: http_body::Body<Data = Bytes, Error = BodyError> + Send + 'static,
{
    let result = respond(prepared, incoming).await;
    result.map_err(|failure| match failure {
        Failure::Function(fault) => fault,
        Failure::Body(error) => Fault::Arguments(error.to_string()),
        Failure::BadRequest(why) => Fault::Arguments(why),
        other => Fault::Host(format!("{other:?}")),
    })
}

/// The same with the failures that a server tells apart.
pub(crate) async fn respond<B>(
    prepared: &Arc<Prepared>,
    incoming: Incoming<B>,
) -> Result<Response<AnswerBody>, Failure>
where
    B: http_body::Body<Data = Bytes, Error = BodyError> + Send + 'static,
{
    let permit = prepared.admit().await?;
    let watch = incoming.watch.clone();
    let meta = Meta { route: incoming.route, client: incoming.client };
    let (id, request) = (incoming.id, incoming.request);
    let result = match prepared.shape {
        Shape::Http => {
            let answered = prepared.http(id, permit, request).await;
            answered.map(|response| response.map(|body| AnswerBody::Guest(body, None))).map_err(Failure::from)
        }
        Shape::Command => command(prepared, id, permit, request, &meta).await,
        Shape::Method => method(prepared, id, permit, request, &meta).await,
    };
    // Whatever the guest made of a body that could not be read: the client is told what is wrong with it.
    match watch.failure() {
        Some(error) => Err(Failure::Body(error)),
        None => result,
    }
}

async fn command<B>(
    prepared: &Arc<Prepared>,
    id: RequestId,
    permit: Permit,
    request: Request<B>,
    meta: &Meta,
) -> Result<Response<AnswerBody>, Failure>
where
    B: http_body::Body<Data = Bytes, Error = BodyError> + Send + 'static,
{
    let (parts, body) = request.into_parts();
    let body = match prepared.function.stdin {
        StdinForm::Params => Bytes::new(),
        StdinForm::Request => collect(prepared, body).await?,
    };
    let stdin = stdin::compose(&prepared.function, &parts, meta, id, &body);
    let stdout = prepared.command(id, permit, stdin).await?;
    Ok(match prepared.function.stdout {
        StdoutForm::Body => plain(stdout),
        StdoutForm::Cgi => from_cgi(stdout).map_err(|status| {
            prepared.late(id, Fault::ErrorCode(format!("CGI status {status:?}, which is not a final one")))
        })?,
    })
}

async fn method<B>(
    prepared: &Arc<Prepared>,
    id: RequestId,
    permit: Permit,
    request: Request<B>,
    meta: &Meta,
) -> Result<Response<AnswerBody>, Failure>
where
    B: http_body::Body<Data = Bytes, Error = BodyError> + Send + 'static,
{
    let (parts, body) = request.into_parts();
    let body = collect(prepared, body).await?;
    let arguments = arguments(&parts, meta, &body)?;
    let value = prepared.method(id, permit, &arguments).await?;
    let Some(value) = value else {
        let mut response = Response::new(AnswerBody::Whole(None));
        *response.status_mut() = StatusCode::NO_CONTENT;
        return Ok(response);
    };
    let mut response = Response::new(AnswerBody::of(value.to_string()));
    response.headers_mut().insert(CONTENT_TYPE, HeaderValue::from_static("application/json"));
    Ok(response)
}

fn arguments(parts: &Parts, meta: &Meta, body: &[u8]) -> Result<Arguments, Failure> {
    let json: Option<Value> = match body.iter().all(u8::is_ascii_whitespace) {
        true => None,
        false => Some(
            serde_json::from_slice(body)
                .map_err(|error| Failure::BadRequest(format!("the body is not JSON: {error}")))?,
        ),
    };
    Ok(Arguments { body: json, path: meta.route.clone(), query: query(parts) })
}

/// The whole body, within the function's time.
async fn collect<B>(prepared: &Prepared, body: B) -> Result<Bytes, Failure>
where
    B: http_body::Body<Data = Bytes, Error = BodyError>,
{
    let collected = tokio::time::timeout(prepared.function.limits.time, body.collect()).await;
    Ok(collected.map_err(|_| Failure::BodyTime)??.to_bytes())
}

fn plain(stdout: Bytes) -> Response<AnswerBody> {
    let kind = (!stdout.is_empty()).then(|| sniff::content_type(&stdout));
    let mut response = Response::new(AnswerBody::of(stdout));
    if let Some(kind) = kind {
        response.headers_mut().insert(CONTENT_TYPE, HeaderValue::from_static(kind));
    }
    response
}

fn from_cgi(stdout: Bytes) -> Result<Response<AnswerBody>, String> {
    let output = cgi::parse(&stdout)?;
    let mut response = plain(stdout.slice(output.body_at..));
    *response.status_mut() = output.status;
    for (name, value) in &output.headers {
        if name == CONTENT_TYPE {
            response.headers_mut().insert(name, value.clone());
        } else {
            response.headers_mut().append(name, value.clone());
        }
    }
    Ok(response)
}
