//! `pr-body`, from a review to a checked body.

use expect_test::expect;

use crate::support::{PROGRAMME, Ran, World, gate};

const FILEMAP: &str = r#"
[[areas]]
name = "source"
paths = ["src/**", "policy/**"]

[[content]]
name = "tag"
paths = ["src/sign"]
must = ['tag\n']
reason = "nothing verifies without it"
checklist = """the tag keeps its line feed `tag
` here"""
"#;

/// A world with a patch on a branch; no review yet.
fn patched() -> World {
    let world = World::new();
    world.write("policy/programme.toml", PROGRAMME);
    let script = "cat src/* > $EVIDENCE_DIR/reported";
    let gates = [("T0", "lint"), ("T4", "tests")].map(|(id, name)| gate(id, name, script));
    world.write("policy/gates.toml", format!("stagger = \"0 s\"\n{}", gates.concat()));
    world.write("policy/filemap.toml", FILEMAP);
    world.write("src/sign", "tag\n");
    world.commit("base");
    world.git(["switch", "--quiet", "--create", "q2-s7-codex-20260101-0000-abcdef1"]);
    world.write("src/__init__.py", "x = 1\n");
    world.write("src/sign", "new tag\n");
    world.commit("patch");
    world
}

fn reviewed() -> World {
    let world = patched();
    let ran = world.xtask(["orr"]);
    assert_eq!(ran.status, 0, "{ran:?}");
    world
}

fn body(world: &World) -> String {
    let ran = world.xtask(["pr-body"]);
    assert_eq!((ran.status, ran.stderr.as_str()), (0, ""), "{ran:?}");
    ran.stdout
}

fn check(world: &World, body: &str) -> Ran {
    world.write("out/body.md", body);
    world.xtask(["pr-body", "--check", "out/body.md"])
}

#[test]
fn ten_bodies_are_the_same_bytes_and_pass() {
    let world = reviewed();
    let first = body(&world);
    for _ in 1..10 {
        assert_eq!(body(&world), first);
    }
    let decision = world.json("out/orr.json");
    let shown = first
        .replace(decision["id"].as_str().unwrap(), "[ID]")
        .replace(decision["started_at"].as_str().unwrap(), "[TIME]")
        .replace(decision["finished_at"].as_str().unwrap(), "[TIME]");
    let scorecard = world.read("out/scorecards/demo.json");
    let shown = world.shown(&shown.replace(&scorecard, "[SCORECARD]\n"));
    expect![[r##"
        # DEMO: a patch with 3 green runs

        ## Summary
        - patch

        ## Telemetry
        repo_sha: [COMMIT]
        branch: q2-s7-codex-20260101-0000-abcdef1
        run_ids: [[ID].1,[ID].2,[ID].3]
        scorecard_sha256: [SHA256]
        evidence_zip_sha256: [SHA256]
        started_at: [TIME]
        finished_at: [TIME]

        ## Plan
        ```json
        {
          "version": "1.0",
          "base_sha": "[COMMIT]",
          "tasks": [
            {
              "id": "T-SOURCE-01",
              "files": [
                "src/__init__.py",
                "src/sign"
              ],
              "gates": [
                "T0",
                "T4"
              ],
              "evidence": [
                "out/evidence/T0_lint/gate.json",
                "out/evidence/T4_tests/gate.json"
              ]
            }
          ],
          "constraints": {
            "filemap": "strict",
            "single_patch": true
          }
        }
        ```

        ## Scorecard (out/scorecards/demo.json)
        ```json
        [SCORECARD]
        ```

        ## Evidence
        Artifact: demo-orr-evidence
        SHA256(out/demo-evidence.zip): `[SHA256]`

        ## Files (all inside the Filemap)
        - `src/__init__.py`
        - src/sign

        ## Checklist
        - [x] T0, T4 passed in all 3 runs
        - [x] the same bytes from all 3 runs
        - [x] the tag keeps its line feed `tag
        ` here
    "##]]
    .assert_eq(&shown);
    let ran = check(&world, &first);
    assert_eq!((ran.status, ran.stdout.lines().next()), (0, Some("pr-body: pass")));
    assert_eq!(check(&world, &first.replace('\n', "\r\n")).status, 0);
}

#[test]
fn an_edited_body_is_reported_by_field_and_line() {
    let world = reviewed();
    let good = body(&world);
    let edited = good
        .replace("- [x] the same", "- [ ] the same")
        .replace("branch: q2", "branch: q3")
        .replace("\"verdict\": \"pass\"", "\"verdict\": \"fail\"")
        .replace("\"src/sign\"", "\"src/signs\"")
        .replace("- src/sign\n", "");
    let ran = check(&world, &edited);
    assert_eq!(ran.status, 50);
    let digest = world.json("out/orr.json")["scorecard_sha256"].as_str().unwrap().to_owned();
    expect![[r#"
        pr-body: fail (CEC-50), exit status 50

        error[CEC-50]: `branch`: the body says `q3-s7-codex-20260101-0000-abcdef1`, but the record says `q2-s7-codex-20260101-0000-abcdef1`
          --> out/body.md:8
           = help: write the body again: `cargo xtask pr-body`

        error[CEC-50]: `Plan.json tasks`: no task names `src/sign`, which the patch touches
          --> out/body.md:20
           = help: add it to the task that it belongs to

        error[CEC-50]: `Plan.json tasks[0].files[1]`: the patch does not touch `src/signs`
          --> out/body.md:25
           = help: name only what the patch touches

        error[CEC-50]: `Plan.json`: this is not the line of the plan
          --> out/body.md:25
           = help: write the body again, with the plan that is meant: `--plan FILE`

        error[CEC-50]: `Scorecard`: its digest is [SHA256], but `scorecard_sha256` is [SHA]
          --> out/body.md:45
           = help: paste the whole file, as it is

        error[CEC-50]: `Scorecard verdict`: this is `fail`, not `pass`
          --> out/body.md:51
           = help: write the body again, from a review of this commit

        error[CEC-50]: `Files`: `src/sign` is missing, which the patch touches
          --> out/body.md:97
           = help: add `- src/sign`

        error[CEC-50]: `Checklist`: this box is not ticked
          --> out/body.md:102
           = help: tick it once it is so

        next: cargo xtask pr-body --write out/body.md
    "#]].assert_eq(&world.shown(&ran.stdout.replace(&digest, "[SHA]")));
}

#[test]
fn there_is_no_body_without_a_review_that_passed() {
    let world = patched();
    let refused = |world: &World, says: &str, status: i32| {
        let ran = world.xtask(["pr-body"]);
        assert_eq!(ran.status, status, "{ran:?}");
        assert_eq!(ran.stdout, "", "no body, and nothing in its place");
        assert!(ran.stderr.contains(says), "{ran:?}");
    };
    refused(&world, "error[REFUSE-20]: there is no decision over this patch", 1);
    assert_eq!(world.xtask(["orr", "--runs", "2"]).status, 0);
    refused(&world, "error[REFUSE-20]: the review was a rehearsal of 2 runs", 1);
    assert_eq!(world.xtask(["orr"]).status, 0);
    let good = body(&world);
    let scorecard = world.read("out/scorecards/demo.json");
    world.write("out/scorecards/demo.json", scorecard.replace("pass", "pas"));
    refused(&world, "out/scorecards/demo.json is not what the review decided on", 1);
    world.write("out/scorecards/demo.json", scorecard);
    std::fs::remove_file(world.path("out/demo-evidence.zip")).unwrap();
    refused(&world, "error[CEC-40]: out/demo-evidence.zip is missing", 40);
    let decision = world.read("out/orr.json");
    world.write(
        "out/orr.json",
        decision.replacen("\"verdict\": \"pass\"", "\"verdict\": \"fail\"", 1),
    );
    refused(&world, "error[REFUSE-20]: the review did not pass: fail", 1);
    world.write("out/orr.json", "{");
    refused(&world, "the recorded decision cannot be read", 1);
    std::fs::remove_file(world.path("out/orr.json")).unwrap();
    let unseen = check(&world, &good);
    assert_eq!(unseen.status, 4, "{unseen:?}");
    assert!(unseen.stdout.contains("error[runs-unseen]"), "{unseen:?}");
    world.write("out/orr.json", decision);
    world.write("src/c", "one more\n");
    world.commit("after the review");
    refused(&world, "error[REFUSE-20]: the decision is of ", 1);
    world.write("docs/x", "outside\n");
    world.commit("outside");
    refused(&world, "error[CEC-10]: the patch adds the file docs/x", 10);
}

const NOTES: &str = r#"
dor = "refined"
dod = "gates green"
risks = ["none known"]
evidence = ["out/demo-evidence.zip"]
acceptance.base = ["it signs"]
acceptance.delta = ["it signs with the new tag"]
runbook.changed = ["docs/runbook.md"]
"#;

#[test]
fn a_story_has_its_section_and_a_risky_one_its_way_back() {
    let world = patched();
    world.write("policy/README.md", "read\n");
    world.commit("risky");
    assert_eq!(world.xtask(["orr"]).status, 0);
    world.write("out/notes.toml", NOTES);
    let reported = ["pr-body", "--story", "S-PC-01-001", "--story-notes", "out/notes.toml"];
    let ran = world.xtask(reported);
    assert_eq!(ran.status, 1, "{ran:?}");
    assert!(ran.stderr.contains("error[story-notes]: the patch touches what needs an approval"));
    world.write("out/notes.toml", format!("rollback = [\"revert it\"]\n{NOTES}"));
    let ran = world.xtask(reported);
    assert_eq!(ran.status, 0, "{ran:?}");
    assert!(ran.stderr.contains("warning[approval-missing]: "), "{ran:?}");
    assert!(ran.stdout.contains("\n## Story\nStory ID: S-PC-01-001\nDoR: refined\n"), "{ran:?}");
    world.write("out/body.md", &ran.stdout);
    let with = [&reported[..], &["--check", "out/body.md"]].concat();
    assert_eq!(world.xtask(&with).status, 0);
    assert_eq!(world.xtask(["pr-body", "--check", "out/body.md"]).status, 0);
    world.write("out/body.md", ran.stdout.replace("DoR: refined", "DoR: refine"));
    let edited = world.xtask(&with);
    assert_eq!(edited.status, 50);
    assert!(edited.stdout.contains("`Story`: this line is `DoR: refine`"), "{edited:?}");
}

#[test]
fn ten_megabytes_are_refused_and_a_plan_of_ones_own_is_used() {
    let world = reviewed();
    let ran = check(&world, &"- [x] \n".repeat(1_500_000));
    assert_eq!(ran.status, 50);
    assert!(ran.stdout.contains("longer than the 65536 characters"), "{ran:?}");
    let plan = world.xtask(["plan", "new"]).stdout.replace("T-SOURCE-01", "T-SIGN-01");
    world.write("out/plan.json", &plan);
    let good = body(&world);
    assert!(good.contains(&plan));
    assert_eq!(check(&world, &good).status, 0);
    std::fs::remove_file(world.path("out/plan.json")).unwrap();
    assert_eq!(check(&world, &good).status, 50);
    world.write("mine.json", &plan);
    let ran = world.xtask(["pr-body", "--check", "out/body.md", "--plan", "mine.json"]);
    assert_eq!(ran.status, 0, "{ran:?}");
    world.write("mine.json", plan.replace("src/sign", "src/sing"));
    let ran = world.xtask(["pr-body", "--plan", "mine.json"]);
    assert_eq!(ran.status, 1);
    assert!(ran.stderr.contains("error[plan-invalid]: `tasks[0].files[1]`"), "{ran:?}");
}
