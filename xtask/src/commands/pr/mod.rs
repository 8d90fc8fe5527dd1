//! `pr`: the pull request on the server.

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
}

impl PrCommand {
    /// Runs the verb.
    ///
    /// # Errors
    /// Where the tool itself cannot do its part.
    pub fn run(self, world: &World) -> anyhow::Result<Report> {
        match self.verb {
            Verb::Verify(verify) => verify.run(world),
        }
    }
}
