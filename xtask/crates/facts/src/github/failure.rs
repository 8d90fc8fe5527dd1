//! A request that gave nothing to build on.

use std::fmt;

use thrice_findings::{Code, Finding, Stop};

/// Why a request gave nothing.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum FailureKind {
    /// No token, or one that the server does not take (401).
    Unauthorized,
    /// The token may not do this (403 without a sign of a limit).
    Forbidden,
    /// It is not there, or the token may not see it (404, 410).
    NotFound,
    /// A rate limit that lasts longer than is waited for.
    Limited,
    /// The server refuses the request as it is (other 4xx).
    Refused,
    /// The server failed (5xx).
    ServerError,
    /// No whole answer came: no network, a dropped connection, no time left.
    Unreachable,
    /// An answer that cannot be read: no JSON, or JSON of another form.
    Unreadable,
    /// The command was asked to stop.
    Interrupted,
}

/// A request that gave nothing to build on. It never holds a token.
#[derive(Clone, Debug)]
pub struct Failure {
    kind: FailureKind,
    request: String,
    status: Option<u16>,
    said: String,
}

impl Failure {
    /// A failure of a request such as `GET repos/o/r`.
    #[must_use]
    pub fn new(kind: FailureKind, request: &str, status: Option<u16>, said: &str) -> Self {
        let said: String = without_tokens(said).chars().take(300).collect();
        Self { kind, request: request.to_owned(), status, said }
    }

    /// Why.
    #[must_use]
    pub fn kind(&self) -> FailureKind {
        self.kind
    }

    /// The HTTP status, where there was one.
    #[must_use]
    pub fn status(&self) -> Option<u16> {
        self.status
    }

    /// Whether the server may have carried the request out nevertheless.
    #[must_use]
    pub fn may_have_happened(&self) -> bool {
        matches!(
            self.kind,
            FailureKind::ServerError
                | FailureKind::Unreachable
                | FailureKind::Unreadable
                | FailureKind::Interrupted
        )
    }

    /// The finding: which request, what came of it, and what fixes it. It is never
    /// more than "not established".
    #[must_use]
    pub fn finding(&self) -> Finding {
        let (code, help) = match self.kind {
            FailureKind::Unauthorized => (Code::GithubLogin, "`gh auth login`, or set GH_TOKEN"),
            FailureKind::Forbidden => (
                Code::GithubForbidden,
                "let somebody run it who may; docs/architecture.md lists what the token needs",
            ),
            FailureKind::NotFound => (
                Code::GithubAbsent,
                "see that it is there and that the token may see it (`cargo xtask doctor`)",
            ),
            FailureKind::Limited => (Code::GithubLimited, "run it again when the limit is over"),
            FailureKind::Refused => (Code::GithubRefused, "fix what the server names"),
            FailureKind::ServerError | FailureKind::Unreachable | FailureKind::Unreadable => {
                (Code::GithubUnreachable, "run it again; where it goes on, see githubstatus.com")
            }
            FailureKind::Interrupted => (Code::Interrupted, "run it again"),
        };
        Finding::new(code, self.to_string()).help(help)
    }
}

impl fmt::Display for Failure {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}: ", self.request)?;
        match self.status {
            Some(status) if !self.said.is_empty() => write!(f, "HTTP {status}: {}", self.said),
            Some(status) => write!(f, "HTTP {status}"),
            None => f.write_str(&self.said),
        }
    }
}

impl std::error::Error for Failure {}

impl From<Failure> for Stop {
    fn from(failure: Failure) -> Self {
        match failure.kind {
            FailureKind::Interrupted => Self::Interrupted,
            _ => failure.finding().into(),
        }
    }
}

impl From<Failure> for Box<Finding> {
    fn from(failure: Failure) -> Self {
        Self::new(failure.finding())
    }
}

/// A text without anything that looks like a token of GitHub's, and without the values
/// of the variables that hold tokens.
#[must_use]
pub(crate) fn without_tokens(text: &str) -> String {
    let mut out = text.to_owned();
    for name in super::TOKENS {
        if let Some(value) = std::env::var(name).ok().filter(|value| value.len() >= 8) {
            out = out.replace(&value, "[token]");
        }
    }
    let prefixes = ["ghp_", "gho_", "ghu_", "ghs_", "ghr_", "github_pat_"];
    for prefix in prefixes {
        let mut rest = std::mem::take(&mut out);
        while let Some(at) = rest.find(prefix) {
            let (before, after) = rest.split_at(at);
            let end = after.find(|c: char| !c.is_ascii_alphanumeric() && c != '_');
            out.push_str(before);
            out.push_str("[token]");
            rest = end.map(|end| after[end..].to_owned()).unwrap_or_default();
        }
        out.push_str(&rest);
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn no_token_is_reported() {
        let said = "token ghp_abcDEF123 and github_pat_11A_b, ghs_x";
        assert_eq!(without_tokens(said), "token [token] and [token], [token]");
        let failure = Failure::new(FailureKind::Refused, "GET x", Some(422), said);
        assert!(!failure.finding().message.contains("ghp_"));
    }
}
