//! The ledger, tried many times.

use crate::cases::ledger_git::{killed, two_at_once};

#[test]
fn two_processes_append_at_once_fifty_times() {
    two_at_once(50);
}

#[test]
fn an_append_is_killed_at_a_hundred_moments() {
    killed(100);
}
