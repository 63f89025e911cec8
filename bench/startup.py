#!/usr/bin/env python3
"""What a CBLAS costs a program at its start: time, threads and memory of a small program with each kind of librnn.

usage: startup.py BUILD_AUTO BUILD_BUILTIN [--runs N]

BUILD_AUTO is a build directory with a CBLAS (RNN_BLAS=auto), BUILD_BUILTIN one without (RNN_BLAS=builtin).  The program
creates an LSTM of 32 units with 8 inputs and makes one step; it is compiled here with cc, once for each library.  The
variants run in turn, N times each (default 50), without OPENBLAS_NUM_THREADS in the environment.  Time is that from the
start of a process to its end; the rest is from /proc/self/status, after the step.  Then the sizes of the programs.
"""
import argparse
import os
import re
import statistics
import subprocess
import sys
import tempfile
import time

HERE = os.path.dirname(os.path.abspath(__file__))
PROGRAM = r"""
#include <rnn.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static void check(int32_t status)
{
    if (status) {
        fprintf(stderr, "%s\n", rnn_last_error());
        exit(1);
    }
}

int main(int argc, char **argv)
{
    static float x[8], y[32];
    rnn_config *config;
    rnn_model *model;
    rnn_session *session;
    char line[256];
    int cblas = argc > 1 && !strcmp(argv[1], "cblas");
    check(rnn_config_create(&config));
    check(rnn_config_set_int(config, RNN_CELL, RNN_CELL_LSTM));
    check(rnn_config_set_int(config, RNN_INPUT_SIZE, 8));
    check(rnn_config_set_int(config, RNN_HIDDEN_SIZE, 32));
    check(rnn_config_set_int(config, RNN_PRODUCTS, cblas ? RNN_PRODUCTS_CBLAS : RNN_PRODUCTS_AUTOMATIC));
    check(rnn_create(&model, config));
    check(rnn_session_create(&session, model, RNN_INFERENCE));
    check(rnn_session_reserve(session, 1, 1));
    check(rnn_reset_state(session, 1));
    check(rnn_step(session, y, 32, x, 8));
    FILE *status = fopen("/proc/self/status", "r");
    while (status && fgets(line, sizeof line, status))
        fputs(line, stdout);
    return 0;
}
"""
QUANTITIES = ("Threads", "VmSize", "VmRSS")


def private_libraries(build):
    """What the static library needs, from rnn.pc."""
    with open(os.path.join(build, "rnn.pc"), encoding="utf-8") as file:
        return re.search(r"^Libs\.private:(.*)$", file.read(), re.M).group(1).split()


def shared(build):
    source = os.path.join(os.path.abspath(build), "src")
    return [f"-L{source}", f"-Wl,-rpath,{source}", "-lrnn"]


def static(build):
    return [os.path.join(build, "src", "librnn.a"), *private_libraries(build), "-pthread"]


def compile_program(folder, name, link):
    """The path of the program, or what the linker says."""
    source, program = os.path.join(folder, "start.c"), os.path.join(folder, name)
    with open(source, "w", encoding="utf-8") as file:
        file.write(PROGRAM)
    done = subprocess.run(["cc", "-O2", "-I", os.path.join(HERE, "..", "include"), source, "-o", program, *link],
                          capture_output=True, text=True, check=False)
    return (program, "") if done.returncode == 0 else (None, done.stderr)


def need_program(folder, name, link):
    program, reason = compile_program(folder, name, link)
    if not program:
        sys.exit(f"{name}: {reason}")
    return program


def run(command, environment):
    """Milliseconds from start to end, and the process's own account of itself."""
    read_end, write_end = os.pipe()
    begin = time.perf_counter()
    process = os.posix_spawn(command[0], command, environment,
                             file_actions=[(os.POSIX_SPAWN_DUP2, write_end, 1)])
    _, status = os.waitpid(process, 0)
    end = time.perf_counter()
    os.close(write_end)
    with open(read_end, encoding="utf-8") as file:
        text = file.read()
    if status != 0:
        sys.exit(f"{' '.join(command)}: status {status}")
    values = [int(re.search(rf"^{quantity}:\s+(\d+)", text, re.M).group(1)) for quantity in QUANTITIES]
    return [(end - begin) * 1e3, *values]


def print_runs(variants, count):
    environment = {name: value for name, value in os.environ.items() if name != "OPENBLAS_NUM_THREADS"}
    runs = {name: [] for name, _ in variants}
    for _, command in variants:  # the files are then in memory
        run(command, environment)
    for _ in range(count):
        for name, command in variants:
            runs[name].append(run(command, environment))
    print("| | best, ms | median, ms | threads | address space, MiB | resident, MiB |")
    print("|---|---:|---:|---:|---:|---:|")
    for name, _ in variants:
        times, threads, size, resident = zip(*runs[name])
        print(f"| {name} | {min(times):.2f} | {statistics.median(times):.2f} | {statistics.median(threads):.0f} | "
              f"{statistics.median(size) / 1024:.1f} | {statistics.median(resident) / 1024:.1f} |")


def stripped_size(program):
    """In KB, without symbols."""
    subprocess.run(["strip", program], check=True)
    return f"{os.path.getsize(program) / 1000:.0f}"


def static_size(folder, name, build):
    """Of a program without shared libraries."""
    program, reason = compile_program(folder, f"whole-{name}", ["-static", *static(build)])
    if not program:
        print(reason, file=sys.stderr)
        return "does not link"
    if subprocess.run([program], stdout=subprocess.DEVNULL, check=False).returncode != 0:
        return "does not run"
    return stripped_size(program)


def print_sizes(folder, builds):
    print("| program, stripped, KB | other libraries shared | no shared libraries (`-static`) |")
    print("|---|---:|---:|")
    for name, build in builds:
        program = need_program(folder, f"size-{name}", static(build))
        print(f"| static library, `RNN_BLAS={name}` | {stripped_size(program)} | {static_size(folder, name, build)} |")


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("auto", help="build directory, RNN_BLAS=auto")
    parser.add_argument("builtin", help="build directory, RNN_BLAS=builtin")
    parser.add_argument("--runs", type=int, default=50)
    options = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        auto = need_program(folder, "auto", shared(options.auto))
        builtin = need_program(folder, "builtin", shared(options.builtin))
        linked = need_program(folder, "linked", static(options.auto))
        alone = need_program(folder, "alone", static(options.builtin))
        print_runs([("shared library, CBLAS not used", [auto]),
                    ("shared library, `RNN_PRODUCTS_CBLAS`", [auto, "cblas"]),
                    ("shared library, `RNN_BLAS=builtin`", [builtin]),
                    ("static library, CBLAS not used", [linked]),
                    ("static library, `RNN_PRODUCTS_CBLAS`", [linked, "cblas"]),
                    ("static library, `RNN_BLAS=builtin`", [alone])], options.runs)
        print()
        print_sizes(folder, [("auto", options.auto), ("builtin", options.builtin)])


if __name__ == "__main__":
    main()
