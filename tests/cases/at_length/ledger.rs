//! The ledger, tried many times.

use crate::cases::ledger_git::{killed, two_at_once};
use crate::support::sampling::times;

#[test]
fn two_processes_append_at_once_many_times() {
    two_at_once(times(10, 50));
}

#[test]
fn an_append_is_killed_at_many_moments() {
    killed(u64::try_from(times(25, 100)).unwrap());
}
