//! `rulesets check`: what the server enforces, against what policy demands (T0, live).

mod gather;

use clap::Subcommand;
use serde_json::{Value, json};

use crate::judge::rulesets::fix::{Fix, fix, fix_of_ledger, ruleset};
use crate::judge::rulesets::jobs;
use crate::judge::rulesets::live::{Judged, LiveFacts, Wanted, awaited, judge, judge_ledger};
use thrice_facts::git::{Commit, Repository};
use thrice_facts::github::GitHub;
use thrice_facts::interrupt::Interrupt;
use thrice_findings::{Answer, Code, Finding, Severity, Stop, Verdict, short};
use thrice_orr::judge::workflow::MergeQueue;
use thrice_orr::required_checks::{gates, without_settings, workflows};
use thrice_programme::world::World;
use thrice_programme::{GITHUB_ACTIONS, LedgerRules, Policy, RulesetSettings};
use thrice_report::Report;
use thrice_report::table::Table;
use thrice_report::text::safe;

pub(super) use gather::facts;
use gather::facts_of_branch;

/// Rulesets.
#[derive(Debug, Subcommand)]
pub enum Rulesets {
    /// Checks that GitHub enforces what policy requires, for everybody.
    Check {
        /// Also prints the ruleset that policy requires, and the command that applies it.
        #[arg(long)]
        print: bool,
    },
}

impl Rulesets {
    /// Runs the verb.
    ///
    /// # Errors
    /// Where git fails.
    pub fn run(self, world: &World) -> Result<Report, Stop> {
        let Self::Check { print } = self;
        check(world, print)
    }
}

fn check(world: &World, print: bool) -> Result<Report, Stop> {
    let interrupt = Interrupt::listen()?;
    let repository = world.repository()?;
    let mut findings = Vec::new();
    let default = world.default_branch(&repository, &mut findings)?;
    let base = default.base(&repository, None, &mut findings)?;
    // No patch is stale here: what is not known is what the default branch says now.
    for finding in findings.iter_mut().filter(|finding| finding.code == Code::Cec60) {
        finding.code = Code::NotEstablishedCode;
        finding.help = Some("`git fetch origin`, then run it again".to_owned());
    }
    let Some(base) = base else { return Err(findings.into()) };
    let policy = world.policy_of(&repository, &base)?.0;
    let Some(settings) = &policy.gates.ruleset else {
        return without(&policy, &base, print);
    };
    let github = GitHub::of(&repository, &interrupt)?;
    let mut live = enforced(&github, &repository, &base, &policy, settings)?;
    let required = policy.gates.required_checks();
    let trunk = &policy.programme.default_branch;
    let queue = policy.gates.workflow.has_queue();
    let fix = print.then(|| fix((settings, queue), &required, trunk, &live.facts));
    let ledger_fix = ledger(&github, &policy.ledger, &mut live)?.filter(|_| print);
    findings.extend(live.judged.findings);
    let mut report = Report::of(findings);
    report.body = shown(&github, &base, &live.judged.lines);
    if !print && report.findings.iter().any(is_fixed) {
        report
            .body
            .push_str("\n`cargo xtask rulesets check --print` shows the ruleset that fixes it\n");
    }
    for fix in fix.iter().chain(&ledger_fix) {
        report.body.push_str(&shown_fix(&github, fix)?);
    }
    report.data = json!({
        "repository": github.slug().to_string(),
        "branch": policy.programme.default_branch,
        "policy": base.id,
        "demands": live.judged.lines.iter().map(line).collect::<Vec<_>>(),
        "fix": fix.as_ref().map(|fix| request(&github, fix)),
        "ledger_fix": ledger_fix.as_ref().map(|fix| request(&github, fix)),
    });
    Ok(report)
}

/// The base's policy has no ruleset: with `print`, the table and the file to begin with.
fn without(policy: &Policy, base: &Commit, print: bool) -> Result<Report, Stop> {
    let mut finding = without_settings();
    finding.message.push_str(&format!(" at the base {}", short(&base.id)));
    if !print {
        return Err(finding.into());
    }
    finding.help = Some("commit both on the default branch, then run it again".to_owned());
    let settings = RulesetSettings {
        file: ".github/rulesets/main.json".to_owned(),
        workflow: policy.gates.workflow.path.clone(),
        app_id: GITHUB_ACTIONS,
        check: None,
    };
    let queue = policy.gates.workflow.has_queue();
    let made = ruleset((&settings, queue), &gates(policy), &policy.programme.default_branch);
    let mut report = Report::of(vec![finding]);
    report.body = format!(
        "\nadd to policy/gates.toml:\n\n[ruleset]\nfile = \"{}\"\nworkflow = \"{}\"\n\n\
         write to {}:\n\n{}\n\nthen: `cargo xtask workflow generate --write`\n",
        settings.file,
        settings.workflow,
        settings.file,
        serde_json::to_string_pretty(&made).unwrap_or_default(),
    );
    report.data = json!({ "file": settings.file, "workflow": settings.workflow, "ruleset": made });
    Ok(report)
}

/// Judges what the server enforces on the ledger's branch, where people are named who
/// decide or the server has that branch; gives the ruleset that is demanded of it.
fn ledger(github: &GitHub, rules: &LedgerRules, live: &mut Live) -> Result<Option<Fix>, Stop> {
    let facts = facts_of_branch(github, &rules.branch, live.facts.clone())?;
    if rules.people.is_empty() && facts.branch.get().is_none() {
        return Ok(None);
    }
    let judged = judge_ledger(&rules.branch, &facts);
    live.judged.lines.extend(judged.lines);
    live.judged.findings.extend(judged.findings);
    Ok(Some(fix_of_ledger(&rules.branch, &facts)))
}

/// What the server enforces, and the facts that say so.
pub(super) struct Live {
    pub(super) facts: LiveFacts,
    pub(super) judged: Judged,
}

/// Asks the server what it enforces, and judges it together with the workflow of the
/// base, whose jobs post the checks.
pub(super) fn enforced(
    github: &GitHub,
    repository: &Repository,
    base: &Commit,
    policy: &Policy,
    settings: &RulesetSettings,
) -> Result<Live, Stop> {
    let required = policy.gates.required_checks();
    let branch = &policy.programme.default_branch;
    let facts = facts(github, branch)?;
    let (line, findings) = judged_jobs(repository, base, policy, settings, Some(&facts))?;
    let wanted = Wanted {
        queue: policy.gates.workflow.has_queue(),
        gates: &required,
        app_id: settings.app_id,
        branch,
    };
    let mut judged = judge(&wanted, &facts);
    judged.lines.push(line);
    judged.findings.extend(findings);
    Ok(Live { facts, judged })
}

/// What the jobs of the base's workflow are called, judged.
pub(super) type JobsJudged = (Answer, Vec<Finding>);

/// The jobs of the workflow of the base; a queue of the server needs checks of its own.
pub(super) fn judged_jobs(
    repository: &Repository,
    base: &Commit,
    policy: &Policy,
    settings: &RulesetSettings,
    facts: Option<&LiveFacts>,
) -> anyhow::Result<JobsJudged> {
    let workflows = workflows(&repository.tree(base)?)?;
    let rules = facts.and_then(|facts| facts.rules.get());
    let awaited = rules.map(|rules| awaited(rules)).unwrap_or_default();
    let program = policy.gates.workflow.tool.program();
    Ok(jobs::judge(
        &settings.workflow,
        &workflows,
        (&gates(policy), settings.check.as_deref()),
        program,
        MergeQueue { branch: &policy.programme.default_branch, awaited: &awaited },
    ))
}

fn shown(github: &GitHub, base: &Commit, lines: &[Answer]) -> String {
    let mut table = Table::new(["demanded", "answer", "by what, or why not"]);
    for line in lines {
        table.row([safe(&line.demand), word(line.verdict).to_owned(), safe(&line.why)]);
    }
    let slug = github.slug();
    format!("{}\n{slug}, by policy of {}\n", table.text(), short(&base.id))
}

/// Whether the ruleset that policy demands would fix it.
fn is_fixed(finding: &Finding) -> bool {
    let codes =
        [Code::RulesetDrift, Code::RulesetUnpinned, Code::RulesetBypass, Code::RulesetInactive];
    finding.severity == Severity::Refuse && codes.contains(&finding.code)
}

/// The answer to a demand.
pub(super) fn word(answer: Verdict) -> &'static str {
    match answer {
        Verdict::Pass => "proven",
        Verdict::Fail => "disproven",
        Verdict::NotEstablished => "not established",
    }
}

fn line(line: &Answer) -> Value {
    json!({ "demand": line.demand, "answer": word(line.verdict), "why": line.why })
}

fn request(github: &GitHub, fix: &Fix) -> Value {
    json!({ "method": method(fix), "path": path(github, fix), "body": fix.body })
}

fn method(fix: &Fix) -> &'static str {
    if fix.replaces.is_some() { "PUT" } else { "POST" }
}

fn path(github: &GitHub, fix: &Fix) -> String {
    match fix.replaces {
        Some(id) => github.repo(&format!("rulesets/{id}")),
        None => github.repo("rulesets"),
    }
}

/// The command in one piece, to be pasted into a shell; nothing here runs it.
fn shown_fix(github: &GitHub, fix: &Fix) -> anyhow::Result<String> {
    let host = match github.slug().host.as_str() {
        "github.com" => String::new(),
        host => format!(" --hostname {host}"),
    };
    let does = match fix.replaces {
        Some(id) => format!("this replaces ruleset {id}"),
        None => "this adds it".to_owned(),
    };
    Ok(format!(
        "\nThe ruleset that policy demands; {does}, once an administrator runs it:\n\n\
        gh api{host} --method {} {} --input - <<'END'\n{}\nEND\n",
        method(fix),
        path(github, fix),
        safe(&serde_json::to_string_pretty(&fix.body)?),
    ))
}
