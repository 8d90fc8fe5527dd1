//! Test runners that a gate's command names, and what each of them can write.

use super::super::gates::{RawTests, Reader};
use thrice_findings::{Code, Finding};

use Reader::{CargoTest, GoTestJson, Junit, Nextest, Tap, Unittest};

/// A finding where the command shows that its runner writes something else than the
/// gate's reader reads. What the command does not show (a script, a configuration file)
/// is left to the run itself.
pub(super) fn check_runner(
    commands: &[Vec<String>],
    tests: &RawTests,
    findings: &mut Vec<Finding>,
) {
    let Some(reader) = &tests.reader else { return };
    let words: Vec<Vec<String>> = commands.iter().flat_map(|argv| simple_commands(argv)).collect();
    let runners: Vec<Runner> = words.iter().filter_map(|words| Runner::of(words)).collect();
    if runners.iter().any(|runner| runner.writes.contains(&reader.value)) {
        return;
    }
    let Some(runner) = runners.last() else { return };
    let message =
        format!("`{}` writes nothing that the reader {} reads", runner.name, reader.value.word());
    findings.push(reader.finding(Code::PolicyValue, message).help(runner.help.clone()));
}

/// A runner as the command starts it.
struct Runner {
    name: String,
    writes: Vec<Reader>,
    help: String,
}

/// The words of an argv as a program with its arguments; of a shell's script, those of
/// each command in it.
fn simple_commands(argv: &[String]) -> Vec<Vec<String>> {
    let shells = ["sh", "bash", "dash", "zsh"];
    let is_shell = argv.first().is_some_and(|program| shells.contains(&file_name(program)));
    let flag = argv.iter().position(|word| word.starts_with('-') && word.ends_with('c'));
    match flag.and_then(|at| argv.get(at + 1)).filter(|_| is_shell) {
        None => vec![argv.to_vec()],
        Some(script) => script
            .split([';', '|', '&', '\n', '(', ')'])
            .map(|command| {
                let words = command.split_whitespace();
                words.map(|word| word.trim_matches(['"', '\'']).to_owned()).collect()
            })
            .collect(),
    }
}

fn file_name(program: &str) -> &str {
    program.rsplit('/').next().unwrap_or(program)
}

impl Runner {
    fn of(words: &[String]) -> Option<Self> {
        let mut words: Vec<&str> = words.iter().map(String::as_str).collect();
        // What only starts the runner.
        let before =
            ["npx", "exec", "env", "time", "bunx", "pnpm", "yarn", "bundle", "poetry", "uv", "run"];
        while words.first().is_some_and(|word| {
            before.contains(word) || word.contains('=') || word.starts_with("--")
        }) {
            words.remove(0);
        }
        let program = file_name(words.first()?);
        let is_python = program.starts_with("python");
        let program = match words.iter().position(|word| *word == "-m").filter(|_| is_python) {
            Some(at) => words.get(at + 1)?,
            None => program,
        };
        Self::of_program(program, &words[1..])
    }

    fn new(name: &str, writes: &[Reader], help: &str) -> Self {
        Self { name: name.to_owned(), writes: writes.to_vec(), help: help.to_owned() }
    }

    /// The runner whose reports depend on its arguments, or any other.
    fn of_program(program: &str, arguments: &[&str]) -> Option<Self> {
        let has = |wanted: &str| {
            arguments.iter().any(|word| *word == wanted || word.split('=').next() == Some(wanted))
        };
        let of = |name, writes: &[Reader], help| Some(Self::new(name, writes, help));
        match program {
            "cargo" => of_cargo(arguments),
            "node" if has("--test") => {
                let help = "run `node --test --test-reporter=tap` with `reader = \"tap\"`";
                let writes = reporters(arguments, &["--test-reporter"], &[Tap]);
                of("node --test", &writes, help)
            }
            "pytest" | "py.test" => {
                let tap = arguments.iter().any(|word| word.starts_with("--tap"));
                let writes: &[_] = if tap { &[Tap, Junit] } else { &[Junit] };
                let help = "add `--junitxml=FILE` to the command, and write `reader = \"junit\"` \
                            and `file = \"FILE\"`";
                of("pytest", writes, help)
            }
            "unittest" => {
                let writes: &[_] = if has("--verbose") || has("-v") { &[Unittest] } else { &[] };
                let help =
                    "add `--verbose --buffer` to the command, and write `reader = \"unittest\"`";
                of("unittest", writes, help)
            }
            "go" if arguments.first() == Some(&"test") => {
                let writes: &[_] = if has("-json") { &[GoTestJson] } else { &[] };
                let help = "run `go test -json` with `reader = \"go-test-json\"`";
                of("go test", writes, help)
            }
            "vitest" | "mocha" | "deno" => {
                let flags = ["--reporter", "-R", "--reporters"];
                let mut writes = reporters(arguments, &flags, &[]);
                if has("--junit-path") || writes.is_empty() && !flags.iter().any(|flag| has(flag)) {
                    // A configuration file may name the reporter.
                    writes.extend([Tap, Junit]);
                }
                let help = "add `--reporter=tap` to the command, and write `reader = \"tap\"`";
                of(program, &writes, help)
            }
            "dotnet" if arguments.first() == Some(&"test") => of_dotnet(arguments),
            "ava" => {
                let help = "run `ava --tap` with `reader = \"tap\"`";
                of("ava", if has("--tap") || has("-t") { &[Tap] } else { &[] }, help)
            }
            _ => Self::of_name(program),
        }
    }

    /// The runner whose reports are the same whatever its arguments.
    fn of_name(program: &str) -> Option<Self> {
        let of = |name, writes: &[Reader], help| Some(Self::new(name, writes, help));
        match program {
            "gotestsum" => {
                let help = "add `--jsonfile FILE`, and write `reader = \"go-test-json\"` and \
                            `file = \"FILE\"`";
                of("gotestsum", &[GoTestJson, Junit], help)
            }
            "jest" => {
                let help = "add `--reporters=jest-junit`, and write `reader = \"junit\"` and \
                            `file = \"junit.xml\"`";
                of("jest", &[Junit], help)
            }
            "tape" => of("tape", &[Tap], "write `reader = \"tap\"`"),
            "tap" => of("tap", &[Tap, Junit], "run `tap --reporter=tap` with `reader = \"tap\"`"),
            "bats" => of("bats", &[Tap, Junit], "run `bats --tap` with `reader = \"tap\"`"),
            "prove" => of(
                "prove",
                &[],
                "its listing is no TAP, and its JUnit formatter lists skipped tests as passed: run \
                 `perl FILE.t` with `reader = \"tap\"`",
            ),
            "mvn" | "mvnw" => of(
                "mvn",
                &[Junit],
                "write `reader = \"junit\"` and \
                 `file = \"**/target/{surefire,failsafe}-reports/TEST-*.xml\"`",
            ),
            "gradle" | "gradlew" => of(
                "gradle",
                &[Junit],
                "write `reader = \"junit\"` and `file = \"**/build/test-results/**/TEST-*.xml\"`",
            ),
            "phpunit" => of(
                "phpunit",
                &[Junit],
                "add `--log-junit FILE`, and write `reader = \"junit\"` and `file = \"FILE\"`",
            ),
            "rspec" => of(
                "rspec",
                &[Junit],
                "add `--format RspecJunitFormatter --out FILE`, and write `reader = \"junit\"` and \
                 `file = \"FILE\"`",
            ),
            "trx2junit" => of("trx2junit", &[Junit], "write `reader = \"junit\"`"),
            "ctest" => of(
                "ctest",
                &[Junit],
                "add `--output-junit FILE`, and write `reader = \"junit\"` and `file = \"FILE\"`",
            ),
            _ => None,
        }
    }
}

/// Loggers can be named in a project file too, so a command without one is left alone.
fn of_dotnet(arguments: &[&str]) -> Option<Runner> {
    let flag =
        |word: &str| ["-l", "--logger"].contains(&word.split([':', '=']).next().unwrap_or(word));
    let at = arguments.iter().position(|word| flag(word))?;
    let is_junit = arguments[at..].iter().any(|word| word.contains("junit"));
    let writes: &[_] = if is_junit { &[Junit] } else { &[] };
    let help = "run `dotnet test --logger \"junit;LogFilePath=FILE\"`, or convert the trx file in \
                the same gate; write `reader = \"junit\"` and `file = \"FILE\"`";
    Some(Runner::new("dotnet test", writes, help))
}

fn of_cargo(arguments: &[&str]) -> Option<Runner> {
    let arguments = match arguments.first() {
        Some(toolchain) if toolchain.starts_with('+') => &arguments[1..],
        _ => arguments,
    };
    let own = arguments.split(|word| *word == "--").next().unwrap_or_default();
    let (name, writes, help): (_, &[_], _) = match *arguments.first()? {
        "nextest" => ("cargo nextest", &[Nextest, Junit], "write `reader = \"nextest\"`"),
        "test" | "t" | "bench" => {
            let quiet = arguments.iter().any(|word| matches!(*word, "-q" | "--quiet"));
            let verbose = own.iter().any(|word| matches!(*word, "-v" | "-vv" | "--verbose"));
            if quiet || verbose {
                let help = "take `-q` and `-v` out of the command: cargo's own lines are needed";
                ("cargo test", &[], help)
            } else {
                ("cargo test", &[CargoTest], "write `reader = \"cargo-test\"`")
            }
        }
        _ => return None,
    };
    Some(Runner { name: name.to_owned(), writes: writes.to_vec(), help: help.to_owned() })
}

/// What the reporters named by these flags write; `without` where none is named.
fn reporters(arguments: &[&str], flags: &[&str], without: &[Reader]) -> Vec<Reader> {
    let mut named = Vec::new();
    let mut words = arguments.iter();
    while let Some(word) = words.next() {
        let (flag, value) = word.split_once('=').map_or((*word, None), |(f, v)| (f, Some(v)));
        if flags.contains(&flag) {
            named.extend(value.or_else(|| words.next().copied()));
        }
    }
    if named.is_empty() {
        return without.to_vec();
    }
    let writes = |name: &&str| match *name {
        "tap" | "tap-flat" | "tap14" => Some(Tap),
        "junit" | "xunit" | "mocha-junit-reporter" => Some(Junit),
        _ => None,
    };
    named.iter().filter_map(writes).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn suits(command: &str, reader: Reader) -> Option<String> {
        let argv = match command.strip_prefix("sh -c ") {
            Some(script) => vec!["sh".to_owned(), "-c".to_owned(), script.to_owned()],
            None => command.split(' ').map(str::to_owned).collect(),
        };
        let words: Vec<_> = simple_commands(&argv);
        let runner = words.iter().filter_map(|words| Runner::of(words)).next_back()?;
        (!runner.writes.contains(&reader)).then_some(runner.help)
    }

    #[test]
    fn a_runner_and_a_reader_that_do_not_suit_each_other() {
        for (command, reader, instead) in [
            ("cargo nextest run", CargoTest, "reader = \"nextest\""),
            ("cargo +1.89 test --locked", Nextest, "reader = \"cargo-test\""),
            ("cargo test", Junit, "reader = \"cargo-test\""),
            ("cargo test -q", CargoTest, "take `-q`"),
            ("cargo test -- --quiet", CargoTest, "take `-q`"),
            ("node --test --test-reporter=junit", Tap, "--test-reporter=tap"),
            ("node --test --test-reporter tap", Junit, "reader = \"tap\""),
            ("node --test --test-reporter=spec", Tap, "--test-reporter=tap"),
            ("python3 -m pytest -q", Tap, "--junitxml=FILE"),
            ("pytest", CargoTest, "--junitxml=FILE"),
            ("python -m unittest", Junit, "--verbose --buffer"),
            ("python3 -m unittest discover", Unittest, "--verbose --buffer"),
            ("python3 -m unittest -v", Junit, "reader = \"unittest\""),
            ("go test ./...", GoTestJson, "go test -json"),
            ("go test -json ./...", Junit, "go-test-json"),
            ("npx vitest run --reporter=verbose", Tap, "--reporter=tap"),
            ("npx jest", Tap, "jest-junit"),
            ("npx mocha -R spec", Junit, "--reporter=tap"),
            ("npx ava", Tap, "ava --tap"),
            ("prove -v t", Tap, "perl FILE.t"),
            ("prove t", Junit, "perl FILE.t"),
            ("./mvnw -B verify", Tap, "TEST-*.xml"),
            ("./gradlew test", Tap, "TEST-*.xml"),
            ("ctest", Tap, "--output-junit"),
            ("dotnet test --logger trx", Junit, "--logger \"junit;"),
            ("dotnet test -l:trx;LogFileName=r.trx", Junit, "convert the trx file"),
            ("dotnet test --logger=junit", Tap, "reader = \"junit\""),
            ("sh -c cd web && CI=1 node --test --test-reporter=junit >r.xml", Tap, "reporter=tap"),
        ] {
            let help = suits(command, reader).unwrap_or_else(|| panic!("{command}"));
            assert!(help.contains(instead), "{command}: {help}");
        }
    }

    #[test]
    fn what_suits_or_is_not_shown_is_left_alone() {
        for (command, reader) in [
            ("cargo test --locked --no-fail-fast -- --skip slow", CargoTest),
            ("cargo test -- -v", CargoTest),
            ("cargo nextest run --profile ci", Junit),
            ("python3 -m unittest discover --verbose --buffer", Unittest),
            ("uv run python -m unittest -v", Unittest),
            ("cargo xtask check", Tap),
            ("node --test", Tap),
            ("node --test --test-reporter=junit --test-reporter-destination=r.xml", Junit),
            ("node tests/run.mjs", Tap),
            ("python3 scripts/ci/tests.py tests/unit", Tap),
            ("python -m pytest --tap-stream", Tap),
            ("uv run pytest --junitxml=r.xml", Junit),
            ("npm test", Tap),
            ("make --silent test", Junit),
            ("vitest run", Junit),
            ("npx mocha --reporter=xunit", Junit),
            ("deno test --junit-path=r.xml", Junit),
            ("bats --tap t", Tap),
            ("dotnet test", Junit),
            ("dotnet test --logger junit;LogFilePath=r.xml", Junit),
            ("sh -c dotnet test --logger trx && trx2junit r.trx", Junit),
            ("dotnet build", Tap),
            ("sh -c go test -json ./... | tee log", GoTestJson),
            ("sh -c true", Tap),
        ] {
            assert_eq!(suits(command, reader), None, "{command}");
        }
    }
}
