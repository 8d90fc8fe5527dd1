//! The agenda and the status document of a cycle or a sprint, as GitHub Markdown with
//! charts that GitHub draws.

use jiff::civil::Date;

use crate::judge::calendar::Meeting;
use thrice_findings::Answer;
use thrice_ledger::decisions::Alarm;
use thrice_programme::calendar::{Cycle, Window};
use thrice_report::markdown::{code, codes, line, table};
use thrice_risk::verbs::sla::Matter;

/// What a story has come to.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Progress {
    /// Merged, with its evidence.
    Done,
    /// Somebody works on it.
    UnderWay,
    Pending,
    /// Stopped by a block.
    Blocked,
    /// Nobody can say.
    Unknown,
}

/// A story in a status document.
#[derive(Clone, Debug)]
pub(crate) struct StoryLine {
    pub id: String,
    /// What it is about.
    pub title: String,
    /// The role that owns it.
    pub owner: Option<String>,
    /// What it has come to.
    pub state: Progress,
    /// The same in the words of the workflow, such as `in_progress`.
    pub word: String,
    /// Why that is so, or what is missing.
    pub why: String,
}

/// Something that is on a day.
#[derive(Clone, Debug)]
pub(crate) struct Due {
    pub day: Date,
    /// What is to be done, or ends, on it.
    pub what: String,
    /// The sprint whose gate it is a deadline of.
    pub gate_of: Option<String>,
}

/// A bar of the chart.
#[derive(Clone, Debug)]
pub(crate) struct Bar {
    /// What it is of.
    pub name: String,
    pub window: Window,
    /// How it is drawn.
    pub mark: Mark,
}

/// How a bar is drawn.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Mark {
    Plain,
    /// In the colour of what is critical.
    Critical,
    Milestone,
}

/// All that a status document says.
#[derive(Clone, Debug)]
pub(crate) struct Status<'a> {
    /// `cycle C-01` or `sprint 03`.
    pub subject: String,
    /// The day that it is.
    pub today: Date,
    /// Where that is in the window, in words.
    pub day: String,
    /// Its days, and the zone in which they are meant.
    pub window: Window,
    pub zone: String,
    /// More that is said of it: name and text, which is Markdown.
    pub more: Vec<(&'static str, String)>,
    /// Its stories; `None` where nothing says which they are.
    pub stories: Option<&'a [StoryLine]>,
    /// Risks that are open.
    pub risks: &'a [&'a Alarm],
    pub blocks: &'a [&'a Alarm],
    /// Its scorecard; empty where it has none.
    pub card: &'a [Answer],
    /// Matters whose clocks run.
    pub matters: &'a [Matter],
    pub next: Vec<Due>,
    /// What the chart shows.
    pub bars: Vec<Bar>,
}

/// The first words of a status document.
const STATUS: &str = "# Status of ";

/// Whether a file is a status document.
#[must_use]
pub(crate) fn is_status(bytes: &[u8]) -> bool {
    bytes.starts_with(STATUS.as_bytes())
}

/// The line by which a log shows that a status was published on a day.
#[must_use]
pub(crate) fn marker(subject: &str, day: Date) -> String {
    format!("<!-- status of {subject} on {day} -->")
}

/// The newest day on which a log says that a status was published.
#[must_use]
pub(crate) fn published(log: &str, subject: &str) -> Option<Date> {
    let before = format!("<!-- status of {subject} on ");
    let days = log.lines().filter_map(|line| {
        let day = line.trim().strip_prefix(&before)?.strip_suffix(" -->")?;
        day.parse::<Date>().ok()
    });
    days.max()
}

#[must_use]
pub(crate) fn status(status: &Status<'_>) -> String {
    let Status { window, zone, .. } = status;
    let mut text = format!(
        "{STATUS}{}\n\n{}\n\n{}, {}. {} to {} ({}).\n\n",
        line(&status.subject),
        marker(&status.subject, status.today),
        status.today,
        status.day,
        window.from,
        window.to,
        line(zone)
    );
    if let Some(all) = status.stories.filter(|all| !all.is_empty()) {
        let count = |state| all.iter().filter(|story| story.state == state).count();
        let (done, blocked) = (count(Progress::Done), count(Progress::Blocked));
        text.push_str(&format!("- Stories: {done} of {} done, {blocked} blocked\n", all.len()));
    }
    for (name, said) in &status.more {
        text.push_str(&format!("- {name}: {said}\n"));
    }
    text.push_str(&gantt(&status.subject, &status.bars, status.today));
    text.push_str(&stories(status));
    if !status.card.is_empty() {
        text.push_str("\n## Scorecard\n\n");
        let row = |it: &Answer| vec![line(&it.demand), it.verdict.word().to_owned(), line(&it.why)];
        text.push_str(&table(&["what it asks", "answer", "why"], status.card.iter().map(row)));
    }
    text.push_str("\n## Residual risks\n\n");
    text.push_str(&risks(status.risks));
    if !status.matters.is_empty() {
        text.push_str("\n## Clocks\n\n");
        let row = |it: &Matter| {
            vec![
                code(&it.id),
                line(&it.title),
                it.severity.to_owned(),
                line(&it.owner),
                line(&it.next),
            ]
        };
        let head = ["what", "title", "severity", "owner", "next"];
        text.push_str(&table(&head, status.matters.iter().map(row)));
    }
    text.push_str("\n## Next\n\n");
    let next = status.next.iter().map(|due| vec![weekday(due.day), line(&due.what)]);
    text.push_str(&filled(&["day", "what"], next.collect(), "Nothing more."));
    text
}

fn stories(status: &Status<'_>) -> String {
    let Some(all) = status.stories else {
        return "\n## Stories\n\nNot established: there is no `policy/backlog.toml` that says \
            which stories these are.\n"
            .to_owned();
    };
    let mut text = pie(all);
    let parts = [
        ("Done", Progress::Done),
        ("In progress", Progress::UnderWay),
        ("Pending", Progress::Pending),
        ("Blocked", Progress::Blocked),
        ("Not established", Progress::Unknown),
    ];
    for (title, state) in parts {
        let of: Vec<&StoryLine> = all.iter().filter(|story| story.state == state).collect();
        if of.is_empty() && state == Progress::Unknown {
            continue;
        }
        text.push_str(&format!("\n## {title}\n\n"));
        text.push_str(&stories_table(of.into_iter(), status.blocks));
    }
    text
}

/// Stories as a table, those that are blocked with what stops them.
pub(super) fn stories_table<'a>(
    stories: impl Iterator<Item = &'a StoryLine>,
    blocks: &[&Alarm],
) -> String {
    let rows = stories.map(|story| {
        let owner = story.owner.as_deref().map_or("**nobody**".to_owned(), line);
        let block = blocks.iter().find(|block| block.subject() == story.id);
        let why = match block.filter(|_| story.state == Progress::Blocked) {
            Some(block) => {
                let eta =
                    block.details.eta.map_or_else(|| "no date".to_owned(), |it| it.to_string());
                let owner = block.owner.as_deref().map_or("**nobody**".to_owned(), line);
                format!("{} ({}, {owner}, {eta})", line(&block.title), block.severity.word())
            }
            None => line(&story.why),
        };
        vec![code(&story.id), line(&story.title), owner, line(&story.word), why]
    });
    let head = ["story", "title", "owner", "state", "why"];
    filled(&head, rows.collect(), "None.")
}

/// Risks as a table.
pub(super) fn risks(risks: &[&Alarm]) -> String {
    let rows = risks.iter().map(|risk| {
        let or = |text: &Option<String>| text.as_deref().map_or("**nobody**".to_owned(), line);
        let done = risk.mitigation.as_deref().map_or("**nothing**".to_owned(), line);
        let title = line(&risk.title);
        let (severity, state) = (risk.severity.word().to_owned(), risk.state().word().to_owned());
        vec![code(&risk.id), severity, state, or(&risk.owner), title, done]
    });
    let head = ["risk", "severity", "state", "owner", "what can happen", "what is done"];
    filled(&head, rows.collect(), "None is open in the ledger.")
}

fn filled(head: &[&str], rows: Vec<Vec<String>>, none: &str) -> String {
    if rows.is_empty() { format!("{none}\n") } else { table(head, rows) }
}

fn pie(stories: &[StoryLine]) -> String {
    let count = |state| stories.iter().filter(|story| story.state == state).count();
    // Left to itself, the chart paints what is blocked green.
    let parts = [
        ("done", "#4ac26b", Progress::Done),
        ("in progress", "#54aeff", Progress::UnderWay),
        ("pending", "#eac54f", Progress::Pending),
        ("blocked", "#ff8182", Progress::Blocked),
        ("not established", "#afb8c1", Progress::Unknown),
    ];
    let mut text = String::new();
    let mut colours = String::new();
    let drawn = parts.into_iter().map(|(name, colour, state)| (name, colour, count(state)));
    for (at, (name, colour, count)) in drawn.filter(|(_, _, count)| *count > 0).enumerate() {
        text.push_str(&format!("    \"{name}\" : {count}\n"));
        colours.push_str(&format!("\"pie{}\": \"{colour}\", ", at + 1));
    }
    if text.is_empty() {
        return String::new();
    }
    format!(
        "\n```mermaid\n%%{{init: {{\"themeVariables\": {{{colours}\"pieOpacity\": \"1\", \
        \"pieSectionTextColor\": \"#1f2328\"}}}}}}%%\npie showData\n    title Stories\n{text}```\n"
    )
}

fn gantt(title: &str, bars: &[Bar], today: Date) -> String {
    if bars.is_empty() {
        return String::new();
    }
    let mut text = format!(
        "\n```mermaid\ngantt\n    title {}\n    dateFormat YYYY-MM-DD\n    axisFormat %m-%d\n",
        word(title)
    );
    for bar in bars {
        let (name, from) = (word(&bar.name), bar.window.from);
        let end = bar.window.to.tomorrow().unwrap_or(bar.window.to);
        text.push_str(&match bar.mark {
            Mark::Plain => format!("    {name} :{from}, {end}\n"),
            Mark::Critical => format!("    {name} :crit, {from}, {end}\n"),
            Mark::Milestone => format!("    {name} :milestone, {from}, 1d\n"),
        });
    }
    if bars.iter().any(|bar| bar.window.holds(today)) {
        text.push_str(&format!("    written {today} :milestone, {today}, 1d\n"));
    }
    text + "```\n"
}

/// Text in a chart: nothing in it means something to the one that draws.
fn word(text: &str) -> String {
    let plain = |c: char| if c.is_alphanumeric() || " -._/".contains(c) { c } else { ' ' };
    let text: String = text.chars().take(80).map(plain).collect();
    let text = text.split_whitespace().collect::<Vec<_>>().join(" ");
    if text.is_empty() { "-".to_owned() } else { text }
}

fn weekday(day: Date) -> String {
    day.strftime("%a %Y-%m-%d").to_string()
}

/// The first words of an agenda.
const AGENDA: &str = "# Agenda of ";

/// Whether a file is an agenda.
#[must_use]
pub(crate) fn is_agenda(bytes: &[u8]) -> bool {
    bytes.starts_with(AGENDA.as_bytes())
}

/// The agenda of a cycle.
#[must_use]
pub(crate) fn agenda(cycle: &Cycle, zone: &str, meetings: &[Meeting<'_>], due: &[Due]) -> String {
    let name = cycle.name.as_ref().map_or_else(String::new, |name| format!(" ({})", line(name)));
    let window = cycle.window;
    let mut text = format!(
        "{AGENDA}cycle {}{name}\n\n{} to {} ({}).\n\n",
        line(&cycle.id),
        window.from,
        window.to,
        line(zone)
    );
    for (name, said) in facts(cycle) {
        text.push_str(&format!("- {name}: {said}\n"));
    }
    text.push_str("\n## Exit criteria\n\n");
    for exit in &cycle.exit {
        text.push_str(&format!("- [ ] {}\n", line(exit)));
    }
    text.push_str("\n## Rites\n\n");
    let rows = meetings.iter().map(|meeting| {
        let rite = meeting.rite;
        let time =
            format!("{} to {}", meeting.begins.strftime("%H:%M"), meeting.ends.strftime("%H:%M"));
        let owner = rite.owner.as_deref().map_or_else(String::new, line);
        let about = rite.agenda.as_deref().map_or_else(String::new, line);
        vec![weekday(meeting.begins.date()), time, line(&rite.name), owner, about]
    });
    let head = ["day", "time", "rite", "held by", "what for"];
    text.push_str(&filled(&head, rows.collect(), "Policy names none."));
    text.push_str("\n## Days to know\n\n");
    let rows = due.iter().map(|due| vec![weekday(due.day), line(&due.what)]);
    text.push_str(&filled(&["day", "what"], rows.collect(), "None."));
    text
}

/// What policy says of a cycle, as Markdown.
#[must_use]
pub(crate) fn facts(cycle: &Cycle) -> Vec<(&'static str, String)> {
    let mut facts = Vec::new();
    if !cycle.scope.is_empty() {
        facts.push(("Scope", codes(&cycle.scope)));
    }
    if let Some(goal) = &cycle.goal {
        facts.push(("Goal", line(goal)));
    }
    if !cycle.owners.is_empty() {
        facts.push(("Owners", codes(&cycle.owners)));
    }
    facts
}
