//! Why a demand is not proven. Demands with one cause make one finding: what is to be
//! fixed once is said once.

use serde_json::Value;

use super::demand::{RulesetDemand, contexts};
use super::source::{Hold, RuleSource};
use super::{LiveFacts, Wanted};
use thrice_findings::text::quoted;
use thrice_findings::{Code, Finding, Known};

/// Why demands are not proven.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Cause {
    /// The source of that number would demand it, but does not hold.
    Held(usize),
    /// The check is required, but of nobody in particular.
    AnySource,
    /// The check is required of another app.
    OtherApp(String),
    /// The gates are no required checks.
    NoChecks,
    Nothing(RulesetDemand),
    /// The rules of the branch could not be read.
    RulesUnseen,
    /// The same, unless classic protection demands it, which cannot be seen.
    OrClassic(Box<Cause>),
}

/// What comes near to a demand that nothing meets.
pub(super) fn near(
    demand: &RulesetDemand,
    wanted: &Wanted<'_>,
    sources: &[RuleSource<'_>],
) -> (String, Cause) {
    let RulesetDemand::Check(gate) = demand else {
        return ("nothing demands it".to_owned(), Cause::Nothing(demand.clone()));
    };
    let live = sources.iter().filter(|source| !matches!(source.hold, Hold::Idle(_)));
    let named = live.flat_map(|source| source.rules.iter().flat_map(|rule| contexts(rule)));
    let mut ids = named
        .filter(|check| check.get("context").and_then(Value::as_str) == Some(gate))
        .map(|check| check.get("integration_id").unwrap_or(&Value::Null));
    let Some(first) = ids.next() else {
        return ("no required check".to_owned(), Cause::NoChecks);
    };
    let app = match first {
        Value::Number(id) if id.as_u64().is_some_and(|id| id > 0) => id.to_string(),
        Value::Null | Value::Number(_) => {
            let why = "required, but from any source".to_owned();
            return (why, Cause::AnySource);
        }
        other => quoted(other.to_string()),
    };
    (format!("required from app {app}, not {}", wanted.app_id), Cause::OtherApp(app))
}

const RULESETS: &str = "Settings > Rules > Rulesets";

impl Cause {
    pub(super) fn finding(
        &self,
        wanted: &Wanted<'_>,
        facts: &LiveFacts,
        sources: &[RuleSource<'_>],
        demands: &[RulesetDemand],
    ) -> Option<Finding> {
        let gates = gates(demands);
        let branch = quoted(wanted.branch);
        Some(match self {
            Self::Held(at) => not_holding(sources.get(*at)?, demands, wanted),
            Self::AnySource => Finding::new(
                Code::RulesetUnpinned,
                format!("anyone with write access can post {gates}: required from any source"),
            )
            .help(format!(
                "{RULESETS} > Require status checks to pass: choose GitHub Actions as the source of {gates}"
            )),
            Self::OtherApp(app) => Finding::new(
                Code::RulesetDrift,
                format!("{gates} is required from app {app}, not {}", wanted.app_id),
            )
            .help(format!(
                "{RULESETS} > Require status checks to pass: choose GitHub Actions as the source of {gates}"
            )),
            Self::NoChecks => Finding::new(
                Code::RulesetDrift,
                format!("{branch} can be merged to without {gates}: no required check"),
            )
            .help(format!(
                "{RULESETS} > Require status checks to pass > Add checks: {gates}, source GitHub Actions"
            )),
            Self::Nothing(demand) => {
                Finding::new(Code::RulesetDrift, format!("{branch} {}", demand.missing()))
                    .help(format!("{RULESETS} > {}", demand.setting()))
            }
            Self::RulesUnseen => rules_unseen(facts, &branch),
            Self::OrClassic(inner) => {
                let known = inner.finding(wanted, facts, sources, demands)?;
                Finding::new(
                    Code::NotEstablishedCode,
                    format!(
                        "{}, unless by classic branch protection, which this token may not see",
                        known.message
                    ),
                )
                .help(format!(
                    "ask with the token of an administrator, or {}",
                    known.help.unwrap_or_default()
                ))
            }
        })
    }
}

/// `T0`, `T0 and T4`, `T0, T1 and T4`.
fn gates(demands: &[RulesetDemand]) -> String {
    let names: Vec<&str> = demands
        .iter()
        .filter_map(|demand| {
            if let RulesetDemand::Check(gate) = demand { Some(gate.as_str()) } else { None }
        })
        .collect();
    match names.as_slice() {
        [] => String::new(),
        [one] => (*one).to_owned(),
        [most @ .., last] => format!("{} and {last}", most.join(", ")),
    }
}

fn not_holding(source: &RuleSource<'_>, demands: &[RulesetDemand], wanted: &Wanted<'_>) -> Finding {
    let name = &source.name;
    let all = demands.len() == RulesetDemand::all(wanted).len();
    let rest = match demands {
        _ if all => "every demand depends on it".to_owned(),
        [one] => format!("depends on it: {}", one.text(wanted.app_id)),
        many => format!("{} demands depend on it", many.len()),
    };
    let why = source.hold.why();
    let message = format!("{name} {why}; {rest}");
    match &source.hold {
        Hold::Bypassed(_) if source.classic => Finding::new(Code::RulesetBypass, message).help(
            "Settings > Branches: tick Do not allow bypassing the above settings, and empty Allow specified actors to bypass required pull requests",
        ),
        Hold::Bypassed(_) => Finding::new(Code::RulesetBypass, message)
            .help(format!("{RULESETS} > {name} > Bypass list: take everybody out")),
        Hold::Idle(_) => Finding::new(Code::RulesetInactive, message).help(format!(
            "{RULESETS} > {name}: set Enforcement status to Active, and Target branches to Include default branch"
        )),
        Hold::Unknown(_) | Hold::Everybody => Finding::new(Code::NotEstablishedCode, message).help(
            "ask with the token of an administrator: GitHub shows the bypass list only to who may change the ruleset",
        ),
    }
}

fn rules_unseen(facts: &LiveFacts, branch: &str) -> Finding {
    match &facts.rules {
        Known::Unseen(finding) => finding.clone(),
        Known::Absent | Known::Is(_) => Finding::new(
            Code::NotEstablishedCode,
            format!("GitHub shows this token no rules of {branch}: not found"),
        )
        .help("see that the repository is the right one, and that the token may read it"),
    }
}
