//! `explain`: what a code or a gate means, and what to do about it.

use clap::Args;
use serde_json::json;

use crate::requirements;
use thrice_facts::files;
use thrice_findings::{Code, Finding, Severity, Stop};
use thrice_orr::judge::triage;
use thrice_orr::layout::Output;
use thrice_patch::judge::pr_body::RecordedDecision;
use thrice_policy::table::did_you_mean;
use thrice_programme::Gate;
use thrice_programme::risk::IncidentSeverity;
use thrice_programme::world::{World, head};
use thrice_report::Report;

/// What a code or a gate means.
#[derive(Debug, Args)]
pub(crate) struct Explain {
    /// A code such as `CEC-30` or `dirty-tree`, or a gate such as `T6`.
    #[arg(value_name = "CODE|GATE")]
    subject: String,
}

impl Explain {
    /// Prints the explanation: of a gate, also what this repository's gate runs.
    ///
    /// # Errors
    /// Never.
    pub(crate) fn run(self, world: &World) -> Result<Report, Stop> {
        let id = self.subject.to_uppercase();
        let here = gate_here(world, &id);
        let mut report = Report::new();
        report.announces = false;
        if let Some(code) = Code::from_name(&self.subject) {
            report.body = with_rules(code, &triage::of_code(code));
            report.data = json!({
                "code": code,
                "meaning": code.meaning(),
                "cause": code.cause(),
                "fix": code.fix(),
                "source": code.source(),
            });
        } else if here.is_some() || triage::GATES.contains(&id.as_str()) {
            let general = triage::of_gate(&id);
            report.body = match (&here, general) {
                (Some(gate), general) => {
                    let triage = general.map(|text| format!("\n{text}")).unwrap_or_default();
                    format!("{}{triage}", triage::in_this_repository(gate))
                }
                (None, general) => {
                    format!("{}\n(no policy here has this gate)\n", general.unwrap_or_default())
                }
            };
            // What was seen here comes last, where a person looks first.
            report.body_first = true;
            report.findings = here.as_ref().map_or_else(Vec::new, |gate| seen(world, &gate.id));
            let leads_on = here.is_some() && report.findings.is_empty();
            report.next = leads_on.then(|| "cargo xtask status".to_owned());
            report.data = json!({
                "gate": id,
                "here": here.as_ref().map(thrice_orr::verbs::gates::describe),
                "text": report.body,
            });
        } else if let Some(entry) = entry(&self.subject) {
            report.body = format!("{entry}\n");
            report.data = json!({ "word": self.subject, "text": entry });
        } else {
            report.announces = true;
            report.findings.push(unknown(&self.subject));
        }
        Ok(report)
    }
}

/// What words mean here, as people read it.
const GLOSSARY: &str = include_str!("../../../../../docs/glossary.md");

/// The entry of a word in the glossary; that of an incident for its severities.
fn entry(word: &str) -> Option<&'static str> {
    let severity = IncidentSeverity::from_word(&word.to_uppercase());
    let word = if severity.is_some() { "incident" } else { word };
    let named = |entry: &&str| {
        entry.lines().next().is_some_and(|heading| heading.eq_ignore_ascii_case(word))
    };
    GLOSSARY.split("\n## ").skip(1).find(named).map(str::trim)
}

/// The explanation of a code with the words of its rules: who reads it may not have their page.
fn with_rules(code: Code, text: &str) -> String {
    let is_source = |id: &str| code.source().split([',', ' ', '(']).any(|it| it == id);
    let rules = requirements::all().filter(|rule| is_source(rule.id));
    let rules: String =
        rules.map(|rule| format!("\n         {}: {}", rule.id, rule.rule)).collect();
    let origin = code.origin();
    let short = origin.replace(&format!(" ({})", requirements::PATH), "");
    text.replacen(&origin, &format!("{short}{rules}"), 1)
}

/// The gate of that id in this repository's policy; none where there is no policy that can
/// be used, which other commands say.
fn gate_here(world: &World, id: &str) -> Option<Gate> {
    let repository = world.repository().ok()?;
    let (policy, _) = world.policy(&repository).ok()?;
    policy.gates.gates.into_iter().find(|gate| gate.id.eq_ignore_ascii_case(id))
}

/// What the newest review said of a gate that was red, where it is of HEAD; nothing where that
/// cannot be read, which `status` says.
fn seen(world: &World, gate: &str) -> Vec<Finding> {
    let cause = || -> Result<Option<Finding>, Stop> {
        let repository = world.repository()?;
        let (policy, _) = world.policy(&repository)?;
        let path = Output::of(&repository, &policy).decision();
        let bytes = files::read_if_there(&path)?.unwrap_or_default();
        let decision = RecordedDecision::read(&bytes).ok();
        let head = head(&repository)?.id;
        let of_head = decision.filter(|decision| decision.commit == head);
        Ok(of_head.and_then(|decision| decision.cause(gate).cloned()))
    };
    let Ok(Some(mut cause)) = cause() else { return Vec::new() };
    // That a gate was red says less than why.
    cause.code = cause.under.first().map_or(cause.code, |first| first.code);
    cause.under.iter_mut().for_each(|finding| finding.severity = Severity::Note);
    cause.severity = Severity::Note;
    vec![cause]
}

fn unknown(subject: &str) -> Finding {
    let names = Code::ALL.iter().map(|code| code.name()).chain(triage::GATES.iter().copied());
    let help = did_you_mean(
        subject,
        names,
        "the program's docs/codes.md lists all codes, its docs/glossary.md all words; the gates are T0 to T8",
    );
    Finding::new(Code::UsageWrong, format!("there is no code, gate or word `{subject}`")).help(help)
}
