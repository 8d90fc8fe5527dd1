//! `[workflow.tool]`: how a job of the workflow gets this program.

use thrice_findings::{Code, Finding};
use thrice_policy::declare::policy_table;
use thrice_policy::source::Placed;

policy_table! {
    /// How every job gets this program; `cargo xtask` of the repository itself where the table is absent.
    pub(crate) struct RawTool {
        /// The repository that `cargo install` builds it from, an https address.
        optional git: String,
        /// The full commit id of that repository.
        optional commit: String,
        /// The archive of a release (`.tar.gz` with the program at its top), an https address.
        optional release: String,
        /// The archive's SHA-256, 64 hexadecimal digits.
        optional sha256: String,
    }
}

/// How a job gets this program.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Tool {
    /// The repository has it as its own `xtask`: cargo builds it where it is called.
    Xtask,
    /// `cargo install` at a full commit id.
    Git {
        /// The repository.
        url: String,
        /// The commit.
        commit: String,
    },
    /// The archive of a release with its digest.
    Release {
        /// The archive.
        url: String,
        /// Its SHA-256.
        sha256: String,
    },
}

impl Tool {
    /// What the workflow calls it.
    #[must_use]
    pub fn program(&self) -> &'static str {
        match self {
            Self::Xtask => "cargo xtask",
            Self::Git { .. } | Self::Release { .. } => "thrice",
        }
    }
}

pub(super) fn validate(raw: Option<Placed<RawTool>>, findings: &mut Vec<Finding>) -> Tool {
    let Some(raw) = raw else { return Tool::Xtask };
    let table = &raw;
    let RawTool { git, commit, release, sha256 } = raw.value.clone();
    let mut refuse = |message: &str, help: &str| {
        findings.push(table.finding(Code::PolicyValue, message).help(help));
    };
    match (git, commit, release, sha256) {
        (Some(git), Some(commit), None, None) => {
            let (url, commit) = (checked_url(git, findings), checked_hex(commit, 40, findings));
            url.zip(commit).map_or(Tool::Xtask, |(url, commit)| Tool::Git { url, commit })
        }
        (None, None, Some(release), Some(sha256)) => {
            let (url, sha256) = (checked_url(release, findings), checked_hex(sha256, 64, findings));
            url.zip(sha256).map_or(Tool::Xtask, |(url, sha256)| Tool::Release { url, sha256 })
        }
        _ => {
            refuse(
                "this doesn't say one way to get the program",
                "write `git` and `commit`, or `release` and `sha256`; take the table out where the repository has its own `xtask`",
            );
            Tool::Xtask
        }
    }
}

/// An address that means itself to a shell and to YAML, and that nobody can change on its way.
fn checked_url(url: Placed<String>, findings: &mut Vec<Finding>) -> Option<String> {
    let plain = |b: u8| b.is_ascii_alphanumeric() || b"._-/:%+~".contains(&b);
    let rest = url.value.strip_prefix("https://").unwrap_or_default();
    if rest.contains('/') && url.value.bytes().all(plain) {
        return Some(url.value);
    }
    findings.push(
        url.finding(Code::PolicyValue, format!("`{}` is not a plain https address", url.value))
            .help("write `https://`, a host and a path, without a login or a query"),
    );
    None
}

fn checked_hex(
    digits: Placed<String>,
    length: usize,
    findings: &mut Vec<Finding>,
) -> Option<String> {
    let hex = |b: u8| b.is_ascii_digit() || (b'a'..=b'f').contains(&b);
    if digits.value.len() == length && digits.value.bytes().all(hex) {
        return Some(digits.value);
    }
    let message = format!("`{}` is not {length} hexadecimal digits", digits.value);
    let help = match length {
        40 => "write the full commit id: a branch or a tag can be moved",
        _ => "write what `sha256sum` prints of the archive",
    };
    findings.push(digits.finding(Code::PolicyValue, message).help(help));
    None
}
