//! `story ready`: the evidence minimum and the definition of done, before the pull request.

use clap::Args;
use serde_json::json;

use super::evidence::{Evidence, EvidenceAsked};
use super::gather::{Delivery, On};
use crate::judge::backlog::{StoryState, lifts, unmerged};
use thrice_documents::judge::Linked;
use thrice_findings::{Code, Finding, Stop};
use thrice_programme::world::World;
use thrice_report::Report;

/// Says whether a story is ready for its pull request.
#[derive(Debug, Args)]
pub struct Ready {
    /// The story.
    #[arg(value_name = "ID")]
    story: String,
    /// Where to look.
    #[arg(long, value_enum, default_value = "local")]
    on: On,
}

impl Ready {
    pub(super) fn run(self, world: &World) -> Result<Report, Stop> {
        let delivery = Delivery::of(world, self.on)?;
        let (story, status) = delivery.story(&self.story)?;
        let mut findings: Vec<Finding> = delivery.findings_of(&story.id).cloned().collect();
        let why = status.why.join("; ");
        match (status.state, &status.tip) {
            (StoryState::Blocked, _) => findings.push(
                Finding::new(Code::StoryBlocked, format!("{} is {why}", story.id))
                    .help(lifts(&story.id, status.block.as_ref())),
            ),
            (StoryState::Merged | StoryState::Ready, _) | (_, None) => {
                let message = format!("{} is {}: {why}", story.id, status.state.word());
                findings.push(
                    Finding::new(Code::StoryState, message)
                        .help("only a story under way, with a branch here, becomes ready"),
                );
            }
            _ => {}
        }
        let unmerged = unmerged(story, &delivery.backlog, &delivery.board);
        findings.extend(unmerged.map(|(_, finding)| finding));
        if let Some(tip) = &status.tip {
            let wanted = [(story.id.as_str(), tip.as_str())];
            let of = (&delivery.policy, Some(&delivery.backlog));
            // The pull request comes after: `pr merge-check` sees that it is this one.
            let asked =
                EvidenceAsked { changes: Some(&delivery.changes), pull: &|_| Linked::Later };
            let evidence = Evidence::of(&delivery.repository, of, &wanted, asked)?;
            let lacks = evidence.lacks().values().flatten().cloned();
            findings.extend(lacks.map(|finding| uncommitted(&delivery, &story.id, finding)));
        }
        let mut report = Report::of(findings);
        if report.exit() == 0 {
            report.body = format!("{} is ready for its pull request\n", story.id);
            report.next = Some("cargo xtask status".to_owned());
        }
        report.data = json!({
            "story": story.id, "state": status.state.word(), "commit": status.tip,
        });
        Ok(report)
    }
}

/// Evidence that is missing, but written and not committed.
fn uncommitted(delivery: &Delivery, story: &str, finding: Finding) -> Finding {
    let place = finding.place.as_ref().and_then(|place| place.file.clone());
    let written = place.filter(|path| delivery.repository.root().join(path).is_dir());
    match written.filter(|_| finding.code == Code::EvidenceMissing) {
        Some(path) => finding.help(format!(
            "{path} is not committed: `git add {path} && git commit -m \"{story}: evidence\"`"
        )),
        None => finding,
    }
}
