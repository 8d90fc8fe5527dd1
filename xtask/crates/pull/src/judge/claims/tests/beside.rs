//! Runs of the same commit that the body does not name.

use super::*;
use thrice_findings::Finding;
use thrice_orr::judge::server::is_red;

/// A change of a run and what it left, and what it has against the three.
type Row = (&'static str, fn(&mut RunFacts), Option<&'static str>);

fn of(facts: &mut RunFacts) -> &mut Run {
    let Known::Is(run) = &mut facts.run else { panic!("no run") };
    run
}

fn parts_of(facts: &mut RunFacts) -> &mut Parts {
    let Known::Is(Left { parts: Ok(parts), .. }) = &mut facts.left else { panic!("no parts") };
    parts
}

fn ended(facts: &mut RunFacts, conclusion: &str) {
    of(facts).conclusion = text(conclusion);
}

fn job_ended(facts: &mut RunFacts, conclusion: &str) {
    let Known::Is(jobs) = &mut facts.jobs else { panic!("no jobs") };
    jobs[1].conclusion = text(conclusion);
}

const ROWS: &[Row] = &[
    ("as the others", |_| {}, None),
    ("of another commit", |facts| of(facts).head_sha = OLDER.to_owned(), None),
    ("red", |facts| ended(facts, "failure"), Some("REFUSE-20")),
    ("too long", |facts| ended(facts, "timed_out"), Some("REFUSE-20")),
    (
        "red on another branch",
        |facts| {
            of(facts).head_branch = text("elsewhere");
            ended(facts, "failure");
        },
        Some("REFUSE-20"),
    ),
    (
        "red by the pull request",
        |facts| {
            of(facts).event = "pull_request".to_owned();
            ended(facts, "failure");
        },
        Some("REFUSE-20"),
    ),
    (
        "of another workflow, red",
        |facts| {
            of(facts).workflow_id = 8;
            ended(facts, "failure");
        },
        None,
    ),
    ("cancelled", |facts| ended(facts, "cancelled"), Some("not-established")),
    (
        "cancelled while red",
        |facts| {
            ended(facts, "cancelled");
            job_ended(facts, "failure");
        },
        Some("REFUSE-20"),
    ),
    (
        "cancelled, jobs unseen",
        |facts| {
            ended(facts, "cancelled");
            facts.jobs = Known::Absent;
        },
        Some("not-established"),
    ),
    (
        "cancelled by the pull request",
        |facts| {
            of(facts).event = "pull_request".to_owned();
            ended(facts, "cancelled");
        },
        None,
    ),
    (
        "green the second time",
        |facts| {
            of(facts).run_attempt = Some(2);
            job_ended(facts, "failure");
        },
        Some("REFUSE-20"),
    ),
    ("green twice", |facts| of(facts).run_attempt = Some(2), None),
    (
        "at work",
        |facts| {
            of(facts).status = text("in_progress");
            of(facts).conclusion = None;
        },
        Some("run-unfinished"),
    ),
    (
        "at work for the pull request",
        |facts| {
            of(facts).event = "pull_request".to_owned();
            of(facts).status = text("in_progress");
        },
        None,
    ),
    ("other bytes", |facts| parts_of(facts).zip_sha256 = "b".repeat(64), Some("REFUSE-20")),
    ("nothing left", |facts| facts.left = Known::Absent, Some("not-established")),
];

#[test]
fn no_run_of_the_commit_may_speak_against_the_three() {
    for (name, change, code) in ROWS {
        let mut world = world();
        let mut other = run(1003);
        change(&mut other);
        world.beside = vec![other];
        assert_eq!(world.codes(), Vec::from_iter(*code), "{name}");
    }
}

#[test]
fn they_are_reported_together() {
    let mut world = world();
    world.beside = (1..=5).map(|number| run(2000 + number)).collect();
    for red in &mut world.beside[..4] {
        ended(red, "failure");
    }
    // One that is named is judged by itself.
    world.beside.push(run(1001));
    let claims = world.claims();
    let claim = claims.iter().find(|claim| claim.name == "other runs").unwrap();
    assert_eq!((claim.word(), claim.seen.as_str()), ("disproven", "4 of 5 beside"));
    assert_eq!(
        claim.findings[0].message,
        "runs of ffffffffffff that `run_ids` does not name, red: 2001 (`failure`), 2002 (`failure`), 2003 (`failure`) and 1 more"
    );
}

#[test]
fn what_is_asked_of_a_run_is_what_its_end_leaves_open() {
    let expected = world().expected;
    let asked = |change: fn(&mut Run)| {
        let mut other = run(1003);
        change(of(&mut other));
        let Wanted { jobs, left } = wanted(&expected, of(&mut other));
        (jobs, left)
    };
    assert_eq!(asked(|_| {}), (false, true));
    assert_eq!(asked(|run| run.conclusion = text("failure")), (false, false));
    assert_eq!(asked(|run| run.conclusion = text("cancelled")), (true, false));
    assert_eq!(asked(|run| run.run_attempt = None), (true, true));
    assert_eq!(asked(|run| run.event = "pull_request".to_owned()), (false, false));
    assert_eq!(asked(|run| run.status = text("queued")), (false, false));
    assert!(is_red("new") && !is_red("stale") && !is_red("success"));
}

#[test]
fn the_body_says_how_often_the_tree_was_red_before() {
    let unseen = || Known::Unseen(Finding::new(Code::NotEstablishedCode, "no answer"));
    let rows = [
        (Known::Is(0), 0, None),
        (Known::Is(2), 2, None),
        // Reviews on a machine are counted, too.
        (Known::Is(1), 3, None),
        (Known::Is(3), 2, Some("REFUSE-20")),
        (Known::Is(1), 0, Some("REFUSE-20")),
        (Known::Absent, 0, Some("not-established")),
        (unseen(), 2, Some("not-established")),
    ];
    for (shown, says, code) in rows {
        let mut world = world();
        world.red_before = shown;
        if says > 0 {
            let line = format!("Red reviews of this tree before: {says}\n");
            // The end of the section that the last field is in.
            let field = world.body.rfind(ZIP).unwrap();
            let end = field + world.body[field..].find("\n\n").unwrap() + 1;
            world.body.insert_str(end, &line);
        }
        assert_eq!(world.codes(), Vec::from_iter(code), "{says}");
        let warns = findings(&world.claims()).iter().any(|it| it.code == Code::RedReviews);
        assert_eq!(warns, says > 0 && code.is_none(), "{says}");
    }
}
