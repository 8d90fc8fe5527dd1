//! `sprint gate`: everything that the gate of a sprint asks, and the decision on it (S-3).

use std::collections::HashMap;
use std::path::PathBuf;

use clap::Args;
use serde_json::{Map, json};

use super::super::cycle::zone_name;
use super::super::evidence::{pack::packed, server};
use super::super::story::gather::{Delivery as Derived, On};
use super::checklist;
use crate::gather::{Delivery, Subject, unknown_stories};
use crate::judge::backlog::{not_green, sprint_gate};
use crate::judge::calendar::checklist::Asked;
use thrice_findings::{Finding, Severity, Stop, Verdict, unless_refused, verdict};
use thrice_ledger::recording::record;
use thrice_programme::calendar::Sprint;
use thrice_programme::calendar::days::{end_of, evidence_due};
use thrice_programme::world::World;
use thrice_programme::{Calendar, Kind};
use thrice_report::Report;
use thrice_report::table::Table;
use thrice_report::text::safe;
use thrice_risk::verbs::sla::fired;

/// The gate of a sprint.
#[derive(Debug, Args)]
pub(super) struct Gate {
    /// Sprint. Default: the current one.
    pub(super) id: Option<String>,
    /// Where to look.
    #[arg(long, value_enum, default_value = "local")]
    on: On,
    /// Records the decision in the ledger.
    #[arg(long)]
    execute: bool,
    /// Key to sign with. Default: git's `user.signingkey`.
    #[arg(long, value_name = "FILE")]
    key: Option<PathBuf>,
}

/// What was seen of evidence.
struct Shown {
    findings: Vec<Finding>,
    table: String,
    missing: usize,
    all: usize,
}

impl Gate {
    pub(super) fn run(
        self,
        world: &World,
        delivery: &Delivery<'_>,
        (calendar, sprint): (&Calendar, &Sprint),
    ) -> Result<Report, Stop> {
        let asked = match self.on {
            On::Local => None,
            On::Github => unless_refused(Derived::of(world, On::Github))?,
        };
        let derived = match self.on {
            On::Local => delivery.derived(world)?,
            On::Github => asked.as_ref(),
        };
        let triggers = fired(world, self.on == On::Github)?;
        let seen = Seen { derived, triggers, on: self.on, decides: self.execute };
        let (subjects, shown, findings) = seen.look(delivery, (calendar, sprint))?;
        let passes = verdict(&findings) == Verdict::Pass;
        let mut report = match seen.derived {
            Some(derived) if passes && (self.execute || self.on == On::Github) => {
                self.decide(world, (delivery, derived), (sprint, &subjects), findings)?
            }
            _ => Report::of(findings),
        };
        let (id, name) = (safe(&sprint.id), safe(sprint.gate.as_deref().unwrap_or("gate")));
        let passes = verdict(&report.findings) == Verdict::Pass;
        report.headline = Some(match (passes, self.execute) {
            (true, true) => format!("sprint {id}: {name} is passed"),
            (true, false) if self.on == On::Github => {
                format!("sprint {id}: {name} may be passed")
            }
            (true, false) => format!("sprint {id}: {name} misses nothing that is seen here"),
            (false, _) => {
                let Shown { missing, all, .. } = shown;
                format!("sprint {id}: {name} is open, evidence of {missing} of {all} is missing")
            }
        });
        let due = due(delivery, calendar, sprint);
        report.body = format!("{}\n{due}{}", shown.table, report.body);
        report.data = json!({
            "sprint": sprint.id,
            "gate": sprint.gate,
            "due": evidence_due(calendar, sprint).map(|day| day.to_string()),
            "may_be_passed": passes && self.on == On::Github,
            "passed": passes && self.execute,
        });
        Ok(report)
    }

    /// The decision that the gate is passed, on the evidence of the default branch.
    fn decide(
        &self,
        world: &World,
        (delivery, derived): (&Delivery<'_>, &Derived),
        (sprint, subjects): (&Sprint, &[Subject]),
        mut findings: Vec<Finding>,
    ) -> Result<Report, Stop> {
        let id = format!("sprint-{}", sprint.id);
        let packed = packed(delivery, (&id, subjects), &derived.base, &mut findings)?;
        let Some(packed) = packed else { return Ok(Report::of(findings)) };
        let mut data = Map::new();
        for (name, value) in [
            ("sprint", sprint.id.as_str()),
            ("decision", "pass"),
            ("sha", &derived.base.id),
            ("evidence_sha256", &packed.digest),
        ] {
            data.insert(name.to_owned(), value.into());
        }
        let shown = format!("the gate of sprint {} is passed", safe(&sprint.id));
        let recorded = (Kind::SprintGate, data, shown.as_str());
        let report = record(world, recorded, self.key.clone(), self.execute);
        let mut report = report.or_else(|stop| stop.refusal().map(Report::of))?;
        findings.append(&mut report.findings);
        report.findings = findings;
        if !self.execute {
            report.body.push_str("`--execute` does it\n");
        }
        Ok(report)
    }
}

/// What the gates of all sprints ask.
pub(crate) struct Seen<'a> {
    derived: Option<&'a Derived>,
    triggers: Vec<Finding>,
    /// Where it was looked, and where checks and pull requests are.
    on: On,
    /// Whether the gate is to be decided on, not only looked at.
    decides: bool,
}

impl<'a> Seen<'a> {
    /// Looks at stories, risks and triggers, as far as this clone knows.
    ///
    /// # Errors
    /// Where git fails, or the ledger cannot be read.
    pub(crate) fn of(world: &World, delivery: &'a Delivery<'_>) -> Result<Self, Stop> {
        let (derived, triggers) = (delivery.derived(world)?, fired(world, false)?);
        Ok(Self { derived, triggers, on: On::Local, decides: false })
    }

    /// What the gate of a sprint still misses, as far as this clone knows.
    ///
    /// # Errors
    /// Where git fails, or a file cannot be read.
    pub(crate) fn lacks(
        &self,
        delivery: &Delivery<'_>,
        of: (&Calendar, &Sprint),
    ) -> Result<Vec<Finding>, Stop> {
        Ok(self.look(delivery, of)?.2)
    }

    /// Everything that the gate asks: what has evidence, what was seen of it, and all findings.
    fn look(
        &self,
        delivery: &Delivery<'_>,
        (calendar, sprint): (&Calendar, &Sprint),
    ) -> Result<(Vec<Subject>, Shown, Vec<Finding>), Stop> {
        let mut subjects = vec![Subject::Gate(sprint.id.clone())];
        let mut findings = Vec::new();
        match delivery.stories_of_sprint(sprint) {
            Some(ids) => subjects.extend(ids.into_iter().map(Subject::Story)),
            None => findings.push(*unknown_stories(&format!("sprint {}", sprint.id))),
        }
        findings.extend(self.asked((sprint, delivery))?);
        let shown = self.evidence(delivery, &subjects)?;
        findings.extend(shown.findings.iter().cloned());
        findings.extend(checklist::lacks(delivery, (calendar, sprint), Asked::AtGate)?);
        Ok((subjects, shown, findings))
    }

    /// Stories, risks, drills, checks and triggers.
    fn asked(&self, (sprint, delivery): (&Sprint, &Delivery<'_>)) -> Result<Vec<Finding>, Stop> {
        let mut findings = Vec::new();
        match self.derived {
            Some(derived) => {
                let green = derived.checks(self.on, &mut findings)?;
                let not_asked = HashMap::new();
                let facts = derived.gate_facts(&not_asked, green);
                findings.extend(sprint_gate(sprint, &facts, delivery.now));
                findings.extend(derived.recorded.unowned());
                findings.extend(not_green(green).map(|mut finding| {
                    // Whoever only looks is not asked for what they did not ask.
                    if self.on == On::Local && !self.decides {
                        finding.severity = Severity::Note;
                    }
                    finding
                }));
            }
            None => findings.push(*unknown_stories(&format!("sprint {}", sprint.id))),
        }
        findings.extend(self.triggers.iter().cloned());
        Ok(findings)
    }

    fn evidence(&self, delivery: &Delivery<'_>, subjects: &[Subject]) -> anyhow::Result<Shown> {
        let mut table = Table::new(["evidence of", "answer", "what is missing first"]);
        let mut shown =
            Shown { findings: Vec::new(), table: String::new(), missing: 0, all: subjects.len() };
        for subject in subjects {
            let folder = delivery.evidence(subject)?;
            let mut found = delivery.judge(subject, &folder);
            if self.on == On::Github {
                found.extend(server::pull(delivery, subject, &folder, true)?);
            }
            let first = found.iter().find(|it| it.severity == Severity::Refuse);
            shown.missing += usize::from(first.is_some());
            let answer = if first.is_some() { "missing" } else { "there" };
            let why = first.map(|it| it.message.as_str()).unwrap_or_default();
            table.row([safe(&folder.subject), answer.to_owned(), safe(why)]);
            shown.findings.extend(found);
        }
        shown.table = table.text();
        Ok(shown)
    }
}

/// By when the evidence is due, or was.
fn due(delivery: &Delivery<'_>, calendar: &Calendar, sprint: &Sprint) -> String {
    let Some(day) = evidence_due(calendar, sprint) else { return String::new() };
    let end = end_of(calendar, day);
    let word = if delivery.now >= end { "was" } else { "is" };
    format!(
        "evidence {word} due by the end of {day} ({}), {}\n",
        zone_name(calendar),
        end.strftime("%Y-%m-%dT%H:%MZ")
    )
}
