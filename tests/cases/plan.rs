//! `plan new` and `plan check`, as a person sees them.

use std::io::Write;
use std::process::Stdio;

use expect_test::expect;

use super::red_team::world;
use crate::support::{Ran, STILL, World, gate};

/// A world with a patch in the area `source`.
fn patched() -> World {
    let world = world();
    world.write("src/a", "changed\n");
    world.write("scripts/new.sh", "true\n");
    world.commit("patch");
    world
}

#[test]
fn the_plan_is_drafted_from_the_patch_and_passes() {
    let world = patched();
    let ran = world.xtask(["plan", "new"]);
    assert_eq!((ran.status, ran.stderr.as_str()), (0, ""));
    expect![[r#"
        {
          "version": "1.0",
          "base_sha": "[COMMIT]",
          "tasks": [
            {
              "id": "T-SOURCE-01",
              "files": [
                "scripts/new.sh",
                "src/a"
              ],
              "gates": [
                "T4"
              ],
              "evidence": [
                "out/evidence/T4_tests/gate.json"
              ]
            }
          ],
          "constraints": {
            "filemap": "strict",
            "single_patch": true
          }
        }
    "#]]
    .assert_eq(&world.shown(&ran.stdout));
    let written = world.xtask(["plan", "new", "--write", "out/plan.json"]);
    assert_eq!(written.stdout, "plan new: pass\nout/plan.json written\nnext: cargo xtask orr\n");
    assert_eq!(world.read("out/plan.json"), ran.stdout);
    let checked = world.xtask(["plan", "check", "out/plan.json"]);
    assert_eq!(checked.stdout, "plan check: pass\n1 task for 2 paths\nnext: cargo xtask orr\n");
    assert_eq!(piped(&world, &["plan", "check", "-"], ran.stdout.as_bytes()).status, 0);
}

fn piped(world: &World, arguments: &[&str], input: &[u8]) -> Ran {
    let mut command = world.xtask_command(arguments);
    command.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped());
    let mut child = command.spawn().unwrap();
    child.stdin.take().unwrap().write_all(input).unwrap();
    child.wait_with_output().unwrap().into()
}

#[test]
fn a_plan_that_is_not_so_is_reported_line_by_line() {
    let world = patched();
    let plan = world.xtask(["plan", "new"]).stdout;
    let plan = plan
        .replace("\"1.0\"", "1")
        .replace("\"src/a\"", "\"src/../a\"")
        .replace("\"single_patch\"", "\"single_pach\"");
    let ran = piped(&world, &["plan", "check", "-"], plan.as_bytes());
    assert_eq!(ran.status, 1);
    expect![[r#"
        plan check: fail (plan-invalid), exit status 1

        error[plan-invalid]: `version`: this is `1`, where "1.0", in quotes, belongs
          --> standard input:2
           = help: write "1.0", in quotes

        error[plan-invalid]: `tasks[0].files[1]`: `src/../a` is not a plain path below the repository's top
          --> standard input:9
           = help: write a plain path below the repository's top

        error[plan-invalid]: `constraints.single_patch`: this is missing
          --> standard input:19
           = help: add "single_patch"

        error[plan-invalid]: `constraints`: unknown key `single_pach`
          --> standard input:21
           = help: did you mean "single_patch"?

        next: cargo xtask plan new --write out/plan.json
    "#]].assert_eq(&world.shown(&ran.stdout));
    let other = world.xtask(["plan", "new"]).stdout.replace("T4", "T5").replace("src/a", "src/b/c");
    let ran = piped(&world, &["plan", "check", "-"], other.as_bytes());
    assert_eq!(ran.status, 1);
    expect![[r#"
        plan check: fail (plan-invalid), exit status 1

        error[plan-invalid]: `tasks[0].files[1]`: the patch does not touch `src/b/c`
          --> standard input:9
           = help: name only what the patch touches

        error[plan-invalid]: `tasks[0].gates`: `scripts/new.sh` is in the area `source`, which demands `T4`
          --> standard input:11
           = help: add `T4` to the gates of the task

        error[plan-invalid]: `tasks[0].gates[0]`: there is no gate `T5`
          --> standard input:12
           = help: the gates are `T4`

        error[plan-invalid]: `tasks[0].evidence[0]`: no gate leaves `out/evidence/T5_tests/gate.json`
          --> standard input:15
           = help: name what the gates of the task leave

        error[plan-invalid]: `tasks`: no task names `src/a`, which the patch touches
          --> standard input:4
           = help: add it to the task that it belongs to

        1 task for 2 paths
        next: cargo xtask plan new --write out/plan.json
    "#]].assert_eq(&world.shown(&ran.stdout));
}

#[test]
fn what_is_outside_is_in_no_plan() {
    let world = patched();
    world.write("docs/manual", "changed\n");
    world.commit("more");
    let ran = world.xtask(["plan", "new", "--write", "plan.json"]);
    assert_eq!(ran.status, 10);
    expect![[r#"
        plan new: fail (CEC-10), exit status 10

        error[CEC-10]: docs/manual is in no task: no area reaches it
          --> docs/manual
           = help: `cargo xtask filemap check` says more

        note[CEC-10]: `next:` removes these paths from your working tree, and makes one commit of yours
           = help: `git show ORIG_HEAD:PATH > PATH` brings one back

        next: git reset --soft [HEX] && git restore --source=[HEX] --staged --worktree -- docs/manual && git commit --allow-empty --reuse-message=ORIG_HEAD
    "#]]
    .assert_eq(&world.shown(&ran.stdout));
    assert!(!world.path("plan.json").exists());
}

#[test]
fn only_a_plan_is_replaced() {
    let world = patched();
    let ran = world.xtask(["plan", "new", "--write", "src/a"]);
    assert_eq!(ran.status, 2);
    assert!(ran.stdout.contains("src/a exists, and is something other than a plan"), "{ran:?}");
    assert_eq!(world.read("src/a"), "changed\n");
    let missing = world.xtask(["plan", "check", "no-such"]);
    assert_eq!(missing.status, 4);
    assert!(missing.stdout.contains("cannot read no-such"), "{missing:?}");
}

/// Whoever says it: a frozen path alone is a frozen path, and no other reason.
#[test]
fn a_frozen_path_has_one_exit() {
    let world = world();
    let gates =
        format!("stagger = \"0 s\"\n{}{STILL}", gate("T4", "tests", "echo x > $EVIDENCE_DIR/x"));
    world.git(["switch", "--quiet", "main"]);
    world.write("policy/gates.toml", gates);
    world.write(".gitignore", "out/\n");
    world.commit("gates that leave something");
    world.git(["switch", "--quiet", "--create", "frozen"]);
    world.write("src/contract/v1", "something else\n");
    world.commit("frozen");
    assert_eq!(world.xtask(["orr", "--keep-going"]).status, 0);
    for words in [&["orr"][..], &["filemap", "check"], &["plan", "new"], &["pr-body"]] {
        let ran = world.xtask(words);
        let said = format!("{ran:?}");
        assert_eq!(ran.status, 1, "{words:?}: {said}");
        assert!(said.contains("guardrail-frozen") && !said.contains("CEC-10"), "{words:?}: {said}");
    }
}
