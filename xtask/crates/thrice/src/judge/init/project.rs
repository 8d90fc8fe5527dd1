//! What a repository is made of: its projects, each with the folder of its manifest.

use std::collections::BTreeSet;

use super::InitFacts;
use super::rules::escaped;
use thrice_facts::files::file_name;
use thrice_policy::declare::policy_choice;

policy_choice! {
    /// A kind of project.
    #[derive(PartialOrd, Ord)]
    pub(crate) enum ProjectKind {
        /// Rust, by cargo.
        Rust = "Rust",
        /// Python, by pip, uv or poetry.
        Python = "Python",
        /// Node, by npm, pnpm or yarn.
        Node = "Node",
        /// Go, by its modules.
        Go = "Go",
        /// Java, by Maven.
        Maven = "Maven",
        /// Java, by Gradle.
        Gradle = "Gradle",
        /// Nothing but a Makefile with a target that tests.
        Make = "Make",
    }
}

/// A project: its kind, and the folder of its manifest, `""` at the top.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct Project {
    pub(super) kind: ProjectKind,
    pub(super) folder: String,
    manifest: String,
}

/// Manifests, in the order in which one of them speaks for a folder.
const MANIFESTS: &[(&str, ProjectKind)] = &[
    ("Cargo.toml", ProjectKind::Rust),
    ("pyproject.toml", ProjectKind::Python),
    ("setup.py", ProjectKind::Python),
    ("setup.cfg", ProjectKind::Python),
    ("requirements.txt", ProjectKind::Python),
    ("package.json", ProjectKind::Node),
    ("go.mod", ProjectKind::Go),
    ("pom.xml", ProjectKind::Maven),
    ("build.gradle", ProjectKind::Gradle),
    ("build.gradle.kts", ProjectKind::Gradle),
];

/// Manifests at the top that name the whole.
pub(crate) const NAMING: &[&str] = &["pyproject.toml", "Cargo.toml", "package.json", "go.mod"];

/// What a manifest calls its project.
#[must_use]
pub(crate) fn named_by(manifest: &str, text: &str) -> Option<String> {
    let name = match manifest {
        "package.json" => {
            let json: serde_json::Value = serde_json::from_str(text).ok()?;
            json.get("name")?.as_str()?.to_owned()
        }
        "go.mod" => {
            let path = text.lines().find_map(|line| line.strip_prefix("module "))?;
            let path = path.split("//").next().unwrap_or_default().trim().trim_matches('"');
            // A major version is no name.
            let is_version =
                |it: &str| it.strip_prefix('v').is_some_and(|number| number.parse::<u64>().is_ok());
            let named = path.rsplit_once('/').filter(|(_, last)| is_version(last));
            named.map_or(path, |(before, _)| before).to_owned()
        }
        _ => {
            let toml: toml::Table = text.parse().ok()?;
            let of = |table: &str| toml.get(table)?.get("name")?.as_str().map(str::to_owned);
            of("project").or_else(|| of("package"))?
        }
    };
    name.rsplit('/').next().filter(|last| !last.is_empty()).map(str::to_owned)
}

/// Settings of tools that say whether a gate can be written.
const SETTINGS: &[&str] =
    &["Makefile", "tox.ini", "setup.cfg", ".flake8", "requirements.txt", ".pre-commit-config.yaml"];

/// Folders whose manifests are somebody else's, or there to be tested with.
const NOT_OURS: &[&str] = &[
    "xtask",
    "node_modules",
    "vendor",
    "third_party",
    "fixtures",
    "testdata",
    "examples",
    "templates",
];

/// How many projects get gates of their own.
const MOST: usize = 9;

/// Whether the text of a file is needed to judge.
#[must_use]
pub(crate) fn is_manifest(path: &str) -> bool {
    let name = file_name(path);
    let workflow = path.starts_with(".github/workflows/");
    MANIFESTS.iter().any(|(manifest, _)| *manifest == name) || SETTINGS.contains(&name) || workflow
}

/// How many tests a file seems to have, by the words with which tests begin.
#[must_use]
pub(crate) fn markers(path: &str, text: &str) -> usize {
    let name = file_name(path);
    let begins = |line: &str, words: &[&str]| words.iter().any(|word| line.starts_with(word));
    let count = |words: &[&str]| text.lines().filter(|line| begins(line.trim(), words)).count();
    match name.rsplit_once('.') {
        Some((_, "rs")) => text
            .lines()
            .map(str::trim)
            .filter(|line| line.starts_with("#[") && line.ends_with("test]"))
            .count(),
        Some((stem, "py")) if stem.starts_with("test") || stem.ends_with("_test") => {
            count(&["def test", "async def test"])
        }
        Some((_, "js" | "mjs" | "cjs" | "ts" | "mts" | "cts")) => {
            count(&["test(", "it(", "describe("])
        }
        Some((stem, "go")) if stem.ends_with("_test") => count(&["func Test"]),
        // Before JUnit 4, a test is a method with a name of this form in a class of this kind.
        Some((_, "java")) if text.contains("extends TestCase") => {
            count(&["public void test"]).max(count(&["@Test"]))
        }
        Some((_, "java" | "kt")) => count(&["@Test"]),
        _ => 0,
    }
}

/// Whether a file holds a suite of JUnit 3, which runs its tests whatever names a filter asks for.
#[must_use]
pub(crate) fn is_junit_suite(path: &str, text: &str) -> bool {
    path.ends_with(".java") && text.contains("static Test suite()")
}

/// Whether a file of Python's needs pytest, whatever the manifests say.
#[must_use]
pub(crate) fn imports_pytest(path: &str, text: &str) -> bool {
    let import = |line: &str| line.starts_with("import pytest") || line.starts_with("from pytest");
    path.ends_with(".py") && text.lines().any(import)
}

impl Project {
    /// The kind, and the manifest that reported.
    pub(super) fn describe(&self) -> String {
        format!("{} ({})", self.kind.word(), self.manifest)
    }

    /// A path of this project, as the repository knows it.
    pub(super) fn path(&self, name: &str) -> String {
        if self.folder.is_empty() { name.to_owned() } else { format!("{}/{name}", self.folder) }
    }

    /// A pattern of paths of this project, as the repository knows it.
    pub(super) fn glob(&self, pattern: &str) -> String {
        if self.folder.is_empty() {
            pattern.to_owned()
        } else {
            format!("{}/{pattern}", escaped(&self.folder))
        }
    }

    /// Whether the project has a tracked file of that name.
    pub(super) fn has(&self, facts: &InitFacts, name: &str) -> bool {
        facts.files.contains(&self.path(name))
    }

    /// What a file of the project says; nothing where it is not there.
    pub(super) fn text<'a>(&self, facts: &'a InitFacts, name: &str) -> &'a str {
        facts.texts.get(&self.path(name)).map_or("", String::as_str)
    }

    /// The project's files, by their path in it.
    pub(super) fn files<'a>(&'a self, facts: &'a InitFacts) -> impl Iterator<Item = &'a str> {
        let prefix = self.path("");
        facts.files.iter().filter_map(move |path| path.strip_prefix(prefix.as_str()))
    }

    /// Files of the project that have tests, each with how many.
    pub(super) fn tests<'a>(
        &'a self,
        facts: &'a InitFacts,
        extensions: &'a [&'a str],
    ) -> impl Iterator<Item = (&'a str, usize)> {
        let prefix = self.path("");
        facts.tests.iter().filter_map(move |(path, count)| {
            let path = path.strip_prefix(prefix.as_str())?;
            let (_, extension) = path.rsplit_once('.')?;
            extensions.contains(&extension).then_some((path, *count))
        })
    }
}

/// The projects of a repository: the outermost of each kind, those at the top first.
pub(super) fn projects(facts: &InitFacts) -> Vec<Project> {
    let mut found: Vec<Project> = Vec::new();
    let depth = |path: &str| path.matches('/').count();
    let mut paths: Vec<&String> = facts.files.iter().collect();
    paths.sort_by_key(|path| (depth(path), *path));
    for path in paths {
        let (folder, name) = path.rsplit_once('/').unwrap_or(("", path));
        if folder.split('/').any(|part| NOT_OURS.contains(&part)) {
            continue;
        }
        let Some((_, kind)) = MANIFESTS.iter().find(|(manifest, _)| *manifest == name) else {
            continue;
        };
        let inside = |other: &Project| {
            other.kind == *kind
                && (other.folder.is_empty()
                    || folder == other.folder
                    || folder.starts_with(&format!("{}/", other.folder)))
        };
        if !found.iter().any(inside) && is_project(*kind, facts, folder) {
            let (folder, manifest) = (folder.to_owned(), path.clone());
            found.push(Project { kind: *kind, folder, manifest });
        }
    }
    // A formatter's package.json beside Cargo.toml is no project, but the others are.
    found.truncate(MOST);
    if found.is_empty() && facts.files.contains("Makefile") {
        let (folder, manifest) = (String::new(), "Makefile".to_owned());
        found.push(Project { kind: ProjectKind::Make, folder, manifest });
    }
    found
}

/// Where the locks of cargo lie whose crates `prepare` fetches, whether they are there or not.
#[must_use]
pub(crate) fn cargo_locks(facts: &InitFacts) -> BTreeSet<String> {
    let rust = projects(facts).into_iter().filter(|it| it.kind == ProjectKind::Rust);
    rust.map(|it| it.path("Cargo.lock")).collect()
}

/// Whether a manifest is more than a place for the settings of a tool.
fn is_project(kind: ProjectKind, facts: &InitFacts, folder: &str) -> bool {
    let below = |path: &String| folder.is_empty() || path.starts_with(&format!("{folder}/"));
    let any =
        |extensions: &[&str]| {
            facts.files.iter().filter(|path| below(path)).any(|path| {
                path.rsplit_once('.').is_some_and(|(_, found)| extensions.contains(&found))
            })
        };
    match kind {
        ProjectKind::Python => any(&["py"]),
        ProjectKind::Node => any(&["js", "mjs", "cjs", "ts", "mts", "cts", "tsx", "jsx"]),
        _ => true,
    }
}
