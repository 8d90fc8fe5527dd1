//! What this program is called, by whoever called it: what it prints is typed again.

use std::borrow::Cow;
use std::sync::OnceLock;

/// What texts in the source call it.
const WRITTEN: &str = "cargo xtask";

static NAME: OnceLock<String> = OnceLock::new();

static POLICY: OnceLock<String> = OnceLock::new();

/// Says once what it is called, such as `thrice`.
pub fn set_program(name: String) {
    // A second name would contradict what was printed under the first.
    let _ = NAME.set(name);
}

/// Says once at which revision it was asked to read its rules, such as `HEAD:policy`: what is
/// printed to be typed next is of the same rules.
pub fn set_policy(policy: &str) {
    let _ = POLICY.set(format!("{} --policy {policy}", program()));
}

/// What it is called.
#[must_use]
pub fn program() -> &'static str {
    NAME.get().map_or(WRITTEN, String::as_str)
}

/// A text in which commands begin as they were called.
#[must_use]
pub fn as_called(text: &str) -> Cow<'_, str> {
    renamed(text, POLICY.get().map_or(program(), String::as_str))
}

/// A text in which every `cargo xtask` that stands as words of its own is another name.
#[must_use]
pub fn renamed<'a>(text: &'a str, name: &str) -> Cow<'a, str> {
    if name == WRITTEN || !text.contains(WRITTEN) {
        return Cow::Borrowed(text);
    }
    let part_of_word = |c: char| c.is_alphanumeric() || "_-./".contains(c);
    let mut out = String::with_capacity(text.len());
    let mut rest = text;
    while let Some(at) = rest.find(WRITTEN) {
        let (before, after) = (&rest[..at], &rest[at + WRITTEN.len()..]);
        out.push_str(before);
        let apart = !before.ends_with(part_of_word)
            && !after.starts_with(|c: char| c.is_alphanumeric() || "_-/".contains(c));
        out.push_str(if apart { name } else { WRITTEN });
        rest = after;
    }
    out.push_str(rest);
    Cow::Owned(out)
}

#[cfg(test)]
mod tests {
    use super::renamed;

    #[test]
    fn only_the_name_of_the_program_is_replaced() {
        let table = [
            ("`cargo xtask orr`", "`thrice orr`"),
            ("cargo xtask pr, then `cargo xtask`.", "thrice pr, then `thrice`."),
            ("git config x 'cargo xtask ledger verify'", "git config x 'thrice ledger verify'"),
            (
                "cargo xtasks; mycargo xtask; cargo xtask-x",
                "cargo xtasks; mycargo xtask; cargo xtask-x",
            ),
            ("nothing", "nothing"),
        ];
        for (text, expected) in table {
            assert_eq!(renamed(text, "thrice"), expected);
            assert_eq!(renamed(text, "cargo xtask"), text);
        }
    }
}
