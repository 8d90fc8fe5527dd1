#!/usr/bin/env python3
"""What one edit costs to build, in CPU and wall seconds, in several commits of this repository.

    benches/rebuild.py [--rounds N] COMMIT:FILE[,FILE…] [COMMIT:FILE[,FILE…]…]

Each commit is unpacked into a temporary folder and built there once. Then each round appends
a constant to each commit's first file, builds, does the same for the second files, and so on:
what is compared is measured in turn. Prints the medians. Needs git, cargo and the fetched
registry.
"""

import argparse
import os
import resource
import statistics
import subprocess
import tempfile
import time
from pathlib import Path

HERE = Path(__file__).resolve().parent.parent


def build(folder):
    """CPU and wall seconds of a build."""
    before, began = resource.getrusage(resource.RUSAGE_CHILDREN), time.monotonic()
    command = ["cargo", "build", "--quiet", "--offline", "--locked", "-p", "xtask"]
    subprocess.run(command, cwd=folder, check=True, stderr=subprocess.DEVNULL)
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    cpu = after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime
    return cpu, time.monotonic() - began


def unpacked(commit, work):
    folder = Path(work) / commit.replace("^", "-before").replace("~", "-")
    folder.mkdir()
    archive = subprocess.run(["git", "archive", commit], cwd=HERE, check=True, capture_output=True)
    subprocess.run(["tar", "-x"], cwd=folder, input=archive.stdout, check=True)
    return folder


def main():
    arguments = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    arguments.add_argument("--rounds", type=int, default=3)
    arguments.add_argument("trees", nargs="+")
    given = arguments.parse_args()
    for name in ("CARGO_TARGET_DIR", "CARGO_INCREMENTAL"):
        os.environ.pop(name, None)
    with tempfile.TemporaryDirectory() as work:
        trees = []
        for tree in given.trees:
            commit, files = tree.rsplit(":", 1)
            folder = unpacked(commit, work)
            print(f"{commit}: first build {build(folder)[0]:.0f} s of CPU", flush=True)
            trees.append((commit, folder, files.split(",")))
        seen = {}
        for number in range(given.rounds):
            for place in range(len(trees[0][2])):
                for commit, folder, files in trees:
                    with (folder / files[place]).open("a") as source:
                        source.write(f'\nconst _: &str = "edit {number} {place}";\n')
                    seen.setdefault((files[place], commit), []).append(build(folder))
        for (file, commit), runs in seen.items():
            cpu, wall = (statistics.median(values) for values in zip(*runs))
            print(f"{commit} {file}: CPU {cpu:.1f} s, wall {wall:.1f} s, median of {len(runs)}")


main()
