//! `policy/programme.toml`: who this programme is.

use regex::Regex;

use thrice_findings::{Code, Finding};
use thrice_policy::declare::policy_table;
use thrice_policy::ref_format::refused_by_git;
use thrice_policy::source::Placed;
use thrice_policy::table::{Entries, List};
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
        /// Who does what: a table of roles by name.
        optional roles: Entries<RawRole>,
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
    /// The roles, in file order.
    pub roles: Vec<Role>,
}

/// A role and who holds it.
#[derive(Clone, Debug)]
pub struct Role {
    /// Its name, with its place.
    pub name: Placed<String>,
    /// Who holds it.
    pub members: Vec<String>,
}

/// Checks the values; `None` where one that is needed is missing or wrong.
pub(crate) fn validate(
    raw: RawProgramme,
    roles: Vec<Role>,
    findings: &mut Vec<Finding>,
) -> Option<Programme> {
    let id = raw.id.filter(|id| check_id(id, findings));
    let branch = raw.default_branch.filter(|branch| check_branch(branch, findings));
    let output = raw.output.filter(|output| check_output(output, findings));
    let time_zone = raw.time_zone.and_then(|zone| check_zone(&zone, findings));
    Some(Programme {
        id: id?.value,
        name: raw.name?.value,
        default_branch: branch?.value,
        time_zone: time_zone?,
        output: output.map_or_else(|| "out".to_owned(), |output| output.value.0),
        brief: raw.brief.map(|brief| brief.value.0),
        roles,
    })
}

fn check_id(id: &Placed<String>, findings: &mut Vec<Finding>) -> bool {
    let good = id.value.len() <= 32
        && id.value.starts_with(|c: char| c.is_ascii_lowercase())
        && id.value.bytes().all(|b| b.is_ascii_lowercase() || b.is_ascii_digit() || b == b'-');
    if !good {
        findings.push(
            id.finding(Code::PolicyValue, format!("`{}` cannot be a programme's id", id.value))
                .help("use at most 32 lower case letters, digits and hyphens, a letter first"),
        );
    }
    good
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
    if !good {
        findings.push(
            output
                .finding(Code::PolicyValue, format!("`{path}` is not a folder of its own"))
                .help("name a folder that holds outputs and nothing else, such as `out`"),
        );
    }
    good
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
