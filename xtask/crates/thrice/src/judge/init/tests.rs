use super::gates::argv;
use super::rules::{commands_entry, text_entry};
use super::*;
use thrice_findings::Severity;
use thrice_programme::{PolicyFiles, check};

/// A repository of these files, each with its text, on a machine that has everything.
fn facts(files: &[(&str, &str)]) -> InitFacts {
    let texts: BTreeMap<String, String> =
        files.iter().map(|(path, text)| ((*path).to_owned(), (*text).to_owned())).collect();
    let tests = texts.iter().map(|(path, text)| (path.clone(), markers(path, text)));
    InitFacts {
        name: "Demo Project".to_owned(),
        default_branch: "main".to_owned(),
        has_commit: true,
        files: texts.keys().cloned().collect(),
        tests: tests.filter(|(_, count)| *count > 0).collect(),
        ci: Ci::of(&texts),
        pre_commit: PreCommit::of(&texts),
        texts,
        programs: PROGRAMS.iter().map(|it| (*it).to_owned()).collect(),
        scanner: Readiness::Here("gitleaks"),
        ..InitFacts::default()
    }
}

fn text(plan: &Plan, path: &str) -> String {
    let change = plan.changes.iter().find(|change| change.path == path);
    change.map(|change| change.after.clone()).unwrap_or_default()
}

/// The same with each command on one line.
fn on_one_line(text: &str) -> String {
    text.replace(",\n  ]", "]").replace("[\n    ", "[").replace(",\n    ", ", ")
}

/// Findings about what a plan writes, notes aside.
fn wrong(plan: &Plan) -> Vec<String> {
    let policy = plan.changes.iter().filter_map(|change| {
        let name = change.path.strip_prefix("policy/")?;
        Some((name.to_owned(), change.after.clone().into_bytes()))
    });
    let files: PolicyFiles = policy.collect();
    let (_, findings) = check("policy", &files);
    let counts = findings.into_iter().filter(|finding| finding.severity != Severity::Note);
    counts.map(|finding| format!("{}: {}", finding.code.name(), finding.message)).collect()
}

const TWO_TESTS: &str = "#[test]\nfn a() {}\n#[tokio::test]\nasync fn b() {}\n";

#[test]
#[expect(clippy::too_many_lines, reason = "a table")]
fn each_kind_gets_the_commands_that_test_it() {
    let python = "def test_a(): pass\n";
    let table: &[(&[(&str, &str)], &str)] = &[
        (
            &[("Cargo.toml", ""), ("Cargo.lock", ""), ("src/lib.rs", TWO_TESTS)],
            r#"["cargo", "test", "--locked", "--no-fail-fast"]"#,
        ),
        (
            &[("Cargo.toml", "[workspace]"), ("src/lib.rs", "")],
            r#"["cargo", "test", "--workspace", "--no-fail-fast"]"#,
        ),
        (
            &[("a/b/Cargo.toml", ""), ("a/b/c/Cargo.toml", "")],
            r#"["sh", "-c", "cd \"$0\" && exec \"$@\"", "a/b", "cargo", "test", "--no-fail-fast"]"#,
        ),
        (
            &[("pyproject.toml", "pytest"), ("test_a.py", python)],
            r#"["python3", "-m", "pytest", "-p", "no:cacheprovider", "--junitxml=out/pytest/junit.xml"]"#,
        ),
        (
            &[("pyproject.toml", "pytest"), ("uv.lock", ""), ("test_a.py", python)],
            r#"["uv", "run", "--no-sync", "--offline", "python", "-m", "pytest","#,
        ),
        (
            &[("pyproject.toml", "pytest"), ("poetry.lock", ""), ("test_a.py", python)],
            r#"["poetry", "run", "python", "-m", "pytest","#,
        ),
        (
            &[("pyproject.toml", "pytest"), ("poetry.lock", ""), ("test_a.py", python)],
            r#"["poetry", "install", "--no-interaction", "--only-root"]"#,
        ),
        (
            &[("setup.py", ""), ("test_a.py", "import pytest\ndef test_a(): pass\n")],
            r#"["python3", "-m", "pytest", "-p", "no:cacheprovider","#,
        ),
        (
            &[("setup.py", ""), ("tests/test_a.py", python)],
            r#"["python3", "-m", "unittest", "discover", "--verbose", "--buffer", "--start-directory", "tests"]"#,
        ),
        (
            &[("package.json", r#"{"scripts":{"test":"node --test lib"}}"#), ("a.js", "")],
            r#"["node", "--test", "--test-reporter=tap", "lib"]"#,
        ),
        (
            &[
                (
                    "package.json",
                    r#"{"scripts":{"pretest":"node build","test":"node --test","lint":"eslint"}}"#,
                ),
                ("a.js", ""),
            ],
            r#"["npm", "test"]"#,
        ),
        (
            &[("package.json", r#"{"scripts":{"lint":"x","test":"x"}}"#), ("a.js", "")],
            r#"["npm", "run", "lint"]"#,
        ),
        (
            &[("package.json", r#"{"scripts":{"test":"tape *.js"}}"#), ("a.js", "")],
            r#"["npm", "test", "--silent"]"#,
        ),
        (
            &[
                ("package.json", r#"{"scripts":{"test":"jest"},"devDependencies":{"jest":"1"}}"#),
                ("yarn.lock", ""),
                ("a.ts", ""),
            ],
            r#"["yarn", "install", "--offline", "--frozen-lockfile"]"#,
        ),
        (
            &[
                (
                    "package.json",
                    r#"{"packageManager":"yarn@4.1.0","scripts":{"test":"node --test"}}"#,
                ),
                ("yarn.lock", ""),
                ("a.ts", ""),
            ],
            r#"["yarn", "node", "--test", "--test-reporter=tap"]"#,
        ),
        (
            &[
                ("package.json", r#"{"scripts":{"test":"a && b"},"dependencies":{"b":"1"}}"#),
                ("pnpm-lock.yaml", ""),
                ("a.ts", ""),
            ],
            r#"["pnpm", "test"]"#,
        ),
        (&[("go.mod", "module m\n")], r#"["go", "test", "-json", "./..."]"#),
        (&[("pom.xml", "")], r#"["mvn", "--batch-mode", "--offline", "test"]"#),
        (
            &[("build.gradle", ""), ("gradlew", "")],
            r#"["./gradlew", "--no-daemon", "--console=plain", "--offline", "test"]"#,
        ),
        (&[("Makefile", "check:\n\ttrue\n")], r#"["make", "check"]"#),
    ];
    for (files, command) in table {
        let plan = plan(&facts(files), None);
        let gates = text(&plan, "policy/gates.toml");
        assert!(on_one_line(&gates).contains(command), "{command}\n{gates}");
        assert_eq!(wrong(&plan), [""; 0], "{gates}");
        assert!(plan.notes.iter().all(|note| !note.contains("no tests were seen")), "{plan:?}");
    }
}

/// The notes of a machine that has everything but these programs.
fn notes_without(files: &[(&str, &str)], lacking: &[&str]) -> Vec<String> {
    let mut seen = facts(files);
    seen.programs.retain(|program| !lacking.contains(&program.as_str()));
    let notes = plan(&seen, None).notes.into_iter();
    notes.filter(|note| note.contains("PATH")).collect()
}

#[test]
fn each_program_of_a_gate_that_is_nowhere_is_noted_once() {
    let python = ("test_a.py", "def test_a(): pass\n");
    let needs = r#"{"scripts":{"lint":"x","test":"x"},"dependencies":{"b":"1"}}"#;
    let table: &[(&[(&str, &str)], &str)] = &[
        (&[("Cargo.toml", "[lints.clippy]"), ("Cargo.lock", "")], "cargo"),
        (&[("setup.py", ""), python], "python3"),
        (&[("pyproject.toml", "pytest"), ("uv.lock", ""), python], "uv"),
        (&[("pyproject.toml", "pytest"), ("poetry.lock", ""), python], "poetry"),
        (&[("package.json", r#"{"scripts":{"test":"node --test"}}"#), ("a.js", "")], "node"),
        (&[("package.json", needs), ("a.js", "")], "npm"),
        (&[("package.json", needs), ("pnpm-lock.yaml", ""), ("a.js", "")], "pnpm"),
        (&[("package.json", needs), ("yarn.lock", ""), ("a.js", "")], "yarn"),
        (&[("go.mod", "require x")], "go"),
        (&[("a/go.mod", "require x"), ("b/go.mod", "")], "go"),
        (&[("pom.xml", "")], "mvn"),
        (&[("build.gradle", "")], "gradle"),
        (&[("Makefile", "lint:\n\ttrue\ntest:\n\ttrue\n")], "make"),
    ];
    for (files, program) in table {
        let notes = notes_without(files, &[program]);
        assert_eq!(notes.len(), 1, "{program}: {notes:?}");
        let first = format!("{program} is not on PATH: install it, or take out what names it");
        assert!(notes[0].starts_with(&first), "{notes:?}");
        assert_eq!(notes_without(files, &[]), [""; 0]);
    }
    // What lies in the repository is no matter of PATH.
    assert_eq!(notes_without(&[("build.gradle", ""), ("gradlew", "")], &["gradle"]), [""; 0]);
    // Of two that are missing, both are noted.
    let files = [("Cargo.toml", ""), ("web/go.mod", "")];
    assert_eq!(notes_without(&files, &["cargo", "go"]).len(), 2);
}

#[test]
fn a_repository_without_a_build_has_the_gates_that_need_none() {
    let plan = plan(&facts(&[("README", "hello")]), None);
    let gates = text(&plan, "policy/gates.toml");
    let ids: Vec<&str> = gates.lines().filter_map(|line| line.strip_prefix("id = ")).collect();
    let word = |line: &&str| line.split('"').nth(1).unwrap_or_default().to_owned();
    assert_eq!(ids.iter().map(word).collect::<Vec<_>>(), ["T2", "T6", "T8"]);
    assert_eq!((wrong(&plan), plan.notes.len()), (Vec::new(), 1), "{plan:?}");
}

#[test]
fn lists_are_laid_out_as_taplo_does() {
    let long = |count: usize| vec!["x".repeat(count)];
    for (laid_out, expected) in [
        (text_entry("a", &["b".to_owned(), "c".to_owned()]), "a = [\"b\", \"c\"]\n".to_owned()),
        (text_entry("a", &long(72)), format!("a = [\"{}\"]\n", "x".repeat(72))),
        (text_entry("a", &long(73)), format!("a = [\n  \"{}\",\n]\n", "x".repeat(73))),
        (
            commands_entry("run", "# Why.", &[&argv("a b"), &argv("c")]),
            "# Why.\nrun = [[\"a\", \"b\"], [\"c\"]]\n".to_owned(),
        ),
        (
            commands_entry("run", "# Why.\n# How.", &[&argv("a b"), &long(73)]),
            format!(
                "run = [\n  # Why.\n  # How.\n  [\"a\", \"b\"],\n  [\"{}\"],\n]\n",
                "x".repeat(73)
            ),
        ),
        (
            commands_entry("run", "# Why.", &[&argv("a b"), &long(74)]),
            format!(
                "run = [\n  # Why.\n  [\n    \"a\",\n    \"b\",\n  ],\n  [\n    \"{}\",\n  ],\n]\n",
                "x".repeat(74)
            ),
        ),
    ] {
        assert_eq!(laid_out, expected);
    }
}

#[test]
fn several_projects_each_get_gates_of_their_own() {
    let files = [
        ("api/pyproject.toml", "[tool.ruff]\npytest"),
        ("api/test_a.py", "def test_a(): pass\n"),
        ("web/package.json", r#"{"scripts":{"test":"node --test"}}"#),
        ("web/a.test.js", "test('a')\n"),
        ("web/node_modules/x/package.json", r#"{"scripts":{"test":"node --test"}}"#),
        ("Cargo.toml", ""),
    ];
    let plan = plan(&facts(&files), None);
    assert_eq!(
        plan.seen,
        ["Rust (Cargo.toml)", "Python (api/pyproject.toml)", "Node (web/package.json)"]
    );
    let gates = text(&plan, "policy/gates.toml");
    for line in [
        "id = \"T14\"",
        "name = \"tests_api\"",
        "id = \"T24\"",
        "name = \"tests_web\"",
        "tests.file = \"api/out/pytest/junit.xml\"",
    ] {
        assert!(gates.contains(line), "{line}\n{gates}");
    }
    assert_eq!(wrong(&plan), [""; 0]);
}

#[test]
fn a_project_is_called_what_its_manifest_says() {
    for (manifest, text, name) in [
        ("pyproject.toml", "[project]\nname = \"humanize\"\n", Some("humanize")),
        ("pyproject.toml", "[project]\ndynamic = [\"name\"]\n", None),
        ("Cargo.toml", "[package]\nname = \"a-b\"\n", Some("a-b")),
        ("Cargo.toml", "[workspace]\n", None),
        ("package.json", r#"{"name":"@scope/left"}"#, Some("left")),
        ("package.json", "[]", None),
        ("go.mod", "module example.com/x/tool\n\ngo 1.22\n", Some("tool")),
    ] {
        assert_eq!(named_by(manifest, text).as_deref(), name, "{manifest}: {text}");
    }
}

#[test]
fn a_kept_file_of_gates_is_told_what_it_lacks() {
    let mut seen =
        facts(&[("pyproject.toml", "[tool.ruff]\npytest"), ("test_a.py", "def test_a(): pass\n")]);
    let first = plan(
        &InitFacts { programs: ["python3", "pytest"].map(str::to_owned).into(), ..seen.clone() },
        None,
    );
    assert!(first.notes.iter().any(|note| note.contains("`cargo xtask init` again")), "{first:?}");
    seen.policy = ["gates.toml".to_owned()].into();
    seen.gates = Some(text(&first, "policy/gates.toml"));
    let second = plan(&seen, None);
    assert_eq!(second.lacking.len(), 1, "{second:?}");
    assert!(second.lacking[0].contains("name = \"lint\""), "{second:?}");
}

#[test]
fn what_a_host_formats_or_publishes_is_left_to_it() {
    let exclude = "[package]\nexclude = [\"images/\"]";
    let seen = plan(&facts(&[("Cargo.toml", exclude), ("dprint.json", "{}")]), None);
    assert!(!text(&seen, "policy/gates.toml").contains("#:schema"), "{seen:?}");
    assert!(seen.changes.iter().all(|it| !it.path.ends_with(".schema")), "{seen:?}");
    let noted = |plan: &Plan, words| plan.notes.iter().any(|note| note.contains(words));
    assert!(noted(&seen, "dprint rewrites") && noted(&seen, "published with your crate"));
    let kept_out = "[package]\nexclude = [\"images/\", \"/policy\"]";
    for manifest in [kept_out, "[package]", "[workspace]\nexclude = [\"x\"]"] {
        let seen = plan(&facts(&[("Cargo.toml", manifest)]), None);
        assert!(!noted(&seen, "published") && !noted(&seen, "dprint"), "{manifest}");
        assert!(text(&seen, "policy/gates.toml").starts_with("#:schema"), "{manifest}");
    }
}

#[test]
fn a_lint_gate_is_written_where_a_tool_has_settings_and_can_be_run() {
    let lint = |files: &[(&str, &str)]| {
        let gates = text(&plan(&facts(files), None), "policy/gates.toml");
        gates.contains("name = \"lint\"")
    };
    let workflow = ".github/workflows/ci.yml";
    let ci = "on: push\njobs:\n  a:\n    steps:\n      - run: cargo clippy -- -D warnings\n";
    assert!(!lint(&[("Cargo.toml", "")]));
    assert!(lint(&[("Cargo.toml", ""), ("rustfmt.toml", "")]));
    // CI that runs something else may format by another program.
    let other = "on: push\njobs:\n  a:\n    steps:\n      - run: cargo test\n";
    let formatted = [("Cargo.toml", ""), ("rustfmt.toml", ""), (workflow, other)];
    assert!(!lint(&formatted));
    let notes = plan(&facts(&formatted), None).notes;
    assert!(notes.iter().any(|it| it.contains("so no gate does for rustfmt.toml")), "{notes:?}");
    assert!(lint(&[("Cargo.toml", "[lints.clippy]")]));
    assert!(lint(&[("Cargo.toml", ""), (workflow, ci)]));
    assert!(lint(&[("pyproject.toml", "[tool.ruff]"), ("a.py", "")]));
    let ruff = "[tool.ruff]\n[dependency-groups]\ndev = [\"ruff\"]";
    let uv = plan(&facts(&[("pyproject.toml", ruff), ("uv.lock", ""), ("a.py", "")]), None);
    assert!(on_one_line(&text(&uv, "policy/gates.toml")).contains(r#""-m", "ruff""#), "{uv:?}");
    // What rewrites files is no check of them.
    let scripts = r#"{"scripts":{"lint":"oxlint --fix"}}"#;
    assert!(!lint(&[("package.json", scripts), ("a.js", "")]));
    let mut without = facts(&[("setup.cfg", "[flake8]"), ("a.py", "")]);
    without.programs.remove("flake8");
    let plan = plan(&without, None);
    assert!(!text(&plan, "policy/gates.toml").contains("lint"));
    assert!(plan.notes.iter().any(|note| note.starts_with("flake8 has settings here")), "{plan:?}");
}

/// Packages, the rest of the manifest, files of settings, and what is noted.
type LinterCase<'a> = (&'a [&'a str], &'a str, &'a [&'a str], Option<&'a str>);

#[test]
fn a_linter_of_node_that_no_script_runs_is_noted() {
    let eslint = "so no gate runs eslint: add `\"lint\": \"eslint .\"`";
    let both =
        "so no gate runs eslint, prettier: add `\"lint\": \"eslint . && prettier --check .\"`";
    let biome = "so no gate runs biome: add `\"lint\": \"biome check .\"`";
    let dev = |packages: &[&str], rest: &str| {
        let all: Vec<String> = packages.iter().map(|it| format!("\"{it}\":\"1\"")).collect();
        format!("{{\"devDependencies\":{{{}}}{rest}}}", all.join(","))
    };
    let table: &[LinterCase<'_>] = &[
        (&["eslint"], "", &["eslint.config.mjs"], Some(eslint)),
        (&["eslint"], "", &[".eslintrc"], Some(eslint)),
        (&["eslint"], r#","eslintConfig":{"root":true}"#, &[], Some(eslint)),
        (&["eslint", "prettier"], "", &["eslint.config.js", ".prettierrc.json"], Some(both)),
        (&["@biomejs/biome"], "", &["biome.jsonc"], Some(biome)),
        (&["standard"], "", &[], Some("so no gate runs standard: add")),
        // Without settings, without the package, with a script, or run by the tests.
        (&["eslint"], "", &["sub/.eslintrc"], None),
        (&["jest"], "", &["eslint.config.js"], None),
        (&["eslint"], r#","scripts":{"lint":"eslint src"}"#, &["eslint.config.js"], None),
        (&["xo"], r#","scripts":{"test":"xo && ava"}"#, &[], None),
    ];
    for (packages, rest, settings, note) in table {
        let package = dev(packages, rest);
        let mut files = vec![("package.json", package.as_str()), ("a.js", "")];
        files.extend(settings.iter().map(|path| (*path, "")));
        let plan = plan(&facts(&files), None);
        let found: Vec<&String> =
            plan.notes.iter().filter(|it| it.contains("script `lint`")).collect();
        assert_eq!(found.len(), usize::from(note.is_some()), "{package}: {found:?}");
        assert!(note.is_none_or(|note| found[0].contains(note)), "{found:?}");
        let gates = text(&plan, "policy/gates.toml");
        assert_eq!(gates.contains("name = \"lint\""), rest.contains("lint src"), "{gates}");
    }
}

#[test]
fn what_check_manifest_would_miss_is_noted() {
    for (file, text, noted) in [
        ("tox.ini", "[testenv:manifest]\ncommands = check-manifest\n", true),
        (".pre-commit-config.yaml", "  - id: check-manifest\n", true),
        ("tox.ini", "[testenv]\n", false),
    ] {
        let files = [("setup.py", ""), ("test_a.py", ""), ("MANIFEST.in", ""), (file, text)];
        let has = |files: &[(&str, &str)]| {
            plan(&facts(files), None).notes.iter().any(|it| it.contains("`prune policy`"))
        };
        assert_eq!(has(&files), noted, "{file}: {text}");
        assert!(!has(&[files[0], files[1], files[3]]), "{file}: {text}");
    }
}

#[test]
fn the_ruff_that_pre_commit_pins_is_noted_where_another_may_run() {
    let pinned =
        "repos:\n- repo: https://github.com/astral-sh/ruff-pre-commit\n  rev: 'v0.15.21' # x\n";
    let group = "[dependency-groups]\ndev = [\"ruff\"]\n[tool.ruff]\n";
    for (pyproject, lock, settings, noted) in [
        ("[tool.ruff]\n", "", pinned, true),
        ("[tool.ruff]\n", "uv.lock", pinned, true),
        (group, "uv.lock", pinned, false),
        ("[tool.black]\n", "", pinned, false),
        ("[tool.ruff]\n", "", "repos: []\n", false),
    ] {
        let mut files = vec![("pyproject.toml", pyproject), ("a.py", "")];
        files.push((".pre-commit-config.yaml", settings));
        files.extend((!lock.is_empty()).then_some((lock, "")));
        let plan = plan(&facts(&files), None);
        let found =
            plan.notes.iter().any(|it| it.starts_with("pre-commit runs ruff v0.15.21 here"));
        assert_eq!(found, noted, "{pyproject} {lock}: {:?}", plan.notes);
    }
}

#[test]
fn a_submodule_is_linted_by_nobody_and_noted() {
    let mut seen = facts(&[("pyproject.toml", "[tool.ruff]\n"), ("a.py", "")]);
    seen.submodules = BTreeMap::from([("tests/x".to_owned(), false), ("y z".to_owned(), true)]);
    let plan = plan(&seen, None);
    let gates = on_one_line(&text(&plan, "policy/gates.toml"));
    assert!(gates.contains("\"--no-fix\", \"--extend-exclude=tests/x\", \".\"]"), "{gates}");
    for said in [
        "the submodule tests/x isn't checked out, and a review needs it: `git submodule update \
         --init --recursive`; it is in no area: if patches may",
        "the submodule y z is in no area: if patches may",
    ] {
        assert!(plan.notes.iter().any(|it| it.starts_with(said)), "{said}: {:?}", plan.notes);
    }
}

/// Each row: the locks, whether each is complete, and what the gate `pins` is to look at.
#[test]
fn what_has_a_lock_is_checked_although_another_manifest_has_none() {
    let bare = || BTreeMap::from([("docs/requirements.txt".to_owned(), "it is bare".to_owned())]);
    let mut seen = facts(&[("Cargo.toml", ""), ("Cargo.lock", "")]);
    seen.locks.insert("Cargo.lock".to_owned(), None);
    seen.locks.insert("docs/requirements.txt".to_owned(), Some("a has no hash".to_owned()));
    seen.unlocked = bare();
    let first = plan(&seen, None);
    let gates = text(&first, "policy/gates.toml");
    let excuse = "{ paths = \"docs/requirements.txt\", reason = \"it has no complete lock yet\" }";
    assert!(gates.contains("locks = [\"Cargo.lock\"]\n") && gates.contains(excuse), "{gates}");
    assert_eq!(wrong(&first), [""; 0]);
    let notes = first.notes.iter().filter(|it| it.contains("docs/requirements.txt"));
    let notes: Vec<&String> = notes.collect();
    let said = "docs/requirements.txt isn't complete (a has no hash), so `without_lock` excuses it: \
                take that out when its lock is complete";
    assert_eq!(notes, [said]);
    // Without any lock, and with more than a few manifests, there is no gate.
    let none = InitFacts { unlocked: bare(), ..facts(&[("Cargo.toml", "")]) };
    let many = (0..6).map(|n| (format!("{n}/go.mod"), "it is bare".to_owned())).collect();
    for seen in [none, InitFacts { unlocked: many, ..seen }] {
        let plan = plan(&seen, None);
        assert!(!text(&plan, "policy/gates.toml").contains("pins"), "{plan:?}");
        assert!(plan.notes.iter().any(|it| it.contains("so no gate `pins` was written")));
    }
}

#[test]
fn a_ci_that_is_not_read_is_noted() {
    let seen = facts(&[("Cargo.toml", ""), (".circleci/config.yml", ""), (".travis.yml", "")]);
    let said = "`init` reads the workflows of GitHub alone: add what .circleci/config.yml, .travis.yml \
                runs, and no gate does, to policy/gates.toml";
    assert!(plan(&seen, None).notes.iter().any(|note| note == said));
    let github = facts(&[("Cargo.toml", ""), (".github/workflows/ci.yml", "")]);
    assert!(plan(&github, None).notes.iter().all(|note| !note.contains("of GitHub alone")));
}

#[test]
fn half_of_the_tests_of_maven_that_were_seen_are_demanded() {
    let java = "@Test\nvoid a() {}\n".repeat(4);
    let plan = plan(&facts(&[("pom.xml", ""), ("src/test/java/ATest.java", &java)]), None);
    let gates = text(&plan, "policy/gates.toml");
    assert!(gates.contains("\ntests.minimum = 2\n"), "{gates}");
}

#[test]
fn a_pytest_that_is_not_there_is_noted() {
    let mut seen = facts(&[("pyproject.toml", "pytest"), ("test_a.py", "def test_a(): pass\n")]);
    let is_noted =
        |seen: &InitFacts| plan(seen, None).notes.iter().any(|it| it.contains("find pytest"));
    assert!(!is_noted(&seen));
    seen.programs.remove("pytest");
    assert!(is_noted(&seen));
}

#[test]
fn only_an_address_with_a_whole_commit_is_a_source() {
    for (text, is_one) in [
        (format!("https://x/y#{}", "a".repeat(40)), true),
        (format!("https://x/y#{}", "A".repeat(40)), false),
        ("https://x/y#abc".to_owned(), false),
        (format!("x/y#{}", "a".repeat(40)), false),
    ] {
        assert_eq!(ProductSource::of_address(&text).is_some(), is_one, "{text}");
    }
}

#[test]
fn what_is_not_pinned_yet_is_noted_and_not_demanded() {
    let mut seen = facts(&[("Cargo.toml", ""), ("Cargo.lock", "")]);
    seen.locks.insert("Cargo.lock".to_owned(), Some("a dependency has no checksum".to_owned()));
    seen.unpinned = Some(2);
    let loose = plan(&seen, None);
    assert!(!text(&loose, "policy/gates.toml").contains("pins"), "{loose:?}");
    assert!(loose.notes.iter().any(|note| note.starts_with("2 actions are not pinned")));
    seen.locks.insert("Cargo.lock".to_owned(), None);
    seen.unpinned = Some(0);
    let pinned = plan(&seen, None);
    let gates = text(&pinned, "policy/gates.toml");
    assert!(gates.contains("locks = [\"Cargo.lock\"]\n"), "{gates}");
    assert!(gates.contains("workflows = [\".github/workflows/*.{yml,yaml}\"]\n"), "{gates}");
    assert_eq!(wrong(&pinned), [""; 0]);
}

#[test]
fn a_lock_whose_crates_are_not_fetched_is_noted() {
    let mut seen = facts(&[("Cargo.toml", ""), ("Cargo.lock", ""), ("fuzz/Cargo.toml", "")]);
    seen.files.insert("fuzz/Cargo.lock".to_owned());
    assert_eq!(cargo_locks(&seen).into_iter().collect::<Vec<_>>(), ["Cargo.lock"]);
    seen.locks.insert("Cargo.lock".to_owned(), None);
    seen.unfetched = vec!["fuzz/Cargo.lock".to_owned(), "x/Cargo.lock".to_owned()];
    let plan = plan(&seen, None);
    assert!(text(&plan, "policy/gates.toml").contains("locks = [\"Cargo.lock\"]\n"), "{plan:?}");
    let said = "`pins` leaves out fuzz/Cargo.lock, x/Cargo.lock, whose crates no command of \
                `prepare` fetches: to check fuzz/Cargo.lock, add `cargo fetch --locked \
                --manifest-path fuzz/Cargo.toml` to `prepare`, and the lock to `locks`";
    assert!(plan.notes.iter().any(|note| note == said), "{:?}", plan.notes);
}

#[test]
fn why_no_lock_is_checked_is_true_of_each_kind() {
    for (files, why) in [
        (&[("go.mod", "module x")][..], "no manifest names a dependency"),
        (&[("pom.xml", "")], "Maven writes no lock file"),
        (
            &[("pom.xml", ""), ("web/package.json", "{}"), ("web/a.js", "")],
            "Maven writes no lock file, no other manifest names a dependency",
        ),
        (&[("setup.py", "")], "pip writes no lock file"),
        (&[("Makefile", "")], "no package manager here writes one"),
    ] {
        let seen = InitFacts { unpinned: Some(0), ..facts(files) };
        let plan = plan(&seen, None);
        let gates = text(&plan, "policy/gates.toml");
        assert!(gates.contains(&format!("\nno_locks = \"{why}\"\n")), "{why}: {gates}");
        assert_eq!(wrong(&plan), [""; 0], "{gates}");
    }
}

#[test]
fn owners_become_roles_of_the_areas_that_are_theirs() {
    let mut seen = facts(&[("src/a", ""), ("web/b", ""), ("c", "")]);
    let core = vec!["@org/core".to_owned(), "someone@example.com".to_owned()];
    let owners = [("src/a", core.clone()), ("web/b", vec!["@Web-2".to_owned()]), ("c", core)];
    let owners = owners.map(|(path, owners)| (path.to_owned(), owners));
    seen.owners = Some(("CODEOWNERS".to_owned(), owners.into()));
    let plan = plan(&seen, None);
    let programme = text(&plan, "policy/programme.toml");
    assert!(programme.contains("[roles.core]\nmembers = [\"@org/core\"]\n"), "{programme}");
    assert!(programme.contains("[roles.web-2]\nmembers = [\"@Web-2\"]\n"), "{programme}");
    let filemap = text(&plan, "policy/filemap.toml");
    let web = filemap.split("[[areas]]").find(|area| area.contains("\"web/**\"")).unwrap_or("");
    assert!(web.contains("owners = [\"web-2\"]"), "{filemap}");
    // The file itself has no owner yet.
    let open = "0 files have no owner in CODEOWNERS";
    assert!(plan.notes.iter().any(|note| note.starts_with(open)), "{plan:?}");
    assert_eq!(wrong(&plan), [""; 0]);
}

#[test]
fn the_commit_of_the_rules_has_the_form_that_the_repository_demands() {
    for (file, typed) in [
        ("committed.toml", true),
        ("commitlint.config.mjs", true),
        (".commitlintrc.json", true),
        ("docs/committed.toml", false),
        ("README.md", false),
    ] {
        let message = plan(&facts(&[(file, "")]), None).message;
        assert_eq!(message.starts_with("chore: "), typed, "{file}: {message}");
    }
}

#[test]
fn clippy_is_run_as_ci_runs_it_however_long_the_line() {
    let line = "cargo clippy --workspace --all-features --all-targets --keep-going -- -D warnings \
                --allow deprecated";
    let ci = format!("on: push\njobs:\n  a:\n    steps:\n      - run: {line}\n");
    let seen = facts(&[("Cargo.toml", ""), (".github/workflows/ci.yml", &ci)]);
    let gates = on_one_line(&text(&plan(&seen, None), "policy/gates.toml"));
    let words = line.replace(' ', "\", \"");
    assert!(gates.contains(&format!("[\"{words}\"]")), "{gates}");
}

#[test]
fn manifests_without_locks_are_noted_once_and_uncounted_tests_in_the_file() {
    let mut seen = facts(&[("setup.py", ""), ("test_a.py", "def test_a(): pass\n")]);
    let bare = |path: &str| (path.to_owned(), format!("{path} names what no lock has"));
    seen.unlocked = ["a/requirements.txt", "b/requirements.txt"].map(bare).into();
    let plan = plan(&seen, None);
    let notes: Vec<_> = plan.notes.iter().filter(|it| it.contains("no lock has")).collect();
    let said = "a/requirements.txt names what no lock has; the same holds of b/requirements.txt, \
                so no gate `pins` was written: ";
    assert!(notes.len() == 1 && notes[0].starts_with(said), "{notes:?}");
    assert_eq!(wrong(&plan), [""; 0]);
    let scripts = facts(&[("package.json", r#"{"scripts": {"test": "x"}}"#), ("a.js", "")]);
    let gates = text(&super::plan(&scripts, None), "policy/gates.toml");
    assert!(gates.contains("tests. Nobody counts them, so a patch"), "{gates}");
}

#[test]
fn no_suite_of_junit_3_runs_while_maven_fetches() {
    let test = "public class ATest extends TestCase {\n  public void testA() {}\n  public void testB() {}\n}";
    let suite = "public class All extends TestCase {\n  public static Test suite() {}\n  public void testC() {}\n}";
    let mut seen =
        facts(&[("pom.xml", ""), ("src/test/ATest.java", test), ("src/test/All.java", suite)]);
    let fetches = |seen: &InitFacts| on_one_line(&text(&plan(seen, None), "policy/gates.toml"));
    assert!(fetches(&seen).contains("\"-Dtest=*#NoTestHasThisName\""), "{}", fetches(&seen));
    assert!(is_junit_suite("src/test/All.java", suite) && !is_junit_suite("ATest.java", test));
    seen.junit_suites = ["src/test/All.java".to_owned()].into();
    let gates = fetches(&seen);
    assert!(gates.contains("\"-Dtest=ATest#NoTestHasThisName\""), "{gates}");
    // Their methods are counted by name.
    assert!(gates.contains("half of the 3 that it saw"), "{gates}");
}

#[test]
fn a_lock_that_policy_was_written_without_is_noted() {
    let mut seen = facts(&[("package.json", "{}"), ("package-lock.json", "{}")]);
    let noted = |seen: &InitFacts| {
        let notes = plan(seen, None).notes;
        notes.iter().any(|it| it.starts_with("package-lock.json is here, and policy/gates.toml"))
    };
    seen.gates = Some("install = [\"npm\", \"install\", \"--no-package-lock\"]\n".to_owned());
    assert!(noted(&seen));
    seen.gates = Some("install = [\"npm\", \"ci\"]\n".to_owned());
    assert!(!noted(&seen));
    seen.gates = None;
    assert!(!noted(&seen));
    // One that git ignores pins nothing.
    let mut seen = facts(&[("package.json", r#"{"dependencies": {"a": "1"}}"#), ("a.js", "")]);
    seen.ignored_locks =
        [("package-lock.json".to_owned(), ".gitignore:1 (*-lock.*)".to_owned())].into();
    let said = "package-lock.json is not tracked, as .gitignore:1 (*-lock.*) ignores it: ";
    let notes = plan(&seen, None).notes;
    assert!(notes.iter().any(|it| it.starts_with(said)), "{notes:?}");
}

#[test]
fn unittest_is_counted_and_workflows_are_the_pins_business() {
    let workflow = "on: push\njobs:\n  a:\n    steps: []\n";
    let mut seen = facts(&[
        ("setup.py", ""),
        ("test_a.py", "def test_a(): pass\n"),
        (".github/workflows/a.yml", workflow),
    ]);
    seen.unpinned = Some(0);
    let plan = plan(&seen, None);
    let gates = text(&plan, "policy/gates.toml");
    assert!(gates.contains("tests.reader = \"unittest\"\n"), "{gates}");
    let filemap = text(&plan, "policy/filemap.toml");
    let area = filemap.split("[[areas]]").find(|it| it.contains(".github/**")).unwrap_or("");
    assert!(area.contains("gates = [\"T3\"]"), "{filemap}");
    assert_eq!(wrong(&plan), [""; 0]);
}

#[test]
fn nothing_that_is_there_is_written_again() {
    let mut seen = facts(&[("Cargo.toml", "")]);
    seen.ignored = Some("target\n/out\n".to_owned());
    seen.policy = ["gates.toml", "programme.toml"].map(str::to_owned).into();
    let rest = plan(&seen, None);
    let paths: Vec<&str> = rest.changes.iter().map(|change| change.path.as_str()).collect();
    let written =
        ["filemap.toml", "schema/filemap.schema", "branches.toml", "schema/branches.schema"];
    assert_eq!(paths, written.map(|name| format!("policy/{name}")));
    assert_eq!(rest.kept, ["policy/programme.toml", "policy/gates.toml", ".gitignore"]);
    // Their gates and roles may have other names.
    let filemap = text(&rest, "policy/filemap.toml");
    assert!(!filemap.contains("gates =") && !filemap.contains("owners ="), "{filemap}");
}

#[test]
fn results_never_go_where_the_repository_has_files_of_its_own() {
    let plan = plan(&facts(&[("out/index.html", "")]), None);
    assert!(text(&plan, "policy/programme.toml").contains("output = \"orr-out\"\n"));
    assert_eq!(text(&plan, ".gitignore"), "/orr-out/\n");
    assert_eq!(wrong(&plan), [""; 0]);
}

#[test]
fn odd_names_become_names_that_policy_takes() {
    for name in ["", "日本", "9lives", "A b--C!", &"x".repeat(99)] {
        let odd = format!("{name} \"[x]*\\/a");
        let seen =
            InitFacts { name: name.to_owned(), ..facts(&[(&odd, ""), ("a/b", ""), ("A/b", "")]) };
        assert_eq!(wrong(&plan(&seen, None)), [""; 0], "{name}");
    }
}

#[test]
fn a_crate_of_its_own_is_a_workspace_that_the_filemap_reaches() {
    let commit = "0123456789abcdef0123456789abcdef01234567";
    let source = ProductSource::of_address(&format!("https://example.com/x.git#{commit}")).unwrap();
    let mut seen = facts(&[("setup.py", ""), ("test_a.py", "def test_a(): pass\n")]);
    let whole = plan(&seen, Some(&source));
    let manifest = text(&whole, "xtask/Cargo.toml");
    let pinned =
        format!("thrice = {{ git = \"https://example.com/x.git\", rev = \"{commit}\" }}\n");
    assert!(manifest.contains("[workspace]\n") && manifest.ends_with(&pinned), "{manifest}");
    assert!(text(&whole, "policy/filemap.toml").contains("\"xtask/**\""));
    assert_eq!(whole.seen, ["Python (setup.py)"]);
    assert!(text(&whole, ".cargo/config.toml").contains("[alias]\nxtask = "));
    assert_eq!(wrong(&whole), [""; 0]);
    // What is there stays, and a note says what is missing in it.
    seen.own.insert(".cargo/config.toml".to_owned(), "[build]\n".to_owned());
    let rest = plan(&seen, Some(&source));
    assert_eq!(text(&rest, ".cargo/config.toml"), "");
    assert!(rest.notes.iter().any(|note| note.contains("has no alias yet")), "{rest:?}");
    for bad in [
        "",
        "x",
        "https://example.com/x.git",
        "https://example.com/x#main",
        "x#0123456789abcdef0123456789abcdef01234567",
    ] {
        assert_eq!(ProductSource::of_address(bad), None, "{bad}");
    }
}

#[test]
fn a_crate_without_a_tracked_lock_still_fetches_what_it_needs() {
    let gates = |files: &[(&str, &str)]| text(&plan(&facts(files), None), "policy/gates.toml");
    let needs = "[dependencies]\nlibc = \"0.2\"\n";
    assert!(gates(&[("Cargo.toml", needs)]).contains("\nprepare = [[\"cargo\", \"fetch\"]]\n"));
    assert!(
        gates(&[("Cargo.toml", needs), ("Cargo.lock", "")])
            .contains("\nprepare = [[\"cargo\", \"fetch\", \"--locked\"]]\n")
    );
    assert!(!gates(&[("Cargo.toml", "[package]\n")]).contains("fetch\""));
    let mut seen = facts(&[("Cargo.toml", needs)]);
    let rest = "commit it to pin what is tested, or let each review take the versions of its day";
    assert_eq!(plan(&seen, None).notes, [format!("Cargo.lock is not tracked: {rest}")]);
    let by = "line 2 of .gitignore (`*.lock`)".to_owned();
    seen.ignored_locks.insert("Cargo.lock".to_owned(), by);
    let ignored = "Cargo.lock is not tracked, as line 2 of .gitignore (`*.lock`) ignores it";
    assert_eq!(plan(&seen, None).notes, [format!("{ignored}: take that line out, and {rest}")]);
}

#[test]
fn sources_that_git_ignores_are_noted() {
    let mut seen = facts(&[("Makefile", "test:\n")]);
    assert_eq!(plan(&seen, None).notes, [""; 0]);
    seen.ignored_sources = ["src/a/_version.py", "src/a/x.mo"].map(str::to_owned).to_vec();
    let note = "git ignores src/a/_version.py and 1 more, so no checkout of a review has what your \
                working tree has: if the tests need it, `install` in policy/gates.toml has to make it";
    assert_eq!(plan(&seen, None).notes, [note]);
}

#[test]
fn go_is_formatted_where_ci_looks_at_that() {
    let workflow = |run: &str| format!("on: push\njobs:\n  a:\n    steps:\n      - run: {run}\n");
    for (run, formats) in [("gofmt -l .", true), ("go fmt ./...", true), ("go test ./...", false)] {
        let ci = workflow(run);
        let files = [("go.mod", "module m\n"), (".github/workflows/ci.yml", ci.as_str())];
        let gates = text(&plan(&facts(&files), None), "policy/gates.toml").to_owned();
        assert_eq!(gates.contains("$(go fmt -n ./... |"), formats, "{gates}");
    }
}
