//! What GitHub says, asked once each: somebody waits for the screen.

use std::path::Path;

use serde::Deserialize;
use serde_json::Value;

use super::program;
use crate::judge::doctor::{Demand, Repository as Found, Rules, Seen, Why};
use thrice_facts::clock;
use thrice_facts::git::Repository;
use thrice_facts::github::{Answer, Failure, GitHub, Kind, encoded};
use thrice_facts::interrupt::Interrupt;
use thrice_findings::Finding;

/// What was seen of gh and of the server.
pub(super) struct Server {
    pub(super) gh: Seen<String>,
    pub(super) login: Seen<String>,
    pub(super) repository: Seen<Found>,
    pub(super) ahead: Seen<i64>,
    pub(super) workflow_state: Seen<String>,
    pub(super) rules: Seen<Vec<Demand>>,
}

impl Server {
    /// Nothing was asked but who is there, because of what another line says.
    fn unasked(gh: Seen<String>, login: Seen<String>, because: &str) -> Self {
        Self {
            gh,
            login,
            repository: Seen::Unseen(Why::after(because)),
            ahead: Seen::Unseen(Why::after(because)),
            workflow_state: Seen::Unseen(Why::after(because)),
            rules: Seen::Unseen(Why::after(because)),
        }
    }
}

pub(super) fn gather(
    repository: Option<&Repository>,
    rules: &Seen<Rules>,
    interrupt: &Interrupt,
    folder: &Path,
) -> Server {
    let gh =
        program("gh", folder, "install gh 2.23.0 or newer (cli.github.com), then `gh auth login`");
    if !matches!(gh, Seen::Is(_)) {
        return Server::unasked(gh, Seen::Unseen(Why::after("gh")), "gh");
    }
    let Some(repository) = repository else {
        let login = Seen::Unseen(Why::after("commit"));
        return Server::unasked(gh, login, "commit");
    };
    let github = match GitHub::of(repository, interrupt) {
        Ok(github) => github,
        Err(finding) => {
            let unnamed = Seen::Unseen(of_finding(*finding));
            let login = Seen::Unseen(Why::after("repository"));
            return Server { repository: unnamed, ..Server::unasked(gh, login, "repository") };
        }
    };
    let who = github.look("user");
    let login = seen(&who, |answer| {
        let user: User = answer.json().ok()?;
        Some(format!("{} on {}", user.login, github.slug().host))
    });
    // An app's token is nobody's, and may see the repository all the same.
    let goes_on = who.as_ref().map_or_else(answered, |_| true);
    if !goes_on {
        return Server::unasked(gh, login, "login");
    }
    asked(&github, gh, login, rules)
}

/// Whether the server answered somebody whom it knows.
fn answered(failure: &Failure) -> bool {
    matches!(failure.kind(), Kind::Forbidden | Kind::NotFound)
}

fn asked(github: &GitHub, gh: Seen<String>, login: Seen<String>, rules: &Seen<Rules>) -> Server {
    let slug = github.slug();
    let home = github.look(&format!("repos/{}/{}", encoded(&slug.owner), encoded(&slug.name)));
    let repository = seen(&home, found);
    let ahead = match &home {
        Ok(answer) => ahead(answer),
        Err(_) => Seen::Unseen(Why::after("repository")),
    };
    let (Ok(_), Seen::Is(rules)) = (&home, rules) else {
        let because = if home.is_ok() { "policy" } else { "repository" };
        return Server { repository, ahead, ..Server::unasked(gh, login, because) };
    };
    Server {
        workflow_state: workflow_state(github, rules),
        rules: demands(github, rules),
        gh,
        login,
        repository,
        ahead,
    }
}

fn of_finding(finding: Finding) -> Why {
    Why { said: finding.message, fix: finding.help }
}

/// An answer as a fact. Whoever may not see something is reported that it is not there, so
/// that neither is proven.
fn seen<T>(answer: &Result<Answer, Failure>, read: impl FnOnce(&Answer) -> Option<T>) -> Seen<T> {
    match answer {
        Ok(answer) => read(answer).map_or_else(|| Seen::Unseen(unreadable()), Seen::Is),
        Err(failure) => Seen::Unseen(of_finding(failure.finding())),
    }
}

fn unreadable() -> Why {
    Why::new("GitHub's answer has another form", "run it again; use a newer version of this tool")
}

#[derive(Deserialize)]
struct User {
    login: String,
}

#[derive(Deserialize)]
struct Home {
    full_name: String,
    default_branch: String,
    #[serde(default)]
    archived: bool,
    permissions: Option<Permissions>,
}

#[derive(Deserialize)]
struct Permissions {
    push: bool,
}

fn found(answer: &Answer) -> Option<Found> {
    let home: Home = answer.json().ok()?;
    Some(Found {
        name: home.full_name,
        default_branch: home.default_branch,
        archived: home.archived,
        may_push: home.permissions.map(|permissions| permissions.push),
    })
}

fn ahead(answer: &Answer) -> Seen<i64> {
    if std::env::var_os(clock::TEST_NOW).is_some() {
        let fix = "run it without XTASK_TEST_NOW, which is for tests only";
        return Seen::Unseen(Why::new("XTASK_TEST_NOW holds the clock", fix));
    }
    match answer.clock_ahead() {
        Some(ahead) => Seen::Is(ahead),
        None => Seen::Unseen(Why::new("GitHub's answer has no date", "run it again")),
    }
}

fn workflow_state(github: &GitHub, rules: &Rules) -> Seen<String> {
    let name = rules.workflow.rsplit('/').next().unwrap_or_default();
    let answer = github.look(&github.repo(&format!("actions/workflows/{}", encoded(name))));
    if answer.as_ref().is_err_and(|failure| failure.kind() == Kind::NotFound) {
        let said = format!("GitHub shows no workflow {name}");
        let fix = "merge it into the default branch: GitHub dispatches no other";
        return Seen::Unseen(Why::new(said, fix));
    }
    seen(&answer, |answer| {
        let value: Value = answer.json().ok()?;
        let path = value.get("path")?.as_str()?;
        let state = value.get("state")?.as_str()?;
        Some(if path == rules.workflow {
            state.to_owned()
        } else {
            format!("of another path, {path}")
        })
    })
}

#[derive(Deserialize)]
struct Rule {
    #[serde(rename = "type")]
    kind: String,
    ruleset_id: Option<u64>,
    parameters: Option<Value>,
}

#[derive(Deserialize)]
struct Checks {
    required_status_checks: Vec<Check>,
}

#[derive(Deserialize)]
struct Check {
    context: String,
    integration_id: Option<u64>,
}

fn demands(github: &GitHub, rules: &Rules) -> Seen<Vec<Demand>> {
    let branch = encoded(&rules.default_branch);
    let values = match github.look_at_all(&github.repo(&format!("rules/branches/{branch}"))) {
        Ok(values) => values,
        Err(failure) => return Seen::Unseen(of_finding(failure.finding())),
    };
    let all: Option<Vec<Option<Demand>>> = values.into_iter().map(demand).collect();
    match all {
        Some(all) => Seen::Is(all.into_iter().flatten().collect()),
        None => Seen::Unseen(unreadable()),
    }
}

/// What a rule demands, if it is about checks; nothing at all where it is no rule.
fn demand(value: Value) -> Option<Option<Demand>> {
    let rule: Rule = serde_json::from_value(value).ok()?;
    if rule.kind != "required_status_checks" {
        return Some(None);
    }
    let checks: Checks = serde_json::from_value(rule.parameters?).ok()?;
    let named = checks.required_status_checks.into_iter();
    let checks = named.map(|check| (check.context, check.integration_id)).collect();
    Some(Some(Demand { ruleset: rule.ruleset_id?, checks }))
}
