use expect_test::expect;

use super::Fixture;

#[test]
fn a_risk_is_added_updated_and_closed() {
    let fixture = Fixture::new();
    let add = [
        "risk",
        "add",
        "--id",
        "R-IMP-001",
        "--severity",
        "critical",
        "--title",
        "The contract | is left\u{1b}[31m",
    ];
    expect![[r#"
        risk add: pass, with 1 warning

        warning[risk-unowned]: this critical risk has no `--owner` and no `--mitigation` yet
           = help: `cargo xtask risk update R-IMP-001 --owner NAME --mitigation TEXT`

        R-IMP-001 is open, critical; merges are frozen from now on, until it is mitigated, accepted or closed
        at once: freeze the merges of the wave
        at once: report everybody in the channel
        call them now, this program notifies nobody: superadmin (@root)
        acknowledge by 2026-02-13 09:05:00 -03 (5 minutes)
        contain by 2026-02-13 09:15:00 -03 (15 minutes)
        recover by 2026-02-13 10:00:00 -03 (60 minutes)
        [ENTRY] appended to ledger
        head: 1 [SHA256]
        next: cargo xtask incident open --severity P0 --title 'The contract | is left\u{1b}[31m'
    "#]]
    .assert_eq(&fixture.done("12:00:00", &add));
    let again = fixture.at("12:01:00", &add);
    assert!(again.status == 2 && again.stdout.contains("`R-IMP-001` is there already"));
    let update = |time: &str, more: &[&str]| {
        let ran = fixture.at(time, &[&["risk", "update", "R-IMP-001"], more].concat());
        (ran.status, ran.stdout)
    };
    let owned = ["--owner", "ana", "--mitigation", "a checklist", "--acknowledged"];
    assert_eq!(update("12:04:00", &[&owned[..], &["--category", "security"]].concat()).0, 0);
    let (status, said) = update("12:06:00", &["--acknowledged"]);
    assert!(
        status == 1 && said.contains("that step was recorded already, at 2026-02-13T12:04:00Z"),
        "{said}"
    );
    assert_eq!(fixture.at("12:15:00", &["sla"]).status, 0);
    assert_eq!(fixture.at("12:15:01", &["sla"]).status, 1);
    // Taken for a week, and open again when that is over.
    let (status, said) = update("12:20:00", &["--accepted"]);
    assert!(status == 2 && said.is_empty(), "{said}");
    let past = ["--accepted", "--expires", "2026-02-13T12:20:00Z"];
    assert_eq!(update("12:20:00", &past).0, 2);
    let week = ["--accepted", "--expires", "2026-02-20T12:00:00Z", "--reason", "known"];
    assert_eq!(update("12:20:00", &week).0, 0);
    assert_eq!(update("12:21:00", &["--owner", "ben"]).0, 0);
    assert_eq!(fixture.at("12:30:00", &["sla"]).status, 0);
    let list = fixture.done("12:30:00", &["risk", "list"]);
    expect![[r#"
        risk list: pass
        risk       severity  state     since                    owner  of          title
        R-IMP-001  critical  accepted  2026-02-13 09:00:00 -03  ben    everything  The contract | is left\u{1b}[31m

        1 risk not closed; no merge waits
    "#]]
    .assert_eq(&list);
    assert_eq!(fixture.at("2026-02-20T12:05:00Z", &["sla"]).status, 0);
    assert_eq!(fixture.at("2026-02-20T12:05:01Z", &["sla"]).status, 1);
    assert_eq!(update("2026-02-20T12:06:00Z", &["--severity", "medium"]).0, 0);
    let close = ["risk", "close", "R-IMP-001", "--reason", "the story is merged"];
    fixture.done("2026-02-20T12:07:00Z", &close);
    let after = fixture.at("2026-02-20T12:08:00Z", &close);
    assert!(after.status == 1 && after.stdout.contains("was closed at "), "{after:?}");
    let (status, said) = update("2026-02-20T12:09:00Z", &["--owner", "ana"]);
    assert!(status == 1 && said.contains("`--reopened` says that it is back"), "{said}");
    assert_eq!(update("2026-02-20T12:10:00Z", &["--reopened"]).0, 0);
    let list = fixture.done("2026-02-20T12:11:00Z", &["risk", "list"]);
    assert!(list.contains("medium    open   2026-02-20 09:10:00 -03  ben"), "{list}");
}

/// A block that outlasts its cycle is to be planned anew.
#[test]
fn a_blocked_story_has_its_clocks() {
    let fixture = Fixture::new();
    let block = [
        "story",
        "block",
        "S-1",
        "--cause",
        "no key",
        "--impact",
        "no replay",
        "--owner",
        "ana",
        "--trigger",
        "the key is there",
        "--eta",
        "2026-03-01T00:00:00Z",
        "--upstream",
        "ops",
        "--severity",
        "medium",
    ];
    expect![[r#"
        story block: pass
        S-1 is blocked, ETA [TIME]: `cargo xtask story unblock S-1 --reason TEXT` ends it
        at once: record it, its owner and its date
        call them now, this program notifies nobody: owner (ana)
        acknowledge by 2026-02-13 13:00:00 -03 (4 business hours)
        recover by 2026-02-27 09:00:00 -03 (14 days)
        [ENTRY] appended to ledger
        head: 1 [SHA256]
    "#]]
    .assert_eq(&fixture.done("12:00:00", &block));
    fixture.done("12:30:00", &["story", "ack", "S-1"]);
    let twice = fixture.at("12:31:00", &["story", "ack", "S-1"]);
    assert!(twice.status == 1 && twice.stdout.contains("was acknowledged already"));
    let show = fixture.done("12:32:00", &["story", "show", "S-1"]);
    assert!(show.contains("no replay") && show.contains("ops"), "{show}");
    let week = fixture.at("2026-02-20T12:00:01Z", &["sla"]);
    assert_eq!(week.status, 0, "{week:?}");
    expect![[r#"
        sla: no window violated, 1 running, 1 matter open, with 1 warning

        what                title   severity  clock                   due             owner  level  escalated to
        S-1-20260213120000  no key  medium    recover  6 d 23 h left  02-27 09:00:00  ana    0      owner (ana)
        it is 2026-02-20 09:00:01 -03

        warning[replan]: S-1 is blocked since 2026-02-13 09:00:00 -03, longer than a cycle
           = help: look at its scope, start fewer stories, put the wave in another order

    "#]]
    .assert_eq(&fixture.world.shown(&week.stdout));
    let unblock = ["story", "unblock", "S-1", "--reason", "there", "--at", "2026-02-20T12:00:00Z"];
    fixture.done("2026-02-20T12:01:00Z", &unblock);
    let calm = fixture.done("2026-02-20T12:02:00Z", &["sla"]);
    expect![[r#"
        sla: no window violated, 0 running, 0 matters open
        it is 2026-02-20 09:02:00 -03

    "#]]
    .assert_eq(&calm);
}

/// Words of the ledger that somebody wrote by hand: alarms are heard, calm is not.
#[test]
fn what_does_not_count_calms_nothing() {
    let fixture = Fixture::new();
    let append = |time: &str, kind: &str, data: &str| {
        let file = fixture.world.root().join("data.json");
        std::fs::write(&file, data).unwrap();
        fixture.at(time, &["ledger", "append", kind, file.to_str().unwrap()])
    };
    let open = r#"{"risk":"R <!-- --> \"1\"","state":"open","severity":"critical","title":"x"}"#;
    assert_eq!(append("12:00:00", "risk", open).status, 0);
    let late = fixture.at("12:06:00", &["sla"]);
    assert_eq!(late.status, 1);
    // ana's key counts no more: what she closes stays open.
    fixture.world.write("policy/allowed_signers", "");
    fixture.world.commit("no key");
    let list = fixture.done("12:07:00", &["risk", "list"]);
    assert!(
        list.contains("critical  open") && list.contains("merges are frozen by the critical risk"),
        "{list}"
    );
    assert!(list.contains("the risk of ana@example.com does not count: "), "{list}");
}

#[test]
fn names_that_are_not_there_are_reported() {
    let fixture = Fixture::new();
    let risk = |more: &[&str]| {
        let words = ["risk", "add", "--severity", "high", "--title", "x", "--dry-run"];
        let ran = fixture.at("12:00:00", &[&words[..], more].concat());
        (ran.status, ran.stdout)
    };
    for (more, said) in [
        (["--wave", "O2"], "there is no wave `O2`"),
        (["--story", "S-2"], "there is no story `S-2`"),
        (["--id", "../x"], "`../x` cannot be an id"),
        (["--at", "2026-02-13T12:00:01Z"], "is still to come"),
    ] {
        let (status, stdout) = risk(&more);
        assert!(status == 2 && stdout.contains(said), "{stdout}");
    }
    let (status, stdout) = risk(&["--wave", "O1"]);
    assert!(status == 0 && stdout.contains("this high risk has no `--owner`"), "{stdout}");
}

/// Whoever records it types what is next, as it stands.
#[test]
fn a_critical_risk_leads_to_its_incident() {
    let fixture = Fixture::new();
    let add = ["risk", "add", "--severity", "critical", "--title", "Ana's key leaks"];
    let ran = fixture.at("12:00:00", &add);
    let mut shell = fixture.world.command("sh");
    shell.env("XTASK_TEST_NOW", "1770984000");
    let opened = crate::support::Ran::typed(shell, ran.next());
    assert_eq!(opened.status, 0, "{opened:?}");
    let list = fixture.done("12:01:00", &["incident", "list"]);
    assert!(list.contains("  P0  ") && list.contains("Ana's key leaks"), "{list}");
}
