//! Ctrl-C, requests to end, and timeouts: all that a gate started ends, and the
//! review can go on.

use std::fs::File;
use std::io::{Read, Write};
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

use rustix::process::{Pid, Signal, kill_process};

use crate::support::processes::{alive, all_gone, names, until};
use crate::support::reviews::{EVER, GRANDCHILDREN, clean, decision, git_wrapper, journal};
use crate::support::{PROGRAMME, Ran, World, gate, terminal};

/// A world whose gate leaves grandchildren and does not end while the file `slow`
/// is there; while it runs, the file `at-work` is.
fn world(more: &str) -> World {
    let world = World::new();
    let root = world.root().display().to_string();
    let script = format!(
        "{GRANDCHILDREN}
: > {root}/at-work
while test -e {root}/slow; do sleep 0.02; done
rm -f {root}/at-work
echo x > \"$EVIDENCE_DIR/x\""
    );
    world.write("policy/programme.toml", PROGRAMME);
    let gates = format!("stagger = \"0 s\"\n{}{more}", gate("T4", "tests", &script));
    world.write("policy/gates.toml", gates);
    world.commit("policy");
    world
}

/// Makes the gate slow, starts a command, and waits until the gate is at work with
/// all of its grandchildren.
fn start_slow(world: &World, mut command: Command) -> Child {
    File::create(world.root().join("slow")).unwrap();
    let _ = std::fs::remove_file(world.root().join("at-work"));
    let child = command.stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap();
    at_work(world);
    child
}

fn at_work(world: &World) {
    until("the gate and its children are at work", EVER, || {
        let alive = alive(world);
        let sleeps = |seconds: &str| alive.iter().any(|line| line.contains(seconds));
        world.root().join("at-work").exists()
            && ["sleep 300", "sleep 301", "sleep 302"].into_iter().all(sleeps)
    });
}

/// Sends a signal to a command alone; it must end, long before the children of its gate would
/// by themselves, and all of its world with it.
#[track_caller]
fn signalled(world: &World, child: Child, signal: Signal) -> Ran {
    let begun = Instant::now();
    kill_process(Pid::from_child(&child), signal).unwrap();
    let ran = Ran::from(child.wait_with_output().unwrap());
    assert!(begun.elapsed() < EVER, "{signal:?} took {:?}", begun.elapsed());
    assert_eq!(alive(world), Vec::<String>::new(), "{signal:?}");
    std::fs::remove_file(world.root().join("slow")).unwrap();
    ran
}

#[test]
fn requests_to_end_are_met_and_the_review_goes_on() {
    let world = world("");
    let whole = world.xtask(["orr"]);
    assert_eq!(whole.status, 0, "{whole:?}");
    let expected = decision(&world);
    for signal in [Signal::INT, Signal::TERM, Signal::HUP] {
        let child = start_slow(&world, world.xtask_command(["orr"]));
        let ended = signalled(&world, child, signal);
        assert_eq!(ended.status, 130, "{ended:?}");
        assert!(ended.stdout.contains("go on with `cargo xtask orr --resume`"), "{ended:?}");
        let lines = journal(&world);
        let last = lines.iter().rfind(|line| line["event"] != "checkout_removed").unwrap();
        assert_eq!(last["event"], "interrupted");
        assert!(!world.path("out/orr.json").exists());
        clean(&world);
        let resumed = world.xtask(["orr", "--resume"]);
        assert_eq!(resumed.status, 0, "{resumed:?}");
        assert_eq!(decision(&world), expected);
    }
}

#[test]
fn ctrl_c_on_a_terminal_ends_everything() {
    let world = world("");
    let (controller, terminal) = terminal::open();
    let stream = || Stdio::from(terminal.try_clone().unwrap());
    File::create(world.root().join("slow")).unwrap();
    let real = world.xtask_command(["orr"]);
    let mut command = world.command("setsid");
    command.arg("--ctty").arg(real.get_program()).args(real.get_args()).env("TERM", "xterm");
    let mut child = command.stdin(stream()).stdout(stream()).stderr(stream()).spawn().unwrap();
    drop(command);
    drop(terminal);
    let mut reader = File::from(controller.try_clone().unwrap());
    let seen = std::thread::spawn(move || {
        let (mut written, mut buffer) = (Vec::new(), [0; 4096]);
        while let Ok(count @ 1..) = reader.read(&mut buffer) {
            written.extend_from_slice(&buffer[..count]);
        }
        String::from_utf8_lossy(&written).into_owned()
    });
    at_work(&world);
    let begun = Instant::now();
    File::from(controller).write_all(b"\x03").unwrap();
    let status = child.wait().unwrap().code();
    assert!(begun.elapsed() < EVER, "{:?}", begun.elapsed());
    let seen = seen.join().unwrap();
    assert_eq!(status, Some(130), "{seen}");
    assert!(seen.contains("cargo xtask orr --resume"), "{seen}");
    assert!(seen.contains("0/1  waits for its checkout"), "{seen}");
    assert!(
        seen.contains("stopping: the gates at work are ended, and what is done is kept"),
        "{seen}"
    );
    assert!(seen.contains("0/1  stopped"), "the rows look as if gates were at work: {seen}");
    clean(&world);
    std::fs::remove_file(world.root().join("slow")).unwrap();
    let resumed = world.xtask(["orr", "--resume"]);
    assert_eq!(resumed.status, 0, "{resumed:?}");
}

#[test]
fn an_interrupted_checkout_is_no_error() {
    let world = world("");
    let seen = world.root().join("seen");
    let path = git_wrapper(
        &world,
        &format!("case \"$*\" in *'checkout --quiet'*) : > {}; sleep 600;; esac", seen.display()),
    );
    File::create(world.root().join("slow")).unwrap();
    let mut command = world.xtask_command(["orr"]);
    command.env("PATH", path).stdout(Stdio::piped()).stderr(Stdio::piped());
    let child = command.spawn().unwrap();
    until("git is making a checkout", EVER, || seen.exists());
    let ended = signalled(&world, child, Signal::INT);
    assert_eq!(ended.status, 130, "{ended:?}");
    clean(&world);
    assert_eq!(world.xtask(["orr", "--resume"]).status, 0);
}

#[test]
fn interrupted_gates_run_leaves_nothing() {
    let world = world("");
    let child = start_slow(&world, world.xtask_command(["gates", "run"]));
    let ended = signalled(&world, child, Signal::INT);
    assert_eq!(ended.status, 130, "{ended:?}");
    assert!(ended.stdout.contains("run the gates again"), "{ended:?}");
    let left = names(world.root());
    assert_eq!(left, ["at-work", "home", "repo"], "a scratch folder was left");
    assert!(!world.path("out/gates/T4.json").exists(), "a result of a gate that did not end");
}

#[test]
fn a_timeout_ends_all_that_a_gate_started() {
    // On a busy machine the gate may not be at work after a second.
    for seconds in [1, 10, 100] {
        let world = world(&format!("timeout = \"{seconds} s\"\n"));
        File::create(world.root().join("slow")).unwrap();
        let begun = Instant::now();
        let ran = world.xtask(["gates", "run"]);
        assert!(begun.elapsed() < EVER, "{:?}", begun.elapsed());
        assert!(begun.elapsed() >= Duration::from_secs(seconds));
        assert_eq!(ran.status, 20, "{ran:?}");
        assert!(ran.stdout.contains("(CEC-20, gate-timeout)"), "{}", ran.stdout);
        assert_eq!(alive(&world), Vec::<String>::new());
        if world.root().join("at-work").exists() {
            return;
        }
    }
    panic!("the gate was never at work");
}

#[test]
fn a_gate_does_not_wait_for_what_it_left_in_the_background() {
    // The process in the background holds the gate's standard output open.
    let world = world("");
    let begun = Instant::now();
    let ran = world.xtask(["gates", "run"]);
    assert!(begun.elapsed() < EVER, "{:?}", begun.elapsed());
    assert_eq!(ran.status, 0, "{ran:?}");
    assert_eq!(alive(&world), Vec::<String>::new());
}

#[test]
fn a_signal_that_the_caller_ignores_stays_ignored() {
    // As `nohup` does it, so that a closed terminal does not end a review.
    let world = world("");
    let mut command = world.command("sh");
    command.args(["-c", "trap '' HUP; exec \"$0\" orr --runs 2", crate::support::XTASK]);
    let child = start_slow(&world, command);
    kill_process(Pid::from_child(&child), Signal::HUP).unwrap();
    std::thread::sleep(Duration::from_millis(300));
    std::fs::remove_file(world.root().join("slow")).unwrap();
    let ran = Ran::from(child.wait_with_output().unwrap());
    assert_eq!(ran.status, 0, "{ran:?}");
    all_gone(&world, EVER);
}
