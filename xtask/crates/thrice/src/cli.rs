//! The command line: arguments, and which verb they are for.

use std::path::PathBuf;

use clap::{FromArgMatches, Parser, Subcommand};

use crate::help;
use crate::version::version;
use thrice_facts::machine;
use thrice_findings::Stop;
use thrice_programme::world::World;
use thrice_pull::verbs::status::{Status, with_next};
use thrice_report::{Format, Printer, Report, program};

/// The command of a report that says what the tool itself could not do.
const TOOL: &str = "xtask";

/// Verbs that a repository adds to the product's.
pub trait OwnVerb: Subcommand {
    /// Carries the verb out; gives the exit status.
    fn run(self, world: &World) -> u8;
}

/// No verbs beside the product's.
#[derive(Debug, Subcommand)]
pub enum NoOwnVerb {}

impl OwnVerb for NoOwnVerb {
    fn run(self, _: &World) -> u8 {
        match self {}
    }
}

/// Decides what may enter `main`: gates, three runs, one digest.
#[derive(Debug, Parser)]
#[command(name = "cargo xtask", bin_name = "cargo xtask")]
pub struct Arguments<O: OwnVerb> {
    /// The repository; the one around the current folder where left out.
    #[arg(long, global = true, value_name = "DIR")]
    repo: Option<PathBuf>,
    /// The policy: a folder, or a folder at a revision.
    #[arg(long, global = true, value_name = "DIR|REV:DIR")]
    policy: Option<String>,
    /// How to say what came out.
    #[arg(long, global = true, value_enum, default_value = "human")]
    format: Format,
    #[command(subcommand)]
    command: Command<O>,
}

#[derive(Debug, Subcommand)]
enum Command<O: OwnVerb> {
    /// Readiness review: N runs of all gates on HEAD, compared and decided.
    Orr(thrice_orr::verbs::orr::Orr),
    /// What matters today: alarms, what is due, work in progress, gates, what can start.
    Today(thrice_delivery::verbs::today::Today),
    /// Where the patch in HEAD stands, what is missing, and the one command that leads on.
    Status(Status),
    /// The gates: run them once here, or list them.
    Gates(thrice_orr::verbs::gates::Gates),
    /// Why runs differ.
    Compare(thrice_orr::verbs::compare::Compare),
    /// Branches: check a name, or make a branch of a good one at the base.
    Branch(thrice_patch::verbs::branch::BranchCommand),
    /// The Filemap: whether the patch stays inside.
    Filemap(thrice_patch::verbs::filemap::FilemapCommand),
    /// Plan.json: drafted from the patch, or checked against it.
    Plan(thrice_patch::verbs::plan::PlanCommand),
    /// The canonical body of the pull request, written or checked.
    PrBody(thrice_patch::verbs::pr_body::PrBody),
    /// The pull request on the server: whether what it claims is so.
    Pr(thrice_pull::verbs::pr::PrCommand),
    /// The reviewer's rubric: areas, owners, the checklist and what is proven of it.
    Review(thrice_patch::verbs::review::Review),
    /// Stories: their states and why, the gate of entry, what stops one.
    Story(thrice_delivery::verbs::story::StoryCommand),
    /// Waves: how far one has come, and the decision at its gate.
    Wave(thrice_delivery::verbs::wave::WaveCommand),
    /// Risks: what is open, who owns it, and what was done.
    Risk(thrice_risk::verbs::risk::RiskCommand),
    /// Incidents: opened, acknowledged, contained, resolved, closed.
    Incident(thrice_risk::verbs::incident::IncidentCommand),
    /// Drills: what was tried, how it ended, what gates and triggers ask for.
    Drill(thrice_risk::verbs::drill::DrillCommand),
    /// Triggers: what has escalated at once, and who has it in hand.
    Trigger(thrice_risk::verbs::trigger::TriggerCommand),
    /// The clocks of risks, blocks and incidents: what is due, what is violated, who is asked.
    Sla(thrice_risk::verbs::sla::Sla),
    /// The rules that GitHub enforces, against those that policy demands.
    Rulesets(thrice_pull::verbs::rulesets::Rulesets),
    /// Approves a patch, a release, a risk or an exception, and records it in the ledger.
    Approve(thrice_pull::verbs::approve::Approve),
    /// The ledger of decisions: whether its chain holds, what it says.
    Ledger(thrice_ledger::verbs::ledger::LedgerCommand),
    /// Releases: candidates and releases by full commit id, their proof, and where they went.
    Release(thrice_release::verbs::ReleaseCommand),
    /// Cycles: the agenda, where they stand, and their end.
    Cycle(thrice_delivery::verbs::cycle::CycleCommand),
    /// Sprints: where they stand, and what is missing for their gates.
    Sprint(thrice_delivery::verbs::sprint::SprintCommand),
    /// The definition of done of a phase, and the document that hands it over.
    Handoff(thrice_delivery::verbs::handoff::Handoff),
    /// Evidence of stories, waves, cycles and sprints: laid out, checked, packed.
    Evidence(thrice_delivery::verbs::evidence::EvidenceCommand),
    /// How each commit came to the default branch: by a pull request with all it needs, or not.
    Audit(thrice_pull::verbs::audit::Audit),
    /// Lead time, churn, pass rate, repeatability, incidents and gates, by cycle and sprint.
    Metrics(thrice_pull::verbs::metrics::Metrics),
    /// What a coding agent must know here, from policy alone.
    Brief(thrice_patch::verbs::brief::Brief),
    /// The workflow that runs the gates on GitHub: written from policy, or compared with it.
    Workflow(thrice_orr::verbs::workflow::WorkflowCommand),
    /// Writes the rules for this repository, from what is there. Overwrites nothing.
    Init(crate::verbs::init::Init),
    /// A script that completes commands and flags in your shell.
    Completions(crate::verbs::completions::Completions),
    /// What is there and what is missing, each with what mends it.
    Doctor(crate::verbs::doctor::Doctor),
    /// The rules: check them, or print their schema.
    Policy(crate::verbs::policy::PolicyCommand),
    /// What a code or a gate means, and what to do about it.
    Explain(crate::verbs::explain::Explain),
    #[command(flatten)]
    Own(O),
    #[command(hide = true)]
    Supervise,
    #[command(hide = true)]
    Pack(thrice_orr::verbs::pack::Pack),
}

/// What the caller types to start this program: `cargo xtask` for a repository's own, else its
/// name where PATH leads to it, else the path.
fn called() -> String {
    let typed = std::env::args_os().next().unwrap_or_default();
    let path = PathBuf::from(&typed);
    let name = path.file_name().and_then(|name| name.to_str()).unwrap_or("thrice");
    if name == "xtask" {
        return "cargo xtask".to_owned();
    }
    let same = machine::path_of(name)
        .and_then(|found| found.canonicalize().ok())
        .is_some_and(|found| Some(found) == path.canonicalize().ok());
    let plain =
        |text: &&str| text.bytes().all(|b| b.is_ascii_alphanumeric() || b"._-/".contains(&b));
    match typed.to_str().filter(plain) {
        Some(typed) if typed.contains('/') && !same => typed.to_owned(),
        _ => name.to_owned(),
    }
}

/// Runs the verb that the process's arguments ask for; gives its exit status.
#[must_use]
pub fn run<O: OwnVerb>() -> u8 {
    program::set_program(called());
    let parsed = named::<O>().try_get_matches();
    let arguments = match parsed.and_then(|matches| Arguments::<O>::from_arg_matches(&matches)) {
        Ok(arguments) => arguments,
        Err(error) => {
            let help = !error.use_stderr();
            Printer::print_plain(&program::as_called(&error.to_string()), !help);
            return if help { 0 } else { 2 };
        }
    };
    let own = matches!(arguments.command, Command::Supervise | Command::Pack(_));
    if let Some(switch) = thrice_facts::clock::test_switch().filter(|_| !own) {
        let said = format!("xtask: {switch} sets the clock; it is for tests only\n");
        Printer::print_plain(&said, true);
    }
    let printer = Printer::new(arguments.format);
    let world = World {
        folder: arguments.repo.unwrap_or_else(|| PathBuf::from(".")),
        policy: arguments.policy,
        printer,
    };
    match arguments.command {
        Command::Orr(command) if command.is_status() => {
            told(&world, command.name(), Status::default().run(&world))
        }
        Command::Orr(command) => {
            let (name, follows) = (command.name(), !command.is_shadow());
            told(&world, name, next(&world, command.run(&world), follows))
        }
        Command::Today(command) => told(&world, command.name(), command.run(&world)),
        Command::Status(command) => told(&world, "status", command.run(&world)),
        Command::Gates(command) => told(&world, command.name(), command.run(&world)),
        Command::Compare(command) => told(&world, command.name(), command.run(&world)),
        Command::Branch(command) => told(&world, command.name(), command.run(&world)),
        Command::Filemap(command) => told(&world, command.name(), command.run(&world)),
        Command::Plan(command) => told(&world, command.name(), command.run(&world)),
        Command::PrBody(command) => {
            let (name, prints) = (command.name(), command.prints());
            let outcome = next(&world, command.run(&world), !prints);
            told(&world, name, if prints { refused_aside(outcome) } else { outcome })
        }
        Command::Pr(command) => told(&world, command.name(), command.run(&world)),
        Command::Review(command) => {
            told(&world, command.name(), next(&world, command.run(&world), true))
        }
        Command::Story(command) => told(&world, command.name(), command.run(&world)),
        Command::Wave(command) => told(&world, command.name(), command.run(&world)),
        Command::Risk(command) => told(&world, command.name(), command.run(&world)),
        Command::Incident(command) => told(&world, command.name(), command.run(&world)),
        Command::Drill(command) => told(&world, command.name(), command.run(&world)),
        Command::Trigger(command) => told(&world, command.name(), command.run(&world)),
        Command::Sla(command) => told(&world, command.name(), command.run(&world)),
        Command::Rulesets(command) => told(&world, command.name(), command.run(&world)),
        Command::Approve(command) => told(&world, command.name(), command.run(&world)),
        Command::Ledger(command) => told(&world, command.name(), command.run(&world)),
        Command::Release(command) => told(&world, command.name(), command.run(&world)),
        Command::Cycle(command) => told(&world, command.name(), command.run(&world)),
        Command::Sprint(command) => told(&world, command.name(), command.run(&world)),
        Command::Handoff(command) => told(&world, command.name(), command.run(&world)),
        Command::Evidence(command) => told(&world, command.name(), command.run(&world)),
        Command::Audit(command) => told(&world, command.name(), command.run(&world)),
        Command::Metrics(command) => told(&world, command.name(), command.run(&world)),
        Command::Brief(command) => told(&world, command.name(), command.run(&world)),
        Command::Workflow(command) => told(&world, command.name(), command.run(&world)),
        Command::Init(command) => told(&world, command.name(), command.run(&world)),
        Command::Completions(command) => command.run(named::<O>()),
        Command::Doctor(command) => told(&world, command.name(), command.run(&world)),
        Command::Policy(command) => told(&world, command.name(), command.run(&world)),
        Command::Explain(command) => told(&world, command.name(), command.run(&world)),
        Command::Own(verb) => verb.run(&world),
        Command::Supervise => thrice_facts::process::supervisor::supervise(),
        Command::Pack(command) => command.run(),
    }
}

/// What came of a command, with what the standing of the patch says is next.
fn next(world: &World, outcome: Result<Report, Stop>, follows: bool) -> Result<Report, Stop> {
    if follows { with_next(world, outcome) } else { outcome }
}

/// A refusal of what was to be printed as a document: people read it on standard error,
/// because standard output may be going to a file.
fn refused_aside(outcome: Result<Report, Stop>) -> Result<Report, Stop> {
    match outcome {
        Err(Stop::Refused(findings)) => Ok(Report { to_stderr: true, ..Report::of(findings) }),
        outcome => outcome,
    }
}

/// Prints what came of a command; gives the exit status. A refusal is a report of its
/// findings.
pub fn told(world: &World, command: &str, outcome: Result<Report, Stop>) -> u8 {
    let (command, report) = match outcome {
        Ok(report) => (command, report),
        Err(stop @ Stop::Broken(_)) => (TOOL, Report::of(stop.into_findings())),
        Err(stop) => (command, Report::of(stop.into_findings())),
    };
    world.printer.print(command, &report);
    report.exit()
}

/// The command line under the name that was called, with its version and its help in groups.
fn named<O: OwnVerb>() -> clap::Command {
    let name = program::program();
    let command = command::<O>().name(name).bin_name(name).version(version());
    let template = help::template(&command);
    command.help_template(template)
}

/// The whole command line, for the reference.
#[must_use]
pub fn command<O: OwnVerb>() -> clap::Command {
    <Arguments<O> as clap::CommandFactory>::command()
}
