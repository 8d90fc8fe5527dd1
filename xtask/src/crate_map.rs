//! The picture of the crates in docs/architecture.md, from the crates' manifests.

use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;

use anyhow::Context;
/// Where the picture stands.
pub(crate) const PATH: &str = "docs/architecture.md";
const BEGIN: &str = "<!-- crates: written by `cargo xtask docs` -->\n";
const END: &str = "<!-- crates: end -->";

/// The page with the picture drawn anew.
pub(crate) fn page(root: &Path, text: &str) -> anyhow::Result<String> {
    let (before, rest) = text.split_once(BEGIN).context("the page has no place for crates")?;
    let (_, after) = rest.split_once(END).context("the page has no end of crates")?;
    Ok(format!("{before}{BEGIN}{}{END}{after}", picture(&dependencies(root)?)))
}

/// Each crate of the workspace, and the crates of the workspace that it uses, as their
/// manifests say.
fn dependencies(root: &Path) -> anyhow::Result<BTreeMap<String, BTreeSet<String>>> {
    let mut manifests = vec![root.join("xtask/Cargo.toml")];
    for entry in std::fs::read_dir(root.join("xtask/crates"))? {
        manifests.push(entry?.path().join("Cargo.toml"));
    }
    let mut uses = BTreeMap::new();
    for path in manifests {
        let manifest: toml::Table = std::fs::read_to_string(&path)
            .with_context(|| format!("cannot read {}", path.display()))?
            .parse()
            .with_context(|| format!("{} is not TOML", path.display()))?;
        let name = manifest["package"]["name"].as_str().context("a package without a name")?;
        let direct = manifest.get("dependencies").and_then(toml::Value::as_table);
        let direct = direct.into_iter().flat_map(|table| table.keys());
        let ours = direct.filter(|name| name.starts_with("thrice")).cloned().collect();
        uses.insert(name.to_owned(), ours);
    }
    Ok(uses)
}

/// A Mermaid graph: an arrow for each use that no longer way implies.
fn picture(uses: &BTreeMap<String, BTreeSet<String>>) -> String {
    let mut text = "```mermaid\ngraph TD\n".to_owned();
    let plain = |name: &str| name.trim_start_matches("thrice-").to_owned();
    for (name, direct) in uses {
        for target in direct {
            let implied = direct.iter().any(|via| via != target && reaches(uses, via, target));
            if !implied {
                text.push_str(&format!("  {} --> {}\n", plain(name), plain(target)));
            }
        }
    }
    text.push_str("```\n");
    text
}

fn reaches(uses: &BTreeMap<String, BTreeSet<String>>, from: &str, to: &str) -> bool {
    let Some(direct) = uses.get(from) else { return false };
    direct.contains(to) || direct.iter().any(|via| reaches(uses, via, to))
}
