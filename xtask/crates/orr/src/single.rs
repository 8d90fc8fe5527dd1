//! One run in the working tree itself: what each CI job calls, and what a person
//! calls at their machine.

use std::collections::BTreeMap;
use std::sync::{Mutex, PoisonError};
use std::time::Duration;

use anyhow::Context;
use serde::{Deserialize, Serialize};

use super::environment;
use super::execute::{Executed, Keeper, Plan, PlannedRun, execute};
use super::gate::is_plausible;
use super::journal::Early;
use super::layout::{Output, Run};
use super::leftovers::{evidence_stands, policy_digest};
use super::locked_crates::{self, go};
use super::pack::{self, Packed};
use super::prepare::{install_aloud, need_packages};
use super::result::GateResult;
use super::vary::{Variation, tree};
use crate::evidence::json::canonical;
use thrice_facts::git::{Commit, Repository};
use thrice_facts::interrupt::Interrupt;
use thrice_facts::{files, machine};
use thrice_findings::Stop;
use thrice_programme::{Gate, Policy, PolicyFiles};
use thrice_report::event::{Event, Listener};

/// What is asked for.
pub(crate) struct Request<'a> {
    pub repository: &'a Repository,
    pub policy: &'a Policy,
    pub files: &'a PolicyFiles,
    /// The commit that is checked out.
    pub commit: Commit,
    /// Whether the working tree has changes that are in no commit: the gates run, but
    /// nothing of it is kept or packed.
    pub dirty: bool,
    /// Indices in policy of the gates to be run.
    pub gates: Vec<usize>,
    /// In what the run differs from a plain one.
    pub variation: Variation,
    /// Cores to be used at once.
    pub cores: usize,
    /// Whether the command was asked to stop.
    pub interrupt: &'a Interrupt,
    /// Who hears what happens.
    pub listener: &'a dyn Listener,
}

/// What came of it.
pub(crate) struct Ran {
    /// Results of the gates that were asked for.
    pub results: Vec<GateResult>,
    /// Digests, where every gate of policy has a result.
    pub packed: Option<Packed>,
    /// Where it left its outputs.
    pub output: Output,
}

/// A gate's result in a file, with the commit that it is of.
#[derive(Serialize, Deserialize)]
struct KeptResult {
    commit: String,
    policy_sha256: String,
    result: GateResult,
    /// In what the run differed from a plain one.
    #[serde(default)]
    varied: Variation,
    /// On what machine it was made.
    #[serde(default)]
    machine: BTreeMap<String, String>,
}

/// How a run in the working tree ended.
pub(crate) enum Ending {
    /// All gates that were asked for have a result.
    Ran(Ran),
    /// The command was asked to stop.
    Interrupted,
}

/// Runs gates in the working tree.
pub(crate) fn run(request: &Request<'_>) -> anyhow::Result<Ending> {
    let policy = request.policy;
    let root = request.repository.root();
    let whole = Output::of(request.repository, policy);
    // What stands of a review stays as it is.
    let beside_a_review = whole.has_review();
    let output = if beside_a_review { whole.alone() } else { whole.clone() };
    let all = policy.gates.gates.len();
    if request.gates.len() == all {
        output.clear_run(&policy.programme.id)?;
    } else {
        output.clear_pack(&policy.programme.id)?;
    }
    let scratch = thrice_facts::scratch::folder()?;
    let run = Run {
        number: 1,
        commit: request.commit.clone(),
        root: root.to_owned(),
        checkout: root.to_owned(),
        inner_output: policy.programme.output.clone(),
        output: output.clone(),
        scratch: scratch.path().to_owned(),
        variation: request.variation.clone(),
    };
    let done = earlier(request, &output)?;
    begins(request);
    let keeper = InPlace {
        request,
        packed: Mutex::new(None),
        review: beside_a_review.then(|| whole.clone()),
    };
    keeper.put_all_back()?;
    let plan = Plan {
        policy,
        runs: vec![PlannedRun {
            run,
            done,
            digest: None,
            gates: request.gates.clone(),
            after: None,
        }],
        cores: request.cores,
        expected: BTreeMap::new(),
        stagger: Duration::ZERO,
        until: false,
        keep_going: true,
        interrupt: request.interrupt,
        listener: request.listener,
    };
    let executed = execute(&plan, &keeper);
    keeper.put_all_back()?;
    files::remove(scratch.path())?;
    let Executed::Finished { mut results, .. } = executed? else {
        return Ok(Ending::Interrupted);
    };
    let mut results = results.remove(&1).unwrap_or_default();
    let asked: Vec<&str> =
        request.gates.iter().map(|index| policy.gates.gates[*index].id.as_str()).collect();
    results.retain(|result| asked.contains(&result.gate.as_str()));
    let packed = keeper.packed.into_inner().unwrap_or_else(PoisonError::into_inner);
    Ok(Ending::Ran(Ran { results, packed, output }))
}

fn begins(request: &Request<'_>) {
    let ids =
        request.gates.iter().map(|index| request.policy.gates.gates[*index].id.clone()).collect();
    request.listener.event(&Event::Started {
        runs: 1,
        gates: ids,
        commit: request.commit.id.clone(),
        expected_seconds: None,
        left_seconds: BTreeMap::new(),
        waits_for: "its turn",
    });
}

/// Results of the other gates that an earlier call left, of the same commit.
fn earlier(request: &Request<'_>, output: &Output) -> anyhow::Result<Vec<GateResult>> {
    let mut results = Vec::new();
    for (index, gate) in request.policy.gates.gates.iter().enumerate() {
        if request.gates.contains(&index) {
            files::remove(&output.gate_result(&gate.id))?;
            continue;
        }
        let Some(bytes) = files::read_if_there(&output.gate_result(&gate.id))? else { continue };
        if let Ok(kept) = serde_json::from_slice::<KeptResult>(&bytes)
            && kept.commit == request.commit.id
            && kept.policy_sha256 == policy_digest(request.files)
            && kept.result.gate == gate.id
            && is_plausible(gate, &kept.result)?
            && evidence_stands(output.folder(), &kept.result)?
        {
            results.push(kept.result);
        }
    }
    Ok(results)
}

struct InPlace<'a> {
    request: &'a Request<'a>,
    packed: Mutex<Option<Packed>>,
    /// The outputs of a review that is to stay as it is.
    review: Option<Output>,
}

impl InPlace<'_> {
    /// A gate writes where the review's evidence of it lies: that makes room meanwhile.
    fn set_aside(&self, gate: &str) -> anyhow::Result<()> {
        let (Some(review), Some(folder)) = (&self.review, self.folder(gate)) else { return Ok(()) };
        let (there, aside) = (review.evidence().join(&folder), review.set_aside(&folder));
        if there.exists() && !aside.exists() {
            files::make_folder(aside.parent().unwrap_or(&aside))?;
            std::fs::rename(&there, &aside)
                .with_context(|| format!("cannot move {}", there.display()))?;
        }
        Ok(())
    }

    /// Puts the review's evidence back.
    fn put_back(&self, gate: &str) -> anyhow::Result<()> {
        let (Some(review), Some(folder)) = (&self.review, self.folder(gate)) else { return Ok(()) };
        let (there, aside) = (review.evidence().join(&folder), review.set_aside(&folder));
        files::remove(&there)?;
        if aside.exists() {
            std::fs::rename(&aside, &there)
                .with_context(|| format!("cannot move {}", aside.display()))?;
        }
        Ok(())
    }

    /// Puts back what a gate that was ended, or a command that was killed, left aside.
    fn put_all_back(&self) -> anyhow::Result<()> {
        let Some(review) = &self.review else { return Ok(()) };
        for gate in &self.request.policy.gates.gates {
            if review.set_aside(&gate.folder()).exists() {
                self.put_back(&gate.id)?;
            }
        }
        files::remove(&review.folder().join("aside"))
    }

    fn folder(&self, gate: &str) -> Option<String> {
        self.request.policy.gates.get(gate).map(Gate::folder)
    }
}

impl Keeper for InPlace<'_> {
    fn check_out(&self, run: &Run, interrupt: &Interrupt) -> anyhow::Result<()> {
        let gates = &self.request.policy.gates;
        tree::furnish_scratch(run)?;
        environment::make_home(run, &gates.environment)?;
        go::copy_to(run, gates, u32::MAX)?;
        locked_crates::copy_to_working_tree(run, gates)?;
        match need_packages(gates, &self.request.gates) {
            true => install_aloud(gates, run, interrupt, self.request.listener).map(drop),
            false => Ok(()),
        }
    }

    fn gate_begins(&self, _run: &Run, gate: &str) -> anyhow::Result<()> {
        self.set_aside(gate)
    }

    fn gate_ended(&self, run: &Run, result: &GateResult) -> anyhow::Result<()> {
        if !result.was_skipped() {
            self.put_back(&result.gate)?;
        }
        // What ran on uncommitted changes is nothing of the commit.
        if self.request.dirty {
            return Ok(());
        }
        let kept = KeptResult {
            commit: run.commit.id.clone(),
            policy_sha256: policy_digest(self.request.files),
            result: result.clone(),
            varied: run.variation.clone(),
            machine: machine::described()
                .into_iter()
                .map(|(name, it)| (name.to_owned(), it))
                .collect(),
        };
        files::write_whole(&run.output.gate_result(&result.gate), &canonical(&kept)?)
    }

    fn decided_early(&self, _: &Early) -> anyhow::Result<()> {
        Ok(())
    }

    fn run_ended(&self, run: &Run, results: &[GateResult]) -> anyhow::Result<Option<String>> {
        let gates = &self.request.policy.gates.gates;
        if !self.request.dirty
            && gates.iter().all(|gate| results.iter().any(|result| result.gate == gate.id))
        {
            let programme = &self.request.policy.programme.id;
            // The decision of an earlier review is of other files than these.
            files::remove(&run.output.decision())?;
            files::remove(&run.output.review_statement(programme))?;
            let packed = match pack::pack(run, programme, results, self.request.files) {
                Ok(packed) => packed,
                Err(stop) => {
                    for finding in stop.refusal().map_err(Stop::into_error)? {
                        self.request.listener.event(&Event::Said { text: finding.message });
                    }
                    return Ok(None);
                }
            };
            self.request.listener.event(&Event::RunPacked {
                run: run.number,
                zip_sha256: packed.zip_sha256.clone(),
            });
            *self.packed.lock().unwrap_or_else(PoisonError::into_inner) = Some(packed);
        }
        Ok(None)
    }
}
