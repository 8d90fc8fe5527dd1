use super::super::{combined, drift, job_names, parse, unpinned};
use super::*;
use thrice_programme::{PolicyFiles, check};

const OUR_GATES: &str = include_str!("../../../../../../../policy/gates.toml");
const PROGRAMME: &str =
    "id = \"s7\"\nname = \"S\"\ndefault_branch = \"main\"\ntime_zone = \"UTC\"\n";
const TWO: &str = "[[gates]]\nid = \"T4\"\nname = \"tests\"\nrun = [\"true\"]\ntimeout = \"61 s\"\n[[gates]]\nid = \"T8\"\nname = \"evidence\"\nneeds = [\"T4\"]\nbuiltin = \"evidence\"\n";

fn policy(programme: &str, gates: &str) -> Policy {
    let named = [("programme.toml", programme), ("gates.toml", gates)];
    let files: PolicyFiles =
        named.map(|(name, text)| (name.to_owned(), text.as_bytes().to_vec())).into();
    let (policy, findings) = check("policy", &files);
    policy.unwrap_or_else(|| panic!("{findings:?}"))
}

fn refused(programme: &str, gates: &str) -> String {
    let finding = generate(&policy(programme, gates), Contents::default()).unwrap_err();
    assert_eq!(finding.code, Code::PolicyValue);
    finding.message
}

fn two(more: &str) -> String {
    generate(&policy(PROGRAMME, &format!("{TWO}{more}")), Contents::default()).unwrap()
}

#[test]
fn the_committed_workflow_is_what_our_policy_gives() {
    let programme = include_str!("../../../../../../../policy/programme.toml");
    let text = generate(&policy(programme, OUR_GATES), Contents::default());
    let path = ".github/workflows/orr.yml";
    let there = include_bytes!("../../../../../../../.github/workflows/orr.yml");
    assert_eq!(drift(path, &text.unwrap(), there), []);
}

#[test]
#[expect(clippy::too_many_lines, reason = "a table")]
fn a_whole_workflow_of_two_gates() {
    expect_test::expect![[r##"
        # Written from policy/gates.toml by `cargo xtask workflow generate --write`. What is
        # changed here by hand is undone by it, and refused by `cargo xtask workflow check`.
        #
        # One job a gate, named exactly as the check that the ruleset demands. GitHub counts a
        # skipped job as a success, so neither these jobs nor the steps that run their gates have
        # a condition.
        name: ORR Exec
        run-name: ORR ${{ inputs.nonce || github.event.pull_request.head.sha || github.sha }}

        on:
          workflow_dispatch:
            inputs:
              nonce:
                description: What the run is found again by
                type: string
                required: false
                default: ""
          pull_request:
          push:
            branches: [main]

        permissions:
          contents: read

        # A group for each run that counts: of one group only one run waits, and the next cancels it.
        concurrency:
          group: orr-${{ github.event_name }}-${{ github.ref }}-${{ inputs.nonce || github.event.pull_request.head.sha || github.run_id }}
          cancel-in-progress: false

        jobs:
          T4:
            name: T4
            runs-on: ubuntu-24.04
            timeout-minutes: 17
            steps:
              - uses: actions/checkout@3d3c42e5aac5ba805825da76410c181273ba90b1 # v7.0.1
                with:
                  ref: ${{ github.event.pull_request.head.sha || github.sha }}
                  fetch-depth: 0
                  persist-credentials: false
              - run: cargo xtask gates run T4
              - if: always()
                uses: actions/upload-artifact@bbbca2ddaa5d8feaa63e36b76fdaad77386f024f # v7.0.0
                with:
                  name: T4
                  path: |
                    out/.gitignore
                    out/evidence/T4_tests/
                    out/gates/T4.json
                    out/logs/T4.log
                    out/logs/prepare.log
                  if-no-files-found: error
                  include-hidden-files: true

          T8:
            name: T8
            needs: [T4]
            runs-on: ubuntu-24.04
            timeout-minutes: 25
            steps:
              - uses: actions/checkout@3d3c42e5aac5ba805825da76410c181273ba90b1 # v7.0.1
                with:
                  ref: ${{ github.event.pull_request.head.sha || github.sha }}
                  fetch-depth: 1
                  persist-credentials: false
              - uses: actions/download-artifact@3e5f45b2cfb9172054b4087a40e8e0b5a5461e7c # v8.0.1
                with:
                  pattern: T4
                  path: out/
                  merge-multiple: true
              - run: cargo xtask gates run T8
              - if: always()
                uses: actions/upload-artifact@bbbca2ddaa5d8feaa63e36b76fdaad77386f024f # v7.0.0
                with:
                  name: T8
                  path: |
                    out/.gitignore
                    out/evidence/T8_evidence/
                    out/gates/T8.json
                    out/logs/T8.log
                    out/logs/prepare.log
                  if-no-files-found: error
                  include-hidden-files: true
              # The upload would be content with any one of them.
              - run: ls -l out/MANIFEST.json out/SHA256SUMS out/scorecards/s7.json out/s7-evidence.zip out/s7-test-result.intoto.json
              - uses: actions/upload-artifact@bbbca2ddaa5d8feaa63e36b76fdaad77386f024f # v7.0.0
                with:
                  name: s7-orr-evidence
                  path: |
                    out/MANIFEST.json
                    out/SHA256SUMS
                    out/scorecards/s7.json
                    out/s7-evidence.zip
                    out/s7-test-result.intoto.json
                  if-no-files-found: error

          # Only this job may sign, and it runs nothing of the patch. Pull requests of forks
          # and of bots are not given that right; a review is made of dispatched runs.
          attest:
            name: attest
            needs: [T8]
            runs-on: ubuntu-24.04
            timeout-minutes: 15
            permissions:
              attestations: write # to record the attestation
              id-token: write # to sign it in the name of this workflow
            steps:
              - if: github.event_name == 'workflow_dispatch'
                uses: actions/download-artifact@3e5f45b2cfb9172054b4087a40e8e0b5a5461e7c # v8.0.1
                with:
                  name: s7-orr-evidence
                  path: out/
              - if: github.event_name == 'workflow_dispatch'
                uses: actions/attest@1e69f48acb82d1966a394da916b4c1698aa569d6 # v4.2.2
                with:
                  subject-path: out/s7-evidence.zip
    "##]].assert_eq(&two(""));
}

#[test]
fn what_is_written_passes_its_own_checks() {
    let text = two("[workflow]\nsetup = [[\"pip\", \"install\", \"it's\"], [\"make\", \"a b\"]]\n");
    let parsed = parse("w.yml", text.as_bytes()).unwrap();
    assert_eq!(unpinned("w.yml", &parsed), []);
    assert_eq!(job_names("w.yml", &parsed, &["T4", "T8"], "cargo xtask"), []);
    let commands: Vec<&str> = parsed.jobs[0].runs.iter().map(|run| run.command.as_str()).collect();
    let all = ["pip install 'it'\\''s'", "make 'a b'", "cargo xtask gates run T4"];
    assert_eq!(commands, all);
    let ruleset = "[ruleset]\nfile = \"r.json\"\nworkflow = \".github/workflows/orr.yml\"\n";
    let text = two(&format!("{ruleset}check = \"required-check\"\n"));
    let parsed = parse("w.yml", text.as_bytes()).unwrap();
    assert_eq!(job_names("w.yml", &parsed, &["T4", "T8"], "cargo xtask"), []);
    assert_eq!(combined("w.yml", &parsed, &["T4", "T8"], Some("required-check")), []);
}

#[test]
fn policy_names_the_workflow_its_machines_and_its_actions() {
    let sha = "0123456789abcdef0123456789abcdef01234567";
    let text = two(&format!(
        "[workflow]\nname = \"yes\"\nrunner = \"big-1\"\nattest = false\nactions.checkout = \"{sha} # v9\"\n"
    ));
    assert!(text.contains("\nname: 'yes'\n"), "{text}");
    assert!(text.contains("    runs-on: big-1\n"), "{text}");
    assert!(text.contains(&format!("- uses: actions/checkout@{sha} # v9\n")), "{text}");
    assert!(!text.contains("attest"), "{text}");
    let workflow = parse("w.yml", text.as_bytes()).unwrap();
    assert_eq!(workflow.name.as_deref(), Some("yes"));
}

#[test]
fn a_text_of_policy_stays_one_text() {
    for name in ["a: b", "it's", "# x", "- x", "1", "null", "ação", "x ", "{a}", "*a", "\u{1f600}"]
    {
        let text = two(&format!("[workflow]\nname = {}\n", serde_json::json!(name)));
        let workflow = parse("w.yml", text.as_bytes()).unwrap();
        assert_eq!(workflow.name.as_deref(), Some(name), "{text}");
    }
}

#[test]
fn what_could_not_work_on_github_is_refused() {
    let gate = |id: &str| format!("[[gates]]\nid = \"{id}\"\nname = \"x\"\nrun = [\"true\"]\n");
    assert_eq!(
        refused(PROGRAMME, &format!("{}{}", gate("T1"), gate("T2"))),
        "no gate needs all the others, so no job could pack what they leave"
    );
    assert_eq!(
        refused(&format!("{PROGRAMME}output = \"my out\"\n"), TWO),
        "the output folder `my out` cannot be named in a workflow"
    );
    let elsewhere = "[[gates]]\nid = \"T0\"\nname = \"r\"\nbuiltin = \"ruleset\"\n[ruleset]\nfile = \"r.json\"\nworkflow = \"ci/orr.yml\"\n";
    assert_eq!(refused(PROGRAMME, elsewhere), "GitHub reads no workflow from `ci/orr.yml`");
    let below = elsewhere.replace("ci/orr.yml", ".github/workflows/a/b.yml");
    assert_eq!(
        refused(PROGRAMME, &below),
        "GitHub reads no workflow from `.github/workflows/a/b.yml`"
    );
}

#[test]
fn a_gate_gets_what_all_its_needs_left_though_policy_names_only_the_nearest() {
    let gate = |id: &str, needs: &str| {
        format!("[[gates]]\nid = \"{id}\"\nname = \"x\"\nrun = [\"true\"]\nneeds = [{needs}]\n")
    };
    let chain = [gate("T1", ""), gate("T2", "\"T1\""), gate("T3", "\"T2\"")].concat();
    let text = generate(&policy(PROGRAMME, &chain), Contents::default()).unwrap();
    let patterns: Vec<&str> =
        text.lines().filter_map(|line| line.trim().strip_prefix("pattern: ")).collect();
    assert_eq!(patterns, ["T1", "\"{T1,T2}\""]);
    assert!(text.contains("  T3:\n    name: T3\n    needs: [T2]\n"), "{text}");
}

#[test]
fn a_program_that_is_not_the_repositorys_own_is_installed_by_every_job() {
    let commit = "0123456789abcdef0123456789abcdef01234567";
    let git = format!(
        "[workflow]\nsetup = [\"cargo\", \"xtask\", \"own\"]\n[workflow.tool]\ngit = \"https://example.com/thrice.git\"\ncommit = \"{commit}\"\n"
    );
    let text = two(&git);
    let install = format!(
        "      - run: cargo install --locked --git https://example.com/thrice.git --rev {commit} thrice\n      - run: cargo xtask own\n      - run: thrice gates run T4\n"
    );
    assert!(text.contains(&install), "{text}");
    assert_eq!(text.matches("cargo install").count(), 2, "one for each job: {text}");
    let parsed = parse("w.yml", text.as_bytes()).unwrap();
    assert_eq!(job_names("w.yml", &parsed, &["T4", "T8"], "thrice"), []);
    // A job that runs another program than policy names runs no gate.
    assert_eq!(job_names("w.yml", &parsed, &["T4", "T8"], "cargo xtask").len(), 2);
    let digest = "ab".repeat(32);
    let release = two(&format!(
        "[workflow.tool]\nrelease = \"https://example.com/t.tar.gz\"\nsha256 = \"{digest}\"\n"
    ));
    for line in [
        format!("echo '{digest}  thrice.tar.gz' | sha256sum --check --strict\n"),
        "--output thrice.tar.gz https://example.com/t.tar.gz\n".to_owned(),
        "      - run: thrice gates run T8\n".to_owned(),
    ] {
        assert!(release.contains(&line), "{line}{release}");
    }
    assert!(parse("w.yml", release.as_bytes()).is_ok());
    assert_eq!(release.find("cargo xtask"), None, "{release}");
}

#[test]
fn a_program_is_named_by_what_nobody_can_change() {
    let commit = "0123456789abcdef0123456789abcdef01234567";
    let table = [
        ("git = \"https://e.com/x\"\n".to_owned(), "one way to get the program"),
        (
            format!(
                "git = \"https://e.com/x\"\ncommit = \"{commit}\"\nrelease = \"https://e.com/x\"\n"
            ),
            "one way to get",
        ),
        ("git = \"https://e.com/x\"\ncommit = \"main\"\n".to_owned(), "`main` is not 40 hex"),
        (format!("git = \"http://e.com/x\"\ncommit = \"{commit}\"\n"), "not a plain https"),
        (format!("git = \"https://e.com/x;ls\"\ncommit = \"{commit}\"\n"), "not a plain https"),
        (format!("git = \"https://a:b@e.com/x\"\ncommit = \"{commit}\"\n"), "not a plain https"),
        (format!("release = \"https://e.com/x\"\nsha256 = \"{commit}\"\n"), "not 64 hex"),
    ];
    for (tool, said) in table {
        let text = format!("{TWO}[workflow.tool]\n{tool}");
        let files: PolicyFiles = [("programme.toml", PROGRAMME), ("gates.toml", text.as_str())]
            .map(|(name, text)| (name.to_owned(), text.as_bytes().to_vec()))
            .into();
        let (policy, findings) = check("policy", &files);
        assert!(policy.is_none(), "{tool}");
        assert!(findings.iter().any(|finding| finding.message.contains(said)), "{findings:?}");
    }
}

#[test]
fn a_merge_queue_and_what_lies_elsewhere_are_known_to_the_jobs() {
    let plain = two("");
    let starts = "\n  pull_request:\n  push:\n    branches: [main]\n\npermissions:";
    assert!(plain.contains(starts) && !plain.contains("lfs:"), "{plain}");
    let queue = two("[workflow]\nbase = \"queue\"\n");
    let starts = "\n  pull_request:\n  merge_group:\n  push:\n    branches: [main]\n\npermissions:";
    assert!(queue.contains(starts), "{queue}");
    assert_eq!(parse("w.yml", queue.as_bytes()).unwrap().events.len(), 4);
    let contents = Contents { lfs: true, submodules: true };
    let text = generate(&policy(PROGRAMME, TWO), contents).unwrap();
    let step = "          persist-credentials: false\n          lfs: true\n          submodules: recursive\n";
    assert_eq!(text.matches(step).count(), 2, "{text}");
}
