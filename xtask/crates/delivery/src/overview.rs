//! All that is to be delivered, at a glance: stories, waves, the cycle and the sprints, as
//! their own verbs judge them.

use jiff::civil::Date;
use jiff::tz::TimeZone;

use crate::gather::Delivery as Evidenced;
use crate::judge::backlog::{Status, is_open};
use crate::verbs::cycle::day_words;
use crate::verbs::sprint::{gate::SprintFacts, overview::rows};
use crate::verbs::story::gather::{Delivery, On};
use crate::verbs::wave::lacks;
use thrice_facts::clock;
use thrice_findings::{Finding, Stop, unless_refused};
use thrice_programme::calendar::days::{current_cycle, current_sprint, evidence_due};
use thrice_programme::calendar::{Sprint, Window};
use thrice_programme::world::World;
use thrice_programme::{Story, Wave};

/// Stories and waves.
pub struct Stories {
    /// Stories with their states, in file order.
    pub stories: Vec<(Story, Status)>,
    /// Waves, in file order.
    pub waves: Vec<WaveStands>,
    /// What was found on the way.
    pub findings: Vec<Finding>,
}

/// How far a wave has come.
pub struct WaveStands {
    /// The wave.
    pub wave: Wave,
    /// The wave whose gate must be passed before, where it is not.
    pub waits_for: Option<String>,
    /// Whether its own gate is passed.
    pub is_passed: bool,
    /// What its gate still wants; nothing was looked at of a wave that waits or is passed.
    pub lacks: Vec<Finding>,
}

/// The present cycle, and all sprints.
pub struct Planned {
    /// The zone in which days are meant.
    pub zone: TimeZone,
    /// The present cycle: its id, its other name, its days, and where today is in it.
    pub cycle: Option<(String, Option<String>, Window, String)>,
    /// Sprints, in the order of their days.
    pub sprints: Vec<SprintStands>,
}

/// How far a sprint has come.
pub struct SprintStands {
    /// The sprint.
    pub sprint: Sprint,
    /// Whether today is one of its days.
    pub is_present: bool,
    /// Where today is in it, in words.
    pub day: String,
    /// Stories that are done, and all; none where nothing says which they are.
    pub stories: Option<(usize, usize)>,
    /// Evidence that is there, and all that its gate wants.
    pub evidence: (usize, usize),
    /// Checklists that are done, and all.
    pub checklists: (usize, usize),
    /// `Planned`, `In Progress`, `Done` or `Open`.
    pub status: &'static str,
    /// The day by whose end the evidence is there.
    pub due: Option<Date>,
    /// What its gate misses; only of the present sprint, and of past ones that are open.
    pub lacks: Vec<Finding>,
}

/// What keeps the rules of the base, or of the working tree, from being used.
///
/// # Errors
/// Where git fails.
pub fn unusable(world: &World) -> Result<Vec<Finding>, Stop> {
    let repository = world.repository()?;
    let mut findings = Vec::new();
    let default = world.default_branch(&repository, &mut findings)?;
    match default.base(&repository, None, &mut findings)? {
        Some(base) => world.unusable(&repository, &base),
        None => Ok(findings),
    }
}

/// Looks at stories and waves, by the rules of the base.
///
/// # Errors
/// The findings where there is no backlog; where git fails.
pub fn stories(world: &World, on: On) -> Result<Stories, Stop> {
    let delivery = Delivery::of(world, on)?;
    let now = clock::now();
    let mut waves = Vec::new();
    for wave in &delivery.backlog.waves {
        let waits_for = is_open(wave, &delivery.recorded, now).err().map(str::to_owned);
        let is_passed = delivery.recorded.is_passed(&wave.id, now);
        waves.push(WaveStands { wave: wave.clone(), waits_for, is_passed, lacks: Vec::new() });
    }
    let open = |it: &&mut WaveStands| it.waits_for.is_none() && !it.is_passed;
    let mut open: Vec<&mut WaveStands> = waves.iter_mut().filter(open).collect();
    let named: Vec<Wave> = open.iter().map(|it| it.wave.clone()).collect();
    let found = lacks(world, &delivery, &named.iter().collect::<Vec<_>>(), on)?;
    for (stands, found) in open.iter_mut().zip(found) {
        stands.lacks = found;
    }
    let statuses = delivery.board.statuses.into_iter();
    let stories = delivery.backlog.stories.into_iter().zip(statuses).collect();
    Ok(Stories { stories, waves, findings: delivery.findings })
}

/// Looks at the calendar, by the rules and the evidence of the working tree.
///
/// # Errors
/// The findings where there is no calendar; where git fails.
pub fn planned(world: &World, on: On, findings: &mut Vec<Finding>) -> Result<Planned, Stop> {
    let repository = world.repository()?;
    let delivery = Evidenced::of(world, &repository)?;
    let (calendar, now) = (delivery.calendar()?, delivery.now);
    let record = delivery.recorded(world, findings)?;
    let cycle = current_cycle(calendar, now).map(|cycle| {
        let day = day_words(calendar, cycle.window, now);
        (cycle.id.clone(), cycle.name.clone(), cycle.window, day)
    });
    let present = current_sprint(calendar, now).map(|sprint| sprint.id.as_str());
    let asked = match on {
        On::Local => None,
        On::Github => unless_refused(Delivery::of(world, on))?,
    };
    let derived = match on {
        On::Local => delivery.derived(world)?,
        On::Github => asked.as_ref(),
    };
    let mut seen: Option<SprintFacts<'_>> = None;
    let mut sprints = Vec::new();
    for row in rows(world, &delivery, (calendar, &record))? {
        let sprint = row.sprint;
        let lacks = match row.status {
            "In Progress" | "Open" => {
                let looked = match seen.take() {
                    Some(looked) => looked,
                    None => SprintFacts::of(world, derived, on)?,
                };
                seen.insert(looked).lacks(&delivery, (calendar, sprint))?
            }
            _ => Vec::new(),
        };
        sprints.push(SprintStands {
            sprint: sprint.clone(),
            is_present: present == Some(sprint.id.as_str()),
            day: day_words(calendar, sprint.window, now),
            stories: row.stories(),
            evidence: row.evidence,
            checklists: row.checklists,
            status: row.status,
            due: evidence_due(calendar, sprint),
            lacks,
        });
    }
    Ok(Planned { zone: calendar.zone.clone(), cycle, sprints })
}
