mod mutations;
mod properties;
mod recorded;
mod story;

use std::sync::LazyLock;

use super::*;
use crate::judge::filemap::Rules;
use crate::judge::patch::Patch;
use crate::judge::plan;
use crate::judge::plan::tests::{patch, policy};
use thrice_programme::Policy;

const BASE: &str = "0123456789abcdef0123456789abcdef01234567";
const ZIP: &str = "00000000000000000000000000000000000000000000000000000000000000aa";

/// The programme of the harness (H), as the example has it.
const PROGRAMME: &str = r#"
id = "s7"
name = "Stabilize"
default_branch = "main"
time_zone = "UTC"
[roles.maintainer]
members = ["@example/maintainers"]
[roles.security]
members = ["@example/security"]
"#;

const FILEMAP: &str = r#"
[[areas]]
name = "norm"
paths = ["scripts/**"]
gates = ["T4", "T6"]

[[content]]
name = "tag"
paths = ["scripts/crypto/**"]
must = ['tm\.s7']
reason = "nothing verifies without it"
checklist = """
Domain‑tag `tm.s7.batch.v1
` intacta
"""

[[content]]
name = "constants"
paths = ["scripts/crypto/**"]
must = ['SIGNATURE_PATH']
reason = "nothing verifies without them"
checklist = "Constantes `SIGNATURE_PATH|BATCH_PATH|PUBKEY_PATH|PRIVKEY_PATH` presentes"
"#;

/// The template of the example that is Portuguese, to the letter.
const PORTUGUESE: &str =
    include_str!("../../../../../../docs/examples/trendmarketv2/policy/body.md");

/// A third, in other words and another order.
const THIRD: &str = "# Änderung in `{programme}` ({gates}; {runs} Läufe)

## Worum es geht
{summary}

## Checkliste
- [x] {gates} grün
{checklist}

## Dateien
{files}

## Läufe
* Läufe: {run_ids}
* von {started_at} Uhr
Ergebnis: <{scorecard_sha256}>
Archiv {archive}: {evidence_zip_sha256} (SHA-256)
* bis {finished_at}

## Herkunft
Nur zur Nachprüfung.
Zweig `{branch}`
Stand `{repo_sha}`

## Zeugnis
{scorecard}

## Geschichte
{story}

## Vorhaben
{plan}
";

fn with_template(text: &str) -> Policy {
    let mut policy = policy(PROGRAMME, FILEMAP);
    let read = thrice_programme::BodyTemplate::read("policy/body.md", text.as_bytes());
    policy.body = read.unwrap_or_else(|findings| panic!("{findings:?}"));
    policy
}

static POLICY: LazyLock<Policy> = LazyLock::new(|| with_template(PORTUGUESE));
static ENGLISH: LazyLock<Policy> =
    LazyLock::new(|| with_template(thrice_programme::body::BUILT_IN));
static OTHER: LazyLock<Policy> = LazyLock::new(|| with_template(THIRD));

fn touched() -> Patch {
    patch(BASE, &["scripts/crypto/sign_batch.py", "scripts/normalizer/__init__.py"])
}

fn head() -> String {
    "f".repeat(40)
}

fn scorecard() -> String {
    let gates: Vec<_> = POLICY
        .gates
        .gates
        .iter()
        .map(|gate| serde_json::json!({ "gate": gate.id, "outcome": "pass" }))
        .collect();
    let value = serde_json::json!({
        "schema": "xtask/scorecard/1", "programme": "s7", "commit": head(),
        "tree": BASE, "verdict": "pass", "gates": gates,
    });
    format!("{value:#}\n")
}

fn recorded() -> RecordedDecision {
    let text = serde_json::json!({
        "schema": "xtask/orr/1", "programme": "s7", "verdict": "pass", "commit": head(),
        "branch": "q2-s7-codex-20260131-1200-0123456",
        "run_ids": ["20260131-a.1", "20260131-a.2", "20260131-a.3"],
        "policy_sha256": "p", "scorecard_sha256": sha256(&scorecard()), "evidence_zip_sha256": ZIP,
        "started_at": "2026-01-31T12:00:00Z", "finished_at": "2026-01-31T12:09:59Z",
    });
    RecordedDecision::read(text.to_string().as_bytes()).unwrap()
}

const NOTES: &str = r#"
dor = "refined on Monday"
dod = "all gates green, reviewed"
risks = ["none known"]
evidence = ["https://example.com/run/1"]
rollback = ["revert the merge"]
[acceptance]
base = ["batches of 1,000 are signed"]
delta = ["the tag keeps its LF: `T4`"]
[runbook]
not_applicable = "nothing changes for operators"
"#;

fn story() -> (String, Story) {
    ("S-PC-01-001".to_owned(), Story::read("notes.toml", NOTES.as_bytes()).unwrap())
}

/// What a test asks of a body.
struct Fixture {
    patch: Patch,
    story: Option<(String, Story)>,
    known: bool,
    risky: Risky,
    summary: Option<String>,
    policy: &'static Policy,
    /// How many reviews were red before.
    red: usize,
}

impl Fixture {
    fn new() -> Self {
        let (story, summary, risky) = (None, None, Risky::No);
        Self { patch: touched(), story, known: true, risky, summary, policy: &POLICY, red: 0 }
    }

    /// The same in each of three templates.
    fn in_each() -> [Self; 3] {
        [&*POLICY, &*ENGLISH, &*OTHER].map(|policy| Self { policy, ..Self::new() })
    }

    fn with<T>(&self, ask: impl FnOnce(&BodyFacts<'_>, &BodyContent) -> T) -> T {
        let rules = Rules::new(POLICY.filemap.as_ref().unwrap(), None).unwrap();
        let (patch, gates) = (&self.patch, &POLICY.gates);
        let facts = plan::PlanFacts { base: BASE, patch, rules: &rules, gates, output: "out" };
        let drafted = plan::draft(&facts).0.unwrap().text();
        let (mut recorded, template) = (recorded(), Template::of(self.policy));
        recorded.red_reviews = self.red;
        let content = BodyContent {
            repo_sha: BASE.to_owned(),
            branch: recorded.branch.clone().unwrap(),
            run_ids: recorded.run_ids.clone(),
            red_reviews: recorded.red_reviews,
            scorecard_sha256: recorded.scorecard_sha256.clone().unwrap(),
            evidence_zip_sha256: ZIP.to_owned(),
            started_at: recorded.started_at.clone(),
            finished_at: recorded.finished_at.clone(),
            plan: drafted.clone(),
            scorecard: scorecard(),
            files: patch
                .changes
                .iter()
                .map(|c| String::from_utf8(c.path.clone()).unwrap())
                .collect(),
            summary: self.summary.clone(),
            story: self.story.clone(),
        };
        let known = RecordedReview { recorded: &recorded, plan: &drafted };
        let facts = BodyFacts {
            template: &template,
            head: &head(),
            plan: facts,
            known: self.known.then_some(known),
            story: self.story.as_ref().filter(|_| self.known),
            risky: &self.risky,
        };
        ask(&facts, &content)
    }

    fn body(&self) -> String {
        self.with(|facts, content| render(facts.template, content))
    }

    fn reported(&self, body: impl AsRef<[u8]>) -> Vec<String> {
        let problems = self.with(|facts, _| check(body.as_ref(), facts));
        problems.iter().map(|p| format!("{}: {}: {}", p.line, p.field, p.message)).collect()
    }
}

/// The template of H-7, between its own fences.
const DOCUMENT: &str = "# S7 — Codex PR (Plan→Patch→ORR PASS 3×)

## CEC (telemetria)
repo_sha: <40-hex>
branch: q2-s7-codex-YYYYMMDD-HHMM-<shortsha>
run_ids: [<id1>,<id2>,<id3>]
scorecard_sha256: <64-hex>
evidence_zip_sha256: <64-hex>
started_at: <rfc3339>
finished_at: <rfc3339>

## Plan.json (efêmero)
```json
<plan>```

## Scorecard (out/scorecards/s7.json)
```json
<scorecard>```

## Evidências
Artefato: s7-orr-evidence  
SHA256(out/s7-evidence.zip): `<64-hex>`

## Arquivos tocados (todos constam no Filemap)
- scripts/... (listar)

## Checklist
- [x] T0..T8 PASS **3×**
- [x] ZIP/bytes idênticos nos 3 runs (Cap.2 T6)
- [x] Domain‑tag `tm.s7.batch.v1
` intacta
- [x] Constantes `SIGNATURE_PATH|BATCH_PATH|PUBKEY_PATH|PRIVKEY_PATH` presentes
";

#[test]
fn the_body_of_programme_s7_is_the_documents_to_the_letter() {
    let content = BodyContent {
        repo_sha: "<40-hex>".to_owned(),
        branch: "q2-s7-codex-YYYYMMDD-HHMM-<shortsha>".to_owned(),
        run_ids: ["<id1>", "<id2>", "<id3>"].map(str::to_owned).into(),
        red_reviews: 0,
        scorecard_sha256: "<64-hex>".to_owned(),
        evidence_zip_sha256: "<64-hex>".to_owned(),
        started_at: "<rfc3339>".to_owned(),
        finished_at: "<rfc3339>".to_owned(),
        plan: "<plan>".to_owned(),
        scorecard: "<scorecard>".to_owned(),
        files: vec!["FILE".to_owned()],
        summary: None,
        story: None,
    };
    let body = render(&Template::of(&POLICY), &content);
    assert_eq!(body.replace("- FILE", "- scripts/... (listar)"), DOCUMENT);
}

#[test]
fn what_is_written_passes() {
    for fixture in Fixture::in_each() {
        for story in [None, Some(story())] {
            for known in [true, false] {
                let summary = story.is_some().then(|| "Closes #12\n".to_owned());
                let policy = fixture.policy;
                let fixture =
                    Fixture { story: story.clone(), known, summary, policy, ..Fixture::new() };
                assert_eq!(fixture.reported(fixture.body()), [""; 0]);
                assert_eq!(
                    fixture.reported(fixture.body().replace('\n', "\r\n")),
                    [""; 0],
                    "CRLF throughout"
                );
                let crlf = fixture.body().replace('\n', "\r\n").replacen("\r\n", "\n", 1);
                let mixed = "1: body: the ends of its lines are mixed";
                assert!(fixture.reported(crlf)[0].starts_with(mixed));
                let said =
                    fixture.with(|facts, _| Said::read(fixture.body().as_bytes(), facts.template));
                assert_eq!((&said.run_ids, said.files), (&recorded().run_ids, 2));
                assert_eq!(said.value("repo_sha"), Some(BASE));
                assert_eq!(said.value("evidence_zip_sha256"), Some(ZIP));
                assert_eq!(said.story.is_some(), story.is_some());
                assert!(said.plan.is_some() && said.scorecard == Some(scorecard()));
            }
        }
    }
}

/// Whatever the template: the line is there where reviews were red, and cannot be left out,
/// changed or moved where the decision is known.
#[test]
fn red_reviews_are_in_the_body() {
    let headings = ["Evid\u{ea}ncias\n", "Evidence\n", "Herkunft\n"];
    for (fixture, heading) in Fixture::in_each().into_iter().zip(headings) {
        let line = "Red reviews of this tree before: 2\n";
        assert!(!fixture.body().contains("Red reviews"));
        let fixture = Fixture { red: 2, ..fixture };
        let body = fixture.body();
        assert_eq!(body.matches(line).count(), 1, "{body}");
        let above = body.split(line).next().and_then(|text| text.rsplit("\n## ").next()).unwrap();
        assert!(above.starts_with(heading), "{above}");
        assert_eq!(fixture.reported(&body), [""; 0]);
        let said = fixture.with(|facts, _| Said::read(body.as_bytes(), facts.template));
        assert_eq!(said.red_reviews, 2);
        let moved = body.replace(line, "").replacen("\n\n", &format!("\n\n{line}"), 1);
        for bad in [
            body.replace(line, ""),
            body.replace(line, &line.replace('2', "1")),
            body.replace(line, &line.replace('2', "02")),
            body.replace(line, &line.replace('2', "+2")),
            body.replace(line, &line.repeat(2)),
            moved,
        ] {
            assert_ne!(fixture.reported(&bad), [""; 0], "{bad}");
        }
        // Elsewhere nobody knows how many there were, and the server is asked.
        let elsewhere = Fixture { known: false, ..fixture };
        assert_eq!(elsewhere.reported(body.replace(line, "")), [""; 0]);
    }
}

/// The author's own words, and what is said of them; nothing where they may stand.
const SUMMARIES: &[(&str, &str)] = &[
    ("Closes #12, fixes https://example.com/1\n", ""),
    ("", ""),
    ("\n### Why\n\n- [ ] later\n| a | b |\n\n## Not the template's\n", ""),
    ("```sh\n# a\nrepo_sha: 1\n```\n", ""),
    ("~~~\n```\n~~~\n", ""),
    ("run_ids: [1,2,3]\nbranch: another\n", ""),
    ("## Arquivos  tocados (todos constam no Filemap)\n", "is a heading of the template"),
    ("Checklist\n---\n", "is a heading of the template"),
    ("# S7 — Codex PR (Plan→Patch→ORR PASS 9×)\n", "is a heading of the template"),
    ("```\nopen\n", "the fence that opens here is never closed"),
    ("~~~ text\nopen\n```\n", "the fence that opens here is never closed"),
    ("<!-- hidden\n", "can hide what comes below"),
    ("<DETAILS>\n", "can hide what comes below"),
    ("a\u{202e}b\n", "a character that nobody sees"),
    ("a\u{ad}b\n", "a character that nobody sees"),
    ("a\u{e0041}b\n", "a character that nobody sees"),
    ("\u{3164}\n", "a character that nobody sees"),
    (
        "Done \u{2714}\u{fe0f}, `Vec<T>`, a < b && c, x[1](y), R&D; and <https://a.example/?b&c>\n",
        "",
    ),
    ("```php\n<?php echo \"&#99;\"; <![CDATA[\n```\n", ""),
    ("<?\n", "can hide what comes below"),
    ("a\n\n    ```\n\n<? hidden\n\n    ```\n", "can hide what comes below"),
    ("a\n\n    ```\n\n## Check&#108;ist\n\n    ```\n", "may be no fence"),
    ("<div>\n```\n<h2>Check&#108;ist</h2>\n```\n</div>\n", "may be no fence"),
    ("```\nx\n     ```\n", "may be no fence"),
    ("- a\n\n  ```\nb\n```\n", "may be no fence"),
    ("Check\nlist\n---\n", "is a heading of the template"),
    ("<b>a</b>\n\n```\n<?\n```\n", ""),
    ("<textarea>\n", "can hide what comes below"),
    ("<![CDATA[\n", "can hide what comes below"),
    ("<!DOCTYPE\n", "can hide what comes below"),
    ("<h2>Checklist</h2>\n", "show what nobody wrote"),
    ("## Check&#108;ist\n", "show what nobody wrote"),
    ("## Check&shy;list\n", "is a heading of the template"),
    ("## [Checklist](https://a.example)\n", "is a heading of the template"),
    ("## [Checklist][1]\n", "is a heading of the template"),
    ("## <b>Checklist</b> <br>\n", "is a heading of the template"),
];

#[test]
fn a_summary_is_free_text_that_claims_nothing() {
    let long = "x".repeat(8_001);
    for (text, says) in SUMMARIES.iter().copied().chain([(&*long, "it has 8")]) {
        let fixture = Fixture { summary: Some(text.to_owned()), ..Fixture::new() };
        let reported = fixture.reported(fixture.body());
        let fits = reported.iter().any(|line| line.contains("Summary: ") && line.contains(says));
        assert!(
            if says.is_empty() { reported.is_empty() } else { fits },
            "{text:?}: {reported:#?}"
        );
        let said = fixture.with(|facts, _| Said::read(fixture.body().as_bytes(), facts.template));
        assert_eq!(said.value("branch"), recorded().branch.as_deref(), "{text:?}");
        assert_eq!(said.run_ids, recorded().run_ids, "{text:?}");
    }
    // It can be changed, and nothing that is claimed changes with it.
    for fixture in Fixture::in_each() {
        let plain = fixture.body();
        let template = fixture.with(|facts, _| facts.template.clone());
        for summary in ["Closes #1\n", "\na\n\nb\n", ""] {
            let with = with_summary(&plain, &template, Some(summary));
            assert_eq!(
                with,
                Fixture {
                    summary: Some(summary.to_owned()),
                    ..Fixture { policy: fixture.policy, ..Fixture::new() }
                }
                .body()
            );
            assert_eq!(with_summary(&with, &template, None), plain);
            let other = with_summary(&with, &template, Some("other\n"));
            assert_eq!(other, with_summary(&plain, &template, Some("other\n")));
        }
    }
    // A heading of the template ends it: what follows is read as the section it names.
    let text = "## CEC (telemetria)\nbranch: another\n".to_owned();
    let fixture = Fixture { summary: Some(text), ..Fixture::new() };
    let reported = fixture.reported(fixture.body());
    assert!(
        reported.iter().any(|line| line.contains("this heading is there already")),
        "{reported:?}"
    );
}

/// A piece of the body, what stands there instead, and a piece of what is said of it.
const HOSTILE: &[(&str, &str, &str)] = &[
    ("\n## CEC", "\r\n## CEC", "2: body: the ends of its lines are mixed"),
    ("repo_sha: ", "repo_sha:\t", "repo_sha: this line is `repo_sha:\\t"),
    ("finished_at: 2026-01-31", "finished_at: 2025-01-31", "finished_at: the body says `2025"),
    (
        "```json\n{\n  \"version\"",
        "````json\n{\n  \"version\"",
        "the fence that is opened here is never closed",
    ),
    (
        "```json\n{\n  \"version\"",
        "```json5\n{\n  \"version\"",
        "its fence says `json5`, not `json`",
    ),
    (
        "```json\n{\n  \"version\"",
        "```json\n```\n```json\n{\n  \"version\"",
        "it holds a second fence",
    ),
    ("```json\n{\n  \"version\"", "{\n  \"version\"", "Plan.json: `{` stands outside of the fence"),
    (
        "## Evidências\n",
        "## Evidências\n\n## Evidências\n",
        "Evidências: this heading is there already",
    ),
    (
        "## Evidências\n",
        "## Evidencias\n",
        "Evidências: the template has no heading `## Evidencias`",
    ),
    (
        "## Evidências\n",
        "## Summary\n\nOne.\n\n## Evidências\n",
        "Summary: your own words stand below what is claimed",
    ),
    ("## Evidências\n", "~~~\n## Evidências\n", "Scorecard: `~~~` stands outside of the fence"),
    ("evidence  \n", "evidence\n", "Evidências: the line `Artefato: s7-orr-evidence  ` is missing"),
    ("- [x] ZIP", "- [ ] ZIP", "Checklist: this box is not ticked"),
    ("- [x] ZIP", "- [X] ZIP", "Checklist: `- [X] ZIP"),
    (
        "batch.v1\n`",
        "batch.v1`",
        "Checklist: the template has no item `Domain‑tag `tm.s7.batch.v1` intacta`",
    ),
    ("# S7", "\n# S7", "title: this line is ``, where `# S7"),
    ("# S7", "hello\n# S7", "title: this stands before the first heading"),
    (
        "# S7",
        "\u{feff}# S7",
        "title: the heading `# S7 — Codex PR (Plan→Patch→ORR PASS 3×)` is missing",
    ),
    ("PASS 3×)", "PASS 4×)", "title: the template has no heading"),
    ("presentes\n", "presentes", "Checklist: the body ends too early"),
    ("presentes\n", "presentes\n\n", "Checklist: this line is ``, where the end belongs"),
    ("`scripts/normalizer/__init__.py`", "scripts/normalizer/__init__.py", "Files: this line is"),
    (
        "\"outcome\": \"pass\"",
        "\"outcome\": \"fail\"",
        "Scorecard gates: the gate `T0` did not pass",
    ),
];

#[test]
fn hostile_bodies_are_told_apart_from_good_ones() {
    let fixture = Fixture::new();
    let body = fixture.body();
    for (from, to, says) in HOSTILE {
        assert!(body.contains(from), "{from}");
        let reported = fixture.reported(body.replacen(from, to, 1));
        assert!(
            reported.iter().any(|line| line.contains(says)),
            "{from:?} -> {to:?}: {reported:#?}"
        );
    }
    assert_eq!(fixture.reported(b"a\n\xff"), ["2: body: it is not UTF-8"]);
    assert_eq!(fixture.reported(b""), ["1: title: there is no heading"]);
}

#[test]
fn a_body_says_how_many_runs_there_were() {
    let fixture = Fixture { known: false, ..Fixture::new() };
    let four = |content: &BodyContent| BodyContent {
        run_ids: ["1", "2", "3", "4"].map(str::to_owned).into(),
        ..content.clone()
    };
    let body = fixture.with(|facts, content| render(facts.template, &four(content)));
    assert!(body.contains("PASS 4×)") && body.contains("idênticos nos 4 runs"), "{body}");
    assert_eq!(fixture.reported(&body), [""; 0]);
    let reported = fixture.reported(body.replace("PASS **4×**", "PASS **3×**"));
    assert_eq!(reported.len(), 2, "{reported:?}");
}

#[test]
fn a_policy_text_that_breaks_the_form_leaves_no_good_body() {
    let fixture = Fixture::new();
    for odd in ["a\n- [x] b", "a\n## Checklist", "a\n```", "a\n\nb\r"] {
        let mut template = fixture.with(|facts, _| facts.template.clone());
        template.checklist.push(odd.to_owned());
        let body = fixture.with(|_, content| render(&template, content));
        let reported = fixture
            .with(|facts, _| check(body.as_bytes(), &BodyFacts { template: &template, ..*facts }));
        assert!(!reported.is_empty(), "{odd:?}");
    }
}

#[test]
fn a_long_body_is_refused_at_once() {
    let started = std::time::Instant::now();
    let fixture = Fixture::new();
    for filler in ["- [x] \n", "```\n", "## CEC (telemetria)\n", "repo_sha: \n", "\r", "é"] {
        let body = filler.repeat(10_000_000 / filler.len());
        let reported = fixture.reported(body);
        assert_eq!(reported, ["1: body: it is longer than the 65536 characters that GitHub takes"]);
        let shorter = filler.repeat(65_000 / filler.len());
        assert_ne!(fixture.reported(shorter), [""; 0]);
    }
    let most = "\u{e9}".repeat(65_536);
    assert!(fixture.reported(most).iter().all(|it| !it.contains("65536")));
    assert!(started.elapsed().as_secs() < 20, "{:?}", started.elapsed());
}

#[test]
fn without_a_record_the_form_is_checked_all_the_same() {
    let fixture = Fixture { known: false, ..Fixture::new() };
    let body = fixture.body();
    let table = [
        ("20260131-a.2", "20260131-a.1", "run_ids: `[20260131-a.1,20260131-a.1,"),
        ("12:09:59Z", "11:09:59Z", "finished_at: it is before `started_at`"),
        ("12:09:59Z", "12:09", "finished_at: `2026-01-31T12:09` is not a time"),
        ("branch: q2", "branch: q2..", "branch: `q2..-s7"),
        ("sha256: ", "sha256: A", "scorecard_sha256: `A"),
        ("\"tree\": \"0", "\"tree\": \"1", "Scorecard: its digest is"),
    ];
    for (from, to, says) in table {
        let reported = fixture.reported(body.replacen(from, to, 1));
        assert!(reported.iter().any(|line| line.contains(says)), "{from} -> {to}: {reported:#?}");
    }
}

#[test]
fn names_that_no_line_can_show_are_refused() {
    for bad in ["a\nb", "a`b", " a", "a ", "a\u{85}", "a\u{2028}"] {
        assert!(unlistable(bad.as_bytes()).is_some(), "{bad:?}");
    }
    assert!(unlistable(b"\xff").is_some());
    assert_eq!(unlistable("a b/é*".as_bytes()), None);
}
