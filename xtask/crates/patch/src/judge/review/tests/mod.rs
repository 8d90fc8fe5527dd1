mod areas;
mod body;
mod runs;

use std::collections::BTreeMap;
use std::sync::LazyLock;

use expect_test::{Expect, expect};
use serde_json::{Value, json};

use super::*;
use crate::judge::patch::{Change, Entry, EntryKind};
use thrice_programme::{Policy, PolicyFiles};

const HEAD: &str = "1111111111111111111111111111111111111111";
const ZIP: &str = "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa";
const SCORE: &str = "bbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbb";
const SCORECARD: &str = "{\"schema\":\"xtask/scorecard/1\",\"verdict\":\"pass\"}";

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
        "run_ids": ["r.1", "r.2", "r.3"],
        "policy_sha256": "p",
        "scorecard_sha256": SCORE,
        "evidence_zip_sha256": ZIP,
        "runs": [run(1), run(2), run(3)],
    })
}

fn body() -> String {
    format!(
        "## CEC (telemetria)\nrepo_sha: {HEAD}\nbranch: b\nrun_ids: [r.1,r.2,r.3]\nscorecard_sha256: {SCORE}\n\
         evidence_zip_sha256: {ZIP}\nstarted_at: t\nfinished_at: t\n\n## Scorecard\n```json\n{{\n  \"verdict\": \
         \"pass\",\n  \"schema\": \"xtask/scorecard/1\"\n}}\n```\n"
    )
}

/// What a review says, given these changes to what is otherwise all good.
struct Case {
    filemap: Option<Vec<Finding>>,
    content: Option<Vec<Finding>>,
    decision: Option<String>,
    archive: Option<&'static str>,
    scorecard: Option<&'static str>,
    body: Option<String>,
    body_findings: Vec<Finding>,
}

fn good() -> Case {
    Case {
        filemap: Some(Vec::new()),
        content: Some(Vec::new()),
        decision: Some(decision().to_string()),
        archive: Some(ZIP),
        scorecard: Some(SCORECARD),
        body: Some(body()),
        body_findings: Vec::new(),
    }
}

fn reviewed(case: &Case) -> Reviewed {
    let policy = &*POLICY;
    let facts = Facts {
        filemap: case.filemap.as_deref(),
        content: case.content.as_deref(),
        decision: case.decision.as_deref().map(str::as_bytes),
        policy_sha256: "p",
        archive_sha256: case.archive,
        scorecard: case.scorecard.map(|text| (text.as_bytes(), SCORE)),
        body: case.body.as_deref().map(str::as_bytes),
        body_findings: &case.body_findings,
    };
    review(&patch(&["scripts/crypto/a.py"]), policy.filemap.as_ref(), &policy.gates, &facts)
}

/// Lines that are not proven, then the findings.
fn told(case: &Case) -> String {
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
        pass Constantes/crypto OK (testes): every content rule holds; T4, T5 green in every run
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

fn with_body(from: &str, to: &str) -> Case {
    assert!(body().contains(from), "{from}");
    Case { body: Some(body().replace(from, to)), ..good() }
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
        expected.assert_eq(&told(&case));
    }
}

#[test]
fn a_programme_without_a_gate_for_a_line_leaves_it_open() {
    let mut policy = POLICY.clone();
    policy.gates.gates.retain(|gate| gate.id == "T1");
    let text = decision().to_string();
    let facts = Facts { decision: Some(text.as_bytes()), ..Facts::default() };
    let reviewed = review(&patch(&[]), None, &policy.gates, &facts);
    let lines: BTreeMap<&str, String> = reviewed
        .checklist
        .iter()
        .map(|line| (line.text, format!("{}: {}", line.answer.verdict.word(), line.answer.why)))
        .collect();
    expect![[r#"
        {
            "3 runs verdes + ZIP/bytes idênticos (Cap.2 T6)": "not established: the archive of the runs is not there",
            "Constantes/crypto OK (testes)": "not established: no gate of the programme is for tests",
            "Links dos 3 runs": "not established: no body of a pull request was given",
            "Patch dentro do Filemap (Cap.3)": "not established: the patch was not checked against a Filemap",
            "Pins + anti‑spoof OK": "not established: no gate of the programme is for pins; no gate of the programme is for the ruleset, which pins checks to their app",
            "SHA256 do ZIP colado": "not established: no body of a pull request was given",
            "Scorecard colado na PR (JSON completo)": "not established: no body of a pull request was given",
            "T0 ruleset sanity OK": "not established: no gate of the programme is for the ruleset",
        }
    "#]].assert_debug_eq(&lines);
}

#[test]
fn a_patch_that_changes_nothing_proves_nothing() {
    let policy = &*POLICY;
    let facts = Facts { filemap: Some(&[]), ..Facts::default() };
    let reviewed = review(&patch(&[]), policy.filemap.as_ref(), &policy.gates, &facts);
    assert_eq!(reviewed.checklist[0].answer.verdict, Verdict::NotEstablished);
}

mod properties {
    use proptest::prelude::*;

    use super::*;

    proptest! {
        /// Whatever a decision and a body say, a line of which anything is cut is never
        /// proven by accident, and nothing panics.
        #[test]
        fn no_bytes_make_it_panic(
            decision in proptest::collection::vec(any::<u8>(), 0..200),
            body in proptest::collection::vec(any::<u8>(), 0..200),
        ) {
            let policy = &*POLICY;
            let facts = Facts { decision: Some(&decision), body: Some(&body), ..Facts::default() };
            let reviewed = review(&patch(&["a"]), policy.filemap.as_ref(), &policy.gates, &facts);
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
                prop_assert_eq!(line.answer.verdict, Verdict::NotEstablished, "{}", line.text);
            }
        }
    }
}
