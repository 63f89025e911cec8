#!/usr/bin/env python3
"""release_archives.py FOLDER [FOLDER]: checks the archives that cmake/release has made in FOLDER.

  - SHA256SUMS is right, and with a second FOLDER, made elsewhere, all bytes are the same there
  - each archive has the files that it should have, and none that names a folder of this machine
  - the shared library or module exports the functions of src/api/librnn.map
  - the glibc archives need nothing newer than glibc 2.17
  - x86-64: kernels for AVX2 and AVX-512 are inside; on Linux the ones used are the best of this machine, and a program
    links with the static library

Needs llvm-nm, llvm-objdump and llvm-readobj (Debian: llvm), node, and for the last point cc.  Archives that are absent
are named and make the check fail, unless RNN_RELEASE_TARGETS lists those to expect.
"""
import ctypes
import hashlib
import os
import re
import subprocess
import sys
import tarfile
import tempfile
import zipfile

ROOT = os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__))))
LISTED = sorted(re.findall(r"^ *(rnn_\w+);$", open(f"{ROOT}/src/api/librnn.map").read(), re.M))
ALL = """x86_64-linux-gnu aarch64-linux-gnu x86_64-linux-musl aarch64-linux-musl x86_64-macos aarch64-macos
    x86_64-windows wasm32-wasi"""
COMMON = """include/rnn.h lib/librnn.a lib/pkgconfig/rnn.pc lib/cmake/rnn/rnn-config.cmake
    lib/cmake/rnn/rnn-config-version.cmake lib/cmake/rnn/rnn-static.cmake lib/cmake/rnn/rnn-static-release.cmake
    share/librnn/librnn.json share/doc/rnn/LICENSE share/doc/rnn/README.md share/doc/rnn/CHANGELOG.md
    share/doc/rnn/SECURITY.md"""
EXAMPLES = [f"share/doc/rnn/{os.path.relpath(os.path.join(folder, name), ROOT)}"
            for folder, _, files in os.walk(f"{ROOT}/examples") for name in files]
PAGES = [f"share/man/man3/{name}.3" for name in ["rnn", *LISTED]]
SHARED = "lib/cmake/rnn/rnn-shared.cmake lib/cmake/rnn/rnn-shared-release.cmake"
faults = 0


def fault(text):
    global faults
    faults += 1
    print(f"FAULT: {text}")


def output(*command):
    return subprocess.run(command, check=True, stdout=subprocess.PIPE, text=True).stdout


def same(what, found, expected):
    found, expected = set(found), set(expected)
    for name in sorted(found ^ expected):
        fault(f"{what}: {name} is {'there, but not expected' if name in found else 'expected, but not there'}")


def library(target, version):
    """The file that is loaded, and all others of the shared library."""
    if target.endswith("wasi"):
        return "lib/librnn.wasm", []
    if target.endswith("windows"):
        return "bin/librnn.dll", ["lib/librnn.dll.a", *SHARED.split()]
    if target.endswith("macos"):
        return f"lib/librnn.{version}.dylib", ["lib/librnn.dylib", "lib/librnn.0.dylib", *SHARED.split()]
    return f"lib/librnn.so.{version}", ["lib/librnn.so", "lib/librnn.so.0", *SHARED.split()]


def exports(target, path):
    if target.endswith("wasi"):
        code = "console.log(WebAssembly.Module.exports(new WebAssembly.Module(require('fs').readFileSync(process.argv[1])))" \
               ".map((e) => e.name).join('\\n'))"
        return set(output("node", "-e", code, path).split()) - {"memory", "_initialize", "malloc", "free"}
    if target.endswith("windows"):
        return re.findall(r"Name: (\S+)", output("llvm-readobj", "--coff-exports", path).split("Format:")[-1])
    if target.endswith("macos"):  # two symbols of the linker, which name its header
        found = re.findall(r"0x\w+ +_(\S+)", output("llvm-objdump", "--macho", "--exports-trie", path))
        return set(found) - {"_mh_dylib_header", "__dso_handle", "__mh_dylib_header"}
    return [line.split("@")[0] for line in output("llvm-nm", "-D", "--defined-only", "--format=just-symbols", path).split()
            if not line.startswith("LIBRNN_")]


def check_glibc(path):
    needed = re.findall(r"GLIBC_(\d+)\.(\d+)", output("llvm-readobj", "--version-info", path))
    newest = max((int(major), int(minor)) for major, minor in needed)
    print(f"    needs glibc {newest[0]}.{newest[1]}")
    if newest > (2, 17):
        fault(f"{path} needs glibc {newest[0]}.{newest[1]}")


def check_kernels(tree, target, path):
    """The code of each kernel is in the static library, and the shared one has registers of 512 bits."""
    names = output("llvm-nm", "--defined-only", "--format=just-symbols", f"{tree}/lib/librnn.a")
    for kernels in ("baseline", "avx2", "avx512"):
        if not re.search(rf"^_?rnni_kernels_{kernels}$", names, re.M):
            fault(f"{target}: no kernels for {kernels}")
    code = output("llvm-objdump", "-d", path)
    counts = {register: len(re.findall(rf"%{register}\d", code)) for register in ("ymm", "zmm")}
    print(f"    registers in the code: {counts}")
    if min(counts.values()) < 1000:
        fault(f"{target}: too few vectors: {counts}")


def check_host(tree, path):
    flags = set(re.search(r"^flags\s*:(.*)$", open("/proc/cpuinfo").read(), re.M)[1].split())
    best = "baseline"
    if {"avx2", "fma"} <= flags:
        best = "avx512" if {"avx512f", "avx512bw", "avx512dq", "avx512vl"} <= flags else "avx2"
    loaded = ctypes.CDLL(path)
    loaded.rnn_build_info.restype = ctypes.c_char_p
    info = loaded.rnn_build_info().decode()
    print(f"    {info}")
    if f"kernels {best}," not in info:
        fault(f"this machine has {best}, but the library uses other kernels: {info}")
    program = f"{tree}/consumer"
    output("cc", "-std=c99", f"{ROOT}/tests/packaging/consumer/consumer.c", f"-I{tree}/include", "-o", program,
           f"{tree}/lib/librnn.a", "-lpthread", "-lm")
    print(f"    a program with librnn.a: {output(program).strip()}")


def check(archive, target, version, work):
    with (zipfile.ZipFile if archive.endswith(".zip") else tarfile.open)(archive) as packed:
        packed.extractall(work)
    tree = f"{work}/librnn-{version}-{target}"
    found = [os.path.relpath(os.path.join(folder, name), tree) for folder, _, files in os.walk(tree) for name in files]
    main, others = library(target, version)
    pages = [] if target.endswith(("windows", "wasi")) else PAGES
    of_topics = [name for name in found if name.startswith("share/man/man3/rnn_") and name not in pages]
    same(target, set(found) - set(of_topics if pages else []), [main, *others, *COMMON.split(), *EXAMPLES, *pages])
    path = f"{tree}/{main}"
    same(f"the exports of {target}", exports(target, path), LISTED)
    for name in found:
        with open(f"{tree}/{name}", "rb") as file:
            if re.search(rb"/tmp/[a-z]|/home/|/root/|" + re.escape(ROOT.encode()), file.read()):
                fault(f"{target}: {name} names a folder of this machine")
    if target.endswith("linux-gnu"):
        check_glibc(path)
    if target.startswith("x86_64"):
        check_kernels(tree, target, path)
    if target == "x86_64-linux-gnu" and os.uname().machine == "x86_64":
        check_host(tree, path)
    if target.endswith("macos") and f"@rpath/librnn.0.dylib" not in output("llvm-objdump", "--macho", "--dylib-id", path):
        fault(f"{target}: the install name is not @rpath/librnn.0.dylib")


def main():
    folder = sys.argv[1]
    header = open(f"{ROOT}/include/rnn.h").read()
    version = ".".join(re.search(rf"RNN_VERSION_{part} +(\d+)", header)[1] for part in ("MAJOR", "MINOR", "PATCH"))
    targets = os.environ.get("RNN_RELEASE_TARGETS", ALL).split()
    files = {target: f"librnn-{version}-{target}" + (".zip" if target.endswith("windows") else ".tar.gz")
             for target in targets}
    sums = dict(reversed(line.split()) for line in open(f"{folder}/SHA256SUMS"))
    same("SHA256SUMS", sums, files.values())
    if len(sys.argv) > 2 and open(f"{sys.argv[2]}/SHA256SUMS").read() != open(f"{folder}/SHA256SUMS").read():
        fault(f"{sys.argv[2]} has other bytes:\n" + open(f"{sys.argv[2]}/SHA256SUMS").read())
    for target, name in files.items():
        archive = f"{folder}/{name}"
        if not os.path.exists(archive):
            fault(f"{name} is not in {folder}")
            continue
        with open(archive, "rb") as file:
            if hashlib.sha256(file.read()).hexdigest() != sums.get(name):
                fault(f"the sum of {name} is wrong")
        print(f"{name}")
        with tempfile.TemporaryDirectory() as work:
            check(archive, target, version, work)
    print(f"{len(files)} archives, {faults} faults")
    sys.exit(faults != 0)


if __name__ == "__main__":
    main()
