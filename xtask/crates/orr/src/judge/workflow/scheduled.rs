//! Workflows that policy starts by the clock: `sla --notify`, where policy/risk.toml wants it,
//! and the board as a page, where policy/gates.toml does.

use super::generate::{setup, uses, yaml_text};
use thrice_findings::{Code, Finding, Place};
use thrice_programme::Policy;

/// Where the workflow of escalations is kept.
pub(crate) const SLA: &str = ".github/workflows/sla.yml";
/// Where the workflow of the board is kept.
pub(crate) const BOARD: &str = ".github/workflows/board.yml";
/// Minutes after which a run is given up.
const MINUTES: u32 = 15;

/// How a workflow begins that the clock starts, or somebody by hand: one run at a time.
fn scheduled(policy: &Policy, of: &str, does: &str, name: &str, schedule: &str) -> String {
    let program = policy.gates.workflow.tool.program();
    format!(
        "# Written from policy/{of} by `{program} workflow generate --write`. What is
# changed here by hand is undone by it, and refused by `{program} workflow check`.
#
{does}name: {name}

on:
  schedule:
    - cron: '{schedule}'
  workflow_dispatch:

permissions:
  contents: read

concurrency:
  group: {group}
  cancel-in-progress: false

jobs:
",
        group = name.to_ascii_lowercase(),
    )
}

/// Refuses a file that two workflows would be kept in.
fn refuse_taken(policy: &Policy, path: &str, of: &str) -> Result<(), Box<Finding>> {
    if !policy.gates.workflow.path.eq_ignore_ascii_case(path) {
        return Ok(());
    }
    let message = format!("{path} is the workflow of the gates, and of {of} too");
    let finding = Finding::new(Code::PolicyValue, message)
        .help("let `workflow` of `[ruleset]` in policy/gates.toml be another file");
    Err(Box::new(finding.at(Place::file("policy/gates.toml"))))
}

/// The step that checks out the default branch with its history, and those that get the program.
fn prepared(policy: &Policy) -> String {
    let settings = &policy.gates.workflow;
    format!(
        "{checkout}        with:
          ref: {branch}
          fetch-depth: 0
          persist-credentials: false
{setup}",
        checkout = uses("checkout", &settings.actions.checkout),
        branch = yaml_text(&policy.programme.default_branch),
        setup = setup(settings),
    )
}

/// The text of the workflow that publishes the board; `None` where policy wants none.
///
/// # Errors
/// A finding where the gates' workflow is kept in the same file.
pub fn board(policy: &Policy) -> Result<Option<String>, Box<Finding>> {
    let settings = &policy.gates.workflow;
    let Some(schedule) = &settings.board else { return Ok(None) };
    refuse_taken(policy, BOARD, "`board`")?;
    let does =
        "# Publishes the board on GitHub Pages. Only the second job may, and it runs one action.\n";
    Ok(Some(format!(
        "{head}  board:
    name: board
    runs-on: {runner}
    timeout-minutes: {MINUTES}
    permissions:
      actions: read # to see the runs of a review
      checks: read # to see how the gates of a commit went
      contents: read # to read the ledger and the rules
      pull-requests: read # to see where each stands
    steps:
{prepared}      - run: {program} board --on github --page \"$RUNNER_TEMP/index.html\"
        env:
          GH_TOKEN: ${{{{ github.token }}}}
      # What Pages takes: an artifact of this name, with an archive of this name.
      - run: tar --create --file \"$RUNNER_TEMP/artifact.tar\" --directory \"$RUNNER_TEMP\" index.html
{upload}        with:
          name: github-pages
          path: ${{{{ runner.temp }}}}/artifact.tar
          if-no-files-found: error

  publish:
    name: publish
    needs: [board]
    runs-on: {runner}
    timeout-minutes: {MINUTES}
    permissions:
      id-token: write # to prove which workflow publishes
      pages: write # to publish
    environment:
      name: github-pages
    steps:
{deploy}",
        head = scheduled(policy, "gates.toml", does, "Board", schedule),
        runner = yaml_text(&settings.runner),
        prepared = prepared(policy),
        program = settings.tool.program(),
        upload = uses("upload-artifact", &settings.actions.upload_artifact),
        deploy = uses("deploy-pages", &settings.actions.deploy_pages),
    )))
}

/// The text of the workflow; `None` where policy wants none.
///
/// # Errors
/// A finding where the gates' workflow is kept in the same file.
pub fn escalations(policy: &Policy) -> Result<Option<String>, Box<Finding>> {
    let Some(notify) = policy.risk.as_ref().and_then(|risk| risk.notify.as_ref()) else {
        return Ok(None);
    };
    refuse_taken(policy, SLA, "`[notify]`")?;
    let settings = &policy.gates.workflow;
    let does = "# Opens an issue for each escalation, and fails as long as a window is violated.\n";
    Ok(Some(format!(
        "{head}  sla:
    name: sla
    runs-on: {runner}
    timeout-minutes: {MINUTES}
    permissions:
      checks: read # to see how a check went on the default branch
      contents: read # to read the ledger and the rules
      issues: write # to open, update and close the issues of escalations
    steps:
{prepared}      - run: {program} sla --notify
        env:
          GH_TOKEN: ${{{{ github.token }}}}
",
        head = scheduled(policy, "risk.toml", does, "SLA", &notify.schedule),
        runner = yaml_text(&settings.runner),
        prepared = prepared(policy),
        program = settings.tool.program(),
    )))
}

#[cfg(test)]
mod tests {
    use super::super::{parse, unpinned};
    use super::*;
    use thrice_programme::{PolicyFiles, check};

    const SEVERITY: &str = "action = [\"a\"]\nescalation = [\"ops\"]\nacknowledge = \"5 minutes\"\nrecover = \"1 hours\"\n";

    fn policy(gates: &str, notify: &str) -> Policy {
        let programme = "id = \"s7\"\nname = \"S\"\ndefault_branch = \"main\"\ntime_zone = \"UTC\"\n[roles.ops]\nmembers = [\"@ops\"]\n";
        let severity = |id: &str| format!("[[severities]]\nid = \"{id}\"\n{SEVERITY}");
        let all = ["critical", "high", "medium"].map(severity).concat();
        let gate = "[[gates]]\nid = \"T4\"\nname = \"tests\"\nrun = [\"true\"]\n";
        let files: PolicyFiles = [
            ("programme.toml", programme.to_owned()),
            ("gates.toml", format!("{gates}{gate}")),
            ("risk.toml", format!("{all}{notify}")),
        ]
        .map(|(name, text)| (name.to_owned(), text.into_bytes()))
        .into();
        let (policy, findings) = check("policy", &files);
        policy.unwrap_or_else(|| panic!("{findings:?}"))
    }

    #[test]
    fn it_is_there_where_policy_wants_it() {
        assert_eq!(escalations(&policy("", "")), Ok(None));
        let notify = "[notify]\nschedule = \"*/15 * * * *\"\n";
        let workflow = "[workflow]\nsetup = [\"rustup\", \"show; it's\"]\n";
        let text = escalations(&policy(workflow, notify)).unwrap().unwrap();
        let parsed = parse(SLA, text.as_bytes()).unwrap();
        assert_eq!(unpinned(SLA, &parsed), []);
        let [job] = parsed.jobs.as_slice() else { panic!("{parsed:?}") };
        assert_eq!((job.id.as_str(), job.condition.as_deref()), ("sla", None));
        assert_eq!(job.runs.len(), 2);
        for line in [
            "    - cron: '*/15 * * * *'\n",
            "      - run: 'rustup ''show; it''\\''''s'''\n",
            "      issues: write # ",
            "          persist-credentials: false\n",
            "          GH_TOKEN: ${{ github.token }}\n",
        ] {
            assert!(text.contains(line), "{line}{text}");
        }
    }

    #[test]
    fn it_has_a_file_of_its_own() {
        let gates = "[ruleset]\nfile = \"r.json\"\nworkflow = \".github/workflows/sla.yml\"\n";
        let notify = "[notify]\nschedule = \"0 * * * *\"\n";
        let finding = escalations(&policy(gates, notify)).unwrap_err();
        assert_eq!(finding.code, Code::PolicyValue);
        let board = "[workflow]\nboard = \"0 6 * * *\"\n";
        let gates = gates.replace("sla.yml", "board.yml");
        let finding = super::board(&policy(&format!("{gates}{board}"), "")).unwrap_err();
        assert_eq!(finding.code, Code::PolicyValue);
    }

    #[test]
    fn only_the_job_that_runs_nothing_publishes_the_board() {
        assert_eq!(board(&policy("", "")), Ok(None));
        let text = board(&policy("[workflow]\nboard = \"0 6 * * 1-5\"\n", "")).unwrap().unwrap();
        let parsed = parse(BOARD, text.as_bytes()).unwrap();
        assert_eq!(unpinned(BOARD, &parsed), []);
        let [board, publish] = parsed.jobs.as_slice() else { panic!("{parsed:?}") };
        assert_eq!((board.id.as_str(), publish.id.as_str()), ("board", "publish"));
        assert!(board.runs.len() == 2 && publish.runs.is_empty(), "{parsed:?}");
        let (board, publish) = text.split_once("\n  publish:\n").unwrap();
        assert!(!board.contains(": write") && !publish.contains("- run:"), "{text}");
        assert!(board.contains("    - cron: '0 6 * * 1-5'\n"), "{text}");
        assert!(publish.contains("      pages: write # "), "{text}");
    }
}
