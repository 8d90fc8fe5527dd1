//! Ways for the author of a pull request to lie, shown to the real gh.

use serde_json::Value;

use crate::cases::pr_verify::{Opened, RELEASE, edit, of, say};
use crate::support::github::{Action, Response, State, Which, bad_gateway};
use crate::support::{Ran, XTASK};

/// A lie, the exit status, and the codes of all that refuses it.
struct Lie {
    name: &'static str,
    alter: fn(&Opened, &mut State, &mut String),
    status: i32,
    codes: &'static [&'static str],
}

/// Commands that look at a body before it is on the server.
const FACES: [&[&str]; 3] =
    [&["pr-body", "--check"], &["review", "--body"], &["pr", "update", "1", "--dry-run", "--body"]];

/// The codes of what refuses.
pub(super) fn refusals(ran: &Ran) -> Vec<String> {
    let said: Value = serde_json::from_str(&ran.stdout).unwrap_or_else(|e| panic!("{e}: {ran:?}"));
    let refusals = said["findings"].as_array().unwrap().iter();
    let mut codes: Vec<String> = refusals
        .filter(|finding| finding["severity"] == "refuse")
        .map(|finding| finding["code"].as_str().unwrap().to_owned())
        .collect();
    codes.sort();
    codes.dedup();
    codes
}

impl Opened {
    /// Lies, verifies, and takes the lie back; gives the exit status, and the codes.
    fn reported(&self, lie: &Lie) -> (i32, Vec<String>) {
        let (before, lied) = {
            let mut state = self.simulator.state();
            let before = (
                state.workflows.clone(),
                state.runs.clone(),
                state.artifacts.clone(),
                state.pulls.clone(),
            );
            let mut body = self.body.clone();
            (lie.alter)(self, &mut state, &mut body);
            let lied = (body != self.body).then(|| body.clone());
            state.pulls[0].body = Some(body);
            (before, lied)
        };
        let ran = self.verify(&["--format", "json"]);
        let mut state = self.simulator.state();
        (state.workflows, state.runs, state.artifacts, state.pulls) = before;
        drop(state);
        let reported = (ran.status, refusals(&ran));
        for face in FACES.iter().filter(|_| lied.is_some()) {
            self.world.write("out/lie.md", lied.as_deref().unwrap());
            let args = [face, &["out/lie.md", "--format", "json"][..]].concat();
            let ran =
                Ran::from(self.simulator.command(&self.world, XTASK).args(args).output().unwrap());
            assert_eq!((ran.status, refusals(&ran)), reported, "{face:?}: {}", lie.name);
        }
        reported
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
    let reported = |which, path: &str, action| {
        opened.simulator.fault("GET", path, which, action);
        let reported = opened.reported(&honest);
        opened.simulator.state().faults.clear();
        reported
    };
    let gh = opened.simulator.gh(&opened.world, ["api", "repos/o/r/pulls/1"]);
    let mut pull: Value = serde_json::from_str(&gh.stdout).unwrap();
    pull["head"]["sha"] = opened.older.clone().into();
    // Its files are asked for in between.
    let moved = Action::Answer(Response::json(200, &pull));
    assert_eq!(reported(Which::Only(3), "/pulls/1", moved), (4, vec!["head-moved".to_owned()]));
    let gone = Action::Answer(bad_gateway());
    let unseen = (4, vec!["github-unreachable".to_owned()]);
    assert_eq!(reported(Which::Every, "/jobs", gone), unseen);
    opened.world.git(["switch", "--quiet", "main"]);
    opened.world.commit("main moves on");
    opened.world.git(["push", "--quiet", "origin", "main"]);
    opened.world.git(["switch", "--quiet", "-"]);
    assert_eq!(opened.reported(&honest), (60, vec!["CEC-60".to_owned()]));
}

/// Nothing that lies at the author's machine is needed, and nothing at the reader's moves.
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

/// Each lie alone, with all that refuses it, is in the table of the judgement itself; here is
/// that the server's answers reach it: a few at a time that do not hide each other.
#[test]
fn lies_are_refused_by_their_codes() {
    let opened = Opened::new();
    let mut wrong = Vec::new();
    for lie in LIES {
        let reported = opened.reported(lie);
        let wanted = (lie.status, lie.codes.iter().map(|code| (*code).to_owned()).collect());
        if reported != wanted {
            wrong.push(format!("{}: {reported:?}, not {wanted:?}", lie.name));
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

const LIES: &[Lie] = &[
    Lie {
        name: "merged, of a fork, for another branch",
        alter: |_, s, _| {
            let pull = &mut s.pulls[0];
            (pull.open, pull.merged, pull.base) = (false, Some(1), RELEASE.into());
            pull.head_owner = "evil".into();
        },
        status: 1,
        codes: &["pull-base", "pull-closed", "pull-foreign"],
    },
    Lie {
        name: "a run that was deleted, one of a fork by another workflow, one of an older SHA",
        alter: |o, s, _| {
            let mut other = s.workflows[0].clone();
            (other.id, other.path) = (other.id + 1, ".github/workflows/fake.yml".into());
            (s.runs[1].workflow, s.runs[1].path) = (other.id, other.path.clone());
            s.workflows.push(other);
            s.runs[0].deleted = true;
            s.runs[1].head_repository.0 = "evil".into();
            s.runs[2].sha = o.older.clone();
        },
        status: 1,
        codes: &["run-absent", "run-mismatch"],
    },
    Lie {
        name: "a run again, one that failed, one without a job",
        alter: |_, s, _| {
            s.runs[0].attempt = 2;
            s.runs[0].jobs.iter_mut().for_each(|job| job.attempt = 2);
            s.runs[1].conclusion = "failure".into();
            s.runs[2].jobs.truncate(1);
        },
        status: 20,
        codes: &["CEC-20", "run-mismatch"],
    },
    Lie {
        name: "an artifact that expired, one of other bytes, one that is no archive",
        alter: |_, s, _| {
            of(s, 0).expired = true;
            of(s, 1).digest = Some(format!("sha256:{}", digest("x")));
            of(s, 2).refill(b"PK".to_vec());
        },
        status: 40,
        codes: &["CEC-40", "artifact-digest", "artifact-unread"],
    },
    Lie {
        name: "an edited scorecard, other times, a file left out, a box that is not ticked",
        alter: |o, _, b| {
            rescore(o, b, o.world.git(["rev-parse", "HEAD"]).trim(), &o.older);
            say(o, b, "started_at", &moved(&o.said("started_at"), 1));
            edit(b, "- src/b\n", "");
            edit(b, "- [x] the same bytes", "- [ ] the same bytes");
        },
        status: 50,
        codes: &["CEC-50"],
    },
];
