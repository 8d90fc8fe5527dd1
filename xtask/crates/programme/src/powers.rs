//! What a policy lets each person decide, so that nobody approves a patch that widens their
//! own powers (P-5.8).

use std::collections::BTreeSet;

use serde::{Deserialize, Serialize};

use super::Policy;
use super::ledger::Kind;
use super::release::Stage;

/// Somebody whom a patch of the policy lets decide more.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Widened {
    /// Their addresses.
    pub addresses: Vec<String>,
    /// Their account on GitHub, without `@`.
    pub login: Option<String>,
    /// What they may decide by the patch, and may not by its base.
    pub powers: Vec<String>,
}

impl Widened {
    /// Whether it is somebody with this address.
    #[must_use]
    pub fn has_address(&self, address: &str) -> bool {
        self.addresses.iter().any(|own| own.eq_ignore_ascii_case(address))
    }

    /// Whether it is somebody with this account.
    #[must_use]
    pub fn has_login(&self, login: &str) -> bool {
        let login = login.trim_start_matches('@');
        self.login.as_deref().is_some_and(|own| own.eq_ignore_ascii_case(login))
    }
}

/// Everybody who may decide more by `after` than by `before`.
#[must_use]
pub fn widened(before: &Policy, after: &Policy) -> Vec<Widened> {
    let people = after.ledger.people.iter().map(|person| Widened {
        addresses: person.addresses.clone(),
        login: person.login.as_deref().map(|login| login.trim_start_matches('@').to_owned()),
        powers: Vec::new(),
    });
    let mut all: Vec<Widened> = people.collect();
    for member in after.programme.roles.iter().flat_map(|role| &role.members) {
        let Some(login) = member.strip_prefix('@').filter(|login| !login.contains('/')) else {
            continue;
        };
        if !all.iter().any(|known| known.has_login(login)) {
            let login = Some(login.to_owned());
            all.push(Widened { addresses: Vec::new(), login, powers: Vec::new() });
        }
    }
    for one in &mut all {
        let known = powers(before, before, one);
        one.powers = powers(after, before, one).difference(&known).cloned().collect();
    }
    all.retain(|one| !one.powers.is_empty());
    all
}

/// What somebody may decide by a policy. A demand that only `before` lacks is no power: the
/// patch that adds it lets nobody decide more.
fn powers(policy: &Policy, before: &Policy, who: &Widened) -> BTreeSet<String> {
    let roles = roles(policy, who);
    let may = |named: &[String]| named.iter().any(|role| roles.contains(role.as_str()));
    let mut powers: BTreeSet<String> =
        roles.iter().map(|role| format!("the role `{role}`")).collect();
    for kind in Kind::ALL {
        let named = policy.ledger.kind(kind).roles;
        if named.is_empty() || may(&named) {
            powers.insert(format!("entries of the kind `{}`", kind.word()));
        }
    }
    let rules = policy.filemap.iter().flat_map(|filemap| &filemap.approvals);
    let known = |name: &str| {
        let mut rules = before.filemap.iter().flat_map(|filemap| &filemap.approvals);
        rules.any(|rule| rule.name == name)
    };
    for rule in rules.filter(|rule| known(&rule.name) && may(&rule.roles)) {
        powers.insert(format!("approvals by the rule `{}`", rule.name));
    }
    if let (Some(release), Some(_)) = (&policy.release, &before.release) {
        for stage in [Stage::Rc, Stage::Ga].into_iter().filter(|it| may(release.approvals(*it))) {
            powers.insert(format!("approvals of `{}`", stage.word()));
        }
    }
    if let (Some(backlog), Some(_)) = (&policy.backlog, &before.backlog)
        && may(&backlog.approval_roles)
    {
        powers.insert("approvals of stories".to_owned());
    }
    powers
}

/// The roles of somebody, by the ledger's people and by the programme's members.
fn roles<'p>(policy: &'p Policy, who: &Widened) -> BTreeSet<&'p str> {
    let is_person = |person: &&super::Person| {
        person.addresses.iter().any(|address| who.has_address(address))
            || person.login.as_deref().is_some_and(|login| who.has_login(login))
    };
    let people = policy.ledger.people.iter().filter(is_person);
    let held = people.flat_map(|person| person.roles.iter().map(String::as_str));
    let roles = policy.programme.roles.iter();
    let member = roles.filter(|role| role.members.iter().any(|member| who.has_login(member)));
    held.chain(member.map(|role| role.name.value.as_str())).collect()
}

#[cfg(test)]
mod tests {
    use super::super::{PolicyFiles, check};
    use super::*;

    const PROGRAMME: &str = "id = \"x\"\nname = \"x\"\ndefault_branch = \"main\"\ntime_zone = \"UTC\"\n\
        [roles.po]\nmembers = [\"@ann\"]\n[roles.qa]\nmembers = [\"@bob\", \"@o/team\"]\n";
    const LEDGER: &str = "[people.ann]\naddresses = [\"ann@x.org\"]\nroles = [\"po\"]\nlogin = \"@ann\"\n\
        [people.bob]\naddresses = [\"bob@x.org\"]\nroles = [\"qa\"]\nlogin = \"@bob\"\n\
        [kinds.risk]\nroles = [\"po\"]\n";
    const FILEMAP: &str = "[[areas]]\nname = \"all\"\npaths = [\"**\"]\n\
        [[approvals]]\nname = \"limits\"\npaths = [\"limits/**\"]\nroles = [\"po\"]\nreason = \"x\"\n";
    const GATES: &str = "[[gates]]\nid = \"T4\"\nname = \"tests\"\nrun = [\"true\"]\n";

    fn policy(edits: &[(&str, &str, &str)]) -> Policy {
        let mut files = PolicyFiles::new();
        for (name, text) in [
            ("programme.toml", PROGRAMME),
            ("ledger.toml", LEDGER),
            ("filemap.toml", FILEMAP),
            ("gates.toml", GATES),
        ] {
            let edited = edits.iter().filter(|(file, ..)| *file == name);
            let text = edited.fold(text.to_owned(), |text, (_, from, to)| text.replace(from, to));
            files.insert(name.to_owned(), text.into_bytes());
        }
        let (policy, findings) = check("policy", &files);
        policy.unwrap_or_else(|| panic!("{findings:#?}"))
    }

    /// Who may decide what more by some edits: logins and powers.
    fn gained(before: &Policy, edits: &[(&str, &str, &str)]) -> Vec<(String, String)> {
        let found = widened(before, &policy(edits)).into_iter();
        let of = |one: Widened| {
            let login = one.login.unwrap_or_default();
            one.powers.into_iter().map(move |power| (login.clone(), power)).collect::<Vec<_>>()
        };
        found.flat_map(of).collect()
    }

    /// Each row: what a patch changes, and who may decide what more by it.
    #[test]
    fn who_may_decide_more_is_named_with_what() {
        let before = policy(&[]);
        let bob = "roles = [\"qa\"]\nlogin = \"@bob\"";
        type Before<'a> = &'a [(&'a str, &'a str, &'a str)];
        type Given<'a> = &'a [(&'a str, &'a str)];
        let rows: &[(Before<'_>, Given<'_>)] = &[
            (&[], &[]),
            (
                &[("ledger.toml", bob, "roles = [\"qa\", \"po\"]\nlogin = \"@bob\"")],
                &[
                    ("bob", "approvals by the rule `limits`"),
                    ("bob", "approvals by the rule `rules`"),
                    ("bob", "entries of the kind `risk`"),
                    ("bob", "the role `po`"),
                ],
            ),
            (
                &[(
                    "ledger.toml",
                    "[kinds.risk]\nroles = [\"po\"]",
                    "[kinds.risk]\nroles = [\"po\", \"qa\"]",
                )],
                &[("bob", "entries of the kind `risk`")],
            ),
            (
                &[("ledger.toml", "[kinds.risk]\nroles = [\"po\"]\n", "")],
                &[("bob", "entries of the kind `risk`")],
            ),
            (
                &[("filemap.toml", "roles = [\"po\"]", "roles = [\"po\", \"qa\"]")],
                &[
                    ("bob", "approvals by the rule `limits`"),
                    ("bob", "approvals by the rule `rules`"),
                ],
            ),
            (
                &[("programme.toml", "[\"@bob\", ", "[\"@bob\", \"@cid\", ")],
                &[("cid", "the role `qa`")],
            ),
            // Who may decide less, or what nobody was asked for before, is no widening.
            (&[("ledger.toml", bob, "roles = []\nlogin = \"@bob\"")], &[]),
            (
                &[(
                    "filemap.toml",
                    "[[approvals]]",
                    "[[approvals]]\nname = \"more\"\npaths = [\"x\"]\nroles = [\"po\"]\nreason = \"x\"\n[[approvals]]",
                )],
                &[],
            ),
        ];
        for (edits, wanted) in rows {
            let found = gained(&before, edits);
            let found: Vec<(&str, &str)> =
                found.iter().map(|(who, what)| (who.as_str(), what.as_str())).collect();
            assert!(
                found.iter().all(|row| wanted.contains(row) || row.1.starts_with("entries")),
                "{edits:?}: {found:?}"
            );
            assert_eq!(wanted.is_empty(), found.is_empty(), "{edits:?}: {found:?}");
        }
    }
}
