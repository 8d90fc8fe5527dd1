//! T8: every gate's evidence is there, and is what it was when that gate ended.

use serde_json::json;

use super::Decided;
use crate::evidence::json::canonical;
use crate::evidence::manifest::sha256_hex;
use crate::pack;
use crate::result::GateResult;
use crate::surroundings::Surroundings;
use thrice_facts::files;
use thrice_findings::outcome::Outcome;
use thrice_findings::{Code, Finding, Place};
use thrice_programme::{Action, Builtin, Gate};

pub(super) fn decide(surroundings: &Surroundings<'_>) -> anyhow::Result<Decided> {
    let mut findings = Vec::new();
    let mut gates = Vec::new();
    let others = surroundings.policy.gates.gates.iter().filter(|gate| !is_this(gate));
    for gate in others.clone() {
        let result = surroundings.earlier.iter().find(|result| result.gate == gate.id);
        let found = match result {
            Some(result) => verify(surroundings, gate, result)?,
            None => vec![missing(gate, "it has not run")],
        };
        gates.push(json!({
            "gate": gate.id,
            "files": result.map_or(0, |result| result.evidence.len()),
            "verified": found.is_empty(),
        }));
        findings.extend(found);
    }
    let ids: Vec<&str> = others.map(|gate| gate.id.as_str()).collect();
    let records = surroundings.earlier.iter().filter(|result| ids.contains(&result.gate.as_str()));
    let manifest = pack::manifest(surroundings.run, records.flat_map(|result| &result.evidence));
    let report = json!({ "schema": "xtask/verification/1", "gates": gates });
    Ok(Decided {
        files: vec![
            ("MANIFEST.json".to_owned(), canonical(&manifest)?),
            ("verification.json".to_owned(), canonical(&report)?),
        ],
        findings,
    })
}

fn is_this(gate: &Gate) -> bool {
    matches!(gate.action, Action::Builtin(Builtin::Evidence))
}

fn missing(gate: &Gate, why: &str) -> Finding {
    Finding::new(Code::Cec40, format!("the evidence of {} is not complete: {why}", gate.id))
        .help(format!("fix {} first", gate.id))
        .at(Place::gate(&gate.id))
}

fn verify(
    surroundings: &Surroundings<'_>,
    gate: &Gate,
    result: &GateResult,
) -> anyhow::Result<Vec<Finding>> {
    if result.outcome == Outcome::NoEvidence || result.evidence.is_empty() {
        return Ok(vec![missing(gate, "a file is not there")]);
    }
    let output = surroundings.run.output.folder();
    let mut findings = Vec::new();
    for record in &result.evidence {
        let changed = match files::read_if_there(&output.join(&record.path))? {
            None => "is gone",
            Some(bytes) if sha256_hex(&bytes) != record.sha256 => "has other bytes",
            Some(_) => continue,
        };
        findings.push(changed_file(gate, &record.path, changed));
    }
    let folder = surroundings.run.output.evidence().join(gate.folder());
    for file in files::walk(&folder)? {
        let name = files::display_bytes(&file.relative);
        let path = format!("evidence/{}/{name}", gate.folder());
        if !result.evidence.iter().any(|record| record.path == path) {
            findings.push(changed_file(gate, &path, "came later"));
        }
    }
    Ok(findings)
}

fn changed_file(gate: &Gate, path: &str, how: &str) -> Finding {
    Finding::new(Code::EvidenceChanged, format!("{path} {how} since {} ended", gate.id))
        .help("let each gate write only below its own evidence folder")
        .at(Place::gate(&gate.id))
}
