//! The committed ruleset of the default branch: that it demands every gate, from
//! GitHub Actions and nobody else, of everybody.

use super::pattern::{self, is_almost_a_gate};
use thrice_findings::text::quoted;
use thrice_findings::{Code, Finding, Place};
use thrice_policy::json;
use thrice_policy::tree::{Node, Unread};
use thrice_programme::ProvenBase;

/// Findings for every way in which the ruleset demands less than all `gates`, posted by the
/// app `app_id`, on the default branch, and than what is to prove the result of a merge.
#[must_use]
pub fn check(
    path: &str,
    bytes: &[u8],
    gates: &[&str],
    app_id: u64,
    (default_branch, base): (&str, ProvenBase),
) -> Vec<Finding> {
    let root = match json::read(bytes) {
        Ok(root) => root,
        Err(unread) => return vec![refuse(path, unread)],
    };
    let mut ruleset = Ruleset { path, gates, app_id, base, findings: Vec::new() };
    if root.entries().is_none() {
        ruleset.drift(root.line, format!("the ruleset is {}", root.describe()), ONE_OBJECT);
        return ruleset.findings;
    }
    ruleset.head(&root);
    ruleset.bypass(&root);
    ruleset.conditions(&root, default_branch);
    ruleset.rules(&root);
    ruleset.findings
}

/// The checks for which a merge queue of the ruleset waits; none where it has no queue.
#[must_use]
pub(crate) fn awaited(bytes: &[u8]) -> Vec<String> {
    let Ok(root) = json::read(bytes) else { return Vec::new() };
    let rules = root.get("rules").and_then(Node::items).unwrap_or_default();
    if !rules.iter().any(|rule| kind(rule) == Some("merge_queue")) {
        return Vec::new();
    }
    let checks = rules.iter().filter(|rule| kind(rule) == Some("required_status_checks"));
    let checks = checks.filter_map(|rule| parameter(rule, "required_status_checks")?.items());
    let named = checks.flatten().filter_map(|check| check.get("context")?.text());
    named.map(str::to_owned).collect()
}

/// GitHub's word for the first of squash, rebase and merge commit that all rules of the ruleset
/// allow, or for the first where none is allowed or it cannot be read.
#[must_use]
pub fn merge_method(bytes: &[u8]) -> &'static str {
    let root = json::read(bytes).ok();
    let rules = root.as_ref().and_then(|root| root.get("rules")?.items()).unwrap_or_default();
    let allows = |method: &str| {
        let mut allowed =
            rules.iter().filter_map(|rule| parameter(rule, "allowed_merge_methods")?.items());
        allowed.all(|methods| methods.iter().any(|it| it.text() == Some(method)))
    };
    ["squash", "rebase", "merge"].into_iter().find(|method| allows(method)).unwrap_or("squash")
}

fn kind(rule: &Node) -> Option<&str> {
    rule.get("type").and_then(Node::text)
}

fn parameter<'a>(rule: &'a Node, key: &str) -> Option<&'a Node> {
    rule.get("parameters").and_then(|all| all.get(key))
}

const ONE_OBJECT: &str = "Write one ruleset as a JSON object, as GitHub exports it.";

fn refuse(path: &str, unread: Unread) -> Finding {
    let place = Place { line: unread.line, column: unread.column, ..Place::file(path) };
    let message = format!("the ruleset cannot be read: {}", unread.message);
    Finding::new(Code::RulesetDrift, message).help(ONE_OBJECT).at(place)
}

/// Rules that must be there, with what they forbid.
const DEMANDED: &[(&str, &str)] = &[
    ("required_status_checks", "a merge without green gates"),
    ("pull_request", "a push without a pull request"),
    ("non_fast_forward", "a forced push"),
    ("deletion", "the deletion of the branch"),
];

/// The same, where a queue proves the result of a merge.
const QUEUE: (&str, &str) = ("merge_queue", "a merge whose result was not tested");

struct Ruleset<'a> {
    path: &'a str,
    gates: &'a [&'a str],
    app_id: u64,
    base: ProvenBase,
    findings: Vec<Finding>,
}

impl Ruleset<'_> {
    fn drift(&mut self, line: usize, message: impl Into<String>, help: impl Into<String>) {
        let finding = Finding::new(Code::RulesetDrift, message).help(help);
        self.findings.push(finding.at(Place::line(self.path, line)));
    }

    fn unknown(&mut self, line: usize, message: impl Into<String>, help: impl Into<String>) {
        let finding = Finding::new(Code::NotEstablishedCode, message).help(help);
        self.findings.push(finding.at(Place::line(self.path, line)));
    }

    fn head(&mut self, root: &Node) {
        for (key, wanted) in [("target", "branch"), ("enforcement", "active")] {
            let found = root.get(key);
            if found.and_then(Node::text) != Some(wanted) {
                let line = found.map_or(root.line, |node| node.line);
                let shown = found.map_or_else(|| "nothing".to_owned(), Node::describe);
                let message = format!("`{key}` is {shown}, not `{wanted}`");
                self.drift(line, message, format!("Write `\"{key}\": \"{wanted}\"`."));
            }
        }
    }

    fn bypass(&mut self, root: &Node) {
        let Some(actors) = root.get("bypass_actors") else {
            let help = "Write `\"bypass_actors\": []`; GitHub leaves the list out where the reader may not see it.";
            return self.drift(
                root.line,
                "`bypass_actors` is absent: who may bypass the ruleset is unknown",
                help,
            );
        };
        match actors.items() {
            Some([]) => {}
            Some(items) => {
                let message = format!("{} may bypass the ruleset", count(items.len(), "actor"));
                let line = items.first().map_or(actors.line, |item| item.line);
                self.drift(line, message, "Empty `bypass_actors`: the gates are for everybody.");
            }
            None => {
                let message = format!("`bypass_actors` is {}, not a list", actors.describe());
                self.drift(actors.line, message, "Write `\"bypass_actors\": []`.");
            }
        }
    }

    fn conditions(&mut self, root: &Node, branch: &str) {
        let conditions = root.get("conditions");
        for entry in conditions.and_then(Node::entries).unwrap_or_default() {
            if entry.key != "ref_name" {
                let message = format!("the condition {} is not evaluated", quoted(&entry.key));
                self.unknown(entry.line, message, "Use `ref_name` only.");
            }
        }
        let names = conditions.and_then(|node| node.get("ref_name"));
        let line = names.or(conditions).map_or(root.line, |node| node.line);
        self.included(names, line, branch);
        self.excluded(names, branch);
    }

    fn included(&mut self, names: Option<&Node>, line: usize, branch: &str) {
        let list = names.and_then(|node| node.get("include"));
        let line = list.map_or(line, |node| node.line);
        let (mut covers, mut open) = (false, None);
        for item in list.and_then(Node::items).unwrap_or_default() {
            match item.text().map(|pattern| pattern::matches(pattern, "refs/heads/", branch)) {
                Some(Some(true)) => covers = true,
                Some(None) => open = open.or(Some(item)),
                Some(Some(false)) | None => {}
            }
        }
        let help = "Write `\"include\": [\"~DEFAULT_BRANCH\"]`.";
        match open {
            _ if covers => {}
            Some(item) => {
                let message = format!(
                    "whether {} includes the default branch {} is not evaluated",
                    item.describe(),
                    quoted(branch)
                );
                self.unknown(item.line, message, help);
            }
            None => {
                let message = format!("the default branch {} is not included", quoted(branch));
                self.drift(line, message, help);
            }
        }
    }

    fn excluded(&mut self, names: Option<&Node>, branch: &str) {
        let help = "Write `\"exclude\": []`.";
        let Some(list) = names.and_then(|node| node.get("exclude")) else { return };
        let Some(items) = list.items() else {
            let message = format!("`exclude` is {}, not a list", list.describe());
            return self.drift(list.line, message, help);
        };
        for item in items {
            let (shown, name) = (item.describe(), quoted(branch));
            match item.text().and_then(|pattern| pattern::matches(pattern, "refs/heads/", branch)) {
                Some(false) => {}
                Some(true) => {
                    let message = format!("the default branch {name} is excluded by {shown}");
                    self.drift(item.line, message, help);
                }
                None => {
                    let message = format!(
                        "whether {shown} excludes the default branch {name} is not evaluated"
                    );
                    self.unknown(item.line, message, help);
                }
            }
        }
    }

    fn rules(&mut self, root: &Node) {
        let list = root.get("rules");
        let line = list.map_or(root.line, |node| node.line);
        let rules = list.and_then(Node::items).unwrap_or_default();
        let queue = (self.base == ProvenBase::Queue).then_some(&QUEUE);
        for (name, forbids) in DEMANDED.iter().chain(queue) {
            let mut found = rules.iter().filter(|rule| kind(rule) == Some(name));
            let Some(first) = found.next() else {
                let message = format!("no rule `{name}`: nothing forbids {forbids}");
                self.drift(line, message, format!("Add a rule of the type `{name}`."));
                continue;
            };
            for second in found {
                let message =
                    format!("a second rule `{name}`; the first is on line {}", first.line);
                self.drift(second.line, message, "Leave one rule of each type.");
            }
            match *name {
                "required_status_checks" => self.checks(first),
                "merge_queue" => self.groups(first),
                _ => {}
            }
        }
    }

    /// A group of which only the last commit is tested lets red ones land before it.
    fn groups(&mut self, rule: &Node) {
        let strategy = parameter(rule, "grouping_strategy");
        if strategy.and_then(Node::text) != Some("ALLGREEN") {
            let line = strategy.map_or(rule.line, |node| node.line);
            let message = "the merge queue's `grouping_strategy` is not `ALLGREEN`: a red commit of a group can be merged";
            self.drift(line, message, "Write `\"grouping_strategy\": \"ALLGREEN\"`.");
        }
    }

    fn checks(&mut self, rule: &Node) {
        let strict = parameter(rule, "strict_required_status_checks_policy");
        let is_strict = strict.is_some_and(|node| node.is_plain("true"));
        // A queue merges what is behind, after its own runs on the result.
        if self.base == ProvenBase::Head && !is_strict {
            let line = strict.map_or(rule.line, |node| node.line);
            let message = "`strict_required_status_checks_policy` is not `true`: a stale branch can be merged";
            self.drift(line, message, "Write `\"strict_required_status_checks_policy\": true`.");
        }
        let list = parameter(rule, "required_status_checks");
        let line = list.map_or(rule.line, |node| node.line);
        let items = list.and_then(Node::items).unwrap_or_default();
        for item in items {
            self.status_check(item);
        }
        for gate in self.gates {
            let is_gate = |item: &&Node| item.get("context").and_then(Node::text) == Some(gate);
            if items.iter().find(is_gate).is_none() {
                let message = format!("the gate {} is not a required check", quoted(gate));
                let help = format!(
                    "Add `{{ \"context\": \"{gate}\", \"integration_id\": {} }}`.",
                    self.app_id
                );
                self.drift(line, message, help);
            }
        }
    }

    fn status_check(&mut self, item: &Node) {
        let Some(context) = item.get("context") else {
            return self.drift(
                item.line,
                "a required check has no `context`",
                "Name the gate, or take it out.",
            );
        };
        let name = context.text().unwrap_or_default();
        let shown = context.describe();
        if !self.gates.contains(&name) {
            if is_almost_a_gate(name, self.gates) {
                let message = format!("the required check {shown} is no gate");
                self.drift(
                    context.line,
                    message,
                    "Take it out: nothing posts it, so nothing can be merged.",
                );
            }
            return;
        }
        let help = format!("Write `\"integration_id\": {}`.", self.app_id);
        match item.get("integration_id") {
            None => {
                let message = format!(
                    "the required check {shown} has no `integration_id`: anyone with write access can post it"
                );
                self.drift(context.line, message, help);
            }
            Some(id) if !id.is_plain(&self.app_id.to_string()) => {
                let message = format!(
                    "the required check {shown} is of the app {}, not {}",
                    id.describe(),
                    self.app_id
                );
                self.drift(id.line, message, help);
            }
            Some(_) => {}
        }
    }
}

fn count(number: usize, of: &str) -> String {
    if number == 1 { format!("1 {of}") } else { format!("{number} {of}s") }
}

#[cfg(test)]
mod tests;
