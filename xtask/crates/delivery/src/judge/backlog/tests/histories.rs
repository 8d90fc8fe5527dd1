//! Histories as repositories have them, and whether they deliver S-1. A mention is none.

use super::*;

/// A message with one line's end after each part, as a commit has it.
const SQUASHED: &str = "Limit retries (#12)\n\n* Limit retries\n\nStory: S-1\n\n* Tidy\n\nCo-authored-by: B <b@example.com>\n";

/// What is done to `main`, oldest first; `@0` stands for the id of the first commit.
const HISTORIES: &[(&str, &[&str], bool)] = &[
    // Squashed pull requests.
    ("squash, title with colon", &["S-1: limit retries (#12)"], true),
    ("squash, title with space", &["S-1 limit retries (#12)"], true),
    ("squash, title in brackets", &["[S-1] Limit retries (#12)"], true),
    ("squash, id alone", &["S-1 (#12)"], true),
    ("squash, feat", &["feat(S-1): limit retries (#12)"], true),
    ("squash, feat with a break", &["feat(S-1)!: limit retries (#12)"], true),
    ("squash, fix", &["fix(S-1): count again (#12)"], true),
    ("squash, trailer of one of its commits", &[SQUASHED], true),
    (
        "squash, trailer in the last paragraph",
        &["Limit retries (#12)\n\nBecause.\n\nStory: S-1\n"],
        true,
    ),
    ("squash, trailer with several", &["Limit (#12)\n\nStory: S-2, S-1\n"], true),
    ("squash, trailer in lower case", &["Limit (#12)\n\nstory: S-1\n"], true),
    ("squash of a backport", &["S-1: limit retries (#12) (#19)"], true),
    // Titles that mention.
    ("contract patch", &["Write the contract of S-1 (#5)"], false),
    ("contract patch, id first", &["S-1: write the contract (#5)"], false),
    ("acceptance criteria", &["S-1: acceptance criteria (#5)"], false),
    ("block recorded", &["Record that S-1 is blocked (#4)"], false),
    ("block, id first", &["S-1 is blocked by S-2 (#4)"], false),
    ("block, id first, one id", &["S-1 is blocked (#4)"], false),
    ("unblocked", &["S-1: unblocked by the new key (#4)"], false),
    ("documentation", &["Docs: mention S-1 (#6)"], false),
    ("documentation, scoped", &["docs(S-1): say how (#6)"], false),
    ("chore, scoped", &["chore(S-1): format (#6)"], false),
    ("test, scoped", &["test(S-1): one more case (#6)"], false),
    ("two ids", &["S-1 and S-2: limit retries (#7)"], false),
    ("two ids, one behind", &["S-1: make way for S-2 (#7)"], false),
    ("id at the end", &["Make way for S-1 (#7)"], false),
    ("id in the middle", &["Move S-1 to the next wave (#7)"], false),
    ("part of it", &["S-1: part 1, the counter (#7)"], false),
    ("counted parts", &["S-1: the counter (1/3) (#7)"], false),
    ("a rate counts no parts", &["S-1: limit to 3/min (#7)"], true),
    ("work in progress", &["S-1: WIP (#7)"], false),
    ("draft", &["S-1 draft of the retry loop (#7)"], false),
    ("spike", &["S-1: spike on retries (#7)"], false),
    ("evidence patch", &["S-1: evidence of the load test (#8)"], false),
    ("preparation", &["S-1: prepare the module (#7)"], false),
    ("longer id", &["S-12: other (#12)"], false),
    ("id inside a word", &["XS-1: other (#12)"], false),
    ("pushed without a pull request", &["S-1: limit retries"], false),
    ("plan of the wave", &["Plan the wave: S-1, S-2, S-3 (#3)"], false),
    (
        "bot, dependency",
        &["Bump s-1 from 1.0.0 to 1.0.1 (#30)\n\nSigned-off-by: dependabot[bot] <x@example.com>"],
        false,
    ),
    ("bot, backport", &["[backport v2] S-1: limit retries (#31)"], false),
    ("sentence about a story", &["Tidy (#9)\n\nStory: S-1 was hard to test\n"], false),
    ("title that looks like a trailer", &["Story: S-1 (#9)"], false),
    ("quoted trailer", &["Tidy (#9)\n\n> Story: S-1\n"], false),
    // Merges.
    (
        "merge button",
        &["Merge pull request #12 from ana/feature/S-1-retries\n\nLimit retries"],
        true,
    ),
    (
        "merge button, other branch",
        &["Merge pull request #12 from ana/feature/S-2-x\n\nS-1: make way"],
        false,
    ),
    (
        "merge button, branch without a form",
        &["Merge pull request #12 from ana/S-1-contract\n\nS-1"],
        false,
    ),
    (
        "merge button, renamed branch with a trailer",
        &["work\n\nStory: S-1", "Merge pull request #12 from ana/retries"],
        true,
    ),
    ("merge by hand", &["Merge branch 'feature/S-1-retries'"], true),
    (
        "merge of a remote branch",
        &["Merge remote-tracking branch 'origin/feature/S-1-retries'"],
        true,
    ),
    ("main merged into the branch", &["Merge branch 'main' into feature/S-1-retries"], false),
    // Rebases and cherry-picks.
    ("rebase, each with a trailer", &["one\n\nStory: S-1", "two\n\nStory: S-1"], true),
    ("rebase without a word", &["one", "two"], false),
    (
        "cherry-pick",
        &[
            "one\n\nStory: S-1\n(cherry picked from commit 0123456789012345678901234567890123456789)",
        ],
        true,
    ),
    (
        "cherry-pick that mentions",
        &[
            "Fix what S-1 broke\n\n(cherry picked from commit 0123456789012345678901234567890123456789)",
        ],
        false,
    ),
    // Reverts.
    ("revert by git", &["S-1: x (#1)", "Revert \"S-1: x (#1)\"\n\nThis reverts commit @0."], false),
    ("revert by GitHub", &["S-1: x (#1)", "Revert \"S-1: x\" (#2)\n\nReverts o/n#1"], false),
    (
        "revert whose body was edited",
        &["S-1: x (#1)", "Revert \"S-1: x\" (#2)\n\nIt was slow."],
        false,
    ),
    ("conventional revert", &["feat(S-1): x (#1)", "revert: feat(S-1): x (#2)"], false),
    (
        "revert of a merge",
        &[
            "one\n\nStory: S-1",
            "Merge pull request #4 from o/feature/S-1-x",
            "Revert \"Merge\"\n\nThis reverts commit @1, reversing\nchanges made to @0.",
        ],
        false,
    ),
    (
        "revert of one of two commits",
        &["one\n\nStory: S-1", "two\n\nStory: S-1", "Revert \"one\"\n\nThis reverts commit @0."],
        false,
    ),
    (
        "revert of a squash that has a trailer",
        &[SQUASHED, "Revert \"Limit retries (#12)\"\n\nThis reverts commit @0.\n\nStory: S-1"],
        false,
    ),
    (
        "revert of another story",
        &["S-1: x (#1)", "S-2: y (#2)", "Revert \"S-2: y (#2)\"\n\nThis reverts commit @1."],
        true,
    ),
    ("revert that begins with the id", &["S-1: revert the cache (#2)"], false),
    (
        "partial revert",
        &["S-1: x (#1)", "Partially revert S-1 (#2)\n\nThis partially reverts commit @0."],
        true,
    ),
    ("partial revert in its title", &["S-1: x (#1)", "Revert \"S-1: x\" for Windows (#2)"], true),
    (
        "revert of a revert by git",
        &[
            "S-1: x (#1)",
            "Revert \"S-1: x (#1)\"\n\nThis reverts commit @0.",
            "Reapply \"S-1: x (#1)\"\n\nThis reverts commit @1.",
        ],
        true,
    ),
    (
        "revert of a revert by GitHub",
        &[
            "S-1: x (#1)",
            "Revert \"S-1: x\" (#2)\n\nReverts o/n#1",
            "Revert \"Revert \"S-1: x\"\" (#3)\n\nReverts o/n#2",
        ],
        true,
    ),
    (
        "revert of a revert, both edited",
        &[
            "S-1: x (#1)",
            "Revert \"S-1: x\" (#2)\n\nSlow.",
            "Revert \"Revert \"S-1: x\"\" (#3)\n\nIt was not.",
        ],
        true,
    ),
    (
        "three reverts",
        &[
            "S-1: x (#1)",
            "Revert \"a\"\n\nThis reverts commit @0.",
            "Revert \"b\"\n\nThis reverts commit @1.",
            "Revert \"c\"\n\nThis reverts commit @2.",
        ],
        false,
    ),
    (
        "done again after a revert",
        &[
            "S-1: x (#1)",
            "Revert \"S-1: x (#1)\"\n\nThis reverts commit @0.",
            "S-1: x, with a limit (#3)",
        ],
        true,
    ),
    // Of public reports, each at its address below <https://github.com>.
    // conventional-changelog/conventional-changelog/pull/1422: a short id and no full stop.
    ("revert by GitLab", &["S-1: x (#1)", "Revert \"S-1: x\"\nThis reverts commit @0:8"], false),
    // TracecatHQ/tracecat/pull/3375: GitHub's revert under a conventional title.
    (
        "conventional revert, GitHub's body",
        &["feat(S-1): x (#1)", "revert(S-1): x (#2)\n\nReverts o/n#1"],
        false,
    ),
    ("conventional revert, scope", &["feat(S-1): x (#1)", "revert(S-1): x (#2)"], false),
    ("conventional revert, scope of an id", &["S-1: x (#1)", "revert(S-1): x (#2)"], false),
    ("conventional revert, no scope", &["feat(S-1): x (#1)", "revert!: x (#2)"], false),
    ("conventional revert of another", &["feat(S-1): x (#1)", "revert(S-1): y (#2)"], true),
    // conventional-changelog/conventional-changelog-config-spec/issues/85: the
    // specification's own example.
    (
        "conventional revert, footer of several",
        &["S-1: x (#1)", "two", "revert: the noodle incident\n\nRefs: @0:8, @1:8"],
        false,
    ),
    // googleapis/release-please/issues/296: footers that name the commit.
    (
        "revert, footer with words",
        &["S-1: x (#1)", "reverts: the feature\n\nRevert: @0:8 (the feature)"],
        false,
    ),
    ("revert of a quoted title", &["S-1: x (#1)", "Revert \"S-1: x\" (#3855)"], false),
    ("footer without a revert", &["S-1: x (#1)", "fix: y (#2)\n\nRefs: @0:8"], true),
    ("revert, footer of an issue", &["S-1: x (#1)", "revert: z (#2)\n\nRefs: #1"], true),
    // webiny/action-conventional-commits/pull/19, jorisroovers/gitlint/issues/554.
    (
        "reapplied, bodies left out",
        &["S-1: x (#1)", "Revert \"S-1: x (#1)\" (#2)", "Reapply \"S-1: x (#1)\" (#3)"],
        true,
    ),
    (
        "reapplied and reverted, bodies left out",
        &[
            "S-1: x (#1)",
            "Revert \"S-1: x (#1)\" (#2)",
            "Reapply \"S-1: x (#1)\" (#3)",
            "Revert \"Reapply \"S-1: x (#1)\" (#3)\" (#4)",
        ],
        false,
    ),
    (
        "reapplied, of another title",
        &["S-1: x (#1)", "Revert \"S-1: x\" (#2)", "Reapply \"x\" (#3)"],
        false,
    ),
    // googleapis/release-please/issues/2476: the title in the body of a merge.
    (
        "merge button, title of a mention in its body",
        &["Merge pull request #12 from ana/x\n\nfeat(S-1): x"],
        false,
    ),
    // HeyPuter/puter/pull/2578: the squash of a branch that holds what it reverts.
    (
        "squash of a commit and its revert",
        &[
            "Undo (#2)\n\n* S-1: x\n\n* Revert \"S-1: x\"\n\nThis reverts commit 0123456789012345678901234567890123456789.",
        ],
        false,
    ),
];

#[test]
fn a_story_is_delivered_by_evidence_and_by_no_mention() {
    let policy = policy();
    assert!(HISTORIES.len() >= 60, "{}", HISTORIES.len());
    let mut wrong = Vec::new();
    for (name, texts, delivered) in HISTORIES {
        let board = board(&policy, texts, &[], &Standing::default());
        if (state(&policy, &board, "S-1") == "merged") != *delivered {
            wrong.push(name);
        }
    }
    assert_eq!(wrong, [&""; 0]);
}

/// Only the server knows what carried a commit whose message says nothing.
#[test]
fn the_pull_request_that_carried_it_delivers_a_story() {
    let policy = policy();
    let merged = id(1);
    for (branch, title, delivered) in [
        ("feature/S-1-retries", "Limit retries", true),
        ("ana/patch-3", "S-1: limit retries", true),
        ("ana/patch-3", "Write the contract of S-1", false),
        ("ana/patch-3", "S-1: write the contract", false),
        ("feature/S-2-x", "S-1: limit retries", false),
    ] {
        let pull = Pull {
            title: title.to_owned(),
            branch: branch.to_owned(),
            ..pull(1, false, Some(&merged), None)
        };
        let board =
            board_with(&policy, &["start", "work"], &[], &Standing::default(), Some(&[pull]));
        assert_eq!(state(&policy, &board, "S-1") == "merged", delivered, "{branch} {title}");
    }
}

/// A branch that was renamed after its merge is found by its last commit.
#[test]
fn a_renamed_branch_whose_commit_a_merge_joined_delivers() {
    let policy = policy();
    let backlog = policy.backlog.as_ref().unwrap();
    let names = Names::new(backlog, policy.branches.as_ref());
    let [first, tip, merge] = [id(1), id(2), id(3)];
    let both = format!("{first} {tip}");
    let commits = [
        Commit { id: &merge, parents: &both, message: "Merge branch 'retries'" },
        Commit { id: &tip, parents: &first, message: "work" },
        Commit { id: &first, parents: "", message: "start" },
    ];
    let mut asked = CommitQuery::default();
    asked.tip(&tip, names.story("feature/S-1-retries"));
    let history = History::of(commits.into_iter(), &asked, backlog, &names);
    let landing = history.stands(backlog.position("S-1").unwrap()).unwrap();
    assert_eq!((landing.by, landing.commit.as_str()), (By::Contained, merge.as_str()));
}
