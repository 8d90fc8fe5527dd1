//! Every code that a finding can carry, each with what it means, why it comes
//! up and what fixes it. `cargo xtask explain` and docs/codes.md read this table.

use super::Severity;
use super::code::Concern::{Cec, Interrupted, NotEstablished, Policy, Refusal, Usage};
use super::code::{CodeEntry, codes};

codes! {
    Cec10 = "CEC-10", Cec(10), Refuse,
        means "filemap_violation: the patch touches a path outside the Filemap.",
        because "A file was created, changed, renamed or deleted where this programme's Filemap does not reach.",
        fix "Take the path out of the patch, or have the Filemap changed first, by its own reviewed patch.",
        source "H-1.5.1";
    Cec20 = "CEC-20", Cec(20), Refuse,
        means "gates_fail: a gate is not green in at least one run.",
        because "A gate failed, timed out, was skipped, or could not be established, in any of the runs.",
        fix "Read the log that the finding names. Fix the cause, commit, and run the whole review again.",
        source "H-1.5.2, H-4.3";
    Cec30 = "CEC-30", Cec(30), Refuse,
        means "determinism_diverge: all gates are green, but the evidence differs between runs.",
        because "A gate wrote something that doesn't follow from the commit alone: a time, an order, a path, a random value.",
        fix "Start with the first difference that is named. Check SOURCE_DATE_EPOCH, byte order, the final LF and the locale. `cargo xtask compare 1 2` shows it again. Don't open a pull request.",
        source "H-1.5.3, H-4.3, H-8.1.2";
    Cec40 = "CEC-40", Cec(40), Refuse,
        means "missing_artifacts: evidence, the scorecard or the ZIP of a run is missing.",
        because "A gate passed but left no file where policy expects its evidence, or the run's scorecard or ZIP is missing.",
        fix "Make the gate write its evidence under `out/evidence/<gate>/`, or correct the `evidence` globs in policy/gates.toml.",
        source "H-1.5.4";
    Cec50 = "CEC-50", Cec(50), Refuse,
        means "pr_template_invalid: the PR body has a wrong form, or doesn't match the facts.",
        because "Somebody wrote or edited the body by hand, or it belongs to another head, run or base.",
        fix "Write it again with `cargo xtask pr-body`.",
        source "H-1.5.5";
    Cec60 = "CEC-60", Cec(60), Refuse,
        means "stale_base: the base is not the HEAD of the default branch.",
        because "The default branch moved after the patch was started.",
        fix "Rebase on the default branch, then run the review again.",
        source "H-1.5.6";
    Refuse10 = "REFUSE-10", Cec(50), Refuse,
        means "The PR body lacks one or more required fields.",
        because "Telemetry or plan is missing.",
        fix "Write the body again with `cargo xtask pr-body`.",
        source "H-6.21";
    Refuse20 = "REFUSE-20", Refusal, Refuse,
        means "Determinism diverged, or the three runs were not done.",
        because "The three runs are missing, or their evidence differs.",
        fix "`cargo xtask orr --runs 3` on the head of the patch, and fix what differs.",
        source "H-6.22";
    Refuse30 = "REFUSE-30", Refusal, Refuse,
        means "The patch touched a path outside the Filemap.",
        because "A changed path matches no area of the Filemap.",
        fix "Take the path out of the patch.",
        source "H-6.23";
    NoMerge = "NO_MERGE", Refusal, Refuse,
        means "The pull request may not be merged now.",
        because "A merge rule isn't satisfied, or the facts for it are unknown.",
        fix "Resolve every reason that is listed with it.",
        source "P-5.4, P-5.6, P-5.7";

    PolicySyntax = "policy-syntax", Policy, Refuse,
        means "A policy file is not TOML.",
        because "A quote, bracket or line is malformed, a key is given twice, or the file is not UTF-8.",
        fix "Correct the line that is shown.",
        source "own (TOML 1.1)";
    PolicyUnknownKey = "policy-unknown-key", Policy, Refuse,
        means "A policy file has a key that nothing reads.",
        because "It is misspelt, or belongs in another table. An ignored key would be a rule that nobody enforces.",
        fix "Use the suggested key, or remove it.",
        source "own";
    PolicyType = "policy-type", Policy, Refuse,
        means "A policy value has the wrong type.",
        because "For example, a number where text belongs, or text where a list belongs.",
        fix "Write the value in the form that the message names.",
        source "own";
    PolicyMissing = "policy-missing", Policy, Refuse,
        means "A policy file lacks something that it must have.",
        because "A required key, table or file is absent.",
        fix "Add what is named; `cargo xtask policy schema` lists every key.",
        source "own";
    PolicyValue = "policy-value", Policy, Refuse,
        means "A policy value has the right type, but cannot be used.",
        because "A pattern that does not compile, a duration without a unit, an unknown time zone, an id of the wrong form.",
        fix "Correct the value as the message says.",
        source "own";
    PolicyReference = "policy-reference", Policy, Refuse,
        means "A policy value names something that doesn't exist, exists twice, or forms a cycle.",
        because "A gate in `needs`, a role or a built-in was renamed or misspelt.",
        fix "Use a name that exists; the message lists the nearest.",
        source "own";
    PolicyUnused = "policy-unused", Refusal, Warn,
        means "Nothing uses this policy entry.",
        because "Nobody has the role, no gate runs the built-in, or nothing reads the file.",
        fix "Remove it, or use it: readers assume that every rule here is enforced.",
        source "own";
    PolicySchema = "policy-schema", Refusal, Warn,
        means "The schema that a policy file names in its line `#:schema` is missing, or of another version.",
        because "The program was upgraded, or the line leads to another file. Editors check the file by that schema.",
        fix "Run `cargo xtask policy upgrade` and commit the result, or take the line out.",
        source "own";

    DirtyTree = "dirty-tree", Refusal, Refuse,
        means "The working tree has uncommitted changes.",
        because "A review judges a commit, so uncommitted changes would be in none of its runs.",
        fix "Commit, stash or ignore the listed paths.",
        source "H-4.1";
    NoCommit = "no-commit", Refusal, Refuse,
        means "The repository has no commit to review.",
        because "Nothing was committed yet.",
        fix "Make a commit first.",
        source "H-4.1";
    NothingToResume = "nothing-to-resume", Refusal, Refuse,
        means "There is no unfinished review that can be resumed.",
        because "The last one was decided, or it was for another commit or policy, or there was none.",
        fix "Start a new one: `cargo xtask orr --runs 3`.",
        source "own";
    ReviewRunning = "review-running", Refusal, Refuse,
        means "Another review is running in this repository.",
        because "Two reviews at once would write to the same output folder.",
        fix "Wait for it, or stop it.",
        source "own";
    OverTarget = "over-target", Refusal, Note,
        means "The review took longer than the target time.",
        because "The gates are slow, or the machine is.",
        fix "Doesn't block. `out/orr.json` lists the seconds of each gate: start with the longest.",
        source "H-4.4";
    FlakeOdds = "flake-odds", Refusal, Note,
        means "How likely it is that these runs missed a flaky gate.",
        because "A few runs only see what happens often.",
        fix "Doesn't block. More runs find rarer flakes: `--runs 10`.",
        source "H-4.1";
    DateKept = "date-kept", Refusal, Note,
        means "A gate saw the machine's own date in each run.",
        because "A program that it starts hangs under libfaketime, as those do that have an allocator of their own.",
        fix "Doesn't block. To be rid of the note, turn the aspect `clock` off for the gate, with that reason.",
        source "own";
    OutputTracked = "output-tracked", Refusal, Refuse,
        means "git tracks files under the output folder.",
        because "Outputs were committed. The tool replaces them, and a committed output could pass for a fresh one.",
        fix "Remove them: `git rm -r --cached out`, then commit.",
        source "own";
    GitChanged = "git-changed", Refusal, Warn,
        means "A gate changed something below `.git` of its checkout.",
        because "Later gates of the same run ask that repository. Other runs, and your own repository, don't see it.",
        fix "Take out of the gate what commits, configures or fetches.",
        source "own";

    EnvironmentUnapproved = "environment-unapproved", Refusal, Warn,
        means "A gate doesn't see a variable or an entry of HOME that the policy of this commit names.",
        because "The policy of the default branch doesn't name it: a patch can't show itself more of your machine.",
        fix "Merge the change of policy/ first, as a patch of its own.",
        source "own";
    SecretValue = "secret-value", Refusal, Refuse,
        means "A variable that gates may see holds what looks like a secret.",
        because "A gate can print it, or write it into evidence.",
        fix "Take the variable out of policy/gates.toml, or unset it.",
        source "own";

    RedReviews = "red-reviews", Refusal, Warn,
        means "Reviews of one tree were red and green.",
        because "The files are the same, so a gate that is now red, now green depends on something else. The body says how many were red. One that was stopped while a gate ran counts as red: nobody knows what it would have said.",
        fix "Read the logs of the red reviews; make the gate say the same each time.",
        source "own";

    GateFailed = "gate-failed", Refusal, Refuse,
        means "A gate's command failed.",
        because "It ended with a status other than 0.",
        fix "Read the end of the log that the finding names.",
        source "H-1.5.2";
    GateTimeout = "gate-timeout", Refusal, Refuse,
        means "A gate took longer than its timeout and was stopped with all its children.",
        because "It hangs, or the timeout is too short.",
        fix "Read the end of its log. Raise `timeout` in policy/gates.toml only if it was really working.",
        source "own";
    WallMissing = "wall-missing", NotEstablished, Refuse,
        means "A wall that policy requires can't be had here, so the gate wasn't started.",
        because "The kernel gives this user no network or mount namespace. Some containers and systems forbid it.",
        fix "Review where user namespaces are allowed, or set `walls` in policy/gates.toml to `where-possible`.",
        source "own";
    GateSkipped = "gate-skipped", NotEstablished, Refuse,
        means "A gate was skipped, because a gate that it needs isn't green.",
        because "An earlier gate failed or could not be established.",
        fix "Fix the gate that it needs.",
        source "own";
    ProgramMissing = "program-missing", NotEstablished, Refuse,
        means "A program that a gate needs is missing.",
        because "It is not on PATH, or cannot be executed.",
        fix "Install it, or correct `run` in policy/gates.toml.",
        source "own";
    ProgramMoved = "program-moved", Refusal, Warn,
        means "PATH has a program of a gate elsewhere than at the review before.",
        because "A virtual environment is active or not, or another version came first on PATH: what passes with one may fail with the other.",
        fix "Nothing to do if that is intended. Otherwise put the folder of the right one first on PATH, and review again.",
        source "own";
    TestFailed = "test-failed", Refusal, Refuse,
        means "A test of a gate failed.",
        because "The test runner's report says so.",
        fix "Run that test alone. Its output is in the gate's log.",
        source "H-1.5.2";
    TestsNone = "tests-none", NotEstablished, Refuse,
        means "A test gate ran no test.",
        because "A filter matched nothing, all tests are ignored, or the runner found none.",
        fix "Correct the command: an empty test run proves nothing.",
        source "own";
    TestsFewer = "tests-fewer", Refusal, Refuse,
        means "A test gate ran fewer tests than policy requires.",
        because "Tests were deleted, ignored or filtered out.",
        fix "Restore them, or lower `minimum` in policy/gates.toml by a reviewed patch.",
        source "own";
    TestsLost = "tests-lost", Refusal, Warn,
        means "A test gate ran fewer tests than the last green review of the base.",
        because "Tests were deleted, skipped or filtered out, or a file that they need is not tracked.",
        fix "Bring them back, or say in the body's summary why they are gone.",
        source "own";
    TestsMinimum = "tests-minimum", Refusal, Note,
        means "Policy demands less than half of the tests that a gate ran.",
        because "`init` guessed the number, or tests were added since.",
        fix "Set `tests.minimum` of the gate in policy/gates.toml to what ran.",
        source "own";
    TestsUnread = "tests-unread", NotEstablished, Refuse,
        means "The test report can't be read, or contradicts itself.",
        because "The runner crashed, wrote another format, or its totals don't match the tests it lists.",
        fix "Check `tests.reader` in policy/gates.toml against what the log holds.",
        source "own";
    TestsByStatus = "tests-by-status", Refusal, Note,
        means "A test program with its own `main` was judged by its exit status.",
        because "It has `harness = false`: it lists no tests, so none are counted.",
        fix "Nothing to do if that is intended. `tests.minimum` counts only the other tests.",
        source "own";
    EvidenceName = "evidence-name", Refusal, Refuse,
        means "An evidence file has a name that cannot be packed the same way everywhere.",
        because "It is not UTF-8, holds a control character, is a link, or collides with another in letter case.",
        fix "Have the gate write plain files with plain names.",
        source "own";
    EvidenceChanged = "evidence-changed", Refusal, Refuse,
        means "A gate's evidence is not what it was when that gate ended.",
        because "A later gate wrote into an earlier gate's folder.",
        fix "Make each gate write only to its own evidence folder.",
        source "H-5.7";
    ScrubUnused = "scrub-unused", Refusal, Warn,
        means "A scrub rule matched nothing.",
        because "The field that it was for is gone, or the pattern is wrong.",
        fix "Remove the rule: an unneeded scrub hides later differences.",
        source "own";

    RulesetDrift = "ruleset-drift", Refusal, Refuse,
        means "The ruleset, committed or on the server, doesn't require what policy requires.",
        because "A gate isn't a required check, a check has no app, or the ruleset isn't active.",
        fix "Change the ruleset file, or the server's settings, to match policy/gates.toml.",
        source "H-3.3.1";
    WorkflowJobs = "workflow-jobs", Refusal, Refuse,
        means "The workflow's jobs don't match the gates in policy.",
        because "A job was renamed, added or removed. A required check is named after its job.",
        fix "Name the jobs exactly as the gates.",
        source "H-6.6";
    SecretFound = "secret-found", Refusal, Refuse,
        means "The secret scan found something that looks like a secret.",
        because "A token, key or password is in a tracked file.",
        fix "Remove it and revoke it: it is in the history. If it isn't one, such as an example, write it below `[secrets]` in `.secretsignore` (ripsecrets), or its fingerprint in `.gitleaksignore` (gitleaks).",
        source "H-5.6";
    SecretSuppressed = "secret-suppressed", Refusal, Refuse,
        means "A comment makes the secret scanner skip a line, and policy gives no reason.",
        because "The line ends in an allowlist comment. Without that comment the scanner finds a secret there.",
        fix "Remove the secret and revoke it. If it isn't one, add its file to `suppressed` of `[secrets]` in policy/gates.toml, with a reason.",
        source "H-5.6";
    ScanExceptions = "scan-exceptions", Refusal, Warn,
        means "The patch makes the secret scanner skip something.",
        because "It changes a file such as `.gitleaksignore` or `.secretsignore`, or a file where a comment hides a line with policy's reason. It could change that together with what it hides. Or policy excuses what isn't there.",
        fix "Read it in review as carefully as a policy file.",
        source "own";
    ActionUnpinned = "action-unpinned", Refusal, Refuse,
        means "A workflow uses an action that isn't pinned to a commit.",
        because "A tag or branch can be moved to other code at any time.",
        fix "Write `uses: owner/action@<40 hex>  # version`; of an image, `docker://name@sha256:<64 hex>`.",
        source "H-6.7";
    LockIncomplete = "lock-incomplete", Refusal, Refuse,
        means "A lock file doesn't pin every dependency, doesn't match its manifest, or is missing.",
        because "A dependency changed without the lock, an entry has no checksum, or a manifest has no lock.",
        fix "Bring the lock up to date, commit it and list it in `locks` of policy/gates.toml.",
        source "H-8.1.1";
    LockNote = "lock-note", Refusal, Note,
        means "Part of a lock file was ignored, or there is none. The message names it.",
        because "Policy gives a reason for having no lock, or hashes overrule an option in it.",
        fix "Nothing to do while the reason holds.",
        source "own";
    WorkflowsUnread = "workflows-unread", Refusal, Note,
        means "Workflows are there that `workflows` of `[pins]` doesn't match: no pin in them was read.",
        because "The pattern is missing, or it doesn't match them.",
        fix "Write `workflows = [\".github/workflows/*.{yml,yaml}\"]` in `[pins]` of policy/gates.toml.",
        source "own";
    OwnerMissing = "owner-missing", Refusal, Refuse,
        means "A tracked file has no owner in CODEOWNERS.",
        because "No pattern matches it, or the last one that matches names nobody.",
        fix "Add a pattern with an owner.",
        source "H-8.1.1";
    PackDiffers = "pack-differs", Refusal, Refuse,
        means "Packing the same evidence twice gave different bytes.",
        because "The packing depends on the path, locale, time zone or umask.",
        fix "This is a defect of the tool: report it with `zip_compare.json`.",
        source "H-8.1.2";
    ChainEmpty = "chain-empty", Refusal, Note,
        means "There is no ledger yet, so there was nothing to check.",
        because "No decision was recorded yet, and policy allows that.",
        fix "Nothing to do until the first decision is recorded.",
        source "H-8.1.3";

    NotEstablishedCode = "not-established", NotEstablished, Refuse,
        means "A fact could not be established.",
        because "A file or program could not be reached or read.",
        fix "Do what the message says, then run the command again.",
        source "own";
    UsageWrong = "usage", Usage, Refuse,
        means "The command line cannot be carried out.",
        because "An argument is unknown, missing, or names something that does not exist.",
        fix "See `cargo xtask help`.",
        source "own";
    Interrupted = "interrupted", Interrupted, Refuse,
        means "The command was interrupted. It can be resumed.",
        because "Somebody pressed Ctrl-C, or the process was asked to end.",
        fix "Continue with `cargo xtask orr --resume`.",
        source "own";
    DocsStale = "docs-stale", Refusal, Refuse,
        means "A generated document differs from what the program would write.",
        because "The program changed, or the document was edited by hand.",
        fix "Run `cargo xtask docs` and commit the result.",
        source "own";

    GuardrailFrozen = "guardrail-frozen", Refusal, Refuse,
        means "The patch touches a frozen path.",
        because "Policy freezes the path: no patch may change it.",
        fix "Take the path out of the patch. To change it, change policy first, with an approval.",
        source "Z-6.2.2";
    ApprovalMissing = "approval-missing", Refusal, Refuse,
        means "The patch changes something that needs a recorded approval, and there is none.",
        because "The file sets rules for later patches, or says who reviews them: policy, owners, workflows.",
        fix "Make the change a patch of its own. Then ask somebody who wrote no part of it, and has a role in policy/ledger.toml, to type `cargo xtask approve change`. Nobody can approve their own work. If you maintain alone, commit the change of the rules on the default branch, review it and push it from there, as you did with the first rules, and start your patch after it.",
        source "P-5.8";
    ApprovalOwn = "approval-own", Refusal, Refuse,
        means "Somebody approved their own work, or more power for themselves.",
        because "Their address is that of an author, committer or co-author of it, or policy gives them a role by it.",
        fix "Ask somebody who made no part of it and gains nothing by it. `cargo xtask explain approval-missing` says what a sole maintainer does.",
        source "P-5.4, P-5.8";
    DecisionVoid = "decision-void", Refusal, Refuse,
        means "The decision would change nothing, so it is not recorded.",
        because "Nothing asks for it, it is there already, or what else stands against it stays.",
        fix "Do what the message names first; or decide on what is asked for.",
        source "P-3.2.3, P-5.8";
    ContentRule = "content-rule", Refusal, Refuse,
        means "A file lacks content that a rule of the Filemap requires, or has content that it forbids.",
        because "A constant, a domain tag or the like was changed or lost.",
        fix "Change the file to match the rule.",
        source "H-5.4, H-6.2, H-6.4";
    BinaryFile = "binary-file", Refusal, Refuse,
        means "The patch adds or changes a binary file where its area allows none.",
        because "Nobody can review what they cannot read.",
        fix "Commit the file's source instead, or set `binary = true` for the area first.",
        source "own";
    SinglePatch = "single-patch", Refusal, Refuse,
        means "The patch is not one straight line of commits on its base.",
        because "It holds a merge, in which a change can hide.",
        fix "Rebase on the base; `single_patch = false` in policy/filemap.toml allows merges.",
        source "H-1.3.1, H-2.6";
    PatchEmpty = "patch-empty", Refusal, Refuse,
        means "There is no patch: base and head have the same files.",
        because "The command was run on the default branch, or nothing was committed yet.",
        fix "Switch to the branch of the patch, or name its base with `--base`.",
        source "own";
    ModeChanged = "mode-changed", Refusal, Note,
        means "A file became executable, or no longer is.",
        because "Its mode was changed in the patch.",
        fix "Nothing to do if that is intended.",
        source "H-1.3.1";
    RemoteUnseen = "remote-unseen", Refusal, Note,
        means "The remote's default branch is unknown.",
        because "There is no network, or no permission to read it.",
        fix "Doesn't block on a local machine. The server's own check sees the remote.",
        source "H-1.5.6";

    PlanInvalid = "plan-invalid", Refusal, Refuse,
        means "Plan.json has the wrong form, or doesn't match the patch.",
        because "The plan was written by hand, or the patch changed after it was drafted.",
        fix "Fix each line that is named, or draft it again: `cargo xtask plan new`.",
        source "H-2";
    StoryNotes = "story-notes", Refusal, Refuse,
        means "The notes of a story cannot be used.",
        because "Something that a pull request must say about its story is missing, empty or malformed.",
        fix "Fix each line that is named. docs/schema/story-notes.json lists the keys.",
        source "P-5.2, P-7.2.4";
    RunsUnseen = "runs-unseen", NotEstablished, Refuse,
        means "Nothing here shows that the body's runs took place.",
        because "The output folder has no decision for this commit. The body's form, and what it says about the patch, were checked anyway.",
        fix "Check the body where the review was made, or run the review here: `cargo xtask orr`.",
        source "own";
    BriefStale = "brief-stale", Refusal, Refuse,
        means "The brief for coding agents doesn't match policy.",
        because "Policy changed, or the block in the file that `brief` of policy/programme.toml names was edited by hand.",
        fix "Run `cargo xtask brief --write FILE` and commit the result.",
        source "H-11.6";
    BriefBlock = "brief-block", Refusal, Refuse,
        means "The markers of the brief don't enclose one block.",
        because "A marker was deleted or copied, so the block can't be told from the rest of the file.",
        fix "Keep one begin marker and one end marker after it, or remove both.",
        source "H-11.6";
    OwnersApart = "owners-apart", Refusal, Warn,
        means "CODEOWNERS and the Filemap name different owners for a changed path.",
        because "CODEOWNERS of the base has no line that names anybody for a path, or names nobody who holds a role that owns its area.",
        fix "Make CODEOWNERS match `owners` in policy/filemap.toml. Until then, ask the named owners yourself.",
        source "H-6.1";

    BranchName = "branch-name", Refusal, Refuse,
        means "The patch is on no branch whose name policy takes.",
        because "A part is missing or malformed, or git refuses the name; or the patch is on the default branch, or on none.",
        fix "Use the name that is suggested, or have `cargo xtask branch new` or `branch sandbox` make one.",
        source "P-5.1, H-1.2.4 (git-check-ref-format(1))";
    BranchExists = "branch-exists", Refusal, Refuse,
        means "A branch could not be made.",
        because "It exists already, or git can't switch to it with the uncommitted changes.",
        fix "Switch to the existing branch, choose another slug, or commit the changes.",
        source "P-5.1";

    WorkflowDrift = "workflow-drift", Refusal, Refuse,
        means "The workflow doesn't match policy.",
        because "Policy changed, or somebody edited the file: a job, pin, permission or condition differs.",
        fix "Run `cargo xtask workflow generate --write` and commit the result. To change the workflow, change policy/gates.toml.",
        source "H-1.2.3, H-6.6";
    SetupMissing = "setup-missing", Refusal, Refuse,
        means "Something is missing that every review needs.",
        because "git, a commit, a usable policy or disk space is missing. What is optional only warns.",
        fix "Run `cargo xtask doctor` and fix each line that says `missing`.",
        source "own";
    SetupUnseen = "setup-unseen", NotEstablished, Refuse,
        means "Whether everything is set up is unknown.",
        because "A check could not be made, or something that GitHub needs is missing.",
        fix "Run `cargo xtask doctor --github` and fix the first line that isn't `ok`: most others wait for it.",
        source "own";

    GithubCli = "github-cli", NotEstablished, Refuse,
        means "GitHub's command line is missing.",
        because "`gh`, which keeps the login, isn't on PATH.",
        fix "Install GitHub CLI 2.23.0 or newer, then `gh auth login`. Or use the local engine.",
        source "H-3.1.1";
    GithubRepository = "github-repository", NotEstablished, Refuse,
        means "The GitHub repository is unknown.",
        because "Neither GH_REPO nor the address of the remote `origin` names one.",
        fix "Add the remote, or set GH_REPO to `[HOST/]OWNER/NAME`.",
        source "H-3.1.1";
    GithubLogin = "github-login", NotEstablished, Refuse,
        means "GitHub doesn't know who asks.",
        because "There is no login for the host, or the token is wrong or expired.",
        fix "Run `gh auth login`, or set GH_TOKEN.",
        source "own (GitHub REST: authentication)";
    GithubForbidden = "github-forbidden", NotEstablished, Refuse,
        means "The token lacks a permission.",
        because "GitHub answered 403, with no sign of a rate limit.",
        fix "Use a token with the permissions that `cargo xtask doctor --github` names, or ask somebody who has them.",
        source "own (GitHub REST: troubleshooting)";
    GithubAbsent = "github-absent", NotEstablished, Refuse,
        means "GitHub doesn't have it, or doesn't show it to this token.",
        because "GitHub answered 404 or 410. It does so too when a token may not see something private.",
        fix "Check that it exists and that the token may see it: `cargo xtask doctor`.",
        source "own (GitHub REST: troubleshooting)";
    GithubLimited = "github-limited", NotEstablished, Refuse,
        means "GitHub's rate limit lasts longer than this command waits.",
        because "The token made too many requests, here or elsewhere.",
        fix "Run it again when the limit is over. What was done is kept.",
        source "own (GitHub REST: rate limits)";
    GithubRefused = "github-refused", NotEstablished, Refuse,
        means "GitHub refused a request.",
        because "The repository or its settings don't allow it. The message has the server's own words.",
        fix "Fix what the server names, then run it again.",
        source "own (GitHub REST: troubleshooting)";
    GithubUnreachable = "github-unreachable", NotEstablished, Refuse,
        means "GitHub gave no complete answer.",
        because "There is no network, the server failed, or the connection broke more than once.",
        fix "Run it again. What was done is kept, and nothing is done twice.",
        source "own (GitHub REST: troubleshooting)";

    RulesetUnpinned = "ruleset-unpinned", Refusal, Refuse,
        means "A required check on the server may come from any source.",
        because "The ruleset names the check without its app, so anyone with write access can post it with the API.",
        fix "Choose GitHub Actions as the source of the check, or apply what `cargo xtask rulesets check --print` prints.",
        source "H-3.3.1, H-6.7";
    RulesetBypass = "ruleset-bypass", Refusal, Refuse,
        means "Somebody may bypass the server's rules.",
        because "The ruleset's bypass list isn't empty, or classic protection excludes administrators.",
        fix "Empty the bypass list. Somebody who must bypass it can change the ruleset in the open.",
        source "P-5.4";
    RulesetInactive = "ruleset-inactive", Refusal, Refuse,
        means "The ruleset that requires the gates isn't in force on the default branch.",
        because "It is disabled, only evaluates, or targets other branches.",
        fix "Set its enforcement status to Active and its target to the default branch.",
        source "H-3.3.1, H-6.8";
    TagsUnprotected = "tags-unprotected", Refusal, Warn,
        means "No ruleset protects release tags.",
        because "No active tag ruleset restricts updates and deletions of `v*`, or it can't be seen.",
        fix "Add a tag ruleset for `v*` that restricts updates and deletions.",
        source "P-5.5";
    RunMismatch = "run-mismatch", Refusal, Refuse,
        means "A run on the server doesn't belong to this patch: commit, branch, event, workflow, repository or attempt differ.",
        because "It ran for another push, another workflow or a fork, or was re-run.",
        fix "Make new runs on the head of the patch: `cargo xtask orr --on github`.",
        source "H-4.1, H-9.3";
    RunUnfinished = "run-unfinished", NotEstablished, Refuse,
        means "A run or a job on the server has not ended.",
        because "It is queued, running, or in an unknown status.",
        fix "Wait for its end, then run the command again.",
        source "own";
    ServerSilent = "server-silent", NotEstablished, Refuse,
        means "The server's answer lacks what a proof needs.",
        because "A field is null or absent, such as the digest of an old artifact.",
        fix "Run the command again later. If that doesn't help, make new runs.",
        source "own";
    ArtifactDigest = "artifact-digest", Refusal, Refuse,
        means "An artifact's bytes don't match the server's digest.",
        because "The download was cut off or altered on its way.",
        fix "Run the command again. If that doesn't help, make new runs.",
        source "H-3.2.2";
    ArtifactTwice = "artifact-twice", Refusal, Refuse,
        means "A run has more than one artifact of the expected name.",
        because "More than one job or attempt uploaded it.",
        fix "Make a new run with the workflow that `cargo xtask workflow generate` writes.",
        source "H-3.2.1";
    ArtifactUnread = "artifact-unread", Refusal, Refuse,
        means "An artifact's archive isn't one that a run writes, or isn't safe to read.",
        because "It is damaged, too large, or has a link, a path that leads outside, or an unexpected file.",
        fix "Make new runs with the workflow that `cargo xtask workflow generate` writes.",
        source "H-3.2.1";

    PullUnready = "pull-unready", Refusal, Refuse,
        means "The pull request is not ready to be merged.",
        because "It is a draft, or it is in conflict with its base.",
        fix "Finish it and press Ready for review, or rebase it.",
        source "P-5.4";
    CheckMissing = "check-missing", Refusal, Refuse,
        means "A required check is missing on this commit.",
        because "It never ran, or only before the last push.",
        fix "Make the runs on this head: `cargo xtask orr --on github`.",
        source "P-5.3, P-5.4";
    CheckNotGreen = "check-not-green", Refusal, Refuse,
        means "A required check did not end as a success.",
        because "Its job failed, was cancelled, or was skipped, which GitHub counts as a success and this gate does not.",
        fix "Fix the cause, then make new runs.",
        source "P-5.3, P-5.4";
    CheckWrongApp = "check-wrong-app", Refusal, Refuse,
        means "Somebody else posted a check with a gate's name.",
        because "Another app, another workflow or a person with write access posted a check of that name.",
        fix "Find out who posts it. Only jobs of the workflow that policy names count.",
        source "P-5.4";
    ChangesRequested = "changes-requested", Refusal, Refuse,
        means "A reviewer requested changes.",
        because "The last review of somebody with write access says so.",
        fix "Do what they ask. They then approve, or dismiss their review.",
        source "P-5.4";
    MakerUnknown = "maker-unknown", NotEstablished, Refuse,
        means "The author of a commit is unknown.",
        because "The address of its author or committer belongs to no account, so the approver could be its author.",
        fix "Commit with an address that belongs to the account, and push again.",
        source "P-5.4";
    WorkflowUnusable = "workflow-unusable", NotEstablished, Refuse,
        means "The workflow that makes the runs cannot be dispatched.",
        because "It is not on the server's default branch, has another path there, or is disabled.",
        fix "Merge the file that `cargo xtask workflow generate` writes to the default branch, and enable it.",
        source "H-3.1.1";
    DispatchRefused = "dispatch-refused", NotEstablished, Refuse,
        means "GitHub refused to dispatch the workflow.",
        because "The branch is not there, or the workflow does not take the input `nonce`.",
        fix "Bring the workflow in line with policy: `cargo xtask workflow check`.",
        source "H-3.1.1 (GitHub REST: workflow dispatches)";
    RunUnseen = "run-unseen", NotEstablished, Refuse,
        means "A dispatched run can't be found on the server.",
        because "Its title does not repeat the nonce, or somebody deleted it.",
        fix "Look again with `cargo xtask orr --resume`. If that doesn't help, start a new review.",
        source "H-3.1.2";
    RunAmbiguous = "run-ambiguous", NotEstablished, Refuse,
        means "More than one run on the server could be the one that was dispatched.",
        because "Somebody dispatched a run with the same nonce.",
        fix "Find out who dispatched them, then start a new review.",
        source "own";
    PushRefused = "push-refused", NotEstablished, Refuse,
        means "The sandbox branch is not on the server.",
        because "The remote doesn't answer, refuses you, or has other commits on that branch.",
        fix "Fix what git reports; nothing is ever forced. A new branch: `cargo xtask branch sandbox`.",
        source "H-1.1.3";
    SandboxBranch = "sandbox-branch", Refusal, Refuse,
        means "Runs on the server need a sandbox branch, and this isn't one.",
        because "The current branch is the default branch, detached, or of another kind in policy/branches.toml.",
        fix "Run `cargo xtask branch sandbox` and move the patch there, or name one with `--branch`.",
        source "H-1.2.4, H-4.1";
    JournalWrong = "journal-wrong", Refusal, Refuse,
        means "A review's journal has steps that can't follow each other.",
        because "It was edited, or another version of this tool wrote it.",
        fix "Start a new review: `cargo xtask orr --runs 3`.",
        source "H-1.1";

    RunAbsent = "run-absent", Refusal, Refuse,
        means "The server has no run with an id from the body.",
        because "The run was deleted, belongs to another repository, or ran on a local machine.",
        fix "Make new runs with `cargo xtask orr --on github`, then write the body again.",
        source "H-1.4.3, H-9.3";
    HeadMoved = "head-moved", NotEstablished, Refuse,
        means "The head of the pull request moved during the check.",
        because "Somebody pushed to its branch.",
        fix "Run the command again. The pushed commits need their own review.",
        source "own";
    PullClosed = "pull-closed", Refusal, Refuse,
        means "The pull request is not open.",
        because "It was closed or merged.",
        fix "Open one for the branch: `cargo xtask pr open`.",
        source "H-8.3.1";
    PullForeign = "pull-foreign", Refusal, Refuse,
        means "The head of the pull request is in another repository.",
        because "It comes from a fork, whose runs and branches its owner controls.",
        fix "Push the branch to this repository and review it here.",
        source "H-1.2.4";
    PullBase = "pull-base", Refusal, Refuse,
        means "The pull request isn't for the default branch.",
        because "Rules, gates and the Filemap are those of the default branch.",
        fix "Open it for the default branch.",
        source "H-1.5.6";
    PullEdited = "pull-edited", Refusal, Refuse,
        means "Somebody edited the body of the pull request since it was last written.",
        because "The server's text differs from the one that was written from here.",
        fix "Look at the edits. `cargo xtask pr update N --replace-body` overwrites them.",
        source "H-1.1.7";
    PullExists = "pull-exists", Refusal, Refuse,
        means "The branch has an open pull request already.",
        because "One was opened before, with another body or another head.",
        fix "Update it: `cargo xtask pr update N`. Or close it: `cargo xtask pr rollback N`.",
        source "H-1.1.7";

    LedgerForm = "ledger-form", Refusal, Refuse,
        means "A line of the ledger is not an entry in canonical JSON.",
        because "It was edited, written by something else, or its line ends were converted (CRLF).",
        fix "Restore the line as it was appended; give the file `-text` in .gitattributes.",
        source "H-8.1.3 (RFC 8785)";
    LedgerCut = "ledger-cut", Refusal, Refuse,
        means "The last line of the ledger does not end with LF.",
        because "The file was cut off, or an editor took the last line end away.",
        fix "Restore the file from the last commit, and append again what is missing.",
        source "H-8.1.3";
    LedgerGap = "ledger-gap", Refusal, Refuse,
        means "An entry of the ledger is not at the position that its `index` says.",
        because "A line was deleted, doubled, or moved.",
        fix "Restore the lines in the order of the last commit.",
        source "H-8.1.3";
    LedgerLink = "ledger-link", Refusal, Refuse,
        means "An entry's `prev_root` is not the root of the entry before it.",
        because "One of the two was edited, or lines of two branches were put together by hand.",
        fix "Restore both lines from the last commit.",
        source "H-8.1.3";
    LedgerRoot = "ledger-root", Refusal, Refuse,
        means "An entry's `root` is not the digest of the entry.",
        because "Something in the line was edited after it was appended.",
        fix "Take back what was edited; to correct a decision, record another.",
        source "H-8.1.3";
    LedgerId = "ledger-id", Refusal, Refuse,
        means "An id of the ledger stands for two entries, or cannot be an id.",
        because "A line was copied, or the id was given by hand.",
        fix "Restore the line as it was appended; each entry has an id of its own.",
        source "H-8.1.3";
    LedgerTime = "ledger-time", Refusal, Refuse,
        means "The time of an entry lies more than five minutes in the future; in a file, it runs backwards.",
        because "Lines were moved, or the clock of a machine is wrong.",
        fix "Restore the order of the last commit; set the clock of the machine that wrote the entry.",
        source "H-8.1.3";
    LedgerKind = "ledger-kind", Refusal, Refuse,
        means "An entry's kind is unknown, or its fields don't match its kind.",
        because "It was written by hand, or by a newer version of this tool.",
        fix "Use the version that wrote it. docs/ledger.md lists the kinds and their fields.",
        source "H-8.1.3";
    LedgerPrefix = "ledger-prefix", Refusal, Refuse,
        means "The ledger does not begin with the ledger of its base.",
        because "Entries that were merged already were edited, moved or taken away.",
        fix "Restore the base's ledger byte for byte; what is new stands after it.",
        source "H-8.1.3";
    LedgerUnsigned = "ledger-unsigned", Refusal, Refuse,
        means "An entry isn't signed, although policy requires it for its kind.",
        because "It was written without a key, so anybody could have written it.",
        fix "Its author records it again with a key.",
        source "P-5.8";
    LedgerSignature = "ledger-signature", Refusal, Refuse,
        means "An entry's signature doesn't match the entry.",
        because "The entry was edited, or the signature belongs to something else.",
        fix "Remove the entry, and record it again.",
        source "P-5.8";
    LedgerSigner = "ledger-signer", Refusal, Refuse,
        means "The key that signed an entry wasn't its author's at that time.",
        because "It isn't in the base's allowed signers, wasn't valid then, or was revoked.",
        fix "Let somebody whose key is in policy/allowed_signers type the command. Or add your key by a reviewed patch, then type it again: during a freeze, a branch of the incident may bring it.",
        source "P-5.8";
    LedgerRole = "ledger-role", Refusal, Refuse,
        means "The author of an entry may not make this kind of decision.",
        because "They have none of the roles that policy/ledger.toml names for it.",
        fix "Ask somebody who has one.",
        source "P-5.8";
    LedgerPath = "ledger-path", Refusal, Refuse,
        means "What is at the path of a chain is no plain file.",
        because "It is a symbolic link, a folder, or lies behind a link.",
        fix "Make it a plain file in the repository.",
        source "H-8.1.3";
    LedgerLocked = "ledger-locked", NotEstablished, Refuse,
        means "Another process holds the ledger.",
        because "It appends at this moment, or hangs.",
        fix "Wait for it or stop it, then run the command again. Nothing was appended.",
        source "own";
    LedgerClock = "ledger-clock", Refusal, Refuse,
        means "The clock of this machine is more than five minutes behind the newest entry.",
        because "It is slow, or the one that wrote that entry was fast.",
        fix "Set the clock, then run the command again. Nothing was appended.",
        source "H-8.1.3";
    ClockApart = "clock-apart", Refusal, Refuse,
        means "The clock of this machine is more than five minutes away from GitHub's.",
        because "It is set wrong, or a virtual machine slept. Deadlines would be counted from a wrong time.",
        fix "Set the clock, then run the command again. Nothing was recorded.",
        source "own";
    LedgerKey = "ledger-key", Refusal, Refuse,
        means "An entry can't be signed, or has no author.",
        because "There is no key, ssh-keygen refuses it, or git has no `user.email`.",
        fix "Set git's `user.email`, `gpg.format ssh` and `user.signingkey`, or name the key.",
        source "P-5.8";
    LedgerUnreached = "ledger-unreached", NotEstablished, Refuse,
        means "The remote could not be asked for the ledger's branch, or an entry could not be pushed to it.",
        because "There is no network, or no right to read or write there.",
        fix "See that `git fetch` and `git push` work here, then run the command again: what waits is pushed first.",
        source "own";
    LedgerRefused = "ledger-refused", Refusal, Refuse,
        means "The remote does not let the ledger's branch be written.",
        because "A ruleset or a hook refuses the push. This clone keeps an entry about an alarm, and each command tries to push it again. An entry that calms an alarm has no effect until the remote takes it. Other entries are not recorded.",
        fix "Have the ruleset of that branch forbid deletions and force pushes, and nothing else.",
        source "own";
    LedgerDescent = "ledger-descent", Refusal, Refuse,
        means "The ledger does not go on from the tip that this clone has seen.",
        because "Somebody cut, rewrote, forked or deleted its branch.",
        fix "Find out who pushed it; an administrator restores the tip that the message names.",
        source "own";

    ReleaseSha = "release-sha", Usage, Refuse,
        means "The release target isn't a full commit SHA.",
        because "You gave a branch, HEAD, a tag or a short SHA. Each can be another commit tomorrow.",
        fix "Give the full SHA: `git rev-parse origin/main` prints it.",
        source "P-5.5";
    ReleaseVersion = "release-version", Usage, Refuse,
        means "The version isn't three plain numbers.",
        because "A part is missing, has a leading zero, or names the candidate, which this tool counts.",
        fix "Write major.minor.patch, such as `1.4.0`.",
        source "own";
    ReleaseRemote = "release-remote", NotEstablished, Refuse,
        means "The remote doesn't answer.",
        because "There is no remote `origin`, or it did not answer.",
        fix "Add it or wait for it, then run the command again.",
        source "own";
    ReleaseCommit = "release-commit", Refusal, Refuse,
        means "The commit isn't on the remote's default branch.",
        because "It wasn't merged yet, or belongs to another branch.",
        fix "Merge it first, then release the default branch's commit.",
        source "P-5.5";
    ReleaseOrr = "release-orr", Refusal, Refuse,
        means "The review did not pass three times on exactly this commit.",
        because "The review was of a parent or of the pull request's head, had fewer runs, or didn't pass.",
        fix "Review this commit: `cargo xtask orr --runs 3`.",
        source "P-2.3";
    ReleaseMachine = "release-machine", NotEstablished, Refuse,
        means "The server's checks weren't looked at, although policy names them.",
        because "The command ran with `--on local`.",
        fix "Run it without `--on local`. `orr --on github` makes the runs that count.",
        source "own";
    ReleaseDigest = "release-digest", Refusal, Refuse,
        means "A digest doesn't match the runs of this commit.",
        because "It is of another run, or a file was changed after its review.",
        fix "Find out which is right. Then review the commit again, or make a new candidate.",
        source "P-5.5";
    ReleaseVersionUsed = "release-version-used", Refusal, Refuse,
        means "This version was released already.",
        because "Its tag is on the remote.",
        fix "Take the next version; a tag is never moved.",
        source "own";
    ReleaseVersionOrder = "release-version-order", Refusal, Refuse,
        means "The version is lower than the last of its line.",
        because "A later version of the same major and minor numbers was released.",
        fix "Take a version after the last one of the line.",
        source "own";
    ReleaseTagExists = "release-tag-exists", Refusal, Refuse,
        means "A tag of that name exists, and isn't this release's.",
        because "It was made elsewhere, by hand, or by a release whose journal is not here.",
        fix "Look at it with `git show`. Continue where its journal is, or take the next version.",
        source "P-5.5";
    ReleaseTagLight = "release-tag-light", Refusal, Refuse,
        means "A lightweight tag is where an annotated one is needed.",
        because "It was made without `-a`, so that it says neither who nor on what evidence.",
        fix "Delete it where that is allowed, or take the next version.",
        source "P-5.5";
    ReleaseRcMissing = "release-rc-missing", Refusal, Refuse,
        means "There is no candidate on exactly this commit.",
        because "None was made, or it is on another commit.",
        fix "Make one: `cargo xtask release rc`.",
        source "P-5.5";
    ReleaseRcOpen = "release-rc-open", Usage, Refuse,
        means "Which candidate to release is unclear.",
        because "Several versions have a candidate on this commit, or the name isn't a candidate's.",
        fix "Name it: `cargo xtask release ga --from TAG`.",
        source "own";
    ReleaseRcOvertaken = "release-rc-overtaken", Refusal, Refuse,
        means "A newer candidate of this version is on another commit.",
        because "A fix came after this one.",
        fix "Release the newest candidate.",
        source "P-5.5";
    ReleaseSoak = "release-soak", Refusal, Refuse,
        means "The candidate hasn't been out long enough.",
        because "Its soak, which policy requires, isn't over.",
        fix "Wait until the named time.",
        source "own";
    ReleaseStage = "release-stage", Refusal, Refuse,
        means "What policy requires before this stage isn't there.",
        because "The stage before it has no tag of this version, a gate isn't passed, or policy names no such stage.",
        fix "Type what the message's help names.",
        source "P-7.1.4";
    ReleaseRisk = "release-risk", Refusal, Refuse,
        means "A critical risk is open.",
        because "It is open in the ledger, its acceptance has expired, or its closing doesn't count.",
        fix "Mitigate it, or have it accepted by somebody who may.",
        source "P-5.6";
    ReleaseIncident = "release-incident", Refusal, Refuse,
        means "There was an incident of severity P0.",
        because "It is open, or began after the candidate was made.",
        fix "Fix its cause, then make a new candidate.",
        source "P-6.0.1";
    ReleaseApproval = "release-approval", Refusal, Refuse,
        means "A required approval is missing.",
        because "Nobody with the role approved this commit, or they are one of its authors, or their key or approval has expired.",
        fix "Ask somebody with the role who isn't an author.",
        source "P-5.8";
    ReleaseFreeze = "release-freeze", Refusal, Refuse,
        means "Releases are frozen now.",
        because "A freeze in policy/release.toml applies.",
        fix "Wait for its end, or record an exception with its expiry in the ledger.",
        source "own";
    ReleaseLedger = "release-ledger", Refusal, Refuse,
        means "The ledger here doesn't verify, or doesn't extend the default branch's.",
        because "It was edited, or this working tree is behind.",
        fix "Run `git pull`, then `cargo xtask ledger verify`.",
        source "own";
    ReleaseReport = "release-report", Refusal, Refuse,
        means "A report that policy names is missing in the commit, or empty.",
        because "It wasn't written, or is somewhere else.",
        fix "Commit it, review, and release that commit.",
        source "P-7.1.4";
    ReleaseKey = "release-key", Refusal, Refuse,
        means "Signing or recording is impossible here.",
        because "git has no key or no address here, or policy forbids it.",
        fix "Set git's `user.email`, `gpg.format` and `user.signingkey`.",
        source "own";
    ReleaseRunning = "release-running", Refusal, Refuse,
        means "Another release command is running here.",
        because "It holds the lock on the releases in the output folder.",
        fix "Wait for it, or stop it.",
        source "own";
    ReleaseJournal = "release-journal", Refusal, Refuse,
        means "This release's journal doesn't match the request.",
        because "It belongs to another commit, was edited, or its files changed.",
        fix "Look at the named folder. Move it away if nobody needs it.",
        source "own";
    ReleasePush = "release-push", Refusal, Refuse,
        means "The remote refused the tag.",
        because "Its rules or your permissions forbid it, or somebody made a tag of that name.",
        fix "Fix what git reports, then run the same command again. It continues.",
        source "P-5.5";
    ReleaseMoved = "release-moved", Refusal, Refuse,
        means "A tag isn't what was pushed.",
        because "Somebody moved or deleted it on the remote.",
        fix "Find out who did it, and take the next version: a release whose tag moved doesn't count.",
        source "P-5.5";
    ReleaseInTheWay = "release-in-the-way", Refusal, Refuse,
        means "GitHub has another release with this tag.",
        because "It was made by hand, or holds other files.",
        fix "Delete its draft. If it is published, take the next version.",
        source "P-5.5";
    ReleaseAsset = "release-asset", Refusal, Refuse,
        means "A release's file isn't the expected one.",
        because "It was uploaded in part or by somebody else, or changed.",
        fix "Delete it from the draft and run the command again. If the release is published, take the next version.",
        source "P-5.5";
    ReleaseMutable = "release-mutable", Refusal, Refuse,
        means "The release on GitHub can still be changed.",
        because "Immutable releases are off for the repository.",
        fix "Turn them on in its settings. Earlier releases stay as they are.",
        source "P-5.5";
    ReleaseAbsent = "release-absent", Refusal, Refuse,
        means "There is no tag of that name.",
        because "It wasn't made or fetched, or the name is a branch's or a commit's.",
        fix "Name a release's tag. `git fetch --tags` fetches them.",
        source "P-5.5";
    ReleaseMessage = "release-message", Refusal, Refuse,
        means "A tag's message isn't one that `release` writes.",
        because "The tag was made by hand or by another program, or a line was changed.",
        fix "Only `cargo xtask release` makes tags that count.",
        source "P-5.5";
    ReleaseSignature = "release-signature", Refusal, Refuse,
        means "A tag is not signed by a key that counts.",
        because "It has no signature, or its key is not among the allowed signers of the default branch.",
        fix "Add the key by a reviewed patch, or make the release again with the right one.",
        source "P-5.5";
    ReleaseEntry = "release-entry", Refusal, Refuse,
        means "The ledger of the default branch does not record this release, or records another.",
        because "The patch with the entry is not merged yet, or the entry is of other bytes.",
        fix "Merge the ledger; where it says something else, find out which of the two is right.",
        source "P-5.5";
    ReleasePin = "release-pin", Refusal, Refuse,
        means "The ledger is not the one that the tag pins.",
        because "Entries that were there when the tag was made were edited, moved or cut off.",
        fix "Restore the ledger; the tag says how many entries there were, and their root.",
        source "P-5.5";
    ReleaseUnasked = "release-unasked", Refusal, Note,
        means "A question was skipped, because of `--offline`.",
        because "It needs the remote or GitHub.",
        fix "Run it again without `--offline`.",
        source "own";
    ReleaseDeploy = "release-deploy", Refusal, Refuse,
        means "What was deployed isn't a release.",
        because "It is a branch, an untagged commit, or a tag that `release` didn't make.",
        fix "Deploy the tag of a release, and record that.",
        source "P-5.5";
    ReleaseEnvironment = "release-environment", Refusal, Refuse,
        means "The environment is unknown, or doesn't take this stage.",
        because "Policy names others, or only lets releases in where this is a candidate.",
        fix "Use a name from policy/release.toml. Release the candidate first.",
        source "P-5.5";

    StoryUnknown = "story-unknown", Usage, Refuse,
        means "There is no such story or wave in the backlog.",
        because "The id is misspelt, or the base's policy/backlog.toml lacks it.",
        fix "Use an id from `cargo xtask story list`, or add it by a reviewed patch.",
        source "P-4.1";
    StoryState = "story-state", Refusal, Refuse,
        means "The story's state doesn't allow this.",
        because "It was started or merged already, or not started yet.",
        fix "`cargo xtask story show ID` shows its state and the reason.",
        source "P-4.1";
    StoryBlocked = "story-blocked", Refusal, Refuse,
        means "The story is blocked.",
        because "A block in the ledger is open.",
        fix "When its trigger has come, run `cargo xtask story unblock`.",
        source "P-4.12";
    StoryOwner = "story-owner", Refusal, Refuse,
        means "Nobody answers for the story.",
        because "It has no owner in the backlog.",
        fix "Name its owner in policy/backlog.toml.",
        source "Z-6.1.2";
    StoryDependency = "story-dependency", Refusal, Refuse,
        means "A story that this one depends on is not merged.",
        because "It is still open, was reverted, or has not been fetched.",
        fix "Merge it first, or fetch. Meanwhile, choose another story.",
        source "P-3.2.2, Z-6.1.3";
    StoryContract = "story-contract", Refusal, Refuse,
        means "The story has no contract or acceptance checks, which come before its implementation.",
        because "The backlog names none, or the base lacks the files.",
        fix "Write them, merge them, and name them in policy/backlog.toml.",
        source "S-1.2";
    StoryApproval = "story-approval", Refusal, Refuse,
        means "The story waits for a formal approval.",
        because "It is `pending_po_approval`, and no approval of it counts.",
        fix "Have `cargo xtask approve story` recorded by somebody who holds the role.",
        source "P-3.2.3";
    StoryFrozen = "story-frozen", Refusal, Refuse,
        means "The story would reopen a frozen decision.",
        because "It names the decision, or says that it reopens it.",
        fix "Don't change the decision.",
        source "Z-3.5";
    StoryDeferred = "story-deferred", Refusal, Refuse,
        means "The story belongs to a deferred track.",
        because "The track's trigger hasn't come, or nobody recorded it.",
        fix "Wait for the trigger. Then record an exception from `deferred`.",
        source "Z-3.6";
    StoryWip = "story-wip", Refusal, Refuse,
        means "As many stories of the wave or the sprint are under way as its limit allows.",
        because "Each of these stories has a branch and isn't merged.",
        fix "Finish one before you start the next.",
        source "P-3.2.1";
    WaveClosed = "wave-closed", Refusal, Refuse,
        means "The story's wave isn't open.",
        because "The gate of the wave before it hasn't passed, or its decision doesn't count or has expired.",
        fix "`cargo xtask wave gate` of the wave before lists what is missing.",
        source "Z-4.1, Z-4.2";
    CycleNotRunning = "cycle-not-running", Refusal, Refuse,
        means "No cycle is running for the story's wave.",
        because "Today is outside of the cycles, or the cycle has other waves.",
        fix "Wait for the cycle, or change the calendar by a reviewed patch.",
        source "P-3.0";
    StoryBranches = "story-branches", Refusal, Warn,
        means "A story has more than one branch.",
        because "It was started twice, or an abandoned branch remains.",
        fix "Join them, or delete the abandoned one.",
        source "P-5.1";
    StoryBranchName = "story-branch-name", Refusal, Warn,
        means "A story's branch doesn't have the name that policy gives.",
        because "It was renamed, here or on the remote, or never had that name.",
        fix "Rename it to the form of policy/branches.toml, here and on the remote.",
        source "P-5.1";
    StoryOverlap = "story-overlap", Refusal, Warn,
        means "Two started stories may touch the same files.",
        because "Their maps in policy/filemap.toml overlap.",
        fix "Finish one first, or narrow their maps.",
        source "P-3.2.2";
    WaveStory = "wave-story", Refusal, Refuse,
        means "A story of the wave isn't merged.",
        because "It is still open, or was reverted, or the wave has none.",
        fix "Merge it, or move it to another wave by a reviewed patch.",
        source "Z-6.3.1";
    WaveChecks = "wave-checks", Refusal, Refuse,
        means "The head of the default branch is red.",
        because "A required check failed on it.",
        fix "Fix it by a pull request of its own.",
        source "Z-4.1, Z-4.2";
    WaveDrill = "wave-drill", Refusal, Refuse,
        means "A drill that the wave's gate requires hasn't passed.",
        because "It wasn't held, failed the last time, or its entry doesn't count.",
        fix "Hold it, and have it recorded in the ledger that it passed.",
        source "Z-4.3";

    FreezeWindow = "freeze-window", Refusal, Refuse,
        means "The changed paths are frozen now.",
        because "From this day of the sprint until its end, declared paths may not change.",
        fix "Wait for the end of the sprint, or record an exception with a path and an end.",
        source "S-1.3";
    EvidenceMissing = "evidence-missing", Refusal, Refuse,
        means "Required evidence is missing.",
        because "Nobody created it, or it is in another folder.",
        fix "Create it with `cargo xtask evidence new`, and write in each file what you saw.",
        source "P-7.2";
    EvidenceEmpty = "evidence-empty", Refusal, Refuse,
        means "An evidence file says nothing.",
        because "It is empty, or has only headings and comments.",
        fix "Write what you saw, and where others can see it.",
        source "P-7.2";
    EvidenceTemplate = "evidence-template", Refusal, Refuse,
        means "An evidence file still has its template's text.",
        because "It was created but not filled in, or only in part.",
        fix "Replace that text with what you saw.",
        source "P-7.2";
    EvidenceReason = "evidence-reason", Refusal, Refuse,
        means "An evidence file says \"not applicable\" where it may not, or without a reason.",
        because "Only some of the five items can be omitted, and only with a reason.",
        fix "Write `Not applicable: ` and why; functional evidence and the pull request are always given.",
        source "P-7.2";
    EvidenceLink = "evidence-link", Refusal, Refuse,
        means "A link of an evidence file leads nowhere.",
        because "The target wasn't committed, was moved, or is outside of the repository.",
        fix "Correct the link, or commit its target.",
        source "P-7.2";
    EvidenceCriterion = "evidence-criterion", Refusal, Refuse,
        means "An acceptance criterion of the story has no result in its evidence.",
        because "It has no section of its name, or the section has no number and no link.",
        fix "Say under the criterion what was seen, with a number or a link.",
        source "P-7.2.1";
    EvidencePull = "evidence-pull", Refusal, Refuse,
        means "The evidence names no pull request, or one that doesn't exist or isn't green.",
        because "The link is missing or wrong, or its checks haven't passed.",
        fix "Link the pull request of the story, and have its required checks green.",
        source "P-7.2.5";
    EvidenceLate = "evidence-late", Refusal, Refuse,
        means "Evidence is late.",
        because "It was missing, or changed after the day on which it was due.",
        fix "Move the story to the next sprint, or pass the gate of the sprint with `--condition`.",
        source "S-1.4";
    CycleRunning = "cycle-running", Refusal, Refuse,
        means "A cycle can't be closed before its last working day.",
        because "Its goals can still be reached.",
        fix "Close it on its last working day, at its review.",
        source "P-3.1.5";
    CycleClosed = "cycle-closed", Refusal, Refuse,
        means "The cycle is closed already.",
        because "The ledger has an entry that closes it.",
        fix "Look at it: `cargo xtask ledger show --kind cycle-close`.",
        source "P-7.1.2";
    CycleOpen = "cycle-open", Refusal, Refuse,
        means "Something that closing a cycle requires is missing.",
        because "Its status isn't published, or a question has no answer.",
        fix "Publish the status and add what is missing. Close unreached goals as not met.",
        source "P-7.0.2, P-7.1.2";
    RiskUnowned = "risk-unowned", Refusal, Refuse,
        means "A critical risk is open without an owner or a mitigation.",
        because "Nobody is named for it, or no mitigation is recorded.",
        fix "Record its owner and its mitigation.",
        source "P-3.0.5, Z-6.3.2";

    SlaViolated = "sla-violated", Refusal, Refuse,
        means "A deadline of a risk, block or incident has passed.",
        because "Nobody recorded that it was acknowledged, contained or ended in the time that its severity allows.",
        fix "The person who is asked now acknowledges it, contains it and ends it, and records each step.",
        source "P-6.0";
    SlaTrigger = "sla-trigger", Refusal, Refuse,
        means "A trigger fired: this escalates at once, whatever the clocks say.",
        because "A drill, a security finding, a check or incidents match a trigger in policy/risk.toml.",
        fix "Inform the named people, and fix what the message names.",
        source "P-6.2";
    SlaUnseen = "sla-unseen", NotEstablished, Refuse,
        means "Whether everything is within its time is unknown.",
        because "A trigger's facts are unknown, business time can't be counted, or the ledger is older than the remote's.",
        fix "Do what the message says, then run the command again.",
        source "P-6.0";
    SlaReportedLate = "sla-reported-late", Refusal, Warn,
        means "An entry from after the deadline claims that the clock was stopped in time.",
        because "It was recorded later, with `--at`.",
        fix "Compare it with other records of that time. Record things when they are done.",
        source "P-6.0";
    SlaReplan = "replan", Refusal, Warn,
        means "A story has been blocked for longer than a cycle.",
        because "Nobody lifted the block in that time.",
        fix "Review its scope, start fewer stories, and reorder the wave. Then block it again with a new ETA, or lift the block.",
        source "P-6.1.4";
    RotaGap = "rota-gap", Refusal, Warn,
        means "Nobody is on the rota of a role that is asked now.",
        because "The shifts in policy/risk.toml have ended, or don't cover this time.",
        fix "Name somebody for this time. Until then, all members of the role are asked.",
        source "P-6.0";
    MatterUnknown = "matter-unknown", Usage, Refuse,
        means "There is no such risk or incident.",
        because "The ledger of the base and of this branch has no entry that opens it.",
        fix "Look at `cargo xtask risk list --all` and `cargo xtask incident list --all`.",
        source "own";
    MatterState = "matter-state", Refusal, Refuse,
        means "The state of this risk, block or incident doesn't allow this.",
        because "It is over, or this was recorded before.",
        fix "Look at `cargo xtask sla`.",
        source "own";
    PostmortemMissing = "postmortem-missing", Refusal, Refuse,
        means "A P0 or P1 can't be closed without its postmortem.",
        because "No file is named, it doesn't exist, or a section is empty.",
        fix "Create it with `cargo xtask incident postmortem`, fill it in, and name it with `--postmortem`.",
        source "P-7.0.5";

    AuditDirect = "audit-direct", Refusal, Refuse,
        means "A commit reached the default branch without a pull request.",
        because "Somebody pushed it, because the rules allow it or were bypassed.",
        fix "Review it now in a pull request, and make the ruleset require pull requests of everybody.",
        source "P-5.4";
    AuditBypass = "audit-bypass", Refusal, Refuse,
        means "A pull request was merged without something that its base required.",
        because "At the merge, a check was red or missing, an approval or the review was missing, or other content landed.",
        fix "Review it now, and check who may bypass the ruleset.",
        source "P-5.4";
    AuditForced = "audit-forced", Refusal, Refuse,
        means "The default branch was force-pushed, and commits are gone.",
        because "Somebody forced a push, which the ruleset should forbid.",
        fix "Find out who did it and what is gone. Forbid it in the ruleset.",
        source "P-5.4";
    AuditUnseen = "audit-unseen", NotEstablished, Refuse,
        means "How a commit reached the default branch is unknown, in whole or in part.",
        because "GitHub wasn't asked, the token may not ask, or GitHub no longer has the data; or a change of policy/ has no approval.",
        fix "Run it with `--on github` and a token that may see it. Audit soon after each merge, and keep the reports.",
        source "own";
    AuditRevert = "audit-revert", Refusal, Note,
        means "A commit reverts another.",
        because "Its message says so.",
        fix "Nothing to do. It is listed because the reverted change was once merged.",
        source "P-5.4";
    MergeFrozen = "merge-frozen", Refusal, Refuse,
        means "Merges are frozen during this incident.",
        because "An incident P0 or P1 is open, or was closed without its postmortem.",
        fix "If you handle the incident, close it with its postmortem: `cargo xtask incident close --help`. Otherwise wait: only its hotfix may be merged. `cargo xtask today` shows who handles it.",
        source "P-6.0.1, P-6.0.6, P-7.0.5";
    RiskOpen = "risk-open", Refusal, Refuse,
        means "An open critical risk affects this merge.",
        because "It belongs to the same wave or story, or to none, and nobody mitigated, accepted or closed it.",
        fix "Mitigate or close it. Somebody who may do so records it.",
        source "P-5.6, P-6.0.1";
    PullStory = "pull-story", Refusal, Refuse,
        means "The pull request belongs to no story of the backlog.",
        because "Neither its body nor its branch names one that exists.",
        fix "Name the story in the body: `cargo xtask pr-body --story`.",
        source "P-5.2";
    SnapshotUnread = "snapshot-unread", NotEstablished, Refuse,
        means "A recorded snapshot can't be judged.",
        because "The file is missing, damaged, of another version, or none of `pr merge-check --record`.",
        fix "Record it again with this version.",
        source "own";

    ChecklistOpen = "checklist-open", Refusal, Refuse,
        means "A sprint checklist isn't done.",
        because "Its file is missing or has an unticked box, and its day is over or the gate asks for it.",
        fix "Write it with `cargo xtask sprint checklist --write`, do the tasks, and tick them.",
        source "S-6";
    PhaseOpen = "phase-open", Refusal, Refuse,
        means "The phase isn't done.",
        because "A wave's gate hasn't passed, or a finished cycle was never closed.",
        fix "Decide on the gate and close the cycle. Or hand over the open work: `cargo xtask handoff --unfinished`.",
        source "Z-9";
    RiskyChange = "risky-change", Refusal, Refuse,
        means "A risky change lacks a rollback note or a runbook.",
        because "It touches paths that policy calls risky, or is larger than policy allows, and its story's notes lack one of the two.",
        fix "Add both to the story's notes, or make the change smaller.",
        source "S-1.5";
}
