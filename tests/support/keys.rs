//! Keys that people in these worlds sign with: one for each name, made once a process.

use std::collections::BTreeMap;
use std::os::unix::fs::PermissionsExt;
use std::path::Path;
use std::process::Command;
use std::sync::{Mutex, PoisonError};

/// Both halves of a key, as `ssh-keygen` writes them.
#[derive(Clone)]
struct Pair {
    private: Vec<u8>,
    public: String,
}

static MADE: Mutex<BTreeMap<String, Pair>> = Mutex::new(BTreeMap::new());

/// Writes the key of a name to a file; gives its public half without a comment.
pub(crate) fn write(name: &str, path: &Path) -> String {
    let pair = pair(name);
    std::fs::write(path, &pair.private).unwrap();
    std::fs::set_permissions(path, std::fs::Permissions::from_mode(0o600)).unwrap();
    std::fs::write(path.with_extension("pub"), &pair.public).unwrap();
    pair.public.trim().to_owned()
}

fn pair(name: &str) -> Pair {
    let mut made = MADE.lock().unwrap_or_else(PoisonError::into_inner);
    made.entry(name.to_owned()).or_insert_with(make).clone()
}

fn make() -> Pair {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("key");
    let mut command = Command::new("ssh-keygen");
    command.args(["-q", "-t", "ed25519", "-N", "", "-C", "", "-f"]).arg(&path);
    assert!(command.status().unwrap().success());
    Pair {
        private: std::fs::read(&path).unwrap(),
        public: std::fs::read_to_string(path.with_extension("pub")).unwrap(),
    }
}
