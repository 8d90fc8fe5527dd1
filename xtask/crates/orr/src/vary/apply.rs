//! A variation, brought about for one gate: its environment, how it is started, and
//! what is put before its command.

use std::collections::BTreeMap;
use std::path::PathBuf;

use super::Variation;
use super::probe::{Worlds, faketime_library};
use crate::layout::Run;
use thrice_facts::process::manner::{Manner, Stream};
use thrice_programme::{Aspect, Environment, Gate};

/// Changes a gate's environment. What policy sets is as policy says.
pub(crate) fn environment(
    run: &Run,
    variation: &Variation,
    policy: &Environment,
    gate: &Gate,
    environment: &mut BTreeMap<String, String>,
) {
    let fixed = |name: &str| policy.set.iter().chain(&gate.set).any(|(set, _)| set == name);
    for (name, value) in variables(run, variation, environment) {
        if !fixed(&name) {
            environment.insert(name, value);
        }
    }
}

/// The variables that a variation changes, as they are to be.
fn variables(
    run: &Run,
    variation: &Variation,
    environment: &BTreeMap<String, String>,
) -> Vec<(String, String)> {
    let mut set: Vec<(String, String)> = Vec::new();
    for (aspect, value) in variation.iter() {
        let mut put = |name: &str, value: &str| set.push((name.to_owned(), value.to_owned()));
        match aspect {
            Aspect::Locale => {
                put("LC_ALL", value);
                if value == super::probe::MADE_LOCALE {
                    put("LOCPATH", &locales(run).display().to_string());
                }
            }
            Aspect::Zone => put("TZ", value),
            Aspect::User => {
                put("USER", value);
                put("LOGNAME", value);
            }
            Aspect::HashSeed => {
                put("PYTHONHASHSEED", value);
                put("PERL_HASH_SEED", value);
            }
            Aspect::Terminal => {
                let (size, kind) = value.split_once(' ').unwrap_or((value, "dumb"));
                let (columns, lines) = size.split_once('x').unwrap_or(("80", "24"));
                put("COLUMNS", columns);
                put("LINES", lines);
                put("TERM", kind);
            }
            // What shows a terminal page by page would wait for somebody.
            Aspect::Output if value == "terminal" => {
                put("PAGER", "cat");
                put("GIT_PAGER", "cat");
            }
            Aspect::ExecPath => {
                let path = environment.get("PATH").map_or("", String::as_str);
                put("PATH", &format!("{path}:{}", run.scratch.join(value).display()));
            }
            Aspect::Variable => put(value, "1"),
            Aspect::Ci => put("CI", value),
            Aspect::Threads => THREADS.iter().for_each(|name| put(name, value)),
            Aspect::Clock => {
                if let Some(library) = faketime_library() {
                    put("LD_PRELOAD", &library.display().to_string());
                    put("FAKETIME", value);
                    // Waiting by a clock that stands still would never end.
                    put("FAKETIME_DONT_FAKE_MONOTONIC", "1");
                    // Its shared memory would stay in /dev/shm after a gate that execs.
                    put("FAKETIME_DISABLE_SHM", "1");
                }
            }
            _ => {}
        }
    }
    set
}

/// Variables that say how many threads to start: to OpenMP (and `nproc`), Go, two libraries
/// of Rust, and Python.
const THREADS: &[&str] = &[
    "OMP_NUM_THREADS",
    "GOMAXPROCS",
    "RAYON_NUM_THREADS",
    "TOKIO_WORKER_THREADS",
    "PYTHON_CPU_COUNT",
];

/// Where a run's own locales are.
#[must_use]
pub(crate) fn locales(run: &Run) -> PathBuf {
    run.scratch.join("locales")
}

/// How a gate is started. A terminal shows what a gate prints otherwise than a file
/// does, and what a test runner printed is read: such a gate gets a pipe.
#[must_use]
pub(crate) fn manner(variation: &Variation, gate: &Gate) -> Manner {
    let is_read = gate.tests.as_ref().is_some_and(|tests| tests.file.is_none());
    Manner {
        umask: variation.get(Aspect::Umask).and_then(|umask| u32::from_str_radix(umask, 8).ok()),
        cpus: variation.get(Aspect::Cpus).and_then(|cpus| cpus.parse().ok()),
        stream: match variation.get(Aspect::Output) {
            None => Stream::File,
            Some("terminal") if !is_read => Stream::Terminal,
            Some(_) => Stream::Pipe,
        },
        ..Manner::default()
    }
}

/// A gate's command with what has to be put before it.
#[must_use]
pub(crate) fn command(variation: &Variation, worlds: Worlds, argv: &[String]) -> Vec<String> {
    let mut before: Vec<&str> = Vec::new();
    let map = variation.get(Aspect::Uid);
    let host = variation.get(Aspect::HostName);
    let number = |own: u32| map.map_or_else(|| own.to_string(), str::to_owned);
    let uid = format!("--map-user={}", number(worlds.uid));
    let gid = format!("--map-group={}", number(worlds.gid));
    if let Some(host) = host {
        before.push("unshare");
        // Only root of a user namespace of its own may rename its host.
        if !worlds.is_root {
            before.extend(["--user", "--map-root-user"]);
        }
        before.extend(["--uts", "sh", "-c", RENAME, host]);
    }
    if map.is_some() || (host.is_some() && !worlds.is_root) {
        before.extend(["unshare", "--user", &uid, &gid]);
    }
    let kernel = variation.has(Aspect::Kernel);
    let aslr = variation.has(Aspect::Aslr);
    if kernel || aslr {
        before.push("setarch");
        before.extend(aslr.then_some("-R"));
        before.extend(kernel.then_some("--uname-2.6"));
    }
    before.into_iter().map(str::to_owned).chain(argv.iter().cloned()).collect()
}

/// Renames the host of this namespace to the first word, and becomes the rest.
const RENAME: &str = r#"hostname "$0" 2>/dev/null || printf %s "$0" > /proc/sys/kernel/hostname || exit 125
exec "$@""#;
