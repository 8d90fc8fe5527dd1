//! What `gh api -i` prints: a status line, headers, an empty line, the body.

use jiff::fmt::rfc2822;
use serde::de::DeserializeOwned;
use serde_json::Value;

use crate::clock;

/// An answer of the server.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Answer {
    /// HTTP status.
    pub status: u16,
    /// Headers, names in lower case.
    pub headers: Vec<(String, String)>,
    /// The body's bytes.
    pub body: Vec<u8>,
}

impl Answer {
    /// Reads what gh printed; `None` where it is no answer of a server.
    #[must_use]
    pub fn read(printed: &[u8]) -> Option<Self> {
        let mut rest = printed;
        let status_line = line(&mut rest)?;
        let mut words = status_line.split_ascii_whitespace();
        words.next().filter(|protocol| protocol.starts_with("HTTP/"))?;
        let status = words.next()?.parse().ok().filter(|status| (100..600).contains(status))?;
        let mut headers = Vec::new();
        loop {
            let header = line(&mut rest)?;
            if header.is_empty() {
                return Some(Self { status, headers, body: rest.to_vec() });
            }
            let (name, value) = header.split_once(':')?;
            headers.push((name.trim().to_ascii_lowercase(), value.trim().to_owned()));
        }
    }

    /// The first header of that name; names in lower case.
    #[must_use]
    pub fn header(&self, name: &str) -> Option<&str> {
        self.headers.iter().find(|(other, _)| other == name).map(|(_, value)| value.as_str())
    }

    /// A header that is a number.
    #[must_use]
    pub fn number(&self, name: &str) -> Option<u64> {
        self.header(name)?.parse().ok()
    }

    /// How many seconds this machine's clock is ahead of the answer's date; what the way
    /// took included.
    #[must_use]
    pub fn clock_ahead(&self) -> Option<i64> {
        // RFC 9110 writes GMT, which RFC 2822 has as a zone of old.
        let date = rfc2822::DateTimeParser::new().parse_timestamp(self.header("date")?).ok()?;
        Some(clock::now().as_second().saturating_sub(date.as_second()))
    }

    /// The body as JSON.
    ///
    /// # Errors
    /// Where it is none, or of another form.
    pub fn json<T: DeserializeOwned>(&self) -> Result<T, serde_json::Error> {
        serde_json::from_slice(&self.body)
    }

    /// What the server says in `message`, and of each of its `errors`.
    #[must_use]
    pub fn message(&self) -> Option<String> {
        let body: Value = serde_json::from_slice(&self.body).ok()?;
        let message = body.get("message")?.as_str()?;
        let more = body.get("errors").and_then(Value::as_array).into_iter().flatten();
        let more = more.filter_map(|error| error.get("message").unwrap_or(error).as_str());
        Some(std::iter::once(message).chain(more).collect::<Vec<_>>().join("; "))
    }

    /// The path of the next page (RFC 8288 `Link`, relation `next`), relative to the
    /// server's root of the API.
    ///
    /// # Errors
    /// What stands there, where gh would take it for a whole address, to which it would
    /// send its token, or for an option.
    pub(crate) fn next_page(&self) -> Result<Option<String>, String> {
        let Some(next) = self.linked() else { return Ok(None) };
        let begins = next.starts_with(|first: char| first.is_ascii_alphabetic());
        if begins && !next.contains("://") { Ok(Some(next)) } else { Err(next) }
    }

    fn linked(&self) -> Option<String> {
        let link = self.header("link")?;
        let next = link.split(',').find(|part| part.contains("rel=\"next\""))?;
        let (_, rest) = next.split_once('<')?;
        let (url, _) = rest.split_once('>')?;
        let (_, rest) = url.split_once("://")?;
        let (_, path) = rest.split_once('/')?;
        Some(path.strip_prefix("api/v3/").unwrap_or(path).to_owned())
    }
}

/// Takes a line off; its end is LF or CRLF.
fn line<'a>(rest: &mut &'a [u8]) -> Option<&'a str> {
    let end = rest.iter().position(|byte| *byte == b'\n')?;
    let (line, after) = rest.split_at_checked(end)?;
    *rest = after.get(1..).unwrap_or_default();
    std::str::from_utf8(line.strip_suffix(b"\r").unwrap_or(line)).ok()
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn what_gh_prints_is_read() {
        let printed = b"HTTP/2.0 201 Created\nEtag: \"x\"\r\nLink: <https://api.github.com/repos/o/r/x?page=2>; rel=\"next\", <https://a/b>; rel=\"last\"\r\n\r\n{\"message\":\"No\",\"errors\":[\"one\",{\"message\":\"two\"}]}";
        let answer = Answer::read(printed).unwrap();
        assert_eq!(answer.status, 201);
        assert_eq!(answer.header("etag"), Some("\"x\""));
        assert_eq!(answer.message().as_deref(), Some("No; one; two"));
        assert_eq!(answer.next_page(), Ok(Some("repos/o/r/x?page=2".to_owned())));
    }

    #[test]
    fn a_next_page_is_on_the_same_server() {
        let of = |url: &str| {
            let link = format!("<{url}>; rel=\"next\"");
            let headers = vec![("link".to_owned(), link)];
            Answer { status: 200, headers, body: Vec::new() }.next_page()
        };
        let good = "repositories/1/rulesets?page=2";
        assert_eq!(of(&format!("https://api.github.com/{good}")), Ok(Some(good.to_owned())));
        assert_eq!(of(&format!("https://ghe.example/api/v3/{good}")), Ok(Some(good.to_owned())));
        for bad in ["http://127.0.0.1:1/p", "--input=/x", "", "/x", "repos/o/r?x=http://y"] {
            assert_eq!(of(&format!("https://api.github.com/{bad}")), Err(bad.to_owned()));
        }
        assert_eq!(of("no address"), Ok(None));
    }

    #[test]
    fn what_is_no_answer_is_none() {
        for printed in ["", "HTTP/1.1", "{}", "HTTP/1.1 200 OK\nno colon\n\n", "HTTP/1.1 999 X\n\n"]
        {
            assert_eq!(Answer::read(printed.as_bytes()), None, "{printed}");
        }
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(64))]
        #[test]
        fn any_bytes_never_panic(bytes in any::<Vec<u8>>(), text in "HTTP/1.1 200 [\\r\\n:<>;a-z]*") {
            let _ = Answer::read(&bytes);
            if let Some(answer) = Answer::read(text.as_bytes()) {
                let _ = (answer.next_page(), answer.message());
            }
        }
    }
}
