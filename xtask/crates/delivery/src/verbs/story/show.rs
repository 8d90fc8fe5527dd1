//! `story list` and `story show`.

use clap::Args;
use serde_json::{Value, json};

use super::gather::{Delivery, On};
use crate::gather::no_such;
use crate::judge::backlog::{Status, StoryState, WAITING};
use thrice_findings::{Code, Finding, Stop};
use thrice_policy::table::{did_you_mean, listed};
use thrice_programme::Story;
use thrice_programme::world::World;
use thrice_report::Report;
use thrice_report::table::Table;
use thrice_report::text::{counted, cut, safe};

/// Lists stories.
#[derive(Debug, Args)]
pub struct List {
    /// Only stories of this wave.
    #[arg(long, value_name = "ID")]
    wave: Option<String>,
    /// Only stories of this sprint.
    #[arg(long, value_name = "ID")]
    sprint: Option<String>,
    /// Only stories that can start now.
    #[arg(long)]
    startable: bool,
    /// Only stories in this state, such as `in_progress`.
    #[arg(long, value_name = "STATE")]
    state: Option<String>,
    /// Where to look.
    #[arg(long, value_enum, default_value = "local")]
    on: On,
}

impl List {
    pub(super) fn run(self, world: &World) -> Result<Report, Stop> {
        let state = self.state.as_deref().map(word_of).transpose()?;
        let delivery = Delivery::of(world, self.on)?;
        if let Some(wave) = self.wave.as_deref().filter(|it| delivery.backlog.wave(it).is_none()) {
            let known = delivery.backlog.waves.iter().map(|wave| wave.id.as_str());
            return Err(super::gather::unknown("wave", wave, known).into());
        }
        let of_sprint = self.sprint.as_deref().map(|id| of_sprint(&delivery, id)).transpose()?;
        let wanted = |story: &Story, status: &Status| {
            self.wave.as_ref().is_none_or(|wave| story.wave.as_ref() == Some(wave))
                && of_sprint.as_ref().is_none_or(|ids| ids.contains(&story.id))
                && state.is_none_or(|state| state == status.word())
                && (!self.startable || status.can_start())
        };
        let stories = delivery.backlog.stories.iter().zip(&delivery.board.statuses);
        let chosen: Vec<_> = stories.filter(|(story, status)| wanted(story, status)).collect();
        let mut report = Report::screen(delivery.findings.clone());
        report.body = table(&delivery, &chosen);
        if world.printer.is_for_programs() {
            let reported = chosen.iter().map(|(story, status)| data(story, status));
            report.data =
                json!({ "base": delivery.base.id, "stories": reported.collect::<Vec<_>>() });
        }
        Ok(report)
    }
}

/// The ids of a sprint's stories.
fn of_sprint(delivery: &Delivery, id: &str) -> Result<Vec<String>, Box<Finding>> {
    let sprints = delivery.policy.calendar.iter().flat_map(|calendar| &calendar.sprints);
    let known: Vec<&str> = sprints.map(|sprint| sprint.id.as_str()).collect();
    match known.contains(&id) {
        true => Ok(delivery.backlog.stories_of_sprint(id)),
        false => Err(no_such("sprint", id, &known)),
    }
}

fn word_of(word: &str) -> Result<&'static str, Box<Finding>> {
    let all = StoryState::ALL.map(StoryState::word);
    let words: Vec<&'static str> = all.into_iter().chain([WAITING]).collect();
    words.iter().copied().find(|known| *known == word).ok_or_else(|| {
        let help = did_you_mean(word, &words, format!("the states are {}", listed(&words)));
        Box::new(
            Finding::new(Code::UsageWrong, format!("there is no state `{}`", safe(word)))
                .help(help),
        )
    })
}

/// How wide the table is, in characters, as far as titles can be cut.
const WIDTH: usize = 80;
/// How much of a title is shown at least, in characters.
const TITLE: usize = 16;

/// The stories as a table, and how many there are of each state. A column in which no story has
/// anything is left out, and titles have the rest of the line: `story show` has all of them.
pub(crate) fn table(delivery: &Delivery, stories: &[(&Story, &Status)]) -> String {
    let sprints_of = |story: &Story| {
        let own = delivery.backlog.sprints_of(story).iter();
        own.map(|it| it.value.as_str()).collect::<Vec<_>>().join(" ")
    };
    let row = |(story, status): &(&Story, &Status)| {
        let (wave, owner) = (story.wave.clone(), story.owner.clone());
        let of = [wave.unwrap_or_default(), sprints_of(story), owner.unwrap_or_default()];
        let [wave, sprint, owner] = of;
        [story.id.clone(), status.label(), wave, sprint, owner, safe(&story.title)]
    };
    let head = ["story", "state", "wave", "sprint", "owner", "title"].map(str::to_owned);
    let mut rows: Vec<_> = std::iter::once(head).chain(stories.iter().map(row)).collect();
    let widest = |column: usize| {
        let filled = rows.iter().skip(1).any(|row| !row[column].is_empty());
        let cells = rows.iter().map(|row| row[column].chars().count());
        if filled { cells.max() } else { None }
    };
    let shown: Vec<(usize, usize)> =
        (0..6).filter_map(|column| Some((column, widest(column)?))).collect();
    let others = shown.iter().rev().skip(1).map(|(_, width)| width + 2).sum();
    let room = WIDTH.saturating_sub(others).max(TITLE);
    let mut table = Table::default();
    for row in &mut rows {
        row[5] = cut(&row[5], room);
        table.row(shown.iter().map(|(column, _)| row[*column].clone()));
    }
    let count = |word: &'static str| {
        let number = stories.iter().filter(|(_, status)| status.word() == word).count();
        (number > 0).then(|| format!("{number} {word}"))
    };
    let words = [WAITING].into_iter().chain(StoryState::ALL.map(StoryState::word));
    let counts: Vec<String> = words.filter_map(count).collect();
    let total = counted(stories.len(), "story");
    let counts = if counts.is_empty() { String::new() } else { format!(": {}", counts.join(", ")) };
    let table = if stories.is_empty() { String::new() } else { safe(&table.text()) + "\n" };
    format!("{table}{total}{counts}\n")
}

pub(crate) fn data(story: &Story, status: &Status) -> Value {
    json!({
        "id": story.id,
        "title": story.title,
        "owner": story.owner,
        "priority": story.priority,
        "wave": story.wave,
        "epic": story.epic,
        "depends": story.depends,
        "state": status.word(),
        "waits_for": status.waits_for,
        "why": status.why,
        "branches": status.branches,
        "pull": status.pull,
        "merged_as": status.landed.as_ref().map(|landing| &landing.commit),
        "block": status.block.as_ref().map(|block| json!({
            "id": block.id,
            "severity": block.severity.word(),
            "cause": block.title,
            "impact": block.details.impact,
            "owner": block.owner,
            "trigger": block.details.trigger,
            "eta": block.details.eta.map(|eta| eta.to_string()),
            "upstream": block.details.upstream,
            "since": block.opened.to_string(),
        })),
    })
}

/// Shows a story.
#[derive(Debug, Args)]
pub struct Show {
    /// The story.
    #[arg(value_name = "ID")]
    story: String,
    /// Where to look.
    #[arg(long, value_enum, default_value = "local")]
    on: On,
}

impl Show {
    pub(super) fn run(self, world: &World) -> Result<Report, Stop> {
        let delivery = Delivery::of(world, self.on)?;
        let (story, status) = delivery.story(&self.story)?;
        let unseen = delivery.findings.iter().filter(|it| it.code == Code::RemoteUnseen);
        let own = unseen.chain(delivery.findings_of(&story.id));
        let mut report = Report::screen(own.cloned().collect());
        report.body = safe(&whole(story, status, &delivery));
        report.data = data(story, status);
        Ok(report)
    }
}

/// All that is known of a story, a line each.
fn whole(story: &Story, status: &Status, delivery: &Delivery) -> String {
    let mut table = Table::default();
    let mut row = |name: &str, text: &str| table.row([name, text]);
    row("story", &format!("{} {}", story.id, story.title));
    row("state", &status.label());
    for why in &status.why {
        row("because", why);
    }
    row("owner", story.owner.as_deref().unwrap_or("nobody"));
    row("priority", &story.priority);
    if let Some(wave) = &story.wave {
        row("wave", wave);
    }
    if let Some(epic) = &story.epic {
        row("epic", epic);
    }
    for sprint in delivery.policy.calendar.iter().flat_map(|calendar| &calendar.sprints) {
        if delivery.backlog.is_of_sprint(story, &sprint.id) {
            row(
                "sprint",
                &format!("{}, {} to {}", sprint.id, sprint.window.from, sprint.window.to),
            );
        }
    }
    for id in &story.depends {
        let depends = delivery.board.of_story(&delivery.backlog, id);
        row("depends on", &format!("{id}, {}", depends.map_or("", |it| it.state.word())));
    }
    for path in &story.contract {
        row("contract", path);
    }
    let criteria = story.acceptance.len() + story.delta.len();
    row("criteria", &counted(criteria, "criterion").replace("criterions", "criteria"));
    for criterion in story.acceptance.iter().chain(&story.delta) {
        row("", criterion);
    }
    if let Some(block) = &status.block {
        let details = &block.details;
        row("blocked since", &block.opened.to_string());
        for (name, text) in [
            ("impact", &details.impact),
            ("trigger", &details.trigger),
            ("eta", &details.eta.map(|eta| eta.to_string())),
            ("upstream", &details.upstream),
        ] {
            if let Some(text) = text {
                row(name, text);
            }
        }
    }
    table.text()
}
