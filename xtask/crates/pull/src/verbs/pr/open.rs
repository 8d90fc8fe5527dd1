//! `pr open`: only after a review passed on exactly this head (H-0.3).

use std::path::PathBuf;

use clap::Args;
use serde_json::json;

use crate::judge::claims::Pull;
use thrice_facts::files;
use thrice_facts::git::{Commit, RemoteBranch, Repository};
use thrice_facts::github::{Failure, GitHub, Kind, encoded};
use thrice_facts::interrupt::Interrupt;
use thrice_findings::{Code, Finding, Stop, Verdict, short};
use thrice_orr::journal::Line;
use thrice_orr::layout::Output;
use thrice_orr::leftovers::{Told, newest};
use thrice_orr::state;
use thrice_orr::state::State;
use thrice_patch::verbs::pr_body::PrBody;
use thrice_programme::world::{World, head};
use thrice_report::Report;
use thrice_report::text::safe;

const REMOTE: &str = "origin";
/// The largest body that is sent, in bytes: GitHub takes 65,536 characters.
const LARGEST: usize = 65_536;

/// Opens the pull request of HEAD.
#[derive(Debug, Args)]
pub struct Open {
    /// The body; `body.md` in the output folder where left out.
    #[arg(long, value_name = "FILE")]
    body: Option<PathBuf>,
    /// The title; the subject of HEAD where left out.
    #[arg(long, value_name = "TEXT")]
    title: Option<String>,
    /// The story that the patch is for.
    #[arg(long, value_name = "ID", requires = "story_notes")]
    story: Option<String>,
    /// What its author notes of the story, as TOML.
    #[arg(long, value_name = "FILE", requires = "story")]
    story_notes: Option<PathBuf>,
    /// Says what it would do, and does nothing.
    #[arg(long)]
    dry_run: bool,
}

impl Open {
    /// Opens it.
    ///
    /// # Errors
    /// Where the tool itself cannot do its part.
    pub fn run(self, world: &World) -> Result<Report, Stop> {
        let repository = world.repository()?;
        let commit = head(&repository)?;
        let (policy, _) = world.policy_of(&repository, &commit)?;
        let output = Output::at(repository.root().join(&policy.programme.output));
        let told = passed(newest(&output)?, &commit)?;
        let file = self.body.clone().unwrap_or_else(|| output.folder().join("body.md"));
        let checking = PrBody::checking(file.clone(), self.story.clone(), self.story_notes.clone());
        let checked = checking.run(world)?;
        if checked.verdict() != Verdict::Pass {
            return Ok(checked);
        }
        let body =
            String::from_utf8(files::read_named(&file, LARGEST)?).map_err(anyhow::Error::from)?;
        let interrupt = Interrupt::listen()?;
        let github = GitHub::of(&repository, &interrupt)?;
        let title = match self.title {
            Some(title) => title,
            None => repository.subject(&commit)?,
        };
        // A patch could name another branch in its policy.
        let default = world.default_branch(&repository, &mut Vec::new())?.name;
        let desk = Desk {
            repository: &repository,
            github: &github,
            interrupt: &interrupt,
            default: &default,
            commit: &commit,
            told: &told,
            dry_run: self.dry_run,
        };
        match desk.open(&title, &body) {
            Err(Stop::Refused(_)) if interrupt.requested() => Err(Stop::Interrupted),
            Err(stop) => Err(stop.after(checked.findings)),
            Ok(mut report) => {
                report.findings.extend(checked.findings);
                Ok(report)
            }
        }
    }
}

/// The journal of the review that passed on this commit.
fn passed(told: Option<Told>, commit: &Commit) -> Result<Told, Box<Finding>> {
    let refuse = |message: String| {
        let help = "`cargo xtask orr --on github`; a pull request is opened only after it passed";
        Err(Box::new(Finding::new(Code::Refuse20, message).help(help)))
    };
    let of_head = |told: &Told| told.opened().is_some_and(|opened| opened.commit == commit.id);
    let Some(told) = told.filter(of_head) else {
        return refuse(format!("there is no review of {}", short(&commit.id)));
    };
    let state = state::path(&told.lines).ok().and_then(|path| path.last().copied());
    match state {
        Some(State::OrrOk | State::PrOpen | State::Review | State::Merge) => Ok(told),
        Some(State::Rework) => refuse(format!("{} was rolled back", short(&commit.id))),
        _ => refuse(format!("the review of {} did not pass", short(&commit.id))),
    }
}

struct Desk<'a> {
    pub repository: &'a Repository,
    pub github: &'a GitHub,
    pub interrupt: &'a Interrupt,
    default: &'a str,
    commit: &'a Commit,
    told: &'a Told,
    dry_run: bool,
}

impl Desk<'_> {
    fn open(&self, title: &str, body: &str) -> Result<Report, Stop> {
        let branch = self.told.opened().and_then(|opened| opened.branch.clone());
        let Some(branch) = branch else {
            let finding = Finding::new(Code::SandboxBranch, "the review was made on no branch")
                .help("`cargo xtask branch sandbox`, and review there");
            return Err(finding.into());
        };
        if let Some(pull) = self.find(&branch)? {
            return self.already(&branch, &pull, body);
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
            Ok(Err(_)) => self.find(&branch)?.ok_or_else(|| lost(&branch))?,
            Err(failure) if failure.may_have_happened() => match self.find(&branch) {
                Ok(Some(pull)) => pull,
                _ => return Err(failure.into()),
            },
            Err(failure) => return Err(failure.into()),
        };
        self.opened(&pull, "opened")
    }

    /// The open pull request of a branch of this repository.
    fn find(&self, branch: &str) -> Result<Option<Pull>, Failure> {
        let head = format!("{}:{branch}", self.github.slug().owner);
        let path = self.github.repo(&format!("pulls?state=open&head={}", encoded(&head)));
        let pulls: Vec<Pull> = self.github.list(&path, None)?;
        // A server that does not know the filter gives all.
        Ok(pulls.into_iter().find(|pull| pull.head.name == branch && self.is_ours(pull)))
    }

    fn is_ours(&self, pull: &Pull) -> bool {
        let home = pull.head.repo.as_ref().map(|home| home.full_name.as_str());
        home.is_some_and(|home| home.eq_ignore_ascii_case(&self.github.slug().to_string()))
    }

    /// One that is there may be what an earlier call of this command opened, whose answer
    /// was lost; any other is in the way.
    fn already(&self, branch: &str, pull: &Pull, body: &str) -> Result<Report, Stop> {
        let same_body = pull.body.as_deref().is_some_and(|there| same_text(there, body));
        if same_body && pull.head.sha == self.commit.id {
            return self.opened(pull, "is open already");
        }
        let message = format!("pull request #{} of {} is open already", pull.number, safe(branch));
        let help = format!(
            "one pull request a branch: `cargo xtask pr verify {0}`, or `cargo xtask pr rollback {0}`",
            pull.number
        );
        Err(Finding::new(Code::PullExists, message).help(help).into())
    }

    /// Brings HEAD to the branch where it is not there.
    fn push(&self, branch: &str) -> anyhow::Result<Option<Finding>> {
        if matches!(self.repository.remote_branch(REMOTE, branch)?, RemoteBranch::At(id) if id == self.commit.id)
        {
            return Ok(None);
        }
        let said = match self.repository.push(REMOTE, &self.commit.id, branch, self.interrupt) {
            Ok(Ok(())) => return Ok(None),
            Ok(Err(said)) => said,
            Err(stopped) => stopped.to_string(),
        };
        let message = format!("{} cannot be pushed to {REMOTE}: {said}", safe(branch));
        Ok(Some(
            Finding::new(Code::PushRefused, message).help("mend what git says; nothing is forced"),
        ))
    }

    fn opened(&self, pull: &Pull, how: &str) -> Result<Report, Stop> {
        if self.told.pull() != Some(pull.number) {
            self.told.write(&Line::PullOpened { number: pull.number })?;
        }
        let mut report = Report::new();
        let url = pull.html_url.as_deref().unwrap_or_default();
        report.body = format!(
            "pull request #{} {how}  {}\nnext: `cargo xtask pr verify {}`\n",
            pull.number,
            safe(url),
            pull.number
        );
        report.data = json!({ "number": pull.number, "url": pull.html_url, "head": pull.head.sha });
        Ok(report)
    }
}

/// GitHub keeps line ends as CRLF where a browser wrote them.
fn same_text(one: &str, other: &str) -> bool {
    one.replace("\r\n", "\n").trim_end() == other.replace("\r\n", "\n").trim_end()
}

fn lost(branch: &str) -> Finding {
    let failure = Failure::new(Kind::Unreadable, "POST pulls", None, "the answer cannot be read");
    let mut finding = failure.finding();
    finding.message = format!("{}: {}", safe(branch), finding.message);
    finding
}
