//! The ledger under git: processes that append at once, and kills.

use std::process::Stdio;

use expect_test::expect;

use crate::support::World;
use crate::support::ledgers::{DEPLOY, at};

#[test]
fn doctor_says_which_ledger_there_is() {
    let world = World::with_ledger();
    let line = || {
        let ran = world.xtask(["doctor"]);
        let line = ran.stdout.lines().find(|line| line.contains("  ledger  ")).map(str::to_owned);
        world.shown(&line.unwrap_or_default())
    };
    assert_eq!(line(), "");
    assert_eq!(world.append("deploy", DEPLOY, 1, &[]).status, 0);
    expect!["ok               ledger          ledger at [HEX]"].assert_eq(&line());
    world.git(["update-ref", "-d", "refs/heads/ledger"]);
    expect!["missing          ledger          the branch `ledger` is gone; it was seen at [HEX]"]
        .assert_eq(&line());
}

/// Starts an append, and waits for nothing.
fn start(world: &World, id: &str) -> std::process::Child {
    let mut command = world.xtask_command(["ledger", "append", "deploy", "-", "--id", id]);
    command.env("XTASK_TEST_NOW", at(1)).stdout(Stdio::null()).stderr(Stdio::null());
    let mut child = command.stdin(Stdio::piped()).spawn().unwrap();
    std::io::Write::write_all(&mut child.stdin.take().unwrap(), DEPLOY.as_bytes()).unwrap();
    child
}

/// Two processes append at once, so many times.
pub(crate) fn two_at_once(times: usize) {
    let world = World::with_ledger();
    for time in 0..times {
        let ids = ["left", "right"].map(|side| format!("{side}-{time:06}"));
        let mut children = ids.each_ref().map(|id| start(&world, id));
        for child in &mut children {
            assert!(child.wait().unwrap().success(), "{time}");
        }
    }
    let ran = world.verified(&[]);
    let says = format!("{} entries of ledger", 2 * times);
    assert!(ran.status == 0 && ran.stdout.contains(&says), "{ran:?}");
}

/// An append is killed at so many moments: the entry is there whole or not at all, and
/// the next one needs nothing tidied.
pub(crate) fn killed(moments: u64) {
    let world = World::with_ledger();
    assert_eq!(world.append("deploy", DEPLOY, 1, &["--id", "the-first"]).status, 0);
    let begun = std::time::Instant::now();
    assert!(start(&world, "the-second").wait().unwrap().success());
    let whole = begun.elapsed();
    let mut entries = 2;
    let (mut before, mut after) = (0, 0);
    for moment in 0..moments {
        let id = format!("killed-{moment:06}");
        let mut child = start(&world, &id);
        // From half of its time on: what comes first only reads.
        let share = 40 + 70 * moment / moments;
        std::thread::sleep(whole * u32::try_from(share).unwrap() / 100);
        let _ = child.kill();
        child.wait().unwrap();
        let text = world.ledger().concat();
        let now = text.lines().count();
        assert!(now == entries || now == entries + 1, "{moment}: {now} of {entries}");
        assert!(thrice_ledger::read("l", text.as_bytes()).is_ok(), "{moment}");
        if now == entries {
            before += 1
        } else {
            after += 1
        }
        entries = now;
    }
    assert!(start(&world, "the-last-one").wait().unwrap().success());
    assert_eq!(world.git(["status", "--porcelain"]), "");
    assert_eq!(before + after, moments);
}

#[test]
fn two_processes_append_at_once() {
    two_at_once(4);
}

#[test]
fn a_kill_leaves_an_entry_whole_or_not_at_all() {
    killed(8);
}

/// The lock is waited for, and not for ever.
#[test]
fn who_cannot_have_the_lock_appends_nothing() {
    let world = World::with_ledger();
    let lock = std::fs::File::create(world.path(".git/thrice-ledger.lock")).unwrap();
    lock.lock().unwrap();
    let mut child = start(&world, "waits-for-it");
    std::thread::sleep(std::time::Duration::from_millis(500));
    assert!(child.try_wait().unwrap().is_none());
    assert!(world.ledger().is_empty());
    drop(lock);
    assert!(child.wait().unwrap().success());
    assert_eq!(world.ledger().len(), 1);
}
