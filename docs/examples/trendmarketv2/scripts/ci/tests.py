"""Runs the unittest suite of a folder and prints it as TAP, in the order of the names."""

import sys
import unittest


class Lines(unittest.TestResult):
    """Which tests did what."""

    def __init__(self):
        super().__init__()
        self.reported = {}

    def addSuccess(self, test):
        self.reported[test.id()] = "ok"

    def addFailure(self, test, error):
        super().addFailure(test, error)
        self.reported[test.id()] = "not ok"

    addError = addFailure

    def addSkip(self, test, reason):
        self.reported[test.id()] = "skip"


def main(folder):
    suite = unittest.defaultTestLoader.discover(folder, top_level_dir=folder)
    result = Lines()
    suite.run(result)
    print(f"1..{len(result.reported)}")
    for number, (name, outcome) in enumerate(sorted(result.reported.items()), 1):
        word, mark = ("ok", " # SKIP") if outcome == "skip" else (outcome, "")
        print(f"{word} {number} - {name}{mark}")
    for test, trace in result.failures + result.errors:
        print(f"# {test.id()}")
        for line in trace.splitlines():
            print(f"#   {line}")
    return 0 if result.wasSuccessful() else 1


if __name__ == "__main__":
    sys.exit(main(sys.argv[1]))
