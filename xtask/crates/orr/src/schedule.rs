//! Which gate starts next: pure bookkeeping over the gates of all runs.
//!
//! All runs share one budget of cores. Among the gates that may start, the one
//! with the longest way to the end of its run goes first, which keeps the last
//! run from trailing behind.

use std::collections::BTreeMap;
use std::time::Duration;

use thrice_findings::outcome::Outcome;
use thrice_programme::Gate;

/// A gate of a run.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct Task {
    /// Number of the run, from 1.
    pub run: u32,
    /// Index of the gate in policy.
    pub gate: usize,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum State {
    Waiting,
    Running,
    Done(Outcome),
}

/// What to do next.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Next {
    /// Start this gate; it takes so many cores.
    Start(Task, usize),
    /// This gate cannot run: these gates that it needs are not green.
    Skip(Task, Vec<(String, Outcome)>),
    /// Nothing can start before something ends.
    Wait,
    /// Every gate of every open run is done.
    Finished,
}

/// The state of all gates of all runs.
pub(crate) struct Schedule<'a> {
    gates: &'a [Gate],
    states: BTreeMap<Task, State>,
    open: Vec<u32>,
    free: usize,
    budget: usize,
    way: Vec<Duration>,
}

impl<'a> Schedule<'a> {
    /// A schedule over a budget of cores. `expected` is how long each gate took the
    /// last time.
    #[must_use]
    pub(crate) fn new(
        gates: &'a [Gate],
        budget: usize,
        expected: &BTreeMap<String, Duration>,
    ) -> Self {
        let budget = budget.max(1);
        let way = ways(gates, expected);
        Self { gates, states: BTreeMap::new(), open: Vec::new(), free: budget, budget, way }
    }

    /// Adds a run's gates; none of them starts or is skipped before [`Self::open`].
    pub(crate) fn add_run(&mut self, run: u32, gates: impl IntoIterator<Item = usize>) {
        for gate in gates {
            self.states.insert(Task { run, gate }, State::Waiting);
        }
    }

    /// Takes away all that is left of a run: nothing of it starts any more, and what it
    /// has running gives its cores back.
    pub(crate) fn drop_run(&mut self, run: u32) {
        let of_run: Vec<Task> = self.states.keys().filter(|t| t.run == run).copied().collect();
        for task in of_run {
            if self.states.remove(&task) == Some(State::Running) {
                self.free += self.cores(task);
            }
        }
    }

    /// Lets a run's gates start: its checkout is there.
    pub(crate) fn open(&mut self, run: u32) {
        self.open.push(run);
    }

    /// Takes one core for something that is not a gate, if one is free.
    pub(crate) fn take_core(&mut self) -> bool {
        let taken = self.free > 0;
        self.free -= usize::from(taken);
        taken
    }

    /// Gives that core back.
    pub(crate) fn give_core(&mut self) {
        self.free += 1;
    }

    /// Cores that a gate takes: never more than there are.
    fn cores(&self, task: Task) -> usize {
        self.gates[task.gate].cores.clamp(1, self.budget)
    }

    /// Notes how a gate came out.
    pub(crate) fn done(&mut self, task: Task, outcome: Outcome) {
        let before = self.states.insert(task, State::Done(outcome));
        if before == Some(State::Running) {
            self.free += self.cores(task);
        }
    }

    /// Whether every gate of a run is done.
    #[must_use]
    pub(crate) fn is_done(&self, run: u32) -> bool {
        self.states
            .iter()
            .filter(|(task, _)| task.run == run)
            .all(|(_, state)| matches!(state, State::Done(_)))
    }

    /// Decides what to do next.
    pub(crate) fn decide(&mut self) -> Next {
        let mut best: Option<Task> = None;
        let mut waiting = false;
        for (task, state) in &self.states {
            match state {
                State::Done(_) => continue,
                State::Running => waiting = true,
                State::Waiting => {
                    waiting = true;
                    // Also a gate that is skipped may end its run, and a run must not
                    // end while its checkout is being made.
                    if !self.open.contains(&task.run) {
                        continue;
                    }
                    let (ready, broken) = self.needs(*task);
                    if !broken.is_empty() {
                        return Next::Skip(*task, broken);
                    }
                    let fits = self.cores(*task) <= self.free;
                    let better = best.is_none_or(|best| self.way[best.gate] < self.way[task.gate]);
                    if ready && fits && better {
                        best = Some(*task);
                    }
                }
            }
        }
        match best {
            Some(task) => {
                let cores = self.cores(task);
                self.free -= cores;
                self.states.insert(task, State::Running);
                Next::Start(task, cores)
            }
            None if waiting => Next::Wait,
            None => Next::Finished,
        }
    }

    /// Whether all that a gate needs is green, and what of it is done and is not.
    /// A need that is not part of this schedule was settled before it.
    fn needs(&self, task: Task) -> (bool, Vec<(String, Outcome)>) {
        let mut ready = true;
        let mut broken = Vec::new();
        for need in &self.gates[task.gate].needs {
            let Some(gate) = self.gates.iter().position(|gate| gate.id == *need) else { continue };
            match self.states.get(&Task { run: task.run, gate }) {
                Some(State::Done(outcome)) if outcome.lets_others_run() => {}
                Some(State::Done(outcome)) => broken.push((need.clone(), *outcome)),
                Some(_) => ready = false,
                None => {}
            }
        }
        (ready, broken)
    }
}

/// Seconds from the start of each gate to the end of its run, by how long each took the last
/// time; nothing where there was none.
pub(crate) fn left(gates: &[Gate], expected: &BTreeMap<String, Duration>) -> BTreeMap<String, f64> {
    if expected.is_empty() {
        return BTreeMap::new();
    }
    let ways = ways(gates, expected);
    gates.iter().zip(ways).map(|(gate, way)| (gate.id.clone(), way.as_secs_f64())).collect()
}

/// The longest way from the start of each gate to the end of its run.
fn ways(gates: &[Gate], expected: &BTreeMap<String, Duration>) -> Vec<Duration> {
    let mut ways = vec![Duration::ZERO; gates.len()];
    // Policy refuses circles, so as many rounds as there are gates settle all.
    for _ in 0..gates.len() {
        for (index, gate) in gates.iter().enumerate() {
            let own = expected.get(&gate.id).copied().unwrap_or(Duration::from_secs(1));
            let after = gates
                .iter()
                .zip(&ways)
                .filter(|(other, _)| other.needs.contains(&gate.id))
                .map(|(_, way)| *way)
                .max();
            ways[index] = own + after.unwrap_or_default();
        }
    }
    ways
}

#[cfg(test)]
mod properties {
    use std::collections::BTreeSet;

    use proptest::prelude::*;

    use super::*;
    use thrice_programme::Action;

    fn gate(number: usize, cores: usize, needs: Vec<usize>) -> Gate {
        Gate {
            id: format!("T{number}"),
            number: u32::try_from(number).unwrap(),
            name: "gate".to_owned(),
            action: Action::Run(Vec::new()),
            needs: needs.into_iter().map(|need| format!("T{need}")).collect(),
            timeout: Duration::from_secs(1),
            cores,
            owner: None,
            evidence: Vec::new(),
            scrub: Vec::new(),
            env: Vec::new(),
            set: Vec::new(),
            network: false,
            writable: None,
            tests: None,
        }
    }

    /// Gates of which each needs some with a smaller number, so that there is no
    /// circle; in another order in policy than by number.
    fn gates() -> impl Strategy<Value = Vec<Gate>> {
        let one = (1..5_usize, prop::collection::vec(any::<prop::sample::Index>(), 0..3));
        let all = prop::collection::vec(one, 1..9).prop_map(|all| {
            let gates = all.into_iter().enumerate().map(|(number, (cores, needs))| {
                let needs: BTreeSet<usize> = match number {
                    0 => BTreeSet::new(),
                    _ => needs.iter().map(|need| need.index(number)).collect(),
                };
                gate(number, cores, needs.into_iter().collect())
            });
            gates.collect::<Vec<_>>()
        });
        all.prop_shuffle()
    }

    fn outcome() -> impl Strategy<Value = Outcome> {
        prop_oneof![
            4 => Just(Outcome::Pass),
            1 => Just(Outcome::Fail),
            1 => Just(Outcome::NoEvidence),
            1 => Just(Outcome::NotEstablished),
        ]
    }

    /// Whether a gate's needs, and theirs, all let others run.
    fn founded(gates: &[Gate], outcomes: &[Outcome], gate: usize) -> bool {
        gates[gate].needs.iter().all(|need| {
            let need = gates.iter().position(|other| other.id == *need).unwrap();
            outcomes[need].lets_others_run() && founded(gates, outcomes, need)
        })
    }

    proptest! {
        #[test]
        fn every_gate_is_done_or_skipped_within_the_budget(
            gates in gates(),
            runs in 1..4_u32,
            budget in 0..7_usize,
            outcomes in prop::collection::vec(outcome(), 4 * 9),
            coins in prop::collection::vec(any::<bool>(), 4 * 9),
            choices in prop::collection::vec(any::<prop::sample::Index>(), 2 * 4 * 9),
        ) {
            let cores = budget.max(1);
            let outcomes: Vec<&[Outcome]> = outcomes.chunks(9).collect();
            let of = |task: Task| outcomes[task.run as usize][task.gate];
            let mut schedule = Schedule::new(&gates, budget, &BTreeMap::new());
            let mut passed = BTreeSet::new();
            let mut kept = BTreeSet::new();
            for run in 0..runs {
                // A resumed review keeps some gates whose needs are kept.
                let mut by_number: Vec<usize> = (0..gates.len()).collect();
                by_number.sort_by_key(|gate| gates[*gate].number);
                for gate in by_number {
                    let task = Task { run, gate };
                    let needs_kept = gates[gate].needs.iter().all(|need| {
                        let gate = gates.iter().position(|gate| gate.id == *need).unwrap();
                        passed.contains(&Task { run, gate })
                    });
                    if needs_kept && coins[run as usize * 9 + gate] {
                        kept.insert(task);
                        schedule.done(task, of(task));
                        if of(task).lets_others_run() {
                            passed.insert(task);
                        }
                    }
                }
                let left = (0..gates.len()).filter(|gate| !kept.contains(&Task { run, gate: *gate }));
                schedule.add_run(run, left);
            }
            let mut closed: Vec<u32> = (0..runs).collect();
            let mut running: Vec<(Task, usize)> = Vec::new();
            let mut started = BTreeSet::new();
            let mut skipped = BTreeSet::new();
            let mut choices = choices.into_iter();
            // Each turn starts, skips, ends or opens something: more means no end.
            for _ in 0..=(2 * gates.len() + 1) * runs as usize {
                match schedule.decide() {
                    Next::Start(task, taken) => {
                        prop_assert!(!closed.contains(&task.run), "{task:?} has no checkout");
                        prop_assert!(started.insert(task), "{task:?} started twice");
                        prop_assert!(taken >= 1);
                        running.push((task, taken));
                        let used: usize = running.iter().map(|(_, taken)| taken).sum();
                        prop_assert!(used <= cores, "{used} of {cores} cores");
                        for need in &gates[task.gate].needs {
                            let gate = gates.iter().position(|gate| gate.id == *need).unwrap();
                            let need = Task { run: task.run, gate };
                            prop_assert!(passed.contains(&need), "{task:?} before {need:?}");
                        }
                    }
                    Next::Skip(task, because) => {
                        prop_assert!(!closed.contains(&task.run), "{task:?} has no checkout");
                        prop_assert!(!because.is_empty());
                        prop_assert!(skipped.insert(task), "{task:?} skipped twice");
                        schedule.done(task, Outcome::NotEstablished);
                    }
                    Next::Wait => {
                        // Something ends, or a run's checkout is there.
                        let choice = choices.next().unwrap().index(closed.len() + running.len());
                        if choice < closed.len() {
                            schedule.open(closed.swap_remove(choice));
                        } else {
                            let (task, _) = running.swap_remove(choice - closed.len());
                            if of(task).lets_others_run() {
                                passed.insert(task);
                            }
                            schedule.done(task, of(task));
                        }
                    }
                    Next::Finished => break,
                }
            }
            prop_assert_eq!(schedule.decide(), Next::Finished);
            prop_assert!(running.is_empty());
            for run in 0..runs {
                prop_assert!(schedule.is_done(run), "run {run}");
                for gate in 0..gates.len() {
                    let task = Task { run, gate };
                    let founded = founded(&gates, outcomes[run as usize], gate);
                    let new = !kept.contains(&task);
                    prop_assert_eq!(started.contains(&task), founded && new, "{:?}", task);
                    prop_assert_eq!(skipped.contains(&task), !founded, "{:?}", task);
                }
            }
            // All cores were given back.
            for _ in 0..cores {
                prop_assert!(schedule.take_core());
            }
            prop_assert!(!schedule.take_core());
        }
    }
}
