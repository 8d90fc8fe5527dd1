//! Every code that a finding can carry, each with what it means, why it comes
//! up and what mends it. `cargo xtask explain` and docs/codes.md read this table.

use super::Severity;
use super::code::Concern::{Cec, Interrupted, NotEstablished, Policy, Refusal, Usage};
use super::code::{Entry, codes};

codes! {
    Cec10 = "CEC-10", Cec(10), Refuse,
        means "filemap_violation: the patch touches a path outside the Filemap.",
        because "A file was created, changed, renamed or deleted where this programme's Filemap does not reach.",
        mend "Take the path out of the patch, or have the Filemap changed first, by its own reviewed patch.",
        source "H-1.5.1";
    Cec20 = "CEC-20", Cec(20), Refuse,
        means "gates_fail: a gate is not green in at least one run.",
        because "A gate failed, timed out, was skipped, or could not be established, in any of the runs.",
        mend "Read the log that the finding names, mend the cause, commit, and run the review again: all runs, not one.",
        source "H-1.5.2, H-4.3";
    Cec30 = "CEC-30", Cec(30), Refuse,
        means "determinism_diverge: all gates are green, but the evidence differs between runs.",
        because "A gate wrote something that does not follow from the commit alone: a time, an order, a path, a random value.",
        mend "Go to the first difference that is named. Check SOURCE_DATE_EPOCH, byte order, the final LF and the locale; reproduce it with `cargo xtask compare 1 2`; do not open a PR.",
        source "H-1.5.3, H-4.3, H-8.1.2";
    Cec40 = "CEC-40", Cec(40), Refuse,
        means "missing_artifacts: evidence, the scorecard or the ZIP of a run is missing.",
        because "A gate ended well but left no file where policy says its evidence is, or the run's scorecard or ZIP is gone.",
        mend "Make the gate write its evidence below `out/evidence/<gate>/`, or correct the `evidence` globs in policy/gates.toml.",
        source "H-1.5.4";
    Cec50 = "CEC-50", Cec(50), Refuse,
        means "pr_template_invalid: the PR body lacks a required field or has a wrong form.",
        because "The body was written or edited by hand, or is of another run.",
        mend "Write it again with `cargo xtask pr-body`.",
        source "H-1.5.5";
    Cec60 = "CEC-60", Cec(60), Refuse,
        means "stale_base: the base is not the HEAD of the default branch.",
        because "The default branch moved on after the patch was begun.",
        mend "Rebase on the default branch and run the review again.",
        source "H-1.5.6";
    Refuse10 = "REFUSE-10", Refusal, Refuse,
        means "The PR body lacks one or more required fields.",
        because "The reviewer's first reason for refusal: telemetry or plan absent.",
        mend "Write the body again with `cargo xtask pr-body`.",
        source "H-6.21";
    Refuse20 = "REFUSE-20", Refusal, Refuse,
        means "Determinism diverged, or the three runs were not done.",
        because "The reviewer's second reason for refusal.",
        mend "Run `cargo xtask orr --runs 3` on the head of the patch and mend what differs.",
        source "H-6.22";
    Refuse30 = "REFUSE-30", Refusal, Refuse,
        means "The patch touched a path outside the Filemap.",
        because "The reviewer's third reason for refusal.",
        mend "Take the path out of the patch.",
        source "H-6.23";
    NoMerge = "NO_MERGE", Refusal, Refuse,
        means "The pull request may not be merged now.",
        because "A merge rule of the playbook is not satisfied, or cannot be established.",
        mend "Settle every reason that is listed with it.",
        source "P-5.4, P-5.6, P-5.7";

    PolicySyntax = "policy-syntax", Policy, Refuse,
        means "A policy file is not TOML.",
        because "A quote, bracket or line is malformed, a key is given twice, or the file is not UTF-8.",
        mend "Correct the line that is shown.",
        source "own (TOML 1.1)";
    PolicyUnknownKey = "policy-unknown-key", Policy, Refuse,
        means "A policy file has a key that nothing reads.",
        because "A misspelling, or a key of another table. A key that is silently ignored is a rule that silently does not hold.",
        mend "Use the key that is suggested, or take it out.",
        source "own";
    PolicyType = "policy-type", Policy, Refuse,
        means "A policy value has the wrong type.",
        because "A number where a text belongs, a text where a list belongs, and the like.",
        mend "Write the value in the form that the message names.",
        source "own";
    PolicyMissing = "policy-missing", Policy, Refuse,
        means "A policy file lacks something that it must have.",
        because "A required key, table or file is absent.",
        mend "Add what is named; `cargo xtask policy schema` lists every key.",
        source "own";
    PolicyValue = "policy-value", Policy, Refuse,
        means "A policy value has the right type, but cannot be used.",
        because "A pattern that does not compile, a duration without a unit, an unknown time zone, an id of the wrong form.",
        mend "Correct the value as the message says.",
        source "own";
    PolicyReference = "policy-reference", Policy, Refuse,
        means "A policy value names something that does not exist, exists twice, or leads in a circle.",
        because "A gate in `needs`, a role or a built-in was renamed or misspelt.",
        mend "Use a name that exists; the message lists the nearest.",
        source "own";
    PolicyUnused = "policy-unused", Refusal, Warn,
        means "A policy entry that nothing uses.",
        because "A role nobody has, settings of a built-in that no gate runs, a file that no part reads.",
        mend "Take it out, or put it to use: unused rules are read as if they held.",
        source "own";

    DirtyTree = "dirty-tree", Refusal, Refuse,
        means "The working tree has changes that are in no commit.",
        because "A review is of a commit; what is not committed would not be in any of its runs.",
        mend "Commit, stash or ignore the paths that are listed.",
        source "H-4.1";
    NoCommit = "no-commit", Refusal, Refuse,
        means "The repository has no commit to review.",
        because "HEAD is unborn: nothing was committed yet.",
        mend "Make a commit first.",
        source "H-4.1";
    NothingToResume = "nothing-to-resume", Refusal, Refuse,
        means "There is no unfinished review that can be resumed.",
        because "The last one was decided, was of another commit or policy, or there was none.",
        mend "Start a new one: `cargo xtask orr --runs 3`.",
        source "own";
    ReviewRunning = "review-running", Refusal, Refuse,
        means "Another review is running in this repository.",
        because "Two reviews would write into the same output folder.",
        mend "Wait for it, or stop it.",
        source "own";
    OverTarget = "over-target", Refusal, Note,
        means "The review took longer than the target time.",
        because "The gates are slow, or the machine is.",
        mend "Not gating. `out/orr.json` has the seconds of each gate: begin with the longest.",
        source "H-4.4";
    FlakeOdds = "flake-odds", Refusal, Note,
        means "How likely it is that these runs missed a flaky gate.",
        because "A fixed number of runs can only see what happens often.",
        mend "Not gating. More runs see rarer flakes: `--runs 10`.",
        source "H-4.1";
    OutputTracked = "output-tracked", Refusal, Refuse,
        means "Files below the output folder are tracked by git.",
        because "Outputs were committed. The tool replaces them, and a committed output could pass for a made one.",
        mend "Take them out: `git rm -r --cached out`, and commit.",
        source "own";
    GitChanged = "git-changed", Refusal, Warn,
        means "A gate changed something below `.git` of its checkout.",
        because "Later gates of the same run ask that repository. Other runs, and your own repository, don't see it.",
        mend "Take out of the gate what commits, configures or fetches.",
        source "own";

    EnvironmentUnapproved = "environment-unapproved", Refusal, Warn,
        means "A gate doesn't see a variable or an entry of HOME that the policy of this commit names.",
        because "The policy of the default branch doesn't name it: a patch can't show itself more of your machine.",
        mend "Merge the change of policy/ first, as a patch of its own.",
        source "own";
    SecretValue = "secret-value", Refusal, Refuse,
        means "A variable that gates may see holds what looks like a secret.",
        because "A gate can print it, or write it into evidence.",
        mend "Take the variable out of policy/gates.toml, or unset it.",
        source "own";

    RedReviews = "red-reviews", Refusal, Warn,
        means "Earlier reviews of the same tree were red.",
        because "The files are the same, so a gate that was red and now passes depends on something else. The body says how many there were.",
        mend "Read the logs of the red reviews; make the gate say the same each time.",
        source "own";

    GateFailed = "gate-failed", Refusal, Refuse,
        means "A gate's command said no.",
        because "It ended with a status other than 0.",
        mend "Read the end of the log that the finding names.",
        source "H-1.5.2";
    GateTimeout = "gate-timeout", Refusal, Refuse,
        means "A gate took longer than its timeout and was ended with all its children.",
        because "It hangs, or the timeout is too short.",
        mend "Read the end of its log; raise `timeout` in policy/gates.toml only if it was truly at work.",
        source "own";
    GateSkipped = "gate-skipped", NotEstablished, Refuse,
        means "A gate did not run, because one that it needs is not green.",
        because "A gate earlier in the order failed or could not be established.",
        mend "Mend the gate that it needs.",
        source "own";
    ProgramMissing = "program-missing", NotEstablished, Refuse,
        means "A program that a gate needs is not there.",
        because "It is not on PATH, or cannot be executed.",
        mend "Install it, or correct `run` in policy/gates.toml.",
        source "own";
    TestFailed = "test-failed", Refusal, Refuse,
        means "A test of a test gate failed.",
        because "The report that the runner left says so.",
        mend "Run that test by itself; its output is in the gate's log.",
        source "H-1.5.2";
    TestsNone = "tests-none", NotEstablished, Refuse,
        means "A test gate ran no test.",
        because "A filter matched nothing, all tests are ignored, or the runner found none.",
        mend "Correct the command: an empty test run proves nothing.",
        source "own";
    TestsFewer = "tests-fewer", Refusal, Refuse,
        means "A test gate ran fewer tests than policy demands.",
        because "Tests were deleted, ignored or filtered out.",
        mend "Bring them back, or have `minimum` in policy/gates.toml lowered by a reviewed patch.",
        source "own";
    TestsUnread = "tests-unread", NotEstablished, Refuse,
        means "The tests' report could not be read, or contradicts itself.",
        because "The runner crashed, its output is in another format, or its totals do not match the tests it lists.",
        mend "Check `tests.reader` in policy/gates.toml against what the log holds.",
        source "own";
    TestsByStatus = "tests-by-status", Refusal, Note,
        means "A test program with a `main` of its own was established by its exit status.",
        because "It has `harness = false`: it lists no tests, so none of it is counted.",
        mend "Nothing, where that is meant; `tests.minimum` counts the other tests only.",
        source "own";
    EvidenceName = "evidence-name", Refusal, Refuse,
        means "An evidence file has a name that cannot be packed the same way everywhere.",
        because "It is not UTF-8, holds a control character, is a link, or collides with another in letter case.",
        mend "Have the gate write plain files with plain names.",
        source "own";
    EvidenceChanged = "evidence-changed", Refusal, Refuse,
        means "A gate's evidence is not what it was when that gate ended.",
        because "A later gate wrote into an earlier gate's folder.",
        mend "Let each gate write only below its own evidence folder.",
        source "H-5.7";
    ScrubUnused = "scrub-unused", Refusal, Warn,
        means "A scrub rule matched nothing.",
        because "The volatile field it was written for is gone, or the pattern is wrong.",
        mend "Take the rule out: a scrub that is not needed hides differences later.",
        source "own";

    RulesetDrift = "ruleset-drift", Refusal, Refuse,
        means "The ruleset, committed or on the server, does not demand what policy demands.",
        because "A gate is not a required check, a context is unpinned, or the ruleset is not active.",
        mend "Bring the ruleset file, or the server's settings, in line with policy/gates.toml.",
        source "H-3.3.1";
    WorkflowJobs = "workflow-jobs", Refusal, Refuse,
        means "The workflow's jobs do not match the gates of policy.",
        because "A job was renamed, added or taken out; a required check's name is its job's name.",
        mend "Name the jobs exactly as the gates.",
        source "H-6.6";
    SecretFound = "secret-found", Refusal, Refuse,
        means "The secret scan found something that looks like a secret.",
        because "A token, key or password is in a tracked file.",
        mend "Take it out, and revoke it: it is in the history.",
        source "H-5.6";
    SecretSuppressed = "secret-suppressed", Refusal, Refuse,
        means "A comment tells the secret scanner to pass over a line, and policy gives no reason.",
        because "The line ends in an allowlist pragma or in gitleaks's word for it; without that comment the scanner sees a secret there.",
        mend "Take the secret out and revoke it; where it is none, add its file to `suppressed` of `[secrets]` in policy/gates.toml, with the reason.",
        source "H-5.6";
    ScanExceptions = "scan-exceptions", Refusal, Warn,
        means "The repository tells the secret scanner what to pass over.",
        because "A file such as `.gitleaksignore` or `.secretsignore` is committed, or a comment in a line for which policy has a reason; a patch can change it together with what it hides.",
        mend "Read it in review as carefully as a policy file.",
        source "own";
    ActionUnpinned = "action-unpinned", Refusal, Refuse,
        means "A workflow uses an action that is not pinned to a commit.",
        because "A tag or branch can be moved to other code at any time.",
        mend "Write `uses: owner/action@<40 hex>  # version`.",
        source "H-6.7";
    LockIncomplete = "lock-incomplete", Refusal, Refuse,
        means "A lock file does not pin every dependency, does not fit its manifest, or is missing.",
        because "A dependency was changed without the lock, an entry has no checksum, or a manifest has no lock beside it.",
        mend "Bring the lock up to date, commit it and list it in `locks` of policy/gates.toml.",
        source "H-8.1.1";
    LockNote = "lock-note", Refusal, Note,
        means "Something about locks is left aside, and this says what.",
        because "Policy gives a reason why there is no lock, or a lock has options that its hashes overrule.",
        mend "Nothing to do where the reason still holds.",
        source "own";
    OwnerMissing = "owner-missing", Refusal, Refuse,
        means "A tracked file has no owner in CODEOWNERS.",
        because "No pattern matches it, or the last one that matches names nobody.",
        mend "Add a pattern with an owner.",
        source "H-8.1.1";
    PackDiffers = "pack-differs", Refusal, Refuse,
        means "Packing the same evidence twice gave different bytes.",
        because "The packing depends on path, locale, zone or umask.",
        mend "This is a defect of the tool: report it with `zip_compare.json`.",
        source "H-8.1.2";
    ChainEmpty = "chain-empty", Refusal, Note,
        means "There is no ledger yet, so the chain gate had nothing to check.",
        because "No decision was recorded so far, and policy allows that.",
        mend "Nothing to do until the first decision is recorded.",
        source "H-8.1.3";

    NotEstablishedCode = "not-established", NotEstablished, Refuse,
        means "A fact could not be established.",
        because "A file or program could not be reached or read.",
        mend "Do what the message says, then run the command again.",
        source "own";
    UsageWrong = "usage", Usage, Refuse,
        means "The command line cannot be carried out.",
        because "An argument is unknown, missing, or names something that does not exist.",
        mend "See `cargo xtask help`.",
        source "own";
    Interrupted = "interrupted", Interrupted, Refuse,
        means "The command was stopped from outside; its state is resumable.",
        because "Ctrl-C, or a request to terminate.",
        mend "Go on with `cargo xtask orr --resume`.",
        source "own";
    DocsStale = "docs-stale", Refusal, Refuse,
        means "A generated document differs from what the program would write.",
        because "The program changed, or the document was edited by hand.",
        mend "Run `cargo xtask docs` and commit the result.",
        source "own";

    GuardrailFrozen = "guardrail-frozen", Refusal, Refuse,
        means "The patch touches a frozen guardrail.",
        because "Policy names the path as one that no patch changes while it is frozen.",
        mend "Take the path out of the patch. To change a guardrail, policy is changed first, with its own approval.",
        source "Z-6.2.2";
    ApprovalMissing = "approval-missing", Refusal, Refuse,
        means "The patch changes what needs a recorded approval, and none is recorded.",
        because "The path decides over later patches or who judges them: policy, owners, thresholds.",
        mend "Let the change be a patch of its own, and have it approved by a role that policy names.",
        source "P-5.8";
    ApprovalOwn = "approval-own", Refusal, Refuse,
        means "Somebody approves what they made a part of.",
        because "Their address is that of an author, committer or co-author of it.",
        mend "Have it approved by somebody who made nothing of it.",
        source "P-5.4, P-5.8";
    ContentRule = "content-rule", Refusal, Refuse,
        means "A file does not hold what a rule of the Filemap demands, or holds what it forbids.",
        because "A constant, a domain tag or the like was changed or lost.",
        mend "Bring the file in line with the rule.",
        source "H-5.4, H-6.2, H-6.4";
    BinaryFile = "binary-file", Refusal, Refuse,
        means "The patch adds or changes a binary file where its area allows none.",
        because "Nobody can review what they cannot read.",
        mend "Commit what the file is made from, or have `binary = true` set for the area first.",
        source "own";
    SinglePatch = "single-patch", Refusal, Refuse,
        means "The patch is not one straight line of commits on its base.",
        because "It holds a merge, in which a change can hide.",
        mend "Rebase on the base; `single_patch = false` in policy/filemap.toml allows merges.",
        source "H-1.3.1, H-2.6";
    PatchEmpty = "patch-empty", Refusal, Refuse,
        means "There is no patch: base and head have the same files.",
        because "The command was run on the default branch, or nothing was committed yet.",
        mend "Switch to the branch of the patch, or name its base with `--base`.",
        source "own";
    ModeChanged = "mode-changed", Refusal, Note,
        means "A file became executable, or is not any more.",
        because "Its mode was changed in the patch.",
        mend "Nothing to do if that was meant.",
        source "H-1.3.1";
    RemoteUnseen = "remote-unseen", Refusal, Note,
        means "The remote could not be asked where its default branch is.",
        because "There is no network, or no right to read it.",
        mend "Not gating at the desk. The server's own check sees the remote.",
        source "H-1.5.6";

    PlanInvalid = "plan-invalid", Refusal, Refuse,
        means "Plan.json has a wrong form, or does not say what the patch does.",
        because "The plan was written by hand, or the patch went on after it was drafted.",
        mend "Mend each line that is named, or draft it again: `cargo xtask plan new`.",
        source "H-2";
    StoryNotes = "story-notes", Refusal, Refuse,
        means "The notes of a story cannot be used.",
        because "Something that a pull request must say of its story is missing, empty or of a wrong form.",
        mend "Mend each line that is named; docs/schema/story-notes.json lists the keys.",
        source "P-5.2, P-7.2.4";
    RunsUnseen = "runs-unseen", NotEstablished, Refuse,
        means "Nothing here shows that the runs took place which the body names.",
        because "There is no decision over this commit in the output folder; the body's form, and what it says of the patch, were checked all the same.",
        mend "Check the body where the review was made, or run the review here: `cargo xtask orr`.",
        source "own";
    BriefStale = "brief-stale", Refusal, Refuse,
        means "The brief for coding agents is not what policy says.",
        because "Policy changed, or the block in the file that `brief` of policy/programme.toml names was edited by hand.",
        mend "Run `cargo xtask brief --write FILE` and commit the result.",
        source "H-11.6";
    BriefBlock = "brief-block", Refusal, Refuse,
        means "The marks of the brief in a file are not those of one whole block.",
        because "A mark was deleted, copied, or written behind; what is the block and what is the file's own can no longer be told.",
        mend "Leave one line that begins the block and one below it that ends it, or take both out.",
        source "H-11.6";
    OwnersApart = "owners-apart", Refusal, Warn,
        means "CODEOWNERS and the Filemap name different owners for what a patch touches.",
        because "CODEOWNERS of the base has no line that names anybody for a path, or names nobody who holds a role that owns its area.",
        mend "Bring CODEOWNERS in line with `owners` in policy/filemap.toml; until then ask the owners that are named yourself.",
        source "H-6.1";

    BranchName = "branch-name", Refusal, Refuse,
        means "A branch's name is of no kind that policy knows.",
        because "A part of it is missing or has another form, or git refuses it.",
        mend "Use the name that is suggested, or have `cargo xtask branch new` or `branch sandbox` make one.",
        source "P-5.1, H-1.2.4 (git-check-ref-format(1))";
    BranchExists = "branch-exists", Refusal, Refuse,
        means "A branch could not be made.",
        because "There is one of that name already, or git cannot switch to it with the changes that lie there.",
        mend "Switch to the branch that is there, choose another slug, or commit what lies there.",
        source "P-5.1";

    WorkflowDrift = "workflow-drift", Refusal, Refuse,
        means "The workflow on GitHub is not the one that policy gives.",
        because "Policy changed, or the file was edited by hand: a job, a pin, a permission or a condition is another.",
        mend "Run `cargo xtask workflow generate --write` and commit the result; what is to be otherwise is said in policy/gates.toml.",
        source "H-1.2.3, H-6.6";
    SetupMissing = "setup-missing", Refusal, Refuse,
        means "Something is missing that every review needs.",
        because "git, a commit, a policy that can be used or room on the disk is not there; what can be done without only warns.",
        mend "Run `cargo xtask doctor` and mend each line that says `missing`.",
        source "own";
    SetupUnseen = "setup-unseen", NotEstablished, Refuse,
        means "It is not known whether all is there that is needed.",
        because "Something could not be looked at, or something that only GitHub needs is missing: then nothing can be seen there.",
        mend "Run `cargo xtask doctor --github` and mend the first line that is not `ok`: most others wait for it.",
        source "own";

    GithubCli = "github-cli", NotEstablished, Refuse,
        means "GitHub's command line is not there.",
        because "GitHub is spoken to through `gh`, which keeps the login; it is not on PATH.",
        mend "Install GitHub CLI 2.23.0 or newer, then `gh auth login`; or stay with the local engine.",
        source "H-3.1.1";
    GithubRepository = "github-repository", NotEstablished, Refuse,
        means "It is not known which repository on GitHub is meant.",
        because "Neither GH_REPO nor the address of the remote `origin` names one.",
        mend "Add the remote, or set GH_REPO to `[HOST/]OWNER/NAME`.",
        source "H-3.1.1";
    GithubLogin = "github-login", NotEstablished, Refuse,
        means "GitHub does not know who asks.",
        because "There is no login for the host, or the token is wrong or expired.",
        mend "Run `gh auth login`, or set GH_TOKEN.",
        source "own (GitHub REST: authentication)";
    GithubForbidden = "github-forbidden", NotEstablished, Refuse,
        means "The token may not do what is needed.",
        because "GitHub answered 403, with no sign of a rate limit.",
        mend "Use a token with the rights that docs/architecture.md lists, or let somebody run it who has them.",
        source "own (GitHub REST: troubleshooting)";
    GithubAbsent = "github-absent", NotEstablished, Refuse,
        means "GitHub does not have what was asked for, or does not show it to this token.",
        because "GitHub answered 404 or 410; it answers so too where a token may not see something private.",
        mend "See that it is there and that the token may see it: `cargo xtask doctor`.",
        source "own (GitHub REST: troubleshooting)";
    GithubLimited = "github-limited", NotEstablished, Refuse,
        means "A rate limit of GitHub lasts longer than is waited for.",
        because "The token made more requests than it may, here or elsewhere.",
        mend "Run it again when the limit is over; what was done is kept.",
        source "own (GitHub REST: rate limits)";
    GithubRefused = "github-refused", NotEstablished, Refuse,
        means "GitHub refused a request.",
        because "Something in the repository or its settings is not as the request supposes; the server's own words are shown.",
        mend "Mend what the server names, then run it again.",
        source "own (GitHub REST: troubleshooting)";
    GithubUnreachable = "github-unreachable", NotEstablished, Refuse,
        means "GitHub gave no whole answer.",
        because "There is no network, the server failed, or the connection broke, more than once.",
        mend "Run it again; what was done is kept, and nothing is done twice.",
        source "own (GitHub REST: troubleshooting)";

    RulesetUnpinned = "ruleset-unpinned", Refusal, Refuse,
        means "A required check on the server may come from any source.",
        because "The ruleset names the check without its app, so anyone with write access can post it with the API.",
        mend "Choose GitHub Actions as the source of the check, or apply what `cargo xtask rulesets check --print` prints.",
        source "H-3.3.1, H-6.7";
    RulesetBypass = "ruleset-bypass", Refusal, Refuse,
        means "Somebody may pass by what the server demands.",
        because "The ruleset's bypass list is not empty, or classic protection does not hold for administrators.",
        mend "Empty the bypass list; where a person must be able to pass by, let them change the ruleset in the open.",
        source "P-5.4";
    RulesetInactive = "ruleset-inactive", Refusal, Refuse,
        means "The ruleset that demands the gates is not in force on the default branch.",
        because "It is disabled, only evaluates, or targets other branches.",
        mend "Set its enforcement status to Active and its target to the default branch.",
        source "H-3.3.1, H-6.8";
    TagsUnprotected = "tags-unprotected", Refusal, Warn,
        means "No ruleset keeps the tags of releases where they are.",
        because "There is no active tag ruleset that restricts updates and deletions of `v*`, or it could not be seen.",
        mend "Add a tag ruleset for `v*` that restricts updates and deletions.",
        source "P-5.5";
    RunMismatch = "run-mismatch", Refusal, Refuse,
        means "A run on the server is not one of this patch's: commit, branch, event, workflow, repository or attempt differ.",
        because "It was of another push, of another workflow, of a fork, or it was run again.",
        mend "Make new runs on the head of the patch: `cargo xtask orr --on github`.",
        source "H-4.1, H-9.3";
    RunUnfinished = "run-unfinished", NotEstablished, Refuse,
        means "A run or a job on the server has not ended.",
        because "It is queued, at work, or in a status that this tool does not know.",
        mend "Wait for its end, then run the command again.",
        source "own";
    ServerSilent = "server-silent", NotEstablished, Refuse,
        means "The server leaves out what a proof needs.",
        because "A field of its answer is null or absent, such as the digest of an artifact of old.",
        mend "Run the command again later; where it stays so, make new runs.",
        source "own";
    ArtifactDigest = "artifact-digest", Refusal, Refuse,
        means "The bytes of an artifact are not those of which the server gives the digest.",
        because "The download was cut off or altered on its way.",
        mend "Run the command again; where it stays so, make new runs.",
        source "H-3.2.2";
    ArtifactTwice = "artifact-twice", Refusal, Refuse,
        means "A run has more than one artifact of the name that is looked for.",
        because "More than one job or attempt uploaded it.",
        mend "Make a new run with the workflow that `cargo xtask workflow generate` writes.",
        source "H-3.2.1";
    ArtifactUnread = "artifact-unread", Refusal, Refuse,
        means "An artifact's archive is not one that a run leaves, or not safe to look into.",
        because "It is damaged, too large, or holds a link, a path that leads out, or a file that has no place there.",
        mend "Make new runs with the workflow that `cargo xtask workflow generate` writes.",
        source "H-3.2.1";

    PullUnready = "pull-unready", Refusal, Refuse,
        means "The pull request is not ready to be merged.",
        because "It is a draft, or it is in conflict with its base.",
        mend "Finish it and press Ready for review, or rebase it.",
        source "P-5.4";
    CheckMissing = "check-missing", Refusal, Refuse,
        means "A required check is not there on this commit.",
        because "No run was made of it, or only of a commit before the last push.",
        mend "Make the runs on this head: `cargo xtask orr --on github`.",
        source "P-5.3, P-5.4";
    CheckNotGreen = "check-not-green", Refusal, Refuse,
        means "A required check did not end as a success.",
        because "Its job failed, was cancelled, or was skipped, which GitHub counts as a success and this gate does not.",
        mend "Mend the cause, then make new runs.",
        source "P-5.3, P-5.4";
    CheckWrongApp = "check-wrong-app", Refusal, Refuse,
        means "A check of a gate's name was posted by somebody else.",
        because "Another app, another workflow or a person with write access posted a check of that name.",
        mend "Find out who posts it; only the jobs of the workflow that policy names count.",
        source "P-5.4";
    ChangesRequested = "changes-requested", Refusal, Refuse,
        means "A reviewer requested changes, and did not take that back.",
        because "The last review of somebody who belongs to the repository says so.",
        mend "Settle what they ask for; they approve then, or dismiss their review.",
        source "P-5.4";
    MakerUnknown = "maker-unknown", NotEstablished, Refuse,
        means "Who made a commit of the patch cannot be seen.",
        because "The address of its author or committer belongs to no account, so its approver could be its maker.",
        mend "Commit with an address that belongs to the account, and push again.",
        source "P-5.4";
    WorkflowUnusable = "workflow-unusable", NotEstablished, Refuse,
        means "The workflow that makes the runs cannot be dispatched.",
        because "It is not on the server's default branch, has another path there, or is disabled.",
        mend "Merge the file that `cargo xtask workflow generate` writes to the default branch, and enable it.",
        source "H-3.1.1";
    DispatchRefused = "dispatch-refused", NotEstablished, Refuse,
        means "GitHub refused to dispatch the workflow.",
        because "The branch is not there, or the workflow does not take the input `nonce`.",
        mend "Bring the workflow in line with policy: `cargo xtask workflow check`.",
        source "H-3.1.1 (GitHub REST: workflow dispatches)";
    RunUnseen = "run-unseen", NotEstablished, Refuse,
        means "A run that was dispatched is not to be found on the server.",
        because "Its title does not repeat the nonce, or somebody deleted it.",
        mend "Look again with `cargo xtask orr --resume`; where it stays so, begin a new review.",
        source "H-3.1.2";
    RunAmbiguous = "run-ambiguous", NotEstablished, Refuse,
        means "More than one run on the server could be the one that was dispatched.",
        because "Somebody dispatched a run with the same nonce: which of them is this review's is open.",
        mend "See who dispatched them, then begin a new review.",
        source "own";
    PushRefused = "push-refused", NotEstablished, Refuse,
        means "The sandbox branch is not on the server.",
        because "The remote does not answer, does not let you write, or has other commits on a branch of that name.",
        mend "Mend what git says; nothing is ever forced. A new branch: `cargo xtask branch sandbox`.",
        source "H-1.1.3";
    SandboxBranch = "sandbox-branch", Refusal, Refuse,
        means "Runs on the server are made on a sandbox branch, and this is none.",
        because "The current branch is the default branch, detached, or of another kind in policy/branches.toml.",
        mend "`cargo xtask branch sandbox`, and bring the patch there; or name one with `--branch`.",
        source "H-1.2.4, H-4.1";
    JournalWrong = "journal-wrong", Refusal, Refuse,
        means "A review's journal tells of steps that cannot follow each other.",
        because "It was edited, or written by another version of this tool.",
        mend "Begin a new review: `cargo xtask orr --runs 3`.",
        source "H-1.1";

    RunAbsent = "run-absent", Refusal, Refuse,
        means "The server has no run of an id that a body names.",
        because "The run was deleted, is of another repository, or was made at a desk.",
        mend "Make new runs with `cargo xtask orr --on github`, then write the body again.",
        source "H-1.4.3, H-9.3";
    ClaimFalse = "claim-false", Refusal, Refuse,
        means "A body says something that the server, git or the bytes disprove.",
        because "The body was edited, or is of another head, run or base.",
        mend "Write the body again with `cargo xtask pr-body`, from a review of this head.",
        source "H-1.4, H-9";
    HeadMoved = "head-moved", NotEstablished, Refuse,
        means "The head of the pull request moved while it was looked at.",
        because "Something was pushed to its branch in between.",
        mend "Run the command again; what was pushed needs a review of its own.",
        source "own";
    PullClosed = "pull-closed", Refusal, Refuse,
        means "The pull request is not open.",
        because "It was closed or merged.",
        mend "Open one for the branch: `cargo xtask pr open`.",
        source "H-8.3.1";
    PullForeign = "pull-foreign", Refusal, Refuse,
        means "The head of the pull request is in another repository.",
        because "It comes from a fork, whose runs and branches its owner controls.",
        mend "Push the branch to this repository and review it here.",
        source "H-1.2.4";
    PullBase = "pull-base", Refusal, Refuse,
        means "The pull request is for another branch than the default one.",
        because "Rules, gates and the Filemap are those of the default branch.",
        mend "Open it for the default branch.",
        source "H-1.5.6";
    PullEdited = "pull-edited", Refusal, Refuse,
        means "Somebody edited the body of the pull request since it was last written.",
        because "The server has another text than the one that was written from here.",
        mend "Look at what was edited; `cargo xtask pr update N --replace-body` writes over it.",
        source "H-1.1.7";
    PullExists = "pull-exists", Refusal, Refuse,
        means "The branch has an open pull request already.",
        because "One was opened before, with another body or another head.",
        mend "Bring that one to the new head and body: `cargo xtask pr update N`; or `cargo xtask pr rollback N`.",
        source "H-1.1.7";

    LedgerForm = "ledger-form", Refusal, Refuse,
        means "A line of the ledger is not an entry in canonical JSON.",
        because "It was edited, written by something else, or its line ends were converted (CRLF).",
        mend "Restore the line as it was appended; give the file `-text` in .gitattributes.",
        source "H-8.1.3 (RFC 8785)";
    LedgerCut = "ledger-cut", Refusal, Refuse,
        means "The last line of the ledger does not end with LF.",
        because "The file was cut off, or an editor took the last line end away.",
        mend "Restore the file from the last commit, and append again what is missing.",
        source "H-8.1.3";
    LedgerGap = "ledger-gap", Refusal, Refuse,
        means "An entry of the ledger is not at the position that its `index` says.",
        because "A line was deleted, doubled, or moved.",
        mend "Restore the lines in the order of the last commit.",
        source "H-8.1.3";
    LedgerLink = "ledger-link", Refusal, Refuse,
        means "An entry's `prev_root` is not the root of the entry before it.",
        because "One of the two was edited, or lines of two branches were put together by hand.",
        mend "Restore both lines; join two branches with the merge driver that `cargo xtask doctor` sets up.",
        source "H-8.1.3";
    LedgerRoot = "ledger-root", Refusal, Refuse,
        means "An entry's `root` is not the digest of the entry.",
        because "Something in the line was edited after it was appended.",
        mend "Take back what was edited; to correct a decision, record another.",
        source "H-8.1.3";
    LedgerId = "ledger-id", Refusal, Refuse,
        means "An id of the ledger stands for two entries, or cannot be an id.",
        because "A line was copied, or the id was given by hand.",
        mend "Restore the line as it was appended; each entry has an id of its own.",
        source "H-8.1.3";
    LedgerTime = "ledger-time", Refusal, Refuse,
        means "The time of an entry runs backwards, or lies in the future.",
        because "Lines were moved, or the clock of a machine is wrong.",
        mend "Restore the order of the last commit; set the clock of the machine that wrote the entry.",
        source "H-8.1.3";
    LedgerKind = "ledger-kind", Refusal, Refuse,
        means "An entry is of no known kind, or does not say what its kind says.",
        because "It was written by hand, or by a newer version of this tool.",
        mend "Use the version that wrote it; docs/ledger.md lists the kinds and what each says.",
        source "H-8.1.3";
    LedgerMerge = "ledger-merge", Refusal, Refuse,
        means "A marker of a merge is not followed by the entries that it counts.",
        because "Lines after it were taken away, or it was written by hand.",
        mend "Restore the lines, or merge the two branches again.",
        source "H-8.1.3";
    LedgerPrefix = "ledger-prefix", Refusal, Refuse,
        means "The ledger does not begin with the ledger of its base.",
        because "Entries that were merged already were edited, moved or taken away.",
        mend "Restore the base's ledger byte for byte; what is new stands after it.",
        source "H-8.1.3";
    LedgerUnsigned = "ledger-unsigned", Refusal, Refuse,
        means "An entry is not signed, although policy demands it of its kind.",
        because "It was written without a key, so anybody could have written it.",
        mend "Its author records it again with a key.",
        source "P-5.8";
    LedgerSignature = "ledger-signature", Refusal, Refuse,
        means "The signature of an entry is not of what the entry says.",
        because "The entry was edited, or the signature is another's or for something else.",
        mend "Take the entry back, and record it again.",
        source "P-5.8";
    LedgerSigner = "ledger-signer", Refusal, Refuse,
        means "The key that signed an entry is not one of its author's at its time.",
        because "It is not in the allowed signers of the base, not valid then, or revoked.",
        mend "Have the key entered by a reviewed patch first; then record the entry again.",
        source "P-5.8";
    LedgerRole = "ledger-role", Refusal, Refuse,
        means "The author of an entry may not decide on things of its kind.",
        because "They hold none of the roles that policy/ledger.toml names for it.",
        mend "Have it decided by somebody who does.",
        source "P-5.8";
    LedgerPath = "ledger-path", Refusal, Refuse,
        means "What is at the path of the ledger is no plain file.",
        because "It is a symbolic link, a folder, or lies behind a link.",
        mend "Make it a plain file in the repository.",
        source "H-8.1.3";
    LedgerConflict = "ledger-conflict", Refusal, Refuse,
        means "Two branches have an entry of one id that does not say the same.",
        because "One of them was edited after it was appended.",
        mend "Find out which line is the one that was appended, and restore it on the other branch.",
        source "H-8.1.3";
    LedgerLocked = "ledger-locked", NotEstablished, Refuse,
        means "Another process holds the ledger.",
        because "It appends at this moment, or hangs.",
        mend "Wait for it or end it, then run the command again; nothing was appended.",
        source "own";
    LedgerClock = "ledger-clock", Refusal, Refuse,
        means "The clock of this machine is behind the newest entry.",
        because "It is slow, or the one that wrote that entry was fast.",
        mend "Set the clock, then run the command again; nothing was appended.",
        source "H-8.1.3";
    ClockApart = "clock-apart", Refusal, Refuse,
        means "The clock of this machine is more than five minutes away from GitHub's.",
        because "It is set wrong, or a virtual machine slept; deadlines and soaks would be counted from a wrong time.",
        mend "Set the clock, then run the command again; nothing was recorded.",
        source "own";
    LedgerKey = "ledger-key", Refusal, Refuse,
        means "An entry cannot be signed, or nobody knows in whose name.",
        because "There is no key, ssh-keygen refuses it, or git has no `user.email`.",
        mend "Set `user.email`, `gpg.format ssh` and `user.signingkey` of git, or name the key.",
        source "P-5.8";
    LedgerDriver = "ledger-driver", Refusal, Warn,
        means "git does not know how to merge the ledger here.",
        because "The merge driver is not in git's configuration, or .gitattributes does not name it.",
        mend "Run the commands that `cargo xtask doctor` prints.",
        source "own";

    ReleaseSha = "release-sha", Usage, Refuse,
        means "A release is asked for of something that is no full commit id.",
        because "A branch, HEAD, a tag or an abbreviation was given, each of which can be another commit tomorrow.",
        mend "Give the 40 hex digits: `git rev-parse origin/main` prints them.",
        source "P-5.5";
    ReleaseVersion = "release-version", Usage, Refuse,
        means "A version is not three plain numbers.",
        because "It lacks a part, has a zero too many, or says which candidate it is, which is counted here.",
        mend "Write major.minor.patch, such as `1.4.0`.",
        source "own";
    ReleaseRemote = "release-remote", NotEstablished, Refuse,
        means "The remote does not say what it has.",
        because "There is no remote `origin`, or it did not answer.",
        mend "Add it or wait for it, then run the command again.",
        source "own";
    ReleaseCommit = "release-commit", Refusal, Refuse,
        means "The commit is not on the default branch of the remote.",
        because "It was not merged yet, is of another branch, or is nowhere.",
        mend "Merge it first, then release what is on the default branch.",
        source "P-5.5";
    ReleaseOrr = "release-orr", Refusal, Refuse,
        means "The review did not pass three times on exactly this commit.",
        because "It was made of a parent or of the pull request's head, has fewer runs, did not pass, or was not made.",
        mend "Review this very commit: `cargo xtask orr --runs 3`.",
        source "P-2.3";
    ReleaseDesk = "release-desk", NotEstablished, Refuse,
        means "The server's checks were not asked for, although policy names them.",
        because "The release was asked for with `--on local`.",
        mend "Leave `--on local` out; `orr --on github` makes the runs that are looked at.",
        source "own";
    ReleaseDigest = "release-digest", Refusal, Refuse,
        means "A digest is not that of the runs of this commit.",
        because "It is of another run, or a file was changed after its review.",
        mend "Find out which of the two is right; then review the commit again, or make a new candidate.",
        source "P-5.5";
    ReleaseVersionUsed = "release-version-used", Refusal, Refuse,
        means "This version was released already.",
        because "Its tag is on the remote.",
        mend "Take the next version; a tag is never moved.",
        source "own";
    ReleaseVersionOrder = "release-version-order", Refusal, Refuse,
        means "The version does not grow within its line.",
        because "A later version of the same major and minor numbers was released.",
        mend "Take a version after the last one of the line.",
        source "own";
    ReleaseTagExists = "release-tag-exists", Refusal, Refuse,
        means "A tag of that name is there already, and it is not this release's.",
        because "It was made elsewhere, by hand, or by a release whose journal is not here.",
        mend "Look at what it is with `git show`; go on where its journal is, or take the next version.",
        source "P-5.5";
    ReleaseTagLight = "release-tag-light", Refusal, Refuse,
        means "A lightweight tag is in the way, or stands where an annotated one is needed.",
        because "It was made without `-a`, so that it says neither who nor on what evidence.",
        mend "Delete it where that is allowed, or take the next version.",
        source "P-5.5";
    ReleaseRcMissing = "release-rc-missing", Refusal, Refuse,
        means "There is no candidate on exactly this commit.",
        because "None was made, or it is on another commit.",
        mend "Make one: `cargo xtask release rc`.",
        source "P-5.5";
    ReleaseRcOpen = "release-rc-open", Usage, Refuse,
        means "It is not told which candidate is released.",
        because "Several versions have a candidate on this commit, or the name is none of a candidate.",
        mend "Name it: `cargo xtask release ga --from TAG`.",
        source "own";
    ReleaseRcOvertaken = "release-rc-overtaken", Refusal, Refuse,
        means "A newer candidate of this version is on another commit.",
        because "Something was mended after this one.",
        mend "Release the newest candidate.",
        source "P-5.5";
    ReleaseSoak = "release-soak", Refusal, Refuse,
        means "The candidate has not been out long enough.",
        because "Its soak, which policy demands, is not over.",
        mend "Wait until the time that is named.",
        source "own";
    ReleaseRisk = "release-risk", Refusal, Refuse,
        means "A critical risk is open.",
        because "The ledger has it open, its acceptance has ended, or what closed it does not count.",
        mend "Mitigate it, or have it accepted by whoever may.",
        source "P-5.6";
    ReleaseIncident = "release-incident", Refusal, Refuse,
        means "There was an incident of severity P0.",
        because "It is open, or began after the candidate was made.",
        mend "Mend its cause, and make a new candidate.",
        source "P-6.0.1";
    ReleaseApproval = "release-approval", Refusal, Refuse,
        means "An approval that policy demands is missing.",
        because "Nobody of the role approved exactly this commit, they made a part of it, or their key or their approval has ended.",
        mend "Have it approved by somebody of the role who did not make it.",
        source "P-5.8";
    ReleaseFreeze = "release-freeze", Refusal, Refuse,
        means "Nothing is released at this time.",
        because "A freeze of policy/release.toml holds.",
        mend "Wait for its end, or record an exception with its expiry in the ledger.",
        source "own";
    ReleaseLedger = "release-ledger", Refusal, Refuse,
        means "The ledger here does not hold, or does not begin with that of the default branch.",
        because "It was edited, or this working tree is behind.",
        mend "Run `git pull`, then `cargo xtask ledger verify`.",
        source "own";
    ReleaseReport = "release-report", Refusal, Refuse,
        means "A report that policy names is not in the commit, or is empty.",
        because "It was not written, or lies elsewhere.",
        mend "Commit it, review, and release that commit.",
        source "P-7.1.4";
    ReleaseKey = "release-key", Refusal, Refuse,
        means "What must be signed or recorded cannot be.",
        because "git has no key or no address here, or policy does not let it.",
        mend "Set `user.email`, `gpg.format` and `user.signingkey` of git.",
        source "own";
    ReleaseRunning = "release-running", Refusal, Refuse,
        means "Another command is at work on releases here.",
        because "It holds the folder of releases below the outputs.",
        mend "Wait for it, or end it.",
        source "own";
    ReleaseJournal = "release-journal", Refusal, Refuse,
        means "The journal of this release does not fit what is asked for.",
        because "It is of another commit, was edited, or its files are not what it says.",
        mend "Look at the folder that is named; move it away where it is nobody's.",
        source "own";
    ReleasePush = "release-push", Refusal, Refuse,
        means "The remote did not take the tag.",
        because "Its rules refuse it, the login may not, or somebody made one of that name meanwhile.",
        mend "Mend what git says, then run the same command again: it goes on.",
        source "P-5.5";
    ReleaseMoved = "release-moved", Refusal, Refuse,
        means "A tag is not what was pushed.",
        because "Somebody moved or deleted it on the remote.",
        mend "Find out who; a release whose tag moved is none. Take the next version.",
        source "P-5.5";
    ReleaseInTheWay = "release-in-the-way", Refusal, Refuse,
        means "GitHub has a release of this tag that is not this one.",
        because "It was made by hand, or holds other files.",
        mend "Delete its draft, or take the next version where it is published.",
        source "P-5.5";
    ReleaseAsset = "release-asset", Refusal, Refuse,
        means "A file of a release is not what it must be.",
        because "It was uploaded in part, by somebody else, or changed.",
        mend "Delete it from the draft and run the command again; of a published release take the next version.",
        source "P-5.5";
    ReleaseMutable = "release-mutable", Refusal, Refuse,
        means "The release on GitHub can still be changed.",
        because "Immutable releases are not switched on for the repository.",
        mend "Switch them on in its settings; releases made before stay as they are.",
        source "P-5.5";
    ReleaseAbsent = "release-absent", Refusal, Refuse,
        means "There is no tag of that name.",
        because "It was not made, not fetched, or what was named is a branch or a commit.",
        mend "Name the tag of a release; `git fetch --tags` brings them in.",
        source "P-5.5";
    ReleaseMessage = "release-message", Refusal, Refuse,
        means "The message of a tag is not one that `release` writes.",
        because "The tag was made by hand or by another program, or a line was changed.",
        mend "Only `cargo xtask release` makes tags that count.",
        source "P-5.5";
    ReleaseSignature = "release-signature", Refusal, Refuse,
        means "A tag is not signed by a key that counts.",
        because "It has no signature, or its key is not among the allowed signers of the default branch.",
        mend "Enter the key by a reviewed patch, or make the release again with the right one.",
        source "P-5.5";
    ReleaseEntry = "release-entry", Refusal, Refuse,
        means "The ledger of the default branch does not record this release, or records another.",
        because "The patch with the entry is not merged yet, or the entry is of other bytes.",
        mend "Merge the ledger; where it says something else, find out which of the two is right.",
        source "P-5.5";
    ReleasePin = "release-pin", Refusal, Refuse,
        means "The ledger is not the one that the tag pins.",
        because "Entries that were there when the tag was made were edited, moved or cut off.",
        mend "Restore the ledger; the tag says how many entries there were, and their root.",
        source "P-5.5";
    ReleaseUnasked = "release-unasked", Refusal, Note,
        means "Something was not asked, because the command was told to stay offline.",
        because "It needs the remote or GitHub.",
        mend "Run it again without `--offline`.",
        source "own";
    ReleaseDeploy = "release-deploy", Refusal, Refuse,
        means "What was deployed is no release.",
        because "It is a branch, a commit without a tag, or a tag that `release` did not make: no deploy from a branch.",
        mend "Deploy the tag of a release, and record that.",
        source "P-5.5";
    ReleaseEnvironment = "release-environment", Refusal, Refuse,
        means "The environment is unknown, or does not take this stage.",
        because "Policy names others, or only lets releases in where this is a candidate.",
        mend "Use a name of policy/release.toml; release the candidate first.",
        source "P-5.5";

    StoryUnknown = "story-unknown", Usage, Refuse,
        means "There is no such story or wave in the backlog.",
        because "The id is misspelt, or policy/backlog.toml of the base does not have it yet.",
        mend "Use an id of `cargo xtask story list`, or have it entered by a reviewed patch.",
        source "P-4.1";
    StoryState = "story-state", Refusal, Refuse,
        means "The story is not in the state in which this can be done.",
        because "It was started, or is merged, or was not started yet.",
        mend "`cargo xtask story show ID` says in which state it is, and why.",
        source "P-4.1";
    StoryBlocked = "story-blocked", Refusal, Refuse,
        means "The story is blocked.",
        because "A block in the ledger was not lifted.",
        mend "When its trigger has come, have `cargo xtask story unblock` recorded.",
        source "P-4.12";
    StoryOwner = "story-owner", Refusal, Refuse,
        means "Nobody answers for the story.",
        because "It has no owner in the backlog.",
        mend "Name its owner in policy/backlog.toml.",
        source "Z-6.1.2";
    StoryDependency = "story-dependency", Refusal, Refuse,
        means "A story that this one depends on is not merged.",
        because "It is still open, was reverted, or has not been fetched.",
        mend "Merge it first, or fetch; choose another story meanwhile.",
        source "P-3.2.2, Z-6.1.3";
    StoryContract = "story-contract", Refusal, Refuse,
        means "The contract and the acceptance checks of the story are not there before its implementation.",
        because "The backlog names none, or the base does not have the files.",
        mend "Write them, have them merged, and name them in policy/backlog.toml.",
        source "S-1.2";
    StoryApproval = "story-approval", Refusal, Refuse,
        means "The story waits for a formal approval.",
        because "It is `pending_po_approval`, and no approval of it counts.",
        mend "Have `cargo xtask approve story` recorded by somebody who holds the role.",
        source "P-3.2.3";
    StoryFrozen = "story-frozen", Refusal, Refuse,
        means "The story would reopen a frozen decision.",
        because "It names the decision, or says that it reopens it.",
        mend "Leave the decision as it is.",
        source "Z-3.5";
    StoryDeferred = "story-deferred", Refusal, Refuse,
        means "The story is of a track that is deferred.",
        because "The track's trigger has not come, or nobody recorded that it has.",
        mend "Wait for the trigger; then have an exception from `deferred` recorded.",
        source "Z-3.6";
    StoryWip = "story-wip", Refusal, Refuse,
        means "As many stories of the wave are under way as may be.",
        because "Each of them has a branch and is not merged.",
        mend "Finish one of them before the next.",
        source "P-3.2.1";
    WaveClosed = "wave-closed", Refusal, Refuse,
        means "The wave of the story is not open.",
        because "The gate of the wave before it is not passed, or its decision does not count or is over.",
        mend "`cargo xtask wave gate` of the wave before says what it still wants.",
        source "Z-4.1, Z-4.2";
    CycleNotRunning = "cycle-not-running", Refusal, Refuse,
        means "No cycle runs in which the story could be started.",
        because "It is before, between or after the cycles, or the cycle has other waves.",
        mend "Wait for the cycle, or have the calendar changed by a reviewed patch.",
        source "P-3.0";
    StoryBranches = "story-branches", Refusal, Warn,
        means "A story has more than one branch.",
        because "It was begun twice, or a branch was given up and not deleted.",
        mend "Join them, or delete the one that is given up.",
        source "P-5.1";
    StoryBranchName = "story-branch-name", Refusal, Warn,
        means "The name of a story's branch is not the one by which it is found.",
        because "It was renamed, here or on the remote, or never had the name that policy gives.",
        mend "Rename it to the form of policy/branches.toml, here and on the remote.",
        source "P-5.1";
    StoryOverlap = "story-overlap", Refusal, Warn,
        means "Stories under way may touch the same files.",
        because "Their narrower maps in policy/filemap.toml meet.",
        mend "Finish one before the other, or narrow their maps.",
        source "P-3.2.2";
    WaveStory = "wave-story", Refusal, Refuse,
        means "A story of the wave is not merged.",
        because "It is still open, or was reverted, or the wave has none.",
        mend "Merge it, or move it to another wave by a reviewed patch.",
        source "Z-6.3.1";
    WaveChecks = "wave-checks", Refusal, Refuse,
        means "The head of the default branch is red.",
        because "A required check failed on it.",
        mend "Mend it by a pull request of its own.",
        source "Z-4.1, Z-4.2";
    WaveDrill = "wave-drill", Refusal, Refuse,
        means "A drill that the gate of a wave demands is not passed.",
        because "It was not held, or it failed the last time, or the entry that it passed does not count.",
        mend "Hold it, and have it recorded in the ledger that it passed.",
        source "Z-4.3";

    FreezeWindow = "freeze-window", Refusal, Refuse,
        means "What is changed is frozen now.",
        because "The sprint is past the day from which declared paths stay as they are, until its end.",
        mend "Wait for the end of the sprint; or have an exception with a path and an end recorded.",
        source "S-1.3";
    EvidenceMissing = "evidence-missing", Refusal, Refuse,
        means "Evidence that is demanded is not there.",
        because "Nobody laid it out, or it lies in another folder.",
        mend "Lay it out with `cargo xtask evidence new`, and say in each file what was seen.",
        source "P-7.2";
    EvidenceEmpty = "evidence-empty", Refusal, Refuse,
        means "An evidence file says nothing.",
        because "It is empty, or holds headings and comments alone.",
        mend "Say in it what was seen, and where that can be looked at.",
        source "P-7.2";
    EvidenceTemplate = "evidence-template", Refusal, Refuse,
        means "An evidence file still has the words of its template.",
        because "It was laid out and not written, or only in part.",
        mend "Replace those words by what was seen.",
        source "P-7.2";
    EvidenceReason = "evidence-reason", Refusal, Refuse,
        means "An evidence file says \"not applicable\" where it may not, or without a reason.",
        because "Only some of the five items can be left out, and only for a reason.",
        mend "Write `Not applicable: ` and why; functional evidence and the pull request are always given.",
        source "P-7.2";
    EvidenceLink = "evidence-link", Refusal, Refuse,
        means "A link of an evidence file leads nowhere.",
        because "What it names was not committed, was moved, or is outside of the repository.",
        mend "Correct the link, or commit what it names.",
        source "P-7.2";
    EvidencePull = "evidence-pull", Refusal, Refuse,
        means "The evidence names no pull request, or one that is not there or not green.",
        because "The link is missing or wrong, or its checks have not passed.",
        mend "Link the pull request of the story, and have its required checks green.",
        source "P-7.2.5";
    EvidenceLate = "evidence-late", Refusal, Refuse,
        means "Evidence came after the day on which it was due, or that day is over without it.",
        because "It was changed after the last day on which QA and release could rely on it.",
        mend "Move the story to the next sprint, or have the delay decided on at the gate.",
        source "S-1.4";
    CycleRunning = "cycle-running", Refusal, Refuse,
        means "A cycle cannot be closed before its last working day.",
        because "What it is to reach can still be reached.",
        mend "Close it on its last working day, at its review.",
        source "P-3.1.5";
    CycleClosed = "cycle-closed", Refusal, Refuse,
        means "The cycle is closed already.",
        because "The ledger has an entry that closes it.",
        mend "Look at it: `cargo xtask ledger show --kind cycle-close`.",
        source "P-7.1.2";
    CycleOpen = "cycle-open", Refusal, Refuse,
        means "What the end of a cycle demands is not there.",
        because "Its status is not published, or a demand has no answer.",
        mend "Publish the status and give what is missing; what is not reached is closed as not met.",
        source "P-7.0.2, P-7.1.2";
    RiskUnowned = "risk-unowned", Refusal, Refuse,
        means "A critical risk is open without an owner or a mitigation.",
        because "Nobody was named for it, or nobody said what is done about it.",
        mend "Record who owns it and what is done about it.",
        source "P-3.0.5, Z-6.3.2";

    SlaViolated = "sla-violated", Refusal, Refuse,
        means "A window of a risk, a block or an incident ended before its clock was stopped.",
        because "Nobody acknowledged, contained or ended it in the time that its severity has, or nobody recorded it.",
        mend "Whoever is asked now takes it: acknowledge it, contain it, end it, and record each.",
        source "P-6.0";
    SlaTrigger = "sla-trigger", Refusal, Refuse,
        means "Something is so that escalates at once, whatever the clocks say.",
        because "A drill, a finding of security, a check or incidents are as a trigger of policy/risk.toml says.",
        mend "Tell those who are named, and end what the message says.",
        source "P-6.2";
    SlaUnseen = "sla-unseen", NotEstablished, Refuse,
        means "Nobody can say whether everything is within its time.",
        because "A trigger looks at what was not seen, business time cannot be counted, or the ledger is older than the remote's.",
        mend "Do what the message says, then run the command again.",
        source "P-6.0";
    SlaToldLate = "sla-told-late", Refusal, Warn,
        means "A clock is said to have been stopped in time, by an entry that came when its window was over.",
        because "It was recorded with `--at` afterwards.",
        mend "Hold it against what else is known of that time; record things when they are done.",
        source "P-6.0";
    SlaReplan = "replan", Refusal, Warn,
        means "A story has been blocked for longer than a cycle.",
        because "Nobody lifted the block in that time.",
        mend "Look at its scope again, start fewer stories, and put the wave in another order; then block it anew with another ETA, or lift the block.",
        source "P-6.1.4";
    RotaGap = "rota-gap", Refusal, Warn,
        means "Nobody is on the rota of a role that is asked now.",
        because "The shifts of policy/risk.toml have ended, or leave this time out.",
        mend "Name somebody for this time; until then all members of the role are asked.",
        source "P-6.0";
    MatterUnknown = "matter-unknown", Usage, Refuse,
        means "There is no such risk or incident.",
        because "The ledger of the base and of this branch has no entry that opens it.",
        mend "Look at `cargo xtask risk list --all` and `cargo xtask incident list --all`.",
        source "own";
    MatterState = "matter-state", Refusal, Refuse,
        means "A risk, a block or an incident is not in the state that this needs.",
        because "It is over, or what is to be recorded was recorded before.",
        mend "Look at `cargo xtask sla`.",
        source "own";
    PostmortemMissing = "postmortem-missing", Refusal, Refuse,
        means "A P0 or P1 cannot be closed without its postmortem.",
        because "No file was named, it is not there, or a part of it says nothing.",
        mend "Lay it out with `cargo xtask incident postmortem`, write it, and name it with `--postmortem`.",
        source "P-7.0.5";

    AuditDirect = "audit-direct", Refusal, Refuse,
        means "A commit reached the default branch without a pull request.",
        because "Somebody pushed it, which the rules let them, or which they went round.",
        mend "Have it reviewed now by a pull request, and let the ruleset demand pull requests of everybody.",
        source "P-5.4";
    AuditBypass = "audit-bypass", Refusal, Refuse,
        means "A pull request was merged without something that its base demanded.",
        because "A check was red or missing at the merge, an approval was missing, the review had not taken place, or other content landed.",
        mend "Have it reviewed now, and look at who may go round the ruleset.",
        source "P-5.4";
    AuditForced = "audit-forced", Refusal, Refuse,
        means "The default branch was moved to where what it had is gone.",
        because "Somebody forced a push, which the ruleset is to forbid.",
        mend "Find out who did it and what is gone; forbid it by the ruleset.",
        source "P-5.4";
    AuditUnseen = "audit-unseen", NotEstablished, Refuse,
        means "How a commit came to the default branch cannot be seen, in whole or in part.",
        because "GitHub was not asked, may not be asked by this token, or does not keep it any more.",
        mend "Ask with `--on github` and a token that may see it; audit sooner after each merge, and keep the reports.",
        source "own";
    AuditRevert = "audit-revert", Refusal, Note,
        means "A commit takes back what another brought.",
        because "Its message says so.",
        mend "Nothing: it is told because what is taken back was once let in.",
        source "P-5.4";
    MergeFrozen = "merge-frozen", Refusal, Refuse,
        means "Nothing is merged while this incident lasts.",
        because "An incident P0 or P1 is open, or was closed without its postmortem.",
        mend "Close the incident with its postmortem: `cargo xtask incident close --help`.",
        source "P-6.0.1, P-6.0.6, P-7.0.5";
    RiskOpen = "risk-open", Refusal, Refuse,
        means "A critical risk is open that bears on what is to be merged.",
        because "It is of the same wave or story, or of none in particular, and nobody mitigated, accepted or closed it.",
        mend "Mitigate or close it, and have that recorded by somebody who may.",
        source "P-5.6, P-6.0.1";
    PullStory = "pull-story", Refusal, Refuse,
        means "The pull request is of no story of the backlog.",
        because "Neither its body nor its branch names one, or names one that is not there.",
        mend "Name the story in the body: `cargo xtask pr-body --story`.",
        source "P-5.2";
    SnapshotUnread = "snapshot-unread", NotEstablished, Refuse,
        means "A recorded snapshot cannot be judged.",
        because "The file is missing, damaged, of another version, or none of `pr merge-check --record`.",
        mend "Record it again with this version.",
        source "own";

    ChecklistOpen = "checklist-open", Refusal, Refuse,
        means "A checklist that was prepared for a sprint is not done.",
        because "Its file is not there, a box in it is not ticked, or it has none; and its day is over, or the gate asks for it.",
        mend "Write it with `cargo xtask sprint checklist --write`, do what it says, and tick it.",
        source "S-6";
    PhaseOpen = "phase-open", Refusal, Refuse,
        means "The phase is not done.",
        because "A wave's gate is not passed, or a cycle that is over was never closed.",
        mend "Have the gate decided on and the cycle closed; or hand over what is open, in the open: `cargo xtask handoff --unfinished`.",
        source "Z-9";
    RiskyChange = "risky-change", Refusal, Refuse,
        means "A risky change does not say how it is taken back, or which runbook speaks of it.",
        because "It touches paths that policy names as risky, or is larger than policy lets pass without, and its story's notes lack one of the two.",
        mend "Give the story's notes: `rollback = [\"…\"]` and `changed = [\"…\"]` of its runbook; or make the change smaller.",
        source "S-1.5";
}
