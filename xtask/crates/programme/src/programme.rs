//! `policy/programme.toml`: who this programme is.

use regex::Regex;

use super::gate_rules::gate_order;
use thrice_findings::{Code, Finding};
use thrice_policy::declare::policy_table;
use thrice_policy::ref_format::refused_by_git;
use thrice_policy::source::Placed;
use thrice_policy::table::{Entries, List, listed};
use thrice_policy::values::{RepositoryPath, texts};

policy_table! {
    /// policy/programme.toml: one set of policies and what they are called.
    pub(crate) struct RawProgramme {
        /// Short id, used in the names of outputs (`out/<id>-evidence.zip`); lower case letters, digits and hyphens.
        required id: String,
        /// What people call the programme.
        required name: String,
        /// The branch that patches are for, such as `main`.
        required default_branch: String,
        /// IANA time zone in which the programme's days and hours are meant, such as `America/Sao_Paulo`.
        required time_zone: String,
        /// Folder for outputs, ignored by git. Default: `out`.
        optional output: RepositoryPath,
        /// The file in which `brief --write` keeps what a coding agent must know, such as `AGENTS.md`.
        optional brief: RepositoryPath,
        /// What `review` answers of a patch; eight questions of its own where it is left out.
        optional checklist: List<RawItem>,
        /// Who does what: a table of roles by name.
        optional roles: Entries<RawRole>,
    }
}

policy_table! {
    /// An item of the reviewer's checklist, and what proves it.
    pub(crate) struct RawItem {
        /// What the item says.
        required item: String,
        /// What proves it, all of these: `filemap`, `content`, `runs`, `scorecard`, `digest`, `links`, `tests`, `pins`, `ruleset`, or the id of a gate.
        required proof: List<String>,
    }
}

policy_table! {
    /// A role and who holds it.
    pub(crate) struct RawRole {
        /// Who holds it: GitHub logins or teams, with `@`.
        required members: List<String>,
    }
}

/// A programme whose every value can be used.
#[derive(Clone, Debug)]
pub struct Programme {
    /// Short id.
    pub id: String,
    /// What people call it.
    pub name: String,
    /// The branch that patches are for.
    pub default_branch: String,
    /// The zone in which days and hours are meant.
    pub time_zone: jiff::tz::TimeZone,
    /// Folder for outputs, relative to the repository.
    pub output: String,
    /// The file that holds the brief of coding agents, relative to the repository.
    pub brief: Option<String>,
    /// What `review` answers of a patch.
    pub checklist: Vec<Item>,
    /// The roles, in file order.
    pub roles: Vec<Role>,
}

/// An item of the reviewer's checklist.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Item {
    /// What it says.
    pub text: String,
    /// What proves it, all of these.
    pub proofs: Vec<Proof>,
}

/// What proves an item of the checklist.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Proof {
    /// The patch is inside the Filemap.
    Filemap,
    /// The content rules hold.
    Content,
    /// Three green runs, one digest.
    Runs,
    /// The body has the scorecard.
    Scorecard,
    /// The body has the archive's digest.
    Digest,
    /// The body names the runs, where everybody can open them.
    Links,
    /// The gates that run tests.
    Tests,
    /// The gate that checks pins.
    Pins,
    /// The gate that checks the ruleset.
    Ruleset,
    /// A gate.
    Gate(String),
}

/// The proofs by name; any other is the id of a gate.
const PROOFS: [(&str, Proof); 9] = [
    ("filemap", Proof::Filemap),
    ("content", Proof::Content),
    ("runs", Proof::Runs),
    ("scorecard", Proof::Scorecard),
    ("digest", Proof::Digest),
    ("links", Proof::Links),
    ("tests", Proof::Tests),
    ("pins", Proof::Pins),
    ("ruleset", Proof::Ruleset),
];

/// The checklist of a programme that has none of its own.
const USUAL: [(&str, &[Proof]); 8] = [
    ("The patch is inside the Filemap", &[Proof::Filemap]),
    ("Three green runs, the same bytes", &[Proof::Runs]),
    ("The body has the whole scorecard", &[Proof::Scorecard]),
    ("The body has the SHA-256 of the archive", &[Proof::Digest]),
    ("The body links the runs", &[Proof::Links]),
    ("Content rules and tests hold", &[Proof::Content, Proof::Tests]),
    ("Pins hold, and checks come from their app", &[Proof::Pins, Proof::Ruleset]),
    ("The ruleset is what policy asks for", &[Proof::Ruleset]),
];

/// A role and who holds it.
#[derive(Clone, Debug)]
pub struct Role {
    /// Its name, with its place.
    pub name: Placed<String>,
    /// Who holds it.
    pub members: Vec<String>,
}

/// Checks the values; `None` where one that is needed is missing or wrong. `gates` are the
/// ids of gates.
pub(crate) fn validate(
    raw: RawProgramme,
    roles: Vec<Role>,
    gates: &[&str],
    findings: &mut Vec<Finding>,
) -> Option<Programme> {
    let id = raw.id.filter(|id| check_id(id, findings));
    let branch = raw.default_branch.filter(|branch| check_branch(branch, findings));
    let output = raw.output.filter(|output| check_output(output, findings));
    let checklist = match raw.checklist {
        Some(items) => checklist(items, gates, findings),
        None => usual(),
    };
    let time_zone = raw.time_zone.and_then(|zone| check_zone(&zone, findings));
    Some(Programme {
        id: id?.value,
        name: raw.name?.value,
        default_branch: branch?.value,
        time_zone: time_zone?,
        output: output.map_or_else(|| "out".to_owned(), |output| output.value.0),
        brief: raw.brief.map(|brief| brief.value.0),
        checklist,
        roles,
    })
}

fn usual() -> Vec<Item> {
    let item = |(text, proofs): &(&str, &[Proof])| Item {
        text: (*text).to_owned(),
        proofs: proofs.to_vec(),
    };
    USUAL.iter().map(item).collect()
}

fn checklist(raw: Placed<List<RawItem>>, gates: &[&str], findings: &mut Vec<Finding>) -> Vec<Item> {
    let mut items = Vec::new();
    for raw in raw.value {
        let (Some(text), Some(proofs)) = (raw.value.item, raw.value.proof) else { continue };
        if proofs.value.is_empty() {
            let message = "nothing proves this item";
            findings.push(
                proofs.finding(Code::PolicyValue, message).help("name what does, such as `runs`"),
            );
        }
        let proof = |name: Placed<String>| proof(&name, gates, findings);
        let proofs = proofs.value.into_iter().filter_map(proof).collect();
        items.push(Item { text: text.value, proofs });
    }
    items
}

/// What proves an item, by its word, or a gate: one of `gates`, or `T` and a number.
fn proof(name: &Placed<String>, gates: &[&str], findings: &mut Vec<Finding>) -> Option<Proof> {
    let text = name.value.as_str();
    if let Some((_, proof)) = PROOFS.into_iter().find(|(known, _)| *known == text) {
        return Some(proof);
    }
    let numbered = gate_order(text).is_some_and(|number| number < u32::MAX);
    if numbered || gates.contains(&text) {
        return Some(Proof::Gate(text.to_owned()));
    }
    let known: Vec<&str> = PROOFS.iter().map(|(name, _)| *name).collect();
    findings.push(
        name.finding(Code::PolicyValue, format!("nothing called `{text}` can prove an item"))
            .help(format!("name {}, or the id of a gate", listed(&known))),
    );
    None
}

/// Whether a text is of lower case letters, digits and hyphens, a letter first.
pub(crate) fn is_plain_name(text: &str, longest: usize) -> bool {
    let plain = |b: u8| b.is_ascii_lowercase() || b.is_ascii_digit() || b == b'-';
    text.len() <= longest
        && text.starts_with(|c: char| c.is_ascii_lowercase())
        && text.bytes().all(plain)
}

fn check_id(id: &Placed<String>, findings: &mut Vec<Finding>) -> bool {
    let good = is_plain_name(&id.value, 32);
    let help = "use at most 32 lower case letters, digits and hyphens, a letter first";
    id.holds(good, format!("`{}` cannot be a programme's id", id.value), help, findings)
}

fn check_branch(branch: &Placed<String>, findings: &mut Vec<Finding>) -> bool {
    let name = &branch.value;
    let refused = refused_by_git(name.as_bytes());
    if let Some(reason) = refused {
        findings.push(
            branch
                .finding(Code::PolicyValue, format!("git has no branch called `{name}`: {reason}"))
                .help("write the name as `git branch` shows it"),
        );
    }
    refused.is_none()
}

/// The folder is emptied and ignored by git, so it must be one of its own.
fn check_output(output: &Placed<RepositoryPath>, findings: &mut Vec<Finding>) -> bool {
    let path = &output.value.0;
    let good = path.split('/').all(|part| !part.is_empty() && part != ".");
    let help = "name a folder that holds outputs and nothing else, such as `out`";
    output.holds(good, format!("`{path}` is not a folder of its own"), help, findings)
}

/// Reports the roles among `named` that the programme does not have, where its roles could be
/// read.
pub(crate) fn check_roles<'a>(
    named: impl IntoIterator<Item = &'a Placed<String>>,
    roles: Option<&[Role]>,
    findings: &mut Vec<Finding>,
) {
    let Some(roles) = roles else { return };
    let known: Vec<&str> = roles.iter().map(|role| role.name.value.as_str()).collect();
    let otherwise = match known.is_empty() {
        true => "add it to `[roles]` of policy/programme.toml".to_owned(),
        false => format!("the roles are {}", listed(&known)),
    };
    let unknown = named.into_iter().filter(|role| !known.contains(&role.value.as_str()));
    findings.extend(unknown.map(|it| it.unknown("role", known.iter().copied(), &otherwise)));
}

fn check_zone(zone: &Placed<String>, findings: &mut Vec<Finding>) -> Option<jiff::tz::TimeZone> {
    let found = jiff::tz::TimeZone::get(&zone.value).ok();
    if found.is_none() {
        findings.push(
            zone.finding(Code::PolicyValue, format!("no time zone is called `{}`", zone.value))
                .help("use an IANA name, such as `UTC` or `America/Sao_Paulo`"),
        );
    }
    found
}

/// The roles, checked apart from the rest, so that other files can be checked
/// against them even where the programme has problems.
pub(crate) fn validate_roles(raw: &RawProgramme, findings: &mut Vec<Finding>) -> Vec<Role> {
    let mut valid = Vec::new();
    for (name, role) in raw.roles.iter().flat_map(|roles| roles.value.0.clone()) {
        let Some(members) = role.value.members else { continue };
        if members.value.is_empty() {
            findings.push(
                members
                    .finding(Code::PolicyValue, format!("nobody holds the role `{}`", name.value))
                    .help("name at least one `@login` or `@org/team`"),
            );
        }
        for member in &members.value {
            check_member(member, findings);
        }
        valid.push(Role { name, members: texts(members.value) });
    }
    valid
}

fn check_member(member: &Placed<String>, findings: &mut Vec<Finding>) {
    let form = Regex::new(r"^@[A-Za-z0-9][A-Za-z0-9-]{0,38}(/[A-Za-z0-9._-]{1,100})?$");
    if !form.is_ok_and(|form| form.is_match(&member.value)) {
        findings.push(
            member
                .finding(
                    Code::PolicyValue,
                    format!("`{}` is not a GitHub login or team", member.value),
                )
                .help("write `@login` or `@org/team`"),
        );
    }
}
