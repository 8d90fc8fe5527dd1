//! `audit`: how each commit came to the default branch.

mod gather;
mod listed;
mod server;

use std::collections::BTreeMap;

use clap::{Args, ValueEnum};
use jiff::Timestamp;
use serde_json::{Value, json};

use super::rulesets::word;
use crate::judge::audit::{
    Activity, Landing, MainLine, Merged, Step, Way, direct, findings, forced, is_proven, landings,
    lost, pushed, steps, steps_since, unasked, whole,
};
use crate::judge::standing::is_explained;
use gather::Local;
use server::Remote;
use thrice_facts::clock;
use thrice_facts::git::Repository;
use thrice_facts::github::GitHub;
use thrice_facts::interrupt::Interrupt;
use thrice_findings::text::quoted;
use thrice_findings::{
    Answer, Code, Finding, Severity, Stop, Verdict, short, unless_refused, verdict,
};
use thrice_ledger::gather::{ALARMS, standing};
use thrice_patch::gather::gather_between;
use thrice_patch::judge::filemap::Rules;
use thrice_programme::world::World;
use thrice_report::Report;
use thrice_report::table::Table;
use thrice_report::text::{counted, cut, safe};
use thrice_risk::gather::went_round;

/// Goes over every commit that reached the default branch, and says of each whether it came
/// by a pull request with its checks, approvals, review and evidence.
#[derive(Debug, Args)]
pub struct Audit {
    /// Only commits since this day (UTC), such as `2026-01-31`. Default: all.
    #[arg(long, value_name = "DATE")]
    since: Option<String>,
    /// Whom to ask: this clone, or GitHub too.
    #[arg(long, value_enum, default_value = "local")]
    on: AuditOn,
}

/// Whom to ask.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
enum AuditOn {
    /// This clone, which knows what there is, and of force pushes what it saw of them.
    Local,
    /// GitHub too.
    Github,
}

/// A landing with its answers.
struct JudgedLanding<'a> {
    landing: Landing<'a>,
    answers: Vec<Answer>,
    answer: Verdict,
}

impl Audit {
    /// Runs the audit.
    ///
    /// # Errors
    /// Where the tool itself cannot do its part.
    pub fn run(self, world: &World) -> Result<Report, Stop> {
        let since = self.since.as_deref().map(midnight).transpose()?;
        let repository = world.repository()?;
        let interrupt = Interrupt::listen()?;
        let mut found = Vec::new();
        let Some(local) = Local::gather(world, &repository, &mut found)? else {
            return Err(found.into());
        };
        let branch = Some(local.branch.as_str());
        let mut main = MainLine::of(&local.commits, &local.head.id, branch, local.tips.clone());
        let seconds = since.map(Timestamp::as_second);
        let mut remote = None;
        if self.on == AuditOn::Github {
            let line = steps(&main);
            let steps = steps_since(&line, seconds);
            let asked = Remote::gather(world, &repository, &interrupt, &local, steps)?;
            main = undelivered(main, &asked, &local);
            remote = Some(asked);
        }
        let line = steps(&main);
        let steps = steps_since(&line, seconds);
        let pulls = remote.as_ref().map(|remote| remote.merged.as_slice());
        let frozen = frozen_then(world, &repository, (&local, &main), &mut found)?;
        found.extend(unapproved(world, &repository, (&local, steps))?);
        let no_parts = BTreeMap::new();
        let parts = remote.as_ref().map_or(&no_parts, |remote| &remote.parts);
        let mut judged = Vec::new();
        for landing in landings(steps, pulls, parts) {
            let mut answers = match remote.as_ref().zip(landing.way.pull()) {
                Some((remote, number)) => remote.answers(&local, number, &landing)?,
                None => Vec::new(),
            };
            if let Some(frozen) = landing.last().and_then(|last| frozen.get(last.id.as_str())) {
                let why = frozen.message.clone();
                answers.push(Answer::new(UNFROZEN.to_owned(), Verdict::Fail, why));
                if landing.way.pull().is_none() {
                    found.push(frozen.clone());
                }
            }
            judged.push(of(landing, answers));
        }
        let activity = remote.as_ref().map(|remote| remote.activity.as_slice()).unwrap_or_default();
        let ids: Vec<&str> = line.iter().map(|step| step.commit.id.as_str()).collect();
        for one in &judged {
            found.extend(of_landing(one, pulls.unwrap_or_default(), activity, &ids));
        }
        let recent = |at: Timestamp| since.is_none_or(|since| at >= since);
        let mut moved = local.moved.clone();
        moved.retain(|one| recent(one.at));
        found.extend(forced(activity, &moved));
        found.extend(lost(&local.commits, pulls.unwrap_or_default(), seconds));
        found.extend(remote.as_ref().and_then(|remote| remote.unseen.clone()));
        interrupt.heed()?;
        let mut report = report(&local, since, &judged, found);
        // Of 100,000 commits it is larger than all else together.
        if world.printer.is_for_programs() {
            report.data["landings"] = judged.iter().map(shown).collect();
        }
        Ok(report)
    }
}

/// The line without what came with the proven merge of a pull request: that merge answers for it.
/// What is older than the moves that the server keeps stays.
fn undelivered<'a>(main: MainLine<'a>, remote: &Remote<'_>, local: &Local) -> MainLine<'a> {
    let kept = remote.activity.iter().filter_map(|it| it.at.parse::<Timestamp>().ok());
    let Some(since) = kept.min().map(Timestamp::as_second) else { return main };
    let moves = remote.activity.iter().flat_map(|it| [it.before.as_str(), it.after.as_str()]);
    let is_there = |id: &&str| id.contains(|digit| digit != '0');
    let places = moves.filter(is_there).chain(local.tips.iter().map(String::as_str)).collect();
    main.without_delivered(|it| is_proven(it, &remote.merged, &remote.activity), &places, since)
}

/// The first second of a day, in UTC.
pub(super) fn midnight(day: &str) -> Result<Timestamp, Box<Finding>> {
    let parsed = day.parse::<jiff::civil::Date>().ok();
    let start = parsed.and_then(|day| day.to_zoned(jiff::tz::TimeZone::UTC).ok());
    start.map(|start| start.timestamp()).ok_or_else(|| {
        let finding = Finding::new(Code::UsageWrong, format!("`{day}` is no day"));
        Box::new(finding.help("write it as `2026-01-31`"))
    })
}

/// What each landing is asked of the freezes.
const UNFROZEN: &str = "merged during a freeze";

/// The commits of the default branch that went round a freeze, each with what is said of it.
fn frozen_then<'s>(
    world: &World,
    repository: &Repository,
    (local, line): (&Local, &MainLine<'s>),
    found: &mut Vec<Finding>,
) -> Result<BTreeMap<&'s str, Finding>, Stop> {
    let rules = unless_refused(world.policy_for_alarms(repository, &local.head, found))?;
    let Some((policy, _)) = rules else { return Ok(BTreeMap::new()) };
    let (rules, backlog) = (&policy.ledger, policy.backlog.as_ref());
    let standing = standing(repository, &local.head, rules, ALARMS, found)?;
    let Some(standing) = standing else { return Ok(BTreeMap::new()) };
    let refused = |(id, it)| (id, Finding { severity: Severity::Refuse, ..it });
    Ok(went_round(repository, line, &standing, backlog)?.into_iter().map(refused).collect())
}

/// Changes of policy on the default branch of which no approval holds that the rules before them
/// ask for. Where there is a server, reviews there can be approvals, too: `--on github` asks.
fn unapproved(
    world: &World,
    repository: &Repository,
    (local, steps): (&Local, &[Step<'_>]),
) -> Result<Vec<Finding>, Stop> {
    let mut found = Vec::new();
    if GitHub::named(repository).is_some() {
        return Ok(found);
    }
    let mut changes = repository.changes_of(&local.head.id, "policy", MOST + 1)?;
    let is_asked = |id: &String| steps.iter().any(|step| step.commit.id == *id);
    if changes.get(MOST as usize).is_some_and(is_asked) {
        let message = format!("only the newest {MOST} changes of policy/ were looked at");
        let help = "`--since DAY` names those that you ask for";
        found.push(Finding::new(Code::AuditUnseen, message).help(help));
    }
    changes.truncate(MOST as usize);
    for id in changes {
        let past = steps.iter().map(|step| step.commit).find(|one| one.id == id);
        let Some((past, parent)) = past.and_then(|past| Some((past, past.parents.first()?))) else {
            continue;
        };
        let ends = (repository.commit_of(parent.clone())?, repository.commit_of(id.clone())?);
        let patch = gather_between(world, repository, ends, &local.branch, Vec::new());
        let patch = match patch {
            Ok(patch) => patch,
            Err(stop) => {
                found.extend(unjudged(&id, stop.refusal()?));
                continue;
            }
        };
        let Some(filemap) = &patch.policy.filemap else { continue };
        let rules = Rules::new(filemap, None)?;
        let against = patch.judge(repository, &rules, &patch.rulings(&rules))?;
        let Some(lacks) = against.iter().find(|it| it.code == Code::ApprovalMissing) else {
            continue;
        };
        found.push(lacked(&format!("{} {}", short(&id), quoted(past.subject())), lacks));
    }
    Ok(found)
}

/// That a change of policy lacked an approval: where nobody else could have given it, as a note.
fn lacked(change: &str, lacks: &Finding) -> Finding {
    if is_explained(lacks) {
        let message =
            format!("{change} changed policy/, and nobody else had a role to approve that");
        let note = Finding::new(Code::AuditUnseen, message)
            .help("give a role to somebody else in policy/programme.toml");
        return Finding { severity: Severity::Note, ..note };
    }
    let message =
        format!("{change} changed policy/, and what it needed is not there: {}", lacks.message);
    let help = "find out who merged it, and have it approved now or reverted";
    Finding::new(Code::AuditUnseen, message).help(help)
}

/// What kept a change of policy from being judged; nothing where no rules were there before it.
fn unjudged(id: &str, refused: Vec<Finding>) -> Option<Finding> {
    let why = refused.into_iter().next().filter(|it| it.code != Code::PolicyMissing)?;
    let message = format!("{} changed policy/, and can't be judged: {}", short(id), why.message);
    Some(Finding::new(Code::AuditUnseen, message).help("look at it yourself: `git show`"))
}

/// How many changes of policy are looked at, the newest first.
const MOST: u32 = 100;

fn of(landing: Landing<'_>, answers: Vec<Answer>) -> JudgedLanding<'_> {
    let answer = match landing.way {
        _ if whole(&answers) == Verdict::Fail => Verdict::Fail,
        Way::Root => Verdict::Pass,
        Way::Direct => Verdict::Fail,
        Way::Unasked => Verdict::NotEstablished,
        _ => whole(&answers),
    };
    JudgedLanding { landing, answers, answer }
}

/// What speaks against a landing.
fn of_landing(
    judged: &JudgedLanding<'_>,
    pulls: &[Merged],
    activity: &[Activity],
    line: &[&str],
) -> Vec<Finding> {
    let Some(last) = judged.landing.last() else { return Vec::new() };
    let mut found = match judged.landing.way {
        Way::Root => Vec::new(),
        Way::Direct => vec![direct(last, pushed(activity, line, &last.id))],
        Way::Unasked => vec![unasked(last)],
        way => {
            let pull = pulls.iter().find(|pull| Some(pull.number) == way.pull());
            pull.map(|pull| findings(pull, &last.id, &judged.answers)).unwrap_or_default()
        }
    };
    if let Some(target) = judged.landing.reverts.first() {
        let message = format!("{} reverts {}", short(&last.id), short(target));
        found.push(Finding::new(Code::AuditRevert, message));
    }
    found
}

/// The report: how many commits, and how many of them how.
fn report(
    local: &Local,
    since: Option<Timestamp>,
    judged: &[JudgedLanding<'_>],
    found: Vec<Finding>,
) -> Report {
    let found = together(found);
    let count = |wanted: Verdict| -> usize {
        let ours = judged.iter().filter(|one| one.answer == wanted);
        ours.map(|one| one.landing.size()).sum()
    };
    let (proven, gone_round, open) =
        (count(Verdict::Pass), count(Verdict::Fail), count(Verdict::NotEstablished));
    let all = proven + gone_round + open;
    let mut table = Table::new(["commit", "what", "came by", "answer", "why"]);
    for one in judged.iter().rev() {
        let Some(last) = one.landing.last() else { continue };
        let way = match (one.landing.way, crate::judge::audit::named(last)) {
            (Way::Unasked, Some(number)) => format!("says #{number}"),
            (way, _) => way.words(),
        };
        let first = one.answers.iter().find(|it| it.verdict == one.answer);
        let why = match one.answer {
            Verdict::Pass => String::new(),
            _ => first.map(|it| format!("{}: {}", it.demand, it.why)).unwrap_or_default(),
        };
        let answer = word(one.answer).to_owned();
        table.row([
            short(&last.id).to_owned(),
            cut(&safe(last.subject()), WIDEST),
            way,
            answer,
            safe(&why),
        ]);
    }
    let mut report = Report::of(found);
    let bad = verdict(&report.findings);
    report.headline = Some(match bad {
        Verdict::Pass => format!("audit: {} came as the rules say", counted(all, "commit")),
        _ => format!(
            "audit: {}: {proven} as the rules say, {gone_round} around the rules, {open} unknown",
            counted(all, "commit")
        ),
    });
    // What speaks against them comes last, where a person looks first.
    report.body_first = bad != Verdict::Pass;
    if !judged.is_empty() {
        report.body = table.text();
    }
    let from = since.map(clock::rfc3339);
    let tail = format!("\n{} at {}", safe(&local.branch), short(&local.head.id));
    let since_text = from.as_deref().map(|from| format!(", since {from}")).unwrap_or_default();
    report.body.push_str(&format!("{tail}{since_text}\n"));
    report.data = json!({
        "branch": local.branch,
        "head": local.head.id,
        "since": from,
        "commits": { "all": all, "proven": proven, "disproven": gone_round, "not_established": open },
        "landings": [],
    });
    report
}

/// Commits of which nobody was asked make one finding, not thousands.
fn together(found: Vec<Finding>) -> Vec<Finding> {
    let (mut unasked, mut rest): (Vec<Finding>, Vec<Finding>) = found.into_iter().partition(|it| {
        it.code == Code::AuditUnseen && it.message.ends_with("is not to be seen in this clone")
    });
    match unasked.len() {
        0 => {}
        1 => rest.append(&mut unasked),
        number => {
            let message = format!(
                "this clone alone can't show how {number} commits and merges came: see the table"
            );
            let finding = Finding::new(Code::AuditUnseen, message);
            rest.push(finding.help("ask GitHub: `cargo xtask audit --on github`"));
        }
    }
    rest
}

/// The widest subject of the table, in characters.
const WIDEST: usize = 48;

fn shown(judged: &JudgedLanding<'_>) -> Value {
    let landing = &judged.landing;
    let commit = |step: &Step<'_>| json!({ "commit": step.commit.id, "brought": step.brought });
    let answer =
        |one: &Answer| json!({ "of": one.demand, "answer": word(one.verdict), "why": one.why });
    json!({
        "commits": landing.steps.iter().map(commit).collect::<Vec<_>>(),
        "subject": landing.last().map(crate::judge::audit::Commit::subject),
        "way": landing.way.words(),
        "pull": landing.way.pull(),
        "answer": word(judged.answer),
        "answers": judged.answers.iter().map(answer).collect::<Vec<_>>(),
        "reverts": landing.reverts,
    })
}
