#!/bin/sh
# symbols.sh LIBRNN_SO LIBRNN_A MAP HEADER SONAME BUILD_TYPE: what the libraries show the linker and what they ask of it.
#   - the functions that HEADER declares, those that the version script MAP lists and those that LIBRNN_SO exports are
#     the same; nothing else is exported; every one has a version; the SONAME is right
#   - every global symbol that LIBRNN_A defines begins with rnn_ or rnni_
#   - LIBRNN_SO calls nothing that prints, ends the process, reads the environment or changes what all threads share

forbidden='abort exit _exit _Exit quick_exit atexit raise kill __assert_fail __assert
    stdout stderr printf vprintf fprintf vfprintf dprintf puts fputs putchar putc fputc perror
    __printf_chk __vprintf_chk __fprintf_chk __vfprintf_chk __dprintf_chk
    getenv secure_getenv setenv putenv system popen fork
    signal sigaction setlocale srand rand fesetenv fesetround openblas_set_num_threads omp_set_num_threads'

set -eu
export LC_ALL=C
so=$1 archive=$2 map=$3 header=$4 soname=$5 build_type=$6
case $build_type in
Release | RelWithDebInfo | MinSizeRel) ;;
*) forbidden=$(echo $forbidden | sed 's/ __assert_fail __assert//') ;; # assertions live in Debug builds
esac
faults=0

fault()
{
    echo "$*"
    faults=1
}

# same WHAT LIST WHAT LIST: two sorted lists, one name per line.
same()
{
    for name in $2; do
        echo "$4" | grep -qx "$name" || fault "$name is in $1, not in $3"
    done
    for name in $4; do
        echo "$2" | grep -qx "$name" || fault "$name is in $3, not in $1"
    done
}

declared=$(sed -n 's/^RNN_API.*[ *]\(rnn_[a-z0-9_]*\)(.*/\1/p' "$header" | sort)
listed=$(tr ';' '\n' <"$map" | sed -n 's/^ *\(rnn[a-z0-9_]*\)$/\1/p' | sort)
exported=$(nm -D --defined-only "$so" | awk '$2 != "A" { sub(/@.*/, "", $3); print $3 }' | sort)
if [ -z "$declared" ]; then
    fault "no RNN_API function in $header"
fi
same "the header" "$declared" "the version script" "$listed"
same "the version script" "$listed" "the exports of librnn.so" "$exported"

unversioned=$(nm -D --defined-only --with-symbol-versions "$so" | awk '$2 != "A" && $3 !~ /@@LIBRNN_/ { print $3 }')
if [ -n "$unversioned" ]; then
    fault "exported without a version:" $unversioned
fi
variables=$(nm -D --defined-only "$so" | awk '$2 != "A" && $2 != "T" { print $3 }')
if [ -n "$variables" ]; then
    fault "exported, but not a function:" $variables
fi

found=$(readelf -d "$so" | sed -n 's/.*(SONAME).*\[\(.*\)\].*/\1/p')
if [ "$found" != "$soname" ]; then
    fault "the SONAME is $found, expected $soname"
fi

strangers=$(nm --defined-only --extern-only "$archive" | awk 'NF == 3 && $3 !~ /^(rnn|rnni)_/ { print $3 }')
if [ -n "$strangers" ]; then
    fault "global in librnn.a without the prefix rnn_ or rnni_:" $strangers
fi

wanted=$(nm -D --undefined-only "$so" | awk '{ sub(/@.*/, "", $NF); print $NF }' | sort)
for name in $forbidden; do
    if echo "$wanted" | grep -qx "$name"; then
        fault "librnn.so uses $name"
    fi
done

if [ $faults = 0 ]; then
    echo "$(echo "$declared" | wc -l) functions declared, listed and exported; nothing else"
fi
exit $faults
