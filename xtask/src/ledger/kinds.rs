//! What each kind of entry says: one table, by which entries are appended and verified.
//!
//! To give a kind a member, add a line; an entry that lacks one that is needed, or has
//! one that is not here, is refused.

use super::scan::{Member, Slip, plain};
use crate::policy::{Kind, listed, nearest};

/// What a member of an entry's data can be.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Form {
    /// Text that says something.
    Text,
    /// One of a few words.
    Word(&'static [&'static str]),
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

/// A member of an entry's data.
#[derive(Clone, Copy, Debug)]
pub struct DataMember {
    /// Its name.
    pub name: &'static str,
    /// What it can be.
    pub form: Form,
    /// Whether an entry must have it.
    pub required: bool,
}

const fn needs(name: &'static str, form: Form) -> DataMember {
    DataMember { name, form, required: true }
}

const fn may(name: &'static str, form: Form) -> DataMember {
    DataMember { name, form, required: false }
}

/// How bad a risk, a block or an incident is (document 1 §6).
pub const SEVERITIES: &[&str] = &["critical", "high", "medium"];

/// What an entry of a kind says.
#[must_use]
pub fn members(kind: Kind) -> &'static [DataMember] {
    use Form::{Count, Object, Sha256, Text, Texts, Time, Truth, Word};
    match kind {
        Kind::Approval => {
            const OF: &[DataMember] = &[
                needs("about", Word(&["change", "risk", "rc", "ga", "story"])),
                may("subject", Text),
                needs("sha", Object),
                needs("tree", Object),
                may("base", Object),
                may("content_sha256", Sha256),
                may("paths", Texts),
                may("role", Text),
                may("pull", Count),
                may("reason", Text),
                may("expires_at", Time),
            ];
            OF
        }
        Kind::Release => {
            const OF: &[DataMember] = &[
                needs("stage", Word(&["rc", "ga"])),
                needs("tag", Text),
                needs("version", Text),
                needs("sha", Object),
                may("tag_object", Object),
                may("rc", Text),
                may("line", Text),
                may("run_ids", Texts),
                needs("scorecard_sha256", Sha256),
                needs("evidence_zip_sha256", Sha256),
                may("pack_sha256", Sha256),
                may("stories", Texts),
                may("approvals", Texts),
                may("url", Text),
            ];
            OF
        }
        Kind::Deploy => {
            const OF: &[DataMember] = &[
                needs("environment", Text),
                needs("tag", Text),
                needs("sha", Object),
                needs("result", Word(&["succeeded", "failed", "rolled-back"])),
                may("note", Text),
                may("url", Text),
            ];
            OF
        }
        Kind::Risk => {
            const OF: &[DataMember] = &[
                needs("risk", Text),
                needs("state", Word(&["open", "accepted", "mitigated", "closed"])),
                needs("severity", Word(SEVERITIES)),
                needs("title", Text),
                may("owner", Text),
                may("mitigation", Text),
                may("due_at", Time),
                may("expires_at", Time),
                may("stories", Texts),
                may("wave", Text),
                may("reason", Text),
            ];
            OF
        }
        Kind::Incident => {
            const OF: &[DataMember] = &[
                needs("incident", Text),
                needs("state", Word(&["open", "acknowledged", "contained", "recovered", "closed"])),
                needs("severity", Word(&["P0", "P1", "P2", "P3"])),
                needs("title", Text),
                may("owner", Text),
                may("tag", Text),
                may("sha", Object),
                may("began_at", Time),
                may("note", Text),
                may("url", Text),
            ];
            OF
        }
        Kind::Block => {
            const OF: &[DataMember] = &[
                needs("block", Text),
                needs("subject", Text),
                needs("severity", Word(SEVERITIES)),
                needs("cause", Text),
                needs("owner", Text),
                may("impact", Text),
                may("trigger", Text),
                may("eta", Time),
                may("upstream", Text),
            ];
            OF
        }
        Kind::Unblock => {
            const OF: &[DataMember] = &[needs("block", Text), needs("reason", Text)];
            OF
        }
        Kind::Drill => {
            const OF: &[DataMember] = &[
                needs("drill", Text),
                needs("result", Word(&["pass", "fail"])),
                may("rpo_seconds", Count),
                may("rto_seconds", Count),
                may("evidence_sha256", Sha256),
                may("note", Text),
            ];
            OF
        }
        Kind::EvidenceDecision => {
            const OF: &[DataMember] = &[
                needs("subject", Text),
                needs("decision", Word(&["accepted", "refused"])),
                needs("evidence_sha256", Sha256),
                may("sha", Object),
                may("reason", Text),
            ];
            OF
        }
        Kind::WaveGate => {
            const OF: &[DataMember] = &[
                needs("wave", Text),
                needs("decision", Word(&["pass", "fail", "conditional"])),
                may("sha", Object),
                may("evidence_sha256", Sha256),
                may("conditions", Texts),
                may("expires_at", Time),
                may("reason", Text),
            ];
            OF
        }
        Kind::CycleClose => {
            const OF: &[DataMember] = &[
                needs("cycle", Text),
                needs("decision", Word(&["met", "not-met"])),
                may("stories_done", Texts),
                may("stories_open", Texts),
                may("evidence_sha256", Sha256),
                may("lessons", Text),
            ];
            OF
        }
        Kind::Exception => {
            const OF: &[DataMember] = &[
                needs("rule", Text),
                needs("reason", Text),
                needs("expires_at", Time),
                may("subject", Text),
                may("sha", Object),
                may("tree", Object),
                may("final", Truth),
            ];
            OF
        }
        Kind::Merge => {
            const OF: &[DataMember] = &[needs("entries", Count), needs("root", Sha256)];
            OF
        }
    }
}

/// Checks what an entry of a kind says; `at` is where its data begins.
///
/// # Errors
/// The first slip.
pub fn check(kind: Kind, data: &[Member<'_>], at: usize) -> Result<(), Slip> {
    let known = members(kind);
    for member in data {
        let found = known.iter().find(|known| known.name == member.name.raw);
        let Some(found) = found else {
            return Err(Slip::new(member.name.at, unknown(kind, member.name.raw, known)));
        };
        if let Err(wanted) = fits(found.form, member.value.raw) {
            let name = found.name;
            return Err(Slip::new(member.value.at, format!("`{name}` must be {wanted}")));
        }
    }
    if let Some(missing) = known
        .iter()
        .find(|known| known.required && !data.iter().any(|member| member.name.raw == known.name))
    {
        let kind = kind.word();
        return Err(Slip::new(at, format!("`{}` is missing in this {kind}", missing.name)));
    }
    Ok(())
}

fn unknown(kind: Kind, name: &str, known: &[DataMember]) -> String {
    let names: Vec<&str> = known.iter().map(|member| member.name).collect();
    let hint = match nearest(name, names.iter().copied()) {
        Some(near) => format!("did you mean `{near}`?"),
        None => format!("it has {}", listed(&names)),
    };
    format!("no {} says `{name}`: {hint}", kind.word())
}

/// Whether a value has a form; what it must be where it has not.
fn fits(form: Form, raw: &str) -> Result<(), String> {
    let text = raw.strip_prefix('"').and_then(|rest| rest.strip_suffix('"'));
    let good = match form {
        Form::Text => text.is_some_and(says_something),
        Form::Word(words) => text.is_some_and(|text| words.contains(&text)),
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
pub fn is_time(text: &str) -> bool {
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

    #[test]
    fn every_kind_says_something_and_no_member_stands_twice() {
        for kind in Kind::ALL {
            let mut names: Vec<_> = members(kind).iter().map(|member| member.name).collect();
            assert!(members(kind).iter().any(|member| member.required), "{kind:?}");
            names.sort_unstable();
            let all = names.len();
            names.dedup();
            assert_eq!(names.len(), all, "{kind:?}");
            assert_eq!(Kind::from_word(kind.word()), Some(kind));
        }
        assert_eq!(Kind::ALL.len(), Kind::WORDS.len());
    }
}
