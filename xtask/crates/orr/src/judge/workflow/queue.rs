//! A merge queue waits for the required checks of the merged group, which only a workflow
//! that starts on `merge_group` posts.

use super::Workflow;
use thrice_findings::{Code, Finding, Place};

/// A finding where the gates never run for a merge queue that is `there`, or where policy
/// has one in mind (`wanted`) and no ruleset does.
#[must_use]
pub fn judge_queue(path: &str, workflow: &Workflow, wanted: bool, there: bool) -> Option<Finding> {
    if wanted && !there {
        let message = "policy says that a merge queue tests what is merged, and no ruleset has one";
        return Some(Finding::new(Code::RulesetDrift, message).help(
            "add the rule `merge_queue` to the ruleset of the default branch, or take \
             `merge_queue = true` out of `[workflow]` in policy/gates.toml",
        ));
    }
    if !there || workflow.events.iter().any(|event| event == "merge_group") {
        return None;
    }
    let message = format!(
        "the ruleset has a merge queue, and {path} does not start on `merge_group`: \
         the queue would wait for its checks forever"
    );
    Some(
        Finding::new(Code::WorkflowJobs, message)
            .help(
                "write `merge_queue = true` below `[workflow]` of policy/gates.toml and run \
                 `cargo xtask workflow generate --write`, or take the rule `merge_queue` out",
            )
            .at(Place::file(path)),
    )
}

#[cfg(test)]
mod tests {
    use super::super::parse;
    use super::*;

    #[test]
    fn every_form_of_on_is_read() {
        for (on, starts) in [
            ("on: merge_group", true),
            ("on: [push, merge_group]", true),
            ("on:\n  pull_request:\n  merge_group:", true),
            ("on:\n  merge_group:\n    types: [checks_requested]", true),
            ("'on': [merge_group]", true),
            ("on: pull_request", false),
            ("on:\n  push:\n    branches: [merge_group]", false),
            ("name: merge_group", false),
        ] {
            let workflow = parse("w.yml", format!("{on}\njobs: {{}}\n").as_bytes()).unwrap();
            for wanted in [false, true] {
                let found = judge_queue("w.yml", &workflow, wanted, true);
                assert_eq!(found.is_none(), starts, "{on}");
            }
            assert_eq!(judge_queue("w.yml", &workflow, false, false), None, "{on}");
            let found = judge_queue("w.yml", &workflow, true, false).unwrap();
            assert_eq!(found.code, Code::RulesetDrift, "{on}");
        }
    }
}
