//! The agenda and the status document of a cycle or a sprint, as GitHub Markdown with
//! charts that GitHub draws.

use jiff::civil::Date;

use crate::judge::calendar::Meeting;
use thrice_findings::{Answer, Verdict};
use thrice_ledger::decisions::Alarm;
use thrice_programme::Backlog;
use thrice_programme::calendar::{Cycle, Window};
use thrice_report::markdown::{code, codes, line, table, titled};
use thrice_report::text::counted;
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
    /// What to type to hear what its end misses, as Markdown; none where nothing can be missing.
    pub ask: Option<String>,
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
    let Status { window, zone, today, day, .. } = status;
    let mut text = format!(
        "{STATUS}{}\n\n{}\n\n**{}.** {today}, {day}: {} to {} ({}).\n",
        line(&status.subject),
        marker(&status.subject, *today),
        answer(status),
        window.from,
        window.to,
        line(zone)
    );
    if !status.more.is_empty() {
        text.push('\n');
    }
    for (name, said) in &status.more {
        text.push_str(&format!("- {name}: {said}\n"));
    }
    let matters = status.matters.iter().map(|it| {
        let next = format!("{}: {}", line(&it.next), code(&it.command));
        let what = titled(&it.id, &it.title);
        vec![format!("{what}<br>{}, owner: {}", it.severity, line(&it.owner)), next]
    });
    section(&mut text, "Needs somebody now", &rows(&["what", "next"], matters.collect()));
    section(&mut text, "Scorecard", &scorecard(status.card));
    if let Some(ask) = &status.ask {
        text.push_str(&format!("\n{ask}\n"));
    }
    stories(&mut text, status);
    section(&mut text, "Residual risks", &risks(status.risks));
    let next = status.next.iter().map(|due| vec![weekday(due.day), line(&due.what)]);
    let next = rows(&["day", "what"], next.collect());
    section(&mut text, "Days", &(gantt(&status.subject, &status.bars, *today) + &next));
    text
}

/// How far it is, in one line.
fn answer(status: &Status<'_>) -> String {
    let count = |all: &[StoryLine], state| all.iter().filter(|it| it.state == state).count();
    let stories = match status.stories {
        None => "Which stories these are is not established: there is no `policy/backlog.toml`"
            .to_owned(),
        Some([]) => "It has no story".to_owned(),
        Some(all) => {
            let rest = PARTS.iter().filter(|(_, state)| *state != Progress::Done);
            let rest = rest.map(|(name, state)| (name.to_lowercase(), count(all, *state)));
            let rest: Vec<_> = rest.filter(|(_, count)| *count > 0).collect();
            let rest = rest.iter().map(|(name, count)| format!(", {count} {name}"));
            let done = count(all, Progress::Done);
            format!("{done} of {} done{}", counted(all.len(), "story"), rest.collect::<String>())
        }
    };
    match status.risks.len() {
        0 => format!("{stories}; no residual risk"),
        risks => format!("{stories}; {}", counted(risks, "residual risk")),
    }
}

/// The parts of a status, the most pressing first.
const PARTS: [(&str, Progress); 5] = [
    ("Blocked", Progress::Blocked),
    ("In progress", Progress::UnderWay),
    ("Pending", Progress::Pending),
    ("Not established", Progress::Unknown),
    ("Done", Progress::Done),
];

/// Adds a section that says something.
pub(super) fn section(text: &mut String, title: &str, body: &str) {
    if !body.is_empty() {
        text.push_str(&format!("\n## {title}\n\n{}", body.trim_start_matches('\n')));
    }
}

/// What is missing comes first.
fn scorecard(card: &[Answer]) -> String {
    let mut card: Vec<&Answer> = card.iter().collect();
    card.sort_by_key(|it| match it.verdict {
        Verdict::Fail => 0,
        Verdict::NotEstablished => 1,
        Verdict::Pass => 2,
    });
    let row = |it: &&Answer| vec![line(&it.demand), it.verdict.word().to_owned(), line(&it.why)];
    rows(&["what it asks", "answer", "why"], card.iter().map(row).collect())
}

fn stories(text: &mut String, status: &Status<'_>) {
    let all = status.stories.unwrap_or_default();
    text.push_str(&pie(all));
    for (title, state) in PARTS {
        let of = all.iter().filter(|story| story.state == state);
        section(text, title, &stories_table(of, status.blocks));
    }
}

/// Stories as a table, those that are blocked with what stops them; nothing where there is none.
pub(super) fn stories_table<'a>(
    stories: impl Iterator<Item = &'a StoryLine>,
    blocks: &[&Alarm],
) -> String {
    let all = stories.map(|story| {
        let owner = story.owner.as_deref().map_or("**nobody**".to_owned(), line);
        let block = blocks.iter().find(|block| block.subject() == story.id);
        let stands = match block.filter(|_| story.state == Progress::Blocked) {
            Some(block) => {
                let eta = block.details.eta;
                let eta = eta.map_or_else(|| "nobody knows when".to_owned(), |it| it.to_string());
                let owner = block.owner.as_deref().map_or("**nobody**".to_owned(), line);
                let (title, severity) = (line(&block.title), block.severity.word());
                format!("blocked, {severity}: {title}; {owner} expects an answer: {eta}")
            }
            None if story.why.starts_with(&story.word) => line(&story.why),
            None => line(format!("{}; {}", story.word, story.why).trim_end_matches("; ")),
        };
        // Two columns fit on a telephone.
        vec![format!("{}<br>owner: {owner}", titled(&story.id, &story.title)), stands]
    });
    rows(&["story", "where it stands"], all.collect())
}

/// Risks as a table; nothing where there is none.
pub(super) fn risks(risks: &[&Alarm]) -> String {
    let all = risks.iter().map(|risk| {
        let owner = risk.owner.as_deref().map_or("**nobody**".to_owned(), line);
        let done = risk.mitigation.as_deref().map_or("**nothing**".to_owned(), line);
        let (severity, state) = (risk.severity.word(), risk.state().word());
        let what = titled(&risk.id, &risk.title);
        vec![format!("{what}<br>{severity}, {state}, owner: {owner}"), done]
    });
    rows(&["risk", "what is done about it"], all.collect())
}

fn rows(head: &[&str], rows: Vec<Vec<String>>) -> String {
    if rows.is_empty() { String::new() } else { table(head, rows) }
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
    // One part is no chart.
    if text.lines().count() < 2 {
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
    text + "```\n\n"
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

/// The agenda of a cycle; `backlog` knows what its waves are called.
#[must_use]
pub(crate) fn agenda(
    (cycle, backlog): (&Cycle, Option<&Backlog>),
    zone: &str,
    meetings: &[Meeting<'_>],
    due: &[Due],
) -> String {
    let name = cycle.name.as_ref().map_or_else(String::new, |name| format!(" ({})", line(name)));
    let window = cycle.window;
    let mut text = format!(
        "{AGENDA}cycle {}{name}\n\n**{}, {} to know.** {} to {} ({}).\n\n",
        line(&cycle.id),
        counted(meetings.len(), "meeting"),
        counted(due.len(), "day"),
        window.from,
        window.to,
        line(zone)
    );
    for (name, said) in facts(cycle, backlog) {
        text.push_str(&format!("- {name}: {said}\n"));
    }
    let exit: String = cycle.exit.iter().map(|it| format!("- [ ] {}\n", line(it))).collect();
    section(&mut text, "Exit criteria", &exit);
    let held = meetings.iter().map(|meeting| {
        let rite = meeting.rite;
        let (from, to) = (meeting.begins.strftime("%H:%M"), meeting.ends.strftime("%H:%M"));
        let when = format!("{}<br>{from} to {to}", weekday(meeting.begins.date()));
        let owner = rite.owner.as_deref().map(|owner| format!("<br>held by {}", line(owner)));
        let name = format!("{}{}", line(&rite.name), owner.unwrap_or_default());
        vec![when, name, rite.agenda.as_deref().map_or_else(String::new, line)]
    });
    section(&mut text, "Meetings", &rows(&["when", "meeting", "what for"], held.collect()));
    let due = due.iter().map(|due| vec![weekday(due.day), line(&due.what)]);
    section(&mut text, "Days to know", &rows(&["day", "what"], due.collect()));
    text
}

/// What policy says of a cycle, as Markdown.
#[must_use]
pub(crate) fn facts(cycle: &Cycle, backlog: Option<&Backlog>) -> Vec<(&'static str, String)> {
    let name = |id: &String| {
        let wave = backlog.and_then(|backlog| backlog.wave(id));
        titled(id, wave.and_then(|wave| wave.name.as_deref()).unwrap_or_default())
    };
    let mut facts = Vec::new();
    if !cycle.scope.is_empty() {
        facts.push(("Scope", cycle.scope.iter().map(name).collect::<Vec<_>>().join(", ")));
    }
    if let Some(goal) = &cycle.goal {
        facts.push(("Goal", line(goal)));
    }
    if !cycle.owners.is_empty() {
        facts.push(("Owners", codes(&cycle.owners)));
    }
    facts
}
