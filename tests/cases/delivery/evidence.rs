//! Evidence: laid out, checked, packed, and in time.

use expect_test::expect;

use super::Fixture;

/// Evidence of a story, spoilt in one way after the other: the code and its fix.
#[test]
fn evidence_is_laid_out_checked_and_packed() {
    let fixture = Fixture::new();
    let now = "2026-03-05T12:00:00Z";
    let ran = fixture.at(now, &["evidence", "check", "S-1"]);
    assert!(ran.status == 1 && ran.stdout.contains("error[evidence-missing]"), "{ran:?}");
    let ran = fixture.at(now, &["evidence", "new", "S-1", "--dry-run"]);
    assert!(ran.status == 0 && !fixture.world.path("docs/evidence").exists(), "{ran:?}");
    let ran = fixture.at(now, &["evidence", "new", "S-1"]);
    assert_eq!(ran.status, 0, "{ran:?}");
    expect![[r#"
        evidence new: pass
        docs/evidence/S-1/functional.md written
        docs/evidence/S-1/observability.md written
        docs/evidence/S-1/degradation.md written
        docs/evidence/S-1/runbook.md written
        docs/evidence/S-1/pull-request.md written
        next: say in each what was seen, then `cargo xtask evidence check S-1`
    "#]]
    .assert_eq(&ran.stdout);
    let ran = fixture.at(now, &["evidence", "check", "S-1"]);
    expect![[r#"
        evidence check: fail (evidence-template), exit status 1

        error[evidence-template]: docs/evidence/S-1/functional.md has the words of its template: `Replace this line: what was seen, with a number, and a link to the proof.`
          --> docs/evidence/S-1/functional.md:5
           = help: replace them by what was seen

        error[evidence-template]: docs/evidence/S-1/observability.md has the words of its template: `Replace this line: which logs, metrics and alerts show it at work, or `Not applicable: ` and why.`
          --> docs/evidence/S-1/observability.md:3
           = help: replace them by what was seen

        error[evidence-template]: docs/evidence/S-1/degradation.md has the words of its template: `Replace this line: how it fails and what it falls back to, or `Not applicable: ` and why.`
          --> docs/evidence/S-1/degradation.md:3
           = help: replace them by what was seen

        error[evidence-template]: docs/evidence/S-1/runbook.md has the words of its template: `Replace this line: a link to the runbook that was changed, or `Not applicable: ` and why.`
          --> docs/evidence/S-1/runbook.md:3
           = help: replace them by what was seen

        evidence of  answer   what is wrong first
        S-1          refused  docs/evidence/S-1/functional.md has the words of its template: `Replace this line: what was seen, with a number, and a link to the proof.`
    "#]].assert_eq(&ran.stdout);
    fixture.evidence("S-1");
    let ran = fixture.at(now, &["evidence", "check", "S-1"]);
    expect![[r#"
        evidence check: pass
        evidence of  answer  what is wrong first
        S-1          good
    "#]]
    .assert_eq(&ran.stdout);
    let folder = "docs/evidence/S-1";
    for (file, text, code) in [
        ("functional.md", "\n", "evidence-empty"),
        ("functional.md", "What was seen is in [the log](gone.log).\n", "evidence-link"),
        ("runbook.md", "Not applicable\n", "evidence-reason"),
        ("pull-request.md", "soon\n", "evidence-empty"),
    ] {
        fixture.world.write(&format!("{folder}/{file}"), text);
        let ran = fixture.at(now, &["evidence", "check", "S-1"]);
        let reported =
            ran.stdout.contains(&format!("error[{code}]")) && ran.stdout.contains("= help: ");
        assert!(ran.status == 1 && reported, "{ran:?}");
        fixture.evidence("S-1");
    }

    let ran = fixture.at(now, &["evidence", "pack", "S-1"]);
    assert!(ran.status == 1 && ran.stdout.contains("error[evidence-missing]"), "{ran:?}");
    fixture.commit_at("2026-03-05T12:00:00Z");
    let pack = "out/demo-S-1-evidence-pack.zip";
    let mut packed = Vec::new();
    for _ in 0..2 {
        let ran = fixture.at(now, &["evidence", "pack", "S-1"]);
        assert_eq!(ran.status, 0, "{ran:?}");
        packed.push(std::fs::read(fixture.world.path(pack)).unwrap());
        std::fs::remove_file(fixture.world.path(pack)).unwrap();
    }
    assert_eq!(packed[0], packed[1]);
    let limits = thrice_orr::evidence::archive::Limits::default();
    let entries = thrice_orr::evidence::archive::read(&packed[0], limits).unwrap();
    let names: Vec<&str> = entries.iter().map(|entry| entry.path.as_str()).collect();
    let expected = [
        "MANIFEST.json",
        "S-1/degradation.md",
        "S-1/functional.md",
        "S-1/observability.md",
        "S-1/pull-request.md",
        "S-1/run.log",
        "S-1/runbook.md",
        "SHA256SUMS",
    ];
    assert_eq!(names, expected);
    let index = fixture.world.shown(&fixture.world.read("out/demo-S-1-evidence-pack.md"));
    expect![[r#"
        # Evidence of `S-1` Replay ends once, Demo

        **6 files of 1 subject, complete: `cargo xtask evidence check S-1` passed.**

        - Archive: `demo-S-1-evidence-pack.zip`, SHA-256 `[SHA256]`
        - Commit: `[COMMIT]`
        - Review of the commit: none in this clone: `cargo xtask orr` makes one
        - Decision: none recorded yet

        ## `S-1` Replay ends once

        Owner: sm

        | file | what it shows | SHA-256 begins |
        | --- | --- | --- |
        | `degradation.md` | error, degradation and fallback | `[HEX]` |
        | `functional.md` | functional evidence of the acceptance criteria | `[HEX]` |
        | `observability.md` | logs, metrics and alerts | `[HEX]` |
        | `pull-request.md` | the pull request with its required check green | `[HEX]` |
        | `run.log` | attached | `[HEX]` |
        | `runbook.md` | the runbook that was changed | `[HEX]` |

        In the archive, each subject has a folder of its own. `SHA256SUMS` there has the whole digests: `sha256sum --check SHA256SUMS`.
    "#]]
    .assert_eq(&index);
    // What is not of this command stays, and then no archive is written.
    fixture.world.write("mine.md", "mine\n");
    let ran = fixture.at(now, &["evidence", "pack", "S-1", "--write", "mine.zip"]);
    assert!(ran.status == 2 && ran.stdout.contains("mine.md exists"), "{ran:?}");
    assert!(!fixture.world.path("mine.zip").exists());
    std::fs::remove_file(fixture.world.path("mine.md")).unwrap();
    let ran = fixture.at(now, &["evidence", "pack", "O1", "--write", "o1.zip"]);
    assert!(ran.status == 1 && ran.stdout.contains("no evidence of S-2"), "{ran:?}");
    let ran = fixture.at(now, &["evidence", "check", "S-3"]);
    assert!(ran.status == 2 && ran.stdout.contains("did you mean `S-"), "{ran:?}");
}

/// Due by the end of day 9 (Friday 13 March, because the 12th is a holiday) in New York.
#[test]
fn evidence_on_day_ten_is_refused_and_the_gate_says_by_when() {
    let fixture = Fixture::new();
    fixture.evidence("S-1");
    fixture.commit_at("2026-03-10T12:00:00Z");
    let ran = fixture.at("2026-03-10T12:00:00Z", &["sprint", "gate"]);
    assert_eq!(ran.status, 1, "{ran:?}");
    expect![[r#"
        sprint 01: CI/CD gate is not passed: 4 things missing, exit status 1

        error[wave-story]: S-2 (Safe mode | at the door) is waiting: its contract; no branch yet
           = help: merge it, or move it to another sprint by a reviewed patch

        error[not-established]: it is unknown whether the head of the default branch is green: this clone has no review of main at [HEX]
           = help: `cargo xtask orr`, then run the command again

        error[evidence-missing]: there is no evidence of sprint-01 in docs/evidence/sprint-01; it is due by the end of 2026-03-13, day 9 of sprint 01
          --> docs/evidence/sprint-01
           = help: `cargo xtask evidence new sprint-01` lays it out

        error[evidence-missing]: there is no evidence of S-2 in docs/evidence/S-2; it is due by the end of 2026-03-13, day 9 of sprint 01
          --> docs/evidence/S-2
           = help: `cargo xtask evidence new S-2` lays it out

        evidence of  answer   title
        sprint-01    missing  CI/CD gate
        S-1          there    Replay ends once
        S-2          missing  Safe mode | at the door

        evidence is due by the end of 2026-03-13 (America/New_York), 2026-03-14T04:00Z
    "#]]
    .assert_eq(&fixture.world.shown(&ran.stdout));
    for name in ["ci-pass-logs.md", "rollback-notes.md"] {
        fixture.world.write(&format!("docs/evidence/sprint-01/{name}"), "Seen in run 12.\n");
    }
    fixture.evidence("S-2");
    fixture.commit_at("2026-03-14T03:59:59Z");
    let merged = ["commit", "--quiet", "--allow-empty", "-m", "safe\n\nStory: S-2"];
    fixture.world.git(merged);
    let ran = fixture.at("2026-03-16T12:00:00Z", &["sprint", "gate", "01"]);
    assert_eq!(ran.status, 4, "{ran:?}");
    expect![[r#"
        sprint 01: CI/CD gate can't be decided now, exit status 4

        error[not-established]: it is unknown whether the head of the default branch is green: this clone has no review of main at [HEX]
           = help: `cargo xtask orr`, then run the command again

        evidence of  answer  title
        sprint-01    there   CI/CD gate
        S-1          there   Replay ends once
        S-2          there   Safe mode | at the door

        evidence was due by the end of 2026-03-13 (America/New_York), 2026-03-14T04:00Z
    "#]]
    .assert_eq(&fixture.world.shown(&ran.stdout));
    // A second later it is too late.
    fixture.world.write("docs/evidence/S-2/functional.md", "It was safe in 3 runs.\n");
    fixture.commit_at("2026-03-14T04:00:00Z");
    let ran = fixture.at("2026-03-16T12:00:00Z", &["evidence", "check", "sprint-01"]);
    assert_eq!(ran.status, 0, "{ran:?}");
    expect![[r#"
        evidence check: pass, with 1 warning

        warning[evidence-late]: the evidence of S-2 was due by the end of 2026-03-13, day 9 of sprint 01, and was changed at 2026-03-14 04:00 UTC
          --> docs/evidence/S-2
           = help: `cargo xtask sprint gate 01 --condition TEXT` decides on it; or move it to the next sprint

        evidence of  answer  what is wrong first
        sprint-01    good
        S-1          good
        S-2          good
    "#]].assert_eq(&ran.stdout);
    // Its gate is the one place that decides on it.
    let ran = fixture.at("2026-03-16T12:00:00Z", &["sprint", "gate", "01"]);
    assert!(ran.stdout.contains("error[evidence-late]: the evidence of S-2"), "{ran:?}");
    // What is not committed is of now.
    fixture.world.git(["reset", "--quiet", "--hard", "HEAD~1"]);
    fixture.world.write("docs/evidence/S-1/more.md", "More.\n");
    let ran = fixture.at("2026-03-16T12:00:00Z", &["evidence", "check", "S-1"]);
    assert!(ran.status == 0 && ran.stdout.contains("warning[evidence-late]"), "{ran:?}");
}
