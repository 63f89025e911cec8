#!/bin/sh
# The example program classify from end to end: test_classify.sh PATH_TO_CLASSIFY full|small|real [NAMES SERIES]
# full and small are the same.  real is something else: it learns real data, where the folders have it.
set -u

[ $# -eq 2 ] || [ $# -eq 4 ] || { echo "usage: $0 PATH_TO_CLASSIFY full|small|real [NAMES SERIES]" >&2; exit 2; }
size=$2
OPENBLAS_NUM_THREADS=1 # more cost small networks time, above all where other tests run beside this one
export OPENBLAS_NUM_THREADS
. "$(dirname "$0")/program.sh"
real_names=${3-$source/../shared/data/names}
real_series=${4-$source/../shared/data/timeseries/JapaneseVowels}

# value WORDS: the number behind them in the table of results.
value() { sed -n "s/^$1  *\([0-9.]*\).*/\1/p" out; }
same() { [ -s "$1" ] && cmp -s "$1" "$2"; }

# ---- real data ------------------------------------------------------------------------------------------------------

# learns_real TASK FOLDER LEAST OPTIONS...: at least so much is right.
learns_real() {
    task=$1 folder=$2 least=$3
    shift 3
    if [ ! -d "$folder" ]; then
        echo "SKIPPED: no $task in $folder"
        return
    fi
    run 0 "$task" "$folder" --output real.safetensors "$@"
    accuracy=$(value 'held-out accuracy')
    holds "$accuracy >= $least" && pass "$task: $accuracy % right, at least $least" ||
        fail "$task: fewer than $least % are right"
}

if [ "$size" = real ]; then
    learns_real series "$real_series" 96 --epochs 40
    learns_real names "$real_names" 75 --units 64 --epochs 6
    finish
    exit
fi

# ---- data -----------------------------------------------------------------------------------------------------------

mkdir names series
# 25 names of three letters that begin with one of each of two fives, some of them twice.
three_letters() {
    awk -v first="$1" -v second="$2" -v last="$3" 'BEGIN {
        for (i = 0; i < 40; i++)
            print substr(first, i % 5 + 1, 1) substr(second, int(i / 5) % 5 + 1, 1) last
    }'
}
three_letters aeiou aeiou a >names/Vowels.txt
three_letters Bcdfg hjklm t >names/Stops.txt
printf ' M\303\274ller \r\n\nM\303\274ller\nT\303\266pfer\r\nB\303\244r\nK\303\266hler\nJ\303\274rgen' \
    >names/Umlauts.txt
printf 'no class\n' >names/README

# cases SEED COUNT: waves of three speeds in two dimensions, 8 to 14 steps long.
cases() {
    awk -v seed="$1" -v count="$2" 'BEGIN {
        srand(seed)
        for (i = 0; i < count; i++) {
            class = i % 3; steps = 8 + i % 7; begin = rand()
            for (d = 0; d < 2; d++) {
                for (t = 0; t < steps; t++)
                    printf "%s%.4f", t ? "," : "", 5 + 3 * sin((1 + class) * (t + begin) / 2 + d) + rand() / 10
                printf ":"
            }
            print substr("slowmid fast", 4 * class + 1, 4)
        }
    }' | tr -d ' '
}
header() { printf '# waves\n@problemName Waves\n@timeStamps false\n@dimensions 2\n@classLabel true %s\n@data\n' "$1"; }
{ header 'slow mid fast'; cases 1 60; } >series/Waves_TRAIN.ts
{ header 'slow mid fast'; cases 2 30; } >series/Waves_TEST.ts

# ---- names ----------------------------------------------------------------------------------------------------------

tiny="--units 12 --epochs 12 --rate 0.02 --batch 8"
run 0 names names $tiny
grep -q '^3 classes, 44 sequences to learn from, 11 held out$' out && pass "a name counts once in a class" ||
    fail "not as many names as there are"
prints '^Umlauts  *1 ' '^Vowels  *5 ' '^mean of the recalls ' '^seconds of training ' '^epoch  12/12 '
holds "$(value 'held-out accuracy') >= 80" && pass "names: $(value 'held-out accuracy') % right" ||
    fail "names: too few right"
[ "$(ls -A | grep -c classify)" -eq 2 ] || fail "not just a checkpoint and a picture: $(ls -A)"
draws classify.svg '>Umlauts<' '>training, at last' '>held out, at last' 'in percent'

run 0 names names $tiny --seed=1 --threads 2 --output again.safetensors
same classify.safetensors again.safetensors && pass "the same seed, the same checkpoint, on two threads too" ||
    fail "the same seed, another checkpoint"
cmp -s classify.svg again.svg || fail "the same seed, another picture"
run 0 names names $tiny --seed 2 --output other.safetensors
same classify.safetensors other.safetensors && fail "another seed, the same run" || pass "another seed, another run"

printf 'AEA\n\nxyz\n bkt\r\nM\303\274ller' >lines
run 0 recognise lines
[ "$(wc -l <out)" -eq 5 ] && sed -n 1p out | grep -q '^AEA  *Vowels [0-9.]* %   [A-Z][a-z]* [0-9.]* %   [A-Z]' &&
    sed -n 4p out | grep -q ' bkt  *Stops ' && pass "names are recognised" || fail "names are not recognised"

# ---- series ---------------------------------------------------------------------------------------------------------

run 0 series series $tiny --layers 2 --dropout 0.1 --output waves.safetensors
grep -q '^3 classes, 60 sequences to learn from, 30 held out$' out || fail "not as many cases as there are"
holds "$(value 'held-out accuracy') >= 90" && pass "series: $(value 'held-out accuracy') % right" ||
    fail "series: too few right"
accuracy=$(value 'held-out accuracy')
draws waves.svg '>slow<' '>fast<' '>held out, at last'
run 0 recognise series/Waves_TEST.ts --model waves.safetensors
grep -q "^[0-9]* of 30 with a label right, $accuracy %$" out && pass "recognise gives the accuracy of the table" ||
    fail "recognise gives another accuracy than the table"
sed -n '7,$s/:[a-z]*$//p' series/Waves_TEST.ts >bare
run 0 recognise bare --model waves.safetensors
[ "$(wc -l <out)" -eq 30 ] && [ "$(awk '{ print $3 }' out | sort -u | tr '\n' ' ')" = "fast mid slow " ] &&
    pass "labels may be left out" || fail "cases without labels are not recognised"

# ---- what is refused ------------------------------------------------------------------------------------------------

refuses 'no command given: names, series or recognise'
refuses "'learn' is no command" learn
refuses 'names needs FOLDER' names
refuses "'more' came too" series series more
refuses 'no option --depth' names names --depth 3
for bad in 0 -1 1.5 x 99999999999999999999; do
    refuses "--units: '$bad' is not a whole number" names names --units "$bad"
done
refuses "--noise: '1' is not a number from 0 to 0.9" names names --noise 1
refuses "--dropout: '1' is not a number" series series --dropout 1
refuses 'cannot be written: No such file' names names --output absent/model.safetensors
mkdir folder picture.svg
refuses 'folder: is there and is not a regular file' series series --output folder
refuses 'picture.svg: cannot be written: Is a directory' series series --output picture.safetensors

mkdir one few empty zero control
printf 'a\nb\n' | tee one/A.txt few/A.txt empty/A.txt >zero/A.txt
printf 'a\nA\n' >few/B.txt
: >empty/B.txt
printf 'a\n\0b\n' >zero/B.txt
cp few/A.txt control/A.txt
cp few/A.txt "control/$(printf 'B\tC').txt"
refuses 'absent: No such file' names absent
refuses 'folder: no file in it ends in .txt' names folder
refuses 'one: a class alone, A.txt' names one
refuses 'few/B.txt: at least 2 different names' names few
refuses 'empty/B.txt: the file is empty' names empty
refuses 'zero/B.txt: byte 3 is 0' names zero
refuses "has a control character" names control

# bad_series PATTERN TRAIN TEST: what is wrong with a pair of files.
mkdir bad
bad_series() {
    printf '%b' "$2" >bad/X_TRAIN.ts
    printf '%b' "$3" >bad/X_TEST.ts
    refuses "$1" series bad
}
good='@classLabel true a b\n@data\n1,2:3,4:a\n1:2:b\n'
refuses 'folder: no file in it ends in _TRAIN.ts' series folder
bad_series 'bad/X_TRAIN.ts, line 3: a value is missing' '@classLabel true a b\n@data\n1,?:3,4:a\n' "$good"
bad_series "bad/X_TRAIN.ts, line 2: 'nan' is not a number" '@classLabel true a b\nnan:3:a\n' "$good"
bad_series "bad/X_TRAIN.ts, line 2: '1e99' is not a number" '@classLabel true a b\n1e99:3:a\n' "$good"
bad_series "bad/X_TRAIN.ts, line 2: '' is not a number" '@classLabel true a b\n1,:3,4:a\n' "$good"
bad_series 'bad/X_TEST.ts, line 3: dimension 2 has 1 values, those before it have 2' "$good" '@data\n\n1,2:3:a\n'
bad_series "bad/X_TEST.ts, line 1: 'c' is none of the 2 classes" "$good" '1:2:c\n'
bad_series 'bad/X_TEST.ts, line 1: 2 fields; 3 are needed' "$good" '1:a\n'
bad_series 'bad/X_TEST.ts: no case in it' "$good" '@data\n'
bad_series 'bad/X_TRAIN.ts, line 1: series with times' '@timeStamps TRUE\n' "$good"
bad_series 'bad/X_TRAIN.ts: no line .@classLabel true. names two classes' '@classLabel false\n1:2:a\n' "$good"
bad_series "bad/X_TRAIN.ts, line 2: no ':' between the series and its label" '@classLabel true a b\n1,2,3\n' "$good"
bad_series "two classes named 'a'" '@classLabel true a a\n1:a\n' "$good"
cp bad/X_TRAIN.ts bad/Y_TRAIN.ts
refuses 'bad: more than one file ends in _TRAIN.ts: X_TRAIN.ts and Y_TRAIN.ts' series bad

printf 'not a checkpoint' >broken.safetensors
head -c 300 classify.safetensors >cut.safetensors
sed 's/classify\.task/classify.tusk/' classify.safetensors >foreign.safetensors
sed 's/classify\.classes/classify.clusses/' classify.safetensors >nameless.safetensors
sed 's/Umlauts\\u000a/Umlautsxxxxxx/' classify.safetensors >short.safetensors
sed 's/classify\.alphabet/classify.alphabut/' classify.safetensors >speechless.safetensors
sed 's/classify\.means/classify.moans/' waves.safetensors >unscaled.safetensors
refuses 'rnn_load' recognise lines --model absent
refuses 'rnn_load' recognise lines --model broken.safetensors
refuses 'rnn_load' recognise lines --model cut.safetensors
refuses 'foreign.safetensors: this checkpoint is not one of classify' recognise lines --model foreign.safetensors
refuses 'nameless.safetensors: this checkpoint does not name its classes' recognise lines --model nameless.safetensors
refuses 'names 2 classes, but its network has 3 outputs' recognise lines --model short.safetensors
refuses 'speechless.safetensors: this checkpoint has no alphabet' recognise lines --model speechless.safetensors
refuses 'unscaled.safetensors: this checkpoint has no note classify.means' recognise bare --model unscaled.safetensors
refuses 'absent: No such file' recognise absent
printf '\n\n' >blank
refuses 'blank: nothing in it to recognise' recognise blank
printf '1,2:3,4:slow:more\n' >long
refuses "long, line 1: 4 fields separated by ':'; the network wants 2" recognise long --model waves.safetensors

run 0 --help
prints names series recognise --units --recurrent-dropout --model '(128)'
run 0 --version
[ -s out ] || fail "--version prints nothing"
if [ -w /dev/full ]; then notices_full_disk recognise lines; fi

finish
