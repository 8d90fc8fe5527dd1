//! Plots as SVG: points, lines, bars, and bars with a line to the ninth of ten.

use std::collections::BTreeMap;

use jiff::Timestamp;
use jiff::civil::Date;

use super::html::escaped;
use thrice_pull::judge::metrics::{Change, From, Spread};
use thrice_report::text::seconds;

/// The picture, in its own units.
const WIDTH: f64 = 480.0;
const HEIGHT: f64 = 220.0;
/// What stays free around the plot: left, top, right, below.
const LEFT: f64 = 64.0;
const TOP: f64 = 12.0;
const RIGHT: f64 = 12.0;
const BELOW: f64 = 34.0;
/// As many bars of churn as there are at most.
const MOST_BARS: usize = 32;

/// Times at which lines are drawn, in seconds.
const TICKS: [f64; 9] =
    [1.0, 60.0, 600.0, 3_600.0, 21_600.0, 86_400.0, 604_800.0, 2_592_000.0, 31_536_000.0];
/// What these times are called.
const NAMES: [&str; 9] =
    ["1 s", "1 min", "10 min", "1 h", "6 h", "1 day", "1 week", "30 days", "1 year"];

/// Lead times over the days on which changes landed, on a logarithmic scale.
pub(super) fn lead(changes: &[Change]) -> Option<String> {
    let points: Vec<(Timestamp, f64, From)> = changes
        .iter()
        .filter_map(|it| Some((it.landed_at, it.lead()?.max(1.0), it.began?.1)))
        .collect();
    if points.is_empty() {
        return None;
    }
    let days = Days::of(changes.iter().map(|it| it.landed_at))?;
    let logs = points.iter().map(|(_, lead, _)| lead.log10());
    let (least, most) = logs.fold((f64::MAX, f64::MIN), |(a, b), it| (a.min(it), b.max(it)));
    let (low, high) = ((least - 0.15).max(0.0), most + 0.15);
    let height = |seconds: f64| scaled(seconds.log10(), (low, high), (HEIGHT - BELOW, TOP));
    let mut body = String::new();
    for (tick, name) in TICKS.iter().zip(NAMES) {
        if (low..=high).contains(&tick.log10()) {
            body.push_str(&across(height(*tick), name));
        }
    }
    for (at, lead, from) in &points {
        let (x, y) = (days.at(*at), height(*lead));
        let shape = match from {
            From::FirstPush => {
                format!("<circle class=\"mark\" cx=\"{x:.1}\" cy=\"{y:.1}\" r=\"3.5\"")
            }
            From::FirstCommit => format!(
                "<path class=\"other\" d=\"M{x:.1} {:.1}l4.5 4.5l-4.5 4.5l-4.5 -4.5z\"",
                y - 4.5
            ),
        };
        let close = if *from == From::FirstPush { "</circle>" } else { "</path>" };
        let (day, lead) = (day(*at), escaped(&seconds(*lead)));
        body.push_str(&format!(
            "{shape} fill-opacity=\"0.75\"><title>{day}, {lead}</title>{close}\n"
        ));
    }
    body.push_str(&days.labels());
    Some(svg("Lead time of each change by the day on which it landed", HEIGHT, &body))
}

/// Churn by equal spans of time.
pub(super) fn churn(changes: &[Change]) -> Option<String> {
    let days = Days::of(changes.iter().map(|it| it.landed_at))?;
    let count = changes.len().clamp(1, MOST_BARS);
    let width = (WIDTH - LEFT - RIGHT) / number(count);
    let mut bars = vec![0.0_f64; count];
    for change in changes {
        let at = ((days.at(change.landed_at) - LEFT) / width).floor();
        let own = (0..count).rev().find(|index| number(*index) <= at).unwrap_or(0);
        if let Some(bar) = bars.get_mut(own) {
            *bar += lines(change.churn());
        }
    }
    let most = bars.iter().copied().fold(1.0, f64::max);
    let height = |value: f64| scaled(value, (0.0, most), (HEIGHT - BELOW, TOP));
    let mut body = String::new();
    for tick in ticks(most) {
        body.push_str(&across(height(tick), &short(tick)));
    }
    for (index, value) in bars.iter().enumerate().filter(|(_, value)| **value > 0.0) {
        let (left, top) = (LEFT + width * number(index), height(*value));
        body.push_str(&format!(
            "<rect class=\"mark\" x=\"{:.1}\" y=\"{top:.1}\" width=\"{:.1}\" height=\"{:.1}\"><title>{} lines</title></rect>\n",
            left + 1.0,
            (width - 2.0).max(1.0),
            (HEIGHT - BELOW - top).max(1.0),
            short(*value)
        ));
    }
    body.push_str(&days.labels());
    Some(svg("Churn over time", HEIGHT, &body))
}

/// A part of a whole, week by week; a week of which nothing is known breaks the line.
pub(super) fn parts(title: &str, weeks: &[(Date, Option<f64>)]) -> Option<String> {
    if weeks.iter().filter(|(_, part)| part.is_some()).count() < 2 {
        return None;
    }
    let across_at = |index: usize| {
        let last = number(weeks.len().saturating_sub(1)).max(1.0);
        scaled(number(index), (0.0, last), (LEFT + 8.0, WIDTH - RIGHT - 8.0))
    };
    let height = |part: f64| scaled(part, (0.0, 1.0), (HEIGHT - BELOW, TOP));
    let mut body = String::new();
    for tick in [0.0, 0.25, 0.5, 0.75, 1.0] {
        body.push_str(&across(height(tick), &format!("{:.0} %", tick * 100.0)));
    }
    let (mut line, mut points, mut is_broken) = (String::new(), String::new(), true);
    for (index, (monday, part)) in weeks.iter().enumerate() {
        let Some(part) = part else {
            is_broken = true;
            continue;
        };
        let (x, y) = (across_at(index), height(*part));
        line.push_str(&format!("{}{x:.1} {y:.1}", if is_broken { 'M' } else { 'L' }));
        is_broken = false;
        points.push_str(&format!(
            "<circle class=\"mark\" cx=\"{x:.1}\" cy=\"{y:.1}\" r=\"3.5\"><title>week from {monday}: {:.0} %</title></circle>\n",
            part * 100.0
        ));
    }
    body.push_str(&format!("<path class=\"line\" d=\"{line}\"/>\n{points}"));
    let ends = [(0, "start"), (weeks.len().saturating_sub(1), "end")];
    for (index, anchor) in ends {
        if let Some((monday, _)) = weeks.get(index) {
            body.push_str(&below(across_at(index), anchor, &monday.to_string()));
        }
    }
    Some(svg(title, HEIGHT, &body))
}

/// Medians of gates, each with a line to its ninth of ten.
pub(super) fn gates(gates: &BTreeMap<String, Spread>) -> Option<String> {
    let most = gates.values().map(|it| it.p90).fold(0.0, f64::max);
    if gates.is_empty() {
        return None;
    }
    let row = 26.0;
    let across = |value: f64| scaled(value, (0.0, most.max(0.001)), (LEFT, WIDTH - 96.0));
    let mut body = String::new();
    for (index, (gate, spread)) in gates.iter().enumerate() {
        let top = TOP + row * number(index);
        let (median, p90) = (across(spread.median), across(spread.p90));
        let name: String = gate.chars().take(10).collect();
        body.push_str(&format!(
            "<text x=\"{:.1}\" y=\"{:.1}\" text-anchor=\"end\">{}</text>\n\
            <rect class=\"mark\" x=\"{LEFT:.1}\" y=\"{top:.1}\" width=\"{:.1}\" height=\"18\"/>\n\
            <line class=\"whisker\" x1=\"{median:.1}\" y1=\"{:.1}\" x2=\"{p90:.1}\" y2=\"{:.1}\"/>\n\
            <text x=\"{:.1}\" y=\"{:.1}\">{}</text>\n",
            LEFT - 8.0,
            top + 14.0,
            escaped(&name),
            (median - LEFT).max(1.0),
            top + 9.0,
            top + 9.0,
            p90 + 8.0,
            top + 14.0,
            escaped(&seconds(spread.median))
        ));
    }
    Some(svg("Durations of gates", TOP * 2.0 + row * number(gates.len()), &body))
}

fn svg(title: &str, height: f64, body: &str) -> String {
    format!(
        "<svg viewBox=\"0 0 {WIDTH:.0} {height:.0}\" role=\"img\" aria-label=\"{}\">\n{body}</svg>\n",
        escaped(title)
    )
}

/// A line across the plot, with its name.
fn across(height: f64, name: &str) -> String {
    format!(
        "<line class=\"grid\" x1=\"{LEFT:.1}\" y1=\"{height:.1}\" x2=\"{:.1}\" y2=\"{height:.1}\"/>\n\
        <text x=\"{:.1}\" y=\"{:.1}\" text-anchor=\"end\">{}</text>\n",
        WIDTH - RIGHT,
        LEFT - 8.0,
        height + 4.0,
        escaped(name)
    )
}

/// The days of a plot, from left to right.
struct Days {
    first: Timestamp,
    last: Timestamp,
}

impl Days {
    fn of(times: impl Iterator<Item = Timestamp>) -> Option<Self> {
        let mut days: Option<Self> = None;
        for at in times {
            let known = days.get_or_insert(Self { first: at, last: at });
            known.first = known.first.min(at);
            known.last = known.last.max(at);
        }
        days
    }

    fn at(&self, at: Timestamp) -> f64 {
        let whole = self.last.duration_since(self.first).as_secs_f64().max(1.0);
        let own = at.duration_since(self.first).as_secs_f64();
        scaled(own, (0.0, whole), (LEFT + 6.0, WIDTH - RIGHT - 6.0))
    }

    fn labels(&self) -> String {
        let half = self.last.duration_since(self.first) / 2;
        let middle = self.first.checked_add(half).unwrap_or(self.first);
        let ends = [(self.first, "start"), (middle, "middle"), (self.last, "end")];
        let label = |(at, anchor): &(Timestamp, &str)| below(self.at(*at), anchor, &day(*at));
        ends.iter().map(label).collect()
    }
}

/// A word below the plot.
fn below(x: f64, anchor: &str, word: &str) -> String {
    let y = HEIGHT - 12.0;
    format!("<text x=\"{x:.1}\" y=\"{y:.1}\" text-anchor=\"{anchor}\">{word}</text>\n")
}

fn day(at: Timestamp) -> String {
    at.strftime("%Y-%m-%d").to_string()
}

/// `from` is less than `to`.
fn scaled(value: f64, (from, to): (f64, f64), (low, high): (f64, f64)) -> f64 {
    low + (value - from) / (to - from) * (high - low)
}

fn number(of: usize) -> f64 {
    u32::try_from(of).map_or(f64::MAX, f64::from)
}

fn lines(of: u64) -> f64 {
    u32::try_from(of).map_or_else(|_| f64::from(u32::MAX), f64::from)
}

/// Round numbers from nothing to the most: four to ten of them.
fn ticks(most: f64) -> Vec<f64> {
    let power = 10_f64.powf(most.log10().floor());
    let rough = most / power;
    let step = power
        * if rough < 2.0 {
            0.25
        } else if rough < 5.0 {
            0.5
        } else {
            1.0
        };
    let all = (0..=10_u32).map(|index| step * f64::from(index));
    all.take_while(|tick| *tick <= most).collect()
}

/// A number with a sign for thousands or millions.
fn short(value: f64) -> String {
    match value {
        millions if millions >= 1e6 => format!("{:.1}M", millions / 1e6),
        thousands if thousands >= 1e4 => format!("{:.1}k", thousands / 1e3),
        few if few.fract() > 0.0 => format!("{few:.1}"),
        few => format!("{few:.0}"),
    }
}
