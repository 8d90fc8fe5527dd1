//! `ledger`: the record of human decisions, verified, shown, and joined.

use clap::{Args, Subcommand};

use super::World;
use crate::report::Report;

mod verify;

/// The ledger.
#[derive(Debug, Args)]
pub struct LedgerCommand {
    #[command(subcommand)]
    verb: Verb,
}

#[derive(Debug, Subcommand)]
enum Verb {
    /// Verifies the chain, that it begins with the base's, and the signatures of what is new.
    Verify(verify::Verify),
}

impl LedgerCommand {
    /// Runs the verb.
    ///
    /// # Errors
    /// Where git fails.
    pub fn run(self, world: &World) -> anyhow::Result<Report> {
        match self.verb {
            Verb::Verify(command) => command.run(world),
        }
    }
}
