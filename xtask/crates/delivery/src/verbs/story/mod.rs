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

use clap::Subcommand;

use thrice_findings::Stop;
use thrice_programme::world::World;
use thrice_report::Report;

/// The stories of the backlog.
#[derive(Debug, Subcommand)]
pub enum StoryCommand {
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
        match self {
            Self::List(command) => command.run(world),
            Self::Show(command) => command.run(world),
            Self::Start(command) => command.run(world),
            Self::Ready(command) => command.run(world),
            Self::Notes(command) => command.run(world),
            Self::Block(command) => command.run(world),
            Self::Ack(command) => command.run(world),
            Self::Unblock(command) => command.run(world),
        }
    }
}
