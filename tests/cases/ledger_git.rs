//! The ledger under git: branches that both appended, and processes that append at once.

use std::process::Stdio;

use expect_test::expect;

use crate::support::ledgers::{APPROVAL, DEPLOY, LEDGER, at};
use crate::support::{Ran, World, XTASK};

impl World {
    /// Sets the merge driver up as `doctor` says, with the program under test.
    fn with_driver(&self) {
        let driver = format!("{XTASK} ledger merge %O %A %B %P");
        self.git(["config", "merge.xtask-ledger.driver", &driver]);
        self.write(".gitattributes", format!("{LEDGER} merge=xtask-ledger -text\n"));
        self.commit("a driver");
    }

    fn merges(&self, branch: &str) -> Ran {
        let mut command = self.command("git");
        command.args(["merge", "--quiet", "--no-edit", branch]).output().unwrap().into()
    }
}

#[test]
fn git_joins_two_branches_that_both_appended() {
    let world = World::with_ledger();
    world.with_driver();
    assert_eq!(world.append("deploy", DEPLOY, 1, &["--id", "shared-entry"]).status, 0);
    world.commit("shared");
    world.git(["branch", "--force", "main", "HEAD"]);
    for (branch, minute) in [("one", 10), ("two", 5), ("three", 7)] {
        world.git(["switch", "--quiet", "--create", branch, "main"]);
        let id = format!("approval-{branch}");
        assert_eq!(world.append("approval", APPROVAL, minute, &["--id", &id]).status, 0);
        let id = format!("deploy-{branch}");
        assert_eq!(world.append("deploy", DEPLOY, minute + 1, &["--id", &id]).status, 0);
        world.commit(branch);
    }
    world.git(["switch", "--quiet", "main"]);
    assert_eq!(world.merges("one").status, 0);
    let pinned = world.ledger();
    // On a feature branch the entries of main keep their places.
    world.git(["switch", "--quiet", "two"]);
    let ran = world.merges("main");
    assert_eq!(ran.status, 0, "{ran:?}");
    assert_eq!(world.ledger()[..3], pinned);
    world.git(["switch", "--quiet", "main"]);
    assert_eq!(world.merges("three").status, 0);
    let ran = world.merges("two");
    assert_eq!(ran.status, 0, "{ran:?}");
    assert_eq!(world.ledger()[..3], pinned);
    let ran = world.verified(&["--base", "main~1", "--all-signatures"]);
    assert!(ran.status == 0 && ran.stdout.contains("3 signatures verified, of all"), "{ran:?}");
    let ran = world.xtask(["ledger", "show"]);
    let text = regex::Regex::new("[0-9a-f]{12}").unwrap().replace_all(&ran.stdout, "DIGEST");
    expect![[r#"
        1*     2026-03-01 00:01  deploy  ana@example.com  production succeeded 11111111…
        2      2026-03-01 00:10  approval  ana@example.com  change DIGEST 2222222…
        3*     2026-03-01 00:11  deploy  ana@example.com  production succeeded 11111111…
        4*     2026-03-01 00:11  merge  git  2 DIGEST
        5      2026-03-01 00:07  approval  ana@example.com  change DIGEST 2222222…
        6*     2026-03-01 00:08  deploy  ana@example.com  production succeeded 11111111…
        7*     2026-03-01 00:11  merge  git  2 DIGEST
        8      2026-03-01 00:05  approval  ana@example.com  change DIGEST 2222222…
        9*     2026-03-01 00:06  deploy  ana@example.com  production succeeded 11111111…
    "#]]
    .assert_eq(&text);
    assert_eq!(world.git(["status", "--porcelain"]), "");
}

/// Each commit of a branch appended; on another base each keeps its words and signature.
#[test]
fn a_branch_that_appended_is_rebased() {
    let world = World::with_ledger();
    world.with_driver();
    world.git(["branch", "--force", "main", "HEAD"]);
    for minute in [3, 5, 7] {
        assert_eq!(world.append("approval", APPROVAL, minute, &[]).status, 0);
        world.commit("an approval");
    }
    world.git(["switch", "--quiet", "main"]);
    for minute in [4, 6] {
        assert_eq!(world.append("deploy", DEPLOY, minute, &[]).status, 0);
        world.commit("a deployment");
    }
    let pinned = world.ledger();
    world.git(["switch", "--quiet", "patch"]);
    world.git(["rebase", "--quiet", "main"]);
    assert_eq!(world.ledger()[..2], pinned);
    let ran = world.verified(&[]);
    assert!(ran.status == 0 && ran.stdout.contains("3 signatures verified"), "{ran:?}");
    assert!(ran.stdout.contains("8 entries, 2 of them of the base"), "{ran:?}");
}

#[test]
fn an_edited_entry_is_a_conflict_and_our_side_stays() {
    let world = World::with_ledger();
    world.with_driver();
    world.git(["branch", "--force", "main", "HEAD"]);
    for (branch, data) in [("one", DEPLOY.to_owned()), ("two", DEPLOY.replace("v1.4.0", "v6.6.6"))]
    {
        world.git(["switch", "--quiet", "--create", branch, "main"]);
        assert_eq!(world.append("deploy", &data, 1, &["--id", "same-entry"]).status, 0);
        world.commit(branch);
    }
    let before = world.read(LEDGER);
    let ran = world.merges("one");
    assert_eq!(ran.status, 1, "{ran:?}");
    let said = ran.stdout + &ran.stderr;
    let said: Vec<&str> = said.lines().take_while(|line| !line.contains("CONFLICT")).collect();
    expect![[r#"
        ledger merge: fail (ledger-conflict), exit status 1

        error[ledger-conflict]: `same-entry` says other words, or is signed otherwise, in line 1 of ours
          --> theirs:1:191
           = help: one of the two was edited: find out which, and take that line back on its branch

        nothing was joined; the file is that of our side
        Auto-merging docs/delivery/ledger.jsonl
    "#]].assert_eq(&(said.join("\n") + "\n"));
    assert_eq!(world.read(LEDGER), before);
}

#[test]
fn doctor_says_how_git_learns_to_join_ledgers() {
    let world = World::with_ledger();
    assert_eq!(world.append("deploy", DEPLOY, 1, &[]).status, 0);
    let line = || {
        let ran = world.xtask(["doctor"]);
        let mut lines = ran.stdout.lines().skip_while(|line| !line.contains("  ledger merge  "));
        format!("{}\n{}\n", lines.next().unwrap(), lines.next().unwrap())
    };
    let before = line();
    world.write(".gitattributes", format!("{LEDGER} merge=xtask-ledger -text\n"));
    let half = line();
    world.with_driver();
    let after = line();
    let first = after.lines().next().unwrap();
    expect![[r#"
        missing          ledger merge    branches that both appended will conflict
                                         -> `git config merge.xtask-ledger.driver 'cargo xtask ledger merge %O %A %B %P'` and the line `docs/delivery/ledger.jsonl merge=xtask-ledger -text` in .gitattributes
        missing          ledger merge    git has no driver of that name here
                                         -> `git config merge.xtask-ledger.driver 'cargo xtask ledger merge %O %A %B %P'`
        ok               ledger merge    git joins branches that both appended
    "#]].assert_eq(&[&before, &half, first, "\n"].concat());
}

/// Starts an append that goes on by itself.
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
    let says = format!("{} entries, 0 of them", 2 * times);
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
        let text = world.read(LEDGER);
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
    assert_eq!(world.git(["status", "--porcelain", "--", "docs"]), "?? docs/\n");
    let listed = std::fs::read_dir(world.path("docs/delivery")).unwrap().count();
    assert_eq!((listed, before + after), (1, moments));
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
    let lock = std::fs::File::create(world.path(".git/xtask-ledger.lock")).unwrap();
    lock.lock().unwrap();
    let mut child = start(&world, "waits-for-it");
    std::thread::sleep(std::time::Duration::from_millis(500));
    assert!(child.try_wait().unwrap().is_none());
    assert!(!world.path(LEDGER).exists());
    drop(lock);
    assert!(child.wait().unwrap().success());
    assert_eq!(world.ledger().len(), 1);
}
