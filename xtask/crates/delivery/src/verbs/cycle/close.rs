//! `cycle close`: what the end of a cycle demands, and the entry that records it.

use std::path::PathBuf;

use clap::Args;
use serde_json::{Map, Value, json};

use super::super::evidence::{pack::digest, server};
use super::super::recorded_after;
use super::super::story::gather::On;
use super::chosen;
use crate::gather::{Delivery, unknown_stories};
use crate::judge::backlog::{open_critical, still_runs, unproven};
use crate::judge::calendar::carried;
use crate::pages::status::{Progress, StoryLine, published};
use thrice_facts::files;
use thrice_findings::{Code, Finding, Place, Stop, Verdict, add_new, verdict};
use thrice_ledger::decisions::Standing;
use thrice_ledger::gather::read_whole;
use thrice_programme::calendar::Cycle;
use thrice_programme::calendar::days::{last_working_day, next_cycle, today};
use thrice_programme::ledger::Kind;
use thrice_programme::world::{World, head};
use thrice_report::Report;
use thrice_report::text::safe;
use thrice_risk::verbs::sla::fired;

/// Closes a cycle.
#[derive(Debug, Args)]
#[command(group(clap::ArgGroup::new("decision").required(true).args(["met", "not_met"])))]
pub struct Close {
    /// The cycle.
    id: String,
    /// Its exit criteria are met.
    #[arg(long)]
    met: bool,
    /// Its exit criteria are not met.
    #[arg(long)]
    not_met: bool,
    /// What was learned.
    #[arg(long, value_name = "TEXT")]
    lessons: String,
    /// SSH key to sign with. Default: git's `user.signingkey`.
    #[arg(long, value_name = "FILE")]
    key: Option<PathBuf>,
    /// Where pull requests and triggers are looked at.
    #[arg(long, value_enum, default_value = "local")]
    on: On,
    /// Records the decision in the ledger.
    #[arg(long)]
    execute: bool,
}

impl Close {
    pub(super) fn run(self, world: &World) -> Result<Report, Stop> {
        let repository = world.repository()?;
        read_whole(&repository);
        let delivery = Delivery::of(world, &repository)?;
        let (calendar, cycle) = chosen(&delivery, Some(&self.id))?;
        let mut findings = Vec::new();
        let record = delivery.recorded(world, &mut findings)?;
        let stories = match delivery.stories_of_cycle(cycle, &record) {
            Some(ids) => delivery.story_lines(world, &ids)?,
            None => {
                findings.push(*unknown_stories(&format!("cycle {}", cycle.id)));
                Vec::new()
            }
        };
        let closes = delivery.stories_of_waves(&cycle.closes).unwrap_or_default();
        let carried = carried(calendar, cycle, &record);
        let due = |story: &&StoryLine| closes.contains(&story.id) || carried.contains(&story.id);
        let due: Vec<StoryLine> = stories.iter().filter(due).cloned().collect();
        findings.extend(self.demands(&delivery, cycle, &record, &due)?);
        if self.met {
            findings.extend(self.gates(&delivery, cycle, &record));
            let ids: Vec<String> = stories.iter().map(|story| story.id.clone()).collect();
            findings.extend(open_critical(&record, &ids));
            findings.extend(cycle.drills.iter().filter_map(|drill| unproven(drill, &record)));
            add_new(&mut findings, fired(world, self.on == On::Github)?);
            findings.extend(self.pulls(&delivery, cycle)?);
        }
        let has_evidence = self.met && !closes.is_empty();
        let pack = match has_evidence && verdict(&findings) == Verdict::Pass {
            true => digest(&delivery, &cycle.id, &head(&repository)?, &mut findings)?,
            false => None,
        };
        if verdict(&findings) != Verdict::Pass {
            let mut report = Report::of(findings);
            report.body = exit_list(cycle);
            return Ok(report);
        }
        self.record(world, (cycle, next_id(&delivery, cycle)), (&stories, pack), findings)
    }

    /// What the server has against the pull requests that evidence links, where it is asked.
    fn pulls(&self, delivery: &Delivery<'_>, cycle: &Cycle) -> Result<Vec<Finding>, Stop> {
        let mut findings = Vec::new();
        if self.on == On::Github {
            for subject in delivery.subjects(&cycle.id)? {
                let folder = delivery.evidence(&subject)?;
                findings.extend(server::pull(delivery, &subject, &folder, true)?);
            }
        }
        Ok(findings)
    }

    /// What P-7.1 demands of the end of a cycle; the stories are those that it
    /// must finish.
    fn demands(
        &self,
        delivery: &Delivery<'_>,
        cycle: &Cycle,
        record: &Standing,
        stories: &[StoryLine],
    ) -> anyhow::Result<Vec<Finding>> {
        let mut findings = Vec::new();
        let id = &cycle.id;
        if record.closed_cycle(id).is_some() {
            findings.push(
                Finding::new(Code::CycleClosed, format!("cycle {id} is closed already"))
                    .help("`cargo xtask ledger show --kind cycle-close`"),
            );
        }
        let Some(calendar) = &delivery.policy.calendar else { return Ok(findings) };
        let last = last_working_day(calendar, cycle.window);
        let day = today(calendar, delivery.now);
        let open = open(stories);
        let done = if self.met { stories.len() - open.len() } else { 0 };
        let early = still_runs(calendar, cycle, (done, stories.len()), day);
        let last = if early.is_none() { last.min(day) } else { last };
        findings.extend(early);
        let log = calendar.status_log.as_deref();
        let help = format!("`cargo xtask cycle status {id} --append` on {last} or later");
        match log {
            None => findings.push(
                Finding::new(
                    Code::CycleOpen,
                    "policy names no log in which the status is published",
                )
                .help("add `status = …` to `[logs]` of policy/calendar.toml"),
            ),
            Some(log) => {
                let path = delivery.repository.root().join(log);
                let text = files::read_if_there(&path)?.unwrap_or_default();
                let text = String::from_utf8_lossy(&text);
                let newest = published(&text, &format!("cycle {id}"));
                if newest.is_none_or(|newest| newest < last) {
                    let message = match newest {
                        Some(newest) => format!("the newest status of cycle {id} is of {newest}"),
                        None => format!("no status of cycle {id} is published"),
                    };
                    findings.push(
                        Finding::new(Code::CycleOpen, message).help(help).at(Place::file(log)),
                    );
                }
            }
        }
        if self.met && !open.is_empty() {
            let message = format!("cycle {id} is not met: open are {}", open.join(", "));
            let mut finding = Finding::new(Code::CycleOpen, message).help(
                "close it with `--not-met`: what is open is recorded, and moves to the next cycle",
            );
            let left = stories.iter().filter(|story| story.state != Progress::Done);
            finding.quote = left.map(|story| format!("{}: {}", story.id, story.why)).collect();
            findings.push(finding);
        }
        findings.extend(record.unowned());
        Ok(findings)
    }

    /// The gates of the waves that it must finish are passed where it is met (P-7).
    fn gates(&self, delivery: &Delivery<'_>, cycle: &Cycle, record: &Standing) -> Vec<Finding> {
        let open = cycle.closes.iter().filter(|wave| !record.is_passed(wave, delivery.now));
        let finding = |wave: &String| {
            let said = match record.gate(wave) {
                None => "no decision at the gate of",
                Some(_) => "no pass that holds now at the gate of",
            };
            let message = format!("{said} {wave} is recorded{}", record.why_not(wave));
            let on = if self.on == On::Github { " --on github" } else { "" };
            Finding::new(Code::CycleOpen, message).help(format!(
                "`cargo xtask wave gate {wave}{on} --execute`, or close the cycle with `--not-met`"
            ))
        };
        open.map(finding).collect()
    }

    fn record(
        self,
        world: &World,
        (cycle, next): (&Cycle, Option<&str>),
        (stories, pack): (&[StoryLine], Option<String>),
        findings: Vec<Finding>,
    ) -> Result<Report, Stop> {
        let decision = if self.met { "met" } else { "not-met" };
        let done: Vec<&str> = stories
            .iter()
            .filter(|it| it.state == Progress::Done)
            .map(|it| it.id.as_str())
            .collect();
        let open = open(stories);
        let data = json!({
            "cycle": cycle.id,
            "decision": decision,
            "stories_done": done,
            "stories_open": open,
            "lessons": self.lessons,
        });
        let mut data: Map<String, Value> = data.as_object().cloned().unwrap_or_default();
        let moved = match (open.len(), next) {
            (0, _) => "nothing is left open".to_owned(),
            (_, Some(next)) => {
                data.insert("moved_to".to_owned(), next.into());
                format!("left open, and moved to {next}: {}", open.join(", "))
            }
            (_, None) => {
                format!("left open, with no cycle to move to: {}", open.join(", "))
            }
        };
        if let Some(digest) = pack {
            data.insert("evidence_sha256".to_owned(), digest.into());
        }
        let shown = format!("cycle {} is closed as {decision}; {moved}", safe(&cycle.id));
        let recorded = (Kind::CycleClose, data, shown.as_str());
        let signed = if self.execute { String::new() } else { exit_list(cycle) };
        recorded_after(world, recorded, (self.key, self.execute), findings, &signed)
    }
}

/// The id of the cycle that comes next.
fn next_id<'d>(delivery: &'d Delivery<'_>, cycle: &Cycle) -> Option<&'d str> {
    let calendar = delivery.policy.calendar.as_ref()?;
    next_cycle(calendar, cycle).map(|next| next.id.as_str())
}

/// Stories that are not done.
fn open(stories: &[StoryLine]) -> Vec<&str> {
    let open = stories.iter().filter(|story| story.state != Progress::Done);
    open.map(|story| story.id.as_str()).collect()
}

/// What whoever closes a cycle signs for.
fn exit_list(cycle: &Cycle) -> String {
    let lines: Vec<String> = cycle.exit.iter().map(|exit| format!("  {}\n", safe(exit))).collect();
    format!("exit criteria of cycle {}:\n{}", safe(&cycle.id), lines.concat())
}
