//! The simulated GitHub answers only what GitHub's published contract allows, and what this
//! tool sends is what it allows too.
//!
//! The contract is not part of this repository: the test needs a folder with it.

use std::collections::BTreeSet;
use std::path::PathBuf;

use serde_json::{Value, json};

use crate::support::contract::Contract;
use crate::support::github::{Check, Plan, Review, Seen, Simulator, Team};
use crate::support::server_reviews::Fixture;
use crate::support::{World, gate};

/// Names the folder with the contract.
const FOLDER: &str = "XTASK_GITHUB_OPENAPI";

fn contract() -> Contract {
    let folder = std::env::var_os(FOLDER).map(PathBuf::from);
    let folder = folder.unwrap_or_else(|| panic!("{FOLDER} does not name the contract's folder"));
    Contract::read(&folder)
}

struct Scene {
    world: World,
    simulator: Simulator,
    run: u64,
    head: String,
}

impl Scene {
    fn new() -> Self {
        let gates = [("T1", "lint"), ("T4", "tests"), ("T8", "evidence")];
        let gates = gates.map(|(id, name)| gate(id, name, "echo it > $EVIDENCE_DIR/reported"));
        let world = World::with_gates(&format!("stagger = \"0 s\"\n{}", gates.concat()));
        let simulator = Simulator::start(&world);
        world.git(["checkout", "--quiet", "-b", "team/sandbox"]);
        world.write("src/a b.txt", "new\n");
        world.git(["mv", "policy/gates.toml", "policy/moved.toml"]);
        world.commit("moves");
        world.git(["mv", "policy/moved.toml", "policy/gates.toml"]);
        let head = world.commit("patch");
        world.git(["push", "--quiet", "origin", "team/sandbox"]);
        Self { world, simulator, run: 0, head }
    }

    #[track_caller]
    fn get(&self, path: &str) -> Value {
        let (status, answer) = self.simulator.ask("GET", path, &Value::Null);
        assert_eq!(status, 200, "{path}: {answer}");
        answer
    }

    #[track_caller]
    fn repo(&self, path: &str) -> Value {
        self.get(&format!("repos/o/r/{path}"))
    }

    #[track_caller]
    fn send(&self, method: &str, path: &str, body: &Value, expected: u16) -> Value {
        let (status, answer) = self.simulator.ask(method, &format!("repos/o/r/{path}"), body);
        assert_eq!(status, expected, "{method} {path}: {answer}");
        answer
    }

    fn actions(&mut self) {
        self.simulator.state().plan = Plan::lasting(60_000);
        let path = "actions/workflows/orr.yml/dispatches";
        let body = json!({ "ref": "team/sandbox", "inputs": { "nonce": "n" } });
        self.send("POST", path, &body, 204);
        let asking = json!({ "ref": "team/sandbox", "return_run_details": true });
        let unfinished = self.send("POST", path, &asking, 200)["workflow_run_id"].clone();
        self.send("POST", path, &json!({ "ref": "gone" }), 422);
        self.run = self.simulator.state().runs[0].id;
        self.look_at_runs();
        self.simulator.advance(20_000);
        self.look_at_runs();
        self.send("POST", &format!("actions/runs/{unfinished}/cancel"), &Value::Null, 202);
        self.send("POST", &format!("actions/runs/{unfinished}/cancel"), &Value::Null, 409);
        self.simulator.advance(600_000);
        self.send("POST", &format!("actions/runs/{unfinished}/rerun"), &json!({}), 201);
        self.simulator.advance(600_000);
        self.look_at_runs();
        self.repo(&format!("actions/runs/{unfinished}/attempts/1"));
        self.repo(&format!("actions/runs/{unfinished}/attempts/1/jobs"));
        let artifacts = self.repo(&format!("actions/runs/{}/artifacts", self.run));
        assert!(artifacts["total_count"].as_u64() > Some(1), "{artifacts}");
        self.repo("actions/artifacts?per_page=1");
        let id = artifacts["artifacts"][0]["id"].clone();
        self.repo(&format!("actions/artifacts/{id}"));
        self.send("GET", &format!("actions/artifacts/{id}/zip"), &Value::Null, 302);
        self.simulator.state().artifacts[0].expired = true;
        self.simulator.state().artifacts[0].digest = None;
        self.send("GET", &format!("actions/artifacts/{id}/zip"), &Value::Null, 410);
        self.repo("actions/artifacts");
    }

    fn look_at_runs(&self) {
        let run = format!("actions/runs/{}", self.run);
        for path in ["actions/workflows", "actions/workflows/orr.yml", "actions/runs"] {
            self.repo(path);
        }
        self.repo("actions/workflows/orr.yml/runs?branch=team/sandbox&event=workflow_dispatch");
        for rest in
            ["", "/jobs?filter=all", "/attempts/1", "/attempts/1/jobs", "/concurrency_groups"]
        {
            self.repo(&format!("{run}{rest}"));
        }
        for rest in ["check-runs", "check-suites", "status"] {
            self.repo(&format!("commits/{}/{rest}", self.head));
        }
    }

    fn checks(&self) {
        let status = json!({ "state": "success", "context": "ci", "description": "done" });
        self.send("POST", &format!("statuses/{}", self.head), &status, 201);
        let (id, sha) = (self.simulator.state().id(), self.head.clone());
        self.simulator.state().checks.push(Check {
            id,
            app: 7,
            name: "T1".to_owned(),
            sha,
            status: "completed".to_owned(),
            conclusion: Some("neutral".to_owned()),
            started: 0,
            completed: Some(1),
        });
        let checks = self.repo("commits/team/sandbox/check-runs?app_id=7");
        assert_eq!(checks["total_count"], 1, "{checks}");
        self.repo(&format!("commits/{}/status", self.head));
        self.repo(&format!("check-runs/{id}/annotations"));
    }

    fn commits(&self) {
        self.repo("commits/team/sandbox");
        self.repo(&format!("git/commits/{}", self.head));
        self.repo("compare/main...team/sandbox");
        self.repo("compare/team/sandbox...main");
        self.repo("compare/main...main");
        self.repo("branches/team/sandbox");
        self.repo("contents/policy");
        self.repo("contents/policy/gates.toml");
        self.send("GET", "contents/gone", &Value::Null, 404);
        self.send("GET", "commits/gone", &Value::Null, 422);
        self.send("GET", &format!("git/commits/{}", "0".repeat(40)), &Value::Null, 404);
    }

    fn pulls(&self) {
        let body = json!({ "title": "t", "head": "team/sandbox", "base": "main", "draft": true });
        self.send("POST", "pulls", &body, 201);
        self.send("POST", "pulls", &body, 422);
        let (id, sha) = (self.simulator.state().id(), self.head.clone());
        let state = "APPROVED".to_owned();
        let review = Review { id, login: "sam".to_owned(), state, sha, submitted: 5 };
        self.simulator.state().pulls[0].reviews.push(review);
        self.repo("pulls?head=o:team/sandbox&state=all");
        for rest in ["", "/files", "/commits", "/reviews"] {
            self.repo(&format!("pulls/1{rest}"));
        }
        let changed = json!({ "title": "u", "body": "v", "state": "closed" });
        self.send("PATCH", "pulls/1", &changed, 200);
        self.send("GET", "pulls/9", &Value::Null, 404);
        let issue = json!({ "title": "slow", "body": "b", "labels": ["performance"] });
        self.send("POST", "issues", &issue, 201);
        self.send("POST", "issues", &json!({ "title": "" }), 422);
        self.repo("issues?state=all&labels=performance");
        self.repo("issues?state=all");
        let changed = json!({ "title": "a", "body": "b", "state": "closed" });
        self.send("PATCH", "issues/2", &changed, 200);
        self.send("PATCH", "issues/2", &json!({ "state": "lost" }), 422);
        self.send("POST", "issues/1/comments", &json!({ "body": "said" }), 201);
        self.repo("issues/1/comments");
        self.send("POST", "issues/1/labels", &json!({ "labels": ["one", "two"] }), 200);
        self.repo("pulls/1");
    }

    fn rules(&self) {
        let checks = json!({
            "strict_required_status_checks_policy": true,
            "required_status_checks": [{ "context": "T1", "integration_id": 15368 }],
        });
        let review = json!({
            "required_approving_review_count": 1, "dismiss_stale_reviews_on_push": true,
            "require_code_owner_review": true, "require_last_push_approval": true,
            "required_review_thread_resolution": true,
        });
        let ruleset = json!({
            "name": "main", "target": "branch", "enforcement": "active",
            "bypass_actors": [{ "actor_id": 5, "actor_type": "RepositoryRole", "bypass_mode": "always" }],
            "conditions": { "ref_name": { "include": ["~DEFAULT_BRANCH"], "exclude": [] } },
            "rules": [
                { "type": "deletion" },
                { "type": "pull_request", "parameters": review },
                { "type": "required_status_checks", "parameters": checks },
            ],
        });
        let made = self.send("POST", "rulesets", &ruleset, 201);
        self.send("POST", "rulesets", &json!({ "name": "n", "enforcement": "enabled" }), 422);
        let path = format!("rulesets/{}", made["id"]);
        self.send("PUT", &path, &json!({ "name": "all", "enforcement": "active" }), 200);
        let mut of_organisation = self.simulator.state().rulesets[0].clone();
        (of_organisation.id, of_organisation.of_organisation) = (9, true);
        self.simulator.state().rulesets.push(of_organisation);
        let rules = self.repo("rules/branches/main");
        assert_eq!(rules.as_array().unwrap().len(), 6, "{rules}");
        assert_eq!(self.repo("rules/branches/team/sandbox"), json!([]));
        self.repo("rulesets?includes_parents=true&targets=branch");
        self.repo(&path);
        self.repo("rulesets/9");
        self.protection();
    }

    fn protection(&self) {
        self.send("GET", "branches/main/protection", &Value::Null, 404);
        let checks = json!({ "strict": true, "checks": [{ "context": "T1", "app_id": 15368 }] });
        let main = "main".to_owned();
        let protection = json!({ "required_status_checks": checks });
        self.simulator.state().protections.insert(main, protection);
        self.repo("branches/main");
        self.repo("branches/main/protection");
        self.repo("branches/main/protection/required_status_checks");
    }

    fn refs(&self) {
        let main = self.world.git(["rev-parse", "main"]);
        let main = main.trim();
        self.repo("git/ref/heads/team/sandbox");
        self.repo("git/matching-refs/heads/team");
        let tag = json!({ "tag": "v1", "message": "one", "object": main, "type": "commit" });
        let tag = self.send("POST", "git/tags", &tag, 201);
        let sha = tag["sha"].as_str().unwrap();
        self.repo(&format!("git/tags/{sha}"));
        self.send("POST", "git/refs", &json!({ "ref": "refs/tags/v1", "sha": sha }), 201);
        self.send("POST", "git/refs", &json!({ "ref": "refs/tags/v1", "sha": sha }), 422);
        self.send("GET", "git/ref/tags/gone", &Value::Null, 404);
        assert_eq!(self.repo("git/ref/tags/v1")["object"]["type"], "tag");
        let moved = json!({ "sha": main, "force": true });
        self.send("PATCH", "git/refs/heads/team/sandbox", &moved, 200);
        let back = json!({ "sha": self.head });
        self.send("PATCH", "git/refs/heads/team/sandbox", &back, 200);
        self.send("PATCH", "git/refs/heads/team/sandbox", &json!({ "sha": main }), 422);
        self.send("DELETE", "git/refs/heads/team/sandbox", &Value::Null, 204);
    }

    fn releases(&self) {
        self.send("GET", "immutable-releases", &Value::Null, 404);
        self.simulator.state().immutable_releases = true;
        self.repo("immutable-releases");
        let body = json!({ "tag_name": "v1", "name": "one", "body": "b", "draft": true });
        let made = self.send("POST", "releases", &body, 201);
        let path = format!("releases/{}", made["id"]);
        let upload = format!("repos/o/r/{path}/assets?name=a%20b.zip");
        let header = "Content-Type: application/zip\r\n";
        assert_eq!(self.simulator.ask_with("POST", &upload, header, b"PK").0, 201);
        self.send("GET", "releases/tags/v1", &Value::Null, 404);
        let published = self.send("PATCH", &path, &json!({ "draft": false }), 200);
        assert_eq!(published["immutable"], true, "{published}");
        assert_eq!(self.simulator.ask_with("POST", &upload, header, b"PK").0, 422);
        self.repo(&path);
        self.repo("releases/tags/v1");
        self.repo("releases");
        self.repo(&format!("{path}/assets"));
        self.send("DELETE", &path, &Value::Null, 204);
        self.send("POST", "releases", &json!({ "tag_name": "v1" }), 422);
        let digest = format!("sha256:{}", "0".repeat(64));
        let bundle = json!({ "mediaType": "application/json", "dsseEnvelope": {} });
        self.simulator.state().attestations.insert(digest.clone(), vec![bundle]);
        self.repo(&format!("attestations/{digest}"));
    }

    fn others(&self) {
        self.get("user");
        self.get("rate_limit");
        self.get("apps/github-actions");
        self.get("repos/o/r");
        self.repo("collaborators/alex/permission");
        self.send("GET", "collaborators/nobody/permission", &Value::Null, 404);
        let members = vec!["alex".to_owned()];
        let team = Team { members, secret: false };
        self.simulator.state().teams.insert("sre".to_owned(), team);
        self.get("orgs/o/teams/sre/members");
    }
}

/// Problems of all requests, and the operations that were answered as asked.
fn judged(contract: &Contract, requests: &[Seen]) -> (Vec<String>, BTreeSet<String>) {
    let problems = requests.iter().flat_map(|seen| contract.problems(seen)).collect();
    let answered = requests.iter().filter(|seen| seen.status.is_some_and(|status| status < 400));
    let names = answered.filter_map(|seen| contract.name_of(seen).map(str::to_owned));
    (problems, names.collect())
}

#[test]
#[ignore = "needs XTASK_GITHUB_OPENAPI, the folder of GitHub's contract"]
fn every_operation_of_the_contract_is_answered_as_it_says() {
    let contract = contract();
    assert_eq!(contract.unknown_words(), &BTreeSet::new());
    let mut scene = Scene::new();
    scene.actions();
    scene.checks();
    scene.commits();
    scene.pulls();
    scene.rules();
    scene.others();
    scene.refs();
    scene.releases();
    let (problems, answered) = judged(&contract, &scene.simulator.requests());
    assert!(problems.is_empty(), "{} problems:\n{}", problems.len(), problems.join("\n"));
    let missing: Vec<_> = contract.names().difference(&answered).cloned().collect();
    assert!(missing.is_empty(), "never answered: {missing:#?}");
}

#[test]
#[ignore = "needs XTASK_GITHUB_OPENAPI, the folder of GitHub's contract"]
fn what_this_tool_sends_is_what_the_contract_allows() {
    let contract = contract();
    let fixture = Fixture::new();
    fixture.simulator.state().plan = Plan::lasting(600_000);
    let reviewed = fixture.xtask(&["orr", "--on", "github"]);
    assert_eq!(reviewed.status, 0, "{reviewed:?}");
    fixture.xtask(&["rulesets", "check"]);
    fixture.xtask(&["doctor", "--github"]);
    let requests = fixture.simulator.requests();
    let (problems, answered) = judged(&contract, &requests);
    assert!(problems.is_empty(), "{} problems:\n{}", problems.len(), problems.join("\n"));
    let dispatch =
        "POST /repos/{owner}/{repo}/actions/workflows/{workflow_id}/dispatches".to_owned();
    assert!(answered.contains(&dispatch), "{answered:?}");
}

#[test]
#[ignore = "needs XTASK_GITHUB_OPENAPI, the folder of GitHub's contract"]
fn a_body_that_breaks_the_contract_is_seen() {
    let contract = contract();
    let scene = Scene::new();
    scene.repo("git/ref/heads/main");
    let good = scene.simulator.requests().pop().unwrap();
    assert_eq!(contract.problems(&good), Vec::<String>::new());
    let with = |change: fn(&mut Value)| {
        let mut seen = good.clone();
        seen.answer.as_mut().map(change);
        contract.problems(&seen).len()
    };
    assert_eq!(with(|it| it["url"] = json!("no address")), 1);
    assert_eq!(with(|it| it["object"]["sha"] = json!("short")), 1);
    assert_eq!(with(|it| it["object"]["shaa"] = json!("misspelt")), 1);
    assert_eq!(with(|it| drop(it.as_object_mut().unwrap().remove("node_id"))), 1);
    assert_eq!(with(|it| it["ref"] = json!(7)), 1);
    let of = |change: fn(&mut Seen)| {
        let mut seen = good.clone();
        change(&mut seen);
        contract.problems(&seen).len()
    };
    assert_eq!(of(|seen| seen.path.push_str("?nosuch=1")), 1);
    assert_eq!(of(|seen| seen.status = Some(202)), 1);
}
