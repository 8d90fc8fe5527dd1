//! `pr merge-check`: whether a pull request may be merged now. All reasons at once; any
//! doubt is `NO_MERGE`. What was looked at can be recorded, and judged again from there.

mod delivery;
pub(crate) mod gather;
mod look;

use std::path::PathBuf;

use anyhow::Context as _;
use clap::Args;
use serde_json::{Value, json};

use super::verify::VerifyContext;
use crate::judge::merge::snapshot::Snapshot;
use crate::judge::merge::{Judged, judge, no_merge};
use crate::verbs::rulesets::word;
use thrice_facts::github::GitHub;
use thrice_facts::interrupt::Interrupt;
use thrice_facts::{clock, files};
use thrice_findings::{Answer, Code, Finding, Severity, Stop, short};
use thrice_programme::world::World;
use thrice_report::Report;
use thrice_report::table::Table;
use thrice_report::text::{counted, safe};

/// The largest snapshot that is read, in bytes.
const LARGEST: usize = 64 << 20;

/// Checks whether a pull request may be merged now.
#[derive(Debug, Args)]
pub struct MergeCheck {
    /// The number of the pull request.
    #[arg(value_name = "N", value_parser = clap::value_parser!(u64).range(1..))]
    number: u64,
    /// File for the facts that were judged, so that others can audit the merge.
    #[arg(long, value_name = "FILE", conflicts_with = "replay")]
    record: Option<PathBuf>,
    /// Judges a recorded file instead of asking the server.
    #[arg(long, value_name = "FILE")]
    replay: Option<PathBuf>,
}

impl MergeCheck {
    /// The number of the pull request.
    pub(super) fn number(&self) -> u64 {
        self.number
    }

    /// Whether it is judged from a record, of whenever that was.
    pub(super) fn is_replay(&self) -> bool {
        self.replay.is_some()
    }

    /// Runs the check.
    pub(crate) fn run(self, world: &World) -> Result<Report, Stop> {
        let bytes = match &self.replay {
            Some(file) => files::read_named(file, LARGEST)
                .with_context(|| format!("cannot read {}", file.display()))?,
            None => {
                let snapshot = self.look(world)?;
                let text = serde_json::to_string_pretty(&snapshot);
                format!("{}\n", text.context("cannot write the snapshot")?).into()
            }
        };
        // What is judged is what is recorded: the same bytes give the same report.
        let snapshot = match Snapshot::read(&bytes) {
            Ok(snapshot) if snapshot.number == self.number => snapshot,
            Ok(snapshot) => {
                let message =
                    format!("the snapshot is of #{}, not #{}", snapshot.number, self.number);
                let finding = Finding::new(Code::SnapshotUnread, message)
                    .help("name the number of the pull request that was recorded");
                return Err(finding.into());
            }
            Err(finding) => return Err(finding.into()),
        };
        if let Some(file) = &self.record {
            files::write_whole(file, &bytes)
                .with_context(|| format!("cannot write {}", file.display()))?;
        }
        Ok(closed(&snapshot, judge(&snapshot)))
    }

    /// Looks at all that is judged.
    fn look(&self, world: &World) -> Result<Snapshot, Stop> {
        let repository = world.repository()?;
        let interrupt = Interrupt::listen()?;
        let mut snapshot = Snapshot::new(self.number, clock::rfc3339(clock::now()));
        match GitHub::of(&repository, &interrupt) {
            Ok(github) => {
                let context = VerifyContext {
                    world,
                    repository: &repository,
                    github: &github,
                    interrupt: &interrupt,
                };
                look::at(&context, &mut snapshot)?;
            }
            Err(finding) => snapshot.stopped.push(*finding),
        }
        // Without the pull request, what the ledger says is a reason all the same.
        if snapshot.delivery.is_none() && !interrupt.requested() {
            snapshot.delivery = delivery::of_ledger(world, &repository)?;
        }
        interrupt.heed()?;
        Ok(snapshot)
    }
}

/// The report: the answer in its first line, every reason, and the table.
fn closed(snapshot: &Snapshot, judged: Judged) -> Report {
    let Judged { lines, mut findings } = judged;
    let number = snapshot.number;
    let head = snapshot.before.as_ref().map(|pull| pull.head.sha.as_str());
    let closing = no_merge(&findings);
    let reasons = findings.iter().filter(|finding| finding.severity == Severity::Refuse).count();
    findings.extend(closing);
    let mut report = Report::of(findings);
    report.headline = Some(match head {
        Some(head) if reasons == 0 => format!("may be merged: {}", safe(head)),
        _ => format!("NO_MERGE: {}", counted(reasons, "reason")),
    });
    let source = snapshot.delivery.as_ref().map(|delivery| delivery.source.as_str());
    let mut table = Table::new(["merge gate", "answer", "by what, or why not"]);
    for line in &lines {
        table.row([safe(&line.demand), word(line.verdict).to_owned(), safe(&line.why)]);
    }
    if !lines.is_empty() {
        let head = head.map_or_else(String::new, |head| format!(", at {}", safe(short(head))));
        let by = source.map_or_else(String::new, |source| format!(", by {}", safe(source)));
        report.body = format!("{}\npull request {number}{head}{by}\n", table.text());
    }
    report.data = json!({
        "pull": number,
        "head": head,
        "ledger_read": source,
        "may_be_merged": reasons == 0 && head.is_some(),
        "gate": lines.iter().map(shown).collect::<Vec<_>>(),
    });
    report
}

fn shown(line: &Answer) -> Value {
    json!({ "demand": line.demand, "answer": word(line.verdict), "why": line.why })
}
