//! A merge queue waits for the required checks of the merged group, which only a workflow
//! that starts on `merge_group` posts.

use super::Workflow;
use thrice_findings::{Code, Finding, Place};

/// A finding where the gates never run for a merge queue.
#[must_use]
pub fn without_queue(path: &str, workflow: &Workflow) -> Option<Finding> {
    if workflow.events.iter().any(|event| event == "merge_group") {
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
            assert_eq!(without_queue("w.yml", &workflow).is_none(), starts, "{on}");
        }
    }
}
