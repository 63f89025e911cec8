#!/bin/sh
# The example program amp from end to end, on sounds of some seconds: test_amp.sh PATH_TO_AMP full|small
# The runs are short enough for builds that are slow; full also learns a sound for longer.
set -u

[ $# -eq 2 ] || { echo "usage: $0 PATH_TO_AMP full|small" >&2; exit 2; }
size=$2
OPENBLAS_NUM_THREADS=1 # more cost small networks time, above all where other tests run beside this one
export OPENBLAS_NUM_THREADS
. "$(dirname "$0")/program.sh"

# Equal, and not because both are empty.
same() { [ -s "$1" ] && cmp -s "$1" "$2"; }

# wav EXPRESSION [SAMPLES [RATE]]: a WAV file with samples of that function of t in awk, from -1 to 1.  x is a sound.
wav() {
    # shellcheck disable=SC2059
    printf "$(awk -v samples="${2-3000}" -v rate="${3-8000}" '
        function write(value, size) {
            for (; size > 0; size--) { printf "\\%03o", value % 256; value = int(value / 256) }
        }
        function x(t) { return t < 0 ? 0 : 0.5 * sin(t * t / 3000) + 0.3 * sin(t * 0.61) }
        function bent(value) { return value < 0 ? value / 2 : value }
        BEGIN {
            printf "RIFF"; write(36 + 2 * samples, 4); printf "WAVEfmt "; write(16, 4); write(1, 2); write(1, 2)
            write(rate, 4); write(2 * rate, 4); write(2, 2); write(16, 2); printf "data"; write(2 * samples, 4)
            for (t = 0; t < samples; t++)
                write((int(32767 * ('"$1"')) + 65536) % 65536, 2)
        }')"
}

samples() { od -An -v -t d2 -w2 -j 44 "$1"; }

# error FILE TARGET EMPHASIS: the error to signal of the last 15 %, in percent, by its definition.
error() {
    samples "$1" >played
    samples "$2" | paste played - | awk -v a="$3" '
        { y[NR] = $1; target[NR] = $2 }
        END {
            first = NR - int(NR / 20) * 3 + 1
            for (t = first; t <= NR; t++) {
                e = y[t] - target[t] - (t > first ? a * (y[t-1] - target[t-1]) : 0)
                s = target[t] - (t > first ? a * target[t-1] : 0)
                errors += e * e; signal += s * s
            }
            print 100 * errors / signal
        }'
}

# row NAME N: number N of the row of the final table: 1 and 5 are percent, with pre-emphasis and without.
row() { sed -n "s/^$1   *//p" out | awk -v n="$2" '{ print $n }'; }

tiny='--units 8 --batch 4 --steps 64 --epochs 6'
short="--seconds 6 --samples 8000 $tiny"

# ---- the demo -------------------------------------------------------------------------------------------------------

run 0 demo $short --output one
prints '365 parameters; 4.2 s of sound, 131 updates are an epoch' '^model: one.safetensors' 'one.wav' 'one.svg'
[ "$(grep -c '^epoch .* error to signal .* validation ' out)" -eq 6 ] || fail "not six epochs"
[ "$(ls -A | grep -c '^one')" -eq 5 ] || fail "not five files: $(ls -A)"
for name in gain 'filter of 32 taps' curve 'curve, then filter'; do
    holds "$(row network 1) < 0.8 * $(row "$name" 1) && $(row network 5) < 0.8 * $(row "$name" 5)" &&
        pass "network $(row network 1) %, $name $(row "$name" 1) %" || fail "no better than $name"
done
for column in 1 5; do
    emphasis=$([ $column = 1 ] && echo 0.95 || echo 0)
    again=$(error one.wav one-target.wav "$emphasis")
    holds "($again - $(row network $column)) ^ 2 < 0.02 ^ 2" && pass "error $again % by its definition" ||
        fail "the error is $(row network $column) %, by its definition $again %"
done
draws one.svg 'A guitar amplifier' '>amplifier' '>network' 'Error to signal, dB' '>validation' '4.2 s of sound'

run 0 demo $short --output again --threads 2
same one.safetensors again.safetensors && pass "the same model with two threads" || fail "another model with two threads"
run 0 demo $short --output other --seed 2
same one-input.wav other-input.wav && fail "another seed, the same riff" || pass "another seed, another riff"
run 0 train one-input.wav one-target.wav $tiny --output trained
same one.safetensors trained.safetensors && pass "train on the files of the demo" || fail "another model from the files"
if [ "$size" = full ]; then
    run 0 demo --seconds 6 --epochs 25 --batch 8 --output long
    holds "$(row network 1) < 10" && pass "six seconds: $(row network 1) %" || fail "six seconds: $(row network 1) %"
fi

# ---- a stream -------------------------------------------------------------------------------------------------------

for block in 1 64 100000; do
    run 0 run one.safetensors one-input.wav played.wav --block $block
    same played.wav one.wav && pass "the same sound in blocks of $block" || fail "another sound in blocks of $block"
done
prints '^6.00 s of sound in .* real-time factor [0-9]' '^blocks of 100000 samples are 12500.000 ms'

# ---- effects that the simpler models can do ---------------------------------------------------------------------------

# does NAME EXPRESSION: that model gives the expression of the sound, and the models before it do not.
does() {
    wav "$2" >effect.wav
    run 0 train sound.wav effect.wav $tiny --epochs 1 --output learned
    for name in gain 'filter of 32 taps' curve; do
        if [ "$name" = "$1" ]; then
            holds "$(row "$name" 1) <= 0.05 && $(row "$name" 5) <= 0.05" && pass "$1: $2" ||
                fail "$1 does not give $2: $(row "$name" 1) %"
            return
        fi
        holds "$(row "$name" 1) > 1" || fail "$name already gives $2"
    done
}
wav 'x(t)' >sound.wav
does gain '-0.6 * x(t)'
does 'filter of 32 taps' '0.4 * x(t) - 0.5 * x(t - 3) + 0.1 * x(t - 31)'
does curve 'bent(x(t)) - 0.1'
wav 'bent(x(t)) / 2 - bent(x(t - 1)) / 3' >effect.wav
run 0 train sound.wav effect.wav $tiny --epochs 1 --output learned
for name in gain 'filter of 32 taps' curve; do
    holds "$(row 'curve, then filter' 1) < 0.5 * $(row "$name" 1)" || fail "a curve and a filter are no better than $name"
done

# ---- what is refused ------------------------------------------------------------------------------------------------

wav 'x(t)' 2999 >less.wav
wav 'x(t)' 3000 9000 >faster.wav
wav 'x(t)' 1000 >brief.wav
wav '0' >silent.wav
wav 't < 2000 ? x(t) : 0' >sinking.wav
cp "$source/LICENSE" no.safetensors
mkdir folder.svg
refuses 'no command given: demo, train or run'
refuses 'train needs INPUT.wav OUTPUT.wav' train sound.wav
refuses 'train has no option --seconds' train sound.wav effect.wav --seconds 3
refuses 'sound.wav has 3000 samples, 8000 a second, and less.wav has 2999, 8000 a second' train sound.wav less.wav
refuses 'and faster.wav has 3000, 9000 a second' train sound.wav faster.wav
refuses 'brief.wav has 1000 samples, expected at least 1[0-9]* with --batch 4 and --steps 64' train brief.wav brief.wav $tiny
refuses 'silent.wav: the first 0.26 seconds are silence' train silent.wav sound.wav $tiny
refuses 'sinking.wav: silence from 0.26 to 0.32 seconds' train sound.wav sinking.wav $tiny
refuses 'absent.wav: No such file' train absent.wav sound.wav
refuses 'effect.wav: is the file that is read' train sound.wav effect.wav $tiny --output effect
refuses 'folder.svg: cannot be written: Is a directory' train sound.wav effect.wav $tiny --output folder
refuses "'0' is not a number" demo --rate 0
refuses 'rnn_load' run no.safetensors sound.wav played.wav
refuses 'faster.wav has 9000 samples a second, expected 8000' run learned.safetensors faster.wav played.wav
refuses 'sound.wav: is the file that is read' run learned.safetensors sound.wav sound.wav
refuses 'absent/a.wav: cannot be written: No such file' run learned.safetensors sound.wav absent/a.wav

# The shortest sounds that the message asks for are enough, and one sample less is not.
least=$("$program" train brief.wav brief.wav $tiny 2>&1 | sed -n 's/.*at least \([0-9]*\) with.*/\1/p')
wav 'x(t)' "$least" >enough.wav
wav 'x(t)' $((least - 1)) >lacking.wav
run 0 train enough.wav enough.wav $tiny --epochs 1 --output learned
refuses "expected at least $least" train lacking.wav lacking.wav $tiny

# ---- ctrl-C, help ----------------------------------------------------------------------------------------------------

seconds=$([ "$size" = full ] && echo 2 || echo 5)
timeout --foreground --preserve-status -s INT "$seconds" \
    "$program" demo $short --epochs 100000 --output early >out 2>err
status=$?
[ $status -eq 0 ] && [ -s early.safetensors ] && [ -s early.svg ] && grep -q '^[0-9]* epochs, ' out &&
    pass "ctrl-C: $(grep ' epochs, ' out)" || fail "ctrl-C: exit status $status"
run 0 --help
prints demo train run --seconds --block '(44100)'
run 0 run --help
run 0 --version
[ -s out ] || fail "--version prints nothing"
finish
