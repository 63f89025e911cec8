#!/bin/sh
# exchange.sh WORK COMMAND [COMMAND]: each COMMAND, as a shell reads it, runs the program exchange on one machine.  The
# files that one writes are loaded by the other, and the reverse; what that one saves again is equal to the bit.  With one
# command, the machine exchanges with itself.
set -eu
work=$1
here=$2
there=${3-$2}

# pass NAME WRITER READER
pass()
{
    rm -rf "$work/$1"
    mkdir -p "$work/$1/original" "$work/$1/copy"
    eval "$2 write \"\$work/\$1/original\""
    eval "$3 copy \"\$work/\$1/original\" \"\$work/\$1/copy\""
    for file in model optimizer trainer; do
        cmp "$work/$1/original/$file.safetensors" "$work/$1/copy/$file.safetensors"
        echo "$1: $(wc -c <"$work/$1/copy/$file.safetensors") bytes of $file.safetensors, as they were written"
    done
}

pass there "$here" "$there"
pass back "$there" "$here"
