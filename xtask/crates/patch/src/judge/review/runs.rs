//! What the recorded decision says of the runs on a patch's head.

use std::collections::BTreeSet;

use serde::Deserialize;

use super::{Answer, ReviewFacts};
use crate::judge::patch::Patch;
use thrice_findings::{Outcome, Verdict, short};
use thrice_orr::judge::test_counts::{self, TestCounts};
use thrice_programme::Gates;

/// The least number of runs (H-4).
const RUNS: usize = 3;
const SCHEMA: &str = "xtask/orr/1";

/// The decision as it was recorded; only what a review asks of it.
#[derive(Clone, Debug, Deserialize)]
pub(super) struct Decision {
    schema: String,
    verdict: Verdict,
    commit: String,
    /// Where the runs were made.
    #[serde(default)]
    engine: String,
    policy_sha256: String,
    pub(super) run_ids: Vec<String>,
    evidence_zip_sha256: Option<String>,
    #[serde(default)]
    rehearsal: bool,
    runs: Vec<JudgedRun>,
}

impl Decision {
    /// Whether a body is compared with it: of any other, nothing is looked at.
    pub(super) fn can_be_stood_on(&self) -> bool {
        self.verdict == Verdict::Pass
            && !self.rehearsal
            && self.run_ids.len() >= RUNS
            && self.evidence_zip_sha256.is_some()
    }

    /// Whether everybody can open the runs.
    pub(super) fn is_on_server(&self) -> bool {
        self.engine == "github"
    }
}

#[derive(Clone, Debug, Deserialize)]
struct JudgedRun {
    run: u32,
    evidence_zip_sha256: Option<String>,
    gates: Vec<GateOutcome>,
}

#[derive(Clone, Debug, Deserialize)]
struct GateOutcome {
    gate: String,
    outcome: Outcome,
    #[serde(default)]
    tests: Option<TestCounts>,
}

/// Reads the decision, or says why nothing is known of it.
pub(super) fn read(bytes: Option<&[u8]>) -> Result<Decision, Answer> {
    let Some(bytes) = bytes else {
        return Err(Answer::unseen("no decision over runs is recorded here"));
    };
    match serde_json::from_slice::<Decision>(bytes) {
        Ok(decision) if decision.schema == SCHEMA => Ok(decision),
        Ok(_) => Err(Answer::unseen(format!("the recorded decision is not of the form {SCHEMA}"))),
        Err(error) => {
            let why = format!("the recorded decision cannot be read: line {}", error.line());
            Err(Answer::unseen(why))
        }
    }
}

/// The decision where it is over the patch's head, by that head's own rules.
pub(super) fn of_head<'a>(
    decision: &'a Result<Decision, Answer>,
    patch: &Patch,
    policy: &str,
) -> Result<&'a Decision, Answer> {
    let decision = decision.as_ref().map_err(Clone::clone)?;
    if decision.commit == patch.head {
        if decision.policy_sha256 == policy {
            return Ok(decision);
        }
        return Err(Answer::disproven("the runs were judged by other rules than the commit's"));
    }
    let (runs, head) = (short(&decision.commit), short(&patch.head));
    Err(Answer::disproven(format!("the recorded runs are of {runs}, the patch ends with {head}")))
}

/// Three green runs, one digest. Runs that nobody made are refused, not left open.
pub(super) fn three_green(
    of_head: &Result<&Decision, Answer>,
    gates: &Gates,
    facts: &ReviewFacts<'_>,
) -> Answer {
    let decision = match of_head {
        Ok(decision) => decision,
        Err(answer) => match facts.decision {
            Some(_) => return answer.clone(),
            None => return Answer::disproven(answer.why.clone()),
        },
    };
    let numbers: BTreeSet<u32> = decision.runs.iter().map(|run| run.run).collect();
    let ids: BTreeSet<&String> = decision.run_ids.iter().collect();
    let runs = numbers.len().min(ids.len());
    if runs < RUNS {
        let made =
            if runs == 1 { "1 run was made".to_owned() } else { format!("{runs} runs were made") };
        return Answer::disproven(format!("{made}; it takes {RUNS}"));
    }
    let all: Vec<&str> = gates.gates.iter().map(|gate| gate.id.as_str()).collect();
    let gates = green(decision, &all, "gates");
    if gates.verdict != Verdict::Pass {
        return Answer::disproven(gates.why);
    }
    let Some(digest) = one_digest(decision) else {
        return Answer::disproven("the archives of the runs are not the same bytes");
    };
    if decision.verdict != Verdict::Pass {
        return Answer::disproven(format!("the decision is `{}`", decision.verdict.word()));
    }
    match facts.archive_sha256 {
        None => Answer::unseen("the archive of the runs is not there"),
        Some(there) if there != digest => {
            Answer::disproven("the archive that is there is not that of the runs")
        }
        Some(_) => {
            let (commit, digest) = (short(&decision.commit), short(digest));
            Answer::proven(format!("{runs} green runs of {commit}, one digest {digest}"))
        }
    }
}

/// The digest that all runs have, and that the decision names.
fn one_digest(decision: &Decision) -> Option<&str> {
    let digest = decision.evidence_zip_sha256.as_deref()?;
    let same = |run: &JudgedRun| run.evidence_zip_sha256.as_deref() == Some(digest);
    decision.runs.iter().all(same).then_some(digest)
}

/// Whether these gates are green in every run; `what` they are for, in the plural or
/// with its article.
pub(super) fn green(decision: &Decision, gates: &[&str], what: &str) -> Answer {
    if gates.is_empty() {
        return Answer::not_applicable(format!("no gate of the programme is for {what}"));
    }
    for run in &decision.runs {
        for id in gates {
            match run.gates.iter().find(|gate| gate.gate == *id) {
                Some(gate) if gate.outcome == Outcome::Pass => {}
                Some(gate) => {
                    let why = format!("{id}: {} in run {}", gate.outcome.word(), run.run);
                    let unseen = gate.outcome == Outcome::NotEstablished;
                    return if unseen { Answer::unseen(why) } else { Answer::disproven(why) };
                }
                None => {
                    let why = format!("the base's gate {id} was not run in run {}", run.run);
                    return Answer::disproven(why);
                }
            }
        }
    }
    if decision.runs.is_empty() {
        return Answer::unseen("the recorded decision is over no run");
    }
    let of_first = decision.runs.iter().take(1).flat_map(|run| &run.gates);
    let counted = of_first.filter(|it| gates.contains(&it.gate.as_str()));
    let counted = counted.filter_map(|it| Some((it.gate.clone(), it.tests?))).collect();
    let tests = match (what, test_counts::words(&counted)) {
        ("tests", counts) if counts.is_empty() => " (nobody counts their tests)".to_owned(),
        ("tests", counts) => format!(" ({counts})"),
        _ => String::new(),
    };
    Answer::proven(format!("{} green in every run{tests}", gates.join(", ")))
}
