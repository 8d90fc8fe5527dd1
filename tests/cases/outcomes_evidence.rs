//! Which files count as a gate's evidence, and what is done to them.

use expect_test::expect;
use serde_json::json;

use super::outcomes::without_table;
use crate::support::{Ran, World, gate};

/// A review of one gate with this script and these further lines, over these
/// committed files.
fn review(script: &str, more: &str, files: &[(&str, &str)]) -> (World, Ran) {
    let world =
        World::with_gates(&format!("stagger = \"0 s\"\n{}{more}", gate("T4", "tests", script)));
    for (path, text) in files {
        world.write(path, text);
    }
    world.git(["add", "--force", "--all"]);
    world.commit("files");
    let ran = world.xtask(["orr", "--runs", "2"]);
    (world, ran)
}

#[test]
fn evidence_outside_its_folder_is_copied_in() {
    let script = "mkdir -p build/deep; echo y > build/deep/b.xml; echo x > build/a.xml; \
                  echo z > build/c.txt; echo l > lcov.info; chmod +x lcov.info";
    let (world, ran) = review(script, "evidence = [\"build/**/*.xml\", \"lcov.info\"]\n", &[]);
    assert_eq!(ran.status, 0, "{}", ran.stdout);
    let manifest = world.json("out/MANIFEST.json");
    let paths: Vec<_> =
        manifest["files"].as_array().unwrap().iter().map(|f| f["path"].as_str().unwrap()).collect();
    assert_eq!(
        paths,
        [
            "evidence/T4_tests/build/a.xml",
            "evidence/T4_tests/build/deep/b.xml",
            "evidence/T4_tests/gate.json",
            "evidence/T4_tests/lcov.info",
            "scorecards/demo.json",
        ]
    );
    assert_eq!(world.read("out/evidence/T4_tests/build/deep/b.xml"), "y\n");
}

#[test]
fn a_committed_file_is_no_evidence() {
    let committed = [("build/a.xml", "forged\n")];
    let globs = "evidence = [\"build/*.xml\", \"out/evidence/T4_tests/report.txt\"]\n";
    let (_, ran) = review("echo x > $EVIDENCE_DIR/other", globs, &committed);
    assert_eq!(ran.status, 40);
    for glob in ["build/*.xml", "out/evidence/T4_tests/report.txt"] {
        let line = format!("error[CEC-40]: T4 left no evidence that matches `{glob}`\n");
        assert!(ran.stdout.contains(&line), "{}", ran.stdout);
    }
    let script = "echo true > build/a.xml; echo true > $EVIDENCE_DIR/report.txt";
    let (world, ran) = review(script, globs, &committed);
    assert_eq!(ran.status, 0, "{}", ran.stdout);
    assert_eq!(world.read("out/evidence/T4_tests/report.txt"), "true\n");
    assert_eq!(world.read("out/evidence/T4_tests/build/a.xml"), "true\n");
}

#[test]
fn committed_outputs_are_refused_and_left_alone() {
    let committed = [("out/evidence/T4_tests/report.txt", "forged\n")];
    let (world, ran) = review("echo x > $EVIDENCE_DIR/other", "", &committed);
    assert_eq!(ran.status, 1, "{}", ran.stdout);
    let line =
        "error[output-tracked]: git tracks 1 file below out: out/evidence/T4_tests/report.txt";
    assert!(ran.stdout.contains(line), "{}", ran.stdout);
    assert_eq!(world.read("out/evidence/T4_tests/report.txt"), "forged\n");
    let ran = world.xtask(["gates", "run"]);
    assert_eq!(ran.status, 1, "{}", ran.stdout);
    assert_eq!(world.read("out/evidence/T4_tests/report.txt"), "forged\n");
}

#[test]
fn names_that_cannot_be_packed_everywhere_refuse() {
    for (script, why) in [
        ("ln -s /etc/passwd $EVIDENCE_DIR/link", "`link` is a link or a special file"),
        ("mkfifo $EVIDENCE_DIR/pipe", "`pipe` is a link or a special file"),
        (
            "touch \"$EVIDENCE_DIR/$(printf 'two\\nlines')\"",
            "`two\\nlines` cannot be packed: it holds a control character (U+000A)",
        ),
        (
            "touch \"$EVIDENCE_DIR/$(printf 'e\\314\\201')\"",
            "cannot be packed: it holds U+0301, a combining mark",
        ),
        (
            "touch \"$EVIDENCE_DIR/$(printf 'a\\377')\"",
            "`a\\xff` cannot be packed: it is not UTF-8",
        ),
        (
            "echo a > $EVIDENCE_DIR/Readme; echo b > $EVIDENCE_DIR/README",
            "`README` and `Readme` collide",
        ),
        ("mkdir $EVIDENCE_DIR/GATE.json; echo > $EVIDENCE_DIR/GATE.json/x", "collide"),
    ] {
        let (_, ran) = review(&format!("echo x > $EVIDENCE_DIR/x\n{script}"), "", &[]);
        assert_eq!(ran.status, 20, "{script}: {}", ran.stdout);
        let start = "error[CEC-20]: T4: evidence of T4: ";
        let line = ran.stdout.lines().find(|line| line.starts_with(start)).unwrap_or_default();
        assert!(line.contains(why), "{script}: {}", ran.stdout);
    }
}

#[test]
fn a_file_in_the_folder_and_one_copied_over_it_collide() {
    let more = "evidence = [\"r/x\", \"same\"]\n";
    for script in [
        "echo in > $EVIDENCE_DIR/same; echo out > same; mkdir r; echo x > r/x",
        "echo out > same; echo in > $EVIDENCE_DIR/r; mkdir r; echo x > r/x",
    ] {
        let (_, ran) = review(script, more, &[]);
        assert_eq!(ran.status, 20, "{script}: {} {}", ran.stdout, ran.stderr);
        assert!(ran.stdout.contains("(CEC-20, evidence-name), "), "{script}: {}", ran.stdout);
    }
}

#[test]
fn a_declared_volatile_field_is_scrubbed_and_listed() {
    let script = "echo took $(date +%s%N) ns > $EVIDENCE_DIR/log; echo 5 ns > $EVIDENCE_DIR/other";
    let scrub = "[[gates.scrub]]\nfiles = \"log\"\npattern = '(took) \\d+ ns'\n\
                 replacement = \"$1 N ns\"\nreason = \"wall time\"\n";
    let (world, ran) = review(script, scrub, &[]);
    assert_eq!(ran.status, 0, "{}", ran.stdout);
    assert_eq!(world.read("out/evidence/T4_tests/log"), "took N ns\n");
    assert_eq!(world.read("out/evidence/T4_tests/other"), "5 ns\n");
    assert_eq!(
        world.json("out/scorecards/demo.json")["gates"][0]["scrubs"],
        json!([{
            "files": "log",
            "pattern": "(took) \\d+ ns",
            "replacement": "$1 N ns",
            "reason": "wall time",
        }])
    );
}

#[test]
fn a_scrub_that_matches_nothing_is_warned_of() {
    let scrub = "[[gates.scrub]]\npattern = 'never'\nreplacement = \"x\"\nreason = \"habit\"\n";
    let (world, ran) = review("echo x > $EVIDENCE_DIR/x", scrub, &[]);
    assert_eq!(ran.status, 0);
    expect![[r#"
        orr: rehearsal, pass, with 1 warning

        warning[scrub-unused]: a scrub rule of T4 matched nothing
         --> policy/gates.toml:9:1
          |
        9 | [[gates.scrub]]
          | ^^^^^^^^^^^^^^^
          |
          = help: take the rule out, or correct its pattern

        note[flake-odds]: a gate that fails one time in ten slips through 2 runs in 81 of 100 reviews
           = help: more runs see rarer flakes: `--runs 10`

    "#]]
    .assert_eq(&without_table(&ran.stdout));
    let scorecard = world.json("out/scorecards/demo.json");
    assert_eq!(scorecard["gates"][0]["codes"], json!(["scrub-unused"]));
}
