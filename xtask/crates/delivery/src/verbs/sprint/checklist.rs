//! `sprint checklist`: the prepared checklists of a sprint, laid out from the calendar and
//! the backlog, and how far they are.

use std::collections::BTreeSet;

use clap::Args;
use serde_json::json;

use super::super::cycle::zone_name;
use crate::gather::{Delivery, Subject};
use crate::judge::calendar::checklist::{CheckedWhen, boxes, due, judge, lists_deliverables};
use crate::pages::checklist::{Planned, Sheet, Wait, checklist};
use thrice_facts::files;
use thrice_findings::{Code, Finding, Place, Stop};
use thrice_policy::table::{did_you_mean, listed};
use thrice_programme::calendar::days::{evidence_due, frozen_days};
use thrice_programme::calendar::{Checklist, ChecklistKind, Sprint};
use thrice_programme::world::World;
use thrice_programme::{Calendar, Story};
use thrice_report::Report;
use thrice_report::markdown::titled;
use thrice_report::program::as_called;
use thrice_report::table::Table;
use thrice_report::text::safe;

/// What is asked of the checklists of a sprint.
#[derive(Debug, Args)]
pub struct Checklists {
    /// Sprint. Default: the current one.
    pub(super) id: Option<String>,
    /// Creates missing checklists; keeps existing ones.
    #[arg(long, conflicts_with = "show")]
    write: bool,
    /// Prints one checklist, such as `gate`.
    #[arg(long, value_name = "KIND")]
    show: Option<String>,
}

/// The longest checklist that is read, in bytes.
const LONGEST: usize = 1 << 20;

impl Checklists {
    pub(super) fn run(
        self,
        world: &World,
        delivery: &Delivery<'_>,
        (calendar, sprint): (&Calendar, &Sprint),
    ) -> Result<Report, Stop> {
        let context = ChecklistContext { world, delivery, calendar, sprint };
        if let Some(word) = &self.show {
            return context.show(word);
        }
        if sprint.checklists.is_empty() {
            let message = format!("policy names no checklist of sprint {}", sprint.id);
            let finding = Finding::new(Code::PolicyMissing, message).help(
                "add `[[checklists]]` with `sprint`, `kind` and `path` to policy/calendar.toml",
            );
            return Err(finding.into());
        }
        if self.write { context.write() } else { context.state() }
    }
}

/// What the checklists of a sprint lack.
pub(crate) fn lacks(
    delivery: &Delivery<'_>,
    (calendar, sprint): (&Calendar, &Sprint),
    asked: CheckedWhen,
) -> anyhow::Result<Vec<Finding>> {
    let mut findings = Vec::new();
    let deliverables = sprint.deliverables.iter().map(String::as_str);
    let deliverables: Vec<&str> = delivery.focus(sprint).chain(deliverables).collect();
    for checklist in &sprint.checklists {
        let text = text_of(delivery, checklist)?;
        let named = match lists_deliverables(sprint, checklist.kind) {
            true => deliverables.as_slice(),
            false => &[],
        };
        let (given, asked) = ((text.as_deref(), named), (asked, delivery.now));
        findings.extend(judge((calendar, sprint), checklist, given, asked));
    }
    Ok(findings)
}

/// A checklist as it is written; none where there is no plain file of its name.
pub(super) fn text_of(
    delivery: &Delivery<'_>,
    checklist: &Checklist,
) -> anyhow::Result<Option<String>> {
    let Some(path) = files::inside(delivery.repository.root(), &checklist.path)? else {
        return Ok(None);
    };
    if !path.is_file() {
        return Ok(None);
    }
    let bytes = files::read_named(&path, LONGEST)?;
    Ok(Some(String::from_utf8_lossy(&bytes).into_owned()))
}

struct ChecklistContext<'a> {
    pub world: &'a World,
    delivery: &'a Delivery<'a>,
    calendar: &'a Calendar,
    sprint: &'a Sprint,
}

impl ChecklistContext<'_> {
    fn show(&self, word: &str) -> Result<Report, Stop> {
        let Some(kind) = kind_of(word) else {
            let help = did_you_mean(
                word,
                ChecklistKind::WORDS,
                format!("there are {}", listed(ChecklistKind::WORDS)),
            );
            let message = format!("no checklist is of the kind `{}`", safe(word));
            let finding = Finding::new(Code::UsageWrong, message).help(help);
            return Err(finding.into());
        };
        let own = self.sprint.checklists.iter().find(|known| known.kind == kind);
        let text = self.text(kind, own)?;
        let mut report = Report::new();
        report.announces = false;
        report.is_document = true;
        report.data = json!({ "sprint": self.sprint.id, "kind": kind.word(), "text": text });
        report.body = text;
        Ok(report)
    }

    fn write(&self) -> Result<Report, Stop> {
        let mut report = Report::new();
        let mut written = Vec::new();
        for own in &self.sprint.checklists {
            let path = &own.path;
            let Some(target) = files::inside(self.delivery.repository.root(), path)? else {
                let message = format!("{path} would lie outside of this repository");
                report.findings.push(
                    Finding::new(Code::UsageWrong, message)
                        .help("take the link out of the way")
                        .at(Place::file(path)),
                );
                return Ok(report);
            };
            if target.symlink_metadata().is_ok() {
                report.body.push_str(&format!("{} is there already\n", safe(path)));
                continue;
            }
            files::write_whole(&target, self.text(own.kind, Some(own))?.as_bytes())?;
            report.body.push_str(&format!("{} written\n", safe(path)));
            written.push(path.clone());
        }
        let id = safe(&self.sprint.id);
        report.body.push_str(&format!(
            "next: do what they say, tick the boxes, then `cargo xtask sprint checklist {id}`\n"
        ));
        report.data = json!({ "sprint": self.sprint.id, "written": written });
        Ok(report)
    }

    fn state(&self) -> Result<Report, Stop> {
        let given = (self.calendar, self.sprint);
        let mut table = Table::new(["checklist", "ticked", "due by the end of", "file"]);
        let mut rows = Vec::new();
        for own in &self.sprint.checklists {
            let text = text_of(self.delivery, own)?;
            let boxes = text.as_deref().map(boxes);
            let ticked = match boxes {
                Some(boxes) => format!("{} of {}", boxes.ticked, boxes.all),
                None => "not written".to_owned(),
            };
            let due = due(self.calendar, self.sprint, own).map(|day| day.to_string());
            let day = due.clone().unwrap_or_else(|| "-".to_owned());
            table.row([own.kind.word().to_owned(), ticked, day, safe(&own.path)]);
            rows.push(json!({
                "kind": own.kind.word(),
                "path": own.path,
                "ticked": boxes.map(|boxes| boxes.ticked),
                "boxes": boxes.map(|boxes| boxes.all),
                "due": due,
            }));
        }
        let findings = lacks(self.delivery, given, CheckedWhen::OnTheWay)?;
        let mut report = Report::of(findings);
        report.body = table.text();
        report.data = json!({ "sprint": self.sprint.id, "checklists": rows });
        Ok(report)
    }

    /// The sheet of a kind, with commands as this program was called.
    fn text(&self, kind: ChecklistKind, own: Option<&Checklist>) -> Result<String, Stop> {
        Ok(as_called(&checklist(kind, &self.sheet(own)?)).into_owned())
    }

    fn sheet<'s>(&'s self, own: Option<&Checklist>) -> Result<Sheet<'s>, Stop> {
        let (calendar, sprint) = (self.calendar, self.sprint);
        let gate = Subject::Gate(sprint.id.clone());
        let folder = self.delivery.folder(&gate);
        let items = self.delivery.items(&gate).into_iter();
        Ok(Sheet {
            sprint,
            features: self.delivery.features(sprint),
            focus: self.delivery.focus(sprint).collect(),
            zone: zone_name(calendar),
            due: own.and_then(|own| due(calendar, sprint, own)),
            frozen: frozen_days(calendar, sprint),
            evidence_due: evidence_due(calendar, sprint),
            stories: self.planned()?,
            evidence: items.map(|item| (item.title, format!("{folder}/{}", item.file))).collect(),
        })
    }

    /// The stories of the sprint with what they wait for: other stories, which are needed
    /// before their sprint's end where they are of this one, else before its first day.
    fn planned(&self) -> Result<Option<Vec<Planned<'_>>>, Stop> {
        let (Some(backlog), Some(ids)) =
            (&self.delivery.policy.backlog, self.delivery.stories_of_sprint(self.sprint))
        else {
            return Ok(None);
        };
        let own: BTreeSet<&String> = ids.iter().collect();
        let stories: Vec<&Story> = ids.iter().filter_map(|id| backlog.story(id)).collect();
        let mut asked: Vec<String> = ids.clone();
        for id in stories.iter().flat_map(|story| &story.depends) {
            if !asked.contains(id) {
                asked.push(id.clone());
            }
        }
        let states = self.delivery.states(self.world, &asked)?;
        let state = |id: &String| states.get(id).cloned().unwrap_or_default();
        let window = self.sprint.window;
        let planned = stories.into_iter().map(|story| {
            let mut waits: Vec<Wait> = story
                .depends
                .iter()
                .map(|id| Wait {
                    what: titled(id, self.delivery.title(id)),
                    owner: backlog.story(id).and_then(|story| story.owner.clone()),
                    state: state(id),
                    needed: if own.contains(id) { window.to } else { window.from },
                })
                .collect();
            waits.extend(backlog.awaited(&story.id).map(|external| Wait {
                what: titled(&external.id, &external.title),
                owner: Some(external.owner.clone()),
                state: format!("due {}", external.due),
                needed: external.due.min(window.to),
            }));
            if story.pending_approval {
                waits.push(Wait {
                    what: "its approval".to_owned(),
                    owner: Some(backlog.approval_roles.join(" or ")),
                    state: "pending".to_owned(),
                    needed: window.from,
                });
            }
            let evidence = self.delivery.folder(&Subject::Story(story.id.clone()));
            Planned { story, state: state(&story.id), evidence, waits }
        });
        Ok(Some(planned.collect()))
    }
}

fn kind_of(word: &str) -> Option<ChecklistKind> {
    use ChecklistKind::{Decomposition, Dependencies, Gate, Operations, Rollback};
    let all = [Dependencies, Gate, Decomposition, Operations, Rollback];
    all.into_iter().find(|kind| kind.word() == word)
}
