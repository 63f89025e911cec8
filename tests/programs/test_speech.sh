#!/bin/sh
# The example program speech from end to end: test_speech.sh PATH_TO_SPEECH full|small|real [RECORDINGS]
# full and small are the same.  real is something else: it learns real recordings (Free Spoken Digit Dataset), where they
# are.
set -u

[ $# -eq 2 ] || [ $# -eq 3 ] || { echo "usage: $0 PATH_TO_SPEECH full|small|real [RECORDINGS]" >&2; exit 2; }
size=$2
OPENBLAS_NUM_THREADS=1 # more cost small networks time, above all where other tests run beside this one
export OPENBLAS_NUM_THREADS
. "$(dirname "$0")/program.sh"
recordings=${3-$source/../shared/data/speech/recordings}

# wav "PITCH..." SAMPLES [RATE CHANNELS BITS CODE]: a WAV file of tones, each of so many samples, with a chunk in the
# middle that nobody knows.
wav() {
    # shellcheck disable=SC2059
    printf "$(awk -v pitches="$1" -v samples="$2" -v rate="${3-8000}" -v channels="${4-1}" -v bits="${5-16}" \
        -v code="${6-1}" '
        function write(value, size) {
            for (; size > 0; size--) { printf "\\%03o", value % 256; value = int(value / 256) }
        }
        BEGIN {
            count = split(pitches, pitch, " ")
            format = code == 65534 ? 40 : 16
            printf "RIFF"; write(4 + 8 + format + 12 + 8 + 2 * count * samples, 4)
            printf "WAVEfmt "; write(format, 4); write(code, 2); write(channels, 2); write(rate, 4)
            write(rate * channels * bits / 8, 4); write(channels * bits / 8, 2); write(bits, 2)
            if (format == 40) { write(22, 2); write(bits, 2); write(0, 4); write(1, 2); write(0, 14) }
            printf "odd "; write(3, 4); printf "abc\\000data"; write(2 * count * samples, 4)
            for (i = 1; i <= count; i++)
                for (t = 0; t < samples; t++)
                    write((int(9000 * sin(6.283185307 * pitch[i] * t / rate)) + 65536) % 65536, 2)
        }')"
}

# Digit d is a tone a third higher than d - 1; speakers and repetitions differ a little.
pitch() { awk -v digit="$1" -v more="$2" 'BEGIN { print 250 * 1.26 ^ digit * (1 + more / 100) }'; }

mkdir folder data
for digit in 0 1 2 3 4 5 6 7 8 9; do
    for index in 0 5 6; do
        wav "$(pitch $digit $index)" 1000 >data/${digit}_ann_$index.wav
        wav "$(pitch $digit -$index)" 1200 >data/${digit}_bob_$index.wav
    done
done

# percent ROW: the first number before a % in the row of a table.
percent() { sed -n "s/^$1 //p" out | awk '{ for (i = 2; i <= NF; i++) if ($i == "%") { print $(i - 1); exit } }'; }

# ---- real recordings ------------------------------------------------------------------------------------------------

if [ "$size" = real ]; then
    if [ -d "$recordings" ]; then
        run 0 train "$recordings" --epochs 8
        sed -n '/^speaker/,$p' out
        holds "$(percent all) >= 97" && pass "real recordings: $(grep '^all' out)" ||
            fail "fewer than 97 % of the real recordings are right"
        run 0 train "$recordings" --strings --epochs 30 --output strings.safetensors
        sed -n '/^decoding/,$p' out
        holds "$(percent 'best path') <= 8" && pass "real strings: $(grep '^best path' out)" ||
            fail "more than 8 % of the digits of real strings are wrong"
    else
        echo "SKIPPED: no recordings in $recordings (Free Spoken Digit Dataset)"
    fi
    finish
    exit
fi

# ---- single digits --------------------------------------------------------------------------------------------------

tiny="--units 12 --batch 8 --rate 0.02 --epochs 12"
run 0 train data $tiny
prints '40 recordings to train with, 20 held out' 'epoch  12/12' '^ann  *10 ' '^bob  *10 ' 'parameters' 'speech.svg'
holds "$(percent all) >= 80" && pass "$(grep '^all' out)" || fail "tones are not told apart"
draws speech.svg 'nats a recording' '>training' '>held out' 'Digits said'
mv speech.safetensors digits.safetensors

run 0 train data $tiny --threads 2 --output again.safetensors
cmp -s digits.safetensors again.safetensors && pass "the same seed, the same weights, with two threads too" ||
    fail "the same seed, other weights"
run 0 train data $tiny --epochs 1 --seed 2 --output other.safetensors
[ -s other.svg ] || fail "no picture beside the checkpoint"

wav "$(pitch 7 1)" 1100 >seven.wav
run 0 recognise seven.wav --model digits.safetensors --picture seven.svg
[ "$(sed -n 's/^\([0-9]\) .*/\1/p' out | head -n 1)" = 7 ] && pass "a seven is heard" || fail "no seven is heard"
[ "$(wc -l <out)" -eq 4 ] || fail "not three digits"
sed 's/<rect /<polyline /' seven.svg >bars.svg # a picture of bars has no curve
draws bars.svg 'seven.wav' 'Probability of each digit' 'Log-mel spectrogram'
wav 250 1 >brief.wav
run 0 recognise brief.wav --model digits.safetensors && pass "one sample is enough"
wav "$(pitch 7 1)" 1100 8000 1 16 65534 >extensible.wav
cp out before
run 0 recognise seven.wav --model digits.safetensors
mv out before
run 0 recognise extensible.wav --model digits.safetensors
cmp -s out before && pass "WAVE_FORMAT_EXTENSIBLE" || fail "WAVE_FORMAT_EXTENSIBLE is heard as something else"

# ---- strings --------------------------------------------------------------------------------------------------------

run 0 train data --strings --units 24 --batch 8 --rate 0.02 --epochs 5 --draws 200 --output strings.safetensors
prints 'digit errors' '^best path' '^prefix beam search'
holds "$(percent 'best path') <= 20" && pass "$(grep '^best path' out)" || fail "strings of tones are not understood"
draws strings.svg 'A held-out string: ' 'seconds' '>high<' 'nats a digit'
wav "$(pitch 3 0) $(pitch 1 0) $(pitch 4 0) $(pitch 8 0)" 1100 >number.wav
run 0 recognise number.wav --model strings.safetensors --picture number.svg
prints 'second'
grep -q '^digits: 3 1 4 8$' out && pass "$(head -n 1 out)" || fail "3 1 4 8 is not what is heard"
draws number.svg 'number.wav' 'seconds' '>low<'
awk 'NR > 2 { times++; if ($2 < 0.1375 * (times - 1) || $2 > 0.1375 * times) wrong++ } END { exit !(times == 4 && !wrong) }' out &&
    pass "each in its own time" || fail "digits are not where they were spoken"

# ---- what is refused ------------------------------------------------------------------------------------------------

: >empty.wav
printf 'no sound' >text.wav
head -c 300 seven.wav >cut.wav
head -c 30 seven.wav >head.wav
head -c 48 seven.wav >without.wav
wav "" 0 >silent.wav
wav 250 100 8000 2 >stereo.wav
wav 250 100 8000 1 8 >coarse.wav
wav 250 100 16000 >fast.wav
wav 250 100 4000 >slow.wav
wav 250 100 8000 1 16 7 >coded.wav
{ head -c 52 seven.wav; printf '\377\377\377\377'; tail -c +57 seven.wav; } >lying.wav
{ head -c 40 seven.wav; printf '\377\377\377\377'; tail -c +45 seven.wav; } >lying_chunk.wav
{ head -c 16 seven.wav; printf '\377\377\377\177'; tail -c +21 seven.wav; } >lying_format.wav
{ head -c 52 seven.wav; printf '\003\000\000\000'; tail -c +57 seven.wav; } >half.wav
printf 'RIFF\020\000\000\000WAVEfmt \002\000\000\000\001\000' >short.wav
hears() { pattern=$1; refuses "$2: .*$pattern" recognise "$2" --model digits.safetensors; }
hears 'No such file' absent.wav
hears 'Is a directory' folder
hears 'the file is empty' empty.wav
hears 'is no WAV file' text.wav
hears "truncated: the chunk at byte 48 should have 2200 bytes, 244 are there" cut.wav
hears "truncated: the chunk at byte 12 " head.wav
hears "no chunk 'data'" without.wav
hears 'the file has no samples' silent.wav
hears '2 channels' stereo.wav
hears '8 bits' coarse.wav
hears '16000 samples a second; the model digits.safetensors was trained with 8000' fast.wav
hears '4000 samples a second; only rates from' slow.wav
hears 'coded (format 7)' coded.wav
hears "truncated: the chunk at byte 48 should have 4294967295" lying.wav
hears "truncated: the chunk at byte 36 " lying_chunk.wav
hears "truncated: the chunk at byte 12 " lying_format.wav
hears 'only half there' half.wav
hears 'has 2 bytes; 16 are needed' short.wav

printf 'not a checkpoint' >broken.safetensors
refuses 'rnn_load' recognise seven.wav
refuses 'rnn_load' recognise seven.wav --model broken.safetensors
edited() { sed "s/$1/$2/" digits.safetensors >edited.safetensors; refuses "$3" recognise seven.wav --model edited.safetensors; }
: >edited.safetensors
edited 'speech\.task' 'speech.tusk' "is not one of speech: it has no note 'speech.task'"
edited 'one of the digits 0' 'one of the digits 1' 'is for another task'
edited '40 log-mel' '41 log-mel' 'is for other features'
edited '"speech\.rate":"8000"' '"speech.rate":"80zz"' "speech.rate: '80zz' is not a whole number"
edited '"speech\.mean":"-' '"speech.mean":"x' "the note 'speech.mean' should be 40 numbers"
edited '"speech\.deviation":"\([0-9]\)' '"speech.deviation":"-' "speech.deviation' has a number that is not above 0"
edited 'deviation":"[^ ]*\( [^ ]*\) ' 'deviation":"1 ' "should be 40 numbers\|rnn_load"

mkdir names train_only mixed
wav 250 100 >names/seven.wav
refuses 'names/seven.wav: the name is not DIGIT_SPEAKER_INDEX.wav' train names
rm names/seven.wav
refuses 'names: no file in it ends in .wav' train names
refuses 'absent: No such file' train absent
cp data/3_ann_5.wav train_only
refuses 'there must be recordings to train with' train train_only
cp data/3_ann_0.wav mixed
wav 250 100 16000 >mixed/4_ann_5.wav
refuses 'mixed/4_ann_5.wav: there are 16000 samples a second, but 8000' train mixed
cp stereo.wav mixed/4_ann_5.wav
refuses 'mixed/4_ann_5.wav: there are 2 channels' train mixed
for bad in 0 -1 1.5 x; do
    refuses "'$bad' is not a whole number" train data --units "$bad"
done
refuses "'0' is not a number" train data --rate 0
refuses 'no option --depth' train data --depth 3
refuses '--strings takes no value' train data --strings=yes
refuses 'train needs FOLDER' train
refuses 'recognise needs FILE' recognise
refuses 'folder: is there and is not a regular file' train data --output folder
refuses 'cannot be written: No such file' train data --output absent/speech.safetensors
refuses 'absent/a.svg: No such file' recognise seven.wav --model digits.safetensors --picture absent/a.svg

run 0 --help
prints train recognise --strings --picture '(96)'
run 0 --version
if [ -w /dev/full ]; then
    notices_full_disk recognise seven.wav --model digits.safetensors
    run 1 recognise seven.wav --model digits.safetensors --picture /dev/full
    grep -q '^speech: /dev/full: the picture could not be written' err && pass "also by the picture" ||
        fail "a picture on a full disk goes unnoticed"
fi

finish
