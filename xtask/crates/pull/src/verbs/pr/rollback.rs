//! `pr rollback`: closes a pull request with the reason and discards its sandbox branch
//! (H-8.3). The review's journal and evidence stay.

use clap::Args;
use serde::Deserialize;
use serde_json::json;

use crate::judge::claims::Pull;
use thrice_facts::github::{Failure, FailureKind, GitHub, encoded};
use thrice_facts::interrupt::Interrupt;
use thrice_findings::{Code, Finding, Stop};
use thrice_orr::journal::JournalLine;
use thrice_orr::judge::branch;
use thrice_orr::layout::Output;
use thrice_orr::leftovers::newest;
use thrice_programme::Policy;
use thrice_programme::world::{World, head};
use thrice_report::Report;
use thrice_report::text::safe;

/// Closes a pull request and discards its sandbox branch; the branch of a story stays.
#[derive(Debug, Args)]
pub struct Rollback {
    /// The number of the pull request.
    #[arg(value_name = "N", value_parser = clap::value_parser!(u64).range(1..))]
    number: u64,
    /// Reason; posted as a comment on the pull request.
    #[arg(long, value_name = "TEXT")]
    reason: String,
    /// Does it. Default: only shows what it would do.
    #[arg(long)]
    execute: bool,
}

/// A comment, as far as it is looked at.
#[derive(Deserialize)]
struct Comment {
    #[serde(default)]
    body: Option<String>,
}

/// A reference, as the server reports it.
#[derive(Deserialize)]
struct Reference {
    object: Object,
}

#[derive(Deserialize)]
struct Object {
    sha: String,
}

/// What is still to be done.
struct RollbackStep {
    comment: bool,
    close: bool,
    delete: bool,
    /// Whether its branch is no sandbox, and stays.
    keeps: bool,
}

impl Rollback {
    /// Rolls it back.
    pub(crate) fn run(self, world: &World) -> Result<Report, Stop> {
        let repository = world.repository()?;
        let commit = head(&repository)?;
        let (policy, _) = world.policy_of(&repository, &commit)?;
        let interrupt = Interrupt::listen()?;
        let github = GitHub::of(&repository, &interrupt)?;
        let done = match self.roll_back(&github, &policy) {
            Ok(report) => report,
            Err(_) if interrupt.requested() => return Err(Stop::Interrupted),
            Err(finding) => return Err(finding.into()),
        };
        let output = Output::of(&repository, &policy);
        if self.execute
            && let Some(reported) =
                newest(&output)?.filter(|reported| reported.pull() == Some(self.number))
            && !reported.lines.iter().any(|line| matches!(line, JournalLine::RolledBack { .. }))
        {
            reported.write(&JournalLine::RolledBack { number: self.number })?;
        }
        Ok(done)
    }

    fn roll_back(&self, github: &GitHub, policy: &Policy) -> Result<Report, Box<Finding>> {
        let pull: Pull = github.read(&github.repo(&format!("pulls/{}", self.number)))?;
        let keeps = !may_be_discarded(github, policy, &pull)?;
        let todo = self.todo(github, &pull, keeps)?;
        if self.execute {
            self.act(github, &pull, &todo)?;
        }
        Ok(self.report(&pull, &todo))
    }

    /// Marks the comment, so that it is written once.
    fn mark(&self) -> String {
        format!("<!-- xtask: rollback of #{} -->", self.number)
    }

    fn todo(
        &self,
        github: &GitHub,
        pull: &Pull,
        keeps: bool,
    ) -> Result<RollbackStep, Box<Finding>> {
        let comments = github.repo(&format!("issues/{}/comments", self.number));
        let comments: Vec<Comment> = github.list(&comments, None)?;
        let mark = self.mark();
        let reported =
            comments.iter().any(|c| c.body.as_deref().is_some_and(|b| b.contains(&mark)));
        let delete = match github.read::<Reference>(&reference(github, "git/ref", &pull.head.name))
        {
            Ok(found) if found.object.sha == pull.head.sha => true,
            Ok(found) => {
                let message = format!(
                    "{} is at {}, not at the pull request's head {}",
                    safe(&pull.head.name),
                    found.object.sha,
                    pull.head.sha
                );
                let help = "somebody pushed to it; look at what came, then run it again";
                return Err(Box::new(Finding::new(Code::HeadMoved, message).help(help)));
            }
            Err(failure) if failure.kind() == FailureKind::NotFound => false,
            Err(failure) => return Err(failure.into()),
        };
        let (close, delete) = (pull.state == "open", delete && !keeps);
        Ok(RollbackStep { comment: !reported, close, delete, keeps })
    }

    fn act(&self, github: &GitHub, pull: &Pull, todo: &RollbackStep) -> Result<(), Box<Finding>> {
        if todo.comment {
            let text = format!("Rolled back: {}\n\n{}\n", self.reason, self.mark());
            let path = github.repo(&format!("issues/{}/comments", self.number));
            github.send("POST", &path, &json!({ "body": text }))?;
        }
        if todo.close {
            let path = github.repo(&format!("pulls/{}", self.number));
            github.send("PATCH", &path, &json!({ "state": "closed" }))?;
        }
        if todo.delete {
            let path = reference(github, "git/refs", &pull.head.name);
            match github.send("DELETE", &path, &json!({})) {
                Ok(_) => {}
                // It went between looking and asking: GitHub answers 422 to the deletion of
                // what is not there, and of what its rules hold.
                Err(_) if is_gone(github, &pull.head.name)? => {}
                Err(failure) => return Err(failure.into()),
            }
        }
        Ok(())
    }

    fn report(&self, pull: &Pull, todo: &RollbackStep) -> Report {
        let mut report = Report::new();
        let branch = safe(&pull.head.name);
        let stays = match todo.keeps {
            true => format!("the branch {branch} stays: it is no sandbox"),
            false => "the branch is gone already".to_owned(),
        };
        let steps = [
            (
                todo.comment,
                "the reason written below it".to_owned(),
                "the reason is below it already",
            ),
            (todo.close, format!("#{} closed", self.number), "it is closed already"),
            (todo.delete, format!("the branch {branch} deleted"), stays.as_str()),
        ];
        let mut body = if self.execute {
            format!("pull request #{} rolled back\n", self.number)
        } else {
            format!("would roll back pull request #{}; `--execute` does it\n", self.number)
        };
        for (open, what, already) in &steps {
            let line = if *open { what.as_str() } else { *already };
            body.push_str(&format!("  {line}\n"));
        }
        body.push_str("the journal and the evidence stay\n");
        report.body = body;
        report.data = json!({
            "number": self.number,
            "executed": self.execute,
            "branch": pull.head.name,
            "comment": todo.comment,
            "close": todo.close,
            "delete": todo.delete,
        });
        report
    }
}

/// Only what is not merged, of this repository, on a branch of a kind that policy knows, is
/// given up. Whether its branch is a sandbox, which is discarded with it.
fn may_be_discarded(github: &GitHub, policy: &Policy, pull: &Pull) -> Result<bool, Box<Finding>> {
    let refuse = |code: Code, message: String, help: &str| {
        Err(Box::new(Finding::new(code, message).help(help)))
    };
    let (number, name) = (pull.number, &pull.head.name);
    let close = format!("`gh pr close {number}` closes it, and its branch stays");
    if pull.merged_at.is_some() {
        let help = "to undo a merge, make a patch that reverts it";
        return refuse(Code::PullClosed, format!("pull request #{number} is merged"), help);
    }
    let home = pull.head.repo.as_ref().map(|home| home.full_name.as_str()).unwrap_or_default();
    if !home.eq_ignore_ascii_case(&github.slug().to_string()) {
        let message = format!("its branch is in {}, which is not ours", safe(home));
        return refuse(Code::PullForeign, message, &close);
    }
    if *name == policy.programme.default_branch {
        let message = format!("`{}` is the default branch", safe(name));
        return refuse(Code::SandboxBranch, message, &close);
    }
    let Some(branches) = &policy.branches else {
        let message = format!("nothing says whether `{}` is a sandbox branch", safe(name));
        let help = format!("{close}; or say in policy/branches.toml what they are called");
        return refuse(Code::SandboxBranch, message, &help);
    };
    let sandbox = |kind: &str| branches.kinds.iter().any(|k| k.sandbox && k.name == kind);
    if let Ok(read) = branch::read(name.as_bytes(), branches, None) {
        return Ok(sandbox(&read.kind));
    }
    let message = format!("`{}` matches no kind of branch in policy", safe(name));
    refuse(Code::SandboxBranch, message, &close)
}

fn reference(github: &GitHub, room: &str, branch: &str) -> String {
    let segments: Vec<String> = branch.split('/').map(encoded).collect();
    github.repo(&format!("{room}/heads/{}", segments.join("/")))
}

fn is_gone(github: &GitHub, branch: &str) -> Result<bool, Failure> {
    match github.get(&reference(github, "git/ref", branch)) {
        Ok(_) => Ok(false),
        Err(failure) if failure.kind() == FailureKind::NotFound => Ok(true),
        Err(failure) => Err(failure),
    }
}
