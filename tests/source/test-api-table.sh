#!/bin/sh
# docs/api.md is what scripts/api-table generates from the headers and the library. The script finds
# each fault that is planted here.
#
# usage: test-api-table.sh COMPILER LIBRARY.so
set -eu
compiler=$1
library=$2
top=$(cd "$(dirname "$0")/../.." && pwd)
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT

table() { # NAMES REMARKS
    "$top/scripts/api-table" --print "$compiler" "$library" "$1" "$2" >"$work/api.md" \
        2>"$work/faults"
}

# expect_fault TEXT NAMES REMARKS
expect_fault() {
    if table "$2" "$3"; then
        echo "FAILED: scripts/api-table should have found '$1'"
        exit 1
    fi
    grep -qF -e "$1" "$work/faults" || {
        echo "FAILED: scripts/api-table should have said '$1', said: $(cat "$work/faults")"
        exit 1
    }
}

names=$top/docs/api-names.tsv
remarks=$top/docs/api-remarks.tsv
if ! table "$names" "$remarks"; then
    cat "$work/faults"
    exit 1
fi
if ! diff -u "$top/docs/api.md" "$work/api.md"; then
    echo 'FAILED: docs/api.md is not of today: run scripts/api-table'
    exit 1
fi
rows=$(grep -c '^| `' "$work/api.md")
[ "$rows" -eq "$(wc -l <"$names")" ] || {
    echo "FAILED: $rows rows in docs/api.md, $(wc -l <"$names") names"
    exit 1
}

# A planned row without a reason.
printf 'WdfDeviceDoWhatNoVersionCan\twdfnothing.h\tfunction\tboth\n' >"$work/names"
: >"$work/none"
expect_fault 'WdfDeviceDoWhatNoVersionCan (wdfnothing.h) does not work' "$work/names" "$work/none"
# A reason for a row that works, or for no row.
printf 'WdfDriverCreate\twdfdriver.h\tfunction\tboth\n' >"$work/names"
table "$work/names" "$work/none"
# shellcheck disable=SC2016 # Markdown, no expansion is meant
grep -qF '| `WdfDriverCreate` | both | works |' "$work/api.md"
printf 'planned\tWdfDriverCreate\tnot yet\n' >"$work/remarks"
expect_fault 'WdfDriverCreate is said to be planned' "$work/names" "$work/remarks"
printf 'planned\twdfdriver.h\tnot yet\n' >"$work/remarks"
expect_fault 'wdfdriver.h is said to be planned' "$work/names" "$work/remarks"
# A function that is not a stub, and one that is.
printf 'complete\tWdfDriverCreate\tit does nothing\n' >"$work/remarks"
expect_fault 'WdfDriverCreate is said to be complete' "$work/names" "$work/remarks"
printf 'WdfObjectQuery\twdfobject.h\tfunction\tboth\n' >"$work/names"
expect_fault 'WdfObjectQuery (wdfobject.h) does not work' "$work/names" "$work/none"
# A function that is declared but not exported does not work, like the inline one here.
printf 'WDF_DRIVER_CONFIG_INIT\twdfdriver.h\tfunction\tboth\n' >"$work/names"
expect_fault 'WDF_DRIVER_CONFIG_INIT (wdfdriver.h) does not work' "$work/names" "$work/none"
# An invalid line.
echo 'planned wdfdriver.h' >"$work/remarks"
expect_fault 'line 1 is none' "$work/names" "$work/remarks"
echo "$rows rows"
