//! A release on GitHub: draft, files, publication. It is found again by its tag, for a
//! draft has no other name.

use std::time::Duration;

use serde_json::json;

use super::execute::Session;
use super::journal::{Opened, ReleaseLine};
use crate::judge::limits;
use crate::judge::published::{Release, judge_assets, published};
use thrice_facts::github::{Failure, GitHub, encoded};
use thrice_facts::{clock, files};
use thrice_findings::{Code, Finding, Severity, Stop};
use thrice_programme::release::Stage;
use thrice_report::text::safe;

/// How often a draft is looked for whose making nobody confirmed; a list may be behind.
const LOOKS: u32 = 3;
/// Time between two looks.
const BETWEEN: Duration = Duration::from_secs(2);

impl Session<'_> {
    /// Publishes it; gives the address of its page.
    pub(super) fn publish(
        &mut self,
        opened: &Opened,
        object: &str,
    ) -> Result<Option<String>, Stop> {
        let reported = self.journal.lines.iter().find_map(|line| match line {
            ReleaseLine::Published { url } => Some(url.clone()),
            _ => None,
        });
        if let Some(url) = reported {
            return Ok(url);
        }
        let Some(github) = self.context.github else {
            let message = "this release started on GitHub, but `--on local` does not ask GitHub";
            let help = "run it again without `--on local`";
            return Err(Finding::new(Code::ReleaseJournal, message).help(help).into());
        };
        let mut release = match find(github, &opened.tag)? {
            Some(release) => release,
            None => self.draft(github, opened)?,
        };
        if release.draft {
            release = self.fill(github, opened, release)?;
            self.still_there(opened, object)?;
            release = self.go_public(github, opened, &release)?;
        }
        let wanted = limits::uploads(&opened.files, &opened.uploads, &self.notes()?);
        let judged = judge_assets(&release, &wanted);
        if let Some(name) = judged.missing.first() {
            let message = format!("the published release lacks {}", safe(name));
            let help = "take the next version: what is published stays as it is";
            return Err(Finding::new(Code::ReleaseAsset, message).help(help).into());
        }
        let mut findings = judged.findings;
        findings.extend(published(&release, opened.stage));
        if let Some(first) = findings.into_iter().find(|it| it.severity == Severity::Refuse) {
            return Err(first.into());
        }
        self.still_there(opened, object)?;
        let url = release.html_url;
        self.journal.write(ReleaseLine::Published { url: url.clone() })?;
        Ok(url)
    }

    /// The notes, which are the release's text.
    fn notes(&self) -> Result<String, Stop> {
        let bytes = files::read(&self.journal.folder().join("NOTES.md"))?;
        Ok(String::from_utf8_lossy(&bytes).into_owned())
    }

    fn draft(&mut self, github: &GitHub, opened: &Opened) -> Result<Release, Stop> {
        let body = json!({
            "tag_name": opened.tag,
            "target_commitish": opened.sha,
            "name": opened.message.lines().next(),
            "body": limits::body(&self.notes()?),
            "draft": true,
            "prerelease": opened.stage != Stage::Ga,
        });
        self.journal.write(ReleaseLine::DraftBegan)?;
        let release = match github.send("POST", &github.repo("releases"), &body) {
            Ok(answer) => answer.json::<Release>().ok(),
            Err(failure) if !failure.may_have_happened() => return Err(failure.into()),
            Err(failure) => Some(self.made_after_all(github, opened, failure)?),
        };
        let release = match release {
            Some(release) => release,
            None => find(github, &opened.tag)?.ok_or_else(|| {
                Finding::new(Code::ServerSilent, "GitHub took the draft, and does not show it")
                    .help("run the same command again later: it looks for it first")
            })?,
        };
        self.journal.write(ReleaseLine::Drafted { id: release.id })?;
        Ok(release)
    }

    /// Looks for a draft whose making was asked for, and the answer lost.
    fn made_after_all(
        &self,
        github: &GitHub,
        opened: &Opened,
        failure: Failure,
    ) -> Result<Release, Stop> {
        for _ in 0..LOOKS {
            if let Some(release) = find(github, &opened.tag)? {
                return Ok(release);
            }
            if !clock::pause(BETWEEN, self.context.interrupt) {
                break;
            }
        }
        Err(failure.into())
    }

    /// Gives a draft the files that it lacks; one that is not ours is left alone.
    fn fill(
        &mut self,
        github: &GitHub,
        opened: &Opened,
        release: Release,
    ) -> Result<Release, Stop> {
        let text = |text: &str| text.replace("\r\n", "\n").trim().to_owned();
        if text(release.body.as_deref().unwrap_or_default()) != text(&limits::body(&self.notes()?))
        {
            let message = format!("GitHub has a draft of {} with another text", safe(&opened.tag));
            let help = "find out whose it is, delete it, then run the same command again";
            return Err(Finding::new(Code::ReleaseInTheWay, message).help(help).into());
        }
        let wanted = limits::uploads(&opened.files, &opened.uploads, &self.notes()?);
        let judged = judge_assets(&release, &wanted);
        if let Some(first) = judged.findings.into_iter().next() {
            return Err(first.into());
        }
        for name in &judged.missing {
            self.journal.write(ReleaseLine::UploadBegan { name: name.clone() })?;
            self.upload(github, &release, name)?;
        }
        let release: Release = github.read(&github.repo(&format!("releases/{}", release.id)))?;
        let judged = judge_assets(&release, &wanted);
        let lacking = judged.missing.first().map(|name| {
            Finding::new(
                Code::ReleaseAsset,
                format!("GitHub does not show the file {}", safe(name)),
            )
            .help("run the same command again: it is uploaded again")
        });
        if let Some(first) = judged.findings.into_iter().next().or(lacking) {
            return Err(first.into());
        }
        self.journal.write(ReleaseLine::Uploaded)?;
        Ok(release)
    }

    /// Uploads a file. What became of it is read back, whatever the answer was.
    fn upload(&self, github: &GitHub, release: &Release, name: &str) -> Result<(), Stop> {
        let url = release.upload_url.split('{').next().unwrap_or_default();
        let url = format!("{url}?name={}", encoded(name));
        let kind = match name.rsplit('.').next() {
            Some("zip") => "application/zip",
            Some("json") => "application/json",
            _ => "application/octet-stream",
        };
        match github.upload(&url, &self.journal.folder().join(name), kind) {
            Ok(_) => Ok(()),
            Err(failure) if failure.may_have_happened() => Ok(()),
            Err(failure) => Err(failure.into()),
        }
    }

    fn go_public(
        &mut self,
        github: &GitHub,
        opened: &Opened,
        release: &Release,
    ) -> Result<Release, Stop> {
        let body = json!({
            "tag_name": opened.tag,
            "draft": false,
            "prerelease": opened.stage != Stage::Ga,
            "make_latest": if opened.latest { "true" } else { "false" },
        });
        self.journal.write(ReleaseLine::PublishBegan)?;
        let path = github.repo(&format!("releases/{}", release.id));
        if let Err(failure) = github.send("PATCH", &path, &body)
            && !failure.may_have_happened()
        {
            return Err(failure.into());
        }
        let release: Release = github.read(&path)?;
        if release.draft {
            let message = format!("GitHub did not publish {}", safe(&opened.tag));
            let help = "run the same command again: it resumes";
            return Err(Finding::new(Code::GithubUnreachable, message).help(help).into());
        }
        Ok(release)
    }
}

/// The release of a tag, a draft among them.
fn find(github: &GitHub, tag: &str) -> Result<Option<Release>, Stop> {
    let all: Vec<Release> = github.list(&github.repo("releases"), None)?;
    let mut of_tag = all.into_iter().filter(|release| release.tag_name == tag);
    let first = of_tag.next();
    if let (Some(_), Some(_)) = (&first, of_tag.next()) {
        let message = format!("GitHub has several releases of {}", safe(tag));
        let help = "delete all drafts but one, then run the same command again";
        return Err(Finding::new(Code::ReleaseInTheWay, message).help(help).into());
    }
    Ok(first)
}
