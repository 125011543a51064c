#!/bin/sh
# A bad driver fails, for the right reason, and fails again with the seed of the failure.
#
# usage: test-bad.sh DEVFUND DRIVER PATTERN
set -eu
devfund=$1 driver=$2 pattern=$3
said=$(mktemp)
trap 'rm -f "$said"' EXIT

# How long to wait for a driver that hangs: only as long as that takes. Others may take as long as
# they like.
case $pattern in
*'come to its end'*) patience=2 ;;
*) patience=60 ;;
esac

# fails OPTION...: the suite fails, and says why.
fails() {
    status=0
    "$devfund" --patience=$patience "$@" "$driver" >"$said" 2>&1 || status=$?
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
# A race may be won now and then.
fails --seed="$seed" --rounds=40
