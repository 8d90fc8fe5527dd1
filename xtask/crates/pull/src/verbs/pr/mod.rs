//! `pr`: the pull request on the server.

pub(crate) mod merge_check;
pub(crate) mod open;
pub(super) mod others;
pub(crate) mod rollback;
pub(super) mod runs;
pub(crate) mod update;
pub mod verify;

use clap::Subcommand;

use super::status::with_next;
use thrice_findings::{Code, Finding, Severity, Stop, Verdict, unless_refused};
use thrice_orr::journal::JournalLine;
use thrice_orr::layout::Output;
use thrice_orr::leftovers::newest;
use thrice_orr::state;
use thrice_programme::world::World;
use thrice_report::Report;

/// The pull request on the server.
#[derive(Debug, Subcommand)]
pub enum PrCommand {
    /// Opens a pull request, after a review of this head passed, with a checked body.
    Open(open::Open),
    /// Updates a pull request to HEAD: the new commit, its runs, and a new body, in this order.
    Update(update::Update),
    /// Checks each claim of a pull request against the server, git and the evidence.
    Verify(verify::Verify),
    /// Checks whether a pull request may be merged now: claims, checks, approvals, GitHub's rules.
    MergeCheck(merge_check::MergeCheck),
    /// Closes a pull request with a reason, and deletes its sandbox branch.
    Rollback(rollback::Rollback),
}

impl PrCommand {
    /// Runs the verb.
    ///
    /// # Errors
    /// Where the tool itself cannot do its part.
    pub fn run(self, world: &World) -> Result<Report, Stop> {
        match self {
            Self::Open(open) => with_next(world, open.run(world), true),
            Self::Update(update) => with_next(world, update.run(world), true),
            Self::Verify(verify) => {
                let number = verify.number();
                let report = verify.run(world).or_else(|stop| stop.refusal().map(Report::of))?;
                let verdict = report.verdict();
                let findings = refused(&report);
                let line = JournalLine::PullVerified { number, verdict, findings };
                remember(world, number, &report, &[line])?;
                after_verify(world, number, report)
            }
            Self::MergeCheck(check) => {
                let number = check.number();
                // What is judged from a record is no step of the review that is under way.
                if check.is_replay() {
                    return check.run(world);
                }
                let report = check.run(world).or_else(|stop| stop.refusal().map(Report::of))?;
                let verdict = report.verdict();
                let checked = JournalLine::MergeChecked { number, verdict };
                // What may be merged was verified on the way.
                let verified = JournalLine::PullVerified { number, verdict, findings: Vec::new() };
                let pass = verdict == Verdict::Pass;
                let lines = if pass { vec![verified, checked] } else { vec![checked] };
                remember(world, number, &report, &lines)?;
                Ok(report)
            }
            Self::Rollback(rollback) => with_next(world, rollback.run(world), true),
        }
    }
}

/// What is next after the claims were looked at: where the patch is the one in HEAD, its
/// standing says it.
fn after_verify(world: &World, number: u64, mut report: Report) -> Result<Report, Stop> {
    let repository = world.repository()?;
    let head = repository.commit("HEAD")?.map(|commit| commit.id);
    let is_here = head.is_some() && report.data["head"].as_str() == head.as_deref();
    let next = match report.verdict() {
        _ if report.findings.iter().any(|finding| finding.code == Code::Interrupted) => {
            return Ok(report);
        }
        _ if is_here => return with_next(world, Ok(report), true),
        Verdict::Pass => format!("cargo xtask pr merge-check {number}"),
        Verdict::NotEstablished => format!("cargo xtask pr verify {number}"),
        Verdict::Fail => format!("gh pr checkout {number} && cargo xtask status"),
    };
    report.next = Some(next);
    Ok(report)
}

/// What refuses in a report.
fn refused(report: &Report) -> Vec<Finding> {
    let refuses = |finding: &&Finding| finding.severity == Severity::Refuse;
    report.findings.iter().filter(refuses).cloned().collect()
}

/// Writes into the journal of the review that the pull request came of, where that was
/// made here.
fn remember(
    world: &World,
    number: u64,
    report: &Report,
    lines: &[JournalLine],
) -> Result<(), Stop> {
    let interrupted = report.findings.iter().any(|f| f.code == Code::Interrupted);
    let repository = world.repository()?;
    let head = unless_refused(thrice_programme::world::head(&repository))?;
    let Some(commit) = head.filter(|_| !interrupted) else { return Ok(()) };
    let policy = unless_refused(world.policy_of(&repository, &commit))?;
    let Some((policy, _)) = policy else { return Ok(()) };
    let output = Output::of(&repository, &policy);
    // A journal that cannot be read is reported by the commands that need it.
    let reported =
        newest(&output).ok().flatten().filter(|reported| reported.pull() == Some(number));
    let Some(reported) = reported else { return Ok(()) };
    let mut all = reported.lines.clone();
    for line in lines {
        all.push(line.clone());
        if state::path(&all).is_ok() {
            reported.write(line)?;
        }
    }
    Ok(())
}
