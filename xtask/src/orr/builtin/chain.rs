//! T7: the ledger's chain.

use serde_json::json;

use super::Decided;
use crate::evidence::json::canonical;
use crate::findings::{Code, Finding, Place};
use crate::orr::surroundings::Surroundings;
use crate::policy::Empty;

pub(super) fn decide(surroundings: &Surroundings<'_>) -> anyhow::Result<Decided> {
    let Some(settings) = &surroundings.policy.gates.chain else {
        anyhow::bail!("the built-in `chain` has no settings")
    };
    let ledger = &settings.ledger;
    let present = surroundings.committed()?.has(ledger);
    let finding = match (present, settings.empty) {
        (true, _) => Finding::new(Code::ChainUnread, format!("{ledger} cannot be verified yet"))
            .help("use a version of this tool that verifies ledgers"),
        (false, Empty::Allowed) => {
            Finding::new(Code::ChainEmpty, format!("nothing to check: there is no {ledger} yet"))
        }
        (false, Empty::Refused) => {
            Finding::new(Code::ChainEmpty, format!("there is no {ledger}, and policy demands one"))
                .help("record a decision, or say `empty = \"allowed\"` in policy/gates.toml")
        }
    };
    let mut finding = finding.at(Place::file(ledger.clone()));
    if settings.empty == Empty::Refused {
        finding.severity = crate::findings::Severity::Refuse;
    }
    let report = json!({
        "schema": "xtask/chain/1",
        "ledger": ledger,
        "present": present,
        "entries_checked": 0,
        "says": finding.message,
    });
    Ok(Decided {
        files: vec![("chain.json".to_owned(), canonical(&report)?)],
        findings: vec![finding],
    })
}
