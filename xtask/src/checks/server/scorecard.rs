//! The scorecard that a run left: of this commit, and green throughout.

use super::Expected;
use crate::checks::pr_body::{Problem, ScorecardWanted, check_scorecard};
use crate::findings::{Code, Finding, Place};

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
