//! `git cat-file --batch`, which a command asks many times: it is started once.

use std::io::{self, BufRead, Read};
use std::path::{Path, PathBuf};
use std::sync::{Mutex, PoisonError};

use super::call;
use crate::process::CallError;
use crate::process::answering::Answering;

/// How many bytes of names are asked for at once: nothing is read while they are written, so they
/// fit into a pipe. Whoever asks for more starts another, which is not slow for what it gives.
const AT_ONCE: usize = 4_096;

/// The one that was asked last, and the repository that it answers for.
static ASKED: Mutex<Option<(PathBuf, Answering)>> = Mutex::new(None);

/// What it prints for some names of objects, each with LF at its end.
pub(super) fn cat(root: &Path, names: Vec<u8>) -> Result<Vec<u8>, CallError> {
    // One that is gone, or was ended by what it could not read, says nothing; another says why.
    if names.len() <= AT_ONCE
        && let Some(printed) = asked(root, &names)
    {
        return Ok(printed);
    }
    Ok(call(root, ["cat-file", "--batch"]).input(names).run()?.stdout)
}

/// Ends the one that is asked, and waits for that: a command that ended leaves nothing at work.
pub fn stop_asking() {
    drop(ASKED.lock().unwrap_or_else(PoisonError::into_inner).take());
}

fn asked(root: &Path, names: &[u8]) -> Option<Vec<u8>> {
    let mut last = ASKED.lock().unwrap_or_else(PoisonError::into_inner);
    let same = last.take().filter(|(of, _)| of == root);
    let mut running = match same {
        Some((_, running)) => running,
        None => call(root, ["cat-file", "--batch"]).answering().ok()?,
    };
    let printed = answers(&mut running, names).ok()?;
    *last = Some((root.to_owned(), running));
    Some(printed)
}

/// An answer for each name.
fn answers(running: &mut Answering, names: &[u8]) -> io::Result<Vec<u8>> {
    running.ask(names)?;
    let mut printed = Vec::new();
    for _ in names.iter().filter(|byte| **byte == b'\n') {
        let from = printed.len();
        if running.output.read_until(b'\n', &mut printed)? == 0 {
            return Err(io::ErrorKind::UnexpectedEof.into());
        }
        let head = String::from_utf8_lossy(&printed[from..]).into_owned();
        if let [_, _, size] = head.split_whitespace().collect::<Vec<_>>()[..]
            && let Ok(size) = size.parse::<u64>()
        {
            // The object, and LF.
            let whole = io::copy(&mut (&mut running.output).take(size + 1), &mut printed)?;
            if whole != size + 1 {
                return Err(io::ErrorKind::UnexpectedEof.into());
            }
        }
    }
    Ok(printed)
}

#[cfg(test)]
mod tests {
    use std::path::Path;

    use super::{asked, call, cat};

    #[test]
    fn it_is_asked_again_also_after_it_ended() {
        let folder = crate::scratch::folder().unwrap();
        let run = |root: &Path, words: &[&str]| {
            let call = call(root, words).set("GIT_AUTHOR_NAME", "a").set("GIT_AUTHOR_EMAIL", "a");
            call.set("GIT_COMMITTER_NAME", "a").set("GIT_COMMITTER_EMAIL", "a").run().unwrap()
        };
        for name in ["one", "two"] {
            let root = folder.path().join(name);
            std::fs::create_dir(&root).unwrap();
            run(&root, &["init", "--quiet"]);
            assert_eq!(cat(&root, b"HEAD\n".to_vec()).unwrap(), b"HEAD missing\n");
            // What is made later is found.
            run(&root, &["commit", "--quiet", "--allow-empty", "--message", name]);
            let printed = cat(&root, b"no such thing\nHEAD^{tree}\nHEAD\n".to_vec()).unwrap();
            let text = String::from_utf8(printed).unwrap();
            assert!(text.starts_with("no such thing missing\n4b825dc"), "{text}");
            assert!(text.ends_with(&format!("\n\n{name}\n\n")), "{text}");
            let many = "x\n".repeat(5_000);
            assert_eq!(cat(&root, many.into_bytes()).unwrap().len(), 5_000 * "x missing\n".len());
        }
        assert!(asked(&folder.path().join("none"), b"HEAD\n").is_none());
        assert!(asked(folder.path(), b"HEAD\n").is_none());
    }
}
