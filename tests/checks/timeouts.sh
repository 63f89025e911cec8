#!/bin/sh
# timeouts.sh CTEST BUILD CONFIG: every test of the build has a TIMEOUT, so that one that hangs ends.  Without it ctest
# waits for 1500 s.
set -eu
ctest=$1 build=$2 config=$3
cd "$build"
total=$("$ctest" -C "$config" -N | sed -n 's/^Total Tests: *//p')

# The names of tests without a TIMEOUT above 0, then how many tests were seen.  A test is "name", then "properties".
seen=$("$ctest" -C "$config" --show-only=json-v1 | awk '
    { text = text $0 }
    function finish() { if (name != "" && !limited) print name }
    END {
        gsub(/[ \t]/, "", text)
        while (match(text, /"name":"[^"]*","(properties|value)":[^"}]*/)) {
            found = substr(text, RSTART, RLENGTH)
            text = substr(text, RSTART + RLENGTH)
            split(found, part, "\"")
            if (part[6] == "properties") {
                finish()
                name = part[4]
                limited = 0
                tests++
            } else if (part[4] == "TIMEOUT") {
                limited = substr(part[7], 2) + 0 > 0
            }
        }
        finish()
        print "tests", tests + 0
    }')
if [ "${total:-0}" = 0 ] || [ "$(echo "$seen" | tail -n 1)" != "tests $total" ]; then
    echo "expected ${total:-0} tests, one at least, and read of $(echo "$seen" | tail -n 1)"
    exit 1
fi
unlimited=$(echo "$seen" | sed '$d')
if [ -n "$unlimited" ]; then
    echo "without a TIMEOUT:" $unlimited
    exit 1
fi
echo "$total tests have a TIMEOUT"
