//! The handoff of a phase, as GitHub Markdown (Z-9).

use std::collections::HashSet;

use jiff::civil::Date;

use crate::judge::backlog::PhaseDemand;
use crate::pages::status::{StoryLine, risks, section, stories_table};
use thrice_findings::Finding;
use thrice_ledger::decisions::Standing;
use thrice_ledger::decisions::entries::GateResult;
use thrice_programme::Wave;
use thrice_programme::calendar::Sprint;
use thrice_report::markdown::{code, line, table, titled};
use thrice_report::text::counted;
use thrice_risk::verbs::sla::{Matter, Matters};

/// All that a handoff says.
#[derive(Debug)]
pub(crate) struct Handoff<'a> {
    /// What is handed over: the programme, or those of its waves and sprints that were named.
    pub subject: &'a str,
    /// The day that it is.
    pub today: Date,
    /// The name of the zone in which that is meant.
    pub zone: &'a str,
    /// The commit that is handed over.
    pub commit: &'a str,
    /// To whom, in words.
    pub to: Option<&'a str>,
    /// What else is to be known.
    pub note: Option<&'a str>,
    /// The waves of the phase.
    pub waves: &'a [&'a Wave],
    /// Its sprints.
    pub sprints: &'a [&'a Sprint],
    /// What the phase must have done.
    pub demands: &'a [PhaseDemand],
    pub stories: &'a [StoryLine],
    /// What the ledger says.
    pub recorded: &'a Standing,
    /// What somebody has to answer now, and what freezes merges.
    pub watch: &'a Matters,
}

/// The first words of a handoff.
const HANDOFF: &str = "# Handoff of ";

/// Whether a file is a handoff.
#[must_use]
pub(crate) fn is_handoff(bytes: &[u8]) -> bool {
    bytes.starts_with(HANDOFF.as_bytes())
}

#[must_use]
pub(crate) fn handoff(handoff: &Handoff<'_>) -> String {
    let Handoff { today, zone, commit, demands, recorded, .. } = handoff;
    let open = demands.iter().filter(|demand| !demand.is_met()).count();
    let answer = match open {
        0 => "Done: the definition of done is met.".to_owned(),
        _ => format!(
            "Not done: {open} of {} points of the definition of done are open.",
            demands.len()
        ),
    };
    let mut text = format!(
        "{HANDOFF}{}\n\n**{answer}** {today} ({}), commit {}.\n\n",
        line(handoff.subject),
        line(zone),
        code(commit)
    );
    if let Some(to) = handoff.to {
        text.push_str(&format!("- To: {}\n", line(to)));
    }
    if let Some(note) = handoff.note {
        text.push_str(&format!("- Note: {}\n", line(note)));
    }
    let all = recorded.risks();
    if all.is_empty() {
        text.push_str("- No residual risk is in the ledger.\n");
    }
    let watch = watch(handoff.watch);
    if !watch.is_empty() {
        section(&mut text, "On watch", &watch);
    }
    section(&mut text, "Definition of done", &definition(demands));
    section(&mut text, "Gates", &gates(handoff));
    let blocks = recorded.blocks().collect::<Vec<_>>();
    section(&mut text, "Stories", &stories_table(handoff.stories.iter(), &blocks));
    section(&mut text, "Residual risks", &risks(&all));
    text
}

/// The demands, each with what is open of it and what to do; what stands under one already is
/// only counted under the next.
fn definition(demands: &[PhaseDemand]) -> String {
    let mut text = String::new();
    let mut seen = HashSet::new();
    for demand in demands {
        let mark = if demand.is_met() { 'x' } else { ' ' };
        text.push_str(&format!("- [{mark}] {}\n", demand.title));
        let (new, again): (Vec<&Finding>, Vec<&Finding>) =
            demand.findings.iter().partition(|finding| seen.insert(finding.message.as_str()));
        for finding in new {
            let help = finding.help.as_deref().map(|help| format!("<br>To do: {}", line(help)));
            let help = help.unwrap_or_default();
            text.push_str(&format!("  - {}{help}\n", line(&finding.message)));
        }
        if !again.is_empty() {
            text.push_str(&format!("  - and {} from above\n", counted(again.len(), "finding")));
        }
    }
    text
}

/// What whoever takes over has to answer: freezes, then incidents, blocks, risks and triggers.
fn watch(watch: &Matters) -> String {
    let mut text = String::new();
    for frozen in &watch.frozen {
        text.push_str(&format!("- {}\n", line(frozen)));
    }
    if !watch.matters.is_empty() {
        let row = |it: &Matter| {
            let (id, command) = (code(&it.id), code(&it.command));
            vec![
                id,
                line(&it.title),
                it.severity.to_owned(),
                line(&it.owner),
                line(&it.next),
                command,
            ]
        };
        let head = ["what", "title", "severity", "owner", "due", "next"];
        text.push_str(&format!("\n{}", table(&head, watch.matters.iter().map(row))));
    }
    text
}

/// The decisions at the gates, as a table.
fn gates(handoff: &Handoff<'_>) -> String {
    let recorded = handoff.recorded;
    let word = |decision: Option<GateResult>| match decision {
        Some(GateResult::Pass) => "pass",
        Some(GateResult::Conditional) => "conditional",
        Some(GateResult::Fail) => "fail",
        None => "**not decided**",
    };
    let row = |id: &str, name: Option<&str>, decision: Option<(GateResult, &str)>| {
        let (decision, by) = decision.unzip();
        vec![
            titled(id, name.unwrap_or_default()),
            word(decision).to_owned(),
            by.map_or_else(String::new, line),
        ]
    };
    let waves = handoff.waves.iter().map(|wave| {
        let decision = recorded.gate(&wave.id);
        let decision = decision.map(|gate| (gate.content.decision, gate.actor.as_str()));
        row(&wave.id, wave.name.as_deref(), decision)
    });
    let sprints = handoff.sprints.iter().map(|sprint| {
        let decision = recorded.sprint_gate(&sprint.id);
        let decision = decision.map(|gate| (gate.content.decision, gate.actor.as_str()));
        let name = sprint.gate.as_deref().or(sprint.name.as_deref());
        row(&format!("sprint {}", sprint.id), name, decision)
    });
    let rows: Vec<Vec<String>> = waves.chain(sprints).collect();
    if rows.is_empty() { String::new() } else { table(&["gate of", "decision", "by"], rows) }
}
