//! `brief`: what a coding agent must know here, from policy alone.

use clap::Args;
use serde_json::json;

use crate::brief;
use crate::judge::block;
use thrice_facts::files;
use thrice_facts::git::Repository;
use thrice_facts::machine::columns;
use thrice_findings::{Code, Finding, Place, Stop};
use thrice_orr::verbs::workflow::has_alias;
use thrice_programme::Policy;
use thrice_programme::world::World;
use thrice_report::Report;
use thrice_report::program::renamed;

/// What a coding agent must know here.
#[derive(Debug, Args)]
pub struct Brief {
    /// File whose marked block is updated. Default: standard output.
    #[arg(long, value_name = "FILE")]
    write: Option<String>,
}

/// What follows the reading of it.
const NEXT: &str = "cargo xtask status";

impl Brief {
    /// Prints the brief, or writes it.
    ///
    /// # Errors
    /// Where policy or the file cannot be read, or the file cannot be written.
    pub fn run(self, world: &World) -> Result<Report, Stop> {
        let repository = world.repository()?;
        let (policy, _) = world.policy(&repository)?;
        let text = text(&repository, &policy)?;
        let Some(path) = self.write else {
            let mut report = Report::new();
            report.announces = false;
            // On a terminal somebody reads it; elsewhere it is kept as it is.
            report.is_document = columns().is_none();
            report.next = (!report.is_document).then(|| NEXT.to_owned());
            report.data = json!({ "text": text });
            report.body = text;
            if !report.is_document {
                report.body.push_str("\nMake the change and commit it, then:\n");
            }
            return Ok(report);
        };
        let path = path.strip_prefix("./").unwrap_or(&path);
        let changed = write(&repository, path, &text)?;
        let mut report = Report::new();
        let word = if changed { "written" } else { "is current" };
        report.body = format!("{} {word}\n", thrice_report::text::safe(path));
        report.data = json!({ "file": path, "changed": changed });
        Ok(report)
    }
}

/// The brief, with commands as they are typed here: by the alias of cargo's that the repository
/// has, or by the name of the program that is installed.
fn text(repository: &Repository, policy: &Policy) -> anyhow::Result<String> {
    let text = brief::text(policy);
    if has_alias(repository)? {
        return Ok(text);
    }
    Ok(renamed(&text, "thrice").into_owned())
}

/// Whether anything was to be written.
fn write(repository: &Repository, path: &str, text: &str) -> Result<bool, Stop> {
    let Some(target) = files::inside(repository.root(), path)? else {
        return Err(outside(path).into());
    };
    let there = files::read_if_there(&target)?;
    let current = block::splice(path, there.as_deref().unwrap_or_default(), text)?;
    if there.as_deref() == Some(current.as_slice()) {
        return Ok(false);
    }
    files::write_whole(&target, &current)?;
    Ok(true)
}

fn outside(path: &str) -> Finding {
    Finding::new(Code::UsageWrong, format!("`{path}` is no file of this repository's own"))
        .help("name a file by its path from the top of the repository, such as AGENTS.md")
        .at(Place::file(path))
}

/// What is wrong with the brief that policy says is kept in a file. Nothing is said
/// of a policy that is not the repository's own: its brief is kept elsewhere.
///
/// # Errors
/// Where the file is there and cannot be read.
pub fn stale(world: &World, policy: Option<&Policy>) -> anyhow::Result<Option<Finding>> {
    let (Ok(repository), Some(policy), None) = (world.repository(), policy, &world.policy) else {
        return Ok(None);
    };
    let Some(path) = &policy.programme.brief else { return Ok(None) };
    let Some(target) = files::inside(repository.root(), path)? else {
        return Ok(Some(outside(path)));
    };
    let there = files::read_if_there(&target)?;
    Ok(block::stale(path, there.as_deref(), &text(&repository, policy)?))
}
