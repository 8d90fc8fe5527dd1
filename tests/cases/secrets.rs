//! T2 with a scanner that finds what was planted. The scanners are stand-ins that answer as the
//! real ones do; nothing here looks like a secret to those.

use std::os::unix::fs::symlink;
use std::path::{Path, PathBuf};

use crate::support::{Ran, World, write_program};

/// What the stand-ins take for a secret.
const PLANTED: &str = "planted: yes\n";

const GITLEAKS: &str = r#"#!/bin/sh
[ "$1" = version ] && { echo 8.0.0; exit 0; }
for report; do :; done
at=$(grep -rn '^planted' . | head -n 1)
[ -z "$at" ] && { echo '[]' > "$report"; exit 0; }
file=${at%%:*} rest=${at#*:}
echo "[{\"File\": \"${file#./}\", \"StartLine\": ${rest%%:*}}]" > "$report"
exit 9
"#;

const RIPSECRETS: &str = r#"#!/bin/sh
[ "$1" = --version ] && { echo ripsecrets 0.1.0; exit 0; }
grep -Hn '^planted' "$@" && exit 1
exit 0
"#;

fn world() -> World {
    World::with_gates("[[gates]]\nid = \"T2\"\nname = \"secrets\"\nbuiltin = \"secrets\"\n")
}

/// Runs T2 with these scanners on PATH and no others.
fn scanned(world: &World, scanners: &[(&str, &str)]) -> Ran {
    let folder = world.root().join("bin");
    let _ = std::fs::remove_dir_all(&folder);
    std::fs::create_dir(&folder).unwrap();
    for name in ["git", "grep", "head"] {
        symlink(program(name), folder.join(name)).unwrap();
    }
    for (name, script) in scanners {
        write_program(&folder.join(name), script);
    }
    world.xtask_command(["gates", "run", "T2"]).env("PATH", &folder).output().unwrap().into()
}

fn program(name: &str) -> PathBuf {
    let path = std::env::var_os("PATH").unwrap();
    let mut found = std::env::split_paths(&path).map(|folder| folder.join(name));
    found.find(|path: &PathBuf| Path::is_file(path)).unwrap()
}

#[test]
fn a_planted_secret_makes_t2_red_with_its_place() {
    for scanner in [("gitleaks", GITLEAKS), ("ripsecrets", RIPSECRETS)] {
        let world = world();
        let clean = scanned(&world, &[scanner]);
        assert_eq!(clean.status, 0, "{clean:?}");
        world.write("src/settings", format!("quiet: yes\n{PLANTED}"));
        world.commit("settings");
        let red = scanned(&world, &[scanner]);
        assert_eq!(red.status, 20, "{red:?}");
        let says = format!("error[CEC-20]: T2: {} sees a secret in src/settings", scanner.0);
        assert!(red.stdout.contains(&says), "{red:?}");
        assert!(red.stdout.contains("src/settings:2"), "{red:?}");
        // It is in the report too, and the report has nothing of what was found.
        let report = world.read(&format!("out/evidence/T2_secrets/{}_report.json", scanner.0));
        assert!(report.contains("\"src/settings\""), "{report}");
        assert!(!report.contains("planted"), "{report}");
    }
}

#[test]
fn without_a_scanner_that_can_be_had_t2_is_not_established() {
    let ran = scanned(&world(), &[]);
    assert_eq!(ran.status, 20, "{ran:?}");
    assert!(ran.stdout.starts_with("gates run: not established (CEC-20"), "{ran:?}");
    assert!(ran.stdout.contains("error[CEC-20]: T2: there is no scanner for secrets"), "{ran:?}");
    let help = "   = help: install gitleaks, or `cargo install ripsecrets --locked`";
    assert!(ran.stdout.contains(help), "{ran:?}");
}
