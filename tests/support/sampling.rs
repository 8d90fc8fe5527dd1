//! How many points of a long loop are tried: a spread-out sample, or every one of them
//! where `XTASK_EXHAUSTIVE` is set.

/// Names the variable that asks for every point.
const EXHAUSTIVE: &str = "XTASK_EXHAUSTIVE";

/// Whether every point is to be tried.
pub(crate) fn is_exhaustive() -> bool {
    std::env::var_os(EXHAUSTIVE).is_some_and(|value| !value.is_empty() && value != "0")
}

/// As many items as `few` says, the first and the last among them, the rest evenly between;
/// the same ones each time. All of them where every point is to be tried.
pub(crate) fn sample<T>(all: impl IntoIterator<Item = T>, few: usize) -> Vec<T> {
    let all: Vec<T> = all.into_iter().collect();
    if is_exhaustive() || all.len() <= few {
        return all;
    }
    let chosen = indices(all.len(), few);
    all.into_iter().enumerate().filter(|(at, _)| chosen.contains(at)).map(|(_, it)| it).collect()
}

fn indices(length: usize, few: usize) -> Vec<usize> {
    match few {
        0 => Vec::new(),
        1 => vec![0],
        _ => (0..few).map(|number| number * (length - 1) / (few - 1)).collect(),
    }
}

/// A number that is smaller by default than where every point is to be tried.
pub(crate) fn times(few: usize, all: usize) -> usize {
    if is_exhaustive() { all } else { few }
}

/// Whether a row of a table is tried with run `at` of three, from 0: each row with one run,
/// in turn, or with all three where every point is to be tried.
pub(crate) fn is_tried_with(row: usize, at: usize) -> bool {
    is_exhaustive() || row % 3 == at
}

#[test]
fn a_sample_has_both_ends_and_no_point_twice() {
    assert_eq!(indices(38, 5), [0, 9, 18, 27, 37]);
    assert_eq!(indices(5, 4), [0, 1, 2, 4]);
    for length in 3..60 {
        let mut chosen = indices(length, 3);
        assert_eq!((chosen[0], chosen[2]), (0, length - 1));
        chosen.dedup();
        assert_eq!(chosen.len(), 3);
    }
}
