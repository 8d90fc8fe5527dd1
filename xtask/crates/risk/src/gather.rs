//! Gathering risks, blocks and incidents: the ledger as it is here, by the rules and keys
//! of the base.

use jiff::Timestamp;

use super::recorded::{Standing, clocked, entries};
use crate::judge::clocks::escalation::{Known, asked};
use crate::judge::clocks::triggers::{Drill, drills};
use crate::judge::clocks::{Matter, Said, Sort, clocks, matters};
use crate::page::{holders, moment};
use thrice_facts::clock;
use thrice_facts::git::{Commit, Repository};
use thrice_findings::{Code, Finding, Severity, Stop};
use thrice_ledger::Entry;
use thrice_ledger::signature::Keygen;
use thrice_policy::table::nearest;
use thrice_programme::ledger::Kind;
use thrice_programme::world::World;
use thrice_programme::{LedgerRules, Policy};
use thrice_report::text::safe;

/// All that is known of what goes wrong.
pub struct Gathered {
    pub repository: Repository,
    pub base: Commit,
    pub policy: Policy,
    /// The policy folder, as people know it.
    pub(super) shown: String,
    /// Matters, those that are over included.
    pub matters: Vec<Matter>,
    /// The newest drill of each name.
    pub(super) drills: Vec<Drill>,
    /// Why entries that would calm do not count.
    pub(super) uncounted: Vec<String>,
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
        let all = entries(&repository, &base, &policy.ledger, &mut findings)?;
        let Some(all) = all else {
            return Err(findings.into());
        };
        let ours = |entry: &&Entry| {
            use Kind::{Block, Drill, Incident, Risk, Unblock};
            matches!(entry.said.kind, Risk | Incident | Block | Unblock | Drill)
        };
        let all: Vec<&Entry> = all.iter().filter(ours).collect();
        let standings = standings(&repository, &base, &policy.ledger, &all)?;
        let said = || clocked(&all, &standings);
        let now = clock::now();
        let matters = matters(said(), policy.risk.as_ref(), now);
        let drills = drills(said());
        let uncounted = standings.iter().filter_map(|it| it.why_not.clone()).collect();
        let shown = source.shown;
        Ok(Self { repository, base, policy, shown, matters, drills, uncounted, now, findings })
    }

    /// What it is for commands that only record: what is not seen keeps nobody from saying
    /// what is so.
    pub fn recording(world: &World) -> Result<Self, Stop> {
        let mut gathered = Self::of(world)?;
        let unseen = gathered.findings.iter_mut().filter(|it| it.code == Code::SlaUnseen);
        unseen.for_each(|finding| finding.severity = Severity::Warn);
        Ok(gathered)
    }

    /// A risk or an incident; the finding that there is none otherwise.
    pub(super) fn matter(&self, sort: Sort, id: &str) -> Result<&Matter, Box<Finding>> {
        let ours = || self.matters.iter().filter(|matter| matter.sort == sort);
        ours().find(|matter| matter.id == id).ok_or_else(|| {
            let help = match nearest(id, ours().map(|matter| matter.id.as_str())) {
                Some(near) => format!("did you mean `{near}`?"),
                None => format!("`cargo xtask {} list --all`", sort.word()),
            };
            let message = format!("there is no {} `{}`", sort.word(), safe(id));
            Box::new(Finding::new(Code::MatterUnknown, message).help(help))
        })
    }

    /// An id that no other matter has: the one that was given, or one of the time.
    pub(super) fn new_id(&self, sort: Sort, given: Option<String>) -> Result<String, Box<Finding>> {
        let is_known = |id: &str| self.matters.iter().any(|it| it.id.eq_ignore_ascii_case(id));
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
                let letters = if sort == Sort::Risk { "R" } else { "INC" };
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
pub fn answer(policy: &Policy, said: Said<'_>, findings: &mut Vec<Finding>) -> String {
    let Some(rules) = &policy.risk else {
        let mut finding = missing("there is no policy/risk.toml, so no clock runs".to_owned());
        finding.severity = Severity::Warn;
        findings.push(finding);
        return String::new();
    };
    let all = matters(std::iter::once(said), Some(rules), said.at);
    let rule = all.first().and_then(|matter| Some((matter, rules.severity(matter.severity)?)));
    let Some((matter, rule)) = rule else { return String::new() };
    let calendar = policy.calendar.as_ref();
    let known = Known { rules, programme: &policy.programme, calendar };
    let asked = asked(&known, matter.severity, matter.owner.as_deref(), 0, said.at);
    let mut text = String::new();
    for action in &rule.action {
        text.push_str(&format!("at once: {}\n", safe(action)));
    }
    text.push_str(&format!("asked: {}\n", holders(&asked)));
    for clock in clocks(matter, rules, calendar) {
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

fn standings(
    repository: &Repository,
    base: &Commit,
    rules: &LedgerRules,
    entries: &[&Entry],
) -> anyhow::Result<Vec<Standing>> {
    if entries.is_empty() {
        return Ok(Vec::new());
    }
    let keygen = Keygen::at(repository, base, rules)?;
    Ok(entries.iter().map(|entry| Standing::of(entry, rules, &keygen)).collect())
}
