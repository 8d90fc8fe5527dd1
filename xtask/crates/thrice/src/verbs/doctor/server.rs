//! What GitHub says, asked once each: somebody waits for the screen.

use std::path::Path;

use serde::Deserialize;
use serde_json::Value;

use super::program;
use crate::judge::doctor::{Probe, Repository as Found, RequiredCheck, Rules, Why};
use thrice_facts::clock;
use thrice_facts::files::file_name;
use thrice_facts::git::Repository;
use thrice_facts::github::{Answer, Failure, FailureKind, GitHub, encoded};
use thrice_facts::interrupt::Interrupt;
use thrice_findings::Finding;

/// What was seen of gh and of the server.
pub(super) struct Server {
    pub(super) gh: Probe<String>,
    pub(super) login: Probe<String>,
    pub(super) repository: Probe<Found>,
    pub(super) ahead: Probe<i64>,
    pub(super) workflow_state: Probe<String>,
    pub(super) rules: Probe<Vec<RequiredCheck>>,
}

impl Server {
    /// Nothing was asked but who is there, because of what another line says.
    fn unasked(gh: Probe<String>, login: Probe<String>, because: &str) -> Self {
        Self {
            gh,
            login,
            repository: Probe::Unseen(Why::after(because)),
            ahead: Probe::Unseen(Why::after(because)),
            workflow_state: Probe::Unseen(Why::after(because)),
            rules: Probe::Unseen(Why::after(because)),
        }
    }
}

pub(super) fn gather(
    repository: Option<&Repository>,
    rules: &Probe<Rules>,
    interrupt: &Interrupt,
    folder: &Path,
) -> Server {
    let gh =
        program("gh", folder, "install gh 2.23.0 or newer (cli.github.com), then `gh auth login`");
    if !matches!(gh, Probe::Is(_)) {
        return Server::unasked(gh, Probe::Unseen(Why::after("gh")), "gh");
    }
    let Some(repository) = repository else {
        let login = Probe::Unseen(Why::after("commit"));
        return Server::unasked(gh, login, "commit");
    };
    let github = match GitHub::of(repository, interrupt) {
        Ok(github) => github,
        Err(finding) => {
            let unnamed = Probe::Unseen(of_finding(*finding));
            let login = Probe::Unseen(Why::after("repository"));
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
    matches!(failure.kind(), FailureKind::Forbidden | FailureKind::NotFound)
}

fn asked(github: &GitHub, gh: Probe<String>, login: Probe<String>, rules: &Probe<Rules>) -> Server {
    let slug = github.slug();
    let home = github.look(&format!("repos/{}/{}", encoded(&slug.owner), encoded(&slug.name)));
    let repository = seen(&home, found);
    let ahead = match &home {
        Ok(answer) => ahead(answer),
        Err(_) => Probe::Unseen(Why::after("repository")),
    };
    let (Ok(_), Probe::Is(rules)) = (&home, rules) else {
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
fn seen<T>(answer: &Result<Answer, Failure>, read: impl FnOnce(&Answer) -> Option<T>) -> Probe<T> {
    match answer {
        Ok(answer) => read(answer).map_or_else(|| Probe::Unseen(unreadable()), Probe::Is),
        Err(failure) => Probe::Unseen(of_finding(failure.finding())),
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

fn ahead(answer: &Answer) -> Probe<i64> {
    if std::env::var_os(clock::TEST_NOW).is_some() {
        let fix = "run it without XTASK_TEST_NOW, which is for tests only";
        return Probe::Unseen(Why::new("XTASK_TEST_NOW holds the clock", fix));
    }
    match answer.clock_ahead() {
        Some(ahead) => Probe::Is(ahead),
        None => Probe::Unseen(Why::new("GitHub's answer has no date", "run it again")),
    }
}

fn workflow_state(github: &GitHub, rules: &Rules) -> Probe<String> {
    let name = file_name(&rules.workflow);
    let answer = github.look(&github.repo(&format!("actions/workflows/{}", encoded(name))));
    if answer.as_ref().is_err_and(|failure| failure.kind() == FailureKind::NotFound) {
        let said = format!("GitHub shows no workflow {name}");
        let fix = "merge it into the default branch: GitHub dispatches no other";
        return Probe::Unseen(Why::new(said, fix));
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

fn demands(github: &GitHub, rules: &Rules) -> Probe<Vec<RequiredCheck>> {
    let branch = encoded(&rules.default_branch);
    let values = match github.look_at_all(&github.repo(&format!("rules/branches/{branch}"))) {
        Ok(values) => values,
        Err(failure) => return Probe::Unseen(of_finding(failure.finding())),
    };
    let all: Option<Vec<Option<RequiredCheck>>> = values.into_iter().map(demand).collect();
    match all {
        Some(all) => Probe::Is(all.into_iter().flatten().collect()),
        None => Probe::Unseen(unreadable()),
    }
}

/// What a rule demands, if it is about checks; nothing at all where it is no rule.
fn demand(value: Value) -> Option<Option<RequiredCheck>> {
    let rule: Rule = serde_json::from_value(value).ok()?;
    if rule.kind != "required_status_checks" {
        return Some(None);
    }
    let checks: Checks = serde_json::from_value(rule.parameters?).ok()?;
    let named = checks.required_status_checks.into_iter();
    let checks = named.map(|check| (check.context, check.integration_id)).collect();
    Some(Some(RequiredCheck { ruleset: rule.ruleset_id?, checks }))
}
