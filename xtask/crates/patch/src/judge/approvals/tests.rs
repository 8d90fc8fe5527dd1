use super::*;

fn at(text: &str) -> Timestamp {
    text.parse().unwrap()
}

fn recorded() -> RecordedApproval {
    RecordedApproval {
        line: 3,
        id: "approval-1".to_owned(),
        actor: "ann@example.com".to_owned(),
        addresses: vec!["ann@example.com".to_owned(), "ann@home.example".to_owned()],
        roles: vec!["po".to_owned(), "qa".to_owned()],
        refused: None,
        role: None,
        subject: None,
        sha: "a".repeat(40),
        expires_at: Some(at("2026-03-01T00:00:00Z")),
        login: Some("@ann".to_owned()),
        content: ApprovedContent::Same,
    }
}

/// Somebody whom the patch gives another role.
fn widened() -> Widened {
    let addresses = vec!["cid@example.com".to_owned()];
    Widened { addresses, login: Some("cid".to_owned()), powers: vec!["the role `po`".to_owned()] }
}

fn judged(change: impl Fn(&mut RecordedApproval)) -> Approvals {
    let mut one = recorded();
    change(&mut one);
    judge(&PatchApprovalFacts {
        recorded: &[one],
        ledger: "ledger.jsonl",
        makers: &["bob@example.com".to_owned()],
        widened: &[widened()],
        now: at("2026-02-01T00:00:00Z"),
    })
}

#[test]
fn it_holds_for_its_rule_and_its_roles() {
    let roles = |names: &[&str]| names.iter().map(|name| (*name).to_owned()).collect::<Vec<_>>();
    let all = judged(|_| ());
    assert_eq!(all.why_not(), "");
    for (rule, wanted, holds) in [
        ("owners", &["po"][..], true),
        ("owners", &["sre", "qa"], true),
        ("owners", &["sre"], false),
        ("rules", &[], true),
    ] {
        assert_eq!(all.of(rule, &roles(wanted)).is_some(), holds, "{rule} {wanted:?}");
    }
    let in_one = judged(|one| one.role = Some("qa".to_owned()));
    assert!(in_one.of("owners", &roles(&["qa"])).is_some());
    assert!(in_one.of("owners", &roles(&["po"])).is_none());
    let of_one = judged(|one| one.subject = Some("owners".to_owned()));
    assert!(of_one.of("owners", &roles(&["po"])).is_some());
    assert!(of_one.of("rules", &[]).is_none());
}

#[test]
fn what_does_not_hold_is_said() {
    type Change = fn(&mut RecordedApproval);
    let rows: &[(Change, &str)] = &[
        (|one| one.content = ApprovedContent::Other, "which is other content"),
        (|one| one.expires_at = Some(at("2026-02-01T00:00:00Z")), "ended at 2026-02-01T00:00:00Z"),
        (
            |one| one.addresses.push("BOB@example.com".to_owned()),
            "made a part of what they approved",
        ),
        (|one| one.addresses.push("Cid@example.com".to_owned()), "would gain the role `po` by it"),
        (|one| one.login = Some("@Cid".to_owned()), "would gain the role `po` by it"),
        (|one| one.role = Some("sre".to_owned()), "does not hold sre"),
        (|one| one.roles.clear(), "does not hold any role"),
        (
            |one| one.refused = Some(Finding::new(Code::LedgerSigner, "the key is not theirs")),
            "does not count: the key is not theirs",
        ),
    ];
    for (change, says) in rows {
        let judged = judged(change);
        assert!(judged.given.is_empty() && judged.open.is_empty(), "{says}");
        assert!(judged.why_not().contains(says), "{}", judged.why_not());
    }
}

#[test]
fn what_nobody_can_say_is_open() {
    let missing = |one: &mut RecordedApproval| {
        one.refused = Some(Finding::new(Code::ProgramMissing, "there is no ssh-keygen"));
    };
    for judged in [judged(|one| one.content = ApprovedContent::Unknown), judged(missing)] {
        assert!(judged.given.is_empty() && judged.uncounted.is_empty());
        let place = judged.open[0].place.as_ref().unwrap();
        assert_eq!(place.line, Some(3));
    }
}
