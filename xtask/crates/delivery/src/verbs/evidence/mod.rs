//! `evidence`: laid out, checked, and packed (P-7, S-3).

pub(crate) mod pack;
pub(crate) mod server;

use clap::Subcommand;
use serde_json::json;

use super::story::gather::On;
use crate::gather::{Delivery, Subject};
use thrice_documents::judge::{is_subject, template};
use thrice_facts::files;
use thrice_findings::{Code, Finding, Severity, Stop};
use thrice_programme::world::World;
use thrice_report::Report;
use thrice_report::table::Table;
use thrice_report::text::safe;

/// Evidence of stories, waves, cycles and sprints.
#[derive(Debug, Subcommand)]
pub enum EvidenceCommand {
    /// Creates the evidence folder of a story or a sprint's gate, from templates.
    New {
        /// The story, or `sprint-` and the sprint's id.
        id: String,
        /// Shows what it would write, and writes nothing.
        #[arg(long)]
        dry_run: bool,
    },
    /// Checks evidence: present, filled in, with working links.
    Check {
        /// A story, a wave, a cycle or a sprint.
        id: String,
        /// Where to look up pull requests.
        #[arg(long, value_enum, default_value = "local")]
        on: On,
    },
    /// Packs checked evidence of HEAD: same commit, same bytes.
    Pack(pack::Pack),
}

impl EvidenceCommand {
    /// Runs the verb.
    ///
    /// # Errors
    /// Where git fails.
    pub fn run(self, world: &World) -> Result<Report, Stop> {
        let repository = world.repository()?;
        let delivery = Delivery::of(world, &repository)?;
        match self {
            Self::New { id, dry_run } => new(&delivery, &id, dry_run),
            Self::Check { id, on } => check(&delivery, &id, on),
            Self::Pack(pack) => pack.run(world, &delivery),
        }
    }
}

fn new(delivery: &Delivery<'_>, id: &str, dry_run: bool) -> Result<Report, Stop> {
    let subjects = delivery.subjects(id)?;
    let is_one = subjects.len() == 1 || matches!(subjects.first(), Some(Subject::Gate(_)));
    let subject = subjects.into_iter().next().filter(|_| is_one);
    let Some(subject) = subject.filter(|_| is_subject(id)) else {
        let message = format!("`{id}` is neither a story nor a sprint");
        let finding = Finding::new(Code::UsageWrong, message)
            .help("evidence is laid out for one story, or for a sprint's gate: `sprint-03`");
        return Err(finding.into());
    };
    let folder = delivery.folder(&subject);
    let items = delivery.items(&subject);
    let mut report = Report::new();
    if items.is_empty() {
        let message = format!("policy demands no evidence at the gate of {id}");
        report.findings.push(
            Finding::new(Code::UsageWrong, message)
                .help("add `evidence = […]` to the sprint in policy/calendar.toml"),
        );
        return Ok(report);
    }
    let root = delivery.repository.root();
    let mut written = Vec::new();
    for item in &items {
        let path = format!("{folder}/{}", item.file);
        let full = root.join(&path);
        if full.symlink_metadata().is_ok() {
            report.body.push_str(&format!("{} is there already\n", safe(&path)));
            continue;
        }
        let Some(target) = files::inside(root, &path)? else {
            let message = format!("{path} would lie outside of this repository");
            let help = "take the link out of the way";
            report.findings.push(Finding::new(Code::UsageWrong, message).help(help));
            return Ok(report);
        };
        if !dry_run {
            files::write_whole(&target, template(item, id).as_bytes())?;
        }
        let word = if dry_run { "would be written" } else { "written" };
        report.body.push_str(&format!("{} {word}\n", safe(&path)));
        written.push(path);
    }
    report.body.push_str(&format!(
        "next: say in each what was seen, then `cargo xtask evidence check {}`\n",
        safe(id)
    ));
    report.data = json!({ "folder": folder, "written": written });
    Ok(report)
}

fn check(delivery: &Delivery<'_>, id: &str, on: On) -> Result<Report, Stop> {
    let subjects = delivery.subjects(id)?;
    let mut findings = Vec::new();
    if subjects.is_empty() {
        let message = format!("{id} has no story, so there is nothing to show");
        findings.push(
            Finding::new(Code::EvidenceMissing, message)
                .help("give it stories in policy/backlog.toml"),
        );
    }
    let mut table = Table::new(["evidence of", "answer", "what is wrong first"]);
    let mut rows = Vec::new();
    for subject in &subjects {
        let folder = delivery.evidence(subject)?;
        let mut found = delivery.judge(subject, &folder);
        found.extend(server::pull(delivery, subject, &folder, on == On::Github)?);
        let first = found.iter().find(|it| it.severity == Severity::Refuse);
        let why = first.map(|it| it.message.as_str()).unwrap_or_default();
        let answer = if first.is_some() { "refused" } else { "good" };
        table.row([safe(&folder.subject), answer.to_owned(), safe(why)]);
        rows.push(
            json!({ "subject": folder.subject, "folder": folder.path, "good": first.is_none() }),
        );
        findings.extend(found);
    }
    let mut report = Report::of(findings);
    report.body = table.text();
    report.data = json!({ "evidence": rows });
    Ok(report)
}
