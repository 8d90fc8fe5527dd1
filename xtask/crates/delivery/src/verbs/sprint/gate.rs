//! `sprint gate`: everything that the gate of a sprint asks, and the decision on it (S-3).

use std::collections::HashMap;
use std::path::PathBuf;

use clap::Args;
use serde_json::{Map, json};

use super::super::cycle::zone_name;
use super::super::evidence::pack::packed;
use super::super::evidence::server;
use super::super::story::gather::{Delivery as Derived, On};
use super::super::{recorded_after, wave::passed_already};
use super::checklist;
use crate::gather::{Delivery, Subject, unknown_stories};
use crate::judge::backlog::{Head, first_line, not_green, sprint_gate};
use crate::judge::calendar::checklist::CheckedWhen;
use thrice_findings::{Code, Finding, Severity, Stop, Verdict, add_new, unless_refused, verdict};
use thrice_ledger::decisions::Decision;
use thrice_ledger::decisions::entries::{GateResult, SprintGateEntry};
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
pub struct Gate {
    /// Sprint. Default: the current one.
    pub(super) id: Option<String>,
    /// Where to look.
    #[arg(long, value_enum, default_value = "local")]
    on: On,
    /// Condition on which the gate passes although evidence or a checklist is late.
    #[arg(long, value_name = "TEXT")]
    condition: Vec<String>,
    /// Records the decision in the ledger.
    #[arg(long)]
    execute: bool,
    /// Key to sign with. Default: git's `user.signingkey`.
    #[arg(long, value_name = "FILE")]
    key: Option<PathBuf>,
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
        let seen = SprintFacts::of(world, derived, self.on)?;
        let (subjects, table, mut findings) = seen.look(delivery, (calendar, sprint))?;
        let weight = if self.condition.is_empty() { Severity::Refuse } else { Severity::Warn };
        weigh_late(&mut findings, weight);
        let before = derived.and_then(|it| it.recorded.passed_sprint(&sprint.id, delivery.now));
        let mut report = match (derived, verdict(&findings)) {
            (None, _) | (_, Verdict::NotEstablished) => Report::of(findings),
            // A condition is of a pass: where it may not pass, nothing is recorded.
            (_, Verdict::Fail) if !self.execute || !self.condition.is_empty() => {
                Report::of(findings)
            }
            (Some(derived), _) => {
                self.decide(world, (delivery, derived), (sprint, &subjects, before), findings)?
            }
        };
        let gate = format!(
            "sprint {}: {}",
            safe(&sprint.id),
            safe(sprint.gate.as_deref().unwrap_or("gate"))
        );
        let passes = verdict(&report.findings) == Verdict::Pass;
        if report.headline.is_none() {
            report.headline = Some(first_line(&gate, &report.findings, self.execute));
        }
        let due = due(delivery, calendar, sprint);
        report.body = format!("{table}\n{due}{}", report.body);
        report.data = json!({
            "sprint": sprint.id,
            "gate": sprint.gate,
            "due": evidence_due(calendar, sprint).map(|day| day.to_string()),
            "may_be_passed": passes,
            "passed": if report.data["in_effect"] == true { passes } else { before.is_some() },
            "passed_before": before.map(|it| &it.id),
            "recorded": report.data["id"],
        });
        Ok(report)
    }

    /// Records the decision: that the gate is passed, on the evidence of the default branch, or
    /// that it is not.
    fn decide(
        &self,
        world: &World,
        (delivery, derived): (&Delivery<'_>, &Derived),
        (sprint, subjects, before): (&Sprint, &[Subject], Option<&Decision<SprintGateEntry>>),
        mut findings: Vec<Finding>,
    ) -> Result<Report, Stop> {
        let is_conditional = !self.condition.is_empty();
        let same = if is_conditional { GateResult::Conditional } else { GateResult::Pass };
        let before = before.filter(|given| given.content.decision == same);
        if let Some(given) = before.filter(|_| verdict(&findings) == Verdict::Pass) {
            let (gate, by) = (format!("sprint {}", safe(&sprint.id)), (&*given.actor, given.at));
            return Ok(passed_already(&gate, by, self.execute, findings));
        }
        let mut data = Map::new();
        let mut add = |name: &str, value: &str| data.insert(name.to_owned(), value.into());
        add("sprint", &sprint.id);
        add("sha", &derived.base.id);
        let id = safe(&sprint.id);
        let shown = if verdict(&findings) == Verdict::Pass {
            let subject = format!("sprint-{}", sprint.id);
            let of = (subject.as_str(), subjects);
            let packed = packed(delivery, of, &derived.base, &mut findings)?;
            let Some(packed) = packed else { return Ok(Report::of(findings)) };
            add("evidence_sha256", &packed.digest);
            add("decision", if is_conditional { "conditional" } else { "pass" });
            let shown = format!("the gate of sprint {id} is passed");
            match is_conditional {
                true => {
                    data.insert("conditions".to_owned(), self.condition.clone().into());
                    format!("{shown}, on the condition: {}", safe(&self.condition.join("; ")))
                }
                false => shown,
            }
        } else {
            add("decision", "fail");
            format!("the gate of sprint {id} is not passed")
        };
        let recorded = (Kind::SprintGate, data, shown.as_str());
        recorded_after(world, recorded, (self.key.clone(), self.execute), findings, "")
    }
}

/// What the gates of all sprints ask.
pub(crate) struct SprintFacts<'a> {
    derived: Option<&'a Derived>,
    head: Head,
    /// What stands against every gate: triggers, and what could not be asked.
    always: Vec<Finding>,
    /// Where it was looked, and where checks and pull requests are.
    on: On,
}

impl<'a> SprintFacts<'a> {
    /// Looks at what the gates of all sprints have in common; `derived` is what is known of
    /// stories, looked for `on` the same.
    pub(crate) fn of(world: &World, derived: Option<&'a Derived>, on: On) -> Result<Self, Stop> {
        let mut always = fired(world, on == On::Github)?;
        let head = match derived {
            Some(derived) => {
                always.extend(derived.recorded.unowned());
                derived.head(on, &mut always)?
            }
            None => Head::Unasked,
        };
        Ok(Self { derived, head, always, on })
    }

    /// What the gate of a sprint still misses, as far as this clone knows.
    pub(crate) fn lacks(
        &self,
        delivery: &Delivery<'_>,
        of: (&Calendar, &Sprint),
    ) -> Result<Vec<Finding>, Stop> {
        Ok(self.look(delivery, of)?.2)
    }

    /// Everything that the gate asks: what has evidence, a table of it, and all findings, each
    /// once.
    fn look(
        &self,
        delivery: &Delivery<'_>,
        (calendar, sprint): (&Calendar, &Sprint),
    ) -> Result<(Vec<Subject>, String, Vec<Finding>), Stop> {
        let mut subjects = vec![Subject::Gate(sprint.id.clone())];
        let stories = delivery.stories_of_sprint(sprint);
        let mut findings = Vec::new();
        if stories.is_none() || self.derived.is_none() {
            findings.push(*unknown_stories(&format!("sprint {}", sprint.id)));
        }
        subjects.extend(stories.unwrap_or_default().into_iter().map(Subject::Story));
        if let Some(derived) = self.derived {
            let not_asked = HashMap::new();
            let facts = derived.gate_facts(&not_asked, &self.head);
            findings.extend(sprint_gate(sprint, &facts, delivery.now));
            findings.extend(not_green(&self.head));
        }
        findings.extend(self.always.iter().cloned());
        let mut table = Table::new(["evidence of", "answer", "title"]);
        for subject in &subjects {
            findings.extend(self.evidence(delivery, subject, &mut table)?);
        }
        findings.extend(checklist::lacks(delivery, (calendar, sprint), CheckedWhen::AtGate)?);
        let mut once = Vec::new();
        add_new(&mut once, findings);
        Ok((subjects, table.text(), once))
    }

    fn evidence(
        &self,
        delivery: &Delivery<'_>,
        subject: &Subject,
        table: &mut Table,
    ) -> anyhow::Result<Vec<Finding>> {
        let folder = delivery.evidence(subject)?;
        let mut found = delivery.judge(subject, &folder);
        weigh_late(&mut found, Severity::Refuse);
        let first = found.iter().find(|it| it.severity == Severity::Refuse);
        let answer = match first.map(|it| it.code) {
            None => "there",
            Some(Code::EvidenceMissing) => "missing",
            Some(Code::EvidenceLate) => "late",
            Some(_) => "refused",
        };
        let title = match subject {
            Subject::Story(id) => delivery.title(id),
            Subject::Gate(id) => delivery.title_of(id),
        };
        table.row([safe(&folder.subject), answer.to_owned(), safe(title)]);
        if self.on == On::Github {
            found.extend(server::pull(delivery, subject, &folder, true)?);
        }
        Ok(found)
    }
}

/// Weighs what is late: here it is decided on.
pub(crate) fn weigh_late(findings: &mut [Finding], weight: Severity) {
    let is_late = |it: &&mut Finding| matches!(it.code, Code::EvidenceLate | Code::ChecklistOpen);
    findings.iter_mut().filter(is_late).for_each(|it| it.severity = weight);
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
