use expect_test::{Expect, expect};

use super::*;

/// Each row: the fields of the body that are wrong, and what the review says of them.
#[test]
#[expect(clippy::too_many_lines, reason = "a table")]
fn the_one_check_of_a_body_answers_the_items_that_speak_of_it() {
    let wrong = |fields: &[&str]| Case {
        body: Some(fields.iter().map(|field| problem(field)).collect()),
        ..good()
    };
    let mut local = decision();
    local["engine"] = json!("local");
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
            wrong(&["branch"]),
            expect![[r#"
                REFUSE-10: `branch`: it is missing
            "#]],
        ),
        (
            wrong(&["scorecard_sha256"]),
            expect![[r#"
                3 fail: `scorecard_sha256`: it is missing
                REFUSE-10: `scorecard_sha256`: it is missing
            "#]],
        ),
        (
            wrong(&["Scorecard gates", "Checklist"]),
            expect![[r#"
                3 fail: `Scorecard gates`: it is missing
                REFUSE-10: `Scorecard gates`: it is missing
                REFUSE-10: `Checklist`: it is missing
            "#]],
        ),
        (
            wrong(&["evidence_zip_sha256"]),
            expect![[r#"
                4 fail: `evidence_zip_sha256`: it is missing
                REFUSE-10: `evidence_zip_sha256`: it is missing
            "#]],
        ),
        (
            wrong(&["run_ids"]),
            expect![[r#"
                5 fail: `run_ids`: it is missing
                REFUSE-10: `run_ids`: it is missing
            "#]],
        ),
        (
            wrong(&["title"]),
            expect![[r#"
                3 fail: `title`: it is missing
                4 fail: `title`: it is missing
                5 fail: `title`: it is missing
                REFUSE-10: `title`: it is missing
            "#]],
        ),
        (Case { decision: Some(local.to_string()), ..good() }, expect![[r#""#]]),
        (
            Case { beside: vec![Finding::new(Code::PlanInvalid, "no plan")], ..good() },
            expect![[r#"
                plan-invalid: no plan
            "#]],
        ),
    ];
    for (case, expected) in cases {
        expected.assert_eq(&reported(&case));
    }
}
