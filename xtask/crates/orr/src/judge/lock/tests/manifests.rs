use super::super::manifests::{Lock, Manifest, could_be_manifest, unlocked};
use thrice_facts::files::{folder_of, joined};
use thrice_findings::Place;
use thrice_policy::values::PathGlob;
use thrice_programme::locks::WithoutLock;
use thrice_programme::{LockFile, LockFormat};

fn lock(path: &str, text: &str) -> Lock {
    let format = LockFormat::of(path).unwrap();
    Lock::new(LockFile { path: path.to_owned(), format }, text.as_bytes())
}

fn excuse(paths: &str) -> WithoutLock {
    WithoutLock {
        paths: PathGlob::new(paths).unwrap(),
        reason: "why not".to_owned(),
        place: Place::file("policy/gates.toml"),
    }
}

fn judged(path: &str, text: &str, locks: &[&str], without: &[&str]) -> Vec<String> {
    assert!(could_be_manifest(path), "{path}");
    let manifest = Manifest { path: path.to_owned(), bytes: text.as_bytes().to_vec() };
    let locks: Vec<Lock> = locks.iter().map(|path| lock(path, "")).collect();
    let without: Vec<WithoutLock> = without.iter().map(|glob| excuse(glob)).collect();
    let findings = unlocked(&[manifest], &locks, &without);
    findings.iter().map(|f| format!("{} {}", f.code.name(), f.message)).collect()
}

#[test]
fn a_manifest_that_names_dependencies_has_a_lock() {
    let table = [
        ("Cargo.toml", "[dependencies]\na = \"1\"", "Cargo.lock"),
        ("x/Cargo.toml", "[target.'cfg(unix)'.dev-dependencies]\na = \"1\"", "Cargo.lock"),
        ("Cargo.toml", "not toml", "Cargo.lock"),
        ("w/package.json", "{\"devDependencies\": {\"a\": \"1\"}}", "w/pnpm-lock.yaml"),
        ("package.json", "{\"dependencies\": {\"a\": \"1\"}}", "yarn.lock"),
        ("pyproject.toml", "[project]\ndependencies = [\"a\"]", "uv.lock"),
        ("pyproject.toml", "[dependency-groups]\ndev = [\"a\"]", "requirements.txt"),
        ("pyproject.toml", "[tool.poetry.dependencies]\npython = \"*\"\na = \"1\"", "poetry.lock"),
        ("requirements.in", "a\n", "requirements.txt"),
        ("requirements.txt", "a\n", "requirements.txt"),
        ("go.mod", "module x\n\nrequire a v1\n", "go.sum"),
        ("Gemfile", "gem 'a'\n", "Gemfile.lock"),
        ("app/build.gradle.kts", "dependencies {\n", "app/gradle.lockfile"),
        ("composer.json", "{\"require\": {\"a/b\": \"1\"}}", "composer.lock"),
    ];
    for (path, text, lock) in table {
        assert_eq!(judged(path, text, &[lock], &[]), [""; 0], "{path}");
        let bare = format!(
            "lock-incomplete {path} names dependencies, but no lock file that is checked pins their versions"
        );
        for locks in [&[][..], &["other/Cargo.lock", "other/go.sum"], &["other.txt"][..0]] {
            assert_eq!(judged(path, text, locks, &[]), std::slice::from_ref(&bare), "{path}");
        }
        assert_eq!(
            judged(path, text, &[], &["**"]),
            ["lock-note manifests of `**` need no lock: why not"]
        );
    }
    let other = judged("requirements-b.txt", "a\n", &["requirements-a.txt"], &[]);
    assert_eq!(other.len(), 1);
}

#[test]
fn a_lock_is_of_the_folders_that_it_names() {
    let npm =
        |rest: &str| format!("{{\"lockfileVersion\": 3, \"packages\": {{\"\": {{}}{rest}}}}}");
    let table = [
        ("package-lock.json", npm(""), false),
        ("package-lock.json", npm(", \"w\": {}"), false),
        ("package-lock.json", npm(", \"w/x\": {}"), true),
        ("package-lock.json", npm(", \"node_modules/w/x\": {}"), false),
        ("w/package-lock.json", npm(", \"x\": {}"), true),
        ("w/package-lock.json", npm(", \"../w/x\": {}"), true),
        // Version 1 doesn't name them.
        ("package-lock.json", "{\"lockfileVersion\": 1, \"dependencies\": {}}".to_owned(), true),
        (
            "pnpm-lock.yaml",
            "lockfileVersion: '9.0'\nimporters:\n  .: {}\n  w/x: {}\n".to_owned(),
            true,
        ),
        ("pnpm-lock.yaml", "lockfileVersion: '9.0'\nimporters:\n  .: {}\n".to_owned(), false),
        ("pnpm-lock.yaml", "lockfileVersion: '6.0'\npackages: {}\n".to_owned(), false),
        ("yarn.lock", String::new(), true),
    ];
    for (path, text, covers) in table {
        let manifest = Manifest {
            path: "w/x/package.json".to_owned(),
            bytes: b"{\"dependencies\": {\"a\": \"1\"}}".to_vec(),
        };
        let own = joined(folder_of(path), "package.json").unwrap();
        let at_the_lock = Manifest { path: own, ..manifest.clone() };
        let lock = lock(path, &text);
        let found = unlocked(&[manifest], std::slice::from_ref(&lock), &[]);
        assert_eq!(found.is_empty(), covers, "{path} {text}");
        assert_eq!(unlocked(&[at_the_lock], &[lock], &[]), [], "{path} {text}");
    }
}

#[test]
fn a_manifest_without_dependencies_needs_none() {
    for (path, text) in [
        ("Cargo.toml", "[package]\nname = \"a\"\n[dependencies]\nb = { path = \"b\" }"),
        ("package.json", "{\"type\": \"module\", \"peerDependencies\": {\"a\": \"1\"}}"),
        ("pyproject.toml", "[tool.ruff]\nline-length = 100\n[project]\ndependencies = []"),
        ("go.mod", "module x\n"),
        ("composer.json", "{\"require\": {\"php\": \">=8\", \"ext-json\": \"*\"}}"),
        ("requirements.txt", "# none\n"),
    ] {
        assert_eq!(judged(path, text, &[], &[]), [""; 0], "{path}");
        assert_eq!(
            judged(path, text, &[], &["x/**"]),
            ["lock-note `without_lock` excuses `x/**`, where no manifest needs it"]
        );
    }
    assert!(!could_be_manifest("package.json5") && !could_be_manifest("Cargo.toml/x"));
}

#[test]
fn many_manifests_are_few_findings() {
    let manifest = |n: usize| Manifest {
        path: format!("{n:03}/go.mod"),
        bytes: b"module x\nrequire a v1\n".to_vec(),
    };
    let manifests: Vec<Manifest> = (0..100).map(manifest).collect();
    let findings = unlocked(&manifests, &[], &[]);
    assert_eq!(findings.len(), 11);
    assert_eq!(findings[10].message, "90 more manifests have no lock that is checked");
}
