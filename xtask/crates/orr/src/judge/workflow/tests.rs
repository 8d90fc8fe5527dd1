use super::pins::not_pinned;
use super::*;
use proptest::prelude::*;

const SHA: &str = "08c6903cd8c0fde910a37f88322edcfb5dd907a8";

/// Findings as `code line message`.
fn shown(findings: &[Finding]) -> Vec<String> {
    let line = |f: &Finding| f.place.as_ref().and_then(|place| place.line).unwrap_or(0);
    findings.iter().map(|f| format!("{} {} {}", f.code.name(), line(f), f.message)).collect()
}

fn read(text: &str) -> Workflow {
    parse("w.yml", text.as_bytes()).unwrap()
}

fn refused(text: &str) -> String {
    let finding = parse("w.yml", text.as_bytes()).unwrap_err();
    assert_eq!(finding.place.as_ref().unwrap().file.as_deref(), Some("w.yml"));
    shown(&[*finding]).remove(0).replace("the workflow cannot be read: ", "")
}

/// What is found of the jobs, `RUN0` standing for the step that runs T0, and so on.
fn names(text: &str, gates: &[&str]) -> Vec<String> {
    let step = |gate: &str| format!("steps: [{{run: cargo xtask gates run T{gate}}}]");
    let text = text.replace("RUN0", &step("0")).replace("RUN1", &step("1"));
    shown(&job_names("w.yml", &read(&text), gates, "cargo xtask"))
}

#[test]
fn jobs_and_uses_are_found_in_block_and_flow_style() {
    let text = format!(
        "name: W\non: push\njobs:\n  'a':\n    name: \"A b\"\n    if: x\n    needs: [c, 'd']\n    steps:\n    - run: x\n    - {{\"uses\": 'o/r@{SHA}'}}\n    - uses: >-\n        o/r@v1\n  c: {{uses: ./x.yml, strategy: {{matrix: {{a: [1]}}}}}}\n  d:\n    name:\n    continue-on-error: false\n    steps: [{{run: x, continue-on-error: true}}]\n"
    );
    let workflow = read(&text);
    assert_eq!(workflow.name.as_deref(), Some("W"));
    let job = |id: &str, line| Job {
        axes: Vec::new(),
        id: id.to_owned(),
        name: None,
        line,
        condition: None,
        matrix: false,
        calls_workflow: false,
        needs: Vec::new(),
        tolerates_failure: false,
        runs: Vec::new(),
        defaults: false,
    };
    let run = |line| Run { command: "x".to_owned(), line, bent_by: Vec::new() };
    let a = Job {
        name: Some("A b".to_owned()),
        condition: Some("x".to_owned()),
        needs: vec!["c".to_owned(), "d".to_owned()],
        runs: vec![run(9)],
        ..job("a", 4)
    };
    let tried = vec![("a".to_owned(), vec!["1".to_owned()])];
    let c = Job { matrix: true, axes: tried, calls_workflow: true, ..job("c", 13) };
    let d = Job { tolerates_failure: true, runs: vec![run(17)], ..job("d", 14) };
    assert_eq!((a.context(), c.context()), ("A b", "c"));
    assert_eq!(workflow.jobs, [a, c, d]);
    let uses: Vec<_> = workflow.uses.iter().map(|uses| (uses.text.as_str(), uses.line)).collect();
    assert_eq!(uses, [(&*format!("o/r@{SHA}"), 10), ("o/r@v1", 11), ("./x.yml", 13)]);
}

#[test]
fn what_include_adds_to_a_list_of_the_matrix_is_in_it() {
    let text = "jobs:\n  a:\n    strategy:\n      matrix:\n        python: ['3.10']\n        \
                include:\n        - {python: '3.11', os: x}\n        - {python: '3.10'}\n        \
                - {other: 1}\n    steps: []\n";
    let axes = &read(text).jobs[0].axes;
    assert_eq!(axes[0], ("python".to_owned(), vec!["3.10".to_owned(), "3.11".to_owned()]));
}

#[test]
fn aliases_are_resolved_as_values_keys_and_whole_jobs() {
    let text = "x: [&u o/r@v1, &k uses]\njobs:\n  a: &job\n    steps: &steps\n    - uses: *u\n    - *k : o/r@v2\n  b: *job\n  c:\n    steps: *steps\n";
    let workflow = read(text);
    let uses: Vec<_> = workflow.uses.iter().map(|uses| (uses.text.as_str(), uses.line)).collect();
    let both = [("o/r@v1", 5), ("o/r@v2", 6)];
    assert_eq!(uses, [both, both, both].concat());
    assert_eq!(unpinned("w.yml", &workflow).len(), 6);
}

#[test]
fn what_has_more_than_one_reading_is_refused() {
    let table = [
        ("", "workflow-jobs 1 the file is empty"),
        ("jobs: {}\n---\njobs: {}\n", "workflow-jobs 2 the file holds more than one document"),
        ("jobs: {}\njobs: {}\n", "workflow-jobs 2 the key `jobs` is given twice"),
        ("jobs:\n  a: {}\n  A: {}\n", "workflow-jobs 3 the key `A` is given twice but for case"),
        ("jobs:\n  a:\n    Steps: []\n", "workflow-jobs 3 the key `Steps` must be written `steps`"),
        ("jobs:\n  a:\n    'uses ': x\n", "workflow-jobs 3 the key `uses ` must be written `uses`"),
        ("x: &x {}\njobs:\n  <<: *x\n", "workflow-jobs 3 a merge key `<<` is not read on GitHub"),
        ("x: &x [*x]\njobs: {}\n", "workflow-jobs 1 an alias stands inside of what it repeats"),
        ("jobs: {a: {uses: *y}}\n", "workflow-jobs 1 while parsing node, found unknown anchor"),
        ("? [a]\n: b\njobs: {}\n", "workflow-jobs 1 a key is a list or a mapping"),
        (
            "jobs:\n  a: {uses: !!binary eA==}\n",
            "workflow-jobs 2 the tag `tag:yaml.org,2002:binary` is not read",
        ),
        ("jobs:\n  a: {uses: !x y}\n", "workflow-jobs 2 the tag `!x` is not read"),
        ("name: [a]\njobs: {}\n", "workflow-jobs 1 `name` is a list, not a text"),
        ("on: push\n", "workflow-jobs 1 it has no `jobs`"),
        ("- jobs\n", "workflow-jobs 1 the workflow is a list, not a mapping"),
        ("jobs: [a]\n", "workflow-jobs 1 `jobs` is a list, not a mapping"),
        ("jobs:\n  a: x\n", "workflow-jobs 2 the job `a` is `x`, not a mapping"),
        ("jobs:\n  a:\n    steps: {uses: x}\n", "workflow-jobs 3 `steps` is a mapping, not a list"),
        ("jobs:\n  a:\n    steps:\n    - x\n", "workflow-jobs 4 a step is `x`, not a mapping"),
        (
            "jobs:\n  a:\n    steps:\n    - uses: [x]\n",
            "workflow-jobs 4 `uses` is a list, not a text",
        ),
        ("jobs:\n  a:\n    needs: [{}]\n", "workflow-jobs 3 `needs` is not a list of jobs"),
    ];
    for (text, expected) in table {
        assert_eq!(refused(text), expected, "{text}");
    }
    let not_utf8 = parse("w.yml", b"jobs:\n  \xff: {}\n").unwrap_err();
    assert_eq!(
        shown(&[*not_utf8]),
        ["workflow-jobs 2 the workflow cannot be read: the file is not UTF-8"]
    );
}

#[test]
fn what_is_beyond_the_limits_is_not_established() {
    let deep = format!("jobs: {}{}\n", "[".repeat(70), "]".repeat(70));
    assert_eq!(refused(&deep), "not-established 1 more than 64 levels of nesting");
    let mut laughs = "a0: &a0 [x, x, x, x, x, x, x, x, x, x]\n".to_owned();
    for level in 1..9 {
        let inner = vec![format!("*a{}", level - 1); 10].join(", ");
        laughs.push_str(&format!("a{level}: &a{level} [{inner}]\n"));
    }
    assert_eq!(refused(&laughs), "not-established 5 more than 100000 values");
    let nest = |inner: &str| format!("{}{inner}{}", "[".repeat(20), "]".repeat(20));
    let chain = format!("a: &a {}\nb: &b {}\nc: {}\n", nest("x"), nest("*a"), nest("*b"));
    assert_eq!(refused(&chain), "not-established 3 an alias repeats too deep a value");
    let large = format!("# {}\n", "x".repeat(1 << 20));
    assert_eq!(refused(&large), "not-established 1 the file is larger than 1048576 bytes");
}

#[test]
fn only_commits_and_digests_pin() {
    let digest = "a".repeat(64);
    let pinned = [
        format!("o/r@{SHA}"),
        format!("o/r/sub/dir@{}", SHA.to_uppercase()),
        format!("o/r/.github/workflows/x.yml@{SHA}"),
        "./local/action".to_owned(),
        format!("docker://ghcr.io/o/i:1@sha256:{digest}"),
    ];
    for text in pinned {
        assert_eq!(not_pinned(&text), None, "{text}");
    }
    let table = [
        ("o/r@v5", "is not pinned to a commit"),
        ("o/r@", "is not pinned to a commit"),
        (&format!("o/r@{}", &SHA[1..]), "is not pinned to a commit"),
        (&format!("o/r@{SHA} "), "is not pinned to a commit"),
        (&format!("o/r@x@{SHA}"), "is not pinned to a commit"),
        ("o/r", "names no revision"),
        (".", "names no revision"),
        (&format!("r@{SHA}"), "is not of the form `owner/repository@commit`"),
        (&format!("o/@{SHA}"), "is not of the form `owner/repository@commit`"),
        (&format!("o/../r@{SHA}"), "is not of the form `owner/repository@commit`"),
        (&format!("o/./r@{SHA}"), "is not of the form `owner/repository@commit`"),
        (&format!("../o/r@{SHA}"), "is not of the form `owner/repository@commit`"),
        (&format!(" ./x@{SHA}"), "is not of the form `owner/repository@commit`"),
        ("./a/../../x", "leads out of the repository"),
        (&format!("o/${{{{ x }}}}@{SHA}"), "is an expression"),
        ("docker://alpine:3", "is not pinned to the digest of an image"),
        (
            &format!("docker://alpine@sha256:{}", &digest[1..]),
            "is not pinned to the digest of an image",
        ),
        (&format!("docker://alpine@sha512:{digest}"), "is not pinned to the digest of an image"),
        (&format!("docker://@sha256:{digest}"), "is not pinned to the digest of an image"),
    ];
    for (text, why) in table {
        assert_eq!(not_pinned(text), Some(why), "{text}");
    }
    let workflow = read("jobs:\n  a:\n    uses: o/r/x.yml@main\n  b: {steps: [{uses: o/r}]}\n");
    assert_eq!(
        shown(&unpinned("w.yml", &workflow)),
        [
            "action-unpinned 3 `o/r/x.yml@main` is not pinned to a commit",
            "action-unpinned 4 `o/r` names no revision"
        ]
    );
}

#[test]
fn each_gate_is_exactly_one_job() {
    assert!(names("jobs: {T0: {RUN0}, x: {name: T1, RUN1}, other: {}}", &["T0", "T1"]).is_empty());
    assert_eq!(
        names("jobs: {T0: {name: Zero}}", &["T0"]),
        ["workflow-jobs 0 no job is named `T0`"]
    );
    assert_eq!(
        names("jobs:\n  T0: {RUN0}\n  b: {name: T0, RUN0}\n", &["T0"]),
        ["workflow-jobs 3 a second job is named `T0`; the first is on line 2"]
    );
    assert_eq!(
        names("jobs:\n  T0: {RUN0}\n  b: {name: 't0 '}\n", &["T0"]),
        ["workflow-jobs 3 the job `t0 ` is named almost as the gate `T0`"]
    );
    let computed = "jobs:\n  T0: {RUN0}\n  b: {name: 'T${{ x }}'}\n  c: {name: 'U${{ x }}'}\n";
    assert_eq!(
        names(computed, &["T0"]),
        ["workflow-jobs 3 the name `T${{ x }}` is computed, and can become `T0`"]
    );
}

#[test]
fn a_gate_runs_always_and_under_its_own_name() {
    assert_eq!(
        names("jobs:\n  T0: {if: false, RUN0}\n  T1:\n    strategy: {}\n    RUN1\n", &["T0", "T1"]),
        [
            "workflow-jobs 2 the job of gate `T0` runs under a condition",
            "workflow-jobs 3 the job of gate `T1` has a strategy"
        ]
    );
    assert_eq!(
        names("jobs:\n  T0: {uses: ./x.yml}\n", &["T0"]),
        ["workflow-jobs 2 the job of gate `T0` calls another workflow"]
    );
    for tolerant in ["!!str false", "'${{ x }}'"] {
        assert_eq!(
            names(&format!("jobs:\n  T0: {{RUN0, continue-on-error: {tolerant}}}\n"), &["T0"]),
            ["workflow-jobs 2 the job of gate `T0` goes on after an error"]
        );
    }
    assert_eq!(
        names("jobs:\n  T0: {RUN0}\n  x: {}\n  T1: {needs: [T0, x], RUN1}\n", &["T0", "T1"]),
        ["workflow-jobs 4 the job of gate `T1` needs `x`, which is no gate"]
    );
    assert!(names("jobs: {x: {if: a, uses: ./x, strategy: {}}}", &[]).is_empty());
}

/// A job can have the name of a gate, end well, and have run nothing.
#[test]
fn the_job_of_a_gate_runs_exactly_that_gate_whatever_was_before() {
    let job = |steps: &str| names(&format!("jobs:\n  T0:\n    steps:\n{steps}"), &["T0"]);
    let good = [
        "    - run: cargo xtask gates run T0\n",
        "    - run: |\n        cargo xtask gates run T0\n",
        "    - {if: always(), run: x}\n    - {name: n, id: i, run: cargo xtask gates run T0}\n    - {if: failure(), uses: ./x}\n",
        "    - {if: x, run: cargo xtask gates run T0}\n    - run: cargo xtask gates run T0\n",
    ];
    for steps in good {
        assert_eq!(job(steps), [""; 0], "{steps}");
    }
    let other = [
        "    - run: cargo xtask gates run T1\n",
        "    - run: cargo xtask gates run\n",
        "    - run: cargo xtask gates run T0 || true\n",
        "    - run: |\n        cargo xtask gates run T0\n        true\n",
        "    - run: echo cargo xtask gates run T0\n",
        "    - run: cargo xtask gates run ${{ 'T0' }}\n",
        "    - run: cargo  xtask gates run T0\n",
        "    - uses: ./run\n",
        "      []\n",
    ];
    for steps in other {
        assert_eq!(
            job(steps),
            ["workflow-jobs 2 no step of the job of gate `T0` runs it"],
            "{steps}"
        );
    }
    let bent = [
        ("if: false", "`if`"),
        ("if: always()", "`if`"),
        ("if: github.event_name == 'push'", "`if`"),
        ("shell: 'true {0}'", "`shell`"),
        ("working-directory: /", "`working-directory`"),
        ("env: {PATH: x}", "`env`"),
        ("shell: x, if: y", "`if`, `shell`"),
    ];
    for (keys, said) in bent {
        assert_eq!(
            job(&format!("    - {{run: cargo xtask gates run T0, {keys}}}\n")),
            [format!("workflow-jobs 4 the step that runs gate `T0` has {said}")],
            "{keys}"
        );
    }
    for text in [
        "defaults: {run: {shell: 'true {0}'}}\njobs:\n  T0: {RUN0}\n",
        "on: push\njobs:\n  T0: {defaults: {run: {shell: 'true {0}'}}, RUN0}\n",
    ] {
        assert_eq!(
            names(text, &["T0"]),
            ["workflow-jobs 3 the job of gate `T0` has commands run by `defaults`"]
        );
    }
}

#[test]
fn the_committed_workflow_holds_the_gates_and_pins_its_actions() {
    let bytes = include_bytes!("../../../../../../.github/workflows/orr.yml");
    let workflow = parse("orr.yml", bytes).unwrap();
    let gates = ["T0", "T1", "T2", "T3", "T4", "T5", "T6", "T7", "T8"];
    assert_eq!(workflow.name.as_deref(), Some("S7 ORR Exec"));
    assert_eq!(workflow.uses.len(), 25);
    assert_eq!(shown(&unpinned("orr.yml", &workflow)), [""; 0]);
    assert_eq!(shown(&job_names("orr.yml", &workflow, &gates, "cargo xtask")), [""; 0]);
}

fn judge(bytes: &[u8]) {
    if let Ok(workflow) = parse("w.yml", bytes) {
        let _ = unpinned("w.yml", &workflow);
        let _ = job_names("w.yml", &workflow, &["T0", "T1"], "cargo xtask");
        let _ = drift("w.yml", "jobs: {}\n", bytes);
    }
}

proptest! {
    #[test]
    fn never_panics_on_bytes(bytes in proptest::collection::vec(any::<u8>(), 0..200)) {
        judge(&bytes);
    }

    #[test]
    fn never_panics_on_what_looks_like_yaml(
        text in "(jobs|T0|uses|if|name|[-:?,&*!|>{}\\[\\]'\"#%@a\n\t ]|: |\n  |- |<<|---|\\$\\{\\{|\u{feff}){0,60}"
    ) {
        judge(text.as_bytes());
    }

    #[test]
    fn never_panics_where_a_part_is_gone(from in 0..600_usize, length in 0..40_usize) {
        let mut bytes = include_bytes!("../../../../../../.github/workflows/orr.yml").to_vec();
        bytes.drain(from..from + length);
        judge(&bytes);
    }
}
