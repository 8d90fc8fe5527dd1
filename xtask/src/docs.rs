//! `docs`: writes the documents that follow from the program, or checks them.

use clap::Args;

use crate::crate_map;
use thrice::cli::{NoOwnVerb, command, reported};
use thrice::reference;
use thrice_facts::files;
use thrice_findings::{Code, Finding, Place, Stop};
use thrice_patch::controls;
use thrice_programme as policy;
use thrice_programme::world::World;
use thrice_report::Report;

/// Writes docs/reference.md, docs/codes.md, docs/requirements.md, docs/schema/, the picture in
/// docs/architecture.md and, where policy names controls, docs/controls.md.
#[derive(Debug, Args)]
pub(crate) struct Docs {
    /// Writes nothing; refuses where a document differs.
    #[arg(long)]
    check: bool,
}

impl Docs {
    /// Writes or checks the documents; gives the exit status.
    pub(crate) fn run(self, world: &World) -> u8 {
        reported(world, "docs", self.report(world))
    }

    fn report(self, world: &World) -> Result<Report, Stop> {
        let repository = world.repository()?;
        let root = repository.root();
        let mut report = Report::new();
        let mut documents = reference::documents(&command::<NoOwnVerb>());
        let source = world.policy_source(Some(&repository))?;
        if source.files.contains_key("controls.toml") {
            let (policy, findings) = policy::check(&source.shown, &source.files);
            match policy.and_then(|policy| policy.controls) {
                Some(read) => {
                    documents.push((controls::PATH.to_owned(), controls::document(&read)))
                }
                None => return Err(findings.into()),
            }
        }
        if let Some(page) = files::read_if_there(&root.join(crate_map::PATH))? {
            let page = crate_map::page(root, &String::from_utf8_lossy(&page))?;
            documents.push((crate_map::PATH.to_owned(), page));
        }
        for (path, text) in documents {
            let there = files::read_if_there(&root.join(&path))?;
            if there.as_deref() == Some(text.as_bytes()) {
                report.body.push_str(&format!("{path} is current\n"));
            } else if self.check {
                report.findings.push(
                    Finding::new(Code::DocsStale, format!("{path} is not what the program says"))
                        .help("run `cargo xtask docs` and commit the result")
                        .at(Place::file(path)),
                );
            } else {
                files::write_whole(&root.join(&path), text.as_bytes())?;
                report.body.push_str(&format!("{path} written\n"));
            }
        }
        Ok(report)
    }
}
