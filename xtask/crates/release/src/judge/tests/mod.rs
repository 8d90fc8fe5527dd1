//! A release of which all is proven, and ways in which it is not.

mod agreement;
mod published;
mod refusals;
mod stages;
mod texts;

use std::collections::BTreeMap;

use serde_json::{Value, json};

use super::message::{Message, Pin};
use super::orr::{AtHand, at_machine};
use super::record::Ledger;
use super::tags::Tags;
use super::trace::{Planned, Trace, Traced};
use super::*;
use thrice_findings::{Severity, Verdict};
use thrice_ledger::decisions::testing::{Weight, decision};
use thrice_ledger::decisions::{Decision, Standing as LedgerStanding};
use thrice_patch::judge::approvals::{ApprovedContent, RecordedApproval};
use thrice_programme::Kind;
use thrice_programme::release::Version;

/// Everything by which a release is judged, with nothing against it.
pub(super) struct Case {
    pub(super) rules: ReleaseRules,
    pub(super) tagged: Tagged,
    pub(super) sha: String,
    pub(super) standing: Known<Standing>,
    pub(super) decision: Value,
    pub(super) at_hand: AtHand,
    pub(super) names_server: bool,
    pub(super) listed: String,
    pub(super) unseen: Option<Finding>,
    pub(super) own: Option<String>,
    pub(super) candidate: Option<Candidate>,
    pub(super) earlier: Option<Candidate>,
    pub(super) ledger: Known<Ledger>,
    pub(super) decisions: Vec<Decision>,
    pub(super) makers: Vec<String>,
    pub(super) trace: Trace,
    pub(super) reports: Vec<(&'static str, String, Option<usize>)>,
    pub(super) unable: Vec<Finding>,
    pub(super) now: Timestamp,
}

pub(super) fn at(text: &str) -> Timestamp {
    text.parse().unwrap()
}

pub(super) fn hex(digit: char, length: usize) -> String {
    digit.to_string().repeat(length)
}

pub(super) fn version(text: &str) -> Version {
    Version::read(text).unwrap()
}

const RULES: &str = "soak = \"2 h\"\n[approvals]\nrc = [\"maintainer\"]\nga = [\"maintainer\", \"security\"]\n\
    [environments.staging]\nneeds = \"rc\"\n[environments.production]\nneeds = \"ga\"\n\
    [[freeze]]\nfrom = \"2026-12-20\"\nto = \"2027-01-02\"\nzone = \"UTC\"\nreason = \"holidays\"\n";

pub(super) fn rules(text: &str) -> ReleaseRules {
    rules_beside(text, &[])
}

/// The rules, with other files of policy.
pub(super) fn rules_beside(text: &str, others: &[(&str, &str)]) -> ReleaseRules {
    const PROGRAMME: &str = include_str!("../../../../../../policy/programme.toml");
    const GATES: &str = include_str!("../../../../../../policy/gates.toml");
    let files = [("programme.toml", PROGRAMME), ("gates.toml", GATES), ("release.toml", text)];
    let files = files.iter().chain(others);
    let files: BTreeMap<_, _> =
        files.map(|(name, text)| ((*name).to_owned(), text.as_bytes().to_vec())).collect();
    let (policy, findings) = thrice_programme::check("policy", &files);
    assert_eq!(findings, []);
    policy.unwrap().release.unwrap()
}

pub(super) fn message(stage: Stage) -> Message {
    Message {
        programme: "Demo".to_owned(),
        version: if stage == Stage::Rc { "1.4.0-rc.1" } else { "1.4.0" }.to_owned(),
        sha: hex('a', 40),
        tree: hex('b', 40),
        stage,
        rc: (stage == Stage::Ga).then(|| "v1.4.0-rc.1".to_owned()),
        scorecard_sha256: hex('1', 64),
        evidence_zip_sha256: hex('2', 64),
        pack_sha256: hex('3', 64),
        ledger: Pin { entries: 2, root: hex('4', 64) },
        stories: vec!["I-12".to_owned()],
    }
}

pub(super) fn candidate() -> Candidate {
    Candidate {
        name: "v1.4.0-rc.1".to_owned(),
        tagged: Tagged { version: version("1.4.0"), stage: Stage::Rc, number: 1 },
        commit: hex('a', 40),
        message: Some(Ok(message(Stage::Rc))),
        signed: TagSignature::Good,
        tagged_at: Some(at("2026-03-01T09:00:00Z")),
        published: Some(Known::Is(at("2026-03-01T09:01:00Z"))),
    }
}

pub(super) fn approval(stage: Stage, by: &str, role: &str) -> (Stage, RecordedApproval) {
    let recorded = RecordedApproval {
        line: 1,
        id: format!("approval-of-{by}"),
        actor: format!("{by}@example.com"),
        addresses: vec![format!("{by}@example.com")],
        login: None,
        roles: vec![role.to_owned()],
        refused: None,
        role: None,
        subject: None,
        sha: hex('a', 40),
        expires_at: None,
        content: ApprovedContent::Same,
    };
    (stage, recorded)
}

pub(super) fn noted(kind: Kind, time: &str, data: Value) -> Decision {
    decision(at(time), kind, &data, Weight::Signed)
}

/// A release with one story, whose evidence lacks something.
pub(super) fn traced(lacks: Vec<Finding>) -> Trace {
    let planned = Planned {
        title: "Retry".to_owned(),
        acceptance: vec!["a failed call is tried again".to_owned()],
        evidence: "evidence/I-12".to_owned(),
        lacks,
    };
    let story = Traced { planned: Some(planned), ..Traced::default() };
    Trace { stories: [("I-12".to_owned(), story)].into(), others: Vec::new() }
}

impl Case {
    pub(super) fn new(stage: Stage) -> Self {
        let mut listed = String::new();
        let mut tag = |name: &str, object: char, commit: char| {
            let (object, commit) = (hex(object, 40), hex(commit, 40));
            let name = format!("refs/tags/{name}");
            listed.push_str(&format!("{object}\t{name}\n{commit}\t{name}^{{}}\n"));
        };
        tag("v1.3.9", '7', '8');
        tag("v2.0.0", '9', 'c');
        if stage == Stage::Ga {
            tag("v1.4.0-rc.1", '6', 'a');
        }
        let given = [(Stage::Rc, "ana", "maintainer"), (Stage::Ga, "ana", "maintainer")];
        let given = given.into_iter().chain([(Stage::Ga, "sol", "security")]);
        let ledger = Ledger {
            path: "ledger".to_owned(),
            pin: Pin { entries: 2, root: hex('4', 64) },
            standing: LedgerStanding::default(),
            approvals: given.map(|(stage, by, role)| approval(stage, by, role)).collect(),
        };
        Self {
            rules: rules(RULES),
            tagged: Tagged {
                version: version("1.4.0"),
                stage,
                number: u64::from(stage != Stage::Ga),
            },
            sha: hex('a', 40),
            standing: Known::Is(Standing::On),
            decision: json!({
                "schema": "xtask/orr/1",
                "programme": "demo",
                "verdict": "pass",
                "commit": hex('a', 40),
                "policy_sha256": hex('3', 64),
                "branch": "main",
                "run_ids": ["r.1", "r.2", "r.3"],
                "scorecard_sha256": hex('1', 64),
                "evidence_zip_sha256": hex('2', 64),
                "started_at": "2026-03-01T08:00:00Z",
                "finished_at": "2026-03-01T08:01:00Z",
            }),
            at_hand: AtHand {
                scorecard_sha256: Some(hex('1', 64)),
                evidence_zip_sha256: Some(hex('2', 64)),
            },
            names_server: false,
            listed,
            unseen: None,
            own: None,
            candidate: (stage == Stage::Ga).then(candidate),
            earlier: None,
            ledger: Known::Is(ledger),
            decisions: Vec::new(),
            makers: vec!["dora@example.com".to_owned()],
            trace: traced(Vec::new()),
            reports: vec![("security", "docs/security.md".to_owned(), Some(17))],
            unable: Vec::new(),
            now: at("2026-03-01T12:00:00Z"),
        }
    }

    pub(super) fn ledger(&mut self) -> &mut Ledger {
        match &mut self.ledger {
            Known::Is(ledger) => ledger,
            _ => panic!("no ledger"),
        }
    }

    pub(super) fn tag(&mut self, name: &str, object: char, commit: Option<char>) {
        let name = format!("refs/tags/{name}");
        self.listed.push_str(&format!("{}\t{name}\n", hex(object, 40)));
        if let Some(commit) = commit {
            self.listed.push_str(&format!("{}\t{name}^{{}}\n", hex(commit, 40)));
        }
    }

    pub(super) fn judged(&self) -> Vec<Claim> {
        let recorded = thrice_patch::judge::pr_body::RecordedDecision::read(
            self.decision.to_string().as_bytes(),
        );
        let recorded = match recorded {
            Ok(recorded) => Known::Is(recorded),
            Err(finding) => Known::Unseen(*finding),
        };
        let (reviewed, digests) =
            at_machine(recorded, &self.at_hand, "demo", &self.sha, self.names_server);
        let tags = match &self.unseen {
            Some(finding) => Known::Unseen(finding.clone()),
            None => Known::Is(Tags::read(&self.listed, &self.rules.form)),
        };
        let mut ledger = self.ledger.clone();
        if let Known::Is(ledger) = &mut ledger {
            ledger.standing = LedgerStanding::of(self.decisions.clone(), self.now);
        }
        check(&ReleaseFacts {
            rules: &self.rules,
            tagged: self.tagged,
            sha: &self.sha,
            tree: &hex('b', 40),
            default_branch: "main",
            standing: self.standing.clone(),
            reviewed,
            digests,
            tags: &tags,
            own: self.own.as_deref(),
            candidate: self.candidate.clone(),
            earlier: self.earlier.clone(),
            ledger: &ledger,
            makers: &self.makers,
            trace: &self.trace,
            reports: self.reports.clone(),
            unable: self.unable.clone(),
            now: self.now,
        })
    }
}

#[test]
fn a_candidate_and_a_release_of_which_all_is_so_are_proven() {
    for stage in [Stage::Rc, Stage::Ga] {
        let claims = Case::new(stage).judged();
        let open: Vec<&Claim> =
            claims.iter().filter(|claim| claim.answer != Verdict::Pass).collect();
        assert_eq!(open, Vec::<&Claim>::new(), "{stage:?}");
        assert!(claims.len() >= 9, "{claims:?}");
    }
}
