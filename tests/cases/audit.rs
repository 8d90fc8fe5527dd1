//! `audit`: what came by a pull request, what was pushed, and what cannot be seen.

use expect_test::expect;
use serde_json::json;

use super::pr_merge_check::{Ready, patched_on, ruleset};
use super::pr_merge_stops::{MITIGATED, RISK, has_recorded};
use crate::support::sampling::sample;
use crate::support::{Ran, World, XTASK};

/// A push to main, and what the server keeps of it.
fn moved(ready: &Ready, kind: &str, before: &str, after: &str) {
    let forced = format!("+{after}:refs/heads/main");
    ready.world.git(["push", "--quiet", "origin", &forced]);
    kept(ready, kind, before, after);
}

/// What the server keeps of a move of main.
fn kept(ready: &Ready, kind: &str, before: &str, after: &str) {
    kept_at(ready, "2026-02-01T01:00:00Z", kind, before, after);
}

fn kept_at(ready: &Ready, at: &str, kind: &str, before: &str, after: &str) {
    let entry = json!({
        "id": 1, "node_id": "PSH_1", "before": before, "after": after, "ref": "refs/heads/main",
        "timestamp": at, "activity_type": kind,
        "actor": { "login": "mallory" },
    });
    ready.simulator.state().activity.get_or_insert_default().insert(0, entry);
}

fn audit(ready: &Ready, arguments: &[&str]) -> Ran {
    let all = ["audit"].iter().chain(arguments);
    ready.simulator.xtask(&ready.world, all)
}

/// The button of GitHub, pressed as the rules of the repository allow it.
#[test]
fn each_way_to_merge_is_what_status_types_and_audit_names() {
    let ways = [("squash", "#1, squashed"), ("merge", "#1, merged"), ("rebase", "#1, rebased")];
    for (method, named) in sample(ways.into_iter().rev(), 1) {
        let mut rules = ruleset().rules;
        let pulls = rules.iter_mut().find(|rule| rule["type"] == "pull_request").unwrap();
        pulls["parameters"]["allowed_merge_methods"] = json!([method]);
        let more = |world: &World| world.write("r.json", json!({ "rules": rules }).to_string());
        let (world, branch, _) = patched_on(more, &[("src/b", "3\n")]);
        world.write("src/c", "4\n");
        let head = world.commit("more of the patch");
        let ready = Ready::of((world, branch, head.clone()));
        ready.simulator.state().rulesets[0].rules = rules;
        let world = &ready.world;
        let types = |line: &str| {
            let ran = Ran::typed(ready.simulator.command(world, "sh"), line);
            assert_eq!(ran.status, 0, "{line}: {ran:#?}");
            ran
        };
        types("cargo xtask pr merge-check 1");
        let line = types("cargo xtask status").next().to_owned();
        assert_eq!(line, format!("gh pr merge 1 --{method} --match-head-commit {head}"));

        // `gh pr merge` asks GraphQL, which the simulator has not.
        let base = world.git(["rev-parse", "main"]).trim().to_owned();
        let put = "gh api --method PUT --silent 'repos/{owner}/{repo}/pulls/1/merge'";
        for other in ways.iter().map(|way| way.0).filter(|other| *other != method) {
            let ran = Ran::typed(
                ready.simulator.command(world, "sh"),
                &format!("{put} -f merge_method={other}"),
            );
            assert!(ran.stderr.contains("(HTTP 405)"), "{ran:?}");
        }
        types(&format!("{put} -f merge_method={method} -f sha={head}"));
        let next = types("cargo xtask status").next().to_owned();
        assert!(next.starts_with("git switch main && git "), "{next}");
        types(&next);
        assert_eq!((world.read("src/b"), world.read("src/c")), ("3\n".into(), "4\n".into()));
        assert_eq!(types("cargo xtask status").stdout.split(' ').next(), Some("PLANNING"));

        let landed = world.git(["rev-parse", "HEAD"]).trim().to_owned();
        kept(&ready, "pr_merge", &base, &landed);
        let ran = types("cargo xtask audit --on github");
        let row = ran.stdout.lines().find(|line| line.contains(named)).unwrap_or_default();
        assert!(row.ends_with(" proven"), "{ran:#?}");
    }
}

#[test]
fn what_came_by_a_pull_request_is_proven_and_the_rest_named() {
    let ready = Ready::new();
    let world = &ready.world;
    let base = world.git(["rev-parse", "main"]).trim().to_owned();
    world.git(["switch", "--quiet", "main"]);
    world.git(["merge", "--quiet", "--squash", &ready.branch]);
    let squashed = world.commit("The patch (#1)");
    ready.simulator.state().merge(1, &squashed);
    moved(&ready, "pr_merge", &base, &squashed);
    let ran = audit(&ready, &["--on", "github"]);
    expect![[r#"
        audit: 2 commits came as the rules say
        commit        what            came by           answer  why
        [HEX]  The patch (#1)  #1, squashed      proven
        [HEX]  base            the first commit  proven

        main at [HEX]
    "#]]
    .assert_eq(&world.shown(&ran.stdout));
    assert_eq!(ran.status, 0, "{ran:?}");

    // This clone alone knows nothing of how it came.
    let ran = world.xtask(["audit"]);
    expect![[r#"
        audit: 2 commits: 1 as the rules say, 0 around the rules, 1 unknown, exit status 4

        commit        what            came by           answer           why
        [HEX]  The patch (#1)  says #1           not established
        [HEX]  base            the first commit  proven

        main at [HEX]

        error[audit-unseen]: how [HEX] `The patch (#1)` came here is not to be seen in this clone
           = help: ask GitHub: `cargo xtask audit --on github`

    "#]]
    .assert_eq(&world.shown(&ran.stdout));
    assert_eq!(ran.status, 4, "{ran:?}");

    // Somebody pushes, and then takes it away again by force; and the approval, it turns out,
    // came after the merge.
    world.write("src/c", "5\n");
    let pushed = world.commit("quick fix");
    moved(&ready, "push", &squashed, &pushed);
    world.git(["reset", "--quiet", "--hard", &squashed]);
    world.git(["revert", "--no-edit", &squashed]);
    let late = ready.simulator.state().pulls[0].merged.unwrap() + 1_000;
    ready.simulator.state().pulls[0].reviews[0].submitted = late;
    let reverted = world.git(["rev-parse", "HEAD"]).trim().to_owned();
    moved(&ready, "force_push", &pushed, &reverted);
    let ran = audit(&ready, &["--on", "github", "--since", "2026-01-01"]);
    expect![[r#"
        audit: 3 commits: 1 as the rules say, 2 around the rules, 0 unknown, exit status 1

        commit        what                     came by           answer     why
        [HEX]  Revert "The patch (#1)"  pushed            disproven
        [HEX]  The patch (#1)           #1, squashed      disproven  approvals: approved by somebody who may write: nobody
        [HEX]  base                     the first commit  proven

        main at [HEX], since [TIME]

        error[audit-bypass]: #1 was merged as [HEX] without approvals: approved by somebody who may write: nobody
           = help: find out who merged it and how, have it reviewed now, and close the way: `cargo xtask rulesets check`

        error[audit-direct]: [HEX] `Revert "The patch (#1)"` was pushed, not merged by a pull request, by `mallory` at [TIME]
           = help: have it reviewed now by a pull request that changes or reverts it, and let the ruleset demand pull requests of everybody: `cargo xtask rulesets check`

        note[audit-revert]: [HEX] reverts [HEX]

        error[audit-forced]: the default branch was forced from [HEX] to [HEX], by `mallory` at [TIME]
           = help: ask whoever did it why, look at what is gone (`git log` of the first commit), and let the ruleset forbid it: `cargo xtask rulesets check`

    "#]].assert_eq(&world.shown(&ran.stdout));
    assert_eq!(ran.status, 1, "{ran:?}");

    // The server does not report pushes.
    ready.simulator.state().activity = None;
    let ran = audit(&ready, &["--on", "github", "--since", "2027-01-01"]);
    assert_eq!(ran.status, 4, "{ran:?}");
    assert!(ran.stdout.contains("whether pushes to main were forced is not reported"), "{ran:?}");
    assert!(ran.stdout.starts_with("audit: 0 commits: "), "{ran:?}");
}

/// A commit that somebody made on their own main during a freeze, and that a pull request brings
/// after it. The server proves that, in each clone. It doesn't where its branch was at the commit,
/// or where it does not say how its branch moved, be it only at that time.
#[test]
fn what_a_proven_merge_brought_after_a_freeze_went_round_nothing() {
    let entries = [("risk", RISK, true), ("risk", MITIGATED, true)];
    let recorded = |world: &World| has_recorded(world, &entries);
    let ready = Ready::of(patched_on(recorded, &[("src/b", "3\n")]));
    let (world, simulator, branch) = (&ready.world, &ready.simulator, &ready.branch);
    let base = world.git(["rev-parse", "main"]).trim().to_owned();
    let at = |time: &str, lines: &str| {
        let mut shell = world.command("sh");
        shell.env("GIT_AUTHOR_DATE", time).env("GIT_COMMITTER_DATE", time);
        let ran = Ran::from(shell.args(["-ec", lines]).output().unwrap());
        assert_eq!(ran.status, 0, "{lines}: {ran:?}");
    };
    let own =
        "git switch --quiet main; echo 4 >src/c; git add --all; git commit --quiet -m on-my-own";
    at("2026-01-31T12:01:30Z", own);
    let merge = format!(
        "git switch --quiet {branch}; git merge --quiet --no-edit --no-ff main; \
        git push --quiet origin {branch}"
    );
    at("2026-01-31T12:40:00Z", &merge);
    let mine = world.git(["rev-parse", "main"]).trim().to_owned();
    let head = world.git(["rev-parse", "HEAD"]).trim().to_owned();
    let put = "gh api --method PUT --silent 'repos/{owner}/{repo}/pulls/1/merge'";
    let ran = Ran::typed(
        simulator.command(world, "sh"),
        &format!("{put} -f merge_method=merge -f sha={head}"),
    );
    assert_eq!(ran.status, 0, "{ran:?}");
    world.git(["fetch", "--quiet", "origin"]);
    let merged = world.git(["rev-parse", "origin/main"]).trim().to_owned();
    kept(&ready, "pr_merge", &base, &merged);
    world.git(["clone", "--quiet", "../remote.git", "../other"]);

    let named = format!("{} `on-my-own` was merged while R-1 froze merges", &mine[..12]);
    let asked = |clone: &str, arguments: &[&str]| {
        let mut command = simulator.command(world, XTASK);
        let folder = world.root().join(clone);
        Ran::from(command.current_dir(folder).arg("audit").args(arguments).output().unwrap())
    };
    let ran = asked("other", &["--on", "github"]);
    assert!(ran.status == 1 && ran.stdout.contains(&named), "{ran:?}");
    kept_at(&ready, "2026-01-31T12:01:30Z", "branch_creation", &"0".repeat(40), &base);
    for clone in ["repo", "other"] {
        // The merge lacks what it lacks; nothing is said of what it brought.
        let ran = asked(clone, &["--on", "github"]);
        assert!(ran.stdout.contains(" #1, merged "), "{clone}: {ran:?}");
        assert!(
            !["R-1", "on-my-own", &mine[..12]].iter().any(|it| ran.stdout.contains(it)),
            "{ran:?}"
        );
        let alone = asked(clone, &[]).stdout;
        assert!(alone.contains(&named), "{clone}: {alone}");
    }
    kept(&ready, "push", &base, &mine);
    let ran = asked("repo", &["--on", "github"]);
    assert!(ran.status == 1 && ran.stdout.contains(&named), "{ran:?}");
    simulator.state().activity = None;
    let ran = asked("other", &["--on", "github"]);
    assert!(ran.status == 1 && ran.stdout.contains(&named), "{ran:?}");
}
