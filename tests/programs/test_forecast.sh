#!/bin/sh
# The example program forecast from end to end, on generated series: test_forecast.sh PATH_TO_FORECAST full|small
# The run is short enough for builds that are slow; full also runs another seed.
set -u

[ $# -eq 2 ] || { echo "usage: $0 PATH_TO_FORECAST full|small" >&2; exit 2; }
size=$2
OPENBLAS_NUM_THREADS=1 # more cost small networks time, above all where other tests run beside this one
export OPENBLAS_NUM_THREADS
. "$(dirname "$0")/program.sh"

# row NAME N: number N of the row of the final table.
row() { sed -n "s/^$1   *//p" out | awk -v n="$2" '{ print $n }'; }

# The claims: an interval that covers what it should, and a network that is better than the week before.
checks_scores() {
    coverage=$(row 'values in the 80 % interval' 1)
    holds "$coverage > 70 && $coverage < 90" && pass "coverage $coverage %" || fail "coverage $coverage %"
    for name in 'mean absolute error' 'pinball loss'; do
        holds "$(row "$name" 1) > 0 && $(row "$name" 1) < $(row "$name" 2)" && pass "$name" || fail "$name: no better"
    done
}

# The table again, by the formulas of the scores.
checks_table() {
    awk -F, 'NR == 1 { next } $2 == "" { next }
        { n++; inside += $2 >= $3 && $2 <= $5; error += $2 > $4 ? $2 - $4 : $4 - $2; if ($3 > $4 || $4 > $5) crossed++ }
        END { printf "%d %.6f %.6f %d\n", n, 100 * inside / n, error / n, crossed }' "$1" >scores
    read -r steps inside error crossed <scores
    [ "$steps" = "$(sed -n 's/^held out, \([0-9]*\) steps.*/\1/p' out)" ] || fail "$1: $steps steps"
    [ "$crossed" = 0 ] || fail "$1: $crossed quantiles cross"
    holds "($inside - $(row 'values in the 80 % interval' 1)) ^ 2 < 0.01" || fail "$1: coverage $inside"
    holds "($error - $(row 'mean absolute error' 1)) ^ 2 < 1e-6" && pass "$1" || fail "$1: error $error"
}

short='--hours 1500 --units 16 --epochs 15'

# ---- a generated series ---------------------------------------------------------------------------------------------

run 0 $short --output one
checks_scores
checks_table one.csv
draws one.svg 'Forecasts as quantiles' '<polygon ' 'Pinball loss' '>validation'
[ "$(ls -A | grep -c '^one')" -eq 2 ] || fail "not a picture and a table: $(ls -A)"
run 0 $short --output again --threads 2
cmp -s one.csv again.csv && pass "the same forecasts with two threads" || fail "other forecasts with two threads"
if [ "$size" = full ]; then
    run 0 $short --seed 2 --output other
    checks_scores
    cmp -s one.csv other.csv && fail "another seed, the same run" || pass "another seed, another run"
fi
run 0 $short --epochs 2 --patience 1 --min-delta 1e9 --output stopped
[ "$(grep -c '^epoch' out)" -eq 2 ] || fail "not two epochs"
run 0 $short --patience 2 --min-delta 1e9 --output stopped
[ "$(grep -c '^epoch' out)" -eq 3 ] && pass "--min-delta" || fail "not three epochs"

# ---- a file, with another day and missing values --------------------------------------------------------------------

awk 'BEGIN { print "time,\"load, kW\",constant"
    for (t = 0; t < 900; t++)
        print t "," (t % 97 == 5 ? "" : 10 + 3 * sin(t * 6.2831853 / 12) + (t * 7919 % 101) / 100) ",5" }' >load.csv
run 0 load.csv 'load, kW' --day 12 --units 12 --epochs 15 --output file
checks_table file.csv
prints 'mean absolute error' 'a week ago'
draws file.svg 'load, kW'
run 0 load.csv constant --day 12 --units 4 --epochs 1 --output constant
holds "$(row 'mean absolute error' 2) == 0" && pass "a constant series" || fail "a constant series"

# ---- what is refused ------------------------------------------------------------------------------------------------

mkdir folder
printf 'a,b\n1,x\n' >word.csv
printf 'a,b\n1,2\n3\n' >fields.csv
printf 'a,b\n1,2\n3,4\n' >brief.csv
refuses "load.csv: the first line has no column 'price'" load.csv price
refuses "word.csv: line 2: 'x' is not a number" word.csv b
refuses 'fields.csv: line 3 has fewer than 2 fields' fields.csv b
refuses 'b has 2 values, expected at least' brief.csv b
refuses 'generated load has 600 values, expected at least' --hours 600
refuses 'absent.csv' absent.csv b
refuses "--day: '0' is not a whole number" --day 0
refuses "--min-delta: '-1' is not a number" --min-delta -1
refuses "'--depth' is no option" --depth 3
refuses 'cannot be written: No such file' $short --output absent/forecast

run 0 --help
prints --hours --min-delta 'FILE.csv COLUMN' '(24)'
run 0 --version
[ -s out ] || fail "--version prints nothing"
finish
