//! docs/delivery.md, run.

use std::path::Path;

use super::{BACKLOG, CALENDAR, Desk};
use crate::cases::at_length::tutorial::{Step, covers, steps};
use crate::cases::release::updated;
use crate::support::policies::STORY_BRANCHES;
use crate::support::shown::said;
use crate::support::{Ran, XTASK};

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

/// Runs a block in a shell in which `cargo xtask` is the program under test, and which
/// remembers what was exported.
fn run(desk: &Desk, step: &Step) -> Ran {
    let (bin, kept) = (desk.world.root().join("bin"), desk.world.root().join("kept"));
    if !bin.exists() {
        std::fs::create_dir(&bin).unwrap();
        let stub = format!("#!/bin/sh\nshift\nexec {XTASK} \"$@\"\n");
        std::fs::write(bin.join("cargo"), stub).unwrap();
        let mode = std::os::unix::fs::PermissionsExt::from_mode(0o755);
        std::fs::set_permissions(bin.join("cargo"), mode).unwrap();
        std::fs::write(&kept, "").unwrap();
    }
    let on = "on() { export XTASK_TEST_NOW=$(date --utc --date \"$1\" +%s); \
        export GIT_COMMITTER_DATE=\"@$XTASK_TEST_NOW +0000\"; }";
    let script =
        format!(". '{0}'\ntrap 'export -p > {0}' EXIT\n{on}\n{1}\n", kept.display(), step.script);
    let path = format!("{}:{}", bin.display(), std::env::var("PATH").unwrap());
    let mut command = desk.world.command("bash");
    command.args(["-e", "-c", &script]).env("PATH", path).output().unwrap().into()
}

#[test]
fn the_guide_prints_what_it_says() {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("../docs/delivery.md");
    let text = std::fs::read_to_string(&path).unwrap();
    let desk = desk();
    let mut printed = Vec::new();
    let mut wrong = Vec::new();
    for step in steps(&text) {
        let ran = run(&desk, &step);
        let at = format!("docs/delivery.md:{}", step.line);
        let said = said(&ran.stdout, &ran.stderr);
        assert_eq!(ran.status, step.exit, "{at}\n{}\n{said}", step.script);
        if let Some(shown) = &step.shown {
            printed.push((step.line, said.clone()));
            wrong.extend(covers(shown, &said).err().map(|line| format!("{at}: {line}\n{said}")));
        }
    }
    if std::env::var_os("UPDATE_EXPECT").is_some() {
        std::fs::write(&path, updated(&text, &printed)).unwrap();
    } else {
        assert!(wrong.is_empty(), "{}", wrong.join("\n"));
    }
    assert!(printed.len() >= 12, "{}", printed.len());
}
