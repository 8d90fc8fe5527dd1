//! GitHub's REST as far as this tool uses it, on a Unix socket: a small state machine of
//! workflows, runs, jobs, artifacts, pull requests, checks, rules, refs and releases.
//!
//! gh itself speaks to it. Commits, branches and tags are those of a real bare repository,
//! so pushes by git are seen at once. Runs move by the clock alone. What is answered has
//! the form of GitHub's published contract, which a test holds.

pub(crate) mod artifacts;
pub(crate) mod clock;
pub(crate) mod evidence;
pub(crate) mod faults;
pub(crate) mod git;
pub(crate) mod http;
pub(crate) mod real;
pub(crate) mod records;
mod routes;
pub(crate) mod runs;
pub(crate) mod shapes;
pub(crate) mod state;

use std::os::unix::net::{UnixListener, UnixStream};
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use faults::{Action, struck};
use http::{Request, Response};
use records::Seen;
use state::State;

/// A server; it ends with its drop.
#[derive(Debug)]
pub(crate) struct Server {
    shared: Arc<Shared>,
    socket: PathBuf,
}

#[derive(Debug)]
struct Shared {
    state: Mutex<State>,
    ending: AtomicBool,
}

impl Server {
    /// Listens at a socket.
    pub(crate) fn start(socket: &Path, state: State) -> Self {
        let listener = UnixListener::bind(socket).unwrap();
        let shared = Arc::new(Shared { state: Mutex::new(state), ending: AtomicBool::new(false) });
        let serving = Arc::clone(&shared);
        std::thread::spawn(move || {
            for stream in listener.incoming() {
                if serving.ending.load(Ordering::SeqCst) {
                    return;
                }
                let serving = Arc::clone(&serving);
                if let Ok(stream) = stream {
                    std::thread::spawn(move || serving.serve(stream));
                }
            }
        });
        Self { shared, socket: socket.to_owned() }
    }

    /// Everything that it knows, held still.
    pub(crate) fn state(&self) -> MutexGuard<'_, State> {
        self.shared.locked()
    }

    /// Makes the artifacts of all runs that have ended, instead of when someone asks.
    pub(crate) fn harvest(&self) {
        self.shared.harvest();
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        self.shared.ending.store(true, Ordering::SeqCst);
        let _ = UnixStream::connect(&self.socket);
        let _ = std::fs::remove_file(&self.socket);
    }
}

/// What is to be done with the connection.
enum Ending {
    Answer(Response, Option<usize>),
    Drop,
    Stop,
}

impl Shared {
    fn locked(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn serve(self: &Arc<Self>, mut stream: UnixStream) {
        let Ok(request) = Request::read(&stream) else { return };
        if request.segments.iter().any(|segment| segment == "artifacts") {
            self.harvest();
        }
        match self.judge(&request) {
            Ending::Answer(response, cut) => {
                let _ = response.write(&mut stream, cut);
            }
            Ending::Drop => {}
            Ending::Stop => {
                while !self.ending.load(Ordering::SeqCst) {
                    std::thread::sleep(Duration::from_millis(20));
                }
            }
        }
        real::begin(self);
    }

    /// Runs are executed without the lock, so that other requests are answered meanwhile.
    fn harvest(&self) {
        let (remote, kitchen, due) = {
            let state = self.locked();
            let remote = state.git.folder().to_owned();
            (remote, Arc::clone(&state.kitchen), state.unharvested())
        };
        for (id, sha, fresh) in due {
            let files = kitchen.files(&remote, &sha, fresh);
            self.locked().harvest(id, &files);
        }
    }

    /// Lets a request take effect, as far as no fault keeps it from that, and records it.
    fn judge(&self, request: &Request) -> Ending {
        let mut state = self.locked();
        let latency = state.latency;
        state.clock.advance(latency);
        let action = struck(&mut state.faults, request);
        let ending = match action {
            None => Ending::Answer(routes::answer(&mut state, request), None),
            Some(Action::Answer(response)) => Ending::Answer(response, None),
            Some(Action::AcceptThenAnswer(response)) => {
                routes::answer(&mut state, request);
                Ending::Answer(response, None)
            }
            Some(Action::AcceptThenDrop) => {
                routes::answer(&mut state, request);
                Ending::Drop
            }
            Some(Action::Drop) => Ending::Drop,
            Some(Action::Truncate(bytes)) => {
                Ending::Answer(routes::answer(&mut state, request), Some(bytes))
            }
            Some(Action::Stop) => {
                state.stopped += 1;
                Ending::Stop
            }
            Some(Action::AcceptThenStop) => {
                routes::answer(&mut state, request);
                state.stopped += 1;
                Ending::Stop
            }
            Some(Action::Alter(change)) => {
                let mut response = routes::answer(&mut state, request);
                change(&mut response);
                Ending::Answer(response, None)
            }
            Some(Action::Hang(milliseconds)) => {
                drop(state);
                std::thread::sleep(Duration::from_millis(milliseconds));
                state = self.locked();
                Ending::Answer(routes::answer(&mut state, request), None)
            }
        };
        record(&mut state, request, &ending);
        ending
    }
}

fn record(state: &mut State, request: &Request, ending: &Ending) {
    let answered = match ending {
        Ending::Answer(response, None) => Some(response),
        _ => None,
    };
    let status = match ending {
        Ending::Answer(response, _) => Some(response.status),
        _ => None,
    };
    let json = answered.filter(|it| !it.body.is_empty());
    let at = state.now();
    state.seen.push(Seen {
        method: request.method.clone(),
        path: request.target.clone(),
        host: request.header("host").to_owned(),
        token: !request.header("authorization").is_empty(),
        body: request.body.clone(),
        status,
        answer: json.and_then(|it| serde_json::from_slice(&it.body).ok()),
        at,
    });
}

/// Makes gh's configuration, which leads every host to this socket.
pub(crate) fn configure(config: &Path, socket: &Path) {
    std::fs::create_dir_all(config).unwrap();
    let text = format!("http_unix_socket: {}\n", socket.display());
    std::fs::write(config.join("config.yml"), text).unwrap();
}

/// The variables that lead gh to a repository on the server behind a configuration.
pub(crate) fn variables(config: &Path, repository: &str) -> Vec<(&'static str, String)> {
    vec![
        ("GH_CONFIG_DIR", config.display().to_string()),
        ("GH_HOST", "github.localhost".to_owned()),
        ("GH_TOKEN", "x".to_owned()),
        ("GH_REPO", format!("github.localhost/{repository}")),
        ("GH_PROMPT_DISABLED", "1".to_owned()),
        ("GH_NO_UPDATE_NOTIFIER", "1".to_owned()),
        ("NO_COLOR", "1".to_owned()),
        ("TCELL_MINIMIZE", "1".to_owned()),
    ]
}
