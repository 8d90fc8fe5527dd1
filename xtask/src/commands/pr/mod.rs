//! `pr`: the pull request on the server.

pub mod merge_check;
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
    /// Whether each claim of a pull request is so, by the server, git and the bytes.
    Verify(verify::Verify),
    /// Whether it may be merged now: claims, checks, approvals, and what GitHub enforces.
    MergeCheck(merge_check::MergeCheck),
}

impl PrCommand {
    /// Runs the verb.
    ///
    /// # Errors
    /// Where the tool itself cannot do its part.
    pub fn run(self, world: &World) -> anyhow::Result<Report> {
        match self.verb {
            Verb::Verify(verify) => verify.run(world),
            Verb::MergeCheck(check) => check.run(world),
        }
    }
}
