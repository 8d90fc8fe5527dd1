//! What a clone keeps of a ledger that it has checked: it changes no answer, hides nothing that
//! is done to the branch, and counts as none where it is damaged.

use std::io::Write;
use std::path::PathBuf;
use std::process::{Command, Stdio};

use serde_json::Value;

use crate::support::ledgers::{DEPLOY, at};
use crate::support::{Ran, World};

/// Five full segments and the begin of a sixth: enough for a snapshot.
const ENTRIES: usize = 5_200;
/// An incident stands where this divides the place.
const INCIDENTS: usize = 700;

/// A ledger while it is written by hand.
#[derive(Clone)]
struct Chain {
    lines: Vec<String>,
    root: String,
}

impl Chain {
    /// Deployments, and now and then an incident, all of noon of 2026-03-01.
    fn new() -> Self {
        let mut chain = Self { lines: Vec::new(), root: "0".repeat(64) };
        for at in 0..ENTRIES {
            let incident =
                format!(r#"{{"incident":"INC-{at}","severity":"P2","state":"open","title":"t"}}"#);
            let (kind, data) = if at % INCIDENTS == 5 {
                ("incident", incident.as_str())
            } else {
                ("deploy", DEPLOY)
            };
            chain.push(kind, data, &format!("entry-{at:05}"), "2026-03-01T12:00:00Z");
        }
        chain
    }

    fn push(&mut self, kind: &str, data: &str, id: &str, time: &str) {
        let (index, before) = (self.lines.len(), &self.root);
        let head = format!(
            r#"{{"actor":"ana@example.com","created_at":"{time}","data":{data},"id":"{id}","index":{index},"kind":"{kind}","prev_root":"{before}""#
        );
        let tail = ",\"signature\":null}";
        self.root = thrice_ledger::Digest::of(&[head.as_str(), tail]).to_string();
        self.lines.push(format!("{head},\"root\":\"{}\"{tail}\n", self.root));
    }

    /// Makes it the branch's, in a commit after the one there or in one of its own.
    fn put(&self, world: &World, goes_on: bool) {
        let mut stream = b"commit refs/heads/ledger\n".to_vec();
        stream.extend(b"committer m <m@example.com> 1772366400 +0000\ndata 1\nm\n");
        if goes_on {
            stream.extend(b"from refs/heads/ledger^0\ndeleteall\n");
        }
        for (number, lines) in self.lines.chunks(1000).enumerate() {
            let text = lines.concat();
            let head = format!("M 100644 inline {number:08}.jsonl\ndata {}\n", text.len());
            stream.extend([head.as_bytes(), text.as_bytes(), b"\n"].concat());
        }
        let mut command: Command = world.command("git");
        if !goes_on {
            world.quiet_git(&["update-ref", "-d", "refs/heads/ledger"]);
        }
        let command = command.args(["fast-import", "--quiet"]).stdin(Stdio::piped());
        let mut child = command.spawn().unwrap();
        child.stdin.take().unwrap().write_all(&stream).unwrap();
        assert!(child.wait().unwrap().success());
    }
}

fn file(world: &World) -> PathBuf {
    world.path(".git/thrice-ledger.snapshot")
}

fn run(world: &World, arguments: &[&str], minute: u32) -> Ran {
    let mut command = world.xtask_command(arguments);
    command.env("XTASK_TEST_NOW", at(minute)).output().unwrap().into()
}

/// What commands that read the ledger say.
fn answers(world: &World) -> Vec<(i32, String)> {
    let show = ["ledger", "show", "--kind", "incident", "--format", "json"];
    let rows: [&[&str]; 3] = [&["ledger", "verify"], &show, &["release", "log"]];
    let answers = rows.into_iter().map(|row| run(world, row, 24 * 60));
    answers.map(|ran| (ran.status, ran.stdout)).collect()
}

/// A world whose ledger was verified, with its snapshot.
fn kept() -> (World, Chain) {
    let (world, chain) = (World::with_ledger(), Chain::new());
    chain.put(&world, false);
    assert!(!file(&world).exists());
    let ran = world.verified(&[]);
    assert_eq!(ran.status, 0, "{ran:?}");
    assert!(file(&world).is_file());
    (world, chain)
}

#[test]
fn a_snapshot_changes_no_answer_and_a_damaged_one_counts_as_none() {
    let (world, _) = kept();
    let file = file(&world);
    let with = answers(&world);
    let shown: Value = serde_json::from_str(&with[1].1).unwrap();
    let incidents = shown["data"]["entries"].as_array().unwrap();
    assert_eq!(incidents.len(), (5..ENTRIES).step_by(INCIDENTS).count());
    assert!(with.iter().all(|(status, _)| *status == 0), "{with:?}");
    let good = std::fs::read(&file).unwrap();
    let mut flipped = good.clone();
    flipped[good.len() / 2] ^= 1;
    let foreign = String::from_utf8_lossy(&good[..64]).replace(['0', '1', '2'], "3");
    for (name, bytes) in [
        ("cut off", &good[..good.len() / 2]),
        ("empty", &[]),
        ("one bit", &flipped),
        ("of another program", &[foreign.as_bytes(), &good[64..]].concat()),
    ] {
        std::fs::write(&file, bytes).unwrap();
        assert_eq!(answers(&world), with, "{name}");
        assert_eq!(std::fs::read(&file).unwrap(), good, "{name}: it was written anew");
    }
    std::fs::remove_file(&file).unwrap();
    std::fs::create_dir(&file).unwrap();
    assert_eq!(answers(&world), with, "a folder");
    std::fs::remove_dir(&file).unwrap();
    let made = world.command("mkfifo").arg(&file).status().unwrap();
    assert!(made.success());
    assert_eq!(answers(&world), with, "a pipe, in which nothing ever comes");
}

#[test]
fn an_append_goes_on_from_a_snapshot() {
    let (world, chain) = kept();
    let (minute, id) = (13 * 60, ["--id", "entry-00007"]);
    let there = world.append("deploy", DEPLOY, minute, &id);
    assert!(there.status == 0 && there.stdout.contains("is already in"), "{there:?}");
    let other = DEPLOY.replace("v1.4.0", "v1.4.1");
    let refused = world.append("deploy", &other, minute, &id);
    assert!(refused.status == 1 && refused.stdout.contains("ledger:8\n"), "{refused:?}");
    let ran = world.append("deploy", &other, minute, &["--id", "entry-new"]);
    assert_eq!(ran.status, 0, "{ran:?}");
    let lines = world.ledger();
    assert_eq!(lines[..ENTRIES], chain.lines);
    std::fs::remove_file(file(&world)).unwrap();
    let ran = world.verified(&["--all-signatures"]);
    assert!(ran.status == 0 && ran.stdout.contains("\n5201 entries of ledger"), "{ran:?}");
}

/// What somebody does to the branch: its name, what it becomes, whether it goes on from what was
/// there, and the code by which it is found.
type Attack = (&'static str, fn(&mut Chain), bool, &'static str);

const ATTACKS: &[Attack] = &[
    ("the end is cut off", |chain| chain.lines.truncate(5_100), false, "ledger-descent"),
    (
        "it is cut off, in a commit on top",
        |chain| chain.lines.truncate(5_100),
        true,
        "ledger-descent",
    ),
    ("an old entry says other words", |chain| chain.lines[7].truncate(9), true, "ledger-descent"),
    ("a segment is gone", |chain| drop(chain.lines.drain(1000..2000)), true, "ledger-descent"),
    (
        "an old id stands again",
        |chain| chain.push("deploy", DEPLOY, "entry-00007", "2026-03-01T12:00:00Z"),
        true,
        "ledger-id",
    ),
    (
        "an entry of a time to come",
        |chain| chain.push("deploy", DEPLOY, "entry-late", "2126-03-01T12:00:00Z"),
        true,
        "ledger-time",
    ),
    (
        "an entry after another one",
        |chain| {
            chain.root = "1".repeat(64);
            chain.push("deploy", DEPLOY, "entry-odd", "2026-03-01T12:00:00Z");
        },
        true,
        "ledger-link",
    ),
];

#[test]
fn what_is_done_to_the_branch_is_found_beside_a_snapshot() {
    let (world, chain) = kept();
    let tip = world.ledger_tip().unwrap();
    let good = std::fs::read(file(&world)).unwrap();
    for (name, attack, goes_on, code) in ATTACKS {
        let mut other = chain.clone();
        attack(&mut other);
        other.put(&world, *goes_on);
        let with = world.verified(&[]);
        let _ = std::fs::remove_file(file(&world));
        let without = world.verified(&[]);
        assert_eq!((with.status, &with.stdout), (without.status, &without.stdout), "{name}");
        assert!(with.status == 1 && with.stdout.contains(code), "{name}: {with:?}");
        std::fs::write(file(&world), &good).unwrap();
        let refused = world.append("deploy", DEPLOY, 13 * 60, &[]);
        // An entry of a time to come breaks no chain, and nothing goes before it.
        let refuses = if *code == "ledger-time" { "ledger-clock" } else { code };
        assert!(refused.status == 1 && refused.stdout.contains(refuses), "{name}: {refused:?}");
        world.place_ledger(&tip);
        assert_eq!(world.verified(&[]).status, 0, "{name}");
    }
    world.quiet_git(&["update-ref", "-d", "refs/heads/ledger"]);
    assert!(world.verified(&[]).stdout.contains("ledger-descent"));
    world.place_ledger(&tip);
    // A clock that is an hour back refuses what it takes for the future, as without a snapshot.
    let back = run(&world, &["ledger", "verify"], 11 * 60);
    assert!(back.status == 1 && back.stdout.contains("ledger-time"), "{back:?}");
}

/// Whoever can write into git's folder can write a snapshot, as they can write the reference of
/// what was verified. What reads the whole ledger asks neither.
#[test]
fn a_forged_snapshot_is_not_asked_by_what_reads_the_whole_ledger() {
    let (world, mut chain) = (World::with_ledger(), Chain::new());
    let approval = crate::support::ledgers::APPROVAL;
    chain.lines.truncate(1500);
    let (_, root) = chain.lines[1499].split_once("\"root\":\"").unwrap();
    chain.root = root[..64].to_owned();
    chain.push("approval", approval, "entry-unsigned", "2026-03-01T12:00:00Z");
    for at in 1501..ENTRIES {
        chain.push("deploy", DEPLOY, &format!("entry-{at:05}"), "2026-03-01T12:00:00Z");
    }
    chain.put(&world, false);
    let refused = world.verified(&[]);
    assert!(refused.status == 1 && refused.stdout.contains("ledger-unsigned"), "{refused:?}");
    // The mark of a line: twice the place of its kind, and one more where it is signed.
    let mut forged = std::fs::read(file(&world)).unwrap();
    let marks = forged.len() - 32 - 5_000 * 9;
    assert_eq!(forged[marks + 1500], 0, "an approval without a signature");
    forged[marks + 1500] = forged[marks + 1499];
    let body = forged.len() - 32;
    let digest = thrice_ledger::Digest::of(&[&forged[..body]]);
    forged[body..].copy_from_slice(&digest.0);
    std::fs::write(file(&world), &forged).unwrap();
    let never = world.verified(&[]);
    assert!(never.stdout.contains("ledger-unsigned"), "never verified here: {never:?}");
    let tip = world.ledger_tip().unwrap();
    world.quiet_git(&["update-ref", "refs/thrice/ledger/verified", &tip]);
    assert_eq!(world.verified(&[]).status, 0, "nothing is new, as the reference says");
    let whole = world.verified(&["--all-signatures"]);
    assert!(whole.stdout.contains("ledger-unsigned"), "{whole:?}");
}
