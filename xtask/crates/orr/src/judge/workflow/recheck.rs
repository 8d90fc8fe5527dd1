//! The workflow that runs the merge gate of all open pull requests again.
//!
//! GitHub starts nothing on a push to the ledger's branch: it takes the workflows of a push
//! from the commit that was pushed, and that branch has none. So whoever records that an
//! alarm starts or ends dispatches this workflow, whose file is the default branch's. A run
//! that is repeated keeps its pull request, and its check is on the same commit.

use super::generate::yaml_text;
use super::merge_check::{self, MERGE_CHECK_JOB};
use thrice_facts::files::file_name;
use thrice_programme::Policy;

/// Where it is kept.
pub(crate) const PATH: &str = ".github/workflows/merge-recheck.yml";
/// Minutes after which a run is given up.
const MINUTES: u32 = 15;

/// The text of the workflow; `None` where policy wants no merge gate on the server.
#[must_use]
pub fn recheck(policy: &Policy) -> Option<String> {
    let settings = &policy.gates.workflow;
    if !settings.merge_check {
        return None;
    }
    let program = settings.tool.program();
    let file = file_name(merge_check::PATH);
    Some(format!(
        "# Written from policy/gates.toml by `{program} workflow generate --write`. What is
# changed here by hand is undone by it, and refused by `{program} workflow check`.
#
# Runs {MERGE_CHECK_JOB} of each open pull request again. Commands that record an alarm, or its
# end, start it; `gh workflow run merge-recheck.yml` does, too.
name: Merge recheck

on:
  workflow_dispatch:

permissions: {{}}

concurrency:
  group: merge-recheck
  cancel-in-progress: false

jobs:
  merge-recheck:
    name: merge-recheck
    runs-on: {runner}
    timeout-minutes: {MINUTES}
    permissions:
      actions: write # to repeat runs
      pull-requests: read # to see which are open
    steps:
      - run: |
          failed=0
          gh api --paginate \"repos/$REPOSITORY/pulls?state=open&base=$BASE&per_page=100\" --jq '.[].head.sha' > heads
          for head in $(sort -u heads); do
            run=$(gh api \"repos/$REPOSITORY/actions/workflows/{file}/runs?event=pull_request_target&head_sha=$head&per_page=1\" --jq '.workflow_runs[0].id // empty')
            [ -n \"$run\" ] || continue
            tries=0
            until gh api --method POST \"repos/$REPOSITORY/actions/runs/$run/rerun\"; do
              tries=$((tries + 1))
              if [ \"$tries\" -ge 5 ]; then failed=1; break; fi
              sleep 20
            done
          done
          exit \"$failed\"
        env:
          BASE: {branch}
          REPOSITORY: ${{{{ github.repository }}}}
          GH_TOKEN: ${{{{ github.token }}}}
",
        runner = yaml_text(&settings.runner),
        branch = yaml_text(&policy.programme.default_branch),
    ))
}
