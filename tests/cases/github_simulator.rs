//! The simulated GitHub, as the real gh sees it.

use serde_json::{Value, json};

use crate::support::github::{
    Action, Clock, Dispatching, Git, Plan, Response, Simulator, Which, bad_gateway,
};
use crate::support::reviews::EVER;
use crate::support::{Ran, World, gate};

/// A world with two quick gates and evidence of them, and a sandbox branch.
fn world() -> World {
    let world = World::with_gates(&format!(
        "stagger = \"0 s\"\n{}{}\n[[gates]]\nid = \"T8\"\nname = \"evidence\"\nbuiltin = \"evidence\"\n\
         needs = [\"T1\", \"T4\"]\n",
        gate("T1", "lint", "echo lint > $EVIDENCE_DIR/lint"),
        gate("T4", "tests", "echo tests > $EVIDENCE_DIR/tests"),
    ));
    world.git(["checkout", "--quiet", "-b", "sandbox"]);
    world.write("src/new.txt", "new\n");
    world.commit("patch");
    world
}

fn pushed() -> (World, Simulator) {
    let world = world();
    let simulator = Simulator::start(&world);
    world.git(["push", "--quiet", "origin", "sandbox"]);
    (world, simulator)
}

#[track_caller]
fn read(simulator: &Simulator, world: &World, path: &str) -> Value {
    let ran = simulator.gh(world, ["api", path]);
    assert_eq!(ran.status, 0, "{path}: {ran:?}");
    serde_json::from_str(&ran.stdout).unwrap()
}

/// Sends a body; gives the status and what was answered.
#[track_caller]
fn send(
    simulator: &Simulator,
    world: &World,
    method: &str,
    path: &str,
    body: &Value,
) -> (u16, Value) {
    let file = world.root().join("body");
    std::fs::write(&file, body.to_string()).unwrap();
    let mut command = simulator.command(world, "gh");
    command.args(["api", "-i", "-X", method, path, "--input"]).arg(&file);
    let ran = Ran::from(command.output().unwrap());
    let (head, rest) = ran.stdout.split_once("\r\n\r\n").unwrap_or((&ran.stdout, ""));
    let status = head.split(' ').nth(1).and_then(|word| word.parse().ok());
    (status.unwrap_or_else(|| panic!("{ran:?}")), serde_json::from_str(rest).unwrap_or_default())
}

fn dispatch(simulator: &Simulator, world: &World, nonce: &str) -> u64 {
    let body =
        json!({ "ref": "sandbox", "inputs": { "nonce": nonce }, "return_run_details": true });
    let path = "repos/o/r/actions/workflows/orr.yml/dispatches";
    let (status, answer) = send(simulator, world, "POST", path, &body);
    assert_eq!(status, 200, "{answer}");
    answer["workflow_run_id"].as_u64().unwrap()
}

#[test]
fn a_dispatched_run_moves_by_the_clock_and_leaves_its_evidence() {
    let (world, simulator) = pushed();
    let id = dispatch(&simulator, &world, "abc");
    let path = format!("repos/o/r/actions/runs/{id}");
    let run = read(&simulator, &world, &path);
    let head = world.git(["rev-parse", "HEAD"]);
    assert_eq!(run["head_sha"], head.trim());
    assert_eq!((&run["status"], &run["conclusion"]), (&json!("queued"), &Value::Null));
    assert_eq!(run["display_title"], "ORR abc");
    simulator.advance(1_500);
    assert_eq!(read(&simulator, &world, &path)["status"], "in_progress");
    let jobs = read(&simulator, &world, &format!("{path}/jobs"));
    let states: Vec<_> =
        jobs["jobs"].as_array().unwrap().iter().map(|job| (&job["name"], &job["status"])).collect();
    let [running, waiting] = [json!("in_progress"), json!("queued")];
    let names = ["T1", "T4", "T8"].map(Value::from);
    assert_eq!(states, [(&names[0], &running), (&names[1], &waiting), (&names[2], &waiting)]);
    assert_eq!(read(&simulator, &world, &format!("{path}/artifacts"))["total_count"], 0);
    simulator.advance(3 * 60_000);
    assert_eq!(read(&simulator, &world, &path)["conclusion"], "success");

    let artifacts = read(&simulator, &world, &format!("{path}/artifacts?name=demo-orr-evidence"));
    assert_eq!(artifacts["total_count"], 1, "{artifacts}");
    let artifact = &artifacts["artifacts"][0];
    let mut command = simulator.command(&world, "gh");
    command.args(["api", &format!("repos/o/r/actions/artifacts/{}/zip", artifact["id"])]);
    let bytes = command.output().unwrap().stdout;
    let digest = thrice_orr::evidence::manifest::sha256_hex(&bytes);
    assert_eq!(artifact["digest"], format!("sha256:{digest}"));
    let limits = thrice_orr::evidence::archive::Limits::default();
    let entries = thrice_orr::evidence::archive::read(&bytes, limits).unwrap();
    let mut names: Vec<_> = entries.iter().map(|entry| entry.path.as_str()).collect();
    names.sort_unstable();
    let expected = [
        "MANIFEST.json",
        "SHA256SUMS",
        "demo-evidence.zip",
        "demo-test-result.intoto.json",
        "scorecards/demo.json",
    ];
    assert_eq!(names, expected);
    let blob = simulator.requests().pop().unwrap();
    assert_eq!(blob.host, "blobs.githubusercontent.localhost");
    assert!(!blob.token, "the token went to another host");
}

#[test]
fn two_runs_of_a_commit_have_equal_evidence_in_archives_that_differ() {
    let (world, simulator) = pushed();
    for nonce in ["a", "b"] {
        dispatch(&simulator, &world, nonce);
        simulator.advance(600_000);
    }
    simulator.harvest();
    let state = simulator.state();
    let whole: Vec<_> =
        state.artifacts.iter().filter(|it| it.name == "demo-orr-evidence").collect();
    assert_eq!(whole.len(), 2);
    assert_ne!(whole[0].digest, whole[1].digest);
    let inner = |bytes: &[u8]| {
        let limits = thrice_orr::evidence::archive::Limits::default();
        let mut entries = thrice_orr::evidence::archive::read(bytes, limits).unwrap();
        entries.sort_by(|one, other| one.path.cmp(&other.path));
        entries
    };
    assert_eq!(inner(&whole[0].bytes), inner(&whole[1].bytes));
}

#[test]
fn dispatches_are_answered_as_each_kind_of_server_does() {
    let (world, simulator) = pushed();
    let path = "repos/o/r/actions/workflows/orr.yml/dispatches";
    let send = |body: Value| send(&simulator, &world, "POST", path, &body);
    let plain = json!({ "ref": "sandbox", "inputs": { "nonce": "n" } });
    let asking = json!({ "ref": "sandbox", "return_run_details": true });
    assert_eq!(send(plain.clone()).0, 204);
    assert_eq!(send(asking.clone()).0, 200);
    simulator.state().dispatching = Dispatching::Refused;
    assert_eq!(send(asking.clone()).0, 400);
    assert_eq!(send(plain.clone()).0, 204);
    simulator.state().dispatching = Dispatching::Ignored;
    assert_eq!(send(asking).0, 204);
    simulator.state().dispatching = Dispatching::Always;
    assert_eq!(send(plain).0, 200);
    assert_eq!(send(json!({ "ref": "gone" })).0, 422);
    assert_eq!(send(json!({ "ref": "sandbox", "inputs": { "other": "1" } })).0, 422);
    assert_eq!(simulator.state().runs.len(), 5);
    let listed = read(&simulator, &world, "repos/o/r/actions/runs?branch=sandbox&per_page=2");
    assert_eq!(
        (&listed["total_count"], listed["workflow_runs"].as_array().unwrap().len()),
        (&json!(5), 2)
    );
    let ids: Vec<_> = simulator.state().runs.iter().map(|run| run.id).collect();
    assert!(ids.is_sorted() && ids.windows(2).all(|two| two[1] > two[0] + 1), "{ids:?}");
}

#[test]
fn pages_are_linked_and_gh_follows_them() {
    let (world, simulator) = pushed();
    for number in 0..5 {
        let body = json!({ "title": format!("issue {number}") });
        assert_eq!(send(&simulator, &world, "POST", "repos/o/r/issues", &body).0, 201);
    }
    let ran = simulator
        .gh(&world, ["api", "--paginate", "repos/o/r/issues?per_page=2", "-q", ".[].number"]);
    assert_eq!(ran.stdout, "5\n4\n3\n2\n1\n");
    let first = simulator.gh(&world, ["api", "-i", "repos/o/r/issues?per_page=2&page=2"]).stdout;
    let link = first.lines().find(|line| line.starts_with("Link: ")).unwrap();
    for relation in ["prev", "next", "last", "first"] {
        assert!(link.contains(&format!("rel=\"{relation}\"")), "{link}");
    }
}

#[test]
fn what_has_not_changed_is_304_and_free() {
    let (world, simulator) = pushed();
    let first = simulator.gh(&world, ["api", "-i", "repos/o/r"]).stdout;
    let tag = first.lines().find_map(|line| line.strip_prefix("Etag: ")).unwrap().to_owned();
    let left = simulator.state().limit.left;
    let header = format!("If-None-Match: {tag}");
    let again = simulator.gh(&world, ["api", "-i", "-H", &header, "repos/o/r"]);
    assert!(again.stdout.starts_with("HTTP/1.1 304"), "{again:?}");
    assert_eq!(simulator.state().limit.left, left);
}

#[test]
fn a_pull_request_follows_its_branch() {
    let (world, simulator) = pushed();
    let body = json!({ "title": "t", "head": "sandbox", "base": "main", "body": "b" });
    let (status, pull) = send(&simulator, &world, "POST", "repos/o/r/pulls", &body);
    assert_eq!((status, &pull["changed_files"]), (201, &json!(1)));
    assert_eq!(send(&simulator, &world, "POST", "repos/o/r/pulls", &body).0, 422);
    let before = pull["head"]["sha"].clone();
    world.write("src/new.txt", "newer\n");
    let head = world.commit("again");
    world.git(["push", "--quiet", "origin", "sandbox"]);
    let now = read(&simulator, &world, "repos/o/r/pulls/1");
    assert_eq!(now["head"]["sha"], head.as_str());
    assert_ne!(now["head"]["sha"], before);
    let files = read(&simulator, &world, "repos/o/r/pulls/1/files");
    assert_eq!(
        (&files[0]["filename"], &files[0]["status"]),
        (&json!("src/new.txt"), &json!("added"))
    );
    let found = read(&simulator, &world, "repos/o/r/pulls?head=o:sandbox&state=all");
    assert_eq!(found.as_array().unwrap().len(), 1);
    let closed = json!({ "state": "closed" });
    let (status, pull) = send(&simulator, &world, "PATCH", "repos/o/r/pulls/1", &closed);
    assert_eq!((status, &pull["state"]), (200, &json!("closed")));
    let gone = simulator.gh(&world, ["api", "-X", "DELETE", "repos/o/r/git/refs/heads/sandbox"]);
    assert_eq!(gone.status, 0, "{gone:?}");
    assert_eq!(world.git(["ls-remote", "origin", "refs/heads/sandbox"]), "");
}

#[test]
fn gh_s_own_commands_work_against_it() {
    let (world, simulator) = pushed();
    simulator.state().plan = Plan::lasting(60_000);
    let ran =
        simulator.gh(&world, ["workflow", "run", "ORR Exec", "--ref", "sandbox", "-f", "nonce=n"]);
    assert_eq!(ran.status, 0, "{ran:?}");
    let words = ["run", "list", "--workflow", "orr.yml", "--branch", "sandbox"];
    let fields = ["--json", "displayTitle,status,event,headBranch"];
    let listed = simulator.gh(&world, words.iter().chain(&fields));
    let expected = json!([{
        "displayTitle": "ORR n", "event": "workflow_dispatch", "headBranch": "sandbox",
        "status": "queued",
    }]);
    assert_eq!(serde_json::from_str::<Value>(&listed.stdout).unwrap(), expected, "{listed:?}");
    // Each request takes a minute of the clock, so that the run ends while gh watches.
    simulator.state().latency = 60_000;
    let id = simulator.state().runs[0].id.to_string();
    let watched = simulator.gh(&world, ["run", "watch", "-i", "1", "--exit-status", &id]);
    assert_eq!(watched.status, 0, "{watched:?}");
    assert!(watched.stdout.contains("✓ T8 in 1m0s"), "{watched:?}");
    let folder = world.root().join("got");
    let folder = folder.to_str().unwrap();
    let words = ["run", "download", &id, "--name", "demo-orr-evidence", "-D", folder];
    assert_eq!(simulator.gh(&world, words).status, 0);
    assert!(world.root().join("got/scorecards/demo.json").is_file());
}

#[test]
fn faults_strike_where_they_are_reported() {
    let (world, simulator) = pushed();
    let issue = json!({ "title": "t" });
    simulator.fault("GET", "repos/o/r", Which::Only(1), Action::Answer(bad_gateway()));
    let first = simulator.gh(&world, ["api", "-i", "repos/o/r"]);
    assert!(first.stdout.starts_with("HTTP/1.1 502"), "{first:?}");
    assert_eq!(simulator.gh(&world, ["api", "repos/o/r"]).status, 0);

    let accepted = Action::AcceptThenAnswer(Response::empty(503));
    simulator.fault("POST", "issues", Which::Only(1), accepted);
    simulator.fault("POST", "issues", Which::Only(2), Action::AcceptThenDrop);
    simulator.fault("POST", "issues", Which::Only(3), Action::Drop);
    assert_eq!(send(&simulator, &world, "POST", "repos/o/r/issues", &issue).0, 503);
    for effect in [2, 2] {
        let dropped = simulator.gh(&world, ["api", "repos/o/r/issues", "-f", "title=t"]);
        assert_eq!(dropped.status, 1, "{dropped:?}");
        assert_eq!(simulator.state().issues.len(), effect);
    }

    simulator.fault("GET", "/user", Which::Every, Action::Truncate(20));
    let cut = simulator.gh(&world, ["api", "user"]);
    assert!(cut.status == 1 && cut.stderr.contains("unexpected EOF"), "{cut:?}");

    simulator.fault("GET", "/git/ref/", Which::From(2), Action::Drop);
    simulator.fault("GET", "/git/ref/", Which::Only(1), Action::Hang(300));
    let asked = simulator.state().now();
    let begun = std::time::Instant::now();
    assert_eq!(simulator.gh(&world, ["api", "repos/o/r/git/ref/heads/main"]).status, 0);
    assert!(begun.elapsed().as_millis() >= 300);
    for _ in 0..2 {
        assert_eq!(simulator.gh(&world, ["api", "repos/o/r/git/ref/heads/main"]).status, 1);
    }
    assert!(simulator.requests().iter().all(|seen| seen.at == asked), "the clock moved alone");

    simulator.fault("GET", "rate_limit", Which::Every, Action::Stop);
    let mut child = simulator.command(&world, "gh").args(["api", "rate_limit"]).spawn().unwrap();
    crate::support::processes::until("it stops", EVER, || simulator.state().stopped == 1);
    child.kill().unwrap();
    child.wait().unwrap();
}

#[test]
fn plans_decide_what_comes_of_runs() {
    let (world, simulator) = pushed();
    simulator.state().plans.extend([
        Plan::default().job("T4", "failure"),
        Plan::ending("cancelled"),
        Plan::default().waiting("hibernating", 50_000),
        Plan::default().job("T1", "skipped"),
    ]);
    let ids: Vec<_> = (0..5).map(|n| dispatch(&simulator, &world, &n.to_string())).collect();
    simulator.advance(10_000);
    let standing = |id: &u64| {
        let run = read(&simulator, &world, &format!("repos/o/r/actions/runs/{id}"));
        (run["status"].clone(), run["conclusion"].clone())
    };
    assert_eq!(standing(&ids[2]).0, "hibernating");
    simulator.advance(600_000);
    let ended: Vec<_> = ids.iter().map(|id| standing(id).1).collect();
    assert_eq!(ended, ["failure", "cancelled", "success", "success", "success"]);
    let head = world.git(["rev-parse", "HEAD"]);
    let path = format!("repos/o/r/commits/{}/check-runs?check_name=T4&filter=all", head.trim());
    let checks = read(&simulator, &world, &path);
    assert_eq!(checks["total_count"], 5);
    assert!(checks["check_runs"].as_array().unwrap().iter().all(|it| it["app"]["id"] == 15368));
}

#[test]
fn runs_are_executed_for_real_where_a_person_starts_the_server() {
    let (world, simulator) = pushed();
    {
        let mut state = simulator.state();
        (state.clock, state.real) = (Clock::Real, true);
        state.git = Git::at(world.root().join("remote.git"));
    }
    let id = dispatch(&simulator, &world, "now");
    let path = format!("repos/o/r/actions/runs/{id}");
    crate::support::processes::until("the run ends", EVER, || {
        std::thread::sleep(std::time::Duration::from_millis(100));
        read(&simulator, &world, &path)["status"] == "completed"
    });
    let jobs = read(&simulator, &world, &format!("{path}/jobs"));
    let ended: Vec<_> =
        jobs["jobs"].as_array().unwrap().iter().map(|job| &job["conclusion"]).collect();
    assert_eq!(ended, ["success"; 3]);
    let artifacts = read(&simulator, &world, &format!("{path}/artifacts?name=demo-orr-evidence"));
    assert_eq!(artifacts["total_count"], 1, "{artifacts}");
}
