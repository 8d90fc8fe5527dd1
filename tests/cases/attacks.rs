//! Ways in which a patch could talk a review into a pass.

use crate::support::{World, gate};

/// Gates find the user's output folder by the log that is their standard output.
const FIND_OUT: &str = "out=$(readlink /proc/$$/fd/1); out=${out%/runs/*}\n\
                        run=$(basename $(dirname $PWD))\n";

fn digest_waits(run: u32) -> String {
    format!("while ! test -s $out/runs/{run}/demo-evidence.zip; do sleep 0.05; done\n")
}

#[test]
fn an_archive_that_a_gate_replaces_does_not_pass() {
    let script = format!(
        "{FIND_OUT}if [ $run = 3 ]; then\n{}{}cp $out/runs/1/demo-evidence.zip \
         $out/runs/2/demo-evidence.zip\nfi\n\
         if [ $run = 2 ]; then echo bad; else echo good; fi > $EVIDENCE_DIR/x",
        digest_waits(1),
        digest_waits(2),
    );
    let world = World::with_script(&script);
    let ran = world.xtask(["orr"]);
    assert_eq!(ran.status, 30, "{}", ran.stdout);
    assert!(
        ran.stdout.contains("demo-evidence.zip of run 2 is not what was packed"),
        "{}",
        ran.stdout
    );
    assert!(!world.path("out/demo-evidence.zip").exists());
}

#[test]
fn a_scorecard_that_a_gate_forges_is_not_published() {
    let script = format!(
        "{FIND_OUT}if [ $run = 3 ]; then\n{}echo forged > $out/runs/1/scorecards/demo.json\nfi\n\
         echo x > $EVIDENCE_DIR/x",
        digest_waits(1),
    );
    let world = World::with_script(&script);
    let ran = world.xtask(["orr"]);
    assert_eq!(ran.status, 1, "{}", ran.stdout);
    assert!(ran.stdout.contains("error[evidence-changed]: demo.json of run 1"), "{}", ran.stdout);
    assert!(!world.path("out/scorecards").exists());
}

#[test]
fn a_forged_journal_gives_no_gate() {
    let script = format!(
        "{FIND_OUT}journal=$(ls $out/orr/*/journal.jsonl)\n\
         printf '%s\\n' '{{\"event\":\"gate_ended\",\"run\":1,\"result\":{{\"gate\":\"T4\",\
         \"name\":\"tests\",\"outcome\":\"pass\",\"evidence\":[],\"findings\":[],\"seconds\":0.1}}}}' \
         >> $journal\nkill -9 $(ps -o ppid= -p $PPID)\nexit 1"
    );
    let world = World::with_script(&script);
    let _ = world.xtask(["orr", "--runs", "2"]);
    let kept = world.xtask(["orr", "--resume"]);
    assert!(!kept.stderr.contains("kept from before"), "{kept:?}");
    assert_ne!(kept.status, 0, "{kept:?}");
}

#[test]
fn a_policy_that_git_status_does_not_show_is_not_the_commits() {
    let world = World::with_script("exit 1");
    world.git(["update-index", "--skip-worktree", "policy/gates.toml"]);
    let gates = world.read("policy/gates.toml").replace("exit 1", "echo x > $EVIDENCE_DIR/x");
    world.write("policy/gates.toml", gates);
    assert_eq!(world.git(["status", "--porcelain"]), "");
    let ran = world.xtask(["orr", "--runs", "2"]);
    assert_eq!(ran.status, 20, "{}", ran.stdout);
}

#[test]
fn git_has_no_token_to_hand_to_what_a_gate_configured() {
    let world = World::with_gates(&format!(
        "stagger = \"0 s\"\n{}",
        gate(
            "T1",
            "lint",
            "echo x > $EVIDENCE_DIR/x\n\
             git config filter.leak.smudge \"sh -c 'env > $HOME/../../seen; cat'\"\n\
             git config core.fsmonitor \"sh -c 'env >> $HOME/../../seen'\"",
        ),
    ));
    world.write(".gitattributes", "f.txt filter=leak\n");
    world.write("f.txt", "x\n");
    world.commit("filter");
    let mut command = world.xtask_command(["orr", "--runs", "2"]);
    let ran = command.env("GH_TOKEN", "sentinel-of-the-caller").output().unwrap();
    let ran = crate::support::Ran::from(ran);
    // The second review meets what the first one's gate configured.
    let mut command = world.xtask_command(["orr", "--runs", "2"]);
    let again = command.env("GH_TOKEN", "sentinel-of-the-caller").output().unwrap();
    let again = crate::support::Ran::from(again);
    for ran in [&ran, &again] {
        assert_eq!(ran.status, 0, "{ran:?}");
    }
    let found = std::process::Command::new("grep")
        .args(["-rl", "sentinel-of-the-caller"])
        .arg(world.root())
        .output()
        .unwrap();
    assert_eq!(String::from_utf8_lossy(&found.stdout), "");
}

#[test]
fn a_folder_is_never_removed_as_an_old_report() {
    let world = World::with_gates(&format!(
        "{}tests.reader = \"junit\"\ntests.file = \"reports\"\n",
        gate("T4", "tests", "true")
    ));
    world.write(".gitignore", "reports/\n");
    world.commit("ignore");
    world.write("reports/precious", "mine");
    let ran = world.xtask(["gates", "run"]);
    assert_eq!(ran.status, 4, "{}", ran.stdout);
    assert_eq!(world.read("reports/precious"), "mine");
}

#[test]
fn an_output_folder_that_is_not_ours_is_left_alone() {
    let world = World::with_script("echo x > $EVIDENCE_DIR/x");
    world.write(".gitignore", "out/\n");
    world.commit("ignore");
    world.write("out/logs/precious", "mine");
    let ran = world.xtask(["orr", "--runs", "2"]);
    assert_eq!(ran.status, 4, "{}", ran.stdout);
    assert!(ran.stdout.contains("holds files that are not this tool's"), "{}", ran.stdout);
    assert_eq!(world.read("out/logs/precious"), "mine");
}

#[test]
fn a_run_on_uncommitted_changes_attests_nothing() {
    let world = World::with_script("echo x > $EVIDENCE_DIR/x");
    world.write("new", "x");
    let ran = world.xtask(["gates", "run"]);
    assert_eq!(ran.status, 0, "{}", ran.stdout);
    assert!(ran.stdout.contains("warning[dirty-tree]"), "{}", ran.stdout);
    assert!(!world.path("out/demo-evidence.zip").exists());
    assert!(!world.path("out/gates/T4.json").exists());
}

#[test]
fn a_time_span_beyond_reason_is_refused() {
    let world = World::with_gates(&format!(
        "{}timeout = \"2562047788015214 h\"\n",
        gate("T4", "tests", "true")
    ));
    let ran = world.xtask(["policy", "check"]);
    assert_eq!(ran.status, 3, "{}", ran.stdout);
}
