//! This repository's own rules.

use std::path::PathBuf;

use crate::support::World;

#[test]
fn this_repositorys_own_policy_has_no_problem_and_no_warning() {
    let root = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("..");
    let world = World::new();
    for name in ["programme.toml", "gates.toml"] {
        let path = format!("policy/{name}");
        world.write(&path, std::fs::read(root.join(&path)).unwrap());
    }
    let ran = world.xtask(["policy", "check"]);
    assert_eq!(ran.status, 0, "{}", ran.stdout);
    let all = "policy check: pass\n0 problems and 0 warnings in 2 files of policy\n";
    assert_eq!(ran.stdout, all);
    // Nothing else lies in the folder that the copy above would not show.
    let mut names: Vec<_> = std::fs::read_dir(root.join("policy"))
        .unwrap()
        .map(|entry| entry.unwrap().file_name().into_string().unwrap())
        .filter(|name| name.ends_with(".toml"))
        .collect();
    names.sort();
    assert_eq!(names, ["gates.toml", "programme.toml"]);
}
