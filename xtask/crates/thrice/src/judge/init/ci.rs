//! What the repository's own CI runs and no gate does.

use std::collections::{BTreeMap, BTreeSet};

use super::InitFacts;
use super::rules::quoted;
use thrice_orr::judge::workflow;

/// How many commands are named.
const MOST: usize = 12;
/// Programs that check something by a word of theirs, and those that do it without one.
const WITH_WORDS: &[&str] = &[
    "cargo",
    "go",
    "npm",
    "npx",
    "pnpm",
    "yarn",
    "node",
    "python",
    "python3",
    "uv",
    "uvx",
    "poetry",
    "ruff",
    "pre-commit",
    "golangci-lint",
    "mvn",
    "./mvnw",
    "gradle",
    "./gradlew",
    "make",
    "just",
    "pip",
    "pip3",
    "coverage",
    "twine",
    "hatch",
    "nyc",
    "c8",
    "pdm",
];
const ALONE: &[&str] = &["pytest", "flake8", "mypy", "black", "isort", "tox", "nox"];
/// Words of commands that check nothing.
const NO_CHECK: &[&str] = &[
    "install",
    "rm",
    "uninstall",
    "remove",
    "ci",
    "i",
    "add",
    "sync",
    "fetch",
    "download",
    "get",
    "pip",
    "pip3",
    "publish",
    "deploy",
    "release",
    "upload",
    "login",
    "config",
    "version",
    "--version",
    "upgrade",
    "update",
    "venv",
    "env",
    "cache",
    "tool",
    "xtask",
    "generate-lockfile",
];
/// Words that change nothing of what a command checks.
const NO_MATTER: &[&str] = &["run", "python", "python3", "uv", "poetry", "clean", "tests"];
/// Options with which a command checks something else.
const TELLING: &[&str] = &[
    "--all-features",
    "--no-default-features",
    "--features",
    "--doc",
    "--release",
    "--examples",
    "--benches",
    "--doctest-modules",
    "--check",
    "-race",
];

/// Programs that check nothing, and make no other command mean something else.
const BESIDE: &[&str] = &["rm", "mkdir", "echo"];

/// Words of commands that fetch while they run, which a gate can't.
const FETCHING: &[&str] = &["pre-commit", "tox", "nox", "npx", "uvx", "build", "hatch"];

/// Actions that only run a program, and how it is called.
const ACTIONS: &[(&str, &str)] = &[
    ("golangci/golangci-lint-action", "golangci-lint run"),
    ("pre-commit/action", "pre-commit run --all-files"),
    ("astral-sh/ruff-action", "ruff check"),
    ("psf/black", "black --check ."),
    ("crate-ci/typos", "typos"),
];

/// What the workflows run on patches, in their order.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Ci {
    steps: Vec<workflow::Run>,
    actions: Vec<String>,
    variables: BTreeSet<(String, String)>,
    /// What a matrix tries, by the key of its list.
    axes: BTreeMap<String, Vec<String>>,
}

impl Ci {
    /// Of files by their paths. What is no workflow, or none that can be read, is left out.
    pub(crate) fn of(texts: &BTreeMap<String, String>) -> Self {
        let all = texts.iter().filter(|(path, _)| workflow::is_workflow(path));
        let parsed = all.filter_map(|(path, text)| workflow::parse(path, text.as_bytes()).ok());
        let is_patch = |on: &workflow::Event| ["push", "pull_request"].contains(&&*on.name);
        let mut ci = Self::default();
        for workflow in parsed.filter(|it| it.events.iter().any(is_patch)) {
            ci.actions.extend(workflow.uses.into_iter().map(|it| it.text));
            ci.variables.extend(workflow.variables);
            for job in workflow.jobs {
                for (key, values) in job.axes {
                    let all = ci.axes.entry(key).or_default();
                    all.extend(
                        values.into_iter().filter(|it| !all.contains(it)).collect::<Vec<_>>(),
                    );
                }
                let bent = job.defaults.then(|| "defaults".to_owned());
                ci.steps.extend(job.runs.into_iter().map(|mut run| {
                    run.bent_by.extend(bent.clone());
                    run
                }));
            }
        }
        ci
    }

    /// Whether a step has a line with these words: what runs there already passes.
    pub(super) fn runs(&self, words: &str) -> bool {
        let has = |line: &str| line.contains(words) && !line.trim_start().starts_with('#');
        self.steps.iter().any(|run| run.command.lines().any(has))
    }

    /// Whether there is none, or none of a command of it.
    pub(super) fn runs_nothing(&self) -> bool {
        self.steps.is_empty()
    }

    /// The first step that is one plain line which begins with these words.
    pub(super) fn line(&self, words: &str) -> Option<String> {
        let is_it = |run: &&workflow::Run| {
            let command = &run.command;
            run.bent_by.is_empty() && command.starts_with(words) && has_plain_words(command)
        };
        self.steps.iter().find(is_it).map(|run| run.command.clone())
    }

    fn uses(&self, action: &str) -> bool {
        self.actions.iter().any(|used| used.split_once('@').is_some_and(|(it, _)| it == action))
    }
}

/// Where other services than GitHub keep what they run.
const OTHERS: &[&str] = &[
    ".circleci/config.yml",
    ".gitlab-ci.yml",
    ".travis.yml",
    ".cirrus.yml",
    ".drone.yml",
    ".woodpecker.yml",
    "Jenkinsfile",
    "appveyor.yml",
    ".appveyor.yml",
    "azure-pipelines.yml",
    "bitbucket-pipelines.yml",
];

/// A note of each CI that nobody here can read.
pub(super) fn unread(facts: &InitFacts) -> Option<String> {
    let there = OTHERS.iter().copied().filter(|path| facts.files.contains(*path));
    let there: Vec<&str> = there.collect();
    (!there.is_empty()).then(|| {
        format!(
            "`init` reads the workflows of GitHub alone: add what {} runs, and no gate does, to \
             policy/gates.toml",
            there.join(", ")
        )
    })
}

/// Variables with which a compiler or an interpreter finds more, or something else.
const TELLING_VARIABLES: &[&str] = &[
    "RUSTFLAGS",
    "RUSTDOCFLAGS",
    "GOFLAGS",
    "CGO_ENABLED",
    "NODE_OPTIONS",
    "PYTHONWARNINGS",
    "MAVEN_OPTS",
];

/// Notes of variables that the workflows set and the gates don't, given what these set.
pub(super) fn variables(facts: &InitFacts, gates: &str) -> Vec<String> {
    let is_told = |(name, _): &&(String, String)| TELLING_VARIABLES.contains(&name.as_str());
    let is_plain = |value: &str| has_plain_words(value) && !value.is_empty();
    let all = facts.ci.variables.iter().filter(is_told).filter(|(_, value)| is_plain(value));
    let missing = all.filter(|(name, _)| !gates.contains(&format!("set.{name}")));
    missing
        .map(|(name, value)| {
            format!(
                "your CI sets {name}, and no gate has it: add `set.{name} = {}` to [environment] \
                 of policy/gates.toml, or to one gate",
                quoted(value)
            )
        })
        .collect()
}

/// A note of the versions that the workflows try one after the other, where a gate has one.
pub(super) fn versions(facts: &InitFacts) -> Option<String> {
    let of = ["node", "nodejs", "python", "go", "java", "jdk", "rust", "toolchain", "php", "ruby"];
    let is_version = |key: &str| {
        let key = key.to_lowercase();
        of.iter().any(|name| {
            key == *name || key == format!("{name}-version") || key == format!("{name}_version")
        })
    };
    let is_plain = |value: &String| has_plain_words(value);
    let many = |(key, values): &(&String, &Vec<String>)| {
        is_version(key) && values.len() > 1 && values.iter().all(is_plain)
    };
    let all: Vec<String> = facts
        .ci
        .axes
        .iter()
        .filter(many)
        .map(|(key, values)| format!("{key} {}", values.join(", ")))
        .collect();
    (!all.is_empty()).then(|| {
        format!(
            "your CI also tries {}: a gate has what PATH has, so leave those to it",
            all.join("; ")
        )
    })
}

/// A note of what the workflows run on patches and none of `gates` does, in their order.
pub(super) fn unchecked(facts: &InitFacts, gates: &[Vec<String>]) -> Option<String> {
    let mut all: Vec<String> = Vec::new();
    let has = |program: &str| gates.iter().flatten().any(|word| word == program);
    // With other variables it is the same command, and on a condition as well.
    let bends_little = |key: &String| ["env", "if"].contains(&key.as_str());
    let as_it_stands = |run: &&workflow::Run| run.bent_by.iter().all(bends_little);
    for run in facts.ci.steps.iter().filter(as_it_stands) {
        let beside = |line: &&str| line.starts_with('#') || BESIDE.contains(&program(line));
        let command = without_expressions(&run.command);
        let lines = command.lines().map(str::trim).filter(|line| !beside(line));
        let lines: Vec<&str> = lines.collect();
        let unchecked = |line: &&str| match is_own(line, facts) {
            true => !has(program(line)),
            false => is_check(line) && !is_run(line, gates),
        };
        if lines.iter().all(|line| is_plain(line) && (is_known(line) || is_own(line, facts))) {
            all.extend(lines.into_iter().filter(unchecked).map(str::to_owned));
        }
    }
    let used = ACTIONS.iter().filter(|(action, line)| facts.ci.uses(action) && !has(program(line)));
    all.extend(used.map(|(_, line)| (*line).to_owned()));
    // What its hooks check is named by itself.
    let has_checks = !facts.pre_commit.checks().is_empty();
    all.retain(|line| program(line) != "pre-commit" || !has_checks);
    let mut seen = BTreeSet::new();
    all.retain(|line| seen.insert(line.clone()));
    let more = match all.len().saturating_sub(MOST) {
        0 => String::new(),
        more => format!(" and {more} more"),
    };
    let shown: Vec<String> = all.iter().take(MOST).map(|line| format!("`{line}`")).collect();
    all.first()?;
    let them = if all.len() == 1 { "it" } else { "them" };
    let whole = || all.iter().filter(|line| !line.contains(EXPRESSION));
    // What fetches as a whole can't be a gate as it stands.
    let first = whole().find(|line| !fetches(line));
    let first = first.or_else(|| whole().find(|line| is_of_maven(line)));
    let such = first.map(|line| {
        let words: Vec<String> = line.split_whitespace().map(quoted).collect();
        let so = if all.len() == 1 { "as" } else { "such as" };
        format!(", {so} `[{}]`", words.join(", "))
    });
    let fetching = all.iter().find(|line| fetches(line)).map(|line| {
        let instead = match builds_a_package(line) {
            true => "add `--no-isolation`, and install what builds it where pytest is",
            false => "have `prepare` fetch first, or leave that to your CI",
        };
        format!("; `{line}` fetches while it runs, and a gate has no network: {instead}")
    });
    Some(format!(
        "your CI also runs {}{more}, which no gate does: add {them} to `run` of a gate in \
         policy/gates.toml{}{}",
        shown.join(", "),
        such.unwrap_or_default(),
        fetching.unwrap_or_default()
    ))
}

/// What stands for an expression of a workflow's, whose value only GitHub knows.
const EXPRESSION: char = '…';

fn without_expressions(command: &str) -> String {
    let mut parts = command.split("${{");
    let mut plain = parts.next().unwrap_or_default().to_owned();
    for part in parts {
        plain.push(EXPRESSION);
        plain.push_str(part.split_once("}}").map_or("", |(_, rest)| rest));
    }
    plain
}

/// Whether a command fetches while it runs, although what it needs was fetched before.
fn fetches(line: &str) -> bool {
    match program(line) {
        "mvn" | "./mvnw" | "gradle" | "./gradlew" => !line.contains("--offline"),
        "npm" | "pnpm" | "yarn" | "cargo" | "go" => false,
        _ => line.split_whitespace().any(|word| FETCHING.contains(&word)),
    }
}

/// Whether a command is Python's build, which fetches what builds the package.
fn builds_a_package(line: &str) -> bool {
    line.contains(" -m build") || program(line) == "pyproject-build"
}

/// Whether a line of a script is short, without anything for the shell.
fn is_plain(line: &str) -> bool {
    line.len() <= 120 && has_plain_words(&line.replace(EXPRESSION, ""))
}

fn has_plain_words(line: &str) -> bool {
    line.chars().all(|c| c.is_ascii_alphanumeric() || " -_./:@,=+".contains(c))
}

fn program(line: &str) -> &str {
    line.split(' ').next().unwrap_or_default()
}

/// Whether a line is a command of a known program.
fn is_known(line: &str) -> bool {
    WITH_WORDS.contains(&program(line)) || ALONE.contains(&program(line))
}

fn is_of_maven(line: &str) -> bool {
    ["mvn", "./mvnw"].contains(&program(line))
}

/// Whether a line runs a file of the repository.
fn is_own(line: &str, facts: &InitFacts) -> bool {
    facts.files.contains(program(line).trim_start_matches("./"))
}

fn is_check(line: &str) -> bool {
    let says = |word: &&str| !word.contains(EXPRESSION) && !NO_MATTER.contains(word);
    if line.contains(EXPRESSION) && line.split_whitespace().filter(says).count() < 2 {
        return false;
    }
    !line.split_whitespace().any(|word| NO_CHECK.contains(&word)) && line.contains(' ')
        || ALONE.contains(&line)
}

/// The word for the first of Node's package managers, which all run the same scripts.
fn manager(word: &str) -> &str {
    if ["pnpm", "yarn"].contains(&word) { "npm" } else { word }
}

/// Whether a gate checks what a line does: it has every word that tells what that is.
fn is_run(line: &str, gates: &[Vec<String>]) -> bool {
    let words = || line.split_whitespace();
    let telling = words().filter(|word| TELLING.contains(word));
    let is_word = |word: &&str| !word.starts_with('-') && !word.contains(['/', '.', '=']);
    let subject = words().filter(is_word).filter(|word| !NO_MATTER.contains(word));
    let most = if words().any(|word| ALONE.contains(&word)) { 1 } else { 2 };
    // What maven does without a goal is in its pom.
    if is_of_maven(line) && subject.clone().nth(1).is_none() {
        return false;
    }
    // Who tests has built, and who built can test.
    let built = ["cargo", "go"].iter().any(|it| words().next() == Some(*it));
    let needed: Vec<&str> = telling
        .chain(subject.take(most))
        .map(|word| if built && ["build", "check"].contains(&word) { "test" } else { word })
        .map(manager)
        .collect();
    gates.iter().any(|argv| {
        let has = |word: &str| argv.iter().any(|it| manager(it) == word);
        let tests_by_node = needed == ["npm", "test"] && has("node") && has("--test");
        tests_by_node || needed.iter().all(|word| has(word))
    })
}

#[cfg(test)]
mod tests {
    use super::super::gates::argv;
    use super::*;

    fn noted(steps: &str, on: &str, gates: &[&str]) -> Option<String> {
        let text = format!("on: {on}\njobs:\n  a:\n    runs-on: x\n    steps:\n{steps}");
        let texts = [(".github/workflows/ci.yml".to_owned(), text)].into();
        let gates: Vec<Vec<String>> = gates.iter().map(|it| argv(it)).collect();
        unchecked(&InitFacts { ci: Ci::of(&texts), ..InitFacts::default() }, &gates)
    }

    #[test]
    fn what_ci_checks_and_no_gate_does_is_named() {
        let cargo = &["cargo test --locked --no-fail-fast", "cargo fmt --all --check"][..];
        let python = &["python3 -m pytest -p no:cacheprovider", "ruff check --no-fix ."][..];
        let npm = &["npm run lint", "npm test"][..];
        let table: &[(&str, &[&str], bool)] = &[
            ("cargo doc --no-deps", cargo, true),
            ("cargo test --all-features", cargo, true),
            ("cargo test --verbose", cargo, false),
            ("cargo build --verbose", cargo, false),
            ("cargo fmt -- --check", cargo, false),
            ("cargo fetch --locked", cargo, false),
            ("pytest --doctest-modules", python, true),
            ("uv run pytest -n auto tests", python, false),
            ("python -m pip install -e .", python, false),
            ("mypy", python, true),
            ("ruff check src tests", python, false),
            ("ruff format --check .", python, true),
            ("npm run build", npm, true),
            ("npm run typecheck", npm, true),
            ("npm ci", npm, false),
            ("npm test", npm, false),
            ("npm run lint", npm, false),
            ("yarn lint", npm, false),
            ("pnpm run test", npm, false),
            ("npm test", &["yarn node --test --test-reporter=tap"], false),
            ("npm test", &["node build.js"], true),
            ("npm test", cargo, true),
            ("npm run lint", &["node --test --test-reporter=tap"], true),
            ("make lint", &["make test"], true),
            ("mvn -B verify", &["mvn --batch-mode --offline test"], true),
            ("mvn -B", &["mvn --batch-mode --offline test"], true),
            ("mvn -B test", &["mvn --batch-mode --offline test"], false),
            ("coverage report --fail-under=100", python, true),
            ("go build -v ./...", &["go test -json ./..."], false),
            ("go test -race ./...", &["go test -json ./..."], true),
            ("go tool cover -func=coverage.out", &["go test -json ./..."], false),
            // A script, a program that is unknown, and what only a shell understands.
            ("npm run build && npm run x", npm, false),
            ("curl x", npm, false),
            ("npm run ${{ matrix.x }}", npm, false),
            ("hatch run ${{ matrix.x }}", python, false),
            ("npm run \u{202e}\u{7}", npm, false),
        ];
        for (line, gates, named) in table {
            let note = noted(&format!("      - run: {line}\n"), "[push]", gates);
            let words = line.replace(' ', "\", \"");
            let fetches = match line.starts_with("mvn") {
                true => format!(
                    "; `{line}` fetches while it runs, and a gate has no network: have `prepare` \
                     fetch first, or leave that to your CI"
                ),
                false => String::new(),
            };
            let expected = named.then(|| {
                format!(
                    "your CI also runs `{line}`, which no gate does: add it to `run` of a gate in \
                     policy/gates.toml, as `[\"{words}\"]`{fetches}"
                )
            });
            assert_eq!(note, expected, "{line}");
        }
    }

    #[test]
    fn only_what_runs_for_patches_as_it_stands_is_named_and_not_all_of_much() {
        let build = "      - run: npm run build\n";
        assert!(noted(build, "pull_request", &[]).is_some());
        assert!(noted(build, "release", &[]).is_none());
        assert!(noted(&format!("{build}        working-directory: x\n"), "push", &[]).is_none());
        assert!(noted(&format!("{build}        env:\n          A: b\n"), "push", &[]).is_some());
        let block = "      - run: |\n          npm ci\n          npm run build\n";
        assert!(noted(block, "push", &[]).unwrap().contains("runs `npm run build`, which"));
        let moved = "      - run: |\n          cd x\n          npm run build\n";
        assert!(noted(moved, "push", &[]).is_none());
        let beside = "      - run: |\n          # x\n          rm -rf x\n          npm run build\n";
        assert!(noted(beside, "push", &[]).unwrap().contains("runs `npm run build`, which"));
        let fetching = "      - run: tox -e x\n      - run: make y\n";
        let note = noted(fetching, "push", &[]).unwrap();
        assert!(note.contains("such as `[\"make\", \"y\"]`; `tox -e x` fetches"), "{note}");
        let many: String = (0..16).map(|it| format!("      - run: make a{it}\n")).collect();
        let note = noted(&format!("{many}{many}"), "push", &[]).unwrap();
        assert!(note.contains("`make a11` and 4 more, which no gate does"), "{note}");
        assert!(noted("\u{0}: [", "push", &[]).is_none());
        let note = noted("      - run: hatch run +py=${{ matrix.py }} test:a\n", "push", &[]);
        let said = "your CI also runs `hatch run +py=… test:a`, which no gate does: add it to \
                    `run` of a gate in policy/gates.toml; `hatch run +py=… test:a` fetches";
        assert!(note.unwrap().starts_with(said));
    }

    #[test]
    fn a_script_of_the_repository_is_named_where_no_gate_runs_it() {
        let steps = "      - run: |\n          npm ci\n          ./scripts/make.sh all\n";
        let text = format!("on: push\njobs:\n  a:\n    steps:\n{steps}");
        let texts = [(".github/workflows/ci.yml".to_owned(), text)].into();
        let files = ["scripts/make.sh".to_owned()].into();
        let mut facts = InitFacts { ci: Ci::of(&texts), files, ..InitFacts::default() };
        let named = "your CI also runs `./scripts/make.sh all`, which no gate does: add it to \
                     `run` of a gate in policy/gates.toml, as `[\"./scripts/make.sh\", \"all\"]`";
        assert_eq!(unchecked(&facts, &[]).as_deref(), Some(named));
        assert_eq!(unchecked(&facts, &[argv("./scripts/make.sh all")]), None);
        facts.files.clear();
        assert_eq!(unchecked(&facts, &[]), None);
    }

    #[test]
    fn an_action_that_only_runs_a_program_is_named_by_its_command() {
        let steps = "      - uses: golangci/golangci-lint-action@0123456789\n";
        let named = "your CI also runs `golangci-lint run`, which no gate does: add it to `run` of \
                     a gate in policy/gates.toml, as `[\"golangci-lint\", \"run\"]`";
        assert_eq!(noted(steps, "push", &["go vet ./..."]).as_deref(), Some(named));
        assert_eq!(noted(steps, "release", &[]), None);
        assert_eq!(noted(steps, "push", &["golangci-lint run"]), None);
    }

    #[test]
    fn what_runs_for_patches_runs_in_any_folder_and_not_in_a_comment() {
        let has = |steps: &str, on: &str| {
            let text = format!("on: {on}\njobs:\n  a:\n    steps:\n{steps}# cargo clippy\n");
            let texts = [(".github/workflows/ci.yml".to_owned(), text)].into();
            Ci::of(&texts).runs("cargo clippy")
        };
        let clippy = "      - run: cargo clippy --all\n";
        assert!(has(clippy, "push") && has(clippy, "[x, pull_request]"));
        assert!(has(&format!("{clippy}        if: x\n        working-directory: y\n"), "push"));
        assert!(!has(clippy, "release"));
        for other in ["run: '# cargo clippy'", "name: cargo clippy", "run: cargo test"] {
            assert!(!has(&format!("      - {other}\n"), "push"), "{other}");
        }
    }
}
