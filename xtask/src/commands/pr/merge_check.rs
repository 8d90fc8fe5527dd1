//! `pr merge-check`: whether a pull request may be merged now. All reasons at once; any
//! doubt is `NO_MERGE`.

pub(in crate::commands) mod gather;

use std::time::Duration;

use clap::Args;
use serde_json::{Value, json};

use super::verify::{Desk, Verified};
use crate::checks::claims::{Claim, findings_beside_approvals};
use crate::checks::merge::pull::{self, PullRequest};
use crate::checks::merge::{approvals, checks, no_merge};
use crate::checks::rulesets::live::Line;
use crate::commands::approvals::of_patch;
use crate::commands::patch::Gathered;
use crate::commands::rulesets::{enforced, gates, without_settings, word};
use crate::commands::{World, interrupted};
use crate::facts::clock;
use crate::facts::git::short;
use crate::facts::github::{Failure, GitHub};
use crate::facts::interrupt::Interrupt;
use crate::findings::{Code, Finding, Severity, Verdict, verdict};
use crate::policy::RulesetSettings;
use crate::report::Report;
use crate::report::table::Table;
use crate::report::text::{counted, safe};

const COMMAND: &str = "pr merge-check";

/// Checks whether a pull request may be merged now.
#[derive(Debug, Args)]
pub struct MergeCheck {
    /// The number of the pull request.
    #[arg(value_name = "N", value_parser = clap::value_parser!(u64).range(1..))]
    number: u64,
}

impl MergeCheck {
    /// The number of the pull request.
    pub(super) fn number(&self) -> u64 {
        self.number
    }

    /// Runs the check.
    ///
    /// # Errors
    /// Where the tool itself cannot do its part.
    pub fn run(self, world: &World) -> anyhow::Result<Report> {
        let repository = world.repository()?;
        let interrupt = Interrupt::listen()?;
        let github = match GitHub::of(&repository, &interrupt) {
            Ok(github) => github,
            Err(finding) => return Ok(closed(self.number, vec![*finding], Vec::new(), None)),
        };
        let desk = Desk { world, repository: &repository, github: &github, interrupt: &interrupt };
        let path = github.repo(&format!("pulls/{}", self.number));
        let before = match settled(&github, &path, &interrupt) {
            Ok(pull) => pull,
            Err(failure) => {
                return Ok(closed(self.number, vec![failure.finding()], Vec::new(), None));
            }
        };
        let mut gate = Gate { desk: &desk, pull: &before, lines: Vec::new(), findings: Vec::new() };
        gate.judge(self.number)?;
        let Gate { lines, mut findings, .. } = gate;
        // The last thing that is looked at: what was proven is of what was there before.
        match github.read::<PullRequest>(&path) {
            Ok(after) => findings.extend(pull::moved(&before, &after)),
            Err(failure) => findings.push(failure.finding()),
        }
        if interrupt.requested() {
            return Ok(interrupted(COMMAND, "run it again"));
        }
        Ok(closed(self.number, findings, lines, Some(&before.head.sha)))
    }
}

/// How often a pull request is asked for while the server works out whether it has
/// conflicts, as it does after each push.
const ASKED: u32 = 5;
/// How long it is waited between.
const BETWEEN: Duration = Duration::from_secs(2);

/// The pull request, once the server knows whether it has conflicts; as it is where that
/// takes too long.
fn settled(github: &GitHub, path: &str, interrupt: &Interrupt) -> Result<PullRequest, Failure> {
    let mut pull: PullRequest = github.read(path)?;
    for _ in 1..ASKED {
        if pull.mergeable.is_some() || !clock::pause(BETWEEN, interrupt) {
            break;
        }
        pull = github.read(path)?;
    }
    Ok(pull)
}

/// The report: the answer in its first line, every reason, and the table.
fn closed(number: u64, mut findings: Vec<Finding>, lines: Vec<Line>, head: Option<&str>) -> Report {
    let mut once: Vec<Finding> = Vec::new();
    for finding in findings.drain(..) {
        if !once.contains(&finding) {
            once.push(finding);
        }
    }
    let closing = no_merge(&once);
    let reasons = once.iter().filter(|finding| finding.severity == Severity::Refuse).count();
    once.extend(closing);
    let mut report = Report::of(COMMAND, once);
    report.headline = Some(match head {
        Some(head) if reasons == 0 => format!("may be merged: {}", safe(head)),
        _ => format!("NO_MERGE: {}", counted(reasons, "reason")),
    });
    let mut table = Table::new(["merge gate", "answer", "by what, or why not"]);
    for line in &lines {
        table.row([safe(&line.demand), word(line.answer).to_owned(), safe(&line.why)]);
    }
    if !lines.is_empty() {
        let head = safe(short(head.unwrap_or_default()));
        report.body = format!("{}\npull request {number}, at {head}\n", table.text());
    }
    report.data = json!({
        "pull": number,
        "head": head,
        "may_be_merged": reasons == 0 && head.is_some(),
        "gate": lines.iter().map(shown).collect::<Vec<_>>(),
    });
    report
}

fn shown(line: &Line) -> Value {
    json!({ "demand": line.demand, "answer": word(line.answer), "why": line.why })
}

/// The parts of the merge gate, one after the other.
struct Gate<'a> {
    desk: &'a Desk<'a>,
    pull: &'a PullRequest,
    lines: Vec<Line>,
    findings: Vec<Finding>,
}

impl Gate<'_> {
    fn judge(&mut self, number: u64) -> anyhow::Result<()> {
        let state = pull::judge(self.pull);
        self.line("finished, without conflict", &state, "the pull request");
        let verified = self.desk.verify(number)?;
        if verified.head.as_ref().is_some_and(|head| *head != self.pull.head.sha) {
            self.findings.push(
                Finding::new(Code::HeadMoved, "the head moved while its claims were verified")
                    .help("run the check again"),
            );
        }
        let workflow_id = verified.workflow_id;
        let gathered = self.claims(number, verified);
        let Some(gathered) = gathered else { return Ok(()) };
        let Some(settings) = gathered.policy.gates.ruleset.clone() else {
            self.findings.push(without_settings());
            return Ok(());
        };
        self.server(&gathered, &settings)?;
        self.checks(&gathered, &settings, workflow_id);
        self.approvals(number, &gathered)
    }

    /// A part that is proven where it found nothing that refuses.
    fn line(&mut self, demand: &str, findings: &[Finding], by: &str) {
        let refuses = |finding: &&Finding| finding.severity == Severity::Refuse;
        let why = findings.iter().find(refuses).map_or(by, |first| first.message.as_str());
        self.lines.push(Line {
            demand: demand.to_owned(),
            answer: verdict(findings),
            why: why.to_owned(),
        });
        self.findings.extend(findings.iter().cloned());
    }

    /// What the author claims: body, runs, evidence, Filemap, base.
    fn claims(&mut self, number: u64, verified: Verified) -> Option<Gathered> {
        let all = verified.claims.len();
        let only_approval = |claim: &Claim| {
            !claim.findings.is_empty()
                && claim.findings.iter().all(|finding| finding.code == Code::ApprovalMissing)
        };
        let open = verified.claims.iter().filter(|claim| claim.answer != Verdict::Pass);
        let open = open.filter(|claim| !only_approval(claim)).count();
        // Approvals are this command's own part.
        let mut findings: Vec<Finding> = verified
            .findings
            .into_iter()
            .filter(|finding| finding.code != Code::ApprovalMissing)
            .collect();
        for finding in findings_beside_approvals(&verified.claims) {
            if !findings.contains(&finding) {
                findings.push(finding);
            }
        }
        let why = match open {
            0 if verdict(&findings) == Verdict::Pass => format!("all of {all} claims"),
            _ => format!("{open} of {all} claims open: `cargo xtask pr verify {number}`"),
        };
        let answer = verdict(&findings);
        self.lines.push(Line { demand: "what its body claims is so".to_owned(), answer, why });
        self.findings.extend(findings);
        verified.gathered
    }

    /// Whether the server would stop a merge that this gate does not see.
    fn server(&mut self, gathered: &Gathered, settings: &RulesetSettings) -> anyhow::Result<()> {
        let Desk { github, repository, .. } = self.desk;
        let live = enforced(github, repository, &gathered.base, &gathered.policy, settings)?;
        let (lines, findings) = match live {
            Ok(live) => (live.judged.lines, live.judged.findings),
            Err(failure) => (Vec::new(), vec![failure.finding()]),
        };
        let refusals: Vec<Finding> =
            findings.into_iter().filter(|finding| finding.severity == Severity::Refuse).collect();
        let held = lines.iter().filter(|line| line.answer == Verdict::Pass).count();
        let why = match held {
            _ if refusals.is_empty() => "`cargo xtask rulesets check`".to_owned(),
            _ => format!("{held} of {} proven: `cargo xtask rulesets check`", lines.len()),
        };
        let answer = verdict(&refusals);
        self.lines.push(Line { demand: "GitHub enforces the gates".to_owned(), answer, why });
        self.findings.extend(refusals);
        Ok(())
    }

    fn checks(
        &mut self,
        gathered: &Gathered,
        settings: &RulesetSettings,
        workflow_id: Option<u64>,
    ) {
        let gates = gates(&gathered.policy);
        let required = checks::Required {
            sha: &self.pull.head.sha,
            gates: &gates,
            app_id: settings.app_id,
            workflow: &settings.workflow,
            workflow_id,
        };
        match gather::posted(self.desk.github, required.sha) {
            Ok((posted, runs)) => {
                let (lines, findings) = checks::judge(&required, &posted, &runs);
                self.lines.extend(lines);
                self.findings.extend(findings);
            }
            Err(failure) => self.unseen("its checks are green", &failure),
        }
    }

    fn approvals(&mut self, number: u64, gathered: &Gathered) -> anyhow::Result<()> {
        let demands = gather::demands(self.desk.repository, gathered)?;
        let mut commits = self.desk.repository.commits_between(&gathered.base, &gathered.head)?;
        let commits: Vec<String> = commits.drain(..).map(|(id, _)| id).collect();
        let seen = match gather::reviewed(self.desk.github, number, self.pull, &commits, &demands) {
            Ok(seen) => seen,
            Err(failure) => {
                self.unseen("it is approved", &failure);
                return Ok(());
            }
        };
        let recorded = of_patch(self.desk.repository, gathered)?;
        let (lines, findings) = approvals::judge(&seen.facts(self.pull, &recorded), &demands);
        // What nobody can say of an approval matters where one is missing.
        if findings.iter().any(|finding| finding.code == Code::ApprovalMissing) {
            self.findings.extend(recorded.open);
        }
        self.lines.extend(lines);
        self.findings.extend(findings);
        Ok(())
    }

    fn unseen(&mut self, demand: &str, failure: &Failure) {
        self.line(demand, &[failure.finding()], "");
    }
}
