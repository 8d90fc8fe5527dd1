//! T6: the evidence so far, packed twice in worlds that differ in path, locale,
//! time zone and umask, must be the same bytes.

use std::collections::BTreeMap;
use std::fs::File;
use std::path::PathBuf;
use std::time::{Duration, Instant};

use anyhow::{Context, bail};
use serde_json::{Value, json};

use super::Decided;
use crate::evidence::archive::{self, Entry};
use crate::evidence::json::canonical;
use crate::evidence::manifest::sha256_hex;
use crate::judge::compare;
use crate::result::GateResult;
use crate::surroundings::Surroundings;
use thrice_facts::files;
use thrice_facts::process::gate::{Ended, GateCommand, own_program};
use thrice_facts::process::manner::Manner;
use thrice_findings::{Code, Finding, Place};
use thrice_programme::{Action, Builtin};

/// A world in which the evidence is packed.
struct PackWorld {
    folder: &'static str,
    locale: &'static str,
    zone: &'static str,
    umask: &'static str,
}

const WORLDS: [PackWorld; 2] = [
    PackWorld { folder: "a", locale: "C.UTF-8", zone: "UTC", umask: "022" },
    PackWorld {
        folder: "another place/with-a-longer-name",
        locale: "et_EE.ISO-8859-15",
        zone: "Asia/Kathmandu",
        umask: "077",
    },
];

pub(super) fn decide(surroundings: &Surroundings<'_>) -> anyhow::Result<Decided> {
    let gate = surroundings
        .policy
        .gates
        .gates
        .iter()
        .find(|gate| matches!(gate.action, Action::Builtin(Builtin::Determinism)));
    let needs = gate.map(|gate| gate.needs.as_slice()).unwrap_or_default();
    let packed: Vec<&GateResult> =
        surroundings.earlier.iter().filter(|result| needs.contains(&result.gate)).collect();
    let archives = WORLDS
        .iter()
        .map(|world| pack_in(world, surroundings, &packed))
        .collect::<anyhow::Result<Vec<_>>>()?;
    let contents = archives.iter().map(|bytes| read(bytes)).collect::<anyhow::Result<Vec<_>>>()?;
    let differences = compare::compare(&pairs(&contents[0]), &pairs(&contents[1]));
    let identical = archives[0] == archives[1];
    let listed: Vec<Value> = differences
        .iter()
        .map(|entry| json!({ "path": entry.path, "difference": entry.difference }))
        .collect();
    let compare = json!({
        "schema": "xtask/compare/1",
        "gates": packed.iter().map(|result| &result.gate).collect::<Vec<_>>(),
        "files": contents[0].len(),
        "identical": listed.is_empty(),
        "differences": listed,
    });
    let zip_compare = json!({
        "schema": "xtask/zip-compare/1",
        "identical": identical,
        "archives": WORLDS.iter().zip(&archives).map(|(world, bytes)| json!({
            "locale": world.locale,
            "zone": world.zone,
            "umask": world.umask,
            "size": bytes.len(),
            "sha256": sha256_hex(bytes),
        })).collect::<Vec<_>>(),
    });
    let absent: Vec<&str> = needs
        .iter()
        .filter(|need| !packed.iter().any(|result| result.gate == **need))
        .map(String::as_str)
        .collect();
    let first = differences.first().map(|entry| entry.path.as_str());
    let differing = first.or((!identical).then_some("the archive itself"));
    let gate = gate.map_or("T6", |gate| gate.id.as_str());
    let findings = findings(gate, &absent, contents[0].is_empty(), differing);
    Ok(Decided {
        findings,
        files: vec![
            ("compare.json".to_owned(), canonical(&compare)?),
            ("zip_compare.json".to_owned(), canonical(&zip_compare)?),
        ],
    })
}

/// What refuses: gates whose evidence is `absent`, nothing to pack, or the path that differs.
fn findings(gate: &str, absent: &[&str], is_empty: bool, differing: Option<&str>) -> Vec<Finding> {
    let mut findings = Vec::new();
    if !absent.is_empty() || is_empty {
        let message = match absent {
            [] => "there is no evidence to pack".to_owned(),
            absent => format!("nothing shows the evidence of {}", absent.join(", ")),
        };
        findings.push(
            Finding::new(Code::NotEstablishedCode, message)
                .help("run those gates on this commit first, and name them in `needs`")
                .at(Place::gate(gate)),
        );
    }
    if let Some(path) = differing {
        findings.push(
            Finding::new(Code::PackDiffers, format!("packed twice, the evidence differs: {path}"))
                .help("compare.json and zip_compare.json have the details")
                .at(Place::gate(gate)),
        );
    }
    findings
}

fn read(bytes: &[u8]) -> anyhow::Result<Vec<Entry>> {
    archive::read(bytes, archive::Limits::default()).context("cannot read what was just packed")
}

fn pairs(entries: &[Entry]) -> Vec<(String, &[u8])> {
    entries.iter().map(|entry| (entry.path.clone(), entry.bytes.as_slice())).collect()
}

/// Packs in a child process, because locale, zone and umask are a process's own.
fn pack_in(
    world: &PackWorld,
    surroundings: &Surroundings<'_>,
    packed: &[&GateResult],
) -> anyhow::Result<Vec<u8>> {
    let base = surroundings.run.scratch.join("pack").join(world.folder);
    files::remove(&base)?;
    files::make_folder(&base)?;
    let zip = base.join("evidence.zip");
    let mut argv: Vec<String> = vec![
        own_program()?.display().to_string(),
        "pack".to_owned(),
        "--umask".to_owned(),
        world.umask.to_owned(),
        "--work".to_owned(),
        base.join("copy").display().to_string(),
        "--to".to_owned(),
        zip.display().to_string(),
        "--from".to_owned(),
        surroundings.run.output.folder().display().to_string(),
        "--".to_owned(),
    ];
    let records = packed.iter().flat_map(|result| &result.evidence);
    argv.extend(records.map(|record| record.path.clone()));
    let environment: BTreeMap<String, String> =
        [("LC_ALL", world.locale), ("TZ", world.zone)].map(|(k, v)| (k.into(), v.into())).into();
    let log_path: PathBuf = base.join("log");
    let log = File::create(&log_path)?;
    let deadline = Instant::now() + Duration::from_secs(300);
    let command = GateCommand {
        argv: &argv,
        folder: &base,
        environment: &environment,
        log: &log,
        deadline,
        interrupt: surroundings.interrupt,
        manner: Manner::default(),
    };
    match command.run()? {
        Ended::Status(0) => {}
        // The caller sees the request to stop and drops the result.
        Ended::Interrupted => bail!("interrupted"),
        ended => {
            let said = String::from_utf8_lossy(&files::read(&log_path)?).into_owned();
            bail!("packing failed ({ended:?}): {said}");
        }
    }
    let bytes = files::read(&zip)?;
    files::remove(&surroundings.run.scratch.join("pack"))?;
    Ok(bytes)
}
