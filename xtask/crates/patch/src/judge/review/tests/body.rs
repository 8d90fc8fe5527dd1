use expect_test::{Expect, expect};
use serde_json::json;

use super::*;

#[test]
#[expect(clippy::too_many_lines, reason = "a table")]
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
                4 fail: the body lacks `repo_sha`, `branch`, `run_ids`, `scorecard_sha256`, `evidence_zip_sha256`, `started_at`, `finished_at`
                5 fail: the body lacks `repo_sha`, `branch`, `run_ids`, `scorecard_sha256`, `evidence_zip_sha256`, `started_at`, `finished_at`
                REFUSE-10: the body lacks `repo_sha`, `branch`, `run_ids`, `scorecard_sha256`, `evidence_zip_sha256`, `started_at`, `finished_at`
                REFUSE-10: the body does not hold the scorecard of the runs
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
            with_body("branch: b\n", "branch: b\nrun_ids: [x]\nbranch:\n"),
            expect![[r#"
            5 fail: the body says `run_ids` more than once
            REFUSE-10: the body says `run_ids` more than once
        "#]],
        ),
        (
            with_body("branch: b\n", "run_ids: [x]\n"),
            expect![[r#"
            5 fail: the body lacks `branch`, and says `run_ids` more than once
            REFUSE-10: the body lacks `branch`, and says `run_ids` more than once
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
