//! The reviewer's rubric (H-6): which areas a patch touches, who answers for
//! them, and the objective checklist with what is proven of it.

mod areas;
mod body;
mod runs;

use super::patch::Patch;
use thrice_findings::text::quoted;
use thrice_findings::{Code, Concern, Finding, Severity, Verdict, verdict};
use thrice_programme::{Action, Builtin, Filemap, Gate, Gates};

pub(crate) use areas::Touched;
pub use areas::{Holder, apart, touched};

/// What is known when a patch is reviewed. What is `None` could not be seen.
#[derive(Clone, Copy, Debug, Default)]
pub struct Facts<'a> {
    /// What the check of the patch against the Filemap found.
    pub filemap: Option<&'a [Finding]>,
    /// What the check of the Filemap's content rules found.
    pub content: Option<&'a [Finding]>,
    /// The recorded decision over the runs.
    pub decision: Option<&'a [u8]>,
    /// Digest of the rules that the patch's head has itself.
    pub policy_sha256: &'a str,
    /// Digest of the archive that lies beside the decision.
    pub(crate) archive_sha256: Option<&'a str>,
    /// The scorecard that lies beside it, with its digest.
    pub scorecard: Option<(&'a [u8], &'a str)>,
    /// The body of the pull request.
    pub body: Option<&'a [u8]>,
    /// What the check of that body found.
    pub(crate) body_findings: &'a [Finding],
}

/// What is known of a statement, and why.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Answer {
    /// Proven, disproven or not established.
    pub verdict: Verdict,
    /// Why.
    pub why: String,
}

impl Answer {
    fn proven(why: impl Into<String>) -> Self {
        Self { verdict: Verdict::Pass, why: why.into() }
    }

    fn disproven(why: impl Into<String>) -> Self {
        Self { verdict: Verdict::Fail, why: why.into() }
    }

    fn unseen(why: impl Into<String>) -> Self {
        Self { verdict: Verdict::NotEstablished, why: why.into() }
    }

    /// What findings of a check amount to.
    fn of(findings: &[Finding], proven: &str) -> Self {
        let refusals: Vec<_> =
            findings.iter().filter(|found| found.severity == Severity::Refuse).collect();
        let Some(first) = refusals.first() else { return Self::proven(proven) };
        let more = refusals.len() - 1;
        let more = if more > 0 { format!(", and {more} more") } else { String::new() };
        let why = format!("{}: {}{more}", first.code.name(), first.message);
        Self { verdict: verdict(findings), why }
    }

    /// Both: disproven where one is, not established where one is.
    fn and(self, other: Self) -> Self {
        let worse = match (self.verdict, other.verdict) {
            (Verdict::Fail, _) | (_, Verdict::Fail) => Verdict::Fail,
            (Verdict::NotEstablished, _) | (_, Verdict::NotEstablished) => Verdict::NotEstablished,
            _ => Verdict::Pass,
        };
        let mut whys: Vec<String> = [self, other]
            .into_iter()
            .filter(|answer| answer.verdict == worse)
            .map(|answer| answer.why)
            .collect();
        whys.dedup();
        Self { verdict: worse, why: whys.join("; ") }
    }
}

/// A line of the checklist with its answer.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Line {
    /// The line, in the document's words.
    pub text: &'static str,
    /// What is known of it.
    pub answer: Answer,
    /// The reason for refusal that stands for it.
    reason: Option<Code>,
}

/// What came of a review.
#[derive(Clone, Debug)]
pub struct Reviewed {
    /// The objective checklist.
    pub checklist: Vec<Line>,
    /// The reasons for refusal, and what could not be established.
    pub findings: Vec<Finding>,
}

/// Answers the objective checklist over a patch, by the rules of its base.
#[must_use]
pub fn review(
    patch: &Patch,
    filemap: Option<&Filemap>,
    gates: &Gates,
    facts: &Facts<'_>,
) -> Reviewed {
    let decision = runs::read(facts.decision);
    let of_head = runs::of_head(&decision, patch, facts.policy_sha256);
    let body = body::answers(facts, of_head.as_ref().ok().copied());
    let by_gates = |ids: &[&str], what: &str| match &of_head {
        Ok(decision) => runs::green(decision, ids, what),
        Err(answer) => Answer::unseen(answer.why.clone()),
    };
    let line = |text, reason, answer| Line { text, answer, reason };
    let pins = deciding(gates, Builtin::Pins, "T3");
    let ruleset = deciding(gates, Builtin::Ruleset, "T0");
    let anti_spoof = by_gates(&ruleset, "the ruleset, which pins checks to their app");
    let tests: Vec<&str> =
        gates.gates.iter().filter(|gate| gate.tests.is_some()).map(|g| g.id.as_str()).collect();
    let checklist = vec![
        line("Patch dentro do Filemap (Cap.3)", Some(Code::Refuse30), inside(patch, facts)),
        line(
            "3 runs verdes + ZIP/bytes idênticos (Cap.2 T6)",
            Some(Code::Refuse20),
            runs::three_green(&of_head, gates, facts),
        ),
        line("Scorecard colado na PR (JSON completo)", Some(Code::Refuse10), body.scorecard),
        line("SHA256 do ZIP colado", Some(Code::Refuse10), body.archive),
        line("Links dos 3 runs", Some(Code::Refuse10), body.runs),
        line(
            "Constantes/crypto OK (testes)",
            None,
            content(filemap, facts).and(by_gates(&tests, "tests")),
        ),
        line("Pins + anti‑spoof OK", None, by_gates(&pins, "pins").and(anti_spoof)),
        line("T0 ruleset sanity OK", None, by_gates(&ruleset, "the ruleset")),
    ];
    let findings = findings(&checklist, facts, body.missing);
    Reviewed { checklist, findings }
}

fn inside(patch: &Patch, facts: &Facts<'_>) -> Answer {
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

fn content(filemap: Option<&Filemap>, facts: &Facts<'_>) -> Answer {
    let rules = filemap.map_or(0, |filemap| filemap.content.len());
    match facts.content {
        _ if rules == 0 => Answer::proven("no content rule applies"),
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
fn findings(checklist: &[Line], facts: &Facts<'_>, missing: Option<Finding>) -> Vec<Finding> {
    let mut findings: Vec<Finding> = missing.into_iter().collect();
    findings.extend(body_refused(facts));
    for line in checklist.iter().filter(|line| line.answer.verdict == Verdict::Fail) {
        let outside = |found: &Finding| found.code == Code::Cec10;
        let given = facts.filemap.unwrap_or_default();
        let Some(reason) = line.reason else { continue };
        let told = findings.iter().any(|finding| finding.message == line.answer.why);
        if !told && (reason != Code::Refuse30 || given.iter().any(outside)) {
            findings.push(Finding::new(reason, line.answer.why.clone()).help(reason.mend()));
        }
    }
    let given = facts.filemap.unwrap_or_default().iter();
    findings.extend(given.filter(|found| found.code != Code::Cec10).cloned());
    findings.extend(facts.content.unwrap_or_default().iter().cloned());
    let told = |line: &&Line| {
        let given = facts.filemap.is_some_and(|findings| !findings.is_empty());
        line.reason == Some(Code::Refuse30) && given
    };
    findings.extend(unseen(checklist.iter().filter(|line| !told(line))));
    findings
}

fn body_refused(facts: &Facts<'_>) -> Option<Finding> {
    let faults = facts.body_findings.iter().filter(|found| found.severity == Severity::Refuse);
    let faults: Vec<_> = faults.collect();
    let first = faults.first()?;
    let message = match faults.len() {
        1 => format!("the body has a fault: {}", first.message),
        count => format!("the body has {count} faults; the first: {}", first.message),
    };
    let finding = Finding::new(Code::Refuse10, message).help(Code::Refuse10.mend());
    Some(Finding { place: first.place.clone(), ..finding })
}

fn unseen<'a>(lines: impl Iterator<Item = &'a Line>) -> Vec<Finding> {
    let mut causes: Vec<(&Line, Vec<&str>)> = Vec::new();
    for line in lines.filter(|line| line.answer.verdict == Verdict::NotEstablished) {
        match causes.iter_mut().find(|(first, _)| first.answer.why == line.answer.why) {
            Some((_, texts)) => texts.push(line.text),
            None => causes.push((line, vec![line.text])),
        }
    }
    let finding = |(first, texts): (&Line, Vec<&str>)| {
        let texts: Vec<String> = texts.into_iter().map(|text| format!("“{text}”")).collect();
        let message = format!("{}, which leaves open {}", first.answer.why, texts.join(", "));
        Finding::new(Code::NotEstablishedCode, message).help(match first.reason {
            Some(Code::Refuse30) => "write policy/filemap.toml, in the base, and a patch",
            Some(Code::Refuse10) => "name the body: `cargo xtask review --body FILE`",
            _ => "run `cargo xtask orr --runs 3` on HEAD, with a gate for what is left open",
        })
    };
    causes.into_iter().map(finding).collect()
}

#[cfg(test)]
mod tests;
