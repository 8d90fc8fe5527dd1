//! The workflow whose job is the merge gate, for a required status check.
//!
//! It starts on `pull_request_target`: GitHub takes the file from the default branch, and
//! gives it secrets. That is safe only where nothing of the patch is run or pasted: what is
//! checked out and built is the default branch, and the one thing of the pull request that
//! is used is its number, in a variable of the environment.

use super::generate::{setup, uses, yaml_text};
use thrice_findings::{Code, Finding, Place};
use thrice_programme::Policy;

/// Where it is kept.
pub(crate) const PATH: &str = ".github/workflows/merge-check.yml";
/// The name of its job, by which it is a required check.
pub(super) const MERGE_CHECK_JOB: &str = "merge-check";
/// Minutes after which a run is given up.
const MINUTES: u32 = 30;

/// Why no workflow can say what may be merged, and what helps; `None` where one can.
fn obstacle(policy: &Policy) -> Option<(String, &'static str)> {
    let settings = &policy.gates.workflow;
    if settings.path.eq_ignore_ascii_case(PATH) {
        let message = format!("{PATH} is the workflow of the gates, and of `merge_check` too");
        return Some((message, "let `workflow` of `[ruleset]` be another file"));
    }
    if settings.has_queue() {
        let message = "`merge_check` cannot answer for a merge queue".to_owned();
        let help = "take one of the two out: GitHub runs the checks of a queue from the merged \
                    files, and `merge-check` must run from the default branch";
        return Some((message, help));
    }
    let has_name =
        policy.gates.gates.iter().any(|gate| gate.id.eq_ignore_ascii_case(MERGE_CHECK_JOB));
    let message = format!("a gate is called `{MERGE_CHECK_JOB}`, as the job of `merge_check` is");
    has_name.then_some((message, "call the gate otherwise"))
}

/// The text of the workflow; `None` where policy wants none.
///
/// # Errors
/// A finding where the gates' workflow is kept in the same file, or a gate has the name of
/// the job: GitHub could not tell the two checks apart.
pub fn merge_check(policy: &Policy) -> Result<Option<String>, Box<Finding>> {
    let settings = &policy.gates.workflow;
    if !settings.merge_check {
        return Ok(None);
    }
    if let Some((message, help)) = obstacle(policy) {
        let place = Place::file("policy/gates.toml");
        return Err(Box::new(Finding::new(Code::PolicyValue, message).help(help).at(place)));
    }
    let (setup, program) = (setup(settings), settings.tool.program());
    Ok(Some(format!(
        "# Written from policy/gates.toml by `{program} workflow generate --write`. What is
# changed here by hand is undone by it, and refused by `{program} workflow check`.
#
# Says of each pull request whether it may be merged, by the rules and the code of the
# default branch. Nothing of the patch is checked out or run here: keep it so.
name: Merge check

on:
  pull_request_target:
    branches: [{branch}]
    types: [opened, synchronize, reopened, edited, ready_for_review]

permissions: {{}}

concurrency:
  group: {MERGE_CHECK_JOB}-${{{{ github.event.pull_request.number }}}}
  cancel-in-progress: true

jobs:
  {MERGE_CHECK_JOB}:
    name: {MERGE_CHECK_JOB}
    runs-on: {runner}
    timeout-minutes: {MINUTES}
    permissions:
      actions: read # to see runs, jobs and artifacts
      checks: read # to see the checks of the head
      contents: read # to read the default branch and the objects of the patch
      pull-requests: read # to see the pull request and its reviews
    steps:
{checkout}        with:
          ref: {branch}
          fetch-depth: 0
          persist-credentials: false
{setup}      - run: {program} pr merge-check \"$NUMBER\" --format github
        env:
          NUMBER: ${{{{ github.event.pull_request.number }}}}
          GH_TOKEN: ${{{{ secrets.MERGE_CHECK_TOKEN || github.token }}}}
",
        runner = yaml_text(&settings.runner),
        checkout = uses("checkout", &settings.actions.checkout),
        branch = yaml_text(&policy.programme.default_branch),
    )))
}

#[cfg(test)]
mod tests {
    use super::super::{RECHECK, parse, recheck, unpinned};
    use super::*;
    use thrice_programme::{PolicyFiles, check};

    fn policy(workflow: &str, gate: &str) -> Policy {
        let programme =
            "id = \"s7\"\nname = \"S\"\ndefault_branch = \"main\"\ntime_zone = \"UTC\"\n";
        let gate = format!("[[gates]]\nid = \"{gate}\"\nname = \"tests\"\nrun = [\"true\"]\n");
        let files: PolicyFiles =
            [("programme.toml", programme.to_owned()), ("gates.toml", format!("{workflow}{gate}"))]
                .map(|(name, text)| (name.to_owned(), text.into_bytes()))
                .into();
        let (policy, findings) = check("policy", &files);
        policy.unwrap_or_else(|| panic!("{findings:?}"))
    }

    #[test]
    fn it_runs_the_code_of_the_base_alone() {
        assert_eq!(merge_check(&policy("", "T4")), Ok(None));
        let text = merge_check(&policy("[workflow]\nmerge_check = true\n", "T4")).unwrap().unwrap();
        let parsed = parse(PATH, text.as_bytes()).unwrap();
        assert_eq!(unpinned(PATH, &parsed), []);
        let [job] = parsed.jobs.as_slice() else { panic!("{parsed:?}") };
        assert_eq!((job.id.as_str(), job.name.as_deref()), ("merge-check", Some("merge-check")));
        assert_eq!((job.condition.as_deref(), job.runs.len()), (None, 1));
        // No expression stands in a command, and none names the patch's own ref or text.
        let expressions: Vec<&str> = text.lines().filter(|line| line.contains("${{")).collect();
        assert!(expressions.iter().all(|line| !line.contains("run:")), "{expressions:?}");
        for hazard in ["head.ref", "head.sha", "head_ref", "title", "body", "refs/pull"] {
            assert!(!text.contains(hazard), "{hazard}: {text}");
        }
        assert_eq!(text.matches("actions/checkout@").count(), 1);
        assert!(text.contains("          ref: main\n"), "{text}");
        assert!(text.contains("          persist-credentials: false\n"), "{text}");
        assert!(text.contains("\npermissions: {}\n"), "{text}");
    }

    #[test]
    fn it_is_repeated_without_running_anything_of_a_patch() {
        assert_eq!(recheck(&policy("", "T4")), None);
        let text = recheck(&policy("[workflow]\nmerge_check = true\n", "T4")).unwrap();
        let parsed = parse(RECHECK, text.as_bytes()).unwrap();
        assert_eq!((unpinned(RECHECK, &parsed), parsed.uses.len()), (Vec::new(), 0));
        assert_eq!(parsed.events.len(), 1);
        assert_eq!(parsed.events[0].name, "workflow_dispatch");
        let [job] = parsed.jobs.as_slice() else { panic!("{parsed:?}") };
        assert_eq!((job.id.as_str(), job.condition.as_deref()), ("merge-recheck", None));
        let expressions: Vec<&str> = text.lines().filter(|line| line.contains("${{")).collect();
        assert_eq!(
            expressions,
            [
                "          REPOSITORY: ${{ github.repository }}",
                "          GH_TOKEN: ${{ github.token }}",
            ]
        );
    }

    #[test]
    fn it_is_not_for_a_merge_queue() {
        let both = "[workflow]\nmerge_check = true\nbase = \"queue\"\n";
        let finding = merge_check(&policy(both, "T4")).unwrap_err();
        assert_eq!(finding.message, "`merge_check` cannot answer for a merge queue");
    }

    #[test]
    fn no_gate_and_no_file_is_both() {
        let both = "[ruleset]\nfile = \"r.json\"\nworkflow = \".github/workflows/merge-check.yml\"\n[workflow]\nmerge_check = true\n";
        assert_eq!(merge_check(&policy(both, "T4")).unwrap_err().code, Code::PolicyValue);
    }
}
