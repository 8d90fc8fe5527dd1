//! The ledger, tried many times.

use std::collections::BTreeMap;

use thrice_ledger::merge::{Side, merge};

use crate::cases::ledger_git::{killed, two_at_once};
use crate::support::World;
use crate::support::ledgers::{APPROVAL, DEPLOY, LEDGER};
use crate::support::sampling::times;

#[test]
fn two_processes_append_at_once_many_times() {
    two_at_once(times(10, 50));
}

#[test]
fn an_append_is_killed_at_many_moments() {
    killed(u64::try_from(times(25, 100)).unwrap());
}

/// Twenty branches, a real signature on each, joined two by two in sixty orders: each
/// result has all twenty entries with the words and the signature that they had, and those
/// of the last are verified.
#[test]
fn signatures_outlive_every_order_of_joining() {
    let world = World::with_ledger();
    assert_eq!(world.append("deploy", DEPLOY, 0, &[]).status, 0);
    let base = world.read(LEDGER);
    let sign = |number: u32| {
        world.write(LEDGER, &base);
        let id = format!("approval-{number:02}");
        let minute = 1 + number * 7 % 20;
        assert_eq!(world.append("approval", APPROVAL, minute, &["--id", &id]).status, 0);
        world.read(LEDGER).into_bytes()
    };
    let branches: Vec<Vec<u8>> = (0..20).map(sign).collect();
    let words = |bytes: &[u8]| {
        let entries = thrice_ledger::read("l", bytes).unwrap();
        let signed = entries.into_iter().filter(|entry| entry.signature.is_some());
        signed.map(|entry| (entry.said.id.clone(), format!("{:?}", (entry.said, entry.signature))))
    };
    let expected: BTreeMap<_, _> = branches.iter().flat_map(|bytes| words(bytes)).collect();
    let mut state = 1_u64;
    let mut random = |below: usize| {
        state =
            state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        usize::try_from(state >> 33).unwrap() % below
    };
    for order in 0..60 {
        let mut left = branches.clone();
        while left.len() > 1 {
            let ours = left.swap_remove(random(left.len()));
            let theirs = left.swap_remove(random(left.len()));
            let side = |name| move |bytes| Side { name, bytes };
            let merged = merge(side("ours")(&ours), side("theirs")(&theirs), &[]).unwrap();
            // Now and then a side is joined again later, as branches live on.
            if random(5) == 0 && left.len() > 1 {
                left.push(theirs);
            }
            left.push(merged.bytes);
        }
        let all: BTreeMap<_, _> = words(&left[0]).collect();
        assert_eq!(all, expected, "{order}");
        world.write(LEDGER, &left[0]);
    }
    let ran = world.verified(&[]);
    assert!(ran.status == 0 && ran.stdout.contains("20 signatures verified"), "{ran:?}");
}
