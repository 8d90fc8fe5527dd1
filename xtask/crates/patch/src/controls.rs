//! docs/controls.md: which control answers which risk, from policy.

use thrice_programme::Controls;
use thrice_programme::controls::Risk;
use thrice_report::markdown::NOTICE;
use thrice_report::markdown::{code, line, table};

/// Where the document lies.
pub const PATH: &str = "docs/controls.md";

/// The document.
#[must_use]
pub fn document(controls: &Controls) -> String {
    let rows = controls.risks.iter().map(|risk| {
        let control = risk.control.as_deref().map_or_else(String::new, line);
        let proofs: Vec<String> = risk.proves.iter().map(|proof| shown(proof)).collect();
        let level = risk.level.word().to_owned();
        vec![line(&risk.risk), control, level, answers(risk), proofs.join("; ")]
    });
    let head = ["risk", "control", "level", "answered by", "where it is proven"];
    format!(
        "{NOTICE}# Risks and controls\n\nFrom `policy/controls.toml`. `cargo xtask policy check` \
        refuses a control that does not exist.\n\n{}",
        table(&head, rows)
    )
}

fn answers(risk: &Risk) -> String {
    let command = risk.command.as_ref().map(|words| code(&format!("cargo xtask {words}")));
    let gate = risk.gate.as_ref().map(|gate| line(gate));
    let refusal = risk.code.map(|found| found.name().to_owned());
    [command, gate, refusal].into_iter().flatten().collect::<Vec<_>>().join(", ")
}

fn shown(proof: &str) -> String {
    if proof.starts_with("out/") { code(proof) } else { line(proof) }
}
