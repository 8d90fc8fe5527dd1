//! `pr`: the pull request on the server.

pub mod merge_check;
pub mod open;
pub mod rollback;
pub mod verify;

use clap::{Args, Subcommand};

use super::World;
use crate::report::Report;

/// The pull request on the server.
#[derive(Debug, Args)]
pub struct PrCommand {
    #[command(subcommand)]
    verb: Verb,
}

#[derive(Debug, Subcommand)]
enum Verb {
    /// Opens it, after a review that passed on exactly this head, with a body that was checked.
    Open(open::Open),
    /// Whether each claim of a pull request is so, by the server, git and the bytes.
    Verify(verify::Verify),
    /// Whether it may be merged now: claims, checks, approvals, and what GitHub enforces.
    MergeCheck(merge_check::MergeCheck),
    /// Closes it with the reason, and discards its sandbox branch.
    Rollback(rollback::Rollback),
}

impl PrCommand {
    /// Runs the verb.
    ///
    /// # Errors
    /// Where the tool itself cannot do its part.
    pub fn run(self, world: &World) -> anyhow::Result<Report> {
        match self.verb {
            Verb::Open(open) => open.run(world),
            Verb::Verify(verify) => verify.run(world),
            Verb::MergeCheck(check) => check.run(world),
            Verb::Rollback(rollback) => rollback.run(world),
        }
    }
}
