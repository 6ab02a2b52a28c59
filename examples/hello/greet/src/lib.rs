//! Greets whoever is named in the path.

use windlass_guest::http::{Request, Response};

windlass_guest::http!(greet);

fn greet(request: Request) -> Response {
    let name = request.path().strip_prefix("/hello/").unwrap_or("world");
    Response::text(format!("Hello, {name}!\n"))
}
