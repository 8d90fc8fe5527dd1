//! T7: the chain in the file that policy names, and that it begins with the base's.

use serde_json::{Value, json};

use super::Decided;
use crate::evidence::json::canonical;
use crate::surroundings::Surroundings;
use thrice_facts::clock;
use thrice_facts::git::{Commit, REMOTE, Repository, Tree};
use thrice_findings::{Code, Finding, Place, Severity, Stop};
use thrice_ledger::signature::{Keygen, Signers};
use thrice_ledger::verify::{Signatures, Verified, VerifyBy, verify};
use thrice_programme as policy;
use thrice_programme::{Empty, LedgerRules, Policy};

/// What the ledger is held against.
struct LedgerBase {
    commit: Commit,
    tree: Tree,
    rules: LedgerRules,
    /// The file that it names as the chain, where its policy can be used.
    path: Option<String>,
}

pub(super) fn decide(surroundings: &Surroundings<'_>) -> anyhow::Result<Decided> {
    let Some(settings) = &surroundings.policy.gates.chain else {
        anyhow::bail!("the built-in `chain` has no settings")
    };
    let own = &settings.ledger;
    let repository = Repository::around(&surroundings.run.root)?;
    let tree = surroundings.committed()?;
    let base = match base(&repository, surroundings.policy, &surroundings.run.commit) {
        Ok(base) => base,
        Err(stop) => {
            let findings = stop.refusal().map_err(Stop::into_error)?;
            return decided(own, tree.has(own), None, None, findings);
        }
    };
    // A patch that names another file has not taken the base's chain away.
    let path = base.as_ref().and_then(|base| base.path.as_ref()).unwrap_or(own);
    let object = match plain(&tree, path) {
        Ok(object) => object,
        Err(finding) => return decided(path, true, None, base.as_ref(), vec![*finding]),
    };
    let verified = held(surroundings, &repository, (path, object), base.as_ref())?;
    let mut findings = verified.findings.clone();
    if object.is_none() && findings.is_empty() {
        findings.push(absent(path, settings.empty));
    }
    decided(path, object.is_some(), Some(&verified), base.as_ref(), findings)
}

fn absent(path: &str, empty: Empty) -> Finding {
    match empty {
        Empty::Allowed => {
            Finding::new(Code::ChainEmpty, format!("nothing to check: there is no {path} yet"))
        }
        Empty::Refused => {
            let message = format!("there is no {path}, and policy demands one");
            let mut finding = Finding::new(Code::ChainEmpty, message)
                .help("record a decision, or say `empty = \"allowed\"` in policy/gates.toml");
            finding.severity = Severity::Refuse;
            finding
        }
    }
    .at(Place::file(path))
}

/// The object of the ledger; none where there is none.
fn plain<'t>(tree: &'t Tree, path: &str) -> Result<Option<&'t str>, Box<Finding>> {
    match tree.entry(path) {
        None => Ok(None),
        Some((mode, object)) if mode.starts_with("100") => Ok(Some(object)),
        Some(_) => Err(Box::new(
            Finding::new(Code::LedgerPath, format!("{path} is committed as no plain file"))
                .help("make it a plain file in the repository")
                .at(Place::file(path)),
        )),
    }
}

fn held(
    surroundings: &Surroundings<'_>,
    repository: &Repository,
    (path, object): (&str, Option<&str>),
    base: Option<&LedgerBase>,
) -> anyhow::Result<Verified> {
    let rules = base.map_or(&surroundings.policy.ledger, |base| &base.rules);
    let signers = match base {
        Some(base) => Signers::of(repository, &base.commit, rules)?,
        None => Signers { shown: rules.signers.clone(), ..Signers::default() },
    };
    let keygen = Keygen::new(&signers, surroundings.interrupt)?;
    let head = object.map(|object| repository.object_file(object)).transpose()?;
    let before = base.and_then(|base| base.tree.entry(path));
    let before = before.filter(|(mode, _)| mode.starts_with("100"));
    let before = before.map(|(_, object)| repository.object_file(object)).transpose()?;
    let asked = VerifyBy { file: path, rules, keygen: &keygen, signatures: Signatures::New };
    verify(&asked, head.as_ref(), before.as_ref(), clock::now())
}

/// The commit that the ledger is held against: the newest that the default branch and this
/// commit have in common, or the one before where that is this commit itself. None for the
/// first commit of all; the finding where it cannot be seen.
fn base(
    repository: &Repository,
    policy: &Policy,
    commit: &Commit,
) -> Result<Option<LedgerBase>, Stop> {
    let name = &policy.programme.default_branch;
    let mut common = None;
    let mut is_anywhere = false;
    for reference in [format!("refs/remotes/{REMOTE}/{name}"), format!("refs/heads/{name}")] {
        let Some(tip) = repository.commit(&reference)? else { continue };
        is_anywhere = true;
        common = repository.merge_base(&tip.id, &commit.id)?;
        if common.is_some() {
            break;
        }
    }
    let found = match common {
        Some(common) if common.id != commit.id => Some(common),
        Some(common) => {
            let parent = repository.first_parent(&common.id)?;
            if parent.is_none() && repository.is_shallow()? {
                return Err(unseen(name, Unseen::CutOff).into());
            }
            parent
        }
        None => match (repository.is_shallow()?, is_anywhere) {
            (true, _) => return Err(unseen(name, Unseen::CutOff).into()),
            (false, true) => return Err(unseen(name, Unseen::Unrelated).into()),
            _ if repository.remote_url().is_some() => {
                return Err(unseen(name, Unseen::Absent).into());
            }
            // A repository of this machine alone that has no such branch yet.
            _ => repository.first_parent(&commit.id)?,
        },
    };
    let Some(commit) = found else { return Ok(None) };
    let files = repository.files_of(&commit, "policy")?.into_iter().collect();
    let (rules, path) = match policy::check("policy", &files).0 {
        Some(base) => (base.ledger, base.gates.chain.map(|chain| chain.ledger)),
        None => (LedgerRules::without_file(&policy.programme.id), None),
    };
    let tree = repository.tree(&commit)?;
    Ok(Some(LedgerBase { commit, tree, rules, path }))
}

/// Why the base cannot be seen.
enum Unseen {
    CutOff,
    Absent,
    Unrelated,
}

fn unseen(name: &str, why: Unseen) -> Box<Finding> {
    let (why, help) = match why {
        Unseen::CutOff => (
            format!("this clone's history of {name} is cut off"),
            format!(
                "`git fetch --unshallow {REMOTE} {name}`; in a workflow, check out with `fetch-depth: 0`"
            ),
        ),
        Unseen::Absent => (
            format!("there is no {name} here"),
            format!("`git fetch {REMOTE} {name}:refs/remotes/{REMOTE}/{name}`"),
        ),
        Unseen::Unrelated => (
            format!("{name} and this commit share no history"),
            format!("begin the patch on {name}"),
        ),
    };
    let message = format!("the ledger of the base cannot be seen: {why}");
    Box::new(Finding::new(Code::NotEstablishedCode, message).help(help))
}

fn decided(
    path: &str,
    present: bool,
    verified: Option<&Verified>,
    base: Option<&LedgerBase>,
    findings: Vec<Finding>,
) -> anyhow::Result<Decided> {
    let details: Vec<Value> = findings
        .iter()
        .map(|finding| {
            let place = finding.place.clone().unwrap_or_default();
            json!({
                "code": finding.code,
                "file": place.file,
                "line": place.line,
                "column": place.column,
                "message": finding.message,
            })
        })
        .collect();
    let report = json!({
        "schema": "xtask/chain/2",
        "ledger": path,
        "present": present,
        "base": base.map(|base| &base.commit.id),
        "base_entries": verified.map(|verified| verified.base_entries),
        "entries": verified.map(|verified| verified.head.entries),
        "root": verified.map(|verified| verified.head.root.to_string()),
        "signatures_verified": verified.map(|verified| verified.signatures),
        "details": details,
    });
    Ok(Decided { files: vec![("chain.json".to_owned(), canonical(&report)?)], findings })
}
