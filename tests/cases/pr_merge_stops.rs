//! When merges stop, and when they go on: a P0 until somebody signs for its end and its
//! postmortem, a critical risk until somebody has it in hand (P-6, P-7).

use super::pr_merge_check::{Ready, patched_on};
use crate::support::github::server::records::Workflow;
use crate::support::{World, XTASK};

const OPEN: &str = r#"{"incident":"INC-1","severity":"P0","state":"open","title":"all is down"}"#;
const OVER: &str =
    r#"{"incident":"INC-1","severity":"P0","state":"recovered","title":"all is down"}"#;
const CLOSED: &str =
    r#"{"incident":"INC-1","severity":"P0","state":"closed","title":"all is down"}"#;
const EXPLAINED: &str = r#"{"incident":"INC-1","severity":"P0","state":"closed","title":"all is down","postmortem":"docs/postmortems/INC-1.md","postmortem_sha256":"9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08"}"#;
pub(super) const RISK: &str =
    r#"{"risk":"R-1","severity":"critical","state":"open","title":"no fallback"}"#;
pub(super) const MITIGATED: &str =
    r#"{"risk":"R-1","severity":"critical","state":"mitigated","title":"no fallback"}"#;

/// An entry: its kind, what it says, and whether its author has a key.
type Said = (&'static str, &'static str, bool);

/// Records entries, a minute each from 2026-01-31T12:01Z on.
pub(super) fn has_recorded(world: &World, entries: &[Said]) {
    let ana = world.new_key("ana");
    world.write("policy/allowed_signers", format!("ana@example.com {ana}\n"));
    world.commit("who may sign");
    for (minute, (kind, reported, is_signed)) in (1..).zip(entries) {
        // What calms is signed by itself where git has a key.
        world.is_used_by("ana");
        if !is_signed {
            world.git(["config", "--unset-all", "user.signingkey"]);
        }
        let key = world.key("ana").display().to_string();
        let with = ["--key", &key];
        let ran = world.append_before(kind, reported, minute, if *is_signed { &with } else { &[] });
        assert_eq!(ran.status, 0, "{reported}: {ran:?}");
    }
}

/// The first line of the merge gate, on a base whose ledger has these entries.
fn answer(entries: &[Said]) -> String {
    let ledger = |world: &World| has_recorded(world, entries);
    let ran = Ready::of(patched_on(ledger, &[("src/b", "3\n")])).check();
    let mut codes: Vec<&str> = ran
        .stdout
        .lines()
        .filter_map(|line| line.strip_prefix("error[")?.split_once(']'))
        .map(|(code, _)| code)
        .collect();
    codes.dedup();
    format!("{} {}", ran.status, codes.join(" "))
}

/// Each answer needs a review of its own on the server, so that incidents and risks share them.
#[test]
fn a_p0_or_a_critical_risk_stops_merging_until_somebody_signed_for_its_end() {
    let frozen = "1 merge-frozen NO_MERGE";
    for (entries, wanted) in [
        (&[("incident", OPEN, false), ("incident", OVER, true)][..], frozen),
        (
            &[("incident", OPEN, false), ("incident", CLOSED, true), ("risk", RISK, true)],
            "1 merge-frozen risk-open NO_MERGE",
        ),
        (&[("incident", OPEN, false), ("incident", EXPLAINED, false)], frozen),
        (
            &[
                ("incident", OPEN, false),
                ("incident", EXPLAINED, true),
                ("risk", RISK, true),
                ("risk", MITIGATED, true),
            ],
            "0 ",
        ),
    ] {
        assert_eq!(answer(entries), wanted, "{entries:?}");
    }
}

/// A P0 that another clone records at 02:00 stops a merge that was allowed a moment before;
/// nobody opens a pull request for it.
#[test]
fn what_another_clone_records_stops_the_merge_at_once() {
    let merge_check = |world: &World| {
        let gates = std::fs::read_to_string(world.path("policy/gates.toml")).unwrap();
        world.write("policy/gates.toml", gates + "\n[workflow]\nmerge_check = true\n");
    };
    let ready = Ready::of(patched_on(merge_check, &[("src/b", "3\n")]));
    let (world, simulator) = (&ready.world, &ready.simulator);
    let recheck = Workflow::new(90, "Merge recheck", ".github/workflows/merge-recheck.yml");
    simulator.state().workflows.push(recheck);
    let ran = ready.check();
    assert_eq!(ran.status, 0);
    let dispatched = || simulator.count("POST", "merge-recheck.yml/dispatches");
    assert_eq!(dispatched(), 0);
    let other = world.root().join("laptop");
    world.git(["clone", "--quiet", "../remote.git", other.to_str().unwrap()]);
    let mut command = simulator.command(world, XTASK);
    command.args(["ledger", "append", "incident", "-"]);
    command.current_dir(&other).env("XTASK_TEST_NOW", "1769860800");
    let file = world.root().join("incident.json");
    std::fs::write(&file, OPEN).unwrap();
    let config =
        world.command("git").current_dir(&other).args(["config", "user.email", "a@b.c"]).status();
    assert!(config.unwrap().success());
    let ran: crate::support::Ran =
        command.stdin(std::fs::File::open(file).unwrap()).output().unwrap().into();
    assert_eq!(ran.status, 0, "{ran:?}");
    assert!(ran.stdout.ends_with("\nopen pull requests are checked again on GitHub\n"), "{ran:?}");
    assert_eq!(dispatched(), 1);
    let ran = ready.check();
    assert_eq!(ran.status, 1, "{ran:?}");
    let tip = world.git(["rev-parse", "--short=12", "refs/thrice/ledger/seen"]);
    assert!(ran.stdout.ends_with(&format!(", by ledger at {}\n", tip.trim())), "{ran:?}");
    assert!(ran.stdout.contains("error[merge-frozen]"), "{ran:?}");
}
