//! Where a symbolic link leads.

use std::collections::BTreeMap;

/// A commit's symbolic links: path to target.
pub type Links = BTreeMap<Vec<u8>, Vec<u8>>;

/// How many links one may lead over, as Linux has it.
const MOST: usize = 40;

/// Where a link leads, as a path of the repository without `.` and `..`, over other links
/// of the commit.
///
/// # Errors
/// Says where it leads instead, in the words that follow "it leads".
pub(super) fn resolve(link: &[u8], target: &[u8], links: &Links) -> Result<Vec<u8>, String> {
    let mut resolved: Vec<&[u8]> = link.split(|byte| *byte == b'/').collect();
    resolved.pop();
    let mut rest: Vec<&[u8]> = parts(target)?;
    let mut followed = 0;
    while let Some(part) = rest.pop() {
        match part {
            b"" | b"." => {}
            b".." => {
                if resolved.pop().is_none() {
                    return Err("out of the repository".to_owned());
                }
            }
            part => {
                resolved.push(part);
                if let Some(target) = links.get(&resolved.join(&b'/')) {
                    followed += 1;
                    if followed > MOST {
                        return Err("in a circle".to_owned());
                    }
                    resolved.pop();
                    rest.extend(parts(target)?);
                }
            }
        }
    }
    if resolved.first().is_some_and(|first| first.eq_ignore_ascii_case(b".git")) {
        return Err("into git's own folder".to_owned());
    }
    Ok(resolved.join(&b'/'))
}

/// The parts of a target, last one first.
fn parts(target: &[u8]) -> Result<Vec<&[u8]>, String> {
    if target.first() == Some(&b'/') {
        return Err(format!("out of the repository, to `{}`", target.escape_ascii()));
    }
    if target.is_empty() || target.contains(&0) {
        return Err("nowhere".to_owned());
    }
    let mut parts: Vec<&[u8]> = target.split(|byte| *byte == b'/').collect();
    parts.reverse();
    Ok(parts)
}
