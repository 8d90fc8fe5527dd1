//! The gates of a Node project.

use serde_json::Value;

use super::InitFacts;
use super::gates::{Commands, GatesOf, argv};
use super::project::Project;
use super::rules::quoted;
use thrice_facts::files::file_name;

pub(super) fn part(project: &Project, facts: &InitFacts) -> GatesOf {
    let package: Value =
        serde_json::from_str(project.text(facts, "package.json")).unwrap_or_default();
    let script = |name: &str| package["scripts"][name].as_str();
    let any = |key: &str| package[key].as_object().is_some_and(|all| !all.is_empty());
    let depends = any("dependencies") || any("devDependencies");
    let manager = manager(project, facts, package["packageManager"].as_str());
    let mut part = GatesOf::default();
    if depends {
        let (fetch, install) = manager.install();
        part.prepare.push(argv(fetch));
        part.install.push(argv(install));
    }
    let runner = manager.word();
    let hooked = ["prelint", "lint", "postlint"].map(|name| script(name).unwrap_or_default());
    if hooked.iter().any(|it| it.contains("--fix") || it.contains("--write")) {
        part.notes.push(format!(
            "the script `lint` of {} rewrites files, so no lint gate was written: add one that only checks",
            project.path("package.json")
        ));
    } else if script("lint").is_some() {
        let run = vec![argv(&format!("{runner} run lint"))];
        part.lint = Some(Commands::new("The package's own script `lint`.", run));
    } else {
        let (scripts, note) = linters(project, facts, &package);
        let run = |name: &String| vec![runner.to_owned(), "run".to_owned(), name.clone()];
        part.lint = (!scripts.is_empty()).then(|| {
            let run = scripts.iter().map(run).collect();
            Commands::new("The package's own scripts that lint.", run)
        });
        part.notes.extend(note);
    }
    match script("test") {
        Some(test) if !test.contains("no test specified") => {
            // The runner alone would leave out what the manager runs around it.
            let is_hooked = ["pretest", "posttest"].iter().any(|name| script(name).is_some());
            let (command, reader) = tests(test, manager, is_hooked);
            if reader.is_none() {
                part.notes.push(uncounted(test, &project.path("package.json")));
            }
            let seen = project.tests(facts, &["js", "mjs", "cjs", "ts", "mts", "cts"]);
            part.tests = Some(Commands {
                reader: reader.map(|reader| (reader, None)),
                // A file is at least one test, whatever is in it.
                tests: seen
                    .filter(|(path, _)| path.contains("test") || path.contains("spec"))
                    .count(),
                ..Commands::new("The package's own tests.", vec![command])
            });
        }
        _ => part.notes.push(format!(
            "{} has no script `test`, so no gate runs its tests",
            project.path("package.json")
        )),
    }
    part
}

/// A note of a lock that policy was written without.
pub(super) fn unused_lock(facts: &InitFacts) -> Option<String> {
    let gates = facts.gates.as_ref().filter(|text| text.contains("--no-package-lock"));
    // The commands are for the top.
    let there = facts.files.get("package-lock.json");
    let (fetch, install) = Manager::Npm.install();
    let words = |line: &str| line.split(' ').map(quoted).collect::<Vec<_>>().join(", ");
    gates.and(there).map(|path| {
        format!(
            "{path} is here, and policy/gates.toml installs without it: write \
             `prepare = [[{}]]` and `install = [[{}]]`",
            words(fetch),
            words(install)
        )
    })
}

/// That nobody counts what a script tests, and what would.
fn uncounted(script: &str, package: &str) -> String {
    let how = if script.contains("node --test") {
        "node's runner is counted by `tests.reader = \"tap\"` and \
         `set.NODE_OPTIONS = \"--test-reporter=tap\"`"
    } else {
        "a runner that writes JUnit XML is counted by `tests.reader = \"junit\"` and `tests.file`"
    };
    format!("the tests of {package} are not counted, so nobody notices one that is removed: {how}")
}

/// Packages that look at the source: how each only checks, its key in `package.json`, and how the
/// names of its settings begin. One that needs none has those of any file.
const LINTERS: &[(&str, &str, &str, &[&str])] = &[
    ("eslint", "eslint .", "eslintConfig", &["eslint.config.", ".eslintrc"]),
    ("@biomejs/biome", "biome check .", "", &["biome.json"]),
    ("oxlint", "oxlint", "", &[""]),
    ("standard", "standard", "", &[""]),
    ("xo", "xo", "", &[""]),
    ("prettier", "prettier --check .", "prettier", &["prettier.config.", ".prettierrc"]),
];

/// The scripts that run linters which are set up, and what to add for those without one: a guess
/// at which files they are for could fail on files that nobody checks.
fn linters(project: &Project, facts: &InitFacts, package: &Value) -> (Vec<String>, Option<String>) {
    let word = |name: &str| file_name(name).to_owned();
    let is_set_up = |(name, _, key, beginnings): &&(&str, &str, &str, &[&str])| {
        let has_settings = !package[*key].is_null()
            || project.files(facts).any(|file| beginnings.iter().any(|it| file.starts_with(it)));
        let of_tests = ["pretest", "test", "posttest"].map(|script| &package["scripts"][script]);
        let is_run =
            of_tests.iter().any(|it| it.as_str().unwrap_or_default().contains(&word(name)));
        !package["devDependencies"][*name].is_null() && has_settings && !is_run
    };
    let script_of = |(_, check, ..): &&(&str, &str, &str, &[&str])| {
        let only_checks = |text: &str| {
            text.starts_with(check.trim_end_matches(" ."))
                && !["--fix", "--write"].iter().any(|flag| text.contains(flag))
        };
        let mut scripts = package["scripts"].as_object()?.iter();
        scripts
            .find(|(_, text)| text.as_str().is_some_and(only_checks))
            .map(|(name, _)| name.clone())
    };
    let (own, found): (Vec<_>, Vec<_>) =
        LINTERS.iter().filter(is_set_up).partition(|linter| script_of(linter).is_some());
    let own: Vec<String> = own.iter().filter_map(script_of).collect();
    let names: Vec<String> = found.iter().map(|it| word(it.0)).collect();
    let scripts: Vec<&str> = found.iter().map(|it| it.1).collect();
    let note = (!found.is_empty()).then(|| {
        format!(
            "{} has no script `lint`, so no gate runs {}: add `\"lint\": \"{}\"` to its scripts, \
             and `cargo xtask init` again prints the gate to add",
            project.path("package.json"),
            names.join(", "),
            scripts.join(" && ")
        )
    });
    (own, note)
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Manager {
    Npm,
    /// npm without a lock.
    NpmUnlocked,
    Pnpm,
    Yarn,
    /// Yarn from version 2 on.
    Berry,
}

impl Manager {
    fn word(self) -> &'static str {
        match self {
            Self::Npm | Self::NpmUnlocked => "npm",
            Self::Pnpm => "pnpm",
            Self::Yarn | Self::Berry => "yarn",
        }
    }

    /// The command that fetches, and the one that installs from what was fetched.
    fn install(self) -> (&'static str, &'static str) {
        match self {
            Self::Npm => (
                "npm ci --prefer-offline --no-audit --no-fund",
                "npm ci --offline --no-audit --no-fund",
            ),
            Self::NpmUnlocked => (
                "npm install --no-package-lock --no-audit --no-fund",
                "npm install --no-package-lock --offline --no-audit --no-fund",
            ),
            Self::Pnpm => ("pnpm fetch", "pnpm install --offline --frozen-lockfile"),
            Self::Yarn => {
                ("yarn install --frozen-lockfile", "yarn install --offline --frozen-lockfile")
            }
            // A gate's environment has its network off.
            Self::Berry => ("yarn install --immutable", "yarn install --immutable"),
        }
    }
}

/// The one whose lock is there. Yarn 1 has no `.yarnrc.yml`, and others are seldom named.
fn manager(project: &Project, facts: &InitFacts, named: Option<&str>) -> Manager {
    let newer =
        named.and_then(|it| it.strip_prefix("yarn@")).is_some_and(|it| !it.starts_with("1."));
    if project.has(facts, "pnpm-lock.yaml") {
        Manager::Pnpm
    } else if project.has(facts, "yarn.lock") && (newer || project.has(facts, ".yarnrc.yml")) {
        Manager::Berry
    } else if project.has(facts, "yarn.lock") {
        Manager::Yarn
    } else if ["package-lock.json", "npm-shrinkwrap.json"].iter().any(|it| project.has(facts, it)) {
        Manager::Npm
    } else {
        Manager::NpmUnlocked
    }
}

/// The command that tests, so that its report can be read where the runner has one.
fn tests(script: &str, manager: Manager, is_hooked: bool) -> (Vec<String>, Option<&'static str>) {
    let plain = !is_hooked && !script.contains(|c: char| "&|;<>$`'\"*(){}~\\!".contains(c));
    let words: Vec<&str> = script.split_whitespace().collect();
    match words.as_slice() {
        ["node", "--test", rest @ ..] if plain && !script.contains("--test-reporter") => {
            // Yarn's packages may lie where only its own node finds them.
            let own = if matches!(manager, Manager::Berry) { "yarn " } else { "" };
            let mut command = argv(&format!("{own}node --test --test-reporter=tap"));
            command.extend(rest.iter().map(|word| (*word).to_owned()));
            (command, Some("tap"))
        }
        // What tape writes is TAP, and npm's own lines are not.
        ["tape", ..] if manager.word() == "npm" && !script.contains(['|', '&', ';', '>']) => {
            (argv("npm test --silent"), Some("tap"))
        }
        _ => (argv(&format!("{} test", manager.word())), None),
    }
}
