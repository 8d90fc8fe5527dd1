//! Times in which nothing is released.

use jiff::civil::{Date, DateTime};
use jiff::tz::TimeZone;
use jiff::{Timestamp, ToSpan};

use thrice_findings::{Code, Finding};
use thrice_policy::declare::policy_table;
use thrice_policy::source::Placed;

policy_table! {
    /// A time in which nothing is released.
    pub(crate) struct RawFreeze {
        /// When it begins: a day, or a day and a time (`2026-12-20`, `2026-12-20T18:00:00`, or with an offset).
        required from: String,
        /// When it ends: a day, which is its last, or a day and a time.
        required to: String,
        /// IANA time zone in which both are meant. Default: the programme's.
        optional zone: String,
        /// Why.
        required reason: String,
    }
}

/// A time in which nothing is released.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Freeze {
    /// Its first moment.
    pub from: Timestamp,
    /// The first moment after it.
    pub to: Timestamp,
    /// Why.
    pub reason: String,
}

/// Checks the values.
pub(super) fn validate(
    raw: Placed<RawFreeze>,
    zone: Option<&TimeZone>,
    findings: &mut Vec<Finding>,
) -> Option<Freeze> {
    let raw = raw.value;
    let zone = match &raw.zone {
        None => zone.cloned().unwrap_or(TimeZone::UTC),
        Some(named) => match TimeZone::get(&named.value) {
            Ok(zone) => zone,
            Err(_) => {
                let message = format!("no time zone is called `{}`", named.value);
                findings.push(
                    named
                        .finding(Code::PolicyValue, message)
                        .help("use an IANA name, such as `UTC` or `America/Sao_Paulo`"),
                );
                return None;
            }
        },
    };
    let moment = |text: &Option<Placed<String>>, ends: bool, findings: &mut Vec<Finding>| {
        let text = text.as_ref()?;
        let read = moment(&text.value, ends, &zone);
        if read.is_none() {
            let message = format!("`{}` is no day and no time", text.value);
            let help = "write a day such as `2026-12-20`, or `2026-12-20T18:00:00`";
            findings.push(text.finding(Code::PolicyValue, message).help(help));
        }
        read
    };
    let (from, to) = (moment(&raw.from, false, findings), moment(&raw.to, true, findings));
    let (from, to) = (from?, to?);
    if from >= to {
        let last = raw.to.as_ref()?;
        let message = "this freeze ends before it begins";
        findings.push(last.finding(Code::PolicyValue, message).help("write the later one here"));
        return None;
    }
    Some(Freeze { from, to, reason: raw.reason?.value })
}

/// A moment; of a day its beginning, or where it `ends` something the day after's.
pub(crate) fn moment(text: &str, ends: bool, zone: &TimeZone) -> Option<Timestamp> {
    if let Ok(moment) = text.parse::<Timestamp>() {
        return Some(moment);
    }
    let civil = match text.parse::<Date>() {
        Ok(day) if text.len() == 10 => {
            let day = if ends { day.checked_add(1.day()).ok()? } else { day };
            day.to_datetime(jiff::civil::Time::midnight())
        }
        _ => text.parse::<DateTime>().ok()?,
    };
    Some(civil.to_zoned(zone.clone()).ok()?.timestamp())
}
