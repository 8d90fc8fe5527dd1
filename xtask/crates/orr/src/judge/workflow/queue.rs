//! A merge queue waits for the required checks of the merged group, which only a workflow
//! that starts on `merge_group` posts.

use super::Workflow;
use thrice_findings::text::quoted;
use thrice_findings::{Code, Finding, Place};

/// A finding where a merge queue would wait forever for a check: for one of those that are
/// `required`, which a job of this workflow posts, and which no group starts.
#[must_use]
pub fn judge_queue(path: &str, workflow: &Workflow, required: &[&str]) -> Option<Finding> {
    if workflow.events.iter().any(|event| event == "merge_group") {
        return None;
    }
    let job = workflow.jobs.iter().find(|job| required.contains(&job.context()))?;
    let message = format!(
        "the ruleset has a merge queue, and {path} does not start on `merge_group`: \
         the queue would wait for {} forever",
        quoted(job.context())
    );
    Some(
        Finding::new(Code::WorkflowJobs, message)
            .help(
                "write `base = \"queue\"` below `[workflow]` of policy/gates.toml and run \
                 `cargo xtask workflow generate --write`, or take the rule `merge_queue` out; a \
                 workflow of your own needs `merge_group:` below `on:`",
            )
            .at(Place::line(path, job.line)),
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
            let text = format!("{on}\njobs:\n  a: {{}}\n  b:\n    name: T0\n");
            let workflow = parse("w.yml", text.as_bytes()).unwrap();
            for (required, waits) in [("a", true), ("T0", true), ("b", false), ("c", false)] {
                let found = judge_queue("w.yml", &workflow, &[required]);
                assert_eq!(found.is_some(), !starts && waits, "{on} {required}");
            }
        }
    }
}
