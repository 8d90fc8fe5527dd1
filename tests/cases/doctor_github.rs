//! `doctor`, and what GitHub says: a `gh` that gives the answers of a folder, and the real
//! one before a simulated server.

use crate::support::github::{Action, Simulator, Which, bad_gateway};
use crate::support::{Ran, World, gate};

const RULES: &str = r#"[{"type": "deletion", "ruleset_id": 5},
 {"type": "required_status_checks", "ruleset_id": 5, "parameters": {
  "required_status_checks": [{"context": "T4", "integration_id": 15368}]}}]"#;

const HOME: &str = r#"{"full_name": "o/n", "default_branch": "main", "archived": false,
 "permissions": {"admin": false, "push": true, "pull": true}}"#;

const STATE: &str = r#"{"path": ".github/workflows/orr.yml", "state": "active"}"#;

/// The requests, and the files that hold their answers.
const USER: &str = "user";
const REPOSITORY: &str = "repos_o_n";
const WORKFLOW: &str = "repos_o_n_actions_workflows_orr.yml";
const RULES_OF_MAIN: &str = "repos_o_n_rules_branches_main?per_page=100";

/// A world with a remote on GitHub and a server on which all is well.
fn world() -> World {
    let world = World::with_gates(&gate("T4", "tests", "true"));
    world.git(["remote", "add", "origin", "https://github.com/o/n.git"]);
    assert_eq!(world.xtask(["workflow", "generate", "--write"]).status, 0);
    let root = world.root().to_str().unwrap();
    let script = format!(
        "#!/bin/sh\nif [ \"$1\" = --version ]; then echo 'gh version 2.23.0 (x)'; exit; fi\n\
         for path; do :; done\nfile=$(echo \"$path\" | tr / _)\n\
         echo \"$file\" >> {root}/asked\ncat \"{root}/answers/$file\" || exit 1\n\
         read -r _ status _ < \"{root}/answers/$file\"\n[ \"$status\" = 200 ]\n"
    );
    let gh = world.root().join("bin/gh");
    std::fs::create_dir_all(gh.parent().unwrap()).unwrap();
    std::fs::create_dir(world.root().join("answers")).unwrap();
    std::fs::write(&gh, script).unwrap();
    assert!(world.command("chmod").arg("755").arg(&gh).status().unwrap().success());
    all_is_well(&world);
    world
}

fn all_is_well(world: &World) {
    answer(world, USER, "200 OK", r#"{"login": "octocat"}"#);
    answer(world, REPOSITORY, "200 OK", HOME);
    answer(world, WORKFLOW, "200 OK", STATE);
    answer(world, RULES_OF_MAIN, "200 OK", RULES);
}

/// Its date is the first commit's.
fn answer(world: &World, request: &str, status: &str, body: &str) {
    let head = "Date: Thu, 01 Jan 2026 00:00:00 GMT\r\nContent-Type: application/json";
    let text = format!("HTTP/2.0 {status}\r\n{head}\r\n\r\n{body}");
    std::fs::write(world.root().join("answers").join(request), text).unwrap();
}

fn doctor(world: &World) -> Ran {
    let mut path = world.root().join("bin").into_os_string();
    path.push(":");
    path.push(std::env::var_os("PATH").unwrap());
    let clock = world.root().join("clock");
    std::fs::write(&clock, "1767225610000").unwrap();
    let mut command = world.xtask_command(["doctor", "--github"]);
    command.env("PATH", path).env("XTASK_CLOCK_FILE", clock);
    command.output().unwrap().into()
}

/// The lines that are not ok, without their fixes, where something is changed.
fn wanting(world: &World, change: impl FnOnce(&World)) -> Vec<String> {
    all_is_well(world);
    change(world);
    let ran = doctor(world);
    let lines: Vec<String> = ran
        .stdout
        .lines()
        .filter(|line| line.starts_with("missing ") || line.starts_with("not established "))
        .filter(|line| !line.contains("ssh-keygen"))
        .map(|line| {
            line.split("  ")
                .filter(|word| !word.is_empty())
                .map(str::trim)
                .collect::<Vec<_>>()
                .join("|")
        })
        .collect();
    assert_eq!(ran.status, if lines.is_empty() { 0 } else { 4 }, "{ran:?}");
    lines
}

#[test]
fn where_the_server_is_as_it_must_be_all_is_ok() {
    let world = world();
    let ran = doctor(&world);
    assert_eq!(ran.status, 0, "{ran:?}");
    for line in [
        "ok               gh              2.23.0 (x)\n",
        "ok               login           octocat on github.com\n",
        "ok               repository      o/n, which you may push to\n",
        "ok               clock           within 60 s of GitHub's\n",
        "ok               workflow here   is what policy gives\n",
        "ok               workflow there  active\n",
        "ok               rulesets        1 ruleset demands every gate\n",
    ] {
        assert!(ran.stdout.contains(line), "{line}{}", ran.stdout);
    }
    let asked = std::fs::read_to_string(world.root().join("asked")).unwrap();
    assert_eq!(asked.lines().collect::<Vec<_>>(), [USER, REPOSITORY, WORKFLOW, RULES_OF_MAIN]);
}

#[test]
fn what_the_server_does_not_show_is_not_established() {
    let world = world();
    let waits = |subjects: &str, what: &str| {
        vec![format!("not established|{subjects}: not checked: it needs {what} first")]
    };
    let found =
        wanting(&world, |world| answer(world, USER, "401 Unauthorized", "{\"message\": \"Bad\"}"));
    let login = vec!["not established|login|GET user: HTTP 401: Bad".to_owned()];
    let others = "repository, clock, workflow there, rulesets";
    assert_eq!(found, [login, waits(others, "login")].concat());

    // The token of an app is nobody's.
    let found =
        wanting(&world, |world| answer(world, USER, "403 Forbidden", "{\"message\": \"No\"}"));
    assert_eq!(found, ["not established|login|GET user: HTTP 403: No"]);

    let found = wanting(&world, |world| answer(world, REPOSITORY, "404 Not Found", "{}"));
    let repository = vec!["not established|repository|GET repos/o/n: HTTP 404".to_owned()];
    assert_eq!(
        found,
        [repository, waits("clock, workflow there, rulesets", "repository")].concat()
    );

    let found = wanting(&world, |world| answer(world, WORKFLOW, "404 Not Found", "{}"));
    assert_eq!(found, ["not established|workflow there|GitHub shows no workflow orr.yml"]);

    let found = wanting(&world, |world| answer(world, RULES_OF_MAIN, "502 Bad Gateway", "<html>"));
    assert_eq!(
        found,
        ["not established|rulesets|GET repos/o/n/rules/branches/main?per_page=100: HTTP 502"]
    );
    for body in ["{}", "[1]", "[{\"type\": \"required_status_checks\"}]", "<", ""] {
        let found = wanting(&world, |world| answer(world, RULES_OF_MAIN, "200 OK", body));
        assert!(found.len() == 1 && found[0].starts_with("not established|rulesets|"), "{found:?}");
    }
}

#[test]
fn what_the_server_shows_to_be_otherwise_is_missing() {
    let world = world();
    let home = |from: &str, to: &str| {
        let there = HOME.replace(from, to);
        assert_ne!(there, HOME);
        wanting(&world, |world| answer(world, REPOSITORY, "200 OK", &there))
    };
    assert_eq!(
        home("\"push\": true", "\"push\": false"),
        ["missing|repository|you may not push to o/n"]
    );
    assert_eq!(
        home("\"archived\": false", "\"archived\": true"),
        ["missing|repository|o/n is archived"]
    );
    let state = STATE.replace("active", "disabled_manually");
    let found = wanting(&world, |world| answer(world, WORKFLOW, "200 OK", &state));
    assert_eq!(found, ["missing|workflow there|is disabled_manually"]);
    let other = STATE.replace("orr.yml", "else.yml");
    let found = wanting(&world, |world| answer(world, WORKFLOW, "200 OK", &other));
    assert_eq!(found, ["missing|workflow there|is of another path, .github/workflows/else.yml"]);
    for rules in [RULES.replace("15368", "1"), RULES.replace("T4", "t4"), "[]".to_owned()] {
        let found = wanting(&world, |world| answer(world, RULES_OF_MAIN, "200 OK", &rules));
        assert_eq!(found, ["missing|rulesets|main does not demand T4"]);
    }
}

/// What comes from the server is shown to a terminal.
#[test]
fn escapes_of_the_server_do_not_reach_the_screen() {
    let world = world();
    answer(&world, USER, "200 OK", "{\"login\": \"\\u001b[2J\"}");
    let ran = doctor(&world);
    assert!(!ran.stdout.contains('\u{1b}'), "{}", ran.stdout);
    // Put together here: a scanner that reads this file must find no token in it.
    let token = format!("ghp{}0123456789abcdefghij0123456789abcdef", '_');
    let message = format!("{{\"message\": \"\\u001b]0;x\\u0007 {token}\"}}");
    answer(&world, USER, "401 \u{1b}[2J", &message);
    let ran = doctor(&world);
    assert!(!ran.stdout.contains('\u{1b}') && !ran.stdout.contains(&token), "{}", ran.stdout);
}

#[test]
fn the_real_gh_is_asked_once_for_each_thing() {
    let world = World::with_gates(&gate("T4", "tests", "true"));
    assert_eq!(world.xtask(["workflow", "generate", "--write"]).status, 0);
    world.commit("the workflow");
    let simulator = Simulator::start(&world);
    let line = |ran: &Ran, subject: &str| {
        let mut lines = ran.stdout.lines().filter(|line| line.contains(&format!("  {subject}  ")));
        let line = lines.next().unwrap_or_else(|| panic!("{subject}: {}", ran.stdout));
        let words = line.split("  ").map(str::trim).filter(|word| !word.is_empty());
        words.collect::<Vec<_>>().join("|")
    };
    let ran = simulator.xtask(&world, ["doctor", "--github"]);
    assert_eq!(ran.status, 4, "{ran:?}");
    for (subject, said) in [
        ("login", "ok|login|alex on github.localhost"),
        ("repository", "ok|repository|o/r, which you may push to"),
        ("clock", "ok|clock|within 60 s of GitHub's"),
        ("workflow there", "ok|workflow there|active"),
        ("rulesets", "missing|rulesets|main does not demand T4"),
    ] {
        assert_eq!(line(&ran, subject), said);
    }
    assert_eq!(simulator.requests().len(), 4);

    simulator.state().workflows[0].state = "disabled_inactivity".to_owned();
    simulator.fault("GET", "rules/branches", Which::Every, Action::Answer(bad_gateway()));
    let ran = simulator.xtask(&world, ["doctor"]);
    assert_eq!(ran.status, 0, "{ran:?}");
    assert_eq!(line(&ran, "workflow there"), "missing|workflow there|is disabled_inactivity");
    assert!(line(&ran, "rulesets").starts_with("not established|rulesets|GET repos/o/r/rules/"));
    // Nothing is asked twice, nor waited for.
    assert_eq!(simulator.requests().len(), 8);
}
