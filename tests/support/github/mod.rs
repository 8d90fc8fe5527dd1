//! GitHub for tests: a server of its own for a world, and the real gh that speaks to it.

pub(crate) mod server;

use std::ffi::OsStr;
use std::io::{Read, Write};
use std::os::unix::net::UnixStream;
use std::path::PathBuf;
use std::process::Command;
use std::sync::MutexGuard;

pub(crate) use server::clock::Clock;
pub(crate) use server::faults::{Action, Fault, Which, bad_gateway};
pub(crate) use server::git::{GIT, Git};
pub(crate) use server::http::Response;
pub(crate) use server::records::{Check, Review, Seen, Team};
pub(crate) use server::runs::Plan;
pub(crate) use server::state::{Dispatching, State};

use serde_json::Value;

use server::Server;
use server::evidence::Kitchen;

use super::{Ran, World, XTASK};

/// When the simulated time begins: 2026-02-01 00:00:00 UTC, in milliseconds.
const BEGUN: u64 = 1_769_904_000_000;

/// A simulated GitHub for a world, with the repository `o/r`.
#[derive(Debug)]
pub(crate) struct Simulator {
    server: Server,
    config: PathBuf,
    socket: PathBuf,
    clock: PathBuf,
}

impl Simulator {
    /// Makes the bare remote `origin` of a world's repository, pushes `main`, and serves.
    pub(crate) fn start(world: &World) -> Self {
        let remote = world.root().join("remote.git");
        let git = Git::create(remote.clone(), "main");
        world.git(["remote", "add", "origin", remote.to_str().unwrap()]);
        world.git(["push", "--quiet", "origin", "main"]);
        world.push_ledger();
        let clock = world.root().join("clock");
        let kitchen = Kitchen::new(XTASK.as_ref(), &world.root().join("k"), Vec::new());
        let state = State::new(Clock::in_file(&clock, BEGUN), git, kitchen);
        let socket = world.root().join("s");
        let server = Server::start(&socket, state);
        let config = world.root().join("gh");
        server::configure(&config, &socket);
        Self { server, config, socket, clock }
    }

    /// Runs the program under test against this server.
    pub(crate) fn xtask<S: AsRef<OsStr>>(
        &self,
        world: &World,
        arguments: impl IntoIterator<Item = S>,
    ) -> Ran {
        self.command(world, XTASK).args(arguments).output().unwrap().into()
    }

    /// Runs the real gh against this server.
    pub(crate) fn gh<S: AsRef<OsStr>>(
        &self,
        world: &World,
        arguments: impl IntoIterator<Item = S>,
    ) -> Ran {
        self.command(world, "gh").args(arguments).output().unwrap().into()
    }

    /// Sends a request as gh would, without starting it; gives the status and what was
    /// answered.
    pub(crate) fn ask(&self, method: &str, path: &str, body: &Value) -> (u16, Value) {
        self.ask_with(method, path, "", body.to_string().as_bytes())
    }

    /// The same with more headers and any bytes.
    pub(crate) fn ask_with(
        &self,
        method: &str,
        path: &str,
        headers: &str,
        body: &[u8],
    ) -> (u16, Value) {
        let body = if body == b"null" { b"" } else { body };
        let mut stream = UnixStream::connect(&self.socket).unwrap();
        let head = format!(
            "{method} /{path} HTTP/1.1\r\nHost: api.github.localhost\r\nAuthorization: token x\r\n\
             {headers}Content-Length: {}\r\n\r\n",
            body.len(),
        );
        stream.write_all(head.as_bytes()).unwrap();
        stream.write_all(body).unwrap();
        let mut answer = Vec::new();
        stream.read_to_end(&mut answer).unwrap();
        let end = answer.windows(4).position(|four| four == b"\r\n\r\n").unwrap();
        let status = String::from_utf8_lossy(&answer[9..12]).parse().unwrap();
        (status, serde_json::from_slice(&answer[end + 4..]).unwrap_or_default())
    }

    /// A program in the world, with the variables that lead gh to this server.
    pub(crate) fn command(&self, world: &World, program: &str) -> Command {
        let mut command = world.command(program);
        command.envs(server::variables(&self.config, "o/r")).env("XTASK_CLOCK_FILE", &self.clock);
        command
    }

    /// Everything that the server knows, held still: requests wait as long as it is held.
    pub(crate) fn state(&self) -> MutexGuard<'_, State> {
        self.server.state()
    }

    /// All requests so far.
    pub(crate) fn requests(&self) -> Vec<Seen> {
        self.state().seen.clone()
    }

    /// How many requests of this method had this text in path and query, and took effect
    /// or not.
    pub(crate) fn count(&self, method: &str, path: &str) -> usize {
        let state = self.state();
        let ours = |seen: &&Seen| seen.method == method && seen.path.contains(path);
        state.seen.iter().filter(ours).count()
    }

    /// Adds a fault.
    pub(crate) fn fault(&self, method: &str, path: &str, which: Which, action: Action) {
        self.state().faults.push(Fault::new(method, path, which, action));
    }

    /// Moves the clock.
    pub(crate) fn advance(&self, milliseconds: u64) {
        self.state().clock.advance(milliseconds);
    }

    /// Makes the artifacts of all runs that have ended, so that a test can alter them.
    pub(crate) fn harvest(&self) {
        self.server.harvest();
    }
}
