#!/usr/bin/env python3
"""How large the program is, and how often it says a thing twice.

    benches/counts.py [--names] [COMMIT…]

Prints a table with a column for each commit of this repository (HEAD where none is named).
`--names` lists the names of types that the last one declares more than once. Product is Rust
below `xtask/`; its tests are what `#[cfg(test)]` holds, files of such modules, and `tests/`.
"""

import io
import re
import subprocess
import sys
import tarfile
from collections import Counter

TEST_FILE = re.compile(r"^tests/|(^|/)tests?(\.rs$|/)|/(properties|lives|xml_table)\.rs$")
FUNCTION = re.compile(r"^(\s*)(?:pub(?:\([^)]*\))? )?(?:const |async |unsafe )*fn \w+")
TYPE = re.compile(r"^\s*(?:pub(?:\([^)]*\))? )?(?:struct|enum|trait)\s+(\w+)|^(?:pub(?:\([^)]*\))? )?type (\w+)")
PUBLIC = re.compile(r"^\s*pub (?:const |async |unsafe )*(?:fn|struct|enum|trait|type|const|static|mod|macro)\b")
NESTED = re.compile(r"Result<\s*(?:Result|Option<\s*Result)<")
CODE = re.compile(r"^    \w+ = \"[^\"]+\",", re.M)


def sources(commit):
    command = ["git", "archive", commit, "xtask", "tests"]
    packed = subprocess.run(command, check=True, capture_output=True).stdout
    with tarfile.open(fileobj=io.BytesIO(packed)) as files:
        for file in files:
            if file.isfile() and file.name.endswith(".rs") and not file.name.startswith("tests/fuzz"):
                yield file.name, files.extractfile(file).read().decode()


def parted(text):
    """Lines of the product, and lines of the modules of tests at a file's end or in between."""
    product, tests, inside = [], [], False
    lines = text.split("\n")
    for at, line in enumerate(lines):
        opens = line.startswith("#[cfg(test)]") and "{" in " ".join(lines[at + 1 : at + 2])
        inside = inside or opens
        (tests if inside else product).append(line)
        if inside and line == "}":
            inside = False
    return product, tests


def long_functions(lines):
    count = 0
    for at, line in enumerate(lines):
        begins = FUNCTION.match(line)
        if not begins or line.rstrip().endswith((";", "}")):
            continue
        end = next((n for n in range(at + 1, len(lines)) if lines[n] == begins[1] + "}"), at)
        opened = next((n for n in range(at, end) if lines[n].endswith("{")), at)
        body = [it for it in lines[opened + 1 : end] if it.strip() and not it.strip().startswith("//")]
        count += len(body) > 60
    return count


def short_docs(text):
    blocks = re.findall(r"(?:^[ \t]*///[^\n]*\n)+", text, re.M)
    return sum(len(block.replace("///", " ").split()) <= 3 for block in blocks)


def counted(commit):
    seen, names = Counter(), Counter()
    for path, text in sources(commit):
        product, tests = ([], text.split("\n")) if TEST_FILE.search(path) else parted(text)
        seen["lines of tests"] += len(tests)
        if not product:
            continue
        whole = "\n".join(product)
        seen["files of the product"] += 1
        seen["lines of the product, without tests"] += len(product)
        seen["functions of more than 60 lines"] += long_functions(product)
        seen["results in results"] += len(NESTED.findall(whole))
        seen["doc comments of three words or fewer"] += short_docs(whole + "\n")
        seen["`pub` items"] += sum(bool(PUBLIC.match(line)) for line in product)
        names.update(it[1] or it[2] for it in map(TYPE.match, product) if it)
        if path.endswith("codes.rs") and "findings" in path:
            seen["codes"] += len(CODE.findall(whole))
    seen["lines a file"] = round(
        seen["lines of the product, without tests"] / max(seen["files of the product"], 1)
    )
    twice = {name: number for name, number in names.items() if number > 1}
    seen["names of types used twice or more"] = len(twice)
    return seen, twice


ROWS = [
    "lines of the product, without tests",
    "lines of tests",
    "files of the product",
    "lines a file",
    "functions of more than 60 lines",
    "results in results",
    "names of types used twice or more",
    "codes",
    "doc comments of three words or fewer",
    "`pub` items",
]


def main():
    given = [it for it in sys.argv[1:] if it != "--names"] or ["HEAD"]
    all_seen = [counted(commit) for commit in given]
    print("| | " + " | ".join(given) + " |")
    print("| --- |" + " --- |" * len(given))
    for row in ROWS:
        print(f"| {row} | " + " | ".join(f"{seen[row]:,}" for seen, _ in all_seen) + " |")
    if "--names" in sys.argv:
        for name, number in sorted(all_seen[-1][1].items(), key=lambda it: (-it[1], it[0])):
            print(f"{number} {name}")


main()
