//! Carrying out the gates of one or more runs under one budget of cores.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::mpsc::{RecvTimeoutError, Sender, channel};
use std::thread::Scope;
use std::time::{Duration, Instant};

use super::gate;
use super::journal::Early;
use super::judge::decision::described;
use super::layout::Run;
use super::result::GateResult;
use super::schedule::{Next, Schedule, Task};
use super::surroundings::Surroundings;
use thrice_facts::interrupt::Interrupt;
use thrice_findings::Outcome;
use thrice_programme::Policy;
use thrice_report::event::{Event, Listener};

/// How often the loop looks whether the command was asked to stop.
const LOOK: Duration = Duration::from_millis(50);

/// What is to be done.
pub(crate) struct Plan<'a> {
    pub policy: &'a Policy,
    pub runs: Vec<PlannedRun>,
    /// Cores to be used at once.
    pub cores: usize,
    /// How long each gate took the last time.
    pub expected: BTreeMap<String, Duration>,
    /// Least time between the starts of two runs.
    pub stagger: Duration,
    /// Whether the runs end as soon as two differ.
    pub until: bool,
    /// Whether all runs are made, also when a gate that is not green has decided.
    pub(crate) keep_going: bool,
    /// Whether the command was asked to stop.
    pub interrupt: &'a Interrupt,
    /// Who hears what happens.
    pub listener: &'a dyn Listener,
}

/// A run, what of it is done already, and what is to be done.
pub(crate) struct PlannedRun {
    pub run: Run,
    /// Results that stand already.
    pub done: Vec<GateResult>,
    /// The digest of what it was packed into, where all of its results stand already.
    pub digest: Option<String>,
    /// Indices in policy of the gates to be run now.
    pub gates: Vec<usize>,
    /// The run that must have ended before this one starts, where there is one.
    pub after: Option<u32>,
}

/// What is done around the gates: checkouts, records, packing.
pub(crate) trait Keeper: Sync {
    /// Makes a run's checkout.
    ///
    /// # Errors
    /// Where it cannot be made.
    fn check_out(&self, run: &Run, interrupt: &Interrupt) -> anyhow::Result<()>;
    /// Notes that a gate is about to start.
    ///
    /// # Errors
    /// Where it cannot be recorded.
    fn gate_begins(&self, run: &Run, gate: &str) -> anyhow::Result<()>;
    /// Notes a gate's result.
    ///
    /// # Errors
    /// Where it cannot be recorded.
    fn gate_ended(&self, run: &Run, result: &GateResult) -> anyhow::Result<()>;
    /// Notes that a gate decided, and which runs are not needed any more.
    ///
    /// # Errors
    /// Where it cannot be recorded.
    fn decided_early(&self, early: &Early) -> anyhow::Result<()>;
    /// Finishes a run whose gates are all done; the digest of what it was packed into,
    /// where it was.
    ///
    /// # Errors
    /// Where it cannot be packed or recorded.
    fn run_ended(&self, run: &Run, results: &[GateResult]) -> anyhow::Result<Option<String>>;
}

/// How the carrying out ended.
pub(crate) enum Executed {
    /// All gates of all runs that were needed are done.
    Finished {
        /// Results by run, gates in policy's order; runs that were ended have none.
        results: BTreeMap<u32, Vec<GateResult>>,
        /// What decided before all runs were made.
        early: Option<Early>,
    },
    /// The command was asked to stop.
    Interrupted,
}

enum WorkerMessage {
    CheckedOut(u32, anyhow::Result<()>),
    Gate(Task, anyhow::Result<Option<Box<GateResult>>>),
    RunEnded(u32, anyhow::Result<Option<String>>),
}

/// Carries out a plan.
///
/// # Errors
/// The first thing that the tool itself could not do; all running gates are ended
/// before.
pub(crate) fn execute(plan: &Plan<'_>, keeper: &dyn Keeper) -> anyhow::Result<Executed> {
    let (sender, messages) = channel();
    let mut work = Work::new(plan, keeper, sender);
    std::thread::scope(|scope| {
        loop {
            work.start_what_can(scope);
            work.say_that_it_stops();
            if work.running == 0 && (work.finished || work.stopping()) {
                return;
            }
            match messages.recv_timeout(work.patience()) {
                Ok(message) => work.take(scope, message),
                Err(RecvTimeoutError::Timeout | RecvTimeoutError::Disconnected) => {}
            }
        }
    });
    match work.error {
        Some(error) => Err(error),
        None if plan.interrupt.requested() => Ok(Executed::Interrupted),
        None => {
            let stopped = work.early.iter().flat_map(|early| &early.stopped);
            for run in stopped {
                work.results.remove(run);
            }
            Ok(Executed::Finished { results: work.results, early: work.early })
        }
    }
}

struct Work<'a> {
    plan: &'a Plan<'a>,
    keeper: &'a dyn Keeper,
    schedule: Schedule<'a>,
    results: BTreeMap<u32, Vec<GateResult>>,
    /// Runs that have no checkout yet; the next is the last.
    closed: Vec<&'a PlannedRun>,
    begun: Instant,
    opened: u32,
    running: usize,
    finished: bool,
    /// Runs of which nothing is to be done any more.
    ended: BTreeSet<u32>,
    /// What the run that ended first was packed into.
    digest: Option<String>,
    /// What decided before all runs were made.
    early: Option<Early>,
    /// What ends the gates of one run, by its number.
    interrupts: BTreeMap<u32, Interrupt>,
    error: Option<anyhow::Error>,
    /// Whether it was said that the command stops.
    said_stop: bool,
    sender: Sender<WorkerMessage>,
}

impl<'a> Work<'a> {
    fn new(plan: &'a Plan<'a>, keeper: &'a dyn Keeper, sender: Sender<WorkerMessage>) -> Self {
        let mut schedule = Schedule::new(&plan.policy.gates.gates, plan.cores, &plan.expected);
        let mut results = BTreeMap::new();
        for planned in &plan.runs {
            schedule.add_run(planned.run.number, planned.gates.iter().copied());
            for kept in &planned.done {
                let gates = &plan.policy.gates.gates;
                if let Some(gate) = gates.iter().position(|gate| gate.id == kept.gate) {
                    schedule.done(Task { run: planned.run.number, gate }, kept.outcome);
                }
            }
            results.insert(planned.run.number, planned.done.clone());
        }
        let open = plan.runs.iter().filter(|planned| !planned.gates.is_empty());
        let part = |planned: &PlannedRun| (planned.run.number, plan.interrupt.part());
        let interrupts = plan.runs.iter().map(part).collect();
        let mut work = Self {
            plan,
            keeper,
            schedule,
            results,
            closed: open.rev().collect(),
            begun: Instant::now(),
            opened: 0,
            running: 0,
            finished: false,
            ended: BTreeSet::new(),
            digest: None,
            early: None,
            interrupts,
            error: None,
            said_stop: false,
            sender,
        };
        work.decide_by_what_was_kept();
        work
    }

    /// A review that is resumed may have been decided by what it had done before.
    fn decide_by_what_was_kept(&mut self) {
        let red = self.plan.runs.iter().find_map(|planned| {
            let red = planned.done.iter().find(|result| result.outcome != Outcome::Pass)?;
            Some((planned.run.number, red.gate.clone()))
        });
        if let Some((run, gate)) = red {
            self.stop_the_other_runs(run, Some(&gate));
        }
        for planned in self.plan.runs.iter().filter(|it| it.gates.is_empty()) {
            self.run_ended(planned.run.number, planned.digest.clone());
        }
    }

    /// The first gate that is not green decides. Its run is finished, so that one review
    /// names every cause; the others are ended, or not started.
    fn stop_the_other_runs(&mut self, run: u32, gate: Option<&str>) {
        if self.plan.keep_going || self.early.is_some() {
            return;
        }
        let numbers = self.plan.runs.iter().map(|planned| planned.run.number);
        let stopped: Vec<u32> =
            numbers.filter(|other| *other != run && !self.schedule.is_done(*other)).collect();
        let early = Early { run, gate: gate.map(str::to_owned), stopped };
        if early.stopped.is_empty() {
            return;
        }
        if let Err(error) = self.keeper.decided_early(&early) {
            return self.fail(error);
        }
        self.closed.retain(|planned| !early.stopped.contains(&planned.run.number));
        for number in &early.stopped {
            self.schedule.drop_run(*number);
            if let Some(interrupt) = self.interrupts.get(number) {
                interrupt.raise();
            }
        }
        let because = early.cause();
        let runs = early.stopped.clone();
        self.plan.listener.event(&Event::RunsStopped { runs, because });
        self.early = Some(early);
    }

    /// Where the runs are made to see one that differs, the first that does is the last.
    fn run_ended(&mut self, run: u32, digest: Option<String>) {
        self.ended.insert(run);
        let Some(digest) = digest.filter(|_| self.plan.until) else { return };
        let first = self.digest.get_or_insert_with(|| digest.clone());
        if *first != digest {
            self.stop_the_other_runs(run, None);
        }
    }

    /// Says once what happens where the command was asked to stop.
    fn say_that_it_stops(&mut self) {
        if self.said_stop || self.error.is_some() || !self.plan.interrupt.requested() {
            return;
        }
        self.said_stop = true;
        let text = "stopping: the gates at work are ended, and what is done is kept".to_owned();
        self.plan.listener.event(&Event::Said { text });
    }

    /// Whether a run was ended, because what came out of another decided.
    fn is_stopped(&self, run: u32) -> bool {
        self.early.as_ref().is_some_and(|early| early.stopped.contains(&run))
    }

    /// What ends the gates of one run.
    fn interrupt_of(&self, run: u32) -> Interrupt {
        self.interrupts.get(&run).unwrap_or(self.plan.interrupt).clone()
    }

    fn stopping(&self) -> bool {
        self.plan.interrupt.requested() || self.error.is_some()
    }

    /// How long to wait for a message: until the next run may start, and never
    /// longer than a request to stop may go unseen.
    fn patience(&self) -> Duration {
        let next = self.begun + self.plan.stagger * self.opened;
        match next.saturating_duration_since(Instant::now()) {
            Duration::ZERO => LOOK,
            left => LOOK.min(left),
        }
    }

    fn start_what_can<'scope>(&mut self, scope: &'scope Scope<'scope, '_>)
    where
        'a: 'scope,
    {
        self.start_runs(scope);
        while !self.stopping() {
            match self.schedule.decide() {
                Next::Start(task, _) => self.start_gate(scope, task),
                Next::Skip(task, because) => {
                    let gate = &self.plan.policy.gates.gates[task.gate];
                    self.gate_ended(scope, task, gate::skipped(gate, &because), &because);
                }
                Next::Wait => return,
                Next::Finished => {
                    self.finished = self.closed.is_empty();
                    return;
                }
            }
        }
    }

    fn start_runs<'scope>(&mut self, scope: &'scope Scope<'scope, '_>)
    where
        'a: 'scope,
    {
        while let Some(planned) = self.closed.last()
            && !self.stopping()
            && planned.after.is_none_or(|run| self.ended.contains(&run))
            && Instant::now() >= self.begun + self.plan.stagger * self.opened
            && self.schedule.take_core()
        {
            let run = &planned.run;
            let (keeper, sender) = (self.keeper, self.sender.clone());
            let interrupt = self.interrupt_of(run.number);
            self.closed.pop();
            self.opened += 1;
            self.plan.listener.event(&Event::CheckingOut { run: run.number });
            self.work(scope, move || {
                let made = or_defect("a checkout", || keeper.check_out(run, &interrupt));
                let _ = sender.send(WorkerMessage::CheckedOut(run.number, made));
            });
        }
    }

    fn start_gate<'scope>(&mut self, scope: &'scope Scope<'scope, '_>, task: Task)
    where
        'a: 'scope,
    {
        let (plan, keeper, sender) = (self.plan, self.keeper, self.sender.clone());
        let Some(planned) = plan.runs.iter().find(|planned| planned.run.number == task.run) else {
            return;
        };
        let run = &planned.run;
        let gate = &plan.policy.gates.gates[task.gate];
        let earlier = self.results.get(&task.run).cloned().unwrap_or_default();
        let interrupt = self.interrupt_of(task.run);
        plan.listener.event(&Event::GateStarted {
            run: task.run,
            gate: gate.id.clone(),
            name: gate.name.clone(),
        });
        self.work(scope, move || {
            let surroundings =
                Surroundings { policy: plan.policy, run, earlier: &earlier, interrupt: &interrupt };
            let result = or_defect(&gate.id, || {
                keeper.gate_begins(run, &gate.id).and_then(|()| gate::run(&surroundings, gate))
            });
            let _ =
                sender.send(WorkerMessage::Gate(task, result.map(|result| result.map(Box::new))));
        });
    }

    /// Does something in a thread, which answers by a message.
    fn work<'scope>(
        &mut self,
        scope: &'scope Scope<'scope, '_>,
        work: impl FnOnce() + Send + 'scope,
    ) {
        match std::thread::Builder::new().spawn_scoped(scope, work) {
            Ok(_) => self.running += 1,
            Err(error) => {
                let why = "no thread can be started: raise `ulimit -u` (processes of this user)";
                self.fail(anyhow::Error::new(error).context(why));
            }
        }
    }

    fn take<'scope>(&mut self, scope: &'scope Scope<'scope, '_>, message: WorkerMessage)
    where
        'a: 'scope,
    {
        self.running -= 1;
        match message {
            WorkerMessage::CheckedOut(run, made) => {
                self.schedule.give_core();
                match made {
                    _ if self.is_stopped(run) => {}
                    Ok(()) => {
                        self.schedule.open(run);
                        self.plan.listener.event(&Event::CheckedOut { run });
                    }
                    // A checkout that was stopped half way reports that as an error.
                    Err(_) if self.plan.interrupt.requested() => {}
                    Err(error) => self.fail(error),
                }
            }
            // What a run says that was ended half way counts for nothing.
            WorkerMessage::Gate(task, _) if self.is_stopped(task.run) => {}
            WorkerMessage::Gate(task, Ok(Some(result))) => {
                self.gate_ended(scope, task, *result, &[])
            }
            WorkerMessage::Gate(_, Ok(None)) => {}
            // A built-in that was stopped half way reports that as an error.
            WorkerMessage::Gate(_, Err(_)) if self.plan.interrupt.requested() => {}
            WorkerMessage::Gate(_, Err(error)) | WorkerMessage::RunEnded(_, Err(error)) => {
                self.fail(error)
            }
            WorkerMessage::RunEnded(run, Ok(digest)) => self.run_ended(run, digest),
        }
    }

    fn fail(&mut self, error: anyhow::Error) {
        if self.error.is_none() {
            self.error = Some(error);
        }
        // Running gates end as if the command had been asked to stop.
        self.plan.interrupt.raise();
    }

    fn gate_ended<'scope>(
        &mut self,
        scope: &'scope Scope<'scope, '_>,
        task: Task,
        mut result: GateResult,
        because: &[(String, Outcome)],
    ) where
        'a: 'scope,
    {
        let plan = self.plan;
        let Some(planned) = plan.runs.iter().find(|planned| planned.run.number == task.run) else {
            return;
        };
        if plan.runs.len() > 1 {
            for finding in &mut result.findings {
                let place = finding.place.take().unwrap_or_default();
                finding.place = Some(place.in_run(task.run));
            }
        }
        if let Err(error) = self.keeper.gate_ended(&planned.run, &result) {
            return self.fail(error);
        }
        let (run, gate, name) = (task.run, result.gate.clone(), result.name.clone());
        plan.listener.event(&if because.is_empty() {
            let (outcome, seconds) = (result.outcome, result.seconds);
            Event::GateEnded { run, gate, name, outcome, seconds }
        } else {
            let said = described(because);
            let because = because.iter().map(|(id, _)| id.clone()).collect();
            Event::GateSkipped { run, gate, name, because, said }
        });
        self.schedule.done(task, result.outcome);
        if result.outcome != Outcome::Pass {
            self.stop_the_other_runs(task.run, Some(&result.gate));
        }
        let results = self.results.entry(task.run).or_default();
        results.retain(|earlier| earlier.gate != result.gate);
        results.push(result);
        sort(results, plan.policy);
        if self.schedule.is_done(task.run) {
            let (keeper, sender, results) = (self.keeper, self.sender.clone(), results.clone());
            let run = &planned.run;
            self.work(scope, move || {
                let ended = or_defect("packing a run", || keeper.run_ended(run, &results));
                let _ = sender.send(WorkerMessage::RunEnded(run.number, ended));
            });
        }
    }
}

/// What comes of some work. A panic must not leave the loop waiting for a message that
/// never comes.
fn or_defect<T>(what: &str, work: impl FnOnce() -> anyhow::Result<T>) -> anyhow::Result<T> {
    std::panic::catch_unwind(std::panic::AssertUnwindSafe(work)).unwrap_or_else(|_| {
        Err(anyhow::anyhow!("a defect of this tool ended {what}: please report it"))
    })
}

fn sort(results: &mut [GateResult], policy: &Policy) {
    let number = |id: &str| policy.gates.gates.iter().position(|gate| gate.id == id);
    results.sort_by_key(|result| number(&result.gate));
}
