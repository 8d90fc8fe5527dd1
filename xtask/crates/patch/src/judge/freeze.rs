//! The freeze: from a day of each sprint to its end, declared paths do not change
//! (S-1.3). An exception has a path and an end.

use jiff::Timestamp;

use thrice_findings::Verdict;
use thrice_findings::text::quoted;
use thrice_findings::{Code, Finding, Place, add_new, display_bytes, verdict};
use thrice_ledger::expiry;
use thrice_policy::values::PathGlob;
use thrice_programme::Calendar;
use thrice_programme::calendar::days::{begin_of, current_sprint, end_of, frozen_days};
use thrice_programme::calendar::{Freeze, Sprint};
use thrice_programme::filemap::PlacedGlob;

/// The rule that an exception names.
pub const RULE: &str = "freeze";

/// A freeze that holds now.
#[derive(Clone, Debug)]
pub struct Frozen<'a> {
    /// The sprint whose freeze it is.
    pub sprint: &'a Sprint,
    /// What is frozen.
    pub freeze: &'a Freeze,
    /// When it ends.
    pub until: Timestamp,
}

/// An exception as the ledger has it.
#[derive(Clone, Debug)]
pub struct Exception {
    /// The entry's own name.
    pub id: String,
    /// The line of the ledger, from 1.
    pub line: usize,
    /// What it is for: a path or a glob.
    pub subject: Option<String>,
    /// When it ends.
    pub expires_at: Option<Timestamp>,
    /// Why the entry does not count at all, where it does not.
    pub refused: Option<Finding>,
}

/// The freeze that holds at a time, where one does.
#[must_use]
pub fn frozen(calendar: &Calendar, now: Timestamp) -> Option<Frozen<'_>> {
    let freeze = calendar.freeze.as_ref()?;
    let sprint = current_sprint(calendar, now)?;
    let days = frozen_days(calendar, sprint)?;
    let until = end_of(calendar, days.to);
    (begin_of(calendar, days.from) <= now && now < until).then_some(Frozen {
        sprint,
        freeze,
        until,
    })
}

impl<'a> Frozen<'a> {
    /// The glob that freezes a path. On systems that do not tell letter case apart, a path
    /// in other letters is the same file; what is excepted is excepted to the letter.
    #[must_use]
    pub fn glob(&self, path: &[u8]) -> Option<&'a PlacedGlob> {
        let text = String::from_utf8_lossy(path);
        let lower = text.to_lowercase();
        let reaches = |glob: &&PlacedGlob| {
            let any = PathGlob::new(&glob.glob.text().to_lowercase());
            glob.glob.is_match(&text) || any.is_ok_and(|any| any.is_match(&lower))
        };
        let glob = self.freeze.paths.iter().find(reaches)?;
        let excepted = std::str::from_utf8(path)
            .is_ok_and(|path| self.freeze.except.iter().any(|glob| glob.glob.is_match(path)));
        (!excepted).then_some(glob)
    }
}

/// What a freeze has against changes of some paths.
#[must_use]
pub fn judge<'p>(
    frozen: &Frozen<'_>,
    paths: impl Iterator<Item = &'p [u8]>,
    exceptions: &[Exception],
    (ledger, now): (&str, Timestamp),
) -> Vec<Finding> {
    let mut findings = Vec::new();
    let mut open: Vec<Finding> = Vec::new();
    for path in paths {
        let Some(glob) = frozen.glob(path) else { continue };
        let mut why = Vec::new();
        let mut lifted = false;
        for exception in exceptions.iter().filter(|it| covers(it.subject.as_deref(), path)) {
            match holds(exception, now) {
                Ok(()) => lifted = true,
                Err(WhyNoException::Open(finding)) => {
                    add_new(&mut open, [finding.at(Place::line(ledger, exception.line))]);
                }
                Err(WhyNoException::Not(reason)) => why.push(reason),
            }
        }
        if !lifted {
            findings.push(refused(frozen, path, glob, &why));
        }
    }
    if !findings.is_empty() {
        findings.extend(open);
    }
    findings
}

fn refused(frozen: &Frozen<'_>, path: &[u8], glob: &PlacedGlob, why: &[String]) -> Finding {
    let path = display_bytes(path);
    let id = &frozen.sprint.id;
    let until = frozen.until.strftime("%Y-%m-%d %H:%M UTC");
    let why = if why.is_empty() { String::new() } else { format!(" ({})", why.join("; ")) };
    let by = quoted(glob.glob.text());
    let message = format!(
        "{path} is frozen in sprint {id} until {until} by {by}: {}{why}",
        frozen.freeze.reason
    );
    Finding::new(Code::FreezeWindow, message)
        .help(format!(
            "wait until then; or record `cargo xtask approve exception {RULE} --subject {path} \
            --reason TEXT --expires TIME`"
        ))
        .at(Place::file(path))
}

/// Whether an exception is for a path. One for everything is for nothing.
fn covers(subject: Option<&str>, path: &[u8]) -> bool {
    let (Some(subject), Ok(path)) = (subject, std::str::from_utf8(path)) else { return false };
    subject == path || PathGlob::new(subject).is_ok_and(|glob| glob.is_match(path))
}

enum WhyNoException {
    Not(String),
    Open(Box<Finding>),
}

fn holds(exception: &Exception, now: Timestamp) -> Result<(), WhyNoException> {
    let id = quoted(&exception.id);
    if let Some(finding) = &exception.refused {
        if verdict(std::slice::from_ref(finding)) == Verdict::NotEstablished {
            return Err(WhyNoException::Open(Box::new(finding.clone())));
        }
        return Err(WhyNoException::Not(format!(
            "the exception {id} does not count: {}",
            finding.message
        )));
    }
    let Some(end) = exception.expires_at else {
        return Err(WhyNoException::Not(format!("the exception {id} has no end")));
    };
    if expiry::is_over(Some(end), now) {
        return Err(WhyNoException::Not(format!("the exception {id} ended at {end}")));
    }
    Ok(())
}
