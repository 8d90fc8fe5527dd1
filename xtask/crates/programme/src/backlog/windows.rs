//! The backlog against the calendar: sprints, features and waves that each names of the
//! other's.

use super::Backlog;
use super::validate::{Ids, known};
use crate::Calendar;
use thrice_findings::{Code, Finding};
use thrice_policy::table::did_you_mean;

/// Checks what the two name of each other.
pub(crate) fn check_windows(backlog: &Backlog, calendar: &Calendar, findings: &mut Vec<Finding>) {
    let sprints = Ids::of(calendar.sprints.iter().map(|sprint| sprint.id.as_str()));
    let of_features = backlog.features.iter().flat_map(|feature| &feature.sprints);
    let of_epics = backlog.epics.iter().flat_map(|epic| &epic.sprints);
    of_features.chain(of_epics).for_each(|sprint| known(sprint, "sprint", &sprints, findings));
    for sprint in &calendar.sprints {
        if let Some(before) = &sprint.after {
            let earlier = calendar.sprint(before).filter(|it| it.window.from < sprint.window.from);
            if earlier.is_none() {
                let message = format!(
                    "sprint {} comes after `{before}`, which is no earlier sprint",
                    sprint.id
                );
                let finding = Finding::new(Code::PolicyReference, message);
                let finding = finding.help("name a sprint that begins before this one");
                findings.push(finding.at(sprint.place.clone()));
            }
        }
        for id in &sprint.features {
            let named = format!("sprint {} has the feature `{id}`", sprint.id);
            let found = backlog.features.iter().find(|feature| feature.id == *id);
            let (message, help) = match found {
                None => {
                    let ids = backlog.features.iter().map(|feature| feature.id.as_str());
                    let help = did_you_mean(id, ids, "add the feature, or take it out");
                    (format!("{named}, which the backlog has not"), help)
                }
                Some(feature) if feature.sprints.iter().any(|it| it.value == sprint.id) => continue,
                Some(_) => {
                    let help = "add the sprint to those of the feature, or take the feature out";
                    (format!("{named}, which is made in other sprints"), help.to_owned())
                }
            };
            let finding = Finding::new(Code::PolicyReference, message).help(help);
            findings.push(finding.at(sprint.place.clone()));
        }
    }
    for cycle in &calendar.cycles {
        for id in cycle.scope.iter().filter(|id| backlog.wave(id).is_none()) {
            let ids = backlog.waves.iter().map(|wave| wave.id.as_str());
            let message =
                format!("cycle {} has the wave `{id}`, which the backlog has not", cycle.id);
            findings.push(
                Finding::new(Code::PolicyReference, message)
                    .help(did_you_mean(id, ids, "add the wave, or take it out"))
                    .at(cycle.place.clone()),
            );
        }
    }
}
