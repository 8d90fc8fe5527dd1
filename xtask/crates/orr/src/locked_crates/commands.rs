//! Which cargo command compiles what a gate's cargo command needs, and runs nothing.

/// Flags of `cargo clippy` that `cargo check` does not know.
const OF_CLIPPY: &[&str] = &["--no-deps", "--allow-dirty", "--allow-staged", "--allow-no-vcs"];

/// The command that compiles the same crates, in the same way, as a gate's own command;
/// nothing where that is none of cargo's, or changes files.
pub(super) fn that_compiles(argv: &[String]) -> Option<Vec<String>> {
    let (program, arguments) = argv.split_first()?;
    if program != "cargo" {
        return None;
    }
    let own: Vec<&str> =
        arguments.iter().map(String::as_str).take_while(|it| *it != "--").collect();
    // A toolchain, and flags that every verb knows, may stand before the verb.
    let at = own.iter().position(|word| !word.starts_with(['+', '-']))?;
    let (before, rest) = own.split_at(at);
    let (verb, flags) = rest.split_first()?;
    let mut flags = flags.to_vec();
    let verb: &[&str] = match *verb {
        "build" | "b" | "run" | "r" => &["build"],
        "check" | "c" => &["check"],
        "clippy" if !flags.contains(&"--fix") => {
            flags.retain(|flag| !OF_CLIPPY.contains(flag));
            &["check"]
        }
        // Tests in documentation are compiled as they run.
        "test" | "t" if !flags.contains(&"--doc") => &["test", "--no-run"],
        "bench" => &["bench", "--no-run"],
        "nextest" if flags.first() == Some(&"run") => {
            flags.remove(0);
            &["nextest", "run", "--no-run"]
        }
        _ => return None,
    };
    let words = ["cargo"].iter().chain(before).chain(verb).chain(&flags);
    Some(words.map(|word| (*word).to_owned()).collect())
}

/// The command that says where a command of [`that_compiles`] has its workspace and its
/// target folder.
pub(super) fn that_describes(argv: &[String]) -> Vec<String> {
    beside(argv, &["metadata", "--no-deps", "--format-version", "1"])
}

/// The command that writes the lock of the workspace of another, of what was fetched.
pub(super) fn that_locks(argv: &[String]) -> Vec<String> {
    beside(argv, &["generate-lockfile"])
}

/// Another verb of the same cargo, for the same manifest.
fn beside(argv: &[String], verb: &[&str]) -> Vec<String> {
    let mut words: Vec<String> = argv.iter().take(1).cloned().collect();
    words.extend(argv.get(1).filter(|word| word.starts_with('+')).cloned());
    words.extend(verb.iter().map(|word| (*word).to_owned()));
    let mut rest = argv.iter();
    while let Some(word) = rest.next() {
        if word == "--manifest-path" {
            words.extend([word.clone()].into_iter().chain(rest.next().cloned()));
        } else if word.starts_with("--manifest-path=") {
            words.push(word.clone());
        }
    }
    words
}

#[cfg(test)]
mod tests {
    use super::*;

    fn words(line: &str) -> Vec<String> {
        line.split(' ').map(str::to_owned).collect()
    }

    #[test]
    fn each_verb_that_compiles_has_one_that_runs_nothing() {
        for (gate, compiles) in [
            ("cargo build --release", "cargo build --release"),
            ("cargo run -p tool -- check", "cargo build -p tool"),
            ("cargo +1.89 check --locked", "cargo +1.89 check --locked"),
            (
                "cargo --locked clippy --workspace --no-deps -- -D warnings",
                "cargo --locked check --workspace",
            ),
            (
                "cargo test --workspace --no-fail-fast -- --skip slow",
                "cargo test --no-run --workspace --no-fail-fast",
            ),
            ("cargo t -F a,b", "cargo test --no-run -F a,b"),
            ("cargo nextest run --profile ci", "cargo nextest run --no-run --profile ci"),
            ("cargo bench", "cargo bench --no-run"),
        ] {
            assert_eq!(that_compiles(&words(gate)), Some(words(compiles)), "{gate}");
        }
        for gate in [
            "cargo",
            "cargo fmt --check",
            "cargo clippy --fix",
            "cargo test --doc",
            "cargo nextest list",
            "cargo xtask lint",
            "npm test",
            "sh -c cargo_test",
        ] {
            assert_eq!(that_compiles(&words(gate)), None, "{gate}");
        }
    }

    #[test]
    fn the_workspace_is_that_of_the_command() {
        for (compiles, describes) in [
            ("cargo test --no-run", "cargo metadata --no-deps --format-version 1"),
            (
                "cargo +1.89 check --manifest-path a/Cargo.toml --locked",
                "cargo +1.89 metadata --no-deps --format-version 1 --manifest-path a/Cargo.toml",
            ),
            (
                "cargo check --manifest-path=a/Cargo.toml",
                "cargo metadata --no-deps --format-version 1 --manifest-path=a/Cargo.toml",
            ),
        ] {
            assert_eq!(that_describes(&words(compiles)), words(describes));
            let locks =
                describes.replace("metadata --no-deps --format-version 1", "generate-lockfile");
            assert_eq!(that_locks(&words(compiles)), words(&locks));
        }
    }
}
