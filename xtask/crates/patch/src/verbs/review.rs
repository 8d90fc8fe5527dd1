//! `review`: the reviewer's rubric over a patch, by the rules of its base.

mod gather;

use std::path::PathBuf;

use clap::Args;
use serde_json::{Value, json};

use crate::judge::pr_body::RecordedDecision;
use crate::judge::review;
use crate::judge::review::{ChecklistLine, ReviewFacts, Touched};
use gather::ReviewInput;
use thrice_findings::path::display_bytes;
use thrice_findings::{Finding, Stop, Verdict};
use thrice_programme::world::World;
use thrice_report::Report;
use thrice_report::table::Table;
use thrice_report::text::safe;

pub use gather::codeowners;

/// The reviewer's rubric: areas, owners, and the checklist with what is proven.
#[derive(Debug, Args)]
pub struct Review {
    /// Commit to compare with. Default: the HEAD of the default branch.
    #[arg(long, value_name = "REV")]
    base: Option<String>,
    /// Body of the pull request; `-` for standard input. Checked as `pr-body --check` does.
    #[arg(long, value_name = "FILE|-")]
    body: Option<PathBuf>,
}

impl Review {
    /// The review of the patch in HEAD with the body in a file.
    #[must_use]
    pub fn of(file: PathBuf) -> Self {
        Self { base: None, body: Some(file) }
    }

    /// Reviews the patch.
    ///
    /// # Errors
    /// Where the tool itself cannot do its part.
    pub fn run(self, world: &World) -> Result<Report, Stop> {
        let gathered = gather::gather(world, self.base.as_deref(), self.body.as_deref())?;
        Ok(report(&gathered))
    }
}

fn report(gathered: &ReviewInput) -> Report {
    let policy = &gathered.policy;
    let facts = ReviewFacts {
        filemap: gathered.filemap.as_deref(),
        content: gathered.content.as_deref(),
        decision: gathered.decision.as_deref(),
        policy_sha256: &gathered.policy_sha256,
        archive_sha256: gathered.archive_sha256.as_deref(),
        body: gathered.body.as_ref().map(|(problems, _)| problems.as_slice()),
        beside: gathered.body.as_ref().map_or(&[], |(_, beside)| beside.as_slice()),
    };
    let filemap = policy.filemap.as_ref();
    let codeowners = gathered.codeowners.as_ref();
    let areas = filemap.map_or_else(Vec::new, |filemap| {
        let owners = codeowners.map(|(_, owners)| owners);
        review::touched(&gathered.patch, filemap, &policy.programme.roles, owners)
    });
    let reviewed = review::review(&gathered.patch, policy, &facts);
    let mut findings = reviewed.findings;
    findings.extend(gathered.skipped.clone());
    findings.extend(lost_tests(gathered));
    findings.extend(review::apart(&areas, codeowners.map(|(path, _)| path.as_str())));
    let mut report = Report::of(findings);
    report.body =
        format!("{}{}", shown_areas(&areas), shown_checklist(&reviewed.checklist, &areas));
    report.data = json!({
        "base": gathered.patch.base,
        "head": gathered.patch.head,
        "paths": gathered.patch.changes.len(),
        "areas": areas.iter().map(area).collect::<Vec<_>>(),
        "checklist": reviewed.checklist.iter().map(line).collect::<Vec<_>>(),
    });
    report
}

/// What the review of this patch said of tests that are gone.
fn lost_tests(gathered: &ReviewInput) -> Vec<Finding> {
    let decision = gathered.decision.as_deref().map(RecordedDecision::read);
    let of_head = decision.and_then(Result::ok).filter(|it| it.commit == gathered.patch.head);
    of_head.iter().flat_map(RecordedDecision::lost_tests).cloned().collect()
}

fn shown_areas(areas: &[Touched<'_>]) -> String {
    if areas.is_empty() {
        return "the patch touches no area of the Filemap\n".to_owned();
    }
    let mut table = Table::new(["area", "files", "owners", "CODEOWNERS", "gates"]);
    for touched in areas {
        let holders: Vec<String> = touched
            .holders
            .iter()
            .map(|holder| safe(&format!("{} ({})", holder.role, holder.members.join(" "))))
            .collect();
        let named: Vec<&str> = touched.codeowners.iter().copied().collect();
        table.row([
            safe(&touched.area.name),
            touched.paths.len().to_string(),
            holders.join(", "),
            if named.is_empty() { "nobody".to_owned() } else { safe(&named.join(" ")) },
            touched.area.gates.join(" "),
        ]);
    }
    table.text()
}

/// The objective checklist with its answers, then what only a person can answer.
fn shown_checklist(checklist: &[ChecklistLine], areas: &[Touched<'_>]) -> String {
    let mut text = "\nChecklist\n".to_owned();
    for line in checklist {
        let mark = match line.answer.verdict {
            Verdict::Pass if !line.answer.applies => "[-]",
            Verdict::Pass => "[x]",
            Verdict::Fail => "[ ]",
            Verdict::NotEstablished => "[?]",
        };
        text.push_str(&format!(
            "- {mark} {}\n      {}\n",
            safe(&line.text),
            safe(&line.answer.why)
        ));
    }
    for touched in areas.iter().filter(|touched| !touched.area.checklist.is_empty()) {
        let roles: Vec<&str> = touched.holders.iter().map(|holder| holder.role).collect();
        let whose = if roles.is_empty() { "anybody".to_owned() } else { roles.join(", ") };
        text.push_str(&safe(&format!("\n{}, for {whose} to see\n", touched.area.name)));
        for item in &touched.area.checklist {
            text.push_str(&format!("- {}\n", safe(item).replace('\n', "\\n")));
        }
    }
    text
}

fn area(touched: &Touched<'_>) -> Value {
    let paths = |paths: &[&[u8]]| paths.iter().map(|path| display_bytes(path)).collect::<Vec<_>>();
    json!({
        "area": touched.area.name,
        "paths": paths(&touched.paths),
        "owners": touched.holders.iter()
            .map(|holder| json!({ "role": holder.role, "members": holder.members }))
            .collect::<Vec<_>>(),
        "codeowners": touched.codeowners,
        "without_codeowners": paths(&touched.unowned),
        "with_other_codeowners": paths(&touched.others),
        "gates": touched.area.gates,
        "checklist": touched.area.checklist,
    })
}

fn line(line: &ChecklistLine) -> Value {
    let answer = match line.answer.verdict {
        Verdict::Pass if !line.answer.applies => "not applicable",
        Verdict::Pass => "proven",
        Verdict::Fail => "disproven",
        Verdict::NotEstablished => "not established",
    };
    json!({ "line": line.text, "answer": answer, "why": line.answer.why })
}
