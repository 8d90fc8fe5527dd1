//! Submodules of a checkout: cloned from what this repository has of them, so that no run asks
//! their remotes for commits that are here.

use std::path::{Component, Path, PathBuf};

use anyhow::bail;

use super::{call, call_text, git, split_z};
use crate::interrupt::Interrupt;

/// Checks out the submodules of a checkout and theirs. `modules` is where git keeps the
/// repository's own submodules; `reading` are options of git for the calls.
pub(super) fn check_out(
    checkout: &Path,
    modules: &Path,
    reading: &[&str],
    interrupt: &Interrupt,
) -> anyhow::Result<()> {
    for Submodule { name, path } in listed(checkout)? {
        let Some(commit) = commit_of(checkout, &path)? else { continue };
        let init = ["submodule", "--quiet", "init", "--", &path];
        call(checkout, reading).arguments(init).run_supervised(interrupt)?;
        let own = own_folder(modules, &name);
        let here = own.as_deref().filter(|folder| has(folder, &commit));
        let mut update = call(checkout, reading);
        if let Some(here) = here {
            let url = format!("submodule.{name}.url={}", here.display());
            update = update.arguments(["-c", "protocol.file.allow=always", "-c", &url]);
        }
        let update = update.arguments(["submodule", "--quiet", "update", "--", &path]);
        if let Err(error) = update.run_supervised(interrupt) {
            if interrupt.requested() {
                return Err(error.into());
            }
            let reasons = error.reason().split("; ");
            let why = reasons.filter_map(|it| it.strip_prefix("fatal: ")).next();
            let why = why.unwrap_or(error.reason());
            bail!(
                "the submodule {path} is not here, and its remote does not give it ({why}): run \
                 `git submodule update --init --recursive` where the remote can be reached"
            );
        }
        let folder = checkout.join(&path);
        if folder.join(".git").exists() {
            if let Some(url) = here.and_then(remote_of) {
                // Submodules of its own can be named relative to this.
                call(&folder, ["config", "remote.origin.url", &url]).run_supervised(interrupt)?;
            }
            let inner = own.unwrap_or_default().join("modules");
            check_out(&folder, &inner, &[], interrupt)?;
        }
    }
    Ok(())
}

pub(super) struct Submodule {
    name: String,
    pub(super) path: String,
}

/// What `.gitmodules` of a checkout names. What is not UTF-8 is left out.
pub(super) fn listed(checkout: &Path) -> anyhow::Result<Vec<Submodule>> {
    if !checkout.join(".gitmodules").exists() {
        return Ok(Vec::new());
    }
    let asked = ["config", "-z", "--file", ".gitmodules", "--get-regexp", r"^submodule\..*\.path$"];
    let printed = call(checkout, asked).run_any_status()?;
    let submodule = |entry: Vec<u8>| {
        let text = String::from_utf8(entry).ok()?;
        let (key, path) = text.split_once('\n')?;
        let name = key.strip_prefix("submodule.")?.strip_suffix(".path")?.to_owned();
        Some(Submodule { name, path: path.to_owned() })
    };
    Ok(split_z(&printed.stdout).into_iter().filter_map(submodule).collect())
}

/// The commit of a submodule in the commit that is checked out.
fn commit_of(checkout: &Path, path: &str) -> anyhow::Result<Option<String>> {
    let printed = call_text(&git(checkout, ["ls-tree", "-z", "HEAD", "--", path])?);
    let id = printed.strip_prefix("160000 commit ").and_then(|rest| rest.split('\t').next());
    Ok(id.map(str::to_owned))
}

/// Where git keeps a submodule of that name; nothing where the name leads elsewhere.
fn own_folder(modules: &Path, name: &str) -> Option<PathBuf> {
    let plain = Path::new(name).components().all(|part| matches!(part, Component::Normal(_)));
    (plain && !name.contains('=') && modules.is_absolute()).then(|| modules.join(name))
}

fn has(repository: &Path, commit: &str) -> bool {
    let object = format!("{commit}^{{commit}}");
    repository.join("HEAD").is_file() && git(repository, ["cat-file", "-e", &object]).is_ok()
}

fn remote_of(repository: &Path) -> Option<String> {
    let printed = git(repository, ["config", "--get", "remote.origin.url"]).ok()?;
    Some(call_text(&printed).trim_end_matches('\n').to_owned()).filter(|url| !url.is_empty())
}
