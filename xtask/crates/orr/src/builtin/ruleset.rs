//! T0: the committed ruleset and the workflow's job names against policy. What the
//! server really enforces is another question, and the evidence says so.

use serde_json::json;

use super::Decided;
use crate::evidence::json::canonical;
use crate::judge::rulesets::committed;
use crate::judge::workflow;
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
    let mut queue = false;
    match tree.read(&settings.file)? {
        Some(bytes) => {
            queue = committed::has_queue(&bytes);
            findings.extend(committed::check(
                &settings.file,
                &bytes,
                &required,
                settings.app_id,
                &policy.programme.default_branch,
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
                let wanted = policy.gates.workflow.merge_queue;
                findings.extend(workflow::judge_queue(path, &parsed, wanted, queue));
            }
            Err(finding) => findings.push(*finding),
        },
        None => findings.push(absent(Code::WorkflowJobs, &settings.workflow)),
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
