#!/bin/sh
# Requests that a timer answers, which each worker arms after sleeping in its callback: all are
# answered, even if all others sleep then.
. "$(dirname "$0")/wdfhost.sh"

# Three reads at the same time, which sleep for different times.
# shellcheck disable=SC2016 # by sh
three_reads='
    for reader in 1 2 3; do
        dd if="$1" of=/dev/null bs=16 count=1 status=none &
    done
    wait'

start_driver crowded --workers=4
for times in '3000 0' '3000 50' '3000 2000'; do
    echo "$times" >"$device"
    within 10 "$build/tests/bench/load" --work=read --clients=6 --seconds=0.3 --size=16 "$device" \
        >"$work/rates" ||
        fail "clients, '$times': exit status $?"
    for round in 1 2 3 4 5 6 7 8; do
        within 10 sh -c "$three_reads" sh "$device" ||
            fail "three reads, '$times', round $round: exit status $?"
    done
done
