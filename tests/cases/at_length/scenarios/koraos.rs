//! KoraOS from 2026-02-11 to 2026-02-28: cycles C-01 to C-03, waves O1 to O3 and M06.

use expect_test::expect;

use super::{How, Programme};

const CONTRACT: &str = "Docs/Phases/04-PO-Sharding/STORY_SHARDING_PLAN_P0_v1.md";
const ROADMAP: &str = "Docs/Roadmap/EXECUTION_BACKLOG_FROM_ROADMAP_v1.md";
const EVIDENCE: &str = "Docs/Phases/05-Implementation/Evidence";

pub(super) fn koraos() -> Programme {
    let people = ["sm", "po", "devops", "qa", "lead"];
    Programme::new("koraos", ["koraos.example", EVIDENCE], &people, &[CONTRACT, ROADMAP])
}

/// Starts a story; gives its branch.
fn start(fixture: &Programme, story: &str) -> String {
    fixture.does("lead", &["story", "start", story, "--slug", "work"]);
    fixture.git(&["switch", "--quiet", "main"]);
    format!("feature/{story}-work")
}

#[test]
fn koraos_from_its_first_planning_to_its_beta_gate() {
    let fixture = koraos();
    let left = first_days(&fixture);
    wave_o1(&fixture, &left);
    end_of_c01(&fixture);
    second_cycle(&fixture);
    third_cycle(&fixture);
}

/// 10 to 13 February: planning, five stories, and all that cannot be started.
fn first_days(fixture: &Programme) -> Vec<String> {
    fixture.on("2026-02-10T12:00:00Z");
    fixture.refuses("lead", &["story", "start", "S-PC-01-001"], &["cycle-not-running"]);
    fixture.on("2026-02-11T12:30:00Z");
    let agenda = fixture.does("sm", &["cycle", "plan"]);
    expect![[r#"
        # Agenda of cycle C-01 (M06-S1)

        **10 meetings, 1 day to know.** 2026-02-11 to 2026-02-17 (America/Sao_Paulo).

        - Scope: `O1` O-01, `O2` O-02
        - Goal: merge O-01 (S-PC-01..03, S-PC-02..03), start O-02
        - Owners: `sm`, `engineering-leads`

        ## Exit criteria

        - [ ] O-01 merged, `required-check` green
        - [ ] evidence published
        - [ ] no critical risk open

        ## Meetings

        | when | meeting | what for |
        | --- | --- | --- |
        | Wed 2026-02-11<br>09:30 to 10:30 | Planning<br>held by sm | choose stories that are ready (`ready_for_implementation`), confirm dependencies and owners |
        | Wed 2026-02-11<br>14:00 to 14:30 | Risk triage<br>held by sm | review blocks, severities, triggers, escalations |
        | Thu 2026-02-12<br>09:15 to 09:30 | Daily sync<br>held by sm | progress of each story, blocks, SLAs at risk, gates |
        | Fri 2026-02-13<br>09:15 to 09:30 | Daily sync<br>held by sm | progress of each story, blocks, SLAs at risk, gates |
        | Fri 2026-02-13<br>14:00 to 14:30 | Risk triage<br>held by sm | review blocks, severities, triggers, escalations |
        | Mon 2026-02-16<br>09:15 to 09:30 | Daily sync<br>held by sm | progress of each story, blocks, SLAs at risk, gates |
        | Mon 2026-02-16<br>14:00 to 14:30 | Risk triage<br>held by sm | review blocks, severities, triggers, escalations |
        | Mon 2026-02-16<br>15:00 to 15:45 | Evidence review<br>held by sm | check the evidence of each story and wave |
        | Tue 2026-02-17<br>09:15 to 09:30 | Daily sync<br>held by sm | progress of each story, blocks, SLAs at risk, gates |
        | Tue 2026-02-17<br>16:00 to 17:00 | Cycle review + retro<br>held by sm | close the cycle, record lessons, adjust the next cycle's WIP |

        ## Days to know

        | day | what |
        | --- | --- |
        | Tue 2026-02-17 | cycle C-01 ends |
    "#]].assert_eq(&agenda);
    let first = ["S-PC-01-001", "S-PC-01-002", "S-PC-01-003", "S-PC-02-001", "S-PC-02-002"];
    let branches: Vec<String> = first.iter().map(|story| start(fixture, story)).collect();
    let sixth = fixture.refuses("lead", &["story", "start", "S-PC-02-003"], &["story-wip"]);
    expect![[r#"
        story start: fail (story-wip), exit status 1

        error[story-wip]: 5 stories of O1 are under way; the limit is 5: S-PC-01-001, S-PC-01-002, S-PC-01-003, S-PC-02-001, S-PC-02-002
           --> policy/backlog.toml:111:1
            |
        111 | [[waves]]
            | ^^^^^^^^^
            |
            = help: finish one of them before the next

    "#]].assert_eq(&sixth);
    let early = ["story-dependency", "wave-closed"];
    fixture.refuses("lead", &["story", "start", "S-PC-03-003"], &early);
    let beta = ["story-approval", "cycle-not-running"];
    fixture.refuses("devops", &["story", "start", "RB-M06-001"], &beta);

    // 12 February: the first story, and what its evidence must not be.
    fixture.on("2026-02-12T17:00:00Z");
    fixture.git(&["switch", "--quiet", &branches[0]]);
    fixture.does("lead", &["evidence", "new", "S-PC-01-001"]);
    fixture.commit("templates\n\nStory: S-PC-01-001");
    fixture.refuses("lead", &["story", "ready", "S-PC-01-001"], &["evidence-template"]);
    fixture.work("S-PC-01-001", 1);
    fixture.world.write(&format!("{EVIDENCE}/S-PC-01-001/functional.md"), "\n");
    fixture.commit("evidence\n\nStory: S-PC-01-001");
    fixture.refuses("lead", &["story", "ready", "S-PC-01-001"], &["evidence-empty"]);
    fixture.work("S-PC-01-001", 1);
    fixture.commit("what was seen\n\nStory: S-PC-01-001");
    fixture.does("lead", &["story", "ready", "S-PC-01-001"]);
    fixture.merge("S-PC-01-001", &branches[0], 1, How::Squash);
    fixture.deliver("S-PC-01-002", &branches[1], 2, How::Rebase);
    fixture.deliver("S-PC-01-003", &branches[2], 3, How::Merge);

    // 13 February: one waits for its upstream, and a critical risk is found.
    fixture.on("2026-02-13T13:00:00Z");
    let block = ["--cause", "no sandbox", "--impact", "no replay", "--owner", "devops"];
    let until = ["--trigger", "the sandbox answers", "--eta", "2026-02-16T18:00:00-03:00"];
    let words = ["story", "block", "S-PC-02-002", "--upstream", "vendor"];
    fixture.does("lead", &[&words[..], &block, &until].concat());
    let risk = ["risk", "add", "--id", "R-IMP-003", "--severity", "critical", "--wave", "O1"];
    fixture.does("qa", &[&risk[..], &["--title", "fallback falha sob carga"]].concat());
    fixture.record("what stopped");
    // Nobody has it in hand after five minutes: the second of its chain is asked.
    fixture.green("main", "push");
    let clocks = fixture.refuses("devops", &["sla"], &["sla-violated"]);
    assert!(clocks.starts_with("sla: merges frozen by R-IMP-003, 1 window violated, "), "{clocks}");
    assert!(clocks.contains("level 1, now ask devops (@koraos/devops)"), "{clocks}");
    fixture.opens(4, &branches[3], "S-PC-02-001: replay <b>once</b>");
    let board = fixture.board("sm", "koraos-1");
    for said in [
        "<h1>1 matter needs somebody now: fallback falha sob carga; 1 story is blocked; the gate of O1 still needs 11 things</h1>",
        "<li>Cycle C-01 (M06-S1): working day 3 of 5, to 2026-02-17</li>",
        "<h3>fallback falha sob carga</h3>\n<p>risk R-IMP-003, critical, open, since ",
        "\u{25b2} Needs somebody now",
        "<p>Asked: devops (@koraos/devops)</p>\n<p>Next: <code>cargo xtask risk update R-IMP-003 --acknowledged</code></p>",
        "</span> Blocked (1)</h3>",
        ">3 of 8</td>",
        ">2 of 5</td>",
        "#4 S-PC-02-001: replay &lt;b&gt;once&lt;/b&gt;",
    ] {
        assert!(board.contains(said), "{said}: {board}");
    }
    fixture.simulator.state().pulls.retain(|pull| pull.number != 4);
    let status = fixture.does("sm", &["cycle", "status"]);
    expect![[r##"
        # Status of cycle C-01

        <!-- status of cycle C-01 on 2026-02-13 -->

        **3 of 13 stories done, 1 blocked, 1 in progress, 8 pending; 1 residual risk.** 2026-02-13, working day 3 of 5: 2026-02-11 to 2026-02-17 (America/Sao_Paulo).

        - Scope: `O1` O-01, `O2` O-02
        - Goal: merge O-01 (S-PC-01..03, S-PC-02..03), start O-02
        - Owners: `sm`, `engineering-leads`

        ## Needs somebody now

        | what | next |
        | --- | --- |
        | `R-IMP-003` fallback falha sob carga<br>critical, owner: devops (@koraos/devops) | acknowledge by 2026-02-13 10:05:00 -03, 5 min 00 s over: `cargo xtask risk update R-IMP-003 --acknowledged` |
        | `S-PC-02-002-20260213130000` no sandbox<br>high, owner: devops | acknowledge by 2026-02-13 10:15:00 -03, 5 min 00 s left: `cargo xtask story ack S-PC-02-002` |

        ## Scorecard

        | what it asks | answer | why |
        | --- | --- | --- |
        | stories that it must finish are done | fail | 3 of 8 |
        | no critical risk is without owner or mitigation | fail | R-IMP-003 |
        | no critical risk is open | fail | R-IMP-003 |
        | gate of O1 is passed | not established | nobody decided yet |
        | O-01 merged, `required-check` green | not established | to be signed for at the end |
        | evidence published | not established | to be signed for at the end |
        | no critical risk open | not established | to be signed for at the end |
        | closed as met | not established | today is 2026-02-13, and the last working day of cycle C-01 is 2026-02-17 |
        | no incident is open | pass | none is |
        | WIP of O1 is within its limit | pass | 2 of 5 |
        | WIP of O2 is within its limit | pass | 0 of 5 |

        `cargo xtask cycle close C-01 --met --lessons TEXT` says what keeps the cycle open; `cargo xtask today`, what needs somebody now.

        ```mermaid
        %%{init: {"themeVariables": {"pie1": "#4ac26b", "pie2": "#54aeff", "pie3": "#eac54f", "pie4": "#ff8182", "pieOpacity": "1", "pieSectionTextColor": "#1f2328"}}}%%
        pie showData
            title Stories
            "done" : 3
            "in progress" : 1
            "pending" : 8
            "blocked" : 1
        ```

        ## Blocked

        | story | where it stands |
        | --- | --- |
        | `S-PC-02-002` O1: concurrency, replay and safe mode at entry (S-PC-02)<br>owner: engineering-leads | blocked, high: no sandbox; devops expects an answer: [TIME] |

        ## In progress

        | story | where it stands |
        | --- | --- |
        | `S-PC-02-001` O1: concurrency, replay and safe mode at entry (S-PC-02)<br>owner: engineering-leads | in_progress; branch feature/S-PC-02-001-work |

        ## Pending

        | story | where it stands |
        | --- | --- |
        | `S-PC-02-003` O1: concurrency, replay and safe mode at entry (S-PC-02)<br>owner: engineering-leads | ready_for_implementation; no branch yet |
        | `S-PC-03-001` O1: concurrency, replay and safe mode at entry (S-PC-03)<br>owner: engineering-leads | ready_for_implementation; no branch yet |
        | `S-PC-03-002` O1: concurrency, replay and safe mode at entry (S-PC-03)<br>owner: engineering-leads | ready_for_implementation; no branch yet |
        | `S-PC-03-003` O2: recovery, observability, alerts and fallback (S-PC-03)<br>owner: engineering-leads | waiting: S-PC-03-001, S-PC-03-002, the gate of O1; no branch yet |
        | `S-PC-03-004` O2: recovery, observability, alerts and fallback (S-PC-03)<br>owner: engineering-leads | waiting: S-PC-03-001, S-PC-03-002, the gate of O1; no branch yet |
        | `S-PC-04-001` O2: recovery, observability, alerts and fallback (S-PC-04)<br>owner: engineering-leads | waiting: the gate of O1; no branch yet |
        | `S-PC-04-002` O2: recovery, observability, alerts and fallback (S-PC-04)<br>owner: engineering-leads | waiting: the gate of O1; no branch yet |
        | `S-PC-05-001` O2: recovery, observability, alerts and fallback (S-PC-05)<br>owner: engineering-leads | waiting: the gate of O1; no branch yet |

        ## Done

        | story | where it stands |
        | --- | --- |
        | `S-PC-01-001` O1: concurrency, replay and safe mode at entry (S-PC-01)<br>owner: engineering-leads | merged as [HEX] (#1), by its title |
        | `S-PC-01-002` O1: concurrency, replay and safe mode at entry (S-PC-01)<br>owner: engineering-leads | merged as [HEX], by its trailer |
        | `S-PC-01-003` O1: concurrency, replay and safe mode at entry (S-PC-01)<br>owner: engineering-leads | merged as [HEX] (#3), by the branch it merges |

        ## Residual risks

        | risk | what is done about it |
        | --- | --- |
        | `R-IMP-003` fallback falha sob carga<br>critical, open, owner: **nobody** | **nothing** |

        ## Days

        ```mermaid
        gantt
            title cycle C-01
            dateFormat YYYY-MM-DD
            axisFormat %m-%d
            cycle C-01 :2026-02-11, 2026-02-18
            written 2026-02-13 :milestone, 2026-02-13, 1d
        ```

        | day | what |
        | --- | --- |
        | Fri 2026-02-13 | Daily sync at 09:15 |
        | Fri 2026-02-13 | Risk triage at 14:00 |
        | Mon 2026-02-16 | Daily sync at 09:15 |
        | Mon 2026-02-16 | Risk triage at 14:00 |
        | Mon 2026-02-16 | Evidence review at 15:00 |
        | Tue 2026-02-17 | Daily sync at 09:15 |
        | Tue 2026-02-17 | Cycle review + retro at 16:00 |
        | Tue 2026-02-17 | cycle C-01 ends |
    "##]].assert_eq(&status);
    branches
}

/// 16 February: the rest of O1, and its gate.
fn wave_o1(fixture: &Programme, branches: &[String]) {
    fixture.on("2026-02-16T13:00:00Z");
    let lift = ["story", "unblock", "S-PC-02-002", "--reason", "the sandbox answers"];
    fixture.does("lead", &lift);
    fixture.record("it goes on");
    fixture.deliver("S-PC-02-001", &branches[3], 4, How::Squash);
    fixture.deliver("S-PC-02-002", &branches[4], 5, How::Squash);
    for (story, pull) in [("S-PC-02-003", 6), ("S-PC-03-001", 7)] {
        let branch = start(fixture, story);
        fixture.deliver(story, &branch, pull, How::Squash);
    }
    let last = start(fixture, "S-PC-03-002");
    fixture.refuses(
        "sm",
        &["wave", "gate", "O1", "--on", "github"],
        &["wave-story", "evidence-missing", "not-established", "risk-unowned"],
    );
    fixture.deliver("S-PC-03-002", &last, 8, How::Squash);
    let done = ["--owner", "qa", "--mitigation", "testes de degradacao e drill O3", "--mitigated"];
    fixture.does("qa", &[&["risk", "update", "R-IMP-003"][..], &done].concat());
    fixture.record("what is done about the risk");
    fixture.green("main", "push");
    let gate = fixture.does("sm", &["wave", "gate", "O1", "--on", "github", "--execute"]);
    expect![[r#"
        the gate of O1 is passed, with 5 warnings

        warning[audit-bypass]: [HEX] `it goes on` was merged while R-IMP-003 froze merges
           = help: find out who merged it, and have it reviewed or reverted; `cargo xtask audit`

        warning[audit-bypass]: [HEX] `S-PC-02-001: done (#4)` was merged while R-IMP-003 froze merges
           = help: find out who merged it, and have it reviewed or reverted; `cargo xtask audit`

        warning[audit-bypass]: [HEX] `S-PC-02-002: done (#5)` was merged while R-IMP-003 froze merges
           = help: find out who merged it, and have it reviewed or reverted; `cargo xtask audit`

        warning[audit-bypass]: [HEX] `S-PC-02-003: done (#6)` was merged while R-IMP-003 froze merges
           = help: find out who merged it, and have it reviewed or reverted; `cargo xtask audit`

        warning[audit-bypass]: [HEX] `S-PC-03-001: done (#7)` was merged while R-IMP-003 froze merges
           = help: find out who merged it, and have it reviewed or reverted; `cargo xtask audit`

        the gate of O1 is passed
        [ENTRY] appended to ledger
        head: 5 [SHA256]
        signed for at the gate of O1:
          no critical regression
    "#]]
    .assert_eq(&gate);
    fixture.record("the gate of O1");
}

/// 17 February: O2 begins, the cycle ends.
fn end_of_c01(fixture: &Programme) {
    fixture.on("2026-02-17T18:00:00Z");
    let close =
        ["cycle", "close", "C-01", "--met", "--lessons", "menos stories por vez", "--execute"];
    let early = fixture.refuses("sm", &close, &["cycle-open"]);
    expect![[r#"
        cycle close: fail (cycle-open), exit status 1

        error[cycle-open]: no status of cycle C-01 is published
          --> Docs/Phases/05-Implementation/CYCLE_STATUS_v1.md
           = help: `cargo xtask cycle status C-01 --append` on 2026-02-17 or later

        warning[audit-bypass]: [HEX] `it goes on` was merged while R-IMP-003 froze merges
           = help: find out who merged it, and have it reviewed or reverted; `cargo xtask audit`

        warning[audit-bypass]: [HEX] `S-PC-02-001: done (#4)` was merged while R-IMP-003 froze merges
           = help: find out who merged it, and have it reviewed or reverted; `cargo xtask audit`

        warning[audit-bypass]: [HEX] `S-PC-02-002: done (#5)` was merged while R-IMP-003 froze merges
           = help: find out who merged it, and have it reviewed or reverted; `cargo xtask audit`

        warning[audit-bypass]: [HEX] `S-PC-02-003: done (#6)` was merged while R-IMP-003 froze merges
           = help: find out who merged it, and have it reviewed or reverted; `cargo xtask audit`

        warning[audit-bypass]: [HEX] `S-PC-03-001: done (#7)` was merged while R-IMP-003 froze merges
           = help: find out who merged it, and have it reviewed or reverted; `cargo xtask audit`

        exit criteria of cycle C-01:
          O-01 merged, `required-check` green
          evidence published
          no critical risk open
    "#]]
    .assert_eq(&early);
    start(fixture, "S-PC-04-001");
    fixture.does("sm", &["cycle", "status", "--append"]);
    fixture.record("status of C-01");
    let pack = fixture.does("qa", &["evidence", "pack", "O1"]);
    assert!(pack.contains("out/koraos-O1-evidence-pack.zip written: 48 files of"), "{pack}");
    // Only the sm closes a cycle.
    fixture.refuses("lead", &close, &["ledger-role"]);
    let closed = fixture.does("sm", &close);
    expect![[r#"
        cycle close: pass, with 5 warnings

        warning[audit-bypass]: [HEX] `it goes on` was merged while R-IMP-003 froze merges
           = help: find out who merged it, and have it reviewed or reverted; `cargo xtask audit`

        warning[audit-bypass]: [HEX] `S-PC-02-001: done (#4)` was merged while R-IMP-003 froze merges
           = help: find out who merged it, and have it reviewed or reverted; `cargo xtask audit`

        warning[audit-bypass]: [HEX] `S-PC-02-002: done (#5)` was merged while R-IMP-003 froze merges
           = help: find out who merged it, and have it reviewed or reverted; `cargo xtask audit`

        warning[audit-bypass]: [HEX] `S-PC-02-003: done (#6)` was merged while R-IMP-003 froze merges
           = help: find out who merged it, and have it reviewed or reverted; `cargo xtask audit`

        warning[audit-bypass]: [HEX] `S-PC-03-001: done (#7)` was merged while R-IMP-003 froze merges
           = help: find out who merged it, and have it reviewed or reverted; `cargo xtask audit`

        cycle C-01 is closed as met; left open, and moved to C-02: S-PC-03-003, S-PC-03-004, S-PC-04-001, S-PC-04-002, S-PC-05-001
        [ENTRY] appended to ledger
        head: 6 [SHA256]
    "#]].assert_eq(&closed);
    fixture.record("the end of C-01");
}

/// 18 to 24 February: O2 and O3, and what the PO approves.
fn second_cycle(fixture: &Programme) {
    fixture.on("2026-02-18T13:00:00Z");
    let rest = ["S-PC-03-003", "S-PC-03-004", "S-PC-04-002", "S-PC-05-001"];
    fixture.deliver("S-PC-04-001", "feature/S-PC-04-001-work", 9, How::Merge);
    for (story, pull) in rest.iter().zip(10..) {
        let branch = start(fixture, story);
        fixture.deliver(story, &branch, pull, How::Squash);
    }
    fixture.refuses("lead", &["story", "start", "S-PC-05-002"], &["wave-closed"]);
    fixture.green("main", "push");
    fixture.does("sm", &["wave", "gate", "O2", "--on", "github", "--execute"]);
    fixture.record("the gate of O2");

    fixture.on("2026-02-20T13:00:00Z");
    let approve = ["approve", "story", "RB-M06-001", "--role", "po", "--reason", "aprovado"];
    fixture.refuses("sm", &approve, &["ledger-role"]);
    for story in ["RB-M06-001", "RB-M06-002", "RB-M06-003"] {
        fixture.does("po", &["approve", "story", story, "--role", "po", "--reason", "aprovado"]);
    }
    fixture.record("what the PO approved");
    for (story, pull) in ["S-PC-04-003", "S-PC-05-002"].iter().zip(14..) {
        let branch = start(fixture, story);
        fixture.deliver(story, &branch, pull, How::Rebase);
    }
    fixture.does("devops", &["drill", "record", "resilience", "--fail"]);
    fixture.green("main", "push");
    let o3 = ["wave", "gate", "O3", "--on", "github"];
    let failed = fixture.refuses("sm", &o3, &["wave-drill"]);
    expect![[r#"
        the gate of O3 is not passed: 1 thing missing, exit status 1

        error[wave-drill]: the drill `resilience` failed at [TIME]
           = help: hold it, then record that it passed: `cargo xtask drill record resilience --pass`

        warning[audit-bypass]: [HEX] `it goes on` was merged while R-IMP-003 froze merges
           = help: find out who merged it, and have it reviewed or reverted; `cargo xtask audit`

        warning[audit-bypass]: [HEX] `S-PC-02-001: done (#4)` was merged while R-IMP-003 froze merges
           = help: find out who merged it, and have it reviewed or reverted; `cargo xtask audit`

        warning[audit-bypass]: [HEX] `S-PC-02-002: done (#5)` was merged while R-IMP-003 froze merges
           = help: find out who merged it, and have it reviewed or reverted; `cargo xtask audit`

        warning[audit-bypass]: [HEX] `S-PC-02-003: done (#6)` was merged while R-IMP-003 froze merges
           = help: find out who merged it, and have it reviewed or reverted; `cargo xtask audit`

        warning[audit-bypass]: [HEX] `S-PC-03-001: done (#7)` was merged while R-IMP-003 froze merges
           = help: find out who merged it, and have it reviewed or reverted; `cargo xtask audit`

        whoever passes the gate of O3 signs for:
          evidence pack validated
    "#]]
    .assert_eq(&failed);
    let board = fixture.board("sm", "koraos-2");
    assert!(
        board.contains("<ul><li>the drill <code>resilience</code> failed at 2026-02-20T"),
        "{board}"
    );
    fixture.on("2026-02-23T13:00:00Z");
    let held = ["drill", "record", "resilience", "--pass", "--rto", "30m", "--rpo", "1m"];
    fixture.does("devops", &held);
    fixture.does("sm", &[&o3[..], &["--execute"]].concat());
    fixture.record("the gate of O3");
    for (story, pull) in ["RB-M06-001", "RB-M06-002", "RB-M06-003"].iter().zip(16..) {
        let branch = start(fixture, story);
        fixture.deliver(story, &branch, pull, How::Squash);
    }
    fixture.refuses("devops", &["story", "start", "RB-M06-004"], &["story-approval"]);
    fixture.on("2026-02-24T19:00:00Z");
    fixture.does("sm", &["cycle", "status", "--append"]);
    let close =
        ["cycle", "close", "C-02", "--met", "--lessons", "drill antes do gate", "--execute"];
    fixture.does("sm", &close);
    fixture.record("the end of C-02");
}

/// 25 to 28 February: the restore drill, and the Beta gate.
fn third_cycle(fixture: &Programme) {
    fixture.on("2026-02-25T13:00:00Z");
    fixture.does("po", &["approve", "story", "RB-M06-004", "--role", "po", "--reason", "aprovado"]);
    fixture.record("what the PO approved");
    let branch = start(fixture, "RB-M06-004");
    fixture.deliver("RB-M06-004", &branch, 19, How::Squash);
    fixture
        .does("devops", &["drill", "record", "restore", "--pass", "--rto", "20m", "--rpo", "1m"]);
    fixture.record("the restore drill");
    fixture.green("main", "push");
    let beta = fixture.does("sm", &["wave", "gate", "M06", "--on", "github", "--execute"]);
    expect![[r#"
        the gate of M06 is passed, with 5 warnings

        warning[audit-bypass]: [HEX] `it goes on` was merged while R-IMP-003 froze merges
           = help: find out who merged it, and have it reviewed or reverted; `cargo xtask audit`

        warning[audit-bypass]: [HEX] `S-PC-02-001: done (#4)` was merged while R-IMP-003 froze merges
           = help: find out who merged it, and have it reviewed or reverted; `cargo xtask audit`

        warning[audit-bypass]: [HEX] `S-PC-02-002: done (#5)` was merged while R-IMP-003 froze merges
           = help: find out who merged it, and have it reviewed or reverted; `cargo xtask audit`

        warning[audit-bypass]: [HEX] `S-PC-02-003: done (#6)` was merged while R-IMP-003 froze merges
           = help: find out who merged it, and have it reviewed or reverted; `cargo xtask audit`

        warning[audit-bypass]: [HEX] `S-PC-03-001: done (#7)` was merged while R-IMP-003 froze merges
           = help: find out who merged it, and have it reviewed or reverted; `cargo xtask audit`

        the gate of M06 is passed
        [ENTRY] appended to ledger
        head: 17 [SHA256]
        signed for at the gate of M06:
          status of M06 consolidated, backlog O-05 in its order
    "#]]
    .assert_eq(&beta);
    fixture.record("the Beta gate");
    fixture.on("2026-02-27T19:00:00Z");
    fixture.does("sm", &["cycle", "status", "--append"]);
    fixture.does(
        "sm",
        &["cycle", "close", "C-03", "--met", "--lessons", "restore a cada ciclo", "--execute"],
    );
    fixture.record("the end of C-03");
    fixture.on("2026-02-28T13:00:00Z");
    fixture.refuses(
        "sm",
        &["cycle", "close", "C-03", "--met", "--lessons", "outra vez"],
        &["cycle-closed"],
    );
    fixture.green("main", "push");
    let board = fixture.board("sm", "koraos-3");
    assert!(board.contains("<p>Nothing is open.</p>"), "{board}");
    assert_eq!(board.matches(">gate passed</td>").count(), 4, "{board}");
    let handoff = ["handoff", "--on", "github", "--to", "QA e release"];
    let handed = fixture.does("sm", &handoff);
    expect![[r#"
        # Handoff of KoraOS MVP

        **Done: the definition of done is met.** 2026-02-28 (America/Sao_Paulo), commit `[HEX]`.

        - To: QA e release

        ## Definition of done

        - [x] every wave and sprint is implemented, has passed its gate, and has green checks
          - [HEX] `it goes on` was merged while R-IMP-003 froze merges<br>To do: find out who merged it, and have it reviewed or reverted; `cargo xtask audit`
          - [HEX] `S-PC-02-001: done (#4)` was merged while R-IMP-003 froze merges<br>To do: find out who merged it, and have it reviewed or reverted; `cargo xtask audit`
          - [HEX] `S-PC-02-002: done (#5)` was merged while R-IMP-003 froze merges<br>To do: find out who merged it, and have it reviewed or reverted; `cargo xtask audit`
          - [HEX] `S-PC-02-003: done (#6)` was merged while R-IMP-003 froze merges<br>To do: find out who merged it, and have it reviewed or reverted; `cargo xtask audit`
          - [HEX] `S-PC-03-001: done (#7)` was merged while R-IMP-003 froze merges<br>To do: find out who merged it, and have it reviewed or reverted; `cargo xtask audit`
        - [x] evidence shows the acceptance criteria of every story
        - [x] runbooks are updated, or the evidence says why not
        - [x] every open critical risk has an owner and a mitigation
        - [x] every finished cycle is closed

        ## Gates

        | gate of | decision | by |
        | --- | --- | --- |
        | `O1` O-01 | pass | sm@koraos.example |
        | `O2` O-02 | pass | sm@koraos.example |
        | `O3` O-03 | pass | sm@koraos.example |
        | `M06` Gate Beta (M06) | pass | sm@koraos.example |

    "#]]
    .assert_eq(handed.split("## Stories").next().unwrap());
    assert!(handed.contains("<br>critical, mitigated, owner: qa |"), "{handed}");
}
