//! `story`: in which state each story is and why, the gate of entry, and what stops one.

mod ack;
pub mod approval;
mod block;
pub mod evidence;
pub mod gather;
mod notes;
mod ready;
mod server;
pub(crate) mod show;
pub mod start;

use clap::{Args, Subcommand};

use thrice_findings::Stop;
use thrice_programme::world::World;
use thrice_report::Report;

/// The stories of the backlog.
#[derive(Debug, Args)]
pub struct StoryCommand {
    #[command(subcommand)]
    verb: Verb,
}

#[derive(Debug, Subcommand)]
enum Verb {
    /// Lists stories with their states and the reasons.
    List(show::List),
    /// Shows everything about one story.
    Show(show::Show),
    /// Starts a story: checks the entry gate, then creates its branch.
    Start(start::Start),
    /// Checks whether a story is ready for its pull request: evidence, dependencies, no block.
    Ready(ready::Ready),
    /// Writes a template of the notes from which `pr open` writes the story's part of the body.
    Notes(notes::Notes),
    /// Records that a story is blocked.
    Block(block::Block),
    /// Records that somebody works on a block, or that it is contained.
    Ack(ack::Ack),
    /// Records that a story is no longer blocked.
    Unblock(block::Unblock),
}

impl StoryCommand {
    /// Runs the verb.
    ///
    /// # Errors
    /// Where git fails.
    pub fn run(self, world: &World) -> Result<Report, Stop> {
        match self.verb {
            Verb::List(command) => command.run(world),
            Verb::Show(command) => command.run(world),
            Verb::Start(command) => command.run(world),
            Verb::Ready(command) => command.run(world),
            Verb::Notes(command) => command.run(world),
            Verb::Block(command) => command.run(world),
            Verb::Ack(command) => command.run(world),
            Verb::Unblock(command) => command.run(world),
        }
    }
}
