//! `ledger`: what is appended counts, and whatever was done to it is reported by its line.

use expect_test::{Expect, expect};

use crate::support::World;
use crate::support::ledgers::{APPROVAL, DEPLOY};

/// What a person sees, without ids, roots and keys, which are new each time.
pub(crate) fn plain(world: &World, text: &str) -> String {
    let text = world.shown(text);
    let of = |pattern: &str| regex::Regex::new(pattern).unwrap();
    let text = of(r"[0-9a-f]{64}").replace_all(&text, "ROOT");
    let text = of(r"2026[0-9]{10}-[0-9a-f]{16}").replace_all(&text, "ID");
    let text = of(r"SHA256:[A-Za-z0-9+/]{43}").replace_all(&text, "SHA256:KEY");
    of(r"base [0-9a-f]{12}").replace_all(&text, "base COMMIT").into_owned()
}

pub(crate) fn check(world: &World, ran: &crate::support::Ran, status: i32, expected: &Expect) {
    assert_eq!(ran.status, status, "{ran:?}");
    expected.assert_eq(&plain(world, &ran.stdout));
}

#[test]
fn what_is_appended_is_verified_and_shown() {
    let world = World::with_ledger();
    check(
        &world,
        &world.verified(&[]),
        0,
        &expect![[r#"
            ledger verify: pass

            note[chain-empty]: nothing was recorded on `ledger` yet
              --> ledger

            0 entries of ledger, which has no entry yet; 0 signatures verified among the new entries
            head: 0 [SHA256]
        "#]],
    );
    check(
        &world,
        &world.append("approval", APPROVAL, 1, &[]),
        0,
        &expect![[r#"
        ledger append: pass
        ID appended to ledger
        head: 1 [SHA256]
    "#]],
    );
    world.is_used_by("bob");
    let hostile = DEPLOY.replace("production", "\\u001b[2Jprod\\n\u{202e}uction");
    assert_eq!(world.append("deploy", &hostile, 2, &[]).status, 0);
    check(
        &world,
        &world.verified(&[]),
        0,
        &expect![[r#"
            ledger verify: pass
            2 entries of ledger at [HEX]; 1 signature verified among the new entries
            head: 2 [SHA256]
        "#]],
    );
    check(
        &world,
        &world.verified(&["--no-signatures"]),
        0,
        &expect![[r#"
            ledger verify: pass
            2 entries of ledger at [HEX], 2 of them verified at [HEX]; no signature was looked at
            head: 2 [SHA256]
        "#]],
    );
    check(
        &world,
        &world.xtask(["ledger", "show"]),
        0,
        &expect![[r#"
            1      2026-03-01 00:01 UTC  approval of ana@example.com  ID
                   about: change; sha: [HEX]; tree: [HEX]
                   in effect, signed by ED25519 key SHA256:KEY
            2      2026-03-01 00:02 UTC  deploy of bob@example.com  ID
                   environment: \u{1b}[2Jprod \u{202e}uction; result: succeeded; sha: [HEX]; tag: v1.4.0
                   in effect, not signed
        "#]],
    );
    let id = "2026[0-9]{10}-[0-9a-f]{16}";
    let id = regex::Regex::new(id).unwrap().find(&world.ledger()[1]).unwrap().as_str().to_owned();
    check(
        &world,
        &world.xtask(["ledger", "show", "--id", &id]),
        0,
        &expect![[r#"
            ID deploy of bob@example.com at [TIME], line 2
              in effect, not signed
              environment: \u{1b}[2Jprod \u{202e}uction
              result: succeeded
              sha: [COMMIT]
              tag: v1.4.0
              root: [SHA256]
        "#]],
    );
    for (filter, lines) in [
        (["--kind", "deploy"], 1),
        (["--actor", "ANA@example.com"], 1),
        (["--since", "2026-03-01"], 2),
        (["--since", "2026-03-02"], 0),
    ] {
        let ran = world.xtask(["ledger", "show"].iter().chain(&filter));
        assert_eq!((ran.status, ran.stdout.lines().count()), (0, 3 * lines), "{filter:?}: {ran:?}");
    }
    for (wrong, says) in [
        (["--kind", "aproval"], "there is no kind `aproval`"),
        (["--since", "yesterday"], "`yesterday` is no day"),
    ] {
        let ran = world.xtask(["ledger", "show"].iter().chain(&wrong));
        assert!(ran.status == 2 && ran.stdout.contains(says), "{ran:?}");
    }
}

#[test]
fn what_would_not_count_is_not_appended() {
    let world = World::with_ledger();
    let refused = |more: &[&str], kind: &str, data: &str, says: &str| {
        let ran = world.append(kind, data, 1, more);
        assert!(ran.status != 0 && ran.stdout.contains(says), "{says}: {ran:?}");
        assert!(world.ledger().is_empty(), "{says}");
    };
    let key = |name: &str| world.key(name).to_str().unwrap().to_owned();
    refused(&["--key", &key("past")], "approval", APPROVAL, "error[ledger-signer]");
    refused(&["--key", &key("gone")], "approval", APPROVAL, "which is revoked");
    refused(&["--key", &key("foreign")], "approval", APPROVAL, "error[ledger-signer]");
    refused(&["--key", &key("bob")], "approval", APPROVAL, "error[ledger-signer]");
    refused(&["--key", "/no/such"], "approval", APPROVAL, "error[ledger-key]: ssh-keygen did not");
    refused(&["--id", "Short"], "approval", APPROVAL, "error[ledger-id]: `Short` cannot be");
    refused(&[], "approval", "{}", "`about` is missing in this approval");
    refused(&[], "approval", "[]", "error[usage]");
    refused(&[], "approvel", APPROVAL, "error[usage]");
    refused(&[], "merge", "{\"entries\":1}", "error[usage]");
    refused(&[], "deploy", &DEPLOY.replace("tag", "tga"), "no deploy says `tga`");
    world.is_used_by("bob");
    refused(&[], "approval", APPROVAL, "bob holds none of the roles that may");
    world.git(["config", "--unset", "user.signingkey"]);
    refused(&[], "risk", "{}", "git has no SSH key to sign this entry of the kind `risk`");
    for (email, says) in [("*@example.com", "means something to ssh-keygen"), ("-x@y", "an option")]
    {
        world.git(["config", "user.email", email]);
        refused(&[], "deploy", DEPLOY, says);
    }
    world.git(["config", "--unset", "user.email"]);
    refused(&[], "deploy", DEPLOY, "error[ledger-key]: git does not know who you are");
}

#[test]
fn an_entry_of_an_id_that_is_there_is_not_appended_twice() {
    let world = World::with_ledger();
    let again = || world.append("deploy", DEPLOY, 1, &["--id", "deploy-one"]);
    assert!(again().stdout.contains("deploy-one appended to"));
    assert!(again().stdout.contains("deploy-one is already in"));
    let other = DEPLOY.replace("succeeded", "failed");
    let ran = world.append("deploy", &other, 1, &["--id", "deploy-one"]);
    assert!(ran.stdout.contains("error[ledger-id]: the id `deploy-one` is that"), "{ran:?}");
    assert_eq!(world.append("deploy", &other, 7, &[]).status, 0);
    let ran = world.append("deploy", &other, 1, &[]);
    assert_eq!(ran.status, 1);
    assert!(ran.stdout.contains("error[ledger-clock]: the clock says 2026-03-01T00:01:00Z, but"));
    assert_eq!(world.ledger().len(), 2);
    assert_eq!(world.git(["status", "--porcelain"]), "");
}

/// Signed entries, altered by somebody who can compute roots.
#[test]
fn a_signature_that_does_not_hold_is_reported_by_its_line() {
    let world = World::with_ledger();
    assert_eq!(world.append("deploy", DEPLOY, 1, &[]).status, 0);
    assert_eq!(world.append("approval", APPROVAL, 2, &[]).status, 0);
    let lines = world.ledger();
    let with = |change: &dyn Fn(&str) -> String| {
        let changed = resealed(&change(&lines[1]));
        world.rewrite_ledger(lines[0].clone() + &changed);
        let ran = world.verified(&[]);
        let first = ran.stdout.lines().find(|line| line.starts_with("error")).unwrap_or_default();
        let place = ran.stdout.lines().find(|line| line.contains("-->")).unwrap_or_default();
        format!("{} {}", plain(&world, first), place.trim())
    };
    let unsigned = |line: &str| {
        let (before, rest) = line.split_once("\"signature\":\"").unwrap();
        let (_, after) = rest.split_once('"').unwrap();
        format!("{before}\"signature\":null{after}")
    };
    let reported = [
        with(&|line| line.replace("2222", "3333")),
        with(&|line| line.replace("ana@", "bob@")),
        with(&|line| line.replace("T00:02", "T00:03")),
        with(&|line| line.replace("\"approval\"", "\"exception\"")),
        with(&|line| line.replace("2026-03-01", "2019-03-01")),
        with(&unsigned),
    ];
    expect![[r#"
        error[ledger-signature]: the signature is not of what this entry says --> ledger:2:422
        error[ledger-role]: this approval does not count: bob holds none of the roles that may --> ledger:2:11
        error[ledger-signature]: the signature is not of what this entry says --> ledger:2:422
        error[ledger-kind]: no exception says `about`: it has `rule`, `reason`, `expires_at`, `subject`, `sha`, `tree`, `final` --> ledger:2:73
        error[ledger-signature]: the signature is not of what this entry says --> ledger:2:422
        error[ledger-unsigned]: this approval of ana@example.com is not signed --> ledger:2:421
    "#]].assert_eq(&(reported.join("\n") + "\n"));
    world.rewrite_ledger(lines.concat());
    assert_eq!(world.verified(&[]).status, 0);
}

/// The line with the root that its words have.
pub(crate) fn resealed(line: &str) -> String {
    let (before, rest) = line.split_once(",\"root\":\"").unwrap();
    let after = &rest[65..];
    let bytes = [before, after.trim_end_matches('\n')].concat();
    let root = thrice_ledger::Digest::of(&[&bytes]);
    format!("{before},\"root\":\"{root}\"{after}")
}

#[test]
fn each_result_of_a_deployment_changes_what_the_log_says() {
    let world = World::with_ledger();
    let log = || {
        let ran = world.xtask(["release", "log", "--env", "production"]);
        assert_eq!(ran.status, 0, "{ran:?}");
        ran.stdout
    };
    let mut before = log();
    for (minute, result) in (1..).zip(["succeeded", "failed", "rolled-back"]) {
        let entry = DEPLOY.replace("succeeded", result);
        assert_eq!(world.append("deploy", &entry, minute, &[]).status, 0, "{result}");
        let after = log();
        assert!(after != before && !before.contains(result), "{before}");
        let line = after.lines().find(|line| line.contains(result));
        assert!(line.is_some_and(|line| line.contains("v1.4.0")), "{after}");
        before = after;
    }
}

#[test]
fn without_ssh_keygen_nothing_is_known_of_signatures() {
    let world = World::with_ledger();
    assert_eq!(world.append("approval", APPROVAL, 1, &[]).status, 0);
    let folder = world.root().join("bin");
    std::fs::create_dir(&folder).unwrap();
    let path = std::env::var_os("PATH").unwrap();
    let git = std::env::split_paths(&path).map(|folder| folder.join("git"));
    std::os::unix::fs::symlink(
        git.into_iter().find(|git| git.is_file()).unwrap(),
        folder.join("git"),
    )
    .unwrap();
    let mut command = world.xtask_command(["ledger", "verify"]);
    let ran: crate::support::Ran = command.env("PATH", &folder).output().unwrap().into();
    check(
        &world,
        &ran,
        4,
        &expect![[r#"
            ledger verify: not established (program-missing), exit status 4

            error[program-missing]: there is no ssh-keygen to ask about signatures
              --> ledger:1:422
               = help: install OpenSSH's client

            1 entry of ledger at [HEX]; 0 signatures verified among the new entries
            head: 1 [SHA256]
        "#]],
    );
    let mut command = world.xtask_command(["ledger", "verify", "--no-signatures"]);
    assert!(command.env("PATH", &folder).status().unwrap().success());
}
