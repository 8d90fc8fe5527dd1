//! `today`: one screen for whoever opens the laptop.

use clap::Args;
use jiff::Timestamp;
use serde_json::{Value, json};

use super::cycle::days_to_know;
use super::story::gather::{Delivery, On};
use super::story::start::startable;
use crate::judge::backlog::{Checks, Pull, State, gate, is_open, sprint_gate};
use thrice_facts::clock;
use thrice_findings::{Code, Severity, Stop, unless_refused};
use thrice_programme::Wave;
use thrice_programme::calendar::Window;
use thrice_programme::calendar::days::{current_cycle, current_sprint, today};
use thrice_programme::world::World;
use thrice_report::Report;
use thrice_report::table::Table;
use thrice_report::text::safe;
use thrice_risk::verbs::sla::{Matter, Matters, matters};

/// How many stories that can start are named.
const NAMED: usize = 8;

/// What matters today: alarms, what is due, work in progress, gates, what can start.
#[derive(Debug, Args)]
pub struct Today {
    /// Where to look; pull requests are on GitHub.
    #[arg(long, value_enum, default_value = "local")]
    on: On,
}

/// The parts of the screen, each with its title and its lines.
struct Screen(Vec<(&'static str, Vec<String>)>);

impl Today {
    /// The command, as reports name it.
    #[must_use]
    pub fn name(&self) -> &'static str {
        "today"
    }

    /// Shows the screen.
    ///
    /// # Errors
    /// Where git fails.
    pub fn run(self, world: &World) -> Result<Report, Stop> {
        let Matters { matters, frozen } = unless_refused(matters(world))?.unwrap_or_default();
        let delivery = unless_refused(Delivery::of(world, self.on))?;
        let mut screen = Screen(vec![("Matters", lines_of(&matters))]);
        if !frozen.is_empty() {
            screen.0.push(("Merges", frozen));
        }
        let mut report = Report::new();
        if let Some(delivery) = &delivery {
            let now = clock::now();
            screen.0.extend([
                ("Due today", due(delivery, now)),
                ("In progress", in_progress(delivery)),
                ("Blocked", blocked(delivery, now)),
                ("Pull requests", pulls(delivery.pulls.as_deref())),
                ("Next gate", next_gates(delivery, now)?),
                ("Can start", can_start(delivery)?),
            ]);
            report.findings = delivery.findings.clone();
            let unseen = [Code::RemoteUnseen, Code::LedgerUnreached];
            report.findings.retain(|finding| {
                finding.severity == Severity::Refuse || unseen.contains(&finding.code)
            });
        }
        report.announces = false;
        report.body = screen.text();
        report.data = screen.data(&matters);
        Ok(report)
    }
}

impl Screen {
    fn text(&self) -> String {
        let part = |(title, lines): &(&str, Vec<String>)| {
            let lines: String = lines.iter().map(|line| format!("  {}\n", safe(line))).collect();
            let none = if lines.is_empty() { "  nothing\n" } else { "" };
            format!("{title}\n{lines}{none}")
        };
        self.0.iter().map(part).collect::<Vec<_>>().join("\n")
    }

    fn data(&self, matters: &[Matter]) -> Value {
        let matter = |it: &Matter| {
            json!({ "id": it.id, "title": it.title, "severity": it.severity, "owner": it.owner,
                "next": it.next, "command": it.command })
        };
        let parts = self
            .0
            .iter()
            .skip(1)
            .map(|(title, lines)| (title.to_lowercase().replace(' ', "_"), json!(lines)));
        let mut data = serde_json::Map::from_iter(parts);
        data.insert("matters".to_owned(), matters.iter().map(matter).collect());
        Value::Object(data)
    }
}

fn lines_of(matters: &[Matter]) -> Vec<String> {
    let mut table = Table::default();
    for matter in matters {
        let Matter { id, title, severity, owner, next, command } = matter;
        table.row([id, *severity, title, owner, next, command].map(safe));
    }
    table.text().lines().map(str::to_owned).collect()
}

fn due(delivery: &Delivery, now: Timestamp) -> Vec<String> {
    let mut lines = Vec::new();
    let Some(calendar) = &delivery.policy.calendar else { return lines };
    let day = today(calendar, now);
    lines.extend(
        days_to_know(calendar, Window { from: day, to: day }).into_iter().map(|it| it.what),
    );
    for external in delivery.backlog.externals.iter().filter(|it| it.arrived.is_none()) {
        if external.due <= day {
            let (id, title, owner, due) =
                (&external.id, &external.title, &external.owner, external.due);
            lines.push(format!("{id} {title}: {owner} was to see to it by {due}"));
        }
    }
    lines
}

/// Each wave that has stories under way, with how many there may be, and the stories.
fn in_progress(delivery: &Delivery) -> Vec<String> {
    let mut lines = Vec::new();
    let under_way = |wave: Option<&str>| -> Vec<String> {
        let stories = delivery.backlog.stories.iter().zip(&delivery.board.statuses);
        let own = stories
            .filter(|(story, status)| status.is_under_way() && story.wave.as_deref() == wave);
        own.map(|(story, status)| {
            let owner = story.owner.as_deref().unwrap_or("nobody");
            format!("  {} {}, {owner}: {}", story.id, story.title, status.label())
        })
        .collect()
    };
    for wave in &delivery.backlog.waves {
        let own = under_way(Some(&wave.id));
        if !own.is_empty() {
            let limit = wave.limit.min(delivery.backlog.cycle_limit);
            lines.push(format!("{}: WIP {} of {limit}", wave.id, own.len()));
            lines.extend(own);
        }
    }
    lines.extend(under_way(None));
    lines
}

fn blocked(delivery: &Delivery, now: Timestamp) -> Vec<String> {
    let stories = delivery.backlog.stories.iter().zip(&delivery.board.statuses);
    let blocked = stories.filter_map(|(story, status)| Some((story, status.block.as_ref()?)));
    blocked
        .map(|(story, block)| {
            let owner = block.owner.as_deref().unwrap_or("nobody");
            let eta = match block.details.eta {
                Some(eta) if eta < now => format!("ETA {eta}, overdue"),
                Some(eta) => format!("ETA {eta}"),
                None => "no ETA".to_owned(),
            };
            format!("{}: {}; {owner}, {eta}", story.id, block.title)
        })
        .collect()
}

fn pulls(pulls: Option<&[Pull]>) -> Vec<String> {
    let Some(pulls) = pulls else {
        return vec!["not asked: `cargo xtask today --on github`".to_owned()];
    };
    let open = pulls.iter().filter(|pull| pull.open);
    open.map(|pull| {
        let (word, next) = match pull.checks {
            Some(Checks::Green) => ("green", "pr merge-check"),
            Some(Checks::Red) => ("red", "pr verify"),
            _ => ("not all checks have ended", "pr verify"),
        };
        format!("#{0} {1}: {word}; `cargo xtask {next} {0}`", pull.number, pull.title)
    })
    .collect()
}

/// The gates of the present sprint and of the waves that are open, with what each misses.
fn next_gates(delivery: &Delivery, now: Timestamp) -> anyhow::Result<Vec<String>> {
    let (backlog, recorded) = (&delivery.backlog, &delivery.recorded);
    let calendar = delivery.policy.calendar.as_ref();
    let cycle = calendar.and_then(|calendar| current_cycle(calendar, now));
    let in_cycle =
        |id: &String| cycle.is_none_or(|it| it.scope.is_empty() || it.scope.contains(id));
    let is_next = |wave: &&Wave| {
        is_open(wave, recorded, now).is_ok()
            && !recorded.is_passed(&wave.id, now)
            && in_cycle(&wave.id)
    };
    let waves: Vec<&Wave> = backlog.waves.iter().filter(is_next).collect();
    let mut lines = Vec::new();
    let mut say = |what: String, missing: Vec<String>, command: String| {
        let (count, first) = (missing.len(), missing.first().cloned().unwrap_or_default());
        let first = if first.is_empty() { String::new() } else { format!(": {first}") };
        lines.push(format!("{what} misses {count}{first}; `cargo xtask {command}`"));
    };
    let evidence = delivery.evidence(&waves)?;
    let facts = delivery.gate_facts(evidence.lacks(), Some(Checks::Green));
    for wave in waves {
        let missing = gate(wave, &facts).into_iter().map(|finding| finding.message).collect();
        say(wave.id.clone(), missing, format!("wave gate {} --on github", wave.id));
    }
    if let Some(sprint) = calendar.and_then(|calendar| current_sprint(calendar, now))
        && !recorded.is_sprint_passed(&sprint.id, now)
    {
        let missing = sprint_gate(sprint, &facts, now).into_iter().map(|it| it.message).collect();
        let what = format!("sprint {}", sprint.id);
        say(what, missing, format!("sprint gate {} --on github", sprint.id));
    }
    Ok(lines)
}

fn can_start(delivery: &Delivery) -> anyhow::Result<Vec<String>> {
    let ids = startable(delivery)?;
    let named = ids.iter().take(NAMED).filter_map(|id| delivery.backlog.story(id));
    let mut lines: Vec<String> = named
        .map(|story| {
            format!("{} {}: `cargo xtask story start {}`", story.id, story.title, story.id)
        })
        .collect();
    if ids.len() > NAMED {
        lines.push(format!("and {} more: `cargo xtask story list --startable`", ids.len() - NAMED));
    }
    let waiting = delivery.board.statuses.iter();
    let waiting = waiting.filter(|it| it.state == State::Ready && !it.waits_for.is_empty()).count();
    if waiting > 0 {
        lines.push(format!("{waiting} wait: `cargo xtask story list --state waiting`"));
    }
    Ok(lines)
}
