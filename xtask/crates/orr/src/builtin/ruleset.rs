//! T0: the committed ruleset and the workflow's job names against policy. What the
//! server really enforces is another question, and the evidence says so.

use serde_json::json;

use super::Decided;
use crate::evidence::json::canonical;
use crate::judge::rulesets::committed;
use crate::judge::workflow::{self, MergeQueue};
use crate::required_checks::workflows;
use crate::surroundings::Surroundings;
use thrice_findings::{Code, Finding, Place};

pub(super) fn decide(surroundings: &Surroundings<'_>) -> anyhow::Result<Decided> {
    let policy = surroundings.policy;
    let Some(settings) = &policy.gates.ruleset else {
        anyhow::bail!("the built-in `ruleset` has no settings")
    };
    let gates: Vec<&str> = policy.gates.gates.iter().map(|gate| gate.id.as_str()).collect();
    let required = policy.gates.required_checks();
    let tree = surroundings.committed()?;
    let program = policy.gates.workflow.tool.program();
    let mut findings = Vec::new();
    let mut awaited = Vec::new();
    match tree.read(&settings.file)? {
        Some(bytes) => {
            awaited = committed::awaited(&bytes);
            findings.extend(committed::check(
                &settings.file,
                &bytes,
                &required,
                settings.app_id,
                (&policy.programme.default_branch, policy.gates.workflow.base),
            ));
        }
        None => findings.push(absent(Code::RulesetDrift, &settings.file)),
    }
    match tree.read(&settings.workflow)? {
        Some(bytes) => match workflow::parse(&settings.workflow, &bytes) {
            Ok(parsed) => {
                let (path, check) = (&settings.workflow, settings.check.as_deref());
                findings.extend(workflow::job_names(path, &parsed, &gates, program));
                findings.extend(workflow::combined(path, &parsed, &gates, check));
            }
            Err(finding) => findings.push(*finding),
        },
        None => findings.push(absent(Code::WorkflowJobs, &settings.workflow)),
    }
    let awaited: Vec<&str> = awaited.iter().map(String::as_str).collect();
    let queue = MergeQueue { branch: &policy.programme.default_branch, awaited: &awaited };
    for (path, bytes) in workflows(&tree)? {
        // What cannot be read is another gate's to report.
        let parsed = workflow::parse(&path, &bytes).ok();
        findings.extend(parsed.and_then(|it| queue.judge(&path, &it)));
    }
    let report = json!({
        "schema": "xtask/ruleset-sanity/1",
        "source": "files of the commit; the server was not asked",
        "ruleset": settings.file,
        "workflow": settings.workflow,
        "required": required,
        "app_id": settings.app_id,
        "findings": findings,
    });
    Ok(Decided { files: vec![("ruleset_sanity.json".to_owned(), canonical(&report)?)], findings })
}

fn absent(code: Code, path: &str) -> Finding {
    Finding::new(code, format!("{path} is not there"))
        .help("commit it, or correct `[ruleset]` in policy/gates.toml")
        .at(Place::file(path))
}
