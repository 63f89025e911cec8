#!/bin/sh
# The example program charlm from end to end: test_charlm.sh PATH_TO_CHARLM
set -u

[ $# -eq 1 ] || { echo "usage: $0 PATH_TO_CHARLM" >&2; exit 2; }
. "$(dirname "$0")/program.sh"

# Equal, and not because both are empty.
same() { [ -s "$1" ] && cmp -s "$1" "$2"; }

cat "$source/LICENSE" "$source/include/rnn.h" >text

length=$(wc -c <text)

# ---- training -------------------------------------------------------------------------------------------------------

tiny="--units 24 --batch 8 --steps 16"
run 0 train text $tiny --seconds 3 --validate-every 0.5 --output model.safetensors
grep -o 'validation [0-9.]* nats' out | cut -d' ' -f2 >losses
awk 'NR == 1 { first = $1 } { last = $1 } END { exit !(NR >= 3 && first > 4 && last < 0.8 * first) }' losses &&
    pass "the validation loss falls: $(tr '\n' ' ' <losses)" || fail "the validation loss does not fall"
grep -q '^checkpoint: model.safetensors, validation loss ' out || fail "the results do not name the checkpoint"
grep -q '^ *4.00  *[0-9.]*  *[0-9.]*$' out || fail "no table of the losses that were reached"
[ -s model.safetensors ] && [ "$(ls -A | grep -c model)" -eq 2 ] || fail "not just a checkpoint and a curve: $(ls -A)"

draws model.svg 'seconds of training' 'nats per character' 'training, ' 'validation, '

# The loss that was printed is that of the checkpoint on the held-out tenth.
best=$(sed -n 's/^checkpoint: .*validation loss \([0-9.]*\) nats.*/\1/p' out)
tail -c $((length / 10)) text >held-out
run 0 validate model.safetensors held-out
grep -q "^loss $best nats" out && pass "validate: $(cat out)" || fail "validate does not give the loss $best"

run 0 train text $tiny --epochs 1 --output epoch.safetensors
grep -q "^step $((((length - length / 10) / 8 - 1) / 16)) " out && pass "--epochs" || fail "--epochs 1 is not one epoch"
last_loss() { sed -n 's/^step \([0-9]*  validation [0-9.]* nats\).*/\1/p' out | tail -n 1; }
last_loss >once
run 0 train text $tiny --epochs 1 --validate-every 0.05 --output epoch.safetensors
last_loss >often
same once often && [ "$(grep -c ' validation ' out)" -gt 2 ] && pass "validations change nothing" ||
    fail "validations change the training: $(cat often) instead of $(cat once)"
run 0 train text $tiny --until 3.4,3.1 --seconds 20 --output until.safetensors
[ "$(grep -c '^ *3\.[41]0  *[0-9.]*  *[0-9.]*$' out)" -eq 2 ] && pass "--until" || fail "--until did not stop at its losses"

head -c 300 text >short
run 0 train short --units 8 --steps 16 --epochs 2 --output short.safetensors
grep -q 'batch 32 shrinks to 15$' out && pass "a short text shrinks the batch" || fail "the batch did not shrink"
printf 'aaaaaaaaaaaaaaaaaaaaaaaa' >same
run 0 train same --units 4 --steps 4 --epochs 3 --threads 2 --output same.safetensors
grep -q 'loss 0.0000 nats' out && pass "a text of one letter" || fail "a text of one letter has a loss"

# ---- sampling -------------------------------------------------------------------------------------------------------

run 0 sample model.safetensors --length 300 --seed 7
cp out sample
run 0 sample model.safetensors --length 300 --seed 7
[ "$(wc -c <out)" -eq 301 ] && pass "300 characters and the end of the line" || fail "not 300 characters"
same out sample && pass "the same seed, the same text" || fail "the same seed, another text"
run 0 sample model.safetensors --length 300 --seed 8
same out sample && fail "another seed, the same text" || pass "another seed, another text"
run 0 sample model.safetensors --length=300 --temperature=100 # nearly uniform: the whole alphabet is drawn from
LC_ALL=C fold -b -w 1 text | LC_ALL=C sort -u >letters
LC_ALL=C fold -b -w 1 out | LC_ALL=C sort -u | LC_ALL=C comm -23 - letters >strangers
[ -s strangers ] && fail "characters outside of the alphabet: $(cat strangers)" || pass "all are of the alphabet"
run 0 sample model.safetensors --prime 'The ' --length 20 --temperature 0 --seed 1
[ "$(head -c 4 out)" = 'The ' ] && [ "$(wc -c <out)" -eq 25 ] || fail "the prime is not continued"
cp out greedy
run 0 sample model.safetensors --prime 'The ' --length 20 --temperature 0 --seed 2
same out greedy && pass "temperature 0 does not draw" || fail "temperature 0 draws"
run 0 sample model.safetensors --prime 'The ' --length 20 --temperature 1e-300 --seed 3
same out greedy && pass "nor does the smallest temperature" || fail "the smallest temperature is not as 0"

# ---- what is refused ------------------------------------------------------------------------------------------------

: >empty
printf 'too short' >few
printf 'x' >one
mkdir folder curve.svg
printf 'not a checkpoint' >broken.safetensors
head -c 200 model.safetensors >cut.safetensors
printf 'caf\303\251' >foreign

refuses 'no command'
refuses "'learn' is no command" learn
refuses 'train needs FILE' train
refuses "'more' came too" train text more
refuses 'no option --depth' train text --depth 3
refuses 'no option -u' train text -u 3
refuses '--units needs a value' train text --units
for bad in 0 -1 1.5 12x '' nan 99999999999999999999; do
    refuses "'$bad' is not a whole number" train text --units "$bad"
done
for bad in 0 nan inf x 1e999; do
    refuses "'$bad' is not a number" train text --rate "$bad"
done
refuses "'1.x' is not a loss" train text --until 1.x
refuses 'absent: No such file' train absent
refuses 'folder: Is a directory' train folder
refuses 'empty: the file is empty' train empty
refuses '9 characters are too few: with --steps 64 at least 72 are needed' train few
refuses 'folder: is there and is not a regular file' train text --output folder
refuses 'curve.svg: is there and is not a regular file' train text --output curve.safetensors
refuses 'text: is the file that is read' train text --output text
refuses 'cannot be written: No such file' train text --output absent/model.safetensors
refuses 'rnn_load' sample absent
refuses 'rnn_load' sample folder
refuses 'rnn_load' sample broken.safetensors
refuses 'rnn_load' sample cut.safetensors
refuses "not in the alphabet" sample model.safetensors --prime 'caf~'"$(printf '\303\251')"
refuses "'-1' is not a number" sample model.safetensors --temperature -1
refuses 'validate needs CHECKPOINT FILE' validate model.safetensors
refuses '0xc3 at offset 3 is not in the alphabet' validate model.safetensors foreign
refuses 'at least 2' validate model.safetensors one

# The shortest text that the message asks for is enough, and one character less is not.
head -c 72 text >enough
head -c 71 text >lacking
run 0 train enough --units 4 --epochs 1 --output enough.safetensors
refuses 'at least 72 are needed' train lacking

# A run that diverges is stopped; without a good checkpoint nothing is left behind.
refuses 'training diverged: .*nothing was saved' train text $tiny --rate 1e30 --clip 0 --seconds 5 --validate-every 60 \
    --output diverged.safetensors

run 0 --help
prints train sample validate --units --temperature --until '(128)'
run 0 sample --help
run 0 --version
[ -s out ] || fail "--version prints nothing"
if [ -w /dev/full ]; then notices_full_disk sample model.safetensors; fi

# ---- ctrl-C ---------------------------------------------------------------------------------------------------------

for signal in INT TERM; do
    # --foreground: one signal, to the program alone; a second one would end it
    timeout --foreground --preserve-status -s $signal 1.5 \
        "$program" train text $tiny --seconds 30 --validate-every 60 --output $signal.safetensors >out 2>err
    status=$?
    if [ $status -eq 0 ] && grep -q '^interrupted after step ' out && [ -s $signal.svg ]; then
        pass "SIG$signal: $(grep '^interrupted after' out)"
    else
        fail "SIG$signal: exit status $status"
    fi
    run 0 sample $signal.safetensors --length 10
done

finish
