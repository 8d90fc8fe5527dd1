//! Links of evidence, and whether they lead somewhere.

use thrice_facts::files::{self, folder_of};
use thrice_policy::markdown;

pub(super) use thrice_policy::markdown::Link;

/// All links of a text, in order. What stands in code or in a comment is none.
#[must_use]
pub fn targets(text: &str) -> Vec<Link> {
    markdown::links(text)
}

/// Whether a link of a file leads somewhere; why not otherwise. What is on other machines
/// is not looked at, only whether it can be an address.
pub(super) fn resolve(file: &str, target: &str, has: &dyn Fn(&str) -> bool) -> Result<(), String> {
    if target.is_empty() {
        return Err("is empty".to_owned());
    }
    if let Some(rest) = target.strip_prefix("https://").or_else(|| target.strip_prefix("http://")) {
        let host = rest.split(['/', '?', '#']).next().unwrap_or_default();
        let name =
            host.rsplit('@').next().unwrap_or_default().split(':').next().unwrap_or_default();
        if name.is_empty() || !name.contains('.') && name != "localhost" {
            return Err("names no host".to_owned());
        }
        if name == "example.com" || name.ends_with(".example") || name.ends_with(".invalid") {
            return Err("leads to a host that is only an example".to_owned());
        }
        return Ok(());
    }
    if target.starts_with("mailto:") {
        return Ok(());
    }
    let path = target.split(['#', '?']).next().unwrap_or_default();
    if path.is_empty() {
        return Ok(());
    }
    if path.split('/').next().is_some_and(|first| first.contains(':')) {
        return Err("has a scheme that is not checked".to_owned());
    }
    let Some(path) = percent_decoded(path) else {
        return Err("has an invalid escape".to_owned());
    };
    let Some(full) = joined(file, &path) else {
        return Err("leads out of the repository".to_owned());
    };
    if has(&full) { Ok(()) } else { Err(format!("leads to {full}, which is not there")) }
}

/// A path whose `%28` and the like are what they stand for.
fn percent_decoded(path: &str) -> Option<String> {
    let mut bytes = Vec::with_capacity(path.len());
    let mut rest = path.bytes();
    while let Some(byte) = rest.next() {
        if byte != b'%' {
            bytes.push(byte);
            continue;
        }
        let digit = |byte: Option<u8>| char::from(byte?).to_digit(16);
        let (high, low) = (digit(rest.next())?, digit(rest.next())?);
        bytes.push(u8::try_from(high * 16 + low).ok()?);
    }
    String::from_utf8(bytes).ok()
}

/// Where a link of a file leads: the path in the repository. `path` is relative to the folder of
/// `file`, or to the repository if it begins with `/`. Nothing where it leaves the repository.
#[must_use]
pub fn joined(file: &str, path: &str) -> Option<String> {
    let folder = folder_of(file);
    match path.strip_prefix('/') {
        Some(from_top) => files::joined("", from_top.trim_start_matches('/')),
        None => files::joined(folder, path),
    }
}
