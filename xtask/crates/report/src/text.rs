//! Text from outside, made safe to print.

/// Text with every control character but LF escaped: what a gate, a file name or a
/// branch name says must not move the cursor.
#[must_use]
pub fn safe(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    for character in text.chars() {
        let hidden = matches!(character, '\u{200b}'..='\u{200f}' | '\u{202a}'..='\u{202e}'
            | '\u{2066}'..='\u{2069}' | '\u{feff}');
        if (character.is_control() && character != '\n') || hidden {
            out.extend(character.escape_unicode());
        } else {
            out.push(character);
        }
    }
    out
}

/// A text without the sequences that colour it, or make links of it, on a terminal.
#[must_use]
pub fn without_colours(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    let mut characters = text.chars().peekable();
    while let Some(character) = characters.next() {
        if character == '\u{1b}' && characters.next_if_eq(&'[').is_some() {
            characters.by_ref().find(|it| ('@'..='~').contains(it));
        } else if character == '\u{1b}' && characters.next_if_eq(&']').is_some() {
            // A link or a title ends with BEL or with ESC and a backslash.
            let ended = characters.by_ref().find(|it| ['\u{7}', '\u{1b}'].contains(it));
            characters.next_if(|it| ended == Some('\u{1b}') && *it == '\\');
        } else {
            out.push(character);
        }
    }
    out
}

/// Lines that are wider than that, broken at spaces; what follows is indented by two more. A
/// command between backquotes stays in one piece: people copy it. So do a quoted line, and the
/// next one to type.
#[must_use]
pub fn folded(text: &str, width: usize) -> String {
    let columns = |text: &str| without_colours(text).chars().count();
    let is_quoted = |line: &str| {
        line.trim_start_matches(|c: char| c == ' ' || c.is_ascii_digit()).starts_with('|')
    };
    let fold = |line: &str| {
        if columns(line) <= width || is_quoted(line) || line.starts_with("next: ") {
            return line.to_owned();
        }
        // What is a paragraph isn't a list.
        let is_paragraph =
            line.starts_with(|c: char| c.is_ascii_uppercase()) && line.contains(". ");
        let hang = if is_paragraph { 0 } else { 2 };
        let indent = line.len() - line.trim_start_matches([' ', '=']).len() + hang;
        let (mut out, mut column) = (String::new(), 0);
        for piece in unbreakable(line) {
            let wide = columns(piece.trim_end());
            // What fits into no line goes on where it is.
            if column > indent
                && column + wide > width
                && (indent + wide <= width || !is_open(&piece))
            {
                out.truncate(out.trim_end().len());
                out.push('\n');
                out.push_str(&" ".repeat(indent));
                column = indent;
            }
            out.push_str(&piece);
            column += columns(&piece);
        }
        out
    };
    text.split('\n').map(fold).collect::<Vec<_>>().join("\n")
}

/// Whether a piece of a line holds spaces that don't break it.
fn is_open(piece: &str) -> bool {
    piece.trim_end().contains(' ')
}

/// The words of a line with the spaces behind them; what stands between backquotes is one.
fn unbreakable(line: &str) -> Vec<String> {
    let mut pieces: Vec<String> = Vec::new();
    let mut is_open = false;
    for word in line.split_inclusive(' ') {
        match pieces.last_mut().filter(|_| is_open) {
            Some(piece) => piece.push_str(word),
            None => pieces.push(word.to_owned()),
        }
        is_open ^= word.matches('`').count() % 2 == 1;
    }
    pieces
}

/// The beginning of a text that is wider than that, in characters; it ends in `…`.
#[must_use]
pub fn cut(text: &str, width: usize) -> String {
    match text.char_indices().nth(width) {
        None => text.to_owned(),
        Some(_) => text.chars().take(width.saturating_sub(1)).chain(['…']).collect(),
    }
}

/// Seconds as people say them: `0.4 s`, `12 s`, `3 min 05 s`, `2 h 10 min`.
#[must_use]
pub fn seconds(seconds: f64) -> String {
    let seconds = if seconds.is_finite() { seconds.max(0.0) } else { 0.0 };
    if seconds < 9.95 {
        return format!("{seconds:.1} s");
    }
    if seconds < 59.5 {
        return format!("{seconds:.0} s");
    }
    duration(std::time::Duration::from_secs_f64(seconds.round().min(1e9)).as_secs())
}

/// Whole seconds as people say them, in the two largest units: `45 s`, `3 min 05 s`, `2 h 30 min`, `2 h`, `3 d 4 h`.
#[must_use]
pub fn duration(seconds: u64) -> String {
    let (days, hours) = (seconds / 86_400, seconds / 3_600 % 24);
    let (minutes, seconds) = (seconds / 60 % 60, seconds % 60);
    match (days, hours, minutes) {
        (0, 0, 0) => format!("{seconds} s"),
        (0, 0, _) => format!("{minutes} min {seconds:02} s"),
        (0, _, 0) => format!("{hours} h"),
        (0, _, _) => format!("{hours} h {minutes:02} min"),
        (_, 0, _) => format!("{days} d"),
        _ => format!("{days} d {hours} h"),
    }
}

/// `1 run`, `3 runs`.
#[must_use]
pub fn counted(number: usize, noun: &str) -> String {
    match noun.strip_suffix('y').filter(|stem| !stem.ends_with(['a', 'e', 'o', 'u'])) {
        _ if number == 1 => format!("1 {noun}"),
        Some(stem) => format!("{number} {stem}ies"),
        None => format!("{number} {noun}s"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn escapes_do_not_reach_the_terminal() {
        assert_eq!(safe("a\u{1b}[31m\nb\u{202e}"), "a\\u{1b}[31m\nb\\u{202e}");
    }

    #[test]
    fn colours_and_links_are_taken_out() {
        for (text, plain) in [
            ("\u{1b}[31mred\u{1b}[0m", "red"),
            ("\u{1b}]8;;file:///a\u{1b}\\a\u{1b}]8;;\u{1b}\\ b", "a b"),
            ("\u{1b}]0;title\u{7}c", "c"),
            ("d\u{1b}]8;;x", "d"),
        ] {
            assert_eq!(without_colours(text), plain);
        }
    }

    #[test]
    fn wide_lines_are_folded_and_commands_kept_whole() {
        for (line, shown) in [
            ("short", "short"),
            ("  one two three four", "  one two\n    three\n    four"),
            ("a `git fetch --all origin` b c d", "a `git fetch --all origin`\n  b c d"),
            ("one two `a b c`", "one two\n  `a b c`"),
            ("one two `three four five`", "one two `three four five`"),
            ("= help: one two three", "= help: one\n    two\n    three"),
            ("\u{1b}[1;91mone\u{1b}[0m two three", "\u{1b}[1;91mone\u{1b}[0m two\n  three"),
            (" 12 | let one = two + three;", " 12 | let one = two + three;"),
            ("next: gh pr merge 12 --squash", "next: gh pr merge 12 --squash"),
        ] {
            assert_eq!(folded(line, 12), shown, "{line}");
        }
    }

    #[test]
    fn durations_read_well() {
        let lengths = [0, 59, 65, 3_600, 7_379, 86_400, 86_400 * 3 + 4 * 3_600 + 59];
        assert_eq!(
            lengths.map(duration),
            ["0 s", "59 s", "1 min 05 s", "1 h", "2 h 02 min", "1 d", "3 d 4 h"]
        );
    }

    #[test]
    fn seconds_read_well() {
        let shown = [0.04, 9.96, 59.4, 59.6, 185.0, f64::NAN].map(seconds);
        assert_eq!(shown, ["0.0 s", "10 s", "59 s", "1 min 00 s", "3 min 05 s", "0.0 s"]);
    }
}
