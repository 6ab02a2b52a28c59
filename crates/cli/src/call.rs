//! How is one function run once from the command line?

use crate::args::{Call, Single};
use crate::exit::{Exit, print_bytes};
use crate::{build, project};
use bytes::Bytes;
use http::{HeaderName, HeaderValue, Method, Request};
use http_body_util::{BodyExt, Full};
use serde_json::Value;
use std::io::Read;
use std::process::ExitCode;
use windlass_app::{App, Shape, StdinForm};
use windlass_runtime::{BodyError, Fault, Loaded, RequestId};
use windlass_server::{AnswerBody, Incoming, invoke};

/// Runs the function and prints its answer. A rejection and an error status end with exit code 1.
pub fn run(args: Call) -> Result<ExitCode, Exit> {
    let place = project::find(&args.project)?;
    let app = project::open_good(&place, &Single::default())?;
    let app = only(app, &args.function)?;
    build::ensure(&app, false)?;
    let runtime = project::runtime(&app, &args.cache)?;
    let loaded = project::load(&runtime, &app, &Loaded::default())?;
    let input = input(args.input.as_deref())?;
    let Some(prepared) = loaded.iter().next() else {
        return Err(Exit::user("the project has no functions"));
    };
    let request = match prepared.shape {
        Shape::Http => http_request(&args, input)?,
        Shape::Command => command_request(&args, prepared.function.stdin, input)?,
        Shape::Method => request(Method::POST, &args.path, &args.headers, input)?,
    };
    let executor = tokio::runtime::Builder::new_multi_thread()
        .worker_threads(1)
        .enable_all()
        .build()
        .map_err(Exit::ours)?;
    let answered = executor.block_on(async {
        let response = invoke(prepared, Incoming::direct(RequestId(0), request)).await?;
        let (head, body) = response.into_parts();
        let body: Bytes = AnswerBody::collect(body).await?.to_bytes();
        Ok::<_, Fault>((head, body))
    });
    executor.shutdown_background();
    match answered {
        Ok((head, body)) => {
            print_answer(&body)?;
            let failed = head.status.is_client_error() || head.status.is_server_error();
            if failed {
                return Err(Exit::user(format!("{} answered {}", args.function, head.status)));
            }
            Ok(ExitCode::SUCCESS)
        }
        Err(Fault::Rejected(value)) => {
            print_answer(value.to_string().as_bytes())?;
            Err(Exit::user(format!("{} answered with the error arm of its result", args.function)))
        }
        Err(Fault::Host(why)) => Err(Exit::ours(anyhow::anyhow!("{}: {why}", args.function))),
        Err(fault) => Err(Exit::user(format!("{}: {fault}", args.function))),
    }
}

/// The project with this one function left, so that nothing else is compiled.
fn only(mut app: App, address: &str) -> Result<App, Exit> {
    if app.function(address).is_none() {
        let known: Vec<String> = app.functions().map(|function| function.id.to_string()).collect();
        let known = if known.is_empty() { "none".to_owned() } else { known.join(", ") };
        return Err(Exit::user(format!("there is no function {address:?}\n  help: functions here: {known}")));
    }
    for service in &mut app.services {
        service.functions.retain(|function| function.id.to_string() == address);
    }
    Ok(app)
}

fn input(given: Option<&str>) -> Result<Option<Bytes>, Exit> {
    match given {
        None => Ok(None),
        Some("-") => {
            let mut bytes = Vec::new();
            std::io::stdin().read_to_end(&mut bytes).map_err(Exit::user)?;
            Ok(Some(bytes.into()))
        }
        Some(text) => match text.strip_prefix('@') {
            Some(path) => {
                let read = std::fs::read(path);
                read.map(|bytes| Some(bytes.into()))
                    .map_err(|error| Exit::user(format!("{path} cannot be read: {error}")))
            }
            None => Ok(Some(Bytes::copy_from_slice(text.as_bytes()))),
        },
    }
}

type CallBody = http_body_util::combinators::UnsyncBoxBody<Bytes, BodyError>;

fn http_request(args: &Call, input: Option<Bytes>) -> Result<Request<CallBody>, Exit> {
    let default = if input.is_some() { Method::POST } else { Method::GET };
    request(args.method.clone().unwrap_or(default), &args.path, &args.headers, input)
}

/// A command's parameters are the fields of the JSON object, as they would come in a query.
fn command_request(args: &Call, form: StdinForm, input: Option<Bytes>) -> Result<Request<CallBody>, Exit> {
    let bytes = input.unwrap_or_default();
    let json: Value = match serde_json::from_slice(&bytes) {
        _ if bytes.is_empty() => Value::Null,
        Ok(object @ Value::Object(_)) => object,
        // With stdin = "request" any body will do.
        _ if form == StdinForm::Request => Value::Null,
        Ok(_) => return Err(Exit::user("the input of a command is a JSON object: its parameters")),
        Err(error) => return Err(Exit::user(format!("the input of a command is a JSON object: {error}"))),
    };
    let mut query = Vec::new();
    for (key, value) in json.as_object().into_iter().flatten() {
        let text = value.as_str().map_or_else(|| value.to_string(), str::to_owned);
        query.push(format!("{}={}", escape(key), escape(&text)));
    }
    let join = if args.path.contains('?') { "&" } else { "?" };
    let path =
        if query.is_empty() { args.path.clone() } else { format!("{}{join}{}", args.path, query.join("&")) };
    let method = args.method.clone().unwrap_or(Method::GET);
    request(method, &path, &args.headers, Some(bytes))
}

fn escape(text: &str) -> String {
    let plain = |byte: u8| byte.is_ascii_alphanumeric() || b"-._~".contains(&byte);
    text.bytes()
        .map(|byte| if plain(byte) { char::from(byte).to_string() } else { format!("%{byte:02X}") })
        .collect()
}

fn request(
    method: Method,
    path: &str,
    headers: &[String],
    body: Option<Bytes>,
) -> Result<Request<CallBody>, Exit> {
    let body = body.unwrap_or_default();
    let mut request = Request::new(Full::new(body.clone()).map_err(|never| match never {}).boxed_unsync());
    *request.method_mut() = method;
    *request.uri_mut() = path.parse().map_err(|error| Exit::user(format!("--path {path:?}: {error}")))?;
    request.headers_mut().insert(http::header::HOST, HeaderValue::from_static("localhost"));
    if !body.is_empty() {
        request.headers_mut().insert(http::header::CONTENT_LENGTH, body.len().into());
    }
    for text in headers {
        let wrong = || Exit::user(format!("--header {text:?} is not \"NAME: VALUE\""));
        let (name, value) = text.split_once(':').ok_or_else(wrong)?;
        let name = HeaderName::try_from(name.trim()).map_err(|_| wrong())?;
        request.headers_mut().append(name, HeaderValue::try_from(value.trim()).map_err(|_| wrong())?);
    }
    Ok(request)
}

/// The answer, with a line end for terminals where it has none.
fn print_answer(body: &[u8]) -> Result<(), Exit> {
    use std::io::IsTerminal;
    print_bytes(body)?;
    let open_line = !body.is_empty() && !body.ends_with(b"\n");
    let is_json = serde_json::from_slice::<Value>(body).is_ok();
    if open_line && (is_json || std::io::stdout().is_terminal()) { print_bytes(b"\n") } else { Ok(()) }
}
