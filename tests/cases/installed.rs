//! What is fetched once is installed into each checkout, offline, and into nothing else.

use std::io::Write;

use crate::support::{Ran, World, gate};

/// A policy whose gate needs what `install` leaves.
fn world(prepare: &str, install: &str, script: &str) -> World {
    let world = World::with_gates(&format!(
        "stagger = \"0 s\"\nprepare = {prepare}\ninstall = {install}\n{}",
        gate("T4", "tests", script)
    ));
    world.write(".gitignore", "/installed\n/site\n");
    world.commit("ignore what is installed");
    world
}

#[test]
fn a_review_installs_into_its_checkouts_and_leaves_the_working_tree_alone() {
    let world = world(
        r#"["sh", "-c", "echo fetched > $STORE/thing; touch fetched-here"]"#,
        r#"["sh", "-c", "cp $STORE/thing installed; echo $http_proxy >> installed"]"#,
        "cat installed > $EVIDENCE_DIR/installed",
    );
    let before = world.git(["status", "--porcelain", "--ignored"]);
    let ran = world.xtask(["orr"]);
    assert_eq!(ran.status, 0, "{ran:?}");
    assert_eq!(world.read("out/evidence/T4_tests/installed"), "fetched\nhttp://127.0.0.1:9\n");
    let after = world.git(["status", "--porcelain", "--ignored"]);
    assert_eq!(after.replace("!! out/\n", ""), before);

    // `gates run` judges the working tree, so it installs there.
    let alone = world.xtask(["gates", "run", "T4"]);
    assert_eq!(alone.status, 0, "{alone:?}");
    assert!(world.path("installed").is_file());
}

/// Packages that take their version from git's tags are built where there are some.
#[test]
fn what_is_fetched_can_ask_for_the_history() {
    let prepare = r#"["sh", "-c", "git describe --tags > $STORE/version"]"#;
    let install = r#"["sh", "-c", "cp $STORE/version installed"]"#;
    let world = world(prepare, install, "cat installed > $EVIDENCE_DIR/installed");
    world.git(["tag", "v1.2.3"]);
    let ran = world.xtask(["orr"]);
    assert_eq!(ran.status, 0, "{ran:?}");
    assert_eq!(world.read("out/evidence/T4_tests/installed"), "v1.2.3\n");
}

/// Each row: the gate, and whether it waits for packages, which cannot be had here.
#[test]
fn a_built_in_gate_alone_waits_for_no_package() {
    let world = world(r#"["true"]"#, r#"["false"]"#, "echo x > $EVIDENCE_DIR/x");
    let gates = world.read("policy/gates.toml");
    let built_in = "[[gates]]\nid = \"T7\"\nname = \"chain\"\nbuiltin = \"chain\"\n";
    let of_chain = "[chain]\nledger = \"ledger.jsonl\"\nempty = \"allowed\"\n";
    world.write("policy/gates.toml", format!("{gates}{built_in}{of_chain}"));
    world.commit("look at the ledger");
    for (gate, status, waits) in [("T7", 0, false), ("T4", 4, true)] {
        let ran = world.xtask(["gates", "run", gate]);
        assert_eq!(ran.status, status, "{ran:?}");
        assert_eq!(ran.stderr.contains("once for all runs: true"), waits, "{ran:?}");
    }
}

#[test]
fn what_cannot_be_installed_is_said_with_its_log() {
    let world = world(
        r#"["true"]"#,
        r#"["sh", "-c", "echo no such package; exit 3"]"#,
        "echo x > $EVIDENCE_DIR/x",
    );
    let ran = world.xtask(["orr"]);
    assert_ne!(ran.status, 0);
    let said = world.shown(&ran.stdout);
    assert!(
        said.contains("cannot be installed: `sh -c 'echo no such package; exit 3'` failed"),
        "{said}"
    );
    assert!(said.contains("logs/install.log; its last line: no such package"), "{said}");
}

/// It may be why a command failed.
#[test]
fn what_nobody_approved_to_be_seen_is_said_where_fetching_fails() {
    let world = world(r#"["false"]"#, r#"["true"]"#, "echo x > $EVIDENCE_DIR/x");
    world.git(["checkout", "-q", "-b", "feature"]);
    let gates = world.read("policy/gates.toml");
    let keep = "[environment]\nkeep = [\"MIRROR\"]\nreasons.MIRROR = \"a mirror\"\n";
    world.write("policy/gates.toml", gates.replacen("[[gates]]", &format!("{keep}[[gates]]"), 1));
    world.commit("name the mirror");
    let ran = world.xtask(["orr"]);
    assert_eq!(ran.status, 4, "{ran:?}");
    for said in ["`false` failed", "gates don't see MIRROR: the default branch's policy"] {
        assert!(ran.stdout.contains(said), "{ran:?}");
    }
}

/// A package of Python as its registry has it.
fn wheel(folder: &std::path::Path) {
    let mut zip = zip::ZipWriter::new(
        std::fs::File::create(folder.join("leaf-1.0-py3-none-any.whl")).unwrap(),
    );
    for (name, text) in [
        ("leaf.py", "MADE = 7\n"),
        ("leaf-1.0.dist-info/METADATA", "Metadata-Version: 2.1\nName: leaf\nVersion: 1.0\n"),
        (
            "leaf-1.0.dist-info/WHEEL",
            "Wheel-Version: 1.0\nGenerator: test\nRoot-Is-Purelib: true\nTag: py3-none-any\n",
        ),
        ("leaf-1.0.dist-info/RECORD", ""),
    ] {
        zip.start_file(name, zip::write::SimpleFileOptions::default()).unwrap();
        zip.write_all(text.as_bytes()).unwrap();
    }
    zip.finish().unwrap();
}

#[test]
fn pip_installs_from_what_it_downloaded_once() {
    let world = World::new();
    let registry = world.root().join("registry");
    std::fs::create_dir(&registry).unwrap();
    wheel(&registry);
    world.write("requirements.txt", "leaf==1.0\n");
    world.write(".gitignore", "/site\n");
    world.write("policy/programme.toml", crate::support::PROGRAMME);
    let prepare = format!(
        r#"["python3", "-m", "pip", "download", "--no-index", "--find-links", "{}", "-r", "requirements.txt"]"#,
        registry.display()
    );
    world.write(
        "policy/gates.toml",
        format!(
            "stagger = \"0 s\"\nprepare = {prepare}\ninstall = [\"python3\", \"-m\", \"pip\", \
             \"install\", \"--quiet\", \"--target\", \"site\", \"-r\", \"requirements.txt\"]\n{}",
            gate(
                "T4",
                "tests",
                "PYTHONPATH=site python3 -c 'import leaf; print(leaf.MADE)' > $EVIDENCE_DIR/made"
            )
        ),
    );
    world.commit("all");
    let ran: Ran = world.xtask(["orr", "--runs", "2"]);
    assert_eq!(ran.status, 0, "{ran:?}");
    assert_eq!(world.read("out/evidence/T4_tests/made"), "7\n");
    assert!(!world.path("site").exists());
    // The registry is gone, and nothing asks for it.
    std::fs::remove_dir_all(&registry).unwrap();
    world.write(
        "policy/gates.toml",
        world.read("policy/gates.toml").replace(&prepare, "[\"true\"]"),
    );
    world.commit("fetched already");
    let again: Ran = world.xtask(["orr", "--runs", "2"]);
    assert_eq!(again.status, 0, "{again:?}");
}
