//! A world of its own for each test: an own HOME, an empty environment, a
//! repository with a pinned clock, and the real program run in it.

pub(crate) mod contract;
pub(crate) mod github;
pub(crate) mod keys;
pub(crate) mod ledgers;
pub(crate) mod oracle;
pub(crate) mod pages;
pub(crate) mod picture;
pub(crate) mod policies;
pub(crate) mod processes;
pub(crate) mod releases;
pub(crate) mod reviews;
pub(crate) mod sampling;
pub(crate) mod server_reviews;
pub(crate) mod shown;
pub(crate) mod team;
pub(crate) mod terminal;

use std::cell::Cell;
use std::ffi::OsStr;
use std::path::{Path, PathBuf};
use std::process::{Command, Output};
use std::sync::atomic::AtomicBool;
use std::sync::{Arc, Once};

use signal_hook::consts::{SIGHUP, SIGINT, SIGTERM};

pub(crate) use shown::shown;

/// The program under test.
pub(crate) const XTASK: &str = env!("CARGO_BIN_EXE_xtask");

/// What git is given in every test repository.
pub(crate) const GIT_CONFIG: &str =
    concat!(env!("CARGO_MANIFEST_DIR"), "/../tests/support/gitconfig");

/// Seconds since 1970 at which the first commit of every test repository is made:
/// 2026-01-01 00:00:00 UTC.
const EPOCH: i64 = 1_767_225_600;

/// A temporary folder with a HOME and a repository.
pub(crate) struct World {
    folder: tempfile::TempDir,
    commits: Cell<i64>,
}

/// What a command printed, and its exit status.
#[derive(Debug)]
pub(crate) struct Ran {
    /// Exit status; -1 where a signal ended it.
    pub(crate) status: i32,
    /// Standard output.
    pub(crate) stdout: String,
    /// Standard error.
    pub(crate) stderr: String,
}

impl From<Output> for Ran {
    fn from(output: Output) -> Self {
        Self {
            status: output.status.code().unwrap_or(-1),
            stdout: String::from_utf8_lossy(&output.stdout).into_owned(),
            stderr: String::from_utf8_lossy(&output.stderr).into_owned(),
        }
    }
}

/// Types what is next, from `cargo xtask status` on, until that begins so: `types` types a line.
/// Gives what was typed.
#[track_caller]
pub(crate) fn follow(until: &str, types: impl Fn(&str) -> Ran) -> Vec<String> {
    let mut typed = Vec::new();
    loop {
        let next = types("cargo xtask status").next().to_owned();
        if next.starts_with(until) {
            return typed;
        }
        assert!(typed.len() < 12, "it goes round: {typed:#?}");
        let ran = types(&next);
        typed.push(next);
        assert_eq!(ran.status, 0, "{ran:#?}\n{typed:#?}");
    }
}

impl Ran {
    /// What comes of a line, typed as it stands into the shell that a command starts;
    /// `cargo xtask` in it, or `thrice` at its start, is the program under test.
    pub(crate) fn typed(mut shell: Command, line: &str) -> Self {
        let line = match line.strip_prefix("thrice ") {
            Some(rest) => format!("{XTASK} {rest}"),
            None => line.replace("cargo xtask", XTASK),
        };
        shell.args(["-c", &line]).output().unwrap().into()
    }

    /// The first command in the help of this code, where that is among the refusals.
    pub(crate) fn help(&self, code: &str) -> Option<String> {
        let (_, rest) = self.stdout.split_once(&format!("error[{code}]"))?;
        let (_, help) = rest.split_once("= help: ")?;
        help.lines().next()?.split('`').nth(1).map(str::to_owned)
    }

    /// What it says is next.
    #[track_caller]
    pub(crate) fn next(&self) -> &str {
        let next = self.stdout.lines().rev().find_map(|line| line.strip_prefix("next: "));
        next.unwrap_or_else(|| panic!("nothing is next: {self:#?}"))
    }
}

impl World {
    /// A world with an empty repository on `main`.
    pub(crate) fn new() -> Self {
        signals_as_usual();
        let folder = tempfile::Builder::new().prefix("x").tempdir().unwrap();
        let world = Self { folder, commits: Cell::new(0) };
        std::fs::create_dir(world.home()).unwrap();
        std::fs::create_dir(world.repo()).unwrap();
        world.git(["init", "--quiet", "--initial-branch=main"]);
        world
    }

    /// A world whose repository has a policy with these gates, committed. Its runs don't
    /// differ on purpose, and no cause is searched for, unless the policy says so.
    pub(crate) fn with_gates(gates: &str) -> Self {
        let still = if gates.contains("[vary]") { "" } else { STILL };
        let gates = format!("{gates}{still}");
        let world = Self::new();
        world.write("policy/programme.toml", PROGRAMME);
        world.write("policy/gates.toml", gates);
        world.commit("policy");
        world
    }

    /// A world with one gate `T4` that a shell script decides. Runs are not
    /// staggered, because the script is quick.
    pub(crate) fn with_script(script: &str) -> Self {
        Self::with_gates(&format!("stagger = \"0 s\"\n{}", gate("T4", "tests", script)))
    }

    /// The folder that holds everything.
    pub(crate) fn root(&self) -> &Path {
        self.folder.path()
    }

    /// The world's HOME.
    pub(crate) fn home(&self) -> PathBuf {
        self.root().join("home")
    }

    /// The repository.
    pub(crate) fn repo(&self) -> PathBuf {
        self.root().join("repo")
    }

    /// A path in the repository.
    pub(crate) fn path(&self, path: impl AsRef<Path>) -> PathBuf {
        self.repo().join(path)
    }

    /// Writes a file in the repository.
    pub(crate) fn write(&self, path: &str, text: impl AsRef<[u8]>) {
        let path = self.path(path);
        std::fs::create_dir_all(path.parent().unwrap()).unwrap();
        std::fs::write(path, text).unwrap();
    }

    /// Reads a file in the repository.
    pub(crate) fn read(&self, path: &str) -> String {
        let path = self.path(path);
        String::from_utf8_lossy(&std::fs::read(&path).unwrap_or_else(|e| panic!("{path:?}: {e}")))
            .into_owned()
    }

    /// Reads a JSON file in the repository.
    pub(crate) fn json(&self, path: &str) -> serde_json::Value {
        serde_json::from_str(&self.read(path)).unwrap()
    }

    /// Commits everything; each commit is a minute after the one before.
    pub(crate) fn commit(&self, message: &str) -> String {
        self.git(["add", "--all"]);
        self.git(["commit", "--quiet", "--allow-empty", "-m", message]);
        self.git(["rev-parse", "HEAD"]).trim().to_owned()
    }

    /// Runs git in the repository; it must succeed.
    pub(crate) fn git<S: AsRef<OsStr>>(&self, arguments: impl IntoIterator<Item = S>) -> String {
        let number = self.commits.get();
        self.commits.set(number + 1);
        let date = format!("{} +0000", EPOCH + 60 * number);
        let mut command = self.command(&*github::GIT);
        command.args(arguments).env("GIT_AUTHOR_DATE", &date).env("GIT_COMMITTER_DATE", &date);
        let ran = Ran::from(command.output().unwrap());
        assert_eq!(ran.status, 0, "git: {}", ran.stderr);
        ran.stdout
    }

    /// A command in the repository with this world's environment and nothing else.
    pub(crate) fn command(&self, program: impl AsRef<OsStr>) -> Command {
        let mut command = Command::new(program);
        command
            .current_dir(self.repo())
            .env_clear()
            .env("PATH", std::env::var_os("PATH").unwrap())
            .env("HOME", self.home())
            .env("TMPDIR", self.root())
            .env("GIT_CONFIG_GLOBAL", GIT_CONFIG)
            .env("GIT_CONFIG_NOSYSTEM", "1")
            .env("GIT_AUTHOR_NAME", "A Tester")
            .env("GIT_AUTHOR_EMAIL", "tester@example.com")
            .env("GIT_COMMITTER_NAME", "A Tester")
            .env("GIT_COMMITTER_EMAIL", "tester@example.com");
        command
    }

    /// The program under test, about to be run with these arguments.
    pub(crate) fn xtask_command<S: AsRef<OsStr>>(
        &self,
        arguments: impl IntoIterator<Item = S>,
    ) -> Command {
        let mut command = self.command(XTASK);
        command.args(arguments);
        command
    }

    /// Runs the program under test, its streams piped.
    pub(crate) fn xtask<S: AsRef<OsStr>>(&self, arguments: impl IntoIterator<Item = S>) -> Ran {
        self.xtask_command(arguments).output().unwrap().into()
    }

    /// What a person sees of it, with all that varies between runs replaced.
    pub(crate) fn shown(&self, text: &str) -> String {
        shown(text, self.root())
    }
}

/// A caller may have started the tests with signals ignored, as `nohup` does, and every
/// program would inherit that. What a handler takes is back to normal in a new program.
fn signals_as_usual() {
    static ONCE: Once = Once::new();
    ONCE.call_once(|| {
        for signal in [SIGINT, SIGTERM, SIGHUP] {
            let always = Arc::new(AtomicBool::new(true));
            signal_hook::flag::register_conditional_default(signal, always).unwrap();
        }
    });
}

/// Policy of reviews whose runs differ in nothing on purpose.
pub(crate) const STILL: &str = "\n[vary]\nmode = \"none\"\nbudget = 0\n";

/// The programme of test repositories.
pub(crate) const PROGRAMME: &str = r#"id = "demo"
name = "Demo"
default_branch = "main"
time_zone = "UTC"
"#;

/// Writes a script that is called as a program. A process of its own does: whatever another test
/// starts at this moment would hold it open for writing, and the kernel starts no such file.
pub(crate) fn write_program(path: &Path, script: &str) {
    let mut shell = Command::new("sh");
    shell.args(["-c", "printf %s \"$1\" > \"$2\" && chmod 755 \"$2\"", "sh", script]).arg(path);
    assert!(shell.status().unwrap().success(), "{}", path.display());
}

/// A gate that a shell script decides, as TOML. The script must not hold `'''`.
pub(crate) fn gate(id: &str, name: &str, script: &str) -> String {
    format!(
        "\n[[gates]]\nid = \"{id}\"\nname = \"{name}\"\nrun = [\"sh\", \"-c\", '''\n{script}\n''']\n"
    )
}
