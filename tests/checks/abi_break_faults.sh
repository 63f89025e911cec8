#!/bin/sh
# abi_break_faults.sh WORK CC: abi_break.sh accepts additions and changes of what is private, and rejects every planted
# break.  The library is that of the exported functions alone: what they call need not be there for a comparison.
set -eu
here=$(cd "$(dirname "$0")" && pwd)
root=$(cd "$here/../.." && pwd)
. "$here/faults.sh"
work=$1
cc=$2
python=${RNN_PYTHON:-python3}
for tool in abidw "$python"; do
    if ! command -v "$tool" >/dev/null; then
        echo "skipped: no $tool"
        exit 77
    fi
done
if [ "$(uname -m)" != x86_64 ]; then
    echo "skipped: the dump is for x86-64"
    exit 77
fi
rm -rf "$work"
mkdir -p "$work/objects"
cd "$work"

# compile FILES: into the folder objects
compile()
{
    for file in "$@"; do
        $cc -std=c11 -w -g -fPIC -fvisibility=hidden -Iinclude -Isrc -c "$file" -o "objects/$(basename "$file").o"
    done
}

plant()
{
    rm -rf include src abi
    (cd "$root" && tar -cf - CMakeLists.txt include src abi) | tar -xf -
}

# link: the library, and its interface
link()
{
    $cc -shared -Wl,-soname,librnn.so.0 -Wl,--version-script=src/api/librnn.map objects/*.o -o librnn.so
    "$python" "$root/abi/generate.py" . >/dev/null
}

check()
{
    sh "$here/abi_break.sh" "$work/baseline" "$work/abi/librnn.json" "$work/librnn.so" "$work/include" "$work/today"
}

# change SED-COMMAND FILES: of the header, of a file to compile, of the list of exports
change()
{
    plant
    command=$1
    shift
    for file in "$@"; do
        sed "$command" "$file" >changed
        if cmp -s "$file" changed; then
            echo "NOTHING PLANTED: $file has no place for $command"
            wrong=1
        fi
        mv changed "$file"
    done
    for file in "$@"; do
        case $file in *.c) compile "$file" ;; esac
    done
    link
}

# restore FILE: the object as it was
restore()
{
    plant
    compile "$@"
}

plant
compile src/*/rnn_*.c
link
sh "$root/abi/dump.sh" librnn.so include baseline
cp abi/librnn.json baseline
accepts check
echo "$output" | grep -q 'abidiff finds no break' || { echo "abidiff did not run"; wrong=1; }

header=include/rnn.h
map=src/api/librnn.map
backward=src/api/rnn_backward.c

# Additions, and what is private.
change 's/^RNN_API.*int32_t rnn_sgd_step(.*/RNN_API int32_t rnn_extra(rnn_session *session);\
&/' $header $backward
echo 'int32_t rnn_extra(rnn_session *session) { (void)session; return 0; }' >>$backward
printf '%s\n' 'LIBRNN_9.9 {' '    global:' '        rnn_extra;' '};' >>$map
compile $backward
link
accepts check
echo "$output" | grep -qx 'added: function rnn_extra' || { echo "the addition is not reported: $output"; wrong=1; }
change 's/^struct rnn_session {/&\
    long added;/' src/session/session.h
compile src/*/rnn_*.c
link
accepts check

# A parameter has another type: in the header and in the library, and in the library alone.
change 's/\(rnn_sgd_step(rnn_session \*session, \)double rate)/\1int64_t rate)/' $header $backward
rejects 'BREAK: function rnn_sgd_step: was int32_t (rnn_session *, double), is int32_t (rnn_session *, int64_t)' check
rejects "parameter 2 of type 'double' changed" check
cp baseline/librnn.json abi/librnn.json
rejects 'BREAK: abidiff finds differences' check
rejects 'needs, in the same commit, a new baseline (sh abi/baseline.sh) and a line in CHANGELOG.md' check
change 's/\(rnn_progress)(void \*user, rnn_trainer \*trainer, \)int32_t/\1int64_t/' $header
compile src/fit/rnn_fit.c
link
rejects 'BREAK: callback rnn_progress: was' check
rejects "parameter 3 of type 'typedef int32_t' changed" check
restore $backward src/fit/rnn_fit.c

# A function is missing: everywhere, in the library alone, or it has another version.
change '/rnn_sgd_step[;(]/d' $header $map
rejects 'BREAK: function rnn_sgd_step: is missing' check
change '/rnn_sgd_step;/d' $map
rejects 'BREAK: no longer exported: rnn_sgd_step@@LIBRNN_' check
rejects '1 Removed function' check
change 's/^LIBRNN_[0-9.]* {/LIBRNN_9.9 {/' $map
rejects 'BREAK: no longer exported:' check

# A constant has another value, is missing, or is an option of another type or owner.
change 's/^\(#define RNN_E_SIZE  *\)(-2)/\1(-22)/' $header
rejects 'BREAK: constant RNN_E_SIZE: was -2, is -22' check
change '/^#define RNN_CELL_MINGRU_HIGHWAY /d' $header
rejects 'BREAK: constant RNN_CELL_MINGRU_HIGHWAY: is missing' check
change 's|^\(#define RNN_RATE_FACTOR  *[0-9]* /\* \)real|\1integer|' $header
rejects 'BREAK: constant RNN_RATE_FACTOR: was 451 rnn_optimizer_tensor double, is 451 rnn_optimizer_tensor int64_t' check
change 's/^set(RNN_SOVERSION [0-9]*)/set(RNN_SOVERSION 77)/' CMakeLists.txt
rejects 'BREAK: SOVERSION of the library: was 0, is 77' check
verdict
