//! The evidence of a commit: the real program runs the real gates in a clone.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::sync::{Arc, Mutex, PoisonError};

use super::git;

/// Files that a run left, by their paths below `out/`.
pub(crate) type Files = BTreeMap<String, Vec<u8>>;

/// Who runs the gates.
#[derive(Debug)]
pub(crate) struct Kitchen {
    /// The program.
    program: PathBuf,
    /// Where clones are made.
    folder: PathBuf,
    /// Variables that the gates need beside PATH.
    variables: Vec<(String, String)>,
    ready: Mutex<BTreeMap<String, Arc<Files>>>,
}

impl Kitchen {
    /// One that runs this program, with clones below this folder.
    pub(crate) fn new(program: &Path, folder: &Path, variables: Vec<(String, String)>) -> Self {
        let (program, folder) = (program.to_owned(), folder.to_owned());
        Self { program, folder, variables, ready: Mutex::default() }
    }

    /// What a run on this commit leaves; executed once for all runs that do not ask for
    /// an execution of their own.
    pub(crate) fn files(&self, remote: &Path, sha: &str, fresh: bool) -> Arc<Files> {
        if fresh {
            return Arc::new(self.cook(remote, sha));
        }
        let mut ready = self.ready.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(files) = ready.get(sha) {
            return Arc::clone(files);
        }
        let files = Arc::new(self.cook(remote, sha));
        ready.insert(sha.to_owned(), Arc::clone(&files));
        files
    }

    fn cook(&self, remote: &Path, sha: &str) -> Files {
        let clone = self.clone_of(remote, sha);
        self.gates(&clone).status().unwrap();
        left(&clone.join("repo"))
    }

    /// A clone at a commit, with a HOME beside it.
    pub(crate) fn clone_of(&self, remote: &Path, sha: &str) -> Clone {
        std::fs::create_dir_all(&self.folder).unwrap();
        let folder = tempfile::Builder::new().prefix("r").tempdir_in(&self.folder).unwrap();
        std::fs::create_dir(folder.path().join("home")).unwrap();
        let clone = Clone { folder };
        let done = |arguments: &[&str], at: &Path| {
            let output = git::command(at).args(arguments).output().unwrap();
            let said = String::from_utf8_lossy(&output.stderr);
            assert!(output.status.success(), "git {arguments:?}: {said}");
        };
        let remote = remote.display().to_string();
        let cloning = ["clone", "--quiet", "--no-checkout", &remote, "repo"];
        done(&cloning, clone.folder.path());
        done(&["checkout", "--quiet", "--detach", sha], &clone.join("repo"));
        clone
    }

    /// The program about to run all gates in a clone.
    pub(crate) fn gates(&self, clone: &Clone) -> Command {
        let mut command = Command::new(&self.program);
        command
            .args(["gates", "run"])
            .current_dir(clone.join("repo"))
            .env_clear()
            .env("PATH", std::env::var_os("PATH").unwrap_or_default())
            .env("HOME", clone.join("home"))
            .env("TMPDIR", clone.folder.path())
            .env("GIT_CONFIG_GLOBAL", git::CONFIG)
            .env("GIT_CONFIG_NOSYSTEM", "1")
            .envs(self.variables.iter().cloned())
            .stdin(std::process::Stdio::null())
            .stdout(std::process::Stdio::null())
            .stderr(std::process::Stdio::null());
        command
    }
}

/// A clone that ends with its owner.
#[derive(Debug)]
pub(crate) struct Clone {
    folder: tempfile::TempDir,
}

impl Clone {
    /// A path in its folder.
    pub(crate) fn join(&self, path: &str) -> PathBuf {
        self.folder.path().join(path)
    }
}

/// All files below the output folder of a checkout.
pub(crate) fn left(repository: &Path) -> Files {
    let programme = programme(|path| std::fs::read(repository.join(path)).ok());
    let out = repository.join(programme.1);
    let mut files = Files::new();
    gather(&out, "", &mut files);
    files
}

fn gather(folder: &Path, below: &str, files: &mut Files) {
    for entry in std::fs::read_dir(folder).into_iter().flatten().flatten() {
        let name = format!("{below}{}", entry.file_name().to_string_lossy());
        let Ok(kind) = entry.file_type() else { continue };
        if kind.is_dir() {
            gather(&entry.path(), &format!("{name}/"), files);
        } else if kind.is_file() {
            files.insert(name, std::fs::read(entry.path()).unwrap_or_default());
        }
    }
}

/// The programme's id and output folder, by policy as this reader gives it.
pub(crate) fn programme(read: impl Fn(&str) -> Option<Vec<u8>>) -> (String, String) {
    let table = table(read("policy/programme.toml"));
    let text = |key: &str| table.get(key).and_then(|value| value.as_str()).map(str::to_owned);
    (text("id").unwrap_or_default(), text("output").unwrap_or("out".to_owned()))
}

/// The gates' ids, by policy as this reader gives it.
pub(crate) fn gates(read: impl Fn(&str) -> Option<Vec<u8>>) -> Vec<String> {
    let table = table(read("policy/gates.toml"));
    let gates = table.get("gates").and_then(|value| value.as_array()).cloned().unwrap_or_default();
    gates.iter().filter_map(|gate| Some(gate.get("id")?.as_str()?.to_owned())).collect()
}

fn table(bytes: Option<Vec<u8>>) -> toml::Table {
    let text = String::from_utf8(bytes.unwrap_or_default()).unwrap_or_default();
    toml::from_str(&text).unwrap_or_default()
}

/// What the last job uploads for a programme, in the order of the upload.
pub(crate) fn uploaded(programme: &str, files: &Files) -> Vec<(String, Vec<u8>)> {
    let names = [
        format!("{programme}-evidence.zip"),
        format!("scorecards/{programme}.json"),
        "MANIFEST.json".to_owned(),
        "SHA256SUMS".to_owned(),
        format!("{programme}-test-result.intoto.json"),
    ];
    let there = |name: String| files.get(&name).map(|bytes| (name.clone(), bytes.clone()));
    names.into_iter().filter_map(there).collect()
}

/// What the job of a gate uploads.
pub(crate) fn of_gate(gate: &str, files: &Files) -> Vec<(String, Vec<u8>)> {
    let ours = |path: &str| {
        path == format!("gates/{gate}.json")
            || path == format!("logs/{gate}.log")
            || path.starts_with(&format!("evidence/{gate}_"))
    };
    let chosen = files.iter().filter(|(path, _)| ours(path));
    chosen.map(|(path, bytes)| (path.clone(), bytes.clone())).collect()
}
