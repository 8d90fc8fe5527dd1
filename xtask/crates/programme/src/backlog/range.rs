//! Ranges of ids: `S-PC-01-001..003`, `F1-E1-S1..S3`.

/// The most ids that one range stands for.
const MOST: u32 = 1000;

/// The ids that a text stands for: itself, where it is no range.
///
/// # Errors
/// What is wrong with the range, as the end of a sentence that begins with it.
pub(crate) fn expanded(text: &str) -> Result<Vec<String>, &'static str> {
    let Some((first, last)) = text.split_once("..") else {
        return if is_id(text) { Ok(vec![text.to_owned()]) } else { Err(NO_ID) };
    };
    if !is_id(first) || !is_id(last) {
        return Err(NO_ID);
    }
    let (before, from) = digits_at_end(first);
    let (again, to) = digits_at_end(last);
    if from.is_empty() || to.is_empty() {
        return Err("is a range whose ends do not both end in a number");
    }
    if !before.ends_with(again) {
        return Err("is a range whose ends do not begin alike");
    }
    let padded = from.starts_with('0') || to.starts_with('0');
    if padded && from.len() != to.len() {
        return Err("is a range whose numbers are not written in the same length");
    }
    let (Ok(start), Ok(end)) = (from.parse::<u32>(), to.parse::<u32>()) else {
        return Err("is a range of numbers that are too large");
    };
    if start > end {
        return Err("is a range that ends before it begins");
    }
    if end - start >= MOST {
        return Err("is a range of more than 1000 ids");
    }
    let width = if padded { from.len() } else { 0 };
    Ok((start..=end).map(|number| format!("{before}{number:0width$}")).collect())
}

const NO_ID: &str = "is no id: letters and digits of ASCII, with `-`, `_` or `.` between them";

/// Whether a text can be an id: letters and digits, with single marks between them.
fn is_id(text: &str) -> bool {
    let alphanumeric = |c: char| c.is_ascii_alphanumeric();
    text.len() <= 64
        && text.starts_with(alphanumeric)
        && text.ends_with(alphanumeric)
        && !text.contains("..")
        && text.chars().all(|c| c.is_ascii_alphanumeric() || "-_.".contains(c))
}

fn digits_at_end(text: &str) -> (&str, &str) {
    let before = text.trim_end_matches(|c: char| c.is_ascii_digit());
    (before, text.get(before.len()..).unwrap_or_default())
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn a_range_stands_for_all_its_ids() {
        for (text, ids) in [
            ("S-PC-01-001..003", Some("S-PC-01-001 S-PC-01-002 S-PC-01-003")),
            ("F1-E1-S1..S3", Some("F1-E1-S1 F1-E1-S2 F1-E1-S3")),
            ("F1-E1..F1-E3", Some("F1-E1 F1-E2 F1-E3")),
            ("D-AR-009..011", Some("D-AR-009 D-AR-010 D-AR-011")),
            ("S8..11", Some("S8 S9 S10 S11")),
            ("S-1", Some("S-1")),
            ("S-1..1", Some("S-1")),
            ("1..2", Some("1 2")),
            ("S-3..1", None),
            ("S-01..3", None),
            ("S-1..T3", None),
            ("S-a..b", None),
            ("S-1..", None),
            ("..3", None),
            ("S-1...3", None),
            ("S-1..2..3", None),
            ("S-1..1001", None),
            ("S-1..99999999999999", None),
            ("S 1", None),
            ("", None),
            ("-S", None),
            ("S-é", None),
        ] {
            let found = expanded(text).ok().map(|ids| ids.join(" "));
            assert_eq!(found.as_deref(), ids, "{text}");
        }
        assert_eq!(expanded("S-1..1000").unwrap().len(), 1000);
    }

    proptest! {
        #[test]
        fn no_text_makes_it_panic_and_every_id_is_one(text in "[A-Z0-9.\\-é]{0,12}|\\PC{0,20}") {
            for id in expanded(&text).unwrap_or_default() {
                prop_assert!(is_id(&id), "{}", id);
            }
        }

        #[test]
        fn a_range_holds_its_ends(start in 0_u32..900, more in 0_u32..100) {
            let end = start + more;
            let ids = expanded(&format!("S-{start:03}..{end:03}")).unwrap();
            prop_assert_eq!(ids.len(), more as usize + 1);
            prop_assert_eq!(ids.first().cloned(), Some(format!("S-{start:03}")));
            prop_assert_eq!(ids.last().cloned(), Some(format!("S-{end:03}")));
        }
    }
}
