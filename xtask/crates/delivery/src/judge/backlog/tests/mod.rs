mod gates;
mod histories;

use std::collections::HashMap;

use proptest::prelude::*;

use super::history::By;
use super::*;
use jiff::Timestamp;
use serde_json::json;

use thrice_ledger::decisions::Standing;
use thrice_ledger::decisions::testing::after;
use thrice_programme as policy;
use thrice_programme::Kind;
use thrice_programme::{Policy, PolicyFiles};

const BRANCHES: &str = r#"
[ids.story]
patterns = ['S-\d+', 'RB-\d+']
examples = ["S-1"]

[[kinds]]
name = "feature"
form = "feature/<story>-<slug>"
"#;

/// Eight stories of O1, of which the first asks for nothing, and two of O2.
const BACKLOG: &str = r#"
[[stories]]
id = "S-1..8"
title = "one of the first wave"
owner = "ana"
priority = "P0"
acceptance = ["CA-1"]
contract = ["c.md"]

[[stories]]
id = "S-9"
title = "reopens D-AR-002"
owner = "ana"
priority = "P1"
wave = "O2"
depends = ["S-1"]
acceptance = ["CA-1"]
contract = ["c.md"]

[[stories]]
id = "RB-1"
title = "x"
priority = "P1"
wave = "O2"
pending_po_approval = true
reopens = ["D-AR-001"]

[[waves]]
id = "O1"
stories = ["S-1..8"]

[[waves]]
id = "O2"
after = "O1"

[[frozen]]
id = "D-AR-001..002"
reason = "decided"

[[deferred]]
id = "HA"
trigger = "two incidents"
stories = ["RB-1"]
"#;

fn policy() -> Policy {
    let programme: &[u8] = include_bytes!("../../../../../../../policy/programme.toml");
    let gates: &[u8] = include_bytes!("../../../../../../../policy/gates.toml");
    let named = [
        ("programme.toml", programme),
        ("gates.toml", gates),
        ("branches.toml", BRANCHES.as_bytes()),
        ("backlog.toml", BACKLOG.as_bytes()),
    ];
    let files: PolicyFiles = named.map(|(name, bytes)| (name.to_owned(), bytes.to_vec())).into();
    let (policy, findings) = policy::check("policy", &files);
    policy.unwrap_or_else(|| panic!("{findings:?}"))
}

/// Commit ids of which each is told apart by its first digits.
fn id(number: usize) -> String {
    format!("{number:08x}{}", "0".repeat(32))
}

/// Messages of commits, oldest first; `@3` stands for the third one's id, `@3:8` for its
/// first digits.
fn messages(texts: &[&str]) -> Vec<String> {
    let filled = |text: &&str| {
        let mut text = (*text).to_owned();
        for number in (0..texts.len()).rev() {
            text = text.replace(&format!("@{number}:8"), &id(number)[..8]);
            text = text.replace(&format!("@{number}"), &id(number));
        }
        text
    };
    texts.iter().map(filled).collect()
}

fn board(policy: &Policy, texts: &[&str], branches: &[Branch<'_>], facts: &Standing) -> Board {
    board_with(policy, texts, branches, facts, None)
}

fn board_with(
    policy: &Policy,
    texts: &[&str],
    branches: &[Branch<'_>],
    recorded: &Standing,
    pulls: Option<&[Pull]>,
) -> Board {
    let backlog = policy.backlog.as_ref().unwrap();
    let names = Names::new(backlog, policy.branches.as_ref());
    let messages = messages(texts);
    let ids: Vec<String> = (0..texts.len()).map(id).collect();
    let parents: Vec<String> =
        (0..texts.len()).map(|at| at.checked_sub(1).map(id).unwrap_or_default()).collect();
    let commits = (0..texts.len()).rev().map(|at| Commit {
        id: &ids[at],
        parents: &parents[at],
        message: &messages[at],
    });
    let mut asked = CommitQuery::default();
    for branch in branches {
        asked.tip(branch.commit, names.story(branch.name));
    }
    for pull in pulls.unwrap_or_default() {
        if let (Some(commit), Some(at)) = (&pull.merged_as, pull.story(backlog, &names)) {
            asked.merged.insert(commit, at);
        }
    }
    let history = History::of(commits, &asked, backlog, &names);
    Board::of(backlog, &names, &StoryFacts { history: &history, branches, pulls, recorded })
}

fn branch<'a>(name: &'a str, commit: &'a str) -> Branch<'a> {
    Branch { name, remote: false, commit, follows: None, trailer: "" }
}

fn state(policy: &Policy, board: &Board, story: &str) -> &'static str {
    board.of_story(policy.backlog.as_ref().unwrap(), story).unwrap().state.word()
}

/// Each row: messages on the default branch, oldest first, and whether S-1 is merged.
#[test]
fn a_story_lands_by_merge_squash_or_rebase_until_it_is_reverted() {
    let policy = policy();
    for (texts, merged) in [
        (&["start"][..], false),
        (&["Limit retries\n\nStory: S-1"], true),
        (&["Limit retries\n\nstory: S-2, S-1\n"], true),
        (&["S-1: limit retries (#12)"], true),
        (&["feat(S-1): limit retries (#12)\n\n* one\n\n* two"], true),
        (&["Limit retries (#12)\n\n* one\n\nStory: S-1\n\n* two"], true),
        (&["Merge pull request #12 from ana/feature/S-1-retries\n\nLimit"], true),
        (&["Merge branch 'feature/S-1-retries' into main"], true),
        (&["Merge branch 'main' into feature/S-1-retries"], false),
        // A word in passing is no landing, and S-1 is not in S-12.
        (&["Make way for S-1"], false),
        (&["S-12: other (#12)"], false),
        (&["Merge pull request #12 from ana/feature/S-12-retries"], false),
        (&["Merge pull request #12 from ana/feature/S-1"], false),
        (&["Story: S-1 was hard", "Not a story: S-1"], false),
        (&["x\n\nStory: S-1 was hard\n"], false),
        (&["Not a story: S-1"], false),
        // Reverted, by git and by GitHub's button, and brought back.
        (&["S-1: x (#1)", "Revert \"S-1: x (#1)\"\n\nThis reverts commit @0."], false),
        (&["S-1: x (#1)", "Revert \"S-1: x (#1)\" (#2)\n\nReverts o/n#1"], false),
        (&["S-1: x (#1)", "Revert \"y\" (#2)\n\nReverts o/n#11"], true),
        (
            &[
                "S-1: x (#1)",
                "Revert \"S-1: x (#1)\"\n\nThis reverts commit @0.",
                "Reapply \"S-1: x (#1)\"\n\nThis reverts commit @1.",
            ],
            true,
        ),
        (
            &[
                "S-1: x (#1)",
                "Revert \"S-1: x (#1)\" (#2)\n\nReverts o/n#1",
                "Revert \"Revert \"S-1: x (#1)\" (#2)\" (#3)\n\nReverts o/n#2",
            ],
            true,
        ),
        (&["S-1: x (#1)", "Revert \"S-1\"\n\nThis reverts commit @0.", "S-1: again (#3)"], true),
        // Of a rebase, one commit reverted is enough.
        (
            &[
                "one\n\nStory: S-1",
                "two\n\nStory: S-1",
                "Revert \"one\"\n\nThis reverts commit @0.",
            ],
            false,
        ),
        (
            &[
                "one\n\nStory: S-1",
                "Merge pull request #4 from o/feature/S-1-x",
                "Revert \"Merge\"\n\nThis reverts commit @1, reversing\nchanges made to @0.",
            ],
            false,
        ),
    ] {
        let board = board(&policy, texts, &[], &Standing::default());
        let word = if merged { "merged" } else { "ready_for_implementation" };
        assert_eq!(state(&policy, &board, "S-1"), word, "{texts:?}");
    }
}

#[test]
fn the_message_says_how_a_story_landed_and_what_reverted_it() {
    let policy = policy();
    let texts = ["S-1: x (#1)", "S-2: y (#2)", "Revert \"x\"\n\nThis reverts commit @0."];
    let board = board(&policy, &texts, &[], &Standing::default());
    let why: Vec<&str> = board.statuses[..2].iter().map(|it| it.why[0].as_str()).collect();
    assert_eq!(
        why,
        [
            "merged as 000000000000 (#1), by its title, but reverted by 000000020000",
            "merged as 000000010000 (#2), by its title",
        ]
    );
    // The newest of what one commit reverts; and of two reverts, that of the same scope.
    for (texts, why) in [
        (
            ["one\n\nStory: S-1", "two\n\nStory: S-1", "revert: both\n\nRefs: @0:8, @1:8"],
            "merged as 000000010000, by its trailer, but reverted by 000000020000",
        ),
        (
            ["feat(S-1): x (#1)", "revert(S-1): x (#2)", "revert: x (#3)"],
            "merged as 000000000000 (#1), by its title, but reverted by 000000010000",
        ),
    ] {
        let board = self::board(&policy, &texts, &[], &Standing::default());
        assert_eq!(board.statuses[0].why[0], why);
    }
}

#[test]
fn branches_make_a_story_in_progress_and_are_reported_where_they_confuse() {
    let policy = policy();
    let (own, other, line) = (id(90), id(91), id(1));
    let remote = |name, commit| Branch { remote: true, ..branch(name, commit) };
    let follows = |name, commit, follows| Branch { follows: Some(follows), ..branch(name, commit) };
    let said = |name, commit| Branch { trailer: "S-1", ..branch(name, commit) };
    for (branches, word, reported) in [
        (vec![branch("feature/S-1-x", &own)], "in_progress", vec![]),
        (vec![branch("feature/S-1-x", &line)], "in_progress", vec![]),
        (vec![branch("feature/S-12-x", &own)], "ready_for_implementation", vec![]),
        (vec![branch("feature/S-1", &own)], "ready_for_implementation", vec![]),
        (
            vec![branch("feature/S-1-x", &own), remote("feature/S-1-x", &other)],
            "in_progress",
            vec![],
        ),
        (
            vec![branch("feature/S-1-x", &own), branch("feature/S-1-y", &other)],
            "in_progress",
            vec!["S-1 has 2 branches, `feature/S-1-x` and `feature/S-1-y`"],
        ),
        (
            vec![
                follows("feature/S-1-new", &own, "feature/S-1-old"),
                remote("feature/S-1-old", &own),
            ],
            "in_progress",
            vec!["`feature/S-1-new` was renamed: on the remote it is `feature/S-1-old`"],
        ),
        (
            vec![said("tidy", &own)],
            "in_progress",
            vec!["`tidy` is of S-1, as its last commit says, but its name does not"],
        ),
        (vec![said("main", &line)], "ready_for_implementation", vec![]),
    ] {
        let board = board(&policy, &["start", "main"], &branches, &Standing::default());
        assert_eq!(state(&policy, &board, "S-1"), word, "{branches:?}");
        let messages: Vec<&str> =
            board.findings.iter().map(|(_, it)| it.message.as_str()).collect();
        assert_eq!(messages, reported, "{branches:?}");
        assert!(board.findings.iter().all(|(of, it)| *of == ["S-1"] && it.help.is_some()));
    }
}

fn pull(number: u64, open: bool, merged_as: Option<&str>, checks: Option<Checks>) -> Pull {
    Pull {
        number,
        title: "limit retries".to_owned(),
        branch: "feature/S-1-x".to_owned(),
        open,
        merged_as: merged_as.map(str::to_owned),
        checks,
    }
}

#[test]
fn pull_requests_say_more_where_the_server_is_asked() {
    let policy = policy();
    let revert = ["start", "x", "Revert \"x\"\n\nThis reverts commit @1."];
    for (texts, pulls, word) in [
        (&["start"][..], vec![], "ready_for_implementation"),
        (&["start"], vec![pull(1, true, None, Some(Checks::Open))], "in_progress"),
        (&["start"], vec![pull(1, true, None, Some(Checks::Red))], "in_progress"),
        (&["start"], vec![pull(1, true, None, Some(Checks::Green))], "ready_for_pr"),
        (&["start"], vec![pull(1, false, None, None)], "ready_for_implementation"),
        (&["start"], vec![pull(1, false, Some(&id(7)), None)], "merged"),
        // A rebase left nothing in its messages; its revert is seen all the same.
        (&revert, vec![pull(1, false, Some(&id(1)), None)], "ready_for_implementation"),
    ] {
        let recorded = Standing::default();
        let board = board_with(&policy, texts, &[], &recorded, Some(&pulls));
        assert_eq!(state(&policy, &board, "S-1"), word, "{pulls:?}");
    }
}

#[test]
fn a_block_stops_whatever_is_not_merged() {
    let policy = policy();
    let block = |story: &str| {
        let data = json!({"block": story, "subject": story, "severity": "high", "cause": "c",
            "owner": "ana"});
        (Kind::Block, data)
    };
    let recorded = after(Timestamp::UNIX_EPOCH, &[block("S-1"), block("S-2"), block("S-3")]);
    let own = id(90);
    let branches = [branch("feature/S-2-x", &own)];
    let board = board(&policy, &["S-3: x (#1)"], &branches, &recorded);
    let states = ["S-1", "S-2", "S-3"].map(|story| state(&policy, &board, story));
    assert_eq!(states, ["blocked", "blocked", "merged"]);
    let under_way: Vec<bool> = board.statuses[..3].iter().map(Status::is_under_way).collect();
    assert_eq!(under_way, [false, true, false]);
}

#[test]
fn whole_evidence_makes_a_story_ready_for_its_pull_request() {
    let policy = policy();
    let own = id(90);
    let branches = [branch("feature/S-1-x", &own)];
    let mut board = board(&policy, &["start"], &branches, &Standing::default());
    let evidence = HashMap::from([("S-1".to_owned(), true), ("S-2".to_owned(), true)]);
    board.with_evidence(policy.backlog.as_ref().unwrap(), &evidence);
    assert_eq!(state(&policy, &board, "S-1"), "ready_for_pr");
    assert_eq!(state(&policy, &board, "S-2"), "ready_for_implementation");
}

#[test]
fn stories_whose_maps_meet_are_reported() {
    let mut policy = policy();
    let map = r#"
[[areas]]
name = "a"
paths = ["a/**"]
[[areas]]
name = "b"
paths = ["b/**", "shared/**"]
[[areas]]
name = "c"
paths = ["c/**", "shared/**"]
[[stories]]
story = "S-[12]"
areas = ["a"]
[[stories]]
story = "S-3"
areas = ["b"]
[[stories]]
story = "S-4"
areas = ["c"]
"#;
    let programme: &[u8] = include_bytes!("../../../../../../../policy/programme.toml");
    let gates: &[u8] = include_bytes!("../../../../../../../policy/gates.toml");
    let named =
        [("programme.toml", programme), ("gates.toml", gates), ("filemap.toml", map.as_bytes())];
    let files: PolicyFiles = named.map(|(name, bytes)| (name.to_owned(), bytes.to_vec())).into();
    let (other, findings) = policy::check("policy", &files);
    policy.filemap = other.unwrap_or_else(|| panic!("{findings:?}")).filemap;
    let tips: Vec<String> = (80..84).map(id).collect();
    let names: Vec<String> = (1..5).map(|number| format!("feature/S-{number}-x")).collect();
    let branches: Vec<Branch<'_>> =
        names.iter().zip(&tips).map(|(name, tip)| branch(name, tip)).collect();
    let reached = Reached::from([(("b".to_owned(), "c".to_owned()), "shared/x".to_owned())]);
    let reported = |branches: &[Branch<'_>]| {
        let board = board(&policy, &["start"], branches, &Standing::default());
        let backlog = policy.backlog.as_ref().unwrap();
        let found = overlaps(backlog, &board, policy.filemap.as_ref().unwrap(), &reached);
        let said = found.into_iter().map(|(of, finding)| {
            assert!(finding.message.starts_with(&of.join(", ")), "{of:?}");
            finding.message
        });
        said.collect::<Vec<_>>()
    };
    assert_eq!(
        reported(&branches),
        [
            "S-1, S-2 are under way and may all touch the area `a`",
            "S-3, S-4 are under way and may all touch `shared/x`, which `b` and `c` reach",
        ]
    );
    assert_eq!(reported(&branches[1..3]), [""; 0]);
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]

    /// Whatever a message says, a story is merged or reverted or neither, without a panic.
    #[test]
    fn no_message_makes_it_panic(
        texts in prop::collection::vec(
            "(Revert |Merge pull request #|Merge branch '|S-1: | \\(#1\\)|\n|Story: |This reverts commit |Reverts o/n#|[0-9a-f]{7}|\\PC){0,12}", 0..6,
        ),
    ) {
        let policy = policy();
        let texts: Vec<&str> = texts.iter().map(String::as_str).collect();
        let board = board(&policy, &texts, &[], &Standing::default());
        let word = state(&policy, &board, "S-1");
        prop_assert!(["merged", "ready_for_implementation"].contains(&word), "{}", word);
    }
}
