use std::collections::BTreeMap;
use std::sync::LazyLock;

use expect_test::{Expect, expect};
use serde_json::{Value, json};

use super::*;
use crate::checks::codeowners;
use crate::checks::patch::{Change, Entry, EntryKind};
use crate::policy::{Policy, PolicyFiles};

const HEAD: &str = "1111111111111111111111111111111111111111";
const ZIP: &str = "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa";
const SCORE: &str = "bbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbb";
const SCORECARD: &str = "{\"schema\":\"xtask/scorecard/1\",\"verdict\":\"pass\"}";

/// Document 3's programme, as the example has it.
static POLICY: LazyLock<Policy> = LazyLock::new(|| {
    let read = |name: &str| {
        let folder = concat!(env!("CARGO_MANIFEST_DIR"), "/../docs/examples/trendmarketv2/policy");
        std::fs::read(format!("{folder}/{name}")).unwrap()
    };
    let names = ["programme.toml", "gates.toml", "filemap.toml"];
    let files: PolicyFiles = names.map(|name| (name.to_owned(), read(name))).into();
    let (policy, findings) = crate::policy::check("policy", &files);
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
        "scorecard_sha256": SCORE,
        "evidence_zip_sha256": ZIP,
        "runs": [run(1), run(2), run(3)],
    })
}

fn body() -> String {
    format!(
        "repo_sha: {HEAD}\nbranch: b\nrun_ids: [r.1,r.2,r.3]\nscorecard_sha256: {SCORE}\n\
         evidence_zip_sha256: {ZIP}\nstarted_at: t\nfinished_at: t\n\n```json\n{{\n  \"verdict\": \
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
fn whatever_is_amiss_with_the_runs_is_told() {
    let cases: Vec<(Case, Expect)> = vec![
        (
            Case { decision: None, ..good() },
            expect![[r#"
            2 not established: no decision over runs is recorded here
            3 not established: no recorded runs of this commit, with which the body could be compared
            4 not established: no recorded runs of this commit, with which the body could be compared
            5 not established: no recorded runs of this commit, with which the body could be compared
            6 not established: no decision over runs is recorded here
            7 not established: no decision over runs is recorded here
            8 not established: no decision over runs is recorded here
            not-established: no decision over runs is recorded here, which leaves open “3 runs verdes + ZIP/bytes idênticos (Cap.2 T6)”, “Constantes/crypto OK (testes)”, “Pins + anti‑spoof OK”, “T0 ruleset sanity OK”
            not-established: no recorded runs of this commit, with which the body could be compared, which leaves open “Scorecard colado na PR (JSON completo)”, “SHA256 do ZIP colado”, “Links dos 3 runs”
        "#]],
        ),
        (
            Case { decision: Some("{".to_owned()), ..good() },
            expect![[r#"
            2 not established: the recorded decision cannot be read: line 1
            3 not established: no recorded runs of this commit, with which the body could be compared
            4 not established: no recorded runs of this commit, with which the body could be compared
            5 not established: no recorded runs of this commit, with which the body could be compared
            6 not established: the recorded decision cannot be read: line 1
            7 not established: the recorded decision cannot be read: line 1
            8 not established: the recorded decision cannot be read: line 1
            not-established: the recorded decision cannot be read: line 1, which leaves open “3 runs verdes + ZIP/bytes idênticos (Cap.2 T6)”, “Constantes/crypto OK (testes)”, “Pins + anti‑spoof OK”, “T0 ruleset sanity OK”
            not-established: no recorded runs of this commit, with which the body could be compared, which leaves open “Scorecard colado na PR (JSON completo)”, “SHA256 do ZIP colado”, “Links dos 3 runs”
        "#]],
        ),
        (
            with("/schema", json!("xtask/orr/9")),
            expect![[r#"
            2 not established: the recorded decision is not of the form xtask/orr/1
            3 not established: no recorded runs of this commit, with which the body could be compared
            4 not established: no recorded runs of this commit, with which the body could be compared
            5 not established: no recorded runs of this commit, with which the body could be compared
            6 not established: the recorded decision is not of the form xtask/orr/1
            7 not established: the recorded decision is not of the form xtask/orr/1
            8 not established: the recorded decision is not of the form xtask/orr/1
            not-established: the recorded decision is not of the form xtask/orr/1, which leaves open “3 runs verdes + ZIP/bytes idênticos (Cap.2 T6)”, “Constantes/crypto OK (testes)”, “Pins + anti‑spoof OK”, “T0 ruleset sanity OK”
            not-established: no recorded runs of this commit, with which the body could be compared, which leaves open “Scorecard colado na PR (JSON completo)”, “SHA256 do ZIP colado”, “Links dos 3 runs”
        "#]],
        ),
        (
            with("/commit", json!(HEAD.replace('1', "2"))),
            expect![[r#"
            2 fail: the recorded runs are of 222222222222, the patch ends with 111111111111
            3 not established: no recorded runs of this commit, with which the body could be compared
            4 not established: no recorded runs of this commit, with which the body could be compared
            5 not established: no recorded runs of this commit, with which the body could be compared
            6 not established: the recorded runs are of 222222222222, the patch ends with 111111111111
            7 not established: the recorded runs are of 222222222222, the patch ends with 111111111111
            8 not established: the recorded runs are of 222222222222, the patch ends with 111111111111
            REFUSE-20: the recorded runs are of 222222222222, the patch ends with 111111111111
            not-established: no recorded runs of this commit, with which the body could be compared, which leaves open “Scorecard colado na PR (JSON completo)”, “SHA256 do ZIP colado”, “Links dos 3 runs”
            not-established: the recorded runs are of 222222222222, the patch ends with 111111111111, which leaves open “Constantes/crypto OK (testes)”, “Pins + anti‑spoof OK”, “T0 ruleset sanity OK”
        "#]],
        ),
        (
            with("/runs", json!([])),
            expect![[r#"
            2 fail: 0 runs were made; it takes 3
            6 not established: the recorded decision is over no run
            7 not established: the recorded decision is over no run
            8 not established: the recorded decision is over no run
            REFUSE-20: 0 runs were made; it takes 3
            not-established: the recorded decision is over no run, which leaves open “Constantes/crypto OK (testes)”, “Pins + anti‑spoof OK”, “T0 ruleset sanity OK”
        "#]],
        ),
        (
            with("/runs/2/run", json!(1)),
            expect![[r#"
            2 fail: 2 runs were made; it takes 3
            REFUSE-20: 2 runs were made; it takes 3
        "#]],
        ),
        (
            with("/run_ids/2", json!("r.1")),
            expect![[r#"
            2 fail: 2 runs were made; it takes 3
            5 fail: `run_ids` is `[r.1,r.2,r.3]`, the recorded runs are others
            REFUSE-20: 2 runs were made; it takes 3
            REFUSE-10: `run_ids` is `[r.1,r.2,r.3]`, the recorded runs are others
        "#]],
        ),
        (
            with("/runs/1/evidence_zip_sha256", json!(SCORE)),
            expect![[r#"
            2 fail: the archives of the runs are not the same bytes
            REFUSE-20: the archives of the runs are not the same bytes
        "#]],
        ),
        (
            with("/runs/1/evidence_zip_sha256", Value::Null),
            expect![[r#"
            2 fail: the archives of the runs are not the same bytes
            REFUSE-20: the archives of the runs are not the same bytes
        "#]],
        ),
        (
            with("/runs/1/gates/4/outcome", json!("fail")),
            expect![[r#"
            2 fail: T4 is fail in run 2
            6 fail: T4 is fail in run 2
            REFUSE-20: T4 is fail in run 2
        "#]],
        ),
        (
            with("/runs/1/gates/4/gate", json!("T44")),
            expect![[r#"
            2 fail: the base's gate T4 was not run in run 2
            6 fail: the base's gate T4 was not run in run 2
            REFUSE-20: the base's gate T4 was not run in run 2
        "#]],
        ),
        (
            with("/runs/2/gates/3/outcome", json!("not established")),
            expect![[r#"
            2 fail: T3 is not established in run 3
            7 fail: T3 is not established in run 3
            REFUSE-20: T3 is not established in run 3
        "#]],
        ),
        (
            with("/runs/0/gates/0/outcome", json!("no evidence")),
            expect![[r#"
            2 fail: T0 is no evidence in run 1
            7 fail: T0 is no evidence in run 1
            8 fail: T0 is no evidence in run 1
            REFUSE-20: T0 is no evidence in run 1
        "#]],
        ),
        (
            with("/verdict", json!("fail")),
            expect![[r#"
            2 fail: the decision is `fail`
            REFUSE-20: the decision is `fail`
        "#]],
        ),
        (
            Case { archive: None, ..good() },
            expect![[r#"
            2 not established: the archive of the runs is not there
            not-established: the archive of the runs is not there, which leaves open “3 runs verdes + ZIP/bytes idênticos (Cap.2 T6)”
        "#]],
        ),
        (
            Case { archive: Some(SCORE), ..good() },
            expect![[r#"
            2 fail: the archive that is there is not that of the runs
            REFUSE-20: the archive that is there is not that of the runs
        "#]],
        ),
    ];
    for (case, expected) in cases {
        expected.assert_eq(&told(&case));
    }
}

#[test]
fn whatever_is_amiss_with_the_body_is_told() {
    let fault = Finding::new(Code::Cec50, "line 3: `branch` is twice there");
    let cases: Vec<(Case, Expect)> = vec![
        (
            Case { body: None, ..good() },
            expect![[r#"
            3 not established: no body of a pull request was given
            4 not established: no body of a pull request was given
            5 not established: no body of a pull request was given
            not-established: no body of a pull request was given, which leaves open “Scorecard colado na PR (JSON completo)”, “SHA256 do ZIP colado”, “Links dos 3 runs”
        "#]],
        ),
        (
            Case { body: Some(String::new()), ..good() },
            expect![[r#"
            3 fail: the body does not hold the scorecard of the runs
            4 fail: the body lacks `evidence_zip_sha256`
            5 fail: the body lacks `run_ids`
            REFUSE-10: the body lacks `repo_sha`, `branch`, `run_ids`, `scorecard_sha256`, `evidence_zip_sha256`, `started_at`, `finished_at`
            REFUSE-10: the body does not hold the scorecard of the runs
            REFUSE-10: the body lacks `evidence_zip_sha256`
            REFUSE-10: the body lacks `run_ids`
        "#]],
        ),
        (Case { body: Some(body().replace('\n', "\r\n")), ..good() }, expect![[""]]),
        (
            with_body("branch: b\n", ""),
            expect![[r#"
            REFUSE-10: the body lacks `branch`
        "#]],
        ),
        (
            with_body("r.2", "r.4"),
            expect![[r#"
            5 fail: `run_ids` is `[r.1,r.4,r.3]`, the recorded runs are others
            REFUSE-10: `run_ids` is `[r.1,r.4,r.3]`, the recorded runs are others
        "#]],
        ),
        (
            with_body(",r.3", ""),
            expect![[r#"
            5 fail: `run_ids` is `[r.1,r.2]`, the recorded runs are others
            REFUSE-10: `run_ids` is `[r.1,r.2]`, the recorded runs are others
        "#]],
        ),
        (
            with_body(&format!("evidence_zip_sha256: {ZIP}"), "evidence_zip_sha256: x"),
            expect![[r#"
                4 fail: `evidence_zip_sha256` is `x`, that of the runs is another
                REFUSE-10: `evidence_zip_sha256` is `x`, that of the runs is another
            "#]],
        ),
        (
            with_body(SCORE, ZIP),
            expect![[r#"
            3 fail: `scorecard_sha256` is `aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa`, that of the runs is another
            REFUSE-10: `scorecard_sha256` is `aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa`, that of the runs is another
        "#]],
        ),
        (
            with_body("\"pass\"", "\"fail\""),
            expect![[r#"
            3 fail: the body does not hold the scorecard of the runs
            REFUSE-10: the body does not hold the scorecard of the runs
        "#]],
        ),
        (
            with_body("```json", "```"),
            expect![[r#"
            3 fail: the body does not hold the scorecard of the runs
            REFUSE-10: the body does not hold the scorecard of the runs
        "#]],
        ),
        (
            with_body("}\n```\n", "}\n"),
            expect![[r#"
            3 fail: the body does not hold the scorecard of the runs
            REFUSE-10: the body does not hold the scorecard of the runs
        "#]],
        ),
        (
            Case { scorecard: None, ..good() },
            expect![[r#"
            3 not established: no recorded runs of this commit, with which the body could be compared
            not-established: no recorded runs of this commit, with which the body could be compared, which leaves open “Scorecard colado na PR (JSON completo)”
        "#]],
        ),
        (
            Case { scorecard: Some("{"), ..good() },
            expect![[r#"
            3 not established: the scorecard that is there cannot be read
            not-established: the scorecard that is there cannot be read, which leaves open “Scorecard colado na PR (JSON completo)”
        "#]],
        ),
        (
            with("/scorecard_sha256", json!(ZIP)),
            expect![[r#"
            3 not established: the scorecard that is there is not that of the runs
            not-established: the scorecard that is there is not that of the runs, which leaves open “Scorecard colado na PR (JSON completo)”
        "#]],
        ),
        (
            Case { body_findings: vec![fault.clone(), fault], ..good() },
            expect![[r#"
            REFUSE-10: the body has 2 faults; the first: line 3: `branch` is twice there
        "#]],
        ),
    ];
    for (case, expected) in cases {
        expected.assert_eq(&told(&case));
    }
}

#[test]
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
            1 fail: CEC-60: the base is old
            CEC-60: the base is old
        "#]],
        ),
        (
            filemap(&[&unseen]),
            expect![[r#"
            1 not established: not-established: the remote cannot be seen
            not-established: the remote cannot be seen
            not-established: not-established: the remote cannot be seen, which leaves open “Patch dentro do Filemap (Cap.3)”
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

#[test]
fn areas_are_told_with_both_kinds_of_owners() {
    let policy = &*POLICY;
    let paths = [
        "README.md",
        "scripts/crypto/a.py",
        "scripts/crypto/b.py",
        "scripts/normalizer/n.py",
        "tests/unit/t.py",
        "tests/unit/u.py",
    ];
    let patch = patch(&paths);
    let file = b"* @example/po\nscripts/crypto/ @EXAMPLE/Security @else\nscripts/crypto/b.py @else\ntests/\n";
    let (owners, findings) = codeowners::parse("CODEOWNERS", file);
    assert_eq!(findings, []);
    let filemap = policy.filemap.as_ref().unwrap();
    let areas = touched(&patch, filemap, &policy.programme.roles, Some(&owners));
    let mut text = String::new();
    for area in &areas {
        let count = |paths: &[&[u8]]| paths.len();
        text.push_str(&format!(
            "{}: {} paths, {:?}, {:?}, unowned {}, others {}\n",
            area.area.name,
            count(&area.paths),
            area.holders.iter().map(|holder| (holder.role, holder.members)).collect::<Vec<_>>(),
            area.codeowners,
            count(&area.unowned),
            count(&area.others),
        ));
    }
    for finding in apart(&areas, Some("CODEOWNERS")) {
        text.push_str(&format!("{}: {}\n", finding.code.name(), finding.message));
    }
    expect![[r#"
        crypto: 2 paths, [("security", ["@example/security"])], {"@EXAMPLE/Security", "@else"}, unowned 0, others 1
        normalizer: 1 paths, [("eng", ["@example/codex"])], {"@example/po"}, unowned 0, others 1
        tests: 2 paths, [("qa", ["@example/qa"])], {}, unowned 2, others 0
        owners-apart: CODEOWNERS names no security for `scripts/crypto/b.py` in `crypto`
        owners-apart: CODEOWNERS names no eng for `scripts/normalizer/n.py` in `normalizer`
        owners-apart: CODEOWNERS names nobody for 2 paths, such as `tests/unit/t.py`, in `tests`
    "#]].assert_eq(&text);
    let without = touched(&patch, filemap, &policy.programme.roles, None);
    let findings = apart(&without, None);
    assert_eq!(findings.len(), 1);
    assert_eq!(findings[0].message, "the base has no CODEOWNERS, so GitHub asks nobody to review");
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
