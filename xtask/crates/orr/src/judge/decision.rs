//! The decision over N runs (H-4).

use std::time::Duration;

use super::compare::{EntryDifference, likely_cause};
use super::log::Telling;
use thrice_findings::{Code, Finding, Outcome, Place, Severity};

/// How many differing files get a finding each.
const NAMED_FILES: usize = 12;

/// What is known of a run.
#[derive(Clone, Debug)]
pub(crate) struct RunFacts {
    /// Its number, from 1.
    pub number: u32,
    /// Its id on the server, where a server made it.
    pub(crate) server_id: Option<String>,
    /// Its gates, in order.
    pub gates: Vec<GateFacts>,
    /// Digest of its scorecard, where there is one.
    pub scorecard_sha256: Option<String>,
    /// Digest of its archive, where there is one.
    pub zip_sha256: Option<String>,
    /// Digest of its manifest, where there is one.
    pub manifest_sha256: Option<String>,
}

impl RunFacts {
    /// Whether every gate passed.
    #[must_use]
    pub(crate) fn is_green(&self) -> bool {
        self.gates.iter().all(|gate| gate.outcome == Outcome::Pass)
    }
}

/// What is known of a gate in a run.
#[derive(Clone, Debug)]
pub(crate) struct GateFacts {
    pub gate: String,
    /// How it came out.
    pub outcome: Outcome,
    pub findings: Vec<Finding>,
    /// How many of its tests failed, also those that no finding names.
    pub failed_tests: u64,
    /// Whether its evidence is made from that of other gates.
    pub derived: bool,
    /// Gates that must be green first.
    pub needs: Vec<String>,
    /// What its log says, where it is red and has one.
    pub log: Option<Log>,
}

/// What a gate's log says.
#[derive(Clone, Debug)]
pub(crate) struct Log {
    /// Its path, as people see it.
    pub file: String,
    /// The lines that say most.
    pub telling: Telling,
    /// A file that they name, which git ignores: it is in the working tree and in no checkout.
    pub ignored: Option<String>,
    /// Whether it wants a network that its gate hasn't.
    pub lacks_network: bool,
}

impl GateFacts {
    fn was_skipped(&self) -> bool {
        self.findings.iter().any(|finding| finding.code == Code::GateSkipped)
    }
}

/// How a run's archive differs from the first run's.
#[derive(Clone, Debug)]
pub(crate) struct RunDifference {
    /// Number of the run.
    pub run: u32,
    /// Each file that differs; root-most first.
    pub entries: Vec<EntryDifference>,
}

/// Everything that speaks against the runs, with the notes that belong to a pass.
#[must_use]
pub(crate) fn decide(runs: &[RunFacts], differences: &[RunDifference]) -> Vec<Finding> {
    let mut findings = missing(runs);
    findings.extend(causes(runs, Naming::Runs));
    findings.extend(divergence(runs, differences));
    if !findings.iter().any(|finding| finding.severity == Severity::Refuse) {
        findings.push(odds(runs.len()));
    }
    findings
}

/// Whether the review took longer than it may, as a note.
#[must_use]
pub(crate) fn over_target(took: Duration, target: Duration) -> Option<Finding> {
    (took > target).then(|| {
        let message = format!(
            "the review took {:.0} s; the target is {:.0} s",
            took.as_secs_f64(),
            target.as_secs_f64()
        );
        Finding::new(Code::OverTarget, message)
            .help("not gating; out/orr.json has the seconds of each gate")
    })
}

/// One finding for each cause: a gate that is not green and was not skipped. What only
/// follows from it is under it.
#[must_use]
pub(crate) fn causes(runs: &[RunFacts], naming: Naming) -> Vec<Finding> {
    let mut findings = Vec::new();
    let mut skips = skipped(runs);
    for gate in gates(runs) {
        let red: Vec<(&RunFacts, &GateFacts)> = runs
            .iter()
            .filter_map(|run| Some((run, run.gates.iter().find(|it| it.gate == gate)?)))
            .filter(|(_, it)| is_red(it) && !it.was_skipped())
            .collect();
        let mut own = merged(runs, |it| it.gate == gate && !it.was_skipped());
        // The name of a test says more than the command that ran it.
        own.sort_by_key(|(finding, _)| (finding.code != Code::TestFailed, finding.severity));
        let raw: Vec<Finding> = own.iter().map(|(finding, _)| finding.clone()).collect();
        let mut own: Vec<Finding> =
            own.into_iter().map(|it| with_runs(it, runs.len(), naming)).collect();
        let Some((run, first)) = red.first() else {
            findings.append(&mut own);
            continue;
        };
        let mut finding = cause(&red, &raw, runs.len(), naming);
        // What is not in the log has a help of its own.
        let own_help = raw.first().filter(|own| !is_in_the_log(own)).and_then(|it| it.help.clone());
        finding = finding.help(own_help.unwrap_or_else(|| help(run, first, naming)));
        let (mine, others) =
            skips.into_iter().partition(|(_, roots)| roots.iter().any(|(id, _)| *id == gate));
        skips = others;
        finding.under = own;
        let mine: Vec<Skip> = mine;
        finding.under.extend(mine.into_iter().map(|(skip, _)| skip));
        findings.push(finding);
    }
    // A gate that was skipped for no reason that is known is a cause of its own.
    findings.extend(skips.into_iter().map(|(skip, _)| {
        let message = skip.message.clone();
        let place = skip.place.clone().unwrap_or_default();
        let mut finding = Finding::new(Code::Cec20, message).at(place);
        finding.under.push(skip);
        finding
    }));
    findings
}

/// Whether a finding says in which runs something was seen.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Naming {
    /// Of several runs, it does.
    Runs,
    /// There is one run alone, in the working tree.
    Alone,
}

fn is_red(gate: &GateFacts) -> bool {
    matches!(gate.outcome, Outcome::Fail | Outcome::NotEstablished)
}

/// The gates' ids, in order.
fn gates(runs: &[RunFacts]) -> Vec<String> {
    let mut ids: Vec<String> = Vec::new();
    for gate in runs.iter().flat_map(|run| &run.gates) {
        if !ids.contains(&gate.gate) {
            ids.push(gate.gate.clone());
        }
    }
    ids
}

/// What is said of a cause.
fn cause(red: &[(&RunFacts, &GateFacts)], own: &[Finding], runs: usize, naming: Naming) -> Finding {
    let numbers: Vec<u32> = red.iter().map(|(run, _)| run.number).collect();
    let gate = red[0].1;
    let id = &gate.gate;
    let said = own.first().map(|finding| finding.message.clone());
    let mut message = match said {
        Some(said) if said.starts_with(id.as_str()) => said,
        Some(said) => format!("{id}: {said}"),
        None => format!(
            "{id} {}",
            if gate.outcome == Outcome::Fail { "failed" } else { "is not established" }
        ),
    };
    // Each run may name others, and none names all of many.
    let named = own.iter().filter(|finding| finding.code == Code::TestFailed).count() as u64;
    let tests = red.iter().map(|(_, gate)| gate.failed_tests).fold(named, u64::max);
    if named > 0 && tests > 1 {
        message.push_str(&format!(", and {} more", tests - 1));
    }
    if naming == Naming::Runs {
        match numbers.as_slice() {
            [one] => message.push_str(&format!(" (in run {one})")),
            all if all.len() == runs => message.push_str(&format!(" (in all {runs} runs)")),
            some => message.push_str(&format!(" (in {})", run_names(some))),
        }
    }
    let mut place = Place::gate(id);
    if let ([run], Naming::Runs) = (numbers.as_slice(), naming) {
        place = place.in_run(*run);
    }
    let log = gate.log.as_ref().filter(|_| own.first().is_none_or(is_in_the_log));
    if let Some(log) = log {
        (place.file, place.line) = (Some(log.file.clone()), Some(log.telling.line));
    } else if let Some(at) = own.first().and_then(|finding| finding.place.clone()) {
        (place.file, place.line, place.column) = (at.file, at.line, at.column);
    }
    let mut finding = Finding::new(Code::Cec20, message).at(place);
    finding.quote = log.map(|log| log.telling.lines.clone()).unwrap_or_default();
    finding
}

/// Whether a gate's log says why, and not the finding itself.
fn is_in_the_log(finding: &Finding) -> bool {
    matches!(finding.code, Code::GateFailed | Code::GateTimeout | Code::TestFailed)
}

fn help(run: &RunFacts, gate: &GateFacts, naming: Naming) -> String {
    let id = &gate.gate;
    if let Some(path) = gate.log.as_ref().and_then(|log| log.ignored.as_ref()) {
        return format!(
            "git ignores {path}, so no run's checkout has it: let `install` in policy/gates.toml \
             make it, or commit it"
        );
    }
    if gate.log.as_ref().is_some_and(|log| log.lacks_network) {
        return "a gate has no network: have `prepare` in policy/gates.toml fetch what it needs, or \
                give the gate `network = true`"
            .to_owned();
    }
    match (&run.server_id, naming) {
        (Some(server), _) => format!(
            "`gh run view {server} --log-failed`; fix it, commit, then `cargo xtask orr --on github`"
        ),
        (None, Naming::Runs) => {
            format!("fix it (try `cargo xtask gates run {id}`), commit, `cargo xtask orr`")
        }
        (None, Naming::Alone) => format!("fix it, then `cargo xtask gates run {id}`"),
    }
}

/// That a gate was skipped, and the red gates that it rests on.
type Skip = (Finding, Vec<(String, Outcome)>);

/// A finding for each gate that was skipped in a run, with the red gates that it rests on.
fn skipped(runs: &[RunFacts]) -> Vec<Skip> {
    let mut skips: Vec<Skip> = Vec::new();
    for run in runs {
        for gate in run.gates.iter().filter(|gate| gate.was_skipped()) {
            let roots = roots(run, gate);
            let same = |(skip, of): &Skip| {
                *of == roots
                    && skip.place.as_ref().and_then(|it| it.gate.as_ref()) == Some(&gate.gate)
            };
            if skips.iter().any(same) {
                continue;
            }
            let message = format!("{} was skipped: {}", gate.gate, described(&roots));
            let skip = Finding::new(Code::GateSkipped, message).at(Place::gate(&gate.gate));
            skips.push((skip, roots));
        }
    }
    skips
}

/// The gates that are red of themselves, among those that a gate rests on.
fn roots(run: &RunFacts, gate: &GateFacts) -> Vec<(String, Outcome)> {
    let mut open: Vec<&str> = gate.needs.iter().map(String::as_str).collect();
    let (mut seen, mut roots) = (Vec::new(), Vec::new());
    while let Some(id) = open.pop() {
        if seen.contains(&id) {
            continue;
        }
        seen.push(id);
        let Some(need) = run.gates.iter().find(|other| other.gate == id) else { continue };
        if is_red(need) && !need.was_skipped() {
            roots.push((need.gate.clone(), need.outcome));
        }
        open.extend(need.needs.iter().map(String::as_str));
    }
    roots.sort_by(|one: &(String, Outcome), other| one.0.cmp(&other.0));
    roots
}

/// What gates are that are not green: `T1, T2 failed, T4 was not established`.
pub(crate) fn described(red: &[(String, Outcome)]) -> String {
    let of = |unknown: bool, (one, many): (&str, &str)| {
        let is =
            |(_, outcome): &&(String, Outcome)| (*outcome == Outcome::NotEstablished) == unknown;
        let ids: Vec<&str> = red.iter().filter(is).map(|(id, _)| &**id).collect();
        let said = if ids.len() == 1 { one } else { many };
        (!ids.is_empty()).then(|| format!("{} {said}", ids.join(", ")))
    };
    let failed = of(false, ("failed", "failed"));
    let unknown = of(true, ("was not established", "were not established"));
    failed.into_iter().chain(unknown).collect::<Vec<_>>().join(", ")
}

/// The gates' own findings; what several runs say alike is said once.
fn merged(runs: &[RunFacts], wanted: impl Fn(&GateFacts) -> bool) -> Vec<(Finding, Vec<u32>)> {
    let mut merged: Vec<(Finding, Vec<u32>)> = Vec::new();
    for run in runs {
        for finding in run.gates.iter().filter(|gate| wanted(gate)).flat_map(|gate| &gate.findings)
        {
            let same = |other: &Finding| {
                other.code == finding.code
                    && other.message == finding.message
                    && without_run(other) == without_run(finding)
            };
            match merged.iter_mut().find(|(other, _)| same(other)) {
                Some((_, numbers)) => numbers.push(run.number),
                None => merged.push((finding.clone(), vec![run.number])),
            }
        }
    }
    merged
}

/// A finding that says in which runs it was seen, where not in all.
fn with_runs((mut finding, numbers): (Finding, Vec<u32>), all: usize, naming: Naming) -> Finding {
    if numbers.len() > 1 {
        if let Some(place) = &mut finding.place {
            place.run = None;
        }
        if numbers.len() < all && naming == Naming::Runs {
            finding.message.push_str(&format!(" ({})", run_names(&numbers)));
        }
    }
    finding
}

fn without_run(finding: &Finding) -> Option<Place> {
    let mut place = finding.place.clone()?;
    place.run = None;
    Some(place)
}

fn run_names(numbers: &[u32]) -> String {
    let listed: Vec<_> = numbers.iter().map(u32::to_string).collect();
    match listed.as_slice() {
        [one] => format!("run {one}"),
        many => format!("runs {}", many.join(", ")),
    }
}

fn missing(runs: &[RunFacts]) -> Vec<Finding> {
    let mut findings = Vec::new();
    for run in runs {
        for (what, digest) in [("scorecard", &run.scorecard_sha256), ("ZIP", &run.zip_sha256)] {
            if digest.is_none() {
                findings.push(
                    Finding::new(Code::Cec40, format!("run {} has no {what}", run.number))
                        .help("run the review again")
                        .at(Place::default().in_run(run.number)),
                );
            }
        }
    }
    findings
}

fn divergence(runs: &[RunFacts], differences: &[RunDifference]) -> Vec<Finding> {
    let all_green = runs.iter().flat_map(|run| &run.gates).all(|g| g.outcome == Outcome::Pass);
    let Some(first) = runs.iter().find(|run| run.zip_sha256.is_some()) else { return Vec::new() };
    let one = first.number;
    let differs = |run: &&RunFacts| matches!((&run.zip_sha256, &first.zip_sha256), (Some(a), Some(b)) if a != b);
    let other: Vec<u32> = runs.iter().filter(differs).map(|run| run.number).collect();
    // A gate that is not green leaves other evidence; that is not divergence.
    if other.is_empty() || !all_green {
        return Vec::new();
    }
    if runs
        .iter()
        .filter(|run| run.zip_sha256.is_some())
        .all(|run| run.manifest_sha256.is_some() && run.manifest_sha256 == first.manifest_sha256)
    {
        let message = format!(
            "run {one} and {} have the same content in other ZIPs: another packer made them",
            run_names(&other)
        );
        return vec![
            Finding::new(Code::Cec30, message).help("let one version of this tool pack all runs"),
        ];
    }
    let (roots, follow) = by_file(runs, differences);
    if roots.is_empty() {
        let message = format!(
            "the archives of run {one} and {} were packed different, and now are not: they were changed",
            run_names(&other)
        );
        return vec![
            Finding::new(Code::Cec30, message).help("find out what writes below out/, and repeat"),
        ];
    }
    let mut findings: Vec<Finding> =
        roots.iter().take(NAMED_FILES).map(|root| differing_file(one, root)).collect();
    let more = roots.len().saturating_sub(NAMED_FILES) + follow;
    if more > 0 && !findings.is_empty() {
        let files = if more == 1 { "file differs" } else { "files differ" };
        let message = format!("{more} more {files}, probably for the same causes");
        let help = format!("`cargo xtask compare {one} {}`", other.first().unwrap_or(&one));
        findings.push(Finding::new(Code::Cec30, message).help(help));
    }
    findings
}

/// A file that differs, how, and in which runs.
type Differing<'a> = (&'a EntryDifference, Vec<u32>);

/// Files that differ of themselves, and how many merely follow from others.
fn by_file<'a>(runs: &[RunFacts], differences: &'a [RunDifference]) -> (Vec<Differing<'a>>, usize) {
    let mut files: Vec<Differing<'a>> = Vec::new();
    for difference in differences {
        for entry in &difference.entries {
            match files.iter_mut().find(|(other, _)| other.path == entry.path) {
                Some((_, numbers)) => numbers.push(difference.run),
                None => files.push((entry, vec![difference.run])),
            }
        }
    }
    let derived: Vec<&str> = runs
        .iter()
        .flat_map(|run| &run.gates)
        .filter(|gate| gate.derived)
        .map(|gate| gate.gate.as_str())
        .collect();
    let is_root = |path: &str| is_root(path, &derived);
    let roots: Vec<_> = files.iter().filter(|(entry, _)| is_root(&entry.path)).cloned().collect();
    if roots.is_empty() {
        return (files, 0);
    }
    let follow = files.len() - roots.len();
    (roots, follow)
}

/// Whether a file can differ of itself: it is evidence of a gate whose evidence is
/// not made from that of others. Manifest, sums and scorecard only follow.
#[must_use]
pub(crate) fn is_root(path: &str, derived: &[&str]) -> bool {
    gate_of(path).is_some_and(|gate| !derived.contains(&gate))
}

/// The gate in whose evidence a path lies: `evidence/T4_tests/…`.
#[must_use]
pub(crate) fn gate_of(path: &str) -> Option<&str> {
    let folder = path.strip_prefix("evidence/")?.split('/').next()?;
    folder.split('_').next()
}

fn differing_file(one: u32, (entry, numbers): &Differing<'_>) -> Finding {
    let cause = likely_cause(&entry.difference).map(|cause| format!(" ({cause})"));
    let message = format!(
        "{} differs between run {one} and {}: {}{}",
        entry.path,
        run_names(numbers),
        entry.difference.summary(),
        cause.unwrap_or_default()
    );
    let mut place = Place::file(&entry.path);
    place.gate = gate_of(&entry.path).map(str::to_owned);
    Finding::new(Code::Cec30, message)
        .help(format!("`cargo xtask compare {one} {}` shows it whole", numbers[0]))
        .at(place)
}

/// How likely a flake of one in ten is to be seen by so many runs.
fn odds(runs: usize) -> Finding {
    let missed = 100.0 - 100.0 * super::odds::seen(u32::try_from(runs).unwrap_or(u32::MAX), 0.1);
    Finding::new(
        Code::FlakeOdds,
        format!("a gate that fails one time in ten slips through {runs} runs in {missed:.0} of 100 reviews"),
    )
    .help("more runs see rarer flakes: `--runs 10`")
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::judge::compare::Difference;
    use thrice_findings::exit_status;

    fn gate(id: &str, outcome: Outcome) -> GateFacts {
        GateFacts {
            gate: id.to_owned(),
            outcome,
            findings: Vec::new(),
            failed_tests: 0,
            derived: id == "T8",
            needs: Vec::new(),
            log: None,
        }
    }

    fn run(number: u32, outcomes: &[Outcome], zip: &str) -> RunFacts {
        RunFacts {
            number,
            server_id: None,
            gates: outcomes.iter().zip(["T4", "T8"]).map(|(o, id)| gate(id, *o)).collect(),
            scorecard_sha256: Some("s".to_owned()),
            zip_sha256: Some(zip.to_owned()),
            manifest_sha256: Some(zip.to_owned()),
        }
    }

    fn codes(findings: &[Finding]) -> Vec<&'static str> {
        findings.iter().map(|finding| finding.code.name()).collect()
    }

    use Outcome::{Fail, NoEvidence, NotEstablished, Pass};

    #[test]
    fn green_and_identical_passes_and_says_what_it_did_not_see() {
        let runs = [1, 2, 3].map(|number| run(number, &[Pass, Pass], "a"));
        let findings = decide(&runs, &[]);
        assert_eq!(codes(&findings), ["flake-odds"]);
        assert!(findings[0].message.contains("in 73 of 100"), "{}", findings[0].message);
        assert_eq!(exit_status(&findings), 0);
    }

    #[test]
    fn one_red_gate_in_one_run_is_cec_20_and_not_divergence() {
        let mut runs = [1, 2, 3].map(|number| run(number, &[Pass, Pass], "a"));
        runs[1] = run(2, &[Fail, NotEstablished], "b");
        let findings = decide(&runs, &[]);
        assert_eq!(codes(&findings), ["CEC-20", "CEC-20"]);
        assert_eq!(findings[0].message, "T4 failed (in run 2)");
        assert_eq!(findings[0].place.as_ref().unwrap().describe(), "run 2, T4");
        assert_eq!(exit_status(&findings), 20);
    }

    #[test]
    fn green_but_different_names_the_root_and_counts_what_follows() {
        let mut runs = [1, 2, 3].map(|number| run(number, &[Pass, Pass], "a"));
        runs[2] = run(3, &[Pass, Pass], "c");
        let bytes = || Difference::Bytes {
            offset: 0,
            left_hex: "00".to_owned(),
            right_hex: "01".to_owned(),
            left_len: 1,
            right_len: 1,
        };
        let entry = |path: &str| EntryDifference { path: path.to_owned(), difference: bytes() };
        let entries =
            vec![entry("evidence/T4_tests/log"), entry("evidence/T8_evidence/MANIFEST.json")];
        let findings = decide(&runs, &[RunDifference { run: 3, entries }]);
        assert_eq!(codes(&findings), ["CEC-30", "CEC-30"]);
        assert!(
            findings[0]
                .message
                .starts_with("evidence/T4_tests/log differs between run 1 and run 3: ")
        );
        assert!(findings[1].message.starts_with("1 more file differs"));
        assert_eq!(exit_status(&findings), 30);
    }

    #[test]
    fn missing_evidence_and_missing_archives_are_cec_40() {
        let mut runs = [1, 2, 3].map(|number| run(number, &[NoEvidence, Pass], "a"));
        for run in &mut runs {
            run.gates[0].findings.push(
                Finding::new(Code::Cec40, "T4 left no evidence")
                    .at(Place::gate("T4").in_run(run.number)),
            );
        }
        let findings = decide(&runs, &[]);
        assert_eq!(codes(&findings), ["CEC-40"]);
        assert_eq!(findings[0].message, "T4 left no evidence");
        runs[0].zip_sha256 = None;
        let findings = decide(&runs, &[]);
        assert_eq!(codes(&findings), ["CEC-40", "CEC-40"]);
        assert_eq!(findings[0].message, "run 1 has no ZIP");
        assert_eq!(exit_status(&findings), 40);
    }

    #[test]
    fn several_exits_at_once_are_all_reported_and_the_smallest_counts() {
        let mut runs = [1, 2].map(|number| run(number, &[Fail, Pass], "a"));
        runs[1].scorecard_sha256 = None;
        let findings = decide(&runs, &[]);
        assert_eq!(codes(&findings), ["CEC-40", "CEC-20"]);
        assert_eq!(exit_status(&findings), 20);
    }

    #[test]
    fn digests_that_differ_never_pass_even_where_no_file_shows_it() {
        let mut runs = [1, 2].map(|number| run(number, &[Pass, Pass], "a"));
        runs[1] = run(2, &[Pass, Pass], "b");
        let findings = decide(&runs, &[]);
        assert_eq!(codes(&findings), ["CEC-30"]);
        let none = [RunDifference { run: 2, entries: Vec::new() }];
        assert_eq!(exit_status(&decide(&runs, &none)), 30);
    }

    #[test]
    fn the_same_content_packed_otherwise_is_told_apart() {
        let mut runs = [1, 2].map(|number| run(number, &[Pass, Pass], "a"));
        runs[1].zip_sha256 = Some("b".to_owned());
        let findings = decide(&runs, &[]);
        assert_eq!(codes(&findings), ["CEC-30"]);
        assert!(findings[0].message.contains("same content"));
    }

    #[test]
    fn what_is_not_green_is_called_what_it_is() {
        let red = |red: &[(&str, Outcome)]| {
            described(&red.iter().map(|(id, it)| ((*id).to_owned(), *it)).collect::<Vec<_>>())
        };
        assert_eq!(red(&[("T1", Fail)]), "T1 failed");
        assert_eq!(red(&[("T4", NotEstablished)]), "T4 was not established");
        assert_eq!(
            red(&[("T1", Fail), ("T4", NotEstablished), ("T2", Fail), ("T5", NotEstablished)]),
            "T1, T2 failed, T4, T5 were not established"
        );
    }

    fn facts(id: &str, outcome: Outcome, needs: &[&str], findings: Vec<Finding>) -> GateFacts {
        let needs = needs.iter().map(|id| (*id).to_owned()).collect();
        GateFacts { findings, needs, ..gate(id, outcome) }
    }

    fn found(code: Code, message: &str) -> Finding {
        Finding::new(code, message).at(Place::gate("T1"))
    }

    fn skip(id: &str, needs: &[&str]) -> GateFacts {
        let skip = Finding::new(Code::GateSkipped, "skipped").at(Place::gate(id));
        facts(id, NotEstablished, needs, vec![skip])
    }

    fn of(number: u32, gates: Vec<GateFacts>) -> RunFacts {
        RunFacts { gates, ..run(number, &[], "a") }
    }

    fn shown(findings: &[Finding]) -> Vec<String> {
        let under = |finding: &Finding| {
            finding.under.iter().map(|it| it.code.name()).collect::<Vec<_>>().join(" ")
        };
        findings.iter().map(|it| format!("{} [{}]", it.message, under(it))).collect()
    }

    #[test]
    fn one_cause_is_one_finding_with_what_follows_under_it() {
        let red = |last: &str| {
            let mut red = found(Code::GateFailed, "T1: `x` ended with status 1");
            red.quote = vec![last.to_owned()];
            red
        };
        let gates = |last: &str| {
            vec![facts("T1", Fail, &[], vec![red(last)]), skip("T4", &["T1"]), skip("T8", &["T4"])]
        };
        let runs = [of(1, gates("at 1 s")), of(2, gates("at 2 s")), of(3, gates("at 3 s"))];
        assert_eq!(
            shown(&causes(&runs, Naming::Runs)),
            ["T1: `x` ended with status 1 (in all 3 runs) [gate-failed gate-skipped gate-skipped]"]
        );
        assert_eq!(
            shown(&causes(&runs[..1], Naming::Alone)),
            ["T1: `x` ended with status 1 [gate-failed gate-skipped gate-skipped]"]
        );
        assert_eq!(exit_status(&causes(&runs, Naming::Runs)), 20);
    }

    #[test]
    fn two_causes_are_two_and_each_has_what_rests_on_it() {
        let gates = vec![
            facts("T1", Fail, &[], vec![found(Code::GateFailed, "T1: x")]),
            facts("T2", NotEstablished, &[], vec![found(Code::ProgramMissing, "T2 needs `y`")]),
            skip("T4", &["T2"]),
            skip("T5", &["T1"]),
        ];
        assert_eq!(
            shown(&causes(&[of(1, gates)], Naming::Runs)),
            [
                "T1: x (in run 1) [gate-failed gate-skipped]",
                "T2 needs `y` (in run 1) [program-missing gate-skipped]"
            ]
        );
    }

    #[test]
    fn a_failed_test_is_named_first() {
        let gates = vec![facts(
            "T4",
            Fail,
            &[],
            vec![
                found(Code::GateFailed, "T4: `cargo test` ended with status 101"),
                found(Code::TestFailed, "T4: the test `a::b` failed"),
                found(Code::TestFailed, "T4: the test `a::c` failed"),
            ],
        )];
        let green = of(2, vec![facts("T4", Pass, &[], Vec::new())]);
        assert_eq!(
            shown(&causes(&[of(1, gates), green], Naming::Runs)),
            [
                "T4: the test `a::b` failed, and 1 more (in run 1) [test-failed test-failed gate-failed]"
            ]
        );
    }

    #[test]
    fn tests_that_no_finding_names_are_counted_too() {
        for (failed, said) in [([1, 1], "1 more"), ([250, 240], "249 more")] {
            let runs =
                [(1, "a::b", failed[0]), (2, "a::c", failed[1])].map(|(number, test, failed)| {
                    let found = found(Code::TestFailed, &format!("T4: the test `{test}` failed"));
                    let gate = facts("T4", Fail, &[], vec![found]);
                    of(number, vec![GateFacts { failed_tests: failed, ..gate }])
                });
            let message = format!("T4: the test `a::b` failed, and {said} (in all 2 runs)");
            assert_eq!(causes(&runs, Naming::Runs)[0].message, message);
        }
    }

    #[test]
    fn a_red_gate_names_the_file_that_no_checkout_has() {
        let ignored = Some("src/h/_version.py".to_owned());
        let lines = vec!["E   No module named 'h._version'".to_owned()];
        let telling = Telling { line: 3, lines, is_last: true };
        let file = "out/logs/T4.log".to_owned();
        let log = Some(Log { file, telling, ignored, lacks_network: false });
        let red = found(Code::GateFailed, "T4: `pytest` ended with status 1");
        let gate = GateFacts { log, ..facts("T4", Fail, &[], vec![red]) };
        let named = "git ignores src/h/_version.py, so no run's checkout has it: let `install` in \
                     policy/gates.toml make it, or commit it";
        assert_eq!(causes(&[of(1, vec![gate])], Naming::Runs)[0].help.as_deref(), Some(named));
    }
}
