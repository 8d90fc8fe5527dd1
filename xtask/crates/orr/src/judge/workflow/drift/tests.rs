use super::*;

const GIVEN: &str = include_str!("../../../../../../../.github/workflows/orr.yml");

/// What is said of the given workflow with one thing changed: `line message`.
fn said(from: &str, to: &str) -> Vec<String> {
    assert!(GIVEN.contains(from), "{from}");
    reported(GIVEN.replacen(from, to, 1).as_bytes())
}

fn reported(there: &[u8]) -> Vec<String> {
    let findings = drift("w.yml", GIVEN, there);
    assert!(findings.iter().all(|finding| finding.code == Code::WorkflowDrift));
    assert!(findings.first().is_some_and(|finding| finding.help.is_some()));
    let line = |f: &Finding| f.place.as_ref().and_then(|place| place.line).unwrap_or(0);
    findings.iter().map(|f| format!("{} {}", line(f), f.message)).collect()
}

/// The second thing that is said; the first is the line.
fn in_words(from: &str, to: &str) -> String {
    let mut all = said(from, to);
    assert!(all.len() >= 2, "{all:?}");
    all.remove(1)
}

#[test]
fn the_same_bytes_are_no_drift() {
    assert_eq!(drift("w.yml", GIVEN, GIVEN.as_bytes()), []);
}

#[test]
fn a_difference_is_reported_by_its_line_and_in_words() {
    expect_test::expect![[r#"
        34 the workflow is not what policy gives: line 34 is `    timeout-minutes: 1`, not `    timeout-minutes: 25`
        34 `timeout-minutes` of the job `T0` is `1`; policy gives `25`"#]]
        .assert_eq(&said("    timeout-minutes: 25\n", "    timeout-minutes: 1\n").join("\n"));
    let table = [
        (
            "      - run: cargo xtask gates run T4\n",
            "      - if: false\n        run: cargo xtask gates run T4\n",
        ),
        ("  contents: read\n", "  contents: write\n"),
        ("  contents: read\n", "  contents: read\n  actions: write\n"),
        ("    name: T8\n", "    name: T8\n    permissions: write-all\n"),
        ("checkout@3d3c42e5aac5ba805825da76410c181273ba90b1 # v7.0.1", "checkout@v7"),
        ("          persist-credentials: false\n", ""),
        ("    needs: [T1]\n", ""),
        ("  pull_request:\n", "  pull_request_target:\n"),
        ("  T7:\n    name: T7\n", "  T9:\n    name: T9\n"),
    ];
    let lines: Vec<String> = table.iter().map(|(from, to)| in_words(from, to)).collect();
    expect_test::expect![[r#"
        143 `if` of step 3 of the job `T4` is there; policy gives none
        23 the permission `contents` of the workflow is `write`; policy gives `read`
        24 the permission `actions` of the workflow is there; policy gives none
        243 `permissions` of the job `T8` is there; policy gives none
        36 `uses` of step 1 of the job `T0` is `actions/checkout@v7`; policy gives `actions/checkout@3d3c42e5aac5ba805825da76410c181273ba90b1`
        38 `with.persist-credentials` of step 1 of the job `T0` is missing
        128 `needs` of the job `T4` is missing
        11 `on.pull_request` of the workflow is missing
        31 the job `T7` is missing"#]].assert_eq(&lines.join("\n"));
}

#[test]
fn what_only_people_see_is_reported_by_its_line() {
    let table = [
        said("# v7.0.1", "# v6.0.0"),
        said("# One job a gate", "# Two jobs a gate"),
        said("name: S7 ORR Exec\n", "name: 'S7 ORR Exec'\n"),
        reported(GIVEN.replace('\n', "\r\n").as_bytes()),
        reported(GIVEN.trim_end().as_bytes()),
        reported(format!("{GIVEN}\n").as_bytes()),
        reported(b""),
        reported(b"\xff"),
        reported(b"jobs: [\n"),
    ];
    let lines: Vec<String> = table.iter().map(|all| all.join("; ")).collect();
    expect_test::expect![[r#"
        36 the workflow is not what policy gives: line 36 is `      - uses: actions/checkout@3d3c42e5aac5ba805825da76410c181273ba90b1 # v6.0.0`, not `      - uses: actions/checkout@3d3c42e5aac5ba805825da76410c181273ba90b1 # v7.0.1`
        4 the workflow is not what policy gives: line 4 is `# Two jobs a gate, named exactly as the check that the ruleset demands. GitHub counts a`, not `# One job a gate, named exactly as the check that the ruleset demands. GitHub counts a`
        7 the workflow is not what policy gives: line 7 is `name: 'S7 ORR Exec'`, not `name: S7 ORR Exec`
        1 the workflow is not what policy gives: line 1 is `# Written from policy/gates.toml by `cargo xtask workflow generate --write`. What is\r`, not `# Written from policy/gates.toml by `cargo xtask workflow generate --write`. What is`
        302 the workflow is not what policy gives: line 302 ends otherwise
        303 the workflow is not what policy gives: it goes on after its end, with ``
        1 the workflow is not what policy gives: it ends before `# Written from policy/gates.toml by `cargo xtask workflow generate --write`. What is`
        1 the workflow is not what policy gives: line 1 is `�`, not `# Written from policy/gates.toml by `cargo xtask workflow generate --write`. What is`
        1 the workflow is not what policy gives: line 1 is `jobs: [`, not `# Written from policy/gates.toml by `cargo xtask workflow generate --write`. What is`"#]].assert_eq(&lines.join("\n"));
}

/// An item that is alike, lists and all, hides no later one.
#[test]
fn the_first_item_that_differs_is_reported() {
    let findings = drift("w.yml", "a:\n- b: [x]\n- c\n", b"a:\n- b: [x]\n- d\n");
    let said: Vec<&str> = findings.iter().map(|it| it.message.as_str()).collect();
    assert_eq!(said[1..], ["`a.2` of the workflow is `d`; policy gives `c`"]);
}

#[test]
fn many_differences_are_counted_not_listed() {
    let all = reported(b"name: x\n'on': push\nconcurrency: {}\njobs:\n  T0: {}\n  T1: {}\n");
    assert_eq!(all.len(), TOLD + 2);
    assert!(all.last().is_some_and(|last| last.ends_with(" more things differ")), "{all:?}");
}
