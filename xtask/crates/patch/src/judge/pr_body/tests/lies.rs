//! Lies in a body, each in one of which everything else is so: refused by the one check of
//! a body, which `pr-body --check` and `pr update` ask, and by `review`.

use super::*;
use crate::judge::review;
use thrice_findings::{Severity, Verdict, verdict};

/// What the lie is, a piece of the body, and what is written there instead.
type Lie = (&'static str, &'static str, &'static str);

const LIES: &[Lie] = &[
    ("repo_sha of an older main", "repo_sha: 0123", "repo_sha: 4123"),
    (
        "repo_sha shortened",
        "repo_sha: 0123456789abcdef0123456789abcdef01234567",
        "repo_sha: 0123456",
    ),
    ("repo_sha left out", "repo_sha: 0123456789abcdef0123456789abcdef01234567\n", ""),
    ("another branch", "branch: q2-s7-codex-20260131", "branch: q2-s7-codex-20260130"),
    ("another base in the branch", "1200-0123456\n", "1200-0123457\n"),
    ("no sandbox branch", "branch: q2-s7-codex-20260131-1200-0123456", "branch: feature/I-1-x"),
    ("branch left out", "branch: q2-s7-codex-20260131-1200-0123456\n", ""),
    ("two runs", ",20260131-a.3]", "]"),
    ("four runs", "20260131-a.3]", "20260131-a.3,20260131-a.4]"),
    ("no runs", "[20260131-a.1,20260131-a.2,20260131-a.3]", "[]"),
    ("one run named twice", "20260131-a.3]", "20260131-a.2]"),
    ("a run of another review", "20260131-a.3]", "20260131-b.3]"),
    ("runs in another order", "a.1,20260131-a.2", "a.2,20260131-a.1"),
    ("run_ids left out", "run_ids: [20260131-a.1,20260131-a.2,20260131-a.3]\n", ""),
    ("the digest of another ZIP", "evidence_zip_sha256: 0000", "evidence_zip_sha256: b000"),
    ("the digest of another ZIP, below", "`0000000000", "`b000000000"),
    ("no digest of the ZIP", "evidence_zip_sha256: ", "evidence_zip_sha256 "),
    ("the digest of another scorecard", "scorecard_sha256: ", "scorecard_sha256: 0"),
    ("begun earlier", "started_at: 2026-01-31T12:00", "started_at: 2026-01-31T11:00"),
    ("begun at no time", "started_at: 2026-01-31T12:00:00Z", "started_at: noon"),
    ("ended earlier", "finished_at: 2026-01-31T12:09:59Z", "finished_at: 2026-01-31T12:09:58Z"),
    ("ended in the future", "finished_at: 2026", "finished_at: 2027"),
    ("finished_at left out", "finished_at: 2026-01-31T12:09:59Z\n", ""),
    ("a plan of another base", "\"base_sha\": \"0123", "\"base_sha\": \"4123"),
    ("a plan without a file", "\"scripts/crypto/sign_batch.py\"", "\"scripts/crypto/other.py\""),
    ("a plan with a gate that is not", "\"T4\",", "\"T9\","),
    ("a plan with evidence that is not", "out/evidence/T4", "out/evidence/T9"),
    ("a plan of another form", "\"version\": \"1.0\"", "\"version\": \"2.0\""),
    ("a plan that is loose", "\"filemap\": \"strict\"", "\"filemap\": \"loose\""),
    ("a scorecard of another commit", "\"commit\": \"f", "\"commit\": \"e"),
    ("a red scorecard", "\"verdict\": \"pass\"", "\"verdict\": \"fail\""),
    ("a scorecard with a red gate", "\"outcome\": \"pass\"", "\"outcome\": \"fail\""),
    ("a scorecard of another programme", "\"programme\": \"s7\"", "\"programme\": \"s8\""),
    ("a file left out of the list", "- scripts/crypto/sign_batch.py\n", ""),
    (
        "a file added to the list",
        "- scripts/crypto/sign_batch.py\n",
        "- scripts/crypto/sign_batch.py\n- scripts/x.py\n",
    ),
    ("a box not ticked", "- [x] ZIP", "- [ ] ZIP"),
    ("an item left out", "- [x] ZIP/bytes idênticos nos 3 runs (Cap.2 T6)\n", ""),
    ("an item of its own", "## Checklist\n", "## Checklist\n- [x] approved by everybody\n"),
    ("a sentence of its own", "## Checklist\n", "## Checklist\nTrust me.\n"),
    ("a heading of its own", "\n## Evid", "\n## Approved\nyes\n\n## Evid"),
    ("a title of four runs", "PASS 3×)", "PASS 4×)"),
    ("another artifact", "Artefato: s7-orr-evidence", "Artefato: s7-orr-evidence-2"),
];

/// What the check and `review` say of a body.
fn answers(fixture: &Fixture, body: &str) -> (Verdict, Verdict, bool) {
    let problems = fixture.with(|facts, _| check(body.as_bytes(), facts));
    let found: Vec<_> = problems.iter().map(|problem| problem.finding("body.md")).collect();
    let facts = review::ReviewFacts { body: Some(&problems), ..review::ReviewFacts::default() };
    let reviewed = review::review(&fixture.patch, fixture.policy, &facts).findings;
    let is_body = |it: &thrice_findings::Finding| {
        it.code == thrice_findings::Code::Refuse10 && it.severity == Severity::Refuse
    };
    (verdict(&found), verdict(&reviewed), reviewed.iter().any(is_body))
}

#[test]
fn each_lie_is_refused_by_the_check_and_by_the_review() {
    let fixture = Fixture::new();
    let body = fixture.body();
    let (checked, _, is_refused) = answers(&fixture, &body);
    assert_eq!((checked, is_refused), (Verdict::Pass, false), "what is so is refused by neither");
    let mut passed = Vec::new();
    for (name, from, to) in LIES {
        assert!(body.contains(from), "{name}: {from}");
        let (checked, reviewed, is_refused) = answers(&fixture, &body.replacen(from, to, 1));
        if checked == Verdict::Pass || reviewed == Verdict::Pass || !is_refused {
            passed.push((name, checked, reviewed, is_refused));
        }
    }
    assert!(passed.is_empty(), "{passed:#?}");
    assert!(LIES.len() >= 38, "{}", LIES.len());
}
