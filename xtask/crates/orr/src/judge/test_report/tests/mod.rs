//! Against what real runners wrote, and against what a hostile one could.

mod junit;
mod libtest;
mod nextest;
mod properties;
mod runners;
mod tap;

use super::*;

macro_rules! fixture {
    ($path:literal) => {
        include_bytes!(concat!(
            env!("CARGO_MANIFEST_DIR"),
            "/../../../tests/fixtures/test_reports/",
            $path
        ))
        .as_slice()
    };
}
use fixture;

fn counts(passed: u64, failed: u64, skipped: u64) -> TestCounts {
    TestCounts { passed, failed, skipped }
}

fn names(report: &TestReport, outcome: TestOutcome) -> Vec<&str> {
    report.tests.iter().filter(|t| t.outcome == outcome).map(|t| t.name.as_str()).collect()
}

fn cut(bytes: &[u8], old: &str, new: &str) -> Vec<u8> {
    let text = std::str::from_utf8(bytes).unwrap();
    assert!(text.contains(old), "the fixture has no {old:?}");
    text.replacen(old, new, 1).into_bytes()
}

/// All readers.
fn readers() -> impl Iterator<Item = Reader> {
    Reader::WORDS.iter().filter_map(|word| Reader::from_word(word))
}

#[test]
fn a_report_is_written_without_durations_paths_or_hashes() {
    let report = read(Reader::CargoTest, fixture!("cargo-test/crlf.txt")).unwrap();
    assert_eq!(
        serde_json::to_string(&report).unwrap(),
        concat!(
            r#"{"counts":{"passed":3,"failed":0,"skipped":0},"tests":["#,
            r#"{"name":"tests/integration.rs (integration): named_twice","outcome":"passed"},"#,
            r#"{"name":"unittests src/lib.rs (beta_two): tests::adds","outcome":"passed"},"#,
            r#"{"name":"unittests src/lib.rs (beta_two): tests::other","outcome":"passed"}]}"#
        )
    );
}

#[test]
fn one_runners_output_is_no_other_runners_report() {
    let cargo = fixture!("cargo-test/pass.txt");
    let nextest = fixture!("nextest/pass.txt");
    let junit = fixture!("junit/pytest_pass.xml");
    let tap = fixture!("tap/perl_b.txt");
    let own = [
        (Reader::CargoTest, cargo),
        (Reader::Nextest, nextest),
        (Reader::Junit, junit),
        (Reader::Tap, tap),
        (Reader::GoTestJson, fixture!("runners/go_green.json")),
        (Reader::Unittest, fixture!("runners/unittest_green_3.13.unittest")),
    ];
    for (writer, bytes) in own {
        for reader in readers() {
            assert_eq!(read(reader, bytes).is_ok(), reader == writer, "{reader:?} of {writer:?}");
        }
    }
}

#[test]
fn overprinting_and_escapes_hide_nothing() {
    assert_eq!(text::lines(b"a\rb\r\nc"), ["a", "b", "c"]);
    assert_eq!(text::lines(b"\x1b[1;32mok\x1b(B\x1b[m\x1b]8;;x\x1b\\.\x1b]0;t\x07!"), ["ok.!"]);
    assert_eq!(text::lines(b"\x1b]never closed\nnext"), ["", "next"]);
    assert_eq!(text::lines(b"\x1b\nnext\x1b"), ["", "next"]);
}

#[test]
fn names_are_equal_for_equal_runs() {
    use super::names::{is_script, without_addresses, without_folders};
    for (name, plain) in [
        ("f[<A object at 0x7f0acdb371d0>]", "f[<A object at 0x…>]"),
        ("f[<A at 0x1234>]", "f[<A at 0x…>]"),
        ("TestA/0xc000096680", "TestA/0x…"),
        ("colour 0xff8800", "colour 0xff8800"),
        ("0x", "0x"),
    ] {
        assert_eq!(without_addresses(name), plain);
    }
    for (name, plain) in [
        ("/tmp/run/1/a.test.mjs", "a.test.mjs"),
        ("reads file:///tmp/run/1/a b", "reads a b"),
        ("in /tmp/run/1", "in ."),
        ("GET /api/users", "GET /api/users"),
    ] {
        assert_eq!(without_folders(name, &["/tmp/run/1/", ""]), plain);
    }
    assert!(is_script("/src/a.test.mjs") && is_script("a.ts"));
    assert!(!is_script("loads a.mjs") && !is_script("a.tap"));
}

#[test]
fn reports_of_many_files_are_summed() {
    let read = |xml: &str| read(Reader::Junit, xml.as_bytes()).unwrap();
    let sum = TestReport::sum([
        read("<testsuite tests='1'><testcase name='b'/></testsuite>"),
        read("<testsuite tests='0'/>"),
        read(
            "<testsuite tests='2'><testcase name='a'/><testcase name='c'><skipped/></testcase></testsuite>",
        ),
    ]);
    assert_eq!(sum.counts, counts(2, 0, 1));
    assert_eq!(names(&sum, TestOutcome::Passed), ["a", "b"]);
}

#[test]
fn a_package_of_go_that_does_not_compile_is_said_to() {
    // What go 1.25 printed.
    let log = "{\"ImportPath\":\"x [x.test]\",\"Action\":\"build-output\",\"Output\":\"# x [x.test]\\n\"}\n\
               {\"ImportPath\":\"x [x.test]\",\"Action\":\"build-fail\"}\n\
               {\"Time\":\"t\",\"Action\":\"start\",\"Package\":\"x\"}\n\
               {\"Time\":\"t\",\"Action\":\"output\",\"Package\":\"x\",\"Output\":\"FAIL\\tx [build failed]\\n\"}\n\
               {\"Time\":\"t\",\"Action\":\"fail\",\"Package\":\"x\",\"Elapsed\":0,\"FailedBuild\":\"x [x.test]\"}\n";
    let named = |log: &str| {
        names(&read(Reader::GoTestJson, log.as_bytes()).unwrap(), TestOutcome::Failed).join(",")
    };
    assert_eq!(named(log), "x: does not compile");
    assert_eq!(named(&log.replace(" [build failed]", "")), "x: outside of its tests");
}
