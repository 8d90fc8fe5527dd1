//! `policy/ledger.toml`: where decisions are recorded, who may make which, and by which
//! keys (P-5, H-8.1).

use std::collections::{BTreeMap, BTreeSet};

use crate::programme::check_roles;
use thrice_findings::{Code, Finding};
use thrice_policy::declare::{policy_choice, policy_table};
use thrice_policy::ref_format::refused_by_git;
use thrice_policy::source::Placed;
use thrice_policy::table::{Entries, List, did_you_mean, listed};
use thrice_policy::values::{RepositoryPath, texts};

/// The branch that is the ledger, unless policy says otherwise.
pub const DEFAULT_BRANCH: &str = "ledger";
/// Where the keys are, unless policy says otherwise.
pub(crate) const DEFAULT_SIGNERS: &str = "policy/allowed_signers";

policy_table! {
    /// policy/ledger.toml: where decisions are recorded, who may make which, and by which keys.
    pub(crate) struct RawLedger {
        /// The branch that is the ledger, merged into no other. Default: `ledger`.
        optional branch: String,
        /// The keys, in the form of ssh-keygen's allowed signers; `policy/allowed_signers` where left out.
        optional signers: RepositoryPath,
        /// Keys that count no more: a key revocation list, or public keys, one a line.
        optional revoked: RepositoryPath,
        /// Who is known by which addresses, and holds which roles: a table a person.
        optional people: Entries<RawPerson>,
        /// What each kind of decision demands: a table a kind.
        optional kinds: Entries<RawKindRule>,
    }
}

policy_table! {
    /// A person.
    pub(crate) struct RawPerson {
        /// Addresses by which their entries and their keys name them.
        required addresses: List<String>,
        /// Roles of policy/programme.toml that they hold.
        required roles: List<String>,
        /// Their account on GitHub, with `@`.
        optional login: String,
    }
}

policy_table! {
    /// What a kind of decision demands.
    pub(crate) struct RawKindRule {
        /// Whether an entry counts only where it is signed.
        optional signed: bool,
        /// Roles, one of which its author must hold; whoever has a key where left out.
        optional roles: List<String>,
    }
}

impl RawLedger {
    /// The roles that its rules name.
    #[must_use]
    pub(crate) fn roles(&self) -> Vec<String> {
        let people = self.people.iter().flat_map(|people| &people.value.0);
        let kinds = self.kinds.iter().flat_map(|kinds| &kinds.value.0);
        let held = people.filter_map(|(_, person)| person.value.roles.as_ref());
        let may = kinds.filter_map(|(_, rule)| rule.value.roles.as_ref());
        held.chain(may).flat_map(|list| &list.value).map(|role| role.value.clone()).collect()
    }
}

policy_choice! {
    /// What an entry of the ledger says.
    pub enum Kind {
        /// Somebody approves a change, a risk or a release.
        Approval = "approval",
        /// A release was tagged.
        Release = "release",
        /// A tag was deployed.
        Deploy = "deploy",
        /// A risk was found, accepted or closed.
        Risk = "risk",
        /// An incident was opened or closed.
        Incident = "incident",
        /// Work was stopped.
        Block = "block",
        /// Work may go on.
        Unblock = "unblock",
        /// A drill was held.
        Drill = "drill",
        /// A wave's gate was decided on.
        WaveGate = "wave-gate",
        /// A sprint's gate was decided on.
        SprintGate = "sprint-gate",
        /// Somebody has a trigger in hand.
        Trigger = "trigger",
        /// A cycle was closed.
        CycleClose = "cycle-close",
        /// A rule does not hold for a while.
        Exception = "exception",
    }
}

impl Kind {
    /// All kinds, in the order of their table.
    pub const ALL: [Self; 13] = [
        Self::Approval,
        Self::Release,
        Self::Deploy,
        Self::Risk,
        Self::Incident,
        Self::Block,
        Self::Unblock,
        Self::Drill,
        Self::WaveGate,
        Self::SprintGate,
        Self::Trigger,
        Self::CycleClose,
        Self::Exception,
    ];

    /// Whether policy demands a signature where it says nothing: what lets something
    /// through or lifts a stop is somebody's word; an alarm and a log need none.
    #[must_use]
    pub(crate) fn is_signed_by_default(self) -> bool {
        match self {
            Self::Approval
            | Self::Release
            | Self::Risk
            | Self::Unblock
            | Self::WaveGate
            | Self::SprintGate
            | Self::Trigger
            | Self::CycleClose
            | Self::Exception => true,
            Self::Deploy | Self::Incident | Self::Block | Self::Drill => false,
        }
    }
}

/// The rules of the ledger, each of which can be used.
#[derive(Clone, Debug)]
pub struct LedgerRules {
    /// The branch that is the ledger.
    pub branch: String,
    /// The id of the programme, which signatures are over: none of another one counts.
    pub programme: String,
    /// The keys, relative to the repository.
    pub signers: String,
    /// Keys that count no more, relative to the repository.
    pub revoked: Option<String>,
    /// Who is known, in file order.
    pub people: Vec<Person>,
    kinds: BTreeMap<&'static str, KindRule>,
}

/// Somebody who is known.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Person {
    /// The name that policy has for them.
    pub name: String,
    /// Addresses by which their entries name them.
    pub addresses: Vec<String>,
    /// Roles that they hold.
    pub roles: Vec<String>,
    /// Their account on GitHub, with `@`.
    pub login: Option<String>,
}

/// What a kind of decision demands.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct KindRule {
    /// Whether an entry counts only where it is signed.
    pub signed: bool,
    /// Roles, one of which its author must hold; empty where any key will do.
    pub roles: Vec<String>,
}

impl LedgerRules {
    /// The rules where there is no file of them; `programme` is its id.
    #[must_use]
    pub fn without_file(programme: &str) -> Self {
        Self {
            branch: DEFAULT_BRANCH.to_owned(),
            programme: programme.to_owned(),
            signers: DEFAULT_SIGNERS.to_owned(),
            revoked: None,
            people: Vec::new(),
            kinds: BTreeMap::new(),
        }
    }

    /// What a kind demands.
    #[must_use]
    pub fn kind(&self, kind: Kind) -> KindRule {
        let default = || KindRule { signed: kind.is_signed_by_default(), roles: Vec::new() };
        self.kinds.get(kind.word()).cloned().unwrap_or_else(default)
    }

    /// Who has that address; letter case does not tell people apart.
    #[must_use]
    pub fn person(&self, address: &str) -> Option<&Person> {
        self.people
            .iter()
            .find(|person| person.addresses.iter().any(|own| own.eq_ignore_ascii_case(address)))
    }
}

/// Checks the values. `roles` are the programme's, `None` where its file cannot be used;
/// so are its id and its default branch.
pub(crate) fn validate(
    raw: RawLedger,
    roles: Option<&[super::Role]>,
    (programme, default_branch): (&str, &str),
    findings: &mut Vec<Finding>,
) -> LedgerRules {
    let branch = raw.branch.and_then(|branch| {
        let name = &branch.value;
        let reason = match refused_by_git(name.as_bytes()) {
            Some(reason) => format!("git refuses the branch name `{name}`: it {reason}"),
            None if name == default_branch => {
                format!("`{name}` is the default branch, and cannot be the ledger, too")
            }
            None => return Some(branch.value),
        };
        let help = "name a branch that is merged into no other, such as `ledger`";
        findings.push(branch.finding(Code::PolicyValue, reason).help(help));
        None
    });
    let people = raw.people.map(|people| people.value.0).unwrap_or_default();
    let people =
        people.into_iter().filter_map(|(name, raw)| person(name.value, raw, roles, findings));
    let people: Vec<(Person, Vec<Placed<String>>)> = people.collect();
    check_addresses(&people, findings);
    let kinds = raw.kinds.map(|kinds| kinds.value.0).unwrap_or_default();
    let kinds = kinds.into_iter().filter_map(|(name, raw)| rule(&name, raw, roles, findings));
    LedgerRules {
        branch: branch.unwrap_or_else(|| DEFAULT_BRANCH.to_owned()),
        programme: programme.to_owned(),
        signers: raw.signers.map_or_else(|| DEFAULT_SIGNERS.to_owned(), |path| path.value.0),
        revoked: raw.revoked.map(|path| path.value.0),
        kinds: kinds.collect(),
        people: people.into_iter().map(|(person, _)| person).collect(),
    }
}

fn person(
    name: String,
    raw: Placed<RawPerson>,
    roles: Option<&[super::Role]>,
    findings: &mut Vec<Finding>,
) -> Option<(Person, Vec<Placed<String>>)> {
    let raw = raw.value;
    let (addresses, held) = (raw.addresses?, raw.roles?);
    if addresses.value.is_empty() {
        findings.push(
            addresses
                .finding(Code::PolicyValue, format!("`{name}` has no address"))
                .help("name the addresses with which they commit and sign"),
        );
    }
    for address in &addresses.value {
        if let Some(reason) = address_refused(&address.value) {
            findings.push(
                address
                    .finding(Code::PolicyValue, format!("`{}` {reason}", address.value))
                    .help("write one plain address, such as `ana@example.com`"),
            );
        }
    }
    check_roles(&held.value, roles, findings);
    let login = raw.login.filter(|login| {
        let good = login.value.strip_prefix('@').is_some_and(|rest| !rest.is_empty());
        let wrong = format!("`{}` is not a GitHub login", login.value);
        login.holds(good, wrong, "write `@login`", findings)
    });
    let person = Person {
        name,
        addresses: addresses.value.iter().map(|address| address.value.clone()).collect(),
        roles: texts(held.value),
        login: login.map(|login| login.value),
    };
    Some((person, addresses.value))
}

fn check_addresses(people: &[(Person, Vec<Placed<String>>)], findings: &mut Vec<Finding>) {
    let mut seen = BTreeSet::new();
    for address in people.iter().flat_map(|(_, addresses)| addresses) {
        if !seen.insert(address.value.to_ascii_lowercase()) {
            findings.push(
                address
                    .finding(Code::PolicyReference, format!("`{}` stands twice", address.value))
                    .help("an address is one person's, and is reported once"),
            );
        }
    }
}

fn rule(
    name: &Placed<String>,
    raw: Placed<RawKindRule>,
    roles: Option<&[super::Role]>,
    findings: &mut Vec<Finding>,
) -> Option<(&'static str, KindRule)> {
    let Some(kind) = Kind::from_word(&name.value) else {
        let help = did_you_mean(
            &name.value,
            Kind::WORDS,
            format!("the kinds are {}", listed(Kind::WORDS)),
        );
        let message = format!("no rule can be given for the kind `{}`", name.value);
        findings.push(name.finding(Code::PolicyReference, message).help(help));
        return None;
    };
    let may = raw.value.roles;
    let signed = raw.value.signed.map_or(kind.is_signed_by_default(), |signed| signed.value);
    if let Some(may) = &may {
        check_roles(&may.value, roles, findings);
        if !signed && !may.value.is_empty() {
            findings.push(
                may.finding(Code::PolicyValue, "roles prove nothing without a signature")
                    .help("add `signed = true`, or take the roles out"),
            );
        }
    }
    let roles = may.map(|may| texts(may.value)).unwrap_or_default();
    Some((kind.word(), KindRule { signed, roles }))
}

/// Why a text is no plain address; `None` where it is one. What means something to
/// ssh-keygen (patterns, lists, options) is in none.
#[must_use]
pub fn address_refused(text: &str) -> Option<&'static str> {
    if text.len() > 254 {
        return Some("is longer than an address can be");
    }
    let bytes = text.as_bytes();
    let (mut at, mut signs) = (0, 0);
    while at < bytes.len() {
        match bytes[at] {
            b'*' | b'?' | b',' | b'!' | b'"' | b'\\' => {
                return Some("has a character that means something to ssh-keygen");
            }
            b'@' => signs += 1,
            b'!'..=b'~' => {}
            _ => return Some("has a space or another character that no plain address has"),
        }
        at += 1;
    }
    if text.starts_with('-') {
        return Some("begins like an option");
    }
    let between = !text.starts_with('@') && !text.ends_with('@');
    if signs == 1 && between { None } else { Some("is not an address") }
}

#[cfg(test)]
mod tests;
