//! Actions and workflows of the repository itself, read through for what they use: a pin
//! of a local action is only as good as the pins inside it.

use std::collections::BTreeSet;

use super::pins::unpinned_use;
use super::{Uses, keys, parse, take_uses, text_of};
use thrice_findings::text::quoted;
use thrice_findings::{Code, Finding, Place};
use thrice_policy::tree::{Node, Unread};
use thrice_policy::yaml;

/// Gives the bytes of a file of a commit, or nothing where there is none.
pub(crate) type ReadFile<'a, E> = dyn FnMut(&str) -> Result<Option<Vec<u8>>, E> + 'a;

/// Reads workflows of a commit and everything local that they use, each file once.
///
/// `read` gives the bytes of a file of the commit, or nothing where there is none.
pub(crate) struct Through<'a, E> {
    read: &'a mut ReadFile<'a, E>,
    done: BTreeSet<String>,
    /// The files that lead to the one that is read, outermost first.
    way: Vec<String>,
    pub findings: Vec<Finding>,
}

/// A `uses` that stays in the repository.
enum LocalUses {
    /// The path of a reusable workflow.
    Workflow(String),
    /// The folder of an action.
    Action(String),
}

impl<'a, E> Through<'a, E> {
    /// A reader of a commit's files.
    pub(crate) fn new(read: &'a mut ReadFile<'a, E>) -> Self {
        Self { read, done: BTreeSet::new(), way: Vec::new(), findings: Vec::new() }
    }

    /// The local files that were read, workflows that were named included.
    #[must_use]
    pub(crate) fn read_files(&self) -> Vec<&str> {
        self.done.iter().map(String::as_str).collect()
    }

    /// Reads a workflow and all that it uses.
    pub(crate) fn workflow(&mut self, path: &str) -> Result<(), E> {
        if !self.begin(path) {
            return Ok(());
        }
        if let Some(bytes) = (self.read)(path)? {
            match parse(path, &bytes) {
                Ok(workflow) => self.all(path, &workflow.uses)?,
                Err(finding) => self.findings.push(*finding),
            }
        }
        self.way.pop();
        Ok(())
    }

    /// Whether a file is still to be read. One that leads to itself is a finding.
    fn begin(&mut self, path: &str) -> bool {
        if self.way.iter().any(|other| other == path) {
            let by = self.way.last().cloned().unwrap_or_default();
            let message = format!("{path} uses itself, by way of {by}: it can never run");
            self.findings.push(
                Finding::new(Code::ActionUnpinned, message)
                    .help("take the circle out")
                    .at(Place::file(&by)),
            );
            return false;
        }
        if !self.done.insert(path.to_owned()) {
            return false;
        }
        self.way.push(path.to_owned());
        true
    }

    fn all(&mut self, path: &str, uses: &[Uses]) -> Result<(), E> {
        for one in uses {
            if let Some(unpinned) = unpinned_use(path, one) {
                self.findings.push(unpinned);
                continue;
            }
            let place = Place::line(path, one.line);
            match local(&one.text) {
                Some(LocalUses::Workflow(inner)) => {
                    if (self.read)(&inner)?.is_none() {
                        self.absent(&one.text, place);
                    }
                    self.workflow(&inner)?;
                }
                Some(LocalUses::Action(folder)) => self.action(&one.text, &folder, place)?,
                None => {}
            }
        }
        Ok(())
    }

    /// Reads the action in a folder, as GitHub finds it.
    fn action(&mut self, text: &str, folder: &str, place: Place) -> Result<(), E> {
        let inside = |name: &str| {
            if folder.is_empty() { name.to_owned() } else { format!("{folder}/{name}") }
        };
        for path in ["action.yml", "action.yaml"].map(inside) {
            let Some(bytes) = (self.read)(&path)? else { continue };
            if !self.begin(&path) {
                return Ok(());
            }
            match yaml::read(&bytes).and_then(|root| action_uses(&root)) {
                Ok(uses) => self.all(&path, &uses)?,
                Err(unread) => {
                    let message = format!("the action cannot be read: {}", unread.message);
                    let place = Place { line: unread.line, ..Place::file(&path) };
                    self.findings.push(
                        Finding::new(Code::NotEstablishedCode, message)
                            .help("write the action as plain YAML with one meaning")
                            .at(place),
                    );
                }
            }
            self.way.pop();
            return Ok(());
        }
        if (self.read)(&inside("Dockerfile"))?.is_none() {
            self.absent(text, place);
        }
        Ok(())
    }

    fn absent(&mut self, text: &str, place: Place) {
        let message = format!("{} leads to nothing that is committed", quoted(text));
        self.findings.push(
            Finding::new(Code::NotEstablishedCode, message)
                .help("commit it, or correct the path: what is made while the job runs cannot be read")
                .at(place),
        );
    }
}

/// Where a `uses` leads inside the repository.
fn local(text: &str) -> Option<LocalUses> {
    let path = text.strip_prefix("./")?;
    let parts: Vec<&str> = path.split('/').filter(|part| !matches!(*part, "" | ".")).collect();
    let path = parts.join("/");
    let is_workflow = path.starts_with(".github/workflows/")
        && (path.ends_with(".yml") || path.ends_with(".yaml"));
    Some(if is_workflow { LocalUses::Workflow(path) } else { LocalUses::Action(path) })
}

/// What an action uses: the steps of a composite one, the image of one in a container.
fn action_uses(root: &Node) -> Result<Vec<Uses>, Unread> {
    keys(root, &["runs"], "the action")?;
    let Some(runs) = root.get("runs") else {
        return Err(Unread::at(root.line, "it has no `runs`"));
    };
    keys(runs, &["using", "steps", "image"], "`runs`")?;
    let mut uses = Vec::new();
    if let Some(image) = text_of(runs, "image")?.filter(|image| image.starts_with("docker://")) {
        let line = runs.entry("image").map_or(runs.line, |entry| entry.line);
        uses.push(Uses { text: image, line });
    }
    if let Some(all) = runs.get("steps") {
        let Some(steps) = all.items() else {
            let message = format!("`steps` is {}, not a list", all.describe());
            return Err(Unread::at(all.line, message));
        };
        for step in steps {
            keys(step, &["uses"], "a step")?;
            take_uses(step, &mut uses)?;
        }
    }
    Ok(uses)
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;
    use std::convert::Infallible;

    use super::*;

    const SHA: &str = "08c6903cd8c0fde910a37f88322edcfb5dd907a8";
    const WORKFLOW: &str = ".github/workflows/w.yml";

    /// Findings as `code file line message`, and the files that were read.
    fn judged(files: &[(&str, &str)]) -> (Vec<String>, Vec<String>) {
        let files: BTreeMap<_, _> = files.iter().copied().collect();
        let mut read = |path: &str| -> Result<_, Infallible> {
            Ok(files.get(path).map(|text| text.replace("SHA", SHA).into_bytes()))
        };
        let mut through = Through::new(&mut read);
        let Ok(()) = through.workflow(WORKFLOW);
        let shown = through.findings.iter().map(|f| {
            let place = f.place.clone().unwrap();
            format!("{} {} {}", f.code.name(), place.describe(), f.message)
        });
        let read = through.read_files().into_iter().map(str::to_owned).collect();
        (shown.collect(), read)
    }

    fn step(uses: &str) -> String {
        format!("on: push\njobs:\n  a:\n    steps:\n    - uses: {uses}\n")
    }

    fn composite(uses: &str) -> String {
        format!(
            "name: x\nruns:\n  using: composite\n  steps:\n  - run: x\n    shell: sh\n  - uses: {uses}\n"
        )
    }

    #[test]
    fn what_a_local_action_uses_is_pinned_too() {
        let workflow = step("./.github/actions/b");
        let b = ".github/actions/b/action.yml";
        let unpinned =
            |place: &str| format!("action-unpinned {place} `o/r@main` is not pinned to a commit");
        type Row<'a> = (&'a [(&'a str, String)], &'a [String]);
        let table: &[Row<'_>] = &[
            (&[(b, composite("o/r@SHA"))], &[]),
            (&[(b, composite("o/r@main"))], &[unpinned(&format!("{b}:7"))]),
            (
                &[(".github/actions/b/action.yaml", composite("o/r@main"))],
                &[unpinned(".github/actions/b/action.yaml:7")],
            ),
            (
                &[
                    (b, composite("./c/")),
                    ("c/action.yml", composite("./")),
                    ("action.yml", composite("o/r@main")),
                ],
                &[unpinned("action.yml:7")],
            ),
            (
                &[(b, "runs:\n  using: docker\n  image: docker://x:1\n".to_owned())],
                &[format!(
                    "action-unpinned {b}:3 `docker://x:1` is not pinned to the digest of an image"
                )],
            ),
            (&[(b, "runs:\n  using: docker\n  image: Dockerfile\n".to_owned())], &[]),
            (&[(b, "runs:\n  using: node24\n  main: x.js\n".to_owned())], &[]),
            (&[(".github/actions/b/Dockerfile", "FROM x\n".to_owned())], &[]),
            (
                &[],
                &[format!(
                    "not-established {WORKFLOW}:5 `./.github/actions/b` leads to nothing that is committed"
                )],
            ),
            (
                &[(b, "name: x\n".to_owned())],
                &[format!("not-established {b}:1 the action cannot be read: it has no `runs`")],
            ),
            (
                &[(b, composite("./c")), ("c/action.yml", composite("./.github/actions/b"))],
                &[format!(
                    "action-unpinned c/action.yml {b} uses itself, by way of c/action.yml: it can never run"
                )],
            ),
        ];
        for (files, expected) in table {
            let mut all = vec![(WORKFLOW, workflow.as_str())];
            all.extend(files.iter().map(|(path, text)| (*path, text.as_str())));
            assert_eq!(judged(&all).0, *expected, "{files:?}");
        }
    }

    #[test]
    fn reusable_workflows_are_read_through_once() {
        let call = "on: push\njobs:\n  a:\n    uses: ./.github/workflows/r.yml\n  b:\n    uses: ./.github/workflows/r.yml\n";
        let r = ".github/workflows/r.yml";
        let (findings, read) = judged(&[(WORKFLOW, call), (r, &step("o/r@v1"))]);
        assert_eq!(findings, [format!("action-unpinned {r}:5 `o/r@v1` is not pinned to a commit")]);
        assert_eq!(read, [r, WORKFLOW]);
        let circle = "on: push\njobs:\n  a:\n    uses: ./.github/workflows/w.yml\n";
        assert_eq!(
            judged(&[(WORKFLOW, call), (r, circle)]).0,
            [format!(
                "action-unpinned {r} {WORKFLOW} uses itself, by way of {r}: it can never run"
            )]
        );
        assert_eq!(
            judged(&[(WORKFLOW, call)]).0[0],
            format!(
                "not-established {WORKFLOW}:4 `./.github/workflows/r.yml` leads to nothing that is committed"
            )
        );
    }
}
