//! The workflow that policy gives: written, compared, and carried out.

use std::collections::BTreeMap;
use std::os::unix::fs::symlink;
use std::path::{Path, PathBuf};

use expect_test::expect;

use crate::support::{Ran, World, gate};

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

        error[workflow-drift]: the workflow is not what policy gives: line 64 is `        if: github.actor != 'me'`, not `      - if: always()`
          --> .github/workflows/orr.yml:64
           = help: run `cargo xtask workflow generate --write` and commit the result; what is to be otherwise is said in policy/gates.toml

        error[workflow-drift]: `if` of step 2 of the job `T4` is there; policy gives none
          --> .github/workflows/orr.yml:64

        error[workflow-jobs]: the step that runs gate `T4` has `if`
          --> .github/workflows/orr.yml:63
           = help: Leave nothing in it but `run`: the gate must run as it does at the desk, whatever was before.

    "#]].assert_eq(&said);

    // Somebody updates an action by its tag.
    let pin = text.lines().find(|line| line.contains("actions/checkout@")).unwrap();
    world.write(PATH, text.replacen(pin, "      - uses: actions/checkout@v7", 1));
    let (status, said) = check();
    assert_eq!(status, 1);
    expect![[r#"
        workflow check: fail (action-unpinned, workflow-drift), exit status 1

        error[workflow-drift]: the workflow is not what policy gives: line 34 is `      - uses: actions/checkout@v7`, not `      - uses: actions/checkout@3d3c42e5aac5ba805825da76410c181273ba90b1 # v7.0.1`
          --> .github/workflows/orr.yml:34
           = help: run `cargo xtask workflow generate --write` and commit the result; what is to be otherwise is said in policy/gates.toml

        error[workflow-drift]: `uses` of step 1 of the job `T1` is `actions/checkout@v7`; policy gives `actions/checkout@3d3c42e5aac5ba805825da76410c181273ba90b1`
          --> .github/workflows/orr.yml:34

        error[action-unpinned]: `actions/checkout@v7` is not pinned to a commit
          --> .github/workflows/orr.yml:34
           = help: Write `owner/action@` and the 40 hexadecimal digits of a commit.

    "#]].assert_eq(&said);

    // Policy changes: the mend is the same.
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
    let mut name = String::new();
    for line in text.lines() {
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
            job.steps.push(Step::Run(command.to_owned()));
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

/// GitHub's part: a machine for each job, artifacts between them.
struct Runner<'a> {
    world: &'a World,
    artifacts: BTreeMap<String, PathBuf>,
}

impl Runner<'_> {
    fn copy(&self, from: &Path, to: &Path) {
        std::fs::create_dir_all(to.parent().unwrap()).unwrap();
        let copied = self.world.command("cp").arg("-R").args([from, to]).status().unwrap();
        assert!(copied.success());
    }

    fn run(&mut self, id: &str, job: &Job) {
        let machine = self.world.root().join(format!("machine-{id}"));
        self.world.git(["clone", "--quiet", ".", machine.to_str().unwrap()]);
        for artifact in &job.fetches {
            self.copy(&self.artifacts[artifact].join("."), &machine.join("out"));
        }
        for step in &job.steps {
            match step {
                Step::Run(command) => self.command(&machine, command),
                Step::Upload { name, paths } => {
                    let kept = self.world.root().join(format!("artifact-{name}"));
                    std::fs::create_dir(&kept).unwrap();
                    for path in paths.iter().filter(|path| machine.join(path).exists()) {
                        let inside = path.strip_prefix("out/").unwrap().trim_end_matches('/');
                        self.copy(&machine.join(path.trim_end_matches('/')), &kept.join(inside));
                    }
                    self.artifacts.insert(name.clone(), kept);
                }
            }
        }
    }

    fn command(&self, machine: &Path, command: &str) {
        let program = crate::support::XTASK;
        let command = command.replace("cargo xtask", program);
        let mut shell = self.world.command("sh");
        shell.args(["-e", "-c", &command]).current_dir(machine);
        let ran: Ran = shell.output().unwrap().into();
        assert_eq!(ran.status, 0, "{command}: {ran:?}");
    }
}

/// The file is carried out, job by job, each on a machine of its own, with nothing but
/// what it says is fetched and left: what comes out is the archive of a review here.
#[test]
fn carried_out_job_by_job_it_comes_to_the_reviews_digest() {
    let world = world();
    assert_eq!(world.xtask(["workflow", "generate", "--write"]).status, 0);
    world.commit("the workflow");
    let mut runner = Runner { world: &world, artifacts: BTreeMap::new() };
    let jobs = jobs(&world.read(PATH));
    let ids: Vec<&str> = jobs.iter().map(|(id, _)| id.as_str()).collect();
    assert_eq!(ids, ["T1", "T4", "T6", "T8", "attest"]);
    for (id, job) in &jobs {
        // GitHub starts a job when those that it needs are done; theirs are then, too.
        assert!(
            job.needs.iter().all(|need| ids.iter().position(|id| id == need)
                < ids.iter().position(|other| other == id))
        );
        runner.run(id, job);
    }
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
