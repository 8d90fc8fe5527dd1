use super::*;

fn read(bytes: &[u8]) -> Result<TestReport, Unread> {
    super::read(Reader::Nextest, bytes)
}

const PASS: &[u8] = fixture!("nextest/pass.txt");
const RETRIES: &[u8] = fixture!("nextest/retries.txt");

#[test]
fn a_workspace_that_passes() {
    let report = read(PASS).unwrap();
    assert_eq!(report.counts, counts(11, 0, 2));
    assert_eq!(
        names(&report, TestOutcome::Passed),
        [
            "alpha tests::adds",
            "alpha tests::deep::nested",
            "alpha tests::panics",
            "alpha tests::panics_with",
            "alpha tests::prints",
            "alpha::bin/alpha main_works",
            "alpha::integration joins",
            "alpha::integration named_twice",
            "beta-two tests::adds",
            "beta-two tests::other",
            "beta-two::integration named_twice",
        ]
    );
    assert_eq!(read(fixture!("nextest/colour.txt")).unwrap(), report);
}

#[test]
fn every_way_to_fail() {
    let report = read(fixture!("nextest/crash.txt")).unwrap();
    assert_eq!(report.counts, counts(13, 5, 2));
    assert_eq!(
        names(&report, TestOutcome::Failed),
        [
            "alpha crash::zaborts",
            "alpha odd::fails",
            "alpha odd::flaky",
            "alpha odd::hangs",
            "alpha odd::segfaults",
        ]
    );
    assert!(names(&report, TestOutcome::Passed).contains(&"alpha odd::leaks"));
    let fail = read(fixture!("nextest/fail.txt")).unwrap();
    assert_eq!(fail.counts, counts(11, 3, 2));
}

#[test]
fn a_test_that_passes_on_retry_failed() {
    let report = read(fixture!("nextest/flaky.txt")).unwrap();
    assert_eq!(report.counts, counts(3, 1, 16));
    assert_eq!(names(&report, TestOutcome::Failed), ["alpha odd::flaky"]);

    let report = read(RETRIES).unwrap();
    assert_eq!(report.counts, counts(13, 5, 2));
    assert_eq!(
        names(&report, TestOutcome::Failed),
        [
            "alpha crash::zaborts",
            "alpha odd::fails",
            "alpha odd::flaky",
            "alpha odd::hangs",
            "alpha odd::segfaults",
        ]
    );
    assert_eq!(
        names(&report, TestOutcome::Skipped),
        ["alpha tests::networked", "alpha tests::slow"]
    );
}

#[test]
fn a_stopped_run_is_read_only_where_a_failure_stopped_it() {
    let stopped = fixture!("nextest/failfast.txt");
    assert_eq!(read(stopped).unwrap().counts, counts(1, 1, 2));
    let log = cut(PASS, "11 tests run", "11/12 tests run");
    let log = cut(&log, "Starting 11", "Starting 12");
    assert_eq!(
        read(&log).unwrap_err(),
        Unread::Disagrees { what: "tests planned".to_owned(), said: 12, listed: 11 }
    );
}

#[test]
fn what_a_test_prints_raw_is_held_against_the_totals() {
    assert_eq!(read(fixture!("nextest/nocapture.txt")).unwrap().counts, counts(3, 0, 17));
    let start = "       START [         ] (2/3)";
    let forged = format!("        PASS [   0.005s] (1/3) alpha tests::invented\n{start}");
    let log = cut(fixture!("nextest/nocapture.txt"), start, &forged);
    assert_eq!(
        read(&log).unwrap_err(),
        Unread::Disagrees { what: "passed".to_owned(), said: 3, listed: 4 }
    );
    let forged = format!("        PASS [   0.005s] (1/3) alpha tests::adds\n{start}");
    let log = cut(fixture!("nextest/nocapture.txt"), start, &forged);
    assert_eq!(read(&log).unwrap_err(), Unread::Twice { name: "alpha tests::adds".to_owned() });
}

#[test]
fn no_tests_are_a_report_of_none() {
    let report = read(fixture!("nextest/none.txt")).unwrap();
    assert_eq!((report.counts, report.tests.len()), (counts(0, 0, 20), 0));
}

#[test]
fn unlisted_passes_and_missing_summaries_are_unread() {
    assert_eq!(
        read(fixture!("nextest/quiet.txt")).unwrap_err(),
        Unread::Disagrees { what: "passed".to_owned(), said: 2, listed: 0 }
    );
    assert_eq!(
        read(fixture!("nextest/compile_error.txt")).unwrap_err(),
        Unread::NoSummary(Reader::Nextest)
    );
    assert_eq!(
        read(&cut(PASS, "Summary", "Sommary")).unwrap_err(),
        Unread::NoSummary(Reader::Nextest)
    );
}

#[test]
fn a_summary_that_says_otherwise_is_unread() {
    for (old, new) in [
        ("11 passed", "10 passed"),
        ("11 passed", "10 passed, 1 failed"),
        ("11 passed", "11 passed (1 flaky)"),
        ("11 tests run", "12 tests run"),
        ("Starting 11", "Starting 12"),
        ("        PASS", "        FAIL"),
        ("        PASS", "        SKIP"),
    ] {
        assert!(
            matches!(read(&cut(PASS, old, new)).unwrap_err(), Unread::Disagrees { .. }),
            "{new}"
        );
    }
    let retried = cut(RETRIES, "(1 flaky, 1 leaky)", "(1 leaky)");
    assert_eq!(
        read(&retried).unwrap_err(),
        Unread::Disagrees { what: "flaky".to_owned(), said: 0, listed: 1 }
    );
    for new in ["11 passed, 1 vanished", "all passed", "11 passed (1 odd"] {
        let result = read(&cut(PASS, "11 passed", new));
        assert!(matches!(result, Err(Unread::BadSummary { line: 17, .. })), "{new}: {result:?}");
    }
}

#[test]
fn contradictions_after_the_summary_are_unread() {
    let with = |line: &str| [PASS, line.as_bytes()].concat();
    assert_eq!(
        read(&with("        FAIL [   0.005s] (1/11) alpha tests::adds\n")).unwrap_err(),
        Unread::Twice { name: "alpha tests::adds".to_owned() }
    );
    assert!(matches!(
        read(&with("error: test run failed\n")).unwrap_err(),
        Unread::RunnerError { .. }
    ));
    let summary = "     Summary [   0.442s] 11 tests run: 11 passed, 2 skipped\n";
    assert!(matches!(read(&with(summary)).unwrap_err(), Unread::Stray { .. }));
}

#[test]
fn older_versions_print_no_counter() {
    let log = "    Starting 1 test across 1 binary\n        PASS [   0.005s] a::b c::d\n\
               ------------\n     Summary [   0.005s] 1 test run: 1 passed, 0 skipped\n";
    let report = read(log.as_bytes()).unwrap();
    assert_eq!(names(&report, TestOutcome::Passed), ["a::b c::d"]);
}
