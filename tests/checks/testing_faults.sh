#!/bin/sh
# testing_faults.sh WORK: testing.sh accepts docs/testing.md as it is, and rejects other figures and other sources.
set -eu
here=$(cd "$(dirname "$0")" && pwd)
root=$(cd "$here/../.." && pwd)
. "$here/faults.sh"
work=$1
page=$work/docs/testing.md

plant()
{
    rm -rf "$work"
    mkdir -p "$work"
    (cd "$root" && tar -cf - .ci docs src tests) | (cd "$work" && tar -xf -)
}

check()
{
    sh "$here/testing.sh" "$work"
}

plant
accepts check
case $output in skipped*) echo "$output"; exit 77 ;; esac
sed -i 's/^| test programs | .*/| test programs | 7 |/' "$page"
rejects 'docs/testing.md is not up to date' check
plant
sed -i '/^| loader: branches taken/d' "$page"
rejects 'docs/testing.md has not all figures of a run' check
plant
sed -i 's/^tidy full/tidy default/' "$work/.ci/run"
rejects 'docs/testing.md is not up to date' check
plant
rm -r "$work/tests/training"
rejects 'docs/testing.md is not up to date' check
verdict
