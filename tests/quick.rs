//! The tests of the whole program that the gate T4 runs: each of a review's runs compiles them
//! anew, and a fifth of the tests takes a fifth of the time. `cargo test` runs them in `main`,
//! with all others.

#![expect(clippy::unwrap_used, reason = "a test that cannot go on should say where and stop")]
#![expect(clippy::too_many_lines, reason = "a scenario is read from its beginning to its end")]
#![expect(dead_code, unused_imports, reason = "the other tests use the rest of `support`")]

mod cases {
    mod compare;
    mod filemap;
    mod first_walks;
    mod house;
    mod isolation;
    mod outcomes;
    mod outcomes_evidence;
    mod outcomes_tests;
    mod policies;
    mod policies_table;
    mod policies_whole;
    mod red_team;
    mod red_team_rules;
    mod reference;
    mod requirements;
    mod self_policy;
}
mod support;
