//! Words of policy in Markdown: each stays on its line and is shown, never obeyed.

/// What stands first in a generated document.
pub const NOTICE: &str = "<!-- Written by `cargo xtask docs`. Do not edit. -->\n\n";

/// Text on one line: control characters are escaped, and nothing opens a comment or a
/// tag. What stands between backticks is code already, and is left as it is.
#[must_use]
pub fn line(text: &str) -> String {
    let paired = text.matches('`').count().is_multiple_of(2);
    let mut within = false;
    let mut out = String::with_capacity(text.len());
    for character in text.trim().chars() {
        within ^= character == '`';
        match character {
            '<' if !(within && paired) => out.push_str("&lt;"),
            _ if character.is_control() => out.extend(character.escape_default()),
            _ => out.push(character),
        }
    }
    out
}

/// Text as code, on one line.
#[must_use]
pub fn code(text: &str) -> String {
    let mut inner = String::with_capacity(text.len());
    for character in text.chars() {
        if character.is_control() {
            inner.extend(character.escape_default());
        } else {
            inner.push(character);
        }
    }
    let longest = inner.split(|character| character != '`').map(str::len).max().unwrap_or(0);
    let fence = "`".repeat(longest + 1);
    let space = if longest > 0 { " " } else { "" };
    format!("{fence}{space}{inner}{space}{fence}")
}

/// Several pieces of code, with commas between them.
#[must_use]
pub fn codes<S: AsRef<str>>(texts: impl IntoIterator<Item = S>) -> String {
    texts.into_iter().map(|text| code(text.as_ref())).collect::<Vec<_>>().join(", ")
}

/// An id with its title, so that nobody must look it up; the id alone where it has no title.
#[must_use]
pub fn titled(id: &str, title: &str) -> String {
    format!("{} {}", code(id), line(title)).trim_end().to_owned()
}

/// A table of cells that are Markdown already.
#[must_use]
pub fn table(head: &[&str], rows: impl IntoIterator<Item = Vec<String>>) -> String {
    let mut text = format!("| {} |\n|{}\n", head.join(" | "), " --- |".repeat(head.len()));
    for row in rows {
        let cells: Vec<String> = row.iter().map(|cell| cell.replace('|', "\\|")).collect();
        text.push_str(&format!("| {} |\n", cells.join(" | ")));
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn words_stay_on_their_line_and_in_their_cell() {
        for (text, as_line, as_code) in [
            ("a b", "a b", "`a b`"),
            ("a\nb\u{1b}", "a\\nb\\u{1b}", "`a\\nb\\u{1b}`"),
            ("<!-- x -->", "&lt;!-- x -->", "`<!-- x -->`"),
            ("a `b` ``", "a `b` ``", "``` a `b` `` ```"),
            ("a `<b>` <c>", "a `<b>` &lt;c>", "`` a `<b>` <c> ``"),
            ("a ` <!-- b", "a ` &lt;!-- b", "`` a ` <!-- b ``"),
        ] {
            assert_eq!((line(text).as_str(), code(text).as_str()), (as_line, as_code));
        }
    }

    #[test]
    fn a_bar_does_not_end_its_cell() {
        let text = table(&["a", "b"], [vec![code("x|y"), line("z")]]);
        assert_eq!(text, "| a | b |\n| --- | --- |\n| `x\\|y` | z |\n");
    }
}

#[cfg(test)]
mod properties {
    use proptest::prelude::*;

    use super::*;

    proptest! {
        /// What policy says cannot begin a line of its own, and so no mark of a block.
        #[test]
        fn words_are_one_line(text in any::<String>()) {
            for shown in [line(&text), code(&text)] {
                prop_assert!(!shown.chars().any(char::is_control), "{:?}", shown);
            }
            prop_assert!(text.contains('`') || !line(&text).contains('<'));
            let rows = table(&["a"], [vec![code(&text)]]);
            prop_assert_eq!(rows.lines().count(), 3);
        }
    }
}
