//! `story ack`: somebody has a block in hand, or it does no more harm.

use clap::Args;
use jiff::Timestamp;

use thrice_facts::clock::rfc3339;
use thrice_findings::{Code, Finding, Stop};
use thrice_ledger::decisions::Step;
use thrice_ledger::recording::{PendingEntry, Recording, happened, members, time};
use thrice_programme::Kind;
use thrice_programme::world::World;
use thrice_report::Report;
use thrice_report::text::safe;
use thrice_risk::gather::RiskInput;

/// Records that somebody has a block in hand.
#[derive(Debug, Args)]
pub struct Ack {
    /// The story.
    #[arg(value_name = "ID")]
    story: String,
    /// The block is contained, too.
    #[arg(long)]
    contained: bool,
    /// Time of the event. Default: now.
    #[arg(long, value_name = "TIME", value_parser = time)]
    at: Option<Timestamp>,
    #[command(flatten)]
    recording: Recording,
}

impl Ack {
    pub(super) fn run(self, world: &World) -> Result<Report, Stop> {
        let gathered = RiskInput::of(world)?;
        let (step, member) = match self.contained {
            true => (Step::Contain, "contained_at"),
            false => (Step::Acknowledge, "acknowledged_at"),
        };
        let mut ours = gathered.standing.blocks().filter(|block| block.subject() == self.story);
        let Some(block) = ours.find(|block| block.taken(step).is_none()) else {
            let word = if self.contained { "contained" } else { "acknowledged" };
            let story = safe(&self.story);
            let message = match gathered.standing.blocks().any(|it| it.subject() == self.story) {
                true => format!("the block of {story} was {word} already"),
                false => format!("{story} is not blocked"),
            };
            let finding = Finding::new(Code::MatterState, message);
            return Err(finding.help("`cargo xtask sla` shows what is open").into());
        };
        let at = rfc3339(happened(self.at, gathered.now)?);
        let data = members([
            ("block", Some(block.id.clone())),
            ("answers", Some(block.raised_by.clone())),
            ("subject", Some(self.story.clone())),
            ("severity", Some(block.severity.word().to_owned())),
            ("cause", Some(block.title.clone())),
            ("owner", block.owner.clone()),
            (member, Some(at.clone())),
        ]);
        let word = if self.contained { "contained" } else { "in hand" };
        let shown = format!("the block of {} is {word} since {at}", safe(&self.story));
        let decision = PendingEntry { kind: Kind::Block, data, shown, is_signed: true };
        self.recording.record(world, decision, gathered.findings)
    }
}
