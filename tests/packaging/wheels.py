#!/usr/bin/env python3
"""wheels.py FOLDER: checks the wheels that python/wheels has made in FOLDER.

  - there is one for each platform with Python, and none for another one
  - each is at most 1 MB
  - Linux: auditwheel finds the C library of the wheel's tag, in that version or an older one

Needs the package auditwheel in the Python that runs it.
"""
import json
import os
import re
import subprocess
import sys

PLATFORMS = """manylinux2014_x86_64 manylinux2014_aarch64 musllinux_1_2_x86_64 musllinux_1_2_aarch64
    macosx_11_0_x86_64 macosx_11_0_arm64 win_amd64""".split()
LARGEST = 1000000
TAG = re.compile(r"(manylinux|musllinux)_(\d+)_(\d+)_(\w+)")


def audited(path):
    """The tag that auditwheel finds for a wheel, without a look at the libraries of this machine."""
    result = subprocess.run([sys.executable, "-m", "auditwheel", "show", "--json", "--ldpaths", "/nowhere", path],
                            check=False, text=True, stdout=subprocess.PIPE, stderr=subprocess.PIPE)
    if result.returncode != 0:
        return f"nothing: {(result.stdout + result.stderr).strip().splitlines()[-1]}"
    return json.loads(result.stdout)["overall_tag"]


def runs_where(tag, found):
    """Whether a library that needs FOUND runs on every system of TAG."""
    tag, found = TAG.fullmatch(tag.replace("manylinux2014", "manylinux_2_17")), TAG.fullmatch(found)
    return bool(tag and found) and (tag[1], tag[4]) == (found[1], found[4]) and \
        (int(found[2]), int(found[3])) <= (int(tag[2]), int(tag[3]))


def main():
    if len(sys.argv) != 2 or sys.argv[1] in ("-h", "--help"):
        sys.exit(__doc__)
    folder, faults = sys.argv[1], []
    wheels = {name[:-len(".whl")].split("-")[-1]: name for name in sorted(os.listdir(folder)) if name.endswith(".whl")}
    for platform in sorted(wheels.keys() ^ set(PLATFORMS)):
        faults.append(f"a wheel for {platform} is {'there, but not expected' if platform in wheels else 'missing'}")
    for platform, name in wheels.items():
        path = os.path.join(folder, name)
        size, found = os.path.getsize(path), ""
        if size > LARGEST:
            faults.append(f"{name} has {size} bytes, more than {LARGEST}")
        if "linux" in platform:
            found = audited(path)
            if not runs_where(platform, found):
                faults.append(f"{name} is not for every system of its tag: auditwheel finds {found}")
        print(f"{size:9d} bytes  {name}{found and '  auditwheel: ' + found}")
    print(*(f"FAULT: {fault}" for fault in faults), sep="\n", end="\n" if faults else "")
    sys.exit(1 if faults else 0)


if __name__ == "__main__":
    main()
