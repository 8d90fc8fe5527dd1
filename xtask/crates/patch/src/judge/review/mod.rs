//! The reviewer's rubric (H-6): which areas a patch touches, who answers for
//! them, and the objective checklist with what is proven of it.

mod areas;
mod body;
mod runs;

use super::patch::Patch;
use crate::judge::pr_body::Problem;
use thrice_findings::text::quoted;
use thrice_findings::{Code, Concern, Finding, Severity, Verdict, verdict};
use thrice_programme::{Action, Builtin, Filemap, Gate, Gates, Item, Policy, Proof};

pub(crate) use areas::Touched;
pub use areas::{Holder, apart, touched};

/// What is known when a patch is reviewed. What is `None` could not be seen.
#[derive(Clone, Copy, Debug, Default)]
pub struct ReviewFacts<'a> {
    /// What the check of the patch against the Filemap found.
    pub filemap: Option<&'a [Finding]>,
    /// What the check of the Filemap's content rules found.
    pub content: Option<&'a [Finding]>,
    /// The recorded decision over the runs.
    pub decision: Option<&'a [u8]>,
    /// Digest of the rules that the patch's head has itself.
    pub policy_sha256: &'a str,
    /// Digest of the archive that lies beside the decision.
    pub archive_sha256: Option<&'a str>,
    /// What is wrong with the body of the pull request, where one was given.
    pub body: Option<&'a [Problem]>,
    /// All that its check found, as `pr-body --check` reports it.
    pub beside: &'a [Finding],
}

/// What is known of a statement, and why.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Answer {
    /// Proven, disproven or not established; passes where it is not applicable.
    pub verdict: Verdict,
    /// Whether the programme has anything that could prove it.
    pub(crate) applies: bool,
    /// Why.
    pub why: String,
}

impl Answer {
    fn proven(why: impl Into<String>) -> Self {
        Self { verdict: Verdict::Pass, applies: true, why: why.into() }
    }

    fn disproven(why: impl Into<String>) -> Self {
        Self { verdict: Verdict::Fail, applies: true, why: why.into() }
    }

    fn unseen(why: impl Into<String>) -> Self {
        Self { verdict: Verdict::NotEstablished, applies: true, why: why.into() }
    }

    fn not_applicable(why: impl Into<String>) -> Self {
        Self { verdict: Verdict::Pass, applies: false, why: why.into() }
    }

    fn is_proven(&self) -> bool {
        self.verdict == Verdict::Pass && self.applies
    }

    /// What findings of a check amount to.
    fn of(findings: &[Finding], proven: &str) -> Self {
        let refusals: Vec<_> =
            findings.iter().filter(|found| found.severity == Severity::Refuse).collect();
        let Some(first) = refusals.first() else { return Self::proven(proven) };
        let more = refusals.len() - 1;
        let more = if more > 0 { format!(", and {more} more") } else { String::new() };
        let why = format!("{}: {}{more}", first.code.name(), first.message);
        Self { verdict: verdict(findings), applies: true, why }
    }

    /// Both: disproven where one is, not established where one is.
    fn and(self, other: Self) -> Self {
        let worse = match (self.verdict, other.verdict) {
            (Verdict::Fail, _) | (_, Verdict::Fail) => Verdict::Fail,
            (Verdict::NotEstablished, _) | (_, Verdict::NotEstablished) => Verdict::NotEstablished,
            _ => Verdict::Pass,
        };
        let applies = self.applies || other.applies;
        let mut whys: Vec<String> = [self, other]
            .into_iter()
            .filter(|answer| answer.verdict == worse && answer.applies == applies)
            .map(|answer| answer.why)
            .collect();
        whys.dedup();
        Self { verdict: worse, applies, why: whys.join("; ") }
    }
}

/// A line of the checklist with its answer.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ChecklistLine {
    /// The line, in policy's words.
    pub text: String,
    /// What is known of it.
    pub answer: Answer,
    /// The reason for refusal that stands for it.
    reason: Option<Code>,
}

/// What came of a review.
#[derive(Clone, Debug)]
pub struct Reviewed {
    /// The objective checklist.
    pub checklist: Vec<ChecklistLine>,
    /// The reasons for refusal, and what could not be established.
    pub findings: Vec<Finding>,
}

/// Answers the checklist of policy over a patch, by the rules of its base.
#[must_use]
pub fn review(patch: &Patch, policy: &Policy, facts: &ReviewFacts<'_>) -> Reviewed {
    let decision = runs::read(facts.decision);
    let of_head = runs::of_head(&decision, patch, facts.policy_sha256);
    let asked = ChecklistFacts { patch, policy, facts, of_head };
    let checklist: Vec<ChecklistLine> =
        policy.programme.checklist.iter().map(|it| asked.line(it)).collect();
    let findings = findings(&checklist, facts);
    Reviewed { checklist, findings }
}

/// What the items of the checklist are answered from.
struct ChecklistFacts<'a> {
    patch: &'a Patch,
    policy: &'a Policy,
    facts: &'a ReviewFacts<'a>,
    of_head: Result<&'a runs::Decision, Answer>,
}

impl ChecklistFacts<'_> {
    fn line(&self, item: &Item) -> ChecklistLine {
        let mut answer = Answer::not_applicable("nothing is named that proves it");
        for (index, proof) in item.proofs.iter().enumerate() {
            let found = self.proof(proof);
            answer = if index == 0 { found } else { answer.and(found) };
        }
        let mut reasons = item.proofs.iter().filter_map(reason);
        let reason = reasons.next().filter(|_| item.proofs.len() == 1);
        ChecklistLine { text: item.text.clone(), answer, reason }
    }

    fn proof(&self, proof: &Proof) -> Answer {
        let gates = &self.policy.gates;
        let decision = self.of_head.as_ref().ok().copied();
        match proof {
            Proof::Filemap => inside(self.patch, self.facts),
            Proof::Content => content(self.policy.filemap.as_ref(), self.facts),
            Proof::Runs => runs::three_green(&self.of_head, gates, self.facts),
            Proof::Scorecard => body::scorecard(self.facts, decision),
            Proof::Digest => body::digest(self.facts, decision),
            Proof::Links => body::links(self.facts, decision),
            Proof::Tests => {
                // One that doesn't count them still says whether they pass.
                let tests =
                    gates.gates.iter().filter(|it| it.tests.is_some() || it.name == "tests");
                self.by_gates(&tests.map(|gate| gate.id.as_str()).collect::<Vec<_>>(), "tests")
            }
            Proof::Pins => self.by_gates(&deciding(gates, Builtin::Pins, "T3"), "pins"),
            Proof::Ruleset => {
                self.by_gates(&deciding(gates, Builtin::Ruleset, "T0"), "the ruleset")
            }
            Proof::Gate(id) => match gates.get(id) {
                Some(gate) => self.by_gates(&[gate.id.as_str()], "this"),
                None => Answer::not_applicable(format!("the programme has no gate {id}")),
            },
        }
    }

    fn by_gates(&self, ids: &[&str], what: &str) -> Answer {
        match &self.of_head {
            Ok(decision) => runs::green(decision, ids, what),
            Err(_) if ids.is_empty() => {
                Answer::not_applicable(format!("no gate of the programme is for {what}"))
            }
            Err(answer) => Answer::unseen(answer.why.clone()),
        }
    }
}

/// The reason for refusal that the document has for a proof that does not hold.
fn reason(proof: &Proof) -> Option<Code> {
    match proof {
        Proof::Filemap => Some(Code::Refuse30),
        Proof::Runs => Some(Code::Refuse20),
        Proof::Scorecard | Proof::Digest | Proof::Links => Some(Code::Refuse10),
        _ => None,
    }
}

fn inside(patch: &Patch, facts: &ReviewFacts<'_>) -> Answer {
    let Some(findings) = facts.filemap else {
        return Answer::unseen("the patch was not checked against a Filemap");
    };
    let paths = match patch.changes.len() {
        1 => "the one path of the patch is inside".to_owned(),
        count => format!("all {count} paths of the patch are inside"),
    };
    if patch.changes.is_empty() {
        return Answer::unseen("the patch changes nothing");
    }
    let bears = |found: &&Finding| {
        found.code == Code::Cec10 || found.code.concern() == Concern::NotEstablished
    };
    let bearing: Vec<Finding> = findings.iter().filter(bears).cloned().collect();
    Answer::of(&bearing, &paths)
}

fn content(filemap: Option<&Filemap>, facts: &ReviewFacts<'_>) -> Answer {
    let rules = filemap.map_or(0, |filemap| filemap.content.len());
    match facts.content {
        _ if rules == 0 => Answer::not_applicable("the Filemap has no content rule"),
        Some(findings) => Answer::of(findings, "every content rule holds"),
        None => Answer::unseen("the content rules were not checked"),
    }
}

/// The gates that a built-in decides, or, where none does, the one that the document
/// gives that number.
fn deciding<'a>(gates: &'a Gates, builtin: Builtin, id: &str) -> Vec<&'a str> {
    let by = |gate: &&Gate| matches!(gate.action, Action::Builtin(found) if found == builtin);
    let ids: Vec<&str> = gates.gates.iter().filter(by).map(|gate| gate.id.as_str()).collect();
    if ids.is_empty() {
        gates.get(id).map(|gate| gate.id.as_str()).into_iter().collect()
    } else {
        ids
    }
}

/// The reasons for refusal; other checks' findings for which the document has none; and
/// what is not established, once for each cause.
fn findings(checklist: &[ChecklistLine], facts: &ReviewFacts<'_>) -> Vec<Finding> {
    let mut findings: Vec<Finding> = Vec::new();
    for line in checklist.iter().filter(|line| line.answer.verdict == Verdict::Fail) {
        let outside = |found: &Finding| found.code == Code::Cec10;
        let given = facts.filemap.unwrap_or_default();
        // What the check of the body found stands for each of its items.
        let Some(reason) = line.reason.filter(|it| *it != Code::Refuse10) else { continue };
        let reported = findings.iter().any(|finding| finding.message == line.answer.why);
        if !reported && (reason != Code::Refuse30 || given.iter().any(outside)) {
            findings.push(Finding::new(reason, line.answer.why.clone()).help(reason.fix()));
        }
    }
    let given = facts.filemap.unwrap_or_default().iter();
    findings.extend(given.filter(|found| found.code != Code::Cec10).cloned());
    findings.extend(facts.content.unwrap_or_default().iter().cloned());
    let reported = |line: &&ChecklistLine| {
        let given = facts.filemap.is_some_and(|findings| !findings.is_empty());
        let refused = |other: &ChecklistLine| {
            other.answer.verdict == Verdict::Fail && other.answer.why == line.answer.why
        };
        (line.reason == Some(Code::Refuse30) && given) || checklist.iter().any(refused)
    };
    findings.extend(unseen(facts, checklist.iter().filter(|line| !reported(line))));
    let runs_refused = findings.iter().any(|finding| finding.code == Code::Refuse20);
    for finding in facts.beside {
        let reported = findings.iter().any(|it| it.is_same(finding))
            || (runs_refused && matches!(finding.code, Code::Refuse20 | Code::RunsUnseen));
        if !reported {
            findings.push(finding.clone());
        }
    }
    findings
}

fn unseen<'a>(
    facts: &ReviewFacts<'_>,
    lines: impl Iterator<Item = &'a ChecklistLine>,
) -> Vec<Finding> {
    let mut causes: Vec<(&ChecklistLine, Vec<&str>)> = Vec::new();
    for line in lines.filter(|line| line.answer.verdict == Verdict::NotEstablished) {
        match causes.iter_mut().find(|(first, _)| first.answer.why == line.answer.why) {
            Some((_, texts)) => texts.push(&line.text),
            None => causes.push((line, vec![&line.text])),
        }
    }
    let finding = |(first, texts): (&ChecklistLine, Vec<&str>)| {
        let texts: Vec<String> = texts.into_iter().map(|text| format!("“{text}”")).collect();
        let message = format!("{}, which leaves open {}", first.answer.why, texts.join(", "));
        Finding::new(Code::NotEstablishedCode, message).help(match first.reason {
            Some(Code::Refuse30) => "write policy/filemap.toml, in the base, and a patch",
            Some(Code::Refuse10) if facts.body.is_none() => {
                "name the body: `cargo xtask review --body FILE`"
            }
            _ => "run `cargo xtask orr --runs 3` on HEAD",
        })
    };
    causes.into_iter().map(finding).collect()
}

#[cfg(test)]
mod tests;
