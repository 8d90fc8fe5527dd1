//! The handoff of a phase, as GitHub Markdown (Z-9).

use jiff::civil::Date;

use crate::judge::backlog::PhaseDemand;
use crate::pages::status::{StoryLine, risks, stories_table};
use thrice_ledger::decisions::Standing;
use thrice_ledger::decisions::entries::GateResult;
use thrice_programme::Wave;
use thrice_programme::calendar::Sprint;
use thrice_report::markdown::{code, line, table};

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
    let mut text = format!(
        "{HANDOFF}{}\n\n{today} ({}), commit {}.\n\n",
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
    let open = demands.iter().filter(|demand| !demand.is_met()).count();
    text.push_str(&match open {
        0 => "- The definition of done is met.\n".to_owned(),
        _ => {
            format!("- The definition of done is **not met**: {open} of {} open.\n", demands.len())
        }
    });
    text.push_str("\n## Definition of done\n\n");
    for demand in *demands {
        let mark = if demand.is_met() { 'x' } else { ' ' };
        text.push_str(&format!("- [{mark}] {}\n", demand.title));
        for finding in &demand.findings {
            text.push_str(&format!("  - {}\n", line(&finding.message)));
        }
    }
    text.push_str("\n## Gates\n\n");
    text.push_str(&gates(handoff));
    text.push_str("\n## Stories\n\n");
    text.push_str(&stories_table(handoff.stories.iter(), &recorded.blocks().collect::<Vec<_>>()));
    text.push_str("\n## Residual risks\n\n");
    text.push_str(&risks(&recorded.risks()));
    text
}

/// The decisions at the gates, as a table.
fn gates(handoff: &Handoff<'_>) -> String {
    let recorded = handoff.recorded;
    let word = |decision: Option<GateResult>| match decision {
        Some(GateResult::Pass) => "pass",
        Some(GateResult::Conditional) => "conditional",
        Some(GateResult::Fail) => "fail",
        None => "**none**",
    };
    let row = |id: &str, name: Option<&str>, decision: Option<(GateResult, &str)>| {
        let (decision, by) = decision.unzip();
        vec![
            code(id),
            name.map_or_else(String::new, line),
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
    table(&["gate of", "name", "decision", "by"], waves.chain(sprints))
}
