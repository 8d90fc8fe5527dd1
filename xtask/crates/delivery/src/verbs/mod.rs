//! The verbs of delivery.

use std::path::PathBuf;

use serde_json::{Map, Value};

use thrice_findings::{Finding, Stop, add_new};
use thrice_ledger::recording::record;
use thrice_programme::ledger::Kind;
use thrice_programme::world::World;
use thrice_report::Report;

pub mod cycle;
pub mod evidence;
pub mod handoff;
pub mod sprint;
pub mod story;
pub mod today;
pub mod wave;

/// Records a decision after what was found, with what whoever decides signs for. A dry run that
/// nothing refuses says what records it.
fn recorded_after(
    world: &World,
    decision: (Kind, Map<String, Value>, &str),
    (key, execute): (Option<PathBuf>, bool),
    mut findings: Vec<Finding>,
    signed: &str,
) -> Result<Report, Stop> {
    let report = record(world, decision, key, execute);
    let mut report = report.or_else(|stop| stop.refusal().map(Report::of))?;
    add_new(&mut findings, std::mem::take(&mut report.findings));
    report.findings = findings;
    report.body.push_str(signed);
    if !execute && report.exit() == 0 {
        report.body.push_str("`--execute` does it\n");
    }
    Ok(report)
}
