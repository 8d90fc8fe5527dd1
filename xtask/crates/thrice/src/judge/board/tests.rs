use super::*;
use thrice_pull::judge::metrics::{Change, From, Review, Spread};

const HOSTILE: &str = "<script>alert('x')</script>\" onload=\"&\u{202e}";

fn at(second: i64) -> jiff::Timestamp {
    jiff::Timestamp::from_second(second).unwrap()
}

fn hostile() -> String {
    HOSTILE.to_owned()
}

/// Nothing but its name.
fn empty() -> Board {
    let none = || "there is none".to_owned();
    Board {
        name: "Empty".to_owned(),
        made: "Friday".to_owned(),
        days: Vec::new(),
        matters: Err(none()),
        stories: Err(none()),
        waves: Err(none()),
        sprints: Err(none()),
        pulls: Err(none()),
        releases: Err(none()),
        trends: Err(none()),
        unseen: Vec::new(),
    }
}

fn measured() -> Measured {
    let change = |landed: i64, began: Option<(i64, From)>| Change {
        commit: hostile(),
        subject: hostile(),
        pull: Some(1),
        landed_at: at(landed),
        began: began.map(|(began, by)| (at(began), by)),
        commits: 1,
        added: u64::MAX,
        deleted: 1,
        files: 1,
    };
    let review = |second: i64| Review {
        commit: hostile(),
        at: at(second),
        passed: false,
        zips: vec![hostile(), "b".to_owned()],
        gates: vec![(hostile(), 1.0)],
        outcomes: std::iter::once((hostile(), vec![])).collect(),
    };
    Measured {
        changes: vec![
            change(100, Some((10, From::FirstPush))),
            change(1_000_000, Some((10, From::FirstCommit))),
            change(7, None),
        ],
        reviews: vec![review(5), review(1_000_000)],
        ..Measured::default()
    }
}

/// Every text that there is says what no page may obey.
fn full() -> Board {
    let measured = measured();
    let mut all = measured.summary(HOSTILE);
    all.gates.insert(hostile(), Spread::of(vec![1.0, 2.0]).unwrap());
    let zone = jiff::tz::TimeZone::UTC;
    let weeks = measured.weeks(&zone, 9).into_iter();
    let weeks = weeks.map(|it| (it.from, measured.within(&it, &zone).summary(HOSTILE))).collect();
    let stands = || Stands {
        id: hostile(),
        name: hostile(),
        days: hostile(),
        state: hostile(),
        is_present: true,
        counts: vec![hostile(), hostile(), hostile()],
        misses: Some(vec![hostile(); 5]),
    };
    let story = |column| Story {
        id: hostile(),
        title: hostile(),
        owner: Some(hostile()),
        column,
        why: hostile(),
    };
    Board {
        name: hostile(),
        made: hostile(),
        days: vec![hostile()],
        matters: Ok(vec![Matter {
            what: hostile(),
            title: hostile(),
            is_late: true,
            clocks: vec![Clock { step: hostile(), left: hostile(), due: hostile(), is_late: true }],
            asked: hostile(),
            next: format!("`{HOSTILE}` or {HOSTILE}"),
        }]),
        stories: Ok(Column::ALL.into_iter().map(story).collect()),
        waves: Ok(vec![stands()]),
        sprints: Ok(vec![stands()]),
        pulls: Ok(vec![Pull {
            number: None,
            title: hostile(),
            branch: hostile(),
            stands: hostile(),
            next: hostile(),
        }]),
        releases: Ok(vec![Release {
            tag: hostile(),
            sha: hostile(),
            stands: hostile(),
            waits: hostile(),
        }]),
        trends: Ok(Trends { measured, spans: vec![all], weeks }),
        unseen: vec![hostile()],
    }
}

#[test]
fn hostile_texts_are_nothing_but_text() {
    let text = page(&full());
    assert!(!text.contains("<script") && !text.contains("\" onload"), "{text}");
    assert!(!text.contains('\u{202e}') && !text.contains("NaN") && !text.contains("inf"), "{text}");
    assert_eq!(text.matches("<svg").count(), 4, "{text}");
    assert_eq!(text.matches("<section").count(), 7, "{text}");
    // Nothing was restored, so no column says so.
    assert!(text.contains(">churn</th>") && !text.contains(">restored in</th>"), "{text}");
}

/// What opens is closed, in its order: HTML that every reader understands alike.
#[test]
fn every_element_is_closed() {
    for text in [page(&full()), page(&empty())] {
        let (_, body) = text.split_once("</style>").unwrap();
        let mut open: Vec<&str> = Vec::new();
        for tag in body.split('<').skip(1) {
            let name = tag.split(['>', ' ', '/', '\n']).find(|name| !name.is_empty()).unwrap();
            let is_whole = tag.split('>').next().unwrap().ends_with('/') || name == "br";
            if tag.starts_with('/') {
                let expected = if open.is_empty() { "html" } else { open.pop().unwrap() };
                if ["head", "html"].contains(&name) {
                    continue;
                }
                assert_eq!(name, expected, "{open:?}: {tag}");
            } else if !is_whole {
                open.push(name);
            }
        }
        assert_eq!(open, [""; 0]);
    }
}

#[test]
fn what_is_not_there_is_said_below() {
    let board = empty();
    let text = page(&board);
    assert!(!text.contains("<section"), "{text}");
    assert!(text.contains("<p>Waves: not shown, because there is none.</p>"), "{text}");
    let unknown = "What needs somebody now is unknown";
    assert_eq!(board.text(), format!("{unknown}\nEmpty, Friday\n\n"));
}

#[test]
fn only_what_somebody_is_late_for_is_marked() {
    let mut board = full();
    assert_eq!(board.late(), 1);
    assert!(page(&board).contains("class=\"card late\""));
    if let Ok(matters) = &mut board.matters {
        for matter in matters {
            matter.is_late = false;
            matter.clocks.clear();
        }
    }
    let text = page(&board);
    let (_, body) = text.split_once("</style>").unwrap();
    assert!(!body.contains("late\"") && body.contains("Within its time"), "{body}");
    assert!(board.text().contains("Need somebody now: 0 \u{b7} Open matters: 1"));
    board.waves = Ok(Vec::new());
    board.sprints = Ok(Vec::new());
    assert_eq!(board.answer(), "1 story is blocked");
    board.stories = Ok(Vec::new());
    assert_eq!(board.answer(), "Nothing needs anybody now");
}

/// A board as a team has it, to the byte.
#[test]
fn a_board_looks_like_this() {
    let text = |text: &str| text.to_owned();
    let board = Board {
        name: text("Orchard"),
        made: text("Friday 2026-02-13, 10:10 -03"),
        days: vec![text("Cycle C-01: working day 3 of 5, to 2026-02-17")],
        matters: Ok(vec![Matter {
            what: text("incident INC-7, sev1, open, since 10 min 00 s"),
            title: text("Orders are taken twice"),
            is_late: true,
            clocks: vec![
                Clock {
                    step: text("acknowledge"),
                    left: text("5 min 00 s over"),
                    due: text("2026-02-13 10:05 -03"),
                    is_late: true,
                },
                Clock {
                    step: text("contain"),
                    left: text("20 min 00 s left"),
                    due: text("2026-02-13 10:30 -03"),
                    is_late: false,
                },
            ],
            asked: text("sre (@ann)"),
            next: text("`thrice incident ack INC-7`"),
        }]),
        stories: Ok(vec![Story {
            id: text("S-1"),
            title: text("Replay ends once"),
            owner: None,
            column: Column::UnderWay,
            why: text("branch feature/S-1-x"),
        }]),
        waves: Ok(vec![Stands {
            id: text("O1"),
            name: text("First"),
            days: String::new(),
            state: text("open"),
            is_present: true,
            counts: vec![text("0 of 1"), text("1 of 5")],
            misses: Some(vec![text("S-1 is in_progress: branch feature/S-1-x")]),
        }]),
        ..empty()
    };
    let whole = page(&board);
    let (_, body) = whole.split_once("</style>\n").unwrap();
    expect_test::expect_file!["board.html"].assert_eq(body);
    expect_test::expect![[r#"
        1 matter needs somebody now: Orders are taken twice; the gate of O1 still needs 1 thing
        Orchard, Friday 2026-02-13, 10:10 -03
        Cycle C-01: working day 3 of 5, to 2026-02-17
        Need somebody now: 1 · Open matters: 1 · Stories in progress: 1 · Blocked stories: 0
          now: incident INC-7, sev1, open, since 10 min 00 s: Orders are taken twice
            asked: sre (@ann); next: `thrice incident ack INC-7`
          the gate of O1 still needs 1 thing
    "#]]
    .assert_eq(&board.text());
}

/// Two changes, a week apart: one took a minute, the other a day.
#[test]
fn plots_place_what_was_measured() {
    let change = |day: i64, seconds: i64, added| Change {
        landed_at: at(day * 86_400),
        began: Some((at(day * 86_400 - seconds), From::FirstPush)),
        added,
        deleted: 0,
        ..measured().changes.remove(0)
    };
    let changes = [change(10, 60, 100), change(17, 86_400, 300)];
    let gates = ["T1", "T4"].map(|gate| (gate.to_owned(), Spread::of(vec![1.0, 2.0]).unwrap()));
    let plots = [plot::lead(&changes), plot::churn(&changes), plot::gates(&gates.into())];
    expect_test::expect![[r#"
        <svg viewBox="0 0 480 220" role="img" aria-label="Lead time of each change by the day on which it landed">
        <line class="grid" x1="64.0" y1="178.5" x2="468.0" y2="178.5"/>
        <text x="56.0" y="182.5" text-anchor="end">1 min</text>
        <line class="grid" x1="64.0" y1="128.1" x2="468.0" y2="128.1"/>
        <text x="56.0" y="132.1" text-anchor="end">10 min</text>
        <line class="grid" x1="64.0" y1="89.0" x2="468.0" y2="89.0"/>
        <text x="56.0" y="93.0" text-anchor="end">1 h</text>
        <line class="grid" x1="64.0" y1="49.8" x2="468.0" y2="49.8"/>
        <text x="56.0" y="53.8" text-anchor="end">6 h</text>
        <line class="grid" x1="64.0" y1="19.5" x2="468.0" y2="19.5"/>
        <text x="56.0" y="23.5" text-anchor="end">1 day</text>
        <circle class="mark" cx="70.0" cy="178.5" r="3.5" fill-opacity="0.75"><title>1970-01-11, 1 min 00 s</title></circle>
        <circle class="mark" cx="462.0" cy="19.5" r="3.5" fill-opacity="0.75"><title>1970-01-18, 1 d</title></circle>
        <text x="70.0" y="208.0" text-anchor="start">1970-01-11</text>
        <text x="266.0" y="208.0" text-anchor="middle">1970-01-14</text>
        <text x="462.0" y="208.0" text-anchor="end">1970-01-18</text>
        </svg>
        <svg viewBox="0 0 480 220" role="img" aria-label="Churn over time">
        <line class="grid" x1="64.0" y1="186.0" x2="468.0" y2="186.0"/>
        <text x="56.0" y="190.0" text-anchor="end">0</text>
        <line class="grid" x1="64.0" y1="157.0" x2="468.0" y2="157.0"/>
        <text x="56.0" y="161.0" text-anchor="end">50</text>
        <line class="grid" x1="64.0" y1="128.0" x2="468.0" y2="128.0"/>
        <text x="56.0" y="132.0" text-anchor="end">100</text>
        <line class="grid" x1="64.0" y1="99.0" x2="468.0" y2="99.0"/>
        <text x="56.0" y="103.0" text-anchor="end">150</text>
        <line class="grid" x1="64.0" y1="70.0" x2="468.0" y2="70.0"/>
        <text x="56.0" y="74.0" text-anchor="end">200</text>
        <line class="grid" x1="64.0" y1="41.0" x2="468.0" y2="41.0"/>
        <text x="56.0" y="45.0" text-anchor="end">250</text>
        <line class="grid" x1="64.0" y1="12.0" x2="468.0" y2="12.0"/>
        <text x="56.0" y="16.0" text-anchor="end">300</text>
        <rect class="mark" x="65.0" y="128.0" width="200.0" height="58.0"><title>100 lines</title></rect>
        <rect class="mark" x="267.0" y="12.0" width="200.0" height="174.0"><title>300 lines</title></rect>
        <text x="70.0" y="208.0" text-anchor="start">1970-01-11</text>
        <text x="266.0" y="208.0" text-anchor="middle">1970-01-14</text>
        <text x="462.0" y="208.0" text-anchor="end">1970-01-18</text>
        </svg>
        <svg viewBox="0 0 480 76" role="img" aria-label="Durations of gates">
        <text x="56.0" y="26.0" text-anchor="end">T1</text>
        <rect class="mark" x="64.0" y="12.0" width="252.6" height="18"/>
        <line class="whisker" x1="316.6" y1="21.0" x2="384.0" y2="21.0"/>
        <text x="392.0" y="26.0">1.5 s</text>
        <text x="56.0" y="52.0" text-anchor="end">T4</text>
        <rect class="mark" x="64.0" y="38.0" width="252.6" height="18"/>
        <line class="whisker" x1="316.6" y1="47.0" x2="384.0" y2="47.0"/>
        <text x="392.0" y="52.0">1.5 s</text>
        </svg>
    "#]].assert_eq(&plots.map(Option::unwrap).concat());
}

#[test]
fn a_long_column_is_folded() {
    let story = |number: usize| Story {
        id: format!("S-{number}"),
        title: "t".to_owned(),
        owner: None,
        column: Column::UnderWay,
        why: "w".to_owned(),
    };
    let board = Board { stories: Ok((0..14).map(story).collect()), ..empty() };
    let text = page(&board);
    assert!(text.contains("In progress (14)</h3>"), "{text}");
    assert!(text.contains("<summary>Show more: 2 stories<"), "{text}");
}
