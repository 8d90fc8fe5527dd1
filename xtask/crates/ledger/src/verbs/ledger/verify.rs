//! `ledger verify`.

use clap::Args;
use serde_json::json;

use crate::signature::{Keygen, Signers};
use crate::verify::{Asked, Signatures, Verified, open, place, verify};
use thrice_facts::clock;
use thrice_facts::git::{Commit, Repository, Tree};
use thrice_facts::interrupt::Interrupt;
use thrice_findings::{Code, Finding, Place, Stop, short, unless_refused};
use thrice_programme::LedgerRules;
use thrice_programme::world::World;
use thrice_report::Report;
use thrice_report::text::counted;

/// Verifies the ledger in the working tree.
#[derive(Debug, Args)]
pub(super) struct Verify {
    /// What it must begin with; the newest commit in common with the default branch where
    /// left out.
    #[arg(long, value_name = "REV")]
    base: Option<String>,
    /// Skips signatures.
    #[arg(long)]
    no_signatures: bool,
    /// Verifies all signatures, not only those of new entries.
    #[arg(long, conflicts_with = "no_signatures")]
    all_signatures: bool,
}

/// What a ledger is held against.
pub struct Base {
    /// The commit whose ledger it must begin with.
    pub commit: Commit,
    /// The rules that count.
    pub rules: LedgerRules,
    /// The keys that count.
    pub signers: Signers,
}

impl Verify {
    pub(super) fn run(self, world: &World) -> Result<Report, Stop> {
        let repository = world.repository()?;
        let interrupt = Interrupt::listen()?;
        let mut findings = Vec::new();
        let base = base(world, &repository, self.base.as_deref(), &mut findings)?;
        let file = &base.rules.path;
        let head = match place(repository.root(), file) {
            Ok(path) => open(&path)?,
            Err(finding) => return Err(finding.into()),
        };
        let tree = repository.tree(&base.commit)?;
        let before = match plain_object(&tree, file) {
            Some(object) => Some(repository.object_file(object)?),
            None => None,
        };
        let signatures = match (self.no_signatures, self.all_signatures) {
            (true, _) => Signatures::None,
            (_, true) => Signatures::All,
            _ => Signatures::New,
        };
        let keygen = Keygen::new(&base.signers, &interrupt)?;
        let asked = Asked {
            file,
            rules: &base.rules,
            keygen: &keygen,
            signatures,
            now: Some(clock::now()),
        };
        let verified = verify(&asked, head.as_ref(), before.as_ref())?;
        findings.extend(verified.findings.iter().cloned());
        if head.is_none() && verified.findings.is_empty() {
            let message = format!("nothing to check: there is no {file} yet");
            findings.push(Finding::new(Code::ChainEmpty, message).at(Place::file(file)));
        }
        let mut report = Report::of(findings);
        report.body = summary(&verified, &base, signatures);
        report.data = json!({
            "ledger": file,
            "base": base.commit.id,
            "base_entries": verified.base_entries,
            "entries": verified.head.entries,
            "root": verified.head.root.to_string(),
            "signatures_verified": verified.signatures,
        });
        Ok(report)
    }
}

fn summary(verified: &Verified, base: &Base, signatures: Signatures) -> String {
    let noun = if verified.head.entries == 1 { "entry" } else { "entries" };
    let entries = format!("{} {noun}", verified.head.entries);
    let good = counted(usize::try_from(verified.signatures).unwrap_or(usize::MAX), "signature");
    let signed = match signatures {
        Signatures::None => "no signature was looked at".to_owned(),
        Signatures::New => format!("{good} verified, of the new ones"),
        Signatures::All => format!("{good} verified, of all"),
    };
    let of = short(&base.commit.id);
    format!(
        "{entries}, {} of them of the base {of}; {signed}\nhead: {}\n",
        verified.base_entries, verified.head
    )
}

pub(crate) fn plain_object<'t>(tree: &'t Tree, path: &str) -> Option<&'t str> {
    let entry = tree.entry(path).filter(|(mode, _)| mode.starts_with("100"));
    entry.map(|(_, object)| object)
}

/// What the ledger is held against: a commit that is named, or the newest that HEAD has in
/// common with the default branch, whose rules and keys then count.
pub fn base(
    world: &World,
    repository: &Repository,
    named: Option<&str>,
    findings: &mut Vec<Finding>,
) -> Result<Base, Stop> {
    let refuse = |findings: &mut Vec<Finding>| Err(std::mem::take(findings).into());
    let default = world.default_branch(repository, findings)?;
    let found = default.base(repository, named, findings)?;
    // That the branch has moved on is for other commands to tell.
    findings.retain(|finding| finding.code != Code::Cec60);
    let Some(tip) = found else { return refuse(findings) };
    let head = thrice_programme::world::head(repository);
    let head = head.map_err(|stop| stop.after(std::mem::take(findings)))?;
    let commit = match named {
        Some(_) => Some(tip.clone()),
        None => repository.merge_base(&tip.id, &head.id)?,
    };
    let Some(commit) = commit else {
        let name = &default.name;
        findings.push(
            Finding::new(
                Code::NotEstablishedCode,
                format!("HEAD and {name} have no commit in common here"),
            )
            .help(format!("`git fetch --unshallow`, or begin the branch on {name}")),
        );
        return refuse(findings);
    };
    let (policy, _) = world.policy_of(repository, &tip)?;
    let rules = policy.ledger;
    let signers = Signers::of(repository, &tip, &rules)?;
    Ok(Base { commit, rules, signers })
}

/// The rules by which a file of the working tree is found and shown: those of the working
/// tree, where they can be used.
pub(crate) fn local_rules(world: &World, repository: &Repository) -> Result<LedgerRules, Stop> {
    let policy = unless_refused(world.policy(repository))?;
    Ok(policy.map_or_else(|| LedgerRules::without_file(None), |(policy, _)| policy.ledger))
}
