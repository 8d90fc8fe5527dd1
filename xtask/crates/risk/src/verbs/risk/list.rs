//! `risk list` and `incident list`.

use clap::Args;
use serde_json::{Value, json};

use crate::gather::RiskInput;
use thrice_facts::clock::rfc3339;
use thrice_findings::Stop;
use thrice_ledger::decisions::{Alarm, AlarmKind, Step};
use thrice_programme::world::World;
use thrice_report::Report;
use thrice_report::table::Table;
use thrice_report::text::{counted, safe};

/// Lists what is recorded.
#[derive(Debug, Args)]
pub struct List {
    /// Includes closed ones.
    #[arg(long)]
    all: bool,
}

impl List {
    pub(super) fn run_risks(self, world: &World) -> Result<Report, Stop> {
        listed(world, AlarmKind::Risk, &self)
    }
}

/// Lists alarms of a kind.
pub(crate) fn listed(world: &World, kind: AlarmKind, asked: &List) -> Result<Report, Stop> {
    let gathered = RiskInput::of(world)?;
    let of_kind = gathered.standing.of_kind(kind);
    let shown: Vec<&Alarm> = of_kind.filter(|alarm| asked.all || alarm.over.is_none()).collect();
    let mut table = Table::new([kind.word(), "severity", "state", "since", "owner", "of", "title"]);
    for alarm in &shown {
        table.row([
            safe(&alarm.id),
            alarm.severity.word().to_owned(),
            format!("{}{}", alarm.state().word(), gathered.mark(&alarm.id)),
            gathered.moment(alarm.opened),
            safe(alarm.owner.as_deref().unwrap_or("nobody")),
            safe(&of(alarm)),
            safe(&alarm.title),
        ]);
    }
    let uncounted = gathered.uncounted();
    let mut report = Report::of(gathered.findings.clone());
    if !shown.is_empty() {
        report.body = table.text();
        report.body.push('\n');
    }
    let word = if asked.all { "recorded" } else { "not closed" };
    report.body.push_str(&format!("{} {word}", counted(shown.len(), kind.word())));
    let frozen = gathered.frozen();
    report.body.push_str(if frozen.is_empty() { "; no merge waits\n" } else { "\n" });
    for freeze in &frozen {
        report.body.push_str(&format!("{}\n", safe(freeze)));
    }
    for why in &uncounted {
        report.body.push_str(&format!("{}\n", safe(why)));
    }
    let rows: Vec<Value> = shown.iter().map(|alarm| data(alarm)).collect();
    report.data = json!({ "matters": rows, "uncounted": uncounted });
    Ok(report)
}

fn of(alarm: &Alarm) -> String {
    match (&alarm.wave, alarm.stories.as_slice()) {
        (Some(wave), []) => wave.clone(),
        (None, []) => "everything".to_owned(),
        (None, stories) => stories.join(" "),
        (Some(wave), stories) => format!("{wave}: {}", stories.join(" ")),
    }
}

/// A alarm, for programs.
pub(crate) fn data(alarm: &Alarm) -> Value {
    let stop = |step: Step| alarm.taken(step).map(|taken| rfc3339(taken.at));
    json!({
        "sort": alarm.kind.word(),
        "id": alarm.id,
        "title": alarm.title,
        "severity": alarm.severity.word(),
        "state": alarm.state().word(),
        "owner": alarm.owner,
        "mitigation": alarm.mitigation,
        "wave": alarm.wave,
        "stories": alarm.stories,
        "category": alarm.category,
        "opened_at": rfc3339(alarm.opened),
        "acknowledged_at": stop(Step::Acknowledge),
        "contained_at": stop(Step::Contain),
        "recovered_at": stop(Step::Recover),
        "over_at": alarm.over.map(rfc3339),
        "stops_merges": alarm.stops_merges(),
    })
}
