use proptest::prelude::*;

use super::*;

fn folder(files: &[(&str, &str)]) -> Folder {
    Folder {
        path: "evidence/S-1".to_owned(),
        subject: "S-1".to_owned(),
        files: files.iter().map(|(n, t)| ((*n).to_owned(), t.as_bytes().to_vec())).collect(),
        odd: BTreeSet::new(),
        changed: None,
    }
}

fn good() -> Vec<(&'static str, &'static str)> {
    vec![
        ("functional.md", "# S-1\n\nCA-1: the replay ends once, see [the log](run.log).\n"),
        (
            "observability.md",
            "The alert `replay_stuck` fired at 12:03, see <https://grafana.acme.io/d/1>.\n",
        ),
        ("degradation.md", "Not applicable: the story changes documents only.\n"),
        ("runbook.md", "See [the runbook](../../docs/runbook.md#replay).\n"),
        ("pull-request.md", "https://github.com/acme/koraos/pull/12\n"),
        ("run.log", "ok"),
    ]
}

fn codes(files: &[(&str, &str)]) -> Vec<String> {
    let has = |path: &str| ["docs/runbook.md", "evidence/S-1/run.log"].contains(&path);
    let pulls = Some("https://github.com/acme/koraos/pull/".to_owned());
    let known = EvidenceFacts { has: &has, pulls, due: None, pull: Linked::Wanted };
    let findings = judge(&folder(files), &Item::of_story(&[]), &known);
    findings.iter().map(|it| format!("{} {}", it.code.name(), it.message)).collect()
}

#[test]
fn good_evidence_is_good() {
    assert_eq!(codes(&good()), [""; 0]);
}

/// A file, what it holds, and the beginning of the one finding.
#[test]
fn what_is_no_evidence() {
    for (file, text, says) in [
        ("functional.md", "", "evidence-empty"),
        ("functional.md", " \n\n", "evidence-empty"),
        ("functional.md", "# Only a heading\n", "evidence-empty"),
        ("functional.md", "<!-- what\nis seen -->\n---\n| | |\n", "evidence-empty"),
        ("functional.md", "TODO\n", "evidence-template"),
        ("functional.md", "- todo: later\n", "evidence-template"),
        ("functional.md", "It works.\n\nTBD\n", "evidence-template"),
        ("functional.md", "Not applicable: there is nothing to see\n", "evidence-reason"),
        ("runbook.md", "Not applicable\n", "evidence-reason"),
        ("runbook.md", "N/A: n/a\n", "evidence-reason"),
        ("runbook.md", "*Não aplicável*: todo\n", "evidence-reason"),
        ("runbook.md", "Não aplicável.\n", "evidence-reason"),
        ("runbook.md", "see [it](gone.md)\n", "evidence-link"),
        ("runbook.md", "see [it](../../../../etc/passwd)\n", "evidence-link"),
        ("runbook.md", "see [it](/docs/none.md)\n", "evidence-link"),
        ("runbook.md", "see [it]()\n", "evidence-link"),
        ("runbook.md", "see [it](file:///etc/passwd)\n", "evidence-link"),
        ("runbook.md", "see https://runbook.example/x\n", "evidence-link"),
        ("runbook.md", "see what [it] says\n\n[it]: gone.md\n", "evidence-link"),
        ("runbook.md", "[it]: run.log\n", "evidence-empty"),
        ("runbook.md", "see [it](run%2.log)\n", "evidence-link"),
        ("pull-request.md", "#12\n", "evidence-pull"),
        ("pull-request.md", "https://github.com/acme/other/pull/12\n", "evidence-pull"),
        ("pull-request.md", "https://github.com/acme/koraos/pull/0\n", "evidence-pull"),
    ] {
        let mut files = good();
        files.iter_mut().filter(|(name, _)| *name == file).for_each(|it| it.1 = text);
        let reported = codes(&files);
        assert!(
            reported.len() == 1 && reported[0].starts_with(says),
            "{file} {text:?}: {reported:?}"
        );
    }
    for item in Item::of_story(&[]) {
        let mut files = good();
        let own = template(&item, "S-1");
        files.iter_mut().filter(|(name, _)| *name == item.file).for_each(|it| it.1 = &own);
        let reported = codes(&files);
        assert!(
            reported.len() == 1 && reported[0].starts_with("evidence-template"),
            "{reported:?}"
        );
        files.retain(|(name, _)| *name != item.file);
        let reported = codes(&files);
        assert!(reported.len() == 1 && reported[0].starts_with("evidence-missing"), "{reported:?}");
    }
    assert_eq!(codes(&[]), ["evidence-missing there is no evidence of S-1 in evidence/S-1"]);
}

#[test]
fn what_passes() {
    for (file, text) in [
        ("functional.md", "TODO lists of users are kept: see [the log](run.log).\n"),
        ("functional.md", "The code is `[a](gone.md)`.\n\n```\n[b](gone.md)\n```\n"),
        ("functional.md", "Seen <!-- [a](gone.md) -->, \\[x](gone.md), [log](run%2Elog).\n"),
        ("runbook.md", "**Não aplicável**: a story muda apenas documentos.\n"),
        ("runbook.md", "Not applicable.\n\nThe story changes documents only.\n"),
        ("runbook.md", "See [the runbook](/docs/runbook.md \"title\") and [this](#here).\n"),
    ] {
        let mut files = good();
        files.iter_mut().filter(|(name, _)| *name == file).for_each(|it| it.1 = text);
        let reported = codes(&files);
        let template = text.starts_with("TODO");
        assert_eq!(reported.len(), usize::from(template), "{text}: {reported:?}");
    }
}

/// When it was changed, and whether that is late; due by the end of 12 February in São Paulo.
#[test]
fn late_evidence_is_reported() {
    let due: Timestamp = "2026-02-13T03:00:00Z".parse().unwrap();
    for (changed, late) in [
        (None, false),
        (Some("2026-02-13T02:59:59Z"), false),
        (Some("2026-02-13T03:00:00Z"), true),
        (Some("2026-02-13T12:00:00Z"), true),
    ] {
        let mut folder = folder(&good());
        folder.changed = changed.map(|text| text.parse().unwrap());
        let known = EvidenceFacts {
            has: &|_| true,
            pulls: None,
            due: Some(Due { by: due, shown: "day 9".to_owned(), sprint: "01".to_owned() }),
            pull: Linked::Wanted,
        };
        let findings = judge(&folder, &Item::of_story(&[]), &known);
        let reported: Vec<_> = findings.iter().map(|it| it.code).collect();
        assert_eq!(reported, if late { vec![Code::EvidenceLate] } else { vec![] }, "{changed:?}");
    }
}

#[test]
fn the_file_of_a_demand_can_be_a_file() {
    for (demand, file) in [
        ("CI pass logs", "ci-pass-logs.md"),
        ("cross-tenant negatives + policy telemetry", "cross-tenant-negatives-policy-telemetry.md"),
        ("evidências/../x", "evidencias-x.md"),
        ("…", "evidence.md"),
    ] {
        assert_eq!(item_of_gate(demand).file, file);
    }
}

proptest! {
    #[test]
    fn no_bytes_make_it_panic(bytes in any::<Vec<u8>>(), text in "[\\[\\]()`<>!#a-z:/.\n -]{0,80}") {
        for bytes in [bytes, text.into_bytes()] {
            let mut folder = folder(&good());
            for name in ["functional.md", "runbook.md", "pull-request.md"] {
                folder.files.insert(name.to_owned(), bytes.clone());
            }
            let pulls = Some("https://github.com/acme/koraos/pull/".to_owned());
            let known = EvidenceFacts { has: &|_| false, pulls, due: None, pull: Linked::Wanted };
            prop_assert!(!judge(&folder, &Item::of_story(&[]), &known).is_empty());
        }
    }
}

/// Each row: what functional evidence says of two criteria, and the codes.
#[test]
fn each_criterion_has_its_result() {
    let criteria = ["CA-1: it ends once".to_owned(), "CA-2 it is fast".to_owned()];
    let first = "## CA-1: it ends once\n\n";
    let second = "## CA-2: It is fast\n\n";
    for (one, two, found) in [
        ("12 of 12 replays ended once.", "See [the run](run.log).", 0),
        ("12 of 12 replays ended once.", "It took 12 ms each.", 0),
        ("ok", "It took 12 ms each.", 1),
        ("x", "", 2),
        ("CA-1 was seen to hold.", "It took 12 ms each.", 1),
        ("12", "It took 12 ms each.", 1),
    ] {
        let text = format!("# S-1\n\n{first}{one}\n\n{second}{two}\n");
        let reported = judge_criteria("f.md", &text, &criteria);
        assert_eq!(reported.len(), found, "{one} / {two}: {reported:?}");
        assert!(reported.iter().all(|it| it.code == Code::EvidenceCriterion && it.place.is_some()));
    }
    let without = judge_criteria("f.md", &format!("{first}12 of 12 ended once.\n"), &criteria);
    assert!(without[0].message.contains("no section"), "{without:?}");
    let only = judge_criteria("f.md", "All 12 of them ended once.\n", &criteria[..1]);
    assert_eq!(only, []);
    let item = &Item::of_story(&criteria)[0];
    let laid = template(item, "S-1");
    assert!(
        laid.contains("## CA-1: it ends once") && laid.contains("## CA-2 it is fast"),
        "{laid}"
    );
    assert!(said(&laid).iter().all(|(_, line)| item.is_templates(line)), "{laid}");
}

/// Each row: what is known of the pull request, its file, and the code.
#[test]
fn a_pull_request_that_is_known_needs_no_link() {
    let template = template(&Item::of_story(&[])[4], "S-1");
    let own = "https://github.com/acme/koraos/pull/12\n";
    let said = "Not applicable: merged without a server.\n";
    for (server, pull, file, code) in [
        (true, Linked::Wanted, None, Some(Code::EvidenceMissing)),
        (true, Linked::Wanted, Some(template.as_str()), Some(Code::EvidenceTemplate)),
        (true, Linked::Wanted, Some(said), Some(Code::EvidenceReason)),
        (true, Linked::Later, None, None),
        (true, Linked::Later, Some(&template), None),
        (true, Linked::Later, Some("#12\n"), Some(Code::EvidencePull)),
        (true, Linked::Is(12), None, None),
        (true, Linked::Is(12), Some(own), None),
        (true, Linked::Is(99), Some(own), Some(Code::EvidencePull)),
        (false, Linked::Wanted, None, None),
        (false, Linked::Wanted, Some(&template), None),
        (false, Linked::Wanted, Some(said), None),
        (false, Linked::Wanted, Some("Merged by hand after 3 green runs.\n"), None),
        (false, Linked::Wanted, Some("ok\n"), Some(Code::EvidenceEmpty)),
        (false, Linked::Is(99), Some(own), Some(Code::EvidencePull)),
    ] {
        let mut files = good();
        files.retain(|(name, _)| *name != "pull-request.md");
        files.extend(file.map(|text| ("pull-request.md", text)));
        let has = |path: &str| ["docs/runbook.md", "evidence/S-1/run.log"].contains(&path);
        let pulls = server.then(|| "https://github.com/acme/koraos/pull/".to_owned());
        let known = EvidenceFacts { has: &has, pulls, due: None, pull };
        let found = judge(&folder(&files), &Item::of_story(&[]), &known);
        let codes: Vec<Code> = found.iter().map(|it| it.code).collect();
        assert_eq!(codes, Vec::from_iter(code), "{server} {pull:?} {file:?}");
    }
}

/// Words that say nothing are refused wherever they stand alone.
#[test]
fn words_that_say_nothing_are_no_evidence() {
    for (file, text, good_one) in [
        ("observability.md", "ok\n", false),
        ("observability.md", "x\n", false),
        ("degradation.md", "it works\n", false),
        ("runbook.md", "done, done\n", false),
        ("observability.md", "The counter goes up.\n", true),
        ("runbook.md", "[it](../../docs/runbook.md)\n", true),
    ] {
        let mut files = good();
        files.iter_mut().filter(|(name, _)| *name == file).for_each(|it| it.1 = text);
        let reported = codes(&files);
        assert_eq!(reported.is_empty(), good_one, "{file} {text:?}: {reported:?}");
    }
}
