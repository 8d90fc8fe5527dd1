//! Stages before the candidate, and the gates that a stage needs.

use super::*;

const STAGES: &str = "stages = [\"alpha\", \"beta\"]\n[approvals]\nbeta = [\"maintainer\"]\n\
    [gates.beta]\nwaves = [\"W\"]\n[gates.ga]\nsprints = [\"11\"]\n";
const WAVE: &str = "[[stories]]\nid = \"S-1\"\ntitle = \"t\"\nowner = \"maintainer\"\npriority = \"P0\"\n[[waves]]\nid = \"W\"\nname = \"W\"\nstories = [\"S-1\"]\n";
const SPRINT: &str =
    "[[sprints]]\nid = \"11\"\nname = \"s\"\nfrom = 2026-02-16\nto = 2026-02-27\ngate = \"g\"\n";

fn early(word: &str) -> Stage {
    Stage::from_word(word).unwrap()
}

/// A tag of a stage, as `release` makes it.
fn tagged(word: &str, commit: char) -> Candidate {
    let stage = early(word);
    let said = Message {
        version: format!("1.4.0-{word}.1"),
        sha: hex(commit, 40),
        stage,
        ..message(stage)
    };
    Candidate {
        name: format!("v1.4.0-{word}.1"),
        tagged: Tagged { version: version("1.4.0"), stage, number: 1 },
        commit: hex(commit, 40),
        message: Some(Ok(said)),
        ..candidate()
    }
}

fn case(stage: Stage) -> Case {
    let mut case = Case::new(stage);
    case.rules = rules_beside(STAGES, &[("backlog.toml", WAVE), ("calendar.toml", SPRINT)]);
    case
}

fn gate(of: &str, id: &str, decision: &str) -> Decision {
    let kind = if of == "wave" { Kind::WaveGate } else { Kind::SprintGate };
    noted(kind, "2026-03-01T09:00:00Z", json!({ of: id, "decision": decision }))
}

/// The refusals of a stage with its needs.
fn open(case: &Case) -> Vec<(Code, String)> {
    let claims = case.judged();
    let found = claims.iter().flat_map(|claim| &claim.findings);
    found.map(|it| (it.code, it.message.clone())).collect()
}

#[test]
fn a_stage_follows_the_one_before_it_and_needs_its_gates() {
    let stage = |message: &str| (Code::ReleaseStage, message.to_owned());
    let alpha = case(early("alpha"));
    assert_eq!(open(&alpha), []);

    let mut beta = case(early("beta"));
    beta.ledger().approvals = vec![approval(early("beta"), "ana", "maintainer")];
    let no_alpha = stage("1.4.0 has no alpha on aaaaaaaaaaaa or before it");
    let not_passed = stage("the gate of wave W is not passed");
    assert_eq!(open(&beta), [no_alpha, not_passed.clone()]);
    beta.earlier = Some(tagged("alpha", 'e'));
    assert_eq!(open(&beta), std::slice::from_ref(&not_passed));
    beta.decisions = vec![gate("wave", "W", "pass")];
    assert_eq!(open(&beta), []);
    beta.decisions.push(gate("wave", "W", "fail"));
    assert_eq!(open(&beta), [not_passed]);
    beta.decisions.pop();
    beta.ledger().approvals = vec![approval(Stage::Rc, "ana", "maintainer")];
    assert_eq!(open(&beta)[0].0, Code::ReleaseApproval);

    let mut rc = case(Stage::Rc);
    assert_eq!(open(&rc), [stage("1.4.0 has no beta on aaaaaaaaaaaa or before it")]);
    rc.earlier = Some(tagged("beta", 'e'));
    assert_eq!(open(&rc), []);
    let said = |rc: &mut Case| rc.earlier.as_mut().unwrap().message.take();
    let whole = said(&mut rc).unwrap().unwrap();
    assert_eq!(open(&rc)[0].0, Code::ReleaseTagLight);
    rc.earlier.as_mut().unwrap().message = Some(Ok(Message { sha: hex('f', 40), ..whole }));
    assert_eq!(open(&rc)[0].0, Code::ReleaseMessage);

    let mut ga = case(Stage::Ga);
    ga.now = at("2026-03-03T12:00:00Z");
    assert_eq!(open(&ga), [stage("the gate of sprint 11 is not passed")]);
    ga.decisions = vec![gate("sprint", "11", "pass")];
    assert_eq!(open(&ga), []);
}
