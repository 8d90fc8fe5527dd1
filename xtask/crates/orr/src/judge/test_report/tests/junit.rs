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
    let bare = "<testsuites><testcase name='a'/></testsuites>";
    assert_eq!(read(bare.as_bytes()).unwrap_err(), Unread::NoTotals { test: "a".to_owned() });
    for xml in ["<testsuites/>", "<testsuites><testsuite/></testsuites>"] {
        assert_eq!(read(xml.as_bytes()).unwrap_err(), Unread::NoSummary(Reader::Junit), "{xml}");
    }
    let stray = "<testsuite tests='1'><properties><testcase name='a'/></properties></testsuite>";
    assert_eq!(read(stray.as_bytes()).unwrap_err(), Unread::NoTotals { test: "a".to_owned() });
}

#[test]
fn xml_of_another_form_is_named_with_what_to_run() {
    let trx = "<TestRun xmlns='http://microsoft.com/schemas/VisualStudio/TeamTest/2010'/>";
    for (xml, said) in [
        (trx, "<TestRun>: no JUnit report begins so; run `dotnet test --logger junit`"),
        (
            "<Catch2TestRun name='t'/>",
            "<Catch2TestRun>: no JUnit report begins so; run the tests with `-r junit`",
        ),
        ("<Site Name='a'/>", "ctest --output-junit FILE"),
        ("<assemblies/>", "<assemblies>: no JUnit report begins so; name the file"),
        ("<coverage version='7'/>", "<coverage>: no JUnit report begins so; name the file"),
        ("<html/>", "<html>"),
    ] {
        let unread = read(xml.as_bytes()).unwrap_err().to_string();
        assert!(unread.contains(said), "{xml}: {unread}");
    }
}

#[test]
fn totals_that_say_otherwise_are_unread() {
    for (name, said, other, listed) in [
        ("tests", "22", "21", 22),
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

#[test]
fn node_is_held_against_the_totals_in_its_comments() {
    let node = fixture!("junit/node.xml");
    let report = read(node).unwrap();
    assert_eq!(report.counts, counts(2, 0, 2));
    assert_eq!(names(&report, TestOutcome::Passed), ["adds", "group > one"]);
    for (old, new) in [
        ("<!-- pass 2 -->", "<!-- pass 3 -->"),
        ("<!-- tests 4 -->", "<!-- tests 5 -->"),
        ("<!-- skipped 2 -->", "<!-- skipped 3 -->"),
        ("<!-- suites 1 -->", "<!-- suites 0 -->"),
        ("<!-- fail 0 -->", ""),
        ("<!-- fail 0 -->", "<!-- fail 0 --><!-- fail 0 -->"),
        ("<testcase name=\"adds\" time=\"0.003833\" classname=\"test\"/>", ""),
        ("<skipped type=\"skipped\" message=\"no network\"/>", ""),
    ] {
        assert!(read(&cut(node, old, new)).is_err(), "{new}");
    }
}

#[test]
fn pytest_counts_subtests_and_a_rerun_is_a_failure() {
    let named = |root: &str, suite: &str, said: u64, cases: &str| {
        let xml = format!(
            "<testsuites name='{root}'><testsuite name='{suite}' errors='0' failures='0' \
             skipped='0' tests='{said}'>{cases}</testsuite></testsuites>"
        );
        read(xml.as_bytes())
    };
    let pytest = |said, cases: &str| named("pytest tests", "pytest", said, cases);
    let one = "<testcase classname='t' name='a'/>";
    let other = "<testcase classname='t' name='b'/>";
    assert_eq!(pytest(4, one).unwrap().counts, counts(1, 0, 0));
    assert_eq!(pytest(2, &[one, one, other].concat()).unwrap().counts, counts(1, 1, 0));
    // `junit_suite_name` names the suite, and old versions give the root no name.
    for (root, suite) in [("pytest tests", "own"), ("", "pytest")] {
        let report = named(root, suite, 2, &[one, one, other].concat()).unwrap();
        assert_eq!(report.counts, counts(1, 1, 0));
    }
    assert!(pytest(1, &[one, other].concat()).is_err());
    assert_eq!(pytest(3, "").unwrap().counts.total(), 0);
    let elsewhere = format!("<testsuite name='s' tests='4'>{one}</testsuite>");
    assert!(read(elsewhere.as_bytes()).is_err());
}

#[test]
fn a_suite_that_is_broken_by_itself_failed() {
    let again =
        "<testsuite name='s' tests='1'><testcase name='a'><rerunFailure/></testcase></testsuite>";
    assert_eq!(names(&read(again.as_bytes()).unwrap(), TestOutcome::Failed), ["a"]);
    let xml = "<testsuite name='s' tests='1' errors='0'><testcase name='a'/><error/></testsuite>";
    let report = read(xml.as_bytes()).unwrap();
    assert_eq!(names(&report, TestOutcome::Failed), ["s::outside of its tests"]);
}

/// Written by hand from the forms that the tools document: nothing here made them.
#[test]
fn documented_forms_of_tools_that_were_not_run() {
    let failsafe = "<testsuite xmlns:xsi='http://www.w3.org/2001/XMLSchema-instance' \
        version='3.0' name='a.BIT' time='0.1' tests='3' errors='0' skipped='1' failures='0'>\
        <properties><property name='java.home' value='/opt/java'/></properties>\
        <testcase name='a' classname='a.BIT' time='0.1'/>\
        <testcase name='b' classname='a.BIT' time='0'><skipped message='no'/></testcase>\
        <testcase name='c' classname='a.BIT' time='0'/></testsuite>";
    let dotnet = "<testsuites><testsuite name='A.dll' tests='3' skipped='1' failures='1' errors='0' \
        time='1.2' timestamp='2026-01-01T00:00:00' hostname='box' id='0' package='A'><properties/>\
        <testcase classname='A.T' name='Adds(a: 1)' time='0.1'/>\
        <testcase classname='A.T' name='Later' time='0'><skipped/></testcase>\
        <testcase classname='A.T' name='Breaks' time='0'><failure type='failure' message='no'/>\
        </testcase><system-out/><system-err/></testsuite></testsuites>";
    let go = "<testsuites tests='3' failures='1'><testsuite name='p' tests='3' failures='1' errors='0' \
        id='0' hostname='box' time='0.1'><properties><property name='go.version' value='go1.22'/>\
        </properties><testcase name='TestG/a' classname='p' time='0'/>\
        <testcase name='TestG/b' classname='p' time='0'><failure message='Failed'/></testcase>\
        <testcase name='TestH' classname='p' time='0'/></testsuite></testsuites>";
    let playwright = "<testsuites id='' name='' tests='2' failures='0' skipped='1' errors='0' time='1'>\
        <testsuite name='a.spec.ts' timestamp='2026-01-01T00:00:00Z' hostname='chromium' tests='2' \
        failures='0' skipped='1' time='1' errors='0'>\
        <testcase name='opens' classname='a.spec.ts' time='1'/>\
        <testcase name='later' classname='a.spec.ts' time='0'><skipped/></testcase>\
        </testsuite></testsuites>";
    for (xml, [passed, failed, skipped]) in
        [(failsafe, [2, 0, 1]), (dotnet, [1, 1, 1]), (go, [2, 1, 0]), (playwright, [1, 0, 1])]
    {
        assert_eq!(read(xml.as_bytes()).unwrap().counts, counts(passed, failed, skipped), "{xml}");
    }
}
