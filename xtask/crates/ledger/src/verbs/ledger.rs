//! `ledger`: the record of human decisions, verified and shown.

mod append;
mod show;
mod verify;

use clap::Subcommand;

use thrice_findings::Stop;
use thrice_programme::world::World;
use thrice_report::Report;

pub(crate) use append::report as report_of;
pub use verify::{Base, base};

/// The ledger.
#[derive(Debug, Subcommand)]
pub enum LedgerCommand {
    /// Verifies the chain, that it goes on from what was seen, and the signatures of what is new.
    Verify(verify::Verify),
    /// Shows entries, the newest last.
    Show(show::Show),
    /// Appends an entry; commands that record decisions do so themselves.
    #[command(hide = true)]
    Append(append::Append),
}

impl LedgerCommand {
    /// Runs the verb.
    ///
    /// # Errors
    /// Where git fails.
    pub fn run(self, world: &World) -> Result<Report, Stop> {
        match self {
            Self::Verify(command) => command.run(world),
            Self::Show(command) => command.run(world),
            Self::Append(command) => command.run(world),
        }
    }
}
