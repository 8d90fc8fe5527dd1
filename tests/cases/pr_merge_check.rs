//! `pr merge-check`: a pull request that may be merged, and why others may not.

use std::process::Command;
use std::sync::Arc;

use expect_test::expect;
use serde_json::{Value, json};

use crate::support::github::server::records::{Review, Ruleset};
use crate::support::github::{Action, Response, Simulator, Which};
use crate::support::policies::{SANDBOX_BRANCHES, role};
use crate::support::{PROGRAMME, Ran, World, gate};

const FILEMAP: &str = r#"
[[areas]]
name = "source"
paths = ["src/**"]
owners = ["maintainer"]

[[areas]]
name = "automation"
paths = [".github/**", "policy/**"]
"#;

const WORKFLOW: &str = "\
on: workflow_dispatch
jobs:
  T0:
    runs-on: ubuntu-24.04
    steps: [{ run: cargo xtask gates run T0 }]
  T4:
    runs-on: ubuntu-24.04
    steps: [{ run: cargo xtask gates run T4 }]
";

/// A pull request that is reviewed by three runs, approved, and held by a ruleset.
pub(super) struct Ready {
    pub(super) world: World,
    pub(super) simulator: Simulator,
    pub(super) branch: String,
    pub(super) head: String,
}

fn patched() -> (World, String, String) {
    patched_with("src/b", "3\n")
}

fn patched_with(path: &str, text: &str) -> (World, String, String) {
    patched_files(&[(path, text)])
}

pub(super) fn patched_files(files: &[(&str, &str)]) -> (World, String, String) {
    patched_on(|_| {}, files)
}

/// A patch of these files on a base to which something is added.
pub(super) fn patched_on(
    more: impl FnOnce(&World),
    files: &[(&str, &str)],
) -> (World, String, String) {
    let world = World::new();
    world.write("policy/programme.toml", PROGRAMME.to_owned() + &role("maintainer", &["@o/core"]));
    let script = "cat src/* > $EVIDENCE_DIR/reported";
    let gates = [("T0", "lint"), ("T4", "tests")].map(|(id, name)| gate(id, name, script));
    let ruleset = "[ruleset]\nfile = \"r.json\"\nworkflow = \".github/workflows/orr.yml\"\n";
    world.write("policy/gates.toml", format!("stagger = \"0 s\"\n{ruleset}{}", gates.concat()));
    world.write("policy/filemap.toml", FILEMAP);
    world.write("policy/branches.toml", SANDBOX_BRANCHES);
    world.write(".github/workflows/orr.yml", WORKFLOW);
    world.write(".github/CODEOWNERS", "* @Ann\n");
    world.write("src/a", "2\n");
    more(&world);
    let base = world.commit("base");
    let branch = format!("demo-codex-20260101-0000-{}", base.get(..7).unwrap());
    world.git(["switch", "--quiet", "--create", &branch]);
    files.iter().for_each(|(path, text)| world.write(path, text));
    let head = world.commit("patch");
    (world, branch, head)
}

pub(super) fn ruleset() -> Ruleset {
    let check = |gate: &str| json!({ "context": gate, "integration_id": 15368 });
    Ruleset {
        id: 7,
        name: "main".to_owned(),
        target: "branch".to_owned(),
        enforcement: "active".to_owned(),
        of_organisation: false,
        bypass_actors: Vec::new(),
        include: vec!["~DEFAULT_BRANCH".to_owned()],
        exclude: Vec::new(),
        rules: vec![
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
                "required_status_checks": [check("T0"), check("T4")],
            }}),
        ],
        created: 0,
    }
}

impl Ready {
    pub(super) fn new() -> Self {
        Self::of(patched())
    }

    pub(super) fn of((world, branch, head): (World, String, String)) -> Self {
        let simulator = Simulator::start(&world);
        let ran = simulator.xtask(&world, ["orr", "--on", "github"]);
        assert_eq!(ran.status, 0, "{ran:?}");
        let ran = world.xtask(["pr-body", "--write", "out/body.md"]);
        assert_eq!(ran.status, 0, "{ran:?}");
        let ran = simulator.xtask(&world, ["pr", "open"]);
        assert_eq!(ran.status, 0, "{ran:?}");
        let ready = Self { world, simulator, branch, head };
        ready.approve();
        ready
    }

    /// Has it approved, and the branch held by a ruleset.
    pub(super) fn approve(&self) {
        let mut state = self.simulator.state();
        state.rulesets = vec![ruleset()];
        state.permissions.insert("ann".to_owned(), "write".to_owned());
        let team = state.teams.entry("core".to_owned()).or_default();
        team.members = vec!["Ann".to_owned(), "alex".to_owned()];
        let submitted = state.now();
        state.pulls[0].reviews = vec![Review {
            id: 50,
            login: "Ann".to_owned(),
            state: "APPROVED".to_owned(),
            sha: self.head.clone(),
            submitted,
        }];
    }

    /// Checks it, and holds the record against its replay where nobody can be asked.
    #[track_caller]
    pub(super) fn check(&self) -> Ran {
        let check = |more: [&'static str; 2]| ["pr", "merge-check", "1"].into_iter().chain(more);
        let ran = self.simulator.xtask(&self.world, check(["--record", "../snapshot.json"]));
        let again = self.world.xtask(check(["--replay", "../snapshot.json"]));
        assert_eq!((&ran.stdout, ran.status), (&again.stdout, again.status));
        ran
    }

    fn shown(&self, ran: &Ran) -> String {
        let mut text = ran.stdout.replace(&self.branch, "[BRANCH]");
        for run in &self.simulator.state().runs {
            for job in &run.jobs {
                text = text.replace(&format!("check {}", job.id), "check [ID]");
            }
        }
        self.world.shown(&text)
    }

    /// Pushes another patch while the server answers requests whose path holds this text.
    fn push_at(&self, path: &str) {
        self.world.write("src/b", "4\n");
        let pushed = self.world.commit("more");
        self.world.git(["push", "--quiet", "origin", &format!("{pushed}:refs/heads/elsewhere")]);
        let remote = self.world.root().join("remote.git");
        let reference = format!("refs/heads/{}", self.branch);
        self.alter(path, move |_| {
            let mut git = Command::new("git");
            git.arg("-C").arg(&remote).args(["update-ref", &reference, &pushed]);
            assert!(git.status().unwrap().success());
        });
    }

    /// Alters what the server answers to requests whose path holds this text.
    pub(super) fn alter(&self, path: &str, change: impl Fn(&mut Value) + Send + Sync + 'static) {
        let change = move |response: &mut Response| {
            let Ok(mut body) = serde_json::from_slice::<Value>(&response.body) else { return };
            change(&mut body);
            response.body = serde_json::to_vec(&body).unwrap();
        };
        self.simulator.fault("GET", path, Which::Every, Action::Alter(Arc::new(change)));
    }
}

#[test]
fn all_reasons_are_reported_at_once() {
    let ready = Ready::new();
    let before = ready.simulator.requests().len();
    let ran = ready.check();
    expect![[r#"
        may be merged: [COMMIT]
        merge gate                          answer  by what, or why not
        finished, without conflict          proven  the pull request
        what its body claims is so          proven  all of 31 claims
        GitHub enforces the gates           proven  `cargo xtask rulesets check`
        T0 is green                         proven  check [ID]
        T4 is green                         proven  check [ID]
        approved by somebody who may write  proven  `ann`
        approved by maintainer              proven  `ann`, for area `source`
        approved by code owner @Ann         proven  `ann`, for 1 path by CODEOWNERS
        no incident stops it                proven  ledger, which has no entry yet
        no critical risk is open            proven  ledger, which has no entry yet

        pull request 1, at [HEX], by ledger, which has no entry yet
    "#]]
    .assert_eq(&ready.shown(&ran));
    assert_eq!(ran.status, 0, "{ran:?}");
    let requests = ready.simulator.requests();
    assert!(requests[before..].iter().all(|seen| seen.method == "GET"));

    // A skipped job, another app, an approval of what was there before, a draft, a ruleset
    // that only evaluates, and a push meanwhile.
    ready.alter("/check-runs", |body| {
        for check in body["check_runs"].as_array_mut().unwrap() {
            if check["name"] == "T0" {
                check["conclusion"] = json!("skipped");
            } else {
                check["app"]["id"] = json!(99);
            }
        }
    });
    {
        let mut state = ready.simulator.state();
        state.pulls[0].draft = true;
        state.pulls[0].reviews[0].sha = "0".repeat(40);
        state.rulesets[0].enforcement = "evaluate".to_owned();
    }
    ready.push_at("/pulls/1/reviews");
    let ran = ready.check();
    expect![[r#"
        NO_MERGE: 8 reasons, exit status 1

        error[pull-unready]: the pull request is a draft
           = help: press Ready for review, once it is

        error[ruleset-inactive]: ruleset `main` (7) only evaluates: it reports and lets everything through; every demand depends on it
           = help: Settings > Rules > Rulesets > ruleset `main` (7): set Enforcement status to Active, and Target branches to Include default branch

        error[check-wrong-app]: T4: posted by app 99, not by GitHub Actions (15368)
           = help: find out who posted it, and make the runs: `cargo xtask orr --on github`

        error[check-not-green]: T0: `skipped`, which GitHub lets through; nothing was proven
           = help: fix the patch and make new runs: `cargo xtask orr --on github`

        error[approval-missing]: nobody with write access has approved [HEX] (`ann` approved [HEX], not [HEX])
           = help: ask somebody who wrote no part of it to review this head

        error[approval-missing]: [HEX] has no approval of maintainer, as area `source` demands
           = help: ask for a review: @o/core

        error[approval-missing]: [HEX] has no approval of code owner @Ann, as 1 path by CODEOWNERS demands
           = help: ask for a review: @Ann

        error[head-moved]: `[BRANCH]` was pushed to meanwhile: it was at [HEX], now it is at [HEX]
           = help: run the check again; what was pushed needs a review and approvals of its own

        error[NO_MERGE]: 8 reasons against merging: approval-missing, check-not-green, check-wrong-app, head-moved, pull-unready, ruleset-inactive
           = help: settle each, then run the check again: it looks at everything anew

        merge gate                          answer     by what, or why not
        finished, without conflict          disproven  the pull request is a draft
        what its body claims is so          proven     all of 31 claims
        GitHub enforces the gates           disproven  3 of 13 proven: `cargo xtask rulesets check`
        T0 is green                         disproven  `skipped`
        T4 is green                         disproven  posted by app 99, not app 15368
        approved by somebody who may write  disproven  nobody
        approved by maintainer              disproven  nobody
        approved by code owner @Ann         disproven  nobody
        no incident stops it                proven     ledger, which has no entry yet
        no critical risk is open            proven     ledger, which has no entry yet

        pull request 1, at [HEX], by ledger, which has no entry yet
    "#]].assert_eq(&ready.shown(&ran));
    assert_eq!(ran.status, 1);
}

#[test]
fn without_gh_or_a_pull_request_nothing_may_be_merged() {
    let (world, ..) = patched();
    let simulator = Simulator::start(&world);
    let ran = simulator.xtask(&world, ["pr", "merge-check", "7"]);
    assert!(ran.stdout.starts_with("NO_MERGE: 1 reason, exit status 4\n"), "{}", ran.stdout);
    assert_eq!(ran.status, 4);
}

/// Whoever writes the workflow of the runs writes their results.
#[test]
fn a_workflow_that_the_patch_changes_needs_a_role_and_excuses_nothing_else() {
    let changed = format!("{WORKFLOW}# more\n");
    let ready = Ready::of(patched_with(".github/workflows/orr.yml", &changed));
    let ran = ready.check();
    assert_eq!(ran.status, 0, "{ran:?}");
    assert!(ran.stdout.contains("`ann`, for rule `rules`"), "{ran:?}");

    // Somebody who may write, and holds no role.
    ready.simulator.state().teams.entry("core".to_owned()).or_default().members.clear();
    let ran = ready.check();
    assert_eq!(ran.status, 1, "{ran:?}");
    assert!(
        ran.stdout.contains("has no approval of maintainer, as rule `rules` demands"),
        "{ran:?}"
    );
    ready.approve();

    // What cannot be seen any more is open, whoever approved.
    let run = ready.simulator.state().runs.last().unwrap().id;
    for what in ["jobs", "artifacts"] {
        let gone = Action::Answer(Response::json(404, &json!({ "message": "Not Found" })));
        ready.simulator.fault("GET", &format!("/actions/runs/{run}/{what}"), Which::Every, gone);
    }
    let ran = ready.check();
    assert_eq!(ran.status, 4, "{ran:?}");
    assert!(ran.stdout.starts_with("NO_MERGE"), "{ran:?}");
    assert!(ran.stdout.contains("not established  3 of 31 claims open"), "{ran:?}");
}
