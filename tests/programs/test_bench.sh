#!/bin/sh
# The benchmark's curves over widths and their picture: test_bench.sh PATH_TO_RNN_BENCH
set -u

. "$(dirname "$0")/program.sh"
plot="$source/bench/plot"

# ---- the numbers ----------------------------------------------------------------------------------------------------

# A step of a GRU of 20 units has 2 * 3 * 20 * 40 operations; up to 32 units 4096 steps are a call.
run 0 --widths --prefix 'width gru H20 B1'
row=$(grep '^width gru H20 B1	' out)
[ "$(echo "$row" | awk -F '\t' '{ print NF }')" -eq 5 ] && pass "five columns" || fail "not five columns"
rate=$(echo "$row" | awk -F '\t' '{ print 2 * 3 * 20 * 40 * 4096 / $2 * 1e-3 / $3 }')
holds "$rate > 0.99 && $rate < 1.01" && pass "operations per second" || fail "time and operations differ by $rate"
same=$(echo "$row" | awk -F '\t' '{ print $3 / $4 / $5 }')
holds "$same > 0.98 && $same < 1.02" && pass "the ratio is that of two columns" || fail "the ratio is off by $same"
[ "$(grep -c '^width ' out)" -eq 1 ] || fail "not only what the prefix says"
prints '^widths gru B1 lowest ratio	[0-9.]*	H20$' '^widths gru B1 below 0.85	[01]	of 1$'

run 0 --widths --prefix 'width lstm H16 B32'
prints '^width lstm H16 B32	.*	1[.]000$' '^widths lstm B32 below 0.85	0	of 1$' # compared with itself

# ---- the picture ----------------------------------------------------------------------------------------------------

if ! command -v python3 >/dev/null; then
    echo "SKIPPED: no python3 to draw with"
    finish
    exit 0
fi

# widths: two cells and two batches, up to 64 units; below 0.85 are two widths of the LSTM, batch 32.
widths() {
    for cell in lstm gru; do
        for batch in 1 32; do
            awk -v cell=$cell -v batch=$batch 'BEGIN {
                for (h = 4; h <= 64; h += 4) {
                    ratio = cell == "lstm" && batch == 32 && (h == 20 || h == 36) ? 0.7 : 1
                    printf "width %s H%d B%d\t100.000\t%.3f\t%.3f\t%.3f\n", cell, h, batch, h * ratio, h, ratio
                }
            }'
        done
    done
}

(printf 'fma\t80.0\tGFLOP/s\n' && widths) >widths.txt
"$plot" widths widths.txt widths.svg >out 2>err || fail "plot widths: $(cat err)"
draws widths.svg '>Batch 1<' '>Batch 32<' '>LSTM<' '>GRU<' 'multiply-add: 80 GFLOP/s'
[ "$(grep -c '<polyline ' widths.svg)" -eq 4 ] || fail "not a curve for each cell and batch"
[ "$(grep -c '<circle .*<title>' widths.svg)" -eq 16 ] || fail "not a dot for each multiple of 16 units"
[ "$(grep -c '<path .*<title>' widths.svg)" -eq 2 ] || fail "not a cross for each width below 0.85"

widths | "$plot" widths - - >unlimited.svg 2>err || fail "plot widths - -: $(cat err)"
draws unlimited.svg '>LSTM<'
grep -q multiply-add unlimited.svg && fail "a peak that the input does not have"

"$plot" widths "$plot" no.svg >out 2>err
[ $? -eq 1 ] && [ ! -e no.svg ] && grep -q '^plot: .*not the output of rnn-bench --widths$' err &&
    pass "refused: another file" || fail "plot draws another file"
finish
