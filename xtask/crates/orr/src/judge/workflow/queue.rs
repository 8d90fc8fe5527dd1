//! A merge queue waits for the required checks of the merged group, which only a workflow
//! that starts on `merge_group` posts.

use super::{Event, Workflow};
use thrice_findings::text::quoted;
use thrice_findings::{Code, Finding, Place};

/// A merge queue.
#[derive(Clone, Copy, Debug)]
pub struct MergeQueue<'a> {
    /// The branch that it merges into.
    pub branch: &'a str,
    /// The checks for which it waits.
    pub awaited: &'a [&'a str],
}

impl MergeQueue<'_> {
    /// A finding where the queue would wait forever for a check: for one that a job of this
    /// workflow posts, and which no group starts, or perhaps none of the queue's branch.
    #[must_use]
    pub fn judge(&self, path: &str, workflow: &Workflow) -> Option<Finding> {
        let job = workflow.jobs.iter().find(|job| self.awaited.contains(&job.context()))?;
        let why = match workflow.events.iter().find(|event| event.name == "merge_group") {
            None => "does not start on `merge_group`".to_owned(),
            Some(event) if !is_of_all_groups(event, self.branch) => {
                format!("limits `merge_group`, perhaps to others than {}", quoted(self.branch))
            }
            Some(_) => return None,
        };
        let job_name = quoted(job.context());
        let message = format!(
            "the ruleset has a merge queue, and {path} {why}: the queue would wait for {job_name} \
             forever"
        );
        Some(
            Finding::new(Code::WorkflowJobs, message)
                .help(
                    "write `base = \"queue\"` below `[workflow]` of policy/gates.toml and run \
                     `cargo xtask workflow generate --write`, or take the rule `merge_queue` out; \
                     a workflow of your own needs `merge_group:` below `on:`, without a limit",
                )
                .at(Place::line(path, job.line)),
        )
    }
}

/// Whether each merge group of a branch starts the event for certain: a pattern of GitHub that is
/// more than a name or all names is not guessed.
fn is_of_all_groups(event: &Event, branch: &str) -> bool {
    let is_all = |it: &String| it == "**" || it == "*" && !branch.contains('/');
    let named = event.branches.as_ref().is_none_or(|listed| {
        listed.iter().any(|it| it == branch || is_all(it))
            && !listed.iter().any(|it| it.starts_with('!'))
    });
    let is_other = |it: &String| it != branch && !it.contains(['*', '?', '+', '[', '!']);
    named
        && event.ignored.iter().all(is_other)
        && event.types.as_ref().is_none_or(|types| types.iter().any(|it| it == "checks_requested"))
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
            ("on:\n  merge_group:\n    branches: main", true),
            ("on:\n  merge_group:\n    branches: [dev, main]", true),
            ("on:\n  merge_group:\n    branches: ['**']", true),
            ("on:\n  merge_group:\n    branches: ['*']", true),
            ("on:\n  merge_group:\n    branches: [dev]", false),
            ("on:\n  merge_group:\n    branches: ['m*n']", false),
            ("on:\n  merge_group:\n    branches: ['**', '!main']", false),
            ("on:\n  merge_group:\n    branches-ignore: [dev]", true),
            ("on:\n  merge_group:\n    branches-ignore: [main]", false),
            ("on:\n  merge_group:\n    branches-ignore: ['**']", false),
            ("on:\n  merge_group:\n    types: [destroyed]", false),
        ] {
            let text = format!("{on}\njobs:\n  a: {{}}\n  b:\n    name: T0\n");
            let workflow = parse("w.yml", text.as_bytes()).unwrap();
            for (required, waits) in [("a", true), ("T0", true), ("b", false), ("c", false)] {
                let queue = MergeQueue { branch: "main", awaited: &[required] };
                let found = queue.judge("w.yml", &workflow);
                assert_eq!(found.is_some(), !starts && waits, "{on} {required}");
            }
        }
    }
}
