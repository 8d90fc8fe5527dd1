//! Metrics as a page: HTML that is whole in itself, without a script, for light and dark.

mod plot;

use std::collections::BTreeSet;

use crate::judge::metrics::{Measured, Spread, Summary};
use thrice_report::text::duration;

/// What the page shows.
pub(crate) struct Page<'a> {
    /// What is measured.
    pub title: &'a str,
    /// When, as RFC 3339 in UTC.
    pub(crate) made_at: &'a str,
    /// All that is measured.
    pub measured: &'a Measured,
    /// The metrics, a column each.
    pub(crate) summaries: &'a [Summary],
}

const STYLE: &str = "\
:root { color-scheme: light dark; --ink: #1f2328; --soft: #59636e; --line: #d1d9e0; --paper: #ffffff;
  --card: #f6f8fa; --mark: #0969da; --other: #bc4c00; }
@media (prefers-color-scheme: dark) { :root { --ink: #e6edf3; --soft: #9198a1; --line: #3d444d;
  --paper: #0d1117; --card: #151b23; --mark: #4493f8; --other: #f0883e; } }
* { box-sizing: border-box; }
body { margin: 0 auto; max-width: 68rem; padding: 2rem 1.25rem 4rem; background: var(--paper);
  color: var(--ink); font: 16px/1.5 system-ui, sans-serif; }
h1 { font-size: 1.6rem; margin: 0 0 .25rem; } h2 { font-size: 1.1rem; margin: 2.25rem 0 .5rem; }
p, figcaption { color: var(--soft); margin: 0 0 .75rem; } figure { margin: 0; }
.scroll { overflow-x: auto; }
table { border-collapse: collapse; font-variant-numeric: tabular-nums; width: 100%; }
th, td { padding: .35rem .75rem; border-bottom: 1px solid var(--line); text-align: right; white-space: nowrap; }
th:first-child, td:first-child { text-align: left; } thead th { color: var(--soft); font-weight: 600; }
svg { display: block; width: 100%; height: auto; background: var(--card); border: 1px solid var(--line);
  border-radius: 6px; }
svg text { fill: var(--soft); font: 12px system-ui, sans-serif; } .grid { stroke: var(--line); }
.mark { fill: var(--mark); } .other { fill: var(--other); } .whisker { stroke: var(--other); stroke-width: 2; }
";

/// The page.
#[must_use]
pub(crate) fn page(page: &Page<'_>) -> String {
    let title = escaped(page.title);
    let changes = &page.measured.changes;
    let mut html = format!(
        "<!doctype html>\n<html lang=\"en\">\n<head>\n<meta charset=\"utf-8\">\n\
        <meta name=\"viewport\" content=\"width=device-width, initial-scale=1\">\n\
        <title>Metrics of {title}</title>\n<style>\n{STYLE}</style>\n</head>\n<body>\n\
        <h1>Metrics of {title}</h1>\n<p>Made at {}. Nothing hangs on these numbers: they are \
        for looking at what the harness costs and gives.</p>\n",
        escaped(page.made_at)
    );
    html.push_str(&format!("<div class=\"scroll\">\n{}</div>\n", table(page.summaries)));
    html.push_str(&figure(
        "Lead time",
        "Of each change, from its beginning to its landing. Blue: from the first push, as the \
         server keeps it. Orange: from the date of the first commit.",
        plot::lead(changes),
    ));
    html.push_str(&figure(
        "Churn",
        "Lines added and taken out by what landed, together. Binary files count for nothing.",
        plot::churn(changes),
    ));
    let all = page.summaries.first();
    html.push_str(&figure(
        "Gates",
        "Bars: the median of how long each took. Lines: to where nine of ten ended.",
        all.and_then(|all| plot::gates(&all.gates)),
    ));
    html.push_str(
        "<h2>Definitions</h2>\n<p>Median and p90 are interpolated linearly between neighbours: \
         of n values in their order, the quantile q stands at q(n\u{2212}1). Pass rate: decided \
         reviews that passed. Repeatability: runs that left the archive that most runs of their \
         review left. What is not known is left out, and counted as not known.</p>\n\
         </body>\n</html>\n",
    );
    html
}

fn figure(title: &str, caption: &str, plot: Option<String>) -> String {
    let body = plot.unwrap_or_else(|| "<p>Nothing is known of it.</p>\n".to_owned());
    format!("<h2>{title}</h2>\n<figure>\n<figcaption>{caption}</figcaption>\n{body}</figure>\n")
}

fn table(summaries: &[Summary]) -> String {
    let mut html = "<table>\n<thead><tr><th></th>".to_owned();
    for summary in summaries {
        html.push_str(&format!("<th>{}</th>", escaped(&summary.name)));
    }
    html.push_str("</tr></thead>\n<tbody>\n");
    let mut row = |name: &str, of: &dyn Fn(&Summary) -> String| {
        let cells: String =
            summaries.iter().map(|it| format!("<td>{}</td>", escaped(&of(it)))).collect();
        html.push_str(&format!("<tr><td>{}</td>{cells}</tr>\n", escaped(name)));
    };
    let percent = |part: Option<f64>| part.map_or_else(dash, |it| format!("{:.1} %", it * 100.0));
    row("Changes", &|it| it.changes.to_string());
    row("Lead time, median", &|it| time(it.lead_seconds.as_ref(), |spread| spread.median));
    row("Lead time, p90", &|it| time(it.lead_seconds.as_ref(), |spread| spread.p90));
    row("Lead time not known", &|it| it.lead_unknown.to_string());
    row("Churn of a change, median", &|it| {
        it.churn.map_or_else(dash, |spread| format!("{:.1} lines", spread.median))
    });
    row("Churn, in all", &|it| format!("{} lines", it.churn_total));
    row("Reviews", &|it| it.reviews.to_string());
    row("Pass rate", &|it| percent(it.pass_rate));
    row("Repeatability", &|it| percent(it.repeatability));
    row("Time to acknowledge", &|it| time(it.acknowledge_seconds.as_ref(), |spread| spread.median));
    row("Time to restore", &|it| time(it.restore_seconds.as_ref(), |spread| spread.median));
    row("Incidents open", &|it| it.incidents_open.to_string());
    let gates: BTreeSet<&String> = summaries.iter().flat_map(|it| it.gates.keys()).collect();
    for gate in gates {
        row(&format!("Gate {gate}, median"), &|it| {
            time(it.gates.get(gate), |spread| spread.median)
        });
    }
    html.push_str("</tbody>\n</table>\n");
    html
}

fn time(spread: Option<&Spread>, of: fn(&Spread) -> f64) -> String {
    spread.map_or_else(dash, |spread| duration(of(spread)))
}

fn dash() -> String {
    "\u{2013}".to_owned()
}

/// A text that is nothing but text in HTML, in an attribute too.
fn escaped(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    for character in thrice_report::text::safe(text).chars() {
        match character {
            '&' => out.push_str("&amp;"),
            '<' => out.push_str("&lt;"),
            '>' => out.push_str("&gt;"),
            '"' => out.push_str("&quot;"),
            '\'' => out.push_str("&#39;"),
            other => out.push(other),
        }
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::judge::metrics::{Change, From};

    #[test]
    fn hostile_texts_are_nothing_but_text() {
        let hostile = "<script>alert('x')</script>\" onload=\"&";
        let change = |landed: i64, began: Option<i64>| Change {
            commit: hostile.to_owned(),
            subject: hostile.to_owned(),
            pull: Some(1),
            landed_at: jiff::Timestamp::from_second(landed).unwrap(),
            began: began
                .map(|began| (jiff::Timestamp::from_second(began).unwrap(), From::FirstCommit)),
            commits: 1,
            added: u64::MAX,
            deleted: 1,
            files: 1,
        };
        let measured = Measured {
            changes: vec![change(100, Some(10)), change(100_000, Some(10)), change(7, None)],
            ..Measured::default()
        };
        let mut summary = measured.summary(hostile);
        summary.gates.insert(hostile.to_owned(), Spread::of(vec![1.0, 2.0]).unwrap());
        let summaries = [summary];
        let text = page(&Page {
            title: hostile,
            made_at: hostile,
            measured: &measured,
            summaries: &summaries,
        });
        assert!(!text.contains("<script") && !text.contains("\" onload"), "{text}");
        assert!(!text.contains("NaN") && !text.contains("inf"), "{text}");
        assert_eq!(text.matches("<svg").count(), 3, "{text}");
        let empty =
            page(&Page { title: "", made_at: "", measured: &Measured::default(), summaries: &[] });
        assert_eq!(empty.matches("Nothing is known of it.").count(), 3, "{empty}");
    }
}
