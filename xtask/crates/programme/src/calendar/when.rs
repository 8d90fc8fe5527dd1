//! On which days of a cycle a rite is.

use std::fmt;

use jiff::civil::{Date, Weekday};
use serde_json::{Value, json};
use toml::Spanned;
use toml::de::DeValue;

use super::raw::Workday;
use super::{Calendar, Window};
use thrice_policy::table::{PolicyValue, Problems};

/// On which days of a cycle a rite is. Numbers count working days, from 0.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum When {
    /// On one working day from the first.
    Day(usize),
    /// On one working day from the last.
    BeforeEnd(usize),
    /// On every working day from that one on.
    EveryWorkingDay(usize),
    /// On every day.
    EveryDay,
    /// On working days that are one of these days of the week.
    Weekdays(Vec<Weekday>),
}

impl When {
    /// The words, as a person writes them.
    #[must_use]
    pub fn parse(text: &str) -> Option<Self> {
        let lower = text.trim().to_lowercase();
        let words: Vec<&str> = lower.split_whitespace().collect();
        let number = |text: &str| text.parse::<usize>().ok().filter(|number| *number < 400);
        match words.as_slice() {
            ["day", count] => number(count).map(Self::Day),
            ["last", "day"] => Some(Self::BeforeEnd(0)),
            [count, "day" | "days", "before", "end"] => number(count).map(Self::BeforeEnd),
            ["every", "day"] => Some(Self::EveryDay),
            ["every", "working", "day"] => Some(Self::EveryWorkingDay(0)),
            ["every", "working", "day", "from", "day", count] => {
                number(count).map(Self::EveryWorkingDay)
            }
            _ => {
                let names = lower.split(',').map(str::trim);
                let days: Option<Vec<Weekday>> =
                    names.map(|name| Workday::from_word(name).map(Workday::weekday)).collect();
                days.map(Self::Weekdays)
            }
        }
    }

    /// The days of a window that are meant, in order.
    #[must_use]
    pub fn days(&self, calendar: &Calendar, window: Window) -> Vec<Date> {
        let working = calendar.working(window);
        match self {
            Self::Day(count) => working.get(*count).copied().into_iter().collect(),
            Self::BeforeEnd(count) => {
                working.iter().rev().nth(*count).copied().into_iter().collect()
            }
            Self::EveryWorkingDay(first) => working.into_iter().skip(*first).collect(),
            Self::EveryDay => window.days().collect(),
            Self::Weekdays(days) => {
                working.into_iter().filter(|day| days.contains(&day.weekday())).collect()
            }
        }
    }
}

impl fmt::Display for When {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Day(count) => write!(f, "day {count}"),
            Self::BeforeEnd(0) => f.write_str("last day"),
            Self::BeforeEnd(1) => f.write_str("1 day before end"),
            Self::BeforeEnd(count) => write!(f, "{count} days before end"),
            Self::EveryWorkingDay(0) => f.write_str("every working day"),
            Self::EveryWorkingDay(first) => write!(f, "every working day from day {first}"),
            Self::EveryDay => f.write_str("every day"),
            Self::Weekdays(days) => {
                let words: Vec<&str> = days.iter().map(|day| short(*day)).collect();
                f.write_str(&words.join(", "))
            }
        }
    }
}

/// A day of the week in three letters.
fn short(day: Weekday) -> &'static str {
    match day {
        Weekday::Monday => "mon",
        Weekday::Tuesday => "tue",
        Weekday::Wednesday => "wed",
        Weekday::Thursday => "thu",
        Weekday::Friday => "fri",
        Weekday::Saturday => "sat",
        Weekday::Sunday => "sun",
    }
}

impl PolicyValue for When {
    fn read(value: &Spanned<DeValue<'_>>, problems: &mut Problems) -> Option<Self> {
        let text = String::read(value, problems)?;
        Self::parse(&text).or_else(|| {
            let help = "write `day 0`, `last day`, `1 day before end`, `every working day` or `mon, wed, fri`";
            problems.unusable(value, format!("`{text}` does not say on which days"), help)
        })
    }

    fn schema() -> Value {
        json!({ "type": "string", "examples": ["day 0", "every working day", "mon, wed, fri"] })
    }
}
