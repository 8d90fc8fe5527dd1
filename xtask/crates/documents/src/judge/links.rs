//! Links of Markdown: inline links and images, references and bare addresses.

/// A link.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Target {
    /// Its line, from 1.
    pub line: usize,
    /// Where it leads, as written.
    pub text: String,
}

/// All links of a text, in order. What stands in code is none.
#[must_use]
pub fn targets(text: &str) -> Vec<Target> {
    let mut found = Vec::new();
    let mut fenced = false;
    for (index, line) in text.lines().enumerate() {
        let trimmed = line.trim_start();
        if trimmed.starts_with("```") || trimmed.starts_with("~~~") {
            fenced = !fenced;
            continue;
        }
        if !fenced {
            let add = |text: &str| Target { line: index + 1, text: text.to_owned() };
            found.extend(of_line(&without_code(line)).into_iter().map(|it| add(&it)));
        }
    }
    found
}

/// A line whose code spans are blanks.
fn without_code(line: &str) -> String {
    if line.matches('`').count() < 2 {
        return line.to_owned();
    }
    let pieces: Vec<&str> = line.split('`').collect();
    let last = pieces.len().saturating_sub(1);
    let keep = |(index, piece): (usize, &&str)| {
        if index % 2 == 1 && index != last { " ".to_owned() } else { (*piece).to_owned() }
    };
    pieces.iter().enumerate().map(keep).collect()
}

fn of_line(line: &str) -> Vec<String> {
    let mut found = Vec::new();
    let mut rest = line;
    while let Some((_, after)) = rest.split_once("](") {
        let end = after.find(')').unwrap_or(after.len());
        let inner = after.get(..end).unwrap_or_default().trim();
        let target = match inner.strip_prefix('<') {
            Some(angled) => angled.split('>').next().unwrap_or_default(),
            None => inner.split_whitespace().next().unwrap_or_default(),
        };
        found.push(target.to_owned());
        rest = after.get(end..).unwrap_or_default();
    }
    if let Some((label, target)) = line.trim_start().split_once("]: ")
        && label.starts_with('[')
    {
        found.extend(
            target.split_whitespace().next().map(|it| it.trim_matches(['<', '>']).to_owned()),
        );
    }
    for word in line.split(|c: char| c.is_whitespace() || "()<>[]\"".contains(c)) {
        if word.starts_with("https://") || word.starts_with("http://") {
            let word = word.trim_end_matches(['.', ',', ';', ':', '!', '?']).to_owned();
            if !found.contains(&word) {
                found.push(word);
            }
        }
    }
    found
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
        return Err("is of a kind that is not followed".to_owned());
    }
    let path = path.replace("%20", " ");
    let Some(full) = joined(file, &path) else {
        return Err("leads out of the repository".to_owned());
    };
    if has(&full) { Ok(()) } else { Err(format!("leads to {full}, which is not there")) }
}

/// A path relative to a file's folder, or to the repository where it begins with `/`.
fn joined(file: &str, path: &str) -> Option<String> {
    let mut parts: Vec<&str> = match path.strip_prefix('/') {
        Some(_) => Vec::new(),
        None => file.split('/').collect(),
    };
    parts.pop();
    for part in path.split('/') {
        match part {
            "" | "." => {}
            ".." => {
                parts.pop()?;
            }
            _ => parts.push(part),
        }
    }
    Some(parts.join("/"))
}
