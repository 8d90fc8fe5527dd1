//! The section of a story, and the notes that it is made from.

use super::*;

#[test]
fn the_story_stands_below_the_checklist() {
    let body = Desk { story: Some(story()), ..Desk::new() }.body();
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
    let desk = Desk { story: Some(story()), known: false, risky: true, ..Desk::new() };
    let body = desk.body();
    assert_eq!(desk.told(&body), [""; 0]);
    let told = desk.told(body.replace("Rollback: revert the merge\n", ""));
    assert!(told.iter().any(|line| line.contains("Rollback: it is missing")), "{told:?}");
    let table = [
        ("Story ID: S-PC-01-001\n", "", "Story ID: it is missing"),
        ("S-PC-01-001", "S PC", "Story ID: this is not the story's one id"),
        ("DoR: ", "DOR: ", "DoR: a story has no line `DOR`"),
        ("DoD: all gates green, reviewed", "DoD: ", "Story: this line says nothing: `DoD: `"),
        ("Evidence: ", "DoR: again\nEvidence: ", "DoR: this line is out of place"),
        ("Runbook: ", "Runboot: ", "Runbook: it is missing"),
    ];
    for (from, to, says) in table {
        let told = desk.told(body.replacen(from, to, 1));
        assert!(told.iter().any(|line| line.contains(says)), "{from} -> {to}: {told:#?}");
    }
}

#[test]
fn notes_tell_everything_that_is_missing() {
    let told = |text: &str| -> Vec<String> {
        let findings = Story::read("notes.toml", text.as_bytes()).unwrap_err();
        assert!(findings.iter().all(|finding| finding.code == Code::StoryNotes));
        findings.into_iter().map(|finding| finding.message).collect()
    };
    let missing = ["dor", "dod", "acceptance", "risks", "evidence", "runbook"];
    assert_eq!(told(""), missing.map(|key| format!("`{key}` is missing here")));
    let both = NOTES.replace("not_applicable", "changed = [\"a\"]\nnot_applicable");
    assert_eq!(told(&both), ["say which runbook changed, or why none had to"]);
    assert_eq!(told(&NOTES.replace("[\"none known\"]", "[]")), ["this list is empty"]);
    let lines = NOTES.replace("\"none known\"", "\"none\\nknown\"");
    assert_eq!(told(&lines), ["this text is not one line"]);
    assert_eq!(told(&NOTES.replace("dor =", "dorr =")).len(), 2);
    assert!(told(&"#".repeat(70_000))[0].contains("longer than 65536 bytes"));
    assert!(is_story_id("RB-M06-001") && !is_story_id("") && !is_story_id("a b"));
}
