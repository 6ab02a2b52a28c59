//! A client that sends any bytes and reads any answer.

use std::io::{BufRead, BufReader, Read, Write};
use std::net::TcpStream;
use std::time::Duration;

#[derive(Debug, Default)]
pub struct Answer {
    pub status: u16,
    pub headers: Vec<(String, Vec<u8>)>,
    pub body: Vec<u8>,
    pub trailers: Vec<(String, Vec<u8>)>,
    /// Whether the connection ended before the answer did.
    pub cut: bool,
}

impl Answer {
    pub fn text(&self) -> String {
        String::from_utf8_lossy(&self.body).into_owned()
    }

    pub fn header(&self, name: &str) -> String {
        let found = self.headers.iter().find(|(key, _)| key == name);
        found.map(|(_, value)| String::from_utf8_lossy(value).into_owned()).unwrap_or_default()
    }

    /// Status and body, for short expectations.
    pub fn told(&self) -> (u16, String) {
        (self.status, self.text())
    }
}

pub fn connect(address: &str) -> TcpStream {
    let stream = TcpStream::connect(address).unwrap();
    stream.set_read_timeout(Some(Duration::from_secs(90))).unwrap();
    stream
}

pub fn exchange(address: &str, request: &[u8]) -> Answer {
    let mut stream = connect(address);
    // The server may answer and close before it has read everything.
    let _ = stream.write_all(request);
    let head_only = request.starts_with(b"HEAD ");
    read(&mut BufReader::new(stream), head_only)
}

/// Reads one answer from a connection.
pub fn read(from: &mut impl BufRead, head_only: bool) -> Answer {
    let mut answer = Answer::default();
    let Some(first) = line(from) else {
        answer.cut = true;
        return answer;
    };
    answer.status =
        String::from_utf8_lossy(&first).split(' ').nth(1).and_then(|code| code.parse().ok()).unwrap_or(0);
    answer.headers = fields(from);
    let length = answer.header("content-length").parse::<usize>().ok();
    if head_only || answer.status == 204 {
    } else if answer.header("transfer-encoding") == "chunked" {
        chunks(from, &mut answer);
    } else if let Some(length) = length {
        answer.cut =
            from.take(length as u64).read_to_end(&mut answer.body).is_err() || answer.body.len() < length;
    } else {
        answer.cut = from.read_to_end(&mut answer.body).is_err();
    }
    answer
}

fn chunks(from: &mut impl BufRead, answer: &mut Answer) {
    loop {
        let size =
            line(from).and_then(|size| usize::from_str_radix(&String::from_utf8_lossy(&size), 16).ok());
        let Some(size) = size else {
            answer.cut = true;
            return;
        };
        if size == 0 {
            answer.trailers = fields(from);
            return;
        }
        let mut chunk = vec![0; size + 2];
        if from.read_exact(&mut chunk).is_err() {
            answer.cut = true;
            return;
        }
        answer.body.extend_from_slice(&chunk[..size]);
    }
}

fn line(from: &mut impl BufRead) -> Option<Vec<u8>> {
    let mut line = Vec::new();
    let size = from.read_until(b'\n', &mut line).ok()?;
    (size > 0).then(|| line.trim_ascii_end().to_vec())
}

fn fields(from: &mut impl BufRead) -> Vec<(String, Vec<u8>)> {
    let mut fields = Vec::new();
    while let Some(line) = line(from).filter(|line| !line.is_empty()) {
        let colon = line.iter().position(|byte| *byte == b':').unwrap();
        let name = String::from_utf8_lossy(&line[..colon]).to_lowercase();
        fields.push((name, line[colon + 1..].trim_ascii().to_vec()));
    }
    fields
}
