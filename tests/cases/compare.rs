//! `compare`: why runs differ.

use expect_test::expect;
use regex::Regex;
use serde_json::Value;

use crate::support::{Ran, World};

/// A review whose two runs differ in a text, a JSON file, a tar archive and bytes.
fn differing() -> World {
    let script = r#"n=$(basename $(dirname $PWD))
cd $EVIDENCE_DIR
printf 'same\nrun %s\nsame\n' $n > log.txt
printf '{"a": 1, "b": {"c": [1, %s]}}\n' $n > data.json
printf '\000\001\00%s' $n > bytes.bin
test $n = 1 || echo x > only.txt
mkdir t; echo $n > t/inner.txt
tar --mtime=@0 --owner=0 --group=0 --numeric-owner --format=ustar -cf archive.tar t; rm -r t"#;
    let world = World::with_script(script);
    let ran = world.xtask(["orr", "--runs", "3"]);
    assert_eq!(ran.status, 30, "{ran:?}");
    world
}

/// What people see, without digests, which depend on this machine's tar.
fn shown(world: &World, text: &str) -> String {
    let digest = Regex::new("\"[0-9a-f]{40,}…").unwrap();
    world.shown(&digest.replace_all(text, "\"[DIGEST]…"))
}

#[test]
fn two_runs_of_the_last_review() {
    let world = differing();
    let ran = world.xtask(["compare", "1", "2"]);
    assert_eq!(ran.status, 30);
    expect![[r#"
        compare: fail (CEC-30), exit status 30

        error[CEC-30]: evidence/T4_tests/archive.tar: entry `t/inner.txt`: line 1: "1" / "2"
          --> evidence/T4_tests/archive.tar
           = help: `cargo xtask explain T6` has the usual causes

        error[CEC-30]: evidence/T4_tests/bytes.bin: byte 3: 31 / 32 (4 and 4 bytes)
          --> evidence/T4_tests/bytes.bin
           = help: `cargo xtask explain T6` has the usual causes

        error[CEC-30]: evidence/T4_tests/data.json: $.b.c[1]: 1 / 2
          --> evidence/T4_tests/data.json
           = help: `cargo xtask explain T6` has the usual causes

        error[CEC-30]: evidence/T4_tests/log.txt: line 2: "run 1" / "run 2"
          --> evidence/T4_tests/log.txt
           = help: `cargo xtask explain T6` has the usual causes

        error[CEC-30]: evidence/T4_tests/only.txt: only on the right
          --> evidence/T4_tests/only.txt
           = help: `cargo xtask explain T6` has the usual causes

        1 and 2: 8 files of 8 differ
          MANIFEST.json follows
          SHA256SUMS follows
          scorecards/demo.json follows

        evidence/T4_tests/log.txt
        @@ -1,3 +1,3 @@
         same
        -run 1
        +run 2
         same
    "#]]
    .assert_eq(&shown(&world, &ran.stdout));
}

#[test]
fn the_same_for_programs() {
    let world = differing();
    let ran = world.xtask(["compare", "1", "2", "--format", "json"]);
    assert_eq!(ran.status, 30);
    let said: Value = serde_json::from_str(&ran.stdout).unwrap();
    let [comparison] = said["data"]["comparisons"].as_array().unwrap().as_slice() else {
        panic!("{said}")
    };
    assert_eq!(comparison["equal"], false);
    assert_eq!(comparison["same_bytes"], false);
    let kinds: Vec<_> = comparison["differences"]
        .as_array()
        .unwrap()
        .iter()
        .map(|entry| {
            let path = entry["path"].as_str().unwrap();
            (path.rsplit('/').next().unwrap(), entry["difference"]["kind"].as_str().unwrap())
        })
        .collect();
    let [gate @ .., sums, manifest, scorecard] = kinds.as_slice() else { panic!("{kinds:?}") };
    assert_eq!(
        gate,
        [
            ("archive.tar", "archive"),
            ("bytes.bin", "bytes"),
            ("data.json", "json"),
            ("log.txt", "text"),
            ("only.txt", "only-right"),
        ]
    );
    let mut rest = [sums.0, manifest.0, scorecard.0];
    rest.sort_unstable();
    assert_eq!(rest, ["MANIFEST.json", "SHA256SUMS", "demo.json"]);
    let json = &comparison["differences"][2]["difference"];
    assert_eq!((&json["path"], &json["left"]), (&"$.b.c[1]".into(), &"1".into()));
}

#[test]
fn every_run_is_compared_with_the_first() {
    let world = differing();
    let ran = world.xtask(["compare", "2", "1", "3", "--format", "json"]);
    assert_eq!(ran.status, 30);
    let said: Value = serde_json::from_str(&ran.stdout).unwrap();
    let pairs: Vec<_> = said["data"]["comparisons"]
        .as_array()
        .unwrap()
        .iter()
        .map(|pair| (pair["left"].as_str().unwrap(), pair["right"].as_str().unwrap()))
        .collect();
    assert_eq!(pairs, [("2", "1"), ("2", "3")]);
}

fn equal() -> World {
    let world = World::with_script("echo x > $EVIDENCE_DIR/x");
    assert_eq!(world.xtask(["orr", "--runs", "2"]).status, 0);
    world
}

fn said(ran: &Ran) -> (i32, &str) {
    (ran.status, &ran.stdout)
}

#[test]
fn equal_runs_are_the_same_bytes() {
    let world = equal();
    let ran = world.xtask(["compare", "1", "2"]);
    assert_eq!(said(&ran), (0, "compare: pass\n1 and 2 are the same bytes\n"));
}

#[test]
fn folders_and_archives_compare_with_each_other() {
    let world = equal();
    let (left, right) = ("out/runs/1/evidence", "out/runs/2/evidence");
    let ran = world.xtask(["compare", left, right]);
    let same = format!("compare: pass\n{left} and {right} have the same content\n");
    assert_eq!(said(&ran), (0, same.as_str()));

    world.write("out/runs/2/evidence/T4_tests/x", "y\n");
    let ran = world.xtask(["compare", left, right]);
    assert_eq!(ran.status, 30);
    expect![[r#"
        compare: fail (CEC-30), exit status 30

        error[CEC-30]: T4_tests/x: line 1: "x" / "y"
          --> T4_tests/x
           = help: `cargo xtask explain T6` has the usual causes

        out/runs/1/evidence and out/runs/2/evidence: 1 file of 2 differ

        T4_tests/x
        @@ -1 +1 @@
        -x
        +y
    "#]]
    .assert_eq(&ran.stdout);

    // An archive and what it was unpacked to.
    let (zip, folder) = ("out/demo-evidence.zip", "../unpacked");
    let mut unpack = world.command("python3");
    unpack.args(["-m", "zipfile", "--extract", zip, folder]);
    assert_eq!(Ran::from(unpack.output().unwrap()).status, 0);
    let ran = world.xtask(["compare", zip, folder]);
    let same = format!("compare: pass\n{zip} and {folder} have the same content\n");
    assert_eq!(said(&ran), (0, same.as_str()));

    // The same content, packed by another packer.
    let mut pack = world.command("python3");
    pack.current_dir(world.root().join("unpacked"));
    let script = "import os, sys, zipfile\n\
        with zipfile.ZipFile('../other.zip', 'w') as archive:\n\
        \u{20}for folder, _, names in os.walk('.'):\n\
        \u{20}\u{20}for name in names: archive.write(os.path.join(folder, name))";
    pack.args(["-c", script]);
    assert_eq!(Ran::from(pack.output().unwrap()).status, 0);
    let ran = world.xtask(["compare", zip, "../other.zip"]);
    let same =
        format!("compare: pass\n{zip} and ../other.zip have the same content, packed otherwise\n");
    assert_eq!(said(&ran), (0, same.as_str()));
}

#[test]
fn links_and_pipes_in_a_folder_are_reported_and_not_followed() {
    let world = equal();
    for (folder, target) in [("a", "one"), ("b", "two")] {
        world.write(&format!("out/{folder}/file"), "x");
        std::os::unix::fs::symlink(target, world.path(format!("out/{folder}/link"))).unwrap();
    }
    let ran = world.xtask(["compare", "out/a", "out/b"]);
    assert_eq!(ran.status, 4, "{ran:?}");
    assert_eq!(ran.stdout.matches("error[not-established]").count(), 2, "{}", ran.stdout);
    assert!(ran.stdout.contains("`link` is a link or a special file"), "{}", ran.stdout);
}

#[test]
fn what_is_not_there_is_not_established() {
    let world = equal();
    let ran = world.xtask(["compare", "1", "7", "no-such.zip"]);
    assert_eq!(ran.status, 4);
    expect![[r#"
        compare: not established (not-established), exit status 4

        error[not-established]: run 7 cannot be read: there is no [WORLD]/repo/out/runs/7/demo-evidence.zip
           = help: give a run's number, a ZIP or a folder; `cargo xtask orr --keep-going` makes every run

        error[not-established]: run no-such.zip cannot be read: there is no no-such.zip
           = help: give a run's number, a ZIP or a folder; `cargo xtask orr --keep-going` makes every run

    "#]].assert_eq(&world.shown(&ran.stdout));
    world.write("no.zip", "this is no archive");
    let ran = world.xtask(["compare", "1", "no.zip"]);
    assert_eq!(ran.status, 4);
    assert!(ran.stdout.contains("run no.zip cannot be read: "), "{}", ran.stdout);
}

#[test]
fn escapes_in_evidence_are_shown_and_not_sent() {
    let world = World::with_script("printf 'a\\033[31m %s\\n' $PWD > $EVIDENCE_DIR/x");
    assert_eq!(world.xtask(["orr", "--runs", "2"]).status, 30);
    let ran = world.xtask(["compare", "1", "2"]);
    assert!(!ran.stdout.contains('\u{1b}'), "{:?}", ran.stdout);
    assert!(ran.stdout.contains("[31m"), "{}", ran.stdout);
    assert!(ran.stdout.contains("(looks like a path of the run)"), "{}", ran.stdout);
}
