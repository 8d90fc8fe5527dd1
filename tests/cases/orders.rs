//! Whatever order commands come in, `orr status`, `pr-body` and `orr --resume` agree on
//! where the review of HEAD stands.

use std::time::Duration;

use crate::support::processes::all_gone;
use crate::support::reviews::{EVER, start};
use crate::support::{PROGRAMME, World, gate};

/// A world with a patch on a branch, and a quick gate.
fn patched() -> World {
    let world = World::new();
    world.write("policy/programme.toml", PROGRAMME);
    let gate = gate("T4", "tests", "sleep 0.05; cat src/a > $EVIDENCE_DIR/reported");
    world.write("policy/gates.toml", format!("stagger = \"0 s\"\n{gate}"));
    world.write("policy/filemap.toml", "[[areas]]\nname = \"source\"\npaths = [\"src/**\"]\n");
    world.write("src/a", "1\n");
    world.commit("base");
    world.git(["switch", "--quiet", "--create", "patch"]);
    world.write("src/a", "2\n");
    world.commit("patch");
    world
}

/// What is typed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Step {
    GatesRun,
    Orr,
    Rehearse,
    Kill,
    Resume,
    Edit,
    Commit,
}

const STEPS: [Step; 7] =
    [Step::GatesRun, Step::Orr, Step::Rehearse, Step::Kill, Step::Resume, Step::Edit, Step::Commit];

fn take(world: &World, step: Step, number: usize) -> i32 {
    match step {
        Step::GatesRun => world.xtask(["gates", "run", "T4"]).status,
        Step::Orr => world.xtask(["orr"]).status,
        Step::Rehearse => world.xtask(["orr", "--runs", "2"]).status,
        Step::Resume => world.xtask(["orr", "--resume"]).status,
        Step::Kill => {
            let mut child = start(world, &["orr"]);
            std::thread::sleep(Duration::from_millis(40 * (number as u64 % 5)));
            let _ = child.kill();
            let _ = child.wait();
            all_gone(world, EVER);
            0
        }
        Step::Edit => {
            world.write("src/a", format!("edit {number}\n"));
            0
        }
        Step::Commit => {
            world.write("src/a", format!("commit {number}\n"));
            world.commit("more");
            0
        }
    }
}

/// The three who say where a review stands say the same.
#[track_caller]
fn agree(world: &World, done: &[Step]) {
    let status = world.xtask(["orr", "status"]);
    assert_eq!(status.status, 0, "{done:?}: {status:?}");
    let ok = status.stdout.starts_with("ORR_OK ");
    let body = world.xtask(["pr-body"]);
    assert_eq!(body.status == 0, ok, "{done:?}: {} {body:?}", status.stdout);
    if !ok {
        assert_eq!(body.stdout, "", "{done:?}: a refusal is no body");
    }
    let open = status.stdout.contains("next: `cargo xtask orr --resume`");
    if ok {
        assert!(!open);
        let sums = "sha256sum --check --quiet SHA256SUMS";
        let sums = world.command("sh").args(["-c", &format!("cd out && {sums}")]).output().unwrap();
        assert!(sums.status.success(), "{done:?}: the evidence was touched: {sums:?}");
    }
}

/// Sequences that come from a seed, so that a failure can be repeated.
fn sequence(seed: u64, length: usize) -> Vec<Step> {
    let mut state = seed.wrapping_mul(0x9e37_79b9_7f4a_7c15) | 1;
    let mut next = || {
        state ^= state << 13;
        state ^= state >> 7;
        state ^= state << 17;
        usize::try_from(state % 7).unwrap()
    };
    (0..length).map(|_| STEPS[next()]).collect()
}

mod properties {
    use super::*;

    #[test]
    fn every_order_of_commands_leaves_one_answer() {
        for seed in 1..=6 {
            let world = patched();
            let mut done = Vec::new();
            for (number, step) in sequence(seed, 6).into_iter().enumerate() {
                take(&world, step, number);
                done.push(step);
                agree(&world, &done);
            }
        }
    }
}

#[test]
fn a_gate_that_is_run_alone_touches_nothing_of_a_review() {
    let world = patched();
    assert_eq!(take(&world, Step::Orr, 0), 0);
    let before = world.read("out/orr.json");
    // Red, and on changes that are in no commit: still nothing of the review's.
    world.write("src/a", "another\n");
    assert_eq!(take(&world, Step::GatesRun, 0), 0);
    assert_eq!(world.read("out/gates/evidence/T4_tests/reported"), "another\n");
    assert_eq!(world.read("out/evidence/T4_tests/reported"), "2\n");
    assert_eq!(world.read("out/orr.json"), before);
    assert!(!world.path("out/aside").exists());
    world.git(["restore", "src/a"]);
    agree(&world, &[Step::Orr, Step::GatesRun]);
    assert!(world.xtask(["orr", "status"]).stdout.starts_with("ORR_OK "));
}

#[test]
fn fewer_runs_than_policy_asks_for_are_a_rehearsal() {
    let world = patched();
    let ran = world.xtask(["orr", "--runs", "2"]);
    assert_eq!(ran.status, 0, "{ran:?}");
    assert!(ran.stdout.starts_with("orr: rehearsal, pass\n"), "{ran:?}");
    assert!(ran.stdout.contains("policy asks for 3, so nothing stands on it\n"), "{ran:?}");
    let status = world.xtask(["orr", "status"]);
    assert!(status.stdout.starts_with("PATCHING "), "{status:?}");
    assert!(status.stdout.contains("a rehearsal of 2: policy asks for more\n"), "{status:?}");
    let body = world.xtask(["pr-body"]);
    assert_eq!((body.status, body.stdout.as_str()), (1, ""), "{body:?}");
    assert!(body.stderr.contains("REFUSE-20]: the review was a rehearsal of 2 runs"), "{body:?}");

    // Policy may ask for more than three, never for fewer.
    let gates = world.read("policy/gates.toml");
    world.write("policy/gates.toml", format!("review.runs = 4\n{gates}"));
    world.commit("four");
    let ran = world.xtask(["orr", "--runs", "3", "--keep-going"]);
    // No area reaches policy, which is for the rules to say, not for the runs.
    assert!(ran.stdout.starts_with("orr: fail (CEC-10), exit status 10\n"), "{ran:?}");
    assert!(ran.stdout.contains("\nrehearsal: 3 green runs of "), "{ran:?}");
    let ran = world.xtask(["orr", "--keep-going"]);
    assert!(ran.stdout.contains("decision: pass. 4 green runs"), "{ran:?}");
    world.write("policy/gates.toml", format!("review.runs = 2\n{gates}"));
    let ran = world.xtask(["policy", "check"]);
    assert_eq!(ran.status, 3, "{ran:?}");
    assert!(ran.stdout.contains("a review has from 3 to 100 runs"), "{ran:?}");
}

#[test]
fn the_readmes_order_works_in_a_fresh_clone() {
    for file in ["out/plan.json", "./out/plan.json", "src/../out/plan.json"] {
        let world = patched();
        let ran = world.xtask(["plan", "new", "--write", file]);
        assert_eq!(ran.status, 0, "{file}: {ran:?}");
        let ran = world.xtask(["orr"]);
        assert_eq!(ran.status, 0, "{file}: {ran:?}");
    }
}
