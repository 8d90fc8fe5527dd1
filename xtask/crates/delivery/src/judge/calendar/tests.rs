use jiff::civil::{Time, Weekday};
use jiff::tz::TimeZone;

use jiff::Timestamp;
use thrice_patch::judge::freeze::{Exception, frozen, judge};

use super::*;
use crate::judge::backlog::still_runs;
use thrice_findings::{Code, Finding, Place};
use thrice_policy::values::PathGlob;
use thrice_programme::calendar::days::{Phase, begin_of, end_of, evidence_due};
use thrice_programme::calendar::{Freeze, When};
use thrice_programme::calendar::{Sprint, Window};
use thrice_programme::filemap::PlacedGlob;

fn day(text: &str) -> Date {
    text.parse().unwrap()
}

fn at(text: &str) -> Timestamp {
    text.parse().unwrap()
}

fn globs(texts: &[&str]) -> Vec<PlacedGlob> {
    let glob = |text: &&str| PlacedGlob {
        glob: PathGlob::new(text).unwrap(),
        place: Place::file("policy/calendar.toml"),
    };
    texts.iter().map(glob).collect()
}

/// A calendar with one sprint, which is also its cycle, and Monday to Friday.
fn calendar(zone: &str, from: &str, to: &str, holidays: &[&str]) -> Calendar {
    use Weekday::{Friday, Monday, Thursday, Tuesday, Wednesday};
    let window = Window { from: day(from), to: day(to) };
    Calendar {
        zone: TimeZone::get(zone).unwrap(),
        working_days: vec![Monday, Tuesday, Wednesday, Thursday, Friday],
        holidays: holidays.iter().map(|text| (day(text), "holiday".to_owned())).collect(),
        cycles: vec![Cycle {
            id: "C-01".to_owned(),
            name: None,
            window,
            scope: Vec::new(),
            closes: Vec::new(),
            goal: None,
            owners: Vec::new(),
            exit: Vec::new(),
            drills: Vec::new(),
            place: Place::default(),
        }],
        rites: Vec::new(),
        sprints: vec![Sprint {
            id: "01".to_owned(),
            name: None,
            window,
            features: Vec::new(),
            gate: None,
            deliverables: Vec::new(),
            checklists: Vec::new(),
            evidence: Vec::new(),
            after: None,
            limit: None,
            drills: Vec::new(),
            evidence_due_day: Some(9),
            freeze_from_day: Some(6),
            place: Place::default(),
        }],
        freeze: Some(Freeze {
            paths: globs(&[".github/**", "ops/alerts/**"]),
            except: globs(&["ops/alerts/critical.yml"]),
            reason: "QA looks".to_owned(),
        }),
        status_log: None,
        handoff_log: None,
        overview: None,
        evidence: "evidence".to_owned(),
    }
}

/// Zone, first and last day, holidays, a moment, and where it is.
#[test]
fn where_a_moment_is_in_a_window() {
    use Phase::{After, Before, Within};
    for (zone, from, to, holidays, now, phase) in [
        // A team in São Paulo, a machine in UTC: the day changes at 03:00 UTC.
        (
            "America/Sao_Paulo",
            "2026-02-11",
            "2026-02-17",
            &[][..],
            "2026-02-11T02:59:59Z",
            Before(1),
        ),
        ("America/Sao_Paulo", "2026-02-11", "2026-02-17", &[], "2026-02-11T03:00:00Z", Within(1)),
        ("America/Sao_Paulo", "2026-02-11", "2026-02-17", &[], "2026-02-18T02:59:59Z", Within(5)),
        ("America/Sao_Paulo", "2026-02-11", "2026-02-17", &[], "2026-02-18T03:00:00Z", After),
        ("UTC", "2026-02-11", "2026-02-17", &[], "2026-02-18T00:00:00Z", After),
        // A weekend is of the window, and no working day; nor is a holiday.
        ("UTC", "2026-02-11", "2026-02-17", &[], "2026-02-15T12:00:00Z", Within(3)),
        ("UTC", "2026-02-11", "2026-02-17", &["2026-02-16"], "2026-02-17T12:00:00Z", Within(4)),
        // Over New Year, with its holiday.
        ("UTC", "2025-12-29", "2026-01-09", &["2026-01-01"], "2026-01-02T00:00:00Z", Within(4)),
        ("UTC", "2025-12-29", "2026-01-09", &["2026-01-01"], "2025-12-31T23:59:59Z", Within(3)),
        // The clock of New York goes on at 02:00 on 8 March 2026, and back on 1 November.
        ("America/New_York", "2026-03-02", "2026-03-13", &[], "2026-03-06T04:59:59Z", Within(4)),
        ("America/New_York", "2026-03-02", "2026-03-13", &[], "2026-03-09T03:59:59Z", Within(5)),
        ("America/New_York", "2026-03-02", "2026-03-13", &[], "2026-03-09T04:00:00Z", Within(6)),
        ("America/New_York", "2026-10-26", "2026-11-06", &[], "2026-11-02T04:59:59Z", Within(5)),
        ("America/New_York", "2026-10-26", "2026-11-06", &[], "2026-11-02T05:00:00Z", Within(6)),
        // A leap day.
        ("UTC", "2028-02-28", "2028-03-01", &[], "2028-02-29T12:00:00Z", Within(2)),
    ] {
        let calendar = calendar(zone, from, to, holidays);
        let window = calendar.cycles[0].window;
        assert_eq!(
            thrice_programme::calendar::days::phase(&calendar, window, at(now)),
            phase,
            "{zone} {from} {now}"
        );
    }
}

/// Zone, window, holidays; the last moment at which evidence is in time, and the first and
/// last moments of the freeze.
#[test]
#[expect(clippy::too_many_lines, reason = "a table")]
fn deadlines_and_the_freeze() {
    for (zone, from, to, holidays, due, first, over) in [
        (
            "UTC",
            "2026-02-02",
            "2026-02-13",
            &[][..],
            "2026-02-13T00:00:00Z",
            "2026-02-09T00:00:00Z",
            "2026-02-14T00:00:00Z",
        ),
        (
            "America/Sao_Paulo",
            "2026-02-02",
            "2026-02-13",
            &[],
            "2026-02-13T03:00:00Z",
            "2026-02-09T03:00:00Z",
            "2026-02-14T03:00:00Z",
        ),
        // Two holidays move both.
        (
            "America/Sao_Paulo",
            "2026-02-09",
            "2026-02-24",
            &["2026-02-16", "2026-02-17"],
            "2026-02-24T03:00:00Z",
            "2026-02-18T03:00:00Z",
            "2026-02-25T03:00:00Z",
        ),
        // The days before the clock's change have another offset than those after it.
        (
            "America/New_York",
            "2026-03-02",
            "2026-03-13",
            &[],
            "2026-03-13T04:00:00Z",
            "2026-03-09T04:00:00Z",
            "2026-03-14T04:00:00Z",
        ),
        (
            "Europe/Lisbon",
            "2026-10-19",
            "2026-10-30",
            &[],
            "2026-10-30T00:00:00Z",
            "2026-10-26T00:00:00Z",
            "2026-10-31T00:00:00Z",
        ),
        // Midnight of 4 November 2018 was not there in São Paulo: the freeze's day before it
        // ends at 03:00 UTC as ever, and the next begins an hour late by the clock.
        (
            "America/Sao_Paulo",
            "2018-10-29",
            "2018-11-09",
            &[],
            "2018-11-09T02:00:00Z",
            "2018-11-05T02:00:00Z",
            "2018-11-10T02:00:00Z",
        ),
        // Over New Year.
        (
            "UTC",
            "2025-12-29",
            "2026-01-13",
            &["2026-01-01"],
            "2026-01-10T00:00:00Z",
            "2026-01-06T00:00:00Z",
            "2026-01-14T00:00:00Z",
        ),
    ] {
        let calendar = calendar(zone, from, to, holidays);
        let sprint = &calendar.sprints[0];
        let shown = format!("{zone} {from}");
        let last = evidence_due(&calendar, sprint).unwrap();
        assert_eq!(end_of(&calendar, last), at(due), "{shown}");
        let second = 1.seconds();
        let frozen_at = |moment: Timestamp| frozen(&calendar, moment).is_some();
        assert!(frozen_at(at(first)) && !frozen_at(at(first) - second), "{shown} begins");
        assert!(frozen_at(at(over) - second) && !frozen_at(at(over)), "{shown} ends");
        assert_eq!(frozen(&calendar, at(first)).unwrap().until, at(over), "{shown}");
    }
    let calendar = calendar("America/Sao_Paulo", "2018-10-29", "2018-11-09", &[]);
    let none = begin_of(&calendar, day("2018-11-04"));
    assert_eq!(none, at("2018-11-04T03:00:00Z"), "01:00 is the first moment of that day");
    assert_eq!(end_of(&calendar, day("2018-11-03")), none);
}

/// Words, and the days of February 2026 (holiday on the 17th) that they mean.
#[test]
fn days_of_rites() {
    let calendar = calendar("America/Sao_Paulo", "2026-02-11", "2026-02-18", &["2026-02-17"]);
    let window = calendar.cycles[0].window;
    for (words, days) in [
        ("day 0", &[11][..]),
        ("day 9", &[]),
        ("last day", &[18]),
        ("1 day before end", &[16]),
        ("every working day", &[11, 12, 13, 16, 18]),
        ("every working day from day 1", &[12, 13, 16, 18]),
        ("every day", &[11, 12, 13, 14, 15, 16, 17, 18]),
        ("mon, wed, fri", &[11, 13, 16, 18]),
        ("tue", &[]),
    ] {
        let found = When::parse(words).unwrap().days(&calendar, window);
        let found: Vec<i8> = found.into_iter().map(|day| day.day()).collect();
        assert_eq!(found, days, "{words}");
    }
}

#[test]
fn a_meeting_keeps_its_hour_when_the_clock_changes() {
    let mut calendar = calendar("America/New_York", "2026-03-06", "2026-03-09", &[]);
    calendar.rites = vec![Rite {
        name: "Daily".to_owned(),
        when: When::parse("every working day").unwrap(),
        at: Time::constant(9, 30, 0, 0),
        minutes: 15,
        owner: None,
        agenda: None,
    }];
    let meetings = meetings(&calendar, &calendar.cycles[0]);
    let begun: Vec<_> = meetings.iter().map(|it| it.begins.timestamp().to_string()).collect();
    assert_eq!(begun, ["2026-03-06T14:30:00Z", "2026-03-09T13:30:00Z"]);
    assert_eq!(meetings[1].ends.timestamp(), at("2026-03-09T13:45:00Z"));
}

fn exception(subject: Option<&str>, end: Option<&str>) -> Exception {
    Exception {
        id: "exception-1".to_owned(),
        line: 3,
        subject: subject.map(str::to_owned),
        expires_at: end.map(at),
        refused: None,
    }
}

/// A path, the exceptions, and words of the refusal; none where it passes.
#[test]
fn what_a_freeze_stops_and_what_lifts_it() {
    let calendar = calendar("UTC", "2026-02-02", "2026-02-13", &[]);
    let now = at("2026-02-10T12:00:00Z");
    let frozen = frozen(&calendar, now).unwrap();
    let later = Some("2026-02-10T12:00:01Z");
    let mut unsigned = exception(Some(".github/**"), later);
    unsigned.refused = Some(Finding::new(Code::LedgerUnsigned, "it is not signed"));
    let mut unseen = exception(Some(".github/**"), later);
    unseen.refused = Some(Finding::new(Code::NotEstablishedCode, "no ssh-keygen"));
    for (path, exceptions, says) in [
        ("src/main.rs", vec![], None),
        (".github/workflows/ci.yml", vec![], Some("is frozen in sprint 01 until 2026-02-14")),
        (".GitHub/workflows/ci.yml", vec![], Some("is frozen")),
        ("ops/alerts/critical.yml", vec![], None),
        ("ops/alerts/Critical.yml", vec![], Some("is frozen")),
        (".github/a", vec![exception(Some(".github/**"), later)], None),
        (".github/a", vec![exception(Some(".github/a"), later)], None),
        (".github/a", vec![exception(Some(".github/b"), later)], Some("QA looks")),
        (".github/a", vec![exception(None, later)], Some("QA looks")),
        (".github/a", vec![exception(Some(".github/a"), None)], Some("has no end")),
        (
            ".github/a",
            vec![exception(Some(".github/a"), Some("2026-02-10T12:00:00Z"))],
            Some("ended at 2026-02-10T12:00:00Z"),
        ),
        (".github/a", vec![unsigned], Some("does not count: it is not signed")),
        (".github/a", vec![unseen], Some("QA looks")),
    ] {
        let paths = [path.as_bytes()];
        let findings = judge(&frozen, paths.into_iter(), &exceptions, ("ledger", now));
        let reported = findings.first().map(|finding| (finding.code, finding.message.clone()));
        match (says, reported) {
            (None, None) => {}
            (Some(says), Some((Code::FreezeWindow, message))) => {
                assert!(message.contains(says), "{path}: {message}");
            }
            (says, reported) => panic!("{path}: {says:?} {reported:?}"),
        }
    }
}

#[test]
fn a_cycle_is_closed_on_its_last_working_day_or_with_its_last_story() {
    let calendar = calendar("UTC", "2026-03-04", "2026-03-15", &["2026-03-13"]);
    for (of, today, says) in [
        ((2, 2), "2026-03-03", "today is 2026-03-03, and cycle C-01 begins on 2026-03-04"),
        ((0, 0), "2026-03-03", "today is 2026-03-03, and cycle C-01 begins on 2026-03-04"),
        ((2, 2), "2026-03-04", ""),
        ((1, 2), "2026-03-04", "the last working day of cycle C-01 is 2026-03-12"),
        ((0, 0), "2026-03-11", "no story ends cycle C-01 before its last working day, 2026-03-12"),
        ((0, 0), "2026-03-12", ""),
        ((0, 2), "2026-03-12", ""),
        ((0, 0), "2026-04-01", ""),
    ] {
        let found = still_runs(&calendar, &calendar.cycles[0], of, day(today));
        let message = found.as_ref().map_or("", |it| it.message.as_str());
        assert!(message.contains(says) && says.is_empty() == found.is_none(), "{today} {found:?}");
        assert!(found.is_none_or(|it| it.code == Code::CycleRunning && it.help.is_some()));
    }
}
