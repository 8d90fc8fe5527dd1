//! What `init` would add to a `gates.toml` that it keeps: gates and tables, ready to paste.

use std::collections::BTreeSet;

use toml::{Table, Value};

/// The blocks of a text that `init` writes which a file of the same kind lacks. A gate is
/// there where one has its name or its built-in; of a table, single lines may be missing.
/// Nothing where the file cannot be read: `policy check` says why.
pub(super) fn lacking(written: &str, kept: &str) -> Vec<String> {
    let Ok(mut kept) = kept.parse::<Table>() else { return Vec::new() };
    let mut all = Vec::new();
    for block in written.split("\n\n") {
        let Some(block) = missing(block.trim(), &kept) else { continue };
        // A gate that is pasted has its id from then on.
        let pasted =
            block.parse::<Table>().ok().and_then(|it| it.get("gates")?.as_array().cloned());
        let gates = kept.entry("gates").or_insert_with(|| Value::Array(Vec::new()));
        if let Value::Array(gates) = gates {
            gates.extend(pasted.into_iter().flatten());
        }
        all.push(block);
    }
    all
}

/// The commands of the gates of a file.
pub(super) fn commands(kept: &str) -> Vec<Vec<String>> {
    let words = |argv: &[Value]| -> Option<Vec<String>> {
        argv.iter().map(|word| word.as_str().map(str::to_owned)).collect()
    };
    let of_gate = |gate: &Value| {
        let run = gate.get("run").and_then(Value::as_array).map_or(&[][..], Vec::as_slice);
        let many = run.iter().filter_map(|argv| words(argv.as_array()?));
        many.chain(words(run).filter(|argv| !argv.is_empty())).collect::<Vec<_>>()
    };
    let parsed = kept.parse::<Table>().unwrap_or_default();
    let gates = parsed.get("gates").and_then(Value::as_array);
    gates.map_or(&[][..], Vec::as_slice).iter().flat_map(of_gate).collect()
}

fn missing(block: &str, kept: &Table) -> Option<String> {
    let parsed = block.parse::<Table>().ok()?;
    if let Some(gate) = parsed.get("gates").and_then(|gates| gates.as_array()?.first()) {
        let gates = kept.get("gates").and_then(Value::as_array).map_or(&[][..], Vec::as_slice);
        return (!gates.iter().any(|it| is_same(it, gate))).then(|| free(block, gate, gates));
    }
    let (name, table) = parsed.iter().find(|(_, value)| value.is_table())?;
    let Some(there) = kept.get(name).and_then(Value::as_table) else {
        return Some(block.to_owned());
    };
    let new: BTreeSet<&String> =
        table.as_table()?.keys().filter(|key| !there.contains_key(*key)).collect();
    let is_new = |line: &&str| {
        let key = line.split(['=', '.']).next().unwrap_or_default().trim();
        new.iter().any(|it| *it == key)
    };
    let lines: Vec<&str> = block.lines().filter(is_new).collect();
    (!lines.is_empty()).then(|| format!("# Add to [{name}], which is there:\n{}", lines.join("\n")))
}

/// Whether two gates are for the same.
fn is_same(one: &Value, other: &Value) -> bool {
    ["name", "builtin", "run"]
        .iter()
        .any(|key| one.get(key).is_some_and(|value| other.get(key) == Some(value)))
}

/// The block under an id that no gate has yet.
fn free(block: &str, gate: &Value, gates: &[Value]) -> String {
    let id = gate.get("id").and_then(Value::as_str).unwrap_or_default();
    let taken = |id: &str| gates.iter().any(|it| it.get("id").and_then(Value::as_str) == Some(id));
    if !taken(id) {
        return block.to_owned();
    }
    let new = (9..).map(|number| format!("T{number}")).find(|id| !taken(id)).unwrap_or_default();
    block
        .replace(&format!("\"{id}\""), &format!("\"{new}\""))
        .replace(&format!("/{id}_"), &format!("/{new}_"))
}

#[cfg(test)]
mod tests {
    use super::{commands, lacking};

    const WRITTEN: &str = "# Head.\n\n# Lints.\n[[gates]]\nid = \"T1\"\nname = \"lint\"\n\n\
        # Secrets.\n[[gates]]\nid = \"T2\"\nname = \"secrets\"\nbuiltin = \"secrets\"\n\n\
        # Pins.\n[pins]\nlocks = [\"Cargo.lock\"]\nworkflows = [\"x\"]\n";

    #[test]
    fn only_what_is_not_there_is_to_be_pasted() {
        assert_eq!(lacking(WRITTEN, WRITTEN), [""; 0]);
        assert_eq!(lacking(WRITTEN, "not toml ="), [""; 0]);
        let kept = "[[gates]]\nid = \"T1\"\nname = \"own\"\n\n[[gates]]\nid = \"T5\"\n\
                    name = \"x\"\nbuiltin = \"secrets\"\n\n[pins]\nlocks = []\n";
        let missing = lacking(WRITTEN, kept);
        assert_eq!(missing.len(), 2, "{missing:?}");
        assert_eq!(missing[0], "# Lints.\n[[gates]]\nid = \"T9\"\nname = \"lint\"");
        assert_eq!(missing[1], "# Add to [pins], which is there:\nworkflows = [\"x\"]");
    }

    #[test]
    fn each_command_of_a_gate_is_known() {
        let kept = "[[gates]]\nid = \"T1\"\nrun = [\"npm\", \"run\", \"x\"]\n\n[[gates]]\n\
                    run = [[\"a\"], [\"b\", \"c\"]]\n\n[[gates]]\nbuiltin = \"pins\"\n";
        let known: Vec<String> = commands(kept).iter().map(|argv| argv.join(" ")).collect();
        assert_eq!(known, ["npm run x", "a", "b c"]);
        assert!(commands("not toml =").is_empty());
    }
}
