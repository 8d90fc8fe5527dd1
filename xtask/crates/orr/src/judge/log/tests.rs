//! What is shown of the logs of real tools.

use super::*;

const SHOWN_OF_ONE: usize = 12;

fn telling(log: &str, tests: &[&str]) -> Option<Telling> {
    super::telling(log, tests, Extent::Excerpt)
}

#[track_caller]
fn reported(log: &str, tests: &[&str], line: usize, first: &str) {
    let telling = telling(log, tests).unwrap();
    assert_eq!((telling.line, telling.lines[0].as_str()), (line, first), "{telling:?}");
}

#[test]
fn the_lines_that_say_why() {
    let cargo = "running 2 tests\ntest a ... ok\ntest b ... FAILED\n\nfailures:\n\n\
                 ---- b stdout ----\n\nthread 'b' panicked at src/lib.rs:3:9:\nassertion failed: x\n\
                 note: run with `RUST_BACKTRACE=1`\n\ntest result: FAILED. 1 passed; 1 failed\n\
                 error: test failed, to rerun pass `--lib`\n";
    reported(cargo, &["b"], 9, "thread 'b' panicked at src/lib.rs:3:9:");
    reported(cargo, &["gone"], 9, "thread 'b' panicked at src/lib.rs:3:9:");
    reported("Diff in /a.rs:1:\n-x\n+y\n", &[], 1, "Diff in /a.rs:1:");
    let far = format!("Diff in /{}/src/a.rs:1:\n fn a() {{\n-x\n+y\n }}\n", "run-1/".repeat(20));
    assert_eq!(telling(&far, &[]).unwrap().lines, ["Diff in …/src/a.rs:1:", "-x", "+y"]);
    let panic =
        format!("thread '{}::works' (34) panicked at src/m.rs:16:9:\nno\n", "tests".repeat(9));
    reported(&panic, &[], 1, "panicked at src/m.rs:16:9:");
    let clippy = "   Checking a\n\u{1b}[1merror\u{1b}[0m: unused\n  --> a.rs\n\nerror: could not compile `a`\n";
    reported(clippy, &[], 2, "error: unused");
    let go = "{\"Time\":\"t\",\"Action\":\"output\",\"Test\":\"TestA\",\"Output\":\"=== RUN   TestA\\n\"}\n\
              {\"Time\":\"t\",\"Action\":\"output\",\"Test\":\"TestA\",\"Output\":\"    a_test.go:8: got 1\\n\"}\n\
              {\"Time\":\"t\",\"Action\":\"output\",\"Test\":\"TestA\",\"Output\":\"--- FAIL: TestA\\n\"}\n\
              {\"Time\":\"t\",\"Action\":\"fail\",\"Test\":\"TestA\"}\n";
    reported(go, &["a: TestA"], 2, "    a_test.go:8: got 1");
    let long = "=== RUN   TestA\n    a_test.go:8: got \"one and two and three and four and five and six\", want \"six\"\n\
                --- FAIL: TestA (0.00s)\n=== RUN   TestB\n--- PASS: TestB\n=== RUN   TestC\n    c.go:1: c\n";
    assert_eq!(
        telling(long, &["a: TestA"]).unwrap().lines,
        [
            "    a_test.go:8: got \"one and two and three and four and five and six\",",
            "want \"six\"",
            "--- FAIL: TestA (0.00s)",
            "    c.go:1: c"
        ]
    );
    let unbuilt = "{\"ImportPath\":\"m/b\",\"Action\":\"build-output\",\"Output\":\"b.go:3: undefined: x\\n\"}\n";
    reported(unbuilt, &[], 1, "b.go:3: undefined: x");
    let chain = "____ a ____\nE   StopIteration\n\nDuring handling of the above exception, \
                 another exception occurred:\na.py:1: in a\nE   PackageNotFoundError: x\n";
    reported(chain, &["t::a"], 6, "E   PackageNotFoundError: x");
    let cut_off = "E   StopIteration\n____ b ____\n\nDuring handling of the above exception, \
                   another exception occurred:\nE   of another test\n";
    reported(cut_off, &[], 1, "E   StopIteration");
    let uv = "Resolved 3 packages\nerror: Failed to build `a`\n  Caused by: it failed\n\n[stderr]\n\
              Traceback (most recent call last):\n  File \"a.py\", line 1\nKeyError: 'x'\n\n\
              The above exception was the direct cause of the following exception:\n\n\
              Traceback (most recent call last):\n  File \"b.py\", line 2\n    b()\n\
              LookupError: no version\n\nhint: see above\n";
    reported(uv, &[], 15, "LookupError: no version");
    let pip = "  error: subprocess-exited-with-error\n\n  | exit code: 1\n      \
               Traceback (most recent call last):\n        File \"a.py\"\n      a.B: no\n      \
               [end of output]\n";
    reported(pip, &[], 6, "      a.B: no");
    let cut_short = "error: it failed\nTraceback (most recent call last):\n  a()\n[end]\n";
    reported(cut_short, &[], 1, "error: it failed");
    let unittest = "ERROR: test_a (t.T)\nTraceback (most recent call last):\n  a()\nE: x\n";
    reported(unittest, &[], 1, "ERROR: test_a (t.T)");
    reported("one\ntwo\nthree\n", &[], 1, "one");
    reported("1\n2\n3\n4\n5\n\n", &[], 2, "2");
    reported("test result: FAILED. 0 passed\n", &[], 1, "test result: FAILED. 0 passed");
    assert_eq!(telling("\n \n", &[]), None);
}

#[test]
fn of_node_the_assertion_and_what_it_could_not_read_are_shown() {
    let spec = "  empty argv\n\n\n    ✖ no arguments\n    ---------------\n      \
                operator: deepEqual\n      expected: |-\n        { _: [ 'x' ] }\n      \
                actual: |-\n        { _: [] }\n      at: Test (index.js:333:4)\n\n  \
                Failed Tests: There was 1 failure\n\n  total:     85\n";
    let shown = telling(spec, &[]).unwrap();
    let said = ["    ✖ no arguments", "      expected: { _: [ 'x' ] }", "      actual: { _: [] }"];
    assert_eq!((shown.line, &shown.lines[..3]), (4, &said.map(str::to_owned)[..]));
    let crash = "> tape test/*.js\n\n/a/test/num.js:38\nconst x = ;\n          ^\n\n\
                 SyntaxError: Unexpected token ';'\n    at wrapSafe (node:internal)\n    \
                 at Array.forEach (<anonymous>)\n\nNode.js v20.20.2\n";
    let shown = telling(crash, &[]).unwrap();
    let said =
        ["/a/test/num.js:38", "const x = ;", "          ^", "SyntaxError: Unexpected token ';'"];
    assert_eq!((shown.line, shown.lines), (3, said.map(str::to_owned).to_vec()));
    let thrown = "ok\nTypeError: a is no function\n    at b (c.js:1)\n\nNode.js v20.20.2\n";
    reported(thrown, &[], 2, "TypeError: a is no function");
}

#[test]
fn of_python_the_test_and_what_it_raised_are_shown_and_what_build_calls() {
    let (double, single) = ("=".repeat(70), "-".repeat(70));
    let run = format!(
        "test_a (t.T) ... FAIL\n\n{double}\nFAIL: test_a (t.T)\n{single}\n{TRACEBACK}\n  \
         File \"t.py\", line 4, in test_a\n    self.assertEqual({{}}, 1)\n\
         AssertionError: {{}} != 1\n- {{}}\n+ 1\n\n{single}\nRan 2 tests in 0.0s\n\n\
         FAILED (failures=1)\n"
    );
    let shown = telling(&run, &[]).unwrap();
    let said = ["FAIL: test_a (t.T)", "AssertionError: {} != 1", "- {}", "+ 1"];
    assert_eq!((shown.line, shown.lines), (4, said.map(str::to_owned).to_vec()));
    let build = "* Installing packages\n< ERROR: No matching distribution found for x\n\n\
                 ERROR Command '['python3'\n";
    reported(build, &[], 2, "< ERROR: No matching distribution found for x");
}

/// What Maven 3.8 with surefire 2.22 printed, but for the lines of other phases.
const SUREFIRE: &str = "\
[INFO] --- maven-surefire-plugin:2.22.3:test (default-test) @ demo ---
[INFO] Running demo.OneTest
[ERROR] Tests run: 3, Failures: 1, Errors: 1, Skipped: 0, Time elapsed: 0.572 s <<< FAILURE! - in demo.OneTest
[ERROR] breaks(demo.OneTest)  Time elapsed: 0.032 s  <<< ERROR!
java.lang.IllegalStateException: no such thing
\tat demo.OneTest.breaks(OneTest.java:6)

[ERROR] isOne(demo.OneTest)  Time elapsed: 0.008 s  <<< FAILURE!
java.lang.AssertionError: expected:<1> but was:<2>
\tat demo.OneTest.isOne(OneTest.java:5)

[INFO]\x20
[INFO] Results:
[INFO]\x20
[ERROR] Failures:\x20
[ERROR]   OneTest.isOne:5 expected:<1> but was:<2>
[ERROR] Errors:\x20
[ERROR]   OneTest.breaks:6 IllegalState no such thing
[INFO]\x20
[ERROR] Tests run: 3, Failures: 1, Errors: 1, Skipped: 0
[INFO]\x20
[INFO] BUILD FAILURE
";
/// How Maven ended it.
const CLOSING: &str = "\
[ERROR] Failed to execute goal org.apache.maven.plugins:maven-surefire-plugin:2.22.3:test (default-test) on project demo: There are test failures.
[ERROR]\x20
[ERROR] Please refer to /demo/target/surefire-reports for the individual test results.
[ERROR] Please refer to dump files (if any exist) [date].dump, [date]-jvmRun[N].dump and [date].dumpstream.
[ERROR] -> [Help 1]
[ERROR]\x20
[ERROR] To see the full stack trace of the errors, re-run Maven with the -e switch.
[ERROR] Re-run Maven using the -X switch to enable full debug logging.
[ERROR]\x20
[ERROR] For more information about the errors and possible solutions, please read the following articles:
[ERROR] [Help 1] http://cwiki.apache.org/confluence/display/MAVEN/MojoFailureException
\x1b[0m\x1b[0m
";

#[test]
fn maven_shows_the_failed_test_and_not_its_closing_advice() {
    let breaks = "[ERROR] breaks(demo.OneTest)  Time elapsed: 0.032 s  <<< ERROR!";
    let compiler = "[INFO] Compiling 1 source file\n[ERROR] COMPILATION ERROR :\x20\n\
                    [ERROR] /demo/One.java:[2,41] ';' expected\n[INFO] 1 error\n";
    let noisy = "ERROR logged by a test that passes\n";
    for (log, line, first) in [
        (format!("{SUREFIRE}{CLOSING}"), 4, breaks),
        (format!("{noisy}{SUREFIRE}{CLOSING}"), 5, breaks),
        // Before 2.19 it had no levels.
        (format!("{}{CLOSING}", SUREFIRE.replace("[ERROR] ", "")), 4, &breaks[8..]),
        (format!("{compiler}{CLOSING}"), 3, "[ERROR] /demo/One.java:[2,41] ';' expected"),
    ] {
        reported(&log, &["demo.OneTest.isOne"], line, first);
    }
    // Where the one that is named is there, it is that.
    let named = "[ERROR] isOne(demo.OneTest)  Time elapsed: 0.008 s  <<< FAILURE!";
    reported(SUREFIRE, &["demo.OneTest::isOne"], 8, named);
    let of_3 = SUREFIRE.replace("isOne(demo.OneTest) ", "demo.OneTest.isOne --");
    let named = "[ERROR] demo.OneTest.isOne -- Time elapsed: 0.008 s  <<< FAILURE!";
    reported(&of_3, &["demo.OneTest::isOne"], 8, named);
    let shown = telling(&format!("{SUREFIRE}{CLOSING}"), &[]).unwrap().lines;
    assert_eq!(shown[1], "java.lang.IllegalStateException: no such thing");
    let long = format!("expected:<{}> but was:<foo.bar.Main>", "foo.bar.Maim".repeat(4));
    let of_long = SUREFIRE.replace("no such thing", &long);
    let shown = telling(&of_long, &[]).unwrap().lines;
    assert!(shown[1].starts_with("java.lang.") && shown[2].ends_with("foo.bar.Main>"), "{shown:?}");
    // Where nothing else is said, the goal that failed is, without the advice.
    let shown = telling(CLOSING, &[]).unwrap().lines;
    assert_eq!(shown.len(), 4, "{shown:?}");
    assert!(shown[0].starts_with("[ERROR] Failed to execute goal"), "{shown:?}");
    assert_eq!(
        shown[1],
        "gin:2.22.3:test (default-test) on project demo: There are test failures."
    );
    assert!(shown.iter().all(|line| !line.contains("Help")), "{shown:?}");
    assert!(telling("[ERROR] -> [Help 1]\n", &[]).is_none());
}

/// What c8 printed behind each of the runners, also jest and vitest with coverage.
const COVERAGE: &str = "\
----------|---------|----------|---------|---------|-------------------
File      | % Stmts | % Branch | % Funcs | % Lines | Uncovered Line #s\x20
----------|---------|----------|---------|---------|-------------------
All files |   66.66 |      100 |       0 |   66.66 |                  \x20
  add.js  |   66.66 |      100 |       0 |   66.66 | 2-3              \x20
----------|---------|----------|---------|---------|-------------------
";
/// What mocha 11 printed for all its reporters but TAP's and those for machines.
const MOCHA: &str = "

  1 passing (34ms)
  2 failing

  1) add
       adds:

      AssertionError [ERR_ASSERTION]: Expected values to be strictly equal:

-1 !== 3

      + expected - actual

      --1
      +3
     \x20
      at Context.<anonymous> (mt/a.js:2:43)

  2) add
       deep
         throws:
     Error: no such thing
      at Context.<anonymous> (mt/a.js:2:133)

";
/// What node 20 printed for its own runner, in both forms.
const NODE: &str = "\
▶ add
  ✖ adds (8.557142ms)
    AssertionError [ERR_ASSERTION]: Expected values to be strictly equal:

  ✔ passes (0.361679ms)
✖ add (11.729223ms)
✖ throws (0.26674ms)
  Error: no such thing
      at TestContext.<anonymous> (/a/nt/a.test.js:3:26)

ℹ tests 3

✖ failing tests:

test at nt/a.test.js:2:21
✖ adds (8.557142ms)
  AssertionError [ERR_ASSERTION]: Expected values to be strictly equal:
 \x20
  -1 !== 3
 \x20
      at TestContext.<anonymous> (/a/nt/a.test.js:2:43)
";
const NODE_TAP: &str = "\
TAP version 13
# Subtest: add
    # Subtest: adds
    not ok 1 - adds
      ---
      duration_ms: 8.750966
      location: '/a/nt/a.test.js:2:21'
      failureType: 'testCodeFailure'
      error: |-
        Expected values to be strictly equal:
       \x20
        -1 !== 3
       \x20
      code: 'ERR_ASSERTION'
      ...
    1..2
not ok 1 - add
# fail 2
# duration_ms 524.361929
";
/// What jest 30 printed, but for most of the source.
const JEST: &str = "\
  console.error
    Error: printed by a test
        at Object.<anonymous> (/a/j/c.test.js:1:54)

FAIL j/a.test.js
  ● add › adds

    expect(received).toBe(expected) // Object.is equality

    Expected: 3
    Received: -1

      1 | const {add}=require('../src/add');

      at Object.toBe (j/a.test.js:2:53)

";
/// What vitest 3 printed, but for most of the source.
const VITEST: &str = "
 ❯ v/b.test.mjs (3 tests | 2 failed) 37ms
   × add > adds 31ms
     → expected -1 to be 3 // Object.is equality
   ✓ add > passes 0ms

⎯⎯⎯⎯⎯⎯⎯ Failed Tests 2 ⎯⎯⎯⎯⎯⎯⎯

 FAIL  v/b.test.mjs > add > adds
AssertionError: expected -1 to be 3 // Object.is equality

\x1b[32m- Expected\x1b[39m
\x1b[31m+ Received\x1b[39m

 ❯ v/b.test.mjs:2:53
";

/// What `go test -json` prints of a test, a line each.
fn go(test: &str, lines: &[&str]) -> String {
    let event = |line: &&str| {
        let output = serde_json::to_string(&format!("{line}\n")).unwrap();
        format!(
            "{{\"Time\":\"t\",\"Action\":\"output\",\"Package\":\"a\",\"Test\":\"{test}\",\
             \"Output\":{output}}}\n"
        )
    };
    lines.iter().map(event).collect()
}

#[test]
fn of_go_all_that_a_test_printed_is_shown_without_go_s_own_frames() {
    let other = go("TestB", &["=== RUN   TestB", "    b_test.go:1: no"]);
    let shown = |lines: &[&str]| {
        let log = format!("{other}{}{other}", go("TestA", lines));
        telling(&log, &["a: TestA"]).map(|it| (it.line, it.lines))
    };
    let example = ["=== RUN   TestA", "--- FAIL: TestA (0.00s)", "got:", "x", "want:", "y"];
    let said = ["got:", "x", "want:", "y"].map(str::to_owned).to_vec();
    assert_eq!(shown(&example), Some((5, said)));
    let panic = [
        "=== RUN   TestA",
        "panic: nil map [recovered]",
        "goroutine 22 [running]:",
        "testing.tRunner.func1.2({0x1, 0x2})",
        "\t/go/src/testing/testing.go:1872 +0x237",
        "a.TestA(0xc0?)",
        "\t/r/a_test.go:15 +0x28",
        "created by testing.(*T).Run in goroutine 1",
        "\t/go/src/testing/testing.go:1 +0x1",
    ];
    let said = ["panic: nil map [recovered]", "a.TestA(0xc0?)", "\t/r/a_test.go:15 +0x28"];
    assert_eq!(shown(&panic), Some((4, said.map(str::to_owned).to_vec())));
    let lines: Vec<String> = (0..SHOWN_OF_ONE + 2).map(|it| format!("    {it}")).collect();
    let lines: Vec<&str> = lines.iter().map(String::as_str).collect();
    let (_, long) = shown(&lines).unwrap();
    assert_eq!((long.len(), &*long[SHOWN_OF_ONE]), (SHOWN_OF_ONE + 1, "… 2 more lines"));
    assert_eq!(shown(&lines[..SHOWN_OF_ONE]).unwrap().1.len(), SHOWN_OF_ONE);
}

#[test]
fn of_uvu_why_and_where_two_values_differ_are_shown() {
    let log = "ok\n   FAIL  Map  \"nested\"\n    Expected values to be deeply equal:  (equal)\n\n\
               \u{20}       ··{\n        Actual:\n        --··\"a\":·1\n        Expected:\n\
               \u{20}       ++··\"a\":·2\n        ··}\n\n    at assert (/x/node_modules/uvu/a.js:3:8)\n\
               \u{20}   at Object.handler (/x/test/a.js:2:60)\n\n   FAIL  Set  \"b\"\n    no\n";
    let shown = telling(log, &[]).unwrap();
    let lines: Vec<&str> = shown.lines.iter().map(|line| line.trim()).collect();
    let said = [
        "FAIL  Map  \"nested\"",
        "Expected values to be deeply equal:  (equal)",
        "Actual:",
        "--··\"a\":·1",
        "Expected:",
        "++··\"a\":·2",
        "at Object.handler (/x/test/a.js:2:60)",
    ];
    assert_eq!((shown.line, &lines[..]), (2, &said[..]));
}

#[test]
fn of_a_long_frame_and_of_rustc_the_place_is_shown() {
    let checkout = format!("/{}", "run-1/".repeat(12));
    for frame in [
        format!("    at Object.handler ({checkout}test/suites/map.js:49:10)"),
        format!("    at Object.handler (file://{checkout}test/suites/map.js:49:10)"),
    ] {
        let uvu = format!("   FAIL  Map  \"keys\"\n    no\n{frame}\n");
        let shown = telling(&uvu, &[]).unwrap().lines;
        assert_eq!(shown.last().unwrap(), "    at Object.handler (…/suites/map.js:49:10)");
    }
    let frame = format!("\tat org.{}.ATest.a(ATest.java:6)", "deep.".repeat(20));
    let log = format!("[ERROR] a(t.ATest)  Time: 1 s  <<< FAILURE!\nx\n{frame}\n");
    assert_eq!(telling(&log, &[]).unwrap().lines[2], "  at ATest.java:6");
    let rustc =
        "error[E0308]: mismatched types\n --> a.rs:3:5\n  |\n3 |     \"x\"\n  |     ^^^ no\n";
    let lines = telling(rustc, &[]).unwrap().lines;
    assert_eq!(lines.last().map(String::as_str), Some("  |     ^^^ no"));
}

#[test]
fn runners_of_javascript_show_the_failed_test_and_not_the_coverage() {
    let mocha = "      AssertionError [ERR_ASSERTION]: Expected values to be strictly equal…";
    let node = "  AssertionError [ERR_ASSERTION]: Expected values to be strictly equal:";
    let jest = "    expect(received).toBe(expected) // Object.is equality";
    let dot = MOCHA.replacen('\n', "\n  !.!\n", 1);
    for (log, line, expected) in [
        (MOCHA, 6, ["  1) add", "       adds:", mocha, "-1 !== 3"]),
        (&*dot, 7, ["  1) add", "       adds:", mocha, "-1 !== 3"]),
        (NODE, 15, ["test at nt/a.test.js:2:21", "✖ adds (8.557142ms)", node, "  -1 !== 3"]),
        (
            NODE_TAP,
            4,
            [
                "    not ok 1 - adds",
                "      location: '/a/nt/a.test.js:2:21'",
                "        Expected values to be strictly equal:",
                "        -1 !== 3",
            ],
        ),
        (JEST, 6, ["  ● add › adds", jest, "    Expected: 3", "    Received: -1"]),
        (
            VITEST,
            9,
            [
                " FAIL  v/b.test.mjs > add > adds",
                "AssertionError: expected -1 to be 3 // Object.is equality",
                "- Expected",
                "+ Received",
            ],
        ),
    ] {
        // In TAP, node makes what a test prints a comment.
        let comment = if log == NODE_TAP { "# " } else { "" };
        let noisy = format!("{comment}Error: printed by a test that passes\n{log}{COVERAGE}");
        for (log, line) in [(format!("{log}{COVERAGE}"), line), (noisy, line + 1)] {
            let telling = telling(&log, &[]).unwrap();
            assert_eq!((telling.line, telling.lines), (line, expected.map(str::to_owned).to_vec()));
        }
    }
}

#[test]
fn a_table_of_coverage_says_nothing_of_why() {
    let two = telling(&format!("one failed\ntwo\n{COVERAGE}exit 1\n"), &[]).unwrap();
    assert_eq!(
        (two.line, &*two.lines),
        (1, &["one failed", "two", "exit 1"].map(str::to_owned)[..])
    );
    reported(&format!("one failed\n{COVERAGE}"), &[], 1, "one failed");
    let threshold = "ERROR: Coverage for lines (66.66%) does not meet global threshold (100%)";
    reported(&format!("{COVERAGE}{threshold}\n"), &[], 7, threshold);
    assert_eq!(telling(COVERAGE, &[]).map(|it| it.line), Some(6));
    let todo = "ok 1 - a\nnot ok 2 - b # TODO later\nnot ok 3 - c\n";
    reported(todo, &[], 3, "not ok 3 - c");
}

#[test]
fn a_command_that_failed_is_explained_by_one_line() {
    let puppeteer = "npm error code 1\nnpm error path /a/node_modules/puppeteer\n\
                     npm error command sh -c node install.mjs\n\
                     npm error Error: ERROR: Failed to set up chrome! Set \"X\" to skip it.\n\
                     npm error     at /a/b.js:1\nnpm notice New minor version of npm\n\
                     npm error A complete log of this run can be found in: /a.log\n";
    let unknown = "npm ERR! code E404\nnpm ERR! 404 Not Found - GET https://x.example/y\n\
                   npm ERR! A complete log of this run can be found in:\nnpm notice\n";
    for (log, expected) in [
        (
            puppeteer,
            Some((4, "npm error Error: ERROR: Failed to set up chrome! Set \"X\" to skip it.")),
        ),
        (unknown, Some((2, "npm ERR! 404 Not Found - GET https://x.example/y"))),
        ("one\n  two\n\n", Some((2, "two"))),
        ("\n", None),
    ] {
        let cause = cause(log).map(|it| (it.line, it.lines.concat()));
        assert_eq!(cause, expected.map(|(line, text)| (line, text.to_owned())), "{log}");
    }
}

#[test]
fn what_all_lines_are_indented_by_is_left_out_where_one_is_too_long() {
    let long = format!("        not ok 7 - {}", "x".repeat(WIDTH - 11));
    reported(&format!("{long}\n          error: y\n"), &[], 1, long.trim_start());
    reported("        not ok 7 - x\n", &[], 1, "        not ok 7 - x");
}

#[test]
fn a_long_first_line_goes_on_in_a_second_which_is_cut() {
    let widths = |log: &str| {
        let lines = telling(log, &[]).unwrap().lines;
        lines.iter().map(|line| line.chars().count()).collect::<Vec<_>>()
    };
    assert_eq!(widths(&"x".repeat(300)), [WIDTH, WIDTH + 1]);
    assert_eq!(widths(&format!("error: x\n{}\n", "x".repeat(300))), [8, WIDTH + 1]);
    assert_eq!(widths(&format!("{} {}\na\n", "x".repeat(60), "y".repeat(60))), [60, 60, 1]);
    assert_eq!(widths(&format!("{}\n1\n2\n3\n", "error x ".repeat(12))), [71, 23, 1, 1]);
    assert_eq!(cause(&"x".repeat(300)).unwrap().lines[0].chars().count(), CAUSE_WIDTH + 1);
}

#[test]
fn a_file_is_named_with_its_ending_or_as_a_module() {
    let files = ["src/h/_version.py", "src/h/data.json", "a/x.py"].map(str::to_owned);
    for (line, named) in [
        ("E   ModuleNotFoundError: No module named 'h._version'", Some(&files[0])),
        ("cannot open src/h/data.json", Some(&files[1])),
        ("E   no_version", None),
        ("E   h._version_of", None),
        ("a data point", None),
        ("x is not 1", None),
    ] {
        assert_eq!(named_file(&[line.to_owned()], &files), named, "{line}");
    }
}

#[test]
fn of_each_other_test_that_failed_a_line_says_why() {
    let a = go("TestA", &["=== RUN   TestA", "    a_test.go:3: got 1", "--- FAIL: TestA (0.00s)"]);
    let b = go("TestB", &["=== RUN   TestB", "    b_test.go:4: got 5, want 3"]);
    let log = format!("{a}{b}");
    let both = ["a: TestA", "a: TestB"];
    let shown = |tests: &[&str]| telling(&log, tests).unwrap().lines;
    assert_eq!(shown(&both), ["    a_test.go:3: got 1", "TestB: b_test.go:4: got 5, want 3"]);
    assert_eq!(shown(&both[..1]), ["    a_test.go:3: got 1"]);
    let whole = super::telling(&log, &both, Extent::Whole).unwrap().lines;
    assert_eq!(whole[1..], ["TestB:", "    b_test.go:4: got 5, want 3"]);
    let maven = ["demo.OneTest#isOne", "demo.OneTest#breaks"];
    let shown = telling(SUREFIRE, &maven).unwrap().lines;
    assert_eq!(shown.last().unwrap(), "breaks: java.lang.IllegalStateException: no such thing");
    let cargo = "---- a stdout ----\nx\n---- b stdout ----\nthread 'b' panicked at b.rs:1:2:\nno\n";
    let shown = telling(cargo, &["a", "b"]).unwrap().lines;
    assert_eq!(shown.last().unwrap(), "b: thread 'b' panicked at b.rs:1:2: no");
}

#[test]
fn whoever_runs_a_gate_again_sees_more_and_what_a_test_printed_as_it_printed_it() {
    let lines: Vec<String> = (0..30).map(|it| format!("    {it}")).collect();
    let lines: Vec<&str> = lines.iter().map(String::as_str).collect();
    let log = go("TestA", &[&["=== RUN   TestA", "", "got", "", "want", ""], &lines[..]].concat());
    let whole = super::telling(&log, &["a: TestA"], Extent::Whole).unwrap().lines;
    assert_eq!((&whole[..3], whole.len()), (&["got", "", "want"].map(str::to_owned)[..], 34));
    let short = telling(&log, &["a: TestA"]).unwrap().lines;
    assert_eq!((short.len(), short[12].as_str()), (13, "… 22 more lines"));
    let log = format!("error: x\n{}", "y\n".repeat(50));
    let whole = super::telling(&log, &[], Extent::Whole).unwrap().lines;
    assert_eq!((whole.len(), telling(&log, &[]).unwrap().lines.len()), (12, 4));
}

#[test]
fn a_linter_s_place_ava_s_failure_and_what_node_raised_are_found() {
    let ruff = "F401 [*] `os` imported but unused\n --> jwt/utils.py:1:8\n  |\n1 | import os\n\
                help: Remove unused import: `os`\n\nFound 1 error.\n[*] 1 fixable.\n";
    let ava = "  ✔ one\n  ✘ [fail]: concurrency: 1\n  ─\n\n  concurrency: 1\n\n  test.js:26\n\n  \
               ─\n\n  1 test failed\n";
    let eslint = "Oops! Something went wrong!\n\n/x/require.mjs:1\nimport x;\n\n\
                  SyntaxError: Cannot use import\n    at wrap (a.js:1)\n    at load (a.js:2)\n\
                  \x20   at run (a.js:3)\n    at go (a.js:4)\n    at it (a.js:5)\n";
    for (log, first) in [
        (ruff, "F401 [*] `os` imported but unused"),
        (
            "a/b.py:7:3: UP035 Import\n  |\n1 | x\n  | ^ UP035\n\nFound 1 error.\n",
            "a/b.py:7:3: UP035 Import",
        ),
        (ava, "  ✘ [fail]: concurrency: 1"),
        (eslint, "SyntaxError: Cannot use import"),
    ] {
        assert_eq!(telling(log, &[]).unwrap().lines[0], first);
    }
    assert_eq!(
        telling(ava, &[]).unwrap().lines[1..],
        ["  concurrency: 1", "  test.js:26", "  1 test failed"]
    );
    let rustc = "warning: unused\n --> a.rs:1:2\n  |\nerror[E0425]: no x\n --> b.rs:3:4\n";
    assert_eq!(telling(rustc, &[]).unwrap().lines[0], "error[E0425]: no x");
}

#[test]
fn whoever_runs_a_gate_again_sees_no_more_than_what_is_told_of_the_failure() {
    let pytest = "E   assert 1 == 2\n\na.py:3: AssertionError\n----- Captured stdout call -----\n\
                  one\ntwo\nthree\n____ test_b ____\nE   assert 3 == 4\n";
    let maven = "[ERROR] a(demo.OneTest)  Time elapsed: 0.1 s  <<< FAILURE!\nx: no\n\tat demo.A\n\
                 \tat demo.B\n\tat demo.C\n\tat demo.D\n[INFO] Running demo.TwoTest\n\
                 [INFO] Tests run: 1, Failures: 0\n";
    for (log, count, last) in
        [(pytest, 6, "three"), (maven, 6, "\tat demo.D"), ("error: x\nerror: y\n", 2, "error: y")]
    {
        let whole = super::telling(log, &[], Extent::Whole).unwrap().lines;
        assert_eq!((whole.len(), whole.last().unwrap().as_str()), (count, last), "{whole:?}");
    }
    // It begins where an excerpt does.
    let log = "one\ntwo\nthree\nfour\nfive\nsix\n";
    assert_eq!(super::telling(log, &[], Extent::Whole), telling(log, &[]));
}

#[test]
fn of_pytest_what_follows_a_failure_and_of_surefire_the_time_says_nothing() {
    let log = "E   assert 1 == 2\n\na_test.py:3: AssertionError\n\
               ----------- generated xml file: /x/junit.xml -----------\n\
               ======== short test summary info ========\nFAILED a_test.py::test_a\n";
    let said = ["E   assert 1 == 2", "a_test.py:3: AssertionError", "FAILED a_test.py::test_a"];
    assert_eq!(telling(log, &[]).unwrap().lines, said);
    let class = format!("org.{}OneTest", "deep.".repeat(12));
    let head = format!("[ERROR] a({class})  Time elapsed: 0.008 s  <<< FAILURE!\nx\n");
    assert_eq!(
        telling(&head, &[]).unwrap().lines[0],
        format!("[ERROR] a({class})").split_at(74).0.to_owned() + "…"
    );
    let short = format!("[ERROR] a(org.{}OneTest)", "d.".repeat(18));
    let head = format!("{short}  Time elapsed: 0.008 s  <<< FAILURE!\nx\n");
    assert_eq!(telling(&head, &[]).unwrap().lines[0], short);
}

#[test]
fn a_log_that_wants_a_network_is_known() {
    for (line, wants) in [
        ("ERROR: Could not find a version that satisfies the requirement hatch-vcs", true),
        ("curl: (6) Could not resolve host: x.example", true),
        ("npm error code ENOTFOUND", true),
        ("assert host == 'x.example'", false),
    ] {
        assert_eq!(says_unreached(&[line.to_owned()]), wants, "{line}");
    }
}
