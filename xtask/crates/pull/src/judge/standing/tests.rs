//! Standings by a table: each row one fact away from a patch that may go on.

use super::*;
use thrice_findings::Place;

fn finding(code: Code) -> Finding {
    Finding::new(code, "so")
}

fn unapproved(help: &str) -> Finding {
    Finding { severity: Severity::Warn, ..finding(Code::ApprovalMissing).help(help) }
}

/// T4 is red; `help` is what its finding says to do.
fn two() -> Vec<String> {
    ["an own name", "src/a.rs"].map(str::to_owned).into()
}

fn red(facts: &mut StandingFacts, help: &str) {
    in_state(facts, HarnessState::Replan, true);
    let red = finding(Code::Cec20).at(Place::gate("T4")).help(help);
    facts.review.as_mut().unwrap().against = vec![red];
}

/// A patch whose review passed on the server, and that has its body.
fn ready() -> StandingFacts {
    StandingFacts {
        head: "c".repeat(40),
        branch: Some("feature/I-1-x".to_owned()),
        trunk: "main".to_owned(),
        remote: Some("origin".to_owned()),
        base: Some("b".repeat(40)),
        fresh: "demo-codex-20260101-0000-bbbbbbb".to_owned(),
        has_sandboxes: true,
        on_server: true,
        output: "out".to_owned(),
        review: Some(Review {
            engine: EngineKind::Github,
            runs: 3,
            tests: String::new(),
            is_rehearsal: false,
            state: HarnessState::OrrOk,
            is_stopped: false,
            stopped_by: None,
            is_over: true,
            against: Vec::new(),
            disproven: Vec::new(),
            gone: None,
        }),
        body: Body::Right,
        ..StandingFacts::default()
    }
}

fn pull(state: PullState, head: char, has_body: Option<bool>) -> Option<Pull> {
    let head = Some(head.to_string().repeat(40));
    Some(Pull { number: 7, state, head, has_body, is_of_review: false })
}

fn in_state(facts: &mut StandingFacts, state: HarnessState, is_over: bool) {
    let review = facts.review.as_mut().unwrap();
    (review.state, review.is_over) = (state, is_over);
}

/// The first rules, committed where they are to be: the remote has none.
fn adopts(facts: &mut StandingFacts) {
    (facts.branch, facts.on_server, facts.lacks_rules) = (Some("main".to_owned()), false, true);
    facts.patch =
        vec![finding(Code::PolicyMissing).help("`cargo xtask --policy HEAD:policy status`")];
}

type Row =
    (&'static str, fn(&mut StandingFacts), &'static str, &'static [&'static str], &'static str);

const ROWS: &[Row] = &[
    ("all there", |_| {}, "ORR_OK", &[], "cargo xtask pr open"),
    (
        "no server",
        |f| {
            f.on_server = false;
            f.checklist = Some(Vec::new());
        },
        "ORR_OK",
        &[],
        "git push --set-upstream origin feature/I-1-x",
    ),
    (
        "no server, and pushed",
        |f| (f.on_server, f.is_pushed) = (false, true),
        "ORR_OK",
        &[],
        "git switch main && git merge --ff-only feature/I-1-x && git push origin main",
    ),
    (
        "no server, and no remote",
        |f| (f.on_server, f.remote) = (false, None),
        "ORR_OK",
        &[],
        "git switch main && git merge --ff-only feature/I-1-x",
    ),
    (
        "no server, and the checklist refuses",
        |f| {
            f.on_server = false;
            f.checklist = Some(vec![finding(Code::Refuse20)]);
        },
        "ORR_OK",
        &["REFUSE-20"],
        "cargo xtask orr",
    ),
    (
        "no server, and nobody who could approve",
        |f| {
            f.on_server = false;
            f.patch = vec![unapproved("`cargo xtask explain approval-missing`")];
            f.checklist = Some(vec![finding(Code::ApprovalMissing)]);
        },
        "ORR_OK",
        &["approval-missing"],
        "cargo xtask explain approval-missing",
    ),
    (
        "no server, no body, and an approval that may come",
        |f| {
            (f.on_server, f.body) = (false, Body::Absent);
            f.patch = vec![unapproved("`cargo xtask approve change --rule rules`")];
        },
        "ORR_OK",
        &["approval-missing"],
        "cargo xtask approve change --rule rules",
    ),
    (
        "the first rules, on the default branch, not reviewed",
        |f| (f.review, _) = (None, adopts(f)),
        "PATCHING",
        &["policy-missing"],
        "cargo xtask orr",
    ),
    (
        "the first rules, on the default branch, reviewed",
        adopts,
        "ORR_OK",
        &[],
        "git push origin main",
    ),
    (
        "the first rules, on the default branch, red",
        |f| {
            adopts(f);
            in_state(f, HarnessState::Replan, true);
            let red = finding(Code::Cec20).at(Place::gate("T2"));
            f.review.as_mut().unwrap().against = vec![red];
        },
        "REPLAN",
        &["CEC-20", "policy-missing"],
        "cargo xtask gates run T2",
    ),
    (
        "rules that nobody else may approve, changed on the default branch",
        |f| {
            (f.branch, f.on_server) = (Some("main".to_owned()), false);
            f.patch = vec![unapproved("`cargo xtask explain approval-missing`")];
        },
        "ORR_OK",
        &[],
        "git push origin main",
    ),
    (
        "the same, after the remote moved",
        |f| {
            (f.branch, f.on_server) = (Some("main".to_owned()), false);
            let stale = finding(Code::Cec60);
            f.patch = vec![unapproved("`cargo xtask explain approval-missing`"), stale];
        },
        "PATCHING",
        &["CEC-60"],
        "git fetch origin && git rebase origin/main",
    ),
    (
        "rules that nobody else may approve, on a branch, not reviewed",
        |f| {
            (f.review, f.on_server, f.lacks_plan) = (None, false, true);
            f.patch = vec![unapproved("`cargo xtask explain approval-missing`")];
        },
        "PATCHING",
        &["approval-missing"],
        "cargo xtask explain approval-missing",
    ),
    (
        "the first rules, on the default branch, rehearsed",
        |f| {
            adopts(f);
            f.review.as_mut().unwrap().runs = 2;
        },
        "ORR_RUN[2]",
        &["policy-missing", "REFUSE-20"],
        "cargo xtask orr --runs 3",
    ),
    (
        "the first rules, HEAD on no branch",
        |f| {
            adopts(f);
            f.branch = None;
        },
        "PATCHING",
        &["branch-name", "policy-missing"],
        "git switch --create demo-codex-20260101-0000-bbbbbbb",
    ),
    (
        "no plan, and no review",
        |f| (f.review, f.lacks_plan) = (None, true),
        "PATCHING",
        &[],
        "cargo xtask plan new --write out/plan.json",
    ),
    (
        "no body",
        |f| f.body = Body::Absent,
        "ORR_OK",
        &[],
        "cargo xtask pr-body --write out/body.md",
    ),
    (
        "a body of another review",
        |f| f.body = Body::Wrong("so".to_owned()),
        "ORR_OK",
        &[],
        "cargo xtask pr-body --write out/body.md",
    ),
    (
        "runs made here alone",
        |f| f.review.as_mut().unwrap().engine = EngineKind::Local,
        "ORR_OK",
        &["run-absent"],
        "cargo xtask orr --on github",
    ),
    (
        "two runs",
        |f| f.review.as_mut().unwrap().runs = 2,
        "ORR_RUN[2]",
        &["REFUSE-20"],
        "cargo xtask orr --on github",
    ),
    (
        "two runs, no server",
        |f| {
            f.on_server = false;
            f.review.as_mut().unwrap().runs = 2;
        },
        "ORR_RUN[2]",
        &["REFUSE-20"],
        "cargo xtask orr --runs 3",
    ),
    (
        "evidence that was changed since",
        |f| f.review.as_mut().unwrap().against = vec![finding(Code::EvidenceChanged)],
        "PATCHING",
        &["evidence-changed"],
        "cargo xtask orr --on github",
    ),
    (
        "the base moved",
        |f| f.patch = vec![finding(Code::Cec60)],
        "PATCHING",
        &["CEC-60"],
        "git fetch origin && git rebase origin/main",
    ),
    (
        "the base moved, and no remote",
        |f| {
            f.remote = None;
            f.patch = vec![finding(Code::Cec60)];
        },
        "PATCHING",
        &["CEC-60"],
        "git rebase main",
    ),
    (
        "the base moved, and a queue tests the result",
        |f| f.patch = vec![Finding { severity: Severity::Note, ..finding(Code::Cec60) }],
        "ORR_OK",
        &[],
        "cargo xtask pr open",
    ),
    (
        "the same, where its rules are not here yet",
        |f| {
            f.fetches = true;
            f.patch = vec![finding(Code::Cec60)];
        },
        "PATCHING",
        &["CEC-60"],
        "git fetch origin",
    ),
    (
        "through a path that is not inside, on the way",
        |f| {
            f.patch = vec![finding(Code::Cec10).at(Place::file("x/y"))];
            f.passing = vec!["x/y".to_owned()];
        },
        "PATCHING",
        &["CEC-10"],
        "git reset --soft bbbbbbbbbbbb && git commit --allow-empty --reuse-message=ORIG_HEAD",
    ),
    (
        "outside of the Filemap",
        |f| f.patch = vec![finding(Code::Cec10).at(Place::file("x/y"))],
        "PATCHING",
        &["CEC-10"],
        "git reset --soft bbbbbbbbbbbb && git restore --source=bbbbbbbbbbbb --staged --worktree -- x/y && git commit --allow-empty --reuse-message=ORIG_HEAD",
    ),
    (
        "frozen, and reported by the plan too",
        |f| f.patch = vec![finding(Code::GuardrailFrozen).at(Place::file("x/y")); 2],
        "PATCHING",
        &["guardrail-frozen"],
        "git reset --soft bbbbbbbbbbbb && git restore --source=bbbbbbbbbbbb --staged --worktree -- x/y && git commit --allow-empty --reuse-message=ORIG_HEAD",
    ),
    (
        "outside, by a name that no shell takes as it is",
        |f| f.patch = vec![finding(Code::Cec10).at(Place::file("x y"))],
        "PATCHING",
        &["CEC-10"],
        "cargo xtask filemap check",
    ),
    (
        "an approval that may come",
        |f| {
            f.patch = vec![unapproved("x")];
        },
        "ORR_OK",
        &["approval-missing"],
        "cargo xtask pr open",
    ),
    (
        "a wrong plan",
        |f| f.patch = vec![finding(Code::PlanInvalid)],
        "PATCHING",
        &["plan-invalid"],
        "cargo xtask plan new --write out/plan.json",
    ),
    (
        "a name of no kind",
        |f| f.name = vec![finding(Code::BranchName)],
        "PATCHING",
        &["branch-name"],
        "git branch --move demo-codex-20260101-0000-bbbbbbb",
    ),
    (
        "on the default branch",
        |f| f.branch = Some("main".to_owned()),
        "PATCHING",
        &["branch-name"],
        "git switch --create demo-codex-20260101-0000-bbbbbbb",
    ),
    (
        "on the default branch, and not committed",
        |f| (f.branch, f.uncommitted) = (Some("main".to_owned()), two()),
        "PATCHING",
        &["dirty-tree", "branch-name"],
        "git add --all && git commit --message \"Change src/a.rs and 1 more\"",
    ),
    (
        "merged here, where no server merges it",
        |f| {
            (f.branch, f.is_merged_here, f.on_server) = (Some("main".to_owned()), true, false);
            f.remote = Some("origin".to_owned());
        },
        "ORR_OK",
        &[],
        "git push origin main",
    ),
    (
        "merged here, where a server merges it",
        |f| (f.branch, f.is_merged_here) = (Some("main".to_owned()), true),
        "PATCHING",
        &["branch-name"],
        "git switch --create demo-codex-20260101-0000-bbbbbbb",
    ),
    (
        "on no branch",
        |f| f.branch = None,
        "PATCHING",
        &["branch-name"],
        "git switch --create demo-codex-20260101-0000-bbbbbbb",
    ),
    (
        "not committed",
        |f| f.uncommitted = two(),
        "PATCHING",
        &["dirty-tree"],
        "git add --all && git commit --message \"Change src/a.rs and 1 more\"",
    ),
    (
        "not committed, and built",
        |f| (f.uncommitted, f.untracked) = (two(), vec!["a/target/x".to_owned()]),
        "PATCHING",
        &["dirty-tree"],
        "printf '\\ntarget\\n' >> .gitignore",
    ),
    (
        "not committed, and nothing of it built",
        |f| (f.uncommitted, f.untracked) = (two(), vec!["a/targets/x".to_owned()]),
        "PATCHING",
        &["dirty-tree"],
        "git add --all && git commit --message \"Change src/a.rs and 1 more\"",
    ),
    (
        "a rebase under way",
        |f| f.is_rebasing = true,
        "PATCHING",
        &["dirty-tree"],
        "git add --all && git -c core.editor=true rebase --continue",
    ),
    ("no review", |f| f.review = None, "PATCHING", &[], "cargo xtask orr --on github"),
    (
        "no review, and no server",
        |f| {
            f.review = None;
            f.on_server = false;
        },
        "PATCHING",
        &[],
        "cargo xtask orr",
    ),
    (
        "runs under way",
        |f| in_state(f, HarnessState::OrrRun(2), false),
        "ORR_RUN[2]",
        &[],
        "cargo xtask orr --resume",
    ),
    (
        "runs under way here",
        |f| {
            in_state(f, HarnessState::OrrRun(2), false);
            f.review.as_mut().unwrap().engine = EngineKind::Local;
        },
        "ORR_RUN[2]",
        &[],
        "cargo xtask status",
    ),
    (
        "the first rules without a remote",
        |f| {
            (f.branch, f.review) = (Some("main".to_owned()), None);
            (f.on_server, f.brings_first_rules) = (false, true);
            f.patch = vec![finding(Code::PatchEmpty)];
        },
        "PLANNING",
        &[],
        "cargo xtask orr",
    ),
    (
        "the sandbox being pushed",
        |f| in_state(f, HarnessState::SandboxPush, false),
        "SANDBOX_PUSH",
        &[],
        "cargo xtask orr --resume",
    ),
    (
        "a review that was given up",
        |f| in_state(f, HarnessState::OrrRun(1), true),
        "PATCHING",
        &[],
        "cargo xtask orr --on github",
    ),
    (
        "a red gate",
        |f| {
            in_state(f, HarnessState::Replan, true);
            f.review.as_mut().unwrap().against = vec![finding(Code::Cec20).at(Place::gate("T4"))];
        },
        "REPLAN",
        &["CEC-20"],
        "cargo xtask gates run T4",
    ),
    (
        "a built-in gate that is red",
        |f| {
            red(f, "take it out");
            f.builtin = vec!["T4".to_owned()];
        },
        "REPLAN",
        &["CEC-20"],
        "cargo xtask explain T4",
    ),
    (
        "a built-in gate whose finding names a command",
        |f| {
            red(f, "`cargo xtask workflow generate --write`, then commit");
            f.builtin = vec!["T4".to_owned()];
        },
        "REPLAN",
        &["CEC-20"],
        "cargo xtask workflow generate --write",
    ),
    (
        "a red gate of commands",
        |f| red(f, "fix it, commit, then `cargo xtask orr --on github`"),
        "REPLAN",
        &["CEC-20"],
        "cargo xtask gates run T4",
    ),
    (
        "a flake",
        |f| red(f, "more runs measure it: `cargo xtask orr --until 99%`"),
        "REPLAN",
        &["CEC-20"],
        "cargo xtask orr --until 99%",
    ),
    (
        "a red gate, and a plan of another commit",
        |f| {
            in_state(f, HarnessState::Replan, true);
            f.patch = vec![finding(Code::PlanInvalid)];
            f.review.as_mut().unwrap().against = vec![finding(Code::Cec20).at(Place::gate("T4"))];
        },
        "REPLAN",
        &["CEC-20", "plan-invalid"],
        "cargo xtask gates run T4",
    ),
    (
        "evidence that differs",
        |f| {
            in_state(f, HarnessState::Replan, true);
            f.review.as_mut().unwrap().against = vec![finding(Code::Cec30)];
        },
        "REPLAN",
        &["CEC-30"],
        "cargo xtask compare 1 2",
    ),
    (
        "open",
        |f| f.pull = pull(PullState::Open, 'c', Some(true)),
        "PR_OPEN",
        &[],
        "cargo xtask pr verify 7",
    ),
    (
        "open, verified",
        |f| {
            f.pull = pull(PullState::Open, 'c', Some(true));
            in_state(f, HarnessState::Review, true);
        },
        "REVIEW",
        &[],
        "cargo xtask pr merge-check 7",
    ),
    (
        "open, and a claim disproven",
        |f| {
            f.pull = pull(PullState::Open, 'c', None);
            in_state(f, HarnessState::Review, true);
            f.review.as_mut().unwrap().disproven = vec![finding(Code::Cec50)];
        },
        "REVIEW",
        &["CEC-50"],
        "cargo xtask pr update 7",
    ),
    (
        "open, and a run gone",
        |f| {
            f.pull = pull(PullState::Open, 'c', None);
            in_state(f, HarnessState::Review, true);
            f.review.as_mut().unwrap().disproven = vec![finding(Code::RunAbsent)];
        },
        "REVIEW",
        &["run-absent"],
        "cargo xtask orr --on github",
    ),
    (
        "open, and may be merged",
        |f| {
            f.pull = pull(PullState::Open, 'c', None);
            in_state(f, HarnessState::Merge, true);
        },
        "MERGE",
        &[],
        "gh pr merge 7 --squash --match-head-commit cccccccccccccccccccccccccccccccccccccccc",
    ),
    (
        "open, and may be merged by a rebase alone",
        |f| {
            f.pull = pull(PullState::Open, 'c', None);
            f.merge_method = Some("rebase");
            in_state(f, HarnessState::Merge, true);
        },
        "MERGE",
        &[],
        "gh pr merge 7 --rebase --match-head-commit cccccccccccccccccccccccccccccccccccccccc",
    ),
    (
        "open, and the base moved",
        |f| {
            f.pull = pull(PullState::Open, 'c', Some(true));
            f.patch = vec![finding(Code::Cec60)];
        },
        "PR_OPEN",
        &["CEC-60"],
        "git fetch origin && git rebase origin/main",
    ),
    (
        "open with an older head",
        |f| f.pull = pull(PullState::Open, 'a', None),
        "ORR_OK",
        &[],
        "cargo xtask pr update 7",
    ),
    (
        "open with an older head, no review yet",
        |f| {
            f.pull = pull(PullState::Open, 'a', None);
            f.review = None;
        },
        "PATCHING",
        &[],
        "cargo xtask orr --on github",
    ),
    (
        "open with another body",
        |f| f.pull = pull(PullState::Open, 'c', Some(false)),
        "ORR_OK",
        &[],
        "cargo xtask pr update 7",
    ),
    (
        "open, seen from a clone that made no runs",
        |f| {
            f.pull = pull(PullState::Open, 'c', None);
            f.review = None;
        },
        "PR_OPEN",
        &[],
        "cargo xtask pr verify 7",
    ),
    (
        "rolled back",
        |f| f.pull = pull(PullState::RolledBack, 'c', None),
        "REWORK",
        &[],
        "cargo xtask branch sandbox",
    ),
    (
        "closed by hand, no form of sandboxes",
        |f| {
            f.pull = pull(PullState::Closed, 'c', None);
            f.has_sandboxes = false;
        },
        "REWORK",
        &[],
        "git switch --no-track --create demo-codex-20260101-0000-bbbbbbb origin/main",
    ),
    (
        "rolled back, and a new commit since",
        |f| {
            f.pull = pull(PullState::RolledBack, 'a', None);
            f.review = None;
        },
        "PATCHING",
        &[],
        "cargo xtask orr --on github",
    ),
    (
        "closed by hand, and edited since",
        |f| {
            f.pull = pull(PullState::Closed, 'c', None);
            f.uncommitted = vec!["a".to_owned()];
        },
        "REWORK",
        &["dirty-tree"],
        "git stash --include-untracked",
    ),
    (
        "closed by hand, after somebody pushed to it",
        |f| {
            f.pull = pull(PullState::Closed, 'a', None);
            f.pull.as_mut().unwrap().is_of_review = true;
        },
        "REWORK",
        &[],
        "cargo xtask branch sandbox",
    ),
    (
        "open, and somebody edited its claims",
        |f| {
            f.pull = pull(PullState::Open, 'c', Some(false));
            let help = "`cargo xtask pr update 7 --replace-body` overwrites it";
            f.beside = vec![finding(Code::PullEdited).help(help)];
        },
        "ORR_OK",
        &["pull-edited"],
        "cargo xtask pr update 7 --replace-body",
    ),
    (
        "open, and somebody pushed to it",
        |f| {
            f.pull = pull(PullState::Open, 'a', Some(false));
            let help = "`git pull --rebase origin x`, then run the review again";
            f.beside = vec![finding(Code::HeadMoved).help(help)];
        },
        "PATCHING",
        &["head-moved"],
        "git pull --rebase origin x",
    ),
    (
        "open, from a branch of another name",
        |f| {
            f.pull = pull(PullState::Open, 'a', None);
            f.beside = vec![finding(Code::BranchName).help("`git branch --move x` is it")];
        },
        "ORR_OK",
        &["branch-name"],
        "git branch --move x",
    ),
    (
        "a run gone from the server",
        |f| f.review.as_mut().unwrap().gone = Some(finding(Code::RunAbsent)),
        "ORR_OK",
        &["run-absent"],
        "cargo xtask orr --on github",
    ),
    (
        "a red run of the commit beside the green ones",
        |f| f.review.as_mut().unwrap().against = vec![finding(Code::Cec20)],
        "REPLAN",
        &["CEC-20"],
        "cargo xtask explain CEC-20",
    ),
    (
        "open, might be merged, and the base moved",
        |f| {
            f.pull = pull(PullState::Open, 'c', Some(true));
            in_state(f, HarnessState::Merge, true);
            f.patch = vec![finding(Code::Cec60)];
        },
        "REVIEW",
        &["CEC-60"],
        "git fetch origin && git rebase origin/main",
    ),
    (
        "merged",
        |f| f.pull = pull(PullState::Merged, 'c', None),
        "MERGE",
        &[],
        "git switch main && git pull --ff-only origin main",
    ),
    (
        "no patch, on the default branch",
        |f| {
            f.patch = vec![finding(Code::PatchEmpty)];
            f.branch = Some("main".to_owned());
            f.review = None;
        },
        "PLANNING",
        &[],
        "cargo xtask branch sandbox",
    ),
    (
        "no patch, and the base itself is red",
        |f| {
            f.patch = vec![finding(Code::PatchEmpty)];
            f.branch = Some("main".to_owned());
            in_state(f, HarnessState::Replan, true);
            f.review.as_mut().unwrap().against = vec![finding(Code::Cec20).at(Place::gate("T4"))];
        },
        "REPLAN",
        &["CEC-20"],
        "cargo xtask gates run T4",
    ),
    (
        "no patch yet, on a branch",
        |f| {
            f.patch = vec![finding(Code::PatchEmpty)];
            f.review = None;
        },
        "PLANNING",
        &[],
        "cargo xtask brief",
    ),
];

#[test]
fn each_standing_has_its_state_what_is_missing_and_one_command() {
    for (name, alter, state, codes, next) in ROWS {
        let mut facts = ready();
        alter(&mut facts);
        let stands = standing(&facts);
        let missing: Vec<&str> = stands.missing.iter().map(|it| it.code.name()).collect();
        assert_eq!((stands.state.word().as_str(), missing.as_slice()), (*state, *codes), "{name}");
        assert_eq!(stands.next, *next, "{name}");
    }
}

#[test]
fn what_needs_an_approval_is_never_proven() {
    let mut facts = ready();
    facts.patch = vec![unapproved("x")];
    let lines = standing(&facts).lines;
    let patch = lines.iter().find(|line| line.demand == "patch").unwrap();
    assert_eq!((patch.verdict, patch.why.as_str()), (Verdict::NotEstablished, "so"));
}

#[test]
fn a_body_of_another_review_is_not_disproven() {
    let body = |body: Body| {
        let stands = standing(&StandingFacts { body, ..ready() });
        let line = stands.lines.into_iter().find(|line| line.demand == "body");
        line.map(|line| line.verdict)
    };
    assert_eq!(body(Body::Stale), Some(Verdict::NotEstablished));
    assert_eq!(body(Body::Wrong("so".to_owned())), Some(Verdict::Fail));
}

type LineRow = (&'static str, fn(&mut StandingFacts), Verdict, &'static str);

/// Each row: a line, one fact away from a patch that may go on, and how it stands.
#[test]
fn a_line_says_how_runs_and_pull_request_stand() {
    let rows: [LineRow; 5] = [
        (
            "runs",
            |f| in_state(f, HarnessState::OrrRun(2), false),
            Verdict::NotEstablished,
            "under way on github",
        ),
        (
            "runs",
            |f| {
                in_state(f, HarnessState::OrrRun(2), false);
                f.review.as_mut().unwrap().is_stopped = true;
            },
            Verdict::NotEstablished,
            "stopped before its end; nothing runs",
        ),
        (
            "runs",
            |f| {
                in_state(f, HarnessState::OrrRun(0), false);
                let stopped = |why: &str| JournalLine::Stopped { because: why.to_owned() };
                let review = f.review.as_mut().unwrap();
                review.is_stopped = true;
                let lines = [JournalLine::Interrupted, stopped("no disk"), stopped("no network")];
                review.stopped_by = lines.iter().fold(None, stopped_by);
            },
            Verdict::NotEstablished,
            "stopped before its end: no network",
        ),
        (
            "pull request",
            |f| f.pull = pull(PullState::Open, 'c', Some(true)),
            Verdict::Pass,
            "#7 is open at this commit",
        ),
        (
            "pull request",
            |f| f.pull = pull(PullState::Open, 'd', Some(true)),
            Verdict::Fail,
            "#7 is open with another commit or body",
        ),
    ];
    for (demand, alter, verdict, why) in rows {
        let mut facts = ready();
        alter(&mut facts);
        let lines = standing(&facts).lines;
        let line = lines.iter().find(|line| line.demand == demand).unwrap();
        assert_eq!((line.verdict, line.why.as_str()), (verdict, why));
    }
}

#[test]
fn only_a_patch_that_nothing_refuses_is_orr_ok() {
    for code in [Code::Cec10, Code::Cec60, Code::PlanInvalid, Code::ContentRule, Code::SinglePatch]
    {
        let mut facts = ready();
        facts.patch = vec![finding(code)];
        assert_ne!(standing(&facts).state, HarnessState::OrrOk, "{code:?}");
    }
}

#[test]
fn a_help_is_typed_only_where_it_names_no_placeholder() {
    assert_eq!(typed("run `cargo xtask orr` again").as_deref(), Some("cargo xtask orr"));
    for help in ["`cargo xtask pr verify N`", "`git rebase <base>`", "edit it", "`policy/x.toml`"] {
        assert_eq!(typed(help), None, "{help}");
    }
}
