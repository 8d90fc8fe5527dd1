//! How commits came: tables of histories, and of pull requests with one thing missing.

mod pulls;
mod rows;

use std::collections::{BTreeMap, BTreeSet};

use proptest::prelude::*;

use super::*;

fn commit(id: &str, parents: &[&str], tree: &str) -> Commit {
    Commit {
        id: id.to_owned(),
        parents: parents.iter().map(|it| (*it).to_owned()).collect(),
        tree: tree.to_owned(),
        committed: 1_000,
        message: format!("commit {id}\n"),
    }
}

fn pull(number: u64, merged_as: &str, head: &str) -> Merged {
    Merged {
        number,
        title: "a patch".to_owned(),
        merged_at: Timestamp::from_second(2_000).unwrap(),
        merged_as: Some(merged_as.to_owned()),
        head: head.to_owned(),
        branch: "patch".to_owned(),
    }
}

fn part(id: &str, tree: &str, parent: &str) -> PullCommit {
    PullCommit { id: id.to_owned(), tree: tree.to_owned(), parent: Some(parent.to_owned()) }
}

/// A history with every way, oldest first: a root; a squash (#1); a merge (#2) of two
/// commits; a push; a rebase (#3) of two; a pull request that was pushed (#4).
fn history() -> (Vec<Commit>, Vec<Merged>, BTreeMap<u64, Vec<PullCommit>>) {
    let commits = vec![
        commit("r", &[], "t0"),
        commit("s", &["r"], "t1"),
        commit("x1", &["s"], "u1"),
        commit("x2", &["x1"], "t2"),
        commit("m", &["s", "x2"], "t2"),
        commit("d", &["m"], "t3"),
        commit("a", &["d"], "t4"),
        commit("b", &["a"], "t5"),
        commit("p1", &["b"], "t6"),
        commit("p2", &["p1"], "t7"),
    ];
    let pulls =
        vec![pull(1, "s", "y1"), pull(2, "m", "x2"), pull(3, "b", "z2"), pull(4, "p2", "p2")];
    let parts = BTreeMap::from([
        (1, vec![part("y1", "t1", "r")]),
        (2, vec![part("x1", "u1", "s"), part("x2", "t2", "x1")]),
        (3, vec![part("z1", "t4", "d"), part("z2", "t5", "z1")]),
        (4, vec![part("p1", "t6", "b"), part("p2", "t7", "p1")]),
    ]);
    (commits, pulls, parts)
}

fn steps<'a>(commits: &'a [Commit], head: &str) -> Vec<Step<'a>> {
    super::steps(&MainLine::of(commits, head, Some("main"), BTreeSet::new()))
}

fn ways(
    commits: &[Commit],
    pulls: Option<&[Merged]>,
    parts: &BTreeMap<u64, Vec<PullCommit>>,
) -> Vec<(Way, usize)> {
    let steps = steps(commits, &commits.last().unwrap().id);
    let landings = landings(&steps, pulls, parts);
    landings.iter().map(|landing| (landing.way, landing.size())).collect()
}

#[test]
fn every_commit_has_its_way() {
    let (commits, pulls, parts) = history();
    let expected = vec![
        (Way::Root, 1),
        (Way::Squash(1), 1),
        (Way::Merge(2), 3),
        (Way::Direct, 1),
        (Way::Rebase(3), 2),
        (Way::Pushed(4), 2),
    ];
    assert_eq!(ways(&commits, Some(&pulls), &parts), expected);
    let unasked: Vec<Way> = ways(&commits, None, &parts).into_iter().map(|(way, _)| way).collect();
    assert_eq!(unasked.iter().filter(|way| **way == Way::Unasked).count(), 8 - 1);
    assert_eq!(unasked.first(), Some(&Way::Root));
}

/// A push that dresses as the first of a pull request's commits stays a push.
#[test]
fn nothing_is_hidden_in_a_rebase() {
    let (commits, pulls, parts) = history();
    type Change = fn(&mut BTreeMap<u64, Vec<PullCommit>>);
    let rows: &[(&str, Change)] = &[
        ("begun on what was pushed", |parts| {
            parts.get_mut(&3).unwrap()[0].parent = Some("a".to_owned());
        }),
        ("another tree on the way", |parts| {
            parts.get_mut(&3).unwrap()[0].tree = "other".to_owned();
        }),
        ("more of them than steps", |parts| {
            let all = parts.get_mut(&3).unwrap();
            for _ in 0..20 {
                all.push(part("z", "t5", "z2"));
            }
        }),
        ("one that is reported to have no parent", |parts| {
            parts.get_mut(&3).unwrap()[0].parent = None;
        }),
        ("the commit of another pull request among them", |parts| {
            *parts.get_mut(&3).unwrap() = vec![
                part("q", "t2", "s"),
                part("q", "t3", "q"),
                part("q", "t4", "q"),
                part("q", "t5", "q"),
            ];
        }),
        ("commits that are not reported", |parts| {
            parts.remove(&3);
        }),
    ];
    for (name, change) in rows {
        let mut changed = parts.clone();
        change(&mut changed);
        let ways = ways(&commits, Some(&pulls), &changed);
        assert!(ways.contains(&(Way::Squash(3), 1)), "{name}: {ways:?}");
        let direct = ways.iter().filter(|(way, _)| *way == Way::Direct).count();
        assert_eq!(direct, 2, "{name}: {ways:?}");
    }
}

#[test]
fn a_commit_that_says_it_is_old_does_not_slip_out_of_the_time() {
    let mut commits: Vec<Commit> =
        ["a", "b", "c", "d"].map(|id| commit(id, &[], "t")).into_iter().collect();
    for index in 1..4 {
        commits[index].parents = vec![commits[index - 1].id.clone()];
    }
    for (commit, time) in commits.iter_mut().zip([10, 30, 5, 40]) {
        commit.committed = time;
    }
    let steps = steps(&commits, "d");
    for (since, count) in [(None, 4), (Some(0), 4), (Some(20), 3), (Some(35), 1), (Some(50), 0)] {
        assert_eq!(steps_since(&steps, since).len(), count, "{since:?}");
    }
}

#[test]
fn pushes_are_named_with_who_made_them() {
    let activity = |kind: &str, before: &str, after: &str| Activity {
        kind: kind.to_owned(),
        before: before.to_owned(),
        after: after.to_owned(),
        actor: Some("mallory".to_owned()),
        at: "2026-02-01T00:00:00Z".to_owned(),
    };
    let all = [
        activity("pr_merge", "a", "b"),
        activity("push", "b", "d"),
        activity("force_push", "d", "c"),
    ];
    let line = ["a", "b", "c", "d"];
    let named = |id: &str| pushed(&all, &line, id).map(|one| one.kind.as_str());
    assert_eq!(
        ["a", "b", "c", "d", "e"].map(named),
        [None, None, Some("push"), Some("push"), None]
    );

    let moved = |before: &str, after: &str, forward| Moved {
        before: before.to_owned(),
        after: after.to_owned(),
        at: Timestamp::UNIX_EPOCH,
        forward,
    };
    let seen = [
        moved("a", "b", Some(true)),
        moved("d", "c", Some(false)),
        moved("x", "y", Some(false)),
        moved("v", "w", None),
    ];
    let codes: Vec<Code> = forced(&all, &seen).iter().map(|finding| finding.code).collect();
    assert_eq!(codes, [Code::AuditForced, Code::AuditForced, Code::AuditUnseen]);
}

#[test]
fn a_merge_that_is_gone_is_reported() {
    let (commits, mut pulls, _) = history();
    assert_eq!(lost(&commits, &pulls, None), Vec::new());
    pulls.push(pull(9, "gone", "h"));
    pulls.push(Merged { merged_as: None, ..pull(10, "", "h") });
    let codes: Vec<Code> = lost(&commits, &pulls, None).iter().map(|it| it.code).collect();
    assert_eq!(codes, [Code::AuditForced, Code::AuditUnseen]);
    assert_eq!(lost(&commits, &pulls, Some(2_001)), Vec::new());
}

#[test]
fn reverts_are_named() {
    let rows = [
        ("Revert \"x\"\n\nThis reverts commit 0123456789abcdef.\n", vec!["0123456789abcdef"]),
        ("Revert \"x\" (#4)\n\nReverts o/r#3\n", vec!["#3"]),
        ("a fix\n", vec![]),
    ];
    for (message, expected) in rows {
        let commits = [Commit { message: message.to_owned(), ..commit("r", &[], "t") }];
        let steps = steps(&commits, "r");
        let landings = landings(&steps, None, &BTreeMap::new());
        assert_eq!(landings[0].reverts, expected, "{message}");
    }
}

proptest! {
    /// Whatever the server says, no step is lost and none is reported twice.
    #[test]
    fn each_step_is_in_one_landing(
        parents in prop::collection::vec((0_usize..12, prop::option::of(0_usize..12)), 1..12),
        merges in prop::collection::vec((0_usize..14, 0_usize..14, 0_usize..5), 0..6),
    ) {
        let mut commits = vec![commit("0", &[], "t0")];
        for (index, (first, second)) in parents.iter().enumerate() {
            let at = index + 1;
            let mut of = vec![(first % at).to_string()];
            of.extend(second.map(|second| (second % at).to_string()));
            let of: Vec<&str> = of.iter().map(String::as_str).collect();
            commits.push(commit(&at.to_string(), &of, &format!("t{}", at % 3)));
        }
        let pulls: Vec<Merged> = (1..)
            .zip(&merges)
            .map(|(number, (as_id, head, _))| pull(number, &as_id.to_string(), &head.to_string()))
            .collect();
        let parts = (1..)
            .zip(&merges)
            .map(|(number, (as_id, _, count))| {
                let of = |index: usize| part(&index.to_string(), &format!("t{}", index % 3), "0");
                (number, (0..*count).map(|index| of(as_id + index)).collect())
            })
            .collect();
        let head = commits.last().unwrap().id.clone();
        let steps = steps(&commits, &head);
        let landings = landings(&steps, Some(&pulls), &parts);
        let reported: Vec<&str> = landings
            .iter()
            .flat_map(|landing| landing.steps.iter().map(|step| step.commit.id.as_str()))
            .collect();
        let line: Vec<&str> = steps.iter().map(|step| step.commit.id.as_str()).collect();
        prop_assert_eq!(reported, line);
    }
}
