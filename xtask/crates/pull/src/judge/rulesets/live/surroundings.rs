//! What the rules rest on: that the default branch and the app are those that policy
//! means; and the tags of releases, which no rule of a branch protects.

use serde_json::Value;

use super::{Judged, LiveFacts, Wanted, source};
use thrice_findings::text::quoted;
use thrice_findings::{Answer, Code, Finding, Known, Verdict};

fn text<'a>(value: &'a Value, key: &str) -> Option<&'a str> {
    value.get(key).and_then(Value::as_str)
}

fn unseen<T>(what: &str, seen: &Known<T>) -> Finding {
    match seen {
        Known::Unseen(finding) => finding.clone(),
        Known::Absent | Known::Is(_) => {
            Finding::new(Code::NotEstablishedCode, format!("GitHub did not show {what}"))
                .help("see that the repository is the right one, and that the token may read it")
        }
    }
}

/// Whether the branch that policy means is the one that GitHub merges to.
pub(super) fn repository(wanted: &Wanted<'_>, facts: &LiveFacts, judged: &mut Judged) {
    let said = facts.repository.get().and_then(|repository| text(repository, "default_branch"));
    let ours = quoted(wanted.branch);
    let (answer, why) = match said {
        Some(branch) if branch == wanted.branch => (Verdict::Pass, "the repository".to_owned()),
        Some(branch) => {
            let theirs = quoted(branch);
            judged.findings.push(
                Finding::new(
                    Code::RulesetDrift,
                    format!("the default branch on GitHub is {theirs}, policy says {ours}"),
                )
                .help("Settings > General > Default branch, or `default_branch` in policy/programme.toml"),
            );
            (Verdict::Fail, format!("it is {theirs}"))
        }
        None => {
            judged.findings.push(unseen("its default branch", &facts.repository));
            (Verdict::NotEstablished, "not shown".to_owned())
        }
    };
    judged.lines.push(Answer {
        demand: format!("{ours} is the default branch"),
        verdict: answer,
        why,
    });
}

/// Whether the app that policy pins is GitHub Actions on this server.
pub(super) fn app(wanted: &Wanted<'_>, facts: &LiveFacts, judged: &mut Judged) {
    let id = facts.app.get().and_then(|app| app.get("id")?.as_u64());
    let (answer, why) = match id {
        Some(id) if id == wanted.app_id => (Verdict::Pass, "the app `github-actions`".to_owned()),
        Some(id) => {
            judged.findings.push(
                Finding::new(
                    Code::RulesetDrift,
                    format!("GitHub Actions is app {id} here, policy says {}", wanted.app_id),
                )
                .help(format!("write `app_id = {id}` below `[ruleset]` in policy/gates.toml")),
            );
            (Verdict::Fail, format!("it is {id}"))
        }
        None => {
            judged.findings.push(unseen("the app `github-actions`", &facts.app));
            (Verdict::NotEstablished, "not shown".to_owned())
        }
    };
    judged.lines.push(Answer {
        demand: format!("GitHub Actions is app {}", wanted.app_id),
        verdict: answer,
        why,
    });
}

/// Tags as releases are called: a candidate and a final one.
const RELEASES: [&str; 2] = ["v1.2.3-rc.1", "v1.2.3"];

/// Rules that keep a tag where it is.
const FIXED: [&str; 2] = ["update", "deletion"];

/// Whether tags of releases stay where they are. A warning, not a refusal: no gate of a
/// pull request rests on it.
pub(super) fn tags(facts: &LiveFacts, judged: &mut Judged) {
    let demand = "release tags stay where they are".to_owned();
    if facts.listed.get().is_none() {
        let why = "the list of rulesets could not be read".to_owned();
        judged.lines.push(Answer { demand, verdict: Verdict::NotEstablished, why });
        judged.findings.push(warning("whether a ruleset protects release tags could not be seen"));
        return;
    }
    let missing: Vec<&str> = RELEASES.into_iter().filter(|tag| !is_fixed(facts, tag)).collect();
    let (answer, why) = match missing.first() {
        None => (Verdict::Pass, "tag rulesets".to_owned()),
        Some(tag) => {
            let message =
                format!("no active ruleset keeps a tag such as {} from being moved", quoted(tag));
            judged.findings.push(warning(&message));
            (Verdict::Fail, format!("{} can be moved", quoted(tag)))
        }
    };
    judged.lines.push(Answer::new(demand, answer, why));
}

fn warning(message: &str) -> Finding {
    Finding::new(Code::TagsUnprotected, message).help(
        "Settings > Rules > Rulesets > New tag ruleset: target `v*`, tick Restrict updates and Restrict deletions, set it to Active",
    )
}

fn is_fixed(facts: &LiveFacts, tag: &str) -> bool {
    let active: Vec<&Value> = facts
        .rulesets
        .values()
        .filter_map(Known::get)
        .filter(|ruleset| text(ruleset, "target") == Some("tag"))
        .filter(|ruleset| text(ruleset, "enforcement") == Some("active"))
        .filter(|ruleset| {
            let names = ruleset.get("conditions").and_then(|all| all.get("ref_name"));
            names.and_then(|names| source::reaches(names, "refs/tags/", tag)) == Some(true)
        })
        .collect();
    let has = |kind: &&str| {
        let mut rules =
            active.iter().filter_map(|ruleset| ruleset.get("rules")?.as_array()).flatten();
        rules.any(|rule| source::kind(rule) == Some(*kind))
    };
    FIXED.iter().all(has)
}
