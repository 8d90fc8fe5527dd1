//! `policy/gates.toml` as it is written. [`super::gate_rules`] makes it valid.

use super::workflow::RawWorkflow;
use thrice_policy::declare::{policy_choice, policy_table};
use thrice_policy::table::{Entries, List};
use thrice_policy::values::{Commands, PathGlob, Pattern, RepositoryPath, TimeSpan, Written};

policy_table! {
    /// policy/gates.toml: the gates that decide, and the world in which they run.
    pub(crate) struct RawGates {
        /// Time between the starts of two runs, so that times of whole seconds in evidence cannot agree by chance. Default: `2 s`.
        optional stagger: TimeSpan,
        /// How long a whole review may take before a note says so. Default: `20 min`.
        optional target_time: TimeSpan,
        /// How many runs a review needs.
        optional review: RawReview,
        /// Commands that fetch, once and with network, what cannot differ between runs, such as `["cargo", "fetch", "--locked"]`.
        optional prepare: Commands,
        /// Commands that put into each checkout what `prepare` fetched, offline, before its gates, such as `["npm", "ci"]`. With it, `STORE` is a folder that stays, and the caches of npm, pnpm, yarn, pip, uv, poetry, Go and Maven lie in it.
        optional install: Commands,
        /// Whether the crates that `Cargo.lock` takes from others, and the packages of others that Go compiles, are compiled once for all runs of a review on one machine. Default: `once`.
        optional locked_crates: LockedCrates,
        /// What every gate sees of the machine.
        optional environment: RawEnvironment,
        /// In what the runs of a review differ on purpose.
        optional vary: RawVary,
        /// Whether the kernel holds what a gate may not do. Default: `where-possible`.
        optional walls: Walls,
        /// The gates.
        required gates: List<RawGate>,
        /// Settings of the built-in `ruleset`.
        optional ruleset: RawRuleset,
        /// Settings of the built-in `secrets`; it needs none where no comment suppresses a finding.
        optional secrets: RawSecrets,
        /// Settings of the built-in `pins`.
        optional pins: RawPins,
        /// Settings of the built-in `chain`.
        optional chain: RawChain,
        /// How the gates run on GitHub.
        optional workflow: RawWorkflow,
    }
}

policy_table! {
    /// What a review needs.
    pub(crate) struct RawReview {
        /// How many runs; at least 3, which is also the default. Fewer are a rehearsal.
        optional runs: u64,
    }
}

policy_table! {
    /// In what the runs of a review differ on purpose.
    pub struct RawVary {
        /// How much the runs differ. Default: `safe`.
        optional mode: VaryMode,
        /// How many times a gate's own time the search for a cause may take, and 20 seconds at least; 0 searches for none. Default: 4.
        optional budget: u64,
        /// What does not vary, although the mode has it.
        optional off: List<RawVaried>,
        /// What varies, although the mode does not have it.
        optional on: List<RawVaried>,
    }
}

policy_table! {
    /// One thing that varies or does not, for all gates or some.
    pub struct RawVaried {
        /// What it is.
        required aspect: Aspect,
        /// The gates that this is about. Default: all.
        optional gates: List<String>,
        /// Why.
        required reason: String,
    }
}

policy_choice! {
    /// How much the runs of a review differ on purpose.
    pub enum VaryMode {
        /// In path, HOME, TMPDIR and time alone.
        None = "none",
        /// Also in what any user of any machine can change.
        Safe = "safe",
        /// Slower: also fewer CPUs, another host name and date, and a warm run (util-linux, libfaketime).
        All = "all",
    }
}

policy_choice! {
    /// What of a run's surroundings can differ.
    #[derive(PartialOrd, Ord)]
    pub enum Aspect {
        /// The path of the checkout; in every mode.
        Checkout = "checkout",
        /// The path of HOME; in every mode.
        Home = "home",
        /// The path of TMPDIR; in every mode.
        Temporary = "temporary",
        /// The language, character set and collation.
        Locale = "locale",
        /// The time zone.
        Zone = "zone",
        /// The mode with which files are created.
        Umask = "umask",
        /// The user's name in the environment.
        User = "user",
        /// Seeds of hashes.
        HashSeed = "hash-seed",
        /// Size and kind of the terminal.
        Terminal = "terminal",
        /// Whether standard output is a file, a pipe or a terminal.
        Output = "output",
        /// A further entry of PATH.
        ExecPath = "exec-path",
        /// A variable that nobody knows.
        Variable = "variable",
        /// The variable `CI`.
        Ci = "ci",
        /// How much of git's history is there, and on which branch.
        History = "history",
        /// How many threads programs are asked to start.
        Threads = "threads",
        /// The order in which the checked-out files were made.
        FolderOrder = "folder-order",
        /// Times of the checked-out files.
        FileTimes = "file-times",
        /// How many CPUs there are.
        Cpus = "cpus",
        /// The kernel's version.
        Kernel = "kernel",
        /// Where memory lies.
        Aslr = "aslr",
        /// The name of the machine.
        HostName = "host-name",
        /// The user's and the group's number.
        Uid = "uid",
        /// The file system of the checkout.
        Disk = "disk",
        /// The date.
        Clock = "clock",
        /// What an earlier run left in its checkout and HOME.
        Warm = "warm",
    }
}

policy_table! {
    /// What every gate sees of the machine: nothing but this.
    pub(crate) struct RawEnvironment {
        /// Names of variables that are handed on where they are set; `PATH` always is. `CARGO_HOME` stands for a cargo home with programs and fetched sources, without credentials.
        optional keep: List<String>,
        /// Variables with fixed values, for `prepare` and `install` as well.
        optional set: Entries<String>,
        /// Why gates may see a variable or an entry of HOME, by its name: what is on no list of harmless names needs a reason, and is seen once the default branch has it.
        optional reasons: Entries<String>,
        /// Files and folders of the user's HOME that a gate's own HOME links to, such as `.rustup` or `.local/bin`. What can hold keys or tokens is refused.
        optional home: List<String>,
    }
}

policy_table! {
    /// A gate.
    pub(crate) struct RawGate {
        /// `T` and a number, or another short name (letters, digits, `_`, `-`), such as `lint`: the name of its job and of its required check. Numbers come first, in their order, then names by the alphabet.
        required id: String,
        /// One word that says what it proves; names its evidence folder.
        required name: String,
        /// The command or commands that decide, each an argv. Status 0 of all of them is a pass.
        optional run: Written<Commands>,
        /// A check of this tool that decides, instead of `run`.
        optional builtin: Written<Builtin>,
        /// Gates that must be green before this one starts.
        optional needs: List<String>,
        /// After this time the gate and all its children are ended. Default: `10 min`.
        optional timeout: TimeSpan,
        /// How many cores it takes out of the budget. Default: 1.
        optional cores: u64,
        /// The role that answers for it.
        optional owner: String,
        /// Globs of files that must be there when it ends. What lies outside its evidence folder is copied in.
        optional evidence: List<PathGlob>,
        /// Volatile fields of its evidence, each declared by itself.
        optional scrub: List<RawScrub>,
        /// Names of variables that this gate sees beside the general ones.
        optional env: List<String>,
        /// Variables with fixed values for this gate.
        optional set: Entries<String>,
        /// Whether it may use the network. Default: false, which keeps well-behaved clients offline; `walls` says what holds the others.
        optional network: bool,
        /// Files and folders of the checkout that it may write to beside the output folder: with this, even as an empty list, the rest of the checkout is read-only for it. Default: it may write to all of the checkout.
        optional writable: List<RepositoryPath>,
        /// How its test report is read. A gate with this must run at least one test.
        optional tests: RawTests,
    }
}

policy_table! {
    /// One volatile field of evidence.
    pub(crate) struct RawScrub {
        /// Which evidence files, relative to the gate's evidence folder. Default: all.
        optional files: PathGlob,
        /// What is replaced.
        required pattern: Pattern,
        /// What stands there instead; `$1` is the first group.
        required replacement: String,
        /// Why it may differ.
        required reason: String,
    }
}

policy_table! {
    /// How a test report is read.
    pub(crate) struct RawTests {
        /// What the runner writes.
        required reader: Reader,
        /// The file that holds it, or a pattern such as `target/surefire-reports/TEST-*.xml`: at least one file must match, and all are summed. Default: the gate's own output.
        optional file: PathGlob,
        /// Name of the canonical report in the evidence folder. Default: `tests.json`.
        optional report: String,
        /// Fewer tests that ran than this refuse. Suites, and tests that are skipped or still to do, don't count.
        optional minimum: u64,
    }
}

policy_table! {
    /// Settings of the built-in `ruleset`.
    pub(crate) struct RawRuleset {
        /// The committed ruleset, in GitHub's JSON form.
        required file: RepositoryPath,
        /// The workflow whose job names are the required checks.
        required workflow: RepositoryPath,
        /// The app whose checks count. Default: 15368 (GitHub Actions).
        optional app_id: u64,
        /// A job that is green only where every gate is, such as `required-check`: the one check that the ruleset requires. Default: each gate is a required check of its own.
        optional check: String,
    }
}

policy_table! {
    /// Settings of the built-in `secrets`.
    pub(crate) struct RawSecrets {
        /// Files in which a comment may tell the scanner to pass over a line, each with its reason; the evidence lists every such line.
        optional suppressed: List<RawSuppressed>,
    }
}

policy_table! {
    /// Files with lines that the scanner may pass over.
    pub(crate) struct RawSuppressed {
        /// Their paths.
        required paths: PathGlob,
        /// Why what stands there is no secret.
        required reason: String,
    }
}

policy_table! {
    /// Settings of the built-in `pins`.
    pub(crate) struct RawPins {
        /// Lock files, known by their names: `Cargo.lock`, requirements with hashes (`*.txt`), `uv.lock`, `poetry.lock`, `package-lock.json`, `npm-shrinkwrap.json`, `pnpm-lock.yaml`, `yarn.lock`, `go.sum`, `Gemfile.lock`, `gems.locked`, `gradle.lockfile`, `buildscript-gradle.lockfile`, `composer.lock`.
        optional locks: List<RepositoryPath>,
        /// Why there is no lock file, where `locks` is empty or left out; the evidence repeats it.
        optional no_locks: Written<String>,
        /// Manifests that need no lock, each with its reason.
        optional without_lock: List<RawWithoutLock>,
        /// Workflow files whose `uses:` must be pinned to commits.
        optional workflows: List<PathGlob>,
        /// The CODEOWNERS file that every tracked file needs an owner in. GitHub reads the first of `.github/CODEOWNERS`, `CODEOWNERS` and `docs/CODEOWNERS`, so it must be that one.
        optional owners: RepositoryPath,
    }
}

policy_table! {
    /// Manifests that need no lock.
    pub(crate) struct RawWithoutLock {
        /// Their paths.
        required paths: PathGlob,
        /// Why they need none.
        required reason: String,
    }
}

policy_table! {
    /// Settings of the built-in `chain`.
    pub(crate) struct RawChain {
        /// The ledger of human decisions.
        required ledger: RepositoryPath,
        /// What a missing ledger means. Default: `refused`.
        optional empty: Empty,
    }
}

policy_choice! {
    /// Whether the kernel holds what a gate may not do: a gate without `network` has a loopback of its own, and nothing else; one with `writable` can write to nothing else in its checkout.
    pub enum Walls {
        /// Where the machine allows it; elsewhere the result names the wall that is missing.
        WherePossible = "where-possible",
        /// A gate whose wall the machine does not allow is not established.
        Required = "required",
        /// There is none: a gate reaches what the machine reaches, and can write to all of its checkout.
        Off = "off",
    }
}

policy_choice! {
    /// Who compiles the crates that `Cargo.lock` takes from others, and Go's packages of others.
    pub enum LockedCrates {
        /// They are compiled once, and each run starts from a copy; the repository's own crates are compiled by each run.
        Once = "once",
        /// As `once`, but the last run compiles everything itself, so that its evidence is compared with that of the others.
        OneColdRun = "one-cold-run",
        /// Each run compiles everything itself.
        EachRun = "each-run",
    }
}

policy_choice! {
    /// Whether nothing to check is acceptable.
    pub enum Empty {
        /// It passes, and a note says so.
        Allowed = "allowed",
        /// It refuses.
        Refused = "refused",
    }
}

policy_choice! {
    /// A check of this tool that can decide a gate.
    pub enum Builtin {
        /// T0: the committed ruleset and the workflow's job names against policy.
        Ruleset = "ruleset",
        /// T2: secrets in tracked files, by gitleaks or ripsecrets.
        Secrets = "secrets",
        /// T3: locks, pinned actions, owners.
        Pins = "pins",
        /// T6: the evidence so far, packed twice under another path, locale, zone and umask.
        Determinism = "determinism",
        /// T7: the ledger's chain.
        Chain = "chain",
        /// T8: every gate's evidence is there and unchanged.
        Evidence = "evidence",
    }
}

impl Builtin {
    /// Names of the files that it may leave as evidence.
    #[must_use]
    pub fn files(self) -> &'static [&'static str] {
        match self {
            Self::Ruleset => &["ruleset_sanity.json"],
            Self::Secrets => &["gitleaks_report.json", "ripsecrets_report.json"],
            Self::Pins => &["pins.json"],
            Self::Determinism => &["compare.json", "zip_compare.json"],
            Self::Chain => &["chain.json"],
            Self::Evidence => &["MANIFEST.json", "verification.json"],
        }
    }
}

policy_choice! {
    /// What a test runner writes.
    #[derive(PartialOrd, Ord)]
    pub enum Reader {
        /// `cargo test`, plain output: stdout and stderr in one log, neither quiet nor verbose.
        CargoTest = "cargo-test",
        /// `cargo nextest run`, plain output, status level `pass` or higher.
        Nextest = "nextest",
        /// JUnit XML, one document, such as pytest, jest-junit and Surefire write it.
        Junit = "junit",
        /// The Test Anything Protocol, versions 12 to 14: one stream, no listing of `prove`.
        Tap = "tap",
        /// `go test -json`.
        GoTestJson = "go-test-json",
        /// `python3 -m unittest --verbose --buffer`, stdout and stderr in one log.
        Unittest = "unittest",
    }
}
