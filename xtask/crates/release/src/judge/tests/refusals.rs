//! One thing wrong at a time: which code says so, and what it says to do.

use serde_json::json;

use super::*;
use thrice_findings::Place;

/// What is called so, what it changes, and the code that refuses it.
type Row = (&'static str, Stage, fn(&mut Case), Code);

fn refused(code: Code, why: &str) -> Option<Finding> {
    Some(Finding::new(code, why.to_owned()).at(Place::default()))
}

fn risk(state: &str, more: &[(&str, &str)]) -> Decision {
    let mut data = json!({ "risk": "R-1", "state": state, "severity": "critical", "title": "t" });
    more.iter().for_each(|(key, value)| data[*key] = json!(value));
    noted(Kind::Risk, "2026-02-01T00:00:00Z", data)
}

fn incident(time: &str, state: &str, id: &str) -> Decision {
    let data = json!({ "incident": id, "state": state, "severity": "P0", "title": "t" });
    noted(Kind::Incident, time, data)
}

/// The same, which does not count.
fn unsaid(mut decision: Decision) -> Decision {
    decision.author = Err(Box::new(Finding::new(Code::LedgerUnsigned, "no signature")));
    decision
}

fn of_ga(case: &mut Case, change: impl Fn(&mut RecordedApproval)) {
    let ana = case.ledger().approvals.iter_mut();
    ana.filter(|(stage, it)| *stage == Stage::Ga && it.actor.starts_with("ana"))
        .for_each(|(_, it)| change(it));
}

fn exception(case: &mut Case, more: &[(&str, &str)]) {
    case.now = at("2026-12-24T00:00:00Z");
    let mut data = json!({ "rule": "freeze", "reason": "r", "expires_at": "2026-12-25T00:00:00Z" });
    more.iter().for_each(|(key, value)| data[*key] = json!(value));
    case.decisions.push(noted(Kind::Exception, "2026-12-23T00:00:00Z", data));
}

fn of_candidate(case: &mut Case) -> &mut Candidate {
    case.candidate.as_mut().unwrap()
}

fn said(case: &mut Case) -> &mut Message {
    match &mut of_candidate(case).message {
        Some(Ok(message)) => message,
        _ => panic!("no message"),
    }
}

#[rustfmt::skip]
const ROWS: &[Row] = &[
    ("a commit beside main", Stage::Rc, |c| c.standing = Known::Is(Standing::Beside), Code::ReleaseCommit),
    ("a commit that is nowhere", Stage::Rc, |c| c.standing = Known::Is(Standing::Unknown), Code::ReleaseCommit),
    ("a branch that is not shown", Stage::Rc, |c| c.standing = Known::Unseen(Finding::new(Code::ReleaseRemote, "no answer")), Code::ReleaseRemote),
    ("the review of the parent", Stage::Rc, |c| c.decision["commit"] = json!(hex('f', 40)), Code::ReleaseOrr),
    ("a review that failed", Stage::Rc, |c| c.decision["verdict"] = json!("fail"), Code::ReleaseOrr),
    ("a review of two runs", Stage::Rc, |c| c.decision["run_ids"] = json!(["r.1", "r.2"]), Code::ReleaseOrr),
    ("a review of another programme", Stage::Rc, |c| c.decision["programme"] = json!("other"), Code::ReleaseOrr),
    ("a decision that is none", Stage::Rc, |c| c.decision = json!({ "schema": "x" }), Code::Refuse20),
    ("a scorecard of another run", Stage::Rc, |c| c.at_hand.scorecard_sha256 = Some(hex('f', 64)), Code::ReleaseDigest),
    ("evidence of another run", Stage::Rc, |c| c.at_hand.evidence_zip_sha256 = Some(hex('f', 64)), Code::ReleaseDigest),
    ("evidence that is gone", Stage::Rc, |c| c.at_hand.evidence_zip_sha256 = None, Code::ReleaseDigest),
    ("runs that left no one evidence", Stage::Rc, |c| c.decision["evidence_zip_sha256"] = json!(null), Code::ReleaseDigest),
    ("a machine in the place of the server", Stage::Rc, |c| c.names_server = true, Code::ReleaseMachine),
    ("tags that are not shown", Stage::Rc, |c| c.unseen = refused(Code::ReleaseRemote, "no answer"), Code::ReleaseRemote),
    ("a version that is out", Stage::Ga, |c| c.tag("v1.4.0", 'd', Some('e')), Code::ReleaseTagExists),
    ("a candidate of a version that is out", Stage::Rc, |c| c.tag("v1.4.0", 'd', Some('e')), Code::ReleaseVersionUsed),
    ("a version behind its line", Stage::Rc, |c| c.tag("v1.4.7", 'd', Some('e')), Code::ReleaseVersionOrder),
    ("a tag that was made elsewhere", Stage::Rc, |c| c.tag("v1.4.0-rc.1", 'd', Some('a')), Code::ReleaseTagExists),
    ("another object than the one begun", Stage::Rc, |c| { c.own = Some(hex('5', 40)); c.tag("v1.4.0-rc.1", 'd', Some('a')); }, Code::ReleaseTagExists),
    ("a lightweight tag in the way", Stage::Rc, |c| c.tag("v1.4.0-rc.1", 'a', None), Code::ReleaseTagLight),
    ("a tag that is a folder of it", Stage::Rc, |c| c.tag("v1.4.0-rc.1/x", 'd', Some('e')), Code::ReleaseTagExists),
    ("no candidate", Stage::Ga, |c| c.candidate = None, Code::ReleaseRcMissing),
    ("a candidate on another commit", Stage::Ga, |c| of_candidate(c).commit = hex('f', 40), Code::ReleaseRcMissing),
    ("a lightweight candidate", Stage::Ga, |c| of_candidate(c).message = None, Code::ReleaseTagLight),
    ("a candidate made by hand", Stage::Ga, |c| of_candidate(c).message = Some(Err("why".to_owned())), Code::ReleaseMessage),
    ("a candidate that names another commit", Stage::Ga, |c| said(c).sha = hex('f', 40), Code::ReleaseMessage),
    ("a candidate that names another tree", Stage::Ga, |c| said(c).tree = hex('f', 40), Code::ReleaseMessage),
    ("a release that poses as a candidate", Stage::Ga, |c| said(c).stage = Stage::Ga, Code::ReleaseMessage),
    ("a candidate of another version", Stage::Ga, |c| said(c).version = "1.5.0-rc.1".to_owned(), Code::ReleaseMessage),
    ("a candidate that was not published", Stage::Ga, |c| of_candidate(c).published = Some(Known::Absent), Code::ReleaseRcMissing),
    ("a candidate signed by nobody of policy", Stage::Ga, |c| of_candidate(c).signed = TagSignature::Refused(Finding::new(Code::ReleaseSignature, "no key")), Code::ReleaseSignature),
    ("a newer candidate elsewhere", Stage::Ga, |c| c.tag("v1.4.0-rc.2", 'd', Some('e')), Code::ReleaseRcOvertaken),
    ("a candidate on another scorecard", Stage::Ga, |c| said(c).scorecard_sha256 = hex('f', 64), Code::ReleaseDigest),
    ("a candidate on other evidence", Stage::Ga, |c| said(c).evidence_zip_sha256 = hex('f', 64), Code::ReleaseDigest),
    ("a soak that is a second short by the tag", Stage::Ga, |c| c.now = at("2026-03-01T10:59:59Z"), Code::ReleaseSoak),
    ("a soak that is a second short by the server", Stage::Ga, |c| c.now = at("2026-03-01T11:00:59Z"), Code::ReleaseSoak),
    ("a candidate of no time", Stage::Ga, |c| (of_candidate(c).tagged_at, of_candidate(c).published) = (None, None), Code::NotEstablishedCode),
    ("a ledger that does not hold", Stage::Rc, |c| c.ledger = Known::Unseen(Finding::new(Code::ReleaseLedger, "it was cut")), Code::ReleaseLedger),
    ("a critical risk", Stage::Rc, |c| c.decisions.push(risk("open", &[])), Code::ReleaseRisk),
    ("a risk accepted until today", Stage::Rc, |c| c.decisions.push(risk("accepted", &[("expires_at", "2026-03-01T12:00:00Z")])), Code::ReleaseRisk),
    ("a risk that was opened again", Stage::Rc, |c| c.decisions.extend([risk("closed", &[]), risk("open", &[])]), Code::ReleaseRisk),
    ("a risk closed by one who may not", Stage::Rc, |c| {
        let closed = unsaid(risk("closed", &[]));
        c.decisions.extend([risk("open", &[]), closed]);
    }, Code::ReleaseRisk),
    ("a risk made small by one who may not", Stage::Rc, |c| {
        let small = unsaid(risk("open", &[("severity", "medium")]));
        c.decisions.extend([risk("open", &[]), small]);
    }, Code::ReleaseRisk),
    ("an alarm that nobody signed", Stage::Rc, |c| {
        let open = unsaid(risk("open", &[]));
        c.decisions.push(open);
    }, Code::ReleaseRisk),
    ("a P0 that is open", Stage::Rc, |c| c.decisions.push(incident("2026-01-01T00:00:00Z", "contained", "INC-1")), Code::ReleaseIncident),
    ("a P0 whose end nobody signed", Stage::Rc, |c| {
        let closed = unsaid(incident("2026-01-02T00:00:00Z", "closed", "INC-1"));
        c.decisions.extend([incident("2026-01-01T00:00:00Z", "open", "INC-1"), closed]);
    }, Code::ReleaseIncident),
    ("a P0 that somebody calls small", Stage::Rc, |c| {
        let small = json!({ "incident": "INC-1", "state": "open", "severity": "P3", "title": "t" });
        let small = unsaid(noted(Kind::Incident, "2026-01-02T00:00:00Z", small));
        c.decisions.extend([incident("2026-01-01T00:00:00Z", "open", "INC-1"), small]);
    }, Code::ReleaseIncident),
    ("a P0 after the candidate", Stage::Ga, |c| c.decisions.push(incident("2026-03-01T10:00:00Z", "open", "INC-1")), Code::ReleaseIncident),
    ("a P0 after the candidate that is over", Stage::Ga, |c| c.decisions.extend([
        incident("2026-03-01T10:00:00Z", "open", "INC-1"), incident("2026-03-01T10:30:00Z", "closed", "INC-1"),
    ]), Code::ReleaseIncident),
    ("a P0 reported only when it was over", Stage::Ga, |c| c.decisions.push(incident("2026-03-01T10:30:00Z", "closed", "INC-1")), Code::ReleaseIncident),
    ("no approval", Stage::Rc, |c| c.ledger().approvals.clear(), Code::ReleaseApproval),
    ("no ledger, and so no approval", Stage::Rc, |c| c.ledger = Known::Absent, Code::ReleaseApproval),
    ("the approval of one role of two", Stage::Ga, |c| c.ledger().approvals.retain(|(_, it)| it.actor.starts_with("ana")), Code::ReleaseApproval),
    ("the approval of the candidate alone", Stage::Ga, |c| c.ledger().approvals.retain(|(stage, _)| *stage == Stage::Rc), Code::ReleaseApproval),
    ("an approval by the author", Stage::Ga, |c| c.makers.push("ANA@example.com".to_owned()), Code::ReleaseApproval),
    ("an approval by the author's other address", Stage::Ga, |c| { of_ga(c, |it| it.addresses.push("a@home.example".to_owned())); c.makers.push("a@home.example".to_owned()); }, Code::ReleaseApproval),
    ("an approval by an expired key", Stage::Ga, |c| of_ga(c, |it| it.refused = refused(Code::LedgerSigner, "no key of hers then")), Code::ReleaseApproval),
    ("an approval that nobody can check", Stage::Ga, |c| of_ga(c, |it| it.refused = refused(Code::ProgramMissing, "no ssh-keygen")), Code::ProgramMissing),
    ("an approval that ended", Stage::Ga, |c| of_ga(c, |it| it.expires_at = Some(at("2026-03-01T12:00:00Z"))), Code::ReleaseApproval),
    ("an approval of an older head", Stage::Ga, |c| of_ga(c, |it| it.content = ApprovedContent::Other), Code::ReleaseApproval),
    ("an approval in a role that they do not hold", Stage::Ga, |c| of_ga(c, |it| it.role = Some("security".to_owned())), Code::ReleaseApproval),
    ("an approval of another version", Stage::Ga, |c| of_ga(c, |it| it.subject = Some("2.0.0".to_owned())), Code::ReleaseApproval),
    ("an approval without a key", Stage::Ga, |c| of_ga(c, |it| it.roles.clear()), Code::ReleaseApproval),
    ("a freeze", Stage::Rc, |c| c.now = at("2026-12-20T00:00:00Z"), Code::ReleaseFreeze),
    ("the last second of a freeze", Stage::Rc, |c| c.now = at("2027-01-02T23:59:59Z"), Code::ReleaseFreeze),
    ("an exception that ended", Stage::Rc, |c| exception(c, &[("expires_at", "2026-12-24T00:00:00Z")]), Code::ReleaseFreeze),
    ("an exception for another commit", Stage::Rc, |c| exception(c, &[("sha", &"f".repeat(40))]), Code::ReleaseFreeze),
    ("an exception for another version", Stage::Rc, |c| exception(c, &[("subject", "2.0.0")]), Code::ReleaseFreeze),
    ("an exception to another rule", Stage::Rc, |c| exception(c, &[("rule", "soak")]), Code::ReleaseFreeze),
    ("an exception that does not count", Stage::Rc, |c| {
        exception(c, &[]);
        c.decisions = c.decisions.drain(..).map(unsaid).collect();
    }, Code::ReleaseFreeze),
    ("a story without evidence", Stage::Ga, |c| {
        let missing = Finding::new(Code::EvidenceMissing, "there is no evidence of I-12");
        c.trace = traced(vec![missing.help("cargo xtask evidence new I-12")]);
    }, Code::EvidenceMissing),
    ("a report that is missing", Stage::Rc, |c| c.reports[0].2 = None, Code::ReleaseReport),
    ("a report that is empty", Stage::Rc, |c| c.reports[0].2 = Some(0), Code::ReleaseReport),
    ("a machine without a key", Stage::Rc, |c| c.unable.push(Finding::new(Code::ReleaseKey, "no key").help("get one")), Code::ReleaseKey),
];

#[test]
fn each_of_them_is_refused_by_its_code_and_says_what_to_do() {
    assert!(ROWS.len() >= 60, "{}", ROWS.len());
    for (name, stage, change, code) in ROWS {
        let mut case = Case::new(*stage);
        change(&mut case);
        let claims = case.judged();
        let findings = thrice_pull::judge::claims::findings(&claims);
        let refusals: Vec<&Finding> =
            findings.iter().filter(|it| it.severity == Severity::Refuse).collect();
        assert!(refusals.iter().any(|it| it.code == *code), "{name}: {refusals:#?}");
        assert!(refusals.iter().all(|it| it.code == *code), "{name}, and more: {refusals:#?}");
        let open = claims.iter().any(|claim| claim.answer != Verdict::Pass);
        assert!(open, "{name}: {claims:?}");
        let own = code.name().starts_with("release-");
        let helped = refusals.iter().all(|it| it.help.is_some() || !code.fix().is_empty());
        assert!(!own || helped, "{name}: {refusals:?}");
    }
}

/// What looks like a refusal and is none.
#[test]
fn what_is_in_order_is_let_through() {
    type Good = (&'static str, Stage, fn(&mut Case));
    let rows: &[Good] = &[
        ("an exception that holds", Stage::Rc, |c| exception(c, &[])),
        ("an exception for this tag", Stage::Rc, |c| exception(c, &[("subject", "v1.4.0-rc.1")])),
        ("the second after a freeze", Stage::Rc, |c| c.now = at("2027-01-03T00:00:00Z")),
        ("the end of the soak", Stage::Ga, |c| c.now = at("2026-03-01T11:01:00Z")),
        ("a risk that is no critical one", Stage::Rc, |c| {
            c.decisions.push(risk("open", &[("severity", "high")]));
        }),
        ("a risk that was closed", Stage::Rc, |c| {
            c.decisions.extend([risk("open", &[]), risk("closed", &[])]);
        }),
        ("a risk accepted for longer", Stage::Rc, |c| {
            c.decisions.push(risk("accepted", &[("expires_at", "2026-03-01T12:00:01Z")]));
        }),
        ("a P0 long before the candidate", Stage::Ga, |c| {
            c.decisions.extend([
                incident("2026-01-01T00:00:00Z", "open", "INC-1"),
                incident("2026-01-02T00:00:00Z", "closed", "INC-1"),
            ]);
        }),
        ("a newer release of another line", Stage::Rc, |c| c.tag("v3.1.4", 'd', Some('e'))),
        ("another line's release on this commit", Stage::Ga, |c| c.tag("v3.0.0", 'd', Some('a'))),
        ("a newer candidate on the same commit", Stage::Ga, |c| {
            c.tag("v1.4.0-rc.2", 'd', Some('a'));
        }),
        ("a tag like no release", Stage::Rc, |c| c.tag("nightly", 'd', None)),
        ("the own tag, pushed already", Stage::Rc, |c| {
            c.own = Some(hex('d', 40));
            c.tag("v1.4.0-rc.1", 'd', Some('a'));
        }),
        ("an older candidate elsewhere", Stage::Rc, |c| {
            c.tagged.number = 2;
            c.tag("v1.4.0-rc.1", 'd', Some('e'));
        }),
        ("nothing that a backlog knows", Stage::Rc, |c| c.trace = Trace::default()),
        ("no report demanded", Stage::Rc, |c| c.reports.clear()),
    ];
    for (name, stage, change) in rows {
        let mut case = Case::new(*stage);
        change(&mut case);
        let claims = case.judged();
        assert_eq!(thrice_pull::judge::claims::findings(&claims), [], "{name}");
    }
}

#[test]
fn only_a_full_commit_id_is_one() {
    assert_eq!(full_id(&hex('a', 40)).unwrap(), hex('a', 40));
    assert_eq!(full_id(&hex('0', 64)).unwrap(), hex('0', 64));
    for text in
        ["main", "HEAD", "", "v1.4.0", &hex('a', 39), &hex('a', 41), &hex('A', 40), &hex('g', 40)]
    {
        let finding = full_id(text).unwrap_err();
        assert_eq!(finding.code, Code::ReleaseSha, "{text}");
        assert!(finding.help.is_some_and(|help| help.contains("rev-parse")), "{text}");
    }
}
