//! `incident show`.

use clap::Args;

use crate::gather::RiskInput;
use crate::judge::clocks::clocks;
use crate::page::left;
use crate::verbs::risk::data;
use thrice_findings::Stop;
use thrice_ledger::decisions::freeze::Freeze;
use thrice_ledger::decisions::{AlarmKind, Step};
use thrice_programme::world::World;
use thrice_report::Report;
use thrice_report::table::Table;
use thrice_report::text::safe;

/// Shows an incident: its steps, what is due, and whether it freezes merges.
#[derive(Debug, Args)]
pub struct Show {
    /// The incident.
    #[arg(value_name = "ID")]
    id: String,
}

impl Show {
    pub(super) fn run(self, world: &World) -> Result<Report, Stop> {
        let gathered = RiskInput::of(world)?;
        let incident = gathered.alarm(AlarmKind::Incident, &self.id)?;
        let mut table = Table::default();
        let mut row = |name: &str, said: &str| table.row([name.to_owned(), safe(said)]);
        row("title", &incident.title);
        if let Some(taken) = &incident.opened_as {
            row("opened as", &format!("{taken}, which another incident had taken"));
        }
        row("severity", incident.severity.word());
        row("state", &format!("{}{}", incident.state().word(), gathered.mark(&incident.id)));
        row("owner", incident.owner.as_deref().unwrap_or("nobody"));
        row("began", &gathered.moment(incident.opened));
        let rules = gathered.policy.risk.as_ref();
        let calendar = gathered.policy.calendar.as_ref();
        let clocks = rules.map(|rules| clocks(incident, rules, calendar)).unwrap_or_default();
        for step in Step::ALL {
            let clock = clocks.iter().find(|clock| clock.step == step);
            let due = clock.and_then(|clock| Some((clock, clock.due?)));
            let due = due.map_or_else(String::new, |(clock, due)| {
                format!("due {}, {}", gathered.moment(due), left(clock, gathered.now))
            });
            let taken = incident.taken(step).map(|taken| gathered.moment(taken.at));
            let said = [taken.map(|at| format!("at {at}")), Some(due).filter(|it| !it.is_empty())];
            let said: Vec<String> = said.into_iter().flatten().collect();
            if !said.is_empty() {
                row(step.word(), &said.join("; "));
            }
        }
        if let Some(over) = incident.over {
            row("closed", &gathered.moment(over));
        }
        if let Some(path) = &incident.postmortem {
            row("postmortem", path);
        }
        let freeze = Freeze::of(incident);
        let frozen = if freeze.is_some() { "frozen by it" } else { "not frozen by it" };
        row("merges", &format!("{frozen}{}", gathered.mark(&incident.id)));
        let mut report = Report::of(gathered.findings.clone());
        report.announces = false;
        report.body_first = true;
        report.body = format!("{}\n{}", safe(&incident.id), table.text());
        if incident.is_open() || freeze.is_some() {
            report.body.push_str(&format!("next: {}\n", gathered.next_step(incident)));
        }
        report.data = data(incident);
        Ok(report)
    }
}
