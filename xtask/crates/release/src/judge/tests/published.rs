//! Releases that are out, files, and deployments.

use super::*;
use crate::judge::deploy;
use crate::judge::proof;
use crate::judge::proof::{Entry, Files, ProofFacts as Out, RecordedReleases as InLedger};
use crate::judge::published::{Asset, Release, Wanted, judge_assets};
use crate::judge::tags::Tag;

struct Published {
    message: Option<Result<Message, String>>,
    own_name: String,
    signed: TagSignature,
    standing: Known<Standing>,
    on_remote: Known<String>,
    recorded: Known<InLedger>,
    candidate: Option<Candidate>,
    release: Option<Known<Release>>,
}

fn entry() -> Entry {
    Entry {
        id: "release-1".to_owned(),
        tag_object: Some(hex('6', 40)),
        sha: hex('a', 40),
        stage: "ga".to_owned(),
        version: "1.4.0".to_owned(),
        scorecard_sha256: hex('1', 64),
        evidence_zip_sha256: hex('2', 64),
        pack_sha256: Some(hex('3', 64)),
        refused: None,
    }
}

fn asset(name: &str, digit: char) -> Asset {
    let digest = Some(format!("sha256:{}", hex(digit, 64)));
    Asset { id: 1, name: name.to_owned(), state: "uploaded".to_owned(), size: 1, digest }
}

fn release() -> Release {
    Release {
        id: 1,
        tag_name: "v1.4.0".to_owned(),
        draft: false,
        prerelease: false,
        immutable: Some(true),
        body: None,
        upload_url: String::new(),
        html_url: None,
        published_at: None,
        assets: vec![asset("pack", '3'), asset("scorecard", '1'), asset("evidence", '2')],
    }
}

impl Published {
    fn new() -> Self {
        Self {
            message: Some(Ok(message(Stage::Ga))),
            own_name: "v1.4.0".to_owned(),
            signed: TagSignature::Good,
            standing: Known::Is(Standing::On),
            on_remote: Known::Is(hex('6', 40)),
            recorded: Known::Is(InLedger {
                entry: Some(entry()),
                at_pin: Some(Pin { entries: 2, root: hex('4', 64) }),
            }),
            candidate: Some(candidate()),
            release: Some(Known::Is(release())),
        }
    }

    fn judged(&self) -> Vec<Claim> {
        let name = |name: &str| name.to_owned();
        proof::check(&Out {
            name: "v1.4.0",
            tagged: Some(Tagged::ga(version("1.4.0"))),
            object: &hex('6', 40),
            commit: (&hex('a', 40), &hex('b', 40)),
            message: self.message.clone(),
            own_name: Some(&self.own_name),
            signed: self.signed.clone(),
            default_branch: "main",
            standing: self.standing.clone(),
            on_remote: self.on_remote.clone(),
            recorded: self.recorded.clone(),
            candidate: self.candidate.clone(),
            release: self.release.clone(),
            files: Some(Files {
                pack: name("pack"),
                scorecard: name("scorecard"),
                evidence: name("evidence"),
            }),
        })
    }

    fn said(&mut self) -> &mut Message {
        match &mut self.message {
            Some(Ok(message)) => message,
            _ => panic!("no message"),
        }
    }

    fn entry(&mut self) -> &mut Entry {
        match &mut self.recorded {
            Known::Is(InLedger { entry: Some(entry), .. }) => entry,
            _ => panic!("no entry"),
        }
    }

    fn release(&mut self) -> &mut Release {
        match &mut self.release {
            Some(Known::Is(release)) => release,
            _ => panic!("no release"),
        }
    }
}

type Row = (&'static str, fn(&mut Published), Code);

#[rustfmt::skip]
const ROWS: &[Row] = &[
    ("a lightweight tag", |p| p.message = None, Code::ReleaseTagLight),
    ("a tag made by hand", |p| p.message = Some(Err("why".to_owned())), Code::ReleaseMessage),
    ("a tag of another commit", |p| p.said().sha = hex('f', 40), Code::ReleaseMessage),
    ("a tag of another version", |p| { p.said().version = "1.5.0".to_owned(); p.entry().version = "1.5.0".to_owned(); }, Code::ReleaseMessage),
    ("a tag under another name", |p| p.own_name = "v1.3.0".to_owned(), Code::ReleaseMessage),
    ("a tag that was moved", |p| p.on_remote = Known::Is(hex('f', 40)), Code::ReleaseMoved),
    ("a tag that was deleted", |p| p.on_remote = Known::Absent, Code::ReleaseMoved),
    ("a tag that is not signed", |p| p.signed = TagSignature::Refused(Finding::new(Code::ReleaseSignature, "no")), Code::ReleaseSignature),
    ("a commit that left the branch", |p| p.standing = Known::Is(Standing::Beside), Code::ReleaseCommit),
    ("no entry", |p| p.recorded = Known::Is(InLedger { entry: None, at_pin: Some(Pin { entries: 2, root: hex('4', 64) }) }), Code::ReleaseEntry),
    ("an entry of another object", |p| p.entry().tag_object = Some(hex('f', 40)), Code::ReleaseEntry),
    ("an entry of another pack", |p| p.entry().pack_sha256 = None, Code::ReleaseEntry),
    ("an entry of other evidence", |p| p.entry().evidence_zip_sha256 = hex('f', 64), Code::ReleaseEntry),
    ("an entry of a candidate", |p| p.entry().stage = "rc".to_owned(), Code::ReleaseEntry),
    ("an entry that does not count", |p| p.entry().refused = Some(Finding::new(Code::LedgerSigner, "no key")), Code::LedgerSigner),
    ("a ledger that was rewritten", |p| p.said().ledger.root = hex('f', 64), Code::ReleasePin),
    ("a ledger that was cut", |p| if let Known::Is(it) = &mut p.recorded { it.at_pin = None }, Code::ReleasePin),
    ("no candidate", |p| p.candidate = None, Code::ReleaseRcMissing),
    ("a candidate on another commit", |p| p.candidate.as_mut().unwrap().commit = hex('f', 40), Code::ReleaseRcMissing),
    ("a candidate of another version", |p| p.candidate.as_mut().unwrap().tagged.version = version("1.5.0"), Code::ReleaseRcMissing),
    ("a lightweight candidate", |p| p.candidate.as_mut().unwrap().message = None, Code::ReleaseTagLight),
    ("a candidate signed by nobody of policy", |p| p.candidate.as_mut().unwrap().signed = TagSignature::Refused(Finding::new(Code::ReleaseSignature, "no")), Code::ReleaseSignature),
    ("no release on GitHub", |p| p.release = Some(Known::Absent), Code::ReleaseInTheWay),
    ("a draft", |p| p.release().draft = true, Code::ReleaseInTheWay),
    ("a release shown as a candidate", |p| p.release().prerelease = true, Code::ReleaseInTheWay),
    ("a release that can be changed", |p| p.release().immutable = Some(false), Code::ReleaseMutable),
    ("a server that is silent on that", |p| p.release().immutable = None, Code::ServerSilent),
    ("a file that is gone", |p| p.release().assets.truncate(2), Code::ReleaseAsset),
    ("a file of other bytes", |p| p.release().assets[0] = asset("pack", 'f'), Code::ReleaseAsset),
    ("a file too many", |p| p.release().assets.push(asset("more", 'f')), Code::ReleaseInTheWay),
];

#[test]
fn what_is_not_so_is_refused_by_its_code() {
    assert_eq!(thrice_pull::judge::claims::findings(&Published::new().judged()), []);
    for (name, change, code) in ROWS {
        let mut case = Published::new();
        change(&mut case);
        let findings = thrice_pull::judge::claims::findings(&case.judged());
        let refusals: Vec<&Finding> =
            findings.iter().filter(|it| it.severity == Severity::Refuse).collect();
        assert!(!refusals.is_empty(), "{name}");
        assert!(refusals.iter().all(|it| it.code == *code), "{name}: {refusals:#?}");
    }
}

#[test]
fn what_was_not_asked_is_open_and_never_proven() {
    let mut case = Published::new();
    case.on_remote = Known::Unseen(Finding::new(Code::ReleaseUnasked, "offline"));
    case.release = Some(Known::Unseen(Finding::new(Code::ReleaseUnasked, "offline")));
    let claims = case.judged();
    let open: Vec<&str> = claims
        .iter()
        .filter(|claim| claim.answer == Verdict::NotEstablished)
        .map(|claim| claim.name.as_str())
        .collect();
    assert_eq!(open, ["on the remote", "GitHub"]);
}

#[test]
fn files_are_held_against_their_digests() {
    let wanted = [("pack", '3'), ("scorecard", '1')]
        .map(|(name, digit)| Wanted { name: name.to_owned(), sha256: hex(digit, 64) });
    let judge = |assets: Vec<Asset>| {
        let judged = judge_assets(&Release { assets, ..release() }, &wanted);
        let codes: Vec<Code> = judged.findings.iter().map(|finding| finding.code).collect();
        (judged.missing, codes)
    };
    let scorecard = asset("scorecard", '1');
    let none: Vec<String> = Vec::new();
    assert_eq!(judge(vec![asset("pack", '3'), scorecard.clone()]), (none.clone(), vec![]));
    assert_eq!(judge(vec![scorecard.clone()]), (vec!["pack".to_owned()], vec![]));
    let half = Asset { state: "starter".to_owned(), digest: None, ..asset("pack", '3') };
    assert_eq!(judge(vec![half, scorecard.clone()]), (none.clone(), vec![Code::ReleaseAsset]));
    let silent = Asset { digest: None, ..asset("pack", '3') };
    assert_eq!(judge(vec![silent, scorecard]), (none, vec![Code::ServerSilent]));
}

#[test]
fn only_releases_are_deployed_and_only_where_they_may() {
    let rules = Case::new(Stage::Ga).rules;
    let tag = |commit: Option<String>| Tag { name: "v1".to_owned(), object: hex('6', 40), commit };
    let annotated = tag(Some(hex('a', 40)));
    let light = tag(None);
    let (rc, ga) = (Ok(Stage::Rc), Ok(Stage::Ga));
    let by_hand = Err("why".to_owned());
    type Said<'a> = Option<&'a Result<Stage, String>>;
    type Deployed<'a> = (&'a str, &'a str, Option<&'a Tag>, Said<'a>, &'a [Code]);
    let rows: &[Deployed<'_>] = &[
        ("production", "v1.4.0", Some(&annotated), Some(&ga), &[]),
        ("staging", "v1.4.0", Some(&annotated), Some(&ga), &[]),
        ("staging", "v1.4.0-rc.1", Some(&annotated), Some(&rc), &[]),
        ("production", "v1.4.0-rc.1", Some(&annotated), Some(&rc), &[Code::ReleaseEnvironment]),
        ("moon", "v1.4.0", Some(&annotated), Some(&ga), &[Code::ReleaseEnvironment]),
        ("production", "main", None, None, &[Code::ReleaseDeploy]),
        ("production", "0123456789abcdef", None, None, &[Code::ReleaseDeploy]),
        ("production", "v1.4.0", Some(&light), None, &[Code::ReleaseTagLight]),
        ("production", "nightly", Some(&annotated), None, &[Code::ReleaseDeploy]),
        ("production", "v1.4.0", Some(&annotated), Some(&by_hand), &[Code::ReleaseDeploy]),
    ];
    for (environment, name, tag, stage, expected) in rows {
        let findings = deploy::check(&rules, environment, name, *tag, *stage);
        let codes: Vec<Code> = findings.iter().map(|finding| finding.code).collect();
        assert_eq!(codes, *expected, "{environment} {name}");
        assert!(findings.iter().all(|finding| finding.help.is_some()), "{findings:?}");
    }
}
