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
    assert_eq!(report.counts, counts(4, 1, 3));
    assert_eq!(
        names(&report, TestOutcome::Passed),
        ["2", "first", "inner > in one", "inner > in two"]
    );
    assert_eq!(names(&report, TestOutcome::Failed), ["a # hash in the name"]);
    // What is still to do decides nothing, also where it holds already.
    assert_eq!(names(&report, TestOutcome::Skipped), ["4", "already", "later"]);
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
    assert_eq!(report.counts, counts(4, 2, 4));
    assert_eq!(names(&report, TestOutcome::Failed), ["bad group > breaks", "fails"]);
    assert_eq!(
        names(&report, TestOutcome::Skipped),
        ["group > two", "later", "skipped", "todo passes"]
    );
    assert_eq!(
        names(&report, TestOutcome::Passed),
        ["adds", "bad group > one", "group > one", "odd # name \\ with é"]
    );
    let two = read(fixture!("tap/node_two.txt")).unwrap();
    assert_eq!(two.counts, counts(6, 2, 6));
}

#[test]
fn what_a_test_prints_is_a_comment_in_nodes_stream() {
    let report = read(fixture!("tap/node_pass.txt")).unwrap();
    assert_eq!(names(&report, TestOutcome::Passed), ["adds", "group > one"]);
    assert_eq!(names(&report, TestOutcome::Skipped), ["group > two", "skipped"]);
}

#[test]
fn the_listing_of_prove_is_not_tap() {
    assert_eq!(read(fixture!("tap/prove.txt")).unwrap_err(), plan(28, "a test number twice"));
}

#[test]
fn plans_and_numbers_that_do_not_fit_are_unread() {
    let error = |tap: &str| read(tap.as_bytes()).unwrap_err();
    assert_eq!(error("ok 1\n"), Unread::NoSummary(Reader::Tap));
    assert_eq!(error("1..1\nok 2"), plan(2, "a test number outside of the plan"));
    assert_eq!(error("1..1\nok 0"), plan(2, "a test number outside of the plan"));
    assert_eq!(error("1..2\nok 1\nok 1\n"), plan(3, "a test number twice"));
    assert_eq!(error("ok\n1..1\nok\n"), plan(3, "a test after the closing plan"));
    assert_eq!(error("1..1\nok\n1..1\n"), plan(3, "a second plan"));
    let more = Unread::Disagrees { what: "plan".to_owned(), said: 0, listed: 1 };
    assert_eq!(error("1..0 # skip\nok\n"), more);
}

#[test]
fn directives_and_descriptions() {
    let tap = "TAP version 14\n1..11\nok - a # skip\nnot ok - b # SKIP no\n\
               ok 3 - c # SKIPPED: why\nnot ok d # todo\nok - e # skipping\nok - f#skip\n\
               ok 7 - g \\# skip\nok\tz\nokay\nnot ok # TODO\nok - h # 2 # todo\n\
               not ok - i # not so\n1..x\n";
    let report = read(tap.as_bytes()).unwrap();
    assert_eq!(names(&report, TestOutcome::Passed), ["e # skipping", "f#skip", "g # skip", "z"]);
    assert_eq!(names(&report, TestOutcome::Skipped), ["9", "a", "b", "c", "d", "h # 2"]);
    assert_eq!(names(&report, TestOutcome::Failed), ["i # not so"]);
}

#[test]
fn times_are_no_part_of_a_name() {
    for (line, name) in [
        ("ok 1 - a # time=2.408ms", "a"),
        ("ok 1 - a # time=1.93ms {", "a {"),
        ("ok 1 - a # (12 ms)", "a"),
        ("ok 1 - a # in 3 sec", "a"),
        ("ok 1 - a in 9ms", "a"),
        ("ok 1 - # time=3ms", "1"),
        ("ok 1 - a # 2", "a # 2"),
        ("ok 1 - takes time=3ms", "takes time=3ms"),
        ("ok 1 - a # time=soon", "a # time=soon"),
        ("ok 1 - a # room 12 ms", "a # room 12 ms"),
        ("ok 1 - parses {", "parses {"),
    ] {
        let report = read(format!("1..1\n{line}\n").as_bytes()).unwrap();
        assert_eq!(names(&report, TestOutcome::Passed), [name], "{line}");
    }
    let skipped = read(b"1..1\nok 1 - a # time=3ms # SKIP why\n").unwrap();
    assert_eq!(names(&skipped, TestOutcome::Skipped), ["a"]);
    // Only where every name ends so: one that does by itself keeps it.
    let mixed = read(b"1..2\nok 1 answers in 5ms\nok 2 other\n").unwrap();
    assert_eq!(names(&mixed, TestOutcome::Passed), ["answers in 5ms", "other"]);
}

#[test]
fn points_may_come_in_any_order() {
    let report = read(b"TAP version 14\n1..3\nok 2\nok 3\nok 1\n").unwrap();
    assert_eq!(report.counts, counts(3, 0, 0));
}

#[test]
fn a_suite_is_no_test() {
    let error = |tap: &str| read(tap.as_bytes()).unwrap_err();
    let group = |inner: &str, point: &str| format!("{inner}{point}\n1..1\n");
    let skips = "    ok 1 - a # SKIP\n    ok 2 - b # SKIP\n    1..2\n";
    assert_eq!(read(group(skips, "ok 1 - g").as_bytes()).unwrap().counts, counts(0, 0, 2));
    // It failed by itself, in a hook or after its tests.
    let hook = read(group("    ok 1 - a\n    1..1\n", "not ok 1 - g").as_bytes()).unwrap();
    assert_eq!(names(&hook, TestOutcome::Failed), ["g"]);
    // What a test printed is deeper than its diagnostics.
    let block = "1..1\nok 1 - a\n  ---\n  output: |\n    ok 2 - said\n  ...\n";
    assert_eq!(read(block.as_bytes()).unwrap().counts, counts(1, 0, 0));
    // A subtest of subtests only.
    let deep = group("        ok 1\n        1..1\n    ok 1 - i\n    1..1\n", "ok 1 - g");
    assert_eq!(names(&read(deep.as_bytes()).unwrap(), TestOutcome::Passed), ["g > i > 1"]);
    let why = "a subtest without its plan or end: it ended early, or lines are missing";
    assert_eq!(error(&group("    ok 1 - a\n", "ok 1 - g")), plan(1, why));
    assert_eq!(error("1..1\nok 1 - g {\n    1..1\n    ok 1\n"), plan(3, why));
    let why = "a subtest whose own result is missing";
    assert_eq!(error("1..0\n    ok 1 - a\n    1..1\n"), plan(2, why));
    let why = "a subtest was announced before this, and none is there";
    assert_eq!(error("# Subtest: g\nok 1 - g\n1..1\n"), plan(2, why));
}

#[test]
fn what_follows_the_stream_must_not_say_otherwise() {
    let passed = "1..2\nok 1\nok 2\n# pass 1\n";
    let what = "passed".to_owned();
    assert_eq!(
        read(passed.as_bytes()).unwrap_err(),
        Unread::Disagrees { what, said: 1, listed: 2 }
    );
    let braced = "1..1\nok 1\n# { total: 1, pass: 0, skip: 1 }\n";
    assert!(matches!(read(braced.as_bytes()), Err(Unread::Disagrees { said: 0, .. })));
    // node-tap counts a subtest without a test.
    let more = "    1..0\nok 1 - empty\nok 2\n1..2\n# { total: 2, pass: 2 }\n";
    assert_eq!(read(more.as_bytes()).unwrap().counts, counts(1, 0, 0));
    assert_eq!(read(b"1..1\n# pass 0\nok 1\n# pass 1\n").unwrap().counts, counts(1, 0, 0));
}
