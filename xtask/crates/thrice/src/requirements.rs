//! What the documents of the four programmes ask for, rule by rule, in our own words: how each
//! rule is enforced, with which codes it refuses, and which tests hold it. Everything else cites
//! a row by its id. docs/requirements.md is written from this table.

/// One rule of a document.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Requirement {
    /// Letter of the document, section, and number within it: `H-4.2`.
    pub id: &'static str,
    /// What the rule asks for.
    pub rule: &'static str,
    /// Commands that enforce or answer it, such as `filemap check`; gates are `gate T4`.
    pub by: &'static [&'static str],
    /// Names of the codes with which it refuses.
    pub codes: &'static [&'static str],
    /// Tests that hold it, each `path::function`.
    pub tests: &'static [&'static str],
    /// What of the rule nothing holds, and why.
    pub open: Option<&'static str>,
}

/// A section of a document.
#[derive(Clone, Copy, Debug)]
pub struct Section {
    /// Such as `H-4`; `P-3.0` is what section 3 says before its first subsection.
    pub id: &'static str,
    /// Its heading, in our words.
    pub title: &'static str,
    /// Its rules.
    pub rules: &'static [Requirement],
}

/// One of the documents.
#[derive(Clone, Copy, Debug)]
pub struct Document {
    /// With which all ids of it begin.
    pub letter: &'static str,
    /// What it is.
    pub title: &'static str,
    /// What it is about, in a sentence.
    pub about: &'static str,
    /// Its sections.
    pub sections: &'static [Section],
}

/// Where the table is published.
pub const PATH: &str = "docs/requirements.md";

const fn rule(id: &'static str, rule: &'static str) -> Requirement {
    Requirement { id, rule, by: &[], codes: &[], tests: &[], open: None }
}

const fn section(id: &'static str, title: &'static str, rules: &'static [Requirement]) -> Section {
    Section { id, title, rules }
}

impl Requirement {
    const fn by(self, by: &'static [&'static str]) -> Self {
        Self { by, ..self }
    }

    const fn refuses(self, codes: &'static [&'static str]) -> Self {
        Self { codes, ..self }
    }

    const fn held_by(self, tests: &'static [&'static str]) -> Self {
        Self { tests, ..self }
    }

    const fn open(self, why: &'static str) -> Self {
        Self { open: Some(why), ..self }
    }
}

/// All rules, in the order of the documents.
pub fn all() -> impl Iterator<Item = &'static Requirement> {
    DOCUMENTS.iter().flat_map(|document| document.sections).flat_map(|section| section.rules)
}

/// Whether an id that is cited names a rule (`H-4.2`) or a section (`H-4`, `P-3`).
#[must_use]
pub fn resolves(id: &str) -> bool {
    let sections = || DOCUMENTS.iter().flat_map(|document| document.sections);
    let is_in = |section: &Section| {
        let below = section.id.strip_prefix(id);
        below.is_some_and(|rest| rest.is_empty() || rest.starts_with('.'))
    };
    sections().any(is_in) || all().any(|rule| rule.id == id)
}

/// The text of docs/requirements.md.
#[must_use]
pub fn render() -> String {
    let open = all().filter(|rule| rule.open.is_some()).count();
    let count = all().count();
    let mut text = format!(
        "<!-- Written by `cargo xtask docs`. Do not edit. -->\n\n# Requirements\n\n\
        Four documents say what this tool must do. This page has each of their rules, in our own \
        words, with the command that enforces it, the codes it refuses with, and the tests that \
        hold it. Code and other pages cite a rule by its id.\n\n\
        - An id is the letter of the document, the section and a number: `H-4.2`. `P-3.0` is the \
        part of section 3 that comes before `P-3.1`. Lists of references have no ids.\n\
        - A rule with a code refuses. A rule without one prints, records or measures.\n\
        - **Open** says what no test holds, or no tool can decide.\n\
        - `cargo xtask explain CODE` names the rules of a code. A code whose source is `own` \
        comes from no document.\n\n\
        {count} rules, {open} of them open in whole or in part.\n\n\
        | ids | document | about | rules | open |\n| --- | --- | --- | --- | --- |\n"
    );
    for document in DOCUMENTS {
        let rules = || document.sections.iter().flat_map(|section| section.rules);
        let open = rules().filter(|rule| rule.open.is_some()).count();
        text.push_str(&format!(
            "| `{}-` | {} | {} | {} | {open} |\n",
            document.letter,
            document.title,
            document.about,
            rules().count()
        ));
    }
    for document in DOCUMENTS {
        text.push_str(&format!("\n## {}\n", document.title));
        for section in document.sections {
            text.push_str(&format!("\n### {} {}\n\n", section.id, section.title));
            text.push_str("| id | rule | enforced by | refuses with | held by |\n");
            text.push_str("| --- | --- | --- | --- | --- |\n");
            text.extend(section.rules.iter().map(row));
        }
    }
    text
}

fn row(rule: &Requirement) -> String {
    let by = |by: &&str| match by.strip_prefix("gate ") {
        Some(gate) => gate.to_owned(),
        None => format!("`{by}`"),
    };
    let code = |text: &&str| format!("`{text}`");
    let mut held: Vec<String> = rule.tests.iter().map(code).collect();
    held.extend(rule.open.map(|why| format!("**Open**: {why}")));
    let cells = [
        rule.id.to_owned(),
        rule.rule.to_owned(),
        rule.by.iter().map(by).collect::<Vec<_>>().join(", "),
        rule.codes.iter().map(code).collect::<Vec<_>>().join(", "),
        held.join("<br>"),
    ];
    let cells = cells.map(|cell| cell.replace('|', "\\|"));
    format!("| {} |\n", cells.join(" | "))
}

/// The documents, in the order in which they were given.
pub const DOCUMENTS: &[Document] = &[
    Document {
        letter: "P",
        title: "Execution playbook",
        about: "How a programme turns an approved backlog into cycles, pull requests, evidence and releases.",
        sections: &[
            section("P-1", "The programme", P_1),
            section("P-2", "Aim", P_2),
            section("P-3.0", "Cycles", P_3_0),
            section("P-3.1", "Meetings of a cycle", P_3_1),
            section("P-3.2", "Limits on what is under way", P_3_2),
            section("P-4", "The way of a story", P_4),
            section("P-5", "Branches, pull requests, checks, merges, releases", P_5),
            section("P-6.0", "Severities: what is done, who is asked, by when", P_6_0),
            section("P-6.1", "Blocks", P_6_1),
            section("P-6.2", "What escalates at once", P_6_2),
            section("P-7.0", "Records and the gates that ask for them", P_7_0),
            section("P-7.1", "When to record", P_7_1),
            section("P-7.2", "The least evidence of a story", P_7_2),
        ],
    },
    Document {
        letter: "Z",
        title: "P0 execution plan",
        about: "How one phase delivers its fifteen P0 stories in three waves.",
        sections: &[
            section("Z-1", "The phase", Z_1),
            section("Z-2", "Aim", Z_2),
            section("Z-3", "Scope", Z_3),
            section("Z-4", "Order of the waves", Z_4),
            section("Z-5", "The way of a story", Z_5),
            section("Z-6.1", "The gate of entry", Z_6_1),
            section("Z-6.2", "The gate of the merge", Z_6_2),
            section("Z-6.3", "The gate of a wave", Z_6_3),
            section("Z-7", "The least evidence of a story", Z_7),
            section("Z-8", "Risks of the phase", Z_8),
            section("Z-9", "When the phase is done", Z_9),
        ],
    },
    Document {
        letter: "H",
        title: "Agent harness",
        about: "How a coding agent works, proves its patch, and is reviewed.",
        sections: &[
            section("H-0", "Principles", H_0),
            section("H-1.1", "States of the agent's loop", H_1_1),
            section("H-1.2", "What goes in", H_1_2),
            section("H-1.3", "What comes out", H_1_3),
            section("H-1.4", "Telemetry in the body", H_1_4),
            section("H-1.5", "Exits", H_1_5),
            section("H-2", "Plan.json", H_2),
            section("H-3.1", "Runs on the server", H_3_1),
            section("H-3.2", "Artifacts of the runs", H_3_2),
            section("H-3.3", "The ruleset", H_3_3),
            section("H-4", "Three runs, and the decision", H_4),
            section("H-5", "Risks of coding agents, and their controls", H_5),
            section("H-6", "The reviewer's rubric", H_6),
            section("H-7", "The body of the pull request", H_7),
            section("H-8.1", "Triage", H_8_1),
            section("H-8.2", "Target times", H_8_2),
            section("H-8.3", "Rolling back", H_8_3),
            section("H-9", "What can be traced", H_9),
            section("H-11", "When the harness is done", H_11),
        ],
    },
    Document {
        letter: "S",
        title: "SRE runbook",
        about: "How DevOps and SRE take a platform through twelve sprints to its release.",
        sections: &[
            section("S-0", "Purpose", S_0),
            section("S-1", "Execution rules", S_1),
            section("S-2", "Features and the sprints of each", S_2),
            section("S-3", "Sprints and their gates", S_3),
            section("S-4.1", "First phase: sprint 00", S_4_1),
            section("S-4.2", "Second phase: sprint 01", S_4_2),
            section("S-5", "Tracking", S_5),
            section("S-6", "Checklists prepared for each sprint", S_6),
        ],
    },
];

const P_1: &[Requirement] = &[rule("P-1.1", "A programme names its project and who owns it.")
    .by(&["policy check"])
    .refuses(&["policy-missing"])
    .held_by(&[
        "tests/cases/examples.rs::every_example_passes_policy_check_without_findings",
        "tests/cases/policies_whole.rs::every_problem_of_every_file_is_reported_in_one_go",
    ])];

const P_2: &[Requirement] = &[
    rule("P-2.1", "The approved backlog is delivered in cycles that start, end and are decided on.")
        .by(&["cycle plan", "cycle close"])
        .held_by(&[
            "tests/cases/at_length/scenarios/koraos.rs::koraos_from_its_first_planning_to_its_beta_gate",
        ]),
    rule("P-2.2", "The same meetings and controls hold for every wave of the programme, and what was agreed as a guardrail stays as it is.")
        .by(&["filemap check", "cycle plan"])
        .refuses(&["guardrail-frozen"])
        .held_by(&[
            "tests/cases/red_team.rs::no_path_slips_past",
            "tests/cases/at_length/scenarios/koraos.rs::koraos_from_its_first_planning_to_its_beta_gate",
        ])
        .open("Waves 4 to 7 of the KoraOS example have no story yet: the documents name none."),
    rule("P-2.3", "Delivery goes one way: a story, its pull request, its evidence, the gate of its cycle or wave, the gate of the release.")
        .by(&["story start", "pr merge-check", "wave gate", "release rc"])
        .refuses(&["release-orr"])
        .held_by(&[
            "tests/cases/at_length/scenarios/koraos.rs::koraos_from_its_first_planning_to_its_beta_gate",
            "tests/cases/at_length/scenarios/platform.rs::the_platform_from_its_architecture_to_its_release",
        ]),
];

const P_3_0: &[Requirement] = &[
    rule("P-3.0.1", "Cycle C-01 runs from 11 to 17 February 2026, finishes wave O-01, begins O-02, and ends with O-01 merged and green, its evidence there and no critical risk open.")
        .by(&["cycle status", "cycle close", "wave gate"])
        .refuses(&["cycle-not-running", "cycle-open"])
        .held_by(&[
            "tests/cases/at_length/scenarios/koraos.rs::koraos_from_its_first_planning_to_its_beta_gate",
        ]),
    rule("P-3.0.2", "Cycle C-02 runs from 18 to 24 February 2026, finishes O-02 and O-03, and readies the first three RB items once the PO approved them.")
        .by(&["cycle status", "cycle close", "approve story"])
        .refuses(&["cycle-not-running", "cycle-open", "story-approval"])
        .held_by(&[
            "tests/cases/at_length/scenarios/koraos.rs::koraos_from_its_first_planning_to_its_beta_gate",
        ]),
    rule("P-3.0.3", "Cycle C-03 runs from 25 to 28 February 2026, runs the restore drill and decides the Beta gate.")
        .by(&["wave gate", "cycle close"])
        .refuses(&["cycle-not-running", "cycle-open", "wave-drill"])
        .held_by(&[
            "tests/cases/at_length/scenarios/koraos.rs::koraos_from_its_first_planning_to_its_beta_gate",
            "xtask/crates/delivery/src/judge/backlog/tests/gates.rs::a_gate_that_wants_a_drill_wants_it_passed",
        ]),
    rule("P-3.0.4", "Every cycle has an id, a first and a last day, a scope, owners and exit criteria.")
        .by(&["policy check", "cycle plan"])
        .held_by(&[
            "xtask/crates/programme/src/calendar/tests.rs::each_slip_is_reported_at_its_line",
            "tests/cases/delivery/cycles.rs::the_agenda_and_its_calendar_file",
        ]),
    rule("P-3.0.5", "No critical risk is without an owner and a mitigation when a cycle's work is let through.")
        .by(&["wave gate", "handoff"])
        .refuses(&["risk-unowned"])
        .held_by(&[
            "tests/cases/at_length/scenarios/koraos.rs::koraos_from_its_first_planning_to_its_beta_gate",
            "xtask/crates/delivery/src/judge/backlog/tests/gates.rs::the_gate_of_a_wave_wants_everything",
        ]),
];

const P_3_1: &[Requirement] = &[
    rule("P-3.1.1", "The cycle begins with 60 minutes of planning: pick stories that are ready, confirm dependencies and owners.")
        .by(&["cycle plan", "story list"])
        .held_by(&[
            "tests/cases/delivery/cycles.rs::the_agenda_and_its_calendar_file",
            "xtask/crates/delivery/src/judge/calendar/tests.rs::days_of_rites",
        ])
        .open("The agenda is printed; that the meeting took place is not recorded."),
    rule("P-3.1.2", "Every later working day has a 15-minute sync: progress of each story, what stops it, clocks and gates at risk.")
        .by(&["cycle plan", "cycle status", "sla"])
        .held_by(&[
            "tests/cases/delivery/cycles.rs::the_agenda_and_its_calendar_file",
            "xtask/crates/delivery/src/judge/calendar/tests.rs::days_of_rites",
        ])
        .open("The agenda is printed; that the meeting took place is not recorded."),
    rule("P-3.1.3", "Three times a week, 30 minutes go over risks: blocks, severities, triggers, who is asked.")
        .by(&["cycle plan", "sla", "risk list"])
        .held_by(&[
            "tests/cases/delivery/cycles.rs::the_agenda_and_its_calendar_file",
            "xtask/crates/delivery/src/judge/calendar/tests.rs::days_of_rites",
        ])
        .open("The agenda is printed; that the meeting took place is not recorded."),
    rule("P-3.1.4", "The day before the end, 45 minutes go over the evidence of each story and of the wave.")
        .by(&["cycle plan", "evidence check"])
        .held_by(&[
            "tests/cases/delivery/cycles.rs::the_agenda_and_its_calendar_file",
            "xtask/crates/delivery/src/judge/calendar/tests.rs::days_of_rites",
        ])
        .open("The agenda is printed; that the meeting took place is not recorded."),
    rule("P-3.1.5", "The last day has a 60-minute review: publish the status, record what was learnt, set the limit for the next cycle.")
        .by(&["cycle plan", "cycle status", "cycle close"])
        .refuses(&["cycle-running"])
        .held_by(&[
            "tests/cases/delivery/cycles.rs::the_status_and_the_end_of_a_cycle",
            "tests/cases/delivery/cycles.rs::the_agenda_and_its_calendar_file",
        ]),
];

const P_3_2: &[Requirement] = &[
    rule("P-3.2.1", "At most five stories of a wave are under way in a cycle.")
        .by(&["story start"])
        .refuses(&["story-wip"])
        .held_by(&[
            "xtask/crates/delivery/src/judge/backlog/tests/gates.rs::the_sixth_story_of_a_wave_is_refused",
            "tests/cases/stories.rs::a_story_is_started_once_and_within_the_limit",
        ]),
    rule("P-3.2.2", "A story starts only when there is room for it and everything that it depends on is merged.")
        .by(&["story start"])
        .refuses(&["story-dependency", "story-overlap"])
        .held_by(&[
            "xtask/crates/delivery/src/judge/backlog/tests/gates.rs::each_reason_not_to_start_has_its_code_and_place",
            "xtask/crates/delivery/src/judge/backlog/tests/mod.rs::stories_whose_maps_meet_are_reported",
        ]),
    rule("P-3.2.3", "An item that waits for the PO starts only after a formal approval.")
        .by(&["story start", "approve story"])
        .refuses(&["story-approval", "decision-void"])
        .held_by(&[
            "tests/cases/story_gates.rs::what_is_pending_waits_for_a_signed_approval",
            "xtask/crates/delivery/src/judge/backlog/tests/gates.rs::an_approval_of_a_story_changes_something_or_is_refused",
        ]),
];

const P_4: &[Requirement] = &[
    rule("P-4.1", "Check the entry first: the story is ready, its dependencies are merged, somebody owns it.")
        .by(&["story start"])
        .refuses(&["story-unknown", "story-state", "story-owner", "story-dependency"])
        .held_by(&[
            "xtask/crates/delivery/src/judge/backlog/tests/gates.rs::each_reason_not_to_start_has_its_code_and_place",
        ]),
    rule("P-4.2", "Implement the least that fulfils the story's contract.")
        .by(&["review"])
        .open("No program can tell how little is enough: the reviewer decides. The contract must exist (S-1.2)."),
    rule("P-4.3", "Run every mandatory test and check.")
        .by(&["gates run", "orr"])
        .refuses(&["gate-failed", "test-failed"])
        .held_by(&[
            "xtask/crates/orr/src/judge/decision.rs::one_red_gate_in_one_run_is_cec_20_and_not_divergence",
            "tests/cases/outcomes_tests.rs::a_test_that_fails_in_one_run_is_named_with_its_run",
        ]),
    rule("P-4.4", "Leave evidence of what the story does and how it runs.")
        .by(&["evidence new", "evidence check"])
        .refuses(&["evidence-missing"])
        .held_by(&[
            "tests/cases/delivery/evidence.rs::evidence_is_laid_out_checked_and_packed",
            "xtask/crates/documents/src/judge/tests.rs::what_is_no_evidence",
        ]),
    rule("P-4.5", "Open the pull request with the required check green.")
        .by(&["pr open", "pr merge-check"])
        .refuses(&["check-not-green", "check-missing"])
        .held_by(&[
            "tests/cases/pr_open.rs::only_what_passed_is_opened",
            "xtask/crates/pull/src/judge/merge/tests/checks_table.rs::only_success_of_the_right_app_on_this_commit_is_green",
        ]),
    rule("P-4.6", "Review the risks that stay (critical, high, medium) before the merge.")
        .by(&["pr-body", "pr merge-check"])
        .refuses(&["story-notes", "risk-open"])
        .held_by(&[
            "xtask/crates/patch/src/judge/pr_body/tests/story.rs::notes_tell_everything_that_is_missing",
            "tests/cases/pr_merge_stops.rs::a_p0_or_a_critical_risk_stops_merging_until_somebody_signed_for_its_end",
        ]),
    rule("P-4.7", "When a story ends, bring the status of its cycle and its runbook up to date.")
        .by(&["cycle status", "evidence check"])
        .refuses(&["evidence-missing"])
        .held_by(&[
            "tests/cases/delivery/cycles.rs::the_status_and_the_end_of_a_cycle",
            "tests/cases/delivery/evidence.rs::evidence_is_laid_out_checked_and_packed",
        ]),
    rule("P-4.8", "State `ready_for_implementation`: nobody began it.")
        .by(&["story list", "story show"])
        .refuses(&["story-state"])
        .held_by(&[
            "tests/cases/stories.rs::a_list_says_why_and_tells_two_branches_and_a_renamed_one",
        ]),
    rule("P-4.9", "State `in_progress`: it has a branch.")
        .by(&["story list", "story start"])
        .refuses(&["story-state"])
        .held_by(&[
            "xtask/crates/delivery/src/judge/backlog/tests/mod.rs::branches_make_a_story_in_progress_and_are_reported_where_they_confuse",
        ]),
    rule("P-4.10", "State `ready_for_pr`: its evidence is complete.")
        .by(&["story ready"])
        .refuses(&["story-state"])
        .held_by(&[
            "xtask/crates/delivery/src/judge/backlog/tests/mod.rs::whole_evidence_makes_a_story_ready_for_its_pull_request",
            "tests/cases/story_gates.rs::evidence_on_its_branch_makes_a_story_ready",
        ]),
    rule("P-4.11", "State `merged`: it is on the default branch and was not reverted.")
        .by(&["story list", "story show"])
        .refuses(&["story-state"])
        .held_by(&[
            "tests/cases/stories.rs::states_follow_from_merges_squashes_rebases_and_reverts",
            "xtask/crates/delivery/src/judge/backlog/tests/mod.rs::a_story_lands_by_merge_squash_or_rebase_until_it_is_reverted",
        ]),
    rule("P-4.12", "State `blocked`: with an owner, a trigger that ends it and an expected time.")
        .by(&["story block", "story unblock", "pr merge-check"])
        .refuses(&["story-blocked"])
        .held_by(&[
            "tests/cases/story_gates.rs::a_block_is_recorded_shown_and_lifted",
            "xtask/crates/delivery/src/judge/backlog/tests/mod.rs::a_block_stops_whatever_is_not_merged",
        ]),
];

const P_5: &[Requirement] = &[
    rule("P-5.1", "A story's branch is `feature/{story-id}-{slug}`, a critical incident's is `hotfix/{id}-{slug}`; the pull request refers to it.")
        .by(&["branch check", "branch new", "story start"])
        .refuses(&["branch-name", "branch-exists", "story-branches", "story-branch-name"])
        .held_by(&[
            "xtask/crates/orr/src/judge/branch/tests.rs::good_names_are_split_by_their_ids",
            "xtask/crates/orr/src/judge/branch/tests.rs::bad_names_are_refused_for_their_reason",
            "tests/cases/branches.rs::a_bad_name_is_reported_with_one_that_would_do",
            "tests/cases/branches.rs::a_story_gets_a_branch_at_the_base",
            "tests/cases/stories.rs::a_list_says_why_and_tells_two_branches_and_a_renamed_one",
        ]),
    rule("P-5.2", "The pull request names its story, how it is ready and done, the risks that stay, links to evidence, and what becomes of the runbook.")
        .by(&["pr-body", "pr verify", "pr merge-check"])
        .refuses(&["story-notes", "pull-story", "CEC-50"])
        .held_by(&[
            "xtask/crates/patch/src/judge/pr_body/tests/story.rs::the_story_stands_below_the_checklist",
            "xtask/crates/patch/src/judge/pr_body/tests/story.rs::notes_tell_everything_that_is_missing",
            "tests/cases/pr_body.rs::a_story_has_its_section_and_a_risky_one_its_way_back",
            "tests/cases/pr_merge_record.rs::incidents_and_the_backlog_have_their_say",
        ]),
    rule("P-5.3", "The required check has lint, unit and integration tests, a smoke test of the runtime and security checks, all green.")
        .by(&["orr", "rulesets check", "pr merge-check"])
        .refuses(&["check-missing", "check-not-green"])
        .held_by(&[
            "xtask/crates/pull/src/judge/merge/tests/checks_table.rs::only_success_of_the_right_app_on_this_commit_is_green",
            "tests/cases/examples.rs::every_example_passes_policy_check_without_findings",
            "xtask/crates/pull/src/judge/rulesets/live/tests/mod.rs::a_server_that_enforces_everything_proves_every_line",
            "xtask/crates/orr/src/judge/workflow/combined.rs::one_job_stands_for_every_gate",
        ]),
    rule("P-5.4", "Merge only into `main`, only after green checks and the approvals that are demanded; nobody goes round this by hand, and the history of merges can be audited.")
        .by(&["pr merge-check", "rulesets check", "audit"])
        .refuses(&[
            "NO_MERGE", "pull-unready", "check-missing", "check-not-green", "check-wrong-app",
            "changes-requested", "maker-unknown", "approval-own", "ruleset-bypass", "audit-direct",
            "audit-bypass", "audit-forced", "audit-revert",
        ])
        .held_by(&[
            "xtask/crates/pull/src/judge/merge/tests/snapshot_rows.rs::each_fact_that_is_otherwise_refuses_with_its_code",
            "xtask/crates/pull/src/judge/merge/tests/approvals_table.rs::an_approval_is_of_this_commit_and_of_somebody_else",
            "tests/cases/rulesets.rs::each_way_not_to_enforce_it_has_its_code",
            "tests/cases/audit.rs::what_came_by_a_pull_request_is_proven_and_the_rest_named",
            "xtask/crates/pull/src/judge/audit/tests/rows.rs::one_thing_missing_is_reported",
        ]),
    rule("P-5.5", "A candidate or release is an immutable artifact, named by its commit and tag; nothing is deployed from a branch, and each deploy is recorded with its tag and result.")
        .by(&["release rc", "release ga", "release verify", "release log deploy"])
        .refuses(&[
            "release-sha", "release-commit", "release-digest", "release-tag-exists",
            "release-tag-light", "release-rc-missing", "release-rc-overtaken", "release-push",
            "release-moved", "release-in-the-way", "release-asset", "release-mutable",
            "release-absent", "release-message", "release-signature", "release-entry",
            "release-pin", "release-deploy", "release-environment", "tags-unprotected",
        ])
        .held_by(&[
            "xtask/crates/release/src/judge/tests/refusals.rs::each_of_them_is_refused_by_its_code_and_says_what_to_do",
            "xtask/crates/release/src/judge/tests/published.rs::what_is_not_so_is_refused_by_its_code",
            "xtask/crates/release/src/judge/tests/published.rs::only_releases_are_deployed_and_only_where_they_may",
            "xtask/crates/release/src/judge/tests/refusals.rs::only_a_full_commit_id_is_one",
            "tests/cases/release.rs::what_is_wrong_in_a_world_is_refused_with_its_code",
        ]),
    rule("P-5.6", "While a critical risk is open, the pull requests that it bears on are not merged.")
        .by(&["pr merge-check", "release rc"])
        .refuses(&["NO_MERGE", "risk-open", "release-risk"])
        .held_by(&[
            "tests/cases/pr_merge_stops.rs::a_p0_or_a_critical_risk_stops_merging_until_somebody_signed_for_its_end",
            "tests/cases/at_length/scenarios/stops.rs::merges_stop_and_go_on_as_the_documents_say",
            "xtask/crates/release/src/judge/tests/refusals.rs::each_of_them_is_refused_by_its_code_and_says_what_to_do",
        ]),
    rule("P-5.7", "Without the least evidence a pull request is not merged.")
        .by(&["pr merge-check"])
        .refuses(&["NO_MERGE", "evidence-missing"])
        .held_by(&[
            "xtask/crates/pull/src/judge/merge/tests/snapshot_rows.rs::each_fact_that_is_otherwise_refuses_with_its_code",
        ]),
    rule("P-5.8", "A change of owners or thresholds waits for the recorded approval of the PO or PM.")
        .by(&["filemap check", "approve change", "pr merge-check"])
        .refuses(&[
            "approval-missing", "approval-own", "decision-void", "ledger-unsigned", "ledger-signature",
            "ledger-signer", "ledger-role", "ledger-key", "release-approval",
        ])
        .held_by(&[
            "tests/cases/approve.rs::an_approval_of_this_content_lifts_the_demand",
            "tests/cases/approve.rs::what_does_not_count",
            "tests/cases/approve.rs::each_approval_changes_what_the_next_command_says",
            "tests/cases/approve.rs::nobody_approves_what_lets_them_decide_more",
            "xtask/crates/programme/src/powers.rs::who_may_decide_more_is_named_with_what",
            "xtask/crates/pull/src/judge/merge/tests/demands_table.rs::a_change_of_the_rules_needs_a_role_even_where_no_rule_names_one",
            "xtask/crates/ledger/src/tests.rs::what_is_wrong_is_reported_by_code_and_place",
            "tests/cases/ledger.rs::a_signature_that_does_not_hold_is_reported_by_its_line",
        ]),
];

const P_6_0: &[Requirement] = &[
    rule("P-6.0.1", "Critical: freeze the merges of the wave that is hit.")
        .by(&["pr merge-check", "release rc"])
        .refuses(&["merge-frozen", "risk-open", "release-incident"])
        .held_by(&[
            "xtask/crates/pull/src/judge/merge/tests/incidents_table.rs::merging_stops_and_goes_on_when_it_must",
            "tests/cases/pr_merge_stops.rs::a_p0_or_a_critical_risk_stops_merging_until_somebody_signed_for_its_end",
            "tests/cases/pr_merge_stops.rs::what_another_clone_records_stops_the_merge_at_once",
            "tests/cases/at_length/scenarios/stops.rs::merges_stop_and_go_on_as_the_documents_say",
        ]),
    rule("P-6.0.2", "Critical: switch to safe mode or degrade, where that applies.")
        .by(&["incident open"])
        .held_by(&["tests/cases/risks/incidents.rs::a_p0_is_answered_step_by_step"])
        .open("The action is printed; the running system is not this tool's."),
    rule("P-6.0.3", "Critical: open a P0 incident.")
        .by(&["incident open", "risk add"])
        .held_by(&[
            "tests/cases/risks/incidents.rs::a_p0_is_answered_step_by_step",
            "tests/cases/risks/recorded.rs::a_critical_risk_leads_to_its_incident",
        ]),
    rule("P-6.0.4", "Critical: ask superadmin, then devops on call, then the architect, then PM or PO.")
        .by(&["sla"])
        .refuses(&["rota-gap"])
        .held_by(&[
            "xtask/crates/risk/src/judge/clocks/tests/escalations.rs::each_violated_window_is_one_level_and_the_rota_says_who",
        ]),
    rule("P-6.0.5", "Critical: acknowledged in 5 minutes, contained in 15, recovered in 60.")
        .by(&["sla"])
        .refuses(&["sla-violated", "sla-unseen", "sla-reported-late"])
        .held_by(&[
            "xtask/crates/risk/src/judge/clocks/tests/mod.rs::the_last_second_is_in_time_and_the_next_is_not",
            "xtask/crates/risk/src/judge/clocks/tests/matters.rs::each_step_stops_its_clock_and_those_before",
            "tests/cases/risks/incidents.rs::a_p0_is_answered_step_by_step",
        ]),
    rule("P-6.0.6", "High: block the story or pull request that is hit.")
        .by(&["story block", "pr merge-check"])
        .refuses(&["story-blocked", "merge-frozen"])
        .held_by(&[
            "tests/cases/story_gates.rs::a_block_is_recorded_shown_and_lifted",
            "xtask/crates/delivery/src/judge/backlog/tests/mod.rs::a_block_stops_whatever_is_not_merged",
            "xtask/crates/pull/src/judge/merge/tests/incidents_table.rs::merging_stops_and_goes_on_when_it_must",
            "tests/cases/story_gates.rs::today_says_what_matters_and_what_can_start",
        ]),
    rule("P-6.0.7", "High: apply an operational workaround.")
        .by(&["incident open"])
        .open("The action is printed; whether it was done is for people to see."),
    rule("P-6.0.8", "High: put the correction first in the cycle that runs.")
        .by(&["cycle plan"])
        .open("Nothing orders the stories of a cycle by risk: people do."),
    rule("P-6.0.9", "High: ask the tech lead, then QA, then devops, then the sm.")
        .by(&["sla"])
        .refuses(&["rota-gap"])
        .held_by(&[
            "xtask/crates/risk/src/judge/clocks/tests/escalations.rs::each_violated_window_is_one_level_and_the_rota_says_who",
        ]),
    rule("P-6.0.10", "High: acknowledged in 15 minutes, contained in 60, corrected in 72 hours.")
        .by(&["sla"])
        .refuses(&["sla-violated", "sla-unseen", "sla-reported-late"])
        .held_by(&[
            "tests/cases/risks/recorded.rs::a_blocked_story_has_its_clocks",
            "xtask/crates/risk/src/judge/clocks/tests/mod.rs::the_last_second_is_in_time_and_the_next_is_not",
        ]),
    rule("P-6.0.11", "Medium: record the risk, who owns it and by when.")
        .by(&["risk add", "risk update"])
        .held_by(&["tests/cases/risks/recorded.rs::a_risk_is_added_updated_and_closed"]),
    rule("P-6.0.12", "Medium: go on, and watch more closely.")
        .by(&["risk list", "sla"])
        .held_by(&[
            "tests/cases/risks/recorded.rs::a_risk_is_added_updated_and_closed",
            "xtask/crates/pull/src/judge/merge/tests/incidents_table.rs::merging_stops_and_goes_on_when_it_must",
        ])
        .open("Merges go on, and clocks run; nothing reports how closely somebody watches."),
    rule("P-6.0.13", "Medium: ask the story's owner, then the sm, then the PO.")
        .by(&["sla"])
        .refuses(&["rota-gap"])
        .held_by(&[
            "xtask/crates/risk/src/judge/clocks/tests/escalations.rs::each_violated_window_is_one_level_and_the_rota_says_who",
        ]),
    rule("P-6.0.14", "Medium: acknowledged in 4 working hours, corrected in 14 days.")
        .by(&["sla"])
        .refuses(&["sla-violated", "sla-unseen", "sla-reported-late"])
        .held_by(&[
            "xtask/crates/risk/src/judge/clocks/tests/mod.rs::windows_in_office_hours",
            "xtask/crates/risk/src/judge/clocks/tests/mod.rs::windows_over_a_change_of_the_clock",
            "xtask/crates/risk/src/judge/clocks/tests/properties.rs::business_time_never_ends_outside_of_work",
        ]),
];

const P_6_1: &[Requirement] = &[
    rule("P-6.1.1", "A block is recorded with its id, cause, impact, owner, expected end and what it waits for.")
        .by(&["story block"])
        .held_by(&[
            "tests/cases/story_gates.rs::a_block_is_recorded_shown_and_lifted",
            "tests/cases/risks/recorded.rs::a_blocked_story_has_its_clocks",
        ]),
    rule("P-6.1.2", "A block has a severity, and the clocks of that severity.")
        .by(&["story block", "sla"])
        .refuses(&["sla-violated"])
        .held_by(&["tests/cases/risks/recorded.rs::a_blocked_story_has_its_clocks"]),
    rule("P-6.1.3", "Each window that is violated asks one level higher, never more.")
        .by(&["sla"])
        .refuses(&["sla-violated"])
        .held_by(&[
            "xtask/crates/risk/src/judge/clocks/tests/escalations.rs::each_violated_window_is_one_level_and_the_rota_says_who",
        ]),
    rule("P-6.1.4", "A block that outlasts a cycle means: look at the scope again, start fewer stories, order the wave anew.")
        .by(&["sla"])
        .refuses(&["replan"])
        .held_by(&[
            "tests/cases/at_length/scenarios/stops.rs::merges_stop_and_go_on_as_the_documents_say",
            "xtask/crates/risk/src/judge/clocks/tests/matters.rs::blocks_last_until_they_are_lifted",
        ]),
];

const P_6_2: &[Requirement] = &[
    rule("P-6.2.1", "A restore fails, or takes longer or loses more than was agreed.")
        .by(&["sla"])
        .refuses(&["sla-trigger", "sla-unseen"])
        .held_by(&[
            "xtask/crates/risk/src/judge/clocks/tests/trigger_table.rs::drills_are_held_against_their_times",
        ]),
    rule("P-6.2.2", "A critical finding of security is open.")
        .by(&["sla"])
        .refuses(&["sla-trigger"])
        .held_by(&[
            "xtask/crates/risk/src/judge/clocks/tests/trigger_table.rs::critical_findings_of_security_are_open_or_not",
        ]),
    rule("P-6.2.3", "The required check fails three times or more in a row, and nobody fixed it.")
        .by(&["sla"])
        .refuses(&["sla-trigger", "sla-unseen"])
        .held_by(&[
            "xtask/crates/risk/src/judge/clocks/tests/trigger_table.rs::a_check_that_fails_again_and_again",
        ]),
    rule("P-6.2.4", "Track PC-P1-01 is triggered: two P0 incidents or more in 14 days, or critical replays on three days.")
        .by(&["sla"])
        .refuses(&["sla-trigger"])
        .held_by(&[
            "xtask/crates/risk/src/judge/clocks/tests/trigger_table.rs::incidents_that_come_in_heaps",
            "xtask/crates/risk/src/judge/clocks/tests/trigger_table.rs::replays_on_days_in_a_row",
        ]),
];

const P_7_0: &[Requirement] = &[
    rule("P-7.0.1", "Every story has evidence in the evidence folder before its merge.")
        .by(&["evidence check", "pr merge-check"])
        .refuses(&["evidence-missing"])
        .held_by(&[
            "xtask/crates/pull/src/judge/merge/tests/snapshot_rows.rs::each_fact_that_is_otherwise_refuses_with_its_code",
            "tests/cases/delivery/evidence.rs::evidence_is_laid_out_checked_and_packed",
        ]),
    rule("P-7.0.2", "Every cycle has a published status at its end.")
        .by(&["cycle status", "cycle close"])
        .refuses(&["cycle-open"])
        .held_by(&["tests/cases/delivery/cycles.rs::the_status_and_the_end_of_a_cycle"]),
    rule("P-7.0.3", "Runbooks are updated where that applies, at the end of the wave.")
        .by(&["evidence check", "wave gate"])
        .refuses(&["evidence-missing", "evidence-reason"])
        .held_by(&[
            "xtask/crates/delivery/src/judge/backlog/tests/gates.rs::the_gate_of_a_wave_wants_everything",
            "xtask/crates/documents/src/judge/tests.rs::what_is_no_evidence",
        ]),
    rule("P-7.0.4", "Every wave has an evidence pack at its gate, and it is part of the cycle's.")
        .by(&["evidence pack", "wave gate"])
        .refuses(&["evidence-missing"])
        .held_by(&[
            "tests/cases/delivery/evidence.rs::evidence_is_laid_out_checked_and_packed",
            "tests/cases/story_gates.rs::a_wave_opens_when_the_gate_before_it_is_passed",
        ]),
    rule("P-7.0.5", "A P0 or P1 has its record and postmortem before merges go on.")
        .by(&["incident close", "pr merge-check"])
        .refuses(&["postmortem-missing", "merge-frozen"])
        .held_by(&[
            "tests/cases/pr_merge_stops.rs::a_p0_or_a_critical_risk_stops_merging_until_somebody_signed_for_its_end",
            "tests/cases/risks/incidents.rs::a_p0_is_closed_with_its_postmortem_and_a_signature",
            "xtask/crates/risk/src/judge/clocks/postmortem.rs::a_whole_one_is_good_and_each_lack_is_reported",
        ]),
];

const P_7_1: &[Requirement] = &[
    rule("P-7.1.1", "Each day, for each story: its state, the link of its branch or pull request, the evidence so far.")
        .by(&["story list", "story show"])
        .held_by(&[
            "tests/cases/stories.rs::states_follow_from_merges_squashes_rebases_and_reverts",
            "tests/cases/stories_github.rs::the_server_says_more_and_branches_that_confuse_are_reported",
        ]),
    rule("P-7.1.2", "At the end of a cycle: what is done, pending and blocked, and the risks that stay.")
        .by(&["cycle status", "cycle close"])
        .refuses(&["cycle-open", "cycle-closed"])
        .held_by(&[
            "tests/cases/delivery/cycles.rs::the_status_and_the_end_of_a_cycle",
            "tests/cases/at_length/scenarios/koraos.rs::koraos_from_its_first_planning_to_its_beta_gate",
        ]),
    rule("P-7.1.3", "At the end of a wave: the evidence pack, and the runbooks.")
        .by(&["evidence pack", "wave gate"])
        .refuses(&["evidence-missing"])
        .held_by(&[
            "tests/cases/delivery/evidence.rs::evidence_is_laid_out_checked_and_packed",
            "xtask/crates/delivery/src/judge/backlog/tests/gates.rs::the_gate_of_a_wave_wants_everything",
        ]),
    rule("P-7.1.4", "For a release, whether beta, candidate or GA: the scorecard, the traceability matrix, and the reports on security, performance and recovery.")
        .by(&["release pre", "release rc", "release ga"])
        .refuses(&["release-report", "release-stage"])
        .held_by(&[
            "xtask/crates/release/src/judge/tests/stages.rs::a_stage_follows_the_one_before_it_and_needs_its_gates",
            "tests/cases/release.rs::a_beta_comes_before_its_candidate",
            "xtask/crates/release/src/judge/tests/refusals.rs::each_of_them_is_refused_by_its_code_and_says_what_to_do",
            "xtask/crates/release/src/judge/tests/texts.rs::stories_are_found_where_commits_name_them",
            "tests/cases/at_length/scenarios/platform.rs::the_platform_from_its_architecture_to_its_release",
        ]),
];

const P_7_2: &[Requirement] = &[
    rule("P-7.2.1", "What shows that each acceptance criterion holds, base and delta.")
        .by(&["evidence check", "story ready"])
        .refuses(&[
            "evidence-missing",
            "evidence-empty",
            "evidence-template",
            "evidence-reason",
            "evidence-link",
            "evidence-criterion",
        ])
        .held_by(&[
            "xtask/crates/documents/src/judge/tests.rs::what_is_no_evidence",
            "xtask/crates/documents/src/judge/tests.rs::what_passes",
            "xtask/crates/patch/src/judge/pr_body/tests/story.rs::notes_tell_everything_that_is_missing",
        ]),
    rule("P-7.2.2", "Logs, metrics and alerts, where they apply.")
        .by(&["evidence check", "story ready"])
        .refuses(&[
            "evidence-missing",
            "evidence-empty",
            "evidence-template",
            "evidence-reason",
            "evidence-link",
        ])
        .held_by(&[
            "xtask/crates/documents/src/judge/tests.rs::what_is_no_evidence",
            "xtask/crates/documents/src/judge/tests.rs::what_passes",
        ]),
    rule("P-7.2.3", "How it fails, degrades or falls back, where that applies.")
        .by(&["evidence check", "story ready"])
        .refuses(&[
            "evidence-missing",
            "evidence-empty",
            "evidence-template",
            "evidence-reason",
            "evidence-link",
        ])
        .held_by(&[
            "xtask/crates/documents/src/judge/tests.rs::what_is_no_evidence",
            "xtask/crates/documents/src/judge/tests.rs::what_passes",
        ]),
    rule("P-7.2.4", "The runbook that changed, or why none had to.")
        .by(&["evidence check", "pr-body"])
        .refuses(&["evidence-missing", "evidence-reason", "evidence-link", "story-notes"])
        .held_by(&[
            "xtask/crates/documents/src/judge/tests.rs::what_is_no_evidence",
            "xtask/crates/documents/src/judge/tests.rs::what_passes",
            "xtask/crates/patch/src/judge/pr_body/tests/story.rs::notes_tell_everything_that_is_missing",
        ]),
    rule("P-7.2.5", "The link of a pull request whose required check is green.")
        .by(&["evidence check"])
        .refuses(&["evidence-pull"])
        .held_by(&[
            "tests/cases/delivery/evidence.rs::evidence_is_laid_out_checked_and_packed",
            "xtask/crates/documents/src/judge/tests.rs::good_evidence_is_good",
        ]),
];

const Z_1: &[Requirement] = &[rule("Z-1.1", "The phase has owners: engineering and the PO.")
    .by(&["policy check"])
    .held_by(&["tests/cases/examples.rs::every_example_passes_policy_check_without_findings"])];

const Z_2: &[Requirement] = &[
    rule("Z-2.1", "The fifteen approved P0 stories are delivered in waves O1 to O3, with evidence of their acceptance.")
        .by(&["story list", "wave gate", "handoff"])
        .held_by(&[
            "tests/cases/at_length/scenarios/koraos.rs::koraos_from_its_first_planning_to_its_beta_gate",
        ]),
];

const Z_3: &[Requirement] = &[
    rule("Z-3.1", "Wave O1: concurrency, replay, entry into safe mode.")
        .by(&["story list", "wave status"])
        .refuses(&["wave-story"])
        .held_by(&[
            "tests/cases/at_length/scenarios/koraos.rs::koraos_from_its_first_planning_to_its_beta_gate",
        ]),
    rule("Z-3.2", "Wave O2: recovery, observability, alerts, fallback.")
        .by(&["story list", "wave status"])
        .refuses(&["wave-story"])
        .held_by(&[
            "tests/cases/at_length/scenarios/koraos.rs::koraos_from_its_first_planning_to_its_beta_gate",
        ]),
    rule("Z-3.3", "Wave O3: the evidence pack and the resilience drill.")
        .by(&["story list", "wave status"])
        .refuses(&["wave-story", "wave-drill"])
        .held_by(&[
            "tests/cases/at_length/scenarios/koraos.rs::koraos_from_its_first_planning_to_its_beta_gate",
        ]),
    rule("Z-3.4", "Evidence is recorded for each story and each wave.")
        .by(&["evidence check", "evidence pack"])
        .refuses(&["evidence-missing"])
        .held_by(&["tests/cases/delivery/evidence.rs::evidence_is_laid_out_checked_and_packed"]),
    rule("Z-3.5", "Decisions D-AR-001 to 007 are not reopened.")
        .by(&["story start"])
        .refuses(&["story-frozen"])
        .held_by(&[
            "xtask/crates/delivery/src/judge/backlog/tests/gates.rs::each_reason_not_to_start_has_its_code_and_place",
        ]),
    rule("Z-3.6", "The high-availability track is deferred until its trigger has come.")
        .by(&["story start", "approve exception"])
        .refuses(&["story-deferred"])
        .held_by(&[
            "xtask/crates/delivery/src/judge/backlog/tests/gates.rs::each_reason_not_to_start_has_its_code_and_place",
            "xtask/crates/delivery/src/judge/backlog/tests/gates.rs::what_is_recorded_lifts_a_refusal_until_it_ends",
        ]),
];

const Z_4: &[Requirement] = &[
    rule("Z-4.1", "O1 comes first. O2 opens when O1 is green, its criteria are evidenced and nothing critical got worse.")
        .by(&["wave gate", "story start"])
        .refuses(&["wave-closed", "wave-checks", "evidence-missing"])
        .held_by(&[
            "tests/cases/story_gates.rs::a_wave_opens_when_the_gate_before_it_is_passed",
            "xtask/crates/delivery/src/judge/backlog/tests/gates.rs::the_gate_of_a_wave_wants_everything",
            "tests/cases/at_length/scenarios/koraos.rs::koraos_from_its_first_planning_to_its_beta_gate",
        ]),
    rule("Z-4.2", "O3 opens when the alerts of O2 were validated and recovery is under control.")
        .by(&["wave gate", "story start"])
        .refuses(&["wave-closed", "wave-checks"])
        .held_by(&[
            "tests/cases/at_length/scenarios/koraos.rs::koraos_from_its_first_planning_to_its_beta_gate",
        ]),
    rule("Z-4.3", "O3 ends with a validated evidence pack and the resilience drill passed.")
        .by(&["wave gate"])
        .refuses(&["wave-drill"])
        .held_by(&[
            "xtask/crates/delivery/src/judge/backlog/tests/gates.rs::a_gate_that_wants_a_drill_wants_it_passed",
            "tests/cases/at_length/scenarios/koraos.rs::koraos_from_its_first_planning_to_its_beta_gate",
        ]),
];

const Z_5: &[Requirement] = &[
    rule("Z-5.1", "Each story gets a branch.")
        .by(&["story start", "branch new"])
        .refuses(&["branch-name", "story-branches"])
        .held_by(&["tests/cases/stories.rs::a_story_is_started_once_and_within_the_limit"]),
    rule("Z-5.2", "Implement the least that fulfils the story's contract.")
        .by(&["review"])
        .open("No program can tell how little is enough: the reviewer decides. The contract must exist (S-1.2)."),
    rule("Z-5.3", "Validate the base criteria and the delta criteria.")
        .by(&["evidence check", "pr-body"])
        .refuses(&["evidence-missing", "story-notes"])
        .held_by(&[
            "xtask/crates/patch/src/judge/pr_body/tests/story.rs::notes_tell_everything_that_is_missing",
            "xtask/crates/documents/src/judge/tests.rs::what_is_no_evidence",
        ]),
    rule("Z-5.4", "Record the evidence.")
        .by(&["evidence new", "story ready"])
        .refuses(&["evidence-missing"])
        .held_by(&["tests/cases/story_gates.rs::evidence_on_its_branch_makes_a_story_ready"]),
    rule("Z-5.5", "Open the pull request with the mandatory checks green.")
        .by(&["pr open", "pr merge-check"])
        .refuses(&["check-not-green", "check-missing"])
        .held_by(&[
            "tests/cases/pr_open.rs::only_what_passed_is_opened",
            "xtask/crates/pull/src/judge/merge/tests/checks_table.rs::only_success_of_the_right_app_on_this_commit_is_green",
        ]),
];

const Z_6_1: &[Requirement] = &[
    rule("Z-6.1.1", "The story is `ready_for_implementation`.")
        .by(&["story start"])
        .refuses(&["story-state", "story-blocked"])
        .held_by(&[
            "xtask/crates/delivery/src/judge/backlog/tests/gates.rs::each_reason_not_to_start_has_its_code_and_place",
        ]),
    rule("Z-6.1.2", "The story has an owner.")
        .by(&["story start"])
        .refuses(&["story-owner"])
        .held_by(&[
            "xtask/crates/delivery/src/judge/backlog/tests/gates.rs::each_reason_not_to_start_has_its_code_and_place",
        ]),
    rule("Z-6.1.3", "Everything that it depends on is merged.")
        .by(&["story start"])
        .refuses(&["story-dependency"])
        .held_by(&[
            "xtask/crates/delivery/src/judge/backlog/tests/gates.rs::each_reason_not_to_start_has_its_code_and_place",
        ]),
];

const Z_6_2: &[Requirement] = &[
    rule("Z-6.2.1", "The required check is green.")
        .by(&["pr merge-check"])
        .refuses(&["check-not-green", "check-missing"])
        .held_by(&[
            "xtask/crates/pull/src/judge/merge/tests/checks_table.rs::only_success_of_the_right_app_on_this_commit_is_green",
        ]),
    rule("Z-6.2.2", "The patch touches no frozen guardrail.")
        .by(&["filemap check", "orr", "pr merge-check"])
        .refuses(&["guardrail-frozen"])
        .held_by(&[
            "tests/cases/plan.rs::a_frozen_path_has_one_exit",
            "tests/cases/red_team.rs::no_path_slips_past",
            "tests/cases/filemap.rs::explain_names_the_rule_that_decides",
        ]),
    rule("Z-6.2.3", "The definition of done is filled in.")
        .by(&["pr-body", "pr merge-check"])
        .refuses(&["story-notes", "CEC-50"])
        .held_by(&[
            "xtask/crates/patch/src/judge/pr_body/tests/story.rs::notes_tell_everything_that_is_missing",
            "xtask/crates/patch/src/judge/pr_body/tests/story.rs::the_story_stands_below_the_checklist",
        ]),
];

const Z_6_3: &[Requirement] = &[
    rule("Z-6.3.1", "Every story of the wave is merged and has its evidence.")
        .by(&["wave gate"])
        .refuses(&["wave-story", "evidence-missing"])
        .held_by(&["xtask/crates/delivery/src/judge/backlog/tests/gates.rs::the_gate_of_a_wave_wants_everything"]),
    rule("Z-6.3.2", "No critical risk is without an owner and a mitigation.")
        .by(&["wave gate"])
        .refuses(&["risk-unowned"])
        .held_by(&[
            "xtask/crates/delivery/src/judge/backlog/tests/gates.rs::the_gate_of_a_wave_wants_everything",
            "tests/cases/at_length/scenarios/koraos.rs::koraos_from_its_first_planning_to_its_beta_gate",
        ]),
];

const Z_7: &[Requirement] = &[
    rule("Z-7.1", "What shows that its acceptance criteria hold.")
        .by(&["evidence check"])
        .refuses(&["evidence-missing"])
        .held_by(&["xtask/crates/documents/src/judge/tests.rs::what_is_no_evidence"]),
    rule("Z-7.2", "Logs, metrics and alerts, where they apply.")
        .by(&["evidence check"])
        .refuses(&["evidence-missing"])
        .held_by(&["xtask/crates/documents/src/judge/tests.rs::what_is_no_evidence"]),
    rule("Z-7.3", "How it behaves when something fails or degrades.")
        .by(&["evidence check"])
        .refuses(&["evidence-missing"])
        .held_by(&["xtask/crates/documents/src/judge/tests.rs::what_is_no_evidence"]),
    rule("Z-7.4", "The runbook, updated where that applies.")
        .by(&["evidence check"])
        .refuses(&["evidence-missing"])
        .held_by(&["xtask/crates/documents/src/judge/tests.rs::what_is_no_evidence"]),
];

const Z_8: &[Requirement] = &[
    rule("Z-8.1", "R-IMP-001, high: work strays from the contract. Each pull request names its story.")
        .by(&["pr-body", "pr merge-check"])
        .refuses(&["pull-story", "story-notes"])
        .held_by(&["tests/cases/pr_merge_record.rs::incidents_and_the_backlog_have_their_say"]),
    rule("Z-8.2", "R-IMP-002, high: first thresholds tire people with alerts. They change once a cycle at most, with approval.")
        .by(&["approve change", "filemap check"])
        .refuses(&["approval-missing"])
        .held_by(&["tests/cases/approve.rs::an_approval_of_this_content_lifts_the_demand"])
        .open("The approval is demanded, and recorded with its day; that there is one a cycle at most is for whoever approves."),
    rule("Z-8.3", "R-IMP-003, high: fallback or recovery fails under load. Degradation is tested first, and O3 has its drill.")
        .by(&["wave gate"])
        .refuses(&["wave-drill"])
        .held_by(&[
            "xtask/crates/delivery/src/judge/backlog/tests/gates.rs::a_gate_that_wants_a_drill_wants_it_passed",
            "tests/cases/at_length/scenarios/koraos.rs::koraos_from_its_first_planning_to_its_beta_gate",
        ]),
];

const Z_9: &[Requirement] = &[
    rule("Z-9.1", "O1 to O3 are implemented and green.")
        .by(&["handoff"])
        .refuses(&["phase-open", "wave-story", "wave-checks"])
        .held_by(&[
            "xtask/crates/delivery/src/judge/backlog/tests/gates.rs::a_phase_is_done_when_everything_of_it_is",
            "tests/cases/delivery/checklists.rs::a_phase_is_handed_over_when_it_is_done_or_in_the_open",
        ]),
    rule("Z-9.2", "The criteria of every P0 story are evidenced.")
        .by(&["handoff"])
        .refuses(&["phase-open", "evidence-missing"])
        .held_by(&[
            "xtask/crates/delivery/src/judge/backlog/tests/gates.rs::a_phase_is_done_when_everything_of_it_is",
        ]),
    rule("Z-9.3", "The runbooks are up to date.")
        .by(&["handoff"])
        .refuses(&["phase-open", "evidence-missing"])
        .held_by(&[
            "xtask/crates/delivery/src/judge/backlog/tests/gates.rs::a_phase_is_done_when_everything_of_it_is",
        ]),
    rule("Z-9.4", "A handoff says where everything stands and which risks stay.")
        .by(&["handoff"])
        .refuses(&["phase-open", "risk-unowned"])
        .held_by(&[
            "tests/cases/delivery/checklists.rs::a_phase_is_handed_over_when_it_is_done_or_in_the_open",
            "tests/cases/at_length/scenarios/koraos.rs::koraos_from_its_first_planning_to_its_beta_gate",
        ]),
];

const H_0: &[Requirement] = &[
    rule("H-0.1", "The specification, the gates and the Filemap are obeyed to the letter.")
        .by(&["filemap check", "orr"])
        .refuses(&["guardrail-frozen"])
        .held_by(&[
            "tests/cases/examples.rs::the_tests_of_the_s7_example_are_run_and_counted",
            "tests/cases/examples.rs::every_example_passes_policy_check_without_findings",
        ])
        .open("What those chapters demand beyond their summary is not known here: they are not among the documents."),
    rule("H-0.2", "No file is made or changed outside of the Filemap.")
        .by(&["filemap check"])
        .refuses(&["CEC-10"])
        .held_by(&[
            "tests/cases/filemap.rs::every_kind_of_trespass_is_reported_in_one_go",
            "tests/cases/red_team.rs::no_path_slips_past",
            "tests/cases/red_team.rs::no_link_slips_past",
            "tests/cases/red_team.rs::no_name_slips_past",
        ]),
    rule("H-0.3", "A pull request is opened only after T0 to T8 passed on the sandbox branch, three times alike.")
        .by(&["pr open", "pr-body"])
        .refuses(&["CEC-20", "CEC-50"])
        .held_by(&[
            "tests/cases/pr_open.rs::only_what_passed_is_opened",
            "tests/cases/pr_body.rs::there_is_no_body_without_a_review_that_passed",
        ]),
    rule("H-0.4", "The least telemetry stands in the body of the pull request.")
        .by(&["pr-body", "pr verify"])
        .refuses(&["CEC-50", "REFUSE-10"])
        .held_by(&[
            "xtask/crates/patch/src/judge/pr_body/fields.rs::forms_of_fields",
            "xtask/crates/patch/src/judge/pr_body/tests/mutations.rs::more_than_two_hundred_edited_bodies_are_refused_by_name_in_each_template",
        ]),
    rule("H-0.5", "A shadow run, which decides nothing, is allowed.")
        .by(&["orr"])
        .held_by(&["tests/cases/orr_github_beside.rs::a_shadow_run_decides_nothing"]),
];

const H_1_1: &[Requirement] = &[
    rule("H-1.1.1", "PLANNING: nothing is written yet.")
        .by(&["orr status"])
        .held_by(&["tests/cases/orr_github_beside.rs::where_the_loop_stands_is_reported_at_every_step"]),
    rule("H-1.1.2", "PATCHING: the patch is being written.")
        .by(&["orr status"])
        .held_by(&["tests/cases/orr_github_beside.rs::where_the_loop_stands_is_reported_at_every_step"]),
    rule("H-1.1.3", "SANDBOX_PUSH: the sandbox branch is on the server.")
        .by(&["orr status", "orr"])
        .refuses(&["push-refused"])
        .held_by(&[
            "tests/cases/orr_github_beside.rs::where_the_loop_stands_is_reported_at_every_step",
            "tests/cases/orr_github_dispatch.rs::a_branch_that_has_other_commits_there_is_not_overwritten",
        ]),
    rule("H-1.1.4", "ORR_RUN[n]: the n-th run of all gates.")
        .by(&["orr status", "orr"])
        .refuses(&["journal-wrong"])
        .held_by(&[
            "xtask/crates/orr/src/state.rs::a_journal_tells_its_states",
            "xtask/crates/orr/src/state.rs::what_the_contract_does_not_let_follow_is_reported",
        ]),
    rule("H-1.1.5", "ORR_OK?: the runs are decided on.")
        .by(&["orr status", "orr"])
        .refuses(&["journal-wrong"])
        .held_by(&[
            "xtask/crates/orr/src/state.rs::a_journal_tells_its_states",
            "xtask/crates/orr/src/state.rs::what_the_contract_does_not_let_follow_is_reported",
        ]),
    rule("H-1.1.6", "REPLAN: the runs did not pass, so the patch is planned anew.")
        .by(&["orr status"])
        .refuses(&["journal-wrong"])
        .held_by(&["xtask/crates/orr/src/state.rs::a_journal_tells_its_states"]),
    rule("H-1.1.7", "PR_OPEN: the runs passed, and the pull request is opened, once.")
        .by(&["orr status", "pr open"])
        .refuses(&["pull-edited", "pull-exists"])
        .held_by(&[
            "tests/cases/orr_github_beside.rs::where_the_loop_stands_is_reported_at_every_step",
            "tests/cases/pr_open.rs::a_pull_request_is_opened_once",
        ]),
    rule("H-1.1.8", "REVIEW: people and the server look at it.")
        .by(&["orr status", "pr verify"])
        .held_by(&["tests/cases/orr_github_beside.rs::where_the_loop_stands_is_reported_at_every_step"]),
    rule("H-1.1.9", "MERGE: it is let in.")
        .by(&["orr status", "pr merge-check"])
        .held_by(&["xtask/crates/orr/src/state.rs::a_journal_tells_its_states"]),
    rule("H-1.1.10", "REWORK: it is taken back, and a new patch begins.")
        .by(&["orr status", "pr rollback"])
        .held_by(&["tests/cases/orr_github_beside.rs::where_the_loop_stands_is_reported_at_every_step"]),
];

const H_1_2: &[Requirement] = &[
    rule("H-1.2.1", "The patch is based on the HEAD of the default branch.")
        .by(&["filemap check", "pr verify"])
        .refuses(&["CEC-60"])
        .held_by(&[
            "tests/cases/filemap.rs::a_stale_base_is_reported_beside_what_is_outside",
            "tests/cases/red_team_rules.rs::no_base_is_talked_round",
        ]),
    rule("H-1.2.2", "The three chapters (specification, gates, Filemap) are in the repository, and no patch of the sprint changes them.")
        .by(&["filemap check"])
        .refuses(&["guardrail-frozen"])
        .held_by(&[
            "tests/cases/examples.rs::every_example_passes_policy_check_without_findings",
            "tests/cases/red_team.rs::no_path_slips_past",
        ]),
    rule("H-1.2.3", "One workflow of a given name runs the gates.")
        .by(&["workflow generate", "workflow check"])
        .refuses(&["workflow-drift"])
        .held_by(&[
            "tests/cases/workflow.rs::a_workflow_is_written_once_and_refused_when_it_is_another",
            "xtask/crates/orr/src/judge/workflow/generate/tests.rs::policy_names_the_workflow_its_machines_and_its_actions",
        ]),
    rule("H-1.2.4", "The agent works on a sandbox branch whose name has the day, the time and the short SHA of its base.")
        .by(&["branch sandbox", "branch check", "orr"])
        .refuses(&["branch-name", "sandbox-branch", "pull-foreign"])
        .held_by(&[
            "tests/cases/branches.rs::a_sandbox_says_when_and_on_what",
            "tests/cases/orr_github_dispatch.rs::a_branch_that_is_no_sandbox_is_not_pushed",
            "xtask/crates/orr/src/judge/branch/tests.rs::good_names_are_split_by_their_ids",
        ]),
];

const H_1_3: &[Requirement] = &[
    rule("H-1.3.1", "One diff, a straight line of commits, with paths of the Filemap alone.")
        .by(&["filemap check"])
        .refuses(&["single-patch", "mode-changed", "CEC-10"])
        .held_by(&[
            "tests/cases/red_team_rules.rs::nothing_that_git_obeys_slips_past",
            "tests/cases/filemap.rs::every_kind_of_trespass_is_reported_in_one_go",
            "tests/cases/filemap.rs::an_honest_patch_passes",
        ]),
    rule("H-1.3.2", "Three green runs, linked.")
        .by(&["pr-body", "pr verify"])
        .refuses(&["CEC-20", "CEC-50"])
        .held_by(&[
            "tests/cases/pr_body.rs::ten_bodies_are_the_same_bytes_and_pass",
            "xtask/crates/patch/src/judge/pr_body/tests.rs::a_body_says_how_many_runs_there_were",
        ]),
    rule("H-1.3.3", "The scorecard, pasted whole.")
        .by(&["pr-body", "pr verify"])
        .refuses(&["CEC-40", "CEC-50"])
        .held_by(&[
            "tests/cases/artifacts.rs::the_scorecard_says_what_ran_and_nothing_that_varies",
            "xtask/crates/patch/src/judge/pr_body/tests/mutations.rs::more_than_two_hundred_edited_bodies_are_refused_by_name_in_each_template",
        ]),
    rule("H-1.3.4", "The evidence archive, with its SHA-256 pasted.")
        .by(&["orr", "pr-body"])
        .refuses(&["CEC-40", "CEC-50"])
        .held_by(&[
            "tests/cases/archives.rs::the_archive_holds_exactly_the_files",
            "tests/cases/artifacts.rs::the_sums_are_what_sha256sum_finds",
            "xtask/crates/patch/src/judge/pr_body/tests/mutations.rs::more_than_two_hundred_edited_bodies_are_refused_by_name_in_each_template",
        ]),
    rule("H-1.3.5", "The plan, pasted; it is in no commit.")
        .by(&["plan new", "pr-body"])
        .refuses(&["CEC-50", "plan-invalid"])
        .held_by(&[
            "tests/cases/plan.rs::the_plan_is_drafted_from_the_patch_and_passes",
            "tests/cases/plan.rs::what_is_outside_is_in_no_plan",
        ]),
];

const H_1_4: &[Requirement] = &[
    rule("H-1.4.1", "`repo_sha`: the commit of the default branch that the patch was reviewed against, 40 hex digits.")
        .by(&["pr-body", "pr verify"])
        .refuses(&["CEC-50"])
        .held_by(&[
            "xtask/crates/patch/src/judge/pr_body/fields.rs::forms_of_fields",
            "xtask/crates/pull/src/judge/claims/tests/lies.rs::each_lie_is_reported_by_its_code",
        ]),
    rule("H-1.4.2", "`branch`: the sandbox branch.")
        .by(&["pr-body", "pr verify"])
        .refuses(&["CEC-50"])
        .held_by(&[
            "xtask/crates/patch/src/judge/pr_body/fields.rs::forms_of_fields",
            "xtask/crates/pull/src/judge/claims/tests/lies.rs::each_lie_is_reported_by_its_code",
        ]),
    rule("H-1.4.3", "`run_ids`: the three runs.")
        .by(&["pr-body", "pr verify"])
        .refuses(&["CEC-50", "run-absent"])
        .held_by(&[
            "xtask/crates/patch/src/judge/pr_body/fields.rs::forms_of_fields",
            "xtask/crates/pull/src/judge/claims/tests/lies.rs::each_lie_is_reported_by_its_code",
        ]),
    rule("H-1.4.4", "`scorecard_sha256`: the digest of the scorecard.")
        .by(&["pr-body", "pr verify"])
        .refuses(&["CEC-50"])
        .held_by(&[
            "xtask/crates/patch/src/judge/pr_body/fields.rs::forms_of_fields",
            "xtask/crates/pull/src/judge/claims/tests/lies.rs::each_lie_is_reported_by_its_code",
        ]),
    rule("H-1.4.5", "`evidence_zip_sha256`: the digest of the archive.")
        .by(&["pr-body", "pr verify"])
        .refuses(&["CEC-50"])
        .held_by(&[
            "xtask/crates/patch/src/judge/pr_body/fields.rs::forms_of_fields",
            "xtask/crates/pull/src/judge/claims/tests/lies.rs::each_lie_is_reported_by_its_code",
        ]),
    rule("H-1.4.6", "`started_at`: when the review began, in RFC 3339.")
        .by(&["pr-body", "pr verify"])
        .refuses(&["CEC-50"])
        .held_by(&[
            "xtask/crates/patch/src/judge/pr_body/fields.rs::forms_of_fields",
            "xtask/crates/pull/src/judge/claims/tests/lies.rs::each_lie_is_reported_by_its_code",
        ]),
    rule("H-1.4.7", "`finished_at`: when the review ended, in RFC 3339.")
        .by(&["pr-body", "pr verify"])
        .refuses(&["CEC-50"])
        .held_by(&[
            "xtask/crates/patch/src/judge/pr_body/fields.rs::forms_of_fields",
            "xtask/crates/pull/src/judge/claims/tests/lies.rs::each_lie_is_reported_by_its_code",
        ]),
];

const H_1_5: &[Requirement] = &[
    rule("H-1.5.1", "CEC-10, filemap_violation: the patch touches a path outside of the Filemap.")
        .by(&["filemap check", "orr", "plan check", "pr verify"])
        .refuses(&["CEC-10"])
        .held_by(&[
            "tests/cases/filemap.rs::every_kind_of_trespass_is_reported_in_one_go",
            "tests/cases/decided_early.rs::a_path_outside_the_filemap_decides_before_the_first_gate",
            "tests/cases/red_team.rs::no_path_slips_past",
            "xtask/crates/findings/src/lib.rs::the_smallest_cec_exit_wins_and_policy_comes_first",
        ]),
    rule("H-1.5.2", "CEC-20, gates_fail: any gate is red in any run.")
        .by(&["orr", "pr verify"])
        .refuses(&["CEC-20", "gate-failed", "test-failed"])
        .held_by(&[
            "xtask/crates/orr/src/judge/decision.rs::one_red_gate_in_one_run_is_cec_20_and_not_divergence",
            "tests/cases/outcomes_tests.rs::a_test_that_fails_in_one_run_is_named_with_its_run",
        ]),
    rule("H-1.5.3", "CEC-30, determinism_diverge: runs differ in T4 to T6.")
        .by(&["orr", "compare"])
        .refuses(&["CEC-30"])
        .held_by(&[
            "xtask/crates/orr/src/judge/decision.rs::green_but_different_names_the_root_and_counts_what_follows",
            "tests/cases/outcomes.rs::a_time_in_the_evidence_is_reported_with_its_line",
            "tests/cases/outcomes.rs::a_set_in_hash_order_diverges",
        ]),
    rule("H-1.5.4", "CEC-40, missing_artifacts: a run has no scorecard or no archive.")
        .by(&["orr", "pr verify"])
        .refuses(&["CEC-40"])
        .held_by(&[
            "xtask/crates/orr/src/judge/decision.rs::missing_evidence_and_missing_archives_are_cec_40",
            "tests/cases/outcomes.rs::a_gate_without_evidence_is_missing_artifacts",
        ]),
    rule("H-1.5.5", "CEC-50, pr_template_invalid: the body lacks a field or has a wrong one.")
        .by(&["pr-body", "pr verify"])
        .refuses(&["CEC-50"])
        .held_by(&[
            "xtask/crates/patch/src/judge/pr_body/tests/mutations.rs::more_than_two_hundred_edited_bodies_are_refused_by_name_in_each_template",
            "xtask/crates/patch/src/judge/pr_body/tests/mutations.rs::plausible_values_are_refused_by_name",
        ]),
    rule("H-1.5.6", "CEC-60, stale_base: the base is not the HEAD of the default branch.")
        .by(&["filemap check", "pr verify"])
        .refuses(&["CEC-60", "remote-unseen", "pull-base"])
        .held_by(&[
            "tests/cases/filemap.rs::a_stale_base_is_reported_beside_what_is_outside",
            "tests/cases/red_team_rules.rs::a_local_main_does_not_stand_for_the_remote_one",
        ]),
];

const H_2: &[Requirement] = &[
    rule("H-2.1", "It says its version, 1.0.")
        .by(&["plan check"])
        .refuses(&["plan-invalid"])
        .held_by(&["xtask/crates/patch/src/judge/plan/tests.rs::every_untruth_is_reported_with_its_path_and_line"]),
    rule("H-2.2", "It says the base, 40 hex digits, and that is the patch's.")
        .by(&["plan check"])
        .refuses(&["plan-invalid"])
        .held_by(&[
            "xtask/crates/patch/src/judge/plan/tests.rs::every_untruth_is_reported_with_its_path_and_line",
            "tests/cases/plan.rs::a_plan_that_is_not_so_is_reported_line_by_line",
        ]),
    rule("H-2.3", "Each task has an id and the files that it touches.")
        .by(&["plan new", "plan check"])
        .refuses(&["plan-invalid"])
        .held_by(&[
            "xtask/crates/patch/src/judge/plan/tests.rs::the_draft_has_a_task_for_each_area",
            "xtask/crates/patch/src/judge/plan/tests.rs::every_untruth_is_reported_with_its_path_and_line",
        ]),
    rule("H-2.4", "Each task names the gates that prove it.")
        .by(&["plan check"])
        .refuses(&["plan-invalid"])
        .held_by(&["xtask/crates/patch/src/judge/plan/tests.rs::every_untruth_is_reported_with_its_path_and_line"]),
    rule("H-2.5", "Each task names the evidence that it leaves.")
        .by(&["plan check"])
        .refuses(&["plan-invalid"])
        .held_by(&["xtask/crates/patch/src/judge/plan/tests.rs::every_untruth_is_reported_with_its_path_and_line"]),
    rule("H-2.6", "It promises a strict Filemap and a single patch.")
        .by(&["plan check"])
        .refuses(&["plan-invalid", "single-patch"])
        .held_by(&[
            "xtask/crates/patch/src/judge/plan/tests.rs::every_untruth_is_reported_with_its_path_and_line",
            "tests/cases/red_team_rules.rs::nothing_that_git_obeys_slips_past",
        ]),
    rule("H-2.7", "It is pasted into the body, and belongs to no commit.")
        .by(&["pr-body"])
        .refuses(&["CEC-50", "plan-invalid"])
        .held_by(&[
            "xtask/crates/patch/src/judge/pr_body/tests.rs::the_body_of_programme_s7_is_the_documents_to_the_letter",
            "tests/cases/pr_body.rs::ten_megabytes_are_refused_and_a_plan_of_ones_own_is_used",
        ]),
];

const H_3_1: &[Requirement] = &[
    rule("H-3.1.1", "The workflow is dispatched on the sandbox branch, by its name.")
        .by(&["orr"])
        .refuses(&["workflow-unusable", "dispatch-refused", "github-cli", "github-repository"])
        .held_by(&[
            "tests/cases/orr_github_dispatch.rs::whatever_a_dispatch_is_answered_there_are_three_runs",
            "tests/cases/orr_github_beside.rs::without_gh_or_a_login_nothing_is_begun",
        ]),
    rule("H-3.1.2", "The runs that were dispatched are found again and waited for.")
        .by(&["orr"])
        .refuses(&["run-unseen"])
        .held_by(&[
            "tests/cases/orr_github_dispatch.rs::a_run_is_found_again_and_a_decoy_is_not_taken_for_it",
            "tests/cases/orr_github_runs.rs::waiting_ends_with_the_runs_and_not_before",
        ]),
];

const H_3_2: &[Requirement] = &[
    rule("H-3.2.1", "The evidence artifact of each run is downloaded.")
        .by(&["orr", "pr verify"])
        .refuses(&["artifact-twice", "artifact-unread"])
        .held_by(&[
            "tests/cases/orr_github_artifacts.rs::only_the_one_whole_artifact_of_a_run_counts",
            "tests/cases/orr_github_artifacts.rs::what_is_inside_is_not_believed",
        ]),
    rule("H-3.2.2", "The SHA-256 of the archive is computed and kept.")
        .by(&["orr"])
        .refuses(&["artifact-digest"])
        .held_by(&[
            "tests/cases/artifacts.rs::the_sums_are_what_sha256sum_finds",
            "xtask/crates/orr/src/judge/server/tests.rs::an_artifact_is_one_of_this_run_with_a_digest",
        ]),
];

const H_3_3: &[Requirement] = &[rule(
    "H-3.3.1",
    "The server's ruleset is read, and has exactly one required check for each gate.",
)
.by(&["rulesets check", "gate T0"])
.refuses(&["ruleset-drift", "ruleset-unpinned", "ruleset-inactive"])
.held_by(&[
    "tests/cases/rulesets.rs::a_server_that_enforces_all_of_it_passes",
    "tests/cases/rulesets.rs::each_way_not_to_enforce_it_has_its_code",
    "xtask/crates/pull/src/judge/rulesets/live/tests/rules.rs::every_gate_is_required_of_the_app",
])];

const H_4: &[Requirement] = &[
    rule("H-4.1", "The gates run three times on the same sandbox branch and commit.")
        .by(&["orr"])
        .refuses(&["dirty-tree", "no-commit", "flake-odds", "run-mismatch", "sandbox-branch"])
        .held_by(&[
            "tests/cases/outcomes.rs::three_equal_runs_pass",
            "tests/cases/places.rs::a_tree_with_uncommitted_changes_is_refused_and_every_path_listed",
            "tests/cases/places.rs::one_run_cannot_be_compared",
            "tests/cases/orr_github_runs.rs::a_run_that_is_not_this_reviews_does_not_count",
        ]),
    rule("H-4.2", "Approved: all three are green, and archives and digests are the same.")
        .by(&["orr"])
        .refuses(&["CEC-20", "CEC-30"])
        .held_by(&[
            "xtask/crates/orr/src/judge/decision.rs::green_and_identical_passes_and_says_what_it_did_not_see",
            "xtask/crates/orr/src/judge/decision.rs::digests_that_differ_never_pass_even_where_no_file_shows_it",
        ]),
    rule("H-4.3", "Rejected: anything failed, or anything differs.")
        .by(&["orr"])
        .refuses(&["CEC-20", "CEC-30"])
        .held_by(&[
            "xtask/crates/orr/src/judge/decision.rs::one_red_gate_in_one_run_is_cec_20_and_not_divergence",
            "xtask/crates/orr/src/judge/decision.rs::green_but_different_names_the_root_and_counts_what_follows",
        ]),
    rule("H-4.4", "The target is 20 minutes in all; a longer review gets an issue, and is not refused.")
        .by(&["orr"])
        .refuses(&["over-target"])
        .held_by(&["tests/cases/orr_github_beside.rs::a_review_that_takes_too_long_is_reported_once"]),
    rule("H-4.5", "Three green and equal: open the pull request.")
        .by(&["orr", "pr open"])
        .held_by(&[
            "tests/cases/outcomes.rs::three_equal_runs_pass",
            "tests/cases/pr_open.rs::a_pull_request_is_opened_once",
        ]),
    rule("H-4.6", "One or more red: plan again, with a new patch; another run of the same commit proves nothing.")
        .by(&["orr", "pr verify"])
        .refuses(&["CEC-20"])
        .held_by(&[
            "xtask/crates/orr/src/judge/decision.rs::one_red_gate_in_one_run_is_cec_20_and_not_divergence",
            "xtask/crates/pull/src/judge/claims/tests/beside.rs::no_run_of_the_commit_may_speak_against_the_three",
        ]),
    rule("H-4.7", "Three green, but different: look into T6, and open no pull request.")
        .by(&["orr", "pr open"])
        .refuses(&["CEC-30"])
        .held_by(&[
            "xtask/crates/orr/src/judge/decision.rs::green_but_different_names_the_root_and_counts_what_follows",
            "tests/cases/pr_open.rs::only_what_passed_is_opened",
        ]),
];

const H_5: &[Requirement] = &[
    rule("H-5.1", "Files outside of the Filemap: a local check refuses them.")
        .by(&["filemap check"])
        .refuses(&["CEC-10"])
        .held_by(&[
            "tests/cases/red_team.rs::no_path_slips_past",
            "tests/cases/filemap.rs::every_kind_of_trespass_is_reported_in_one_go",
        ]),
    rule("H-5.2", "Gates passed over, the pull request opened early: three green runs come first, linked in the body.")
        .by(&["pr open", "pr verify"])
        .refuses(&["CEC-50", "REFUSE-20"])
        .held_by(&[
            "tests/cases/pr_open.rs::only_what_passed_is_opened",
            "xtask/crates/pull/src/judge/claims/tests/lies.rs::each_lie_is_reported_by_its_code",
        ]),
    rule("H-5.3", "The ruleset drifts: T0 and a look at the server.")
        .by(&["gate T0", "rulesets check"])
        .refuses(&["ruleset-drift"])
        .held_by(&[
            "xtask/crates/orr/src/judge/rulesets/committed/tests.rs::the_committed_ruleset_demands_every_gate",
            "tests/cases/rulesets.rs::each_way_not_to_enforce_it_has_its_code",
        ]),
    rule("H-5.4", "Cryptographic constants go missing: tests of their own.")
        .by(&["gate T4", "filemap check"])
        .refuses(&["content-rule"])
        .held_by(&[
            "tests/cases/examples.rs::the_tests_of_the_s7_example_are_run_and_counted",
            "tests/cases/red_team_rules.rs::no_rule_is_talked_round",
        ]),
    rule("H-5.5", "The result does not follow from the commit: T6 and three runs.")
        .by(&["gate T6", "orr", "compare"])
        .refuses(&["CEC-30"])
        .held_by(&[
            "tests/cases/outcomes.rs::a_time_in_the_evidence_is_reported_with_its_line",
            "tests/cases/outcomes.rs::a_set_in_hash_order_diverges",
        ]),
    rule("H-5.6", "A secret leaks: T2 scans.")
        .by(&["gate T2"])
        .refuses(&["secret-found", "secret-suppressed"])
        .held_by(&[
            "tests/cases/secrets.rs::a_planted_secret_makes_t2_red_with_its_place",
            "xtask/crates/orr/src/builtin/secrets.rs::a_path_with_colons_is_told_from_the_line",
        ]),
    rule("H-5.7", "Evidence is incomplete: T8 verifies the manifest.")
        .by(&["gate T8"])
        .refuses(&["evidence-changed", "CEC-40"])
        .held_by(&[
            "tests/cases/artifacts.rs::a_file_that_a_later_gate_changes_is_found",
            "xtask/crates/orr/src/evidence/manifest.rs::every_kind_of_mismatch_is_named",
        ]),
];

const H_6: &[Requirement] = &[
    rule("H-6.1", "Each area has reviewers by role, and CODEOWNERS names them.")
        .by(&["review"])
        .refuses(&["owners-apart"])
        .held_by(&[
            "xtask/crates/patch/src/judge/review/tests/areas.rs::areas_are_reported_with_both_kinds_of_owners",
        ]),
    rule("H-6.2", "Security, cryptography: the domain tag `tm.s7.batch.v1` with its line feed is unchanged.")
        .by(&["filemap check", "review"])
        .refuses(&["content-rule"])
        .held_by(&[
            "tests/cases/red_team_rules.rs::no_rule_is_talked_round",
            "tests/cases/examples.rs::the_tests_of_the_s7_example_are_run_and_counted",
        ]),
    rule("H-6.3", "Security, cryptography: standard Base64.")
        .by(&["review", "gate T4"])
        .open("A line of the reviewer's checklist; the example's test of it is the programme's own."),
    rule("H-6.4", "Security, cryptography: the constants are there.")
        .by(&["filemap check", "review"])
        .refuses(&["content-rule"])
        .held_by(&[
            "tests/cases/red_team_rules.rs::no_rule_is_talked_round",
            "tests/cases/examples.rs::the_tests_of_the_s7_example_are_run_and_counted",
        ]),
    rule("H-6.5", "Security, cryptography: negatives are covered.")
        .by(&["review", "gate T4"])
        .held_by(&["tests/cases/examples.rs::the_tests_of_the_s7_example_are_run_and_counted"])
        .open("A line of the reviewer's checklist; no count of negative tests is demanded."),
    rule("H-6.6", "SRE, CI: names of jobs are stable.")
        .by(&["gate T0", "workflow check"])
        .refuses(&["workflow-jobs", "workflow-drift"])
        .held_by(&[
            "xtask/crates/orr/src/judge/workflow/tests.rs::each_gate_is_exactly_one_job",
            "xtask/crates/pull/src/judge/rulesets/jobs.rs::each_gate_is_one_job_of_one_workflow",
            "xtask/crates/orr/src/judge/workflow/drift/tests.rs::a_difference_is_reported_by_its_line_and_in_words",
        ]),
    rule("H-6.7", "SRE, CI: actions are pinned by commit, and a check counts from its own app alone.")
        .by(&["gate T3", "rulesets check", "pr merge-check"])
        .refuses(&["action-unpinned", "ruleset-unpinned", "check-wrong-app"])
        .held_by(&[
            "xtask/crates/orr/src/judge/workflow/tests.rs::only_commits_and_digests_pin",
            "xtask/crates/orr/src/judge/rulesets/committed/tests.rs::every_gate_is_demanded_of_the_app_alone",
            "xtask/crates/pull/src/judge/merge/tests/checks_table.rs::of_two_checks_neither_is_red_and_the_newest_of_the_right_app_counts",
        ]),
    rule("H-6.8", "SRE, CI: the ruleset of T0 is in force.")
        .by(&["gate T0", "rulesets check"])
        .refuses(&["ruleset-inactive", "ruleset-drift"])
        .held_by(&[
            "xtask/crates/orr/src/judge/rulesets/committed/tests.rs::the_ruleset_is_active_for_branches_and_for_everybody",
            "xtask/crates/pull/src/judge/rulesets/live/tests/holds.rs::a_ruleset_counts_where_it_is_in_force_for_everybody",
        ]),
    rule("H-6.9", "PO and SRE, schemas: `$id` and version are right.")
        .by(&["review"])
        .open("A line of the reviewer's checklist; nothing reads a programme's own schemas."),
    rule("H-6.10", "PO and SRE, schemas: scorecard and manifest are valid.")
        .by(&["gate T8", "pr verify"])
        .refuses(&["CEC-40"])
        .held_by(&[
            "xtask/crates/orr/src/judge/server/tests.rs::a_scorecard_is_of_the_commit_and_green",
            "xtask/crates/orr/src/evidence/manifest.rs::the_json_is_stable_and_read_back",
        ]),
    rule("H-6.11", "QA, tests: negatives are covered.")
        .by(&["review"])
        .held_by(&[
            "xtask/crates/patch/src/judge/review/tests/areas.rs::areas_are_reported_with_both_kinds_of_owners",
        ])
        .open("A line of the reviewer's checklist; no count of negative tests is demanded."),
    rule("H-6.12", "QA, tests: properties give no false alarm.")
        .by(&["review", "gate T5", "orr"])
        .refuses(&["CEC-20"])
        .held_by(&[
            "tests/cases/outcomes_tests.rs::a_test_that_fails_in_one_run_is_named_with_its_run",
        ])
        .open("Three runs find what fails often; the rest is the reviewer's."),
    rule("H-6.13", "Checklist: the patch is inside of the Filemap.")
        .by(&["review"])
        .refuses(&["REFUSE-30"])
        .held_by(&[
            "tests/cases/review.rs::a_patch_is_refused_for_paths_outside_and_by_the_rules_of_its_base",
            "xtask/crates/patch/src/judge/review/tests/mod.rs::a_patch_of_which_all_is_seen_is_proven_line_by_line",
        ]),
    rule("H-6.14", "Checklist: three green runs, equal archives.")
        .by(&["review"])
        .refuses(&["REFUSE-20"])
        .held_by(&[
            "xtask/crates/patch/src/judge/review/tests/runs.rs::whatever_is_amiss_with_the_runs_is_reported",
            "xtask/crates/patch/src/judge/review/tests/mod.rs::a_patch_of_which_all_is_seen_is_proven_line_by_line",
        ]),
    rule("H-6.15", "Checklist: the scorecard is pasted whole.")
        .by(&["review"])
        .refuses(&["REFUSE-10"])
        .held_by(&[
            "xtask/crates/patch/src/judge/review/tests/body.rs::the_one_check_of_a_body_answers_the_items_that_speak_of_it",
        ]),
    rule("H-6.16", "Checklist: the archive's SHA-256 is pasted.")
        .by(&["review"])
        .refuses(&["REFUSE-10"])
        .held_by(&[
            "xtask/crates/patch/src/judge/review/tests/body.rs::the_one_check_of_a_body_answers_the_items_that_speak_of_it",
        ]),
    rule("H-6.17", "Checklist: the three runs are linked.")
        .by(&["review"])
        .refuses(&["REFUSE-10"])
        .held_by(&[
            "xtask/crates/patch/src/judge/review/tests/body.rs::the_one_check_of_a_body_answers_the_items_that_speak_of_it",
        ]),
    rule("H-6.18", "Checklist: constants and cryptography hold, by their tests.")
        .by(&["review"])
        .refuses(&["content-rule"])
        .held_by(&[
            "xtask/crates/patch/src/judge/review/tests/mod.rs::what_other_checks_found_decides_the_lines_that_are_theirs",
        ]),
    rule("H-6.19", "Checklist: pins and the source of checks hold.")
        .by(&["review"])
        .held_by(&[
            "xtask/crates/patch/src/judge/review/tests/mod.rs::a_patch_of_which_all_is_seen_is_proven_line_by_line",
            "xtask/crates/patch/src/judge/review/tests/mod.rs::what_the_programme_has_nothing_for_is_not_applicable_and_said_so",
        ]),
    rule("H-6.20", "Checklist: T0 found the ruleset sane.")
        .by(&["review"])
        .held_by(&[
            "xtask/crates/patch/src/judge/review/tests/mod.rs::a_patch_of_which_all_is_seen_is_proven_line_by_line",
            "xtask/crates/patch/src/judge/review/tests/mod.rs::what_the_programme_has_nothing_for_is_not_applicable_and_said_so",
        ]),
    rule("H-6.21", "REFUSE-10: the body lacks a required field.")
        .by(&["review"])
        .refuses(&["REFUSE-10"])
        .held_by(&[
            "xtask/crates/patch/src/judge/review/tests/body.rs::the_one_check_of_a_body_answers_the_items_that_speak_of_it",
        ]),
    rule("H-6.22", "REFUSE-20: runs diverge, or were not made three times.")
        .by(&["review"])
        .refuses(&["REFUSE-20"])
        .held_by(&[
            "xtask/crates/patch/src/judge/review/tests/runs.rs::whatever_is_amiss_with_the_runs_is_reported",
        ]),
    rule("H-6.23", "REFUSE-30: the patch touches a path outside of the Filemap.")
        .by(&["review"])
        .refuses(&["REFUSE-30"])
        .held_by(&[
            "tests/cases/review.rs::a_patch_is_refused_for_paths_outside_and_by_the_rules_of_its_base",
        ]),
];

const H_7: &[Requirement] = &[
    rule("H-7.1", "The title names the programme and how often the review passed.")
        .by(&["pr-body"])
        .refuses(&["CEC-50"])
        .held_by(&[
            "xtask/crates/patch/src/judge/pr_body/tests.rs::the_body_of_programme_s7_is_the_documents_to_the_letter",
            "xtask/crates/patch/src/judge/pr_body/tests.rs::a_body_says_how_many_runs_there_were",
        ]),
    rule("H-7.2", "A section has the seven lines of telemetry, each in its form.")
        .by(&["pr-body"])
        .refuses(&["CEC-50"])
        .held_by(&[
            "xtask/crates/patch/src/judge/pr_body/tests.rs::the_body_of_programme_s7_is_the_documents_to_the_letter",
            "xtask/crates/patch/src/judge/pr_body/fields.rs::forms_of_fields",
        ]),
    rule("H-7.3", "A section has the plan.")
        .by(&["pr-body"])
        .refuses(&["CEC-50"])
        .held_by(&[
            "xtask/crates/patch/src/judge/pr_body/tests.rs::the_body_of_programme_s7_is_the_documents_to_the_letter",
        ]),
    rule("H-7.4", "A section has the scorecard.")
        .by(&["pr-body"])
        .refuses(&["CEC-50"])
        .held_by(&[
            "xtask/crates/patch/src/judge/pr_body/tests.rs::the_body_of_programme_s7_is_the_documents_to_the_letter",
        ]),
    rule("H-7.5", "A section names the artifact and the archive's digest.")
        .by(&["pr-body"])
        .refuses(&["CEC-50"])
        .held_by(&[
            "xtask/crates/patch/src/judge/pr_body/tests.rs::the_body_of_programme_s7_is_the_documents_to_the_letter",
        ]),
    rule("H-7.6", "A section lists the paths that were touched, all of them in the Filemap.")
        .by(&["pr-body"])
        .refuses(&["CEC-50"])
        .held_by(&[
            "xtask/crates/patch/src/judge/pr_body/tests.rs::the_body_of_programme_s7_is_the_documents_to_the_letter",
            "xtask/crates/patch/src/judge/pr_body/tests/properties.rs::a_list_of_paths_is_read_back",
        ]),
    rule("H-7.7", "The checklist says: all gates passed three times.")
        .by(&["pr-body"])
        .refuses(&["CEC-50"])
        .held_by(&[
            "xtask/crates/patch/src/judge/pr_body/tests.rs::the_body_of_programme_s7_is_the_documents_to_the_letter",
        ]),
    rule("H-7.8", "The checklist says: the archives are the same bytes.")
        .by(&["pr-body"])
        .refuses(&["CEC-50"])
        .held_by(&[
            "xtask/crates/patch/src/judge/pr_body/tests.rs::the_body_of_programme_s7_is_the_documents_to_the_letter",
        ]),
    rule("H-7.9", "The checklist says: the domain tag is unchanged.")
        .by(&["pr-body", "filemap check"])
        .refuses(&["CEC-50", "content-rule"])
        .held_by(&[
            "xtask/crates/patch/src/judge/pr_body/tests.rs::the_body_of_programme_s7_is_the_documents_to_the_letter",
        ]),
    rule("H-7.10", "The checklist says: the four constants are there.")
        .by(&["pr-body", "filemap check"])
        .refuses(&["CEC-50", "content-rule"])
        .held_by(&[
            "xtask/crates/patch/src/judge/pr_body/tests.rs::the_body_of_programme_s7_is_the_documents_to_the_letter",
        ]),
];

const H_8_1: &[Requirement] = &[
    rule("H-8.1.1", "T3 red: correct the lock, the pin or the owner, without any waiver, and review again.")
        .by(&["explain", "gate T3"])
        .refuses(&["lock-incomplete", "owner-missing", "action-unpinned"])
        .held_by(&[
            "tests/cases/reference.rs::every_code_is_explained",
            "xtask/crates/orr/src/judge/lock/tests.rs::every_source_is_pinned_in_its_own_way",
            "xtask/crates/orr/src/judge/codeowners/tests.rs::files_without_an_owner_are_named_up_to_twenty",
        ]),
    rule("H-8.1.2", "T6 red: check SOURCE_DATE_EPOCH, byte order, the final line feed and the locale; reproduce it, then run three times.")
        .by(&["explain", "compare", "gate T6"])
        .refuses(&["CEC-30", "pack-differs"])
        .held_by(&[
            "tests/cases/reference.rs::every_code_is_explained",
            "xtask/crates/orr/src/judge/compare/tests.rs::causes_are_reported_by_what_lines_look_like",
            "xtask/crates/orr/src/judge/compare/tests.rs::ends_and_invisible_characters_are_shown",
        ]),
    rule("H-8.1.3", "T7 red: correct `prev_root`, `index` or `created_at`, and give the exact line in the details.")
        .by(&["explain", "ledger verify", "gate T7"])
        .refuses(&[
            "chain-empty", "ledger-form", "ledger-cut", "ledger-gap", "ledger-link", "ledger-root",
            "ledger-id", "ledger-time", "ledger-kind", "ledger-prefix", "ledger-path",
            "ledger-clock",
        ])
        .held_by(&[
            "xtask/crates/ledger/src/tests.rs::every_deleted_doubled_or_swapped_line_is_found_with_its_line",
            "xtask/crates/ledger/src/tests.rs::every_changed_byte_is_found_in_its_line_or_the_next",
            "tests/cases/ledger_base.rs::the_gate_leaves_the_line_in_its_evidence",
            "tests/cases/reference.rs::every_code_is_explained",
        ]),
];

const H_8_2: &[Requirement] = &[
    rule("H-8.2.1", "Triage in 15 minutes; indicative.")
        .by(&["explain"])
        .held_by(&["tests/cases/reference.rs::every_code_is_explained"])
        .open("The time is printed; nothing measures it."),
    rule("H-8.2.2", "A corrective patch in 45 to 90 minutes; indicative.")
        .by(&["explain"])
        .held_by(&["tests/cases/reference.rs::every_code_is_explained"])
        .open("The time is printed; nothing measures it."),
    rule("H-8.2.3", "A new review in 20 minutes; indicative.")
        .by(&["explain", "orr"])
        .refuses(&["over-target"])
        .held_by(&[
            "tests/cases/orr_github_beside.rs::a_review_that_takes_too_long_is_reported_once",
        ]),
];

const H_8_3: &[Requirement] = &[rule(
    "H-8.3.1",
    "Close the pull request and discard the sandbox branch; nothing else is to be undone.",
)
.by(&["pr rollback"])
.refuses(&["pull-closed"])
.held_by(&[
    "tests/cases/pr_open.rs::it_is_taken_back_by_one_command",
    "tests/cases/pr_open.rs::only_an_unmerged_branch_of_ours_is_given_up",
])];

const H_9: &[Requirement] = &[
    rule(
        "H-9.1",
        "`repo_sha` and the scorecard in the body lead from the pull request to the base and the commit that were reviewed.",
    )
    .by(&["pr verify"])
    .refuses(&["CEC-50"])
    .held_by(&[
        "xtask/crates/pull/src/judge/claims/tests/lies.rs::each_lie_is_reported_by_its_code",
        "xtask/crates/pull/src/judge/claims/tests.rs::a_pull_request_of_which_all_is_so_is_proven",
    ]),
    rule("H-9.2", "`branch` leads to the branch.")
        .by(&["pr verify"])
        .refuses(&["CEC-50"])
        .held_by(&["xtask/crates/pull/src/judge/claims/tests/lies.rs::each_lie_is_reported_by_its_code"]),
    rule("H-9.3", "`run_ids` lead to the runs, and these are the patch's own.")
        .by(&["pr verify"])
        .refuses(&["run-absent", "run-mismatch", "CEC-50"])
        .held_by(&[
            "xtask/crates/pull/src/judge/claims/tests/lies.rs::each_lie_is_reported_by_its_code",
            "xtask/crates/orr/src/judge/server/tests.rs::each_way_of_being_another_run_has_its_code",
        ]),
    rule("H-9.4", "`evidence_zip_sha256` is the digest of the archive that each run left.")
        .by(&["pr verify"])
        .refuses(&["CEC-50", "artifact-digest"])
        .held_by(&["xtask/crates/pull/src/judge/claims/tests/lies.rs::each_lie_is_reported_by_its_code"]),
    rule("H-9.5", "`scorecard_sha256` is the digest of the scorecard that each run left.")
        .by(&["pr verify"])
        .refuses(&["CEC-50"])
        .held_by(&["xtask/crates/pull/src/judge/claims/tests/lies.rs::each_lie_is_reported_by_its_code"]),
    rule("H-9.6", "Lead time is measured; nothing hangs on it.").by(&["metrics"]).held_by(&[
        "tests/cases/metrics.rs::a_small_history_is_measured",
        "xtask/crates/pull/src/judge/metrics/tests.rs::quantiles_are_those_of_the_definition",
    ]),
    rule("H-9.7", "Churn is measured; nothing hangs on it.")
        .by(&["metrics"])
        .held_by(&["tests/cases/metrics.rs::a_small_history_is_measured"]),
    rule("H-9.8", "The pass rate is measured; nothing hangs on it.").by(&["metrics"]).held_by(&[
        "tests/cases/metrics.rs::a_small_history_is_measured",
        "xtask/crates/pull/src/judge/metrics/tests.rs::what_is_not_known_is_left_out_and_counted",
    ]),
    rule("H-9.9", "Repeatability (equal archives) is measured; nothing hangs on it.")
        .by(&["metrics"])
        .held_by(&[
            "tests/cases/metrics.rs::a_small_history_is_measured",
            "xtask/crates/pull/src/judge/metrics/tests.rs::what_is_not_known_is_left_out_and_counted",
        ]),
];

const H_11: &[Requirement] = &[
    rule("H-11.1", "The contract has states, exits and the least telemetry.")
        .by(&["orr", "pr-body"])
        .held_by(&[
            "xtask/crates/orr/src/state.rs::a_journal_tells_its_states",
            "xtask/crates/patch/src/judge/pr_body/fields.rs::forms_of_fields",
            "xtask/crates/findings/src/lib.rs::the_smallest_cec_exit_wins_and_policy_comes_first",
        ]),
    rule("H-11.2", "Plan.json has a schema and an example, and the body demands it.")
        .by(&["policy schema", "plan new", "pr-body"])
        .refuses(&["plan-invalid", "CEC-50"])
        .held_by(&[
            "xtask/crates/patch/src/judge/plan/tests.rs::the_schema_says_what_the_reader_wants",
            "tests/cases/plan.rs::the_plan_is_drafted_from_the_patch_and_passes",
        ]),
    rule("H-11.3", "Dispatch, artifacts and the ruleset go through GitHub's own command line.")
        .by(&["orr", "rulesets check"])
        .refuses(&["github-cli"])
        .held_by(&[
            "tests/cases/github_contract.rs::what_this_tool_sends_is_what_the_contract_allows",
            "tests/cases/doctor_github.rs::the_real_gh_is_asked_once_for_each_thing",
        ]),
    rule("H-11.4", "The three runs have clear criteria.")
        .by(&["orr"])
        .held_by(&[
            "xtask/crates/orr/src/judge/decision.rs::several_exits_at_once_are_all_reported_and_the_smallest_counts",
            "xtask/crates/orr/src/judge/decision.rs::green_and_identical_passes_and_says_what_it_did_not_see",
        ]),
    rule("H-11.5", "The matrix of risks, the rubric, triage with rollback, and what can be traced are complete.")
        .by(&["policy check", "docs", "review", "explain"])
        .refuses(&["policy-reference"])
        .held_by(&[
            "tests/cases/controls.rs::docs_hold_the_table_that_policy_says",
            "tests/cases/controls.rs::a_control_that_does_not_exist_is_refused",
            "tests/cases/reference.rs::every_code_is_explained",
        ]),
    rule("H-11.6", "A brief for agents is ready to use, and is kept current.")
        .by(&["brief"])
        .refuses(&["brief-stale", "brief-block"])
        .held_by(&[
            "tests/cases/examples.rs::the_brief_of_the_s7_example_is_short_and_kept",
            "tests/cases/brief.rs::a_file_is_made_kept_and_reported_when_it_is_stale",
            "tests/cases/brief.rs::marks_that_are_no_block_are_reported_and_nothing_is_written",
        ]),
];

const S_0: &[Requirement] = &[
    rule("S-0.1", "One runbook for all features, epics and sprints: in the order of dependencies, with evidence that can be audited.")
        .by(&["story start", "sprint gate", "ledger verify"])
        .held_by(&[
            "tests/cases/at_length/scenarios/platform.rs::the_platform_from_its_architecture_to_its_release",
        ]),
    rule("S-0.2", "The definitions, the roadmap, the catalog and the dependency map are references of the work, in the repository.")
        .by(&["story start"])
        .refuses(&["story-contract"])
        .held_by(&[
            "tests/cases/at_length/scenarios/platform.rs::the_platform_from_its_architecture_to_its_release",
            "xtask/crates/delivery/src/judge/backlog/tests/gates.rs::each_reason_not_to_start_has_its_code_and_place",
        ])
        .open("The catalog is demanded as the stories' contract; the others are not."),
];

const S_1: &[Requirement] = &[
    rule("S-1.1", "Nothing is implemented before it is ready and its dependencies were checked.")
        .by(&["story start"])
        .refuses(&["story-dependency", "story-owner", "story-state"])
        .held_by(&[
            "xtask/crates/delivery/src/judge/backlog/tests/gates.rs::each_reason_not_to_start_has_its_code_and_place",
        ]),
    rule("S-1.2", "The contract comes first: interfaces and acceptance checks are there before the implementation.")
        .by(&["story start"])
        .refuses(&["story-contract"])
        .held_by(&[
            "xtask/crates/delivery/src/judge/backlog/tests/gates.rs::each_reason_not_to_start_has_its_code_and_place",
            "tests/cases/at_length/scenarios/platform.rs::the_platform_from_its_architecture_to_its_release",
        ]),
    rule("S-1.3", "After day 5 of a sprint, CI/CD, environments and alerting stay as they are, except for what is critical.")
        .by(&["filemap check", "story start", "pr merge-check"])
        .refuses(&["freeze-window"])
        .held_by(&[
            "tests/cases/delivery/freeze.rs::a_frozen_path_waits_or_has_an_exception",
            "tests/cases/delivery/freeze.rs::a_story_of_frozen_paths_does_not_start_in_the_freeze",
            "xtask/crates/delivery/src/judge/calendar/tests.rs::what_a_freeze_stops_and_what_lifts_it",
            "xtask/crates/delivery/src/judge/calendar/tests.rs::deadlines_and_the_freeze",
        ]),
    rule("S-1.4", "The evidence of a gate is there by day 9, for QA and release.")
        .by(&["sprint gate"])
        .refuses(&["evidence-late", "evidence-missing"])
        .held_by(&[
            "tests/cases/delivery/evidence.rs::evidence_on_day_ten_is_refused_and_the_gate_says_by_when",
            "xtask/crates/documents/src/judge/tests.rs::late_evidence_is_reported",
        ]),
    rule("S-1.5", "Each risky change says how it is rolled back and links its runbook.")
        .by(&["pr-body", "pr verify"])
        .refuses(&["risky-change"])
        .held_by(&[
            "xtask/crates/patch/src/judge/pr_body/tests/story.rs::a_risky_change_says_how_it_is_taken_back",
            "xtask/crates/patch/src/judge/pr_body/tests/story.rs::what_policy_declares_risky_names_its_rollback_and_its_runbook",
            "xtask/crates/patch/src/judge/filemap/tests.rs::a_change_is_risky_by_its_paths_or_its_size",
            "tests/cases/at_length/scenarios/platform.rs::the_platform_from_its_architecture_to_its_release",
        ]),
];

const S_2: &[Requirement] = &[
    rule("S-2.1", "F1, platform foundation (three epics), sprints 01 and 02.")
        .by(&["story list", "policy check"])
        .held_by(&[
            "tests/cases/at_length/scenarios/platform.rs::the_platform_from_its_architecture_to_its_release",
            "tests/cases/examples.rs::every_example_passes_policy_check_without_findings",
        ]),
    rule("S-2.2", "F2, identity and access of tenants (three epics), sprints 02 and 03.")
        .by(&["story list", "policy check"])
        .held_by(&[
            "tests/cases/at_length/scenarios/platform.rs::the_platform_from_its_architecture_to_its_release",
            "tests/cases/examples.rs::every_example_passes_policy_check_without_findings",
        ]),
    rule("S-2.3", "F3, core workflows (three epics), sprints 04 and 05.")
        .by(&["story list", "policy check"])
        .held_by(&[
            "tests/cases/at_length/scenarios/platform.rs::the_platform_from_its_architecture_to_its_release",
            "tests/cases/examples.rs::every_example_passes_policy_check_without_findings",
        ]),
    rule("S-2.4", "F4, AI runtime (three epics), sprints 06 and 07.")
        .by(&["story list", "policy check"])
        .held_by(&[
            "tests/cases/at_length/scenarios/platform.rs::the_platform_from_its_architecture_to_its_release",
            "tests/cases/examples.rs::every_example_passes_policy_check_without_findings",
        ]),
    rule("S-2.5", "F5, ingestion and retrieval (three epics), sprints 05 to 07.")
        .by(&["story list", "policy check"])
        .held_by(&[
            "tests/cases/at_length/scenarios/platform.rs::the_platform_from_its_architecture_to_its_release",
            "tests/cases/examples.rs::every_example_passes_policy_check_without_findings",
        ]),
    rule("S-2.6", "F6, integrations and automation (three epics), sprints 08 and 09.")
        .by(&["story list", "policy check"])
        .held_by(&[
            "tests/cases/at_length/scenarios/platform.rs::the_platform_from_its_architecture_to_its_release",
            "tests/cases/examples.rs::every_example_passes_policy_check_without_findings",
        ]),
    rule(
        "S-2.7",
        "F7, governance of the demo and safeguards of use (three epics), sprints 09 and 10.",
    )
    .by(&["story list", "policy check"])
    .held_by(&[
        "tests/cases/at_length/scenarios/platform.rs::the_platform_from_its_architecture_to_its_release",
        "tests/cases/examples.rs::every_example_passes_policy_check_without_findings",
    ]),
    rule("S-2.8", "F8, operations and launch (three epics), sprints 10 and 11.")
        .by(&["story list", "policy check"])
        .held_by(&[
            "tests/cases/at_length/scenarios/platform.rs::the_platform_from_its_architecture_to_its_release",
            "tests/cases/examples.rs::every_example_passes_policy_check_without_findings",
        ]),
];

const S_3: &[Requirement] = &[
    rule("S-3.0", "Sprint 00, architecture gate: planning, decisions and the risk baseline; it wants the gate's packet and updated risks and dependencies.")
        .by(&["sprint gate", "sprint checklist"])
        .refuses(&["evidence-missing", "checklist-open"])
        .held_by(&[
            "tests/cases/at_length/scenarios/platform.rs::the_platform_from_its_architecture_to_its_release",
        ]),
    rule("S-3.1", "Sprint 01, CI/CD gate: F1-E1 and F1-E2; it wants CI logs, preview coverage and rollback notes.")
        .by(&["sprint gate", "sprint checklist"])
        .refuses(&["evidence-missing", "evidence-late", "checklist-open"])
        .held_by(&[
            "tests/cases/at_length/scenarios/platform.rs::the_platform_from_its_architecture_to_its_release",
        ]),
    rule("S-3.2", "Sprint 02, auth shell gate: F1-E3 and F2-E1; it wants evidence of sign-in and of observability.")
        .by(&["sprint gate"])
        .refuses(&["evidence-missing", "checklist-open"])
        .held_by(&[
            "tests/cases/at_length/scenarios/platform.rs::the_platform_from_its_architecture_to_its_release",
        ]),
    rule("S-3.3", "Sprint 03, tenant isolation gate: F2-E2 and F2-E3; it wants negatives across tenants and policy telemetry.")
        .by(&["sprint gate"])
        .refuses(&["evidence-missing", "checklist-open"])
        .held_by(&[
            "tests/cases/at_length/scenarios/platform.rs::the_platform_from_its_architecture_to_its_release",
        ]),
    rule("S-3.4", "Sprint 04, core workflow gate: F3-E1 and F3-E2; it wants budgets of latency and errors, and autoscaling.")
        .by(&["sprint gate"])
        .refuses(&["evidence-missing", "checklist-open"])
        .held_by(&[
            "tests/cases/at_length/scenarios/platform.rs::the_platform_from_its_architecture_to_its_release",
        ]),
    rule("S-3.5", "Sprint 05, discoverability gate: F3-E3 and F5-E1; it wants recovery of ingestion and reliable queries.")
        .by(&["sprint gate"])
        .refuses(&["evidence-missing", "checklist-open"])
        .held_by(&[
            "tests/cases/at_length/scenarios/platform.rs::the_platform_from_its_architecture_to_its_release",
        ]),
    rule("S-3.6", "Sprint 06, AI action gate: F4-E1 and F4-E2; it wants traces of tool actions and a rollback that policy allows.")
        .by(&["sprint gate"])
        .refuses(&["evidence-missing", "checklist-open"])
        .held_by(&[
            "tests/cases/at_length/scenarios/platform.rs::the_platform_from_its_architecture_to_its_release",
        ]),
    rule("S-3.7", "Sprint 07, AI quality gate: F5-E2, F5-E3 and F4-E3; it wants signals of citation and quality, and proof of rollback.")
        .by(&["sprint gate"])
        .refuses(&["evidence-missing", "checklist-open"])
        .held_by(&[
            "tests/cases/at_length/scenarios/platform.rs::the_platform_from_its_architecture_to_its_release",
        ]),
    rule("S-3.8", "Sprint 08, automation gate: F6-E1 and F6-E2; it wants evidence of idempotency and replay.")
        .by(&["sprint gate"])
        .refuses(&["evidence-missing", "checklist-open"])
        .held_by(&[
            "tests/cases/at_length/scenarios/platform.rs::the_platform_from_its_architecture_to_its_release",
        ]),
    rule("S-3.9", "Sprint 09, notification and access sync gate: F6-E3 and F7-E1; it wants access states in step and webhooks delivered.")
        .by(&["sprint gate"])
        .refuses(&["evidence-missing", "checklist-open"])
        .held_by(&[
            "tests/cases/at_length/scenarios/platform.rs::the_platform_from_its_architecture_to_its_release",
        ]),
    rule("S-3.10", "Sprint 10, beta readiness gate: F7-E2, F7-E3 and F8-E1; it wants a packet with checks of security and reliability.")
        .by(&["sprint gate"])
        .refuses(&["evidence-missing", "checklist-open"])
        .held_by(&[
            "tests/cases/at_length/scenarios/platform.rs::the_platform_from_its_architecture_to_its_release",
        ]),
    rule("S-3.11", "Sprint 11, GA launch gate: F8-E2 and F8-E3; it wants the decision packet, with service levels and rollback.")
        .by(&["sprint gate", "release ga"])
        .refuses(&["evidence-missing", "checklist-open", "release-approval"])
        .held_by(&[
            "tests/cases/at_length/scenarios/platform.rs::the_platform_from_its_architecture_to_its_release",
        ]),
    rule("S-3.12", "Each sprint has a status: planned, in progress, done.")
        .by(&["sprint overview"])
        .held_by(&[
            "tests/cases/at_length/scenarios/platform.rs::the_platform_from_its_architecture_to_its_release",
            "tests/cases/delivery/checklists.rs::checklists_are_laid_out_once_and_ticked_in_time",
        ]),
    rule("S-3.13", "Each sprint has deliverables of DevOps and SRE.")
        .by(&["sprint checklist", "sprint gate", "policy check"])
        .refuses(&["checklist-open"])
        .held_by(&[
            "tests/cases/delivery/checklists.rs::each_deliverable_is_ticked_by_its_name",
            "tests/cases/delivery/checklists.rs::checklists_are_laid_out_once_and_ticked_in_time",
            "tests/cases/at_length/scenarios/platform.rs::the_platform_from_its_architecture_to_its_release",
        ])
        .open("Each is ticked by its name; the evidence of the gate shows that it works, the tick does not."),
];

const S_4_1: &[Requirement] = &[
    rule("S-4.1.1", "Publish the dependencies with owners and due dates, on day 3.")
        .by(&["sprint checklist"])
        .refuses(&["checklist-open"])
        .held_by(&[
            "tests/cases/delivery/checklists.rs::checklists_are_laid_out_once_and_ticked_in_time",
            "tests/cases/at_length/scenarios/platform.rs::the_platform_from_its_architecture_to_its_release",
        ]),
    rule("S-4.1.2", "Write the evidence checklist of the architecture gate, by the definitions of ready and done.")
        .by(&["sprint checklist"])
        .refuses(&["checklist-open"])
        .held_by(&[
            "tests/cases/at_length/scenarios/platform.rs::the_platform_from_its_architecture_to_its_release",
        ]),
    rule("S-4.1.3", "Add the risks that were newly found to the register of risks and dependencies.")
        .by(&["risk add", "risk list"])
        .held_by(&["tests/cases/risks/recorded.rs::a_risk_is_added_updated_and_closed"]),
    rule("S-4.1.4", "Log progress, and what is asked of other roles.")
        .by(&["sprint status", "story block"])
        .held_by(&[
            "tests/cases/at_length/scenarios/platform.rs::the_platform_from_its_architecture_to_its_release",
        ])
        .open("The status has each block with the role that is asked, and by when; an ask that blocks nothing is written by people."),
];

const S_4_2: &[Requirement] = &[
    rule("S-4.2.1", "Break stories into tasks of one day.")
        .by(&["sprint checklist"])
        .refuses(&["checklist-open"])
        .held_by(&[
            "tests/cases/delivery/checklists.rs::checklists_are_laid_out_once_and_ticked_in_time",
            "tests/cases/delivery/checklists.rs::the_tasks_of_a_story_are_boxes_of_its_decomposition",
        ]),
    rule("S-4.2.2", "Write the template of the CI/CD gate's evidence.")
        .by(&["sprint checklist"])
        .refuses(&["checklist-open"])
        .held_by(&[
            "tests/cases/at_length/scenarios/platform.rs::the_platform_from_its_architecture_to_its_release",
        ]),
    rule("S-4.2.3", "Write the template that proves rollout and rollback of risky changes.")
        .by(&["sprint checklist"])
        .refuses(&["checklist-open"])
        .held_by(&[
            "tests/cases/at_length/scenarios/platform.rs::the_platform_from_its_architecture_to_its_release",
        ]),
];

const S_5: &[Requirement] = &[
    rule("S-5.1", "Status and handoffs are posted to the log and the shared folders.")
        .by(&["sprint status", "handoff"])
        .held_by(&[
            "tests/cases/at_length/scenarios/platform.rs::the_platform_from_its_architecture_to_its_release",
            "tests/cases/delivery/checklists.rs::a_phase_is_handed_over_when_it_is_done_or_in_the_open",
        ]),
    rule("S-5.2", "The status of all sprints and their evidence is one table in a file.")
        .by(&["sprint overview"])
        .held_by(&[
            "tests/cases/at_length/scenarios/platform.rs::the_platform_from_its_architecture_to_its_release",
            "tests/cases/delivery/checklists.rs::checklists_are_laid_out_once_and_ticked_in_time",
        ]),
];

const S_6: &[Requirement] = &[
    rule("S-6.0", "Sprint 00: publication of dependencies, evidence of the architecture gate.")
        .by(&["sprint checklist", "sprint gate"])
        .refuses(&["checklist-open"])
        .held_by(&[
            "tests/cases/at_length/scenarios/platform.rs::the_platform_from_its_architecture_to_its_release",
            "tests/cases/delivery/checklists.rs::checklists_are_laid_out_once_and_ticked_in_time",
        ]),
    rule("S-6.1", "Sprint 01: tasks of each story, evidence of the CI/CD gate.")
        .by(&["sprint checklist", "sprint gate"])
        .refuses(&["checklist-open"])
        .held_by(&[
            "tests/cases/at_length/scenarios/platform.rs::the_platform_from_its_architecture_to_its_release",
        ]),
    rule("S-6.2", "Sprint 02: operations, evidence of the auth shell gate.")
        .by(&["sprint checklist", "sprint gate"])
        .refuses(&["checklist-open"])
        .held_by(&[
            "tests/cases/at_length/scenarios/platform.rs::the_platform_from_its_architecture_to_its_release",
        ]),
    rule("S-6.3", "Sprint 03: operations, tasks of each story, evidence of the tenant isolation gate.")
        .by(&["sprint checklist", "sprint gate"])
        .refuses(&["checklist-open"])
        .held_by(&[
            "tests/cases/at_length/scenarios/platform.rs::the_platform_from_its_architecture_to_its_release",
        ]),
    rule("S-6.4", "Sprint 04: reliability, tasks of each story, evidence of the core workflow gate.")
        .by(&["sprint checklist", "sprint gate"])
        .refuses(&["checklist-open"])
        .held_by(&[
            "tests/cases/at_length/scenarios/platform.rs::the_platform_from_its_architecture_to_its_release",
        ]),
    rule("S-6.5", "Sprint 05: operations, tasks of each story, evidence of the discoverability gate.")
        .by(&["sprint checklist", "sprint gate"])
        .refuses(&["checklist-open"])
        .held_by(&[
            "tests/cases/at_length/scenarios/platform.rs::the_platform_from_its_architecture_to_its_release",
        ]),
    rule("S-6.6", "Sprint 06: operations, tasks of each story, evidence of the AI action gate.")
        .by(&["sprint checklist", "sprint gate"])
        .refuses(&["checklist-open"])
        .held_by(&[
            "tests/cases/at_length/scenarios/platform.rs::the_platform_from_its_architecture_to_its_release",
        ]),
    rule("S-6.7", "Sprint 07: operations, tasks of each story, evidence of the AI quality gate.")
        .by(&["sprint checklist", "sprint gate"])
        .refuses(&["checklist-open"])
        .held_by(&[
            "tests/cases/at_length/scenarios/platform.rs::the_platform_from_its_architecture_to_its_release",
        ]),
    rule("S-6.8", "Sprint 08: operations, tasks of each story, evidence of the automation gate.")
        .by(&["sprint checklist", "sprint gate"])
        .refuses(&["checklist-open"])
        .held_by(&[
            "tests/cases/at_length/scenarios/platform.rs::the_platform_from_its_architecture_to_its_release",
        ]),
    rule("S-6.9", "Sprint 09: operations of the sync, tasks of each story, evidence of the gate; for a demo without billing.")
        .by(&["sprint checklist", "sprint gate"])
        .refuses(&["checklist-open"])
        .held_by(&[
            "tests/cases/at_length/scenarios/platform.rs::the_platform_from_its_architecture_to_its_release",
        ]),
    rule("S-6.10", "Sprint 10: operations, tasks of each story, evidence of the beta readiness gate.")
        .by(&["sprint checklist", "sprint gate"])
        .refuses(&["checklist-open"])
        .held_by(&[
            "tests/cases/at_length/scenarios/platform.rs::the_platform_from_its_architecture_to_its_release",
        ]),
    rule("S-6.11", "Sprint 11: operations, tasks of each story, evidence of the GA launch gate.")
        .by(&["sprint checklist", "sprint gate"])
        .refuses(&["checklist-open"])
        .held_by(&[
            "tests/cases/at_length/scenarios/platform.rs::the_platform_from_its_architecture_to_its_release",
        ]),
];
