//! Releases without GitHub: a bare remote, the review of a machine, signed tags.

use std::path::PathBuf;

use crate::support::policies::{person, role};
use crate::support::{PROGRAMME, Ran, World, gate, write_program};

const RULES: &str = "sign = true\nsoak = \"0 s\"\n[reports]\nsecurity = \"docs/security.md\"\n";
const RC: &str = "v0.1.0-rc.1";

struct Fixture {
    world: World,
    sha: String,
}

impl Fixture {
    fn new() -> Self {
        let world = World::new();
        world.write("policy/programme.toml", PROGRAMME.to_owned() + &role("ops", &["@bob"]));
        let gates = gate("T1", "lint", "echo reported > \"$EVIDENCE_DIR/reported\"");
        world.write("policy/gates.toml", format!("stagger = \"0 s\"\n{gates}"));
        world.write("policy/ledger.toml", person("bob", &["ops"]));
        world.write("policy/release.toml", RULES);
        world.write("docs/security.md", "All is well.\n");
        world.write(".gitignore", "/out/\n");
        let (bob, _) = (world.new_key("bob"), world.new_key("foreign"));
        world.write("policy/allowed_signers", format!("bob@example.com {bob}\n"));
        world.git(["config", "user.name", "Bob"]);
        world.is_used_by("bob");
        let sha = world.commit("begin");
        let remote = world.root().join("remote.git");
        let remote = remote.to_str().unwrap();
        world.git(["init", "--quiet", "--bare", "--initial-branch=main", remote]);
        world.git(["remote", "add", "origin", remote]);
        world.git(["push", "--quiet", "origin", "main"]);
        let ran = world.xtask(["orr"]);
        assert_eq!(ran.status, 0, "{ran:?}");
        Self { world, sha }
    }

    fn rc(&self) -> Ran {
        let words = ["release", "rc", "--sha", &self.sha, "--version", "0.1.0", "--execute"];
        self.world.xtask(words)
    }

    fn refused(&self, ran: &Ran, code: &str) {
        assert!(ran.status != 0 && ran.stdout.contains(&format!("error[{code}]")), "{ran:?}");
    }

    /// Makes the tag again here, with its own words, as somebody.
    fn forge(&self, tag: &str, how: &[&str]) {
        let object = self.world.git(["cat-file", "tag", tag]);
        let message = object.split_once("\n\n").unwrap().1;
        let message = message.split("-----BEGIN").next().unwrap();
        let file: PathBuf = self.world.root().join("message");
        std::fs::write(&file, message).unwrap();
        let words = ["tag", "--force", "--annotate", "--cleanup=verbatim", "--file"];
        let last = [file.to_str().unwrap(), tag, &self.sha];
        self.world.git([&words[..], &last[..1], how, &last[1..]].concat());
    }
}

#[test]
fn a_machine_releases_what_it_reviewed_and_signs_it() {
    let fixture = Fixture::new();
    let ran = fixture.rc();
    assert_eq!(ran.status, 0, "{ran:?}");
    let verify = |tag: &str| fixture.world.xtask(["release", "verify", tag]);
    let ran = verify(RC);
    assert!(ran.status == 0 && ran.stdout.contains("7 of 7 claims proven"), "{ran:?}");
    let ran = fixture.rc();
    assert!(ran.status == 0 && ran.stdout.contains("is out already"), "{ran:?}");
    let ran = fixture.world.xtask(["release", "ga", "--sha", &fixture.sha, "--execute"]);
    assert_eq!(ran.status, 0, "{ran:?}");
    assert_eq!(verify("v0.1.0").status, 0);
    assert_eq!(fixture.world.xtask(["ledger", "verify"]).status, 0);
    // A version that is out has no candidate any more, nor is another number behind it.
    let older = ["release", "rc", "--sha", &fixture.sha, "--version", "0.0.9"];
    assert_eq!(fixture.world.xtask(older).status, 0);
    // The pack holds what the document says, and fits its sums.
    let pack = fixture.world.path("out/release/v0.1.0/demo-0.1.0-pack.zip");
    let to = fixture.world.root().join("pack");
    std::fs::create_dir(&to).unwrap();
    let bytes = std::fs::read(pack).unwrap();
    let mut names = Vec::new();
    for entry in thrice_orr::evidence::archive::read(&bytes, Default::default()).unwrap() {
        let path = to.join(&entry.path);
        std::fs::create_dir_all(path.parent().unwrap()).unwrap();
        std::fs::write(path, entry.bytes).unwrap();
        names.push(entry.path);
    }
    let expected = [
        "MANIFEST.json",
        "NOTES.md",
        "RTM.csv",
        "RTM.md",
        "SHA256SUMS",
        "evidence.sha256",
        "reports/security/security.md",
        "scorecard.json",
    ];
    assert_eq!(names, expected);
    let mut sums = std::process::Command::new("sha256sum");
    let ran = Ran::from(sums.args(["--check", "SHA256SUMS"]).current_dir(&to).output().unwrap());
    assert_eq!(ran.status, 0, "{ran:?}");
}

#[test]
fn a_tag_that_is_signed_by_nobody_of_policy_is_refused() {
    let fixture = Fixture::new();
    assert_eq!(fixture.rc().status, 0);
    let offline = || fixture.world.xtask(["release", "verify", RC, "--offline"]);
    assert_eq!(offline().status, 0);
    fixture.forge(RC, &["--no-sign"]);
    fixture.refused(&offline(), "release-signature");
    let key = format!("--local-user={}", fixture.world.key("foreign").display());
    fixture.forge(RC, &[&key]);
    fixture.refused(&offline(), "release-signature");
    fixture.world.git(["push", "--quiet", "--force", "origin", RC]);
    let ga = ["release", "ga", "--from", RC];
    fixture.refused(&fixture.world.xtask(ga), "release-signature");
    // It is signed well, but is another object than the recorded one, and the remote's.
    fixture.forge(RC, &[&format!("--local-user={}", fixture.world.key("bob").display())]);
    fixture.refused(&offline(), "release-entry");
    fixture.refused(&fixture.world.xtask(["release", "verify", RC]), "release-moved");
    fixture.world.git(["tag", "--force", RC, &fixture.sha]);
    fixture.refused(&offline(), "release-tag-light");
    fixture.refused(
        &fixture.world.xtask(["release", "verify", "main", "--offline"]),
        "release-absent",
    );
}

#[test]
fn what_stops_a_machine_leaves_nothing_behind() {
    let fixture = Fixture::new();
    // Somebody else is at work.
    let releases = fixture.world.path("out/release");
    std::fs::create_dir_all(&releases).unwrap();
    let held = std::fs::File::open(&releases).unwrap();
    held.try_lock().unwrap();
    fixture.refused(&fixture.rc(), "release-running");
    drop(held);
    // The remote takes no tags.
    let hook = fixture.world.root().join("remote.git/hooks/update");
    write_program(&hook, "#!/bin/sh\necho no tags >&2\nexit 1\n");
    let ran = fixture.rc();
    fixture.refused(&ran, "release-push");
    assert!(ran.stdout.contains("the tag may be on the remote"), "{ran:?}");
    std::fs::remove_file(&hook).unwrap();
    let ran = fixture.rc();
    assert_eq!(ran.status, 0, "{ran:?}");
    // Evidence that was changed after its review.
    fixture.world.write("out/demo-evidence.zip", "x");
    let words = ["release", "rc", "--sha", &fixture.sha, "--version", "0.2.0"];
    fixture.refused(&fixture.world.xtask(words), "release-digest");
    // A journal that is none.
    let journal = format!("out/release/{RC}/journal.jsonl");
    fixture.world.write(&journal, "{}\n");
    fixture.refused(&fixture.rc(), "release-journal");
    // A clone that does not know who made what.
    let remote = format!("file://{}", fixture.world.root().join("remote.git").display());
    let shallow = fixture.world.root().join("shallow");
    let shallow = shallow.to_str().unwrap();
    fixture.world.write("src/a", "1\n");
    fixture.world.commit("more");
    fixture.world.git(["push", "--quiet", "origin", "main"]);
    fixture.world.git(["clone", "--quiet", "--depth=1", &remote, shallow]);
    let ran = fixture.world.xtask(["--repo", shallow, "release", "verify", RC]);
    assert!(ran.status != 0 && ran.stdout.contains("--unshallow"), "{ran:?}");
    // A remote that is gone.
    fixture.world.git(["remote", "set-url", "origin", "../nowhere.git"]);
    fixture.refused(&fixture.rc(), "release-remote");
}
