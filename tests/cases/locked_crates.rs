//! The locked crates of others are compiled once for all runs; the repository's own crates by
//! each.

use serde_json::{Value, json};

use crate::support::reviews::journal;
use crate::support::{PROGRAMME, Ran, World};

/// A package of a folder that stands for a registry: its build script writes a source.
const LEAF: [(&str, &str); 4] = [
    (
        "Cargo.toml",
        "[package]\nname = \"leaf\"\nversion = \"1.0.0\"\nedition = \"2021\"\nbuild = \"build.rs\"\n",
    ),
    (
        "build.rs",
        "fn main() {\n    let out = std::env::var(\"OUT_DIR\").unwrap();\n    \
         std::fs::write(out + \"/written.rs\", \"pub const MADE: u32 = 7;\").unwrap();\n    \
         println!(\"cargo::rerun-if-changed=build.rs\");\n}\n",
    ),
    ("src/lib.rs", "include!(concat!(env!(\"OUT_DIR\"), \"/written.rs\"));\n"),
    (".cargo-checksum.json", "{\"files\":{}}"),
];

/// A workspace with a member, a package beside it that is no member, and a locked crate.
const OWN: [(&str, &str); 5] = [
    (
        "Cargo.toml",
        "[workspace]\nexclude = [\"beside\"]\n\n[package]\nname = \"own\"\nversion = \"0.1.0\"\n\
         edition = \"2024\"\n\n[dependencies]\nleaf = \"1\"\nbeside = { path = \"beside\" }\n",
    ),
    ("src/lib.rs", "#[test]\nfn it() {\n    assert_eq!(leaf::MADE + beside::one(), 8);\n}\n"),
    (
        "beside/Cargo.toml",
        "[package]\nname = \"beside\"\nversion = \"0.1.0\"\nedition = \"2024\"\n",
    ),
    ("beside/src/lib.rs", "pub fn one() -> u32 {\n    1\n}\n"),
    (".gitignore", "target/\nout/\n"),
];

fn world(locked_crates: &str) -> World {
    let world = World::new();
    let vendor = world.root().join("vendor");
    for (path, text) in LEAF {
        let path = vendor.join("leaf").join(path);
        std::fs::create_dir_all(path.parent().unwrap()).unwrap();
        std::fs::write(path, text).unwrap();
    }
    for (path, text) in OWN {
        world.write(path, text);
    }
    world.write(
        ".cargo/config.toml",
        format!(
            "[source.crates-io]\nreplace-with = \"vendored\"\n\n[source.vendored]\ndirectory = {:?}\n",
            vendor.display().to_string()
        ),
    );
    world.write("policy/programme.toml", PROGRAMME);
    policy(&world, locked_crates);
    std::fs::create_dir(world.home().join(".cargo")).unwrap();
    let mut lock = world.command("cargo");
    toolchain(&mut lock);
    let locked = Ran::from(lock.args(["generate-lockfile", "--offline"]).output().unwrap());
    assert_eq!(locked.status, 0, "{locked:?}");
    world.commit("all");
    world
}

fn policy(world: &World, locked_crates: &str) {
    world.write(
        "policy/gates.toml",
        format!(
            "stagger = \"0 s\"\n{locked_crates}\n\n[environment]\n\
             keep = [\"CARGO_HOME\", \"RUSTUP_HOME\", \"RUSTUP_TOOLCHAIN\"]\n\n\
             [[gates]]\nid = \"T1\"\nname = \"lint\"\nrun = [\"cargo\", \"check\", \"--locked\"]\n\
             evidence = [\"out/evidence/T1_lint/gate.json\"]\n\n\
             [[gates]]\nid = \"T4\"\nname = \"tests\"\nneeds = [\"T1\"]\n\
             run = [\"cargo\", \"test\", \"--locked\"]\ntests.reader = \"cargo-test\"\n"
        ),
    );
}

/// The machine's own toolchain, wherever rustup keeps it.
fn toolchain(command: &mut std::process::Command) {
    let home = std::env::var_os("HOME").unwrap_or_default();
    let rustup = std::path::Path::new(&home).join(".rustup").into_os_string();
    command.env("RUSTUP_HOME", std::env::var_os("RUSTUP_HOME").unwrap_or(rustup));
    if let Some(toolchain) = std::env::var_os("RUSTUP_TOOLCHAIN") {
        command.env("RUSTUP_TOOLCHAIN", toolchain);
    }
}

/// A rehearsal of two runs; which crates each run's gate compiled.
fn reviewed(world: &World, gate: &str) -> Vec<Vec<&'static str>> {
    let ran = typed(world, &["orr", "--runs", "2", "--vary", "none"]);
    assert_eq!(ran.status, 0, "{ran:?}");
    [1, 2].map(|run| compiled(&world.read(&format!("out/runs/{run}/logs/{gate}.log")))).into()
}

fn typed(world: &World, words: &[&str]) -> Ran {
    let mut command = world.xtask_command(words.iter().copied());
    toolchain(&mut command);
    Ran::from(command.output().unwrap())
}

/// The crates that a log says were compiled.
fn compiled(log: &str) -> Vec<&'static str> {
    let is_compiled = |name: &&str| {
        ["Compiling", "Checking"].iter().any(|verb| log.contains(&format!("{verb} {name} v")))
    };
    ["leaf", "beside", "own"].into_iter().filter(is_compiled).collect()
}

#[test]
fn without_a_lock_what_was_fetched_is_compiled_once() {
    let world = world("");
    let gates = world.read("policy/gates.toml").replace(", \"--locked\"", "");
    world.write("policy/gates.toml", gates);
    world.write(".gitignore", "target/\nout/\nCargo.lock\n");
    world.git(["rm", "--quiet", "--cached", "Cargo.lock"]);
    world.commit("no lock");
    assert_eq!(reviewed(&world, "T1"), [["beside", "own"]; 2]);
    assert_eq!(world.json("out/orr.json")["locked_crates"]["packages"], 1);
}

#[test]
fn a_gate_in_the_working_tree_starts_from_the_review_and_leaves_its_builds_alone() {
    let world = world("");
    let built = |world: &World| {
        let mut cargo = world.command("cargo");
        toolchain(&mut cargo);
        let ran = Ran::from(cargo.args(["test", "--locked", "--no-run"]).output().unwrap());
        assert_eq!(ran.status, 0, "{ran:?}");
        compiled(&ran.stderr)
    };
    reviewed(&world, "T4");
    assert_eq!(built(&world), ["leaf", "beside", "own"]);
    for again in [vec!["beside", "own"], Vec::new()] {
        assert_eq!(typed(&world, &["gates", "run", "T4"]).status, 0);
        assert_eq!(compiled(&world.read("out/gates/logs/T4.log")), again);
        assert_eq!(built(&world), [""; 0]);
    }
}

#[test]
fn each_run_compiles_the_repository_s_own_crates_and_no_other() {
    let world = world("");
    assert_eq!(reviewed(&world, "T1"), [["beside", "own"]; 2]);
    let first = world.json("out/orr.json")["locked_crates"].clone();
    assert_eq!(first["packages"], 1);
    assert_eq!(first["folders"], json!(["target"]));
    assert_eq!((&first["reused"], &first["failed"]), (&json!(false), &Value::Null));
    let lines = journal(&world);
    let line = lines.iter().find(|line| line["event"] == "crates_shared").unwrap();
    assert_eq!(line["key"], first["key"]);

    // The next review, of another commit, compiles them no more; but for the run that is to
    // see to them itself.
    policy(&world, "locked_crates = \"one-cold-run\"");
    world.write("src/lib.rs", format!("{}\n// Another.\n", OWN[1].1));
    world.commit("another");
    assert_eq!(reviewed(&world, "T4"), [vec!["beside", "own"], vec!["leaf", "beside", "own"]]);
    let second = world.json("out/orr.json")["locked_crates"].clone();
    assert_eq!((&second["reused"], &second["cold_runs"]), (&json!(true), &json!([2])));
    assert_eq!(second["sha256"], first["sha256"]);

    policy(&world, "locked_crates = \"each-run\"");
    world.commit("each by itself");
    assert_eq!(reviewed(&world, "T1"), [["leaf", "beside", "own"]; 2]);
    assert_eq!(world.json("out/orr.json")["locked_crates"], Value::Null);
}

#[test]
fn the_search_for_a_cause_starts_from_the_same_crates() {
    let world = world("");
    let kept = world.root().join("trials.log");
    let trial = world.path("out/runs/900/logs/T4.log");
    let script = format!(
        "echo $TZ > \"$EVIDENCE_DIR/zone\"; [ ! -f {trial} ] || cat {trial} >> {kept}",
        trial = trial.display(),
        kept = kept.display(),
    );
    let gates = world.read("policy/gates.toml").replace(
        "[\"cargo\", \"test\", \"--locked\"]",
        &format!("[[\"cargo\", \"test\", \"--locked\"], [\"sh\", \"-c\", {script:?}]]"),
    );
    world.write("policy/gates.toml", gates);
    world.commit("a gate that shows the time zone");
    for words in [&["orr"][..], &["compare", "--why", "1", "3"]] {
        let ran = typed(&world, words);
        assert!(ran.stdout.contains("because of the time zone"), "{ran:?}");
        assert_eq!(compiled(&std::fs::read_to_string(&kept).unwrap()), ["beside", "own"]);
        std::fs::remove_file(&kept).unwrap();
    }
}

/// Stands for Go, which no machine has to have: it lists one package, and keeps a line of each
/// time that it compiled it. A test writes into what it was given.
const GO: &str = r#"#!/bin/sh
case $1 in
list) printf 'fmt\n\nfmt [own.test]\n' ;;
build) mkdir -p "$GOCACHE" && echo "compiled $2" >> "$GOCACHE/fmt" ;;
test) cat "$HOME/.cache/go-build/fmt" && echo spoiled >> "$HOME/.cache/go-build/fmt" || echo cold ;;
esac
"#;

#[test]
fn each_run_starts_from_its_own_copy_of_what_go_compiled_of_others() {
    let world = World::new();
    let go = world.root().join("bin/go");
    std::fs::create_dir(go.parent().unwrap()).unwrap();
    std::fs::write(&go, GO).unwrap();
    std::fs::set_permissions(&go, std::os::unix::fs::PermissionsExt::from_mode(0o755)).unwrap();
    let path = format!("{}:{}", go.parent().unwrap().display(), std::env::var("PATH").unwrap());
    let reviewed = |key: &str| {
        world.write("policy/programme.toml", PROGRAMME);
        let gate = "[[gates]]\nid = \"T4\"\nname = \"tests\"\nrun = [\"go\", \"test\", \"./...\"]\n\
                    evidence = [\"out/evidence/T4_tests/gate.json\"]\n";
        world.write("policy/gates.toml", format!("stagger = \"0 s\"\n{key}\n{gate}"));
        world.commit("policy");
        let mut command = world.xtask_command(["orr", "--runs", "2"]);
        let ran = Ran::from(command.env("PATH", &path).output().unwrap());
        assert_eq!(ran.status, 0, "{ran:?}");
        [1, 2].map(|run| world.read(&format!("out/runs/{run}/logs/T4.log")))
    };
    assert_eq!(reviewed(""), ["compiled fmt\n"; 2]);
    let twice = "compiled fmt\ncompiled fmt\n";
    let [warm, cold] = reviewed("locked_crates = \"one-cold-run\"");
    assert_eq!((warm.as_str(), cold.ends_with("cold\n")), (twice, true), "{cold}");
    assert!(!cold.contains("compiled"), "{cold}");
    for log in reviewed("locked_crates = \"each-run\"") {
        assert!(log.ends_with("cold\n") && !log.contains("compiled"), "{log}");
    }
}
