//! Running one gate in one run.

use std::collections::BTreeMap;
use std::fs::File;
use std::io::{Read, Seek, SeekFrom};
use std::path::Path;
use std::time::Instant;

use anyhow::Context;
use serde_json::json;

use super::builtin::{self, Decided};
use super::environment;
use super::layout::{Run, open_log};
use super::result::{AppliedScrub, CommandResult, GateResult};
use super::surroundings::Surroundings;
use super::test_files::{OldReports, judge_report};
use super::walls;
use crate::evidence::collect::{self, Folders};
use crate::evidence::json;
use crate::evidence::manifest::FileRecord;
use crate::judge::decision::described;
use crate::judge::log::LOOKED_AT;
use crate::judge::test_report::TestCounts;
use crate::vary::probe::Worlds;
use crate::vary::{Variation, apply};
use thrice_facts::files;
use thrice_facts::files::file_name;
use thrice_facts::process::gate::{Ended, GateCommand, MOST_LOGGED};
use thrice_findings::outcome::Outcome;
use thrice_findings::text::command_line;
use thrice_findings::{Code, Finding, Place, Stop};
use thrice_programme::{Action, Aspect, Gate};
use thrice_report::text::without_colours;

/// Runs a gate to its result; `None` where the command was asked to stop.
pub(crate) fn run(context: &Surroundings<'_>, gate: &Gate) -> anyhow::Result<Option<GateResult>> {
    let begun = Instant::now();
    let run = context.run;
    let left = run.gate_folder(&gate.folder());
    let kept = run.output.evidence().join(gate.folder());
    let folders = Folders {
        checkout: &run.checkout,
        left: &left,
        kept: &kept,
        inner_output: &run.inner_output,
    };
    files::remove(&left)?;
    files::remove(&kept)?;
    files::make_folder(&left)?;
    let old_reports = OldReports::put_aside(run, gate)?;
    let before = collect::before(gate, &folders)?;
    let mut attempt = match &gate.action {
        Action::Run(commands) => match run_commands(context, gate, commands)? {
            Some(attempt) => attempt,
            None => return Ok(None),
        },
        Action::Builtin(which) => {
            let decided = builtin::decide(*which, context)?;
            if context.interrupt.requested() {
                return Ok(None);
            }
            Attempt::of_builtin(*which, decided, &left)?
        }
    };
    // What a gate says of a checkout that is gone is of nothing.
    if !run.checkout.join(".git").exists() {
        let place = run.checkout.display();
        anyhow::bail!("the checkout of run {} was deleted during {}: {place}", run.number, gate.id);
    }
    attempt.read_tests(run, gate, &left, &old_reports)?;
    let record = record(gate, attempt.builtin.as_ref(), &attempt.commands, attempt.tests.as_ref())?;
    let collected = collect::collect(gate, &folders, &before, &record)?;
    // A gate that said no often leaves nothing; that it said no is what counts.
    let said_no = attempt.failed();
    let counts = |finding: &Finding| !(said_no && finding.code == Code::Cec40);
    attempt.findings.extend(collected.findings.into_iter().filter(counts));
    Ok(Some(GateResult {
        gate: gate.id.clone(),
        name: gate.name.clone(),
        outcome: Outcome::of(&attempt.findings),
        commands: attempt.commands,
        builtin: attempt.builtin,
        tests: attempt.tests,
        scrubs: gate.scrub.iter().map(applied).collect(),
        evidence: collected.records,
        findings: attempt.findings,
        seconds: begun.elapsed().as_secs_f64(),
    }))
}

/// The result of a gate that did not run, because gates that it needs are not green.
#[must_use]
pub(crate) fn skipped(gate: &Gate, because: &[(String, Outcome)]) -> GateResult {
    let ids: Vec<&str> = because.iter().map(|(id, _)| &**id).collect();
    let finding =
        Finding::new(Code::GateSkipped, format!("{} was skipped: {}", gate.id, described(because)))
            .help(format!("fix {} first", ids.join(", ")))
            .at(Place::gate(&gate.id));
    let result = GateResult::without_commands(gate, Outcome::NotEstablished);
    GateResult { findings: vec![finding], ..result }
}

fn applied(rule: &thrice_programme::Scrub) -> AppliedScrub {
    AppliedScrub {
        files: rule.files.as_ref().map(|glob| glob.text().to_owned()),
        pattern: rule.pattern.0.as_str().to_owned(),
        replacement: rule.replacement.clone(),
        reason: rule.reason.clone(),
    }
}

/// What a gate did, before its evidence is taken in.
#[derive(Default)]
struct Attempt {
    commands: Vec<CommandResult>,
    builtin: Option<String>,
    tests: Option<TestCounts>,
    findings: Vec<Finding>,
}

fn run_commands(
    context: &Surroundings<'_>,
    gate: &Gate,
    commands: &[Vec<String>],
) -> anyhow::Result<Option<Attempt>> {
    let run = context.run;
    let gates = &context.policy.gates;
    let mut variation = run.variation.only(|aspect| gates.vary.varies(aspect, &gate.id));
    let mut environment = environment::of_gate(run, &gates.environment, gate, &variation);
    let mut manner = apply::manner(&variation, gate);
    if let Err(finding) = walls::around(gates, gate, &run.inner_output, &mut manner) {
        return Ok(Some(Attempt { findings: vec![*finding], ..Attempt::default() }));
    }
    let log_path = run.output.log(&gate.id);
    files::remove(&log_path)?;
    let log = open_log(&log_path)?;
    let deadline = Instant::now() + gate.timeout;
    let mut attempt = Attempt::default();
    for argv in commands {
        if let Some(missing) = missing_program(gate, argv, &environment, &run.checkout) {
            attempt.commands.push(CommandResult { argv: argv.clone(), status: None });
            attempt.findings.push(missing);
            break;
        }
        let once = |variation: &Variation, environment: &BTreeMap<String, String>| {
            let command = GateCommand {
                argv: &apply::command(variation, Worlds::here(), argv),
                folder: &run.checkout,
                environment,
                log: &log,
                deadline,
                interrupt: context.interrupt,
                manner: manner.clone(),
            };
            command.run()
        };
        let printed = log.metadata()?.len();
        let mut ended = once(&variation, &environment)?;
        if ended == Ended::Stuck && variation.has(Aspect::Clock) {
            variation = variation.only(|aspect| aspect != Aspect::Clock);
            environment = environment::of_gate(run, &gates.environment, gate, &variation);
            attempt.findings.push(own_date(gate));
            log.set_len(printed)?;
            ended = once(&variation, &environment)?;
        }
        let (status, finding) = match ended {
            Ended::Interrupted => return Ok(None),
            Ended::TooLong => (None, Some(too_long(run, gate, argv, &log_path)?)),
            Ended::TimedOut | Ended::Stuck => (None, Some(said_no(run, gate, argv, None))),
            Ended::Status(0) => (Some(0), None),
            Ended::Status(status) => (Some(status), Some(said_no(run, gate, argv, Some(status)))),
        };
        attempt.commands.push(CommandResult { argv: argv.clone(), status });
        if let Some(finding) = finding {
            attempt.findings.push(finding);
            break;
        }
    }
    Ok(Some(attempt))
}

/// A gate whose date stayed as it is: that a program does not start under another one is a fault
/// of the variation.
fn own_date(gate: &Gate) -> Finding {
    let message =
        format!("the date did not vary in {}: a program of it hangs under libfaketime", gate.id);
    Finding::new(Code::DateKept, message)
        .help("nothing to do: programs with an allocator of their own do, such as rustc")
        .at(Place::gate(&gate.id))
}

/// The program of a command, where PATH has none of that name.
pub(super) fn lacks<'c>(
    argv: &'c [String],
    environment: &BTreeMap<String, String>,
    folder: &Path,
) -> Option<&'c str> {
    let program = argv.first()?;
    let path = environment.get("PATH").map_or("", String::as_str);
    which::which_in(program, Some(path), folder).err()?;
    Some(program)
}

/// What there is to say of a command of a gate whose program is not on PATH.
pub(super) fn missing_program(
    gate: &Gate,
    argv: &[String],
    environment: &BTreeMap<String, String>,
    folder: &Path,
) -> Option<Finding> {
    let program = lacks(argv, environment, folder)?;
    Some(
        Finding::new(Code::ProgramMissing, format!("{} needs `{program}`", gate.id))
            .help(format!(
                "install `{program}` or put its folder on PATH, or correct `run` in policy/gates.toml"
            ))
            .at(Place::gate(&gate.id)),
    )
}

/// The Python of a command that runs one of its modules, and that module: of
/// `python3 -m pytest`, `python3` and `pytest`.
#[must_use]
pub fn module_of(argv: &[String]) -> Option<(&str, &str)> {
    let mut words = argv.windows(3).filter(|words| words[1] == "-m");
    words.find_map(|words| {
        let name = file_name(&words[0]);
        let module = words[2].split('.').next().unwrap_or_default();
        let plain = module.chars().all(|c| c.is_ascii_alphanumeric() || c == '_');
        (name.starts_with("python") && plain).then_some((words[0].as_str(), module))
    })
}

fn said_no(run: &Run, gate: &Gate, argv: &[String], status: Option<i32>) -> Finding {
    let command = recognisable(argv);
    let log = run.output.log(&gate.id);
    let last = last_line(&log);
    if let Some((python, module)) = module_of(argv)
        && last.iter().any(|it| it.ends_with(&format!("No module named {module}")))
    {
        let message = format!("{} needs {module}, and {python} doesn't find it", gate.id);
        let help = format!("install {module}, or put your virtual environment's bin first on PATH");
        return Finding::new(Code::ProgramMissing, message).help(help).at(Place::gate(&gate.id));
    }
    let help = format!("read {}", run.shown(&log));
    let mut finding = match status {
        Some(status) => Finding::new(
            Code::GateFailed,
            format!("{}: `{command}` ended with status {status}", gate.id),
        ),
        None => Finding::new(
            Code::GateTimeout,
            format!("{}: `{command}` was ended after {} s", gate.id, gate.timeout.as_secs_f64()),
        ),
    };
    // It may hold a time: what runs say alike is compared without it.
    finding.quote = last.into_iter().collect();
    finding.help(help).at(Place::gate(&gate.id))
}

/// How much of the beginning and of the end of a log that is too long is kept.
const KEPT: usize = 1 << 20;

/// A gate that printed more than a log may have: of the log, its beginning and its end stay.
fn too_long(run: &Run, gate: &Gate, argv: &[String], log: &Path) -> anyhow::Result<Finding> {
    let mut file = File::open(log).with_context(|| format!("cannot read {}", log.display()))?;
    let length = file.metadata()?.len();
    let mut kept = Vec::new();
    (&mut file).take(KEPT as u64).read_to_end(&mut kept)?;
    let end = length.saturating_sub(KEPT as u64).max(KEPT as u64);
    kept.extend(format!("\n[{} bytes are cut here]\n", end.saturating_sub(KEPT as u64)).bytes());
    file.seek(SeekFrom::Start(end))?;
    file.take(KEPT as u64).read_to_end(&mut kept)?;
    files::write_whole(log, &kept)?;
    let command = recognisable(argv);
    let most = MOST_LOGGED >> 20;
    let message = format!("{}: `{command}` printed more than {most} MiB and was ended", gate.id);
    Ok(Finding::new(Code::GateFailed, message)
        .help(format!("let it print less; the beginning and the end are in {}", run.shown(log)))
        .at(Place::gate(&gate.id)))
}

/// As much of a command as people need to recognise it.
fn recognisable(argv: &[String]) -> String {
    let line = command_line(argv);
    match line.char_indices().nth(100) {
        Some((end, _)) => format!("{}…", &line[..end]),
        None => line,
    }
}

/// The last line of a log that says something, without its colours.
pub(crate) fn last_line(log: &Path) -> Option<String> {
    let (end, _) = files::read_end(log, LOOKED_AT).ok()?;
    let lines = end.lines().rev().map(|line| without_colours(line).trim().to_owned());
    let line = lines.into_iter().find(|line| !line.is_empty())?;
    Some(line.chars().take(160).collect())
}

impl Attempt {
    fn of_builtin(
        which: thrice_programme::Builtin,
        decided: Decided,
        left: &Path,
    ) -> anyhow::Result<Self> {
        for (name, bytes) in &decided.files {
            files::write_whole(&left.join(name), bytes)?;
        }
        Ok(Self {
            builtin: Some(which.word().to_owned()),
            findings: decided.findings,
            ..Self::default()
        })
    }

    fn failed(&self) -> bool {
        Outcome::of(&self.findings) != Outcome::Pass
    }

    fn read_tests(
        &mut self,
        run: &Run,
        gate: &Gate,
        left: &Path,
        old: &OldReports,
    ) -> anyhow::Result<()> {
        let Some(tests) = &gate.tests else { return Ok(()) };
        match old.read_new(run, gate, tests) {
            Ok(report) => {
                let bytes = json::canonical(&report)?;
                files::write_whole(&left.join(&tests.report), &bytes)?;
                self.findings.extend(judge_report(run, gate, tests, &report));
                self.tests = Some(report.counts);
            }
            // A runner that failed often leaves no whole report; its failure stands.
            Err(Stop::Refused(_)) if self.failed() => {}
            Err(stop) => self.findings.extend(stop.refusal().map_err(Stop::into_error)?),
        }
        Ok(())
    }
}

/// The gate's own record: what ran and how it ended, nothing that varies.
fn record(
    gate: &Gate,
    builtin: Option<&String>,
    commands: &[CommandResult],
    tests: Option<&TestCounts>,
) -> anyhow::Result<Vec<u8>> {
    json::canonical(&json!({
        "schema": "xtask/gate/1",
        "gate": gate.id,
        "name": gate.name,
        "builtin": builtin,
        "commands": commands,
        "tests": tests,
    }))
}

/// Whether a result that was read back can be one of this gate: it ran what policy
/// says, to the end where it passed, and its own record is among its evidence.
pub(crate) fn is_plausible(gate: &Gate, result: &GateResult) -> anyhow::Result<bool> {
    let ran = match &gate.action {
        Action::Run(commands) => {
            let passed = result.outcome == Outcome::Pass || result.outcome == Outcome::NoEvidence;
            let argvs: Vec<_> = result.commands.iter().map(|command| &command.argv).collect();
            let whole =
                argvs.len() == commands.len() && argvs.iter().zip(commands).all(|(a, b)| *a == b);
            let ended_well = result.commands.iter().all(|command| command.status == Some(0));
            !passed || (whole && ended_well)
        }
        Action::Builtin(builtin) => result.builtin.as_deref() == Some(builtin.word()),
    };
    let skipped = result.outcome == Outcome::NotEstablished && result.evidence.is_empty();
    let own = record(gate, result.builtin.as_ref(), &result.commands, result.tests.as_ref())?;
    let folder = format!("evidence/{}/", gate.folder());
    let recorded = FileRecord::of(format!("{folder}{}", Gate::RECORD), false, &own);
    let inside = result.evidence.iter().all(|record| record.path.starts_with(&folder));
    Ok(result.name == gate.name
        && result.outcome == Outcome::of(&result.findings)
        && (skipped || (ran && inside && result.evidence.contains(&recorded))))
}

#[cfg(test)]
mod tests {
    use super::module_of;

    #[test]
    fn the_module_of_a_command_is_read() {
        let of = |line: &str| {
            let argv: Vec<String> = line.split(' ').map(str::to_owned).collect();
            module_of(&argv).map(|(python, module)| format!("{python} {module}"))
        };
        assert_eq!(of("python3 -m pytest -q").as_deref(), Some("python3 pytest"));
        assert_eq!(of("uv run python -m a.b -x").as_deref(), Some("python a"));
        for other in ["python3 x.py", "git commit -m x", "python3 -m", "python3 -m a;b"] {
            assert_eq!(of(other), None, "{other}");
        }
    }
}
