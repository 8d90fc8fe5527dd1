//! `story notes`: lays out what the author of a pull request says of its story.

use clap::Args;
use serde_json::json;

use super::evidence::Evidence;
use super::gather::{Delivery, On};
use thrice_facts::files;
use thrice_findings::{Code, Finding, Stop};
use thrice_orr::layout::Output;
use thrice_programme::Story;
use thrice_programme::world::World;
use thrice_report::Report;
use thrice_report::text::safe;

/// Lays out the notes of a story for the body of its pull request.
#[derive(Debug, Args)]
pub struct Notes {
    /// The story.
    #[arg(value_name = "ID")]
    story: String,
    /// Shows what it would write, and writes nothing.
    #[arg(long)]
    dry_run: bool,
}

impl Notes {
    pub(super) fn run(self, world: &World) -> Result<Report, Stop> {
        let delivery = Delivery::of(world, On::Local)?;
        let (story, _) = delivery.story(&self.story)?;
        let risks: Vec<String> = delivery
            .recorded
            .risks()
            .into_iter()
            .filter(|risk| risk.stories.contains(&story.id))
            .map(|risk| format!("{}: {}", risk.id, risk.title))
            .collect();
        let root = Evidence::root(&delivery.policy);
        let text = text(story, &risks, &format!("{root}/{}", story.id));
        let output = Output::of(&delivery.repository, &delivery.policy);
        let name = format!("{}-notes.toml", story.id);
        let shown = format!("{}/{name}", delivery.policy.programme.output);
        let path = output.folder().join(&name);
        let mut report = Report::new();
        if path.exists() {
            let message = format!("{} is there already", safe(&shown));
            let finding = Finding::new(Code::UsageWrong, message);
            return Err(finding.help("write it, or delete it and run this again").into());
        }
        if self.dry_run {
            report.body = text;
            return Ok(report);
        }
        output.prepare()?;
        files::write_whole(&path, text.as_bytes())?;
        let id = safe(&story.id);
        report.body = format!(
            "{0} written\nnext: replace its words, then \
            `cargo xtask pr open --story {id} --story-notes {0}`\n",
            safe(&shown)
        );
        report.data = json!({ "story": story.id, "file": shown });
        Ok(report)
    }
}

/// The notes of a story, with all that policy and ledger say of it.
fn text(story: &Story, risks: &[String], evidence: &str) -> String {
    let list = |texts: &[String], otherwise: &str| {
        let texts = if texts.is_empty() { vec![otherwise.to_owned()] } else { texts.to_vec() };
        json!(texts).to_string()
    };
    let result = |criterion: &String| format!("{criterion}: replace this by its result");
    let base: Vec<String> = story.acceptance.iter().map(result).collect();
    let delta: Vec<String> = story.delta.iter().map(result).collect();
    let evidence = vec![format!("{evidence}/functional.md")];
    format!(
        "dor = \"Replace this: how the definition of ready was met\"\n\
        dod = \"Replace this: how the definition of done is met\"\n\
        risks = {}\n\
        evidence = {}\n\
        # Where the change is risky: how it is taken back.\n\
        # rollback = [\"\"]\n\n\
        [acceptance]\n\
        base = {}\n\
        delta = {}\n\n\
        # One of the two.\n\
        [runbook]\n\
        # changed = [\"\"]\n\
        not_applicable = \"Replace this: why no runbook had to change\"\n",
        list(risks, "none that is known"),
        list(&evidence, ""),
        list(&base, "none"),
        list(&delta, "none"),
    )
}
