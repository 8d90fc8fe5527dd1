//! What real runners wrote, held against what they themselves counted. The reports are
//! made by `tests/fixtures/test_reports/make.sh`; `runners.md` beside it is the table.

use std::path::{Path, PathBuf};

use super::*;

fn folder() -> PathBuf {
    PathBuf::from(concat!(
        env!("CARGO_MANIFEST_DIR"),
        "/../../../tests/fixtures/test_reports/runners"
    ))
}

/// One run of a real tool.
pub(super) struct Run {
    pub(super) name: String,
    pub(super) reader: Reader,
    /// One report, or one a class.
    pub(super) files: Vec<Vec<u8>>,
    tool: String,
    command: String,
    pub(super) status: i32,
    /// The lines in which the tool itself counts.
    said: Vec<String>,
}

impl Run {
    pub(super) fn read(&self) -> Result<TestReport, Unread> {
        let reports: Result<Vec<_>, _> =
            self.files.iter().map(|bytes| read(self.reader, bytes)).collect();
        Ok(TestReport::sum(reports?).without_folders(&["/src"]))
    }
}

pub(super) fn is_green(report: &Result<TestReport, Unread>) -> bool {
    report.as_ref().is_ok_and(|report| report.counts.failed == 0 && report.counts.passed > 0)
}

fn sorted(folder: &Path) -> Vec<PathBuf> {
    let mut paths: Vec<_> =
        std::fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path()).collect();
    paths.sort();
    paths
}

pub(super) fn all() -> Vec<Run> {
    let is_said = |path: &PathBuf| path.extension().is_some_and(|extension| extension == "said");
    let paths = sorted(&folder()).into_iter().filter(|path| !is_said(path));
    paths.map(|path| run(&path)).collect()
}

fn run(path: &Path) -> Run {
    let name = path.file_name().unwrap().to_str().unwrap().to_owned();
    let reader = match path.extension().map(|extension| extension.to_str().unwrap()) {
        Some("xml") | None => Reader::Junit,
        Some("tap") => Reader::Tap,
        Some("json") => Reader::GoTestJson,
        Some("nextest") => Reader::Nextest,
        Some("txt") => Reader::CargoTest,
        Some("unittest") => Reader::Unittest,
        Some(other) => panic!("{name}: no reader of {other}"),
    };
    let (reports, said) = if path.is_dir() {
        let reports = sorted(path).into_iter().filter(|file| !file.ends_with("said")).collect();
        (reports, path.join("said"))
    } else {
        (vec![path.to_owned()], path.with_file_name(format!("{name}.said")))
    };
    let said = std::fs::read_to_string(said).unwrap();
    let mut lines = said.lines();
    let mut next = |key: &str| lines.next().unwrap().strip_prefix(key).unwrap().trim().to_owned();
    let (tool, command) = (next("tool:"), next("command:"));
    let status = next("status:").parse().unwrap();
    let said = lines.map(|line| line.trim().trim_matches('=').trim().to_owned()).collect();
    let files = reports.iter().map(|report| std::fs::read(report).unwrap()).collect();
    Run { name, reader, files, tool, command, status, said }
}

/// Green to its own tool, with tests that ran, and not green here.
const STRICTER: &[(&str, &str)] = &[
    ("gotestsum_green.xml", "a test printed what looks like the failure of another"),
    ("pytest_reruns_2.xml", "a test passed at its second attempt only"),
    ("pytest_tap_subskip.tap", "pytest-tap numbers subtests past its own plan"),
    ("prove_green.xml", "TAP::Formatter::JUnit lists skipped tests as passed"),
    ("prove_none.xml", "TAP::Formatter::JUnit lists skipped tests as passed"),
    ("nextest_flaky.xml", "a test passed at its second attempt only"),
    ("nextest_flaky.nextest", "a test passed at its second attempt only"),
    ("unittest_loud_3.8.unittest", "what a test printed stands within its line"),
    ("unittest_loud_3.11.unittest", "what a test printed stands within its line"),
    ("unittest_loud_3.13.unittest", "what a test printed stands within its line"),
];

#[test]
fn what_is_green_here_is_green_to_its_own_tool_and_the_other_way_round() {
    let mut stricter = Vec::new();
    for run in all() {
        let report = run.read();
        let none = report.as_ref().is_ok_and(|r| r.counts.passed + r.counts.failed == 0);
        match (run.status == 0, is_green(&report)) {
            (false, true) => panic!("{} is green here, and to {} it is not", run.name, run.tool),
            (true, false) if !none => stricter.push(run.name),
            _ => {}
        }
    }
    let mut known: Vec<_> = STRICTER.iter().map(|(name, _)| (*name).to_owned()).collect();
    known.sort();
    stricter.sort();
    assert_eq!(stricter, known);
}

/// The report, how many passed, failed and were skipped here, and what the tool said;
/// `P`, `F`, `S` and `N` stand for those numbers and their sum.
type Row = (&'static str, [u64; 3], &'static [&'static str]);

const COUNTED: &[Row] = &[
    ("ava_green.tap", [3, 0, 2], &["# pass P"]),
    ("ava_none.tap", [0, 0, 2], &["# pass P"]),
    ("ava_red.tap", [1, 1, 0], &["# tests N", "# pass P", "# fail F"]),
    ("bats_green.tap", [3, 0, 1], &["1..N"]),
    ("bats_green.xml", [3, 0, 1], &["tests=\"N\"", "failures=\"F\"", "skipped=\"S\""]),
    ("bats_none.tap", [0, 0, 1], &["1..N"]),
    ("bats_red.xml", [1, 1, 0], &["tests=\"N\"", "failures=\"F\"", "skipped=\"S\""]),
    ("bats_tap13_green.tap", [3, 0, 1], &["1..N"]),
    ("bats_timed_green.tap", [3, 0, 1], &["1..N"]),
    ("bats_timed_red.tap", [1, 1, 0], &["1..N"]),
    (
        "cargo_doc.txt",
        [3, 0, 2],
        &["ok. 1 passed; F failed; 1 ignored", "ok. 2 passed; F failed; 1 ignored"],
    ),
    ("cargo_green.txt", [1, 0, 1], &["ok. P passed; F failed; S ignored"]),
    ("cargo_only_main.txt", [0, 0, 0], &[]),
    ("cargo_red.txt", [3, 1, 2], &["FAILED. 1 passed; F failed; 1 ignored"]),
    ("catch2_green.xml", [3, 0, 1], &["failures=\"F\""]),
    ("catch2_none.xml", [0, 0, 0], &["tests=\"N\""]),
    ("catch2_red.xml", [1, 2, 0], &["errors=\"1\" failures=\"2\""]),
    ("ctest_green.xml", [2, 0, 1], &["F tests failed out of N"]),
    ("ctest_none.xml", [0, 0, 2], &["F tests failed out of 1", "(Skipped)", "(Disabled)"]),
    ("ctest_red.xml", [2, 2, 1], &["F tests failed out of N"]),
    ("deno_green.tap", [3, 0, 1], &[]),
    ("deno_green.xml", [3, 0, 1], &["2 passed (2 steps) | F failed | S ignored"]),
    ("deno_none.xml", [0, 0, 1], &["P passed | F failed | S ignored"]),
    ("deno_red.xml", [1, 2, 0], &["P passed | F failed (1 step)"]),
    ("go_crash.json", [1, 1, 0], &["\"Action\":\"fail\""]),
    ("go_exit.json", [1, 1, 0], &["\"Action\":\"fail\""]),
    ("go_green.json", [5, 0, 1], &["\"Action\":\"pass\""]),
    ("go_none.json", [0, 0, 2], &["\"Action\":\"pass\""]),
    ("go_red.json", [3, 3, 0], &["\"Action\":\"fail\""]),
    ("go_twice.json", [8, 0, 2], &["\"Action\":\"pass\"", "\"Action\":\"skip\""]),
    ("gotestsum_green.xml", [5, 1, 1], &["S skipped, F failure"]),
    ("gotestsum_none.xml", [0, 0, 2], &["S skipped"]),
    ("gotestsum_exit.xml", [1, 1, 0], &["F failure"]),
    ("gradle_green", [3, 0, 1], &["P PASSED, F FAILED, S SKIPPED"]),
    ("gradle_red", [0, 2, 0], &["2 tests completed, F failed"]),
    (
        "gtest_green.xml",
        [4, 0, 2],
        &["[  PASSED  ] P tests.", "[  SKIPPED ] 1 test", "1 DISABLED TEST"],
    ),
    (
        "gtest_none.xml",
        [0, 0, 2],
        &["[  PASSED  ] P tests.", "[  SKIPPED ] 1 test", "1 DISABLED TEST"],
    ),
    ("gtest_red.xml", [1, 1, 0], &["[  PASSED  ] P test.", "[  FAILED  ] F test"]),
    ("jest_crash.xml", [0, 0, 0], &["N total"]),
    ("jest_green.xml", [3, 0, 2], &["1 skipped, 1 todo, P passed, N total"]),
    ("jest_none.xml", [0, 0, 2], &["1 skipped, 1 todo, N total"]),
    ("jest_red.xml", [1, 1, 1], &["F failed, S skipped, P passed, N total"]),
    ("mocha_green.tap", [2, 0, 2], &["# pass P", "# fail F"]),
    ("mocha_green.xml", [2, 0, 2], &["tests=\"N\"", "errors=\"F\"", "skipped=\"S\""]),
    ("mocha_hook.xml", [0, 1, 0], &["errors=\"F\""]),
    ("mocha_none.tap", [0, 0, 2], &["# pass P", "# fail F"]),
    ("mocha_none.xml", [0, 0, 2], &["tests=\"N\"", "skipped=\"S\""]),
    ("mocha_red.xml", [1, 1, 0], &["tests=\"N\"", "errors=\"F\""]),
    ("nextest_flaky.nextest", [2, 1, 1], &["3 passed (1 flaky), S skipped"]),
    ("nextest_flaky.xml", [2, 1, 0], &["3 passed (1 flaky)"]),
    ("nextest_green.nextest", [2, 0, 1], &["P passed, S skipped"]),
    ("nextest_green.xml", [2, 0, 0], &["P passed"]),
    ("nextest_red.xml", [2, 2, 0], &["P passed, F failed"]),
    // Here `parent` is no test of its own, and to node it is.
    ("node_green.tap", [6, 0, 3], &["# tests 9", "# pass 7", "# skipped 1", "# todo 1"]),
    ("node_green.xml", [7, 0, 3], &["tests 9", "pass 7", "skipped 1", "todo 1"]),
    ("node_none.tap", [0, 0, 2], &["# tests N", "# pass P", "# skipped S"]),
    ("node_none.xml", [0, 0, 2], &["tests N", "pass P", "skipped S"]),
    ("node_red.tap", [2, 4, 2], &["# tests N", "# pass P", "# fail 3", "# cancelled 1"]),
    ("node_red.xml", [2, 4, 2], &["tests N", "pass P", "fail 3", "cancelled 1"]),
    ("node_root.xml", [1, 0, 1], &["tests N", "pass P", "skipped S"]),
    ("node_todo.tap", [0, 1, 0], &["# tests N", "# fail F"]),
    ("node_todo.xml", [0, 1, 0], &["tests N", "fail F"]),
    // node counts a file without a test as one that passed.
    ("node_untested.tap", [0, 0, 0], &["# pass 1"]),
    ("node_untested.xml", [0, 0, 0], &["pass 1"]),
    ("perl_green.tap", [4, 0, 3], &["1..6"]),
    ("perl_none.tap", [0, 0, 2], &["1..N"]),
    ("perl_red.tap", [2, 1, 0], &["failed 1 test of 2"]),
    ("phpunit_green.xml", [4, 0, 2], &["Tests: N,", "Skipped: 1, Incomplete: 1."]),
    ("phpunit_none.xml", [0, 0, 1], &["Tests: N,", "Skipped: S."]),
    ("phpunit_red.xml", [1, 3, 0], &["Tests: N,", "Errors: 1, Failures: 1, Risky: 1."]),
    ("phpunit_whole.xml", [4, 0, 3], &["Tests: N,"]),
    ("pytest_green_v8.xml", [11, 0, 2], &["P passed, 1 skipped, 1 xfailed, 3 subtests passed"]),
    ("pytest_green_v9.xml", [11, 0, 2], &["P passed, 1 skipped, 1 xfailed"]),
    ("pytest_none_v9.xml", [0, 0, 2], &["1 skipped, 1 xfailed"]),
    // A test that passed and whose teardown did not is one that failed here.
    ("pytest_red_v9.xml", [1, 3, 0], &["2 failed, 3 passed, 1 error"]),
    ("pytest_reruns_0.xml", [1, 1, 0], &["F failed, P passed"]),
    ("pytest_reruns_2.xml", [1, 1, 0], &["2 passed, 1 rerun"]),
    // Each of its subtests was skipped.
    ("pytest_subskip_v8.xml", [0, 0, 1], &["1 passed, 3 skipped"]),
    ("pytest_tap_green.tap", [10, 0, 2], &["1..N"]),
    ("pytest_xdist.xml", [10, 3, 2], &["2 failed, 12 passed, 1 skipped, 1 xfailed, 1 error"]),
    ("rspec_crash.xml", [0, 0, 0], &["N examples, F failures, 1 error"]),
    ("rspec_green.xml", [2, 0, 3], &["N examples, F failures, S pending"]),
    ("rspec_none.xml", [0, 0, 2], &["N examples, F failures, S pending"]),
    ("rspec_red.xml", [1, 2, 0], &["N examples, F failures"]),
    ("surefire_green", [3, 0, 2], &["Tests run: N, Failures: F, Errors: 0, Skipped: S"]),
    ("surefire_red", [0, 3, 0], &["Tests run: N, Failures: 1, Errors: 1, Skipped: S, Flakes: 1"]),
    // A subtest without a test is one that passed, to node-tap.
    ("tap_green.tap", [3, 0, 2], &["total: 6, pass: 4, todo: 1, skip: 1"]),
    ("tap_none.tap", [0, 0, 2], &["total: N, pass: P, todo: 1, skip: 1"]),
    ("tap_raw_green.tap", [3, 0, 2], &["total: 6, pass: 4, todo: 1, skip: 1"]),
    ("tap_red.tap", [1, 1, 0], &["total: N, pass: P, fail: F"]),
    ("tape_green.tap", [3, 0, 1], &["# tests N"]),
    ("tape_none.tap", [0, 0, 1], &["# tests N"]),
    ("tape_red.tap", [1, 1, 0], &["# tests N", "# pass  P", "# fail  F"]),
    ("unittest_green.xml", [2, 0, 2], &["Ran N tests", "skipped=1, expected failures=1"]),
    ("unittest_none.xml", [0, 0, 1], &["Ran N test", "skipped=S"]),
    ("unittest_red.xml", [1, 4, 0], &["failures=2, errors=1, unexpected successes=1"]),
    ("unittest_empty_3.8.unittest", [0, 0, 0], &["Ran N tests"]),
    ("unittest_green_3.8.unittest", [5, 0, 8], &["Ran 11 tests", "skipped=7, expected failures=1"]),
    ("unittest_import_3.8.unittest", [0, 1, 0], &["Ran N test", "errors=F"]),
    ("unittest_none_3.8.unittest", [0, 0, 1], &["Ran N test", "skipped=S"]),
    ("unittest_empty_3.11.unittest", [0, 0, 0], &["Ran N tests"]),
    (
        "unittest_green_3.11.unittest",
        [5, 0, 8],
        &["Ran 11 tests", "skipped=7, expected failures=1"],
    ),
    ("unittest_import_3.11.unittest", [0, 1, 0], &["Ran N test", "errors=F"]),
    ("unittest_none_3.11.unittest", [0, 0, 1], &["Ran N test", "skipped=S"]),
    // A subtest that fails is one of the failures, and a class that can't be set up one of the errors.
    ("unittest_red_3.11.unittest", [2, 9, 0], &["failures=3, errors=5, unexpected successes=1"]),
    ("unittest_empty_3.13.unittest", [0, 0, 0], &["Ran N tests"]),
    (
        "unittest_green_3.13.unittest",
        [5, 0, 8],
        &["Ran 11 tests", "skipped=7, expected failures=1"],
    ),
    ("unittest_import_3.13.unittest", [0, 1, 0], &["Ran N test", "errors=F"]),
    ("unittest_none_3.13.unittest", [0, 0, 1], &["Ran N test", "skipped=S"]),
    // A subtest that fails is one of the failures, and a class that can't be set up one of the errors.
    ("unittest_red_3.13.unittest", [2, 9, 0], &["failures=3, errors=5, unexpected successes=1"]),
    ("vitest_green.xml", [2, 0, 2], &["P passed | 1 skipped | 1 todo (N)"]),
    ("vitest_green_tap-flat.tap", [2, 0, 2], &["1..N"]),
    ("vitest_green_tap.tap", [2, 0, 2], &[]),
    ("vitest_none.xml", [0, 0, 2], &["1 skipped | 1 todo (N)"]),
    ("vitest_none_tap.tap", [0, 0, 2], &[]),
    ("vitest_red.xml", [1, 1, 0], &["F failed | P passed (N)"]),
    ("vitest_red_tap.tap", [1, 1, 0], &[]),
];

#[test]
fn each_runner_is_counted_as_it_counts_itself() {
    let runs = all();
    for (name, [passed, failed, skipped], lines) in COUNTED {
        let run = runs.iter().find(|run| run.name == *name).expect(name);
        let report = run.read().unwrap_or_else(|unread| panic!("{name}: {unread}"));
        assert_eq!(report.counts, counts(*passed, *failed, *skipped), "{name}: {report:?}");
        let said = run.said.join("\n");
        for line in *lines {
            let number = |c| match c {
                'P' => passed.to_string(),
                'F' => failed.to_string(),
                'S' => skipped.to_string(),
                'N' => (passed + failed + skipped).to_string(),
                other => other.to_string(),
            };
            // Letters that stand in words are no numbers.
            let words = line.split_inclusive(|c: char| !c.is_ascii_alphanumeric());
            let filled: String = words
                .map(|word| match word.trim_end_matches(|c: char| !c.is_ascii_alphanumeric()) {
                    "P" | "F" | "S" | "N" => word.chars().map(number).collect(),
                    _ => word.to_owned(),
                })
                .collect();
            assert!(said.contains(&filled), "{name} says\n{said}\nand not {filled}");
        }
    }
    let tools: std::collections::BTreeSet<_> =
        COUNTED.iter().map(|(name, ..)| name.split(['_', '.']).next().unwrap()).collect();
    assert!(tools.len() >= 22, "{}: {tools:?}", tools.len());
}

#[test]
fn the_table_of_runners_is_as_it_was_reviewed() {
    let mut table = "# Runners, their own counts and ours\n\n\
                     Each report was written by the tool itself (`make.sh`). Ours: passed, failed, \
                     skipped.\nRenew with `UPDATE_EXPECT=1 cargo test -p xtask --lib \
                     the_table_of_runners`.\n\n\
                     | report | tool | command | status | its own count | ours | verdict |\n\
                     | --- | --- | --- | --- | --- | --- | --- |\n"
        .to_owned();
    for run in all() {
        let report = run.read();
        let (ours, verdict) = match &report {
            Ok(report) => {
                let TestCounts { passed, failed, skipped } = report.counts;
                let verdict = match (passed, failed) {
                    (_, 1..) => "refused",
                    (0, 0) => "not established: no test ran",
                    _ => "pass",
                };
                (format!("{passed}, {failed}, {skipped}"), verdict.to_owned())
            }
            Err(unread) => ("-".to_owned(), format!("not established: {unread}")),
        };
        let said = run.said.join("; ");
        let cells =
            [&run.name, &run.tool, &run.command, &run.status.to_string(), &said, &ours, &verdict];
        let cells = cells.map(|cell| {
            let cell: String =
                cell.replace('|', "\\|").split_whitespace().collect::<Vec<_>>().join(" ");
            if cell.chars().count() > 150 {
                cell.chars().take(150).chain(['…']).collect()
            } else {
                cell
            }
        });
        table.push_str(&format!("| {} |\n", cells.join(" | ")));
    }
    expect_test::expect_file![folder().with_file_name("runners.md")].assert_eq(&table);
}

#[test]
fn no_name_holds_a_time_a_folder_a_host_or_an_address() {
    for run in all() {
        let Ok(report) = run.read() else { continue };
        for TestCase { name, .. } in &report.tests {
            for part in ["/src/", "/tools/", "host", "time=", "object at 0x7", "2026-"] {
                assert!(!name.contains(part), "{}: {name}", run.name);
            }
            let timed = name.rsplit_once(" in ").is_some_and(|(_, time)| time.ends_with("ms"));
            assert!(!timed, "{}: {name}", run.name);
        }
    }
}
