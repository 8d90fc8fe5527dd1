//! Gates of many languages with one kind of nondeterminism, each with its repaired twin
//! (`tests/fixtures/pairs`): each is found and its cause named, and no twin is accused.

use std::path::Path;
use std::process::Command;

use serde_json::Value;

use crate::support::sampling::is_exhaustive;
use crate::support::{World, gate};

const FOLDER: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/../tests/fixtures/pairs");

/// Where what was found of each pair is written, also of those that are skipped.
const TABLE: &str = concat!(env!("CARGO_TARGET_TMPDIR"), "/pairs.md");

/// What a `pair.txt` says after a word.
fn said<'a>(about: &'a str, word: &str) -> &'a str {
    about.lines().find_map(|line| line.strip_prefix(word)).unwrap().trim()
}

/// A repository with a pair's files, in which gate T1 is the one that depends on something,
/// and T2 the repaired one. What Go compiled of its library is kept in `cache`.
fn world(pair: &Path, cache: &Path) -> World {
    let scripts = [("T1", "depends"), ("T2", "repaired")];
    let gates = scripts.map(|(id, name)| {
        let set = format!("set = {{ GOCACHE = {cache:?}, GO111MODULE = \"off\" }}\n");
        // Both write to the same places, so one waits for the other.
        let needs = if id == "T2" { "needs = [\"T1\"]\n" } else { "" };
        gate(id, name, &format!("sh -e {name}.sh")) + &set + needs
    });
    let world = World::with_gates(&format!("[vary]\nmode = \"all\"\n{}", gates.concat()));
    let copied = Command::new("cp").arg("-R").arg(pair.join(".")).arg(world.repo()).status();
    assert!(copied.unwrap().success());
    world.commit("the pair");
    world
}

/// What is said against a gate.
fn finding(decision: &Value, gate: &str) -> Option<String> {
    let mut findings = decision["findings"].as_array().unwrap().iter();
    let against = |it: &&Value| it["place"]["gate"] == gate && it["severity"] != "note";
    let of_gate = findings.find(against)?;
    Some(of_gate["message"].as_str().unwrap().to_owned())
}

/// Programs, with those of the toolchain itself before rustup's, which need its HOME.
fn programs() -> std::ffi::OsString {
    let sysroot = Command::new("rustc").args(["--print", "sysroot"]).output().unwrap().stdout;
    let toolchain = Path::new(String::from_utf8(sysroot).unwrap().trim()).join("bin");
    let path = std::env::var_os("PATH").unwrap();
    std::env::join_paths([toolchain].into_iter().chain(std::env::split_paths(&path))).unwrap()
}

#[test]
fn gates_of_many_languages_are_found_with_their_causes_and_no_twin_is_accused() {
    if !is_exhaustive() {
        return;
    }
    let (path, cache) = (programs(), tempfile::tempdir().unwrap());
    let mut pairs: Vec<_> =
        std::fs::read_dir(FOLDER).unwrap().map(|pair| pair.unwrap().path()).collect();
    pairs.sort();
    let (mut wrong, mut rows) = (Vec::new(), String::new());
    for pair in pairs {
        let name = pair.file_name().unwrap().to_string_lossy().into_owned();
        let about = std::fs::read_to_string(pair.join("pair.txt")).unwrap();
        let lacks = |program: &&str| which::which(program).is_err();
        if let Some(program) = said(&about, "needs:").split(' ').find(lacks) {
            rows += &format!("| {name} | skipped, no `{program}` | |\n");
            continue;
        }
        let world = world(&pair, cache.path());
        let ran = world.xtask_command(["orr"]).env("PATH", &path).output().unwrap();
        let decision = world.json("out/orr.json");
        let (found, accused) = (finding(&decision, "T1"), finding(&decision, "T2"));
        let shown = |it: &Option<String>| it.clone().unwrap_or_else(|| "no".to_owned());
        rows += &format!("| {name} | {} | {} |\n", shown(&found), shown(&accused));
        let causes = said(&about, "cause:");
        let is_right = causes.split('|').any(|cause| shown(&found).contains(cause));
        if !is_right || accused.is_some() || !matches!(ran.status.code(), Some(20 | 30)) {
            wrong.push(format!("{name}, not {causes}: {found:?} {accused:?} {:?}", ran.status));
        }
    }
    std::fs::write(TABLE, rows).unwrap();
    assert!(wrong.is_empty(), "{wrong:#?}");
}
