//! What `orr` makes of a test runner's report.

use expect_test::expect;

use super::outcomes::without_table;
use crate::support::{Ran, World, gate};

/// What `cargo test` prints for one binary with these tests.
fn log(tests: &[(&str, &str)]) -> String {
    let count = |outcome: &str| tests.iter().filter(|(_, is)| *is == outcome).count();
    let (passed, failed, ignored) = (count("ok"), count("FAILED"), count("ignored"));
    let mut text = "    Finished `test` profile [unoptimized] target(s) in 0.04s\n     \
                    Running unittests src/lib.rs (target/debug/deps/alpha-e62994b938fd5803)\n\n"
        .to_owned();
    text.push_str(&format!("running {} tests\n", tests.len()));
    for (name, outcome) in tests {
        text.push_str(&format!("test {name} ... {outcome}\n"));
    }
    if failed > 0 {
        text.push_str("\nfailures:\n");
        for (name, _) in tests.iter().filter(|(_, is)| *is == "FAILED") {
            text.push_str(&format!("    {name}\n"));
        }
    }
    let word = if failed == 0 { "ok" } else { "FAILED" };
    text.push_str(&format!(
        "\ntest result: {word}. {passed} passed; {failed} failed; {ignored} ignored; 0 measured; \
         0 filtered out; finished in 0.00s\n\n"
    ));
    text
}

/// A review of a test gate that runs this script; `more` are further lines of the gate.
fn review(script: &str, more: &str) -> (World, Ran) {
    let gate = gate("T4", "tests", script);
    let tests = "tests.reader = \"cargo-test\"\n";
    let world = World::with_gates(&format!("stagger = \"0 s\"\n{gate}{tests}{more}"));
    let ran = world.xtask(["orr", "--keep-going"]);
    (world, ran)
}

fn print(log: &str) -> String {
    format!("cat <<'END'\n{log}END\n")
}

#[test]
fn a_test_that_fails_in_one_run_is_named_with_its_run() {
    let good = log(&[("adds", "ok"), ("races", "ok")]);
    let bad = log(&[("adds", "ok"), ("races", "FAILED")]);
    // A run's checkout is in a folder with the run's number.
    let script = format!(
        "case $PWD in\n*/2/xtask-*) {}exit 101;;\n*) {};;\nesac",
        print(&bad),
        print(&good)
    );
    let (world, ran) = review(&script, "");
    assert_eq!(ran.status, 20, "{ran:?}");
    expect![[r#"
        orr: fail (CEC-20, gate-failed, test-failed), exit status 20

        gate        run 1         run 2         run 3
        T4 tests    pass #.# s    fail #.# s    pass #.# s
        ZIP sha256  [HEX]  [HEX]  [HEX]
        tests: T4 2 passed

        decision: fail, in #.# s. Do not open a pull request.

        error[CEC-20]: T4: the test `unittests src/lib.rs (alpha): races` failed (in run 2)
          --> run 2, T4, out/runs/2/logs/T4.log:5
           | test adds ... ok
           | test races ... FAILED
           | failures:
           |     races
           = help: fix it (try `cargo xtask gates run T4`), commit, `cargo xtask orr`

        next: cargo xtask gates run T4
    "#]]
    .assert_eq(&world.shown(&ran.stdout));
    let decision = world.json("out/orr.json");
    let outcomes: Vec<_> =
        [0, 1, 2].map(|run| decision["runs"][run]["gates"][0]["outcome"].clone()).to_vec();
    assert_eq!(outcomes, ["pass", "fail", "pass"]);
    assert_eq!(decision["codes"], serde_json::json!(["CEC-20", "gate-failed", "test-failed"]));
    assert!(decision["evidence_zip_sha256"].is_null());
}

#[test]
fn tests_that_pass_are_counted_and_their_report_is_evidence() {
    let (world, ran) = review(&print(&log(&[("b", "ok"), ("a", "ok"), ("c", "ignored")])), "");
    assert_eq!(ran.status, 0, "{ran:?}");
    let counts = serde_json::json!({ "passed": 2, "failed": 0, "skipped": 1 });
    assert_eq!(world.json("out/scorecards/demo.json")["gates"][0]["tests"], counts);
    let report = world.json("out/evidence/T4_tests/tests.json");
    assert_eq!(report["counts"], counts);
    let names: Vec<_> = report["tests"].as_array().unwrap().iter().map(|t| &t["name"]).collect();
    let binary = "unittests src/lib.rs (alpha): ";
    assert_eq!(
        names,
        ["a", "b", "c"].map(|name| format!("{binary}{name}")).iter().collect::<Vec<_>>()
    );
}

#[test]
fn an_empty_test_run_is_not_established() {
    let (world, ran) = review(&print(&log(&[])), "");
    assert_eq!(ran.status, 20);
    expect![[r#"
        orr: not established (CEC-20, tests-none), exit status 20

        error[CEC-20]: T4 ran no test (in all 3 runs)
          --> T4
           = help: correct the command in policy/gates.toml: an empty run proves nothing

        next: cargo xtask gates run T4
    "#]]
    .assert_eq(&without_table(&ran.stdout));
    assert_eq!(world.json("out/runs/1/scorecards/demo.json")["verdict"], "not established");
    let (_, ran) = review(&print(&log(&[("slow", "ignored")])), "");
    assert_eq!(ran.status, 20);
    assert!(ran.stdout.contains("error[CEC-20]: T4 ran no test: 1 were skipped (in all 3 runs)\n"));
}

#[test]
fn fewer_tests_than_the_minimum_refuse() {
    let log = log(&[("a", "ok"), ("b", "ok"), ("c", "ignored")]);
    let (_, ran) = review(&print(&log), "tests.minimum = 3\n");
    assert_eq!(ran.status, 20);
    let line = "error[CEC-20]: T4 ran 2 tests; policy demands 3 (in all 3 runs)\n";
    assert!(ran.stdout.contains(line), "{}", ran.stdout);
    let (_, ran) = review(&print(&log), "tests.minimum = 2\n");
    assert_eq!(ran.status, 0, "{}", ran.stdout);
}

#[test]
fn a_report_that_contradicts_itself_is_not_believed() {
    let lying = log(&[("a", "ok"), ("b", "ok")]).replace("test b ... ok\n", "");
    let crashed = log(&[("a", "ok")]).replace("test result", "killed");
    let red_but_0 = log(&[("a", "ok"), ("b", "FAILED")]);
    for (log, why) in [
        (&lying, "the output lists 1"),
        (&crashed, "no result line"),
        (&"hello\n".to_owned(), "no cargo-test summary in the output"),
    ] {
        let (_, ran) = review(&print(log), "");
        assert_eq!(ran.status, 20, "{}", ran.stdout);
        assert!(
            ran.stdout.starts_with("orr: not established (CEC-20, tests-unread), "),
            "{}",
            ran.stdout
        );
        assert!(ran.stdout.contains(why), "{}", ran.stdout);
    }
    // A runner that lists a failure and still ends with status 0 is red.
    let (_, ran) = review(&print(&red_but_0), "");
    assert_eq!(ran.status, 20, "{}", ran.stdout);
    let line =
        "error[CEC-20]: T4: the test `unittests src/lib.rs (alpha): b` failed (in all 3 runs)\n";
    assert!(ran.stdout.contains(line), "{}", ran.stdout);
}

const JUNIT: &str = r#"<testsuites tests="1" failures="0" errors="0"><testsuite name="s" tests="1" failures="0" errors="0" skipped="0"><testcase classname="s" name="a"/></testsuite></testsuites>
"#;

/// A world whose patch commits a JUnit report, and a gate that is set to read it.
fn junit(script: &str) -> World {
    let world = World::with_gates(&format!(
        "stagger = \"0 s\"\n{}tests.reader = \"junit\"\ntests.file = \"reports/junit.xml\"\n",
        gate("T4", "tests", script)
    ));
    world.write("reports/junit.xml", JUNIT);
    world.write("fixture.xml", JUNIT);
    world.commit("a report that nobody wrote");
    world
}

#[test]
fn a_committed_test_report_is_not_believed() {
    let world = junit("echo x > $EVIDENCE_DIR/x");
    let ran = world.xtask(["orr", "--runs", "2"]);
    assert_eq!(ran.status, 20);
    let line = "error[CEC-20]: T4: there is no test report at reports/junit.xml (in run ";
    assert!(ran.stdout.contains(line), "{}", ran.stdout);
    assert_eq!(world.read("reports/junit.xml"), JUNIT, "the working tree was touched");

    let ran =
        junit("mkdir -p reports; cp fixture.xml reports/junit.xml").xtask(["orr", "--runs", "2"]);
    assert_eq!(ran.status, 0, "a report that the gate wrote: {}", ran.stdout);

    let ran = junit("ln -s ../fixture.xml reports/junit.xml").xtask(["orr", "--runs", "2"]);
    assert_eq!(ran.status, 20, "a link to a committed report: {}", ran.stdout);
}

/// Surefire and Gradle write a file a class.
#[test]
fn the_reports_of_many_files_are_summed() {
    let world = World::with_gates(&format!(
        "stagger = \"0 s\"\n{}tests.reader = \"junit\"\ntests.minimum = 2\n\
         tests.file = \"target/*-reports/TEST-*.xml\"\n",
        gate("T4", "tests", "sh run.sh")
    ));
    world.write(
        "run.sh",
        "mkdir -p target/surefire-reports target/failsafe-reports\n\
        cp fixture.xml target/surefire-reports/TEST-a.B.xml\n\
        cp fixture.xml target/failsafe-reports/TEST-c.D.xml\n",
    );
    world.write("fixture.xml", JUNIT);
    world.write("target/old-reports/TEST-Forged.xml", JUNIT);
    world.commit("a report that nobody wrote, and two that the gate writes");
    let ran = world.xtask(["orr", "--runs", "2"]);
    assert_eq!(ran.status, 0, "{}", ran.stdout);
    let report = world.json("out/evidence/T4_tests/tests.json");
    assert_eq!(report["counts"]["passed"], 2, "the committed one does not count");
    assert_eq!(world.read("target/old-reports/TEST-Forged.xml"), JUNIT);

    world.write("run.sh", "true\n");
    world.commit("no report is written");
    let ran = world.xtask(["orr", "--runs", "2"]);
    assert_eq!(ran.status, 20);
    let line = "error[CEC-20]: T4: there is no test report at target/*-reports/TEST-*.xml (in ";
    assert!(ran.stdout.contains(line), "{}", ran.stdout);

    world.write(
        "run.sh",
        "mkdir -p target/a-reports; cp fixture.xml target/a-reports/TEST-A.xml\n\
        head -c 60 fixture.xml >target/a-reports/TEST-B.xml\n",
    );
    world.commit("one of two is cut off");
    let ran = world.xtask(["orr", "--runs", "2"]);
    assert_eq!(ran.status, 20);
    let line = "error[CEC-20]: T4: target/a-reports/TEST-B.xml: line 1: ";
    assert!(ran.stdout.contains(line), "{}", ran.stdout);
}

#[test]
fn a_program_with_a_main_of_its_own_is_said_to_count_no_test() {
    let own = "     Running tests/own.rs (target/debug/deps/own-e62994b938fd5803)\nok\n";
    let (_, ran) = review(&print(&(log(&[("a", "ok")]) + own)), "");
    assert_eq!(ran.status, 0, "{}", ran.stdout);
    let note = "note[tests-by-status]: T4: `tests/own.rs (own)` has a `main` of its own: \
                established by its exit status, no test of it is counted\n";
    assert!(ran.stdout.contains(note), "{}", ran.stdout);
    let (_, ran) = review(&print(own), "");
    assert_eq!(ran.status, 20, "{}", ran.stdout);
    assert!(
        ran.stdout.contains("error[CEC-20]: T4 ran no test (in all 3 runs)\n"),
        "{}",
        ran.stdout
    );
    assert!(ran.stdout.contains("take `tests` out of this gate"), "{}", ran.stdout);
}

#[test]
fn a_run_has_folders_of_its_own_and_no_test_is_named_after_them() {
    let tap = "printf '1..1\\nok 1 - %s/a.sh # time=%s.5ms\\n' \"$PWD\" \"${#PWD}\"";
    let gate = gate("T4", "tests", tap);
    let world = World::with_gates(&format!("stagger = \"0 s\"\n{gate}tests.reader = \"tap\"\n"));
    let ran = world.xtask(["orr", "--runs", "2"]);
    assert_eq!(ran.status, 0, "{}", ran.stdout);
    let report = world.json("out/evidence/T4_tests/tests.json");
    assert_eq!(report["tests"][0]["name"], "a.sh");
}

#[test]
fn a_reader_that_cannot_suit_the_command_is_refused_with_one_that_does() {
    for (run, reader, says) in [
        (
            r#"["node", "--test", "--test-reporter=spec"]"#,
            "tap",
            "`node --test` writes nothing that the reader tap reads",
        ),
        (r#"["cargo", "nextest", "run"]"#, "cargo-test", "write `reader = \"nextest\"`"),
        (r#"["go", "test", "./..."]"#, "go-test-json", "run `go test -json`"),
    ] {
        let world = World::with_gates(&format!(
            "[[gates]]\nid = \"T4\"\nname = \"tests\"\nrun = {run}\n\
              evidence = [\"*.json\"]\ntests.reader = \"{reader}\"\n"
        ));
        let ran = world.xtask(["policy", "check"]);
        assert_eq!(ran.status, 3, "{}", ran.stdout);
        assert!(ran.stdout.contains(says), "{}", ran.stdout);
    }
}

/// What real runners print, through the whole program.
#[test]
fn every_reader_reads_its_runner() {
    for (reader, fixture, says) in [
        ("cargo-test", "cargo-test/pass.txt", "15 passed, 0 failed, 3 skipped"),
        ("nextest", "nextest/pass.txt", "11 passed, 0 failed, 2 skipped"),
        ("junit", "junit/pytest_pass.xml", "2 passed, 0 failed, 0 skipped"),
        ("tap", "tap/node_pass.txt", "2 passed, 0 failed, 2 skipped"),
        ("go-test-json", "runners/go_green.json", "5 passed, 0 failed, 1 skipped"),
        ("unittest", "runners/unittest_green_3.13.unittest", "5 passed, 0 failed, 8 skipped"),
        ("unittest", "runners/unittest_empty_3.8.unittest", "error[CEC-20]: T4 ran no test"),
        ("tap", "runners/node_none.tap", "error[CEC-20]: T4 ran no test: 2 were skipped"),
        ("cargo-test", "cargo-test/forged.txt", "error[CEC-20]: T4: "),
    ] {
        let file = if reader == "junit" { "tests.file = \"report\"\n" } else { "" };
        let gate = gate("T4", "tests", "cat log; cp log report");
        let world = World::with_gates(&format!("{gate}tests.reader = \"{reader}\"\n{file}"));
        let folder = concat!(env!("CARGO_MANIFEST_DIR"), "/../tests/fixtures/test_reports");
        world.write("log", std::fs::read(format!("{folder}/{fixture}")).unwrap());
        let ran = world.xtask(["gates", "run"]);
        assert_eq!(
            ran.status,
            if says.starts_with("error") { 20 } else { 0 },
            "{fixture}: {ran:?}"
        );
        assert!(ran.stdout.contains(says), "{fixture}: {ran:?}");
    }
}
