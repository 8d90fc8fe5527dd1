//! A review that is killed leaves nothing behind, and is resumed to the same
//! decision without doing anything twice.

use std::process::Stdio;

use crate::support::processes::{alive, all_gone, names, until};
use crate::support::reviews::{
    EVER, GRANDCHILDREN, clean, decision, ended, git_wrapper, journal, journal_path, kill,
    killed_at, length, ran, resume, start, undisturbed, world,
};
use crate::support::{PROGRAMME, Ran, World, gate};

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
fn checkouts_that_a_decided_review_did_not_come_to_remove_go_with_the_next() {
    let world = world();
    let expected = undisturbed(&world);
    let began = journal(&world).into_iter().find(|line| line["event"] == "checkout_began").unwrap();
    let checkout = std::path::PathBuf::from(began["path"].as_str().unwrap());
    let elsewhere = world.root().join("elsewhere/1/checkout");
    for folder in [&checkout, &elsewhere] {
        std::fs::create_dir_all(folder.join("deep")).unwrap();
        std::fs::write(folder.join("deep/file"), "").unwrap();
    }
    // As if it had been killed after the decision, or were still at work on removing.
    let path = journal_path(&world).unwrap();
    let mut strayed = began.clone();
    // Any of the runs may have begun first.
    let other = began["run"].as_u64().unwrap() % 3 + 1;
    (strayed["run"], strayed["path"]) = (other.into(), elsewhere.to_str().unwrap().into());
    let text = std::fs::read_to_string(&path).unwrap();
    std::fs::write(&path, format!("{text}{began}\n{strayed}\n")).unwrap();
    let held = std::fs::File::open(path.parent().unwrap()).unwrap();
    held.lock_shared().unwrap();
    assert_eq!(undisturbed(&world), expected);
    assert!(checkout.join("deep/file").exists());
    drop(held);
    assert_eq!(undisturbed(&world), expected);
    clean(&world);
    // What is where this tool makes no checkouts is somebody's own.
    assert!(elsewhere.join("deep/file").exists());
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
    // It writes, whatever is in the way of that, until it is ended.
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

#[test]
fn a_review_killed_during_a_checkout_is_resumed() {
    let world = world();
    let expected = undisturbed(&world);
    let seen = world.root().join("seen");
    let path = git_wrapper(
        &world,
        &format!("case \"$*\" in *'checkout --quiet'*) : > {}; sleep 600;; esac", seen.display()),
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
    all_gone(&world, EVER);
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
    // Nothing follows the decision but that checkouts are removed.
    let lines = journal(&world);
    let last = lines.iter().rfind(|line| line["event"] != "checkout_removed").unwrap();
    assert_eq!(last["event"], "decided");
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
    let world = World::new();
    let slow = world.root().join("slow");
    let script =
        format!("echo x > $EVIDENCE_DIR/x\nwhile test -e {}; do sleep 0.02; done", slow.display());
    world.write("policy/programme.toml", PROGRAMME);
    world
        .write("policy/gates.toml", format!("stagger = \"0 s\"\n{}", gate("T4", "tests", &script)));
    world.commit("policy");
    std::fs::write(&slow, "").unwrap();
    let mut first = start(&world, &["orr"]);
    until("the first is at work", EVER, || length(&world, 0) >= 4);
    let second = world.xtask(["orr"]);
    assert_eq!(second.status, 1, "{second:?}");
    assert!(second.stdout.contains("review-running"), "{}", second.stdout);
    let third = world.xtask(["orr", "--resume"]);
    assert!(third.stdout.contains("review-running"), "{}", third.stdout);
    std::fs::remove_file(slow).unwrap();
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
    let reported = world.path(format!("out/runs/{run}/evidence/T1_lint/reported"));
    assert_eq!(std::fs::read_to_string(&reported).unwrap(), "evidence of T1\n");
    std::fs::write(&reported, "forged\n").unwrap();
    ran(&world);
    let resumed = world.xtask(["orr", "--resume"]);
    assert_eq!(resumed.status, 0, "{resumed:?}");
    assert_eq!(decision(&world), expected);
    assert_eq!(std::fs::read_to_string(&reported).unwrap(), "evidence of T1\n");
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
