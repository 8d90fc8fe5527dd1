//! What a member of an entry's data can be.

use super::scan::plain;
use thrice_policy::table::listed;
use thrice_programme::release::Stage;

/// What a member of an entry's data can be.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Form {
    /// Text that says something.
    Text,
    /// One of a few words.
    Word(&'static [&'static str]),
    /// One of a few words, or a stage of releases that policy names.
    Stage(&'static [&'static str]),
    /// The id of a git object: 40 or 64 lower hex digits.
    Object,
    /// A SHA-256 in lower hex digits.
    Sha256,
    /// A time, RFC 3339 in UTC, to the second.
    Time,
    /// A whole number that is not negative.
    Count,
    /// True or false.
    Truth,
    /// A list of texts.
    Texts,
}

/// Whether a value has a form; what it must be where it has not.
pub(super) fn fits(form: Form, raw: &str) -> Result<(), String> {
    let text = raw.strip_prefix('"').and_then(|rest| rest.strip_suffix('"'));
    let good = match form {
        Form::Text => text.is_some_and(says_something),
        Form::Word(words) => text.is_some_and(|text| words.contains(&text)),
        Form::Stage(_) => text.is_some_and(|text| Stage::from_word(text).is_some()),
        Form::Object => text.is_some_and(|text| matches!(text.len(), 40 | 64) && is_hex(text)),
        Form::Sha256 => text.is_some_and(|text| text.len() == 64 && is_hex(text)),
        Form::Time => text.is_some_and(is_time),
        Form::Count => raw.len() <= 15 && raw.bytes().all(|byte| byte.is_ascii_digit()),
        Form::Truth => matches!(raw, "true" | "false"),
        Form::Texts => is_texts(raw),
    };
    if good { Ok(()) } else { Err(wanted(form)) }
}

fn wanted(form: Form) -> String {
    match form {
        Form::Text => "a text that says something, in at most 4,096 bytes".to_owned(),
        Form::Word(words) => format!("one of {}", listed(words)),
        Form::Stage(words) => format!("one of {}, or a stage of releases", listed(words)),
        Form::Object => "the id of a git object, 40 or 64 lower hex digits".to_owned(),
        Form::Sha256 => "a SHA-256, 64 lower hex digits".to_owned(),
        Form::Time => "a time in UTC, such as `2026-01-31T09:00:00Z`".to_owned(),
        Form::Count => "a whole number of at most 15 digits".to_owned(),
        Form::Truth => "true or false".to_owned(),
        Form::Texts => "a list of texts that say something".to_owned(),
    }
}

fn says_something(raw: &str) -> bool {
    let begins =
        raw.as_bytes().first().is_some_and(|byte| byte.is_ascii_graphic() && *byte != b'\\');
    raw.len() <= 4096 && (begins || !plain(raw).trim().is_empty())
}

fn is_texts(raw: &str) -> bool {
    let texts: Result<Vec<String>, _> = serde_json::from_str(raw);
    texts.is_ok_and(|texts| texts.iter().all(|text| says_something(text)))
}

/// Whether all of a text is lower hex digits.
pub(super) fn is_hex(text: &str) -> bool {
    let bytes = text.as_bytes();
    let mut at = 0;
    while at < bytes.len() && matches!(bytes[at], b'0'..=b'9' | b'a'..=b'f') {
        at += 1;
    }
    at == bytes.len()
}

/// Whether a text is a time as the ledger has it: RFC 3339 in UTC, to the second. Such
/// texts are in the order of their times.
#[must_use]
pub(crate) fn is_time(text: &str) -> bool {
    let bytes = text.as_bytes();
    let &[
        y1,
        y2,
        y3,
        y4,
        b'-',
        m1,
        m2,
        b'-',
        d1,
        d2,
        b'T',
        h1,
        h2,
        b':',
        n1,
        n2,
        b':',
        s1,
        s2,
        b'Z',
    ] = bytes
    else {
        return false;
    };
    let two = |tens: u8, ones: u8| match (tens, ones) {
        (b'0'..=b'9', b'0'..=b'9') => Some(u32::from(tens - b'0') * 10 + u32::from(ones - b'0')),
        _ => None,
    };
    let (Some(century), Some(year)) = (two(y1, y2), two(y3, y4)) else { return false };
    let (Some(month), Some(day)) = (two(m1, m2), two(d1, d2)) else { return false };
    let (Some(hour), Some(minute), Some(second)) = (two(h1, h2), two(n1, n2), two(s1, s2)) else {
        return false;
    };
    let year = century * 100 + year;
    let leap = year % 4 == 0 && (year % 100 != 0 || year % 400 == 0);
    let days = match month {
        4 | 6 | 9 | 11 => 30,
        2 if leap => 29,
        2 => 28,
        1..=12 => 31,
        _ => return false,
    };
    (1..=days).contains(&day) && hour < 24 && minute < 60 && second < 60
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn times_are_days_that_there_are() {
        for (text, good) in [
            ("2026-01-31T09:00:00Z", true),
            ("2024-02-29T23:59:59Z", true),
            ("2000-02-29T00:00:00Z", true),
            ("2026-02-29T00:00:00Z", false),
            ("1900-02-29T00:00:00Z", false),
            ("2026-04-31T00:00:00Z", false),
            ("2026-13-01T00:00:00Z", false),
            ("2026-00-01T00:00:00Z", false),
            ("2026-01-00T00:00:00Z", false),
            ("2026-01-01T24:00:00Z", false),
            ("2026-01-01T00:60:00Z", false),
            ("2026-01-01T00:00:60Z", false),
            ("2026-01-01T00:00:00z", false),
            ("2026-01-01 00:00:00Z", false),
            ("2026-01-01T00:00:00.5Z", false),
            ("2026-01-01T00:00:00+00:00", false),
            ("+026-01-01T00:00:00Z", false),
            ("", false),
        ] {
            assert_eq!(is_time(text), good, "{text}");
        }
    }

    #[test]
    fn a_value_has_the_form_of_its_member() {
        let sha = format!("\"{}\"", "a".repeat(40));
        let digest = format!("\"{}\"", "0".repeat(64));
        let long = format!("\"{}\"", "x".repeat(4097));
        for (form, good, bad) in [
            (Form::Text, vec!["\"x\"", "\"\\n x\""], vec!["\"\"", "\" \"", "\"\\n\"", "1", &long]),
            (Form::Word(&["a", "b"]), vec!["\"a\""], vec!["\"c\"", "a", "null"]),
            (Form::Object, vec![sha.as_str(), &digest], vec!["\"aa\"", "\"\"", "1"]),
            (Form::Sha256, vec![digest.as_str()], vec![sha.as_str(), "null"]),
            (Form::Time, vec!["\"2026-01-01T00:00:00Z\""], vec!["\"2026-01-01\"", "1"]),
            (Form::Count, vec!["0", "999999999999999"], vec!["-1", "1e21", "\"1\"", "0.5"]),
            (Form::Truth, vec!["true", "false"], vec!["\"true\"", "null"]),
            (
                Form::Texts,
                vec!["[]", "[\"a\",\"b\"]"],
                vec!["[1]", "\"a\"", "[\" \"]", "[[\"a\"]]"],
            ),
        ] {
            for value in good {
                assert_eq!(fits(form, value), Ok(()), "{value}");
            }
            for value in bad {
                assert_eq!(fits(form, value), Err(wanted(form)), "{value}");
            }
        }
    }
}
