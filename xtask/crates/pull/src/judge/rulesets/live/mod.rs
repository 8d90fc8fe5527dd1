//! What the server enforces on the default branch, as far as its answers show it.
//!
//! Each demand is judged by what holds it: a rule counts only where its ruleset is
//! active and nobody may bypass it. What this token may not see is unknown, not absent.

mod causes;
mod demand;
mod source;
mod surroundings;

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};
use serde_json::Value;

use causes::Cause;
use demand::RulesetDemand;
pub(crate) use demand::{QUEUE_TESTS, awaited};
use source::{Hold, RuleSource};
use thrice_findings::text::quoted;
use thrice_findings::{Answer, Code, Finding, Known, Severity, Verdict};
use thrice_orr::judge::rulesets::pattern::is_almost_a_gate;

/// What is asked of the server.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Wanted<'a> {
    /// The gates, each of which is a required check.
    pub gates: &'a [&'a str],
    /// The app whose checks count.
    pub app_id: u64,
    pub branch: &'a str,
    /// Whether a merge queue proves the result of a merge.
    pub(crate) queue: bool,
}

/// What the server said.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct LiveFacts {
    /// The repository.
    pub repository: Known<Value>,
    /// The app that posts the checks of GitHub Actions.
    pub app: Known<Value>,
    /// The default branch.
    pub branch: Known<Value>,
    /// All active rules of the default branch.
    pub rules: Known<Vec<Value>>,
    /// The list of rulesets; it holds none of their rules.
    pub listed: Known<Vec<Value>>,
    /// Each ruleset by itself.
    pub rulesets: BTreeMap<u64, Known<Value>>,
    /// Classic protection of the default branch.
    pub protection: Known<Value>,
}

/// What came of it.
#[derive(Clone, Debug)]
pub(crate) struct Judged {
    /// A line for each demand.
    pub lines: Vec<Answer>,
    /// What is not proven, and what else is worth knowing.
    pub findings: Vec<Finding>,
}

/// Judges what the server enforces.
#[must_use]
pub(crate) fn judge(wanted: &Wanted<'_>, facts: &LiveFacts) -> Judged {
    let mut judged = Judged { lines: Vec::new(), findings: Vec::new() };
    surroundings::repository(wanted, facts, &mut judged);
    surroundings::app(wanted, facts, &mut judged);
    let sources = source::all(wanted, facts);
    demanded(RulesetDemand::all(wanted), wanted, facts, &sources, &mut judged);
    judged.findings.extend(only_classic(&sources));
    judged.findings.extend(extra(wanted, &sources));
    surroundings::tags(facts, &mut judged);
    judged
}

/// Judges what keeps the ledger's branch whole: nobody deletes or rewrites what is recorded.
/// `facts` are those of that branch; a ruleset that is not for it says nothing here.
#[must_use]
pub(crate) fn judge_ledger(branch: &str, facts: &LiveFacts) -> Judged {
    let wanted = Wanted { gates: &[], app_id: 0, branch, queue: false };
    let mut judged = Judged { lines: Vec::new(), findings: Vec::new() };
    let mut sources = source::all(&wanted, facts);
    sources.retain(|source| !matches!(source.hold, Hold::Idle(_)));
    demanded(RulesetDemand::OF_LEDGER.to_vec(), &wanted, facts, &sources, &mut judged);
    for line in &mut judged.lines {
        line.demand = format!("{}: {}", quoted(branch), line.demand);
    }
    judged
}

/// A line for each demand, and a finding for each cause that keeps some from being proven.
fn demanded(
    demands: Vec<RulesetDemand>,
    wanted: &Wanted<'_>,
    facts: &LiveFacts,
    sources: &[RuleSource<'_>],
    judged: &mut Judged,
) {
    let classic = source::classic_is_known(facts);
    let mut causes: Vec<(Cause, Vec<RulesetDemand>)> = Vec::new();
    for demand in demands {
        let (answer, why, cause) = held(&demand, wanted, facts, sources, classic);
        let text = demand.text(wanted.app_id);
        judged.lines.push(Answer::new(text, answer, why));
        let Some(cause) = cause else { continue };
        match causes.iter_mut().find(|(known, _)| *known == cause) {
            Some((_, demands)) => demands.push(demand),
            None => causes.push((cause, vec![demand])),
        }
    }
    for (cause, demands) in &causes {
        judged.findings.extend(cause.finding(wanted, facts, sources, demands));
    }
}

/// What is known of a demand: what holds it, or what keeps it from being held.
fn held(
    demand: &RulesetDemand,
    wanted: &Wanted<'_>,
    facts: &LiveFacts,
    sources: &[RuleSource<'_>],
    classic: bool,
) -> (Verdict, String, Option<Cause>) {
    let mut holding: Vec<(usize, &RuleSource<'_>)> =
        sources.iter().enumerate().filter(|(_, source)| source.meets(demand, wanted)).collect();
    holding.sort_by_key(|(_, source)| source.hold.rank());
    let (answer, why, cause) = match holding.first() {
        Some((_, source)) if matches!(source.hold, Hold::Everybody) => {
            return (Verdict::Pass, source.name.clone(), None);
        }
        Some((at, source)) => {
            let why = format!("{} {}", source.name, source.hold.why());
            (source.hold.answer(), why, Cause::Held(*at))
        }
        None => {
            let (why, cause) = causes::near(demand, wanted, sources);
            (Verdict::Fail, why, cause)
        }
    };
    if answer == Verdict::NotEstablished {
        return (answer, why, Some(cause));
    }
    if facts.rules.get().is_none() {
        let why = "the rules of the branch could not be read".to_owned();
        return (Verdict::NotEstablished, why, Some(Cause::RulesUnseen));
    }
    if !classic {
        let why = format!("{why}; classic branch protection is not shown to this token");
        return (Verdict::NotEstablished, why, Some(Cause::OrClassic(Box::new(cause))));
    }
    (answer, why, Some(cause))
}

fn only_classic(sources: &[RuleSource<'_>]) -> Option<Finding> {
    let live = |source: &&RuleSource<'_>| !matches!(source.hold, Hold::Idle(_));
    let classic = sources.iter().filter(live).find(|source| source.classic)?;
    if sources.iter().filter(live).any(|source| !source.classic) {
        return None;
    }
    let found: Vec<&str> = classic.rules.iter().filter_map(|rule| source::kind(rule)).collect();
    let rules = if found.is_empty() { "nothing".to_owned() } else { found.join(", ") };
    let mut finding = Finding::new(
        Code::RulesetDrift,
        format!(
            "no ruleset is active here, only classic branch protection, which enforces: {rules}"
        ),
    )
    .help("make it a ruleset, which everybody can read: `cargo xtask rulesets check --print`");
    finding.severity = Severity::Warn;
    Some(finding)
}

/// Required checks that are no gate's.
fn extra(wanted: &Wanted<'_>, sources: &[RuleSource<'_>]) -> Vec<Finding> {
    let mut names: Vec<&str> = sources
        .iter()
        .filter(|source| !matches!(source.hold, Hold::Idle(_)))
        .flat_map(|source| source.rules.iter().flat_map(|rule| demand::contexts(rule)))
        .filter_map(|check| check.get("context")?.as_str())
        .filter(|name| !wanted.gates.contains(name))
        .collect();
    names.sort_unstable();
    names.dedup();
    let finding = |name: &str| {
        let shown = quoted(name);
        let (severity, message, help) = if is_almost_a_gate(name, wanted.gates) {
            let help =
                "take it out of Require status checks to pass, or name the gate as policy does";
            let message = format!(
                "the required check {shown} is no gate: if nothing posts it, nothing can be merged"
            );
            (Severity::Warn, message, help)
        } else {
            let message = format!("the check {shown} is required too; policy does not know it");
            (Severity::Note, message, "leave it where it is meant")
        };
        let mut finding = Finding::new(Code::RulesetDrift, message).help(help);
        finding.severity = severity;
        finding
    };
    names.into_iter().map(finding).collect()
}

#[cfg(test)]
mod tests;
