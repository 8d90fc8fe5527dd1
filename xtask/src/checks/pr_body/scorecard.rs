//! The scorecard that a body holds. Its digest is compared elsewhere; here, what it says.

use super::{Problem, quoted};
use crate::checks::json;
use crate::checks::tree::Node;

/// What it must say.
pub struct Wanted<'a> {
    /// The programme's id.
    pub programme: &'a str,
    /// The commit that was judged.
    pub commit: &'a str,
    /// Its tree, where that is known.
    pub tree: Option<&'a str>,
    /// The gates, each of which passed.
    pub gates: &'a [String],
}

/// The schema of a scorecard.
const SCHEMA: &str = "xtask/scorecard/1";

/// Checks a scorecard whose first line is that after line `before` of the body.
#[must_use]
pub fn check(text: &str, before: usize, wanted: &Wanted<'_>) -> Vec<Problem> {
    let problem = |line: usize, at: &str, message: String| {
        let field = format!("Scorecard{}{at}", if at.is_empty() { "" } else { " " });
        Problem::new(&field, before + line, message, "run the review again, and write the body")
    };
    let node = match json::read(text.as_bytes()) {
        Ok(node) => node,
        Err(unread) => {
            let message = format!("this is not JSON: {}", unread.message);
            return vec![problem(unread.line.unwrap_or(1), "", message)];
        }
    };
    let mut problems = Vec::new();
    let says = [
        ("schema", Some(SCHEMA)),
        ("programme", Some(wanted.programme)),
        ("commit", Some(wanted.commit)),
        ("tree", wanted.tree),
        ("verdict", Some("pass")),
    ];
    for (key, value) in says {
        let Some(value) = value else { continue };
        match node.get(key) {
            Some(said) if said.text() == Some(value) => {}
            Some(said) => {
                let message = format!("this is {}, not {}", said.describe(), quoted(value));
                problems.push(problem(said.line, key, message));
            }
            None => problems.push(problem(node.line, key, "it is missing".to_owned())),
        }
    }
    let gates = node.get("gates").and_then(Node::items).unwrap_or_default();
    for gate in gates {
        let id = gate.get("gate").and_then(Node::text).unwrap_or_default();
        if gate.get("outcome").and_then(Node::text) != Some("pass") {
            let message = format!("the gate {} did not pass", quoted(id));
            problems.push(problem(gate.line, "gates", message));
        }
    }
    for id in wanted.gates {
        let is = |gate: &&Node| gate.get("gate").and_then(Node::text) == Some(id);
        if gates.iter().filter(is).count() != 1 {
            let message = format!("the gate {} is not there once", quoted(id));
            problems.push(problem(node.line, "gates", message));
        }
    }
    problems
}
