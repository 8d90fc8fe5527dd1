use super::*;

fn read(bytes: &[u8]) -> Result<TestReport, Unread> {
    super::read(Reader::Tap, bytes)
}

fn plan(line: usize, why: &'static str) -> Unread {
    Unread::Plan { line, why }
}

#[test]
fn test_more_with_every_outcome() {
    let report = read(fixture!("tap/perl_a.txt")).unwrap();
    assert_eq!(report.counts, counts(4, 1, 2));
    assert_eq!(names(&report, TestOutcome::Passed), ["2", "already", "first", "inner"]);
    assert_eq!(names(&report, TestOutcome::Failed), ["a # hash in the name"]);
    assert_eq!(names(&report, TestOutcome::Skipped), ["4", "later"]);
}

#[test]
fn a_closing_plan_and_a_plan_of_none() {
    assert_eq!(read(fixture!("tap/perl_b.txt")).unwrap().counts, counts(1, 0, 0));
    assert_eq!(read(fixture!("tap/perl_c.txt")).unwrap().counts.total(), 0);
}

#[test]
fn a_bail_out_and_a_plan_not_met_are_unread() {
    assert_eq!(
        read(fixture!("tap/perl_d.txt")).unwrap_err(),
        Unread::BailedOut { line: 3, reason: "database gone".to_owned() }
    );
    let short = Unread::Disagrees { what: "plan".to_owned(), said: 3, listed: 1 };
    assert_eq!(read(fixture!("tap/perl_e.txt")).unwrap_err(), short);
}

#[test]
fn node_with_nested_subtests() {
    let report = read(fixture!("tap/node.txt")).unwrap();
    assert_eq!(report.counts, counts(4, 2, 2));
    assert_eq!(names(&report, TestOutcome::Failed), ["bad group", "fails"]);
    assert_eq!(names(&report, TestOutcome::Skipped), ["later", "skipped"]);
    assert_eq!(
        names(&report, TestOutcome::Passed),
        ["adds", "group", "odd # name \\ with é", "todo passes"]
    );
    let two = read(fixture!("tap/node_two.txt")).unwrap();
    assert_eq!(two.counts, counts(6, 2, 3));
}

#[test]
fn what_a_test_prints_is_a_comment_in_nodes_stream() {
    let report = read(fixture!("tap/node_pass.txt")).unwrap();
    assert_eq!(names(&report, TestOutcome::Passed), ["adds", "group"]);
    assert_eq!(names(&report, TestOutcome::Skipped), ["skipped"]);
}

#[test]
fn the_listing_of_prove_is_not_tap() {
    assert_eq!(
        read(fixture!("tap/prove.txt")).unwrap_err(),
        plan(28, "a test number out of sequence")
    );
}

#[test]
fn plans_and_numbers_that_do_not_fit_are_unread() {
    let error = |tap: &str| read(tap.as_bytes()).unwrap_err();
    assert_eq!(error("ok 1\n"), Unread::NoSummary(Reader::Tap));
    assert_eq!(error("1..1\nok 2\n"), plan(2, "a test number out of sequence"));
    assert_eq!(error("1..2\nok 1\nok 1\n"), plan(3, "a test number out of sequence"));
    assert_eq!(error("ok\n1..1\nok\n"), plan(3, "a test after the closing plan"));
    assert_eq!(error("1..1\nok\n1..1\n"), plan(3, "a second plan"));
    let more = Unread::Disagrees { what: "plan".to_owned(), said: 0, listed: 1 };
    assert_eq!(error("1..0 # skip\nok\n"), more);
}

#[test]
fn directives_and_descriptions() {
    let tap = "TAP version 14\n1..9\nok - a # skip\nnot ok - b # SKIP no\nok 3 - c # SKIPPED: why\n\
               not ok d # todo\nok - e # skipping\nok - f#skip\nok 7 - g \\# skip\nok\tz\nokay\n\
               not ok # TODO\n    ok 1 - inner\n1..x\n";
    let report = read(tap.as_bytes()).unwrap();
    assert_eq!(names(&report, TestOutcome::Passed), ["e # skipping", "f#skip", "g # skip", "z"]);
    assert_eq!(names(&report, TestOutcome::Skipped), ["9", "a", "c", "d"]);
    assert_eq!(names(&report, TestOutcome::Failed), ["b"]);
}
