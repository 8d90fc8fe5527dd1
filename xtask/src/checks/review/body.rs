//! What a pull request's body must hold for a review, compared with what was recorded.
//! Whether the whole body has the form of the template is another check's question.

use serde_json::Value;

use super::runs::Decision;
use super::{Answer, Facts, quoted};
use crate::findings::{Code, Finding};

/// The telemetry that a body must hold (document 3 §1.4, §7).
const FIELDS: &[&str] = &[
    "repo_sha",
    "branch",
    "run_ids",
    "scorecard_sha256",
    "evidence_zip_sha256",
    "started_at",
    "finished_at",
];

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
    let text = String::from_utf8_lossy(body);
    let missing = missing(&text);
    let lacks = missing.as_ref().map(|finding| finding.message.as_str()).unwrap_or_default();
    Answers {
        scorecard: scorecard(&text, decision, facts, lacks),
        archive: archive(&text, decision, lacks),
        runs: runs(&text, decision, lacks),
        missing,
    }
}

/// The values of the lines `key: value`.
fn values<'a>(text: &'a str, key: &str) -> Vec<&'a str> {
    let value = |line: &'a str| line.strip_prefix(key)?.strip_prefix(':').map(str::trim);
    text.lines().filter_map(value).filter(|value| !value.is_empty()).collect()
}

/// The value of a field that is there once.
fn field<'a>(text: &'a str, key: &str) -> Option<&'a str> {
    match values(text, key)[..] {
        [value] => Some(value),
        _ => None,
    }
}

fn missing(text: &str) -> Option<Finding> {
    let named = |wanted: fn(usize) -> bool| {
        let keys = FIELDS.iter().filter(|key| wanted(values(text, key).len()));
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

fn scorecard(text: &str, decision: Option<&Decision>, facts: &Facts<'_>, lacks: &str) -> Answer {
    let (Some(decision), Some((bytes, sha256))) = (decision, facts.scorecard) else {
        return unknown_runs();
    };
    if decision.scorecard_sha256.as_deref() != Some(sha256) {
        return Answer::unseen("the scorecard that is there is not that of the runs");
    }
    let Ok(scorecard) = serde_json::from_slice::<Value>(bytes) else {
        return Answer::unseen("the scorecard that is there cannot be read");
    };
    if !json_blocks(text)
        .iter()
        .any(|block| serde_json::from_str(block).ok().as_ref() == Some(&scorecard))
    {
        return Answer::disproven("the body does not hold the scorecard of the runs");
    }
    match field(text, "scorecard_sha256") {
        Some(claimed) if claimed == sha256 => Answer::proven("it is the scorecard of the runs"),
        Some(claimed) => Answer::disproven(format!(
            "`scorecard_sha256` is {}, that of the runs is another",
            quoted(claimed)
        )),
        None => Answer::disproven(lacks),
    }
}

/// What stands between a line that begins with three backticks and `json`, and the next
/// that begins with three backticks.
fn json_blocks(text: &str) -> Vec<String> {
    let (mut blocks, mut open): (Vec<String>, Option<String>) = (Vec::new(), None);
    for line in text.lines() {
        match (&mut open, line.starts_with("```")) {
            (Some(_), true) => blocks.extend(open.take()),
            (Some(block), false) => {
                block.push_str(line);
                block.push('\n');
            }
            (None, _) if line.trim_end() == "```json" => open = Some(String::new()),
            (None, _) => {}
        }
    }
    blocks
}

fn archive(text: &str, decision: Option<&Decision>, lacks: &str) -> Answer {
    let Some(digest) = decision.and_then(|decision| decision.evidence_zip_sha256.as_deref()) else {
        return unknown_runs();
    };
    match field(text, "evidence_zip_sha256") {
        None => Answer::disproven(lacks),
        Some(claimed) if claimed == digest => Answer::proven("it is that of the runs"),
        Some(claimed) => Answer::disproven(format!(
            "`evidence_zip_sha256` is {}, that of the runs is another",
            quoted(claimed)
        )),
    }
}

fn runs(text: &str, decision: Option<&Decision>, lacks: &str) -> Answer {
    let Some(decision) = decision.filter(|decision| decision.run_ids.len() >= RUNS) else {
        return unknown_runs();
    };
    let Some(claimed) = field(text, "run_ids") else {
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
