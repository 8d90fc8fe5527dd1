//! Every way for the author of a pull request to lie, told to the real gh.

use serde_json::Value;

use crate::cases::pr_verify::{FEATURE, Opened, RELEASE, edit, of, say};
use crate::support::github::{Action, Response, State, Which, bad_gateway};
use crate::support::{Ran, XTASK};

/// A lie, the exit status, and the codes of all that refuses it.
struct Lie {
    name: &'static str,
    alter: fn(&Opened, &mut State, &mut String),
    status: i32,
    codes: &'static [&'static str],
}

impl Opened {
    /// Lies, verifies, and takes the lie back; gives the exit status, and the codes.
    fn told(&self, lie: &Lie) -> (i32, Vec<String>) {
        let before = {
            let mut state = self.simulator.state();
            let before = (
                state.workflows.clone(),
                state.runs.clone(),
                state.artifacts.clone(),
                state.pulls.clone(),
            );
            let mut body = self.body.clone();
            (lie.alter)(self, &mut state, &mut body);
            state.pulls[0].body = Some(body);
            before
        };
        let ran = self.verify(&["--format", "json"]);
        let mut state = self.simulator.state();
        (state.workflows, state.runs, state.artifacts, state.pulls) = before;
        let said: Value =
            serde_json::from_str(&ran.stdout).unwrap_or_else(|e| panic!("{e}: {ran:?}"));
        let refusals = said["findings"].as_array().unwrap().iter();
        let mut codes: Vec<String> = refusals
            .filter(|finding| finding["severity"] == "refuse")
            .map(|finding| finding["code"].as_str().unwrap().to_owned())
            .collect();
        codes.sort();
        codes.dedup();
        (ran.status, codes)
    }
}

/// The same time, hours later or earlier.
fn moved(time: &str, hours: i64) -> String {
    let time: jiff::Timestamp = time.parse().unwrap();
    (time + jiff::SignedDuration::from_hours(hours)).to_string()
}

fn digest(text: &str) -> String {
    use sha2::{Digest, Sha256};
    Sha256::digest(text.as_bytes()).iter().map(|byte| format!("{byte:02x}")).collect()
}

/// A body whose scorecard is altered, with the digest that goes with it.
fn rescore(opened: &Opened, body: &mut String, from: &str, to: &str) {
    let scorecard = opened.world.read("out/scorecards/demo.json");
    assert!(scorecard.contains(from), "{scorecard}");
    let altered = scorecard.replace(from, to);
    edit(body, &scorecard, &altered);
    say(opened, body, "scorecard_sha256", &digest(&altered));
}

/// What a lie would be here is nobody's: the answer changes, or does not come.
#[test]
fn what_moves_or_is_not_shown_never_passes() {
    let opened = Opened::new();
    let honest = Lie { name: "none", alter: |_, _, _| {}, status: 0, codes: &[] };
    let told = |which, path: &str, action| {
        opened.simulator.fault("GET", path, which, action);
        let told = opened.told(&honest);
        opened.simulator.state().faults.clear();
        told
    };
    let gh = opened.simulator.gh(&opened.world, ["api", "repos/o/r/pulls/1"]);
    let mut pull: Value = serde_json::from_str(&gh.stdout).unwrap();
    pull["head"]["sha"] = opened.older.clone().into();
    // Its files are asked for in between.
    let moved = Action::Answer(Response::json(200, &pull));
    assert_eq!(told(Which::Only(3), "/pulls/1", moved), (4, vec!["head-moved".to_owned()]));
    let gone = Action::Answer(bad_gateway());
    let unseen = (4, vec!["github-unreachable".to_owned()]);
    assert_eq!(told(Which::Every, "/jobs", gone), unseen);
    opened.world.git(["switch", "--quiet", "main"]);
    opened.world.commit("main moves on");
    opened.world.git(["push", "--quiet", "origin", "main"]);
    opened.world.git(["switch", "--quiet", "-"]);
    assert_eq!(opened.told(&honest), (60, vec!["CEC-60".to_owned()]));
}

/// Nothing that lies at the author's desk is needed, and nothing at the reader's moves.
#[test]
fn a_clone_that_has_neither_branch_nor_outputs_verifies_all_the_same() {
    let opened = Opened::new();
    let clone = opened.world.root().join("clone");
    let remote = opened.world.root().join("remote.git");
    let [from, to] = [&remote, &clone].map(|path| path.to_str().unwrap());
    opened.world.git(["clone", "--quiet", "--single-branch", "--branch=main", from, to]);
    let references = || opened.world.git(["-C", to, "for-each-ref"]);
    let before = references();
    let mut command = opened.simulator.command(&opened.world, XTASK);
    let ran = Ran::from(command.current_dir(&clone).args(["pr", "verify", "1"]).output().unwrap());
    assert_eq!(ran.status, 0, "{ran:?}");
    assert_eq!(references(), before);
    assert!(!clone.join(".git/FETCH_HEAD").exists() && !clone.join("out").exists());
}

#[test]
fn each_lie_is_refused_by_its_code() {
    let opened = Opened::new();
    let mut wrong = Vec::new();
    for lie in LIES {
        let told = opened.told(lie);
        let wanted = (lie.status, lie.codes.iter().map(|code| (*code).to_owned()).collect());
        if told != wanted {
            wrong.push(format!("{}: {told:?}, not {wanted:?}", lie.name));
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
    assert!(LIES.len() >= 24);
}

const LIES: &[Lie] = &[
    Lie {
        name: "closed",
        alter: |_, s, _| s.pulls[0].open = false,
        status: 1,
        codes: &["pull-closed"],
    },
    Lie {
        name: "merged",
        alter: |_, s, _| (s.pulls[0].open, s.pulls[0].merged) = (false, Some(1)),
        status: 1,
        codes: &["pull-closed"],
    },
    Lie {
        name: "of a fork",
        alter: |_, s, _| s.pulls[0].head_owner = "evil".into(),
        status: 1,
        codes: &["pull-foreign"],
    },
    Lie {
        name: "for another branch",
        alter: |_, s, _| s.pulls[0].base = RELEASE.into(),
        status: 1,
        codes: &["pull-base"],
    },
    Lie {
        name: "base SHA of an older main",
        alter: |o, _, b| say(o, b, "repo_sha", &o.older),
        status: 1,
        codes: &["claim-false"],
    },
    Lie {
        name: "another branch's name",
        alter: |o, _, b| say(o, b, "branch", "demo-codex-20260101-0001-0123456"),
        status: 1,
        codes: &["claim-false"],
    },
    Lie {
        name: "no sandbox branch",
        alter: |o, s, b| {
            s.pulls[0].head = FEATURE.into();
            s.runs.iter_mut().for_each(|run| run.branch = FEATURE.into());
            s.artifacts.iter_mut().for_each(|artifact| artifact.branch = FEATURE.into());
            say(o, b, "branch", FEATURE);
        },
        status: 1,
        codes: &["branch-name"],
    },
    Lie {
        name: "two runs instead of three",
        alter: |o, s, b| say(o, b, "run_ids", &format!("[{},{}]", s.runs[0].id, s.runs[1].id)),
        status: 1,
        codes: &["REFUSE-20"],
    },
    Lie {
        name: "a run named twice",
        alter: |o, s, b| {
            let (one, other) = (s.runs[0].id, s.runs[1].id);
            say(o, b, "run_ids", &format!("[{one},{other},{other}]"));
        },
        status: 1,
        codes: &["REFUSE-20"],
    },
    Lie {
        name: "runs of a desk",
        alter: |o, _, b| say(o, b, "run_ids", "[20260101-a.1,20260101-a.2,20260101-a.3]"),
        status: 1,
        codes: &["run-absent"],
    },
    Lie {
        name: "a run that was deleted",
        alter: |_, s, _| s.runs[1].deleted = true,
        status: 1,
        codes: &["run-absent"],
    },
    Lie {
        name: "a run of another branch",
        alter: |_, s, _| s.runs[1].branch = "main".into(),
        status: 1,
        codes: &["run-mismatch"],
    },
    Lie {
        name: "a run of an older SHA",
        alter: |o, s, _| s.runs[1].sha = o.older.clone(),
        status: 1,
        codes: &["run-mismatch"],
    },
    Lie {
        name: "a run of a fork",
        alter: |_, s, _| s.runs[1].head_repository.0 = "evil".into(),
        status: 1,
        codes: &["run-mismatch"],
    },
    Lie {
        name: "a run of another workflow of the same name",
        alter: |_, s, _| {
            let mut other = s.workflows[0].clone();
            (other.id, other.path) = (other.id + 1, ".github/workflows/fake.yml".into());
            (s.runs[1].workflow, s.runs[1].path) = (other.id, other.path.clone());
            s.workflows.push(other);
        },
        status: 1,
        codes: &["run-mismatch"],
    },
    Lie {
        name: "a run of a push",
        alter: |_, s, _| s.runs[1].event = "push".into(),
        status: 1,
        codes: &["run-mismatch"],
    },
    Lie {
        name: "a run that was run again",
        alter: |_, s, _| {
            s.runs[1].attempt = 2;
            s.runs[1].jobs.iter_mut().for_each(|job| job.attempt = 2);
        },
        status: 1,
        codes: &["run-mismatch"],
    },
    Lie {
        name: "a run that failed",
        alter: |_, s, _| s.runs[1].conclusion = "failure".into(),
        status: 20,
        codes: &["CEC-20"],
    },
    Lie {
        name: "a run with a skipped job",
        alter: |_, s, _| s.runs[1].jobs[1].conclusion = "skipped".into(),
        status: 20,
        codes: &["CEC-20"],
    },
    Lie {
        name: "a run without a job",
        alter: |_, s, _| s.runs[1].jobs.truncate(1),
        status: 20,
        codes: &["CEC-20"],
    },
    Lie {
        name: "a run whose artifact expired",
        alter: |_, s, _| of(s, 1).expired = true,
        status: 40,
        codes: &["CEC-40"],
    },
    Lie {
        name: "a run whose artifact is gone",
        alter: |_, s, _| of(s, 1).name = "other".into(),
        status: 40,
        codes: &["CEC-40"],
    },
    Lie {
        name: "an artifact without a digest",
        alter: |_, s, _| of(s, 1).digest = None,
        status: 4,
        codes: &["server-silent"],
    },
    Lie {
        name: "other bytes than the digest's",
        alter: |_, s, _| of(s, 1).digest = Some(format!("sha256:{}", digest("x"))),
        status: 1,
        codes: &["artifact-digest"],
    },
    Lie {
        name: "an artifact that is no archive",
        alter: |_, s, _| of(s, 1).refill(b"PK".to_vec()),
        status: 1,
        codes: &["artifact-unread"],
    },
    Lie {
        name: "digest of another ZIP",
        alter: |o, _, b| *b = b.replace(&o.said("evidence_zip_sha256"), &digest("x")),
        status: 1,
        codes: &["claim-false"],
    },
    Lie {
        name: "digest of another scorecard",
        alter: |o, _, b| say(o, b, "scorecard_sha256", &digest("x")),
        status: 50,
        codes: &["CEC-50", "claim-false"],
    },
    Lie {
        name: "scorecard of a run before the last push",
        alter: |o, _, b| rescore(o, b, o.world.git(["rev-parse", "HEAD"]).trim(), &o.older),
        status: 1,
        codes: &["claim-false"],
    },
    Lie {
        name: "a scorecard that was edited",
        alter: |o, _, b| rescore(o, b, "\"evidence_files\": 2", "\"evidence_files\": 3"),
        status: 1,
        codes: &["claim-false"],
    },
    Lie {
        name: "times of another day",
        alter: |o, _, b| {
            say(o, b, "started_at", &moved(&o.said("started_at"), -48));
            say(o, b, "finished_at", &moved(&o.said("finished_at"), -48));
        },
        status: 1,
        codes: &["claim-false"],
    },
    Lie {
        name: "begun after its runs",
        alter: |o, _, b| say(o, b, "started_at", &moved(&o.said("started_at"), 1)),
        status: 1,
        codes: &["claim-false"],
    },
    Lie {
        name: "ended in the future",
        alter: |o, _, b| say(o, b, "finished_at", &moved(&o.said("finished_at"), 2)),
        status: 1,
        codes: &["claim-false"],
    },
    Lie {
        name: "a file left out of the list",
        alter: |_, _, b| edit(b, "- src/b\n", ""),
        status: 1,
        codes: &["claim-false"],
    },
    Lie {
        name: "a file added to the list",
        alter: |_, _, b| edit(b, "- src/b\n", "- src/b\n- src/c\n"),
        status: 1,
        codes: &["claim-false"],
    },
    Lie {
        name: "a plan of another base",
        alter: |o, _, b| {
            edit(
                b,
                &format!("\"base_sha\": \"{}", o.said("repo_sha")),
                &format!("\"base_sha\": \"{}", o.older),
            )
        },
        status: 1,
        codes: &["plan-invalid"],
    },
    Lie {
        name: "a body without a field",
        alter: |o, _, b| edit(b, &format!("finished_at: {}\n", o.said("finished_at")), ""),
        status: 1,
        codes: &["REFUSE-10"],
    },
    Lie {
        name: "a box that is not ticked",
        alter: |_, _, b| edit(b, "- [x] ZIP", "- [ ] ZIP"),
        status: 50,
        codes: &["CEC-50"],
    },
    Lie { name: "no body", alter: |_, _, b| b.clear(), status: 1, codes: &["REFUSE-10"] },
];
