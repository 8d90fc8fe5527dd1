//! `status`: where the patch in HEAD stands, and the one command that leads on; or every
//! open pull request and sandbox of the repository.

pub mod all;
pub(crate) mod gather;

use clap::Args;
use serde_json::{Value, json};

use crate::judge::standing::{Standing, StandingFacts, standing, typed};
use crate::verbs::rulesets::word;
use gather::{StatusInput, gather};
use thrice_findings::text::shell_word;
use thrice_findings::{
    Answer, Code, Finding, Severity, Stop, Verdict, add_new, short, unless_refused,
};
use thrice_orr::journal::{self, JournalLine};
use thrice_orr::state::HarnessState;
use thrice_patch::merges::{Merges, merges_of};
use thrice_programme::world::World;
use thrice_report::Report;
use thrice_report::table::Table;
use thrice_report::text::safe;

/// The form of what `status` gives to programs.
const SCHEMA: &str = "xtask/status/1";

/// Says where the patch in HEAD stands, and what to type next.
#[derive(Debug, Default, Args)]
pub struct Status {
    /// Lists every open pull request and sandbox branch of the repository on GitHub.
    #[arg(long)]
    all: bool,
}

impl Status {
    /// Says it.
    ///
    /// # Errors
    /// Where git fails, or a file cannot be read.
    pub fn run(self, world: &World) -> Result<Report, Stop> {
        if self.all {
            return all::all(world);
        }
        let mut gathered = gather(world, true)?;
        let mut standing = standing(&gathered.facts);
        let merges = merges(world, &gathered.facts, &mut gathered.notes)?;
        hold(&merges, &mut standing);
        if let Some(said) = merges.describe() {
            let verdict = if merges.frozen.is_empty() { Verdict::Pass } else { Verdict::Fail };
            standing.lines.push(Answer::new("may merge".to_owned(), verdict, said));
        }
        let has_nothing = standing.state == HarnessState::Planning && standing.missing.is_empty();
        if merges.hotfix.is_some() && has_nothing {
            standing.next = HOTFIX.to_owned();
        }
        let mut report = Report::new();
        report.announces = false;
        report.body = shown(&gathered, &standing);
        report.data = data(&gathered, &standing);
        report.findings = gathered.notes;
        report.findings.extend(standing.note);
        report.next = Some(standing.next);
        Ok(report)
    }
}

/// What is next on the branch of a hotfix that has nothing yet: no story plans it.
const HOTFIX: &str = "write the fix and its test, commit, then cargo xtask orr";

/// What leads on while merges are frozen, or nobody knows whether they are: nothing that merges.
fn hold(merges: &Merges, standing: &mut Standing) {
    let next = &mut standing.next;
    let may_not = merges.is_unseen || !merges.frozen.is_empty();
    if may_not && (next.contains("git merge ") || next.starts_with("gh pr merge")) {
        *next = "cargo xtask today".to_owned();
    }
}

/// Adds what the merge waits for to a report, and what was noted on the way. Where that could not
/// be seen, the report stays, and nothing that merges leads on.
fn with_merges(
    report: &mut Report,
    standing: &mut Standing,
    merges: Result<Merges, Stop>,
    notes: Vec<Finding>,
) {
    let merges = merges.unwrap_or_else(|stop| {
        let unseen = stop.into_findings().into_iter().map(|it| it.message);
        Merges { frozen: unseen.collect(), ..Merges::default() }
    });
    hold(&merges, standing);
    add_new(&mut report.findings, notes.into_iter().chain(merges.warning()));
}

/// What the merge of the branch waits for.
fn merges(world: &World, facts: &StandingFacts, notes: &mut Vec<Finding>) -> Result<Merges, Stop> {
    let repository = world.repository()?;
    let Some(base) = facts.base.as_deref().and_then(|id| repository.commit(id).ok().flatten())
    else {
        return Ok(Merges::default());
    };
    let Some((policy, _)) = unless_refused(world.policy_of(&repository, &base))? else {
        return Ok(Merges::default());
    };
    let branch = facts.branch.as_deref().unwrap_or_default();
    let merges = merges_of(&repository, &base, (&policy, policy.backlog.as_ref()), branch, notes)?;
    notes.extend(merges.stranded.clone().map(|it| Finding { severity: Severity::Warn, ..it }));
    Ok(merges)
}

/// Adds what is next to a report, as the standing of HEAD has it. A command that did not
/// come to an end says itself what to do. `ask` says whether the server is asked: a command
/// that speaks to it knows what it knows.
///
/// # Errors
/// Where git fails, or a file cannot be read.
pub fn with_next(world: &World, outcome: Result<Report, Stop>, ask: bool) -> Result<Report, Stop> {
    let mut report = outcome.or_else(|stop| stop.refusal().map(Report::of))?;
    let ends = [Code::Interrupted, Code::UsageWrong, Code::ReviewRunning, Code::NothingToResume];
    // What stopped it comes first; then the same command is typed again.
    let mut refused =
        report.findings.iter().filter(|it| it.severity == Severity::Refuse).peekable();
    let stopped = refused.peek().is_some() && refused.all(|it| it.code == Code::NotEstablishedCode);
    if stopped || report.findings.iter().any(|finding| ends.contains(&finding.code)) {
        let stops = [Code::Interrupted, Code::NotEstablishedCode];
        let stop = report.findings.iter().find(|it| stops.contains(&it.code));
        let named = stop.and_then(|it| it.help.as_deref().and_then(typed));
        report.next = report.next.or(named);
        return Ok(report);
    }
    // What a command says of its own next step is nearer than what the patch lacks.
    if report.next.is_some() {
        return Ok(report);
    }
    // Whoever named a wrong incident does that first.
    let first = report.findings.iter().find(|it| it.severity == Severity::Refuse);
    if let Some(first) = first.filter(|it| it.code == Code::MatterState) {
        report.next = first.help.as_deref().and_then(typed);
        return Ok(report);
    }
    // No standing knows what a file of policy lacks: the finding does.
    if let Some(missing) = report.findings.iter().find(|it| it.code == Code::PolicyMissing) {
        report.next = missing.help.as_deref().and_then(typed);
        return Ok(report);
    }
    // A server that gave this command nothing gives the next question nothing.
    let silent = [Code::GithubUnreachable, Code::GithubCli, Code::GithubRepository];
    let silent = report.findings.iter().any(|finding| silent.contains(&finding.code));
    let Ok(gathered) = gather(world, ask && !silent) else { return Ok(report) };
    let mut standing = standing(&gathered.facts);
    if standing.state.is_proven() {
        let mut notes = Vec::new();
        let merges = merges(world, &gathered.facts, &mut notes);
        with_merges(&mut report, &mut standing, merges, notes);
    }
    // Runs do not see which paths a patch changes; whoever reads how the review ended does.
    if report.data.get("run_ids").is_some() {
        let patch = &gathered.facts.patch;
        let moved =
            patch.iter().filter(|it| it.code == Code::Cec60 && it.severity == Severity::Refuse);
        let moved = moved.map(|it| Finding { severity: Severity::Warn, ..it.clone() });
        add_new(&mut report.findings, moved);
        // What is next may be about an approval.
        let unapproved = patch.iter().filter(|it| it.code == Code::ApprovalMissing);
        let unapproved = unapproved.filter(|_| standing.note.is_none());
        let unapproved = unapproved.map(|it| Finding { severity: Severity::Note, ..it.clone() });
        add_new(&mut report.findings, unapproved);
        let outside = patch.iter().filter(|it| it.code == Code::Cec10);
        let before = report.findings.len();
        add_new(&mut report.findings, outside.cloned());
        if report.findings.len() > before {
            report.headline = None;
        }
    }
    report.findings.extend(standing.note);
    report.next = Some(standing.next);
    Ok(report)
}

fn shown(gathered: &StatusInput, standing: &Standing) -> String {
    let facts = &gathered.facts;
    let head = short(&facts.head);
    let branch = facts.branch.as_deref().unwrap_or("no branch");
    let mut text = format!("{}  {} on {}\n", standing.state.word(), head, safe(branch));
    let mut table = Table::default();
    for line in &standing.lines {
        // What is missing is said below.
        let missing = standing.missing.iter().take(MOST).find(|it| it.message == line.why);
        let why = missing.map_or_else(|| safe(&line.why), |it| it.code.name().to_owned());
        table.row([format!("  {}", line.demand), word(line.verdict).to_owned(), why]);
    }
    let mut runs: Vec<(u32, &str, String)> = Vec::new();
    for line in &gathered.journal {
        match line {
            JournalLine::Dispatched { run, id } => {
                runs.push((*run, "made", format!("on the server as {id}")));
            }
            JournalLine::RunPacked { run, packed } if is_local(gathered) => {
                runs.push((*run, "made", format!("sha256:{}", short(&packed.zip_sha256))));
            }
            JournalLine::CancelAsked { run } => runs.push((*run, "cancelled", String::new())),
            _ => {}
        }
    }
    runs.sort_by_key(|(run, ..)| *run);
    for (run, word, said) in runs {
        table.row([format!("  run {run}"), word.to_owned(), said]);
    }
    text.push_str(&table.text());
    text.push_str(&unchanged(facts, standing));
    if facts.review.as_ref().is_some_and(|it| it.is_stopped && it.stopped_by.is_some()) {
        text.push_str(
            "where the patch is to blame: commit the fix, and that is reviewed instead\n",
        );
    }
    text.push_str(&merged(facts));
    for line in &gathered.journal {
        if let JournalLine::DecidedEarly(early) = line {
            let (cause, stopped) = (safe(&early.cause()), early.stopped_runs());
            text.push_str(&format!("decided by {cause}: {stopped} stopped\n"));
        }
    }
    for finding in standing.missing.iter().take(MOST) {
        text.push_str(&format!("missing  {}: {}\n", finding.code.name(), safe(&finding.message)));
    }
    if standing.missing.len() > MOST {
        let more = standing.missing.len() - MOST;
        text.push_str(&format!("missing  {more} more\n"));
    }
    text
}

/// What is to be done on a branch that changes nothing; nothing on any other.
fn unchanged(facts: &StandingFacts, standing: &Standing) -> String {
    let on_branch = facts.branch.as_ref().is_some_and(|branch| *branch != facts.trunk);
    if standing.state != HarnessState::Planning || !standing.missing.is_empty() || !on_branch {
        return String::new();
    }
    let so_far = match facts.base.as_ref() == Some(&facts.head) {
        true => "nothing is changed yet",
        false => "its commits change nothing",
    };
    format!("{so_far}: after `next:`, edit and commit, then type `cargo xtask status` again\n")
}

/// The branches of merged patches, with what deletes them.
fn merged(facts: &StandingFacts) -> String {
    let typed = |names: &[String]| {
        let words: Vec<String> = names.iter().map(|name| shell_word(name)).collect();
        safe(&words.join(" "))
    };
    if facts.merged.is_empty() {
        return String::new();
    }
    let names = typed(&facts.merged);
    let here = format!("merged: {names} (`git branch --delete {names}`)\n");
    match facts.remote.as_ref().filter(|_| !facts.merged_there.is_empty()) {
        Some(remote) => {
            let there = typed(&facts.merged_there);
            format!("{here}and on {remote}: `git push {remote} --delete {there}`\n")
        }
        None => here,
    }
}

/// How many missing things are shown to people.
const MOST: usize = 3;

fn is_local(gathered: &StatusInput) -> bool {
    let engine = gathered.facts.review.as_ref().map(|review| review.engine);
    engine == Some(journal::EngineKind::Local)
}

fn data(gathered: &StatusInput, standing: &Standing) -> Value {
    let facts = &gathered.facts;
    let opened = journal::opened(&gathered.journal);
    json!({
        "schema": SCHEMA,
        "state": standing.state.word(),
        "commit": facts.head,
        "branch": facts.branch,
        "base": facts.base,
        "lines": standing.lines.iter().map(|line| json!({
            "what": line.demand,
            "answer": word(line.verdict),
            "why": line.why,
        })).collect::<Vec<_>>(),
        "missing": standing.missing,
        "next": standing.next,
        "review": opened.map(|opened| &opened.id),
        "engine": opened.map(|opened| opened.engine),
        "carrier": opened.and_then(|opened| opened.branch.as_ref()),
        "pull": facts.pull.as_ref().map(|pull| pull.number),
    })
}

/// The JSON Schema (draft 7) of `data` in what `status --format json` gives.
#[must_use]
pub fn schema() -> Value {
    let text = json!({ "type": "string" });
    let maybe = |of: &str| json!({ "type": [of, "null"] });
    let states = "^(PLANNING|PATCHING|SANDBOX_PUSH|ORR_RUN\\[[0-9]+\\]|ORR_OK|REPLAN|PR_OPEN|REVIEW|MERGE|REWORK)$";
    json!({
        "$schema": "http://json-schema.org/draft-07/schema#",
        "title": "status",
        "type": "object",
        "required": ["schema", "state", "commit", "lines", "missing", "next"],
        "additionalProperties": false,
        "properties": {
            "schema": { "const": SCHEMA },
            "state": { "type": "string", "pattern": states },
            "commit": text,
            "branch": maybe("string"),
            "base": maybe("string"),
            "lines": { "type": "array", "items": {
                "type": "object",
                "required": ["what", "answer", "why"],
                "properties": {
                    "what": text,
                    "answer": { "enum": ["proven", "disproven", "not established"] },
                    "why": text,
                },
            }},
            "missing": { "type": "array", "items": {
                "type": "object",
                "required": ["code", "severity", "message"],
                "properties": { "code": text, "severity": text, "message": text },
            }},
            "next": text,
            "review": maybe("string"),
            "engine": maybe("string"),
            "carrier": maybe("string"),
            "pull": maybe("integer"),
        },
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_merge_that_nobody_could_judge_loses_no_report_and_leads_nowhere() {
        let red = || Finding::new(Code::DirtyTree, "red");
        let note = || Finding::new(Code::LedgerUnreached, "kept here");
        for (merges, next, warned) in [
            (Ok(Merges::default()), "git merge patch", false),
            (Err(anyhow::anyhow!("a disk is full").into()), "cargo xtask today", true),
        ] {
            let mut report = Report::of(vec![red()]);
            let mut standing = standing(&StandingFacts::default());
            standing.next = "git merge patch".to_owned();
            with_merges(&mut report, &mut standing, merges, vec![note()]);
            assert_eq!(standing.next, next);
            assert_eq!(report.findings[..2], [red(), note()]);
            let said = report.findings.get(2).map(|it| it.message.as_str());
            assert_eq!(said, warned.then_some("it may not be merged now: a disk is full"));
        }
    }
}
