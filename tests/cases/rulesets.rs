//! What the server enforces, asked of a simulated GitHub through the real gh.

use expect_test::expect;
use serde_json::{Value, json};

use crate::support::github::Simulator;
use crate::support::github::server::records::Ruleset;
use crate::support::{PROGRAMME, Ran, World, gate};

const WORKFLOW: &str = "\
name: ORR
on: workflow_dispatch
jobs:
  T0:
    runs-on: ubuntu-24.04
    steps:
      - run: cargo xtask gates run T0
  T1:
    runs-on: ubuntu-24.04
    needs: T0
    steps:
      - run: cargo xtask gates run T1
";

/// A world whose policy demands two gates on the server, and that server, which enforces
/// all of it.
fn enforced() -> (World, Simulator) {
    let world = World::new();
    let gates = format!(
        "{}{}\n[ruleset]\nfile = \".github/rulesets/main.json\"\nworkflow = \".github/workflows/orr.yml\"\n",
        gate("T0", "ruleset", "true"),
        gate("T1", "lint", "true"),
    );
    world.write("policy/programme.toml", PROGRAMME);
    world.write("policy/gates.toml", gates);
    world.write(".github/workflows/orr.yml", WORKFLOW);
    world.commit("policy");
    let simulator = Simulator::start(&world);
    simulator.state().rulesets = vec![
        ruleset(7, "main", "branch", &["~DEFAULT_BRANCH"], rules()),
        ruleset(
            8,
            "releases",
            "tag",
            &["refs/tags/v*"],
            vec![json!({ "type": "update" }), json!({ "type": "deletion" })],
        ),
    ];
    (world, simulator)
}

fn ruleset(id: u64, name: &str, target: &str, include: &[&str], rules: Vec<Value>) -> Ruleset {
    Ruleset {
        id,
        name: name.to_owned(),
        target: target.to_owned(),
        enforcement: "active".to_owned(),
        of_organisation: false,
        bypass_actors: Vec::new(),
        include: include.iter().map(|name| (*name).to_owned()).collect(),
        exclude: Vec::new(),
        rules,
        created: 0,
    }
}

fn rules() -> Vec<Value> {
    vec![
        json!({ "type": "deletion" }),
        json!({ "type": "non_fast_forward" }),
        json!({ "type": "pull_request", "parameters": {
            "required_approving_review_count": 1,
            "dismiss_stale_reviews_on_push": true,
            "require_code_owner_review": true,
            "require_last_push_approval": true,
            "required_review_thread_resolution": true,
        }}),
        json!({ "type": "required_status_checks", "parameters": {
            "strict_required_status_checks_policy": true,
            "required_status_checks": [
                { "context": "T0", "integration_id": 15368 },
                { "context": "T1", "integration_id": 15368 },
            ],
        }}),
    ]
}

fn check(world: &World, simulator: &Simulator) -> Ran {
    simulator.xtask(world, ["rulesets", "check"])
}

fn shown(world: &World, ran: &Ran) -> String {
    format!("{}{}", world.shown(&ran.stdout), world.shown(&ran.stderr))
}

/// Codes of what refuses, with the exit status.
fn refused(ran: &Ran) -> (i32, Vec<String>) {
    let said: Value = serde_json::from_str(&ran.stdout).unwrap_or_else(|_| panic!("{ran:?}"));
    let findings = said["findings"].as_array().unwrap().iter();
    let refusals = findings.filter(|finding| finding["severity"] == "refuse");
    (ran.status, refusals.map(|finding| finding["code"].as_str().unwrap().to_owned()).collect())
}

#[test]
fn a_server_that_enforces_all_of_it_passes() {
    let (world, simulator) = enforced();
    let ran = check(&world, &simulator);
    expect![[r#"
        rulesets check: pass
        demanded                                     answer  by what, or why not
        `main` is the default branch                 proven  the repository
        GitHub Actions is app 15368                  proven  the app `github-actions`
        T0 is green, from app 15368                  proven  ruleset `main` (7)
        T1 is green, from app 15368                  proven  ruleset `main` (7)
        the branch is up to date with its base       proven  ruleset `main` (7)
        a pull request with an approval              proven  ruleset `main` (7)
        a push takes approvals away                  proven  ruleset `main` (7)
        code owners approve                          proven  ruleset `main` (7)
        the last push is approved by another         proven  ruleset `main` (7)
        no forced push                               proven  ruleset `main` (7)
        no deletion of the branch                    proven  ruleset `main` (7)
        release tags stay where they are             proven  tag rulesets
        each gate is one job, run without condition  proven  .github/workflows/orr.yml

        o/r, by policy of [HEX]
        xtask: XTASK_CLOCK_FILE sets the clock; it is for tests only
    "#]]
    .assert_eq(&shown(&world, &ran));
    assert_eq!(ran.status, 0);
    // Everything was asked, nothing was changed.
    assert!(simulator.requests().iter().all(|seen| seen.method == "GET"));
}

#[test]
fn what_is_wrong_is_reported_in_the_words_of_the_settings_page() {
    let (world, simulator) = enforced();
    let skipped = WORKFLOW.replace("  T0:\n", "  T0:\n    if: false\n");
    world.write(".github/workflows/orr.yml", skipped);
    world.commit("skip");
    world.git(["push", "--quiet", "origin", "main"]);
    {
        let mut state = simulator.state();
        let rules = &mut state.rulesets[0].rules;
        rules[2]["parameters"]["require_code_owner_review"] = json!(false);
        let checks = &mut rules[3]["parameters"]["required_status_checks"];
        *checks = json!([{ "context": "T0" }, { "context": "lint", "integration_id": 15368 }]);
        state.rulesets.pop();
    }
    let ran = check(&world, &simulator);
    expect![[r#"
        rulesets check: fail (ruleset-drift, ruleset-unpinned, workflow-jobs), exit status 1

        error[ruleset-unpinned]: anyone with write access can post T0: required from any source
           = help: Settings > Rules > Rulesets > Require status checks to pass: choose GitHub Actions as the source of T0

        error[ruleset-drift]: `main` can be merged to without T1: no required check
           = help: Settings > Rules > Rulesets > Require status checks to pass > Add checks: T1, source GitHub Actions

        error[ruleset-drift]: `main` can be merged without its code owners
           = help: Settings > Rules > Rulesets > Require a pull request before merging > Require review from Code Owners

        note[ruleset-drift]: the check `lint` is required too; policy does not know it
           = help: leave it where it is meant

        warning[tags-unprotected]: no active ruleset keeps a tag such as `v1.2.3-rc.1` from being moved
           = help: Settings > Rules > Rulesets > New tag ruleset: target `v*`, tick Restrict updates and Restrict deletions, set it to Active

        error[workflow-jobs]: the job of gate `T0` runs under a condition
          --> .github/workflows/orr.yml:4
           = help: Take out the `if`: GitHub counts a skipped job as a success.

        demanded                                     answer     by what, or why not
        `main` is the default branch                 proven     the repository
        GitHub Actions is app 15368                  proven     the app `github-actions`
        T0 is green, from app 15368                  disproven  required, but from any source
        T1 is green, from app 15368                  disproven  no required check
        the branch is up to date with its base       proven     ruleset `main` (7)
        a pull request with an approval              proven     ruleset `main` (7)
        a push takes approvals away                  proven     ruleset `main` (7)
        code owners approve                          disproven  nothing demands it
        the last push is approved by another         proven     ruleset `main` (7)
        no forced push                               proven     ruleset `main` (7)
        no deletion of the branch                    proven     ruleset `main` (7)
        release tags stay where they are             disproven  `v1.2.3-rc.1` can be moved
        each gate is one job, run without condition  disproven  the job of gate `T0` runs under a condition

        o/r, by policy of [HEX]

        `cargo xtask rulesets check --print` shows the ruleset that fixes it
        xtask: XTASK_CLOCK_FILE sets the clock; it is for tests only
    "#]].assert_eq(&shown(&world, &ran));
    assert_eq!(ran.status, 1);
}

type Change = fn(&mut Simulator);

#[test]
fn each_way_not_to_enforce_it_has_its_code() {
    let table: &[(&str, Change, i32, &[&str])] = &[
        (
            "an unpinned context",
            |it| {
                it.state().rulesets[0].rules[3]["parameters"]["required_status_checks"][0] =
                    json!({ "context": "T0" });
            },
            1,
            &["ruleset-unpinned"],
        ),
        (
            "evaluate only",
            |it| it.state().rulesets[0].enforcement = "evaluate".to_owned(),
            1,
            &["ruleset-inactive"],
        ),
        (
            "bypass list not shown",
            |it| drop(it.state().permissions.insert("alex".to_owned(), "write".to_owned())),
            4,
            &["not-established"],
        ),
        (
            "a list without rules",
            |it| it.state().rulesets[0].rules.clear(),
            1,
            &["ruleset-drift"; 8],
        ),
    ];
    for (what, change, status, codes) in table {
        let (world, mut simulator) = enforced();
        change(&mut simulator);
        let ran = simulator.xtask(&world, ["--format", "json", "rulesets", "check"]);
        let codes: Vec<String> = codes.iter().map(|code| (*code).to_owned()).collect();
        assert_eq!(refused(&ran), (*status, codes), "{what}: {}", ran.stdout);
    }
}

#[test]
fn rules_of_the_organisation_on_the_second_page_count() {
    let (world, simulator) = enforced();
    {
        let mut state = simulator.state();
        let many: Vec<Value> = (0..150)
            .map(|number| {
                json!({ "type": "tag_name_pattern", "parameters": {
                "operator": "contains", "pattern": format!("p{number}") } })
            })
            .collect();
        let mut organisation = ruleset(90, "everywhere", "branch", &["~ALL"], many);
        organisation.of_organisation = true;
        organisation.rules.push(state.rulesets[0].rules.remove(0));
        state.rulesets.push(organisation);
    }
    let ran = check(&world, &simulator);
    assert_eq!(ran.status, 0, "{}", ran.stdout);
    assert!(ran.stdout.contains("organisation ruleset `everywhere` (90)"), "{}", ran.stdout);
    assert_eq!(simulator.count("GET", "rules/branches/main"), 2);
}

/// What is recorded must stay recorded: nobody rewrites or deletes the ledger's branch.
#[test]
fn the_ledger_is_neither_rewritten_nor_deleted() {
    let (world, simulator) = enforced();
    world.git(["push", "--quiet", "origin", "main:refs/heads/ledger"]);
    let ran = simulator.xtask(&world, ["rulesets", "check", "--print"]);
    assert_eq!(ran.status, 1, "{ran:?}");
    for line in [
        "error[ruleset-drift]: `ledger` can be rewritten by a forced push\n",
        "error[ruleset-drift]: `ledger` can be deleted\n",
        "`ledger`: no forced push ",
        "`ledger`: no deletion of the branch ",
    ] {
        assert!(ran.stdout.contains(line), "{line}: {ran:?}");
    }
    let (_, command) = ran.stdout.rsplit_once("\ngh api").unwrap();
    assert!(command.contains("\"refs/heads/ledger\""), "{command}");
    let posted = simulator.command(&world, "sh").args(["-c", &format!("gh api{command}")]).output();
    assert_eq!(Ran::from(posted.unwrap()).status, 0);
    let ran = check(&world, &simulator);
    assert_eq!(ran.status, 0, "{ran:?}");
    // Whoever may bypass it may cut it.
    let bypass = json!({ "actor_id": 5, "actor_type": "RepositoryRole", "bypass_mode": "always" });
    simulator.state().rulesets.last_mut().unwrap().bypass_actors.push(bypass);
    let ran = simulator.xtask(&world, ["--format", "json", "rulesets", "check"]);
    assert_eq!(refused(&ran), (1, vec!["ruleset-bypass".to_owned()]), "{ran:?}");
}

#[test]
fn what_it_prints_fixes_the_server() {
    let (world, simulator) = enforced();
    simulator.state().rulesets.remove(0);
    let ran = simulator.xtask(&world, ["rulesets", "check", "--print"]);
    assert_eq!(ran.status, 1);
    let (_, command) = ran.stdout.split_once("\ngh api").unwrap();
    let posted = simulator.command(&world, "sh").args(["-c", &format!("gh api{command}")]).output();
    let posted = Ran::from(posted.unwrap());
    assert_eq!(posted.status, 0, "{posted:?}");
    // A ruleset of that name is replaced; what policy says nothing of stays.
    {
        let mut state = simulator.state();
        let own = state.rulesets.iter_mut().find(|ruleset| ruleset.name == "main").unwrap();
        own.rules = vec![json!({ "type": "required_signatures" })];
        own.enforcement = "disabled".to_owned();
    }
    let ran = simulator.xtask(&world, ["rulesets", "check", "--print"]);
    let (_, command) = ran.stdout.split_once("\ngh api").unwrap();
    let put = simulator.command(&world, "sh").args(["-c", &format!("gh api{command}")]).output();
    assert_eq!(Ran::from(put.unwrap()).status, 0);
    assert_eq!(check(&world, &simulator).status, 0);
    let state = simulator.state();
    assert!(
        state
            .rulesets
            .iter()
            .any(|one| one.rules.iter().any(|r| r["type"] == "required_signatures"))
    );
}
