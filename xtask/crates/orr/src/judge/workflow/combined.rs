//! The job that stands for every gate: green only where each of them is.
//!
//! GitHub counts a skipped job as a success. So this one always runs, needs every gate, and
//! fails unless each of them succeeded.

use std::collections::BTreeSet;

use super::generate::yaml_text;
use super::{Job, Workflow};
use thrice_findings::text::quoted;
use thrice_findings::{Code, Finding, Place};
use thrice_programme::{Gates, WorkflowSettings};

/// Under which condition it runs: whatever became of the gates.
const ALWAYS: &str = "${{ always() }}";
/// Minutes after which it is given up.
const MINUTES: u32 = 5;

/// The command that fails unless each of so many gates succeeded.
fn command(gates: usize) -> String {
    let all = vec!["success"; gates].join(" ");
    format!("test \"${{{{ join(needs.*.result, ' ') }}}}\" = \"{all}\"")
}

/// The text of the job `check`.
pub(super) fn job(check: &str, gates: &Gates, settings: &WorkflowSettings) -> String {
    let needs: Vec<&str> = gates.gates.iter().map(|gate| gate.id.as_str()).collect();
    format!(
        "  # The one required check. It runs whatever became of the gates, because GitHub counts
  # a skipped job as a success; a gate that was skipped is none here. A result is a word of
  # GitHub's own, so no patch brings text into the command.
  {check}:
    name: {check}
    needs: [{}]
    if: {ALWAYS}
    runs-on: {}
    timeout-minutes: {MINUTES}
    permissions: {{}}
    steps:
      - run: {} # zizmor: ignore[template-injection]
",
        needs.join(", "),
        yaml_text(&settings.runner),
        command(needs.len()),
    )
}

/// What keeps the job `check` from standing for every gate; nothing where policy wants no
/// such job.
#[must_use]
pub fn combined(
    path: &str,
    workflow: &Workflow,
    gates: &[&str],
    check: Option<&str>,
) -> Vec<Finding> {
    let Some(check) = check else { return Vec::new() };
    let named = quoted(check);
    let wrong = |line: Option<usize>, message: String| {
        let place = line.map_or_else(|| Place::file(path), |line| Place::line(path, line));
        Finding::new(Code::WorkflowJobs, message)
            .help("`cargo xtask workflow generate --write`, then commit it")
            .at(place)
    };
    let own: Vec<_> = workflow.jobs.iter().filter(|job| job.context() == check).collect();
    let [job] = own.as_slice() else {
        let message = format!("{} jobs are named {named}, the one required check", own.len());
        return vec![wrong(own.get(1).map(|job| job.line), message)];
    };
    let mut findings = Vec::new();
    let mut add = |message: String| findings.push(wrong(Some(job.line), message));
    if job.condition.as_deref() != Some(ALWAYS) {
        add(format!("the job {named} does not run whatever became of the gates"));
    }
    let of_need = |need: &String| workflow.jobs.iter().find(|other| other.id == *need);
    let needed = job.needs.iter().filter_map(of_need).map(Job::context);
    let needed: BTreeSet<&str> = needed.filter(|gate| gates.contains(gate)).collect();
    if needed.len() != gates.len() || job.needs.len() != gates.len() {
        add(format!("the job {named} does not need exactly the gates"));
    }
    let command = command(gates.len());
    let runs = |run: &super::Run| run.command == command && run.bent_by.is_empty();
    let bent = job.matrix || job.calls_workflow || job.tolerates_failure || job.defaults;
    if bent || !job.runs.iter().any(runs) {
        add(format!("the job {named} can be green although a gate is not"));
    }
    findings
}

#[cfg(test)]
mod tests {
    use super::super::parse;
    use super::*;

    const GOOD: &str = "\
jobs:
  T0:
    steps: [{ run: cargo xtask gates run T0 }]
  T1:
    steps: [{ run: cargo xtask gates run T1 }]
  required-check:
    needs: [T0, T1]
    if: ${{ always() }}
    steps:
      - run: test \"${{ join(needs.*.result, ' ') }}\" = \"success success\"
";

    fn found(text: &str) -> Vec<String> {
        let workflow = parse("w.yml", text.as_bytes()).unwrap();
        let found = combined("w.yml", &workflow, &["T0", "T1"], Some("required-check"));
        found.into_iter().map(|finding| finding.message).collect()
    }

    #[test]
    fn one_job_stands_for_every_gate() {
        let of = |what: &str| vec![format!("the job `required-check` {what}")];
        let green = of("can be green although a gate is not");
        let needs = of("does not need exactly the gates");
        for (from, to, says) in [
            ("", "", Vec::new()),
            (
                "  required-check:",
                "  other:",
                vec!["0 jobs are named `required-check`, the one required check".to_owned()],
            ),
            ("    if: ${{ always() }}\n", "", of("does not run whatever became of the gates")),
            ("always()", "success()", of("does not run whatever became of the gates")),
            ("needs: [T0, T1]", "needs: [T0]", needs.clone()),
            ("needs: [T0, T1]", "needs: [T0, T0]", needs.clone()),
            ("\"success success\"", "\"success skipped\"", green.clone()),
            ("- run: test", "- continue-on-error: true\n        run: test", green.clone()),
            ("    needs: [T0, T1]", "    continue-on-error: true\n    needs: [T0, T1]", green),
        ] {
            assert_eq!(found(&GOOD.replacen(from, to, 1)), says, "{to}");
        }
        let workflow = parse("w.yml", GOOD.as_bytes()).unwrap();
        assert_eq!(combined("w.yml", &workflow, &["T0", "T1"], None), []);
    }
}
