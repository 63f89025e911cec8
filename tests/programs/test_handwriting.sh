#!/bin/sh
# The example program handwriting from end to end: test_handwriting.sh PATH_TO_HANDWRITING full|small|real [FOLDER]
# full and small are the same.  real is something else: it learns real digits, where FOLDER has pendigits.tra and .tes.
set -u

[ $# -eq 2 ] || [ $# -eq 3 ] || { echo "usage: $0 PATH_TO_HANDWRITING full|small|real [FOLDER]" >&2; exit 2; }
size=$2
OPENBLAS_NUM_THREADS=1 # more cost small networks time, above all where other tests run beside this one
export OPENBLAS_NUM_THREADS
. "$(dirname "$0")/program.sh"
data=${3-$source/../shared/data/handwriting}

# value NAME N: number N behind the name in the table of results.
value() { sed -n "s/^$1   *//p" out | awk -v n="$2" '{ print $n }'; }

# ---- the real digits ------------------------------------------------------------------------------------------------

if [ "$size" = real ]; then
    if [ -r "$data/pendigits.tra" ]; then
        run 0 train "$data" --epochs 5 --output real.safetensors
        sed -n '/^held-out/,$p' out
        holds "$(value right 2) >= 97" && pass "real digits: $(value right 2) % right" ||
            fail "real digits: only $(value right 2) % right"
        run 0 train "$data" --strings --epochs 12 --drawn 1000 --output real.safetensors
        sed -n '/^held-out/,$p' out
        holds "$(value 'error rate' 1) <= 10" && pass "real strings: error rate $(value 'error rate' 1) %" ||
            fail "real strings: error rate $(value 'error rate' 1) %"
    else
        echo "SKIPPED: the real digits: no $data/pendigits.tra"
    fi
    finish
    exit
fi

# ---- digits of a few strokes ----------------------------------------------------------------------------------------

# digits COUNT SEED NOISE: rows as in the data set.  Each digit has points of its own, and every row some noise.
digits() {
    awk -v count="$1" -v seed="$2" -v noise="$3" '
        function place(d, k) { return 5 + (37 * d * d + 53 * k * (d + 2) + 29 * k * k) % 91 }
        function inside(x) { return x < 0 ? 0 : x > 100 ? 100 : x }
        BEGIN {
            srand(seed)
            for (i = 0; i < count; i++) {
                for (k = 0; k < 16; k++)
                    printf "%d,", inside(place(i % 10, k) + int((2 * noise + 1) * rand()) - noise)
                for (k = 0; k < 10; k++)
                    printf "%d", k == i % 10
                printf "\n"
            }
        }'
}

mkdir pens
digits 200 1 4 >pens/pendigits.tra
digits 100 2 4 >pens/pendigits.tes

# ---- digits ---------------------------------------------------------------------------------------------------------

tiny="--units 12 --batch 16 --rate 0.02"
run 0 train pens $tiny --epochs 12 --output one.safetensors
prints '^epoch  12/12 ' '^held-out digits  *100$' '^parameters ' '^seconds of training ' \
    '^checkpoint: one.safetensors$' '^picture: one.svg$'
right=$(value right 1)
holds "$right >= 95 && $(value right 2) == $right" && pass "digits: $right of 100" || fail "digits: only $right of 100"
[ "$(ls -A | grep -c '^one')" -eq 2 ] || fail "not just a checkpoint and a picture: $(ls -A)"
draws one.svg 'Cross-entropy' '>epochs<' '>training, at last' '>held out, at last' 'Written (rows), read (columns)'
run 0 train pens $tiny --epochs=12 --seed=1 --threads 2 --output again.safetensors
cmp -s one.safetensors again.safetensors && cmp -s one.svg again.svg && pass "the same seed, the same run" ||
    fail "the same seed, another run"
run 0 train pens $tiny --epochs 1 --seed 2 --output other.safetensors
run 0 train pens $tiny --epochs 1 --output brief.safetensors
cmp -s other.safetensors brief.safetensors && fail "another seed, the same run" || pass "another seed, another run"
run 0 train pens $tiny --epochs 1 --distortion 0 --output plain.safetensors
cmp -s plain.safetensors brief.safetensors && fail "--distortion does nothing" || pass "--distortion"

# What is recognised is what was counted.
run 0 recognise pens/pendigits.tes --model one.safetensors
grep -q "^$right of 100 labelled rows are right, $right.00 %$" out && pass "recognise counts $right too" ||
    fail "recognise does not count $right of 100"
[ "$(grep -c ', wrong$' out)" -eq $((100 - right)) ] || fail "not $((100 - right)) rows are marked as wrong"
head -n 1 pens/pendigits.tra | sed 's/,[01]*$//' >digit
run 0 recognise digit --model one.safetensors --picture digit.svg
sed -n 1p out | grep -q '^0  [01]\.[0-9][0-9][0-9][0-9]$' && pass "a digit: $(sed -n 1p out)" || fail "no digit 0"
prints '^picture: digit.svg$'
draws digit.svg 'Read as 0' 'probability' '<rect '
tr ',' '\t' <digit | sed 's/\t/ , /' >spaced
run 0 recognise spaced --model one.safetensors --picture spaced.svg
cmp -s digit.svg spaced.svg && pass "commas or white space" || fail "white space is read as something else"
printf '\n50,50\r\n  \n1 2 3.5 1e1\n' >few
run 0 recognise few --model one.safetensors --row 2 --picture few.svg
[ "$(grep -c '^[0-9]  [01]\.' out)" -eq 2 ] && pass "rows of one and two points" || fail "not two rows"
draws few.svg

# ---- strings --------------------------------------------------------------------------------------------------------

tiny="--strings --units 24 --batch 16 --rate 0.02 --held-out 60"
run 0 train pens $tiny --epochs 16 --drawn 200 --output strings.safetensors
prints '^epoch  16/16 ' '^held-out strings  *60$' '^digits in them  *[0-9]*$' '^strings wholly right ' '^parameters '
holds "$(value 'error rate' 1) <= 20" && pass "strings: error rate $(value 'error rate' 1) %" ||
    fail "strings: error rate $(value 'error rate' 1) %"
draws strings.svg 'CTC loss' '>epochs<' '>point of the path<' '<circle '
run 0 train pens $tiny --epochs 16 --drawn 200 --threads 2 --output again.safetensors
cmp -s strings.safetensors again.safetensors && cmp -s strings.svg again.svg && pass "the same seed, the same run" ||
    fail "the same seed, another run"

# A string of the training digits 3, 1 and 4.
awk -F, 'NR == 4 || NR == 2 || NR == 5 {
    for (i = 1; i < 17; i += 2)
        printf "%d,%d,", $i + 130 * n, $(i + 1)
    n++
    labels = labels (n > 1 ? "," : "") $17
} END { print labels }' pens/pendigits.tra >three # in the order of the lines: 1, 3, 4
run 0 recognise three --model strings.safetensors --picture three.svg
grep -q '^134  [01]\.[0-9]*  labelled 134$' out && pass "a string: $(sed -n 1p out)" || fail "not the string 134"
prints '^1 of 1 labelled rows are right, 100.00 %$'
draws three.svg 'Read as 134' '>point of the path<'
run 0 recognise few --model strings.safetensors --picture few.svg
[ "$(grep -c '  [01]\.' out)" -eq 2 ] && pass "strings of one and two points" || fail "not two rows"

# ---- prefix beam search, and a character model as its scorer ----------------------------------------------------------

# Two numbers, of which the one or the other is in each line.
awk 'BEGIN { for (i = 0; i < 600; i++) print i * i % 7 % 2 ? "2718" : "31415" }' >numbers
head -n 20 numbers >few-numbers
mkdir blurred
digits 100 3 25 >blurred/pendigits.tes
"$(dirname "$program")/charlm" train numbers --units 16 --batch 8 --steps 16 --epochs 6 --output numbers.safetensors \
    >out 2>err || fail "charlm cannot be trained"
run 0 write blurred few-numbers --output rows
prints '^20 rows: rows$'
run 0 write blurred few-numbers --output again
cmp -s rows again && pass "the same rows" || fail "other rows"
run 0 write blurred few-numbers --output other --seed 2
cmp -s rows other && fail "another seed, the same rows" || pass "another seed, other rows"
run 0 recognise rows --model strings.safetensors
sed -n 's/.*  labelled \([0-9]*\).*/\1/p' out | cmp -s - few-numbers && pass "rows are labelled" || fail "other labels"
run 0 recognise rows --model strings.safetensors --beam 8
cp out beam
edits=$(sed -n 's/^error rate .*: \([0-9]*\) edits, \([0-9]*\) digits$/\1/p' out)
prints ' edits, 95 digits$'
run 0 recognise rows --model strings.safetensors --beam 8 --scorer numbers.safetensors --scorer-weight 0
cmp -s out beam && pass "a weight of 0 changes nothing" || fail "a weight of 0 changes something"
run 0 recognise rows --model strings.safetensors --scorer numbers.safetensors
scored=$(sed -n 's/^error rate .*: \([0-9]*\) edits, \([0-9]*\) digits$/\1/p' out)
holds "$scored < $edits" && pass "$scored edits with a scorer, $edits without" || fail "$scored edits, $edits without"
run 0 recognise rows --model strings.safetensors --scorer numbers.safetensors --scorer-weight 1000
[ "$(grep -c '^\(2718\|31415\)  ' out)" -eq 20 ] && pass "only numbers of the text" || fail "other numbers"
printf '12\n3x\n' >letters
mkdir seven
cp pens/pendigits.tra seven
sed '/0000000100$/d' pens/pendigits.tes >seven/pendigits.tes
refuses "letters: line 2: '3x' is not a number of digits alone" write pens letters --output letters.rows
refuses 'no path of the digit 7 is held out' write seven few-numbers --output seven.rows
refuses 'absent/rows: cannot be written' write pens few-numbers --output absent/rows
refuses '--beam and --scorer need a model of strings' recognise digit --model one.safetensors --beam 4
refuses 'one.safetensors: not a checkpoint of charlm' recognise rows --model strings.safetensors --scorer one.safetensors
refuses '--scorer-weight goes with --scorer' recognise rows --model strings.safetensors --scorer-weight 2
refuses 'absent' recognise rows --model strings.safetensors --scorer absent
tr -d '\n' <numbers >one-line
"$(dirname "$program")/charlm" train one-line --units 2 --batch 2 --steps 16 --epochs 1 --output line.safetensors >out 2>err
refuses 'its alphabet has no end of a line' recognise rows --model strings.safetensors --scorer line.safetensors

# ---- files that are refused -----------------------------------------------------------------------------------------

: >empty
printf '\n \n' >blank
printf '1,2,\n' >comma
printf '1,,2\n' >commas
printf '1 2 3\n' >odd
printf '1 2\n3 x\n' >word
printf '1 2\n3 nan\n' >nan
printf '1 101\n' >high
printf '101 1\n' >right
printf '1 2\n0000000010\n' >label
printf '1 2 0000000010 0000000010\n' >labels
printf '1 2 0000000011\n' >hot
printf '1 2\0 3 4\n' >zero
refuses 'empty: the file is empty' recognise empty --model one.safetensors
refuses 'blank: no line has anything in it' recognise blank --model one.safetensors
refuses 'comma: line 1: nothing stands before or behind a comma' recognise comma --model one.safetensors
refuses 'commas: line 1: nothing stands' recognise commas --model one.safetensors
refuses 'odd: line 1: 3 numbers, not x and y of each point' recognise odd --model one.safetensors
refuses "word: line 2: 'x' is not a number from 0 to 100" recognise word --model one.safetensors
refuses "nan: line 2: 'nan' is not a number" recognise nan --model strings.safetensors
refuses "high: line 1: '101' is not a number from 0 to 100" recognise high --model strings.safetensors
refuses "right: line 1: '101' is not a number from 0 to 100" recognise right --model one.safetensors
refuses 'label: line 2: 0 numbers' recognise label --model one.safetensors
refuses 'labels: line 1: 2 labels, not 1' recognise labels --model one.safetensors
refuses "hot: line 1: '0000000011' is no label" recognise hot --model one.safetensors
refuses 'zero: a character of code 0' recognise zero --model one.safetensors
refuses 'absent: No such file' recognise absent --model one.safetensors
refuses 'pens: Is a directory' recognise pens --model one.safetensors

# spoilt FILE PATTERN SCRIPT: training on the digits with this file changed by sed is refused.
spoilt() {
    cp -r pens bad
    sed "$3" "pens/$1" >"bad/$1"
    refuses "bad/$1: $2" train bad --output bad.safetensors
    rm -r bad
}
spoilt pendigits.tra "line 7: '7' is no label: ten characters" '7s/[01]*$/7/'
spoilt pendigits.tra "line 7: '0000000000' is no label" '7s/[01]*$/0000000000/'
spoilt pendigits.tes "line 2: '0100000001' is no label" '2s/[01]*$/0100000001/'
spoilt pendigits.tra 'line 3: 15 numbers, not 16: x and y of 8 points' '3s/^[0-9]*,//'
spoilt pendigits.tra 'line 3: 18 numbers, not 16' '3s/^/1,2,/'
spoilt pendigits.tra "line 4: '-1' is not a number from 0 to 100" '4s/^[0-9]*/-1/'
spoilt pendigits.tes "line 5: '100.5' is not a number from 0 to 100" '5s/^[0-9]*/100.5/'
spoilt pendigits.tes "the file is empty" '1,$d'
mkdir lacking
cp pens/pendigits.tra lacking
refuses 'lacking/pendigits.tes: No such file' train lacking
refuses 'absent/pendigits.tra: No such file' train absent

# ---- checkpoints and options that are refused -----------------------------------------------------------------------

forged() { LC_ALL=C sed "$2" "$1" >forged.safetensors; }
refuses 'rnn_load' recognise digit
refuses 'rnn_load' recognise digit --model digit
forged one.safetensors 's/"handwriting.task"/"handwriting.tusk"/'
refuses "forged.safetensors: not a checkpoint of handwriting: .*\"handwriting.task\"" \
    recognise digit --model forged.safetensors
forged one.safetensors 's/"digits"/"digitz"/'
refuses "not a checkpoint of handwriting: its task is 'digitz'" recognise digit --model forged.safetensors
forged one.safetensors 's/"x y dx dy"/"x y dy dx"/'
refuses 'its notes do not fit its network' recognise digit --model forged.safetensors
forged one.safetensors 's/"digits"/"strings"/; s/"x y dx dy"/"y dx dy" /'
refuses 'its notes do not fit its network' recognise digit --model forged.safetensors

mkdir folder
for bad in 0 -1 1.5 x '' nan; do
    refuses "'$bad' is not a whole number" train pens --units "$bad"
    refuses "'$bad' is not a whole number" train pens --epochs "$bad"
done
for bad in -1 2 nan x; do
    refuses "'$bad' is not a number from 0 to 1" train pens --distortion "$bad"
done
refuses 'train has no option --layers' train pens --layers 2
refuses 'train needs FOLDER' train --strings
refuses '--strings takes no value' train pens --strings=1
refuses '--drawn and --held-out go with --strings' train pens --held-out 5
refuses 'folder: is there and is not a regular file' train pens --output folder
refuses 'cannot be written: No such file' train pens --output absent/model.safetensors
refuses 'recognise needs FILE' recognise
refuses "--row 3, but there are no more rows than 2" recognise few --model one.safetensors --picture x.svg --row 3
refuses 'absent/x.svg: cannot be written' recognise few --model one.safetensors --picture absent/x.svg
refuses "'learn' is no command" learn

run 0 --help
prints train recognise --strings --units --distortion --picture '(100)'
run 0 --version
[ -s out ] || fail "--version prints nothing"
if [ -w /dev/full ]; then
    notices_full_disk recognise digit --model one.safetensors
    run 1 recognise digit --model one.safetensors --picture /dev/full
    grep -q '^handwriting: /dev/full: the picture could not be written' err && pass "also by the picture" ||
        fail "a picture on a full disk goes unnoticed"
fi

finish
