//! Which names git refuses for a branch (git-check-ref-format(1), with `--branch`).

/// Why git refuses a name for a branch; `None` where it takes it.
#[must_use]
pub fn refused_by_git(name: &[u8]) -> Option<&'static str> {
    if name.is_empty() {
        return Some("it is empty");
    }
    if name == b"@" || name == b"HEAD" {
        return Some("git has another meaning for it");
    }
    if name.starts_with(b"-") {
        return Some("it begins with a hyphen, as an option does");
    }
    if name.iter().any(|byte| *byte <= b' ' || *byte == 0x7f) {
        return Some("it holds a blank or a control character");
    }
    if name.iter().any(|byte| b"~^:?*[\\".contains(byte)) {
        return Some("it holds one of `~ ^ : ? * [ \\`, which git reads as operators");
    }
    let holds = |pair: &[u8]| name.windows(2).any(|window| window == pair);
    if holds(b"..") {
        return Some("it holds `..`, which git reads as a range");
    }
    if holds(b"@{") {
        return Some("it holds `@{`, which git reads as an operator");
    }
    if name.ends_with(b".") {
        return Some("it ends with a dot");
    }
    name.split(|byte| *byte == b'/').find_map(component)
}

fn component(part: &[u8]) -> Option<&'static str> {
    if part.is_empty() {
        return Some("it begins or ends with `/`, or holds two in a row");
    }
    if part.starts_with(b".") {
        return Some("a part of it begins with a dot");
    }
    part.ends_with(b".lock").then_some("a part of it ends with `.lock`")
}
