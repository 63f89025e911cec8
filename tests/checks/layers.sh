#!/bin/sh
# layers.sh SRC: the written order of the layers holds in every file below SRC.

# Layer, and the layers whose headers it may include.  A new layer gets a line here.
layers='
base       base
math       math base
io         io base
cells      cells math base
training   training io math base
model      model training cells math base
checkpoint checkpoint model io cells base
session    session model training cells math base
layers     layers session model cells math base
run        run layers session model cells math base
decoding   decoding math base
attention  attention training math base
api        api attention decoding run session checkpoint model training io math base
fit        fit api session model training io math base
'

# Where a name may stand at all: one file for each door to the outside.
doors='
math/blas_link.c   cblas.h
math/blas_load.c   dlopen dlsym dlclose
base/memory.c      malloc calloc realloc aligned_alloc posix_memalign free strdup strndup
io/disk_posix.c    open openat creat fopen freopen fdopen mkstemp
io/disk_windows.c  CreateFileA CreateFileW
'

set -eu
cd "$1"
files=$(find . -name '*.[ch]' | sed 's|^\./||' | LC_ALL=C sort)
if [ -z "$files" ]; then
    echo "no C files below $1"
    exit 1
fi

# Prints "line number: text" of a C file without comments; strings stay, for #include has them.
without_comments()
{
    awk '{
        line = $0
        code = ""
        while (line != "") {
            if (inside) {
                end = index(line, "*/")
                if (end == 0) break
                line = substr(line, end + 2)
                inside = 0
            } else if (match(line, /"([^"\\]|\\.)*"|\/\*|\/\//)) {
                token = substr(line, RSTART, RLENGTH)
                code = code substr(line, 1, RSTART - 1)
                line = substr(line, RSTART + RLENGTH)
                if (token == "//") break
                if (token == "/*") inside = 1
                else code = code token
            } else {
                code = code line
                break
            }
        }
        print NR ": " code
    }' "$1"
}

# Includes of other layers.
check_includes()
{
    layer=${1%%/*}
    allowed=$(printf '%s' "$layers" | awk -v layer="$layer" '$1 == layer { $1 = ""; print $0 " " }')
    if [ -z "$allowed" ]; then
        echo "$1: the directory is not in the table of layers"
        return
    fi
    without_comments "$1" | sed -n 's/^\([0-9]*\): *# *include *"\([^"]*\)".*/\1 \2/p' | while read -r line header; do
        case $header in
        rnn.h) continue ;;
        */*) ;;
        *) echo "$1:$line: \"$header\" must be included by its path below src"; continue ;;
        esac
        case "$allowed" in
        *" ${header%%/*} "*) ;;
        *) echo "$1:$line: $layer may not include \"$header\"" ;;
        esac
    done
}

# Calls and headers that belong to one file.
check_doors()
{
    printf '%s' "$doors" | while read -r door names; do
        if [ -z "$door" ] || [ "$door" = "$1" ]; then
            continue
        fi
        pattern=$(echo "$names" | sed 's/ /|/g; s/\./\\./g')
        without_comments "$1" | sed 's/"[^"]*\\"[^"]*"//g; /#/!s/"[^"]*"//g' | awk -v file="$1" -v door="$door" \
            -v call="(^|[^A-Za-z0-9_.>])($pattern) *\\\\(" -v header="# *include *[<\"]($pattern)[>\"]" '
            $0 ~ call || $0 ~ header { print file ":" $0 "   (only " door " may)" }'
    done
}

faults=$(
    for file in $files; do
        check_includes "$file"
        check_doors "$file"
    done
)
if [ -n "$faults" ]; then
    echo "$faults"
    exit 1
fi
echo "$(echo "$files" | wc -l) files keep the order of the layers"
