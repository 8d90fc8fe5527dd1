//! Taking a gate's evidence in: what it left, scrubbed where policy says so, with
//! names that can be packed the same way everywhere.

use std::collections::BTreeMap;
use std::os::unix::ffi::OsStrExt;
use std::path::{Path, PathBuf};

use super::archive;
use super::manifest::FileRecord;
use thrice_facts::files;
use thrice_facts::files::{Found, PathKind};
use thrice_findings::{Code, Finding, Place};
use thrice_policy::values::PathGlob;
use thrice_programme::{Gate, Scrub};

/// A file as it was before the gate started, to report what the gate itself wrote.
pub(crate) type Before = BTreeMap<PathBuf, (Option<std::time::SystemTime>, u64)>;

/// Where a gate's evidence comes from and goes to.
pub(crate) struct Folders<'a> {
    /// Where the commit is checked out.
    pub checkout: &'a Path,
    /// Where the gate writes: `<checkout>/out/evidence/<gate>`.
    pub left: &'a Path,
    /// Where its evidence is kept: `<output>/evidence/<gate>`.
    pub kept: &'a Path,
    /// The output folder in the checkout, such as `out`.
    pub(crate) inner_output: &'a str,
}

/// What was taken in.
#[derive(Debug, Default)]
pub(crate) struct Collected {
    /// The files, sorted, with paths relative to the output folder.
    pub records: Vec<FileRecord>,
    /// Names that cannot be packed, globs that matched nothing, scrubs without use.
    pub findings: Vec<Finding>,
}

/// Notes the files outside the evidence folder that the gate's globs match now.
pub(crate) fn before(gate: &Gate, folders: &Folders<'_>) -> anyhow::Result<Before> {
    let mut before = Before::new();
    for file in matching_outside(gate, folders)? {
        before.insert(file.path.clone(), stamp(&file.path));
    }
    Ok(before)
}

fn stamp(path: &Path) -> (Option<std::time::SystemTime>, u64) {
    let metadata = path.symlink_metadata().ok();
    (
        metadata.as_ref().and_then(|metadata| metadata.modified().ok()),
        metadata.map_or(0, |metadata| metadata.len()),
    )
}

/// Takes in what a gate left. `record` is the gate's own record, kept as
/// `gate.json` beside the rest.
pub(crate) fn collect(
    gate: &Gate,
    folders: &Folders<'_>,
    before: &Before,
    record: &[u8],
) -> anyhow::Result<Collected> {
    let mut taken = TakenFiles::default();
    for file in files::walk(folders.left)? {
        let name = file.relative.clone();
        taken.add(gate, name, file)?;
    }
    for file in matching_outside(gate, folders)? {
        if before.get(&file.path) != Some(&stamp(&file.path)) {
            let relative = file.path.strip_prefix(folders.checkout).unwrap_or(&file.path);
            let name = relative.as_os_str().as_bytes().to_vec();
            taken.add(gate, name, file)?;
        }
    }
    let own = taken.files.is_empty();
    if taken.files.insert(Gate::RECORD.to_owned(), (record.to_vec(), false)).is_some() {
        taken.refuse(gate, &format!("`{}` is the name of the gate's own record", Gate::RECORD));
    }
    taken.unmatched_globs(gate, folders, own);
    taken.scrub(gate);
    taken.collisions(gate);
    let records = taken.keep(gate, folders)?;
    Ok(Collected { records, findings: taken.findings })
}

#[derive(Default)]
struct TakenFiles {
    files: BTreeMap<String, (Vec<u8>, bool)>,
    findings: Vec<Finding>,
}

impl TakenFiles {
    fn add(&mut self, gate: &Gate, name: Vec<u8>, file: Found) -> anyhow::Result<()> {
        let problem = match (archive::check_name(&name), file.kind) {
            (Err(problem), _) => problem.to_string(),
            (Ok(name), PathKind::Other) => format!("`{name}` is a link or a special file"),
            (Ok(name), PathKind::File { executable }) => {
                let bytes = files::read(&file.path)?;
                if self.files.insert(name.to_owned(), (bytes, executable)).is_none() {
                    return Ok(());
                }
                format!("`{name}` lies both in its evidence folder and outside")
            }
        };
        self.refuse(gate, &problem);
        Ok(())
    }

    fn refuse(&mut self, gate: &Gate, problem: &str) {
        self.findings.push(
            Finding::new(Code::EvidenceName, format!("evidence of {}: {problem}", gate.id))
                .help("write plain files with plain names")
                .at(Place::gate(&gate.id)),
        );
    }

    fn unmatched_globs(&mut self, gate: &Gate, folders: &Folders<'_>, own: bool) {
        let folder = gate.folder();
        let inside = format!("{}/evidence/{folder}/", folders.inner_output);
        if gate.evidence.is_empty() && own {
            self.findings.push(
                Finding::new(Code::Cec40, format!("{} left no evidence", gate.id))
                    .help(format!(
                        "let it write files below `$EVIDENCE_DIR` ({inside}), or, where its \
                         record is enough, declare `evidence = [\"{inside}gate.json\"]`"
                    ))
                    .at(Place::gate(&gate.id)),
            );
        }
        for glob in &gate.evidence {
            // The record is always there: it counts only where it is asked for by name.
            let record = glob.text() == format!("{inside}{}", Gate::RECORD);
            let matched = self
                .files
                .keys()
                .filter(|name| record || name.as_str() != Gate::RECORD)
                .any(|name| glob.is_match(&format!("{inside}{name}")) || glob.is_match(name));
            if !matched {
                self.findings.push(
                    Finding::new(
                        Code::Cec40,
                        format!("{} left no evidence that matches `{}`", gate.id, glob.text()),
                    )
                    .help(format!(
                        "let it write the file itself, in this run, below `{inside}` or where \
                         the glob says; or correct the glob in policy/gates.toml"
                    ))
                    .at(Place::gate(&gate.id)),
                );
            }
        }
    }

    fn scrub(&mut self, gate: &Gate) {
        for rule in &gate.scrub {
            let mut used = false;
            let meant = |name: &str| rule.files.as_ref().is_none_or(|glob| glob.is_match(name));
            for (_, (bytes, _)) in self.files.iter_mut().filter(|(name, _)| meant(name)) {
                if rule.pattern.0.is_match(bytes) {
                    let replaced = rule.pattern.0.replace_all(bytes, rule.replacement.as_bytes());
                    *bytes = replaced.into_owned();
                    used = true;
                }
            }
            if !used {
                self.findings.push(unused(gate, rule));
            }
        }
    }

    /// Names that some machine cannot hold beside each other. The second of each is
    /// left out, so that what remains can be packed.
    fn collisions(&mut self, gate: &Gate) {
        for (first, second) in archive::collisions(self.files.keys().map(String::as_str)) {
            self.files.remove(if second == Gate::RECORD { &first } else { &second });
            self.findings.push(
                Finding::new(
                    Code::EvidenceName,
                    format!("evidence of {}: `{first}` and `{second}` collide", gate.id),
                )
                .help("use names that differ by more than letter case")
                .at(Place::gate(&gate.id)),
            );
        }
    }

    /// Puts the files into a new folder, which then takes the old one's place.
    fn keep(&self, gate: &Gate, folders: &Folders<'_>) -> anyhow::Result<Vec<FileRecord>> {
        let partial = folders.kept.with_file_name(format!(".{}.partial", gate.id));
        files::remove(&partial)?;
        files::make_folder(&partial)?;
        let mut records = Vec::new();
        for (name, (bytes, executable)) in &self.files {
            let path = partial.join(name);
            files::write_whole(&path, bytes)?;
            files::set_executable(&path, *executable)?;
            let kept_path = format!("evidence/{}/{name}", gate.folder());
            records.push(FileRecord::of(kept_path, *executable, bytes));
        }
        files::remove(folders.kept)?;
        std::fs::rename(&partial, folders.kept)?;
        Ok(records)
    }
}

fn unused(gate: &Gate, rule: &Scrub) -> Finding {
    Finding::new(Code::ScrubUnused, format!("a scrub rule of {} matched nothing", gate.id))
        .help("take the rule out, or correct its pattern")
        .at(rule.place.clone())
}

/// Files outside the output folder that a gate's globs match. Only the folder that
/// a glob names before its first special character is walked.
fn matching_outside(gate: &Gate, folders: &Folders<'_>) -> anyhow::Result<Vec<Found>> {
    let mut found = BTreeMap::new();
    for glob in &gate.evidence {
        let start = literal_folder(glob);
        if is_below(&start, folders.inner_output) || is_below(&start, ".git") {
            continue;
        }
        let whole = folders.checkout.join(glob.text());
        let candidates = if !has_special(glob.text()) {
            single(&whole, glob.text())
        } else {
            let prefix = if start.is_empty() { String::new() } else { format!("{start}/") };
            let mut below = files::walk(&folders.checkout.join(&start))?;
            for file in &mut below {
                file.relative.splice(0..0, prefix.bytes());
            }
            below
        };
        for file in candidates {
            let Ok(name) = std::str::from_utf8(&file.relative) else { continue };
            if glob.is_match(name) && !is_below(name, folders.inner_output) {
                found.insert(file.path.clone(), file);
            }
        }
    }
    Ok(found.into_values().collect())
}

fn single(path: &Path, name: &str) -> Vec<Found> {
    use std::os::unix::fs::PermissionsExt;
    let Ok(metadata) = path.symlink_metadata() else { return Vec::new() };
    let kind = if metadata.is_file() {
        PathKind::File { executable: metadata.permissions().mode() & 0o100 != 0 }
    } else {
        PathKind::Other
    };
    vec![Found { relative: name.as_bytes().to_vec(), path: path.to_owned(), kind }]
}

fn has_special(glob: &str) -> bool {
    glob.contains(['*', '?', '[', '{', '\\'])
}

fn literal_folder(glob: &PathGlob) -> String {
    let parts: Vec<_> = glob.text().split('/').collect();
    let folders = &parts[..parts.len() - 1];
    let literal = folders.iter().take_while(|part| !has_special(part));
    literal.copied().collect::<Vec<_>>().join("/")
}

fn is_below(path: &str, folder: &str) -> bool {
    path == folder || path.strip_prefix(folder).is_some_and(|rest| rest.starts_with('/'))
}
