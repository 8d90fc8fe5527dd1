//! What was seen of the ledger stays, and the rules and keys of the base are those that
//! count, for the ledger as in gate T7.

use expect_test::expect;

use super::ledger::{check, resealed};
use crate::support::World;
use crate::support::ledgers::{APPROVAL, CHAIN, DEPLOY};

/// What a clone has seen of the ledger, it goes on having: whoever can push may cut the
/// branch, rewrite it or delete it, and each clone that has seen more says so.
#[test]
fn a_ledger_goes_on_from_what_was_seen() {
    let world = World::with_ledger();
    for minute in 1..4 {
        assert_eq!(world.append("deploy", DEPLOY, minute, &[]).status, 0);
    }
    let three = world.ledger_tip().unwrap();
    assert_eq!(world.verified(&[]).status, 0);
    assert_eq!(world.append("approval", APPROVAL, 4, &[]).status, 0);
    let lines = world.ledger();
    check(
        &world,
        &world.verified(&[]),
        0,
        &expect![[r#"
            ledger verify: pass
            4 entries of ledger at [HEX], 3 of them verified at [HEX]; 1 signature verified among the new entries
            head: 4 [SHA256]
        "#]],
    );
    check(
        &world,
        &world.verified(&["--base", &format!("{three}~2"), "--all-signatures"]),
        0,
        &expect![[r#"
            ledger verify: pass
            4 entries of ledger at [HEX], 1 of them verified at [HEX]; 1 signature verified among all entries
            head: 4 [SHA256]
        "#]],
    );
    let four = world.ledger_tip().unwrap();
    world.place_ledger(&three);
    check(
        &world,
        &world.verified(&[]),
        1,
        &expect![[r#"
        ledger verify: fail (ledger-descent), exit status 1

        error[ledger-descent]: the end of the ledger was cut off: `ledger` is back at [HEX]; it was seen at [HEX]
          --> ledger
           = help: `git update-ref refs/heads/ledger [COMMIT]` restores it

    "#]],
    );
    world.place_ledger(&four);
    assert_eq!(world.verified(&[]).status, 0);
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
    let seen = world.git(["rev-parse", "refs/thrice/ledger/seen"]);
    world.rewrite_ledger(forged);
    // Who has seen nothing yet can say nothing: the chain of unsigned entries holds.
    assert_eq!(world.verified(&[]).status, 0);
    world.git(["update-ref", "refs/thrice/ledger/seen", seen.trim()]);
    check(
        &world,
        &world.verified(&[]),
        1,
        &expect![[r#"
        ledger verify: fail (ledger-descent), exit status 1

        error[ledger-descent]: the ledger was rewritten as a whole: `ledger` is at [HEX]; it was seen at [HEX]
          --> ledger
           = help: `git update-ref refs/heads/ledger [COMMIT]` restores it

    "#]],
    );
    let ran = world.append("deploy", DEPLOY, 9, &[]);
    assert!(ran.status == 1 && ran.stdout.contains("error[ledger-descent]"), "{ran:?}");
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
    let unsigned = resealed(&format!("{before}\"signature\":null{after}"));
    world.rewrite_ledger(&unsigned);
    let ran = world.verified(&[]);
    assert!(ran.status == 1 && ran.stdout.contains("error[ledger-unsigned]"), "{ran:?}");
    world.write(CHAIN, unsigned);
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
    world.write(CHAIN, world.ledger().concat());
    let good = gate(0);
    assert_eq!((&good["entries"], &good["signatures_verified"]), (&1.into(), &1.into()));
    assert_eq!(good["details"], serde_json::json!([]));
    let text = world.read(CHAIN);
    world.write(CHAIN, text.replace("2222", "3333"));
    let reported = gate(20)["details"].to_string();
    let reported = reported.replace("ledger-signature", "SIGNATURE");
    expect![[r#"[{"code":"ledger-root","file":"docs/delivery/ledger.jsonl","line":1,"column":343,"message":"the words of this line are not those of its root"},{"code":"SIGNATURE","file":"docs/delivery/ledger.jsonl","line":1,"column":422,"message":"the signature is not of what this entry says"}]"#]].assert_eq(&reported);
    // Where the file in the working tree is another, the commit's counts.
    world.write(CHAIN, &text);
    assert_eq!(world.xtask(["gates", "run", "T7"]).status, 20);
    world.git(["rm", "--quiet", "--cached", CHAIN]);
    std::fs::remove_file(world.path(CHAIN)).unwrap();
    world.git(["branch", "--force", "main", "HEAD"]);
    assert_eq!(gate(20)["details"][0]["code"], "ledger-prefix");
    // Nor does it help to name another file.
    let gates = world.read("policy/gates.toml");
    world.write("policy/gates.toml", gates.replace("docs/delivery", "docs"));
    let reported = gate(20);
    assert_eq!(
        (&reported["ledger"], &reported["details"][0]["code"]),
        (&CHAIN.into(), &"ledger-prefix".into())
    );
}
