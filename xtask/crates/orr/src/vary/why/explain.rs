//! The causes of what a review found: which gates are asked about, what may be the cause
//! of each, and what the findings then say.

use std::collections::BTreeMap;
use std::time::{Duration, Instant};

use super::laboratory::{Bench, Case, Start};
use super::search::{Cause, Laboratory, Question, search};
use super::{clue, words};
use crate::journal::Journal;
use crate::judge::compare::{EntryDifference, Hint, hint_of};
use crate::judge::decision::{GateFacts, RunDifference, RunFacts, gate_of, is_root};
use crate::vary::{Variation, probe};
use thrice_findings::{Code, Finding, Outcome};
use thrice_programme::{Aspect, Gate, Policy};
use thrice_report::event::{Event, Listener};

/// How many gates of a review are asked about.
const GATES: usize = 3;
/// The least time that a search gets.
const LEAST: Duration = Duration::from_secs(20);
/// The least time that one trial gets.
const LEAST_TRIAL: Duration = Duration::from_secs(10);

/// A review, of which causes are asked.
pub(crate) struct Inquiry<'a> {
    pub case: Case<'a>,
    /// In what its runs differed on purpose.
    pub varied: &'a BTreeMap<u32, Variation>,
    /// How long each gate took.
    pub took: BTreeMap<String, Duration>,
    /// Who hears what happens.
    pub listener: &'a dyn Listener,
    pub journal: &'a mut Journal,
}

/// What is asked about a gate.
struct GateQuestion<'a> {
    gate: &'a Gate,
    left: u32,
    right: u32,
    /// Runs that are as the left one, although they differ from it in something.
    equal: Vec<u32>,
    difference: Option<&'a EntryDifference>,
    /// Whether no run of the review passed it.
    never_passed: bool,
}

/// A cause that was found or not.
#[derive(Clone, Debug)]
pub(crate) struct Explained {
    pub gate: String,
    /// The file that differs, where it is one.
    pub path: Option<String>,
    pub at: String,
    pub cause: Cause,
}

impl Inquiry<'_> {
    /// Why the runs differ, gate by gate; nothing where policy gives no time for it.
    pub(crate) fn causes(
        &mut self,
        facts: &[RunFacts],
        differences: &[RunDifference],
    ) -> anyhow::Result<Vec<Explained>> {
        let policy = self.case.policy;
        if policy.gates.vary.budget == 0 {
            return Ok(Vec::new());
        }
        let plain: Vec<u32> = facts
            .iter()
            .map(|run| run.number)
            .filter(|run| self.varied.get(run).is_none_or(Variation::is_plain))
            .collect();
        let mut asked = differing(policy, facts, differences);
        asked.extend(red(policy, facts, &plain));
        asked.truncate(GATES);
        if asked.is_empty() {
            return Ok(Vec::new());
        }
        let start = Start::of(&self.case)?;
        asked.into_iter().map(|asked| self.explain(&asked, &start)).collect()
    }

    fn explain(&mut self, asked: &GateQuestion<'_>, start: &Start) -> anyhow::Result<Explained> {
        let hint = asked.difference.and_then(|entry| hint_of(&entry.difference));
        let took = self.took.get(&asked.gate.id).copied().unwrap_or_default();
        let gates = &self.case.policy.gates;
        let budget = (took * gates.vary.budget).max(LEAST);
        let id = &asked.gate.id;
        let doing = match asked.never_passed {
            true => format!("running {id} again, without what differs on purpose"),
            false => format!("looking why {id} differs"),
        };
        let text = format!("{doing}, at most {:.0} s", budget.as_secs_f64());
        self.listener.event(&Event::Said { text });
        let candidates = self.candidates(asked);
        let suspects = asked
            .difference
            .map(|entry| clue::suspects(&entry.difference, &candidates))
            .unwrap_or_default();
        let never_passed = asked.never_passed;
        let question = Question { candidates, suspects, pins: self.pins(hint)?, never_passed };
        let mut gate = asked.gate.clone();
        gate.timeout = gate.timeout.min((took * 10).max(LEAST_TRIAL));
        let stagger = if hint == Some(Hint::Time) { gates.stagger } else { Duration::ZERO };
        let mut bench = Bench {
            case: &self.case,
            start,
            gate,
            path: asked.difference.map(|entry| entry.path.clone()),
            deadline: Instant::now() + budget,
            stagger,
            last: None,
            trials: 0,
            said: Instant::now(),
            listener: self.listener,
            journal: self.journal,
        };
        let mut cause = search(&question, &mut bench)?;
        if let Cause::Varied { aspect: Aspect::Warm, value, .. } = &mut cause {
            *value = which_was_warm(&mut bench)?.unwrap_or(value.clone());
        }
        Ok(Explained {
            gate: id.clone(),
            path: asked.difference.map(|entry| entry.path.clone()),
            at: asked.difference.map(|entry| entry.difference.place()).unwrap_or_default(),
            cause,
        })
    }

    /// In what the two runs differed, less what a run that is as the left one has too.
    fn candidates(&self, asked: &GateQuestion<'_>) -> Variation {
        let of = |run: u32| self.varied.get(&run).cloned().unwrap_or_default();
        let (left, right) = (of(asked.left), of(asked.right));
        if right.has(Aspect::Warm) {
            return right;
        }
        let vary = &self.case.policy.gates.vary;
        let words = Aspect::WORDS.iter().filter_map(|word| Aspect::from_word(word));
        let mut candidates: Variation = words
            .filter(|aspect| vary.varies(*aspect, &asked.gate.id))
            .filter(|aspect| left.get(*aspect) != right.get(*aspect))
            .filter_map(|aspect| Some((aspect, right.get(aspect).or(left.get(aspect))?.to_owned())))
            .collect();
        let moved = |run: &u32| !of(*run).has(Aspect::Warm);
        if !asked.equal.iter().any(moved) {
            for aspect in [Aspect::Checkout, Aspect::Home, Aspect::Temporary] {
                candidates = candidates.with(aspect, format!("elsewhere-{}", aspect.word()));
            }
        }
        candidates.only(|aspect| {
            !asked.equal.iter().any(|run| of(*run).get(aspect) == right.get(aspect))
                || aspect.is_always()
        })
    }

    /// What can be held still here, most likely first.
    fn pins(&self, hint: Option<Hint>) -> anyhow::Result<Vec<(Aspect, String)>> {
        let repository = self.case.repository;
        let wanted = [Aspect::Aslr, Aspect::Clock, Aspect::Cpus];
        let machine = probe::machine(repository, repository.root(), &wanted)?;
        let mut pins = vec![
            (Aspect::HashSeed, "0"),
            (Aspect::Aslr, "off"),
            (Aspect::Clock, "2030-01-01 00:00:00"),
            (Aspect::Cpus, "1"),
        ];
        pins.retain(|(aspect, _)| !machine.missing.contains_key(aspect));
        let likely = match hint {
            Some(Hint::Time) => Some(Aspect::Clock),
            Some(Hint::Random) => Some(Aspect::Aslr),
            _ => None,
        };
        pins.sort_by_key(|(aspect, _)| Some(*aspect) != likely);
        Ok(pins.into_iter().map(|(aspect, value)| (aspect, value.to_owned())).collect())
    }
}

/// Whether the checkout or HOME alone makes the difference; none where both must be warm
/// or there is no time.
fn which_was_warm(bench: &mut Bench<'_>) -> anyhow::Result<Option<String>> {
    let Some(plain) = bench.observe(&Variation::default())? else { return Ok(None) };
    for place in ["checkout", "HOME"] {
        let warm = Variation::default().with(Aspect::Warm, place);
        match bench.observe(&warm)? {
            Some(seen) if seen != plain => return Ok(Some(place.to_owned())),
            Some(_) => {}
            None => return Ok(None),
        }
    }
    Ok(None)
}

/// The first file that differs of each gate that differs of itself.
fn differing<'a>(
    policy: &'a Policy,
    facts: &[RunFacts],
    differences: &'a [RunDifference],
) -> Vec<GateQuestion<'a>> {
    let derived: Vec<&str> = policy
        .gates
        .gates
        .iter()
        .filter(|gate| gate.is_derived())
        .map(|gate| gate.id.as_str())
        .collect();
    let Some(first) = facts.iter().find(|run| run.zip_sha256.is_some()) else { return Vec::new() };
    let mut asked: Vec<GateQuestion<'a>> = Vec::new();
    for difference in differences {
        for entry in difference.entries.iter().filter(|entry| is_root(&entry.path, &derived)) {
            let Some(gate) = gate_of(&entry.path).and_then(|id| policy.gates.get(id)) else {
                continue;
            };
            if asked.iter().any(|asked| asked.gate.id == gate.id) {
                continue;
            }
            let differs = |run: u32| {
                let of_run = differences.iter().filter(|it| it.run == run);
                of_run.flat_map(|it| &it.entries).any(|it| it.path == entry.path)
            };
            let others = facts.iter().map(|run| run.number).filter(|run| *run != first.number);
            asked.push(GateQuestion {
                gate,
                left: first.number,
                right: difference.run,
                equal: others.filter(|run| !differs(*run)).collect(),
                difference: Some(entry),
                never_passed: false,
            });
        }
    }
    asked
}

/// Gates that are red in a run that differs from the plain ones, and in no plain one.
fn red<'a>(policy: &'a Policy, facts: &[RunFacts], plain: &[u32]) -> Vec<GateQuestion<'a>> {
    let is_red = |facts: &GateFacts| {
        let skipped = facts.findings.iter().any(|it| it.code == Code::GateSkipped);
        !skipped && matches!(facts.outcome, Outcome::Fail | Outcome::NotEstablished)
    };
    let in_run = |run: &RunFacts, gate: &Gate| {
        run.gates.iter().any(|facts| facts.gate == gate.id && is_red(facts))
    };
    let one = |gate: &'a Gate| {
        let mut red = facts.iter().filter(|run| in_run(run, gate));
        let run = red.clone().next()?;
        if red.any(|run| plain.contains(&run.number)) {
            return None;
        }
        let passed = |it: &GateFacts| it.gate == gate.id && it.outcome == Outcome::Pass;
        Some(GateQuestion {
            gate,
            left: plain.first().copied().unwrap_or(1),
            right: run.number,
            equal: Vec::new(),
            difference: None,
            never_passed: !facts.iter().any(|run| run.gates.iter().any(passed)),
        })
    };
    policy.gates.gates.iter().filter_map(one).collect()
}

impl Explained {
    /// One line: `log line 3 differs because of the locale (LC_ALL=C): sort by bytes, LC_ALL=C`.
    #[must_use]
    pub(crate) fn line(&self) -> String {
        let (why, remedy) = words::reported(&self.cause);
        let what = match &self.path {
            Some(path) => format!("{path} {} differs", self.at),
            None => format!("{} fails", self.gate),
        };
        let what = what.replace("  ", " ");
        let remedy = if remedy.is_empty() { remedy } else { format!(": {remedy}") };
        let join = if why.starts_with("because") { " " } else { ", " };
        format!("{what}{join}{why}{remedy}")
    }

    /// Whether a finding is about what this explains.
    fn is_of(&self, finding: &Finding) -> bool {
        let place = finding.place.as_ref();
        let of_gate = place.and_then(|place| place.gate.as_ref()) == Some(&self.gate);
        match &self.path {
            Some(path) => {
                finding.code == Code::Cec30
                    && place.and_then(|place| place.file.as_ref()) == Some(path)
            }
            None => finding.code == Code::Cec20 && of_gate,
        }
    }
}

/// Lets findings say their causes.
pub(crate) fn attach(findings: &mut [Finding], explained: &[Explained]) {
    for it in explained {
        let Some(finding) = findings.iter_mut().find(|finding| it.is_of(finding)) else { continue };
        let (why, remedy) = words::reported(&it.cause);
        match &it.path {
            Some(path) => {
                let after = finding.message.get(path.len()..).and_then(|rest| rest.find(": "));
                if let Some(after) = after {
                    finding.message.insert_str(path.len() + after, &format!(", {why}"));
                }
            }
            None if matches!(it.cause, Cause::Varied { .. } | Cause::Together(_)) => {
                finding.message.push_str(&format!(", and passes in a plain run: {why}"));
            }
            None => finding.message.push_str(&format!("; {why}")),
        }
        if !remedy.is_empty() {
            let old = finding.help.take().map(|help| format!("; {help}")).unwrap_or_default();
            finding.help = Some(format!("{remedy}{old}"));
        }
    }
}
