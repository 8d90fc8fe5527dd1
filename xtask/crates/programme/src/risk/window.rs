//! How long something may take: `5 minutes`, `4 business hours`, `14 days`.

use std::fmt;

use serde_json::{Value, json};
use toml::Spanned;
use toml::de::DeValue;

use thrice_policy::declare::policy_choice;
use thrice_policy::table::{PolicyValue, Problems};

/// The longest time, in minutes: ten years. More is a slip of the pen.
const LONGEST: u64 = 10 * 366 * 24 * 60;

policy_choice! {
    /// In what a time is counted.
    pub enum Unit {
        /// Minutes of the clock.
        Minutes = "minutes",
        /// Hours of the clock.
        Hours = "hours",
        /// Hours in which people work.
        BusinessHours = "business hours",
        /// Days of the calendar: the same time of day, that many days later.
        Days = "days",
        /// Days on which people work.
        BusinessDays = "business days",
    }
}

/// How long something may take.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Window {
    /// How many; at least 1.
    pub amount: u32,
    /// Of what.
    pub unit: Unit,
}

impl Unit {
    /// Whether the calendar and the hours of a working day bear on it.
    #[must_use]
    pub(crate) fn is_business(self) -> bool {
        matches!(self, Self::BusinessHours | Self::BusinessDays)
    }

    fn minutes(self) -> u64 {
        match self {
            Self::Minutes => 1,
            Self::Hours | Self::BusinessHours => 60,
            Self::Days | Self::BusinessDays => 24 * 60,
        }
    }
}

impl Window {
    /// The words, as a person writes them.
    #[must_use]
    pub fn parse(text: &str) -> Option<Self> {
        let words: Vec<&str> = text.split_whitespace().collect();
        let (amount, unit) = words.split_first()?;
        let plain = amount.bytes().all(|byte| byte.is_ascii_digit()) && !amount.starts_with('0');
        let amount: u32 = plain.then(|| amount.parse().ok())??;
        let unit = match unit.join(" ").as_str() {
            "minute" | "minutes" => Unit::Minutes,
            "hour" | "hours" => Unit::Hours,
            "business hour" | "business hours" => Unit::BusinessHours,
            "day" | "days" => Unit::Days,
            "business day" | "business days" => Unit::BusinessDays,
            _ => return None,
        };
        let minutes = u64::from(amount).checked_mul(unit.minutes())?;
        (minutes <= LONGEST).then_some(Self { amount, unit })
    }

    /// Its seconds, where they do not hang on a calendar.
    #[must_use]
    pub fn seconds(self) -> Option<u64> {
        let plain = matches!(self.unit, Unit::Minutes | Unit::Hours);
        plain.then(|| u64::from(self.amount) * self.unit.minutes() * 60)
    }
}

impl fmt::Display for Window {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let unit = self.unit.word();
        let unit = if self.amount == 1 { unit.trim_end_matches('s') } else { unit };
        // `business` ends in the same letter, but never stands last.
        write!(f, "{} {unit}", self.amount)
    }
}

impl PolicyValue for Window {
    fn read(value: &Spanned<DeValue<'_>>, problems: &mut Problems) -> Option<Self> {
        let text = String::read(value, problems)?;
        Self::parse(&text).or_else(|| {
            let message = format!("`{text}` is no time that something may take");
            let help = "write such as `5 minutes`, `72 hours`, `4 business hours`, `14 days` or `2 business days`";
            problems.unusable(value, message, help)
        })
    }

    fn schema() -> Value {
        json!({ "type": "string", "examples": ["5 minutes", "4 business hours", "14 days"] })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn times_are_read_and_shown() {
        for (text, shown) in [
            ("5 minutes", Some("5 minutes")),
            ("1 minutes", Some("1 minute")),
            (" 72   hours ", Some("72 hours")),
            ("1 business hour", Some("1 business hour")),
            ("4 business hours", Some("4 business hours")),
            ("14 days", Some("14 days")),
            ("1 business days", Some("1 business day")),
            ("0 minutes", None),
            ("05 minutes", None),
            ("-5 minutes", None),
            ("+5 minutes", None),
            ("5", None),
            ("", None),
            ("minutes", None),
            ("5min", None),
            ("5 weeks", None),
            ("5 business minutes", None),
            ("5 minutes 3 hours", None),
            ("99999999999999999999 days", None),
            ("4000000000 days", None),
            ("3661 days", None),
            ("3660 days", Some("3660 days")),
        ] {
            let read = Window::parse(text);
            assert_eq!(read.map(|it| it.to_string()).as_deref(), shown, "{text}");
            if let Some(window) = read {
                assert_eq!(Window::parse(&window.to_string()), Some(window));
            }
        }
    }
}
