#!/bin/sh
# A driver that is wrong fails, for the reason that it is wrong, and does again with the seed that
# it has failed with.
#
# usage: test-bad.sh DEVFUND DRIVER PATTERN
set -eu
devfund=$1 driver=$2 pattern=$3
said=$(mktemp)
trap 'rm -f "$said"' EXIT

# fails OPTION...: the suite says so, and why.
fails() {
    status=0
    "$devfund" --patience=2 "$@" "$driver" >"$said" 2>&1 || status=$?
    if [ $status -ne 1 ] || ! grep -Eq "$pattern" "$said"; then
        cat "$said"
        echo "FAILED: status $status; wanted: $pattern"
        exit 1
    fi
}

fails --seed=1 --rounds=40
seed=$(sed -n 's/^devfund: FAILED; again: .* --seed=\([0-9]*\) --rounds=1 .*/\1/p' "$said")
if [ -z "$seed" ]; then
    cat "$said"
    echo "FAILED: no seed is said"
    exit 1
fi
fails --seed="$seed" --rounds=3
