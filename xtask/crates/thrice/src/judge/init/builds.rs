//! The gates of projects whose build tool tests them by itself.

use std::collections::BTreeMap;

use toml::{Table, Value};

use super::InitFacts;
use super::gates::{Commands, GatesOf, argv};
use super::lacking;
use super::project::Project;
use thrice_facts::files::file_name;
use thrice_findings::text::is_word;
use thrice_orr::judge::workflow;

pub(super) fn rust(project: &Project, facts: &InitFacts) -> GatesOf {
    let locked = if project.has(facts, "Cargo.lock") { " --locked" } else { "" };
    let manifest = project.text(facts, "Cargo.toml");
    let whole = if manifest.contains("[workspace]") { " --workspace" } else { "" };
    let flags = format!("{locked}{whole}");
    let (lint, mut notes) = rust_lint(project, facts, &flags);
    if project.folder.is_empty() && publishes_policy(manifest) {
        notes.push(
            "policy/ would be published with your crate: add \"/policy\" to `exclude` of Cargo.toml"
                .to_owned(),
        );
    }
    let tests = Commands {
        reader: Some(("cargo-test", None)),
        tests: project.tests(facts, &["rs"]).map(|(_, count)| count).sum(),
        ..Commands::new(
            "The tests. Without --no-fail-fast one failure would hide the later ones.",
            vec![argv(&format!("cargo test{flags} --no-fail-fast"))],
        )
    };
    let fetch = if locked.is_empty() { "cargo fetch" } else { "cargo fetch --locked" };
    GatesOf {
        // Without a tracked lock, each run takes the versions that were fetched.
        prepare: match locked.is_empty() && !manifest.contains("dependencies") {
            true => Vec::new(),
            false => vec![argv(fetch)],
        },
        install: Vec::new(),
        keep: vec!["CARGO_HOME", "RUSTUP_HOME"],
        set: BTreeMap::from([("CARGO_INCREMENTAL", "0"), ("CARGO_TERM_COLOR", "never")]),
        home: vec![".rustup"],
        lint: (!lint.is_empty()).then(|| {
            Commands::new("Lints that this repository has settings for, or its CI runs.", lint)
        }),
        tests: Some(tests),
        notes,
    }
}

/// The commands of the lint gate, and what is to be said of what they leave out.
fn rust_lint(project: &Project, facts: &InitFacts, flags: &str) -> (Vec<Vec<String>>, Vec<String>) {
    let manifest = project.text(facts, "Cargo.toml");
    let any = |names: &[&str]| names.iter().any(|name| project.has(facts, name));
    // What runs there in the top folder already passes, with what it allows.
    let of_ci = |words: &str| facts.ci.line(words).filter(|_| project.folder.is_empty());
    let (mut lint, mut notes) = (Vec::new(), Vec::new());
    let settings = ["rustfmt.toml", ".rustfmt.toml"].iter().find(|it| project.has(facts, it));
    if facts.ci.runs("cargo fmt") || settings.is_some() && facts.ci.runs_nothing() {
        let own = of_ci("cargo fmt").filter(|line| line.contains("--check"));
        lint.push(argv(&own.unwrap_or_else(|| "cargo fmt --all --check".to_owned())));
    }
    // CI may format by another toolchain or program, for which this is not the form.
    if let Some(settings) = settings.filter(|_| lint.is_empty()) {
        notes.push(format!(
            "your CI runs no `cargo fmt`, so no gate does for {}: if `cargo fmt --all --check` \
             passes, add it to policy/gates.toml",
            project.path(settings)
        ));
    }
    let clippy = facts.ci.runs("cargo clippy");
    // `RUSTFLAGS` of a workflow denies them as well as an argument.
    let denies = |text: &String| text.contains("-D warnings") || text.contains("-Dwarnings");
    let strict = clippy
        && facts.texts.iter().any(|(path, text)| workflow::is_workflow(path) && denies(text));
    let settings = any(&["clippy.toml", ".clippy.toml"]) || manifest.contains("lints.clippy]");
    if settings || clippy {
        let plain = || format!("cargo clippy{flags} --all-targets");
        let mut line = of_ci("cargo clippy").unwrap_or_else(plain);
        if strict && !line.contains("warnings") {
            line.push_str(if line.contains(" -- ") { " " } else { " -- " });
            line.push_str("--deny warnings");
        }
        lint.push(argv(&line));
    }
    (lint, notes)
}

/// Whether a manifest keeps some files out of the published crate, and policy in it.
fn publishes_policy(manifest: &str) -> bool {
    let Ok(manifest) = manifest.parse::<Table>() else { return false };
    let excluded = manifest.get("package").and_then(|it| it.get("exclude")?.as_array());
    let is_policy = |glob: &str| glob.contains("policy") || ["*", "**", "*.toml"].contains(&glob);
    excluded.is_some_and(|globs| {
        !globs.is_empty() && !globs.iter().filter_map(Value::as_str).any(is_policy)
    })
}

pub(super) fn go(project: &Project, facts: &InitFacts) -> GatesOf {
    let needs = project.text(facts, "go.mod").contains("require");
    let vendored = project.has(facts, "vendor/modules.txt");
    let vet = argv("go vet ./...");
    let mut notes = Vec::new();
    let lint = if ["go fmt", "gofmt"].iter().any(|words| facts.ci.runs(words)) {
        // What go would rewrite is printed, and nothing is written.
        let script =
            "d=$(go fmt -n ./... | sed 's/ -l -w / -d /' | sh -e) && ! echo \"$d\" | grep .";
        let format = ["sh", "-c", script].map(str::to_owned);
        let about = "go vet, for mistakes that the compiler lets through, and the format that your CI looks at.";
        Commands::new(about, vec![vet, format.into()])
    } else {
        // One that is kept may look at it.
        let kept = facts.gates.as_deref().map(lacking::commands).unwrap_or_default();
        let has_own = kept.concat().iter().any(|word| word.contains("gofmt"));
        notes.extend((!has_own).then(|| {
            "no gate looks at the format of Go's files: to have one, add \
             `[\"sh\", \"-c\", \"f=$(gofmt -l .) && ! echo $f | grep .\"]` to `run` of T1"
                .to_owned()
        }));
        Commands::new("go vet: mistakes that the compiler lets through.", vec![vet])
    };
    GatesOf {
        prepare: if needs && !vendored { vec![argv("go mod download")] } else { Vec::new() },
        install: if needs && !vendored { vec![argv("go mod verify")] } else { Vec::new() },
        set: BTreeMap::from([("GOTOOLCHAIN", "local")]),
        lint: Some(lint),
        tests: Some(Commands {
            reader: Some(("go-test-json", None)),
            tests: project.tests(facts, &["go"]).map(|(_, count)| count).sum(),
            ..Commands::new("The tests.", vec![argv("go test -json ./...")])
        }),
        notes,
        ..GatesOf::default()
    }
}

pub(super) fn maven(project: &Project, facts: &InitFacts) -> GatesOf {
    // Also fetches what runs the tests, which is loaded only where a class has some. A suite would
    // run its own, whatever the name. What doesn't compile is the business of the gate.
    let suites = &facts.junit_suites;
    let mut classes = project.tests(facts, &["java"]).filter(|(path, _)| !suites.contains(*path));
    let class = |(path, _): (&str, usize)| {
        let name = file_name(path).strip_suffix(".java");
        name.filter(|name| is_word(name, "_")).map(str::to_owned)
    };
    let any = if suites.is_empty() { None } else { classes.find_map(class) };
    let fetch = format!(
        "mvn --batch-mode --quiet test -Dtest={}#NoTestHasThisName -Dsurefire.failIfNoSpecifiedTests=false -Dmaven.compiler.failOnError=false",
        any.as_deref().unwrap_or("*")
    );
    let tests = "mvn --batch-mode --offline test";
    let reports = match project.text(facts, "pom.xml").contains("<modules>") {
        true => "**/target/surefire-reports/TEST-*.xml",
        false => "target/surefire-reports/TEST-*.xml",
    };
    GatesOf {
        prepare: vec![argv(&fetch)],
        tests: Some(Commands {
            reader: Some(("junit", Some(reports.to_owned()))),
            tests: project.tests(facts, &["java", "kt"]).map(|(_, count)| count).sum(),
            ..Commands::new("The build and its tests.", vec![argv(tests)])
        }),
        ..GatesOf::default()
    }
}

pub(super) fn gradle(project: &Project, facts: &InitFacts) -> GatesOf {
    let program = if project.has(facts, "gradlew") { "./gradlew" } else { "gradle" };
    let gradle = format!("{program} --no-daemon --console=plain");
    GatesOf {
        // Also fetches what only runs the tests. That no test has this name is no failure.
        prepare: vec![
            ["sh", "-c", &format!("{gradle} --continue test --tests None; {gradle} testClasses")]
                .map(str::to_owned)
                .into(),
        ],
        home: vec![".gradle/caches", ".gradle/wrapper"],
        tests: Some(Commands {
            reader: Some(("junit", Some("**/build/test-results/test/TEST-*.xml".to_owned()))),
            tests: project.tests(facts, &["java", "kt"]).map(|(_, count)| count).sum(),
            ..Commands::new(
                "The build and its tests.",
                vec![argv(&format!("{gradle} --offline test"))],
            )
        }),
        ..GatesOf::default()
    }
}

pub(super) fn make(project: &Project, facts: &InitFacts) -> GatesOf {
    let makefile = project.text(facts, "Makefile");
    let target = |name: &str| makefile.lines().any(|line| line.starts_with(&format!("{name}:")));
    let gate = |about: &str, name: &str| Commands::new(about, vec![argv(&format!("make {name}"))]);
    let tests = ["test", "tests", "check"].into_iter().find(|name| target(name));
    GatesOf {
        lint: target("lint").then(|| gate("The Makefile's own lint.", "lint")),
        tests: tests.map(|name| gate("The Makefile's own tests.", name)),
        ..GatesOf::default()
    }
}
