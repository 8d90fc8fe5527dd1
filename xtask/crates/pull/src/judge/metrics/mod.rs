//! Metrics of the harness (H-9): lead time, churn, pass rate, repeatability, flaky gates,
//! time to acknowledge and to restore, durations of gates; of all, by cycle and by sprint.
//!
//! Nothing hangs on them. What is not known is left out and counted as such, never taken
//! for nothing.

mod csv;
mod quantile;

#[cfg(test)]
mod tests;

use std::collections::BTreeMap;

use jiff::civil::Date;
use jiff::tz::TimeZone;
use jiff::{Timestamp, ToSpan};
use serde::Serialize;

use thrice_findings::Outcome;
use thrice_ledger::decisions::{Alarm, Severity, Step};
use thrice_policy::declare::policy_choice;

pub use csv::csv;
pub use quantile::Spread;

policy_choice! {
    /// From when a change's lead time is counted.
    pub enum From {
        /// The first push of its branch, as the server keeps it.
        FirstPush = "first-push",
        /// The date of its first commit, which its committer wrote: the push may be later.
        FirstCommit = "first-commit",
    }
}

/// A change that reached the default branch.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Change {
    /// The commit by which it did.
    pub commit: String,
    /// Its first line.
    pub subject: String,
    /// The pull request that it names, or that the server has for it.
    pub pull: Option<u64>,
    /// When it did.
    pub landed_at: Timestamp,
    /// When it began, and by what that is known.
    pub began: Option<(Timestamp, From)>,
    /// How many commits it is.
    pub commits: usize,
    /// Lines that it adds; nothing of binary files.
    pub added: u64,
    /// Lines that it takes out.
    pub deleted: u64,
    /// Files that it touches.
    pub files: u64,
}

impl Change {
    /// From its beginning to its landing, in seconds; none where the beginning is not known
    /// or is later than the landing.
    #[must_use]
    pub fn lead(&self) -> Option<f64> {
        let (began, _) = self.began?;
        let seconds = self.landed_at.duration_since(began).as_secs_f64();
        (seconds >= 0.0).then_some(seconds)
    }

    /// Lines added and taken out.
    #[must_use]
    pub fn churn(&self) -> u64 {
        self.added.saturating_add(self.deleted)
    }
}

/// A readiness review that was decided.
#[derive(Clone, Debug, PartialEq)]
pub struct Review {
    /// Its commit.
    pub commit: String,
    /// When it was begun.
    pub at: Timestamp,
    /// Whether it passed.
    pub passed: bool,
    /// Digests of its runs' archives.
    pub zips: Vec<String>,
    /// Durations of its gates, in seconds.
    pub gates: Vec<(String, f64)>,
    /// How each gate came out, by run; what was not established is left out.
    pub outcomes: BTreeMap<String, Vec<(u32, Outcome)>>,
}

impl Review {
    /// The gates that came out differently in runs of this one commit.
    #[must_use]
    pub(crate) fn flaky(&self) -> Vec<&str> {
        let differ = |all: &[(u32, Outcome)]| {
            all.first().is_some_and(|(_, first)| all.iter().any(|(_, other)| other != first))
        };
        let flaky = self.outcomes.iter().filter(|(_, outcomes)| differ(outcomes));
        flaky.map(|(gate, _)| gate.as_str()).collect()
    }
}

/// How often a gate was flaky.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize)]
pub struct FlakeRate {
    /// Reviews in which it came out differently in runs of one commit.
    pub flaky: usize,
    /// Reviews in which it ran at least twice.
    pub compared: usize,
}

/// An incident, as far as it is measured.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Spell {
    /// Its id.
    pub id: String,
    /// How bad it is.
    pub severity: Severity,
    /// When it began.
    pub opened: Timestamp,
    /// When somebody took it on.
    pub acknowledged: Option<Timestamp>,
    /// When all was as before.
    pub restored: Option<Timestamp>,
    /// Whether somebody still has to answer it, or merges wait for it.
    pub is_open: bool,
}

impl Spell {
    /// The times of an incident.
    #[must_use]
    pub fn of(incident: &Alarm) -> Self {
        let taken = |step: Step| incident.taken(step).map(|taken| taken.at);
        Self {
            id: incident.id.clone(),
            severity: incident.severity,
            opened: incident.opened,
            acknowledged: taken(Step::Acknowledge),
            restored: taken(Step::Recover),
            is_open: incident.is_open() || incident.stops_merges(),
        }
    }
}

/// A span of days.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Span {
    /// What it is called.
    pub name: String,
    /// Its first day.
    pub from: Date,
    /// Its last day.
    pub to: Date,
}

/// All that is measured.
#[derive(Clone, Debug, Default)]
pub struct Measured {
    /// Changes, oldest first.
    pub changes: Vec<Change>,
    /// Reviews.
    pub reviews: Vec<Review>,
    /// Shadow reviews, which decide nothing: they are counted apart.
    pub shadow: Vec<Review>,
    /// Incidents.
    pub incidents: Vec<Spell>,
}

/// The metrics of a span.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Summary {
    /// What the span is called.
    pub name: String,
    /// How many changes landed in it.
    pub changes: usize,
    /// How many of them have a lead time that is not known.
    pub(crate) lead_unknown: usize,
    /// How many of those that are known are from the first commit's date.
    pub(crate) lead_from_commit: usize,
    /// Lead time, in seconds.
    pub lead_seconds: Option<Spread>,
    /// Lines added and taken out by a change.
    pub churn: Option<Spread>,
    /// The same of all of them.
    pub churn_total: u64,
    /// How many reviews were decided.
    pub reviews: usize,
    /// The part of them that passed.
    pub pass_rate: Option<f64>,
    /// How many shadow reviews were decided.
    pub shadow_reviews: usize,
    /// The part of them that passed.
    pub shadow_pass_rate: Option<f64>,
    /// How many runs left an archive.
    pub runs: usize,
    /// The part of them that left what most runs of their review left.
    pub repeatability: Option<f64>,
    /// From the beginning of an incident to its acknowledgement, in seconds.
    pub acknowledge_seconds: Option<Spread>,
    /// From the beginning of an incident to its end, in seconds.
    pub restore_seconds: Option<Spread>,
    /// Incidents that somebody has to answer, or for which merges wait.
    pub(crate) incidents_open: usize,
    /// Durations of gates, in seconds.
    pub gates: BTreeMap<String, Spread>,
    /// Gates that ran at least twice in a review, and how often they were flaky.
    pub flakes: BTreeMap<String, FlakeRate>,
}

impl Measured {
    /// The same of the days of a span, in a time zone. An incident is of the day on which
    /// it began, a change of that on which it landed, a review of that on which it was
    /// begun.
    #[must_use]
    pub fn within(&self, span: &Span, zone: &TimeZone) -> Self {
        let inside = |at: Timestamp| {
            let day = at.to_zoned(zone.clone()).date();
            span.from <= day && day <= span.to
        };
        Self {
            changes: self.changes.iter().filter(|it| inside(it.landed_at)).cloned().collect(),
            reviews: self.reviews.iter().filter(|it| inside(it.at)).cloned().collect(),
            shadow: self.shadow.iter().filter(|it| inside(it.at)).cloned().collect(),
            incidents: self.incidents.iter().filter(|it| inside(it.opened)).cloned().collect(),
        }
    }

    /// The newest weeks in which something landed or was reviewed, oldest first: spans
    /// from Monday to Sunday without gaps, `most` of them at most.
    #[must_use]
    pub fn weeks(&self, zone: &TimeZone, most: usize) -> Vec<Span> {
        let landed = self.changes.iter().map(|it| it.landed_at);
        let times = landed.chain(self.reviews.iter().map(|it| it.at));
        let days = times.map(|at| at.to_zoned(zone.clone()).date());
        let (first, last) =
            days.fold((Date::MAX, Date::MIN), |(a, b), day| (a.min(day), b.max(day)));
        let mut weeks = Vec::new();
        let back = i64::from(last.weekday().to_monday_zero_offset());
        let mut monday = last.checked_sub(back.days()).ok().filter(|_| first <= last);
        while let Some(from) = monday.filter(|_| weeks.len() < most) {
            let to = from.saturating_add(6.days());
            weeks.push(Span { name: from.to_string(), from, to });
            monday = from.checked_sub(7.days()).ok().filter(|_| first < from);
        }
        weeks.reverse();
        weeks
    }

    /// Its metrics.
    #[must_use]
    pub fn summary(&self, name: &str) -> Summary {
        let leads: Vec<f64> = self.changes.iter().filter_map(Change::lead).collect();
        let churn: Vec<f64> = self.changes.iter().map(|it| count(it.churn())).collect();
        let from_commit =
            |it: &&Change| it.lead().is_some() && matches!(it.began, Some((_, From::FirstCommit)));
        let (mut runs, mut alike) = (0_usize, 0_usize);
        for review in &self.reviews {
            runs += review.zips.len();
            alike += most(&review.zips);
        }
        let passed = |all: &[Review]| all.iter().filter(|it| it.passed).count();
        let since = |to: fn(&Spell) -> Option<Timestamp>| -> Vec<f64> {
            let all = self.incidents.iter();
            let spans = all.filter_map(|it| Some(to(it)?.duration_since(it.opened).as_secs_f64()));
            spans.filter(|seconds| *seconds >= 0.0).collect()
        };
        let mut gates: BTreeMap<String, Vec<f64>> = BTreeMap::new();
        for (gate, seconds) in self.reviews.iter().flat_map(|it| &it.gates) {
            gates.entry(gate.clone()).or_default().push(*seconds);
        }
        let mut flakes: BTreeMap<String, FlakeRate> = BTreeMap::new();
        for review in &self.reviews {
            let flaky = review.flaky();
            for (gate, _) in review.outcomes.iter().filter(|(_, outcomes)| outcomes.len() > 1) {
                let rate = flakes.entry(gate.clone()).or_default();
                rate.compared += 1;
                rate.flaky += usize::from(flaky.contains(&gate.as_str()));
            }
        }
        Summary {
            flakes,
            name: name.to_owned(),
            changes: self.changes.len(),
            lead_unknown: self.changes.len() - leads.len(),
            lead_from_commit: self.changes.iter().filter(from_commit).count(),
            lead_seconds: Spread::of(leads),
            churn: Spread::of(churn),
            churn_total: self.changes.iter().map(Change::churn).fold(0, u64::saturating_add),
            reviews: self.reviews.len(),
            pass_rate: part(passed(&self.reviews), self.reviews.len()),
            shadow_reviews: self.shadow.len(),
            shadow_pass_rate: part(passed(&self.shadow), self.shadow.len()),
            runs,
            repeatability: part(alike, runs),
            acknowledge_seconds: Spread::of(since(|it| it.acknowledged)),
            restore_seconds: Spread::of(since(|it| it.restored)),
            incidents_open: self.incidents.iter().filter(|it| it.is_open).count(),
            gates: gates
                .into_iter()
                .filter_map(|(gate, all)| Some((gate, Spread::of(all)?)))
                .collect(),
        }
    }
}

/// How many runs of a review left the archive that most of them left.
fn most(zips: &[String]) -> usize {
    let of = |zip: &String| zips.iter().filter(|other| *other == zip).count();
    zips.iter().map(of).max().unwrap_or(0)
}

fn part(some: usize, all: usize) -> Option<f64> {
    (all > 0).then(|| size(some) / size(all))
}

fn size(number: usize) -> f64 {
    count(u64::try_from(number).unwrap_or(u64::MAX))
}

/// A number as a float; exact for all that is counted here.
fn count(number: u64) -> f64 {
    u32::try_from(number).map_or(f64::MAX, f64::from)
}
