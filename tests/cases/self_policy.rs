//! This repository's own rules.

use std::path::PathBuf;

use crate::support::World;

const FILES: [&str; 5] =
    ["branches.toml", "controls.toml", "filemap.toml", "gates.toml", "programme.toml"];

#[test]
fn this_repositorys_own_policy_has_no_problem_and_no_warning() {
    let root = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("..");
    let world = World::new();
    for name in FILES {
        let path = format!("policy/{name}");
        world.write(&path, std::fs::read(root.join(&path)).unwrap());
        let schema = format!("docs/schema/{}", name.replace(".toml", ".json"));
        world.write(&schema, std::fs::read(root.join(&schema)).unwrap());
    }
    // The brief in it is what this policy says.
    for path in ["AGENTS.md", ".cargo/config.toml"] {
        world.write(path, std::fs::read(root.join(path)).unwrap());
    }
    let ran = world.xtask(["policy", "check"]);
    assert_eq!(ran.status, 0, "{}", ran.stdout);
    let all = "policy check: pass\n0 problems and 0 warnings in 5 files of policy\n";
    assert_eq!(ran.stdout, all);
    // Nothing else lies in the folder that the copy above would not show.
    let mut names: Vec<_> = std::fs::read_dir(root.join("policy"))
        .unwrap()
        .map(|entry| entry.unwrap().file_name().into_string().unwrap())
        .filter(|name| name.ends_with(".toml"))
        .collect();
    names.sort();
    assert_eq!(names, FILES);
}

/// Every tracked file of this repository is in an area.
#[test]
fn the_filemap_of_this_repository_reaches_every_file_of_it() {
    let root = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("..");
    let read =
        |name: &str| (name.to_owned(), std::fs::read(root.join("policy").join(name)).unwrap());
    let (policy, _) = thrice_programme::check("policy", &FILES.map(read).into());
    let filemap = policy.unwrap().filemap.unwrap();
    let listed = std::process::Command::new("git")
        .args(["ls-files", "-z"])
        .current_dir(&root)
        .output()
        .unwrap();
    let paths = String::from_utf8(listed.stdout).unwrap();
    let paths: Vec<&str> = paths.split_terminator('\0').collect();
    assert!(paths.contains(&"xtask/src/main.rs"), "{paths:?}");
    let globs: Vec<_> = filemap.areas.iter().flat_map(|area| &area.paths).collect();
    let outside: Vec<_> =
        paths.iter().filter(|path| !globs.iter().any(|glob| glob.glob.is_match(path))).collect();
    assert_eq!(outside, [&""; 0]);
}
