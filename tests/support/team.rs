//! A team: clones of one remote, each with somebody's key, the real gh with their token, and
//! commands typed as the outputs say them.

use std::path::{Path, PathBuf};
use std::process::Command;

use super::github::Simulator;
use super::github::server::git::made_by;
use super::github::server::records::Team as Members;
use super::{Ran, World, follow};

/// What the example has no server for: a workflow that runs its gate.
const WORKFLOW: &str = "\
on: workflow_dispatch
jobs:
  T4:
    runs-on: ubuntu-24.04
    steps: [{ run: cargo xtask gates run T4 }]
";

/// People with a clone each, the server between them, and its clock.
pub(crate) struct Team {
    pub(crate) world: World,
    pub(crate) simulator: Simulator,
}

impl Team {
    /// The team of the example `small` and its policy, with more in it: `ana` leads, `ben` and
    /// `dan` develop, `eva` assures quality. The server enforces what policy demands.
    pub(crate) fn begin(more: impl Fn(&World)) -> Self {
        let world = World::new();
        let example = Path::new(env!("CARGO_MANIFEST_DIR")).join("../docs/examples/small");
        let copied = world.command("cp").arg("-R").arg(example.join(".")).arg(".").status();
        assert!(copied.unwrap().success());
        let edit = |path: &str, change: &dyn Fn(String) -> String| {
            world.write(path, change(world.read(path)));
        };
        edit("policy/programme.toml", &|text| text.replace("@example/", "@o/"));
        let ruleset = "\n[ruleset]\nfile = \".github/rulesets/main.json\"\n\
                       workflow = \".github/workflows/orr.yml\"\n";
        edit("policy/gates.toml", &|text| format!("stagger = \"0 s\"\n{text}{ruleset}"));
        edit("policy/filemap.toml", &|text| {
            text.replace("\"policy/**\"", "\"policy/**\", \".github/**\"")
        });
        // The sprint in which the server's clock begins.
        edit("policy/calendar.toml", &|text| {
            text.replace("2027-01-11", "2026-02-02").replace("2027-01-22", "2026-02-13")
        });
        let dan = "\n[people.dan]\naddresses = [\"dan@example.com\"]\nroles = [\"dev\"]\n";
        edit("policy/ledger.toml", &|text| text + dan);
        world.write(".github/workflows/orr.yml", WORKFLOW);
        world.write(".gitignore", "/out/\n");
        let people = ["ana", "ben", "dan", "eva"];
        let key = |who: &&str| format!("{who}@example.com {}\n", world.new_key(who));
        world.write("policy/allowed_signers", people.iter().map(key).collect::<String>());
        more(&world);
        world.commit("what is agreed");
        let simulator = Simulator::start(&world);
        let team = Self { world, simulator };
        {
            let mut state = team.simulator.state();
            for who in people {
                state.others.insert(who.to_owned(), who.to_owned());
                // The server shows who may bypass its rules to administrators only.
                state.permissions.insert(who.to_owned(), "admin".to_owned());
                state.accounts.insert(format!("{who}@example.com"), who.to_owned());
            }
            for (role, members) in
                [("lead", &["ana"][..]), ("dev", &["ben", "dan"]), ("qa", &["eva"])]
            {
                let members = members.iter().map(|who| (*who).to_owned()).collect();
                state.teams.insert(role.to_owned(), Members { members, secret: false });
            }
        }
        for who in people {
            let (from, to) = (team.world.root().join("remote.git"), team.folder(who));
            let [from, to] = [&from, &to].map(|path| path.to_str().unwrap());
            team.world.git(["clone", "--quiet", from, to]);
            let (address, key) = (format!("{who}@example.com"), team.world.key(who));
            for (name, value) in [
                ("user.name", who),
                ("user.email", &address),
                ("gpg.format", "ssh"),
                ("user.signingkey", key.to_str().unwrap()),
            ] {
                team.world.git(["-C", to, "config", name, value]);
            }
        }
        team
    }

    /// Somebody's clone.
    pub(crate) fn folder(&self, who: &str) -> PathBuf {
        self.world.root().join(format!("of-{who}"))
    }

    /// Somebody writes a file.
    pub(crate) fn writes(&self, who: &str, path: &str, text: &str) {
        let path = self.folder(who).join(path);
        std::fs::create_dir_all(path.parent().unwrap()).unwrap();
        std::fs::write(path, text).unwrap();
    }

    /// Somebody types a line as it stands, at the time of the server.
    #[expect(clippy::print_stdout, reason = "the transcript, for whoever sees the test fail")]
    pub(crate) fn types(&self, who: &str, line: &str) -> Ran {
        let begun = std::time::Instant::now();
        let ran = Ran::typed(self.shell(who), line);
        let Ran { status, stdout, stderr } = &ran;
        println!("{who}$ {line}\n{stdout}{stderr}[{status}, {:.1?}]\n", begun.elapsed());
        ran
    }

    /// Somebody's shell, at the time of the server.
    pub(crate) fn shell(&self, who: &str) -> Command {
        let address = format!("{who}@example.com");
        let mut shell = self.simulator.command(&self.world, "bash");
        shell.current_dir(self.folder(who)).env("GH_TOKEN", who);
        made_by(&mut shell, who, &address, self.simulator.state().now());
        shell
    }

    /// The same; it does what it is asked to.
    #[track_caller]
    pub(crate) fn does(&self, who: &str, line: &str) -> Ran {
        let ran = self.types(who, line);
        assert_eq!(ran.status, 0, "{who}: {line}: {ran:#?}");
        ran
    }

    /// The same; it refuses by this code. Gives the command in its help.
    #[track_caller]
    pub(crate) fn refuses(&self, who: &str, line: &str, code: &str) -> String {
        let ran = self.types(who, line);
        assert_ne!(ran.status, 0, "{who}: {line}: {ran:#?}");
        ran.help(code).unwrap_or_else(|| panic!("{who}: {line}: no {code} with help: {ran:#?}"))
    }

    /// Somebody types what is next, from `cargo xtask status` on, until that begins so.
    #[track_caller]
    pub(crate) fn follows(&self, who: &str, until: &str) -> Vec<String> {
        follow(until, |line| self.types(who, line))
    }

    /// The required checks on the newest commit of the default branch are green, a while later.
    pub(crate) fn main_is_green(&self) {
        let mut state = self.simulator.state();
        let workflow = state.workflows[0].id;
        state.start(workflow, "push", "main", "checks");
        let later = state.now() + 10 * 60_000;
        state.clock.set(later);
    }

    /// Says what was seen where a document's template asks for it. The pull request is not there
    /// yet.
    pub(crate) fn says_what_was_seen(&self, who: &str, folder: &str) {
        let folder = self.folder(who).join(folder);
        for entry in std::fs::read_dir(folder).unwrap() {
            let path = entry.unwrap().path();
            let text = std::fs::read_to_string(&path).unwrap();
            let seen = |(number, line): (usize, &str)| match line.starts_with("Replace")
                && !line.contains("pull request")
            {
                true => format!("12 of 12 ended once at 12:0{number}; Ana has looked at each.\n"),
                false => format!("{line}\n"),
            };
            std::fs::write(&path, text.lines().enumerate().map(seen).collect::<String>()).unwrap();
        }
    }
}
