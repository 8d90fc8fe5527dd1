//! The ledger on a real remote: what one clone records has effect in the others, appends
//! race, the network goes, and whoever can push tries what they can.

use std::path::PathBuf;
use std::process::{Child, Command, Stdio};

use super::ledger::resealed;
use crate::support::ledgers::{APPROVAL, DEPLOY, at};
use crate::support::sampling::{is_exhaustive, sample, times};
use crate::support::{Ran, World, XTASK, write_program};

/// A bare remote with the rules on `main`, and clones of it.
struct Remote {
    world: World,
}

/// A clone, used by ana.
struct Clone<'w> {
    remote: &'w Remote,
    folder: PathBuf,
}

impl Remote {
    fn new() -> Self {
        let world = World::with_ledger();
        world.git(["init", "--quiet", "--bare", "--initial-branch=main", "../remote.git"]);
        world.git(["remote", "add", "origin", "../remote.git"]);
        world.git(["push", "--quiet", "origin", "main"]);
        Self { world }
    }

    fn bare(&self) -> PathBuf {
        self.world.root().join("remote.git")
    }

    fn clone_as(&self, name: &str) -> Clone<'_> {
        let folder = self.world.root().join(name);
        let (bare, target) = (self.bare(), folder.display().to_string());
        self.world.git(["clone", "--quiet", bare.to_str().unwrap(), &target]);
        let clone = Clone { remote: self, folder };
        let key = self.world.key("ana").display().to_string();
        for (name, value) in
            [("user.email", "ana@example.com"), ("gpg.format", "ssh"), ("user.signingkey", &key)]
        {
            clone.git(&["config", name, value]);
        }
        clone
    }

    /// A hook of the remote, which a shell runs.
    fn hook(&self, name: &str, script: &str) {
        let path = self.bare().join("hooks").join(name);
        std::fs::create_dir_all(path.parent().unwrap()).unwrap();
        write_program(&path, &format!("#!/bin/sh\n{script}\n"));
    }

    /// The ids of the ledger, in their order.
    fn ids(&self) -> Vec<String> {
        let id = |line: &String| {
            let entry: serde_json::Value = serde_json::from_str(line).unwrap();
            entry["id"].as_str().unwrap().to_owned()
        };
        self.world.ledger().iter().map(id).collect()
    }
}

impl Clone<'_> {
    fn command(&self, program: &str) -> Command {
        let mut command = self.remote.world.command(program);
        command.current_dir(&self.folder);
        command
    }

    fn git(&self, arguments: &[&str]) -> String {
        let ran = Ran::from(self.command("git").args(arguments).output().unwrap());
        assert_eq!(ran.status, 0, "git {arguments:?}: {ran:?}");
        ran.stdout.trim().to_owned()
    }

    fn xtask(&self, arguments: &[&str]) -> Ran {
        let mut command = self.command(XTASK);
        command.args(arguments).env("XTASK_TEST_NOW", at(24 * 60)).output().unwrap().into()
    }

    /// Begins to append an entry at a minute of 2026-03-01.
    fn begin(&self, kind: &str, data: &str, id: &str, minute: u32) -> Child {
        self.begin_in(kind, data, id, minute, &std::env::var("PATH").unwrap())
    }

    /// The same with programs of this PATH.
    fn begin_in(&self, kind: &str, data: &str, id: &str, minute: u32, path: &str) -> Child {
        let mut command = self.command(XTASK);
        command.env("PATH", path);
        command.args(["ledger", "append", kind, "-", "--id", id]).env("XTASK_TEST_NOW", at(minute));
        let command = command.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped());
        let mut child = command.spawn().unwrap();
        std::io::Write::write_all(&mut child.stdin.take().unwrap(), data.as_bytes()).unwrap();
        child
    }

    fn append(&self, kind: &str, data: &str, id: &str, minute: u32) -> Ran {
        self.begin(kind, data, id, minute).wait_with_output().unwrap().into()
    }

    fn points_at(&self, remote: &str) {
        self.git(&["remote", "set-url", "origin", remote]);
    }

    /// Where its ledger is, as it last saw it.
    fn seen(&self) -> String {
        self.git(&["rev-parse", "refs/thrice/ledger/seen"])
    }
}

#[test]
fn what_one_clone_records_has_effect_in_another_at_once() {
    let remote = Remote::new();
    let (one, other) = (remote.clone_as("one"), remote.clone_as("other"));
    assert_eq!(other.xtask(&["ledger", "verify"]).status, 0);
    // What a clone has under the ledger's name says nothing where there is a remote.
    other.git(&["branch", "ledger", "main"]);
    let ran = one.append("approval", APPROVAL, "the-first-one", 1);
    assert_eq!(ran.status, 0, "{ran:?}");
    let ran = other.xtask(&["ledger", "show"]);
    assert!(ran.status == 0 && ran.stdout.contains("approval"), "{ran:?}");
    assert_eq!(other.append("deploy", DEPLOY, "the-second-one", 2).status, 0);
    assert_eq!(remote.ids(), ["the-first-one", "the-second-one"]);
    let ran = one.xtask(&["ledger", "verify"]);
    assert!(ran.stdout.contains("2 entries of ledger at "), "{ran:?}");
    // Nothing of it is in the way of anybody's branches.
    assert_eq!(one.git(&["status", "--porcelain"]), "");
    assert_eq!(one.git(&["branch", "--list", "ledger"]), "");
}

/// A signature is of one programme: pasted into the ledger of another, it says nothing.
#[test]
fn what_was_signed_for_another_programme_does_not_count() {
    let remote = Remote::new();
    let one = remote.clone_as("one");
    assert_eq!(one.append("approval", APPROVAL, "the-first-one", 1).status, 0);
    assert_eq!(one.xtask(&["ledger", "verify", "--all-signatures"]).status, 0);
    let programme = std::fs::read_to_string(one.folder.join("policy/programme.toml")).unwrap();
    let other = programme.replace("id = \"demo\"", "id = \"other\"");
    std::fs::write(one.folder.join("policy/programme.toml"), other).unwrap();
    one.git(&["commit", "--quiet", "--all", "-m", "another programme"]);
    one.git(&["push", "--quiet", "origin", "main"]);
    let ran = one.xtask(&["ledger", "verify", "--all-signatures"]);
    assert!(ran.status == 1 && ran.stdout.contains("error[ledger-signature]"), "{ran:?}");
}

#[test]
fn what_cannot_be_pushed_waits_and_the_next_command_pushes_it() {
    let remote = Remote::new();
    let (one, other) = (remote.clone_as("one"), remote.clone_as("other"));
    assert_eq!(one.append("deploy", DEPLOY, "the-first-one", 1).status, 0);
    one.points_at("../nowhere.git");
    let ran = one.append("approval", APPROVAL, "offline-one", 2);
    assert_eq!(ran.status, 4, "{ran:?}");
    assert!(ran.stdout.contains("offline-one is not in effect yet"), "{ran:?}");
    assert_eq!(one.append("deploy", DEPLOY, "offline-two", 3).status, 4);
    // Again, it is the same entry.
    assert_eq!(one.append("deploy", DEPLOY, "offline-two", 4).status, 4);
    let ran = one.xtask(&["ledger", "verify"]);
    assert!(ran.status == 4 && ran.stdout.contains("waiting to be pushed: 2\n"), "{ran:?}");
    // Meanwhile somebody else goes on.
    assert_eq!(other.append("deploy", DEPLOY, "the-second-one", 5).status, 0);
    one.points_at("../remote.git");
    let ran = one.xtask(&["ledger", "show"]);
    assert_eq!((ran.status, ran.stdout.contains("approval")), (0, true), "{ran:?}");
    assert_eq!(remote.ids(), ["the-first-one", "the-second-one", "offline-one", "offline-two"]);
    let ran = other.xtask(&["ledger", "verify", "--all-signatures"]);
    assert!(ran.status == 0 && ran.stdout.contains("1 signature verified"), "{ran:?}");
}

/// Nobody says that all is in time by rules or entries that are older than the remote's.
#[test]
fn what_may_be_older_than_the_remotes_is_no_answer_of_sla() {
    let remote = Remote::new();
    let severity = |id: &str| {
        format!(
            "[[severities]]\nid = \"{id}\"\naction = [\"stop\"]\nescalation = [\"owner\"]\n\
             acknowledge = \"1 hours\"\nrecover = \"9 hours\"\n"
        )
    };
    remote.world.write("policy/risk.toml", ["critical", "high", "medium"].map(severity).concat());
    remote.world.commit("rules of risks");
    remote.world.git(["push", "--quiet", "origin", "HEAD:main"]);
    let clone = remote.clone_as("one");
    let answer = |word: &str| {
        let ran = clone.xtask(&["sla"]);
        (ran.status, ran.stdout.contains(word))
    };
    assert_eq!(answer("no window violated, 0 running"), (0, true));
    clone.points_at("../nowhere.git");
    assert_eq!(answer("error[ledger-unreached]"), (4, true));
    clone.points_at("../remote.git");
    remote.world.write("policy/risk.toml", "");
    remote.world.commit("no rules");
    remote.world.git(["push", "--quiet", "origin", "HEAD:main"]);
    assert_eq!(answer("error[sla-unseen]"), (4, true));
    // Who raises an alarm is not kept from it.
    let open = clone.xtask(&["incident", "open", "--severity", "P0", "--title", "down"]);
    assert_eq!((open.status, open.stdout.contains("warning[sla-unseen]")), (0, true), "{open:?}");
}

/// A clone whose own ledger is not the remote's, or that cannot ask for it, is named.
#[test]
fn doctor_names_a_clone_that_lacks_the_ledger() {
    let remote = Remote::new();
    let one = remote.clone_as("one");
    let says = |wanted: &[&str]| {
        let ran = one.xtask(&["doctor"]);
        for line in wanted {
            assert!(ran.stdout.contains(line), "{line}: {ran:?}");
        }
    };
    one.git(&["branch", "ledger", "main"]);
    says(&[
        "origin has no `ledger`, and this clone's has no effect\n",
        "-> `git push origin ledger`\n",
    ]);
    one.git(&["branch", "-D", "ledger"]);
    one.points_at("../nowhere.git");
    says(&["; this clone has none of it\n", "-> see that `git fetch` works here"]);
    one.points_at("../remote.git");
    assert_eq!(one.append("deploy", DEPLOY, "the-first-one", 1).status, 0);
    says(&["ok               ledger          ledger at "]);
    one.points_at("../nowhere.git");
    assert_eq!(one.append("deploy", DEPLOY, "the-second-one", 2).status, 4);
    one.points_at("../remote.git");
    says(&[
        "1 entry not in effect yet, not pushed\n",
        "-> `cargo xtask ledger verify` pushes first\n",
    ]);
}

#[test]
fn a_remote_that_refuses_the_branch_records_nothing() {
    let remote = Remote::new();
    let one = remote.clone_as("one");
    remote.hook("pre-receive", "echo no >&2; exit 1");
    let ran = one.append("deploy", DEPLOY, "the-first-one", 1);
    assert!(ran.status == 1 && ran.stdout.contains("error[ledger-refused]"), "{ran:?}");
    std::fs::remove_file(remote.bare().join("hooks/pre-receive")).unwrap();
    let ran = one.xtask(&["ledger", "verify"]);
    assert!(ran.status == 0 && ran.stdout.contains("0 entries of ledger"), "{ran:?}");
}

/// Eight clones append at once: each entry is there once, and the chain is whole. Where
/// every point is tried, the remote is slow, refuses, goes away before it wrote, and goes away after
/// it wrote, and each clone appends 25 times.
#[test]
fn eight_clones_append_at_once() {
    let remote = Remote::new();
    if is_exhaustive() {
        let count = "n=$(( $(cat count 2>/dev/null || echo 0) + 1 )); echo $n >count";
        let before = "sleep 0.$((n % 3)); [ $((n % 5)) = 1 ] && exit 1; \
            [ $((n % 7)) = 2 ] && kill -9 $PPID; exit 0";
        remote.hook("pre-receive", &format!("{count}; {before}"));
        remote.hook("post-receive", "[ $(( $(cat count) % 6 )) = 3 ] && kill -9 $PPID; exit 0");
    }
    let clones: Vec<Clone<'_>> =
        (0..8).map(|number| remote.clone_as(&format!("clone-{number}"))).collect();
    let each = times(2, 25);
    for time in 0..each {
        let id = |number: usize| format!("entry-{number}-{time:02}");
        let begin =
            |(number, clone): (usize, &Clone<'_>)| clone.begin("deploy", DEPLOY, &id(number), 1);
        let children: Vec<Child> = clones.iter().enumerate().map(begin).collect();
        for ((number, clone), child) in clones.iter().enumerate().zip(children) {
            let mut ran = Ran::from(child.wait_with_output().unwrap());
            // Whoever is refused does it again; what waits is pushed later.
            while !matches!(ran.status, 0 | 4) {
                ran = clone.append("deploy", DEPLOY, &id(number), 1);
            }
        }
    }
    for clone in &clones {
        let mut tries = 0;
        while clone.xtask(&["ledger", "verify"]).stdout.contains("waiting to be pushed") {
            tries += 1;
            assert!(tries < 50, "it still waits");
        }
    }
    let mut ids = remote.ids();
    assert_eq!(ids.len(), 8 * each);
    ids.sort();
    ids.dedup();
    assert_eq!(ids.len(), 8 * each);
    for clone in &clones {
        let ran = clone.xtask(&["ledger", "verify"]);
        assert_eq!(ran.status, 0, "{ran:?}");
    }
}

/// What is done to the ledger's branch, by somebody who can push it: a name, what they do
/// in a clone of their own, what the clone that saw all says, and who finds it at their next
/// command: whoever saw all, whoever saw the first entry, or also whoever saw nothing.
type Attack = (&'static str, fn(&Clone<'_>), &'static str, &'static str, FoundBy);

/// The clones that find something at their next command.
#[derive(Clone, Copy, PartialEq, PartialOrd)]
enum FoundBy {
    SawAll,
    SawFirst,
    Anybody,
}
use FoundBy::{Anybody, SawAll, SawFirst};

/// Puts a tree with this segment after a commit, or after nothing; gives the new commit.
fn segment(by: &Clone<'_>, parents: &[&str], name: &str, text: &str) -> String {
    let file = by.folder.join(".git/segment");
    std::fs::write(&file, text).unwrap();
    let blob = by.git(&["hash-object", "-w", file.to_str().unwrap()]);
    let line = format!("100644 blob {blob}\t{name}\n");
    let mut command = by.command("git");
    let mut child =
        command.arg("mktree").stdin(Stdio::piped()).stdout(Stdio::piped()).spawn().unwrap();
    std::io::Write::write_all(&mut child.stdin.take().unwrap(), line.as_bytes()).unwrap();
    let tree = String::from_utf8(child.wait_with_output().unwrap().stdout).unwrap();
    let mut words = vec!["commit-tree", tree.trim(), "-m", "by hand"];
    parents.iter().for_each(|parent| words.extend(["-p", *parent]));
    by.git(&words)
}

const FIRST: &str = "00000000.jsonl";

fn tip(by: &Clone<'_>) -> String {
    by.git(&["fetch", "--quiet", "origin", "ledger"]);
    by.git(&["rev-parse", "FETCH_HEAD"])
}

fn text(by: &Clone<'_>, commit: &str) -> String {
    by.git(&["cat-file", "blob", &format!("{commit}:{FIRST}")]) + "\n"
}

fn push(by: &Clone<'_>, commit: &str) {
    by.git(&["push", "--quiet", "--force", "origin", &format!("{commit}:refs/heads/ledger")]);
}

/// Another entry at the end, with the root that it has.
fn forged(by: &Clone<'_>, commit: &str, change: impl Fn(&str) -> String) -> String {
    let text = text(by, commit);
    let last = text.lines().last().unwrap();
    let root = last.split_once(",\"root\":\"").unwrap().1[..64].to_owned();
    let number = text.lines().count();
    let (head, rest) = last.split_once("\"prev_root\":\"").unwrap();
    let line = format!("{head}\"prev_root\":\"{root}{}\n", &rest[64..]);
    let line =
        line.replacen(&format!("\"index\":{}", number - 1), &format!("\"index\":{number}"), 1);
    text.clone() + &resealed(&change(&line))
}

const ATTACKS: &[Attack] = &[
    (
        "the end is cut off",
        |by| push(by, &format!("{}~1", tip(by))),
        "ledger-descent",
        "the end of the ledger was cut off",
        SawAll,
    ),
    (
        "the branch is written anew, with the same words",
        |by| {
            let tip = tip(by);
            push(by, &segment(by, &[], FIRST, &text(by, &tip)));
        },
        "ledger-descent",
        "the ledger was rewritten as a whole",
        SawFirst,
    ),
    (
        "the newest entry is another",
        |by| {
            let tip = tip(by);
            let before = by.git(&["rev-parse", &format!("{tip}~1")]);
            let mut other = text(by, &tip);
            let at = other.rfind("v1.4.0").unwrap();
            other.replace_range(at..at + 6, "v6.6.6");
            push(by, &segment(by, &[&before], FIRST, &other));
        },
        "ledger-descent",
        "the ledger was rewritten from",
        SawAll,
    ),
    (
        "the branch is deleted",
        |by| drop(by.git(&["push", "--quiet", "origin", ":refs/heads/ledger"])),
        "ledger-descent",
        "origin has no branch `ledger` any more",
        SawFirst,
    ),
    (
        // CVE-2026-44544 of gittuf: an old state, replayed by whoever can push.
        "an old state is put on top",
        |by| {
            let tip = tip(by);
            let old = text(by, &format!("{tip}~1"));
            push(by, &segment(by, &[&tip], FIRST, &old));
        },
        "ledger-descent",
        "were changed or taken away",
        SawFirst,
    ),
    (
        // The same, of one entry.
        "an old entry is said again",
        |by| {
            let tip = tip(by);
            push(by, &segment(by, &[&tip], FIRST, &forged(by, &tip, str::to_owned)));
        },
        "ledger-id",
        "stands in line 2 already",
        Anybody,
    ),
    (
        // CVE-2026-128036: a state in between, written past the tool and gone again.
        "an entry is there for a while",
        |by| {
            let tip = tip(by);
            let id = |line: &str| line.replace("entry-two", "entry-for-a-while");
            let between = segment(by, &[&tip], FIRST, &forged(by, &tip, id));
            push(by, &segment(by, &[&between], FIRST, &text(by, &tip)));
        },
        "ledger-descent",
        "were changed or taken away",
        SawFirst,
    ),
    (
        "a fork is merged in",
        |by| {
            let tip = tip(by);
            let fork = segment(by, &[], FIRST, &text(by, &tip));
            push(by, &segment(by, &[&tip, &fork], FIRST, &text(by, &tip)));
        },
        "ledger-descent",
        "has not one parent",
        SawFirst,
    ),
    (
        "a file that is no segment",
        |by| {
            let tip = tip(by);
            push(by, &segment(by, &[&tip], "00000001.jsonl", &text(by, &tip)));
        },
        "ledger-form",
        "`00000001.jsonl` where segment 00000000.jsonl belongs",
        Anybody,
    ),
    (
        "one unsigned line of the next century",
        |by| {
            let tip = tip(by);
            let later = |line: &str| {
                let line = line.replace("entry-two", "entry-of-2126");
                line.replacen("\"created_at\":\"2026", "\"created_at\":\"2126", 1)
            };
            push(by, &segment(by, &[&tip], FIRST, &forged(by, &tip, later)));
        },
        "ledger-time",
        "2126-03-01T00:02:00Z is in the future",
        Anybody,
    ),
];

#[test]
fn what_is_done_to_the_branch_is_found_by_the_clone_that_saw_it() {
    let remote = Remote::new();
    let [one, early, fresh, by] =
        ["one", "early", "fresh", "mallory"].map(|name| remote.clone_as(name));
    assert_eq!(one.append("deploy", DEPLOY, "entry-one", 1).status, 0);
    let first = one.seen();
    assert_eq!(one.append("deploy", DEPLOY, "entry-two", 2).status, 0);
    let seen = one.seen();
    early.git(&["fetch", "--quiet", "origin", "ledger"]);
    for (name, attack, code, says, found_by) in ATTACKS {
        attack(&by);
        let error = format!("error[{code}]");
        let ran = one.xtask(&["ledger", "verify"]);
        assert_eq!(ran.status, 1, "{name}: {ran:?}");
        assert!(ran.stdout.contains(&error) && ran.stdout.contains(says), "{name}: {ran:?}");
        if is_exhaustive() {
            early.git(&["update-ref", "refs/thrice/ledger/seen", &first]);
            fresh.git(&["update-ref", "-d", "refs/thrice/ledger/seen"]);
            for clone in [&early, &fresh] {
                clone.git(&["update-ref", "-d", "refs/thrice/ledger/verified"]);
            }
            for (clone, saw) in [(&early, SawFirst), (&fresh, Anybody)] {
                let ran = clone.xtask(&["ledger", "verify"]);
                let found = ran.stdout.contains(&error);
                assert_eq!(found, *found_by >= saw, "{name}: {ran:?}");
            }
        }
        let refused = one.append("deploy", DEPLOY, "entry-three", 3);
        assert_eq!(refused.status, 1, "{name}: {refused:?}");
        // An administrator restores it, as is said, and nothing is to be done in the clones.
        match ran.help(code).filter(|_| *code == "ledger-descent") {
            Some(line) => assert_eq!(Ran::typed(one.command("sh"), &line).status, 0, "{line}"),
            None => push(&by, &seen),
        }
        let ran = one.xtask(&["ledger", "verify"]);
        assert_eq!(ran.status, 0, "{name}: {ran:?}");
    }
}

/// CVE-2026-128035 of gittuf, a later policy that is passed over: every clone that has the default
/// branch judges by its rules of now, also what was recorded in a clone that had not.
#[test]
fn who_lost_a_role_decides_nothing_from_then_on() {
    let remote = Remote::new();
    let (one, other) = (remote.clone_as("one"), remote.clone_as("other"));
    assert_eq!(one.append("approval", APPROVAL, "the-first-one", 1).status, 0);
    let rules = std::fs::read_to_string(other.folder.join("policy/ledger.toml")).unwrap();
    std::fs::write(
        other.folder.join("policy/ledger.toml"),
        rules.replace("[\"po\"]\nlogin", "[\"dev\"]\nlogin"),
    )
    .unwrap();
    other.git(&["commit", "--quiet", "--all", "-m", "ana is no PO any more"]);
    other.git(&["push", "--quiet", "origin", "HEAD:main"]);
    let late = one.append("approval", APPROVAL, "the-second-one", 2);
    assert_eq!(late.status, 0, "it has not fetched: {late:?}");
    for clone in [&other, &one] {
        clone.git(&["fetch", "--quiet", "origin"]);
        let ran = clone.xtask(&["ledger", "verify", "--all-signatures"]);
        assert_eq!(ran.stdout.matches("error[ledger-role]").count(), 2, "{ran:?}");
    }
    let late = one.append("approval", APPROVAL, "the-third-one", 3);
    assert!(late.status == 1 && late.stdout.contains("error[ledger-role]"), "{late:?}");
}

/// A fork that one clone alone was shown is found when it meets the others' ledger.
#[test]
fn a_fork_that_one_clone_was_shown_is_found_when_it_meets_the_other() {
    let remote = Remote::new();
    let (one, other) = (remote.clone_as("one"), remote.clone_as("other"));
    assert_eq!(one.append("deploy", DEPLOY, "entry-one", 1).status, 0);
    remote.world.git(["clone", "--quiet", "--bare", "../remote.git", "../fork.git"]);
    other.points_at("../fork.git");
    assert_eq!(other.append("deploy", DEPLOY, "of-the-fork", 2).status, 0);
    assert_eq!(one.append("deploy", DEPLOY, "entry-two", 3).status, 0);
    other.points_at("../remote.git");
    let ran = other.xtask(&["ledger", "verify"]);
    assert_eq!(ran.status, 1, "{ran:?}");
    assert!(ran.stdout.contains("error[ledger-descent]: the ledger was rewritten from"), "{ran:?}");
}

/// A git that counts its calls and kills its caller before or after one of them.
fn deadly_git(remote: &Remote, kills: &str) -> PathBuf {
    let folder = remote.world.root().join("deadly");
    std::fs::create_dir_all(&folder).unwrap();
    let (real, count) = (which::which("git").unwrap(), folder.join("count"));
    let _ = std::fs::remove_file(&count);
    let (real, count) = (real.display(), count.display());
    let script = format!(
        "#!/bin/sh\nn=$(( $(cat {count} 2>/dev/null || echo 0) + 1 ))\necho $n >{count}\n\
        [ $n = \"{}\" ] && kill -9 $PPID\n{real} \"$@\"\nstatus=$?\n\
        [ $n = \"{}\" ] && kill -9 $PPID\nexit $status\n",
        kills.strip_prefix("before ").unwrap_or_default(),
        kills.strip_prefix("after ").unwrap_or_default(),
    );
    write_program(&folder.join("git"), &script);
    folder
}

/// `kill -9` before and after each call of git that an append makes: the entry is there once
/// or not at all, and the next command goes on.
#[test]
fn an_append_is_killed_at_each_of_its_steps() {
    let remote = Remote::new();
    let one = remote.clone_as("one");
    assert_eq!(one.append("deploy", DEPLOY, "the-first-one", 1).status, 0);
    let with = |kills: &str, id: &str| {
        let folder = deadly_git(&remote, kills);
        let path = format!("{}:{}", folder.display(), std::env::var("PATH").unwrap());
        let mut child = one.begin_in("deploy", DEPLOY, id, 1, &path);
        child.wait().unwrap().code()
    };
    assert_eq!(with("", "the-counted-one"), Some(0));
    let count = std::fs::read_to_string(remote.world.root().join("deadly/count")).unwrap();
    let count: usize = count.trim().parse().unwrap();
    assert!(count > 5, "{count}");
    let mut there = 2;
    let kills = (1..=count).flat_map(|at| [format!("before {at}"), format!("after {at}")]);
    for kills in sample(kills, 6) {
        let id = format!("killed-{}", kills.replace(' ', "-"));
        // A call that git itself makes has git as its caller: then the push is tried again.
        assert!(matches!(with(&kills, &id), None | Some(0 | 4)), "{kills}");
        let ran = one.xtask(&["ledger", "verify"]);
        assert!(ran.status == 0 && !ran.stdout.contains("waiting"), "{kills}: {ran:?}");
        assert_eq!(one.append("deploy", DEPLOY, &id, 2).status, 0, "{kills}");
        there += 1;
        let ids = remote.ids();
        assert_eq!((ids.last(), ids.len()), (Some(&id), there), "{kills}");
    }
}

/// An append to a remote is killed at many moments: the entry is there once or not at all,
/// and what was kept is pushed by the next command.
#[test]
fn an_append_to_a_remote_is_killed_at_many_moments() {
    let remote = Remote::new();
    let one = remote.clone_as("one");
    let begun = std::time::Instant::now();
    assert_eq!(one.append("deploy", DEPLOY, "the-first-one", 1).status, 0);
    let whole = begun.elapsed();
    let moments = times(5, 100);
    for moment in 0..moments {
        let id = format!("killed-{moment:04}");
        let mut child = one.begin("deploy", DEPLOY, &id, 1);
        std::thread::sleep(
            whole * u32::try_from(moment + 1).unwrap() / u32::try_from(moments).unwrap(),
        );
        let _ = child.kill();
        child.wait().unwrap();
        let ran = one.xtask(&["ledger", "verify"]);
        assert_eq!(ran.status, 0, "{moment}: {ran:?}");
        assert!(!ran.stdout.contains("waiting"), "{moment}: {ran:?}");
        let there = remote.ids().iter().filter(|there| **there == id).count();
        assert!(there <= 1, "{moment}: {there}");
        // Whoever was killed does it again, by the same id.
        assert_eq!(one.append("deploy", DEPLOY, &id, 2).status, 0, "{moment}");
        assert_eq!(remote.ids().last(), Some(&id), "{moment}");
    }
    assert_eq!(remote.ids().len(), moments + 1);
}
