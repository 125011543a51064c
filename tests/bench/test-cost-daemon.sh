#!/bin/sh
# usage: test-cost-daemon.sh ECHOD
#
# How many instructions a daemon needs for a whole read, and a whole write: from the kernel's
# message through the framework and the echo driver to the answer, waiting included. As in
# test-cost.sh, a bound is what was measured with GCC 12 at -O2, plus a little; here a little more,
# since the daemon does not sleep equally often each time.
# Exit status: 0 passed, 1 failed, 77 skipped, 2 wrong usage.
set -eu

[ $# -eq 1 ] || { sed -n '2s/^# //p' "$0" >&2; exit 2; }
if ! command -v valgrind >/dev/null; then
    echo 'there is no Valgrind to count instructions with'
    exit 77
fi
if ! [ -w /dev/fuse ] || ! command -v fusermount3 >/dev/null; then
    echo 'nothing can be mounted here'
    exit 77
fi
echod=$1
count=1000
unset MALLOC_PERTURB_

work=$(mktemp -d)
daemon=
clean_up() {
    [ -z "$daemon" ] || kill "$daemon" 2>/dev/null || true
    wait
    rmdir "$work/mount" 2>/dev/null || true
    rm -f "$work/log" "$work/control" "$work"/out*
    rmdir "$work"
}
trap clean_up EXIT
mkdir "$work/mount"
device=$work/mount/echo

fail() {
    echo "$1"
    cat "$work/log"
    exit 1
}

# Waits until the daemon serves, for a minute at most.
await_device() {
    for _ in $(seq 600); do
        [ -e "$device" ] && return
        kill -0 "$daemon" 2>/dev/null || break
        sleep 0.1
    done
    if grep -q 'mounting on' "$work/log"; then
        echo 'nothing can be mounted here'
        exit 77
    fi
    fail 'the daemon does not serve'
}

write_all() {
    dd if=/dev/zero of="$device" bs=64 count=$count conv=notrunc status=none
}

read_all() {
    dd if="$device" of=/dev/null bs=64 count=$count status=none
}

# instructions: how many were executed since the last call.
asked=0
instructions() {
    asked=$((asked + 1))
    callgrind_control --dump "$daemon" >"$work/control" 2>&1 || fail "it tells no instructions"
    collected=$(sed -n 's/^totals: //p' "$work/out.$asked")
}

# Up to three times: on a busy machine the daemon is late, and sleeps more often.
expect_at_most() { # WORK LIMIT
    for _ in 1 2 3; do
        "$1"
        instructions
        echo "$1: $((collected / count)) instructions"
        [ $((collected / count)) -gt "$2" ] || return 0
    done
    echo "FAILED $1: at most $2 expected"
    failed=1
}

# Each read starts at the first byte, so none is at the end.
valgrind --tool=callgrind --callgrind-out-file="$work/out" "$echod" -f --single --spin=0 \
    --uring=off --read=sample --mount="$work/mount" >"$work/log" 2>&1 &
daemon=$!
await_device
write_all
read_all
instructions
failed=0
expect_at_most write_all 5200
expect_at_most read_all 3450
exit $failed
