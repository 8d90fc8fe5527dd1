//! Which run differs in what. Pure: what the machine can vary is a fact.

use std::collections::BTreeMap;

use super::Variation;
use thrice_programme::{Aspect, Gate, Vary, VaryMode};

/// What this machine can vary.
#[derive(Clone, Debug, Default)]
pub(crate) struct Machine {
    /// Why an aspect cannot be varied here.
    pub missing: BTreeMap<Aspect, String>,
    /// A locale whose collation is not by bytes.
    pub collating: Option<String>,
    /// Whether there is a database of time zones.
    pub zones: bool,
    /// How many CPUs this process may use.
    pub cpus: usize,
}

/// How a run differs from a plain one.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum RunPart {
    Plain,
    First,
    Second,
}

/// The first run is plain, the next two differ from it and from each other, and so on.
fn part(run: u32) -> RunPart {
    match run.saturating_sub(1) % 3 {
        0 => RunPart::Plain,
        1 => RunPart::First,
        _ => RunPart::Second,
    }
}

/// Aspects that a mode or policy varies for any gate.
#[must_use]
pub(crate) fn wanted(vary: &Vary, mode: VaryMode, gates: &[Gate]) -> Vec<Aspect> {
    let words = Aspect::WORDS.iter().filter_map(|word| Aspect::from_word(word));
    let varies = |aspect: &Aspect| gates.iter().any(|gate| vary.has(mode, *aspect, &gate.id));
    words.filter(|aspect| !aspect.is_always()).filter(varies).collect()
}

/// In what run `run` differs from a plain one.
#[must_use]
pub(crate) fn variation(
    vary: &Vary,
    mode: VaryMode,
    gates: &[Gate],
    machine: &Machine,
    run: u32,
) -> Variation {
    let part = part(run);
    wanted(vary, mode, gates)
        .into_iter()
        // LC_ALL=C is to be had everywhere.
        .filter(|it| *it == Aspect::Locale || !machine.missing.contains_key(it))
        .filter_map(|aspect| Some((aspect, value(aspect, part, machine)?)))
        .collect()
}

/// The warm run: plain, in what the first run left.
#[must_use]
pub(crate) fn warm() -> Variation {
    Variation::default().with(Aspect::Warm, "checkout and HOME of run 1")
}

/// What of the wanted aspects this machine cannot vary, and why.
#[must_use]
pub(crate) fn not_varied(
    vary: &Vary,
    mode: VaryMode,
    gates: &[Gate],
    machine: &Machine,
) -> Vec<(Aspect, String)> {
    let missing = |aspect: Aspect| Some((aspect, machine.missing.get(&aspect)?.clone()));
    wanted(vary, mode, gates).into_iter().filter_map(missing).collect()
}

/// The value of an aspect in a part; none where it is as in a plain run.
fn value(aspect: Aspect, part: RunPart, machine: &Machine) -> Option<String> {
    let of = |first: Option<&str>, second: Option<&str>| match part {
        RunPart::Plain => None,
        RunPart::First => first.map(str::to_owned),
        RunPart::Second => second.map(str::to_owned),
    };
    match aspect {
        Aspect::Locale => of(Some("C"), machine.collating.as_deref()),
        Aspect::Zone if machine.zones => of(Some("Pacific/Kiritimati"), Some("Etc/GMT+12")),
        Aspect::Zone => of(Some("<+14>-14"), Some("<-12>12")),
        Aspect::Umask => of(Some("077"), Some("002")),
        Aspect::User => of(Some("thrice-one"), Some("thrice-two")),
        Aspect::HashSeed => of(Some("1"), Some("2")),
        Aspect::Terminal => of(Some("61x20 dumb"), Some("211x63 xterm-256color")),
        Aspect::Output => of(Some("pipe"), Some("terminal")),
        Aspect::ExecPath => of(Some("more-programs"), Some("other-programs")),
        Aspect::Variable => of(Some("THRICE_VARIES"), Some("THRICE_DIFFERS")),
        Aspect::Ci => of(Some("true"), None),
        Aspect::History => of(Some("branch thrice-one"), Some("depth 1")),
        Aspect::Threads => {
            of(Some(&(machine.cpus + 1).to_string()), Some(&(machine.cpus + 3).to_string()))
        }
        Aspect::FolderOrder => of(Some("last file first"), None),
        Aspect::FileTimes => of(Some("a day before the commit"), None),
        Aspect::Cpus => match part {
            RunPart::Second => Some((machine.cpus - 1).to_string()),
            _ => None,
        },
        Aspect::Kernel => of(Some("2.6"), None),
        Aspect::Aslr => of(Some("off"), None),
        Aspect::HostName => of(Some("host-thrice-one"), Some("host-thrice-two")),
        Aspect::Uid => of(None, Some("4321")),
        Aspect::Disk => of(None, Some("tmpfs")),
        Aspect::Clock => of(Some("+400d"), None),
        Aspect::Checkout | Aspect::Home | Aspect::Temporary | Aspect::Warm => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use thrice_programme::Varied;

    fn gates() -> Vec<Gate> {
        let text = "[[gates]]\nid = \"T1\"\nname = \"lint\"\nrun = [\"true\"]\n\
                    [[gates]]\nid = \"T2\"\nname = \"tests\"\nrun = [\"true\"]\n";
        crate::vary::tests::gates(text)
    }

    fn machine() -> Machine {
        Machine {
            collating: Some("et_EE.UTF-8".to_owned()),
            zones: true,
            cpus: 2,
            ..Machine::default()
        }
    }

    #[test]
    fn the_first_run_is_plain_and_the_others_differ_from_it_and_each_other() {
        let (vary, gates, machine) = (Vary::default(), gates(), machine());
        for mode in [VaryMode::None, VaryMode::Safe, VaryMode::All] {
            let of = |run| variation(&vary, mode, &gates, &machine, run);
            assert!(of(1).is_plain() && of(4).is_plain());
            assert_eq!(of(2) == of(3), mode == VaryMode::None);
            for aspect in wanted(&vary, mode, &gates) {
                let varies = (2..=3).any(|run| of(run).has(aspect)) || aspect == Aspect::Warm;
                assert!(varies, "{aspect:?}");
                // What both vary, they vary differently.
                let (two, three) = (of(2), of(3));
                assert!(!two.has(aspect) || two.get(aspect) != three.get(aspect), "{aspect:?}");
            }
        }
        let safe = variation(&vary, VaryMode::Safe, &gates, &machine, 3);
        assert_eq!(safe.get(Aspect::Locale), Some("et_EE.UTF-8"));
        assert!(!safe.has(Aspect::Uid) && !safe.has(Aspect::Cpus));
        let all = variation(&vary, VaryMode::All, &gates, &machine, 3);
        assert_eq!(all.get(Aspect::Cpus), Some("1"));
    }

    #[test]
    fn what_policy_turns_off_or_on_counts_for_its_gates() {
        let only = |aspect, gates: &[&str]| Varied {
            aspect,
            gates: gates.iter().map(|id| (*id).to_owned()).collect(),
            reason: "r".to_owned(),
        };
        let vary = Vary {
            off: vec![only(Aspect::Umask, &["T1"]), only(Aspect::Zone, &[])],
            on: vec![only(Aspect::Uid, &["T2"])],
            ..Vary::default()
        };
        let run = variation(&vary, VaryMode::Safe, &gates(), &machine(), 3);
        let of = |gate: &str| run.only(|aspect| vary.varies(aspect, gate));
        assert!(run.has(Aspect::Umask) && run.has(Aspect::Uid) && !run.has(Aspect::Zone));
        assert!(!of("T1").has(Aspect::Umask) && of("T2").has(Aspect::Umask));
        assert!(!of("T1").has(Aspect::Uid) && of("T2").has(Aspect::Uid));
    }

    #[test]
    fn what_the_machine_lacks_is_not_varied_and_said() {
        let mut machine = machine();
        machine.missing.insert(Aspect::HostName, "no user namespaces".to_owned());
        let vary = Vary::default();
        let run = variation(&vary, VaryMode::All, &gates(), &machine, 2);
        assert!(!run.has(Aspect::HostName));
        let not = not_varied(&vary, VaryMode::All, &gates(), &machine);
        assert_eq!(not, [(Aspect::HostName, "no user namespaces".to_owned())]);
        assert!(not_varied(&vary, VaryMode::Safe, &gates(), &machine).is_empty());
        machine.collating = None;
        machine.missing.insert(Aspect::Locale, "none".to_owned());
        let locale =
            |run| variation(&vary, VaryMode::Safe, &gates(), &machine, run).has(Aspect::Locale);
        assert_eq!([1, 2, 3].map(locale), [false, true, false]);
        assert_eq!(not_varied(&vary, VaryMode::Safe, &gates(), &machine).len(), 1);
    }
}
