//! What a gate sees of the machine: nothing but what policy lists.
//!
//! This keeps secrets out of evidence and logs, and differences between callers out
//! of results. It is no wall against a gate that goes looking: it runs as the same
//! user, who can read `/proc/PID/environ` of this tool, of the shell that started it,
//! and the files of the real HOME. To hide this tool alone (PR_SET_DUMPABLE) would
//! leave the shell's. Who runs patches of strangers runs them where there is nothing
//! to find: in CI without secrets, or as another user.

use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;

use super::cargo_home::{self, link};
use super::layout::{Run, repository_cache};
use super::vary::{Variation, apply};
use thrice_facts::files;
use thrice_programme::gate_rules::credentials_in;
use thrice_programme::{Environment, Gate};

/// Makes a run's own HOME and TMPDIR: empty, but for links to the entries of the
/// user's HOME that policy lists, and, where policy keeps `CARGO_HOME`, to a cargo home
/// without credentials.
pub(crate) fn make_home(run: &Run, policy: &Environment) -> anyhow::Result<()> {
    let home = run.home();
    files::make_folder(&home)?;
    files::make_folder(&run.temporary())?;
    cargo_home::make(run, policy)?;
    let Some(real) = std::env::var_os("HOME") else { return Ok(()) };
    let real = Path::new(&real);
    // The outer before the inner: what is linked as a whole is not linked again in part.
    let entries: BTreeSet<&String> = policy.home.iter().collect();
    for entry in entries {
        let (target, link_path) = (real.join(entry), home.join(entry));
        let linked = Path::new(entry)
            .ancestors()
            .skip(1)
            .any(|outer| !outer.as_os_str().is_empty() && home.join(outer).is_symlink());
        if linked || leads_to_credentials(real, &target) {
            continue;
        }
        if let Some(folder) = link_path.parent().filter(|_| target.exists()) {
            files::make_folder(folder)?;
        }
        link(&target, &link_path)?;
    }
    Ok(())
}

/// Whether an entry of HOME is a link to what can hold keys or tokens.
fn leads_to_credentials(home: &Path, entry: &Path) -> bool {
    let (Ok(home), Ok(entry)) = (home.canonicalize(), entry.canonicalize()) else { return false };
    if home.starts_with(&entry) {
        return true;
    }
    let below = entry.strip_prefix(&home).ok().and_then(Path::to_str);
    below.is_some_and(|below| credentials_in(below).is_some())
}

/// Where nothing listens (RFC 863's port, on this machine).
const NOWHERE: &str = "http://127.0.0.1:9";

/// Names of variables that lead clients to a proxy.
const PROXIES: &[&str] =
    &["http_proxy", "https_proxy", "all_proxy", "HTTP_PROXY", "HTTPS_PROXY", "ALL_PROXY"];

/// Names of variables that say where the certificates lie that clients trust: behind a
/// proxy of one's own, nothing can be fetched without them.
const CERTIFICATES: &[&str] = &[
    "CARGO_HTTP_CAINFO",
    "CURL_CA_BUNDLE",
    "NODE_EXTRA_CA_CERTS",
    "PIP_CERT",
    "REQUESTS_CA_BUNDLE",
    "SSL_CERT_DIR",
    "SSL_CERT_FILE",
    "UV_SYSTEM_CERTS",
];

/// What keeps well-behaved clients off the network, and lets them say so at once. What holds
/// the others is a wall ([`super::walls`]), where the machine gives one.
fn offline() -> impl Iterator<Item = (String, String)> {
    let proxies = PROXIES.iter().map(|name| (*name, NOWHERE));
    let others = [
        ("no_proxy", "localhost,127.0.0.1,::1"),
        ("NO_PROXY", "localhost,127.0.0.1,::1"),
        ("CARGO_NET_OFFLINE", "true"),
        ("PIP_NO_INDEX", "1"),
        ("npm_config_offline", "true"),
        ("YARN_ENABLE_NETWORK", "false"),
    ];
    proxies.chain(others).map(|(name, value)| (name.to_owned(), value.to_owned()))
}

/// Folders of the store, by the variables with which package managers are led there.
const STORES: &[(&str, &str)] = &[
    ("STORE", ""),
    ("npm_config_cache", "npm"),
    ("npm_config_store_dir", "pnpm"),
    ("pnpm_config_store_dir", "pnpm"),
    ("pnpm_config_cache_dir", "pnpm-cache"),
    ("YARN_CACHE_FOLDER", "yarn"),
    ("YARN_GLOBAL_FOLDER", "yarn"),
    ("PIP_CACHE_DIR", "pip"),
    ("PIP_DEST", "wheels"),
    ("PIP_WHEEL_DIR", "wheels"),
    ("PIP_FIND_LINKS", "wheels"),
    ("UV_CACHE_DIR", "uv"),
    ("POETRY_CACHE_DIR", "poetry"),
    ("GOMODCACHE", "go"),
];

/// What keeps package managers from linking a checkout's files to those of the store, where
/// a gate that writes to one would change it for the other runs.
const COPIED: &[(&str, &str)] = &[
    ("UV_LINK_MODE", "copy"),
    ("npm_config_package_import_method", "copy"),
    ("pnpm_config_package_import_method", "copy"),
];

/// What pnpm up to version 10 reads of these, and npm says it doesn't know.
const OF_PNPM: &[&str] = &["npm_config_store_dir", "npm_config_package_import_method"];

/// Where package managers keep what `prepare` fetched, where policy has commands that
/// install from it.
fn store(policy: &Environment, root: &Path) -> Vec<(String, String)> {
    let Some(folder) = repository_cache(root).filter(|_| policy.store) else { return Vec::new() };
    let store = folder.join("store");
    let led = STORES.iter().map(|(name, inner)| (*name, store.join(inner).display().to_string()));
    let maven = format!("-Dmaven.repo.local={}", store.join("maven").display());
    let copied = COPIED.iter().map(|(name, value)| (*name, (*value).to_owned()));
    // npm warns of each that it does not know.
    let is_known = |(name, _): &(&str, String)| policy.pnpm || !OF_PNPM.contains(name);
    let all = led.chain([("MAVEN_ARGS", maven)]).chain(copied).filter(is_known);
    all.map(|(name, value)| (name.to_owned(), value.trim_end_matches('/').to_owned())).collect()
}

/// The whole environment of a gate, in which `variation` is brought about. Values that
/// are not UTF-8 are not handed on.
#[must_use]
pub(crate) fn of_gate(
    run: &Run,
    policy: &Environment,
    gate: &Gate,
    variation: &Variation,
) -> BTreeMap<String, String> {
    let mut environment = of_run(run, policy, gate.network, &gate.env, &gate.set);
    let folder = run.gate_folder(&gate.folder());
    environment.insert("EVIDENCE_DIR".to_owned(), folder.display().to_string());
    environment.insert("GATE".to_owned(), gate.id.clone());
    apply::environment(run, variation, policy, gate, &mut environment);
    environment
}

/// The environment of the commands that install into a checkout: a gate's, offline.
pub(crate) fn of_install(run: &Run, policy: &Environment) -> BTreeMap<String, String> {
    of_run(run, policy, false, &[], &[])
}

fn of_run(
    run: &Run,
    policy: &Environment,
    network: bool,
    keep: &[String],
    set: &[(String, String)],
) -> BTreeMap<String, String> {
    let mut environment = BTreeMap::new();
    for name in policy.keep.iter().chain(keep).map(String::as_str).chain(["PATH"]) {
        if let Ok(value) = std::env::var(name) {
            environment.insert(name.to_owned(), value);
        }
    }
    if !network {
        environment.extend(offline());
    }
    environment.extend(store(policy, &run.root));
    if let Some(own) = cargo_home::path(run, policy) {
        environment.insert("CARGO_HOME".to_owned(), own.display().to_string());
    }
    if let Some(folder) = cargo_home::build_folder(run, policy) {
        environment.insert("CARGO_BUILD_BUILD_DIR".to_owned(), folder.display().to_string());
    }
    for (name, value) in policy.set.iter().chain(set) {
        environment.insert(name.clone(), value.clone());
    }
    let own = [
        ("HOME", run.home().display().to_string()),
        ("TMPDIR", run.temporary().display().to_string()),
        ("LC_ALL", "C.UTF-8".to_owned()),
        ("TZ", "UTC".to_owned()),
        ("SOURCE_DATE_EPOCH", run.commit.seconds.to_string()),
    ];
    environment.extend(own.map(|(name, value)| (name.to_owned(), value)));
    environment
}

/// The environment of the build of a scanner for secrets, which needs the machine's cargo
/// whatever policy shows to gates.
pub(crate) fn of_scanner_build(root: &Path) -> BTreeMap<String, String> {
    let keep = ["CARGO_HOME", "RUSTUP_HOME", "RUSTUP_TOOLCHAIN"].map(str::to_owned).to_vec();
    of_prepare(&Environment { keep, ..Environment::default() }, root)
}

/// The environment of the commands that fetch before the runs: as the gates', with
/// the user's own HOME, because what is fetched is kept there, unless it is in the store.
#[must_use]
pub(crate) fn of_prepare(policy: &Environment, root: &Path) -> BTreeMap<String, String> {
    let kept = |name: &str| Some((name.to_owned(), std::env::var(name).ok()?));
    let names = policy.keep.iter().map(String::as_str).chain(["PATH", "no_proxy", "NO_PROXY"]);
    let names = names.chain(PROXIES.iter().chain(CERTIFICATES).copied());
    let own = ["HOME", "TMPDIR"].into_iter().filter_map(kept);
    let fixed = [("LC_ALL", "C.UTF-8"), ("TZ", "UTC")];
    let fixed = fixed.map(|(name, value)| (name.to_owned(), value.to_owned()));
    let all = names.filter_map(kept).chain(store(policy, root)).chain(policy.set.iter().cloned());
    all.chain(own).chain(fixed).collect()
}
