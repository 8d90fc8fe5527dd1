//! The rules: `policy/*.toml`, read whole, checked whole, then used.
//!
//! Three stages: *raw* (a struct of optional, placed values a file), *validate*
//! (which gathers every problem of every file) and *valid* (plain types that
//! cannot be wrong). Nothing here reads files; the bytes are facts.

mod backlog;
pub mod base;
pub mod body;
pub mod branches;
pub mod calendar;
pub mod controls;
pub mod filemap;
pub mod gate_rules;
mod gates;
mod judge_program;
pub mod ledger;
pub mod locks;
pub mod powers;
mod programme;
pub mod release;
pub mod retired;
pub mod risk;
pub mod schema;
mod workflow;
pub mod world;

use std::collections::BTreeMap;
use std::sync::Arc;

use toml::de::DeTable;

pub use backlog::{Backlog, External, Story, Wave};
pub use body::BodyTemplate;
pub use calendar::Calendar;
pub use controls::Controls;
pub use filemap::Filemap;
pub use gate_rules::{
    Action, Environment, GITHUB_ACTIONS, Gate, Gates, RulesetSettings, Scrub, Suppressed, Tests,
    Varied, Vary,
};
pub use gates::{Aspect, Builtin, Empty, LockedCrates, Reader, VaryMode, Walls};
pub use ledger::{Kind, LedgerRules, Person};
pub use locks::{LockFile, LockFormat, LockSettings};
pub use programme::{Item, Programme, Proof, Role};
pub use release::ReleaseRules;
pub use risk::RiskRules;
pub use thrice_policy::table::{did_you_mean, listed};
pub use thrice_policy::values::PathGlob;
pub use workflow::{Actions, Pin, ProvenBase, Tool, WorkflowSettings};

use backlog::RawBacklog;
use branches::{Branches, RawBranches};
use calendar::RawCalendar;
use controls::RawControls;
use filemap::{FilemapReferences, RawFilemap};
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
    /// The template of bodies of pull requests: `body.md`, or the built-in one.
    pub body: BodyTemplate,
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
    let raw = RawPolicy::read(folder, files, &mut findings);
    let policy = raw.validate(&mut findings);
    unread_files(folder, files, &mut findings);
    retired::explain(folder, files, &mut findings);
    findings.sort_by_key(order);
    let refused = findings.iter().any(|finding| finding.severity == Severity::Refuse);
    (policy.filter(|_| !refused), findings)
}

/// The files as they are written, each checked by itself only.
struct RawPolicy {
    programme: Option<RawProgramme>,
    gates: Option<RawGates>,
    branches: Option<RawBranches>,
    filemap: Option<RawFilemap>,
    controls: Option<RawControls>,
    ledger: Option<RawLedger>,
    release: Option<RawRelease>,
    calendar: Option<RawCalendar>,
    has_calendar: bool,
    backlog: Option<RawBacklog>,
    risk: Option<RawRisk>,
    body: Option<BodyTemplate>,
}

impl RawPolicy {
    fn read(folder: &str, files: &PolicyFiles, findings: &mut Vec<Finding>) -> Self {
        Self {
            programme: read(folder, files, "programme.toml", findings, RawProgramme::from_fields),
            gates: read(folder, files, "gates.toml", findings, RawGates::from_fields),
            branches: read_if_there(
                folder,
                files,
                "branches.toml",
                findings,
                RawBranches::from_fields,
            ),
            filemap: read_if_there(
                folder,
                files,
                "filemap.toml",
                findings,
                RawFilemap::from_fields,
            ),
            controls: read_if_there(
                folder,
                files,
                "controls.toml",
                findings,
                RawControls::from_fields,
            ),
            ledger: read_if_there(folder, files, "ledger.toml", findings, RawLedger::from_fields),
            release: read_if_there(
                folder,
                files,
                "release.toml",
                findings,
                RawRelease::from_fields,
            ),
            calendar: read_if_there(
                folder,
                files,
                "calendar.toml",
                findings,
                RawCalendar::from_fields,
            ),
            has_calendar: files.contains_key("calendar.toml"),
            backlog: read_if_there(
                folder,
                files,
                "backlog.toml",
                findings,
                RawBacklog::from_fields,
            ),
            risk: read_if_there(folder, files, "risk.toml", findings, RawRisk::from_fields),
            body: template(folder, files, findings),
        }
    }

    /// The roles that files beside gates.toml name.
    fn roles(&self) -> Vec<String> {
        let mut roles = self.filemap.as_ref().map(RawFilemap::roles).unwrap_or_default();
        roles.extend(self.ledger.as_ref().map(RawLedger::roles).unwrap_or_default());
        roles.extend(self.release.as_ref().map(RawRelease::roles).unwrap_or_default());
        roles.extend(self.calendar.as_ref().map(RawCalendar::roles).unwrap_or_default());
        roles.extend(self.backlog.as_ref().map(RawBacklog::roles).unwrap_or_default());
        roles.extend(self.risk.as_ref().map(RawRisk::roles).unwrap_or_default());
        roles
    }

    /// Checks the files together. Gives the policy where the two files that must be there
    /// can be used, whatever the findings.
    fn validate(self, findings: &mut Vec<Finding>) -> Option<Policy> {
        let elsewhere = self.roles();
        let roles = self.programme.as_ref().map(|raw| programme::validate_roles(raw, findings));
        let ids = gate_ids(self.gates.as_ref());
        let programme = self.programme.and_then(|raw| {
            programme::validate(raw, roles.clone().unwrap_or_default(), &ids, findings)
        });
        let (roles, zone) = (roles.as_deref(), programme.as_ref().map(|it| &it.time_zone));
        let output = programme.as_ref().map(|programme| programme.output.as_str());
        let gates = self
            .gates
            .and_then(|raw| gate_rules::validate(raw, roles, &elsewhere, output, findings));
        let ids = gates.as_ref().map(|it| it.gates.iter().map(|gate| gate.id.as_str()).collect());
        let known = FilemapReferences { roles, gates: ids };
        let filemap = self.filemap.and_then(|raw| filemap::validate(raw, &known, findings));
        let controls =
            self.controls.and_then(|raw| controls::validate(raw, gates.as_ref(), findings));
        let branches = self.branches.and_then(|raw| branches::validate(raw, findings));
        let known = backlog::BacklogReferences { roles, branches: branches.as_ref() };
        let has_backlog = self.backlog.is_some();
        let backlog = self.backlog.and_then(|raw| backlog::validate(raw, known, findings));
        let names = programme.as_ref().map(|it| (it.id.as_str(), it.default_branch.as_str()));
        let names = names.unwrap_or_default();
        let ledger = match self.ledger {
            Some(raw) => ledger::validate(raw, roles, names, findings),
            None => LedgerRules::without_file(names.0),
        };
        let release = self.release.and_then(|raw| release::validate(raw, roles, zone, findings));
        let known = calendar::CalendarReferences { roles, zone };
        let calendar = self.calendar.and_then(|raw| calendar::validate(raw, &known, findings));
        if let Some(release) = &release {
            let waves = waves(backlog.as_ref(), has_backlog);
            let sprints = sprints(calendar.as_ref(), self.has_calendar);
            release::check_gates(release, (waves, sprints), findings);
        }
        if let (Some(backlog), Some(calendar)) = (&backlog, &calendar) {
            backlog::check_windows(backlog, calendar, findings);
        }
        let known = risk::RiskReferences {
            roles,
            people: Some(&ledger.people),
            calendar: calendar.as_ref(),
            has_calendar: self.has_calendar,
            zone,
        };
        let risk = self.risk.and_then(|raw| risk::validate(raw, &known, findings));
        Some(Policy {
            programme: programme?,
            gates: gates?,
            body: self.body?,
            branches,
            filemap,
            controls,
            ledger,
            release,
            calendar,
            backlog,
            risk,
        })
    }
}

/// The ids of the gates that have one.
fn gate_ids(raw: Option<&RawGates>) -> Vec<&str> {
    let gates = raw.into_iter().flat_map(|raw| &raw.gates).flat_map(|list| &list.value);
    gates.filter_map(|gate| Some(gate.value.id.as_ref()?.value.as_str())).collect()
}

/// The ids of all waves; none known where their file is there and cannot be used.
fn waves(backlog: Option<&Backlog>, is_there: bool) -> Option<Vec<&str>> {
    let waves = || backlog.into_iter().flat_map(|it| &it.waves).map(|it| it.id.as_str());
    (backlog.is_some() || !is_there).then(|| waves().collect())
}

/// The ids of all sprints; none known where their file is there and cannot be used.
fn sprints(calendar: Option<&Calendar>, is_there: bool) -> Option<Vec<&str>> {
    let sprints = || calendar.into_iter().flat_map(|it| &it.sprints).map(|it| it.id.as_str());
    (calendar.is_some() || !is_there).then(|| sprints().collect())
}

/// The template of bodies: the programme's own, or the built-in one.
fn template(
    folder: &str,
    files: &PolicyFiles,
    findings: &mut Vec<Finding>,
) -> Option<BodyTemplate> {
    let own = files.get(body::FILE).map(Vec::as_slice);
    let path = format!("{folder}/{}", body::FILE);
    let read = BodyTemplate::read(&path, own.unwrap_or(body::BUILT_IN.as_bytes()));
    read.map_err(|problems| findings.extend(problems)).ok()
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
        // A word without quotes is read as one of these.
        let help = match error.message().starts_with("invalid boolean") {
            true => "correct this line: a text stands in quotes",
            false => "correct this line",
        };
        problems.add(Code::PolicySyntax, span, error.message(), help);
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
        let help = did_you_mean(
            name,
            known.clone(),
            format!("the policy files are {}", listed(&known.clone().collect::<Vec<_>>())),
        );
        findings.push(
            Finding::new(Code::PolicyUnused, format!("nothing reads `{name}`"))
                .help(help)
                .at(Place::file(format!("{folder}/{name}"))),
        );
    }
}

#[cfg(test)]
mod damage;

#[cfg(test)]
mod properties {
    use proptest::prelude::*;

    use super::*;
    use crate::damage::{beside_ours, damaged, is_placed};

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

        #[test]
        fn damage_is_reported_with_its_line(bytes in damaged(GATES)) {
            let (read, findings) = check("policy", &beside_ours("gates.toml", &bytes));
            is_placed(read.is_some(), &findings, &[Code::PolicyMissing])?;
        }
    }

    #[test]
    fn no_gate_s_evidence_is_looked_at_before_it_is_there() {
        let gate =
            |id: &str, rest: &str| format!("[[gates]]\nid = \"{id}\"\nname = \"g\"\n{rest}\n");
        let run = "run = [\"x\"]\nevidence = [\"out/evidence/*_g/*\"]";
        let gates = [
            gate("T1", run),
            gate("T4", &format!("needs = [\"T1\"]\n{run}")),
            gate("T6", "needs = [\"T4\"]\nbuiltin = \"determinism\""),
            gate("T7", run),
            gate("T8", "builtin = \"evidence\""),
            gate("T9", &format!("needs = [\"T8\"]\n{run}")),
            gate("late", run),
        ];
        let (policy, _) = check("policy", &files(PROGRAMME.as_bytes(), gates.concat().as_bytes()));
        let needs: Vec<String> =
            policy.unwrap().gates.gates.iter().map(|gate| gate.needs.join(" ")).collect();
        // What needs it itself comes later, and T6 has T1 by way of T4.
        assert_eq!(needs, ["", "T1", "T4", "", "T1 T4 T6 T7 late", "T8", ""]);
    }

    #[test]
    fn the_undamaged_files_are_good() {
        let (policy, findings) = check("policy", &files(PROGRAMME.as_bytes(), GATES.as_bytes()));
        assert_eq!(findings, []);
        assert_eq!(policy.unwrap().gates.gates.len(), 9);
    }
}
