//! Whether an approval would lift anything: pure.

use crate::judge::merge::ApprovalDemand;
use thrice_findings::text::quoted;
use thrice_findings::{Code, Finding};
use thrice_programme::ReleaseRules;
use thrice_programme::release::Stage;

/// Refuses an approval of a patch that nothing asks for, in these roles, or by this rule.
pub(super) fn of_change(
    demanded: &[ApprovalDemand],
    rule: Option<&str>,
    held: &[String],
) -> Result<(), Box<Finding>> {
    let named = rule.map(|rule| format!("rule `{rule}`"));
    let meant =
        |demand: &&ApprovalDemand| named.as_ref().is_none_or(|rule| demand.for_what.contains(rule));
    let asked: Vec<&ApprovalDemand> = demanded.iter().filter(meant).collect();
    if asked.iter().any(|demand| demand.roles.iter().any(|role| held.contains(role))) {
        return Ok(());
    }
    let of: Vec<&str> = asked
        .iter()
        .filter(|demand| !demand.roles.is_empty())
        .map(|demand| demand.of.as_str())
        .collect();
    let (message, help) = match (rule, of.is_empty()) {
        (Some(rule), true) => (
            format!("no rule {} asks for an approval of this patch", quoted(rule)),
            "`cargo xtask filemap check` names the rules that do".to_owned(),
        ),
        (None, true) => (
            "no rule asks for an approval of this patch in the ledger".to_owned(),
            "approve the pull request on GitHub instead".to_owned(),
        ),
        (_, false) => (
            format!(
                "this patch needs an approval of {}, not of {}",
                of.join("; "),
                held.join(" or ")
            ),
            "have it approved by somebody who holds such a role".to_owned(),
        ),
    };
    Err(void(message, help))
}

/// Refuses an approval of a release that no stage asks for in these roles.
pub(super) fn of_release(
    rules: Option<&ReleaseRules>,
    stage: &str,
    held: &[String],
) -> Result<(), Box<Finding>> {
    let words = rules.map(ReleaseRules::stage_words).unwrap_or_default();
    if rules.is_some() && !words.contains(&stage) {
        let message = format!("no stage of releases is called {}", quoted(stage));
        let help = format!("policy/release.toml of the base names {}", words.join(", "));
        return Err(void(message, help));
    }
    let wanted = rules.zip(Stage::from_word(stage)).map(|(rules, stage)| rules.approvals(stage));
    let wanted = wanted.unwrap_or_default();
    if wanted.iter().any(|role| held.contains(role)) {
        return Ok(());
    }
    let help = "policy/release.toml of the base says whose approval each stage needs".to_owned();
    let message = match wanted {
        [] => format!("no release waits for an approval at the stage `{stage}`"),
        roles => {
            let (roles, held) = (roles.join(" and of "), held.join(" or "));
            format!("the stage `{stage}` needs an approval of {roles}, not of {held}")
        }
    };
    Err(void(message, help))
}

pub(super) fn void(message: String, help: String) -> Box<Finding> {
    Box::new(Finding::new(Code::DecisionVoid, message).help(help))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn demand(what: &str, roles: &[&str]) -> ApprovalDemand {
        ApprovalDemand {
            for_what: vec![what.to_owned()],
            of: roles.join(" or "),
            roles: roles.iter().map(|role| (*role).to_owned()).collect(),
            members: Vec::new(),
        }
    }

    /// Each row: the rule that is named, the role that is held, and why it changes nothing.
    #[test]
    fn an_approval_of_a_patch_lifts_something_or_is_refused() {
        let demanded = [
            demand("rule `thresholds`", &["po", "pm"]),
            demand("area `runtime`", &["dev"]),
            demand("2 paths by CODEOWNERS", &[]),
        ];
        for (rule, held, why) in [
            (None, "po", None),
            (None, "dev", None),
            (Some("thresholds"), "pm", None),
            (Some("thresholds"), "dev", Some("needs an approval of po or pm, not of dev")),
            (None, "qa", Some("needs an approval of po or pm; dev, not of qa")),
            (Some("plan"), "po", Some("no rule `plan` asks")),
        ] {
            let judged = of_change(&demanded, rule, &[held.to_owned()]);
            let said = judged.as_ref().err().map(|finding| finding.message.as_str());
            assert_eq!(said.is_some(), why.is_some(), "{rule:?} {held}: {said:?}");
            let known = why.is_none_or(|why| said.is_some_and(|said| said.contains(why)));
            assert!(known, "{rule:?} {held}: {said:?}");
        }
        let nothing = of_change(&demanded[2..], None, &["po".to_owned()]).unwrap_err();
        assert!(nothing.message.starts_with("no rule asks"), "{nothing:?}");
    }
}
