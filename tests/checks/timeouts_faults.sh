#!/bin/sh
# timeouts_faults.sh WORK CC CTEST: timeouts.sh accepts sound lists of tests and rejects every planted fault.
set -eu
here=$(cd "$(dirname "$0")" && pwd)
. "$here/faults.sh"
work=$1
ctest=$3

# plant LINE...: two tests with a TIMEOUT, one of them in a folder, and these lines.
plant()
{
    rm -rf "$work"
    mkdir -p "$work/folder"
    printf '%s\n' 'add_test(first "true")' 'set_tests_properties(first PROPERTIES LABELS "TIMEOUT" TIMEOUT 300)' \
        'subdirs(folder)' "$@" >"$work/CTestTestfile.cmake"
    printf '%s\n' 'add_test(second "true" "name" "TIMEOUT")' \
        'set_tests_properties(second PROPERTIES TIMEOUT 9 ENVIRONMENT "TIMEOUT=1")' >"$work/folder/CTestTestfile.cmake"
}

# fault WORDS LINE...
fault()
{
    words=$1
    shift
    plant "$@"
    rejects "$words" sh "$here/timeouts.sh" "$ctest" "$work" Release
}

plant
accepts sh "$here/timeouts.sh" "$ctest" "$work" Release
fault 'without a TIMEOUT: third' 'add_test(third "true")'
fault 'without a TIMEOUT: third' 'add_test(third "true")' 'set_tests_properties(third PROPERTIES TIMEOUT 0)'
fault 'without a TIMEOUT: third' 'add_test(third "true")' 'set_tests_properties(third PROPERTIES LABELS "TIMEOUT" COST 9)'
fault 'without a TIMEOUT: third fourth' 'add_test(third "true")' 'add_test(fourth "true")'
plant
echo 'add_test(third "true")' >"$work/folder/CTestTestfile.cmake"
rejects 'without a TIMEOUT: third' sh "$here/timeouts.sh" "$ctest" "$work" Release
echo >"$work/CTestTestfile.cmake"
rejects 'expected 0 tests, one at least' sh "$here/timeouts.sh" "$ctest" "$work" Release
verdict
