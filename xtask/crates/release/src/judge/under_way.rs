//! Releases on their way: candidates whose version is not released yet.

use jiff::Timestamp;

use super::soak_ends;
use thrice_ledger::decisions::Standing;
use thrice_programme::ReleaseRules;
use thrice_programme::release::Stage;

/// A candidate whose version is not released.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Candidate {
    /// Its tag.
    pub tag: String,
    /// Its version.
    pub version: String,
    /// Its commit.
    pub sha: String,
    /// When it was recorded.
    pub since: Timestamp,
    /// When it has been out long enough to be released.
    pub soaked: Timestamp,
    /// The stories that it brings.
    pub stories: Vec<String>,
    /// Roles that must approve the release.
    pub approvals: Vec<String>,
}

/// The newest candidate of each version that is not released, as the ledger says, oldest
/// first.
#[must_use]
pub(crate) fn under_way(recorded: &Standing, rules: &ReleaseRules) -> Vec<Candidate> {
    let mut candidates: Vec<Candidate> = Vec::new();
    for decision in recorded.releases.iter().filter(|it| it.counts()) {
        let entry = &decision.content;
        let Some(tagged) = rules.form.read(&entry.tag) else { continue };
        let version = tagged.version.to_string();
        if matches!(tagged.stage, Stage::Early(_)) {
            continue;
        }
        candidates.retain(|it| it.version != version);
        if tagged.stage == Stage::Rc {
            candidates.push(Candidate {
                tag: entry.tag.clone(),
                version,
                sha: entry.sha.0.clone(),
                since: decision.at,
                soaked: soak_ends(rules, decision.at),
                stories: entry.stories.clone(),
                approvals: rules.approvals(Stage::Ga).to_vec(),
            });
        }
    }
    candidates
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use serde_json::{Value, json};

    use super::*;
    use thrice_ledger::decisions::testing::{Weight, decision};
    use thrice_programme::Kind;

    fn rules() -> ReleaseRules {
        let files = [
            (
                "programme.toml",
                "name = \"n\"\nid = \"n\"\ndefault_branch = \"main\"\ntime_zone = \"UTC\"\n\
                 [roles.po]\nmembers = [\"@a\"]\n",
            ),
            ("gates.toml", "[[gates]]\nid = \"T2\"\nname = \"secrets\"\nbuiltin = \"secrets\"\n"),
            (
                "release.toml",
                "soak = \"2 h\"\nstages = [\"beta\"]\napprovals = { ga = [\"po\"] }\n",
            ),
        ];
        let files = files.map(|(name, text)| (name.to_owned(), text.as_bytes().to_vec()));
        let (policy, found) = thrice_programme::check("policy", &files.into_iter().collect());
        policy.and_then(|policy| policy.release).unwrap_or_else(|| panic!("{found:#?}"))
    }

    #[test]
    fn a_candidate_is_under_way_until_its_version_is_released() {
        let rules = rules();
        assert_eq!(rules.soak, Duration::from_secs(7200));
        let at = |second| Timestamp::from_second(second).unwrap();
        let entry = |stage: &str, tag: &str| -> Value {
            json!({
                "stage": stage, "tag": tag, "version": tag.trim_start_matches('v'),
                "sha": "1".repeat(40), "scorecard_sha256": "2".repeat(64),
                "evidence_zip_sha256": "3".repeat(64), "stories": ["S-1"],
            })
        };
        let said = [
            ("rc", "v1.4.0-rc.1", Weight::Signed),
            ("rc", "v1.5.0-rc.1", Weight::Signed),
            ("rc", "v1.4.0-rc.2", Weight::Signed),
            ("rc", "v1.6.0-rc.1", Weight::Refused),
            ("rc", "other", Weight::Signed),
            ("beta", "v1.4.0-beta.2", Weight::Signed),
            ("beta", "v1.7.0-beta.1", Weight::Signed),
            ("ga", "v1.5.0", Weight::Signed),
        ];
        let decisions = (0..).zip(said).map(|(second, (stage, tag, weight))| {
            decision(at(second), Kind::Release, &entry(stage, tag), weight)
        });
        let found = under_way(&Standing::of(decisions, at(9)), &rules);
        let [only] = found.as_slice() else { panic!("{found:#?}") };
        assert_eq!((only.tag.as_str(), only.version.as_str()), ("v1.4.0-rc.2", "1.4.0"));
        assert_eq!((only.since, only.soaked), (at(2), at(7202)));
        assert_eq!(only.approvals, ["po"]);
    }
}
