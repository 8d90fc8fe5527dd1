//! Lock files that can be checked, known by their names.

use super::gates::RawPins;
use thrice_findings::{Code, Finding, Place};
use thrice_policy::source::Placed;
use thrice_policy::table::listed;
use thrice_policy::values::{PathGlob, RepositoryPath};

/// What wrote a lock file.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum LockFormat {
    /// `Cargo.lock`.
    Cargo,
    /// pip's requirements with hashes: any file that ends in `.txt`.
    Requirements,
    /// `uv.lock`.
    Uv,
    /// `poetry.lock`.
    Poetry,
    /// `package-lock.json` or `npm-shrinkwrap.json`.
    Npm,
    /// `pnpm-lock.yaml`.
    Pnpm,
    /// `yarn.lock`, of Yarn 1 or of Berry (2 and later).
    Yarn,
    /// `go.sum`.
    Go,
    /// `Gemfile.lock` or `gems.locked`.
    Bundler,
    /// `gradle.lockfile` or `buildscript-gradle.lockfile`.
    Gradle,
    /// `composer.lock`.
    Composer,
}

impl LockFormat {
    /// Every format.
    pub const ALL: &[Self] = &[
        Self::Cargo,
        Self::Requirements,
        Self::Uv,
        Self::Poetry,
        Self::Npm,
        Self::Pnpm,
        Self::Yarn,
        Self::Go,
        Self::Bundler,
        Self::Gradle,
        Self::Composer,
    ];

    /// The names of its files.
    #[must_use]
    pub fn names(self) -> &'static [&'static str] {
        match self {
            Self::Cargo => &["Cargo.lock"],
            Self::Requirements => &["*.txt"],
            Self::Uv => &["uv.lock"],
            Self::Poetry => &["poetry.lock"],
            Self::Npm => &["package-lock.json", "npm-shrinkwrap.json"],
            Self::Pnpm => &["pnpm-lock.yaml"],
            Self::Yarn => &["yarn.lock"],
            Self::Go => &["go.sum"],
            Self::Bundler => &["Gemfile.lock", "gems.locked"],
            Self::Gradle => &["gradle.lockfile", "buildscript-gradle.lockfile"],
            Self::Composer => &["composer.lock"],
        }
    }

    /// The format of a file with this path, where its name is known.
    #[must_use]
    pub fn of(path: &str) -> Option<Self> {
        let name = path.rsplit('/').next().unwrap_or(path);
        let fits = |known: &&str| match known.strip_prefix('*') {
            Some(end) => name.ends_with(end) && name.len() > end.len(),
            None => name == *known,
        };
        Self::ALL.iter().copied().find(|format| format.names().iter().any(fits))
    }
}

/// A lock file that is checked.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct LockFile {
    /// Its path.
    pub path: String,
    /// What wrote it.
    pub format: LockFormat,
}

/// Manifests that need no lock, and why.
#[derive(Clone, Debug)]
pub struct WithoutLock {
    /// Which manifests.
    pub paths: PathGlob,
    /// Why they need none.
    pub reason: String,
    /// Where policy says so.
    pub place: Place,
}

/// What policy says of locks.
#[derive(Clone, Debug, Default)]
pub struct LockSettings {
    /// The files to check.
    pub files: Vec<LockFile>,
    /// Why there are none.
    pub none: Option<String>,
    /// Manifests that need none.
    pub without: Vec<WithoutLock>,
}

/// Checks what `[pins]`, which stands at `place`, says of locks.
pub(super) fn validate(raw: &RawPins, place: Place, findings: &mut Vec<Finding>) -> LockSettings {
    let mut settings = LockSettings::default();
    for path in raw.locks.iter().flat_map(|list| &list.value) {
        match LockFormat::of(&path.value.0) {
            Some(format) => {
                settings.files.push(LockFile { path: path.value.0.clone(), format });
            }
            None => findings.push(unknown(path)),
        }
    }
    settings.none = raw.no_locks.as_ref().and_then(|reason| reason.value.0.clone());
    let listed_locks = raw.locks.as_ref().filter(|list| !list.value.is_empty());
    match (listed_locks, &raw.no_locks) {
        (None, None) => {
            let at = raw.locks.as_ref().map_or(place, Placed::place);
            let message = "`[pins]` names no lock file and does not say why";
            findings.push(
                Finding::new(Code::PolicyMissing, message)
                    .help(
                        "list the lock files in `locks`, or say why there are none: \
                         `no_locks = \"nothing is installed\"`",
                    )
                    .at(at),
            );
        }
        (Some(_), Some(reason)) => findings.push(
            reason
                .finding(Code::PolicyValue, "`no_locks` stands beside `locks`")
                .help("take `no_locks` out; `without_lock` excuses single manifests"),
        ),
        _ => {}
    }
    for item in raw.without_lock.iter().flat_map(|list| &list.value) {
        let (Some(paths), Some(reason)) = (&item.value.paths, &item.value.reason) else { continue };
        settings.without.push(WithoutLock {
            paths: paths.value.clone(),
            reason: reason.value.clone(),
            place: item.place(),
        });
    }
    settings
}

fn unknown(path: &Placed<RepositoryPath>) -> Finding {
    let names: Vec<&str> =
        LockFormat::ALL.iter().flat_map(|format| format.names()).copied().collect();
    path.finding(
        Code::PolicyValue,
        format!("`{}` is no lock file whose format is known", path.value.0),
    )
    .help(format!("the names that are known are {}", listed(&names)))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{PolicyFiles, check};

    fn checked(pins: &str) -> (Option<LockSettings>, Vec<String>) {
        let programme =
            "id = \"s7\"\nname = \"S\"\ndefault_branch = \"main\"\ntime_zone = \"UTC\"\n";
        let gates =
            format!("[[gates]]\nid = \"T3\"\nname = \"pins\"\nbuiltin = \"pins\"\n[pins]\n{pins}");
        let files: PolicyFiles = [("programme.toml", programme.to_owned()), ("gates.toml", gates)]
            .map(|(name, text)| (name.to_owned(), text.into_bytes()))
            .into();
        let (policy, findings) = check("policy", &files);
        let shown = findings.iter().map(|finding| {
            let line = finding.place.as_ref().and_then(|place| place.line).unwrap_or(0);
            format!("{} {line} {}", finding.code.name(), finding.message)
        });
        (policy.map(|policy| policy.gates.pins.locks), shown.collect())
    }

    #[test]
    fn each_format_is_known_by_its_name() {
        for format in LockFormat::ALL {
            for name in format.names() {
                let name = name.replace('*', "requirements-dev");
                assert_eq!(LockFormat::of(&format!("a/{name}")), Some(*format), "{name}");
                assert_eq!(LockFormat::of(&format!("{name}.bak")), None);
            }
        }
        for name in ["Pipfile.lock", "bun.lock", "pylock.toml", "cargo.lock", ".txt", "go.sum/a"] {
            assert_eq!(LockFormat::of(name), None, "{name}");
        }
    }

    #[test]
    fn policy_says_which_locks_there_are_or_why_none() {
        let none = "policy-missing 6 `[pins]` names no lock file and does not say why";
        let table: &[(&str, &[&str])] = &[
            ("locks = [\"package-lock.json\", \"a/Cargo.lock\"]", &[]),
            ("no_locks = \"shell only\"", &[]),
            ("locks = []\nno_locks = \"shell only\"", &[]),
            ("", &[&none.replace(" 6 ", " 5 ")]),
            ("locks = []", &[none]),
            ("locks = []\nno_locks = \" \"", &["policy-value 7 this text is empty"]),
            (
                "locks = [\"go.sum\"]\nno_locks = \"x\"",
                &["policy-value 7 `no_locks` stands beside `locks`"],
            ),
            (
                "locks = [\"Pipfile.lock\"]",
                &["policy-value 6 `Pipfile.lock` is no lock file whose format is known"],
            ),
            (
                "locks = [\"go.sum\"]\nwithout_lock = [{ paths = \"a/**\", reason = \"\" }]",
                &["policy-value 7 this text is empty"],
            ),
        ];
        for (pins, expected) in table {
            let (settings, findings) = checked(pins);
            assert_eq!(findings, *expected, "{pins}");
            assert_eq!(settings.is_some(), expected.is_empty());
        }
        let (settings, _) = checked("locks = [\"a/yarn.lock\"]");
        let file = LockFile { path: "a/yarn.lock".to_owned(), format: LockFormat::Yarn };
        assert_eq!(settings.unwrap().files, [file]);
    }

    #[test]
    fn the_list_of_known_names_is_reported() {
        let programme =
            "id = \"s7\"\nname = \"S\"\ndefault_branch = \"main\"\ntime_zone = \"UTC\"\n";
        let gates = "[[gates]]\nid = \"T3\"\nname = \"pins\"\nbuiltin = \"pins\"\n[pins]\nlocks = [\"bun.lockb\"]\n";
        let files: PolicyFiles = [("programme.toml", programme), ("gates.toml", gates)]
            .map(|(name, text)| (name.to_owned(), text.as_bytes().to_vec()))
            .into();
        let help = check("policy", &files).1.pop().unwrap().help.unwrap();
        for format in LockFormat::ALL {
            assert!(format.names().iter().all(|name| help.contains(name)), "{help}");
        }
    }
}
