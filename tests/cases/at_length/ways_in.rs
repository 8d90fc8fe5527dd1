//! Each way in, installed into an empty home, and run there. They build the program anew, so
//! only where everything is to be tried.

use std::path::{Path, PathBuf};
use std::process::Command;

use crate::support::sampling::is_exhaustive;
use crate::support::{Ran, World};

/// The target of the static binary that can be run on this machine.
const STATIC: &str = "x86_64-unknown-linux-musl";

fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).parent().unwrap().to_owned()
}

/// A shell whose HOME is a new folder, in the checkout of this program.
fn shell(home: &Path, script: &str) -> Ran {
    let output = Command::new("sh")
        .args(["-ec", script])
        .current_dir(root())
        .env("HOME", home)
        .env("TARGET", STATIC)
        .env("CARGO_TERM_QUIET", "true")
        .env("CARGO_HOME", std::env::var_os("CARGO_HOME").unwrap_or_else(|| default(".cargo")))
        .env("RUSTUP_HOME", std::env::var_os("RUSTUP_HOME").unwrap_or_else(|| default(".rustup")))
        .output()
        .unwrap();
    output.into()
}

fn default(folder: &str) -> std::ffi::OsString {
    Path::new(&std::env::var_os("HOME").unwrap()).join(folder).into_os_string()
}

/// Installs by a script that leaves the program where `program` says, and runs it.
fn installs(world: &World, script: &str, program: &str, version: &str) {
    let home = world.root().join("home");
    std::fs::create_dir_all(&home).unwrap();
    let installed = shell(&home, script);
    assert_eq!(installed.status, 0, "{installed:?}");
    let program = home.join(program);
    let ran = |arguments: &[&str]| {
        let mut command = world.command(program.to_str().unwrap());
        Ran::from(command.env("HOME", &home).args(arguments).output().unwrap())
    };
    assert!(ran(&["--version"]).stdout.contains(version), "{:?}", ran(&["--version"]));
    let dry = ran(&["init", "--dry-run"]);
    assert!(dry.stdout.contains("+++ b/policy/gates.toml"), "{dry:?}");
}

fn world() -> World {
    let world = World::new();
    world.write("README", "hello\n");
    world.commit("what was there");
    world
}

#[test]
fn cargo_installs_it_from_a_checkout() {
    if is_exhaustive() {
        let script =
            "cargo install --locked --debug --path xtask/crates/thrice --root $HOME/.cargo";
        installs(&world(), script, ".cargo/bin/thrice", "(built from a working tree)");
    }
}

#[test]
fn cargo_installs_it_from_its_repository_at_a_commit() {
    if is_exhaustive() {
        let script = "CARGO_HOME=$HOME/.cargo CARGO_TARGET_DIR=$PWD/target \
             cargo install --locked --debug --git file://$PWD --rev $(git rev-parse HEAD) thrice";
        let head = Ran::from(
            Command::new("git").args(["rev-parse", "--short=7", "HEAD"]).output().unwrap(),
        );
        let version = format!("(commit {}", head.stdout.trim());
        installs(&world(), script, ".cargo/bin/thrice", &version);
    }
}

/// The commands of a job of the release workflow, as they stand in it.
fn release_steps() -> Vec<String> {
    let text = std::fs::read_to_string(root().join(".github/workflows/release.yml")).unwrap();
    let build = text.split("\n  publish:").next().unwrap().to_owned();
    let commands = build.lines().filter_map(|line| line.trim().strip_prefix("- run: "));
    commands.map(str::to_owned).collect()
}

#[test]
fn the_release_workflow_builds_a_static_binary_and_a_wheel_that_run() {
    let steps = release_steps();
    assert!(steps.iter().any(|step| step.contains("maturin build")), "{steps:?}");
    if !is_exhaustive() {
        return;
    }
    let world = world();
    let home = world.root().join("builder");
    std::fs::create_dir(&home).unwrap();
    for step in steps {
        let ran = shell(&home, &step);
        assert_eq!(ran.status, 0, "{step}: {ran:?}");
    }
    let unpack = "tar -xzf target/dist/thrice-$TARGET.tar.gz -C $HOME && ! ldd $HOME/thrice";
    installs(&world, unpack, "thrice", "0.1.0");
    let wheel = "python3 -m venv $HOME/venv && \
         $HOME/venv/bin/python -m pip install --quiet --no-index --find-links target/dist thrice";
    installs(&world, wheel, "venv/bin/thrice", "0.1.0");
    std::fs::remove_dir_all(root().join("target/dist")).unwrap();
}
