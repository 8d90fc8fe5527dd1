//! Values made fit to be shown: cut to where they differ, nothing invisible.

/// Characters of a value that are kept in a difference.
pub(super) const KEPT: usize = 400;

/// Characters of a value in one line for people.
pub(super) const BRIEF: usize = 60;

/// Everything escaped that is not plainly visible; quotes stay as they are.
pub(super) fn escape(text: &str) -> String {
    let mut shown = String::with_capacity(text.len());
    for c in text.chars() {
        match c {
            '"' | '\'' => shown.push(c),
            _ => shown.extend(c.escape_debug()),
        }
    }
    shown
}

/// Both values cut to at most `most` characters around the first place where
/// they differ; `…` where something was left out.
pub(super) fn around(left: &str, right: &str, most: usize) -> (String, String) {
    let fits = |text: &str| text.len() <= most || text.chars().nth(most).is_none();
    let common = common_prefix(left.as_bytes(), right.as_bytes());
    let from = if fits(left) && fits(right) { 0 } else { back(left, common, most / 3) };
    (part(left, from, most), part(right, from, most))
}

/// The byte that is `count` characters before byte `at`.
fn back(text: &str, at: usize, count: usize) -> usize {
    let at = (0..=at).rev().find(|at| text.is_char_boundary(*at)).unwrap_or(0);
    let (before, _) = text.split_at(at);
    before.char_indices().rev().take(count).last().map_or(at, |(start, _)| start)
}

/// At most `most` characters of `text` from byte `from` on.
fn part(text: &str, from: usize, most: usize) -> String {
    let mut shown = String::new();
    if from > 0 {
        shown.push('…');
    }
    let room = most.saturating_sub(usize::from(from > 0));
    let rest = text.get(from..).unwrap_or_default();
    match rest.char_indices().nth(room) {
        None => shown.push_str(rest),
        Some(_) => {
            shown.extend(rest.chars().take(room.saturating_sub(1)));
            shown.push('…');
        }
    }
    shown
}

/// Both values in one line for people, at most so many characters of each.
pub(super) fn brief(left: &str, right: &str, most: usize) -> (String, String) {
    let (left, right) = around(left, right, most);
    (escape(&left), escape(&right))
}

/// Both values quoted, or what stands for a line that is not there.
pub(super) fn quoted(left: Option<&str>, right: Option<&str>, most: usize) -> (String, String) {
    let (l, r) = brief(left.unwrap_or_default(), right.unwrap_or_default(), most);
    let quote =
        |is: bool, text: String| if is { format!("\"{text}\"") } else { "(end)".to_owned() };
    (quote(left.is_some(), l), quote(right.is_some(), r))
}

/// ` (and 3 more lines)`, or nothing.
pub(super) fn more(count: usize, what: &str) -> String {
    match count {
        0 => String::new(),
        1 => format!(" (and 1 more {what})"),
        _ => format!(" (and {count} more {what}s)"),
    }
}

/// Compared at a time, by the machine's own comparison.
pub(super) const CHUNK: usize = 4096;

/// Where the two sides begin to differ, by bytes.
pub(super) fn common_prefix(left: &[u8], right: &[u8]) -> usize {
    let chunks = left.chunks_exact(CHUNK).zip(right.chunks_exact(CHUNK));
    let same = CHUNK * chunks.take_while(|(l, r)| l == r).count();
    let rest = left.iter().zip(right).skip(same);
    same + rest.take_while(|(l, r)| l == r).count()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn nothing_invisible_is_shown_as_it_is() {
        assert_eq!(escape("a\tb\r\n\u{1b}[0m\u{a0}é\"\\"), r#"a\tb\r\n\u{1b}[0m\u{a0}é"\\"#);
        assert_eq!(escape("a\u{200b}"), r"a\u{200b}");
    }

    #[test]
    fn long_values_are_cut_to_where_they_differ() {
        let long = "x".repeat(100);
        let of_both = |left: &str, right: &str| brief(left, right, BRIEF);
        let (left, right) = of_both(&format!("{long}1{long}"), &format!("{long}2{long}"));
        assert_eq!(left, format!("…{}1{}…", "x".repeat(20), "x".repeat(37)));
        assert_eq!(right, format!("…{}2{}…", "x".repeat(20), "x".repeat(37)));
        assert_eq!(left.chars().count(), 60);
        assert_eq!(of_both("ab", "ac"), ("ab".to_owned(), "ac".to_owned()));
        let sixty = "y".repeat(60);
        assert_eq!(of_both(&sixty, "").0, sixty);
    }
}
