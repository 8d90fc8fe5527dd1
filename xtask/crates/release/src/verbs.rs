//! `release`: candidates and releases by full commit id (P-5).

mod ask;
mod base;
mod execute;
mod gather;
mod journal;
mod log;
mod make;
mod pack;
mod publish;
mod server;
mod signature;
mod target;
pub mod under_way;
mod verify;

use clap::Subcommand;
use serde_json::json;

use thrice_findings::{Stop, Verdict};
use thrice_programme::world::World;
use thrice_pull::judge::claims::Claim;
use thrice_pull::verbs::pr::verify::{brief, shown};
use thrice_report::Report;
use thrice_report::table::Table;
use thrice_report::text::counted;

/// Releases.
#[derive(Debug, Subcommand)]
pub enum ReleaseCommand {
    /// Checks or makes a release of a stage before the candidate, such as a beta.
    Pre(ask::Pre),
    /// Checks or makes a release candidate of one commit.
    Rc(ask::Rc),
    /// Checks or makes a release of a candidate's commit.
    Ga(ask::Ga),
    /// Verifies a release: tag, evidence, ledger and files.
    Verify(verify::Verify),
    /// Shows where releases were deployed.
    Log(log::Log),
}

impl ReleaseCommand {
    /// Runs the verb.
    ///
    /// # Errors
    /// Where the tool itself cannot do its part.
    pub fn run(self, world: &World) -> Result<Report, Stop> {
        match self {
            Self::Pre(command) => command.run(world),
            Self::Rc(command) => command.run(world),
            Self::Ga(command) => command.run(world),
            Self::Verify(command) => command.run(world),
            Self::Log(command) => command.run(world),
        }
    }
}

/// The claims as a table, and for programs.
fn tell(report: &mut Report, claims: &[Claim]) {
    let mut table = Table::new(["claim", "said", "seen", "answer"]);
    for claim in claims {
        let cells = [&claim.name, &claim.said, &claim.seen].map(|text| brief(text));
        let [name, said, seen] = cells;
        table.row([name, said, seen, claim.word().to_owned()]);
    }
    let proven = claims.iter().filter(|claim| claim.answer == Verdict::Pass).count();
    report.body =
        format!("{}\n{proven} of {} proven\n", table.text(), counted(claims.len(), "claim"));
    report.data = json!({ "claims": claims.iter().map(shown).collect::<Vec<_>>() });
}
