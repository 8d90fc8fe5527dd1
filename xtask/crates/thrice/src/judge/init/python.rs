//! The gates of a Python project.

use std::collections::BTreeMap;

use super::InitFacts;
use super::gates::{Commands, GatesOf, argv};
use super::project::{Project, imports_pytest};
use thrice_facts::files::file_name;
use thrice_findings::text::is_word;

/// Who installs the packages.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Installer {
    Pip,
    Uv,
    Poetry,
}

pub(super) fn part(project: &Project, facts: &InitFacts, output: &str) -> GatesOf {
    let installer = installer(project, facts);
    let mut part =
        GatesOf { set: BTreeMap::from([("PYTHONDONTWRITEBYTECODE", "1")]), ..GatesOf::default() };
    match installer {
        Installer::Pip => {}
        Installer::Uv => {
            let sync = format!("uv sync --frozen{}", chosen(project, facts, installer));
            part.prepare.push(argv(&sync));
            part.install.push(argv(&format!("{sync} --offline")));
            part.home.push(".local/share/uv/python");
        }
        Installer::Poetry => {
            // Poetry asks its index again for what it has, so pip installs: the files that
            // Poetry compared with its lock.
            let fetch = format!(
                "mkdir -p $POETRY_CACHE_DIR/artifacts && \
                 poetry install --no-interaction --no-root{} && \
                 poetry run python -m pip freeze --exclude-editable > $STORE/poetry.txt && \
                 find $POETRY_CACHE_DIR/artifacts -name '*.whl' -exec cp {{}} $STORE/wheels ';'",
                chosen(project, facts, installer)
            );
            let packages = "poetry run python -m pip install --quiet --no-deps --no-index \
                            --requirement $STORE/poetry.txt";
            let shell = |script: &str| ["sh", "-c", script].map(str::to_owned).into();
            part.prepare.push(shell(&fetch));
            part.install.push(shell(packages));
            part.install.push(argv("poetry install --no-interaction --only-root"));
            part.set.insert("POETRY_VIRTUALENVS_IN_PROJECT", "true");
        }
    }
    let run = |words: &str| match installer {
        Installer::Pip => argv(&format!("python3 -m {words}")),
        Installer::Uv => argv(&format!("uv run --no-sync --offline python -m {words}")),
        Installer::Poetry => argv(&format!("poetry run python -m {words}")),
    };
    lint(project, facts, installer, &run, &mut part);
    if project.folder.is_empty()
        && project.has(facts, "MANIFEST.in")
        && facts.texts.values().any(|text| text.contains("check-manifest"))
    {
        part.notes.push(
            "check-manifest is run here, and demands a line for each new file: add `prune policy` \
             to MANIFEST.in"
                .to_owned(),
        );
    }
    part.tests = tests(project, facts, output, &run);
    if let Some(tests) = &mut part.tests
        && project.files(facts).any(|path| path.starts_with("src/") && path.ends_with(".py"))
    {
        tests.set.push(("PYTHONPATH", "src".to_owned()));
    }
    part
}

fn installer(project: &Project, facts: &InitFacts) -> Installer {
    if project.has(facts, "uv.lock") {
        Installer::Uv
    } else if project.has(facts, "poetry.lock") {
        Installer::Poetry
    } else {
        Installer::Pip
    }
}

/// The options that also install optional dependencies, where pytest is one of them.
fn chosen(project: &Project, facts: &InitFacts, installer: Installer) -> &'static str {
    let pyproject = project.text(facts, "pyproject.toml");
    let has_pytest = |table: &str| {
        let (_, rest) = pyproject.split_once(table)?;
        Some(rest.split("\n[").next()?.contains("pytest"))
    };
    let extra = has_pytest("[project.optional-dependencies]").unwrap_or_default();
    let group = has_pytest("[dependency-groups]").unwrap_or_default();
    match (extra, group && installer == Installer::Uv) {
        (true, true) => " --all-extras --all-groups",
        (true, false) => " --all-extras",
        (false, true) => " --all-groups",
        (false, false) => "",
    }
}

fn lint(
    project: &Project,
    facts: &InitFacts,
    installer: Installer,
    run: &dyn Fn(&str) -> Vec<String>,
    part: &mut GatesOf,
) {
    let pyproject = project.text(facts, "pyproject.toml");
    let settings = |name: &str| {
        ["setup.cfg", "tox.ini"]
            .iter()
            .any(|file| project.text(facts, file).contains(&format!("[{name}]")))
    };
    let any = |names: &[&str]| names.iter().any(|name| project.has(facts, name));
    let ruff = pyproject.contains("[tool.ruff") || any(&["ruff.toml", ".ruff.toml"]);
    let flake8 = project.has(facts, ".flake8") || settings("flake8");
    let installed = |program: &str| installer != Installer::Pip && depends(pyproject, program);
    let pinned = facts.pre_commit.ruff();
    part.notes.extend(pinned.filter(|_| ruff && !installed("ruff")).map(|rev| {
        format!(
            "pre-commit runs ruff {rev} here, and the gate the ruff on PATH: install that version, \
             as another one can find more"
        )
    }));
    let mut lint = |program: &str, words: &str| {
        let installed = installed(program);
        let command = if installed { run(words) } else { argv(words) };
        part.lint =
            Some(Commands::new("The linter that this repository has settings for.", vec![command]));
    };
    if ruff {
        // Its settings can say to rewrite files.
        let others = facts.submodules.keys().filter(|path| is_word(path, "._-/"));
        let others = others.filter(|_| project.folder.is_empty());
        let others: String = others.map(|path| format!(" --extend-exclude={path}")).collect();
        lint("ruff", &format!("ruff check --no-cache --no-fix{others} ."));
    } else if flake8 {
        lint("flake8", "flake8");
    }
}

/// Whether a package is among the dependencies, in one of the forms that they have.
fn depends(pyproject: &str, package: &str) -> bool {
    let quoted = format!("\"{package}");
    let of_poetry = format!("{package} =");
    pyproject.lines().any(|line| line.contains(&quoted) || line.trim().starts_with(&of_poetry))
}

fn uses_pytest(project: &Project, facts: &InitFacts) -> bool {
    let reported = ["pyproject.toml", "setup.cfg", "setup.py", "tox.ini", "requirements.txt"];
    let named = |path: &str| {
        let name = file_name(path);
        name == "conftest.py" || name == "pytest.ini"
    };
    reported.iter().any(|file| project.text(facts, file).contains("pytest"))
        || project.files(facts).any(named)
        || project.files(facts).any(|file| imports_pytest(file, project.text(facts, file)))
        || facts
            .texts
            .iter()
            .any(|(path, text)| path.starts_with(".github/workflows/") && text.contains("pytest"))
}

fn tests(
    project: &Project,
    facts: &InitFacts,
    output: &str,
    run: &dyn Fn(&str) -> Vec<String>,
) -> Option<Commands> {
    let seen: Vec<(&str, usize)> = project.tests(facts, &["py"]).collect();
    if uses_pytest(project, facts) {
        // Not among the evidence: the report holds times and the name of the machine.
        let report = format!("{output}/pytest/junit.xml");
        let command = run(&format!("pytest -p no:cacheprovider --junitxml={report}"));
        return Some(Commands {
            reader: Some(("junit", Some(report))),
            tests: seen.iter().map(|(_, count)| count).sum(),
            ..Commands::new(
                "The tests. pytest keeps no cache, so that each run starts alike.",
                vec![command],
            )
        });
    }
    let (first, _) = seen.first()?;
    let mut folder = first.split_once('/').map_or("", |(folder, _)| folder);
    if seen.iter().any(|(path, _)| path.split_once('/').map_or("", |(top, _)| top) != folder) {
        folder = "";
    }
    let package = project.has(facts, &format!("{folder}/__init__.py"));
    let words = match (folder, package) {
        ("", _) => "unittest discover --verbose --buffer".to_owned(),
        (folder, true) => format!(
            "unittest discover --verbose --buffer --start-directory {folder} --top-level-directory ."
        ),
        (folder, false) => {
            format!("unittest discover --verbose --buffer --start-directory {folder}")
        }
    };
    Some(Commands {
        reader: Some(("unittest", None)),
        tests: seen.iter().map(|(_, count)| count).sum(),
        ..Commands::new(
            "The tests. What they print is kept apart, so that they can be counted.",
            vec![run(&words)],
        )
    })
}
