//! `ledger`: the record of human decisions, verified, shown, and joined.

mod append;
mod merge;
mod show;
mod verify;

use clap::{Args, Subcommand};

use thrice_findings::Stop;
use thrice_programme::world::World;
use thrice_report::Report;

pub(crate) use append::report as report_of;
pub use verify::{Base, base};

/// The setting by which git finds the merge driver.
pub const DRIVER_SETTING: &str = "merge.xtask-ledger.driver";
/// The merge driver, as git is to call it.
pub const DRIVER: &str = "cargo xtask ledger merge %O %A %B %P";

/// The ledger.
#[derive(Debug, Args)]
pub struct LedgerCommand {
    #[command(subcommand)]
    verb: LedgerVerb,
}

#[derive(Debug, Subcommand)]
enum LedgerVerb {
    /// Verifies the chain, that it begins with the base's, and the signatures of what is new.
    Verify(verify::Verify),
    /// Shows entries, the newest last.
    Show(show::Show),
    /// Joins two branches of the ledger; git runs it as a merge driver.
    Merge(merge::Merge),
    /// Appends an entry; commands that record decisions do so themselves.
    #[command(hide = true)]
    Append(append::Append),
}

impl LedgerCommand {
    /// The command, as reports name it.
    pub fn name(&self) -> &'static str {
        match self.verb {
            LedgerVerb::Verify(_) => "ledger verify",
            LedgerVerb::Show(_) => "ledger show",
            LedgerVerb::Merge(_) => "ledger merge",
            LedgerVerb::Append(_) => "ledger append",
        }
    }

    /// Runs the verb.
    ///
    /// # Errors
    /// Where git fails.
    pub fn run(self, world: &World) -> Result<Report, Stop> {
        match self.verb {
            LedgerVerb::Verify(command) => command.run(world),
            LedgerVerb::Show(command) => command.run(world),
            LedgerVerb::Merge(command) => command.run(world),
            LedgerVerb::Append(command) => command.run(world),
        }
    }
}
