//! `plan`: Plan.json, drafted from the patch or checked against it.

use std::collections::HashSet;
use std::path::{Path, PathBuf};

use clap::Subcommand;

use crate::gather::{PatchInput, gather, no_difference};
use crate::judge::filemap::Rules;
use crate::judge::plan;
use crate::judge::plan::{LARGEST, Plan, PlanFacts, Unplanned, check, draft};
use thrice_documents::document::{Document, checked, named, read};
use thrice_findings::{Code, Finding, Stop};
use thrice_orr::layout::Output;
use thrice_programme::world::World;
use thrice_report::Report;
use thrice_report::text::counted;

/// The plan.
#[derive(Debug, Subcommand)]
pub enum PlanCommand {
    /// Drafts the plan of the patch: a task for each area that it touches.
    New {
        /// Commit to compare with. Default: the HEAD of the default branch.
        #[arg(long, value_name = "REV")]
        base: Option<String>,
        /// File to write; replaces only a plan. Default: standard output.
        #[arg(long, value_name = "FILE")]
        write: Option<PathBuf>,
    },
    /// Checks that a plan matches the patch, and names what proves it.
    Check {
        /// The plan; `-` for standard input.
        file: PathBuf,
        /// Commit to compare with. Default: the HEAD of the default branch.
        #[arg(long, value_name = "REV")]
        base: Option<String>,
    },
}

impl PlanCommand {
    /// Whether the plan itself is what is printed.
    #[must_use]
    pub fn prints(&self) -> bool {
        matches!(self, Self::New { write: None, .. })
    }

    /// Runs the verb.
    ///
    /// # Errors
    /// Where git fails, or a file cannot be read or written.
    pub fn run(self, world: &World) -> Result<Report, Stop> {
        match self {
            Self::New { base, write } => new(world, base.as_deref(), write.as_deref()),
            Self::Check { file, base } => check_file(world, &file, base.as_deref()),
        }
    }
}

impl PatchInput {
    /// What a plan of this patch is checked against.
    pub fn plan_facts<'a>(&'a self, rules: &'a Rules<'a>) -> PlanFacts<'a> {
        PlanFacts {
            base: &self.patch.base,
            patch: &self.patch,
            rules,
            gates: &self.policy.gates,
            output: &self.policy.programme.output,
        }
    }
}

/// Drafts a plan; what no task can name is reported.
pub(super) fn drafted(facts: &PlanFacts<'_>, findings: &mut Vec<Finding>) -> Option<Plan> {
    let (plan, unplanned) = draft(facts);
    // A path that no area reaches is in no task either.
    let said: HashSet<_> = findings.iter().map(|it| (it.code, it.place.clone())).collect();
    let new = unplanned.iter().map(Unplanned::finding);
    findings.extend(new.filter(|it| !said.contains(&(it.code, it.place.clone()))));
    if plan.is_none() && unplanned.is_empty() {
        findings.push(no_difference());
    }
    plan
}

fn new(world: &World, base: Option<&str>, write: Option<&Path>) -> Result<Report, Stop> {
    let repository = world.repository()?;
    let gathered = gather(world, &repository, base)?;
    let filemap = gathered.filemap()?;
    let rules = Rules::new(filemap, None)?;
    let mut findings = gathered.findings.clone();
    let plan = drafted(&gathered.plan_facts(&rules), &mut findings);
    let text = plan.map(|plan| plan.text()).unwrap_or_default();
    let is_kind = |bytes: &[u8]| plan::read(bytes).is_ok();
    let output = Output::of(&repository, &gathered.policy);
    Document { noun: "plan", text, findings, is_kind: &is_kind }.give(write, &output)
}

fn check_file(world: &World, file: &Path, base: Option<&str>) -> Result<Report, Stop> {
    let bytes = read(file, LARGEST, "plan new")?;
    let repository = world.repository()?;
    let gathered = gather(world, &repository, base)?;
    let filemap = gathered.filemap()?;
    let rules = Rules::new(filemap, None)?;
    let shown = named(file);
    let (plan, problems) = match plan::read(&bytes) {
        Ok((plan, lines)) => {
            let problems = check(&plan, &lines, &gathered.plan_facts(&rules));
            (Some(plan), problems)
        }
        Err(problems) => (None, problems),
    };
    let mut findings = gathered.findings.clone();
    findings.extend(problems.iter().map(|p| p.finding(Code::PlanInvalid, &shown, 0)));
    let mut report = Report::of(findings);
    if let Some(plan) = plan {
        let touched = counted(gathered.patch.changes.len(), "path");
        report.body = format!("{} for {touched}\n", counted(plan.tasks.len(), "task"));
    }
    report.data = checked(file);
    Ok(report)
}
