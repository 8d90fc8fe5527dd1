//! Medians and quantiles, by one definition: that between two neighbours it is
//! interpolated. Of `n` values in their order, `x[0]` to `x[n-1]`, the quantile `q` stands
//! at `h = q(n-1)`; it is `x[h]` where `h` is whole, and lies on the straight line between
//! its neighbours otherwise. The median is the quantile 0.5.

use serde::Serialize;

/// How values are spread.
#[derive(Clone, Copy, Debug, PartialEq, Serialize)]
pub struct Spread {
    /// How many they are.
    pub count: usize,
    /// The least.
    pub least: f64,
    /// The median.
    pub median: f64,
    /// The quantile 0.9.
    pub p90: f64,
    /// The most.
    pub most: f64,
}

impl Spread {
    /// The spread of some values; none where there is none. What is no number is left out.
    #[must_use]
    pub fn of(mut values: Vec<f64>) -> Option<Self> {
        values.retain(|value| value.is_finite());
        values.sort_by(f64::total_cmp);
        let (least, most) = (*values.first()?, *values.last()?);
        let (median, p90) = (quantile(&values, 1, 2)?, quantile(&values, 9, 10)?);
        Some(Self { count: values.len(), least, median, p90, most })
    }
}

/// The quantile `part / of` of values in their order; none where there is none, or where
/// the part is larger than the whole.
#[must_use]
pub(crate) fn quantile(sorted: &[f64], part: usize, of: usize) -> Option<f64> {
    let steps = sorted.len().checked_sub(1)?.checked_mul(part)?;
    let (at, rest) = (steps.checked_div(of)?, steps.checked_rem(of)?);
    let low = *sorted.get(at)?;
    if rest == 0 {
        return Some(low);
    }
    let high = *sorted.get(at + 1)?;
    let share = f64::from(u32::try_from(rest).ok()?) / f64::from(u32::try_from(of).ok()?);
    Some(low + (high - low) * share)
}
