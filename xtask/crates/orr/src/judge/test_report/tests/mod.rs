//! Against what real runners wrote, and against what a hostile one could.

mod junit;
mod libtest;
mod nextest;
mod properties;
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

#[test]
fn names_of_readers_are_those_that_serde_writes() {
    for &reader in Reader::ALL {
        assert_eq!(Reader::from_name(reader.name()), Some(reader));
        assert_eq!(serde_json::to_string(&reader).unwrap(), format!("\"{}\"", reader.name()));
    }
    assert_eq!(Reader::from_name("mocha"), None);
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
    ];
    for (writer, bytes) in own {
        for &reader in Reader::ALL {
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
