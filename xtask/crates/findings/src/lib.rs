//! What a check found: a [`Code`], a [`Severity`], a place, a message and a fix.
//!
//! This is the lowest room of the house: policy, checks and commands all make
//! findings, and only `report/` prints them.

mod answer;
mod code;
mod codes;
mod commit;
mod known;
pub mod outcome;
pub mod path;
mod stop;
pub mod text;

pub use answer::Answer;
pub use code::Concern;
pub use codes::Code;
pub use commit::{CommitId, short};
pub use known::Known;
pub use outcome::Outcome;
pub use path::display_bytes;
pub use stop::{Stop, interrupted, unless_refused};

use serde::{Deserialize, Serialize};

/// How a finding bears on the verdict.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Severity {
    /// The verdict cannot be "pass" while this stands.
    Refuse,
    /// Worth fixing; does not change the verdict.
    Warn,
    /// Worth knowing; does not change the verdict.
    Note,
}

/// The three answers. *Not established* never passes (design, principle 2).
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum Verdict {
    /// Proven.
    #[serde(rename = "pass")]
    Pass,
    /// Disproven.
    #[serde(rename = "fail")]
    Fail,
    /// Neither: unreachable, truncated, skipped, not allowed to see, no test ran.
    #[serde(rename = "not established")]
    NotEstablished,
}

impl Verdict {
    /// The word that people and JSON see.
    #[must_use]
    pub fn word(self) -> &'static str {
        match self {
            Self::Pass => "pass",
            Self::Fail => "fail",
            Self::NotEstablished => "not established",
        }
    }
}

/// Where a finding is. Every part is optional; lines and columns count from 1,
/// columns in characters.
#[derive(Clone, Debug, Default, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct Place {
    /// Path, relative to the repository where it lies inside it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub file: Option<String>,
    /// Line, from 1.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub line: Option<usize>,
    /// Column in characters, from 1.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub column: Option<usize>,
    /// Number of the run, from 1.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub run: Option<u32>,
    /// Gate id, such as `T4`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub gate: Option<String>,
    /// The source line, for the renderer that shows it.
    #[serde(skip)]
    pub excerpt: Option<Excerpt>,
}

/// The line of a file that a finding points at.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct Excerpt {
    /// The whole line, without its end.
    pub line: String,
    /// Byte range within `line` that is meant.
    pub span: std::ops::Range<usize>,
}

impl Place {
    /// A whole file.
    #[must_use]
    pub fn file(path: impl Into<String>) -> Self {
        Self { file: Some(path.into()), ..Self::default() }
    }

    /// A line of a file.
    #[must_use]
    pub fn line(path: impl Into<String>, line: usize) -> Self {
        Self { file: Some(path.into()), line: Some(line), ..Self::default() }
    }

    /// A gate, in no particular run.
    #[must_use]
    pub fn gate(gate: impl Into<String>) -> Self {
        Self { gate: Some(gate.into()), ..Self::default() }
    }

    /// The same place, in run `run`.
    #[must_use]
    pub fn in_run(mut self, run: u32) -> Self {
        self.run = Some(run);
        self
    }

    /// One line for people: `run 2, T4`, `policy/gates.toml:3:1`.
    #[must_use]
    pub fn describe(&self) -> String {
        let mut parts = Vec::new();
        if let Some(run) = self.run {
            parts.push(format!("run {run}"));
        }
        if let Some(gate) = &self.gate {
            parts.push(gate.clone());
        }
        if let Some(file) = &self.file {
            let mut text = file.clone();
            for number in [self.line, self.column].into_iter().flatten() {
                text.push_str(&format!(":{number}"));
            }
            parts.push(text);
        }
        parts.join(", ")
    }
}

/// One thing that was found.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Finding {
    /// Stable name; `cargo xtask explain CODE` says more.
    pub code: Code,
    /// How it bears on the verdict.
    pub severity: Severity,
    /// What is so, in one sentence; no terminal escapes are trusted in it.
    pub message: String,
    /// What to do next.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub help: Option<String>,
    /// Where.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub place: Option<Place>,
    /// Lines of the file at that place that say most.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub quote: Vec<String>,
    /// What this finding sums up, the cause first, and what only follows from it.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub under: Vec<Finding>,
}

impl Finding {
    /// Whether two findings say the same of the same place, however each bears on a verdict.
    #[must_use]
    pub fn is_same(&self, other: &Self) -> bool {
        self.code == other.code && self.message == other.message && self.place == other.place
    }

    /// A finding with the severity that its code has by default.
    #[must_use]
    pub fn new(code: Code, message: impl Into<String>) -> Self {
        Self {
            code,
            severity: code.severity(),
            message: message.into(),
            help: None,
            place: None,
            quote: Vec::new(),
            under: Vec::new(),
        }
    }

    /// This finding and everything under it.
    pub fn all(&self) -> impl Iterator<Item = &Self> {
        // What is under a finding sums up nothing itself.
        std::iter::once(self).chain(&self.under)
    }

    /// With what to do next.
    #[must_use]
    pub fn help(mut self, help: impl Into<String>) -> Self {
        self.help = Some(help.into());
        self
    }

    /// With where it is.
    #[must_use]
    pub fn at(mut self, place: Place) -> Self {
        self.place = Some(place);
        self
    }
}

/// The one finding that refuses something.
pub type Refused = Box<Finding>;

/// Adds findings, except those that are there already.
pub fn add_new(findings: &mut Vec<Finding>, more: impl IntoIterator<Item = Finding>) {
    for finding in more {
        if !findings.contains(&finding) {
            findings.push(finding);
        }
    }
}

/// What a set of findings amounts to.
///
/// A refusal that disproves makes `fail`; where there are only refusals that say
/// "could not be seen", `not established`; otherwise `pass`.
#[must_use]
pub fn verdict(findings: &[Finding]) -> Verdict {
    let all = findings.iter().flat_map(Finding::all);
    let mut refusals = all.filter(|f| f.severity == Severity::Refuse).peekable();
    if refusals.peek().is_none() {
        return Verdict::Pass;
    }
    // CEC-20 says that a gate is not green; the gate's own findings say why not.
    let mut reasons = refusals.filter(|f| f.code != Code::Cec20).peekable();
    let unseen =
        |f: &Finding| matches!(f.code.concern(), Concern::NotEstablished | Concern::Interrupted);
    if reasons.peek().is_some() && reasons.all(unseen) {
        Verdict::NotEstablished
    } else {
        Verdict::Fail
    }
}

/// Exit status of a command with these findings (design, "Verdicts, codes and
/// exit statuses"): 130 interrupted, 2 usage, 3 policy, else the smallest CEC
/// exit, else 1 for any other refusal, else 4 for what is not established, else 0.
#[must_use]
pub fn exit_status(findings: &[Finding]) -> u8 {
    findings
        .iter()
        .flat_map(Finding::all)
        .filter(|f| f.severity == Severity::Refuse)
        .map(|f| match f.code.concern() {
            Concern::Interrupted => (0, 130),
            Concern::Usage => (1, 2),
            Concern::Policy => (2, 3),
            Concern::Cec(number) => (3 + number, number),
            Concern::Refusal => (200, 1),
            Concern::NotEstablished => (201, 4),
        })
        .min()
        .map_or(0, |(_, status)| status)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_finding_is_added_once() {
        let [one, two] = ["one", "two"].map(|text| Finding::new(Code::Cec20, text));
        let mut all = vec![one.clone()];
        add_new(&mut all, [one.clone(), two.clone(), two.clone()]);
        assert_eq!(all, [one, two]);
    }

    #[test]
    fn the_smallest_cec_exit_wins_and_policy_comes_first() {
        let f = |code| Finding::new(code, "x");
        assert_eq!(exit_status(&[]), 0);
        assert_eq!(exit_status(&[f(Code::Cec40), f(Code::Cec20), f(Code::Cec30)]), 20);
        assert_eq!(exit_status(&[f(Code::DirtyTree), f(Code::Cec60)]), 60);
        assert_eq!(exit_status(&[f(Code::DirtyTree)]), 1);
        assert_eq!(exit_status(&[f(Code::TestsNone)]), 4);
        assert_eq!(exit_status(&[f(Code::TestsNone), f(Code::DirtyTree)]), 1);
        assert_eq!(exit_status(&[f(Code::Cec10), f(Code::PolicyType)]), 3);
        assert_eq!(exit_status(&[f(Code::Cec10), f(Code::Interrupted)]), 130);
        assert_eq!(exit_status(&[f(Code::OverTarget)]), 0);
    }

    #[test]
    fn not_established_is_its_own_verdict() {
        assert_eq!(verdict(&[]), Verdict::Pass);
        assert_eq!(verdict(&[Finding::new(Code::TestsNone, "x")]), Verdict::NotEstablished);
        let red = [Finding::new(Code::Cec20, "x"), Finding::new(Code::TestsNone, "x")];
        assert_eq!(verdict(&red), Verdict::NotEstablished);
        assert_eq!(exit_status(&red), 20);
        assert_eq!(verdict(&red[..1]), Verdict::Fail);
        let both = [Finding::new(Code::TestsNone, "x"), Finding::new(Code::GateFailed, "x")];
        assert_eq!(verdict(&both), Verdict::Fail);
    }
}
