//! One YAML document as a [`Node`]. Aliases are resolved; what could be read in
//! more than one way is refused.

use std::collections::{HashMap, HashSet};

use saphyr_parser::{Event, Parser, ScalarStyle, ScanError, Span, StrInput, Tag};

use super::tree::{DEEPEST, Entry, MOST_NODES, Node, Unread, ValueKind};
use thrice_findings::text::quoted;

/// Largest file that is read, in bytes.
const LARGEST: usize = 1 << 20;

/// How much larger a file that a program writes may be, such as a lock.
const FACTOR: usize = 32;

/// Reads a file that holds exactly one document.
pub fn read(bytes: &[u8]) -> Result<Node, Unread> {
    read_within(bytes, LARGEST, MOST_NODES)
}

/// Reads a file that a program writes, which may be longer than what people write.
pub fn read_large(bytes: &[u8]) -> Result<Node, Unread> {
    read_within(bytes, LARGEST * FACTOR, MOST_NODES * FACTOR)
}

fn read_within(bytes: &[u8], largest: usize, most: usize) -> Result<Node, Unread> {
    if bytes.len() > largest {
        return Err(Unread::limit(1, format!("the file is larger than {largest} bytes")));
    }
    let text = std::str::from_utf8(bytes).map_err(|error| not_utf8(bytes, error))?;
    let parser = Parser::new_from_str(text);
    YamlReader { parser, anchors: HashMap::new(), nodes: 0, most }.document()
}

fn not_utf8(bytes: &[u8], error: std::str::Utf8Error) -> Unread {
    let before = bytes.get(..error.valid_up_to()).unwrap_or_default();
    let line = before.iter().filter(|byte| **byte == b'\n').count() + 1;
    Unread::at(line, "the file is not UTF-8")
}

struct YamlReader<'input> {
    parser: Parser<'input, StrInput<'input>>,
    /// Values that an alias can repeat, with how many values each holds.
    anchors: HashMap<usize, (Node, usize)>,
    nodes: usize,
    most: usize,
}

impl<'input> YamlReader<'input> {
    fn next(&mut self) -> Result<(Event<'input>, Span), Unread> {
        match self.parser.next() {
            Some(Ok(event)) => Ok(event),
            Some(Err(error)) => Err(unread(&error)),
            None => Err(Unread::at(1, "the file ends too early")),
        }
    }

    fn document(mut self) -> Result<Node, Unread> {
        let mut root = None;
        loop {
            let (event, span) = self.next()?;
            let line = span.start.line();
            match event {
                Event::StreamEnd => break,
                Event::Nothing | Event::StreamStart | Event::DocumentEnd => {}
                Event::DocumentStart(_) if root.is_some() => {
                    return Err(Unread::at(line, "the file holds more than one document"));
                }
                Event::DocumentStart(_) => {
                    let (event, span) = self.next()?;
                    root = Some(self.node(event, span, 0)?);
                }
                _ => return Err(Unread::at(line, "a value outside of the document")),
            }
        }
        root.ok_or_else(|| Unread::at(1, "the file is empty"))
    }

    fn node(&mut self, event: Event<'input>, span: Span, depth: usize) -> Result<Node, Unread> {
        let line = span.start.line();
        let before = self.nodes;
        self.count(1, line)?;
        if depth > DEEPEST {
            return Err(Unread::limit(line, format!("more than {DEEPEST} levels of nesting")));
        }
        let (kind, anchor) = match event {
            Event::Alias(anchor) => return self.alias(anchor, line),
            Event::Scalar(text, style, anchor, tag) => {
                (self.scalar(&text, style, tag.as_deref(), line)?, anchor)
            }
            Event::SequenceStart(anchor, tag) => {
                known_tag(tag.as_deref(), &["seq"], line)?;
                (self.list(depth)?, anchor)
            }
            Event::MappingStart(anchor, tag) => {
                known_tag(tag.as_deref(), &["map"], line)?;
                (self.map(depth)?, anchor)
            }
            _ => return Err(Unread::at(line, "a value is missing")),
        };
        let node = Node { line, kind };
        if anchor > 0 {
            self.anchors.insert(anchor, (node.clone(), self.nodes - before));
        }
        Ok(node)
    }

    fn count(&mut self, more: usize, line: usize) -> Result<(), Unread> {
        self.nodes = self.nodes.saturating_add(more);
        if self.nodes > self.most {
            return Err(Unread::limit(line, format!("more than {} values", self.most)));
        }
        Ok(())
    }

    fn alias(&mut self, anchor: usize, line: usize) -> Result<Node, Unread> {
        let Some((node, size)) = self.anchors.get(&anchor) else {
            return Err(Unread::at(line, "an alias stands inside of what it repeats"));
        };
        let (size, deep) = (*size, depth_of(node, DEEPEST));
        if deep > DEEPEST / 2 {
            return Err(Unread::limit(line, "an alias repeats too deep a value"));
        }
        let node = node.clone();
        self.count(size, line)?;
        Ok(node)
    }

    fn scalar(
        &self,
        text: &str,
        style: ScalarStyle,
        tag: Option<&Tag>,
        line: usize,
    ) -> Result<ValueKind, Unread> {
        known_tag(tag, &["str", "int", "bool", "float", "null"], line)?;
        let is_text = tag.is_some_and(|tag| tag.suffix == "str");
        let plain = style == ScalarStyle::Plain && !is_text;
        Ok(ValueKind::Scalar { text: text.to_owned(), plain })
    }

    fn list(&mut self, depth: usize) -> Result<ValueKind, Unread> {
        let mut items = Vec::new();
        loop {
            let (event, span) = self.next()?;
            if event == Event::SequenceEnd {
                return Ok(ValueKind::List(items));
            }
            items.push(self.node(event, span, depth + 1)?);
        }
    }

    fn map(&mut self, depth: usize) -> Result<ValueKind, Unread> {
        let (mut entries, mut seen) = (Vec::new(), HashSet::new());
        loop {
            let (event, span) = self.next()?;
            if event == Event::MappingEnd {
                return Ok(ValueKind::Map(entries));
            }
            let line = span.start.line();
            let key = self.node(event, span, depth + 1)?;
            let key = key_text(&key, line)?;
            if !seen.insert(key.clone()) {
                return Err(Unread::at(line, format!("the key {} is given twice", quoted(&key))));
            }
            let (event, span) = self.next()?;
            let value = self.node(event, span, depth + 1)?;
            entries.push(Entry { key, line, value });
        }
    }
}

fn key_text(key: &Node, line: usize) -> Result<String, Unread> {
    match &key.kind {
        ValueKind::Scalar { text, .. } if text == "<<" => {
            Err(Unread::at(line, "a merge key `<<` is not read on GitHub"))
        }
        ValueKind::Scalar { text, .. } => Ok(text.clone()),
        _ => Err(Unread::at(line, "a key is a list or a mapping")),
    }
}

fn known_tag(tag: Option<&Tag>, known: &[&str], line: usize) -> Result<(), Unread> {
    match tag {
        Some(tag) if !tag.is_yaml_core_schema() || !known.contains(&tag.suffix.as_str()) => {
            let shown = quoted(format!("{}{}", tag.handle, tag.suffix));
            Err(Unread::at(line, format!("the tag {shown} is not read")))
        }
        _ => Ok(()),
    }
}

/// How many levels a value has; no more than `most` are counted.
fn depth_of(node: &Node, most: usize) -> usize {
    if most == 0 {
        return 1;
    }
    let inner = match &node.kind {
        ValueKind::Scalar { .. } => 0,
        ValueKind::List(items) => items.iter().map(|n| depth_of(n, most - 1)).max().unwrap_or(0),
        ValueKind::Map(all) => all.iter().map(|e| depth_of(&e.value, most - 1)).max().unwrap_or(0),
    };
    inner + 1
}

fn unread(error: &ScanError) -> Unread {
    Unread {
        line: Some(error.marker().line().max(1)),
        column: Some(error.marker().col() + 1),
        message: error.info().to_owned(),
        limit: false,
    }
}
