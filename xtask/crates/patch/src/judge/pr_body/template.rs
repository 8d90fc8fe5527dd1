//! The words of H-7, to the letter.

use thrice_programme::Policy;

/// Least number of runs (H-4).
pub const LEAST_RUNS: usize = 3;

pub(super) const TELEMETRY: &str = "## CEC (telemetria)";
pub(super) const PLAN: &str = "## Plan.json (efêmero)";
pub(super) const EVIDENCE: &str = "## Evidências";
pub(super) const FILES: &str = "## Arquivos tocados (todos constam no Filemap)";
pub(super) const CHECKLIST: &str = "## Checklist";
pub(super) const STORY: &str = "## Story";

/// What of a body follows from the programme alone.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Template {
    /// The programme's id.
    pub programme: String,
    /// The folder of outputs.
    pub output: String,
    /// The gates, as the checklist names them: `T0..T8`.
    pub gates: String,
    /// Ids of all gates.
    pub(crate) gate_ids: Vec<String>,
    /// Lines of the checklist that the rules on content add; one may hold a line feed.
    pub checklist: Vec<String>,
}

impl Template {
    /// The template of a programme.
    #[must_use]
    pub fn of(policy: &Policy) -> Self {
        let ids: Vec<String> = policy.gates.gates.iter().map(|gate| gate.id.clone()).collect();
        let gates = match ids.as_slice() {
            [first, .., last] => format!("{first}..{last}"),
            [only] => only.clone(),
            [] => String::new(),
        };
        let rules = policy.filemap.iter().flat_map(|filemap| &filemap.content);
        Self {
            programme: policy.programme.id.clone(),
            output: policy.programme.output.clone(),
            gates,
            gate_ids: ids,
            checklist: rules.filter_map(|rule| rule.checklist.as_deref()).map(item).collect(),
        }
    }

    pub(super) fn title(&self, runs: usize) -> String {
        let programme = self.programme.to_uppercase();
        format!("# {programme} — Codex PR (Plan→Patch→ORR PASS {runs}×)")
    }

    pub(super) fn scorecard(&self) -> String {
        format!("## Scorecard ({}/scorecards/{}.json)", self.output, self.programme)
    }

    /// The line that names the artifact; two spaces at its end break the line.
    pub(super) fn artifact(&self) -> String {
        format!("Artefato: {}-orr-evidence  ", self.programme)
    }

    /// What stands before the archive's digest in backticks.
    pub(super) fn archive(&self) -> String {
        format!("SHA256({}/{}-evidence.zip): ", self.output, self.programme)
    }

    /// The items of the checklist.
    pub(super) fn items(&self, runs: usize) -> Vec<String> {
        let fixed = [
            format!("{} PASS **{runs}×**", self.gates),
            format!("ZIP/bytes idênticos nos {runs} runs (Cap.2 T6)"),
        ];
        fixed.into_iter().chain(self.checklist.iter().cloned()).collect()
    }

    /// The headings, in their order.
    pub(super) fn headings(&self, runs: usize, story: bool) -> Vec<String> {
        let fixed = [TELEMETRY, PLAN].map(str::to_owned).into_iter();
        let rest = [EVIDENCE, FILES, CHECKLIST].map(str::to_owned);
        std::iter::once(self.title(runs))
            .chain(fixed)
            .chain([self.scorecard()])
            .chain(rest)
            .chain(story.then(|| STORY.to_owned()))
            .collect()
    }
}

/// An item as policy writes it, without the ends that its form in TOML brings along.
fn item(text: &str) -> String {
    text.replace("\r\n", "\n").trim().to_owned()
}

/// The name of a section in a message: what its heading begins with.
pub(super) fn name(heading: &str) -> &str {
    let words = heading.trim_start_matches('#').trim_start();
    words.split(" (").next().unwrap_or(words)
}

/// Whether a text is the first line of a body, of whatever programme.
#[must_use]
pub(crate) fn is_title(line: &str) -> bool {
    line.starts_with("# ") && line.contains(" — Codex PR (Plan→Patch→ORR PASS ")
}
