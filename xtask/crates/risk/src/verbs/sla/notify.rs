//! `sla --notify`: one issue on GitHub for each matter that is escalated, updated with each
//! level and closed when it is over.
//!
//! A matter is found again by a mark in the first line of its issue: the digest of what, and
//! since when. Nothing is kept here, so that a lost answer, a kill
//! or another machine opens no second one.

use std::collections::BTreeMap;

use serde::Deserialize;
use serde_json::{Value, json};

use super::Screen;
use crate::judge::clocks::escalation::asked;
use crate::judge::clocks::triggers::Answer;
use crate::judge::clocks::{Holder, severity};
use thrice_facts::clock::rfc3339;
use thrice_facts::github::{Failure, GitHub, encoded};
use thrice_facts::interrupt::Interrupt;
use thrice_findings::{Code, Finding};
use thrice_ledger::decisions::Step;
use thrice_orr::evidence::manifest::sha256_hex;
use thrice_programme::risk::RiskSeverity;
use thrice_report::Report;
use thrice_report::markdown::code;
use thrice_report::text::counted;

/// The label, unless policy says otherwise.
const LABEL: &str = "sla";
/// The longest title, in characters.
const LONGEST_TITLE: usize = 120;

/// An issue that is to be.
struct Escalation {
    mark: String,
    title: String,
    body: String,
}

/// An issue, as the server has it.
#[derive(Clone, Deserialize)]
struct Issue {
    number: u64,
    state: String,
    #[serde(default)]
    body: Option<String>,
    #[serde(default)]
    author_association: Option<String>,
    #[serde(default)]
    user: Option<User>,
    #[serde(default)]
    pull_request: Option<Value>,
}

#[derive(Clone, Deserialize)]
struct User {
    #[serde(default, rename = "type")]
    sort: Option<String>,
}

/// What is to be done.
enum NoticeStep<'a> {
    Open(&'a Escalation),
    Update(u64, &'a Escalation),
    Close(u64),
}

impl Issue {
    /// The mark of an escalation, where somebody who may have written it did.
    fn mark(&self) -> Option<&str> {
        let trusted = ["OWNER", "MEMBER", "COLLABORATOR"];
        let ours = self.author_association.as_deref().is_some_and(|it| trusted.contains(&it))
            || self.user.as_ref().and_then(|user| user.sort.as_deref()) == Some("Bot");
        let first = self.body.as_deref()?.lines().next()?.trim();
        let is_mark = first.starts_with("<!-- xtask: sla ") && first.ends_with(" -->");
        (ours && is_mark && self.pull_request.is_none()).then_some(first)
    }
}

impl Screen {
    /// Opens, updates and closes issues, and adds to the report what was done.
    pub(super) fn notify(&self, interrupt: &Interrupt, execute: bool, report: &mut Report) {
        let github = match &self.github {
            Ok(github) => github,
            Err(finding) => {
                report.findings.push(finding.clone());
                return;
            }
        };
        let wanted = self.escalations();
        let label = self.rules.notify.as_ref().map_or(LABEL, |notify| notify.label.as_str());
        match go(github, label, &wanted, execute, interrupt) {
            Ok(done) => {
                report.body.push_str(&format!("{}\n", done.join("; ")));
                report.data["issues"] = json!(done);
            }
            Err(finding) => report.findings.push(*finding),
        }
    }

    /// The matters that are escalated now, each with all of its levels.
    fn escalations(&self) -> Vec<Escalation> {
        let (known, now) = (self.known(), self.gathered.now);
        let mut all = Vec::new();
        for line in self.lines() {
            let alarm = line.alarm;
            let violated = line.violated(now);
            let level = violated.len();
            let Some((last, _)) = violated.last() else { continue };
            let owner = alarm.owner.as_deref();
            let asked = asked(&known, severity(alarm, known.rules), owner, level, now);
            let key = format!("{} {} {}", alarm.kind.word(), alarm.id, rfc3339(alarm.began));
            let what = format!("{} {}", alarm.kind.word(), code(&alarm.id));
            let due = |(step, due): &(Step, jiff::Timestamp)| {
                let due = crate::page::moment(*due, &self.rules.zone);
                format!("{} was due at {due}", step.word())
            };
            let why: Vec<String> = violated.iter().map(due).collect();
            let title = format!(
                "{}: {} (level {level}, {} not in time)",
                alarm.id,
                alarm.title,
                last.word()
            );
            let about = Some((severity(alarm, known.rules), alarm.title.as_str()));
            all.push(self.escalation(&key, &title, (&what, &why.join("; ")), about, &asked));
        }
        for (trigger, answer) in self.answers() {
            let is_in_hand = |key: &str| self.gathered.standing.in_hand(&trigger.id, key).is_some();
            if let Answer::Fired(why, key) = answer
                && !is_in_hand(&key)
            {
                let key = format!("trigger {} {key}", trigger.id);
                let what = format!("trigger {}", code(&trigger.id));
                let asked = self.asked_at_once(trigger);
                let title = format!("{}: escalated at once", trigger.id);
                let about = Some((trigger.severity, ""));
                all.push(self.escalation(&key, &title, (&what, &code(&why)), about, &asked));
            }
        }
        all
    }

    /// What an issue says: nothing that changes by itself as time goes by. Words of the
    /// ledger are code, so that they call nobody and open nothing.
    fn escalation(
        &self,
        key: &str,
        title: &str,
        (what, why): (&str, &str),
        about: Option<(RiskSeverity, &str)>,
        asked: &[Holder],
    ) -> Escalation {
        let mark = format!("<!-- xtask: sla {} -->", &sha256_hex(key.as_bytes())[..32]);
        let mut body = format!("{mark}\n{what} is escalated: {why}\n\n");
        for holder in asked {
            let names: Vec<String> = holder.names.iter().map(|name| self.login(name)).collect();
            let names = if names.is_empty() { "nobody".to_owned() } else { names.join(" ") };
            body.push_str(&format!("- asked: {names}, as {}\n", code(&holder.role)));
        }
        if let Some((severity, title)) = about {
            if !title.is_empty() {
                body.push_str(&format!("- about: {}\n", code(title)));
            }
            let rule = self.rules.severity(severity);
            for action in rule.iter().flat_map(|rule| &rule.action) {
                body.push_str(&format!("- at once: {}\n", code(action)));
            }
        }
        body.push_str(
            "\n`cargo xtask sla` says where it stands; this is closed when it is over.\n",
        );
        let title: String = title
            .chars()
            .map(|c| if c.is_control() { ' ' } else { c })
            .take(LONGEST_TITLE)
            .collect();
        Escalation { mark, title, body }
    }

    /// A person as GitHub calls them, where policy knows that.
    fn login(&self, name: &str) -> String {
        let is_login = name.strip_prefix('@').is_some_and(|rest| {
            !rest.is_empty()
                && rest.bytes().all(|b| b.is_ascii_alphanumeric() || b"-_./".contains(&b))
        });
        if is_login {
            return name.to_owned();
        }
        let people = &self.gathered.policy.ledger.people;
        let person = people.iter().find(|person| person.name == name);
        person.and_then(|person| person.login.clone()).unwrap_or_else(|| code(name))
    }
}

fn go(
    github: &GitHub,
    label: &str,
    wanted: &[Escalation],
    execute: bool,
    interrupt: &Interrupt,
) -> Result<Vec<String>, Box<Finding>> {
    let issues = list(github, label)?;
    let todo = todo(&issues, wanted);
    let mut done = Vec::new();
    for step in &todo {
        if interrupt.requested() {
            break;
        }
        done.push(match step {
            NoticeStep::Open(escalation) if execute => open(github, label, escalation)?,
            NoticeStep::Open(escalation) => format!("would open {:?}", escalation.title),
            NoticeStep::Update(number, escalation) => {
                if execute {
                    let body = json!({ "title": escalation.title, "body": escalation.body });
                    github.send("PATCH", &github.repo(&format!("issues/{number}")), &body)?;
                }
                format!("#{number} {}updated", if execute { "" } else { "would be " })
            }
            NoticeStep::Close(number) => {
                if execute {
                    let body = json!({ "state": "closed" });
                    github.send("PATCH", &github.repo(&format!("issues/{number}")), &body)?;
                }
                format!("#{number} {}closed, it is over", if execute { "" } else { "would be " })
            }
        });
    }
    if done.is_empty() {
        let standing = counted(wanted.len(), "escalation");
        done.push(format!("{standing}, each with its issue already"));
    }
    Ok(done)
}

fn list(github: &GitHub, label: &str) -> Result<Vec<Issue>, Failure> {
    let path = github.repo(&format!("issues?state=all&labels={}", encoded(label)));
    github.list(&path, None)
}

/// What is to be done. Of several issues of one mark the oldest is the one.
fn todo<'a>(issues: &[Issue], wanted: &'a [Escalation]) -> Vec<NoticeStep<'a>> {
    let mut known: BTreeMap<&str, Vec<&Issue>> = BTreeMap::new();
    for issue in issues {
        if let Some(mark) = issue.mark() {
            known.entry(mark).or_default().push(issue);
        }
    }
    let mut todo = Vec::new();
    for escalation in wanted {
        let mut own = known.remove(escalation.mark.as_str()).unwrap_or_default();
        own.sort_by_key(|issue| issue.number);
        let Some((first, others)) = own.split_first() else {
            todo.push(NoticeStep::Open(escalation));
            continue;
        };
        // Who closes it by hand has seen it.
        let is_open = first.state == "open";
        if is_open && first.body.as_deref().map(normal) != Some(normal(&escalation.body)) {
            todo.push(NoticeStep::Update(first.number, escalation));
        }
        let open = others.iter().filter(|issue| issue.state == "open");
        todo.extend(open.map(|issue| NoticeStep::Close(issue.number)));
    }
    let over = known.into_values().flatten().filter(|issue| issue.state == "open");
    todo.extend(over.map(|issue| NoticeStep::Close(issue.number)));
    todo
}

/// A body as GitHub may give it back: with other ends of lines, and none at the end.
fn normal(body: &str) -> String {
    body.replace("\r\n", "\n").trim_end().to_owned()
}

fn open(github: &GitHub, label: &str, escalation: &Escalation) -> Result<String, Box<Finding>> {
    let Escalation { mark, title, body } = escalation;
    let asked = json!({ "title": title, "body": body, "labels": [label] });
    match github.send("POST", &github.repo("issues"), &asked) {
        Ok(answer) => {
            let made: Result<Issue, _> = answer.json();
            Ok(made.map_or_else(
                |_| "an issue opened".to_owned(),
                |it| format!("#{} opened", it.number),
            ))
        }
        Err(failure) if failure.may_have_happened() => {
            let again = list(github, label)?;
            match again.iter().find(|issue| issue.mark() == Some(mark)) {
                Some(issue) => Ok(format!("#{} opened", issue.number)),
                None => Err(lost(&failure)),
            }
        }
        Err(failure) => Err(failure.into()),
    }
}

/// Nobody knows whether the issue is there; the next run sees.
fn lost(failure: &Failure) -> Box<Finding> {
    let message =
        format!("nobody knows whether an issue was opened: {}", failure.finding().message);
    Box::new(
        Finding::new(Code::SlaUnseen, message)
            .help("run `cargo xtask sla --notify` again: it opens no second one"),
    )
}
