//! What are the bytes of a function, and are they WebAssembly at all?

use std::path::Path;
use windlass_app::{ByteSize, Code, Digest, Function};

/// The largest binary that is read.
const MAX_SIZE: ByteSize = ByteSize(128 << 20);

/// A WebAssembly binary, recognised by its preamble.
#[derive(Debug, Clone)]
pub struct Binary {
    /// The bytes, already translated where the source was text.
    pub bytes: Vec<u8>,
    /// The digest of what was read: for text, of the text.
    pub digest: Digest,
    /// Component or core module.
    pub kind: Kind,
}

/// What a binary is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Kind {
    /// A core module.
    Module,
    /// A component.
    Component,
}

/// Why a binary cannot be used: the message, and what to do.
pub type Refused = (String, Option<String>);

/// Reads a function's binary and compares it with its pin.
pub fn read(function: &Function) -> Result<Binary, Refused> {
    let content = match function.code.location() {
        Ok(path) => read_file(path, &function.code)?,
        Err(text) => text.as_bytes().to_vec(),
    };
    let digest = Digest::of(&content);
    if let Some(pinned) = function.hash.filter(|pinned| *pinned != digest) {
        let message = format!("the binary is {digest}, and the project file pins {pinned}");
        return Err((message, Some(format!("if this binary is the right one, write hash = \"{digest}\""))));
    }
    let bytes = translate(content)?;
    let kind = kind(&bytes)?;
    Ok(Binary { bytes, digest, kind })
}

/// The name of the binary for people.
pub fn name(code: &Code) -> String {
    code.location().map_or_else(|_| "wat in the project file".into(), |path| path.display().to_string())
}

fn read_file(path: &Path, code: &Code) -> Result<Vec<u8>, Refused> {
    let unreadable = |error: std::io::Error| match (error.kind(), code) {
        (std::io::ErrorKind::NotFound, Code::Source { .. }) => {
            ("it has not been built".into(), Some("run `windlass build`".into()))
        }
        (std::io::ErrorKind::NotFound, _) => (
            "the file does not exist".into(),
            Some("correct the path; it is relative to the project file".into()),
        ),
        _ => (format!("the file cannot be read: {error}"), None),
    };
    let metadata = std::fs::metadata(path).map_err(unreadable)?;
    if metadata.is_dir() {
        return Err((
            "it is a folder, not a file".into(),
            Some("name the .wasm or .wat file; for sources use source = \"FOLDER\"".into()),
        ));
    }
    if !metadata.is_file() {
        return Err(("it is not a regular file".into(), None));
    }
    if metadata.len() > MAX_SIZE.0 {
        return Err((
            format!("the file has {} bytes; binaries of at most {MAX_SIZE} are read", metadata.len()),
            None,
        ));
    }
    std::fs::read(path).map_err(unreadable)
}

fn translate(content: Vec<u8>) -> Result<Vec<u8>, Refused> {
    if content.starts_with(b"\0asm") {
        return Ok(content);
    }
    if content.is_empty() {
        return Err(("the file is empty".into(), Some("build it again".into())));
    }
    let text = std::str::from_utf8(&content).ok().filter(|text| is_wat(text));
    match text.map(wat::parse_str) {
        Some(Ok(bytes)) => Ok(bytes),
        Some(Err(error)) => Err((format!("the WebAssembly text does not parse: {error}"), None)),
        None => Err((
            "this is not WebAssembly: a binary starts with \"\\0asm\", and text with \"(\"".into(),
            Some("name a .wasm or .wat file".into()),
        )),
    }
}

/// Whether a text begins, after white space and comments, with an opening parenthesis.
fn is_wat(text: &str) -> bool {
    let code = text.lines().map(str::trim).find(|line| !line.is_empty() && !line.starts_with(";;"));
    code.is_some_and(|line| line.starts_with('('))
}

fn kind(bytes: &[u8]) -> Result<Kind, Refused> {
    match bytes.get(4..8) {
        Some([1, 0, 0, 0]) => Ok(Kind::Module),
        Some([0x0d, 0, 1, 0]) => Ok(Kind::Component),
        Some(version) => Err((format!("WebAssembly of the version {version:?} is not known"), None)),
        None => Err(("the binary is cut short".into(), Some("build it again".into()))),
    }
}
