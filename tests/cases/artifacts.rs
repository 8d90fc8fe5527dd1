//! The files that a review leaves.

use expect_test::expect;
use serde_json::Value;

use crate::support::{Ran, World, gate};

/// A passed review of two gates, one of them of the tool itself.
pub(super) fn reviewed() -> World {
    let gates = [
        "stagger = \"0 s\"\n".to_owned(),
        gate(
            "T4",
            "tests",
            "echo hello > $EVIDENCE_DIR/log; install -m 755 /dev/null $EVIDENCE_DIR/tool",
        ),
        "\n[[gates]]\nid = \"T8\"\nname = \"evidence\"\nneeds = [\"T4\"]\nbuiltin = \"evidence\"\n"
            .to_owned(),
    ];
    let world = World::with_gates(&gates.concat());
    let ran = world.xtask(["orr", "--runs", "2"]);
    assert_eq!(ran.status, 0, "{ran:?}");
    world
}

/// JSON as text, with what varies between reviews replaced.
fn stable(world: &World, path: &str) -> String {
    let mut value = world.json(path);
    without_seconds(&mut value);
    world.shown(&format!("{value:#}\n"))
}

fn without_seconds(value: &mut Value) {
    match value {
        Value::Object(object) => {
            for (key, value) in object {
                if key == "seconds" {
                    assert!(value.as_f64().is_some_and(|seconds| seconds >= 0.0), "{value}");
                    *value = "[SECONDS]".into();
                }
                without_seconds(value);
            }
        }
        Value::Array(items) => items.iter_mut().for_each(without_seconds),
        _ => {}
    }
}

#[test]
fn the_scorecard_says_what_ran_and_nothing_that_varies() {
    let world = reviewed();
    expect![[r#"
        {
          "schema": "xtask/scorecard/1",
          "programme": "demo",
          "commit": "[COMMIT]",
          "tree": "[COMMIT]",
          "verdict": "pass",
          "gates": [
            {
              "gate": "T4",
              "name": "tests",
              "outcome": "pass",
              "codes": [],
              "commands": [
                {
                  "argv": [
                    "sh",
                    "-c",
                    "echo hello > $EVIDENCE_DIR/log; install -m 755 /dev/null $EVIDENCE_DIR/tool\n"
                  ],
                  "status": 0
                }
              ],
              "evidence_files": 3,
              "evidence_sha256": "[SHA256]"
            },
            {
              "gate": "T8",
              "name": "evidence",
              "outcome": "pass",
              "codes": [],
              "builtin": "evidence",
              "evidence_files": 3,
              "evidence_sha256": "[SHA256]"
            }
          ]
        }
    "#]]
    .assert_eq(&stable(&world, "out/scorecards/demo.json"));
    for run in ["1", "2"] {
        let path = format!("out/runs/{run}/scorecards/demo.json");
        assert_eq!(world.read(&path), world.read("out/scorecards/demo.json"));
    }
}

#[test]
fn the_decision_names_its_runs_and_their_digests() {
    let world = reviewed();
    expect![[r#"
        {
          "schema": "xtask/orr/1",
          "id": "[REVIEW]",
          "programme": "demo",
          "engine": "local",
          "shadow": false,
          "verdict": "pass",
          "exit": 0,
          "codes": [
            "flake-odds"
          ],
          "commit": "[COMMIT]",
          "tree": "[COMMIT]",
          "branch": "main",
          "patch_branch": "main",
          "policy_sha256": "[SHA256]",
          "red_reviews": 0,
          "run_ids": [
            "[REVIEW].1",
            "[REVIEW].2"
          ],
          "scorecard_sha256": "[SHA256]",
          "evidence_zip_sha256": "[SHA256]",
          "started_at": "[TIME]",
          "finished_at": "[TIME]",
          "seconds": "[SECONDS]",
          "target_seconds": 1200,
          "metrics": {
            "runs": 2,
            "green_runs": 2,
            "repeatable": true
          },
          "rehearsal": true,
          "decided_early": null,
          "locked_crates": null,
          "runs": [
            {
              "run": 1,
              "id": "[REVIEW].1",
              "scorecard_sha256": "[SHA256]",
              "evidence_zip_sha256": "[SHA256]",
              "manifest_sha256": "[SHA256]",
              "gates": [
                {
                  "gate": "T4",
                  "name": "tests",
                  "outcome": "pass",
                  "tests": null,
                  "seconds": "[SECONDS]"
                },
                {
                  "gate": "T8",
                  "name": "evidence",
                  "outcome": "pass",
                  "tests": null,
                  "seconds": "[SECONDS]"
                }
              ]
            },
            {
              "run": 2,
              "id": "[REVIEW].2",
              "scorecard_sha256": "[SHA256]",
              "evidence_zip_sha256": "[SHA256]",
              "manifest_sha256": "[SHA256]",
              "gates": [
                {
                  "gate": "T4",
                  "name": "tests",
                  "outcome": "pass",
                  "tests": null,
                  "seconds": "[SECONDS]"
                },
                {
                  "gate": "T8",
                  "name": "evidence",
                  "outcome": "pass",
                  "tests": null,
                  "seconds": "[SECONDS]"
                }
              ]
            }
          ],
          "vary": {
            "mode": "none",
            "runs": {
              "1": {},
              "2": {}
            },
            "not_varied": {}
          },
          "walls": {
            "policy": "where-possible",
            "missing": null
          },
          "github": null,
          "findings": [
            {
              "code": "flake-odds",
              "severity": "note",
              "message": "a gate that fails one time in ten slips through 2 runs in 81 of 100 reviews",
              "help": "more runs see rarer flakes: `--runs 10`"
            }
          ]
        }
    "#]]
    .assert_eq(&stable(&world, "out/orr.json"));
    let head = world.git(["rev-parse", "HEAD", "HEAD^{tree}"]);
    let decision = world.json("out/orr.json");
    let named: Vec<_> = ["commit", "tree"].map(|key| decision[key].as_str().unwrap()).to_vec();
    assert_eq!(head.lines().collect::<Vec<_>>(), named);
}

#[test]
fn the_statements_are_about_the_source_and_the_archive() {
    let world = reviewed();
    expect![[r#"
        {
          "_type": "https://in-toto.io/Statement/v1",
          "subject": [
            {
              "name": "source",
              "digest": {
                "gitCommit": "[COMMIT]"
              }
            }
          ],
          "predicateType": "https://in-toto.io/attestation/test-result/v0.1",
          "predicate": {
            "result": "PASSED",
            "configuration": [
              {
                "name": "policy/gates.toml",
                "digest": {
                  "sha256": "[SHA256]"
                }
              },
              {
                "name": "policy/programme.toml",
                "digest": {
                  "sha256": "[SHA256]"
                }
              }
            ],
            "passedTests": [
              "T4_tests",
              "T8_evidence"
            ],
            "failedTests": []
          }
        }
    "#]]
    .assert_eq(&stable(&world, "out/demo-test-result.intoto.json"));
    expect![[r#"
        {
          "_type": "https://in-toto.io/Statement/v1",
          "subject": [
            {
              "name": "demo-evidence.zip",
              "digest": {
                "sha256": "[SHA256]"
              }
            }
          ],
          "predicateType": "urn:cargo-xtask:orr:v1",
          "predicate": {
            "review": "[REVIEW]",
            "verdict": "pass",
            "source": {
              "gitCommit": "[COMMIT]",
              "gitTree": "[COMMIT]"
            },
            "policy": {
              "gates.toml": "[SHA256]",
              "programme.toml": "[SHA256]"
            },
            "locked_crates": null,
            "runs": [
              {
                "id": "[REVIEW].1",
                "zip_sha256": "[SHA256]",
                "scorecard_sha256": "[SHA256]"
              },
              {
                "id": "[REVIEW].2",
                "zip_sha256": "[SHA256]",
                "scorecard_sha256": "[SHA256]"
              }
            ]
          }
        }
    "#]]
    .assert_eq(&stable(&world, "out/demo-orr.intoto.json"));
    let zip = sha256sum(&world, "out/demo-evidence.zip");
    let statement = world.json("out/demo-orr.intoto.json");
    assert_eq!(statement["subject"][0]["digest"]["sha256"], zip);
    for run in [0, 1] {
        assert_eq!(statement["predicate"]["runs"][run]["zip_sha256"], zip);
    }
    let gates = sha256sum(&world, "policy/gates.toml");
    assert_eq!(statement["predicate"]["policy"]["gates.toml"], gates);
}

fn sha256sum(world: &World, path: &str) -> String {
    let ran = Ran::from(world.command("sha256sum").arg(path).output().unwrap());
    ran.stdout.split_whitespace().next().unwrap().to_owned()
}

#[test]
fn the_sums_are_what_sha256sum_finds() {
    let world = reviewed();
    let check = |folder: &str| -> Ran {
        let mut command = world.command("sha256sum");
        command.args(["--check", "--strict", "SHA256SUMS"]).current_dir(world.path(folder));
        command.output().unwrap().into()
    };
    let ran = check("out");
    assert_eq!(ran.status, 0, "{ran:?}");
    expect![[r#"
        MANIFEST.json: OK
        evidence/T4_tests/gate.json: OK
        evidence/T4_tests/log: OK
        evidence/T4_tests/tool: OK
        evidence/T8_evidence/MANIFEST.json: OK
        evidence/T8_evidence/gate.json: OK
        evidence/T8_evidence/verification.json: OK
        scorecards/demo.json: OK
    "#]]
    .assert_eq(&ran.stdout);
    assert_eq!(check("out/runs/2").stdout, ran.stdout);
    world.write("out/evidence/T4_tests/log", "another\n");
    assert_ne!(check("out").status, 0, "sha256sum does not look");
}

#[test]
fn a_refused_review_takes_the_evidence_of_the_one_before_away() {
    let world = reviewed();
    world.write(
        "policy/gates.toml",
        format!("stagger = \"0 s\"\n{}", gate("T4", "tests", "exit 1")),
    );
    world.commit("a gate that fails");
    assert_eq!(world.xtask(["orr", "--runs", "2"]).status, 20);
    for stale in [
        "out/evidence",
        "out/scorecards/demo.json",
        "out/MANIFEST.json",
        "out/SHA256SUMS",
        "out/demo-evidence.zip",
        "out/demo-test-result.intoto.json",
        "out/demo-orr.intoto.json",
    ] {
        assert!(!world.path(stale).exists(), "{stale} stands");
    }
    assert_eq!(world.json("out/orr.json")["verdict"], "fail");
}

#[test]
fn a_file_that_a_later_gate_changes_is_found() {
    let gates = [
        "stagger = \"0 s\"\n".to_owned(),
        gate("T4", "tests", "echo x > $EVIDENCE_DIR/x"),
        gate(
            "T5",
            "meddler",
            "echo y > $EVIDENCE_DIR/y; for f in */runs/*/evidence/T4_tests/x \
              $OUT/runs/*/evidence/T4_tests/x; do test -e $f && echo z > $f; done; true",
        ),
        "needs = [\"T4\"]\n".to_owned(),
        "\n[[gates]]\nid = \"T8\"\nname = \"evidence\"\nneeds = [\"T5\"]\nbuiltin = \"evidence\"\n"
            .to_owned(),
    ];
    let world = World::with_gates(&gates.concat());
    let out = world.path("out");
    let gates = gates.concat().replace("$OUT", out.to_str().unwrap());
    world.write("policy/gates.toml", gates);
    world.commit("where the output is");
    let ran = world.xtask(["orr", "--runs", "2"]);
    assert_eq!(ran.status, 20, "{ran:?}");
    let line = "evidence/T4_tests/x has other bytes since T4 ended (in ";
    assert!(ran.stdout.contains(line), "{}", ran.stdout);
}
