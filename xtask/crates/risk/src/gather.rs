//! Gathering risks, blocks and incidents: the ledger as it is here, by the rules and keys
//! of the base.

use jiff::Timestamp;
use jiff::tz::TimeZone;
use serde_json::{Map, Value};

use crate::judge::clocks::escalation::{Known, asked};
use crate::judge::clocks::{Clock, clocks, severity};
use crate::page::{holders, left, moment};
use thrice_facts::clock;
use thrice_facts::git::{Commit, Repository};
use thrice_findings::{Code, Finding, Severity, Stop};
use thrice_ledger::decisions::freeze::Freeze;
use thrice_ledger::decisions::{Alarm, AlarmKind, Decision, Standing, Step};
use thrice_ledger::signature::Signers;
use thrice_ledger::{gather, signing};
use thrice_orr::judge::branch::slug;
use thrice_policy::table::did_you_mean;
use thrice_programme::Policy;
use thrice_programme::branches::Branches;
use thrice_programme::ledger::Kind;
use thrice_programme::world::World;
use thrice_report::text::safe;

/// All that is known of what goes wrong.
pub struct Gathered {
    /// Where the ledger is.
    pub repository: Repository,
    /// The commit whose rules and keys hold here.
    pub base: Commit,
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
    /// Gathers it, with what this clone recorded and could not push yet; the report that says
    /// why where that cannot be.
    pub(super) fn of(world: &World) -> Result<Self, Stop> {
        Self::gather(world, false)
    }

    /// Gathers what is in effect, for whatever others rest on.
    pub(super) fn in_effect(world: &World) -> Result<Self, Stop> {
        Self::gather(world, true)
    }

    fn gather(world: &World, in_effect: bool) -> Result<Self, Stop> {
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
        let read = if in_effect { gather::standing } else { gather::standing_here };
        let standing = read(&repository, &base, rules, wanted, &mut findings)?;
        let Some(standing) = standing else {
            return Err(findings.into());
        };
        let (shown, now) = (source.shown, clock::now());
        Ok(Self { repository, base, policy, shown, standing, now, findings })
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

    /// A moment in the zone of the programme, which is said with it.
    pub(super) fn moment(&self, time: Timestamp) -> String {
        let zone = self.policy.risk.as_ref().map_or(TimeZone::UTC, |rules| rules.zone.clone());
        moment(time, &zone)
    }

    /// That whoever sits here can't sign the next step, where policy names people.
    pub(super) fn cannot_sign(&self) -> anyhow::Result<Option<Finding>> {
        let rules = &self.policy.ledger;
        if rules.people.is_empty() {
            return Ok(None);
        }
        let signers = Signers::of(&self.repository, &self.base, rules)?;
        signing::why_not(&self.repository, &signers)
    }

    /// What is due next of an alarm after a step, and by when; none where no clock runs.
    pub(super) fn due(&self, alarm: &Alarm, after: Option<Step>) -> Option<String> {
        let rules = self.policy.risk.as_ref()?;
        let clocks = clocks(alarm, rules, self.policy.calendar.as_ref());
        let is_next = |clock: &&Clock| {
            alarm.taken(clock.step).is_none() && after.is_none_or(|step| clock.step > step)
        };
        let next = clocks.iter().find(is_next)?;
        let due =
            next.due.map(|due| self.moment(due)).unwrap_or_else(|| "nobody knows when".to_owned());
        Some(format!("{} by {due}, {}", next.step.word(), left(next, self.now)))
    }

    /// What freezes merges, a sentence each.
    pub(super) fn frozen(&self) -> Vec<String> {
        let said = |freeze: &Freeze<'_>| format!("{}{}", freeze.describe(), self.mark(freeze.id));
        self.standing.freezes().iter().map(said).collect()
    }

    /// What is said behind something about which an entry of this clone waits.
    pub(super) fn mark(&self, id: &str) -> &'static str {
        let waits = self.standing.waiting.iter().any(|waiting| waiting == id);
        if waits { " (not in effect yet)" } else { "" }
    }

    /// A risk or an incident; the finding that there is none otherwise.
    pub(super) fn alarm(&self, kind: AlarmKind, id: &str) -> Result<&Alarm, Box<Finding>> {
        let ours = || self.standing.of_kind(kind);
        ours().find(|alarm| alarm.id == id).ok_or_else(|| {
            // Another one's id is no guess to offer: what is typed at 02:00 is recorded.
            let help = format!("`cargo xtask {} list --all` lists them", kind.word());
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
                let dated = std::iter::once(first.clone()).chain(more).find(|id| !is_known(id));
                let dated = dated.unwrap_or(first);
                if kind == AlarmKind::Risk || self.names_branch(&dated) {
                    return Ok(dated);
                }
                let shaped = self.policy.branches.iter().flat_map(incident_ids);
                let mut shaped = shaped.filter(|id| !is_known(id) && self.names_branch(id));
                Ok(shaped.next().unwrap_or(dated))
            }
        }
    }

    /// Whether a branch can be named after an incident of that id.
    fn names_branch(&self, id: &str) -> bool {
        let Some(branches) = &self.policy.branches else { return true };
        let story = self.policy.backlog.as_ref().is_some_and(|it| it.story(id).is_some());
        !story && branches.is_id(id, incident_class(branches))
    }

    /// Who sits here, as policy knows them, else by their address.
    pub(super) fn me(&self) -> anyhow::Result<Option<String>> {
        let address = self.repository.setting("user.email")?;
        let known = |address: String| match self.policy.ledger.person(&address) {
            Some(person) => person.name.clone(),
            None => address,
        };
        Ok(address.map(known))
    }

    /// The line that makes the branch of an incident's hotfix, where policy has such branches.
    pub(super) fn hotfix(&self, id: &str, title: &str) -> String {
        let about = slug(title, SLUG).unwrap_or_else(|| "fix".to_owned());
        match self.policy.branches.is_some() && self.names_branch(id) {
            true => format!("its hotfix: `cargo xtask branch new {} {about}`\n", safe(id)),
            false => String::new(),
        }
    }

    /// Whether waves and stories that are named are there, where there is a backlog.
    pub(super) fn check_named(
        &self,
        wave: Option<&str>,
        stories: &[String],
    ) -> Result<(), Box<Finding>> {
        let Some(backlog) = &self.policy.backlog else { return Ok(()) };
        let refuse = |what: &str, id: &str, known: Vec<&String>| {
            let message = format!("there is no {what} `{}`", safe(id));
            let help = did_you_mean(id, known, "policy/backlog.toml of the base lists them");
            Err(Box::new(Finding::new(Code::UsageWrong, message).help(help)))
        };
        if let Some(wave) = wave.filter(|wave| backlog.wave(wave).is_none()) {
            return refuse("wave", wave, backlog.waves.iter().map(|wave| &wave.id).collect());
        }
        match stories.iter().find(|id| backlog.story(id).is_none()) {
            Some(id) => refuse("story", id, backlog.stories.iter().map(|it| &it.id).collect()),
            None => Ok(()),
        }
    }
}

/// How long the description in the name of a hotfix's branch may be.
const SLUG: usize = 30;

/// The class of ids that incidents have; any where policy names none so.
fn incident_class(branches: &Branches) -> Option<&str> {
    let named = branches.ids.iter().find(|class| class.name == "incident");
    named.map(|class| class.name.as_str())
}

/// Ids of the shape of policy's own examples: their last number counts up.
fn incident_ids(branches: &Branches) -> impl Iterator<Item = String> + '_ {
    let class = incident_class(branches);
    let classes = branches.ids.iter().filter(move |it| class.is_none_or(|name| it.name == name));
    classes.flat_map(|class| &class.examples).flat_map(|example| {
        let stem = example.trim_end_matches(|c: char| c.is_ascii_digit());
        let width = example.len() - stem.len();
        let most = 10_u32.saturating_pow(u32::try_from(width.min(6)).unwrap_or(6));
        (1..most).map(move |number| format!("{stem}{number:0width$}"))
    })
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
    text.push_str(&format!("call {}: nobody was notified\n", holders(&asked)));
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
