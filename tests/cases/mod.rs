//! The tests. The gate T4 runs a few of them, by name; `cargo xtask test` runs all.
//! Those in `at_length` try a sample of their points (`support::sampling`), or all of them where
//! `XTASK_EXHAUSTIVE=1` is set, as in the weekly run of `.github/workflows/suite.yml`.
//!
//! No test measures how fast the machine is: a deadline only ends a test that hangs.

mod adopt;
mod approve;
mod archives;
mod artifacts;
mod at_length;
mod attacks;
mod audit;
mod branches;
mod brief;
mod called;
mod clock;
mod compare;
mod controls;
mod decided_early;
mod delivery;
mod doctor;
mod doctor_github;
mod examples;
mod faults;
mod filemap;
mod first_policy;
mod first_walks;
mod formats;
mod github_contract;
mod github_simulator;
mod house;
mod init;
mod installed;
mod interrupts;
mod isolation;
mod jobs;
mod kills;
mod last_screens;
mod ledger;
mod ledger_base;
mod ledger_git;
mod ledger_remote;
mod ledger_snapshot;
mod locked_crates;
mod logs;
mod metrics;
mod orders;
mod orr_github_artifacts;
mod orr_github_beside;
mod orr_github_dispatch;
mod orr_github_runs;
mod outcomes;
mod outcomes_evidence;
mod outcomes_tests;
mod pins;
mod places;
mod plan;
mod policies;
mod policies_table;
mod policies_whole;
mod pr_body;
mod pr_merge_check;
mod pr_merge_doubts;
mod pr_merge_record;
mod pr_merge_stops;
mod pr_open;
mod pr_update;
mod pr_verify;
mod readme;
mod red_team;
mod red_team_rules;
mod reference;
mod release;
mod release_machine;
mod requirements;
mod review;
mod risks;
mod rulesets;
mod secrets;
mod self_policy;
mod sequences;
mod stories;
mod stories_github;
mod story_gates;
mod suppressions;
mod swaps;
mod team;
mod variation;
mod walks;
mod walls;
mod workflow;

/// A test file that is in no module is a test that never runs.
#[test]
fn every_test_file_is_compiled() {
    let folder = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("../tests/cases");
    for (folder, index) in [(folder.clone(), "mod.rs"), (folder.join("at_length"), "mod.rs")] {
        let Ok(declared) = std::fs::read_to_string(folder.join(index)) else { continue };
        for entry in std::fs::read_dir(&folder).unwrap() {
            let name = entry.unwrap().file_name().into_string().unwrap();
            let module = name.trim_end_matches(".rs");
            let known = module == "mod" || declared.contains(&format!("mod {module};"));
            assert!(known, "{name} is in no module: add `mod {module};` to {index}");
        }
    }
}
