//! `policy/gates.toml`: gates that pass or fail for a reason, for what is there.

use std::collections::{BTreeMap, BTreeSet};

use super::project::{Project, ProjectKind};
use super::rules::{commands_entry, escaped, explain, list_entry, quoted, text_entry};
use super::{InitFacts, NewRole, PROGRAMS, builds, ci, lacking, node, python};
use thrice_facts::files::{folder_of, joined};
use thrice_orr::judge::lock::could_be_manifest;
use thrice_orr::module_of;
use thrice_orr::scanner::{BUILDS, Readiness};
use thrice_programme::gate_rules::is_harmless_entry;

/// A gate that runs commands.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Commands {
    /// What it shows, for the comment above it.
    pub(super) about: String,
    pub(super) run: Vec<Vec<String>>,
    /// Variables with fixed values.
    pub(super) set: Vec<(&'static str, String)>,
    /// How its test report is read: the reader, and the file where it isn't the log.
    pub(super) reader: Option<(&'static str, Option<String>)>,
    /// How many tests are seen.
    pub(super) tests: usize,
}

/// What a project brings to the gates.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct GatesOf {
    pub(super) prepare: Vec<Vec<String>>,
    /// Commands that put what was fetched into a checkout, offline.
    pub(super) install: Vec<Vec<String>>,
    /// Variables that are handed on.
    pub(super) keep: Vec<&'static str>,
    /// Variables with fixed values for all gates.
    pub(super) set: BTreeMap<&'static str, &'static str>,
    /// Entries of HOME.
    pub(super) home: Vec<&'static str>,
    /// The gate that looks at the source.
    pub(super) lint: Option<Commands>,
    /// The gate that runs the tests.
    pub(super) tests: Option<Commands>,
    /// What no gate was written for.
    pub(super) notes: Vec<String>,
}

/// How the jobs on GitHub are told to get the program, and a package that they may need; every mark
/// is to be taken away.
fn workflow(package: &str) -> String {
    format!(
        "
# To run the gates on GitHub: where its jobs get this program, and what they install first.
# Uncomment the lines, fill them in, and `workflow generate --write` writes the jobs.
# [workflow]
# setup = [[\"sudo\", \"apt-get\", \"install\", \"--yes\", \"{package}\"]]
# [workflow.tool]
# # The program's own repository.
# git = \"https://<host>/<owner>/<repository>\"
# commit = \"<40 digits>\"
"
    )
}

/// Of tests whose report has no form that is read.
const UNCOUNTED: &str = " Nobody counts them, so a patch can take tests away unseen.";

/// The text, and the ids of the gates in it.
pub(super) struct WrittenGates {
    pub(super) text: String,
    pub(super) ids: Vec<String>,
}

pub(super) fn argv(words: &str) -> Vec<String> {
    words.split(' ').map(str::to_owned).collect()
}

impl Commands {
    pub(super) fn new(about: &str, run: Vec<Vec<String>>) -> Self {
        let (set, reader) = (Vec::new(), None);
        Self { about: about.to_owned(), run, set, reader, tests: 0 }
    }
}

/// The file, and what no gate was written for.
pub(super) fn write(
    facts: &InitFacts,
    projects: &[Project],
    roles: &[NewRole],
    output: &str,
) -> (WrittenGates, Vec<String>) {
    let parts: Vec<GatesOf> = projects.iter().map(|project| part(project, facts, output)).collect();
    let owner = roles.first().map(|role| role.name.as_str());
    let mut gates: Vec<(usize, GateToWrite<'_>)> = Vec::new();
    for (index, (project, part)) in projects.iter().zip(&parts).enumerate() {
        let suffix = suffix(index, project);
        let (of_lint, of_tests) = (10 * index + 1, 10 * index + 4);
        let (lint, tests) = (format!("lint{suffix}"), format!("tests{suffix}"));
        let needs = part.lint.as_ref().map(|_| of_lint);
        gates.extend(part.lint.as_ref().map(|it| (of_lint, GateToWrite::Commands(lint, None, it))));
        let tests = part.tests.as_ref().map(|it| GateToWrite::Commands(tests, needs, it));
        gates.extend(tests.map(|it| (of_tests, it)));
    }
    let mut notes = notes_of(facts, projects, &parts);
    let secrets = "No tracked file holds a password, key or token.";
    gates.push((2, GateToWrite::Builtin("secrets", secrets)));
    match facts.scanner {
        Readiness::Here(_) => {}
        Readiness::Built => notes.push(format!("no scanner for secrets is here: {BUILDS}")),
        Readiness::Missing => notes.push(
            "no scanner for secrets is here, nor cargo to build one: install gitleaks, or the \
             first review stops at T2"
                .to_owned(),
        ),
    }
    let pins = pins(facts, projects, &mut notes);
    if pins.is_some() {
        let about = "What `[pins]` below lists is named by version and digest.";
        gates.push((3, GateToWrite::Builtin("pins", about)));
    }
    let above = 100 * usize::from(projects.len() > 1);
    let twice = "The evidence of the gates is packed twice in different places: the same bytes.";
    gates.push((above + 6, GateToWrite::Builtin("determinism", twice)));
    let left = "Every gate left its evidence, and nothing changed it afterwards.";
    gates.push((above + 8, GateToWrite::Builtin("evidence", left)));
    gates.sort_by_key(|(number, _)| *number);
    let mut writer = GatesWriter { owner, output, ids: Vec::new(), text: String::new() };
    writer.head(projects, &parts, facts);
    for (number, gate) in gates {
        let id = format!("T{number}");
        match gate {
            GateToWrite::Commands(name, needs, gate) => writer.commands(&id, &name, needs, gate),
            GateToWrite::Builtin(builtin, about) => writer.builtin(&id, builtin, about),
        }
    }
    writer.text.push_str(&pins.unwrap_or_default());
    let is_go = projects.iter().any(|project| project.kind == ProjectKind::Go);
    writer.text.push_str(&workflow(if is_go { "golang" } else { "<package>" }));
    notes.extend(ci::variables(facts, facts.gates.as_deref().unwrap_or(&writer.text)));
    (WrittenGates { text: writer.text, ids: writer.ids }, notes)
}

/// What the gates of the projects leave open, each once.
fn notes_of(facts: &InitFacts, projects: &[Project], parts: &[GatesOf]) -> Vec<String> {
    let mut notes: Vec<String> = Vec::new();
    for note in parts.iter().flat_map(|part| &part.notes) {
        if !notes.contains(note) {
            notes.push(note.clone());
        }
    }
    let both = parts.iter().flat_map(|part| part.lint.iter().chain(&part.tests));
    let mut run: Vec<Vec<String>> = both.flat_map(|gate| gate.run.clone()).collect();
    run.extend(facts.gates.as_deref().map(lacking::commands).unwrap_or_default());
    let of_ci = ci::unchecked(facts, &run);
    let of_pre_commit = facts.pre_commit.unchecked(&run, of_ci.is_some());
    notes.extend(of_ci.into_iter().chain(of_pre_commit));
    notes.extend(ci::unread(facts));
    notes.extend(ci::versions(facts));
    notes.extend(untracked_locks(facts, projects));
    notes.extend(node::unused_lock(facts));
    if facts.gates.is_none() {
        notes.extend(ignored(&facts.ignored_sources));
        notes.extend(facts.submodules.iter().map(|(path, is_here)| submodule(path, *is_here)));
    }
    if parts.iter().all(|part| part.tests.is_none()) {
        notes.push(
            "no tests were seen: add a gate with the command that tests this repository to \
             policy/gates.toml"
                .to_owned(),
        );
    }
    notes
}

/// A note of each lock that git doesn't track, and of each of cargo's that isn't there.
fn untracked_locks(facts: &InitFacts, projects: &[Project]) -> Vec<String> {
    let cargo = projects.iter().filter(|it| it.kind == ProjectKind::Rust);
    let absent = cargo.filter(|it| !it.has(facts, "Cargo.lock")).map(|it| it.path("Cargo.lock"));
    let here = facts.ignored_locks.keys().chain(&facts.untracked_locks).cloned();
    let all: BTreeSet<String> = absent.chain(here).collect();
    let note = |lock: String| {
        let (why, first) = match facts.ignored_locks.get(&lock) {
            Some(by) => (format!(", as {by} ignores it"), "take that line out, and "),
            None => (String::new(), ""),
        };
        format!(
            "{lock} is not tracked{why}: {first}commit it to pin what is tested, or let each \
             review take the versions of its day"
        )
    };
    all.into_iter().map(note).collect()
}

/// What is to be said of a submodule.
fn submodule(path: &str, is_here: bool) -> String {
    let first = match is_here {
        true => "",
        false => {
            "isn't checked out, and a review needs it: `git submodule update --init --recursive`; \
             it "
        }
    };
    format!(
        "the submodule {path} {first}is in no area: if patches may move it to another commit, add \
         its path to `paths` of one in policy/filemap.toml"
    )
}

/// A note of sources that no checkout will have.
fn ignored(sources: &[String]) -> Option<String> {
    let (first, more) = sources.split_first()?;
    let more = if more.is_empty() { String::new() } else { format!(" and {} more", more.len()) };
    Some(format!(
        "git ignores {first}{more}, so no checkout of a review has what your working tree has: if \
         the tests need it, `install` in policy/gates.toml has to make it"
    ))
}

/// The entries of HOME that the programs of a project's commands need.
fn needed<'a>(part: &'a GatesOf, facts: &'a InitFacts) -> impl Iterator<Item = &'a str> {
    let gates = part.lint.iter().chain(&part.tests).flat_map(|gate| &gate.run);
    let words = gates.chain(&part.prepare).flatten();
    let words = words.chain(part.install.iter().flatten());
    words.filter_map(|word| facts.home.get(word)).map(String::as_str)
}

/// What tells the gates of one project from those of another.
fn suffix(index: usize, project: &Project) -> String {
    if index == 0 {
        return String::new();
    }
    let place = if project.folder.is_empty() { project.kind.word() } else { &project.folder };
    let plain: String = place
        .to_lowercase()
        .chars()
        .map(|c| if c.is_ascii_alphanumeric() { c } else { '_' })
        .collect();
    format!("_{}", plain.chars().take(30).collect::<String>())
}

enum GateToWrite<'a> {
    /// Its name, the number of the gate that it needs, and what it runs.
    Commands(String, Option<usize>, &'a Commands),
    /// The check of this tool, and what it is about.
    Builtin(&'static str, &'static str),
}

struct GatesWriter<'a> {
    owner: Option<&'a str>,
    output: &'a str,
    ids: Vec<String>,
    text: String,
}

impl GatesWriter<'_> {
    fn head(&mut self, projects: &[Project], parts: &[GatesOf], facts: &InitFacts) {
        let seen: Vec<String> = projects.iter().map(Project::describe).collect();
        let of = if seen.is_empty() {
            "a repository without a build".to_owned()
        } else {
            seen.join(", ")
        };
        self.text.push_str(&format!(
            "# The gates: each passes or fails for a reason that it prints. A patch is ready when all
# of them pass three times, each time in a fresh checkout, with the same evidence.
# Written by `init` for {of}. Change what doesn't fit.
"
        ));
        let is_maven = projects.iter().any(|project| project.kind == ProjectKind::Maven);
        let fetching =
            "# These commands run once, before the gates and with network: they fetch what the
# gates need. The gates run without network.";
        let of_maven = "\n# Maven fetches by compiling everything and running no test.";
        self.step(
            "prepare",
            &format!("{fetching}{}", if is_maven { of_maven } else { "" }),
            parts.iter().flat_map(|part| &part.prepare),
        );
        self.step(
            "install",
            "# These commands run in each checkout before its gates, offline: they install what was
# fetched. Package managers keep their caches from one review to the next.",
            parts.iter().flat_map(|part| &part.install),
        );
        self.environment(parts, facts);
    }

    /// Commands that run before the gates, where there are any.
    fn step<'a>(&mut self, key: &str, about: &str, run: impl Iterator<Item = &'a Vec<String>>) {
        let run: Vec<&Vec<String>> = run.collect();
        if !run.is_empty() {
            self.text.push_str(&format!("\n{}", commands_entry(key, about, &run)));
        }
    }

    fn environment(&mut self, parts: &[GatesOf], facts: &InitFacts) {
        let keep: BTreeSet<&str> = parts.iter().flat_map(|part| &part.keep).copied().collect();
        let home: BTreeSet<&str> = parts
            .iter()
            .flat_map(|part| part.home.iter().copied())
            .chain(parts.iter().flat_map(|part| needed(part, facts)))
            .collect();
        let set: BTreeMap<&str, &str> =
            parts.iter().flat_map(|part| &part.set).map(|(name, value)| (*name, *value)).collect();
        if keep.is_empty() && home.is_empty() && set.is_empty() {
            return;
        }
        self.text.push_str(
            "\n# A gate sees PATH of your machine, and what this table lists.\n[environment]\n",
        );
        if !keep.is_empty() {
            let keep: Vec<String> = keep.into_iter().map(str::to_owned).collect();
            self.text.push_str("# Variables that are handed on where they are set.\n");
            self.text.push_str(&text_entry("keep", &keep));
        }
        if !home.is_empty() {
            let unusual: Vec<&str> =
                home.iter().copied().filter(|entry| !is_harmless_entry(entry)).collect();
            let home: Vec<String> = home.into_iter().map(str::to_owned).collect();
            self.text.push_str(&format!(
                "# A gate's HOME is empty, but for links to these entries of yours that exist.\n{}",
                text_entry("home", &home)
            ));
            for entry in unusual {
                self.text.push_str(&format!(
                    "reasons.\"{entry}\" = \"a program that the gates call lies there\"\n"
                ));
            }
        }
        for (name, value) in set {
            let why = match name {
                "CARGO_INCREMENTAL" => {
                    "Every run builds in a fresh folder: incremental files are of no use."
                }
                "CARGO_TERM_COLOR" => "No colours in logs.",
                "PYTHONDONTWRITEBYTECODE" => {
                    "No __pycache__ in the checkout, where the next gate would find it."
                }
                "POETRY_VIRTUALENVS_IN_PROJECT" => "Each checkout has a .venv of its own.",
                "GOTOOLCHAIN" => "The Go that is installed, not one that go would download.",
                _ => "A fixed value, the same on every machine.",
            };
            self.text.push_str(&format!("# {why}\nset.{name} = {}\n", quoted(value)));
        }
    }

    fn gate(&mut self, id: &str, name: &str, about: &str) {
        self.text.push_str(&format!("\n# {about}\n[[gates]]\n"));
        self.explain("Its name in commands and results.");
        self.text.push_str(&format!("id = \"{id}\"\n"));
        self.explain("Names its folder of evidence.");
        self.text.push_str(&format!("name = \"{name}\"\n"));
        self.ids.push(id.to_owned());
    }

    fn explain(&mut self, comment: &str) {
        explain(&mut self.text, comment);
    }

    fn owner(&mut self) {
        if let Some(owner) = self.owner {
            let owner = quoted(owner);
            self.explain("The role that answers for it.");
            self.text.push_str(&format!("owner = {owner}\n"));
        }
    }

    fn commands(&mut self, id: &str, name: &str, needs: Option<usize>, gate: &Commands) {
        let uncounted = gate.reader.is_none() && name.starts_with("tests");
        let about = format!("{}{}", gate.about, if uncounted { UNCOUNTED } else { "" });
        self.gate(id, name, &about);
        if let Some(need) = needs {
            self.text.push_str(&format!(
                "# Both work in one checkout, so this one waits, and is skipped if that fails.\nneeds = [\"T{need}\"]\n"
            ));
        }
        let run: Vec<&Vec<String>> = gate.run.iter().collect();
        self.text.push_str(&commands_entry("run", "# Status 0 of every command is a pass.", &run));
        self.explain("After this time it is stopped, and fails.");
        self.text.push_str("timeout = \"20 min\"\n");
        for (name, value) in &gate.set {
            let value = quoted(value);
            let why = match *name {
                "PYTHONPATH" => "The checkout's own source, and not what is installed somewhere.",
                _ => "For this gate alone.",
            };
            self.text.push_str(&format!("# {why}\nset.{name} = {value}\n"));
        }
        let mut report = "gate.json";
        if let Some((reader, file)) = &gate.reader {
            report = "tests.json";
            self.text.push_str(&format!(
                "# The form of the report, which is read and counted.\ntests.reader = \"{reader}\"\n"
            ));
            if let Some(file) = file {
                let file = quoted(file);
                self.text.push_str(&format!("# Where the report is.\ntests.file = {file}\n"));
            }
            self.text.push_str(&format!(
                "# Fewer tests than this fail the gate, so that a patch can't take tests away unseen: best\n# what a review counts.{}\ntests.minimum = {}\n",
                match gate.tests {
                    0 | 1 => String::new(),
                    seen => format!(" `init` began with half of the {seen} that it saw in the sources."),
                },
                (gate.tests / 2).max(1)
            ));
        }
        let evidence = format!("{}/evidence/{id}_{name}/{report}", self.output);
        self.explain("What must be there afterwards.");
        self.text.push_str(&text_entry("evidence", &[evidence]));
        self.owner();
    }

    fn builtin(&mut self, id: &str, builtin: &str, about: &str) {
        let needs = self.ids.clone();
        self.gate(id, builtin, about);
        if matches!(builtin, "determinism" | "evidence") {
            self.explain(
                "At least these are judged before it, and so is every other gate that can be.",
            );
            self.text.push_str(&text_entry("needs", &needs));
        }
        self.explain("A check of this tool.");
        self.text.push_str(&format!("builtin = \"{builtin}\"\n"));
        self.owner();
    }
}

/// How many manifests may be excused from having a lock.
const MOST_EXCUSED: usize = 5;

/// `[pins]`; nothing where there is nothing to pin. What isn't pinned yet is noted, not
/// demanded: otherwise no first review could pass.
fn pins(facts: &InitFacts, projects: &[Project], notes: &mut Vec<String>) -> Option<String> {
    let (good, bad): (Vec<_>, Vec<_>) = facts.locks.iter().partition(|(_, wrong)| wrong.is_none());
    let (mut text, none_locked) = (String::new(), good.is_empty());
    if !none_locked {
        let locks: Vec<String> = good.into_iter().map(|(path, _)| path.clone()).collect();
        text.push_str("# Lock files: every dependency has one version and a digest.\n");
        text.push_str(&text_entry("locks", &locks));
    }
    if let Some(first) = facts.unfetched.first() {
        let all = facts.unfetched.join(", ");
        let manifest = joined(folder_of(first), "Cargo.toml").unwrap_or_default();
        notes.push(format!(
            "`pins` leaves out {all}, whose crates no command of `prepare` fetches: to check \
             {first}, add `cargo fetch --locked --manifest-path {manifest}` to `prepare`, and \
             the lock to `locks`"
        ));
    }
    let excused = is_excused(facts, none_locked);
    for (path, wrong) in bad.into_iter().filter(|(path, _)| !facts.unlocked.contains_key(*path)) {
        let why = wrong.as_deref().unwrap_or_default();
        notes.push(format!(
            "{path} isn't checked yet ({why}): complete it, and `cargo xtask init` again prints \
             what to add"
        ));
    }
    match facts.unpinned {
        Some(0) => text.push_str(
            "# Workflows: every action is named by a full commit id.\nworkflows = [\".github/workflows/*.{yml,yaml}\"]\n",
        ),
        Some(count) => notes.push(format!(
            "{} not pinned to a full commit id (an image: to its digest): pin them in the workflows, then `cargo xtask init` prints what to add",
            if count == 1 { "1 action is".to_owned() } else { format!("{count} actions are") }
        )),
        None => {}
    }
    if let Some((path, owned)) = &facts.owners {
        let open = facts.files.iter().filter(|file| !owned.contains_key(*file)).count();
        // What `init` itself adds needs an owner as well.
        if open == 0 && owned.len() == facts.files.len() && owned.contains_key(path) {
            notes.push(format!(
                "{path} names owners: to demand one for every file, add `owners = {}` to `[pins]`",
                quoted(path)
            ));
        } else {
            notes.push(format!("{open} files have no owner in {path}: give them one, then add `owners = {}` to `[pins]`", quoted(path)));
        }
    }
    notes.extend(unlocked(facts, excused));
    if !excused && !facts.unlocked.is_empty() {
        return None;
    }
    if !facts.unlocked.is_empty() {
        let reason = quoted("it has no complete lock yet");
        let items = facts.unlocked.keys().map(|path| {
            let glob = quoted(&escaped(path));
            format!("{{ paths = {glob}, reason = {reason} }}")
        });
        text.push_str("# Manifests that no lock file covers, each with the reason.\n");
        text.push_str(&list_entry("without_lock", &items.collect::<Vec<_>>()));
    }
    if none_locked && !text.is_empty() {
        let why = why_no_lock(facts, projects);
        text.push_str(&format!("# Why no lock file is checked.\nno_locks = \"{why}\"\n"));
    }
    (!text.is_empty()).then(|| format!("\n# What the gate `pins` looks at.\n[pins]\n{text}"))
}

/// A note of the manifests that no good lock makes exact: of the first, why.
fn unlocked(facts: &InitFacts, excused: bool) -> Option<String> {
    // Whose lock git doesn't track has a note of its own.
    let has_note = |path: &str| {
        let mut locks = facts.ignored_locks.keys().chain(&facts.untracked_locks);
        locks.any(|lock| folder_of(lock) == folder_of(path))
    };
    let mut rest = facts.unlocked.iter().filter(|(path, _)| !has_note(path));
    let (path, message) = rest.next()?;
    let message = match facts.locks.get(path) {
        Some(Some(why)) => format!("{path} isn't complete ({why})"),
        _ => message.clone(),
    };
    let others: Vec<&str> = rest.map(|(path, _)| path.as_str()).collect();
    let (others, it, its) = match others.as_slice() {
        [] => (String::new(), "it", "its lock is"),
        all => (format!("; the same holds of {}", all.join(", ")), "them", "their locks are"),
    };
    let said = match excused {
        true => format!("so `without_lock` excuses {it}: take that out when {its} complete"),
        false => "so no gate `pins` was written: commit a complete lock file, and `cargo xtask init` prints the gate".to_owned(),
    };
    Some(format!("{message}{others}, {said}"))
}

/// Whether the manifests without a good lock are excused, so that those that have one are checked:
/// not where no lock is checked, nor where there are many.
fn is_excused(facts: &InitFacts, none_locked: bool) -> bool {
    !none_locked && facts.unlocked.len() <= MOST_EXCUSED
}

/// Why no lock is checked, where every manifest that names dependencies has one.
fn why_no_lock(facts: &InitFacts, projects: &[Project]) -> String {
    if !facts.locks.is_empty() {
        return "none is complete yet".to_owned();
    }
    let any = |kind, file: &str| projects.iter().any(|it| it.kind == kind && it.has(facts, file));
    let without = [
        ("Maven writes no lock file", any(ProjectKind::Maven, "pom.xml")),
        ("pip writes no lock file", any(ProjectKind::Python, "setup.py")),
    ];
    let mut why: Vec<&str> = without.iter().filter(|it| it.1).map(|it| it.0).collect();
    if facts.files.iter().any(|path| could_be_manifest(path)) {
        let rest = ["no manifest names a dependency", "no other manifest names a dependency"];
        why.push(rest[usize::from(!why.is_empty())]);
    }
    if why.is_empty() { "no package manager here writes one".to_owned() } else { why.join(", ") }
}

/// Commands in the folder of a project.
pub(super) fn inside(project: &Project, command: Vec<String>) -> Vec<String> {
    if project.folder.is_empty() {
        return command;
    }
    let mut all: Vec<String> =
        ["sh", "-c", "cd \"$0\" && exec \"$@\"", &project.folder].map(str::to_owned).into();
    all.extend(command);
    all
}

/// Notes what the commands of a project need and this machine lacks. A lint gate isn't written
/// where it alone needs something that is missing.
fn note_what_is_missing(part: &mut GatesOf, facts: &InitFacts) {
    let of_tests = part.tests.iter().flat_map(|gate| &gate.run);
    let commands = part.prepare.iter().chain(&part.install).chain(of_tests);
    let needed: BTreeSet<&str> = commands.filter_map(|argv| missing(argv, facts)).collect();
    let lint = part.lint.iter().flat_map(|gate| &gate.run);
    let of_lint = lint.filter_map(|argv| missing(argv, facts)).find(|it| !needed.contains(it));
    let mut notes: Vec<String> = needed
        .iter()
        .map(|program| match *program {
            "pytest" => {
                "python3 doesn't find pytest: install it, or put your virtual environment's \
                         bin first on PATH"
                    .to_owned()
            }
            _ => format!(
                "{program} is not on PATH: install it, or take out what names it in \
                 policy/gates.toml, if this is built by something else"
            ),
        })
        .collect();
    if let Some(program) = of_lint {
        notes.push(format!(
            "{program} has settings here and is not on PATH, so no lint gate was written: \
             install it, and `cargo xtask init` again prints the gate to add"
        ));
        part.lint = None;
    }
    part.notes.extend(notes);
}

/// What this machine lacks of what a command needs: its program, or the module that Python runs.
fn missing<'a>(argv: &'a [String], facts: &InitFacts) -> Option<&'a str> {
    let program = argv.first()?.as_str();
    let module = module_of(argv).filter(|(python, _)| *python == program).map(|it| it.1);
    [Some(program), module]
        .into_iter()
        .flatten()
        .find(|it| PROGRAMS.contains(it) && !facts.programs.contains(*it))
}

fn part(project: &Project, facts: &InitFacts, output: &str) -> GatesOf {
    let mut part = match project.kind {
        ProjectKind::Rust => builds::rust(project, facts),
        ProjectKind::Python => python::part(project, facts, output),
        ProjectKind::Node => node::part(project, facts),
        ProjectKind::Go => builds::go(project, facts),
        ProjectKind::Maven => builds::maven(project, facts),
        ProjectKind::Gradle => builds::gradle(project, facts),
        ProjectKind::Make => builds::make(project, facts),
    };
    note_what_is_missing(&mut part, facts);
    for command in part.prepare.iter_mut().chain(&mut part.install) {
        *command = inside(project, std::mem::take(command));
    }
    for gate in part.lint.iter_mut().chain(part.tests.iter_mut()) {
        for command in &mut gate.run {
            *command = inside(project, std::mem::take(command));
        }
        if let Some((_, Some(file))) = &mut gate.reader {
            *file = project.glob(file);
        }
    }
    part
}
