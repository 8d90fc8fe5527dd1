//! `story block` and `story unblock`: recorded in the ledger.

use clap::Args;
use jiff::Timestamp;

use super::gather::{Delivery, On};
use crate::judge::backlog::StoryState;
use thrice_facts::clock;
use thrice_facts::clock::rfc3339;
use thrice_findings::{Code, Finding, Severity, Stop};
use thrice_ledger::recording::{PendingEntry, Recording, happened, members, severity_words, time};
use thrice_ledger::verbs::ledger::base;
use thrice_programme::Kind;
use thrice_programme::risk::RiskSeverity;
use thrice_programme::world::World;
use thrice_report::Report;
use thrice_report::text::safe;
use thrice_risk::gather::answer;

/// Records that a story is blocked.
#[derive(Debug, Args)]
pub struct Block {
    /// The story.
    #[arg(value_name = "ID")]
    story: String,
    /// Cause of the block.
    #[arg(long, value_name = "TEXT")]
    cause: String,
    /// Impact of the block.
    #[arg(long, value_name = "TEXT")]
    impact: String,
    /// Person who will resolve it.
    #[arg(long, value_name = "NAME")]
    owner: String,
    /// Event that ends the block.
    #[arg(long, value_name = "TEXT")]
    trigger: String,
    /// Expected end, such as `2026-02-14T18:00:00-03:00`.
    #[arg(long, value_name = "TIME", value_parser = time)]
    eta: Timestamp,
    /// What the story waits for.
    #[arg(long, value_name = "TEXT")]
    upstream: String,
    /// Severity.
    #[arg(long, value_name = "WORD", value_parser = severity_words(), default_value = "high")]
    severity: RiskSeverity,
    /// Start time. Default: now.
    #[arg(long, value_name = "TIME", value_parser = time)]
    at: Option<Timestamp>,
    #[command(flatten)]
    recording: Recording,
}

/// Records that a story is no longer blocked.
#[derive(Debug, Args)]
pub struct Unblock {
    /// The story.
    #[arg(value_name = "ID")]
    story: String,
    /// What happened.
    #[arg(long, value_name = "TEXT")]
    reason: String,
    /// Time of the event. Default: now.
    #[arg(long, value_name = "TIME", value_parser = time)]
    at: Option<Timestamp>,
    #[command(flatten)]
    recording: Recording,
}

impl Block {
    pub(super) fn run(self, world: &World) -> Result<Report, Stop> {
        let delivery = Delivery::of(world, On::Local)?;
        delivery.story(&self.story)?;
        let status = delivery.board.of_story(&delivery.backlog, &self.story);
        let over = status.filter(|it| matches!(it.state, StoryState::Merged | StoryState::Blocked));
        if let Some(status) = over {
            let message = format!("{} is {}", self.story, status.why.join("; "));
            let finding = Finding::new(Code::StoryState, message)
                .help("only a story that is neither merged nor blocked can be blocked");
            return Err(finding.into());
        }
        let now = clock::now();
        if self.eta <= now {
            let message = format!("{} is over already", rfc3339(self.eta));
            let finding = Finding::new(Code::UsageWrong, message);
            return Err(finding.help("give a time in the future").into());
        }
        let at = happened(self.at, now)?;
        let id = format!("{}-{}", self.story, now.strftime("%Y%m%d%H%M%S"));
        let data = members([
            ("block", Some(id)),
            ("subject", Some(self.story.clone())),
            ("severity", Some(self.severity.word().to_owned())),
            ("cause", Some(self.cause)),
            ("impact", Some(self.impact)),
            ("owner", Some(self.owner)),
            ("trigger", Some(self.trigger)),
            ("eta", Some(rfc3339(self.eta))),
            ("upstream", Some(self.upstream)),
            ("at", self.at.map(|_| rfc3339(at))),
        ]);
        let mut findings = Vec::new();
        let base = base(world, &delivery.repository, &mut findings)?;
        if base.signers.allowed.iter().all(u8::is_ascii_whitespace) {
            let (trunk, file) = (delivery.trunk(), &base.rules.signers);
            let message =
                format!("{trunk} has no key in {file}, and only a signed entry lifts a block");
            let mut warning = Finding::new(Code::LedgerKey, message).help(format!(
                "add a line like `you@example.com ssh-ed25519 AAAA…` to {file}, and have it merged"
            ));
            warning.severity = Severity::Warn;
            findings.push(warning);
        }
        let answer = answer(&delivery.policy, (Kind::Block, &data), now, &mut findings);
        let until = rfc3339(self.eta);
        let id = safe(&self.story);
        let shown = format!(
            "{id} is blocked, ETA {until}: `cargo xtask story unblock {id} --reason TEXT` ends it\n{answer}"
        );
        let shown = shown.trim_end().to_owned();
        let decision = PendingEntry { kind: Kind::Block, data, shown, is_signed: false };
        self.recording.record(world, decision, findings)
    }
}

impl Unblock {
    pub(super) fn run(self, world: &World) -> Result<Report, Stop> {
        let delivery = Delivery::of(world, On::Local)?;
        delivery.story(&self.story)?;
        let block = delivery.recorded.block_of(&self.story);
        let Some(block) = block else {
            let message = format!("{} is not blocked", self.story);
            let finding = Finding::new(Code::StoryState, message)
                .help(format!("`cargo xtask story show {}`", self.story));
            return Err(finding.into());
        };
        let at = happened(self.at, clock::now())?;
        let data = members([
            ("block", Some(block.id.clone())),
            ("answers", Some(block.raised_by.clone())),
            ("reason", Some(self.reason)),
            ("at", self.at.map(|_| rfc3339(at))),
        ]);
        let shown = format!("{} is no longer blocked", safe(&self.story));
        let decision = PendingEntry { kind: Kind::Unblock, data, shown, is_signed: true };
        self.recording.record(world, decision, Vec::new())
    }
}
