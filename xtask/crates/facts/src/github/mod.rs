//! What GitHub says, through the real `gh`.
//!
//! One transport: `gh api -i`, the request's body in a file; status, headers and body
//! are read here. gh keeps what it is good at: login, hosts, proxies, tokens. It retries
//! nothing, and its other commands hide statuses, so nothing else of it is used.

mod activity;
mod answer;
mod apart;
mod branches;
mod failure;
mod look;
mod pace;
mod pulls;
mod repositories;
mod slug;
mod upload;
mod workflows;

use std::cell::{Cell, RefCell};
use std::collections::BTreeMap;
use std::path::PathBuf;
use std::time::Duration;

use serde::de::DeserializeOwned;
use serde_json::Value;

use super::clock;
use super::files;
use super::git::{REMOTE, Repository};
use super::interrupt::Interrupt;
use super::process::Call;
use super::process::bounded::{Bounds, Stopped};
use pace::Next;
use thrice_findings::{Code, Finding};

pub use activity::BranchMove;
pub use answer::Answer;
pub use branches::ServerBranch;
pub(crate) use failure::without_tokens;
pub use failure::{Failure, FailureKind};
pub use pulls::{ListedHead, ListedPull};
pub use repositories::ServerRepository;
pub use slug::{Slug, encoded};
pub use workflows::ServerWorkflow;

/// The REST version whose answers are read here.
const API_VERSION: &str = "2022-11-28";
/// How long one request may take.
const REQUEST: Duration = Duration::from_secs(60);
/// How long one download may take.
const DOWNLOAD: Duration = Duration::from_secs(15 * 60);
/// The largest JSON answer that is read, in bytes.
const LARGEST: u64 = 32 << 20;
/// How many pages of a list are read at most: GitHub's own lists end at 1,000 results.
const MOST_PAGES: usize = 200;
/// Time between two requests that change something (GitHub asks for one second).
const BETWEEN_CHANGES: Duration = Duration::from_secs(1);

/// Variables that hold tokens.
pub(super) const TOKENS: [&str; 4] =
    ["GH_TOKEN", "GITHUB_TOKEN", "GH_ENTERPRISE_TOKEN", "GITHUB_ENTERPRISE_TOKEN"];

/// What else gh sees of this program's environment: where its login is, and how the
/// network is reached.
pub(super) const SEEN_BY_GH: [&str; 20] = [
    "HOME",
    "GH_CONFIG_DIR",
    "GH_HOST",
    "XDG_CONFIG_HOME",
    "XDG_DATA_HOME",
    "XDG_STATE_HOME",
    "XDG_RUNTIME_DIR",
    "DBUS_SESSION_BUS_ADDRESS",
    "TMPDIR",
    "USER",
    "HTTP_PROXY",
    "HTTPS_PROXY",
    "NO_PROXY",
    "http_proxy",
    "https_proxy",
    "no_proxy",
    "ALL_PROXY",
    "all_proxy",
    "SSL_CERT_FILE",
    "SSL_CERT_DIR",
];

/// A repository on GitHub, spoken to by gh.
#[derive(Debug)]
pub struct GitHub {
    slug: Slug,
    folder: PathBuf,
    interrupt: Interrupt,
    changed: Cell<Option<Duration>>,
    known: RefCell<BTreeMap<String, Answer>>,
    /// How many seconds this machine's clock was ahead of the server's last answer.
    ahead: Cell<Option<i64>>,
}

impl GitHub {
    /// Why the remote names no repository on GitHub, where it names none.
    #[must_use]
    pub fn why_unnamed(repository: &Repository) -> String {
        match repository.remote_url() {
            Some(_) => format!("the remote `{REMOTE}` is not on GitHub"),
            None => format!("there is no remote `{REMOTE}`"),
        }
    }

    /// The repository that `GH_REPO` names, else the one at which the remote `origin`
    /// is. Nothing is asked of the server yet.
    ///
    /// # Errors
    /// Where there is no gh, or no repository on GitHub is named.
    pub fn of(repository: &Repository, interrupt: &Interrupt) -> Result<Self, Box<Finding>> {
        if which::which("gh").is_err() {
            let finding = Finding::new(Code::GithubCli, "there is no `gh` on PATH")
                .help("install GitHub CLI 2.23.0 or newer (cli.github.com), then `gh auth login`");
            return Err(Box::new(finding));
        }
        let Some(slug) = Self::named(repository) else {
            let message = format!(
                "no repository on GitHub is known: GH_REPO is not set, and {}",
                Self::why_unnamed(repository)
            );
            let finding = Finding::new(Code::GithubRepository, message).help(
                "set GH_REPO to OWNER/NAME of your repository; `cargo xtask branch check --may-merge` \
                 says without GitHub whether merges are frozen",
            );
            return Err(Box::new(finding));
        };
        Ok(Self {
            slug,
            folder: repository.root().to_owned(),
            interrupt: interrupt.clone(),
            changed: Cell::new(None),
            known: RefCell::new(BTreeMap::new()),
            ahead: Cell::new(None),
        })
    }

    /// The repository on GitHub that the environment or the remote names, where one does.
    #[must_use]
    pub fn named(repository: &Repository) -> Option<Slug> {
        match std::env::var("GH_REPO") {
            Ok(named) if !named.is_empty() => {
                let host = std::env::var("GH_HOST").unwrap_or_else(|_| "github.com".to_owned());
                Slug::read(&named, &host)
            }
            _ => repository.remote_url().and_then(|url| Slug::of_remote(&url)),
        }
    }

    /// The repository.
    #[must_use]
    pub fn slug(&self) -> &Slug {
        &self.slug
    }

    /// The path of something of the repository: `repos/owner/name/<rest>`.
    #[must_use]
    pub fn repo(&self, rest: &str) -> String {
        format!("repos/{}/{}/{rest}", encoded(&self.slug.owner), encoded(&self.slug.name))
    }

    /// Asks for something. A 5xx, a dropped connection, a body that is no JSON and a
    /// limit are waited out; what did not change since it was last asked for costs
    /// nothing of the limit (`If-None-Match`).
    ///
    /// # Errors
    /// Where it gives nothing.
    pub fn get(&self, path: &str) -> Result<Answer, Failure> {
        let known = self.known.borrow().get(path).cloned();
        let mut more = Vec::new();
        if let Some(tag) = known.as_ref().and_then(|answer| answer.header("etag")) {
            more = vec!["-H".to_owned(), format!("If-None-Match: {tag}")];
        }
        let request = Request { method: "GET", path, more, body: None, most: LARGEST, json: true };
        let answer = self.ask(&request)?;
        match known {
            Some(known) if answer.status == 304 => Ok(known),
            _ if answer.status == 304 => Err(Failure::new(
                FailureKind::Unreadable,
                &request.to_string(),
                Some(304),
                "nothing was said to be known",
            )),
            _ => {
                if answer.header("etag").is_some() {
                    self.known.borrow_mut().insert(path.to_owned(), answer.clone());
                }
                Ok(answer)
            }
        }
    }

    /// Asks for something, and reads it.
    ///
    /// # Errors
    /// Where it gives nothing, or something of another form.
    pub fn read<T: DeserializeOwned>(&self, path: &str) -> Result<T, Failure> {
        let answer = self.get(path)?;
        answer.json().map_err(|error| unreadable(path, &answer, &error))
    }

    /// All pages of a list, which is the answer itself or what it has under `key`.
    ///
    /// # Errors
    /// Where a page gives nothing, or something of another form. A list that was not
    /// read to its end is none.
    pub fn list<T: DeserializeOwned>(
        &self,
        path: &str,
        key: Option<&str>,
    ) -> Result<Vec<T>, Failure> {
        let joint = if path.contains('?') { '&' } else { '?' };
        let mut next = Some(format!("{path}{joint}per_page=100"));
        let mut all = Vec::new();
        for _ in 0..MOST_PAGES {
            let Some(page) = next else { return Ok(all) };
            let answer = self.get(&page)?;
            let mut value: Value =
                answer.json().map_err(|error| unreadable(&page, &answer, &error))?;
            let items = match key {
                Some(key) => value.get_mut(key).map(Value::take).unwrap_or_default(),
                None => value,
            };
            let items: Vec<T> = serde_json::from_value(items)
                .map_err(|error| unreadable(&page, &answer, &error))?;
            all.extend(items);
            next = answer.next_page().map_err(|reported| elsewhere(&page, &answer, &reported))?;
        }
        Err(Failure::new(
            FailureKind::Unreadable,
            &format!("GET {path}"),
            None,
            &format!("the list has more than {MOST_PAGES} pages"),
        ))
    }

    /// Asks for a change, at least a second after the one before. It is repeated only
    /// where a limit refused it before anything was done.
    ///
    /// # Errors
    /// Where it is refused, or nobody knows what came of it
    /// ([`Failure::may_have_happened`]).
    pub fn send(&self, method: &str, path: &str, body: &Value) -> Result<Answer, Failure> {
        let request = format!("{method} {path}");
        let unwritten = |error: anyhow::Error| {
            Failure::new(FailureKind::Refused, &request, None, &format!("{error:#}"))
        };
        let folder = crate::scratch::folder().map_err(unwritten)?;
        let file = folder.path().join("body.json");
        let bytes = serde_json::to_vec(body).map_err(|error| unwritten(error.into()))?;
        files::write_whole(&file, &bytes).map_err(unwritten)?;
        self.wait_between_changes(&request)?;
        let asked = Request {
            method,
            path,
            more: Vec::new(),
            body: Some(file.clone()),
            most: LARGEST,
            json: false,
        };
        let answer = self.ask(&asked);
        self.changed.set(Some(clock::elapsed()));
        self.known.borrow_mut().clear();
        answer
    }

    /// GitHub asks for a second between two changes.
    fn wait_between_changes(&self, request: &str) -> Result<(), Failure> {
        let Some(last) = self.changed.get() else { return Ok(()) };
        let since = clock::elapsed().saturating_sub(last);
        if since < BETWEEN_CHANGES && !clock::pause(BETWEEN_CHANGES - since, &self.interrupt) {
            return Err(stopped_before(request));
        }
        Ok(())
    }

    /// Bytes, such as an artifact's archive; redirects are followed by gh, which keeps
    /// the token to itself.
    ///
    /// # Errors
    /// Where they cannot be had whole, or are more than `most`.
    pub fn download(&self, path: &str, most: u64) -> Result<Vec<u8>, Failure> {
        let more = Vec::new();
        let request = Request { method: "GET", path, more, body: None, most, json: false };
        self.ask(&request).map(|answer| answer.body)
    }

    /// Makes a request until its answer stands.
    fn ask(&self, request: &Request<'_>) -> Result<Answer, Failure> {
        let name = request.to_string();
        let repeatable = request.method == "GET";
        for attempt in 1.. {
            if self.interrupt.requested() {
                return Err(stopped_before(&name));
            }
            let tried = self.attempt(request);
            let next = match &tried {
                Ok(answer) => {
                    let now = u64::try_from(clock::now().as_second()).unwrap_or_default();
                    pace::after_answer(answer, attempt, repeatable, now)
                }
                Err(failure) => match failure.kind() {
                    FailureKind::Unreachable | FailureKind::Unreadable => {
                        pace::after_nothing(attempt, repeatable, failure.kind())
                    }
                    kind => Next::Failed(kind),
                },
            };
            match (next, tried) {
                (Next::Done, answer) => return answer,
                (Next::Again(wait), _) => {
                    if !clock::pause(wait, &self.interrupt) {
                        return Err(stopped_before(&name));
                    }
                }
                (Next::Failed(_), Err(failure)) => return Err(failure),
                (Next::Failed(kind), Ok(answer)) => {
                    let said = answer.message().unwrap_or_default();
                    return Err(Failure::new(kind, &name, Some(answer.status), &said));
                }
            }
        }
        Err(Failure::new(FailureKind::Unreachable, &name, None, "no attempt gave an answer"))
    }

    /// Makes a request once.
    fn attempt(&self, request: &Request<'_>) -> Result<Answer, Failure> {
        let name = request.to_string();
        let call = self.call(request);
        let is_transfer = request.most > LARGEST || request.path.contains("://");
        let time = if is_transfer { DOWNLOAD } else { REQUEST };
        // Headers come before the body.
        let bytes = request.most.saturating_add(64 << 10);
        let bounds = Bounds { time, bytes, interrupt: &self.interrupt };
        let printed = call.run_bounded(bounds).map_err(|stopped| {
            let kind = match stopped {
                Stopped::Unstarted(_) | Stopped::TooMuch => FailureKind::Refused,
                Stopped::TimedOut => FailureKind::Unreachable,
                Stopped::Interrupted => FailureKind::Interrupted,
            };
            Failure::new(kind, &name, None, &stopped.to_string())
        })?;
        let said = String::from_utf8_lossy(&printed.stderr);
        let said = said.trim();
        let Some(answer) = Answer::read(&printed.stdout) else {
            let kind = if printed.status == 4 {
                FailureKind::Unauthorized
            } else {
                FailureKind::Unreachable
            };
            let said = said.lines().next().unwrap_or("gh gave no answer");
            return Err(Failure::new(kind, &name, None, said));
        };
        self.ahead.set(answer.clock_ahead().or(self.ahead.get()));
        let good = (200..300).contains(&answer.status);
        if good && printed.status != 0 {
            return Err(Failure::new(FailureKind::Unreachable, &name, None, said));
        }
        if good
            && request.json
            && serde_json::from_slice::<serde::de::IgnoredAny>(&answer.body).is_err()
        {
            let status = Some(answer.status);
            return Err(Failure::new(
                FailureKind::Unreadable,
                &name,
                status,
                "the body is no JSON",
            ));
        }
        if answer.body.len() as u64 > request.most {
            return Err(Failure::new(
                FailureKind::Refused,
                &name,
                None,
                &Stopped::TooMuch.to_string(),
            ));
        }
        Ok(answer)
    }

    fn call(&self, request: &Request<'_>) -> Call {
        let mut call = Call::new("gh", &self.folder);
        for name in SEEN_BY_GH.iter().chain(&TOKENS) {
            call = call.keep(name);
        }
        call = call
            .set("GH_PROMPT_DISABLED", "1")
            .set("GH_NO_UPDATE_NOTIFIER", "1")
            .set("GH_NO_EXTENSION_UPDATE_NOTIFIER", "1")
            // A newer gh reports each of its calls to its makers.
            .set("GH_TELEMETRY", "false")
            .set("NO_COLOR", "1")
            // Some make a table of the widths of all characters first, which takes longer
            // than the request (the library tcell, which reads this).
            .set("TCELL_MINIMIZE", "1")
            // It ends after one request: looking for garbage meanwhile takes a fifth of its time.
            .set("GOGC", "400")
            .arguments(["api", "-i", "--hostname", &self.slug.host, "-X", request.method])
            .arguments(["-H", &format!("X-GitHub-Api-Version: {API_VERSION}")])
            .arguments(&request.more);
        if let Some(body) = &request.body {
            call = call.argument("--input").argument(body);
        }
        call.argument(request.path)
    }
}

struct Request<'a> {
    method: &'a str,
    path: &'a str,
    more: Vec<String>,
    body: Option<PathBuf>,
    most: u64,
    json: bool,
}

impl std::fmt::Display for Request<'_> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{} {}", self.method, self.path)
    }
}

fn stopped_before(request: &str) -> Failure {
    Failure::new(FailureKind::Interrupted, request, None, "the command was asked to stop")
}

fn elsewhere(path: &str, answer: &Answer, reported: &str) -> Failure {
    let said = format!("the list goes on at {reported:?}, which is none of its pages");
    Failure::new(FailureKind::Unreadable, &format!("GET {path}"), Some(answer.status), &said)
}

fn unreadable(path: &str, answer: &Answer, error: &serde_json::Error) -> Failure {
    let said = format!("the answer has another form: {error}");
    Failure::new(FailureKind::Unreadable, &format!("GET {path}"), Some(answer.status), &said)
}
