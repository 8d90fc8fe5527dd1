//! `risk`: what is open, who owns it, and what was done (P-6, Z-8).

mod add;
mod list;
mod update;

use clap::Subcommand;

use thrice_findings::Stop;
use thrice_programme::world::World;
use thrice_report::Report;

pub(super) use list::{List, data, listed};
pub use update::acceptance;

/// Risks, recorded in the ledger.
#[derive(Debug, Subcommand)]
pub enum RiskCommand {
    /// Records a risk.
    Add(add::Add),
    /// Records a change of a risk: severity, owner, mitigation.
    Update(update::Update),
    /// Closes a risk.
    Close(update::Close),
    /// Lists open risks.
    List(List),
}

impl RiskCommand {
    /// Runs the verb.
    ///
    /// # Errors
    /// Where git fails.
    pub fn run(self, world: &World) -> Result<Report, Stop> {
        match self {
            Self::Add(command) => command.run(world),
            Self::Update(command) => command.run(world),
            Self::Close(command) => command.run(world),
            Self::List(command) => command.run_risks(world),
        }
    }
}
