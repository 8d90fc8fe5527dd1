//! What a gate may see of the machine, and what never.

use super::super::gates::RawEnvironment;
use super::Environment;
use super::harmless::{is_harmless_entry, is_harmless_variable};
use thrice_findings::{Code, Finding};
use thrice_policy::source::Placed;
use thrice_policy::table::{Entries, List};
use thrice_policy::values::texts;

pub(super) fn validate_environment(
    raw: Option<RawEnvironment>,
    findings: &mut Vec<Finding>,
) -> Environment {
    let Some(raw) = raw else { return Environment::default() };
    let reasons = raw.reasons.map(|entries| entries.value.0).unwrap_or_default();
    let reasons: Vec<String> = reasons.into_iter().map(|(name, _)| name.value).collect();
    let home = raw.home.map(|list| list.value).unwrap_or_default();
    for entry in &home {
        if check_home_entry(entry, findings) && !is_harmless_entry(&entry.value) {
            needs_reason(entry, &reasons, findings);
        }
    }
    Environment {
        keep: names(raw.keep, &reasons, findings),
        set: assignments(raw.set, findings),
        home: texts(home),
        reasons,
        store: false,
        pnpm: false,
    }
}

/// What is on no list of harmless names needs a reason in policy.
fn needs_reason(name: &Placed<String>, reasons: &[String], findings: &mut Vec<Finding>) {
    if !reasons.contains(&name.value) {
        let message = format!("nobody says why gates may see `{}`", name.value);
        findings.push(name.finding(Code::PolicyValue, message).help(format!(
            "take it out, or write why below `[environment]`: `reasons.\"{}\" = \"…\"`",
            name.value
        )));
    }
}

/// Entries of a HOME that hold keys or tokens, and are never shown to a gate; each with
/// entries below it, or beside the secret, that are safe to name instead.
const CREDENTIALS: &[(&str, &[&str])] = &[
    (".cargo/config", &[".cargo/bin"]),
    (".cargo/config.toml", &[".cargo/bin"]),
    (".cargo/credentials", &[".cargo/bin"]),
    (".cargo/credentials.toml", &[".cargo/bin"]),
    (".ssh", &[]),
    (".gnupg", &[]),
    (".netrc", &[]),
    (".config", &[]),
    (".git-credentials", &[]),
    (".gitconfig", &[]),
    (".aws", &[]),
    (".azure", &[]),
    (".docker", &[]),
    (".kube", &[]),
    (".npmrc", &[]),
    (".yarnrc.yml", &[]),
    (".pypirc", &[]),
    (".password-store", &[]),
    (".gem/credentials", &[".gem/ruby"]),
    (".gradle/gradle.properties", &[".gradle/caches", ".gradle/wrapper"]),
    (".gradle/init.d", &[".gradle/caches", ".gradle/wrapper"]),
    (".m2/settings.xml", &[".m2/repository", ".m2/wrapper"]),
    (".m2/settings-security.xml", &[".m2/repository", ".m2/wrapper"]),
    (".mozilla", &[]),
    (".terraform.d", &[]),
    (".vault-token", &[]),
    (".local/share/keyrings", &[".local/bin", ".local/lib", ".local/share/pipx"]),
    (".local/share/gnupg", &[".local/bin", ".local/lib", ".local/share/pipx"]),
    (".local/share/uv/credentials", &[".local/share/uv/python", ".local/share/uv/tools"]),
    (".local/share/pypoetry/auth.toml", &[".local/share/pypoetry/venv"]),
    (".local/state", &[".local/bin"]),
];

/// What of an entry of HOME can hold keys or tokens: the entry itself, what it lies in, or
/// something in it; with entries that are safe to name instead.
#[must_use]
pub fn credentials_in(entry: &str) -> Option<(&'static str, &'static [&'static str])> {
    // A case-insensitive disk has the same file under every spelling.
    let entry = entry.to_lowercase();
    let is_in = |inner: &str, outer: &str| {
        inner.strip_prefix(outer).is_some_and(|rest| rest.is_empty() || rest.starts_with('/'))
    };
    CREDENTIALS.iter().copied().find(|(secret, _)| is_in(secret, &entry) || is_in(&entry, secret))
}

/// Whether an entry of HOME may be named at all.
fn check_home_entry(entry: &Placed<String>, findings: &mut Vec<Finding>) -> bool {
    let name = &entry.value;
    let plain = |part: &str| !part.is_empty() && part != "." && part != "..";
    if !name.split('/').all(plain) {
        findings.push(
            entry
                .finding(Code::PolicyValue, format!("`{name}` is not the name of an entry of HOME"))
                .help(
                    "name a file or folder by its path in HOME, such as `.rustup` or `.local/bin`",
                ),
        );
        return false;
    }
    let Some((secret, instead)) = credentials_in(name) else { return true };
    let message = if secret == name {
        format!("`{name}` can hold keys or tokens")
    } else {
        format!("`{name}` can hold keys or tokens: `{secret}`")
    };
    let help = if name == ".cargo" {
        "take it out, and write `keep = [\"CARGO_HOME\"]`: a gate gets a cargo home \
         without credentials"
            .to_owned()
    } else if instead.is_empty() {
        "gates never see credentials: take it out".to_owned()
    } else {
        let all: Vec<String> = instead.iter().map(|entry| format!("`{entry}`")).collect();
        format!("name what the gate needs of it, such as {}", all.join(" or "))
    };
    findings.push(entry.finding(Code::PolicyValue, message).help(help));
    false
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
    reasons: &[String],
    findings: &mut Vec<Finding>,
) -> Vec<String> {
    let list = list.map(|list| list.value).unwrap_or_default();
    for name in &list {
        if !check_variable(name, findings) {
            continue;
        }
        let upper = name.value.to_uppercase();
        if SECRET_WORDS.iter().any(|word| upper.contains(word)) {
            findings.push(
                name.finding(Code::PolicyValue, format!("`{}` names a secret", name.value))
                    .help("gates never see credentials: take it out"),
            );
        } else if !is_harmless_variable(&name.value) {
            needs_reason(name, reasons, findings);
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

fn check_variable(name: &Placed<String>, findings: &mut Vec<Finding>) -> bool {
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
    form && !OWN_VARIABLES.contains(&text.as_str())
}

#[cfg(test)]
mod tests {
    use super::credentials_in;

    #[test]
    fn an_entry_is_safe_where_no_secret_is_it_or_in_it_or_around_it() {
        let safe = [
            ".rustup",
            ".local/bin",
            ".local/lib",
            ".local/share/pipx",
            ".local/share/mise",
            ".pyenv",
            ".nvm",
            ".volta",
            ".sdkman",
            ".asdf",
            ".nix-profile",
            ".cargo/bin",
            ".m2/repository",
            ".gradle/caches",
            ".cache/uv",
            "go/pkg/mod",
            ".sshx",
            ".npm",
        ];
        for entry in safe {
            assert_eq!(credentials_in(entry), None, "{entry}");
        }
        let secret = [
            ".local",
            ".local/share",
            ".local/share/uv",
            ".local/state/x",
            ".cargo",
            ".ssh",
            ".ssh/id_rsa",
            ".SSH",
            ".config/gh",
            ".config",
            ".m2",
            ".m2/settings.xml",
            ".gradle",
            ".aws/credentials",
            ".npmrc",
            ".docker/config.json",
        ];
        for entry in secret {
            assert!(credentials_in(entry).is_some(), "{entry}");
        }
    }
}
