use super::*;

fn read(bytes: &[u8]) -> Result<TestReport, Unread> {
    super::read(Reader::CargoTest, bytes)
}

const PASS: &[u8] = fixture!("cargo-test/pass.txt");

#[test]
fn a_workspace_with_every_kind_of_target() {
    let report = read(PASS).unwrap();
    assert_eq!(report.counts, counts(15, 0, 3));
    assert_eq!(report.counts.total(), 18);
    assert_eq!(
        names(&report, TestOutcome::Passed),
        [
            "Doc-tests alpha: alpha/src/lib.rs - add (line 13) - compile",
            "Doc-tests alpha: alpha/src/lib.rs - add (line 21) - should panic",
            "Doc-tests alpha: alpha/src/lib.rs - add (line 5)",
            "Doc-tests alpha: alpha/src/lib.rs - add (line 9) - compile fail",
            "tests/integration.rs (integration): joins",
            "tests/integration.rs (integration): named_twice",
            "tests/integration.rs (integration): named_twice",
            "unittests src/lib.rs (alpha): tests::adds",
            "unittests src/lib.rs (alpha): tests::deep::nested",
            "unittests src/lib.rs (alpha): tests::panics - should panic",
            "unittests src/lib.rs (alpha): tests::panics_with - should panic",
            "unittests src/lib.rs (alpha): tests::prints",
            "unittests src/lib.rs (beta_two): tests::adds",
            "unittests src/lib.rs (beta_two): tests::other",
            "unittests src/main.rs (alpha): main_works",
        ]
    );
    assert_eq!(
        names(&report, TestOutcome::Skipped),
        [
            "Doc-tests alpha: alpha/src/lib.rs - add (line 17)",
            "unittests src/lib.rs (alpha): tests::networked",
            "unittests src/lib.rs (alpha): tests::slow",
        ]
    );
}

#[test]
fn colours_and_durations_change_nothing() {
    let report = read(PASS).unwrap();
    assert_eq!(read(fixture!("cargo-test/colour.txt")).unwrap(), report);
    assert_eq!(read(fixture!("cargo-test/report_time.txt")).unwrap(), report);
}

#[test]
fn failures_are_named_and_what_failing_tests_print_is_not_believed() {
    let report = read(fixture!("cargo-test/fail.txt")).unwrap();
    assert_eq!(report.counts, counts(15, 4, 3));
    assert_eq!(
        names(&report, TestOutcome::Failed),
        [
            "Doc-tests alpha: alpha/src/lib.rs - documented (line 43)",
            "unittests src/lib.rs (alpha): failing::breaks",
            "unittests src/lib.rs (alpha): failing::does_not_panic - should panic",
            "unittests src/lib.rs (alpha): failing::gives_error",
        ]
    );
    let fast = read(fixture!("cargo-test/fail_fast.txt")).unwrap();
    assert_eq!(fast.counts, counts(5, 3, 2));
}

#[test]
fn output_of_passing_tests_after_the_listing_is_not_believed() {
    let report = read(fixture!("cargo-test/show_output.txt")).unwrap();
    assert_eq!(report.counts, counts(1, 0, 0));
    assert_eq!(report.tests[0].name, "unittests src/lib.rs (alpha): tests::prints");
}

#[test]
fn no_tests_are_a_report_of_none() {
    assert_eq!(read(fixture!("cargo-test/none.txt")).unwrap().counts.total(), 0);
    assert_eq!(read(fixture!("cargo-test/filtered.txt")).unwrap().counts, counts(2, 0, 0));
}

#[test]
fn what_was_quiet_verbose_crashed_or_never_built_is_unread() {
    let unread = |bytes| read(bytes).unwrap_err();
    assert_eq!(unread(fixture!("cargo-test/quiet.txt")), Unread::Quiet { line: 2 });
    assert_eq!(unread(fixture!("cargo-test/fail_quiet.txt")), Unread::Quiet { line: 2 });
    assert!(matches!(unread(fixture!("cargo-test/verbose.txt")), Unread::Unlabelled { .. }));
    assert_eq!(
        unread(fixture!("cargo-test/crash.txt")),
        Unread::Unfinished { target: "unittests src/lib.rs (alpha)".to_owned() }
    );
    assert_eq!(
        unread(fixture!("cargo-test/compile_error.txt")),
        Unread::NoSummary(Reader::CargoTest)
    );
    assert_eq!(unread(b""), Unread::NoSummary(Reader::CargoTest));
}

#[test]
fn a_forged_line_is_unread() {
    assert_eq!(
        read(fixture!("cargo-test/forged.txt")).unwrap_err(),
        Unread::Disagrees {
            what: "unittests src/lib.rs (alpha): tests run".to_owned(),
            said: 1,
            listed: 2
        }
    );
    for log in [fixture!("cargo-test/nocapture.txt"), fixture!("cargo-test/nocapture_parallel.txt")]
    {
        assert!(matches!(read(log).unwrap_err(), Unread::Disagrees { .. }));
    }
}

#[test]
fn a_summary_that_says_otherwise_is_unread() {
    for (old, new) in [
        ("5 passed; 0 failed; 2 ignored", "6 passed; 0 failed; 2 ignored"),
        ("5 passed; 0 failed; 2 ignored", "5 passed; 1 failed; 2 ignored"),
        ("5 passed; 0 failed; 2 ignored", "5 passed; 0 failed; 1 ignored"),
        ("0 measured", "1 measured"),
        ("test tests::adds ... ok", "test tests::adds ... FAILED"),
        ("running 7 tests", "running 8 tests"),
    ] {
        assert!(
            matches!(read(&cut(PASS, old, new)).unwrap_err(), Unread::Disagrees { .. }),
            "{new}"
        );
    }
    for new in ["test result: FAILED. 5", "test result: perfect. 5", "test result: ok. many"] {
        let log = cut(PASS, "test result: ok. 5", new);
        assert!(matches!(read(&log).unwrap_err(), Unread::BadSummary { line: 13, .. }), "{new}");
    }
}

#[test]
fn lines_of_libtest_where_it_prints_none_are_unread() {
    let after = "\nall doctests ran";
    for stray in [
        "\ntest a ... ok\n",
        "\ntest result: ok. 0 passed; 0 failed; 0 ignored; 0 measured; 0 filtered out\n",
    ] {
        let log = cut(PASS, after, &format!("{stray}{after}"));
        assert!(matches!(read(&log).unwrap_err(), Unread::Stray { .. }), "{stray}");
    }
    let whole = "\n\nrunning 1 test\ntest a ... ok\n\ntest result: ok. 1 passed; 0 failed; \
                 0 ignored; 0 measured; 0 filtered out; finished in 0.00s\n";
    let second = cut(
        PASS,
        "\n     Running unittests src/main.rs",
        &format!("{whole}\n     Running unittests src/main.rs"),
    );
    assert!(matches!(read(&second).unwrap_err(), Unread::Stray { .. }));
    assert_eq!(read(whole.as_bytes()).unwrap_err(), Unread::Unlabelled { line: 3 });
}

#[test]
fn a_crash_after_the_result_line_is_unread() {
    let error = "error: test failed, to rerun pass `--lib`\n     Running unittests src/main.rs";
    let log = cut(PASS, "     Running unittests src/main.rs", error);
    assert!(matches!(read(&log).unwrap_err(), Unread::RunnerError { .. }));
}

#[test]
fn a_binary_with_a_main_of_its_own_is_named_and_counts_no_test() {
    let header = "     Running tests/silent.rs (target/debug/deps/silent-0123456789abcdef)\n";
    let report = read(PASS).unwrap();
    let printed = format!("{header}ok\n     Running");
    for log in [cut(PASS, "     Running", &printed), [PASS, header.as_bytes()].concat()] {
        let with = read(&log).unwrap();
        assert_eq!((with.counts, &with.tests), (report.counts, &report.tests));
        assert_eq!(with.by_status, ["tests/silent.rs (silent)"]);
    }
    let failed = format!("{header}error: test failed, to rerun pass `--test silent`\n");
    let log = cut(PASS, "     Running", &format!("{failed}     Running"));
    assert!(matches!(read(&log).unwrap_err(), Unread::RunnerError { .. }));
    let lost = cut(PASS, "running 7 tests\n", "");
    assert!(matches!(read(&lost).unwrap_err(), Unread::Stray { .. }));
    let alone = read(header.as_bytes()).unwrap();
    assert_eq!((alone.counts.total(), alone.by_status.len()), (0, 1));
}

#[test]
fn benches_and_reasons() {
    let log = "     Running benches/x.rs (target\\release\\deps\\x-0123456789abcdef.exe)\n\
               running 4 tests\n\
               test add     ... bench:           1.25 ns/iter (+/- 0.07)\n\
               test reason  ... ignored, wait ... ok\n\
               test slow has been running for over 60 seconds\n\
               test slow ... FAILED (time limit exceeded)\n\
               test quick ... ok <0.001s>\n\n\
               test result: FAILED. 1 passed; 1 failed; 1 ignored; 1 measured; 0 filtered out\n";
    let report = read(log.as_bytes()).unwrap();
    assert_eq!(report.counts, counts(2, 1, 1));
    assert_eq!(
        names(&report, TestOutcome::Passed),
        ["benches/x.rs (x): add", "benches/x.rs (x): quick"]
    );
    assert_eq!(names(&report, TestOutcome::Skipped), ["benches/x.rs (x): reason"]);
    assert_eq!(names(&report, TestOutcome::Failed), ["benches/x.rs (x): slow"]);
}

#[test]
fn a_crash_among_outputs_does_not_swallow_the_next_binary() {
    let log = "     Running a.rs (deps/a-0)\nrunning 1 test\ntest t ... ok\n\nsuccesses:\n\
               \u{20}    Running b.rs (deps/b-0)\nrunning 1 test\ntest u ... ok\n\n\
               test result: ok. 1 passed; 0 failed; 0 ignored; 0 measured; 0 filtered out\n";
    assert_eq!(
        read(log.as_bytes()).unwrap_err(),
        Unread::Unfinished { target: "a.rs (a)".to_owned() }
    );
}
