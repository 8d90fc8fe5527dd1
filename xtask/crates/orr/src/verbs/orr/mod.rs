//! `orr`: the readiness review.

pub(crate) mod decide;
mod performance;
mod server;
mod status;
mod table;

use clap::{Args, Subcommand, ValueEnum};
use serde_json::json;

use crate::approved;
use crate::journal::EngineKind;
use crate::judge::odds;
use crate::layout::Output;
use crate::record;
use crate::review::{Request, Reviewed, review};
use decide::DecisionContext;
use thrice_facts::files;
use thrice_facts::git::{Commit, Repository};
use thrice_facts::interrupt::Interrupt;
use thrice_findings::{Code, Finding, Stop, interrupted};
use thrice_programme::world::{World, cores, head, tracked_output};
use thrice_programme::{Policy, VaryMode};
use thrice_report::Report;
use thrice_report::event::Event;
use thrice_report::text::{counted, safe};

/// Runs all gates N times on HEAD, each run in a checkout of its own, compares
/// what they leave, and decides (H-4).
#[derive(Debug, Args)]
#[command(args_conflicts_with_subcommands = true)]
pub struct Orr {
    /// Number of runs, at least 2. Fewer than policy's are a rehearsal. Default: policy's number.
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u32).range(2..=100))]
    runs: Option<u32>,
    /// Make enough runs to see a flaky gate with this probability, such as `99%`; stop when two runs differ.
    #[arg(long, value_name = "PERCENT", value_parser = share, conflicts_with_all = ["runs", "resume"])]
    until: Option<f64>,
    /// How often the flake of `--until` fails. Default: 10%.
    #[arg(long, value_name = "PERCENT", value_parser = share, requires = "until")]
    rate: Option<f64>,
    /// Where to run. Default with --resume: where the unfinished review runs.
    #[arg(long, value_enum)]
    on: Option<EngineKind>,
    /// Sandbox branch on GitHub that carries HEAD. Default: the current branch.
    #[arg(long, value_name = "BRANCH")]
    branch: Option<String>,
    /// Runs for metrics only: decides nothing, and writes to `shadow/` in the output folder.
    #[arg(long)]
    shadow: bool,
    /// Makes all runs, even where a failed gate or a path that the Filemap refuses has decided.
    #[arg(long)]
    keep_going: bool,
    /// Resumes an interrupted review of HEAD; repeats nothing that was done.
    #[arg(long, conflicts_with = "runs")]
    resume: bool,
    /// How much the runs differ on purpose. Default: policy's mode, which is `safe` unless set.
    #[arg(long, value_enum, value_name = "MODE", conflicts_with = "resume")]
    vary: Option<Mode>,
    #[command(subcommand)]
    verb: Option<OrrVerb>,
}

#[derive(Debug, Subcommand)]
enum OrrVerb {
    /// Same as `status`.
    Status,
}

/// How much the runs of a review differ on purpose.
#[derive(Clone, Copy, Debug, ValueEnum)]
enum Mode {
    /// In path, HOME, TMPDIR and time alone.
    None,
    /// Also in what any user can change: locale, time zone, umask, environment.
    Safe,
    /// Slower: also fewer CPUs, another host name and date, and a warm run (util-linux, libfaketime).
    All,
}

/// The most runs of a review.
const MOST_RUNS: u32 = 100;

/// A share in percent: `99%` or `99`.
fn share(text: &str) -> Result<f64, String> {
    let number = text.strip_suffix('%').unwrap_or(text).trim().parse::<f64>();
    match number {
        Ok(percent) if percent > 0.0 && percent < 100.0 => Ok(percent / 100.0),
        _ => Err("give a share between 0% and 100%, such as `99%`".to_owned()),
    }
}

impl From<Mode> for VaryMode {
    fn from(mode: Mode) -> Self {
        match mode {
            Mode::None => Self::None,
            Mode::Safe => Self::Safe,
            Mode::All => Self::All,
        }
    }
}

impl Orr {
    /// Whether only the standing of the patch is asked for.
    #[must_use]
    pub fn is_status(&self) -> bool {
        matches!(self.verb, Some(OrrVerb::Status))
    }

    /// Whether nothing hangs on it.
    #[must_use]
    pub fn is_shadow(&self) -> bool {
        self.shadow
    }

    /// Whether it speaks to the server.
    #[must_use]
    pub fn asks_server(&self) -> bool {
        matches!(self.on, Some(EngineKind::Github))
    }

    /// Carries out the review. `decided` gives the report of what decides without a run; it is
    /// asked about a clean HEAD, before anything is made.
    ///
    /// # Errors
    /// Where the tool itself cannot do its part.
    pub fn run(
        self,
        world: &World,
        decided: impl FnOnce() -> Result<Option<Report>, Stop>,
    ) -> Result<Report, Stop> {
        let interrupt = Interrupt::listen()?;
        let repository = world.repository()?;
        let commit = head(&repository)?;
        let (mut policy, source) = world.policy_of(&repository, &commit)?;
        let unapproved = approved::limit(world, &repository, &mut policy)?;
        if let Some(report) = self.without_a_run(&repository, &policy, decided)? {
            return Ok(report);
        }
        let whole = Output::of(&repository, &policy);
        whole.prepare()?;
        let output = if self.shadow { whole.shadow() } else { whole };
        let listener = world.printer.listener();
        let request = Request {
            repository: &repository,
            policy: &policy,
            files: &source.files,
            output: &output,
            commit: commit.clone(),
            runs: self.number(&policy)?,
            until: self.until.is_some(),
            // A shadow review measures how often a gate is red.
            keep_going: self.keep_going || self.shadow,
            resume: self.resume,
            vary: self.vary.map_or(policy.gates.vary.mode, Into::into),
            cores: cores()?,
            expected: record::expected(&output)?,
            interrupt: &interrupt,
            listener: listener.as_ref(),
        };
        let engine = self.engine(&output)?;
        let base = world.default_branch(&repository, &mut Vec::new()).ok();
        let base = base.and_then(|it| it.base(&repository, None, &mut Vec::new()).ok()).flatten();
        say_outdated(&request, base.as_ref())?;
        let mut reviewed = self.reviewed(world, &request, engine, &unapproved)?;
        let rest = reviewed.rest.take();
        let context = DecisionContext {
            policy: &policy,
            files: &source.files,
            output: &output,
            root: repository.root(),
            commit: &commit,
            shadow: self.shadow,
            red_reviews: server::red_reviews(&request, &reviewed)?,
            repository: &repository,
            interrupt: &interrupt,
            listener: listener.as_ref(),
            base: base.as_ref(),
        };
        reviewed.notes.extend(unapproved);
        let slow = reviewed.took > policy.gates.target_time;
        let took = reviewed.took;
        let decided = decide::decide(&context, *reviewed);
        drop(listener);
        let mut report = decided?;
        report.rest = rest;
        if slow && engine == EngineKind::Github {
            let reported = performance::tell(&repository, &interrupt, &policy, took);
            report.findings.push(reported);
        }
        Ok(report)
    }

    /// The report of what decides without a run.
    fn without_a_run(
        &self,
        repository: &Repository,
        policy: &Policy,
        decided: impl FnOnce() -> Result<Option<Report>, Stop>,
    ) -> Result<Option<Report>, Stop> {
        if let Some(finding) = tracked_output(repository, policy)? {
            return Err(finding.into());
        }
        if let Some(report) = dirty(repository)? {
            return Ok(Some(report));
        }
        // A review that is resumed goes on as it was begun.
        if self.shadow || self.keep_going || self.resume {
            return Ok(None);
        }
        decided()
    }

    /// Makes the runs, where they are to be made.
    fn reviewed(
        &self,
        world: &World,
        request: &Request<'_>,
        engine: EngineKind,
        unapproved: &[Finding],
    ) -> Result<Box<Reviewed>, Stop> {
        let ended = match (engine, &self.branch) {
            (EngineKind::Local, Some(_)) => {
                Err(Finding::new(Code::UsageWrong, "`--branch` is of the runs on GitHub")
                    .help("add `--on github`, or leave it out")
                    .into())
            }
            (EngineKind::Local, None) => review(request),
            (EngineKind::Github, branch) => server::review(world, request, branch.as_deref()),
        };
        // Runs take minutes, in which others may have merged.
        world.look_again();
        ended.map_err(|stop| match stop {
            Stop::Interrupted => interrupted("go on with `cargo xtask orr --resume`").into(),
            // What commands don't see may be why they failed.
            Stop::Broken(_) => [stop.into_findings(), unapproved.to_vec()].concat().into(),
            other => other,
        })
    }

    /// How many runs are to be made.
    fn number(&self, policy: &Policy) -> Result<u32, Stop> {
        let Some(confidence) = self.until else {
            return Ok(self.runs.unwrap_or(policy.gates.runs));
        };
        let runs = odds::runs_for(confidence, self.rate.unwrap_or(0.1)).max(policy.gates.runs);
        if runs > MOST_RUNS {
            let message = format!("that takes {runs} runs, and a review has {MOST_RUNS} at most");
            let help = "ask for less confidence, or for a flake that fails more often: `--rate`";
            return Err(Finding::new(Code::UsageWrong, message).help(help).into());
        }
        Ok(runs)
    }

    /// Where the runs are to be made.
    fn engine(&self, output: &Output) -> anyhow::Result<EngineKind> {
        if let Some(named) = self.on {
            return Ok(named);
        }
        let unfinished = if self.resume { status::unfinished_engine(output)? } else { None };
        Ok(unfinished.unwrap_or_default())
    }
}

/// Says before the runs that a rebase would ask for others.
fn say_outdated(request: &Request<'_>, base: Option<&Commit>) -> anyhow::Result<()> {
    let has_queue = request.policy.gates.workflow.has_queue();
    let Some(base) = base.filter(|_| !has_queue) else { return Ok(()) };
    if !request.repository.is_ancestor(&base.id, &request.commit.id)? {
        let branch = &request.policy.programme.default_branch;
        let text =
            format!("`{branch}` moved on: rebase first, or these runs have to be made again");
        request.listener.event(&Event::Said { text });
    }
    Ok(())
}

fn dirty(repository: &Repository) -> anyhow::Result<Option<Report>> {
    let paths = repository.changed_paths()?;
    if paths.is_empty() {
        return Ok(None);
    }
    let finding = Finding::new(
        Code::DirtyTree,
        format!(
            "{} in the working tree {} in no commit",
            counted(paths.len(), "path"),
            if paths.len() == 1 { "is" } else { "are" }
        ),
    )
    .help(
        "a review is of a commit: `git add` and `git commit` them, `git stash \
         --include-untracked`, or name them in .gitignore",
    );
    let mut report = Report::of(vec![finding]);
    for (status, path) in &paths {
        report.body.push_str(&format!("  {status} {}\n", safe(&files::display_bytes(path))));
    }
    let listed: Vec<_> = paths
        .iter()
        .map(|(status, path)| json!({ "status": status, "path": files::display_bytes(path) }))
        .collect();
    report.data = json!({ "paths": listed });
    Ok(Some(report))
}
