//! Gathering the board: each capability is asked for what it judges.

use jiff::Timestamp;
use jiff::tz::TimeZone;

use crate::judge::board::{
    Board, BoardPart, Clock, Column, Matter, Pull, Release, Stands, Story, Trends,
};
use thrice_delivery::judge::backlog::{StoryState, missing};
use thrice_delivery::overview::{self, Planned, SprintStands, Stories, WaveStands};
use thrice_delivery::verbs::story::gather::On;
use thrice_facts::clock;
use thrice_facts::interrupt::Interrupt;
use thrice_findings::{Finding, Stop, short};
use thrice_ledger::decisions::AlarmKind;
use thrice_programme::calendar::Window;
use thrice_programme::world::World;
use thrice_pull::verbs::metrics::gather::MetricsInput;
use thrice_pull::verbs::metrics::server;
use thrice_pull::verbs::status::all::{PatchRow, open_rows};
use thrice_release::verbs::under_way::{Candidate, UnderWay};
use thrice_report::program::as_called;
use thrice_report::text::{counted, duration};
use thrice_risk::judge::clocks::triggers::Answer;
use thrice_risk::judge::clocks::{ClockState, OpenAlarm};
use thrice_risk::page::{holders, left};
use thrice_risk::verbs::sla::Screen;

/// How many weeks are shown.
const WEEKS: usize = 26;
/// How many sprints that are done, and that are still to come, are shown.
const BESIDE: usize = 2;

pub(super) fn board(world: &World, on: On, interrupt: &Interrupt) -> Result<Board, Stop> {
    let (mut found, mut unseen) = (Vec::new(), Vec::new());
    let ask = on == On::Github;
    let (trends, name) = trends(world, on, interrupt, &mut found)?;
    let planned = part(overview::planned(world, on, &mut found))?;
    let zone = planned.as_ref().map_or(TimeZone::UTC, |planned| planned.zone.clone());
    let delivered = part(overview::stories(world, on))?;
    if let Ok(delivered) = &delivered {
        found.extend(delivered.findings.iter().cloned());
    }
    let pulls = match on {
        On::Github => part(open_rows(world, interrupt, &mut found))?,
        On::Local => Err("the server was not asked: `--on github` asks it".to_owned()),
    };
    let mut days = planned.as_ref().map(days).unwrap_or_default();
    let matters = part(Screen::of(world, ask, interrupt))?.map(|screen| {
        days.splice(0..0, screen.frozen());
        found.extend(screen.findings().iter().cloned());
        let answers = screen.answers().into_iter();
        unseen.extend(answers.filter_map(|(trigger, answer)| match answer {
            Answer::Unknown(why) => Some(format!("trigger {}: {why}", trigger.id)),
            _ => None,
        }));
        matters(&screen)
    });
    let releases = part(UnderWay::of(world, &mut found))?;
    let now = clock::now();
    for finding in &found {
        if !unseen.contains(&finding.message) {
            unseen.push(finding.message.clone());
        }
    }
    Ok(Board {
        name,
        made: now.to_zoned(zone.clone()).strftime("%A %Y-%m-%d, %H:%M %Z").to_string(),
        days,
        matters,
        sprints: planned.and_then(|planned| named(sprints(&planned), "sprints")),
        waves: delivered
            .as_ref()
            .map_err(Clone::clone)
            .and_then(|delivered| named(waves(delivered), "waves")),
        stories: delivered.map(stories),
        pulls: pulls.map(|rows| {
            let pull = |row: PatchRow| Pull {
                number: row.pull,
                title: row.title,
                branch: row.branch,
                stands: row.says.to_owned(),
                next: as_called(&row.next).into_owned(),
            };
            rows.into_iter().map(pull).collect()
        }),
        releases: releases.map(|under_way| released(&under_way, &zone, now)),
        trends,
        unseen,
    })
}

/// A part, or in words why it is not shown. Only what the tool itself cannot do stops.
fn part<T>(answer: Result<T, Stop>) -> Result<BoardPart<T>, Stop> {
    match answer {
        Ok(there) => Ok(Ok(there)),
        Err(stop) => {
            let found = stop.refusal()?;
            Ok(Err(found.first().map_or_else(String::new, |first| {
                let place =
                    first.place.as_ref().and_then(|place| Some((place.file.as_ref()?, place.line)));
                match place {
                    Some((file, Some(line))) => format!("{} ({file}:{line})", first.message),
                    _ => first.message.clone(),
                }
            })))
        }
    }
}

/// Some, or in words that policy names none.
fn named(all: Vec<Stands>, what: &str) -> BoardPart<Vec<Stands>> {
    if all.is_empty() { Err(format!("policy names no {what}")) } else { Ok(all) }
}

fn trends(
    world: &World,
    on: On,
    interrupt: &Interrupt,
    found: &mut Vec<Finding>,
) -> Result<(BoardPart<Trends>, String), Stop> {
    let repository = world.repository()?;
    let Some(mut gathered) = MetricsInput::of(world, &repository, found)? else {
        let why = found.first().map_or_else(String::new, |first| first.message.clone());
        return Ok((Err(why), "this repository".to_owned()));
    };
    if on == On::Github {
        found.extend(server::complete(&repository, interrupt, &mut gathered)?);
    }
    let (measured, zone) = (gathered.measured.clone(), &gathered.zone);
    let begun = gathered.begun();
    let of_span = begun.iter().map(|span| measured.within(span, zone).summary(&span.name));
    let spans = std::iter::once(measured.summary("all")).chain(of_span).collect();
    let weeks = measured.weeks(zone, WEEKS);
    let weeks = weeks.iter().map(|week| (week.from, measured.within(week, zone).summary("")));
    let weeks = weeks.collect();
    Ok((Ok(Trends { measured, spans, weeks }), gathered.title))
}

/// Where today is, a line a window.
fn days(planned: &Planned) -> Vec<String> {
    let named = |what: &str, id: &str, name: Option<&String>, day: &str, window: Window| {
        let name = name.map_or_else(String::new, |name| format!(" ({name})"));
        format!("{what} {id}{name}: {day}, to {}", window.to)
    };
    let cycle = planned.cycle.iter();
    let mut days: Vec<String> = cycle
        .map(|(id, name, window, day)| named("Cycle", id, name.as_ref(), day, *window))
        .collect();
    days.extend(planned.sprints.iter().filter(|it| it.is_present).map(|it| {
        let sprint = &it.sprint;
        named("Sprint", &sprint.id, sprint.name.as_ref(), &it.day, sprint.window)
    }));
    days
}

/// A moment in a zone, to the minute.
fn minute(time: Timestamp, zone: &TimeZone) -> String {
    time.to_zoned(zone.clone()).strftime("%Y-%m-%d %H:%M %Z").to_string()
}

fn matters(screen: &Screen) -> Vec<Matter> {
    let answers = screen.answers();
    let fired = answers.iter().filter_map(|(trigger, answer)| {
        let fired = screen.fired(trigger, answer)?;
        Some(Matter {
            what: format!("trigger {}", fired.id),
            title: fired.title,
            is_late: true,
            clocks: Vec::new(),
            asked: fired.owner,
            next: as_called(&fired.command).into_owned(),
        })
    });
    let mut matters: Vec<Matter> = fired.collect();
    matters.extend(screen.lines().iter().map(|line| matter(screen, line)));
    matters
}

fn matter(screen: &Screen, line: &OpenAlarm<'_>) -> Matter {
    let (now, alarm) = (screen.now(), line.alarm);
    let shown = line.clocks.iter().filter(|clock| clock.state(now) != ClockState::Met);
    let clocks = shown.map(|clock| Clock {
        step: clock.step.word().to_owned(),
        left: left(clock, now),
        due: clock
            .due
            .map_or_else(|| "nobody knows when".to_owned(), |due| minute(due, &screen.rules.zone)),
        is_late: clock.state(now) == ClockState::Violated && clock.stopped.is_none(),
    });
    let clocks: Vec<Clock> = clocks.collect();
    let of = match alarm.kind {
        AlarmKind::Block => alarm.stories.join(" "),
        _ => alarm.id.clone(),
    };
    let length = duration(now.duration_since(alarm.opened).as_secs().unsigned_abs());
    Matter {
        what: format!(
            "{} {of}, {}, {}, since {length}",
            alarm.kind.word(),
            alarm.severity.word(),
            alarm.state().word()
        ),
        title: alarm.title.clone(),
        is_late: alarm.stops_merges() || clocks.iter().any(|clock| clock.is_late),
        clocks,
        asked: holders(&line.asked),
        next: as_called(&screen.next_step(alarm)).into_owned(),
    }
}

fn stories(delivered: Stories) -> Vec<Story> {
    let story = |(story, status): (thrice_programme::Story, _)| {
        let status: thrice_delivery::judge::backlog::Status = status;
        Story {
            id: story.id,
            title: story.title,
            owner: story.owner,
            column: match status.state {
                StoryState::Ready if !status.can_start() => Column::Waiting,
                StoryState::Ready => Column::Ready,
                StoryState::InProgress => Column::UnderWay,
                StoryState::ReadyForPr => Column::ForPull,
                StoryState::Merged => Column::Merged,
                StoryState::Blocked => Column::Blocked,
            },
            why: match status.waits_for.is_empty() {
                true => status.why.join("; "),
                false => format!("waits for {}", status.waits_for.join(", ")),
            },
        }
    };
    delivered.stories.into_iter().map(story).collect()
}

fn waves(delivered: &Stories) -> Vec<Stands> {
    let wave = |stands: &WaveStands| {
        let wave = &stands.wave;
        let own = delivered.stories.iter();
        let own = own.filter(|(story, _)| story.wave.as_deref() == Some(&wave.id));
        let own: Vec<_> = own.map(|(_, status)| status).collect();
        let merged = own.iter().filter(|status| status.state == StoryState::Merged).count();
        let under_way = own.iter().filter(|status| status.is_under_way()).count();
        let is_open = stands.waits_for.is_none() && !stands.is_passed;
        Stands {
            id: wave.id.clone(),
            name: wave.name.clone().unwrap_or_default(),
            days: String::new(),
            state: match (&stands.waits_for, stands.is_passed) {
                (_, true) => "gate passed".to_owned(),
                (Some(before), _) => format!("waits for the gate of {before}"),
                (None, _) => "open".to_owned(),
            },
            is_present: is_open && under_way > 0,
            counts: vec![
                format!("{merged} of {}", own.len()),
                format!("{under_way} of {}", wave.limit),
            ],
            misses: is_open.then(|| said(&stands.lacks)),
        }
    };
    delivered.waves.iter().map(wave).collect()
}

/// The sprints that run or are open, with the last that are done and the next to come.
fn sprints(planned: &Planned) -> Vec<Stands> {
    let of = |status: &str| planned.sprints.iter().filter(move |it| it.status == status).count();
    let (mut done, mut to_come) = (of("Done"), 0);
    let mut all = Vec::new();
    for it in &planned.sprints {
        to_come += usize::from(it.status == "Planned");
        let is_near = match it.status {
            "Done" => done <= BESIDE,
            "Planned" => to_come <= BESIDE,
            _ => true,
        };
        done -= usize::from(it.status == "Done");
        if is_near {
            all.push(sprint(it));
        }
    }
    all
}

fn sprint(it: &SprintStands) -> Stands {
    let sprint = &it.sprint;
    let of = |(done, all): (usize, usize)| match all {
        0 => "none".to_owned(),
        _ => format!("{done} of {all}"),
    };
    let name = sprint.gate.as_ref().or(sprint.name.as_ref()).cloned().unwrap_or_default();
    let due = it.due.filter(|_| it.is_present && it.status != "Done");
    let due = due.map_or_else(String::new, |day| format!(", evidence due {day}"));
    Stands {
        id: sprint.id.clone(),
        name,
        days: format!("{} to {}", sprint.window.from, sprint.window.to),
        state: format!("{}{due}", it.status.to_lowercase()),
        is_present: it.is_present,
        counts: vec![
            it.stories.map_or_else(|| "unknown".to_owned(), of),
            of(it.evidence),
            of(it.checklists),
        ],
        misses: matches!(it.status, "In Progress" | "Open").then(|| said(&it.lacks)),
    }
}

/// What a gate misses, in words.
fn said(lacks: &[Finding]) -> Vec<String> {
    missing(lacks).into_iter().map(|finding| finding.message.clone()).collect()
}

fn released(under_way: &UnderWay, zone: &TimeZone, now: Timestamp) -> Vec<Release> {
    let candidate = |it: &Candidate| {
        let left = it.soaked.duration_since(now);
        let soak = match left.as_secs() > 0 {
            true => {
                let left = duration(left.as_secs().unsigned_abs());
                format!("its soak, until {} ({left} left)", minute(it.soaked, zone))
            }
            false => "nothing but the decision: its soak is over".to_owned(),
        };
        let approvals = match it.approvals.is_empty() {
            true => String::new(),
            false => format!("; approvals of {}", it.approvals.join(", ")),
        };
        Release {
            tag: it.tag.clone(),
            sha: short(&it.sha).to_owned(),
            stands: format!(
                "out since {}, {}",
                minute(it.since, zone),
                counted(it.stories.len(), "story")
            ),
            waits: format!("{soak}{approvals}"),
        }
    };
    let begun = under_way.begun.iter().map(|(tag, sha)| Release {
        tag: tag.clone(),
        sha: short(sha).to_owned(),
        stands: "begun in this clone, not ended".to_owned(),
        waits: "the same command again: it goes on".to_owned(),
    });
    under_way.candidates.iter().map(candidate).chain(begun).collect()
}
