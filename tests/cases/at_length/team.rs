//! The days of a team on clones of its own: a story that two start at once, from its contract to
//! the gate of its wave; an incident at night. Everybody types what the outputs say.

use std::process::Stdio;

use crate::support::team::Team;
use crate::support::{Ran, World, XTASK};

const APPLY: &str = "cargo xtask rulesets check --print | sed -n '/^gh api/,/^END/p' > ../set.sh && \
                     sh ../set.sh";
const APPROVE: &str = "gh api --method POST --silent -f event=APPROVE \
                       \"repos/{owner}/{repo}/pulls/$PULL/reviews\"";

fn more(world: &World, path: &str, text: &str) {
    world.write(path, world.read(path) + text);
}

/// The example, with a wave for each of its first two stories.
fn waves(world: &World) {
    let waves = "\n[[waves]]\nid = \"O1\"\nstories = [\"S-1\"]\n\n\
                 [[waves]]\nid = \"O2\"\nafter = \"O1\"\nstories = [\"S-2\"]\n\n\
                 [[waves]]\nid = \"O3\"\nstories = [\"S-3\"]\n";
    more(world, "policy/backlog.toml", waves);
    more(world, "policy/ledger.toml", "\n[kinds.wave-gate]\nroles = [\"lead\"]\n");
}

/// People approve a pull request, each in the browser.
fn approve(team: &Team, number: u64, people: &[&str]) {
    for who in people {
        team.does(who, &APPROVE.replace("$PULL", &number.to_string()));
    }
}

/// Follows to the pull request, which these people approve, and merges it as the tool says.
fn merge(team: &Team, who: &str, number: u64, people: &[&str]) -> Vec<String> {
    let check = format!("cargo xtask pr merge-check {number}");
    let typed = team.follows(who, &check);
    let refused = team.types(who, &check);
    assert!(refused.stdout.contains("error[approval-missing]"), "{refused:?}");
    approve(team, number, people);
    let ran = team.does(who, &check);
    let line = ran.next().to_owned();
    assert!(line.starts_with("gh pr merge"), "{line}");
    team.does(who, &line);
    typed
}

#[test]
fn a_story_that_two_start_at_once_goes_to_the_gate_of_its_wave() {
    let team = Team::begin(waves);
    team.does("ana", APPLY);
    team.simulator.advance(33 * 3_600_000);
    let started = ["ben", "dan"].map(|who| {
        let mut shell = team.shell(who);
        let line = format!("{XTASK} story start S-1");
        shell.args(["-c", &line]).stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap()
    });
    let started = started.map(|child| Ran::from(child.wait_with_output().unwrap()));
    let ((won, winner), (lost, loser)) = match started.each_ref().map(|ran| ran.status) {
        [0, 1] => ((&started[0], "ben"), (&started[1], "dan")),
        [1, 0] => ((&started[1], "dan"), (&started[0], "ben")),
        _ => panic!("{started:#?}"),
    };
    assert!(won.stdout.contains("origin has it: S-1 is taken"), "{won:?}");
    let other = lost.help("story-state").unwrap();
    eprintln!("{lost:#?}");
    let list = team.does(loser, &other);
    assert!(list.stdout.contains("S-3 ") && !list.stdout.contains("S-1 "), "{list:?}");
    assert!(team.types(loser, "cargo xtask story start S-2").stdout.contains("error[wave-closed]"));

    team.does(winner, won.next());
    team.writes(winner, "src/pay.sh", "echo paid once\n");
    let new = team.refuses(winner, "cargo xtask story ready S-1", "evidence-missing");
    team.does(winner, &new);
    team.says_what_was_seen(winner, "docs/evidence/S-1");
    let commit = team.refuses(winner, "cargo xtask story ready S-1", "evidence-missing");
    team.does(winner, &commit);
    let ready = team.does(winner, "cargo xtask story ready S-1");
    assert_eq!(ready.next(), "cargo xtask status");
    merge(&team, winner, 1, &["ana", loser]);
    let list = team.does(loser, "cargo xtask story list");
    let gate = team.types("ana", "cargo xtask wave gate O1 --on github --execute");
    team.types("eva", "cargo xtask wave status O2");
    team.types("ana", "git pull --quiet && cargo xtask today --on github");
    panic!("{list:#?} {gate:#?}");
}
