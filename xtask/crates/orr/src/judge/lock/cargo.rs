//! `Cargo.lock`.

use std::collections::HashMap;

use toml::Spanned;
use toml::de::{DeTable, DeValue};

use super::{LockFindings, problem};
use thrice_findings::text::{Lines, is_lower_hex, quoted};

const WRITE: &str = "Have cargo write it: `cargo generate-lockfile` or `cargo update`.";

/// Judges every package of a `Cargo.lock`: a package of a registry has its `checksum`
/// (SHA-256), one of git its commit.
pub(super) fn judge(report: &mut LockFindings<'_>, text: &str) {
    let lines = Lines::new(text);
    match DeTable::parse(text) {
        Ok(root) => CargoLock { lines, report }.judge(root.get_ref()),
        Err(error) => {
            let line = lines.of(error.span().map_or(0, |span| span.start));
            let message = problem("the lock is not TOML: {}", [error.message()]);
            report.incomplete(line, message, WRITE);
        }
    }
}

struct CargoLock<'a, 'b> {
    lines: Lines,
    report: &'a mut LockFindings<'b>,
}

type CargoValue<'i> = Spanned<DeValue<'i>>;

/// What tells two packages apart.
type PackageIdentity = (String, String, Option<String>);

impl CargoLock<'_, '_> {
    fn line(&self, value: &CargoValue<'_>) -> usize {
        self.lines.of(value.span().start)
    }

    fn judge(&mut self, root: &DeTable<'_>) {
        self.version(root.get("version"));
        let Some(all) = root.get("package") else {
            return self.report.incomplete(1, "the lock names no package", WRITE);
        };
        let packages = all.get_ref().as_array();
        let Some(packages) = packages.filter(|packages| !packages.is_empty()) else {
            let line = self.line(all);
            return self.report.incomplete(line, "the lock names no package", WRITE);
        };
        let mut seen = HashMap::new();
        for package in packages.iter() {
            self.package(package, &mut seen);
        }
    }

    fn version(&mut self, version: Option<&CargoValue<'_>>) {
        let number = version.and_then(|value| value.get_ref().as_integer());
        let known = number.is_some_and(|n| n.radix() == 10 && ["3", "4"].contains(&n.as_str()));
        if !known {
            let line = version.map_or(1, |value| self.line(value));
            self.report.incomplete(line, "the lock is not of version 3 or 4", WRITE);
        }
    }

    fn package(&mut self, package: &CargoValue<'_>, seen: &mut HashMap<PackageIdentity, usize>) {
        let line = self.line(package);
        let table = package.get_ref();
        let texts = ["name", "version", "source", "checksum"].map(|key| {
            let value = table.get(key)?;
            Some((value.get_ref().as_str(), self.line(value)))
        });
        let [Some((Some(name), _)), Some((Some(version), _)), source, checksum] = texts else {
            let message = "a package has no name and version";
            return self.report.incomplete(line, message, WRITE);
        };
        let shown = quoted(format!("{name} {version}"));
        let identity = (
            name.to_owned(),
            version.to_owned(),
            source.and_then(|(text, _)| text.map(str::to_owned)),
        );
        if let Some(first) = seen.insert(identity, line) {
            let message = problem(
                "{} is locked twice; the first is on line {}",
                [&shown, &first.to_string()],
            );
            self.report.incomplete(line, message, WRITE);
        }
        match source {
            // A package of this repository.
            None => {}
            Some((Some(source), line)) => self.source(&shown, source, line, checksum),
            Some((None, line)) => {
                let message = problem("the source of {} is not a text", [&shown]);
                self.report.incomplete(line, message, WRITE);
            }
        }
    }

    fn source(
        &mut self,
        shown: &str,
        source: &str,
        line: usize,
        checksum: Option<(Option<&str>, usize)>,
    ) {
        if source.starts_with("registry+") || source.starts_with("sparse+") {
            let (text, line) = checksum.unwrap_or((None, line));
            if !text.is_some_and(|text| is_lower_hex(text, 64)) {
                let message = problem("{} has no SHA-256 checksum", [shown]);
                self.report.incomplete(line, message, WRITE);
            }
        } else if source.starts_with("git+") {
            let commit = source.rsplit_once('#').map(|(_, commit)| commit);
            if !commit.is_some_and(|commit| is_lower_hex(commit, 40)) {
                let message = problem("{} is from git, but not pinned to a commit", [shown]);
                self.report.incomplete(line, message, WRITE);
            }
        } else {
            let message = problem("{} is from {}, which pins nothing", [shown, &quoted(source)]);
            self.report.incomplete(line, message, WRITE);
        }
    }
}
