//! `release`: docs/release.md, run; and what only a whole program can get wrong.

use serde_json::{Value, json};

use crate::support::Ran;
use crate::support::github::{Action, Which, bad_gateway};
use crate::support::pages::{Shell, prints_what_it_says};
use crate::support::releases::{RC, RULES, Released};

/// The whole way: candidate, soak, release, deployment, proof.
#[test]
fn the_document_prints_what_it_says() {
    let fixture = Released::new();
    let shell = Shell::begin(&fixture.world, "");
    std::os::unix::fs::symlink("/bin/sh", fixture.world.root().join("bin/sh")).unwrap();
    prints_what_it_says("docs/release.md", 8, |step| {
        if step.script.contains("# three hours later") {
            fixture.hours(3);
        }
        shell.run(fixture.simulator.command(&fixture.world, "bash"), step)
    });
    let state = fixture.simulator.state();
    let out: Vec<(&str, bool, bool)> =
        state.releases.iter().map(|it| (it.tag.as_str(), it.prerelease, it.immutable)).collect();
    assert_eq!(out, [(RC, true, true), ("v1.4.0", false, true)]);
}

/// The codes that refuse.
fn codes(ran: &Ran) -> Vec<String> {
    let said: Value = serde_json::from_str(&ran.stdout).unwrap_or_else(|e| panic!("{e}: {ran:?}"));
    let refusals = said["findings"].as_array().unwrap().iter();
    let refusals = refusals.filter(|finding| finding["severity"] == "refuse");
    let mut codes: Vec<String> =
        refusals.map(|finding| finding["code"].as_str().unwrap().to_owned()).collect();
    codes.sort();
    codes.dedup();
    codes
}

/// What is refused before anything is asked of anybody.
#[test]
fn a_command_that_names_no_full_commit_or_version_is_wrong_usage() {
    let world = crate::support::World::with_script("true");
    let sha = "a".repeat(40);
    for (arguments, code) in [
        (vec!["rc", "--sha", "main", "--version", "1.4.0"], "release-sha"),
        (vec!["rc", "--sha", "HEAD", "--version", "1.4.0"], "release-sha"),
        (vec!["rc", "--sha", &sha[..12], "--version", "1.4.0"], "release-sha"),
        (vec!["rc", "--sha", &sha, "--version", "1.4"], "release-version"),
        (vec!["rc", "--sha", &sha, "--version", "v1.4.0"], "release-version"),
        (vec!["rc", "--sha", &sha, "--version", "1.4.0-rc.1"], "release-version"),
        (vec!["ga", "--sha", "main"], "release-sha"),
    ] {
        let ran = world.xtask([&["release"], &arguments[..]].concat());
        assert_eq!(ran.status, 2, "{arguments:?}: {ran:?}");
        assert!(ran.stdout.contains(&format!("error[{code}]")), "{arguments:?}: {ran:?}");
    }
    let ran = world.xtask(["release", "rc", "--sha", &sha, "--version", "1.4.0"]);
    assert_eq!(ran.status, 4, "{ran:?}");
    assert!(ran.stdout.contains("there is no remote `origin`"), "{ran:?}");
}

/// One thing wrong after the other, asked of git and the server for real.
#[test]
fn what_is_wrong_in_a_world_is_refused_with_its_code() {
    let fixture = Released::new();
    let json = |ran: Ran| (ran.status, codes(&ran));
    let reported = |code: &str| vec![code.to_owned()];
    let dry = ["--format", "json"];
    assert_eq!(json(fixture.rc(&dry)), (0, vec![]));
    // On a machine, nobody asks for the server's checks, nor is there a decision of it.
    let local = json(fixture.rc(&["--format", "json", "--on", "local"]));
    assert_eq!(local, (4, reported("release-machine")));
    // Another commit than the reviewed one.
    let both = vec!["check-missing".to_owned(), "release-orr".to_owned()];
    let parent = fixture.world.git(["rev-parse", "main~1"]);
    let of_parent =
        ["release", "rc", "--sha", parent.trim(), "--version", "1.4.0", "--format", "json"];
    assert_eq!(json(fixture.xtask(&of_parent)), (1, both.clone()));
    // A commit that is not merged.
    fixture.world.git(["switch", "--quiet", "--create", "beside"]);
    let beside = fixture.world.commit("beside");
    fixture.world.git(["switch", "--quiet", "main"]);
    let of_beside = ["release", "rc", "--sha", &beside, "--version", "1.4.0", "--format", "json"];
    let (status, codes_of_beside) = json(fixture.xtask(&of_beside));
    // GitHub does not even know it.
    let of_beside = ["github-refused", "release-commit", "release-orr"];
    assert_eq!((status, codes_of_beside), (1, of_beside.map(str::to_owned).to_vec()));
    // A lightweight tag in the way, and an annotated one that somebody made by hand.
    fixture.world.git(["push", "--quiet", "origin", &format!("{}:refs/tags/{RC}", fixture.sha)]);
    assert_eq!(json(fixture.rc(&dry)), (1, reported("release-tag-light")));
    fixture.world.git(["push", "--quiet", "origin", &format!(":refs/tags/{RC}")]);
    fixture.world.git(["tag", "--annotate", "--message", "by hand", RC, &fixture.sha]);
    assert_eq!(json(fixture.rc(&dry)), (1, reported("release-tag-exists")));
    fixture.world.git(["push", "--quiet", "origin", RC]);
    fixture.world.git(["tag", "--delete", RC]);
    assert_eq!(json(fixture.rc(&dry)), (1, reported("release-tag-exists")));
    let ga = json(fixture.ga(&dry));
    assert_eq!(ga.0, 1);
    assert!(ga.1.contains(&"release-message".to_owned()), "{ga:?}");
    let deploy = |tag: &str, environment: &str| {
        let words = ["release", "log", "deploy", "--env", environment, "--tag", tag];
        json(fixture.xtask(&[&words[..], &["--result", "failed", "--format", "json"]].concat()))
    };
    assert_eq!(deploy("main", "production"), (1, reported("release-deploy")));
    assert_eq!(deploy(&fixture.sha, "production"), (1, reported("release-deploy")));
    assert_eq!(deploy(RC, "staging"), (1, reported("release-deploy")));
    fixture.world.git(["push", "--quiet", "origin", &format!(":refs/tags/{RC}")]);
    // Runs that were not green, a risk, a server that locks nothing.
    fixture.simulator.state().runs[0].conclusion = "failure".into();
    assert_eq!(json(fixture.rc(&dry)), (20, reported("CEC-20")));
    fixture.simulator.state().runs[0].conclusion = "success".into();
    fixture.simulator.state().immutable_releases = false;
    assert_eq!(json(fixture.rc(&dry)), (1, reported("release-mutable")));
    fixture.simulator.state().immutable_releases = true;
    fixture.simulator.fault("GET", "/check-runs", Which::Every, Action::Answer(bad_gateway()));
    assert_eq!(json(fixture.rc(&dry)), (4, reported("github-unreachable")));
    fixture.simulator.state().faults.clear();
    let risk = |state: &str| json!({ "risk": "R-1", "state": state, "severity": "critical", "title": "t" });
    fixture.says("ana", "risk", &risk("open"));
    assert_eq!(json(fixture.rc(&dry)), (1, reported("release-risk")));
    fixture.says("ana", "risk", &risk("mitigated"));
    assert_eq!(json(fixture.rc(&dry)), (0, vec![]));
    // A ledger that was edited.
    let tip = fixture.world.ledger_tip().unwrap();
    fixture.world.rewrite_ledger(fixture.world.ledger().concat().replace("critical", "medium"));
    assert_eq!(json(fixture.rc(&dry)), (1, reported("release-ledger")));
    fixture.world.place_ledger(&tip);
    fixture.world.forget_ledger();
    fixture.world.git(["config", "--unset", "user.signingkey"]);
    assert_eq!(json(fixture.rc(&dry)), (1, reported("release-key")));
    assert!(!fixture.world.path("out/release").join(RC).exists(), "something was begun");
    assert_eq!(fixture.simulator.count("POST", "/releases"), 0);
}

/// Two lines, and a candidate and a release of each on one commit, are told apart.
#[test]
fn two_lines_on_one_commit_are_told_apart() {
    let fixture = Released::by(&RULES.replace("[approvals]\nga = [\"po\"]\n", ""));
    let rc = |version: &str| {
        let words = ["release", "rc", "--sha", &fixture.sha, "--version", version, "--execute"];
        let ran = fixture.xtask(&words);
        assert_eq!(ran.status, 0, "{ran:?}");
    };
    rc("1.4.0");
    rc("2.0.0");
    fixture.hours(3);
    let ran = fixture.xtask(&["release", "ga", "--sha", &fixture.sha]);
    assert_eq!(ran.status, 2, "{ran:?}");
    assert!(ran.stdout.contains("1.4.0, 2.0.0 all have a candidate on"), "{ran:?}");
    for tag in ["v2.0.0-rc.1", RC] {
        let ran = fixture.xtask(&["release", "ga", "--from", tag, "--execute"]);
        assert_eq!(ran.status, 0, "{ran:?}");
    }
    for tag in ["v1.4.0", "v2.0.0", RC, "v2.0.0-rc.1"] {
        let ran = fixture.xtask(&["release", "verify", tag]);
        assert_eq!(ran.status, 0, "{tag}: {ran:?}");
        let stage = if tag.contains("rc") { "rc " } else { "ga " };
        assert!(ran.stdout.contains(&format!("{stage}{}", &tag[1..])), "{tag}: {ran:?}");
    }
    let all = ["v1.4.0", "v2.0.0"].map(|tag| {
        let object = fixture.world.git(["cat-file", "tag", tag]);
        object.lines().find(|line| line.starts_with("rc: ")).unwrap().to_owned()
    });
    assert_eq!(all, ["rc: v1.4.0-rc.1", "rc: v2.0.0-rc.1"]);
    // A tag under another's name is found out by its own words.
    fixture.world.git(["push", "--quiet", "origin", "v1.4.0:refs/tags/v1.4.1"]);
    let ran = fixture.xtask(&["release", "verify", "v1.4.1"]);
    assert_eq!(ran.status, 1, "{ran:?}");
    assert!(ran.stdout.contains("the tag says its name `v1.4.0`"), "{ran:?}");
}

/// GitHub takes 125,000 characters; a thousand commits have more to say.
#[test]
fn notes_that_are_too_long_are_a_file_of_the_release() {
    let released = Released::new();
    let long: String =
        (0..3_000).map(|n| format!("- change {n:05}, with a title of some length\n")).collect();
    assert!(long.len() > 125_000);
    // A machine that knew a smaller limit, or none, began it: the tag is on the remote, and
    // GitHub refused the draft.
    let ran = released.rc(&["--execute"]);
    assert_eq!(ran.status, 0, "{ran:?}");
    let folder = "out/release/v1.4.0-rc.1";
    let journal = released.world.read(&format!("{folder}/journal.jsonl"));
    let notes = released.world.read(&format!("{folder}/NOTES.md"));
    let whole = format!("{notes}{long}");
    let digest = |text: &str| thrice_orr::evidence::manifest::sha256_hex(text.as_bytes());
    let begun: String = journal
        .replace(&digest(&notes), &digest(&whole))
        .split_inclusive('\n')
        .take_while(|line| !line.contains("\"draft_began\""))
        .collect();
    assert!(begun.contains("\"pushed\"") && begun.contains(&digest(&whole)), "{begun}");
    released.world.write(&format!("{folder}/NOTES.md"), &whole);
    released.world.write(&format!("{folder}/journal.jsonl"), begun);
    released.world.git(["checkout", "--quiet", "--", "."]);
    released.world.without_ledger();
    released.simulator.state().releases.clear();
    released.simulator.state().burnt_tags.clear();
    let ran = released.rc(&["--execute"]);
    assert_eq!(ran.status, 0, "{ran:?}");
    {
        let state = released.simulator.state();
        let release = state.releases.first().unwrap();
        let body = release.body.clone().unwrap();
        assert!(
            body.chars().count() <= 125_000 && body.contains("the file NOTES.md of this release")
        );
        let file = release.assets.iter().find(|asset| asset.name == "NOTES.md").unwrap();
        assert_eq!(file.bytes, whole.as_bytes());
    }
    let ran = released.xtask(&["release", "verify", "v1.4.0-rc.1"]);
    assert_eq!(ran.status, 0, "{ran:?}");
}

/// A stage that policy names comes before the candidate, has its own approvals, and may go
/// where policy lets it.
#[test]
fn a_beta_comes_before_its_candidate() {
    let rules =
        format!("stages = [\"beta\"]\n{RULES}").replace("needs = \"rc\"", "needs = \"beta\"");
    let fixture = Released::by(&rules.replace("ga = [\"po\"]", "ga = [\"po\"]\nbeta = [\"po\"]"));
    let told = |ran: Ran, status, said: &str| {
        assert_eq!(ran.status, status, "{said}: {ran:?}");
        assert!(ran.stdout.contains(said), "{said}: {ran:?}");
    };
    let sha = fixture.sha.as_str();
    let pre = |stage: &str, more: &[&str]| {
        let words = ["release", "pre", stage, "--sha", sha, "--version", "1.4.0"];
        fixture.xtask(&[&words[..], more].concat())
    };
    let approves = |stage: &str| {
        fixture.world.is_used_by("ana");
        let ran = fixture.xtask(&["approve", "release", "--sha", sha, "--stage", stage]);
        fixture.world.is_used_by("bob");
        ran
    };
    told(pre("gamma", &[]), 1, "policy/release.toml names beta, rc, ga");
    told(approves("gamma"), 1, "no stage of releases is called `gamma`");
    told(approves("rc"), 1, "no release waits for an approval at the stage `rc`");
    let again = format!("`cargo xtask release pre beta --sha {sha} --version 1.4.0 --execute`");
    told(fixture.rc(&["--execute"]), 1, &again);
    let approval = format!("approve release --sha {sha} --stage beta`");
    told(pre("beta", &["--execute"]), 1, &approval);
    told(approves("beta"), 0, "may become beta");
    told(pre("beta", &["--execute"]), 0, "v1.4.0-beta.1 is out: ");
    told(fixture.xtask(&["release", "verify", "v1.4.0-beta.1"]), 0, "beta 1.4.0-beta.1");
    told(fixture.rc(&["--execute"]), 0, "v1.4.0-rc.1 is out: ");
    let deploy = |environment: &str| {
        let words = ["release", "log", "deploy", "--env", environment, "--tag", "v1.4.0-beta.1"];
        fixture.xtask(&[&words[..], &["--result", "succeeded"]].concat())
    };
    told(deploy("production"), 1, "production takes releases, `v1.4.0-beta.1` is a beta");
    told(deploy("staging"), 0, "v1.4.0-beta.1 on staging: succeeded");
    let state = fixture.simulator.state();
    let out: Vec<_> = state.releases.iter().map(|it| (it.tag.as_str(), it.prerelease)).collect();
    assert_eq!(out, [("v1.4.0-beta.1", true), (RC, true)]);
}
