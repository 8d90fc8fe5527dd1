//! What every review needs.

use super::{DoctorFacts, DoctorLine, LineState, Need};

/// Less than this, and a review's checkouts do not fit.
const LEAST_FREE: u64 = 1 << 30;

pub(super) fn lines(facts: &DoctorFacts) -> Vec<DoctorLine> {
    let ok = |subject: &str, need, said: &str| DoctorLine::new(subject, need, LineState::Ok, said);
    let mut lines = vec![
        DoctorLine::of("git", Need::Local, &facts.git, |version| {
            ok("git", Need::Local, version.trim_start_matches("git version "))
        }),
        DoctorLine::of("commit", Need::Local, &facts.commit, |id| ok("commit", Need::Local, id)),
        DoctorLine::of("policy", Need::Local, &facts.policy, |rules| {
            let gates = rules.gates.len();
            let noun = if gates == 1 { "gate" } else { "gates" };
            let said = format!("{gates} {noun} in {} files", rules.files);
            ok("policy", Need::Local, &said)
        }),
    ];
    if let Some(tools) = &facts.tools {
        lines.push(DoctorLine::of("tools", Need::Local, tools, |count| {
            let noun = if *count == 1 { "program" } else { "programs" };
            ok("tools", Need::Local, &format!("{count} {noun} of the gates on PATH"))
        }));
    }
    if let Some(scanner) = &facts.scanner {
        lines.push(DoctorLine::of("secrets", Need::Local, scanner, |said| {
            ok("secrets", Need::Local, said)
        }));
    }
    for (folder, free) in &facts.disk {
        let subject = format!("disk: {folder}");
        lines.push(DoctorLine::of(&subject, Need::Local, free, |bytes| disk(&subject, *bytes)));
    }
    lines.push(DoctorLine::of("ssh-keygen", Need::Optional, &facts.keygen, |()| {
        ok("ssh-keygen", Need::Optional, "is here")
    }));
    if let Some(signing) = &facts.signing {
        lines.push(DoctorLine::of("signing", Need::Optional, signing, |()| {
            ok("signing", Need::Optional, "your key signed a test, and is on the base")
        }));
    }
    if let Some(ledger) = &facts.ledger {
        lines.push(DoctorLine::of("ledger", Need::Optional, ledger, |said| {
            ok("ledger", Need::Optional, said)
        }));
    }
    lines
}

fn disk(subject: &str, bytes: u64) -> DoctorLine {
    let said = format!("{:.1} GiB free", bytes as f64 / (1_u64 << 30) as f64);
    if bytes >= LEAST_FREE {
        return DoctorLine::new(subject, Need::Local, LineState::Ok, said);
    }
    DoctorLine::new(subject, Need::Local, LineState::Missing, said)
        .fixed("make room: each run of a review is a checkout and a build of its own")
}
