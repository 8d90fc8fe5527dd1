//! `metrics`: what the harness costs and gives (H-9). Nothing hangs on it.

pub mod gather;
pub mod server;

use std::path::PathBuf;

use anyhow::Context;
use clap::Args;
use jiff::tz::TimeZone;
use serde_json::{Value, json};

use crate::judge::metrics::{Change, Measured, Review, Span, Spell, Spread, Summary, csv};
use gather::MetricsInput;
use thrice_delivery::verbs::story::gather::On;
use thrice_facts::interrupt::Interrupt;
use thrice_facts::{clock, files};
use thrice_findings::{Code, Finding, Severity, Stop};
use thrice_programme::world::World;
use thrice_report::Report;
use thrice_report::table::Table;
use thrice_report::text::{safe, seconds};

/// Measures what reached the default branch, the reviews whose journals are here, and the
/// incidents of the ledger.
#[derive(Debug, Args)]
pub struct Metrics {
    /// Only data since this day (UTC), such as `2026-01-31`. Default: all.
    #[arg(long, value_name = "DATE")]
    since: Option<String>,
    /// Only this cycle.
    #[arg(long, value_name = "ID", conflicts_with = "sprint")]
    cycle: Option<String>,
    /// Only this sprint.
    #[arg(long, value_name = "ID")]
    sprint: Option<String>,
    /// Whom to ask: this clone, or GitHub too.
    #[arg(long, value_enum, default_value = "local")]
    on: On,
    /// File for the changes, as CSV.
    #[arg(long, value_name = "FILE")]
    csv: Option<PathBuf>,
}

impl Metrics {
    /// Runs the command.
    ///
    /// # Errors
    /// Where the tool itself cannot do its part.
    pub fn run(self, world: &World) -> Result<Report, Stop> {
        let since = self.since.as_deref().map(super::audit::midnight).transpose()?;
        let repository = world.repository()?;
        let mut found = Vec::new();
        let Some(mut gathered) = MetricsInput::of(world, &repository, &mut found)? else {
            return Err(found.into());
        };
        if self.on == On::Github {
            let interrupt = Interrupt::listen()?;
            found.extend(server::complete(&repository, &interrupt, &mut gathered)?);
        }
        // What is measured is not judged: what could not be seen is reported beside it.
        for finding in &mut found {
            finding.severity = Severity::Warn;
        }
        let spans = self.spans(&gathered)?;
        let zone = &gathered.zone;
        let mut measured = gathered.measured.clone();
        if let Some(since) = since {
            measured.changes.retain(|it| it.landed_at >= since);
            measured.reviews.retain(|it| it.at >= since);
            measured.incidents.retain(|it| it.opened >= since);
        }
        let mut summaries: Vec<Summary> =
            spans.iter().map(|span| measured.within(span, zone).summary(&span.name)).collect();
        if self.cycle.is_some() || self.sprint.is_some() {
            measured = spans.first().map(|span| measured.within(span, zone)).unwrap_or_default();
        } else {
            summaries.insert(0, measured.summary("all"));
        }
        self.write(&gathered, &measured, &spans)?;
        Ok(report(&gathered, &measured, &summaries, found))
    }

    /// The spans to be measured: the one that is named, or all that begin before now.
    fn spans(&self, gathered: &MetricsInput) -> Result<Vec<Span>, Box<Finding>> {
        let wanted = self.cycle.as_ref().map(|id| format!("cycle {id}"));
        let wanted = wanted.or_else(|| self.sprint.as_ref().map(|id| format!("sprint {id}")));
        let Some(wanted) = wanted else { return Ok(gathered.begun()) };
        let found = gathered.spans.iter().find(|span| span.name == wanted);
        found.map(|span| vec![span.clone()]).ok_or_else(|| {
            let finding = Finding::new(Code::UsageWrong, format!("there is no {}", safe(&wanted)));
            Box::new(finding.help("policy/calendar.toml names cycles and sprints"))
        })
    }

    fn write(
        &self,
        gathered: &MetricsInput,
        measured: &Measured,
        spans: &[Span],
    ) -> anyhow::Result<()> {
        let Some(file) = &self.csv else { return Ok(()) };
        let names = |change: &Change| in_spans(change, spans, &gathered.zone);
        let text = csv(measured.changes.iter().map(|change| (change, names(change))));
        files::write_whole(file, text.as_bytes())
            .with_context(|| format!("cannot write {}", file.display()))
    }
}

fn in_spans(change: &Change, spans: &[Span], zone: &TimeZone) -> Vec<String> {
    let day = change.landed_at.to_zoned(zone.clone()).date();
    let inside = spans.iter().filter(|span| span.from <= day && day <= span.to);
    inside.map(|span| span.name.clone()).collect()
}

fn report(
    gathered: &MetricsInput,
    measured: &Measured,
    summaries: &[Summary],
    found: Vec<Finding>,
) -> Report {
    let mut report = Report::of(found);
    report.announces = !report.findings.is_empty();
    let mut table =
        Table::new(std::iter::once("").chain(summaries.iter().map(|it| it.name.as_str())));
    let mut row = |name: &str, of: &dyn Fn(&Summary) -> String| {
        table.row(std::iter::once(name.to_owned()).chain(summaries.iter().map(of)));
    };
    row("changes", &|it| it.changes.to_string());
    row("lead time, median", &|it| times(it.lead_seconds.as_ref(), |spread| spread.median));
    row("lead time, p90", &|it| times(it.lead_seconds.as_ref(), |spread| spread.p90));
    row("  not known", &|it| it.lead_unknown.to_string());
    row("churn, median", &|it| it.churn.map_or_else(none, |it| format!("{:.1} lines", it.median)));
    row("churn, in all", &|it| format!("{} lines", it.churn_total));
    row("reviews", &|it| it.reviews.to_string());
    row("pass rate", &|it| it.pass_rate.map_or_else(none, percent));
    if summaries.iter().any(|it| it.shadow_reviews > 0) {
        row("shadow reviews", &|it| it.shadow_reviews.to_string());
        row("shadow pass rate", &|it| it.shadow_pass_rate.map_or_else(none, percent));
    }
    row("repeatability", &|it| it.repeatability.map_or_else(none, percent));
    row("time to acknowledge", &|it| {
        times(it.acknowledge_seconds.as_ref(), |spread| spread.median)
    });
    row("time to restore", &|it| times(it.restore_seconds.as_ref(), |spread| spread.median));
    row("incidents open", &|it| it.incidents_open.to_string());
    let gates: std::collections::BTreeSet<&String> =
        summaries.iter().flat_map(|it| it.gates.keys()).collect();
    for gate in gates {
        row(&format!("gate {}, median", safe(gate)), &|it| {
            times(it.gates.get(gate), |spread| spread.median)
        });
    }
    let flaky: std::collections::BTreeSet<&String> =
        summaries.iter().flat_map(|it| it.flakes.keys()).collect();
    for gate in flaky {
        row(&format!("flaky {}", safe(gate)), &|it| {
            it.flakes.get(gate).map_or_else(none, |it| format!("{} of {}", it.flaky, it.compared))
        });
    }
    let by = if summaries.iter().any(|it| it.lead_from_commit > 0) {
        "\nlead times are from the first push where the server keeps it, and from the date of the first commit otherwise\n"
    } else {
        ""
    };
    report.body = format!("{}{by}", table.text());
    report.data = json!({
        "branch": gathered.branch,
        "head": gathered.head,
        "quantiles": "linear between neighbours: x[q(n-1)]",
        "spans": summaries,
        "changes": measured.changes.iter().map(shown).collect::<Vec<_>>(),
        "incidents": measured.incidents.iter().map(incident).collect::<Vec<_>>(),
        "reviews": measured.reviews.iter().map(review).collect::<Vec<_>>(),
        "shadow_reviews": measured.shadow.iter().map(review).collect::<Vec<_>>(),
    });
    report
}

fn shown(change: &Change) -> Value {
    json!({
        "commit": change.commit, "subject": change.subject, "pull": change.pull,
        "landed_at": clock::rfc3339(change.landed_at),
        "began_at": change.began.map(|(at, _)| clock::rfc3339(at)),
        "began_by": change.began.map(|(_, by)| by.word()),
        "lead_seconds": change.lead(), "commits": change.commits, "added": change.added,
        "deleted": change.deleted, "files": change.files,
    })
}

fn incident(spell: &Spell) -> Value {
    json!({
        "id": spell.id, "severity": spell.severity.word(), "opened_at": clock::rfc3339(spell.opened),
        "acknowledged_at": spell.acknowledged.map(clock::rfc3339),
        "restored_at": spell.restored.map(clock::rfc3339),
    })
}

fn review(review: &Review) -> Value {
    json!({
        "commit": review.commit, "at": clock::rfc3339(review.at), "passed": review.passed,
        "archives": review.zips, "gates": review.gates, "flaky": review.flaky(),
    })
}

fn none() -> String {
    "-".to_owned()
}

fn percent(part: f64) -> String {
    format!("{:.1} %", part * 100.0)
}

fn times(spread: Option<&Spread>, of: fn(&Spread) -> f64) -> String {
    spread.map_or_else(none, |spread| seconds(of(spread)))
}
