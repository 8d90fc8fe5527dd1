//! What a policy lets each person decide, so that nobody approves a patch that widens their
//! own powers (P-5.8).

use std::collections::BTreeSet;

use serde::{Deserialize, Serialize};

use super::Policy;
use super::ledger::{Kind, Person};

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

/// The entry of whoever gains, where somebody with these addresses and this account is one of
/// them. Every door asks this, so that nobody gains at one of them.
#[must_use]
pub fn gains<'w>(
    widened: &'w [Widened],
    addresses: &[String],
    login: Option<&str>,
) -> Option<&'w Widened> {
    let has_address =
        |one: &Widened, it: &String| one.addresses.iter().any(|own| own.eq_ignore_ascii_case(it));
    let has_login = |one: &Widened| match (&one.login, login) {
        (Some(own), Some(login)) => own.eq_ignore_ascii_case(login.trim_start_matches('@')),
        _ => false,
    };
    widened.iter().find(|one| addresses.iter().any(|it| has_address(one, it)) || has_login(one))
}

/// Everybody who may decide more by `after` than by `before`.
///
/// Somebody is the whole person: whatever name, address or account either policy joins to
/// theirs is theirs afterwards. What they could do before is only what `before` says.
#[must_use]
pub fn widened(before: &Policy, after: &Policy) -> Vec<Widened> {
    let known = everybody(before);
    let mut all = Vec::new();
    for one in &known {
        let could = (powers(before, before, one), powers(before, before, &one.joined(&[before])));
        let can =
            (powers(after, before, one), powers(after, before, &one.joined(&[before, after])));
        let gained = can.0.difference(&could.0).chain(can.1.difference(&could.1));
        all.push(one.widened(gained.cloned().collect()));
    }
    for mut one in everybody(after) {
        // Whether an address or an account is somebody's, only the patch says.
        one.addresses.retain(|address| !known.iter().any(|it| it.addresses.contains(address)));
        one.logins.retain(|login| !known.iter().any(|it| it.logins.contains(login)));
        one.names.clear();
        let can = powers(after, before, &one.joined(&[after]));
        let gained = can.difference(&powers(before, before, &one)).cloned().collect();
        if !one.addresses.is_empty() || !one.logins.is_empty() {
            all.push(one.widened(gained));
        }
    }
    all.retain(|one| !one.powers.is_empty());
    all
}

/// Names, addresses and accounts of one person, in lower case but for the names.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
struct Identity {
    names: BTreeSet<String>,
    addresses: BTreeSet<String>,
    /// Without `@`.
    logins: BTreeSet<String>,
}

impl Identity {
    fn of(person: &Person) -> Self {
        Self {
            names: BTreeSet::from([person.name.clone()]),
            addresses: person.addresses.iter().map(|it| it.to_ascii_lowercase()).collect(),
            logins: person.login.as_deref().map(bare).into_iter().collect(),
        }
    }

    /// With everybody whom one of the policies joins to them, and to those.
    fn joined(&self, policies: &[&Policy]) -> Self {
        let people: Vec<Self> =
            policies.iter().flat_map(|it| &it.ledger.people).map(Self::of).collect();
        let mut whole = self.clone();
        loop {
            let before = whole.clone();
            for person in people.iter().filter(|person| before.meets(person)) {
                whole.names.extend(person.names.iter().cloned());
                whole.addresses.extend(person.addresses.iter().cloned());
                whole.logins.extend(person.logins.iter().cloned());
            }
            if whole == before {
                return whole;
            }
        }
    }

    fn meets(&self, other: &Self) -> bool {
        self.is_of(other) || !self.logins.is_disjoint(&other.logins)
    }

    /// Whether it is the same entry of people: an account may be that of two.
    fn is_of(&self, other: &Self) -> bool {
        !self.names.is_disjoint(&other.names) || !self.addresses.is_disjoint(&other.addresses)
    }

    fn widened(&self, powers: BTreeSet<String>) -> Widened {
        Widened {
            addresses: self.addresses.iter().cloned().collect(),
            login: self.logins.first().cloned(),
            powers: powers.into_iter().collect(),
        }
    }
}

/// An account as all are compared: without `@`, in lower case.
fn bare(login: &str) -> String {
    login.trim_start_matches('@').to_ascii_lowercase()
}

/// Everybody whom a policy names: its people, and members of roles who are none of them.
fn everybody(policy: &Policy) -> Vec<Identity> {
    let mut all: Vec<Identity> = policy.ledger.people.iter().map(Identity::of).collect();
    for member in policy.programme.roles.iter().flat_map(|role| &role.members) {
        let login = bare(member);
        if !login.contains('/') && !all.iter().any(|known| known.logins.contains(&login)) {
            all.push(Identity { logins: BTreeSet::from([login]), ..Identity::default() });
        }
    }
    all
}

/// What somebody may decide by a policy. A demand that only `before` lacks is no power: the
/// patch that adds it lets nobody decide more.
fn powers(policy: &Policy, before: &Policy, who: &Identity) -> BTreeSet<String> {
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
        for needs in release.stages.iter().filter(|it| may(&it.approvals)) {
            powers.insert(format!("approvals of `{}`", needs.stage.word()));
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
fn roles<'p>(policy: &'p Policy, who: &Identity) -> BTreeSet<&'p str> {
    let people = policy.ledger.people.iter().filter(|person| who.is_of(&Identity::of(person)));
    let held = people.flat_map(|person| person.roles.iter().map(String::as_str));
    let is_member = |member: &String| who.logins.contains(&bare(member));
    let member = policy.programme.roles.iter().filter(|role| role.members.iter().any(is_member));
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
    const RELEASE: &str = "[approvals]\nrc = [\"po\"]\nga = [\"po\"]\n";
    const BACKLOG: &str = "[[stories]]\nid = \"S-1\"\ntitle = \"x\"\npriority = \"P1\"\n";
    const GATES: &str = "[[gates]]\nid = \"T4\"\nname = \"tests\"\nrun = [\"true\"]\n";

    fn policy(edits: &[(&str, &str, &str)]) -> Policy {
        let mut files = PolicyFiles::new();
        for (name, text) in [
            ("programme.toml", PROGRAMME),
            ("ledger.toml", LEDGER),
            ("filemap.toml", FILEMAP),
            ("gates.toml", GATES),
            ("release.toml", RELEASE),
            ("backlog.toml", BACKLOG),
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

    /// What the role `po` gives Bob.
    const OF_PO: &[(&str, &str)] = &[
        ("bob", "approvals by the rule `limits`"),
        ("bob", "approvals by the rule `rules`"),
        ("bob", "approvals of `ga`"),
        ("bob", "approvals of `rc`"),
        ("bob", "approvals of stories"),
        ("bob", "entries of the kind `risk`"),
        ("bob", "the role `po`"),
    ];

    /// Each row: what a patch changes, and who may decide what more by it.
    #[test]
    fn who_may_decide_more_is_named_with_what() {
        let before = policy(&[]);
        let bob = "roles = [\"qa\"]\nlogin = \"@bob\"";
        type Before<'a> = &'a [(&'a str, &'a str, &'a str)];
        type Given<'a> = &'a [(&'a str, &'a str)];
        let rows: &[(Before<'_>, Given<'_>)] = &[
            (&[], &[]),
            (&[("ledger.toml", bob, "roles = [\"qa\", \"po\"]\nlogin = \"@bob\"")], OF_PO),
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
            // Kinds of entries that policy leaves to everybody come with the first role.
            let is_named = |row: &&(&str, &str)| {
                wanted.contains(row) || !row.1.starts_with("entries of the kind")
            };
            let found: BTreeSet<_> = found.iter().filter(is_named).copied().collect();
            assert_eq!(found, wanted.iter().copied().collect(), "{edits:?}");
        }
    }

    const FOUR: &str = "[people.ann]\naddresses = [\"ann@x.org\"]\nroles = [\"qa\"]\nlogin = \"@ann\"\n\
        [people.bob]\naddresses = [\"bob@x.org\"]\nroles = [\"po\"]\nlogin = \"@bob\"\n";

    fn by_people(people: &str, po: &str) -> Policy {
        let members = format!("members = [{po}]\n[roles.qa]");
        policy(&[
            ("ledger.toml", LEDGER, people),
            ("programme.toml", "members = [\"@ann\"]\n[roles.qa]", &members),
            ("programme.toml", "[\"@bob\", ", "["),
        ])
    }

    /// Each row: what a patch makes of the people and of the members of `po`, and which of Ann
    /// (`qa`) and Bob (`po`) gains by it, whichever of their addresses and accounts is asked.
    #[test]
    #[expect(clippy::too_many_lines, reason = "a table")]
    fn somebody_is_the_whole_person() {
        let person = |name: &str, address: &str, role: &str, login: &str| {
            let login =
                if login.is_empty() { String::new() } else { format!("login = \"{login}\"\n") };
            format!("[people.{name}]\naddresses = [\"{address}\"]\nroles = [{role}]\n{login}")
        };
        let bob = person("bob", "bob@x.org", "\"po\"", "@bob");
        let rows: &[(&str, String, &str, bool, bool)] = &[
            ("nothing", FOUR.to_owned(), "\"@bob\"", false, false),
            ("Ann leaves", bob.clone(), "\"@bob\"", false, false),
            ("dropped, and a member", bob.clone(), "\"@bob\", \"@ANN\"", true, false),
            (
                "another address",
                person("ann", "a2@x.org", "\"po\"", "") + &bob,
                "\"@bob\"",
                true,
                false,
            ),
            (
                "another name and login",
                person("eve", "ann@x.org", "\"po\"", "@e") + &bob,
                "\"@bob\"",
                true,
                false,
            ),
            (
                "another name and address",
                person("eve", "e@x.org", "\"po\"", "@ann") + &bob,
                "\"@bob\"",
                true,
                false,
            ),
            (
                "her address is Bob's",
                person("bob", "ann@x.org", "\"po\"", "@bob"),
                "\"@bob\"",
                true,
                false,
            ),
            (
                "both are one",
                bob.replace("[\"bob@x.org\"]", "[\"bob@x.org\", \"ann@x.org\"]"),
                "\"@bob\"",
                true,
                false,
            ),
            (
                "her login is a member's",
                person("ann", "ann@x.org", "\"qa\"", "@cid") + &bob,
                "\"@bob\", \"@cid\"",
                true,
                false,
            ),
            (
                "she takes Bob's login",
                person("ann", "ann@x.org", "\"qa\"", "@bob")
                    + &person("bob", "bob@x.org", "\"po\"", ""),
                "\"@bob\"",
                true,
                true,
            ),
            (
                "two share a login",
                person("ann", "ann@x.org", "\"qa\"", "@bob") + &bob,
                "\"@bob\"",
                true,
                // Whoever uses the account may be Ann.
                true,
            ),
            (
                "by a third",
                person("x", "x@x.org", "\"po\"", "@ann")
                    + &person("ann", "ann@x.org", "\"qa\"", "")
                    + &bob,
                "\"@bob\"",
                true,
                false,
            ),
            (
                "an honest new address",
                person("ann", "a2@x.org", "\"qa\"", "@ann") + &bob,
                "\"@bob\"",
                false,
                false,
            ),
            (
                "an honest new name",
                person("anna", "ann@x.org", "\"qa\"", "@ann") + &bob,
                "\"@bob\"",
                false,
                false,
            ),
            (
                "an honest third",
                person("cid", "c@x.org", "\"po\"", "@cid") + FOUR,
                "\"@bob\", \"@cid\"",
                false,
                false,
            ),
        ];
        let before = by_people(FOUR, "\"@bob\"");
        for (what, people, po, ann, bob) in rows {
            let found = widened(&before, &by_people(people, po));
            for (who, wanted) in [("ann", ann), ("bob", bob)] {
                let address = [format!("{}@X.org", who.to_uppercase())];
                let login = format!("@{who}");
                let asked = [(&address[..], None), (&[], Some(login.as_str()))];
                for (addresses, login) in asked {
                    let gained = gains(&found, addresses, login).is_some();
                    assert_eq!(gained, *wanted, "{what}: {who} {login:?}: {found:#?}");
                }
            }
        }
        let strange =
            by_people(&(person("ann", "ann@x.org", "\"qa\"", "@eve") + &bob), "\"@bob\", \"@eve\"");
        assert!(gains(&widened(&before, &strange), &[], Some("eve")).is_some());
    }

    #[test]
    fn two_who_share_an_account_gain_nothing_by_a_patch_of_something_else() {
        let shared = FOUR.replace("@bob\"\n", "@ann\"\n");
        let before = by_people(&shared, "\"@x\"");
        assert_eq!(widened(&before, &before.clone()), []);
        let more = shared.replace("[\"qa\"]", "[\"qa\", \"po\"]");
        let found = widened(&before, &by_people(&more, "\"@x\""));
        assert!(gains(&found, &["ann@x.org".to_owned()], None).is_some(), "{found:?}");
    }
}
