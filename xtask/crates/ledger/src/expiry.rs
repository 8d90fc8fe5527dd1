//! When what was allowed for a time is allowed no more.

use jiff::Timestamp;

/// Whether what holds until `expires_at` has ended: at that very second it has. What has
/// no end does not.
#[must_use]
pub fn is_over(expires_at: Option<Timestamp>, now: Timestamp) -> bool {
    expires_at.is_some_and(|end| now >= end)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn it_ends_at_its_second() {
        let at = |text: &str| text.parse::<Timestamp>().unwrap();
        let end = Some(at("2026-02-28T12:00:00-03:00"));
        assert!(!is_over(end, at("2026-02-28T14:59:59Z")));
        assert!(is_over(end, at("2026-02-28T15:00:00Z")));
        assert!(is_over(end, at("2027-01-01T00:00:00Z")));
        assert!(!is_over(None, Timestamp::MAX));
    }
}
