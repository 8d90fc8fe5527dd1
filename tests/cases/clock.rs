//! The clock that decisions are dated by.

use crate::support::ledgers::DEPLOY;
use crate::support::{World, write_program};

/// A shell such as that of nix dates builds to 1980; what is decided in it is not.
#[test]
fn a_shell_that_dates_builds_dates_no_decision() {
    let world = World::with_ledger();
    let file = world.root().join("data.json");
    std::fs::write(&file, DEPLOY).unwrap();
    let mut command = world.xtask_command(["ledger", "append", "deploy"]);
    command.arg(&file).env("SOURCE_DATE_EPOCH", "315532800");
    let ran: crate::support::Ran = command.output().unwrap().into();
    assert_eq!(ran.status, 0, "{ran:?}");
    assert!(!ran.stderr.contains("sets the clock"), "{}", ran.stderr);
    let line = world.ledger().pop().unwrap();
    let entry: serde_json::Value = serde_json::from_str(&line).unwrap();
    let year: i32 = entry["created_at"].as_str().unwrap()[..4].parse().unwrap();
    assert!(year >= 2025, "{line}");
}

#[test]
fn the_switch_of_the_tests_is_said() {
    let world = World::with_ledger();
    let ran = world.append("deploy", DEPLOY, 5, &[]);
    assert_eq!(ran.status, 0, "{ran:?}");
    assert!(
        ran.stderr.contains("XTASK_TEST_NOW sets the clock; it is for tests only"),
        "{}",
        ran.stderr
    );
    assert!(world.ledger().pop().unwrap().contains("2026-03-01T00:05:00Z"));
    // A clock that is a little slow dates the entry as the one before it.
    assert_eq!(world.append("deploy", DEPLOY, 3, &[]).status, 0);
    assert!(world.ledger().pop().unwrap().contains("2026-03-01T00:05:00Z"));
    assert_eq!(world.append("deploy", DEPLOY, 11, &[]).status, 0);
    let behind = world.append("deploy", DEPLOY, 5, &[]);
    assert_eq!(behind.status, 1);
    assert!(behind.stdout.contains("[ledger-clock]"), "{}", behind.stdout);
    assert_eq!(world.ledger().len(), 3);
}

/// A `gh` whose every answer has this date.
fn with_server(world: &World, date: &str) -> std::ffi::OsString {
    let folder = world.root().join("bin");
    std::fs::create_dir_all(&folder).unwrap();
    let script = format!("#!/bin/sh\nprintf 'HTTP/2.0 200 OK\\r\\nDate: {date}\\r\\n\\r\\n{{}}'\n");
    write_program(&folder.join("gh"), &script);
    world.git(["remote", "add", "origin", "https://github.com/o/n.git"]);
    let mut path = folder.into_os_string();
    path.push(":");
    path.push(std::env::var_os("PATH").unwrap());
    path
}

#[test]
fn a_clock_that_is_not_the_servers_records_nothing() {
    let table = [
        ("1772323200000", 4),
        ("1772323490000", 4),
        ("1772323510000", 1),
        ("1772322910000", 4),
        ("1772322890000", 1),
    ];
    for (now, status) in table {
        let world = World::with_ledger();
        let path = with_server(&world, "Sun, 01 Mar 2026 00:00:00 GMT");
        let clock = world.root().join("clock");
        std::fs::write(&clock, now).unwrap();
        let file = world.root().join("data.json");
        std::fs::write(&file, DEPLOY).unwrap();
        let mut command = world.xtask_command(["ledger", "append", "deploy"]);
        command.arg(&file).env("PATH", path).env("XTASK_CLOCK_FILE", clock);
        let ran: crate::support::Ran = command.output().unwrap().into();
        assert_eq!(ran.status, status, "{now}: {ran:?}");
        assert_eq!(ran.stdout.contains("[clock-apart]"), status == 1, "{}", ran.stdout);
        // The server of this test answers no git: the entry waits.
        let waits = ran.stdout.contains("[ledger-unreached]");
        assert_eq!(waits, status == 4, "{now}: {ran:?}");
    }
}
