//! `risk list` and `incident list`.

use clap::Args;
use serde_json::{Value, json};

use crate::gather::Gathered;
use crate::judge::clocks::{Matter, Sort, Step};
use thrice_facts::clock::rfc3339;
use thrice_findings::Stop;
use thrice_programme::world::World;
use thrice_report::Report;
use thrice_report::table::Table;
use thrice_report::text::{counted, safe};

/// Lists what is recorded.
#[derive(Debug, Args)]
pub(crate) struct List {
    /// What is over, too.
    #[arg(long)]
    all: bool,
}

impl List {
    pub(super) fn run_risks(self, world: &World) -> Result<Report, Stop> {
        listed(world, Sort::Risk, &self)
    }
}

/// Lists matters of a sort.
pub(crate) fn listed(world: &World, sort: Sort, asked: &List) -> Result<Report, Stop> {
    let gathered = Gathered::of(world)?;
    let of_sort = gathered.matters.iter().filter(|matter| matter.sort == sort);
    let shown: Vec<&Matter> = of_sort.filter(|matter| asked.all || matter.over.is_none()).collect();
    let mut table = Table::new([sort.word(), "severity", "state", "since", "owner", "of", "title"]);
    for matter in &shown {
        table.row([
            safe(&matter.id),
            matter.severity_word().to_owned(),
            matter.word().to_owned(),
            rfc3339(matter.opened),
            safe(matter.owner.as_deref().unwrap_or("nobody")),
            safe(&of(matter)),
            safe(&matter.title),
        ]);
    }
    let mut report = Report::of(gathered.findings);
    let stop = shown.iter().filter(|matter| matter.stops_merges()).count();
    if !shown.is_empty() {
        report.body = table.text();
        report.body.push('\n');
    }
    let word = if asked.all { "recorded" } else { "not over" };
    report.body.push_str(&format!("{} {word}", counted(shown.len(), sort.word())));
    report.body.push_str(&match stop {
        0 => "; no merge waits\n".to_owned(),
        _ => format!("; merges wait for {stop}\n"),
    });
    for why in &gathered.uncounted {
        report.body.push_str(&format!("{}\n", safe(why)));
    }
    let rows: Vec<Value> = shown.iter().map(|matter| data(matter)).collect();
    report.data = json!({ "matters": rows, "uncounted": gathered.uncounted });
    Ok(report)
}

fn of(matter: &Matter) -> String {
    match (&matter.wave, matter.stories.as_slice()) {
        (Some(wave), []) => wave.clone(),
        (None, []) => "everything".to_owned(),
        (None, stories) => stories.join(" "),
        (Some(wave), stories) => format!("{wave}: {}", stories.join(" ")),
    }
}

/// A matter, for programs.
pub(crate) fn data(matter: &Matter) -> Value {
    let stop = |step: Step| matter.stopped(step).map(|stop| rfc3339(stop.at));
    json!({
        "sort": matter.sort.word(),
        "id": matter.id,
        "title": matter.title,
        "severity": matter.severity_word(),
        "state": matter.word(),
        "owner": matter.owner,
        "mitigation": matter.mitigation,
        "wave": matter.wave,
        "stories": matter.stories,
        "category": matter.category,
        "opened_at": rfc3339(matter.opened),
        "acknowledged_at": stop(Step::Acknowledge),
        "contained_at": stop(Step::Contain),
        "recovered_at": stop(Step::Recover),
        "over_at": matter.over.map(rfc3339),
        "stops_merges": matter.stops_merges(),
    })
}
