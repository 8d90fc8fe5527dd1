//! `branch`: check a branch's name, or make a branch of a good one at the base.

use std::ffi::OsString;
use std::os::unix::ffi::OsStringExt;

use crate::merges::{Merges, merges_of};
use clap::{Args, Subcommand};
use serde_json::{Map, Value, json};

use thrice_facts::clock;
use thrice_facts::git::{Commit, REMOTE, Repository};
use thrice_findings::{Code, Finding, Severity, Stop, short};
use thrice_orr::judge::branch::{
    BranchName, LONGEST, LONGEST_NAME, forms, fresh, is_slug, read, slug,
};
use thrice_orr::lineage::read_name;
use thrice_programme::Policy;
use thrice_programme::branches::{BranchKind, Branches, FormPart};
use thrice_programme::world::World;
use thrice_report::Report;
use thrice_report::table::Table;
use thrice_report::text::{counted, safe};

/// Branches.
#[derive(Debug, Subcommand)]
pub enum BranchCommand {
    /// Checks a branch name: shows its kind and its parts, or why it matches none.
    Check {
        /// Branch name. Default: the current branch.
        name: Option<OsString>,
        /// Refuses it if it may not be merged now, for scripts and hooks.
        #[arg(long)]
        may_merge: bool,
    },
    /// Creates the branch of a story, or of an incident's hotfix, at the base, and switches to it.
    New {
        /// Story id, or incident id.
        #[arg(value_name = "STORY|INCIDENT")]
        story: String,
        /// Short description for the branch name.
        slug: String,
        /// Kind of branch. Default: the first kind whose ids match.
        #[arg(long, value_name = "NAME")]
        kind: Option<String>,
        /// Where the branch begins, and whether it is made.
        #[command(flatten)]
        making: NewBranch,
    },
    /// Creates a sandbox branch at the base, and switches to it.
    Sandbox {
        /// Where the branch begins, and whether it is made.
        #[command(flatten)]
        making: NewBranch,
    },
}

/// Where a branch begins, and whether it is made.
#[derive(Debug, Args)]
pub struct NewBranch {
    /// Commit to compare with. Default: the HEAD of the default branch.
    #[arg(long, value_name = "REV")]
    base: Option<String>,
    /// Shows what it would do, and does nothing.
    #[arg(long)]
    dry_run: bool,
}

impl BranchCommand {
    /// Whether it makes a branch.
    #[must_use]
    pub fn makes(&self) -> bool {
        match self {
            Self::Check { .. } => false,
            Self::New { making, .. } | Self::Sandbox { making } => !making.dry_run,
        }
    }

    /// Runs the verb.
    ///
    /// # Errors
    /// Where git fails.
    pub fn run(self, world: &World) -> Result<Report, Stop> {
        let named = match &self {
            Self::Check { .. } => None,
            Self::New { making, .. } | Self::Sandbox { making } => making.base.as_deref(),
        };
        let context = BranchContext::of(world, named)?;
        match self {
            Self::Check { name, may_merge } => context.check(name, may_merge),
            Self::New { story, slug, kind, making } => {
                let name = context.story_branch(&story, &slug, kind.as_deref());
                context.make(name, making.dry_run)
            }
            Self::Sandbox { making } => context.make(context.sandbox_branch(), making.dry_run),
        }
    }
}

/// Makes the branch of a story at the base, named after what it is about.
pub fn make_of_story(
    world: &World,
    story: &str,
    text: &str,
    dry_run: bool,
) -> Result<Report, Stop> {
    let context = BranchContext::of(world, None)?;
    context.make(context.story_branch(story, text, None), dry_run)
}

/// What every verb needs.
struct BranchContext {
    pub repository: Repository,
    base: Commit,
    branches: Branches,
    policy: Policy,
    trunk: String,
    findings: Vec<Finding>,
}

impl BranchContext {
    fn of(world: &World, named: Option<&str>) -> Result<Self, Stop> {
        let repository = world.repository()?;
        let mut findings = Vec::new();
        let default = world.default_branch(&repository, &mut findings)?;
        let Some(base) = default.base(&repository, named, &mut findings)? else {
            return Err(findings.into());
        };
        let (policy, source) = world.policy_for_alarms(&repository, &base, &mut findings)?;
        let Some(branches) = policy.branches.clone() else {
            let message = format!(
                "there is no `{}/branches.toml` at the base {}",
                source.shown,
                short(&base.id)
            );
            let help = "write one; `cargo xtask policy schema branches` lists its keys";
            let finding = Finding::new(Code::PolicyMissing, message).help(help);
            return Err(finding.into());
        };
        Ok(Self { repository, base, branches, policy, trunk: default.name, findings })
    }

    fn check(&self, name: Option<OsString>, may_merge: bool) -> Result<Report, Stop> {
        let name = match name {
            Some(name) => name.into_vec(),
            None => match self.repository.branch()? {
                Some(branch) => branch.into_bytes(),
                None => {
                    let finding = Finding::new(Code::NotEstablishedCode, "HEAD is on no branch")
                        .help("switch to the branch, or name it");
                    return Err(finding.into());
                }
            },
        };
        let rules = (&self.branches, self.policy.backlog.as_ref());
        if name == self.trunk.as_bytes() {
            let trunk = safe(&self.trunk);
            let message = format!("`{trunk}` is the default branch: others are merged into it");
            let help = "`git switch` to the branch that you want to merge, or name it";
            return Err(Finding::new(Code::BranchName, message).help(help).into());
        }
        let read = read_name(&self.repository, rules, &name, &self.base.id)?;
        self.reported(&String::from_utf8_lossy(&name), &read, may_merge)
    }

    fn reported(&self, name: &str, read: &BranchName, may_merge: bool) -> Result<Report, Stop> {
        let mut report = Report::new();
        if may_merge {
            // By older rules than the remote has, nobody knows.
            report.findings.extend(self.findings.iter().cloned());
            thrice_ledger::gather::read_whole(&self.repository);
        }
        let merges = self.merges(name, &mut report.findings)?;
        report.findings.extend(merges.stranded.clone().map(|mut finding| {
            finding.severity = Severity::Warn;
            finding
        }));
        let said = merges.describe();
        if may_merge {
            report
                .findings
                .extend(merges.warning().map(|it| Finding { severity: Severity::Refuse, ..it }));
            let unseen = || {
                Finding::new(
                    Code::NotEstablishedCode,
                    "the ledger can't be read, so nobody knows whether merges are frozen",
                )
            };
            report.findings.extend(merges.is_unseen.then(unseen));
            // What lets a merge through rests on what the remote has at this moment.
            report
                .findings
                .iter_mut()
                .filter(|it| it.code == Code::LedgerUnreached)
                .for_each(|it| it.severity = Severity::Refuse);
        }
        report.headline = match &said {
            Some(said) => Some(format!("may merge: {}", safe(said))),
            None if !may_merge => None,
            None if merges.is_unseen => Some("may merge: not established".to_owned()),
            None => Some("may merge: yes, no freeze stops it".to_owned()),
        };
        let mut table = Table::default();
        table.row(["kind", &read.kind]);
        for (placeholder, text) in &read.parts {
            table.row([placeholder, text]);
        }
        if let Some(said) = said {
            table.row(["may merge", &said]);
        }
        report.body = safe(&table.text());
        let parts: Map<String, Value> =
            read.parts.iter().map(|(name, text)| (name.clone(), json!(text))).collect();
        report.data = json!({ "name": name, "kind": read.kind, "parts": parts, "base": self.base.id,
                "frozen": merges.frozen, "hotfix_of": merges.hotfix });
        Ok(report)
    }

    /// What the merge of a branch waits for, where policy has rules of risks.
    fn merges(&self, name: &str, findings: &mut Vec<Finding>) -> anyhow::Result<Merges> {
        let of = (&self.policy, self.policy.backlog.as_ref());
        merges_of(&self.repository, &self.base, of, name, findings)
    }

    fn story_branch(
        &self,
        story: &str,
        text: &str,
        kind: Option<&str>,
    ) -> Result<String, Box<Finding>> {
        let kinds = || self.branches.kinds.iter().filter(|kind| !kind.sandbox);
        let fits = |kind: &&BranchKind| {
            let has = |part: &FormPart| matches!(part, FormPart::Id(class) if self.branches.is_id(story, class.as_deref()));
            kind.parts.iter().any(has)
        };
        let named = |found: &&BranchKind| kind.is_none_or(|name| found.name == name);
        let Some(kind) = kinds().filter(named).find(fits) else {
            let message = match kind {
                Some(kind) if !kinds().any(|known| known.name == kind) => {
                    format!("there is no kind of branch called `{kind}`")
                }
                _ => format!(
                    "`{story}` is the id of neither a story nor an incident: no branch is named so"
                ),
            };
            let forms = forms(kinds());
            let help = match self.branches.example(None) {
                "" => format!(
                    "{forms}; for a hotfix, policy/branches.toml of the base needs `[ids.incident]` and \
                     a kind `form = \"hotfix/<incident>-<slug>\"`"
                ),
                example => format!("{forms}, with ids such as `{example}`"),
            };
            return Err(Finding::new(Code::BranchName, message).help(help).into());
        };
        let around = kind.form.len() + story.len();
        let longest = LONGEST.min(LONGEST_NAME.saturating_sub(around));
        let made = if is_slug(text) { Some(text.to_owned()) } else { slug(text, longest) };
        let Some(slug) = made else {
            let message = "nothing of that text can be written in ASCII letters and digits";
            return Err(Finding::new(Code::BranchName, message)
                .help("say it in other words")
                .into());
        };
        self.name(kind, story, &slug)
    }

    fn sandbox_branch(&self) -> Result<String, Box<Finding>> {
        match self.branches.kinds.iter().find(|kind| kind.sandbox) {
            // Two within a minute differ in the minute that they name.
            Some(kind) => {
                let names = fresh(Some(&self.branches), "", &self.base.id, clock::now());
                let taken = |name: &&String| self.repository.has_branch(name).unwrap_or(false);
                match names.iter().find(|name| !taken(name)) {
                    Some(name) => Ok(name.clone()),
                    None => self.name(kind, "", ""),
                }
            }
            None => Err(Finding::new(Code::PolicyMissing, "no kind of branch is the sandbox")
                .help("add `sandbox = true` to one in policy/branches.toml")
                .into()),
        }
    }

    fn name(&self, kind: &BranchKind, id: &str, slug: &str) -> Result<String, Box<Finding>> {
        let now = clock::now();
        let text = |part: &FormPart| match part {
            FormPart::Literal(text) => text.clone(),
            FormPart::Id(_) => id.to_owned(),
            FormPart::Slug => slug.to_owned(),
            FormPart::Date => now.strftime("%Y%m%d").to_string(),
            FormPart::Time => now.strftime("%H%M").to_string(),
            FormPart::Base => self.base.id.get(..7).unwrap_or(&self.base.id).to_owned(),
        };
        let name: String = kind.parts.iter().map(text).collect();
        match read(name.as_bytes(), &self.branches, Some(&self.base.id)) {
            Ok(_) => Ok(name),
            Err(mut findings) => Err(findings.remove(0).into()),
        }
    }

    /// Commits of the default branch that its remote has not: a new branch begins without them.
    fn left_behind(&self) -> anyhow::Result<Option<Finding>> {
        let is_on_trunk = self.repository.branch()?.is_some_and(|branch| branch == self.trunk);
        let Some(head) = self.repository.commit("HEAD")?.filter(|_| is_on_trunk) else {
            return Ok(None);
        };
        let trunk = &self.trunk;
        let ahead = self.repository.commits_between(&self.base, &head)?;
        let message = match ahead.len() {
            0 => return Ok(None),
            1 => format!("1 commit of `{trunk}` is on no remote, and stays behind"),
            many => format!("{many} commits of `{trunk}` are on no remote, and stay behind"),
        };
        // git can't pick a merge: where there is one, a finished branch was merged here.
        let help = match ahead.iter().any(|(_, parents)| *parents > 1) {
            true => format!("push what you merged: `git push {REMOTE} {trunk}`"),
            false => {
                format!("`git cherry-pick {}..{trunk}` brings them here", short(&self.base.id))
            }
        };
        let finding = Finding::new(Code::BranchName, message).help(help);
        Ok(Some(Finding { severity: Severity::Warn, ..finding }))
    }

    /// What of the working tree would come along into a hotfix.
    fn other_work(&self) -> anyhow::Result<Option<Finding>> {
        let changes = self.repository.changed_paths()?;
        let new = changes.iter().filter(|(letters, _)| letters == "??").count();
        let changed = changes.len() - new;
        if changed > 0 {
            let changed = counted(changed, "changed file");
            let message = format!("{changed} of other work would come along into the hotfix");
            let help = "`git stash`, then run the command again; `git stash pop` brings your work \
                        back later";
            return Ok(Some(Finding::new(Code::DirtyTree, message).help(help)));
        }
        let message =
            format!("{} not in git: keep other work out of the hotfix", counted(new, "file"));
        let help = "`git commit --all` leaves new files out; `git add FILE` takes one in";
        let finding = Finding::new(Code::DirtyTree, message).help(help);
        Ok((new > 0).then_some(Finding { severity: Severity::Warn, ..finding }))
    }

    fn make(&self, name: Result<String, Box<Finding>>, dry_run: bool) -> Result<Report, Stop> {
        let mut findings = self.findings.clone();
        let refused = |findings| Ok(Report::of(findings));
        let name = match name {
            Ok(name) => name,
            Err(finding) => {
                findings.push(*finding);
                return refused(findings);
            }
        };
        let merges = self.merges(&name, &mut findings)?;
        findings.extend(merges.stranded.clone());
        let rules = (&self.branches, self.policy.backlog.as_ref());
        if let Err(stop) = read_name(&self.repository, rules, name.as_bytes(), &self.base.id) {
            findings.extend(stop.refusal()?);
        }
        if self.repository.has_branch(&name)? {
            findings.push(
                Finding::new(Code::BranchExists, format!("there is a branch `{name}` already"))
                    .help(format!("`git switch {name}`, or choose another slug")),
            );
        }
        if findings.iter().any(|finding| finding.severity == Severity::Refuse) {
            return refused(findings);
        }
        if merges.hotfix.is_some() {
            findings.extend(self.other_work()?);
        }
        if findings.iter().any(|finding| finding.severity == Severity::Refuse) {
            return Ok(Report { next: Some("git stash".to_owned()), ..Report::of(findings) });
        }
        let at = short(&self.base.id);
        findings.extend(self.left_behind()?);
        let said =
            merges.describe().map_or_else(String::new, |it| format!("may merge: {}\n", safe(&it)));
        let mut report = Report::of(findings);
        report.data = json!({ "name": name, "base": self.base.id, "made": !dry_run });
        if dry_run {
            report.body = format!("would make and switch to {name}, at {at}\n");
            report.body.push_str(&said);
            return Ok(report);
        }
        if let Err(error) = self.repository.switch_to_new(&name, &self.base.id) {
            let message = format!("git did not make the branch `{name}`: {}", error.refusal()?);
            report.findings.push(
                Finding::new(Code::BranchExists, message)
                    .help("settle what git says, then run the command again"),
            );
            report.data = Value::Null;
            return Ok(report);
        }
        report.body = format!("on {name}, at {at}\n{said}");
        if let Some(id) = &merges.hotfix {
            let id = safe(id);
            report.next = Some(format!("cargo xtask incident show {id}"));
            report.body.push_str(&format!(
                "write the fix, `git commit --all --message \"{id}: …\"`, then `cargo xtask orr`\n"
            ));
        }
        Ok(report)
    }
}
