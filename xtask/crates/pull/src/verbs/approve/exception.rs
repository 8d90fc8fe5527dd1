//! `approve exception`: only from a rule that reads it, for something that the rule stops.

use clap::Args;
use jiff::Timestamp;
use serde_json::Map;

use super::effect::void;
use super::{Approver, PendingDecision, Refused, Said, refuse};
use thrice_facts::clock;
use thrice_facts::clock::rfc3339;
use thrice_findings::{Code, Finding, Stop};
use thrice_ledger::decisions::DEFERRED;
use thrice_patch::judge::freeze::{Frozen, RULE as FREEZE};
use thrice_policy::table::{did_you_mean, listed};
use thrice_policy::values::PathGlob;
use thrice_programme::Policy;
use thrice_programme::calendar::days::{begin_of, end_of, frozen_days};
use thrice_programme::ledger::Kind;
use thrice_programme::release::Version;
use thrice_report::text::safe;

/// The rules from which there are exceptions.
const RULES: [&str; 2] = [FREEZE, DEFERRED];

#[derive(Debug, Args)]
pub struct Exception {
    /// The rule: `freeze` or `deferred`.
    #[arg(value_name = "RULE")]
    rule: String,
    /// What it is for: a path or glob, a version, a deferred track.
    #[arg(long, value_name = "TEXT")]
    subject: Option<String>,
    #[command(flatten)]
    pub(super) said: Said,
}

impl Exception {
    pub(super) fn decision(&self, context: &Approver<'_>) -> Result<PendingDecision, Stop> {
        self.known()?;
        let (Some(end), Some(_)) = (self.said.expires, &self.said.reason) else {
            return Err(refuse(
                "an exception has an end and a reason".to_owned(),
                "give `--expires TIME` and `--reason TEXT`",
            )
            .into());
        };
        let Some(subject) = &self.subject else {
            let help = match self.rule.as_str() {
                FREEZE => {
                    "give `--subject` with the frozen path, or with the version that is released"
                }
                _ => "give `--subject` with the deferred track",
            };
            let message = "an exception needs a subject".to_owned();
            return Err(refuse(message, help).into());
        };
        let (policy, _) = context.world.policy_of(context.repository, &context.base.commit)?;
        let tree = context.repository.tree(context.head)?;
        let paths = || tree.paths();
        lifts(&policy, (&self.rule, subject), paths, (clock::now(), end))?;
        let mut data = Map::new();
        data.insert("rule".to_owned(), self.rule.clone().into());
        data.insert("subject".to_owned(), subject.clone().into());
        let data = self.said.data(data);
        let (rule, until) = (safe(&self.rule), rfc3339(end));
        let shown = format!("`{rule}` has an exception for {} until {until}", safe(subject));
        Ok(PendingDecision { kind: Kind::Exception, data, shown })
    }

    fn known(&self) -> Result<(), Refused> {
        let rule = self.rule.as_str();
        if RULES.contains(&rule) {
            return Ok(());
        }
        let stops = [Code::MergeFrozen, Code::RiskOpen].map(|code| code.name());
        if stops.contains(&rule) {
            let message = format!("no exception lifts `{rule}`");
            let help =
                "only the hotfix of its own incident passes: name its branch after the incident";
            return Err(void(message, help.to_owned()));
        }
        let help =
            did_you_mean(rule, RULES, format!("there are exceptions from {}", listed(&RULES)));
        let message = format!("no rule `{}` has exceptions", safe(rule));
        Err(Box::new(Finding::new(Code::UsageWrong, message).help(help)))
    }
}

/// Whether an exception from a rule, for a subject, lifts something between two times.
fn lifts<'p, I: Iterator<Item = &'p [u8]>>(
    policy: &Policy,
    (rule, subject): (&str, &str),
    paths: impl Fn() -> I,
    (now, end): (Timestamp, Timestamp),
) -> Result<(), Refused> {
    if rule == DEFERRED {
        let tracks: Vec<&str> = policy
            .backlog
            .iter()
            .flat_map(|backlog| &backlog.deferred)
            .map(|track| track.id.as_str())
            .collect();
        if tracks.contains(&subject) {
            return Ok(());
        }
        let help = did_you_mean(
            subject,
            tracks,
            "policy/backlog.toml of the base lists them as `[[deferred]]`",
        );
        return Err(void(format!("no deferred track is called `{}`", safe(subject)), help));
    }
    if frozen_release(policy, subject, (now, end))
        || frozen_path(policy, subject, paths, (now, end))
    {
        return Ok(());
    }
    let message =
        format!("nothing that `{}` names is frozen before {}", safe(subject), rfc3339(end));
    let help = "name a path of `[freeze]` in policy/calendar.toml, or a version while \
        policy/release.toml has a freeze";
    Err(void(message, help.to_owned()))
}

/// Whether a subject is a version, and a freeze of releases is still to be lifted.
fn frozen_release(policy: &Policy, subject: &str, (now, end): (Timestamp, Timestamp)) -> bool {
    let Some(rules) = &policy.release else { return false };
    let is_version = Version::read(subject).is_some() || rules.form.read(subject).is_some();
    is_version && rules.freezes.iter().any(|freeze| freeze.from < end && now < freeze.to)
}

/// Whether a path or glob reaches what a sprint freezes between two times.
fn frozen_path<'p, I: Iterator<Item = &'p [u8]>>(
    policy: &Policy,
    subject: &str,
    paths: impl Fn() -> I,
    (now, end): (Timestamp, Timestamp),
) -> bool {
    let Some(calendar) = &policy.calendar else { return false };
    let Some(freeze) = &calendar.freeze else { return false };
    let glob = PathGlob::new(subject).ok();
    calendar.sprints.iter().any(|sprint| {
        let Some(days) = frozen_days(calendar, sprint) else { return false };
        let until = end_of(calendar, days.to);
        let frozen = Frozen { sprint, freeze, until };
        let reached = |path: &[u8]| frozen.glob(path).is_some();
        let named = |path: &[u8]| {
            let text = std::str::from_utf8(path).unwrap_or_default();
            glob.as_ref().is_some_and(|glob| glob.is_match(text)) && reached(path)
        };
        begin_of(calendar, days.from) < end
            && now < until
            && (reached(subject.as_bytes()) || paths().any(named))
    })
}
