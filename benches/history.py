#!/usr/bin/env python3
"""Compares the Filemap's verdicts with git's own pathspecs over a repository's history.

Usage: benches/history.py REPOSITORY [COMMITS]

Takes a clone of any repository, which is not changed, and for each of its newest COMMITS
(1000 where left out) that have one parent asks two parties which of its paths lie inside:
`cargo xtask filemap check`, and `git diff --name-only -z` with `:(glob)` pathspecs of the
same globs. Needs git and the built program. Prints every disagreement; exit status 1
where there is one.
"""

import json
import os
import subprocess
import sys
import tempfile
from collections import Counter

TOOL = os.path.join(os.path.dirname(os.path.dirname(os.path.abspath(__file__))), "target/debug/xtask")
TOOL = os.environ.get("XTASK", TOOL)


def git(folder, *arguments):
    ran = subprocess.run(["git", "-C", folder, *arguments], capture_output=True, check=True)
    return ran.stdout


def globs_of(paths):
    """Globs of every form that git has too, made from the repository's own names."""
    folders = Counter(p.rsplit("/", 1)[0] for p in paths if "/" in p)
    tops = Counter(p.split("/")[0] for p in paths if "/" in p)
    endings = Counter(p.rsplit(".", 1)[1] for p in paths if "." in p.rsplit("/", 1)[-1])
    plain = lambda text: not set(text) & set("*?[]{}\\!")
    top = [t for t, _ in tops.most_common(8) if plain(t)]
    deep = [f for f, _ in folders.most_common(40) if plain(f)]
    ends = [e for e, _ in endings.most_common(12) if plain(e)]
    globs = [t + "/**" for t in top[1::2]] + [f + "/*" for f in deep[::2]]
    globs += ["**/*." + e for e in ends[2::3]] + [t + "/*/*." + ends[0] for t in top]
    globs += ["*." + e for e in ends] + [t + "/**/[a-m]*." + ends[1] for t in top[::2]]
    globs += [t + "/?[!a-f]*/**" for t in top[::3]] + ["**/test/**", "**/README.md"]
    return globs


def policy(folder, globs):
    with open(os.path.join(folder, "programme.toml"), "w") as out:
        out.write('id = "history"\nname = "History"\ndefault_branch = "main"\ntime_zone = "UTC"\n')
    with open(os.path.join(folder, "gates.toml"), "w") as out:
        out.write('[[gates]]\nid = "T4"\nname = "tests"\nrun = ["true"]\n')
    with open(os.path.join(folder, "filemap.toml"), "w") as out:
        out.write('single_patch = false\n[[areas]]\nname = "all"\nbinary = true\npaths = %s\n' % json.dumps(globs))


def shown(path):
    """A path as the program writes it."""
    text = path.decode("utf-8", "surrogateescape")
    if any(0xDC80 <= ord(c) <= 0xDCFF or not c.isprintable() for c in text):
        return None
    return text


def main():
    repository, count = sys.argv[1], sys.argv[2] if len(sys.argv) > 2 else "1000"
    with tempfile.TemporaryDirectory() as folder:
        clone = os.path.join(folder, "clone")
        subprocess.run(["git", "clone", "--quiet", "--shared", "--no-checkout", repository, clone], check=True)
        git(clone, "remote", "remove", "origin")
        paths = git(clone, "ls-tree", "-r", "-z", "--name-only", "HEAD").decode("utf-8", "replace").split("\0")
        globs = globs_of(paths)
        rules = os.path.join(folder, "policy")
        os.mkdir(rules)
        policy(rules, globs)
        specs = [":(top,glob)" + glob for glob in globs]
        commits = git(clone, "rev-list", "--max-parents=1", "--min-parents=1", "-n", count, "HEAD").decode().split()
        touched = disagreed = inside = judged = 0
        for commit in commits:
            base = commit + "^"
            git(clone, "update-ref", "--no-deref", "HEAD", commit)
            asked = ["diff", "--name-only", "-z", "--no-renames", "--no-ext-diff", base, commit, "--"]
            everything = set(git(clone, *asked).split(b"\0")) - {b""}
            by_git = set(git(clone, *asked, *specs).split(b"\0")) - {b""}
            ran = subprocess.run(
                [TOOL, "--repo", clone, "--policy", rules, "--format", "json", "filemap", "check", "--base", base],
                capture_output=True,
            )
            said = json.loads(ran.stdout)
            if not said["data"]:
                print(commit, "was not judged:", said["findings"][0]["message"])
                disagreed += bool(everything)
                continue
            judged += 1
            by_tool = {path["path"]: path["inside"] for path in said["data"]["paths"]}
            touched += len(everything)
            inside += len(by_git)
            for path in everything:
                name = shown(path)
                if name is not None and by_tool.get(name) != (path in by_git):
                    disagreed += 1
                    print(commit, name, "git:", path in by_git, "filemap:", by_tool.get(name))
            if len(by_tool) != len(everything):
                disagreed += 1
                print(commit, "git lists", len(everything), "paths, filemap", len(by_tool))
    print(f"{judged} commits judged, {touched} paths touched, {inside} of them inside {len(globs)} globs: {disagreed} disagreements")
    return disagreed > 0


sys.exit(main())
