//! Decisions that somebody makes in one clone, and what the next command says in another.
//! Everybody types what the outputs say; the long days of a team are in `at_length::team`.

use crate::support::World;
use crate::support::team::Team;

/// The example with a PO, a story that waits for them, who alone approves.
fn with_po(world: &World) {
    let edit = |path: &str, change: &dyn Fn(String) -> String| {
        world.write(path, change(world.read(path)));
    };
    edit("policy/programme.toml", &|text| text + "\n[roles.po]\nmembers = [\"@o/po\"]\n");
    edit("policy/ledger.toml", &|text| {
        text.replace("[\"lead\"]\n\n[people.ben]", "[\"lead\", \"po\"]\n\n[people.ben]")
    });
    let kinds = "\n[kinds.approval]\nroles = [\"po\"]\n\n[kinds.exception]\nroles = [\"po\"]\n";
    edit("policy/ledger.toml", &|text| text + kinds);
    edit("policy/backlog.toml", &|text| text + "pending_po_approval = true\n");
}

#[test]
fn each_approval_changes_what_another_clone_says_or_is_refused_at_once() {
    let team = Team::begin(with_po);
    // Day 6 of the sprint: a freeze.
    team.simulator.advance(8 * 24 * 3_600_000);

    // A story.
    let start = "cargo xtask story start S-3";
    let approve = team.refuses("ben", start, "story-approval");
    assert!(team.types("ben", &approve).stdout.contains("error[ledger-role]"));
    team.does("ana", &approve);
    team.does("ben", start);
    assert!(team.types("ana", &approve).stdout.contains("error[decision-void]"), "twice");

    // A risk: whoever may decide ends it; the risk that somebody took is not a block any more.
    let add = "cargo xtask risk add --severity high --title 'it breaks' --story S-1 --id R-1 \
               --owner ben --mitigation 'watch it'";
    team.does("ben", add);
    let mitigate = team.refuses("dan", "cargo xtask story start S-1", "story-blocked");
    let accept = "cargo xtask approve risk R-1 --reason 'small' --expires 2026-02-20T12:00:00Z";
    team.does("ana", accept);
    assert!(team.types("ana", accept).stdout.contains("error[decision-void]"), "twice");
    assert!(!team.does("eva", "cargo xtask sla").stdout.contains("R-1 "), "its clocks stand");
    team.does("dan", "cargo xtask story start S-1");
    assert_eq!(mitigate, "cargo xtask risk update R-1 --mitigated");

    // The freeze, and the rules.
    let check = "cargo xtask filemap check";
    team.does("eva", "cargo xtask branch sandbox");
    team.writes("eva", ".github/workflows/orr.yml", "on: push\n");
    team.does("eva", "git add --all && git commit --quiet --message 'run on push'");
    let change = team.refuses("eva", check, "approval-missing");
    let exception = team.refuses("eva", check, "freeze-window");
    // What it prints for one's own words is no reason.
    assert_eq!(team.types("ana", &exception).status, 2);
    let exception =
        exception.replace("TEXT", "'a key leaks'").replace("TIME", "2026-02-20T12:00:00Z");
    assert!(team.types("eva", &exception).stdout.contains("error[ledger-role]"));
    team.does("ana", &exception);
    assert!(!team.types("eva", check).stdout.contains("error[freeze-window]"));
    team.does("eva", "git push --quiet origin HEAD:refs/heads/theirs");
    team.does("ana", "git fetch --quiet origin && git switch --quiet --detach origin/theirs");
    for (who, code) in [("eva", "approval-own"), ("ana", "")] {
        let ran = team.types(who, &change);
        assert!(ran.help(code).is_some() || (code.is_empty() && ran.status == 0), "{ran:?}");
    }
    team.does("eva", check);
}
