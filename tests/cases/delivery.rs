//! `cycle`, `sprint`, `evidence`, and the freeze: what is due when, and what is refused.

use std::path::PathBuf;

use expect_test::expect;
use icalendar::parser::{read_calendar, unfold};

use crate::support::{PROGRAMME, Ran, World, gate};

const CALENDAR: &str = r#"
time_zone = "America/New_York"
holidays = [{ date = 2026-03-12, name = "Founders' Day" }]

[[cycles]]
id = "C-01"
name = "M06-S1"
from = 2026-03-04
to = 2026-03-10
scope = ["O1"]
owners = ["sm"]
exit = ["O-01 merged, its required check green", "no critical risk open"]

[[cycles]]
id = "C-02"
from = 2026-03-11
to = 2026-03-17
exit = ["O-02 merged"]

[[rites]]
name = "Planning"
when = "day 0"
at = "09:30"
minutes = 60
owner = "sm"
agenda = "stories that are ready, their owners; and what they depend on"

[[rites]]
name = "Daily sync"
when = "every working day from day 1"
minutes = 15

[[rites]]
name = "Risk triage"
when = "mon, wed, fri"
at = "16:00"
minutes = 30

[[rites]]
name = "Evidence review"
when = "1 day before end"
minutes = 45

[[rites]]
name = "Review and retro"
when = "last day"
at = "15:00"
minutes = 60

[[sprints]]
id = "01"
from = 2026-03-02
to = 2026-03-13
features = ["F1"]
gate = "CI/CD gate"
evidence = ["CI pass logs", "rollback notes"]
evidence_due_day = 9
freeze_from_day = 6

[freeze]
paths = [".github/**", "ops/**"]
except = ["ops/critical.yml"]
reason = "what QA looks at stays as it is"

[logs]
status = "docs/status.md"

[evidence]
root = "docs/evidence"
"#;

const BACKLOG: &str = r#"
[[features]]
id = "F1"
name = "Platform"
sprints = ["01"]

[[epics]]
id = "F1-E1"
name = "CI"
feature = "F1"

[[stories]]
id = "S-1"
title = "Replay ends once"
owner = "sm"
priority = "P0"
wave = "O1"
epic = "F1-E1"
acceptance = ["it ends once"]

[[stories]]
id = "S-2"
title = "Safe mode | at the door"
owner = "sm"
priority = "P0"
wave = "O1"
epic = "F1-E1"
acceptance = ["it is safe"]

[[waves]]
id = "O1"
"#;

const LEDGER: &str = r#"
[people.ann]
addresses = ["ann@example.com"]
roles = ["sm"]
"#;

const FILEMAP: &str = "[[areas]]\nname = \"all\"\npaths = [\"**\"]\n";

struct Desk {
    world: World,
}

impl Desk {
    fn new() -> Self {
        let world = World::new();
        let roles = "\n[roles.sm]\nmembers = [\"@ann\"]\n";
        world.write("policy/programme.toml", format!("{PROGRAMME}{roles}"));
        world.write("policy/gates.toml", gate("T4", "tests", "true"));
        world.write("policy/filemap.toml", FILEMAP);
        world.write("policy/calendar.toml", CALENDAR);
        world.write("policy/backlog.toml", BACKLOG);
        world.write("policy/ledger.toml", LEDGER);
        let key = world.root().join("key");
        let mut command = world.command("ssh-keygen");
        command.args(["-q", "-t", "ed25519", "-N", "", "-C", "ann", "-f"]).arg(&key);
        assert!(command.status().unwrap().success());
        let public = std::fs::read_to_string(key.with_extension("pub")).unwrap();
        world.write("policy/allowed_signers", format!("ann@example.com {public}"));
        world.git(["config", "user.email", "ann@example.com"]);
        world.commit("rules");
        Self { world }
    }

    fn key(&self) -> PathBuf {
        self.world.root().join("key")
    }

    /// Runs the program at a time.
    fn at(&self, time: &str, words: &[&str]) -> Ran {
        let seconds = time.parse::<jiff::Timestamp>().unwrap().as_second();
        let mut command = self.world.xtask_command(words);
        command.env("SOURCE_DATE_EPOCH", seconds.to_string());
        command.output().unwrap().into()
    }

    /// Writes good evidence of a story.
    fn evidence(&self, story: &str) {
        let folder = format!("docs/evidence/{story}");
        for (name, text) in [
            ("functional.md", "It ends once: see [the log](run.log).\n"),
            ("observability.md", "The alert `stuck` fired once.\n"),
            ("degradation.md", "Not applicable: the path has no fallback of its own.\n"),
            ("runbook.md", "Not applicable: nothing that is done by hand changed.\n"),
            ("pull-request.md", "https://github.com/acme/demo/pull/7\n"),
            ("run.log", "ok\n"),
        ] {
            self.world.write(&format!("{folder}/{name}"), text);
        }
    }

    /// Commits everything at a time.
    fn commit_at(&self, time: &str) {
        self.world.git(["add", "--all"]);
        let mut command = self.world.command("git");
        command
            .args(["commit", "--quiet", "-m", "evidence\n\nStory: S-1"])
            .env("GIT_COMMITTER_DATE", time);
        assert!(command.status().unwrap().success());
    }
}

#[test]
fn the_agenda_and_its_calendar_file() {
    let desk = Desk::new();
    let ran = desk.at("2026-03-05T12:00:00Z", &["cycle", "plan"]);
    assert_eq!(ran.status, 0, "{ran:?}");
    expect![[r#"
        # Agenda of cycle C-01 (M06-S1)

        2026-03-04 to 2026-03-10 (America/New_York).

        - Scope: `O1`
        - Owners: `sm`

        ## Exit criteria

        - [ ] O-01 merged, its required check green
        - [ ] no critical risk open

        ## Rites

        | day | time | rite | held by | what for |
        | --- | --- | --- | --- | --- |
        | Wed 2026-03-04 | 09:30 to 10:30 | Planning | sm | stories that are ready, their owners; and what they depend on |
        | Wed 2026-03-04 | 16:00 to 16:30 | Risk triage |  |  |
        | Thu 2026-03-05 | 09:00 to 09:15 | Daily sync |  |  |
        | Fri 2026-03-06 | 09:00 to 09:15 | Daily sync |  |  |
        | Fri 2026-03-06 | 16:00 to 16:30 | Risk triage |  |  |
        | Mon 2026-03-09 | 09:00 to 09:15 | Daily sync |  |  |
        | Mon 2026-03-09 | 09:00 to 09:45 | Evidence review |  |  |
        | Mon 2026-03-09 | 16:00 to 16:30 | Risk triage |  |  |
        | Tue 2026-03-10 | 09:00 to 09:15 | Daily sync |  |  |
        | Tue 2026-03-10 | 15:00 to 16:00 | Review and retro |  |  |

        ## Days to know

        | day | what |
        | --- | --- |
        | Mon 2026-03-09 | the freeze of sprint 01 begins |
        | Tue 2026-03-10 | cycle C-01 ends |
    "#]].assert_eq(&ran.stdout);
    let ran = desk.at("2026-03-05T12:00:00Z", &["cycle", "plan", "C-01", "--write", "plan"]);
    expect![[r#"
        cycle plan: pass
        plan/C-01-agenda.md written
        plan/C-01.ics written
        cycle C-01: 10 meetings, 2 days to know
    "#]]
    .assert_eq(&ran.stdout);
    let bytes = desk.world.read("plan/C-01.ics");
    let again = desk.at("2026-03-05T12:00:00Z", &["cycle", "plan", "C-01", "--write", "plan"]);
    assert_eq!((again.status, desk.world.read("plan/C-01.ics")), (0, bytes.clone()));

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

    desk.world.write("plan/C-01.ics", "mine");
    let ran = desk.at("2026-03-05T12:00:00Z", &["cycle", "plan", "C-01", "--write", "plan"]);
    assert_eq!((ran.status, desk.world.read("plan/C-01.ics").as_str()), (2, "mine"), "{ran:?}");
    for (words, says) in [
        (&["cycle", "plan", "C-1"][..], "did you mean `C-01`?"),
        (&["cycle", "status"], "no cycle runs today"),
        (&["sprint", "gate", "2"], "no sprint is called `2`"),
    ] {
        let ran = desk.at("2026-06-01T00:00:00Z", words);
        assert!(ran.status == 2 && ran.stdout.contains(says), "{ran:?}");
    }
}

/// Evidence of a story, spoilt in one way after the other: the code and its mend.
#[test]
fn evidence_is_laid_out_checked_and_packed() {
    let desk = Desk::new();
    let now = "2026-03-05T12:00:00Z";
    let ran = desk.at(now, &["evidence", "check", "S-1"]);
    assert!(ran.status == 1 && ran.stdout.contains("error[evidence-missing]"), "{ran:?}");
    let ran = desk.at(now, &["evidence", "new", "S-1", "--dry-run"]);
    assert!(ran.status == 0 && !desk.world.path("docs/evidence").exists(), "{ran:?}");
    let ran = desk.at(now, &["evidence", "new", "S-1"]);
    assert_eq!(ran.status, 0, "{ran:?}");
    expect![[r#"
        evidence new: pass
        docs/evidence/S-1/functional.md written
        docs/evidence/S-1/observability.md written
        docs/evidence/S-1/degradation.md written
        docs/evidence/S-1/runbook.md written
        docs/evidence/S-1/pull-request.md written
        next: say in each what was seen, then `cargo xtask evidence check S-1`
    "#]]
    .assert_eq(&ran.stdout);
    let ran = desk.at(now, &["evidence", "check", "S-1"]);
    expect![[r#"
        evidence check: fail (evidence-template), exit status 1

        error[evidence-template]: docs/evidence/S-1/functional.md has the words of its template: `Replace this line: each acceptance criterion, base and delta, and what shows that it holds.`
          --> docs/evidence/S-1/functional.md:3
           = help: replace them by what was seen

        error[evidence-template]: docs/evidence/S-1/observability.md has the words of its template: `Replace this line: which logs, metrics and alerts show it at work, or `Not applicable: ` and why.`
          --> docs/evidence/S-1/observability.md:3
           = help: replace them by what was seen

        error[evidence-template]: docs/evidence/S-1/degradation.md has the words of its template: `Replace this line: how it fails and what it falls back to, or `Not applicable: ` and why.`
          --> docs/evidence/S-1/degradation.md:3
           = help: replace them by what was seen

        error[evidence-template]: docs/evidence/S-1/runbook.md has the words of its template: `Replace this line: a link to the runbook that was changed, or `Not applicable: ` and why.`
          --> docs/evidence/S-1/runbook.md:3
           = help: replace them by what was seen

        error[evidence-template]: docs/evidence/S-1/pull-request.md has the words of its template: `Replace this line: the address of the pull request.`
          --> docs/evidence/S-1/pull-request.md:3
           = help: replace them by what was seen

        evidence of  answer   what is wrong first
        S-1          refused  docs/evidence/S-1/functional.md has the words of its template: `Replace this line: each acceptance criterion, base and delta, and what shows that it holds.`
    "#]].assert_eq(&ran.stdout);
    desk.evidence("S-1");
    let ran = desk.at(now, &["evidence", "check", "S-1"]);
    expect![[r#"
        evidence check: pass

        note[evidence-pull]: pull request 7 was not looked at
          --> docs/evidence/S-1/pull-request.md
           = help: `--on github` looks whether it is there and its checks are green

        evidence of  answer  what is wrong first
        S-1          good
    "#]]
    .assert_eq(&ran.stdout);
    let folder = "docs/evidence/S-1";
    for (file, text, code) in [
        ("functional.md", "\n", "evidence-empty"),
        ("functional.md", "See [the log](gone.log).\n", "evidence-link"),
        ("runbook.md", "Not applicable\n", "evidence-reason"),
        ("pull-request.md", "soon, I promise\n", "evidence-pull"),
    ] {
        desk.world.write(&format!("{folder}/{file}"), text);
        let ran = desk.at(now, &["evidence", "check", "S-1"]);
        let told =
            ran.stdout.contains(&format!("error[{code}]")) && ran.stdout.contains("= help: ");
        assert!(ran.status == 1 && told, "{ran:?}");
        desk.evidence("S-1");
    }

    let ran = desk.at(now, &["evidence", "pack", "S-1"]);
    assert!(ran.status == 1 && ran.stdout.contains("error[evidence-missing]"), "{ran:?}");
    desk.commit_at("2026-03-05T12:00:00Z");
    let pack = "out/demo-S-1-evidence-pack.zip";
    let mut packed = Vec::new();
    for _ in 0..2 {
        let ran = desk.at(now, &["evidence", "pack", "S-1"]);
        assert_eq!(ran.status, 0, "{ran:?}");
        packed.push(std::fs::read(desk.world.path(pack)).unwrap());
        std::fs::remove_file(desk.world.path(pack)).unwrap();
    }
    assert_eq!(packed[0], packed[1]);
    let limits = xtask::evidence::archive::Limits::default();
    let entries = xtask::evidence::archive::read(&packed[0], limits).unwrap();
    let names: Vec<&str> = entries.iter().map(|entry| entry.path.as_str()).collect();
    let expected = [
        "MANIFEST.json",
        "S-1/degradation.md",
        "S-1/functional.md",
        "S-1/observability.md",
        "S-1/pull-request.md",
        "S-1/run.log",
        "S-1/runbook.md",
        "SHA256SUMS",
    ];
    assert_eq!(names, expected);
    let ran = desk.at(now, &["evidence", "pack", "O1", "--write", "o1.zip"]);
    assert!(ran.status == 1 && ran.stdout.contains("no evidence of S-2"), "{ran:?}");
    let ran = desk.at(now, &["evidence", "check", "S-3"]);
    assert!(ran.status == 2 && ran.stdout.contains("did you mean `S-"), "{ran:?}");
}

/// Due by the end of day 9 (Friday 13 March, because the 12th is a holiday) in New York.
#[test]
fn evidence_on_day_ten_is_refused_and_the_gate_says_by_when() {
    let desk = Desk::new();
    desk.evidence("S-1");
    desk.commit_at("2026-03-10T12:00:00Z");
    let ran = desk.at("2026-03-10T12:00:00Z", &["sprint", "gate"]);
    assert_eq!(ran.status, 1, "{ran:?}");
    expect![[r#"
        sprint 01: CI/CD gate is open, evidence of 2 of 3 is missing, exit status 1

        error[evidence-missing]: there is no evidence of sprint-01 in docs/evidence/sprint-01
          --> docs/evidence/sprint-01
           = help: `cargo xtask evidence new sprint-01` lays it out

        error[evidence-missing]: there is no evidence of S-2 in docs/evidence/S-2
          --> docs/evidence/S-2
           = help: `cargo xtask evidence new S-2` lays it out

        evidence of  answer   what is missing first
        sprint-01    missing  there is no evidence of sprint-01 in docs/evidence/sprint-01
        S-1          there
        S-2          missing  there is no evidence of S-2 in docs/evidence/S-2

        evidence is due by the end of 2026-03-13 (America/New_York), 2026-03-14T04:00Z
    "#]]
    .assert_eq(&ran.stdout);
    for name in ["ci-pass-logs.md", "rollback-notes.md"] {
        desk.world.write(&format!("docs/evidence/sprint-01/{name}"), "Seen in run 12.\n");
    }
    desk.evidence("S-2");
    desk.commit_at("2026-03-14T03:59:59Z");
    let ran = desk.at("2026-03-16T12:00:00Z", &["sprint", "gate", "01"]);
    assert_eq!(ran.status, 0, "{ran:?}");
    expect![[r#"
        sprint 01: CI/CD gate may be passed
        evidence of  answer  what is missing first
        sprint-01    there
        S-1          there
        S-2          there

        evidence was due by the end of 2026-03-13 (America/New_York), 2026-03-14T04:00Z
    "#]]
    .assert_eq(&ran.stdout);
    // A second later it is too late.
    desk.world.write("docs/evidence/S-2/functional.md", "It is safe.\n");
    desk.commit_at("2026-03-14T04:00:00Z");
    let ran = desk.at("2026-03-16T12:00:00Z", &["evidence", "check", "sprint-01"]);
    assert_eq!(ran.status, 1, "{ran:?}");
    expect![[r#"
        evidence check: fail (evidence-late), exit status 1

        note[evidence-pull]: pull request 7 was not looked at
          --> docs/evidence/S-1/pull-request.md
           = help: `--on github` looks whether it is there and its checks are green

        error[evidence-late]: the evidence of S-2 was due by the end of 2026-03-13, day 9 of sprint 01, and was changed at 2026-03-14 04:00 UTC
          --> docs/evidence/S-2
           = help: move it to the next sprint, or decide on the delay at the gate

        note[evidence-pull]: pull request 7 was not looked at
          --> docs/evidence/S-2/pull-request.md
           = help: `--on github` looks whether it is there and its checks are green

        evidence of  answer   what is wrong first
        sprint-01    good
        S-1          good
        S-2          refused  the evidence of S-2 was due by the end of 2026-03-13, day 9 of sprint 01, and was changed at 2026-03-14 04:00 UTC
    "#]].assert_eq(&ran.stdout);
    // What is not committed is of now.
    desk.world.git(["reset", "--quiet", "--hard", "HEAD~1"]);
    desk.world.write("docs/evidence/S-1/more.md", "More.\n");
    let ran = desk.at("2026-03-16T12:00:00Z", &["evidence", "check", "S-1"]);
    assert!(ran.status == 1 && ran.stdout.contains("error[evidence-late]"), "{ran:?}");
}

#[test]
fn a_frozen_path_waits_or_has_an_exception() {
    let desk = Desk::new();
    let world = &desk.world;
    world.git(["switch", "--quiet", "--create", "patch"]);
    world.write("ops/alerts.yml", "minutes: 5\n");
    world.write("ops/critical.yml", "minutes: 5\n");
    world.commit("patch");
    let check = ["filemap", "check", "--base", "main"];
    // The freeze begins with Monday 9 March in New York, a day after the clock changed.
    let before = desk.at("2026-03-09T03:59:59Z", &check);
    assert_eq!(before.status, 0, "{before:?}");
    let within = desk.at("2026-03-09T04:00:00Z", &check);
    assert_eq!(within.status, 1, "{within:?}");
    expect![[r#"
        filemap check: fail (freeze-window), exit status 1

        error[freeze-window]: ops/alerts.yml is frozen in sprint 01 until 2026-03-14 04:00 UTC by `ops/**`: what QA looks at stays as it is
          --> ops/alerts.yml
           = help: wait until then; or record `cargo xtask approve exception freeze --subject ops/alerts.yml --reason TEXT --expires TIME`

        does  path              area
        adds  ops/alerts.yml    all
        adds  ops/critical.yml  all

        2 paths in [HEX]..[HEX], by policy of the base
    "#]].assert_eq(&world.shown(&within.stdout));
    let after = desk.at("2026-03-14T04:00:00Z", &check);
    assert_eq!(after.status, 0, "{after:?}");

    let now = "2026-03-10T12:00:00Z";
    let key = desk.key();
    let key = key.to_str().unwrap();
    let record = |subject: &str, expires: &str| {
        let words = [
            "approve",
            "exception",
            "freeze",
            "--subject",
            subject,
            "--reason",
            "the page is late",
        ];
        let ran = desk.at(now, &[&words[..], &["--expires", expires, "--key", key]].concat());
        assert_eq!(ran.status, 0, "{ran:?}");
        world.commit("exception");
    };
    record("ops/other.yml", "2026-03-11T00:00:00Z");
    let other = desk.at(now, &check);
    assert!(other.status == 1 && other.stdout.contains("error[freeze-window]"), "{other:?}");
    record("ops/*.yml", "2026-03-10T13:00:00Z");
    let lifted = desk.at(now, &check);
    assert_eq!(lifted.status, 0, "{lifted:?}");
    let over = desk.at("2026-03-10T13:00:00Z", &check);
    assert!(over.status == 1 && over.stdout.contains("ended at 2026-03-10T13:00:00Z"), "{over:?}");
    // One that is not signed lifts nothing; nor does a ledger that was edited.
    let ledger = world.read("docs/delivery/ledger.jsonl");
    world.write(
        "docs/delivery/ledger.jsonl",
        ledger.replace("the page is late", "the page is lost"),
    );
    world.commit("edited");
    let edited = desk.at(now, &check);
    assert!(edited.status == 1 && edited.stdout.contains("does not hold"), "{edited:?}");
}

#[test]
fn the_status_and_the_end_of_a_cycle() {
    let desk = Desk::new();
    desk.evidence("S-1");
    let risk = r#"{"risk":"R-1","severity":"critical","state":"open","title":"replay | storm"}"#;
    desk.world.write("out/risk.json", risk);
    let key = desk.key();
    let key = key.to_str().unwrap();
    let ran = desk
        .at("2026-03-05T12:00:00Z", &["ledger", "append", "risk", "out/risk.json", "--key", key]);
    assert_eq!(ran.status, 0, "{ran:?}");
    desk.commit_at("2026-03-05T12:00:00Z");
    let ran = desk.at("2026-03-06T12:00:00Z", &["cycle", "status"]);
    assert_eq!(ran.status, 0, "{ran:?}");
    expect![[r##"
        # Status of cycle C-01

        <!-- status of cycle C-01 on 2026-03-06 -->

        2026-03-06, working day 3 of 5. 2026-03-04 to 2026-03-10 (America/New_York).

        - Scope: `O1`
        - Owners: `sm`

        ```mermaid
        gantt
            title cycle C-01
            dateFormat YYYY-MM-DD
            axisFormat %m-%d
            cycle C-01 :2026-03-04, 2026-03-11
            sprint 01 :2026-03-02, 2026-03-14
            freeze of sprint 01 :2026-03-09, 2026-03-14
            evidence due sprint 01 :2026-03-13, 2026-03-14
        ```

        ```mermaid
        pie showData
            title Stories
            "done" : 1
            "pending" : 1
        ```

        ## Done

        | story | title | owner | state | why |
        | --- | --- | --- | --- | --- |
        | `S-1` | Replay ends once | sm | merged | merged as 7ba6a8cc890e, by its trailer |

        ## Pending

        | story | title | owner | state | why |
        | --- | --- | --- | --- | --- |
        | `S-2` | Safe mode \| at the door | sm | ready_for_implementation | no branch yet |

        ## Blocked

        None.

        ## Residual risks

        | risk | severity | state | owner | what can happen | what is done |
        | --- | --- | --- | --- | --- | --- |
        | `R-1` | critical | open | **nobody** | replay \| storm | **nothing** |

        ## Next

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
    "##]].assert_eq(&ran.stdout);
    let ran = desk.at("2026-03-06T12:00:00Z", &["sprint", "status", "01", "--write", "s.md"]);
    assert_eq!(ran.status, 0, "{ran:?}");
    expect![[r##"
        # Status of sprint 01

        <!-- status of sprint 01 on 2026-03-06 -->

        2026-03-06, working day 5 of 9. 2026-03-02 to 2026-03-13 (America/New_York).

        - Gate: CI/CD gate
        - Features: `F1`
        - Evidence required: CI pass logs; rollback notes

        ```mermaid
        gantt
            title sprint 01
            dateFormat YYYY-MM-DD
            axisFormat %m-%d
            sprint 01 :2026-03-02, 2026-03-14
            freeze of sprint 01 :2026-03-09, 2026-03-14
            evidence due sprint 01 :2026-03-13, 2026-03-14
        ```

        ```mermaid
        pie showData
            title Stories
            "done" : 1
            "pending" : 1
        ```

        ## Done

        | story | title | owner | state | why |
        | --- | --- | --- | --- | --- |
        | `S-1` | Replay ends once | sm | merged | merged as 7ba6a8cc890e, by its trailer |

        ## Pending

        | story | title | owner | state | why |
        | --- | --- | --- | --- | --- |
        | `S-2` | Safe mode \| at the door | sm | ready_for_implementation | no branch yet |

        ## Blocked

        None.

        ## Residual risks

        | risk | severity | state | owner | what can happen | what is done |
        | --- | --- | --- | --- | --- | --- |
        | `R-1` | critical | open | **nobody** | replay \| storm | **nothing** |

        ## Next

        | day | what |
        | --- | --- |
        | Mon 2026-03-09 | the freeze of sprint 01 begins |
        | Tue 2026-03-10 | cycle C-01 ends |
        | Thu 2026-03-12 | nobody works: Founders' Day |
        | Fri 2026-03-13 | evidence of sprint 01 is due by the end of the day |
        | Fri 2026-03-13 | sprint 01 ends: CI/CD gate |
    "##]].assert_eq(&desk.world.read("s.md"));

    let close = ["cycle", "close", "C-01", "--met", "--lessons", "smaller stories", "--key", key];
    let ran = desk.at("2026-03-06T12:00:00Z", &close);
    assert_eq!(ran.status, 1, "{ran:?}");
    expect![[r#"
        cycle close: fail (cycle-open, cycle-running, risk-unowned), exit status 1

        error[cycle-running]: today is 2026-03-06, and the last working day of cycle C-01 is 2026-03-10
           = help: close it on 2026-03-10

        error[cycle-open]: no status of cycle C-01 is published
          --> docs/status.md
           = help: `cargo xtask cycle status C-01 --append` on 2026-03-10 or later

        error[cycle-open]: cycle C-01 is not met: open are S-2
           = help: close it with `--not-met`; what is open moves on, in the open

        error[risk-unowned]: the critical risk R-1 is open without an owner or a mitigation: replay | storm
           = help: record who answers for it and what is done about it

        exit criteria of cycle C-01:
          O-01 merged, its required check green
          no critical risk open
    "#]].assert_eq(&ran.stdout);
    let end = "2026-03-10T20:00:00Z";
    let owned = risk.replace("\"title\"", "\"owner\":\"ann\",\"mitigation\":\"drill\",\"title\"");
    desk.world.write("out/risk.json", owned);
    let ran = desk.at(end, &["ledger", "append", "risk", "out/risk.json", "--key", key]);
    assert_eq!(ran.status, 0, "{ran:?}");
    let ran = desk.at(end, &["cycle", "status", "C-01", "--append"]);
    assert_eq!(ran.status, 0, "{ran:?}");
    let not_met =
        ["cycle", "close", "C-01", "--not-met", "--lessons", "smaller stories", "--key", key];
    let ran = desk.at(end, &[&not_met[..], &["--dry-run"]].concat());
    expect![[r#"
        cycle close: pass
        would record in docs/delivery/ledger.jsonl: cycle C-01 is closed as not-met; left open, and moved to the next: S-2
        exit criteria of cycle C-01:
          O-01 merged, its required check green
          no critical risk open
    "#]].assert_eq(&ran.stdout);
    let ran = desk.at(end, &not_met);
    assert_eq!(ran.status, 0, "{ran:?}");
    desk.world.commit("closed");
    let ran = desk.at(end, &not_met);
    assert!(ran.status == 1 && ran.stdout.contains("error[cycle-closed]"), "{ran:?}");
    // What was left open is told in the next.
    let ran = desk.at("2026-03-11T12:00:00Z", &["cycle", "status"]);
    assert!(ran.stdout.contains("- Carried over: `S-2`\n"), "{ran:?}");
}

/// A story whose own map reaches what is frozen does not start in the freeze.
#[test]
fn a_story_of_frozen_paths_does_not_start_in_the_freeze() {
    let desk = Desk::new();
    let world = &desk.world;
    let filemap = "[[areas]]\nname = \"ops\"\npaths = [\"ops/**\"]\n\n[[areas]]\nname = \"rest\"\n\
        paths = [\"**\"]\nexcept = [\"ops/**\"]\n\n[[stories]]\nstory = \"S-1\"\nareas = [\"ops\"]\n\n\
        [[stories]]\nstory = \"S-2\"\nareas = [\"rest\"]\n";
    world.write("policy/filemap.toml", filemap);
    world.write("ops/alerts.yml", "minutes: 5\n");
    world.commit("rules");
    for (story, time, stopped) in [
        ("S-1", "2026-03-09T03:59:59Z", false),
        ("S-1", "2026-03-09T04:00:00Z", true),
        ("S-2", "2026-03-09T04:00:00Z", false),
    ] {
        let ran = desk.at(time, &["story", "start", story, "--dry-run"]);
        let told = ran.stdout.contains("error[freeze-window]")
            && ran.stdout.contains("= help: wait until");
        assert_eq!(told, stopped, "{story} {time}: {ran:?}");
        assert!(!stopped || ran.status == 1, "{ran:?}");
    }
}
