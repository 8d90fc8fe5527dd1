//! The prepared checklists of a sprint, and the table of all sprints, as GitHub Markdown
//! (S-3, S-6).

use jiff::civil::Date;

use thrice_programme::Story;
use thrice_programme::calendar::{ChecklistKind, Sprint, Window};
use thrice_report::markdown::{code, codes, line, table};

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
    /// Another story's id, or what must be decided.
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
    let mut text = format!(
        "# {}: sprint {}{name}\n\n{} to {} ({}).\n\n",
        title(kind),
        line(&sprint.id),
        sprint.window.from,
        sprint.window.to,
        line(zone)
    );
    if let Some(gate) = &sprint.gate {
        text.push_str(&format!("- Gate: {}\n", line(gate)));
    }
    if !sprint.features.is_empty() {
        text.push_str(&format!("- Features: {}\n", codes(&sprint.features)));
    }
    if let Some(due) = sheet.due {
        text.push_str(&format!("- Due: by the end of {}\n", day(due)));
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
            rows.push(vec![
                code(&planned.story.id),
                line(&wait.what),
                owner(wait.owner.as_ref()),
                line(&wait.state),
                day(wait.needed),
            ]);
            boxes.push_str(&format!(
                "- [ ] {} knows that {} needs {} before {}\n",
                owner(wait.owner.as_ref()),
                code(&planned.story.id),
                line(&wait.what),
                day(wait.needed)
            ));
        }
    }
    let mut text = "## What the sprint waits for\n\n".to_owned();
    if rows.is_empty() {
        text.push_str("Nothing that the backlog names.\n");
    } else {
        let head = ["story", "waits for", "owner", "state", "needed before"];
        text.push_str(&table(&head, rows));
    }
    text.push_str(&format!(
        "\n## Published\n\n{boxes}- [ ] what the backlog does not name was asked for, and is in \
        `depends` of policy/backlog.toml\n- [ ] risks that this showed are in the ledger\n"
    ));
    text
}

fn gate(sheet: &Sheet<'_>) -> String {
    let id = line(&sheet.sprint.id);
    let mut text = "## Evidence of the gate\n\n".to_owned();
    for (what, file) in &sheet.evidence {
        text.push_str(&format!("- [ ] {}: {}\n", line(what), code(file)));
    }
    if sheet.evidence.is_empty() {
        text.push_str("Policy demands none.\n");
    }
    text.push_str("\n## Definition of ready and of done\n\n");
    match &sheet.stories {
        None => text.push_str(NO_BACKLOG),
        Some(stories) => {
            for Planned { story, evidence, .. } in stories {
                text.push_str(&format!(
                    "- [ ] {} {}, {}, is merged, and shows its {} in {}\n",
                    code(&story.id),
                    line(&story.title),
                    owner(story.owner.as_ref()),
                    criteria(story),
                    code(evidence)
                ));
            }
        }
    }
    text.push_str(&format!(
        "\n## Decision\n\n- [ ] no critical risk is open without an owner and a mitigation\n\
        - [ ] rollback notes of each risky change are in its pull request\n\n\
        Then `cargo xtask sprint gate {id}` says whether the gate may be passed; with `--execute` \
        it records that, with the digest of the evidence.\n"
    ));
    text
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
        "Each box is a day's work of one person, or less; what is more is parted.\n".to_owned();
    for Planned { story, state, evidence, .. } in stories {
        text.push_str(&format!(
            "\n## {} {}\n\n{}, {}, {}.\n\n",
            code(&story.id),
            line(&story.title),
            owner(story.owner.as_ref()),
            line(&story.priority),
            line(state)
        ));
        let contract = match story.contract.is_empty() {
            true => "the contract is written, before the implementation".to_owned(),
            false => format!("the contract is merged: {}", codes(&story.contract)),
        };
        text.push_str(&format!("- [ ] {contract}\n"));
        for task in story.tasks.iter().chain(&story.acceptance).chain(&story.delta) {
            text.push_str(&format!("- [ ] {}\n", line(task)));
        }
        text.push_str(&format!(
            "- [ ] evidence in {}\n- [ ] runbook changed, or the reason why not\n\
            - [ ] pull request, its required check green\n",
            code(evidence)
        ));
    }
    if stories.is_empty() {
        text.push_str(
            "\n- [ ] the sprint has no story: its work is planned elsewhere, and named here\n",
        );
    }
    text
}

fn operations(sheet: &Sheet<'_>) -> String {
    let mut text = "## Deliverables\n\n".to_owned();
    for what in &sheet.sprint.deliverables {
        text.push_str(&format!("- [ ] {}\n", line(what)));
    }
    if sheet.sprint.deliverables.is_empty() {
        text.push_str("Policy names none.\n");
    }
    text.push_str("\n## Before the freeze\n\n");
    if let Some(frozen) = sheet.frozen {
        text.push_str(&format!(
            "- [ ] what must change in frozen paths has changed before {}\n",
            day(frozen.from)
        ));
    }
    text.push_str(
        "- [ ] alerts of what is new were seen to fire, and reach whoever is on call\n\
        - [ ] runbooks of what is new were read by somebody who did not write them\n\
        - [ ] dashboards show what is new\n\n## Before the gate\n\n\
        - [ ] rollback of each risky change was tried\n",
    );
    if let Some(due) = sheet.evidence_due {
        text.push_str(&format!("- [ ] evidence is there by the end of {}\n", day(due)));
    }
    text
}

fn rollback(sheet: &Sheet<'_>) -> String {
    let Some(stories) = &sheet.stories else { return NO_BACKLOG.to_owned() };
    let mut text = String::new();
    for Planned { story, .. } in stories {
        text.push_str(&format!(
            "## {} {}\n\n- [ ] not risky, or: how it goes out, and to whom first\n\
            - [ ] what is watched meanwhile, and what stops it\n\
            - [ ] how it is taken back, and by whom\n\
            - [ ] where it was seen to be taken back\n\
            - [ ] the runbook that says so\n\n",
            code(&story.id),
            line(&story.title)
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
    /// Ids of its stories, as ranges where they are many.
    pub scope: String,
    /// How many stories are done, of how many.
    pub stories: Option<(usize, usize)>,
    /// How many of the gate's documents are there, of how many.
    pub evidence: (usize, usize),
    /// How many checklists are done, of how many.
    pub checklists: (usize, usize),
    /// `Planned`, `In Progress`, `Done` or `Open`.
    pub status: &'static str,
}

/// The first words of the table of all sprints.
const OVERVIEW: &str = "# Status of all sprints of ";

/// Whether a file is the table of all sprints.
#[must_use]
pub(crate) fn is_overview(bytes: &[u8]) -> bool {
    bytes.starts_with(OVERVIEW.as_bytes())
}

/// The table of all sprints.
#[must_use]
pub(crate) fn overview(programme: &str, today: Date, rows: &[Row<'_>]) -> String {
    let of = |(done, all): (usize, usize)| match all {
        0 => "none".to_owned(),
        _ => format!("{done} of {all}"),
    };
    let cells = rows.iter().map(|row| {
        let sprint = row.sprint;
        vec![
            code(&sprint.id),
            sprint.gate.as_deref().map_or_else(String::new, line),
            row.status.to_owned(),
            row.stories.map_or_else(|| "not established".to_owned(), of),
            of(row.evidence),
            of(row.checklists),
            format!("{} to {}", sprint.window.from, sprint.window.to),
            row.scope.clone(),
        ]
    });
    let head =
        ["sprint", "gate", "status", "stories done", "evidence", "checklists", "days", "scope"];
    format!("{OVERVIEW}{}\n\nAs of {today}.\n\n{}", line(programme), table(&head, cells))
}
