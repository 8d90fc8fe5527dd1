//! Carrying a release out: tag, push, GitHub, ledger. Each step looks first whether it was
//! done, whatever the journal says of its end.

use serde_json::json;

use super::gather::ReleaseContext;
use super::journal::{Journal, Opened, ReleaseLine};
use crate::judge::tags::Tag;
use thrice_facts::git::{Named, NewTag, REMOTE};
use thrice_facts::{clock, files};
use thrice_findings::{Code, Finding, Known, Stop, short};
use thrice_ledger::recording::check_clock;
use thrice_ledger::{Draft, append};
use thrice_orr::evidence::manifest::sha256_hex;
use thrice_programme::Kind;
use thrice_report::Report;
use thrice_report::text::safe;

/// A release that is carried out.
pub(super) struct Session<'a> {
    pub(super) context: &'a ReleaseContext<'a>,
    pub(super) journal: Journal,
}

impl<'a> Session<'a> {
    pub(super) fn new(context: &'a ReleaseContext<'a>, journal: Journal) -> Self {
        Self { context, journal }
    }

    /// Does what is still to be done, and reports it.
    pub(super) fn carry_out(mut self, report: &mut Report) -> anyhow::Result<()> {
        let Some(opened) = self.journal.opened().cloned() else {
            anyhow::bail!("{} was not started", self.journal.folder().display());
        };
        let done = self.steps(&opened);
        match done {
            Ok(object) => report.body.push_str(&self.reported(&opened, &object)),
            Err(Stop::Broken(error)) => return Err(error),
            Err(stop) => {
                report.findings.extend(stop.into_findings());
                report.body.push_str(&format!(
                    "\n{} is under way: {}\nfix that, then run the same command again: it resumes\n",
                    safe(&opened.tag),
                    self.reached()
                ));
            }
        }
        report.data = json!({
            "tag": opened.tag,
            "stage": opened.stage.word(),
            "version": opened.version,
            "sha": opened.sha,
            "object": self.journal.object(),
            "executed": true,
            "done": self.journal.is_done(),
            "claims": report.data.get("claims"),
        });
        Ok(())
    }

    /// How far it came, for people.
    fn reached(&self) -> &'static str {
        match self.journal.lines.last() {
            Some(ReleaseLine::Opened(_)) | None => "nothing is on the remote yet",
            Some(ReleaseLine::TagMade { .. }) => {
                "the tag is made here, nothing is on the remote yet"
            }
            Some(ReleaseLine::PushBegan) => "the tag may be on the remote",
            Some(ReleaseLine::Pushed) => "the tag is on the remote",
            Some(ReleaseLine::DraftBegan) => "there may be a draft of it on GitHub",
            Some(
                ReleaseLine::Drafted { .. }
                | ReleaseLine::UploadBegan { .. }
                | ReleaseLine::Uploaded,
            ) => "there is a draft of it on GitHub",
            Some(ReleaseLine::PublishBegan) => "it may be published",
            Some(ReleaseLine::Published { .. } | ReleaseLine::EntryBegan) => {
                "it is out, and the ledger lacks its entry"
            }
            Some(ReleaseLine::Recorded { .. }) => "all is done",
        }
    }

    fn steps(&mut self, opened: &Opened) -> Result<String, Stop> {
        match self.context.github {
            Some(github) => github.check_clock()?,
            None => check_clock(self.context.repository, self.context.interrupt)?,
        }
        self.files_as_opened(opened)?;
        let object = self.tag(opened)?;
        self.push(opened, &object)?;
        let url = if opened.github { self.publish(opened, &object)? } else { None };
        self.record(opened, &object, url)?;
        Ok(object)
    }

    fn reported(&self, opened: &Opened, object: &str) -> String {
        let ledger = &self.context.base.policy.ledger.branch;
        let tag = safe(&opened.tag);
        format!(
            "\n{tag} is out: {} on {}\n  files: {}\n  recorded in: {ledger}\nnext: cargo xtask release verify {tag}\n",
            short(object),
            short(&opened.sha),
            safe(
                &self
                    .journal
                    .folder()
                    .strip_prefix(self.context.repository.root())
                    .unwrap_or(self.journal.folder())
                    .display()
                    .to_string()
            ),
        )
    }

    /// The files beside the journal are those that it names.
    fn files_as_opened(&self, opened: &Opened) -> Result<(), Stop> {
        for file in &opened.files {
            let path = self.journal.folder().join(&file.name);
            let is = files::read_if_there(&path)?.map(|bytes| sha256_hex(&bytes));
            if is.as_deref() != Some(file.sha256.as_str()) {
                let message = format!("{} changed since this release started", path.display());
                let help = "restore it; where nothing is on the remote yet, move the folder away";
                return Err(Finding::new(Code::ReleaseJournal, message).help(help).into());
            }
        }
        Ok(())
    }

    /// The tag as an object here. It is made once; a second one could be another object.
    fn tag(&mut self, opened: &Opened) -> Result<String, Stop> {
        let repository = self.context.repository;
        let ours = |named: Named| match named {
            Named::Tag(tag)
                if tag.message == opened.message
                    && tag.target == opened.sha
                    && tag.name == opened.tag
                    && tag.seconds == Some(opened.seconds) =>
            {
                Some(tag.id)
            }
            _ => None,
        };
        if let Some(object) = self.journal.object().map(str::to_owned) {
            return match ours(repository.named(&object)?) {
                Some(object) => Ok(object),
                None => {
                    let message =
                        format!("the tag's object {} is not here any more", short(&object));
                    let help = format!(
                        "`git fetch {REMOTE} tag {}`; where it is nowhere, move out/release/{} away",
                        opened.tag, opened.tag
                    );
                    Err(Finding::new(Code::ReleaseJournal, message).help(help).into())
                }
            };
        }
        let reference = format!("refs/tags/{}", opened.tag);
        let there = repository.named(&reference)?;
        let is_there = there != Named::Absent;
        let object = match ours(there) {
            Some(object) => object,
            None if is_there => {
                let message = format!("this repository has another tag `{}`", safe(&opened.tag));
                let help = format!("look at it, then `git tag -d {}`", opened.tag);
                return Err(Finding::new(Code::ReleaseTagExists, message).help(help).into());
            }
            None => {
                let new = NewTag {
                    name: &opened.tag,
                    commit: &opened.sha,
                    message: &opened.message,
                    seconds: opened.seconds,
                    sign: opened.sign,
                };
                match repository.make_tag(&new, self.context.interrupt) {
                    Ok(object) => object,
                    Err(error) => {
                        let message = format!("git made no tag: {}", safe(&error.refusal()?));
                        let help = "see that git can sign here, then run the command again";
                        return Err(Finding::new(Code::ReleaseKey, message).help(help).into());
                    }
                }
            }
        };
        self.journal.write(ReleaseLine::TagMade { object: object.clone() })?;
        Ok(object)
    }

    /// What the remote has of that name now.
    pub(super) fn on_remote(&self, opened: &Opened) -> Result<Option<Tag>, Stop> {
        match self.context.base.tags(self.context.repository)? {
            Known::Is(tags) => Ok(tags.named(&opened.tag).cloned()),
            Known::Absent => Ok(None),
            Known::Unseen(finding) => Err(finding.into()),
        }
    }

    /// The remote has exactly this object under exactly this name.
    pub(super) fn still_there(&self, opened: &Opened, object: &str) -> Result<(), Stop> {
        match self.on_remote(opened)? {
            Some(tag) if tag.object == object && tag.commit.as_deref() == Some(&opened.sha) => {
                Ok(())
            }
            found => {
                let seen = found.map_or("not there", |_| "another one");
                let message = format!("the tag {} is {seen} on the remote", safe(&opened.tag));
                let help = "find out who moved it; take the next version";
                Err(Finding::new(Code::ReleaseMoved, message).help(help).into())
            }
        }
    }

    fn push(&mut self, opened: &Opened, object: &str) -> Result<(), Stop> {
        if self.journal.lines.iter().any(|line| matches!(line, ReleaseLine::Pushed)) {
            return self.still_there(opened, object);
        }
        if self.on_remote(opened)?.is_none() {
            self.journal.write(ReleaseLine::PushBegan)?;
            let context = self.context;
            let pushed = context.repository.push_tag(object, &opened.tag, context.interrupt);
            // Its answer may be lost after the remote took it.
            if let Err(error) = pushed
                && !matches!(self.on_remote(opened), Ok(Some(_)))
            {
                let message = format!("the tag was not pushed: {}", safe(&error.to_string()));
                let help = "fix that, then run the same command again";
                return Err(Finding::new(Code::ReleasePush, message).help(help).into());
            }
        }
        self.still_there(opened, object)?;
        self.journal.write(ReleaseLine::Pushed)?;
        Ok(())
    }

    /// The entry of the ledger, which is the last thing.
    fn record(&mut self, opened: &Opened, object: &str, url: Option<String>) -> Result<(), Stop> {
        let mut data = opened.entry.clone();
        data.insert("tag_object".to_owned(), json!(object));
        if let Some(url) = url {
            data.insert("url".to_owned(), json!(url));
        }
        let digits = sha256_hex(format!("{}\0{}", opened.tag, opened.sha).as_bytes());
        let id = format!("release-{}", digits.get(..24).unwrap_or(&digits));
        self.journal.write(ReleaseLine::EntryBegan)?;
        let draft = Draft { kind: Kind::Release, data, id: Some(id), key: None };
        let base = self.context.base;
        let appended = append(
            self.context.repository,
            &base.policy.ledger,
            &base.keygen,
            &draft,
            &clock::now,
        )?;
        if let Some(why) = appended.waits.as_ref().map(|it| &it.why) {
            let message = format!("{} is not in effect yet: {why}", appended.entry.said.id);
            let help = "see that `git push` works here, then run the same command again";
            return Err(Finding::new(Code::LedgerUnreached, message).help(help).into());
        }
        self.journal.write(ReleaseLine::Recorded {
            id: appended.entry.said.id.clone(),
            entries: appended.head.entries,
            root: appended.head.root.to_string(),
        })?;
        Ok(())
    }
}
