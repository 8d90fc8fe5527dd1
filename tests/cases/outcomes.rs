//! What `orr` decides, and what people see of it.

use expect_test::expect;

use crate::support::{World, gate};

#[test]
fn three_equal_runs_pass() {
    let world = World::with_script("echo hello > $EVIDENCE_DIR/log");
    let ran = world.xtask(["orr", "--runs", "3"]);
    assert_eq!(ran.status, 0, "{ran:?}");
    expect![[r#"
        orr: pass

        note[flake-odds]: 3 runs see a gate that fails one time in ten with 27 % probability
         |
         = help: more runs see rarer flakes: `--runs 10`

        gate        run 1         run 2         run 3
        T4 tests    pass #.# s    pass #.# s    pass #.# s
        ZIP sha256  [HEX]  [HEX]  [HEX]

        decision: pass. 3 green runs of [HEX], one digest, in #.# s
          sha256:[SHA256]
        next: `cargo xtask pr-body` writes the body of the pull request
    "#]]
    .assert_eq(&world.shown(&ran.stdout));
    let decision = world.json("out/orr.json");
    assert_eq!(decision["verdict"], "pass");
    assert_eq!(decision["run_ids"].as_array().unwrap().len(), 3);
    let digests: Vec<_> = decision["runs"]
        .as_array()
        .unwrap()
        .iter()
        .map(|run| run["evidence_zip_sha256"].as_str().unwrap())
        .collect();
    assert_eq!(digests, [decision["evidence_zip_sha256"].as_str().unwrap(); 3]);
}

#[test]
fn a_time_in_the_evidence_is_told_with_its_line() {
    let world = World::with_script("echo one > $EVIDENCE_DIR/log; date +%s%N >> $EVIDENCE_DIR/log");
    let ran = world.xtask(["orr"]);
    assert_eq!(ran.status, 30);
    assert!(
        ran.stdout.contains("evidence/T4_tests/log differs between run 1 and runs 2, 3: line 2: "),
        "{}",
        ran.stdout
    );
    assert!(!world.path("out/evidence").exists(), "evidence of a refused review stands");
}

#[test]
fn a_gate_that_a_red_one_blocks_is_not_established() {
    let gates = format!(
        "stagger = \"0 s\"\n{}{}needs = [\"T1\"]\n",
        gate("T1", "lint", "exit 3"),
        gate("T4", "tests", "echo x > $EVIDENCE_DIR/x"),
    );
    let world = World::with_gates(&gates);
    let ran = world.xtask(["orr"]);
    assert_eq!(ran.status, 20);
    expect![[r#"
        orr: fail (CEC-20, gate-failed, gate-skipped), exit status 20

        error[CEC-20]: T1 is not green: fail in run 1, fail in run 2, fail in run 3
        --> T1
         = help: mend the cause, commit, and run the review again

        error[CEC-20]: T4 is not green: not established in run 1, not established in run 2, not established in run 3
        --> T4
         = help: mend the cause, commit, and run the review again

        error[gate-failed]: T1: `sh -c exit 3` ended with status 3
        --> T1
         = help: read out/runs/1/logs/T1.log

        error[gate-skipped]: T4 did not run, because T1 is not green
        --> T4
         = help: mend T1 first

        gate        run 1                  run 2                  run 3
        T1 lint     fail #.# s             fail #.# s             fail #.# s
        T4 tests    not established #.# s  not established #.# s  not established #.# s
        ZIP sha256  [HEX]           [HEX]           [HEX]

        decision: fail, exit status 20, in #.# s. Do not open a pull request.
        next: `cargo xtask explain CEC-20`
    "#]].assert_eq(&world.shown(&ran.stdout));
}
