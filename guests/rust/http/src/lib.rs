//! An http guest that does, by path, everything that the tests need a guest to do.

use wasip2::clocks::monotonic_clock;
use wasip2::exports::http::incoming_handler::Guest;
use wasip2::http::types::{
    ErrorCode, Fields, IncomingRequest, Method, OutgoingBody, OutgoingResponse, ResponseOutparam,
};
use wasip2::io::streams::{OutputStream, StreamError};

struct Handler;

impl Guest for Handler {
    fn handle(request: IncomingRequest, out: ResponseOutparam) {
        let target = request.path_with_query().unwrap_or_default();
        let (path, query) = target.split_once('?').unwrap_or((&target, ""));
        match path.trim_start_matches('/') {
            "echo" => echo(request, out),
            "hash" => hash(request, out),
            "headers" => headers(request, out),
            "method" => text(out, 200, &method(request.method())),
            "target" => text(out, 200, &target),
            "trailers" => trailers(request, out),
            "status" => text(out, query.parse().unwrap_or(200), "status\n"),
            "after" => after(out, query),
            "trap-after" => {
                text(out, 200, "answered\n");
                panic!("after the answer");
            }
            "sleep" => {
                eprintln!("sleeping");
                sleep(query.parse().unwrap_or(0));
                text(out, 200, "slept\n");
            }
            "loop" => spin(),
            "panic" => {
                eprintln!("about to panic with {query}");
                panic!("on purpose");
            }
            "never" => drop(out),
            "error" => ResponseOutparam::set(out, Err(ErrorCode::InternalError(Some("inside".into())))),
            "twice" => {
                text(out, 200, "once\n");
                let second = unsafe { ResponseOutparam::from_handle(1) };
                text(second, 200, "twice\n");
            }
            "allocate" => allocate(out, query.parse().unwrap_or(0)),
            "recurse" => text(out, 200, &recurse(1).to_string()),
            "write" => write(out, query.parse().unwrap_or(0)),
            "cut" => cut(out),
            "forever" => forever(out),
            "count" => text(out, 200, &count().to_string()),
            "random" => text(out, 200, &format!("{:?}", wasip2::random::random::get_random_bytes(8))),
            "clock" => {
                let wall = wasip2::clocks::wall_clock::now();
                text(out, 200, &format!("{} {}", wall.seconds, monotonic_clock::now()));
            }
            "env" => text(out, 200, &format!("{:?}", wasip2::cli::environment::get_environment())),
            "args" => text(out, 200, &format!("{:?}", wasip2::cli::environment::get_arguments())),
            "fetch" => fetch(out),
            "socket" => socket(out),
            _ => text(out, 404, "no such thing\n"),
        }
    }
}

fn echo(request: IncomingRequest, out: ResponseOutparam) {
    let fields = Fields::new();
    if let Some(kind) = request.headers().get("content-type").first() {
        fields.append("content-type", kind).unwrap();
    }
    let body = start(out, 200, fields);
    let incoming = request.consume().unwrap();
    {
        let (from, to) = (incoming.stream().unwrap(), body.write().unwrap());
        loop {
            match from.blocking_read(64 << 10) {
                Ok(bytes) => send(&to, &bytes),
                Err(StreamError::Closed) => break,
                Err(StreamError::LastOperationFailed(error)) => {
                    eprintln!("reading failed: {}", error.to_debug_string());
                    return;
                }
            }
        }
    }
    OutgoingBody::finish(body, None).unwrap();
}

/// Length and FNV-1a hash of the body, so that a large one need not come back.
fn hash(request: IncomingRequest, out: ResponseOutparam) {
    let incoming = request.consume().unwrap();
    let stream = incoming.stream().unwrap();
    let (mut length, mut hash) = (0_u64, 0xcbf2_9ce4_8422_2325_u64);
    loop {
        match stream.blocking_read(256 << 10) {
            Ok(bytes) => {
                length += bytes.len() as u64;
                for byte in bytes {
                    hash = (hash ^ u64::from(byte)).wrapping_mul(0x100_0000_01b3);
                }
            }
            Err(StreamError::Closed) => break,
            Err(StreamError::LastOperationFailed(_)) => return text(out, 500, "reading failed\n"),
        }
    }
    text(out, 200, &format!("{length} {hash:016x}"));
}

/// Sends every header that starts with `x-` back, in order, values untouched.
fn headers(request: IncomingRequest, out: ResponseOutparam) {
    let fields = Fields::new();
    let mut listed = String::new();
    for (name, value) in request.headers().entries() {
        if name.starts_with("x-") {
            fields.append(&name, &value).unwrap();
        }
        listed.push_str(&format!("{name}: {value:?}\n"));
    }
    let body = start(out, 200, fields);
    send(&body.write().unwrap(), listed.as_bytes());
    OutgoingBody::finish(body, None).unwrap();
}

/// Answers with the request's trailers as trailers.
fn trailers(request: IncomingRequest, out: ResponseOutparam) {
    let incoming = request.consume().unwrap();
    {
        let stream = incoming.stream().unwrap();
        while stream.blocking_read(4096).is_ok() {}
    }
    let future = wasip2::http::types::IncomingBody::finish(incoming);
    future.subscribe().block();
    let got = future.get().unwrap().unwrap().unwrap();
    let fields = Fields::new();
    fields.append("trailer", b"x-got").unwrap();
    let body = start(out, 200, fields);
    send(&body.write().unwrap(), b"body\n");
    let told = Fields::new();
    let first = got.and_then(|fields| fields.get("x-sum").into_iter().next());
    told.append("x-got", first.as_deref().unwrap_or(b"none")).unwrap();
    OutgoingBody::finish(body, Some(told)).unwrap();
}

/// Answers, then works on; what it did is seen in the log.
fn after(out: ResponseOutparam, query: &str) {
    text(out, 200, "answered\n");
    sleep(query.parse().unwrap_or(100));
    eprintln!("worked on after the answer");
}

fn allocate(out: ResponseOutparam, mebibytes: usize) {
    let mut blocks: Vec<Vec<u8>> = Vec::new();
    for _ in 0..mebibytes {
        blocks.push(vec![1; 1 << 20]);
    }
    text(out, 200, &format!("{} MiB\n", blocks.len()));
}

#[allow(unconditional_recursion)]
fn recurse(depth: u64) -> u64 {
    std::hint::black_box(recurse(std::hint::black_box(depth + 1))) + 1
}

fn write(out: ResponseOutparam, bytes: u64) {
    let body = start(out, 200, Fields::new());
    {
        let stream = body.write().unwrap();
        let block = vec![b'x'; 64 << 10];
        let mut left = bytes;
        while left > 0 {
            let size = left.min(block.len() as u64) as usize;
            send(&stream, &block[..size]);
            left -= size as u64;
        }
    }
    OutgoingBody::finish(body, None).unwrap();
}

/// Sends a part of its answer, flushed, and traps.
fn cut(out: ResponseOutparam) {
    let body = start(out, 200, Fields::new());
    send(&body.write().unwrap(), b"a part");
    sleep(50);
    panic!("in mid-answer");
}

/// Sends a line every 10 ms until nobody listens.
fn forever(out: ResponseOutparam) {
    let body = start(out, 200, Fields::new());
    let stream = body.write().unwrap();
    eprintln!("streaming");
    loop {
        if stream.blocking_write_and_flush(b"tick\n").is_err() {
            eprintln!("nobody listens");
            return;
        }
        sleep(10);
    }
}

/// How many requests this instance has answered.
fn count() -> u32 {
    use std::sync::atomic::{AtomicU32, Ordering};
    static COUNT: AtomicU32 = AtomicU32::new(0);
    COUNT.fetch_add(1, Ordering::Relaxed) + 1
}

fn fetch(out: ResponseOutparam) {
    use wasip2::http::{outgoing_handler, types::OutgoingRequest};
    let request = OutgoingRequest::new(Fields::new());
    request.set_scheme(Some(&wasip2::http::types::Scheme::Http)).unwrap();
    request.set_authority(Some("127.0.0.1:1")).unwrap();
    request.set_path_with_query(Some("/")).unwrap();
    let told = match outgoing_handler::handle(request, None) {
        Err(code) => format!("{code:?}"),
        Ok(future) => {
            future.subscribe().block();
            match future.get() {
                Some(Ok(Err(code))) => format!("{code:?}"),
                _ => "an answer".into(),
            }
        }
    };
    text(out, 200, &told);
}

fn socket(out: ResponseOutparam) {
    use wasip2::sockets::{instance_network, ip_name_lookup, network, tcp_create_socket};
    let tcp = tcp_create_socket::create_tcp_socket(network::IpAddressFamily::Ipv4);
    let lookup = ip_name_lookup::resolve_addresses(&instance_network::instance_network(), "localhost");
    let looked = lookup.map(|stream| {
        stream.subscribe().block();
        format!("{:?}", stream.resolve_next_address())
    });
    text(out, 200, &format!("{:?} {looked:?}", tcp.map(|_| "a socket")));
}

fn spin() -> ! {
    loop {
        std::hint::black_box(0);
    }
}

fn sleep(milliseconds: u64) {
    monotonic_clock::subscribe_duration(milliseconds * 1_000_000).block();
}

fn text(out: ResponseOutparam, status: u16, text: &str) {
    let fields = Fields::new();
    fields.append("content-type", b"text/plain; charset=utf-8").unwrap();
    let body = start(out, status, fields);
    send(&body.write().unwrap(), text.as_bytes());
    OutgoingBody::finish(body, None).unwrap();
}

fn start(out: ResponseOutparam, status: u16, fields: Fields) -> OutgoingBody {
    let response = OutgoingResponse::new(fields);
    response.set_status_code(status).unwrap();
    let body = response.body().unwrap();
    ResponseOutparam::set(out, Ok(response));
    body
}

fn send(stream: &OutputStream, bytes: &[u8]) {
    for chunk in bytes.chunks(4096) {
        stream.blocking_write_and_flush(chunk).unwrap();
    }
}

fn method(method: Method) -> String {
    match method {
        Method::Other(name) => format!("other {name}"),
        known => format!("{known:?}"),
    }
}

wasip2::http::proxy::export!(Handler);
