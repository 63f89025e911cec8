#!/bin/sh
# arguments.sh HEADER: no function and no callback type that HEADER declares has more than 9 parameters.  Longer lists
# let callers swap neighbouring integers without a warning; what a call can do without is an option of a handle.
set -eu
header=$1
most=9

# Prints "COUNT NAME" for every parameter list.  Preprocessor lines, comments and strings are removed first.
parameters()
{
    sed -e ':join' -e '/\\$/ { N; s/\\\n//; b join' -e '}' "$header" | awk '
        { text = text "\n" $0 }
        END {
            while (match(text, /\/\*([^*]|\*+[^*\/])*\*+\/|\/\/[^\n]*|"([^"\\\n]|\\.)*"/))
                text = substr(text, 1, RSTART - 1) " " substr(text, RSTART + RLENGTH)
            gsub(/\n[ \t]*#[^\n]*/, "", text)
            depth = 0
            for (i = 1; i <= length(text); i++) {
                c = substr(text, i, 1)
                if (c == "(") {
                    word = substr(text, 1, i - 1)
                    sub(/[ \t\n)]*$/, "", word)
                    match(word, /[A-Za-z0-9_]*$/)
                    depth++
                    name[depth] = substr(word, RSTART)
                    begin[depth] = i + 1
                    commas[depth] = 0
                } else if (c == "," && depth > 0) {
                    commas[depth]++
                } else if (c == ")" && depth > 0) {
                    inside = substr(text, begin[depth], i - begin[depth])
                    if (inside !~ /^[ \t\n]*\*/ && name[depth] != "RNN_DEPRECATED")
                        print (inside ~ /^[ \t\n]*(void)?[ \t\n]*$/ ? 0 : commas[depth] + 1), name[depth]
                    depth--
                }
            }
        }'
}

lists=$(parameters)
if [ -z "$lists" ]; then
    echo "no function in $header"
    exit 1
fi
faults=$(echo "$lists" | awk -v most=$most '$1 > most { print $2 " has " $1 " parameters, at most " most " are allowed" }')
if [ -n "$faults" ]; then
    echo "$faults"
    exit 1
fi
echo "$(echo "$lists" | wc -l) functions and callback types have at most $most parameters"
