//! Rules of the server about tags, held against a tag before it is pushed.

use serde_json::Value;

use thrice_findings::text::quoted;
use thrice_findings::{Code, Finding};
use thrice_orr::judge::rulesets::pattern::tag_matches;

/// Findings where a rule of the server would refuse that tag of this user. `rulesets` are
/// rulesets as GitHub shows each by itself.
#[must_use]
pub(crate) fn judge(rulesets: &[Value], tag: &str) -> Vec<Finding> {
    let text = |value: &Value, key: &str| value.get(key).and_then(Value::as_str).map(str::to_owned);
    let mut findings = Vec::new();
    for ruleset in rulesets {
        let applies = text(ruleset, "target").as_deref() == Some("tag")
            && text(ruleset, "enforcement").as_deref() == Some("active")
            && text(ruleset, "current_user_can_bypass").as_deref() != Some("always")
            && bears(ruleset, tag);
        if !applies {
            continue;
        }
        let name = quoted(text(ruleset, "name").unwrap_or_default());
        for rule in ruleset.get("rules").and_then(Value::as_array).into_iter().flatten() {
            let why = match text(rule, "type").as_deref() {
                Some("creation") => "lets only those who may bypass it create the tag",
                Some("tag_name_pattern") if !fits(rule.get("parameters"), tag) => {
                    "refuses the name of the tag"
                }
                _ => continue,
            };
            let message = format!("the server's ruleset {name} {why} {}", quoted(tag));
            findings.push(
                Finding::new(Code::ReleasePush, message)
                    .help("have the ruleset changed, or `tags` in policy/release.toml"),
            );
        }
    }
    findings
}

/// Whether a ruleset's conditions include a tag, as far as they can be evaluated here.
fn bears(ruleset: &Value, tag: &str) -> bool {
    let any = |key: &str| {
        let list = ruleset.pointer(&format!("/conditions/ref_name/{key}"));
        let patterns = list.and_then(Value::as_array).into_iter().flatten();
        patterns.filter_map(Value::as_str).any(|pattern| tag_matches(pattern, tag) == Some(true))
    };
    any("include") && !any("exclude")
}

/// Whether a name fits a pattern rule; one that cannot be evaluated is left to the server.
fn fits(parameters: Option<&Value>, tag: &str) -> bool {
    let Some(parameters) = parameters else { return true };
    let text = |key: &str| parameters.get(key).and_then(Value::as_str).unwrap_or_default();
    let pattern = text("pattern");
    let matches = match text("operator") {
        "starts_with" => tag.starts_with(pattern),
        "ends_with" => tag.ends_with(pattern),
        "contains" => tag.contains(pattern),
        "regex" => match regex::Regex::new(pattern) {
            Ok(regex) => regex.is_match(tag),
            Err(_) => return true,
        },
        _ => return true,
    };
    matches != (parameters.get("negate") == Some(&Value::Bool(true)))
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn found(include: &str, bypass: &str, rule: &Value) -> usize {
        let ruleset = json!({
            "name": "tags", "target": "tag", "enforcement": "active",
            "current_user_can_bypass": bypass,
            "conditions": { "ref_name": { "include": [include], "exclude": [] } },
            "rules": [rule],
        });
        judge(&[ruleset], "v1.4.0-rc.1").len()
    }

    #[test]
    fn what_the_server_would_refuse_is_known_before_the_push() {
        let pattern = |operator: &str, pattern: &str, negate: bool| {
            json!({ "type": "tag_name_pattern",
                "parameters": { "operator": operator, "pattern": pattern, "negate": negate } })
        };
        let creation = json!({ "type": "creation" });
        let table = [
            ("~ALL", "never", creation.clone(), 1),
            ("~ALL", "always", creation.clone(), 0),
            ("refs/tags/v*", "never", creation.clone(), 1),
            ("refs/tags/w*", "never", creation, 0),
            ("~ALL", "never", json!({ "type": "deletion" }), 0),
            ("~ALL", "never", pattern("starts_with", "v", false), 0),
            ("~ALL", "never", pattern("starts_with", "release-", false), 1),
            ("~ALL", "never", pattern("contains", "-rc", true), 1),
            ("~ALL", "never", pattern("ends_with", ".1", false), 0),
            ("~ALL", "never", pattern("regex", "^v[0-9.]+$", false), 1),
            ("~ALL", "never", pattern("regex", "(", false), 0),
        ];
        for (include, bypass, rule, expected) in table {
            assert_eq!(found(include, bypass, &rule), expected, "{include} {bypass} {rule}");
        }
    }
}
