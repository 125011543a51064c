#!/bin/sh
# Long writes to a direct I/O device stay in the memory they were received in: each client has its
# own bytes, whoever writes at the same time.
. "$(dirname "$0")/wdfhost.sh"

load=$build/tests/bench/load
drivers=$build/tests/bench
for clients in 1 4; do
    start_driver direct
    within 20 "$load" --work=exchange --compare --size=131072 --clients="$clients" --seconds=2 \
        "$device" \
        >"$work/figures" || fail "with $clients clients: status $?"
    stop_echod
done
