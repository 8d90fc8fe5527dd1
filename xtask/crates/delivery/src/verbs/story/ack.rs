//! `story ack`: somebody has a block in hand, or it does no more harm.

use clap::Args;
use jiff::Timestamp;

use thrice_facts::clock::rfc3339;
use thrice_findings::{Code, Finding, Stop};
use thrice_ledger::recording::{Decision, Recording, happened, members};
use thrice_programme::Kind;
use thrice_programme::world::World;
use thrice_report::Report;
use thrice_report::text::safe;
use thrice_risk::gather::Gathered;
use thrice_risk::judge::clocks::{Sort, Step};
use thrice_risk::recorded::recorded;

/// Records that somebody has a block in hand.
#[derive(Debug, Args)]
pub(super) struct Ack {
    /// The story.
    #[arg(value_name = "ID")]
    story: String,
    /// It does no more harm, too.
    #[arg(long)]
    contained: bool,
    /// When that was; now where left out.
    #[arg(long, value_name = "TIME")]
    at: Option<Timestamp>,
    #[command(flatten)]
    recording: Recording,
}

impl Ack {
    pub(super) fn run(self, world: &World) -> Result<Report, Stop> {
        let mut gathered = Gathered::recording(world)?;
        let (step, member) = match self.contained {
            true => (Step::Contain, "contained_at"),
            false => (Step::Acknowledge, "acknowledged_at"),
        };
        let mut ours = gathered.matters.iter().filter(|matter| {
            matter.sort == Sort::Block && matter.is_open() && matter.stories.contains(&self.story)
        });
        let Some(block) = ours.find(|block| block.stopped(step).is_none()) else {
            let word = if self.contained { "contained" } else { "in hand" };
            let message = format!("{} has no block that is not {word}", safe(&self.story));
            let finding = Finding::new(Code::MatterState, message);
            return Err(finding.help("`cargo xtask sla` says what is open").into());
        };
        let at = rfc3339(happened(self.at, gathered.now)?);
        let (repository, rules) = (&gathered.repository, &gathered.policy.ledger);
        let known = recorded(repository, &gathered.base, rules, &mut gathered.findings)?;
        let known = known.blocks.into_iter().find(|known| known.id == block.id);
        // An entry says all of its block: what it leaves out would be known no more.
        let data = members([
            ("block", Some(block.id.clone())),
            ("subject", Some(self.story.clone())),
            ("severity", Some(block.severity.word().to_owned())),
            ("cause", Some(block.title.clone())),
            ("owner", block.owner.clone()),
            ("impact", known.as_ref().and_then(|it| it.impact.clone())),
            ("trigger", known.as_ref().and_then(|it| it.trigger.clone())),
            ("eta", known.as_ref().and_then(|it| it.eta.clone())),
            ("upstream", known.and_then(|it| it.upstream)),
            (member, Some(at.clone())),
        ]);
        let word = if self.contained { "contained" } else { "in hand" };
        let shown = format!("the block of {} is {word} since {at}", safe(&self.story));
        let decision = Decision { kind: Kind::Block, data, shown, is_signed: false };
        self.recording.record(world, decision, gathered.findings)
    }
}
