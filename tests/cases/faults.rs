//! What a command says and leaves where the machine fails it: a clock that jumps, a folder
//! that is gone, a reader that does not read.

use std::process::Stdio;

use crate::support::processes::until;
use crate::support::reviews::{EVER, running};
use crate::support::{Ran, World, gate};

/// The last review made counts, not the one with the latest time.
#[test]
fn a_clock_that_jumps_back_does_not_bring_an_old_review_back() {
    let world = World::new();
    let red = world.root().join("red");
    let script = format!("test ! -e {} && echo x > $EVIDENCE_DIR/x", red.display());
    world.write("policy/programme.toml", crate::support::PROGRAMME);
    world.write("policy/gates.toml", gate("T4", "tests", &script));
    world.commit("policy");
    let at = |seconds: &str, arguments: &[&str]| -> Ran {
        world.xtask_command(arguments).env("XTASK_TEST_NOW", seconds).output().unwrap().into()
    };
    assert_eq!(at("1900000000", &["orr"]).status, 0);
    std::fs::write(&red, "").unwrap();
    assert_eq!(at("1800000000", &["orr"]).status, 20);
    let status = at("1900000001", &["orr", "status"]);
    assert!(status.stdout.contains("REPLAN"), "{}", status.stdout);
}

#[test]
fn a_temporary_folder_that_is_not_there_is_named() {
    let world = World::with_script("echo x > $EVIDENCE_DIR/x");
    for arguments in [["orr", "--runs=2"], ["gates", "run"]] {
        let ran: Ran = world
            .xtask_command(arguments)
            .env("TMPDIR", "/no/such/folder")
            .output()
            .unwrap()
            .into();
        assert_eq!(ran.status, 4, "{ran:?}");
        assert!(ran.stdout.contains("temporary file in /no/such/folder"), "{}", ran.stdout);
    }
}

#[test]
fn a_checkout_that_is_deleted_under_a_gate_is_not_established() {
    let world = World::with_script("rm -rf \"$PWD\"; exit 1");
    let ran = world.xtask(["orr", "--runs", "2"]);
    assert_eq!(ran.status, 4, "{ran:?}");
    assert!(ran.stdout.contains("was deleted during T4"), "{}", ran.stdout);
    // Nothing of it is in the way of the next.
    world.write("policy/gates.toml", gate("T4", "tests", "echo x > $EVIDENCE_DIR/x"));
    world.commit("a gate that deletes nothing");
    assert_eq!(world.xtask(["orr", "--runs", "2"]).status, 0);
}

/// A pipe takes 64 KiB; the table of an audit has more.
#[test]
fn a_reader_that_does_not_read_keeps_no_command() {
    let world = World::with_script("echo x > $EVIDENCE_DIR/x");
    let mut history = String::new();
    for number in 0..1500 {
        history += &format!(
            "commit refs/heads/main\ncommitter A <a@example.com> {} +0000\ndata 8\nchange {}\n",
            1_700_000_000 + number,
            number % 10
        );
        if number == 0 {
            history += "from refs/heads/main^0\n";
        }
    }
    let mut import = world.command("git");
    import.args(["fast-import", "--quiet"]).stdin(Stdio::piped());
    let mut import = import.spawn().unwrap();
    std::io::Write::write_all(&mut import.stdin.take().unwrap(), history.as_bytes()).unwrap();
    assert!(import.wait().unwrap().success());
    let mut audit = world.xtask_command(["audit"]).stdout(Stdio::piped()).spawn().unwrap();
    let pid = rustix::process::Pid::from_child(&audit);
    until("the pipe is full", EVER, || {
        let unread = audit.stdout.as_ref().map(rustix::io::ioctl_fionread);
        unread.is_some_and(|unread| unread.is_ok_and(|unread| unread >= 64 << 10))
    });
    rustix::process::kill_process(pid, rustix::process::Signal::TERM).unwrap();
    until("it ends", EVER, || !running(&audit));
    assert_eq!(audit.wait().unwrap().code(), Some(130));
}
