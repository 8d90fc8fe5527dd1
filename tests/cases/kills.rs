//! A review that is killed leaves nothing behind, and is resumed to the same
//! decision without doing anything twice.

use std::collections::BTreeSet;
use std::os::unix::fs::PermissionsExt;
use std::process::{Child, Stdio};
use std::time::Duration;

use serde_json::Value;

use crate::support::processes::{alive, all_gone, names, until};
use crate::support::{PROGRAMME, Ran, World, gate};

/// How soon after a kill nothing may be left.
pub(crate) const SOON: Duration = Duration::from_secs(2);
/// How long anything in these tests may take at most.
pub(crate) const EVER: Duration = Duration::from_secs(60);

/// Children that leave the gate's process group, and one that ignores requests to
/// end: what a killed review has to end nevertheless.
pub(crate) const GRANDCHILDREN: &str = "setsid sleep 300 &
sh -c 'sleep 301 & exit 0' &
sh -c 'trap \"\" TERM INT HUP; sleep 302 & wait; wait' &";

/// A world whose four gates note each of their starts in the file `ran`, outside of
/// every checkout, and leave grandchildren behind.
pub(crate) fn world() -> World {
    world_of(GRANDCHILDREN)
}

fn world_of(before: &str) -> World {
    let world = World::new();
    let ran = world.root().join("ran").display().to_string();
    let script = |seconds: &str| {
        format!(
            "echo \"$(basename \"$(dirname \"$PWD\")\") $GATE\" >> {ran}\n{before}\nsleep {seconds}\n\
             echo evidence of $GATE > \"$EVIDENCE_DIR/told\""
        )
    };
    let gates = format!(
        "stagger = \"0 s\"\n{}{}{}needs = [\"T1\"]\n{}needs = [\"T2\", \"T4\"]\n",
        gate("T1", "lint", &script("0.05")),
        gate("T2", "secrets", &script("0.15")),
        gate("T4", "tests", &script("0.1")),
        gate("T5", "properties", &script("0.05")),
    );
    world.write("policy/programme.toml", PROGRAMME);
    world.write("policy/gates.toml", gates);
    world.commit("policy");
    world
}

/// Every gate of every run of [`world`].
fn all() -> BTreeSet<String> {
    let gates = ["T1", "T2", "T4", "T5"];
    (1..=3).flat_map(|run| gates.map(|gate| format!("{run} {gate}"))).collect()
}

/// The gates that were started since the last call, one line each.
fn ran(world: &World) -> Vec<String> {
    let path = world.root().join("ran");
    let text = std::fs::read_to_string(&path).unwrap_or_default();
    let _ = std::fs::remove_file(path);
    text.lines().map(str::to_owned).collect()
}

/// Starts a review, its streams closed.
pub(crate) fn start(world: &World, arguments: &[&str]) -> Child {
    let mut command = world.xtask_command(arguments);
    command.stdin(Stdio::null()).stdout(Stdio::null()).stderr(Stdio::null()).spawn().unwrap()
}

/// The journal of the newest review.
fn journal_path(world: &World) -> Option<std::path::PathBuf> {
    let reviews = world.path("out/orr");
    Some(reviews.join(names(&reviews).last()?).join("journal.jsonl"))
}

/// Whole lines of the newest review's journal.
pub(crate) fn journal(world: &World) -> Vec<Value> {
    let bytes = journal_path(world).and_then(|path| std::fs::read(path).ok()).unwrap_or_default();
    let lines = bytes.split_inclusive(|byte| *byte == b'\n').filter(|line| line.ends_with(b"\n"));
    lines.map(|line| serde_json::from_slice(line).unwrap()).collect()
}

/// How many whole lines the journal of review number `index` has.
pub(crate) fn length(world: &World, index: usize) -> usize {
    let reviews = world.path("out/orr");
    let Some(name) = names(&reviews).get(index).cloned() else { return 0 };
    let bytes = std::fs::read(reviews.join(name).join("journal.jsonl")).unwrap_or_default();
    bytes.iter().filter(|byte| **byte == b'\n').count()
}

/// The gates that the newest journal says have ended.
fn ended(world: &World) -> BTreeSet<String> {
    let lines = journal(world);
    let ended = lines.iter().filter(|line| line["event"] == "gate_ended");
    ended
        .map(|line| format!("{} {}", line["run"], line["result"]["gate"].as_str().unwrap()))
        .collect()
}

/// Verdict, exit status and digest of the last decision.
pub(crate) fn decision(world: &World) -> (Value, Value, Value) {
    let decision = world.json("out/orr.json");
    let of = |name: &str| decision[name].clone();
    (of("verdict"), of("exit"), of("evidence_zip_sha256"))
}

/// Nothing of any review is left but its outputs.
#[track_caller]
pub(crate) fn clean(world: &World) {
    assert_eq!(alive(world), Vec::<String>::new(), "processes");
    let listed = world.git(["worktree", "list", "--porcelain"]);
    assert_eq!(listed.matches("worktree ").count(), 1, "{listed}");
    assert_eq!(names(world.path(".git/worktrees")), Vec::<String>::new(), "git's memory");
    let kept: Vec<_> =
        names(world.home().join(".cache/xtask")).into_iter().filter(|n| n != "tools").collect();
    assert_eq!(kept, Vec::<String>::new(), "checkouts");
    let locks = names(world.path(".git"));
    assert!(!locks.iter().any(|name| name.ends_with(".lock")), "{locks:?}");
}

/// Kills a command -9, and sees that everything that it started ends.
#[track_caller]
pub(crate) fn kill(world: &World, mut child: Child) {
    let _ = child.kill();
    let _ = child.wait();
    all_gone(world, SOON);
}

/// What an undisturbed review decides.
#[track_caller]
pub(crate) fn undisturbed(world: &World) -> (Value, Value, Value) {
    let reviewed = world.xtask(["orr"]);
    assert_eq!(reviewed.status, 0, "{reviewed:?}");
    assert_eq!(ran(world).into_iter().collect::<BTreeSet<_>>(), all());
    let expected = decision(world);
    assert!(expected.2.as_str().is_some_and(|digest| digest.len() == 64), "{expected:?}");
    expected
}

/// Resumes; the same decision must come of it, and no gate that had ended may be
/// run again, and each other one once.
#[track_caller]
pub(crate) fn resume(world: &World, expected: &(Value, Value, Value)) {
    let before = ended(world);
    ran(world);
    let resumed = world.xtask(["orr", "--resume"]);
    assert_eq!(resumed.status, 0, "{resumed:?}");
    assert_eq!(decision(world), *expected);
    let again = ran(world);
    let missing: Vec<_> = all().difference(&before).cloned().collect();
    let mut sorted = again.clone();
    sorted.sort();
    assert_eq!(sorted, missing, "had ended before: {before:?}");
    clean(world);
}

/// Starts a review and kills it as soon as its journal has `lines` lines; false
/// where it was decided before.
#[track_caller]
pub(crate) fn killed_at(world: &World, lines: usize) -> bool {
    let reviews = names(world.path("out/orr")).len();
    let mut child = start(world, &["orr"]);
    until("the journal grows", EVER, || length(world, reviews) >= lines || !running(&child));
    let over = child.try_wait().unwrap().is_some();
    kill(world, child);
    !over && !journal(world).iter().any(|line| line["event"] == "decided")
}

/// Whether a child has not ended, without reaping it.
pub(crate) fn running(child: &Child) -> bool {
    let stat = std::fs::read_to_string(format!("/proc/{}/stat", child.id())).unwrap_or_default();
    !stat.is_empty() && !stat.contains(") Z ")
}

#[test]
fn a_killed_review_is_resumed() {
    let world = world();
    let expected = undisturbed(&world);
    for lines in [1, 4, 9, 20] {
        assert!(killed_at(&world, lines), "the review was over before line {lines}");
        resume(&world, &expected);
    }
}

#[test]
fn a_resumed_review_that_is_killed_is_resumed() {
    let world = world();
    let expected = undisturbed(&world);
    assert!(killed_at(&world, 8));
    let mut lines = length(&world, 1);
    for _ in 0..2 {
        let child = start(&world, &["orr", "--resume"]);
        until("the resumed review goes on", EVER, || length(&world, 1) >= lines + 6);
        kill(&world, child);
        lines = length(&world, 1);
    }
    resume(&world, &expected);
}

#[test]
fn a_new_review_cleans_up_after_a_killed_one() {
    let world = world();
    let expected = undisturbed(&world);
    assert!(killed_at(&world, 9));
    assert_ne!(names(world.home().join(".cache/xtask")), Vec::<String>::new());
    assert_eq!(undisturbed(&world), expected);
    clean(&world);
    // What the killed one did is not taken up after a newer one was decided.
    let resumed = world.xtask(["orr", "--resume"]);
    assert_eq!(resumed.status, 1, "{resumed:?}");
    assert!(resumed.stdout.contains("nothing-to-resume"), "{}", resumed.stdout);
    assert_eq!(decision(&world), expected);
}

#[test]
fn a_resumed_review_starts_while_the_killed_one_is_still_dying() {
    // The gate writes evidence for as long as it is let; it must not reach into the
    // checkout of the resumed review.
    let world = World::new();
    let marker = world.root().join("first");
    world.write("policy/programme.toml", PROGRAMME);
    let script = format!(
        "if test ! -e {0}; then : > {0}; trap '' TERM
while :; do mkdir -p \"$EVIDENCE_DIR\" 2>/dev/null; echo old > \"$EVIDENCE_DIR/old\"; done 2>/dev/null
fi
sleep 0.3; echo new > \"$EVIDENCE_DIR/new\"",
        marker.display()
    );
    world
        .write("policy/gates.toml", format!("stagger = \"0 s\"\n{}", gate("T4", "tests", &script)));
    world.commit("policy");
    let mut child = start(&world, &["orr"]);
    until("the gate is at work", EVER, || marker.exists());
    std::thread::sleep(Duration::from_millis(50));
    child.kill().unwrap();
    child.wait().unwrap();
    let resumed = world.xtask(["orr", "--resume"]);
    assert_eq!(resumed.status, 0, "{resumed:?}");
    for run in 1..=3 {
        assert_eq!(
            names(world.path(format!("out/runs/{run}/evidence/T4_tests"))),
            ["gate.json", "new"]
        );
    }
    clean(&world);
}

/// A program in the world's `bin` that stands before git on PATH.
pub(crate) fn git_wrapper(world: &World, script: &str) -> String {
    let bin = world.root().join("bin");
    std::fs::create_dir(&bin).unwrap();
    let path = std::env::var("PATH").unwrap();
    let script = format!("#!/bin/sh\nPATH={path}\n{script}\nexec git \"$@\"\n");
    std::fs::write(bin.join("git"), script).unwrap();
    std::fs::set_permissions(bin.join("git"), std::fs::Permissions::from_mode(0o755)).unwrap();
    format!("{}:{path}", bin.display())
}

#[test]
fn a_review_killed_during_a_checkout_is_resumed() {
    let world = world();
    let expected = undisturbed(&world);
    let seen = world.root().join("seen");
    let path = git_wrapper(
        &world,
        &format!("case \"$*\" in *'worktree add'*) : > {}; sleep 30;; esac", seen.display()),
    );
    let mut command = world.xtask_command(["orr"]);
    command.env("PATH", path).stdout(Stdio::null()).stderr(Stdio::null());
    let child = command.spawn().unwrap();
    until("git is making a checkout", EVER, || seen.exists());
    kill(&world, child);
    resume(&world, &expected);
}

/// The supervisor of the gate that is at work.
fn supervisor(world: &World) -> i32 {
    let found = alive(world).into_iter().find(|line| line.trim_end().ends_with("supervise"));
    found.unwrap().split(' ').next().unwrap().parse().unwrap()
}

#[test]
fn a_gate_whose_supervisor_is_killed_ends_and_does_not_pass() {
    let world = World::new();
    let marker = world.root().join("at-work");
    world.write("policy/programme.toml", PROGRAMME);
    let script = format!(
        "{GRANDCHILDREN}\necho x > \"$EVIDENCE_DIR/x\"\n: > {0}\nwhile test -e {0}; do sleep 0.05; done",
        marker.display()
    );
    world
        .write("policy/gates.toml", format!("stagger = \"1 h\"\n{}", gate("T4", "tests", &script)));
    world.commit("policy");
    let child =
        world.xtask_command(["orr"]).stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap();
    until("the gate is at work", EVER, || marker.exists());
    let pid = rustix::process::Pid::from_raw(supervisor(&world)).unwrap();
    rustix::process::kill_process(pid, rustix::process::Signal::KILL).unwrap();
    let ended = Ran::from(child.wait_with_output().unwrap());
    // Not established: what the gate would have said is not known.
    assert_eq!(ended.status, 4, "{ended:?}");
    assert!(ended.stdout.contains("supervisor"), "{}", ended.stdout);
    assert!(marker.exists());
    all_gone(&world, SOON);
    assert!(!journal(&world).iter().any(|line| line["event"] == "gate_ended"));
    clean(&world);
}

#[test]
fn a_journal_with_a_cut_last_line_is_read_up_to_it() {
    let world = world();
    let expected = undisturbed(&world);
    assert!(killed_at(&world, 12));
    let path = journal_path(&world).unwrap();
    let mut bytes = std::fs::read(&path).unwrap();
    bytes.extend_from_slice(b"{\"event\":\"gate_ended\",\"run\":1,\"resu");
    std::fs::write(&path, bytes).unwrap();
    resume(&world, &expected);
    assert_eq!(journal(&world).last().unwrap()["event"], "decided");
}

#[test]
fn a_journal_that_cannot_be_read_is_named_and_kept() {
    let world = world();
    assert!(killed_at(&world, 12));
    let path = journal_path(&world).unwrap();
    let whole = std::fs::read(&path).unwrap();
    let mut garbage = whole.clone();
    garbage.extend_from_slice(b"garbage\n");
    std::fs::write(&path, &garbage).unwrap();
    for arguments in [["orr", "--resume"].as_slice(), &["orr"]] {
        let refused = world.xtask(arguments);
        assert_eq!(refused.status, 4, "{refused:?}");
        let lines = whole.iter().filter(|byte| **byte == b'\n').count() + 1;
        assert!(refused.stdout.contains(&format!("journal.jsonl:{lines}: ")), "{}", refused.stdout);
        assert_eq!(std::fs::read(&path).unwrap(), garbage);
    }
    std::fs::write(&path, whole).unwrap();
    let resumed = world.xtask(["orr", "--resume"]);
    assert_eq!(resumed.status, 0, "{resumed:?}");
}

#[test]
fn only_a_review_of_this_commit_and_policy_is_resumed() {
    let world = world();
    let refused = |why: &str| {
        let refused = world.xtask(["orr", "--resume"]);
        assert_eq!(refused.status, 1, "{refused:?}");
        assert!(refused.stdout.contains("nothing-to-resume"), "{}", refused.stdout);
        assert!(refused.stdout.contains(why), "{}", refused.stdout);
    };
    refused("there is no unfinished review");
    assert!(killed_at(&world, 9));
    let before = world.read("policy/gates.toml");
    world.write("file", "");
    world.commit("moves HEAD");
    refused("and HEAD is");
    world.git(["reset", "--quiet", "--hard", "HEAD~1"]);
    // Policy from elsewhere, with HEAD as it was.
    world.write("out/policy/programme.toml", PROGRAMME);
    world.write("out/policy/gates.toml", before.replace("sleep 0.05", "sleep 0.06"));
    let other = world.xtask(["orr", "--resume", "--policy", "out/policy"]);
    assert_eq!(other.status, 1, "{other:?}");
    assert!(other.stdout.contains("the policy has changed"), "{}", other.stdout);
    // Nothing was lost by the refusals.
    let resumed = world.xtask(["orr", "--resume"]);
    assert_eq!(resumed.status, 0, "{resumed:?}");
    refused("there is no unfinished review");
    clean(&world);
}

#[test]
fn two_reviews_do_not_run_at_once() {
    let world = World::with_script("echo x > $EVIDENCE_DIR/x; sleep 1");
    let mut first = start(&world, &["orr"]);
    until("the first is at work", EVER, || length(&world, 0) >= 4);
    let second = world.xtask(["orr"]);
    assert_eq!(second.status, 1, "{second:?}");
    assert!(second.stdout.contains("review-running"), "{}", second.stdout);
    let third = world.xtask(["orr", "--resume"]);
    assert!(third.stdout.contains("review-running"), "{}", third.stdout);
    assert_eq!(first.wait().unwrap().code(), Some(0));
    assert_eq!(names(world.path("out/orr")).len(), 1);
    clean(&world);
}

#[test]
fn other_worktrees_are_left_alone() {
    let world = world();
    let (gone, there) = (world.root().join("gone"), world.root().join("there"));
    for path in [&gone, &there] {
        world.git(["worktree", "add", "--quiet", "--detach", path.to_str().unwrap()]);
    }
    std::fs::remove_dir_all(&gone).unwrap();
    let before = world.git(["worktree", "list", "--porcelain"]);
    assert_eq!(before.matches("worktree ").count(), 3);
    assert!(killed_at(&world, 9));
    let resumed = world.xtask(["orr", "--resume"]);
    assert_eq!(resumed.status, 0, "{resumed:?}");
    assert_eq!(world.git(["worktree", "list", "--porcelain"]), before);
    assert!(there.join("policy/gates.toml").exists());
}

#[test]
fn evidence_that_was_changed_meanwhile_is_made_again() {
    let world = world();
    let expected = undisturbed(&world);
    // The first gate and one that needs it have ended in some run.
    let reviews = names(world.path("out/orr")).len();
    let child = start(&world, &["orr"]);
    until("T4 ends in a run", EVER, || {
        length(&world, reviews) > 4 && ended(&world).iter().any(|gate| gate.ends_with("T4"))
    });
    kill(&world, child);
    let before = ended(&world);
    let run = before.iter().find(|gate| gate.ends_with("T4")).unwrap()[..1].to_owned();
    let told = world.path(format!("out/runs/{run}/evidence/T1_lint/told"));
    assert_eq!(std::fs::read_to_string(&told).unwrap(), "evidence of T1\n");
    std::fs::write(&told, "forged\n").unwrap();
    ran(&world);
    let resumed = world.xtask(["orr", "--resume"]);
    assert_eq!(resumed.status, 0, "{resumed:?}");
    assert_eq!(decision(&world), expected);
    assert_eq!(std::fs::read_to_string(&told).unwrap(), "evidence of T1\n");
    let again = ran(&world);
    // What rests on it is made again too.
    for gate in ["T1", "T4", "T5"] {
        assert!(again.contains(&format!("{run} {gate}")), "{gate}: {again:?}");
    }
    for gate in before.iter().filter(|gate| !gate.starts_with(&run)) {
        assert!(!again.contains(gate), "{gate}: {again:?}");
    }
    clean(&world);
}

#[test]
fn a_packed_run_that_was_changed_meanwhile_is_packed_again() {
    let world = world();
    let expected = undisturbed(&world);
    let scorecard = world.read("out/scorecards/demo.json");
    let sums = world.read("out/SHA256SUMS");
    let reviews = names(world.path("out/orr")).len();
    let child = start(&world, &["orr"]);
    until("run 1 is packed", EVER, || {
        length(&world, reviews) > 4
            && journal(&world).iter().any(|line| line["event"] == "run_packed" && line["run"] == 1)
    });
    kill(&world, child);
    assert!(!journal(&world).iter().any(|line| line["event"] == "decided"));
    for name in ["scorecards/demo.json", "SHA256SUMS", "MANIFEST.json"] {
        std::fs::write(world.path(format!("out/runs/1/{name}")), "forged\n").unwrap();
    }
    resume(&world, &expected);
    assert_eq!(world.read("out/scorecards/demo.json"), scorecard);
    assert_eq!(world.read("out/SHA256SUMS"), sums);
}
