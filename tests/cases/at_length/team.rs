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
const TICK: &str = "sed -i 's/\\[ \\]/[x]/' docs/sprint-01/gate.md";
const PUSH: &str = "git add --all && git commit --quiet --message 'Show it' && git push --quiet";

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
#[expect(clippy::print_stdout, reason = "how long it took is for people to read")]
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
        branch.stdout.lines().find(|line| line.starts_with("1. fill it in, ")).unwrap().to_owned();
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

/// One story, in a sprint, a cycle and a wave, and a release of it.
fn programme(world: &World) {
    let backlog = world.read("policy/backlog.toml");
    let (first, _) = backlog.split_once("\n[[stories]]\nid = \"S-2\"").unwrap();
    world.write("policy/backlog.toml", first);
    more(world, "policy/backlog.toml", "\n[[waves]]\nid = \"O1\"\nstories = [\"S-1\"]\n");
    let cycle = "\n[[cycles]]\nid = \"C-01\"\nfrom = 2026-02-02\nto = 2026-02-13\n\
                 scope = [\"O1\"]\nexit = [\"cards are taken\"]\n";
    more(world, "policy/calendar.toml", cycle);
    let kinds = "\n[kinds.wave-gate]\nroles = [\"lead\"]\n\n[kinds.approval]\nroles = [\"qa\"]\n";
    more(world, "policy/ledger.toml", kinds);
    let release = "soak = \"24 h\"\n\n[gates.ga]\nsprints = [\"01\"]\nwaves = [\"O1\"]\n\n\
                   [approvals]\nga = [\"qa\"]\n\n[environments.production]\nneeds = \"ga\"\n";
    world.write("policy/release.toml", release);
}

/// Each refuses while something is missing that its document names, and says what: nothing else
/// is typed. It takes long, with its two reviews.
#[test]
fn a_sprint_a_cycle_and_a_release_pass_when_nothing_is_missing() {
    if !is_exhaustive() {
        return;
    }
    let team = Team::begin(programme);
    team.does("ana", APPLY);
    team.simulator.state().immutable_releases = true;
    team.simulator.advance(33 * 3_600_000);
    team.does("ben", "cargo xtask story start S-1");
    work(&team, "ben", "S-1");
    let gate = "cargo xtask sprint gate 01 --on github";
    assert!(team.types("ana", gate).stdout.contains("error[wave-story]"));
    merge(&team, "ben", 1, &["ana", "dan"]);

    // Day 7: the evidence, in time.
    team.simulator.advance(8 * 24 * 3_600_000);
    team.does("ana", "git pull --quiet");
    let checklist = team.refuses("ana", gate, "checklist-open");
    let packet = team.refuses("ana", gate, "evidence-missing");
    team.does("ana", &checklist);
    team.does("ana", &packet);
    team.says_what_was_seen("ana", "docs/evidence/sprint-01");
    let open = team.types("ana", gate);
    assert!(open.stdout.contains("has 0 of 4 boxes ticked"), "{open:?}");
    team.does("ana", TICK);
    team.does("ana", PUSH);
    team.main_is_green();

    // The gate of the sprint, by whoever may say so; each clone sees it.
    assert!(team.does("ana", gate).stdout.contains("may be passed"));
    let overview = "git switch --quiet main && git pull --quiet && cargo xtask sprint overview";
    assert!(!team.does("eva", overview).stdout.contains("| Done |"), "nobody decided");
    let by = format!("git switch --quiet main && git pull --quiet && {gate} --execute");
    assert!(team.types("ben", &by).stdout.contains("error[ledger-role]"));
    team.does("ana", &format!("{gate} --execute"));
    assert!(team.does("eva", overview).stdout.contains("| Done |"));

    // The cycle and its wave.
    let handoff = "git pull --quiet && cargo xtask handoff --on github";
    assert_eq!(team.types("eva", handoff).status, 1);
    let close =
        "cargo xtask cycle close C-01 --met --lessons 'a gate a week' --on github --execute";
    let status = team.refuses("ana", close, "cycle-open");
    team.does("ana", &status);
    team.does("ana", PUSH);
    team.main_is_green();
    let wave = team.refuses("ana", close, "cycle-open");
    team.does("ana", &wave);
    team.does("ana", close);
    assert!(team.does("eva", handoff).stdout.contains("**Done: the definition of done is met.**"));

    // The release.
    let rc = "cargo xtask release rc --sha $(git rev-parse origin/main) --version 1.0.0 --execute";
    let review = team.refuses("ana", rc, "release-orr");
    team.does("ana", &review);
    let candidate = team.does("ana", rc);
    team.does("eva", candidate.next());
    let ga = "cargo xtask release ga --from v1.0.0-rc.1 --execute";
    assert!(team.types("ana", ga).stdout.contains("error[release-soak]"));
    team.simulator.advance(25 * 3_600_000);
    let approve = team.refuses("ana", ga, "release-approval");
    assert!(team.types("ana", &approve).stdout.contains("error[decision-void]"));
    team.does("eva", &approve);
    let released = team.does("ana", ga);
    team.does("eva", released.next());
    let deploy = |tag: &str| {
        let deploy = "cargo xtask release log deploy --env production --result succeeded";
        team.types("ana", &format!("{deploy} --tag {tag}"))
    };
    assert!(deploy("v1.0.0-rc.1").stdout.contains("error[release-environment]"));
    assert_eq!(deploy("v1.0.0").status, 0);
}
