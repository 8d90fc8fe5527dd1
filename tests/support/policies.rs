//! Parts of policy that test repositories share.

/// The committed ruleset, and the workflow whose runs count.
pub(crate) const RULESET: &str = "\n[ruleset]\nfile = \".github/rulesets/main.json\"\nworkflow = \".github/workflows/orr.yml\"\n";

/// A Filemap in which every path is in an area.
pub(crate) const EVERYWHERE: &str = "[[areas]]\nname = \"all\"\npaths = [\"**\"]\n";

/// Branches of stories such as `S-1`.
pub(crate) const STORY_BRANCHES: &str = r#"
[ids.story]
patterns = ['S-\d+', 'RB-\d+']
examples = ["S-1"]

[[kinds]]
name = "feature"
form = "feature/<story>-<slug>"
"#;

/// Identifiers of issues such as `I-1`, and the sandbox branches of `demo`.
pub(crate) const SANDBOX_BRANCHES: &str = r#"
[ids.issue]
patterns = ['I-\d+']
examples = ["I-1"]

[[kinds]]
name = "sandbox"
form = "demo-codex-<date>-<time>-<base>"
sandbox = true
"#;

/// Somebody at `<name>@example.com` with these roles.
pub(crate) fn person(name: &str, roles: &[&str]) -> String {
    format!("\n[people.{name}]\naddresses = [\"{name}@example.com\"]\nroles = {roles:?}\n")
}

/// A role with these members.
pub(crate) fn role(name: &str, members: &[&str]) -> String {
    format!("\n[roles.{name}]\nmembers = {members:?}\n")
}

/// policy/risk.toml with a severity for each clock, escalated to a role.
pub(crate) fn severities(role: &str) -> String {
    let severity = |id, action, acknowledge, recover| {
        format!(
            "[[severities]]\nid = \"{id}\"\naction = [\"{action}\"]\nescalation = [\"{role}\"]\n\
            acknowledge = \"{acknowledge}\"\nrecover = \"{recover}\"\n\n"
        )
    };
    severity("critical", "stop", "5 minutes", "60 minutes")
        + &severity("high", "block", "15 minutes", "72 hours")
        + &severity("medium", "record", "4 hours", "14 days")
}
