//! KoraOS when things go wrong: a critical risk, a story that is blocked for longer than a
//! cycle, a P0 with its postmortem; what stops a merge, and from when on it no longer does
//! (P-6, P-7).

use serde_json::json;

use super::Programme;
use super::koraos::koraos;

const POSTMORTEM: &str = "# INC-001: postmortem\n\n## What happened\n\nReplay stood still from 10:00 to \
    10:40.\n\n## Impact\n\nNo session was taken up again.\n\n## Timeline\n\n10:00 down, 10:40 up.\n\n\
    ## Cause\n\nA key had expired.\n\n## Actions\n\ndevops: two keys, by 2026-03-01.\n";

/// What the merge gate says of incidents and risks: the answer to each.
fn stops(fixture: &Programme) -> [String; 2] {
    let ran = fixture.run("lead", &["pr", "merge-check", "1"]);
    assert!(ran.stdout.starts_with("NO_MERGE: "), "it was never reviewed: {ran:#?}");
    ["no incident stops it", "no critical risk is open"].map(|demand| {
        let line = ran.stdout.lines().find(|line| line.starts_with(demand));
        let rest =
            line.unwrap_or_else(|| panic!("{demand}: {ran:#?}"))[demand.len()..].trim_start();
        rest.split("  ").next().unwrap().to_owned()
    })
}

/// Whether on-call is asked to plan a story again.
fn is_to_be_replanned(fixture: &Programme) -> bool {
    fixture
        .run("devops", &["sla"])
        .stdout
        .contains("warning[replan]: S-PC-02-002 is blocked since ")
}

#[test]
fn merges_stop_and_go_on_as_the_documents_say() {
    let fixture = koraos();
    let no = |incident: &str, risk: &str| [incident.to_owned(), risk.to_owned()];
    fixture.on("2026-02-11T12:30:00Z");
    fixture.does("lead", &["story", "start", "S-PC-01-001", "--slug", "work"]);
    fixture.work("S-PC-01-001", 1);
    fixture.commit("S-PC-01-001: what is agreed\n\nStory: S-PC-01-001");
    fixture.git(&["push", "--quiet", "origin", "feature/S-PC-01-001-work"]);
    fixture.git(&["switch", "--quiet", "main"]);
    let pull = json!({ "title": "S-PC-01-001", "head": "feature/S-PC-01-001-work",
        "base": "main", "body": "" });
    let (status, _) = fixture.simulator.ask("POST", "repos/o/r/pulls", &pull);
    assert_eq!(status, 201);
    assert_eq!(stops(&fixture), no("proven", "proven"));

    fixture.on("2026-02-13T13:00:00Z");
    let block = ["--cause", "no sandbox", "--impact", "no replay", "--owner", "devops"];
    let until = ["--trigger", "the sandbox answers", "--eta", "2026-02-27T18:00:00-03:00"];
    let words = ["story", "block", "S-PC-02-002", "--upstream", "vendor"];
    fixture.does("lead", &[&words[..], &block, &until].concat());
    let risk = ["risk", "add", "--id", "R-1", "--severity", "critical", "--wave", "O1"];
    fixture.does("qa", &[&risk[..], &["--title", "fallback falha sob carga"]].concat());
    fixture.record("what stopped");
    assert_eq!(stops(&fixture), no("proven", "disproven"));
    assert!(!is_to_be_replanned(&fixture));
    let done = ["--owner", "qa", "--mitigation", "testes de degradacao", "--mitigated"];
    fixture.does("qa", &[&["risk", "update", "R-1"][..], &done].concat());
    fixture.record("what is done about the risk");
    assert_eq!(stops(&fixture), no("proven", "proven"));

    fixture.on("2026-02-19T13:00:00Z");
    let open =
        ["incident", "open", "--id", "INC-001", "--severity", "P0", "--title", "replay parado"];
    fixture.does("devops", &open);
    fixture.record("an alarm");
    assert_eq!(stops(&fixture), no("disproven", "proven"), "from the alarm on");
    for step in ["ack", "contain", "resolve"] {
        fixture.does("devops", &["incident", step, "INC-001"]);
    }
    fixture.record("an incident");
    assert_eq!(stops(&fixture), no("disproven", "proven"), "it is over, and not explained");
    let path = "docs/postmortems/INC-001.md";
    let close = ["incident", "close", "INC-001", "--postmortem", path];
    fixture.refuses("devops", &close, &["postmortem-missing"]);
    fixture.world.write(path, POSTMORTEM);
    fixture.does("devops", &close);
    fixture.record("a postmortem");
    assert_eq!(stops(&fixture), no("proven", "proven"));

    fixture.on("2026-02-25T13:00:00Z");
    assert!(is_to_be_replanned(&fixture), "two cycles have ended meanwhile");
    let lift = ["story", "unblock", "S-PC-02-002", "--reason", "the sandbox answers"];
    fixture.does("lead", &lift);
    fixture.record("it goes on");
    assert!(!is_to_be_replanned(&fixture));
}
