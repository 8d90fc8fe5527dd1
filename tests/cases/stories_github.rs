//! `story` and `wave` with what GitHub says: pull requests and their checks; and branches
//! of a remote.

use expect_test::expect;

use super::stories::Fixture;
use crate::support::gate;
use crate::support::github::Simulator;
use crate::support::github::server::records::Pull;

const FILEMAP: &str = r#"
[[areas]]
name = "all"
paths = ["**"]

[[areas]]
name = "queue"
paths = ["src/**"]

[[stories]]
story = "S-[56]"
areas = ["queue"]
"#;

const RULESET: &str = "[ruleset]\nfile = \"r.json\"\nworkflow = \".github/workflows/orr.yml\"\n";

#[test]
fn the_server_says_more_and_branches_that_confuse_are_reported() {
    let fixture = Fixture::new();
    let git = |words: &[&str]| fixture.world.git(words).trim().to_owned();
    fixture.world.write("policy/gates.toml", format!("{RULESET}{}", gate("T4", "tests", "true")));
    fixture.world.write("policy/filemap.toml", FILEMAP);
    fixture.world.commit("what the server needs");
    for number in [1, 4, 5, 6] {
        fixture.begin(&format!("feature/S-{number}-x"), "work");
    }
    // Two commits of S-2, whose messages and branch say nothing once they were rebased.
    fixture.begin("feature/S-2-x", "one");
    git(&["cherry-pick", "feature/S-2-x"]);
    git(&["commit", "--quiet", "--amend", "--message", "tidy"]);
    let rebased = git(&["rev-parse", "HEAD"]);
    let simulator = Simulator::start(&fixture.world);
    git(&["push", "--quiet", "--set-upstream", "origin", "feature/S-1-x", "feature/S-4-x"]);
    git(&["push", "--quiet", "origin", "feature/S-5-x:refs/heads/somewhere"]);
    git(&["branch", "--move", "feature/S-4-x", "feature/S-4-y"]);
    let of = |branch: &str| git(&["rev-parse", branch]);
    {
        let mut state = simulator.state();
        let first = Pull::of_branch(1, "feature/S-1-x", "retries", &of("feature/S-1-x"));
        let mut second = Pull::of_branch(2, "feature/S-2-x", "replay", &of("feature/S-2-x"));
        (second.open, second.merged, second.merged_as) = (false, Some(1), Some(rebased.clone()));
        let third = Pull::of_branch(3, "somewhere", "S-3: replay again", &of("feature/S-5-x"));
        state.pulls.extend([first, second, third]);
        let workflow = state.workflows[0].id;
        state.start(workflow, "workflow_dispatch", "feature/S-1-x", "checks");
        let later = state.now() + 10 * 60_000;
        state.clock.set(later);
    }
    git(&["branch", "--delete", "--force", "feature/S-2-x"]);
    let ran = simulator.xtask(&fixture.world, ["story", "list", "--on", "github"]);
    assert_eq!(ran.status, 0, "{ran:?}");
    expect![[r#"
        story list: pass, with 2 warnings

        story  state                             wave  owner  title
        S-1    ready_for_pr                      O1    ana    Limit retries
        S-2    merged                            O1    ben    Replay
        S-3    in_progress                       O1    ben    Replay
        S-4    in_progress                       O1    ben    Replay
        S-5    in_progress                       O1    ben    Replay
        S-6    in_progress                       O1    ben    Replay
        S-7    waiting: room in O1               O1    ben    Replay
        S-8    waiting: S-1, the gate of O1      O2    ben    Alert
        RB-1   waiting: PO approval, room in O1  O1    ops    Restore drill

        9 stories: 3 waiting, 4 in_progress, 1 ready_for_pr, 1 merged

        warning[story-branch-name]: `feature/S-4-y` was renamed: on the remote it is `feature/S-4-x`
           = help: push it under its new name and delete the old, or rename it back

        warning[story-overlap]: S-5, S-6 are under way and may all touch the area `queue`
           = help: finish one before the other, or narrow their maps in policy/filemap.toml

    "#]]
    .assert_eq(&fixture.world.shown(&ran.stdout));
    let ran = fixture.xtask(&["wave", "status", "O1"]);
    assert!(ran.stdout.contains("warning[story-overlap]: S-5, S-6 are under way"), "{ran:?}");
    // The server unseen is no answer.
    let ran = fixture.xtask(&["story", "list", "--on", "github"]);
    assert_eq!(ran.status, 4, "{ran:?}");
}
