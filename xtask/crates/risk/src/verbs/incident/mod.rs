//! `incident`: opened, acknowledged, contained, resolved, closed (P-6, P-7).

mod close;
mod open;
mod step;

use clap::{Args, Subcommand};

use super::risk::{List, listed};
use thrice_findings::Stop;
use thrice_ledger::decisions::{AlarmKind, Step};
use thrice_programme::world::World;
use thrice_report::Report;

/// Incidents, recorded in the ledger.
#[derive(Debug, Args)]
pub struct IncidentCommand {
    #[command(subcommand)]
    verb: Verb,
}

#[derive(Debug, Subcommand)]
enum Verb {
    /// Records an incident, or that one is back.
    Open(open::Open),
    /// Records that somebody has an incident in hand.
    Ack(step::Taken),
    /// Records that an incident does no more harm.
    Contain(step::Taken),
    /// Records that what an incident broke works again.
    Resolve(step::Taken),
    /// Lays out the postmortem of an incident.
    Postmortem(close::Postmortem),
    /// Records that an incident is over; a P0 or P1 needs its postmortem, and a signature.
    Close(close::Close),
    /// Lists incidents that are not over.
    List(List),
}

impl IncidentCommand {
    /// The command, as reports name it.
    #[must_use]
    pub fn name(&self) -> &'static str {
        match self.verb {
            Verb::Open(_) => "incident open",
            Verb::Ack(_) => "incident ack",
            Verb::Contain(_) => "incident contain",
            Verb::Resolve(_) => "incident resolve",
            Verb::Postmortem(_) => "incident postmortem",
            Verb::Close(_) => "incident close",
            Verb::List(_) => "incident list",
        }
    }

    /// Runs the verb.
    ///
    /// # Errors
    /// Where git fails, or a file cannot be written.
    pub fn run(self, world: &World) -> Result<Report, Stop> {
        match self.verb {
            Verb::Open(command) => command.run(world),
            Verb::Ack(command) => command.run(world, Step::Acknowledge),
            Verb::Contain(command) => command.run(world, Step::Contain),
            Verb::Resolve(command) => command.run(world, Step::Recover),
            Verb::Postmortem(command) => command.run(world),
            Verb::Close(command) => command.run(world),
            Verb::List(command) => listed(world, AlarmKind::Incident, &command),
        }
    }
}
