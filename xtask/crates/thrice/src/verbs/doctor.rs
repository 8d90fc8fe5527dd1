//! `doctor`: in one screen, what is there of all that the engines need, and what fixes
//! what is not.

mod server;

use std::collections::BTreeSet;
use std::path::Path;

use clap::Args;
use serde_json::json;

use super::tools::{has_module, home_entries};
use crate::judge::doctor;
use crate::judge::doctor::{DoctorFacts, DoctorLine, LineState, Probe, Rules, Why};
use thrice_facts::git::{REMOTE, Repository};
use thrice_facts::github::GitHub;
use thrice_facts::interrupt::Interrupt;
use thrice_facts::{files, machine};
use thrice_findings::{Finding, Severity, Stop, short};
use thrice_ledger::branch::{LedgerBranch, ReadFrom};
use thrice_ledger::signing;
use thrice_ledger::verbs::ledger::base;
use thrice_orr::judge::workflow;
use thrice_orr::layout::cache_folder;
use thrice_orr::module_of;
use thrice_orr::scanner::{self, Readiness};
use thrice_orr::verbs::workflow::has_alias;
use thrice_programme as policy;
use thrice_programme::world::World;
use thrice_programme::{Action, Builtin, Gate, Gates, LedgerRules, Policy, Tool};
use thrice_report::Report;
use thrice_report::text::{counted, safe};

/// Checks the setup, and shows how to fix what is missing.
#[derive(Debug, Args)]
pub(crate) struct Doctor {
    /// Also fails if something is missing that only GitHub needs.
    #[arg(long)]
    github: bool,
}

impl Doctor {
    /// Looks at everything; changes nothing.
    pub(crate) fn run(self, world: &World) -> Result<Report, Stop> {
        let interrupt = Interrupt::listen()?;
        let facts = gather(world, &interrupt);
        let lines = doctor::judge(&facts, self.github);
        let mut report = Report::of(doctor::findings(&lines, self.github));
        report.body = screen(&lines);
        report.data = json!({ "lines": lines.iter().map(data).collect::<Vec<_>>() });
        Ok(report)
    }
}

/// A line for each, and one for all that wait for the same other one.
fn screen(lines: &[DoctorLine]) -> String {
    let waits = |line: &&DoctorLine| line.state == LineState::NotEstablished && line.fix.is_none();
    let mut text: String = lines.iter().filter(|line| !waits(line)).map(shown).collect();
    let mut waiting: Vec<&DoctorLine> = lines.iter().filter(waits).collect();
    while let Some(first) = waiting.first().copied() {
        let (together, rest): (Vec<&DoctorLine>, Vec<&DoctorLine>) =
            waiting.into_iter().partition(|line| line.said == first.said);
        waiting = rest;
        let subjects: Vec<&str> = together.iter().map(|line| line.subject.as_str()).collect();
        text.push_str(&match together.as_slice() {
            [one] => shown(one),
            _ => format!(
                "{:<15}  {}: {}\n",
                first.state.word(),
                safe(&subjects.join(", ")),
                safe(&first.said)
            ),
        });
    }
    text
}

fn shown(line: &DoctorLine) -> String {
    let state = line.state.word();
    let mut text = format!("{state:<15}  {:<14}  {}\n", safe(&line.subject), safe(&line.said));
    if let Some(fix) = line.fix.as_ref().filter(|_| line.state != LineState::Ok) {
        text.push_str(&format!("{:<15}  {:<14}  -> {}\n", "", "", safe(fix)));
    }
    text
}

fn data(line: &DoctorLine) -> serde_json::Value {
    json!({
        "subject": line.subject,
        "state": line.state.word(),
        "needed_by": line.need.word(),
        "said": line.said,
        "fix": line.fix,
    })
}

/// A fact that could not be read, because of an error of this machine's.
fn unread<T>(error: &anyhow::Error, fix: &str) -> Probe<T> {
    Probe::Unseen(Why::new(format!("{error:#}"), fix))
}

fn gather(world: &World, interrupt: &Interrupt) -> DoctorFacts {
    let folder = &world.folder;
    let repository = world.repository().ok();
    let (read, rules) = rules(world, repository.as_ref());
    let server = server::gather(repository.as_ref(), &rules, interrupt, folder);
    DoctorFacts {
        git: program("git", folder, "install git"),
        commit: commit(repository.as_ref()),
        workflow: workflow_here(repository.as_ref(), read.as_ref()),
        tools: read.as_ref().and_then(|policy| tools(policy, folder)),
        scanner: read.as_ref().and_then(scanner_here),
        disk: disk(repository.as_ref(), read.as_ref()),
        policy: rules,
        keygen: if machine::has("ssh-keygen") {
            Probe::Is(())
        } else {
            Probe::Absent(Why::new("is not on PATH", "install OpenSSH's client"))
        },
        signing: repository.as_ref().and_then(|it| signing(world, it, interrupt)),
        ledger: repository
            .as_ref()
            .zip(read.as_ref())
            .and_then(|(it, policy)| ledger(it, interrupt, &policy.ledger)),
        elsewhere: repository.as_ref().and_then(|it| elsewhere(it, read.as_ref())),
        gh: server.gh,
        login: server.login,
        repository: server.repository,
        ahead: server.ahead,
        workflow_state: server.workflow_state,
        rules: server.rules,
    }
}

/// Why nothing here speaks to GitHub: no remote is there, policy wants nothing of it, and no
/// workflow was written by it.
fn elsewhere(repository: &Repository, policy: Option<&Policy>) -> Option<String> {
    let has_workflow = |gates: &Gates| repository.root().join(&gates.workflow.path).exists();
    let is_wanted = policy.is_some_and(|it| it.gates.ruleset.is_some() || has_workflow(&it.gates));
    (!is_wanted && GitHub::named(repository).is_none()).then(|| GitHub::why_unnamed(repository))
}

fn program(name: &str, folder: &Path, fix: &str) -> Probe<String> {
    match machine::version(name, folder) {
        Ok(Some(version)) => Probe::Is(version),
        Ok(None) => Probe::Absent(Why::new("is not on PATH", fix)),
        Err(error) => unread(&error, fix),
    }
}

fn commit(repository: Option<&Repository>) -> Probe<String> {
    let Some(repository) = repository else {
        if !machine::has("git") {
            return Probe::Unseen(Why::after("git"));
        }
        let fix = "run it in a git working tree, or name one with --repo";
        return Probe::Absent(Why::new("there is no repository around", fix));
    };
    match repository.commit("HEAD") {
        Ok(Some(commit)) => Probe::Is(short(&commit.id).to_owned()),
        Ok(None) => Probe::Absent(Why::new("there is none yet", "commit something first")),
        Err(error) => unread(&error, "see what `git status` says"),
    }
}

fn rules(world: &World, repository: Option<&Repository>) -> (Option<Policy>, Probe<Rules>) {
    let fix = "`cargo xtask policy check` says what is wrong, line by line";
    let source = match world.policy_source(repository) {
        Ok(source) => source,
        Err(error) => return (None, unread(&error, fix)),
    };
    if source.files.is_empty() {
        let fix = "`cargo xtask init` writes it, from what is there";
        return (None, Probe::Absent(Why::new(format!("there is no {}", source.shown), fix)));
    }
    let (policy, findings) = policy::check(&source.shown, &source.files);
    let Some(policy) = policy else {
        let refusing = |finding: &&Finding| finding.severity == Severity::Refuse;
        let problems = findings.iter().filter(refusing).count();
        let said = format!("{} in {}", counted(problems, "problem"), source.shown);
        return (None, Probe::Absent(Why::new(said, fix)));
    };
    let rules = Rules {
        files: source.files.keys().filter(|name| name.ends_with(".toml")).count(),
        default_branch: policy.programme.default_branch.clone(),
        gates: policy.gates.gates.iter().map(|gate| gate.id.clone()).collect(),
        required: policy.gates.required_checks().into_iter().map(str::to_owned).collect(),
        app_id: policy.gates.ruleset.as_ref().map_or(policy::GITHUB_ACTIONS, |own| own.app_id),
        workflow: policy.gates.workflow.path.clone(),
    };
    (Some(policy), Probe::Is(rules))
}

/// Whether the programs that policy starts are here, and find in a gate's HOME what they look
/// for; nothing where policy starts none.
fn tools(policy: &Policy, folder: &Path) -> Option<Probe<usize>> {
    let gates = &policy.gates;
    let commands = gates.commands().chain(&gates.prepare).chain(&gates.install);
    let programs: BTreeSet<String> = commands.clone().filter_map(|argv| program_of(argv)).collect();
    let absent = |said: String, fix: String| Some(Probe::Absent(Why::new(said, fix)));
    let missing: Vec<&str> =
        programs.iter().filter(|name| !machine::has(name)).map(String::as_str).collect();
    // A module is found by the Python of PATH; one that `install` brings is not there yet.
    let modules = commands.filter_map(|argv| module_of(argv).zip(program_of(argv)));
    let modules: BTreeSet<_> =
        modules.filter(|((python, _), program)| python == program).map(|(it, _)| it).collect();
    let lacks = |(python, module): &&(&str, &str)| {
        !missing.contains(python) && !has_module(folder, python, module)
    };
    let lacking = modules.iter().filter(lacks).filter(|_| gates.install.is_empty());
    let lacking = lacking.map(|(python, module)| format!("{python} doesn't find {module}"));
    let lacking: Vec<String> = lacking.collect();
    let venv = "your virtual environment's bin first on PATH";
    let is_of_venv = modules.iter().any(|(python, _)| missing.contains(python));
    let fix = match missing.is_empty() {
        true => format!("install it, or put {venv}"),
        false if is_of_venv || !lacking.is_empty() => {
            format!("put {venv}, or install what is missing")
        }
        false => "install what is missing, or put its folder on PATH".to_owned(),
    };
    let missing = (!missing.is_empty()).then(|| format!("not on PATH: {}", missing.join(", ")));
    let lacking = (!lacking.is_empty()).then(|| lacking.join(", "));
    if let Some(said) =
        missing.into_iter().chain(lacking).reduce(|one, more| format!("{one}; {more}"))
    {
        return absent(said, fix);
    }
    let seen = &gates.environment.home;
    let kept = |entry: &str| match entry {
        ".rustup" => "RUSTUP_HOME",
        ".volta" => "VOLTA_HOME",
        _ => "",
    };
    let is_seen = |entry: &String| {
        let variable = kept(entry).to_owned();
        seen.contains(entry)
            || gates.environment.keep.contains(&variable) && std::env::var_os(&variable).is_some()
    };
    let hidden = home_entries(programs.iter()).into_iter().find(|(_, entry)| !is_seen(entry));
    if let Some((program, entry)) = hidden {
        let fix = format!("add \"{entry}\" to `home` of `[environment]` in policy/gates.toml");
        return absent(format!("{program} needs {entry} of HOME, which no gate sees"), fix);
    }
    (!programs.is_empty()).then_some(Probe::Is(programs.len()))
}

/// Whether the scanner for secrets is here; nothing where no gate needs one.
fn scanner_here(policy: &Policy) -> Option<Probe<String>> {
    let is_scan = |gate: &Gate| matches!(gate.action, Action::Builtin(Builtin::Secrets));
    policy.gates.gates.iter().any(is_scan).then(|| match scanner::readiness() {
        Readiness::Here(name) => Probe::Is(name.to_owned()),
        Readiness::Built => Probe::Is(format!("no scanner yet: {}", scanner::BUILDS)),
        Readiness::Missing => Probe::Absent(Why::new(
            "no scanner, and no cargo to build one",
            "install gitleaks, or cargo",
        )),
    })
}

/// The program that a command starts, where PATH has to have it: also in the folder of a
/// project, as `init` writes it.
fn program_of(argv: &[String]) -> Option<String> {
    let program = match argv {
        [shell, option, script, _, program, ..]
            if shell == "sh" && option == "-c" && script.ends_with("exec \"$@\"") =>
        {
            program
        }
        [program, ..] => program,
        [] => return None,
    };
    (!program.contains('/')).then(|| program.clone())
}

fn disk(repository: Option<&Repository>, policy: Option<&Policy>) -> Vec<(String, Probe<u64>)> {
    let output = policy.map_or("out", |policy| policy.programme.output.as_str());
    let outputs = repository.map(|repository| (output.to_owned(), repository.root().join(output)));
    let cache = cache_folder().map(|folder| ("cache".to_owned(), folder));
    let homeless = cache.is_none().then(|| {
        let why = Why::new("there is no folder for checkouts", "set HOME or XDG_CACHE_HOME");
        ("cache".to_owned(), Probe::Absent(why))
    });
    let free = |path: &Path| match machine::free(path) {
        Ok(bytes) => Probe::Is(bytes),
        Err(error) => unread(&error, "see what `df` says"),
    };
    let places = outputs.into_iter().chain(cache).map(|(name, path)| (name, free(&path)));
    places.chain(homeless).collect()
}

/// Whether what whoever sits here signs counts; nothing where there is no `policy/ledger.toml`, or
/// where the base can't be read, which other lines say.
fn signing(world: &World, repository: &Repository, interrupt: &Interrupt) -> Option<Probe<()>> {
    let base = base(world, repository, &mut Vec::new()).ok()?;
    if base.rules.people.is_empty() {
        let why = "policy/ledger.toml of the base names nobody, so no signature counts";
        let help = "add yourself to its `[people]` by a reviewed patch";
        let is_there = repository.has(&base.commit.id, "policy/ledger.toml").ok()?;
        return is_there.then(|| Probe::Absent(Why::new(why, help)));
    }
    Some(match signing::tried(repository, &base.signers, interrupt) {
        Ok(None) => Probe::Is(()),
        Ok(Some(why)) => Probe::Absent(Why::new(why.message, why.help.unwrap_or_default())),
        Err(error) => unread(&error, "see what `git config --list` says"),
    })
}

/// The ledger, where something was recorded: whether it goes on from what was seen here, and
/// how many entries wait to be pushed.
fn ledger(
    repository: &Repository,
    interrupt: &Interrupt,
    rules: &LedgerRules,
) -> Option<Probe<String>> {
    let reading = match LedgerBranch::new(repository, &rules.branch, interrupt).read_only(None) {
        Ok(reading) => reading,
        Err(finding) => {
            return Some(Probe::Absent(Why::new(
                finding.message,
                finding.help.unwrap_or_default(),
            )));
        }
    };
    let name = &rules.branch;
    let decides = reading.tip.is_some() || !rules.people.is_empty();
    if let Some(finding) = reading.unreached().filter(|_| decides) {
        // Without a tip, this clone has never seen the ledger: who knows what it says.
        let lacks = if reading.tip.is_none() { "; this clone has none of it" } else { "" };
        let help = finding.help.unwrap_or_default();
        return Some(Probe::Unseen(Why::new(format!("{}{lacks}", finding.message), help)));
    }
    if reading.tip.is_none() && reading.source == ReadFrom::Remote {
        let local = repository.reference(&format!("refs/heads/{name}")).ok().flatten();
        return local.map(|_| {
            let why = format!("{REMOTE} has no `{name}`, and this clone's has no effect");
            Probe::Absent(Why::new(why, format!("`git push {REMOTE} {name}`")))
        });
    }
    if !reading.pending.is_empty() {
        let waiting = counted(reading.pending.len(), "entry");
        let why = format!("{waiting} not in effect yet, not pushed");
        return Some(Probe::Absent(Why::new(why, "`cargo xtask ledger verify` pushes first")));
    }
    reading.tip.is_some().then(|| Probe::Is(reading.describe()))
}

fn workflow_here(repository: Option<&Repository>, policy: Option<&Policy>) -> Probe<()> {
    let (Some(repository), Some(policy)) = (repository, policy) else {
        return Probe::Unseen(Why::after("policy"));
    };
    let path = &policy.gates.workflow.path;
    let needs_alias = policy.gates.workflow.tool == Tool::Xtask;
    let fix = match needs_alias && !has_alias(repository).unwrap_or(false) {
        true => {
            "add `[workflow.tool]` to policy/gates.toml, then `cargo xtask workflow generate --write`"
        }
        false => "`cargo xtask workflow generate --write`, then commit it",
    };
    let contents = match thrice_orr::verbs::workflow::contents(repository) {
        Ok(contents) => contents,
        Err(error) => return unread(&error, fix),
    };
    let given = match workflow::generate(policy, contents) {
        Ok(given) => given,
        Err(finding) => {
            return Probe::Absent(Why::new(finding.message, finding.help.unwrap_or_default()));
        }
    };
    let there = files::inside(repository.root(), path)
        .and_then(|target| target.map_or(Ok(None), |target| files::read_if_there(&target)));
    match there {
        Ok(Some(there)) if there == given.as_bytes() => Probe::Is(()),
        Ok(Some(_)) => Probe::Absent(Why::new("is not what policy gives", fix)),
        Ok(None) => Probe::Absent(Why::new(format!("there is no {path}"), fix)),
        Err(error) => unread(&error, fix),
    }
}
