//! The section of a story, and the notes that it is made from.

use super::*;
use thrice_findings::Code;

#[test]
fn the_story_stands_below_the_checklist() {
    let body = Fixture { story: Some(story()), ..Fixture::new() }.body();
    let section = body.split_once("\n## Story\n").unwrap().1;
    expect_test::expect![[r#"
        Story ID: S-PC-01-001
        DoR: refined on Monday
        DoD: all gates green, reviewed
        Acceptance criterion (base): batches of 1,000 are signed
        Acceptance criterion (delta): the tag keeps its LF: `T4`
        Residual risk: none known
        Evidence: https://example.com/run/1
        Runbook: not applicable: nothing changes for operators
        Rollback: revert the merge
    "#]]
    .assert_eq(section);
}

#[test]
fn a_risky_change_says_how_it_is_taken_back() {
    let fixture =
        Fixture { story: Some(story()), known: false, risky: Risky::Approval, ..Fixture::new() };
    let body = fixture.body();
    assert_eq!(fixture.reported(&body), [""; 0]);
    let reported = fixture.reported(body.replace("Rollback: revert the merge\n", ""));
    assert!(reported.iter().any(|line| line.contains("Rollback: it is missing")), "{reported:?}");
    let table = [
        ("Story ID: S-PC-01-001\n", "", "Story ID: it is missing"),
        ("S-PC-01-001", "S PC", "Story ID: this is not the story's one id"),
        ("DoR: ", "DOR: ", "DoR: a story has no line `DOR`"),
        ("DoD: all gates green, reviewed", "DoD: ", "Story: this line says nothing: `DoD: `"),
        ("Evidence: ", "DoR: again\nEvidence: ", "DoR: this line is out of place"),
        ("Runbook: ", "Runboot: ", "Runbook: it is missing"),
    ];
    for (from, to, says) in table {
        let reported = fixture.reported(body.replacen(from, to, 1));
        assert!(reported.iter().any(|line| line.contains(says)), "{from} -> {to}: {reported:#?}");
    }
}

/// Each row: what is risky, whether there is a story, what is taken out of the body, and
/// what is reported.
#[test]
fn what_policy_declares_risky_names_its_rollback_and_its_runbook() {
    let declared = || Risky::Declared("src/a is risky by `src/**`: money".to_owned());
    let runbook = NOTES.replace(
        "not_applicable = \"nothing changes for operators\"",
        "changed = [\"docs/run.md\"]",
    );
    assert_ne!(runbook, NOTES);
    let with_runbook = || {
        let story = Story::read("notes.toml", runbook.as_bytes()).unwrap();
        Some(("S-PC-01-001".to_owned(), story))
    };
    for (risky, story, out, reported) in [
        (declared(), with_runbook(), "", None),
        (declared(), Some(story()), "", Some("Runbook: it is missing, and src/a is risky")),
        (
            declared(),
            with_runbook(),
            "Rollback: revert the merge\n",
            Some("Rollback: it is missing"),
        ),
        (declared(), None, "", Some("Story: it is missing, and src/a is risky")),
        (Risky::Approval, Some(story()), "", None),
        (Risky::Approval, None, "", None),
        (Risky::No, Some(story()), "Rollback: revert the merge\n", None),
    ] {
        let fixture = Fixture { story, known: false, risky, ..Fixture::new() };
        let found = fixture.reported(fixture.body().replace(out, ""));
        let seen =
            found.iter().any(|line| reported.is_some_and(|reported| line.contains(reported)));
        assert!(
            seen == reported.is_some() && (reported.is_some() || found.is_empty()),
            "{found:?} {reported:?}"
        );
    }
    for (risky, said, refused) in [
        (declared(), None, true),
        (declared(), Some((false, true)), true),
        (declared(), Some((true, false)), true),
        (declared(), Some((true, true)), false),
        (Risky::Approval, None, false),
    ] {
        assert_eq!(risky.unsaid(said).is_some(), refused, "{risky:?} {said:?}");
    }
}

#[test]
fn notes_tell_everything_that_is_missing() {
    let reported = |text: &str| -> Vec<String> {
        let findings = Story::read("notes.toml", text.as_bytes()).unwrap_err();
        assert!(findings.iter().all(|finding| finding.code == Code::StoryNotes));
        findings.into_iter().map(|finding| finding.message).collect()
    };
    let missing = ["dor", "dod", "acceptance", "risks", "evidence", "runbook"];
    assert_eq!(reported(""), missing.map(|key| format!("`{key}` is missing here")));
    let both = NOTES.replace("not_applicable", "changed = [\"a\"]\nnot_applicable");
    assert_eq!(reported(&both), ["say which runbook changed, or why none had to"]);
    assert_eq!(reported(&NOTES.replace("[\"none known\"]", "[]")), ["this list is empty"]);
    let lines = NOTES.replace("\"none known\"", "\"none\\nknown\"");
    assert_eq!(reported(&lines), ["this text is not one line"]);
    assert_eq!(reported(&NOTES.replace("dor =", "dorr =")).len(), 2);
    assert!(reported(&"#".repeat(70_000))[0].contains("longer than 65536 bytes"));
    assert!(is_story_id("RB-M06-001") && !is_story_id("") && !is_story_id("a b"));
}
