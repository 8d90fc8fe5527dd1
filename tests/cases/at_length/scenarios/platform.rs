//! The platform from sprint 00 to GA: the gates of twelve sprints, the freeze, the candidate
//! and the release.

use expect_test::expect;
use serde_json::{Value, json};

use super::{How, Programme};

const EVIDENCE: &str = "docs/07-role-sprint-plans/evidence";

/// The epics of each sprint from 01 on, by S-3.
const SPRINTS: [&[&str]; 11] = [
    &["F1-E1", "F1-E2"],
    &["F1-E3", "F2-E1"],
    &["F2-E2", "F2-E3"],
    &["F3-E1", "F3-E2"],
    &["F3-E3", "F5-E1"],
    &["F4-E1", "F4-E2"],
    &["F5-E2", "F5-E3", "F4-E3"],
    &["F6-E1", "F6-E2"],
    &["F6-E3", "F7-E1"],
    &["F7-E2", "F7-E3", "F8-E1"],
    &["F8-E2", "F8-E3"],
];

/// What the policy refers to: the catalog of stories, and reports of a release. The other
/// half of each contract is its sprint's template, which is written when the sprint begins.
const AGREED: [&str; 4] = [
    "docs/03-backlog/master-story-catalog.md",
    "docs/07-role-sprint-plans/reports/security.md",
    "docs/07-role-sprint-plans/reports/load.md",
    "docs/07-role-sprint-plans/reports/rollback.md",
];

fn platform() -> Programme {
    let people = ["sre", "qa", "release", "architect"];
    let fixture = Programme::new("platform", ["platform.example", EVIDENCE], &people, &AGREED);
    // One story says by a map of its own that it is for what the freeze is of.
    let map = "\n[[stories]]\nstory = 'F1-E2-S1'\nareas = [\"infrastructure\", \"sprints\"]\n";
    let filemap = fixture.world.read("policy/filemap.toml");
    fixture.world.write("policy/filemap.toml", filemap + map);
    fixture.world.write("infra/ci/pipeline.yml", "lint: true\n");
    fixture
}

/// A time of a sprint's day: 1 is its Monday, 8 the Monday after it.
fn at(sprint: usize, day: i64, time: &str) -> String {
    let first: jiff::civil::Date = "2026-02-02".parse().unwrap();
    let days = i64::try_from(sprint).unwrap() * 14 + day - 1;
    let day = first.checked_add(jiff::Span::new().days(days)).unwrap();
    format!("{day}T{time}Z")
}

impl Programme {
    /// What the gate of a sprint demands beside its stories.
    fn packet(&self, sprint: usize) {
        let id = format!("sprint-{sprint:02}");
        self.does("sre", &["evidence", "new", &id]);
        for entry in std::fs::read_dir(self.world.path(format!("{EVIDENCE}/{id}"))).unwrap() {
            std::fs::write(entry.unwrap().path(), "Seen in the run of Tuesday.\n").unwrap();
        }
    }

    /// The checklists of a sprint, laid out.
    fn prepare(&self, sprint: usize) -> String {
        let id = format!("{sprint:02}");
        let written = self.does("sre", &["sprint", "checklist", &id, "--write"]);
        self.record(&format!("checklists of sprint {id}"));
        written
    }

    /// The checklists of a sprint, done.
    fn tick(&self, sprint: usize) {
        let id = format!("{sprint:02}");
        let calendar: toml::Table = self.world.read("policy/calendar.toml").parse().unwrap();
        let lists = calendar["checklists"].as_array().unwrap().iter();
        for list in lists.filter(|list| list["sprint"].as_str() == Some(&id)) {
            let path = list["path"].as_str().unwrap();
            self.world.write(path, self.world.read(path).replace("- [ ]", "- [x]"));
        }
    }

    /// The stories of a sprint, each on a branch of its own, with their evidence.
    fn stories(&self, sprint: usize) {
        let stories = SPRINTS[sprint - 1].iter();
        let stories = stories.flat_map(|epic| (1..=3).map(move |n| format!("{epic}-S{n}")));
        let hows = [How::Squash, How::Rebase, How::Merge];
        for ((story, pull), how) in stories.zip(sprint as u64 * 10..).zip(hows.iter().cycle()) {
            let branch = format!("feature/{story}-work");
            self.git(&["switch", "--quiet", "--create", &branch]);
            self.deliver(&story, &branch, pull, *how);
        }
    }

    /// What is done in a sprint where nothing goes wrong.
    fn sprint(&self, sprint: usize) {
        self.on(&at(sprint, 3, "09:00:00"));
        self.prepare(sprint);
        self.stories(sprint);
        self.packet(sprint);
        self.tick(sprint);
        self.on(&at(sprint, 11, "12:00:00"));
        self.record(&format!("the packet of sprint {sprint:02}"));
        self.on(&at(sprint, 12, "15:00:00"));
        self.pass(sprint);
    }

    /// The gate of a sprint misses nothing, and is passed.
    fn pass(&self, sprint: usize) -> String {
        let begin = format!("sprint {sprint:02}: ");
        self.green("main", "push");
        let passed = self.does("sre", &["sprint", "gate", "--on", "github", "--execute"]);
        let first = passed.lines().next().unwrap();
        assert!(first.starts_with(&begin) && first.ends_with(" gate is passed"), "{passed}");
        passed
    }
}

#[test]
fn the_platform_from_its_architecture_to_its_release() {
    let fixture = platform();
    architecture(&fixture);
    foundation(&fixture);
    for sprint in 2..=9 {
        fixture.sprint(sprint);
    }
    beta(&fixture);
    launch(&fixture);
}

/// Sprint 00: no story, a packet, and a gate that says what is missing and by when.
fn architecture(fixture: &Programme) {
    fixture.on(&at(0, 3, "09:00:00"));
    fixture.record("where the map is narrower");
    let gate = fixture.refuses(
        "sre",
        &["sprint", "gate"],
        &["not-established", "evidence-missing", "checklist-open"],
    );
    expect![[r#"
        sprint 00: Architecture gate is not passed: 4 things missing, exit status 1

        error[not-established]: nobody checked whether the head of the default branch is green
           = help: run the command with `--on github`

        error[evidence-missing]: there is no evidence of sprint-00 in docs/07-role-sprint-plans/evidence/sprint-00; it is due by the end of 2026-02-12, day 9 of sprint 00
          --> docs/07-role-sprint-plans/evidence/sprint-00
           = help: `cargo xtask evidence new sprint-00` lays it out

        error[checklist-open]: the checklist `dependencies` of sprint 00 is not written; it is due by the end of 2026-02-04
          --> docs/07-role-sprint-plans/sprint-00-inception-architecture-lock/devops-sre-engineer/day-3-dependency-publication.md
           = help: `cargo xtask sprint checklist 00 --write`, then tick what is done

        error[checklist-open]: the checklist `gate` of sprint 00 is not written; it is due by the end of 2026-02-12
          --> docs/07-role-sprint-plans/sprint-00-inception-architecture-lock/devops-sre-engineer/architecture-gate-evidence-pack.md
           = help: `cargo xtask sprint checklist 00 --write`, then tick what is done

        evidence of  answer   title
        sprint-00    missing  Architecture gate

        evidence is due by the end of 2026-02-12 (UTC), 2026-02-13T00:00Z
    "#]].assert_eq(&gate);
    let lists = fixture.prepare(0);
    expect![[r#"
        sprint checklist: pass
        docs/07-role-sprint-plans/sprint-00-inception-architecture-lock/devops-sre-engineer/day-3-dependency-publication.md written
        docs/07-role-sprint-plans/sprint-00-inception-architecture-lock/devops-sre-engineer/architecture-gate-evidence-pack.md written
        next: do what they say, tick the boxes, then `cargo xtask sprint checklist 00`
    "#]].assert_eq(&lists);
    fixture.packet(0);
    fixture.tick(0);
    fixture.refuses("sre", &["evidence", "check", "sprint-01"], &["evidence-missing"]);
    fixture.on(&at(0, 11, "12:00:00"));
    fixture.record("the architecture gate packet");
    let gate = fixture.refuses("sre", &["sprint", "gate"], &["not-established"]);
    expect![[r#"
        sprint 00: Architecture gate can't be decided now, exit status 4

        error[not-established]: nobody checked whether the head of the default branch is green
           = help: run the command with `--on github`

        evidence of  answer  title
        sprint-00    there   Architecture gate

        evidence is due by the end of 2026-02-12 (UTC), 2026-02-13T00:00Z
    "#]]
    .assert_eq(&gate);
    let passed = fixture.pass(0);
    expect![[r#"
        sprint 00: Architecture gate is passed
        evidence of  answer  title
        sprint-00    there   Architecture gate

        evidence is due by the end of 2026-02-12 (UTC), 2026-02-13T00:00Z
        the gate of sprint 00 is passed
        [ENTRY] appended to ledger
        head: 1 [SHA256]
    "#]]
    .assert_eq(&passed);
}

/// Sprint 01: stories started, a freeze that holds, evidence that comes too late.
fn foundation(fixture: &Programme) {
    fixture.on(&at(1, 1, "09:00:00"));
    fixture.refuses("sre", &["story", "start", "F1-E1-S1"], &["story-contract"]);
    fixture.prepare(1);
    let started = fixture.does("sre", &["story", "start", "F1-E1-S1", "--slug", "work"]);
    expect![[r#"
        story start: pass
        on feature/F1-E1-S1-work, at [HEX]
        origin has it: F1-E1-S1 is taken; its owner is devops-sre
        next: cargo xtask status
    "#]]
    .assert_eq(&started);
    fixture.deliver("F1-E1-S1", "feature/F1-E1-S1-work", 10, How::Squash);
    fixture.refuses("sre", &["story", "start", "F1-E1-S1"], &["story-state"]);
    // A machine that changes what alerts, on day 6 (the second Monday).
    fixture.git(&["switch", "--quiet", "--create", "alerts"]);
    fixture.world.write("infra/alerting/pages.yml", "after: 5\n");
    fixture.world.write("infra/alerting/critical/pages.yml", "after: 5\n");
    fixture.commit("page sooner");
    fixture.on(&at(1, 7, "23:59:59"));
    fixture.does("sre", &["filemap", "check"]);
    fixture.on(&at(1, 8, "00:00:00"));
    let frozen = fixture.refuses("sre", &["filemap", "check"], &["freeze-window"]);
    let of = frozen.trim_end().rsplit('-').next().unwrap();
    expect![[r#"
        filemap check: fail (freeze-window), exit status 1

        error[freeze-window]: infra/alerting/pages.yml is frozen in sprint 01 until 2026-02-28 00:00 UTC by `infra/alerting/**`: freeze-window discipline: no non-critical CI/CD, env, or alerting drift after day 5
          --> infra/alerting/pages.yml
           = help: wait until then; or record `cargo xtask approve exception freeze --subject infra/alerting/pages.yml --reason TEXT --expires TIME`

        does  path                               area
        adds  infra/alerting/critical/pages.yml  infrastructure
        adds  infra/alerting/pages.yml           infrastructure

        2 paths in [HEX]..[HEX], by policy of the base
        next: git branch --move platform-codex-20260223-0000-[HEAD]
    "#]].assert_eq(&frozen.replace(of, "[HEAD]"));
    let start = ["story", "start", "F1-E2-S1", "--dry-run"];
    fixture.refuses("sre", &start, &["freeze-window"]);
    fixture.does("sre", &["story", "start", "F1-E2-S2", "--dry-run"]);
    let words = ["approve", "exception", "freeze", "--subject", "infra/alerting/pages.yml"];
    let until = ["--reason", "the page is late", "--expires", "2026-02-24T00:00:00Z"];
    // Whoever wants it cannot grant it.
    fixture.refuses("sre", &[&words[..], &until].concat(), &["ledger-role"]);
    fixture.does("release", &[&words[..], &until].concat());
    fixture.commit("an exception, with an end");
    fixture.does("sre", &["filemap", "check"]);
    // Such a change is risky, and nothing says how it is taken back.
    let sandbox = format!("platform-codex-20260223-0000-{of}");
    fixture.git(&["switch", "--quiet", "--create", &sandbox]);
    fixture.does("sre", &["orr", "--on", "github"]);
    let risky = fixture.run("sre", &["pr-body"]);
    let why = "error[risky-change]: infra/alerting/critical/pages.yml is risky by `infra/**`";
    assert!(risky.status == 1 && risky.stderr.contains(why), "{risky:?}");
    fixture.git(&["switch", "--quiet", "main"]);
    fixture.git(&["merge", "--quiet", "--ff-only", "alerts"]);
    fixture.moved.set(true);
    // The other stories and the packet in time; one file changes on day 10.
    fixture.on(&at(1, 9, "09:00:00"));
    for (epic, numbers, before) in [("F1-E1", 2..=3, 9), ("F1-E2", 1..=3, 12)] {
        for number in numbers {
            let (story, pull) = (format!("{epic}-S{number}"), before + number);
            let branch = format!("feature/{story}-work");
            fixture.git(&["switch", "--quiet", "--create", &branch]);
            fixture.deliver(&story, &branch, pull, How::Rebase);
        }
    }
    let board = fixture.board("sre", "platform-1");
    assert!(board.contains("in progress, evidence due 2026-02-26"), "{board}");
    fixture.packet(1);
    fixture.tick(1);
    fixture.on(&at(1, 11, "23:59:00"));
    fixture.record("the packet of sprint 01");
    let status = fixture.does("sre", &["sprint", "status"]);
    expect![[r#"
        # Status of sprint 01

        <!-- status of sprint 01 on 2026-02-26 -->

        **6 of 6 stories done; no residual risk.** 2026-02-26, working day 9 of 10: 2026-02-16 to 2026-02-27 (UTC).

        - Gate: CI/CD gate: not passed
        - Features: `F1` Platform Foundation
        - Evidence required: CI pass logs; preview coverage; rollback notes

        `cargo xtask sprint gate 01` lists what its gate misses.

        ## Done

        | story | where it stands |
        | --- | --- |
        | `F1-E1-S1` CI quality pipeline (F1-E1)<br>owner: devops-sre | merged as [HEX] (#10), by its title |
        | `F1-E1-S2` CI quality pipeline (F1-E1)<br>owner: devops-sre | merged as [HEX], by its trailer |
        | `F1-E1-S3` CI quality pipeline (F1-E1)<br>owner: devops-sre | merged as [HEX], by its trailer |
        | `F1-E2-S1` CI quality pipeline (F1-E2)<br>owner: devops-sre | merged as [HEX], by its trailer |
        | `F1-E2-S2` CI quality pipeline (F1-E2)<br>owner: devops-sre | merged as [HEX], by its trailer |
        | `F1-E2-S3` CI quality pipeline (F1-E2)<br>owner: devops-sre | merged as [HEX], by its trailer |

        ## Days

        ```mermaid
        gantt
            title sprint 01
            dateFormat YYYY-MM-DD
            axisFormat %m-%d
            sprint 01 :2026-02-16, 2026-02-28
            freeze of sprint 01 :crit, 2026-02-23, 2026-02-28
            evidence due sprint 01 :milestone, 2026-02-26, 1d
            written 2026-02-26 :milestone, 2026-02-26, 1d
        ```

        | day | what |
        | --- | --- |
        | Thu 2026-02-26 | evidence of sprint 01 is due by the end of the day |
        | Fri 2026-02-27 | sprint 01 ends: CI/CD gate |
    "#]].assert_eq(&status);
    fixture.on(&at(1, 12, "09:00:00"));
    fixture
        .world
        .write(&format!("{EVIDENCE}/F1-E2-S3/functional.md"), "And 1 thing more was seen.\n");
    let late = fixture.refuses("sre", &["sprint", "gate"], &["not-established", "evidence-late"]);
    expect![[r#"
        sprint 01: CI/CD gate is not passed: 2 things missing, exit status 1

        error[not-established]: nobody checked whether the head of the default branch is green
           = help: run the command with `--on github`

        error[evidence-late]: the evidence of F1-E2-S3 was due by the end of 2026-02-26, day 9 of sprint 01, and was changed at 2026-02-27 09:00 UTC
          --> docs/07-role-sprint-plans/evidence/F1-E2-S3
           = help: `cargo xtask sprint gate 01 --condition TEXT` decides on it; or move it to the next sprint

        evidence of  answer  title
        sprint-01    there   CI/CD gate
        F1-E1-S1     there   CI quality pipeline (F1-E1)
        F1-E1-S2     there   CI quality pipeline (F1-E1)
        F1-E1-S3     there   CI quality pipeline (F1-E1)
        F1-E2-S1     there   CI quality pipeline (F1-E2)
        F1-E2-S2     there   CI quality pipeline (F1-E2)
        F1-E2-S3     late    CI quality pipeline (F1-E2)

        evidence was due by the end of 2026-02-26 (UTC), 2026-02-27T00:00Z
    "#]].assert_eq(&late);
    let board = fixture.board("sre", "platform-2");
    assert!(board.contains("<li>the evidence of F1-E2-S3 was due by "), "{board}");
    fixture.git(&["checkout", "--quiet", "--", "."]);
    fixture.pass(1);
    // What stands is apart from what this call does.
    let again = ["sprint", "gate", "01", "--on", "github", "--format", "json"];
    let again: Value = serde_json::from_str(&fixture.does("sre", &again)).unwrap();
    let again = &again["data"];
    assert_eq!((&again["passed"], &again["recorded"]), (&json!(true), &Value::Null), "{again}");
    assert!(again["passed_before"].is_string(), "{again}");
    fixture.does("sre", &["sprint", "status", "--append"]);
    fixture.record("status of sprint 01");
}

/// Sprint 10: the beta readiness gate, and the beta.
fn beta(fixture: &Programme) {
    let head = fixture.world.git(["rev-parse", "main"]);
    let early = ["release", "pre", "beta", "--sha", head.trim(), "--version", "1.0.0"];
    let early = fixture.run("sre", &early);
    assert!(early.stdout.contains("the gate of sprint 10 is not passed"), "{early:?}");
    fixture.sprint(10);
    fixture.simulator.state().immutable_releases = true;
    let output = fixture.world.git(["rev-parse", "main"]);
    let sha = output.trim();
    fixture.does("sre", &["branch", "sandbox"]);
    fixture.does("sre", &["orr", "--on", "github"]);
    fixture.git(&["switch", "--quiet", "main"]);
    let beta = ["release", "pre", "beta", "--sha", sha, "--version", "1.0.0", "--execute"];
    fixture.refuses("sre", &beta, &["release-approval"]);
    fixture.does("qa", &["approve", "release", "--sha", sha, "--stage", "beta"]);
    let made = fixture.does("sre", &beta);
    assert!(made.contains("v1.0.0-beta.1 is out: "), "{made}");
    fixture.record("the beta");
}

/// Sprint 11: the launch gate, the candidate, its soak, the release.
fn launch(fixture: &Programme) {
    fixture.sprint(11);
    let list = fixture.does("sre", &["story", "list", "--state", "merged"]);
    assert!(list.ends_with("72 stories: 72 merged\n"), "{list}");
    let table = fixture.does("sre", &["sprint", "overview"]);
    expect![[r#"
        # Status of all sprints of Platform, sprints 00 to 11 (DevOps/SRE)

        **12 of 12 sprints done.** As of 2026-07-17.

        | sprint | status | done |
        | --- | --- | --- |
        | `00` Architecture gate<br>2026-02-02 to 2026-02-13 | Done | stories: none<br>evidence: 2 of 2<br>checklists: 2 of 2 |
        | `01` CI/CD gate<br>2026-02-16 to 2026-02-27 | Done | stories: 6 of 6<br>evidence: 3 of 3<br>checklists: 3 of 3 |
        | `02` Auth shell gate<br>2026-03-02 to 2026-03-13 | Done | stories: 6 of 6<br>evidence: 2 of 2<br>checklists: 2 of 2 |
        | `03` Tenant isolation gate<br>2026-03-16 to 2026-03-27 | Done | stories: 6 of 6<br>evidence: 2 of 2<br>checklists: 3 of 3 |
        | `04` Core workflow gate<br>2026-03-30 to 2026-04-10 | Done | stories: 6 of 6<br>evidence: 2 of 2<br>checklists: 3 of 3 |
        | `05` Discoverability gate<br>2026-04-13 to 2026-04-24 | Done | stories: 6 of 6<br>evidence: 1 of 1<br>checklists: 3 of 3 |
        | `06` AI action gate<br>2026-04-27 to 2026-05-08 | Done | stories: 6 of 6<br>evidence: 2 of 2<br>checklists: 3 of 3 |
        | `07` AI quality gate<br>2026-05-11 to 2026-05-22 | Done | stories: 9 of 9<br>evidence: 2 of 2<br>checklists: 3 of 3 |
        | `08` Automation gate<br>2026-05-25 to 2026-06-05 | Done | stories: 6 of 6<br>evidence: 1 of 1<br>checklists: 3 of 3 |
        | `09` Notification/access sync gate<br>2026-06-08 to 2026-06-19 | Done | stories: 6 of 6<br>evidence: 2 of 2<br>checklists: 3 of 3 |
        | `10` Beta readiness gate<br>2026-06-22 to 2026-07-03 | Done | stories: 9 of 9<br>evidence: 1 of 1<br>checklists: 3 of 3 |
        | `11` GA launch gate<br>2026-07-06 to 2026-07-17 | Done | stories: 6 of 6<br>evidence: 1 of 1<br>checklists: 3 of 3 |

        ## Scope of `01` CI/CD gate

        - [x] `F1-E1-S1` CI quality pipeline (F1-E1)
        - [x] `F1-E1-S2` CI quality pipeline (F1-E1)
        - [x] `F1-E1-S3` CI quality pipeline (F1-E1)
        - [x] `F1-E2-S1` CI quality pipeline (F1-E2)
        - [x] `F1-E2-S2` CI quality pipeline (F1-E2)
        - [x] `F1-E2-S3` CI quality pipeline (F1-E2)

        ## Scope of `02` Auth shell gate

        - [x] `F1-E3-S1` auth and API telemetry baseline (F1-E3)
        - [x] `F1-E3-S2` auth and API telemetry baseline (F1-E3)
        - [x] `F1-E3-S3` auth and API telemetry baseline (F1-E3)
        - [x] `F2-E1-S1` auth and API telemetry baseline (F2-E1)
        - [x] `F2-E1-S2` auth and API telemetry baseline (F2-E1)
        - [x] `F2-E1-S3` auth and API telemetry baseline (F2-E1)

        ## Scope of `03` Tenant isolation gate

        - [x] `F2-E2-S1` tenant-aware monitoring (F2-E2)
        - [x] `F2-E2-S2` tenant-aware monitoring (F2-E2)
        - [x] `F2-E2-S3` tenant-aware monitoring (F2-E2)
        - [x] `F2-E3-S1` tenant-aware monitoring (F2-E3)
        - [x] `F2-E3-S2` tenant-aware monitoring (F2-E3)
        - [x] `F2-E3-S3` tenant-aware monitoring (F2-E3)

        ## Scope of `04` Core workflow gate

        - [x] `F3-E1-S1` runtime sizing and queue controls for core writes and activity paths (F3-E1)
        - [x] `F3-E1-S2` runtime sizing and queue controls for core writes and activity paths (F3-E1)
        - [x] `F3-E1-S3` runtime sizing and queue controls for core writes and activity paths (F3-E1)
        - [x] `F3-E2-S1` runtime sizing and queue controls for core writes and activity paths (F3-E2)
        - [x] `F3-E2-S2` runtime sizing and queue controls for core writes and activity paths (F3-E2)
        - [x] `F3-E2-S3` runtime sizing and queue controls for core writes and activity paths (F3-E2)

        ## Scope of `05` Discoverability gate

        - [x] `F3-E3-S1` ingestion queue/retry controls (F3-E3)
        - [x] `F3-E3-S2` ingestion queue/retry controls (F3-E3)
        - [x] `F3-E3-S3` ingestion queue/retry controls (F3-E3)
        - [x] `F5-E1-S1` ingestion queue/retry controls (F5-E1)
        - [x] `F5-E1-S2` ingestion queue/retry controls (F5-E1)
        - [x] `F5-E1-S3` ingestion queue/retry controls (F5-E1)

        ## Scope of `06` AI action gate

        - [x] `F4-E1-S1` AI run traces (F4-E1)
        - [x] `F4-E1-S2` AI run traces (F4-E1)
        - [x] `F4-E1-S3` AI run traces (F4-E1)
        - [x] `F4-E2-S1` AI run traces (F4-E2)
        - [x] `F4-E2-S2` AI run traces (F4-E2)
        - [x] `F4-E2-S3` AI run traces (F4-E2)

        ## Scope of `07` AI quality gate

        - [x] `F5-E2-S1` retrieval + AI quality SLO signals (F5-E2)
        - [x] `F5-E2-S2` retrieval + AI quality SLO signals (F5-E2)
        - [x] `F5-E2-S3` retrieval + AI quality SLO signals (F5-E2)
        - [x] `F5-E3-S1` retrieval + AI quality SLO signals (F5-E3)
        - [x] `F5-E3-S2` retrieval + AI quality SLO signals (F5-E3)
        - [x] `F5-E3-S3` retrieval + AI quality SLO signals (F5-E3)
        - [x] `F4-E3-S1` retrieval + AI quality SLO signals (F4-E3)
        - [x] `F4-E3-S2` retrieval + AI quality SLO signals (F4-E3)
        - [x] `F4-E3-S3` retrieval + AI quality SLO signals (F4-E3)

        ## Scope of `08` Automation gate

        - [x] `F6-E1-S1` connector health telemetry (F6-E1)
        - [x] `F6-E1-S2` connector health telemetry (F6-E1)
        - [x] `F6-E1-S3` connector health telemetry (F6-E1)
        - [x] `F6-E2-S1` connector health telemetry (F6-E2)
        - [x] `F6-E2-S2` connector health telemetry (F6-E2)
        - [x] `F6-E2-S3` connector health telemetry (F6-E2)

        ## Scope of `09` Notification/access sync gate

        - [x] `F6-E3-S1` signed webhook reliability ops (F6-E3)
        - [x] `F6-E3-S2` signed webhook reliability ops (F6-E3)
        - [x] `F6-E3-S3` signed webhook reliability ops (F6-E3)
        - [x] `F7-E1-S1` signed webhook reliability ops (F7-E1)
        - [x] `F7-E1-S2` signed webhook reliability ops (F7-E1)
        - [x] `F7-E1-S3` signed webhook reliability ops (F7-E1)

        ## Scope of `10` Beta readiness gate

        - [x] `F7-E2-S1` hardening controls (F7-E2)
        - [x] `F7-E2-S2` hardening controls (F7-E2)
        - [x] `F7-E2-S3` hardening controls (F7-E2)
        - [x] `F7-E3-S1` hardening controls (F7-E3)
        - [x] `F7-E3-S2` hardening controls (F7-E3)
        - [x] `F7-E3-S3` hardening controls (F7-E3)
        - [x] `F8-E1-S1` hardening controls (F8-E1)
        - [x] `F8-E1-S2` hardening controls (F8-E1)
        - [x] `F8-E1-S3` hardening controls (F8-E1)

        ## Scope of `11` GA launch gate

        - [x] `F8-E2-S1` load and capacity validation (F8-E2)
        - [x] `F8-E2-S2` load and capacity validation (F8-E2)
        - [x] `F8-E2-S3` load and capacity validation (F8-E2)
        - [x] `F8-E3-S1` load and capacity validation (F8-E3)
        - [x] `F8-E3-S2` load and capacity validation (F8-E3)
        - [x] `F8-E3-S3` load and capacity validation (F8-E3)
    "#]].assert_eq(&table);
    let output = fixture.world.git(["rev-parse", "main"]);
    let sha = output.trim();
    // Three runs on the commit that may be released.
    fixture.does("sre", &["branch", "sandbox"]);
    fixture.does("sre", &["orr", "--on", "github"]);
    fixture.git(&["switch", "--quiet", "main"]);
    let rc = ["release", "rc", "--sha", sha, "--version", "1.0.0", "--execute"];
    fixture.refuses("sre", &rc, &["release-approval"]);
    fixture.does("qa", &["approve", "release", "--sha", sha, "--stage", "rc"]);
    fixture.does("sre", &rc);
    fixture.record("the candidate");
    let board = fixture.board("sre", "platform-3");
    assert!(
        board.contains("v1.0.0-rc.1</span></th>") && board.contains("its soak, until "),
        "{board}"
    );
    let ga = ["release", "ga", "--from", "v1.0.0-rc.1", "--execute"];
    fixture.refuses("sre", &ga, &["release-soak", "release-approval"]);
    for who in ["qa", "release"] {
        fixture.does(who, &["approve", "release", "--sha", sha, "--stage", "ga"]);
    }
    fixture.simulator.advance(24 * 3_600_000);
    let released = fixture.does("sre", &ga);
    for said in
        ["evidence of each is complete  ", " 72 of 72 ", "25 of 25 claims", "v1.0.0 is out: "]
    {
        assert!(released.contains(said), "{said}: {released}");
    }
    fixture.record("the release");
    let deploy = ["release", "log", "deploy", "--env", "production", "--tag", "v1.0.0"];
    fixture.does("sre", &[&deploy[..], &["--result", "succeeded"]].concat());
    let verified = fixture.does("sre", &["release", "verify", "v1.0.0"]);
    expect![[r#"
        release verify: pass
        claim          said                           seen                              answer
        tag            annotated, by `release`        [HEX]                      proven
        on the remote  [HEX]                   [HEX]                      proven
        message        ga 1.0.0                       of [HEX]                   proven
        on main        [HEX]                   it is                             proven
        ledger         recorded, same digests         [ENTRY]  proven
        ledger's pin   19 entries, then [HEX]  so it begins                      proven
        candidate      v1.0.0-rc.1, same commit       [HEX]                      proven
        GitHub         immutable, same files          3 files                           proven

        8 of 8 claims proven
    "#]]
    .assert_eq(&verified);
}
