//! Gathering risks, blocks and incidents: the ledger as it is here, by the rules and keys
//! of the base.

use jiff::Timestamp;
use serde_json::{Map, Value};

use crate::judge::clocks::escalation::{Known, asked};
use crate::judge::clocks::{clocks, severity};
use crate::page::{holders, moment};
use thrice_facts::clock;
use thrice_facts::git::Repository;
use thrice_findings::{Code, Finding, Severity, Stop};
use thrice_ledger::decisions::{Alarm, AlarmKind, Decision, Standing};
use thrice_ledger::gather;
use thrice_policy::table::nearest;
use thrice_programme::Policy;
use thrice_programme::ledger::Kind;
use thrice_programme::world::World;
use thrice_report::text::safe;

/// All that is known of what goes wrong.
pub struct Gathered {
    /// Where the ledger is.
    pub repository: Repository,
    /// The rules that hold here.
    pub policy: Policy,
    /// The policy folder, as people know it.
    pub shown: String,
    /// What the ledger says.
    pub standing: Standing,
    /// The time against which clocks are read.
    pub now: Timestamp,
    /// What was found on the way.
    pub findings: Vec<Finding>,
}

impl Gathered {
    /// Gathers it; the report that says why where that cannot be.
    pub(super) fn of(world: &World) -> Result<Self, Stop> {
        let repository = world.repository()?;
        let mut findings = Vec::new();
        let default = world.default_branch(&repository, &mut findings)?;
        let Some(base) = default.base(&repository, None, &mut findings)? else {
            return Err(findings.into());
        };
        // Newer entries may be on the remote: what is recorded here is not all.
        for finding in findings.iter_mut().filter(|finding| finding.code == Code::Cec60) {
            *finding = Finding::new(Code::SlaUnseen, finding.message.clone())
                .help("`git fetch`, then run the command again");
        }
        let (policy, source) = world.policy_of(&repository, &base)?;
        let (rules, wanted) = (&policy.ledger, gather::is_of_alarms);
        let standing = gather::standing(&repository, &base, rules, wanted, &mut findings)?;
        let Some(standing) = standing else {
            return Err(findings.into());
        };
        let (shown, now) = (source.shown, clock::now());
        Ok(Self { repository, policy, shown, standing, now, findings })
    }

    /// What it is for commands that only record: what is not seen keeps nobody from saying
    /// what is so.
    pub fn recording(world: &World) -> Result<Self, Stop> {
        let mut gathered = Self::of(world)?;
        let unseen = gathered.findings.iter_mut().filter(|it| it.code == Code::SlaUnseen);
        unseen.for_each(|finding| finding.severity = Severity::Warn);
        Ok(gathered)
    }

    /// Why entries that would calm do not.
    pub(super) fn uncounted(&self) -> Vec<&str> {
        self.standing.uncounted.iter().map(|uncounted| uncounted.why.as_str()).collect()
    }

    /// A risk or an incident; the finding that there is none otherwise.
    pub(super) fn alarm(&self, kind: AlarmKind, id: &str) -> Result<&Alarm, Box<Finding>> {
        let ours = || self.standing.of_kind(kind);
        ours().find(|alarm| alarm.id == id).ok_or_else(|| {
            let help = match nearest(id, ours().map(|alarm| alarm.id.as_str())) {
                Some(near) => format!("did you mean `{near}`?"),
                None => format!("`cargo xtask {} list --all`", kind.word()),
            };
            let message = format!("there is no {} `{}`", kind.word(), safe(id));
            Box::new(Finding::new(Code::MatterUnknown, message).help(help))
        })
    }

    /// An id that no other alarm has: the one that was given, or one of the time.
    pub(super) fn new_id(
        &self,
        kind: AlarmKind,
        given: Option<String>,
    ) -> Result<String, Box<Finding>> {
        let known = &self.standing.alarms;
        let is_known = |id: &str| known.iter().any(|it| it.id.eq_ignore_ascii_case(id));
        let refuse = |message: String, help: &str| {
            Err(Box::new(Finding::new(Code::UsageWrong, message).help(help)))
        };
        match given {
            Some(id) if !thrice_documents::judge::is_subject(&id) => refuse(
                format!("`{}` cannot be an id", safe(&id)),
                "use at most 64 letters, digits, `-`, `_` and `.`, a letter or digit first",
            ),
            Some(id) if is_known(&id) => {
                refuse(format!("`{id}` is there already"), "choose another id, or leave `--id` out")
            }
            Some(id) => Ok(id),
            None => {
                let letters = if kind == AlarmKind::Risk { "R" } else { "INC" };
                let first = format!("{letters}-{}", self.now.strftime("%Y%m%d%H%M%S"));
                let more = (2..).map(|number| format!("{first}-{number}"));
                let free = std::iter::once(first.clone()).chain(more).find(|id| !is_known(id));
                Ok(free.unwrap_or(first))
            }
        }
    }

    /// Whether waves and stories that are named are there, where there is a backlog.
    pub(super) fn check_named(
        &self,
        wave: Option<&str>,
        stories: &[String],
    ) -> Result<(), Box<Finding>> {
        let Some(backlog) = &self.policy.backlog else { return Ok(()) };
        let refuse = |what: &str, id: &str, near: Option<&str>| {
            let message = format!("there is no {what} `{}`", safe(id));
            let help = match near {
                Some(near) => format!("did you mean `{near}`?"),
                None => "policy/backlog.toml of the base lists them".to_owned(),
            };
            Err(Box::new(Finding::new(Code::UsageWrong, message).help(help)))
        };
        if let Some(wave) = wave.filter(|wave| backlog.wave(wave).is_none()) {
            let known = backlog.waves.iter().map(|wave| wave.id.as_str());
            return refuse("wave", wave, nearest(wave, known));
        }
        match stories.iter().find(|id| backlog.story(id).is_none()) {
            Some(story) => {
                let known = backlog.stories.iter().map(|story| story.id.as_str());
                refuse("story", story, nearest(story, known))
            }
            None => Ok(()),
        }
    }
}

/// What follows from something that is recorded now: what is done at once, who has it, and
/// by when. A warning where no policy says.
pub fn answer(
    policy: &Policy,
    (kind, data): (Kind, &Map<String, Value>),
    now: Timestamp,
    findings: &mut Vec<Finding>,
) -> String {
    let Some(rules) = &policy.risk else {
        let mut finding = missing("there is no policy/risk.toml, so no clock runs".to_owned());
        finding.severity = Severity::Warn;
        findings.push(finding);
        return String::new();
    };
    let standing = Standing::of(Decision::draft(kind, data, now), now);
    let Some(alarm) = standing.alarms.first() else { return String::new() };
    let severity = severity(alarm, rules);
    let Some(rule) = rules.severity(severity) else { return String::new() };
    let calendar = policy.calendar.as_ref();
    let known = Known { rules, programme: &policy.programme, calendar };
    let asked = asked(&known, severity, alarm.owner.as_deref(), 0, now);
    let mut text = String::new();
    for action in &rule.action {
        text.push_str(&format!("at once: {}\n", safe(action)));
    }
    text.push_str(&format!("asked: {}\n", holders(&asked)));
    for clock in clocks(alarm, rules, calendar) {
        let due = clock.due.map(|due| moment(due, &rules.zone));
        let due = due.unwrap_or_else(|| "nobody knows when".to_owned());
        text.push_str(&format!("{} by {due} ({})\n", clock.step.word(), clock.window));
    }
    text
}

/// The finding that policy says nothing of risks.
pub(super) fn missing(message: String) -> Finding {
    Finding::new(Code::PolicyMissing, message)
        .help("write one; `cargo xtask policy schema risk` lists its keys, docs/risks.md says why")
}
