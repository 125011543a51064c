#!/bin/sh
# The compiler's messages in docs/porting.md: each row of its table has an example in porting/,
# which fails with that message by gcc, and compiles when it is mended (-DMENDED). The first lines
# of an example have its message and its flags. One is accepted as it is; for one the linker reports
# the error.
#
# usage: test-porting.sh FLAG...   (those of pkg-config)
set -eu
cd "$(dirname "$0")/porting"
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
failures=0
driver_flags=$*

fail() {
    echo "FAILED: $*"
    [ ! -s "$work/said" ] || head -5 "$work/said"
    failures=$((failures + 1))
}

line() { # KEYWORD FILE
    sed -n "s|^/\* $1: \(.*\) \*/$|\1|p" "$2"
}

# The linker rejects it as it is, and accepts it with other flags.
link_it() { # FILE
    flags="$driver_flags -I../../../src/include -fPIC -shared -Wl,-z,defs"
    # shellcheck disable=SC2086
    if LC_ALL=C gcc $flags -o "$work/object" "$1" 2>"$work/said"; then
        fail "$1 is linked"
    elif ! grep -q "$(line links "$1")" "$work/said"; then
        fail "$1 does not say: $(line links "$1")"
    fi
    grep -qF "porting/$1" ../../../docs/porting.md || fail "docs/porting.md has no row for $1"
    # shellcheck disable=SC2046,SC2086
    gcc $flags $(line linked "$1") -o "$work/object" "$1" 2>"$work/said" ||
        fail "$1, mended, is not linked"
}

for example in *.c *.cc; do
    compiler=gcc
    [ "${example##*.}" = c ] || compiler=g++
    command -v "$compiler" >/dev/null || continue
    flags=$(line flags "$example")
    if [ -n "$(line links "$example")" ]; then
        link_it "$example"
        continue
    fi
    says=$(line says "$example")
    if [ -z "$says" ]; then
        "$compiler" "$@" -fms-extensions -Wall -Wextra -Werror -I../../../src/include \
            -c -o "$work/object" "$example" \
            2>"$work/said" || fail "$example is not taken"
        continue
    fi
    # shellcheck disable=SC2086
    if LC_ALL=C "$compiler" "$@" -I../../../src/include $flags -c -o "$work/object" "$example" \
        2>"$work/said"; then
        fail "$example is taken"
    elif ! grep -q "$says" "$work/said"; then
        fail "$example does not say: $says"
    fi
    grep -qF "porting/$example" ../../../docs/porting.md ||
        fail "docs/porting.md has no row for $example"
    : >"$work/said"
    case $flags in *-fno-short-wchar* | *-std=*) flags='' ;; esac
    # shellcheck disable=SC2046,SC2086
    "$compiler" "$@" -I../../../src/include $flags $(line mended "$example") -DMENDED \
        -c -o "$work/object" "$example" \
        2>"$work/said" || fail "$example, mended, is not taken"
done
[ "$failures" -eq 0 ] || exit 1
echo ok
