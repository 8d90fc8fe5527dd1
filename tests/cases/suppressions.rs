//! T2: what looks like a secret, and the comments that would hide it.

use crate::support::{Ran, World};

const GATES: &str =
    "stagger = \"0 s\"\n\n[[gates]]\nid = \"T2\"\nname = \"secrets\"\nbuiltin = \"secrets\"\n";

/// A token as its comment hides it; put together here, so that this file has none.
fn hidden(marker: &str) -> String {
    let token = ["ghp", "_wWPw5k4aXcaT4fNP0UcnZwJUVFk6LO0pINUx"].concat();
    format!("first = 1\ntoken = \"{token}\"  # {marker}\n")
}

fn pragma() -> String {
    ["pragma: allowlist", " secret"].concat()
}

/// Runs the gate. A scanner that is built once for a machine is in the real HOME.
fn secrets(world: &World) -> Ran {
    let mut command = world.xtask_command(["gates", "run", "T2"]);
    command.env("XDG_CACHE_HOME", cache());
    command.output().unwrap().into()
}

fn cache() -> std::ffi::OsString {
    std::env::var_os("XDG_CACHE_HOME").unwrap_or_else(|| {
        let home = std::env::var_os("HOME").unwrap();
        std::path::Path::new(&home).join(".cache").into_os_string()
    })
}

fn world(suppressed: &str, marker: &str) -> World {
    let world = World::with_gates(&format!("{GATES}{suppressed}"));
    world.write("src/a.py", hidden(marker));
    world.write("src/b.py", format!("harmless = 1  # {}\n", pragma()));
    world.commit("hide");
    world
}

#[test]
fn a_comment_that_hides_a_secret_needs_a_reason() {
    for marker in [pragma(), ["gitleaks", ":allow"].concat()] {
        let world = world("", &marker);
        let ran = secrets(&world);
        assert_eq!(ran.status, 20, "{ran:?}");
        assert!(ran.stdout.contains("CEC-20, secret-suppressed"), "{}", ran.stdout);
        assert!(ran.stdout.contains("src/a.py:2"), "{}", ran.stdout);
        assert!(!ran.stdout.contains("src/b.py"), "{}", ran.stdout);
    }
}

#[test]
fn the_evidence_lists_what_is_hidden_and_why() {
    let rule =
        "[secrets]\nsuppressed = [{ paths = \"src/*\", reason = \"an example of GitHub's\" }]\n";
    let world = world(rule, &pragma());
    let ran = secrets(&world);
    assert_eq!(ran.status, 0, "{ran:?}");
    // Only what a patch changes is worth a warning; the evidence has the rest as well.
    let says = "hides what looks like a secret: an example of GitHub's";
    assert!(!ran.stdout.contains(says), "{}", ran.stdout);
    world.git(["switch", "--quiet", "--create", "patch"]);
    world.write("src/a.py", format!("{}more = 1\n", world.read("src/a.py")));
    world.commit("more");
    let ran = secrets(&world);
    assert_eq!(ran.status, 0, "{ran:?}");
    assert!(ran.stdout.contains(says), "{}", ran.stdout);
    let folder = world.path("out/evidence/T2_secrets");
    let report = std::fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().file_name());
    let name =
        report.map(|name| name.into_string().unwrap()).find(|name| name.ends_with("_report.json"));
    let report = world.json(&format!("out/evidence/T2_secrets/{}", name.unwrap()));
    assert_eq!(
        report["suppressed"],
        serde_json::json!([{ "file": "src/a.py", "line": 2, "reason": "an example of GitHub's" }])
    );
    assert_eq!(report["findings"], serde_json::json!([]));
}
