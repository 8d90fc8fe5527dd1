//! What `orr` decides, and what people see of it.

use std::os::unix::fs::PermissionsExt;

use expect_test::expect;
use regex::Regex;

use crate::support::{PROGRAMME, Ran, World, gate};

#[test]
fn three_equal_runs_pass() {
    let world = World::with_script("echo hello > $EVIDENCE_DIR/log");
    let ran = world.xtask(["orr", "--runs", "3"]);
    assert_eq!(ran.status, 0, "{ran:?}");
    expect![[r#"
        orr: pass

        note[flake-odds]: a gate that fails one time in ten slips through 3 runs in 73 of 100 reviews
           = help: more runs see rarer flakes: `--runs 10`

        gate        run 1         run 2         run 3
        T4 tests    pass #.# s    pass #.# s    pass #.# s
        ZIP sha256  [HEX]  [HEX]  [HEX]

        decision: pass. 3 green runs of [HEX], one digest, in #.# s
          sha256:[SHA256]
        next: git switch --no-track --create demo-orr-[WHEN] main
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
fn a_time_in_the_evidence_is_reported_with_its_line() {
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
fn a_gate_that_a_red_one_blocks_is_skipped() {
    let gates = format!(
        "stagger = \"0 s\"\n{}{}needs = [\"T1\"]\n",
        gate("T1", "lint", "exit 3"),
        gate("T4", "tests", "echo x > $EVIDENCE_DIR/x"),
    );
    let world = World::with_gates(&gates);
    let ran = world.xtask(["orr", "--keep-going"]);
    assert_eq!(ran.status, 20);
    expect![[r#"
        orr: fail (CEC-20, gate-failed), exit status 20

        gate        run 1         run 2         run 3
        T1 lint     fail #.# s    fail #.# s    fail #.# s
        T4 tests    skipped       skipped       skipped
        ZIP sha256  [HEX]  [HEX]  [HEX]

        decision: fail, in #.# s. Do not open a pull request.

        error[CEC-20]: T1: `sh -c 'exit 3'` ended with status 3 (in all 3 runs)
          --> T1
           = skipped: T4
           = help: fix it (try `cargo xtask gates run T1`), commit, `cargo xtask orr`

        next: cargo xtask gates run T1
    "#]]
    .assert_eq(&world.shown(&ran.stdout));
}

#[test]
fn a_set_in_hash_order_diverges() {
    // 200 names: two equal orders by chance are out of the question.
    let script = "python3 -c \"print(*{f'name{i}' for i in range(200)}, sep='\\n')\" \
                  > $EVIDENCE_DIR/names";
    let world = World::with_script(script);
    let ran = world.xtask(["orr", "--runs", "2"]);
    assert_eq!(ran.status, 30, "{ran:?}");
    let finding = Regex::new(
        r"error\[CEC-30\]: evidence/T4_tests/names differs between run 1 and run 2: line \d+: .*name\d+.*name\d+.*\(same items in another order\)\n  --> T4, evidence/T4_tests/names\n   = help: `cargo xtask compare 1 2` shows it whole\n",
    );
    assert!(finding.unwrap().is_match(&ran.stdout), "{}", ran.stdout);
}

#[test]
fn a_gate_without_evidence_is_missing_artifacts() {
    let ran = World::with_script("true").xtask(["orr", "--runs", "2", "--keep-going"]);
    assert_eq!(ran.status, 40);
    expect![[r#"
        orr: fail (CEC-40), exit status 40

        error[CEC-40]: T4 left no evidence
          --> T4
           = help: let it write files below `$EVIDENCE_DIR` (out/evidence/T4_tests/), or, where its record is enough, declare `evidence = ["out/evidence/T4_tests/gate.json"]`

        next: git switch --no-track --create demo-orr-[WHEN] main
    "#]].assert_eq(&without_table(&ran.stdout));
}

#[test]
fn a_declared_file_that_is_not_written_is_missing_artifacts() {
    let mut gates = "stagger = \"0 s\"\n".to_owned();
    gates.push_str(&gate("T4", "tests", "echo x > $EVIDENCE_DIR/other"));
    gates.push_str("evidence = [\"out/evidence/T4_tests/report.txt\", \"coverage/*.xml\"]\n");
    let ran = World::with_gates(&gates).xtask(["orr", "--runs", "2"]);
    assert_eq!(ran.status, 40);
    for glob in ["out/evidence/T4_tests/report.txt", "coverage/*.xml"] {
        let line = format!("error[CEC-40]: T4 left no evidence that matches `{glob}`\n");
        assert!(ran.stdout.contains(&line), "{}", ran.stdout);
    }
}

/// The tool's own record of a gate must not stand for a file that the gate owes.
#[test]
fn the_gates_own_record_satisfies_no_wildcard() {
    for glob in ["out/evidence/T4_tests/*.json", "**/*.json", "*.json"] {
        let gates = gate("T4", "tests", "echo x > $EVIDENCE_DIR/other.txt");
        let gates = format!("stagger = \"0 s\"\n{gates}evidence = [\"{glob}\"]\n");
        let ran = World::with_gates(&gates).xtask(["orr", "--runs", "2"]);
        assert_eq!(ran.status, 40, "{glob}: {}", ran.stdout);
    }
    let gates = gate("T4", "tests", "true");
    let own = "evidence = [\"out/evidence/T4_tests/gate.json\"]\n";
    let ran = World::with_gates(&format!("stagger = \"0 s\"\n{gates}{own}"))
        .xtask(["orr", "--runs", "2"]);
    assert_eq!(ran.status, 0, "{}", ran.stdout);
}

#[test]
fn a_red_gate_that_leaves_nothing_is_red_and_no_more() {
    let ran = World::with_script("exit 7").xtask(["orr", "--runs", "2"]);
    assert_eq!(ran.status, 20);
    assert!(ran.stdout.starts_with("orr: fail (CEC-20, gate-failed), exit status 20\n"));
    assert!(ran.stdout.contains("`sh -c 'exit 7'` ended with status 7 (in run "), "{}", ran.stdout);
}

#[test]
fn a_gate_that_takes_too_long_is_ended_with_its_children() {
    // On a busy machine the gate may not have started its child after a second.
    let started = [1, 20, 200].into_iter().map(ended_after).find(|children| *children == 2);
    assert_eq!(started, Some(2));
}

/// How many children the gates had started that were ended after so many seconds.
fn ended_after(seconds: u32) -> usize {
    let world = World::new();
    world.write("policy/programme.toml", PROGRAMME);
    let script = format!(
        "echo x > $EVIDENCE_DIR/x\nsleep 600 &\necho $! > {}/child-$$\necho waiting\nwait",
        world.root().display()
    );
    let gate = gate("T4", "tests", &script);
    let gates = format!("stagger = \"0 s\"\n{gate}timeout = \"{seconds} s\"\n");
    world.write("policy/gates.toml", gates);
    world.commit("policy");
    let ran = world.xtask(["orr", "--runs", "2", "--keep-going"]);
    assert_eq!(ran.status, 20);
    assert!(ran.stdout.starts_with("orr: fail (CEC-20, gate-timeout), exit status 20\n"));
    let reported = format!("was ended after {seconds} s (in all 2 runs)");
    assert!(ran.stdout.contains(&reported), "{}", ran.stdout);
    let mut children = 0;
    for entry in std::fs::read_dir(world.root()).unwrap().map(Result::unwrap) {
        if entry.file_name().to_str().unwrap().starts_with("child-") {
            let pid: u32 = std::fs::read_to_string(entry.path()).unwrap().trim().parse().unwrap();
            children += 1;
            assert!(!is_sleeping(pid), "{pid} still runs");
        }
    }
    let reported = ["was ended after", "   | waiting\n"];
    assert!(children < 2 || reported.iter().all(|it| ran.stdout.contains(it)), "{}", ran.stdout);
    children
}

/// Whether that process is there and is the `sleep` that the gate started.
fn is_sleeping(pid: u32) -> bool {
    let command = std::fs::read(format!("/proc/{pid}/cmdline")).unwrap_or_default();
    command.starts_with(b"sleep\x00600")
}

#[test]
fn a_program_that_is_not_there_is_not_established() {
    let gates = "stagger = \"0 s\"\n[[gates]]\nid = \"T1\"\nname = \"lint\"\n\
                 run = [\"no-such-linter\", \"--all\"]\n";
    let world = World::with_gates(gates);
    let ran = world.xtask(["orr", "--runs", "2", "--keep-going"]);
    assert_eq!(ran.status, 20);
    expect![[r#"
        orr: not established (CEC-20, program-missing), exit status 20

        error[CEC-20]: T1 needs `no-such-linter` (in all 2 runs)
          --> T1
           = help: install `no-such-linter` or put its folder on PATH, or correct `run` in policy/gates.toml

        next: git switch --no-track --create demo-orr-[WHEN] main
    "#]]
    .assert_eq(&without_table(&ran.stdout));
    assert_eq!(world.json("out/runs/1/scorecards/demo.json")["verdict"], "not established");
}

/// A review whose program was not there counts as none; one with another program says so.
#[test]
fn what_path_lacks_makes_no_tree_red_and_what_it_has_elsewhere_is_said() {
    let gates = "stagger = \"0 s\"\n[[gates]]\nid = \"T1\"\nname = \"lint\"\nrun = [\"linter\"]\n\
                 evidence = [\"out/evidence/T1_lint/gate.json\"]\n";
    let world = World::with_gates(gates);
    for folder in ["first", "second"] {
        let program = world.root().join(folder).join("linter");
        std::fs::create_dir(program.parent().unwrap()).unwrap();
        std::fs::write(&program, "#!/bin/sh\n").unwrap();
        std::fs::set_permissions(&program, PermissionsExt::from_mode(0o755)).unwrap();
    }
    let review = |folder: &str| -> Ran {
        let path = std::env::var("PATH").unwrap();
        let path = format!("{}:{path}", world.root().join(folder).display());
        world.xtask_command(["orr"]).env("PATH", path).output().unwrap().into()
    };
    assert_eq!(review("none").status, 20);
    for (folder, moved) in [("first", false), ("first", false), ("second", true)] {
        let ran = review(folder);
        assert_eq!(ran.status, 0, "{}", ran.stdout);
        assert!(!ran.stdout.contains("red-reviews"), "{}", ran.stdout);
        let said = "warning[program-moved]: since the review before, `linter` is ";
        assert_eq!(ran.stdout.contains(said), moved, "{}", ran.stdout);
    }
    let world = World::with_script("exit 1");
    assert_eq!(world.xtask(["orr", "--keep-going"]).status, 20);
    let again = world.xtask(["orr", "--keep-going"]).stdout;
    assert!(again.contains("1 red review of this tree came before"), "{again}");
}

#[test]
fn a_gate_starts_after_those_that_it_needs() {
    // TMPDIR is the run's own, and shared by its gates.
    let gates = [
        "stagger = \"0 s\"\n".to_owned(),
        gate("T1", "last", "cp $TMPDIR/order $EVIDENCE_DIR; echo T1 >> $EVIDENCE_DIR/order"),
        "needs = [\"unit-2\"]\n".to_owned(),
        gate("unit-2", "middle", "echo T2 >> $TMPDIR/order; cp $TMPDIR/order $EVIDENCE_DIR"),
        "needs = [\"lint\"]\n".to_owned(),
        gate("lint", "first", "echo T3 >> $TMPDIR/order; cp $TMPDIR/order $EVIDENCE_DIR"),
    ];
    let world = World::with_gates(&gates.concat());
    let ran = world.xtask(["orr", "--runs", "2"]);
    assert_eq!(ran.status, 0, "{}", ran.stdout);
    assert_eq!(world.read("out/evidence/T1_last/order"), "T3\nT2\nT1\n");
    assert_eq!(world.read("out/evidence/lint_first/order"), "T3\n");
}

/// The findings of a review, without the table of its gates.
pub(super) fn without_table(stdout: &str) -> String {
    let table = stdout.find("gate        run 1").unwrap_or(stdout.len());
    let after = stdout[table..].find("\nerror[").map_or("", |at| &stdout[table + at + 1..]);
    crate::support::shown::without_when(&format!("{}{after}", &stdout[..table]))
}
