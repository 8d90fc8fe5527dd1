//! What is demanded of the server, in its own terms and in those of its settings page.

use serde_json::Value;

use super::Wanted;

#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum RulesetDemand {
    /// This gate is a required check.
    Check(String),
    UpToDate,
    /// A merge queue, in its place.
    Queue,
    /// Each commit of its groups is tested, not the last alone.
    QueueGroups,
    Approval,
    StaleApprovals,
    CodeOwners,
    LastPush,
    ForcedPushes,
    Deletion,
}

const CHECKS: &str = "required_status_checks";
const REVIEWS: &str = "pull_request";
const QUEUE: &str = "merge_queue";
/// The demand of a merge queue.
pub(crate) const QUEUE_TESTS: &str = "a merge queue tests the merged result";

impl RulesetDemand {
    /// What is demanded of the ledger's branch.
    pub(super) const OF_LEDGER: [Self; 2] = [Self::ForcedPushes, Self::Deletion];

    pub(super) fn all(wanted: &Wanted<'_>) -> Vec<Self> {
        let checks = wanted.gates.iter().map(|gate| Self::Check((*gate).to_owned()));
        let rest = [
            Self::Approval,
            Self::StaleApprovals,
            Self::CodeOwners,
            Self::LastPush,
            Self::ForcedPushes,
            Self::Deletion,
        ];
        let base = match wanted.queue {
            true => vec![Self::Queue, Self::QueueGroups],
            false => vec![Self::UpToDate],
        };
        checks.chain(base).chain(rest).collect()
    }

    pub(super) fn text(&self, app_id: u64) -> String {
        match self {
            Self::Check(gate) => format!("{gate} is green, from app {app_id}"),
            Self::UpToDate => "the branch is up to date with its base".to_owned(),
            Self::Queue => QUEUE_TESTS.to_owned(),
            Self::QueueGroups => "the queue tests each commit of a group".to_owned(),
            Self::Approval => "a pull request with an approval".to_owned(),
            Self::StaleApprovals => "a push takes approvals away".to_owned(),
            Self::CodeOwners => "code owners approve".to_owned(),
            Self::LastPush => "the last push is approved by another".to_owned(),
            Self::ForcedPushes => "no forced push".to_owned(),
            Self::Deletion => "no deletion of the branch".to_owned(),
        }
    }

    /// In a sentence that says what is not so.
    pub(super) fn missing(&self) -> &'static str {
        match self {
            Self::Check(_) => "can be merged without green gates",
            Self::UpToDate => "can be merged although its base has moved on",
            Self::Queue => {
                "can be merged without a merge queue, and policy says `base = \"queue\"`"
            }
            Self::QueueGroups => {
                "has no merge queue that tests each commit of a group (`ALLGREEN`)"
            }
            Self::Approval => "can be changed without an approved pull request",
            Self::StaleApprovals => "can be merged with approvals of what was there before a push",
            Self::CodeOwners => "can be merged without its code owners",
            Self::LastPush => "can be merged with the last push approved by who made it",
            Self::ForcedPushes => "can be rewritten by a forced push",
            Self::Deletion => "can be deleted",
        }
    }

    /// Where GitHub's settings page has it, below the ruleset.
    pub(super) fn setting(&self) -> String {
        let pull = "Require a pull request before merging";
        match self {
            Self::Check(gate) => format!("Require status checks to pass > Add checks: {gate}"),
            Self::UpToDate => {
                "Require status checks to pass > Require branches to be up to date before merging"
                    .to_owned()
            }
            Self::Queue => "Require merge queue".to_owned(),
            Self::QueueGroups => {
                "Require merge queue > Require all queue entries to pass required checks".to_owned()
            }
            Self::Approval => format!("{pull} > Required approvals: 1 or more"),
            Self::StaleApprovals => {
                format!("{pull} > Dismiss stale pull request approvals when new commits are pushed")
            }
            Self::CodeOwners => format!("{pull} > Require review from Code Owners"),
            Self::LastPush => {
                format!("{pull} > Require approval of the most recent reviewable push")
            }
            Self::ForcedPushes => "Block force pushes".to_owned(),
            Self::Deletion => "Restrict deletions".to_owned(),
        }
    }

    /// Whether a rule, in the form of a ruleset's rule, meets the demand.
    pub(super) fn is_met_by(&self, rule: &Value, app_id: u64) -> bool {
        let is = |kind: &str| rule.get("type").and_then(Value::as_str) == Some(kind);
        let parameter = |key: &str| rule.get("parameters").and_then(|all| all.get(key));
        let on = |key: &str| parameter(key) == Some(&Value::Bool(true));
        match self {
            Self::Check(gate) => contexts(rule).any(|check| {
                check.get("context").and_then(Value::as_str) == Some(gate)
                    && check.get("integration_id").and_then(Value::as_u64) == Some(app_id)
            }),
            // The setting has no effect in a rule without checks.
            Self::UpToDate => {
                on("strict_required_status_checks_policy") && contexts(rule).next().is_some()
            }
            Self::Queue => is(QUEUE),
            Self::QueueGroups => {
                let strategy = parameter("grouping_strategy").and_then(Value::as_str);
                is(QUEUE) && strategy == Some("ALLGREEN")
            }
            Self::Approval => {
                let count = parameter("required_approving_review_count").and_then(Value::as_u64);
                is(REVIEWS) && count.is_some_and(|count| count >= 1)
            }
            Self::StaleApprovals => is(REVIEWS) && on("dismiss_stale_reviews_on_push"),
            Self::CodeOwners => is(REVIEWS) && on("require_code_owner_review"),
            Self::LastPush => is(REVIEWS) && on("require_last_push_approval"),
            Self::ForcedPushes => is("non_fast_forward"),
            Self::Deletion => is("deletion"),
        }
    }
}

/// The checks for which a merge queue waits; none where no rule has a queue.
pub(crate) fn awaited(rules: &[Value]) -> Vec<&str> {
    let is_queue = |rule: &Value| rule.get("type").and_then(Value::as_str) == Some(QUEUE);
    let checks = rules.iter().filter(|_| rules.iter().any(is_queue)).flat_map(contexts);
    checks.filter_map(|check| check.get("context")?.as_str()).collect()
}

/// The checks that a rule requires; none where it is a rule of another type.
pub(super) fn contexts(rule: &Value) -> impl Iterator<Item = &Value> {
    let is_checks = rule.get("type").and_then(Value::as_str) == Some(CHECKS);
    let parameters = rule.get("parameters").filter(|_| is_checks);
    let list = parameters.and_then(|all| all.get("required_status_checks")?.as_array());
    list.into_iter().flatten()
}
