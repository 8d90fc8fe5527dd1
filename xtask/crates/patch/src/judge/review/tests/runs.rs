use expect_test::{Expect, expect};
use serde_json::{Value, json};

use super::*;

#[test]
#[expect(clippy::too_many_lines, reason = "a table")]
fn whatever_is_amiss_with_the_runs_is_reported() {
    let cases: Vec<(Case, Expect)> = vec![
        (
            Case { decision: None, ..good() },
            expect![[r#"
                2 fail: no decision over runs is recorded here
                3 not established: no recorded runs of this commit, with which the body could be compared
                4 not established: no recorded runs of this commit, with which the body could be compared
                5 not established: no recorded runs of this commit, with which the body could be compared
                6 not established: no decision over runs is recorded here
                7 not established: no decision over runs is recorded here
                8 not established: no decision over runs is recorded here
                REFUSE-20: no decision over runs is recorded here
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
                REFUSE-20: 2 runs were made; it takes 3
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
                2 fail: T4: fail in run 2
                6 fail: T4: fail in run 2
                REFUSE-20: T4: fail in run 2
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
                2 fail: T3: not established in run 3
                7 not established: T3: not established in run 3
                REFUSE-20: T3: not established in run 3
            "#]],
        ),
        (
            with("/runs/0/gates/0/outcome", json!("no evidence")),
            expect![[r#"
                2 fail: T0: no evidence in run 1
                7 fail: T0: no evidence in run 1
                8 fail: T0: no evidence in run 1
                REFUSE-20: T0: no evidence in run 1
            "#]],
        ),
        (
            with("/verdict", json!("fail")),
            expect![[r#"
                2 fail: the decision is `fail`
                3 not established: the recorded runs are none that a body can stand on
                4 not established: the recorded runs are none that a body can stand on
                5 not established: the recorded runs are none that a body can stand on
                REFUSE-20: the decision is `fail`
                not-established: the recorded runs are none that a body can stand on, which leaves open “Scorecard colado na PR (JSON completo)”, “SHA256 do ZIP colado”, “Links dos 3 runs”
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
        expected.assert_eq(&reported(&case));
    }
}
