//! What a pull request's body holds, by the one check of bodies: each item of the
//! checklist that speaks of the body is answered from what that check found.

use super::runs::Decision;
use super::{Answer, ReviewFacts};
use crate::judge::pr_body::{Problem, SCORECARD};

/// The least number of runs that a body links.
const RUNS: usize = 3;

/// The scorecard is there, whole, and that of the runs.
pub(super) fn scorecard(facts: &ReviewFacts<'_>, decision: Option<&Decision>) -> Answer {
    let of = |field: &str| field.starts_with(SCORECARD) || field.ends_with("scorecard_sha256");
    asked(facts, decision, of, "it is the scorecard of the runs")
}

/// The digest of the archive is there, and that of the runs.
pub(super) fn digest(facts: &ReviewFacts<'_>, decision: Option<&Decision>) -> Answer {
    let of = |field: &str| field.ends_with("evidence_zip_sha256");
    asked(facts, decision, of, "it is that of the runs")
}

/// The runs are named, and everybody can open them.
pub(super) fn links(facts: &ReviewFacts<'_>, decision: Option<&Decision>) -> Answer {
    let Some(found) = decision.filter(|decision| decision.run_ids.len() >= RUNS) else {
        return asked(facts, None, |_| false, "");
    };
    let count = found.run_ids.len();
    let of = |field: &str| field.ends_with("run_ids");
    let answer = asked(facts, decision, of, &format!("they are the {count} recorded runs"));
    if answer.is_proven() && !found.is_on_server() {
        return Answer::not_applicable("the runs were made on this machine, so there is no link");
    }
    answer
}

fn asked(
    facts: &ReviewFacts<'_>,
    decision: Option<&Decision>,
    of: impl Fn(&str) -> bool,
    proven: &str,
) -> Answer {
    let Some(problems) = facts.body else {
        return Answer::unseen("no body of a pull request was given");
    };
    let Some(decision) = decision else {
        return Answer::unseen(
            "no recorded runs of this commit, with which the body could be compared",
        );
    };
    // A body that cannot be read at all has nothing in it.
    let unread = |problem: &&Problem| problem.field == "body" || problem.field == "title";
    let wrong = problems.iter().find(|problem| of(&problem.field));
    match wrong.or_else(|| problems.iter().find(unread)) {
        Some(problem) => Answer::disproven(format!("`{}`: {}", problem.field, problem.message)),
        None if !decision.can_be_stood_on() => {
            Answer::unseen("the recorded runs are none that a body can stand on")
        }
        None => Answer::proven(proven),
    }
}
