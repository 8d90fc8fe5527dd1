//! `approve`: a person's decision, recorded in the ledger and signed. What it approves is
//! pinned: other content needs another approval.

mod effect;
mod exception;

use std::path::PathBuf;

use clap::{Args, Subcommand};
use jiff::Timestamp;
use serde_json::{Map, Value};

use thrice_delivery::verbs::story::approval::approvable;
use thrice_facts::clock;
use thrice_facts::clock::rfc3339;
use thrice_facts::git::{Commit, REMOTE, Repository};
use thrice_findings::{Code, CommitId, Finding, Refused, Stop, short};
use thrice_ledger::decisions::entries::ApprovalScope;
use thrice_ledger::expiry;
use thrice_ledger::recording::{record, time};
use thrice_ledger::verbs::ledger::{Base, base};
use thrice_patch::approvals::widened_by;
use thrice_patch::gather::gather;
use thrice_programme::ReleaseRules;
use thrice_programme::ledger::Kind;
use thrice_programme::powers::{Widened, gains};
use thrice_programme::release::Stage;
use thrice_programme::world::World;
use thrice_report::Report;
use thrice_report::text::safe;
use thrice_risk::verbs::risk::acceptance;

use super::pr::merge_check::gather::demands;

/// Approves something, and records it in the ledger.
#[derive(Debug, Subcommand)]
pub enum Approve {
    /// Approves the patch at HEAD, as it is now.
    Change(Change),
    /// Approves the release of a commit.
    Release(Release),
    /// Approves the acceptance of a risk until a time: its clocks stop, and merges continue.
    Risk(Subject),
    /// Approves a story that waits for it.
    Story(Subject),
    /// Approves an exception from a rule, for a time.
    Exception(exception::Exception),
}

/// What every approval may say.
#[derive(Debug, Args)]
struct Said {
    /// Role that approves. Default: any role of yours.
    #[arg(long, value_name = "ROLE")]
    role: Option<String>,
    /// Reason.
    #[arg(long, value_name = "TEXT")]
    reason: Option<String>,
    /// Expiry, such as `2026-02-28T18:00:00-03:00`.
    #[arg(long, value_name = "TIME", value_parser = time)]
    expires: Option<Timestamp>,
    /// SSH key to sign with. Default: git's `user.signingkey`.
    #[arg(long, value_name = "FILE")]
    key: Option<PathBuf>,
    /// Shows what it would record, and records nothing.
    #[arg(long)]
    dry_run: bool,
}

/// An approval of the patch at HEAD.
#[derive(Debug, Args)]
pub struct Change {
    /// Filemap rule that requires the approval. Default: all.
    #[arg(long, value_name = "NAME")]
    rule: Option<String>,
    #[command(flatten)]
    said: Said,
}

/// An approval of a release.
#[derive(Debug, Args)]
pub struct Release {
    /// Commit, as a full SHA.
    #[arg(long, value_name = "SHA")]
    sha: String,
    /// Release stage: rc, ga, or one of `stages` in policy/release.toml.
    #[arg(long, value_name = "STAGE")]
    stage: String,
    #[command(flatten)]
    said: Said,
}

/// An approval of something that has an id.
#[derive(Debug, Args)]
pub struct Subject {
    /// Its id.
    #[arg(value_name = "ID")]
    id: String,
    #[command(flatten)]
    said: Said,
}

/// What is to be recorded, and in which words people read it.
struct PendingDecision {
    pub kind: Kind,
    pub data: Map<String, Value>,
    pub shown: String,
}

impl Approve {
    /// Records the approval.
    ///
    /// # Errors
    /// Where git fails.
    pub fn run(self, world: &World) -> Result<Report, Stop> {
        let said = match &self {
            Self::Change(it) => &it.said,
            Self::Release(it) => &it.said,
            Self::Risk(it) | Self::Story(it) => &it.said,
            Self::Exception(it) => &it.said,
        };
        let repository = world.repository()?;
        let head = thrice_programme::world::head(&repository)?;
        let base = base(world, &repository, &mut Vec::new())?;
        let context = Approver { world, repository: &repository, head: &head, base: &base };
        said.holds(&context)?;
        if let Self::Risk(risk) = &self {
            return risk.accept(world);
        }
        let PendingDecision { kind, data, shown } = context.decision(&self)?;
        record(world, (kind, data, &shown), said.key.clone(), !said.dry_run)
    }
}

impl Said {
    /// Refuses what could not count.
    fn holds(&self, context: &Approver<'_>) -> Result<(), Refused> {
        if expiry::is_over(self.expires, clock::now()) {
            let end = self.expires.map(rfc3339).unwrap_or_default();
            let message = format!("its end, {end}, is in the past");
            return Err(refuse(message, "give a time in the future"));
        }
        let Some(role) = &self.role else { return Ok(()) };
        let person = context.person()?;
        let held = person.is_some_and(|person| person.roles.contains(role));
        if held {
            return Ok(());
        }
        let message = format!("you do not hold the role `{}`", safe(role));
        let roles = person.map(|person| person.roles.join(", ")).unwrap_or_default();
        let help = if roles.is_empty() {
            "policy/ledger.toml of the base says who holds which role".to_owned()
        } else {
            format!("policy/ledger.toml of the base gives you: {roles}")
        };
        Err(Box::new(Finding::new(Code::LedgerRole, message).help(help)))
    }

    fn data(&self, mut data: Map<String, Value>) -> Map<String, Value> {
        let mut put = |name: &str, value: Option<String>| {
            if let Some(value) = value {
                data.insert(name.to_owned(), value.into());
            }
        };
        put("reason", self.reason.clone());
        put("expires_at", self.expires.map(rfc3339));
        data
    }
}

fn refuse(message: String, help: &str) -> Refused {
    Box::new(Finding::new(Code::UsageWrong, message).help(help))
}

/// Who decides on what.
struct Approver<'a> {
    world: &'a World,
    repository: &'a Repository,
    head: &'a Commit,
    base: &'a Base,
}

impl Approver<'_> {
    /// Who policy says you are.
    fn person(&self) -> Result<Option<&thrice_programme::Person>, Refused> {
        let address = self.repository.setting("user.email").map_err(|error| {
            Box::new(Finding::new(Code::NotEstablishedCode, format!("{error:#}")))
        })?;
        Ok(address.and_then(|address| self.base.rules.person(&address)))
    }

    fn decision(&self, what: &Approve) -> Result<PendingDecision, Stop> {
        match what {
            Approve::Change(change) => self.change(change),
            Approve::Release(release) => self.release(release),
            Approve::Story(story) | Approve::Risk(story) => self.story(story),
            Approve::Exception(exception) => exception.decision(self),
        }
    }

    /// The roles in which something is said.
    fn held(&self, said: &Said) -> Result<Vec<String>, Refused> {
        let roles = match &said.role {
            Some(role) => vec![role.clone()],
            None => self.person()?.map(|person| person.roles.clone()).unwrap_or_default(),
        };
        if roles.is_empty() {
            let message = "policy/ledger.toml of the base gives you no role".to_owned();
            let help = "`git config user.email` is the address by which it knows people";
            return Err(Box::new(Finding::new(Code::LedgerRole, message).help(help)));
        }
        Ok(roles)
    }

    fn approval(&self, about: &str, commit: &Commit, said: &Said) -> Map<String, Value> {
        let mut data = Map::new();
        data.insert("about".to_owned(), about.into());
        data.insert("sha".to_owned(), commit.id.clone().into());
        data.insert("tree".to_owned(), commit.tree.clone().into());
        if let Some(role) = &said.role {
            data.insert("role".to_owned(), role.clone().into());
        }
        said.data(data)
    }

    fn story(&self, story: &Subject) -> Result<PendingDecision, Stop> {
        let held = self.held(&story.said)?;
        let still = approvable(self.world, &story.id, &held)?;
        let mut data = self.approval(ApprovalScope::Story.word(), self.head, &story.said);
        data.insert("subject".to_owned(), story.id.clone().into());
        let mut shown = format!("{} may be started", safe(&story.id));
        for finding in still {
            shown.push_str(&format!("\nstill open: {}", safe(&finding.message)));
        }
        Ok(PendingDecision { kind: Kind::Approval, data, shown })
    }

    fn change(&self, change: &Change) -> Result<PendingDecision, Stop> {
        let base = &self.base.commit;
        let commits = self.repository.commits_between(base, self.head)?;
        if commits.is_empty() {
            let message = format!("HEAD has no commit that {} lacks", short(&base.id));
            let help = "switch to the branch of the patch";
            return Err(Finding::new(Code::PatchEmpty, message).help(help).into());
        }
        let ids: Vec<String> = commits.into_iter().map(|(id, _)| id).collect();
        self.not_own(&self.repository.makers_of(&ids)?)?;
        let gathered = gather(self.world, self.repository, None)?;
        let held = self.held(&change.said)?;
        self.not_gaining(&widened_by(self.repository, &gathered)?)?;
        let demanded = demands(self.repository, &gathered)?;
        effect::of_change(&demanded, change.rule.as_deref(), &held)?;
        let mut data = self.approval(ApprovalScope::Change.word(), self.head, &change.said);
        data.insert("base".to_owned(), base.id.clone().into());
        let rule = match &change.rule {
            Some(rule) => {
                data.insert("subject".to_owned(), rule.clone().into());
                format!("by the rule {}", safe(rule))
            }
            None => "whatever rule asks for it".to_owned(),
        };
        let shown = format!("the patch at {} is approved, {rule}", short(&self.head.id));
        Ok(PendingDecision { kind: Kind::Approval, data, shown })
    }

    fn release(&self, release: &Release) -> Result<PendingDecision, Stop> {
        let sha = &release.sha;
        if let Err(message) = CommitId::parse(sha) {
            let help = "give all 40 hex digits; a branch moves, a commit does not";
            return Err(refuse(message, help).into());
        }
        let Some(commit) = self.repository.commit(sha)?.filter(|commit| commit.id == *sha) else {
            let message = format!("{sha} is not in this clone");
            let finding =
                Finding::new(Code::NotEstablishedCode, message).help("`git fetch origin`");
            return Err(finding.into());
        };
        let about = release.stage.as_str();
        let word = match about {
            "rc" => "a release candidate",
            "ga" => "GA",
            stage => stage,
        };
        let (policy, _) = self.world.policy_of(self.repository, &self.base.commit)?;
        let held = self.held(&release.said)?;
        effect::of_release(policy.release.as_ref(), about, &held)?;
        let (tags, unseen_tags) = match self.repository.remote_tags() {
            Ok(tags) => (tags, None),
            Err(error) => (String::new(), Some(error.refusal()?)),
        };
        let made = released(self.repository, policy.release.as_ref(), (sha, &tags))?;
        let own = self.not_own(&self.repository.makers_of(&made)?);
        own.map_err(|own| unseen_tags.map_or(own, unseen))?;
        let data = self.approval(about, &commit, &release.said);
        let shown = format!("{} may become {word}", short(sha));
        Ok(PendingDecision { kind: Kind::Approval, data, shown })
    }

    /// Your addresses: those of whoever policy says you are, or git's alone.
    fn own_addresses(&self) -> Result<Vec<String>, Refused> {
        let address = || self.repository.setting("user.email").ok().flatten();
        let person = self.person()?.map(|person| person.addresses.clone());
        Ok(person.unwrap_or_else(|| address().into_iter().collect()))
    }

    /// Nobody approves what they made themselves.
    fn not_own(&self, makers: &[String]) -> Result<(), Refused> {
        let own = self.own_addresses()?;
        let made = |maker: &String| own.iter().any(|own| own.eq_ignore_ascii_case(maker));
        match makers.iter().find(|maker| made(maker)) {
            None => Ok(()),
            Some(maker) => {
                let message =
                    format!("{} wrote a part of this patch, and can't approve it", safe(maker));
                let help = "ask somebody who wrote no part of it to type the same; if you maintain alone: `cargo xtask explain approval-missing`";
                Err(Box::new(Finding::new(Code::ApprovalOwn, message).help(help)))
            }
        }
    }

    /// Nobody approves what lets them decide more.
    fn not_gaining(&self, widened: &[Widened]) -> Result<(), Refused> {
        let login = self.person()?.and_then(|person| person.login.as_deref());
        let Some(own) = gains(widened, &self.own_addresses()?, login) else { return Ok(()) };
        let message = format!("the patch would give you {}", safe(&own.powers.join(", ")));
        let help = "ask somebody who gains nothing by it to approve it";
        Err(Box::new(Finding::new(Code::ApprovalOwn, message).help(help)))
    }
}

/// Whose commits are of the release nobody knows, where the remote does not say what was
/// released before.
fn unseen(said: String) -> Refused {
    let message = format!("{REMOTE} does not say what was released before: {said}");
    Box::new(
        Finding::new(Code::NotEstablishedCode, message)
            .help("run the command again when it answers"),
    )
}

/// The commits of a release that none before it had, by the tags of the remote.
fn released(
    repository: &Repository,
    rules: Option<&ReleaseRules>,
    (sha, tags): (&str, &str),
) -> anyhow::Result<Vec<String>> {
    let mut before = Vec::new();
    for (id, name) in tags.lines().filter_map(|line| line.split_once("\trefs/tags/")) {
        let tagged = rules.and_then(|it| it.form.read(name.trim_end_matches("^{}")));
        let is_out = tagged.is_some_and(|it| it.stage == Stage::Ga);
        if is_out && id != sha && repository.commit(id)?.is_some_and(|it| it.id != sha) {
            before.push(id.to_owned());
        }
    }
    let commits = repository.messages(sha, &before)?;
    Ok(commits.into_iter().map(|(id, _)| id).collect())
}

impl Subject {
    /// Records that a risk is accepted, which is what an approval of it means.
    fn accept(&self, world: &World) -> Result<Report, Stop> {
        let (Some(expires), Some(reason)) = (self.said.expires, &self.said.reason) else {
            let message = "a risk is accepted until a time, for a reason".to_owned();
            return Err(refuse(message, "give `--expires TIME` and `--reason TEXT`").into());
        };
        let (data, shown) = acceptance(world, &self.id, (expires, reason))?;
        let Said { key, dry_run, .. } = &self.said;
        record(world, (Kind::Risk, data, &shown), key.clone(), !dry_run)
    }
}
