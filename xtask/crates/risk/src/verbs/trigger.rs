//! `trigger`: what has escalated at once, and who has it in hand (P-6.2).

use clap::{Args, Subcommand};

use super::sla::Screen;
use crate::judge::clocks::triggers::Answer;
use crate::page::triggers;
use thrice_facts::interrupt::Interrupt;
use thrice_findings::{Code, Finding, Stop};
use thrice_ledger::recording::{PendingEntry, Recording, members};
use thrice_policy::table::did_you_mean;
use thrice_programme::Kind;
use thrice_programme::world::World;
use thrice_report::Report;
use thrice_report::text::safe;

/// Triggers of policy/risk.toml.
#[derive(Debug, Subcommand)]
pub enum TriggerCommand {
    /// Records that somebody handles a trigger: its escalation ends, and gates pass with a warning.
    Ack(Ack),
    /// Shows which triggers have fired, and what was seen of the others.
    List,
}

/// Records that somebody handles a trigger.
#[derive(Debug, Args)]
pub struct Ack {
    /// The trigger.
    #[arg(value_name = "ID")]
    id: String,
    /// What is done about it.
    #[arg(long, value_name = "TEXT")]
    note: String,
    #[command(flatten)]
    recording: Recording,
}

impl TriggerCommand {
    /// Runs the verb.
    ///
    /// # Errors
    /// Where git fails.
    pub fn run(self, world: &World) -> Result<Report, Stop> {
        let interrupt = Interrupt::listen()?;
        let screen = Screen::of(world, true, &interrupt)?;
        match self {
            Self::Ack(ack) => ack.run(world, &screen),
            Self::List => {
                let answers = screen.answers();
                let found = answers.iter().filter_map(|(it, answer)| screen.of_trigger(it, answer));
                let mut report = Report::of(found.collect());
                report.body = triggers(&answers, &screen.gathered.standing);
                Ok(report)
            }
        }
    }
}

impl Ack {
    fn run(self, world: &World, screen: &Screen) -> Result<Report, Stop> {
        let answers = screen.answers();
        let Some((trigger, answer)) = answers.iter().find(|(it, _)| it.id == self.id) else {
            let help = did_you_mean(
                &self.id,
                answers.iter().map(|(it, _)| it.id.as_str()),
                "`cargo xtask trigger list`",
            );
            let message = format!("there is no trigger `{}`", safe(&self.id));
            return Err(Finding::new(Code::MatterUnknown, message).help(help).into());
        };
        let void = |message: String| {
            let finding = Finding::new(Code::DecisionVoid, message);
            Err(finding.help("`cargo xtask trigger list` shows which triggers have fired").into())
        };
        let (why, key) = match answer {
            Answer::Fired(why, key) => (why, key),
            Answer::Quiet(said) | Answer::Unknown(said) => {
                return void(format!("the trigger {} has not fired: {said}", safe(&self.id)));
            }
        };
        if let Some(known) = screen.gathered.standing.in_hand(&trigger.id, key) {
            return void(format!("{} has {} in hand already", known.actor, safe(&self.id)));
        }
        let data = members([
            ("trigger", Some(trigger.id.clone())),
            ("key", Some(key.clone())),
            ("note", Some(self.note)),
        ]);
        let shown = format!("the trigger {} is in hand: {}", safe(&trigger.id), safe(why));
        let decision = PendingEntry { kind: Kind::Trigger, data, shown, is_signed: true };
        self.recording.record(world, decision, Vec::new())
    }
}
