//! Approvals: whose, of what, and who they are.

use std::collections::{BTreeMap, BTreeSet};

use serde_json::{Value, json};

use super::super::approvals::{ApproverFacts, PatchCommit, Review, judge};
use super::checks_table::sha;
use super::*;
use thrice_patch::judge::approvals::{Approvals, Given};
use thrice_programme::powers::Widened;

/// What the server says: one good approval of a patch that the agent made.
fn good() -> Value {
    json!({
        "reviews": [{
            "id": 5, "user": { "login": "Ann", "type": "User" }, "state": "APPROVED",
            "commit_id": sha(), "submitted_at": "2026-01-02T00:00:00Z",
            "author_association": "MEMBER",
        }],
        "commits": [{
            "sha": sha(), "author": { "login": "agent" }, "committer": { "login": "web-flow" },
            "commit": { "verification": { "verified": true } },
        }],
        "teams": { "@o/core": ["ann", "agent", "bob"] },
        "writers": { "ann": true, "bob": true, "cat": true, "stranger": false },
    })
}

fn demand(of: &str, members: &[&str]) -> ApprovalDemand {
    ApprovalDemand {
        for_what: vec!["area `program`".to_owned()],
        of: of.to_owned(),
        roles: vec![of.to_owned()],
        members: members.iter().map(|member| (*member).to_owned()).collect(),
    }
}

fn judged(said: &Value, demands: &[ApprovalDemand]) -> (Verdict, Vec<String>) {
    judged_with(said, demands, &Approvals::default())
}

fn judged_with(
    said: &Value,
    demands: &[ApprovalDemand],
    recorded: &Approvals,
) -> (Verdict, Vec<String>) {
    let reviews: Vec<Review> = serde_json::from_value(said["reviews"].clone()).unwrap();
    let commits: Vec<PatchCommit> = serde_json::from_value(said["commits"].clone()).unwrap();
    let teams = said["teams"].as_object().unwrap().iter().map(|(team, members)| {
        let members: Result<BTreeSet<String>, String> =
            serde_json::from_value(members.clone()).map_err(|_| format!("{team} is not shown"));
        (team.clone(), members)
    });
    let writers: BTreeMap<String, Option<bool>> =
        serde_json::from_value(said["writers"].clone()).unwrap();
    let teams = teams.collect();
    let facts = ApproverFacts {
        head: &sha(),
        author: Some("agent"),
        reviews: &reviews,
        commits: &commits,
        teams: &teams,
        writers: &writers,
        recorded,
    };
    let (lines, findings) = judge(&facts, demands);
    assert_eq!(lines.len(), 1 + demands.len());
    (verdict(&findings), shown(&findings))
}

fn changed(change: impl FnOnce(&mut Value)) -> (Verdict, Vec<String>) {
    let mut said = good();
    change(&mut said);
    judged(&said, &[demand("maintainer", &["@O/Core"])])
}

/// No approval counts, for this reason, which is said once.
fn nobody(why: &str) -> (Verdict, Vec<String>) {
    let both = [
        format!("approval-missing nobody with write access has approved aaaaaaaaaaaa{why}"),
        "approval-missing aaaaaaaaaaaa has no approval of maintainer, as area `program` demands"
            .to_owned(),
    ];
    (Verdict::Fail, both.to_vec())
}

#[test]
fn an_approval_is_of_this_commit_and_of_somebody_else() {
    assert_eq!(changed(|_| {}), (Verdict::Pass, vec![]));
    type Change = fn(&mut Value);
    let table: &[(Change, &str)] = &[
        (|said| said["reviews"] = json!([]), ""),
        (|said| said["reviews"][0]["user"] = Value::Null, ""),
        (|said| said["reviews"][0]["state"] = json!("COMMENTED"), ""),
        (|said| said["reviews"][0]["state"] = json!("PENDING"), ""),
        (
            |said| said["reviews"][0]["state"] = json!("DISMISSED"),
            " (the approval of `ann` was dismissed)",
        ),
        (|said| said["reviews"][0]["state"] = json!("approved"), " (`ann` said `approved`)"),
        (
            |said| said["reviews"][0]["commit_id"] = json!("b".repeat(40)),
            " (`ann` approved bbbbbbbbbbbb, not aaaaaaaaaaaa)",
        ),
        (
            |said| said["reviews"][0]["commit_id"] = Value::Null,
            " (`ann` approved another commit, not aaaaaaaaaaaa)",
        ),
        (
            |said| said["reviews"][0]["user"]["login"] = json!("AGENT"),
            " (`agent` opened the pull request)",
        ),
        (
            |said| said["commits"][0]["author"]["login"] = json!("ann"),
            " (`ann` made a commit of it)",
        ),
        (
            |said| said["commits"][0]["committer"]["login"] = json!("ANN"),
            " (`ann` made a commit of it)",
        ),
        (|said| said["reviews"][0]["user"]["type"] = json!("Bot"), " (`ann` is a bot)"),
    ];
    for (change, why) in table {
        assert_eq!(changed(change), nobody(why), "{why}");
    }
}

/// The ledger's approvals meet demands of roles, and no other.
#[test]
fn an_approval_in_the_ledger_meets_a_demand_of_its_role() {
    let given = |role: &str, subject: Option<&str>, login: &str| Approvals {
        given: vec![Given {
            id: "approval-1".to_owned(),
            by: "cat@example.com".to_owned(),
            login: Some(login.to_owned()),
            roles: vec![role.to_owned()],
            subject: subject.map(str::to_owned),
        }],
        ..Approvals::default()
    };
    let rule =
        || ApprovalDemand { for_what: vec!["rule `owners`".to_owned()], ..demand("po", &["@dee"]) };
    let owners = || ApprovalDemand { roles: Vec::new(), ..demand("code owner @dee", &["@dee"]) };
    let rows = [
        (rule(), given("po", None, "@cat"), Verdict::Pass),
        (rule(), given("po", Some("owners"), "@cat"), Verdict::Pass),
        (rule(), given("po", Some("thresholds"), "@cat"), Verdict::Fail),
        (rule(), given("qa", None, "@cat"), Verdict::Fail),
        (rule(), given("po", None, "@Agent"), Verdict::Fail),
        (owners(), given("po", None, "@cat"), Verdict::Fail),
    ];
    for (demand, recorded, expected) in rows {
        let (answer, said) = judged_with(&good(), &[demand], &recorded);
        assert_eq!(answer, expected, "{recorded:?} {said:?}");
    }
}

#[test]
fn the_last_word_of_each_person_counts() {
    let again = |state: &str, id: u64, time: &str| {
        changed(|said| {
            let mut other = said["reviews"][0].clone();
            other["state"] = json!(state);
            other["id"] = json!(id);
            other["submitted_at"] = json!(time);
            said["reviews"].as_array_mut().unwrap().insert(0, other);
        })
    };
    let (before, after) = ("2026-01-01T00:00:00Z", "2026-01-03T00:00:00Z");
    assert_eq!(again("CHANGES_REQUESTED", 4, before), (Verdict::Pass, vec![]));
    assert_eq!(again("DISMISSED", 4, before), (Verdict::Pass, vec![]));
    assert_eq!(again("COMMENTED", 6, after), (Verdict::Pass, vec![]));
    assert_eq!(again("DISMISSED", 6, after), nobody(" (the approval of `ann` was dismissed)"));
    let (answer, said) = again("CHANGES_REQUESTED", 6, after);
    assert_eq!(
        (answer, said[0].as_str()),
        (Verdict::Fail, "changes-requested `ann` requested changes")
    );
}

#[test]
fn whoever_may_write_and_objects_is_heard() {
    let objects = |login: &str, association: Value| {
        changed(|said| {
            let mut other = said["reviews"][0].clone();
            other["state"] = json!("CHANGES_REQUESTED");
            other["user"]["login"] = json!(login);
            other["author_association"] = association;
            said["reviews"].as_array_mut().unwrap().push(other);
        })
    };
    let heard = |login: &str| {
        vec![format!("changes-requested `{}` requested changes", login.to_lowercase())]
    };
    for association in [json!("NONE"), json!("CONTRIBUTOR"), Value::Null] {
        // A private member of the organisation looks like anybody.
        assert_eq!(objects("Bob", association.clone()), (Verdict::Fail, heard("bob")));
        // A stranger can say so too, and stops nobody.
        assert_eq!(objects("stranger", association.clone()), (Verdict::Pass, vec![]));
        let unseen = "not-established whether `dan`, who requested changes, may write is not shown";
        assert_eq!(objects("dan", association), (Verdict::NotEstablished, vec![unseen.to_owned()]));
    }
    for association in ["OWNER", "MEMBER", "COLLABORATOR"] {
        for login in ["bob", "stranger", "dan"] {
            assert_eq!(objects(login, json!(association)), (Verdict::Fail, heard(login)));
        }
    }
}

#[test]
fn the_approver_holds_what_is_demanded_and_may_write() {
    assert_eq!(
        changed(|said| said["teams"]["@o/core"] = json!(["bob"])),
        (
            Verdict::Fail,
            vec!["approval-missing aaaaaaaaaaaa has no approval of maintainer, as area `program` demands".to_owned()]
        )
    );
    assert_eq!(
        changed(|said| said["teams"]["@o/core"] = Value::Null),
        (
            Verdict::NotEstablished,
            vec!["not-established whether maintainer has approved aaaaaaaaaaaa, as area `program` demands, cannot be seen: @o/core is not shown".to_owned()]
        )
    );
    assert_eq!(
        changed(|said| said["teams"] = json!({})),
        (
            Verdict::NotEstablished,
            vec!["not-established whether maintainer has approved aaaaaaaaaaaa, as area `program` demands, cannot be seen: the members of @O/Core were not asked for".to_owned()]
        )
    );
    assert_eq!(
        changed(|said| said["writers"]["ann"] = Value::Null),
        (
            Verdict::NotEstablished,
            vec![
                "not-established whether `ann`, who approved aaaaaaaaaaaa, may write is not shown"
                    .to_owned()
            ]
        )
    );
    assert_eq!(
        changed(|said| said["writers"]["ann"] = json!(false)),
        (
            Verdict::Fail,
            vec!["approval-missing nobody with write access has approved aaaaaaaaaaaa".to_owned()]
        )
    );
    // Each demand by itself; an address proves nothing, but may be somebody.
    let demands = [demand("security", &["@ann"]), demand("qa", &["@cat", "@bob"])];
    let qa = "approval-missing aaaaaaaaaaaa has no approval of qa, as area `program` demands";
    assert_eq!(judged(&good(), &demands), (Verdict::Fail, vec![qa.to_owned()]));
    let address = judged(&good(), &[demand("code owner a@b.c", &["a@b.c"])]);
    assert_eq!(address.0, Verdict::NotEstablished);
}

#[test]
fn a_commit_of_nobody_known_may_be_of_its_approver() {
    let unknown = |key: &str, value: Value| changed(|said| said["commits"][0][key] = value);
    let said = "maker-unknown aaaaaaaaaaaa: the address of its author or committer belongs to no person's account, so whether who approved it made it cannot be seen";
    for value in [Value::Null, json!({})] {
        assert_eq!(
            unknown("author", value.clone()),
            (Verdict::NotEstablished, vec![said.to_owned()])
        );
        assert_eq!(unknown("committer", value), (Verdict::NotEstablished, vec![said.to_owned()]));
    }
    // GitHub's own account hides who it was, unless GitHub signed.
    let open = (Verdict::NotEstablished, vec![said.to_owned()]);
    assert_eq!(unknown("author", json!({ "login": "web-flow" })), open);
    for value in [Value::Null, json!({}), json!({ "verification": { "verified": false } })] {
        assert_eq!(unknown("commit", value), open);
    }
    // Where nobody approved, that is the reason.
    let nobody_at_all = changed(|said| {
        said["commits"][0]["author"] = Value::Null;
        said["reviews"] = json!([]);
    });
    assert_eq!(nobody_at_all, nobody(""));
}

/// The same people as in the ledger: who gains by the patch, or made it by their address.
#[test]
fn a_review_of_somebody_who_gains_or_made_it_does_not_count() {
    let widened = |addresses: &[&str], login: Option<&str>| Approvals {
        widened: vec![Widened {
            addresses: addresses.iter().map(|it| (*it).to_owned()).collect(),
            login: login.map(str::to_owned),
            powers: vec!["the role `po`".to_owned()],
        }],
        ..Approvals::default()
    };
    let made = |login: &str| Approvals { makers: vec![login.to_owned()], ..Approvals::default() };
    let gains = " (`ann` would gain the role `po` by it)";
    let rows = [
        (widened(&["ann@x.org"], Some("ANN")), Some(gains)),
        (widened(&[], Some("bob")), None),
        (widened(&["ann@x.org"], None), None),
        (made("@Ann"), Some(" (`ann` made a commit of it)")),
        (made("@bob"), None),
    ];
    for (recorded, why) in rows {
        let demands = [demand("maintainer", &["@O/Core"])];
        let wanted = why.map_or((Verdict::Pass, vec![]), nobody);
        assert_eq!(judged_with(&good(), &demands, &recorded), wanted, "{recorded:?}");
    }
}
