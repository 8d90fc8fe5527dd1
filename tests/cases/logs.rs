//! Raw output of gates.

use crate::support::{World, terminal};

#[test]
fn both_streams_of_a_gate_go_to_its_log_in_order_and_nowhere_else() {
    let world = World::with_script("echo one; echo two >&2; echo three; exit 1");
    let ran = world.xtask(["orr", "--keep-going"]);
    assert_eq!(ran.status, 20);
    for run in 1..=3 {
        assert_eq!(world.read(&format!("out/runs/{run}/logs/T4.log")), "one\ntwo\nthree\n");
    }
    for line in ran.stdout.lines().chain(ran.stderr.lines()) {
        assert!(!["one", "two", "three"].contains(&line), "{ran:?}");
    }
    assert!(ran.stdout.contains("   | three\n"), "{}", ran.stdout);
}

#[test]
fn a_terminal_shows_a_row_a_run_and_the_decision_last() {
    let world = World::with_script("echo x > $EVIDENCE_DIR/x");
    let seen = terminal::run(world.xtask_command(["orr"]));
    assert_eq!(seen.status, 0, "{}", seen.screen);
    for run in 1..=3 {
        assert!(seen.screen.contains(&format!("run {run}  1/1  packed  ")), "{}", seen.screen);
    }
    assert!(seen.raw.contains("\u{1b}[1;32mpass\u{1b}[0m"), "{:?}", seen.raw);
    let last = seen.screen.trim_end().lines().last().unwrap_or_default();
    assert!(last.starts_with("next: git switch --no-track --create demo-orr-"), "{last}");
}
