//! `incident`: opened, acknowledged, contained, resolved, closed (P-6, P-7).

mod close;
mod open;
mod show;
mod step;

use clap::Subcommand;

use super::risk::{List, listed};
use thrice_findings::Stop;
use thrice_ledger::decisions::{AlarmKind, Step};
use thrice_programme::world::World;
use thrice_report::Report;

/// Incidents, recorded in the ledger.
#[derive(Debug, Subcommand)]
pub enum IncidentCommand {
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
    /// Shows an incident: its steps, what is due, and whether it freezes merges.
    Show(show::Show),
    /// Lists open incidents.
    List(List),
}

impl IncidentCommand {
    /// Runs the verb.
    ///
    /// # Errors
    /// Where git fails, or a file cannot be written.
    pub fn run(self, world: &World) -> Result<Report, Stop> {
        match self {
            Self::Open(command) => command.run(world),
            Self::Ack(command) => command.run(world, Step::Acknowledge),
            Self::Contain(command) => command.run(world, Step::Contain),
            Self::Resolve(command) => command.run(world, Step::Recover),
            Self::Postmortem(command) => command.run(world),
            Self::Close(command) => command.run(world),
            Self::Show(command) => command.run(world),
            Self::List(command) => listed(world, AlarmKind::Incident, &command),
        }
    }
}
