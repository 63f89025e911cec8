#!/usr/bin/env python3
"""testing.py [--check] [--run LOG]: writes the figures of docs/testing.md, between its two marks.

Those of the sources are counted.  Those of a run, how many tests there were and what they left out, are read from LOG,
the output of `.ci/run coverage`; without LOG they stay as they are.  With --check nothing is written: exit status 1 if
the counts of the file are not those of the sources.  Counts are rounded down to two digits, so that not every change
changes them.
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


def of_run(log):
    found = []
    for name, expression in RUN:
        match = re.search(expression, log, re.MULTILINE)
        if match is None:
            sys.exit(f"the log has no line for: {name}")
        found.append((name, match[1]))
    return found


def table(rows):
    return "".join(f"| {name} | {figure} |\n" for name, figure in rows)


def main():
    arguments = sys.argv[1:]
    check = arguments[:1] == ["--check"]
    arguments = arguments[check:]
    page = PAGE.read_text(encoding="utf-8")
    before, rest = page.split(BEGIN)
    old, after = rest.split(END)
    sources = "\n| of the sources | |\n|---|---:|\n" + table(of_sources())
    if arguments[:1] == ["--run"] and len(arguments) == 2:
        run = table(of_run(pathlib.Path(arguments[1]).read_text(encoding="utf-8")))
    elif not arguments:
        run = "".join(re.findall(r"^\| (?:tests that ran|loader|rest of).*\n", old, re.MULTILINE))
    else:
        sys.exit("usage: " + __doc__.splitlines()[0])
    if len(run.splitlines()) != len(RUN):
        sys.exit("docs/testing.md has not all figures of a run: docs/testing.py --run LOG")
    new = sources + "\n| of a run of `.ci/run coverage` | |\n|---|---:|\n" + run + "\n"
    if check and new != old:
        print(old, "is not", new, "docs/testing.md is not up to date: run docs/testing.py", sep="\n")
        sys.exit(1)
    if not check:
        PAGE.write_text(before + BEGIN + new + END + after, encoding="utf-8")
    print(f"{len(new.splitlines())} lines of figures")


if __name__ == "__main__":
    main()
