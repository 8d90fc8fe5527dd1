use super::*;
use thrice_findings::{Verdict, exit_status, verdict};

fn rules() -> Rules {
    Rules {
        files: 2,
        default_branch: "main".to_owned(),
        gates: vec!["T0".to_owned(), "T1".to_owned()],
        required: vec!["T0".to_owned(), "T1".to_owned()],
        app_id: 15368,
        workflow: ".github/workflows/orr.yml".to_owned(),
    }
}

fn demand(ruleset: u64, checks: &[(&str, Option<u64>)]) -> RequiredCheck {
    let checks = checks.iter().map(|(name, app)| ((*name).to_owned(), *app)).collect();
    RequiredCheck { ruleset, checks }
}

fn home() -> Repository {
    Repository {
        name: "o/n".to_owned(),
        default_branch: "main".to_owned(),
        archived: false,
        may_push: Some(true),
    }
}

fn whole() -> DoctorFacts {
    let actions = Some(15368);
    DoctorFacts {
        git: Probe::Is("git version 2.39.5".to_owned()),
        commit: Probe::Is("0123abc".to_owned()),
        policy: Probe::Is(rules()),
        tools: None,
        scanner: None,
        disk: vec![("out".to_owned(), Probe::Is(5 << 30))],
        keygen: Probe::Is(()),
        signing: Some(Probe::Is(())),
        ledger: Some(Probe::Is("ledger at 0123456789ab".to_owned())),
        elsewhere: None,
        gh: Probe::Is("gh version 2.23.0 (2023-02-27)".to_owned()),
        login: Probe::Is("octocat".to_owned()),
        repository: Probe::Is(home()),
        ahead: Probe::Is(-3),
        workflow: Probe::Is(()),
        workflow_state: Probe::Is("active".to_owned()),
        rules: Probe::Is(vec![demand(7, &[("T0", actions), ("T1", actions)])]),
    }
}

/// The one line that is not ok, and the statuses without and with `--github`.
fn other(change: impl FnOnce(&mut DoctorFacts)) -> (String, u8, u8) {
    let mut facts = whole();
    change(&mut facts);
    let lines = judge(&facts, false);
    let mut others = lines.iter().filter(|line| line.state != LineState::Ok);
    let line = others.next().map(|line| {
        let fix = if line.fix.is_some() { "" } else { " (no fix)" };
        format!("{}: {}: {}{fix}", line.state.word(), line.subject, line.said)
    });
    assert!(others.next().is_none(), "{lines:?}");
    let exit = |github| exit_status(&findings(&lines, github));
    (line.unwrap_or_default(), exit(false), exit(true))
}

fn why() -> Why {
    Why::new("x", "do y")
}

#[test]
fn where_all_is_there_nothing_is_found() {
    let lines = judge(&whole(), false);
    assert_eq!(lines.len(), 14);
    assert!(
        lines.iter().all(|line| line.state == LineState::Ok && !line.said.is_empty()),
        "{lines:?}"
    );
    assert_eq!(findings(&lines, true), []);
}

#[test]
fn what_every_review_needs_refuses_and_what_only_github_needs_warns() {
    let table = [
        (other(|f| f.git = Probe::Absent(why())), ("missing: git: x", 1, 1)),
        (other(|f| f.commit = Probe::Absent(why())), ("missing: commit: x", 1, 1)),
        (other(|f| f.commit = Probe::Unseen(why())), ("not established: commit: x", 4, 4)),
        (
            other(|f| f.disk = vec![("out".to_owned(), Probe::Is((1 << 30) - 1))]),
            ("missing: disk: out: 1.0 GiB free", 1, 1),
        ),
        (
            other(|f| f.disk = vec![("out".to_owned(), Probe::Unseen(why()))]),
            ("not established: disk: out: x", 4, 4),
        ),
        (other(|f| f.keygen = Probe::Absent(why())), ("missing: ssh-keygen: x", 0, 0)),
        (other(|f| f.signing = Some(Probe::Absent(why()))), ("missing: signing: x", 0, 0)),
        (other(|f| f.ledger = Some(Probe::Absent(why()))), ("missing: ledger: x", 0, 0)),
        (other(|f| f.gh = Probe::Absent(why())), ("missing: gh: x", 0, 4)),
        (other(|f| f.login = Probe::Unseen(why())), ("not established: login: x", 0, 4)),
        (
            other(|f| f.login = Probe::Unseen(Why::after("gh"))),
            ("not established: login: not checked: it needs gh first (no fix)", 0, 4),
        ),
        (other(|f| f.workflow = Probe::Absent(why())), ("missing: workflow here: x", 0, 4)),
        (other(|f| f.rules = Probe::Unseen(why())), ("not established: rulesets: x", 0, 4)),
    ];
    for (found, (line, here, there)) in table {
        assert_eq!(found, (line.to_owned(), here, there));
    }
}

#[test]
fn a_policy_that_cannot_be_used_leaves_what_rests_on_it_open() {
    let lines = judge(&DoctorFacts { policy: Probe::Absent(why()), ..whole() }, false);
    let of = |subject: &str| lines.iter().find(|line| line.subject == subject).map(|l| l.state);
    assert_eq!(of("policy"), Some(LineState::Missing));
    assert_eq!(of("rulesets"), Some(LineState::NotEstablished));
    assert_eq!(exit_status(&findings(&lines, false)), 1);
}

#[test]
fn versions_of_gh_are_compared_as_numbers() {
    let gh = |said: &str| other(|facts| facts.gh = Probe::Is(said.to_owned())).0;
    assert_eq!(gh("gh version 2.23.0 (2023-02-27)"), "");
    assert_eq!(gh("gh version 10.0.1"), "");
    assert_eq!(gh("gh version 2.9.0"), "missing: gh: gh version 2.9.0");
    for said in ["", "gh", "gh version", "gh version DEV", "gh version 2", "GitHub's own"] {
        assert_eq!(gh(said), "not established: gh: says no version", "{said}");
    }
}

#[test]
fn a_repository_must_be_the_one_of_policy_and_take_pushes() {
    let repository = |change: fn(&mut Repository)| {
        let mut there = home();
        change(&mut there);
        other(|facts| facts.repository = Probe::Is(there)).0
    };
    assert_eq!(repository(|there| there.archived = true), "missing: repository: o/n is archived");
    assert_eq!(
        repository(|there| there.default_branch = "trunk".to_owned()),
        "missing: repository: the default branch of o/n is trunk; policy says main"
    );
    assert_eq!(
        repository(|there| there.may_push = Some(false)),
        "missing: repository: you may not push to o/n"
    );
    assert_eq!(
        repository(|there| there.may_push = None),
        "not established: repository: o/n does not say what you may do there"
    );
}

#[test]
fn clocks_may_differ_by_a_minute() {
    let clock = |ahead: i64| other(|facts| facts.ahead = Probe::Is(ahead)).0;
    assert_eq!((clock(60), clock(-60)), (String::new(), String::new()));
    assert_eq!(clock(61), "missing: clock: 61 s ahead of GitHub's");
    assert_eq!(clock(i64::MIN), "missing: clock: 9223372036854775808 s behind GitHub's");
}

#[test]
fn only_an_active_workflow_is_ok() {
    for state in ["deleted", "disabled_fork", "disabled_inactivity", "disabled_manually", "new"] {
        let (line, ..) = other(|facts| facts.workflow_state = Probe::Is(state.to_owned()));
        assert_eq!(line, format!("missing: workflow there: is {state}"));
    }
}

#[test]
fn every_gate_is_demanded_from_the_right_app_by_any_of_the_rulesets() {
    let actions = Some(15368);
    let rulesets = |all: Vec<RequiredCheck>| other(|facts| facts.rules = Probe::Is(all)).0;
    let apart = vec![demand(1, &[("T0", actions)]), demand(2, &[("T1", actions)])];
    assert_eq!(rulesets(apart), "");
    let absent = |gates: &str| format!("missing: rulesets: main does not demand {gates}");
    assert_eq!(rulesets(Vec::new()), absent("T0, T1"));
    assert_eq!(rulesets(vec![demand(1, &[("T0", actions), ("T1", None)])]), absent("T1"));
    assert_eq!(rulesets(vec![demand(1, &[("T0", Some(1)), ("T1", actions)])]), absent("T0"));
    assert_eq!(rulesets(vec![demand(1, &[("t0", actions), ("T1 ", actions)])]), absent("T0, T1"));
}

#[test]
fn without_github_all_of_its_lines_are_reported_in_one_warning() {
    let unasked = || Why::after("gh");
    let without = DoctorFacts {
        gh: Probe::Absent(why()),
        login: Probe::Unseen(unasked()),
        repository: Probe::Unseen(unasked()),
        ahead: Probe::Unseen(unasked()),
        workflow_state: Probe::Unseen(unasked()),
        rules: Probe::Unseen(unasked()),
        ..whole()
    };
    let lines = judge(&without, false);
    let found = findings(&lines, false);
    let said: Vec<&str> = found.iter().map(|finding| finding.message.as_str()).collect();
    let all = "GitHub cannot be used yet: gh, login, repository, clock, workflow there, rulesets";
    assert_eq!((said, verdict(&found)), (vec![all], Verdict::Pass));
    assert_eq!(verdict(&findings(&lines, true)), Verdict::NotEstablished);
    // Where nobody has a use for it, it is one line, unless it is asked for.
    let elsewhere = DoctorFacts { elsewhere: Some("is in a folder".to_owned()), ..without };
    let lines_of = |github: bool| {
        let lines = judge(&elsewhere, github);
        let of_github = lines.iter().filter(|line| line.need == Need::GitHub).count();
        (of_github, verdict(&findings(&lines, github)))
    };
    assert_eq!(lines_of(false), (1, Verdict::Pass));
    assert_eq!(findings(&judge(&elsewhere, false), false), Vec::new());
    assert_eq!(lines_of(true), (7, Verdict::NotEstablished));
}
