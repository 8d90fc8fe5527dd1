use std::fs::File;
use std::io::Read;
use std::process::Stdio;

use expect_test::expect;
use rustix::process::{Pid, Signal, kill_process};
use serde_json::Value;

use super::{Fixture, RISK};
use crate::support::terminal;

pub(super) const POSTMORTEM: &str = "# INC-1: postmortem\n\n## What happened\n\nThe queue stood still from \
    12:00 to 12:40.\n\n## Impact\n\nNo order was taken.\n\n## Timeline\n\n12:00 down, 12:40 up.\n\n\
    ## Cause\n\nA key had expired.\n\n## Actions\n\nana: two keys, by 2026-03-01.\n";

/// From the alarm to the end: who is asked when, and when merges go on.
#[test]
fn a_p0_is_answered_step_by_step() {
    let fixture = Fixture::new();
    let open = ["incident", "open", "--id", "INC-1", "--severity", "P0", "--title"];
    expect![[r#"
        incident open: pass
        INC-1 is open, P0: the queue stands still
        merges are frozen until `cargo xtask incident close INC-1`; only a required check on the server stops a push
        at once: freeze the merges of the wave
        at once: report everybody in the channel
        call them now, this program notifies nobody: superadmin (@root)
        acknowledge by 2026-02-13 09:05:00 -03 (5 minutes)
        contain by 2026-02-13 09:15:00 -03 (15 minutes)
        recover by 2026-02-13 10:00:00 -03 (60 minutes)
        next: cargo xtask incident ack INC-1
        [ENTRY] appended to ledger
        head: 1 [SHA256]
    "#]]
    .assert_eq(&fixture.done("12:00:00", &[&open[..], &["the queue stands still"]].concat()));
    expect![[r#"
        sla: merges frozen by INC-1, no window violated, 3 running, 1 matter open
        what   title                   severity  clock                          due             owner   level  escalated to
        INC-1  the queue stands still  P0        acknowledge  0 s left          02-13 09:05:00  nobody  0      superadmin (@root)
        INC-1  the queue stands still  P0        contain      10 min 00 s left  02-13 09:15:00  nobody  0      superadmin (@root)
        INC-1  the queue stands still  P0        recover      55 min 00 s left  02-13 10:00:00  nobody  0      superadmin (@root)
        it is 2026-02-13 09:05:00 -03

    "#]]
    .assert_eq(&fixture.done("12:05:00", &["sla"]));
    // Rules that are not on the base rule nothing.
    fixture.world.write("policy/risk.toml", RISK.replace("5 minutes", "50 minutes"));
    let late = fixture.at("12:15:01", &["sla"]);
    assert_eq!(late.status, 1);
    expect![[r#"
        sla: merges frozen by INC-1, 2 windows violated, 1 running, 1 matter open, exit status 1

        what   title                   severity  clock                          due             owner   level  escalated to
        INC-1  the queue stands still  P0        acknowledge  10 min 01 s over  02-13 09:05:00  nobody  2      po (@ann)
        INC-1  the queue stands still  P0        contain      1 s over          02-13 09:15:00  nobody  2      po (@ann)
        INC-1  the queue stands still  P0        recover      44 min 59 s left  02-13 10:00:00  nobody  2      po (@ann)
        it is 2026-02-13 09:15:01 -03

        error[sla-violated]: INC-1 (P0): the deadline to acknowledge, contain passed at 2026-02-13 09:05:00 -03, 10 min 01 s ago; level 2, now ask po (@ann)
           = help: `cargo xtask incident ack INC-1`

    "#]].assert_eq(&fixture.world.shown(&late.stdout));
    let json = fixture.at("12:15:01", &["sla", "--format", "json"]);
    let said: Value = serde_json::from_str(&json.stdout).unwrap();
    let line = &said["data"]["matters"][0];
    assert_eq!((json.status, &line["level"]), (1, &2.into()));
    assert_eq!(line["asked"][0]["names"][0], "@ann");
    assert_eq!(line["clocks"][2]["due_at"], "2026-02-13T13:00:00Z");

    for (time, verb) in [("12:16:00", "ack"), ("12:20:00", "contain"), ("12:40:00", "resolve")] {
        fixture.done(time, &["incident", verb, "INC-1"]);
    }
    let again = fixture.at("12:41:00", &["incident", "ack", "INC-1"]);
    assert_eq!(again.status, 1);
    assert!(
        again.stdout.contains("INC-1 was recovered at 2026-02-13 09:40:00 -03 already"),
        "{again:?}"
    );
    // Merges wait until it is closed, and every command says so in the same words.
    fixture.world.write("policy/risk.toml", RISK);
    let frozen = "merges are frozen by the P0 `INC-1` (recovered): the queue stands still";
    let lists: [&[&str]; 2] = [&["incident", "list"], &["risk", "list"]];
    let screens: [&[&str]; 4] = [&["today"], &["board"], &["status"], &["pr", "merge-check", "1"]];
    for words in lists.into_iter().chain(screens) {
        let said = fixture.at("12:41:00", words).stdout;
        assert!(said.contains(frozen), "{words:?}: {said}");
    }
    // What was late is over: no window is violated any more.
    let sla = fixture.done("12:41:00", &["sla"]);
    assert!(sla.starts_with("sla: merges frozen by INC-1, no window violated"), "{sla}");
}

#[test]
fn a_p0_is_closed_with_its_postmortem_and_a_signature() {
    let fixture = Fixture::new();
    let open = ["incident", "open", "--id", "INC-1", "--severity", "P0", "--title", "down"];
    fixture.done("12:00:00", &open);
    fixture.done("12:40:00", &["incident", "resolve", "INC-1", "--note", "new key"]);
    let close = |more: &[&str]| {
        let words = [&["incident", "close", "INC-1"], more].concat();
        let ran = fixture.at("13:00:00", &words);
        (ran.status, fixture.world.shown(&ran.stdout))
    };
    let (status, said) = close(&[]);
    assert_eq!(status, 1);
    expect![[r#"
        incident close: fail (postmortem-missing), exit status 1

        error[postmortem-missing]: INC-1 is P0, and cannot be closed without a postmortem
           = help: `--postmortem FILE` names it; `cargo xtask incident postmortem INC-1` writes a template

    "#]]
    .assert_eq(&said);
    let path = "docs/delivery/evidence/incidents/INC-1.md";
    let laid = fixture.done("13:00:00", &["incident", "postmortem", "INC-1"]);
    assert!(laid.contains(&format!("{path} written")), "{laid}");
    for (text, code) in [
        (None, "error[evidence-template]"),
        (Some(POSTMORTEM.replace("A key had expired.", "")), "error[postmortem-missing]"),
        (Some(POSTMORTEM.replace("two keys", "[keys](gone.md)")), "error[evidence-link]"),
    ] {
        if let Some(text) = text {
            fixture.world.write(path, text);
        }
        let (status, said) = close(&["--postmortem", path]);
        assert!(status == 1 && said.contains(code), "{said}");
    }
    for outside in ["../key", "/etc/passwd", ".git/config", "docs", "gone.md"] {
        let (status, said) = close(&["--postmortem", outside]);
        assert!(status == 1 && said.contains("there is no file "), "{said}");
    }
    fixture.world.write(path, POSTMORTEM);
    // Nobody's word reopens nothing.
    fixture.world.git(["config", "--unset", "user.signingkey"]);
    let (status, said) = close(&["--postmortem", path]);
    assert!(status == 1 && said.contains("error[ledger-key]"), "{said}");
    fixture.world.is_used_by("ana");
    let (status, said) = close(&["--postmortem", path]);
    assert_eq!(status, 0, "{said}");
    let list = fixture.done("13:01:00", &["incident", "list", "--all"]);
    expect![[r#"
        incident list: pass
        incident  severity  state   since                    owner  of          title
        INC-1     P0        closed  2026-02-13 09:00:00 -03  ana    everything  down

        1 incident recorded; no merge waits
    "#]]
    .assert_eq(&list);
    // It is back: all begins again.
    fixture.done("14:00:00", &open);
    assert_eq!(fixture.at("14:05:00", &["sla"]).status, 0);
    assert_eq!(fixture.at("14:05:01", &["sla"]).status, 1);
    let list = fixture.done("14:05:01", &["incident", "list"]);
    assert!(list.contains("merges are frozen by the P0 `INC-1` (open)"), "{list}");
}

/// An entry that does not count calms nothing, and a later word about an earlier time is reported.
#[test]
fn nobody_calms_who_may_not() {
    let fixture = Fixture::new();
    let open = ["incident", "open", "--id", "INC-1", "--severity", "P1", "--title", "slow"];
    fixture.done("12:00:00", &open);
    let ack = ["incident", "ack", "INC-1", "--at", "2026-02-13T12:10:00Z"];
    fixture.done("12:30:00", &ack);
    let reported = fixture.at("12:31:00", &["sla"]);
    assert_eq!(reported.status, 0, "{reported:?}");
    assert!(
        reported.stdout.contains("warning[sla-reported-late]: INC-1: acknowledge"),
        "{reported:?}"
    );
    let later = ["incident", "contain", "INC-1", "--at", "2026-02-13T12:40:00Z"];
    let refused = fixture.at("12:31:00", &later);
    assert!(refused.status == 2 && refused.stdout.contains("still to come"), "{refused:?}");
    let none = fixture.at("12:31:00", &["incident", "ack", "INC-2"]);
    assert!(none.status == 2 && !none.stdout.contains("INC-1"), "{none:?}");
    let twice = fixture.at("12:31:00", &open);
    assert!(twice.status == 1 && twice.stdout.contains("INC-1 is acknowledged already"));
}

#[test]
fn a_screen_is_for_a_terminal() {
    let fixture = Fixture::new();
    let ran = fixture.at("12:00:00", &["sla", "--watch"]);
    assert!(ran.status == 2 && ran.stdout.contains("is for a terminal"), "{ran:?}");
    let fixture = Fixture::with("");
    let ran = fixture.at("12:00:00", &["sla"]);
    assert_eq!(ran.status, 3);
    assert!(ran.stdout.contains("there is no `policy/risk.toml` at the base"), "{ran:?}");
    let open = ["incident", "open", "--severity", "P3", "--title", "x", "--dry-run"];
    let ran = fixture.at("12:00:00", &open);
    assert_eq!(ran.status, 0, "{ran:?}");
    assert!(ran.stdout.contains("so no clock runs"), "{ran:?}");
    assert!(ran.stdout.contains("INC-20260213120000 is open, P3"), "{ran:?}");
}

#[test]
fn the_screen_stands_until_ctrl_c() {
    let fixture = Fixture::new();
    let (controller, terminal) = terminal::open();
    let stream = || Stdio::from(terminal.try_clone().unwrap());
    let mut command = fixture.world.xtask_command(["sla", "--watch"]);
    command.env("TERM", "xterm").env("XTASK_TEST_NOW", "1770984000");
    let mut child = command.stdin(Stdio::null()).stdout(stream()).stderr(stream()).spawn().unwrap();
    drop(command);
    drop(terminal);
    let (mut reader, mut seen, mut buffer) = (File::from(controller), Vec::new(), [0; 4096]);
    let shown = |seen: &[u8]| String::from_utf8_lossy(seen).contains("it is 2026-02-13 09:00:00");
    while !shown(&seen) {
        let count = reader.read(&mut buffer).unwrap();
        seen.extend_from_slice(&buffer[..count]);
    }
    kill_process(Pid::from_child(&child), Signal::INT).unwrap();
    while let Ok(count @ 1..) = reader.read(&mut buffer) {
        seen.extend_from_slice(&buffer[..count]);
    }
    assert_eq!(child.wait().unwrap().code(), Some(130));
    let seen = String::from_utf8_lossy(&seen);
    let seen = seen.split_once('\n').unwrap().1;
    assert!(seen.starts_with("\u{1b}[2J\u{1b}[H"), "{seen:?}");
    assert!(seen.contains("no window violated, 0 running, 0 matters open"), "{seen:?}");
}

/// Whoever recorded something without the network sees it, goes on with it, and is told that it
/// has no effect yet; the merge gate never rests on it.
#[test]
fn an_incident_that_waits_to_be_pushed_is_shown_and_marked() {
    let fixture = Fixture::new();
    let world = &fixture.world;
    world.git(["init", "--quiet", "--bare", "--initial-branch=main", "../remote.git"]);
    world.git(["remote", "add", "origin", "../remote.git"]);
    world.git(["push", "--quiet", "origin", "main"]);
    let open = |id: &'static str| ["incident", "open", "--id", id, "--title", "down"];
    fixture.done("12:00:00", &open("INC-1"));
    world.git(["remote", "set-url", "origin", "../gone.git"]);
    assert_eq!(fixture.at("12:01:00", &open("INC-2")).status, 4);
    let list = fixture.done("12:02:00", &["incident", "list"]);
    assert!(list.contains("open (not in effect yet)"), "{list}");
    assert!(list.contains("does not appear to be a git repository"), "{list}");
    assert_eq!(fixture.at("12:03:00", &["incident", "ack", "INC-2"]).status, 4);
    let check = fixture.at("12:04:00", &["pr", "merge-check", "1"]).stdout;
    assert!(check.contains("error[ledger-unreached]") && !check.contains("INC-2"), "{check}");
    world.git(["remote", "set-url", "origin", "../remote.git"]);
    let list = fixture.done("12:05:00", &["incident", "list"]);
    assert!(list.contains("acknowledged") && !list.contains("not in effect"), "{list}");
}
