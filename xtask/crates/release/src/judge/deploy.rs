//! Deployments: tags of releases alone, each where policy lets its stage in.

use super::tags::Tag;
use super::{refused, short};
use thrice_findings::text::{is_hex, quoted};
use thrice_findings::{Code, Finding};
use thrice_programme::ReleaseRules;
use thrice_programme::release::Stage;

/// Everything that speaks against recording that a tag was deployed. `tag` is the one of
/// that name on the remote, `stage` what its message says.
#[must_use]
pub(crate) fn check(
    rules: &ReleaseRules,
    environment: &str,
    name: &str,
    tag: Option<&Tag>,
    stage: Option<&Result<Stage, String>>,
) -> Vec<Finding> {
    let mut findings = Vec::new();
    let target = rules.environments.iter().find(|target| target.name == environment);
    if target.is_none() {
        let names: Vec<&str> =
            rules.environments.iter().map(|target| target.name.as_str()).collect();
        let message = format!("policy knows no environment {}", quoted(environment));
        let help = match names.is_empty() {
            true => "name it in `[environments]` of policy/release.toml".to_owned(),
            false => format!("it knows {}", names.join(", ")),
        };
        findings.push(refused(Code::ReleaseEnvironment, message, help));
    }
    let help = "deploy the tag of a release: `cargo xtask release log` shows which there are";
    let no_release = |message: String| refused(Code::ReleaseDeploy, message, help);
    let Some(tag) = tag else {
        let what = match is_hex(name, name.len()) && name.len() >= 7 {
            true => "is a commit, and no tag",
            false => "is no tag of the remote",
        };
        findings.push(no_release(format!("{} {what}: no deploy from a branch", quoted(name))));
        return findings;
    };
    if tag.commit.is_none() {
        let message = format!("{} is a lightweight tag of {}", quoted(name), short(&tag.object));
        findings.push(refused(Code::ReleaseTagLight, message, help));
        return findings;
    }
    match stage {
        Some(Ok(stage)) => {
            let early = target.filter(|target| !rules.reaches(*stage, target.needs));
            if let Some(target) = early {
                let (wanted, is) = (described(target.needs), described(*stage));
                let message = format!("{environment} takes {wanted}s, {} is a {is}", quoted(name));
                let help = match (target.needs, stage) {
                    (Stage::Ga, Stage::Rc) => {
                        format!("release it first: `cargo xtask release ga --from {name}`")
                    }
                    _ => format!("make a {wanted} of it first"),
                };
                findings.push(refused(Code::ReleaseEnvironment, message, help));
            }
        }
        Some(Err(why)) => findings.push(no_release(format!("{}: {why}", quoted(name)))),
        None => findings.push(no_release(format!("{} is not a release tag", quoted(name)))),
    }
    findings
}

/// How people call what a stage makes.
fn described(stage: Stage) -> String {
    match stage {
        Stage::Early(_) => stage.word().to_owned(),
        Stage::Rc => "candidate".to_owned(),
        Stage::Ga => "release".to_owned(),
    }
}
