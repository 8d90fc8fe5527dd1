//! docs/delivery.md, run.

use super::{BACKLOG, CALENDAR, Desk};
use crate::support::pages::{Shell, prints_what_it_says};
use crate::support::policies::STORY_BRANCHES;

const CHECKLIST: &str = r#"
[[checklists]]
sprint = "01"
kind = "dependencies"
path = "docs/01/day-3-dependency-publication.md"
"#;

fn desk() -> Desk {
    let desk = Desk::new();
    let contract = "contract = [\"docs/contract.md\"]\nacceptance = [\"it ends once\"]";
    let backlog = BACKLOG.replace("acceptance = [\"it ends once\"]", contract);
    let after = "depends = [\"S-1\"]\nacceptance = [\"it is safe\"]";
    let backlog = backlog.replace("acceptance = [\"it is safe\"]", after);
    desk.world.write("policy/backlog.toml", backlog);
    desk.world.write("policy/calendar.toml", format!("{CALENDAR}{CHECKLIST}"));
    desk.world.write("policy/branches.toml", STORY_BRANCHES);
    desk.world.write("docs/contract.md", "what is agreed\n");
    desk.world.git(["config", "gpg.format", "ssh"]);
    desk.world.git(["config", "user.signingkey", desk.key().to_str().unwrap()]);
    desk.world.commit("what is agreed");
    desk
}

#[test]
fn the_guide_prints_what_it_says() {
    let desk = desk();
    let shell = Shell::begin(
        &desk.world,
        "on() { export XTASK_TEST_NOW=$(date --utc --date \"$1\" +%s); \
        export GIT_COMMITTER_DATE=\"@$XTASK_TEST_NOW +0000\"; }\n",
    );
    prints_what_it_says("docs/delivery.md", 12, |step| shell.run(desk.world.command("bash"), step));
}
