//! The patch of a pull request, out of git's objects, with all that judges it.

use super::VerifyContext;
use crate::judge::claims::Pull;
use thrice_facts::git::{Commit, REMOTE};
use thrice_findings::text::is_commit;
use thrice_findings::{Code, Finding, Stop, short};
use thrice_patch::gather::{PatchInput, gather_between};
use thrice_patch::judge::filemap::{Rules, Ruling};
use thrice_patch::verbs::pr_body::{proposed, unproven};
use thrice_policy::ref_format::refused_by_git;

impl VerifyContext<'_> {
    /// The patch from the default branch's head to the pull request's, both as the server
    /// names them. What is not here yet is fetched.
    pub(super) fn patch(
        &self,
        pull: &Pull,
        default_branch: &str,
        newest: &str,
    ) -> Result<PatchInput, Stop> {
        let head = &pull.head.sha;
        for name in [default_branch, &pull.head.name] {
            if let Some(reason) = refused_by_git(name.as_bytes()) {
                let message =
                    format!("git has no branch of the name that the server says: {reason}");
                let finding = Finding::new(Code::NotEstablishedCode, message)
                    .help("see what the server's branches are called");
                return Err(finding.into());
            }
        }
        let cut = self.repository.is_shallow()?;
        if cut || self.here(newest)?.is_none() || self.here(head)?.is_none() {
            let branches = [default_branch, pull.head.name.as_str()];
            let fetched = if cut {
                self.repository.deepen(&branches, self.interrupt)
            } else {
                self.repository.fetch_objects(&branches, self.interrupt)
            };
            if let Err(said) = fetched {
                let message = format!("{REMOTE} did not give the commits: {said}");
                let finding = Finding::new(Code::NotEstablishedCode, message)
                    .help("see that `git fetch` works here, then run it again");
                return Err(finding.into());
            }
        }
        let ends = (self.commit(newest, default_branch)?, self.commit(head, &pull.head.name)?);
        gather_between(self.world, self.repository, ends, default_branch, Vec::new())
    }

    fn here(&self, id: &str) -> anyhow::Result<Option<Commit>> {
        if is_commit(id) { self.repository.commit(id) } else { Ok(None) }
    }

    fn commit(&self, id: &str, branch: &str) -> Result<Commit, Stop> {
        let lacking = || {
            let message = format!(
                "the server says that {branch} is at {}, but {REMOTE} does not give that commit",
                short(id)
            );
            Finding::new(Code::NotEstablishedCode, message)
                .help("it may have moved on just now: run the command again")
        };
        Ok(self.here(id)?.ok_or_else(lacking)?)
    }

    /// What the Filemap has against the patch, and what of the checklist does not hold.
    pub(super) fn against(
        &self,
        gathered: &PatchInput,
        rules: &Rules<'_>,
        rulings: &[Ruling<'_>],
    ) -> anyhow::Result<Vec<Finding>> {
        let mut findings = gathered.judge(self.repository, rules, rulings)?;
        findings.extend(unproven(self.repository, gathered, rules, &findings)?);
        proposed(&mut findings);
        Ok(findings)
    }
}
