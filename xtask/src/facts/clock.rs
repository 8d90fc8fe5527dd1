//! What time it is.

use jiff::Timestamp;

/// The current time, in UTC; `SOURCE_DATE_EPOCH` (reproducible-builds.org) where set.
#[must_use]
pub fn now() -> Timestamp {
    std::env::var("SOURCE_DATE_EPOCH")
        .ok()
        .and_then(|text| Timestamp::from_second(text.trim().parse().ok()?).ok())
        .unwrap_or_else(Timestamp::now)
}

/// A time as RFC 3339, to the second, in UTC.
#[must_use]
pub fn rfc3339(time: Timestamp) -> String {
    time.strftime("%Y-%m-%dT%H:%M:%SZ").to_string()
}
