//! Where a symbolic link leads.

use std::collections::BTreeMap;

/// A commit's symbolic links: path to target.
pub type Links = BTreeMap<Vec<u8>, Vec<u8>>;

/// How many links one may lead over, as Linux has it.
const MOST: usize = 40;
/// How many names of one path are followed.
const MOST_NAMES: usize = 400;

/// Where a link leads, as a path of the repository without `.` and `..`, over other links
/// of the commit.
///
/// # Errors
/// Says where it leads instead, in the words that follow "it leads".
pub(super) fn resolve(link: &[u8], target: &[u8], links: &Links) -> Result<Vec<u8>, String> {
    resolve_over(link, target, links).map(|(path, _)| path)
}

/// The same, and beside it the links that it leads over.
fn resolve_over(
    link: &[u8],
    target: &[u8],
    links: &Links,
) -> Result<(Vec<u8>, Vec<Vec<u8>>), String> {
    let mut resolved: Vec<&[u8]> = link.split(|byte| *byte == b'/').collect();
    resolved.pop();
    let mut rest: Vec<&[u8]> = parts(target)?;
    let mut followed = Vec::new();
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
                let path = resolved.join(&b'/');
                if let Some(target) = links.get(&path) {
                    followed.push(path);
                    if followed.len() > MOST {
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
    Ok((resolved.join(&b'/'), followed))
}

/// The names that links give to what is below where they lead.
pub(super) struct Aliases<'l> {
    /// Where a link leads, and the links that do.
    leads: BTreeMap<Vec<u8>, Vec<&'l [u8]>>,
    /// A link, and those that lead over it.
    over: BTreeMap<Vec<u8>, Vec<&'l [u8]>>,
}

impl<'l> Aliases<'l> {
    pub(super) fn of(links: &'l Links) -> Self {
        let (mut leads, mut over) = (BTreeMap::new(), BTreeMap::new());
        for (link, target) in links {
            let Ok((path, followed)) = resolve_over(link, target, links) else { continue };
            leads.entry(path).or_insert_with(Vec::new).push(link.as_slice());
            for one in followed.into_iter().chain([link.clone()]) {
                over.entry(one).or_insert_with(Vec::new).push(link.as_slice());
            }
        }
        Self { leads, over }
    }

    /// Every other name of a path, each with the links that make it; of links that lead into
    /// their own folder, as many as the system follows.
    pub(super) fn names(&self, path: &[u8]) -> Vec<(Vec<u8>, Vec<&'l [u8]>)> {
        let mut names: Vec<(Vec<u8>, Vec<&[u8]>)> = Vec::new();
        let (mut name, mut by, mut at) = (path.to_vec(), Vec::new(), 0);
        loop {
            let ends = name.iter().enumerate().filter(|(_, byte)| **byte == b'/');
            for (end, _) in ends.filter(|_| by.len() < MOST) {
                for link in self.leads.get(&name[..end]).into_iter().flatten() {
                    let made = [*link, &name[end..]].concat();
                    if names.len() < MOST_NAMES && !names.iter().any(|(it, _)| *it == made) {
                        names.push((made, [&by[..], &[*link]].concat()));
                    }
                }
            }
            let Some(next) = names.get(at) else { return names };
            (name, by) = next.clone();
            at += 1;
        }
    }

    /// The links that lead over one, itself among them.
    pub(super) fn over(&self, link: &[u8]) -> &[&'l [u8]] {
        self.over.get(link).map_or(&[], Vec::as_slice)
    }
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
