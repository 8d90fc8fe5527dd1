//! `pr merge-check`: what the delivery has against a merge; a patch that names its own
//! judges.

use super::pr_merge_check::{Ready, patched_files, patched_on};
use crate::support::{PROGRAMME, World};

/// An alarm stops merging whoever raised it; what bears on the patch is by its story.
#[test]
fn incidents_and_the_backlog_have_their_say() {
    let backlog = r#"
[[waves]]
id = "O1"
stories = ["S-1"]

[[stories]]
id = "S-1"
title = "Limit retries"
owner = "ana"
priority = "P0"
acceptance = ["CA-1: three tries"]
contract = ["src/a"]
"#;
    let base = |world: &World| {
        world.write("policy/backlog.toml", backlog);
        let branches =
            world.read("policy/branches.toml").replace(r"['I-\d+']", r"['I-\d+', 'S-\d+']");
        let feature = "\n[[kinds]]\nname = \"feature\"\nform = \"feature/<issue>-<slug>\"\n";
        world.write("policy/branches.toml", branches + feature);
        world.commit("backlog");
        let reported =
            r#"{"incident":"INC-1","severity":"P0","state":"open","title":"all is down"}"#;
        world.git(["config", "user.email", "ann@example.com"]);
        let ran = world.append_before("incident", reported, 1, &[]);
        assert_eq!(ran.status, 0, "{ran:?}");
    };
    let ready = Ready::of(patched_on(base, &[("src/b", "3\n")]));
    let ran = ready.check();
    assert_eq!(ran.status, 1, "{ran:?}");
    assert!(ran.stdout.starts_with("NO_MERGE: 2 reasons, exit status 1\n"), "{}", ran.stdout);
    for line in [
        "error[merge-frozen]: merges are frozen by the P0 `INC-1` (open): all is down\n",
        "error[pull-story]: neither its body nor its branch names a story or an open incident\n",
        "no incident stops it                disproven  merges are frozen by the P0 `INC-1` (open): all is down\n",
        "no critical risk is open            proven     ledger at ",
        "it is of a story                    disproven  neither its body nor",
    ] {
        assert!(ran.stdout.contains(line), "{line}: {}", ran.stdout);
    }
    let text = ready.world.read("../snapshot.json");
    assert!(text.contains("\"schema\": \"xtask/merge-check/1\""), "{text}");
    let other = ready.world.xtask(["pr", "merge-check", "2", "--replay", "../snapshot.json"]);
    assert_eq!(other.status, 4, "{other:?}");
    assert!(other.stdout.contains("error[snapshot-unread]: the snapshot is of #1"), "{other:?}");
}

/// Whoever writes the rules, the owners or the clocks writes them for later patches, never
/// for their own.
#[test]
fn a_patch_that_names_its_own_judges_is_judged_by_those_of_its_base() {
    let roles = format!("{PROGRAMME}\n[roles.maintainer]\nmembers = [\"@mallory\"]\n");
    let risk = r#"
[hours]
from = "09:00"
to = "18:00"

[[severities]]
id = "critical"
action = ["nothing"]
escalation = ["maintainer"]
acknowledge = "30 days"
recover = "60 days"

[[severities]]
id = "high"
action = ["nothing"]
escalation = ["maintainer"]
acknowledge = "30 days"
recover = "60 days"

[[severities]]
id = "medium"
action = ["nothing"]
escalation = ["maintainer"]
acknowledge = "30 days"
recover = "60 days"
"#;
    let ready = Ready::of(patched_files(&[
        (".github/CODEOWNERS", "* @mallory\n"),
        ("policy/programme.toml", &roles),
        ("policy/risk.toml", risk),
    ]));
    {
        let mut state = ready.simulator.state();
        state.permissions.insert("mallory".to_owned(), "write".to_owned());
        state.pulls[0].reviews[0].login = "mallory".to_owned();
    }
    let ran = ready.check();
    assert_eq!(ran.status, 1, "{ran:?}");
    for demand in [
        "approved by somebody who may write  disproven  nobody",
        "would gain approvals by the rule `rules`, the role `maintainer` by it",
        "approved by maintainer              disproven  nobody",
        "approved by code owner @Ann         disproven  nobody",
    ] {
        assert!(ran.stdout.contains(demand), "{demand}: {}", ran.stdout);
    }
    assert!(ran.stdout.contains("as rule `rules` demands"), "{ran:?}");
}
