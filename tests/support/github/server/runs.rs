//! Runs: how they are planned, and what the clock makes of them.

use std::collections::BTreeMap;
use std::fmt;
use std::sync::Arc;

use super::artifacts::Artifact;

/// A time that does not come.
pub(crate) const NEVER: u64 = u64::MAX;

/// Changes the artifacts that a run leaves, before anyone sees them.
pub(crate) type Tamper = Arc<dyn Fn(&mut Vec<Artifact>) + Send + Sync>;

/// What will come of a run. Times are milliseconds.
#[derive(Clone)]
pub(crate) struct Plan {
    /// The statuses before `in_progress`, and how long each lasts.
    pub(crate) waits: Vec<(String, u64)>,
    /// How long a job lasts where `jobs` says nothing else; they run one after another.
    pub(crate) job: u64,
    /// What is special about jobs, by their names.
    pub(crate) jobs: BTreeMap<String, JobPlan>,
    /// How the run ends; where none, by its jobs.
    pub(crate) conclusion: Option<String>,
    /// Whether it leaves artifacts.
    pub(crate) leaves_artifacts: bool,
    /// Whether the gates are executed for this run alone, instead of once a commit.
    pub(crate) fresh: bool,
    /// What is done to its artifacts.
    pub(crate) tamper: Option<Tamper>,
    /// For how long after the dispatch nobody finds it.
    pub(crate) unseen: u64,
}

/// What is special about a job.
#[derive(Clone, Debug, Default)]
pub(crate) struct JobPlan {
    /// How it ends, instead of success.
    pub(crate) conclusion: Option<String>,
    /// How long it lasts.
    pub(crate) lasts: Option<u64>,
    /// That it is not there at all.
    pub(crate) absent: bool,
}

impl Default for Plan {
    fn default() -> Self {
        Self {
            waits: vec![("queued".to_owned(), 1_000)],
            job: 2_000,
            jobs: BTreeMap::new(),
            conclusion: None,
            leaves_artifacts: true,
            fresh: false,
            tamper: None,
            unseen: 0,
        }
    }
}

impl fmt::Debug for Plan {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Plan({:?}, {} ms a job, {:?})", self.conclusion, self.job, self.jobs)
    }
}

impl Plan {
    /// A run whose jobs last so many milliseconds each.
    pub(crate) fn lasting(job: u64) -> Self {
        Self { job, ..Self::default() }
    }

    /// A run that ends so, its unfinished jobs with it.
    pub(crate) fn ending(conclusion: &str) -> Self {
        Self { conclusion: Some(conclusion.to_owned()), ..Self::default() }
    }

    /// The same, with a job that ends so.
    pub(crate) fn job(mut self, name: &str, conclusion: &str) -> Self {
        self.jobs.entry(name.to_owned()).or_default().conclusion = Some(conclusion.to_owned());
        self
    }

    /// The same, with a status before it runs.
    pub(crate) fn waiting(mut self, status: &str, milliseconds: u64) -> Self {
        self.waits.push((status.to_owned(), milliseconds));
        self
    }

    /// The same, with its artifacts changed.
    pub(crate) fn tampered(
        mut self,
        tamper: impl Fn(&mut Vec<Artifact>) + Send + Sync + 'static,
    ) -> Self {
        self.tamper = Some(Arc::new(tamper));
        self
    }
}

/// A job of a run.
#[derive(Clone, Debug)]
pub(crate) struct Job {
    /// Its id, which is its check run's too.
    pub(crate) id: u64,
    /// Its name, which is the check's.
    pub(crate) name: String,
    /// When it starts.
    pub(crate) starts: u64,
    /// When it ends.
    pub(crate) ends: u64,
    /// How it ends.
    pub(crate) conclusion: String,
    /// A status instead of what the clock says.
    pub(crate) status: Option<String>,
    /// The attempt that it belongs to.
    pub(crate) attempt: u64,
}

/// A run of a workflow.
#[derive(Clone, Debug)]
pub(crate) struct Run {
    /// Its id.
    pub(crate) id: u64,
    /// Its number in its workflow.
    pub(crate) number: u64,
    /// Its workflow.
    pub(crate) workflow: u64,
    /// The workflow's file.
    pub(crate) path: String,
    /// `workflow_dispatch`, `pull_request`, …
    pub(crate) event: String,
    /// The branch.
    pub(crate) branch: String,
    /// The commit.
    pub(crate) sha: String,
    /// Its title.
    pub(crate) title: String,
    /// Owner and name of the repository that the commit is from.
    pub(crate) head_repository: (String, String),
    /// Who started it.
    pub(crate) actor: String,
    /// 1, and one more with each time that it is run again.
    pub(crate) attempt: u64,
    /// When it was made.
    pub(crate) created: u64,
    /// From when on it has which status, the last before it ends.
    pub(crate) phases: Vec<(u64, String)>,
    /// When it ends.
    pub(crate) ends: u64,
    /// How it ends.
    pub(crate) conclusion: String,
    /// Jobs of all attempts.
    pub(crate) jobs: Vec<Job>,
    /// The plan that it follows.
    pub(crate) plan: Plan,
    /// Whether its artifacts are made; they are when someone first looks.
    pub(crate) harvested: bool,
    /// Whether its execution was begun, where runs are executed for real.
    pub(crate) begun: bool,
    /// That it was deleted.
    pub(crate) deleted: bool,
}

/// Status and conclusion, as GitHub says them.
pub(crate) type Standing<'a> = (&'a str, Option<&'a str>);

impl Run {
    /// Lays out the time of its present attempt, with jobs of these ids and names.
    pub(crate) fn schedule(&mut self, begins: u64, jobs: &[(u64, String)]) {
        let mut time = begins;
        self.phases.clear();
        for (status, lasts) in &self.plan.waits {
            self.phases.push((time, status.clone()));
            time = time.saturating_add(*lasts);
        }
        self.phases.push((time, "in_progress".to_owned()));
        let whole = self.plan.conclusion.clone();
        let cut = whole.clone().filter(|word| !matches!(word.as_str(), "success" | "failure"));
        let mut worst = "success".to_owned();
        for (id, name) in jobs {
            let planned = self.plan.jobs.get(name).cloned().unwrap_or_default();
            if planned.absent {
                continue;
            }
            let conclusion = planned.conclusion.or(cut.clone()).unwrap_or("success".to_owned());
            let lasts = if conclusion == "skipped" { 0 } else { self.plan.job };
            let starts = time;
            time = time.saturating_add(planned.lasts.unwrap_or(lasts));
            if !matches!(conclusion.as_str(), "success" | "skipped" | "neutral") {
                worst = conclusion.clone();
            }
            let (name, attempt) = (name.clone(), self.attempt);
            let job = Job { id: *id, name, starts, ends: time, conclusion, status: None, attempt };
            self.jobs.push(job);
        }
        self.ends = time;
        let of_jobs = if worst == "success" || worst == "cancelled" { &worst } else { "failure" };
        self.conclusion = whole.unwrap_or_else(|| of_jobs.to_owned());
    }

    /// Its status now, and its conclusion where it has one.
    pub(crate) fn standing(&self, now: u64) -> Standing<'_> {
        if now >= self.ends {
            return ("completed", Some(&self.conclusion));
        }
        let begun = self.phases.iter().rev().find(|(from, _)| now >= *from);
        (begun.map_or("queued", |(_, status)| status.as_str()), None)
    }

    /// Whether anyone finds it.
    pub(crate) fn is_seen(&self, now: u64) -> bool {
        !self.deleted && now >= self.created.saturating_add(self.plan.unseen)
    }

    /// Whether it has ended.
    pub(crate) fn is_over(&self, now: u64) -> bool {
        now >= self.ends
    }

    /// When it last changed.
    pub(crate) fn changed(&self, now: u64) -> u64 {
        let phases = self.phases.iter().map(|(from, _)| *from);
        let times = phases.chain([self.ends]).chain(self.jobs.iter().map(|job| job.starts));
        times.filter(|time| *time <= now).max().unwrap_or(self.created)
    }

    /// Ends it at once.
    pub(crate) fn cancel(&mut self, now: u64) {
        self.ends = now;
        self.conclusion = "cancelled".to_owned();
        for job in self.jobs.iter_mut().filter(|job| job.ends > now) {
            job.starts = job.starts.min(now);
            job.ends = now;
            job.conclusion = "cancelled".to_owned();
        }
    }
}

impl Job {
    /// Its status now, and its conclusion where it has one.
    pub(crate) fn standing(&self, now: u64) -> Standing<'_> {
        if let Some(status) = &self.status {
            return (status, None);
        }
        if now >= self.ends {
            ("completed", Some(&self.conclusion))
        } else if now >= self.starts {
            ("in_progress", None)
        } else {
            ("queued", None)
        }
    }
}
