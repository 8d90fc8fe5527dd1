//! What rules come from, and whether it holds for everybody: rulesets, and classic
//! protection put into the form of a ruleset.

use std::borrow::Cow;
use std::collections::BTreeMap;

use serde_json::{Value, json};

use super::demand::RulesetDemand;
use super::{LiveFacts, Wanted};
use thrice_findings::text::quoted;
use thrice_findings::{Known, Verdict};
use thrice_orr::judge::rulesets::pattern;

/// Whether what a source says is enforced.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Hold {
    Everybody,
    /// That cannot be seen, and why.
    Unknown(String),
    /// Of everybody but these.
    Bypassed(Vec<String>),
    /// Of nobody, and why.
    Idle(String),
}

impl Hold {
    pub(super) fn rank(&self) -> u8 {
        match self {
            Self::Everybody => 0,
            Self::Unknown(_) => 1,
            Self::Bypassed(_) => 2,
            Self::Idle(_) => 3,
        }
    }

    pub(super) fn answer(&self) -> Verdict {
        match self {
            Self::Everybody => Verdict::Pass,
            Self::Unknown(_) => Verdict::NotEstablished,
            Self::Bypassed(_) | Self::Idle(_) => Verdict::Fail,
        }
    }

    pub(super) fn why(&self) -> String {
        match self {
            Self::Everybody => "holds for everybody".to_owned(),
            Self::Unknown(why) | Self::Idle(why) => why.clone(),
            Self::Bypassed(who) => format!("may be bypassed by {}", who.join(", ")),
        }
    }
}

/// A ruleset, or classic protection.
#[derive(Clone, Debug)]
pub(super) struct RuleSource<'a> {
    pub(super) name: String,
    pub(super) classic: bool,
    pub(super) hold: Hold,
    pub(super) rules: Vec<Cow<'a, Value>>,
}

impl RuleSource<'_> {
    pub(super) fn meets(&self, demand: &RulesetDemand, wanted: &Wanted<'_>) -> bool {
        self.rules.iter().any(|rule| demand.is_met_by(rule, wanted.app_id))
    }
}

/// Everything that could enforce something on the default branch.
pub(super) fn all<'a>(wanted: &Wanted<'_>, facts: &'a LiveFacts) -> Vec<RuleSource<'a>> {
    let mut by_ruleset: BTreeMap<Option<u64>, Vec<Cow<'a, Value>>> = BTreeMap::new();
    for rule in facts.rules.get().into_iter().flatten() {
        let id = rule.get("ruleset_id").and_then(Value::as_u64);
        by_ruleset.entry(id).or_default().push(Cow::Borrowed(rule));
    }
    let mut sources = Vec::new();
    for (id, rules) in &by_ruleset {
        let ruleset = id.and_then(|id| facts.rulesets.get(&id));
        let name = name(*id, ruleset.and_then(Known::get));
        let hold = hold(wanted, *id, ruleset);
        sources.push(RuleSource { name, classic: false, hold, rules: rules.clone() });
    }
    for (id, ruleset) in &facts.rulesets {
        let Some(ruleset) = ruleset.get() else { continue };
        let other = matches!(text(ruleset, "target"), Some(target) if target != "branch");
        if other || by_ruleset.contains_key(&Some(*id)) {
            continue;
        }
        let rules = ruleset.get("rules").and_then(Value::as_array).into_iter().flatten();
        sources.push(RuleSource {
            name: name(Some(*id), Some(ruleset)),
            classic: false,
            hold: Hold::Idle(idle(wanted, ruleset)),
            rules: rules.map(Cow::Borrowed).collect(),
        });
    }
    sources.extend(facts.protection.get().map(classic));
    sources
}

fn text<'a>(value: &'a Value, key: &str) -> Option<&'a str> {
    value.get(key).and_then(Value::as_str)
}

/// The type of a rule.
pub(super) fn kind(rule: &Value) -> Option<&str> {
    text(rule, "type")
}

fn name(id: Option<u64>, ruleset: Option<&Value>) -> String {
    let Some(id) = id else { return "a ruleset without an id".to_owned() };
    let whose = match ruleset.and_then(|ruleset| text(ruleset, "source_type")) {
        Some("Organization") => "organisation ruleset",
        Some("Enterprise") => "enterprise ruleset",
        _ => "ruleset",
    };
    match ruleset.and_then(|ruleset| text(ruleset, "name")) {
        Some(name) => format!("{whose} {} ({id})", quoted(name)),
        None => format!("{whose} {id}"),
    }
}

/// Whether a ruleset whose rules the server lists for the branch holds for everybody.
fn hold(wanted: &Wanted<'_>, id: Option<u64>, ruleset: Option<&Known<Value>>) -> Hold {
    let unknown = |why: &str| Hold::Unknown(why.to_owned());
    let ruleset = match (id, ruleset) {
        (None, _) => return unknown("cannot be looked up: the server says no id"),
        (_, Some(Known::Is(ruleset))) => ruleset,
        (_, Some(Known::Unseen(finding))) => {
            return Hold::Unknown(format!("could not be read: {}", finding.message));
        }
        (_, Some(Known::Absent) | None) => return unknown("is not shown to this token"),
    };
    match text(ruleset, "enforcement") {
        Some("active") => {}
        Some(_) => return Hold::Idle(idle(wanted, ruleset)),
        None => return unknown("does not say whether it is active"),
    }
    if covers(wanted, ruleset) == Some(false) {
        return unknown("is listed for the branch, but its conditions leave the branch out");
    }
    bypass(ruleset)
}

fn bypass(ruleset: &Value) -> Hold {
    let own = text(ruleset, "current_user_can_bypass").filter(|can| *can != "never");
    let mine = || "the one whom this token belongs to".to_owned();
    match ruleset.get("bypass_actors") {
        Some(Value::Array(actors)) if !actors.is_empty() => {
            Hold::Bypassed(actors.iter().map(actor).collect())
        }
        _ if own.is_some() => Hold::Bypassed(vec![mine()]),
        Some(Value::Array(_)) => Hold::Everybody,
        _ => Hold::Unknown("does not show this token who may bypass it".to_owned()),
    }
}

/// A bypass actor in words.
fn actor(actor: &Value) -> String {
    let id = actor.get("actor_id").and_then(Value::as_u64);
    let who = match (text(actor, "actor_type"), id) {
        (Some("OrganizationAdmin"), _) => "organisation admins".to_owned(),
        (Some("DeployKey"), _) => "deploy keys".to_owned(),
        (Some("RepositoryRole"), Some(2)) => "the role maintain".to_owned(),
        (Some("RepositoryRole"), Some(4)) => "the role write".to_owned(),
        (Some("RepositoryRole"), Some(5)) => "the role admin".to_owned(),
        (Some("RepositoryRole"), Some(id)) => format!("the role {id}"),
        (Some("Integration"), Some(id)) => format!("the app {id}"),
        (Some("Team"), Some(id)) => format!("the team {id}"),
        (Some("User"), Some(id)) => format!("the user {id}"),
        (Some(other), _) => quoted(other),
        (None, _) => "somebody unnamed".to_owned(),
    };
    match text(actor, "bypass_mode") {
        Some("pull_request") => format!("{who} (for pull requests)"),
        Some("exempt") => format!("{who} (exempt)"),
        _ => format!("{who} (always)"),
    }
}

/// Why a ruleset that is not among the branch's rules does nothing for it.
fn idle(wanted: &Wanted<'_>, ruleset: &Value) -> String {
    match text(ruleset, "enforcement") {
        Some("evaluate") => "only evaluates: it reports and lets everything through".to_owned(),
        Some("disabled") => "is disabled".to_owned(),
        Some("active") if covers(wanted, ruleset) == Some(false) => {
            format!("does not target {}", quoted(wanted.branch))
        }
        Some("active") => format!("is active, but not for {}", quoted(wanted.branch)),
        Some(other) => format!("is {}, not active", quoted(other)),
        None => "does not say that it is active".to_owned(),
    }
}

/// Whether a ruleset's conditions take the default branch in.
fn covers(wanted: &Wanted<'_>, ruleset: &Value) -> Option<bool> {
    let names = ruleset.get("conditions")?.get("ref_name")?;
    reaches(names, "refs/heads/", wanted.branch)
}

/// Whether `ref_name` conditions take a branch or tag in; `None` where only GitHub can
/// report.
pub(super) fn reaches(names: &Value, prefix: &str, name: &str) -> Option<bool> {
    let any = |key: &str| {
        let Some(patterns) = names.get(key).and_then(Value::as_array) else { return Some(false) };
        let answer = |pattern: &Value| pattern::matches(pattern.as_str()?, prefix, name);
        let answers: Vec<Option<bool>> = patterns.iter().map(answer).collect();
        if answers.contains(&Some(true)) {
            Some(true)
        } else if answers.contains(&None) {
            None
        } else {
            Some(false)
        }
    };
    match (any("include"), any("exclude")) {
        (Some(false), _) | (_, Some(true)) => Some(false),
        (Some(true), Some(false)) => Some(true),
        _ => None,
    }
}

/// Whether it is known what classic protection there is.
pub(super) fn classic_is_known(facts: &LiveFacts) -> bool {
    match &facts.protection {
        Known::Is(_) => true,
        Known::Unseen(_) => false,
        Known::Absent => may_administer(facts) || says_unprotected(facts),
    }
}

/// Whether the token would be shown everything.
pub(super) fn may_administer(facts: &LiveFacts) -> bool {
    let admin = |repository: &Value| repository.get("permissions")?.get("admin")?.as_bool();
    facts.repository.get().and_then(admin) == Some(true)
}

fn says_unprotected(facts: &LiveFacts) -> bool {
    let Some(branch) = facts.branch.get() else { return false };
    let classic = branch.get("protection").and_then(|protection| protection.get("enabled"));
    [branch.get("protected"), classic].contains(&Some(&Value::Bool(false)))
}

fn classic(protection: &Value) -> RuleSource<'_> {
    let enabled = |key: &str| protection.get(key).and_then(|value| value.get("enabled")?.as_bool());
    let mut rules = Vec::new();
    if let Some(checks) = protection.get("required_status_checks").filter(|v| v.is_object()) {
        rules.push(required_checks(checks));
    }
    let reviews = protection.get("required_pull_request_reviews").filter(|v| v.is_object());
    if let Some(reviews) = reviews {
        rules.push(json!({ "type": "pull_request", "parameters": {
            "required_approving_review_count": reviews.get("required_approving_review_count"),
            "dismiss_stale_reviews_on_push": reviews.get("dismiss_stale_reviews"),
            "require_code_owner_review": reviews.get("require_code_owner_reviews"),
            "require_last_push_approval": reviews.get("require_last_push_approval"),
        }}));
    }
    for (key, kind) in [("allow_force_pushes", "non_fast_forward"), ("allow_deletions", "deletion")]
    {
        if enabled(key) == Some(false) {
            rules.push(json!({ "type": kind }));
        }
    }
    let mut who = allowances(reviews);
    let hold = match enabled("enforce_admins") {
        Some(true) if who.is_empty() => Hold::Everybody,
        Some(true) => Hold::Bypassed(who),
        Some(false) => {
            who.insert(0, "administrators".to_owned());
            Hold::Bypassed(who)
        }
        None => Hold::Unknown("does not say whether administrators may bypass it".to_owned()),
    };
    let rules = rules.into_iter().map(Cow::Owned).collect();
    RuleSource { name: "classic branch protection".to_owned(), classic: true, hold, rules }
}

fn required_checks(checks: &Value) -> Value {
    let pinned = checks.get("checks").and_then(Value::as_array).into_iter().flatten();
    let check = |check: &Value| json!({ "context": check.get("context"), "integration_id": check.get("app_id") });
    json!({ "type": "required_status_checks", "parameters": {
        "strict_required_status_checks_policy": checks.get("strict"),
        "required_status_checks": pinned.map(check).collect::<Vec<_>>(),
    }})
}

/// Who may pass the review of classic protection by.
fn allowances(reviews: Option<&Value>) -> Vec<String> {
    let all = reviews.and_then(|reviews| reviews.get("bypass_pull_request_allowances"));
    let kinds = [("users", "login"), ("teams", "slug"), ("apps", "slug")];
    let of_kind = |(kind, key): (&str, &'static str)| {
        let list = all.and_then(|all| all.get(kind)?.as_array()).into_iter().flatten();
        list.map(move |one| quoted(text(one, key).unwrap_or("?"))).collect::<Vec<_>>()
    };
    kinds.into_iter().flat_map(of_kind).collect()
}
