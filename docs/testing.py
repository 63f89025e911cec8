#!/usr/bin/env python3
"""testing.py [--check] [LOG ...]: writes the figures of docs/testing.md, between its two marks.

Those of the sources are counted.  Those of runs are read from each LOG, an output of `.ci/run`: when which part passed
and how long it took; of the part coverage, how many tests there were and what they left out.  What no LOG has stays as
it is.  With --check nothing is written: exit status 1 if the counts of the file are not those of the sources, or if it
has not all parts.  Counts are rounded down to two digits, so that not every change changes them.
"""

import pathlib
import re
import sys

ROOT = pathlib.Path(__file__).resolve().parent.parent
PAGE = ROOT / "docs" / "testing.md"
BEGIN, END = "<!-- Written by docs/testing.py. -->\n", "<!-- End of what is written. -->\n"


def files(folder, *patterns):
    return [path for pattern in patterns for path in sorted((ROOT / folder).rglob(pattern))]


def count(expression, paths):
    return sum(len(re.findall(expression, path.read_text(encoding="utf-8"), re.MULTILINE)) for path in paths)


def rounded(number):
    """1234 -> 1,200"""
    step = 10 ** max(0, len(str(number)) - 2)
    return f"{number // step * step:,}"


def of_sources():
    """What is counted, and its number in words."""
    tests, oracle = files("tests", "*.c", "*.h"), files("tests/oracle", "*.h")
    vectors = [path for path in oracle if path.parent.name in ("golden", "keras", "onnx")]
    run = [ROOT / ".ci" / "run"]
    by_default, in_full = (count(rf"^[a-z0-9-]+ {when} ", run) for when in ("default", "full"))
    return [
        ("lines of C in `src`", rounded(count("\n", files("src", "*.[ch]")))),
        ("lines of C in `tests`, without vectors", rounded(count("\n", set(tests) - set(vectors)))),
        ("test programs", rounded(len(files("tests", "test_*.c")))),
        ("tests in these programs", rounded(count(r"cmocka_unit_test\w*\(", tests))),
        ("assertions in the text of tests", rounded(count(r"\bassert_\w+\(", tests))),
        ("numbers in vectors of PyTorch, ONNX and Keras",
         rounded(count(r"(?<![\w.])-?\d+\.?\d*(?:e[-+]?\d+)?f?\b(?=[,}\s])", vectors))),
        ("exported functions, each called by a test", rounded(count(r"^ +rnn_\w+;$", [ROOT / "src/api/librnn.map"]))),
        ("assertions within the library (`RNNI_ASSERT`)", rounded(count(r"\bRNNI_ASSERT\(", files("src", "*.c", "*.h")))),
        ("faults planted for checkers",
         rounded(count(r"^ *(?:rejects|fault|strange|results) ", files("tests", "*_faults.sh")))),
        ("parts of `.ci/run`, and more with `full`", f"{by_default}, and {in_full}"),
    ]


RUN = [  # what is read from a run, and where
    ("tests that ran for the coverage of lines and branches", r"out of (\d+)$"),
    ("loader: lines that ran", r"^loader: \d+ of \d+ lines \(([\d.]+ %)\)"),
    ("loader: branches taken", r"^loader: .*branches \(([\d.]+ %)\)"),
    ("rest of `src`: lines that ran", r"^the rest of src: \d+ of \d+ lines \(([\d.]+ %)\)"),
    ("rest of `src`: branches taken", r"^the rest of src: .*branches \(([\d.]+ %)\)"),
]


PASSED = re.compile(r"^-------- ([a-z0-9-]+): .*: (\d+) s, \d+ s of CPU, on ([\d-]+)$", re.MULTILINE)


def of_run(logs, old):
    """Rows of the run of the part coverage."""
    for log in logs:
        found = [(name, re.search(expression, log, re.MULTILINE)) for name, expression in RUN]
        if all(match for _, match in found):
            return table((name, match[1]) for name, match in found)
    return "".join(line for line in old if any(line.startswith(f"| {name} |") for name, _ in RUN))


def of_parts(logs, old):
    """Rows of all parts, as .ci/run lists them."""
    parts = re.findall(r"^([a-z0-9-]+) (?:default|full) ", (ROOT / ".ci" / "run").read_text(encoding="utf-8"), re.MULTILINE)
    known = {match[1]: match[0] for line in old if (match := re.match(r"\| `([a-z0-9-]+)` \| .*\n", line))}
    for log in logs:
        for name, seconds, date in PASSED.findall(log):
            known[name] = f"| `{name}` | {date} | {int(seconds):,} |\n"
    return "".join(known.get(name, f"| `{name}` | not yet | |\n") for name in parts)


def table(rows):
    return "".join(f"| {name} | {figure} |\n" for name, figure in rows)


def main():
    arguments = sys.argv[1:]
    check = arguments[:1] == ["--check"]
    arguments = arguments[check:]
    page = PAGE.read_text(encoding="utf-8")
    before, rest = page.split(BEGIN)
    old, after = rest.split(END)
    logs = [pathlib.Path(path).read_text(encoding="utf-8", errors="replace") for path in arguments]
    lines = old.splitlines(keepends=True)
    run = of_run(logs, lines)
    if len(run.splitlines()) != len(RUN):
        sys.exit("docs/testing.md has not all figures of a run: docs/testing.py LOG, of .ci/run coverage")
    new = ("\n| of the sources | |\n|---|---:|\n" + table(of_sources())
           + "\n| of a run of `.ci/run coverage` | |\n|---|---:|\n" + run
           + "\n| part of `.ci/run` | passed on | seconds |\n|---|---|---:|\n" + of_parts(logs, lines) + "\n")
    if check and new != old:
        print(old, "is not", new, "docs/testing.md is not up to date: run docs/testing.py", sep="\n")
        sys.exit(1)
    if not check:
        PAGE.write_text(before + BEGIN + new + END + after, encoding="utf-8")
    print(f"{len(new.splitlines())} lines of figures")


if __name__ == "__main__":
    main()
