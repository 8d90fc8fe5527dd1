#!/usr/bin/env python3
"""Holds `cargo xtask metrics` against numbers that git and Python give by themselves.

    git clone https://github.com/dtolnay/anyhow && cd anyhow
    cargo xtask metrics --csv metrics.csv --format json > metrics.json
    python3 benches/metrics.py . metrics.csv metrics.json

Ten merged pull requests, evenly over the history, are computed anew, each with calls of
git of its own; and the medians of all, by Python's `statistics`. Ends with 1 where
anything differs.
"""

import csv
import json
import statistics
import subprocess
import sys
from datetime import datetime


def git(repository, *arguments):
    done = subprocess.run(
        ["git", "-C", repository, *arguments], check=True, capture_output=True, text=True
    )
    return done.stdout


def seconds(text):
    return datetime.fromisoformat(text.replace("Z", "+00:00")).timestamp()


def by_hand(repository, merge):
    """Lead time, commits, added, deleted, files of a merge."""
    landed = int(git(repository, "show", "-s", "--format=%ct", merge))
    brought = git(repository, "rev-list", f"{merge}^1..{merge}").split()
    inside = [commit for commit in brought if commit != merge]
    dates = [int(git(repository, "show", "-s", "--format=%ct", commit)) for commit in inside]
    added = deleted = files = 0
    for line in git(repository, "diff", "--numstat", "--no-renames", f"{merge}^1", merge).splitlines():
        plus, minus, _ = line.split("\t", 2)
        added += int(plus) if plus != "-" else 0
        deleted += int(minus) if minus != "-" else 0
        files += 1
    lead = landed - min(dates)
    return {
        "lead_seconds": lead if lead >= 0 else None,
        "commits": len(brought), "added": added, "deleted": deleted, "files": files,
    }


def main():
    repository, table, report = sys.argv[1:4]
    with open(table, newline="", encoding="utf-8") as file:
        rows = list(csv.DictReader(file))
    merges = [row for row in rows if row["pull"] and row["began_at"]]
    step = max(1, len(merges) // 10)
    differs = 0
    print(f"{len(rows)} changes, {len(merges)} of them merges of pull requests")
    print(f"{'pull':>6}  {'lead, s':>10}  {'commits':>7}  {'+':>6}  {'-':>6}  {'files':>5}")
    for row in merges[::step][:10]:
        own = by_hand(repository, row["commit"])
        said = {
            key: int(row[key]) if row[key] else None
            for key in ("lead_seconds", "commits", "added", "deleted", "files")
        }
        same = "same" if own == said else f"DIFFERS: git gives {own}"
        differs += own != said
        shown = [said[key] for key in ("lead_seconds", "commits", "added", "deleted", "files")]
        print("#{:>5}  {:>10}  {:>7}  {:>6}  {:>6}  {:>5}  {}".format(row["pull"], *map(str, shown), same))
    with open(report, encoding="utf-8") as file:
        summary = json.load(file)["data"]["spans"][0]
    leads = [seconds(row["landed_at"]) - seconds(row["began_at"]) for row in rows if row["began_at"]]
    leads = [lead for lead in leads if lead >= 0]
    churn = [int(row["added"]) + int(row["deleted"]) for row in rows]
    for name, values in (("lead_seconds", leads), ("churn", churn)):
        own = {
            "median": statistics.median(values),
            "p90": statistics.quantiles(values, n=10, method="inclusive")[8],
        }
        for key, value in own.items():
            said = summary[name][key]
            same = abs(said - value) <= 1e-6 * max(1.0, abs(value))
            differs += not same
            print(f"{name} {key}: {said} and {value}: {'same' if same else 'DIFFERS'}")
    return 1 if differs else 0


if __name__ == "__main__":
    sys.exit(main())
