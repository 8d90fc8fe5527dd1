//! Small things about text that several checks need. Whatever they show comes
//! from a file that the author of a patch may have written.

/// The longest stretch of a file that a message shows, in characters.
const SHOWN: usize = 120;

/// Bytes as a message shows them: in backticks, without control characters, short.
pub fn quoted(bytes: impl AsRef<[u8]>) -> String {
    let text = String::from_utf8_lossy(bytes.as_ref());
    let mut out = String::from("`");
    for (count, character) in text.chars().enumerate() {
        if count == SHOWN {
            out.push('…');
            break;
        }
        if character.is_control() {
            out.extend(character.escape_default());
        } else {
            out.push(character);
        }
    }
    out.push('`');
    out
}

/// Exactly `length` hexadecimal digits, of either case.
pub fn is_hex(text: &str, length: usize) -> bool {
    text.len() == length && text.bytes().all(|b| b.is_ascii_hexdigit())
}

/// Exactly `length` hexadecimal digits, none of them upper case.
pub fn is_lower_hex(text: &str, length: usize) -> bool {
    is_hex(text, length) && !text.bytes().any(|b| b.is_ascii_uppercase())
}

/// The whole id of a git commit, of SHA-1 or SHA-256, in lower-case digits.
pub fn is_commit(text: &str) -> bool {
    is_lower_hex(text, 40) || is_lower_hex(text, 64)
}

/// One or more characters, each of which is a letter or digit of ASCII or in `others`.
pub fn is_word(text: &str, others: &str) -> bool {
    !text.is_empty() && text.chars().all(|c| c.is_ascii_alphanumeric() || others.contains(c))
}

/// A word as a POSIX shell reads it: in quotes, where it would not be one.
pub fn shell_word(word: &str) -> String {
    match is_word(word, "._-/:@%+,") {
        true => word.to_owned(),
        false => format!("'{}'", word.replace('\'', "'\\''")),
    }
}

/// A command as people type it in a POSIX shell, on one line.
pub fn command_line(words: impl IntoIterator<Item = impl AsRef<str>>) -> String {
    /// What means something between double quotes; an interactive shell looks for `!` as well.
    const ACTIVE: &[char] = &['"', '$', '`', '\\', '!'];
    let typed = |word: &str| match word.strip_prefix('-') {
        // Only before a program's name a word with `=` would set a variable.
        Some(option) if is_word(option, "._-/:@%+,=") => word.to_owned(),
        _ if word.contains('\'') && !word.contains(ACTIVE) => format!("\"{word}\""),
        _ => shell_word(word),
    };
    let words = words.into_iter().map(|word| typed(&on_one_line(word.as_ref())));
    words.collect::<Vec<_>>().join(" ")
}

/// The longest id that is looked for in a text, in bytes.
const LONGEST_ID: usize = 64;

/// The ids that a text names, each with the byte at which it begins: no letter or digit of ASCII
/// stands before it or after it. Where one begins with another, as `S-1-2` with `S-1`, the longer
/// one is meant. `is_id` says what is one.
pub fn ids_in(text: &str, is_id: impl Fn(&str) -> bool) -> Vec<(usize, &str)> {
    let is_inner = |at: usize| text.as_bytes().get(at).is_some_and(u8::is_ascii_alphanumeric);
    let (mut found, mut from, mut follows) = (Vec::new(), 0, false);
    for (at, byte) in text.bytes().enumerate() {
        let begins = at >= from && !follows && (byte.is_ascii_alphanumeric() || byte == b'_');
        follows = byte.is_ascii_alphanumeric();
        if !begins {
            continue;
        }
        let word = text.bytes().skip(at).take(LONGEST_ID);
        let word = word.take_while(|it| it.is_ascii_alphanumeric() || b"-_.".contains(it));
        let ends = (at..at + word.count()).map(|last| last + 1);
        let ends = ends.filter(|end| !is_inner(*end) || !is_inner(end - 1));
        let ids = ends.filter_map(|end| text.get(at..end)).filter(|word| is_id(word));
        if let Some(id) = ids.last() {
            found.push((at, id));
            from = at + id.len();
        }
    }
    found
}

/// A text that names another id wherever it named one.
pub fn with_id(text: &str, id: &str, new: &str) -> String {
    let mut out = text.to_owned();
    for (at, _) in ids_in(text, |it| it == id).into_iter().rev() {
        out.replace_range(at..at + id.len(), new);
    }
    out
}

/// Finds the line of a byte offset.
pub struct Lines(Vec<usize>);

impl Lines {
    /// Notes where the lines of `text` begin.
    pub fn new(text: &str) -> Self {
        Self(text.bytes().enumerate().filter(|(_, b)| *b == b'\n').map(|(at, _)| at).collect())
    }

    /// The line, from 1, in which `offset` lies.
    pub fn of(&self, offset: usize) -> usize {
        self.0.partition_point(|end| *end < offset) + 1
    }
}

/// A name on one line.
#[must_use]
pub fn on_one_line(text: &str) -> String {
    let words = text.split(|c: char| c.is_control() || c.is_whitespace());
    words.filter(|word| !word.is_empty()).collect::<Vec<_>>().join(" ")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn digits_and_words_are_just_those() {
        let hex = |text: &str| (is_hex(text, 3), is_lower_hex(text, 3));
        let all = ["0af", "0AF", "0ag", "0a", "0aff", ""].map(hex);
        let no = (false, false);
        assert_eq!(all, [(true, true), (true, false), no, no, no, no]);
        assert!(is_word("a-1", "-") && !is_word("a-1", "_") && !is_word("", "-"));
        assert!(!is_word("\u{e9}", "") && !is_word("a/b", "-"));
    }

    /// Each row: a command, and what people type for it.
    #[test]
    fn a_command_is_shown_as_people_type_it() {
        for (words, wanted) in [
            (&["cargo", "test", "--config=a.b=0"][..], "cargo test --config=a.b=0"),
            (&["A=b", "-x"], "'A=b' -x"),
            (&["sh", "-c", "exit 7"], "sh -c 'exit 7'"),
            (&["sh", "-c", "echo 'a  b'\n\tc"], "sh -c \"echo 'a b' c\""),
            (&["sh", "-c", "echo 'a' $x"], "sh -c 'echo '\\''a'\\'' $x'"),
            (&["sh", "-c", "it's!"], "sh -c 'it'\\''s!'"),
            (&["", "~", "*"], "'' '~' '*'"),
        ] {
            assert_eq!(command_line(words), wanted);
        }
    }

    /// Each row: a text, and the ids that it names of those that there are.
    #[test]
    fn an_id_is_found_as_a_whole_and_the_longest_is_meant() {
        let known = ["S-1", "S-1-2", "INC-1", "INC-12", "R.1"];
        for (text, wanted) in [
            ("", &[][..]),
            ("S-1: title", &["S-1"]),
            ("S-1-2: title", &["S-1-2"]),
            ("S-1-3: title", &["S-1"]),
            ("Merge branch 'feature/S-1-2-slug'", &["S-1-2"]),
            ("Merge branch 'hotfix/INC-1-2nd'", &["INC-1"]),
            ("XINC-1, INC-123 INC-1x", &[]),
            ("(INC-12)é INC-1.", &["INC-12", "INC-1"]),
            ("S-1S-1 S-1,S-1-2", &["S-1", "S-1-2"]),
            ("R.1R.1-R.1", &["R.1"]),
        ] {
            let found: Vec<&str> =
                ids_in(text, |it| known.contains(&it)).into_iter().map(|(_, id)| id).collect();
            assert_eq!(found, wanted, "{text}");
        }
        assert_eq!(
            with_id("é R-1, R-1.md, R-12, XR-1: R-1", "R-1", "R-10"),
            "é R-10, R-10.md, R-12, XR-1: R-10"
        );
    }

    #[test]
    fn what_is_quoted_is_short_and_without_control_characters() {
        assert_eq!(quoted("a\u{1b}[2Jb\n"), "`a\\u{1b}[2Jb\\n`");
        assert_eq!(quoted(b"\xff"), "`\u{fffd}`");
        let long = quoted("x".repeat(500));
        assert_eq!(long, format!("`{}…`", "x".repeat(120)));
        assert_eq!(quoted("x".repeat(120)), format!("`{}`", "x".repeat(120)));
    }

    #[test]
    fn a_newline_belongs_to_the_line_that_it_ends() {
        let lines = Lines::new("a\nb\n\nc");
        let found: Vec<_> = (0..6).map(|at| lines.of(at)).collect();
        assert_eq!(found, [1, 1, 2, 2, 3, 4]);
    }
}
