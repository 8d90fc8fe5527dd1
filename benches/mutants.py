#!/usr/bin/env python3
"""Mutation tests with one build: each sampled mutant is compiled in, and a file chooses one.

    git worktree add --detach ../mutants && cd ../mutants
    cargo mutants --list --json -f 'xtask/crates/*/src/judge/**' \\
        -f 'xtask/crates/ledger/src/decisions/**' -f 'xtask/crates/findings/src/**' > list.json
    python3 benches/mutants.py plant list.json 380 13   # how many, seed
    python3 benches/mutants.py run module               # the tests of each mutant's module
    python3 benches/mutants.py run crate 17 18          # those of its crate, for what is left
    python3 benches/mutants.py run filemap,plan:: 17    # those of the program, by their names

`plant` changes the checkout: take one that is thrown away. What does not compile is dropped
and counted. Needs cargo-mutants, and of PyPI tree-sitter and tree-sitter-rust. Results are in
target/mutants. A mutant that hangs is caught by "time": repeat that on an idle machine.
"""

import collections
import json
import os
import pathlib
import random
import re
import signal
import subprocess
import sys
import threading
import time

ROOT = pathlib.Path(subprocess.check_output(["git", "rev-parse", "--show-toplevel"], text=True).strip())
OUT = ROOT / "target/mutants"
NOW = OUT / "now"
SWITCH = """
pub(crate) mod mutant {
    pub(crate) fn on(id: u32) -> bool {
        static NOW: std::sync::OnceLock<Option<u32>> = std::sync::OnceLock::new();
        let read = || std::fs::read_to_string("%s").ok()?.trim().parse().ok();
        *NOW.get_or_init(read) == Some(id)
    }
}
"""


def module(mutant):
    """The folder or file below `judge`, `decisions` or `src` in which the mutant is."""
    crate, path = re.match(r"xtask/crates/(\w+)/src/(.*)\.rs$", mutant["file"]).groups()
    parts = path.split("/")
    return crate, "::".join(parts[: 2 if parts[0] in ("judge", "decisions") else 1]).removesuffix("::mod")


def sample(mutants, count, seed):
    """About `count` mutants, from each module in proportion and at least one."""
    strata = collections.defaultdict(list)
    for mutant in mutants:
        strata[module(mutant)].append(mutant)
    pick = random.Random(seed)
    return [
        mutant
        for key in sorted(strata)
        for mutant in pick.sample(strata[key], max(1, round(count * len(strata[key]) / len(mutants))))
    ]


class Planted:
    """One file's text with its mutants in it, each behind `crate::mutant::on(id)`."""

    def __init__(self, text, mutants):
        import tree_sitter
        import tree_sitter_rust

        self.text = text.encode()
        tree = tree_sitter.Parser(tree_sitter.Language(tree_sitter_rust.language())).parse(self.text)
        lines = text.split("\n")
        starts = [0]
        for line in lines:
            starts.append(starts[-1] + len(line.encode()) + 1)
        self.edits, self.left_out = collections.defaultdict(list), []

        def offset(place):
            return starts[place["line"] - 1] + len(lines[place["line"] - 1][: place["column"] - 1].encode())

        for mutant in mutants:
            start, end = (offset(mutant["span"][side]) for side in ("start", "end"))
            edit = self.edit(tree.root_node, start, end, mutant)
            if edit:
                self.edits[edit].append(mutant)
            else:
                self.left_out.append(mutant["id"])

    def edit(self, root, start, end, mutant):
        """Which part of the text changes: (start, end, kind, node)."""
        node = root.descendant_for_byte_range(start, end)
        match mutant["genre"]:
            case "FnValue":
                return start, start, "value", None
            case "BinaryOperator" | "UnaryOperator":
                node = node.parent
                kinds = "binary_expression", "compound_assignment_expr", "unary_expression"
                return (node.start_byte, node.end_byte, "operator", node) if node.type in kinds else None
            case "MatchArmGuard":
                return start, end, "guard", None
            case "MatchArm":
                while node.type != "match_arm":
                    node = node.parent
                pattern = node.child_by_field_name("pattern")
                guard = pattern.child_by_field_name("condition")
                place = guard or pattern
                return (
                    (guard.start_byte if guard else pattern.end_byte),
                    place.end_byte,
                    "guard",
                    None,
                )
            case "StructField":
                while node.type not in ("field_initializer", "shorthand_field_initializer"):
                    node = (
                        node.parent
                        if node.start_byte >= start and node.type != "field_initializer_list"
                        else (next(child for child in node.named_children if child.start_byte == start))
                    )
                return node.start_byte, node.end_byte, "field", node

    def render(self, start, end, within=()):
        """The text from start to end, with the edits in it but those that it is rendered for."""
        text, at = b"", start
        for edit in sorted(self.edits, key=lambda edit: (edit[0], edit[0] != edit[1], -edit[1], edit[2])):
            is_here = at <= edit[0] and edit[1] <= end and (start == 0 or start < edit[0] or edit[0] < edit[1])
            if is_here and edit not in within:
                text, at = (
                    text + self.text[at : edit[0]] + self.planted(edit, (*within, edit)),
                    edit[1],
                )
        return text + self.text[at:end]

    def planted(self, edit, within):
        start, end, kind, node = edit
        on = lambda mutant: b"crate::mutant::on(%d)" % mutant["id"]
        mutants = self.edits[edit]
        same = self.render(start, end, within)
        if kind == "value":
            return b"".join(b"if %s { return %s; } " % (on(m), m["replacement"].encode()) for m in mutants)
        if kind == "guard":
            # A guard that an arm had or, at the end of a pattern, none.
            text = same
            for m in sorted(mutants, key=lambda m: m["genre"] == "MatchArm"):
                is_on = m["genre"] == "MatchArmGuard" and m["replacement"] == "true"
                if not text:
                    text = b" if !%s" % on(m)
                else:
                    text = (b"(%s || (%s))" if is_on else b"(!%s && (%s))") % (on(m), text)
            return text
        if kind == "field":
            base = next(c for c in node.parent.named_children if c.type == "base_field_initializer").named_children[0]
            whole = self.render(base.start_byte, base.end_byte, within)
            name = node.child_by_field_name("field") or node.named_children[0]
            value = node.child_by_field_name("value") or name
            typed = node.parent.parent.child_by_field_name("name").text
            if base.type not in ("identifier", "self", "field_expression"):
                whole = b"{ let whole: %s = %s; whole }" % (typed, whole)
            return b"%s: if %s { %s.%s } else { %s }" % (
                name.text,
                on(mutants[0]),
                whole,
                name.text,
                self.render(value.start_byte, value.end_byte, within),
            )
        parts = [self.render(child.start_byte, child.end_byte, within) for child in node.children]
        text = b"("
        for m in mutants:
            operands = (parts[0], m["replacement"].encode(), parts[2]) if len(parts) == 3 else (b"", b"", parts[1])
            if node.type == "compound_assignment_expr":
                text += b"if %s { %s %s %s } else " % (on(m), *operands)
            else:
                text += b"if %s { (%s %s (%s)) } else " % (
                    on(m),
                    b"(%s)" % operands[0] if operands[0] else b"",
                    *operands[1:],
                )
        return text + b"{ %s })" % (same if node.type == "compound_assignment_expr" else b"(%s)" % same)


def plant(listed, count=380, seed=13):
    mutants = sample(json.load(open(listed)), int(count), int(seed))
    for number, mutant in enumerate(mutants, 1):
        mutant["id"] = number
    OUT.mkdir(parents=True, exist_ok=True)
    out = {"inexpressible": [], "unviable": []}
    original = {file: (ROOT / file).read_text() for file in {mutant["file"] for mutant in mutants}}
    for crate in {file.split("/src/")[0] for file in original}:
        lib = crate + "/src/lib.rs"
        original[lib] = (ROOT / lib).read_text() + SWITCH % NOW
    while True:
        dropped = set(out["inexpressible"] + out["unviable"])
        for file, text in original.items():
            planted = Planted(text, [m for m in mutants if m["file"] == file and m["id"] not in dropped])
            out["inexpressible"] += planted.left_out
            text = planted.render(0, len(planted.text))
            if text != (ROOT / file).read_bytes():
                (ROOT / file).write_bytes(text)
        # cargo goes on with crates that need no broken one, and says all errors of one that is.
        ran = subprocess.run(
            ["cargo", "check", "-q", "--workspace", "--message-format=json", "--keep-going"],
            cwd=ROOT,
            stdout=subprocess.PIPE,
            text=True,
        )
        wrong = collections.Counter()
        for line in ran.stdout.splitlines():
            message = json.loads(line).get("message")
            if not message or message["level"] != "error" or not message["spans"]:
                continue
            for span in message["spans"]:
                if span["is_primary"]:
                    text = (ROOT / span["file_name"]).read_bytes()[: span["byte_end"] + 2]
                    # A call of the switch itself is at fault where it isn't allowed, as in a `const fn`.
                    found = re.findall(rb"mutant::on\((\d+)\)", text[-6000:])
                    if not found:
                        sys.exit(message["rendered"])
                    code = (message["code"] or {}).get("code")
                    wrong["inexpressible" if code == "E0015" else "unviable", int(found[-1])] += 1
                    print(code, found[-1].decode(), message["message"][:80], file=sys.stderr)
        if not wrong:
            break
        for kind, number in wrong:
            if number not in out["inexpressible"] + out["unviable"]:
                out[kind].append(number)
        print(len(wrong), "dropped", file=sys.stderr)
    if ran.returncode:
        sys.exit("cargo check failed")
    dropped = set(out["inexpressible"] + out["unviable"])
    out["mutants"] = [m for m in mutants if m["id"] not in dropped]
    out["sampled"] = mutants
    (OUT / "planted.json").write_text(json.dumps(out, indent=1))
    print({key: len(value) for key, value in out.items()})


def first_failure(binary, arguments, limit):
    """The test that fails first, or None. What hangs is ended, and counts as failed."""
    path, folder = binary
    child = subprocess.Popen(
        [path, "--test-threads", "2", *arguments],
        cwd=folder,
        text=True,
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
        start_new_session=True,
        env=os.environ | {"CARGO_MANIFEST_DIR": folder},
    )
    timer = threading.Timer(limit, lambda: os.killpg(child.pid, signal.SIGKILL))
    timer.start()
    failed = None
    for line in child.stdout:
        if re.match(r"test .* FAILED$", line):
            failed = line.split()[1]
            os.killpg(child.pid, signal.SIGKILL)
            break
    code = child.wait()
    is_over = not timer.is_alive()
    timer.cancel()
    return failed or ("time" if is_over else f"status {code}" if code else None)


def binaries():
    """The test programs, by their crate's name."""
    ran = subprocess.run(
        ["cargo", "test", "-q", "--workspace", "--no-run", "--message-format=json"],
        cwd=ROOT,
        stdout=subprocess.PIPE,
        text=True,
        check=True,
    )
    made = [json.loads(line) for line in ran.stdout.splitlines()]
    return {
        m["target"]["name"].removeprefix("thrice_"): (
            m["executable"],
            os.path.dirname(m["manifest_path"]),
        )
        for m in made
        if m.get("executable") and m["profile"]["test"] and m["target"]["kind"] != ["bin"]
    }


def run(stage, *ids):
    """Tests of each mutant's module or crate, or tests of the program by a list of filters."""
    made = binaries()
    suite = made.pop("main")
    for mutant in json.loads((OUT / "planted.json").read_text())["mutants"]:
        if ids and str(mutant["id"]) not in ids:
            continue
        NOW.write_text(str(mutant["id"]))
        crate, inside = module(mutant)
        tests = {"module": (made[crate], [inside], 60), "crate": (made[crate], [], 300)}
        began = time.time()
        caught = first_failure(*tests.get(stage, (suite, stage.split(","), 300)))
        with (OUT / "outcomes.jsonl").open("a") as file:
            print(json.dumps({"id": mutant["id"], "caught": caught}), file=file)
        took = round(time.time() - began, 1)
        print(mutant["id"], took, caught or "SURVIVED", mutant["name"], flush=True)
    NOW.unlink()


if __name__ == "__main__":
    {"plant": plant, "run": run}[sys.argv[1]](*sys.argv[2:])
