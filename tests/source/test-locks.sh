#!/bin/sh
# A forgotten lock does not compile with clang: the compiler knows what each lock guards
# (src/port/annotations.h). Each file that takes locks is compiled without taking them, and must
# fail.
set -u
cd "$(dirname "$0")/../../src" || exit 1
failures=0

# For the compiler a scope ends with the function, or where branches meet: a separate block would
# seem to hold the lock for longer than it does (src/port/lock.h).
if grep -rn -A 1 -E '^ +\{$' --include='*.c' . | grep -E '(PORT|IO)_LOCK_SCOPE'; then
    echo 'FAILED: a lock for the scope of a bare block; lock and unlock instead'
    failures=$((failures + 1))
fi

command -v clang >/dev/null || {
    [ "$failures" -eq 0 ] || exit 1
    echo 'SKIP: no clang here'
    exit 77
}
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
flags="-std=gnu11 -fshort-wchar -D_GNU_SOURCE -DWDFUSE_VERSION=\"\" -Iinclude -I."
flags="$flags $(pkg-config --cflags fuse3 jansson)"

# compiles FILE: as if it were in the original's folder.
compiles() {
    # shellcheck disable=SC2086 # a list
    clang $flags -Wno-everything -Werror=thread-safety -fsyntax-only -x c - <"$1" 2>"$work/messages"
}

# It only releases its caller's lock, and takes it again: without both nothing is missing.
lender=./framework/io/held.c

checked=0
grep -rlE '((PORT|IO)_LOCK_SCOPE|(port_(mutex_)?|io_)lock(_of)?\()' --include='*.c' . >"$work/files"
while read -r file; do
    [ "$file" != "$lender" ] || continue
    checked=$((checked + 1))
    sed -E '/(PORT|IO)_LOCK_SCOPE/d; s/^( *)(port_(mutex_)?|io_)(un)?lock(_of)?\(.*\);$/\1;/' \
        "$file" >"$work/unlocked.c"
    if compiles "$work/unlocked.c"; then
        echo "FAILED: $file compiles without its locks"
    elif ! grep -q 'thread-safety' "$work/messages"; then
        echo "FAILED: $file without its locks fails for another reason"
        cat "$work/messages"
    else
        continue
    fi
    failures=$((failures + 1))
done <"$work/files"
echo "$checked files that take locks"
[ "$failures" -eq 0 ]
