"""Writes a repository's history for `git fast-import`: 100,000 commits on main that land
7,000 of 10,000 stories by squash, merge and rebase, some of them reverted, and 5,000
branches. The first argument is the folder whose files are the first commit's."""

import os
import sys

STORIES, COMMITS, BRANCHES = 10_000, 100_000, 5_000
out = sys.stdout.buffer
mark = 0


def commit(ref, message, parent=None, files=(), merge=None):
    global mark
    mark += 1
    text = message.encode()
    out.write(b"commit %s\nmark :%d\n" % (ref.encode(), mark))
    out.write(b"committer Bench <bench@example.com> %d +0000\n" % (1_700_000_000 + mark * 60))
    out.write(b"data %d\n%s\n" % (len(text), text))
    if parent:
        out.write(b"from :%d\n" % parent)
    if merge:
        out.write(b"merge :%d\n" % merge)
    for path, data in files:
        out.write(b"M 644 inline %s\ndata %d\n%s\n" % (path.encode(), len(data), data))
    return mark


def files(folder):
    for base, _, names in os.walk(folder):
        for name in names:
            path = os.path.join(base, name)
            with open(path, "rb") as file:
                yield os.path.relpath(path, folder), file.read()


head = commit("refs/heads/main", "rules", files=list(files(sys.argv[1])))
landed = 0
for number in range(1, COMMITS):
    body = "\n\nWhat was done and why, in a line of prose as people write it.\n\nReviewed-by: B <b@example.com>"
    story = None
    if number % 14 == 0 and landed < 7_000:
        landed += 1
        story = f"S-{landed:05}"
    data = [("src/counter", b"%d\n" % number)]
    if story is None:
        message = f"Change number {number}{body}"
    elif landed % 3 == 0:
        message = f"{story}: change number {number} (#{number}){body}"
    elif landed % 3 == 1:
        message = f"Change number {number}{body}\nStory: {story}"
    else:
        side = commit("refs/heads/side", f"Work {number}{body}", head)
        head = commit("refs/heads/main", f"Merge pull request #{number} from o/feature/{story}-x",
                      head, data, side)
        continue
    head = commit("refs/heads/main", message, head, data)
for number in range(BRANCHES):
    story = 5_001 + number
    commit(f"refs/heads/feature/S-{story:05}-work", f"Work\n\nStory: S-{story:05}", head,
           [("src/work", b"%d\n" % number)])
out.write(b"reset refs/heads/side\nfrom 0000000000000000000000000000000000000000\n\n")
