//! `story block` and `story unblock`: recorded in the ledger.

use std::path::PathBuf;

use clap::Args;
use jiff::Timestamp;
use serde_json::{Map, Value, json};

use super::gather::{Delivery, On};
use crate::checks::backlog::State;
use crate::commands::World;
use crate::commands::ledger::{base, report_of};
use crate::facts::clock::{self, rfc3339};
use crate::facts::interrupt::Interrupt;
use crate::findings::{Code, Finding};
use crate::ledger::signature::Keygen;
use crate::ledger::{Draft, Kind, append};
use crate::report::Report;
use crate::report::text::safe;

/// Records that a story is blocked.
#[derive(Debug, Args)]
pub(super) struct Block {
    /// The story.
    #[arg(value_name = "ID")]
    story: String,
    /// Why it cannot go on.
    #[arg(long, value_name = "TEXT")]
    cause: String,
    /// What that keeps from being done.
    #[arg(long, value_name = "TEXT")]
    impact: String,
    /// Who answers for its end.
    #[arg(long, value_name = "NAME")]
    owner: String,
    /// What ends it.
    #[arg(long, value_name = "TEXT")]
    trigger: String,
    /// When it is expected to end, such as `2026-02-14T18:00:00-03:00`.
    #[arg(long, value_name = "TIME")]
    eta: Timestamp,
    /// What it waits for.
    #[arg(long, value_name = "TEXT")]
    upstream: String,
    /// How bad it is.
    #[arg(long, value_enum, default_value = "high")]
    severity: Severity,
    #[command(flatten)]
    recording: Recording,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, clap::ValueEnum)]
enum Severity {
    /// Everything of the wave stops.
    Critical,
    /// The story stops.
    High,
    /// Work goes on, watched.
    Medium,
}

/// Records that a story is blocked no more.
#[derive(Debug, Args)]
pub(super) struct Unblock {
    /// The story.
    #[arg(value_name = "ID")]
    story: String,
    /// What has come to pass.
    #[arg(long, value_name = "TEXT")]
    reason: String,
    #[command(flatten)]
    recording: Recording,
}

#[derive(Debug, Args)]
struct Recording {
    /// The key to sign with; git's own `user.signingkey` where left out.
    #[arg(long, value_name = "FILE")]
    key: Option<PathBuf>,
    /// Says what it would record, and records nothing.
    #[arg(long)]
    dry_run: bool,
}

impl Block {
    pub(super) fn run(self, world: &World) -> anyhow::Result<Report> {
        const COMMAND: &str = "story block";
        let delivery = match Delivery::of(world, COMMAND, On::Local)? {
            Ok(delivery) => delivery,
            Err(report) => return Ok(*report),
        };
        if let Err(report) = delivery.position(COMMAND, &self.story) {
            return Ok(*report);
        }
        let status = delivery.board.of_story(&delivery.backlog, &self.story);
        let over = status.filter(|it| matches!(it.state, State::Merged | State::Blocked));
        if let Some(status) = over {
            let message = format!("{} is {}", self.story, status.why.join("; "));
            let finding = Finding::new(Code::StoryState, message)
                .help("only a story that is neither merged nor blocked can be blocked");
            return Ok(Report::of(COMMAND, vec![finding]));
        }
        let now = clock::now();
        if self.eta <= now {
            let message = format!("{} is over already", rfc3339(self.eta));
            let finding = Finding::new(Code::UsageWrong, message);
            return Ok(Report::of(COMMAND, vec![finding.help("give a time that is to come")]));
        }
        let severity = match self.severity {
            Severity::Critical => "critical",
            Severity::High => "high",
            Severity::Medium => "medium",
        };
        let id = format!("{}-{}", self.story, now.strftime("%Y%m%d%H%M%S"));
        let mut data = Map::new();
        for (name, value) in [
            ("block", id),
            ("subject", self.story.clone()),
            ("severity", severity.to_owned()),
            ("cause", self.cause),
            ("impact", self.impact),
            ("owner", self.owner),
            ("trigger", self.trigger),
            ("eta", rfc3339(self.eta)),
            ("upstream", self.upstream),
        ] {
            data.insert(name.to_owned(), value.into());
        }
        let shown = format!("{} is blocked until {}", safe(&self.story), rfc3339(self.eta));
        self.recording.record(world, COMMAND, Kind::Block, data, &shown)
    }
}

impl Unblock {
    pub(super) fn run(self, world: &World) -> anyhow::Result<Report> {
        const COMMAND: &str = "story unblock";
        let delivery = match Delivery::of(world, COMMAND, On::Local)? {
            Ok(delivery) => delivery,
            Err(report) => return Ok(*report),
        };
        if let Err(report) = delivery.position(COMMAND, &self.story) {
            return Ok(*report);
        }
        let block = delivery.recorded.block_of(&self.story);
        let Some(block) = block else {
            let message = format!("{} is not blocked", self.story);
            let finding = Finding::new(Code::StoryState, message)
                .help(format!("`cargo xtask story show {}`", self.story));
            return Ok(Report::of(COMMAND, vec![finding]));
        };
        let mut data = Map::new();
        data.insert("block".to_owned(), block.id.clone().into());
        data.insert("reason".to_owned(), self.reason.into());
        let shown = format!("{} is blocked no more", safe(&self.story));
        self.recording.record(world, COMMAND, Kind::Unblock, data, &shown)
    }
}

impl Recording {
    fn record(
        self,
        world: &World,
        command: &'static str,
        kind: Kind,
        data: Map<String, Value>,
        shown: &str,
    ) -> anyhow::Result<Report> {
        let Self { key, dry_run } = self;
        record(world, command, (kind, data, shown), key, !dry_run)
    }
}

/// Appends a decision to the ledger where it is to be executed, and says so.
pub(in crate::commands) fn record(
    world: &World,
    command: &'static str,
    (kind, data, shown): (Kind, Map<String, Value>, &str),
    key: Option<PathBuf>,
    execute: bool,
) -> anyhow::Result<Report> {
    let repository = world.repository()?;
    let mut findings = Vec::new();
    let base = match base(world, &repository, None, &mut findings)? {
        Ok(base) => base,
        Err(report) => return Ok(Report { command, ..*report }),
    };
    let path = &base.rules.path;
    if !execute {
        let mut report = Report::of(command, findings);
        report.body = format!("would record in {path}: {shown}\n");
        report.data = json!({ "kind": kind.word(), "data": data });
        return Ok(report);
    }
    let keygen = Keygen::new(&base.signers, &Interrupt::listen()?)?;
    let draft = Draft { kind, data, id: None, key };
    let appended = match append(&repository, &base.rules, &keygen, &draft, &clock::now) {
        Ok(appended) => appended,
        Err(finding) => {
            findings.push(*finding);
            return Ok(Report::of(command, findings));
        }
    };
    let mut report = report_of(command, findings, &appended, path);
    report.body = format!("{shown}\n{}next: commit {path} alone, and push it\n", report.body);
    Ok(report)
}
