//! How does a handler see a request and give its response? Whole bodies; for streams use [`crate::wasi`].

use crate::wasi::http::types::{
    Fields, IncomingRequest, Method, OutgoingBody, OutgoingResponse, ResponseOutparam,
};
use crate::wasi::io::streams::StreamError;

/// A request.
pub struct Request {
    inner: IncomingRequest,
    path_with_query: String,
}

/// A response.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Response {
    /// The status; 0 stands for 200.
    pub status: u16,
    /// Names and values, in their order; names may repeat.
    pub headers: Vec<(String, Vec<u8>)>,
    /// The body.
    pub body: Vec<u8>,
}

/// The body of a request cannot be read: it is cut short, malformed or too large.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct BodyError;

impl Request {
    /// The method, in capitals.
    pub fn method(&self) -> String {
        match self.inner.method() {
            Method::Get => "GET".into(),
            Method::Head => "HEAD".into(),
            Method::Post => "POST".into(),
            Method::Put => "PUT".into(),
            Method::Delete => "DELETE".into(),
            Method::Connect => "CONNECT".into(),
            Method::Options => "OPTIONS".into(),
            Method::Trace => "TRACE".into(),
            Method::Patch => "PATCH".into(),
            Method::Other(name) => name,
        }
    }

    /// The path as it was sent, without the query.
    pub fn path(&self) -> &str {
        self.path_with_query.split('?').next().unwrap_or_default()
    }

    /// The query as it was sent.
    pub fn query(&self) -> Option<&str> {
        self.path_with_query.split_once('?').map(|(_, query)| query)
    }

    /// The first value of a header.
    pub fn header(&self, name: &str) -> Option<Vec<u8>> {
        self.inner.headers().get(name).into_iter().next()
    }

    /// The whole body; empty when it was read before.
    ///
    /// # Errors
    /// When the body is cut short, malformed or too large.
    pub fn body(&self) -> Result<Vec<u8>, BodyError> {
        let Ok(body) = self.inner.consume() else {
            return Ok(Vec::new());
        };
        let stream = body.stream().map_err(|()| BodyError)?;
        let mut bytes = Vec::new();
        loop {
            match stream.blocking_read(64 << 10) {
                Ok(chunk) => bytes.extend(chunk),
                Err(StreamError::Closed) => return Ok(bytes),
                Err(StreamError::LastOperationFailed(_)) => return Err(BodyError),
            }
        }
    }
}

impl Response {
    /// A plain text.
    pub fn text(text: impl Into<String>) -> Self {
        Response::new(200, "text/plain; charset=utf-8", text.into())
    }

    /// A value as JSON; a value that JSON cannot carry becomes a 500.
    pub fn json(value: &impl serde::Serialize) -> Self {
        match serde_json::to_vec(value) {
            Ok(body) => Response::new(200, "application/json", body),
            Err(error) => Response::new(500, "text/plain; charset=utf-8", error.to_string()),
        }
    }

    /// A response with this status, content type and body.
    pub fn new(status: u16, content_type: &str, body: impl Into<Vec<u8>>) -> Self {
        let headers = vec![("content-type".to_owned(), content_type.as_bytes().to_vec())];
        Response { status, headers, body: body.into() }
    }
}

#[doc(hidden)]
pub fn serve(request: IncomingRequest, out: ResponseOutparam, handle: impl FnOnce(Request) -> Response) {
    let path_with_query = request.path_with_query().unwrap_or_else(|| "/".into());
    let response = handle(Request { inner: request, path_with_query });
    send(&response, out);
}

/// Sends the response. What the host refuses (a forbidden header, a client that went away) ends the answer there.
fn send(response: &Response, out: ResponseOutparam) {
    let fields = Fields::new();
    for (name, value) in &response.headers {
        let _ = fields.append(name, value);
    }
    let outgoing = OutgoingResponse::new(fields);
    let _ = outgoing.set_status_code(if response.status == 0 { 200 } else { response.status });
    let Ok(body) = outgoing.body() else { return };
    ResponseOutparam::set(out, Ok(outgoing));
    if let Ok(stream) = body.write() {
        for chunk in response.body.chunks(4096) {
            if stream.blocking_write_and_flush(chunk).is_err() {
                return;
            }
        }
    }
    let _ = OutgoingBody::finish(body, None);
}

/// Makes a function `fn(Request) -> Response` the handler of this component.
#[macro_export]
macro_rules! http {
    ($handle:path) => {
        struct WindlassHandler;

        impl $crate::wasi::exports::http::incoming_handler::Guest for WindlassHandler {
            fn handle(
                request: $crate::wasi::http::types::IncomingRequest,
                out: $crate::wasi::http::types::ResponseOutparam,
            ) {
                $crate::http::serve(request, out, $handle);
            }
        }

        $crate::wasi::http::proxy::export!(WindlassHandler with_types_in $crate::wasi);
    };
}
