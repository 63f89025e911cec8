#!/bin/sh
# reductions.sh DIRECTORY...: no C file below them accumulates with fmin or fmax, as in "most = fmax(most, x)".
#
# gcc 12 for aarch64 ends with an internal compiler error (vect_transform_reduction) when it vectorises such a loop at
# -O3.  A comparison compiles everywhere: "most = x > most ? x : most".  fmin and fmax also ignore NaN, which a maximum
# of errors must not do.
set -eu
files=$(find "$@" -name '*.[ch]' | LC_ALL=C sort)
if [ -z "$files" ]; then
    echo "no C files below $*"
    exit 1
fi

# Prints the statements of a C file that assign to a variable the fmin or fmax of itself and of something else.  Spaces,
# comments and strings are removed first; "i++)most" in front of an assignment leaves "most".
reductions()
{
    awk -v file="$1" '
        { text = text $0 "\n" }
        END {
            while (match(text, /\/\*([^*]|\*+[^*\/])*\*+\/|\/\/[^\n]*|"([^"\\\n]|\\.)*"/))
                text = substr(text, 1, RSTART - 1) " " substr(text, RSTART + RLENGTH)
            count = split(text, statements, /[;{}]/)
            for (i = 1; i <= count; i++) {
                statement = statements[i]
                gsub(/[ \t\n]/, "", statement)
                if (statement !~ /(^|[^A-Za-z0-9_])f(min|max)[fl]?\(/ ||
                    !match(statement, /[A-Za-z_]([A-Za-z0-9_.]|->|\[[^]]*\])*=[^=]/))
                    continue
                assigned = substr(statement, RSTART, RLENGTH - 2)
                value = substr(statement, RSTART + RLENGTH - 1)
                while ((at = index(value, assigned)) > 0) {
                    before = at == 1 ? "" : substr(value, at - 1, 1)
                    value = substr(value, at + length(assigned))
                    if (before !~ /[A-Za-z0-9_.>]/ && value !~ /^[A-Za-z0-9_]/) {
                        print file ": " statement
                        break
                    }
                }
            }
        }' "$1"
}

faults=$(echo "$files" | while read -r file; do reductions "$file"; done)
if [ -n "$faults" ]; then
    echo "$faults"
    echo "gcc 12 for aarch64 fails on such loops at -O3: write a comparison"
    exit 1
fi
echo "$(echo "$files" | wc -l) files accumulate without fmin and fmax"
