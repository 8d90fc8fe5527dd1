//! The workflow that policy gives: written, compared, and carried out.

use std::collections::BTreeMap;
use std::os::unix::fs::symlink;
use std::path::{Path, PathBuf};

use expect_test::expect;

use sha2::{Digest, Sha256};

use super::init;
use crate::support::sampling::is_exhaustive;
use crate::support::{Ran, World, XTASK, gate, write_program};

const PATH: &str = ".github/workflows/orr.yml";

fn world() -> World {
    let builtin = |id: &str, name: &str, needs: &str| {
        format!(
            "\n[[gates]]\nid = \"{id}\"\nname = \"{name}\"\nbuiltin = \"{name}\"\nneeds = [{needs}]\n"
        )
    };
    World::with_gates(&format!(
        "stagger = \"0 s\"\nprepare = [\"true\"]\n{}{}{}{}",
        gate("T1", "lint", "echo lint > $EVIDENCE_DIR/.hidden"),
        gate("T4", "tests", "echo tests > $EVIDENCE_DIR/tests"),
        builtin("T6", "determinism", "\"T1\", \"T4\""),
        builtin("T8", "evidence", "\"T6\""),
    ))
}

#[test]
fn a_workflow_is_written_once_and_refused_when_it_is_another() {
    let world = world();
    let check = || {
        let ran = world.xtask(["workflow", "check"]);
        (ran.status, ran.stdout)
    };
    assert_eq!(check().0, 1);
    let warned = "warning: every job would fail: it calls `cargo xtask`, and .cargo/config.toml has \
                  no such alias\n";
    assert_eq!(world.xtask(["workflow", "generate"]).stderr, warned);
    world.write(".cargo/config.toml", "[alias]\nxtask = \"run\"\n");
    for said in ["written", "is current"] {
        let ran = world.xtask(["workflow", "generate", "--write"]);
        assert_eq!(ran.stdout, format!("workflow generate: pass\n{PATH} {said}\n"));
    }
    assert_eq!(world.read(PATH), world.xtask(["workflow", "generate"]).stdout);
    let good = format!("workflow check: pass\n{PATH} is what policy gives\n");
    assert_eq!(check(), (0, good.clone()));

    // Somebody lets the tests be skipped.
    let text = world.read(PATH);
    let run = "      - run: cargo xtask gates run T4\n";
    assert!(text.contains(run));
    let skipped = text.replace(run, &format!("{run}        if: github.actor != 'me'\n"));
    world.write(PATH, &skipped);
    let (status, said) = check();
    assert_eq!(status, 1);
    expect![[r#"
        workflow check: fail (workflow-drift, workflow-jobs), exit status 1

        error[workflow-drift]: the workflow is not what policy gives: line 66 is `        if: github.actor != 'me'`, not `      - if: always()`
          --> .github/workflows/orr.yml:66
           = help: run `cargo xtask workflow generate --write` and commit the result; what is to be otherwise is said in policy/gates.toml

        error[workflow-drift]: `if` of step 2 of the job `T4` is there; policy gives none
          --> .github/workflows/orr.yml:66

        error[workflow-jobs]: the step that runs gate `T4` has `if`
          --> .github/workflows/orr.yml:65
           = help: Leave nothing in it but `run`: the gate must run as it does on the machine, whatever was before.

    "#]].assert_eq(&said);

    // Somebody updates an action by its tag.
    let pin = text.lines().find(|line| line.contains("actions/checkout@")).unwrap();
    world.write(PATH, text.replacen(pin, "      - uses: actions/checkout@v7", 1));
    let (status, said) = check();
    assert_eq!(status, 1);
    expect![[r#"
        workflow check: fail (action-unpinned, workflow-drift), exit status 1

        error[workflow-drift]: the workflow is not what policy gives: line 36 is `      - uses: actions/checkout@v7`, not `      - uses: actions/checkout@3d3c42e5aac5ba805825da76410c181273ba90b1 # v7.0.1`
          --> .github/workflows/orr.yml:36
           = help: run `cargo xtask workflow generate --write` and commit the result; what is to be otherwise is said in policy/gates.toml

        error[workflow-drift]: `uses` of step 1 of the job `T1` is `actions/checkout@v7`; policy gives `actions/checkout@3d3c42e5aac5ba805825da76410c181273ba90b1`
          --> .github/workflows/orr.yml:36

        error[action-unpinned]: `actions/checkout@v7` is not pinned to a commit
          --> .github/workflows/orr.yml:36
           = help: Write `owner/action@` and the 40 hexadecimal digits of a commit.

    "#]].assert_eq(&said);

    // Policy changes: the fix is the same.
    world.write(PATH, &text);
    let policy = world.read("policy/gates.toml");
    world.write("policy/gates.toml", format!("{policy}\n[workflow]\nrunner = \"big\"\n"));
    let (status, said) = check();
    assert_eq!(status, 1);
    assert!(
        said.contains("`runs-on` of the job `T1` is `ubuntu-24.04`; policy gives `big`"),
        "{said}"
    );
    assert_eq!(world.xtask(["workflow", "generate", "--write"]).status, 0);
    assert_eq!(check(), (0, good));
}

#[test]
fn what_is_no_plain_file_is_neither_read_nor_written() {
    let world = world();
    world.write("elsewhere.yml", world.xtask(["workflow", "generate"]).stdout);
    std::fs::create_dir_all(world.path(".github/workflows")).unwrap();
    symlink("../../elsewhere.yml", world.path(PATH)).unwrap();
    for words in [&["workflow", "check"][..], &["workflow", "generate", "--write"]] {
        let ran = world.xtask(words);
        assert_eq!(ran.status, 1, "{ran:?}");
        let said =
            "error[workflow-drift]: .github/workflows/orr.yml is no plain file of this repository";
        assert!(ran.stdout.contains(said), "{}", ran.stdout);
    }
    std::fs::remove_file(world.path(PATH)).unwrap();
    world.write(PATH, b"\xff\x00jobs");
    assert_eq!(world.xtask(["workflow", "check"]).status, 1);
}

#[test]
fn settings_that_mean_something_else_on_github_are_refused() {
    let world = world();
    let policy = world.read("policy/gates.toml");
    let wrong = r#"
[workflow]
name = "${{ github.event.pull_request.title }}"
runner = "[self-hosted]"
setup = ["echo", "${{ github.head_ref }}"]
actions.checkout = "v7"
actions.chekout = "v7"
"#;
    world.write("policy/gates.toml", policy + wrong);
    let ran = world.xtask(["workflow", "generate"]);
    assert_eq!(ran.status, 3, "{ran:?}");
    let said: Vec<&str> = ran.stdout.lines().filter(|line| line.starts_with("error")).collect();
    expect![[r#"
        error[policy-value]: this cannot be a workflow's name
        error[policy-value]: `[self-hosted]` cannot be the label of a machine
        error[policy-value]: a word of these commands cannot stand in a workflow
        error[policy-value]: `v7` is no pin of an action
        error[policy-unknown-key]: unknown key `chekout`"#]]
    .assert_eq(&said.join("\n"));
}

/// A job as it stands in the file: what it fetches, runs and leaves.
#[derive(Default)]
struct Job {
    needs: Vec<String>,
    fetches: Vec<String>,
    steps: Vec<Step>,
}

enum Step {
    Run(String),
    Upload { name: String, paths: Vec<String> },
}

/// The jobs of a generated file, read line by line.
fn jobs(text: &str) -> Vec<(String, Job)> {
    let (_, text) = text.split_once("\njobs:\n").unwrap();
    let mut jobs: Vec<(String, Job)> = Vec::new();
    let (mut name, mut in_script) = (String::new(), false);
    for line in text.lines() {
        in_script &= line.starts_with("          ");
        if in_script
            && let Some(Step::Run(script)) = jobs.last_mut().and_then(|(_, it)| it.steps.last_mut())
        {
            script.push_str(line.trim_start());
            script.push('\n');
            continue;
        }
        if let Some(id) = line.strip_prefix("  ").and_then(|line| line.strip_suffix(':'))
            && !id.starts_with(' ')
        {
            jobs.push((id.to_owned(), Job::default()));
            continue;
        }
        let Some((_, job)) = jobs.last_mut() else { continue };
        let list = |text: &str| {
            text.split([',', ' ']).filter(|id| !id.is_empty()).map(str::to_owned).collect()
        };
        let word = line.trim_start().trim_start_matches("- ");
        if let Some(needs) = word.strip_prefix("needs: [") {
            job.needs = list(needs.trim_end_matches(']'));
        } else if let Some(pattern) = word.strip_prefix("pattern: ") {
            job.fetches = list(pattern.trim_matches(['"', '{', '}']));
        } else if let Some(command) = word.strip_prefix("run: ") {
            in_script = command == "|";
            let quoted = command.strip_prefix('\'').and_then(|it| it.strip_suffix('\''));
            let text = match quoted {
                _ if in_script => String::new(),
                Some(quoted) => quoted.replace("''", "'"),
                None => command.to_owned(),
            };
            job.steps.push(Step::Run(text));
        } else if let Some(artifact) = word.strip_prefix("name: ") {
            name = artifact.to_owned();
        } else if word == "path: |" {
            job.steps.push(Step::Upload { name: name.clone(), paths: Vec::new() });
        } else if line.starts_with("            ")
            && let Some(Step::Upload { paths, .. }) = job.steps.last_mut()
        {
            paths.push(word.to_owned());
        }
    }
    jobs
}

/// The address of the release, and what stands in for the network: its archive, at that
/// address alone. It holds a program that starts the one under test.
const RELEASE: &str = "https://example.com/o/r/releases/download/v1/thrice.tar.gz";
const CURL: &str = "#!/bin/sh
while [ $# -gt 1 ]; do
    [ \"$1\" = --output ] && file=$2
    shift
done
[ \"$1\" = ADDRESS ] && cp ARCHIVE \"$file\"
";

/// GitHub's part: an empty machine with a HOME of its own for each job, artifacts between
/// them, and what a step adds to the PATH of the next.
struct Runner<'a> {
    world: &'a World,
    /// The folder of the programs that every machine has, first on its PATH.
    tools: PathBuf,
    artifacts: BTreeMap<String, PathBuf>,
}

impl<'a> Runner<'a> {
    /// A runner, and a repository whose workflow gets the program from the release.
    fn new(world: &'a World) -> Self {
        let tools = world.root().join("tools");
        std::fs::create_dir(&tools).unwrap();
        let program = |name: &str, text: &str| write_program(&tools.join(name), text);
        program("thrice", &format!("#!/bin/sh\nexec '{XTASK}' \"$@\"\n"));
        let archive = world.root().join("thrice.tar.gz");
        let mut tar = world.command("tar");
        tar.arg("-czf").arg(&archive).arg("-C").arg(&tools).arg("thrice");
        assert!(tar.status().unwrap().success());
        std::fs::remove_file(tools.join("thrice")).unwrap();
        let curl = CURL.replace("ADDRESS", RELEASE);
        program("curl", &curl.replace("ARCHIVE", archive.to_str().unwrap()));
        let digest = Sha256::digest(std::fs::read(&archive).unwrap());
        let digest: String = digest.iter().map(|byte| format!("{byte:02x}")).collect();
        let policy = world.read("policy/gates.toml");
        let tool = format!("[workflow.tool]\nrelease = \"{RELEASE}\"\nsha256 = \"{digest}\"\n");
        world.write("policy/gates.toml", format!("{policy}\n{tool}"));
        let ran = world.xtask(["workflow", "generate", "--write"]);
        assert_eq!(ran.status, 0, "{ran:?}");
        world.commit("the rules and the workflow");
        Self { world, tools, artifacts: BTreeMap::new() }
    }

    fn copy(&self, from: &Path, to: &Path) {
        std::fs::create_dir_all(to.parent().unwrap()).unwrap();
        let copied = self.world.command("cp").arg("-R").args([from, to]).status().unwrap();
        assert!(copied.success());
    }

    /// Carries a job out; the first step that fails, and what it did, otherwise.
    fn run(&mut self, id: &str, job: &Job) -> Result<(), (String, Ran)> {
        let machine = self.world.root().join(format!("machine-{id}"));
        let checkout = machine.join("checkout");
        for folder in ["home", "temp"] {
            std::fs::create_dir_all(machine.join(folder)).unwrap();
        }
        self.world.git(["clone", "--quiet", ".", checkout.to_str().unwrap()]);
        for artifact in &job.fetches {
            self.copy(&self.artifacts[artifact].join("."), &checkout.join("out"));
        }
        for step in &job.steps {
            match step {
                Step::Run(script) => self.step(&machine, script)?,
                Step::Upload { name, paths } => {
                    let kept = self.world.root().join(format!("artifact-{name}"));
                    std::fs::create_dir(&kept).unwrap();
                    for path in paths.iter().filter(|path| checkout.join(path).exists()) {
                        let inside = path.strip_prefix("out/").unwrap().trim_end_matches('/');
                        self.copy(&checkout.join(path.trim_end_matches('/')), &kept.join(inside));
                    }
                    self.artifacts.insert(name.clone(), kept);
                }
            }
        }
        Ok(())
    }

    /// Runs a script as GitHub does: as it stands, by bash, which stops at the first error.
    fn step(&self, machine: &Path, script: &str) -> Result<(), (String, Ran)> {
        let added = machine.join("path");
        let before = std::fs::read_to_string(&added).unwrap_or_default();
        let mut path = before.lines().rev().map(|line| format!("{line}:")).collect::<String>();
        path.push_str(&format!("{}:{}", self.tools.display(), std::env::var("PATH").unwrap()));
        let mut shell = self.world.command("bash");
        shell
            .args(["--noprofile", "--norc", "-e", "-c", script])
            .current_dir(machine.join("checkout"))
            .env("HOME", machine.join("home"))
            .env("RUNNER_TEMP", machine.join("temp"))
            .env("GITHUB_PATH", &added)
            .env("PATH", path);
        let ran: Ran = shell.output().unwrap().into();
        if ran.status == 0 { Ok(()) } else { Err((script.to_owned(), ran)) }
    }

    /// Carries all jobs of the workflow out, in their order.
    fn all(&mut self) -> Result<(), (String, Ran)> {
        let jobs = jobs(&self.world.read(PATH));
        let mut done: Vec<&str> = Vec::new();
        for (id, job) in &jobs {
            // GitHub starts a job when those that it needs are done; theirs are then, too.
            assert!(job.needs.iter().all(|need| done.contains(&need.as_str())), "{id}: {done:?}");
            self.run(id, job)?;
            done.push(id);
        }
        Ok(())
    }
}

/// The file is carried out, job by job, each on a machine of its own, with nothing but
/// what it says is fetched and left: what comes out is the archive of a review here.
#[test]
fn carried_out_job_by_job_it_comes_to_the_reviews_digest() {
    let world = world();
    let mut runner = Runner::new(&world);
    let jobs = jobs(&world.read(PATH));
    let ids: Vec<&str> = jobs.iter().map(|(id, _)| id.as_str()).collect();
    assert_eq!(ids, ["T1", "T4", "T6", "T8", "attest"]);
    let steps = jobs.iter().flat_map(|(_, job)| &job.steps);
    let scripts: Vec<&str> = steps
        .filter_map(|step| match step {
            Step::Run(script) => Some(script.as_str()),
            Step::Upload { .. } => None,
        })
        .collect();
    assert!(scripts[0].starts_with("mkdir -p \"$RUNNER_TEMP/thrice\"\ncd "), "{scripts:?}");
    assert_eq!(scripts[1], "thrice gates run T1");
    runner.all().unwrap();
    let evidence = &runner.artifacts["demo-orr-evidence"];
    let mut left: Vec<String> = walk(evidence, evidence);
    left.sort();
    assert_eq!(
        left,
        [
            "MANIFEST.json",
            "SHA256SUMS",
            "demo-evidence.zip",
            "demo-test-result.intoto.json",
            "scorecards/demo.json"
        ]
    );
    assert_eq!(world.xtask(["orr", "--runs", "2"]).status, 0);
    for file in ["demo-evidence.zip", "scorecards/demo.json"] {
        let there = std::fs::read(evidence.join(file)).unwrap();
        assert!(there == std::fs::read(world.path(format!("out/{file}"))).unwrap(), "{file}");
    }
}

/// A step that fails ends its job, and what it did is seen.
#[test]
fn a_step_that_fails_ends_its_job() {
    let world = world();
    let mut runner = Runner::new(&world);
    // The archive is not the one that policy names.
    let archive = world.root().join("thrice.tar.gz");
    let good = std::fs::read(&archive).unwrap();
    std::fs::write(&archive, [&good[..], b"more"].concat()).unwrap();
    let (script, ran) = runner.all().unwrap_err();
    assert!(script.contains("sha256sum --check --strict"), "{script}");
    assert!(ran.stdout.contains("thrice.tar.gz: FAILED"), "{ran:?}");
    assert!(!world.root().join("machine-T1/checkout/out").exists());
}

/// Four kinds of repository, each from `init` to a workflow whose every step runs.
#[test]
fn the_workflows_of_four_kinds_of_repository_run() {
    if !is_exhaustive() {
        return;
    }
    for files in [init::RUST, init::PYTHON, init::NODE, init::GO] {
        let world = init::world(files);
        let ran = init::xtask(&world, &["init"]);
        assert_eq!(ran.status, 0, "{ran:?}");
        let mut runner = Runner::new(&world);
        let scanner = world.root().join("bin/ripsecrets");
        std::fs::rename(scanner, runner.tools.join("ripsecrets")).unwrap();
        // The toolchain itself: rustup's front has its place in a HOME.
        for name in ["cargo", "rustc", "rustdoc", "cargo-fmt", "cargo-clippy", "rustfmt"] {
            let tool = Path::new(init::CARGO).with_file_name(name);
            symlink(tool, runner.tools.join(name)).unwrap();
        }
        if let Err((script, ran)) = runner.all() {
            panic!("{}: {script}: {ran:#?}", files[0].0);
        }
        assert!(runner.artifacts.keys().any(|name| name.ends_with("-orr-evidence")));
    }
}

fn walk(top: &Path, folder: &Path) -> Vec<String> {
    let entries = std::fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path());
    entries
        .flat_map(|path| {
            if path.is_dir() {
                walk(top, &path)
            } else {
                vec![path.strip_prefix(top).unwrap().to_str().unwrap().to_owned()]
            }
        })
        .collect()
}

/// What the examples' policies give is what the examples hold, where they hold one.
#[test]
fn the_examples_policies_give_workflows() {
    let examples = Path::new(env!("CARGO_MANIFEST_DIR")).join("../docs/examples");
    let world = World::new();
    for (example, kept) in [
        ("trendmarketv2", Some(".github/workflows/s7-orr-exec.yml")),
        ("rust-crate", None),
        ("python-package", None),
    ] {
        let policy = examples.join(example).join("policy");
        let words = ["--policy", policy.to_str().unwrap(), "workflow", "generate"];
        let ran = world.xtask(words);
        assert_eq!(ran.status, 0, "{example}: {ran:?}");
        assert!(ran.stdout.contains("      - run: cargo xtask gates run T8\n"), "{example}");
        if let Some(kept) = kept {
            let there = std::fs::read_to_string(examples.join(example).join(kept)).unwrap();
            assert_eq!(ran.stdout, there, "{example}");
        }
    }
}
