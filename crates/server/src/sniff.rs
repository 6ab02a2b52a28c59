//! Of what type is a body whose author did not say?
//!
//! The WHATWG MIME sniffing standard as Go's `net/http` follows it: the first 512 bytes decide, and JSON comes
//! out as plain text.

/// Bytes that are looked at.
const WINDOW: usize = 512;

/// Types told by a prefix, in the standard's order.
const PREFIXES: &[(&[u8], &str)] = &[
    (b"%PDF-", "application/pdf"),
    (b"%!PS-Adobe-", "application/postscript"),
    (b"\xFE\xFF", "text/plain; charset=utf-16be"),
    (b"\xFF\xFE", "text/plain; charset=utf-16le"),
    (b"\xEF\xBB\xBF", "text/plain; charset=utf-8"),
    (b"\x00\x00\x01\x00", "image/x-icon"),
    (b"\x00\x00\x02\x00", "image/x-icon"),
    (b"BM", "image/bmp"),
    (b"GIF87a", "image/gif"),
    (b"GIF89a", "image/gif"),
    (b"\x89PNG\r\n\x1A\n", "image/png"),
    (b"\xFF\xD8\xFF", "image/jpeg"),
    (b"ID3", "audio/mpeg"),
    (b"OggS\x00", "application/ogg"),
    (b"MThd\x00\x00\x00\x06", "audio/midi"),
    (b"\x1A\x45\xDF\xA3", "video/webm"),
    (b"\x00\x01\x00\x00", "font/ttf"),
    (b"OTTO", "font/otf"),
    (b"ttcf", "font/collection"),
    (b"wOFF", "font/woff"),
    (b"wOF2", "font/woff2"),
    (b"\x1F\x8B\x08", "application/x-gzip"),
    (b"PK\x03\x04", "application/zip"),
    (b"Rar!\x1A\x07\x00", "application/x-rar-compressed"),
    (b"Rar!\x1A\x07\x01\x00", "application/x-rar-compressed"),
    (b"\x00\x61\x73\x6D", "application/wasm"),
];

/// `RIFF` and `FORM` containers, told by their inner tag.
const CONTAINERS: &[(&[u8], &[u8], &str)] = &[
    (b"RIFF", b"WEBPVP", "image/webp"),
    (b"FORM", b"AIFF", "audio/aiff"),
    (b"RIFF", b"AVI ", "video/avi"),
    (b"RIFF", b"WAVE", "audio/wave"),
];

const HTML_TAGS: &[&str] = &[
    "<!DOCTYPE HTML",
    "<HTML",
    "<HEAD",
    "<SCRIPT",
    "<IFRAME",
    "<H1",
    "<DIV",
    "<FONT",
    "<TABLE",
    "<A",
    "<STYLE",
    "<TITLE",
    "<B",
    "<BODY",
    "<BR",
    "<P",
    "<!--",
];

/// The content type of this body.
pub fn content_type(body: &[u8]) -> &'static str {
    let data = body.get(..WINDOW).unwrap_or(body);
    let start = data.iter().position(|byte| !is_space(*byte)).unwrap_or(data.len());
    let text = data.get(start..).unwrap_or_default();
    if HTML_TAGS.iter().any(|tag| is_tag(text, tag)) {
        return "text/html; charset=utf-8";
    }
    if text.starts_with(b"<?xml") {
        return "text/xml; charset=utf-8";
    }
    if let Some((_, kind)) = PREFIXES.iter().find(|(prefix, _)| data.starts_with(prefix)) {
        return kind;
    }
    let inner = data.get(8..).unwrap_or_default();
    let container =
        CONTAINERS.iter().find(|(outer, tag, _)| data.starts_with(outer) && inner.starts_with(tag));
    if let Some((_, _, kind)) = container {
        return kind;
    }
    if is_mp4(data) {
        return "video/mp4";
    }
    if text.iter().any(|byte| is_binary(*byte)) {
        "application/octet-stream"
    } else {
        "text/plain; charset=utf-8"
    }
}

fn is_space(byte: u8) -> bool {
    matches!(byte, b'\t' | b'\n' | 0x0C | b'\r' | b' ')
}

fn is_binary(byte: u8) -> bool {
    matches!(byte, 0..=8 | 0x0B | 0x0E..=0x1A | 0x1C..=0x1F)
}

/// The tag without case, ended by a space or `>`; a comment ends by itself.
fn is_tag(text: &[u8], tag: &str) -> bool {
    let same = text.get(..tag.len()).is_some_and(|head| head.eq_ignore_ascii_case(tag.as_bytes()));
    let ended = tag == "<!--" || text.get(tag.len()).is_some_and(|byte| matches!(byte, b' ' | b'>'));
    same && ended
}

/// An `ftyp` box with a brand that begins with `mp4`.
fn is_mp4(data: &[u8]) -> bool {
    let Some(size) = data.first_chunk::<4>().map(|bytes| u32::from_be_bytes(*bytes) as usize) else {
        return false;
    };
    let Some(head) = data.get(..size).filter(|_| size % 4 == 0) else {
        return false;
    };
    let is_ftyp = head.get(4..8) == Some(b"ftyp");
    let mut brands = head.get(8..).unwrap_or_default().chunks(4).enumerate().filter(|(index, _)| *index != 1);
    is_ftyp && brands.any(|(_, brand)| brand.starts_with(b"mp4"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn types_are_those_that_go_finds() {
        for (body, kind) in [
            (&b"hello"[..], "text/plain; charset=utf-8"),
            (b"{\"a\":1}", "text/plain; charset=utf-8"),
            (b"", "text/plain; charset=utf-8"),
            (b"  \n<html><p>", "text/html; charset=utf-8"),
            (b"<!-- x", "text/html; charset=utf-8"),
            (b"<htmlx", "text/plain; charset=utf-8"),
            (b"<?xml version", "text/xml; charset=utf-8"),
            (b"\xFF\xFEx", "text/plain; charset=utf-16le"),
            (b"\x89PNG\r\n\x1A\n...", "image/png"),
            (b"RIFF....WEBPVP8", "image/webp"),
            (b"a\0b", "application/octet-stream"),
            (b"\0\0\0\x10ftypmp42\0\0\0\0", "video/mp4"),
            (b"\x1F\x8B\x08x", "application/x-gzip"),
        ] {
            assert_eq!(content_type(body), kind, "{body:?}");
        }
    }
}
