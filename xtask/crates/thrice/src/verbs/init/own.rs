//! Where a repository's own crate gets the product from, and its lock.

use std::path::{Component, Path, PathBuf};

use anyhow::Context;

use crate::judge::init::ProductSource;
use thrice_facts::files;
use thrice_facts::process::Call;
use thrice_findings::{Code, Finding, Stop};

/// Where the product's crate lies in a checkout of it.
const CRATE: &str = "xtask/crates/thrice";

/// The source that `--from` names.
///
/// # Errors
/// A refusal where it names none.
pub(super) fn source(root: &Path, from: Option<&str>) -> Result<ProductSource, Stop> {
    let form = "name a checkout as `--from PATH`, or a full commit as `--from URL#SHA`";
    let Some(from) = from else {
        let message = "it is not known where the source of this program is";
        return Err(Finding::new(Code::UsageWrong, message).help(form).into());
    };
    if let Some(source) = ProductSource::of_address(from) {
        return Ok(source);
    }
    let folder = Path::new(from).join(CRATE);
    if !folder.join("Cargo.toml").is_file() {
        let message = format!("`{from}` is neither a checkout of this program nor a full commit");
        return Err(Finding::new(Code::UsageWrong, message).help(form).into());
    }
    let whole = |path: &Path| {
        path.canonicalize().with_context(|| format!("cannot read {}", path.display()))
    };
    let relative = relative(&whole(root)?.join("xtask"), &whole(&folder)?);
    Ok(ProductSource::Folder(relative.display().to_string()))
}

/// The way from one folder to another.
fn relative(from: &Path, to: &Path) -> PathBuf {
    let (mut here, mut there) = (from.components().peekable(), to.components().peekable());
    while here.peek().is_some() && here.peek() == there.peek() {
        here.next();
        there.next();
    }
    let up = here.map(|_| Component::ParentDir);
    up.chain(there).collect()
}

/// Writes the crate's lock. That of a checkout is taken as it is, so that the versions are
/// those that were tested; cargo leaves out what is not needed. Gives what is left to do.
pub(super) fn lock(root: &Path, from: Option<&str>) -> anyhow::Result<Option<String>> {
    let lock = root.join("xtask/Cargo.lock");
    if lock.exists() {
        return Ok(None);
    }
    let tested = from.map(|from| Path::new(from).join("Cargo.lock"));
    let offline = match tested {
        Some(tested) if tested.is_file() => {
            files::write_whole(&lock, &files::read(&tested)?)?;
            true
        }
        _ => false,
    };
    let is_written = |more: Option<&str>| {
        let call = Call::new("cargo", root).keep("HOME").keep("CARGO_HOME").keep("RUSTUP_HOME");
        let call = call.arguments(["metadata", "--format-version", "1", "--manifest-path"]);
        let call = call.argument("xtask/Cargo.toml").arguments(more);
        call.run_any_status().is_ok_and(|printed| printed.status == 0) && lock.exists()
    };
    // What only other platforms need may not be here yet.
    let done = (offline && is_written(Some("--offline"))) || is_written(None);
    Ok((!done).then(|| {
        "xtask/Cargo.lock is not complete: run `cargo generate-lockfile --manifest-path xtask/Cargo.toml`".to_owned()
    }))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_way_from_one_folder_to_another_is_relative() {
        let table = [
            ("/a/host/xtask", "/a/thrice/crate", "../../thrice/crate"),
            ("/a/xtask", "/a/b", "../b"),
            ("/xtask", "/b", "../b"),
        ];
        for (from, to, way) in table {
            assert_eq!(relative(Path::new(from), Path::new(to)), Path::new(way));
        }
    }
}
