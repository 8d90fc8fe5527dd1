//! What the kernel holds of what a gate may not do, and what is said where it doesn't.

use std::collections::BTreeMap;

use serde_json::{Value, json};

use thrice_facts::process::manner::Manner;
use thrice_facts::process::walls;
use thrice_findings::{Code, Finding, Place};
use thrice_programme::{Action, Gate, Gates, Walls};

/// A wall that this tool knows.
struct Wall {
    /// Its name for programs.
    word: &'static str,
    /// What it goes around.
    around: &'static str,
    /// What is so where it isn't there.
    open: &'static str,
    is_wanted: fn(&Gate) -> bool,
    possible: fn() -> Result<(), &'static str>,
}

const NETWORK: Wall = Wall {
    word: "network",
    around: "its network",
    open: "gates can reach the network",
    is_wanted: |gate| !gate.network,
    possible: walls::network,
};

const SOURCE: Wall = Wall {
    word: "source",
    around: "its checkout",
    open: "gates can write to all of their checkouts",
    is_wanted: |gate| gate.writable.is_some(),
    possible: walls::source,
};

/// Says of a gate's manner which walls are around it; `output` is the output folder's path in
/// its checkout.
pub(crate) fn around(
    gates: &Gates,
    gate: &Gate,
    output: &str,
    manner: &mut Manner,
) -> Result<(), Box<Finding>> {
    manner.offline = judged(gates.walls, gate, &NETWORK)?;
    let open = gate.writable.iter().flatten().cloned().chain([output.to_owned()]);
    manner.writable = judged(gates.walls, gate, &SOURCE)?.then(|| open.collect());
    Ok(())
}

/// Whether a wall is around a gate.
fn judged(walls: Walls, gate: &Gate, wall: &Wall) -> Result<bool, Box<Finding>> {
    if !(wall.is_wanted)(gate) || walls == Walls::Off {
        return Ok(false);
    }
    match (wall.possible)() {
        Err(why) if walls == Walls::Required => {
            let message = format!("{} needs a wall around {}: {why}", gate.id, wall.around);
            let help = "review where user namespaces are allowed, or set `walls` in policy/gates.toml to `where-possible`";
            let finding = Finding::new(Code::WallMissing, message).help(help);
            Err(Box::new(finding.at(Place::gate(&gate.id))))
        }
        found => Ok(found.is_ok()),
    }
}

/// The walls that gates want and that this machine doesn't allow, where policy lets them go
/// without, and why.
fn missing(gates: &Gates) -> impl Iterator<Item = (Wall, &'static str)> {
    let runs = gates.gates.iter().filter(|gate| matches!(gate.action, Action::Run(_)));
    let runs: Vec<&Gate> = runs.filter(|_| gates.walls == Walls::WherePossible).collect();
    let wanted = move |wall: &Wall| runs.iter().any(|gate| (wall.is_wanted)(gate));
    let walls = [NETWORK, SOURCE].into_iter().filter(wanted);
    walls.filter_map(|wall| (wall.possible)().err().map(|why| (wall, why)))
}

/// A line for people for each wall that is missing.
#[must_use]
pub(crate) fn line(gates: &Gates) -> String {
    missing(gates).map(|(wall, why)| format!("no wall: {}, {why}\n", wall.open)).collect()
}

/// The same for programs.
#[must_use]
pub(crate) fn data(gates: &Gates) -> Value {
    let missing: BTreeMap<&str, &str> =
        missing(gates).map(|(wall, why)| (wall.word, why)).collect();
    json!({ "policy": gates.walls.word(), "missing": (!missing.is_empty()).then_some(missing) })
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
        let of = |walls, network, possible: fn() -> Result<(), &'static str>| {
            let wall = Wall { possible, ..NETWORK };
            judged(walls, &gate(network), &wall).map_err(|finding| finding.message)
        };
        for (walls, possible, not) in [
            (Walls::WherePossible, Ok(true), Ok(false)),
            (Walls::Off, Ok(false), Ok(false)),
            (Walls::Required, Ok(true), Err("T4 needs a wall around its network: none".to_owned())),
        ] {
            assert_eq!(of(walls, false, || Ok(())), possible);
            assert_eq!(of(walls, false, || Err("none")), not);
            assert_eq!(of(walls, true, || Err("none")), Ok(false));
        }
    }
}
