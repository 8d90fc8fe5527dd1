//! The patterns of a ruleset's `ref_name`, as GitHub matches them: `*` and `?` stay
//! within one level, `**/` passes any number of levels.

/// Whether a pattern matches the branch or tag `name`, which lies below `prefix`
/// (`refs/heads/` or `refs/tags/`). A branch asked for is taken for the default branch.
/// `None` where only GitHub can report.
pub fn matches(pattern: &str, prefix: &str, name: &str) -> Option<bool> {
    match pattern {
        "~ALL" => return Some(true),
        "~DEFAULT_BRANCH" => return Some(prefix == "refs/heads/"),
        _ if pattern.starts_with('~') => return None,
        _ => {}
    }
    let full = format!("{prefix}{name}");
    if let Some(at) = pattern.find(['[', ']', '{', '}', '\\']) {
        let special = pattern.find(['*', '?']).map_or(at, |star| star.min(at));
        let literal = pattern.get(..special).unwrap_or(pattern);
        return if full.starts_with(literal) { None } else { Some(false) };
    }
    Some(glob(pattern.as_bytes(), full.as_bytes()))
}

/// A table instead of recursion: patterns come from outside.
fn glob(pattern: &[u8], text: &[u8]) -> bool {
    // What the rest of the pattern matches, for each rest of the text, the whole first.
    let mut after: Vec<bool> = (0..=text.len()).map(|at| at == text.len()).collect();
    let mut end = pattern.len();
    while end > 0 {
        let part = PatternPart::last_of(pattern.get(..end).unwrap_or_default());
        end -= part.length();
        after = part.before(text, &after);
    }
    after.first().copied().unwrap_or(false)
}

#[derive(Clone, Copy)]
enum PatternPart {
    /// `**/`: nothing, or any number of levels.
    Levels,
    /// `*` and `**`: anything within a level.
    Any,
    /// `?`: one character of a level.
    One,
    Byte(u8),
}

impl PatternPart {
    fn last_of(pattern: &[u8]) -> Self {
        match pattern {
            [b'*', b'*', b'/'] | [.., b'/', b'*', b'*', b'/'] => Self::Levels,
            [.., b'*'] => Self::Any,
            [.., b'?'] => Self::One,
            [.., byte] => Self::Byte(*byte),
            [] => Self::Any,
        }
    }

    fn length(self) -> usize {
        if matches!(self, Self::Levels) { 3 } else { 1 }
    }

    fn before(self, text: &[u8], after: &[bool]) -> Vec<bool> {
        let is = |at: usize| after.get(at).copied().unwrap_or(false);
        let mut found = vec![false; text.len() + 1];
        let (mut run, mut level) = (false, false);
        for at in (0..=text.len()).rev() {
            let byte = text.get(at).copied();
            // Whether the pattern's rest matches at a later place: within this level,
            // and just behind a slash.
            run = is(at) || (run && byte.is_some_and(|byte| byte != b'/'));
            level |= byte == Some(b'/') && is(at + 1);
            let here = match self {
                Self::Levels => is(at) || level,
                Self::Any => run,
                Self::One => byte.is_some_and(|byte| byte != b'/') && is(at + 1),
                Self::Byte(wanted) => byte == Some(wanted) && is(at + 1),
            };
            if let Some(slot) = found.get_mut(at) {
                *slot = here;
            }
        }
        found
    }
}

/// `T` and digits, or a gate but for case and white space.
pub fn is_almost_a_gate(name: &str, gates: &[&str]) -> bool {
    let plain = |text: &str| text.split_whitespace().collect::<String>().to_lowercase();
    let name = plain(name);
    let number = name.strip_prefix('t').unwrap_or_default();
    let numbered = !number.is_empty() && number.bytes().all(|b| b.is_ascii_digit());
    numbered || gates.iter().any(|gate| plain(gate) == name)
}

/// Whether the pattern of a ruleset matches a tag; `None` where only GitHub can report.
#[must_use]
pub fn tag_matches(pattern: &str, tag: &str) -> Option<bool> {
    matches(pattern, "refs/tags/", tag)
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn stars_stay_within_a_level_and_doubled_ones_before_a_slash_do_not() {
        let table = [
            ("refs/heads/main", "main", true),
            ("refs/heads/mai", "main", false),
            ("refs/heads/main/", "main", false),
            ("main", "main", false),
            ("refs/heads/*", "main", true),
            ("refs/heads/*", "a/b", false),
            ("refs/heads/**", "a/b", false),
            ("refs/heads/**/*", "main", true),
            ("refs/heads/**/*", "a/b/c", true),
            ("refs/heads/**/c", "a/b/c", true),
            ("refs/heads/**/c", "a/bc", false),
            ("refs/heads/**/c", "bc", false),
            ("refs/heads/a/**/c", "a/c", true),
            ("refs/heads/m?in", "main", true),
            ("refs/heads/a?b", "a/b", false),
            ("refs/heads/m*n", "main", true),
            ("refs/*/main", "main", true),
            ("**/main", "main", true),
            ("**/*", "main", true),
            ("*", "main", false),
            ("", "main", false),
            ("refs/heads/release*", "main", false),
        ];
        for (pattern, name, expected) in table {
            assert_eq!(matches(pattern, "refs/heads/", name), Some(expected), "{pattern} {name}");
        }
    }

    #[test]
    fn what_only_github_can_tell_is_left_open() {
        assert_eq!(matches("refs/heads/m[a]in", "refs/heads/", "main"), None);
        assert_eq!(matches("refs/heads/*{a}", "refs/heads/", "main"), None);
        assert_eq!(matches("refs/heads/x[a]", "refs/heads/", "main"), Some(false));
        assert_eq!(matches("~SOME", "refs/heads/", "main"), None);
        assert_eq!(matches("~ALL", "refs/tags/", "v1"), Some(true));
        assert_eq!(matches("~DEFAULT_BRANCH", "refs/tags/", "v1"), Some(false));
    }

    proptest! {
        #[test]
        fn never_panics_and_a_name_matches_itself(
            pattern in "[a*?/\\[\u{e9}]{0,12}", name in "[a-c/]{0,12}",
        ) {
            let _ = matches(&pattern, "refs/heads/", &name);
            let own = format!("refs/heads/{name}");
            prop_assert_eq!(matches(&own, "refs/heads/", &name), Some(true));
        }

        /// The table and the plain recursive reading of the same rules agree.
        #[test]
        fn is_what_the_rules_say(pattern in "[ab*?/]{0,8}", text in "[ab/]{0,8}") {
            fn plain(pattern: &[u8], text: &[u8], level: bool) -> bool {
                match (pattern, text) {
                    ([b'*', b'*', b'/', rest @ ..], _) if level => {
                        plain(rest, text, true)
                            || text.iter().enumerate().any(|(at, byte)| {
                                *byte == b'/' && plain(rest, &text[at + 1..], true)
                            })
                    }
                    ([b'*', rest @ ..], _) => {
                        plain(rest, text, false)
                            || matches!(text, [byte, more @ ..] if *byte != b'/' && plain(pattern, more, false))
                    }
                    ([b'?', rest @ ..], [byte, more @ ..]) => *byte != b'/' && plain(rest, more, false),
                    ([one, rest @ ..], [byte, more @ ..]) => one == byte && plain(rest, more, *one == b'/'),
                    ([], []) => true,
                    _ => false,
                }
            }
            let expected = plain(pattern.as_bytes(), text.as_bytes(), true);
            prop_assert_eq!(glob(pattern.as_bytes(), text.as_bytes()), expected);
        }
    }
}
