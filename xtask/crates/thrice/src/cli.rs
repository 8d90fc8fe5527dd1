//! The command line: arguments, and which verb they are for.

use std::path::PathBuf;

use clap::error::ErrorKind;
use clap::{ArgMatches, FromArgMatches, Parser, Subcommand};
use serde_json::json;

use crate::help;
use crate::version::version;
use thrice_facts::git::stop_asking;
use thrice_facts::machine;
use thrice_findings::{Code, Severity, Stop};
use thrice_ledger::gather::last_read;
use thrice_programme::world::World;
use thrice_pull::verbs::status::{Status, with_next};
use thrice_report::text::safe;
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
pub(crate) struct Arguments<O: OwnVerb> {
    /// Repository to work on. Default: the one that contains the current folder.
    #[arg(long, global = true, help_heading = "Everywhere", value_name = "DIR")]
    repo: Option<PathBuf>,
    /// Policy to use: a folder, or a folder at a revision such as `HEAD:policy`.
    #[arg(long, global = true, help_heading = "Everywhere", value_name = "DIR|REV:DIR")]
    policy: Option<String>,
    /// Output format.
    #[arg(long, global = true, help_heading = "Everywhere", value_enum, default_value = "human")]
    format: Format,
    #[command(subcommand)]
    command: Command<O>,
}

#[derive(Debug, Subcommand)]
enum Command<O: OwnVerb> {
    /// Readiness review: runs all gates on HEAD N times, compares the evidence, decides.
    Orr(thrice_orr::verbs::orr::Orr),
    /// Shows what matters today: alarms, deadlines, work in progress, gates, what can start.
    Today(thrice_delivery::verbs::today::Today),
    /// Where the patch in HEAD is in its review, what is missing, and the next command.
    Status(Status),
    /// Runs gates once here, or lists them.
    #[command(subcommand)]
    Gates(thrice_orr::verbs::gates::Gates),
    /// Shows why runs differ.
    Compare(thrice_orr::verbs::compare::Compare),
    /// Checks branch names and creates branches.
    #[command(subcommand)]
    Branch(thrice_patch::verbs::branch::BranchCommand),
    /// Checks that the patch stays inside the Filemap.
    #[command(subcommand)]
    Filemap(thrice_patch::verbs::filemap::FilemapCommand),
    /// Drafts Plan.json from the patch, or checks it.
    #[command(subcommand)]
    Plan(thrice_patch::verbs::plan::PlanCommand),
    /// Writes or checks the canonical body of the pull request.
    PrBody(thrice_patch::verbs::pr_body::PrBody),
    /// Opens, updates, verifies or closes a pull request.
    #[command(subcommand)]
    Pr(thrice_pull::verbs::pr::PrCommand),
    /// The reviewer's rubric: areas, owners, and the checklist with what is proven.
    Review(thrice_patch::verbs::review::Review),
    /// Shows, starts and blocks stories.
    #[command(subcommand)]
    Story(thrice_delivery::verbs::story::StoryCommand),
    /// Shows a wave, or decides on its gate.
    #[command(subcommand)]
    Wave(thrice_delivery::verbs::wave::WaveCommand),
    /// Records and lists risks.
    #[command(subcommand)]
    Risk(thrice_risk::verbs::risk::RiskCommand),
    /// Records and lists incidents.
    #[command(subcommand)]
    Incident(thrice_risk::verbs::incident::IncidentCommand),
    /// Records and lists drills.
    #[command(subcommand)]
    Drill(thrice_risk::verbs::drill::DrillCommand),
    /// Acknowledges and lists triggers.
    #[command(subcommand)]
    Trigger(thrice_risk::verbs::trigger::TriggerCommand),
    /// Shows the deadlines of risks, blocks and incidents: due, missed, who is asked.
    Sla(thrice_risk::verbs::sla::Sla),
    /// Compares GitHub's rules with what policy requires.
    #[command(subcommand)]
    Rulesets(thrice_pull::verbs::rulesets::Rulesets),
    /// Records an approval of a patch, story, release, risk or exception.
    #[command(subcommand)]
    Approve(thrice_pull::verbs::approve::Approve),
    /// Verifies or shows the ledger of decisions.
    #[command(subcommand)]
    Ledger(thrice_ledger::verbs::ledger::LedgerCommand),
    /// Makes, verifies and logs releases.
    #[command(subcommand)]
    Release(thrice_release::verbs::ReleaseCommand),
    /// Plans, shows and closes a cycle.
    #[command(subcommand)]
    Cycle(thrice_delivery::verbs::cycle::CycleCommand),
    /// Shows a sprint, its gate and its checklists.
    #[command(subcommand)]
    Sprint(thrice_delivery::verbs::sprint::SprintCommand),
    /// Checks whether a phase is done, and writes its handoff.
    Handoff(thrice_delivery::verbs::handoff::Handoff),
    /// Creates, checks and packs evidence.
    #[command(subcommand)]
    Evidence(thrice_delivery::verbs::evidence::EvidenceCommand),
    /// Shows how each commit reached the default branch, and which bypassed a rule.
    Audit(thrice_pull::verbs::audit::Audit),
    /// Shows on one page what a team looks at together: deadlines, stories, gates, trends.
    Board(crate::verbs::board::Board),
    /// Shows lead time, churn, pass rate, repeatability and incidents.
    Metrics(thrice_pull::verbs::metrics::Metrics),
    /// Writes the brief for coding agents, from policy.
    Brief(thrice_patch::verbs::brief::Brief),
    /// Generates or checks the workflow that runs the gates on GitHub.
    #[command(subcommand)]
    Workflow(thrice_orr::verbs::workflow::WorkflowCommand),
    /// Writes policy for this repository, from what it finds. Overwrites nothing.
    Init(crate::verbs::init::Init),
    /// Prints a completion script for your shell.
    Completions(crate::verbs::completions::Completions),
    /// Checks the setup, and shows how to fix what is missing.
    Doctor(crate::verbs::doctor::Doctor),
    /// Checks policy, brings it up to date, or prints its schema.
    #[command(subcommand)]
    Policy(crate::verbs::policy::PolicyCommand),
    /// Explains a code or a gate, and how to fix it.
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

/// Runs the verb that the process's arguments ask for; gives its exit status. What could not
/// be printed is not established.
#[must_use]
pub fn run<O: OwnVerb>() -> u8 {
    let status = answer::<O>();
    stop_asking();
    match status {
        0 if thrice_report::is_lost() => 4,
        status => status,
    }
}

fn answer<O: OwnVerb>() -> u8 {
    program::set_program(called());
    let parsed = named::<O>()
        .try_get_matches()
        .and_then(|matches| Ok((Arguments::<O>::from_arg_matches(&matches)?, verb_of(&matches))));
    let (arguments, verb) = match parsed {
        Ok(parsed) => parsed,
        Err(error) => {
            let help = !error.use_stderr();
            Printer::print_plain(&program::as_called(&error.to_string()), !help);
            if error.kind() == ErrorKind::InvalidSubcommand {
                let next = "`cargo xtask status` says what comes next for your patch, \
                    `cargo xtask today` what matters to the team\n";
                Printer::print_plain(&program::as_called(next), true);
            }
            return if help { 0 } else { 2 };
        }
    };
    let plain = |c: char| c.is_ascii_alphanumeric() || "._-/:~^".contains(c);
    if let Some(policy) = arguments.policy.as_deref()
        && policy.contains(':')
        && policy.chars().all(plain)
    {
        program::set_policy(policy);
    }
    let own = matches!(arguments.command, Command::Supervise | Command::Pack(_));
    if let Some(switch) = thrice_facts::clock::test_switch().filter(|_| !own) {
        let said = format!("xtask: {switch} sets the clock; it is for tests only\n");
        Printer::print_plain(&said, true);
    }
    let printer = Printer::new(arguments.format);
    let folder = arguments.repo.unwrap_or_else(|| PathBuf::from("."));
    let world = World::new(folder, arguments.policy, printer);
    arguments.command.run(&world, &verb)
}

/// The verb that was asked for, as reports name it: `pr open`.
fn verb_of(matches: &ArgMatches) -> String {
    let levels = std::iter::successors(Some(matches), |it| Some(it.subcommand()?.1));
    levels.filter_map(ArgMatches::subcommand_name).collect::<Vec<_>>().join(" ")
}

impl<O: OwnVerb> Command<O> {
    /// Runs the verb in `world`, and prints what came of it under the name that reports have for
    /// it; gives its exit status.
    fn run(self, world: &World, name: &str) -> u8 {
        let outcome = match self {
            Self::Orr(it) if it.is_status() => Status::default().run(world),
            Self::Orr(it) => {
                let follows = (!it.is_shadow()).then_some(it.asks_server());
                let decided = || thrice_patch::verbs::filemap::decides(world);
                next(world, it.run(world, decided), follows)
            }
            Self::Today(it) => by_ledger(world, it.run(world)),
            Self::Status(it) => it.run(world),
            Self::Gates(it) => it.run(world),
            Self::Compare(it) => it.run(world),
            Self::Branch(it) => led(world, it.makes(), it.run(world)),
            Self::Filemap(it) => led(world, it.checks(), it.run(world)),
            Self::Plan(it) => led(world, !it.prints(), it.run(world)),
            Self::PrBody(it) if it.prints() => refused_aside(it.run(world)),
            Self::PrBody(it) => led(world, true, it.run(world)),
            Self::Pr(it) => it.run(world),
            Self::Review(it) => led(world, true, it.run(world)),
            Self::Story(it) => by_ledger(world, it.run(world)),
            Self::Wave(it) => by_ledger(world, it.run(world)),
            Self::Risk(it) => rechecked(world, it.run(world)),
            Self::Incident(it) => rechecked(world, it.run(world)),
            Self::Drill(it) => it.run(world),
            Self::Trigger(it) => it.run(world),
            Self::Sla(it) => it.run(world),
            Self::Rulesets(it) => it.run(world),
            Self::Approve(it) => rechecked(world, it.run(world)),
            Self::Ledger(it) => rechecked(world, it.run(world)),
            Self::Release(it) => by_ledger(world, it.run(world)),
            Self::Cycle(it) => by_ledger(world, it.run(world)),
            Self::Sprint(it) => by_ledger(world, it.run(world)),
            Self::Handoff(it) => it.run(world),
            Self::Evidence(it) => it.run(world),
            Self::Audit(it) => it.run(world),
            Self::Board(it) => it.run(world),
            Self::Metrics(it) => it.run(world),
            Self::Brief(it) => it.run(world),
            Self::Workflow(it) => it.run(world),
            Self::Init(it) => it.run(world),
            Self::Doctor(it) => it.run(world),
            Self::Policy(it) => it.run(world),
            Self::Explain(it) => it.run(world),
            Self::Completions(it) => return it.run(named::<O>()),
            Self::Own(verb) => return verb.run(world),
            Self::Supervise => return thrice_facts::process::supervisor::supervise(),
            Self::Pack(it) => return it.run(),
        };
        reported(world, name, outcome)
    }
}

/// What came of a command, with what the standing of the patch says is next, where that
/// follows; the server is asked or not.
fn next(
    world: &World,
    outcome: Result<Report, Stop>,
    follows: Option<bool>,
) -> Result<Report, Stop> {
    let Some(asks) = follows else { return outcome };
    let mut report = with_next(world, outcome, asks)?;
    let typed: Vec<String> = std::env::args().skip(1).collect();
    let typed = format!("cargo xtask {}", typed.join(" "));
    let was_stopped = report.findings.iter().any(|it| it.code == Code::Interrupted);
    if report.next.as_ref() == Some(&typed) && !was_stopped {
        // What was just typed does not lead on when it is typed again, but where it was stopped.
        let refused = report.findings.iter().find(|it| it.severity == Severity::Refuse);
        report.next = refused.map(|it| format!("cargo xtask explain {}", it.code.name()));
    }
    Ok(report)
}

/// What came of a command, where it `leads` on with what is next.
fn led(world: &World, leads: bool, outcome: Result<Report, Stop>) -> Result<Report, Stop> {
    next(world, outcome, leads.then_some(false))
}

/// What came of a command that may have recorded a decision, once open pull requests are
/// checked again.
fn rechecked(world: &World, outcome: Result<Report, Stop>) -> Result<Report, Stop> {
    let mut report = outcome?;
    thrice_orr::recheck::after(world, &mut report)?;
    Ok(report)
}

/// The same, with the ledger on which the answer rests: people read that on standard error,
/// as a document may be on standard output; programs with the data.
fn by_ledger(world: &World, outcome: Result<Report, Stop>) -> Result<Report, Stop> {
    let outcome = rechecked(world, outcome);
    let mut report = outcome.or_else(|stop| stop.refusal().map(Report::of))?;
    let read = last_read(world).filter(|read| read.tip.is_some());
    let Some(read) = read else { return Ok(report) };
    if report.data.is_null() {
        report.data = json!({});
    }
    if let Some(data) = report.data.as_object_mut() {
        let read = json!({ "branch": read.branch, "tip": read.tip, "current": read.is_current() });
        data.insert("ledger_read".to_owned(), read);
    }
    Ok(report)
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
pub fn reported(world: &World, command: &str, outcome: Result<Report, Stop>) -> u8 {
    let (command, report) = match outcome {
        Ok(report) => (command, report),
        Err(stop @ Stop::Broken(_)) => {
            let tool = match program::program() {
                "cargo xtask" => TOOL,
                other => other,
            };
            (
                if world.printer.is_for_programs() { TOOL } else { tool },
                Report::of(stop.into_findings()),
            )
        }
        Err(stop) => (command, Report::of(stop.into_findings())),
    };
    world.printer.print(command, &report);
    let rests =
        report.data.pointer("/ledger_read/tip").is_some() && !world.printer.is_for_programs();
    if let Some(read) = last_read(world).filter(|_| rests) {
        Printer::print_plain(&format!("decisions read: {}\n", safe(&read.describe())), true);
    }
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
