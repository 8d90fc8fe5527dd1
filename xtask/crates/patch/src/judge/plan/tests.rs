use std::collections::BTreeMap;
use std::sync::LazyLock;

use proptest::prelude::*;

use super::*;
use crate::judge::patch::{Change, Entry, EntryKind};
use thrice_findings::Code;
use thrice_programme::{Policy, PolicyFiles};

const PROGRAMME: &str = include_str!("../../../../../../policy/programme.toml");
const GATES: &str = include_str!("../../../../../../policy/gates.toml");
const BASE: &str = "0123456789abcdef0123456789abcdef01234567";

const FILEMAP: &str = r#"
[[areas]]
name = "norm"
paths = ["scripts/normalizer/**"]
except = ["scripts/normalizer/old/**"]
gates = ["T4", "T5", "T6"]

[[areas]]
name = "the docs"
paths = ["docs/**", "scripts/**"]
"#;

pub(crate) fn policy(programme: &str, filemap: &str) -> Policy {
    let files: PolicyFiles =
        [("programme.toml", programme), ("gates.toml", GATES), ("filemap.toml", filemap)]
            .map(|(name, text)| (name.to_owned(), text.as_bytes().to_vec()))
            .into();
    let (policy, findings) = thrice_programme::check("policy", &files);
    policy.unwrap_or_else(|| panic!("{findings:?}"))
}

pub(crate) fn patch<P: AsRef<[u8]>>(base: &str, paths: &[P]) -> Patch {
    let mut paths: Vec<Vec<u8>> = paths.iter().map(|path| path.as_ref().to_vec()).collect();
    paths.sort();
    paths.dedup();
    let entry = || Entry { kind: EntryKind::File, object: BASE.to_owned() };
    let change = |path| Change { path, old: None, new: Some(entry()) };
    Patch {
        base: base.to_owned(),
        head: "f".repeat(40),
        changes: paths.into_iter().map(change).collect(),
        merges: Vec::new(),
        passing: BTreeMap::new(),
    }
}

fn with<T>(patch: &Patch, ask: impl FnOnce(&PlanFacts<'_>) -> T) -> T {
    static POLICY: LazyLock<Policy> = LazyLock::new(|| policy(PROGRAMME, FILEMAP));
    let policy = &*POLICY;
    let rules = Rules::new(policy.filemap.as_ref().unwrap(), None).unwrap();
    ask(&PlanFacts { base: BASE, patch, rules: &rules, gates: &policy.gates, output: "out" })
}

/// A plan that is true of [`touched`].
const GOOD: &str = r#"{
  "version": "1.0",
  "base_sha": "0123456789abcdef0123456789abcdef01234567",
  "tasks": [
    {
      "id": "T-NORM-01",
      "files": ["scripts/normalizer/a.py"],
      "gates": ["T4", "T5", "T6"],
      "evidence": [
        "out/evidence/T4_tests/tests.json",
        "out/evidence/T6_determinism/compare.json"
      ]
    },
    {
      "id": "T-DOCS-02",
      "files": ["docs/b.md"],
      "gates": ["T1"],
      "evidence": ["out/evidence/T1_lint/gate.json"]
    }
  ],
  "constraints": { "filemap": "strict", "single_patch": true }
}
"#;

fn touched() -> Patch {
    patch(BASE, &["docs/b.md", "scripts/normalizer/a.py"])
}

/// Everything that is said of a plan: line, path, message.
fn reported(text: &str) -> Vec<String> {
    let problems = match read(text.as_bytes()) {
        Ok((plan, lines)) => with(&touched(), |facts| check(&plan, &lines, facts)),
        Err(problems) => problems,
    };
    let line = |problem: &Problem| {
        format!("{}: {}: {}", problem.line.unwrap_or(0), problem.at, problem.message)
    };
    problems.iter().map(line).collect()
}

#[test]
fn a_true_plan_has_no_problem() {
    assert_eq!(reported(GOOD), [""; 0]);
}

/// A piece of the good plan, what stands there instead, and what is said of it.
const TABLE: &[(&str, &str, &str)] = &[
    ("\"1.0\"", "\"2.0\"", "2: version: `2.0` is not \"1.0\""),
    ("\"1.0\"", "1.0", "2: version: this is `1.0`, where \"1.0\", in quotes, belongs"),
    (
        "4567\"",
        "456\"",
        "3: base_sha: `0123456789abcdef0123456789abcdef0123456` is not the 40 or 64 lower-case hex digits of a commit",
    ),
    (
        "cdef01234567\"",
        "cdef01234568\"",
        "3: base_sha: this is `0123456789abcdef0123456789abcdef01234568`, but the base is `0123456789abcdef0123456789abcdef01234567`",
    ),
    (
        "\"T-NORM-01\"",
        "\"t-norm\"",
        "6: tasks[0].id: `t-norm` is not a name of upper-case letters, digits and hyphens",
    ),
    (
        "\"T-NORM-01\"",
        "\"\"",
        "6: tasks[0].id: `` is not a name of upper-case letters, digits and hyphens",
    ),
    ("T-DOCS-02", "T-NORM-01", "15: tasks[1].id: tasks[0] is called `T-NORM-01` already"),
    ("[\"docs/b.md\"]", "[]", "16: tasks[1].files: this list is empty"),
    (
        "[\"docs/b.md\"]",
        "\"docs/b.md\"",
        "16: tasks[1].files: this is `docs/b.md`, where a list belongs",
    ),
    (
        "\"docs/b.md\"",
        "\"docs/../b.md\"",
        "16: tasks[1].files[0]: `docs/../b.md` is not a plain path below the repository's top",
    ),
    (
        "\"docs/b.md\"",
        "\"/docs/b.md\"",
        "16: tasks[1].files[0]: `/docs/b.md` is not a plain path below the repository's top",
    ),
    (
        "\"docs/b.md\"",
        "\"docs\\\\b.md\"",
        "16: tasks[1].files[0]: `docs\\b.md` is not a plain path below the repository's top",
    ),
    (
        "\"docs/b.md\"",
        "\"docs/\\u0000\"",
        "16: tasks[1].files[0]: `docs/\\u{0}` is not a plain path below the repository's top",
    ),
    (
        "\"docs/b.md\"",
        "\"docs/b.md\", \"docs/b.md\"",
        "16: tasks[1].files[1]: `docs/b.md` is listed twice",
    ),
    (
        "\"docs/b.md\"",
        "\"docs/b.md\", \"docs/c\"",
        "16: tasks[1].files[1]: the patch does not touch `docs/c`",
    ),
    (
        "[\"docs/b.md\"]",
        "[null]",
        "16: tasks[1].files[0]: this is nothing, where a plain path below the repository's top, in quotes, belongs",
    ),
    ("[\"T1\"]", "[\"T1\", \"T11\"]", "17: tasks[1].gates[1]: there is no gate `T11`"),
    ("[\"T1\"]", "[\"x\"]", "17: tasks[1].gates[0]: there is no gate `x`"),
    ("[\"T1\"]", "[\"x y\"]", "17: tasks[1].gates[0]: `x y` is not a gate's id, such as \"T4\""),
    (
        "[\"T1\"]",
        "[\"T2\"]",
        "18: tasks[1].evidence[0]: `out/evidence/T1_lint/gate.json` is left by T1, which is no gate of this task",
    ),
    (
        "T1_lint/gate.json",
        "T1_lint/",
        "18: tasks[1].evidence[0]: `out/evidence/T1_lint/` is not a plain path below the repository's top",
    ),
    (
        "T1_lint/gate.json",
        "T1/x.json",
        "18: tasks[1].evidence[0]: no gate leaves `out/evidence/T1/x.json`",
    ),
    (
        "T4_tests/tests.json",
        "T4_tests/security_audit_passed.pdf",
        "10: tasks[0].evidence[0]: no gate leaves `out/evidence/T4_tests/security_audit_passed.pdf`",
    ),
    (
        "T6_determinism/compare.json",
        "T6_determinism/tests.json",
        "11: tasks[0].evidence[1]: no gate leaves `out/evidence/T6_determinism/tests.json`",
    ),
    (
        "[\"T4\", \"T5\", \"T6\"]",
        "[\"T4\", \"T6\"]",
        "8: tasks[0].gates: `scripts/normalizer/a.py` is in the area `norm`, which demands `T5`",
    ),
    (
        "[\"T4\", \"T5\", \"T6\"]",
        "[\"T6\"]",
        "8: tasks[0].gates: `scripts/normalizer/a.py` is in the area `norm`, which demands `T4`, `T5`",
    ),
    ("\"strict\"", "\"lax\"", "21: constraints.filemap: `lax` is not \"strict\""),
    ("true", "false", "21: constraints.single_patch: this is false, but the Filemap says true"),
    (
        "true",
        "\"true\"",
        "21: constraints.single_patch: this is `true`, where true or false belongs",
    ),
    (
        "\"single_patch\": true",
        "\"single_pach\": true",
        "21: constraints.single_patch: this is missing",
    ),
    (
        "\"single_patch\": true",
        "\"single_patch\": true, \"x\": 1",
        "21: constraints: unknown key `x`",
    ),
    ("\"version\"", "\"base_sha\"", "3: : this is not JSON: the key `base_sha` is given twice"),
    ("{\n  \"version\"", "[\n  \"version\"", "2: : this is not JSON: expected `,` or `]`"),
];

#[test]
fn every_untruth_is_reported_with_its_path_and_line() {
    for (from, to, says) in TABLE {
        assert!(GOOD.contains(from), "{from}");
        let reported = reported(&GOOD.replacen(from, to, 1));
        assert!(reported.iter().any(|line| line == says), "{from} -> {to}: {reported:#?}");
    }
}

#[test]
fn a_task_is_not_said_twice_in_another_order() {
    let (_, from) = GOOD.split_once("\"tasks\": [").unwrap();
    let (first, _) = from.split_once("},").unwrap();
    let again = first
        .replace("T-NORM-01", "T-NORM-03")
        .replace("[\"T4\", \"T5\", \"T6\"]", "[\"T6\", \"T4\", \"T5\"]");
    let text = GOOD.replacen(first, &format!("{first}}},{again}"), 1);
    assert_eq!(
        reported(&text),
        ["14: tasks[1]: this is tasks[0] again: same files, gates and evidence"]
    );
    // The same file in a task of its own, which something else proves, is another task.
    let other = text.replacen("[\"T6\", \"T4\", \"T5\"]", "[\"T6\", \"T4\", \"T5\", \"T1\"]", 1);
    assert_eq!(reported(&other), [""; 0]);
}

#[test]
fn all_problems_are_reported_at_once() {
    let text = GOOD.replace("\"1.0\"", "1").replace("T-DOCS-02", "docs").replace("true", "3");
    let reported = reported(&text);
    assert_eq!(reported.len(), 3, "{reported:#?}");
    let without = GOOD.replace("\"docs/b.md\"", "\"src/x\"");
    let reported = self::reported(&without);
    assert_eq!(
        reported,
        [
            "16: tasks[1].files[0]: `src/x` is outside of the Filemap",
            "16: tasks[1].files[0]: the patch does not touch `src/x`",
            "4: tasks: no task names `docs/b.md`, which the patch touches",
        ]
    );
}

#[test]
fn what_is_wrong_too_often_is_counted() {
    let files = vec!["1"; 500].join(",");
    let problems = read(GOOD.replace("\"docs/b.md\"", &files).as_bytes()).unwrap_err();
    assert_eq!(problems.len(), 201);
    assert_eq!(problems[200].message, "300 more problems are not listed");
    let large = read(&vec![b' '; LARGEST + 1]).unwrap_err();
    assert!(large[0].message.starts_with("this is 8388609 bytes"), "{large:?}");
}

#[test]
fn a_problem_becomes_a_finding_with_its_place() {
    let problems = read(b"{\n}").unwrap_err();
    let finding = problems[0].finding(Code::Cec50, "body.md", 10);
    assert_eq!(finding.message, "`version`: this is missing");
    assert_eq!(finding.place.unwrap().describe(), "body.md:11");
}

#[test]
fn the_draft_has_a_task_for_each_area() {
    let patch = patch(BASE, &["scripts/normalizer/a", "scripts/normalizer/old/b", "docs/c"]);
    let (plan, unplanned) = with(&patch, draft);
    let text = plan.unwrap().text();
    assert_eq!(unplanned, []);
    expect_test::expect![[r#"
        {
          "version": "1.0",
          "base_sha": "0123456789abcdef0123456789abcdef01234567",
          "tasks": [
            {
              "id": "T-NORM-01",
              "files": [
                "scripts/normalizer/a"
              ],
              "gates": [
                "T4",
                "T5",
                "T6"
              ],
              "evidence": [
                "out/evidence/T4_tests/tests.json",
                "out/evidence/T5_properties/tests.json",
                "out/evidence/T6_determinism/compare.json",
                "out/evidence/T6_determinism/zip_compare.json"
              ]
            },
            {
              "id": "T-THE-DOCS-02",
              "files": [
                "docs/c",
                "scripts/normalizer/old/b"
              ],
              "gates": [
                "T1",
                "T4",
                "T5"
              ],
              "evidence": [
                "out/evidence/T1_lint/gate.json",
                "out/evidence/T4_tests/tests.json",
                "out/evidence/T5_properties/tests.json"
              ]
            }
          ],
          "constraints": {
            "filemap": "strict",
            "single_patch": true
          }
        }
    "#]]
    .assert_eq(&text);
}

#[test]
fn what_no_task_can_name_is_reported() {
    let paths: [&[u8]; 4] = [b"docs/a", b"src/x", b"docs/\xff", b"docs/a\nb"];
    let (plan, unplanned) = with(&patch(BASE, &paths), draft);
    let reported: Vec<_> = unplanned.iter().map(|path| path.finding().message).collect();
    assert_eq!(
        reported,
        [
            "docs/a\\nb is in no task: its name is not plain",
            "docs/\\xff is in no task: its name is not plain",
            "src/x is in no task: no area reaches it",
        ]
    );
    let left = with(&patch(BASE, &paths), |facts| check(&plan.unwrap(), &Lines::default(), facts));
    assert_eq!(left.len(), 3);
    assert_eq!(left[1].message, "no task names `docs/\\xff`, which the patch touches");
    assert_eq!(with(&patch(BASE, &["src/x"]), draft).0, None);
}

#[test]
fn the_schema_says_what_the_reader_wants() {
    let schema = schema();
    assert_eq!(schema["required"], json!(["version", "base_sha", "tasks", "constraints"]));
    let task = &schema["properties"]["tasks"]["items"];
    assert_eq!(task["additionalProperties"], false);
    assert_eq!(task["properties"]["id"]["pattern"], "^[A-Z0-9-]+$");
}

mod properties {
    use super::*;

    fn component() -> impl Strategy<Value = String> {
        prop_oneof!["[a-z]{1,3}", "\\.[a-z]", "\\.{3,4}", "[ é~#*]{1,2}", "\\.\\.[a-z]"]
    }

    fn path() -> impl Strategy<Value = String> {
        let area = prop_oneof!["docs", "scripts", "scripts/normalizer", "scripts/normalizer/old"];
        (area, proptest::collection::vec(component(), 1..3))
            .prop_map(|(area, rest)| format!("{area}/{}", rest.join("/")))
    }

    /// The plan with each of its lists turned by some places.
    fn shuffled(plan: &Value, order: u64) -> Value {
        let mut plan = plan.clone();
        let turn = |list: &mut Value| {
            let list = list.as_array_mut().unwrap();
            let by = usize::try_from(order % list.len() as u64).unwrap();
            list.rotate_left(by);
        };
        turn(&mut plan["tasks"]);
        for task in plan["tasks"].as_array_mut().unwrap() {
            for list in ["files", "gates", "evidence"] {
                turn(&mut task[list]);
            }
        }
        plan
    }

    proptest! {
        #[test]
        fn a_draft_is_true_of_its_patch(paths in proptest::collection::vec(path(), 1..20)) {
            let patch = patch(BASE, &paths);
            let (plan, unplanned) = with(&patch, draft);
            prop_assert_eq!(unplanned, []);
            let text = plan.unwrap().text();
            let (plan, lines) = read(text.as_bytes()).unwrap();
            prop_assert_eq!(with(&patch, |facts| check(&plan, &lines, facts)), []);
            prop_assert_eq!(plan.text(), text);
        }

        /// The order of tasks and of their lists says nothing.
        #[test]
        fn the_order_is_irrelevant(
            paths in proptest::collection::vec(path(), 1..20), order in any::<u64>(),
            lies in proptest::sample::subsequence(vec!["T4", "T9", "a.pdf", "docs/x", "less"], 0..5),
        ) {
            let patch = patch(BASE, &paths);
            let mut plan = serde_json::to_value(with(&patch, draft).0.unwrap()).unwrap();
            for lie in lies {
                if lie == "less" {
                    plan["tasks"][0]["gates"].as_array_mut().unwrap().remove(0);
                    continue;
                }
                let list = match lie {
                    "a.pdf" => "evidence",
                    "docs/x" => "files",
                    _ => "gates",
                };
                plan["tasks"][0][list].as_array_mut().unwrap().push(json!(lie));
            }
            let reversed = shuffled(&plan, order);
            let said = |plan: &Value| {
                let (plan, lines) = read(plan.to_string().as_bytes()).unwrap();
                let problems = with(&patch, |facts| check(&plan, &lines, facts));
                let mut said: Vec<String> = problems.into_iter().map(|p| p.message).collect();
                said.sort();
                said
            };
            prop_assert_eq!(said(&plan), said(&reversed));
        }

        #[test]
        fn no_bytes_make_it_panic(bytes in any::<Vec<u8>>()) {
            prop_assert!(read(&bytes).is_err());
        }

        /// Whatever is cut out of or written over a good plan, each problem has a line.
        #[test]
        fn damage_is_reported_with_its_line(
            at in 0..GOOD.len(), length in 0_usize..40, noise in "[\\[\\]{}\"':,a-z0-9 \n.]{0,8}",
        ) {
            let mut bytes = GOOD.as_bytes().to_vec();
            let end = (at + length).min(bytes.len());
            bytes.splice(at..end, noise.bytes());
            if let Err(problems) = read(&bytes) {
                prop_assert!(!problems.is_empty());
                prop_assert!(problems.iter().all(|problem| problem.line.is_some()));
            }
        }
    }
}
