//! docs/delivery.md, run.

use super::{BACKLOG, CALENDAR, Fixture};
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

#[test]
fn the_guide_prints_what_it_says() {
    let fixture = fixture();
    let shell = Shell::begin(
        &fixture.world,
        "on() { export XTASK_TEST_NOW=$(date --utc --date \"$1\" +%s); \
        export GIT_COMMITTER_DATE=\"@$XTASK_TEST_NOW +0000\"; }\n",
    );
    prints_what_it_says("docs/delivery.md", 12, |step| {
        shell.run(fixture.world.command("bash"), step)
    });
}
