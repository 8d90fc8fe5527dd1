//! The merge gate over a snapshot: every reason at once, each with its line.

use super::snapshot::{Claimed, Gate, MergeSnapshot, Snapshot};
use super::{approvals, delivery};
use crate::judge::claims::{Claim, findings_beside_approvals};
use crate::judge::rulesets::live;
use crate::judge::rulesets::live::Wanted;
use thrice_findings::{Answer, Code, Finding, Severity, Verdict, add_new, short, verdict};
use thrice_orr::judge::pull::PullRequest;
use thrice_orr::judge::{pull, required_checks as checks};

/// What came of it.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Judged {
    /// A line for each demand.
    pub lines: Vec<Answer>,
    /// What speaks against the merge, each once, and what else is worth knowing.
    pub findings: Vec<Finding>,
}

/// Judges a snapshot.
#[must_use]
pub fn judge(snapshot: &Snapshot) -> Judged {
    let mut judged = Judged::default();
    judged.findings.extend(snapshot.stopped.iter().cloned());
    if let Some(before) = &snapshot.before {
        judged.gate(before, snapshot);
    } else {
        if judged.findings.is_empty() {
            judged.findings.push(nothing("the pull request"));
        }
        judged.delivery(snapshot);
    }
    let mut findings = Vec::new();
    add_new(&mut findings, judged.findings);
    Judged { lines: judged.lines, findings }
}

/// A part that is not in the snapshot proves nothing.
fn nothing(what: &str) -> Finding {
    Finding::new(Code::NotEstablishedCode, format!("{what} was not looked at"))
        .help("run the check again")
}

/// What was proven is of the base that was there before.
fn base_moved(gate: &Gate, now: &str) -> Option<Finding> {
    let (before, branch) = (&gate.base, &gate.branch);
    (before != now).then(|| {
        let message =
            format!("{branch} moved while this looked: from {} to {}", short(before), short(now));
        Finding::new(Code::Cec60, message).help(match gate.queue {
            true => "run the check again",
            false => "`cargo xtask status` on the branch of the patch says how to follow it",
        })
    })
}

impl Judged {
    fn gate(&mut self, before: &PullRequest, snapshot: &Snapshot) {
        let state = pull::judge(before);
        self.line("finished, without conflict", &state, "the pull request");
        match &snapshot.claimed {
            Some(claimed) => self.claims(before, claimed, snapshot.number),
            None => self.findings.push(nothing("what its body claims")),
        }
        self.findings.extend(snapshot.cut.iter().cloned());
        if let Some(gate) = &snapshot.gate {
            self.enforced(gate);
            self.checks(before, gate);
            self.approvals(before, gate);
        }
        self.delivery(snapshot);
        let whole = snapshot.gate.is_some() && snapshot.delivery.is_some();
        let refused = self.findings.iter().any(|finding| finding.severity == Severity::Refuse);
        if !whole && !refused {
            self.findings.push(nothing("what its base demands"));
        }
        if let Some(gate) = &snapshot.gate {
            match &snapshot.base_after {
                Some(MergeSnapshot::Is(now)) => self.findings.extend(base_moved(gate, now)),
                Some(MergeSnapshot::Unseen(finding)) => self.findings.push(finding.clone()),
                None => self.findings.push(nothing("whether its base moved meanwhile")),
            }
        }
        match &snapshot.after {
            Some(MergeSnapshot::Is(after)) => self.findings.extend(pull::moved(before, after)),
            Some(MergeSnapshot::Unseen(finding)) => self.findings.push(finding.clone()),
            None => self.findings.push(nothing("whether it moved meanwhile")),
        }
    }

    /// What the delivery has against it. A freeze is the first reason: nothing else that is
    /// wrong with a patch matters before it.
    fn delivery(&mut self, snapshot: &Snapshot) {
        let Some(delivery) = &snapshot.delivery else { return };
        let (lines, findings) = delivery::judge(delivery);
        self.lines.extend(lines);
        let is_freeze = |finding: &Finding| finding.code == Code::MergeFrozen;
        let (freezes, others): (Vec<_>, Vec<_>) = findings.into_iter().partition(is_freeze);
        self.findings.splice(0..0, freezes);
        self.findings.extend(others);
    }

    /// A part that is proven where it found nothing that refuses.
    fn line(&mut self, demand: &str, findings: &[Finding], by: &str) {
        let refuses = |finding: &&Finding| finding.severity == Severity::Refuse;
        let why = findings.iter().find(refuses).map_or(by, |first| first.message.as_str());
        self.lines.push(Answer {
            demand: demand.to_owned(),
            verdict: verdict(findings),
            why: why.to_owned(),
        });
        self.findings.extend(findings.iter().cloned());
    }

    /// What the author claims: body, runs, evidence, Filemap, base.
    fn claims(&mut self, before: &PullRequest, claimed: &Claimed, number: u64) {
        let all = claimed.claims.len();
        let only_approval = |claim: &Claim| {
            !claim.findings.is_empty()
                && claim.findings.iter().all(|finding| finding.code == Code::ApprovalMissing)
        };
        let open = claimed.claims.iter().filter(|claim| claim.answer != Verdict::Pass);
        let open = open.filter(|claim| !only_approval(claim)).count();
        // Approvals are a part of their own.
        let mut findings: Vec<Finding> = claimed
            .findings
            .iter()
            .filter(|finding| finding.code != Code::ApprovalMissing)
            .cloned()
            .collect();
        add_new(&mut findings, findings_beside_approvals(&claimed.claims));
        if all == 0 && findings.is_empty() {
            findings.push(nothing("what its body claims"));
        }
        let why = match open {
            0 if verdict(&findings) == Verdict::Pass => format!("all of {all} claims"),
            _ => format!("{open} of {all} claims open: `cargo xtask pr verify {number}`"),
        };
        let answer = verdict(&findings);
        self.lines.push(Answer::new("what its body claims is so".to_owned(), answer, why));
        self.findings.extend(findings);
        if claimed.head.as_ref().is_some_and(|head| *head != before.head.sha) {
            self.findings.push(
                Finding::new(Code::HeadMoved, "the head moved while its claims were verified")
                    .help("run the check again"),
            );
        }
    }

    /// Whether the server would stop a merge that this gate does not see.
    fn enforced(&mut self, gate: &Gate) {
        let (lines, findings) = match &gate.enforced {
            MergeSnapshot::Is(enforced) => {
                let gates: Vec<&str> = match &enforced.check {
                    Some(check) => vec![check.as_str()],
                    None => gate.gates.iter().map(String::as_str).collect(),
                };
                let (app_id, branch) = (gate.app_id, gate.branch.as_str());
                let wanted = Wanted { gates: &gates, app_id, branch, queue: gate.queue };
                let mut judged = live::judge(&wanted, &enforced.facts);
                judged.lines.push(enforced.jobs.clone());
                judged.findings.extend(enforced.findings.iter().cloned());
                (judged.lines, judged.findings)
            }
            MergeSnapshot::Unseen(finding) => (Vec::new(), vec![finding.clone()]),
        };
        let refusals: Vec<Finding> =
            findings.into_iter().filter(|finding| finding.severity == Severity::Refuse).collect();
        let held = lines.iter().filter(|line| line.verdict == Verdict::Pass).count();
        let why = match held {
            _ if refusals.is_empty() => "`cargo xtask rulesets check`".to_owned(),
            _ => format!("{held} of {} proven: `cargo xtask rulesets check`", lines.len()),
        };
        let answer = verdict(&refusals);
        self.lines.push(Answer::new("GitHub enforces the gates".to_owned(), answer, why));
        let queue = lines.into_iter().filter(|line| line.demand == live::QUEUE_TESTS);
        self.lines.extend(
            queue.map(|line| Answer { demand: "will be tested in the queue".to_owned(), ..line }),
        );
        self.findings.extend(refusals);
    }

    fn checks(&mut self, before: &PullRequest, gate: &Gate) {
        let gates: Vec<&str> = gate.gates.iter().map(String::as_str).collect();
        let required = checks::Required {
            sha: &before.head.sha,
            gates: &gates,
            app_id: gate.app_id,
            workflow: &gate.workflow,
            workflow_id: gate.workflow_id,
        };
        match &gate.checks {
            MergeSnapshot::Is(posted) => {
                let (lines, findings) = checks::judge(&required, &posted.checks, &posted.runs);
                self.lines.extend(lines);
                self.findings.extend(findings);
            }
            MergeSnapshot::Unseen(finding) => {
                self.line("its checks are green", std::slice::from_ref(finding), "");
            }
        }
    }

    fn approvals(&mut self, before: &PullRequest, gate: &Gate) {
        let approved = match &gate.approvals {
            MergeSnapshot::Is(approved) => approved,
            MergeSnapshot::Unseen(finding) => {
                return self.line("it is approved", std::slice::from_ref(finding), "");
            }
        };
        let (lines, findings) = approvals::judge(&approved.facts(before), &approved.demands);
        // What nobody can say of an approval matters where one is missing.
        if findings.iter().any(|finding| finding.code == Code::ApprovalMissing) {
            self.findings.extend(approved.recorded.open.iter().cloned());
        }
        self.lines.extend(lines);
        self.findings.extend(findings);
    }
}
