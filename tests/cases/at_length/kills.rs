//! Kills at every line of a journal, and at random moments.

use std::time::{Duration, Instant};

use crate::support::processes::{names, until};
use crate::support::reviews::{
    EVER, clean, journal, kill, killed_at, length, resume, start, undisturbed, world,
};
use crate::support::sampling::{sample, times};

#[test]
fn killed_at_every_line_of_the_journal() {
    let world = world();
    let expected = undisturbed(&world);
    let lines = journal(&world).len();
    assert!(lines >= 35, "{lines} lines");
    let mut killed = 0;
    // The last lines come so fast that a kill may come too late.
    let chosen = sample(0..lines - 1, 8);
    for line in &chosen {
        // A machine that is busy elsewhere may let a review end before it is killed.
        let in_time = (0..5).any(|_| killed_at(&world, *line));
        if in_time && journal(&world).is_empty() {
            assert_eq!(undisturbed(&world), expected);
            clean(&world);
        } else if in_time {
            resume(&world, &expected);
            killed += 1;
        }
    }
    assert!(killed * 2 >= chosen.len(), "only {killed} of {chosen:?} kills came in time");
}

#[test]
fn killed_at_random_moments() {
    let world = world();
    let begun = Instant::now();
    let expected = undisturbed(&world);
    let mut whole = u64::try_from(begun.elapsed().as_millis()).unwrap();
    let (mut killed, mut tries) = (0, 0);
    // A fixed seed (Knuth's MMIX), so that the moments are the same each time.
    let mut state = 0x5eed_u64;
    let wanted = times(4, 20);
    while killed < wanted {
        tries += 1;
        assert!(tries < 100, "only {killed} of {tries} kills came while a review was at work");
        state =
            state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        let child = start(&world, &["orr"]);
        std::thread::sleep(Duration::from_millis((state >> 33) % whole));
        kill(&world, child);
        let lines = journal(&world);
        let decided = lines.iter().any(|line| line["event"] == "decided");
        if lines.is_empty() || decided {
            let begun = Instant::now();
            assert_eq!(undisturbed(&world), expected);
            // How long one takes is a matter of what else the machine does.
            whole = u64::try_from(begun.elapsed().as_millis()).unwrap();
        } else {
            killed += 1;
            // Also the resumed review is killed somewhere.
            let child = start(&world, &["orr", "--resume"]);
            std::thread::sleep(Duration::from_millis((state >> 40) % whole));
            kill(&world, child);
            if !journal(&world).iter().any(|line| line["event"] == "decided") {
                resume(&world, &expected);
            }
        }
        clean(&world);
    }
}

#[test]
fn a_review_killed_while_git_writes_a_tree_is_resumed() {
    let world = world();
    for number in 0..1500 {
        world.write(&format!("big/{}/{number}", number % 50), "x".repeat(2000));
    }
    world.commit("a big tree");
    let expected = undisturbed(&world);
    let reviews = names(world.path("out/orr")).len();
    let child = start(&world, &["orr"]);
    until("git writes files", EVER, || {
        length(&world, reviews) >= 2
            && std::fs::read_dir(world.home().join(".cache/xtask")).is_ok_and(|mut folders| {
                folders.any(|folder| {
                    let folder = folder.unwrap();
                    let name = folder.file_name().into_string().unwrap();
                    folder.path().join(format!("1/xtask-{name}-1/big/1")).exists()
                })
            })
    });
    kill(&world, child);
    resume(&world, &expected);
}
