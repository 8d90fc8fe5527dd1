//! The ledger of the base: what was merged stays, and its rules and keys are those that
//! count, at the desk as in gate T7.

use expect_test::expect;

use super::ledger::{check, resealed};
use crate::support::World;
use crate::support::ledgers::{APPROVAL, DEPLOY, LEDGER};

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
    assert!(ran.status == 20 && ran.stdout.contains("ledger-unsigned"), "{ran:?}");
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
    // Nor does it help to name another file.
    let gates = world.read("policy/gates.toml");
    world.write("policy/gates.toml", gates.replace("docs/delivery", "docs"));
    let told = gate(20);
    assert_eq!(
        (&told["ledger"], &told["details"][0]["code"]),
        (&LEDGER.into(), &"ledger-prefix".into())
    );
}
