//! A table of lies, each in a pull request of which everything else is so. What is a lie of
//! the body alone has the same codes from `pr verify`, `pr-body --check`, `pr update` and
//! `review`.

use super::*;

/// What is altered, and the codes of all that refuses it.
pub(super) type Lie = (&'static str, fn(&mut World), &'static [&'static str]);

#[test]
fn each_lie_is_reported_by_its_code() {
    let mut wrong = Vec::new();
    for (name, alter, codes) in LIES {
        let mut world = world();
        let honest = world.body.clone();
        alter(&mut world);
        let found = world.codes();
        if found != *codes {
            wrong.push(format!("{name}: {found:?}, not {codes:?}"));
        }
        let faces = world.faces();
        let lies = world.body != honest;
        for face in faces {
            let wanted = match codes {
                _ if !lies => &[][..],
                // Which runs there are, the server knows, and the record that these are not its.
                ["run-absent"] => &["CEC-50"],
                // The record has this branch too; `pr open` looks at its name.
                ["branch-name"] => &[],
                codes => codes,
            };
            if face != wanted {
                wrong.push(format!("{name}: a face says {face:?}, not {codes:?}"));
            }
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
    assert!(LIES.len() >= 90);
}

#[test]
fn a_sandbox_may_carry_the_runs_of_another_branch_and_name_an_older_base() {
    let mut world = world();
    world.pull.head.name = "feature/I-1-x".into();
    assert_eq!(world.codes(), Vec::<&str>::new());
    let claims = world.claims();
    let names: Vec<&str> = claims.iter().map(|claim| claim.name.as_str()).collect();
    assert!(names.contains(&"head branch"), "{names:?}");

    let mut older = super::world();
    older.sandbox_base = OLDER.into();
    let name = BRANCH.replace("0123456", &OLDER[..7]);
    older.edit(&format!("branch: {BRANCH}"), &format!("branch: {name}"));
    older.pull.head.name.clone_from(&name);
    older.expected.branch.clone_from(&name);
    for run in &mut older.runs {
        if let Known::Is(run) = &mut run.run {
            run.head_branch = Some(name.clone());
        }
    }
    // What the name names is an ancestor of the base: the gatherer saw that.
    assert_eq!(older.codes(), Vec::<&str>::new());
}

fn unknown() -> Finding {
    Finding::new(Code::GithubUnreachable, "GET x: HTTP 502").help("ask again")
}

pub(super) const LIES: &[Lie] = &[
    ("closed", |w| w.pull.state = "closed".into(), &["pull-closed"]),
    ("merged", |w| w.pull.merged_at = text("2026-02-01T00:00:00Z"), &["pull-closed"]),
    (
        "of a fork",
        |w| w.pull.head.repo.as_mut().unwrap().full_name = "e/r".into(),
        &["pull-foreign"],
    ),
    ("of a deleted fork", |w| w.pull.head.repo = None, &["pull-foreign"]),
    ("for another branch", |w| w.pull.base.name = "release".into(), &["pull-base"]),
    ("pushed meanwhile", |w| w.meanwhile(|pull| pull.head.sha = OLDER.into()), &["head-moved"]),
    ("deleted meanwhile", |w| w.pull_now = Some(Known::Absent), &["head-moved"]),
    ("unseen meanwhile", |w| w.pull_now = Some(Known::Unseen(unknown())), &["github-unreachable"]),
    ("closed meanwhile", |w| w.meanwhile(|pull| pull.state = "closed".into()), &["head-moved"]),
    (
        "for another branch meanwhile",
        |w| w.meanwhile(|pull| pull.base.name = "x".into()),
        &["head-moved"],
    ),
    ("another body meanwhile", |w| w.meanwhile(|pull| pull.body = text("x")), &["head-moved"]),
    ("of a fork meanwhile", |w| w.meanwhile(|pull| pull.head.repo = None), &["head-moved"]),
    ("main moved on", |w| w.default_head = OLDER.into(), &["CEC-60"]),
    (
        "main moved on meanwhile",
        |w| w.default_head_now = Some(Known::Is(OLDER.into())),
        &["CEC-60"],
    ),
    ("main gone meanwhile", |w| w.default_head_now = Some(Known::Absent), &["CEC-60"]),
    (
        "main unseen meanwhile",
        |w| w.default_head_now = Some(Known::Unseen(unknown())),
        &["github-unreachable"],
    ),
    (
        "repo_sha of an older main",
        |w| w.edit(&format!("repo_sha: {BASE}"), &format!("repo_sha: {OLDER}")),
        &["CEC-50"],
    ),
    (
        "repo_sha shortened",
        |w| w.edit(&format!("repo_sha: {BASE}"), "repo_sha: 0123456"),
        &["CEC-50"],
    ),
    ("repo_sha left out", |w| w.edit(&format!("repo_sha: {BASE}\n"), ""), &["REFUSE-10"]),
    ("another branch's name", |w| w.edit("0123456\nrun_ids", "0123457\nrun_ids"), &["CEC-50"]),
    (
        "no sandbox branch",
        |w| {
            w.pull.head.name = "feature/I-1-x".into();
            w.expected.branch = "feature/I-1-x".into();
            w.edit(&format!("branch: {BRANCH}"), "branch: feature/I-1-x");
            for run in &mut w.runs {
                if let Known::Is(run) = &mut run.run {
                    run.head_branch = text("feature/I-1-x");
                }
            }
        },
        &["branch-name"],
    ),
    (
        "from a branch of no kind",
        |w| w.pull.head.name = "security_audit_passed".into(),
        &["branch-name"],
    ),
    (
        "evidence that no gate left",
        |w| w.edit("T4_tests/gate.json", "T4_tests/security_audit_passed.pdf"),
        &["CEC-50"],
    ),
    ("two runs", |w| w.edit("[1001,1002,1004]", "[1001,1002]"), &["CEC-50"]),
    ("no runs", |w| w.edit("[1001,1002,1004]", "[]"), &["CEC-50"]),
    ("one run named twice", |w| w.edit("[1001,1002,1004]", "[1001,1002,1002]"), &["CEC-50"]),
    ("run_ids left out", |w| w.edit("run_ids: [1001,1002,1004]\n", ""), &["REFUSE-10"]),
    ("run ids of a machine", |w| w.edit("[1001,1002,1004]", "[1001,1002,a.3]"), &["run-absent"]),
    ("a deleted run", |w| w.edit("[1001,1002,1004]", "[1001,1002,1003]"), &["run-absent"]),
    ("a run unseen", |w| w.runs[1].run = Known::Unseen(unknown()), &["github-unreachable"]),
    ("a run of another branch", |w| w.run(|run| run.head_branch = text("main")), &["run-mismatch"]),
    ("a run of an older commit", |w| w.run(|run| run.head_sha = OLDER.into()), &["run-mismatch"]),
    ("a run of a push", |w| w.run(|run| run.event = "push".into()), &["run-mismatch"]),
    ("a run of another workflow", |w| w.run(|run| run.workflow_id = 8), &["run-mismatch"]),
    (
        "a run of another file",
        |w| w.run(|run| run.path = ".github/workflows/fake.yml".into()),
        &["run-mismatch"],
    ),
    (
        "a run of a fork",
        |w| w.run(|run| run.head_repository.as_mut().unwrap().full_name = "e/r".into()),
        &["run-mismatch"],
    ),
    ("a re-run", |w| w.run(|run| run.run_attempt = Some(2)), &["run-mismatch"]),
    ("a run that failed", |w| w.run(|run| run.conclusion = text("failure")), &["CEC-20"]),
    ("a run that was cancelled", |w| w.run(|run| run.conclusion = text("cancelled")), &["CEC-20"]),
    ("a run at work", |w| w.run(|run| run.status = text("in_progress")), &["run-unfinished"]),
    ("a skipped job", |w| w.jobs(|jobs| jobs[1].conclusion = text("skipped")), &["CEC-20"]),
    (
        "a job left out",
        |w| {
            w.jobs(|jobs| {
                jobs.pop();
            })
        },
        &["CEC-20"],
    ),
    ("a job run again", |w| w.jobs(|jobs| jobs[1].run_attempt = Some(2)), &["run-mismatch"]),
    ("jobs unseen", |w| w.runs[1].jobs = Known::Unseen(unknown()), &["github-unreachable"]),
    ("jobs gone", |w| w.runs[1].jobs = Known::Absent, &["not-established"]),
    ("no artifact", |w| w.runs[1].artifacts = Known::Is(Vec::new()), &["CEC-40"]),
    (
        "artifacts unseen",
        |w| w.runs[1].artifacts = Known::Unseen(unknown()),
        &["github-unreachable"],
    ),
    ("an artifact that expired", |w| w.artifact(|artifact| artifact.expired = true), &["CEC-40"]),
    ("an artifact that is gone", |w| w.runs[1].left = Known::Absent, &["CEC-40"]),
    (
        "an artifact without digest",
        |w| w.artifact(|artifact| artifact.digest = None),
        &["server-silent"],
    ),
    (
        "other bytes than the digest's",
        |w| w.artifact(|artifact| artifact.digest = Some(format!("sha256:{ZIP}"))),
        &["artifact-digest"],
    ),
    (
        "an artifact of another run",
        |w| w.artifact(|artifact| artifact.workflow_run.as_mut().unwrap().id = Some(9)),
        &["run-mismatch"],
    ),
    (
        "a run whose ZIP differs",
        |w| {
            if let Known::Is(Left { parts: Ok(parts), .. }) = &mut w.runs[1].left {
                parts.zip_sha256 = "b".repeat(64);
            }
        },
        &["REFUSE-20"],
    ),
    (
        "an artifact that cannot be opened",
        |w| {
            if let Known::Is(left) = &mut w.runs[1].left {
                left.parts = Err(Finding::new(Code::ArtifactUnread, "a link"));
            }
        },
        &["artifact-unread"],
    ),
    (
        "a manifest of another commit",
        |w| w.parts(|parts| parts.source.0 = OLDER.into()),
        &["run-mismatch"],
    ),
    (
        "a manifest of another tree",
        |w| w.parts(|parts| parts.source.1 = OLDER.into()),
        &["run-mismatch"],
    ),
    ("the digest of another ZIP", |w| w.body = w.body.replace(ZIP, &"b".repeat(64)), &["CEC-50"]),
    (
        "the digest of another ZIP, once",
        |w| {
            w.edit(
                &format!("evidence_zip_sha256: {ZIP}"),
                &format!("evidence_zip_sha256: {}", "b".repeat(64)),
            )
        },
        &["CEC-50"],
    ),
    (
        "the digest of another scorecard",
        |w| w.edit(&sha256(&scorecard()), &"b".repeat(64)),
        &["CEC-50"],
    ),
    (
        "scorecard_sha256 left out",
        |w| w.edit(&format!("scorecard_sha256: {}\n", sha256(&scorecard())), ""),
        &["REFUSE-10"],
    ),
    (
        "a scorecard of before the last push",
        |w| {
            let old = scorecard().replace(&head(), OLDER);
            w.edit(&scorecard(), &old);
            w.edit(&sha256(&scorecard()), &sha256(&old));
        },
        &["CEC-50"],
    ),
    (
        "a scorecard edited, with its digest",
        |w| {
            let edited = scorecard().replace("\"T4\"", "\"T5\"");
            w.edit(&scorecard(), &edited);
            w.edit(&sha256(&scorecard()), &sha256(&edited));
        },
        &["CEC-50"],
    ),
    (
        "a red scorecard reported as green",
        |w| {
            let red = scorecard().replacen("\"pass\"", "\"fail\"", 1);
            w.parts(|parts| {
                parts.scorecard = red.clone().into_bytes();
                parts.scorecard_sha256 = sha256(&red);
            });
        },
        &["CEC-20", "CEC-50"],
    ),
    ("no scorecard", |w| w.edit(&format!("```json\n{}```\n", scorecard()), ""), &["REFUSE-10"]),
    (
        "begun after its runs",
        |w| w.edit("started_at: 2026-01-31T12:00", "started_at: 2026-01-31T12:06"),
        &["CEC-50"],
    ),
    (
        "begun days before",
        |w| w.edit("started_at: 2026-01-31", "started_at: 2026-01-29"),
        &["CEC-50"],
    ),
    (
        "ended before its runs",
        |w| w.edit("finished_at: 2026-01-31T12:10", "finished_at: 2026-01-31T12:03"),
        &["CEC-50"],
    ),
    (
        "both times before the runs",
        |w| w.body = w.body.replace("_at: 2026-01-31", "_at: 2026-01-30"),
        &["CEC-50"],
    ),
    (
        "ended after the pull request was opened",
        |w| w.edit("finished_at: 2026-01-31T12:10", "finished_at: 2026-01-31T12:20"),
        &["CEC-50"],
    ),
    (
        "ended in the future",
        |w| {
            w.pull.updated_at = "2027-01-01T00:00:00Z".into();
            w.edit("finished_at: 2026-01-31", "finished_at: 2026-02-02");
        },
        &["CEC-50"],
    ),
    ("no clock", |w| w.now = None, &["server-silent"]),
    (
        "ended at no time",
        |w| w.edit("finished_at: 2026-01-31T12:10:00Z", "finished_at: noon"),
        &["CEC-50"],
    ),
    ("finished_at left out", |w| w.edit("finished_at: 2026-01-31T12:10:00Z\n", ""), &["REFUSE-10"]),
    ("a file left out of the list", |w| w.edit("- scripts/sign.py\n", ""), &["CEC-50"]),
    (
        "a file added to the list",
        |w| w.edit("- scripts/sign.py\n", "- scripts/sign.py\n- scripts/x.py\n"),
        &["CEC-50"],
    ),
    (
        "runs by a workflow of its own",
        |w| w.expected.workflow_path = "scripts/sign.py".into(),
        &["approval-missing", "run-mismatch"],
    ),
    (
        "a file that only git has",
        |w| w.listed = Known::Is(vec!["scripts/sign.py".into()]),
        &["not-established"],
    ),
    ("files unseen", |w| w.listed = Known::Unseen(unknown()), &["github-unreachable"]),
    (
        "a plan of another base",
        |w| w.edit(&format!("\"base_sha\": \"{BASE}\""), &format!("\"base_sha\": \"{OLDER}\"")),
        &["CEC-50"],
    ),
    (
        "a plan without a file",
        |w| w.edit("\"scripts/sign.py\"", "\"scripts/other.py\""),
        &["CEC-50"],
    ),
    (
        "a path outside the Filemap",
        |w| w.filemap = vec![Finding::new(Code::Cec10, "docs/x")],
        &["CEC-10", "REFUSE-30"],
    ),
    ("a box not ticked", |w| w.edit("- [x] the same", "- [ ] the same"), &["CEC-50"]),
    ("an item left out", |w| w.edit("- [x] the same bytes from all 3 runs\n", ""), &["CEC-50"]),
    (
        "a sentence of its own",
        |w| w.edit("## Checklist\n", "## Checklist\nTrust me.\n"),
        &["CEC-50"],
    ),
    ("a heading of its own", |w| w.edit("\n## Evid", "\n## Approved\nyes\n\n## Evid"), &["CEC-50"]),
    ("a title of four runs", |w| w.edit("3 green", "4 green"), &["CEC-50", "REFUSE-10"]),
    (
        "begun at no time",
        |w| w.edit("started_at: 2026-01-31T12:00:00Z", "started_at: noon"),
        &["CEC-50"],
    ),
    ("the digest of another ZIP, below", |w| w.edit("`0000000000", "`b000000000"), &["CEC-50"]),
    ("branch left out", |w| w.edit(&format!("branch: {BRANCH}\n"), ""), &["REFUSE-10"]),
    ("a plan with a gate that is not", |w| w.edit("\"T4\"\n", "\"T9\"\n"), &["CEC-50"]),
    (
        "a plan with evidence that is not",
        |w| w.edit("out/evidence/T4", "out/evidence/T9"),
        &["CEC-50"],
    ),
    (
        "a plan of another form",
        |w| w.edit("\"version\": \"1.0\"", "\"version\": \"2.0\""),
        &["CEC-50"],
    ),
    (
        "a plan that is loose",
        |w| w.edit("\"filemap\": \"strict\"", "\"filemap\": \"loose\""),
        &["CEC-50"],
    ),
    (
        "a scorecard with a red gate",
        |w| w.edit("\"outcome\": \"pass\"", "\"outcome\": \"fail\""),
        &["CEC-50"],
    ),
    (
        "a scorecard of another programme",
        |w| w.edit("\"programme\": \"s7\"", "\"programme\": \"s8\""),
        &["CEC-50"],
    ),
    (
        "an item of its own",
        |w| w.edit("## Checklist\n", "## Checklist\n- [x] approved by everybody\n"),
        &["CEC-50"],
    ),
    (
        "another artifact",
        |w| w.edit("s7-orr-evidence", "s7-orr-evidence-2"),
        &["CEC-50", "REFUSE-10"],
    ),
    ("an empty body", |w| w.body.clear(), &["REFUSE-10"]),
];

/// It is the first run that is named, and not each.
#[test]
fn evidence_that_no_gate_left_is_reported_once() {
    let mut world = world();
    world.edit("T4_tests/gate.json", "T4_tests/audit.pdf");
    let claims = world.claims();
    let said = claims.iter().flat_map(|claim| &claim.findings);
    let said: Vec<_> = said.filter(|it| it.message.contains("did not leave")).collect();
    assert!(matches!(said[..], [one] if one.message.contains("run `1001`")), "{said:?}");
}

/// A queue tests what comes of a base that moved on; what is false stays false.
#[test]
fn a_base_that_moved_on_is_for_the_queue_alone() {
    let moved: fn(&mut World) = |w| w.default_head = OLDER.into();
    let lying: fn(&mut World) = |w| {
        w.default_head = OLDER.into();
        w.edit(&format!("repo_sha: {BASE}"), &format!("repo_sha: {OLDER}"));
    };
    let here: fn(&mut World) = |_| {};
    let behind = "behind 444444444444";
    for (queue, change, codes, seen) in [
        (false, here, &[][..], short(BASE)),
        (true, here, &[], short(BASE)),
        (false, moved, &["CEC-60"], short(OLDER)),
        (true, moved, &[], behind),
        (true, lying, &["CEC-50"], behind),
    ] {
        let mut world = world();
        world.queue = queue;
        change(&mut world);
        assert_eq!(world.codes(), codes, "{queue} {seen}");
        let claims = world.claims();
        let base = claims.iter().find(|claim| claim.name == "base").unwrap();
        assert!(base.seen.starts_with(seen), "{base:?}");
    }
}
