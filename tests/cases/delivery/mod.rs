//! `cycle`, `sprint`, `evidence`, and the freeze: what is due when, and what is refused.

mod checklists;
mod cycles;
mod decisions;
mod evidence;
mod freeze;
mod guide;

use std::path::PathBuf;

use crate::support::policies::{EVERYWHERE, person};
use crate::support::{PROGRAMME, Ran, World, gate};

const CALENDAR: &str = r#"
time_zone = "America/New_York"
holidays = [{ date = 2026-03-12, name = "Founders' Day" }]

[[cycles]]
id = "C-01"
name = "M06-S1"
from = 2026-03-04
to = 2026-03-10
scope = ["O1"]
owners = ["sm"]
exit = ["O-01 merged, its required check green", "no critical risk open"]

[[cycles]]
id = "C-02"
from = 2026-03-11
to = 2026-03-17
exit = ["O-02 merged"]

[[rites]]
name = "Planning"
when = "day 0"
at = "09:30"
minutes = 60
owner = "sm"
agenda = "stories that are ready, their owners; and what they depend on"

[[rites]]
name = "Daily sync"
when = "every working day from day 1"
minutes = 15

[[rites]]
name = "Risk triage"
when = "mon, wed, fri"
at = "16:00"
minutes = 30

[[rites]]
name = "Evidence review"
when = "1 day before end"
minutes = 45

[[rites]]
name = "Review and retro"
when = "last day"
at = "15:00"
minutes = 60

[[sprints]]
id = "01"
from = 2026-03-02
to = 2026-03-13
features = ["F1"]
gate = "CI/CD gate"
evidence = ["CI pass logs", "rollback notes"]
evidence_due_day = 9
freeze_from_day = 6

[freeze]
paths = [".github/**", "ops/**"]
except = ["ops/critical.yml"]
reason = "what QA looks at stays as it is"

[logs]
status = "docs/status.md"
handoff = "docs/handoffs.md"
overview = "docs/sprints.md"

[evidence]
root = "docs/evidence"
"#;

const BACKLOG: &str = r#"
[[features]]
id = "F1"
name = "Platform"
sprints = ["01"]

[[epics]]
id = "F1-E1"
name = "CI"
feature = "F1"

[[stories]]
id = "S-1"
title = "Replay ends once"
owner = "sm"
priority = "P0"
wave = "O1"
epic = "F1-E1"
acceptance = ["it ends once"]

[[stories]]
id = "S-2"
title = "Safe mode | at the door"
owner = "sm"
priority = "P0"
wave = "O1"
epic = "F1-E1"
acceptance = ["it is safe"]

[[waves]]
id = "O1"
"#;

struct Fixture {
    world: World,
}

impl Fixture {
    fn new() -> Self {
        let world = World::new();
        let roles = "\n[roles.sm]\nmembers = [\"@ann\"]\n";
        world.write("policy/programme.toml", format!("{PROGRAMME}{roles}"));
        world.write("policy/gates.toml", gate("T4", "tests", "true"));
        world.write("policy/filemap.toml", EVERYWHERE);
        world.write("policy/calendar.toml", CALENDAR);
        world.write("policy/backlog.toml", BACKLOG);
        world.write("policy/ledger.toml", person("ann", &["sm"]));
        let key = world.root().join("key");
        let mut command = world.command("ssh-keygen");
        command.args(["-q", "-t", "ed25519", "-N", "", "-C", "ann", "-f"]).arg(&key);
        assert!(command.status().unwrap().success());
        let public = std::fs::read_to_string(key.with_extension("pub")).unwrap();
        world.write("policy/allowed_signers", format!("ann@example.com {public}"));
        world.git(["config", "user.email", "ann@example.com"]);
        world.commit("rules");
        Self { world }
    }

    fn key(&self) -> PathBuf {
        self.world.root().join("key")
    }

    /// Runs the program at a time.
    fn at(&self, time: &str, words: &[&str]) -> Ran {
        let seconds = time.parse::<jiff::Timestamp>().unwrap().as_second();
        let mut command = self.world.xtask_command(words);
        command.env("XTASK_TEST_NOW", seconds.to_string());
        command.output().unwrap().into()
    }

    /// Writes good evidence of a story.
    fn evidence(&self, story: &str) {
        let folder = format!("docs/evidence/{story}");
        for (name, text) in [
            ("functional.md", "12 of 12 end once: see [the log](run.log).\n"),
            ("observability.md", "The alert `stuck` fired once.\n"),
            ("degradation.md", "Not applicable: the path has no fallback of its own.\n"),
            ("runbook.md", "Not applicable: nothing that is done by hand changed.\n"),
            ("pull-request.md", "https://github.com/acme/demo/pull/7\n"),
            ("run.log", "ok\n"),
        ] {
            self.world.write(&format!("{folder}/{name}"), text);
        }
    }

    /// Commits everything at a time.
    fn commit_at(&self, time: &str) {
        self.world.git(["add", "--all"]);
        let mut command = self.world.command("git");
        command
            .args(["commit", "--quiet", "-m", "evidence\n\nStory: S-1"])
            .env("GIT_COMMITTER_DATE", time);
        assert!(command.status().unwrap().success());
    }
}
