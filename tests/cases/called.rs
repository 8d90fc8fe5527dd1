//! What the program says to type begins as it was called: `cargo xtask` in a repository that
//! has it as its own, its name where it is installed, its path where neither leads to it.

use std::os::unix::fs::symlink;
use std::path::{Path, PathBuf};
use std::process::Command;

use crate::support::sampling::is_exhaustive;
use crate::support::{Ran, World, XTASK};

/// The program under a name of its own, in a folder that can be put on PATH.
fn thrice(world: &World) -> PathBuf {
    let folder = world.root().join("installed");
    if !folder.exists() {
        std::fs::create_dir(&folder).unwrap();
        symlink(XTASK, folder.join("thrice")).unwrap();
    }
    folder.join("thrice")
}

fn run(world: &World, program: &str, arguments: &[&str]) -> Ran {
    world.command(program).args(arguments).output().unwrap().into()
}

#[test]
fn the_same_refusal_is_helped_by_the_name_that_was_called() {
    let world = World::with_gates("[[gates]]\nid = \"T4\"\nname = \"tests\"\nrun = [\"true\"]\n");
    let path = thrice(&world);
    let path = path.to_str().unwrap();
    let own = run(&world, XTASK, &["orr", "--resume"]);
    let product = run(&world, path, &["orr", "--resume"]);
    assert!(
        own.stdout.contains("help: `cargo xtask status` says where this commit stands"),
        "{own:?}"
    );
    assert_eq!(own.stdout.replace("cargo xtask", path), product.stdout);
    // By the name alone, where PATH leads to it.
    let mut paths = thrice(&world).parent().unwrap().as_os_str().to_owned();
    paths.push(":");
    paths.push(std::env::var_os("PATH").unwrap());
    let named = |arguments: &str| {
        let mut command = world.command("sh");
        command.env("PATH", &paths).args(["-c", &format!("thrice {arguments}")]);
        Ran::from(command.output().unwrap())
    };
    let said = named("orr --resume");
    assert!(
        said.stdout.contains("help: `thrice status` says where this commit stands"),
        "{said:?}"
    );
    assert_eq!((own.status, product.status, said.status), (1, 1, 1));
    let said = named("--format json orr --resume");
    assert!(said.stdout.contains("`thrice status`"), "{said:?}");
    // What is a document says the same whoever prints it.
    let documents = [run(&world, XTASK, &["brief"]), run(&world, path, &["brief"])];
    assert_eq!(documents[0].stdout, documents[1].stdout);
}

#[test]
fn the_version_is_reported_by_the_name_that_was_called() {
    let world = World::new();
    for (program, name) in [
        (XTASK, "cargo xtask"),
        (thrice(&world).to_str().unwrap(), thrice(&world).to_str().unwrap()),
    ] {
        let ran = run(&world, program, &["--version"]);
        let version = env!("CARGO_PKG_VERSION");
        assert_eq!((ran.status, ran.stdout.lines().count()), (0, 1), "{ran:?}");
        assert!(ran.stdout.starts_with(&format!("{name} {version} (")), "{ran:?}");
    }
}

#[test]
fn each_shell_gets_a_script_that_completes_the_commands() {
    let world = World::new();
    for shell in ["bash", "zsh", "fish", "elvish", "powershell"] {
        let ran = run(&world, thrice(&world).to_str().unwrap(), &["completions", shell]);
        assert_eq!((ran.status, ran.stderr.as_str()), (0, ""), "{shell}: {ran:?}");
        for word in ["thrice", "merge-check", "dry-run"] {
            assert!(ran.stdout.contains(word), "{shell}: no {word}");
        }
        assert!(!ran.stdout.contains("cargo xtask"), "{shell}");
    }
    let ran = run(&world, XTASK, &["completions", "tcsh"]);
    assert_eq!(ran.status, 2, "{ran:?}");
}

/// The release packs them: nobody compiles what writes them to build the program.
#[test]
fn each_command_gets_a_manual_page() {
    let world = World::new();
    let folder = world.root().join("man");
    // `cargo test` builds the examples before it runs a test; a release builds this one alone.
    let mut program = Command::new(Path::new(XTASK).with_file_name("examples").join("man"));
    if is_exhaustive() {
        program = Command::new(env!("CARGO"));
        let alone = "run --quiet --locked --offline --package thrice --example man --";
        program.args(alone.split(' ')).current_dir(env!("CARGO_MANIFEST_DIR"));
    }
    let ran = Ran::from(program.arg(&folder).output().unwrap());
    assert_eq!((ran.status, ran.stderr.as_str()), (0, ""), "{ran:?}");
    let page = |name: &str| std::fs::read_to_string(folder.join(name)).unwrap();
    for name in ["thrice", "thrice-pr-open"] {
        assert!(page(&format!("{name}.1")).contains(&format!(".TH {name} 1 ")), "{name}");
    }
    assert!(page("thrice-orr.1").contains("keep"), "no flag");
    assert!(!folder.join("thrice-supervise.1").exists());
    assert!(!page("thrice-init.1").contains("cargo xtask"));
}

/// A shell that is there reads its script.
#[test]
fn bash_reads_its_script_and_completes() {
    let world = World::new();
    let script = run(&world, thrice(&world).to_str().unwrap(), &["completions", "bash"]).stdout;
    std::fs::write(world.root().join("script"), script).unwrap();
    let asked = ". ../script; COMP_WORDS=(thrice ini) COMP_CWORD=1; _thrice thrice ini thrice; echo \"${COMPREPLY[*]}\"";
    let mut command = world.command("bash");
    let ran = Ran::from(command.args(["-c", asked]).output().unwrap());
    assert_eq!((ran.status, ran.stdout.as_str()), (0, "init\n"), "{ran:?}");
}
