//! `policy/controls.toml`: which control answers which risk, and where that is
//! proven (H-5).

use std::collections::BTreeSet;

use super::gate_rules::Gates;
use thrice_findings::{Code, Finding};
use thrice_policy::declare::{policy_choice, policy_table};
use thrice_policy::source::Placed;
use thrice_policy::table::{List, listed, nearest};
use thrice_policy::values::texts;

/// The commands that policy may name: all that do something, in the words that lead
/// to them.
pub const COMMANDS: &[&str] = &[
    "approve change",
    "approve exception",
    "approve release",
    "approve risk",
    "approve story",
    "audit",
    "board",
    "branch check",
    "branch new",
    "branch sandbox",
    "brief",
    "compare",
    "completions",
    "cycle close",
    "cycle plan",
    "cycle status",
    "doctor",
    "drill list",
    "drill record",
    "evidence check",
    "evidence new",
    "evidence pack",
    "explain",
    "filemap check",
    "filemap explain",
    "gates list",
    "gates run",
    "handoff",
    "incident ack",
    "incident close",
    "incident contain",
    "incident list",
    "incident open",
    "incident postmortem",
    "incident resolve",
    "incident show",
    "init",
    "ledger show",
    "ledger verify",
    "metrics",
    "orr",
    "orr status",
    "plan check",
    "plan new",
    "policy check",
    "policy schema",
    "policy upgrade",
    "pr merge-check",
    "pr open",
    "pr rollback",
    "pr update",
    "pr verify",
    "pr-body",
    "release ga",
    "release log",
    "release log deploy",
    "release pre",
    "release rc",
    "release verify",
    "review",
    "risk add",
    "risk close",
    "risk list",
    "risk update",
    "rulesets check",
    "sla",
    "sprint checklist",
    "sprint gate",
    "sprint overview",
    "sprint status",
    "status",
    "story ack",
    "story block",
    "story list",
    "story notes",
    "story ready",
    "story show",
    "story start",
    "story unblock",
    "today",
    "trigger ack",
    "trigger list",
    "wave gate",
    "wave status",
    "workflow check",
    "workflow generate",
];

/// What stands before the folder of a gate in the path of its evidence.
const EVIDENCE: &str = "out/evidence/";

policy_table! {
    /// policy/controls.toml: which control answers which risk, and where that is proven.
    pub(crate) struct RawControls {
        /// The risks, in the order in which they are reported.
        required risks: List<RawRisk>,
    }
}

policy_table! {
    /// A risk and what answers it: at least one of `command`, `gate` and `code`.
    pub(crate) struct RawRisk {
        /// What can go wrong.
        required risk: String,
        /// The control in words, where its name does not say enough.
        optional control: String,
        /// Whether the control must or should be there. Default: `must`.
        optional level: Level,
        /// A command of this tool that answers it, such as `filemap check`.
        optional command: String,
        /// A gate that answers it.
        optional gate: String,
        /// A code with which this tool refuses.
        optional code: String,
        /// Where it is proven: paths below `out/evidence/`, or words.
        required proves: List<String>,
    }
}

policy_choice! {
    /// How binding a control is.
    pub enum Level {
        /// It has to be there.
        Must = "must",
        /// It ought to be there.
        Should = "should",
    }
}

/// The controls of a programme, each of which exists.
#[derive(Clone, Debug)]
pub struct Controls {
    /// The risks, in file order.
    pub risks: Vec<Risk>,
}

/// A risk and what answers it.
#[derive(Clone, Debug)]
pub struct Risk {
    /// What can go wrong.
    pub risk: String,
    /// The control in words.
    pub control: Option<String>,
    /// How binding the control is.
    pub level: Level,
    /// A command that answers it.
    pub command: Option<String>,
    /// Id of a gate that answers it.
    pub gate: Option<String>,
    /// A code with which it is refused.
    pub code: Option<Code>,
    /// Where it is proven.
    pub proves: Vec<String>,
}

/// Checks the values; `gates` is `None` where their file cannot be used, so that
/// nothing is said about them.
pub(crate) fn validate(
    raw: RawControls,
    gates: Option<&Gates>,
    findings: &mut Vec<Finding>,
) -> Option<Controls> {
    let raw = raw.risks?;
    if raw.value.is_empty() {
        findings.push(
            raw.finding(Code::PolicyValue, "this list of risks is empty")
                .help("name at least one, or take the file out"),
        );
    }
    check_twice(&raw.value, findings);
    let risks = raw.value.into_iter().filter_map(|risk| self::risk(risk, gates, findings));
    Some(Controls { risks: risks.collect() })
}

fn risk(raw: Placed<RawRisk>, gates: Option<&Gates>, findings: &mut Vec<Finding>) -> Option<Risk> {
    if raw.value.command.is_none() && raw.value.gate.is_none() && raw.value.code.is_none() {
        findings.push(
            raw.finding(Code::PolicyMissing, "nothing that can be checked answers this risk")
                .help("add `command = …`, `gate = …` or `code = …`"),
        );
    }
    let raw = raw.value;
    if let Some(command) = &raw.command {
        known(command, "command", COMMANDS, findings);
    }
    if let (Some(gate), Some(gates)) = (&raw.gate, gates) {
        let ids: Vec<&str> = gates.gates.iter().map(|gate| gate.id.as_str()).collect();
        known(gate, "gate", &ids, findings);
    }
    let code = raw.code.and_then(|code| {
        let names: Vec<&str> = Code::ALL.iter().map(|code| code.name()).collect();
        let found = Code::ALL.iter().copied().find(|known| known.name() == code.value);
        if found.is_none() {
            known(&code, "code", &names, findings);
        }
        found
    });
    let proves = raw.proves?;
    if proves.value.is_empty() {
        findings.push(
            proves
                .finding(Code::PolicyValue, "nothing proves this control")
                .help("name the evidence, or say where it is seen"),
        );
    }
    if let Some(gates) = gates {
        proves.value.iter().for_each(|proof| check_proof(proof, gates, findings));
    }
    Some(Risk {
        risk: raw.risk?.value,
        control: raw.control.map(|control| control.value),
        level: raw.level.map_or(Level::Must, |level| level.value),
        command: raw.command.map(|command| command.value),
        gate: raw.gate.map(|gate| gate.value),
        code,
        proves: texts(proves.value),
    })
}

fn known(name: &Placed<String>, what: &str, names: &[&str], findings: &mut Vec<Finding>) {
    if names.contains(&name.value.as_str()) {
        return;
    }
    let otherwise = match what {
        "code" => "docs/codes.md lists all codes".to_owned(),
        _ => format!("use one of {}", listed(names)),
    };
    findings.push(name.unknown(what, names.iter().copied(), otherwise));
}

/// Evidence that is named must be in the folder of a gate.
fn check_proof(proof: &Placed<String>, gates: &Gates, findings: &mut Vec<Finding>) {
    let Some(path) = proof.value.strip_prefix(EVIDENCE) else { return };
    let folder = path.split('/').next().unwrap_or_default();
    let folders: Vec<String> = gates.gates.iter().map(super::Gate::folder).collect();
    if folders.iter().any(|known| known == folder) {
        return;
    }
    let help = match nearest(folder, folders.iter().map(String::as_str)) {
        Some(near) => format!("did you mean `{EVIDENCE}{near}/`?"),
        None => format!("the folders of the gates are {}", listed(&folders)),
    };
    let message = format!("no gate leaves evidence in `{EVIDENCE}{folder}`");
    findings.push(proof.finding(Code::PolicyReference, message).help(help));
}

fn check_twice(risks: &List<RawRisk>, findings: &mut Vec<Finding>) {
    let mut seen = BTreeSet::new();
    for risk in risks.iter().filter_map(|risk| risk.value.risk.as_ref()) {
        if !seen.insert(risk.value.as_str()) {
            findings.push(
                risk.finding(Code::PolicyReference, "this risk is reported twice")
                    .help("join the two, or say how they differ"),
            );
        }
    }
}

#[cfg(test)]
mod properties {
    use proptest::prelude::*;

    use crate::check;
    use crate::damage::{beside_ours, damaged, is_placed};
    use thrice_findings::Code;

    const CONTROLS: &str = include_str!("../../../../policy/controls.toml");

    #[test]
    fn the_undamaged_file_is_good() {
        let (policy, findings) =
            check("policy", &beside_ours("controls.toml", CONTROLS.as_bytes()));
        assert_eq!(findings, []);
        assert_eq!(policy.unwrap().controls.unwrap().risks.len(), 7);
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(64))]

        #[test]
        fn no_bytes_make_it_panic(bytes in any::<Vec<u8>>()) {
            let (policy, findings) = check("policy", &beside_ours("controls.toml", &bytes));
            prop_assert!(policy.is_some() || !findings.is_empty());
        }

        #[test]
        fn damage_is_reported_with_its_line(bytes in damaged(CONTROLS)) {
            let (read, findings) = check("policy", &beside_ours("controls.toml", &bytes));
            is_placed(read.is_some(), &findings, &[Code::PolicyMissing])?;
        }
    }
}
