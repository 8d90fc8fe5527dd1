//! What the server shows of the runs that a body names.

use std::collections::BTreeMap;

use super::{VerifyContext, seen};
use crate::judge::claims::{Left, Parts, RunFacts, wanted};
use thrice_facts::github::{FailureKind, encoded};
use thrice_findings::{Code, Finding, Known, Stop};
use thrice_orr::evidence::bundle;
use thrice_orr::evidence::manifest::sha256_hex;
use thrice_orr::judge::server::{
    Artifact, Expected, Job, MOST_BYTES, Run, choose_artifact, judge_digest, judge_run,
};
use thrice_orr::red_reviews;

/// As many runs as a body may name; a review makes no more.
const MOST_RUNS: usize = 100;

impl VerifyContext<'_> {
    /// What there is to see of each run, in the order in which they are named.
    pub(super) fn runs(&self, ids: &[String], expected: &Expected) -> Result<Vec<RunFacts>, Stop> {
        if ids.len() > MOST_RUNS {
            let message = format!("`run_ids` names {} runs; a review has {MOST_RUNS}", ids.len());
            let finding = Finding::new(Code::Refuse20, message).help(Code::Refuse20.fix());
            return Err(finding.into());
        }
        let mut known: BTreeMap<&str, RunFacts> = BTreeMap::new();
        for id in ids {
            if !known.contains_key(id.as_str()) {
                known.insert(id, self.run(id, expected));
            }
        }
        Ok(ids.iter().filter_map(|id| known.get(id.as_str()).cloned()).collect())
    }

    /// A run that is none of this patch's is not looked into.
    pub fn run(&self, said: &str, expected: &Expected) -> RunFacts {
        let plain = said.bytes().all(|byte| byte.is_ascii_digit()) && !said.starts_with('0');
        let Some(id) = said.parse::<u64>().ok().filter(|_| plain) else {
            return RunFacts::absent(said.to_owned());
        };
        let path = self.github.repo(&format!("actions/runs/{id}"));
        let run: Known<Run> = match seen(self.github.read::<Run>(&path)) {
            Known::Is(run) if run.id == id => Known::Is(run),
            Known::Is(_) | Known::Absent => return RunFacts::absent(said.to_owned()),
            Known::Unseen(finding) => {
                return RunFacts {
                    run: Known::Unseen(finding),
                    ..RunFacts::absent(said.to_owned())
                };
            }
        };
        let foreign =
            |run: &Run| judge_run(expected, run).iter().any(|f| f.code == Code::RunMismatch);
        if let Known::Is(there) = &run
            && foreign(there)
        {
            return RunFacts { run, ..RunFacts::absent(said.to_owned()) };
        }
        let jobs = self.jobs(id);
        let (artifacts, left) = self.artifacts(id, expected);
        RunFacts { said: said.to_owned(), run, jobs, artifacts, left }
    }

    /// The runs of the same workflow and commit that are not named, whatever set them off.
    pub(super) fn beside(
        &self,
        named: &[String],
        expected: &Expected,
    ) -> Result<Known<Vec<RunFacts>>, Stop> {
        let (id, sha) = (expected.workflow_id, encoded(&expected.sha));
        let path = format!("actions/workflows/{id}/runs?head_sha={sha}");
        let path = self.github.repo(&path);
        let mut runs: Vec<Run> = match seen(self.github.list(&path, Some("workflow_runs"))) {
            Known::Is(runs) => runs,
            Known::Absent => return Ok(Known::Absent),
            Known::Unseen(finding) => return Ok(Known::Unseen(finding)),
        };
        runs.retain(|run| run.head_sha == expected.sha && !named.contains(&run.id.to_string()));
        if runs.len() > MOST_RUNS {
            let message = format!("there are {} other runs of this commit", runs.len());
            let help = format!("review a new head: no more than {MOST_RUNS} are looked into");
            let finding = Finding::new(Code::NotEstablishedCode, message).help(help);
            return Ok(Known::Unseen(finding));
        }
        Ok(Known::Is(runs.into_iter().map(|run| self.looked_into(run, expected)).collect()))
    }

    /// How many reviews of other commits of the same tree the server saw going red.
    pub(super) fn red_before(&self, expected: &Expected, tree: &str) -> Known<usize> {
        let id = expected.workflow_id.to_string();
        let of = (id.as_str(), expected.event.as_str());
        seen(red_reviews(self.github, of, tree, |run| run.head_sha == expected.sha))
    }

    /// No more than bears on the runs that are named is asked of one beside them.
    fn looked_into(&self, run: Run, expected: &Expected) -> RunFacts {
        let wanted = wanted(expected, &run);
        let mut facts = RunFacts::absent(run.id.to_string());
        if wanted.jobs {
            facts.jobs = self.jobs(run.id);
        }
        if wanted.left {
            (facts.artifacts, facts.left) = self.artifacts(run.id, expected);
        }
        RunFacts { run: Known::Is(run), ..facts }
    }

    fn jobs(&self, run: u64) -> Known<Vec<Job>> {
        seen(thrice_orr::jobs(self.github, run))
    }

    /// The artifacts of a run, and what is in the one that counts.
    fn artifacts(&self, run: u64, expected: &Expected) -> (Known<Vec<Artifact>>, Known<Left>) {
        let path = self.github.repo(&format!("actions/runs/{run}/artifacts"));
        let artifacts: Known<Vec<Artifact>> = seen(self.github.list(&path, Some("artifacts")));
        let chosen = match &artifacts {
            Known::Is(artifacts) => choose_artifact(expected, run, artifacts).ok(),
            Known::Absent | Known::Unseen(_) => None,
        };
        let left = chosen.map_or(Known::Absent, |artifact| self.left(artifact, expected));
        (artifacts, left)
    }

    /// What is in an artifact. Bytes of another digest than the server's are not opened.
    fn left(&self, artifact: &Artifact, expected: &Expected) -> Known<Left> {
        let path = self.github.repo(&format!("actions/artifacts/{}/zip", artifact.id));
        let bytes = match self.github.download(&path, MOST_BYTES) {
            Ok(bytes) => bytes,
            Err(failure) if failure.kind() == FailureKind::NotFound => return Known::Absent,
            Err(failure) => return Known::Unseen(failure.finding()),
        };
        let download_sha256 = sha256_hex(&bytes);
        let parts = match judge_digest(artifact, &download_sha256) {
            Some(wrong) => Err(wrong),
            None => parts(&expected.programme, &bytes).map_err(|finding| *finding),
        };
        Known::Is(Left { download_sha256, parts })
    }
}

fn parts(programme: &str, bytes: &[u8]) -> Result<Parts, Box<Finding>> {
    let bundle = bundle::open(programme, bytes)?;
    Ok(Parts {
        zip_sha256: sha256_hex(&bundle.zip),
        scorecard_sha256: sha256_hex(&bundle.scorecard),
        scorecard: bundle.scorecard,
        evidence: bundle.listed.files.into_iter().map(|file| file.path).collect(),
        source: (bundle.listed.commit, bundle.listed.tree),
    })
}
