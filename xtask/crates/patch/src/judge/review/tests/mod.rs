mod areas;
mod body;
mod runs;

use std::sync::LazyLock;

use expect_test::{Expect, expect};
use serde_json::{Value, json};

use super::*;
use crate::judge::patch::{Change, Entry, EntryKind};
use thrice_programme::{Policy, PolicyFiles};

const HEAD: &str = "1111111111111111111111111111111111111111";
const ZIP: &str = "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa";
const SCORE: &str = "bbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbb";

/// The programme of the harness (H), as the example has it.
static POLICY: LazyLock<Policy> = LazyLock::new(|| {
    let read = |name: &str| {
        let folder =
            concat!(env!("CARGO_MANIFEST_DIR"), "/../../../docs/examples/trendmarketv2/policy");
        std::fs::read(format!("{folder}/{name}")).unwrap()
    };
    let names = ["programme.toml", "gates.toml", "filemap.toml"];
    let files: PolicyFiles = names.map(|name| (name.to_owned(), read(name))).into();
    let (policy, findings) = thrice_programme::check("policy", &files);
    policy.unwrap_or_else(|| panic!("{findings:?}"))
});

fn patch(paths: &[&str]) -> Patch {
    let new = Some(Entry { kind: EntryKind::File, object: HEAD.to_owned() });
    let change =
        |path: &&str| Change { path: path.as_bytes().to_vec(), old: None, new: new.clone() };
    let mut changes: Vec<Change> = paths.iter().map(change).collect();
    changes.sort_by(|a, b| a.path.cmp(&b.path));
    Patch { base: HEAD.replace('1', "0"), head: HEAD.to_owned(), changes, ..Patch::default() }
}

/// A good decision over three runs.
fn decision() -> Value {
    let gates: Vec<Value> = (0..=8)
        .map(|number| json!({ "gate": format!("T{number}"), "name": "x", "outcome": "pass" }))
        .collect();
    let run = |number: u32| json!({ "run": number, "evidence_zip_sha256": ZIP, "gates": gates });
    json!({
        "schema": "xtask/orr/1",
        "verdict": "pass",
        "commit": HEAD,
        "engine": "github",
        "run_ids": ["r.1", "r.2", "r.3"],
        "policy_sha256": "p",
        "scorecard_sha256": SCORE,
        "evidence_zip_sha256": ZIP,
        "runs": [run(1), run(2), run(3)],
    })
}

/// What a review says, given these changes to what is otherwise all good.
struct Case {
    filemap: Option<Vec<Finding>>,
    content: Option<Vec<Finding>>,
    decision: Option<String>,
    archive: Option<&'static str>,
    /// What is wrong with the body; none where none was given.
    body: Option<Vec<Problem>>,
    beside: Vec<Finding>,
}

fn good() -> Case {
    Case {
        filemap: Some(Vec::new()),
        content: Some(Vec::new()),
        decision: Some(decision().to_string()),
        archive: Some(ZIP),
        body: Some(Vec::new()),
        beside: Vec::new(),
    }
}

fn reviewed(case: &Case) -> Reviewed {
    let policy = &*POLICY;
    let of_body = case.body.iter().flatten().map(|problem| problem.finding("body.md"));
    let beside: Vec<Finding> = of_body.chain(case.beside.iter().cloned()).collect();
    let facts = ReviewFacts {
        filemap: case.filemap.as_deref(),
        content: case.content.as_deref(),
        decision: case.decision.as_deref().map(str::as_bytes),
        policy_sha256: "p",
        archive_sha256: case.archive,
        body: case.body.as_deref(),
        beside: &beside,
    };
    review(&patch(&["scripts/crypto/a.py"]), policy, &facts)
}

/// Lines that are not proven, then the findings.
fn reported(case: &Case) -> String {
    let reviewed = reviewed(case);
    let mut text = String::new();
    for (number, line) in (1..).zip(&reviewed.checklist) {
        match line.answer.verdict {
            Verdict::Pass => {}
            verdict => {
                text.push_str(&format!("{number} {}: {}\n", verdict.word(), line.answer.why))
            }
        }
    }
    for finding in &reviewed.findings {
        text.push_str(&format!("{}: {}\n", finding.code.name(), finding.message));
    }
    text
}

#[test]
fn a_patch_of_which_all_is_seen_is_proven_line_by_line() {
    let reviewed = reviewed(&good());
    let lines: Vec<String> = reviewed
        .checklist
        .iter()
        .map(|line| format!("{} {}: {}\n", line.answer.verdict.word(), line.text, line.answer.why))
        .collect();
    expect![[r#"
        pass Patch dentro do Filemap (Cap.3): the one path of the patch is inside
        pass 3 runs verdes + ZIP/bytes idênticos (Cap.2 T6): 3 green runs of 111111111111, one digest aaaaaaaaaaaa
        pass Scorecard colado na PR (JSON completo): it is the scorecard of the runs
        pass SHA256 do ZIP colado: it is that of the runs
        pass Links dos 3 runs: they are the 3 recorded runs
        pass Constantes/crypto OK (testes): every content rule holds; T4, T5 green in every run (nobody counts their tests)
        pass Pins + anti‑spoof OK: T3 green in every run; T0 green in every run
        pass T0 ruleset sanity OK: T0 green in every run
    "#]].assert_eq(&lines.concat());
    assert_eq!(reviewed.findings, []);
}

/// The decision with one value replaced, as JSON pointer and value.
fn with(pointer: &str, value: Value) -> Case {
    let mut decision = decision();
    *decision.pointer_mut(pointer).unwrap() = value;
    Case { decision: Some(decision.to_string()), ..good() }
}

/// A problem of the body.
fn problem(field: &str) -> Problem {
    Problem::new(field, 3, "it is missing", "write the body again").missing()
}

#[test]
#[expect(clippy::too_many_lines, reason = "a table")]
fn what_other_checks_found_decides_the_lines_that_are_theirs() {
    let outside = Finding::new(Code::Cec10, "`x` is outside");
    let stale = Finding::new(Code::Cec60, "the base is old");
    let unseen = Finding::new(Code::NotEstablishedCode, "the remote cannot be seen");
    let mut note = Finding::new(Code::PolicyUnused, "a warning");
    note.severity = Severity::Warn;
    let broken = Finding::new(Code::Cec10, "`y` breaks `domain-tag`");
    let filemap = |findings: &[&Finding]| Case {
        filemap: Some(findings.iter().map(|finding| (*finding).clone()).collect()),
        ..good()
    };
    let cases: Vec<(Case, Expect)> = vec![
        (
            Case { filemap: None, ..good() },
            expect![[r#"
            1 not established: the patch was not checked against a Filemap
            not-established: the patch was not checked against a Filemap, which leaves open “Patch dentro do Filemap (Cap.3)”
        "#]],
        ),
        (
            filemap(&[&outside, &outside]),
            expect![[r#"
            1 fail: CEC-10: `x` is outside, and 1 more
            REFUSE-30: CEC-10: `x` is outside, and 1 more
        "#]],
        ),
        (
            filemap(&[&stale]),
            expect![[r#"
                CEC-60: the base is old
            "#]],
        ),
        (
            filemap(&[&unseen]),
            expect![[r#"
                1 not established: not-established: the remote cannot be seen
                not-established: the remote cannot be seen
            "#]],
        ),
        (
            filemap(&[&note]),
            expect![[r#"
            policy-unused: a warning
        "#]],
        ),
        (
            Case { content: None, ..good() },
            expect![[r#"
            6 not established: the content rules were not checked
            not-established: the content rules were not checked, which leaves open “Constantes/crypto OK (testes)”
        "#]],
        ),
        (
            Case { content: Some(vec![broken]), ..good() },
            expect![[r#"
            6 fail: CEC-10: `y` breaks `domain-tag`
            CEC-10: `y` breaks `domain-tag`
        "#]],
        ),
    ];
    for (case, expected) in cases {
        expected.assert_eq(&reported(&case));
    }
}

#[test]
fn what_the_programme_has_nothing_for_is_not_applicable_and_said_so() {
    let mut policy = POLICY.clone();
    policy.gates.gates.retain(|gate| gate.id == "T1");
    policy.filemap = None;
    policy.programme.checklist.push(Item {
        text: "T7 and T1".to_owned(),
        proofs: vec![Proof::Gate("T7".to_owned()), Proof::Gate("T1".to_owned())],
    });
    let mut local = decision();
    local["engine"] = json!("local");
    let text = local.to_string();
    let facts = ReviewFacts {
        decision: Some(text.as_bytes()),
        policy_sha256: "p",
        body: Some(&[]),
        ..ReviewFacts::default()
    };
    let reviewed = review(&patch(&["a"]), &policy, &facts);
    let line = |line: &ChecklistLine| {
        let word = if line.answer.applies { line.answer.verdict.word() } else { "not applicable" };
        format!("{word}: {}: {}\n", line.text, line.answer.why)
    };
    let lines: String = reviewed.checklist.iter().map(line).collect();
    expect![[r#"
        not established: Patch dentro do Filemap (Cap.3): the patch was not checked against a Filemap
        not established: 3 runs verdes + ZIP/bytes idênticos (Cap.2 T6): the archive of the runs is not there
        pass: Scorecard colado na PR (JSON completo): it is the scorecard of the runs
        pass: SHA256 do ZIP colado: it is that of the runs
        not applicable: Links dos 3 runs: the runs were made on this machine, so there is no link
        not applicable: Constantes/crypto OK (testes): the Filemap has no content rule; no gate of the programme is for tests
        not applicable: Pins + anti‑spoof OK: no gate of the programme is for pins; no gate of the programme is for the ruleset
        not applicable: T0 ruleset sanity OK: no gate of the programme is for the ruleset
        pass: T7 and T1: T1 green in every run
    "#]].assert_eq(&lines);
}

#[test]
fn nothing_is_said_of_a_body_beside_runs_that_it_is_not_compared_with() {
    let of = |alter: fn(&mut Value)| {
        let mut decision = decision();
        alter(&mut decision);
        let text = decision.to_string();
        let facts = ReviewFacts {
            decision: Some(text.as_bytes()),
            policy_sha256: "p",
            body: Some(&[]),
            ..ReviewFacts::default()
        };
        let reviewed = review(&patch(&["a"]), &POLICY, &facts);
        let line = |start: &str| {
            let found = reviewed.checklist.iter().find(|line| line.text.starts_with(start));
            found.unwrap().answer.verdict
        };
        ["Scorecard", "SHA256", "Links"].map(line)
    };
    assert_eq!(of(|_| ()), [Verdict::Pass; 3]);
    for alter in [
        (|it| it["verdict"] = json!("fail")) as fn(&mut Value),
        |it| it["rehearsal"] = json!(true),
        |it| it["evidence_zip_sha256"] = json!(null),
        |it| it["run_ids"] = json!(["r.1", "r.2"]),
    ] {
        assert_eq!(of(alter), [Verdict::NotEstablished; 3]);
    }
}

#[test]
fn a_patch_that_changes_nothing_proves_nothing() {
    let facts = ReviewFacts { filemap: Some(&[]), ..ReviewFacts::default() };
    let reviewed = review(&patch(&[]), &POLICY, &facts);
    assert_eq!(reviewed.checklist[0].answer.verdict, Verdict::NotEstablished);
}

mod properties {
    use proptest::prelude::*;

    use super::*;

    proptest! {
        /// Whatever a decision says, no line is proven by accident, and nothing panics.
        #[test]
        fn no_bytes_make_it_panic(decision in proptest::collection::vec(any::<u8>(), 0..200)) {
            let facts = ReviewFacts { decision: Some(&decision), body: Some(&[]), ..ReviewFacts::default() };
            let reviewed = review(&patch(&["a"]), &POLICY, &facts);
            prop_assert!(reviewed.checklist.iter().all(|line| line.answer.verdict != Verdict::Pass));
        }

        /// A decision that is cut anywhere proves no line that rests on it.
        #[test]
        fn a_cut_decision_proves_nothing(at in 0_usize..2000) {
            let whole = decision().to_string();
            let at = at.min(whole.len() - 1);
            let case = Case { decision: whole.get(..at).map(str::to_owned), ..good() };
            let reviewed = reviewed(&case);
            for line in reviewed.checklist.iter().skip(1) {
                prop_assert_ne!(line.answer.verdict, Verdict::Pass, "{}", line.text);
            }
        }
    }
}
