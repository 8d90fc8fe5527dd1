//! Limits on XML before it is parsed: the parser compares every attribute of an
//! element with every other, and copies the namespaces in scope into each element
//! that declares one, so that a small file could hold it for minutes.

use super::Unread;

const ATTRIBUTES: usize = 64;
const NAMESPACES: usize = 256;

/// Refuses elements with more attributes, and documents with more namespace
/// declarations, than a report can need.
pub(super) fn check(text: &str) -> Result<(), Unread> {
    let mut namespaces = 0;
    let mut at = 0;
    while let Some(open) = text[at..].find('<').map(|found| at + found) {
        let rest = &text[open..];
        if let Some(length) = opaque(rest) {
            at = open + length;
            continue;
        }
        let tag = &rest[..tag_length(rest)];
        let attributes = outside_quotes(tag).filter(|&(_, b)| b == b'=').count();
        namespaces += tag.matches("xmlns").count().min(attributes);
        if attributes > ATTRIBUTES || namespaces > NAMESPACES {
            let line = text[..open].matches('\n').count() + 1;
            let what = if attributes > ATTRIBUTES { "attributes" } else { "namespaces" };
            return Err(Unread::Xml { line, why: format!("more {what} than a report needs") });
        }
        at = open + tag.len();
    }
    Ok(())
}

/// Length of the comment, character data or instruction that `text` begins with.
fn opaque(text: &str) -> Option<usize> {
    let pairs = [("<!--", "-->"), ("<![CDATA[", "]]>"), ("<?", "?>")];
    let (begin, end) = pairs.into_iter().find(|(begin, _)| text.starts_with(begin))?;
    let body = &text[begin.len()..];
    Some(begin.len() + body.find(end).map_or(body.len(), |at| at + end.len()))
}

fn tag_length(text: &str) -> usize {
    outside_quotes(text).find(|&(_, b)| b == b'>').map_or(text.len(), |(at, _)| at + 1)
}

fn outside_quotes(text: &str) -> impl Iterator<Item = (usize, u8)> {
    let mut quote = None;
    text.bytes().enumerate().filter(move |&(_, b)| match quote {
        Some(open) if open == b => {
            quote = None;
            false
        }
        Some(_) => false,
        None if matches!(b, b'"' | b'\'') => {
            quote = Some(b);
            false
        }
        None => true,
    })
}
