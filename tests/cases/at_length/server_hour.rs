//! An hour of attack on `pr verify` and `pr merge-check`, by the author of a patch and of its
//! body, who may push branches and dispatch runs. Each way is tried alone against the real gh;
//! beside them honest pull requests, which still pass. It prints a line a way.

use std::sync::Arc;
use std::sync::atomic::{AtomicU32, Ordering};

use serde_json::{Value, json};

use super::pr_verify::refusals;
use crate::cases::orr_github_artifacts::repacked;
use crate::cases::pr_merge_check::Ready;
use crate::cases::pr_verify::{FEATURE, Opened, RELEASE, edit, of, say};
use crate::support::github::server::artifacts::Artifact;
use crate::support::github::{Action, Fault, Response, State, Which};
use crate::support::{Ran, XTASK};

/// What it is called, what it alters, and a code of what refuses it; none where it is honest.
type Way = (&'static str, fn(&Opened, &mut State, &mut String), &'static str);

/// Alters what the server answers from the n-th of the requests on. No answer has a tag, so that
/// each is whole.
fn altered(from: u32, change: impl Fn(&mut Value) + Send + Sync + 'static) -> Action {
    let asked = AtomicU32::new(0);
    Action::Alter(Arc::new(move |response: &mut Response| {
        response.headers.retain(|(name, _)| !name.eq_ignore_ascii_case("etag"));
        if asked.fetch_add(1, Ordering::Relaxed) + 1 < from {
            return;
        }
        let Ok(mut body) = serde_json::from_slice::<Value>(&response.body) else { return };
        change(&mut body);
        response.body = serde_json::to_vec(&body).unwrap();
    }))
}

fn fault(state: &mut State, path: &str, which: Which, action: Action) {
    state.faults.push(Fault::new("GET", path, which, action));
}

/// The archive with these bytes in the place of those of the same length.
fn patched(artifact: &mut Artifact, from: &[u8], to: &[u8]) {
    let mut bytes = artifact.bytes.clone();
    for at in 0..bytes.len() - from.len() {
        if bytes[at..].starts_with(from) {
            bytes[at..at + to.len()].copy_from_slice(to);
        }
    }
    artifact.refill(bytes);
}

/// One more run of the same workflow, of another commit with the same tree, that ended so.
fn of_same_tree(o: &Opened, s: &mut State, conclusion: &str, first_job: &str) {
    let other = o.world.git(["commit-tree", "-p", "HEAD~1", "-m", "amended", "HEAD^{tree}"]);
    let other = other.trim();
    o.world.git(["push", "--quiet", "--force", "origin", &format!("{other}:refs/heads/amended")]);
    let mut run = s.runs[0].clone();
    (run.id, run.sha, run.branch) = (run.id + 100_000, other.to_owned(), "amended".to_owned());
    run.conclusion = conclusion.to_owned();
    for job in &mut run.jobs {
        job.id += 100_000;
    }
    run.jobs[0].conclusion = first_job.to_owned();
    s.runs.insert(0, run);
}

fn summary(body: &mut String, text: &str) {
    let end = body.find("\n## Telemetry").unwrap();
    let begin = body.find("\n## Summary").unwrap_or(end);
    body.replace_range(begin..end, &format!("\n## Summary\n{text}\n"));
}

impl Opened {
    fn tries(&self, alter: fn(&Self, &mut State, &mut String)) -> Ran {
        let before = {
            let mut state = self.simulator.state();
            let kept = (state.runs.clone(), state.artifacts.clone(), state.pulls.clone());
            let (workflows, mut body) = (state.workflows.clone(), self.body.clone());
            alter(self, &mut state, &mut body);
            state.pulls[0].body = Some(body);
            (kept, workflows)
        };
        let args = ["pr", "verify", "1", "--format", "json"];
        let ran = self.simulator.command(&self.world, XTASK).args(args).output().unwrap().into();
        let mut state = self.simulator.state();
        ((state.runs, state.artifacts, state.pulls), state.workflows) = before;
        state.faults.clear();
        ran
    }
}

#[test]
fn an_hour_of_lies_about_a_pull_request() {
    let opened = Opened::new();
    let mut wrong = Vec::new();
    for (name, alter, code) in WAYS {
        let ran = opened.tries(*alter);
        let held = match code.is_empty() {
            true => ran.status == 0,
            false => ran.status != 0 && refusals(&ran).iter().any(|refused| refused == code),
        };
        if !held {
            wrong.push(format!("{name}, {code}: {ran:#?}"));
        }
    }
    let lies = WAYS.iter().filter(|(.., code)| !code.is_empty()).count();
    assert!(lies >= 40 && WAYS.len() - lies >= 10, "{lies} of {}", WAYS.len());
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

const WAYS: &[Way] = &[
    // The body.
    ("honest: as it was written", |_, _, _| {}, ""),
    ("honest: CRLF at the end of every line", |_, _, b| *b = b.replace('\n', "\r\n"), ""),
    (
        "honest: a summary with code, emoji and a link",
        |_, _, b| {
            summary(
                b,
                "Closes #1 \u{2714}\u{fe0f}: `Vec<T>`, a < b && c, [docs](https://a.example/?b&c).\n\n### Why\n\n```php\n<?php\n```",
            );
        },
        "",
    ),
    ("CRLF at the end of some lines", |_, _, b| edit(b, "\n", "\r\n"), "CEC-50"),
    (
        "a zero-width space in a box",
        |_, _, b| edit(b, "- [x] the same bytes", "- [x] the same\u{200b} bytes"),
        "CEC-50",
    ),
    ("a Cyrillic letter in a key", |_, _, b| edit(b, "repo_sha:", "rep\u{43e}_sha:"), "REFUSE-10"),
    (
        "a digest in capitals",
        |o, _, b| say(o, b, "evidence_zip_sha256", &o.said("evidence_zip_sha256").to_uppercase()),
        "CEC-50",
    ),
    (
        "an HTML comment around the telemetry",
        |_, _, b| {
            edit(b, "## Telemetry", "<!--\n## Telemetry");
            edit(b, "\n## Plan", "-->\n\n## Plan");
        },
        "CEC-50",
    ),
    ("the telemetry twice", |_, _, b| b.push_str("\n## Telemetry\nbranch: main\n"), "CEC-50"),
    ("a field twice", |_, _, b| edit(b, "\nrun_ids:", "\nbranch: main\nrun_ids:"), "CEC-50"),
    (
        "a table in the telemetry",
        |_, _, b| edit(b, "\nrun_ids:", "\n| repo_sha | 1 |\n| --- | --- |\nrun_ids:"),
        "CEC-50",
    ),
    (
        "a nested table in HTML",
        |_, _, b| summary(b, "<table><tr><td><h2>Scorecard</h2></td></tr></table>"),
        "CEC-50",
    ),
    ("more than 64 KiB", |_, _, b| b.push_str(&"x".repeat(65_536)), "CEC-50"),
    (
        "a second scorecard",
        |_, _, b| edit(b, "\n## Evidence", "```json\n{}\n```\n\n## Evidence"),
        "CEC-50",
    ),
    ("a fence of tildes", |_, _, b| *b = b.replace("```json", "~~~json"), "REFUSE-10"),
    ("a mark of byte order", |_, _, b| b.insert(0, '\u{feff}'), "CEC-50"),
    (
        "no last line feed",
        |_, _, b| {
            b.pop();
        },
        "CEC-50",
    ),
    ("spaces at the end of a line", |_, _, b| edit(b, "\n## Plan", "  \n## Plan"), "CEC-50"),
    (
        "a line separator of Unicode",
        |_, _, b| edit(b, "\nrun_ids:", "\u{2028}branch: main\nrun_ids:"),
        "CEC-50",
    ),
    ("an escaped box", |_, _, b| edit(b, "- [x] the same", "- \\[x] the same"), "CEC-50"),
    (
        "the digest of another run's archive",
        |o, _, b| say(o, b, "evidence_zip_sha256", &"ab".repeat(32)),
        "CEC-50",
    ),
    (
        "run ids with zeros before them",
        |o, _, b| {
            let ids = o.said("run_ids").replacen('[', "[0", 1);
            say(o, b, "run_ids", &ids);
        },
        "run-absent",
    ),
    (
        "run ids in other digits",
        |o, _, b| {
            let ids = o.said("run_ids").replace('4', "\u{664}");
            say(o, b, "run_ids", &ids);
        },
        "CEC-50",
    ),
    ("a summary that opens a processing instruction", |_, _, b| summary(b, "<?"), "CEC-50"),
    ("a summary that opens CDATA", |_, _, b| summary(b, "<![CDATA["), "CEC-50"),
    (
        "a summary with a heading of the template by HTML",
        |_, _, b| summary(b, "<h2>Checklist</h2>"),
        "CEC-50",
    ),
    ("the same by a character reference", |_, _, b| summary(b, "## Check&#108;ist"), "CEC-50"),
    (
        "the same with an invisible character by name",
        |_, _, b| summary(b, "## Check&shy;list"),
        "CEC-50",
    ),
    ("the same as a link", |_, _, b| summary(b, "## [Checklist](https://a.example)"), "CEC-50"),
    ("a summary with a soft hyphen", |_, _, b| summary(b, "pass\u{ad}ed"), "CEC-50"),
    ("a summary in letters of tags", |_, _, b| summary(b, "ok\u{e0041}"), "CEC-50"),
    // What runs left.
    (
        "honest: the archives packed again",
        |_, s, _| {
            for at in 0..3 {
                repacked(of(s, at), |_| {})
            }
        },
        "",
    ),
    (
        "an archive with two entries of a name",
        |_, s, _| {
            let artifact = of(s, 0);
            repacked(artifact, |files| files.push(("MANIFEST.jsoX".to_owned(), b"{}".to_vec())));
            patched(artifact, b"MANIFEST.jsoX", b"MANIFEST.json");
        },
        "artifact-unread",
    ),
    (
        "an entry in another case",
        |_, s, _| {
            repacked(of(s, 0), |files| files.push(("manifest.json".to_owned(), b"{}".to_vec())))
        },
        "artifact-unread",
    ),
    (
        "an entry by `./`",
        |_, s, _| repacked(of(s, 0), |files| files.push(("./SHA256SUMS".to_owned(), Vec::new()))),
        "artifact-unread",
    ),
    (
        "an entry with a backslash",
        |_, s, _| {
            repacked(of(s, 0), |files| files.push(("scorecards\\demo.json".to_owned(), Vec::new())))
        },
        "artifact-unread",
    ),
    (
        "honest: bytes behind an archive that no reader takes for a part of it",
        |_, s, _| {
            let mut bytes = of(s, 0).bytes.clone();
            bytes.extend(b"PK\x05\x06 and more");
            of(s, 0).refill(bytes);
        },
        "",
    ),
    ("a name in another case", |_, s, _| of(s, 0).name = "Demo-orr-evidence".to_owned(), "CEC-40"),
    ("a name with a space behind it", |_, s, _| of(s, 0).name.push(' '), "CEC-40"),
    ("of another run", |_, s, _| of(s, 0).run = s.runs[1].id, "CEC-40"),
    ("of another commit", |o, s, _| of(s, 0).sha = o.older.clone(), "run-mismatch"),
    ("expired", |_, s, _| of(s, 0).expired = true, "CEC-40"),
    (
        "a digest in capitals, of the server",
        |_, s, _| {
            let digest = of(s, 0).digest.clone().unwrap().to_uppercase();
            of(s, 0).digest = Some(digest);
        },
        "server-silent",
    ),
    (
        "a scorecard of another programme inside",
        |_, s, _| {
            repacked(of(s, 0), |files| {
                for (_, bytes) in files.iter_mut().filter(|(name, _)| name.ends_with("demo.json")) {
                    *bytes =
                        String::from_utf8_lossy(bytes).replace("\"demo\"", "\"else\"").into_bytes();
                }
            })
        },
        "evidence-changed",
    ),
    // Runs.
    (
        "honest: the repository in other letter case",
        |_, s, _| {
            for run in &mut s.runs {
                run.head_repository = ("O".to_owned(), "R".to_owned())
            }
        },
        "",
    ),
    (
        "honest: another workflow is red",
        |_, s, _| {
            let mut run = s.runs[0].clone();
            (run.id, run.workflow, run.path) =
                (run.id + 100_000, 99, ".github/workflows/nightly.yml".to_owned());
            run.conclusion = "failure".to_owned();
            s.runs.push(run);
        },
        "",
    ),
    (
        "honest: a run of the same tree was cancelled before anything was red",
        |o, s, _| of_same_tree(o, s, "cancelled", "cancelled"),
        "",
    ),
    (
        "honest: a run of another tree was red",
        |o, s, _| {
            of_same_tree(o, s, "failure", "failure");
            s.runs[0].sha = o.older.clone();
        },
        "",
    ),
    ("a red run of the same tree", |o, s, _| of_same_tree(o, s, "failure", "failure"), "REFUSE-20"),
    (
        "the same, cancelled after it was red",
        |o, s, _| of_same_tree(o, s, "cancelled", "failure"),
        "REFUSE-20",
    ),
    (
        "the same, run again until it was green",
        |o, s, _| {
            of_same_tree(o, s, "success", "failure");
            s.runs[0].attempt = 2;
            let mut again = s.runs[0].jobs[0].clone();
            (again.id, again.attempt, again.conclusion) = (again.id + 1, 2, "success".to_owned());
            s.runs[0].jobs.push(again);
        },
        "REFUSE-20",
    ),
    ("a run that was run again", |_, s, _| s.runs[0].attempt = 2, "run-mismatch"),
    (
        "a job that was run again, beside the gates",
        |_, s, _| {
            let mut job = s.runs[0].jobs[0].clone();
            (job.id, job.name, job.attempt) = (job.id + 100_000, "attest".to_owned(), 2);
            s.runs[0].jobs.push(job);
        },
        "run-mismatch",
    ),
    (
        "a workflow of the same name in another file",
        |_, s, _| {
            let mut other = s.workflows[0].clone();
            (other.id, other.path) = (other.id + 1, ".github/workflows/orr.yaml".to_owned());
            for run in &mut s.runs {
                (run.workflow, run.path) = (other.id, other.path.clone())
            }
            s.workflows.push(other);
        },
        "run-mismatch",
    ),
    (
        "a file whose name only begins so",
        |_, s, _| s.runs[0].path = ".github/workflows/orr.yml.yml".to_owned(),
        "run-mismatch",
    ),
    (
        "dispatched on the default branch",
        |_, s, _| s.runs[1].branch = "main".to_owned(),
        "run-mismatch",
    ),
    (
        "all dispatched on a branch that is no sandbox",
        |_, s, b| {
            for run in &mut s.runs {
                run.branch = FEATURE.to_owned()
            }
            let line = b.lines().find(|line| line.starts_with("branch: ")).unwrap().to_owned();
            edit(b, &line, &format!("branch: {FEATURE}"));
        },
        "branch-name",
    ),
    (
        "of a commit behind the branch's head",
        |o, s, _| s.runs[0].sha = o.older.clone(),
        "run-mismatch",
    ),
    ("of a fork", |_, s, _| s.runs[0].head_repository.0 = "evil".to_owned(), "run-mismatch"),
    ("begun by a push", |_, s, _| s.runs[0].event = "push".to_owned(), "run-mismatch"),
    (
        "one run three times",
        |o, _, b| {
            let ids = o.said("run_ids");
            let first = ids.trim_matches(['[', ']']).split(',').next().unwrap().to_owned();
            say(o, b, "run_ids", &format!("[{first},{first},{first}]"));
        },
        "CEC-50",
    ),
    ("a neutral run", |_, s, _| s.runs[0].conclusion = "neutral".to_owned(), "CEC-20"),
    ("a job in another case", |_, s, _| s.runs[0].jobs[1].name = "t4".to_owned(), "CEC-20"),
    (
        "a job of the gate's name twice",
        |_, s, _| {
            let mut job = s.runs[0].jobs[1].clone();
            job.id += 100_000;
            s.runs[0].jobs.push(job);
        },
        "run-mismatch",
    ),
    (
        "a red run beside the three that was deleted from the body",
        |_, s, _| {
            let mut run = s.runs[0].clone();
            (run.id, run.conclusion) = (run.id + 100_000, "failure".to_owned());
            s.runs.push(run);
        },
        "REFUSE-20",
    ),
    // Answers.
    (
        "honest: a comment is written meanwhile",
        |_, s, _| {
            fault(
                s,
                "/pulls/1",
                Which::Every,
                altered(3, |pull| pull["updated_at"] = json!("2036-01-01T00:00:00Z")),
            )
        },
        "",
    ),
    (
        "honest: an answer that is cut off once",
        |_, s, _| fault(s, "/jobs", Which::Only(1), Action::Truncate(20)),
        "",
    ),
    (
        "it is for another branch meanwhile",
        |_, s, _| {
            fault(
                s,
                "/pulls/1",
                Which::Every,
                altered(3, |pull| pull["base"]["ref"] = json!(RELEASE)),
            )
        },
        "head-moved",
    ),
    (
        "its body is another meanwhile",
        |_, s, _| {
            fault(
                s,
                "/pulls/1",
                Which::Every,
                altered(3, |pull| pull["body"] = json!("all passed")),
            )
        },
        "head-moved",
    ),
    (
        "it is closed meanwhile",
        |_, s, _| {
            fault(s, "/pulls/1", Which::Every, altered(3, |pull| pull["state"] = json!("closed")))
        },
        "head-moved",
    ),
    (
        "its base moved between two requests",
        |_, s, _| {
            fault(
                s,
                "/branches/main",
                Which::Every,
                altered(2, |branch| branch["commit"]["sha"] = json!("1".repeat(40))),
            )
        },
        "CEC-60",
    ),
    (
        "a body of another type",
        |_, s, _| fault(s, "/pulls/1", Which::Every, altered(1, |pull| pull["body"] = json!(1))),
        "github-unreachable",
    ),
    (
        "jobs that are no list",
        |_, s, _| {
            fault(
                s,
                "/jobs",
                Which::Every,
                altered(1, |jobs| jobs["jobs"] = json!({ "T0": "success" })),
            )
        },
        "github-unreachable",
    ),
    (
        "runs without their list",
        |_, s, _| {
            fault(
                s,
                "/runs?head_sha=",
                Which::Every,
                altered(1, |runs| *runs = json!({ "total_count": 0 })),
            )
        },
        "github-unreachable",
    ),
    (
        "an attempt as a text",
        |_, s, _| {
            fault(
                s,
                "/actions/runs/",
                Which::Every,
                altered(1, |run| {
                    if run.get("run_attempt").is_some() {
                        run["run_attempt"] = json!("1")
                    }
                }),
            )
        },
        "github-unreachable",
    ),
    (
        "files that leave out one",
        |_, s, _| {
            fault(
                s,
                "/files",
                Which::Every,
                altered(1, |files| {
                    files.as_array_mut().unwrap().pop();
                }),
            )
        },
        "not-established",
    ),
    (
        "a next page of another host",
        |_, s, _| {
            fault(
                s,
                "/jobs",
                Which::Every,
                Action::Alter(Arc::new(|response: &mut Response| {
                    let link = "<https://evil.example/jobs?page=2>; rel=\"next\"".to_owned();
                    response.headers.push(("link".to_owned(), link));
                })),
            );
        },
        "not-established",
    ),
    (
        "nothing changed since a request that nobody made",
        |_, s, _| fault(s, "/jobs", Which::Every, Action::Answer(Response::empty(304))),
        "github-unreachable",
    ),
    (
        "a redirection to nowhere",
        |_, s, _| {
            let to = Response::empty(302).with("location", "https://evil.invalid/");
            fault(s, "/zip", Which::Every, Action::Answer(to));
        },
        "github-login",
    ),
];

/// The same of the merge gate.
type MergeWay = (&'static str, fn(&Ready), &'static str);

#[test]
fn an_hour_of_lies_about_a_merge() {
    let ready = Ready::new();
    let kept = {
        let state = ready.simulator.state();
        (state.runs.clone(), state.pulls.clone(), state.permissions.clone())
    };
    let mut wrong = Vec::new();
    for (name, alter, code) in MERGES {
        alter(&ready);
        let ran = ready.check();
        let held = match code.is_empty() {
            true => ran.status == 0,
            false => ran.status != 0 && ran.stdout.contains(&format!("error[{code}]")),
        };
        if !held {
            wrong.push(format!("{name}, {code}: {ran:#?}"));
        }
        {
            let mut state = ready.simulator.state();
            state.faults.clear();
            (state.runs, state.pulls, state.permissions) = kept.clone();
        }
        ready.approve();
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

fn at(ready: &Ready, path: &str, from: u32, change: fn(&mut Value)) {
    ready.simulator.fault("GET", path, Which::Every, altered(from, change));
}

const MERGES: &[MergeWay] = &[
    ("honest: approved and green", |_| {}, ""),
    (
        "honest: the check of another app beside",
        |ready| {
            at(ready, "/check-runs", 1, |body| {
                let checks = body["check_runs"].as_array_mut().unwrap();
                let mut other = checks[0].clone();
                other["id"] = json!(1);
                other["app"]["id"] = json!(99);
                checks.push(other);
            });
        },
        "",
    ),
    (
        "the check of another app alone",
        |ready| {
            at(ready, "/check-runs", 1, |body| {
                for check in body["check_runs"].as_array_mut().unwrap() {
                    check["app"]["id"] = json!(99)
                }
            })
        },
        "check-wrong-app",
    ),
    (
        "a check without its app",
        |ready| {
            at(ready, "/check-runs", 1, |body| {
                for check in body["check_runs"].as_array_mut().unwrap() {
                    check["app"] = Value::Null
                }
            })
        },
        "check-wrong-app",
    ),
    (
        "a check in another case",
        |ready| {
            at(ready, "/check-runs", 1, |body| {
                for check in body["check_runs"].as_array_mut().unwrap() {
                    check["name"] = json!("t4")
                }
            })
        },
        "check-missing",
    ),
    (
        "an approval that was dismissed",
        |ready| ready.simulator.state().pulls[0].reviews[0].state = "DISMISSED".to_owned(),
        "approval-missing",
    ),
    (
        "an approval that was dismissed, and a comment after it",
        |ready| {
            let mut state = ready.simulator.state();
            let mut comment = state.pulls[0].reviews[0].clone();
            (comment.id, comment.state) = (comment.id + 1, "COMMENTED".to_owned());
            state.pulls[0].reviews[0].state = "DISMISSED".to_owned();
            state.pulls[0].reviews.push(comment);
        },
        "approval-missing",
    ),
    (
        "an approval in lower case",
        |ready| ready.simulator.state().pulls[0].reviews[0].state = "approved".to_owned(),
        "approval-missing",
    ),
    (
        "an approval by the author in another case",
        |ready| ready.simulator.state().pulls[0].reviews[0].login = "ALEX".to_owned(),
        "approval-missing",
    ),
    (
        "an approval by somebody who may only read",
        |ready| {
            ready.simulator.state().permissions.insert("ann".to_owned(), "read".to_owned());
        },
        "approval-missing",
    ),
    (
        "it is for another branch meanwhile",
        |ready| {
            at(ready, "/pulls/1", 6, |pull| {
                if pull.get("base").is_some() {
                    pull["base"]["ref"] = json!("release")
                }
            })
        },
        "head-moved",
    ),
    (
        "its base moved at the last request",
        |ready| {
            at(ready, "/branches/main", 3, |branch| {
                if branch.get("commit").is_some() {
                    branch["commit"]["sha"] = json!("1".repeat(40))
                }
            })
        },
        "CEC-60",
    ),
    (
        "cancelled after it was red, beside the three",
        |ready| {
            let mut state = ready.simulator.state();
            let mut run = state.runs[0].clone();
            run.id += 100_000;
            run.conclusion = "cancelled".to_owned();
            for job in &mut run.jobs {
                job.id += 100_000
            }
            run.jobs[0].conclusion = "failure".to_owned();
            state.runs.insert(0, run);
        },
        "REFUSE-20",
    ),
];
