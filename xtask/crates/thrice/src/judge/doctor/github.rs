//! What only GitHub needs.

use super::{
    DoctorFacts, DoctorLine, LineState, Need, Probe, Repository, RequiredCheck, Rules, Why,
};
use thrice_facts::files::file_name;

/// The oldest gh that is known to do.
const OLDEST_GH: (u32, u32) = (2, 23);
/// Seconds by which two clocks may differ: answers take their time.
const SKEW: i64 = 60;

pub(super) fn lines(facts: &DoctorFacts) -> Vec<DoctorLine> {
    let rules = match &facts.policy {
        Probe::Is(rules) => Some(rules),
        _ => None,
    };
    vec![
        DoctorLine::of("gh", Need::GitHub, &facts.gh, |said| gh(said)),
        DoctorLine::of("login", Need::GitHub, &facts.login, |login| ok("login", login)),
        DoctorLine::of("repository", Need::GitHub, &facts.repository, |found| {
            repository(found, rules)
        }),
        DoctorLine::of("clock", Need::GitHub, &facts.ahead, |ahead| clock(*ahead)),
        DoctorLine::of("workflow here", Need::GitHub, &facts.workflow, |()| {
            ok("workflow here", "is what policy gives")
        }),
        DoctorLine::of("workflow there", Need::GitHub, &facts.workflow_state, |state| {
            workflow_state(state, rules)
        }),
        DoctorLine::of("rulesets", Need::GitHub, &facts.rules, |demands| rulesets(demands, rules)),
    ]
}

fn ok(subject: &str, said: impl Into<String>) -> DoctorLine {
    DoctorLine::new(subject, Need::GitHub, LineState::Ok, said)
}

fn missing(subject: &str, said: impl Into<String>, fix: impl Into<String>) -> DoctorLine {
    DoctorLine::new(subject, Need::GitHub, LineState::Missing, said).fixed(fix)
}

fn unseen(subject: &str, why: Why) -> DoctorLine {
    DoctorLine::of(subject, Need::GitHub, &Probe::<()>::Unseen(why), |()| ok(subject, ""))
}

/// The numbers of `gh version 2.23.0 (2023-02-27 …)`.
fn version(said: &str) -> Option<(u32, u32)> {
    let word = said.split_whitespace().nth(2)?;
    let mut numbers = word.split('.').map(|number| number.parse::<u32>().ok());
    Some((numbers.next()??, numbers.next()??))
}

fn gh(said: &str) -> DoctorLine {
    let first = said.lines().next().unwrap_or_default();
    match version(first) {
        None => {
            unseen("gh", Why::new("says no version", "install gh 2.23.0 or newer (cli.github.com)"))
        }
        Some(found) if found < OLDEST_GH => {
            missing("gh", first, "install gh 2.23.0 or newer (cli.github.com)")
        }
        Some(_) => ok("gh", first.trim_start_matches("gh version ")),
    }
}

fn repository(found: &Repository, rules: Option<&Rules>) -> DoctorLine {
    let (subject, name) = ("repository", &found.name);
    if found.archived {
        return missing(subject, format!("{name} is archived"), "unarchive it in its settings");
    }
    if let Some(rules) = rules.filter(|rules| rules.default_branch != found.default_branch) {
        let (here, there) = (&rules.default_branch, &found.default_branch);
        return missing(
            subject,
            format!("the default branch of {name} is {there}; policy says {here}"),
            "let `default_branch` in policy/programme.toml and GitHub's settings say the same",
        );
    }
    match found.may_push {
        Some(true) => ok(subject, format!("{name}, which you may push to")),
        Some(false) => missing(
            subject,
            format!("you may not push to {name}"),
            "log in as somebody who may write, or ask for the right to",
        ),
        None => unseen(
            subject,
            Why::new(
                format!("{name} does not say what you may do there"),
                "log in with a token that may read the repository's metadata",
            ),
        ),
    }
}

fn clock(ahead: i64) -> DoctorLine {
    let seconds = ahead.unsigned_abs();
    if seconds <= SKEW.unsigned_abs() {
        return ok("clock", format!("within {SKEW} s of GitHub's"));
    }
    let word = if ahead > 0 { "ahead of" } else { "behind" };
    let said = format!("{seconds} s {word} GitHub's");
    missing("clock", said, "set the clock of this machine: limits and freshness are reported by it")
}

fn workflow_state(state: &str, rules: Option<&Rules>) -> DoctorLine {
    if state == "active" {
        return ok("workflow there", "active");
    }
    let name = rules.map_or("orr.yml", |rules| file_name(&rules.workflow));
    missing("workflow there", format!("is {state}"), format!("`gh workflow enable {name}`"))
}

fn rulesets(demands: &[RequiredCheck], rules: Option<&Rules>) -> DoctorLine {
    let subject = "rulesets";
    let Some(rules) = rules else { return unseen(subject, Why::after("policy")) };
    let from_app = |gate: &String| {
        let pair = (gate.clone(), Some(rules.app_id));
        demands.iter().any(|demand| demand.checks.contains(&pair))
    };
    let absent: Vec<&str> =
        rules.required.iter().filter(|check| !from_app(check)).map(String::as_str).collect();
    if absent.is_empty() {
        let mut holders: Vec<u64> = demands.iter().map(|demand| demand.ruleset).collect();
        holders.sort_unstable();
        holders.dedup();
        let count = holders.len();
        let noun = if count == 1 { "ruleset demands" } else { "rulesets demand" };
        return ok(subject, format!("{count} {noun} every gate"));
    }
    let said = format!("{} does not demand {}", rules.default_branch, absent.join(", "));
    missing(subject, said, "`cargo xtask rulesets check` says what to set, and prints it")
}
