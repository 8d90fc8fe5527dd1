//! `init`: writes the rules of a repository that has none, from what is there.

mod gather;
mod own;

use clap::Args;
use serde_json::json;

use crate::judge::change::{Change, diff};
use crate::judge::init::{Plan, plan};
use thrice_facts::files;
use thrice_facts::git::Repository;
use thrice_facts::machine::columns;
use thrice_findings::{Code, Finding, Place, Severity, Stop};
use thrice_programme as policy;
use thrice_programme::PolicyFiles;
use thrice_programme::world::World;
use thrice_report::Report;
use thrice_report::text::safe;

/// Writes policy for this repository, from what it finds. Overwrites nothing.
#[derive(Debug, Args)]
pub(crate) struct Init {
    /// Prints the changes as a patch, and writes nothing.
    #[arg(long)]
    dry_run: bool,
    /// Also writes a crate `xtask` in its own workspace, with its cargo alias.
    #[arg(long)]
    xtask: bool,
    /// With `--xtask`: a checkout of this program, or `URL#SHA` with a full SHA.
    #[arg(long, value_name = "PATH|URL#SHA", requires = "xtask")]
    from: Option<String>,
}

impl Init {
    /// Writes what is missing.
    pub(crate) fn run(self, world: &World) -> Result<Report, Stop> {
        let repository = match Repository::around(&world.folder) {
            Ok(repository) => repository,
            Err(error) => match outside(world, &error.to_string()) {
                Some(finding) => return Ok(Report::of(vec![finding])),
                None => return Err(error.into()),
            },
        };
        let facts = gather::gather(&repository)?;
        let from = self.from.as_deref();
        let source = match self.xtask {
            true => Some(own::source(repository.root(), from)?),
            false => None,
        };
        let mut plan = plan(&facts, source.as_ref());
        let mut report = Report::of(checked(&repository, &plan)?);
        report.data = json!({
            "seen": plan.seen,
            "written": plan.changes.iter().map(|change| &change.path).collect::<Vec<_>>(),
            "kept": plan.kept,
            "notes": plan.notes,
            "lacking": plan.lacking,
        });
        if report.exit() != 0 {
            return Ok(report);
        }
        if self.dry_run && !plan.changes.is_empty() {
            report.announces = false;
            report.is_document = true;
            // Each schema is one line that fills a terminal's screen.
            let is_shown = |change: &&Change| {
                columns().is_none() || !change.path.starts_with("policy/schema/")
            };
            // Behind a patch, `git apply` passes over what belongs to none.
            report.body = diff(plan.changes.iter().filter(is_shown)) + &notes(&plan);
            return Ok(report);
        }
        for change in &plan.changes {
            let Some(target) = files::inside(repository.root(), &change.path)? else {
                return Ok(Report::of(vec![leads_out(&change.path)]));
            };
            files::write_whole(&target, change.after.as_bytes())?;
        }
        if self.xtask && !self.dry_run {
            plan.notes.extend(own::lock(repository.root(), from)?);
        }
        report.body = body(&plan);
        Ok(report)
    }
}

/// What to do where there is no working tree; nothing where git says something else.
fn outside(world: &World, said: &str) -> Option<Finding> {
    let folder = std::path::absolute(&world.folder).unwrap_or_else(|_| world.folder.clone());
    let folder = safe(&folder.display().to_string());
    if said.contains("is a bare repository") {
        let message = format!("{folder} is a bare repository: it has no working tree");
        let help = "run it in a clone: `git clone` makes one";
        return Some(Finding::new(Code::UsageWrong, message).help(help));
    }
    let message = format!("{folder} isn't in a git repository");
    let help = "run `git init` first, or name a repository with `--repo`";
    said.contains("isn't in a git repository")
        .then(|| Finding::new(Code::UsageWrong, message).help(help))
}

fn leads_out(path: &str) -> Finding {
    Finding::new(Code::UsageWrong, format!("{path} leads out of the repository"))
        .help("replace the link by a folder or file of its own")
        .at(Place::file(path.to_owned()))
}

/// What `policy check` would say of the rules that are there and those that would be.
fn checked(repository: &Repository, plan: &Plan) -> anyhow::Result<Vec<Finding>> {
    let mut all = PolicyFiles::new();
    for file in files::walk(&repository.root().join("policy"))? {
        let name = files::display_bytes(&file.relative);
        if !name.contains('/') && file.kind != files::PathKind::Other {
            all.insert(name, files::read(&file.path)?);
        }
    }
    for Change { path, after, .. } in &plan.changes {
        if let Some(name) = path.strip_prefix("policy/") {
            all.insert(name.to_owned(), after.clone().into_bytes());
        }
    }
    let (_, findings) = policy::check("policy", &all);
    Ok(findings.into_iter().filter(|finding| finding.severity != Severity::Note).collect())
}

fn notes(plan: &Plan) -> String {
    plan.notes.iter().map(|note| format!("note: {}\n", safe(note))).collect()
}

fn body(plan: &Plan) -> String {
    let mut text = String::new();
    if plan.seen.is_empty() {
        text.push_str("seen: no build that is known\n");
    }
    for seen in &plan.seen {
        text.push_str(&format!("seen: {}\n", safe(seen)));
    }
    for change in &plan.changes {
        let word = if change.before.is_some() { "added to" } else { "written" };
        text.push_str(&format!("{word}: {}\n", change.path));
    }
    for kept in &plan.kept {
        text.push_str(&format!("kept: {kept}\n"));
    }
    text.push_str(&notes(plan));
    if !plan.lacking.is_empty() {
        text.push_str("\nmissing in policy/gates.toml, ready to paste:\n");
        for block in &plan.lacking {
            text.push_str(&format!("\n{block}\n"));
        }
        text.push('\n');
    }
    if plan.changes.is_empty() && plan.lacking.is_empty() {
        let else_ = if plan.notes.is_empty() { "" } else { "else " };
        text.push_str(&format!("nothing {else_}is missing\nnext: cargo xtask status\n"));
    } else if plan.changes.is_empty() {
        text.push_str("add them to the file\nnext: cargo xtask policy check\n");
    } else {
        text.push_str(&format!(
            "next: git add {} && git commit -m \"{}\"\nthen: cargo xtask orr --runs 3\n",
            plan.add, plan.message
        ));
    }
    text
}
