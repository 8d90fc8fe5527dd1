//! From gates as written to gates that can be used.

use std::time::Duration;

use super::super::gates::{
    Builtin, Empty, LockedCrates, RawChain, RawGate, RawGates, RawScrub, RawSuppressed, RawTests,
    Reader, Walls,
};
use super::super::locks;
use super::super::programme::{Role, is_plain_name};
use super::super::workflow;
use super::environment::{assignments, names, validate_environment};
use super::evidence::check_evidence;
use super::references::{
    check_ids, check_jobs, check_needs, check_owners, check_unused_settings, complete_needs,
    gate_order,
};
use super::runners::check_runner;
use super::vary;
use super::{
    Action, ChainSettings, Gate, Gates, PinSettings, RulesetSettings, Scrub, Suppressed, Tests,
};
use thrice_findings::{Code, Finding};
use thrice_policy::source::Placed;
use thrice_policy::table::listed;
use thrice_policy::values::{RepositoryPath, texts};

/// The app that runs workflows.
pub const GITHUB_ACTIONS: u64 = 15_368;

/// The files in which GitHub looks for owners, the first of which counts.
const OWNERS_FILES: &[&str] = &[".github/CODEOWNERS", "CODEOWNERS", "docs/CODEOWNERS"];

/// Checks the values; `None` where one that is needed is missing or wrong.
pub(crate) fn validate(
    raw: RawGates,
    roles: Option<&[Role]>,
    roles_elsewhere: &[String],
    output: Option<&str>,
    findings: &mut Vec<Finding>,
) -> Option<Gates> {
    check_unused_settings(&raw, findings);
    let mut environment = validate_environment(raw.environment.map(|e| e.value), findings);
    let install = raw.install.map(|commands| commands.value.0).unwrap_or_default();
    environment.store = !install.is_empty();
    environment.pnpm = install.iter().flatten().any(|word| word == "pnpm");
    let vary = vary::validate(raw.vary.map(|vary| vary.value), raw.gates.as_ref(), findings);
    let raw_gates = raw.gates?.value;
    check_ids(&raw_gates, findings);
    let check = raw.ruleset.as_ref().and_then(|ruleset| ruleset.value.check.as_ref());
    check_jobs(&raw_gates, check, findings);
    check_needs(&raw_gates, findings);
    if let Some(roles) = roles {
        check_owners(&raw_gates, roles, roles_elsewhere, findings);
    }
    if let Some(output) = output {
        raw_gates.iter().for_each(|gate| check_evidence(gate, output, findings));
    }
    let mut gates: Vec<Gate> = raw_gates
        .into_iter()
        .filter_map(|gate| validate_gate(gate, &environment.reasons, findings))
        .collect();
    gates.sort_by(|one, other| (one.number, &one.id).cmp(&(other.number, &other.id)));
    complete_needs(&mut gates);
    let ruleset = raw.ruleset.and_then(|ruleset| {
        Some(RulesetSettings {
            file: ruleset.value.file?.value.0,
            workflow: ruleset.value.workflow?.value.0,
            app_id: ruleset.value.app_id.map_or(GITHUB_ACTIONS, |id| id.value),
            check: ruleset.value.check.and_then(|check| combined(check, findings)),
        })
    });
    let path = ruleset.as_ref().map(|ruleset| ruleset.workflow.clone());
    let workflow = workflow::validate(raw.workflow.map(|raw| raw.value), path, findings);
    let pins = raw.pins.map_or_else(PinSettings::default, |pins| PinSettings {
        locks: locks::validate(&pins.value, pins.place(), findings),
        workflows: pins.value.workflows.map(|list| texts(list.value)).unwrap_or_default(),
        owners: pins.value.owners.and_then(|owners| owners_file(owners, findings)),
    });
    let suppressed = raw.secrets.and_then(|secrets| secrets.value.suppressed);
    let suppressed = suppressed.map(|list| list.value).unwrap_or_default();
    Some(Gates {
        suppressed: suppressed.into_iter().filter_map(validate_suppressed).collect(),
        stagger: raw.stagger.map_or(Duration::from_secs(2), |span| span.value.0),
        target_time: raw.target_time.map_or(Duration::from_secs(20 * 60), |span| span.value.0),
        runs: validate_runs(raw.review.and_then(|review| review.value.runs), findings),
        prepare: raw.prepare.map(|commands| commands.value.0).unwrap_or_default(),
        install,
        locked_crates: raw.locked_crates.map_or(LockedCrates::Once, |choice| choice.value),
        walls: raw.walls.map_or(Walls::WherePossible, |walls| walls.value),
        environment,
        vary,
        gates,
        ruleset,
        pins,
        chain: raw.chain.and_then(|chain| validate_chain(chain.value)),
        workflow,
    })
}

fn validate_chain(raw: RawChain) -> Option<ChainSettings> {
    Some(ChainSettings {
        ledger: raw.ledger?.value.0,
        empty: raw.empty.map_or(Empty::Refused, |empty| empty.value),
    })
}

/// A file that GitHub could read as CODEOWNERS.
fn owners_file(path: Placed<RepositoryPath>, findings: &mut Vec<Finding>) -> Option<String> {
    if OWNERS_FILES.contains(&path.value.0.as_str()) {
        return Some(path.value.0);
    }
    let message = format!("GitHub reads no owners from `{}`", path.value.0);
    let help = format!("GitHub takes the first of {} that is there", listed(OWNERS_FILES));
    findings.push(path.finding(Code::PolicyValue, message).help(help));
    None
}

/// The least number of runs that a review can be of.
pub(crate) const LEAST_RUNS: u32 = 3;
const MOST_RUNS: u64 = 100;

fn validate_runs(runs: Option<Placed<u64>>, findings: &mut Vec<Finding>) -> u32 {
    let Some(runs) = runs else { return LEAST_RUNS };
    match u32::try_from(runs.value) {
        Ok(number) if number >= LEAST_RUNS && runs.value <= MOST_RUNS => number,
        _ => {
            findings.push(
                runs.finding(Code::PolicyValue, "a review has from 3 to 100 runs")
                    .help("write a number of that range, such as 3"),
            );
            LEAST_RUNS
        }
    }
}

fn validate_gate(
    raw: Placed<RawGate>,
    reasons: &[String],
    findings: &mut Vec<Finding>,
) -> Option<Gate> {
    let place = raw.place();
    let raw = raw.value;
    if let Some(name) = &raw.name {
        check_gate_name(name, findings);
    }
    if let Some(cores) = &raw.cores
        && cores.value == 0
    {
        findings.push(
            cores.finding(Code::PolicyValue, "a gate takes at least one core").help("write 1"),
        );
    }
    if let Some(run) = raw.run.as_ref().and_then(|run| run.value.0.as_ref())
        && let Some(tests) = &raw.tests
    {
        check_runner(&run.0, &tests.value, findings);
    }
    let tests = raw.tests.and_then(|tests| validate_tests(tests.value, findings));
    let scrub = raw.scrub.map(|list| list.value).unwrap_or_default();
    let env = names(raw.env, reasons, findings);
    let set = assignments(raw.set, findings);
    let action = match (raw.run, raw.builtin) {
        (Some(run), None) => run.value.0.map(|commands| Action::Run(commands.0)),
        (None, Some(builtin)) => builtin.value.0.map(Action::Builtin),
        (run, _) => {
            let message = if run.is_some() {
                "this gate has both `run` and `builtin`"
            } else {
                "this gate has neither `run` nor `builtin`"
            };
            let help = format!("give it one; the built-ins are {}", listed(Builtin::WORDS));
            findings.push(Finding::new(Code::PolicyMissing, message).help(help).at(place));
            None
        }
    };
    let id = raw.id?.value;
    Some(Gate {
        number: gate_order(&id)?,
        id,
        name: raw.name?.value,
        action: action?,
        needs: raw.needs.map(|list| texts(list.value)).unwrap_or_default(),
        timeout: raw.timeout.map_or(Duration::from_secs(600), |span| span.value.0),
        cores: raw.cores.map_or(1, |cores| usize::try_from(cores.value).unwrap_or(usize::MAX)),
        owner: raw.owner.map(|owner| owner.value),
        evidence: raw.evidence.map(|list| texts(list.value)).unwrap_or_default(),
        scrub: scrub.into_iter().filter_map(validate_scrub).collect(),
        env,
        set,
        network: raw.network.is_some_and(|network| network.value),
        writable: raw
            .writable
            .map(|list| texts(list.value).into_iter().map(|path| path.0).collect()),
        tests,
    })
}

fn check_gate_name(name: &Placed<String>, findings: &mut Vec<Finding>) {
    let good = name.value.len() <= 40
        && name.value.bytes().all(|b| b.is_ascii_lowercase() || b.is_ascii_digit() || b == b'_');
    let help = "use at most 40 lower case letters, digits and underscores";
    name.holds(good, format!("`{}` cannot be a gate's name", name.value), help, findings);
}

fn validate_tests(raw: RawTests, findings: &mut Vec<Finding>) -> Option<Tests> {
    let report = match raw.report {
        Some(report) => {
            let plain =
                report.value.bytes().all(|b| b.is_ascii_alphanumeric() || b"._-".contains(&b))
                    && report.value.ends_with(".json")
                    && !report.value.eq_ignore_ascii_case("gate.json");
            if !plain {
                findings.push(
                    report
                        .finding(
                            Code::PolicyValue,
                            format!("`{}` cannot be a report's name", report.value),
                        )
                        .help(
                            "write a plain file name with .json, such as \"tests.json\"; \
                             gate.json is the gate's own record",
                        ),
                );
            }
            report.value
        }
        None => "tests.json".to_owned(),
    };
    let reader = raw.reader?;
    if reader.value == Reader::Junit && raw.file.is_none() {
        findings.push(
            reader
                .finding(Code::PolicyMissing, "a JUnit report is a file, and none is named")
                .help("add `file = \"…\"`, the path that the runner writes"),
        );
    }
    Some(Tests {
        reader: reader.value,
        file: raw.file.map(|file| file.value),
        report,
        minimum: raw.minimum.map_or(0, |minimum| minimum.value),
    })
}

fn validate_suppressed(raw: Placed<RawSuppressed>) -> Option<Suppressed> {
    let place = raw.place();
    let (paths, reason) = (raw.value.paths?.value, raw.value.reason?.value);
    Some(Suppressed { paths, reason, place })
}

fn validate_scrub(raw: Placed<RawScrub>) -> Option<Scrub> {
    let place = raw.place();
    Some(Scrub {
        files: raw.value.files.map(|glob| glob.value),
        pattern: raw.value.pattern?.value,
        replacement: raw.value.replacement?.value,
        reason: raw.value.reason?.value,
        place,
    })
}

/// The name of the job that stands for every gate: no gate's, nor that of another job that
/// this tool generates.
fn combined(check: Placed<String>, findings: &mut Vec<Finding>) -> Option<String> {
    let text = &check.value;
    let others = ["attest", "merge-check", "merge-recheck", "sla"];
    if is_plain_name(text, 64) && !others.contains(&text.as_str()) {
        return Some(check.value);
    }
    let message = format!("`{text}` cannot be the name of the combined check");
    let help = "use lower case letters, digits and hyphens, such as `required-check`; \
                `attest`, `merge-check`, `merge-recheck` and `sla` are other jobs";
    findings.push(check.finding(Code::PolicyValue, message).help(help));
    None
}
