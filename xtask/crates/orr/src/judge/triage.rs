//! What to do when something is red (H-8): texts, by code and by gate.

use thrice_findings::text::command_line;
use thrice_findings::{Code, Concern, Severity};
use thrice_programme::{Action, Gate};
use thrice_report::text::{safe, seconds};

/// The gates that documents name.
pub const GATES: &[&str] = &["T0", "T1", "T2", "T3", "T4", "T5", "T6", "T7", "T8"];

/// Target times of H-8.2; they are indicative.
const TIMES: &str =
    "target times, indicative: triage 15 min, corrective patch 45 to 90 min, new review 20 min";

/// The explanation of a code.
#[must_use]
pub fn of_code(code: Code) -> String {
    let exit = match code.concern() {
        Concern::Cec(number) => format!("exit status {number}"),
        Concern::Refusal if code.severity() != Severity::Refuse => {
            "none of its own: it refuses nothing".to_owned()
        }
        Concern::Refusal => {
            "exit status 1; that of a CEC code, where the same report has one".to_owned()
        }
        Concern::Policy => "exit status 3".to_owned(),
        Concern::Usage => "exit status 2".to_owned(),
        Concern::NotEstablished => "exit status 4 where nothing else refuses".to_owned(),
        Concern::Interrupted => "exit status 130".to_owned(),
    };
    let mut text = format!(
        "{}: {}\n\n  why    {}\n  fix    {}\n  exit   {exit}\n  from   {}\n",
        code.name(),
        code.meaning(),
        code.cause(),
        code.fix(),
        code.origin()
    );
    if let Some(tree) = tree_of_code(code) {
        text.push_str(&format!("\ntriage\n{tree}\n  {TIMES}\n"));
    }
    text
}

/// What a repository's own gate does.
#[must_use]
pub fn in_this_repository(gate: &Gate) -> String {
    let mut text = format!("{} {}, in this repository\n\n", gate.id, gate.name);
    let mut line = |name: &str, what: String| text.push_str(&format!("  {name:<9} {what}\n"));
    match &gate.action {
        Action::Builtin(which) => line("decides", format!("built-in `{}`", which.word())),
        Action::Run(commands) => {
            for (index, argv) in commands.iter().enumerate() {
                let command = safe(&command_line(argv));
                line(if index == 0 { "runs" } else { "then" }, format!("`{command}`"));
            }
        }
    }
    if !gate.needs.is_empty() {
        line("needs", gate.needs.join(", "));
    }
    line("timeout", seconds(gate.timeout.as_secs_f64()));
    if let Some(tests) = &gate.tests {
        let file =
            tests.file.as_ref().map(|file| format!(", from {}", file.text())).unwrap_or_default();
        let least = tests.minimum.max(1);
        line("tests", format!("{}{file}; at least {least}", tests.reader.word()));
    }
    let globs: Vec<&str> = gate.evidence.iter().map(|glob| glob.text()).collect();
    if !globs.is_empty() {
        line("evidence", globs.join(", "));
    }
    if gate.network {
        line("network", "it may use it".to_owned());
    }
    if let Some(owner) = &gate.owner {
        line("owner", owner.clone());
    }
    text.push_str(&format!("\n  try it    `cargo xtask gates run {}`\n", gate.id));
    text
}

/// The explanation of a gate; none where documents name no such gate.
#[must_use]
pub fn of_gate(gate: &str) -> Option<String> {
    let gate = gate.to_uppercase();
    let (about, tree) = match gate.as_str() {
        "T0" => ("ruleset sanity: every gate is a required check, from the right app", T0),
        "T1" => ("format and lint", PLAIN),
        "T2" => ("secrets in tracked files", T2),
        "T3" => ("lock, pins and owners", T3),
        "T4" => ("tests", PLAIN),
        "T5" => ("properties and negatives", PLAIN),
        "T6" => ("determinism: the same evidence, packed twice, is the same bytes", T6),
        "T7" => ("the chain of recorded decisions", T7),
        "T8" => ("evidence complete, manifest verified", T8),
        _ => return None,
    };
    Some(format!("{gate}: {about}\n\ntriage when it is red\n{tree}\n  {TIMES}\n"))
}

fn tree_of_code(code: Code) -> Option<&'static str> {
    match code {
        Code::Cec20 | Code::GateFailed | Code::TestFailed => Some(PLAIN),
        Code::Cec30 | Code::PackDiffers => Some(T6),
        Code::Cec40 | Code::EvidenceChanged => Some(T8),
        Code::RulesetDrift | Code::WorkflowJobs => Some(T0),
        Code::SecretFound => Some(T2),
        Code::LockIncomplete | Code::ActionUnpinned | Code::OwnerMissing => Some(T3),
        Code::ChainEmpty
        | Code::LedgerForm
        | Code::LedgerCut
        | Code::LedgerGap
        | Code::LedgerLink
        | Code::LedgerRoot
        | Code::LedgerId
        | Code::LedgerTime
        | Code::LedgerKind
        | Code::LedgerPrefix
        | Code::LedgerUnsigned
        | Code::LedgerSignature
        | Code::LedgerSigner
        | Code::LedgerRole => Some(T7),
        _ => None,
    }
}

const PLAIN: &str = "  \
  1. read the log that the finding names
  2. red in every run? reproduce it: `cargo xtask gates run` and the gate
     red in some runs only? it is flaky: find what it shares or races for
  3. correct the patch, commit, repeat the review";

const T0: &str = "  \
  1. a gate is missing among the required checks? add it to the ruleset file
  2. a context has no app id? anyone who may write could post it: pin the app
  3. a job has another name than its gate? rename the job
  4. repeat the review";

const T2: &str = "  \
  1. is it a real secret? revoke it first: a commit is public knowledge
  2. take it out of the file, and out of the history where that is possible
  3. is it not? write the value below `[secrets]` in `.secretsignore` (ripsecrets),
     or its fingerprint in `.gitleaksignore` (gitleaks), and commit that
  4. repeat the review";

const T3: &str = "  \
  1. lock: bring it up to date and commit it
  2. pins: write every `uses:` with 40 hex digits
  3. owners: give every tracked file an owner
  4. no waiver; repeat the review";

const T6: &str = "  \
  1. does a time stand in the evidence? take it from SOURCE_DATE_EPOCH
  2. does an order differ? sort by bytes (LC_ALL=C)
  3. does a file end without LF, or does the locale change a text? write it plainly
  4. does a path, process id or random value stand in it? take it out, or declare
     it in `scrub` with its reason
  5. reproduce it here: `cargo xtask compare 1 2`; repeat all three runs";

const T7: &str = "  \
  1. correct `prev_root`, `index` or `created_at` of the entry that is named
  2. keep the `details` with the exact line of the error
  3. repeat the review";

const T8: &str = "  \
  1. which gate left no evidence? its glob is in policy/gates.toml
  2. does it write below `$EVIDENCE_DIR`, in this run, by itself?
  3. changed after it ended? another gate writes into its folder
  4. repeat the review";

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_code_leads_to_what_its_gate_does_when_it_is_red() {
        for (code, gate) in [
            (Code::RulesetDrift, "t0"),
            (Code::GateFailed, "t1"),
            (Code::SecretFound, "t2"),
            (Code::LockIncomplete, "t3"),
            (Code::TestFailed, "t4"),
            (Code::Cec30, "t6"),
            (Code::LedgerGap, "t7"),
            (Code::Cec40, "t8"),
            (Code::EvidenceChanged, "t8"),
        ] {
            let of_gate = of_gate(gate).unwrap();
            let tree = of_gate.split_once("when it is red\n").unwrap().1;
            assert!(of_code(code).ends_with(&format!("\ntriage\n{tree}")), "{code:?}");
        }
        assert_eq!((of_gate("T9"), tree_of_code(Code::UsageWrong)), (None, None));
    }

    #[test]
    fn a_gate_says_what_it_needs_and_leaves() {
        let files = [
            ("programme.toml", include_str!("../../../../../policy/programme.toml")),
            ("gates.toml", include_str!("../../../../../policy/gates.toml")),
        ];
        let files = files.map(|(name, text)| (name.to_owned(), text.as_bytes().to_vec())).into();
        let policy = thrice_programme::check("policy", &files).0.unwrap();
        for gate in &policy.gates.gates {
            let text = in_this_repository(gate);
            let needs = format!("\n  needs     {}\n", gate.needs.join(", "));
            assert_eq!(text.contains(&needs), !gate.needs.is_empty(), "{text}");
            assert_eq!(text.contains("\n  evidence  "), !gate.evidence.is_empty(), "{text}");
        }
    }
}
