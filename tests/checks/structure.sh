#!/bin/sh
# structure.sh SRC [TESTS]: runs structure.py, which says what it checks.
set -eu
here=$(dirname "$0")
python=${RNN_PYTHON:-python3}
if ! command -v "$python" >/dev/null; then
    echo "skipped: no $python"
    exit 77
fi
"$python" "$here/structure.py" "$@"
