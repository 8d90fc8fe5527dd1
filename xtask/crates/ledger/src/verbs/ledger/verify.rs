//! `ledger verify`.

use clap::Args;
use serde_json::json;

use crate::branch::{LedgerBranch, Reading, VERIFIED};
use crate::signature::{Keygen, Signers};
use crate::verify::{Signatures, Verified, VerifyBy, verify_read};
use thrice_facts::git::{Commit, Repository};
use thrice_facts::interrupt::Interrupt;
use thrice_findings::{Code, Finding, Place, Stop, Verdict, short, verdict};
use thrice_programme::LedgerRules;
use thrice_programme::world::World;
use thrice_report::Report;
use thrice_report::text::{counted, safe};

/// Verifies the ledger: the chain, that it goes on from what was verified here before, and
/// signatures.
#[derive(Debug, Args)]
pub struct Verify {
    /// A commit of the ledger's branch that it must go on from. Default: the one that was
    /// verified here last.
    #[arg(long, value_name = "REV")]
    base: Option<String>,
    /// Skips signatures.
    #[arg(long)]
    no_signatures: bool,
    /// Verifies the signatures of all entries, not only of those after the base,
    /// and reads all of the ledger.
    #[arg(long, conflicts_with = "no_signatures")]
    all_signatures: bool,
}

/// The rules that count for what is recorded.
pub struct Base {
    /// The newest commit that HEAD and the default branch have in common; the HEAD of the
    /// default branch where they have none.
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
        let base = base(world, &repository, &mut findings)?;
        let name = &base.rules.branch;
        let branch = LedgerBranch::new(&repository, name, &interrupt);
        let reading = branch.read()?;
        findings.extend(reading.unreached());
        let from = self.from(&repository)?;
        // Only what was verified here before may rest on what was kept of it.
        let is_new = from.is_none() || self.base.is_some() || self.all_signatures;
        let reading = if is_new { branch.whole(reading)? } else { reading };
        let before = match &from {
            Some(commit) => branch.lines_within(commit, &reading)?,
            None => 0,
        };
        let signatures = match (self.no_signatures, self.all_signatures) {
            (true, _) => Signatures::None,
            (_, true) => Signatures::All,
            _ => Signatures::New,
        };
        let keygen = Keygen::new(&base.signers, &interrupt)?;
        let asked = VerifyBy { file: name, rules: &base.rules, keygen: &keygen, signatures };
        let verified = verify_read(&asked, &repository, (&reading, before))?;
        findings.extend(verified.findings.iter().cloned());
        if reading.tip.is_none() {
            let message = format!("nothing was recorded on `{name}` yet");
            findings.push(Finding::new(Code::ChainEmpty, message).at(Place::file(name)));
        }
        if signatures != Signatures::None && verdict(&findings) == Verdict::Pass {
            let before = repository.reference(VERIFIED)?;
            repository.move_reference(VERIFIED, before.as_deref(), reading.tip.as_deref())?;
        }
        let mut report = Report::of(findings);
        report.body = summary(&verified, &reading, from.as_deref(), signatures);
        report.data = json!({
            "ledger": name,
            "tip": reading.tip,
            "base": from,
            "base_entries": verified.base_entries,
            "entries": verified.head.entries,
            "root": verified.head.root.to_string(),
            "signatures_verified": verified.signatures,
            "waiting": reading.pending.len(),
        });
        Ok(report)
    }

    /// The commit that the ledger must go on from.
    fn from(&self, repository: &Repository) -> Result<Option<String>, Stop> {
        let Some(named) = &self.base else { return Ok(repository.reference(VERIFIED)?) };
        match repository.commit(named)? {
            Some(commit) => Ok(Some(commit.id)),
            None => {
                let message = format!("no commit is called `{}`", safe(named));
                let help = "name a commit of the ledger's branch, by its full id";
                Err(Finding::new(Code::UsageWrong, message).help(help).into())
            }
        }
    }
}

fn summary(
    verified: &Verified,
    reading: &Reading,
    from: Option<&str>,
    signatures: Signatures,
) -> String {
    let noun = if verified.head.entries == 1 { "entry" } else { "entries" };
    let entries = format!("{} {noun} of {}", verified.head.entries, reading.describe());
    let good = counted(usize::try_from(verified.signatures).unwrap_or(usize::MAX), "signature");
    let signed = match signatures {
        Signatures::None => "no signature was looked at".to_owned(),
        Signatures::New => format!("{good} verified among the new entries"),
        Signatures::All => format!("{good} verified among all entries"),
    };
    let before = match from {
        Some(from) => format!(", {} of them verified at {}", verified.base_entries, short(from)),
        None => String::new(),
    };
    let waiting = match reading.pending.len() {
        0 => String::new(),
        count => format!("not in effect yet, waiting to be pushed: {count}\n"),
    };
    format!("{entries}{before}; {signed}\nhead: {}\n{waiting}", verified.head)
}

/// The rules and keys that count now: those of the default branch's HEAD.
pub fn base(
    world: &World,
    repository: &Repository,
    findings: &mut Vec<Finding>,
) -> Result<Base, Stop> {
    let default = world.default_branch(repository, findings)?;
    let found = default.base(repository, None, findings)?;
    // That the branch has moved on is for other commands to report.
    findings.retain(|finding| finding.code != Code::Cec60);
    let Some(tip) = found else { return Err(std::mem::take(findings).into()) };
    let head = repository.commit("HEAD")?;
    let common = head.map(|head| repository.merge_base(&tip.id, &head.id)).transpose()?;
    let (policy, _) = world.policy_for_alarms(repository, &tip, findings)?;
    let rules = policy.ledger;
    let signers = Signers::of(repository, &tip, &rules)?;
    Ok(Base { commit: common.flatten().unwrap_or(tip), rules, signers })
}
