//! The workflow that policy gives: one job a gate, and beside them at most one that
//! attests.
//!
//! What a job may do follows from what it runs. Every gate's job builds and runs code
//! of the patch, so none of them has a right beyond reading the repository; what signs
//! is a job of its own, which runs nothing but a pinned action.

use std::collections::BTreeSet;

use super::combined;
use super::jobs::command_of;
use thrice_findings::text::{is_word, quoted, shell_word};
use thrice_findings::{Code, Finding, Place};
use thrice_programme::{Action, Builtin, Gate, Gates, Pin, Policy, Tool, WorkflowSettings};

/// Minutes beyond a gate's own time in which its job checks out, builds this tool,
/// fetches what `prepare` names, and hands on what the gate left.
const HEADROOM: u64 = 15;

/// What a dispatched run is found again by, else the commit that is judged.
const TITLE: &str = "${{ inputs.nonce || github.event.pull_request.head.sha || github.sha }}";

/// What sets a dispatched run apart from every other; a pull request's from those of its
/// other commits.
const GROUP: &str = "${{ inputs.nonce || github.event.pull_request.head.sha || github.run_id }}";

/// The commit that is judged. Of a pull request GitHub would check out its merge with the
/// base: a commit that nobody wrote, is on no branch, and that no evidence should name.
const COMMIT: &str = "${{ github.event.pull_request.head.sha || github.sha }}";

/// What the repository holds beside plain files: a job must fetch it, as the local engine
/// does, or its gate sees pointers and empty folders.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Contents {
    /// Files that Git LFS keeps elsewhere.
    pub(crate) lfs: bool,
    /// Submodules.
    pub submodules: bool,
}

/// The text of the workflow.
///
/// # Errors
/// A finding that says why policy gives none.
pub fn generate(policy: &Policy, contents: Contents) -> Result<String, Box<Finding>> {
    let gates = &policy.gates;
    let output = plain_output(policy)?;
    check_path(&gates.workflow.path)?;
    let last = last(gates)?;
    let writer = WorkflowWriter { policy, output, last, contents };
    let mut jobs: Vec<String> = gates.gates.iter().map(|gate| writer.job(gate)).collect();
    let check = gates.ruleset.as_ref().and_then(|ruleset| ruleset.check.as_deref());
    jobs.extend(check.map(|check| combined::job(check, gates, &gates.workflow)));
    jobs.extend(gates.workflow.attest.then(|| writer.attest()));
    Ok(writer.head() + &jobs.join("\n"))
}

fn refuse(message: String, help: &str) -> Box<Finding> {
    let place = Place::file("policy/gates.toml");
    Box::new(Finding::new(Code::PolicyValue, message).help(help).at(place))
}

fn check_path(path: &str) -> Result<(), Box<Finding>> {
    let name = path.strip_prefix(".github/workflows/");
    let stem =
        name.and_then(|name| name.strip_suffix(".yml").or_else(|| name.strip_suffix(".yaml")));
    if stem.is_some_and(|stem| is_word(stem, "._-")) {
        return Ok(());
    }
    Err(refuse(
        format!("GitHub reads no workflow from {}", quoted(path)),
        "let `workflow` of `[ruleset]` be `.github/workflows/` and a name that ends in `.yml`",
    ))
}

/// The output folder, where it means itself to the shell and to the actions.
fn plain_output(policy: &Policy) -> Result<&str, Box<Finding>> {
    let output = &policy.programme.output;
    if output.split('/').all(|part| is_word(part, "._-") && !part.starts_with('-')) {
        return Ok(output);
    }
    Err(refuse(
        format!("the output folder {} cannot be named in a workflow", quoted(output)),
        "let `output` in policy/programme.toml be of letters, digits, dots, hyphens and underscores",
    ))
}

/// All that a gate needs, and what that needs, in the order of the gates.
fn all_needs<'a>(gates: &'a Gates, gate: &'a Gate) -> BTreeSet<(u32, &'a str)> {
    let mut found = BTreeSet::new();
    let mut open = vec![gate];
    while let Some(next) = open.pop() {
        for need in next.needs.iter().filter_map(|need| gates.get(need)) {
            if found.insert((need.number, need.id.as_str())) {
                open.push(need);
            }
        }
    }
    found
}

/// The gate after which all is there: the run is packed where it ends.
fn last(gates: &Gates) -> Result<&str, Box<Finding>> {
    let others = gates.gates.len().saturating_sub(1);
    let mut all = gates.gates.iter().filter(|gate| all_needs(gates, gate).len() == others);
    all.next().map(|gate| gate.id.as_str()).ok_or_else(|| {
        refuse(
            "no gate needs all the others, so no job could pack what they leave".to_owned(),
            "let the last gate, such as one with `builtin = \"evidence\"`, need all the others",
        )
    })
}

struct WorkflowWriter<'a> {
    policy: &'a Policy,
    output: &'a str,
    last: &'a str,
    contents: Contents,
}

impl WorkflowWriter<'_> {
    fn head(&self) -> String {
        let name = yaml_text(&self.policy.gates.workflow.name);
        let program = self.policy.gates.workflow.tool.program();
        let queue = match self.policy.gates.workflow.has_queue() {
            true => "  merge_group:\n",
            false => "",
        };
        // What was merged is tested once more where it landed: of a squash, all runs before are
        // of another commit.
        let branch = yaml_text(&self.policy.programme.default_branch);
        format!(
            "# Written from policy/gates.toml by `{program} workflow generate --write`. What is
# changed here by hand is undone by it, and refused by `{program} workflow check`.
#
# One job a gate, named exactly as the check that the ruleset demands. GitHub counts a
# skipped job as a success, so neither these jobs nor the steps that run their gates have
# a condition.
name: {name}
run-name: ORR {TITLE}

on:
  workflow_dispatch:
    inputs:
      nonce:
        description: What the run is found again by
        type: string
        required: false
        default: \"\"
  pull_request:
{queue}  push:
    branches: [{branch}]

permissions:
  contents: read

# A group for each run that counts: of one group only one run waits, and the next cancels it.
concurrency:
  group: orr-${{{{ github.event_name }}}}-${{{{ github.ref }}}}-{GROUP}
  cancel-in-progress: false

jobs:
"
        )
    }

    fn job(&self, gate: &Gate) -> String {
        let settings = &self.policy.gates.workflow;
        let actions = &settings.actions;
        let id = &gate.id;
        let minutes = gate.timeout.as_secs().div_ceil(60).saturating_add(HEADROOM);
        let mut text = format!("  {id}:\n    name: {id}\n");
        if !gate.needs.is_empty() {
            text.push_str(&format!("    needs: [{}]\n", gate.needs.join(", ")));
        }
        text.push_str(&format!(
            "    runs-on: {}\n    timeout-minutes: {minutes}\n    steps:\n",
            yaml_text(&settings.runner)
        ));
        text.push_str(&uses("checkout", &actions.checkout));
        text.push_str(&format!(
            "        with:\n          ref: {COMMIT}\n          fetch-depth: {}\n          persist-credentials: false\n",
            depth(gate)
        ));
        if self.contents.lfs {
            text.push_str("          lfs: true\n");
        }
        if self.contents.submodules {
            text.push_str("          submodules: recursive\n");
        }
        text.push_str(&self.download(gate));
        text.push_str(&setup(settings));
        text.push_str(&format!("      - run: {}\n", command_of(settings.tool.program(), id)));
        text.push_str(&self.upload_gate(gate));
        if self.last == id {
            text.push_str(&self.upload_evidence());
        }
        text
    }

    /// What the gates before this one left: of all of them, as their evidence is judged
    /// and packed together.
    fn download(&self, gate: &Gate) -> String {
        let needs: Vec<&str> =
            all_needs(&self.policy.gates, gate).into_iter().map(|(_, id)| id).collect();
        let pattern = match needs.as_slice() {
            [] => return String::new(),
            [one] => (*one).to_owned(),
            // In quotes: to YAML a brace begins a mapping.
            several => format!("\"{{{}}}\"", several.join(",")),
        };
        let action =
            uses("download-artifact", &self.policy.gates.workflow.actions.download_artifact);
        format!(
            "{action}        with:\n          pattern: {pattern}\n          path: {}/\n          merge-multiple: true\n",
            self.output
        )
    }

    /// What this gate left and nothing of another's: later jobs lay all of it into one folder.
    fn upload_gate(&self, gate: &Gate) -> String {
        let id = &gate.id;
        let paths = [
            ".gitignore".to_owned(),
            format!("evidence/{}/", gate.folder()),
            format!("gates/{id}.json"),
            format!("logs/{id}.log"),
            "logs/prepare.log".to_owned(),
        ];
        format!(
            "      - if: always()\n{}{}          include-hidden-files: true\n",
            in_step(&self.upload_action()),
            self.upload(id, &paths)
        )
    }

    fn upload_evidence(&self) -> String {
        let id = &self.policy.programme.id;
        let paths = [
            "MANIFEST.json".to_owned(),
            "SHA256SUMS".to_owned(),
            format!("scorecards/{id}.json"),
            format!("{id}-evidence.zip"),
            format!("{id}-test-result.intoto.json"),
        ];
        let all: Vec<String> = paths.iter().map(|path| format!("{}/{path}", self.output)).collect();
        format!(
            "      # The upload would be content with any one of them.\n      - run: ls -l {}\n{}{}",
            all.join(" "),
            self.upload_action(),
            self.upload(&self.artifact(), &paths)
        )
    }

    fn artifact(&self) -> String {
        format!("{}-orr-evidence", self.policy.programme.id)
    }

    fn upload_action(&self) -> String {
        uses("upload-artifact", &self.policy.gates.workflow.actions.upload_artifact)
    }

    fn upload(&self, name: &str, paths: &[String]) -> String {
        let mut text = format!("        with:\n          name: {name}\n          path: |\n");
        for path in paths {
            text.push_str(&format!("            {}/{path}\n", self.output));
        }
        text.push_str("          if-no-files-found: error\n");
        text
    }

    /// A job of its own: the right to sign is in no job that runs code of the patch. It
    /// has no condition either, but its steps do: pull requests of forks and of bots are
    /// not given that right, and it is the dispatched runs that a review is made of.
    fn attest(&self) -> String {
        let settings = &self.policy.gates.workflow;
        let (output, artifact) = (self.output, self.artifact());
        let condition = "      - if: github.event_name == 'workflow_dispatch'\n";
        let download = uses("download-artifact", &settings.actions.download_artifact);
        let attest = uses("attest", &settings.actions.attest);
        format!(
            "  # Only this job may sign, and it runs nothing of the patch. Pull requests of forks
  # and of bots are not given that right; a review is made of dispatched runs.
  attest:
    name: attest
    needs: [{last}]
    runs-on: {runner}
    timeout-minutes: {HEADROOM}
    permissions:
      attestations: write # to record the attestation
      id-token: write # to sign it in the name of this workflow
    steps:
{condition}{download}        with:
          name: {artifact}
          path: {output}/
{condition}{attest}        with:
          subject-path: {output}/{id}-evidence.zip
",
            last = self.last,
            runner = yaml_text(&settings.runner),
            download = in_step(&download),
            attest = in_step(&attest),
            id = self.policy.programme.id,
        )
    }
}

/// A gate that runs commands may read history, as it can on the machine, and the ledger is
/// held against that of the base; the other built-in gates read the commit alone.
fn depth(gate: &Gate) -> u8 {
    match gate.action {
        Action::Run(_) | Action::Builtin(Builtin::Chain | Builtin::Secrets) => 0,
        Action::Builtin(_) => 1,
    }
}

/// The steps that get this program, then those that policy adds.
pub(super) fn setup(settings: &WorkflowSettings) -> String {
    let mut text = match &settings.tool {
        Tool::Xtask => String::new(),
        Tool::Git { url, commit } => {
            format!("      - run: cargo install --locked --git {url} --rev {commit} thrice\n")
        }
        Tool::Release { url, sha256 } => format!(
            "      # The program of a release: its bytes are those that policy names, or the job ends.
      - run: |
          mkdir -p \"$RUNNER_TEMP/thrice\"
          cd \"$RUNNER_TEMP/thrice\"
          curl --fail --silent --show-error --location --proto '=https' --retry 3 --output thrice.tar.gz {url}
          echo '{sha256}  thrice.tar.gz' | sha256sum --check --strict
          tar -xzf thrice.tar.gz thrice
          echo \"$RUNNER_TEMP/thrice\" >> \"$GITHUB_PATH\"
"
        ),
    };
    for command in &settings.setup {
        text.push_str(&format!("      - run: {}\n", yaml_text(&shell(command))));
    }
    text
}

/// The first line of a step that uses an action.
pub(super) fn uses(action: &str, pin: &Pin) -> String {
    format!("      - uses: actions/{action}@{pin}\n")
}

/// The same as a further line of a step.
fn in_step(uses: &str) -> String {
    uses.replacen("      - ", "        ", 1)
}

/// A command as a POSIX shell reads it, each word as it is.
pub(super) fn shell(command: &[String]) -> String {
    command.iter().map(|word| shell_word(word)).collect::<Vec<_>>().join(" ")
}

/// A text as a YAML value of one line.
pub(super) fn yaml_text(text: &str) -> String {
    let begins = text.starts_with(|c: char| c.is_ascii_alphabetic());
    let plain = begins && is_word(text, " ._-/") && !text.ends_with(' ');
    let reserved = ["true", "false", "null", "yes", "no", "on", "off", "y", "n"];
    if plain && !reserved.contains(&text.to_ascii_lowercase().as_str()) {
        return text.to_owned();
    }
    format!("'{}'", text.replace('\'', "''"))
}

#[cfg(test)]
mod tests;
