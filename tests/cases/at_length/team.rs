//! The days of a team on clones of its own: a story that two start at once, from its contract to
//! the gate of its wave; an incident at night. Everybody types what the outputs say.

use std::process::Stdio;

use crate::support::sampling::is_exhaustive;
use crate::support::team::Team;
use crate::support::{Ran, World, XTASK};

const APPLY: &str = "cargo xtask rulesets check --print | sed -n '/^gh api/,/^END/p' > ../set.sh && \
                     sh ../set.sh";
const APPROVE: &str = "gh api --method POST --silent -f event=APPROVE \
                       \"repos/{owner}/{repo}/pulls/$PULL/reviews\"";
const MERGE: &str = "gh api --method PUT --silent -f merge_method=squash \
                     'repos/{owner}/{repo}/pulls/$PULL/merge'";

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
    team.does(who, &check);
    let line = team.does(who, "cargo xtask status").next().to_owned();
    // The button is pressed: `gh pr merge` asks GraphQL, which the simulator has not.
    assert!(line.starts_with(&format!("gh pr merge {number} --squash ")), "{line}");
    team.does(who, &MERGE.replace("$PULL", &number.to_string()));
    typed
}

/// The command that stands in a line of an output.
fn quoted(line: &str) -> String {
    line.split('`').nth(1).unwrap_or(line).to_owned()
}

/// Does the work of a story that was started, and shows it.
fn work(team: &Team, who: &str, story: &str) {
    team.writes(who, "src/pay.sh", "echo paid once\n");
    let ready = format!("cargo xtask story ready {story}");
    let new = team.refuses(who, &ready, "evidence-missing");
    team.does(who, &new);
    team.says_what_was_seen(who, &format!("docs/evidence/{story}"));
    let commit = team.refuses(who, &ready, "evidence-missing");
    team.does(who, &commit);
    assert_eq!(team.does(who, &ready).next(), "cargo xtask status");
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
    let list = team.does(loser, &other);
    assert!(list.stdout.contains("S-3 ") && !list.stdout.contains("S-1 "), "{list:?}");
    assert!(team.types(loser, "cargo xtask story start S-2").stdout.contains("error[wave-closed]"));

    team.does(winner, won.next());
    work(&team, winner, "S-1");
    // Its pull request and its review take long.
    if !is_exhaustive() {
        return;
    }
    merge(&team, winner, 1, &["ana", loser]);
    let gate = "cargo xtask wave gate O1 --on github --execute";
    // A clone that has not fetched since says so.
    let rebase = team.refuses("ana", gate, "CEC-60");
    team.does("ana", &rebase);
    team.main_is_green();
    let ran = team.does("ana", gate);
    assert!(ran.stdout.contains("the gate of O1 is passed"), "{ran:?}");

    // The other clone has not fetched, either, and sees the decision all the same.
    let start = "cargo xtask story start S-2";
    let ran = team.types(loser, start);
    assert!(!ran.stdout.contains("error[wave-closed]"), "{ran:?}");
    team.does(loser, &ran.help("CEC-60").unwrap());
    team.does(loser, start);
}

/// P0 at 02:00: three pull requests with their reviews, so that it is walked only where every point
/// is tried. Nobody opens a pull request to record anything.
#[test]
fn an_incident_at_night_is_over_by_what_is_typed() {
    if !is_exhaustive() {
        return;
    }
    let team = Team::begin(|_| {});
    team.does("ana", APPLY);
    team.simulator.advance(50 * 3_600_000);
    // A patch that may be merged.
    team.does("ben", "cargo xtask story start S-1");
    work(&team, "ben", "S-1");
    let check = "cargo xtask pr merge-check 1";
    team.follows("ben", check);
    approve(&team, 1, &["dan", "eva"]);
    team.does("ben", check);

    let begun = std::time::Instant::now();
    let open = "cargo xtask incident open --severity P0 --title 'checkout answers 500'";
    let opened = team.does("dan", open);
    team.refuses("ben", check, "merge-frozen");
    println!("from the alarm to a refusing merge-check elsewhere: {:.1?}\n", begun.elapsed());
    assert!(team.does("eva", "cargo xtask incident list").stdout.contains("frozen by the P0"));
    assert_eq!(team.does("ben", "cargo xtask status").next(), check);

    team.does("dan", opened.next());
    let show = team.does("dan", "cargo xtask incident show INC-001");
    team.does("dan", &quoted(show.next()));
    let hotfix = opened.stdout.lines().find_map(|line| line.strip_prefix("its hotfix: ")).unwrap();
    team.does("dan", &quoted(hotfix));
    team.writes("dan", "src/shop.sh", "echo back\n");
    merge(&team, "dan", 2, &["ben"]);
    let show = team.does("dan", "cargo xtask incident show INC-001");
    team.does("dan", &quoted(show.next()));
    team.refuses("ben", check, "merge-frozen");
    let show = team.does("dan", "cargo xtask incident show INC-001");
    let trunk = team.does("dan", "cargo xtask status").next().to_owned();
    team.does("dan", &trunk);
    let branch = team.does("dan", &quoted(show.next()));
    let branch =
        branch.stdout.lines().find(|line| line.starts_with("commit it, ")).unwrap().to_owned();
    team.does("dan", &quoted(&branch));
    team.says_what_was_seen("dan", "docs/evidence/incidents");
    merge(&team, "dan", 3, &["ana"]);
    let trunk = team.does("dan", "cargo xtask status").next().to_owned();
    team.does("dan", &trunk);
    let show = team.does("dan", "cargo xtask incident show INC-001");
    team.does("dan", &quoted(show.next()));
    let ran = team.types("ben", check);
    assert!(!ran.stdout.contains("merge-frozen"), "{ran:?}");
    // Its base moved on meanwhile, by the hotfix.
    team.follows("ben", check);
    approve(&team, 1, &["dan", "eva"]);
    team.does("ben", check);
}
