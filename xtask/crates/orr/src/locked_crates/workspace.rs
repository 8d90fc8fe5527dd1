//! What cargo says of a workspace, and which packages are the repository's own.

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};

use serde_json::Value;

/// A workspace, as `cargo metadata --no-deps` describes it.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Workspace {
    /// Its target folder, relative to the checkout.
    pub(super) target: PathBuf,
    /// Its folder, relative to the checkout.
    pub(super) root: PathBuf,
    /// Names of its packages and of their targets.
    pub(super) names: BTreeSet<String>,
}

impl Workspace {
    /// Reads the description, which other lines may surround; nothing where it is not
    /// there, or has its target folder outside of the checkout or its build folder apart.
    pub(super) fn read(printed: &str, checkout: &Path) -> Option<Self> {
        let line = printed.lines().find(|line| line.starts_with('{'))?;
        let described: Value = serde_json::from_str(line).ok()?;
        let inside = |key: &str| {
            let path = Path::new(described[key].as_str()?);
            path.strip_prefix(checkout).ok().map(Path::to_owned)
        };
        let target = inside("target_directory").filter(|path| path != Path::new(""))?;
        let build = &described["build_directory"];
        if !build.is_null() && *build != described["target_directory"] {
            return None;
        }
        let packages = described["packages"].as_array()?;
        let names = packages.iter().flat_map(|package| {
            let targets = package["targets"].as_array().into_iter().flatten();
            std::iter::once(package).chain(targets).filter_map(|it| it["name"].as_str())
        });
        let names = names.map(str::to_owned).collect();
        Some(Self { target, root: inside("workspace_root")?, names })
    }
}

/// What a `Cargo.lock` pins.
#[derive(Debug, Default, PartialEq, Eq)]
pub(super) struct Locked {
    /// Packages of registries and of git.
    pub(super) of_others: usize,
    /// Names of the repository's own packages.
    pub(super) own: BTreeSet<String>,
}

impl Locked {
    /// Reads a lock; nothing where it is none.
    pub(super) fn read(text: &str) -> Option<Self> {
        let lock: toml::Table = text.parse().ok()?;
        let mut locked = Self::default();
        for package in lock.get("package")?.as_array()? {
            match package.get("source") {
                Some(_) => locked.of_others += 1,
                None => drop(locked.own.insert(package.get("name")?.as_str()?.to_owned())),
            }
        }
        Some(locked)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn described(target: &str, build: &str) -> String {
        format!(
            "warning: something\n{{\"packages\":[{{\"name\":\"my-tool\",\"targets\":\
             [{{\"name\":\"my_tool\"}},{{\"name\":\"smoke\"}}]}}],\"target_directory\":\"{target}\",\
             \"build_directory\":\"{build}\",\"workspace_root\":\"/c/sub\"}}\n"
        )
    }

    #[test]
    fn a_workspace_is_read_where_its_target_folder_can_be_copied() {
        let read = |target, build| Workspace::read(&described(target, build), Path::new("/c"));
        let workspace = read("/c/sub/target", "/c/sub/target").unwrap();
        assert_eq!(workspace.target, Path::new("sub/target"));
        assert_eq!(workspace.root, Path::new("sub"));
        let names: Vec<_> = workspace.names.iter().map(String::as_str).collect();
        assert_eq!(names, ["my-tool", "my_tool", "smoke"]);
        assert_eq!(read("/elsewhere", "/elsewhere"), None);
        assert_eq!(read("/c/target", "/c/build"), None);
        assert_eq!(read("/c", "/c"), None);
        assert_eq!(Workspace::read("error: no manifest", Path::new("/c")), None);
    }

    #[test]
    fn packages_without_a_source_are_the_repository_s_own() {
        let lock = "version = 4\n[[package]]\nname = \"a\"\nversion = \"1.0.0\"\n\
                    [[package]]\nname = \"b\"\nversion = \"1.0.0\"\nsource = \"registry+x\"\n";
        let locked = Locked::read(lock).unwrap();
        assert_eq!((locked.of_others, locked.own.len()), (1, 1));
        assert!(locked.own.contains("a"));
        assert_eq!(Locked::read("version = 4"), None);
        assert_eq!(Locked::read("not TOML"), None);
    }
}
