#!/bin/sh
# coverage_faults.sh WORK CC: .ci/coverage.py accepts sources of which enough ran, and rejects others.
set -eu
root=$(cd "$(dirname "$0")/../.." && pwd)
. "$root/tests/checks/faults.sh"
work=$1
cc=$2
python=${RNN_PYTHON:-python3}
for tool in gcov "$python"; do
    if ! command -v "$tool" >/dev/null; then
        echo "skipped: no $tool"
        exit 77
    fi
done
rm -rf "$work"
mkdir -p "$work/src/io" "$work/src/math" "$work/.ci"
cd "$work"
: >.ci/coverage-known
cat >src/io/file.c <<'END'
int file(int x);
int file(int x)
{
    RNNI_ASSERT(x < 9);
    if (x > 1)
        x--;
    return x;
}
END
cat >src/math/rest.c <<'END'
int rest(int x);
int rest(int x)
{
    if (x > 5)
        x--;
    return x;
}
END
cat >main.c <<'END'
#include <stdlib.h>
int file(int x);
int rest(int x);
int main(int count, char **words)
{
    for (int i = 1; i < count; i++)
        *words[i] == 'f' ? file(atoi(words[i] + 1)) : rest(atoi(words[i] + 1));
    return 0;
}
END

# run ARGUMENTS: of the program, which calls file for f and rest for r
run()
{
    rm -rf build
    mkdir -p build/src
    for file in src/io/file.c src/math/rest.c; do
        $cc --coverage -O0 '-DRNNI_ASSERT(x)=if (!(x)) __builtin_abort()' -c "$work/$file" \
            -o "build/src/$(basename "$file" .c).o"
    done
    $cc --coverage main.c build/src/*.o -o build/program
    build/program "$@"
}

check()
{
    "$python" "$root/.ci/coverage.py" "$work" build
}

run f1 f2 r1 r2 r6
accepts check
run f2 r1 r2 r6
rejects 'no test runs all of this line of the loader: src/io/file.c:5: if (x > 1)' check
echo "$output" | grep -qx 'src/io/file.c: branches never taken in lines: 5' || { echo "WRONG LINES: $output"; wrong=1; }
echo 'src/io/file.c: if (x > 1)' >.ci/coverage-known
accepts check
run f1 f2 r1 r2
rejects 'expected at least 98.0 % of the lines and 98.0 % of the branches of the rest' check
echo "$output" | grep -qx 'src/math/rest.c: lines that never ran: 5' || { echo "WRONG LINES: $output"; wrong=1; }
run r1 r2 r6
rejects 'no test runs all of this line of the loader: src/io/file.c:4' check
verdict
