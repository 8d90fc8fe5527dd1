//! What a difference looks like. A guess, said as one: it points to where to
//! look first, and decides nothing.

use serde::Serialize;

use super::{Difference, show};

/// Characters of a line that are looked at, around its first difference.
const LOOKED_AT: usize = 16_384;

/// What a difference looks like.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub(crate) enum Hint {
    /// The same items in another order.
    Order,
    /// A time, date or duration.
    Time,
    /// A path that belongs to the run.
    Path,
    /// A random value, address or process number.
    Random,
    /// The mode that a file is created with.
    Umask,
    /// The user or group.
    Owner,
    /// Line ends, or the newline at the end.
    LineEnds,
    /// White space or invisible characters.
    Invisible,
    /// White space between JSON values.
    Layout,
}

impl Hint {
    /// The hint in words.
    #[must_use]
    pub(crate) fn words(self) -> &'static str {
        match self {
            Self::Order => "same items in another order",
            Self::Time => "looks like a time",
            Self::Path => "looks like a path of the run",
            Self::Random => "looks like a random or address value",
            Self::Umask => "looks like the umask of the run",
            Self::Owner => "looks like the user or group of the run",
            Self::LineEnds => "only line ends differ",
            Self::Invisible => "only white space or invisible characters differ",
            Self::Layout => "only white space between JSON values differs",
        }
    }
}

/// What the difference looks like, in words; none where nothing is recognized.
#[must_use]
pub(crate) fn likely_cause(difference: &Difference) -> Option<&'static str> {
    hint_of(difference).map(Hint::words)
}

/// What the difference looks like; none where nothing is recognized.
#[must_use]
pub(crate) fn hint_of(difference: &Difference) -> Option<Hint> {
    match difference {
        Difference::Text { hint, .. } | Difference::Json { hint, .. } => *hint,
        Difference::Archive { inner, .. } => hint_of(inner),
        Difference::ArchiveMetadata { field, left, right, .. } => match *field {
            "mtime" => Some(Hint::Time),
            "order" => Some(Hint::Order),
            "mode" => Some(Hint::Umask),
            "owner" => Some(Hint::Owner),
            "pax" | "link" | "name" => of_pair(left, right),
            _ => None,
        },
        Difference::OnlyLeft | Difference::OnlyRight | Difference::Bytes { .. } => None,
    }
}

/// What the difference of two lines or values looks like.
pub(super) fn of_pair(left: &str, right: &str) -> Option<Hint> {
    let (left, right) = show::around(left, right, LOOKED_AT);
    let (left, right) = (left.as_str(), right.as_str());
    if bare(left).eq(bare(right)) {
        return Some(Hint::Invisible);
    }
    let (left, right) = (tokens(left), tokens(right));
    if left.len() > 1 && left.len() == right.len() && permuted(&left, &right) {
        return Some(Hint::Order);
    }
    if left.len() != right.len() {
        return None;
    }
    let first = left.iter().zip(&right).position(|(l, r)| l != r)?;
    let named = first > 0 && names_a_time(left[first - 1]);
    let mut differing = left.iter().zip(&right).filter(|(l, r)| l != r);
    let hint = differing.next().and_then(|(l, r)| {
        let numbers = is_number(l) && is_number(r);
        if named && numbers { Some(Hint::Time) } else { of_tokens(l, r) }
    })?;
    differing.all(|(l, r)| alike(hint, l, r)).then_some(hint)
}

/// Whether a token says that what follows is a time: `tv_nsec:`, `timestamp`.
fn names_a_time(token: &str) -> bool {
    let token = token.to_lowercase();
    ["sec", "time", "date", "stamp", "elapsed", "duration"].iter().any(|word| token.contains(word))
}

fn is_number(token: &str) -> bool {
    !token.is_empty() && token.bytes().all(|b| b.is_ascii_digit() || b == b'.')
}

/// Whether a further pair of tokens goes with the hint. After a time, small
/// numbers do: they are its parts (`Nov 20`).
fn alike(hint: Hint, left: &str, right: &str) -> bool {
    let short = |token: &str| token.len() <= 2 && token.bytes().all(|b| b.is_ascii_digit());
    let parts = (short(left) && short(right)) || (is_zone(left) && is_zone(right));
    of_tokens(left, right) == Some(hint) || (hint == Hint::Time && parts)
}

/// The zone of a time, as `date` writes it: `UTC`, `-03`, `+05:30`.
fn is_zone(token: &str) -> bool {
    let named = (3..=5).contains(&token.len()) && token.bytes().all(|b| b.is_ascii_uppercase());
    let offset = token.strip_prefix(['+', '-']).is_some_and(|digits| {
        digits.len() >= 2 && digits.bytes().all(|b| b.is_ascii_digit() || b == b':')
    });
    named || offset
}

/// Only what is plainly visible.
fn bare(text: &str) -> impl Iterator<Item = char> {
    let visible = |c: &char| !c.is_whitespace() && !c.is_control() && !is_zero_width(*c);
    text.chars().filter(visible)
}

/// Characters that take no room.
fn is_zero_width(c: char) -> bool {
    matches!(c, '\u{200b}'..='\u{200f}' | '\u{202a}'..='\u{202e}' | '\u{2060}'..='\u{2069}' | '\u{feff}' | '\u{ad}')
}

/// The parts of a line between white space, quotes, brackets, commas and the like.
fn tokens(text: &str) -> Vec<&str> {
    let between = |c: char| c.is_whitespace() || "\"'`,;()[]{}<>=|".contains(c);
    text.split(between).filter(|token| !token.is_empty()).collect()
}

/// Whether both have the same tokens.
fn permuted(left: &[&str], right: &[&str]) -> bool {
    let sorted = |tokens: &[&str]| {
        let mut tokens: Vec<String> = tokens.iter().map(|&token| token.to_owned()).collect();
        tokens.sort_unstable();
        tokens
    };
    sorted(left) == sorted(right)
}

/// What the difference of two tokens looks like.
fn of_tokens(left: &str, right: &str) -> Option<Hint> {
    let both = |test: fn(&str) -> bool| test(left) && test(right);
    if both(is_path) {
        Some(Hint::Path)
    } else if both(is_time) {
        Some(Hint::Time)
    } else if both(is_random) || numbered(left, right) {
        Some(Hint::Random)
    } else {
        None
    }
}

/// An absolute path, or a `file:` address.
fn is_path(token: &str) -> bool {
    let bytes = token.as_bytes();
    let drive = matches!(bytes, [letter, b':', b'\\' | b'/', ..] if letter.is_ascii_alphabetic());
    let rooted = |text: &str| text.starts_with('/') && text.len() > 1 && !text.starts_with("//");
    let after_flag = token.split_once(':').is_some_and(|(_, rest)| rooted(rest));
    drive || rooted(token) || after_flag || token.starts_with("file://")
}

/// A clock time, a date, seconds since 1970, a weekday or month, a duration.
fn is_time(token: &str) -> bool {
    is_date_or_clock(token) || is_epoch(token) || is_duration(token) || is_calendar_word(token)
}

/// `12:30`, `2025-01-31`, `2025/01/31` anywhere in the token.
fn is_date_or_clock(token: &str) -> bool {
    let shape: Vec<u8> = token.bytes().map(|b| if b.is_ascii_digit() { b'0' } else { b }).collect();
    let has = |pattern: &[u8]| shape.windows(pattern.len()).any(|window| window == pattern);
    [&b"0:00:00"[..], b"00:00", b"0000-00-00", b"0000/00/00", b"00.00.0000", b"00000000T000000"]
        .iter()
        .any(|pattern| has(pattern))
}

/// Seconds, milli-, micro- or nanoseconds since 1970, of this century's first half.
fn is_epoch(token: &str) -> bool {
    token.split(|c: char| !c.is_ascii_digit()).any(|digits| {
        let first = digits.bytes().next().unwrap_or(b'0');
        matches!(digits.len(), 10 | 13 | 16 | 19) && matches!(first, b'1' | b'2')
    })
}

/// A number with a unit of time.
fn is_duration(token: &str) -> bool {
    let number = token.trim_end_matches(|c: char| c.is_alphabetic());
    let unit = token.get(number.len()..).unwrap_or_default();
    let units = ["s", "ms", "us", "µs", "ns", "sec", "secs", "seconds", "m", "min", "h"];
    let digits = number.rsplit(|c: char| c.is_alphabetic()).next().unwrap_or_default();
    let numeric = digits.bytes().all(|b| b.is_ascii_digit() || b == b'.');
    !digits.is_empty() && numeric && units.contains(&unit)
}

/// `Mon`, `Jan`, as dates have them.
fn is_calendar_word(token: &str) -> bool {
    let words = [
        "Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun", "Jan", "Feb", "Mar", "Apr", "May", "Jun",
        "Jul", "Aug", "Sep", "Oct", "Nov", "Dec",
    ];
    words.contains(&token)
}

/// An address, a UUID, a long hexadecimal or mixed word, a temporary name.
fn is_random(token: &str) -> bool {
    let hex = |text: &str| text.bytes().all(|b| b.is_ascii_hexdigit());
    let address = token
        .split("0x")
        .skip(1)
        .any(|rest| rest.bytes().take_while(u8::is_ascii_hexdigit).count() >= 4);
    let digest = |part: &str| {
        let decimal = |b: u8| b.is_ascii_digit();
        part.len() >= 8 && hex(part) && part.bytes().any(decimal) && !part.bytes().all(decimal)
    };
    let groups: Vec<usize> = token.split('-').map(str::len).collect();
    let uuid = groups == [8, 4, 4, 4, 12] && hex(&token.replace('-', ""));
    let temporary = token.starts_with("tmp") && token.len() >= 9;
    address || uuid || temporary || token.split(['.', '-', '_', ':']).any(digest) || is_mixed(token)
}

/// A word of 8 or more letters and digits in which capitals, small letters and
/// digits are all there: no language writes so.
fn is_mixed(token: &str) -> bool {
    token.split(|c: char| !c.is_ascii_alphanumeric()).any(|word| {
        let has = |test: fn(&u8) -> bool| word.as_bytes().iter().any(test);
        word.len() >= 8
            && has(u8::is_ascii_digit)
            && has(u8::is_ascii_lowercase)
            && has(u8::is_ascii_uppercase)
    })
}

/// Whether the tokens say `pid` with different numbers.
fn numbered(left: &str, right: &str) -> bool {
    let stem = |token: &str| token.trim_end_matches(|c: char| c.is_ascii_digit()).to_owned();
    let stem_left = stem(left);
    stem_left == stem(right)
        && stem_left.len() < left.len()
        && ["pid", "pid:", "pid-", "PID", "PID:"].contains(&stem_left.as_str())
}
