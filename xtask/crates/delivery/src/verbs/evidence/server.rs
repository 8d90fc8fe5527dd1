//! Whether the pull request that evidence links is there, with its required checks green.

use crate::gather::{Delivery, Subject};
use thrice_documents::judge::{Folder, pull as linked};
use thrice_facts::github::{FailureKind, GitHub};
use thrice_facts::interrupt::Interrupt;
use thrice_findings::{Code, Finding, Place, Severity};
use thrice_orr::judge::pull::PullRequest;
use thrice_orr::judge::required_checks::{Required, judge};
use thrice_orr::required_checks::{gates, posted, without_settings};

/// What is wrong with the pull request of a story's evidence.
pub(crate) fn pull(
    delivery: &Delivery<'_>,
    subject: &Subject,
    folder: &Folder,
    online: bool,
) -> anyhow::Result<Vec<Finding>> {
    if !matches!(subject, Subject::Story(_)) {
        return Ok(Vec::new());
    }
    let file = "pull-request.md";
    let known = delivery.known(subject, &|_| true);
    let text = folder.files.get(file).map(|bytes| String::from_utf8_lossy(bytes));
    let number = text.and_then(|text| linked(&text, &known));
    let number = number.or_else(|| delivery.landed_by(subject));
    let Some(number) = number.filter(|_| known.pulls.is_some()) else {
        return Ok(Vec::new());
    };
    let place = Place::file(format!("{}/{file}", folder.path));
    if !online {
        let message = format!("pull request {number} was not looked at");
        let mut finding = Finding::new(Code::EvidencePull, message)
            .help("`--on github` looks whether it is there and its checks are green")
            .at(place);
        finding.severity = Severity::Note;
        return Ok(vec![finding]);
    }
    let interrupt = Interrupt::listen()?;
    let github = match GitHub::of(delivery.repository, &interrupt) {
        Ok(github) => github,
        Err(finding) => return Ok(vec![*finding]),
    };
    let path = github.repo(&format!("pulls/{number}"));
    let request: PullRequest = match github.read(&path) {
        Ok(request) => request,
        Err(failure) if failure.kind() == FailureKind::NotFound => {
            let message = format!("there is no pull request {number} that can be seen");
            let help = "link the pull request of the story";
            return Ok(vec![Finding::new(Code::EvidencePull, message).help(help).at(place)]);
        }
        Err(failure) => return Ok(vec![failure.finding()]),
    };
    let Some(settings) = &delivery.policy.gates.ruleset else {
        return Ok(vec![without_settings()]);
    };
    let workflow = match github.workflow(&settings.workflow) {
        Ok(workflow) => workflow,
        Err(failure) => return Ok(vec![failure.finding()]),
    };
    let required = gates(&delivery.policy);
    let required = Required {
        sha: &request.head.sha,
        gates: &required,
        app_id: settings.app_id,
        workflow: &settings.workflow,
        workflow_id: Some(workflow.id),
    };
    match posted(&github, required.sha) {
        Ok((checks, runs)) => Ok(judge(&required, &checks, &runs).1),
        Err(failure) => Ok(vec![failure.finding()]),
    }
}
