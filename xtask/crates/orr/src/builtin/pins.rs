//! T3: locks that are complete and honoured, actions pinned to commits, an owner
//! for every tracked file.

use std::fs::File;
use std::time::{Duration, Instant};

use serde_json::{Value, json};

use super::Decided;
use crate::environment;
use crate::evidence::json::canonical;
use crate::judge::lock::Lock;
use crate::judge::{codeowners, lock, workflow};
use crate::surroundings::{Surroundings, changes};
use crate::vary::Variation;
use thrice_facts::files;
use thrice_facts::git::Tree;
use thrice_facts::process::gate::{Ended, GateCommand};
use thrice_facts::process::manner::Manner;
use thrice_findings::{Code, Finding, Place};
use thrice_policy::values::PathGlob;
use thrice_programme::{Action, Builtin, LockFile, LockFormat};
use thrice_report::text::counted;

pub(super) fn decide(surroundings: &Surroundings<'_>) -> anyhow::Result<Decided> {
    let settings = &surroundings.policy.gates.pins;
    let tree = surroundings.committed()?;
    let mut findings = Vec::new();
    let mut locks = Vec::new();
    let mut pinning = Vec::new();
    for file in &settings.locks.files {
        findings.extend(check_lock(surroundings, &tree, file)?);
        let bytes = tree.read(&file.path)?;
        // An empty one is of a module that requires nothing, and pins nothing below its folder.
        if bytes.as_ref().is_none_or(|bytes| !bytes.trim_ascii().is_empty()) {
            pinning.push(Lock::new(file.clone(), &bytes.unwrap_or_default()));
        }
        let about = lock::about(file.format);
        locks.push(json!({
            "path": file.path,
            "pinned": about.pinned,
            "cannot_say": about.unsaid,
            "see": about.authority,
        }));
    }
    if let Some(reason) = &settings.locks.none {
        let message = format!("no lock is checked: {reason}");
        findings.push(
            Finding::new(Code::LockNote, message)
                .help("nothing to do where that still holds; else list the lock files in `locks`"),
        );
    }
    let manifests = manifests(&tree)?;
    findings.extend(lock::unlocked(&manifests, &pinning, &settings.locks.without));
    let (pins, workflows, read_through) = check_workflows(&tree, &settings.workflows)?;
    findings.extend(pins);
    if let Some(path) = &settings.owners {
        findings.extend(check_owners(&tree, path)?);
    }
    let listed: Vec<Value> = findings.iter().map(|finding| json!(finding)).collect();
    // What is excused is said to who changes any of it.
    let is_note = |finding: &Finding| finding.code == Code::LockNote;
    if findings.iter().any(is_note) {
        // Of the default branch itself, everything is said.
        let head = &surroundings.run.commit.id;
        let base = surroundings.base()?.filter(|(base, _)| base.id != *head);
        let of_locks = settings.locks.files.iter().map(|file| file.path.as_str());
        let deciding = manifests.iter().map(|it| it.path.as_str()).chain(of_locks);
        let mut deciding = deciding.chain(["policy/gates.toml"]);
        if !deciding.any(|path| changes(&tree, base.as_ref(), path)) {
            findings.retain(|finding| !is_note(finding));
        }
    }
    let report = json!({
        "schema": "xtask/pins/2",
        "locks": locks,
        "no_locks": settings.locks.none,
        "manifests_read": manifests.len(),
        "workflows_read": workflows,
        "workflows_and_actions": read_through,
        "owners": settings.owners,
        "tracked_files": tree.paths().count(),
        "findings": listed,
    });
    Ok(Decided { files: vec![("pins.json".to_owned(), canonical(&report)?)], findings })
}

/// What is wrong in the workflows that these patterns match; how many do, and every file
/// that was read for them.
fn check_workflows(
    tree: &Tree,
    globs: &[PathGlob],
) -> anyhow::Result<(Vec<Finding>, usize, Vec<String>)> {
    let mut workflows = 0;
    let mut unread = Vec::new();
    let mut read = |path: &str| tree.read(path);
    let mut through = workflow::Through::new(&mut read);
    for path in tree.paths().filter_map(|path| std::str::from_utf8(path).ok()) {
        if globs.iter().any(|glob| glob.is_match(path)) {
            workflows += 1;
            through.workflow(path)?;
        } else if workflow::is_workflow(path) {
            unread.push(path);
        }
    }
    let read_through: Vec<String> = through.read_files().into_iter().map(str::to_owned).collect();
    let mut findings = through.findings;
    unread.retain(|path| !read_through.iter().any(|read| read == path));
    findings.extend(left_unread(&unread));
    if workflows == 0 && !globs.is_empty() {
        findings.push(
            Finding::new(
                Code::NotEstablishedCode,
                "no workflow matches `workflows`, so no pin was read",
            )
            .help("correct the globs in `[pins]` of policy/gates.toml, or take them out"),
        );
    }
    Ok((findings, workflows, read_through))
}

/// Says which workflows no pattern matches, and no workflow that was read uses.
fn left_unread(paths: &[&str]) -> Option<Finding> {
    let (first, others) = paths.split_first()?;
    let others = match others.len() {
        0 => String::new(),
        all => format!(" and {}", counted(all, "other workflow")),
    };
    let message = format!(
        "{first}{others}: nobody checks the pins of their actions, as `workflows` of `[pins]` doesn't name them"
    );
    let help = "pin each `uses:` to a full commit id, then write `workflows = [\".github/workflows/*.{yml,yaml}\"]` in `[pins]` of \
                policy/gates.toml";
    Some(Finding::new(Code::WorkflowsUnread, message).help(help).at(Place::file(*first)))
}

fn check_lock(
    surroundings: &Surroundings<'_>,
    tree: &Tree,
    file: &LockFile,
) -> anyhow::Result<Vec<Finding>> {
    let path = file.path.as_str();
    let Some(bytes) = tree.read(path)? else {
        let finding = Finding::new(Code::LockIncomplete, format!("there is no {path}"))
            .help("commit the lock file, or correct `locks` in policy/gates.toml")
            .at(Place::file(path));
        return Ok(vec![finding]);
    };
    let there = lock::beside(file.format, path).into_iter().find(|path| tree.has(path));
    let beside = match there {
        Some(path) => tree.read(&path)?.map(|bytes| (path, bytes)),
        None => None,
    };
    let beside = beside.as_ref().map(|(path, bytes)| (path.as_str(), bytes.as_slice()));
    let mut findings = lock::check(file.format, path, &bytes, beside);
    if file.format == LockFormat::Cargo {
        findings.extend(honoured(surroundings, tree, path)?);
    }
    Ok(findings)
}

/// The manifests of the commit.
fn manifests(tree: &Tree) -> anyhow::Result<Vec<lock::Manifest>> {
    let paths = tree.paths().filter_map(|path| std::str::from_utf8(path).ok());
    let mut found = Vec::new();
    for path in paths.filter(|path| lock::could_be_manifest(path)) {
        if let Some(bytes) = tree.read(path)? {
            found.push(lock::Manifest { path: path.to_owned(), bytes });
        }
    }
    Ok(found)
}

/// Asks cargo whether the lock fits its manifests, in a gate's environment: what
/// the commit makes cargo run must see no more than a gate does. It is asked about
/// an export of its own, because other gates work in the checkout.
fn honoured(
    surroundings: &Surroundings<'_>,
    tree: &Tree,
    path: &str,
) -> anyhow::Result<Option<Finding>> {
    let run_of = surroundings.run;
    let policy = surroundings.policy;
    let Some(gate) = policy
        .gates
        .gates
        .iter()
        .find(|gate| matches!(gate.action, Action::Builtin(Builtin::Pins)))
    else {
        return Ok(None);
    };
    let manifest = format!("{}Cargo.toml", path.strip_suffix("Cargo.lock").unwrap_or(""));
    let mut argv: Vec<String> =
        ["cargo", "metadata", "--locked", "--offline", "--format-version", "1"]
            .map(str::to_owned)
            .into();
    argv.extend(["--manifest-path".to_owned(), manifest]);
    let place = Place::file(path);
    let environment =
        environment::of_gate(run_of, &policy.gates.environment, gate, &Variation::default());
    let cargo =
        which::which_in("cargo", environment.get("PATH").map(String::as_str), &run_of.scratch);
    if cargo.is_err() {
        let finding = Finding::new(Code::ProgramMissing, "there is no cargo to ask about the lock");
        return Ok(Some(finding.help("install cargo").at(place)));
    }
    let log_path = run_of.output.log(&gate.id);
    files::make_folder(log_path.parent().unwrap_or(&run_of.scratch))?;
    let log = File::create(&log_path)?;
    let deadline = Instant::now() + Duration::from_secs(120);
    let export = run_of.scratch.join("pins");
    files::remove(&export)?;
    tree.export(&export)?;
    let command = GateCommand {
        argv: &argv,
        folder: &export,
        environment: &environment,
        log: &log,
        deadline,
        interrupt: surroundings.interrupt,
        manner: Manner::default(),
    };
    let ended = command.run()?;
    files::remove(&export)?;
    if matches!(ended, Ended::Status(0) | Ended::Interrupted) {
        return Ok(None);
    }
    let said = String::from_utf8_lossy(&files::read(&log_path)?).into_owned();
    let error = said.lines().find(|line| line.starts_with("error")).unwrap_or("no reason given");
    Ok(Some(
        Finding::new(Code::LockIncomplete, format!("cargo does not accept {path}: {error}"))
            .help("run `cargo fetch`, then commit the lock; the log of this gate has the whole answer")
            .at(place),
    ))
}

fn check_owners(tree: &Tree, path: &str) -> anyhow::Result<Vec<Finding>> {
    let read = codeowners::place(|path| tree.has(path));
    let mut findings = Vec::new();
    if let Some(read) = read.filter(|read| *read != path) {
        let message = format!("GitHub reads {read}, so what {path} says holds for nobody");
        findings.push(
            Finding::new(Code::OwnerMissing, message)
                .help(format!("let `owners` in policy/gates.toml be `{read}`, or delete that file"))
                .at(Place::file(read)),
        );
    }
    let path = read.unwrap_or(path);
    let Some(bytes) = tree.read(path)? else {
        let finding = Finding::new(Code::OwnerMissing, format!("there is no file {path}"))
            .help("commit it, or correct `owners` in policy/gates.toml")
            .at(Place::file(path));
        return Ok(vec![finding]);
    };
    let (owners, skipped) = codeowners::parse(path, &bytes);
    findings.extend(skipped);
    findings.extend(codeowners::unowned(&owners, tree.paths()));
    Ok(findings)
}
