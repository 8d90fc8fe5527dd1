//! What a gate may see of the machine, and what never.

use super::super::gates::RawEnvironment;
use super::Environment;
use thrice_findings::{Code, Finding};
use thrice_policy::source::Placed;
use thrice_policy::table::{Entries, List};
use thrice_policy::values::texts;

pub(super) fn validate_environment(
    raw: Option<RawEnvironment>,
    findings: &mut Vec<Finding>,
) -> Environment {
    let Some(raw) = raw else { return Environment::default() };
    let home = raw.home.map(|list| list.value).unwrap_or_default();
    for entry in &home {
        check_home_entry(entry, findings);
    }
    Environment {
        keep: names(raw.keep, findings),
        set: assignments(raw.set, findings),
        home: texts(home),
    }
}

/// Entries of a HOME that hold keys or tokens, and are never shown to a gate.
const CREDENTIALS: &[&str] = &[
    ".cargo",
    ".ssh",
    ".gnupg",
    ".netrc",
    ".config",
    ".git-credentials",
    ".gitconfig",
    ".aws",
    ".azure",
    ".docker",
    ".kube",
    ".npmrc",
    ".pypirc",
    ".password-store",
    ".local",
];

fn check_home_entry(entry: &Placed<String>, findings: &mut Vec<Finding>) {
    let name = &entry.value;
    if name.contains('/') || name == "." || name == ".." {
        findings.push(
            entry
                .finding(Code::PolicyValue, format!("`{name}` is not the name of an entry of HOME"))
                .help("name a file or folder that lies directly in HOME, such as `.cargo`"),
        );
    } else if CREDENTIALS.contains(&name.as_str()) {
        findings.push(
            entry.finding(Code::PolicyValue, format!("`{name}` can hold keys or tokens")).help(
                if name == ".cargo" {
                    "take it out, and write `keep = [\"CARGO_HOME\"]`: a gate gets a cargo home \
                     without credentials"
                } else {
                    "gates never see credentials: take it out"
                },
            ),
        );
    }
}

/// Parts of variable names that mark a secret, and are never shown to a gate.
const SECRET_WORDS: &[&str] = &[
    "TOKEN",
    "SECRET",
    "PASSWORD",
    "PASSWD",
    "PASSPHRASE",
    "CREDENTIAL",
    "API_KEY",
    "ACCESS_KEY",
    "PRIVATE_KEY",
    "SSH_AUTH_SOCK",
];

pub(super) fn names(
    list: Option<Placed<List<String>>>,
    findings: &mut Vec<Finding>,
) -> Vec<String> {
    let list = list.map(|list| list.value).unwrap_or_default();
    for name in &list {
        check_variable(name, findings);
        let upper = name.value.to_uppercase();
        if SECRET_WORDS.iter().any(|word| upper.contains(word)) {
            findings.push(
                name.finding(Code::PolicyValue, format!("`{}` names a secret", name.value))
                    .help("gates never see credentials: take it out"),
            );
        }
    }
    texts(list)
}

pub(super) fn assignments(
    entries: Option<Placed<Entries<String>>>,
    findings: &mut Vec<Finding>,
) -> Vec<(String, String)> {
    let entries = entries.map(|entries| entries.value.0).unwrap_or_default();
    for (name, _) in &entries {
        check_variable(name, findings);
    }
    entries.into_iter().map(|(name, value)| (name.value, value.value)).collect()
}

/// Variables that this tool itself sets for every gate.
const OWN_VARIABLES: &[&str] =
    &["HOME", "TMPDIR", "LC_ALL", "TZ", "SOURCE_DATE_EPOCH", "EVIDENCE_DIR", "GATE"];

fn check_variable(name: &Placed<String>, findings: &mut Vec<Finding>) {
    let text = &name.value;
    let form = text.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'_')
        && !text.starts_with(|c: char| c.is_ascii_digit());
    if !form {
        findings.push(
            name.finding(Code::PolicyValue, format!("`{text}` is not the name of a variable"))
                .help("use letters, digits and underscores"),
        );
    } else if OWN_VARIABLES.contains(&text.as_str()) {
        findings.push(
            name.finding(Code::PolicyValue, format!("`{text}` is set by the tool itself"))
                .help("take it out: a run's value follows from the commit and the run"),
        );
    }
}
