//! The harness's rules, said once more: what it asks of a patch, of its runs, and of the
//! body of its pull request. It reads git, the server's records and the text of the body, and
//! shares no code with the product: what passes there and is refused here is a fault.

use std::collections::{BTreeMap, BTreeSet};
use std::io::{Cursor, Read};

use serde_json::Value;

use super::World;
use super::github::Simulator;
use super::github::server::artifacts::sha256;

/// How many green runs a patch needs.
const RUNS: usize = 3;
/// The gates of the programme.
const GATES: [&str; 2] = ["T0", "T4"];
/// The only folder that its Filemap names.
const INSIDE: &str = "src/";
/// What marks a tree whose gate T4 fails, wherever it is run.
pub(crate) const RED: &str = "src/red";

/// A world, and the server that decides about its default branch.
pub(crate) struct Oracle<'a> {
    pub(crate) world: &'a World,
    pub(crate) simulator: &'a Simulator,
}

impl Oracle<'_> {
    fn git(&self, arguments: &[&str]) -> Option<String> {
        let output = self.world.command("git").args(arguments).output().unwrap();
        let text = String::from_utf8_lossy(&output.stdout).trim().to_owned();
        output.status.success().then_some(text)
    }

    /// The HEAD of the default branch, as the server has it now.
    pub(crate) fn base(&self) -> String {
        let seen = self.git(&["ls-remote", "origin", "refs/heads/main"]).unwrap_or_default();
        seen.split_whitespace().next().unwrap_or_default().to_owned()
    }

    /// The paths that a commit changes against the base, one diff.
    fn changed(&self, head: &str) -> Option<BTreeSet<String>> {
        let base = self.base();
        let text = self.git(&["diff", "--name-only", "--no-renames", &base, head])?;
        Some(text.lines().map(str::to_owned).collect())
    }

    /// Whether T4 fails on a commit.
    pub(crate) fn is_red(&self, head: &str) -> bool {
        self.git(&["cat-file", "-e", &format!("{head}:{RED}")]).is_some()
    }

    /// What the document has against a patch, whatever runs it has.
    pub(crate) fn patch(&self, head: &str) -> Vec<String> {
        let mut against = Vec::new();
        let base = self.base();
        if self.git(&["merge-base", "--is-ancestor", &base, head]).is_none() {
            against.push("CEC-60: it does not start at the HEAD of main".to_owned());
        }
        match self.changed(head) {
            None => against.push("CEC-60: the HEAD of main is not here".to_owned()),
            Some(paths) if paths.is_empty() => against.push("it changes nothing".to_owned()),
            Some(paths) => against.extend(
                paths
                    .iter()
                    .filter(|path| !path.starts_with(INSIDE))
                    .map(|path| format!("CEC-10: {path} is outside of the Filemap")),
            ),
        }
        if self.is_red(head) {
            against.push("CEC-20: T4 fails on it".to_owned());
        }
        against
    }

    /// What the document has against these runs of a commit on the server, and the one digest
    /// of the evidence that they left.
    fn runs(&self, head: &str, ids: &[String]) -> (Vec<String>, Option<String>) {
        self.simulator.harvest();
        let state = self.simulator.state();
        let mut against = Vec::new();
        let mut digests = BTreeSet::new();
        let distinct: BTreeSet<&String> = ids.iter().collect();
        if distinct.len() < RUNS || distinct.len() != ids.len() {
            against.push(format!("REFUSE-20: {} runs", distinct.len()));
        }
        for id in ids {
            let run = state.runs.iter().find(|run| run.id.to_string() == *id && !run.deleted);
            let Some(run) = run.filter(|run| run.sha == head) else {
                against.push(format!("the server has no run {id} of this commit"));
                continue;
            };
            let green = |gate: &&str| {
                run.jobs.iter().any(|job| job.name == **gate && job.conclusion == "success")
            };
            if run.conclusion != "success" || !GATES.iter().all(green) {
                against.push(format!("CEC-20: run {id} is not green"));
            }
            let left = state.artifacts.iter().find(|artifact| {
                artifact.run == run.id && artifact.name == "demo-orr-evidence" && !artifact.expired
            });
            match left.and_then(|artifact| archive(&artifact.bytes)) {
                Some(bytes) => drop(digests.insert(sha256(&bytes))),
                None => against.push(format!("CEC-40: run {id} left no evidence")),
            }
        }
        if digests.len() > 1 {
            against.push("CEC-30: the runs left different bytes".to_owned());
        }
        (against, digests.into_iter().next())
    }

    /// What the document has against a body that claims to be of a commit.
    pub(crate) fn body(&self, head: &str, body: &str) -> Vec<String> {
        let fields = telemetry(body);
        let said = |key: &str| fields.get(key).cloned().unwrap_or_default();
        let list = said("run_ids");
        let ids: Vec<String> = list
            .trim_matches(['[', ']'])
            .split(',')
            .map(|id| id.trim().to_owned())
            .filter(|id| !id.is_empty())
            .collect();
        let (mut against, digest) = self.runs(head, &ids);
        let mut must = |holds: bool, what: &str| {
            if !holds {
                against.push(format!("the body: {what}"));
            }
        };
        must(said("repo_sha") == self.base(), "repo_sha");
        must(
            digest.as_deref() == Some(said("evidence_zip_sha256").as_str()),
            "evidence_zip_sha256",
        );
        for key in ["started_at", "finished_at"] {
            must(said(key).parse::<jiff::Timestamp>().is_ok(), key);
        }
        let blocks = blocks(body);
        let plan: Value =
            blocks.first().and_then(|it| serde_json::from_str(it).ok()).unwrap_or_default();
        must(plan["base_sha"] == self.base().as_str(), "Plan.json base_sha");
        let files = |task: &Value| task["files"].as_array().cloned().unwrap_or_default();
        let planned: BTreeSet<String> = plan["tasks"]
            .as_array()
            .into_iter()
            .flatten()
            .flat_map(files)
            .filter_map(|file| file.as_str().map(str::to_owned))
            .collect();
        let changed = self.changed(head).unwrap_or_default();
        must(planned == changed, "the files of Plan.json");
        let scorecard = blocks.get(1).cloned().unwrap_or_default();
        must(sha256(scorecard.as_bytes()) == said("scorecard_sha256"), "scorecard_sha256");
        let listed: BTreeSet<String> = section(body, "## Files")
            .lines()
            .filter_map(|line| line.strip_prefix("- "))
            .map(|path| path.trim_matches('`').to_owned())
            .collect();
        must(listed == changed, "the files that are listed");
        let boxes = section(body, "## Checklist");
        must(boxes.contains("- [x]") && !boxes.contains("- [ ]"), "the checklist");
        against
    }

    /// What the document has against a pull request as it is on the server now.
    pub(crate) fn pull(&self, number: u64) -> Vec<String> {
        let (head, branch, body, open) = {
            let state = self.simulator.state();
            let pull = state.pulls.iter().find(|pull| pull.number == number).unwrap();
            let body = pull.body.clone().unwrap_or_default();
            (pull.sha.clone(), pull.head.clone(), body.replace("\r\n", "\n"), pull.open)
        };
        let tip = self.git(&["ls-remote", "origin", &format!("refs/heads/{branch}")]);
        let tip = tip.and_then(|tip| tip.split_whitespace().next().map(str::to_owned));
        let head = tip.unwrap_or(head);
        let mut against = self.patch(&head);
        against.extend(self.body(&head, &body));
        if !open {
            against.push("it is not open".to_owned());
        }
        against
    }

    /// Whether somebody who made no part of it approved its head.
    pub(crate) fn is_approved(&self, number: u64) -> bool {
        let state = self.simulator.state();
        let pull = state.pulls.iter().find(|pull| pull.number == number).unwrap();
        let approves = |review: &super::github::Review| {
            review.state == "APPROVED" && review.sha == pull.sha && review.login != pull.login
        };
        pull.reviews.iter().any(approves)
    }
}

/// `key: value` lines of the telemetry.
fn telemetry(body: &str) -> BTreeMap<String, String> {
    let lines = section(body, "## Telemetry");
    let pair = |line: &str| line.split_once(": ").map(|(k, v)| (k.to_owned(), v.to_owned()));
    lines.lines().filter_map(pair).collect()
}

/// What is below a heading, up to the next.
fn section(body: &str, heading: &str) -> String {
    let mut lines = body.lines().skip_while(|line| !line.starts_with(heading)).skip(1);
    let below: Vec<&str> = lines.by_ref().take_while(|line| !line.starts_with("## ")).collect();
    below.join("\n")
}

/// The fenced blocks of a body.
fn blocks(body: &str) -> Vec<String> {
    let parts = body.split("```json\n").skip(1);
    parts.filter_map(|part| part.split("```").next().map(str::to_owned)).collect()
}

/// The archive of the evidence inside of an artifact.
fn archive(artifact: &[u8]) -> Option<Vec<u8>> {
    let mut zip = zip::ZipArchive::new(Cursor::new(artifact)).ok()?;
    for index in 0..zip.len() {
        let mut file = zip.by_index(index).ok()?;
        if file.name().ok()?.ends_with("demo-evidence.zip") {
            let mut bytes = Vec::new();
            file.read_to_end(&mut bytes).ok()?;
            return Some(bytes);
        }
    }
    None
}
