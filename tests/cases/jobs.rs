//! What CI jobs do: each gate on a machine of its own, the last ones with what the
//! others left.

use crate::support::{World, gate};

fn world() -> World {
    let builtin = |id: &str, name: &str, builtin: &str, needs: &str| {
        format!(
            "\n[[gates]]\nid = \"{id}\"\nname = \"{name}\"\nbuiltin = \"{builtin}\"\nneeds = [{needs}]\n"
        )
    };
    World::with_gates(&format!(
        "stagger = \"0 s\"\n{}{}{}{}",
        gate("T1", "lint", "echo lint > $EVIDENCE_DIR/lint"),
        gate("T4", "tests", "echo tests > $EVIDENCE_DIR/tests"),
        builtin("T6", "determinism", "determinism", "\"T1\", \"T4\""),
        builtin("T8", "evidence", "evidence", "\"T1\", \"T4\", \"T6\""),
    ))
}

/// Runs one gate in a clone of its own, on top of what earlier jobs left; what the
/// clone's `out` holds then is what the job uploads.
fn job(world: &World, gate: &str, brought: &[&str]) -> i32 {
    let clone = world.root().join(format!("machine-{gate}"));
    world.git(["clone", "--quiet", ".", clone.to_str().unwrap()]);
    for earlier in brought {
        let uploaded = world.root().join(format!("machine-{earlier}/out/."));
        std::fs::create_dir_all(clone.join("out")).unwrap();
        let copied =
            world.command("cp").arg("-R").args([uploaded, clone.join("out")]).status().unwrap();
        assert!(copied.success());
    }
    let mut command = world.xtask_command(["gates", "run", gate]);
    command.current_dir(&clone).output().unwrap().status.code().unwrap()
}

#[test]
fn gates_on_machines_of_their_own_come_to_the_reviews_digest() {
    let world = world();
    assert_eq!(job(&world, "T1", &[]), 0);
    assert_eq!(job(&world, "T4", &[]), 0);
    assert_eq!(job(&world, "T6", &["T1", "T4"]), 0);
    assert_eq!(job(&world, "T8", &["T1", "T4", "T6"]), 0);
    let packed = std::fs::read(world.root().join("machine-T8/out/demo-evidence.zip")).unwrap();
    assert_eq!(world.xtask(["orr", "--runs", "2"]).status, 0);
    assert!(packed == std::fs::read(world.path("out/demo-evidence.zip")).unwrap());
}

#[test]
fn gates_over_the_others_are_not_established_alone() {
    let world = world();
    assert_eq!(job(&world, "T6", &[]), 20);
    assert_eq!(job(&world, "T8", &[]), 40);
    let scored = world.root().join("machine-T8/out/demo-evidence.zip");
    assert!(!scored.exists());
}
