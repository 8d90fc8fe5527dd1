//! `today`: one screen for whoever opens the laptop.

use std::rc::Rc;

use clap::Args;
use jiff::Timestamp;
use serde_json::{Value, json};

use super::cycle::days_to_know;
use super::sprint::checklist;
use super::sprint::gate::SprintFacts;
use super::story::gather::{Delivery, On};
use super::wave::lacks;
use crate::gather::Delivery as Evidenced;
use crate::judge::backlog::{
    Checks, block_words, is_open, missing, still_runs, unclosed, under_way_in,
};
use crate::judge::calendar::carried;
use crate::judge::calendar::checklist::CheckedWhen;
use crate::overview::unusable;
use thrice_facts::clock;
use thrice_facts::github::GitHub;
use thrice_findings::{Code, Finding, Severity, Stop, add_new, unless_refused};
use thrice_ledger::decisions::Standing;
use thrice_programme::calendar::days::{begin_of, current_cycle, end_of, frozen_days, today};
use thrice_programme::calendar::{Cycle, Sprint, Window};
use thrice_programme::world::World;
use thrice_programme::{Calendar, External, Wave};
use thrice_report::text::{counted, folded, safe};
use thrice_report::{Report, note_moved};
use thrice_risk::verbs::sla::{Matter, Matters, matters};

/// How wide the screen is at most, in characters.
const WIDTH: usize = 80;
/// How many stories that can start are named.
const NAMED: usize = 8;
/// Up to how many stories that wait are named.
const WAITING: usize = 3;

/// What matters today: alarms, what is due, work in progress, gates, what can start.
#[derive(Debug, Args)]
pub struct Today {
    /// Where to look; pull requests are on GitHub.
    #[arg(long, value_enum, default_value = "local")]
    on: On,
}

/// The parts of the screen, each with its title and its lines.
struct TodayScreen(Vec<(&'static str, Vec<String>)>);

impl Today {
    /// Shows the screen.
    ///
    /// # Errors
    /// Where git fails.
    pub fn run(self, world: &World) -> Result<Report, Stop> {
        let mut report = Report::new();
        let (answered, alarms) = unless_unwritten(matters(world), &mut report)?;
        let is_answered = answered.is_some();
        let Matters { matters, frozen, findings } = answered.unwrap_or_default();
        let (delivery, stories) = unless_unwritten(Delivery::of(world, self.on), &mut report)?;
        let delivery = delivery.map(Rc::new);
        if is_answered {
            // What keeps stories from being read hides no alarm, and is said after it.
            let said = |it: &Finding| findings.iter().any(|one| one.message.contains(&it.message));
            report.findings.retain(|it| !said(it));
            report.findings.iter_mut().for_each(|it| it.severity = Severity::Warn);
            add_new(&mut report.findings, findings);
        } else if delivery.is_none() {
            let unusable = unusable(world)?;
            if !unusable.is_empty() {
                report.findings = unusable;
                return Ok(report);
            }
        }
        let stories = delivery.is_some() || stories && has_rules(world)?;
        let mut first = lines_of(&matters);
        if delivery.as_ref().is_some_and(|delivery| delivery.policy.risk.is_none()) {
            first.push("no clock runs: there is no policy/risk.toml".to_owned());
        }
        let mut screen = TodayScreen(vec![("Matters", first), ("Merges", frozen)]);
        if let Some(delivery) = &delivery {
            let now = clock::now();
            let here = Evidenced::beside(world, delivery, self.on)?;
            screen.0.extend([
                ("Overdue", overdue(&here, delivery)?),
                ("Due today", due(delivery, now)),
                ("Frozen paths", frozen_paths(delivery, now)),
                ("In progress", in_progress(delivery)),
                ("Blocked", blocked(delivery, now)),
                ("Pull requests", pulls(delivery)),
                ("Next gate", next_gates(world, (delivery, &here), self.on)?),
                ("Can start", can_start(delivery)),
            ]);
            let unseen = [Code::RemoteUnseen, Code::LedgerUnreached, Code::StoryState];
            let is_shown = |finding: &&Finding| {
                finding.severity == Severity::Refuse || unseen.contains(&finding.code)
            };
            let shown = delivery.findings.iter().filter(is_shown).cloned();
            add_new(&mut report.findings, shown);
        }
        note_moved(&mut report.findings);
        report.headline = Some(screen.answer(matters.len(), (alarms, stories)));
        report.body_first = true;
        let gap = if report.findings.is_empty() { "\n" } else { "" };
        report.body = format!("{gap}{}", screen.text());
        report.data = screen.data(&matters);
        Ok(report)
    }
}

/// Whether the rules of the base can be used: only then is it known that they have no stories.
fn has_rules(world: &World) -> Result<bool, Stop> {
    let (repository, mut unseen) = (world.repository()?, Vec::new());
    let default = world.default_branch(&repository, &mut unseen)?;
    let Some(base) = default.base(&repository, None, &mut unseen)? else { return Ok(false) };
    Ok(unless_refused(world.policy_of(&repository, &base))?.is_some())
}

/// A part of the screen, and whether all that there is of it is known: nothing, and known, where
/// policy for it was never written. Whatever else refuses it is reported: a ledger that does not
/// hold is not one without alarms.
fn unless_unwritten<T>(
    part: Result<T, Stop>,
    report: &mut Report,
) -> Result<(Option<T>, bool), Stop> {
    match part {
        Ok(part) => Ok((Some(part), true)),
        Err(stop) => {
            let mut refused = stop.refusal()?;
            refused.retain(|it| it.code != Code::PolicyMissing);
            let is_unwritten = refused.is_empty();
            add_new(&mut report.findings, refused);
            Ok((None, is_unwritten))
        }
    }
}

impl TodayScreen {
    /// The one line that answers whether anybody has to do something now: all is well only where
    /// alarms and stories are known.
    fn answer(&self, matters: usize, (alarms, stories): (bool, bool)) -> String {
        let of = |title: &str| {
            let part = self.0.iter().find(|(of, _)| *of == title);
            part.map_or(0, |(_, lines)| lines.len())
        };
        let mut said = Vec::new();
        if of("Merges") > 0 {
            said.push("merges are frozen".to_owned());
        }
        if matters > 0 {
            said.push(format!("{} for somebody now", counted(matters, "matter")));
        }
        for (title, word) in [("Overdue", "overdue"), ("Due today", "due"), ("Blocked", "blocked")]
        {
            if of(title) > 0 {
                said.push(format!("{} {word}", of(title)));
            }
        }
        if !alarms {
            said.push("alarms are not known".to_owned());
        }
        if !stories {
            said.push("stories are not known".to_owned());
        }
        if said.is_empty() {
            "today: all is well".to_owned()
        } else {
            format!("today: {}", said.join(", "))
        }
    }

    /// The parts that say something; the others in one line.
    fn text(&self) -> String {
        let (full, empty): (Vec<_>, Vec<_>) =
            self.0.iter().partition(|(_, lines)| !lines.is_empty());
        let part = |(title, lines): &(&str, Vec<String>)| {
            let lines = lines.iter().map(|line| folded(&format!("  {}", safe(line)), WIDTH) + "\n");
            format!("{title}\n{}\n", lines.collect::<String>())
        };
        let mut text: String = full.into_iter().map(part).collect();
        if !empty.is_empty() {
            let empty: Vec<_> = empty.iter().map(|(title, _)| *title).collect();
            text.push_str(&folded(&format!("No entries under: {}", empty.join(", ")), WIDTH));
            text.push('\n');
        }
        text
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

/// Two lines a matter: what it is and whose, and what is next.
fn lines_of(matters: &[Matter]) -> Vec<String> {
    let lines = matters.iter().flat_map(|matter| {
        let Matter { id, title, severity, owner, next, command } = matter;
        [format!("{id}  {severity}  {title}; {owner}"), format!("    {next}: `{command}`")]
    });
    lines.collect()
}

/// What should be done by now: checklists, gates of sprints, cycles, and what others make.
fn overdue(here: &Evidenced<'_>, delivery: &Delivery) -> Result<Vec<String>, Stop> {
    let (mut lines, recorded) = (Vec::new(), &delivery.recorded);
    let Some(calendar) = &here.policy.calendar else { return Ok(lines) };
    for sprint in &calendar.sprints {
        if recorded.is_sprint_passed(&sprint.id, here.now) {
            continue;
        }
        let id = &sprint.id;
        if end_of(calendar, sprint.window.to) <= here.now {
            let (gate, to) = (sprint.gate.as_deref().unwrap_or("the gate"), sprint.window.to);
            lines.push(format!(
                "sprint {id} ended on {to}, and {gate} is not passed: `cargo xtask sprint gate {id}`"
            ));
        }
        let open = checklist::lacks(here, (calendar, sprint), CheckedWhen::OnTheWay)?;
        match open.as_slice() {
            [] => {}
            [one] => lines.push(format!("{}: `cargo xtask sprint checklist {id}`", one.message)),
            _ => lines.push(format!(
                "{} checklists of sprint {id} are not done in time: `cargo xtask sprint checklist {id}`",
                open.len()
            )),
        }
    }
    lines.extend(unclosed(calendar, recorded, here.now).into_iter().map(said));
    let day = today(calendar, here.now);
    lines.extend(delivery.backlog.externals.iter().filter_map(|external| {
        let External { id, title, owner, due, arrived, .. } = external;
        let is_late = arrived.is_none() && *due < day;
        is_late.then(|| format!("{id} {title}: {owner} was to see to it by {due}"))
    }));
    Ok(lines)
}

fn due(delivery: &Delivery, now: Timestamp) -> Vec<String> {
    let Some(calendar) = &delivery.policy.calendar else { return Vec::new() };
    let day = today(calendar, now);
    let known = days_to_know(calendar, Window { from: day, to: day }).into_iter();
    let is_over = |id: &String| delivery.recorded.is_sprint_passed(id, now);
    let open = known.filter(|it| !it.gate_of.as_ref().is_some_and(is_over));
    let mut lines: Vec<String> = open.map(|it| it.what).collect();
    let externals = delivery.backlog.externals.iter();
    for external in externals.filter(|it| it.arrived.is_none() && it.due == day) {
        let External { id, title, owner, due, .. } = external;
        lines.push(format!("{id} {title}: {owner} sees to it by {due}"));
    }
    lines
}

/// The paths that sprints freeze today, with why.
fn frozen_paths(delivery: &Delivery, now: Timestamp) -> Vec<String> {
    let Some(calendar) = &delivery.policy.calendar else { return Vec::new() };
    let Some(freeze) = &calendar.freeze else { return Vec::new() };
    let paths: Vec<&str> = freeze.paths.iter().map(|it| it.glob.text()).collect();
    let day = today(calendar, now);
    let frozen = calendar.sprints.iter().filter_map(|it| Some((it, frozen_days(calendar, it)?)));
    let frozen = frozen.filter(|(_, days)| days.holds(day));
    frozen
        .map(|(sprint, days)| {
            let (id, paths) = (&sprint.id, paths.join(", "));
            format!("in sprint {id} until the end of {}: {paths}; {}", days.to, freeze.reason)
        })
        .collect()
}

/// Each wave that has stories under way, with how many there may be, and the stories; each sprint
/// that limits them.
fn in_progress(delivery: &Delivery) -> Vec<String> {
    let mut lines = Vec::new();
    let under_way = |wave: Option<&str>| -> Vec<String> {
        let stories = delivery.backlog.stories.iter().zip(&delivery.board.statuses);
        let own = stories
            .filter(|(story, status)| status.is_under_way() && story.wave.as_deref() == wave);
        own.map(|(story, status)| {
            let owner = story.owner.as_deref().unwrap_or("nobody");
            format!("{} {}, {owner}: {}", story.id, story.title, status.label())
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
    for sprint in delivery.policy.calendar.iter().flat_map(|calendar| &calendar.sprints) {
        let own = under_way_in(&delivery.backlog, &delivery.board, &sprint.id).len();
        if let (Some(limit), true) = (sprint.limit, own > 0) {
            lines.push(format!("sprint {}: WIP {own} of {limit}", sprint.id));
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
            let late = block.details.eta.is_some_and(|eta| eta < now);
            let late = if late { ", overdue" } else { "" };
            format!("{} {}: {}{late}", story.id, story.title, block_words(block))
        })
        .collect()
}

fn pulls(delivery: &Delivery) -> Vec<String> {
    let Some(pulls) = &delivery.pulls else {
        return vec![match GitHub::named(&delivery.repository) {
            Some(_) => "not asked: `cargo xtask today --on github`".to_owned(),
            None => return Vec::new(),
        }];
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

/// The gates of the waves that are open, and of the sprints that run or are over, with what
/// each misses.
fn next_gates(
    world: &World,
    (delivery, here): (&Delivery, &Evidenced<'_>),
    on: On,
) -> Result<Vec<String>, Stop> {
    let (backlog, recorded, now) = (&delivery.backlog, &delivery.recorded, here.now);
    let calendar = here.policy.calendar.as_ref();
    let cycle = calendar.and_then(|calendar| current_cycle(calendar, now));
    let in_cycle =
        |id: &String| cycle.is_none_or(|it| it.scope.is_empty() || it.scope.contains(id));
    let is_next = |wave: &&Wave| {
        is_open(wave, recorded, now).is_ok()
            && !recorded.is_passed(&wave.id, now)
            && in_cycle(&wave.id)
    };
    let waves: Vec<&Wave> = backlog.waves.iter().filter(is_next).collect();
    let of = calendar.zip(cycle);
    let mut lines = Vec::from_iter(of.and_then(|of| storyless(here, recorded, of)));
    let mut say = |what: &str, found: &[Finding], command: String| {
        let missing = missing(found);
        let command = match on {
            On::Local => command,
            On::Github => format!("{command} --on github"),
        };
        // A review of the newest commit is the last thing to make: each commit wants another.
        let later = |it: &&&Finding| it.code == Code::NotEstablishedCode;
        let first = missing.iter().find(|it| !later(it)).or(missing.first());
        lines.push(match first {
            Some(first) => format!(
                "{what} still needs {}: `cargo xtask {command}`; first: {}",
                counted(missing.len(), "thing"),
                first.message
            ),
            None => format!("{what} needs nothing more: `cargo xtask {command} --execute`"),
        });
    };
    let lacks = if waves.is_empty() { Vec::new() } else { lacks(world, delivery, &waves, on)? };
    for (wave, found) in waves.iter().zip(lacks) {
        say(&wave.id, &found, format!("wave gate {}", wave.id));
    }
    let Some(calendar) = calendar else { return Ok(lines) };
    let has_begun = |sprint: &&Sprint| begin_of(calendar, sprint.window.from) <= now;
    let open = calendar.sprints.iter().filter(has_begun);
    let open: Vec<_> = open.filter(|it| !recorded.is_sprint_passed(&it.id, now)).collect();
    if !open.is_empty() {
        let seen = SprintFacts::of(world, Some(delivery), on)?;
        for sprint in open {
            let found = seen.lacks(here, (calendar, sprint))?;
            say(&format!("sprint {}", sprint.id), &found, format!("sprint gate {}", sprint.id));
        }
    }
    Ok(lines)
}

/// That a cycle that runs has no story that could end it before its last day.
fn storyless(
    here: &Evidenced<'_>,
    recorded: &Standing,
    (calendar, cycle): (&Calendar, &Cycle),
) -> Option<String> {
    let has_own = here.stories_of_waves(&cycle.closes).is_none_or(|ids| !ids.is_empty());
    let is_closed = recorded.closed_cycle(&cycle.id).is_some();
    if has_own || is_closed || !carried(calendar, cycle, recorded).is_empty() {
        return None;
    }
    still_runs(calendar, cycle, (0, 0), today(calendar, here.now)).map(said)
}

/// A finding in a line, with what leads on.
fn said(finding: Finding) -> String {
    let help = finding.help.map_or_else(String::new, |help| format!(": {help}"));
    format!("{}{help}", finding.message)
}

fn can_start(delivery: &Delivery) -> Vec<String> {
    let stories = || delivery.backlog.stories.iter().zip(&delivery.board.statuses);
    let ids: Vec<_> = stories().filter(|(_, status)| status.can_start()).collect();
    let named = ids.iter().take(NAMED);
    let mut lines: Vec<String> = named
        .map(|(story, _)| {
            format!("{} {}: `cargo xtask story start {}`", story.id, story.title, story.id)
        })
        .collect();
    if ids.len() > NAMED {
        lines.push(format!("and {} more: `cargo xtask story list --startable`", ids.len() - NAMED));
    }
    let waiting: Vec<_> = stories().filter(|(_, status)| !status.waits_for.is_empty()).collect();
    if waiting.len() > WAITING {
        let count = waiting.len();
        let all = |what: &&String| waiting.iter().all(|(_, it)| it.waits_for.contains(what));
        let what = waiting.first().and_then(|(_, it)| it.waits_for.iter().find(all));
        let what = what.map_or_else(String::new, |what| format!(" for {what}"));
        lines.push(format!("{count} wait{what}: `cargo xtask story list --state waiting`"));
    } else {
        lines.extend(waiting.iter().map(|(story, status)| {
            format!("{} waits for {}", story.id, status.waits_for.join(", "))
        }));
    }
    lines
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn all_is_well_only_where_somebody_looked() {
        let lines = |count: usize| vec![String::new(); count];
        for (parts, matters, known, said) in [
            ([0, 0, 0, 0], 0, (true, true), "all is well"),
            ([0, 0, 0, 0], 0, (false, true), "alarms are not known"),
            ([0, 0, 0, 0], 0, (true, false), "stories are not known"),
            ([0, 0, 0, 0], 0, (false, false), "alarms are not known, stories are not known"),
            (
                [1, 2, 1, 3],
                1,
                (true, false),
                "merges are frozen, 1 matter for somebody now, 2 overdue, 1 due, 3 blocked, \
                 stories are not known",
            ),
        ] {
            let titles = ["Merges", "Overdue", "Due today", "Blocked"];
            let screen = TodayScreen(titles.into_iter().zip(parts.map(lines)).collect());
            assert_eq!(screen.answer(matters, known), format!("today: {said}"));
        }
    }

    #[test]
    fn only_what_was_never_written_is_known_without_a_look() {
        let missing = || Finding::new(Code::PolicyMissing, "");
        let broken = || Finding::new(Code::LedgerForm, "");
        for (refused, is_known) in
            [(vec![missing()], true), (vec![broken()], false), (vec![missing(), broken()], false)]
        {
            let mut report = Report::new();
            let part = unless_unwritten::<()>(Err(Stop::Refused(refused)), &mut report).unwrap();
            assert_eq!(part, (None, is_known));
            assert_eq!(report.findings.is_empty(), is_known);
        }
    }
}
