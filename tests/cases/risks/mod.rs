//! `risk`, `incident`, `story ack` and `sla`: from an alarm to its end, with the clocks
//! between.

mod agreement;
mod clones;
mod drills;
mod incidents;
pub(super) mod notify;
mod recorded;

use std::process::Command;

use crate::support::{PROGRAMME, Ran, World, gate};

const ROLES: &str = r#"
[roles.superadmin]
members = ["@root"]
[roles.devops]
members = ["@o/devops"]
[roles.po]
members = ["@ann"]
"#;

const LEDGER: &str = r#"
[people.ana]
addresses = ["ana@example.com"]
roles = ["po", "devops"]
login = "@ana-dev"
"#;

const CALENDAR: &str = r#"
time_zone = "America/Sao_Paulo"
holidays = [{ date = 2026-02-16, name = "Carnaval" }, { date = 2026-02-17, name = "Carnaval" }]

[[cycles]]
id = "C-01"
from = 2026-02-11
to = 2026-02-17
exit = ["O-01 merged"]
"#;

const RISK: &str = r#"
[hours]
from = "09:00"
to = "18:00"

[[severities]]
id = "critical"
action = ["freeze the merges of the wave", "report everybody in the channel"]
escalation = ["superadmin", "devops", "po"]
acknowledge = "5 minutes"
contain = "15 minutes"
recover = "60 minutes"

[[severities]]
id = "high"
action = ["block the story"]
escalation = ["devops", "po"]
acknowledge = "15 minutes"
contain = "60 minutes"
recover = "72 hours"

[[severities]]
id = "medium"
action = ["record it, its owner and its date"]
escalation = ["owner", "po"]
acknowledge = "4 business hours"
recover = "14 days"

[[rota]]
role = "devops"
person = "ana"
from = "2026-02-01"
to = "2026-02-28"
"#;

const BACKLOG: &str = r#"
[[stories]]
id = "S-1"
title = "Limit retries"
owner = "ana"
priority = "P0"
wave = "O1"
acceptance = ["CA-1: three tries, then the queue"]

[[waves]]
id = "O1"
"#;

/// A machine at which ana works; her key counts.
struct Fixture {
    world: World,
}

impl Fixture {
    fn new() -> Self {
        Self::with(RISK)
    }

    fn with(risk: &str) -> Self {
        let world = World::new();
        world.write("policy/programme.toml", format!("{PROGRAMME}{ROLES}"));
        world.write("policy/gates.toml", gate("T4", "tests", "true"));
        world.write("policy/ledger.toml", LEDGER);
        world.write("policy/calendar.toml", CALENDAR);
        world.write("policy/backlog.toml", BACKLOG);
        if !risk.is_empty() {
            world.write("policy/risk.toml", risk);
        }
        let key = world.new_key("ana");
        world.write("policy/allowed_signers", format!("ana@example.com {key}\n"));
        world.commit("rules");
        world.is_used_by("ana");
        Self { world }
    }

    /// Runs the program at a time of 2026-02-13, or at one that is given whole.
    fn at(&self, time: &str, words: &[&str]) -> Ran {
        timed(self.world.xtask_command(words), time)
    }

    /// The same, which must go well.
    #[track_caller]
    fn done(&self, time: &str, words: &[&str]) -> String {
        let ran = self.at(time, words);
        assert_eq!(ran.status, 0, "{words:?}\n{ran:?}");
        let id = regex::Regex::new(r"\b\d{14}-[0-9a-f]{16}\b").unwrap();
        id.replace_all(&self.world.shown(&ran.stdout), "[ENTRY]").into_owned()
    }
}

fn timed(mut command: Command, time: &str) -> Ran {
    let whole = if time.contains('T') { time.to_owned() } else { format!("2026-02-13T{time}Z") };
    let seconds = whole.parse::<jiff::Timestamp>().unwrap().as_second();
    command.env("XTASK_TEST_NOW", seconds.to_string()).output().unwrap().into()
}
