# What the tests of the example programs share; a test reads it first: . "$(dirname "$0")/program.sh"
# $1 is the program; $source becomes the folder of the project.  The test goes on in an empty directory, which is
# removed at its end.  What is checked is what a user sees: exit status, messages, files.
[ -x "${1-}" ] || { echo "$0: the first argument must be the program that is tested" >&2; exit 2; }
program=$(cd "$(dirname "$1")" && pwd)/$(basename "$1")
program_name=$(basename "$1")
source=$(cd "$(dirname "$0")/../.." && pwd)
directory=$(mktemp -d) || exit 2
trap 'rm -rf "$directory"' EXIT
cd "$directory" || exit 2
: >out
: >err

failures=0
fail() {
    echo "FAILED: $*"
    [ ! -s out ] || sed 's/^/    out: /' out
    [ ! -s err ] || sed 's/^/    err: /' err
    failures=$((failures + 1))
}
pass() { echo "ok: $*"; }

# holds EXPRESSION: of awk.
holds() { awk "BEGIN { exit !($1) }"; }

# To be called at the end.
finish() {
    [ $failures -eq 0 ] || { echo "$failures failures"; exit 1; }
    echo "all passed"
}

# run STATUS ARGUMENTS...: the program must end with this status; its output is in the files out and err.
run() {
    expected=$1
    shift
    "$program" "$@" >out 2>err
    status=$?
    [ $status -eq "$expected" ] || fail "$program_name $*: exit status $status instead of $expected"
}

# refuses PATTERN ARGUMENTS...: status 1, one sentence on stderr that begins with the name of the program and has the
# pattern, and no file more or less than before.
refuses() {
    pattern=$1
    shift
    before=$(ls -A)
    run 1 "$@"
    if [ "$(wc -l <err)" -ne 1 ] || ! grep -q -e "^$program_name: .*$pattern" err; then
        fail "$program_name $*: no such message: $pattern"
    elif [ "$(ls -A)" != "$before" ]; then
        fail "$program_name $*: left something behind: $(ls -A)"
    else
        pass "refused: $(cat err)"
    fi
}

# prints WORD...: all of them are in out.
prints() {
    for word in "$@"; do
        grep -q -e "$word" out || fail "$program_name prints no '$word'"
    done
}

# draws FILE PART...: the file is an SVG with a curve and all these parts in it.
draws() {
    shows "$@" '<polyline '
}

# shows FILE PART...: the file is an SVG with all these parts in it.
shows() {
    picture=$1
    shift
    if command -v xmllint >/dev/null; then
        xmllint --noout "$picture" 2>err && pass "$picture is well-formed XML" || fail "$picture is no XML"
    elif command -v python3 >/dev/null; then
        python3 -c 'import sys, xml.dom.minidom; xml.dom.minidom.parse(sys.argv[1])' "$picture" 2>err &&
            pass "$picture is well-formed XML" || fail "$picture is no XML"
    else
        echo "SKIPPED: neither xmllint nor python3 to check that $picture is well-formed XML"
    fi
    for part in '<svg ' '</svg>' "$@"; do
        grep -q -e "$part" "$picture" || fail "$picture has no '$part'"
    done
    if grep -q -i 'nan\|inf[",]' "$picture"; then fail "$picture has numbers that are none"; fi
}

# notices_full_disk ARGUMENTS...: what cannot be printed is an error.
notices_full_disk() {
    "$program" "$@" >/dev/full 2>err
    [ $? -eq 1 ] && grep -q "^$program_name: standard output: " err && pass "a full disk is noticed" ||
        fail "a full disk goes unnoticed"
}
