//! The tutorial, run: every ```sh block of docs/tutorial.md in order, each in the
//! folder in which the one before ended and with the variables that it exported, its exit
//! status and its output compared with what the tutorial says. `cargo xtask` is the program
//! under test, unless everything is to be tried (`XTASK_EXHAUSTIVE`): then the clone builds
//! its own, as a reader does.

use std::io::Read;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::sync::mpsc::channel;
use std::time::Duration;

use crate::support::pages::{Step, covers, steps};
use crate::support::sampling::is_exhaustive;
use crate::support::{GIT_CONFIG, write_program};

/// How long one block may take. The longest builds the tool, and a scanner.
const LIMIT: Duration = Duration::from_secs(1800);

#[test]
fn the_tutorial_prints_what_it_says() {
    let repository = Path::new(env!("CARGO_MANIFEST_DIR")).parent().unwrap();
    let tutorial = std::fs::read_to_string(repository.join("docs/tutorial.md")).unwrap();
    let steps = steps(&tutorial);
    assert!(steps.len() > 10, "only {} blocks were found", steps.len());
    let world = tempfile::Builder::new().prefix("tutorial").tempdir().unwrap();
    clone(repository, &world.path().join("automation"));
    let shell = Shell::begin(world.path(), world.path());
    if !is_exhaustive() {
        shell.stand_in();
    }
    for step in steps {
        let (status, printed) = shell.run(&step);
        let at = format!("docs/tutorial.md:{}", step.line);
        assert_eq!(status, step.exit, "{at} ended with {status}\n{}\n{printed}", step.script);
        if let Some(shown) = &step.shown
            && let Err(missing) = covers(shown, &printed)
        {
            panic!("{at} did not print, in its place:\n{missing}\nIt printed:\n{printed}");
        }
    }
}

/// A repository of the files that git tracks or would track: what a fresh clone has
/// once the working tree is committed.
fn clone(repository: &Path, to: &Path) {
    let listed = Command::new("git")
        .args(["ls-files", "-z", "--cached", "--others", "--exclude-standard"])
        .current_dir(repository)
        .output()
        .unwrap();
    assert!(listed.status.success(), "git ls-files");
    let listed = String::from_utf8(listed.stdout).unwrap();
    for path in listed.split_terminator('\0') {
        // A tracked file that was removed is still listed.
        if repository.join(path).is_file() {
            let target = to.join(path);
            std::fs::create_dir_all(target.parent().unwrap()).unwrap();
            std::fs::copy(repository.join(path), &target).unwrap();
            // What has not changed since the last test is not built again.
            let changed = repository.join(path).metadata().unwrap().modified().unwrap();
            std::fs::File::options()
                .append(true)
                .open(target)
                .unwrap()
                .set_modified(changed)
                .unwrap();
        }
    }
    let script = "git init --quiet && git add . && git commit --quiet -m clone";
    let step = Step { script: script.to_owned(), ..Step::default() };
    let (status, printed) = Shell::begin(to.parent().unwrap(), to).run(&step);
    assert_eq!(status, 0, "{printed}");
}

/// One shell, as far as blocks can report: it stays in its folder, and keeps what it exports.
struct Shell<'a> {
    world: &'a Path,
}

impl<'a> Shell<'a> {
    fn begin(world: &'a Path, folder: &Path) -> Self {
        let kept = format!("cd '{}'\n", folder.display());
        std::fs::write(world.join("kept"), kept).unwrap();
        Self { world }
    }

    /// Puts a `cargo` before the real one that starts what is built already, instead of
    /// building it again in the clone.
    fn stand_in(&self) {
        let bin = self.world.join("bin");
        std::fs::create_dir(&bin).unwrap();
        let program = env!("CARGO_BIN_EXE_xtask");
        let server = Path::new(program).with_file_name("examples").join("github");
        // The clone has its lock; elsewhere cargo adds what is missing before it builds.
        let lock = "case \"$PWD\" in */automation) ;; *) \
                    cargo metadata --quiet --format-version 1 > /dev/null;; esac";
        // Commands run in the clone, as the alias of its `.cargo/config.toml` does it.
        let script = format!(
            "#!/bin/sh\nPATH=${{PATH#'{}':}}\ncase \"$1 $*\" in\n\
             'xtask '*) shift; {lock}; exec '{program}' \"$@\";;\n\
             'run '*'--example github --'*) while [ \"$1\" != -- ]; do shift; done; shift\n\
             exec '{}' \"$@\";;\nesac\nexec cargo \"$@\"\n",
            bin.display(),
            server.display(),
        );
        write_program(&bin.join("cargo"), &script);
        let kept = self.world.join("kept");
        let path = format!("export PATH='{}':\"$PATH\"\n", bin.display());
        let before = std::fs::read_to_string(&kept).unwrap();
        std::fs::write(kept, before + &path).unwrap();
    }

    /// Runs a block; gives its status and what it printed on both streams.
    fn run(&self, step: &Step) -> (i32, String) {
        let (mut reader, writer) = std::io::pipe().unwrap();
        let mut child = self.command(&step.script);
        child.stdout(writer.try_clone().unwrap()).stderr(writer);
        let mut running = child.spawn().unwrap();
        // It holds the pipe open, which would never end.
        drop(child);
        let (sender, printed) = channel();
        std::thread::spawn(move || {
            let mut bytes = Vec::new();
            let _ = reader.read_to_end(&mut bytes);
            let _ = sender.send(String::from_utf8_lossy(&bytes).into_owned());
        });
        let Ok(printed) = printed.recv_timeout(LIMIT) else {
            let _ = running.kill();
            panic!("docs/tutorial.md:{} took longer than {LIMIT:?}", step.line);
        };
        (running.wait().unwrap().code().unwrap_or(-1), printed)
    }

    fn command(&self, script: &str) -> Command {
        let script = format!(
            ". \"$KEPT\"\nkeep() {{ {{ export -p; echo \"cd '$PWD'\"; }} > \"$KEPT\"; }}\n\
             trap keep EXIT\n{script}\n"
        );
        let mut command = Command::new("bash");
        command
            .args(["-e", "-c", &script])
            .current_dir(self.world)
            .env("KEPT", self.world.join("kept"))
            .env("CARGO_TARGET_DIR", target_folder())
            .env("GIT_CONFIG_GLOBAL", GIT_CONFIG)
            .env("GIT_CONFIG_NOSYSTEM", "1")
            .env("GIT_AUTHOR_NAME", "A Reader")
            .env("GIT_AUTHOR_EMAIL", "reader@example.com")
            .env("GIT_COMMITTER_NAME", "A Reader")
            .env("GIT_COMMITTER_EMAIL", "reader@example.com")
            .stdin(Stdio::null());
        command
    }
}

impl Drop for Shell<'_> {
    /// A server that a block began does not outlive a test that failed.
    fn drop(&mut self) {
        let _ = self.command("[ -z \"$SERVER\" ] || kill \"$SERVER\"").status();
    }
}

/// A target folder that outlives the test, so that only its first run builds the
/// dependencies; not the one of the test itself, whose program must not be replaced.
fn target_folder() -> PathBuf {
    let program = Path::new(env!("CARGO_BIN_EXE_xtask"));
    let ours = program.parent().unwrap();
    let folder = ours.parent().unwrap().join("tutorial");
    if !folder.exists() {
        for part in ["build", "deps", ".fingerprint"] {
            lend(&ours.join(part), &folder.join("debug").join(part));
        }
    }
    folder
}

/// Dependencies that are built already are not built again: a second name for each file.
/// What cargo finds to be of another kind it builds beside them.
fn lend(from: &Path, to: &Path) {
    std::fs::create_dir_all(to).unwrap();
    for entry in std::fs::read_dir(from).unwrap().map(Result::unwrap) {
        let name = entry.file_name();
        let is_dependency = !["xtask", "libxtask", "main", "github", "filemap", "polling"]
            .iter()
            .any(|own| name.to_string_lossy().starts_with(&format!("{own}-")));
        if entry.file_type().unwrap().is_dir() && is_dependency {
            lend(&entry.path(), &to.join(name));
        } else if is_dependency {
            std::fs::hard_link(entry.path(), to.join(name)).unwrap();
        }
    }
}

#[test]
fn what_is_shown_is_found_only_where_it_is_printed() {
    let printed = "building\na 1 s\nb\nc\nd";
    for shown in ["a … s\nb\n…", "building\n…\nd", "…\nc\n…", "a…s\n…\nd", "b\nc\nd"]
    {
        assert_eq!(covers(shown, printed), Ok(()), "{shown}");
    }
    for shown in ["a\nb\n…", "a … s\nc\n…", "c\n…\nb\n…", "e", "d\ne", "a…x\n…", "b\nc"]
    {
        assert!(covers(shown, printed).is_err(), "{shown}");
    }
}
