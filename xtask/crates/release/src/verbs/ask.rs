//! `release rc` and `release ga`: preconditions, and what would be done.

use std::path::{Path, PathBuf};

use clap::{Args, ValueEnum};
use jiff::Timestamp;
use serde_json::json;

use super::base::Base;
use super::execute::Session;
use super::gather::ReleaseContext;
use super::journal::Journal;
use super::make::{Making, begin, begun_on};
use super::target::{ReleaseTarget, What};
use super::{server, tell};
use crate::judge as release;
use crate::judge::tags::Tags;
use crate::judge::{ReleaseFacts, full_id};
use thrice_facts::git::{Commit, Repository};
use thrice_facts::github::{GitHub, Slug};
use thrice_facts::interrupt::Interrupt;
use thrice_facts::{clock, files};
use thrice_findings::{Code, Finding, Known, Severity, Stop, Verdict, interrupted, short, verdict};
use thrice_programme::Policy;
use thrice_programme::release::{Stage, Version};
use thrice_programme::world::World;
use thrice_pull::judge::claims::{Claim, findings as findings_of};
use thrice_report::Report;
use thrice_report::text::safe;
use thrice_risk::verbs::sla::fired;

/// The longest notes, in bytes.
const MOST_NOTES: usize = 64 << 10;

/// Makes a candidate. Without `--execute` it reports what is proven and what would be done.
#[derive(Debug, Args)]
pub struct Rc {
    /// Commit, as a full SHA: no branch, HEAD or abbreviation.
    #[arg(long, value_name = "SHA")]
    sha: String,
    /// Version: major.minor.patch.
    #[arg(long, value_name = "X.Y.Z")]
    version: String,
    #[command(flatten)]
    how: How,
}

/// Makes a release of a stage before the candidate, such as a beta. Without `--execute` it
/// reports what is proven and what would be done.
#[derive(Debug, Args)]
pub struct Pre {
    /// Stage, one of `stages` in policy/release.toml.
    #[arg(value_name = "STAGE")]
    stage: String,
    #[command(flatten)]
    rc: Rc,
}

/// Makes a release of the commit of a candidate. Without `--execute` it reports what is
/// proven and what would be done.
#[derive(Debug, Args)]
pub struct Ga {
    /// Commit, as a full SHA, if only one version has a candidate on it.
    #[arg(long, value_name = "SHA", required_unless_present = "from", conflicts_with = "from")]
    sha: Option<String>,
    /// Tag of the candidate.
    #[arg(long, value_name = "TAG")]
    from: Option<String>,
    #[command(flatten)]
    how: How,
}

#[derive(Debug, Args)]
struct How {
    /// Does it, or resumes what was interrupted.
    #[arg(long)]
    execute: bool,
    /// Whose runs count. Default: the server's if policy names a workflow and the remote is GitHub, else this machine's.
    #[arg(long, value_enum)]
    on: Option<RunsOn>,
    /// Markdown file to put before the notes from the commits.
    #[arg(long, value_name = "FILE")]
    notes: Option<PathBuf>,
}

/// Whose runs count.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
enum RunsOn {
    /// Those on this machine.
    Local,
    /// GitHub's.
    Github,
}

impl Pre {
    pub(super) fn run(self, world: &World) -> Result<Report, Stop> {
        match Stage::from_word(&self.stage) {
            Some(stage @ Stage::Early(_)) => self.rc.make(world, stage),
            Some(stage) => {
                let message = format!("`{}` is no stage before the candidate", stage.word());
                let help = format!("`cargo xtask release {}`", stage.word());
                Err(Finding::new(Code::ReleaseStage, message).help(help).into())
            }
            None => Err(no_stage(&self.stage, &[]).into()),
        }
    }
}

impl Rc {
    pub(super) fn run(self, world: &World) -> Result<Report, Stop> {
        self.make(world, Stage::Rc)
    }

    fn make(self, world: &World, stage: Stage) -> Result<Report, Stop> {
        let sha = full_id(&self.sha)?.to_owned();
        let Some(version) = Version::read(&self.version) else {
            let message = format!("`{}` is no version of the form 1.4.0", self.version);
            let help = "write major.minor.patch; the number of the candidate is counted here";
            return Err(Finding::new(Code::ReleaseVersion, message).help(help).into());
        };
        let what = What::Candidate { sha, version, stage };
        Asking { what, how: self.how }.run(world)
    }
}

impl Ga {
    pub(super) fn run(self, world: &World) -> Result<Report, Stop> {
        let what = match (self.from, self.sha) {
            (Some(name), _) => What::From(name),
            (None, sha) => What::On(full_id(&sha.unwrap_or_default())?.to_owned()),
        };
        Asking { what, how: self.how }.run(world)
    }
}

struct Asking {
    what: What,
    how: How,
}

impl Asking {
    fn run(self, world: &World) -> Result<Report, Stop> {
        let repository = world.repository()?;
        let interrupt = Interrupt::listen()?;
        let base = Base::online(world, &repository, &interrupt)?;
        if let What::Candidate { stage, .. } = &self.what
            && base.rules.needs(*stage).is_none()
        {
            return Err(no_stage(stage.word(), &base.rules.stage_words()).into());
        }
        let github = self.github(&repository, &interrupt, &base.policy)?;
        let github = github.as_ref();
        let context =
            ReleaseContext { github, ..ReleaseContext::of(world, &repository, &interrupt, &base) };
        context.output.prepare()?;
        let releases = context.output.folder().join("release");
        let Some(_held) = files::hold_folder(&releases)? else {
            let message = "another command is at work on releases here";
            let finding = Finding::new(Code::ReleaseRunning, message).help("wait for its end");
            return Err(finding.into());
        };
        let report = self.release(&context, &releases);
        let report = report.or_else(|stop| stop.refusal().map(Report::of))?;
        if interrupt.requested() && report.verdict() != Verdict::Pass {
            return Err(interrupted("run it again: it resumes").into());
        }
        Ok(report)
    }

    /// GitHub, where its runs count.
    fn github(
        &self,
        repository: &Repository,
        interrupt: &Interrupt,
        policy: &Policy,
    ) -> Result<Option<GitHub>, Box<Finding>> {
        let named = std::env::var("GH_REPO").is_ok_and(|named| !named.is_empty());
        let url = repository.remote_url();
        let is_github = named || url.is_some_and(|url| Slug::of_remote(&url).is_some());
        let asked = match self.how.on {
            Some(engine) => engine == RunsOn::Github,
            None => policy.gates.ruleset.is_some() && is_github,
        };
        if asked { GitHub::of(repository, interrupt).map(Some) } else { Ok(None) }
    }

    fn release(&self, context: &ReleaseContext<'_>, releases: &Path) -> Result<Report, Stop> {
        let tags = context.base.tags(context.repository)?;
        let journals = match Journal::all(releases) {
            Ok(journals) => journals,
            Err(error) => {
                let finding = Finding::new(Code::ReleaseJournal, format!("{error:#}"))
                    .help("look at the line; where it is nobody's, move its folder away");
                return Err(finding.into());
            }
        };
        let target = self.what.target(context, &tags, &journals)?;
        let tag = context.base.rules.form.name(target.tagged);
        let own = |journal: &Journal| {
            journal.opened().is_some_and(|it| it.tag == tag && it.sha == target.sha)
        };
        let foreign = journals
            .iter()
            .find(|journal| journal.opened().is_some_and(|it| it.tag == tag) && !own(journal));
        if let Some(foreign) = foreign {
            let message = format!("{} was started on another commit", safe(&tag));
            let folder = foreign.folder().display();
            let finding = Finding::new(Code::ReleaseJournal, message)
                .help(format!("see {folder}; move it away where nothing was pushed"));
            return Err(finding.into());
        }
        let journal = journals.into_iter().find(own);
        if let Some(journal) = journal.as_ref().filter(|journal| journal.is_done()) {
            return Ok(self.done_before(journal, &target));
        }
        if let Some(journal) = journal.as_ref().filter(|it| self.how.execute && it.is_out()) {
            let (folder, mut report) = (journal.folder().to_owned(), Report::new());
            Session::new(context, Journal::read(folder)?).carry_out(&mut report)?;
            return Ok(report);
        }
        self.judge(context, &tags, target, journal, releases.join(&tag))
    }

    fn done_before(&self, journal: &Journal, target: &ReleaseTarget) -> Report {
        let tag = journal.opened().map(|opened| opened.tag.clone()).unwrap_or_default();
        let mut report = Report::new();
        report.body = format!(
            "{} is out already, on {}; nothing was done\nnext: cargo xtask release verify {}\n",
            safe(&tag),
            short(&target.sha),
            safe(&tag)
        );
        report.data = json!({ "tag": tag, "sha": target.sha, "executed": false, "done": true });
        report
    }

    fn judge(
        &self,
        context: &ReleaseContext<'_>,
        tags: &Known<Tags>,
        target: ReleaseTarget,
        journal: Option<Journal>,
        folder: PathBuf,
    ) -> Result<Report, Stop> {
        let tag = context.base.rules.form.name(target.tagged);
        let commit = context.repository.commit(&target.sha)?.filter(|it| it.id == target.sha);
        let commit = commit.ok_or_else(|| no_commit(&target.sha))?;
        let policy = context.world.policy_of(context.repository, &commit)?.0;
        let none = Tags::default();
        let known = if let Known::Is(tags) = tags { tags } else { &none };
        let version = target.tagged.version;
        let previous = context.previous(known, version, &commit.id)?;
        let commits = context.commits(&commit.id, previous.as_ref().map(|(_, id)| id.as_str()))?;
        let makers = context.makers(&commits)?;
        let reports = context.reports(&commit)?;
        let sizes = reports.iter().map(|(of, path, bytes)| (*of, path.clone(), bytes.as_ref()));
        let sizes = sizes.map(|(of, path, bytes)| (of, path, bytes.map(Vec::len))).collect();
        let trace = context.trace(&commits, &policy, &commit)?;
        let (reviewed, now) = proven(context, journal.as_ref(), (&policy, &commit))?;
        let ledger = context.ledger(&commit, version);
        let own = journal.as_ref().and_then(Journal::object).map(str::to_owned);
        let candidate = target.candidate.map(|it| context.candidate(known, it)).transpose()?;
        let earlier = context.base.rules.before(target.tagged.stage);
        let earlier = earlier.map(|stage| context.earlier(known, (version, stage), &commit.id));
        let facts = ReleaseFacts {
            rules: &context.base.rules,
            tagged: target.tagged,
            sha: &commit.id,
            tree: &commit.tree,
            default_branch: &context.base.name,
            standing: context.base.standing(context.repository, &commit.id)?,
            reviewed: reviewed.claims.clone(),
            digests: reviewed.digests.clone(),
            tags,
            own: own.as_deref(),
            candidate: candidate.flatten(),
            earlier: earlier.transpose()?.flatten(),
            ledger: &ledger,
            makers: &makers,
            trace: &trace,
            reports: sizes,
            unable: context.unable(&tag, journal.as_ref())?,
            now,
        };
        let stands = PendingRelease { begun: journal.is_some(), github: context.github.is_some() };
        let claims = all_claims(context, &facts)?;
        let mut report = Report::of(findings_of(&claims));
        tell(&mut report, &claims);
        let proven = verdict(&report.findings) == Verdict::Pass;
        if !proven || !self.how.execute {
            self.would(&mut report, &claims, &facts, stands);
            return Ok(report);
        }
        let journal = match journal {
            Some(journal) => journal,
            None => {
                let since = previous.as_ref().map(|(name, _)| name.as_str());
                let (facts, commit, policy) = (&facts, &commit, &policy);
                let made = Making { context, facts, commit, policy, since };
                begin(folder, made.make(&trace, &reports, &reviewed, self.own_notes()?)?)?
            }
        };
        Session::new(context, journal).carry_out(&mut report)?;
        Ok(report)
    }

    fn own_notes(&self) -> anyhow::Result<Option<String>> {
        let Some(path) = &self.how.notes else { return Ok(None) };
        let bytes = files::read_named(path, MOST_NOTES)?;
        anyhow::ensure!(bytes.len() <= MOST_NOTES, "the notes are longer than {MOST_NOTES} bytes");
        Ok(Some(String::from_utf8(bytes)?))
    }

    /// What would be done, or what stands against it.
    fn would(
        &self,
        report: &mut Report,
        claims: &[Claim],
        facts: &ReleaseFacts<'_>,
        stands: PendingRelease,
    ) {
        let tag = safe(&facts.name());
        if claims.iter().any(|claim| claim.answer != Verdict::Pass) {
            report.body.push_str("nothing was done; fix what is open, then run it again\n");
        } else {
            let verb = if stands.begun { "would go on" } else { "would" };
            let publish = match stands.github {
                true => "publish it on GitHub, with its files\n  ",
                false => "",
            };
            report.body.push_str(&format!(
                "\n{verb}, with `--execute`:\n  \
                 tag {} as {tag}, and push that one reference\n  \
                 {publish}append it to the ledger\n",
                short(facts.sha)
            ));
        }
        if let Some(data) = report.data.as_object_mut() {
            data.insert("tag".to_owned(), json!(facts.name()));
            data.insert("sha".to_owned(), json!(facts.sha));
            data.insert("executed".to_owned(), json!(false));
            let on = if stands.github { "github" } else { "local" };
            data.insert("on".to_owned(), json!(on));
        }
    }
}

/// Every precondition with its answer, triggers included: those that have come count as at a gate.
fn all_claims(context: &ReleaseContext<'_>, facts: &ReleaseFacts<'_>) -> Result<Vec<Claim>, Stop> {
    let mut claims = release::check(facts);
    let fired = match fired(context.world, context.github.is_some()) {
        // A ledger that does not hold is among what refuses already.
        Err(stop) if verdict(&findings_of(&claims)) != Verdict::Pass => {
            stop.refusal()?;
            Vec::new()
        }
        fired => fired?,
    };
    if !fired.is_empty() {
        let seen = match fired.iter().filter(|it| it.severity == Severity::Refuse).count() {
            0 => "none".to_owned(),
            come => format!("{come} found"),
        };
        claims.push(Claim::new("triggers", "none has come", seen, fired));
    }
    Ok(claims)
}

/// What proves a commit, and the time that counts: the server's where it is asked.
fn proven(
    context: &ReleaseContext<'_>,
    journal: Option<&Journal>,
    (policy, commit): (&Policy, &Commit),
) -> anyhow::Result<(server::Reviewed, Timestamp)> {
    // What a release was begun on was proven then, and its tag pins it.
    let mut reviewed = match journal.and_then(Journal::opened) {
        Some(opened) => begun_on(opened),
        None => context.reviewed(policy, commit)?,
    };
    let mut now = clock::now();
    if let Some(github) = context.github {
        reviewed.claims.push(server::immutable(github));
        match server::now(github) {
            Ok(time) => now = time,
            Err(claim) => reviewed.claims.push(*claim),
        }
    }
    Ok((reviewed, now))
}

/// No stage of that name comes before the candidate.
fn no_stage(name: &str, words: &[&str]) -> Finding {
    let message = format!("no stage before the candidate is called `{}`", safe(name));
    let help = match words {
        [] | ["rc", "ga"] => {
            "name it in policy/release.toml of the default branch: `stages = [\"beta\"]`".to_owned()
        }
        words => format!("policy/release.toml names {}", words.join(", ")),
    };
    Finding::new(Code::ReleaseStage, message).help(help)
}

fn no_commit(sha: &str) -> Finding {
    let remote = thrice_facts::git::REMOTE;
    let help = format!("`git fetch {remote}`; if it is still missing, the SHA is wrong");
    Finding::new(Code::ReleaseCommit, format!("there is no commit {}", short(sha))).help(help)
}

/// How a release stands that is not carried out.
struct PendingRelease {
    begun: bool,
    github: bool,
}
