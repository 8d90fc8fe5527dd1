//! CODEOWNERS as GitHub reads it: patterns like those of gitignore, the last one
//! that matches decides. GitHub skips a line that it cannot read; here such a line
//! is a finding, because a rule that is silently skipped silently does not hold.

mod index;
mod pattern;

use index::Index;
use pattern::Pattern;
use thrice_findings::text::{is_word, quoted};
use thrice_findings::{Code, Finding, Place};
use thrice_report::text::counted;

/// Where GitHub looks for the file; the first that is there counts, and no other is read
/// (<https://docs.github.com/en/repositories/managing-your-repositorys-settings-and-features/customizing-your-repository/about-code-owners#codeowners-file-location>).
pub(crate) const PLACES: [&str; 3] = [".github/CODEOWNERS", "CODEOWNERS", "docs/CODEOWNERS"];

/// The place whose file GitHub reads, of a commit for which `has` says what is there.
#[must_use]
pub fn place(has: impl Fn(&str) -> bool) -> Option<&'static str> {
    PLACES.into_iter().find(|place| has(place))
}

/// From this size on GitHub ignores the whole file.
const TOO_LARGE: usize = 3_000_000;
/// Files without an owner that get a finding of their own.
const SHOWN: usize = 20;

/// A CODEOWNERS file, made ready to be asked for many paths.
#[derive(Debug)]
pub struct Codeowners {
    path: String,
    rules: Vec<OwnersRule>,
    index: Index,
}

#[derive(Debug)]
struct OwnersRule {
    owners: Vec<String>,
    line: usize,
}

/// Reads a CODEOWNERS file; the findings are about lines that GitHub skips.
#[must_use]
pub fn parse(path: &str, bytes: &[u8]) -> (Codeowners, Vec<Finding>) {
    let mut file = Codeowners { path: path.to_owned(), rules: Vec::new(), index: Index::default() };
    if bytes.len() >= TOO_LARGE {
        let finding =
            Finding::new(Code::OwnerMissing, "GitHub ignores a CODEOWNERS file of 3 MB or more")
                .help("Join patterns with wildcards.")
                .at(Place::file(path));
        return (file, vec![finding]);
    }
    let mut findings = Vec::new();
    for (number, line) in bytes.split(|byte| *byte == b'\n').enumerate() {
        match read_line(line.strip_suffix(b"\r").unwrap_or(line)) {
            Ok(Some((pattern, owners))) => file.add(&pattern, owners, number + 1),
            Ok(None) => {}
            Err(message) => findings.push(
                Finding::new(Code::OwnerMissing, message)
                    .help("Correct the line: GitHub skips it as it is.")
                    .at(Place::line(path, number + 1)),
            ),
        }
    }
    (file, findings)
}

impl Codeowners {
    fn add(&mut self, pattern: &Pattern, owners: Vec<String>, line: usize) {
        self.index.add(pattern, self.rules.len());
        self.rules.push(OwnersRule { owners, line });
    }

    /// Who owns a path, which is relative to the root of the repository, and the
    /// line that says so. The owners are empty where that line names nobody, and
    /// `None` is given where no pattern matches.
    #[must_use]
    pub fn owners_of(&self, path: &[u8]) -> Option<(&[String], usize)> {
        let rule = self.rules.get(self.index.last_match(path)?)?;
        Some((&rule.owners, rule.line))
    }
}

/// A finding for each of `paths` that nobody owns; of many, the first twenty and
/// one that counts the others.
#[must_use]
pub(crate) fn unowned<'a>(
    codeowners: &Codeowners,
    paths: impl Iterator<Item = &'a [u8]>,
) -> Vec<Finding> {
    let (mut findings, mut more) = (Vec::new(), 0_usize);
    for path in paths {
        let found = codeowners.owners_of(path);
        if found.is_some_and(|(owners, _)| !owners.is_empty()) {
            continue;
        }
        if findings.len() == SHOWN {
            more += 1;
        } else {
            findings.push(unowned_path(codeowners, path, found.map(|(_, line)| line)));
        }
    }
    if more > 0 {
        let message = format!("{} without an owner", counted(more, "more file"));
        findings.push(missing(message, Place::file(&*codeowners.path)));
    }
    findings
}

fn unowned_path(codeowners: &Codeowners, path: &[u8], line: Option<usize>) -> Finding {
    let (file, name) = (&codeowners.path, quoted(path));
    match line {
        Some(line) => {
            let message =
                format!("{name} has no owner: the last pattern that matches names nobody");
            missing(message, Place::line(file, line))
        }
        None => {
            let message = format!("{name} has no owner: no pattern matches it");
            missing(message, Place::file(String::from_utf8_lossy(path)))
        }
    }
}

fn missing(message: String, place: Place) -> Finding {
    let help = "Add a pattern with an owner below those that match; begin the file with `*` and a default owner.";
    Finding::new(Code::OwnerMissing, message).help(help).at(place)
}

/// A pattern and its owners, nothing for a line without a rule, or what is wrong.
fn read_line(line: &[u8]) -> Result<Option<(Pattern, Vec<String>)>, String> {
    if line.starts_with(b"\xef\xbb\xbf") {
        return Err("the line begins with a byte order mark, which becomes part of it".to_owned());
    }
    let line = line.trim_ascii();
    if line.is_empty() || line.starts_with(b"#") {
        return Ok(None);
    }
    let (pattern, rest) = line.split_at(end_of_pattern(line));
    let mut owners = Vec::new();
    for word in rest.split(u8::is_ascii_whitespace).filter(|word| !word.is_empty()) {
        if word.starts_with(b"#") {
            break;
        }
        match std::str::from_utf8(word) {
            Ok(owner) if is_owner(owner) => owners.push(owner.to_owned()),
            _ => {
                let form = "`@user`, `@organisation/team` nor an e-mail address";
                return Err(format!("the owner {} is neither {form}", quoted(word)));
            }
        }
    }
    let compiled =
        Pattern::new(pattern).map_err(|why| format!("the pattern {} {why}", quoted(pattern)))?;
    Ok(Some((compiled, owners)))
}

/// Where the first white space stands that no backslash precedes.
fn end_of_pattern(line: &[u8]) -> usize {
    let mut escaped = false;
    for (at, byte) in line.iter().enumerate() {
        if byte.is_ascii_whitespace() && !escaped {
            return at;
        }
        escaped = *byte == b'\\' && !escaped;
    }
    line.len()
}

fn is_owner(word: &str) -> bool {
    let login = |name: &str| is_word(name, "-_") && !name.starts_with('-') && name.len() <= 39;
    match word.strip_prefix('@') {
        Some(name) => match name.split_once('/') {
            Some((organisation, team)) => login(organisation) && is_word(team, "-_."),
            None => login(name),
        },
        None => word.split_once('@').is_some_and(|(local, domain)| {
            is_word(local, ".!#$%&'*+-/=?^_`{|}~")
                && domain.contains('.')
                && domain.split('.').all(|label| is_word(label, "-"))
        }),
    }
}

#[cfg(test)]
mod tests;
