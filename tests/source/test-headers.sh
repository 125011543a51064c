#!/bin/sh
# Every public header can be included alone, and all of them in any order, by C and by C++, with
# every warning as an error. Declared functions have C linkage, so that a driver in C++ links.
#
# usage: test-headers.sh COMPILER STANDARD...   (gcc, clang, g++ or clang++; the first standard is
#                                               the one of the headers alone)
set -eu
compiler=$1
shift
if ! command -v "$compiler" >/dev/null; then
    echo "SKIP no $compiler here"
    exit 77
fi
headers=$(cd "$(dirname "$0")/../../src/include" && pwd)
# ccache may write paths in another form than the one searched for below.
export CCACHE_DISABLE=1
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
case $compiler in
*++) source=$work/source.cc ;;
*) source=$work/source.c ;;
esac

check() { # STANDARD WHAT SOURCE...
    standard=$1
    what=$2
    shift 2
    # shellcheck disable=SC2086 # a standard may have options with it
    "$compiler" -std=$standard -fshort-wchar -Wno-multichar -Wall -Wextra -Werror -I"$headers" \
        -fsyntax-only "$@" \
        2>"$work/errors" && return
    echo "FAILED: $compiler -std=$standard: $what"
    head -20 "$work/errors"
    exit 1
}

# Those that begin and end packing come in pairs, and are tested by the headers that include them.
(cd "$headers" && printf "%s\n" ./*.h ./*/*.h) | grep -vE "/(pshpack.|poppack)\.h$" |
    sed 's|^\./\(.*\)$|#include <\1>|' >"$work/forward"
sed '1!G; h; $!d' "$work/forward" >"$work/backward"
count=$(wc -l <"$work/forward")
[ "$count" -gt 40 ] || {
    echo "FAILED: only $count headers found"
    exit 1
}

# Which header another lacks does not depend on the compiler: one per language is enough.
check_alone() { # STANDARD
    alone=0
    while read -r include; do
        alone=$((alone + 1))
        echo "$include" >"$work/alone$alone.${source##*.}"
    done <"$work/forward"
    check "$1" "a header alone" "$work"/alone*
}

case $compiler in
g*) check_alone "$1" ;;
esac

# Of any two headers, each comes before the other in one of the two.
for language in "$@"; do
    cp "$work/forward" "$source"
    check "$language" 'all headers, forward' "$source"
    cp "$work/backward" "$source"
    check "$language" 'all headers, backward' "$source"
done

# After the C library's own.
for language in "$@"; do
    {
        printf "#include <%s>\n" stdlib.h inttypes.h wctype.h string.h && cat "$work/forward"
    } >"$source"
    check "$language" "after those of the C library" "$source"
done

# As in the user-mode framework.
for language in "$@"; do
    cp "$work/forward" "$source"
    check "$language -DUMDF_VERSION_MAJOR=2 -DUMDF_VERSION_MINOR=33" "all headers, for user mode" \
        "$source"
done

# As distributions build: the C library has checked and inline functions then.
language="$1 -O2 -D_FORTIFY_SOURCE=2"
check "$language" "optimised" "$source"

# Context types, in every namespace that C++ has.
case $compiler in
*++)
    cat >"$source" <<'END'
#include <ntddk.h>
#include <wdf.h>
struct First { int Number; };
WDF_DECLARE_CONTEXT_TYPE(First)
namespace named {
struct Second { int Number; };
WDF_DECLARE_CONTEXT_TYPE_WITH_NAME(Second, GetSecond)
}
namespace {
struct Third { int Number; };
WDF_DECLARE_CONTEXT_TYPE_WITH_NAME(Third, GetThird)
}
extern "C" {
struct Fourth { int Number; };
WDF_DECLARE_CONTEXT_TYPE(Fourth)
}
int Use(WDFOBJECT Object);
int Use(WDFOBJECT Object)
{
    return WdfObjectGet_First(Object)->Number + named::GetSecond(Object)->Number +
           GetThird(Object)->Number + WdfObjectGet_Fourth(Object)->Number;
}
END
    for language in "$@"; do
        check "$language" 'context types in namespaces' "$source"
    done
    # One of the whole driver has C's name, and every unit may have it.
    "$compiler" -std="$1" -fshort-wchar -Wno-multichar -fPIC -I"$headers" -c -o "$work/object" \
        "$source"
    for type in First Fourth; do
        nm "$work/object" | grep -q " V wdf_unique_type_$type\$" || {
            echo "FAILED: the context type $type is not one with the other units'"
            exit 1
        }
    done
    ;;
esac

# Every function by its address: the compiler must ask the linker for its C name.
case $compiler in
*++)
    cp "$work/forward" "$work/all.c"
    gcc -std=gnu11 -fshort-wchar -Wno-multichar -I"$headers" -fsyntax-only -aux-info \
        "$work/prototypes" "$work/all.c"
    grep -F "/* $headers/" "$work/prototypes" | grep -v ' static ' |
        sed -nE -e '/wchar.h:.*((mb|wc)s?to(mb|wc)|wcsto[iu]max)/d' \
            -e 's/^.*[ *]([A-Za-z_][A-Za-z0-9_]*) \(.*$/\1/p' |
        sort -u >"$work/names"
    {
        cat "$work/forward"
        echo 'extern void (*const addresses[])(void);'
        echo 'void (*const addresses[])(void) = {'
        sed 's/.*/    (void (*)(void))&,/' "$work/names"
        echo '};'
    } >"$source"
    "$compiler" -std="$1" -fshort-wchar -Wno-multichar -I"$headers" -c -o "$work/object" "$source"
    nm --undefined-only "$work/object" | awk '{ print $2 }' | sort -u >"$work/asked"
    comm -23 "$work/names" "$work/asked" >"$work/renamed"
    if [ "$(wc -l <"$work/names")" -lt 100 ] || [ -s "$work/renamed" ]; then
        echo 'FAILED: not extern "C":'
        cat "$work/renamed"
        exit 1
    fi
    ;;
esac
echo "$count headers: ok"
