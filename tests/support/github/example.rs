//! A GitHub of one's own: `cargo run -p xtask --example github -- DIR [PROGRAM]`.
//!
//! Makes `DIR/remote.git` as a bare repository whose `main` is this folder's HEAD, listens
//! at `DIR/s`, prints what a shell needs to lead gh there, and executes dispatched runs for
//! real, with PROGRAM or the `xtask` that is built beside this example, until Ctrl-C.
//!
//! The repository is that of the organisation which policy's roles name, and has the name
//! of this folder. Its people are two: whoever starts it, as `alex`, and `robin`, who
//! belongs to every team.

#![expect(clippy::unwrap_used, reason = "it cannot go on without its folder and socket")]
#![expect(clippy::print_stdout, reason = "what it prints is for a shell to read")]

#[expect(dead_code, reason = "tests use more of it")]
mod server;

#[path = "place.rs"]
mod place;

use std::path::{Path, PathBuf};
use std::process::Command;

use server::Server;
use server::clock::Clock;
use server::evidence::Kitchen;
use server::git::Git;
use server::state::State;
use signal_hook::consts::{SIGINT, SIGTERM};
use signal_hook::iterator::Signals;

fn main() {
    let mut arguments = std::env::args_os().skip(1).map(PathBuf::from);
    let folder = arguments.next().unwrap_or_else(|| std::env::temp_dir().join("github"));
    let built = std::env::current_exe().unwrap();
    let sibling = built.ancestors().nth(2).unwrap().join("xtask");
    let program = arguments.next().unwrap_or(sibling);
    assert!(program.is_file(), "{} is not there: build it first", program.display());
    std::fs::create_dir_all(&folder).unwrap();
    let folder = folder.canonicalize().unwrap();
    let socket = folder.join("s");
    let _ = std::fs::remove_file(&socket);
    let state = state(&folder, &program.canonicalize().unwrap());
    let repository = format!("{}/{}", state.owner, state.repo);
    let server = Server::start(&socket, state);
    server::configure(&folder.join("gh"), &socket);
    for (name, value) in server::variables(&folder.join("gh"), &repository) {
        println!("export {name}='{value}'");
    }
    println!("# the repository: git remote add origin '{}'", folder.join("remote.git").display());
    println!("# your token is alex's; with GH_TOKEN={} you are somebody else", place::OTHER);
    println!("# Ctrl-C ends it");
    let mut signals = Signals::new([SIGINT, SIGTERM]).unwrap();
    signals.forever().next();
    drop(server);
}

fn state(folder: &Path, program: &Path) -> State {
    let remote = folder.join("remote.git");
    let git = if remote.join("HEAD").is_file() {
        Git::at(remote)
    } else {
        let git = Git::create(remote.clone(), "main");
        let mut push = Command::new("git");
        push.args(["push", "--quiet"]).arg(&remote).arg("HEAD:refs/heads/main");
        assert!(push.status().unwrap().success(), "there is nothing to push from here");
        git
    };
    let kept = ["CARGO_HOME", "RUSTUP_HOME", "RUSTUP_TOOLCHAIN", "XDG_CACHE_HOME"];
    let mut variables: Vec<_> = kept
        .iter()
        .filter_map(|name| Some(((*name).to_owned(), std::env::var(name).ok()?)))
        .collect();
    if let Ok(home) = std::env::var("HOME") {
        // Tools that were built for this machine are not built again for each run.
        let kept =
            [("CARGO_HOME", ".cargo"), ("RUSTUP_HOME", ".rustup"), ("XDG_CACHE_HOME", ".cache")];
        for (name, folder) in kept {
            if !variables.iter().any(|(known, _)| known == name) {
                variables.push((name.to_owned(), format!("{home}/{folder}")));
            }
        }
    }
    let kitchen = Kitchen::new(program, &folder.join("k"), variables);
    let mut state = State::new(Clock::Real, git, kitchen);
    state.real = true;
    place::furnish(&mut state);
    state
}
