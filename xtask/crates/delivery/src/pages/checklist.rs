//! The prepared checklists of a sprint, and the table of all sprints, as GitHub Markdown
//! (S-3, S-6).

use jiff::civil::Date;

use super::status::section;
use crate::judge::calendar::checklist::lists_deliverables;
use thrice_programme::Story;
use thrice_programme::calendar::{ChecklistKind, Sprint, Window};
use thrice_report::markdown::{code, codes, line, table, titled};
use thrice_report::text::counted;

/// A story of a sprint, as its checklists need it.
#[derive(Clone, Debug)]
pub(crate) struct Planned<'a> {
    pub story: &'a Story,
    /// Its state, in the words of the workflow.
    pub state: String,
    /// The folder of its evidence.
    pub evidence: String,
    /// What it waits for.
    pub waits: Vec<Wait>,
}

/// What a story waits for.
#[derive(Clone, Debug)]
pub(crate) struct Wait {
    /// Another story's id and title, or what must be decided, as Markdown.
    pub what: String,
    /// Who answers for it.
    pub owner: Option<String>,
    pub state: String,
    /// The day before which it is needed.
    pub needed: Date,
}

/// All that the checklists of a sprint say.
#[derive(Clone, Debug)]
pub(crate) struct Sheet<'a> {
    pub sprint: &'a Sprint,
    /// Its features with their names, as Markdown.
    pub features: String,
    /// What whoever runs them makes for them.
    pub focus: Vec<&'a str>,
    /// The name of the zone in which its days are meant.
    pub zone: String,
    /// The day by whose end the checklist is done.
    pub due: Option<Date>,
    /// The days on which its declared paths are frozen.
    pub frozen: Option<Window>,
    /// The day by whose end evidence is there.
    pub(crate) evidence_due: Option<Date>,
    /// Its stories; `None` where nothing says which they are.
    pub stories: Option<Vec<Planned<'a>>>,
    /// What its gate wants, each with the file that shows it.
    pub evidence: Vec<(String, String)>,
}

/// The first line of a checklist's title.
fn title(kind: ChecklistKind) -> &'static str {
    match kind {
        ChecklistKind::Dependencies => "Dependency publication",
        ChecklistKind::Gate => "Gate evidence pack",
        ChecklistKind::Decomposition => "Story decomposition",
        ChecklistKind::Operations => "Operations checklist",
        ChecklistKind::Rollback => "Rollout and rollback proof",
    }
}

/// A checklist as it is laid out.
#[must_use]
pub(crate) fn checklist(kind: ChecklistKind, sheet: &Sheet<'_>) -> String {
    let Sheet { sprint, zone, .. } = sheet;
    let name = sprint.name.as_ref().map_or_else(String::new, |name| format!(" ({})", line(name)));
    let id = line(&sprint.id);
    let due = sheet.due.map(|due| format!("**Due by the end of {}.** ", day(due)));
    let mut text = format!(
        "# {}: sprint {id}{name}\n\n{}Tick what is done, then type \
        `cargo xtask sprint checklist {id}`.\n\n- Days: {} to {} ({})\n",
        title(kind),
        due.unwrap_or_default(),
        sprint.window.from,
        sprint.window.to,
        line(zone)
    );
    if let Some(gate) = &sprint.gate {
        text.push_str(&format!("- Gate: {}\n", line(gate)));
    }
    if !sheet.features.is_empty() {
        text.push_str(&format!("- Features: {}\n", sheet.features));
    }
    text.push('\n');
    text.push_str(&match kind {
        ChecklistKind::Dependencies => dependencies(sheet),
        ChecklistKind::Gate => gate(sheet),
        ChecklistKind::Decomposition => decomposition(sheet),
        ChecklistKind::Operations => operations(sheet),
        ChecklistKind::Rollback => rollback(sheet),
    });
    text
}

const NO_BACKLOG: &str =
    "Not established: there is no `policy/backlog.toml` that says which stories these are.\n";

fn day(day: Date) -> String {
    day.strftime("%a %Y-%m-%d").to_string()
}

fn owner(owner: Option<&String>) -> String {
    owner.map_or_else(|| "**nobody**".to_owned(), |owner| line(owner))
}

fn dependencies(sheet: &Sheet<'_>) -> String {
    let Some(stories) = &sheet.stories else { return NO_BACKLOG.to_owned() };
    let mut rows = Vec::new();
    let mut boxes = String::new();
    for planned in stories {
        for wait in &planned.waits {
            let story = titled(&planned.story.id, &planned.story.title);
            rows.push(vec![
                story.clone(),
                format!(
                    "{}<br>owner: {}<br>{}",
                    wait.what,
                    owner(wait.owner.as_ref()),
                    line(&wait.state)
                ),
                day(wait.needed),
            ]);
            boxes.push_str(&format!(
                "- [ ] {} knows that {story} needs {} before {}\n",
                owner(wait.owner.as_ref()),
                wait.what,
                day(wait.needed)
            ));
        }
    }
    let mut text = match rows.is_empty() {
        true => "The backlog names no dependency of this sprint.\n".to_owned(),
        false => {
            let head = ["story", "waits for", "needed before"];
            format!("## What the sprint waits for\n\n{}", table(&head, rows))
        }
    };
    text.push_str(&format!(
        "\n## Published\n\n{boxes}- [ ] dependencies that the backlog lacked were requested, and are \
        in `depends` of policy/backlog.toml\n- [ ] new risks are in the ledger\n"
    ));
    text
}

fn gate(sheet: &Sheet<'_>) -> String {
    let id = line(&sheet.sprint.id);
    let evidence =
        sheet.evidence.iter().map(|(what, file)| format!("- [ ] {}: {}\n", line(what), code(file)));
    let stories = match &sheet.stories {
        None => NO_BACKLOG.to_owned(),
        Some(stories) => {
            let merged = stories.iter().map(|Planned { story, evidence, .. }| {
                format!(
                    "- [ ] {} ({}) is merged, and {} shows its {}\n",
                    titled(&story.id, &story.title),
                    owner(story.owner.as_ref()),
                    code(evidence),
                    criteria(story)
                )
            });
            merged.collect()
        }
    };
    let mut text = String::new();
    section(&mut text, "Evidence of the gate", &evidence.collect::<String>());
    if lists_deliverables(sheet.sprint, ChecklistKind::Gate) {
        deliverables(&mut text, sheet);
    }
    section(&mut text, "Stories", &stories);
    let decision = format!(
        "- [ ] every open critical risk has an owner and a mitigation\n\
        - [ ] the pull request of each risky change says how to roll it back\n\n\
        `cargo xtask sprint gate {id}` lists what the gate misses. With `--execute`, it records \
        the decision and the digest of the evidence.\n"
    );
    section(&mut text, "Decision", &decision);
    text.trim_start().to_owned()
}

fn criteria(story: &Story) -> String {
    match story.acceptance.len() + story.delta.len() {
        1 => "criterion".to_owned(),
        number => format!("{number} criteria"),
    }
}

fn decomposition(sheet: &Sheet<'_>) -> String {
    let Some(stories) = &sheet.stories else { return NO_BACKLOG.to_owned() };
    let mut text =
        "Each box is at most a day's work for one person: split what is more.\n".to_owned();
    for Planned { story, state, evidence, .. } in stories {
        text.push_str(&format!(
            "\n## {}\n\n{}, {}, {}.\n\n",
            titled(&story.id, &story.title),
            owner(story.owner.as_ref()),
            line(&story.priority),
            line(state)
        ));
        let contract = match story.contract.is_empty() {
            true => "the contract is written before the implementation".to_owned(),
            false => format!("the contract is merged: {}", codes(&story.contract)),
        };
        text.push_str(&format!("- [ ] {contract}\n"));
        for task in story.tasks.iter().chain(&story.acceptance).chain(&story.delta) {
            text.push_str(&format!("- [ ] {}\n", line(task)));
        }
        text.push_str(&format!(
            "- [ ] the evidence is in {}\n- [ ] the runbook is updated, or the evidence says why \
            not\n- [ ] the required check of the pull request is green\n",
            code(evidence)
        ));
    }
    if stories.is_empty() {
        text.push_str("\n- [ ] the sprint has no story: say here where its work is planned\n");
    }
    text
}

/// A box each of what is made, for the features and in the sprint.
fn deliverables(text: &mut String, sheet: &Sheet<'_>) {
    let boxes = |names: &mut dyn Iterator<Item = &str>| -> String {
        names.map(|what| format!("- [ ] {}\n", line(what))).collect()
    };
    section(text, "Focus of the features", &boxes(&mut sheet.focus.iter().copied()));
    let made = &mut sheet.sprint.deliverables.iter().map(String::as_str);
    section(text, "Deliverables", &boxes(made));
}

fn operations(sheet: &Sheet<'_>) -> String {
    let mut text = String::new();
    deliverables(&mut text, sheet);
    text.push_str("\n## Before the freeze\n\n");
    if let Some(frozen) = sheet.frozen {
        text.push_str(&format!(
            "- [ ] all changes of frozen paths are merged before {}\n",
            day(frozen.from)
        ));
    }
    text.push_str(
        "- [ ] each new alert fired in a test, and reached whoever is on call\n\
        - [ ] somebody other than its author read each new runbook\n\
        - [ ] dashboards show what is new\n\n## Before the gate\n\n\
        - [ ] somebody tried the rollback of each risky change\n",
    );
    if let Some(due) = sheet.evidence_due {
        text.push_str(&format!("- [ ] the evidence is committed by the end of {}\n", day(due)));
    }
    text.trim_start().to_owned()
}

fn rollback(sheet: &Sheet<'_>) -> String {
    let Some(stories) = &sheet.stories else { return NO_BACKLOG.to_owned() };
    let mut text = String::new();
    for Planned { story, .. } in stories {
        text.push_str(&format!(
            "## {}\n\n- [ ] not risky, or: how it is rolled out, and to whom first\n\
            - [ ] what you watch meanwhile, and what stops the rollout\n\
            - [ ] how to roll it back, and who does\n\
            - [ ] where a rollback was tried\n\
            - [ ] the runbook that describes both\n\n",
            titled(&story.id, &story.title)
        ));
    }
    if stories.is_empty() {
        text.push_str("- [ ] nothing goes out in this sprint\n");
    }
    text.trim_end().to_owned() + "\n"
}

/// A sprint in the table of all.
#[derive(Clone, Debug)]
pub(crate) struct Row<'a> {
    pub sprint: &'a Sprint,
    /// Its stories: id, title, and whether it is done; `None` where nothing says which they are.
    pub scope: Option<Vec<(String, String, bool)>>,
    /// How many of the gate's documents are there, of how many.
    pub evidence: (usize, usize),
    /// How many checklists are done, of how many.
    pub checklists: (usize, usize),
    /// `Planned`, `In Progress`, `Done` or `Open`.
    pub status: &'static str,
}

impl Row<'_> {
    /// How many stories are done, of how many.
    pub(crate) fn stories(&self) -> Option<(usize, usize)> {
        let all = self.scope.as_ref()?;
        Some((all.iter().filter(|(_, _, is_done)| *is_done).count(), all.len()))
    }

    fn name(&self) -> String {
        let sprint = self.sprint;
        titled(&sprint.id, sprint.gate.as_deref().or(sprint.name.as_deref()).unwrap_or_default())
    }
}

/// The first words of the table of all sprints.
const OVERVIEW: &str = "# Status of all sprints of ";

/// Whether a file is the table of all sprints.
#[must_use]
pub(crate) fn is_overview(bytes: &[u8]) -> bool {
    bytes.starts_with(OVERVIEW.as_bytes())
}

/// The table of all sprints, and what each has in its scope.
#[must_use]
pub(crate) fn overview(programme: &str, today: Date, rows: &[Row<'_>]) -> String {
    let of = |(done, all): (usize, usize)| match all {
        0 => "none".to_owned(),
        _ => format!("{done} of {all}"),
    };
    let with = |status| rows.iter().filter(move |row| row.status == status);
    let mut text = format!(
        "{OVERVIEW}{}\n\n**{} of {} done.** As of {today}.\n",
        line(programme),
        with("Done").count(),
        counted(rows.len(), "sprint")
    );
    let open = rows.iter().filter(|row| ["In Progress", "Open"].contains(&row.status));
    for (at, row) in open.enumerate() {
        let id = line(&row.sprint.id);
        let said = match row.status {
            "Open" => "is over, but its gate is not passed",
            _ => "is in progress",
        };
        text.push_str(&format!(
            "{}- Sprint {} {said}: `cargo xtask sprint gate {id}` lists what is missing.\n",
            if at == 0 { "\n" } else { "" },
            row.name()
        ));
    }
    text.push('\n');
    let cells = rows.iter().map(|row| {
        let window = row.sprint.window;
        let stories = row.stories().map_or_else(|| "not established".to_owned(), of);
        let name = format!("{}<br>{} to {}", row.name(), window.from, window.to);
        let done = format!(
            "stories: {stories}<br>evidence: {}<br>checklists: {}",
            of(row.evidence),
            of(row.checklists)
        );
        vec![name, row.status.to_owned(), done]
    });
    let head = ["sprint", "status", "done"];
    text.push_str(&table(&head, cells));
    for row in rows {
        let all = row.scope.iter().flatten().map(|(id, title, is_done)| {
            let mark = if *is_done { 'x' } else { ' ' };
            format!("- [{mark}] {}\n", titled(id, title))
        });
        section(&mut text, &format!("Scope of {}", row.name()), &all.collect::<String>());
    }
    text
}
