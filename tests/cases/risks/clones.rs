//! Incidents on two clones of one remote: what came to main by any parent, and what a remote
//! refuses.

use std::path::PathBuf;
use std::process::Command;

use super::{Fixture, RISK, timed};
use crate::support::{Ran, write_program};

const BRANCHES: &str = r#"
[ids.story]
patterns = ['S-\d+']
examples = ["S-1"]

[ids.incident]
patterns = ['INC-\d{3}']
examples = ["INC-001"]

[[kinds]]
name = "feature"
form = "feature/<story>-<slug>"

[[kinds]]
name = "hotfix"
form = "hotfix/<incident>-<slug>"

[[kinds]]
name = "sandbox"
form = "demo-<date>-<time>-<base>"
sandbox = true
"#;

/// A bare remote, the clone of ana, and another of her colleague.
struct Clones {
    fixture: Fixture,
}

impl Clones {
    fn new() -> Self {
        let fixture = Fixture::with(RISK);
        fixture.world.write("policy/branches.toml", BRANCHES);
        fixture.world.write("pay.txt", "1\n");
        fixture.world.commit("names of branches");
        let world = &fixture.world;
        world.git(["init", "--quiet", "--bare", "--initial-branch=main", "../remote.git"]);
        world.git(["remote", "add", "origin", "../remote.git"]);
        world.git(["push", "--quiet", "--set-upstream", "origin", "main"]);
        let clone = Self { fixture };
        clone.here("", "git clone --quiet ../remote.git ../other");
        clone
    }

    fn folder(&self, clone: &str) -> PathBuf {
        self.fixture.world.root().join(if clone.is_empty() { "repo" } else { clone })
    }

    /// Types lines in a shell, at a time of the day.
    fn at(&self, clone: &str, time: &str, lines: &str) {
        let mut shell = self.fixture.world.command("sh");
        let date = format!("2026-02-13T{time}Z");
        shell.env("GIT_AUTHOR_DATE", &date).env("GIT_COMMITTER_DATE", &date);
        let ran =
            Ran::from(shell.current_dir(self.folder(clone)).args(["-ec", lines]).output().unwrap());
        assert_eq!(ran.status, 0, "{lines}: {ran:?}");
    }

    fn here(&self, clone: &str, lines: &str) {
        self.at(clone, "11:00:00", lines);
    }

    fn command(&self, clone: &str, words: &[&str]) -> Command {
        let mut command = self.fixture.world.xtask_command(words);
        command.current_dir(self.folder(clone));
        command
    }

    fn says(&self, clone: &str, words: &[&str]) -> Ran {
        timed(self.command(clone, words), "12:40:00")
    }

    fn is_open(&self) {
        let open = ["incident", "open", "--severity", "P0", "--title", "pay is down"];
        self.fixture.done("12:00:00", &open);
    }
}

/// The colleague merges a story during the freeze; whoever brings the hotfix pulls, as git
/// advises, and pushes. The bypass is named in both clones and in a fresh one, the hotfix in none.
#[test]
fn a_bypass_that_a_pull_joined_is_named_in_every_clone() {
    let clones = Clones::new();
    clones.is_open();
    clones.at(
        "other",
        "12:05:00",
        "git switch --quiet --create feature/S-1-retries; echo 3 >retries.txt; git add --all; \
        git commit --quiet --message 'S-1: retries'; git switch --quiet main; \
        git merge --quiet --no-ff --no-edit feature/S-1-retries; git push --quiet origin main",
    );
    clones.at(
        "",
        "12:10:00",
        "git switch --quiet --create hotfix/INC-001-fix; echo 2 >pay.txt; \
        git commit --quiet --all --message 'INC-001: fix'; git switch --quiet main; \
        git merge --quiet --no-ff --no-edit hotfix/INC-001-fix; \
        if git push --quiet origin main; then exit 1; fi; \
        git pull --quiet --no-rebase --no-edit; git push --quiet origin main",
    );
    clones.here("other", "git pull --quiet");
    clones.here("", "git clone --quiet ../remote.git ../fresh");
    for clone in ["", "other", "fresh"] {
        for words in [&["today"][..], &["audit"]] {
            let said = clones.says(clone, words).stdout;
            let bypass: Vec<&str> =
                said.lines().filter(|line| line.contains("[audit-bypass]")).collect();
            let is_it = |line: &&str| line.contains("`Merge branch 'feature/S-1-retries'`");
            assert!(bypass.len() == 1 && bypass.iter().all(is_it), "{clone} {words:?}: {said}");
        }
    }
    // A merge that adds something of its own is no plain delivery.
    clones.at("", "12:20:00", "echo evil >>pay.txt; git commit --quiet --all --amend --no-edit");
    clones.here("", "git push --quiet --force origin main");
    let said = clones.says("", &["audit"]).stdout;
    assert_eq!(said.matches("[audit-bypass]").count(), 2, "{said}");
}

/// A remote that takes nothing loses no alarm: it is kept, and the first line says that nobody
/// else knows of it.
#[test]
fn an_alarm_that_the_remote_refuses_is_kept() {
    let clones = Clones::new();
    let hook = clones.folder("remote.git").join("hooks/pre-receive");
    write_program(&hook, "#!/bin/sh\ngrep -q refs/heads/ledger && exit 1\nexit 0\n");
    let open = ["incident", "open", "--severity", "P0", "--title", "pay is down"];
    let ran = clones.fixture.at("12:00:00", &open);
    assert_eq!(ran.status, 1, "{ran:?}");
    assert!(ran.stdout.starts_with("NOT recorded on the remote: nobody else knows"), "{ran:?}");
    assert!(ran.stdout.contains("INC-001 is open, P0: pay is down"), "{ran:?}");
    assert!(ran.stdout.contains("error[ledger-refused]"), "{ran:?}");
    for words in [&["incident", "show", "INC-001"][..], &["today"]] {
        let said = clones.says("", words).stdout;
        assert!(said.contains("(not in effect yet)"), "{words:?}: {said}");
    }
    let ack = clones.fixture.at("12:05:00", &["incident", "ack", "INC-001"]);
    assert_eq!(ack.status, 1, "{ack:?}");
    std::fs::remove_file(hook).unwrap();
    let said = clones.says("", &["incident", "show", "INC-001"]).stdout;
    assert!(said.contains("acknowledged") && !said.contains("not in effect"), "{said}");
    let other = clones.says("other", &["branch", "check", "feature/S-1-retries", "--may-merge"]);
    assert_eq!(other.status, 1, "{other:?}");
}

/// What calms is kept where the remote refuses it, and calms nothing before the remote takes it:
/// not the clocks here, not a merge from here, whether it was refused at once or after a night
/// without a network. What is said of an alarm that waits here itself counts with it.
#[test]
fn what_the_remote_refuses_calms_nothing_here() {
    let clones = Clones::new();
    let path = "docs/delivery/evidence/incidents/INC-001.md";
    clones.fixture.world.write(path, super::incidents::POSTMORTEM.replace("INC-1", "INC-001"));
    clones.is_open();
    let add = ["risk", "add", "--id", "R-1", "--severity", "critical", "--title", "no fallback"];
    clones.fixture.done("12:00:00", &add);
    let hook = clones.folder("remote.git").join("hooks/pre-receive");
    let refuse =
        || write_program(&hook, "#!/bin/sh\ngrep -q refs/heads/ledger && exit 1\nexit 0\n");
    let may_merge = ["branch", "check", "feature/S-1-x", "--may-merge"];
    let stays = |what: &str| {
        let said = clones.says("", &["sla"]).stdout;
        assert!(said.starts_with("sla: merges frozen by INC-001, R-1, "), "{what}: {said}");
        let said = clones.says("", &["risk", "list"]).stdout;
        let why = "the risk of ana@example.com is not in effect yet: it is not pushed";
        assert!(said.contains("critical  open") && said.contains(why), "{what}: {said}");
        let ran = clones.says("", &may_merge);
        assert_eq!(ran.status, 1, "{what}: {ran:?}");
    };
    refuse();
    let close = ["incident", "close", "INC-001", "--postmortem", path];
    let ran = clones.fixture.at("12:30:00", &close);
    assert!(ran.status == 1 && ran.stdout.contains("error[ledger-refused]"), "{ran:?}");
    assert!(ran.stdout.contains("not in effect until it is pushed: INC-001 is closed"), "{ran:?}");
    let ran = clones.fixture.at("12:31:00", &["risk", "close", "R-1", "--reason", "a fallback"]);
    assert_eq!(ran.status, 1, "{ran:?}");
    stays("refused at once");
    let show = clones.says("", &["incident", "show", "INC-001"]).stdout;
    assert!(show.contains("frozen") && !show.contains("not frozen by it"), "{show}");

    // The alarm itself waits: nobody else is calmed, and its steps count here.
    let high = ["risk", "add", "--id", "R-2", "--severity", "high", "--title", "slow"];
    assert_eq!(clones.fixture.at("12:32:00", &high).status, 1);
    let ran = clones.fixture.at("12:33:00", &["risk", "update", "R-2", "--acknowledged"]);
    assert_eq!(ran.status, 1, "{ran:?}");
    let again = clones.says("", &["risk", "update", "R-2", "--acknowledged"]);
    assert!(again.stdout.contains("that step was recorded already"), "{again:?}");

    let said = clones.says("", &["ledger", "show"]).stdout;
    let again = said.split('`').nth(1).unwrap_or_default().to_owned();
    assert!(said.contains("origin refuses") && again.starts_with("git push origin "), "{said}");
    std::fs::remove_file(&hook).unwrap();
    clones.here("", &again);
    let said = clones.says("", &["sla"]).stdout;
    assert!(said.starts_with("sla: ") && !said.contains("frozen"), "{said}");
    assert_eq!(clones.says("other", &may_merge).status, 0);

    // Kept offline, refused later.
    clones.fixture.done("12:34:00", &["incident", "open", "--id", "INC-001", "--title", "again"]);
    clones.fixture.done("12:34:00", &["risk", "update", "R-1", "--reopened"]);
    clones.here("", "git remote set-url origin ../nowhere.git");
    let ran = clones.fixture.at("12:35:00", &["risk", "close", "R-1", "--reason", "a fallback"]);
    assert_eq!(ran.status, 4, "{ran:?}");
    let ran = clones.says("", &may_merge);
    assert_eq!(ran.status, 1, "{ran:?}");
    refuse();
    clones.here("", "git remote set-url origin ../remote.git");
    stays("refused later");
}

/// What waits here may raise again, or make worse, an alarm that the remote has: what calms it then
/// answers an entry that waits itself, and calms it no more than before. An incident that only got
/// the id of another one is calmed as any that others don't know.
#[test]
fn what_is_raised_again_here_is_not_calmed_before_it_is_pushed() {
    let clones = Clones::new();
    let postmortem = |id: &str| {
        let path = format!("docs/delivery/evidence/incidents/{id}.md");
        clones.fixture.world.write(&path, super::incidents::POSTMORTEM.replace("INC-1", id));
        path
    };
    let open = |id: &'static str, title: &'static str| {
        ["incident", "open", "--severity", "P0", "--id", id, "--title", title]
    };
    let risk = ["risk", "add", "--id", "R-1", "--severity", "high", "--title", "no fallback"];
    clones.fixture.done("12:15:00", &risk);
    let kept = |time: &str, words: &[&str], status: i32| {
        let ran = clones.fixture.at(time, words);
        assert_eq!(ran.status, status, "{words:?}: {ran:?}");
    };
    let frozen = |ids: &str| {
        let ran = clones.says("", &["branch", "check", "feature/S-1-x", "--may-merge"]);
        let named = ids.split(", ").all(|id| ran.stdout.contains(&format!("`{id}`")));
        assert!(ran.status == 1 && named, "{ids}: {ran:?}");
    };
    clones.here("", "git remote set-url origin ../nowhere.git");
    for (id, title) in [("INC-001", "all is down"), ("INC-002", "pay is down")] {
        kept("12:31:00", &open(id, title), 4);
        kept("12:32:00", &["incident", "close", id, "--postmortem", &postmortem(id)], 4);
    }
    clones.here("other", "git config user.email eve@example.com");
    for (id, title) in [("INC-001", "all is down"), ("INC-002", "the disk is full")] {
        let pushed = timed(clones.command("other", &open(id, title)), "12:20:00");
        assert_eq!(pushed.status, 0, "{pushed:?}");
    }
    let hook = clones.folder("remote.git").join("hooks/pre-receive");
    write_program(&hook, "#!/bin/sh\ngrep -q refs/heads/ledger && exit 1\nexit 0\n");
    clones.here("", "git remote set-url origin ../remote.git");
    frozen("INC-001, INC-002");
    clones.here("", "git remote set-url origin ../nowhere.git");
    frozen("INC-001, INC-002");
    clones.here("", "git remote set-url origin ../remote.git");
    let here = "kept in this clone: ";
    let later = "not in effect until it is pushed: ";
    for (time, words, wanted) in [
        ("12:42:00", &["risk", "update", "R-1", "--acknowledged"][..], later),
        ("12:42:30", &["risk", "update", "R-1", "--owner", "ana"], later),
        ("12:43:00", &["risk", "update", "R-1", "--severity", "medium"], later),
        ("12:44:00", &["risk", "update", "R-1", "--severity", "critical"], here),
        ("12:45:00", &["risk", "close", "R-1", "--reason", "a fallback"], later),
        ("12:45:30", &["risk", "add", "--id", "R-2", "--severity", "medium", "--title", "x"], here),
        ("12:45:40", &["risk", "close", "R-2", "--reason", "gone"], here),
    ] {
        let ran = clones.fixture.at(time, words);
        let said = format!("{wanted}{}", words[2].replace("--id", "R-2"));
        assert!(ran.status == 1 && ran.stdout.contains(&said), "{words:?}: {ran:?}");
    }
    frozen("INC-001, INC-002, R-1");
    let sla = clones.fixture.at("12:46:00", &["sla"]).stdout;
    assert!(sla.starts_with("sla: merges frozen by INC-001, INC-002, R-1, "), "{sla}");
    let list = clones.fixture.at("12:46:00", &["risk", "list"]).stdout;
    let why = "the risk of ana@example.com is not in effect yet: it is not pushed";
    assert!(list.contains("critical  open") && list.contains(why), "{list}");
    // The incident that got another id: only this clone knows it.
    let list = clones.fixture.at("12:46:00", &["incident", "list", "--all"]).stdout;
    let is_closed = |line: &str| line.starts_with("INC-003") && line.contains("closed");
    assert!(list.lines().any(is_closed), "{list}");
    std::fs::remove_file(&hook).unwrap();
    let sla = clones.fixture.at("12:50:00", &["sla"]).stdout;
    assert!(sla.starts_with("sla: merges frozen by INC-002, "), "{sla}");
}

/// A close that waits here unfreezes nothing for others, and every screen says so.
#[test]
fn a_close_that_waits_is_said_next_to_what_it_ends() {
    let clones = Clones::new();
    clones.is_open();
    let path = "docs/delivery/evidence/incidents/INC-001.md";
    clones.fixture.world.write(path, super::incidents::POSTMORTEM.replace("INC-1", "INC-001"));
    clones.here("", "git remote set-url origin ../nowhere.git");
    let close = ["incident", "close", "INC-001", "--postmortem", path];
    assert_eq!(clones.fixture.at("12:30:00", &close).status, 4);
    let wanted = "merges are still frozen by INC-001: its end is not in effect yet";
    let today = clones.says("", &["today"]).stdout;
    assert!(today.contains(wanted), "{today}");
    let sla = clones.says("", &["sla"]).stdout;
    assert!(sla.contains("the end of INC-001 not in effect yet"), "{sla}");
    let show = clones.says("", &["incident", "show", "INC-001"]).stdout;
    assert!(show.contains("not frozen by it (not in effect yet)"), "{show}");
}

/// Each row: what is typed at two in the morning, the exit status, and what is answered.
#[test]
fn what_is_typed_at_night_is_answered() {
    let clones = Clones::new();
    clones.is_open();
    clones.fixture.world.write("pay.txt", "half done\n");
    let mine = "docs/delivery/evidence/incidents/INC-002.md";
    clones.fixture.world.write(mine, super::incidents::POSTMORTEM.replace("INC-1", "INC-001"));
    for (words, status, wanted) in [
        (
            &["incident", "open", "--title", "x", "--id", "INC-1"][..],
            2,
            "the next free id is `INC-002`",
        ),
        (&["incident", "open", "--title", " "], 2, "add a few words"),
        (
            &["incident", "open", "--title", "pay is down", "--severity", "P1"],
            0,
            "INC-001 has the same title",
        ),
        (&["incident", "ack", "inc-001"], 2, "did you mean `INC-001`?"),
        (&["incident", "ack", "INC-009"], 2, "`cargo xtask incident list --all` lists them"),
        (
            &["incident", "ack", "INC-001"],
            0,
            "INC-001 was acknowledged at 2026-02-13 09:40:00 -03; owner: ana",
        ),
        (
            &["incident", "ack", "INC-001"],
            1,
            "INC-001 was acknowledged at 2026-02-13 09:40:00 -03 already",
        ),
        (&["incident", "ack", "INC-001", "--owner", "annna"], 0, "has no person `annna`"),
        (
            &["incident", "ack", "INC-001", "--owner", "ana"],
            0,
            "INC-001 is handed over; owner: ana",
        ),
        (
            &["branch", "check", "feature/S-1-x"],
            0,
            "may merge: no: merges are frozen by the P0 `INC-001`",
        ),
        (&["branch", "check", "feature/S-1-x", "--may-merge"], 1, "error[merge-frozen]"),
        (&["branch", "check", "hotfix/INC-001-x", "--may-merge"], 0, "may merge: yes"),
        (&["branch", "check", "main"], 1, "`main` is the default branch"),
        (&["branch", "new", "INC-001", "fix"], 1, "`git stash`, then run the command again"),
        (&["branch", "new", "INC-009", "fix"], 1, "there is no incident INC-009"),
        (&["incident", "close", "INC-002", "--postmortem", mine], 1, "doesn't name INC-002"),
        (&["handoff", "--unfinished", "--to", "ana"], 0, "## On watch"),
        (
            &[
                "risk",
                "add",
                "--title",
                "x",
                "--severity",
                "high",
                "--category",
                "securty",
                "--id",
                "R-1",
            ],
            0,
            "did you mean `security`?",
        ),
        (&["risk", "update", "R-1"], 2, "nothing to record"),
        (&["risk", "update", "R-1", "--acknowledged"], 0, "R-1 is acknowledged"),
        (&["risk", "update", "R-1", "--acknowledged"], 1, "that step was recorded already"),
        (&["risk", "list"], 0, "ana"),
        (&["drill", "record", "restore"], 2, "<--pass|--fail>"),
        (
            &["drill", "record", "restore", "--pass", "--rto", "20"],
            2,
            "write a number with its unit",
        ),
    ] {
        let ran = clones.says("", words);
        let said = format!("{}{}", ran.stdout, ran.stderr);
        assert!(ran.status == status && said.contains(wanted), "{words:?}: {}\n{said}", ran.status);
    }
    let path = clones.fixture.world.read("pay.txt");
    assert_eq!(path, "half done\n");
}

/// A key that only its passphrase opens is refused at once, with what to type; in ssh-agent it
/// signs, and `doctor` knows which of both it is.
#[test]
fn a_key_with_a_passphrase_must_be_in_the_agent() {
    let clones = Clones::new();
    clones.is_open();
    let key = clones.fixture.world.key("ana").display().to_string();
    clones.here("", &format!("ssh-keygen -q -p -N secret -P '' -f {key}"));
    let begun = std::time::Instant::now();
    let ack = clones.fixture.at("12:05:00", &["incident", "ack", "INC-001"]);
    assert!(ack.status == 1 && ack.stdout.contains(&format!("`ssh-add {key}`")), "{ack:?}");
    assert!(begun.elapsed().as_secs() < 50, "it waited for somebody to type");
    let doctor = clones.says("", &["doctor"]).stdout;
    assert!(doctor.contains("has a passphrase, and ssh-agent doesn't have it"), "{doctor}");
    let program = crate::support::XTASK;
    clones.here(
        "",
        &format!(
            "eval $(ssh-agent) >/dev/null; trap 'ssh-agent -k >/dev/null' EXIT; \
            printf '#!/bin/sh\\necho secret\\n' >../ask; chmod 755 ../ask; \
            SSH_ASKPASS_REQUIRE=force SSH_ASKPASS=$PWD/../ask ssh-add -q {key}; \
            XTASK_TEST_NOW=1770984300 {program} incident ack INC-001; \
            {program} doctor | grep -q 'your key signed a test'"
        ),
    );
}
