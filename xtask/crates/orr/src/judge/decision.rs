//! The decision over N runs (H-4).

use std::collections::BTreeMap;
use std::time::Duration;

use super::compare::{EntryDifference, likely_cause};
use thrice_findings::{Code, Finding, Outcome, Place, Severity};

/// How many differing files get a finding each.
const NAMED_FILES: usize = 12;
/// What stands in a message before the last line of a gate's log.
pub const LAST_LINE: &str = "; its last line: ";

/// What is known of a run.
#[derive(Clone, Debug)]
pub struct RunFacts {
    /// Its number, from 1.
    pub number: u32,
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
    pub fn is_green(&self) -> bool {
        self.gates.iter().all(|gate| gate.outcome == Outcome::Pass)
    }
}

/// What is known of a gate in a run.
#[derive(Clone, Debug)]
pub struct GateFacts {
    /// Its id.
    pub gate: String,
    /// How it came out.
    pub outcome: Outcome,
    /// What was found.
    pub findings: Vec<Finding>,
    /// Whether its evidence is made from that of other gates.
    pub derived: bool,
}

/// How a run's archive differs from the first run's.
#[derive(Clone, Debug)]
pub struct RunDifference {
    /// Number of the run.
    pub run: u32,
    /// Each file that differs; root-most first.
    pub entries: Vec<EntryDifference>,
}

/// Everything that speaks against the runs, with the notes that belong to a pass.
#[must_use]
pub fn decide(runs: &[RunFacts], differences: &[RunDifference]) -> Vec<Finding> {
    let mut findings = gates_not_green(runs);
    findings.extend(merged_gate_findings(runs));
    findings.extend(missing(runs));
    findings.extend(divergence(runs, differences));
    if !findings.iter().any(|finding| finding.severity == Severity::Refuse) {
        findings.push(odds(runs.len()));
    }
    findings
}

/// Whether the review took longer than it may, as a note.
#[must_use]
pub fn over_target(took: Duration, target: Duration) -> Option<Finding> {
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

fn gates_not_green(runs: &[RunFacts]) -> Vec<Finding> {
    let mut by_gate: BTreeMap<(usize, &str), Vec<(u32, Outcome)>> = BTreeMap::new();
    for run in runs {
        for (order, gate) in run.gates.iter().enumerate() {
            if matches!(gate.outcome, Outcome::Fail | Outcome::NotEstablished) {
                by_gate.entry((order, &gate.gate)).or_default().push((run.number, gate.outcome));
            }
        }
    }
    let finding = |((_, gate), red): ((usize, &str), Vec<(u32, Outcome)>)| {
        let words: Vec<_> =
            red.iter().map(|(run, outcome)| format!("{} in run {run}", outcome.word())).collect();
        let mut place = Place::gate(gate);
        if let [(run, _)] = red[..] {
            place = place.in_run(run);
        }
        Finding::new(Code::Cec20, format!("{gate} is not green: {}", words.join(", ")))
            .help("mend the cause, commit, and run the review again")
            .at(place)
    };
    by_gate.into_iter().map(finding).collect()
}

/// The gates' own findings; what several runs say alike is said once.
fn merged_gate_findings(runs: &[RunFacts]) -> Vec<Finding> {
    let mut merged: Vec<(Finding, Vec<u32>)> = Vec::new();
    for run in runs {
        for finding in run.gates.iter().flat_map(|gate| &gate.findings) {
            let same = |other: &Finding| {
                other.code == finding.code
                    && without_last_line(&other.message) == without_last_line(&finding.message)
                    && without_run(other) == without_run(finding)
            };
            match merged.iter_mut().find(|(other, _)| same(other)) {
                Some((_, numbers)) => numbers.push(run.number),
                None => merged.push((finding.clone(), vec![run.number])),
            }
        }
    }
    let all = runs.len();
    merged
        .into_iter()
        .map(|(mut finding, numbers)| {
            if numbers.len() > 1 {
                if let Some(place) = &mut finding.place {
                    place.run = None;
                }
                if numbers.len() < all {
                    finding.message.push_str(&format!(" ({})", run_names(&numbers)));
                }
            }
            finding
        })
        .collect()
}

/// A message without what the gate itself said last, which may hold a time.
fn without_last_line(message: &str) -> &str {
    message.split(LAST_LINE).next().unwrap_or(message)
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
        .all(|run| run.manifest_sha256 == first.manifest_sha256)
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
        let message = format!("{more} more files differ, most of them because of these");
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
pub fn is_root(path: &str, derived: &[&str]) -> bool {
    gate_of(path).is_some_and(|gate| !derived.contains(&gate))
}

/// The gate in whose evidence a path lies: `evidence/T4_tests/…`.
fn gate_of(path: &str) -> Option<&str> {
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
    let exponent = i32::try_from(runs).unwrap_or(i32::MAX);
    let seen = 100.0 * (1.0 - 0.9_f64.powi(exponent));
    Finding::new(
        Code::FlakeOdds,
        format!("{runs} runs see a gate that fails one time in ten with {seen:.0} % probability"),
    )
    .help("more runs see rarer flakes: `--runs 10`")
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::judge::compare::Difference;
    use thrice_findings::exit_status;

    fn gate(id: &str, outcome: Outcome) -> GateFacts {
        GateFacts { gate: id.to_owned(), outcome, findings: Vec::new(), derived: id == "T8" }
    }

    fn run(number: u32, outcomes: &[Outcome], zip: &str) -> RunFacts {
        RunFacts {
            number,
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
        assert!(findings[0].message.contains("27 %"), "{}", findings[0].message);
        assert_eq!(exit_status(&findings), 0);
    }

    #[test]
    fn one_red_gate_in_one_run_is_cec_20_and_not_divergence() {
        let mut runs = [1, 2, 3].map(|number| run(number, &[Pass, Pass], "a"));
        runs[1] = run(2, &[Fail, NotEstablished], "b");
        let findings = decide(&runs, &[]);
        assert_eq!(codes(&findings), ["CEC-20", "CEC-20"]);
        assert_eq!(findings[0].message, "T4 is not green: fail in run 2");
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
        assert!(findings[1].message.starts_with("1 more files"));
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
        assert_eq!(findings[1].message, "run 1 has no ZIP");
        assert_eq!(exit_status(&findings), 40);
    }

    #[test]
    fn several_exits_at_once_are_all_told_and_the_smallest_counts() {
        let mut runs = [1, 2].map(|number| run(number, &[Fail, Pass], "a"));
        runs[1].scorecard_sha256 = None;
        let findings = decide(&runs, &[]);
        assert_eq!(codes(&findings), ["CEC-20", "CEC-40"]);
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
}
