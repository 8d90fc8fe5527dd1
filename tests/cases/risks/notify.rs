use serde_json::{Value, json};

use super::{Fixture, RISK, timed};
use crate::support::github::{Action, Check, Simulator, Which};
use crate::support::{Ran, XTASK};

/// A machine with a server.
pub(in crate::cases) struct Served {
    fixture: Fixture,
    simulator: Simulator,
}

impl Served {
    pub(in crate::cases) fn with(more: &str) -> Self {
        let fixture = Fixture::with(&format!("{RISK}{more}"));
        let simulator = Simulator::start(&fixture.world);
        Self { fixture, simulator }
    }

    pub(in crate::cases) fn open(&self, time: &str, id: &str, severity: &str) {
        let title = "down <!-- xtask: sla x --> @root";
        let words = ["incident", "open", "--id", id, "--severity", severity, "--title", title];
        self.fixture.done(time, &words);
    }

    pub(in crate::cases) fn notify(&self, time: &str) -> Ran {
        let mut command = self.simulator.command(&self.fixture.world, XTASK);
        command.args(["sla", "--notify"]);
        timed(command, time)
    }

    /// Number, whether it is open, title.
    pub(in crate::cases) fn issues(&self) -> Vec<(u64, bool, String)> {
        let state = self.simulator.state();
        state.issues.iter().map(|it| (it.number, it.open, it.title.clone())).collect()
    }

    /// Requests of the newest run.
    fn requests(&self, before: usize) -> Vec<String> {
        let all = self.simulator.requests();
        all[before..].iter().map(|seen| format!("{} {}", seen.method, seen.path)).collect()
    }
}

#[test]
fn an_issue_for_each_matter_once() {
    let served = Served::with("[notify]\nschedule = \"*/15 * * * *\"\n");
    served.open("12:00:00", "INC-1", "P0");
    let calm = served.notify("12:05:00");
    assert_eq!((calm.status, served.issues().len()), (0, 0), "{calm:?}");
    // The answer is lost, and found again.
    served.simulator.fault("POST", "issues", Which::Only(1), Action::AcceptThenDrop);
    let first = served.notify("12:05:01");
    assert!(first.status == 1 && first.stdout.contains("#1 opened"), "{first:?}");
    let body = served.simulator.state().issues[0].body.clone().unwrap();
    assert!(body.starts_with("<!-- xtask: sla "), "{body}");
    assert!(body.contains("- asked: @ana-dev, as `devops`\n"), "{body}");
    assert!(body.contains("`down <!-- xtask: sla x --> @root`"), "{body}");
    // Nothing changed: one list, and nothing else.
    let before = served.simulator.requests().len();
    let again = served.notify("12:10:00");
    assert!(again.stdout.contains("1 escalation, each with its issue already"), "{again:?}");
    let asked = served.requests(before);
    assert_eq!(asked.len(), 1, "{asked:?}");
    // Nothing took effect, and nobody knows: the next run opens it.
    served.open("12:10:00", "INC-2", "P0");
    served.simulator.fault("POST", "issues", Which::Only(1), Action::Drop);
    let lost = served.notify("12:15:01");
    assert!(lost.stdout.contains("nobody knows whether an issue was opened"), "{lost:?}");
    served.notify("12:15:02");
    let titles: Vec<String> = served.issues().into_iter().map(|it| it.2).collect();
    assert_eq!(
        titles,
        [
            "INC-1: down <!-- xtask: sla x --> @root (level 2, contain not in time)",
            "INC-2: down <!-- xtask: sla x --> @root (level 1, acknowledge not in time)",
        ]
    );
    let body = served.simulator.state().issues[0].body.clone().unwrap();
    assert!(
        body.contains("acknowledge was due at") && body.contains("contain was due at"),
        "{body}"
    );
    // Somebody wrote over one, somebody opened another of the same mark.
    let copy = json!({ "title": "x", "body": body, "labels": ["sla"] });
    assert_eq!(served.simulator.ask("POST", "repos/o/r/issues", &copy).0, 201);
    let other = body.replace("- at once", "- never");
    let other = json!({ "body": other });
    assert_eq!(served.simulator.ask("PATCH", "repos/o/r/issues/1", &other).0, 200);
    served.notify("12:16:00");
    assert_eq!(served.simulator.state().issues[0].body.as_deref(), Some(body.as_str()));
    let open: Vec<bool> = served.issues().iter().map(|it| it.1).collect();
    assert_eq!(open, [true, true, false]);
    // It is over.
    for incident in ["INC-1", "INC-2"] {
        served.fixture.done("12:20:00", &["incident", "resolve", incident]);
    }
    let over = served.notify("12:21:00");
    assert_eq!(over.status, 0, "{over:?}");
    assert!(served.issues().iter().all(|it| !it.1));
    assert_eq!(served.issues().len(), 3);
}

#[test]
fn triggers_are_read_from_facts() {
    let served = Served::with(
        "[[triggers]]\nid = \"ci\"\nwhen = \"check\"\ncheck = \"required-check\"\nfailures = 2\n\
         [[triggers]]\nid = \"PC-P1-01\"\nwhen = \"incidents\"\n\
         [[triggers]]\nid = \"restore\"\nwhen = \"drill\"\nrto = \"60 minutes\"\n",
    );
    let sla = |time: &str| {
        let mut command = served.simulator.command(&served.fixture.world, XTASK);
        command.args(["sla", "--format", "json"]);
        let ran = timed(command, time);
        let said: Value = serde_json::from_str(&ran.stdout).unwrap();
        let states: Vec<String> = said["data"]["triggers"]
            .as_array()
            .unwrap()
            .iter()
            .map(|it| {
                format!("{} {}", it["trigger"].as_str().unwrap(), it["state"].as_str().unwrap())
            })
            .collect();
        (ran.status, states.join(", "))
    };
    let quiet = ", PC-P1-01 quiet, restore quiet";
    // No run of the check was ever seen.
    assert_eq!(sla("12:00:00"), (4, format!("ci not established{quiet}")));
    let sha = served.fixture.world.git(["rev-parse", "HEAD"]).trim().to_owned();
    let before = {
        served.fixture.world.write("a", "1");
        served.fixture.world.commit("next");
        served.fixture.world.git(["push", "--quiet", "origin", "main"]);
        sha
    };
    let newest = served.fixture.world.git(["rev-parse", "HEAD"]).trim().to_owned();
    let check = |sha: &str, conclusion: &str| {
        let mut state = served.simulator.state();
        let id = state.id();
        let now = state.now();
        state.checks.push(Check {
            id,
            app: 15368,
            name: "required-check".to_owned(),
            sha: sha.to_owned(),
            status: "completed".to_owned(),
            conclusion: Some(conclusion.to_owned()),
            started: now,
            completed: Some(now),
        });
    };
    check(&newest, "failure");
    check(&before, "success");
    assert_eq!(sla("12:00:00"), (0, format!("ci quiet{quiet}")));
    check(&before, "failure");
    assert_eq!(sla("12:00:00"), (1, format!("ci fired{quiet}")));
    served.open("2026-02-13T12:00:00Z", "INC-1", "P0");
    served.open("2026-02-13T12:00:01Z", "INC-2", "P0");
    assert_eq!(sla("12:00:02").1, "ci fired, PC-P1-01 fired, restore quiet");
    served.simulator.fault("GET", "check-runs", Which::Every, Action::Drop);
    assert_eq!(sla("12:00:02").1, "ci not established, PC-P1-01 fired, restore quiet");
    // Without a server the clocks are seen all the same.
    let alone = served.fixture.at("12:00:02", &["sla"]);
    let first = "sla: merges frozen by INC-1, INC-2, 1 trigger fired, no window violated, 6 running, \
        2 matters open, 1 trigger not established, exit status 1\n";
    assert!(alone.stdout.starts_with(first), "{alone:?}");
}

#[test]
fn the_workflow_is_written_and_held() {
    const PATH: &str = ".github/workflows/sla.yml";
    let fixture = Fixture::with(&format!("{RISK}[notify]\nschedule = \"*/15 * * * *\"\n"));
    let written = fixture.done("12:00:00", &["workflow", "generate", "--write"]);
    assert!(written.ends_with(&format!("{PATH} written\n")), "{written}");
    let good = fixture.done("12:00:00", &["workflow", "check"]);
    assert!(good.contains(".github/workflows/orr.yml is what policy gives\n"), "{good}");
    assert!(good.ends_with(&format!("{PATH} is what policy gives\n")), "{good}");
    let text = fixture.world.read(PATH);
    let more = text.replace("contents: read # to", "contents: write # to");
    assert_ne!(more, text);
    for there in [Some(more), None] {
        match there {
            Some(text) => fixture.world.write(PATH, text),
            None => std::fs::remove_file(fixture.world.path(PATH)).unwrap(),
        }
        let ran = fixture.at("12:00:00", &["workflow", "check"]);
        assert!(ran.status == 1 && ran.stdout.contains("error[workflow-drift]"), "{ran:?}");
    }
}
