//! What is there and what is missing, of all that the engines need. Facts are handed
//! in; here they become one line each, with what fixes it.

mod github;
mod local;

use thrice_findings::{Code, Finding, Severity};
use thrice_policy::declare::policy_choice;

/// A fact that was looked for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Probe<T> {
    Is(T),
    /// It is not there.
    Absent(Why),
    /// Nobody knows.
    Unseen(Why),
}

/// Why something is not there, or was not seen.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Why {
    /// In a few words.
    pub said: String,
    /// What fixes it; nothing where another line says so.
    pub fix: Option<String>,
}

impl Why {
    /// A reason with what fixes it.
    #[must_use]
    pub(crate) fn new(said: impl Into<String>, fix: impl Into<String>) -> Self {
        Self { said: said.into(), fix: Some(fix.into()) }
    }

    /// A reason that another line fixes.
    #[must_use]
    pub(crate) fn after(what: &str) -> Self {
        Self { said: format!("not checked: it needs {what} first"), fix: None }
    }
}

/// What was looked at.
#[derive(Clone, Debug)]
pub(crate) struct DoctorFacts {
    /// What `git --version` says.
    pub git: Probe<String>,
    /// The commit that is checked out, short.
    pub commit: Probe<String>,
    /// The policy, where it can be used.
    pub policy: Probe<Rules>,
    /// How many programs policy starts, where all are here; nothing where it starts none.
    pub tools: Option<Probe<usize>>,
    /// The scanner for secrets; nothing where no gate needs one.
    pub(crate) scanner: Option<Probe<String>>,
    /// Free bytes, by the folder that needs them.
    pub disk: Vec<(String, Probe<u64>)>,
    /// Whether there is an ssh-keygen.
    pub keygen: Probe<()>,
    /// Whether what is signed here counts; nothing where policy names nobody.
    pub signing: Option<Probe<()>>,
    /// Which ledger there is; nothing where nothing was recorded yet.
    pub ledger: Option<Probe<String>>,
    /// Why GitHub is of no use here; nothing where it is, or may be.
    pub elsewhere: Option<String>,
    /// What `gh --version` says.
    pub gh: Probe<String>,
    /// Who is logged in.
    pub login: Probe<String>,
    /// The repository on GitHub.
    pub repository: Probe<Repository>,
    /// Seconds by which the clock of this machine is ahead of GitHub's.
    pub ahead: Probe<i64>,
    /// Whether the workflow in the working tree is what policy gives.
    pub workflow: Probe<()>,
    /// The state of the workflow on the server, such as `active`.
    pub(crate) workflow_state: Probe<String>,
    /// What the rules of the default branch demand, ruleset by ruleset.
    pub rules: Probe<Vec<RequiredCheck>>,
}

/// What of the policy bears on the rest.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Rules {
    /// How many files it has.
    pub files: usize,
    /// The branch that patches are for.
    pub default_branch: String,
    /// Ids of the gates.
    pub gates: Vec<String>,
    /// The checks that the ruleset requires: those, or the one that stands for all.
    pub required: Vec<String>,
    /// The app whose checks count.
    pub app_id: u64,
    pub workflow: String,
}

/// A repository on GitHub, and what the token may do there.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Repository {
    /// `owner/name`.
    pub name: String,
    pub default_branch: String,
    /// Whether it takes no more pushes.
    pub archived: bool,
    /// Whether the token may push; nothing where the server does not say.
    pub(crate) may_push: Option<bool>,
}

/// A check that an active ruleset demands.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct RequiredCheck {
    pub ruleset: u64,
    /// Names of the checks, each with the app that it must come from.
    pub checks: Vec<(String, Option<u64>)>,
}

policy_choice! {
    /// How one thing stands.
    pub(crate) enum LineState {
        /// It is as it must be.
        Ok = "ok",
        /// It is not there, or not as it must be.
        Missing = "missing",
        /// Nobody knows.
        NotEstablished = "not established",
        /// Nobody has a use for it here.
        Unused = "not used",
    }
}

policy_choice! {
    /// What needs a thing.
    pub(crate) enum Need {
        /// What works without a server.
        Local = "local",
        /// Nothing yet that cannot be done without.
        Optional = "optional",
        /// Only what speaks to GitHub.
        GitHub = "github",
    }
}

/// One line of the screen.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct DoctorLine {
    /// What it is of.
    pub subject: String,
    pub state: LineState,
    pub need: Need,
    pub said: String,
    pub fix: Option<String>,
}

impl DoctorLine {
    fn new(subject: &str, need: Need, state: LineState, said: impl Into<String>) -> Self {
        Self { subject: subject.to_owned(), state, need, said: said.into(), fix: None }
    }

    fn fixed(mut self, fix: impl Into<String>) -> Self {
        self.fix = Some(fix.into());
        self
    }

    /// A line of a fact, which `judge` makes where it is there.
    fn of<T>(subject: &str, need: Need, seen: &Probe<T>, judge: impl FnOnce(&T) -> Self) -> Self {
        let (state, why) = match seen {
            Probe::Is(fact) => return judge(fact),
            Probe::Absent(why) => (LineState::Missing, why),
            Probe::Unseen(why) => (LineState::NotEstablished, why),
        };
        Self { fix: why.fix.clone(), ..Self::new(subject, need, state, why.said.clone()) }
    }
}

/// A line for everything that was looked at; one for all that only GitHub needs where it is of no
/// use, unless it was asked for.
#[must_use]
pub(crate) fn judge(facts: &DoctorFacts, github: bool) -> Vec<DoctorLine> {
    let mut lines = local::lines(facts);
    match facts.elsewhere.as_ref().filter(|_| !github) {
        Some(why) => lines.push(
            DoctorLine::new("GitHub", Need::GitHub, LineState::Unused, why)
                .fixed("`cargo xtask doctor --github` says what it would need"),
        ),
        None => lines.extend(github::lines(facts)),
    }
    lines
}

/// What the lines amount to. What only GitHub needs refuses only where GitHub is to be
/// used.
#[must_use]
pub(crate) fn findings(lines: &[DoctorLine], github: bool) -> Vec<Finding> {
    let mut findings = Vec::new();
    let of = |need: Need, state: LineState| -> Vec<&str> {
        let those = lines.iter().filter(|line| line.need == need && line.state == state);
        those.map(|line| line.subject.as_str()).collect()
    };
    let mut add = |code: Code, severity: Severity, what: &str, names: &[&str]| {
        if !names.is_empty() {
            let message = format!("{what}: {}", names.join(", "));
            let mut finding = Finding::new(code, message).help("see the line of each below");
            finding.severity = severity;
            findings.push(finding);
        }
    };
    let missing = of(Need::Local, LineState::Missing);
    add(Code::SetupMissing, Severity::Refuse, "no review can be run", &missing);
    let unseen = of(Need::Local, LineState::NotEstablished);
    add(
        Code::SetupUnseen,
        Severity::Refuse,
        "it is not known whether a review can be run",
        &unseen,
    );
    let wanting =
        |need| [of(need, LineState::Missing), of(need, LineState::NotEstablished)].concat();
    let severity = if github { Severity::Refuse } else { Severity::Warn };
    add(Code::SetupUnseen, severity, "GitHub cannot be used yet", &wanting(Need::GitHub));
    let (signing, nice): (Vec<&str>, Vec<&str>) =
        wanting(Need::Optional).into_iter().partition(|name| *name == "signing");
    let unsigned =
        "you can't sign: approvals, gates and every step after `incident open` will be refused";
    add(Code::SetupMissing, Severity::Warn, unsigned, &signing);
    add(Code::SetupMissing, Severity::Warn, "nice to have", &nice);
    findings
}

#[cfg(test)]
mod tests;
