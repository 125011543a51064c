#!/bin/sh
# Names, values and members that the public WDF headers declare besides functions: each row of
# wdf-facts.tsv becomes an assertion of the compiler, once for a kernel-mode driver and once for a
# user-mode one. Functions of only the other framework (docs/api-names.tsv) are not declared: their
# names are free for other uses.
#
# usage: test-facts.sh COMPILER
set -eu
compiler=$1
if ! command -v "$compiler" >/dev/null; then
    echo "SKIP no $compiler here"
    exit 77
fi
cd "$(dirname "$0")"
headers=$(cd ../../src/include && pwd)
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT

assertions() { # FRAMEWORK <TABLE
    awk -F '\t' -v framework="$1" '
        function claim(what, expression) {
            printf "_Static_assert(%s, \"%s: %s\");\n", expression, $2, what
        }
        function same(what, type) {
            return "__builtin_types_compatible_p(" what ", " type ")"
        }
        /^#/ || ($7 != "both" && $7 != framework) { next }
        { path = "((" $3 " *)0)->" $4 }
        $1 == "enumerator" {
            claim($4, "(int)" $4 " == " $6)
            claim($4, same("enum " $3, "enum " $3))
        }
        $1 == "size" { claim($3, "sizeof(" $3 ") == " $6) }
        $1 == "member" && $5 ~ /^bit / {
            printf "static void bit%d(%s *x) { x->%s = 1; }\n", NR, $3, $4
            next
        }
        $1 == "member" && $6 != "" { claim($3 "." $4, "__builtin_offsetof(" $3 ", " $4 ") == " $6) }
        $1 == "member" && $5 != "" { claim($3 "." $4, same("__typeof__(" path ")", $5)) }
        $1 == "type" { claim($3, same($3, $5)) }
        $1 == "function" { claim($3, same("__typeof__(" $3 ")", $5)) }
        $1 == "macro" { printf "#ifndef %s\n#error %s: %s is not defined\n#endif\n", $3, $2, $3 }
        $1 == "macro" && $6 != "" { claim($3, "(long long)(" $3 ") == " $6) }'
}

check() { # FRAMEWORK TABLE NAMES
    {
        if [ "$1" = UMDF ]; then
            printf '#define UMDF_VERSION_MAJOR 2\n#define UMDF_VERSION_MINOR 33\n#include <windows.h>\n'
        else
            echo '#include <ntddk.h>'
        fi
        printf '#include <wdf.h>\n#include <wdfusb.h>\n'
        assertions "$1" <"$2"
        awk -F '\t' -v framework="$1" '
            /^#/ || $3 != "function" || $4 == "both" || $4 == framework { next }
            { printf "#ifdef %s\n#error %s is a macro\n#endif\nextern char %s;\n", $1, $1, $1 }
        ' "$3"
    } >"$work/$1.c"
    "$compiler" -std=gnu11 -fshort-wchar -w -I"$headers" -fsyntax-only "$work/$1.c" 2>"$work/errors"
}

# Functions of both frameworks that are not declared for a driver of this one.
undeclared() { # FRAMEWORK NAMES
    {
        [ "$1" = KMDF ] && echo '#include <ntddk.h>' ||
            printf '#define UMDF_VERSION_MAJOR 2\n#include <windows.h>\n'
        echo '#include <wdf.h>'
        awk -F '\t' \
            '$3 == "function" && $4 == "both" { printf "void *test_%s = (void *)%s;\n", $1, $1 }' \
            "$2"
    } >"$work/declared.c"
    case $compiler in
    *clang*) set -- -ferror-limit=0 ;;
    *) set -- ;;
    esac
    "$compiler" -std=gnu11 -fshort-wchar -w "$@" -I"$headers" -fsyntax-only "$work/declared.c" \
        2>&1 |
        grep -o 'error:.*undeclared.*' | grep -o 'Wdf[A-Za-z0-9]*' | sort -u
}

undeclared KMDF ../../docs/api-names.tsv >"$work/KMDF.missing"
undeclared UMDF ../../docs/api-names.tsv >"$work/UMDF.missing"
missing=$(comm -13 "$work/KMDF.missing" "$work/UMDF.missing" | grep -v '^Wdfuse' || true)
[ -z "$missing" ] || {
    echo "FAILED: functions of both frameworks that are declared to KMDF drivers alone: $missing"
    exit 1
}
[ "$(wc -l <"$work/KMDF.missing")" -lt 200 ] || {
    echo "FAILED: nothing is declared: this test no longer sees the headers"
    exit 1
}

for framework in KMDF UMDF; do
    check "$framework" wdf-facts.tsv ../../docs/api-names.tsv || {
        echo "FAILED: $compiler, $framework:"
        grep error "$work/errors" | head -20
        exit 1
    }
    count=$(grep -c 'Static_assert\|^#ifndef\|^static' "$work/$framework.c")
    [ "$count" -gt 1500 ] || {
        echo "FAILED: only $count assertions: this test no longer sees the table"
        exit 1
    }
    echo "$framework: $count assertions"
done

# A wrong fact must be found, of each kind.
for kind in enumerator size member type function macro; do
    awk -F '\t' -v OFS='\t' -v kind="$kind" '
        !done && $1 == kind && $7 == "both" && (kind ~ /type|function/ || $6 != "") {
            if (kind ~ /type|function/) $5 = "struct nobody"; else $6++
            done = 1
        }
        { print }' wdf-facts.tsv >"$work/wrong.tsv"
    if check KMDF "$work/wrong.tsv" ../../docs/api-names.tsv; then
        echo "FAILED: a wrong $kind is not found"
        exit 1
    fi
done

# So must a function of the other framework that is declared.
printf 'WdfDriverCreate\twdfdriver.h\tfunction\tUMDF\n' >"$work/names.tsv"
if check KMDF wdf-facts.tsv "$work/names.tsv"; then
    echo "FAILED: a function of the other framework is not found"
    exit 1
fi
echo ok
