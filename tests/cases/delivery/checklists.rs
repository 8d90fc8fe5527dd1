//! The prepared checklists of a sprint, the table of all sprints, and the handoff.

use expect_test::expect;

use super::{BACKLOG, CALENDAR, Fixture};

const CHECKLISTS: &str = r#"
[[checklists]]
sprint = "01"
kind = "dependencies"
path = "docs/01/day-3-dependency-publication.md"

[[checklists]]
sprint = "01"
kind = "decomposition"
path = "docs/01/story-task-decomposition.md"

[[checklists]]
sprint = "01"
kind = "operations"
path = "docs/01/operations-checklist.md"

[[checklists]]
sprint = "01"
kind = "rollback"
path = "docs/01/rollback-proof.md"

[[checklists]]
sprint = "01"
kind = "gate"
path = "docs/01/gate-evidence-pack.md"
due_day = 8
"#;

fn fixture() -> Fixture {
    let fixture = Fixture::new();
    let calendar = CALENDAR.replace(
        "gate = \"CI/CD gate\"",
        "gate = \"CI/CD gate\"\ndeliverables = [\"preview flow\"]",
    );
    fixture.world.write("policy/calendar.toml", format!("{calendar}{CHECKLISTS}"));
    let waits = "depends = [\"S-1\"]\npending_po_approval = true\nacceptance = [\"it is safe\"]";
    let backlog = BACKLOG.replace("acceptance = [\"it is safe\"]", waits);
    fixture
        .world
        .write("policy/backlog.toml", format!("{backlog}\n[approval]\nroles = [\"sm\"]\n"));
    fixture.world.commit("checklists");
    fixture
}

const DAY_2: &str = "2026-03-03T12:00:00Z";
const DAY_4: &str = "2026-03-05T12:00:00Z";

#[test]
fn checklists_are_laid_out_once_and_ticked_in_time() {
    let fixture = fixture();
    let list = ["sprint", "checklist", "01"];
    let ran = fixture.at(DAY_2, &list);
    assert_eq!(ran.status, 0, "{ran:?}");
    expect![[r#"
        sprint checklist: pass
        checklist      ticked       due by the end of  file
        dependencies   not written  2026-03-04         docs/01/day-3-dependency-publication.md
        decomposition  not written  2026-03-13         docs/01/story-task-decomposition.md
        operations     not written  2026-03-13         docs/01/operations-checklist.md
        rollback       not written  2026-03-13         docs/01/rollback-proof.md
        gate           not written  2026-03-11         docs/01/gate-evidence-pack.md
    "#]]
    .assert_eq(&ran.stdout);
    let ran = fixture.at(DAY_4, &list);
    assert_eq!(ran.status, 1, "{ran:?}");
    let reported = ran.stdout.split_once("\nchecklist ").unwrap().0;
    expect![[r#"
        sprint checklist: fail (checklist-open), exit status 1

        error[checklist-open]: the checklist `dependencies` of sprint 01 is not written; it was due by the end of 2026-03-04
          --> docs/01/day-3-dependency-publication.md
           = help: `cargo xtask sprint checklist 01 --write`, then tick what is done
    "#]].assert_eq(reported);
    let ran = fixture.at(DAY_2, &["sprint", "checklist", "01", "--write"]);
    assert_eq!(ran.status, 0, "{ran:?}");
    expect![[r#"
        sprint checklist: pass
        docs/01/day-3-dependency-publication.md written
        docs/01/story-task-decomposition.md written
        docs/01/operations-checklist.md written
        docs/01/rollback-proof.md written
        docs/01/gate-evidence-pack.md written
        next: do what they say, tick it, then `cargo xtask sprint checklist 01`
    "#]]
    .assert_eq(&ran.stdout);
    expect![[r#"
        # Dependency publication: sprint 01

        2026-03-02 to 2026-03-13 (America/New_York).

        - Gate: CI/CD gate
        - Features: `F1`
        - Due: by the end of Wed 2026-03-04

        ## What the sprint waits for

        | story | waits for | owner | state | needed before |
        | --- | --- | --- | --- | --- |
        | `S-2` | S-1 | sm | waiting: its contract, a cycle | Fri 2026-03-13 |
        | `S-2` | its approval | sm | pending | Mon 2026-03-02 |

        ## Published

        - [ ] sm knows that `S-2` needs S-1 before Fri 2026-03-13
        - [ ] sm knows that `S-2` needs its approval before Mon 2026-03-02
        - [ ] what the backlog does not name was asked for, and is in `depends` of policy/backlog.toml
        - [ ] risks that this showed are in the ledger
    "#]].assert_eq(&fixture.world.read("docs/01/day-3-dependency-publication.md"));
    expect![[r#"
        # Gate evidence pack: sprint 01

        2026-03-02 to 2026-03-13 (America/New_York).

        - Gate: CI/CD gate
        - Features: `F1`
        - Due: by the end of Wed 2026-03-11

        ## Evidence of the gate

        - [ ] CI pass logs: `docs/evidence/sprint-01/ci-pass-logs.md`
        - [ ] rollback notes: `docs/evidence/sprint-01/rollback-notes.md`

        ## Definition of ready and of done

        - [ ] `S-1` Replay ends once, sm, is merged, and shows its criterion in `docs/evidence/S-1`
        - [ ] `S-2` Safe mode | at the door, sm, is merged, and shows its criterion in `docs/evidence/S-2`

        ## Decision

        - [ ] no critical risk is open without an owner and a mitigation
        - [ ] rollback notes of each risky change are in its pull request

        Then `cargo xtask sprint gate 01` says whether the gate may be passed; with `--execute` it records that, with the digest of the evidence.
    "#]].assert_eq(&fixture.world.read("docs/01/gate-evidence-pack.md"));
    expect![[r#"
        # Story decomposition: sprint 01

        2026-03-02 to 2026-03-13 (America/New_York).

        - Gate: CI/CD gate
        - Features: `F1`
        - Due: by the end of Fri 2026-03-13

        Each box is a day's work of one person, or less; what is more is parted.

        ## `S-1` Replay ends once

        sm, P0, waiting: its contract, a cycle.

        - [ ] the contract is written, before the implementation
        - [ ] it ends once
        - [ ] evidence in `docs/evidence/S-1`
        - [ ] runbook changed, or the reason why not
        - [ ] pull request, its required check green

        ## `S-2` Safe mode | at the door

        sm, P0, waiting: S-1, its contract, SM approval, a cycle.

        - [ ] the contract is written, before the implementation
        - [ ] it is safe
        - [ ] evidence in `docs/evidence/S-2`
        - [ ] runbook changed, or the reason why not
        - [ ] pull request, its required check green
    "#]]
    .assert_eq(&fixture.world.read("docs/01/story-task-decomposition.md"));
    expect![[r#"
        # Operations checklist: sprint 01

        2026-03-02 to 2026-03-13 (America/New_York).

        - Gate: CI/CD gate
        - Features: `F1`
        - Due: by the end of Fri 2026-03-13

        ## Deliverables

        - [ ] preview flow

        ## Before the freeze

        - [ ] what must change in frozen paths has changed before Mon 2026-03-09
        - [ ] alerts of what is new were seen to fire, and reach whoever is on call
        - [ ] runbooks of what is new were read by somebody who did not write them
        - [ ] dashboards show what is new

        ## Before the gate

        - [ ] rollback of each risky change was tried
        - [ ] evidence is there by the end of Fri 2026-03-13
    "#]]
    .assert_eq(&fixture.world.read("docs/01/operations-checklist.md"));
    expect![[r#"
        # Rollout and rollback proof: sprint 01

        2026-03-02 to 2026-03-13 (America/New_York).

        - Gate: CI/CD gate
        - Features: `F1`
        - Due: by the end of Fri 2026-03-13

        ## `S-1` Replay ends once

        - [ ] not risky, or: how it goes out, and to whom first
        - [ ] what is watched meanwhile, and what stops it
        - [ ] how it is taken back, and by whom
        - [ ] where it was seen to be taken back
        - [ ] the runbook that says so

        ## `S-2` Safe mode | at the door

        - [ ] not risky, or: how it goes out, and to whom first
        - [ ] what is watched meanwhile, and what stops it
        - [ ] how it is taken back, and by whom
        - [ ] where it was seen to be taken back
        - [ ] the runbook that says so
    "#]]
    .assert_eq(&fixture.world.read("docs/01/rollback-proof.md"));
    for name in ["day-3-dependency-publication", "gate-evidence-pack", "rollback-proof"] {
        let path = format!("docs/01/{name}.md");
        let text = fixture.world.read(&path).replace("- [ ]", "- [x]");
        fixture.world.write(&path, text);
    }
    // What people ticked stays.
    let ran = fixture.at(DAY_4, &["sprint", "checklist", "--write"]);
    assert!(ran.stdout.contains("gate-evidence-pack.md is there already"), "{ran:?}");
    let ran = fixture.at(DAY_4, &["sprint", "checklist"]);
    assert_eq!(ran.status, 0, "{ran:?}");
    expect![[r#"
        sprint checklist: pass
        checklist      ticked    due by the end of  file
        dependencies   4 of 4    2026-03-04         docs/01/day-3-dependency-publication.md
        decomposition  0 of 10   2026-03-13         docs/01/story-task-decomposition.md
        operations     0 of 7    2026-03-13         docs/01/operations-checklist.md
        rollback       10 of 10  2026-03-13         docs/01/rollback-proof.md
        gate           6 of 6    2026-03-11         docs/01/gate-evidence-pack.md
    "#]]
    .assert_eq(&ran.stdout);
    let ran = fixture.at(DAY_4, &["sprint", "gate"]);
    let open: Vec<&str> =
        ran.stdout.lines().filter(|line| line.contains("[checklist-open]")).collect();
    assert_eq!(ran.status, 1, "{ran:?}");
    expect![[r#"
        error[checklist-open]: the checklist `decomposition` of sprint 01 has 0 of 10 boxes ticked; it is due by the end of 2026-03-13
        error[checklist-open]: the checklist `operations` of sprint 01 has 0 of 7 boxes ticked; it is due by the end of 2026-03-13
    "#]].assert_eq(&(open.join("\n") + "\n"));
    let ran = fixture.at(DAY_4, &["sprint", "overview", "--write"]);
    assert_eq!(ran.status, 0, "{ran:?}");
    expect![[r#"
        # Status of all sprints of Demo

        As of 2026-03-05.

        | sprint | gate | status | stories done | evidence | checklists | days | scope |
        | --- | --- | --- | --- | --- | --- | --- | --- |
        | `01` | CI/CD gate | In Progress | 0 of 2 | 0 of 2 | 3 of 5 | 2026-03-02 to 2026-03-13 | `S-1`, `S-2` |
    "#]].assert_eq(&fixture.world.read("docs/sprints.md"));
    for (words, says) in [
        (&["sprint", "checklist", "--show", "gates"][..], "did you mean `gate`?"),
        (&["sprint", "checklist", "02"], "no sprint is called `02`"),
    ] {
        let ran = fixture.at(DAY_4, words);
        assert!(ran.status == 2 && ran.stdout.contains(says), "{ran:?}");
    }
}

#[test]
fn a_phase_is_handed_over_when_it_is_done_or_in_the_open() {
    let fixture = fixture();
    let late = "2026-03-11T12:00:00Z";
    let ran = fixture.at(late, &["handoff"]);
    assert_eq!(ran.status, 1, "{ran:?}");
    let (_, tail) = ran.stderr.split_once("definition of done:").unwrap();
    expect![[r#"

        [ ] every wave and sprint is implemented, its gate passed, the required checks green
        [ ] the acceptance criteria of all its stories are shown
        [ ] runbooks are changed, or it is said why not
        [x] critical risks that stay have an owner and a mitigation
        [ ] cycles that are over are closed
        `--unfinished` hands it over as it is
    "#]]
    .assert_eq(tail);
    assert!(ran.stderr.contains("error[phase-open]: cycle C-01 is over since"), "{ran:?}");
    let unfinished =
        ["handoff", "--unfinished", "--to", "QA <team>", "--note", "replay is next", "--append"];
    let ran = fixture.at(late, &unfinished);
    assert_eq!(ran.status, 0, "{ran:?}");
    expect![[r#"
        # Handoff of Demo

        2026-03-11 (America/New_York), commit `[HEX]`.

        - To: QA &lt;team>
        - Note: replay is next
        - The definition of done is **not met**: 4 of 5 open.

        ## Definition of done

        - [ ] every wave and sprint is implemented, its gate passed, the required checks green
          - S-1 is waiting: its contract; no branch yet
          - S-2 is waiting: S-1, its contract, SM approval; no branch yet
          - whether the head of the default branch is green is not known: this clone has no review of main at [HEX]
          - the checklist `dependencies` of sprint 01 is not written; it was due by the end of 2026-03-04
          - the checklist `decomposition` of sprint 01 is not written; it is due by the end of 2026-03-13
          - the checklist `operations` of sprint 01 is not written; it is due by the end of 2026-03-13
          - the checklist `rollback` of sprint 01 is not written; it is due by the end of 2026-03-13
          - the checklist `gate` of sprint 01 is not written; it is due by the end of 2026-03-11
          - the gate of O1 is not passed
          - the gate of sprint 01 is not passed
        - [ ] the acceptance criteria of all its stories are shown
          - there is no evidence of S-1 in docs/evidence/S-1; it is due by the end of 2026-03-13, day 9 of sprint 01
          - there is no evidence of S-2 in docs/evidence/S-2; it is due by the end of 2026-03-13, day 9 of sprint 01
          - there is no evidence of sprint-01 in docs/evidence/sprint-01; it is due by the end of 2026-03-13, day 9 of sprint 01
        - [ ] runbooks are changed, or it is said why not
          - there is no evidence of S-1 in docs/evidence/S-1; it is due by the end of 2026-03-13, day 9 of sprint 01
          - there is no evidence of S-2 in docs/evidence/S-2; it is due by the end of 2026-03-13, day 9 of sprint 01
          - there is no evidence of sprint-01 in docs/evidence/sprint-01; it is due by the end of 2026-03-13, day 9 of sprint 01
        - [x] critical risks that stay have an owner and a mitigation
        - [ ] cycles that are over are closed
          - cycle C-01 is over since 2026-03-10, and not closed

        ## Gates

        | gate of | name | decision | by |
        | --- | --- | --- | --- |
        | `O1` |  | **none** |  |
        | `sprint 01` | CI/CD gate | **none** |  |

        ## Stories

        | story | title | owner | state | why |
        | --- | --- | --- | --- | --- |
        | `S-1` | Replay ends once | sm | waiting: its contract | no branch yet |
        | `S-2` | Safe mode \| at the door | sm | waiting: S-1, its contract, SM approval | no branch yet |

        ## Residual risks

        None is open in the ledger.
    "#]]
    .assert_eq(&fixture.world.shown(&fixture.world.read("docs/handoffs.md")));
    let ran = fixture.at(late, &["handoff", "--wave", "O9"]);
    assert!(ran.status == 2 && ran.stdout.contains("error[story-unknown]"), "{ran:?}");
}

#[test]
fn the_tasks_of_a_story_are_boxes_of_its_decomposition() {
    let fixture = fixture();
    let backlog = fixture.world.read("policy/backlog.toml");
    let tasks = "tasks = [\"draw its states\", \"count replays\"]\npriority = \"P0\"";
    fixture.world.write("policy/backlog.toml", backlog.replacen("priority = \"P0\"", tasks, 1));
    fixture.world.commit("its tasks");
    let shown = fixture.at(DAY_2, &["sprint", "checklist", "01", "--show", "decomposition"]);
    let boxes = "\n- [ ] draw its states\n- [ ] count replays\n- [ ] it ends once\n";
    assert!(shown.stdout.contains(boxes), "{shown:?}");
}
