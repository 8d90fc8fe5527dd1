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
    /// Opens an incident, or reopens one.
    Open(open::Open),
    /// Acknowledges an incident.
    Ack(step::Taken),
    /// Records that an incident is contained.
    Contain(step::Taken),
    /// Records that an incident is resolved.
    Resolve(step::Taken),
    /// Creates an incident's postmortem from the template.
    Postmortem(close::Postmortem),
    /// Closes an incident. A P0 or P1 needs its postmortem and a signature.
    Close(close::Close),
    /// Lists open incidents.
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
