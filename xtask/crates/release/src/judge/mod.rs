//! Releases: whether a commit may be a candidate or a release, each precondition proven,
//! disproven or not established (P-5).

pub(crate) mod approvals;
pub(crate) mod deploy;
pub(crate) mod limits;
pub(crate) mod message;
pub(crate) mod orr;
pub(crate) mod proof;
pub(crate) mod published;
pub(crate) mod record;
pub(crate) mod tag_rules;
pub(crate) mod tags;
pub(crate) mod trace;
pub(crate) mod under_way;

#[cfg(test)]
mod tests;

use jiff::{SignedDuration, Timestamp};

use message::Message;
use record::Ledger;
use tags::Tags;
use thrice_findings::text::{is_commit, quoted};
use thrice_findings::{Code, Finding, Known, short};
use thrice_programme::ReleaseRules;
use thrice_programme::release::{Stage, Tagged};
use thrice_pull::judge::claims::Claim;
use thrice_report::text::duration;
use trace::Trace;

/// What a commit is to the default branch.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Standing {
    On,
    /// Here, but not on it.
    Beside,
    Unknown,
}

/// The digests that the runs of a commit left.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Digests {
    pub scorecard_sha256: String,
    pub evidence_zip_sha256: String,
}

/// What the signature of a tag is worth.
#[derive(Clone, Debug, PartialEq, Eq)]
#[expect(clippy::large_enum_variant, reason = "few signatures are at hand at once")]
pub(crate) enum TagSignature {
    /// Policy demands none, or there is no tag.
    NotRequired,
    /// It is by a key that counts.
    Good,
    Refused(Finding),
}

impl TagSignature {
    /// Why it does not count, where it does not.
    pub(crate) fn refused(&self) -> Option<&Finding> {
        if let Self::Refused(finding) = self { Some(finding) } else { None }
    }
}

/// The candidate behind a release.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Candidate {
    /// The name of its tag.
    pub name: String,
    /// What the name says.
    pub(crate) tagged: Tagged,
    /// The commit that the tag peels to.
    pub commit: String,
    /// What its message says, or why it says nothing; none where it is lightweight.
    pub message: Option<Result<Message, String>>,
    pub signed: TagSignature,
    /// When it was tagged, as the tag says.
    pub(crate) tagged_at: Option<Timestamp>,
    /// When the server published it; none where there is no server.
    pub published: Option<Known<Timestamp>>,
}

impl Candidate {
    fn published_at(&self) -> Option<Timestamp> {
        match self.published {
            Some(Known::Is(time)) => Some(time),
            _ => None,
        }
    }
}

/// All that is known of a commit that is to be released.
#[derive(Debug)]
pub(crate) struct ReleaseFacts<'a> {
    /// The rules of the default branch.
    pub rules: &'a ReleaseRules,
    /// What it is to be.
    pub(crate) tagged: Tagged,
    pub sha: &'a str,
    pub tree: &'a str,
    /// The name of the default branch.
    pub default_branch: &'a str,
    /// What the commit is to it.
    pub standing: Known<Standing>,
    /// What its review shows.
    pub reviewed: Vec<Claim>,
    /// The digests that it left, where they are known.
    pub digests: Option<Digests>,
    /// The tags of the remote.
    pub tags: &'a Known<Tags>,
    /// The object of this release's own tag, where it was made already.
    pub own: Option<&'a str>,
    /// The candidate; of a release alone.
    pub candidate: Option<Candidate>,
    /// The newest tag of the stage before, on this commit or before it; of no release.
    pub earlier: Option<Candidate>,
    pub ledger: &'a Known<Ledger>,
    /// Addresses of whoever made what is released.
    pub makers: &'a [String],
    /// What is in it; none of its evidence is asked for where there is no backlog.
    pub trace: &'a Trace,
    /// The reports that policy names: of what, path, and how many bytes there are.
    pub reports: Vec<(&'static str, String, Option<usize>)>,
    /// What keeps this machine from signing and recording.
    pub(crate) unable: Vec<Finding>,
    pub now: Timestamp,
}

impl ReleaseFacts<'_> {
    /// How far it is to be.
    #[must_use]
    pub(crate) fn stage(&self) -> Stage {
        self.tagged.stage
    }

    /// The name of its tag.
    #[must_use]
    pub(crate) fn name(&self) -> String {
        self.rules.form.name(self.tagged)
    }
}

/// Every precondition with its answer.
#[must_use]
pub(crate) fn check(facts: &ReleaseFacts<'_>) -> Vec<Claim> {
    let mut claims = vec![commit(facts)];
    claims.extend(facts.reviewed.iter().cloned());
    claims.extend(tags::check(facts));
    if facts.stage() == Stage::Ga {
        claims.extend(candidate(facts));
    }
    claims.extend(facts.rules.before(facts.stage()).map(|stage| earlier(facts, stage)));
    claims.extend(record::check(facts));
    claims.extend(gates(facts));
    claims.extend(approvals::check(facts));
    claims.push(freeze(facts));
    claims.extend(stories(facts));
    claims.extend(facts.reports.iter().map(report));
    let able = if facts.unable.is_empty() { "it can" } else { "it cannot" };
    claims.push(Claim::new("this machine", "can tag and record", able, facts.unable.clone()));
    claims
}

/// A full commit id, and nothing that could be another commit tomorrow.
///
/// # Errors
/// [`Code::ReleaseSha`].
pub(crate) fn full_id(text: &str) -> Result<&str, Box<Finding>> {
    if is_commit(text) {
        return Ok(text);
    }
    let message = format!("{} is not a full commit SHA", quoted(text));
    let help = "give its 40 hex digits in lower case: `git rev-parse origin/main` prints them";
    Err(Box::new(Finding::new(Code::ReleaseSha, message).help(help)))
}

fn refused(code: Code, message: String, help: impl Into<String>) -> Finding {
    Finding::new(code, message).help(help)
}

fn commit(facts: &ReleaseFacts<'_>) -> Claim {
    let branch = facts.default_branch;
    let said = format!("{} on {branch}", short(facts.sha));
    let (seen, finding) = match &facts.standing {
        Known::Unseen(finding) => ("not shown", Some(finding.clone())),
        Known::Is(Standing::On) => ("on it", None),
        Known::Is(Standing::Beside) => {
            let message = format!("{} is not on {branch}", short(facts.sha));
            let help = format!("merge it, then release what is on {branch}");
            ("not on it", Some(refused(Code::ReleaseCommit, message, help)))
        }
        Known::Is(Standing::Unknown) | Known::Absent => {
            let message = format!("there is no commit {}", short(facts.sha));
            let help = "`git fetch`; if it is still missing, the SHA is wrong";
            ("no such commit", Some(refused(Code::ReleaseCommit, message, help)))
        }
    };
    Claim::new("commit", said, seen, finding.into_iter().collect())
}

/// The candidate behind a release: on this very commit, on the same evidence, out long
/// enough.
fn candidate(facts: &ReleaseFacts<'_>) -> Vec<Claim> {
    let version = facts.tagged.version;
    let said = format!("a candidate of {version}");
    let Some(candidate) = &facts.candidate else {
        let finding = match facts.tags {
            Known::Unseen(finding) => finding.clone(),
            _ => {
                let message = format!("{version} has no candidate on {}", short(facts.sha));
                let help = format!(
                    "`cargo xtask release rc --sha {} --version {version} --execute`",
                    facts.sha
                );
                refused(Code::ReleaseRcMissing, message, help)
            }
        };
        return vec![Claim::new("candidate", said, "none", vec![finding])];
    };
    let findings = of_candidate(facts, candidate);
    vec![
        Claim::new("candidate", said, candidate.name.clone(), findings),
        same_evidence(facts, candidate),
        soak(facts, candidate),
    ]
}

/// The stage before: a tag of the same version, on this commit or before it.
fn earlier(facts: &ReleaseFacts<'_>, stage: Stage) -> Claim {
    let (word, version) = (stage.word(), facts.tagged.version);
    let (name, said) = (format!("{word} before"), format!("a {word} of {version}"));
    let again = format!(
        "`cargo xtask release pre {word} --sha {} --version {version} --execute`",
        facts.sha
    );
    let Some(tag) = &facts.earlier else {
        let finding = match facts.tags {
            Known::Unseen(finding) => finding.clone(),
            _ => {
                let message =
                    format!("{version} has no {word} on {} or before it", short(facts.sha));
                refused(Code::ReleaseStage, message, again)
            }
        };
        return Claim::new(name, said, "none", vec![finding]);
    };
    let seen = format!("{}, on {}", tag.name, short(&tag.commit));
    Claim::new(name, said, seen, made_well(tag, (&tag.commit, None), &again))
}

/// The gates that a stage needs: one claim each.
fn gates(facts: &ReleaseFacts<'_>) -> Vec<Claim> {
    let Some(needs) = facts.rules.needs(facts.stage()) else { return Vec::new() };
    let waves = needs.waves.iter().map(|wave| ("wave", &wave.value));
    let sprints = needs.sprints.iter().map(|sprint| ("sprint", &sprint.value));
    let gate = |(of, id): (&str, &String)| {
        let (name, said) = (format!("gate of {of} {id}"), "passed");
        let (passed, decided) = match facts.ledger {
            Known::Unseen(finding) => {
                return Claim::new(name, said, "not shown", vec![finding.clone()]);
            }
            Known::Absent => (false, None),
            Known::Is(ledger) => {
                let standing = &ledger.standing;
                match of {
                    "wave" => (
                        standing.is_passed(id, facts.now),
                        standing.gate(id).map(|gate| gate.id.clone()),
                    ),
                    _ => (
                        standing.is_sprint_passed(id, facts.now),
                        standing.sprint_gate(id).map(|gate| gate.id.clone()),
                    ),
                }
            }
        };
        let seen = match (passed, decided) {
            (true, Some(entry)) => format!("passed by {entry}"),
            (false, Some(entry)) => format!("not passed, by {entry}"),
            (_, None) => "nobody decided it".to_owned(),
        };
        let open = (!passed).then(|| {
            let message = format!("the gate of {of} {id} is not passed");
            let help = format!("`cargo xtask {of} gate {id} --execute`");
            refused(Code::ReleaseStage, message, help)
        });
        Claim::new(name, said, seen, open.into_iter().collect())
    };
    waves.chain(sprints).map(gate).collect()
}

/// What is wrong with a tag of a stage by its message and its signature. `on` is its commit,
/// with its tree where that is known.
fn made_well(
    candidate: &Candidate,
    (sha, tree): (&str, Option<&str>),
    again: &str,
) -> Vec<Finding> {
    let name = quoted(&candidate.name);
    let mut findings = Vec::new();
    match &candidate.message {
        None => {
            let message = format!("{name} is a lightweight tag, which says nothing");
            findings.push(refused(Code::ReleaseTagLight, message, again));
        }
        Some(Err(why)) => {
            let message = format!("{name}: {why}");
            findings.push(refused(Code::ReleaseMessage, message, again));
        }
        Some(Ok(said)) => {
            let version = candidate.tagged.to_string();
            let so = said.stage == candidate.tagged.stage
                && said.version == version
                && said.sha == sha
                && tree.is_none_or(|tree| said.tree == tree);
            if !so {
                let message = format!("{name} says that it is another's");
                findings.push(refused(Code::ReleaseMessage, message, again));
            }
        }
    }
    findings.extend(candidate.signed.refused().cloned());
    findings
}

fn of_candidate(facts: &ReleaseFacts<'_>, candidate: &Candidate) -> Vec<Finding> {
    let name = quoted(&candidate.name);
    let again = "make a candidate of this commit: `cargo xtask release rc`";
    if candidate.commit != facts.sha {
        let message =
            format!("{name} is on {}, not on {}", short(&candidate.commit), short(facts.sha));
        return vec![refused(Code::ReleaseRcMissing, message, again)];
    }
    let mut findings = made_well(candidate, (facts.sha, Some(facts.tree)), again);
    match &candidate.published {
        None | Some(Known::Is(_)) => {}
        Some(Known::Unseen(finding)) => findings.push(finding.clone()),
        Some(Known::Absent) => {
            let message = format!("{name} is tagged, but GitHub has not published it");
            let help = "run the command that made it again: it goes on";
            findings.push(refused(Code::ReleaseRcMissing, message, help));
        }
    }
    if let Known::Is(tags) = facts.tags
        && let Some(newer) = tags.overtaking(candidate)
    {
        let message = format!(
            "{} is newer than {name}, on {}",
            quoted(&newer.name),
            newer.commit.as_deref().map_or("nothing", short)
        );
        let help = format!("`cargo xtask release ga --from {}`", newer.name);
        findings.push(refused(Code::ReleaseRcOvertaken, message, help));
    }
    findings
}

fn same_evidence(facts: &ReleaseFacts<'_>, candidate: &Candidate) -> Claim {
    let (name, said) = ("same evidence", format!("as {}", candidate.name));
    let (Some(Ok(message)), Some(digests)) = (&candidate.message, &facts.digests) else {
        return Claim::open(name, said, "one of the two is not known");
    };
    let pairs = [
        ("scorecard", &message.scorecard_sha256, &digests.scorecard_sha256),
        ("evidence", &message.evidence_zip_sha256, &digests.evidence_zip_sha256),
    ];
    let differs = pairs.iter().filter(|(_, was, is)| was != is).map(|(of, was, is)| {
        let message =
            format!("the {of} of {} was {}, now it is {}", candidate.name, short(was), short(is));
        refused(Code::ReleaseDigest, message, "find out which runs are right; make a new candidate")
    });
    let differs: Vec<Finding> = differs.collect();
    Claim::new(name, said, short(&digests.evidence_zip_sha256), differs)
}

/// When a candidate that came out then has been out long enough.
#[must_use]
pub(crate) fn soak_ends(rules: &ReleaseRules, since: Timestamp) -> Timestamp {
    let soak = SignedDuration::try_from(rules.soak).unwrap_or(SignedDuration::MAX);
    since.saturating_add(soak).unwrap_or(Timestamp::MAX)
}

fn soak(facts: &ReleaseFacts<'_>, candidate: &Candidate) -> Claim {
    let (name, said) =
        ("soak", format!("{} after {}", duration(facts.rules.soak.as_secs()), candidate.name));
    let Some(since) = candidate.tagged_at.max(candidate.published_at()) else {
        return Claim::open(name, said, "nobody says when it was tagged");
    };
    let end = soak_ends(facts.rules, since);
    let early = (facts.now < end).then(|| {
        let message =
            format!("{} has been out since {since}, its soak ends at {end}", candidate.name);
        refused(Code::ReleaseSoak, message, format!("run it again after {end}"))
    });
    Claim::new(name, said, format!("out since {since}"), early.into_iter().collect())
}

fn freeze(facts: &ReleaseFacts<'_>) -> Claim {
    let (name, said) = ("freeze", "none");
    let now = facts.now;
    let held = facts.rules.freezes.iter().find(|freeze| freeze.from <= now && now < freeze.to);
    let Some(freeze) = held else {
        return Claim::new(name, said, "none", Vec::new());
    };
    let seen = format!("until {}", freeze.to);
    let lifted = match facts.ledger {
        Known::Unseen(finding) => return Claim::new(name, said, seen, vec![finding.clone()]),
        Known::Absent => Err(String::new()),
        Known::Is(ledger) => ledger.exception("freeze", facts),
    };
    match lifted {
        Ok(id) => Claim::new(name, said, format!("lifted by {id}"), Vec::new()),
        Err(why) => {
            let message =
                format!("nothing is released until {}: {}{why}", freeze.to, freeze.reason);
            let help = "wait, or let somebody who may `cargo xtask approve exception freeze`";
            Claim::new(name, said, seen, vec![refused(Code::ReleaseFreeze, message, help)])
        }
    }
}

/// The evidence of the stories inside; the backlog says which there are.
fn stories(facts: &ReleaseFacts<'_>) -> Option<Claim> {
    let planned: Vec<_> = facts.trace.planned().collect();
    let whole = planned.iter().filter(|(_, planned)| planned.is_whole()).count();
    let findings = planned.iter().flat_map(|(_, planned)| planned.lacks.clone()).collect();
    let (said, seen) = ("evidence of each is complete", format!("{whole} of {}", planned.len()));
    (!planned.is_empty()).then(|| Claim::new("stories", said, seen, findings))
}

fn report((of, path, bytes): &(&'static str, String, Option<usize>)) -> Claim {
    let (seen, why) = match bytes {
        Some(0) => ("empty".to_owned(), Some("is empty")),
        Some(bytes) => (format!("{bytes} bytes"), None),
        None => ("not there".to_owned(), Some("is not in the commit")),
    };
    let missing = why.map(|why| {
        let message = format!("the report of {of} {why}: {}", quoted(path));
        refused(Code::ReleaseReport, message, "commit it, review that commit, and release it")
    });
    Claim::new(format!("report of {of}"), path.clone(), seen, missing.into_iter().collect())
}
