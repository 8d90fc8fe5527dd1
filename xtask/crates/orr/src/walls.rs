//! What the kernel holds of what a gate may not do, and what is said where it doesn't.

use serde_json::{Value, json};

use thrice_facts::process::walls;
use thrice_findings::{Code, Finding, Place};
use thrice_programme::{Action, Gate, Gates, Walls};

/// Whether a gate is cut off from the network.
///
/// # Errors
/// Where policy requires it and this machine does not allow it.
pub(crate) fn is_offline(gates: &Gates, gate: &Gate) -> Result<bool, Box<Finding>> {
    judged(gates.walls, gate, walls::network)
}

fn judged(
    walls: Walls,
    gate: &Gate,
    network: impl Fn() -> Result<(), &'static str>,
) -> Result<bool, Box<Finding>> {
    if gate.network || walls == Walls::Off {
        return Ok(false);
    }
    match network() {
        Err(why) if walls == Walls::Required => {
            let message = format!("{} needs a wall around its network: {why}", gate.id);
            let help = "review where user namespaces are allowed, or set `walls` in policy/gates.toml to `where-possible`";
            let finding = Finding::new(Code::WallMissing, message).help(help);
            Err(Box::new(finding.at(Place::gate(&gate.id))))
        }
        found => Ok(found.is_ok()),
    }
}

/// Why gates that may not use the network can reach it; none where they can't, or policy wants
/// no wall.
fn missing(gates: &Gates) -> Option<&'static str> {
    let is_one_open =
        gates.gates.iter().any(|gate| !gate.network && matches!(gate.action, Action::Run(_)));
    (is_one_open && gates.walls == Walls::WherePossible).then(walls::network)?.err()
}

/// One line for people, where a wall is missing.
#[must_use]
pub(crate) fn line(gates: &Gates) -> String {
    let said = |why| format!("no wall: gates can reach the network, {why}\n");
    missing(gates).map(said).unwrap_or_default()
}

/// The same for programs.
#[must_use]
pub(crate) fn data(gates: &Gates) -> Value {
    json!({ "policy": gates.walls.word(), "missing": missing(gates).map(|why| json!({ "network": why })) })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn policy_and_the_machine_decide_whether_a_gate_is_cut_off() {
        let text = |network: bool| {
            format!(
                "[[gates]]\nid = \"T4\"\nname = \"tests\"\nrun = [\"true\"]\nnetwork = {network}\n"
            )
        };
        let gate = |network: bool| crate::vary::tests::gates(&text(network)).remove(0);
        let of = |walls, network, can: Result<(), &'static str>| {
            judged(walls, &gate(network), || can).map_err(|finding| finding.message)
        };
        for (walls, possible, not) in [
            (Walls::WherePossible, Ok(true), Ok(false)),
            (Walls::Off, Ok(false), Ok(false)),
            (Walls::Required, Ok(true), Err("T4 needs a wall around its network: none".to_owned())),
        ] {
            assert_eq!(of(walls, false, Ok(())), possible);
            assert_eq!(of(walls, false, Err("none")), not);
            assert_eq!(of(walls, true, Err("none")), Ok(false));
        }
    }
}
