//! `sla`: the clocks of risks, blocks and incidents, as on-call looks at them (P-6).

mod notify;
mod server;
mod watch;

use std::collections::{BTreeMap, BTreeSet};

use clap::Args;
use jiff::Timestamp;
use serde_json::{Value, json};

use super::risk::data;
use crate::gather::{RiskInput, missing};
use crate::judge::clocks::escalation::{EscalationFacts, asked};
use crate::judge::clocks::triggers::{Answer, Runs, TriggerFacts, answer};
use crate::judge::clocks::{ClockState, OpenAlarm, lines};
use crate::page::{headline, holders, left, moment, table, triggers};
use thrice_facts::clock::rfc3339;
use thrice_facts::github::GitHub;
use thrice_facts::interrupt::Interrupt;
use thrice_findings::{Code, Finding, Severity, Stop};
use thrice_ledger::decisions::Alarm;
use thrice_programme::risk::{RiskRules, Trigger, TriggerDemand};
use thrice_programme::world::World;
use thrice_report::Report;
use thrice_report::text::{duration, safe};

const NAME: &str = "sla";

/// Says what is due, what is violated, and who is asked.
#[derive(Debug, Args)]
pub struct Sla {
    /// Opens or updates one issue on GitHub for each matter that is escalated.
    #[arg(long)]
    notify: bool,
    /// Shows which issues it would open or update, and does neither.
    #[arg(long, requires = "notify")]
    dry_run: bool,
    /// Refreshes the screen until Ctrl-C; terminals only.
    #[arg(long, conflicts_with = "notify")]
    watch: bool,
}

impl Sla {
    /// Says it.
    ///
    /// # Errors
    /// Where git fails.
    pub fn run(self, world: &World) -> Result<Report, Stop> {
        if self.watch {
            return watch::watch(world);
        }
        let interrupt = Interrupt::listen()?;
        let gathered = RiskInput::gather(world, self.notify).map(RiskInput::for_showing);
        let screen = gathered.and_then(|it| Screen::from(it, true, &interrupt));
        interrupt.heed()?;
        let screen = screen?;
        let mut report = screen.report();
        if self.notify {
            screen.notify(&interrupt, !self.dry_run, &mut report);
        }
        interrupt.heed()?;
        Ok(report)
    }
}

/// Something that is to be answered, as `today` shows it.
#[derive(Clone, Debug)]
pub struct Matter {
    /// Its id.
    pub id: String,
    /// What it is about.
    pub title: String,
    /// Severity.
    pub severity: &'static str,
    /// Owner; whoever is asked now where nobody does.
    pub owner: String,
    /// Which step is due next, and by when or since when.
    pub next: String,
    /// The command that leads on.
    pub command: String,
}

/// What somebody has to answer now, as `today` shows it.
#[derive(Debug, Default)]
pub struct Matters {
    /// The triggers that fired, then alarms, the most pressing first.
    pub matters: Vec<Matter>,
    /// What freezes merges, a sentence each.
    pub frozen: Vec<String>,
    /// What was found while gathering: what could not be asked, or used.
    pub findings: Vec<Finding>,
}

/// What somebody has to answer now; only what freezes merges where no policy says how fast.
///
/// # Errors
/// Where git fails, or the ledger cannot be read.
pub fn matters(world: &World) -> Result<Matters, Stop> {
    let gathered = RiskInput::of(world)?;
    let (frozen, mut findings) = (gathered.frozen(), gathered.findings.clone());
    findings.extend(gathered.slipped()?);
    if gathered.policy.risk.is_none() {
        return Ok(Matters { matters: Vec::new(), frozen, findings });
    }
    let screen = Screen::from(gathered, false, &Interrupt::listen()?)?;
    let answers = screen.answers();
    let fired = answers.iter().filter_map(|(trigger, answer)| screen.fired(trigger, answer));
    let lines = screen.lines();
    let alarms = lines.iter().map(|line| matter(line, &screen));
    Ok(Matters { matters: fired.chain(alarms).collect(), frozen, findings })
}

fn matter(line: &OpenAlarm<'_>, screen: &Screen) -> Matter {
    let (gathered, zone, now) = (&screen.gathered, &screen.rules.zone, screen.now());
    let asked = holders(&line.asked);
    let owner = match (&line.alarm.owner, line.level) {
        (Some(owner), 0) => owner.clone(),
        (Some(owner), level) => format!("{owner}; level {level}: {asked}"),
        (None, _) => asked,
    };
    let running = line.clocks.iter().filter(|clock| clock.stopped.is_none());
    let next = running.min_by_key(|clock| clock.due);
    let next = next.map_or_else(
        || {
            if line.alarm.is_open() {
                "no clock runs"
            } else {
                "merges stay frozen until it is closed"
            }
            .to_owned()
        },
        |clock| {
            let due = clock.due.map(|due| format!(" by {}", moment(due, zone)));
            format!("{}{}, {}", clock.step.word(), due.unwrap_or_default(), left(clock, now))
        },
    );
    Matter {
        id: format!("{}{}", line.alarm.id, gathered.mark(&line.alarm.id)),
        title: line.alarm.title.clone(),
        severity: line.alarm.severity.word(),
        owner,
        next,
        command: gathered.next_step(line.alarm).replace('`', ""),
    }
}

/// What alarms have against passing a gate: triggers that have come and that nobody has in
/// hand, where `online` those of which nobody can say, merges that went round a freeze, and what
/// was found while looking.
///
/// # Errors
/// Where git fails, or the ledger cannot be read.
pub fn fired(world: &World, online: bool) -> Result<Vec<Finding>, Stop> {
    let gathered = RiskInput::gather(world, true)?;
    let mut all = gathered.findings.clone();
    all.extend(gathered.slipped()?);
    if gathered.policy.risk.is_none() {
        return Ok(all);
    }
    let interrupt = Interrupt::listen()?;
    let screen = Screen::from(gathered, online, &interrupt)?;
    let answers = screen.answers();
    let found = answers.iter().filter_map(|(trigger, answer)| screen.of_trigger(trigger, answer));
    all.extend(found.filter(|finding| online || finding.code == Code::SlaTrigger));
    Ok(all)
}

/// All that the screen shows.
pub struct Screen {
    pub(super) gathered: RiskInput,
    /// The rules of risks.
    pub rules: RiskRules,
    checks: BTreeMap<String, Result<Runs, String>>,
    github: Result<GitHub, Finding>,
}

impl Screen {
    /// Gathers it; `ask` says whether GitHub is asked for the checks that triggers name.
    ///
    /// # Errors
    /// The findings where no rules of risks are there; where git fails.
    pub fn of(world: &World, ask: bool, interrupt: &Interrupt) -> Result<Self, Stop> {
        Self::from(RiskInput::of(world)?, ask, interrupt)
    }

    fn from(gathered: RiskInput, ask: bool, interrupt: &Interrupt) -> Result<Self, Stop> {
        let Some(rules) = gathered.policy.risk.clone() else {
            let finding =
                missing(format!("there is no `{}/risk.toml` at the base", gathered.shown));
            return Err(finding.into());
        };
        let github = GitHub::of(&gathered.repository, interrupt).map_err(|finding| *finding);
        let mut checks = BTreeMap::new();
        for trigger in &rules.triggers {
            if let TriggerDemand::Check { name, failures } = &trigger.demand {
                let runs = match &github {
                    Ok(_) if !ask => Err(format!("the server was not asked for `{name}`")),
                    Ok(github) => server::runs(github, &gathered.policy, name, *failures),
                    Err(finding) => Err(finding.message.clone()),
                };
                checks.insert(name.clone(), runs);
            }
        }
        Ok(Self { gathered, rules, checks, github })
    }

    fn known(&self) -> EscalationFacts<'_> {
        let policy = &self.gathered.policy;
        EscalationFacts {
            rules: &self.rules,
            programme: &policy.programme,
            calendar: policy.calendar.as_ref(),
        }
    }

    /// What is to be answered, the most pressing first.
    #[must_use]
    pub fn lines(&self) -> Vec<OpenAlarm<'_>> {
        lines(&self.gathered.standing.alarms, &self.known(), self.gathered.now)
    }

    /// The triggers, each with whether it has come.
    #[must_use]
    pub fn answers(&self) -> Vec<(&Trigger, Answer)> {
        let facts = TriggerFacts {
            standing: &self.gathered.standing,
            checks: &self.checks,
            rules: &self.rules,
            now: self.gathered.now,
        };
        self.rules.triggers.iter().map(|trigger| (trigger, answer(trigger, &facts))).collect()
    }

    /// What whoever is asked about an alarm does next.
    #[must_use]
    pub fn next_step(&self, alarm: &Alarm) -> String {
        self.gathered.next_step(alarm)
    }

    /// What freezes merges, a sentence each.
    #[must_use]
    pub fn frozen(&self) -> Vec<String> {
        self.gathered.frozen()
    }

    /// The time of the screen.
    #[must_use]
    pub fn now(&self) -> Timestamp {
        self.gathered.now
    }

    /// What was found while gathering.
    #[must_use]
    pub fn findings(&self) -> &[Finding] {
        &self.gathered.findings
    }

    fn report(&self) -> Report {
        let (lines, answers) = (self.lines(), self.answers());
        let now = self.gathered.now;
        let mut findings = self.gathered.findings.clone();
        // That all is in time was not seen by rules or entries that may be older than others'.
        let is_old =
            |it: &&mut Finding| [Code::SlaUnseen, Code::LedgerUnreached].contains(&it.code);
        findings.iter_mut().filter(is_old).for_each(|it| it.severity = Severity::Refuse);
        for line in &lines {
            findings.extend(self.of_line(line));
        }
        findings.extend(self.of_triggers(&answers));
        let asked = lines.iter().flat_map(|line| &line.asked);
        let gaps: BTreeSet<&str> =
            asked.filter(|holder| holder.is_gap).map(|holder| holder.role.as_str()).collect();
        findings.extend(gaps.into_iter().map(|role| {
            let message = format!("nobody is on the rota of {} now", safe(role));
            let help = "add a shift of this time to policy/risk.toml";
            Finding::new(Code::RotaGap, message).help(help)
        }));
        let mut report = Report::of(findings);
        let freezes = self.gathered.standing.freezes();
        let taken = |it: &&(&Trigger, Answer)| matches!(&it.1, Answer::Fired(_, key) if self.gathered.standing.in_hand(&it.0.id, key).is_some());
        let in_hand = answers.iter().filter(taken).count();
        let ending = self.gathered.ending();
        report.headline = Some(headline((&lines, now), (&answers, in_hand), (&freezes, &ending)));
        report.body_first = true;
        let zone = &self.rules.zone;
        let parts = [table(&lines, zone, now), triggers(&answers, &self.gathered.standing)];
        report.body = parts.concat();
        let uncounted = self.gathered.standing.uncounted.len();
        if uncounted > 0 {
            report.body.push_str(&format!(
                "entries of the ledger that do not count: {uncounted}; `cargo xtask risk list` says why\n\n"
            ));
        }
        report.data = json!({
            "now": rfc3339(now),
            "matters": lines.iter().map(|line| of_line(line, now)).collect::<Vec<_>>(),
            "triggers": answers.iter().map(|(trigger, answer)| of_answer(trigger, answer)).collect::<Vec<_>>(),
            "uncounted": self.gathered.uncounted(),
        });
        report
    }

    fn of_line(&self, line: &OpenAlarm<'_>) -> Vec<Finding> {
        let now = self.gathered.now;
        let (id, word) = (safe(&line.alarm.id), line.alarm.severity.word());
        let mut findings = Vec::new();
        let violated = line.violated(now);
        if let Some((_, first)) = violated.first() {
            let steps: Vec<&str> = violated.iter().map(|(step, _)| step.word()).collect();
            let over = duration(now.duration_since(*first).as_secs().unsigned_abs());
            let since = moment(*first, &self.rules.zone);
            let message = format!(
                "{id} ({word}): the deadline to {} passed at {since}, {over} ago; level {}, now ask {}",
                steps.join(", "),
                line.level,
                holders(&line.asked)
            );
            findings.push(
                Finding::new(Code::SlaViolated, message).help(self.gathered.next_step(line.alarm)),
            );
        }
        let unknown = line.clocks.iter().filter(|clock| clock.state(now) == ClockState::Unknown);
        findings.extend(unknown.map(|clock| {
            let message = format!("{id}: nobody knows when to {}", clock.step.word());
            Finding::new(Code::SlaUnseen, message)
                .help("let policy/calendar.toml have working days after the last that it has")
        }));
        let late = line.clocks.iter().filter(|clock| clock.is_reported_late());
        findings.extend(late.map(|clock| {
            let message = format!(
                "{id}: {} was recorded after its deadline, with a time before it",
                clock.step.word()
            );
            Finding::new(Code::SlaReportedLate, message)
                .help("compare that time with your chat or the monitoring")
        }));
        if line.outlasts_cycle {
            let stories = safe(&line.alarm.stories.join(" "));
            let since = moment(line.alarm.opened, &self.rules.zone);
            let message = format!("{stories} is blocked since {since}, longer than a cycle");
            findings.push(
                Finding::new(Code::SlaReplan, message)
                    .help("look at its scope, start fewer stories, put the wave in another order"),
            );
        }
        findings
    }

    /// What the triggers say; those that nobody can judge for one reason are one finding.
    fn of_triggers(&self, answers: &[(&Trigger, Answer)]) -> Vec<Finding> {
        let mut unseen: BTreeMap<&str, Vec<String>> = BTreeMap::new();
        let mut findings = Vec::new();
        for (trigger, answer) in answers {
            if let Answer::Unknown(why) = answer {
                unseen.entry(why).or_default().push(safe(&trigger.id));
            }
        }
        for (trigger, answer) in answers {
            let mut finding = self.of_trigger(trigger, answer);
            if let Answer::Unknown(why) = answer {
                let ids = unseen.remove(why.as_str()).filter(|ids| !ids.is_empty());
                let message = ids.map(|ids| match ids.len() {
                    1 => format!("trigger {}: {why}", ids.concat()),
                    _ => format!("triggers {}: {why}", ids.join(", ")),
                });
                finding = message.zip(finding).map(|(message, it)| Finding { message, ..it });
            }
            findings.extend(finding);
        }
        findings
    }

    pub(super) fn of_trigger(&self, trigger: &Trigger, answer: &Answer) -> Option<Finding> {
        let id = safe(&trigger.id);
        match answer {
            Answer::Quiet(_) => None,
            Answer::Fired(why, key) => {
                if let Some(known) = self.gathered.standing.in_hand(&trigger.id, key) {
                    let (who, note) = (&known.actor, safe(&known.content.note));
                    let message = format!("trigger {id}: {why}; in hand of {who}: {note}");
                    let mut finding = Finding::new(Code::SlaTrigger, message);
                    finding.severity = Severity::Warn;
                    return Some(
                        finding
                            .help("it stays until its cause is gone; `cargo xtask trigger list`"),
                    );
                }
                let to = holders(&self.asked_at_once(trigger));
                let message = format!("trigger {id}: {why}; escalated at once to {to}");
                let finding = Finding::new(Code::SlaTrigger, message).at(trigger.place.clone());
                let help = format!(
                    "inform whoever is named, then `cargo xtask trigger ack {id} --note TEXT`"
                );
                Some(finding.help(help))
            }
            Answer::Unknown(why) => {
                let message = format!("trigger {id}: {why}");
                let finding = Finding::new(Code::SlaUnseen, message).at(trigger.place.clone());
                Some(finding.help(match &trigger.demand {
                    TriggerDemand::Check { .. } => "see that this machine reaches GitHub, and that the check ran",
                    _ => "`cargo xtask drill record NAME --pass --rto TIME --rpo TIME`, once it was held",
                }))
            }
        }
    }

    /// A trigger that has come, and that nobody has in hand.
    #[must_use]
    pub fn fired(&self, trigger: &Trigger, answer: &Answer) -> Option<Matter> {
        let Answer::Fired(why, key) = answer else { return None };
        let is_in_hand = self.gathered.standing.in_hand(&trigger.id, key).is_some();
        (!is_in_hand).then(|| Matter {
            id: trigger.id.clone(),
            title: why.clone(),
            severity: trigger.severity.word(),
            owner: holders(&self.asked_at_once(trigger)),
            next: "trigger fired: answer it now".to_owned(),
            command: format!("cargo xtask trigger ack {} --note TEXT", trigger.id),
        })
    }

    /// Who is asked where a trigger has come.
    fn asked_at_once(&self, trigger: &Trigger) -> Vec<crate::judge::clocks::Holder> {
        let now = self.gathered.now;
        asked(&self.known(), trigger.severity, None, trigger.levels, now)
    }
}

fn of_line(line: &OpenAlarm<'_>, now: Timestamp) -> Value {
    let clocks: Vec<Value> = line
        .clocks
        .iter()
        .map(|clock| {
            json!({
                "step": clock.step.word(),
                "state": clock.state(now).word(),
                "window": clock.window.to_string(),
                "began_at": rfc3339(clock.began),
                "due_at": clock.due.map(rfc3339),
                "stopped_at": clock.stopped.as_ref().map(|stop| rfc3339(stop.at)),
                "reported_late": clock.is_reported_late(),
            })
        })
        .collect();
    let asked: Vec<Value> = line
        .asked
        .iter()
        .map(|holder| json!({ "role": holder.role, "names": holder.names, "gap": holder.is_gap }))
        .collect();
    json!({
        "matter": data(line.alarm),
        "clocks": clocks,
        "level": line.level,
        "asked": asked,
        "outlasts_cycle": line.outlasts_cycle,
    })
}

fn of_answer(trigger: &Trigger, answer: &Answer) -> Value {
    let (state, said) = match answer {
        Answer::Quiet(said) => ("quiet", said),
        Answer::Fired(said, _) => ("fired", said),
        Answer::Unknown(said) => ("not established", said),
    };
    json!({ "trigger": trigger.id, "state": state, "said": said })
}
