#!/usr/bin/env python3
"""Measures whether the tests notice faults: changes src at random places, one at a time, and runs the tests.

    tests/mutation/mutation.py FOLDER [--count 300] [--seed 1] [--minutes 60] [--workers 2] [--again]

FOLDER keeps copies of the sources, builds, coverage, and results.jsonl with one line per mutant.  The same command goes
on where the last one ended, so a long measurement may be run in pieces; it ends after --minutes and prints the list of
survivors and the score.  --again tests the survivors once more, after the tests have changed.  When src has changed,
begin with an empty folder.  Needs gcc, gcov, cmake, ninja and CMocka; two cores take some two hours for 300 mutants.

A mutant is src with one token or statement changed (sites.py).  The sample is drawn uniformly from all sites with the
seed.  Left out, and counted with the reason, are lines that the preprocessor drops here or that only a kernel of another
instruction set compiles, and assertions, which a release does not compile.  Each mutant is built with assertions at -O2,
as in the Debug builds of .ci/run.  It is
    uncompilable  if gcc refuses it
    identical     if gcc makes the same object files of it: it is equivalent
    equivalent    if equivalent.txt beside this script says why no test can tell it from the original
    killed        if a test fails, crashes, or takes far longer than it does without the change
    unsanitized   if not; then the same tests run once more with sanitizers, as in .ci/run: it is killed by these, or
    survived.
Coverage of each test, of a build without optimisation, says which tests execute the line; only these run, fastest first.
A line without code, such as that of a table or a macro, is tested by all tests.

    score = killed / (all - uncompilable - identical - equivalent)
"""

import argparse
import concurrent.futures
import hashlib
import json
import os
import pathlib
import queue
import random
import resource
import shutil
import signal
import subprocess
import sys
import tempfile
import time

import sites

ROOT = pathlib.Path(__file__).resolve().parents[2]
BATCHES = (1, 3, 8, 1000)  # so many tests are linked at a time: most mutants are killed by one of the first
MEMORY = 8 << 30
SANITIZERS = "-DRNN_SANITIZE=address;undefined"
SLOWER = 5
OTHER_SETS = (("avx512bf16", "avx512_bf16"), ("avx512vnni", "avx512_vnni"), ("avx512", "avx512f"), ("avxvnni", "avx_vnni"))


def run(command, **options):
    return subprocess.run(command, capture_output=True, text=True, errors="replace", **options)


def must(command, **options):
    done = run(command, **options)
    if done.returncode:
        sys.exit(f"{' '.join(map(str, command))}:\n{done.stdout[-4000:]}{done.stderr[-4000:]}")
    return done.stdout


def copy_sources(tree):
    """The tracked and the new files of the checkout; an unchanged file keeps its time, so that ninja builds little."""
    names = must(["git", "ls-files", "-co", "--exclude-standard"], cwd=ROOT).split("\n")[:-1]
    for name in names:
        source, copy = ROOT / name, tree / name
        if not source.exists() or (copy.exists() and copy.read_bytes() == source.read_bytes()):
            continue
        copy.parent.mkdir(parents=True, exist_ok=True)
        shutil.copyfile(source, copy)
        shutil.copymode(source, copy)


class Build:
    """A copy of the sources with a build of its own."""

    def __init__(self, folder, *options):
        self.tree, self.build = folder / "tree", folder / "build"
        self.sanitized = SANITIZERS in options
        copy_sources(self.tree)
        launcher = ["-DCMAKE_C_COMPILER_LAUNCHER=ccache"] if shutil.which("ccache") else []
        if not (self.build / "build.ninja").exists():
            must(["cmake", "-S", self.tree, "-B", self.build, "-G", "Ninja", "-DCMAKE_BUILD_TYPE=Debug", *options, *launcher,
                  "-DRNN_INSTALL=OFF", "-DRNN_BUILD_BENCH=OFF", "-DRNN_BUILD_EXAMPLES=OFF"])
        done = self.ninja(["all"], 2)
        if done.returncode:
            sys.exit(done.stdout[-4000:])
        self.tests = self.list_tests()

    def ninja(self, targets, jobs=1):
        environment = os.environ | {"CCACHE_BASEDIR": str(self.tree.parent), "CCACHE_NOHASHDIR": "1"}
        return run(["ninja", "-C", self.build, f"-j{jobs}", *targets], env=environment)

    def list_tests(self):
        """Name -> (program, environment) of the test programs in C."""
        tests = {}
        for test in json.loads(must(["ctest", "--show-only=json-v1"], cwd=self.build))["tests"]:
            command, properties = test.get("command", [""]), {p["name"]: p["value"] for p in test["properties"]}
            program = os.path.relpath(command[0], self.build)
            if program.startswith("tests/test_") and len(command) == 1 and test["name"] not in EXCLUDED:
                variables = dict(pair.split("=", 1) for pair in properties.get("ENVIRONMENT", []))
                tests[test["name"]] = program, variables
        return tests

    def test(self, name, cpu_seconds, seconds, kernels="all"):
        """(Did it pass?, seconds of wall time), in a folder that is in memory where the system has one."""
        program, variables = self.tests[name]
        folder = tempfile.mkdtemp(dir="/dev/shm" if os.path.isdir("/dev/shm") else None)

        def limit():
            resource.setrlimit(resource.RLIMIT_CPU, (cpu_seconds, cpu_seconds))
            if not self.sanitized:  # their shadow memory is larger
                resource.setrlimit(resource.RLIMIT_AS, (MEMORY, MEMORY))
            resource.setrlimit(resource.RLIMIT_CORE, (0, 0))

        begin = time.monotonic()
        variables = os.environ | {"RNN_TEST_KERNELS": kernels} | variables
        process = subprocess.Popen([self.build / program], cwd=folder, env=variables, preexec_fn=limit,
                                   stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL,
                                   start_new_session=True)
        try:
            code = process.wait(seconds)
        except subprocess.TimeoutExpired:
            code = None
        try:  # children that a test has left
            os.killpg(process.pid, signal.SIGKILL)
        except ProcessLookupError:
            pass
        process.wait()
        shutil.rmtree(folder, ignore_errors=True)
        return code in (0, 77), time.monotonic() - begin

    def objects(self):
        return {path: hashlib.sha256(path.read_bytes()).digest() for path in (self.build / "src").rglob("*.o")}


EXCLUDED = {"large_file"}  # it maps more memory than the limit


# ---- what every mutant needs -----------------------------------------------------------------------------------------


def live_lines(folder, build):
    """File -> lines that the preprocessor leaves to a compiler, without those of kernels for other instruction sets."""
    kept, live = folder / "live.json", {}
    if kept.exists():
        return json.loads(kept.read_text())
    commands = json.loads((build.build / "compile_commands.json").read_text())
    flags = pathlib.Path("/proc/cpuinfo").read_text()
    for entry in commands:
        source = os.path.relpath(entry["file"], build.tree)
        if not source.startswith("src/") or any(part in source and flag not in flags for part, flag in OTHER_SETS):
            continue
        words = [word.replace('\\"', '"') for word in entry["command"].split() if "ccache" not in word]
        words = words[: words.index("-o")] + ["-E", "-dD", entry["file"]]
        for path, number in sites.preprocessed(must(words, cwd=entry["directory"])):
            live.setdefault(os.path.relpath(os.path.join(entry["directory"], path), build.tree), set()).add(number)
    live = {path: sorted(lines) for path, lines in live.items() if path.startswith("src/")}
    kept.write_text(json.dumps(live))
    return live


def gather_coverage(folder, deadline):
    """Test -> file -> executed and all lines with code, kept in FOLDER/coverage until the test changes."""
    build = Build(folder / "coverage", "-DCMAKE_C_FLAGS_DEBUG=-O0", "-DCMAKE_C_FLAGS=--coverage -fprofile-update=atomic")
    coverage = {}
    for name in build.tests:
        source = next((build.tree / "tests").glob(f"*/test_{name}.c"), None)
        key = hashlib.sha256(source.read_bytes()).hexdigest() if source else ""
        kept = folder / "coverage" / f"{name}.json"
        if kept.exists() and json.loads(kept.read_text())["key"] == key:
            coverage[name] = json.loads(kept.read_text())["lines"]
            continue
        if time.monotonic() > deadline:
            sys.exit("the coverage is not complete: run this again")
        for data in build.build.rglob("*.gcda"):
            data.unlink()
        if not build.test(name, 1000, 1000)[0]:
            sys.exit(f"the test {name} fails without a mutant")
        data = [path for path in (build.build / "src").rglob("*.gcda")]
        lines = {}
        for line in must(["gcov", "--json-format", "--stdout", *data], cwd=build.build).splitlines() if data else ():
            for file in json.loads(line)["files"]:
                path = os.path.relpath(os.path.join(build.build, file["file"]), build.tree)
                if path.startswith("src/"):
                    ran = lines.setdefault(path, {})
                    for entry in file["lines"]:
                        ran[entry["line_number"]] = bool(ran.get(entry["line_number"]) or entry["count"])
        lines = {path: [sorted(n for n in ran if ran[n]), sorted(n for n in ran if not ran[n])]
                 for path, ran in lines.items()}
        kept.write_text(json.dumps({"key": key, "lines": lines}))
        coverage[name] = lines
    return coverage


class Tests:
    """Which tests run for a line, and for how long they may."""

    def __init__(self, folder, build, coverage):
        times = folder / "times.json"
        self.times = json.loads(times.read_text()) if times.exists() else {}
        for name in build.tests:
            if name not in self.times:
                passed, self.times[name] = build.test(name, 1000, 1000)
                if not passed:
                    sys.exit(f"the test {name} fails without a mutant")
                times.write_text(json.dumps(self.times))
        self.names = sorted(build.tests, key=self.times.get)
        self.ran, self.code = {}, {}  # (file, line) -> tests; file -> lines with code
        for name, files in coverage.items():
            for path, (ran, not_run) in files.items():
                self.code.setdefault(path, set()).update(ran, not_run)
                for line in ran:
                    self.ran.setdefault((path, line), set()).add(name)

    def of(self, path, line):
        """Of a line within a statement or function: those of the next line with code before it, and after."""
        code = self.code.get(path, set())
        if line in code:
            lines = {line}
        elif sites.inside_function(ROOT / path, line):
            lines = {max((n for n in code if n < line), default=0), min((n for n in code if n > line), default=0)}
        else:
            return self.names
        tests = set().union(*(self.ran.get((path, n), set()) for n in lines))
        return [name for name in self.names if name in tests]

    def limits(self, name):
        seconds = self.times[name]
        return int(10 + 10 * seconds), 60 + 10 * seconds


# ---- mutants ---------------------------------------------------------------------------------------------------------


def try_mutant(build, base, tests, mutant, passed, deadline):
    """Its status, and what killed it: or, for one that is unfinished, the tests that have passed."""
    path = build.tree / mutant["file"]
    original = path.read_text()
    path.write_text(original[: mutant["begin"]] + mutant["new"] + original[mutant["end"] :])
    kernels = "all" if mutant["file"].startswith("src/math/") else "best"
    try:
        done = build.ninja(["rnn_static"])
        if done.returncode:
            return "uncompilable", ""
        if build.objects() == base:
            return "identical", ""
        all_names = tests.of(mutant["file"], mutant["line"])
        factor = SLOWER if build.sanitized else 1
        names, at = [name for name in all_names if name in build.tests and name not in passed], 0
        for size in BATCHES:
            batch = names[at : at + size]
            at += size
            done = build.ninja(sorted({build.tests[name][0] for name in batch})) if batch else None
            if done and done.returncode:
                return "killed", "link"
            for name in batch:
                if time.monotonic() > deadline:
                    return ("unsanitized", "") if build.sanitized else ("unfinished", " ".join(passed))
                if not build.test(name, *(factor * limit for limit in tests.limits(name)), kernels)[0]:
                    return "killed", name
                passed = passed + [name]
        return "survived" if build.sanitized else "unsanitized", f"{len(all_names)} tests"
    finally:
        path.write_text(original)


def draw(live, count, seed):
    """The sample, and how many sites are left out for each reason."""
    kept, left_out = [], {}
    for path in sorted([*ROOT.glob("src/**/*.c"), *ROOT.glob("src/**/*.h")]):
        name = str(path.relative_to(ROOT))
        for site in sites.of_text(path.read_text()):
            reason = site.pop("left_out")
            if not reason and name not in live:
                reason = "files of other systems, or kernels of other instruction sets"
            elif not reason and site["line"] not in live[name]:
                reason = "lines for other systems or instruction sets, which the preprocessor drops"
            if reason:
                left_out[reason] = left_out.get(reason, 0) + 1
            else:
                kept.append({"file": name, **site})
    generator = random.Random(seed)
    sample = generator.sample(kept, min(count, len(kept)))
    for mutant in sample:
        mutant["new"] = generator.choice(mutant["new"])
    return sample, len(kept), left_out


def identifier(mutant):
    """How equivalent.txt names it, which does not change when other lines do: the line with {old -> new}, and its
    number among equal lines."""
    text = (ROOT / mutant["file"]).read_text()
    line, end = text.rfind("\n", 0, mutant["begin"]) + 1, text.find("\n", mutant["end"])
    first = text[line : text.find("\n", line)]
    old, new = (" ".join(part.split()) for part in (text[mutant["begin"] : mutant["end"]], mutant["new"]))
    change = f"{text[line : mutant['begin']]}{{{old} -> {new}}}{text[mutant['end'] : end]}"
    equal = text[:line].split("\n").count(first)
    return f"{mutant['file']}: {' '.join(change.split())}" + (f" [{equal + 1}]" if equal else "")


def equivalents():
    """Identifier -> reason, from lines `IDENTIFIER`, each followed by an indented reason."""
    known, last = {}, None
    for line in pathlib.Path(__file__).with_name("equivalent.txt").read_text().splitlines():
        if line.startswith(" ") and last:
            known[last] += line.strip() + " "
        elif line and not line.startswith("#"):
            last = line
            known[last] = ""
    return known


def report(sample, results, sites_count, left_out):
    known = equivalents()
    groups = {}
    for mutant in sample:
        key = identifier(mutant)
        status, by = results.get(key, ("unfinished", ""))
        if status != "killed" and known.get(key):
            status = "equivalent"
        groups.setdefault(status, []).append((mutant, key, by))
    for reason, count in sorted(left_out.items()):
        print(f"{count} sites are left out: {reason}")
    print(f"{len(sample)} mutants, drawn from {sites_count} sites")
    for status in ("equivalent", "unsanitized", "survived"):
        for mutant, key, by in sorted(groups.get(status, []), key=lambda entry: entry[1]):
            print(f"{status} at line {mutant['line']} ({by}): {key}" + (f"\n    {known[key]}" if status == "equivalent" else ""))
    for status in sorted(groups):
        print(f"{status:13} {len(groups[status])}")
    killed, survived = (sum(len(groups.get(status, [])) for status in of) for of in (["killed"], ["unsanitized", "survived"]))
    if killed + survived:
        print(f"score: {killed} of {killed + survived}, {100 * killed / (killed + survived):.1f} %")


def main():
    arguments = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    arguments.add_argument("folder", type=pathlib.Path)
    arguments.add_argument("--count", type=int, default=300)
    arguments.add_argument("--seed", type=int, default=1)
    arguments.add_argument("--minutes", type=float, default=60)
    arguments.add_argument("--workers", type=int, default=2)
    arguments.add_argument("--again", action="store_true")
    arguments = arguments.parse_args()
    deadline = time.monotonic() + 60 * arguments.minutes
    folder = arguments.folder.resolve()
    coverage = gather_coverage(folder, deadline)
    builds, sanitized = queue.Queue(), queue.Queue()
    for number in range(arguments.workers):
        build = Build(folder / f"worker{number}", "-DCMAKE_C_FLAGS_DEBUG=-O2", "-DCMAKE_EXPORT_COMPILE_COMMANDS=ON")
        builds.put((build, build.objects()))
    tests = Tests(folder, build, coverage)
    sample, sites_count, left_out = draw(live_lines(folder, build), arguments.count, arguments.seed)
    kept, results = folder / "results.jsonl", {}
    if kept.exists():
        results = {key: (status, by) for key, status, by in map(json.loads, kept.read_text().splitlines())}
    known = equivalents()

    if arguments.again:
        results = {key: result for key, result in results.items() if result[0] != "survived"}

    def attempt(mutant, builds, wanted):
        key = identifier(mutant)
        before, by = results.get(key, ("unfinished", ""))
        if before != wanted or key in known or time.monotonic() > deadline:
            return
        build, base = builds.get()
        try:
            results[key] = try_mutant(build, base, tests, mutant, by.split() if before == "unfinished" else [], deadline)
        finally:
            builds.put((build, base))
        with kept.open("a") as file:
            file.write(json.dumps([key, *results[key]]) + "\n")

    with concurrent.futures.ThreadPoolExecutor(arguments.workers) as pool:
        list(pool.map(lambda mutant: attempt(mutant, builds, "unfinished"), sample))
        if time.monotonic() < deadline:
            build = Build(folder / "sanitized", "-DCMAKE_C_FLAGS_DEBUG=-O1", SANITIZERS)
            sanitized.put((build, build.objects()))
            list(pool.map(lambda mutant: attempt(mutant, sanitized, "unsanitized"), sample))
    report(sample, results, sites_count, left_out)


if __name__ == "__main__":
    main()
