//! Drills and triggers: a drill is recorded by its command, and a trigger is taken in hand.

use super::{Fixture, RISK};

#[test]
fn a_drill_that_failed_escalates_until_somebody_has_it_in_hand() {
    let trigger = "\n[[triggers]]\nid = \"restore\"\nwhen = \"drill\"\ndrill = \"restore\"\n\
        rto = \"60 minutes\"\n";
    let fixture = Fixture::with(&format!("{RISK}{trigger}"));
    let refused = fixture.at("12:00:00", &["drill", "record", "restor", "--pass"]);
    assert!(
        refused.status == 1 && refused.stdout.contains("did you mean `restore`?"),
        "{refused:?}"
    );
    let early = fixture.at("12:00:00", &["trigger", "ack", "restore", "--note", "x"]);
    assert!(early.stdout.contains("error[decision-void]"), "{early:?}");

    fixture.done("12:00:00", &["drill", "record", "restore", "--fail"]);
    let fired = fixture.at("12:01:00", &["sla"]);
    assert!(fired.stdout.contains("error[sla-trigger]"), "{fired:?}");
    fixture.done("12:02:00", &["trigger", "ack", "restore", "--note", "the disk is changed"]);
    let seen = fixture.at("12:03:00", &["sla"]);
    assert_eq!(seen.status, 0, "{seen:?}");
    assert!(seen.stdout.contains("warning[sla-trigger]"), "{seen:?}");
    let again = fixture.at("12:04:00", &["trigger", "ack", "restore", "--note", "x"]);
    assert!(again.stdout.contains("has restore in hand already"), "{again:?}");

    // Another failure is another time, which nobody has in hand.
    fixture.done("12:05:00", &["drill", "record", "restore", "--fail"]);
    assert_eq!(fixture.at("12:06:00", &["sla"]).status, 1);
    let held = ["drill", "record", "restore", "--pass", "--rto", "20m", "--rpo", "90s"];
    fixture.done("12:07:00", &held);
    let list = fixture.done("12:08:00", &["drill", "list"]);
    assert!(
        list.contains("passed") && list.contains("20 min 00 s") && list.contains("1 min 30 s"),
        "{list}"
    );
    let triggers = fixture.done("12:08:00", &["trigger", "list"]);
    assert!(triggers.contains("quiet"), "{triggers}");
}

/// Each step is one line, and whoever acknowledges an incident owns it.
#[test]
fn an_incident_has_an_id_that_names_a_branch_and_an_owner() {
    let fixture = Fixture::new();
    let branches = "[ids.story]\npatterns = ['S-\\d+']\nexamples = [\"S-1\"]\n\n[ids.incident]\npatterns = ['INC-\\d{3}']\nexamples = [\"INC-001\"]\n\n\
        [[kinds]]\nname = \"hotfix\"\nform = \"hotfix/<incident>-<slug>\"\n\n\
        [[kinds]]\nname = \"feature\"\nform = \"feature/<story>-<slug>\"\n";
    fixture.world.write("policy/branches.toml", branches);
    fixture.world.commit("branches");
    for id in ["INC-001", "INC-002"] {
        let open = ["incident", "open", "--severity", "P0", "--title", "the queue stands"];
        let said = fixture.done("12:00:00", &open);
        assert!(said.contains(&format!("{id} is open, P0")), "{said}");
        assert!(said.contains(&format!("cargo xtask branch new {id} the-queue-stands")), "{said}");
    }
    let ack = fixture.done("12:01:00", &["incident", "ack", "INC-001"]);
    assert!(ack.contains("; owner: ana"), "{ack}");
    assert!(ack.contains("cargo xtask incident contain INC-001"), "{ack}");
    let list = fixture.done("12:02:00", &["incident", "list"]);
    assert!(list.contains("ana"), "{list}");
}
