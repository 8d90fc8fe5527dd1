//! `policy upgrade`: rewrites what an earlier version read.

use std::path::PathBuf;

use serde_json::json;

use super::{FoundSchema, schema_lines};
use crate::judge::change::{Change, diff};
use crate::judge::schema_line::{self, SchemaState};
use thrice_facts::files;
use thrice_facts::git::Repository;
use thrice_findings::{Code, Finding, Severity, Stop};
use thrice_programme as policy;
use thrice_programme::retired::upgraded;
use thrice_programme::world::{PolicySource, World};
use thrice_report::Report;
use thrice_report::text::safe;

/// A change, and where it is written.
type Write = (PathBuf, Change);

/// Writes each changed file whole. What is wrong with the rules after that is reported.
///
/// # Errors
/// Where a file cannot be read or written.
pub(super) fn run(world: &World, dry_run: bool) -> Result<Report, Stop> {
    if world.policy.as_ref().is_some_and(|named| named.contains(':')) {
        let help = "name a folder, or check that commit out";
        let message = "the policy of a commit can't be rewritten";
        return Err(Finding::new(Code::UsageWrong, message).help(help).into());
    }
    let repository = world.repository().ok();
    let mut source = world.policy_source(repository.as_ref())?;
    let rules = rules(world, repository.as_ref(), &mut source)?;
    let schemas = schemas(schema_lines(world, repository.as_ref(), &source)?);
    let (_, mut findings) = policy::check(&source.shown, &source.files);
    findings.retain(|finding| finding.severity == Severity::Refuse);
    let mut report = Report::of(findings);
    let paths = |writes: &[Write]| -> Vec<String> {
        writes.iter().map(|(_, change)| change.path.clone()).collect()
    };
    report.data = json!({ "rewritten": paths(&rules), "schemas": paths(&schemas) });
    let all = || rules.iter().chain(&schemas);
    if dry_run {
        report.announces = !report.findings.is_empty();
        report.is_document = true;
        report.body = diff(all().map(|(_, change)| change));
        return Ok(report);
    }
    for (target, change) in all() {
        files::write_whole(target, change.after.as_bytes())?;
    }
    report.body = diff(rules.iter().map(|(_, change)| change));
    for (_, change) in all() {
        report.body.push_str(&format!("written: {}\n", safe(&change.path)));
    }
    if rules.is_empty() && schemas.is_empty() {
        report.body.push_str("nothing to change\n");
    }
    Ok(report)
}

/// The policy files that change. `source` has their new texts then.
fn rules(
    world: &World,
    repository: Option<&Repository>,
    source: &mut PolicySource,
) -> anyhow::Result<Vec<Write>> {
    let mut writes = Vec::new();
    for (name, bytes) in &mut source.files {
        let Ok(before) = std::str::from_utf8(bytes) else { continue };
        let after = upgraded(name, before);
        if after == before {
            continue;
        }
        let path = format!("{}/{name}", source.shown);
        let target = match (repository, &world.policy) {
            (Some(repository), None) => files::inside(repository.root(), &path)?,
            _ => Some(PathBuf::from(&path)),
        };
        let Some(target) = target else { continue };
        let change = Change { path, before: Some(before.to_owned()), after };
        *bytes = change.after.clone().into_bytes();
        writes.push((target, change));
    }
    Ok(writes)
}

/// The schemas that are missing, or of another version.
fn schemas(lines: Vec<FoundSchema>) -> Vec<Write> {
    let write = |found: FoundSchema| {
        let writable = matches!(found.state, SchemaState::Missing | SchemaState::Stale);
        let after = schema_line::text(&found.line.kind, &found.line.path);
        let change = Change { path: found.line.path, before: found.before, after };
        Some((found.target.filter(|_| writable)?, change))
    };
    lines.into_iter().filter_map(write).collect()
}
