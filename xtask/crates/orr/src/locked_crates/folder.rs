//! A target folder that holds only what is of others: pruned, measured, copied.

use std::collections::BTreeSet;
use std::fs::{self, File};
use std::io;
use std::path::Path;

use anyhow::Context;
use sha2::{Digest, Sha256};

use crate::evidence::manifest::sha256_hex;
use thrice_facts::files;

/// Takes out of a target folder all that was compiled of the repository's own packages:
/// each run compiles those. What has the name of one goes as well, which costs a run some
/// compiling and can hide nothing.
pub(super) fn prune(folder: &Path, own: &BTreeSet<String>) -> anyhow::Result<()> {
    let own: BTreeSet<String> = own.iter().map(|name| plain(name)).collect();
    prune_below(folder, "", &own)
}

fn prune_below(folder: &Path, name: &str, own: &BTreeSet<String>) -> anyhow::Result<()> {
    let is_profile = folder.join(".fingerprint").is_dir() || folder.join("deps").is_dir();
    for entry in fs::read_dir(folder)? {
        let entry = entry?;
        let inner = entry.file_name();
        let inner = inner.to_string_lossy();
        let is_folder = entry.file_type()?.is_dir();
        let goes = match name {
            ".fingerprint" | "build" | "deps" => own.contains(&package(&inner)),
            // What is linked to the top of a profile's folder is the repository's own.
            _ if is_profile && !is_folder => !inner.starts_with(".cargo-"),
            _ => is_folder && ["incremental", "examples", "doc", "tmp"].contains(&&*inner),
        };
        if goes {
            files::remove(&entry.path())?;
        } else if is_folder && !["build", "deps"].contains(&name) && name != ".fingerprint" {
            prune_below(&entry.path(), &inner, own)?;
        }
    }
    Ok(())
}

/// The package's or crate's name in the name of a file of cargo's:
/// `libthrice_orr-0123456789abcdef.rmeta`, `thrice-orr-0123456789abcdef`, `thrice-orr`.
fn package(name: &str) -> String {
    let stem = name.split('.').next().unwrap_or(name);
    let is_hash = |text: &str| text.len() == 16 && text.bytes().all(|b| b.is_ascii_hexdigit());
    let hashed = stem.rsplit_once('-').filter(|(_, hash)| is_hash(hash));
    let bare = hashed.map_or(stem, |(bare, _)| bare);
    let crate_file = name.contains('.').then(|| bare.strip_prefix("lib")).flatten();
    plain(crate_file.unwrap_or(bare))
}

fn plain(name: &str) -> String {
    name.replace('-', "_")
}

/// What a folder holds.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Measured {
    /// Bytes of all its files.
    pub(super) bytes: u64,
    /// SHA-256 over names and contents.
    pub(super) sha256: String,
}

/// Measures a folder.
pub(super) fn measure(folder: &Path) -> anyhow::Result<Measured> {
    let mut bytes = 0;
    let mut whole = Sha256::new();
    for found in files::walk(folder)? {
        let mut content = Sha256::new();
        if matches!(found.kind, files::PathKind::File { .. }) {
            let read = files::read(&found.path)?;
            bytes += read.len() as u64;
            content.update(&read);
        }
        whole.update((found.relative.len() as u64).to_be_bytes());
        whole.update(&found.relative);
        whole.update(content.finalize());
    }
    Ok(Measured { bytes, sha256: sha256_hex(&whole.finalize()) })
}

/// Copies a folder into a place that is not there yet: content, modes, and times, by which
/// cargo sees what is fresh. Nothing is shared with the original but blocks that the file
/// system copies when they are written.
pub(super) fn copy(from: &Path, to: &Path) -> anyhow::Result<()> {
    files::make_folder(to)?;
    for entry in fs::read_dir(from)? {
        let entry = entry?;
        let (source, target) = (entry.path(), to.join(entry.file_name()));
        let kind = entry.file_type()?;
        if kind.is_dir() {
            copy(&source, &target)?;
        } else if kind.is_symlink() {
            std::os::unix::fs::symlink(fs::read_link(&source)?, &target)?;
        } else if kind.is_file() {
            copy_file(&source, &target)
                .with_context(|| format!("cannot copy {}", source.display()))?;
        }
    }
    Ok(())
}

fn copy_file(source: &Path, target: &Path) -> io::Result<()> {
    let metadata = fs::metadata(source)?;
    fs::copy(source, target)?;
    // Times of a file may be set by its owner, also where it may only be read.
    File::open(target)?.set_modified(metadata.modified()?)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn write(folder: &Path, names: &[&str]) {
        for name in names {
            files::write_whole(&folder.join(name), name.as_bytes()).unwrap();
        }
    }

    fn names(folder: &Path) -> Vec<String> {
        let found = files::walk(folder).unwrap();
        found.iter().map(|found| files::display_bytes(&found.relative)).collect()
    }

    #[test]
    fn only_what_is_of_others_stays() {
        let folder = tempfile::tempdir().unwrap();
        let others = [
            ".rustc_info.json",
            "debug/.cargo-lock",
            "debug/.fingerprint/my-tool-macros-0123456789abcdef/x",
            "debug/.fingerprint/serde-0123456789abcdef/lib-serde",
            "debug/build/serde-0123456789abcdef/output",
            "debug/deps/libserde-0123456789abcdef.rmeta",
            "debug/deps/serde-0123456789abcdef.d",
            "x86/release/deps/liblibc-0123456789abcdef.rlib",
        ];
        let own = [
            "debug/.fingerprint/my-tool-0123456789abcdef/lib-my_tool",
            "debug/build/my-tool-0123456789abcdef/output",
            "debug/build/my-tool/0123456789abcdef/out/x",
            "debug/deps/libmy_tool-0123456789abcdef.rmeta",
            "debug/deps/my_tool-0123456789abcdef",
            "debug/deps/my_tool-0123456789abcdef.d",
            "debug/deps/smoke-0123456789abcdef",
            "debug/examples/a",
            "debug/incremental/my_tool-x/y",
            "debug/my-tool",
            "debug/my-tool.d",
            "x86/release/libmy_tool.so",
        ];
        write(folder.path(), &others);
        write(folder.path(), &own);
        let names_of_own = ["my-tool", "smoke"].map(str::to_owned).into();
        prune(folder.path(), &names_of_own).unwrap();
        assert_eq!(names(folder.path()), others);
    }

    #[test]
    fn a_copy_has_content_modes_and_times_and_is_its_own() {
        let folder = tempfile::tempdir().unwrap();
        let (from, to) = (folder.path().join("from"), folder.path().join("new/to"));
        write(&from, &["a/b", "c"]);
        files::set_executable(&from.join("a/b"), true).unwrap();
        std::os::unix::fs::symlink("nowhere", from.join("link")).unwrap();
        let before = measure(&from).unwrap();
        copy(&from, &to).unwrap();
        assert_eq!(names(&to), ["a/b", "c", "link"]);
        assert!(files::is_executable(&to.join("a/b")).unwrap());
        let time = |path: &Path| fs::metadata(path).unwrap().modified().unwrap();
        assert_eq!(time(&from.join("a/b")), time(&to.join("a/b")));
        assert_eq!(measure(&to).unwrap(), before);
        fs::write(to.join("c"), "changed").unwrap();
        assert_eq!(measure(&from).unwrap(), before);
        assert_ne!(measure(&to).unwrap(), before);
    }
}
