#!/bin/sh
# The example program tag from end to end, on words that it makes up: test_tag.sh PATH_TO_TAG full|small
# The run is short enough for builds that are slow; full also runs another seed.
set -u

[ $# -eq 2 ] || { echo "usage: $0 PATH_TO_TAG full|small" >&2; exit 2; }
size=$2
OPENBLAS_NUM_THREADS=1 # more cost small networks time, above all where other tests run beside this one
export OPENBLAS_NUM_THREADS
. "$(dirname "$0")/program.sh"

# row NAME N: number N of a row of the final table: precision, recall, F1, letters, impossible.
row() { sed -n "s/^$1   *//p" out | tail -n 1 | awk -v n="$2" '{ print $n }'; }
f1() { row "$1" 3; }

# The claims: both find most words, the CRF gives no two labels that do not fit together, F1 is the harmonic mean.
checks_scores() {
    for name in 'each letter alone' CRF; do
        holds "$(f1 "$name") > $1 && $(f1 "$name") < 100" && pass "$name: F1 $(f1 "$name")" || fail "$name: F1 $(f1 "$name")"
        p=$(row "$name" 1) r=$(row "$name" 2)
        holds "($(f1 "$name") - 2 * $p * $r / ($p + $r)) ^ 2 < 4e-4" || fail "$name: F1 of $p and $r"
    done
    [ "$(row CRF 5)" = 0 ] && pass "no impossible labels by the CRF" || fail "impossible labels by the CRF"
    holds "$(row 'each letter alone' 5) > 0" || fail "no impossible labels of each letter alone: the CRF is not needed"
}

# The lines that are printed.
printed_lines() { sed -n '/^lines that are held out/,/^$/p' out | sed -n 's/^    //p'; }

short='--lines 1200 --units 24 --embedding 12 --epochs 4 --rate 0.01'

# ---- made-up words --------------------------------------------------------------------------------------------------

run 0 $short --output one
checks_scores 50
shows one.svg 'Which letter of a word?' 'made-up words' 'CRF: marginals' '<line ' '<g '
[ "$(ls -A | grep -c '^one')" -eq 1 ] || fail "not a picture alone: $(ls -A)"
run 0 $short --output again --threads 2
cmp -s one.svg again.svg && pass "the same probabilities with two threads" || fail "others with two threads"
if [ "$size" = full ]; then
    run 0 $short --seed 2 --output other
    checks_scores 50
    cmp -s one.svg other.svg && fail "another seed, the same run" || pass "another seed, another run"
fi

# ---- a file: letters decide where words begin, so that everything is found --------------------------------------------

awk 'BEGIN { for (n = 0; n < 400; n++) {
    words = ""
    for (i = 0; i < 2 + n % 5; i++) words = words (i ? " " : "") substr("A<c>&d e", 1, 1 + (n * 7 + i * 3) % 6)
    print words "  "; if (n % 9 == 0) print " \t" } }' >words.txt
run 0 words.txt --lines 300 --units 8 --epochs 12 --rate 0.03 --batch 8 --output file
holds "$(f1 CRF) == 100 && $(f1 'each letter alone') == 100" && pass "every word of a file" || fail "not every word"
prints '300 lines, 30 of them held out; 6 different letters'
sed -n '/[^ \t]/p' words.txt | sed -n '271,274s/  *$//p' >expected
printed_lines | cmp -s - expected && pass "lines with their spaces" || fail "other lines: $(printed_lines)"
shows file.svg '&lt;' '&amp;'

# A byte that training does not have, and lines that are too long for the picture.
awk 'BEGIN { for (n = 0; n < 40; n++) {
    printf "%s", n == 39 ? "\377new" : "old"; for (i = 0; i < 30; i++) printf " words"; printf "\n" } }' >long.txt
run 0 long.txt --units 4 --epochs 1 --output long
prints 'no picture: all lines have more than 46 letters'
[ ! -e long.svg ] || fail 'a picture of no line'

# ---- what is refused ------------------------------------------------------------------------------------------------

printf 'one line\n' >brief.txt
refuses 'brief.txt: 1 lines with letters, expected at least 20' brief.txt
refuses 'absent.txt' absent.txt
refuses "--epochs: '0' is not a whole number" --epochs 0
refuses "--rate: 'x' is not a number" --rate x
refuses "'--depth' is no option" --depth 3
refuses 'cannot be written: No such file' $short --output absent/tag

run 0 --help
prints --lines --embedding 'tag FILE.txt' '(6000)'
run 0 --version
[ -s out ] || fail "--version prints nothing"
finish
