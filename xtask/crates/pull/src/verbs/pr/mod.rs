//! `pr`: the pull request on the server.

pub mod merge_check;
pub mod open;
pub mod rollback;
pub mod verify;

use clap::{Args, Subcommand};

use thrice_findings::{Code, Stop, Verdict, unless_refused};
use thrice_orr::journal::Line;
use thrice_orr::layout::Output;
use thrice_orr::leftovers::newest;
use thrice_orr::state;
use thrice_programme::world::World;
use thrice_report::Report;

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
    /// The command, as reports name it.
    pub fn name(&self) -> &'static str {
        match self.verb {
            Verb::Open(_) => "pr open",
            Verb::Verify(_) => "pr verify",
            Verb::MergeCheck(_) => "pr merge-check",
            Verb::Rollback(_) => "pr rollback",
        }
    }

    /// Runs the verb.
    ///
    /// # Errors
    /// Where the tool itself cannot do its part.
    pub fn run(self, world: &World) -> Result<Report, Stop> {
        match self.verb {
            Verb::Open(open) => open.run(world),
            Verb::Verify(verify) => {
                let number = verify.number();
                let report = verify.run(world).or_else(|stop| stop.refusal().map(Report::of))?;
                let verdict = report.verdict();
                remember(world, number, &report, &[Line::PullVerified { number, verdict }])?;
                Ok(report)
            }
            Verb::MergeCheck(check) => {
                let number = check.number();
                // What is judged from a record is no step of the review that is under way.
                if check.is_replay() {
                    return check.run(world);
                }
                let report = check.run(world).or_else(|stop| stop.refusal().map(Report::of))?;
                let verdict = report.verdict();
                let checked = Line::MergeChecked { number, verdict };
                // What may be merged was verified on the way.
                let verified = Line::PullVerified { number, verdict };
                let pass = verdict == Verdict::Pass;
                let lines = if pass { vec![verified, checked] } else { vec![checked] };
                remember(world, number, &report, &lines)?;
                Ok(report)
            }
            Verb::Rollback(rollback) => rollback.run(world),
        }
    }
}

/// Writes into the journal of the review that the pull request came of, where that was
/// made here.
fn remember(world: &World, number: u64, report: &Report, lines: &[Line]) -> Result<(), Stop> {
    let interrupted = report.findings.iter().any(|f| f.code == Code::Interrupted);
    let repository = world.repository()?;
    let head = unless_refused(thrice_programme::world::head(&repository))?;
    let Some(commit) = head.filter(|_| !interrupted) else { return Ok(()) };
    let policy = unless_refused(world.policy_of(&repository, &commit))?;
    let Some((policy, _)) = policy else { return Ok(()) };
    let output = Output::at(repository.root().join(&policy.programme.output));
    // A journal that cannot be read is told by the commands that need it.
    let told = newest(&output).ok().flatten().filter(|told| told.pull() == Some(number));
    let Some(told) = told else { return Ok(()) };
    let mut all = told.lines.clone();
    for line in lines {
        all.push(line.clone());
        if state::path(&all).is_ok() {
            told.write(line)?;
        }
    }
    Ok(())
}
