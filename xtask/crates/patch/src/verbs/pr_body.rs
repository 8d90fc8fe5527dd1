//! `pr-body`: the canonical body of a pull request, written from what was recorded, or
//! checked against it.

use std::path::{Path, PathBuf};

use clap::Args;

use super::plan::drafted;
use crate::gather::{PatchInput, gather};
use crate::judge::filemap::{Rules, Ruling, statements};
use crate::judge::plan;
use crate::judge::plan::Plan;
use crate::judge::pr_body;
use crate::judge::pr_body::{
    BodyContent, BodyFacts, LARGEST_NOTES, MOST_READ, Problem, RecordedDecision, RecordedReview,
    Risky, Said, Story, Template,
};
use serde_json::Value;
use thrice_documents::document::{Document, checked, named, read};
use thrice_facts::files;
use thrice_facts::git::{Commit, Repository};
use thrice_findings::text::is_commit;
use thrice_findings::{Code, Finding, Place, Severity, Stop, Verdict, display_bytes, verdict};
use thrice_orr::evidence::manifest::sha256_hex;
use thrice_orr::layout::Output;
use thrice_orr::leftovers::{policy_digest_of, red_on_server};
use thrice_programme::world::World;
use thrice_report::Report;

/// Writes the canonical body of the pull request (H-7), or checks one.
#[derive(Debug, Args)]
pub struct PrBody {
    /// Checks a body instead; `-` for standard input.
    #[arg(long, value_name = "FILE", conflicts_with = "write")]
    check: Option<PathBuf>,
    /// The plan. Default: `plan.json` in the output folder, or a draft if there is none.
    #[arg(long, value_name = "FILE")]
    plan: Option<PathBuf>,
    /// The story that the patch is for.
    #[arg(long, value_name = "ID", requires = "story_notes")]
    story: Option<String>,
    /// The author's notes on the story, as TOML.
    #[arg(long, value_name = "FILE", requires = "story")]
    story_notes: Option<PathBuf>,
    /// The author's own words, as Markdown. Default: those of the body that `--write` replaces, or the subjects of the commits.
    #[arg(long, value_name = "FILE", conflicts_with = "check")]
    summary: Option<PathBuf>,
    /// Commit to compare with. Default: the HEAD of the default branch.
    #[arg(long, value_name = "REV")]
    base: Option<String>,
    /// File to write; replaces only a body. Default: standard output.
    #[arg(long, value_name = "FILE")]
    write: Option<PathBuf>,
}

/// The command that writes a body.
pub(super) const WRITES: &str = "pr-body";
/// The most commits whose subjects make a summary.
const MOST_SUBJECTS: usize = 20;

/// What came of writing or checking a body.
enum WrittenBody {
    /// A body was checked: what is wrong with it, and all that is reported.
    Checked(Vec<Problem>, Vec<Finding>),
    /// The body, which is empty where a finding refuses.
    Body { text: String, findings: Vec<Finding>, output: Output, template: Box<Template> },
}

impl PrBody {
    /// The check of a body in a file, of the patch in HEAD.
    pub fn checking(file: PathBuf, story: Option<String>, notes: Option<PathBuf>) -> Self {
        let (plan, summary, base, write) = (None, None, None, None);
        Self { check: Some(file), plan, story, story_notes: notes, summary, base, write }
    }

    /// Whether the body itself is what is printed.
    #[must_use]
    pub fn prints(&self) -> bool {
        self.check.is_none() && self.write.is_none()
    }

    /// The body that would be written for the patch in HEAD, and what was found on the way.
    ///
    /// # Errors
    /// Where git fails, or a file cannot be read.
    pub fn drafted(
        world: &World,
        (story, notes): (Option<String>, Option<PathBuf>),
    ) -> Result<(String, Vec<Finding>), Stop> {
        let (check, plan, summary, base, write) = (None, None, None, None, None);
        let this = Self { check, plan, story, story_notes: notes, summary, base, write };
        Ok(match this.made(world, None) {
            Ok(WrittenBody::Checked(_, findings)) => (String::new(), findings),
            Ok(WrittenBody::Body { text, findings, .. }) => (text, findings),
            Err(stop) => (String::new(), stop.refusal()?),
        })
    }

    /// Writes or checks a body.
    ///
    /// # Errors
    /// Where git fails, or a file cannot be read or written.
    pub fn run(self, world: &World) -> Result<Report, Stop> {
        let body = match &self.check {
            Some(file) => Some(read(file, MOST_READ, WRITES)?),
            None => None,
        };
        let (text, findings, output, template) = match self.made(world, body.as_deref())? {
            WrittenBody::Checked(_, findings) => {
                let file = self.check.as_deref().unwrap_or(Path::new("-"));
                let mut report = Report::of(findings);
                report.data = checked(file);
                return Ok(report);
            }
            WrittenBody::Body { text, findings, output, template } => {
                (text, findings, output, template)
            }
        };
        let is_kind = |bytes: &[u8]| {
            let first = bytes.split(|byte| *byte == b'\n').next().unwrap_or_default();
            std::str::from_utf8(first).is_ok_and(|line| template.is_title(line))
        };
        Document { noun: "body", text, findings, is_kind: &is_kind }
            .give(self.write.as_deref(), &output)
    }

    /// What is wrong with a body of a patch, and all that is reported. This is the one check of
    /// a body, whichever command asks; `judged` is what the Filemap has against the patch.
    pub(crate) fn problems(
        patch: (&Repository, &PatchInput),
        rules: (&Rules<'_>, &[Ruling<'_>]),
        judged: Vec<Finding>,
        (file, body): (&Path, &[u8]),
    ) -> Result<(Vec<Problem>, Vec<Finding>), Stop> {
        let this = Self::checking(file.to_owned(), None, None);
        let made =
            BodyContext::of(patch, rules, judged).and_then(|context| this.at(context, Some(body)));
        match made {
            Ok(WrittenBody::Checked(problems, findings)) => Ok((problems, findings)),
            Ok(WrittenBody::Body { findings, .. }) => Ok((Vec::new(), findings)),
            Err(stop) => Ok((Vec::new(), stop.refusal()?)),
        }
    }

    fn made(&self, world: &World, body: Option<&[u8]>) -> Result<WrittenBody, Stop> {
        let repository = world.repository()?;
        let gathered = gather(world, &repository, self.base.as_deref())?;
        let rules = Rules::new(gathered.filemap()?, self.story.as_deref())?;
        let rulings = gathered.rulings(&rules);
        let judged = gathered.judge(&repository, &rules, &rulings)?;
        let context = BodyContext::of((&repository, &gathered), (&rules, &rulings), judged)?;
        self.at(context, body)
    }

    fn at(&self, mut context: BodyContext<'_>, body: Option<&[u8]>) -> Result<WrittenBody, Stop> {
        let story = self.story(&mut context)?;
        if self.check.is_none() {
            let said = story.as_ref().map(|(_, it)| (it.has_rollback(), it.has_runbook()));
            let unsaid = context.risky.unsaid(said);
            context.findings.extend(unsaid);
        }
        match body {
            Some(body) => self.check(context, body, story),
            None => self.write(context, story),
        }
    }

    /// The story of the author's notes.
    fn story(&self, context: &mut BodyContext<'_>) -> anyhow::Result<Option<(String, Story)>> {
        let (Some(id), Some(file)) = (&self.story, &self.story_notes) else { return Ok(None) };
        if !pr_body::is_story_id(id) {
            let message = format!("`{id}` cannot be the id of a story");
            context.findings.push(
                Finding::new(Code::UsageWrong, message).help("write it as the backlog has it"),
            );
        }
        let shown = named(file);
        match Story::read(&shown, &files::read_named(file, LARGEST_NOTES)?) {
            Ok(story) => {
                if context.risky.wants_rollback() && !story.has_rollback() {
                    context.findings.push(pr_body::no_rollback(Place::file(shown)));
                }
                Ok(Some((id.clone(), story)))
            }
            Err(findings) => {
                context.findings.extend(findings);
                Ok(None)
            }
        }
    }

    /// The plan as a body has it: the file's, whose form is made canonical, or a draft.
    fn plan(&self, context: &mut BodyContext<'_>) -> anyhow::Result<Option<Plan>> {
        let facts = context.gathered.plan_facts(context.rules);
        let usual = context.output.folder().join("plan.json");
        let file = match &self.plan {
            Some(file) => Some(file),
            None => usual.symlink_metadata().is_ok().then_some(&usual),
        };
        let Some(file) = file else {
            return Ok(drafted(&facts, &mut context.findings));
        };
        let shown = named(file.strip_prefix(context.repository.root()).unwrap_or(file));
        let read = plan::read(&files::read_named(file, plan::LARGEST)?);
        let (plan, problems) = match read {
            Ok((plan, lines)) => {
                let problems = plan::check(&plan, &lines, &facts);
                (Some(plan), problems)
            }
            Err(problems) => (None, problems),
        };
        let reported = problems.iter().map(|p| p.finding(Code::PlanInvalid, &shown, 0));
        context.findings.extend(reported);
        Ok(plan)
    }

    fn write(
        &self,
        mut context: BodyContext<'_>,
        story: Option<(String, Story)>,
    ) -> Result<WrittenBody, Stop> {
        let recorded = context.recorded(true)?;
        if recorded.is_none() && !context.findings.iter().any(|f| f.code == Code::Refuse20) {
            context.findings.push(
                Finding::new(Code::Refuse20, "there is no decision over this patch")
                    .help("run the review: `cargo xtask orr`"),
            );
        }
        let plan = self.plan(&mut context)?;
        let scorecard =
            recorded.as_ref().map(|recorded| context.scorecard(recorded)).transpose()?;
        context.unlistable();
        let summary = self.summary(&mut context)?;
        let text = match (recorded, plan, scorecard.flatten()) {
            (Some(recorded), Some(plan), Some(scorecard)) if !context.refuses() => {
                context.render(&recorded, plan.text(), scorecard, summary, story)
            }
            _ => String::new(),
        };
        let template = Box::new(context.template);
        Ok(WrittenBody::Body { text, findings: context.findings, output: context.output, template })
    }

    /// The author's own words: a file's, those of the body that is replaced, or else those of the
    /// commits.
    fn summary(&self, context: &mut BodyContext<'_>) -> anyhow::Result<Option<String>> {
        let Some(file) = &self.summary else {
            let old = self.write.as_deref().map(files::read_if_there).transpose()?.flatten();
            let own = match old {
                Some(old) => context.own_words(&Said::read(&old, &context.template))?,
                None => None,
            };
            let PatchInput { base, head, .. } = context.gathered;
            return own.map_or_else(|| context.subjects(base, head), |own| Ok(Some(own)));
        };
        let bytes = files::read_named(file, MOST_READ)?;
        let Ok(text) = std::str::from_utf8(&bytes) else {
            let message = "the summary is not UTF-8";
            context.findings.push(Finding::new(Code::Cec50, message).help("save it as UTF-8"));
            return Ok(None);
        };
        let text = text.replace("\r\n", "\n");
        let problems = pr_body::check_summary(&text, 0, &context.template);
        let shown = named(file);
        context.findings.extend(problems.iter().map(|problem| problem.finding(&shown)));
        Ok(Some(format!("{}\n", text.trim_matches('\n'))))
    }

    fn check(
        &self,
        mut context: BodyContext<'_>,
        body: &[u8],
        story: Option<(String, Story)>,
    ) -> Result<WrittenBody, Stop> {
        let recorded = context.recorded(false)?;
        let plan = match &recorded {
            Some(_) => self.plan(&mut context)?.map(|plan| plan.text()),
            None => None,
        };
        if recorded.is_none() && !context.findings.iter().any(|f| f.code == Code::Refuse20) {
            let message = "nothing here shows that the runs took place which the body names";
            context.findings.push(
                Finding::new(Code::RunsUnseen, message)
                    .help("check the body where the review was made: there is its out/orr.json"),
            );
        }
        let known = recorded.as_ref().zip(plan.as_deref());
        let known = known.map(|(recorded, plan)| RecordedReview { recorded, plan });
        let problems = pr_body::check(body, &context.facts(known, story.as_ref()));
        let shown = named(self.check.as_deref().unwrap_or(Path::new("-")));
        let reported = problems.iter().map(|problem| problem.finding(&shown));
        let findings = reported.chain(context.findings).collect();
        Ok(WrittenBody::Checked(problems, findings))
    }
}

/// Lines of the checklist that the rules on content add, and that do not hold at head.
/// The Filemap looks at the rules that the patch comes under; a body ticks all of them.
pub fn unproven(
    repository: &Repository,
    gathered: &PatchInput,
    rules: &Rules<'_>,
    reported: &[Finding],
) -> anyhow::Result<Vec<Finding>> {
    if reported.iter().any(|finding| finding.code == Code::ContentRule) {
        return Ok(Vec::new());
    }
    let bytes_of = |object: &str| {
        let mut found = None;
        let read = repository.read_blobs(&[object], |_, bytes| found = Some(bytes.to_vec()));
        read.ok().and(found)
    };
    let finding = |(line, holds): (&str, Option<bool>)| match holds {
        Some(true) => None,
        Some(false) => {
            let message = format!(
                "the checklist would say \u{201c}{line}\u{201d}, which does not hold at HEAD"
            );
            Some(
                Finding::new(Code::ContentRule, message)
                    .help("bring the files in line with the rule"),
            )
        }
        None => {
            let message = format!("whether \u{201c}{line}\u{201d} could not be read");
            Some(Finding::new(Code::NotEstablishedCode, message).help("see `git fsck`"))
        }
    };
    Ok(statements(rules, &gathered.tree, &bytes_of).into_iter().filter_map(finding).collect())
}

/// What a body is written from, and checked against.
struct BodyContext<'a> {
    output: Output,
    pub repository: &'a Repository,
    gathered: &'a PatchInput,
    rules: &'a Rules<'a>,
    template: Template,
    risky: Risky,
    findings: Vec<Finding>,
}

impl<'a> BodyContext<'a> {
    /// Of a patch, against which the Filemap has what was `judged`.
    fn of(
        (repository, gathered): (&'a Repository, &'a PatchInput),
        (rules, rulings): (&'a Rules<'a>, &[Ruling<'_>]),
        judged: Vec<Finding>,
    ) -> Result<Self, Stop> {
        let mut findings = gathered.findings.clone();
        findings.extend(judged);
        findings.extend(unproven(repository, gathered, rules, &findings)?);
        proposed(&mut findings);
        Ok(Self {
            output: Output::of(repository, &gathered.policy),
            repository,
            gathered,
            rules,
            template: Template::of(&gathered.policy),
            risky: Risky::of(gathered.filemap()?, &gathered.patch, rulings),
            findings,
        })
    }

    fn refuses(&self) -> bool {
        verdict(&self.findings) != Verdict::Pass
    }

    /// The decision over HEAD, where there is one that passed. One that did not, or that
    /// cannot be read, is reported; so is one of another commit, where HEAD needs its own.
    fn recorded(&mut self, needed: bool) -> anyhow::Result<Option<RecordedDecision>> {
        let Some(bytes) = files::read_if_there(&self.output.decision())? else { return Ok(None) };
        let shown = self.shown(&self.output.decision());
        let recorded = match RecordedDecision::read(&bytes) {
            Ok(recorded) => recorded,
            Err(finding) => {
                self.findings.push((*finding).at(Place::file(shown)));
                return Ok(None);
            }
        };
        let head = &self.gathered.head.id;
        if recorded.commit != *head && !needed {
            return Ok(None);
        }
        let policy = policy_digest_of(self.repository, &self.gathered.head)?;
        let refusals = recorded.refusals(&self.template.programme, head, &policy);
        if refusals.is_empty() {
            if let Some(red) = red_on_server(&self.output, head)? {
                let message = format!("a gate of this commit was red on the server in {red}");
                let help = "a red run of a commit stays red: fix its cause, and commit";
                self.findings.push(Finding::new(Code::Cec20, message).help(help));
            }
            if needed {
                self.findings.extend(recorded.lost_tests().cloned());
            }
            return Ok(Some(recorded));
        }
        self.findings.extend(refusals.into_iter().map(|f| f.at(Place::file(&shown))));
        Ok(None)
    }

    /// The author's words in an earlier body: none where they were taken from its commits, or are
    /// of a patch that the base has.
    fn own_words(&self, said: &Said) -> anyhow::Result<Option<String>> {
        let scorecard: Value =
            serde_json::from_str(said.scorecard.as_deref().unwrap_or_default()).unwrap_or_default();
        let named = |id: Option<&str>| match id.filter(|id| is_commit(id)) {
            Some(id) => self.repository.commit(id),
            None => Ok(None),
        };
        let ends = (named(said.value("repo_sha"))?, named(scorecard["commit"].as_str())?);
        let (Some(base), Some(head)) = ends else { return Ok(said.summary.clone()) };
        if self.repository.is_ancestor(&head.id, &self.gathered.base.id)? {
            return Ok(None);
        }
        let taken = self.subjects(&base, &head)?;
        Ok(said.summary.clone().filter(|own| taken.as_ref() != Some(own)))
    }

    /// What the commits of a patch say of themselves, the oldest first, as a list; none where
    /// there are many, or it could be taken for a claim.
    fn subjects(&self, base: &Commit, head: &Commit) -> anyhow::Result<Option<String>> {
        let commits = self.repository.commits_between(base, head)?;
        let ids: Vec<String> = commits.into_iter().rev().map(|(id, _)| id).collect();
        let mut list = String::new();
        self.repository.read_commits(&ids, |_, commit| {
            let text = String::from_utf8_lossy(commit);
            let message = text.split_once("\n\n").map_or("", |(_, message)| message);
            list.push_str(&format!("- {}\n", message.lines().next().unwrap_or_default().trim()));
            Ok(())
        })?;
        let is_short = (1..=MOST_SUBJECTS).contains(&ids.len());
        let fits = is_short && pr_body::is_plain_summary(&list, &self.template);
        Ok(fits.then_some(list))
    }

    fn shown(&self, path: &Path) -> String {
        path.strip_prefix(self.repository.root()).unwrap_or(path).display().to_string()
    }

    /// The scorecard, if it and the archive are what was decided on.
    fn scorecard(&mut self, recorded: &RecordedDecision) -> anyhow::Result<Option<String>> {
        let id = &self.gathered.policy.programme.id;
        let scorecard = self.output.scorecard(id);
        let archive = self.output.archive(id);
        let bytes = self.verified(&scorecard, recorded.scorecard_sha256.as_deref())?;
        self.verified(&archive, recorded.evidence_zip_sha256.as_deref())?;
        let text = bytes.and_then(|bytes| String::from_utf8(bytes).ok());
        Ok(text)
    }

    fn verified(&mut self, path: &Path, digest: Option<&str>) -> anyhow::Result<Option<Vec<u8>>> {
        let shown = self.shown(path);
        let (code, message) = match files::read_if_there(path)? {
            Some(bytes) if Some(sha256_hex(&bytes).as_str()) == digest => return Ok(Some(bytes)),
            Some(_) => {
                (Code::EvidenceChanged, format!("{shown} is not what the review decided on"))
            }
            None => (Code::Cec40, format!("{shown} is missing")),
        };
        self.findings.push(
            Finding::new(code, message)
                .help("run the review again: `cargo xtask orr`")
                .at(Place::file(shown)),
        );
        Ok(None)
    }

    /// Tells every path that a line of the body cannot show.
    fn unlistable(&mut self) {
        for change in &self.gathered.patch.changes {
            if let Some(why) = pr_body::unlistable(&change.path) {
                let shown = display_bytes(&change.path);
                self.findings.push(
                    Finding::new(Code::Cec50, format!("{shown} cannot be listed: {why}"))
                        .help("give it a plain name")
                        .at(Place::file(shown)),
                );
            }
        }
    }

    fn facts<'b>(
        &'b self,
        known: Option<RecordedReview<'b>>,
        story: Option<&'b (String, Story)>,
    ) -> BodyFacts<'b> {
        BodyFacts {
            template: &self.template,
            head: &self.gathered.head.id,
            plan: self.gathered.plan_facts(self.rules),
            known,
            story,
            risky: &self.risky,
        }
    }

    /// The body. It is read back and checked before anyone sees it: policy may hold texts
    /// with which it could not be.
    fn render(
        &mut self,
        recorded: &RecordedDecision,
        plan: String,
        scorecard: String,
        summary: Option<String>,
        story: Option<(String, Story)>,
    ) -> String {
        let paths = self.gathered.patch.changes.iter();
        let content = BodyContent {
            repo_sha: self.gathered.patch.base.clone(),
            branch: recorded.branch.clone().unwrap_or_default(),
            run_ids: recorded.run_ids.clone(),
            red_reviews: recorded.red_reviews,
            scorecard_sha256: recorded.scorecard_sha256.clone().unwrap_or_default(),
            evidence_zip_sha256: recorded.evidence_zip_sha256.clone().unwrap_or_default(),
            started_at: recorded.started_at.clone(),
            finished_at: recorded.finished_at.clone(),
            plan: plan.clone(),
            scorecard,
            files: paths.map(|change| display_bytes(&change.path)).collect(),
            summary,
            story: story.clone(),
        };
        let body = pr_body::render(&self.template, &content);
        let known = Some(RecordedReview { recorded, plan: &plan });
        let problems = pr_body::check(body.as_bytes(), &self.facts(known, story.as_ref()));
        self.findings.extend(problems.iter().map(|problem| problem.finding("the body")));
        body
    }
}

/// What lacks only an approval can be proposed: the body is what gets it approved.
pub fn proposed(findings: &mut [Finding]) {
    for finding in findings.iter_mut().filter(|f| f.code == Code::ApprovalMissing) {
        finding.severity = Severity::Warn;
    }
}
