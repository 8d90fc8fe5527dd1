//! The board as a page: HTML that is whole in itself, without a script.

use std::fmt::Write;

use super::{
    Board, BoardPart, Clock, Column, Matter, Pull, Release, Stands, Story, Trends, percent, plot,
};
use thrice_pull::judge::metrics::{Spread, Summary};
use thrice_report::text::{counted, safe, seconds};

const STYLE: &str = include_str!("board.css");

/// How many stories of a column are shown before the others are folded away.
const MOST_STORIES: usize = 12;
/// How many things that a gate misses are shown before the others are folded away.
const MOST_MISSES: usize = 3;

/// A section: its anchor and its title.
const SECTIONS: [(&str, &str); 7] = [
    ("matters", "Matters and clocks"),
    ("stories", "Stories"),
    ("waves", "Waves"),
    ("sprints", "Sprints"),
    ("pulls", "Pull requests"),
    ("releases", "Releases on their way"),
    ("trends", "Trends"),
];

#[must_use]
pub(crate) fn page(board: &Board) -> String {
    let bodies = [
        part(&board.matters, |it| matters(it)),
        part(&board.stories, |it| stories(it)),
        part(&board.waves, |it| gates(it, "Waves", &["stories merged", "in progress, of limit"])),
        part(&board.sprints, |it| {
            gates(it, "Sprints", &["stories done", "evidence", "checklists"])
        }),
        part(&board.pulls, |it| pulls(it)),
        part(&board.releases, |it| releases(it)),
        part(&board.trends, trends),
    ];
    let name = escaped(&board.name);
    let mut html = format!(
        "<!doctype html>\n<html lang=\"en\">\n<head>\n<meta charset=\"utf-8\">\n\
        <meta name=\"viewport\" content=\"width=device-width, initial-scale=1\">\n\
        <title>Board of {name}</title>\n<style>\n{STYLE}</style>\n</head>\n<body>\n\
        <a class=\"skip\" href=\"#main\">Skip to the board</a>\n<header>\n<h1>{}</h1>\n\
        <ul class=\"plain\">\n",
        escaped(&board.answer())
    );
    for day in board.days() {
        let _ = writeln!(html, "<li>{}</li>", coded(&day));
    }
    html.push_str("</ul>\n</header>\n<nav aria-label=\"Sections\">\n<ul class=\"plain\">\n");
    let sections = || SECTIONS.iter().zip(&bodies);
    for ((id, title), _) in sections().filter(|(_, body)| body.is_ok()) {
        let _ = writeln!(html, "<li><a href=\"#{id}\">{title}</a></li>");
    }
    html.push_str("</ul>\n</nav>\n<main id=\"main\">\n");
    html.push_str(&tiles(board));
    for ((id, title), body) in sections() {
        if let Ok(body) = body {
            let _ = write!(
                html,
                "<section aria-labelledby=\"{id}\">\n<h2 id=\"{id}\">{title}</h2>\n{body}</section>\n"
            );
        }
    }
    html.push_str("</main>\n<footer>\n");
    for ((_, title), body) in sections() {
        if let Err(why) = body {
            let _ = writeln!(html, "<p>{title}: not shown, because {}.</p>", escaped(why));
        }
    }
    for said in &board.unseen {
        let _ = writeln!(html, "<p>Not seen: {}.</p>", escaped(said));
    }
    html.push_str(DEFINITIONS);
    html.push_str("</footer>\n</body>\n</html>\n");
    html
}

const DEFINITIONS: &str = "<p>Nothing is decided by the trends. Median and p90 are interpolated \
    linearly between neighbours. Pass rate: decided reviews that passed. Repeatability: runs that \
    left the archive that most runs of their review left. Flaky: a gate that came out differently \
    in runs of one commit. What is not known is left out.</p>\n";

fn part<T>(part: &BoardPart<T>, of: impl Fn(&T) -> String) -> Result<String, &str> {
    part.as_ref().map(of).map_err(String::as_str)
}

fn tiles(board: &Board) -> String {
    let mut html = "<ul class=\"tiles plain\" aria-label=\"At a glance\">\n".to_owned();
    for tile in board.tiles() {
        let class = if tile.is_late { " class=\"late\"" } else { "" };
        let _ = writeln!(
            html,
            "<li><a{class} href=\"#{}\"><span>{}</span> <b>{}</b></a></li>",
            tile.anchor,
            tile.label,
            escaped(&tile.value)
        );
    }
    html + "</ul>\n"
}

fn matters(matters: &[Matter]) -> String {
    if matters.is_empty() {
        return "<p>Nothing is open.</p>\n".to_owned();
    }
    let mut html = "<ul class=\"cards plain\">\n".to_owned();
    for matter in matters {
        let (class, word) = match matter.is_late {
            true => ("card late", "\u{25b2} Needs somebody now"),
            false => ("card", "\u{25cb} Within its time"),
        };
        let _ = write!(
            html,
            "<li class=\"{class}\">\n<h3>{}</h3>\n<p>{}</p>\n<p class=\"word\">{word}</p>\n",
            escaped(&matter.title),
            escaped(&matter.what)
        );
        if !matter.clocks.is_empty() {
            html.push_str("<ul class=\"plain\">\n");
            matter.clocks.iter().for_each(|it| clock(&mut html, it));
            html.push_str("</ul>\n");
        }
        let asked = escaped(&matter.asked);
        let _ =
            write!(html, "<p>Asked: {asked}</p>\n<p>Next: {}</p>\n</li>\n", coded(&matter.next));
    }
    html + "</ul>\n"
}

fn clock(html: &mut String, clock: &Clock) {
    let (class, sign) = match clock.is_late {
        true => (" class=\"late\"", "\u{25b2}"),
        false => ("", "\u{25cb}"),
    };
    let (step, left) = (escaped(&clock.step), escaped(&clock.left));
    let _ = writeln!(
        html,
        "<li{class}><span aria-hidden=\"true\">{sign}</span> {step}: {left}, due {}</li>",
        escaped(&clock.due)
    );
}

fn stories(stories: &[Story]) -> String {
    let mut html = "<div class=\"columns\">\n".to_owned();
    for column in Column::ALL {
        let own: Vec<&Story> = stories.iter().filter(|story| story.column == column).collect();
        let (name, sign) = column.words();
        let _ = writeln!(
            html,
            "<div>\n<h3><span aria-hidden=\"true\">{sign}</span> {name} ({})</h3>",
            own.len()
        );
        // What waits and what is over is looked up, not looked at.
        let shown = match column {
            Column::Ready | Column::Waiting | Column::Merged => 0,
            _ => MOST_STORIES.min(own.len()),
        };
        let (first, others) = own.split_at(shown);
        if own.is_empty() {
            html.push_str("<p class=\"soft\">None.</p>\n");
        }
        html.push_str(&list_of(first));
        if !others.is_empty() {
            let more = if shown == 0 { "Show" } else { "Show more:" };
            let stories = counted(others.len(), "story");
            let _ = write!(
                html,
                "<details>\n<summary>{more} {stories}<span class=\"soft\"> ({name})</span></summary>\n{}</details>\n",
                list_of(others)
            );
        }
        html.push_str("</div>\n");
    }
    html + "</div>\n"
}

fn list_of(stories: &[&Story]) -> String {
    if stories.is_empty() {
        return String::new();
    }
    let mut html = "<ul class=\"plain\">\n".to_owned();
    for story in stories {
        let owner = story.owner.as_deref().unwrap_or("nobody");
        let _ = writeln!(
            html,
            "<li><span class=\"id\">{}</span> {}<br><span class=\"soft\">{}; {}</span></li>",
            escaped(&story.id),
            escaped(&story.title),
            escaped(owner),
            escaped(&story.why)
        );
    }
    html + "</ul>\n"
}

fn gates(all: &[Stands], noun: &str, counts: &[&str]) -> String {
    let mut heads = vec![("name", "wide"), ("state", "")];
    heads.extend(counts.iter().map(|count| (*count, "")));
    heads.push(("what its gate misses", "wide"));
    let rows = all.iter().map(|stands| {
        let (id, name) = (escaped(&stands.id), escaped(&stands.name));
        let days = match stands.days.as_str() {
            "" => String::new(),
            days => format!("<br><span class=\"soft\">{}</span>", escaped(days)),
        };
        let mut cells =
            vec![format!("<span class=\"id\">{id}</span> {name}{days}"), escaped(&stands.state)];
        cells.extend(stands.counts.iter().map(|count| escaped(count)));
        cells.push(misses(stands));
        (stands.is_present, cells)
    });
    stacked(&format!("{noun}, and what the gate of each still misses"), &heads, rows)
}

fn misses(stands: &Stands) -> String {
    let Some(misses) = &stands.misses else { return "\u{2013}".to_owned() };
    if misses.is_empty() {
        return "nothing".to_owned();
    }
    let list = |some: &[String]| -> String {
        let lines = some.iter().map(|it| format!("<li>{}</li>", coded(it)));
        format!("<ul>{}</ul>", lines.collect::<String>())
    };
    let (first, others) = misses.split_at(MOST_MISSES.min(misses.len()));
    let mut html = list(first);
    if !others.is_empty() {
        let more = others.len();
        let _ = write!(
            html,
            "<details><summary>{more} more<span class=\"soft\"> ({})</span></summary>{}</details>",
            escaped(&stands.id),
            list(others)
        );
    }
    html
}

fn pulls(pulls: &[Pull]) -> String {
    if pulls.is_empty() {
        return "<p>No pull request is open.</p>\n".to_owned();
    }
    let rows = pulls.iter().map(|pull| {
        let number = pull.number.map_or_else(String::new, |number| format!("#{number} "));
        let title = if pull.title.is_empty() { "Sandbox branch" } else { &pull.title };
        let cells = vec![
            format!("{number}{}", escaped(title)),
            format!("<span class=\"id\">{}</span>", escaped(&pull.branch)),
            escaped(&pull.stands),
            format!("<code>{}</code>", escaped(&pull.next)),
        ];
        (false, cells)
    });
    let heads = [("pull request", "wide"), ("branch", "wide"), ("standing", ""), ("next", "wide")];
    stacked("Open pull requests, and sandbox branches without one", &heads, rows)
}

fn releases(releases: &[Release]) -> String {
    if releases.is_empty() {
        return "<p>No release is on its way.</p>\n".to_owned();
    }
    let rows = releases.iter().map(|release| {
        let id = |text: &str| format!("<span class=\"id\">{}</span>", escaped(text));
        let cells = vec![
            id(&release.tag),
            id(&release.sha),
            escaped(&release.stands),
            escaped(&release.waits),
        ];
        (false, cells)
    });
    let heads =
        [("release", "short"), ("commit", "short"), ("standing", "wide"), ("waits for", "wide")];
    stacked("Candidates whose version is not released", &heads, rows)
}

/// The plots of what is known.
fn plots(trends: &Trends) -> String {
    let changes = &trends.measured.changes;
    let weekly = |of: fn(&Summary) -> Option<f64>| -> Vec<_> {
        trends.weeks.iter().map(|(monday, summary)| (*monday, of(summary))).collect()
    };
    let all = trends.spans.first();
    let plots = [
        (
            "Lead time",
            "Of each change, from its beginning to its landing. Circles: from the first push. \
             Diamonds: from the date of the first commit.",
            plot::lead(changes),
        ),
        (
            "Repeatability by week",
            "Runs that left the archive that most runs of their review left.",
            plot::parts("Repeatability by week", &weekly(|it| it.repeatability)),
        ),
        (
            "Flaky gates by week",
            "Gates that came out differently in runs of one commit, of those that ran twice or more.",
            plot::parts("Flaky gates by week", &weekly(flake_rate)),
        ),
        (
            "Gates",
            "Bars: the median of how long each took. Lines: to where nine of ten ended.",
            all.and_then(|all| plot::gates(&all.gates)),
        ),
        ("Churn", "Lines added and removed by what landed.", plot::churn(changes)),
    ];
    let mut html = "<div class=\"plots\">\n".to_owned();
    for (title, caption, plot) in plots {
        if let Some(plot) = plot {
            let _ = write!(
                html,
                "<figure>\n<h3>{title}</h3>\n<figcaption>{caption}</figcaption>\n{plot}</figure>\n"
            );
        }
    }
    html + "</div>\n"
}

fn trends(trends: &Trends) -> String {
    let all = trends.spans.first();
    let mut html = plots(trends);
    html.push_str(&spans(&trends.spans));
    if let Some(all) = all.filter(|all| !all.gates.is_empty()) {
        html.push_str(&gate_rows(all));
    }
    if !trends.weeks.is_empty() {
        html.push_str(&week_rows(trends));
    }
    html
}

/// The numbers of each week, to unfold.
fn week_rows(trends: &Trends) -> String {
    let rows = trends.weeks.iter().map(|(monday, it)| {
        let cells = vec![
            monday.to_string(),
            it.changes.to_string(),
            it.reviews.to_string(),
            it.pass_rate.map_or_else(dash, percent),
            it.repeatability.map_or_else(dash, percent),
            flake_rate(it).map_or_else(dash, percent),
        ];
        (false, cells)
    });
    let heads = ["week from", "changes", "reviews", "pass rate", "repeatability", "flaky"];
    let heads = heads.map(|head| (head, if head == "week from" { "" } else { "number" }));
    let table = table("By week", &heads, rows);
    format!("<details>\n<summary>The numbers by week</summary>\n{table}</details>\n")
}

/// The part of all comparisons of a gate that differed.
fn flake_rate(summary: &Summary) -> Option<f64> {
    let sum = |of: fn(&thrice_pull::judge::metrics::FlakeRate) -> usize| -> u32 {
        summary.flakes.values().map(|it| u32::try_from(of(it)).unwrap_or(u32::MAX)).sum()
    };
    let (flaky, compared) = (sum(|it| it.flaky), sum(|it| it.compared));
    (compared > 0).then(|| f64::from(flaky) / f64::from(compared))
}

fn spans(spans: &[Summary]) -> String {
    type Said<'a> = &'a dyn Fn(&Summary) -> String;
    let lead = |it: &Summary, of| time(it.lead_seconds.as_ref(), of);
    let columns: [(&str, Said<'_>); 10] = [
        ("of", &|it| escaped(&it.name)),
        ("changes", &|it| it.changes.to_string()),
        ("lead time", &|it| lead(it, |spread| spread.median)),
        ("p90", &|it| lead(it, |spread| spread.p90)),
        ("churn", &|it| format!("{} lines", it.churn_total)),
        ("reviews", &|it| it.reviews.to_string()),
        ("pass rate", &|it| it.pass_rate.map_or_else(dash, percent)),
        ("repeatability", &|it| it.repeatability.map_or_else(dash, percent)),
        ("acknowledged in", &|it| time(it.acknowledge_seconds.as_ref(), |spread| spread.median)),
        ("restored in", &|it| time(it.restore_seconds.as_ref(), |spread| spread.median)),
    ];
    // A column without a number says nothing.
    let said = |of: Said<'_>| spans.iter().any(|it| of(it) != dash());
    let columns: Vec<_> = columns.into_iter().filter(|(_, of)| said(of)).collect();
    let rows =
        spans.iter().map(|it| (false, columns.iter().map(|(_, of)| of(it)).collect::<Vec<_>>()));
    let heads = columns.iter().map(|(head, _)| (*head, if *head == "of" { "" } else { "number" }));
    let heads: Vec<_> = heads.collect();
    table("All, and each cycle and sprint that has begun; times are medians", &heads, rows)
}

fn gate_rows(all: &Summary) -> String {
    let rows = all.gates.iter().map(|(gate, spread)| {
        let rate = all.flakes.get(gate);
        let cells = vec![
            escaped(gate),
            escaped(&seconds(spread.median)),
            escaped(&seconds(spread.p90)),
            rate.map_or_else(dash, |it| {
                format!("{} of {}", it.flaky, counted(it.compared, "review"))
            }),
        ];
        (false, cells)
    });
    let heads = [("gate", ""), ("median", "number"), ("p90", "number"), ("flaky in", "number")];
    table("Gates: how long they take, and how often they are flaky", &heads, rows)
}

fn time(spread: Option<&Spread>, of: fn(&Spread) -> f64) -> String {
    spread.map_or_else(dash, |spread| escaped(&seconds(of(spread))))
}

fn dash() -> String {
    "\u{2013}".to_owned()
}

/// A table of numbers, which is moved sideways where the screen has no room for it.
fn table(
    caption: &str,
    heads: &[(&str, &str)],
    rows: impl Iterator<Item = (bool, Vec<String>)>,
) -> String {
    format!(
        "<div class=\"scroll\" role=\"region\" aria-label=\"{caption}\" tabindex=\"0\">\n{}</div>\n",
        stacked(caption, heads, rows)
    )
}

/// A table of cells that are HTML already; the first of a row is its head. They stand below one
/// another where the screen is narrow. It names its roles, because readers take none from what
/// is not laid out as a table.
fn stacked(
    caption: &str,
    heads: &[(&str, &str)],
    rows: impl Iterator<Item = (bool, Vec<String>)>,
) -> String {
    let class = |class: &str| match class {
        "" => String::new(),
        class => format!(" class=\"{class}\""),
    };
    let (row, group) = (" role=\"row\"", " role=\"rowgroup\"");
    let mut html = format!(
        "<table role=\"table\" class=\"stack\">\n<caption>{caption}</caption>\n<thead{group}><tr{row}>"
    );
    for (head, width) in heads {
        let class = class(width);
        let _ = write!(html, "<th scope=\"col\" role=\"columnheader\"{class}>{head}</th>");
    }
    let _ = write!(html, "</tr></thead>\n<tbody{group}>\n");
    for (is_present, cells) in rows {
        let _ = write!(html, "<tr{row}{}>", class(if is_present { "present" } else { "" }));
        for (index, (cell, (head, width))) in cells.iter().zip(heads).enumerate() {
            let class = class(width);
            let _ = match index {
                0 => write!(html, "<th scope=\"row\" role=\"rowheader\"{class}>{cell}</th>"),
                _ => write!(html, "<td role=\"cell\"{class} data-head=\"{head}\">{cell}</td>"),
            };
        }
        html.push_str("</tr>\n");
    }
    html + "</tbody>\n</table>\n"
}

/// A text with its commands, which stand between backticks, as code.
fn coded(text: &str) -> String {
    let mut html = String::new();
    for (index, piece) in text.split('`').enumerate() {
        let piece = escaped(piece);
        let _ = match index % 2 {
            1 => write!(html, "<code>{piece}</code>"),
            _ => write!(html, "{piece}"),
        };
    }
    html
}

/// A text that is nothing but text in HTML, in an attribute too.
pub(super) fn escaped(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    for character in safe(text).chars() {
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
