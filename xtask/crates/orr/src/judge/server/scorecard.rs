//! A scorecard: what it must say, in a body as in the artifact of a run.

use super::Expected;
use thrice_findings::text::quoted;
use thrice_findings::{Code, Finding, Place};
use thrice_policy::json;
use thrice_policy::tree::Node;

/// One thing that is wrong with a body: CEC-50, or REFUSE-10 where it lacks something.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Problem {
    /// The field or section.
    pub field: String,
    /// The line, from 1.
    pub line: usize,
    /// What is wrong.
    pub message: String,
    /// What fixes it.
    pub help: String,
    /// Whether something that must be there is not.
    pub missing: bool,
}

impl Problem {
    /// A problem of a field at a line.
    pub fn new(
        field: &str,
        line: usize,
        message: impl Into<String>,
        help: impl Into<String>,
    ) -> Self {
        let (message, help) = (message.into(), help.into());
        Self { field: field.to_owned(), line, message, help, missing: false }
    }

    /// The same, of something that must be there and is not.
    #[must_use]
    pub fn missing(self) -> Self {
        Self { missing: true, ..self }
    }

    /// The problem as a finding in a file.
    #[must_use]
    pub fn finding(&self, file: &str) -> Finding {
        let code = if self.missing { Code::Refuse10 } else { Code::Cec50 };
        Finding::new(code, format!("`{}`: {}", self.field, self.message))
            .help(&self.help)
            .at(Place::line(file, self.line))
    }
}

/// What it must say.
pub struct ScorecardWanted<'a> {
    /// The programme's id.
    pub programme: &'a str,
    /// The commit that was judged.
    pub commit: &'a str,
    /// Its tree, where that is known.
    pub tree: Option<&'a str>,
    /// The gates, each of which passed.
    pub gates: &'a [String],
}

/// The schema of a scorecard.
const SCHEMA: &str = "xtask/scorecard/1";

/// Checks a scorecard whose first line is that after line `before` of the body.
#[must_use]
pub fn check_scorecard(text: &str, before: usize, wanted: &ScorecardWanted<'_>) -> Vec<Problem> {
    let problem = |line: usize, at: &str, message: String| {
        let field = format!("Scorecard{}{at}", if at.is_empty() { "" } else { " " });
        Problem::new(
            &field,
            before + line,
            message,
            "write the body again, from a review of this commit",
        )
    };
    let node = match json::read(text.as_bytes()) {
        Ok(node) => node,
        Err(unread) => {
            let message = format!("this is not JSON: {}", unread.message);
            return vec![problem(unread.line.unwrap_or(1), "", message)];
        }
    };
    let mut problems = Vec::new();
    let says = [
        ("schema", Some(SCHEMA)),
        ("programme", Some(wanted.programme)),
        ("commit", Some(wanted.commit)),
        ("tree", wanted.tree),
        ("verdict", Some("pass")),
    ];
    for (key, value) in says {
        let Some(value) = value else { continue };
        match node.get(key) {
            Some(said) if said.text() == Some(value) => {}
            Some(said) => {
                let message = format!("this is {}, not {}", said.describe(), quoted(value));
                problems.push(problem(said.line, key, message));
            }
            None => problems.push(problem(node.line, key, "it is missing".to_owned())),
        }
    }
    let gates = node.get("gates").and_then(Node::items).unwrap_or_default();
    for gate in gates {
        let id = gate.get("gate").and_then(Node::text).unwrap_or_default();
        if gate.get("outcome").and_then(Node::text) != Some("pass") {
            let message = format!("the gate {} did not pass", quoted(id));
            problems.push(problem(gate.line, "gates", message));
        }
    }
    for id in wanted.gates {
        let is = |gate: &&Node| gate.get("gate").and_then(Node::text) == Some(id);
        if gates.iter().filter(is).count() != 1 {
            let message = format!("the gate {} is not there once", quoted(id));
            problems.push(problem(node.line, "gates", message));
        }
    }
    problems
}

/// Everything in a run's scorecard that is not as a green run on the commit with this
/// tree leaves it.
#[must_use]
pub fn judge_scorecard(
    expected: &Expected,
    run_number: u32,
    tree: &str,
    bytes: &[u8],
) -> Vec<Finding> {
    let wanted = ScorecardWanted {
        programme: &expected.programme,
        commit: &expected.sha,
        tree: Some(tree),
        gates: &expected.gates,
    };
    let problems = match std::str::from_utf8(bytes) {
        Ok(text) => check_scorecard(text, 0, &wanted),
        Err(_) => {
            let message = "the scorecard of the run is not UTF-8";
            return vec![Finding::new(Code::ArtifactUnread, message).at(in_run(run_number))];
        }
    };
    problems.iter().map(|problem| finding(problem).at(in_run(run_number))).collect()
}

fn in_run(number: u32) -> Place {
    Place::default().in_run(number)
}

fn finding(problem: &Problem) -> Finding {
    let code = match problem.field.as_str() {
        "Scorecard verdict" | "Scorecard gates" => Code::Cec20,
        "Scorecard commit" | "Scorecard tree" | "Scorecard programme" => Code::RunMismatch,
        _ => Code::ArtifactUnread,
    };
    let message = format!("`{}`, line {}: {}", problem.field, problem.line, problem.message);
    Finding::new(code, message).help("make new runs: `cargo xtask orr --on github`")
}
