//! Character classes of globs, kept from matching the separator of folders.

/// A glob in which no class matches `/`: to globset, unlike git, `[!a]` does.
///
/// # Errors
/// Says what is wrong with a class that names `/`, as itself or inside a range.
pub(super) fn without_separator(glob: &str) -> Result<String, &'static str> {
    let mut out = String::with_capacity(glob.len() + 1);
    let mut rest = glob.chars();
    while let Some(c) = rest.next() {
        out.push(c);
        match c {
            '\\' => out.extend(rest.next()),
            '[' => class(&mut rest, &mut out)?,
            _ => {}
        }
    }
    Ok(out)
}

/// Copies a class, from behind its `[` to its `]`. One that never ends is left to the
/// glob's compiler.
fn class(rest: &mut std::str::Chars<'_>, out: &mut String) -> Result<(), &'static str> {
    let Some(length) = length(rest.as_str()) else { return Ok(()) };
    let whole: String = rest.by_ref().take(length).collect();
    rest.next();
    let (negation, members) = match whole.strip_prefix(['!', '^']) {
        Some(members) => (whole.get(..1).unwrap_or_default(), members),
        None => ("", whole.as_str()),
    };
    if reaches_separator(members) {
        return Err("a class in brackets matches `/`");
    }
    out.push_str(negation);
    match (negation.is_empty(), members.strip_suffix('-')) {
        (true, _) => out.push_str(members),
        (false, Some(before)) => {
            out.push_str(before);
            out.push_str("/-");
        }
        (false, None) => {
            out.push_str(members);
            out.push('/');
        }
    }
    out.push(']');
    Ok(())
}

/// Characters before the `]` that ends a class; a `]` that comes first is a member.
fn length(class: &str) -> Option<usize> {
    let negated = usize::from(class.starts_with(['!', '^']));
    let members = class.chars().skip(negated);
    let end = members.skip(1).position(|c| c == ']')?;
    Some(negated + 1 + end)
}

fn reaches_separator(members: &str) -> bool {
    let members: Vec<char> = members.chars().collect();
    let range = |three: &[char]| matches!(three, [from, '-', to] if (*from..=*to).contains(&'/'));
    members.contains(&'/') || members.windows(3).any(range)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn classes_never_hold_the_separator() {
        for (glob, expected) in [
            ("a[!b]c", Ok("a[!b/]c")),
            ("[^]a]", Ok("[^]a/]")),
            ("[!a-]", Ok("[!a/-]")),
            ("[a-c]x", Ok("[a-c]x")),
            (r"\[!b]", Ok(r"\[!b]")),
            ("[!b", Ok("[!b")),
            ("[]", Ok("[]")),
            ("[+-9]", Err("a class in brackets matches `/`")),
            ("a[/]b", Err("a class in brackets matches `/`")),
        ] {
            assert_eq!(without_separator(glob), expected.map(str::to_owned), "{glob}");
        }
    }

    proptest! {
        /// Whatever compiles, no glob without `**` matches over a folder.
        #[test]
        fn nothing_crosses_a_folder(glob in "[ab!^\\[\\]?*.\\-+9]{1,9}", path in "[ab.]{0,3}/[ab.]{0,3}") {
            prop_assume!(!glob.contains("**"));
            if let Ok(compiled) = crate::values::PathGlob::new(&glob) {
                prop_assert!(!compiled.is_match(&path), "{} matches {}", glob, path);
            }
        }
    }
}
