//! What a pull request's body must hold for a review, compared with what was recorded.
//! Whether the whole body has the form of the template is another check's question.

use serde_json::Value;

use super::runs::Decision;
use super::{Answer, Facts, quoted};
use crate::judge::pr_body::{Body, KEYS, parse};
use thrice_findings::{Code, Finding};

/// The least number of runs that a body links.
const RUNS: usize = 3;

pub(super) struct Answers {
    pub(super) scorecard: Answer,
    pub(super) archive: Answer,
    pub(super) runs: Answer,
    /// The fields that are not there, or not once.
    pub(super) missing: Option<Finding>,
}

/// Answers what is asked of the body; `decision` is that over the patch's head.
pub(super) fn answers(facts: &Facts<'_>, decision: Option<&Decision>) -> Answers {
    let Some(body) = facts.body else {
        let unseen = || Answer::unseen("no body of a pull request was given");
        return Answers { scorecard: unseen(), archive: unseen(), runs: unseen(), missing: None };
    };
    let (body, _) = parse(body);
    let missing = missing(&body);
    let lacks = missing.as_ref().map(|finding| finding.message.as_str()).unwrap_or_default();
    Answers {
        scorecard: scorecard(&body, decision, facts, lacks),
        archive: archive(&body, decision, lacks),
        runs: runs(&body, decision, lacks),
        missing,
    }
}

/// The values of the lines `key: value` that stand in no fence.
fn values<'a>(body: &'a Body, key: &str) -> Vec<&'a str> {
    let lines = body.sections.iter().flat_map(|section| &section.lines);
    let value = |text: &'a str| text.strip_prefix(key)?.strip_prefix(':').map(str::trim);
    lines.filter_map(|(_, text)| value(text)).filter(|value| !value.is_empty()).collect()
}

/// The value of a field that is there once.
fn field<'a>(body: &'a Body, key: &str) -> Option<&'a str> {
    match values(body, key)[..] {
        [value] => Some(value),
        _ => None,
    }
}

fn missing(body: &Body) -> Option<Finding> {
    let named = |wanted: fn(usize) -> bool| {
        let keys = KEYS.iter().filter(|key| wanted(values(body, key).len()));
        keys.map(quoted).collect::<Vec<_>>().join(", ")
    };
    let (lacks, repeats) = (named(|count| count == 0), named(|count| count > 1));
    let message = match (lacks.is_empty(), repeats.is_empty()) {
        (true, true) => return None,
        (false, true) => format!("the body lacks {lacks}"),
        (true, false) => format!("the body says {repeats} more than once"),
        (false, false) => format!("the body lacks {lacks}, and says {repeats} more than once"),
    };
    Some(Finding::new(Code::Refuse10, message).help(Code::Refuse10.mend()))
}

fn unknown_runs() -> Answer {
    Answer::unseen("no recorded runs of this commit, with which the body could be compared")
}

fn scorecard(body: &Body, decision: Option<&Decision>, facts: &Facts<'_>, lacks: &str) -> Answer {
    let (Some(decision), Some((bytes, sha256))) = (decision, facts.scorecard) else {
        return unknown_runs();
    };
    if decision.scorecard_sha256.as_deref() != Some(sha256) {
        return Answer::unseen("the scorecard that is there is not that of the runs");
    }
    let Ok(scorecard) = serde_json::from_slice::<Value>(bytes) else {
        return Answer::unseen("the scorecard that is there cannot be read");
    };
    let mut fences = body.sections.iter().flat_map(|section| &section.fences);
    let is_it = |text: &str| serde_json::from_str(text).ok().as_ref() == Some(&scorecard);
    if !fences.any(|fence| fence.info == "json" && is_it(&fence.text)) {
        return Answer::disproven("the body does not hold the scorecard of the runs");
    }
    match field(body, "scorecard_sha256") {
        Some(claimed) if claimed == sha256 => Answer::proven("it is the scorecard of the runs"),
        Some(claimed) => Answer::disproven(format!(
            "`scorecard_sha256` is {}, that of the runs is another",
            quoted(claimed)
        )),
        None => Answer::disproven(lacks),
    }
}

fn archive(body: &Body, decision: Option<&Decision>, lacks: &str) -> Answer {
    let Some(digest) = decision.and_then(|decision| decision.evidence_zip_sha256.as_deref()) else {
        return unknown_runs();
    };
    match field(body, "evidence_zip_sha256") {
        None => Answer::disproven(lacks),
        Some(claimed) if claimed == digest => Answer::proven("it is that of the runs"),
        Some(claimed) => Answer::disproven(format!(
            "`evidence_zip_sha256` is {}, that of the runs is another",
            quoted(claimed)
        )),
    }
}

fn runs(body: &Body, decision: Option<&Decision>, lacks: &str) -> Answer {
    let Some(decision) = decision.filter(|decision| decision.run_ids.len() >= RUNS) else {
        return unknown_runs();
    };
    let Some(claimed) = field(body, "run_ids") else {
        return Answer::disproven(lacks);
    };
    let inner = claimed.strip_prefix('[').and_then(|rest| rest.strip_suffix(']'));
    let named: Vec<&str> = inner
        .unwrap_or_default()
        .split(',')
        .map(|id| id.trim().trim_matches('"'))
        .filter(|id| !id.is_empty())
        .collect();
    if named == decision.run_ids {
        return Answer::proven(format!("they are the {} recorded runs", named.len()));
    }
    Answer::disproven(format!("`run_ids` is {}, the recorded runs are others", quoted(claimed)))
}
