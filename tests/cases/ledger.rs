//! `ledger`: what is appended counts, and whatever was done to it is told by its line.

use expect_test::{Expect, expect};

use crate::support::World;
use crate::support::ledgers::{APPROVAL, DEPLOY, LEDGER};

/// What a person sees, without ids, roots and keys, which are new each time.
fn plain(world: &World, text: &str) -> String {
    let text = world.shown(text);
    let of = |pattern: &str| regex::Regex::new(pattern).unwrap();
    let text = of(r"[0-9a-f]{64}").replace_all(&text, "ROOT");
    let text = of(r"2026[0-9]{10}-[0-9a-f]{16}").replace_all(&text, "ID");
    let text = of(r"SHA256:[A-Za-z0-9+/]{43}").replace_all(&text, "SHA256:KEY");
    of(r"base [0-9a-f]{12}").replace_all(&text, "base COMMIT").into_owned()
}

fn check(world: &World, ran: &crate::support::Ran, status: i32, expected: &Expect) {
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

        note[chain-empty]: nothing to check: there is no docs/delivery/ledger.jsonl yet
          --> docs/delivery/ledger.jsonl

        0 entries, 0 of them of the base [HEX]; 0 signatures verified, of the new ones
        head: 0 [SHA256]
    "#]],
    );
    check(
        &world,
        &world.append("approval", APPROVAL, 1, &[]),
        0,
        &expect![[r#"
        ledger append: pass
        ID appended to docs/delivery/ledger.jsonl
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
        2 entries, 0 of them of the base [HEX]; 1 signature verified, of the new ones
        head: 2 [SHA256]
    "#]],
    );
    check(
        &world,
        &world.verified(&["--no-signatures"]),
        0,
        &expect![[r#"
        ledger verify: pass
        2 entries, 0 of them of the base [HEX]; no signature was looked at
        head: 2 [SHA256]
    "#]],
    );
    check(
        &world,
        &world.xtask(["ledger", "show"]),
        0,
        &expect![[r#"
                1  2026-03-01 00:01  approval  ana@example.com  policy [HEX] 2222222…
                2* 2026-03-01 00:02  deploy  bob@example.com  \u{1b}[2Jprod \u{202e}uction…
        "#]],
    );
    let id = "2026[0-9]{10}-[0-9a-f]{16}";
    let id = regex::Regex::new(id).unwrap().find(&world.ledger()[1]).unwrap().as_str().to_owned();
    check(
        &world,
        &world.xtask(["ledger", "show", "--id", &id]),
        0,
        &expect![[r#"
        ID deploy of bob@example.com at [TIME], line 2, not signed
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
        assert_eq!((ran.status, ran.stdout.lines().count()), (0, lines), "{filter:?}: {ran:?}");
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
        assert!(!world.path(LEDGER).exists(), "{says}");
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
    refused(&[], "risk", "{}", "policy demands a signature for each risk, and there is no key");
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
    let ran = world.append("deploy", &other, 0, &[]);
    assert_eq!(ran.status, 1);
    assert!(ran.stdout.contains("error[ledger-clock]: the clock says 2026-03-01T00:00:00Z, but"));
    assert_eq!(world.ledger().len(), 1);
    assert_eq!(world.git(["status", "--porcelain"]), "?? docs/\n");
}

/// Signed entries, altered by somebody who can compute roots.
#[test]
fn a_signature_that_does_not_hold_is_told_by_its_line() {
    let world = World::with_ledger();
    assert_eq!(world.append("deploy", DEPLOY, 1, &[]).status, 0);
    assert_eq!(world.append("approval", APPROVAL, 2, &[]).status, 0);
    let lines = world.ledger();
    let with = |change: &dyn Fn(&str) -> String| {
        let changed = resealed(&change(&lines[1]));
        world.write(LEDGER, lines[0].clone() + &changed);
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
    let told = [
        with(&str::to_owned),
        with(&|line| line.replace("2222", "3333")),
        with(&|line| line.replace("ana@", "bob@")),
        with(&|line| line.replace("T00:02", "T00:03")),
        with(&|line| line.replace("\"approval\"", "\"exception\"")),
        with(&|line| line.replace("2026-03-01", "2019-03-01")),
        with(&unsigned),
    ];
    expect![[r#"
 
        error[ledger-signature]: the signature is not of what this entry says --> docs/delivery/ledger.jsonl:2:422
        error[ledger-role]: this approval does not count: bob holds none of the roles that may --> docs/delivery/ledger.jsonl:2:11
        error[ledger-signature]: the signature is not of what this entry says --> docs/delivery/ledger.jsonl:2:422
        error[ledger-kind]: no exception says `about`: it has `rule`, `reason`, `expires_at`, `subject`, `sha`, `tree`, `final` --> docs/delivery/ledger.jsonl:2:73
        error[ledger-time]: time runs backwards: [TIME] is before [TIME], which an entry above it has --> docs/delivery/ledger.jsonl:2:42
        error[ledger-unsigned]: this approval of ana@example.com is not signed --> docs/delivery/ledger.jsonl:2:421
    "#]].assert_eq(&(told.join("\n") + "\n"));
    world.write(LEDGER, lines.concat());
    assert_eq!(world.verified(&[]).status, 0);
}

/// The line with the root that its words have.
fn resealed(line: &str) -> String {
    let (before, rest) = line.split_once(",\"root\":\"").unwrap();
    let after = &rest[65..];
    let bytes = [before, after.trim_end_matches('\n')].concat();
    let root = xtask::ledger::Digest::of(&[&bytes]);
    format!("{before},\"root\":\"{root}\"{after}")
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
          --> docs/delivery/ledger.jsonl:1:422
           = help: install OpenSSH's client

        1 entry, 0 of them of the base [HEX]; 0 signatures verified, of the new ones
        head: 1 [SHA256]
    "#]],
    );
    let mut command = world.xtask_command(["ledger", "verify", "--no-signatures"]);
    assert!(command.env("PATH", &folder).status().unwrap().success());
}

#[test]
fn the_base_is_where_the_ledger_begins() {
    let world = World::with_ledger();
    for minute in 1..4 {
        assert_eq!(world.append("deploy", DEPLOY, minute, &[]).status, 0);
    }
    world.commit("three decisions");
    world.git(["branch", "--force", "main", "HEAD"]);
    assert_eq!(world.append("approval", APPROVAL, 4, &[]).status, 0);
    let lines = world.ledger();
    check(
        &world,
        &world.verified(&[]),
        0,
        &expect![[r#"
        ledger verify: pass
        4 entries, 3 of them of the base [HEX]; 1 signature verified, of the new ones
        head: 4 [SHA256]
    "#]],
    );
    check(
        &world,
        &world.verified(&["--base", "main~1", "--all-signatures"]),
        0,
        &expect![[r#"
        ledger verify: pass
        4 entries, 0 of them of the base [HEX]; 1 signature verified, of all
        head: 4 [SHA256]
    "#]],
    );
    // The second entry says other words, and the rest is chained to it anew.
    let mut before = String::new();
    let mut forged = String::new();
    for line in &lines {
        let line = line.replace("v1.4.0", "v6.6.6");
        let line = match before.as_str() {
            "" => line,
            root => {
                let (head, rest) = line.split_once("\"prev_root\":\"").unwrap();
                format!("{head}\"prev_root\":\"{root}{}", &rest[64..])
            }
        };
        let line = resealed(&line);
        before = line.split_once(",\"root\":\"").unwrap().1[..64].to_owned();
        forged.push_str(&line);
    }
    world.write(LEDGER, forged);
    check(
        &world,
        &world.verified(&[]),
        1,
        &expect![[r#"
        ledger verify: fail (ledger-prefix), exit status 1

        error[ledger-prefix]: this line differs from the one that the base has
          --> docs/delivery/ledger.jsonl:1:177
           = help: restore all lines of the base as they are; new entries stand after them, by `ledger merge`

        4 entries, 0 of them of the base [HEX]; 1 signature verified, of the new ones
        head: 4 [SHA256]
    "#]],
    );
    world.write(LEDGER, lines[..2].concat());
    check(
        &world,
        &world.verified(&[]),
        1,
        &expect![[r#"
            ledger verify: fail (ledger-prefix), exit status 1

            error[ledger-prefix]: the base's ledger has 3 entries, and this one ends after 2
              --> docs/delivery/ledger.jsonl:2:1
               = help: restore the ledger of the base, then append

            2 entries, 2 of them of the base [HEX]; 0 signatures verified, of the new ones
            head: 2 [SHA256]
        "#]],
    );
    std::fs::remove_file(world.path(LEDGER)).unwrap();
    check(
        &world,
        &world.verified(&[]),
        1,
        &expect![[r#"
            ledger verify: fail (ledger-prefix), exit status 1

            error[ledger-prefix]: the base's ledger has 3 entries, and this one ends after 0
              --> docs/delivery/ledger.jsonl
               = help: restore the ledger of the base, then append

            0 entries, 0 of them of the base [HEX]; 0 signatures verified, of the new ones
            head: 0 [SHA256]
        "#]],
    );
    let outside = world.root().join("elsewhere");
    std::fs::write(&outside, lines.concat()).unwrap();
    std::os::unix::fs::symlink(&outside, world.path(LEDGER)).unwrap();
    check(
        &world,
        &world.verified(&[]),
        1,
        &expect![[r#"
        ledger verify: fail (ledger-path), exit status 1

        error[ledger-path]: docs/delivery/ledger.jsonl is, or lies behind, a symbolic link
          --> docs/delivery/ledger.jsonl
           = help: make it a plain file in the repository

    "#]],
    );
    let ran = world.append("deploy", DEPLOY, 9, &[]);
    assert!(ran.status == 1 && ran.stdout.contains("error[ledger-path]"), "{ran:?}");
    assert_eq!(std::fs::read_to_string(outside).unwrap(), lines.concat());
}

/// What a patch says of keys and rules is not what its own entries are judged by.
#[test]
fn keys_and_rules_are_those_of_the_base() {
    let world = World::with_ledger();
    assert_eq!(world.append("approval", APPROVAL, 1, &[]).status, 0);
    let lines = world.ledger();
    let public = std::fs::read_to_string(world.key("foreign").with_extension("pub")).unwrap();
    world.write("policy/allowed_signers", format!("ana@example.com {public}"));
    world.write("policy/ledger.toml", "[kinds.approval]\nsigned = false\n");
    world.commit("other keys and other rules");
    let ran = world.verified(&[]);
    assert!(ran.status == 0 && ran.stdout.contains("1 signature verified"), "{ran:?}");
    let key = world.key("foreign").to_str().unwrap().to_owned();
    let ran = world.append("approval", APPROVAL, 2, &["--key", &key]);
    assert!(ran.status == 1 && ran.stdout.contains("error[ledger-signer]"), "{ran:?}");
    let (before, rest) = lines[0].split_once("\"signature\":\"").unwrap();
    let (_, after) = rest.split_once('"').unwrap();
    world.write(LEDGER, resealed(&format!("{before}\"signature\":null{after}")));
    let ran = world.verified(&[]);
    assert!(ran.status == 1 && ran.stdout.contains("error[ledger-unsigned]"), "{ran:?}");
    world.commit("an unsigned approval");
    let ran = world.xtask(["gates", "run", "T7"]);
    assert!(ran.status == 20 && ran.stdout.contains("error[ledger-unsigned]"), "{ran:?}");
}

#[test]
fn the_gate_leaves_the_line_in_its_evidence() {
    let world = World::with_ledger();
    let gate = |status: i32| {
        world.commit("a patch");
        let ran = world.xtask(["gates", "run", "T7"]);
        assert_eq!(ran.status, status, "{ran:?}");
        world.json("out/evidence/T7_chain/chain.json")
    };
    let none = gate(0);
    assert_eq!((&none["entries"], &none["present"]), (&0.into(), &false.into()));
    assert_eq!(world.append("approval", APPROVAL, 1, &[]).status, 0);
    let good = gate(0);
    assert_eq!((&good["entries"], &good["signatures_verified"]), (&1.into(), &1.into()));
    assert_eq!(good["details"], serde_json::json!([]));
    let text = world.read(LEDGER);
    world.write(LEDGER, text.replace("2222", "3333"));
    let told = gate(20)["details"].to_string();
    let told = told.replace("ledger-signature", "SIGNATURE");
    expect![[r#"[{"code":"ledger-root","file":"docs/delivery/ledger.jsonl","line":1,"column":343,"message":"the words of this line are not those of its root"},{"code":"SIGNATURE","file":"docs/delivery/ledger.jsonl","line":1,"column":422,"message":"the signature is not of what this entry says"}]"#]].assert_eq(&told);
    // Where the file in the working tree is another, the commit's counts.
    world.write(LEDGER, &text);
    assert_eq!(world.xtask(["gates", "run", "T7"]).status, 20);
    world.git(["rm", "--quiet", "--cached", LEDGER]);
    std::fs::remove_file(world.path(LEDGER)).unwrap();
    world.git(["branch", "--force", "main", "HEAD"]);
    assert_eq!(gate(20)["details"][0]["code"], "ledger-prefix");
}
