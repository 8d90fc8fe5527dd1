//! Reads JSON that must be in canonical form: the first byte that is not is found with
//! its place. Nothing is copied, so that a ledger of any length is read in one pass.

use super::canonical::{by_units, number};

/// How deep lists and objects may lie in each other.
const DEEPEST: usize = 32;

/// What is not as it must be, and where.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Slip {
    /// The byte of the line, from 0.
    pub at: usize,
    /// What is wrong there.
    pub said: String,
}

impl Slip {
    pub(super) fn new(at: usize, said: impl Into<String>) -> Self {
        Self { at, said: said.into() }
    }
}

/// A piece of a line and where it begins.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Piece<'a> {
    /// As it stands there; of a text, what is between its quotes.
    pub raw: &'a str,
    /// The byte of the line, from 0.
    pub at: usize,
}

/// A member of an object.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Member<'a> {
    /// Its name, between its quotes.
    pub name: Piece<'a>,
    pub value: Piece<'a>,
}

/// A line while it is read.
pub(super) struct Scanner<'a> {
    text: &'a str,
    bytes: &'a [u8],
    at: usize,
    has_escapes: bool,
}

impl<'a> Scanner<'a> {
    /// Begins to read a line, which is given without its LF.
    pub(super) fn new(line: &'a [u8]) -> Result<Self, Slip> {
        let text = match std::str::from_utf8(line) {
            Ok(text) => text,
            Err(error) => return Err(Slip::new(error.valid_up_to(), "this byte is not UTF-8")),
        };
        Ok(Self { text, bytes: line, at: 0, has_escapes: false })
    }

    /// The byte that is read next.
    pub(super) fn at(&self) -> usize {
        self.at
    }

    /// What was read since a byte.
    pub(super) fn since(&self, start: usize) -> Piece<'a> {
        Piece { raw: self.text.get(start..self.at).unwrap_or_default(), at: start }
    }

    /// What is not read yet.
    pub(super) fn rest(&self) -> &'a str {
        self.text.get(self.at..).unwrap_or_default()
    }

    /// Whether the line is at its end.
    pub(super) fn is_over(&self) -> bool {
        self.at >= self.bytes.len()
    }

    pub(super) fn peek(&self) -> Option<u8> {
        self.bytes.get(self.at).copied()
    }

    /// Goes on over these bytes, where they are next.
    pub(super) fn takes(&mut self, expected: &[u8]) -> bool {
        let end = self.at + expected.len();
        let there = self.bytes.get(self.at..end) == Some(expected);
        if there {
            self.at = end;
        }
        there
    }

    /// The slip of what stands here, where something else belongs.
    pub(super) fn unexpected(&self, wanted: &str) -> Slip {
        let said = match self.peek() {
            None => format!("the line ends where {wanted} belongs"),
            Some(b'\r') if self.at + 1 == self.bytes.len() => {
                "this line ends with CRLF instead of LF".to_owned()
            }
            Some(b' ' | b'\t') => "a space, where canonical JSON has none".to_owned(),
            Some(_) => format!("{wanted} belongs here"),
        };
        Slip::new(self.at, said)
    }

    /// Reads a text; gives what is between its quotes. Plain indices, because every byte
    /// of a ledger passes here in a build without optimisation.
    pub(super) fn string(&mut self) -> Result<Piece<'a>, Slip> {
        if self.peek() != Some(b'"') {
            return Err(self.unexpected("a text in quotes"));
        }
        let start = self.at + 1;
        let bytes = self.bytes;
        let mut at = start;
        while at < bytes.len() {
            match bytes[at] {
                b'"' => {
                    self.at = at;
                    let text = self.since(start);
                    self.at += 1;
                    return Ok(text);
                }
                b'\\' => {
                    self.at = at;
                    self.escape()?;
                    at = self.at;
                }
                0..b' ' => return Err(Slip::new(at, "a control character that is not escaped")),
                _ => at += 1,
            }
        }
        Err(Slip::new(start - 1, "this text has no end on its line"))
    }

    /// Reads an escape: one that must be written, in the only form that it may have.
    fn escape(&mut self) -> Result<(), Slip> {
        let rest = self.bytes.get(self.at + 1..).unwrap_or_default();
        let length = match rest {
            [b'"' | b'\\' | b'b' | b'f' | b'n' | b'r' | b't', ..] => 2,
            [b'u', b'0', b'0', b'0', b'0'..=b'7' | b'b' | b'e' | b'f', ..]
            | [b'u', b'0', b'0', b'1', b'0'..=b'9' | b'a'..=b'f', ..] => 6,
            _ => return Err(Slip::new(self.at, "an escape that canonical JSON does not have")),
        };
        self.at += length;
        self.has_escapes = true;
        Ok(())
    }

    /// Reads a value of any kind.
    pub(super) fn value(&mut self, depth: usize) -> Result<Piece<'a>, Slip> {
        let start = self.at;
        if depth > DEEPEST {
            return Err(Slip::new(start, format!("nested deeper than {DEEPEST} levels")));
        }
        match self.peek() {
            Some(b'"') => drop(self.string()?),
            Some(b'{') => self.object(depth, |_| {})?,
            Some(b'[') => self.list(depth)?,
            Some(b'-' | b'0'..=b'9') => self.number()?,
            _ if self.takes(b"true") || self.takes(b"false") || self.takes(b"null") => {}
            _ => return Err(self.unexpected("a value")),
        }
        Ok(self.since(start))
    }

    fn list(&mut self, depth: usize) -> Result<(), Slip> {
        self.at += 1;
        if self.takes(b"]") {
            return Ok(());
        }
        loop {
            self.value(depth + 1)?;
            if self.takes(b"]") {
                return Ok(());
            }
            if !self.takes(b",") {
                return Err(self.unexpected("`,` or `]`"));
            }
        }
    }

    /// Reads an object; its own members are handed to `each`.
    pub(super) fn object(
        &mut self,
        depth: usize,
        mut each: impl FnMut(Member<'a>),
    ) -> Result<(), Slip> {
        if !self.takes(b"{") {
            return Err(self.unexpected("an object"));
        }
        if self.takes(b"}") {
            return Ok(());
        }
        let mut before: Option<&str> = None;
        loop {
            let start = self.at;
            let name = self.string()?;
            if let Some(before) = before {
                self.check_order(before, name.raw, start)?;
            }
            before = Some(name.raw);
            if !self.takes(b":") {
                return Err(self.unexpected("`:`"));
            }
            let value = self.value_inside(depth)?;
            each(Member { name, value });
            if self.takes(b"}") {
                return Ok(());
            }
            if !self.takes(b",") {
                return Err(self.unexpected("`,` or `}`"));
            }
        }
    }

    /// A member's value. It is apart so that the compiler does not make a function of
    /// each closure within a closure.
    fn value_inside(&mut self, depth: usize) -> Result<Piece<'a>, Slip> {
        self.value(depth + 1)
    }

    fn check_order(&self, before: &str, name: &str, at: usize) -> Result<(), Slip> {
        let order = if self.has_escapes || !before.is_ascii() || !name.is_ascii() {
            by_units(&plain(before), &plain(name))
        } else {
            before.cmp(name)
        };
        match order {
            std::cmp::Ordering::Less => Ok(()),
            std::cmp::Ordering::Equal => {
                Err(Slip::new(at, format!("the member `{name}` is given twice")))
            }
            std::cmp::Ordering::Greater => {
                let said = format!("the member `{name}` stands out of order, after `{before}`");
                Err(Slip::new(at, said))
            }
        }
    }

    fn number(&mut self) -> Result<(), Slip> {
        let start = self.at;
        while matches!(self.peek(), Some(b'0'..=b'9' | b'-' | b'+' | b'.' | b'e' | b'E')) {
            self.at += 1;
        }
        let raw = self.since(start).raw;
        if is_short_whole(raw.as_bytes()) {
            return Ok(());
        }
        let canonical = raw.parse::<f64>().ok().filter(|value| value.is_finite()).map(number);
        match canonical {
            Some(canonical) if canonical == raw => Ok(()),
            Some(canonical) => {
                Err(Slip::new(start, format!("the number is `{canonical}` in canonical JSON")))
            }
            None => Err(Slip::new(start, "this is no number")),
        }
    }
}

/// The text that stands between quotes in canonical form.
#[must_use]
pub(crate) fn plain(raw: &str) -> String {
    if !raw.contains('\\') {
        return raw.to_owned();
    }
    serde_json::from_str(&format!("\"{raw}\"")).unwrap_or_else(|_| raw.to_owned())
}

/// Whether digits are a whole number that every double has, as it must be written.
fn is_short_whole(digits: &[u8]) -> bool {
    let mut at = 0;
    while at < digits.len() {
        if !digits[at].is_ascii_digit() {
            return false;
        }
        at += 1;
    }
    (1..=15).contains(&at) && (digits[0] != b'0' || at == 1)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;
    use serde_json::Value;

    use super::super::canonical;
    use super::*;

    fn read(text: &[u8]) -> Result<(), Slip> {
        let mut scanner = Scanner::new(text)?;
        scanner.value(0)?;
        if scanner.is_over() { Ok(()) } else { Err(scanner.unexpected("the end of the line")) }
    }

    #[test]
    fn what_is_not_canonical_is_refused_at_its_byte() {
        for (text, at, said) in [
            ("{\"a\": 1}", 5, "a space, where"),
            ("{\"a\":1 }", 6, "a space, where"),
            ("{\"b\":1,\"a\":2}", 7, "the member `a` stands out of order, after `b`"),
            ("{\"a\":1,\"a\":2}", 7, "the member `a` is given twice"),
            ("{\"a\":1,}", 7, "a text in quotes belongs here"),
            ("{\"a\"}", 4, "`:` belongs here"),
            ("[1.0]", 1, "the number is `1` in"),
            ("[1e2]", 1, "the number is `100` in"),
            ("[-0]", 1, "the number is `0` in"),
            ("[01]", 1, "the number is `1` in"),
            ("[9007199254740993]", 1, "the number is `9007199254740992` in"),
            ("[1e999]", 1, "this is no number"),
            ("[-]", 1, "this is no number"),
            ("[\"\\u00e9\"]", 2, "an escape that"),
            ("[\"\\/\"]", 2, "an escape that"),
            ("[\"\\u001F\"]", 2, "an escape that"),
            ("[\"\\u000a\"]", 2, "an escape that"),
            ("[\"\\", 2, "an escape that"),
            ("[\"a", 1, "this text has no end"),
            ("[\"\t\"]", 2, "a control character"),
            ("[\t1]", 1, "a space, where"),
            ("[1]\r", 3, "this line ends with CRLF"),
            ("[\"\u{0}\"]", 2, "a control character"),
            ("[1", 2, "the line ends where `,` or `]` belongs"),
            ("[1]x", 3, "the end of the line belongs here"),
            ("[1]]", 3, "the end of the line belongs here"),
            ("[nul]", 1, "a value belongs here"),
            ("[NaN]", 1, "a value belongs here"),
            ("\u{feff}{}", 0, "a value belongs here"),
            ("", 0, "the line ends where a value belongs"),
        ] {
            let slip = read(text.as_bytes()).unwrap_err();
            assert_eq!(slip.at, at, "{text}: {}", slip.said);
            assert!(slip.said.starts_with(said), "{text}: {}", slip.said);
        }
        assert_eq!(read(b"[\"\xff\"]").unwrap_err().at, 2);
        let deep = "[".repeat(100_000);
        assert_eq!(read(deep.as_bytes()).unwrap_err().said, "nested deeper than 32 levels");
    }

    fn value() -> impl Strategy<Value = Value> {
        let number = any::<f64>().prop_filter_map("finite", |value| {
            serde_json::Number::from_f64(value).map(Value::Number)
        });
        let leaf = prop_oneof![
            Just(Value::Null),
            any::<bool>().prop_map(Value::Bool),
            any::<i32>().prop_map(Value::from),
            number,
            any::<String>().prop_map(Value::String),
            "[\\x00-\\x1f\"\\\\a]{0,4}".prop_map(Value::String),
        ];
        leaf.prop_recursive(4, 24, 4, |inner| {
            prop_oneof![
                proptest::collection::vec(inner.clone(), 0..4).prop_map(Value::Array),
                proptest::collection::vec((any::<String>(), inner), 0..4)
                    .prop_map(|members| Value::Object(members.into_iter().collect())),
            ]
        })
    }

    proptest! {
        /// What is written is read; whatever is read is what would be written.
        #[test]
        fn canonical_text_is_read_and_nothing_else(
            value in value(), at in any::<prop::sample::Index>(), byte in any::<u8>(),
        ) {
            let text = canonical::text(&value);
            prop_assert_eq!(read(text.as_bytes()), Ok(()));
            let mut bytes = text.into_bytes();
            let at = at.index(bytes.len());
            bytes[at] = byte;
            if read(&bytes).is_ok() {
                let again: Value = serde_json::from_slice(&bytes).unwrap();
                prop_assert_eq!(canonical::text(&again).into_bytes(), bytes);
            }
        }

        #[test]
        fn never_panics(bytes in proptest::collection::vec(any::<u8>(), 0..60)) {
            let _ = read(&bytes);
            let _ = read(&[b"{\"a\":\"", bytes.as_slice()].concat());
        }
    }
}
