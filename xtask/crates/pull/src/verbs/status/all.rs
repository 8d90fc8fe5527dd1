//! `status --all`: every open pull request and sandbox of the repository, as the server
//! has them, each with what is next for it.

use serde::Deserialize;
use serde_json::json;

use crate::judge::claims::Pull;
use thrice_facts::git::REMOTE;
use thrice_facts::github::{Failure, GitHub, ServerBranch, encoded};
use thrice_facts::interrupt::Interrupt;
use thrice_findings::{Finding, Stop, short};
use thrice_orr::judge::branch;
use thrice_patch::judge::pr_body::{Said, Template};
use thrice_programme::Policy;
use thrice_programme::world::World;
use thrice_report::Report;
use thrice_report::table::Table;
use thrice_report::text::safe;

/// One line: a pull request, or a sandbox that has none.
pub struct PatchRow {
    /// The number of the pull request.
    pub pull: Option<u64>,
    /// What it is called.
    pub title: String,
    /// Its branch.
    pub branch: String,
    /// The commit at its head.
    pub head: String,
    /// Where it stands.
    pub says: &'static str,
    /// The command that leads on.
    pub next: String,
}

/// A pull request, with its title.
#[derive(Deserialize)]
struct TitledPull {
    #[serde(default)]
    title: String,
    #[serde(flatten)]
    pull: Pull,
}

/// Lists them.
pub(super) fn all(world: &World) -> Result<Report, Stop> {
    let mut findings = Vec::new();
    let rows = open_rows(world, &Interrupt::listen()?, &mut findings)?;
    let mut table = Table::new(["pull request", "branch", "head", "stands", "next"]);
    for row in &rows {
        let number = row.pull.map_or("none".to_owned(), |number| format!("#{number}"));
        let head = short(&row.head);
        table.row([number, safe(&row.branch), safe(head), row.says.to_owned(), safe(&row.next)]);
    }
    let mut report = Report::new();
    report.announces = false;
    report.body = match rows.is_empty() {
        true => "no pull request is open, and there is no sandbox branch\n".to_owned(),
        false => table.text(),
    };
    let row = |row: &PatchRow| {
        json!({
            "pull": row.pull, "branch": row.branch, "head": row.head, "stands": row.says,
            "next": row.next,
        })
    };
    report.data =
        json!({ "schema": "xtask/status-all/1", "rows": rows.iter().map(row).collect::<Vec<_>>() });
    report.findings = findings;
    Ok(report)
}

/// Every open pull request, and every sandbox without one.
///
/// # Errors
/// The findings where GitHub does not say; where git fails.
pub fn open_rows(
    world: &World,
    interrupt: &Interrupt,
    findings: &mut Vec<Finding>,
) -> Result<Vec<PatchRow>, Stop> {
    let repository = world.repository()?;
    let default = world.default_branch(&repository, findings)?;
    let Some(base) = default.base(&repository, None, findings)? else {
        return Err(std::mem::take(findings).into());
    };
    let (policy, _) = world.policy_of(&repository, &base)?;
    let github = GitHub::of(&repository, interrupt)?;
    // What is behind is for the queue, where there is one.
    let base = (!policy.gates.workflow.has_queue()).then_some(base.id.as_str());
    Ok(rows(&github, &policy, &default.name, base)?)
}

fn rows(
    github: &GitHub,
    policy: &Policy,
    trunk: &str,
    base: Option<&str>,
) -> Result<Vec<PatchRow>, Failure> {
    let path = github.repo(&format!("pulls?state=open&base={}", encoded(trunk)));
    let pulls: Vec<TitledPull> = github.list(&path, None)?;
    let branches = github.branches()?;
    let template = Template::of(policy);
    let mut rows: Vec<PatchRow> = pulls.iter().map(|pull| of_pull(pull, &template, base)).collect();
    rows.sort_by_key(|row| row.pull);
    for ServerBranch { name, sha } in branches {
        let sandbox = |branches| branch::sandbox_kind(&name, branches).is_some();
        let listed = rows.iter().any(|row| row.branch == name);
        if listed || !policy.branches.as_ref().is_some_and(sandbox) {
            continue;
        }
        rows.push(PatchRow {
            pull: None,
            title: String::new(),
            next: format!("git push {REMOTE} --delete {name}"),
            branch: name,
            head: sha,
            says: "a sandbox without a pull request",
        });
    }
    Ok(rows)
}

/// What a body says of itself: whether that is so, `pr verify` says.
fn of_pull(
    TitledPull { title, pull }: &TitledPull,
    template: &Template,
    base: Option<&str>,
) -> PatchRow {
    let number = pull.number;
    let body = pull.body.clone().unwrap_or_default();
    let said = Said::read(body.as_bytes(), template);
    let (says, next) = if said.run_ids.is_empty() {
        ("its body names no runs", format!("gh pr checkout {number} && cargo xtask status"))
    } else if base.is_some() && said.value("repo_sha") != base {
        ("its base moved on", format!("gh pr checkout {number} && cargo xtask status"))
    } else {
        ("claims what is to be verified", format!("cargo xtask pr verify {number}"))
    };
    PatchRow {
        pull: Some(number),
        title: title.clone(),
        branch: pull.head.name.clone(),
        head: pull.head.sha.clone(),
        says,
        next,
    }
}
