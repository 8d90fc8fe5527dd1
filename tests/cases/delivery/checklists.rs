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
        next: do what they say, tick the boxes, then `cargo xtask sprint checklist 01`
    "#]]
    .assert_eq(&ran.stdout);
    expect![[r#"
        # Dependency publication: sprint 01

        **Due by the end of Wed 2026-03-04.** Tick what is done, then type `cargo xtask sprint checklist 01`.

        - Days: 2026-03-02 to 2026-03-13 (America/New_York)
        - Gate: CI/CD gate
        - Features: `F1` Platform

        ## What the sprint waits for

        | story | waits for | needed before |
        | --- | --- | --- |
        | `S-2` Safe mode \| at the door | `S-1` Replay ends once<br>owner: sm<br>waiting: its contract, a cycle | Fri 2026-03-13 |
        | `S-2` Safe mode \| at the door | its approval<br>owner: sm<br>pending | Mon 2026-03-02 |

        ## Published

        - [ ] sm knows that `S-2` Safe mode | at the door needs `S-1` Replay ends once before Fri 2026-03-13
        - [ ] sm knows that `S-2` Safe mode | at the door needs its approval before Mon 2026-03-02
        - [ ] dependencies that the backlog lacked were requested, and are in `depends` of policy/backlog.toml
        - [ ] new risks are in the ledger
    "#]].assert_eq(&fixture.world.read("docs/01/day-3-dependency-publication.md"));
    expect![[r#"
        # Gate evidence pack: sprint 01

        **Due by the end of Wed 2026-03-11.** Tick what is done, then type `cargo xtask sprint checklist 01`.

        - Days: 2026-03-02 to 2026-03-13 (America/New_York)
        - Gate: CI/CD gate
        - Features: `F1` Platform

        ## Evidence of the gate

        - [ ] CI pass logs: `docs/evidence/sprint-01/ci-pass-logs.md`
        - [ ] rollback notes: `docs/evidence/sprint-01/rollback-notes.md`

        ## Stories

        - [ ] `S-1` Replay ends once (sm) is merged, and `docs/evidence/S-1` shows its criterion
        - [ ] `S-2` Safe mode | at the door (sm) is merged, and `docs/evidence/S-2` shows its criterion

        ## Decision

        - [ ] every open critical risk has an owner and a mitigation
        - [ ] the pull request of each risky change says how to roll it back

        `cargo xtask sprint gate 01` lists what the gate misses. With `--execute`, it records the decision and the digest of the evidence.
    "#]].assert_eq(&fixture.world.read("docs/01/gate-evidence-pack.md"));
    expect![[r#"
        # Story decomposition: sprint 01

        **Due by the end of Fri 2026-03-13.** Tick what is done, then type `cargo xtask sprint checklist 01`.

        - Days: 2026-03-02 to 2026-03-13 (America/New_York)
        - Gate: CI/CD gate
        - Features: `F1` Platform

        Each box is at most a day's work for one person: split what is more.

        ## `S-1` Replay ends once

        sm, P0, waiting: its contract, a cycle.

        - [ ] the contract is written before the implementation
        - [ ] it ends once
        - [ ] the evidence is in `docs/evidence/S-1`
        - [ ] the runbook is updated, or the evidence says why not
        - [ ] the required check of the pull request is green

        ## `S-2` Safe mode | at the door

        sm, P0, waiting: S-1, its contract, SM approval, a cycle.

        - [ ] the contract is written before the implementation
        - [ ] it is safe
        - [ ] the evidence is in `docs/evidence/S-2`
        - [ ] the runbook is updated, or the evidence says why not
        - [ ] the required check of the pull request is green
    "#]]
    .assert_eq(&fixture.world.read("docs/01/story-task-decomposition.md"));
    expect![[r#"
        # Operations checklist: sprint 01

        **Due by the end of Fri 2026-03-13.** Tick what is done, then type `cargo xtask sprint checklist 01`.

        - Days: 2026-03-02 to 2026-03-13 (America/New_York)
        - Gate: CI/CD gate
        - Features: `F1` Platform

        ## Deliverables

        - [ ] preview flow

        ## Before the freeze

        - [ ] all changes of frozen paths are merged before Mon 2026-03-09
        - [ ] each new alert fired in a test, and reached whoever is on call
        - [ ] somebody other than its author read each new runbook
        - [ ] dashboards show what is new

        ## Before the gate

        - [ ] somebody tried the rollback of each risky change
        - [ ] the evidence is committed by the end of Fri 2026-03-13
    "#]]
    .assert_eq(&fixture.world.read("docs/01/operations-checklist.md"));
    expect![[r#"
        # Rollout and rollback proof: sprint 01

        **Due by the end of Fri 2026-03-13.** Tick what is done, then type `cargo xtask sprint checklist 01`.

        - Days: 2026-03-02 to 2026-03-13 (America/New_York)
        - Gate: CI/CD gate
        - Features: `F1` Platform

        ## `S-1` Replay ends once

        - [ ] not risky, or: how it is rolled out, and to whom first
        - [ ] what you watch meanwhile, and what stops the rollout
        - [ ] how to roll it back, and who does
        - [ ] where a rollback was tried
        - [ ] the runbook that describes both

        ## `S-2` Safe mode | at the door

        - [ ] not risky, or: how it is rolled out, and to whom first
        - [ ] what you watch meanwhile, and what stops the rollout
        - [ ] how to roll it back, and who does
        - [ ] where a rollback was tried
        - [ ] the runbook that describes both
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

        **0 of 1 sprint done.** As of 2026-03-05.

        - Sprint `01` CI/CD gate is in progress: `cargo xtask sprint gate 01` lists what is missing.

        | sprint | status | done |
        | --- | --- | --- |
        | `01` CI/CD gate<br>2026-03-02 to 2026-03-13 | In Progress | stories: 0 of 2<br>evidence: 0 of 2<br>checklists: 3 of 5 |

        ## Scope of `01` CI/CD gate

        - [ ] `S-1` Replay ends once
        - [ ] `S-2` Safe mode | at the door
    "#]]
    .assert_eq(&fixture.world.read("docs/sprints.md"));
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

        [ ] every wave and sprint is implemented, has passed its gate, and has green checks
        [ ] evidence shows the acceptance criteria of every story
        [ ] runbooks are updated, or the evidence says why not
        [x] every open critical risk has an owner and a mitigation
        [ ] every finished cycle is closed
        add `--unfinished` to hand it over as it is
    "#]]
    .assert_eq(tail);
    assert!(ran.stderr.contains("error[phase-open]: cycle C-01 ended on"), "{ran:?}");
    let unfinished =
        ["handoff", "--unfinished", "--to", "QA <team>", "--note", "replay is next", "--append"];
    let ran = fixture.at(late, &unfinished);
    assert_eq!(ran.status, 0, "{ran:?}");
    expect![[r#"
        # Handoff of Demo

        **Not done: 4 of 5 points of the definition of done are open.** 2026-03-11 (America/New_York), commit `[HEX]`.

        - To: QA &lt;team>
        - Note: replay is next
        - No residual risk is in the ledger.

        ## Definition of done

        - [ ] every wave and sprint is implemented, has passed its gate, and has green checks
          - S-1 (Replay ends once) is waiting: its contract; no branch yet<br>To do: merge it, or move it to another wave by a reviewed patch
          - S-2 (Safe mode | at the door) is waiting: S-1, its contract, SM approval; no branch yet<br>To do: merge it, or move it to another wave by a reviewed patch
          - it is unknown whether the head of the default branch is green: this clone has no review of main at [HEX]<br>To do: `cargo xtask orr`, then run the command again
          - the checklist `dependencies` of sprint 01 is not written; it was due by the end of 2026-03-04<br>To do: `cargo xtask sprint checklist 01 --write`, then tick what is done
          - the checklist `decomposition` of sprint 01 is not written; it is due by the end of 2026-03-13<br>To do: `cargo xtask sprint checklist 01 --write`, then tick what is done
          - the checklist `operations` of sprint 01 is not written; it is due by the end of 2026-03-13<br>To do: `cargo xtask sprint checklist 01 --write`, then tick what is done
          - the checklist `rollback` of sprint 01 is not written; it is due by the end of 2026-03-13<br>To do: `cargo xtask sprint checklist 01 --write`, then tick what is done
          - the checklist `gate` of sprint 01 is not written; it is due by the end of 2026-03-11<br>To do: `cargo xtask sprint checklist 01 --write`, then tick what is done
          - the gate of O1 is not passed<br>To do: `cargo xtask wave gate O1 --execute`
          - the gate of sprint 01 is not passed<br>To do: `cargo xtask sprint gate 01 --execute`
        - [ ] evidence shows the acceptance criteria of every story
          - there is no evidence of S-1 in docs/evidence/S-1; it is due by the end of 2026-03-13, day 9 of sprint 01<br>To do: `cargo xtask evidence new S-1` lays it out
          - there is no evidence of S-2 in docs/evidence/S-2; it is due by the end of 2026-03-13, day 9 of sprint 01<br>To do: `cargo xtask evidence new S-2` lays it out
          - there is no evidence of sprint-01 in docs/evidence/sprint-01; it is due by the end of 2026-03-13, day 9 of sprint 01<br>To do: `cargo xtask evidence new sprint-01` lays it out
        - [ ] runbooks are updated, or the evidence says why not
          - and 3 findings from above
        - [x] every open critical risk has an owner and a mitigation
        - [ ] every finished cycle is closed
          - cycle C-01 ended on 2026-03-10 and is not closed<br>To do: `cargo xtask cycle close C-01` with `--met` or `--not-met`

        ## Gates

        | gate of | decision | by |
        | --- | --- | --- |
        | `O1` | **not decided** |  |
        | `sprint 01` CI/CD gate | **not decided** |  |

        ## Stories

        | story | where it stands |
        | --- | --- |
        | `S-1` Replay ends once<br>owner: sm | waiting: its contract; no branch yet |
        | `S-2` Safe mode \| at the door<br>owner: sm | waiting: S-1, its contract, SM approval; no branch yet |
    "#]]
    .assert_eq(&fixture.world.shown(&fixture.world.read("docs/handoffs.md")));
    let ran = fixture.at(late, &["handoff", "--wave", "O9"]);
    assert!(ran.status == 2 && ran.stdout.contains("error[story-unknown]"), "{ran:?}");
}

/// What each feature and the sprint deliver is ticked by its name, and who takes the box out is
/// refused at the gate. What others make is published with its owner and its day.
#[test]
fn each_deliverable_is_ticked_by_its_name() {
    let fixture = fixture();
    let read = |name: &str| fixture.world.read(name);
    let focus = "name = \"Platform\"\nfocus = [\"env validation\"]";
    let external = "\n[[external]]\nid = \"X-1\"\ntitle = \"sandbox\"\nowner = \"sm\"\n\
        due = 2026-03-05\nstories = [\"S-2\"]\n";
    let backlog = read("policy/backlog.toml").replace("name = \"Platform\"", focus) + external;
    fixture.world.write("policy/backlog.toml", backlog);
    fixture.world.commit("focus");
    fixture.at(DAY_2, &["sprint", "checklist", "01", "--write"]);
    let published = read("docs/01/day-3-dependency-publication.md");
    let row = "`X-1` sandbox<br>owner: sm<br>due 2026-03-05 | Thu 2026-03-05 |";
    assert!(published.contains(row), "{published}");
    let path = "docs/01/operations-checklist.md";
    let ticked = read(path).replace("- [ ]", "- [x]");
    let boxes = "## Focus of the features\n\n- [x] env validation\n\n## Deliverables\n\n- [x] preview flow\n";
    assert!(ticked.contains(boxes), "{ticked}");
    for (from, to, missing) in [
        ("", "", ""),
        ("- [x] preview flow", "- [x] preview flow: in use since Monday", ""),
        ("- [x] preview flow\n", "", "has no box of `preview flow`"),
        ("env validation", "all the rest", "has no box of `env validation`"),
    ] {
        fixture.world.write(path, ticked.replacen(from, to, 1));
        let ran = fixture.at(DAY_2, &["sprint", "gate", "01"]);
        let of = |line: &&str| line.contains("the checklist `operations` of sprint 01");
        let said = ran.stdout.lines().find(of).unwrap_or_default();
        assert!(said.contains(missing) && said.is_empty() == missing.is_empty(), "{said}: {ran:?}");
    }
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
