#!/bin/sh
# A public function that returns an NTSTATUS reports its failures: each of its returns is
# STATUS_SUCCESS, or goes through api_result (framework/object/apiresult.h).
set -eu
top=$(cd "$(dirname "$0")/../.." && pwd)
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT

# bare FILE...: the other returns. Not failures: a status that the caller asked for, a timeout, and
# the only answer of a function that never finds anything.
bare() {
    awk '
        /^NTSTATUS Wdf/ { name = $2; sub(/\(.*/, "", name); inside = 1 }
        /^}/ { inside = 0 }
        inside && name != "WdfObjectQuery" && name != "WdfRequestGetStatus" &&
            /(^|[^A-Za-z_])return[ (]/ &&
            !/return (STATUS_SUCCESS|STATUS_TIMEOUT);/ && !/return (API_RESULT|api_result)\(/ {
            print FILENAME ":" FNR ": " name ": " $0
        }' "$@"
}

# It finds planted mistakes.
printf 'NTSTATUS WdfNew(WDFDEVICE Device)\n{\n    return STATUS_NOT_FOUND;\n}\n' >"$work/new.c"
[ -n "$(bare "$work/new.c")" ] || {
    echo 'FAILED: a bare return is not found'
    exit 1
}

find "$top/src/framework" -name '*.c' | sort >"$work/files"
# shellcheck disable=SC2046 # names without spaces
found=$(bare $(cat "$work/files"))
[ -z "$found" ] || {
    echo "$found"
    echo 'FAILED: these do not say in the log what they refuse: return API_RESULT(status, "S1.2")'
    exit 1
}
# shellcheck disable=SC2046 # likewise
grep -h "^NTSTATUS Wdf" $(cat "$work/files") | awk "END { print NR, \"functions\" }"
