//! Every slip in `ledger.toml` is reported with its line; nothing makes its reader panic.

use expect_test::expect;
use proptest::prelude::*;

use super::*;
use crate::damage::{beside_ours, damaged, is_placed};
use crate::{Policy, check};

const GOOD: &str = r#"branch = "decisions"
signers = "policy/keys"
revoked = "policy/gone"

[people.ana]
addresses = ["ana@example.com", "Ana@Example.org"]
roles = ["security"]
login = "@ana"

[kinds.approval]
roles = ["security"]

[kinds.deploy]
signed = true
"#;

fn checked(ledger: &str) -> (Option<Policy>, String) {
    let (policy, findings) = check("policy", &beside_ours("ledger.toml", ledger.as_bytes()));
    let reported = findings.iter().map(|finding| {
        let place = finding.place.as_ref().map(thrice_findings::Place::describe);
        let help = finding.help.clone().unwrap_or_default();
        format!("{} {}; {help}\n", place.unwrap_or_default(), finding.message)
    });
    (policy, reported.filter(|line| !line.contains("nothing uses the role")).collect())
}

#[test]
fn a_good_file_says_who_may_decide() {
    let (policy, reported) = checked(GOOD);
    assert_eq!(reported, "");
    let rules = policy.unwrap().ledger;
    let paths = (rules.branch.as_str(), rules.signers.as_str(), rules.revoked.as_deref());
    assert_eq!(paths, ("decisions", "policy/keys", Some("policy/gone")));
    assert_eq!(rules.programme, "xtask");
    assert_eq!(rules.person("ANA@example.ORG").unwrap().name, "ana");
    assert_eq!(rules.person("bob@example.com"), None);
    let security = vec!["security".to_owned()];
    assert_eq!(rules.kind(Kind::Approval), KindRule { signed: true, roles: security });
    assert!(rules.kind(Kind::Deploy).signed && !rules.kind(Kind::Block).signed);
}

#[test]
fn without_a_file_the_branch_is_ledger() {
    let mut files = beside_ours("ledger.toml", b"");
    files.remove("ledger.toml");
    let rules = check("policy", &files).0.unwrap().ledger;
    assert_eq!((rules.branch.as_str(), rules.signers.as_str()), (DEFAULT_BRANCH, DEFAULT_SIGNERS));
    assert!(rules.kind(Kind::Release).signed && rules.people.is_empty());
}

#[test]
fn every_slip_is_reported_with_its_line() {
    let (policy, reported) = checked(
        r#"branch = "main"
signers = "../keys"
[people.ana]
addresses = ["*@example.com", "a@b@c", "-a@b.c", "x@y.z", "X@Y.Z"]
roles = ["secruity"]
login = "ana"
[people.bob]
addresses = []
[kinds.approvall]
[kinds.merge]
signed = true
[kinds.deploy]
roles = ["security"]
signature = true
"#,
    );
    assert!(policy.is_none());
    expect![[r#"
        policy/ledger.toml:1:10 `main` is the default branch, and cannot be the ledger, too; name a branch that is merged into no other, such as `ledger`
        policy/ledger.toml:2:11 `../keys` leaves the repository; write a path relative to the repository, with `/`
        policy/ledger.toml:4:14 `*@example.com` has a character that means something to ssh-keygen; write one plain address, such as `ana@example.com`
        policy/ledger.toml:4:31 `a@b@c` is not an address; write one plain address, such as `ana@example.com`
        policy/ledger.toml:4:40 `-a@b.c` begins like an option; write one plain address, such as `ana@example.com`
        policy/ledger.toml:4:59 `X@Y.Z` stands twice; an address is one person's, and is reported once
        policy/ledger.toml:5:10 there is no role `secruity`; did you mean `security`?
        policy/ledger.toml:6:9 `ana` is not a GitHub login; write `@login`
        policy/ledger.toml:7:1 `roles` is missing here; add `roles = …`
        policy/ledger.toml:9:8 no rule can be given for the kind `approvall`; did you mean `approval`?
        policy/ledger.toml:10:8 no rule can be given for the kind `merge`; the kinds are `approval`, `release`, `deploy`, `risk`, `incident`, `block`, `unblock`, `drill`, `wave-gate`, `sprint-gate`, `trigger`, `cycle-close`, `exception`
        policy/ledger.toml:13:9 roles prove nothing without a signature; add `signed = true`, or take the roles out
        policy/ledger.toml:14:1 unknown key `signature`; did you mean `signed`?
    "#]].assert_eq(&reported);
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]

    #[test]
    fn no_bytes_make_it_panic(bytes in any::<Vec<u8>>()) {
        let (policy, findings) = check("policy", &beside_ours("ledger.toml", &bytes));
        prop_assert!(policy.is_some() || !findings.is_empty());
    }

    #[test]
    fn damage_is_reported_with_its_line(bytes in damaged(GOOD)) {
        let (read, findings) = check("policy", &beside_ours("ledger.toml", &bytes));
        is_placed(read.is_some(), &findings, &[])?;
    }
}
