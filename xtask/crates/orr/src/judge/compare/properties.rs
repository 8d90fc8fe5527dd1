use proptest::prelude::*;
use zip::CompressionMethod;

use super::tests::{gzip, tar, zip};
use super::*;

/// Texts, JSON, archives, and anything.
fn content() -> impl Strategy<Value = Vec<u8>> {
    let part = || proptest::collection::vec(any::<u8>(), 0..40);
    prop_oneof![
        part(),
        "[ab\r\n\t {}\\[\\]\":,0-9é]{0,40}".prop_map(String::into_bytes),
        (part(), 1_u8..28).prop_map(|(c, day)| zip(
            &[("a", &c, day), ("b", b"", 1)],
            CompressionMethod::Deflated
        )),
        (part(), any::<u32>()).prop_map(|(c, time)| tar(&[("a", &c, u64::from(time), 0o644)], 1)),
        (part(), any::<u32>()).prop_map(|(c, time)| gzip(&tar(&[("a", &c, 0, 0o644)], 1), time)),
    ]
}

fn files() -> impl Strategy<Value = Vec<(String, Vec<u8>)>> {
    proptest::collection::vec(("(evidence/)?T[0-9]{1,2}_[ab](\\.json)?", content()), 0..6)
}

proptest! {
    #[test]
    fn nothing_differs_from_itself(files in files()) {
        prop_assert_eq!(compare(&files, &files), vec![]);
    }

    #[test]
    fn both_ways_name_the_same_paths(left in files(), right in files()) {
        let there = compare(&left, &right);
        let back = compare(&right, &left);
        let paths = |all: &[EntryDifference]| all.iter().map(|d| d.path.clone()).collect::<Vec<_>>();
        prop_assert_eq!(paths(&there), paths(&back));
        for found in there {
            prop_assert!(!found.difference.summary().contains('\n'));
            let _ = likely_cause(&found.difference);
        }
    }

    #[test]
    fn damaged_archives_never_panic(bytes in content(), at in any::<prop::sample::Index>(), to in any::<u8>(), cut in any::<prop::sample::Index>()) {
        let mut other = bytes.clone();
        if !other.is_empty() {
            let at = at.index(other.len());
            other[at] = to;
            other.truncate(cut.index(other.len() * 2).max(1));
        }
        let name = "a.json".to_owned();
        let found = compare(&[(name.clone(), &bytes)], &[(name, &other)]);
        prop_assert_eq!(found.is_empty(), bytes == other);
    }

    #[test]
    fn texts_that_differ_have_a_line_that_differs(left in "[ab\n]{0,30}", right in "[ab\n]{0,30}") {
        prop_assume!(left != right);
        let found = compare(&[(String::new(), &left)], &[(String::new(), &right)]);
        let Difference::Text { line, hunks, differing_lines, .. } = &found[0].difference else { panic!() };
        let at = |text: &str| text.split_inclusive('\n').nth(line - 1).map(str::to_owned);
        prop_assert_ne!(at(&left), at(&right));
        prop_assert!(*differing_lines > 0 && hunks.lines().count() <= 20);
    }
}
