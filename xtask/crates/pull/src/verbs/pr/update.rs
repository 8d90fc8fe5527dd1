//! `pr update`: brings an open pull request to HEAD. The new commit first, whose runs the
//! server has, then the new body. Each step looks at what is there before it acts, so that
//! a command that was stopped is simply run again.

use std::path::PathBuf;
use std::time::Duration;

use clap::Args;
use serde_json::json;

use super::others::{edited, elsewhere, follows, pushed};
use super::runs::{digest, passed, unseen};
use crate::judge::claims::{Claim, Pull, judge_pull};
use crate::verbs::status::gather::{same_claims, same_text};
use thrice_facts::git::{Commit, REMOTE, Repository};
use thrice_facts::github::GitHub;
use thrice_facts::interrupt::Interrupt;
use thrice_facts::{clock, files};
use thrice_findings::{Code, Finding, Stop, Verdict, short, verdict};
use thrice_orr::journal::JournalLine;
use thrice_orr::layout::Output;
use thrice_orr::leftovers::{Reported, all};
use thrice_patch::judge::pr_body::{Said, Template, is_plain_summary, with_summary};
use thrice_patch::verbs::pr_body::PrBody;
use thrice_programme::world::{World, head};
use thrice_report::Report;
use thrice_report::text::safe;

/// How often the server is asked whether it has seen the push, and how long between.
const ASKED: u32 = 15;
const BETWEEN: Duration = Duration::from_secs(2);

/// Brings an open pull request to HEAD.
#[derive(Debug, Args)]
pub struct Update {
    /// The number of the pull request.
    #[arg(value_name = "N", value_parser = clap::value_parser!(u64).range(1..))]
    number: u64,
    /// The body. Default: `body.md` in the output folder where this review wrote it, else a new one.
    #[arg(long, value_name = "FILE")]
    body: Option<PathBuf>,
    /// The story that the patch is for.
    #[arg(long, value_name = "ID", requires = "story_notes")]
    story: Option<String>,
    /// The author's notes on the story, as TOML.
    #[arg(long, value_name = "FILE", requires = "story")]
    story_notes: Option<PathBuf>,
    /// Overwrites what somebody edited in the body.
    #[arg(long)]
    replace_body: bool,
    /// Shows what it would do, and does nothing.
    #[arg(long)]
    dry_run: bool,
}

/// What is to be done, and by what it is judged.
struct UpdateContext<'a> {
    repository: &'a Repository,
    github: &'a GitHub,
    interrupt: &'a Interrupt,
    reviews: &'a [Reported],
    commit: &'a Commit,
    reported: &'a Reported,
    template: &'a Template,
    pull: Pull,
}

impl Update {
    /// Updates it.
    pub(crate) fn run(self, world: &World) -> Result<Report, Stop> {
        let repository = world.repository()?;
        let commit = head(&repository)?;
        let (policy, _) = world.policy_of(&repository, &commit)?;
        let output = Output::of(&repository, &policy);
        let reported = passed(world, &output, &commit)?;
        let interrupt = Interrupt::listen()?;
        let github = GitHub::of(&repository, &interrupt)?;
        let pull: Pull = github.read(&github.repo(&format!("pulls/{}", self.number)))?;
        let trunk = world.default_branch(&repository, &mut Vec::new())?.name;
        let branch = repository.branch()?;
        let mut against = not_ours(&github, &trunk, &pull, (branch.as_deref(), &reported));
        against.extend(unseen(&github, &output, &commit)?);
        if !against.is_empty() {
            return Err(against.into());
        }
        let (body, mut findings) = self.body(world, &output)?;
        let template = Template::of(&policy);
        let old = pull.body.clone().unwrap_or_default();
        let body = self.with_their_summary(body, &old, &template);
        findings.extend(story_lost(&old, &body, &template));
        if verdict(&findings) != Verdict::Pass {
            return Err(findings.into());
        }
        let reviews = all(&output)?;
        let context = UpdateContext {
            repository: &repository,
            github: &github,
            interrupt: &interrupt,
            reviews: &reviews,
            commit: &commit,
            reported: &reported,
            template: &template,
            pull,
        };
        if let Some(report) = context.edited(&body, self.replace_body) {
            return Ok(report);
        }
        let there = &context.pull.head;
        if let Some(finding) = pushed(&repository, &reviews, &commit, (&there.name, &there.sha))? {
            return Err(finding.into());
        }
        if self.dry_run {
            return Ok(context.would(self.number, &body));
        }
        match context.update(self.number, &body) {
            Ok(mut report) => {
                report.findings.extend(findings);
                Ok(report)
            }
            Err(Stop::Refused(_)) if interrupt.requested() => Err(Stop::Interrupted),
            Err(stop) => Err(stop),
        }
    }

    /// The new body with its author's words on the server, which are theirs: a review changes
    /// claims. What is written over gives them up for others, or where they may not stand there.
    fn with_their_summary(&self, body: String, old: &str, template: &Template) -> String {
        let summary_of = |text: &str| Said::read(text.as_bytes(), template).summary;
        let Some(own) = summary_of(old).filter(|_| !body.is_empty()) else { return body };
        let others = summary_of(&body).is_some() || !is_plain_summary(&own, template);
        if self.replace_body && others {
            return body;
        }
        with_summary(&body, template, Some(&own))
    }

    /// The body that is to be there: a file that was checked, or a new one.
    fn body(&self, world: &World, output: &Output) -> Result<(String, Vec<Finding>), Stop> {
        let story = (self.story.clone(), self.story_notes.clone());
        let usual = output.folder().join("body.md");
        let file = self.body.clone().unwrap_or_else(|| usual.clone());
        if self.body.is_some() || files::read_if_there(&file)?.is_some() {
            let checking = PrBody::checking(file.clone(), story.0.clone(), story.1.clone());
            let checked = checking.run(world).or_else(|stop| stop.refusal().map(Report::of))?;
            let is_right = checked.verdict() == Verdict::Pass;
            if is_right || self.body.is_some() {
                let text = String::from_utf8_lossy(&files::read(&file)?).into_owned();
                return Ok((text, checked.findings));
            }
        }
        let (text, findings) = PrBody::drafted(world, story)?;
        if verdict(&findings) == Verdict::Pass && !self.dry_run {
            files::write_whole(&usual, text.as_bytes())?;
        }
        Ok((text, findings))
    }
}

/// Whether it is open, of this repository, for the default branch, and of this patch.
fn not_ours(
    github: &GitHub,
    trunk: &str,
    pull: &Pull,
    (branch, reported): (Option<&str>, &Reported),
) -> Vec<Finding> {
    let claims: Vec<Claim> = judge_pull(&github.slug().to_string(), trunk, pull);
    let mut findings: Vec<Finding> = claims.into_iter().flat_map(|claim| claim.findings).collect();
    let reviewed = reported.opened().and_then(|opened| opened.of_patch());
    if findings.is_empty() {
        findings.extend(elsewhere(pull, &[branch, reviewed]));
    }
    findings
}

/// A body that reported a story, and does not report it any more, lost it by mistake.
fn story_lost(old: &str, new: &str, template: &Template) -> Option<Finding> {
    let story = |text: &str| Said::read(text.as_bytes(), template).story;
    let lost = story(old).filter(|_| story(new).is_none() && !new.is_empty())?;
    let message = format!("the body reports the story {}, the new one would not", safe(&lost));
    Some(
        Finding::new(Code::UsageWrong, message)
            .help(format!("add `--story {lost} --story-notes FILE`")),
    )
}

impl UpdateContext<'_> {
    /// What somebody edited in the body since it was last written from here, shown.
    fn edited(&self, new: &str, replace: bool) -> Option<Report> {
        let there = self.pull.body.clone().unwrap_or_default();
        if replace || same_claims(&there, new, self.template) {
            return None;
        }
        let finding = edited(self.reviews, self.template, &self.pull)?;
        let mut report = Report::of(vec![finding]);
        report.body = apart(&there, new);
        Some(report)
    }

    fn would(&self, number: u64, body: &str) -> Report {
        let mut report = Report::new();
        let (from, to) = (short(&self.pull.head.sha), short(&self.commit.id));
        let push = match from == to {
            true => format!("it has {to} already"),
            false => format!("push {to} to {}, which has {from}", safe(&self.pull.head.name)),
        };
        let there = self.pull.body.clone().unwrap_or_default();
        let write =
            if same_text(&there, body) { "it has the body already" } else { "write the body" };
        report.body = format!("would bring pull request #{number} to HEAD\n  {push}\n  {write}\n");
        report
    }

    fn update(&self, number: u64, body: &str) -> Result<Report, Stop> {
        self.push(number)?;
        self.write(number, body)?;
        if self.reported.pull() != Some(number) {
            self.reported.write(&JournalLine::PullOpened { number })?;
        }
        self.reported
            .write(&JournalLine::BodyWritten { number, sha256: digest(body, self.template) })?;
        let mut report = Report::new();
        let url = self.pull.html_url.as_deref().unwrap_or_default();
        report.body = format!(
            "pull request #{number} is at {}, with the body of its review  {}\n",
            short(&self.commit.id),
            safe(url)
        );
        report.data = json!({
            "number": number,
            "url": self.pull.html_url,
            "head": self.commit.id,
            "before": self.pull.head.sha,
        });
        Ok(report)
    }

    /// Brings HEAD to the branch of the pull request. What is rewritten there is moved only
    /// where it still is what was looked at.
    fn push(&self, number: u64) -> Result<(), Stop> {
        let (there, name) = (self.pull.head.sha.as_str(), self.pull.head.name.as_str());
        if there == self.commit.id {
            return Ok(());
        }
        self.reported.write(&JournalLine::UpdateBegan { number, from: there.to_owned() })?;
        let commit = self.commit.id.as_str();
        let pushed = if follows(self.repository, there, commit)? {
            self.repository.push(commit, name, self.interrupt)
        } else {
            self.repository.push_with_lease(Some(commit), (name, there), self.interrupt)
        };
        let Err(said) = pushed else { return self.seen(number) };
        let message = format!("{} cannot be pushed to {REMOTE}: {said}", safe(name));
        let help = format!("fix what git says, then `cargo xtask pr update {number}`");
        Err(Finding::new(Code::PushRefused, message).help(help).into())
    }

    /// Waits until the pull request follows its branch.
    fn seen(&self, number: u64) -> Result<(), Stop> {
        let path = self.github.repo(&format!("pulls/{number}"));
        for _ in 0..ASKED {
            if self.github.read::<Pull>(&path)?.head.sha == self.commit.id {
                return Ok(());
            }
            if !clock::pause(BETWEEN, self.interrupt) {
                break;
            }
        }
        let message = format!("the server does not show {} yet", short(&self.commit.id));
        let help = format!("`cargo xtask pr update {number}` goes on");
        Err(Finding::new(Code::ServerSilent, message).help(help).into())
    }

    fn write(&self, number: u64, body: &str) -> Result<(), Stop> {
        let there = self.pull.body.clone().unwrap_or_default();
        if same_text(&there, body) {
            return Ok(());
        }
        let path = self.github.repo(&format!("pulls/{number}"));
        match self.github.send("PATCH", &path, &json!({ "body": body })) {
            Ok(_) => Ok(()),
            // The answer was lost: what counts is what is there now.
            Err(failure) => match self.github.read::<Pull>(&path) {
                Ok(pull) if same_text(&pull.body.clone().unwrap_or_default(), body) => Ok(()),
                _ => Err(failure.into()),
            },
        }
    }
}

/// How many differing lines are shown.
const SHOWN: usize = 20;

/// The lines that only one of two bodies has.
fn apart(there: &str, new: &str) -> String {
    let lines = |text: &str| text.replace('\r', "").lines().map(str::to_owned).collect::<Vec<_>>();
    let (there, new) = (lines(there), lines(new));
    let only = |mark: char, some: &[String], others: &[String]| {
        let kept: Vec<String> = some
            .iter()
            .filter(|line| !others.contains(line))
            .map(|line| format!("{mark} {}\n", safe(line)))
            .collect();
        let more = kept.len().saturating_sub(SHOWN);
        let rest = if more > 0 { format!("{mark} … {more} lines more\n") } else { String::new() };
        kept.into_iter().take(SHOWN).collect::<String>() + &rest
    };
    format!("{}{}", only('-', &there, &new), only('+', &new, &there))
}
