//! KoraOS when things go wrong: a critical risk, a story that is blocked for longer than a
//! cycle, a P0 with its postmortem; what stops a merge, and from when on it no longer does
//! (P-6, P-7).

use serde_json::json;

use super::Programme;
use super::koraos::koraos;

const POSTMORTEM: &str = "# INC-1: postmortem\n\n## What happened\n\nReplay stood still from 10:00 to \
    10:40.\n\n## Impact\n\nNo session was taken up again.\n\n## Timeline\n\n10:00 down, 10:40 up.\n\n\
    ## Cause\n\nA key had expired.\n\n## Actions\n\ndevops: two keys, by 2026-03-01.\n";

/// What the merge gate says of incidents and risks: the answer to each.
fn stops(desk: &Programme) -> [String; 2] {
    let ran = desk.run("lead", &["pr", "merge-check", "1"]);
    assert!(ran.stdout.starts_with("NO_MERGE: "), "it was never reviewed: {ran:#?}");
    ["no incident stops it", "no critical risk is open"].map(|demand| {
        let line = ran.stdout.lines().find(|line| line.starts_with(demand));
        let rest =
            line.unwrap_or_else(|| panic!("{demand}: {ran:#?}"))[demand.len()..].trim_start();
        rest.split("  ").next().unwrap().to_owned()
    })
}

/// Whether on-call is told to plan a story again.
fn is_to_be_replanned(desk: &Programme) -> bool {
    desk.run("devops", &["sla"]).stdout.contains("warning[replan]: S-PC-02-002 is blocked since ")
}

#[test]
fn merges_stop_and_go_on_as_the_documents_say() {
    let desk = koraos();
    let no = |incident: &str, risk: &str| [incident.to_owned(), risk.to_owned()];
    desk.on("2026-02-11T12:30:00Z");
    desk.does("lead", &["story", "start", "S-PC-01-001", "--slug", "work"]);
    desk.work("S-PC-01-001", 1);
    desk.commit("S-PC-01-001: what is agreed\n\nStory: S-PC-01-001");
    desk.git(&["push", "--quiet", "origin", "feature/S-PC-01-001-work"]);
    desk.git(&["switch", "--quiet", "main"]);
    let pull = json!({ "title": "S-PC-01-001", "head": "feature/S-PC-01-001-work",
        "base": "main", "body": "" });
    let (status, _) = desk.simulator.ask("POST", "repos/o/r/pulls", &pull);
    assert_eq!(status, 201);
    assert_eq!(stops(&desk), no("proven", "proven"));

    desk.on("2026-02-13T13:00:00Z");
    let block = ["--cause", "no sandbox", "--impact", "no replay", "--owner", "devops"];
    let until = ["--trigger", "the sandbox answers", "--eta", "2026-02-27T18:00:00-03:00"];
    let words = ["story", "block", "S-PC-02-002", "--upstream", "vendor"];
    desk.does("lead", &[&words[..], &block, &until].concat());
    let risk = ["risk", "add", "--id", "R-1", "--severity", "critical", "--wave", "O1"];
    desk.does("qa", &[&risk[..], &["--title", "fallback falha sob carga"]].concat());
    desk.record("what stopped");
    assert_eq!(stops(&desk), no("proven", "disproven"));
    assert!(!is_to_be_replanned(&desk));
    let done = ["--owner", "qa", "--mitigation", "testes de degradacao", "--mitigated"];
    desk.does("qa", &[&["risk", "update", "R-1"][..], &done].concat());
    desk.record("what is done about the risk");
    assert_eq!(stops(&desk), no("proven", "proven"));

    desk.on("2026-02-19T13:00:00Z");
    let open =
        ["incident", "open", "--id", "INC-1", "--severity", "P0", "--title", "replay parado"];
    desk.does("devops", &open);
    desk.record("an alarm");
    assert_eq!(stops(&desk), no("disproven", "proven"), "from the alarm on");
    for step in ["ack", "contain", "resolve"] {
        desk.does("devops", &["incident", step, "INC-1"]);
    }
    desk.record("an incident");
    assert_eq!(stops(&desk), no("disproven", "proven"), "it is over, and not explained");
    let path = "docs/postmortems/INC-1.md";
    let close = ["incident", "close", "INC-1", "--postmortem", path];
    desk.refuses("devops", &close, &["postmortem-missing"]);
    desk.world.write(path, POSTMORTEM);
    desk.does("devops", &close);
    desk.record("a postmortem");
    assert_eq!(stops(&desk), no("proven", "proven"));

    desk.on("2026-02-25T13:00:00Z");
    assert!(is_to_be_replanned(&desk), "two cycles have ended meanwhile");
    let lift = ["story", "unblock", "S-PC-02-002", "--reason", "the sandbox answers"];
    desk.does("lead", &lift);
    desk.record("it goes on");
    assert!(!is_to_be_replanned(&desk));
}
