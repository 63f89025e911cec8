#!/usr/bin/env python3
"""coverage.py ROOT BUILD: what the tests that ran in BUILD, made with --coverage, left out of ROOT/src, by gcov.

Prints for each file the lines that never ran and the lines with a branch that was never taken, and the totals.  Exit
status 1 unless
    - every line and branch of the loader, the files LOADER below, ran, except those in ROOT/.ci/coverage-known
    - LEAST_LINES and LEAST_BRANCHES percent of those of the rest ran
A line that several objects have, as those of templates, ran if it did in any of them.  Two kinds of branches are left
out: those of RNNI_ASSERT, which only a fault of the library takes, and those of templates, which are there once for each
copy that is inlined, with conditions that are constants in most copies.
"""

import json
import pathlib
import re
import subprocess
import sys

LOADER = re.compile(r"src/io/(?!safetensors_write)")
LEAST_LINES, LEAST_BRANCHES = 98.0, 98.0


def reports(build):
    """What gcov says of each object, as JSON."""
    objects = sorted((build / "src").rglob("*.gcno"))
    for path in objects:
        output = subprocess.run(["gcov", "--json-format", "--stdout", "--branch-probabilities", path.name], check=True,
                                cwd=path.parent, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True).stdout
        yield json.loads(output)
    if not objects:
        sys.exit(f"there are no files of --coverage in {build}")


def without_branches(name, source):
    """The numbers of the lines whose branches are left out."""
    if name.endswith("_template.h"):
        return set(range(1, len(source.splitlines()) + 1))
    numbers, inside = set(), False
    for number, line in enumerate(source.splitlines(), 1):
        inside = inside or "RNNI_ASSERT(" in line
        if inside:
            numbers.add(number)
            inside = not line.rstrip().endswith(";")
    return numbers


def merged(root, build):
    """file -> line -> (ran, [variants of its branches: [taken, ...]])."""
    files = {}
    for report in reports(build):
        for entry in report["files"]:
            path = (root / entry["file"]).resolve()  # the library is compiled with names from the root on
            if not path.exists():
                path = pathlib.Path(report["current_working_directory"], entry["file"]).resolve()
            if not str(path).startswith(f"{root}/src/"):
                continue
            lines = files.setdefault(str(path.relative_to(root)), {})
            for line in entry["lines"]:
                known = lines.setdefault(line["line_number"], [False, {}])
                known[0] |= line["count"] > 0
                taken = [branch["count"] > 0 for branch in line["branches"]]
                if taken:
                    before = known[1].get(len(taken), taken)
                    known[1][len(taken)] = [a or b for a, b in zip(before, taken)]
    return files


def ranges(numbers):
    """1 3-5 7"""
    parts = []
    for number in sorted(numbers):
        if parts and parts[-1][1] == number - 1:
            parts[-1][1] = number
        else:
            parts.append([number, number])
    return " ".join(f"{a}" if a == b else f"{a}-{b}" for a, b in parts)


class Total:
    """Of several files: lines and branches, and those that ran."""

    def __init__(self):
        self.lines = self.lines_ran = self.branches = self.branches_ran = 0

    def add(self, lines, skipped):
        """Adds those of a file; gives the lines that never ran, and those with a branch that was never taken."""
        never, partly = set(), set()
        for number, (ran, variants) in lines.items():
            self.lines += 1
            self.lines_ran += ran
            if not ran:
                never.add(number)
            if variants and number not in skipped:
                taken = max(variants.values(), key=lambda branches: sum(branches) / len(branches))
                self.branches += len(taken)
                self.branches_ran += sum(taken)
                if ran and not all(taken):
                    partly.add(number)
        return never, partly

    def percent(self):
        return tuple(100 * ran / max(count, 1) for ran, count in
                     ((self.lines_ran, self.lines), (self.branches_ran, self.branches)))

    def __str__(self):
        lines, branches = self.percent()
        return (f"{self.lines_ran} of {self.lines} lines ({lines:.2f} %), "
                f"{self.branches_ran} of {self.branches} branches ({branches:.2f} %)")


def known_lines(root):
    """file -> texts of lines that no test can run, from .ci/coverage-known: "FILE: LINE OF CODE".  The line below each,
    which may be the body of an if, is exempt too."""
    known = {}
    path = root / ".ci" / "coverage-known"
    for line in path.read_text(encoding="utf-8").splitlines():
        if line and not line.startswith("#"):
            name, text = line.split(": ", 1)
            known.setdefault(name, set()).add(text.strip())
    return known


def main():
    if len(sys.argv) != 3:
        sys.exit("usage: " + __doc__.splitlines()[0])
    root, build = (pathlib.Path(argument).resolve() for argument in sys.argv[1:])
    known, faults = known_lines(root), []
    loader, rest = Total(), Total()
    for name, lines in sorted(merged(root, build).items()):
        text = (root / name).read_text(encoding="utf-8")
        source = text.splitlines()
        of_loader = LOADER.match(name)
        never, partly = (loader if of_loader else rest).add(lines, without_branches(name, text))
        for what, numbers in (("lines that never ran", never), ("branches never taken in lines", partly)):
            if numbers:
                print(f"{name}: {what}: {ranges(numbers)}")
        if of_loader:
            exempt = {number for number, line in enumerate(source, 1) if line.strip() in known.get(name, ())}
            unknown = (never | partly) - exempt - {number + 1 for number in exempt}
            faults += [f"{name}:{number}: {source[number - 1].strip()}" for number in sorted(unknown)]
    if not loader.lines or not rest.lines:
        sys.exit(f"gcov found no lines of {root}/src")
    print(f"loader: {loader}\nthe rest of src: {rest}")
    for fault in faults:
        print(f"no test runs all of this line of the loader: {fault}")
    lines, branches = rest.percent()
    low = lines < LEAST_LINES or branches < LEAST_BRANCHES
    if low:
        print(f"expected at least {LEAST_LINES} % of the lines and {LEAST_BRANCHES} % of the branches of the rest")
    sys.exit(1 if faults or low else 0)


if __name__ == "__main__":
    main()
