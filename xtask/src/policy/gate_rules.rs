//! Gates whose every value can be used, and how the written ones become so.

use std::collections::BTreeMap;
use std::time::Duration;

use super::gates::{
    Builtin, Checkout, Empty, RawEnvironment, RawGate, RawGates, RawScrub, RawTests, ReaderChoice,
};
use super::programme::Role;
use super::source::Placed;
use super::table::{Entries, List, listed, nearest};
use super::values::{PathGlob, Pattern, texts};
use crate::findings::{Code, Finding};

/// The gates of a programme and the world in which they run.
#[derive(Clone, Debug)]
pub struct Gates {
    /// How a run's own checkout is made.
    pub checkout: Checkout,
    /// Least time between the starts of two runs.
    pub stagger: Duration,
    /// Time after which a review gets a note.
    pub target_time: Duration,
    /// Commands run once before the runs, with network.
    pub prepare: Vec<Vec<String>>,
    /// What every gate sees of the machine.
    pub environment: Environment,
    /// The gates, in the order of their numbers.
    pub gates: Vec<Gate>,
    /// Settings of the built-in `ruleset`.
    pub ruleset: Option<RulesetSettings>,
    /// Settings of the built-in `pins`.
    pub pins: PinSettings,
    /// Settings of the built-in `chain`.
    pub chain: Option<ChainSettings>,
}

/// What every gate sees of the machine.
#[derive(Clone, Debug, Default)]
pub struct Environment {
    /// Names of variables that are handed on.
    pub keep: Vec<String>,
    /// Variables with fixed values.
    pub set: Vec<(String, String)>,
    /// Entries of the user's HOME that the gate's HOME links to.
    pub home: Vec<String>,
}

/// A gate.
#[derive(Clone, Debug)]
pub struct Gate {
    /// Its id, such as `T4`.
    pub id: String,
    /// The number in its id.
    pub number: u32,
    /// What it proves, in one word.
    pub name: String,
    /// What decides.
    pub action: Action,
    /// Ids of gates that must be green first.
    pub needs: Vec<String>,
    /// Time after which it is ended.
    pub timeout: Duration,
    /// Cores it takes from the budget.
    pub cores: usize,
    /// The role that answers for it.
    pub owner: Option<String>,
    /// Globs that must each match a file.
    pub evidence: Vec<PathGlob>,
    /// Volatile fields.
    pub scrub: Vec<Scrub>,
    /// Names of further variables that it sees.
    pub env: Vec<String>,
    /// Further variables with fixed values.
    pub set: Vec<(String, String)>,
    /// Whether it may use the network.
    pub network: bool,
    /// How its test report is read.
    pub tests: Option<Tests>,
}

impl Gate {
    /// Name of its evidence folder, such as `T4_tests` (document 3 §2).
    #[must_use]
    pub fn folder(&self) -> String {
        format!("{}_{}", self.id, self.name)
    }
}

/// What decides a gate.
#[derive(Clone, Debug)]
pub enum Action {
    /// Commands, each an argv, one after the other.
    Run(Vec<Vec<String>>),
    /// A check of this tool.
    Builtin(Builtin),
}

/// One volatile field of evidence.
#[derive(Clone, Debug)]
pub struct Scrub {
    /// Which files of the evidence folder; all where absent.
    pub files: Option<PathGlob>,
    /// What is replaced.
    pub pattern: Pattern,
    /// What stands there instead.
    pub replacement: String,
    /// Why it may differ.
    pub reason: String,
    /// Where the rule is written.
    pub place: crate::findings::Place,
}

/// How a test report is read.
#[derive(Clone, Debug)]
pub struct Tests {
    /// What the runner writes.
    pub reader: ReaderChoice,
    /// File that holds it, relative to the checkout; the log where absent.
    pub file: Option<String>,
    /// Name of the canonical report.
    pub report: String,
    /// Least number of tests.
    pub minimum: u64,
}

/// Settings of the built-in `ruleset`.
#[derive(Clone, Debug)]
pub struct RulesetSettings {
    /// The committed ruleset.
    pub file: String,
    /// The workflow.
    pub workflow: String,
    /// The app whose checks count.
    pub app_id: u64,
}

/// Settings of the built-in `pins`.
#[derive(Clone, Debug, Default)]
pub struct PinSettings {
    /// Lock files.
    pub locks: Vec<String>,
    /// Workflow files.
    pub workflows: Vec<PathGlob>,
    /// The CODEOWNERS file.
    pub owners: Option<String>,
}

/// Settings of the built-in `chain`.
#[derive(Clone, Debug)]
pub struct ChainSettings {
    /// The ledger.
    pub ledger: String,
    /// What a missing one means.
    pub empty: Empty,
}

/// Checks the values; `None` where one that is needed is missing or wrong.
pub fn validate(
    raw: RawGates,
    roles: Option<&[Role]>,
    findings: &mut Vec<Finding>,
) -> Option<Gates> {
    check_unused_settings(&raw, findings);
    let environment = validate_environment(raw.environment.map(|e| e.value), findings);
    let raw_gates = raw.gates?.value;
    check_ids(&raw_gates, findings);
    check_needs(&raw_gates, findings);
    if let Some(roles) = roles {
        check_owners(&raw_gates, roles, findings);
    }
    let mut gates: Vec<Gate> =
        raw_gates.into_iter().filter_map(|gate| validate_gate(gate, findings)).collect();
    gates.sort_by_key(|gate| gate.number);
    let chain = raw.chain.and_then(|chain| {
        Some(ChainSettings {
            ledger: chain.value.ledger?.value.0,
            empty: chain.value.empty.map_or(Empty::Refused, |empty| empty.value),
        })
    });
    let ruleset = raw.ruleset.and_then(|ruleset| {
        Some(RulesetSettings {
            file: ruleset.value.file?.value.0,
            workflow: ruleset.value.workflow?.value.0,
            app_id: ruleset.value.app_id.map_or(15_368, |id| id.value),
        })
    });
    let pins =
        raw.pins.map(|pins| pins.value).map_or_else(PinSettings::default, |pins| PinSettings {
            locks: paths(pins.locks),
            workflows: pins.workflows.map(|list| texts(list.value)).unwrap_or_default(),
            owners: pins.owners.map(|owners| owners.value.0),
        });
    Some(Gates {
        checkout: raw.checkout.map_or(Checkout::Worktree, |checkout| checkout.value),
        stagger: raw.stagger.map_or(Duration::from_secs(2), |span| span.value.0),
        target_time: raw.target_time.map_or(Duration::from_secs(20 * 60), |span| span.value.0),
        prepare: raw.prepare.map(|commands| commands.value.0).unwrap_or_default(),
        environment,
        gates,
        ruleset,
        pins,
        chain,
    })
}

fn paths(list: Option<Placed<List<super::values::RepositoryPath>>>) -> Vec<String> {
    list.map(|list| texts(list.value).into_iter().map(|path| path.0).collect()).unwrap_or_default()
}

fn check_unused_settings(raw: &RawGates, findings: &mut Vec<Finding>) {
    let used = |builtin| {
        raw.gates
            .iter()
            .flat_map(|gates| &gates.value)
            .any(|gate| gate.value.builtin.as_ref().is_some_and(|w| w.value.0 == Some(builtin)))
    };
    let settings = [
        (Builtin::Ruleset, raw.ruleset.as_ref().map(Placed::place)),
        (Builtin::Pins, raw.pins.as_ref().map(Placed::place)),
        (Builtin::Chain, raw.chain.as_ref().map(Placed::place)),
    ];
    for (builtin, place) in settings {
        let word = builtin.word();
        match (place, used(builtin)) {
            (Some(place), false) => findings.push(
                Finding::new(
                    Code::PolicyUnused,
                    format!("`[{word}]` has settings, but no gate has `builtin = \"{word}\"`"),
                )
                .help("take the table out, or give a gate that built-in")
                .at(place),
            ),
            (None, true) => {
                let gate = raw.gates.iter().flat_map(|gates| &gates.value).find_map(|gate| {
                    gate.value.builtin.as_ref().filter(|written| written.value.0 == Some(builtin))
                });
                if let Some(gate) = gate {
                    findings.push(
                        gate.finding(
                            Code::PolicyMissing,
                            format!("the built-in `{word}` has no settings"),
                        )
                        .help(format!("add a table `[{word}]` to this file")),
                    );
                }
            }
            _ => {}
        }
    }
}

fn validate_environment(raw: Option<RawEnvironment>, findings: &mut Vec<Finding>) -> Environment {
    let Some(raw) = raw else { return Environment::default() };
    let home = raw.home.map(|list| list.value).unwrap_or_default();
    for entry in &home {
        check_home_entry(entry, findings);
    }
    Environment {
        keep: names(raw.keep, findings),
        set: assignments(raw.set, findings),
        home: texts(home),
    }
}

/// Entries of a HOME that hold keys or tokens, and are never shown to a gate.
const CREDENTIALS: &[&str] = &[
    ".ssh",
    ".gnupg",
    ".netrc",
    ".config",
    ".git-credentials",
    ".gitconfig",
    ".aws",
    ".azure",
    ".docker",
    ".kube",
    ".npmrc",
    ".pypirc",
    ".password-store",
    ".local",
];

fn check_home_entry(entry: &Placed<String>, findings: &mut Vec<Finding>) {
    let name = &entry.value;
    if name.contains('/') || name == "." || name == ".." {
        findings.push(
            entry
                .finding(Code::PolicyValue, format!("`{name}` is not the name of an entry of HOME"))
                .help("name a file or folder that lies directly in HOME, such as `.cargo`"),
        );
    } else if CREDENTIALS.contains(&name.as_str()) {
        findings.push(
            entry
                .finding(Code::PolicyValue, format!("`{name}` can hold keys or tokens"))
                .help("gates never see credentials: take it out"),
        );
    }
}

/// Parts of variable names that mark a secret, and are never shown to a gate.
const SECRET_WORDS: &[&str] = &[
    "TOKEN",
    "SECRET",
    "PASSWORD",
    "PASSWD",
    "PASSPHRASE",
    "CREDENTIAL",
    "API_KEY",
    "ACCESS_KEY",
    "PRIVATE_KEY",
    "SSH_AUTH_SOCK",
];

fn names(list: Option<Placed<List<String>>>, findings: &mut Vec<Finding>) -> Vec<String> {
    let list = list.map(|list| list.value).unwrap_or_default();
    for name in &list {
        check_variable(name, findings);
        let upper = name.value.to_uppercase();
        if SECRET_WORDS.iter().any(|word| upper.contains(word)) {
            findings.push(
                name.finding(Code::PolicyValue, format!("`{}` names a secret", name.value))
                    .help("gates never see credentials: take it out"),
            );
        }
    }
    texts(list)
}

fn assignments(
    entries: Option<Placed<Entries<String>>>,
    findings: &mut Vec<Finding>,
) -> Vec<(String, String)> {
    let entries = entries.map(|entries| entries.value.0).unwrap_or_default();
    for (name, _) in &entries {
        check_variable(name, findings);
    }
    entries.into_iter().map(|(name, value)| (name.value, value.value)).collect()
}

/// Variables that this tool itself sets for every gate.
const OWN_VARIABLES: &[&str] =
    &["HOME", "TMPDIR", "LC_ALL", "TZ", "SOURCE_DATE_EPOCH", "EVIDENCE_DIR", "GATE"];

fn check_variable(name: &Placed<String>, findings: &mut Vec<Finding>) {
    let text = &name.value;
    let form = text.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'_')
        && !text.starts_with(|c: char| c.is_ascii_digit());
    if !form {
        findings.push(
            name.finding(Code::PolicyValue, format!("`{text}` is not the name of a variable"))
                .help("use letters, digits and underscores"),
        );
    } else if OWN_VARIABLES.contains(&text.as_str()) {
        findings.push(
            name.finding(Code::PolicyValue, format!("`{text}` is set by the tool itself"))
                .help("take it out: a run's value follows from the commit and the run"),
        );
    }
}

fn gate_number(id: &str) -> Option<u32> {
    let digits = id.strip_prefix('T')?;
    let canonical = !digits.is_empty() && (digits == "0" || !digits.starts_with('0'));
    let plain = digits.len() <= 3 && digits.bytes().all(|b| b.is_ascii_digit());
    (canonical && plain).then(|| digits.parse().ok()).flatten()
}

fn check_ids(gates: &List<RawGate>, findings: &mut Vec<Finding>) {
    let mut seen = BTreeMap::new();
    for id in gates.iter().filter_map(|gate| gate.value.id.as_ref()) {
        if gate_number(&id.value).is_none() {
            findings.push(
                id.finding(Code::PolicyValue, format!("`{}` cannot be a gate's id", id.value))
                    .help("use `T` and a number, such as `T4`"),
            );
        }
        if let Some(first) = seen.insert(id.value.clone(), id) {
            findings.push(
                id.finding(Code::PolicyReference, format!("two gates are called `{}`", id.value))
                    .help(format!("rename one; the other is at {}", first.place().describe())),
            );
        }
    }
    if gates.is_empty() {
        findings.push(
            Finding::new(Code::PolicyMissing, "there is no gate").help("add a `[[gates]]` table"),
        );
    }
}

fn check_needs(gates: &List<RawGate>, findings: &mut Vec<Finding>) {
    let ids: Vec<&str> =
        gates.iter().filter_map(|gate| Some(gate.value.id.as_ref()?.value.as_str())).collect();
    let mut edges: BTreeMap<&str, Vec<&Placed<String>>> = BTreeMap::new();
    for gate in gates {
        let (Some(id), Some(needs)) = (&gate.value.id, &gate.value.needs) else { continue };
        for need in &needs.value {
            if ids.contains(&need.value.as_str()) {
                edges.entry(&id.value).or_default().push(need);
            } else {
                findings.push(unknown(need, "gate", ids.iter().copied()));
            }
        }
    }
    for id in &ids {
        if let Some(need) = edge_of_circle(id, &edges) {
            findings.push(
                need.finding(
                    Code::PolicyReference,
                    format!("`{id}` needs itself, by way of `{}`", need.value),
                )
                .help("break the circle"),
            );
            break;
        }
    }
}

fn edge_of_circle<'a>(
    start: &str,
    edges: &BTreeMap<&'a str, Vec<&'a Placed<String>>>,
) -> Option<&'a Placed<String>> {
    let mut seen = Vec::new();
    let mut open: Vec<(&Placed<String>, &Placed<String>)> =
        edges.get(start)?.iter().map(|need| (*need, *need)).collect();
    while let Some((first, at)) = open.pop() {
        if at.value == start {
            return Some(first);
        }
        if !seen.contains(&at.value.as_str()) {
            seen.push(at.value.as_str());
            let next = edges.get(at.value.as_str()).into_iter().flatten();
            open.extend(next.map(|need| (first, *need)));
        }
    }
    None
}

/// The finding of a reference to something that does not exist.
fn unknown<'a>(
    name: &Placed<String>,
    kind: &str,
    known: impl Iterator<Item = &'a str> + Clone,
) -> Finding {
    let help = match nearest(&name.value, known.clone()) {
        Some(near) => format!("did you mean `{near}`?"),
        None if known.clone().next().is_none() => {
            format!("there is none yet; add the {kind} first")
        }
        None => format!("use one of {}", listed(&known.collect::<Vec<_>>())),
    };
    name.finding(Code::PolicyReference, format!("there is no {kind} `{}`", name.value)).help(help)
}

fn check_owners(gates: &List<RawGate>, roles: &[Role], findings: &mut Vec<Finding>) {
    let owners: Vec<_> = gates.iter().filter_map(|gate| gate.value.owner.as_ref()).collect();
    let names = roles.iter().map(|role| role.name.value.as_str());
    for owner in &owners {
        if !names.clone().any(|name| name == owner.value) {
            findings.push(unknown(owner, "role", names.clone()));
        }
    }
    for role in roles {
        if !owners.iter().any(|owner| owner.value == role.name.value) {
            findings.push(
                role.name
                    .finding(
                        Code::PolicyUnused,
                        format!("nothing uses the role `{}`", role.name.value),
                    )
                    .help("take it out, or make it the owner of a gate"),
            );
        }
    }
}

fn validate_gate(raw: Placed<RawGate>, findings: &mut Vec<Finding>) -> Option<Gate> {
    let place = raw.place();
    let raw = raw.value;
    if let Some(name) = &raw.name {
        check_gate_name(name, findings);
    }
    if let Some(cores) = &raw.cores
        && cores.value == 0
    {
        findings.push(
            cores.finding(Code::PolicyValue, "a gate takes at least one core").help("write 1"),
        );
    }
    let tests = raw.tests.and_then(|tests| validate_tests(tests.value, findings));
    let scrub = raw.scrub.map(|list| list.value).unwrap_or_default();
    let env = names(raw.env, findings);
    let set = assignments(raw.set, findings);
    let action = match (raw.run, raw.builtin) {
        (Some(run), None) => run.value.0.map(|commands| Action::Run(commands.0)),
        (None, Some(builtin)) => builtin.value.0.map(Action::Builtin),
        (run, _) => {
            let message = if run.is_some() {
                "this gate has both `run` and `builtin`"
            } else {
                "this gate has neither `run` nor `builtin`"
            };
            let help = format!("give it one; the built-ins are {}", listed(Builtin::WORDS));
            findings.push(Finding::new(Code::PolicyMissing, message).help(help).at(place));
            None
        }
    };
    let id = raw.id?.value;
    Some(Gate {
        number: gate_number(&id)?,
        id,
        name: raw.name?.value,
        action: action?,
        needs: raw.needs.map(|list| texts(list.value)).unwrap_or_default(),
        timeout: raw.timeout.map_or(Duration::from_secs(600), |span| span.value.0),
        cores: raw.cores.map_or(1, |cores| usize::try_from(cores.value).unwrap_or(usize::MAX)),
        owner: raw.owner.map(|owner| owner.value),
        evidence: raw.evidence.map(|list| texts(list.value)).unwrap_or_default(),
        scrub: scrub.into_iter().filter_map(validate_scrub).collect(),
        env,
        set,
        network: raw.network.is_some_and(|network| network.value),
        tests,
    })
}

fn check_gate_name(name: &Placed<String>, findings: &mut Vec<Finding>) {
    let good = name.value.len() <= 40
        && name.value.bytes().all(|b| b.is_ascii_lowercase() || b.is_ascii_digit() || b == b'_');
    if !good {
        findings.push(
            name.finding(Code::PolicyValue, format!("`{}` cannot be a gate's name", name.value))
                .help("use at most 40 lower case letters, digits and underscores"),
        );
    }
}

fn validate_tests(raw: RawTests, findings: &mut Vec<Finding>) -> Option<Tests> {
    let report = match raw.report {
        Some(report) => {
            let plain =
                report.value.bytes().all(|b| b.is_ascii_alphanumeric() || b"._-".contains(&b))
                    && report.value.ends_with(".json")
                    && !report.value.eq_ignore_ascii_case("gate.json");
            if !plain {
                findings.push(
                    report
                        .finding(
                            Code::PolicyValue,
                            format!("`{}` cannot be a report's name", report.value),
                        )
                        .help(
                            "write a plain file name with .json, such as \"tests.json\"; \
                             gate.json is the gate's own record",
                        ),
                );
            }
            report.value
        }
        None => "tests.json".to_owned(),
    };
    let reader = raw.reader?;
    if reader.value == ReaderChoice::Junit && raw.file.is_none() {
        findings.push(
            reader
                .finding(Code::PolicyMissing, "a JUnit report is a file, and none is named")
                .help("add `file = \"…\"`, the path that the runner writes"),
        );
    }
    Some(Tests {
        reader: reader.value,
        file: raw.file.map(|file| file.value.0),
        report,
        minimum: raw.minimum.map_or(0, |minimum| minimum.value),
    })
}

fn validate_scrub(raw: Placed<RawScrub>) -> Option<Scrub> {
    let place = raw.place();
    Some(Scrub {
        files: raw.value.files.map(|glob| glob.value),
        pattern: raw.value.pattern?.value,
        replacement: raw.value.replacement?.value,
        reason: raw.value.reason?.value,
        place,
    })
}
