//! Policy that is in no commit yet, and the patch that brings the first one.

use crate::support::{PROGRAMME, World, gate};

fn policy(world: &World) {
    world.write("policy/programme.toml", PROGRAMME);
    let gate = gate("T4", "tests", "cat src/a > $EVIDENCE_DIR/told");
    world.write("policy/gates.toml", format!("stagger = \"0 s\"\n{gate}"));
    let areas = "[[areas]]\nname = \"all\"\npaths = [\"src/**\", \"policy/**\"]\n";
    world.write("policy/filemap.toml", areas);
}

#[test]
fn policy_that_is_written_and_not_committed_is_told_with_what_to_type() {
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
    // What it says to type leads on.
    world.git(["add", "policy"]);
    world.git(["commit", "--quiet", "-m", "Add the policy"]);
    assert_eq!(world.xtask(["orr"]).status, 0);
}

#[test]
fn the_patch_that_brings_the_first_policy_goes_the_whole_way() {
    let world = World::new();
    world.write("src/a", "1\n");
    world.commit("begin");
    world.git(["switch", "--quiet", "--create", "patch"]);
    policy(&world);
    world.write("src/a", "2\n");
    world.commit("bring the policy");
    let ran = world.xtask(["filemap", "check"]);
    assert_eq!(ran.status, 3, "{ran:?}");
    assert!(ran.stdout.contains("has no policy, and this patch brings one"), "{ran:?}");
    assert!(ran.stdout.contains("add `--policy HEAD:policy` to the command"), "{ran:?}");
    let with =
        |arguments: &[&str]| world.xtask(["--policy", "HEAD:policy"].iter().chain(arguments));
    for arguments in [
        &["plan", "new", "--write", "out/plan.json"][..],
        &["plan", "check", "out/plan.json"],
        &["orr"],
        &["orr", "status"],
    ] {
        let ran = with(arguments);
        assert_eq!(ran.status, 0, "{arguments:?}: {ran:?}");
    }
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
