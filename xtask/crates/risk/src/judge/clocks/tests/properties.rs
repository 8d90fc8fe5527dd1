use proptest::prelude::*;
use serde_json::json;

use super::*;
use thrice_programme::risk::Unit;

/// Seconds of 2018 to 2027.
fn seconds() -> impl Strategy<Value = i64> {
    1_514_764_800_i64..1_830_297_600
}

fn unit() -> impl Strategy<Value = Unit> {
    prop_oneof![
        Just(Unit::Minutes),
        Just(Unit::Hours),
        Just(Unit::BusinessHours),
        Just(Unit::Days),
        Just(Unit::BusinessDays)
    ]
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(128))]

    /// Who begins later, or has longer, is never due earlier; nothing is due before it
    /// begins.
    #[test]
    fn adding_time_is_monotone(
        began in seconds(), later in 0_i64..2_000_000, amount in 1_u32..300, more in 0_u32..50,
        unit in unit(), by_night in any::<bool>(),
    ) {
        let policy = if by_night { nights() } else { office() };
        let team = team(&policy);
        let at = |second| Timestamp::from_second(second).unwrap();
        let end = |began, amount| due(&team, Window { amount, unit }, at(began)).unwrap();
        prop_assert!(end(began, amount) > at(began));
        prop_assert!(end(began + later, amount) >= end(began, amount));
        prop_assert!(end(began, amount + more) >= end(began, amount));
    }

    /// Business time is due while people work, or at the moment at which they stop.
    #[test]
    fn business_time_never_ends_outside_of_work(
        began in seconds(), amount in 1_u32..300, in_days in any::<bool>(),
        by_night in any::<bool>(),
    ) {
        let policy = if by_night { nights() } else { office() };
        let unit = if in_days { Unit::BusinessDays } else { Unit::BusinessHours };
        let began = Timestamp::from_second(began).unwrap();
        let end = due(&team(&policy), Window { amount, unit }, began).unwrap();
        let shown = end.to_zoned(rules(&policy).zone.clone());
        let hours = rules(&policy).hours.unwrap();
        prop_assert!(policy.calendar.as_ref().unwrap().is_working(shown.date()), "{}", shown);
        prop_assert!(hours.from <= shown.time() && shown.time() <= hours.to, "{}", shown);
    }

    /// Whatever the ledger says in whatever order, and whatever counts: no panic, and what
    /// is violated does not get less as time goes by.
    #[test]
    fn violations_stay(
        words in proptest::collection::vec((0_usize..8, 0_i64..9_000, any::<bool>()), 0..12),
        now in 0_i64..10_000, later in 0_i64..100_000,
    ) {
        const STATES: [&str; 8] = ["open", "acknowledged", "contained", "recovered", "closed",
            "open", "open", "closed"];
        let policy = office();
        let base = 1_771_000_000;
        let mut times: Vec<i64> = words.iter().map(|word| word.1).collect();
        times.sort_unstable();
        let entries: Vec<Decision> = words.iter().zip(times).map(|((word, _, counts), time)| {
            let at = Timestamp::from_second(base + time).unwrap();
            let severity = ["P0", "P1", "P2"][word % 3];
            let data = json!({"incident": "I", "state": STATES[*word], "severity": severity,
                "title": "t"});
            decision(at, Kind::Incident, &data, if *counts { Weight::Signed } else { Weight::Refused })
        }).collect();
        let all = Standing::of(entries, Timestamp::from_second(base).unwrap()).alarms;
        for alarm in &all {
            let count = |now: i64| {
                let now = Timestamp::from_second(base + now).unwrap();
                let clocks = clocks(alarm, rules(&policy), policy.calendar.as_ref());
                clocks.iter().filter(|clock| clock.state(now) == ClockState::Violated).count()
            };
            prop_assert!(count(now) <= count(now + later));
        }
    }
}
