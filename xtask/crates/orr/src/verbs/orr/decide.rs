//! The decision over the runs, as files and for people.

use std::path::{Path, PathBuf};
use std::time::Instant;

use super::table;
use crate::evidence::archive::{self, Entry, Limits};
use crate::evidence::manifest::sha256_hex;
use crate::journal::{EngineKind, Opened};
use crate::judge::compare;
use crate::judge::compare::EntryDifference;
use crate::judge::decision;
use crate::judge::decision::{GateFacts, Log, RunDifference, RunFacts};
use crate::judge::log::{Extent, LOOKED_AT, named_file, says_unreached, telling};
use crate::judge::test_counts;
use crate::layout::{Output, end_of_log};
use crate::leftovers::{self, Reported, reviewed_before};
use crate::record;
use crate::result::GateResult;
use crate::review::Reviewed;
use crate::test_names;
use crate::vary::why::explain::{Inquiry, attach};
use crate::vary::why::laboratory::Case;
use crate::walls;
use thrice_facts::files;
use thrice_facts::git::{Commit, Repository};
use thrice_facts::interrupt::Interrupt;
use thrice_findings::{
    Code, Finding, Outcome, Place, Severity, Stop, Verdict, exit_status, short, verdict,
};
use thrice_programme::{Gate, Policy, PolicyFiles};
use thrice_report::Report;
use thrice_report::event::Listener;
use thrice_report::text::{counted, safe, seconds};

/// What a review is decided by.
pub(super) struct DecisionContext<'a> {
    pub(super) policy: &'a Policy,
    pub(super) files: &'a PolicyFiles,
    pub(super) output: &'a Output,
    /// The user's working tree.
    pub(super) root: &'a Path,
    pub(super) commit: &'a Commit,
    /// Whether nothing hangs on it: metrics only.
    pub(super) shadow: bool,
    /// How many reviews of the same tree were red before.
    pub(super) red_reviews: usize,
    pub(super) repository: &'a Repository,
    /// What the patch is judged against, where that is known.
    pub(super) base: Option<&'a Commit>,
    pub(super) interrupt: &'a Interrupt,
    pub(super) listener: &'a dyn Listener,
}

/// Decides, records the decision, and reports it.
pub(super) fn decide(
    context: &DecisionContext<'_>,
    mut reviewed: Reviewed,
) -> Result<Report, Stop> {
    let DecisionContext { policy, output, .. } = *context;
    let (facts, mut changed) = facts(context, &reviewed)?;
    let differences = differences(policy, output, &facts)?;
    let mut findings = decision::decide(&facts, &differences);
    let begun = Instant::now();
    explain(context, &mut reviewed, &facts, &differences, &mut findings)?;
    reviewed.took += begun.elapsed();
    if reviewed.opened.engine == EngineKind::Github {
        findings.retain(|finding| !follows(finding, &facts, &reviewed.notes));
    }
    if !changed.is_empty() {
        findings.retain(|finding| finding.code != Code::FlakeOdds);
        findings.append(&mut changed);
    }
    if verdict(&reviewed.notes) != Verdict::Pass {
        findings.retain(|finding| finding.code != Code::FlakeOdds);
    }
    findings.extend(reviewed.notes.clone());
    if !context.shadow {
        let is_red = verdict(&findings) == Verdict::Fail;
        findings.extend(of_other_reviews(context, &reviewed.opened.id, is_red)?);
        findings.extend(moved_programs(context, &reviewed.opened)?);
    }
    findings.extend(decision::over_target(reviewed.took, policy.gates.target_time));
    findings.extend(of_tests(context, &reviewed, verdict(&findings))?);
    let decided = record::Decision {
        policy,
        files: context.files,
        output,
        commit: context.commit,
        shadow: context.shadow,
        red_reviews: context.red_reviews,
        reviewed: &reviewed,
        findings: &findings,
    };
    let data = decided.write()?;
    let body = if context.shadow {
        shadow_body(&reviewed, &findings, &facts)
    } else {
        body(&reviewed, &findings, &facts, policy)
    };
    let rehearsal = reviewed.opened.rehearsal && !context.shadow;
    reviewed.decided(verdict(&findings), exit_status(&findings))?;
    if context.shadow {
        // A shadow gates nothing; what it saw is worth knowing all the same.
        findings.iter_mut().for_each(|finding| finding.severity = Severity::Note);
    }
    // What speaks most comes last, where a person looks first: the cause.
    let passes = verdict(&findings) == Verdict::Pass;
    if !passes {
        findings.sort_by_key(|finding| std::cmp::Reverse(finding.severity));
    }
    let mut report = Report::of(findings);
    report.body_first = !passes;
    if rehearsal && passes {
        report.headline = Some(format!("orr: rehearsal, {}", report.verdict().word()));
    }
    report.body = body;
    report.data = data;
    Ok(report)
}

/// Files of the working tree that git ignores, so that the checkouts of red gates lack them.
fn not_in_checkouts(
    context: &DecisionContext<'_>,
    reviewed: &Reviewed,
) -> anyhow::Result<Vec<String>> {
    if reviewed.results.values().flatten().all(|it| it.outcome == Outcome::Pass) {
        return Ok(Vec::new());
    }
    let ignored = context.repository.ignored_files()?;
    Ok(ignored.iter().map(|it| files::display_bytes(it)).collect())
}

/// What other reviews of the same tree say of this one, of an `id`.
fn of_other_reviews(
    context: &DecisionContext<'_>,
    id: &str,
    is_red: bool,
) -> anyhow::Result<Vec<Finding>> {
    let finding = |count, kind, said, help| {
        let message = format!("{} of this tree came before this one{said}", counted(count, kind));
        Finding::new(Code::RedReviews, message).help(help)
    };
    let mut found = Vec::new();
    if context.red_reviews > 0 {
        let help = "if a program was missing then, or you stopped it, ignore this; otherwise a gate may \
                    be flaky, and then a pass proves little";
        found.push(finding(context.red_reviews, "red review", "", help));
    }
    if is_red {
        let of = (&*context.commit.tree, id);
        let green = leftovers::of_tree(context.output, context.repository, of, Reported::is_green)?;
        let help = "find what the gate depends on besides the files: it is flaky";
        let said = finding(green.len(), "green review", ", which is red", help);
        found.extend((!green.is_empty()).then_some(said));
    }
    Ok(found)
}

/// Programs of gates that PATH has elsewhere than at the review before.
fn moved_programs(context: &DecisionContext<'_>, now: &Opened) -> anyhow::Result<Option<Finding>> {
    let all = leftovers::all(context.output)?;
    let before = all.iter().rev().filter_map(Reported::opened);
    let mut before = before.filter(|it| it.id != now.id && !it.programs.is_empty());
    let Some(before) = before.next() else { return Ok(None) };
    let moved = now.programs.iter().filter_map(|(name, path)| {
        let old = before.programs.get(name).filter(|old| *old != path)?;
        Some(format!("`{name}` is {path}, and was {old}"))
    });
    let moved: Vec<String> = moved.collect();
    Ok((!moved.is_empty()).then(|| {
        Finding::new(Code::ProgramMoved, format!("since the review before, {}", moved.join("; ")))
            .help(Code::ProgramMoved.fix())
    }))
}

/// Tests that the last green review of the base ran besides, also where too few are why a gate is
/// red; else a minimum that is far too low.
fn of_tests(
    context: &DecisionContext<'_>,
    reviewed: &Reviewed,
    verdict: Verdict,
) -> anyhow::Result<Vec<Finding>> {
    let results = || reviewed.results.values().flatten();
    let has_too_few =
        |it: &&GateResult| it.findings.iter().any(|finding| finding.code == Code::TestsFewer);
    let tests = match verdict {
        Verdict::Pass => test_counts::of_results(results()),
        _ => test_counts::of_results(results().filter(has_too_few)),
    };
    let first = reviewed.results.keys().next().map(|run| context.output.run(*run));
    let gates = context.policy.gates.gates.iter().filter(|gate| tests.contains_key(&gate.id));
    let names = first.map(|run| test_names::of_run(&run, gates)).transpose()?.unwrap_or_default();
    if verdict == Verdict::Pass && !context.shadow {
        test_names::keep(&reviewed.folder, &names)?;
    }
    let before = match context.base {
        Some(base) => reviewed_before(context.output, context.repository, (base, context.commit))?,
        None => None,
    };
    let names_before = before.as_ref().map(|it| test_names::kept(it.folder())).transpose()?;
    let mut before = before.map(|it| test_counts::of_journal(&it.lines)).unwrap_or_default();
    if verdict != Verdict::Pass {
        before.retain(|gate, _| tests.contains_key(gate));
    }
    let gone = |gate: &str| {
        let before = names_before.iter().filter_map(|it| it.get(gate)).flatten();
        let is_gone = |name: &&String| names.get(gate).is_some_and(|now| !now.contains(*name));
        before.filter(is_gone).cloned().collect()
    };
    let fewer = test_counts::fewer(&tests, &before, gone);
    if verdict != Verdict::Pass {
        return Ok(fewer);
    }
    // On a patch, the base is what policy is set by, if it has one.
    let base = context.base.filter(|base| base.id != context.commit.id);
    let is_patch =
        base.map(|base| context.repository.has(&base.id, "policy")).transpose()? == Some(true);
    let demanded = |gate: &str| Some(context.policy.gates.get(gate)?.tests.as_ref()?.minimum);
    let low = || test_counts::minimum(&tests, is_patch.then_some(&before), demanded);
    Ok(if fewer.is_empty() { low() } else { fewer })
}

/// Says why the runs differ, where they were made here.
fn explain(
    context: &DecisionContext<'_>,
    reviewed: &mut Reviewed,
    facts: &[RunFacts],
    differences: &[RunDifference],
    findings: &mut [Finding],
) -> anyhow::Result<()> {
    if reviewed.server.is_some() || context.shadow || verdict(findings) == Verdict::Pass {
        return Ok(());
    }
    let results = reviewed.results.values().flatten();
    let mut inquiry = Inquiry {
        case: Case {
            repository: context.repository,
            policy: context.policy,
            commit: context.commit,
            review: &reviewed.opened.id,
            output: context.output,
            shared: reviewed.shared.as_ref(),
            interrupt: context.interrupt,
        },
        varied: &reviewed.vary.runs,
        took: record::longest(results.map(|result| (result.gate.as_str(), result.seconds))),
        listener: context.listener,
        journal: &mut reviewed.journal,
    };
    let explained = inquiry.causes(facts, differences)?;
    attach(findings, &explained);
    Ok(())
}

/// On the server the last job packs: a red gate before it leaves nothing to pack, and an
/// artifact that is refused is reported as that. That nothing was packed says no more.
fn follows(finding: &Finding, facts: &[RunFacts], notes: &[Finding]) -> bool {
    let run_of = |finding: &Finding| finding.place.as_ref().and_then(|place| place.run);
    let Some(run) = run_of(finding).filter(|_| finding.code == Code::Cec40) else { return false };
    facts.iter().any(|facts| facts.number == run && !facts.is_green())
        || notes.iter().any(|note| run_of(note) == Some(run) && note.severity == Severity::Refuse)
}

/// What the decision is made of, and each file of a run that is not what the run was
/// packed into. A file that is gone has no digest.
fn facts(
    context: &DecisionContext<'_>,
    reviewed: &Reviewed,
) -> anyhow::Result<(Vec<RunFacts>, Vec<Finding>)> {
    let DecisionContext { policy, output, root, .. } = *context;
    let mut facts = Vec::new();
    let mut changed = Vec::new();
    let id = &policy.programme.id;
    let ignored = not_in_checkouts(context, reviewed)?;
    for (number, results) in &reviewed.results {
        let packed = reviewed.packed.get(number);
        let run = output.run(*number);
        let mut digest = |path: PathBuf, packed: Option<&String>| -> anyhow::Result<_> {
            let (Some(packed), Some(bytes)) = (packed, files::read_if_there(&path)?) else {
                return Ok(None);
            };
            if sha256_hex(&bytes) != *packed {
                changed.push(changed_since(*number, &path));
            }
            Ok(Some(packed.clone()))
        };
        facts.push(RunFacts {
            number: *number,
            server_id: reviewed.server.as_ref().and(reviewed.ids.get(number)).cloned(),
            gates: results
                .iter()
                .map(|it| gate_facts(policy, it, (&run, root), &ignored, Extent::Excerpt))
                .collect(),
            scorecard_sha256: digest(run.scorecard(id), packed.map(|p| &p.scorecard_sha256))?,
            zip_sha256: digest(run.archive(id), packed.map(|p| &p.zip_sha256))?,
            manifest_sha256: digest(run.manifest(), packed.map(|p| &p.manifest_sha256))?,
        });
    }
    Ok((facts, changed))
}

fn changed_since(run: u32, path: &Path) -> Finding {
    let name = path.file_name().unwrap_or_default().to_string_lossy();
    Finding::new(Code::EvidenceChanged, format!("{name} of run {run} is not what was packed"))
        .help("find out what writes below the output folder, and repeat the review")
        .at(Place::default().in_run(run))
}

/// What a result says of its gate. Its log is in `run`, which people see from the folder `root`;
/// where it was run, the `ignored` files were not.
pub(crate) fn gate_facts(
    policy: &Policy,
    result: &GateResult,
    (run, root): (&Output, &Path),
    ignored: &[String],
    extent: Extent,
) -> GateFacts {
    let gate = policy.gates.get(&result.gate);
    let is_red = matches!(result.outcome, Outcome::Fail | Outcome::NotEstablished);
    GateFacts {
        needs: gate.map(|gate| gate.needs.clone()).unwrap_or_default(),
        log: if is_red { log(result, gate, (run, root), ignored, extent) } else { None },
        gate: result.gate.clone(),
        outcome: result.outcome,
        findings: result.findings.clone(),
        failed_tests: result.tests.map_or(0, |tests| tests.failed),
        derived: gate.is_some_and(Gate::is_derived),
    }
}

/// What the log of a red gate says.
fn log(
    result: &GateResult,
    gate: Option<&Gate>,
    (run, root): (&Output, &Path),
    ignored: &[String],
    extent: Extent,
) -> Option<Log> {
    let path = run.log(&result.gate);
    let named = result.findings.iter().filter(|finding| finding.code == Code::TestFailed);
    let tests: Vec<&str> = named.filter_map(|finding| finding.message.split('`').nth(1)).collect();
    let telling = end_of_log(&path, LOOKED_AT, |log| telling(log, &tests, extent))?;
    let file = path.strip_prefix(root).unwrap_or(&path).display().to_string();
    let ignored = named_file(&telling.lines, ignored).cloned();
    let lacks_network = gate.is_some_and(|gate| !gate.network) && says_unreached(&telling.lines);
    Some(Log { file, telling, ignored, lacks_network })
}

/// How each run's archive differs from the first run's.
fn differences(
    policy: &Policy,
    output: &Output,
    runs: &[RunFacts],
) -> anyhow::Result<Vec<RunDifference>> {
    // Any of the runs may be the one that left nothing to compare with.
    let Some(first) = runs.iter().find(|run| run.zip_sha256.is_some()) else {
        return Ok(Vec::new());
    };
    let differing = runs.iter().filter(|run| run.zip_sha256 != first.zip_sha256);
    let mut differences = Vec::new();
    for run in differing.filter(|run| run.zip_sha256.is_some()) {
        let entries = compare_archives(policy, output, first.number, run.number)?;
        differences.push(RunDifference { run: run.number, entries });
    }
    Ok(differences)
}

fn compare_archives(
    policy: &Policy,
    output: &Output,
    left: u32,
    right: u32,
) -> anyhow::Result<Vec<EntryDifference>> {
    let read = |run: u32| -> anyhow::Result<Vec<(String, Vec<u8>)>> {
        let bytes = files::read(&output.run(run).archive(&policy.programme.id))?;
        let entries = archive::read(&bytes, Limits::default())?;
        Ok(entries.into_iter().map(|Entry { path, bytes, .. }| (path, bytes)).collect())
    };
    Ok(compare::compare(&read(left)?, &read(right)?))
}

fn body(reviewed: &Reviewed, findings: &[Finding], facts: &[RunFacts], policy: &Policy) -> String {
    let needed = policy.gates.runs;
    let took = seconds(reviewed.took.as_secs_f64());
    let decision = match verdict(findings) {
        Verdict::Pass if reviewed.opened.rehearsal => format!(
            "rehearsal: {} of {}, in {took}; policy asks for {needed}, so nothing stands on it\n\
             next: `cargo xtask orr` makes every run\n",
            counted(facts.len(), "green run"),
            short(&reviewed.opened.commit)
        ),
        Verdict::Pass => {
            let digest = facts[0].zip_sha256.clone().unwrap_or_default();
            format!(
                "decision: pass. {} of {}, one digest, in {took}\n  sha256:{digest}\n",
                counted(facts.len(), "green run"),
                short(&reviewed.opened.commit)
            )
        }
        other => {
            let early = reviewed.early.as_ref().map(|early| {
                format!("stopped: {} (`--keep-going` makes every run)\n", early.stopped_runs())
            });
            format!(
                "{}decision: {}, in {took}. Do not open a pull request.\n\n",
                early.unwrap_or_default(),
                other.word(),
            )
        }
    };
    let varied = match &reviewed.server {
        Some(_) => String::new(),
        None => {
            let made: Vec<u32> = reviewed.results.keys().copied().collect();
            reviewed.vary.line(policy, &made) + &walls::line(&policy.gates)
        }
    };
    let table = table::text(&reviewed.results, facts);
    let tests = test_counts::words(&test_counts::of_results(reviewed.results.values().flatten()));
    let tests = if tests.is_empty() { tests } else { format!("tests: {tests}\n") };
    format!("{table}{tests}{varied}\n{}{decision}", links(reviewed))
}

/// Where people see the runs, where a server made them.
fn links(reviewed: &Reviewed) -> String {
    let runs = reviewed.server.as_ref().and_then(|server| server["runs"].as_array());
    let line = |run: &serde_json::Value| {
        let url = run["url"].as_str()?;
        Some(format!("run {}  {}\n", run["run"], safe(url)))
    };
    let lines: String = runs.into_iter().flatten().filter_map(line).collect();
    if lines.is_empty() { lines } else { lines + "\n" }
}

fn shadow_body(reviewed: &Reviewed, findings: &[Finding], facts: &[RunFacts]) -> String {
    let green = reviewed.green();
    let first = facts.first().and_then(|run| run.zip_sha256.as_ref());
    let same = first.is_some() && facts.iter().all(|run| run.zip_sha256.as_ref() == first);
    format!(
        "{}\n{}shadow: {green} of {} green, evidence {}, in {}. It would be: {}. Nothing hangs on it.\n",
        table::text(&reviewed.results, facts),
        links(reviewed),
        counted(facts.len(), "run"),
        if same { "equal" } else { "not equal" },
        seconds(reviewed.took.as_secs_f64()),
        verdict(findings).word(),
    )
}
