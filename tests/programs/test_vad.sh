#!/bin/sh
# The example program vad from end to end: test_vad.sh PATH_TO_VAD [real [DATA]]
# real compares the published weights in it with the same weights in PyTorch, on a minute of recordings below DATA.  The
# weights are the file RNN_VAD_WEIGHTS, which examples/vad/fetch-weights makes; RNN_PYTHON is a Python that has torch.
set -u

[ $# -ge 1 ] && [ $# -le 3 ] && [ "${2-real}" = real ] || { echo "usage: $0 PATH_TO_VAD [real [DATA]]" >&2; exit 2; }
python=${RNN_PYTHON:-python3}
mode=${2-}
weights=${RNN_VAD_WEIGHTS-}
case $weights in
/* | "") ;;
*) weights=$PWD/$weights ;;
esac
case ${3-} in
/* | "") recordings=${3-} ;;
*) recordings=$PWD/$3 ;;
esac
. "$(dirname "$0")/program.sh"
recordings=${recordings:-$source/../shared/data}
PYTHONDONTWRITEBYTECODE=1
export PYTHONDONTWRITEBYTECODE

command -v "$python" >/dev/null || { echo "SKIPPED: no $python, which makes weights and recordings"; exit 77; }
data() { "$python" "$source/tests/programs/vad_data.py" "$@" || fail "vad_data.py $*"; }

# ---- the published weights ------------------------------------------------------------------------------------------

if [ "$mode" = real ]; then
    if [ ! -f "$weights" ]; then
        echo "SKIPPED: RNN_VAD_WEIGHTS is not the file that examples/vad/fetch-weights makes"
    elif [ ! -d "$recordings/speech/recordings" ]; then
        echo "SKIPPED: no recordings in $recordings/speech/recordings (Free Spoken Digit Dataset)"
    elif ! "$python" -c 'import numpy, torch' 2>err; then
        echo "SKIPPED: $python has no torch or no numpy"
    else
        "$python" "$source/bench/vad_peers.py" "$program" "$weights" "$recordings" --minutes 1 >out 2>err &&
            pass "the probabilities are those of PyTorch, of recordings$(tail -n 1 out | tr -s ' ')" ||
            fail "the probabilities are not those of PyTorch"
    fi
    finish
    exit
fi

# ---- probabilities --------------------------------------------------------------------------------------------------

# close FILE OTHER: as many numbers in both, and no two of a line further apart than 1e-5.
close() {
    [ "$(wc -l <"$1")" -eq "$(wc -l <"$2")" ] &&
        paste "$1" "$2" | awk '{ d = $1 - $2; if (!(d >= -1e-5 && d <= 1e-5)) { print "line " NR ": " $0; bad = 1 } } END { exit bad || !NR }'
}

data random weights
data noise noise.wav
data expected weights noise.wav >expected
run 0 weights noise.wav --probabilities found --time
prints "segment" "ms for a second of sound"
close found expected && pass "the probabilities are those of plain loops" || fail "other probabilities than expected"
[ "$(sort -u expected | wc -l)" -eq 16 ] || fail "the expected probabilities hardly depend on the sound"
run 0 weights noise.wav --probabilities again
cmp -s found again && pass "the same recording, the same probabilities" || fail "the same recording, other probabilities"

# ---- segments -------------------------------------------------------------------------------------------------------

# Planted levels, LEVEL:CHUNKS.  0.5 is a probability of 0.99, 0.2 one of 0.47, 0 one of 0.02.
planted="0:10 0.5:10 0:3 0.5:5 0:4 0.5:5 0:10 0.5:10 0.2:10 0:6 0.2:10 0:6 0.5:9.5"
data detector detector
for rate in 16000 8000; do
    # shellcheck disable=SC2086
    data levels $rate.wav $rate $planted
    # 3 quiet chunks do not end speech, 4 do; 5 loud ones are too short; 0.47 does not begin speech but continues it;
    # the last segment ends with the recording, in the middle of a chunk.
    cat >want <<'END'
    0.32 to     0.90 s
    1.50 to     2.14 s
    2.85 to     3.15 s
3 segments of speech, 1.52 seconds
END
    run 0 detector $rate.wav --probabilities levels.$rate --picture $rate.svg
    cmp -s out want && pass "speech where it was planted, $rate Hz" || fail "other segments, $rate Hz"
    draws $rate.svg "Voice activity" "seconds" "threshold of 0.5"
    sed '2a\
    2.34 to     2.66 s
s/^3 seg.*/4 segments of speech, 1.84 seconds/' want >lower
    run 0 detector $rate.wav --threshold 0.3
    cmp -s out lower && pass "more speech with a lower threshold" || fail "other segments with a lower threshold"
    run 0 detector $rate.wav --threshold 1
    prints "^0 segments of speech, 0.00 seconds"
done
data expected detector 16000.wav >expected
close levels.16000 expected && pass "the planted probabilities" || fail "other probabilities than planted"
data levels brief.wav 16000 0.5:0.002
run 0 detector brief.wav --probabilities brief
[ "$(wc -l <brief)" -eq 1 ] && pass "one sample is enough" || fail "one sample is not one chunk"

# ---- what is refused ------------------------------------------------------------------------------------------------

data random lacking conv3.bias
data levels fast.wav 44100 0.5:3
refuses "needs WEIGHTS FILE.wav" weights
refuses "no tensor conv3.bias" lacking noise.wav
refuses 'cannot open "absent": No such file' absent noise.wav
refuses "nothing.wav: No such file" weights nothing.wav
refuses "weights: the file is no WAV file" weights weights
refuses "fast.wav: there are 44100 samples a second; only 8000 and 16000 are read" weights fast.wav
refuses "threshold" weights noise.wav --threshold 7
refuses "'--loud' is no option" weights noise.wav --loud
refuses "absent/a.svg: cannot be written: No such file" weights noise.wav --picture absent/a.svg
refuses "absent/p: cannot be written: No such file" weights noise.wav --probabilities absent/p
if [ -w /dev/full ]; then
    notices_full_disk detector 16000.wav
fi

# ---- fetch-weights --------------------------------------------------------------------------------------------------

# unfetched PATTERN ARGUMENTS...: fetch-weights ends with status 1 and this message, and writes nothing.
unfetched() {
    pattern=$1
    shift
    "$python" "$source/examples/vad/fetch-weights" "$@" >out 2>err
    [ $? -eq 1 ] && grep -q "^fetch-weights: .*$pattern" err && [ ! -e fetched ] && pass "refused: $(cat err)" ||
        fail "fetch-weights $*: no such message: $pattern"
}
printf 'no wheel' >wrong.whl
unfetched 'its SHA-256 is [0-9a-f]*, expected 7b7f5436' fetched --wheel wrong.whl
unfetched 'absent.whl: No such file' fetched --wheel absent.whl

finish
