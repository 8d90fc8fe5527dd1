//! The agenda, the status and the end of a cycle.

use expect_test::expect;
use icalendar::parser::{read_calendar, unfold};

use super::Fixture;
use crate::support::reviews::git_wrapper;

#[test]
fn the_agenda_and_its_calendar_file() {
    let fixture = Fixture::new();
    let ran = fixture.at("2026-03-05T12:00:00Z", &["cycle", "plan"]);
    assert_eq!(ran.status, 0, "{ran:?}");
    expect![[r#"
        # Agenda of cycle C-01 (M06-S1)

        **10 meetings, 2 days to know.** 2026-03-04 to 2026-03-10 (America/New_York).

        - Scope: `O1`
        - Owners: `sm`

        ## Exit criteria

        - [ ] O-01 merged, its required check green
        - [ ] no critical risk open

        ## Meetings

        | when | meeting | what for |
        | --- | --- | --- |
        | Wed 2026-03-04<br>09:30 to 10:30 | Planning<br>held by sm | stories that are ready, their owners; and what they depend on |
        | Wed 2026-03-04<br>16:00 to 16:30 | Risk triage |  |
        | Thu 2026-03-05<br>09:00 to 09:15 | Daily sync |  |
        | Fri 2026-03-06<br>09:00 to 09:15 | Daily sync |  |
        | Fri 2026-03-06<br>16:00 to 16:30 | Risk triage |  |
        | Mon 2026-03-09<br>09:00 to 09:15 | Daily sync |  |
        | Mon 2026-03-09<br>09:00 to 09:45 | Evidence review |  |
        | Mon 2026-03-09<br>16:00 to 16:30 | Risk triage |  |
        | Tue 2026-03-10<br>09:00 to 09:15 | Daily sync |  |
        | Tue 2026-03-10<br>15:00 to 16:00 | Review and retro |  |

        ## Days to know

        | day | what |
        | --- | --- |
        | Mon 2026-03-09 | the freeze of sprint 01 begins |
        | Tue 2026-03-10 | cycle C-01 ends |
    "#]].assert_eq(&ran.stdout);
    let ran = fixture.at("2026-03-05T12:00:00Z", &["cycle", "plan", "C-01", "--write", "plan"]);
    expect![[r#"
        cycle plan: pass
        plan/C-01-agenda.md written
        plan/C-01.ics written
        cycle C-01: 10 meetings, 2 days to know
    "#]]
    .assert_eq(&ran.stdout);
    let bytes = fixture.world.read("plan/C-01.ics");
    let again = fixture.at("2026-03-05T12:00:00Z", &["cycle", "plan", "C-01", "--write", "plan"]);
    assert_eq!((again.status, fixture.world.read("plan/C-01.ics")), (0, bytes.clone()));

    // Read by a library that has not written it.
    let text = unfold(&bytes);
    let read = read_calendar(&text).unwrap();
    let of = |name: &str| read.components.iter().filter(|it| it.name == name).collect::<Vec<_>>();
    let (zones, events) = (of("VTIMEZONE"), of("VEVENT"));
    assert_eq!(zones.len(), 1);
    let offsets: Vec<String> = zones[0]
        .components
        .iter()
        .map(|it| {
            let said = |name: &str| it.find_prop(name).unwrap().val.to_string();
            format!("{} {} {}", it.name, said("DTSTART"), said("TZOFFSETTO"))
        })
        .collect();
    assert_eq!(offsets, ["STANDARD 20260303T093000 -0500", "DAYLIGHT 20260308T020000 -0400"]);
    let mut uids = std::collections::BTreeSet::new();
    let mut shown = String::new();
    for event in &events {
        let said = |name: &str| event.find_prop(name).unwrap().val.to_string();
        assert!(uids.insert(said("UID")), "{}", said("UID"));
        assert_eq!(said("DTSTAMP"), "20260305T120000Z");
        let start = event.find_prop("DTSTART").unwrap();
        let zone = start.params.first().map(|param| format!("{}", param.val.as_ref().unwrap()));
        shown.push_str(&format!("{} {} {}\n", zone.unwrap(), start.val, said("SUMMARY")));
    }
    expect![[r#"
        DATE 20260304 Cycle C-01
        America/New_York 20260304T093000 C-01: Planning
        America/New_York 20260304T160000 C-01: Risk triage
        America/New_York 20260305T090000 C-01: Daily sync
        America/New_York 20260306T090000 C-01: Daily sync
        America/New_York 20260306T160000 C-01: Risk triage
        America/New_York 20260309T090000 C-01: Daily sync
        America/New_York 20260309T090000 C-01: Evidence review
        America/New_York 20260309T160000 C-01: Risk triage
        America/New_York 20260310T090000 C-01: Daily sync
        America/New_York 20260310T150000 C-01: Review and retro
        DATE 20260309 the freeze of sprint 01 begins
        DATE 20260310 cycle C-01 ends
    "#]]
    .assert_eq(&shown);
    assert!(bytes.lines().all(|line| line.len() <= 75));

    fixture.world.write("plan/C-01.ics", "mine");
    let ran = fixture.at("2026-03-05T12:00:00Z", &["cycle", "plan", "C-01", "--write", "plan"]);
    assert_eq!((ran.status, fixture.world.read("plan/C-01.ics").as_str()), (2, "mine"), "{ran:?}");
    for (words, says) in [
        (&["cycle", "plan", "C-1"][..], "did you mean `C-01`?"),
        (&["cycle", "status"], "no cycle runs today"),
        (&["sprint", "gate", "2"], "no sprint is called `2`"),
    ] {
        let ran = fixture.at("2026-06-01T00:00:00Z", words);
        assert!(ran.status == 2 && ran.stdout.contains(says), "{ran:?}");
    }
}

#[test]
fn the_status_and_the_end_of_a_cycle() {
    let fixture = Fixture::new();
    fixture.evidence("S-1");
    let risk = r#"{"risk":"R-1","severity":"critical","state":"open","title":"replay | storm"}"#;
    fixture.world.write("out/risk.json", risk);
    let key = fixture.key();
    let key = key.to_str().unwrap();
    let ran = fixture
        .at("2026-03-05T12:00:00Z", &["ledger", "append", "risk", "out/risk.json", "--key", key]);
    assert_eq!(ran.status, 0, "{ran:?}");
    fixture.commit_at("2026-03-05T12:00:00Z");
    let ran = fixture.at("2026-03-06T12:00:00Z", &["cycle", "status"]);
    assert_eq!(ran.status, 0, "{ran:?}");
    expect![[r##"
        # Status of cycle C-01

        <!-- status of cycle C-01 on 2026-03-06 -->

        **1 of 2 stories done, 1 pending; 1 residual risk.** 2026-03-06, working day 3 of 5: 2026-03-04 to 2026-03-10 (America/New_York).

        - Scope: `O1`
        - Owners: `sm`

        ## Scorecard

        | what it asks | answer | why |
        | --- | --- | --- |
        | stories that it must finish are done | fail | 1 of 2 |
        | no critical risk is without owner or mitigation | fail | R-1 |
        | no critical risk is open | fail | R-1 |
        | gate of O1 is passed | not established | nobody decided yet |
        | O-01 merged, its required check green | not established | to be signed for at the end |
        | no critical risk open | not established | to be signed for at the end |
        | closed as met | not established | today is 2026-03-06, and the last working day of cycle C-01 is 2026-03-10 |
        | no incident is open | pass | none is |
        | WIP of O1 is within its limit | pass | 0 of 5 |

        `cargo xtask cycle close C-01 --met --lessons TEXT` says what keeps the cycle open; `cargo xtask today`, what needs somebody now.

        ```mermaid
        %%{init: {"themeVariables": {"pie1": "#4ac26b", "pie2": "#eac54f", "pieOpacity": "1", "pieSectionTextColor": "#1f2328"}}}%%
        pie showData
            title Stories
            "done" : 1
            "pending" : 1
        ```

        ## Pending

        | story | where it stands |
        | --- | --- |
        | `S-2` Safe mode \| at the door<br>owner: sm | waiting: its contract; no branch yet |

        ## Done

        | story | where it stands |
        | --- | --- |
        | `S-1` Replay ends once<br>owner: sm | merged as [HEX], by its trailer |

        ## Residual risks

        | risk | what is done about it |
        | --- | --- |
        | `R-1` replay \| storm<br>critical, open, owner: **nobody** | **nothing** |

        ## Days

        ```mermaid
        gantt
            title cycle C-01
            dateFormat YYYY-MM-DD
            axisFormat %m-%d
            cycle C-01 :2026-03-04, 2026-03-11
            sprint 01 :2026-03-02, 2026-03-14
            freeze of sprint 01 :crit, 2026-03-09, 2026-03-14
            evidence due sprint 01 :milestone, 2026-03-13, 1d
            written 2026-03-06 :milestone, 2026-03-06, 1d
        ```

        | day | what |
        | --- | --- |
        | Fri 2026-03-06 | Daily sync at 09:00 |
        | Fri 2026-03-06 | Risk triage at 16:00 |
        | Mon 2026-03-09 | Daily sync at 09:00 |
        | Mon 2026-03-09 | Evidence review at 09:00 |
        | Mon 2026-03-09 | Risk triage at 16:00 |
        | Mon 2026-03-09 | the freeze of sprint 01 begins |
        | Tue 2026-03-10 | Daily sync at 09:00 |
        | Tue 2026-03-10 | Review and retro at 15:00 |
        | Tue 2026-03-10 | cycle C-01 ends |
    "##]]
    .assert_eq(&fixture.world.shown(&ran.stdout));
    let ran = fixture.at("2026-03-06T12:00:00Z", &["sprint", "status", "01", "--write", "s.md"]);
    assert_eq!(ran.status, 0, "{ran:?}");
    expect![[r##"
        # Status of sprint 01

        <!-- status of sprint 01 on 2026-03-06 -->

        **1 of 2 stories done, 1 pending; 1 residual risk.** 2026-03-06, working day 5 of 9: 2026-03-02 to 2026-03-13 (America/New_York).

        - Gate: CI/CD gate: not passed
        - Features: `F1` Platform
        - Evidence required: CI pass logs; rollback notes

        `cargo xtask sprint gate 01` lists what its gate misses.

        ```mermaid
        %%{init: {"themeVariables": {"pie1": "#4ac26b", "pie2": "#eac54f", "pieOpacity": "1", "pieSectionTextColor": "#1f2328"}}}%%
        pie showData
            title Stories
            "done" : 1
            "pending" : 1
        ```

        ## Pending

        | story | where it stands |
        | --- | --- |
        | `S-2` Safe mode \| at the door<br>owner: sm | waiting: its contract; no branch yet |

        ## Done

        | story | where it stands |
        | --- | --- |
        | `S-1` Replay ends once<br>owner: sm | merged as [HEX], by its trailer |

        ## Residual risks

        | risk | what is done about it |
        | --- | --- |
        | `R-1` replay \| storm<br>critical, open, owner: **nobody** | **nothing** |

        ## Days

        ```mermaid
        gantt
            title sprint 01
            dateFormat YYYY-MM-DD
            axisFormat %m-%d
            sprint 01 :2026-03-02, 2026-03-14
            freeze of sprint 01 :crit, 2026-03-09, 2026-03-14
            evidence due sprint 01 :milestone, 2026-03-13, 1d
            written 2026-03-06 :milestone, 2026-03-06, 1d
        ```

        | day | what |
        | --- | --- |
        | Mon 2026-03-09 | the freeze of sprint 01 begins |
        | Tue 2026-03-10 | cycle C-01 ends |
        | Thu 2026-03-12 | nobody works: Founders' Day |
        | Fri 2026-03-13 | evidence of sprint 01 is due by the end of the day |
        | Fri 2026-03-13 | sprint 01 ends: CI/CD gate |
    "##]]
    .assert_eq(&fixture.world.shown(&fixture.world.read("s.md")));

    let close = ["cycle", "close", "C-01", "--met", "--lessons", "smaller stories", "--key", key];
    let ran = fixture.at("2026-03-06T12:00:00Z", &close);
    assert_eq!(ran.status, 1, "{ran:?}");
    expect![[r#"
        cycle close: fail (cycle-open, cycle-running, risk-unowned), exit status 1

        error[cycle-running]: today is 2026-03-06, and the last working day of cycle C-01 is 2026-03-10
         --> policy/calendar.toml:5:1
          |
        5 | [[cycles]]
          | ^^^^^^^^^^
          |
          = help: close it on 2026-03-10

        error[cycle-open]: no status of cycle C-01 is published
          --> docs/status.md
           = help: `cargo xtask cycle status C-01 --append` on 2026-03-10 or later

        error[cycle-open]: cycle C-01 is not met: open are S-2
           | S-2: no branch yet
           = help: close it with `--not-met`: what is open is recorded, and moves to the next cycle

        error[risk-unowned]: the critical risk R-1 is open without an owner or a mitigation: replay | storm
           = help: record who answers for it and what is done about it

        error[cycle-open]: no decision at the gate of O1 is recorded
           = help: `cargo xtask wave gate O1 --execute`, or close the cycle with `--not-met`

        exit criteria of cycle C-01:
          O-01 merged, its required check green
          no critical risk open
    "#]].assert_eq(&ran.stdout);
    // No story ends a cycle that has none: only its last working day does, in all commands.
    let empty = ["cycle", "close", "C-02", "--met", "--lessons", "none", "--key", key];
    let early = "today is 2026-03-10, and cycle C-02 begins on 2026-03-11";
    let none = "no story ends cycle C-02 before its last working day, 2026-03-17";
    for (day, words, says) in [
        ("2026-03-10", &empty[..], early),
        ("2026-03-11", &empty[..], none),
        ("2026-03-11", &["cycle", "status"], none),
        ("2026-03-11", &["today"], none),
    ] {
        let ran = fixture.at(&format!("{day}T12:00:00Z"), words);
        let said = ran.stdout.replace("\n    ", " ");
        assert!(said.contains(says), "{words:?} {ran:?}");
        assert_eq!(ran.status != 0, words.contains(&"close"), "{ran:?}");
    }
    let end = "2026-03-10T20:00:00Z";
    let owned = risk.replace("\"title\"", "\"owner\":\"ann\",\"mitigation\":\"drill\",\"title\"");
    fixture.world.write("out/risk.json", owned);
    let ran = fixture.at(end, &["ledger", "append", "risk", "out/risk.json", "--key", key]);
    assert_eq!(ran.status, 0, "{ran:?}");
    let ran = fixture.at(end, &["cycle", "status", "C-01", "--append"]);
    assert_eq!(ran.status, 0, "{ran:?}");
    let not_met =
        ["cycle", "close", "C-01", "--not-met", "--lessons", "smaller stories", "--key", key];
    let ran = fixture.at(end, &not_met);
    expect![[r#"
        cycle close: pass
        would record in ledger: cycle C-01 is closed as not-met; left open, and moved to C-02: S-2
        exit criteria of cycle C-01:
          O-01 merged, its required check green
          no critical risk open
        `--execute` does it
    "#]]
    .assert_eq(&ran.stdout);
    let not_met = [&not_met[..], &["--execute"]].concat();
    let ran = fixture.at(end, &not_met);
    assert_eq!(ran.status, 0, "{ran:?}");
    fixture.world.commit("closed");
    let ran = fixture.at(end, &not_met);
    assert!(ran.status == 1 && ran.stdout.contains("error[cycle-closed]"), "{ran:?}");
    // What was left open is reported in the next.
    let ran = fixture.at("2026-03-11T12:00:00Z", &["cycle", "status"]);
    assert!(ran.stdout.contains("- Carried over: `S-2` Safe mode | at the door\n"), "{ran:?}");
    assert!(ran.stdout.contains("| `S-2` Safe mode"), "{ran:?}");
}

/// All parts of an answer are of one moment: ledger and history are each read once.
#[test]
fn a_command_reads_ledger_and_history_once() {
    let fixture = Fixture::new();
    let calls = fixture.world.root().join("calls");
    let path = git_wrapper(&fixture.world, &format!("echo \"$*\" >>{}", calls.display()));
    for words in [["today"].as_slice(), &["cycle", "status", "C-01"], &["handoff"]] {
        let mut command = fixture.world.xtask_command(words);
        command.env("PATH", &path).env("XTASK_TEST_NOW", "1772712000").output().unwrap();
        let said = std::fs::read_to_string(&calls).unwrap();
        let asked = |of: fn(&str) -> bool| said.lines().filter(|call| of(call)).count();
        assert_eq!(asked(|call| call.ends_with(" refs/heads/ledger")), 1, "{words:?}: {said}");
        assert_eq!(asked(|call| call.contains(" --topo-order ")), 1, "{words:?}: {said}");
        std::fs::remove_file(&calls).unwrap();
    }
}
