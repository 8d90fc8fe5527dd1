//! HTTP/1.1, as far as gh speaks it: one request a connection, a body of known length
//! or in chunks.

use std::collections::BTreeMap;
use std::io::{BufRead, BufReader, Error, ErrorKind, Read, Result, Write};
use std::os::unix::net::UnixStream;

use serde_json::Value;

/// More than any request that a test sends; what is larger is refused.
const MOST_BYTES: usize = 64 << 20;

/// What was asked.
#[derive(Clone, Debug, Default)]
pub(crate) struct Request {
    /// GET, POST, …
    pub(crate) method: String,
    /// Path with query, as sent.
    pub(crate) target: String,
    /// Segments of the path, decoded.
    pub(crate) segments: Vec<String>,
    /// Values of the query, decoded.
    pub(crate) query: BTreeMap<String, String>,
    /// Headers by their names in lower case.
    pub(crate) headers: BTreeMap<String, String>,
    /// The body.
    pub(crate) body: Vec<u8>,
}

/// What is answered.
#[derive(Clone, Debug)]
pub(crate) struct Response {
    /// 200, 404, …
    pub(crate) status: u16,
    /// Headers beside those that every answer has.
    pub(crate) headers: Vec<(String, String)>,
    /// The body.
    pub(crate) body: Vec<u8>,
}

impl Response {
    /// A JSON body.
    pub(crate) fn json(status: u16, body: &Value) -> Self {
        let kind = "application/json; charset=utf-8";
        Self { status, headers: vec![], body: body.to_string().into_bytes() }
            .with("content-type", kind)
    }

    /// No body.
    pub(crate) fn empty(status: u16) -> Self {
        Self { status, headers: vec![], body: vec![] }
    }

    /// Bytes of some kind.
    pub(crate) fn bytes(kind: &str, body: Vec<u8>) -> Self {
        Self { status: 200, headers: vec![], body }.with("content-type", kind)
    }

    /// The same with one header more.
    pub(crate) fn with(mut self, name: &str, value: impl Into<String>) -> Self {
        self.headers.push((name.to_owned(), value.into()));
        self
    }

    /// Writes it; where `cut` is given, only so many bytes of the body.
    pub(crate) fn write(&self, stream: &mut UnixStream, cut: Option<usize>) -> Result<()> {
        let mut head = format!("HTTP/1.1 {} {}\r\n", self.status, reason(self.status));
        for (name, value) in &self.headers {
            head.push_str(&format!("{name}: {value}\r\n"));
        }
        if self.status != 204 && self.status != 304 {
            head.push_str(&format!("content-length: {}\r\n", self.body.len()));
        }
        head.push_str("connection: close\r\n\r\n");
        stream.write_all(head.as_bytes())?;
        let body = self.body.get(..cut.unwrap_or(usize::MAX)).unwrap_or(&self.body);
        stream.write_all(body)?;
        stream.flush()
    }
}

impl Request {
    /// Reads a request.
    pub(crate) fn read(stream: &UnixStream) -> Result<Self> {
        let mut reader = BufReader::new(stream);
        let first = line(&mut reader)?;
        let mut words = first.split(' ').map(str::to_owned);
        let (Some(method), Some(target)) = (words.next(), words.next()) else {
            return Err(unreadable("the first line"));
        };
        let mut headers = BTreeMap::new();
        loop {
            let line = line(&mut reader)?;
            let Some((name, value)) = line.split_once(':') else { break };
            headers.insert(name.to_ascii_lowercase(), value.trim().to_owned());
        }
        let body = body(&mut reader, &headers)?;
        let target = match target.split_once("://") {
            Some((_, rest)) => format!("/{}", rest.split_once('/').unwrap_or_default().1),
            None => target,
        };
        let (path, query) = target.split_once('?').unwrap_or((&target, ""));
        Ok(Self {
            method,
            segments: path.split('/').filter(|part| !part.is_empty()).map(decoded).collect(),
            query: query.split('&').filter_map(pair).collect(),
            target,
            headers,
            body,
        })
    }

    /// The body as JSON; an empty one is `null`.
    pub(crate) fn value(&self) -> Option<Value> {
        if self.body.is_empty() {
            return Some(Value::Null);
        }
        serde_json::from_slice(&self.body).ok()
    }

    /// A header; empty where it is not there.
    pub(crate) fn header(&self, name: &str) -> &str {
        self.headers.get(name).map_or("", String::as_str)
    }

    /// A value of the query.
    pub(crate) fn asked(&self, name: &str) -> Option<&str> {
        self.query.get(name).map(String::as_str)
    }
}

fn pair(text: &str) -> Option<(String, String)> {
    let (name, value) = text.split_once('=')?;
    Some((decoded(name), decoded(&value.replace('+', " "))))
}

fn line(reader: &mut impl BufRead) -> Result<String> {
    let mut line = String::new();
    if reader.take(1 << 20).read_line(&mut line)? == 0 {
        return Err(unreadable("a line"));
    }
    Ok(line.trim_end().to_owned())
}

fn body(reader: &mut impl BufRead, headers: &BTreeMap<String, String>) -> Result<Vec<u8>> {
    let mut body = Vec::new();
    if headers.get("transfer-encoding").is_some_and(|value| value.contains("chunked")) {
        loop {
            let size = usize::from_str_radix(&line(reader)?, 16)
                .map_err(|_| unreadable("the size of a chunk"))?;
            let begun = body.len();
            exactly(reader, size, &mut body)?;
            line(reader)?;
            if body.len() == begun {
                return Ok(body);
            }
        }
    }
    let length = headers.get("content-length").map_or(Ok(0), |text| text.parse());
    exactly(reader, length.map_err(|_| unreadable("the length"))?, &mut body)?;
    Ok(body)
}

fn exactly(reader: &mut impl Read, size: usize, body: &mut Vec<u8>) -> Result<()> {
    if body.len().saturating_add(size) > MOST_BYTES {
        return Err(unreadable("a body of this size"));
    }
    let got = reader.take(size as u64).read_to_end(body)?;
    if got < size { Err(ErrorKind::UnexpectedEof.into()) } else { Ok(()) }
}

fn unreadable(what: &str) -> Error {
    Error::new(ErrorKind::InvalidData, format!("cannot read {what}"))
}

/// Percent-decodes.
pub(crate) fn decoded(text: &str) -> String {
    let mut bytes = Vec::new();
    let mut rest = text.as_bytes();
    while let Some((first, after)) = rest.split_first() {
        let hex = after.get(..2).and_then(|hex| std::str::from_utf8(hex).ok());
        match hex.filter(|_| *first == b'%').and_then(|hex| u8::from_str_radix(hex, 16).ok()) {
            Some(byte) => {
                bytes.push(byte);
                rest = after.get(2..).unwrap_or_default();
            }
            None => {
                bytes.push(*first);
                rest = after;
            }
        }
    }
    String::from_utf8_lossy(&bytes).into_owned()
}

/// Percent-encodes what may not stand in a path or query.
pub(crate) fn encoded(text: &str) -> String {
    let mut encoded = String::new();
    for byte in text.bytes() {
        if byte.is_ascii_alphanumeric() || b"-._~".contains(&byte) {
            encoded.push(char::from(byte));
        } else {
            encoded.push_str(&format!("%{byte:02X}"));
        }
    }
    encoded
}

fn reason(status: u16) -> &'static str {
    match status {
        200 => "OK",
        201 => "Created",
        202 => "Accepted",
        204 => "No Content",
        302 => "Found",
        304 => "Not Modified",
        400 => "Bad Request",
        401 => "Unauthorized",
        403 => "Forbidden",
        404 => "Not Found",
        409 => "Conflict",
        410 => "Gone",
        422 => "Unprocessable Entity",
        429 => "Too Many Requests",
        500 => "Internal Server Error",
        502 => "Bad Gateway",
        503 => "Service Unavailable",
        _ => "Answered",
    }
}
