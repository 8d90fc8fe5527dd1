//! Which processes of a world are alive, and waiting for things with a deadline.

use std::path::Path;
use std::time::{Duration, Instant};

use super::World;

/// Command lines of all living processes whose arguments, folder or environment
/// name the world's folder.
pub(crate) fn alive(world: &World) -> Vec<String> {
    let root = world.root().to_str().unwrap();
    let mut alive = Vec::new();
    for entry in std::fs::read_dir("/proc").unwrap().flatten() {
        let process = entry.path();
        let Some(pid) = entry.file_name().to_str().and_then(|name| name.parse::<u32>().ok()) else {
            continue;
        };
        let text = |name: &str| {
            let bytes = std::fs::read(process.join(name)).unwrap_or_default();
            String::from_utf8_lossy(&bytes).replace('\0', " ")
        };
        let folder = std::fs::read_link(process.join("cwd")).unwrap_or_default();
        let arguments = text("cmdline");
        let reported = [&arguments, &text("environ"), &folder.display().to_string()];
        if pid != std::process::id() && reported.iter().any(|text| text.contains(root)) {
            alive.push(format!("{pid} {arguments}"));
        }
    }
    alive
}

/// Waits until no process of the world is left.
#[track_caller]
pub(crate) fn all_gone(world: &World, within: Duration) {
    let begun = Instant::now();
    loop {
        let left = alive(world);
        if left.is_empty() {
            return;
        }
        assert!(begun.elapsed() < within, "still alive after {within:?}: {left:#?}");
        std::thread::sleep(Duration::from_millis(20));
    }
}

/// Waits until something holds.
#[track_caller]
pub(crate) fn until(what: &str, within: Duration, holds: impl Fn() -> bool) {
    let begun = Instant::now();
    while !holds() {
        assert!(begun.elapsed() < within, "after {within:?} still not: {what}");
        std::thread::sleep(Duration::from_millis(1));
    }
}

/// What lies in a folder, sorted; nothing where it is not there.
pub(crate) fn names(folder: impl AsRef<Path>) -> Vec<String> {
    let entries = std::fs::read_dir(folder).into_iter().flatten().flatten();
    let mut names: Vec<_> =
        entries.map(|entry| entry.file_name().to_string_lossy().into_owned()).collect();
    names.sort();
    names
}
