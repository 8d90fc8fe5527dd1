use std::collections::BTreeMap;

use proptest::prelude::*;

use super::form::Version;
use super::*;
use crate::{Policy, check};

const PROGRAMME: &str = include_str!("../../../../../policy/programme.toml");
const GATES: &str = include_str!("../../../../../policy/gates.toml");

fn policy(release: &str) -> (Option<Policy>, Vec<Finding>) {
    let files = [("programme.toml", PROGRAMME), ("gates.toml", GATES), ("release.toml", release)];
    let files: BTreeMap<_, _> =
        files.map(|(name, text)| (name.to_owned(), text.as_bytes().to_vec())).into();
    check("policy", &files)
}

fn rules(release: &str) -> ReleaseRules {
    let (policy, findings) = policy(release);
    assert_eq!(findings, [], "{release}");
    policy.unwrap().release.unwrap()
}

#[test]
fn an_empty_file_has_sound_defaults() {
    let empty = rules("");
    assert_eq!(empty.soak, Duration::from_secs(86_400));
    assert_eq!(empty.form, TagForm::default());
    assert!(empty.draft_assets && !empty.sign);
    assert_eq!(empty.approvals(Stage::Ga), [""; 0]);
    assert_eq!(rules("soak = \"2 days 1 h\"").soak, Duration::from_secs(49 * 3600));
}

#[test]
fn what_cannot_be_used_is_reported() {
    for (text, message) in [
        ("version = \"calver\"", "`calver` is none of the choices"),
        ("tag = \"v\"", "cannot be the form of a tag"),
        ("tag = \"{version}{n}\"", "cannot be the form of a tag"),
        ("tag = \"a b {version}\"", "cannot be the form of a tag"),
        ("tag = \"-{version}\"", "cannot be the form of a tag"),
        ("tag = \"{version}.lock\"", "cannot be the form of a tag"),
        ("rc_tag = \"v{version}\"", "cannot be the form of a tag"),
        ("rc_tag = \"v{version}.{n}\"", "cannot be the form of a tag"),
        ("rc_tag = \"v{version}{n}\"", "cannot be the form of a tag"),
        ("soak = \"2\"", "is not a span of time"),
        ("soak = \"1 month\"", "is not a span of time"),
        ("soak = \"31 days\"", "`31 days` is longer than 720 h"),
        ("[approvals]\nga = [\"nobody\"]", "there is no role `nobody`"),
        ("[environments.Prod]\nneeds = \"ga\"", "cannot be the name of an environment"),
        ("[environments.prod]\nneeds = \"main\"", "no stage is called `main`"),
        ("[approvals]\nbeta = []", "no stage is called `beta`"),
        ("[gates.beta]\nwaves = [\"W\"]", "no stage is called `beta`"),
        ("[gates.ga]\nsprints = [\"11\"]", "no sprint is called `11`"),
        ("stages = [\"Beta\"]", "`Beta` cannot be a stage before the candidate"),
        ("stages = [\"rc\"]", "`rc` cannot be a stage before the candidate"),
        ("stages = [\"a\", \"a\"]", "`a` cannot be a stage before the candidate"),
        ("stages = [\"beta\"]\nstage_tag = \"v{version}-{n}\"", "cannot be the form of a tag"),
        ("stages = [\"beta\"]\nstage_tag = \"v{version}-rc.{n}\"", "cannot be the form of a tag"),
        ("[[freeze]]\nfrom = \"x\"\nto = \"2026-01-01\"\nreason = \"r\"", "is no day and no time"),
        (
            "[[freeze]]\nfrom = \"2026-01-03\"\nto = \"2026-01-01\"\nreason = \"r\"",
            "ends before it begins",
        ),
        (
            "[[freeze]]\nfrom = \"2026-01-03\"\nto = \"2026-01-04\"\nzone = \"Mars\"\nreason = \"r\"",
            "no time zone is called `Mars`",
        ),
        ("[reports]\nsecurity = \"/etc/x\"", "is not relative to the repository"),
    ] {
        let (policy, findings) = policy(text);
        assert!(policy.is_none(), "{text}");
        assert!(findings.iter().any(|f| f.message.contains(message)), "{text}: {findings:?}");
        assert!(findings.iter().all(|f| f.place.is_some()), "{text}: {findings:?}");
    }
}

#[test]
fn a_freeze_is_of_its_zone_and_has_its_last_day() {
    let rules = rules(
        "[[freeze]]\nfrom = \"2026-12-20\"\nto = \"2026-12-20\"\nzone = \"America/Sao_Paulo\"\nreason = \"r\"\n\
         [[freeze]]\nfrom = \"2026-12-20T10:00:00\"\nto = \"2026-12-20T12:00:00+01:00\"\nzone = \"UTC\"\nreason = \"r\"",
    );
    let shown: Vec<_> =
        rules.freezes.iter().map(|freeze| format!("{} {}", freeze.from, freeze.to)).collect();
    assert_eq!(
        shown,
        ["2026-12-20T03:00:00Z 2026-12-21T03:00:00Z", "2026-12-20T10:00:00Z 2026-12-20T11:00:00Z"]
    );
}

#[test]
fn versions_are_three_plain_numbers() {
    for (text, good) in [
        ("1.4.0", true),
        ("0.0.0", true),
        ("10.20.30", true),
        ("1.4", false),
        ("1.4.0.0", false),
        ("01.4.0", false),
        ("1.4.0-rc.1", false),
        ("1.4.+0", false),
        ("1.4.x", false),
        ("v1.4.0", false),
        ("1..0", false),
        ("", false),
        ("1.4.99999999999999999999", false),
    ] {
        assert_eq!(Version::read(text).is_some(), good, "{text}");
    }
}

proptest! {
    #[test]
    fn a_name_says_what_it_was_made_of(
        version in any::<[u32; 3]>(), number in 1_u64..1_000_000, place in 0_usize..4,
        forms in prop::sample::select(vec![
            "", "tag = \"{version}\"\nrc_tag = \"{version}-rc{n}\"",
            "tag = \"app/{version}\"\nrc_tag = \"app-rc/{version}+{n}x\"",
        ]),
    ) {
        let rules = rules(&format!("stages = [\"alpha\", \"beta\"]\n{forms}"));
        let [major, minor, patch] = version.map(u64::from);
        let stage = rules.stages[place].stage;
        let number = if stage == Stage::Ga { 0 } else { number };
        let tagged = Tagged { version: Version { major, minor, patch }, stage, number };
        prop_assert_eq!(rules.form.read(&rules.form.name(tagged)), Some(tagged));
    }

    #[test]
    fn no_name_makes_it_panic(name in "\\PC*", near in "v[0-9.]{0,9}(-rc\\.)?[0-9]{0,3}") {
        let form = TagForm::default();
        for name in [name, near] {
            if let Some(tagged) = form.read(&name) {
                prop_assert_eq!(form.name(tagged), name);
            }
        }
    }
}
