//! What freezes merges now, and for which branch. Every command that says so asks here.

use std::collections::BTreeSet;

use jiff::Timestamp;
use thrice_findings::text::{ids_in, quoted};
use thrice_programme::Backlog;

use super::Standing;
use super::alarm::{Alarm, AlarmKind, AlarmState, Severity, stops_merges};

/// Whose merge is asked about. By default nothing is known of it, so everything stops it.
#[derive(Clone, Copy, Debug, Default)]
pub struct Patch<'a> {
    /// Its story, with the story's wave.
    pub story: Option<(&'a str, Option<&'a str>)>,
    /// The incident after which its branch is named.
    pub hotfix: Option<&'a str>,
}

/// What is known of an incident or a risk, as far as it decides what merges wait for.
#[derive(Clone, Copy, Debug)]
pub struct Freeze<'a> {
    /// Its id.
    pub id: &'a str,
    /// What it is about.
    pub title: &'a str,
    /// How bad it is.
    pub severity: Severity,
    /// How far it has come.
    pub state: AlarmState,
    /// Whether it was closed as it must be.
    pub has_postmortem: bool,
    /// The wave whose merges it freezes.
    pub wave: Option<&'a str>,
    /// The stories whose merges it freezes.
    pub stories: &'a [String],
}

impl<'a> Freeze<'a> {
    /// What an alarm freezes; none where no merge waits for it.
    #[must_use]
    pub fn of(alarm: &'a Alarm) -> Option<Self> {
        let Alarm { id, title, severity, has_postmortem, wave, stories, .. } = alarm;
        let (severity, has_postmortem, wave) = (*severity, *has_postmortem, wave.as_deref());
        let state = alarm.state();
        let freeze = Self { id, title, severity, state, has_postmortem, wave, stories };
        (alarm.kind != AlarmKind::Block && freeze.holds()).then_some(freeze)
    }

    /// Whether any merge waits for it.
    #[must_use]
    pub fn holds(&self) -> bool {
        stops_merges(self.severity, self.state, self.has_postmortem)
    }

    /// Whether a patch is the hotfix of this incident, while it freezes merges and is not over.
    #[must_use]
    pub fn lets_through(&self, patch: &Patch<'_>) -> bool {
        let is_open = self.holds() && self.state != AlarmState::Closed;
        matches!(self.severity, Severity::Incident(_)) && is_open && patch.hotfix == Some(self.id)
    }

    /// The same in words, such as `merges are frozen by the P0 `INC-1` (recovered): all is down`.
    #[must_use]
    pub fn describe(&self) -> String {
        let of = scope(self.wave, self.stories);
        let word = self.severity.word();
        let what = match self.severity {
            Severity::Incident(_) => word.to_owned(),
            Severity::Risk(_) => format!("{word} risk"),
        };
        let state = match (self.severity, self.state) {
            (Severity::Incident(_), AlarmState::Closed) => "closed without its postmortem",
            (_, state) => state.word(),
        };
        format!("merges{of} are frozen by the {what} {} ({state}): {}", quoted(self.id), self.title)
    }
}

/// What the merge of a patch waits for. The hotfix of any incident that freezes merges and is
/// open passes all of it: of two incidents, each would wait for the other's end.
#[must_use]
pub fn stopping<'f>(freezes: &[Freeze<'f>], patch: &Patch<'_>) -> Vec<Freeze<'f>> {
    if freezes.iter().any(|freeze| freeze.lets_through(patch)) {
        return Vec::new();
    }
    freezes.iter().filter(|it| it.holds() && bears((it.wave, it.stories), patch)).copied().collect()
}

/// Whether a freeze of a wave and of stories bears on a patch: that of neither bears on all.
fn bears((wave, stories): (Option<&str>, &[String]), patch: &Patch<'_>) -> bool {
    let of_all = wave.is_none() && stories.is_empty();
    patch.story.is_none_or(|(id, of)| {
        of_all || (wave.is_some() && wave == of) || stories.iter().any(|it| it == id)
    })
}

/// A commit of the default branch, as far as it is held against what was frozen then.
#[derive(Clone, Copy, Debug)]
pub struct Landed<'a> {
    /// Its id.
    pub id: &'a str,
    /// When it was committed, as its committer says.
    pub at: Timestamp,
    /// What it says, that of what it brought included: its hotfix names the incident, and it is
    /// of the story that it names first.
    pub message: &'a str,
}

/// Of what merges are frozen, in words: ` of O1, S-1`; nothing where it is all of them.
#[must_use]
pub fn scope(wave: Option<&str>, stories: &[String]) -> String {
    let named = wave.into_iter().chain(stories.iter().map(String::as_str));
    let named: Vec<&str> = named.collect();
    if named.is_empty() { String::new() } else { format!(" of {}", named.join(", ")) }
}

impl Standing {
    /// Commits that went round alarms which froze their merges when they were made, each with
    /// those. One that names an incident which froze merges then is its hotfix.
    #[must_use]
    pub fn went_round<'c>(
        &self,
        backlog: Option<&Backlog>,
        landed: impl IntoIterator<Item = Landed<'c>>,
    ) -> Vec<(Landed<'c>, Vec<&Alarm>)> {
        let frozen = self.alarms.iter().filter(|alarm| !alarm.frozen.is_empty());
        let frozen: Vec<&Alarm> = frozen.collect();
        let incidents = self.of_kind(AlarmKind::Incident).map(|alarm| alarm.id.as_str());
        let incidents: BTreeSet<&str> = incidents.collect();
        let round = |landed: Landed<'c>| {
            let stops = frozen.iter().copied().filter(|alarm| alarm.froze(landed.at));
            let mut stops: Vec<&Alarm> = stops.collect();
            // Nearly every commit: its words need not be looked at.
            if stops.is_empty() {
                return None;
            }
            let named = ids_in(landed.message, |id| incidents.contains(id));
            let is_named = |it: &&Alarm| named.iter().any(|(_, id)| *id == it.id);
            if stops.iter().any(|it| it.kind == AlarmKind::Incident && is_named(it)) {
                return None;
            }
            let story = |id: &str| backlog.and_then(|it| it.story(id));
            let named = ids_in(landed.message, |id| story(id).is_some());
            let story = named.first().and_then(|(_, id)| story(id));
            let story = story.map(|story| (story.id.as_str(), story.wave.as_deref()));
            let patch = Patch { story, hotfix: None };
            stops.retain(|it| bears((it.wave.as_deref(), &it.stories), &patch));
            (!stops.is_empty()).then_some((landed, stops))
        };
        landed.into_iter().filter_map(round).collect()
    }

    /// What merges wait for, the worst first.
    #[must_use]
    pub fn freezes(&self) -> Vec<Freeze<'_>> {
        let mut all: Vec<Freeze<'_>> = self.alarms.iter().filter_map(Freeze::of).collect();
        all.sort_by(|one, other| (one.severity, one.id).cmp(&(other.severity, other.id)));
        all
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::decisions::testing::{Weight, decision};
    use serde_json::json;
    use thrice_programme::Kind;

    /// Each row: when a commit was made, what it says, and what it went round.
    #[test]
    fn a_merge_during_a_freeze_is_found_afterwards() {
        let at = |second| Timestamp::from_second(second).expect("a time");
        let incident = |second, id: &str, state: &str| {
            let mut data =
                json!({ "incident": id, "severity": "P0", "state": state, "title": "t" });
            if state == "closed" {
                data["postmortem_sha256"] = json!("a".repeat(64));
            }
            decision(at(second), Kind::Incident, &data, Weight::Signed)
        };
        let said = |second, id: &str, severity: &str, state: &str, expires: Option<i64>| {
            let mut data =
                json!({ "risk": id, "severity": severity, "state": state, "title": "t" });
            if let Some(expires) = expires {
                data["expires_at"] = json!(at(expires).to_string());
            }
            decision(at(second), Kind::Risk, &data, Weight::Signed)
        };
        let risk = |second, state, expires| said(second, "R-1", "critical", state, expires);
        let high = |second, state, expires| said(second, "R-2", "high", state, expires);
        // A risk can have the id of an incident.
        let namesake = |second, state, expires| said(second, "INC-1", "medium", state, expires);
        let standing = Standing::of(
            [
                namesake(5, "open", None),
                incident(10, "INC-1", "open"),
                incident(15, "INC-1", "recovered"),
                incident(20, "INC-1", "closed"),
                incident(30, "INC-1", "open"),
                risk(40, "open", None),
                incident(45, "INC-1", "closed"),
                high(46, "open", None),
                risk(50, "accepted", Some(60)),
                high(51, "accepted", Some(60)),
                risk(70, "closed", None),
                high(71, "closed", None),
                namesake(72, "closed", None),
                incident(80, "INC-12", "open"),
                incident(98, "INC-1-2", "open"),
            ],
            at(99),
        );
        for (second, message, wanted) in [
            (10, "early", vec![]),
            (12, "S-1", vec!["INC-1"]),
            (17, "S-1", vec!["INC-1"]),
            (18, "Merge branch 'hotfix/INC-1-fix'", vec![]),
            (19, "INC-12: other", vec!["INC-1"]),
            (19, "XINC-1, INC-1-2: other", vec!["INC-1"]),
            (20, "late", vec![]),
            (42, "S-1", vec!["INC-1", "R-1"]),
            (43, "INC-1: fix", vec![]),
            (47, "S-1", vec!["R-1"]),
            (55, "S-1", vec![]),
            (65, "S-1", vec!["R-1"]),
            (75, "S-1", vec![]),
            (90, "S-1", vec!["INC-12"]),
        ] {
            let found = standing.went_round(None, [Landed { id: "c", at: at(second), message }]);
            let stops = found.iter().flat_map(|(_, stops)| stops).map(|alarm| alarm.id.as_str());
            assert_eq!(stops.collect::<Vec<_>>(), wanted, "{second} {message}");
        }
    }

    /// Each row: what a commit says, and what it went round of a risk of the wave O1.
    #[test]
    fn a_commit_is_of_the_story_that_it_names_first_and_as_a_whole() {
        const BACKLOG: &str = r#"
            stories = [
                { id = "S-1", title = "t", priority = "P0", wave = "O1" },
                { id = "S-1-2", title = "t", priority = "P0", wave = "O2" },
            ]
            waves = [{ id = "O1" }, { id = "O2", after = "O1" }]
        "#;
        let of_here = |name: &str| {
            let folder = concat!(env!("CARGO_MANIFEST_DIR"), "/../../../policy");
            std::fs::read(format!("{folder}/{name}")).expect("it is there")
        };
        let mut files: thrice_programme::PolicyFiles =
            ["programme.toml", "gates.toml"].map(|name| (name.to_owned(), of_here(name))).into();
        files.insert("backlog.toml".to_owned(), BACKLOG.into());
        let (policy, findings) = thrice_programme::check("policy", &files);
        let policy = policy.unwrap_or_else(|| panic!("{findings:?}"));
        let at = Timestamp::UNIX_EPOCH;
        let risk = json!({ "risk": "R-1", "severity": "critical", "state": "open", "title": "t",
            "wave": "O1" });
        let standing = crate::decisions::testing::after(at, &[(Kind::Risk, risk)]);
        for (message, went_round) in [
            ("S-1: title", true),
            ("S-1-2: title", false),
            ("Merge branch 'feature/S-1-2-title'", false),
            ("S-1-2: title, before S-1", false),
            ("S-1-3: title", true),
            ("XS-1-2: no story", true),
        ] {
            let landed = Landed { id: "c", at: at + jiff::SignedDuration::from_secs(1), message };
            let found = standing.went_round(policy.backlog.as_ref(), [landed]);
            assert_eq!(!found.is_empty(), went_round, "{message}");
        }
    }

    /// Each row: who asks, and by what their merge is stopped.
    #[test]
    fn each_patch_is_stopped_by_what_bears_on_it() {
        let now = Timestamp::UNIX_EPOCH;
        let said = |id: &str, severity: &str, state: &str, wave: Option<&str>| {
            let mut data =
                json!({ "incident": id, "severity": severity, "state": state, "title": "t" });
            if let Some(wave) = wave {
                data["wave"] = json!(wave);
            }
            decision(now, Kind::Incident, &data, Weight::Signed)
        };
        let standing = Standing::of(
            [
                said("INC-2", "P1", "open", Some("O1")),
                said("INC-1", "P0", "open", None),
                said("INC-1", "P0", "recovered", None),
                said("INC-3", "P2", "open", None),
            ],
            now,
        );
        let of_wave = |wave| Patch { story: Some(("S-1", Some(wave))), hotfix: None };
        for (patch, wanted) in [
            (Patch::default(), vec!["INC-1", "INC-2"]),
            (of_wave("O1"), vec!["INC-1", "INC-2"]),
            (of_wave("O2"), vec!["INC-1"]),
            (Patch { hotfix: Some("INC-1"), story: None }, vec![]),
            (Patch { hotfix: Some("INC-2"), story: None }, vec![]),
            (Patch { hotfix: Some("INC-3"), story: None }, vec!["INC-1", "INC-2"]),
        ] {
            let stops = stopping(&standing.freezes(), &patch).into_iter().map(|it| it.id);
            assert_eq!(stops.collect::<Vec<_>>(), wanted, "{patch:?}");
        }
        let told: Vec<String> = standing.freezes().iter().map(Freeze::describe).collect();
        assert_eq!(
            told,
            [
                "merges are frozen by the P0 `INC-1` (recovered): t",
                "merges of O1 are frozen by the P1 `INC-2` (open): t"
            ]
        );
    }
}
