#!/bin/sh
# Workers are started when others are stuck in callbacks, and end after a long time without work.
. "$(dirname "$0")/wdfhost.sh"

thread_count() {
    find "/proc/$pid/task" -mindepth 1 -maxdepth 1 | wc -l
}

has_threads() { # TEST NUMBER
    test "$(thread_count)" "$1" "$2"
}

start_driver stuck --workers=8
at_first=$(thread_count)
readers=
for reader in 1 2 3 4 5 6 7; do
    start_client dd if="$device" of="$work/read-$reader" bs=8 count=1 status=none
    readers="$readers $client"
done
for reader in $readers; do
    expect_waiting "$reader"
done
eventually 10 has_threads -ge 8 ||
    fail "$(thread_count) threads for seven readers and whoever comes next"

# shellcheck disable=SC2016 # by sh
within 10 sh -c 'echo go >"$1"' sh "$device" ||
    fail "the writer is held up by the readers: exit status $?"
for reader in $readers; do
    expect_end "$reader"
    expect_equal "exit status of a reader" 0 "$client_status"
done
for reader in 1 2 3 4 5 6 7; do
    expect_equal "what reader $reader got" ok "$(cat "$work/read-$reader")"
done
eventually 30 has_threads -le $((at_first + 1)) ||
    fail "$(thread_count) threads are left, at first there were $at_first"
within 10 dd if="$device" bs=8 count=1 status=none >/dev/null ||
    fail "the device is not served any more"
