//! What a gate sees of the machine, and what it cannot reach by accident.

use std::path::Path;
use std::process::{Command, Stdio};

use crate::support::processes::names;
use crate::support::{PROGRAMME, Ran, STILL, World, XTASK, gate, terminal};

/// Variables of which no gate may see the value, and a value that is easily found.
const SECRETS: [&str; 9] = [
    "GH_TOKEN",
    "GITHUB_TOKEN",
    "AWS_SECRET_ACCESS_KEY",
    "ANTHROPIC_API_KEY",
    "CLAUDECODE",
    "CI",
    "SSH_AUTH_SOCK",
    "GIT_ASKPASS",
    "LD_LIBRARY_PATH",
];
const SENTINEL: &str = "sentinel-7f3a91";

/// A world whose gate does something with the folder `reported` outside of every
/// checkout as `$1`.
fn world_with(top: &str, script: &str) -> World {
    let world = World::new();
    let reported = world.root().join("reported");
    std::fs::create_dir(&reported).unwrap();
    let script = format!("set -- {}\necho x > \"$EVIDENCE_DIR/x\"\n{script}", reported.display());
    world.write("policy/programme.toml", PROGRAMME);
    world.write(
        "policy/gates.toml",
        format!("stagger = \"0 s\"\n{top}\n{}{STILL}", gate("T4", "tests", &script)),
    );
    world.commit("policy");
    world
}

fn reported(world: &World, name: &str) -> String {
    let bytes = std::fs::read(world.root().join("reported").join(name)).unwrap();
    String::from_utf8_lossy(&bytes).into_owned()
}

fn review(world: &World) -> Command {
    let mut command = world.xtask_command(["orr", "--runs", "2"]);
    command.stdin(Stdio::null());
    command
}

/// Every file below a folder that holds a text, links not followed.
fn holding(folder: &Path, text: &str) -> Vec<String> {
    let mut found = Vec::new();
    for entry in std::fs::read_dir(folder).unwrap() {
        let entry = entry.unwrap();
        let kind = entry.file_type().unwrap();
        if kind.is_dir() {
            found.extend(holding(&entry.path(), text));
        } else if kind.is_file() {
            let bytes = std::fs::read(entry.path()).unwrap();
            if bytes.windows(text.len()).any(|window| window == text.as_bytes()) {
                found.push(entry.path().display().to_string());
            }
        }
    }
    found
}

#[test]
fn a_gate_sees_no_secret_of_its_caller() {
    let world = world_with(
        "",
        "env; cat /proc/$$/environ /proc/self/environ /proc/$PPID/environ
cat /proc/$$/environ > $1/own; cat /proc/$PPID/environ > $1/supervisor
tr '\\0' ' ' < /proc/$PPID/cmdline > $1/parent",
    );
    let mut command = review(&world);
    for name in SECRETS {
        command.env(name, SENTINEL);
    }
    let ran = Ran::from(command.output().unwrap());
    assert_eq!(ran.status, 0, "{ran:?}");
    assert!(reported(&world, "parent").ends_with("supervise "), "{}", reported(&world, "parent"));
    assert_eq!(reported(&world, "supervisor"), "");
    assert!(world.read("out/runs/1/logs/T4.log").contains("HOME="), "the gate printed nothing");
    let mut own: Vec<_> = reported(&world, "own")
        .split_terminator('\0')
        .map(|entry| entry.split('=').next().unwrap().to_owned())
        .collect();
    own.sort();
    let expected = [
        "ALL_PROXY",
        "CARGO_NET_OFFLINE",
        "EVIDENCE_DIR",
        "GATE",
        "HOME",
        "HTTPS_PROXY",
        "HTTP_PROXY",
        "LC_ALL",
        "NO_PROXY",
        "PATH",
        "PIP_NO_INDEX",
        "SOURCE_DATE_EPOCH",
        "TMPDIR",
        "TZ",
        "YARN_ENABLE_NETWORK",
        "all_proxy",
        "http_proxy",
        "https_proxy",
        "no_proxy",
        "npm_config_offline",
    ];
    assert_eq!(own, expected);
    // Nothing of them is in any output, log, checkout or cache either.
    assert_eq!(holding(world.root(), SENTINEL), Vec::<String>::new());
}

#[test]
fn what_policy_lists_is_handed_on_and_nothing_else() {
    let world = world_with(
        "[environment]\nkeep = [\"CARGO_HOME\"]\nhome = [\".listed\", \".missing\", \".local/bin\", \".leads\", \".listed/file\"]\n\
         reasons.\".listed\" = \"r\"\nreasons.\".missing\" = \"r\"\nreasons.\".leads\" = \"r\"\n\
         reasons.\".listed/file\" = \"r\"\nset.FIXED = \"value\"\n",
        "ls -A \"$HOME\" > $1/home; ls -A \"$TMPDIR\" > $1/tmp; cat \"$HOME/.listed/file\" > $1/file
ls -A \"$HOME/.local/bin\" > $1/deep
for name in CARGO_HOME RUSTUP_HOME FIXED LC_ALL TZ SOURCE_DATE_EPOCH GATE HOME TMPDIR; do
    eval \"echo $name=\\$$name\"
done > $1/variables",
    );
    let home = world.home();
    std::fs::create_dir(home.join(".listed")).unwrap();
    std::fs::write(home.join(".listed/file"), "linked").unwrap();
    std::fs::write(home.join(".netrc"), "password").unwrap();
    std::fs::create_dir_all(home.join(".local/bin")).unwrap();
    std::fs::write(home.join(".local/bin/tool"), "").unwrap();
    // A link of a harmless name to what holds secrets.
    std::os::unix::fs::symlink(".netrc", home.join(".leads")).unwrap();
    let mut command = review(&world);
    command.env("CARGO_HOME", "/kept").env("RUSTUP_HOME", "/not-kept").env("TZ", "Asia/Tokyo");
    command.env("LC_ALL", "tr_TR.UTF-8").env("FIXED", "other");
    let ran = Ran::from(command.output().unwrap());
    assert_eq!(ran.status, 0, "{ran:?}");
    assert_eq!(reported(&world, "home"), ".listed\n.local\n");
    assert_eq!(reported(&world, "deep"), "tool\n");
    assert_eq!(reported(&world, "tmp"), "");
    assert_eq!(reported(&world, "file"), "linked");
    let variables = reported(&world, "variables");
    let seconds = world.git(["show", "--no-patch", "--format=%ct"]);
    let fixed = format!(
        "CARGO_HOME=/kept\nRUSTUP_HOME=\nFIXED=value\nLC_ALL=C.UTF-8\nTZ=UTC\n\
         SOURCE_DATE_EPOCH={}\nGATE=T4\n",
        seconds.trim()
    );
    let rest = variables.strip_prefix(&fixed).unwrap_or_else(|| panic!("{variables}"));
    let own = format!("={}/.cache/xtask/", home.display());
    for line in rest.lines() {
        assert!(line.contains(&own), "{line} is not the run's own");
    }
    assert_eq!(rest.lines().count(), 2);
}

#[test]
fn input_is_empty_and_umask_and_signals_are_not_the_callers() {
    let world = world_with(
        "",
        "cat > $1/input; umask > $1/umask; stat -c %a policy/gates.toml > $1/mode
grep -E '^Sig(Ign|Blk)' /proc/self/status > $1/signals",
    );
    let mut command = world.command("sh");
    let script = "umask 077; trap '' INT QUIT HUP TERM USR1; exec \"$0\" orr --runs 2 --vary none";
    command.args(["-c", script, XTASK]).stdin(Stdio::piped());
    // The other end of the input stays open: who reads it would wait for ever.
    let mut child = command.stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap();
    let input = child.stdin.take();
    let ran = Ran::from(child.wait_with_output().unwrap());
    drop(input);
    assert_eq!(ran.status, 0, "{ran:?}");
    assert_eq!(reported(&world, "input"), "");
    assert_eq!(reported(&world, "umask"), "0022\n");
    assert_eq!(reported(&world, "mode"), "644\n");
    let signals = reported(&world, "signals");
    assert_eq!(signals.lines().count(), 2, "{signals}");
    for line in signals.lines() {
        let mask = line.split_once(":\t").unwrap().1;
        // Above 31 are those that the C library keeps for itself.
        let named = u64::from_str_radix(mask, 16).unwrap() & 0x7fff_ffff;
        assert_eq!(named, 0, "{line}");
    }
}

#[test]
fn a_gate_has_no_terminal() {
    let world =
        world_with("", "if (: < /dev/tty); then echo there; else echo none; fi > $1/terminal");
    let (controller, terminal) = terminal::open();
    let stream = || Stdio::from(terminal.try_clone().unwrap());
    let mut command = world.command("setsid");
    // That the caller has one is seen by the same means.
    let script = "(: < /dev/tty) && exec \"$0\" orr --runs 2 --vary none";
    command.args(["--ctty", "sh", "-c", script, XTASK]);
    let mut child = command.stdin(stream()).stdout(stream()).stderr(stream()).spawn().unwrap();
    drop(command);
    drop(terminal);
    let mut reader = std::fs::File::from(controller);
    let mut buffer = [0; 4096];
    while matches!(std::io::Read::read(&mut reader, &mut buffer), Ok(1..)) {}
    assert_eq!(child.wait().unwrap().code(), Some(0));
    assert_eq!(reported(&world, "terminal"), "none\n");
}

#[test]
fn a_commit_in_the_checkout_moves_nothing_of_the_users() {
    let world = world_with(
        "",
        "export GIT_AUTHOR_NAME=g GIT_AUTHOR_EMAIL=g@example.com
export GIT_COMMITTER_NAME=g GIT_COMMITTER_EMAIL=g@example.com
echo changed > file; git add --all; git commit --quiet -m gate; git rev-parse HEAD > $1/commit",
    );
    let state = || {
        let refs = world.git(["for-each-ref"]);
        let head = world.git(["symbolic-ref", "HEAD"]);
        let status = world.git(["status", "--porcelain", "--ignored"]);
        let index = world.git(["ls-files", "--stage"]);
        (refs, head, status.replace("!! out/\n", ""), index)
    };
    let before = state();
    let head = world.git(["rev-parse", "HEAD"]);
    let ran = Ran::from(review(&world).output().unwrap());
    assert_eq!(ran.status, 0, "{ran:?}");
    let commit = reported(&world, "commit");
    assert!(commit.len() >= 40 && commit != head, "the gate did not commit: {commit}");
    assert_eq!(state(), before);
    assert_eq!(names(world.path(".git/worktrees")), Vec::<String>::new());
    assert!(!world.path("file").exists());
}
