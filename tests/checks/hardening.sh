#!/bin/sh
# hardening.sh LIBRNN_SO LIBRNN_A BUILD_TYPE CC [PATH...]: how the libraries are hardened (cmake/hardening.cmake).
#   - tables of LIBRNN_SO are read-only after it is loaded (RELRO, BIND_NOW), neither its stack nor a segment is
#     writable and executable, and its code is not changed when it is loaded
#   - it has no undefined symbol that its libraries lack
#   - functions with arrays check the stack; in a build that optimises, calls of the C library check sizes
#   - neither library has one of the PATHs in it
set -eu
export LC_ALL=C
so=$1 archive=$2 build_type=$3 cc=$4
shift 4
faults=0

fault()
{
    echo "$*"
    faults=1
}

segments=$(readelf -lW "$so")
dynamic=$(readelf -dW "$so")
wanted=$(nm -D --undefined-only "$so" | awk '{ sub(/@.*/, "", $NF); print $NF }')

echo "$segments" | grep -q ' GNU_RELRO ' || fault "no segment GNU_RELRO: tables stay writable"
echo "$dynamic" | grep -q '(FLAGS).*BIND_NOW\|(BIND_NOW)' || fault "no BIND_NOW: addresses of functions stay writable"
echo "$segments" | grep -q ' GNU_STACK .* RW  *0x' || fault "the stack is not marked as not executable"
if echo "$segments" | grep -q ' LOAD .* RWE '; then
    fault "a segment is writable and executable"
fi
if echo "$dynamic" | grep -q TEXTREL; then
    fault "TEXTREL: code is changed when it is loaded"
fi

echo "$wanted" | grep -qx __stack_chk_fail || fault "no function checks the stack"
case $build_type in
Release | RelWithDebInfo | MinSizeRel)
    echo "$wanted" | grep -v __stack_chk_fail | grep -q '^__.*_chk$' || fault "no call of the C library checks sizes"
    ;;
esac

program=$(mktemp)
trap 'rm -f "$program"' EXIT
undefined=$(echo 'int main(void) { return 0; }' |
    $cc -x c - -x none -Wl,--no-as-needed "$so" -Wl,--no-allow-shlib-undefined -o "$program" 2>&1) ||
    fault "undefined symbols: $undefined"

for path in "$@"; do
    for library in "$so" "$archive"; do
        [ -f "$library" ] || fault "there is no $library"
        if grep -qF -- "$path" "$library"; then
            fault "$(basename "$library") has the path $path in it"
        fi
    done
done

[ $faults != 0 ] || echo "RELRO, BIND_NOW, no undefined symbols; the stack is checked"
exit $faults
