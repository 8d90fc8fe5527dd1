//! What a freeze stops, and what lifts it.

use expect_test::expect;

use super::Fixture;

#[test]
fn a_frozen_path_waits_or_has_an_exception() {
    let fixture = Fixture::new();
    let world = &fixture.world;
    world.git(["switch", "--quiet", "--create", "patch"]);
    world.write("ops/alerts.yml", "minutes: 5\n");
    world.write("ops/critical.yml", "minutes: 5\n");
    world.commit("patch");
    let check = ["filemap", "check", "--base", "main"];
    // The freeze begins with Monday 9 March in New York, a day after the clock changed.
    let before = fixture.at("2026-03-09T03:59:59Z", &check);
    assert_eq!(before.status, 0, "{before:?}");
    let within = fixture.at("2026-03-09T04:00:00Z", &check);
    assert_eq!(within.status, 1, "{within:?}");
    expect![[r#"
        filemap check: fail (freeze-window), exit status 1

        error[freeze-window]: ops/alerts.yml is frozen in sprint 01 until 2026-03-14 04:00 UTC by `ops/**`: what QA looks at stays as it is
          --> ops/alerts.yml
           = help: wait until then; or record `cargo xtask approve exception freeze --subject ops/alerts.yml --reason TEXT --expires TIME`

        does  path              area
        adds  ops/alerts.yml    all
        adds  ops/critical.yml  all

        2 paths in [HEX]..[HEX], by policy of the base
        next: cargo xtask explain freeze-window
    "#]].assert_eq(&world.shown(&within.stdout));
    let after = fixture.at("2026-03-14T04:00:00Z", &check);
    assert_eq!(after.status, 0, "{after:?}");
    let frozen = "in sprint 01 until the end of 2026-03-13: ops/**";
    for (moment, is_frozen) in [("2026-03-09T03:59:59Z", false), ("2026-03-13T12:00:00Z", true)] {
        let today = fixture.at(moment, &["today"]);
        assert_eq!(today.stdout.contains(frozen), is_frozen, "{today:?}");
    }

    let now = "2026-03-10T12:00:00Z";
    let key = fixture.key();
    let key = key.to_str().unwrap();
    let record = |subject: &str, expires: &str| {
        let words = [
            "approve",
            "exception",
            "freeze",
            "--subject",
            subject,
            "--reason",
            "the page is late",
        ];
        let ran = fixture.at(now, &[&words[..], &["--expires", expires, "--key", key]].concat());
        assert_eq!(ran.status, 0, "{ran:?}");
        world.commit("exception");
    };
    record("ops/other.yml", "2026-03-11T00:00:00Z");
    let other = fixture.at(now, &check);
    assert!(other.status == 1 && other.stdout.contains("error[freeze-window]"), "{other:?}");
    record("ops/*.yml", "2026-03-10T13:00:00Z");
    let lifted = fixture.at(now, &check);
    assert_eq!(lifted.status, 0, "{lifted:?}");
    let over = fixture.at("2026-03-10T13:00:00Z", &check);
    assert!(over.status == 1 && over.stdout.contains("ended at 2026-03-10T13:00:00Z"), "{over:?}");
    // One that is not signed lifts nothing; nor does a ledger that was edited.
    world.rewrite_ledger(world.ledger().concat().replace("the page is late", "the page is lost"));
    let edited = fixture.at(now, &check);
    assert!(edited.status == 1 && edited.stdout.contains("not those of its root"), "{edited:?}");
}

/// A story whose own map reaches what is frozen does not start in the freeze.
#[test]
fn a_story_of_frozen_paths_does_not_start_in_the_freeze() {
    let fixture = Fixture::new();
    let world = &fixture.world;
    let filemap = "[[areas]]\nname = \"ops\"\npaths = [\"ops/**\"]\n\n[[areas]]\nname = \"rest\"\n\
        paths = [\"**\"]\nexcept = [\"ops/**\"]\n\n[[stories]]\nstory = \"S-1\"\nareas = [\"ops\"]\n\n\
        [[stories]]\nstory = \"S-2\"\nareas = [\"rest\"]\n";
    world.write("policy/filemap.toml", filemap);
    world.write("ops/alerts.yml", "minutes: 5\n");
    world.commit("rules");
    for (story, time, stopped) in [
        ("S-1", "2026-03-09T03:59:59Z", false),
        ("S-1", "2026-03-09T04:00:00Z", true),
        ("S-2", "2026-03-09T04:00:00Z", false),
    ] {
        let ran = fixture.at(time, &["story", "start", story, "--dry-run"]);
        let reported = ran.stdout.contains("error[freeze-window]")
            && ran.stdout.contains("= help: wait until");
        assert_eq!(reported, stopped, "{story} {time}: {ran:?}");
        assert!(!stopped || ran.status == 1, "{ran:?}");
    }
}
