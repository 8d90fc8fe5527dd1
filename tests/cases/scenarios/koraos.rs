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
fn start(desk: &Programme, story: &str) -> String {
    desk.does("lead", &["story", "start", story, "--slug", "work"]);
    desk.git(&["switch", "--quiet", "main"]);
    format!("feature/{story}-work")
}

#[test]
fn koraos_from_its_first_planning_to_its_beta_gate() {
    let desk = koraos();
    let left = first_days(&desk);
    wave_o1(&desk, &left);
    end_of_c01(&desk);
    second_cycle(&desk);
    third_cycle(&desk);
}

/// 10 to 13 February: planning, five stories, and all that cannot be started.
fn first_days(desk: &Programme) -> Vec<String> {
    desk.on("2026-02-10T12:00:00Z");
    desk.refuses("lead", &["story", "start", "S-PC-01-001"], &["cycle-not-running"]);
    desk.on("2026-02-11T12:30:00Z");
    let agenda = desk.does("sm", &["cycle", "plan"]);
    expect![[r#"
        # Agenda of cycle C-01 (M06-S1)

        2026-02-11 to 2026-02-17 (America/Sao_Paulo).

        - Scope: `O1`, `O2`
        - Goal: fechar PR/merge de O-01 (S-PC-01..03, S-PC-02..03), iniciar O-02
        - Owners: `sm`, `engineering-leads`

        ## Exit criteria

        - [ ] O-01 mergeada com `required-check` verde
        - [ ] evidencia publicada
        - [ ] sem risco critico aberto

        ## Rites

        | day | time | rite | held by | what for |
        | --- | --- | --- | --- | --- |
        | Wed 2026-02-11 | 09:30 to 10:30 | Planning | sm | selecionar stories prontas (`ready_for_implementation`), confirmar dependencias e owners |
        | Wed 2026-02-11 | 14:00 to 14:30 | Risk triage | sm | revisar bloqueios, severidade, trigger e escalonamento |
        | Thu 2026-02-12 | 09:15 to 09:30 | Daily sync | sm | progresso por story, impedimentos, risco de SLA e gates |
        | Fri 2026-02-13 | 09:15 to 09:30 | Daily sync | sm | progresso por story, impedimentos, risco de SLA e gates |
        | Fri 2026-02-13 | 14:00 to 14:30 | Risk triage | sm | revisar bloqueios, severidade, trigger e escalonamento |
        | Mon 2026-02-16 | 09:15 to 09:30 | Daily sync | sm | progresso por story, impedimentos, risco de SLA e gates |
        | Mon 2026-02-16 | 14:00 to 14:30 | Risk triage | sm | revisar bloqueios, severidade, trigger e escalonamento |
        | Mon 2026-02-16 | 15:00 to 15:45 | Evidence review | sm | verificar pacote minimo de evidencia por story e por onda |
        | Tue 2026-02-17 | 09:15 to 09:30 | Daily sync | sm | progresso por story, impedimentos, risco de SLA e gates |
        | Tue 2026-02-17 | 16:00 to 17:00 | Cycle review + retro | sm | fechar status de ciclo, registrar licoes, ajustar WIP do proximo ciclo |

        ## Days to know

        | day | what |
        | --- | --- |
        | Tue 2026-02-17 | cycle C-01 ends |
    "#]].assert_eq(&agenda);
    let first = ["S-PC-01-001", "S-PC-01-002", "S-PC-01-003", "S-PC-02-001", "S-PC-02-002"];
    let branches: Vec<String> = first.iter().map(|story| start(desk, story)).collect();
    let sixth = desk.refuses("lead", &["story", "start", "S-PC-02-003"], &["story-wip"]);
    expect![[r#"
        story start: fail (story-wip), exit status 1

        error[story-wip]: 5 stories of O1 are under way, of at most 5: S-PC-01-001, S-PC-01-002, S-PC-01-003, S-PC-02-001, S-PC-02-002
          --> policy/backlog.toml:17:1
           |
        17 | [[stories]]
           | ^^^^^^^^^^^
           |
           = help: finish one of them before the next

    "#]].assert_eq(&sixth);
    let early = ["story-dependency", "wave-closed"];
    desk.refuses("lead", &["story", "start", "S-PC-03-003"], &early);
    let beta = ["story-approval", "cycle-not-running"];
    desk.refuses("devops", &["story", "start", "RB-M06-001"], &beta);

    // 12 February: the first story, and what its evidence must not be.
    desk.on("2026-02-12T17:00:00Z");
    desk.git(&["switch", "--quiet", &branches[0]]);
    desk.does("lead", &["evidence", "new", "S-PC-01-001"]);
    desk.commit("templates\n\nStory: S-PC-01-001");
    desk.refuses("lead", &["story", "ready", "S-PC-01-001"], &["evidence-template"]);
    desk.work("S-PC-01-001", 1);
    desk.world.write(&format!("{EVIDENCE}/S-PC-01-001/functional.md"), "\n");
    desk.commit("evidence\n\nStory: S-PC-01-001");
    desk.refuses("lead", &["story", "ready", "S-PC-01-001"], &["evidence-empty"]);
    desk.work("S-PC-01-001", 1);
    desk.commit("what was seen\n\nStory: S-PC-01-001");
    desk.does("lead", &["story", "ready", "S-PC-01-001"]);
    desk.merge("S-PC-01-001", &branches[0], 1, How::Squash);
    desk.deliver("S-PC-01-002", &branches[1], 2, How::Rebase);
    desk.deliver("S-PC-01-003", &branches[2], 3, How::Merge);

    // 13 February: one waits for its upstream, and a critical risk is found.
    desk.on("2026-02-13T13:00:00Z");
    let block = ["--cause", "no sandbox", "--impact", "no replay", "--owner", "devops"];
    let until = ["--trigger", "the sandbox answers", "--eta", "2026-02-16T18:00:00-03:00"];
    let words = ["story", "block", "S-PC-02-002", "--upstream", "vendor"];
    desk.does("lead", &[&words[..], &block, &until].concat());
    let risk = ["risk", "add", "--id", "R-IMP-003", "--severity", "critical", "--wave", "O1"];
    desk.does("qa", &[&risk[..], &["--title", "fallback falha sob carga"]].concat());
    desk.record("what stopped");
    // Nobody has it in hand after five minutes: the second of its chain is asked.
    desk.green("main", "push");
    let clocks = desk.refuses("devops", &["sla"], &["sla-violated"]);
    assert!(clocks.starts_with("sla: 1 window violated, "), "{clocks}");
    assert!(clocks.contains("level 1: devops (@koraos/devops)"), "{clocks}");
    desk.opens(4, &branches[3], "S-PC-02-001: replay <b>once</b>");
    let board = desk.board("sm", "koraos-1");
    for said in [
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
    desk.simulator.state().pulls.retain(|pull| pull.number != 4);
    let status = desk.does("sm", &["cycle", "status"]);
    expect![[r##"
        # Status of cycle C-01

        <!-- status of cycle C-01 on 2026-02-13 -->

        2026-02-13, working day 3 of 5. 2026-02-11 to 2026-02-17 (America/Sao_Paulo).

        - Scope: `O1`, `O2`
        - Goal: fechar PR/merge de O-01 (S-PC-01..03, S-PC-02..03), iniciar O-02
        - Owners: `sm`, `engineering-leads`

        ```mermaid
        gantt
            title cycle C-01
            dateFormat YYYY-MM-DD
            axisFormat %m-%d
            cycle C-01 :2026-02-11, 2026-02-18
            written 2026-02-13 :milestone, 2026-02-13, 1d
        ```

        ```mermaid
        %%{init: {"themeVariables": {"pie1": "#4ac26b", "pie2": "#eac54f", "pie3": "#ff8182", "pieOpacity": "1", "pieSectionTextColor": "#1f2328"}}}%%
        pie showData
            title Stories
            "done" : 3
            "pending" : 9
            "blocked" : 1
        ```

        ## Done

        | story | title | owner | state | why |
        | --- | --- | --- | --- | --- |
        | `S-PC-01-001` | O1: concorrencia, replay e safe mode de entrada (S-PC-01) | engineering-leads | merged | merged as [HEX] (#1), by its title |
        | `S-PC-01-002` | O1: concorrencia, replay e safe mode de entrada (S-PC-01) | engineering-leads | merged | merged as [HEX], by its trailer |
        | `S-PC-01-003` | O1: concorrencia, replay e safe mode de entrada (S-PC-01) | engineering-leads | merged | merged as [HEX] (#3), by the branch it merges |

        ## Pending

        | story | title | owner | state | why |
        | --- | --- | --- | --- | --- |
        | `S-PC-02-001` | O1: concorrencia, replay e safe mode de entrada (S-PC-02) | engineering-leads | in_progress | branch feature/S-PC-02-001-work |
        | `S-PC-02-003` | O1: concorrencia, replay e safe mode de entrada (S-PC-02) | engineering-leads | ready_for_implementation | no branch yet |
        | `S-PC-03-001` | O1: concorrencia, replay e safe mode de entrada (S-PC-03) | engineering-leads | ready_for_implementation | no branch yet |
        | `S-PC-03-002` | O1: concorrencia, replay e safe mode de entrada (S-PC-03) | engineering-leads | ready_for_implementation | no branch yet |
        | `S-PC-03-003` | O2: recuperacao, observabilidade, alertas e fallback (S-PC-03) | engineering-leads | waiting: S-PC-03-001, S-PC-03-002 | no branch yet |
        | `S-PC-03-004` | O2: recuperacao, observabilidade, alertas e fallback (S-PC-03) | engineering-leads | waiting: S-PC-03-001, S-PC-03-002 | no branch yet |
        | `S-PC-04-001` | O2: recuperacao, observabilidade, alertas e fallback (S-PC-04) | engineering-leads | ready_for_implementation | no branch yet |
        | `S-PC-04-002` | O2: recuperacao, observabilidade, alertas e fallback (S-PC-04) | engineering-leads | ready_for_implementation | no branch yet |
        | `S-PC-05-001` | O2: recuperacao, observabilidade, alertas e fallback (S-PC-05) | engineering-leads | ready_for_implementation | no branch yet |

        ## Blocked

        | story | title | owner | state | why |
        | --- | --- | --- | --- | --- |
        | `S-PC-02-002` | O1: concorrencia, replay e safe mode de entrada (S-PC-02) | engineering-leads | blocked | no sandbox (high, devops, [TIME]) |

        ## Residual risks

        | risk | severity | state | owner | what can happen | what is done |
        | --- | --- | --- | --- | --- | --- |
        | `R-IMP-003` | critical | open | **nobody** | fallback falha sob carga | **nothing** |

        ## Next

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
fn wave_o1(desk: &Programme, branches: &[String]) {
    desk.on("2026-02-16T13:00:00Z");
    let lift = ["story", "unblock", "S-PC-02-002", "--reason", "the sandbox answers"];
    desk.does("lead", &lift);
    desk.record("it goes on");
    desk.deliver("S-PC-02-001", &branches[3], 4, How::Squash);
    desk.deliver("S-PC-02-002", &branches[4], 5, How::Squash);
    for (story, pull) in [("S-PC-02-003", 6), ("S-PC-03-001", 7)] {
        let branch = start(desk, story);
        desk.deliver(story, &branch, pull, How::Squash);
    }
    let last = start(desk, "S-PC-03-002");
    desk.refuses(
        "sm",
        &["wave", "gate", "O1", "--on", "github"],
        &["wave-story", "evidence-missing", "not-established", "risk-unowned"],
    );
    desk.deliver("S-PC-03-002", &last, 8, How::Squash);
    let done = ["--owner", "qa", "--mitigation", "testes de degradacao e drill O3", "--mitigated"];
    desk.does("qa", &[&["risk", "update", "R-IMP-003"][..], &done].concat());
    desk.record("what is done about the risk");
    desk.green("main", "push");
    let gate = desk.does("sm", &["wave", "gate", "O1", "--on", "github", "--execute"]);
    expect![[r#"
        wave gate: pass
        the gate of O1 is passed
        [ENTRY] appended to ledger
        head: 5 [SHA256]
        this was signed for, at the gate of O1:
          sem regressao critica
    "#]]
    .assert_eq(&gate);
    desk.record("the gate of O1");
}

/// 17 February: O2 begins, the cycle ends.
fn end_of_c01(desk: &Programme) {
    desk.on("2026-02-17T18:00:00Z");
    let close =
        ["cycle", "close", "C-01", "--met", "--lessons", "menos stories por vez", "--execute"];
    let early = desk.refuses("sm", &close, &["cycle-open"]);
    expect![[r#"
        cycle close: fail (cycle-open), exit status 1

        error[cycle-open]: no status of cycle C-01 is published
          --> Docs/Phases/05-Implementation/CYCLE_STATUS_v1.md
           = help: `cargo xtask cycle status C-01 --append` on 2026-02-17 or later

        exit criteria of cycle C-01:
          O-01 mergeada com `required-check` verde
          evidencia publicada
          sem risco critico aberto
    "#]]
    .assert_eq(&early);
    start(desk, "S-PC-04-001");
    desk.does("sm", &["cycle", "status", "--append"]);
    desk.record("status of C-01");
    let pack = desk.does("qa", &["evidence", "pack", "O1"]);
    assert!(pack.contains("out/koraos-O1-evidence-pack.zip written: 48 files of"), "{pack}");
    // Only the sm closes a cycle.
    desk.refuses("lead", &close, &["ledger-role"]);
    let closed = desk.does("sm", &close);
    expect![[r#"
        cycle close: pass
        cycle C-01 is closed as met; left open, and moved to C-02: S-PC-03-003, S-PC-03-004, S-PC-04-001, S-PC-04-002, S-PC-05-001
        [ENTRY] appended to ledger
        head: 6 [SHA256]
    "#]].assert_eq(&closed);
    desk.record("the end of C-01");
}

/// 18 to 24 February: O2 and O3, and what the PO approves.
fn second_cycle(desk: &Programme) {
    desk.on("2026-02-18T13:00:00Z");
    let rest = ["S-PC-03-003", "S-PC-03-004", "S-PC-04-002", "S-PC-05-001"];
    desk.deliver("S-PC-04-001", "feature/S-PC-04-001-work", 9, How::Merge);
    for (story, pull) in rest.iter().zip(10..) {
        let branch = start(desk, story);
        desk.deliver(story, &branch, pull, How::Squash);
    }
    desk.refuses("lead", &["story", "start", "S-PC-05-002"], &["wave-closed"]);
    desk.green("main", "push");
    desk.does("sm", &["wave", "gate", "O2", "--on", "github", "--execute"]);
    desk.record("the gate of O2");

    desk.on("2026-02-20T13:00:00Z");
    let approve = ["approve", "story", "RB-M06-001", "--role", "po", "--reason", "aprovado"];
    desk.refuses("sm", &approve, &["ledger-role"]);
    for story in ["RB-M06-001", "RB-M06-002", "RB-M06-003"] {
        desk.does("po", &["approve", "story", story, "--role", "po", "--reason", "aprovado"]);
    }
    desk.record("what the PO approved");
    for (story, pull) in ["S-PC-04-003", "S-PC-05-002"].iter().zip(14..) {
        let branch = start(desk, story);
        desk.deliver(story, &branch, pull, How::Rebase);
    }
    desk.does("devops", &["drill", "record", "resiliencia", "--fail"]);
    desk.green("main", "push");
    let o3 = ["wave", "gate", "O3", "--on", "github"];
    let failed = desk.refuses("sm", &o3, &["wave-drill"]);
    expect![[r#"
        wave gate: fail (wave-drill), exit status 1

        error[wave-drill]: the drill `resiliencia` failed at [TIME]
           = help: hold it, and have it recorded in the ledger that it passed

        this is signed for by whoever passes it, at the gate of O3:
          evidence pack validado
    "#]]
    .assert_eq(&failed);
    let board = desk.board("sm", "koraos-2");
    assert!(board.contains("<ul><li>the drill `resiliencia` failed at 2026-02-20T"), "{board}");
    desk.on("2026-02-23T13:00:00Z");
    let held = ["drill", "record", "resiliencia", "--pass", "--rto", "30m", "--rpo", "1m"];
    desk.does("devops", &held);
    desk.does("sm", &[&o3[..], &["--execute"]].concat());
    desk.record("the gate of O3");
    for (story, pull) in ["RB-M06-001", "RB-M06-002", "RB-M06-003"].iter().zip(16..) {
        let branch = start(desk, story);
        desk.deliver(story, &branch, pull, How::Squash);
    }
    desk.refuses("devops", &["story", "start", "RB-M06-004"], &["story-approval"]);
    desk.on("2026-02-24T19:00:00Z");
    desk.does("sm", &["cycle", "status", "--append"]);
    let close =
        ["cycle", "close", "C-02", "--met", "--lessons", "drill antes do gate", "--execute"];
    desk.does("sm", &close);
    desk.record("the end of C-02");
}

/// 25 to 28 February: the restore drill, and the Beta gate.
fn third_cycle(desk: &Programme) {
    desk.on("2026-02-25T13:00:00Z");
    desk.does("po", &["approve", "story", "RB-M06-004", "--role", "po", "--reason", "aprovado"]);
    desk.record("what the PO approved");
    let branch = start(desk, "RB-M06-004");
    desk.deliver("RB-M06-004", &branch, 19, How::Squash);
    desk.does("devops", &["drill", "record", "restore", "--pass", "--rto", "20m", "--rpo", "1m"]);
    desk.record("the restore drill");
    desk.green("main", "push");
    let beta = desk.does("sm", &["wave", "gate", "M06", "--on", "github", "--execute"]);
    expect![[r#"
        wave gate: pass
        the gate of M06 is passed
        [ENTRY] appended to ledger
        head: 17 [SHA256]
        this was signed for, at the gate of M06:
          status consolidado de M06 e backlog O-05 priorizado
    "#]]
    .assert_eq(&beta);
    desk.record("the Beta gate");
    desk.on("2026-02-27T19:00:00Z");
    desk.does("sm", &["cycle", "status", "--append"]);
    desk.does(
        "sm",
        &["cycle", "close", "C-03", "--met", "--lessons", "restore a cada ciclo", "--execute"],
    );
    desk.record("the end of C-03");
    desk.on("2026-02-28T13:00:00Z");
    desk.refuses(
        "sm",
        &["cycle", "close", "C-03", "--met", "--lessons", "outra vez"],
        &["cycle-closed"],
    );
    desk.green("main", "push");
    let board = desk.board("sm", "koraos-3");
    assert!(board.contains("<p>Nothing is open.</p>"), "{board}");
    assert_eq!(board.matches(">gate passed</td>").count(), 4, "{board}");
    let handoff = ["handoff", "--on", "github", "--to", "QA e release"];
    let handed = desk.does("sm", &handoff);
    expect![[r#"
        # Handoff of KoraOS MVP

        2026-02-28 (America/Sao_Paulo), commit `[HEX]`.

        - To: QA e release
        - The definition of done is met.

        ## Definition of done

        - [x] every wave is implemented, its gate passed, the required checks green
        - [x] the acceptance criteria of all its stories are shown
        - [x] runbooks are changed, or it is said why not
        - [x] critical risks that stay have an owner and a mitigation
        - [x] cycles that are over are closed

        ## Gates

        | wave | name | decision | by |
        | --- | --- | --- | --- |
        | `O1` | O-01 | pass | sm@koraos.example |
        | `O2` | O-02 | pass | sm@koraos.example |
        | `O3` | O-03 | pass | sm@koraos.example |
        | `M06` | Gate Beta (M06) | pass | sm@koraos.example |

    "#]]
    .assert_eq(handed.split("## Stories").next().unwrap());
    assert!(handed.contains("| `R-IMP-003` | critical | mitigated | qa |"), "{handed}");
}
