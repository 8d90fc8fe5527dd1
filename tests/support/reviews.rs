//! Reviews that are killed and resumed: starting, watching, killing, and looking at
//! what is left.

use std::collections::BTreeSet;
use std::process::{Child, Stdio};
use std::time::Duration;

use serde_json::Value;

use super::processes::{alive, all_gone, names, until};
use super::{PROGRAMME, World, gate, write_program};

/// How long anything in these tests may take at most. It only ends a test that hangs: no
/// machine is too slow for it.
pub(crate) const EVER: Duration = Duration::from_secs(180);

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

pub(crate) fn world_of(before: &str) -> World {
    let world = World::new();
    let ran = world.root().join("ran").display().to_string();
    let script = |seconds: &str| {
        format!(
            "echo \"$(basename \"$(dirname \"$PWD\")\") $GATE\" >> {ran}\n{before}\nsleep {seconds}\n\
             echo evidence of $GATE > \"$EVIDENCE_DIR/reported\""
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
pub(crate) fn all() -> BTreeSet<String> {
    let gates = ["T1", "T2", "T4", "T5"];
    (1..=3).flat_map(|run| gates.map(|gate| format!("{run} {gate}"))).collect()
}

/// The gates that were started since the last call, one line each.
pub(crate) fn ran(world: &World) -> Vec<String> {
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
pub(crate) fn journal_path(world: &World) -> Option<std::path::PathBuf> {
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
pub(crate) fn ended(world: &World) -> BTreeSet<String> {
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
    // The folder in which a killed command tried the file system goes with the next one, when it
    // is a minute old (`facts::scratch`).
    let stays = |name: &String| name == "tools" || name.starts_with("xtask-scratch-");
    let kept: Vec<_> =
        names(world.home().join(".cache/xtask")).into_iter().filter(|it| !stays(it)).collect();
    assert_eq!(kept, Vec::<String>::new(), "checkouts");
    let locks = names(world.path(".git"));
    assert!(!locks.iter().any(|name| name.ends_with(".lock")), "{locks:?}");
}

/// Kills a command -9, and sees that everything that it started ends.
#[track_caller]
pub(crate) fn kill(world: &World, mut child: Child) {
    let _ = child.kill();
    let _ = child.wait();
    all_gone(world, EVER);
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

/// A program in the world's `bin` that stands before git on PATH.
pub(crate) fn git_wrapper(world: &World, script: &str) -> String {
    let bin = world.root().join("bin");
    std::fs::create_dir(&bin).unwrap();
    let path = std::env::var("PATH").unwrap();
    let script = format!("#!/bin/sh\nPATH={path}\n{script}\nexec git \"$@\"\n");
    write_program(&bin.join("git"), &script);
    format!("{}:{path}", bin.display())
}
