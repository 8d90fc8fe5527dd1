//! JSON as a [`Node`], with the line of every value and no key given twice.

use std::cell::Cell;
use std::fmt;
use std::io::{self, Read};

use serde::Deserializer;
use serde::de::{DeserializeSeed, Error, MapAccess, SeqAccess, Visitor};

use super::tree::{Entry, Node, Unread, ValueKind};
use thrice_findings::text::quoted;

/// Reads one JSON value.
pub fn read(bytes: &[u8]) -> Result<Node, Unread> {
    let line = Cell::new(1);
    let reader = Counting { rest: bytes, line: &line, ended: false };
    let mut deserializer = serde_json::Deserializer::from_reader(reader);
    let node = Seed(&line).deserialize(&mut deserializer).map_err(unread)?;
    deserializer.end().map_err(unread)?;
    Ok(node)
}

fn unread(error: serde_json::Error) -> Unread {
    let text = error.to_string();
    let message = text.split(" at line ").next().unwrap_or(&text).to_owned();
    Unread {
        line: Some(error.line().max(1)),
        column: Some(error.column().max(1)),
        message,
        limit: false,
    }
}

/// Hands out one byte at a time and knows the line of the last one. The parser
/// looks at most one byte ahead, so a line counts from the byte after its newline.
struct Counting<'a> {
    rest: &'a [u8],
    line: &'a Cell<usize>,
    ended: bool,
}

impl Read for Counting<'_> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let (Some((byte, rest)), Some(slot)) = (self.rest.split_first(), buffer.first_mut()) else {
            return Ok(0);
        };
        if self.ended {
            self.line.set(self.line.get() + 1);
        }
        self.ended = *byte == b'\n';
        *slot = *byte;
        self.rest = rest;
        Ok(1)
    }
}

#[derive(Clone, Copy)]
struct Seed<'a>(&'a Cell<usize>);

impl Seed<'_> {
    fn scalar<E>(self, text: String, plain: bool) -> Result<Node, E> {
        Ok(Node { line: self.0.get(), kind: ValueKind::Scalar { text, plain } })
    }
}

impl<'de> DeserializeSeed<'de> for Seed<'_> {
    type Value = Node;

    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<Node, D::Error> {
        deserializer.deserialize_any(self)
    }
}

impl<'de> Visitor<'de> for Seed<'_> {
    type Value = Node;

    fn expecting(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str("a JSON value")
    }

    fn visit_unit<E: Error>(self) -> Result<Node, E> {
        self.scalar("null".to_owned(), true)
    }

    fn visit_bool<E: Error>(self, value: bool) -> Result<Node, E> {
        self.scalar(value.to_string(), true)
    }

    fn visit_u64<E: Error>(self, value: u64) -> Result<Node, E> {
        self.scalar(value.to_string(), true)
    }

    fn visit_i64<E: Error>(self, value: i64) -> Result<Node, E> {
        self.scalar(value.to_string(), true)
    }

    fn visit_f64<E: Error>(self, value: f64) -> Result<Node, E> {
        self.scalar(format!("{value:?}"), true)
    }

    fn visit_str<E: Error>(self, value: &str) -> Result<Node, E> {
        self.scalar(value.to_owned(), false)
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut access: A) -> Result<Node, A::Error> {
        let line = self.0.get();
        let mut items = Vec::new();
        while let Some(item) = access.next_element_seed(self)? {
            items.push(item);
        }
        Ok(Node { line, kind: ValueKind::List(items) })
    }

    fn visit_map<A: MapAccess<'de>>(self, mut access: A) -> Result<Node, A::Error> {
        let line = self.0.get();
        let mut seen = std::collections::HashSet::new();
        let mut entries = Vec::new();
        while let Some(key) = access.next_key::<String>()? {
            if !seen.insert(key.clone()) {
                return Err(A::Error::custom(format!("the key {} is given twice", quoted(&key))));
            }
            let line = self.0.get();
            entries.push(Entry { key, line, value: access.next_value_seed(self)? });
        }
        Ok(Node { line, kind: ValueKind::Map(entries) })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn every_value_has_its_line() {
        let node = read(b"{\n  \"a\": 1\n,\n  \"b\": [\n \"x\",\n true\n]\n}\n").unwrap();
        let b = node.entry("b").unwrap();
        let lines: Vec<_> = b.value.items().unwrap().iter().map(|item| item.line).collect();
        assert_eq!((node.line, node.get("a").unwrap().line), (1, 2));
        assert_eq!((b.line, b.value.line, lines), (4, 4, vec![5, 6]));
    }

    #[test]
    fn a_key_given_twice_and_text_after_the_value_are_refused() {
        let twice = read(b"{\"a\": 1,\n \"a\": 2}").unwrap_err();
        assert_eq!((twice.line, twice.message.as_str()), (Some(2), "the key `a` is given twice"));
        let after = read(b"{}\n{}").unwrap_err();
        assert_eq!((after.line, after.message.as_str()), (Some(2), "trailing characters"));
        assert_eq!(read(b"").unwrap_err().message, "EOF while parsing a value");
        let deep = read("[".repeat(10_000).as_bytes()).unwrap_err();
        assert_eq!(deep.message, "recursion limit exceeded");
    }

    proptest! {
        #[test]
        fn never_panics(bytes in proptest::collection::vec(any::<u8>(), 0..200)) {
            let _ = read(&bytes);
        }
    }
}
