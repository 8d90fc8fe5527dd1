//! `ledger append`: what commands that record decisions do, by hand.

use std::path::PathBuf;

use clap::Args;
use serde_json::{Map, Value, json};

use crate::gather::moved_warning;
use crate::recording::check_clock;
use crate::signature::Keygen;
use crate::{Appended, Draft, append};
use thrice_facts::clock;
use thrice_facts::files;
use thrice_facts::interrupt::Interrupt;
use thrice_findings::{Code, Finding, Stop};
use thrice_programme::ledger::Kind;
use thrice_programme::world::World;
use thrice_report::Report;

/// Longest data, in bytes.
const MOST: usize = 256 << 10;

/// Appends an entry.
#[derive(Debug, Args)]
pub struct Append {
    /// What sort of decision it is.
    #[arg(value_name = "KIND")]
    kind: String,
    /// A JSON object that says it; `-` for standard input.
    #[arg(value_name = "FILE")]
    data: PathBuf,
    /// The entry's own name.
    #[arg(long, value_name = "ID")]
    id: Option<String>,
    /// The key to sign with.
    #[arg(long, value_name = "FILE")]
    key: Option<PathBuf>,
}

impl Append {
    pub(super) fn run(self, world: &World) -> Result<Report, Stop> {
        let Some(kind) = Kind::from_word(&self.kind) else {
            let message = format!("nothing of the kind `{}` can be appended", self.kind);
            let finding = Finding::new(Code::UsageWrong, message);
            return Err(finding.help("docs/ledger.md lists the kinds").into());
        };
        let bytes = files::read_named(&self.data, MOST)?;
        let read: Result<Map<String, Value>, _> = serde_json::from_slice(&bytes);
        let data = match read {
            Ok(data) if bytes.len() <= MOST => data,
            _ => {
                let message = format!("the data is no JSON object of at most {MOST} bytes");
                return Err(Finding::new(Code::UsageWrong, message).into());
            }
        };
        let repository = world.repository()?;
        let interrupt = Interrupt::listen()?;
        let mut findings = Vec::new();
        let base = super::verify::base(world, &repository, &mut findings)?;
        let keygen = Keygen::new(&base.signers, &interrupt)?;
        let draft = Draft { kind, data, id: self.id, key: self.key };
        let appended = check_clock(&repository, &interrupt)
            .and_then(|()| append(&repository, &base.rules, &keygen, &draft, &clock::now));
        match appended {
            Ok(appended) => Ok(report(findings, &appended, &base.rules.branch)),
            Err(finding) => {
                findings.push(*finding);
                Err(findings.into())
            }
        }
    }
}

/// Says what is in the ledger of that name now; what could not be pushed is not in effect.
pub(crate) fn report(mut findings: Vec<Finding>, appended: &Appended, ledger: &str) -> Report {
    let id = &appended.entry.said.id;
    let verb = match (&appended.waits, appended.is_new) {
        (Some(_), _) => "kept for",
        (None, true) => "appended to",
        (None, false) => "is already in",
    };
    findings.extend(appended.not_in_effect());
    findings.extend(appended.moved.iter().map(moved_warning));
    let mut report = Report::of(findings);
    report.body = format!("{id} {verb} {ledger}\nhead: {}\n", appended.head);
    report.data = json!({
        "ledger": ledger,
        "in_effect": appended.waits.is_none(),
        "id": id,
        "index": appended.entry.index,
        "is_new": appended.is_new,
        "entries": appended.head.entries,
        "root": appended.head.root.to_string(),
    });
    report
}
