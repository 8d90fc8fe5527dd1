//! `incident close` and `incident postmortem`.

use clap::Args;
use jiff::Timestamp;

use super::step::said;
use crate::gather::Gathered;
use crate::judge::clocks::postmortem::{judge_postmortem, template};
use thrice_documents::judge::LONGEST;
use thrice_facts::clock::rfc3339;
use thrice_facts::files;
use thrice_findings::{Code, Finding, Place, Stop, Verdict, verdict};
use thrice_ledger::decisions::{Alarm, AlarmKind};
use thrice_ledger::recording::{PendingEntry, Recording, happened, members};
use thrice_orr::evidence::manifest::sha256_hex;
use thrice_programme::Kind;
use thrice_programme::calendar::DEFAULT_EVIDENCE;
use thrice_programme::world::World;
use thrice_report::Report;
use thrice_report::text::safe;

/// Creates an incident's postmortem from the template.
#[derive(Debug, Args)]
pub(super) struct Postmortem {
    /// The incident.
    #[arg(value_name = "ID")]
    id: String,
    /// Shows what it would write, and writes nothing.
    #[arg(long)]
    dry_run: bool,
}

/// Records that an incident is over.
#[derive(Debug, Args)]
pub(super) struct Close {
    /// The incident.
    #[arg(value_name = "ID")]
    id: String,
    /// Postmortem, a file in this repository.
    #[arg(long, value_name = "PATH")]
    postmortem: Option<String>,
    /// Note.
    #[arg(long, value_name = "TEXT")]
    note: Option<String>,
    /// End time. Default: now.
    #[arg(long, value_name = "TIME")]
    at: Option<Timestamp>,
    #[command(flatten)]
    recording: Recording,
}

/// Where the postmortem of an incident is laid out.
fn path_of(gathered: &Gathered, id: &str) -> String {
    let calendar = gathered.policy.calendar.as_ref();
    let root = calendar.map_or(DEFAULT_EVIDENCE, |calendar| calendar.evidence.as_str());
    format!("{root}/incidents/{id}.md")
}

impl Postmortem {
    pub(super) fn run(self, world: &World) -> Result<Report, Stop> {
        let gathered = Gathered::recording(world)?;
        if let Err(finding) = gathered.alarm(AlarmKind::Incident, &self.id) {
            return Err(finding.into());
        }
        let mut report = Report::new();
        let path = path_of(&gathered, &self.id);
        let root = gathered.repository.root();
        // An id of the ledger can be any text; one that is no name gives no file.
        let is_name = thrice_documents::judge::is_subject(&self.id);
        let target = if is_name { files::inside(root, &path)? } else { None };
        let Some(target) = target else {
            let message = format!("{} would lie outside of this repository", safe(&path));
            let help = "write the postmortem elsewhere, and name it with `--postmortem`";
            report.findings.push(Finding::new(Code::UsageWrong, message).help(help));
            return Ok(report);
        };
        let word = match (target.symlink_metadata().is_ok(), self.dry_run) {
            (true, _) => "is there already",
            (false, true) => "would be written",
            (false, false) => {
                files::write_whole(&target, template(&self.id).as_bytes())?;
                "written"
            }
        };
        report.body = format!(
            "{path} {word}\nnext: write it, then `cargo xtask incident close {} --postmortem {path}`\n",
            self.id
        );
        report.data = serde_json::json!({ "file": path, "written": word == "written" });
        Ok(report)
    }
}

impl Close {
    pub(super) fn run(self, world: &World) -> Result<Report, Stop> {
        let mut gathered = Gathered::recording(world)?;
        let decided = gathered.alarm(AlarmKind::Incident, &self.id).and_then(|incident| {
            let at = happened(self.at, gathered.now)?;
            // Closed once without what merges wait for, it can be closed again with it.
            match incident.over.filter(|_| !incident.stops_merges()) {
                None => Ok((incident.clone(), at)),
                Some(over) => {
                    let message = format!("{} is closed since {}", safe(&self.id), rfc3339(over));
                    let finding = Finding::new(Code::MatterState, message);
                    Err(Box::new(finding.help("`cargo xtask incident list --all`")))
                }
            }
        });
        let (incident, at) = decided?;
        let mut findings = std::mem::take(&mut gathered.findings);
        let digest = self.judge(&gathered, &incident, &mut findings)?;
        if verdict(&findings) != Verdict::Pass {
            return Err(findings.into());
        }
        let mut data = said(&incident, "closed");
        data.extend(members([
            ("postmortem", self.postmortem.clone()),
            ("postmortem_sha256", digest),
            ("note", self.note),
            ("at", self.at.map(|_| rfc3339(at))),
        ]));
        let serious = incident.needs_postmortem();
        let mut shown = format!("{} is closed", safe(&incident.id));
        if serious {
            shown.push_str("; merges that waited for it alone may go on when this is on the base");
        }
        if let Some(path) = &self.postmortem {
            shown.push_str(&format!("\nits postmortem is {}, to be committed too", safe(path)));
        }
        let decision = PendingEntry { kind: Kind::Incident, data, shown, is_signed: true };
        self.recording.record(world, decision, findings)
    }

    /// Judges the postmortem; gives its digest.
    fn judge(
        &self,
        gathered: &Gathered,
        incident: &Alarm,
        findings: &mut Vec<Finding>,
    ) -> anyhow::Result<Option<String>> {
        let id = safe(&incident.id);
        let Some(path) = &self.postmortem else {
            if incident.needs_postmortem() {
                let word = incident.severity.word();
                let message = format!("{id} is {word}, and cannot be closed without a postmortem");
                let help = format!("`cargo xtask incident postmortem {id}` lays it out");
                findings.push(Finding::new(Code::PostmortemMissing, message).help(help));
            }
            return Ok(None);
        };
        let root = gathered.repository.root();
        let target = files::inside(root, path)?.filter(|target| target.is_file());
        let Some(target) = target else {
            let message = format!("{} is no file of this repository", safe(path));
            findings.push(
                Finding::new(Code::PostmortemMissing, message)
                    .help(format!("`cargo xtask incident postmortem {id}` lays one out"))
                    .at(Place::file(path)),
            );
            return Ok(None);
        };
        let bytes = files::read_named(&target, LONGEST)?;
        let has = |path: &str| {
            let real = root.join(path).canonicalize().ok().zip(root.canonicalize().ok());
            real.is_some_and(|(real, top)| real.starts_with(top))
        };
        findings.extend(judge_postmortem(&incident.id, path, &bytes, &has));
        Ok(Some(sha256_hex(&bytes)))
    }
}
