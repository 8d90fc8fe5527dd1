//! `pr open`: only after a review passed on exactly this head (H-0.3).

use std::path::PathBuf;

use clap::Args;
use serde_json::json;

use super::others::{follows, pushed};
use super::runs::{digest, lost, passed, unseen};
use crate::judge::claims::Pull;
use crate::verbs::status::gather::same_claims;
use thrice_delivery::judge::backlog::titled;
use thrice_facts::files;
use thrice_facts::git::{Commit, REMOTE, RemoteBranch, Repository};
use thrice_facts::github::{Failure, GitHub, encoded};
use thrice_facts::interrupt::Interrupt;
use thrice_findings::text::ids_in;
use thrice_findings::{Code, Finding, Stop, Verdict, short, unless_refused};
use thrice_orr::journal::JournalLine;
use thrice_orr::layout::Output;
use thrice_orr::leftovers::{Reported, all};
use thrice_orr::lineage::read_name;
use thrice_patch::judge::pr_body::Template;
use thrice_patch::verbs::pr_body::PrBody;
use thrice_programme::world::{World, head};
use thrice_programme::{Backlog, Policy};
use thrice_report::Report;
use thrice_report::text::safe;

/// The largest body that is sent, in bytes: GitHub takes 65,536 characters.
const LARGEST: usize = 65_536;

/// Opens the pull request of HEAD.
#[derive(Debug, Args)]
pub struct Open {
    /// The body. Default: `body.md` in the output folder.
    #[arg(long, value_name = "FILE")]
    body: Option<PathBuf>,
    /// The title. Default: the subject of HEAD.
    #[arg(long, value_name = "TEXT")]
    title: Option<String>,
    /// The story that the patch is for.
    #[arg(long, value_name = "ID", requires = "story_notes")]
    story: Option<String>,
    /// The author's notes on the story, as TOML.
    #[arg(long, value_name = "FILE", requires = "story")]
    story_notes: Option<PathBuf>,
    /// Shows what it would do, and does nothing.
    #[arg(long)]
    dry_run: bool,
}

impl Open {
    /// Opens it.
    pub(crate) fn run(self, world: &World) -> Result<Report, Stop> {
        let repository = world.repository()?;
        let commit = head(&repository)?;
        let (policy, _) = world.policy_of(&repository, &commit)?;
        let output = Output::of(&repository, &policy);
        let reported = passed(world, &output, &commit)?;
        let branch = reported.opened().and_then(|opened| opened.of_patch()).unwrap_or_default();
        let named = named(world, &repository, branch)?;
        let file = self.body.clone().unwrap_or_else(|| output.folder().join("body.md"));
        if files::read_if_there(&file)?.is_none() {
            return Err(no_body(&file).into());
        }
        let checking = PrBody::checking(file.clone(), self.story.clone(), self.story_notes.clone());
        let checked = checking.run(world)?;
        if checked.verdict() != Verdict::Pass {
            return Ok(checked);
        }
        let body = match files::read_named(&file, LARGEST).map(String::from_utf8) {
            Ok(Ok(body)) => body,
            Ok(Err(_)) | Err(_) => return Err(no_body(&file).into()),
        };
        let interrupt = Interrupt::listen()?;
        let github = GitHub::of(&repository, &interrupt)?;
        if let Some(finding) = unseen(&github, &output, &commit)? {
            return Err(finding.into());
        }
        let title = match self.title {
            Some(title) => title,
            None => repository.subject(&commit)?,
        };
        // A squash takes the title: by its id the story is known in every clone.
        let title = match &named {
            Some((policy, story)) if !begins(&title, policy.backlog.as_ref(), story) => {
                format!("{story}: {title}")
            }
            _ => title,
        };
        // A patch could name another branch in its policy.
        let default = world.default_branch(&repository, &mut Vec::new())?.name;
        let context = OpenContext {
            repository: &repository,
            output: &output,
            github: &github,
            interrupt: &interrupt,
            default: &default,
            commit: &commit,
            reported: &reported,
            template: &Template::of(&policy),
            dry_run: self.dry_run,
        };
        match context.open(&title, &body) {
            Err(Stop::Refused(_)) if interrupt.requested() => Err(Stop::Interrupted),
            Err(stop) => Err(stop.after(checked.findings)),
            Ok(mut report) => {
                report.findings.extend(checked.findings);
                Ok(report)
            }
        }
    }
}

/// Whether a title is known as a story's, or begins with its id.
fn begins(title: &str, backlog: Option<&Backlog>, story: &str) -> bool {
    let is_id = |id: &str| id == story || backlog.is_some_and(|it| it.position(id).is_some());
    let delivered = backlog.and_then(|it| it.stories.get(titled(title, it)?));
    delivered.is_some_and(|it| it.id == story)
        || ids_in(title, is_id).first().is_some_and(|(at, id)| *at == 0 && *id == story)
}

/// The story of the branch that the pull request would come from, and the rules of the base.
fn named(
    world: &World,
    repository: &Repository,
    branch: &str,
) -> Result<Option<(Policy, String)>, Stop> {
    let mut findings = Vec::new();
    let default = world.default_branch(repository, &mut findings)?;
    if branch == default.name {
        let message = format!("`{}` is the default branch", safe(branch));
        let help = "`cargo xtask status` says how to go on";
        return Err(vec![Finding::new(Code::BranchName, message).help(help)].into());
    }
    let Some(base) = default.base(repository, None, &mut findings)? else {
        return if findings.is_empty() { Ok(None) } else { Err(findings.into()) };
    };
    let Some((policy, _)) = unless_refused(world.policy_of(repository, &base))? else {
        return Ok(None);
    };
    let Some(branches) = &policy.branches else { return Ok(None) };
    let rules = (branches, policy.backlog.as_ref());
    let name = read_name(repository, rules, branch.as_bytes(), &base.id)?;
    let story = name.part("story").map(str::to_owned);
    Ok(story.map(|story| (policy, story)))
}

struct OpenContext<'a> {
    pub repository: &'a Repository,
    output: &'a Output,
    pub github: &'a GitHub,
    pub interrupt: &'a Interrupt,
    default: &'a str,
    commit: &'a Commit,
    reported: &'a Reported,
    template: &'a Template,
    dry_run: bool,
}

impl OpenContext<'_> {
    fn open(&self, title: &str, body: &str) -> Result<Report, Stop> {
        let opened = self.reported.opened();
        let branch = opened.and_then(|opened| opened.of_patch()).map(str::to_owned);
        let Some(branch) = branch else {
            let finding = Finding::new(Code::SandboxBranch, "the review was made on no branch")
                .help("`cargo xtask branch sandbox`, and review there");
            return Err(finding.into());
        };
        if let Some(pull) = self.find(&branch)? {
            return self.already(&branch, &pull, body);
        }
        if let Some(finding) = self.closed(&branch)? {
            return Err(finding.into());
        }
        let base = self.default;
        if self.dry_run {
            let mut report = Report::new();
            report.body = format!(
                "would open a pull request of {} ({}) for {} in {}: {}\n",
                safe(&branch),
                short(&self.commit.id),
                safe(base),
                self.github.slug(),
                safe(title)
            );
            return Ok(report);
        }
        if let Some(finding) = self.push(&branch)? {
            return Err(finding.into());
        }
        let request = json!({
            "title": title,
            "head": branch,
            "base": base,
            "body": body,
            "maintainer_can_modify": false,
        });
        let answer = self.github.send("POST", &self.github.repo("pulls"), &request);
        let pull = match answer.map(|answer| answer.json::<Pull>()) {
            Ok(Ok(pull)) => pull,
            // The answer was lost or unreadable: what counts is what is there now.
            Ok(Err(_)) => self.find(&branch)?.ok_or_else(|| lost("POST pulls"))?,
            Err(failure) if failure.may_have_happened() => match self.find(&branch) {
                Ok(Some(pull)) => pull,
                _ => return Err(failure.into()),
            },
            Err(failure) => return Err(failure.into()),
        };
        self.opened(&pull, body, "opened")
    }

    /// The open pull request of a branch of this repository.
    fn find(&self, branch: &str) -> Result<Option<Pull>, Failure> {
        Ok(self.listed(branch, "open")?.into_iter().next())
    }

    /// What the server lists of a branch of this repository.
    fn listed(&self, branch: &str, state: &str) -> Result<Vec<Pull>, Failure> {
        let head = format!("{}:{branch}", self.github.slug().owner);
        let path = self.github.repo(&format!("pulls?state={state}&head={}", encoded(&head)));
        let mut pulls: Vec<Pull> = self.github.list(&path, None)?;
        // A server that does not know the filter gives all.
        pulls.retain(|pull| pull.head.name == branch && self.is_ours(pull));
        Ok(pulls)
    }

    /// What was closed stays closed: a pull request of this commit, or of its review.
    fn closed(&self, branch: &str) -> Result<Option<Finding>, Failure> {
        let is_it = |pull: &Pull| {
            let same = pull.head.sha == self.commit.id || self.reported.pull() == Some(pull.number);
            same && pull.state != "open"
        };
        Ok(self.listed(branch, "closed")?.into_iter().find(is_it).map(|pull| {
            let message = format!("pull request #{} of this commit was closed", pull.number);
            let help = "`cargo xtask branch sandbox` starts again, or reopen it on its page";
            Finding::new(Code::PullClosed, message).help(help)
        }))
    }

    fn is_ours(&self, pull: &Pull) -> bool {
        let home = pull.head.repo.as_ref().map(|home| home.full_name.as_str());
        home.is_some_and(|home| home.eq_ignore_ascii_case(&self.github.slug().to_string()))
    }

    /// One that is there may be what an earlier call of this command opened, whose answer
    /// was lost; any other is in the way.
    fn already(&self, branch: &str, pull: &Pull, body: &str) -> Result<Report, Stop> {
        let same_body =
            pull.body.as_deref().is_some_and(|there| same_claims(there, body, self.template));
        if same_body && pull.head.sha == self.commit.id {
            return self.opened(pull, body, "is open already");
        }
        let message = format!("pull request #{} of {} is open already", pull.number, safe(branch));
        let help = format!(
            "one pull request a branch: `cargo xtask pr update {}` brings it to this commit and body",
            pull.number
        );
        Err(Finding::new(Code::PullExists, message).help(help).into())
    }

    /// Brings HEAD to the branch where it is not there. What an earlier review put there is
    /// moved; what others pushed is not.
    fn push(&self, branch: &str) -> anyhow::Result<Option<Finding>> {
        let (repository, commit) = (self.repository, self.commit.id.as_str());
        let there = match repository.remote_branch(branch)? {
            RemoteBranch::At(id) if id == commit => return Ok(None),
            RemoteBranch::At(id) => Some(id),
            _ => None,
        };
        if let Some(there) = &there
            && let Some(finding) =
                pushed(repository, &all(self.output)?, self.commit, (branch, there))?
        {
            return Ok(Some(finding));
        }
        let pushed = match &there {
            Some(there) if !follows(repository, there, commit)? => {
                let moved = (branch, there.as_str());
                repository.push_with_lease(Some(commit), moved, self.interrupt)
            }
            _ => repository.push(commit, branch, self.interrupt),
        };
        let Err(said) = pushed else { return Ok(None) };
        let message = format!("{} cannot be pushed to {REMOTE}: {said}", safe(branch));
        let help = "fix what git says; nobody else's work is overwritten";
        Ok(Some(Finding::new(Code::PushRefused, message).help(help)))
    }

    fn opened(&self, pull: &Pull, body: &str, how: &str) -> Result<Report, Stop> {
        if self.reported.pull() != Some(pull.number) {
            self.reported.write(&JournalLine::PullOpened { number: pull.number })?;
        }
        let sha256 = digest(body, self.template);
        self.reported.write(&JournalLine::BodyWritten { number: pull.number, sha256 })?;
        let mut report = Report::new();
        let url = pull.html_url.as_deref().unwrap_or_default();
        report.body = format!("pull request #{} {how}  {}\n", pull.number, safe(url));
        report.data = json!({ "number": pull.number, "url": pull.html_url, "head": pull.head.sha });
        Ok(report)
    }
}

/// There is no body to open it with.
fn no_body(file: &std::path::Path) -> Finding {
    let shown = file.display();
    Finding::new(Code::Refuse10, format!("there is no body in {}", safe(&shown.to_string())))
        .help("`cargo xtask pr-body --write out/body.md` writes it")
}
