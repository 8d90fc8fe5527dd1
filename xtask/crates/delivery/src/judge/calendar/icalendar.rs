//! The iCalendar file of a cycle (RFC 5545): meetings in the calendar's zone, with that
//! zone's own changes of the clock, and days that are windows or deadlines.

use jiff::civil::{Date, DateTime};
use jiff::tz::{Offset, TimeZone};
use jiff::{Timestamp, ToSpan, Zoned};

/// Octets of a line, its end apart.
const WIDTH: usize = 75;

/// When an event is.
#[derive(Clone, Debug)]
pub(crate) enum Span {
    /// From a moment to another.
    Moments(Zoned, Zoned),
    /// From a day to another, both within.
    Days(Date, Date),
}

#[derive(Clone, Debug)]
pub(crate) struct Event {
    /// A name that stays when the file is made again, so that programs replace it.
    pub(crate) uid: String,
    pub span: Span,
    /// What it is called.
    pub summary: String,
    /// What there is to say of it.
    pub description: String,
}

/// The file; `now` is when it is made.
#[must_use]
pub(crate) fn write(name: &str, zone: &TimeZone, events: &[Event], now: Timestamp) -> String {
    let mut out = ContentLines::default();
    out.line("BEGIN:VCALENDAR");
    out.line("VERSION:2.0");
    out.line("PRODID:-//xtask//cycle plan//EN");
    out.line("CALSCALE:GREGORIAN");
    out.line("METHOD:PUBLISH");
    out.line(&format!("X-WR-CALNAME:{}", escaped(name)));
    let named = zone.iana_name().filter(|name| *name != "UTC" && *name != "Etc/UTC");
    if let Some(id) = named {
        out.line(&format!("X-WR-TIMEZONE:{id}"));
        time_zone(&mut out, id, zone, events);
    }
    for event in events {
        out.line("BEGIN:VEVENT");
        out.line(&format!("UID:{}", escaped(&event.uid)));
        out.line(&format!("DTSTAMP:{}", utc(now)));
        match &event.span {
            Span::Moments(from, to) => {
                out.line(&format!("DTSTART{}", moment(from, named)));
                out.line(&format!("DTEND{}", moment(to, named)));
            }
            Span::Days(from, to) => {
                // A day's end is the day after it.
                let end = to.tomorrow().unwrap_or(*to);
                out.line(&format!("DTSTART;VALUE=DATE:{}", day(*from)));
                out.line(&format!("DTEND;VALUE=DATE:{}", day(end)));
                out.line("TRANSP:TRANSPARENT");
            }
        }
        out.line(&format!("SUMMARY:{}", escaped(&event.summary)));
        if !event.description.is_empty() {
            out.line(&format!("DESCRIPTION:{}", escaped(&event.description)));
        }
        out.line("END:VEVENT");
    }
    out.line("END:VCALENDAR");
    out.0
}

/// What a calendar program must know of the zone: the offset at the first event, and each
/// change from there to the last.
fn time_zone(out: &mut ContentLines, id: &str, zone: &TimeZone, events: &[Event]) {
    let moments = events.iter().filter_map(|event| match &event.span {
        Span::Moments(from, to) => Some([from.timestamp(), to.timestamp()]),
        Span::Days(..) => None,
    });
    let moments: Vec<Timestamp> = moments.flatten().collect();
    let (Some(first), Some(last)) = (moments.iter().min(), moments.iter().max()) else { return };
    out.line("BEGIN:VTIMEZONE");
    out.line(&format!("TZID:{id}"));
    let before = first.checked_sub(24.hours()).unwrap_or(*first);
    let info = zone.to_offset_info(before);
    let began = zone.to_datetime(before);
    let mut offset = info.offset();
    observance(out, info.dst().is_dst(), began, (offset, offset), info.abbreviation());
    let after = last.checked_add(24.hours()).unwrap_or(*last);
    for change in zone.following(before).take_while(|change| change.timestamp() <= after) {
        // A change is reported in the local time before it.
        let at = offset.to_datetime(change.timestamp());
        observance(
            out,
            change.dst().is_dst(),
            at,
            (offset, change.offset()),
            change.abbreviation(),
        );
        offset = change.offset();
    }
    out.line("END:VTIMEZONE");
}

fn observance(
    out: &mut ContentLines,
    dst: bool,
    at: DateTime,
    (from, to): (Offset, Offset),
    name: &str,
) {
    let kind = if dst { "DAYLIGHT" } else { "STANDARD" };
    out.line(&format!("BEGIN:{kind}"));
    out.line(&format!("DTSTART:{}", at.strftime("%Y%m%dT%H%M%S")));
    out.line(&format!("TZOFFSETFROM:{}", offset_text(from)));
    out.line(&format!("TZOFFSETTO:{}", offset_text(to)));
    out.line(&format!("TZNAME:{}", escaped(name)));
    out.line(&format!("END:{kind}"));
}

fn offset_text(offset: Offset) -> String {
    let seconds = offset.seconds();
    let sign = if seconds < 0 { '-' } else { '+' };
    let seconds = seconds.unsigned_abs();
    let (hours, minutes, rest) = (seconds / 3600, seconds / 60 % 60, seconds % 60);
    let rest = if rest == 0 { String::new() } else { format!("{rest:02}") };
    format!("{sign}{hours:02}{minutes:02}{rest}")
}

fn moment(at: &Zoned, zone: Option<&str>) -> String {
    match zone {
        Some(id) => format!(";TZID={id}:{}", at.strftime("%Y%m%dT%H%M%S")),
        None => format!(":{}", utc(at.timestamp())),
    }
}

fn utc(at: Timestamp) -> String {
    at.strftime("%Y%m%dT%H%M%SZ").to_string()
}

fn day(day: Date) -> String {
    day.strftime("%Y%m%d").to_string()
}

/// Text as a value: nothing in it begins a line, ends a value or is dropped on the way.
fn escaped(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    for character in text.chars() {
        match character {
            '\\' | ';' | ',' => {
                out.push('\\');
                out.push(character);
            }
            '\n' => out.push_str("\\n"),
            '\t' => out.push(' '),
            '\r' => {}
            _ if character.is_control() => out.push('\u{fffd}'),
            _ => out.push(character),
        }
    }
    out
}

#[derive(Default)]
struct ContentLines(String);

impl ContentLines {
    /// Adds a line, folded between characters.
    fn line(&mut self, text: &str) {
        let mut width = 0;
        for character in text.chars() {
            if width + character.len_utf8() > WIDTH {
                self.0.push_str("\r\n ");
                width = 1;
            }
            self.0.push(character);
            width += character.len_utf8();
        }
        self.0.push_str("\r\n");
    }
}

#[cfg(test)]
mod properties {
    use proptest::prelude::*;

    use super::*;

    proptest! {
        /// No text breaks out of its line, and all of it comes back.
        #[test]
        fn lines_are_short_and_unfold_to_what_was_said(text in "[a-zé🦀;,\\\\ \n]{0,200}") {
            let mut lines = ContentLines::default();
            lines.line(&format!("SUMMARY:{}", escaped(&text)));
            for line in lines.0.split_terminator("\r\n") {
                prop_assert!(line.len() <= WIDTH && !line.contains('\n'), "{:?}", line);
            }
            let unfolded = lines.0.replace("\r\n ", "");
            let value = unfolded.strip_prefix("SUMMARY:").and_then(|rest| rest.strip_suffix("\r\n"));
            let mut back = String::new();
            let mut letters = value.unwrap().chars();
            while let Some(letter) = letters.next() {
                match letter {
                    '\\' => match letters.next() {
                        Some('n') => back.push('\n'),
                        other => back.extend(other),
                    },
                    _ => back.push(letter),
                }
            }
            prop_assert_eq!(back, text);
        }
    }
}
