//! Whether an approval of a story would change anything.

use super::gather::{Delivery, On};
use super::start::refusals;
use crate::judge::backlog::approval;
use thrice_facts::clock;
use thrice_findings::{Finding, Stop};
use thrice_programme::world::World;

/// What keeps a story from being started beside the approval, where that can pass.
///
/// # Errors
/// Where there is no such story; where an approval in these roles would change nothing.
pub fn approvable(world: &World, id: &str, held: &[String]) -> Result<Vec<Finding>, Stop> {
    let delivery = Delivery::of(world, On::Local)?;
    let (story, status) = delivery.story(id)?;
    let others = refusals(&delivery, story, status)?;
    let known = (&delivery.backlog.approval_roles[..], &delivery.recorded);
    Ok(approval(story, held, known, others, clock::now())?)
}
