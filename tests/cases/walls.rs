//! Walls around a gate: without `network` it reaches nothing but a loopback of its own.

use std::net::TcpListener;
use std::process::Command;

use crate::support::{Ran, World, gate};

/// A gate that asks a server of this machine, and says whether it has a loopback that is on.
fn world(top: &str, more: &str, port: u16) -> World {
    let script = format!(
        "echo x > \"$EVIDENCE_DIR/x\"\n\
         if bash -c 'exec 3<>/dev/tcp/127.0.0.1/{port}'; then echo reached; fi\n\
         grep -q 127.0.0.1 /proc/net/fib_trie && echo loopback\n\
         id -u; id -g"
    );
    let gate = gate("T4", "tests", &script);
    World::with_gates(&format!("stagger = \"0 s\"\n{top}\n{gate}{more}\n"))
}

fn reviewed(world: &World) -> (Ran, String) {
    let ran = world.xtask(["orr", "--runs", "2"]);
    let log = std::fs::read_to_string(world.path("out/runs/1/logs/T4.log")).unwrap_or_default();
    (ran, log)
}

/// The command in a user namespace whose kernel gives it no further namespaces.
fn without_namespaces(world: &World) -> Option<Command> {
    let script =
        "for kind in user net mnt; do echo 0 > /proc/sys/user/max_${kind}_namespaces || exit 99; done
exec \"$0\" \"$@\"";
    let mut command = world.command("unshare");
    command.args(["--user", "--map-root-user", "sh", "-c", script]);
    let mut trial = world.command("unshare");
    trial.args(["--user", "--map-root-user", "sh", "-c", script, "true"]);
    trial.output().is_ok_and(|ran| ran.status.success()).then_some(command)
}

#[test]
#[cfg(target_os = "linux")]
fn a_gate_without_network_reaches_nothing_of_the_machine() {
    let server = TcpListener::bind("127.0.0.1:0").unwrap();
    let port = server.local_addr().unwrap().port();
    let who = format!("{}\n{}\n", rustix::process::getuid(), rustix::process::getgid());
    let of = |top: &str, more: &str| {
        let world = world(top, more, port);
        let (ran, log) = reviewed(&world);
        assert_eq!(ran.status, 0, "{ran:?}");
        assert!(log.ends_with(&who), "the gate is who it was: {log}");
        let missing = world.json("out/orr.json")["walls"]["missing"].clone();
        assert_eq!(missing.is_null(), !ran.stdout.contains("no wall: "), "{ran:?}");
        (log, missing.is_null())
    };
    let (log, held) = of("", "");
    // A machine that gives no namespaces says so.
    assert_eq!(log.contains("reached"), !held, "{log}");
    assert!(log.contains("loopback"), "{log}");
    for (top, more) in [("", "network = true"), ("walls = \"off\"", "")] {
        let (log, _) = of(top, more);
        assert!(log.contains("reached"), "{top} {more}: {log}");
    }
}

#[test]
#[cfg(target_os = "linux")]
fn a_gate_with_writable_places_writes_to_nothing_else_of_its_checkout() {
    let script = "for it in a new kept/a built/new; do
    (echo x > $it) 2> /dev/null && echo $it
done
for it in \"$TMPDIR\" \"$HOME\" \"$EVIDENCE_DIR\"; do echo x > \"$it/x\" || exit 1; done";
    let all = "a\nnew\nkept/a\n";
    for (top, writable, closed, open) in [
        ("", "[\"built\", \"kept/a\"]", "kept/a\nbuilt/new\n", all),
        ("", "[]", "", all),
        ("walls = \"off\"", "[]", all, all),
    ] {
        let gate = gate("T4", "tests", script);
        let world =
            World::with_gates(&format!("stagger = \"0 s\"\n{top}\n{gate}writable = {writable}\n"));
        world.write("a", "a\n");
        world.write("kept/a", "a\n");
        world.commit("files");
        let (ran, log) = reviewed(&world);
        assert_eq!(ran.status, 0, "{ran:?} {log}");
        // A machine that gives no namespaces says so.
        let held = world.json("out/orr.json")["walls"]["missing"]["source"].is_null();
        assert_eq!(log, if held { closed } else { open }, "{top} {writable}");
    }
}

#[test]
#[cfg(target_os = "linux")]
fn where_there_are_no_namespaces_policy_decides() {
    let server = TcpListener::bind("127.0.0.1:0").unwrap();
    let port = server.local_addr().unwrap().port();
    let closed = "network = true\nwritable = []";
    let required = "walls = \"required\"";
    for (top, more, status, said) in [
        ("", "", 0, "no wall: gates can reach the network, no network namespaces for this user\n"),
        (required, "", 20, "T4 needs a wall around its network: no network namespaces"),
        ("", closed, 0, "no wall: gates can write to all of their checkouts, no mount namespaces"),
        (required, closed, 20, "T4 needs a wall around its checkout: no mount namespaces"),
    ] {
        let world = world(top, more, port);
        let Some(mut command) = without_namespaces(&world) else { return };
        command.args([crate::support::XTASK, "orr", "--runs", "2"]);
        let ran = Ran::from(command.output().unwrap());
        assert_eq!(ran.status, status, "{ran:?}");
        assert!(ran.stdout.contains(said), "{ran:?}");
    }
}
