//! `ledger merge`: the merge driver of git.

use std::path::PathBuf;

use clap::Args;
use serde_json::json;

use crate::merge::{Side, merge};
use thrice_facts::files;
use thrice_facts::git::Repository;
use thrice_findings::{Finding, Stop, unless_refused};
use thrice_programme::ledger::DEFAULT_PATH;
use thrice_programme::world::World;
use thrice_report::Report;

/// Joins two branches of the ledger into %A; git gives the names.
#[derive(Debug, Args)]
pub(super) struct Merge {
    /// The ledger that both branches began with (%O). Nothing is believed of it.
    #[arg(value_name = "BASE")]
    base: PathBuf,
    /// Our ledger, which becomes the joined one (%A).
    #[arg(value_name = "OURS")]
    ours: PathBuf,
    /// Their ledger (%B).
    #[arg(value_name = "THEIRS")]
    theirs: PathBuf,
    /// The path of the ledger in the repository (%P).
    #[arg(value_name = "PATH")]
    path: Option<String>,
}

impl Merge {
    pub(super) fn run(self, world: &World) -> Result<Report, Stop> {
        let repository = world.repository()?;
        let defaults = defaults(world, &repository, self.path.as_deref())?;
        let ours = files::read(&self.ours)?;
        let theirs = files::read(&self.theirs)?;
        let merged = merge(
            Side { name: "ours", bytes: &ours },
            Side { name: "theirs", bytes: &theirs },
            &defaults,
        );
        let merged = match merged {
            Ok(merged) => merged,
            Err(findings) => return Ok(refused(findings)),
        };
        if merged.bytes != ours {
            files::write_durable(&self.ours, &merged.bytes)?;
        }
        let mut report = Report::new();
        let (first, added) = (&merged.first, merged.added);
        report.body = match added {
            0 => format!("{first} has all entries\nhead: {}\n", merged.head),
            _ => format!("{first} first, then {added} of the other side\nhead: {}\n", merged.head),
        };
        report.data = json!({
            "first": first,
            "added": added,
            "entries": merged.head.entries,
            "root": merged.head.root.to_string(),
        });
        Ok(report)
    }
}

/// Our ledger is left as it is, and git keeps the conflict.
fn refused(findings: Vec<Finding>) -> Report {
    let mut report = Report::of(findings);
    report.body = "nothing was joined; the file is that of our side\n".to_owned();
    report
}

/// The ledgers of the default branch, as its remote was last seen to have it and as it is
/// here.
fn defaults(
    world: &World,
    repository: &Repository,
    path: Option<&str>,
) -> Result<Vec<Vec<u8>>, Stop> {
    let anchor = match repository.commit("refs/remotes/origin/HEAD")? {
        Some(anchor) => Some(anchor),
        None => repository.commit("HEAD")?,
    };
    let policy = match &anchor {
        Some(anchor) => unless_refused(world.policy_of(repository, anchor))?,
        None => None,
    };
    let policy = policy.map(|(policy, _)| policy);
    let name = policy.as_ref().map_or("main", |policy| &policy.programme.default_branch);
    let path = path.or(policy.as_ref().map(|policy| policy.ledger.path.as_str()));
    let path = path.unwrap_or(DEFAULT_PATH);
    let mut ledgers = Vec::new();
    for reference in [format!("refs/remotes/origin/{name}"), format!("refs/heads/{name}")] {
        if let Some(tip) = repository.commit(&reference)? {
            ledgers.extend(repository.tree(&tip)?.read(path)?);
        }
    }
    Ok(ledgers)
}
