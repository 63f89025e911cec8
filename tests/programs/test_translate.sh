#!/bin/sh
# The example program translate from end to end: test_translate.sh PATH_TO_TRANSLATE full|small|real [FOLDER]
# full learns a small language, small does not get as far: for builds that are slow, with sanitizers or without
# optimisation.  real is something else: two minutes of real sentences, where FOLDER (train*.en, ..., test*.de) has them.
set -u

[ $# -ge 2 ] || { echo "usage: $0 PATH_TO_TRANSLATE full|small|real [FOLDER]" >&2; exit 2; }
size=$2
OPENBLAS_NUM_THREADS=1
export OPENBLAS_NUM_THREADS
folder=${3:-}
case $folder in '' | /*) ;; *) folder=$(pwd)/$folder ;; esac
. "$(dirname "$0")/program.sh"
folder=${folder:-$source/../shared/data/translation}

# number NAME: what stands behind it in a line of out.
number() { sed -n "s/.*$1  *\([0-9.]*\).*/\1/p" out | tail -n 1; }

# pairs COUNT SEED PART: sentences of a language of ten words, and their translations, in which every word is another
# and each two stand the other way around.  One word in forty is one that the training set has once.
pairs() {
    awk -v count="$1" -v seed="$2" -v part="$3" 'BEGIN {
        srand(seed)
        for (i = 0; i < count; i++) {
            n = 2 + int(rand() * 5)
            from = into = ""
            for (j = 0; j < n; j++) word[j] = rand() < 0.025 ? "rare" i "x" j : "w" int(rand() * 10)
            for (j = 0; j < n; j++) {
                k = j % 2 ? j - 1 : (j + 1 < n ? j + 1 : j)
                from = from (j ? " " : "") word[j]
                other = word[k]
                sub(/^w/, "ü", other)
                into = into (j ? " " : "") other
            }
            print from > ("data/" part ".tiny.en")
            print into > ("data/" part ".tiny.de")
        }
    }'
}

# bleu OTHER REFERENCE: as it is defined, by another program.
bleu() {
    paste -d '|' "$1" "$2" | awk -F '|' '
        function grams(words, n, counts,    w, count, i, j, g, sum) {
            split("", counts)
            count = split(words, w, " ")
            for (i = 1; i + n - 1 <= count; i++) {
                g = w[i]
                for (j = 1; j < n; j++) g = g " " w[i + j]
                counts[g]++
                sum++
            }
            return sum + 0
        }
        {
            for (n = 1; n <= 4; n++) {
                total[n] += grams($1, n, a)
                length_of = grams($2, n, b)
                if (n == 1) reference += length_of
                for (g in a) match_of[n] += g in b ? (a[g] < b[g] ? a[g] : b[g]) : 0
            }
        }
        END {
            for (n = 1; n <= 4; n++) {
                if (!match_of[n]) { print "0.00"; exit }
                sum += log(match_of[n] / total[n]) / 4
            }
            brevity = 1 - reference / total[1]
            printf "%.2f\n", 100 * exp(sum + (brevity < 0 ? brevity : 0))
        }'
}

# ---- real sentences -------------------------------------------------------------------------------------------------

if [ "$size" = real ]; then
    if [ -d "$folder" ]; then
        run 0 train "$folder" --units 128 --embedding 128 --words 4000 --epochs 4 --rate 0.003 --output real.model
        sed -n '/^epoch/p; /test sentences/p; /^beam/p' out
        holds "$(number 'beam 5') > 10" && pass "BLEU is above 10" || fail "BLEU is not above 10"
    else
        echo "SKIPPED: $folder is not here"
    fi
    finish
    exit
fi

# ---- a small language -----------------------------------------------------------------------------------------------

mkdir data
pairs 1500 1 train
pairs 60 2 val
pairs 80 3 test
[ "$size" = full ] && epochs=12 || epochs=2
tiny="--units 32 --embedding 16 --batch 16 --epochs $epochs --rate 0.005 --dropout 0.1"
run 0 train data $tiny --output tiny.model
prints '1500 pairs of sentences, 13 and 13 words' "epoch  *$epochs/$epochs" '80 test sentences' 'beam 1 ' 'beam 5 '
cp out trained
files='decoder.safetensors encoder.safetensors queries.safetensors source.txt target.txt '
[ "$(ls tiny.model | tr '\n' ' ')" = "$files" ] &&
    pass "a network" || fail "not a network: $(ls tiny.model)"
draws tiny.model.svg 'Loss of a word' '>epochs<' '>(end)<' '>ü[0-9]<' '>w[0-9]<'

run 0 file data/test.tiny.en --model tiny.model
cp out translated
[ "$(wc -l <translated)" -eq 80 ] && pass "a line for a line" || fail "not 80 lines"
run 0 score data/test.tiny.en data/test.tiny.de --model tiny.model
counted=$(bleu translated data/test.tiny.de)
printed=$(sed -n 's/^beam 5  *\([0-9.]*\).*/\1/p' trained)
[ "$(number BLEU)" = "$counted" ] && [ "$printed" = "$counted" ] && pass "BLEU $counted, as another program counts it" ||
    fail "BLEU is $counted, not $(number BLEU) or $printed"
if [ "$size" = full ]; then
    holds "$(number BLEU) > 85" && pass "the small language is learnt" || fail "the small language is not learnt"
    grep -q 'rare' translated && pass "words that are not known are copied" || fail "no unknown word was copied"
fi
for precision in bf16 int8; do
    run 0 score data/test.tiny.en data/test.tiny.de --model tiny.model --precision $precision
    holds "$(number BLEU) > $counted - 3 && $(number BLEU) < $counted + 3" && pass "$precision: BLEU $(number BLEU)" ||
        fail "$precision: BLEU is $(number BLEU)"
done
run 0 file data/test.tiny.en --model tiny.model --beam 1 --threads 2 --picture one.svg
shows one.svg '>(end)<' '<path ' "$(head -n 1 data/test.tiny.en | cut -d ' ' -f 1)"
cp out greedy
run 0 file data/test.tiny.en --model tiny.model --beam 1
cmp -s out greedy && pass "threads and a picture change nothing" || fail "threads or a picture change a translation"
run 0 train data $tiny --output again.model --threads 3
differ=
for file in $files; do
    cmp -s tiny.model/$file again.model/$file || differ=$file
done
[ -z "$differ" ] && pass "the same seed, the same network, on three threads too" || fail "the same seed, another $differ"
run 0 train data $tiny --epochs 1 --seed 2 --output other.model
cmp -s tiny.model/encoder.safetensors other.model/encoder.safetensors && fail "another seed, the same run" ||
    pass "another seed, another run"
run 0 train data $tiny --epochs 1 --words 4 --output four.model
prints '7 and 7 words'
run 0 train data $tiny --epochs 1 --from de --into en --beam 1 --output back.model
prints 'beam 1 '

# ---- what is refused ------------------------------------------------------------------------------------------------

# folder NAME: a copy of the data that can be spoilt.
folder() { cp -r data "$1"; }
mkdir nothing
folder uneven && sed -i '$d' uneven/val.tiny.de
folder hole && sed -i 's/.*//;3q' hole/test.tiny.en
folder bare && rm bare/train.tiny.de && : >bare/train.tiny.de
folder rare
mkdir valonly && cp data/val.tiny.* valonly
printf 'text' >text
printf 'w1 w2\n\nw3\n' >gap
printf 'w1 \000w2\n' >zero
: >empty

refuses 'no command given: train, file or score'
refuses "'learn' is no command" learn
refuses 'train needs FOLDER' train
refuses "'more' came too" train data more
refuses 'no option --depth' train data --depth 3
refuses '--units needs a value' train data --units
for bad in 0 -1 1.5 12x ''; do
    refuses "'$bad' is not a whole number" train data --units "$bad"
done
for bad in -0.1 1 nan x; do
    refuses "'$bad' is not a number" train data --dropout "$bad"
done
refuses 'absent: No such file' train absent
refuses 'text: Not a directory' train text
refuses 'nothing: no file in it ends in .en' train nothing
refuses 'no file in it ends in .fr' train data --into fr
refuses 'valonly: no file of it is called train\*.en' train valonly
refuses 'val.tiny.en has 60 sentences, uneven/val.tiny.de has 59' train uneven
refuses 'test.tiny.en: line 1: no words' train hole
refuses 'bare/train.tiny.de: the file is empty' train bare
refuses 'no word of it occurs 100000 times' train rare --least 100000
refuses 'text/model: no folder can be made: Not a directory' train data --output text/model
refuses 'text/encoder.safetensors: cannot be written' train data --output text
refuses 'no folder can be made: No such file' train data --output absent/model

refuses 'rnn_load' file gap --model absent
cp -r tiny.model cut.model && head -c 200 tiny.model/decoder.safetensors >cut.model/decoder.safetensors
cp -r tiny.model mixed.model && cp other.model/queries.safetensors mixed.model
cp -r tiny.model fewer.model && sed -i '$d' fewer.model/target.txt
cp -r tiny.model twice.model && sed -i '$p' twice.model/source.txt
cp -r tiny.model plain.model && printf 'house\ncat\n' >plain.model/source.txt
refuses 'rnn_load' file gap --model cut.model
refuses 'mixed.model: what is in it does not make a network' file gap --model mixed.model
refuses 'fewer.model: what is in it does not make a network' file gap --model fewer.model
refuses 'twice.model/source.txt: line 14' file gap --model twice.model
refuses "plain.model/source.txt: line 1 is 'house' instead of '<begin>'" file gap --model plain.model
refuses 'absent: No such file' file absent --model tiny.model
refuses 'empty: the file is empty' file empty --model tiny.model
refuses 'gap: line 2: no words' file gap --model tiny.model
refuses 'zero: not a text' file zero --model tiny.model
refuses "'int4' is not float32, bf16 or int8" file data/val.tiny.en --model tiny.model --precision int4
refuses 'has 80 sentences, data/val.tiny.de has 60' score data/test.tiny.en data/val.tiny.de --model tiny.model
refuses 'absent/p.svg: No such file' file data/val.tiny.en --model tiny.model --picture absent/p.svg

run 0 --help
prints 'translate train FOLDER' 'translate file FILE' 'translate score FILE REFERENCE' --units '(256)'
run 0 --version
[ -s out ] || fail "--version prints nothing"
if [ -w /dev/full ]; then notices_full_disk file data/val.tiny.en --model tiny.model; fi

finish
