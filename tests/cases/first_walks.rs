//! The first walks of somebody new: what a page or an output says is typed as it stands, and
//! beside that only files are edited.

use crate::support::policies::SANDBOX_BRANCHES;
use crate::support::processes::names;
use crate::support::{PROGRAMME, Ran, World, gate, terminal};

/// Types a line as it stands, in a folder.
fn types(world: &World, folder: &std::path::Path, line: &str) -> Ran {
    let mut shell = world.command("sh");
    shell.current_dir(folder);
    Ran::typed(shell, line)
}

#[test]
fn a_red_gate_leads_to_its_log_and_then_to_a_pass() {
    let world = World::new();
    world.write("policy/programme.toml", PROGRAMME);
    // Run 2 would begin after minutes, and never does.
    let gates = format!("stagger = \"5 min\"\n{}", gate("T4", "tests", "sh test.sh"));
    world.write("policy/gates.toml", gates);
    world.write("test.sh", "echo 'total is 41, not 42'\nexit 1\n");
    world.commit("begin");

    let seen = terminal::run(world.xtask_command(["orr"]));
    assert_eq!(seen.status, 20, "{}", seen.screen);
    let screen = &seen.last;
    assert!(screen.lines().count() <= 24, "{screen}");
    assert!(screen.contains("stopped: runs 2, 3 (`--keep-going` makes every run)"), "{screen}");
    assert!(screen.contains("out/runs/1/logs/T4.log:1"), "{screen}");
    assert!(screen.contains(" | total is 41, not 42"), "{screen}");
    assert_eq!(names(world.path("out/runs")), ["1"]);

    let next = screen.lines().find_map(|line| line.strip_prefix("next: ")).unwrap();
    assert_eq!(next, "cargo xtask gates run T4");
    assert_eq!(types(&world, &world.repo(), next).status, 20);
    world.write("test.sh", "echo 'total is 42' > \"$EVIDENCE_DIR/total\"\n");
    let tried = types(&world, &world.repo(), next);
    assert_eq!(tried.status, 0, "{tried:?}");

    // What the screen says to type after the fix, and no wait between the runs.
    let help = screen.lines().find_map(|line| line.trim().strip_prefix("= help: ")).unwrap();
    assert_eq!(help, "fix it (try `cargo xtask gates run T4`), commit, `cargo xtask orr`");
    let gates = world.read("policy/gates.toml").replace("5 min", "0 s");
    world.write("policy/gates.toml", gates);
    world.commit("count right");
    let ran = types(&world, &world.repo(), "cargo xtask orr");
    assert_eq!(ran.status, 0, "{ran:?}");
}

#[test]
fn one_patch_after_another_is_led_to_the_default_branch() {
    let world = World::new();
    world.write("policy/programme.toml", PROGRAMME);
    let gates = gate("T4", "tests", "cat src/* > $EVIDENCE_DIR/all");
    world.write("policy/gates.toml", format!("stagger = \"0 s\"\n{gates}"));
    world.write("policy/filemap.toml", "[[areas]]\nname = \"source\"\npaths = [\"src/**\"]\n");
    world.write("src/a", "a\n");
    world.commit("begin");
    for title in ["First", "Second"] {
        let begin = world.xtask(["status"]).next().to_owned();
        assert_eq!(types(&world, &world.repo(), &begin).status, 0, "{begin}");
        world.write(&format!("src/{title}"), "x\n");
        world.commit(title);
        let mut next = String::new();
        while !next.contains("git merge ") {
            let status = world.xtask(["status"]);
            // The plan and the body of the patch before are not held against this one.
            assert!(!status.stdout.contains("disproven"), "{status:?}");
            assert_ne!(status.next(), next, "{status:?}");
            next = status.next().to_owned();
            assert_eq!(types(&world, &world.repo(), &next).status, 0, "{next}");
        }
        let body = world.read("out/body.md");
        assert!(body.contains(&format!("\n## Summary\n- {title}\n\n## Telemetry")), "{body}");
        let branch = next.rsplit(' ').next().unwrap();
        let status = world.xtask(["status"]).stdout;
        let merged = status.lines().find(|line| line.starts_with("merged: ")).unwrap();
        assert!(merged.contains(branch) && merged.contains("(`git branch --delete "), "{status}");
    }
}

/// Who reviews a patch is told of tests that are gone, and of why a gate was red by its page.
#[test]
fn tests_that_are_gone_are_said_to_who_reviews_and_a_page_has_what_was_seen() {
    let world = World::new();
    world.write("policy/programme.toml", PROGRAMME);
    let script =
        "n=0; for f in src/*; do n=$((n+1)); echo ok $n - $f; done; echo 1..$n; [ -e src/a ]";
    let gates = gate("T4", "tests", script) + "tests.reader = \"tap\"\n";
    world.write("policy/gates.toml", format!("stagger = \"0 s\"\n{gates}"));
    world.write("policy/filemap.toml", "[[areas]]\nname = \"source\"\npaths = [\"src/**\"]\n");
    for name in ["a", "b"] {
        world.write(&format!("src/{name}"), name);
    }
    world.commit("begin");
    let types = |line: &str| types(&world, &world.repo(), line);
    assert_eq!(types("cargo xtask orr").status, 0);
    world.git(["switch", "--quiet", "--create", "fix/less"]);
    world.git(["rm", "--quiet", "src/b"]);
    world.commit("Less");
    for line in [
        "cargo xtask plan new --write out/plan.json",
        "cargo xtask orr",
        "cargo xtask pr-body --write out/body.md",
    ] {
        let ran = types(line);
        assert_eq!(ran.status, 0, "{ran:?}");
    }
    let said = "T4 ran 1 fewer test than the last green review of the base: 2 passed; now 1 passed";
    let reviewed = types("cargo xtask review --body out/body.md");
    assert!(reviewed.stdout.contains(&format!("warning[tests-lost]: {said}")), "{reviewed:?}");
    assert!(!types("cargo xtask explain T4").stdout.contains("note["));
    world.git(["rm", "--quiet", "src/a"]);
    world.write("src/c", "c");
    world.commit("Nothing");
    assert_eq!(types("cargo xtask orr").status, 20);
    let page = types("cargo xtask explain T4");
    assert_eq!(page.status, 0, "{page:?}");
    assert!(page.stdout.contains("note[gate-failed]: T4: `sh -c "), "{page:?}");
}

#[test]
fn the_commands_for_a_patch_pass_in_their_order_in_a_fresh_clone() {
    let page = concat!(env!("CARGO_MANIFEST_DIR"), "/../docs/patch.md");
    let page = std::fs::read_to_string(page).unwrap();
    let (_, rest) = page.split_once("## On your machine\n\n```sh\n").unwrap();
    let lines: Vec<&str> = rest.split_once("```").unwrap().0.lines().collect();
    assert_eq!(lines.len(), 9, "{lines:#?}");

    let world = World::new();
    world.write("policy/programme.toml", PROGRAMME);
    let gates = gate("T4", "tests", "cp src/a \"$EVIDENCE_DIR/a\"");
    world.write("policy/gates.toml", format!("stagger = \"0 s\"\n{gates}"));
    let areas = "[[areas]]\nname = \"source\"\npaths = [\"src/**\"]\n";
    world.write("policy/filemap.toml", areas);
    world.write("policy/branches.toml", SANDBOX_BRANCHES);
    world.write("src/a", "1\n");
    world.write(".gitignore", "/out/\n");
    world.commit("begin");
    let clone = world.root().join("clone");
    world.git(["clone", "--quiet", ".", clone.to_str().unwrap()]);

    for (index, line) in lines.iter().enumerate() {
        // git asks for the message in an editor.
        let line = line.replace("git commit ", "git commit --message 'A-1: count on' ");
        let ran = types(&world, &clone, &line);
        assert_eq!(ran.status, 0, "{line}: {ran:?}");
        if index == 0 {
            // The patch itself.
            std::fs::write(clone.join("src/a"), "2\n").unwrap();
        }
    }
}

/// The block for whoever is on call, in the example that has clocks and one gate.
#[test]
fn the_commands_on_call_pass_from_open_to_close() {
    let top = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("..");
    let page = std::fs::read_to_string(top.join("docs/risks.md")).unwrap();
    let (_, rest) = page.split_once("## On call: from open to close\n").unwrap();
    let (_, rest) = rest.split_once("```sh\n").unwrap();
    let lines: Vec<&str> = rest.split_once("```").unwrap().0.lines().collect();

    let world = World::new();
    let typed = |line: &str| {
        let ran = types(&world, &world.repo(), line);
        assert_eq!(ran.status, 0, "{line}: {ran:?}");
        ran.stdout
    };
    typed(&format!("cp -R '{}/.' .", top.join("docs/examples/small").display()));
    world.write(".gitignore", "/out/\n");
    let key = world.new_key("ana");
    world.write("policy/allowed_signers", format!("ana@example.com {key}\n"));
    world.is_used_by("ana");
    world.commit("begin");

    for line in &lines {
        if line.starts_with("git commit") {
            world.write("src/shop.sh", "echo back\n");
        }
        typed(line);
        if line.starts_with("thrice incident postmortem") {
            let path = "docs/evidence/incidents/INC-001.md";
            let template = world.read(path);
            // Each part says something of its own.
            let seen = |(number, line): (usize, &str)| match line.starts_with("Replace") {
                true => format!("Pool {number} ran dry from 02:05 to 02:40; Ana doubles it.\n"),
                false => format!("{line}\n"),
            };
            world.write(path, template.lines().enumerate().map(seen).collect::<String>());
        }
    }
    assert!(typed("thrice incident list").contains("no merge waits"));
    assert!(lines.len() > 10, "{lines:#?}");
}
