//! T2 with a scanner that finds what was planted. The scanners are stand-ins that answer as the
//! real ones do; nothing here looks like a secret to those.

use std::os::unix::fs::symlink;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use crate::support::processes::{all_gone, until};
use crate::support::reviews::EVER;
use crate::support::{Ran, World, write_program};

/// What the stand-ins take for a secret.
const PLANTED: &str = "planted: yes\n";

const GITLEAKS: &str = include_str!("../support/gitleaks");

pub(super) const RIPSECRETS: &str = r#"#!/bin/sh
[ "$1" = --version ] && { echo ripsecrets 0.1.0; exit 0; }
grep -Hn '^planted' "$@" && exit 1
exit 0
"#;

const T2: &str = "[[gates]]\nid = \"T2\"\nname = \"secrets\"\nbuiltin = \"secrets\"\n";

fn world() -> World {
    World::with_gates(T2)
}

/// A cargo that counts its calls, and is cut short where it finds nothing compiled: the real one
/// would fetch and compile for minutes.
const CARGO: &str = r#"#!/bin/sh
here=${0%/*}
echo called >> "$here/calls"
while [ $# -gt 0 ]; do
  case $1 in --root) root=$2 ;; --target-dir) target=$2 ;; esac
  shift
done
[ -e "$target/compiled" ] || { mkdir -p "$target"; : > "$target/compiled"; exec sleep 300; }
mkdir -p "$root/bin"
cp "$here/scanner" "$root/bin/ripsecrets"
"#;

/// Runs T2 with these scanners on PATH and no others.
fn scanned(world: &World, scanners: &[(&str, &str)]) -> Ran {
    with_programs(world, scanners, &["gates", "run", "T2"]).output().unwrap().into()
}

/// A command with these programs and a few of the machine's on PATH.
fn with_programs(world: &World, programs: &[(&str, &str)], arguments: &[&str]) -> Command {
    let folder = world.root().join("bin");
    let _ = std::fs::remove_dir_all(&folder);
    std::fs::create_dir(&folder).unwrap();
    for name in ["cp", "git", "grep", "head", "mkdir", "sleep"] {
        symlink(program(name), folder.join(name)).unwrap();
    }
    for (name, script) in programs {
        write_program(&folder.join(name), script);
    }
    let mut command = world.xtask_command(arguments);
    command.env("PATH", folder);
    command
}

fn program(name: &str) -> PathBuf {
    let path = std::env::var_os("PATH").unwrap();
    let mut found = std::env::split_paths(&path).map(|folder| folder.join(name));
    found.find(|path: &PathBuf| Path::is_file(path)).unwrap()
}

#[test]
fn a_planted_secret_makes_t2_red_with_its_place() {
    let of_gitleaks = "gitleaks sees a secret in src/settings (src/settings:rule:2)";
    let of_ripsecrets = "ripsecrets sees a secret of 7 characters in src/settings";
    for (scanner, sees, place) in [
        (("gitleaks", GITLEAKS), of_gitleaks, "src/settings:2\n"),
        (("ripsecrets", RIPSECRETS), of_ripsecrets, "src/settings:2:1\n"),
    ] {
        let world = world();
        let clean = scanned(&world, &[scanner]);
        assert_eq!(clean.status, 0, "{clean:?}");
        world.write("src/settings", format!("quiet: yes\n{PLANTED}"));
        world.commit("settings");
        let red = scanned(&world, &[scanner]);
        assert_eq!(red.status, 20, "{red:?}");
        let says = format!("error[CEC-20]: T2: {sees}\n");
        assert!(red.stdout.contains(&says), "{red:?}");
        assert!(red.stdout.contains(place), "{red:?}");
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

#[test]
fn what_can_fail_at_once_comes_before_the_build_of_a_scanner() {
    let lint = "[[gates]]\nid = \"T1\"\nname = \"lint\"\nrun = [\"no-such-linter\"]\n";
    for (gates, says) in [
        (
            format!("prepare = [[\"no-such-fetcher\"]]\n{T2}"),
            "`no-such-fetcher` needs `no-such-fetcher`, which is not on PATH: install it",
        ),
        (format!("{lint}{T2}"), "error[program-missing]: T1 needs `no-such-linter`\n"),
    ] {
        let world = World::with_gates(&gates);
        let ran: Ran =
            with_programs(&world, &[("cargo", CARGO)], &["orr"]).output().unwrap().into();
        assert_eq!(ran.status, 4, "{ran:?}");
        assert!(ran.stdout.contains(says), "{ran:?}");
        assert!(!world.root().join("bin/calls").exists(), "{ran:?}");
    }
}

#[test]
fn the_build_of_a_scanner_goes_on_where_it_was_cut_short() {
    let world = world();
    let programs = [("cargo", CARGO), ("scanner", RIPSECRETS)];
    let mut first = with_programs(&world, &programs, &["orr"]);
    let mut first = first.stdout(Stdio::null()).stderr(Stdio::null()).spawn().unwrap();
    let tools = world.home().join(".cache/xtask/tools/ripsecrets-0.1.11");
    until("something is compiled", EVER, || tools.join("target/compiled").exists());
    first.kill().unwrap();
    first.wait().unwrap();
    all_gone(&world, EVER);

    let mut again = with_programs(&world, &programs, &["orr", "--resume"]);
    let again: Ran = again.output().unwrap().into();
    assert_eq!(again.status, 0, "{again:?}");
    // The begin says what, why and how long; the end says the time.
    let begins = "no scanner for secrets is here: the first review builds ripsecrets with cargo, \
                  once for this machine; that takes several minutes. Install gitleaks to avoid it; \
                  it goes on where it was cut short\nwhat cargo prints goes to ";
    let (_, rest) = again.stderr.split_once(begins).unwrap();
    assert!(rest.contains("prepare.log\nonce for all runs: cargo install ripsecrets "), "{rest}");
    assert!(rest.contains("\nthe scanner for secrets is built, in "), "{rest}");
    // What was compiled is of no use afterwards, and a second review builds nothing.
    assert!(tools.join("bin/ripsecrets").exists() && !tools.join("target").exists());
    let third: Ran = with_programs(&world, &programs, &["orr"]).output().unwrap().into();
    assert_eq!(third.status, 0, "{third:?}");
    assert!(!world.root().join("bin/calls").exists(), "{third:?}");
}
