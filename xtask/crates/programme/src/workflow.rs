//! `[workflow]` of `policy/gates.toml`: how the gates run on GitHub.

mod tool;

use std::fmt;

use serde_json::{Value, json};
use toml::Spanned;
use toml::de::DeValue;

use thrice_findings::Finding;
use thrice_policy::declare::{policy_choice, policy_table};
use thrice_policy::source::Placed;
use thrice_policy::table::{PolicyValue, Problems};
use thrice_policy::values::Commands;

pub(crate) use tool::RawTool;
pub use tool::Tool;

/// Where the workflow is kept if policy names no other place.
const PATH: &str = ".github/workflows/orr.yml";

policy_table! {
    /// The workflow that runs the gates on GitHub, as `workflow generate` writes it.
    pub(crate) struct RawWorkflow {
        /// What GitHub calls it. Default: `ORR Exec`.
        optional name: String,
        /// The label of the machines that its jobs run on. Default: `ubuntu-24.04`.
        optional runner: String,
        /// Commands that every job runs before its gate, such as one that installs what the gates need.
        optional setup: Commands,
        /// Whether the evidence of a dispatched run is attested. Default: true. GitHub attests nothing on its Enterprise Server, nor in private repositories of most plans.
        optional attest: bool,
        /// Whether `workflow generate` writes a second workflow, whose job `merge-check` can be a required check. Default: false.
        optional merge_check: bool,
        /// When a workflow publishes the board on GitHub Pages, such as `0 6 * * 1-5`: five fields of cron, in UTC. Default: no workflow does. Pages of a private repository may be public.
        optional board: String,
        /// How every job gets this program.
        optional tool: RawTool,
        /// What proves the result of a merge. `head`: the patch stands on the HEAD of the default branch. `queue`: the runs of a merge queue, on which the workflow starts too, and for which T0, `rulesets check` and `merge-check` look. Default: `head`.
        optional base: ProvenBase,
        /// Other releases of the actions than this tool knows.
        optional actions: RawActions,
    }
}

policy_choice! {
    /// What proves the result of a merge.
    pub enum ProvenBase {
        /// The reviewed runs: the patch stands on the HEAD of the default branch.
        Head = "head",
        /// The runs of a merge queue, where the server has one.
        Queue = "queue",
    }
}

policy_table! {
    /// Pins of actions: the 40 hexadecimal digits of a commit, ` # ` and the version that it is.
    pub(crate) struct RawActions {
        /// Of `actions/checkout`.
        optional checkout: Pin,
        /// Of `actions/upload-artifact`.
        optional upload_artifact: Pin,
        /// Of `actions/download-artifact`.
        optional download_artifact: Pin,
        /// Of `actions/attest`.
        optional attest: Pin,
        /// Of `actions/deploy-pages`.
        optional deploy_pages: Pin,
    }
}

/// A commit of an action's repository, and the version that people know it by.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Pin {
    /// The commit, 40 hexadecimal digits.
    pub commit: String,
    /// The version, such as `v7.0.1`.
    pub version: String,
}

impl Pin {
    fn new(commit: &str, version: &str) -> Self {
        Self { commit: commit.to_owned(), version: version.to_owned() }
    }

    fn of(text: &str) -> Option<Self> {
        let (commit, version) = text.split_once(" # ")?;
        let hex = |b: u8| b.is_ascii_digit() || (b'a'..=b'f').contains(&b);
        let word = |b: u8| b.is_ascii_alphanumeric() || b"._-".contains(&b);
        let good = commit.len() == 40 && commit.bytes().all(hex) && version.len() <= 40;
        (good && !version.is_empty() && version.bytes().all(word))
            .then(|| Self::new(commit, version))
    }
}

impl WorkflowSettings {
    /// Whether a merge queue proves the result of a merge.
    #[must_use]
    pub fn has_queue(&self) -> bool {
        self.base == ProvenBase::Queue
    }
}

impl fmt::Display for Pin {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} # {}", self.commit, self.version)
    }
}

impl PolicyValue for Pin {
    fn read(value: &Spanned<DeValue<'_>>, problems: &mut Problems) -> Option<Self> {
        let text = String::read(value, problems)?;
        Self::of(&text).or_else(|| {
            let help = "write the 40 hexadecimal digits of a commit, then ` # ` and its version";
            problems.unusable(value, format!("`{text}` is no pin of an action"), help)
        })
    }

    fn schema() -> Value {
        json!({ "type": "string", "pattern": "^[0-9a-f]{40} # [A-Za-z0-9._-]{1,40}$" })
    }
}

/// The workflow that runs the gates on GitHub.
#[derive(Clone, Debug)]
pub struct WorkflowSettings {
    /// Its file, relative to the repository: the one that `[ruleset]` names, if any.
    pub path: String,
    /// What GitHub calls it.
    pub name: String,
    /// The label of the machines that its jobs run on.
    pub runner: String,
    /// Commands that every job runs before its gate.
    pub setup: Vec<Vec<String>>,
    /// Whether the evidence of a dispatched run is attested.
    pub attest: bool,
    /// Whether a second workflow checks the merge gate.
    pub merge_check: bool,
    /// When a workflow publishes the board, in five fields of cron.
    pub board: Option<String>,
    /// How its jobs get this program.
    pub tool: Tool,
    /// What proves the result of a merge.
    pub base: ProvenBase,
    /// The actions that it uses.
    pub actions: Actions,
}

/// The actions that the workflow uses.
#[derive(Clone, Debug)]
pub struct Actions {
    /// `actions/checkout`.
    pub checkout: Pin,
    /// `actions/upload-artifact`.
    pub upload_artifact: Pin,
    /// `actions/download-artifact`.
    pub download_artifact: Pin,
    /// `actions/attest`.
    pub attest: Pin,
    /// `actions/deploy-pages`.
    pub deploy_pages: Pin,
}

/// Checks the values. `path` is the workflow's file where `[ruleset]` names one.
pub(crate) fn validate(
    raw: Option<RawWorkflow>,
    path: Option<String>,
    findings: &mut Vec<Finding>,
) -> WorkflowSettings {
    let (mut name, mut runner, mut setup, mut attest, mut actions) = (None, None, None, None, None);
    let (mut merge_check, mut board, mut base, mut tool) = (None, None, None, None);
    if let Some(raw) = raw {
        name = raw.name.filter(|name| check_name(name, findings));
        runner = raw.runner.filter(|runner| check_runner(runner, findings));
        setup = raw.setup.filter(|setup| check_setup(setup, findings));
        attest = raw.attest;
        (merge_check, base) = (raw.merge_check, raw.base);
        board = raw.board.filter(|schedule| check_cron(schedule, findings));
        tool = raw.tool;
        actions = raw.actions.map(|actions| actions.value);
    }
    WorkflowSettings {
        path: path.unwrap_or_else(|| PATH.to_owned()),
        name: name.map_or_else(|| "ORR Exec".to_owned(), |name| name.value),
        runner: runner.map_or_else(|| "ubuntu-24.04".to_owned(), |runner| runner.value),
        setup: setup.map(|setup| setup.value.0).unwrap_or_default(),
        attest: attest.is_none_or(|attest| attest.value),
        merge_check: merge_check.is_some_and(|wanted| wanted.value),
        board: board.map(|schedule| schedule.value),
        tool: tool::validate(tool, findings),
        base: base.map_or(ProvenBase::Head, |base| base.value),
        actions: pinned(actions),
    }
}

/// The releases that this tool knows, where policy names no others.
fn pinned(raw: Option<RawActions>) -> Actions {
    let (mut checkout, mut upload, mut download, mut attest) = (None, None, None, None);
    let mut deploy = None;
    if let Some(raw) = raw {
        deploy = raw.deploy_pages;
        (checkout, upload) = (raw.checkout, raw.upload_artifact);
        (download, attest) = (raw.download_artifact, raw.attest);
    }
    let or = |pin: Option<Placed<Pin>>, commit: &str, version: &str| {
        pin.map_or_else(|| Pin::new(commit, version), |pin| pin.value)
    };
    Actions {
        checkout: or(checkout, "3d3c42e5aac5ba805825da76410c181273ba90b1", "v7.0.1"),
        upload_artifact: or(upload, "bbbca2ddaa5d8feaa63e36b76fdaad77386f024f", "v7.0.0"),
        download_artifact: or(download, "3e5f45b2cfb9172054b4087a40e8e0b5a5461e7c", "v8.0.1"),
        attest: or(attest, "1e69f48acb82d1966a394da916b4c1698aa569d6", "v4.2.2"),
        deploy_pages: or(deploy, "cd2ce8fcbc39b97be8ca5fce6e763baed58fa128", "v5.0.0"),
    }
}

/// What GitHub would compute must not come out of a text of policy.
fn is_plain(text: &str) -> bool {
    let breaks = |c: char| c.is_control() || "\u{2028}\u{2029}\u{feff}".contains(c);
    !text.chars().any(breaks) && !text.contains("${{")
}

fn check_name(name: &Placed<String>, findings: &mut Vec<Finding>) -> bool {
    let good = is_plain(&name.value) && name.value.chars().count() <= 100;
    let help = "use at most 100 characters on one line, and no expression";
    name.holds(good, "this cannot be a workflow's name", help, findings)
}

/// Whether a text is five fields of cron, as GitHub reads them.
pub(crate) fn check_cron(schedule: &Placed<String>, findings: &mut Vec<Finding>) -> bool {
    let text = &schedule.value;
    const BOUNDS: [(u8, u8); 5] = [(0, 59), (0, 23), (1, 31), (1, 12), (0, 6)];
    let is_item = |item: &str, (least, most): (u8, u8)| {
        let number = |text: &str| text.parse().ok().filter(|it| (least..=most).contains(it));
        let (range, step) = item.split_once('/').unwrap_or((item, "1"));
        let (from, to) = range.split_once('-').unwrap_or((range, range));
        let is_range = number(from).zip(number(to)).is_some_and(|(from, to)| from <= to);
        (range == "*" || is_range) && step.parse().is_ok_and(|step: u8| step > 0)
    };
    let fields: Vec<&str> = text.split(' ').collect();
    let is_plain = text.bytes().all(|b| b.is_ascii_digit() || b"*/,- ".contains(&b));
    let is_field = |(field, bounds): (&&str, _)| field.split(',').all(|it| is_item(it, bounds));
    let good = is_plain
        && text.len() <= 60
        && fields.len() == BOUNDS.len()
        && fields.iter().zip(BOUNDS).all(is_field);
    let help = "write such as `*/15 * * * *`: minute, hour, day, month, day of the week, in UTC";
    schedule.holds(good, format!("`{text}` is not five fields of cron"), help, findings)
}

fn check_runner(runner: &Placed<String>, findings: &mut Vec<Finding>) -> bool {
    let text = &runner.value;
    let word = |b: u8| b.is_ascii_alphanumeric() || b"._-".contains(&b);
    let good = text.len() <= 100
        && text.starts_with(|c: char| c.is_ascii_alphanumeric())
        && text.bytes().all(word);
    let help = "use letters, digits, dots, hyphens and underscores, such as `ubuntu-24.04`";
    runner.holds(good, format!("`{text}` cannot be the label of a machine"), help, findings)
}

fn check_setup(setup: &Placed<Commands>, findings: &mut Vec<Finding>) -> bool {
    let good = setup.value.0.iter().flatten().all(|word| is_plain(word));
    let help = "write it on one line and without an expression, or call a script";
    setup.holds(good, "a word of these commands cannot stand in a workflow", help, findings)
}
