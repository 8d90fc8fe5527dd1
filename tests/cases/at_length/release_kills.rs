//! A release that is killed, or whose requests fail, at any point is gone on with: one
//! tag, one release, one entry in the ledger.

use std::path::Path;
use std::process::{Child, Stdio};

use serde_json::Value;

use crate::support::github::{Action, Fault, Which, bad_gateway};
use crate::support::processes::until;
use crate::support::releases::{RC, Released};
use crate::support::reviews::{EVER, running};
use crate::support::sampling::sample;
use crate::support::server_reviews::says;

/// A release that was begun: its files are written, and nothing is done.
struct Begun {
    fixture: Released,
}

impl Begun {
    fn new() -> Self {
        let fixture = Released::new();
        let begun = Self { fixture };
        let mut child = begun.start();
        until("it is begun", EVER, || !begun.journal().is_empty() || !running(&child));
        end(&mut child);
        let ran = begun.fixture.rc(&["--execute"]);
        assert_eq!(ran.status, 0, "{ran:?}");
        begun.once("undisturbed");
        copy(&begun.folder(), &begun.kept());
        let journal = begun.fixture.world.read(&format!("out/release/{RC}/journal.jsonl"));
        let first = journal.split_inclusive('\n').next().unwrap();
        std::fs::write(begun.kept().join("journal.jsonl"), first).unwrap();
        begun
    }

    fn folder(&self) -> std::path::PathBuf {
        self.fixture.world.path("out/release").join(RC)
    }

    fn kept(&self) -> std::path::PathBuf {
        self.fixture.world.root().join("begun")
    }

    /// Everything as it was when the release was begun.
    fn reset(&self) {
        let world = &self.fixture.world;
        let _ = std::fs::remove_dir_all(self.folder());
        copy(&self.kept(), &self.folder());
        world.without_ledger();
        let _ = world.command("git").args(["tag", "--delete", RC]).output();
        let mut state = self.fixture.simulator.state();
        state.git.run(&["update-ref", "-d", &format!("refs/tags/{RC}")]);
        state.releases.clear();
        state.faults.clear();
        state.seen.clear();
    }

    fn start(&self) -> Child {
        let mut command = self.fixture.command();
        let sha = &self.fixture.sha;
        command.args(["release", "rc", "--sha", sha, "--version", "1.4.0", "--execute"]);
        command.stdin(Stdio::null()).stdout(Stdio::null()).stderr(Stdio::null()).spawn().unwrap()
    }

    fn journal(&self) -> Vec<Value> {
        let path = self.folder().join("journal.jsonl");
        let bytes = std::fs::read(path).unwrap_or_default();
        let lines = bytes.split_inclusive(|byte| *byte == b'\n');
        let whole = lines.filter(|line| line.ends_with(b"\n"));
        whole.map(|line| serde_json::from_slice(line).unwrap()).collect()
    }

    /// Goes on with it, and sees that all is there once.
    #[track_caller]
    fn goes_on(&self, at: &str) {
        self.fixture.simulator.state().faults.clear();
        let ran = self.fixture.rc(&["--execute"]);
        assert_eq!(ran.status, 0, "{at}: {ran:#?}");
        self.once(at);
    }

    #[track_caller]
    fn once(&self, at: &str) {
        let fixture = &self.fixture;
        let object = fixture.world.git(["rev-parse", &format!("refs/tags/{RC}")]);
        let mut state = fixture.simulator.state();
        let tags = state.git.run(&["for-each-ref", "--format=%(objectname)", "refs/tags"]);
        assert_eq!(tags.unwrap_or_default().trim(), object.trim(), "{at}: tags");
        let target = state.git.run(&["rev-parse", &format!("{RC}^{{}}")]).unwrap_or_default();
        assert_eq!(target.trim(), fixture.sha, "{at}");
        let releases = std::mem::take(&mut state.releases);
        let [release] = releases.as_slice() else { panic!("{at}: {releases:?}") };
        assert!(!release.draft && release.immutable && release.prerelease, "{at}: {release:?}");
        assert_eq!(release.assets.len(), 3, "{at}: {:?}", release.assets);
        state.releases = releases;
        drop(state);
        let ledger = fixture.world.ledger().concat();
        assert_eq!(ledger.lines().count(), 1, "{at}: {ledger}");
        assert!(ledger.contains(object.trim()), "{at}: {ledger}");
        let journal = self.journal();
        let of = |event: &str| journal.iter().filter(|line| line["event"] == event).count();
        assert_eq!((of("opened"), of("recorded")), (1, 1), "{at}: {journal:?}");
        assert_eq!(of("tag_made"), 1, "{at}: {journal:?}");
    }
}

fn end(child: &mut Child) {
    let _ = child.kill();
    let _ = child.wait();
}

fn copy(from: &Path, to: &Path) {
    std::fs::create_dir_all(to).unwrap();
    for entry in std::fs::read_dir(from).unwrap().map(Result::unwrap) {
        std::fs::copy(entry.path(), to.join(entry.file_name())).unwrap();
    }
}

#[test]
fn killed_at_every_line_of_the_journal() {
    let begun = Begun::new();
    let lines = begun.journal().len();
    assert!(lines >= 12, "only {lines} lines");
    for line in sample(2..=lines, 5) {
        begun.reset();
        let mut child = begun.start();
        until("the journal grows", EVER, || begun.journal().len() >= line || !running(&child));
        end(&mut child);
        begun.goes_on(&format!("line {line}"));
    }
}

#[test]
fn killed_at_every_request_before_and_after_it_takes_effect() {
    let begun = Begun::new();
    let killed = |method: &str, number: u32, action: Action| {
        begun.reset();
        let before = begun.fixture.simulator.state().stopped;
        let fault = Fault::new(method, "", Which::Only(number), action);
        begun.fixture.simulator.state().faults.push(fault);
        let mut child = begun.start();
        let stopped = || begun.fixture.simulator.state().stopped > before;
        until("the request, or the end", EVER, || stopped() || !running(&child));
        let killed = stopped();
        if killed {
            end(&mut child);
            begun.goes_on(&format!("{method} request {number}"));
        } else {
            assert!(child.wait().unwrap().success());
        }
        killed
    };
    begun.reset();
    begun.goes_on("undisturbed");
    let all = u32::try_from(begun.fixture.simulator.requests().len()).unwrap();
    assert!(all >= 7, "only {all} requests");
    for number in sample(1..=all, 4) {
        assert!(killed("", number, Action::Stop), "request {number} of {all}");
    }
    // A draft and three files.
    for number in sample(1..=4, 2) {
        assert!(killed("POST", number, Action::AcceptThenStop), "POST {number}");
    }
    assert!(!killed("POST", 5, Action::AcceptThenStop));
    assert!(killed("PATCH", 1, Action::AcceptThenStop));
}

#[test]
fn every_request_fails_and_every_answer_is_lost() {
    let begun = Begun::new();
    let mut stopped = 0;
    let mut tried = Vec::new();
    for (method, most) in [("GET", 7), ("POST", 4), ("PATCH", 1)] {
        for number in 1..=most {
            let actions = [
                Action::Answer(bad_gateway()),
                Action::Answer(says(422, "no")),
                Action::AcceptThenDrop,
                Action::AcceptThenAnswer(bad_gateway()),
            ];
            for action in actions {
                if method == "GET" && matches!(action, Action::AcceptThenAnswer(_)) {
                    continue;
                }
                tried.push((method, number, action));
            }
        }
    }
    // Of 41, each kind of fault at each kind of request at least once.
    for (method, number, action) in sample(tried, 14) {
        begun.reset();
        let at = format!("{method} {number}: {action:?}");
        let fault = Fault::new(method, "", Which::Only(number), action);
        begun.fixture.simulator.state().faults.push(fault);
        let ran = begun.fixture.rc(&["--execute"]);
        if ran.status == 0 {
            begun.once(&at);
        } else {
            stopped += 1;
            assert!(matches!(ran.status, 1 | 4), "{at}: {ran:?}");
            assert!(ran.stdout.contains("help: "), "{at}: {ran:?}");
            begun.goes_on(&at);
        }
    }
    assert!(stopped >= 3, "only {stopped} of them stopped it");
}

/// What somebody else does on the way is not taken for ours, and says what to do.
#[test]
fn what_is_in_the_way_on_github_stops_it() {
    let begun = Begun::new();
    let stops = |code: &str, at: &str| {
        let ran = begun.fixture.rc(&["--execute"]);
        assert_eq!(ran.status, 1, "{at}: {ran:?}");
        assert!(ran.stdout.contains(&format!("error[{code}]")), "{at}: {ran:?}");
        assert!(ran.stdout.contains("it resumes"), "{at}: {ran:?}");
        assert!(begun.fixture.world.ledger().is_empty(), "{at}: it was recorded");
    };
    let draft = |body: &str| {
        let text = serde_json::json!({ "tag_name": RC, "draft": true, "body": body });
        let (status, _) = begun.fixture.simulator.ask("POST", "repos/o/r/releases", &text);
        assert_eq!(status, 201);
    };
    begun.reset();
    draft("somebody's words");
    stops("release-in-the-way", "a draft of somebody else");
    begun.reset();
    draft("one");
    draft("two");
    stops("release-in-the-way", "two drafts");
    begun.reset();
    let notes = begun.fixture.world.read(&format!("out/release/{RC}/NOTES.md"));
    draft(&notes);
    let id = begun.fixture.simulator.state().releases[0].id;
    let path = format!("repos/o/r/releases/{id}/assets?name=demo-evidence.zip");
    let (status, _) = begun.fixture.simulator.ask_with("POST", &path, "", b"other bytes");
    assert_eq!(status, 201);
    stops("release-asset", "a file of other bytes");
    begun.fixture.simulator.state().releases[0].assets.clear();
    begun.goes_on("the file is gone");
    // The tag is moved behind our back.
    begun.reset();
    let moved = begun.fixture.world.git(["rev-parse", "main~1"]);
    begun.fixture.simulator.fault("PATCH", "", Which::Only(1), Action::Answer(bad_gateway()));
    let ran = begun.fixture.rc(&["--execute"]);
    assert_eq!(ran.status, 4, "{ran:?}");
    let reference = format!("refs/tags/{RC}");
    begun.fixture.simulator.state().git.run(&["update-ref", &reference, moved.trim()]);
    let ran = begun.fixture.rc(&["--execute"]);
    assert_eq!(ran.status, 1, "{ran:?}");
    assert!(ran.stdout.contains("release-tag-light"), "{ran:?}");
    assert!(begun.fixture.simulator.state().releases[0].draft);
    // A file of it that was changed here.
    begun.reset();
    let pack = format!("out/release/{RC}/demo-1.4.0-rc.1-pack.zip");
    begun.fixture.world.write(&pack, "x");
    stops("release-journal", "a pack that was changed");
}
