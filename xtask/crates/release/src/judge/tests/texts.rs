//! What is written: messages, tags, matrices, notes.

use expect_test::expect;
use proptest::prelude::*;

use super::*;
use crate::judge::tags::Tag;
use crate::judge::trace::{Reported, matrix_csv, matrix_markdown, notes, trace};

fn any_message() -> impl Strategy<Value = Message> {
    let digest = || "[0-9a-f]{64}";
    let object = || prop_oneof!["[0-9a-f]{40}", "[0-9a-f]{64}"];
    let ids = (object(), object());
    let digests = (digest(), digest(), digest(), digest());
    let words = ("[^\\s\\p{Cc}]{1,8}( [^\\s\\p{Cc}]{1,8}){0,3}", "[0-9.]{1,8}(-rc\\.1)?");
    let more = (any::<u64>(), prop::collection::vec("[A-Za-z][A-Za-z0-9._-]{0,8}", 0..4));
    (ids, digests, words, more, prop::option::of("[a-z0-9.-]{1,12}")).prop_map(
        |((sha, tree), (one, two, three, root), (programme, version), (entries, stories), rc)| {
            Message {
                programme,
                version,
                sha,
                tree,
                stage: if rc.is_some() { Stage::Ga } else { Stage::Rc },
                rc,
                scorecard_sha256: one,
                evidence_zip_sha256: two,
                pack_sha256: three,
                ledger: Pin { entries, root },
                stories: stories.into_iter().filter(|story| story != "none").collect(),
            }
        },
    )
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(128))]
    #[test]
    fn a_message_is_read_as_it_was_written(message in any_message()) {
        prop_assert_eq!(Message::read(&message.text()), Ok(message));
    }

    /// Whatever is read is written again to the byte, so that no two texts say the same.
    #[test]
    fn a_damaged_message_is_none(
        message in any_message(), at in any::<prop::sample::Index>(), noise in "[ \n:a0\\PC]{0,3}",
        length in 0_usize..4,
    ) {
        let text = message.text();
        let mut bytes = text.clone().into_bytes();
        let from = at.index(bytes.len());
        let to = (from + length).min(bytes.len());
        bytes.splice(from..to, noise.bytes());
        let damaged = String::from_utf8_lossy(&bytes).into_owned();
        if let Ok(read) = Message::read(&damaged) {
            prop_assert_eq!(read.text(), damaged);
        }
    }

    #[test]
    fn no_text_makes_a_reader_panic(text in "(?s).*", listed in "([0-9a-f]{4}\trefs/tags/[v0-9.^{}rc-]*\n)*") {
        let _ = Message::read(&text);
        let tags = Tags::read(&listed, &thrice_programme::release::TagForm::default());
        let _ = (tags.next(version("1.0.0"), Stage::Rc), tags.before(version("1.0.0")).len());
    }

    /// No cell can end its row, begin another, or be a formula.
    #[test]
    fn no_text_of_a_commit_leaves_its_cell(subject in "(?s).{0,40}", story in "\\PC{0,12}") {
        let reported = [Reported { id: hex('a', 40), message: format!("{subject}\n\nStory: {story}\nStory: I-1") }];
        let trace = trace(&reported, None, None);
        let csv = matrix_csv(&trace, "=v1");
        prop_assert_eq!(csv.lines().count(), trace.stories.len() + 1);
        prop_assert!(csv.lines().all(|line| line.ends_with('"') && line.matches("\",\"").count() == 5));
        prop_assert!(csv.contains("\"'=v1\""));
        let markdown = matrix_markdown(&trace, "v1");
        prop_assert!(markdown.lines().skip(4).all(|line| line.starts_with("| ") && line.ends_with(" |")));
        let notes = notes(&trace, "t", (None, None), &[]);
        prop_assert!(!notes.contains('<') && !notes.contains('@'));
    }
}

#[test]
fn a_message_reads_well() {
    let message = Message { stories: Vec::new(), ..message(Stage::Ga) };
    let text = message.text().replace(&"0123456789abcdef".repeat(2), "");
    expect![[r#"
        Demo 1.4.0

        sha: aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa
        tree: bbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbb
        stage: ga
        rc: v1.4.0-rc.1
        scorecard_sha256: 1111111111111111111111111111111111111111111111111111111111111111
        evidence_zip_sha256: 2222222222222222222222222222222222222222222222222222222222222222
        pack_sha256: 3333333333333333333333333333333333333333333333333333333333333333
        ledger: 2 4444444444444444444444444444444444444444444444444444444444444444
        stories: none
    "#]]
    .assert_eq(&text);
}

#[test]
fn what_is_no_message_says_why() {
    let good = message(Stage::Ga).text();
    for (from, to, why) in [
        ("Demo 1.4.0", "Demo", "its first line isn't a name and a version"),
        ("\n\nsha", "\nsha", "its second line is not empty"),
        ("stage: ga", "stage: beta-1", "`stage` isn't a release stage"),
        ("rc: v1.4.0-rc.1\n", "", "`rc` is missing"),
        ("stage: ga", "stage: rc", "`scorecard_sha256` is missing"),
        ("sha: aaaa", "sha: AAAA", "`sha` or `tree` isn't the id of a git object"),
        ("pack_sha256: 33", "pack_sha256: 3", "a digest isn't a SHA-256"),
        ("ledger: 2 ", "ledger: two ", "`ledger` isn't a number and a root"),
        ("ledger: 2 ", "ledger: 02 ", "it has more lines than it may"),
        ("stories: I-12", "stories: I 12 ", "`stories` aren't ids with a space between them"),
        ("I-12\n", "I-12\nmore: x\n", "it has more lines than it may"),
        ("I-12\n", "I-12", "it has more lines than it may"),
        ("\n", "\r\n", "its second line is not empty"),
    ] {
        let text = good.replace(from, to);
        assert_ne!(text, good, "{from:?}");
        assert_eq!(Message::read(&text), Err(why.to_owned()), "{from:?} -> {to:?}");
    }
}

#[test]
fn tags_are_told_apart_by_name_alone() {
    let mut case = Case::new(Stage::Rc);
    case.tag("v1.4.0-rc.1", 'd', Some('a'));
    case.tag("v1.4.0-rc.10", 'd', Some('e'));
    case.tag("v1.4.0", 'd', Some('a'));
    case.tag("v2.0.1", 'd', Some('a'));
    case.tag("v1.5.0-rc.1", 'd', Some('a'));
    case.tag("v1.4.0-rc.01", 'd', Some('a'));
    let tags = Tags::read(&case.listed, &case.rules.form);
    assert_eq!(tags.next(version("1.4.0"), Stage::Rc).number, 11);
    assert_eq!(tags.next(version("3.0.0"), Stage::Rc).number, 1);
    let on = |tag: (Tagged, &Tag)| tag.1.name.clone();
    let sha = hex('a', 40);
    let candidates: Vec<_> =
        tags.of(Stage::Rc).filter(|(_, tag)| tag.target() == sha).map(on).collect();
    assert_eq!(candidates, ["v1.4.0-rc.1", "v1.5.0-rc.1"]);
    let before: Vec<_> =
        tags.before(version("2.0.5")).into_iter().map(|(it, _)| it.to_string()).collect();
    assert_eq!(before, ["2.0.1", "2.0.0", "1.4.0", "1.3.9"]);
    let before: Vec<_> =
        tags.before(version("1.4.1")).into_iter().map(|(it, _)| it.to_string()).collect();
    assert_eq!(before, ["1.4.0", "1.3.9"]);
}

#[test]
fn stories_are_found_where_commits_name_them() {
    let reported = |message: &str| Reported { id: hex('a', 40), message: message.to_owned() };
    let all = [
        reported("Retry (#7)\n\nStory: I-1\nStory: I-2, I-3"),
        reported("Merge pull request #8 from o/feature/I-4-retry-limit\n\nRetry"),
        reported("Merge branch 'hotfix/I-4-again'"),
        reported("Tidy <b> @all (#9)"),
        reported("No story (#x)"),
        reported("Story: ../x"),
    ];
    let mut trace = trace(&all, None, None);
    let planned = |lacks| traced(lacks).stories.into_values().next().unwrap().planned;
    let missing = Finding::new(Code::EvidenceMissing, "there is none");
    trace.stories.get_mut("I-1").unwrap().planned = planned(Vec::new());
    trace.stories.get_mut("I-2").unwrap().planned = planned(vec![missing]);
    let tag = "v1.4.0";
    expect![[r#"
        # Stories of v1.4.0

        **4 stories; 1 with complete evidence.**

        | story | acceptance criteria | evidence | pull requests | commits |
        | --- | --- | --- | --- | --- |
        | I-1 Retry | a failed call is tried again | evidence/I-12 | \#7 | aaaaaaaaaaaa |
        | I-2 Retry | a failed call is tried again | evidence/I-12 \(incomplete\) | \#7 | aaaaaaaaaaaa |
        | I-3 | not established | not established | \#7 | aaaaaaaaaaaa |
        | I-4 | not established | not established | \#8 | aaaaaaaaaaaa aaaaaaaaaaaa |
    "#]]
    .assert_eq(&matrix_markdown(&trace, tag));
    expect![[r#"
        # Demo 1.4.0

        Read this.

        **4 stories, 3 other changes** since v1.3.9.

        ## Stories

        - I-1: Retry (\#7)
        - I-2: Retry (\#7)
        - I-3 (\#7)
        - I-4 (\#8)

        ## Other changes

        - Tidy &lt;b\> &#64;all \(\#9\) (aaaaaaaaaaaa \#9)
        - No story \(\#x\) (aaaaaaaaaaaa)
        - Story: ../x (aaaaaaaaaaaa)

        ## Proof

        - Commit: `abc`
    "#]]
    .assert_eq(&notes(
        &trace,
        "Demo 1.4.0",
        (Some("v1.3.9"), Some("Read this.\n")),
        &[("Commit", "`abc`".to_owned())],
    ));
}

/// Each row: the first line of a commit, and the stories of the backlog that it names.
#[test]
fn the_title_of_a_squash_names_its_stories() {
    let backlog = "[[stories]]\nid = \"S-1..S-3\"\ntitle = \"x\"\npriority = \"P0\"\n\
        [[stories]]\nid = \"S-1-2\"\ntitle = \"y\"\npriority = \"P0\"\n";
    let programme: &[u8] = include_bytes!("../../../../../../policy/programme.toml");
    let gates: &[u8] = include_bytes!("../../../../../../policy/gates.toml");
    let named = [
        ("programme.toml", programme),
        ("gates.toml", gates),
        ("backlog.toml", backlog.as_bytes()),
    ];
    let files = named.map(|(name, bytes)| (name.to_owned(), bytes.to_vec())).into();
    let (policy, findings) = thrice_programme::check("policy", &files);
    assert_eq!(findings, []);
    let backlog = policy.unwrap().backlog;
    for (subject, stories) in [
        ("S-1: retry (#7)", vec!["S-1"]),
        ("Retry (S-1, S-3) (#7)", vec![]),
        ("feat(S-2): retry (#7)", vec!["S-2"]),
        ("S-1: is blocked (#7)", vec![]),
        ("S-9: not planned (#7)", vec![]),
        ("S-1: said without a pull request", vec![]),
        ("Merge pull request #8 from o/S-1", vec![]),
        ("Merge pull request #8 from o/feature/S-1-2-retry", vec!["S-1-2"]),
        ("Merge branch 'hotfix/S-1-3-retry'", vec!["S-1"]),
    ] {
        let reported = [Reported { id: hex('a', 40), message: subject.to_owned() }];
        let found = trace(&reported, None, backlog.as_ref());
        let found: Vec<&str> = found.stories.keys().map(String::as_str).collect();
        assert_eq!(found, stories, "{subject}");
    }
}
