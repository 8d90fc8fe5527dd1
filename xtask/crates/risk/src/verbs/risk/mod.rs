//! `risk`: what is open, who owns it, and what was done (P-6, Z-8).

mod add;
mod list;
mod update;

use clap::{Args, Subcommand};

use thrice_findings::Stop;
use thrice_programme::world::World;
use thrice_report::Report;

pub(super) use list::{List, data, listed};
pub use update::acceptance;

/// Risks, recorded in the ledger.
#[derive(Debug, Args)]
pub struct RiskCommand {
    #[command(subcommand)]
    verb: RiskVerb,
}

#[derive(Debug, Subcommand)]
enum RiskVerb {
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
        match self.verb {
            RiskVerb::Add(command) => command.run(world),
            RiskVerb::Update(command) => command.run(world),
            RiskVerb::Close(command) => command.run(world),
            RiskVerb::List(command) => command.run_risks(world),
        }
    }
}
