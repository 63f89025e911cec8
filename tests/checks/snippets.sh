#!/bin/sh
# snippets.sh CC INCLUDE FILE: every block ```c of the Markdown FILE compiles without a warning: one with a function main
# as it is, others in a function that has the variables declared below.  Every block names its language.
set -eu
cc=$1
include=$2
file=$3
variables='rnn_config *config, rnn_model *model, rnn_session *session, rnn_loss *loss, rnn_optimizer *optimizer,
    rnn_trainer *trainer, rnn_dataset *dataset, rnn_decoder *decoder'
faults=0

fault()
{
    echo "$*"
    faults=1
}

# block NUMBER: the lines of that block ```c
block()
{
    awk -v number="$1" '
        /^```/ {
            inside = !inside
            is_c = inside && $0 == "```c"
            count += is_c
            next
        }
        is_c && count == number' "$file"
}

fences=$(grep -c '^```' "$file") || true
[ $((fences % 2)) = 0 ] || fault "$file: a block does not end"
unnamed=$(awk '/^```/ { inside = !inside; if (inside && $0 == "```") print NR }' "$file")
[ -z "$unnamed" ] || fault "$file: blocks without a language begin in line" $unnamed
count=$(grep -c '^```c$' "$file") || fault "$file: no block of C"

number=0
while [ $number -lt "$count" ]; do
    number=$((number + 1))
    code=$(block $number)
    case $code in
    *'int main('*) ;;
    *) code=$(printf '#include <rnn.h>\nvoid snippet(%s);\nvoid snippet(%s)\n{\n%s\n}' "$variables" "$variables" "$code") ;;
    esac
    printf '%s\n' "$code" | "$cc" -std=c11 -x c -I"$include" -Wall -Wextra -Wpedantic -Wshadow -Wconversion -Werror \
        -Wno-unused-parameter -Wno-unused-variable -S -o /dev/null - || fault "$file: block $number of C does not compile"
done
[ $faults != 0 ] || echo "$count blocks of C compile"
exit $faults
