#!/bin/sh
# Every function that the headers document for PASSIVE_LEVEL, or for up to APC_LEVEL, is in the
# table of tests/unit/test_irql.c, which calls it above that level.
set -u
top=$(cd "$(dirname "$0")/../.." && pwd)

# Their comments mention PASSIVE_LEVEL, but they may be called up to DISPATCH_LEVEL.
unlimited='WdfObjectDelete WdfObjectDereferenceActual WdfObjectAcquireLock WdfTimerCreate'

# The functions that follow a comment with one of the levels. A header may say it for all of its
# functions.
documented() {
    awk '
    FNR == 1 { all = 0 }
    /^ \* For all functions: PASSIVE_LEVEL/ { all = 1 }
    /^\/\*/ { limited = 0; in_comment = 1 }
    in_comment && /PASSIVE_LEVEL|<= APC_LEVEL/ { limited = 1 }
    /\*\// { in_comment = 0; next }
    !in_comment && /^(typedef|FORCEINLINE|#define)/ { limited = 0 }
    !in_comment && (limited || all) && match($0, /^[A-Z][A-Za-z0-9_ ]* \*?Wdf[A-Z][A-Za-z0-9]*\(/) {
        name = substr($0, 1, RLENGTH - 1)
        sub(/.*[ *]/, "", name)
        print name
    }' "$top"/src/include/wdf*.h
}

# A source of a user-mode driver has another name for WdfDriverCreate.
missing=$(documented | sort -u | grep -vx 'WdfuseDriverCreateUmdf' | while read -r name; do
    case " $unlimited " in *" $name "*) continue ;; esac
    grep -q "^    LIMITED($name),\$" "$top/tests/unit/test_irql.c" || echo "$name"
done)
count=$(documented | sort -u | wc -l)
if [ "$count" -lt 60 ]; then
    echo "FAILED: only $count functions are found in the headers"
    exit 1
fi
if [ -n "$missing" ]; then
    echo "FAILED: documented for PASSIVE_LEVEL or APC_LEVEL, and not in tests/unit/test_irql.c:"
    echo "$missing"
    exit 1
fi
