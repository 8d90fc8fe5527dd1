//! `incident close` and `incident postmortem`.

use clap::Args;
use jiff::Timestamp;

use super::step::said;
use crate::gather::RiskInput;
use crate::judge::clocks::postmortem::{judge_postmortem, template};
use thrice_documents::judge::LONGEST;
use thrice_facts::clock::rfc3339;
use thrice_facts::files;
use thrice_facts::git::REMOTE;
use thrice_findings::{Code, Finding, Place, Severity, Stop, Verdict, verdict};
use thrice_ledger::decisions::{Alarm, AlarmKind, Step};
use thrice_ledger::recording::{PendingEntry, Recording, happened_since, members, time};
use thrice_orr::evidence::manifest::sha256_hex;
use thrice_orr::judge::branch::names_one;
use thrice_programme::Kind;
use thrice_programme::world::World;
use thrice_report::Report;
use thrice_report::markdown::{line, titled};
use thrice_report::text::safe;

/// Creates an incident's postmortem from the template.
#[derive(Debug, Args)]
pub struct Postmortem {
    /// The incident.
    #[arg(value_name = "ID")]
    id: String,
    /// Shows what it would write, and writes nothing.
    #[arg(long)]
    dry_run: bool,
}

/// Records that an incident is over.
#[derive(Debug, Args)]
pub struct Close {
    /// The incident.
    #[arg(value_name = "ID")]
    id: String,
    /// Postmortem, a file in this repository.
    #[arg(long, value_name = "PATH")]
    postmortem: Option<String>,
    /// Note.
    #[arg(long, value_name = "TEXT")]
    note: Option<String>,
    /// End time. Default: now.
    #[arg(long, value_name = "TIME", value_parser = time)]
    at: Option<Timestamp>,
    #[command(flatten)]
    recording: Recording,
}

/// What a postmortem is of.
fn head(incident: &Alarm) -> String {
    format!(
        "# Postmortem of {}\n\n{}, owner {}.\n",
        titled(&incident.id, &incident.title),
        incident.severity.word(),
        incident.owner.as_deref().map_or_else(|| "**nobody**".to_owned(), line)
    )
}

/// The steps of an incident as the ledger has them, a line each.
fn timeline(gathered: &RiskInput, incident: &Alarm) -> String {
    let line = |at: Timestamp, what: &str| format!("- {}: {what}\n", gathered.moment(at));
    let word = |step: Step| match step {
        Step::Acknowledge => "acknowledged",
        Step::Contain => "contained",
        Step::Recover => "recovered",
    };
    let steps = incident.steps.iter().map(|(step, taken)| line(taken.at, word(*step)));
    std::iter::once(line(incident.opened, "began")).chain(steps).collect()
}

impl Postmortem {
    pub(super) fn run(self, world: &World) -> Result<Report, Stop> {
        let gathered = RiskInput::of(world)?;
        let incident = gathered.alarm(AlarmKind::Incident, &self.id)?;
        let mut report = Report::new();
        report.findings.clone_from(&gathered.findings);
        // One that is back has its own already: what is new belongs there, too.
        let path = gathered.postmortem_of(incident);
        let root = gathered.repository.root();
        // An id of the ledger can be any text; one that is no name gives no file.
        let is_name = thrice_documents::judge::is_subject(&self.id);
        let target = if is_name { files::inside(root, &path)? } else { None };
        let Some(target) = target else {
            let message = format!("{} would lie outside of this repository", safe(&path));
            let help = "write the postmortem elsewhere, and name it with `--postmortem`";
            report.findings.push(Finding::new(Code::UsageWrong, message).help(help));
            return Ok(report);
        };
        let word = match (target.symlink_metadata().is_ok(), self.dry_run) {
            (true, _) if incident.postmortem.is_some() => "is there already: add what came since",
            (true, _) => "is there already",
            (false, true) => "would be written",
            (false, false) => {
                let text = template(&head(incident), &timeline(&gathered, incident));
                files::write_whole(&target, text.as_bytes())?;
                "written"
            }
        };
        let id = safe(&self.id);
        report.body = format!(
            "{0} {word}\n\
            1. fill it in, on the branch of the hotfix or on `cargo xtask branch new {id} postmortem`\n\
            2. `git add {0} && git commit --message \"{id}: postmortem\"`\n\
            3. merge that branch: after the close, no branch of {id} passes a freeze\n\
            4. `cargo xtask incident close {id} --postmortem {0}`\n",
            safe(&path)
        );
        report.data = serde_json::json!({ "file": path, "written": word == "written" });
        Ok(report)
    }
}

/// What is of an incident and not merged yet: once it is closed, no branch of it may be.
pub(super) fn unmerged(
    gathered: &RiskInput,
    id: &str,
    postmortem: Option<&str>,
) -> anyhow::Result<Vec<Finding>> {
    let (repository, base) = (&gathered.repository, &gathered.base);
    let Some(branches) = &gathered.policy.branches else { return Ok(Vec::new()) };
    let id_of = |name: &str| names_one(name, branches, std::iter::once(id)).is_some();
    let mut left: Vec<(String, String)> = Vec::new();
    for tip in repository.branch_tips()? {
        let is_known = left.iter().any(|(name, _)| *name == tip.name);
        if is_known || !id_of(&tip.name) {
            continue;
        }
        if !repository.is_ancestor(&tip.commit, &base.id)? {
            left.push((tip.name, tip.commit));
        }
    }
    let trunk = &gathered.trunk.name;
    let unpushed = gathered.trunk.ahead(repository)?;
    let warn = |message: String, is_here: bool| {
        let later = format!(
            "merge it first, unless you squashed it. After {0} is closed, its branch needs a story, \
            or `cargo xtask incident open --id {0}`",
            safe(id)
        );
        let push = format!("it is only on your {trunk}: `git push {REMOTE} {trunk}` now");
        let help = if is_here { push } else { later };
        let mut finding = Finding::new(Code::PullStory, message).help(help);
        finding.severity = Severity::Warn;
        finding
    };
    let mut findings = Vec::new();
    for (name, commit) in left {
        let is_here = match unpushed {
            Some(here) => repository.is_ancestor(&commit, &here.id)?,
            None => false,
        };
        let message = format!("the default branch doesn't have the commits of {}", safe(&name));
        findings.push(warn(message, is_here));
    }
    if let Some(path) = postmortem
        && !repository.tree(base)?.has_file(path)
    {
        let is_here = match unpushed {
            Some(here) => repository.tree(here)?.has_file(path),
            None => false,
        };
        findings.push(warn(format!("{} is not on the default branch", safe(path)), is_here));
    }
    Ok(findings)
}

/// A branch that has a file.
fn branch_with(gathered: &RiskInput, path: &str) -> anyhow::Result<Option<String>> {
    let repository = &gathered.repository;
    for tip in repository.branch_tips()? {
        let commit = repository.commit_of(tip.commit)?;
        if repository.tree(&commit).is_ok_and(|tree| tree.has_file(path)) {
            return Ok(Some(tip.name));
        }
    }
    Ok(None)
}

impl Close {
    pub(super) fn run(self, world: &World) -> Result<Report, Stop> {
        let mut gathered = RiskInput::of(world)?;
        let decided = gathered.alarm(AlarmKind::Incident, &self.id).and_then(|incident| {
            let at = happened_since(self.at, (incident.began, gathered.now))?;
            // Closed once without what merges wait for, it can be closed again with it.
            match incident.over.filter(|_| !incident.stops_merges()) {
                None => Ok((incident.clone(), at)),
                Some(over) => {
                    let over = gathered.moment(over);
                    let message = format!("{} was closed at {over} already", safe(&self.id));
                    let finding = Finding::new(Code::MatterState, message);
                    let help =
                        format!("`cargo xtask incident open --id {}` reopens it", safe(&self.id));
                    Err(Box::new(finding.help(help)))
                }
            }
        });
        let (incident, at) = decided?;
        let mut findings = std::mem::take(&mut gathered.findings);
        let digest = self.judge(&gathered, &incident, &mut findings)?;
        if verdict(&findings) != Verdict::Pass {
            return Err(findings.into());
        }
        let mut data = said(&incident, "closed");
        data.extend(members([
            ("postmortem", self.postmortem.clone()),
            ("postmortem_sha256", digest),
            ("note", self.note),
            ("at", self.at.map(|_| rfc3339(at))),
        ]));
        findings.extend(unmerged(&gathered, &incident.id, self.postmortem.as_deref())?);
        let mut shown = format!("{} is closed", safe(&incident.id));
        shown.push_str(&gathered.merges_after(&incident, incident.stops_merges(), false));
        let decision = PendingEntry { kind: Kind::Incident, data, shown, is_signed: true };
        self.recording.record(world, decision, findings)
    }

    /// Judges the postmortem; gives its digest.
    fn judge(
        &self,
        gathered: &RiskInput,
        incident: &Alarm,
        findings: &mut Vec<Finding>,
    ) -> anyhow::Result<Option<String>> {
        let id = safe(&incident.id);
        let Some(path) = &self.postmortem else {
            if incident.needs_postmortem() {
                let word = incident.severity.word();
                let message = format!("{id} is {word}, and cannot be closed without a postmortem");
                let help = format!(
                    "`--postmortem FILE` names it; `cargo xtask incident postmortem {id}` writes a template"
                );
                findings.push(Finding::new(Code::PostmortemMissing, message).help(help));
            }
            return Ok(None);
        };
        let root = gathered.repository.root();
        let target = files::inside(root, path)?.filter(|target| target.is_file());
        let Some(target) = target else {
            let message = format!("there is no file {} in this working tree", safe(path));
            let help = match branch_with(gathered, path)? {
                Some(branch) if branch == gathered.trunk.name => {
                    format!("it is on {branch}: `git switch {branch}`")
                }
                Some(branch) => format!("it is on {}: merge that branch first", safe(&branch)),
                None => format!(
                    "give its path from the repository's root; `cargo xtask incident postmortem {id}` \
                    writes a template"
                ),
            };
            findings.push(
                Finding::new(Code::PostmortemMissing, message).help(help).at(Place::file(path)),
            );
            return Ok(None);
        };
        let bytes = files::read_named(&target, LONGEST)?;
        let has = |path: &str| {
            let real = root.join(path).canonicalize().ok().zip(root.canonicalize().ok());
            real.is_some_and(|(real, top)| real.starts_with(top))
        };
        findings.extend(judge_postmortem(&incident.id, path, &bytes, &has));
        let digest = sha256_hex(&bytes);
        if incident.postmortem_sha256.as_ref() == Some(&digest) {
            let message = format!(
                "{} is as it was at the close before: it says nothing of what came since",
                safe(path)
            );
            let finding = Finding::new(Code::PostmortemMissing, message).at(Place::file(path));
            findings.push(finding.help("add what happened since then, commit it, and merge it"));
        }
        Ok(Some(digest))
    }
}
