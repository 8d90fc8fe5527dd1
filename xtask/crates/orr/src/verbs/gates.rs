//! `gates`: run them once here, or list them.

use std::path::Path;

use clap::Subcommand;
use serde_json::{Value, json};

use super::orr::decide::gate_facts;
use crate::approved;
use crate::judge::decision::{Naming, RunFacts, causes};
use crate::judge::log::Extent;
use crate::judge::odds;
use crate::layout::Output;
use crate::leftovers;
use crate::prepare::{Fetching, Place};
use crate::single::{Ending, Ran, Request, run};
use crate::vary::in_which_run;
use thrice_facts::interrupt::Interrupt;
use thrice_findings::text::command_line;
use thrice_findings::{Code, Finding, Severity, Stop, Verdict, interrupted, short};
use thrice_policy::table::{did_you_mean, listed};
use thrice_programme::world::{World, cores, head, tracked_output};
use thrice_programme::{Action, Gate, Policy};
use thrice_report::Report;
use thrice_report::table::Table;
use thrice_report::text::{counted, seconds};

/// The gates.
#[derive(Debug, Subcommand)]
pub enum Gates {
    /// Runs gates once, in the working tree, as each CI job does.
    Run {
        /// Gates to run. Default: all.
        #[arg(value_name = "GATE")]
        gates: Vec<String>,
    },
    /// Shows the table of gates.
    List {
        /// Show how often each gate flaked in the last 100 reviews.
        #[arg(long)]
        history: bool,
    },
}

impl Gates {
    /// Runs the verb.
    ///
    /// # Errors
    /// Where the tool itself cannot do its part.
    pub fn run(self, world: &World) -> Result<Report, Stop> {
        match self {
            Self::Run { gates } => run_gates(world, &gates),
            Self::List { history: false } => list(world),
            Self::List { history: true } => history(world),
        }
    }
}

fn list(world: &World) -> Result<Report, Stop> {
    let repository = world.repository()?;
    let (policy, _) = world.policy(&repository)?;
    let mut table = Table::new(["gate", "decided by", "needs", "timeout", "tests", "owner"]);
    for gate in &policy.gates.gates {
        table.row([
            format!("{} {}", gate.id, gate.name),
            decided_by(gate),
            if gate.needs.len() > 3 {
                format!("{} gates", gate.needs.len())
            } else {
                gate.needs.join(" ")
            },
            seconds(gate.timeout.as_secs_f64()),
            gate.tests.as_ref().map(|tests| tests.reader.word().to_owned()).unwrap_or_default(),
            gate.owner.clone().unwrap_or_default(),
        ]);
    }
    let mut report = Report::new();
    report.announces = false;
    report.body = table.text();
    report.data = json!({ "gates": policy.gates.gates.iter().map(describe).collect::<Vec<_>>() });
    Ok(report)
}

/// How many reviews a history is of.
const REVIEWS: usize = 100;

fn history(world: &World) -> Result<Report, Stop> {
    let repository = world.repository()?;
    let (policy, _) = world.policy(&repository)?;
    let output = Output::of(&repository, &policy);
    let mut reviews = leftovers::all(&output)?;
    reviews.drain(..reviews.len().saturating_sub(REVIEWS));
    let histories = odds::histories(reviews.iter().map(|review| review.lines.as_slice()));
    let mut table =
        Table::new(["gate", "runs", "red", "differing", "flakes (95 %)", "three runs see it"]);
    let percent = |share: f64| format!("{:.1} %", share * 100.0);
    let mut data = Vec::new();
    for gate in &policy.gates.gates {
        let history = histories.get(&gate.id).copied().unwrap_or_default();
        let rate = history.rate();
        let shown = rate.map_or("no run".to_owned(), |(rate, low, high)| {
            format!("{} ({} to {})", percent(rate), percent(low), percent(high))
        });
        let seen = rate.filter(|(rate, ..)| *rate > 0.0).map(|(rate, ..)| odds::seen(3, rate));
        table.row([
            format!("{} {}", gate.id, gate.name),
            history.runs.to_string(),
            history.red.to_string(),
            history.differing.to_string(),
            shown,
            seen.map(percent).unwrap_or_default(),
        ]);
        data.push(json!({
            "gate": gate.id,
            "runs": history.runs,
            "red": history.red,
            "differing": history.differing,
            "rate": rate.map(|(rate, low, high)| json!({ "is": rate, "low": low, "high": high })),
        }));
    }
    let mut report = Report::new();
    report.announces = false;
    report.body = format!("{}of {}\n", table.text(), counted(reviews.len(), "review"));
    report.data = json!({ "reviews": reviews.len(), "history": data });
    Ok(report)
}

fn decided_by(gate: &Gate) -> String {
    match &gate.action {
        Action::Builtin(builtin) => format!("built-in {}", builtin.word()),
        Action::Run(commands) => {
            // A module says more than the Python that runs it.
            let told = if commands[0].get(1).is_some_and(|word| word == "-m") { 3 } else { 2 };
            let first = command_line(commands[0].iter().take(told));
            let more = commands.len() - 1;
            if more > 0 { format!("{first}, and {more} more") } else { first }
        }
    }
}

/// A gate, for programs.
#[must_use]
pub fn describe(gate: &Gate) -> Value {
    let (commands, builtin) = match &gate.action {
        Action::Run(commands) => (json!(commands), Value::Null),
        Action::Builtin(builtin) => (Value::Null, json!(builtin.word())),
    };
    json!({
        "gate": gate.id,
        "name": gate.name,
        "commands": commands,
        "builtin": builtin,
        "needs": gate.needs,
        "timeout_seconds": gate.timeout.as_secs(),
        "cores": gate.cores,
        "owner": gate.owner,
        "evidence": gate.evidence.iter().map(|glob| glob.text()).collect::<Vec<_>>(),
        "network": gate.network,
        "writable": gate.writable,
    })
}

fn run_gates(world: &World, asked: &[String]) -> Result<Report, Stop> {
    let interrupt = Interrupt::listen()?;
    let repository = world.repository()?;
    let (mut policy, source) = world.policy(&repository)?;
    let unapproved = approved::limit(world, &repository, &mut policy)?;
    let gates = select(&policy, asked)?;
    if let Some(finding) = tracked_output(&repository, &policy)? {
        return Err(finding.into());
    }
    let commit = head(&repository)?;
    let head_id = commit.id.clone();
    let listener = world.printer.listener();
    let output = Output::of(&repository, &policy);
    output.prepare()?;
    let _held = output.hold()?;
    let dirty = !repository.changed_paths()?.is_empty();
    let variation = in_which_run::variation(&repository, &policy)?;
    let log = output.log("prepare");
    let fetching = Fetching {
        gates: &policy.gates,
        wanted: &gates,
        root: repository.root(),
        place: Place::WorkingTree,
        log: &log,
        interrupt: &interrupt,
        listener: listener.as_ref(),
    };
    let ending = if fetching.carry_out()? {
        run(&Request {
            repository: &repository,
            policy: &policy,
            files: &source.files,
            commit,
            dirty,
            gates,
            variation,
            cores: cores()?,
            interrupt: &interrupt,
            listener: listener.as_ref(),
        })?
    } else {
        Ending::Interrupted
    };
    drop(listener);
    match ending {
        Ending::Ran(ran) => {
            let mut report = report(&policy, &ran, repository.root(), dirty);
            let judged = judged(&policy, &ran, &head_id);
            report.body.insert_str(0, &judged);
            report.findings.extend(unapproved);
            Ok(report)
        }
        Ending::Interrupted => Err(interrupted("run the gates again").into()),
    }
}

/// Which of the two was judged: the working tree, or HEAD.
fn judged(policy: &Policy, ran: &Ran, head: &str) -> String {
    let (builtin, commands) = builtin(policy, ran);
    let mut parts = Vec::new();
    if !commands.is_empty() {
        parts.push(format!("{} judged the working tree", commands.join(", ")));
    }
    if !builtin.is_empty() {
        let head = short(head);
        parts.push(format!("{} (built-in) judged HEAD {head}", builtin.join(", ")));
    }
    format!("{}\n\n", parts.join("; "))
}

/// The gates that this program decides itself, and the others.
fn builtin<'a>(policy: &Policy, ran: &'a Ran) -> (Vec<&'a str>, Vec<&'a str>) {
    let is_builtin = |id: &str| policy.gates.get(id).is_some_and(Gate::is_builtin);
    ran.results.iter().map(|result| result.gate.as_str()).partition(|id| is_builtin(id))
}

fn select(policy: &Policy, asked: &[String]) -> Result<Vec<usize>, Vec<Finding>> {
    let all = &policy.gates.gates;
    if asked.is_empty() {
        return Ok((0..all.len()).collect());
    }
    let ids: Vec<&str> = all.iter().map(|gate| gate.id.as_str()).collect();
    let unknown: Vec<Finding> = asked
        .iter()
        .filter(|id| !ids.contains(&id.as_str()))
        .map(|id| {
            let help = did_you_mean(id, &ids, format!("the gates are {}", listed(&ids)));
            Finding::new(Code::UsageWrong, format!("there is no gate `{id}`")).help(help)
        })
        .collect();
    if !unknown.is_empty() {
        return Err(unknown);
    }
    let wanted = |(index, gate): (usize, &Gate)| asked.contains(&gate.id).then_some(index);
    Ok(all.iter().enumerate().filter_map(wanted).collect())
}

fn report(policy: &Policy, ran: &Ran, root: &Path, dirty: bool) -> Report {
    let mut findings = Vec::new();
    if dirty {
        let builtin = builtin(policy, ran).0;
        let without = match builtin.as_slice() {
            [] => String::new(),
            all => format!("{} (built-in) judged the files of HEAD, and ", all.join(", ")),
        };
        let message = format!(
            "the working tree has changes that are in no commit: {without}nothing is packed"
        );
        let mut finding =
            Finding::new(Code::DirtyTree, message).help("commit them for results that count");
        finding.severity = Severity::Warn;
        findings.push(finding);
    }
    let run = RunFacts {
        number: 1,
        server_id: None,
        gates: ran
            .results
            .iter()
            .map(|it| gate_facts(policy, it, (&ran.output, root), &[], Extent::Whole))
            .collect(),
        scorecard_sha256: None,
        zip_sha256: None,
        manifest_sha256: None,
    };
    findings.extend(causes(&[run], Naming::Alone));
    let mut report = Report::of(findings);
    report.body_first = report.verdict() != Verdict::Pass;
    let mut table = Table::new(["gate", "outcome", "tests", "evidence", "took"]);
    for result in &ran.results {
        let tests = result.tests.map(|tests| {
            format!("{} passed, {} failed, {} skipped", tests.passed, tests.failed, tests.skipped)
        });
        table.row([
            format!("{} {}", result.gate, result.name),
            result.word().to_owned(),
            tests.unwrap_or_default(),
            counted(result.evidence.len(), "file"),
            if result.was_skipped() { String::new() } else { seconds(result.seconds) },
        ]);
    }
    report.body = table.text();
    if let Some(packed) = &ran.packed {
        report.body.push_str(&format!("packed: sha256:{}\n", packed.zip_sha256));
    }
    if report.body_first {
        report.body.push('\n');
    }
    report.data = json!({ "gates": ran.results, "packed": ran.packed });
    report
}
