use super::*;

fn read(bytes: &[u8]) -> Result<TestReport, Unread> {
    super::read(Reader::Junit, bytes)
}

const PYTEST: &[u8] = fixture!("junit/pytest.xml");

#[test]
fn pytest_with_every_outcome_and_odd_names() {
    let report = read(PYTEST).unwrap();
    assert_eq!(report.counts, counts(14, 6, 2));
    assert_eq!(
        names(&report, TestOutcome::Failed),
        [
            "test_all::test_fails",
            "test_all::test_fails_and_teardown",
            "test_all::test_fails_and_teardown",
            "test_all::test_setup_error",
            "test_all::test_teardown_error",
            "test_all::test_xpass_strict",
        ]
    );
    assert_eq!(
        names(&report, TestOutcome::Skipped),
        ["test_all::test_skipped", "test_all::test_xfail"]
    );
    assert_eq!(
        names(&report, TestOutcome::Passed),
        [
            "test_all.TestGroup::test_inside",
            "test_all::test_odd[::]",
            r#"test_all::test_odd[<&>"']"#,
            r"test_all::test_odd[\U0001f600]",
            r"test_all::test_odd[\u65e5\u672c]",
            r"test_all::test_odd[\x00\x1b]",
            r"test_all::test_odd[\xe9]",
            "test_all::test_odd[]",
            "test_all::test_odd[a b]",
            "test_all::test_odd[a-b]",
            "test_all::test_odd[a]",
            r"test_all::test_odd[new\nline]",
            "test_all::test_passes",
            "test_all::test_xpass",
        ]
    );
}

#[test]
fn pytest_that_collects_nothing_or_cannot() {
    assert_eq!(read(fixture!("junit/pytest_pass.xml")).unwrap().counts, counts(2, 0, 0));
    assert_eq!(read(fixture!("junit/pytest_none.xml")).unwrap().counts.total(), 0);
    let broken = read(fixture!("junit/pytest_collect.xml")).unwrap();
    assert_eq!(broken.counts, counts(0, 1, 0));
    assert_eq!(broken.tests[0].name, "py3.test_broken");
}

#[test]
fn nextest_counts_a_retried_pass_as_failed() {
    let report = read(fixture!("junit/nextest.xml")).unwrap();
    assert_eq!(report.counts, counts(13, 5, 0));
    assert_eq!(
        names(&report, TestOutcome::Failed),
        [
            "alpha::crash::zaborts",
            "alpha::odd::fails",
            "alpha::odd::flaky",
            "alpha::odd::hangs",
            "alpha::odd::segfaults",
        ]
    );
}

#[test]
fn tests_without_a_total_are_unread() {
    assert!(matches!(read(fixture!("junit/node.xml")), Err(Unread::NoTotals { .. })));
    for xml in ["<testsuites/>", "<testsuites><testsuite/></testsuites>", "<html/>"] {
        assert_eq!(read(xml.as_bytes()).unwrap_err(), Unread::NoSummary(Reader::Junit), "{xml}");
    }
    let stray = "<testsuite tests='1'><properties><testcase name='a'/></properties></testsuite>";
    assert_eq!(read(stray.as_bytes()).unwrap_err(), Unread::NoTotals { test: "a".to_owned() });
}

#[test]
fn totals_that_say_otherwise_are_unread() {
    for (name, said, other, listed) in [
        ("tests", "22", "23", 22),
        ("failures", "3", "0", 3),
        ("errors", "3", "2", 3),
        ("skipped", "2", "3", 2),
    ] {
        let xml = cut(PYTEST, &format!("{name}=\"{said}\""), &format!("{name}=\"{other}\""));
        assert_eq!(
            read(&xml).unwrap_err(),
            Unread::Disagrees {
                what: format!("pytest: {name}"),
                said: other.parse().unwrap(),
                listed
            }
        );
    }
    let xml = cut(PYTEST, "tests=\"22\"", "tests=\"-1\"");
    assert_eq!(
        read(&xml).unwrap_err(),
        Unread::BadTotal { what: "pytest: tests".to_owned(), text: "-1".to_owned() }
    );
}

#[test]
fn nested_suites_declare_their_own_tests_or_all() {
    let nested = |outer: u32| {
        format!(
            "<testsuites tests='3'><testsuite name='o' tests='{outer}'><testcase name='a'/>\
             <testsuite name='i' tests='2'><testcase name='b' classname='C'/>\
             <testcase name='c'><skipped/></testcase></testsuite></testsuite></testsuites>"
        )
    };
    for outer in [1, 3] {
        let report = read(nested(outer).as_bytes()).unwrap();
        assert_eq!(report.counts, counts(2, 0, 1));
        assert_eq!(names(&report, TestOutcome::Passed), ["C::b", "a"]);
    }
    assert_eq!(
        read(nested(2).as_bytes()).unwrap_err(),
        Unread::Disagrees { what: "o: tests".to_owned(), said: 2, listed: 3 }
    );
}

#[test]
fn one_testcase_that_fails_twice_is_one_test() {
    let xml = "<testsuite tests='3' failures='1' errors='1' skipped='0'>\
               <testcase name='a'><failure/><error/></testcase>\
               <testcase name='b' status='notrun'/>\
               <testcase name='c'><flakyError/></testcase></testsuite>";
    assert_eq!(read(xml.as_bytes()).unwrap().counts, counts(0, 2, 1));
}

#[test]
fn broken_and_hostile_xml_is_unread() {
    let whole = std::str::from_utf8(PYTEST).unwrap();
    let cut_off = &whole[..whole.len() - 13];
    assert!(matches!(read(cut_off.as_bytes()), Err(Unread::Xml { .. })));
    let bomb = "<!DOCTYPE a [<!ENTITY b 'c'>]>\n<testsuite tests='0'>&b;</testsuite>";
    assert!(matches!(read(bomb.as_bytes()), Err(Unread::Xml { .. })));
    assert!(matches!(
        read(b"<testsuite tests='0'>\n<a>\n</b></testsuite>"),
        Err(Unread::Xml { line: 3, .. })
    ));
}

#[test]
fn xml_made_to_be_slow_is_refused_at_once() {
    let attributes: String = (0..200_000).map(|n| format!(" a{n}=''")).collect();
    let wide = format!("<testsuite tests='0'>\n<a{attributes}/></testsuite>");
    let why = "more attributes than a report needs".to_owned();
    assert_eq!(read(wide.as_bytes()).unwrap_err(), Unread::Xml { line: 2, why });

    let scopes: String = (0..50_000).map(|n| format!("<a xmlns:n{n}='u{n}'>")).collect();
    let why = "more namespaces than a report needs".to_owned();
    assert_eq!(read(scopes.as_bytes()).unwrap_err(), Unread::Xml { line: 1, why });

    let (open, close) = ("<testsuite tests='1'>".repeat(20_000), "</testsuite>".repeat(20_000));
    let deep = format!("{open}<testcase name='a'/>{close}");
    assert_eq!(read(deep.as_bytes()).unwrap().counts, counts(1, 0, 0));
}

#[test]
fn what_looks_like_many_attributes_in_text_is_none() {
    let signs = "= xmlns ' \" < ".repeat(500);
    let quoted = "= xmlns ' > ".repeat(500);
    let xml = format!(
        "<?x {signs}?><testsuite tests='1' failures='1'><!-- {signs} --><testcase name='a'>\
         <failure message=\"{quoted}\"><![CDATA[{signs}]]></failure></testcase></testsuite>"
    );
    assert_eq!(read(xml.as_bytes()).unwrap().counts, counts(0, 1, 0));
}
