//! Gathering risks, blocks and incidents: the ledger as it is here, by the rules and keys
//! of the base.

use std::collections::BTreeSet;

use jiff::tz::TimeZone;
use jiff::{SignedDuration, Timestamp};
use serde_json::{Map, Value};

use crate::judge::clocks::escalation::EscalationFacts;
use crate::judge::clocks::{ClockState, OpenAlarm, clocks, lines, severity};
use crate::judge::main_line::{Commit as LineCommit, MainLine};
use crate::page::{holders, left, moment};
use thrice_facts::clock;
use thrice_facts::git::{Commit, Move, Past, REMOTE, Repository};
use thrice_findings::text::quoted;
use thrice_findings::{Code, Finding, Severity, Stop, short};
use thrice_ledger::decisions::freeze::{Freeze, scope};
use thrice_ledger::decisions::{Alarm, AlarmKind, Decision, Standing, Step};
use thrice_ledger::gather::{self, ALARMS, Pending, standing_here};
use thrice_ledger::signature::Signers;
use thrice_ledger::signing;
use thrice_orr::judge::branch::slug;
use thrice_policy::table::did_you_mean;
use thrice_programme::base::DefaultBranch;
use thrice_programme::branches::Branches;
use thrice_programme::calendar::DEFAULT_EVIDENCE;
use thrice_programme::ledger::Kind;
use thrice_programme::world::World;
use thrice_programme::{Backlog, Person, Policy};
use thrice_report::text::safe;

/// All that is known of what goes wrong.
pub struct RiskInput {
    /// Where the ledger is.
    pub repository: Repository,
    /// The commit whose rules and keys hold here.
    pub base: Commit,
    /// The branch of that commit.
    pub(crate) trunk: DefaultBranch,
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

impl RiskInput {
    /// Gathers it, with what this clone recorded and could not push yet; the report that says
    /// why where that cannot be.
    ///
    /// # Errors
    /// Where git fails, or the ledger does not hold.
    pub fn of(world: &World) -> Result<Self, Stop> {
        Self::gather(world, false).map(Self::for_showing)
    }

    /// Where the base is not the newest, that is a warning: no alarm waits for a fetch.
    pub(super) fn for_showing(mut self) -> Self {
        for finding in self.findings.iter_mut().filter(|finding| finding.code == Code::Cec60) {
            *finding = Finding::new(Code::SlaUnseen, finding.message.clone()).help(
                "what this shows of the ledger is up to date; `git fetch` brings newer rules",
            );
            finding.severity = Severity::Warn;
        }
        self
    }

    /// Gathers it for whatever rests on it: only what is in effect, where that is asked for.
    pub(super) fn gather(world: &World, in_effect: bool) -> Result<Self, Stop> {
        let repository = world.repository()?;
        let mut findings = Vec::new();
        let trunk = world.default_branch(&repository, &mut findings)?;
        let Some(base) = trunk.base(&repository, None, &mut findings)? else {
            return Err(findings.into());
        };
        let (policy, source) = world.policy_for_alarms(&repository, &base, &mut findings)?;
        let rules = &policy.ledger;
        let standing = match in_effect {
            true => gather::standing(&repository, &base, rules, ALARMS, &mut findings)?,
            false => standing_here(&repository, &base, rules, Pending::Counts, &mut findings)?,
        };
        let Some(standing) = standing else {
            return Err(findings.into());
        };
        let (shown, now) = (source.shown, clock::now());
        Ok(Self { repository, base, trunk, policy, shown, standing, now, findings })
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

    /// What is due next of an alarm, and by when; none where no clock runs.
    pub(super) fn due(&self, alarm: &Alarm) -> Option<String> {
        let rules = self.policy.risk.as_ref()?;
        let clocks = clocks(alarm, rules, self.policy.calendar.as_ref());
        let next = clocks.iter().find(|clock| alarm.taken(clock.step).is_none())?;
        let due =
            next.due.map(|due| self.moment(due)).unwrap_or_else(|| "nobody knows when".to_owned());
        Some(format!("{} by {due}, {}", next.step.word(), left(next, self.now)))
    }

    /// What whoever is asked about an alarm does next: a step that its severity has, or its end.
    pub(super) fn next_step(&self, alarm: &Alarm) -> String {
        let rule = self.policy.risk.as_ref().and_then(|it| it.severity(severity(alarm, it)));
        let has = |step: Step| step != Step::Contain || rule.is_none_or(|it| it.contain.is_some());
        let open = Step::ALL.into_iter().find(|step| alarm.taken(*step).is_none() && has(*step));
        let (id, story) = (safe(&alarm.id), safe(&alarm.stories.join(" ")));
        let line = match (alarm.kind, open.unwrap_or(Step::Recover)) {
            (AlarmKind::Incident, Step::Acknowledge) => format!("incident ack {id}"),
            (AlarmKind::Incident, Step::Contain) => format!("incident contain {id}"),
            (AlarmKind::Incident, Step::Recover) if alarm.is_open() => {
                format!("incident resolve {id}")
            }
            (AlarmKind::Incident, Step::Recover) if !alarm.needs_postmortem() => {
                format!("incident close {id}")
            }
            (AlarmKind::Incident, Step::Recover) => {
                let path = self.postmortem_of(alarm);
                match self.has_merged(&path) {
                    true => format!("incident close {id} --postmortem {}", safe(&path)),
                    false => format!("incident postmortem {id}"),
                }
            }
            (AlarmKind::Risk, Step::Acknowledge) => format!("risk update {id} --acknowledged"),
            (AlarmKind::Risk, Step::Contain) => format!("risk update {id} --contained"),
            (AlarmKind::Risk, Step::Recover) if alarm.is_open() => {
                format!("risk update {id} --mitigated")
            }
            (AlarmKind::Risk, Step::Recover) => format!("risk close {id} --reason TEXT"),
            (AlarmKind::Block, Step::Acknowledge) => format!("story ack {story}"),
            (AlarmKind::Block, Step::Contain) => format!("story ack {story} --contained"),
            (AlarmKind::Block, Step::Recover) => format!("story unblock {story} --reason TEXT"),
        };
        format!("`cargo xtask {line}`")
    }

    /// Where the postmortem of an incident is, or is laid out.
    pub(super) fn postmortem_of(&self, incident: &Alarm) -> String {
        let calendar = self.policy.calendar.as_ref();
        let root = calendar.map_or(DEFAULT_EVIDENCE, |calendar| calendar.evidence.as_str());
        let laid_out = || format!("{root}/incidents/{}.md", incident.id);
        incident.postmortem.clone().unwrap_or_else(laid_out)
    }

    /// Whether the base has a file.
    fn has_merged(&self, path: &str) -> bool {
        self.repository.tree(&self.base).is_ok_and(|tree| tree.has_file(path))
    }

    /// What becomes of merges where an alarm stopped them before, and after an entry of now.
    pub(super) fn merges_after(&self, alarm: &Alarm, stopped: bool, stops: bool) -> String {
        let of = safe(&scope(alarm.wave.as_deref(), &alarm.stories));
        match (stopped, stops) {
            (false, false) => String::new(),
            (false, true) => format!("; merges{of} are frozen from now on"),
            (true, true) => format!("; merges{of} stay frozen"),
            (true, false) => {
                let freezes = self.standing.freezes();
                let others = freezes.iter().filter(|freeze| freeze.id != alarm.id);
                let others: Vec<String> = others.map(|freeze| safe(freeze.id)).collect();
                match others.is_empty() {
                    true => "; merges go on at once".to_owned(),
                    false => format!("; merges stay frozen by {}", others.join(", ")),
                }
            }
        }
    }

    /// What freezes merges, a sentence each.
    pub(super) fn frozen(&self) -> Vec<String> {
        let said = |freeze: &Freeze<'_>| format!("{}{}", freeze.describe(), self.mark(freeze.id));
        let ended = self
            .ending()
            .into_iter()
            .map(|id| format!("merges are still frozen by {id}: its end is not in effect yet"));
        self.standing.freezes().iter().map(said).chain(ended).collect()
    }

    /// What froze merges until an entry that waits here: for everybody else it still does.
    pub(super) fn ending(&self) -> Vec<String> {
        let waits = |it: &&Alarm| self.standing.waiting.contains(&it.id);
        let ended = |it: &&Alarm| !it.stops_merges() && !it.frozen.is_empty();
        let alarms = self.standing.alarms.iter().filter(waits).filter(ended);
        alarms.map(|alarm| safe(&alarm.id)).collect()
    }

    /// Commits of the last days that went round a freeze, a warning each. What a merge brought
    /// is named by its own line: its subject, its branch.
    pub(super) fn slipped(&self) -> anyhow::Result<Vec<Finding>> {
        let from = self.now.checked_sub(RECENT).unwrap_or(Timestamp::MIN);
        let mut frozen = self.standing.alarms.iter().flat_map(|alarm| &alarm.frozen);
        if !frozen.any(|it| it.to.is_none_or(|to| to > from)) {
            return Ok(Vec::new());
        }
        let (repository, branch) = (&self.repository, &self.policy.programme.default_branch);
        let history = commits(repository.past(&self.base)?);
        let moves = repository.moves(&format!("refs/remotes/{REMOTE}/{branch}"))?;
        let tips = tips_of(&moves);
        let line = MainLine::of(&history, &self.base.id, Some(branch.as_str()), tips);
        let backlog = self.policy.backlog.as_ref();
        let mut found = went_round(repository, &line, &self.standing, backlog)?;
        let is_recent =
            |id: &str| line.commit(id).is_some_and(|it| it.committed >= from.as_second());
        found.retain(|(id, _)| is_recent(id));
        Ok(found.into_iter().map(|(_, it)| it).collect())
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
            let same = ours().find(|it| it.id.eq_ignore_ascii_case(id));
            let help = match same {
                Some(same) => format!("did you mean `{}`?", safe(&same.id)),
                None => format!("`cargo xtask {} list --all` lists them", kind.word()),
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
            Some(id) if kind == AlarmKind::Incident && !self.is_incident_id(&id) => {
                let example = self.new_id(kind, None)?;
                let message = format!(
                    "`{id}` is no incident id by policy/branches.toml, so it could have no hotfix branch"
                );
                refuse(
                    message,
                    &format!("leave `--id` out: the next free id is `{}`", safe(&example)),
                )
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

    /// Whether an incident may be called so: any way where policy gives incidents no form.
    fn is_incident_id(&self, id: &str) -> bool {
        let formed = self.policy.branches.as_ref().is_some_and(|it| incident_class(it).is_some());
        !formed || self.names_branch(id)
    }

    /// That an owner is none of the people whom policy knows, as a warning.
    pub(super) fn unknown_owner(&self, owner: Option<&str>) -> Option<Finding> {
        let people = &self.policy.ledger.people;
        let owner = owner.filter(|_| !people.is_empty())?;
        let is = |it: &&Person| it.name == owner || it.addresses.iter().any(|it| it == owner);
        if people.iter().any(|it| is(&it)) {
            return None;
        }
        let message = format!("policy/ledger.toml has no person `{}`", safe(owner));
        let otherwise = "use a name of its [people], or a role is asked for nobody";
        let help = did_you_mean(owner, people.iter().map(|it| &it.name), otherwise);
        Some(warn(Finding::new(Code::RiskUnowned, message).help(help)))
    }

    /// That an open incident has the same title, as a warning: it may be the same one.
    pub(super) fn twin(&self, title: &str, id: &str) -> Option<Finding> {
        let mut open = self.standing.of_kind(AlarmKind::Incident).filter(|it| it.is_open());
        let twin = open.find(|it| it.title == title && it.id != id)?;
        let message = format!("{} has the same title, and is open", safe(&twin.id));
        let help = format!(
            "if they are one, go on with {0}: `cargo xtask incident show {0}`",
            safe(&twin.id)
        );
        Some(warn(Finding::new(Code::MatterState, message).help(help)))
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

/// How long a merge that went round a freeze is shown everywhere; `audit` shows it for good.
const RECENT: SignedDuration = SignedDuration::from_hours(14 * 24);

/// A history, as it is judged.
#[must_use]
pub fn commits(past: Vec<Past>) -> Vec<LineCommit> {
    let commit = |Past { id, parents, tree, committed, message }| LineCommit {
        id,
        parents,
        tree,
        committed,
        message,
    };
    past.into_iter().map(commit).collect()
}

/// Where the remote's branch was seen, by the moves of it that this clone recorded, newest
/// first: since it was last forced, as what was taken back then is not of the branch.
#[must_use]
pub fn tips_of(moves: &[Move]) -> BTreeSet<String> {
    let forward = moves.iter().take_while(|it| it.forward == Some(true)).count();
    let after = moves.iter().take(forward + 1).map(|it| it.after.clone());
    after.chain(moves.iter().take(forward).map(|it| it.before.clone())).collect()
}

/// The commits of the default branch that went round a freeze, by their ids, a warning each.
/// A merge that only joins what this names anyway with the delivery of a hotfix is none.
///
/// # Errors
/// Where git fails.
pub fn went_round<'c>(
    repository: &Repository,
    line: &MainLine<'c>,
    standing: &Standing,
    backlog: Option<&Backlog>,
) -> anyhow::Result<Vec<(&'c str, Finding)>> {
    let mut found = Vec::new();
    for (commit, stops, joins) in line.went_round(standing, backlog) {
        if joins && repository.is_plain_merge(&commit.id)? {
            continue;
        }
        let ids: Vec<String> = stops.iter().map(|alarm| safe(&alarm.id)).collect();
        let subject = quoted(commit.subject());
        let (id, by) = (short(&commit.id), ids.join(", "));
        let message = format!("{id} {subject} was merged while {by} froze merges");
        let mut finding = Finding::new(Code::AuditBypass, message);
        finding.severity = Severity::Warn;
        let help = "find out who merged it, and have it reviewed or reverted; `cargo xtask audit`";
        found.push((commit.id.as_str(), finding.help(help)));
    }
    Ok(found)
}

fn warn(finding: Finding) -> Finding {
    Finding { severity: Severity::Warn, ..finding }
}

/// That a category is nearly the one at which a trigger looks, as a warning.
pub(super) fn mistyped(category: Option<&str>, looked_at: &str) -> Option<Finding> {
    let category = category.filter(|it| *it != looked_at)?;
    let help = did_you_mean(category, [looked_at], "");
    let message = format!("no trigger looks at the category `{}`", safe(category));
    (!help.is_empty()).then(|| warn(Finding::new(Code::RiskUnowned, message).help(help)))
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
    said: (Kind, &Map<String, Value>),
    now: Timestamp,
    findings: &mut Vec<Finding>,
) -> String {
    let Some(rules) = &policy.risk else {
        let mut finding = missing("there is no policy/risk.toml, so no clock runs".to_owned());
        finding.severity = Severity::Warn;
        findings.push(finding);
        return String::new();
    };
    let standing = Standing::of(Decision::draft(said, false, now), now);
    let calendar = policy.calendar.as_ref();
    let known = EscalationFacts { rules, programme: &policy.programme, calendar };
    let lines = lines(&standing.alarms, &known, now);
    let Some(OpenAlarm { alarm, clocks, asked, .. }) = lines.first() else { return String::new() };
    let Some(rule) = rules.severity(severity(alarm, rules)) else { return String::new() };
    let mut text = String::new();
    for action in &rule.action {
        text.push_str(&format!("at once: {}\n", safe(action)));
    }
    text.push_str(&format!("call them now, this program notifies nobody: {}\n", holders(asked)));
    for clock in clocks {
        let due = clock.due.map(|due| moment(due, &rules.zone));
        let due = due.unwrap_or_else(|| "nobody knows when".to_owned());
        let late = match clock.state(now) {
            ClockState::Violated => format!(", {}", left(clock, now)),
            _ => String::new(),
        };
        text.push_str(&format!("{} by {due} ({}{late})\n", clock.step.word(), clock.window));
    }
    text
}

/// The finding that policy says nothing of risks.
pub(super) fn missing(message: String) -> Finding {
    Finding::new(Code::PolicyMissing, message)
        .help("write one; `cargo xtask policy schema risk` lists its keys, docs/risks.md says why")
}
