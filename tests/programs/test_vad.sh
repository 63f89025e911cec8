#!/bin/sh
# The example program vad from end to end, with random weights: test_vad.sh PATH_TO_VAD
set -u

[ $# -eq 1 ] || { echo "usage: $0 PATH_TO_VAD" >&2; exit 2; }
. "$(dirname "$0")/program.sh"
python=${RNN_PYTHON:-python3}
command -v "$python" >/dev/null || { echo "skipped: no $python, which makes the weights"; exit 77; }

"$python" "$source/tests/programs/vad_weights.py" weights || fail "no weights"
"$python" "$source/tests/programs/vad_weights.py" lacking conv3.bias || fail "no weights"

# A second of a tone at this rate.
tone() {
    "$python" -c '
import math, struct, sys, wave
rate = int(sys.argv[2])
file = wave.open(sys.argv[1], "wb")
file.setparams((1, 2, rate, 0, "NONE", ""))
file.writeframes(b"".join(struct.pack("<h", int(9000 * math.sin(2 * math.pi * 300 * t / rate))) for t in range(rate)))
' "$1" "$2"
}
tone 16.wav 16000
tone 8.wav 8000

run 0 weights 16.wav --probabilities p16 --picture picture.svg --time
prints "segment" "ms for a second of sound"
[ "$(wc -l <p16)" -eq 32 ] || fail "$(wc -l <p16) probabilities of a second, expected 32"
awk '!($1 > 0 && $1 < 1) { exit 1 }' p16 || fail "a probability is not between 0 and 1"
grep -q "</svg>" picture.svg || fail "no picture"

# The same again, and another rate hears nearly the same.
run 0 weights 16.wav --probabilities again
cmp -s p16 again || fail "the same recording has other probabilities"
run 0 weights 8.wav --probabilities p8
paste p16 p8 | awk '{ d = $1 - $2; if (d < 0) d = -d; if (d > 0.1) exit 1 }' || fail "8 kHz: other probabilities"
[ "$(sort -u p16 | wc -l)" -gt 10 ] || fail "the probabilities hardly depend on the sound"

# Everything is speech at the lowest threshold or nothing at the highest, by what the probabilities are.
run 0 weights 16.wav --threshold 1
prints "0 segments of speech"

refuses "needs WEIGHTS FILE.wav" weights
refuses "no tensor conv3.bias" lacking 16.wav
refuses "nothing.wav" weights nothing.wav
refuses "no WAV file" weights weights
refuses "threshold" weights 16.wav --threshold 7
refuses "no option" weights 16.wav --loud
finish
