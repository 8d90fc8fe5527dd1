//! The board: what a team looks at together, as one page and as a few lines.
//!
//! Everything on it was judged elsewhere; here it is only laid out.

mod html;
mod plot;

#[cfg(test)]
mod tests;

use jiff::civil::Date;

use thrice_pull::judge::metrics::{Measured, Summary};
use thrice_report::text::counted;

pub(crate) use html::page;

/// A part of the board, or why it is not shown.
pub(crate) type BoardPart<T> = Result<T, String>;

/// All that the board shows.
pub(crate) struct Board {
    /// What the programme is called.
    pub name: String,
    /// When it was made, as people read it.
    pub made: String,
    /// What freezes merges, then where today is in the cycle and in the sprint, a line each.
    pub days: Vec<String>,
    /// What is to be answered, the most pressing first.
    pub matters: BoardPart<Vec<Matter>>,
    /// Stories, in file order.
    pub stories: BoardPart<Vec<Story>>,
    /// Waves, in file order.
    pub waves: BoardPart<Vec<Stands>>,
    /// Sprints, in the order of their days.
    pub sprints: BoardPart<Vec<Stands>>,
    /// Open pull requests, and sandboxes without one.
    pub pulls: BoardPart<Vec<Pull>>,
    /// Releases on their way.
    pub releases: BoardPart<Vec<Release>>,
    pub trends: BoardPart<Trends>,
    /// What could not be seen while gathering.
    pub unseen: Vec<String>,
}

/// Something that somebody must answer.
pub(crate) struct Matter {
    /// What it is: `incident INC-1, sev1`.
    pub what: String,
    /// What it is about.
    pub title: String,
    /// Whether somebody is late, a trigger fired, or merges wait for it.
    pub is_late: bool,
    pub clocks: Vec<Clock>,
    /// Who is asked now.
    pub asked: String,
    /// What they do next.
    pub next: String,
}

/// A clock of a matter.
pub(crate) struct Clock {
    pub step: String,
    /// What is left, or how long it is over.
    pub left: String,
    pub due: String,
    /// Whether its window is over.
    pub is_late: bool,
}

/// A column of the stories.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Column {
    /// Somebody works on it.
    UnderWay,
    /// Its evidence is complete, or its checks are green.
    ForPull,
    Blocked,
    /// Nothing was done yet, and it can start now.
    Ready,
    /// Nothing was done yet, and something keeps it from being started.
    Waiting,
    /// It is in the default branch.
    Merged,
}

impl Column {
    /// All of them, what is worked on first.
    pub(crate) const ALL: [Self; 6] =
        [Self::Blocked, Self::UnderWay, Self::ForPull, Self::Ready, Self::Waiting, Self::Merged];

    /// Its name, and the sign that goes with it.
    #[must_use]
    pub(crate) fn words(self) -> (&'static str, &'static str) {
        match self {
            Self::UnderWay => ("In progress", "\u{25d0}"),
            Self::ForPull => ("Ready for a pull request", "\u{25d5}"),
            Self::Blocked => ("Blocked", "\u{25a0}"),
            Self::Ready => ("Ready to start", "\u{25cb}"),
            Self::Waiting => ("Waiting", "\u{25cc}"),
            Self::Merged => ("Merged", "\u{25cf}"),
        }
    }
}

pub(crate) struct Story {
    pub id: String,
    /// What it is about.
    pub title: String,
    /// Who answers for it.
    pub owner: Option<String>,
    pub column: Column,
    /// Why it is in that state.
    pub why: String,
}

/// How far a wave or a sprint has come.
pub(crate) struct Stands {
    pub id: String,
    pub name: String,
    pub days: String,
    /// In which state it is.
    pub state: String,
    /// Whether it is the one that people work in.
    pub is_present: bool,
    /// How much of it is done, in columns of its table.
    pub counts: Vec<String>,
    /// What its gate misses; none where it was not looked at.
    pub misses: Option<Vec<String>>,
}

/// A pull request, or a sandbox without one.
pub(crate) struct Pull {
    pub number: Option<u64>,
    /// What it is called.
    pub title: String,
    pub branch: String,
    pub stands: String,
    /// The command that leads on.
    pub next: String,
}

/// A release on its way.
pub(crate) struct Release {
    pub tag: String,
    pub sha: String,
    /// How far it is.
    pub stands: String,
    /// What it waits for.
    pub waits: String,
}

pub(crate) struct Trends {
    pub measured: Measured,
    /// The whole, then each cycle and sprint that has begun.
    pub spans: Vec<Summary>,
    /// By week, each with its Monday.
    pub weeks: Vec<(Date, Summary)>,
}

/// A number that is seen from afar.
pub(crate) struct Tile {
    pub(crate) label: &'static str,
    pub(crate) value: String,
    /// The part of the page that says more.
    pub(crate) anchor: &'static str,
    pub(crate) is_late: bool,
}

impl Board {
    /// How many matters need somebody now.
    #[must_use]
    pub(crate) fn late(&self) -> usize {
        self.matters.iter().flatten().filter(|matter| matter.is_late).count()
    }

    fn in_column(&self, column: Column) -> usize {
        self.stories.iter().flatten().filter(|story| story.column == column).count()
    }

    /// What is seen from afar, as far as it is known.
    pub(crate) fn tiles(&self) -> Vec<Tile> {
        let mut tiles = Vec::new();
        let mut tile = |label, value: String, anchor, is_late| {
            tiles.push(Tile { label, value, anchor, is_late });
        };
        if let Ok(matters) = &self.matters {
            let late = self.late();
            tile("Need somebody now", late.to_string(), "matters", late > 0);
            tile("Open matters", matters.len().to_string(), "matters", false);
        }
        if self.stories.is_ok() {
            let under_way = self.in_column(Column::UnderWay) + self.in_column(Column::ForPull);
            tile("Stories in progress", under_way.to_string(), "stories", false);
            tile("Blocked stories", self.in_column(Column::Blocked).to_string(), "stories", false);
        }
        if let Ok(pulls) = &self.pulls {
            let open = pulls.iter().filter(|pull| pull.number.is_some()).count();
            tile("Open pull requests", open.to_string(), "pulls", false);
        }
        if let Some(all) = self.trends.as_ref().ok().and_then(|trends| trends.spans.first()) {
            if let Some(lead) = &all.lead_seconds {
                let shown = thrice_report::text::seconds(lead.median);
                tile("Lead time, median", shown, "trends", false);
            }
            if let Some(part) = all.repeatability {
                tile("Runs that repeat", percent(part), "trends", false);
            }
        }
        tiles
    }

    /// The answer in one line: what needs somebody, what is blocked, and which gate is next.
    pub(crate) fn answer(&self) -> String {
        let mut parts = Vec::new();
        let late = self.matters.iter().flatten().find(|matter| matter.is_late);
        if let Some(first) = late {
            let (late, needs) = match self.late() {
                1 => ("1 matter".to_owned(), "needs"),
                late => (format!("{late} matters"), "need"),
            };
            parts.push(format!("{late} {needs} somebody now: {}", first.title));
        }
        match self.in_column(Column::Blocked) {
            0 => {}
            1 => parts.push("1 story is blocked".to_owned()),
            blocked => parts.push(format!("{blocked} stories are blocked")),
        }
        if self.matters.is_err() {
            parts.push("What needs somebody now is unknown".to_owned());
        }
        if parts.is_empty() {
            parts.push("Nothing needs anybody now".to_owned());
        }
        // The gate that people work for; else the first that is open.
        let present = self.open_gates().find(|(is_present, _)| *is_present);
        parts.extend(present.or_else(|| self.open_gates().next()).map(|(_, line)| line));
        parts.join("; ")
    }

    /// Whether people work for it now, and how much the gate of a wave or a sprint misses: those
    /// that were looked at and miss something.
    fn open_gates(&self) -> impl Iterator<Item = (bool, String)> {
        let waves = self.waves.iter().flatten().map(|it| ("", it));
        let all = waves.chain(self.sprints.iter().flatten().map(|it| ("sprint ", it)));
        all.filter_map(|(noun, stands)| {
            let misses = stands.misses.as_ref().filter(|misses| !misses.is_empty())?;
            let things = counted(misses.len(), "thing");
            let line = format!("the gate of {noun}{} still needs {things}", stands.id);
            Some((stands.is_present, line))
        })
    }

    /// The programme and the moment, then what freezes merges and where today is.
    pub(crate) fn days(&self) -> impl Iterator<Item = String> {
        std::iter::once(format!("{}, {}", self.name, self.made)).chain(self.days.iter().cloned())
    }

    /// What a terminal shows of it.
    #[must_use]
    pub(crate) fn text(&self) -> String {
        let mut text = format!("{}\n", self.answer());
        for day in self.days() {
            text.push_str(&format!("{day}\n"));
        }
        let tiles = self.tiles();
        let tiles: Vec<String> =
            tiles.iter().map(|tile| format!("{}: {}", tile.label, tile.value)).collect();
        text.push_str(&format!("{}\n", tiles.join(" \u{b7} ")));
        for matter in self.matters.iter().flatten() {
            let late = if matter.is_late { "now: " } else { "" };
            text.push_str(&format!("  {late}{}: {}\n", matter.what, matter.title));
            text.push_str(&format!("    asked: {}; next: {}\n", matter.asked, matter.next));
        }
        for (_, line) in self.open_gates() {
            text.push_str(&format!("  {line}\n"));
        }
        text
    }
}

/// A part of a whole, for people.
pub(crate) fn percent(part: f64) -> String {
    format!("{:.0} %", part * 100.0)
}
