//! The rules: `policy/*.toml`, read whole, checked whole, then used.
//!
//! Three stages: *raw* (a struct of optional, placed values a file), *validate*
//! (which gathers every problem of every file) and *valid* (plain types that
//! cannot be wrong). Nothing here reads files; the bytes are facts.

pub mod backlog;
pub mod base;
pub mod branches;
pub mod calendar;
pub mod controls;
pub mod filemap;
pub mod gate_rules;
pub mod gates;
pub mod judge_program;
pub mod ledger;
pub mod locks;
pub mod programme;
pub mod release;
pub mod risk;
pub mod schema;
pub mod workflow;
pub mod world;

use std::collections::BTreeMap;
use std::sync::Arc;

use toml::de::DeTable;

pub use backlog::{Backlog, Story, Wave};
pub use calendar::Calendar;
pub use controls::Controls;
pub use filemap::Filemap;
pub use gate_rules::{
    Action, ChainSettings, Environment, GITHUB_ACTIONS, Gate, Gates, PinSettings, RulesetSettings,
    Scrub, Suppressed, Tests,
};
pub use gates::{Builtin, Empty, ReaderChoice};
pub use ledger::{Kind, KindRule, LedgerRules, Person};
pub use locks::{LockFile, LockFormat, LockSettings};
pub use programme::{Programme, Role};
pub use release::ReleaseRules;
pub use risk::RiskRules;
pub use thrice_policy::table::{listed, nearest};
pub use thrice_policy::values::PathGlob;
pub use workflow::{Actions, Pin, Tool, WorkflowSettings};

use backlog::RawBacklog;
use branches::{Branches, RawBranches};
use calendar::RawCalendar;
use controls::RawControls;
use filemap::{Known, RawFilemap};
use gates::RawGates;
use ledger::RawLedger;
use programme::RawProgramme;
use release::RawRelease;
use risk::RawRisk;
use thrice_findings::{Code, Finding, Place, Severity};
use thrice_policy::source::SourceFile;
use thrice_policy::table::{Fields, Problems};

/// The policy files: name in the policy folder to bytes.
pub type PolicyFiles = BTreeMap<String, Vec<u8>>;

/// A policy whose every value can be used.
#[derive(Clone, Debug)]
pub struct Policy {
    /// Who this programme is.
    pub programme: Programme,
    /// The gates and the world in which they run.
    pub gates: Gates,
    /// What branches are called, where there is a `branches.toml`.
    pub branches: Option<Branches>,
    /// What a patch may touch, where there is a `filemap.toml`.
    pub filemap: Option<Filemap>,
    /// Which control answers which risk, where there is a `controls.toml`.
    pub controls: Option<Controls>,
    /// Where decisions are recorded and who may make them; defaults where there is no
    /// `ledger.toml`.
    pub ledger: LedgerRules,
    /// What is released and how, where there is a `release.toml`.
    pub release: Option<ReleaseRules>,
    /// Cycles, sprints and the freeze, where there is a `calendar.toml`.
    pub calendar: Option<Calendar>,
    /// Stories and waves, where there is a `backlog.toml`.
    pub backlog: Option<Backlog>,
    /// How fast risks, blocks and incidents are answered, where there is a `risk.toml`.
    pub risk: Option<RiskRules>,
}

/// The files that this version reads, each with what it rules.
pub const FILES: &[(&str, &str)] = &[
    ("programme.toml", "who this programme is"),
    ("gates.toml", "the gates that decide"),
    ("branches.toml", "what branches are called"),
    ("filemap.toml", "what a patch may touch"),
    ("controls.toml", "which control answers which risk"),
    ("ledger.toml", "where decisions are recorded, and who may make which"),
    ("release.toml", "what is released, by whose approval, and where it may go"),
    ("calendar.toml", "when things are due, and what is frozen when"),
    ("backlog.toml", "what is to be delivered, and in which order"),
    ("risk.toml", "how fast risks and incidents are answered, and by whom"),
];

/// Reads and checks all policy files at once.
///
/// `folder` is the path that findings show. Gives the policy where no finding
/// refuses, and every finding in file order.
#[must_use]
pub fn check(folder: &str, files: &PolicyFiles) -> (Option<Policy>, Vec<Finding>) {
    let mut findings = Vec::new();
    let raw = read(folder, files, "programme.toml", &mut findings, RawProgramme::from_fields);
    let roles = raw.as_ref().map(|raw| programme::validate_roles(raw, &mut findings));
    let programme = raw
        .and_then(|raw| programme::validate(raw, roles.clone().unwrap_or_default(), &mut findings));
    let raw_filemap = read_if_there(folder, files, "filemap.toml", &mut findings, |fields| {
        RawFilemap::from_fields(fields)
    });
    let raw_ledger = read_if_there(folder, files, "ledger.toml", &mut findings, |fields| {
        RawLedger::from_fields(fields)
    });
    let raw_release = read_if_there(folder, files, "release.toml", &mut findings, |fields| {
        RawRelease::from_fields(fields)
    });
    let mut elsewhere = raw_filemap.as_ref().map(RawFilemap::roles).unwrap_or_default();
    elsewhere.extend(raw_ledger.as_ref().map(RawLedger::roles).unwrap_or_default());
    elsewhere.extend(raw_release.as_ref().map(RawRelease::roles).unwrap_or_default());
    let raw_calendar = read_if_there(folder, files, "calendar.toml", &mut findings, |fields| {
        RawCalendar::from_fields(fields)
    });
    elsewhere.extend(raw_calendar.as_ref().map(RawCalendar::roles).unwrap_or_default());
    let raw_backlog = read_if_there(folder, files, "backlog.toml", &mut findings, |fields| {
        RawBacklog::from_fields(fields)
    });
    elsewhere.extend(raw_backlog.as_ref().map(RawBacklog::roles).unwrap_or_default());
    let raw_risk = read_if_there(folder, files, "risk.toml", &mut findings, RawRisk::from_fields);
    elsewhere.extend(raw_risk.as_ref().map(RawRisk::roles).unwrap_or_default());
    let gates = read(folder, files, "gates.toml", &mut findings, RawGates::from_fields)
        .and_then(|raw| gate_rules::validate(raw, roles.as_deref(), &elsewhere, &mut findings));
    let known = Known {
        roles: roles.as_deref(),
        gates: gates
            .as_ref()
            .map(|gates| gates.gates.iter().map(|gate| gate.id.as_str()).collect()),
    };
    let filemap = raw_filemap.and_then(|raw| filemap::validate(raw, &known, &mut findings));
    let controls = read_if_there(folder, files, "controls.toml", &mut findings, |fields| {
        RawControls::from_fields(fields)
    })
    .and_then(|raw| controls::validate(raw, gates.as_ref(), &mut findings));
    let branches = read_if_there(folder, files, "branches.toml", &mut findings, |fields| {
        RawBranches::from_fields(fields)
    })
    .and_then(|raw| branches::validate(raw, &mut findings));
    let known = backlog::Known { roles: roles.as_deref(), branches: branches.as_ref() };
    let backlog = raw_backlog.and_then(|raw| backlog::validate(raw, known, &mut findings));
    let chain = gates.as_ref().and_then(|gates| gates.chain.as_ref());
    let chain = chain.map(|chain| chain.ledger.as_str());
    let ledger = match raw_ledger {
        Some(raw) => ledger::validate(raw, roles.as_deref(), chain, &mut findings),
        None => LedgerRules::without_file(chain),
    };
    let zone = programme.as_ref().map(|programme| &programme.time_zone);
    let release =
        raw_release.and_then(|raw| release::validate(raw, roles.as_deref(), zone, &mut findings));
    let known = calendar::Known {
        roles: roles.as_deref(),
        zone: programme.as_ref().map(|programme| &programme.time_zone),
    };
    let calendar = raw_calendar.and_then(|raw| calendar::validate(raw, &known, &mut findings));
    if let (Some(backlog), Some(calendar)) = (&backlog, &calendar) {
        backlog::check_windows(backlog, calendar, &mut findings);
    }
    let known = risk::Known {
        roles: roles.as_deref(),
        people: Some(&ledger.people),
        calendar: calendar.as_ref(),
        has_calendar: files.contains_key("calendar.toml"),
        zone: programme.as_ref().map(|programme| &programme.time_zone),
    };
    let risk = raw_risk.and_then(|raw| risk::validate(raw, &known, &mut findings));
    unread_files(folder, files, &mut findings);
    findings.sort_by_key(order);
    let refused = findings.iter().any(|finding| finding.severity == Severity::Refuse);
    let policy = match (programme, gates) {
        (Some(programme), Some(gates)) if !refused => Some(Policy {
            programme,
            gates,
            branches,
            filemap,
            controls,
            ledger,
            release,
            calendar,
            backlog,
            risk,
        }),
        _ => None,
    };
    (policy, findings)
}

/// Reads one file that may be left out.
fn read_if_there<T>(
    folder: &str,
    files: &PolicyFiles,
    name: &str,
    findings: &mut Vec<Finding>,
    from_fields: impl FnOnce(Fields<'_, '_, '_>) -> T,
) -> Option<T> {
    files.contains_key(name).then(|| read(folder, files, name, findings, from_fields))?
}

/// Reads one file. A file with a malformed line is not read further: what would
/// be missing in it is only missing because of that line.
fn read<T>(
    folder: &str,
    files: &PolicyFiles,
    name: &str,
    findings: &mut Vec<Finding>,
    from_fields: impl FnOnce(Fields<'_, '_, '_>) -> T,
) -> Option<T> {
    let path = format!("{folder}/{name}");
    let Some(bytes) = files.get(name) else {
        findings.push(
            Finding::new(Code::PolicyMissing, format!("`{path}` is missing"))
                .help(format!(
                    "write it, or point --policy at the folder that has it; \
                    `cargo xtask policy schema {}` lists its keys",
                    name.trim_end_matches(".toml")
                ))
                .at(Place::file(path)),
        );
        return None;
    };
    let source = match SourceFile::new(path, bytes) {
        Ok(source) => Arc::new(source),
        Err(finding) => {
            findings.push(*finding);
            return None;
        }
    };
    let mut problems = Problems::new(Arc::clone(&source));
    let (table, errors) = DeTable::parse_recoverable(source.text());
    for error in &errors {
        let span = error.span().unwrap_or(0..0);
        problems.add(Code::PolicySyntax, span, error.message(), "correct this line");
    }
    let read =
        errors.is_empty().then(|| from_fields(Fields::new(table.get_ref(), 0..0, &mut problems)));
    findings.extend(problems.into_findings());
    read
}

fn order(finding: &Finding) -> (Option<String>, Option<usize>, Option<usize>) {
    let place = finding.place.clone().unwrap_or_default();
    (place.file, place.line, place.column)
}

fn unread_files(folder: &str, files: &PolicyFiles, findings: &mut Vec<Finding>) {
    let known = FILES.iter().map(|(name, _)| *name);
    for name in files.keys().filter(|name| name.ends_with(".toml")) {
        if known.clone().any(|known| known == name) {
            continue;
        }
        let help = match nearest(name, known.clone()) {
            Some(near) => format!("did you mean `{near}`?"),
            None => format!("the policy files are {}", listed(&known.clone().collect::<Vec<_>>())),
        };
        findings.push(
            Finding::new(Code::PolicyUnused, format!("nothing reads `{name}`"))
                .help(help)
                .at(Place::file(format!("{folder}/{name}"))),
        );
    }
}

#[cfg(test)]
mod properties {
    use proptest::prelude::*;

    use super::*;

    fn files(programme: &[u8], gates: &[u8]) -> PolicyFiles {
        let named = [("programme.toml", programme), ("gates.toml", gates)];
        named.map(|(name, bytes)| (name.to_owned(), bytes.to_vec())).into()
    }

    const GATES: &str = include_str!("../../../../policy/gates.toml");
    const PROGRAMME: &str = include_str!("../../../../policy/programme.toml");

    proptest! {
        #[test]
        fn no_bytes_make_it_panic(a in any::<Vec<u8>>(), b in any::<Vec<u8>>()) {
            let (policy, findings) = check("policy", &files(&a, &b));
            prop_assert!(policy.is_some() || !findings.is_empty());
        }

        /// Whatever is cut out of or written over good files, each problem has a place.
        #[test]
        fn damage_is_told_with_its_line(
            at in 0..GATES.len(), length in 0_usize..40, noise in "[\\[\\]\"'=#a-z0-9 \n.]{0,8}",
        ) {
            let mut gates = GATES.as_bytes().to_vec();
            let end = (at + length).min(gates.len());
            gates.splice(at..end, noise.bytes());
            let (policy, findings) = check("policy", &files(PROGRAMME.as_bytes(), &gates));
            let refused = findings.iter().any(|finding| finding.severity == Severity::Refuse);
            prop_assert_eq!(policy.is_none(), refused);
            for finding in findings {
                let place = finding.place.clone().unwrap_or_default();
                prop_assert!(place.line.is_some() || finding.code == Code::PolicyMissing, "{:?}", finding);
            }
        }
    }

    #[test]
    fn the_undamaged_files_are_good() {
        let (policy, findings) = check("policy", &files(PROGRAMME.as_bytes(), GATES.as_bytes()));
        assert_eq!(findings, []);
        assert_eq!(policy.unwrap().gates.gates.len(), 9);
    }
}
