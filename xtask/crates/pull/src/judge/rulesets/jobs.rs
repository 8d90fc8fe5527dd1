//! The jobs behind the required checks: a check is known by its job's name alone, so
//! exactly one job of one workflow may have it.

use std::collections::BTreeMap;

use thrice_findings::text::quoted;
use thrice_findings::{Answer, Code, Finding, Place, Severity, Verdict};
use thrice_orr::judge::workflow::{self, MergeQueue};

/// Judges the workflows of the default branch, given by path: `own` is the one whose jobs
/// are the gates, each run by `program`, and `check` the one that stands for all of them,
/// where policy has it. `queue`: the merge queue of the server, which awaits nothing where there is
/// none.
#[must_use]
pub(crate) fn judge(
    own: &str,
    workflows: &BTreeMap<String, Vec<u8>>,
    (gates, check): (&[&str], Option<&str>),
    program: &str,
    queue: MergeQueue<'_>,
) -> (Answer, Vec<Finding>) {
    let mut findings = match workflows.get(own) {
        Some(bytes) => match workflow::parse(own, bytes) {
            Ok(parsed) => {
                let mut findings = workflow::job_names(own, &parsed, gates, program);
                findings.extend(workflow::combined(own, &parsed, gates, check));
                findings.extend(queue.judge(own, &parsed));
                findings
            }
            Err(finding) => vec![*finding],
        },
        None => vec![
            Finding::new(Code::WorkflowJobs, format!("{own} is not there"))
                .help("commit it, or correct `workflow` below `[ruleset]` in policy/gates.toml")
                .at(Place::file(own)),
        ],
    };
    let names: Vec<&str> = gates.iter().copied().chain(check).collect();
    for (path, bytes) in workflows.iter().filter(|(path, _)| *path != own) {
        findings.extend(of_another(path, bytes, &names, queue));
    }
    let refusals = findings.iter().filter(|finding| finding.severity == Severity::Refuse);
    let why = refusals.map(|finding| finding.message.clone()).next();
    let demand = "each gate is one job, run without condition".to_owned();
    let answer = thrice_findings::verdict(&findings);
    let why = if answer == Verdict::Pass { own.to_owned() } else { why.unwrap_or_default() };
    (Answer::new(demand, answer, why), findings)
}

/// Jobs of another workflow that are named as gates: their checks cannot be told apart. And
/// a job for whose check a queue would wait forever.
fn of_another(path: &str, bytes: &[u8], gates: &[&str], queue: MergeQueue<'_>) -> Vec<Finding> {
    let parsed = match workflow::parse(path, bytes) {
        Ok(parsed) => parsed,
        Err(mut finding) => {
            finding.severity = Severity::Warn;
            return vec![*finding];
        }
    };
    let collides = |job: &&workflow::Job| gates.contains(&job.context());
    let finding = |job: &workflow::Job| {
        let message = format!("a job of another workflow is named {}", quoted(job.context()));
        Finding::new(Code::WorkflowJobs, message)
            .help("give it another name: GitHub cannot tell the two checks apart")
            .at(Place::line(path, job.line))
    };
    parsed.jobs.iter().filter(collides).map(finding).chain(queue.judge(path, &parsed)).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    const OWN: &str = ".github/workflows/orr.yml";
    const GOOD: &str = "\
jobs:
  T0:
    steps: [{ run: cargo xtask gates run T0 }]
  T1:
    needs: T0
    steps: [{ run: cargo xtask gates run T1 }]
";

    fn queue<'a>(awaited: &'a [&str]) -> MergeQueue<'a> {
        MergeQueue { branch: "main", awaited }
    }

    fn judged(files: &[(&str, &str)]) -> (Verdict, Vec<String>) {
        let files = files.iter().map(|(path, text)| ((*path).to_owned(), text.as_bytes().to_vec()));
        let (line, findings) =
            judge(OWN, &files.collect(), (&["T0", "T1"], None), "cargo xtask", queue(&[]));
        let shown = |f: &Finding| format!("{} {}", f.code.name(), f.message);
        (line.verdict, findings.iter().map(shown).collect())
    }

    #[test]
    fn a_merge_queue_needs_checks_of_its_own() {
        let other = "on: pull_request\njobs:\n  lint: {}\n";
        let judged = |text: &str, awaited: &[&str]| {
            let files = [(OWN, text), (".github/workflows/a.yml", other)];
            let files = files.map(|(path, text)| (path.to_owned(), text.as_bytes().to_vec()));
            let gates = (&["T0", "T1"][..], None);
            judge(OWN, &files.into(), gates, "cargo xtask", queue(awaited)).0.verdict
        };
        let starts = format!("on: [pull_request, merge_group]\n{GOOD}");
        assert_eq!(judged(GOOD, &[]), Verdict::Pass);
        assert_eq!(judged(GOOD, &["T1"]), Verdict::Fail);
        assert_eq!(judged(&starts, &["T1"]), Verdict::Pass);
        // Another app posts it, or a workflow that no group starts.
        assert_eq!(judged(&starts, &["T1", "of-an-app"]), Verdict::Pass);
        assert_eq!(judged(&starts, &["T1", "lint"]), Verdict::Fail);
    }

    #[test]
    fn each_gate_is_one_job_of_one_workflow() {
        assert_eq!(judged(&[(OWN, GOOD)]), (Verdict::Pass, vec![]));
        let absent = "workflow-jobs .github/workflows/orr.yml is not there".to_owned();
        assert_eq!(judged(&[]), (Verdict::Fail, vec![absent]));
        let skipped = GOOD.replace("  T0:\n", "  T0:\n    if: false\n");
        let said = "workflow-jobs the job of gate `T0` runs under a condition".to_owned();
        assert_eq!(judged(&[(OWN, &skipped)]), (Verdict::Fail, vec![said]));
        let twice = "workflow-jobs a job of another workflow is named `T1`".to_owned();
        let other = ".github/workflows/a.yml";
        assert_eq!(
            judged(&[(OWN, GOOD), (other, "jobs:\n  x:\n    name: T1\n    runs-on: x\n")]),
            (Verdict::Fail, vec![twice])
        );
        assert_eq!(
            judged(&[(OWN, GOOD), (other, "jobs:\n  x:\n    runs-on: x\n")]),
            (Verdict::Pass, vec![])
        );
        // One that cannot be read is reported, but may well be right.
        let (answer, findings) = judged(&[(OWN, GOOD), (other, "a: [")]);
        assert_eq!((answer, findings.len()), (Verdict::Pass, 1));
    }
}
