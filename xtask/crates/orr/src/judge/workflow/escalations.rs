//! The workflow that runs `sla --notify` again and again, where policy/risk.toml wants it.

use super::generate::{setup, uses, yaml_text};
use thrice_findings::{Code, Finding, Place};
use thrice_programme::Policy;

/// Where it is kept.
pub(crate) const PATH: &str = ".github/workflows/sla.yml";
/// Minutes after which a run is given up.
const MINUTES: u32 = 15;

/// The text of the workflow; `None` where policy wants none.
///
/// # Errors
/// A finding where the gates' workflow is kept in the same file.
pub fn escalations(policy: &Policy) -> Result<Option<String>, Box<Finding>> {
    let Some(notify) = policy.risk.as_ref().and_then(|risk| risk.notify.as_ref()) else {
        return Ok(None);
    };
    let settings = &policy.gates.workflow;
    if settings.path.eq_ignore_ascii_case(PATH) {
        let message = format!("{PATH} is the workflow of the gates, and of `[notify]` too");
        let finding = Finding::new(Code::PolicyValue, message)
            .help("let `workflow` of `[ruleset]` in policy/gates.toml be another file");
        return Err(Box::new(finding.at(Place::file("policy/gates.toml"))));
    }
    let (setup, program) = (setup(settings), settings.tool.program());
    Ok(Some(format!(
        "# Written from policy/risk.toml by `{program} workflow generate --write`. What is
# changed here by hand is undone by it, and refused by `{program} workflow check`.
#
# Opens an issue for each escalation, and fails as long as a window is violated.
name: SLA

on:
  schedule:
    - cron: '{schedule}'
  workflow_dispatch:

permissions:
  contents: read

# One run at a time: of two, each could open an issue for the same escalation.
concurrency:
  group: sla
  cancel-in-progress: false

jobs:
  sla:
    name: sla
    runs-on: {runner}
    timeout-minutes: {MINUTES}
    permissions:
      checks: read # to see how a check went on the default branch
      contents: read # to read the ledger and the rules
      issues: write # to open, update and close the issues of escalations
    steps:
{checkout}        with:
          ref: {branch}
          fetch-depth: 0
          persist-credentials: false
{setup}      - run: {program} sla --notify
        env:
          GH_TOKEN: ${{{{ github.token }}}}
",
        schedule = notify.schedule,
        runner = yaml_text(&settings.runner),
        checkout = uses("checkout", &settings.actions.checkout),
        branch = yaml_text(&policy.programme.default_branch),
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
        let parsed = parse(PATH, text.as_bytes()).unwrap();
        assert_eq!(unpinned(PATH, &parsed), []);
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
    }
}
