//! A release on GitHub, and its files.

use serde::Deserialize;

use super::{refused, short};
use thrice_findings::text::quoted;
use thrice_findings::{Code, Finding};
use thrice_programme::release::Stage;

/// A release, as GitHub reports it.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
pub(crate) struct Release {
    pub id: u64,
    /// The tag that it is of.
    pub tag_name: String,
    /// Whether nobody but writers sees it.
    pub draft: bool,
    /// Whether it is reported to be no release yet.
    pub prerelease: bool,
    /// Whether nothing of it can be changed any more.
    #[serde(default)]
    pub immutable: Option<bool>,
    #[serde(default)]
    pub body: Option<String>,
    /// Where files are uploaded, with a template of parameters behind it.
    pub upload_url: String,
    /// Where people see it.
    #[serde(default)]
    pub html_url: Option<String>,
    /// When it was published.
    #[serde(default)]
    pub published_at: Option<String>,
    #[serde(default)]
    pub assets: Vec<Asset>,
}

/// A file of a release, as GitHub reports it.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
pub(crate) struct Asset {
    pub id: u64,
    pub name: String,
    /// `uploaded`, or how far it came.
    pub state: String,
    /// How many bytes it has.
    pub size: u64,
    /// `sha256:` and the digest of its bytes.
    #[serde(default)]
    pub digest: Option<String>,
}

/// A file that a release must have.
#[derive(Clone, Debug, PartialEq, Eq, serde::Serialize, Deserialize)]
pub(crate) struct Wanted {
    pub name: String,
    /// Digest of its bytes.
    pub sha256: String,
}

/// What there is of the files of a release.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Assets {
    /// The names of those that are still to be uploaded.
    pub missing: Vec<String>,
    /// What is wrong with others.
    pub findings: Vec<Finding>,
}

/// Holds the files of a release against those that it must have.
#[must_use]
pub(crate) fn judge_assets(release: &Release, wanted: &[Wanted]) -> Assets {
    let mut judged = Assets::default();
    for wanted in wanted {
        let named: Vec<&Asset> =
            release.assets.iter().filter(|asset| asset.name == wanted.name).collect();
        let Some(asset) = named.first() else {
            judged.missing.push(wanted.name.clone());
            continue;
        };
        let name = quoted(&asset.name);
        let digest = asset.digest.as_deref().and_then(|digest| digest.strip_prefix("sha256:"));
        let help = "delete it from the draft, then run the command again";
        let (code, message) = match digest {
            Some(digest) if digest == wanted.sha256 && asset.state == "uploaded" => continue,
            _ if asset.state != "uploaded" => {
                let state = quoted(&asset.state);
                (Code::ReleaseAsset, format!("{name} was not uploaded whole: {state}"))
            }
            Some(digest) => {
                let (is, should) = (quoted(short(digest)), short(&wanted.sha256));
                (Code::ReleaseAsset, format!("{name} has the SHA-256 {is}, not {should}"))
            }
            None => (Code::ServerSilent, format!("the server does not say the SHA-256 of {name}")),
        };
        judged.findings.push(refused(code, message, help));
    }
    for asset in &release.assets {
        if !wanted.iter().any(|wanted| wanted.name == asset.name) {
            let message =
                format!("the release has a file {} that is not ours", quoted(&asset.name));
            let help = "find out whose it is, and delete it from the draft";
            judged.findings.push(refused(Code::ReleaseInTheWay, message, help));
        }
    }
    judged
}

/// What is wrong with a release that should be out for good.
#[must_use]
pub(crate) fn published(release: &Release, stage: Stage) -> Vec<Finding> {
    let mut findings = Vec::new();
    let name = quoted(&release.tag_name);
    if release.draft {
        let text = format!("the release of {name} is still a draft");
        let help = "run the command that made the tag again: it resumes";
        findings.push(refused(Code::ReleaseInTheWay, text, help));
    }
    if release.prerelease != (stage != Stage::Ga) {
        let is = if release.prerelease { "a candidate" } else { "a release" };
        let text = format!("GitHub shows {name} as {is}, but it is {}", stage.word());
        findings.push(refused(Code::ReleaseInTheWay, text, "correct its mark on GitHub"));
    }
    match release.immutable {
        Some(true) => {}
        Some(false) => {
            let text = format!("the release of {name} can still be changed");
            let help = "switch immutable releases on in the repository's settings";
            findings.push(refused(Code::ReleaseMutable, text, help));
        }
        None => {
            let text =
                format!("the server does not say whether the release of {name} is immutable");
            findings.push(refused(Code::ServerSilent, text, "run it again later"));
        }
    }
    findings
}
