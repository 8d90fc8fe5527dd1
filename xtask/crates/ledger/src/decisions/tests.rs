use proptest::prelude::*;
use serde_json::json;

use super::testing::{Weight, decision};
use super::*;

/// Kind, what is said, and whether it counts; an hour passes between them.
fn recorded(entries: &[(Kind, Value, bool)]) -> Standing {
    let weigh = |counted: bool| if counted { Weight::Signed } else { Weight::Refused };
    let said = entries
        .iter()
        .enumerate()
        .map(|(hour, (kind, data, counted))| decision(hour_of(hour), *kind, data, weigh(*counted)));
    Standing::of(said, hour_of(100))
}

fn hour_of(hour: usize) -> Timestamp {
    Timestamp::from_second(i64::try_from(hour).unwrap() * 3600).unwrap()
}

fn risk(state: &str, severity: &str, owner: Option<&str>) -> Value {
    let mut said = json!({"risk": "R-1", "state": state, "severity": severity, "title": "t"});
    if let Some(owner) = owner {
        said["owner"] = owner.into();
        said["mitigation"] = "drill".into();
    }
    said
}

/// Each row: entries as (state, severity, owner, counted), then the risk as it stands, and
/// since which hour; none where it is closed.
#[test]
fn an_alarm_counts_and_calm_must_be_somebodys_word() {
    type Row<'a> = (&'a str, &'a str, Option<&'a str>, bool);
    let ana = Some("ana");
    let (open, shut, met): (Row<'_>, Row<'_>, Row<'_>) = (
        ("open", "critical", None, true),
        ("closed", "critical", None, true),
        ("mitigated", "critical", ana, true),
    );
    type Case<'a> = (&'a [Row<'a>], Option<(&'a str, &'a str, bool, usize)>, usize);
    let cases: &[Case<'_>] = &[
        (&[open], Some(("open", "critical", false, 0)), 1),
        (&[("open", "critical", None, false)], Some(("open", "critical", false, 0)), 1),
        // Who answers is a calming word.
        (&[("open", "critical", ana, false)], Some(("open", "critical", false, 0)), 1),
        (&[("closed", "critical", None, false)], None, 0),
        (&[open, ("open", "critical", ana, true)], Some(("open", "critical", true, 0)), 0),
        (&[open, ("open", "critical", ana, false)], Some(("open", "critical", false, 0)), 1),
        (&[open, ("closed", "critical", None, false)], Some(("open", "critical", false, 0)), 1),
        (&[open, ("open", "medium", None, false)], Some(("open", "critical", false, 0)), 1),
        (&[open, ("open", "medium", None, true)], Some(("open", "medium", false, 0)), 0),
        (
            &[open, ("accepted", "critical", None, true)],
            Some(("accepted", "critical", false, 0)),
            1,
        ),
        (&[open, ("accepted", "medium", None, false)], Some(("open", "critical", false, 0)), 1),
        (&[open, shut], None, 0),
        // It was known who answers; a later word that leaves it out takes nothing back.
        (&[met, open], Some(("open", "critical", true, 1)), 0),
        // Opened again, worse, or after its end, by anybody.
        (&[met, ("open", "medium", None, false)], Some(("open", "critical", true, 1)), 0),
        (
            &[("open", "medium", None, true), ("open", "critical", None, false)],
            Some(("open", "critical", false, 0)),
            1,
        ),
        (&[open, shut, ("open", "high", None, false)], Some(("open", "critical", false, 2)), 1),
        (&[open, shut, ("open", "high", None, true)], Some(("open", "high", false, 2)), 0),
    ];
    for (rows, stands, unowned) in cases {
        let entries: Vec<(Kind, Value, bool)> = rows
            .iter()
            .map(|(state, severity, owner, counted)| {
                (Kind::Risk, risk(state, severity, *owner), *counted)
            })
            .collect();
        let found = recorded(&entries);
        let seen = found.risks().first().map(|it| {
            let since = (0..9).find(|hour| hour_of(*hour) == it.opened).unwrap();
            (it.state().word(), it.severity.word(), it.owner.is_some(), since)
        });
        assert_eq!(seen, *stands, "{rows:?}");
        assert_eq!(found.unowned().len(), *unowned, "{rows:?}");
    }
}

#[test]
fn an_accepted_risk_is_open_again_at_its_second() {
    for (hour, stands) in [(99, "open"), (100, "open"), (101, "accepted")] {
        let mut said = risk("accepted", "critical", None);
        said["expires_at"] = json!(hour_of(hour).to_string());
        assert_eq!(
            recorded(&[(Kind::Risk, said, true)]).risks()[0].state().word(),
            stands,
            "{hour}"
        );
    }
}

#[test]
fn blocks_hold_until_somebody_lifts_them() {
    let block = |severity: &str, eta: &str| {
        json!({"block": "B-1", "subject": "S-1", "severity": severity, "cause": "c",
            "owner": "sm", "eta": eta})
    };
    let (soon, late) = ("2026-02-01T00:00:00Z", "2027-02-01T00:00:00Z");
    let lift = json!({"block": "B-1", "reason": "done"});
    let stands = |entries: &[(Kind, Value, bool)]| {
        let found = recorded(entries);
        let eta = |it: &Alarm| it.details.eta.map(|eta| eta.to_string()).unwrap_or_default();
        found.block_of("S-1").map(|it| (it.severity.word().to_owned(), eta(it)))
    };
    let first = (Kind::Block, block("high", soon), false);
    let reported = |severity: &str, eta: &str| Some((severity.to_owned(), eta.to_owned()));
    for (then, wanted) in [
        (vec![], reported("high", soon)),
        (vec![(Kind::Unblock, lift.clone(), false)], reported("high", soon)),
        (vec![(Kind::Unblock, lift.clone(), true)], None),
        (vec![(Kind::Block, block("medium", late), false)], reported("high", soon)),
        (vec![(Kind::Block, block("critical", late), false)], reported("critical", soon)),
        (vec![(Kind::Block, block("medium", late), true)], reported("medium", late)),
        (vec![(Kind::Unblock, lift, true), first.clone()], reported("high", soon)),
    ] {
        let entries: Vec<_> = std::iter::once(first.clone()).chain(then).collect();
        assert_eq!(stands(&entries), wanted, "{entries:?}");
    }
}

#[test]
fn decisions_count_by_their_authors_standing() {
    let object = "a".repeat(40);
    let approval = |role: &str| json!({"about": "story", "subject": "S-1", "role": role, "sha": object, "tree": object});
    let gate = json!({"wave": "O1", "decision": "pass"});
    let close = json!({"cycle": "C-01", "decision": "not-met", "stories_open": ["S-2"]});
    let now = hour_of(99);
    let po = ["po".to_owned()];
    let all = |counted| {
        recorded(&[
            (Kind::Approval, approval("po"), counted),
            (Kind::WaveGate, gate.clone(), counted),
            (Kind::CycleClose, close.clone(), counted),
        ])
    };
    let (yes, no) = (all(true), all(false));
    assert!(yes.story_approval("S-1", &po, now).is_some() && yes.is_passed("O1", now));
    assert_eq!(
        yes.closed_cycle("C-01").map(|it| (it.is_met(), it.content.stories_open.len())),
        Some((false, 1))
    );
    assert!(no.story_approval("S-1", &po, now).is_none() && !no.is_passed("O1", now));
    assert!(no.closed.is_empty());
    assert_eq!(
        no.why_not("O1"),
        " (the wave-gate of ann@example.com does not count: no signature)"
    );
    let other = recorded(&[(Kind::Approval, approval("qa"), true)]);
    assert!(other.story_approval("S-1", &po, now).is_none());
    assert_eq!(other.why_not("S-1"), " (ann@example.com holds no such role)");
}

/// Each row: results and whether their entries count, then whether the drill is passed.
#[test]
fn a_failed_drill_counts_and_a_passed_one_must_be_somebodys_word() {
    type Row<'a> = (&'a [(&'a str, bool)], Option<bool>);
    let cases: &[Row<'_>] = &[
        (&[], None),
        (&[("pass", false)], None),
        (&[("fail", false)], Some(false)),
        (&[("pass", true)], Some(true)),
        (&[("pass", true), ("fail", false)], Some(false)),
        (&[("fail", true), ("pass", false)], Some(false)),
        (&[("fail", true), ("pass", true)], Some(true)),
    ];
    for (entries, passed) in cases {
        let said: Vec<_> = entries
            .iter()
            .map(|(result, counted)| {
                (Kind::Drill, json!({"drill": "restore", "result": result}), *counted)
            })
            .collect();
        let recorded = recorded(&said);
        assert_eq!(recorded.drill("restore").map(|drill| drill.passed), *passed, "{entries:?}");
        assert_eq!(recorded.drill("resilience"), None);
    }
}

fn incident(state: &str, severity: &str) -> Value {
    json!({"incident": "INC-1", "state": state, "severity": severity, "title": "t"})
}

/// An entry by when it was recorded, which its place in the ledger need not follow: a
/// branch that was joined later brings older entries.
fn at(hour: usize, kind: Kind, data: &Value) -> Decision {
    decision(hour_of(hour), kind, data, Weight::Signed)
}

#[test]
fn nothing_calms_an_alarm_that_is_younger_than_it() {
    let lift = json!({"block": "B-1", "reason": "done"});
    let block = json!({"block": "B-1", "subject": "S-1", "severity": "high", "cause": "c",
        "owner": "sm"});
    let drill = |result: &str| json!({"drill": "restore", "result": result});
    let gate = |word: &str| json!({"wave": "O1", "decision": word});
    type Calm = fn(&Standing) -> bool;
    let rows: [(Kind, Value, Kind, Value, Calm); 6] = [
        (
            Kind::Risk,
            risk("open", "critical", None),
            Kind::Risk,
            risk("closed", "critical", None),
            |it| it.risks().is_empty(),
        ),
        (
            Kind::Risk,
            risk("open", "critical", None),
            Kind::Risk,
            risk("open", "medium", None),
            |it| it.risks()[0].severity.word() == "medium",
        ),
        (
            Kind::Incident,
            incident("open", "P2"),
            Kind::Incident,
            incident("recovered", "P2"),
            |it| !it.alarms[0].is_open(),
        ),
        (Kind::Block, block, Kind::Unblock, lift, |it| it.blocks().count() == 0),
        (Kind::Drill, drill("fail"), Kind::Drill, drill("pass"), |it| {
            it.drill("restore").is_some_and(|drill| drill.passed)
        }),
        (Kind::WaveGate, gate("fail"), Kind::WaveGate, gate("pass"), |it| {
            it.is_passed("O1", hour_of(50))
        }),
    ];
    for (kind, alarm, calming, calm, is_calm) in rows {
        for (hour, wanted) in [(6, true), (5, true), (4, false)] {
            let decisions = [at(5, kind, &alarm), at(hour, calming, &calm)];
            let standing = Standing::of(decisions, hour_of(9));
            assert_eq!(is_calm(&standing), wanted, "{hour} {calm}");
            let why = standing.uncounted.first().map_or("", |it| it.why.as_str());
            assert_eq!(why.contains("older than the alarm"), !wanted, "{hour} {calm}: {why}");
        }
    }
}

#[test]
fn what_calms_is_signed_whatever_policy_says_of_its_kind() {
    for (kind, alarm, calm) in [
        (Kind::Risk, risk("open", "critical", None), risk("closed", "critical", None)),
        (Kind::Incident, incident("open", "P2"), incident("closed", "P2")),
        (
            Kind::Block,
            json!({"block": "B", "subject": "S-1", "severity": "high", "cause": "c", "owner": "o"}),
            json!({"block": "B", "subject": "S-1", "severity": "high", "cause": "c", "owner": "o",
                "acknowledged_at": "1970-01-01T00:00:00Z"}),
        ),
    ] {
        for (weight, state) in [(Weight::Unsigned, true), (Weight::Signed, false)] {
            let decisions = [
                decision(hour_of(0), kind, &alarm, Weight::Unsigned),
                decision(hour_of(1), kind, &calm, weight),
            ];
            let standing = Standing::of(decisions, hour_of(9));
            let is_untouched = standing.alarms[0].state() == AlarmState::Open;
            assert_eq!(is_untouched, state, "{calm}");
            assert_eq!(standing.uncounted.is_empty(), !state, "{calm}");
        }
    }
}

/// The three entries of which two readings of the ledger said two things: open critical,
/// closed, and open again as medium by nobody's key.
#[test]
fn a_risk_that_comes_back_by_nobodys_key_is_as_bad_as_it_was() {
    for last in [Weight::Unsigned, Weight::Refused] {
        let decisions = [
            decision(hour_of(0), Kind::Risk, &risk("open", "critical", None), Weight::Signed),
            decision(hour_of(1), Kind::Risk, &risk("closed", "critical", None), Weight::Signed),
            decision(hour_of(2), Kind::Risk, &risk("open", "medium", None), last),
        ];
        let standing = Standing::of(decisions, hour_of(9));
        let found = standing.risks()[0];
        assert_eq!((found.state().word(), found.severity.word()), ("open", "critical"), "{last:?}");
        assert!(found.stops_merges());
    }
}

/// What calms an alarm names the entry that raised it: said of one alarm, it calms no other,
/// not one of the same name that came later either.
#[test]
#[expect(clippy::too_many_lines, reason = "a table")]
fn a_word_that_answers_one_alarm_is_refused_for_another() {
    let named = |hour, id: &str, kind, data: &Value| {
        let id = id.to_owned();
        Decision { id, ..decision(hour_of(hour), kind, data, Weight::Signed) }
    };
    let incident = |state: &str, answers: Option<&str>| {
        let mut said = json!({"incident": "I-1", "state": state, "severity": "P0", "title": "t"});
        said["postmortem_sha256"] = json!("b".repeat(64));
        if let Some(answers) = answers {
            said["answers"] = answers.into();
        }
        (Kind::Incident, said)
    };
    let risk = |state: &str, answers: Option<&str>| {
        let mut said = risk(state, "critical", None);
        if let Some(answers) = answers {
            said["answers"] = answers.into();
        }
        (Kind::Risk, said)
    };
    let block = |_: &str, _: Option<&str>| {
        let said = json!({"block": "B-1", "subject": "S-1", "severity": "high", "cause": "c",
            "owner": "o"});
        (Kind::Block, said)
    };
    let unblock = |_: &str, answers: Option<&str>| {
        (Kind::Unblock, json!({"block": "B-1", "reason": "r", "answers": answers.unwrap()}))
    };
    type Said<'a> = &'a dyn Fn(&str, Option<&str>) -> (Kind, Value);
    let rows: [(Said<'_>, Said<'_>, &str); 5] = [
        (&incident, &incident, "acknowledged"),
        (&incident, &incident, "closed"),
        (&risk, &risk, "closed"),
        (&risk, &risk, "accepted"),
        (&block, &unblock, ""),
    ];
    for (raise, answer, word) in rows {
        for (answers, wanted) in [("first", false), ("second", true), ("another", false)] {
            let (kind, open) = raise("open", None);
            let (calming, calm) = answer(word, Some(answers));
            let said = [
                named(0, "first", kind, &open),
                named(1, "second", kind, &open),
                // It was signed after both, about the one that it names.
                named(2, "calm", calming, &calm),
            ];
            let standing = Standing::of(said, hour_of(9));
            let is_open = standing.alarms[0].state() == AlarmState::Open;
            assert_eq!(!is_open, wanted, "{kind:?} {word} {answers}");
            assert_eq!(standing.uncounted.is_empty(), wanted, "{kind:?} {word} {answers}");
        }
    }
    // Who changes the owner of a risk that is there raises no other: an answer still holds.
    let (kind, open) = risk("open", None);
    let (_, owned) = risk("open", Some("first"));
    let (_, closed) = risk("closed", Some("first"));
    let said = [
        named(0, "first", kind, &open),
        named(1, "owner", kind, &owned),
        named(2, "closed", kind, &closed),
    ];
    assert_eq!(Standing::of(said.clone(), hour_of(9)).alarms[0].state(), AlarmState::Closed);
    // The same words, replayed once it is back, close nothing.
    let (_, back) = risk("open", Some("first"));
    let again = Decision { id: "again".to_owned(), ..said[2].clone() };
    let again = Decision { at: hour_of(4), ..again };
    let said = said.into_iter().chain([named(3, "back", kind, &back), again]);
    assert_eq!(Standing::of(said, hour_of(9)).alarms[0].state(), AlarmState::Open);
}

/// Some readings have risks and no incidents: the id of a risk is the same in all.
#[test]
fn an_alarm_has_one_id_whatever_else_is_read() {
    let named = |kind: Kind, word: &str, id: &str, title: &str| {
        let severity = if kind == Kind::Risk { "high" } else { "P1" };
        let said = json!({word: id, "state": "open", "severity": severity, "title": title});
        Decision { id: title.to_owned(), ..decision(hour_of(0), kind, &said, Weight::Signed) }
    };
    let risks = ["first", "second"].map(|title| named(Kind::Risk, "risk", "A-1", title));
    let incident = named(Kind::Incident, "incident", "A-2", "other");
    let ids = |said: Vec<Decision>| -> Vec<String> {
        let standing = Standing::of(said, hour_of(9));
        standing.of_kind(AlarmKind::Risk).map(|alarm| alarm.id.clone()).collect()
    };
    let all: Vec<Decision> = std::iter::once(incident).chain(risks.clone()).collect();
    assert_eq!(ids(risks.to_vec()), ["A-1", "A-2"]);
    assert_eq!(ids(all), ["A-1", "A-2"]);
}

const WEIGHTS: [Weight; 3] = [Weight::Signed, Weight::Unsigned, Weight::Refused];

fn weight() -> impl Strategy<Value = Weight> {
    (0_usize..WEIGHTS.len()).prop_map(|at| WEIGHTS[at])
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(256))]

    /// Whatever ids clones give at one moment, pushed in whatever order: each alarm is there
    /// once, open, under an id of its own, and an answer reaches the one that it names; so does
    /// what answers an answer.
    #[test]
    fn no_alarm_of_another_is_lost(
        ids in proptest::collection::vec((0_usize..3, any::<bool>(), weight()), 1..9),
        answered in 0_usize..9,
    ) {
        let named = |of: bool, at: usize| {
            if of { ["INC-008", "INC-009", "INC-1"][at] } else { ["R-1", "R-9", "risk"][at] }
        };
        let entry = |number: usize, state: &str, answers: Option<&str>| {
            let (at, of, weight) = ids[number];
            let (kind, word, severity) =
                if of { (Kind::Incident, "incident", "P0") } else { (Kind::Risk, "risk", "high") };
            let mut said = json!({word: named(of, at), "state": state, "severity": severity,
                "title": format!("alarm {number}")});
            if let Some(answers) = answers {
                said["answers"] = answers.into();
                said["mitigation"] = "done".into();
                return decision(hour_of(1), kind, &said, Weight::Signed);
            }
            Decision { id: format!("entry-{number}"), ..decision(hour_of(0), kind, &said, weight) }
        };
        let answered = answered % ids.len();
        let state = if ids[answered].1 { "recovered" } else { "mitigated" };
        let mut all: Vec<Decision> = (0..ids.len()).map(|it| entry(it, "open", None)).collect();
        let first = format!("entry-{answered}");
        all.push(entry(answered, state, Some(&first)));
        // It is back, and what calms it then names the entry that said so.
        let back = Decision { id: "back".to_owned(), ..entry(answered, "open", Some(&first)) };
        let again = [back, entry(answered, state, Some("back"))];
        for (last, more) in [(first.as_str(), None), ("back", Some(again))] {
            all.extend(more.into_iter().flatten());
            let standing = Standing::of(all.clone(), hour_of(9));
            let own: std::collections::BTreeSet<&str> =
                standing.alarms.iter().map(|alarm| alarm.id.as_str()).collect();
            prop_assert_eq!(own.len(), ids.len());
            for (number, (at, of, _)) in ids.iter().enumerate() {
                let own = format!("entry-{number}");
                let by = if number == answered { last } else { own.as_str() };
                let alarm = standing.alarms.iter().find(|alarm| alarm.raised_by == by);
                let alarm = alarm.expect("it is there");
                prop_assert_eq!(alarm.is_open(), number != answered);
                prop_assert_eq!(alarm.opened_as.as_deref().unwrap_or(&alarm.id), named(*of, *at));
            }
        }
    }

    /// Whatever is said in whatever order: who has no key makes nothing calmer.
    #[test]
    fn entries_without_a_key_never_calm(
        words in proptest::collection::vec((0_usize..4, 0_usize..3, 0_usize..9, weight()), 0..9),
        last in (0_usize..4, 0_usize..3), hour in 0_usize..12, refused in any::<bool>(),
    ) {
        const STATES: [&str; 4] = ["open", "accepted", "mitigated", "closed"];
        let said = |(state, severity): (usize, usize)| {
            risk(STATES[state], ["critical", "high", "medium"][severity], None)
        };
        let mut decisions: Vec<Decision> = words
            .iter()
            .map(|(state, severity, hour, weight)| {
                decision(hour_of(*hour), Kind::Risk, &said((*state, *severity)), *weight)
            })
            .collect();
        let before = Standing::of(decisions.clone(), hour_of(99));
        // What a command shows before it records is what the ledger says afterwards.
        for (weight, is_signed) in [(Weight::Signed, true), (Weight::Unsigned, false)] {
            let mut data = said(last);
            data["answers"] = "entry-0001".into();
            let next = decision(hour_of(50), Kind::Risk, &data, weight);
            let read = Standing::of(decisions.iter().cloned().chain([next]), hour_of(99));
            let said = (Kind::Risk, data.as_object().expect("an object"));
            let Some(alarm) = before.alarms.first() else { continue };
            let shown = alarm.after(said, is_signed, hour_of(50));
            let facts = |it: &Alarm| (it.severity, it.state(), it.began, it.frozen.clone());
            prop_assert_eq!(Some(facts(&shown)), read.alarms.first().map(facts));
        }
        let weight = if refused { Weight::Refused } else { Weight::Unsigned };
        decisions.push(decision(hour_of(hour), Kind::Risk, &said(last), weight));
        let after = Standing::of(decisions, hour_of(99));
        if let (Some(before), Some(after)) = (before.alarms.first(), after.alarms.first()) {
            prop_assert!(after.severity <= before.severity);
            prop_assert!(after.is_open() || !before.is_open());
            prop_assert!(after.stops_merges() || !before.stops_merges());
        }
        prop_assert!(after.alarms.len() >= before.alarms.len());
    }
}
