//! Programs that version managers keep below HOME.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use thrice_facts::machine;
use thrice_facts::process::Call;

/// Places below HOME with programs that start what they find there.
const MANAGERS: &[&str] = &[".asdf", ".local/share/mise", ".proto", ".volta"];

/// Whether a Python has a module, and PATH not only a program of that name beside it.
pub(crate) fn has_module(folder: &Path, python: &str, module: &str) -> bool {
    // Found, and not imported: that would run code of the repository.
    let find = format!(
        "import importlib.util, sys; sys.exit(importlib.util.find_spec('{module}') is None)"
    );
    Call::new(python, folder).keep("HOME").arguments(["-c", &find]).run().is_ok()
}

/// Entries of HOME without which a program of PATH finds nothing to start, by program. One that
/// doesn't look into HOME needs none, wherever it is: `.local/bin`, `.nvm`, `.sdkman` and
/// `.nix-profile` hold such programs, and the shims of pyenv and its kin name their root.
pub(crate) fn home_entries<'a>(
    programs: impl Iterator<Item = &'a String>,
) -> BTreeMap<String, String> {
    let Some(home) = std::env::var_os("HOME").map(PathBuf::from) else { return BTreeMap::new() };
    let needed = programs.filter_map(|program| {
        let entry = home_entry(&home, program, &machine::path_of(program)?)?;
        Some((program.clone(), entry.to_owned()))
    });
    needed.collect()
}

fn home_entry(home: &Path, program: &str, place: &Path) -> Option<&'static str> {
    let below = |folder: &str| place.starts_with(home.join(folder));
    let is_rust = ["cargo", "rustc", "rustfmt", "rustdoc"].contains(&program);
    if is_rust && below(".cargo/bin") {
        return Some(".rustup");
    }
    MANAGERS.iter().find(|entry| below(entry)).copied()
}

#[cfg(test)]
mod tests {
    use super::home_entry;
    use std::path::Path;

    #[test]
    fn what_a_program_below_home_needs_of_it() {
        let table = [
            ("python3", "/home/a/.pyenv/shims/python3", None),
            ("node", "/home/a/.volta/bin/node", Some(".volta")),
            ("node", "/home/a/.local/share/mise/shims/node", Some(".local/share/mise")),
            ("node", "/home/a/.asdf/shims/node", Some(".asdf")),
            ("cargo", "/home/a/.cargo/bin/cargo", Some(".rustup")),
            ("just", "/home/a/.cargo/bin/just", None),
            ("ruff", "/home/a/.local/bin/ruff", None),
            ("node", "/home/a/.nvm/versions/node/v22.1.0/bin/node", None),
            ("mvn", "/home/a/.sdkman/candidates/maven/current/bin/mvn", None),
            ("go", "/home/a/.nix-profile/bin/go", None),
            ("python3", "/usr/bin/python3", None),
            ("python3", "/home/b/.pyenv/shims/python3", None),
        ];
        for (program, place, entry) in table {
            assert_eq!(
                home_entry(Path::new("/home/a"), program, Path::new(place)),
                entry,
                "{place}"
            );
        }
    }
}
