//! `explain`: what a code or a gate means, and what to do about it.

use clap::Args;
use serde_json::json;

use thrice_findings::{Code, Finding, Stop};
use thrice_orr::judge::triage;
use thrice_policy::table::nearest;
use thrice_report::Report;

/// What a code or a gate means.
#[derive(Debug, Args)]
pub struct Explain {
    /// A code such as `CEC-30` or `dirty-tree`, or a gate such as `T6`.
    #[arg(value_name = "CODE|GATE")]
    subject: String,
}

impl Explain {
    /// The command, as reports name it.
    #[must_use]
    pub fn name(&self) -> &'static str {
        "explain"
    }

    /// Prints the explanation.
    ///
    /// # Errors
    /// Never.
    pub fn run(self) -> Result<Report, Stop> {
        let mut report = Report::new();
        report.announces = false;
        if let Some(code) = Code::from_name(&self.subject) {
            report.body = triage::of_code(code);
            report.data = json!({
                "code": code,
                "meaning": code.meaning(),
                "cause": code.cause(),
                "mend": code.mend(),
                "source": code.source(),
            });
        } else if let Some(text) = triage::of_gate(&self.subject) {
            report.body = text;
            report.data = json!({ "gate": self.subject.to_uppercase(), "text": report.body });
        } else {
            report.announces = true;
            report.findings.push(unknown(&self.subject));
        }
        Ok(report)
    }
}

fn unknown(subject: &str) -> Finding {
    let names = Code::ALL.iter().map(|code| code.name()).chain(triage::GATES.iter().copied());
    let help = match nearest(subject, names) {
        Some(near) => format!("did you mean `{near}`?"),
        None => "docs/codes.md lists all codes; the gates are T0 to T8".to_owned(),
    };
    Finding::new(Code::UsageWrong, format!("there is no code or gate `{subject}`")).help(help)
}
