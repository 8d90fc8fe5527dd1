//! The last screen of a review that did not pass, on a terminal of 80 columns and 24 rows:
//! gate, cause, the place in the log, and what to type.

use expect_test::{Expect, expect};
use regex::Regex;

use crate::support::{World, gate, terminal};

const GOOD: &str = "echo x > $EVIDENCE_DIR/x";

/// A world with the nine gates of the documents; `red` replaces some scripts.
fn nine(red: &[(&str, &str)], more: &[(&str, &str)]) -> World {
    let names = [
        ("T0", "ruleset_sanity", ""),
        ("T1", "lint", ""),
        ("T2", "secrets", ""),
        ("T3", "pins", ""),
        ("T4", "tests", "needs = [\"T1\"]\n"),
        ("T5", "properties", "needs = [\"T4\"]\n"),
        ("T6", "determinism", "needs = [\"T1\", \"T4\", \"T5\"]\n"),
        ("T7", "chain", ""),
        (
            "T8",
            "evidence",
            "needs = [\"T0\", \"T1\", \"T2\", \"T3\", \"T4\", \"T5\", \"T6\", \"T7\"]\n",
        ),
    ];
    let mut gates = "stagger = \"30 s\"\n".to_owned();
    for (id, name, needs) in names {
        let of = |table: &[(&str, &str)]| {
            table.iter().find(|(gate, _)| *gate == id).map(|(_, text)| (*text).to_owned())
        };
        gates.push_str(&gate(id, name, &of(red).unwrap_or_else(|| GOOD.to_owned())));
        gates.push_str(needs);
        gates.push_str(&of(more).unwrap_or_default());
    }
    World::with_gates(&gates)
}

/// The last screen of `orr`, with what varies replaced.
#[track_caller]
fn last(world: &World, arguments: &[&str], status: i32, expected: Expect) {
    let seen = terminal::run(world.xtask_command(arguments));
    assert_eq!(seen.status, status, "{}", seen.screen);
    assert!(seen.last.lines().all(|line| line.chars().count() <= 80));
    // The screen that the shell's prompt leaves is one row less.
    assert!(seen.last.lines().count() <= 24, "{}", seen.last);
    let last = Regex::new(r"(?m) +\d+s$").unwrap().replace_all(&seen.last, "  #s").into_owned();
    let digits = Regex::new(r"ZIP sha256(  [0-9a-f]{4})+\n").unwrap();
    let last = digits.replace(&last, "ZIP sha256  [FOUR DIGITS EACH]\n");
    expected.assert_eq(&world.shown(&last));
}

#[test]
fn a_formatter_that_says_no() {
    let diff =
        "echo 'Diff in /repo/src/main.rs:1:'; echo '-fn main(){}'; echo '+fn main() {}'; exit 1";
    last(
        &nine(&[("T1", diff)], &[]),
        &["orr"],
        20,
        expect![[r#"
            T2 secrets         pass #.# s
            T3 pins            pass #.# s
            T4 tests           skipped
            T5 properties      skipped
            T6 determinism     skipped
            T7 chain           pass #.# s
            T8 evidence        skipped
            ZIP sha256         [HEX]

            stopped: runs 2, 3 (`--keep-going` makes every run)
            decision: fail, in #.# s. Do not open a pull request.

            error[CEC-20]: T1: `sh -c "echo 'Diff in /repo/src/main.rs:1:'; echo '-fn main()
            {}'; echo '+fn main() {}'; exit 1"`
              ended with status 1 (in run 1)
              --> run 1, T1, out/runs/1/logs/T1.log:1
               | Diff in /repo/src/main.rs:1:
               | -fn main(){}
               | +fn main() {}
               = skipped: T4, T5, T6, T8
               = help: fix it (try `cargo xtask gates run T1`), commit, `cargo xtask orr`

            next: cargo xtask gates run T1
        "#]],
    );
}

#[test]
fn a_test_that_fails() {
    let log = "cat <<'END'\n     Running unittests src/lib.rs (target/debug/deps/alpha-e62994b938fd5803)\n\n\
running 2 tests\ntest adds ... ok\ntest cart::rounds_up ... FAILED\n\nfailures:\n\n\
---- cart::rounds_up stdout ----\n\nthread 'cart::rounds_up' panicked at src/cart.rs:41:9:\n\
assertion `left == right` failed\n  left: 2\n right: 3\n\n\
failures:\n    cart::rounds_up\n\ntest result: FAILED. 1 passed; 1 failed; 0 ignored; 0 measured; \
0 filtered out; finished in 0.00s\n\nerror: test failed, to rerun pass `--lib`\nEND\nexit 101";
    let world = nine(&[("T4", log)], &[("T4", "tests.reader = \"cargo-test\"\n")]);
    last(
        &world,
        &["orr"],
        20,
        expect![[r#"
            T3 pins            pass #.# s
            T4 tests           fail #.# s
            T5 properties      skipped
            T6 determinism     skipped
            T7 chain           pass #.# s
            T8 evidence        skipped
            ZIP sha256         [HEX]
            tests: T4 1 passed, 1 failed

            stopped: runs 2, 3 (`--keep-going` makes every run)
            decision: fail, in #.# s. Do not open a pull request.

            error[CEC-20]: T4: the test `unittests src/lib.rs (alpha): cart::rounds_up`
              failed (in run 1)
              --> run 1, T4, out/runs/1/logs/T4.log:11
               | thread 'cart::rounds_up' panicked at src/cart.rs:41:9:
               | assertion `left == right` failed
               |   left: 2
               |  right: 3
               = skipped: T5, T6, T8
               = help: fix it (try `cargo xtask gates run T4`), commit, `cargo xtask orr`

            next: cargo xtask gates run T4
        "#]],
    );
}

#[test]
fn a_missing_evidence_file() {
    let more = [("T3", "evidence = [\"coverage/*.xml\"]\n")];
    last(
        &nine(&[], &more),
        &["orr"],
        40,
        expect![[r#"

            gate               run 1
            T0 ruleset_sanity  pass #.# s
            T1 lint            pass #.# s
            T2 secrets         pass #.# s
            T3 pins            no evidence #.# s
            T4 tests           pass #.# s
            T5 properties      pass #.# s
            T6 determinism     pass #.# s
            T7 chain           pass #.# s
            T8 evidence        pass #.# s
            ZIP sha256         [HEX]

            stopped: runs 2, 3 (`--keep-going` makes every run)
            decision: fail, in #.# s. Do not open a pull request.

            error[CEC-40]: T3 left no evidence that matches `coverage/*.xml`
              --> run 1, T3
               = help: let it write the file itself, in this run, below
                   `out/evidence/T3_pins/` or where the glob says; or correct the glob in
                   policy/gates.toml

            next: cargo xtask explain CEC-40
        "#]],
    );
}

#[test]
fn a_timeout() {
    let world =
        nine(&[("T4", "echo waiting for the server; sleep 600")], &[("T4", "timeout = \"1 s\"\n")]);
    last(
        &world,
        &["orr"],
        20,
        expect![[r#"
            gate               run 1
            T0 ruleset_sanity  pass #.# s
            T1 lint            pass #.# s
            T2 secrets         pass #.# s
            T3 pins            pass #.# s
            T4 tests           fail #.# s
            T5 properties      skipped
            T6 determinism     skipped
            T7 chain           pass #.# s
            T8 evidence        skipped
            ZIP sha256         [HEX]

            stopped: runs 2, 3 (`--keep-going` makes every run)
            decision: fail, in #.# s. Do not open a pull request.

            error[CEC-20]: T4: `sh -c 'echo waiting for the server; sleep 600'` was ended
              after 1 s (in run 1)
              --> run 1, T4, out/runs/1/logs/T4.log:1
               | waiting for the server
               = skipped: T5, T6, T8
               = help: fix it (try `cargo xtask gates run T4`), commit, `cargo xtask orr`

            next: cargo xtask gates run T4
        "#]],
    );
}

#[test]
fn two_causes_at_once() {
    let red = [
        ("T1", "echo 'error: unused variable: x'; exit 1"),
        ("T2", "echo 'a key in .env'; sleep 0.3; exit 2"),
    ];
    last(
        &nine(&red, &[]),
        &["orr"],
        20,
        expect![[r#"
            T5 properties      skipped
            T6 determinism     skipped
            T7 chain           pass #.# s
            T8 evidence        skipped
            ZIP sha256         [HEX]

            stopped: runs 2, 3 (`--keep-going` makes every run)
            decision: fail, in #.# s. Do not open a pull request.

            error[CEC-20]: T1: `sh -c "echo 'error: unused variable: x'; exit 1"` ended with
              status 1 (in run 1)
              --> run 1, T1, out/runs/1/logs/T1.log:1
               | error: unused variable: x
               = skipped: T4, T5, T6, T8
               = help: fix it (try `cargo xtask gates run T1`), commit, `cargo xtask orr`

            error[CEC-20]: T2: `sh -c "echo 'a key in .env'; sleep 0.3; exit 2"` ended with
              status 2 (in run 1)
              --> run 1, T2, out/runs/1/logs/T2.log:1
               | a key in .env
               = help: fix it (try `cargo xtask gates run T2`), commit, `cargo xtask orr`

            next: cargo xtask gates run T1
        "#]],
    );
}

#[test]
fn differing_evidence() {
    let red = [("T4", "echo one > $EVIDENCE_DIR/log; date +%s%N >> $EVIDENCE_DIR/log")];
    let world = nine(&red, &[]);
    let gates = world.read("policy/gates.toml").replace("stagger = \"30 s\"", "stagger = \"0 s\"");
    world.write("policy/gates.toml", gates);
    world.commit("at once");
    let seen = terminal::run(world.xtask_command(["orr"]));
    assert_eq!(seen.status, 30, "{}", seen.screen);
    let last =
        Regex::new(r"\b\d{19}\b").unwrap().replace_all(&seen.last, "[NANOSECONDS]").into_owned();
    let last =
        Regex::new(r"(?s)error\[CEC-30\].*").unwrap().find(&last).unwrap().as_str().to_owned();
    expect![[r#"
        error[CEC-30]: evidence/T4_tests/log differs between run 1 and runs 2, 3: line
          2: "[NANOSECONDS]" / "[NANOSECONDS]" (looks like a time)
          --> T4, evidence/T4_tests/log
           = help: `cargo xtask compare 1 2` shows it whole

        error[CEC-30]: 3 more files differ, probably for the same causes
           = help: `cargo xtask compare 1 2`

        next: cargo xtask compare 1 2
    "#]]
    .assert_eq(&world.shown(&last));
}

#[test]
fn three_equal_failures_are_one_line() {
    let world = World::with_script("echo broken; exit 1");
    last(
        &world,
        &["orr", "--keep-going"],
        20,
        expect![[r#"
            3 runs of 1 gate on [HEX]
            run 1  1/1  T4 fail  packed  #s
            run 2  1/1  T4 fail  packed  #s
            run 3  1/1  T4 fail  packed  #s
            orr: fail (CEC-20, gate-failed), exit status 20

            gate        run 1         run 2         run 3
            T4 tests    fail #.# s    fail #.# s    fail #.# s
            ZIP sha256  [HEX]  [HEX]  [HEX]

            decision: fail, in #.# s. Do not open a pull request.

            error[CEC-20]: T4: `sh -c 'echo broken; exit 1'` ended with status 1 (in all 3
              runs)
              --> T4, out/runs/1/logs/T4.log:1
               | broken
               = help: fix it (try `cargo xtask gates run T4`), commit, `cargo xtask orr`

            next: cargo xtask gates run T4
        "#]],
    );
}

#[test]
fn ten_runs_fit_the_screen() {
    let world =
        World::with_script("case $PWD in */7/xtask-*) exit 1;; esac; echo x > $EVIDENCE_DIR/x");
    last(
        &world,
        &["orr", "--keep-going", "--runs", "10"],
        20,
        expect![[r#"
            run 3  1/1  packed  #s
            run 4  1/1  packed  #s
            run 5  1/1  packed  #s
            run 6  1/1  packed  #s
            run 7  1/1  T4 fail  packed  #s
            run 8  1/1  packed  #s
            run 9  1/1  packed  #s
            run 10  1/1  packed  #s
            orr: fail (CEC-20, gate-failed), exit status 20

            gate, run   1     2     3     4     5     6     7     8     9     10
            T4 tests    pass  pass  pass  pass  pass  pass  fail  pass  pass  pass
            ZIP sha256  [FOUR DIGITS EACH]

            decision: fail, in #.# s. Do not open a pull request.

            error[CEC-20]: T4:
              `sh -c 'case $PWD in */7/xtask-*) exit 1;; esac; echo x > $EVIDENCE_DIR/x'`
              ended with status 1 (in run 7)
              --> run 7, T4
               = help: fix it (try `cargo xtask gates run T4`), commit, `cargo xtask orr`

            next: cargo xtask gates run T4
        "#]],
    );
}

#[test]
fn a_gate_that_is_run_alone() {
    last(
        &World::with_script("echo broken; exit 1"),
        &["gates", "run"],
        20,
        expect![[r#"
            1 run of 1 gate on [HEX]
            run 1  1/1  T4 fail  packed  #s
            gates run: fail (CEC-20, gate-failed), exit status 20

            T4 judged the working tree

            gate      outcome  tests  evidence  took
            T4 tests  fail            1 file    #.# s
            packed: sha256:[SHA256]

            error[CEC-20]: T4: `sh -c 'echo broken; exit 1'` ended with status 1
              --> T4, out/logs/T4.log:1
               | broken
               = help: fix it, then `cargo xtask gates run T4`
        "#]],
    );
}

#[test]
fn explain_says_what_this_repositorys_gate_runs() {
    let world =
        nine(&[], &[("T4", "tests.reader = \"tap\"\ntests.minimum = 40\ntimeout = \"15 min\"\n")]);
    let ran = world.xtask(["explain", "t4"]);
    assert_eq!(ran.status, 0, "{ran:?}");
    expect![[r#"
        T4 tests, in this repository

          runs      `sh -c 'echo x > $EVIDENCE_DIR/x'`
          needs     T1
          timeout   15 min 00 s
          tests     tap; at least 40

          try it    `cargo xtask gates run T4`

        T4: tests

        triage when it is red
          1. read the log that the finding names
          2. red in every run? reproduce it: `cargo xtask gates run` and the gate
             red in some runs only? it is flaky: find what it shares or races for
          3. correct the patch, commit, repeat the review
          target times, indicative: triage 15 min, corrective patch 45 to 90 min, new review 20 min
        next: cargo xtask status
    "#]]
    .assert_eq(&ran.stdout);
    // A gate that no document names is this repository's alone.
    world.write("policy/gates.toml", gate("T12", "fuzz", GOOD));
    let ran = world.xtask(["explain", "T12"]);
    assert_eq!(ran.status, 0, "{ran:?}");
    assert!(ran.stdout.starts_with("T12 fuzz, in this repository\n"), "{ran:?}");
    let ran = world.xtask(["explain", "T4"]);
    assert!(ran.stdout.ends_with("(no policy here has this gate)\n"), "{ran:?}");
}
