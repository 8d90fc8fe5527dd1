//! docs/delivery.md and docs/sprint.md, run.

use std::path::Path;

use super::{BACKLOG, CALENDAR, Fixture};
use crate::support::World;
use crate::support::pages::{Shell, prints_what_it_says};
use crate::support::policies::STORY_BRANCHES;

const CHECKLIST: &str = r#"
[[checklists]]
sprint = "01"
kind = "dependencies"
path = "docs/01/day-3-dependency-publication.md"
"#;

fn fixture() -> Fixture {
    let fixture = Fixture::new();
    let contract = "contract = [\"docs/contract.md\"]\nacceptance = [\"it ends once\"]";
    let backlog = BACKLOG.replace("acceptance = [\"it ends once\"]", contract);
    let after = "depends = [\"S-1\"]\nacceptance = [\"it is safe\"]";
    let backlog = backlog.replace("acceptance = [\"it is safe\"]", after);
    fixture.world.write("policy/backlog.toml", backlog);
    fixture.world.write("policy/calendar.toml", format!("{CALENDAR}{CHECKLIST}"));
    fixture.world.write("policy/branches.toml", STORY_BRANCHES);
    fixture.world.write("docs/contract.md", "what is agreed\n");
    fixture.world.git(["config", "gpg.format", "ssh"]);
    fixture.world.git(["config", "user.signingkey", fixture.key().to_str().unwrap()]);
    fixture.world.commit("what is agreed");
    fixture
}

/// Runs the blocks of a page, in which `on` moves the clock.
fn runs(page: &str, least: usize, world: &World) {
    let shell = Shell::begin(
        world,
        "on() { export XTASK_TEST_NOW=$(date --utc --date \"$1\" +%s); \
        export GIT_COMMITTER_DATE=\"@$XTASK_TEST_NOW +0000\"; }\n",
    );
    prints_what_it_says(page, least, |step| shell.run(world.command("bash"), step));
}

#[test]
fn the_guide_prints_what_it_says() {
    runs("docs/delivery.md", 12, &fixture().world);
}

/// In a repository that has nothing, beside a clone of this one.
#[test]
fn the_example_of_a_sprint_is_run_from_its_copy_to_its_gate() {
    let world = World::new();
    let here = Path::new(env!("CARGO_MANIFEST_DIR")).join("..");
    std::os::unix::fs::symlink(here, world.root().join("thrice")).unwrap();
    runs("docs/sprint.md", 7, &world);
}
