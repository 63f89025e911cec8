#!/bin/sh
# dump.sh LIBRNN_SO HEADERS FOLDER: writes what LIBRNN_SO exports: FOLDER/symbols, the functions with their versions, and
# FOLDER/librnn.abi, their types as abidw (Debian: abigail-tools) finds them in the debugging information.  HEADERS is the
# folder of rnn.h: what is not declared there is private.
#
# The dump is that of x86-64.  On another machine, without abidw or without debugging information there is none, and the
# script says why.
set -eu
library=$1 headers=$2 folder=$3
export LC_ALL=C
mkdir -p "$folder"
rm -f "$folder/librnn.abi"
nm -D --defined-only --with-symbol-versions "$library" | awk '$2 != "A" { print $3 }' | sort >"$folder/symbols"
if ! command -v abidw >/dev/null; then
    echo "no dump of types: abidw is not here (Debian: apt-get install abigail-tools)"
elif ! readelf -h "$library" | grep -q 'Machine:.*X86-64'; then
    echo "no dump of types: the library is not for x86-64"
elif ! readelf -S --wide "$library" | grep -q ' \.debug_info '; then
    echo "no dump of types: the library has no debugging information"
else
    abidw --no-corpus-path --no-show-locs --no-comp-dir-path --no-elf-needed --type-id-style hash \
        --exported-interfaces-only --headers-dir "$headers" --drop-private-types --out-file "$folder/librnn.abi" "$library"
fi
