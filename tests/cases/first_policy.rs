//! Policy that is in no commit yet, and the patch that brings the first one.

use crate::support::policies::SANDBOX_BRANCHES;
use crate::support::{PROGRAMME, Ran, World, gate};

fn policy(world: &World) {
    world.write("policy/programme.toml", PROGRAMME);
    let gate = gate("T4", "tests", "cat src/a > $EVIDENCE_DIR/reported");
    world.write("policy/gates.toml", format!("stagger = \"0 s\"\n{gate}"));
    let areas = "[[areas]]\nname = \"all\"\npaths = [\"src/**\", \"policy/**\"]\n";
    world.write("policy/filemap.toml", areas);
}

#[test]
fn policy_that_is_written_and_not_committed_is_reported_with_what_to_type() {
    let world = World::new();
    world.write("src/a", "1\n");
    world.commit("begin");
    policy(&world);
    for command in [&["orr"][..], &["orr", "status"]] {
        let ran = world.xtask(command);
        assert_eq!(ran.status, 3, "{command:?}: {ran:?}");
        assert!(
            ran.stdout.contains("policy/ is written, but not committed"),
            "{command:?}: {ran:?}"
        );
        assert!(
            ran.stdout.contains("`git add policy && git commit -m \"Adopt the readiness review\"`")
        );
    }
    // What it says to type leads on, as it stands.
    let said = world.xtask(["orr"]).stdout;
    let (_, line) = said.split_once("`git add").unwrap();
    let line = format!("git add{}", line.split_once('`').unwrap().0);
    let typed = Ran::typed(world.command("sh"), &line);
    assert_eq!(typed.status, 0, "{line}: {typed:?}");
    assert_eq!(world.xtask(["orr"]).status, 0);
}

#[test]
fn the_patch_that_brings_the_first_policy_goes_the_whole_way() {
    let world = World::new();
    world.write("src/a", "1\n");
    let base = world.commit("begin");
    let branch = format!("demo-codex-20260101-0001-{}", &base[..7]);
    world.git(["switch", "--quiet", "--create", &branch]);
    policy(&world);
    world.write("policy/branches.toml", SANDBOX_BRANCHES);
    world.write("src/a", "2\n");
    world.commit("I-1: bring the policy");
    let ran = world.xtask(["filemap", "check"]);
    assert_eq!(ran.status, 3, "{ran:?}");
    assert!(ran.stdout.contains("has no policy, and this patch brings one"), "{ran:?}");
    assert!(ran.stdout.contains("add `--policy HEAD:policy` to the command"), "{ran:?}");
    // Where nobody named it, what is next does.
    let status = world.xtask(["status"]);
    assert_eq!(status.next(), "cargo xtask --policy HEAD:policy status");
    let with =
        |arguments: &[&str]| world.xtask(["--policy", "HEAD:policy"].iter().chain(arguments));
    for arguments in [
        &["plan", "new", "--write", "out/plan.json"][..],
        &["plan", "check", "out/plan.json"],
        &["filemap", "check"],
        &["branch", "check", &branch],
        &["gates", "list"],
        &["orr"],
        &["orr", "status"],
        &["status"],
    ] {
        let ran = with(arguments);
        assert_eq!(ran.status, 0, "{arguments:?}: {ran:?}");
    }
    // What it says to type next is of the same rules, and works as it stands.
    let status = world.xtask(status.next().split(' ').skip(2));
    let next = status.next();
    assert_eq!(next, "cargo xtask --policy HEAD:policy pr-body --write out/body.md");
    let body = world.xtask(next.split(' ').skip(2));
    assert_eq!(body.status, 0, "{body:?}");
    // What this policy has no gate for is not applicable, and no rule is missing.
    let review = with(&["review", "--body", "out/body.md"]);
    assert_eq!(review.status, 0, "{review:?}");
    assert!(!review.stdout.contains("policy-missing"), "{review:?}");
}

#[test]
fn a_gate_that_is_run_alone_says_what_it_judged() {
    let world = World::new();
    policy(&world);
    world.write("src/a", "1\n");
    world.commit("all");
    let ran = world.xtask(["gates", "run"]);
    assert!(ran.stdout.contains("T4 judged the working tree\n"), "{ran:?}");
}

#[test]
fn the_first_policy_on_the_default_branch_is_reviewed_and_then_pushed() {
    let world = World::new();
    world.write("src/a", "1\n");
    world.commit("begin");
    world.git(["init", "--quiet", "--bare", "--initial-branch=main", "../remote.git"]);
    world.git(["remote", "add", "origin", "../remote.git"]);
    world.git(["push", "--quiet", "--set-upstream", "origin", "main"]);
    world.git(["remote", "set-head", "origin", "main"]);
    policy(&world);
    world.commit("adopt");
    let status = world.xtask(["status"]);
    assert_eq!(status.next(), "cargo xtask orr", "{status:?}");
    let review = world.xtask(["orr"]);
    assert_eq!((review.status, review.next()), (0, "git push origin main"), "{review:?}");
    let status = world.xtask(["status"]);
    assert!(status.stdout.starts_with("ORR_OK  "), "{status:?}");
    assert!(status.stdout.contains("  patch   proven  it brings the first rules\n"), "{status:?}");
    assert!(!status.stdout.contains("body") && !status.stdout.contains("missing"), "{status:?}");
    let pushed = Ran::typed(world.command("sh"), review.next());
    assert_eq!(pushed.status, 0, "{pushed:?}");
    let status = world.xtask(["status"]);
    assert!(!status.stdout.contains("policy-missing"), "{status:?}");
    assert!(status.next().starts_with("git switch --no-track --create "), "{status:?}");
}
